//! Whether a label that says to be Punycode is: <https://www.rfc-editor.org/rfc/rfc3492>.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_CODE_POINT: u32 = 128;

/// Whether what follows `xn--` in a label, in lower case, decodes to a text that needs it: one with
/// a character beyond ASCII.
pub(crate) fn is_valid(encoded: &str) -> bool {
    let (basic, deltas) = encoded.rsplit_once('-').unwrap_or(("", encoded));
    let mut length = basic.len() as u32;
    let (mut code_point, mut place, mut bias) = (FIRST_CODE_POINT, 0_u32, FIRST_BIAS);
    let mut digits = deltas.bytes().peekable();
    // An encoder writes the hyphen behind basic characters only.
    if digits.peek().is_none() || encoded.starts_with('-') && basic.is_empty() {
        return false;
    }
    while digits.peek().is_some() {
        let before = place;
        let (mut weight, mut k) = (1_u32, BASE);
        loop {
            let Some(digit) = digits.next().and_then(digit) else { return false };
            let Some(next) = digit.checked_mul(weight).and_then(|add| place.checked_add(add))
            else {
                return false;
            };
            place = next;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            let Some(heavier) = weight.checked_mul(BASE - threshold) else { return false };
            (weight, k) = (heavier, k + BASE);
        }
        length += 1;
        bias = adapted(place - before, length, before == 0);
        code_point = code_point.saturating_add(place / length);
        place = place % length + 1;
        if !char::from_u32(code_point).is_some_and(is_in_a_name) {
            return false;
        }
    }
    true
}

/// Browsers refuse many more characters, by tables that are not worth their size here; these are what
/// a misspelt label most often has.
fn is_in_a_name(c: char) -> bool {
    !c.is_control() && !c.is_uppercase() && !c.is_whitespace()
}

/// <https://www.rfc-editor.org/rfc/rfc3492#section-6.1>
fn adapted(delta: u32, length: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / length;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}
