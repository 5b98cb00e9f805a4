//! The requested names, as `access-control-allow-headers` repeats them for `*` with credentials.

use bytes::Bytes;
use http::HeaderValue;

use crate::fetch::{AUTHORIZATION, is_token};
use crate::policy::rule::is_mirrored_header;
use crate::request::RequestHead;

/// The requested names, or none when they are not all names, or too long.
pub(crate) fn mirrored_names(head: &RequestHead<'_>, authorization: bool) -> Option<HeaderValue> {
    let requested = head.requested_header_lines()?;
    if let Some(line) = requested.one_line() {
        if is_mirror(line.as_bytes(), authorization) {
            return Some(line.clone());
        }
        let mut lower = line.as_bytes().to_ascii_lowercase();
        if is_mirror(&lower, authorization) {
            return list(lower);
        }
        squeeze(&mut lower);
        if is_mirror(&lower, authorization) {
            return list(lower);
        }
    }
    let mut names = Vec::with_capacity(requested.length());
    for name in requested.names() {
        if !is_token(name) {
            return None;
        }
        if is_mirrored_header(name, authorization) {
            names.extend_from_slice(name);
            names.push(b',');
        }
    }
    names.pop();
    names.make_ascii_lowercase();
    list(names)
}

/// `*`, or the requested names where `authorization`, which it does not cover, is among them.
pub(crate) fn any_name(head: &RequestHead<'_>) -> Option<HeaderValue> {
    let is_authorization = |name: &[u8]| name.eq_ignore_ascii_case(AUTHORIZATION.as_bytes());
    let mut requested = head.requested_header_lines().into_iter();
    match requested.any(|lines| lines.names().any(is_authorization)) {
        true => mirrored_names(head, true),
        false => Some(HeaderValue::from_static("*")),
    }
}

/// How many bytes are looked at together.
const BLOCK: usize = 32;

/// Whether mirroring the list surely gives the list itself, as it does when a browser made it of
/// ordinary names. What else there may be is judged the longer way.
fn is_mirror(list: &[u8], authorization: bool) -> bool {
    // There is no early way out of a block, so that its bytes are looked at together.
    let ordinary = |&byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b',');
    let all = |block: &[u8]| block.iter().fold(true, |all, byte| all & ordinary(byte));
    let blocks = list.chunks_exact(BLOCK);
    let rest = blocks.remainder();
    if !blocks.into_iter().all(all) || !all(rest) {
        return false;
    }
    let ends = list.first().is_none_or(|&byte| byte == b',') || list.ends_with(b",");
    let pairs = list.iter().zip(list.get(1..).unwrap_or_default());
    let empty = pairs.fold(ends, |empty, (&one, &next)| empty | (one == b',') & (next == b','));
    // Without its `z` there is no `authorization`.
    let z = || list.iter().fold(false, |z, &byte| z | (byte == b'z'));
    let zs = list.iter().enumerate().filter(|&(_, &byte)| byte == b'z');
    let mut names = zs.map(|(at, _)| list.get(at.checked_sub(7)?..at + 6));
    let left_out = |name| name == Some(AUTHORIZATION.as_bytes());
    !empty && (authorization || !z() || !names.any(left_out))
}

/// Removes commas and white space that follow commas or white space: empty elements, and most white
/// space around names. With white space left, the list is not a mirror.
fn squeeze(list: &mut Vec<u8>) {
    let mut separated = true;
    list.retain(|&byte| {
        let separates = SEPARATES[usize::from(byte)];
        let keep = !(separates & separated);
        separated = separates;
        keep
    });
    if list.ends_with(b",") {
        list.pop();
    }
}

const SEPARATES: [bool; 256] = {
    let mut table = [false; 256];
    table[b',' as usize] = true;
    table[b' ' as usize] = true;
    table[b'\t' as usize] = true;
    table
};

/// A list of names as a value; none when it is empty.
pub(crate) fn list(names: Vec<u8>) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::from(names)).ok().filter(|list| !list.is_empty())
}
