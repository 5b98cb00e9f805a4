//! Which known name a misspelt one means.

/// The known name that this one differs from in case, or by one edit.
pub(crate) fn meant<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = written.to_ascii_lowercase();
    let near = |name: &&str| written != *name && is_near(&lower, &name.to_ascii_lowercase());
    known.iter().copied().find(near)
}

/// Whether a letter is added, missing, another, or in its neighbour's place, or nothing is.
fn is_near(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    match (&left[same..], &right[same..]) {
        ([], []) => true,
        ([a, b, left @ ..], [c, d, right @ ..]) if (a, b) == (d, c) && left == right => true,
        (left, right) => {
            let after = |rest: &[u8]| rest.get(1..).map(<[u8]>::to_vec);
            let (next_left, next_right) = (after(left), after(right));
            next_left.as_deref() == Some(right)
                || next_right.as_deref() == Some(left)
                || next_left.is_some() && next_left == next_right
        }
    }
}
