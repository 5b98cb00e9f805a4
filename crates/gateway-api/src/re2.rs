//! Where a regular expression means something else to RE2 than to the engine here.
//!
//! The gateways that run the same manifests use RE2: <https://github.com/google/re2/wiki/Syntax>. What
//! the engine here refuses by itself is not looked for.

use crate::schema::MAX_REPEAT;

/// The first part of an expression that RE2 refuses or reads otherwise.
pub(crate) fn unlike_re2(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    // Whether a repetition ends here, and whether `?` may still follow it.
    let (mut repeated, mut lazy) = (false, false);
    while let Some(&byte) = bytes.get(at) {
        let rest = &text[at..];
        let repetition = match byte {
            b'*' | b'+' | b'?' => Some(1),
            b'{' => match counted(rest) {
                Some(length) => Some(length),
                None => return Some("{"),
            },
            _ => None,
        };
        if let Some(length) = repetition {
            if lazy && byte == b'?' {
                lazy = false;
            } else if repeated {
                return text.get(at - 1..at + length);
            } else {
                (repeated, lazy) = (true, true);
            }
            at += length;
            continue;
        }
        (repeated, lazy) = (false, false);
        at += match byte {
            b'\\' => match escape(rest) {
                Ok(length) => length,
                Err(unlike) => return Some(unlike),
            },
            b'[' => match class(rest) {
                Ok(length) => length,
                Err(unlike) => return Some(unlike),
            },
            b'(' => match flags(rest) {
                Some(unlike) => return Some(unlike),
                // The `?` of a group is no repetition.
                None if rest.starts_with("(?") => 2,
                None => 1,
            },
            _ => 1,
        };
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// The length of `{n}`, `{n,}` or `{n,m}`; other braces are letters to RE2.
fn counted(rest: &str) -> Option<usize> {
    let end = rest.find('}')?;
    let (least, most) = rest[1..end].split_once(',').unwrap_or((&rest[1..end], ""));
    let number = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<usize>().is_ok_and(|number| number <= MAX_REPEAT)
    };
    (number(least) && (most.is_empty() || number(most))).then_some(end + 1)
}

/// The length of an escape. `\\<` is a letter to RE2 and the start of a word here; `\\u` is nothing.
fn escape(rest: &str) -> Result<usize, &str> {
    let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
    match rest.as_bytes().get(1) {
        Some(b'<' | b'>' | b'u' | b'U') => Err(&rest[..length]),
        Some(b'b') if rest[2..].starts_with('{') => Err(&rest[..3]),
        Some(b'x' | b'p' | b'P') if rest[2..].starts_with('{') => {
            Ok(rest.find('}').map_or(rest.len(), |end| end + 1))
        }
        _ => Ok(length),
    }
}

/// The length of a class. To RE2 a class has no classes within, and no operators.
fn class(rest: &str) -> Result<usize, &str> {
    let mut at = if rest.starts_with("[^") { 2 } else { 1 };
    let first = at;
    loop {
        let inner = &rest[at..];
        let named = inner.strip_prefix("[:").and_then(|name| name.find(":]"));
        at += match inner.as_bytes() {
            [] => return Ok(rest.len()),
            [b']', ..] if at > first => return Ok(at + 1),
            [b'[', ..] => match named {
                Some(name) => name + 4,
                None => return Err(&inner[..1]),
            },
            [b'&', b'&', ..] | [b'-', b'-', ..] | [b'~', b'~', ..] => return Err(&inner[..2]),
            [b'\\', ..] => escape(inner)?,
            _ => inner.chars().next().map_or(1, char::len_utf8),
        };
    }
}

/// The flags of a group, if RE2 has not all of them.
fn flags(rest: &str) -> Option<&str> {
    let end = rest.strip_prefix("(?")?.find([':', ')', '<'])?;
    let flags = &rest[2..2 + end];
    (flags != "P" && flags.contains(['x', 'u', 'R'])).then_some(&rest[..2 + end])
}
