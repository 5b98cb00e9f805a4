//! [`Names`]: header names compiled into an automaton, so that judging a list of requested headers
//! costs a few instructions for each of its bytes, whatever is listed.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use crate::fetch::{AUTHORIZATION, is_token};
use crate::request::Elements;

/// Which names are allowed: those of a list, or all others.
///
/// The rows of all states share one table. The entry of a state for a byte is at the state's place plus
/// the byte, and names its state, so that rows can overlap. 400 names take some 10 to 80 KiB; separate rows
/// would take megabytes.
#[derive(Clone)]
pub(crate) struct Names(Arc<[Entry]>);

/// Both are places of states' rows.
#[derive(Clone, Copy)]
struct Entry {
    of: u32,
    next: u32,
}

/// Where an element may begin.
const START: usize = 0;

impl Names {
    /// These names and no others. All are in lower case.
    pub(crate) fn only(names: &[String]) -> Self {
        // Most configs of a long chain list none.
        static NONE: LazyLock<Names> = LazyLock::new(|| Names::new(Allowed::Listed, &[]));
        match names {
            [] => NONE.clone(),
            _ => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                Self::new(Allowed::Listed, &names)
            }
        }
    }

    /// Every name, less `*` and `authorization` where it says so.
    pub(crate) fn all(star: bool, authorization: bool) -> Self {
        static ALL: LazyLock<[[Names; 2]; 2]> = LazyLock::new(|| {
            [true, false].map(|star| {
                [true, false].map(|authorization| {
                    let star = (!star).then_some("*");
                    let authorization = (!authorization).then_some(AUTHORIZATION);
                    let names: Vec<_> = star.into_iter().chain(authorization).collect();
                    Names::new(Allowed::Others, &names)
                })
            })
        });
        let [with_star, without_star] = &*ALL;
        let [with, without] = if star { with_star } else { without_star };
        if authorization { with.clone() } else { without.clone() }
    }

    fn new(allowed: Allowed, names: &[&str]) -> Self {
        let mut table = Table::default();
        table.place(&rows(allowed, names));
        Self(table.entries.into())
    }

    /// The first element of the list that is not the name of an allowed header, or no name at all;
    /// the case of names does not matter.
    pub(crate) fn first_refused<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        let (mut state, mut at) = (START, 0);
        // As arrays, so that the inner loop is unrolled; 7 instructions a byte.
        'chunks: for chunk in line.chunks_exact(16).map_while(|chunk| chunk.first_chunk::<16>()) {
            let mut after = state;
            for byte in chunk {
                let Some(next) = self.step(after, *byte) else { break 'chunks };
                after = next;
            }
            (state, at) = (after, at + chunk.len());
        }
        // What is left, or the chunk that has a refused name; the end of the line ends a name as a
        // comma does.
        let rest = line.get(at..).unwrap_or_default();
        for byte in rest.iter().copied().chain([b',']) {
            let Some(after) = self.step(state, byte) else {
                let before = line.get(..at).unwrap_or_default();
                let comma = || before.iter().rposition(|&byte| byte == b',');
                let began = if state == START { at } else { comma().map_or(0, |comma| comma + 1) };
                return Elements(line.get(began..)?).next();
            };
            (state, at) = (after, at + 1);
        }
        None
    }

    /// None where nothing that begins like this is allowed.
    #[inline(always)]
    fn step(&self, state: usize, byte: u8) -> Option<usize> {
        let entry = self.0.get(state + usize::from(byte))?;
        (entry.of as usize == state).then_some(entry.next as usize)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Listed,
    Others,
}

/// What follows a state at a byte, by the number of the next state; nothing, where the name is
/// refused.
type Row = Vec<(u8, usize)>;

/// The states by number: where an element may begin, behind a name, in a name that is not listed;
/// then one for each beginning of a name.
const BEGIN: usize = 0;
const BEHIND: usize = 1;
const OTHER: usize = 2;

