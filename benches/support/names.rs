//! Values of `Access-Control-Request-Headers`.

/// What a list is made of. All but the first two are as long as what
/// is read at most, 4,096 bytes, but for an element that has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// As a browser asks.
    Three,
    /// 16 KiB.
    TooMany,
    /// Names of the usual length, as a browser asks.
    Usual,
    ThreeLetters,
    OneLetter,
    /// Back and forth.
    Unsorted,
    UpperCase,
    /// After each comma.
    WhiteSpace,
    EmptyElements,
}

impl Names {
    pub(crate) const USUAL: [&'static str; 3] = ["authorization", "content-type", "x-request-id"];
    /// All of them.
    pub(crate) const LISTED: [&'static str; 8] =
        ["a", "authorization", "b", "content-type", "x-a", "x-b", "x-c", "x-request-id"];

    pub(crate) fn text(self) -> String {
        match self {
            Self::Three => Self::USUAL.join(","),
            Self::TooMany => repeated("x-a,", 16 * 1024),
            Self::Usual => repeated("authorization,content-type,x-request-id,", LONGEST),
            Self::ThreeLetters => repeated("x-a,x-b,x-c,", LONGEST),
            Self::OneLetter => repeated("a,b,", LONGEST),
            Self::Unsorted => repeated("x-request-id,x-c,x-b,content-type,authorization,", LONGEST),
            Self::UpperCase => repeated("X-A,X-B,X-C,", LONGEST),
            Self::WhiteSpace => repeated("x-a, x-b, ", LONGEST),
            Self::EmptyElements => repeated("x-a,,,x-b,", LONGEST),
        }
    }
}

pub(crate) const LONGEST: usize = 4096;

/// As many whole elements as there is room for.
fn repeated(elements: &str, length: usize) -> String {
    let mut text = elements.repeat(length / elements.len());
    text.truncate(text.trim_end_matches([',', ' ']).len());
    text
}
