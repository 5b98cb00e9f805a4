//! [`OpenLabels`]: the open labels in front of one host, such as `pr-*` and `*-team`.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Entries come from the policy alone, so a request cannot make them collide.
type Map<K, V> = HashMap<K, V, RandomState>;

/// Open labels, and something known of each.
///
/// A label is read once from each end, however many patterns there are; what is left is bounded by
/// its 63 bytes.
pub(crate) struct OpenLabels<T> {
    before: Trie,
    after: Trie,
    /// Both ends together: apart, two patterns would combine into a third.
    pairs: Map<(Node, Node), T>,
}

impl<T> Default for OpenLabels<T> {
    fn default() -> Self {
        Self { before: Trie::default(), after: Trie::default(), pairs: Map::default() }
    }
}

impl<T> OpenLabels<T> {
    /// Adds the label with these bytes before and after its `*`, unless it is there.
    pub(crate) fn insert(&mut self, before: &[u8], after: &[u8], known: T) {
        let before = self.before.insert(before.iter());
        let after = self.after.insert(after.iter().rev());
        self.pairs.entry((before, after)).or_insert(known);
    }

    /// What is known of those that match a label.
    ///
    /// The label may be an open one itself, with its `*`: then it is those that match all that it
    /// does.
    pub(crate) fn find(&self, label: &[u8]) -> impl Iterator<Item = &T> {
        let label = if is_punycode(label) { &[] } else { label };
        self.before.ends(label.iter()).flat_map(move |(start, before)| {
            self.after.ends(label.iter().rev()).filter_map(move |(length, after)| {
                let found = self.pairs.get(&(before, after))?;
                let open = label.get(start..label.len() - length)?;
                is_open(open).then_some(found)
            })
        })
    }
}

/// Whether one open label matches a label.
pub(crate) fn matches(before: &str, after: &str, label: &str) -> bool {
    let open = label.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    !is_punycode(label.as_bytes()) && open.is_some_and(|open| is_open(open.as_bytes()))
}

/// A name in another script, which an ASCII pattern cannot be meant for: what it looks like has
/// nothing in common with its bytes.
pub(crate) fn is_punycode(label: &[u8]) -> bool {
    label.starts_with(b"xn--")
}

/// Whether the `*` matches this part of a label of a well-formed origin: one or more of `[a-z0-9-]`.
fn is_open(part: &[u8]) -> bool {
    !part.is_empty() && !part.contains(&b'_')
}

type Node = u32;

const ROOT: Node = 0;

/// Texts by their first bytes.
#[derive(Default)]
struct Trie {
    next: Map<(Node, u8), Node>,
    /// Whether a text ends there, by node.
    ends: Vec<bool>,
}

impl Trie {
    fn insert<'b>(&mut self, text: impl Iterator<Item = &'b u8>) -> Node {
        if self.ends.is_empty() {
            self.ends.push(false);
        }
        let mut node = ROOT;
        for byte in text {
            node = *self.next.entry((node, *byte)).or_insert_with(|| {
                self.ends.push(false);
                (self.ends.len() - 1) as Node
            });
        }
        if let Some(end) = self.ends.get_mut(node as usize) {
            *end = true;
        }
        node
    }

    /// The texts that these bytes begin with, by their lengths.
    fn ends<'b>(&self, bytes: impl Iterator<Item = &'b u8>) -> impl Iterator<Item = (usize, Node)> {
        let path = bytes.scan(ROOT, |node, byte| {
            *node = *self.next.get(&(*node, *byte))?;
            Some(*node)
        });
        let nodes = std::iter::once(ROOT).chain(path).enumerate();
        nodes.filter(|(_, node)| self.ends.get(*node as usize).is_some_and(|end| *end))
    }
}