fn rows(allowed: Allowed, names: &[&str]) -> Vec<Row> {
    let mut next: Vec<Row> = vec![Row::new(); 3];
    let mut ends = HashSet::new();
    for name in names {
        let mut at = BEGIN;
        for byte in name.bytes() {
            let known = next[at].iter().find(|(known, _)| *known == byte).map(|(_, state)| *state);
            at = known.unwrap_or_else(|| {
                let new = next.len();
                next[at].push((byte, new));
                next.push(Row::new());
                new
            });
        }
        ends.insert(at);
    }
    let separators = |row: &mut Row, space: usize| {
        row.extend([(b' ', space), (b'\t', space), (b',', BEGIN)]);
    };
    let listed = allowed == Allowed::Listed;
    let leaf: Vec<bool> = next.iter().map(|row| row.is_empty()).collect();
    for (state, row) in next.iter_mut().enumerate() {
        for (byte, next) in std::mem::take(row) {
            // Nothing but separators can follow the last letter of a name that begins no other.
            let next = if listed && leaf[next] { BEHIND } else { next };
            row.push((byte, next));
            if byte.is_ascii_lowercase() {
                row.push((byte.to_ascii_uppercase(), next));
            }
        }
        if !listed && state != BEHIND {
            let known: HashSet<u8> = row.iter().map(|(byte, _)| *byte).collect();
            let others = (0..=u8::MAX).filter(|byte| is_token(&[*byte]) && !known.contains(byte));
            row.extend(others.map(|byte| (byte, OTHER)));
        }
        match state {
            BEGIN => separators(row, BEGIN),
            BEHIND => separators(row, BEHIND),
            _ if listed && leaf[state] => {}
            OTHER => separators(row, BEHIND),
            _ if ends.contains(&state) == listed => separators(row, BEHIND),
            _ => {}
        }
    }
    next
}

/// The table while rows are put into it.
#[derive(Default)]
struct Table {
    entries: Vec<Entry>,
    /// Places before this one are taken, or too seldom fit.
    free: usize,
    rows: HashSet<usize>,
}

/// Of a row where none is.
const FREE: Entry = Entry { of: u32::MAX, next: 0 };

/// So many places behind the first free one are tried for each row.
const TRIES: usize = 64;

impl Table {
    fn place(&mut self, rows: &[Row]) {
        // Nothing leads to an empty row: to get there is to be refused.
        let places: Vec<usize> =
            rows.iter().map(|row| if row.is_empty() { START } else { self.room(row) }).collect();
        for (row, place) in rows.iter().zip(&places) {
            for (byte, next) in row {
                if let Some(entry) = self.entries.get_mut(place + usize::from(*byte)) {
                    entry.next = places.get(*next).map_or(0, |place| *place as u32);
                }
            }
        }
    }

    /// Takes the entries of a row where they are free, and no other row begins.
    fn room(&mut self, row: &Row) -> usize {
        let first = row.iter().map(|(byte, _)| usize::from(*byte)).min().unwrap_or_default();
        while self.entries.get(self.free).is_some_and(|entry| entry.of != FREE.of) {
            self.free += 1;
        }
        let from = if self.rows.is_empty() { START } else { self.free.saturating_sub(first) };
        // Behind the last entry every row fits.
        let place = (from..=self.entries.len()).find(|place| self.fits(row, *place));
        let place = place.unwrap_or(self.entries.len());
        // What was tried in vain so often is given up, so that building stays linear.
        self.free = self.free.max((place + first).saturating_sub(TRIES));
        self.rows.insert(place);
        for (byte, _) in row {
            let at = place + usize::from(*byte);
            if at >= self.entries.len() {
                self.entries.resize(at + 1, FREE);
            }
            self.entries[at].of = place as u32;
        }
        place
    }

    fn fits(&self, row: &Row, place: usize) -> bool {
        let free = |at: usize| self.entries.get(at).is_none_or(|entry| entry.of == FREE.of);
        !self.rows.contains(&place) && row.iter().all(|(byte, _)| free(place + usize::from(*byte)))
    }
}
