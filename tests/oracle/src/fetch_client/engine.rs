//! How browsers' caches differ.

/// Whose HTTP cache a client has. What each does is what `tests/engines/browsers.rs` saw the engine do: the
/// table of caches says by fault and engine what leaks, and model and engine have to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// By the text of [RFC 9111](https://www.rfc-editor.org/rfc/rfc9111).
    #[default]
    Standard,
    /// Chromium.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKit.
    WebKit,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Chromium, Self::Firefox, Self::WebKit];

    /// Its name in tables; the standard has none.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// Whether one URL can have several stored responses, told apart by `Vary`.
    pub(super) fn stores_variants(self) -> bool {
        self == Self::Standard
    }

    /// Whether a stored response that `Vary` keeps from a request is asked for by its ETag all the
    /// same, and merged with the 304.
    pub(super) fn revalidates_across_vary(self) -> bool {
        matches!(self, Self::Chromium | Self::Firefox)
    }

    /// Whether requests with credentials and without have caches of their own.
    pub(super) fn keeps_anonymous_apart(self) -> bool {
        self == Self::Firefox
    }

    /// Which cookies count where `Vary` names `cookie`.
    pub(super) fn varying_cookies(self) -> VaryingCookies {
        match self {
            Self::Standard | Self::Chromium | Self::Firefox => VaryingCookies::Sent,
            Self::WebKit => VaryingCookies::Kept,
        }
    }

    /// Whether `stale-while-revalidate` is obeyed with cookies, whatever the credentials mode.
    pub(super) fn revalidates_with_cookies(self) -> bool {
        self == Self::WebKit
    }

    /// Whether the headers of a 206 and of the response to a `HEAD` update what is stored.
    pub(super) fn merges_parts_and_heads(self) -> bool {
        self == Self::Chromium
    }
}

/// Which cookies count where `Vary` names `cookie`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VaryingCookies {
    /// Those that went with the request.
    Sent,
    /// Those that are kept for the URL, whether they went with the request or not.
    Kept,
}
