//! [`Names`]: header names compiled into an automaton, so that judging a list of requested headers
//! costs a few instructions for each of its bytes, whatever is in it.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::fetch::is_token;
use crate::request::Elements;

/// Which names are allowed: those of a list, or all others.
pub(crate) struct Names {
    allowed: Allowed,
    listed: HashSet<Box<[u8]>, RandomState>,
    /// None where its table would be too large: then each name is looked up.
    automaton: Option<Automaton>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Listed,
    Others,
}

impl Names {
    /// These names and no others. All are in lower case.
    pub(crate) fn only<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        Self::new(Allowed::Listed, names)
    }

    /// All names but these.
    pub(crate) fn all_but<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        Self::new(Allowed::Others, names)
    }

    fn new<'n>(allowed: Allowed, names: impl Iterator<Item = &'n str> + Clone) -> Self {
        let automaton = Automaton::new(allowed, names.clone());
        let listed = match automaton {
            Some(_) => HashSet::default(),
            None => names.map(|name| name.as_bytes().into()).collect(),
        };
        Self { allowed, listed, automaton }
    }

    /// The first element of the list that is not the name of an allowed header, or no name at all;
    /// the case of names does not matter.
    pub(crate) fn first_refused<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        match &self.automaton {
            Some(automaton) => automaton.first_refused(line),
            None => Elements(line).find(|name| {
                let listed = self.listed.contains(&*name.to_ascii_lowercase());
                !is_token(name) || listed != (self.allowed == Allowed::Listed)
            }),
        }
    }
}

/// One table: what follows a state at a byte. A state is the place of its row, and bytes that are
/// alike share a column.
struct Automaton {
    columns: [u8; 256],
    next: Box<[u16]>,
    dead: usize,
}

/// Where an element may begin.
const START: usize = 0;
/// White space and commas, which end a name. All that no name contains is in column 0.
const SPACE: usize = 1;
const COMMA: usize = 2;
/// What may stand in a name, and in none of those listed.
const TOKEN: usize = 3;
const FIRST_OF_NAMES: usize = 4;

impl Automaton {
    fn new<'n>(allowed: Allowed, names: impl Iterator<Item = &'n str> + Clone) -> Option<Self> {
        let mut columns = [0; 256];
        for byte in 0..=u8::MAX {
            columns[usize::from(byte)] = match byte {
                b' ' | b'\t' => SPACE,
                b',' => COMMA,
                _ if is_token(&[byte]) => TOKEN,
                _ => 0,
            } as u8;
        }
        let mut width = FIRST_OF_NAMES;
        for byte in names.clone().flat_map(str::bytes) {
            if usize::from(columns[usize::from(byte)]) == TOKEN {
                columns[usize::from(byte)] = width as u8;
                columns[usize::from(byte.to_ascii_uppercase())] = width as u8;
                width += 1;
            }
        }
        // A state for each byte at the most, four others, and each place in 16 bits.
        let most = names.clone().map(str::len).sum::<usize>().checked_add(4)?;
        if most.checked_mul(width)? > usize::from(u16::MAX) {
            return None;
        }
        let state = |number: usize| (number * width) as u16;
        let (start, dead, after, other) = (state(0), state(1), state(2), state(3));
        let unlisted = if allowed == Allowed::Listed { dead } else { other };
        // A row of what may be a name: it goes on with any other, and is ended or refused.
        let row = |ends: bool| {
            let mut row = vec![unlisted; width];
            (row[0], row[SPACE], row[COMMA]) = (dead, dead, dead);
            if ends {
                (row[SPACE], row[COMMA]) = (after, start);
            }
            row
        };
        let mut rows = vec![row(true), vec![dead; width], vec![dead; width], row(true)];
        (rows[0][SPACE], rows[0][COMMA]) = (start, start);
        (rows[2][SPACE], rows[2][COMMA]) = (after, start);
        for name in names {
            let mut at = 0;
            for byte in name.bytes() {
                let column = usize::from(columns[usize::from(byte)]);
                if rows[at][column] == unlisted {
                    rows[at][column] = state(rows.len());
                    rows.push(row(allowed == Allowed::Others));
                }
                at = usize::from(rows[at][column]) / width;
            }
            (rows[at][SPACE], rows[at][COMMA]) = match allowed {
                Allowed::Listed => (after, start),
                Allowed::Others => (dead, dead),
            };
        }
        Some(Self { columns, next: rows.concat().into(), dead: dead.into() })
    }

    /// Always some: every state has a row, as long as there are columns.
    #[inline(always)]
    fn step(&self, state: usize, byte: u8) -> Option<usize> {
        let column = usize::from(self.columns[usize::from(byte)]);
        self.next.get(state + column).copied().map(usize::from)
    }

    fn first_refused<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        let (mut state, mut at) = (START, 0);
        // Many at a time, since nothing leads out of the dead state.
        'chunks: for chunk in line.chunks_exact(16) {
            let mut after = state;
            for &byte in chunk {
                let Some(next) = self.step(after, byte) else { break 'chunks };
                after = next;
            }
            if after == self.dead {
                break;
            }
            (state, at) = (after, at + chunk.len());
        }
        // What is left, or what led there; the end of the line ends a name as a comma does.
        let rest = line.get(at..).unwrap_or_default();
        for byte in rest.iter().copied().chain([b',']) {
            let after = self.step(state, byte).unwrap_or(self.dead);
            if after == self.dead {
                let before = line.get(..at).unwrap_or_default();
                let comma = || before.iter().rposition(|&byte| byte == b',');
                let began = if state == START { at } else { comma().map_or(0, |comma| comma + 1) };
                return Elements(line.get(began..)?).next();
            }
            (state, at) = (after, at + 1);
        }
        None
    }
}
