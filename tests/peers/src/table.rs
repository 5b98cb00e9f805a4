//! The closed table: what each peer does, what was read of those that do not run here, and the
//! notes that are needed to be fair.

use crate::peer::Peer;
use crate::{probes, programs};

/// A table of the page.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) rows: &'static [Row],
}

pub(crate) struct Row {
    pub(crate) what: &'static str,
    /// Whether it stands in the short table too.
    pub(crate) short: bool,
    /// How it is seen.
    pub(crate) probe: fn(Peer) -> String,
    /// What is seen, in the order of [`Peer::ALL`].
    pub(crate) run: [&'static str; 5],
    /// Envoy, jub0bs/cors, agentgateway.
    pub(crate) others: [Cell; 3],
    pub(crate) notes: &'static [(&'static [Column], &'static str)],
}

/// What another suite saw, or what somebody's source or documentation says.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    /// `tests/engines/envoy.rs`: what is said follows from these entries of its closed list, and where there
    /// is none, from Envoy not differing from the layer.
    Envoy(&'static str, &'static [&'static str]),
    /// Read at the link of this name.
    Read(&'static str, &'static str),
    Unknown,
}
use Cell::{Envoy, Read, Unknown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Run(Peer),
    Envoy,
}

const OURS: Column = Column::Run(Peer::Ours);
const TOWER_HTTP: Column = Column::Run(Peer::TowerHttp);
const ACTIX: Column = Column::Run(Peer::Actix);
const POEM: Column = Column::Run(Peer::Poem);
const SALVO: Column = Column::Run(Peer::Salvo);

/// Names that cells link to. `{root}` is the way from the page to the repository's root.
pub(crate) const LINKS: &[(&str, &str)] = &[
    ("envoy", "{root}tests/engines/envoy/differences.rs"),
    (
        "envoy-cors",
        "https://envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/cors_filter",
    ),
    (
        "envoy-policy",
        "https://github.com/envoyproxy/envoy/blob/2c823c09e26b288441de06073d6f60463a2e0b7c/api/envoy/extensions/filters/http/cors/v3/cors.proto",
    ),
    ("envoy-rds", "https://envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/rds"),
    (
        "jub0bs-config",
        "https://github.com/jub0bs/cors/blob/036830ee9a1e2053a98dfd1bf7145b0a16977328/config.go",
    ),
    (
        "jub0bs-middleware",
        "https://github.com/jub0bs/cors/blob/04bf87f78159e2c35b15734ddb45e4e9462607d1/middleware.go",
    ),
    (
        "jub0bs-changes",
        "https://github.com/jub0bs/cors/blob/015128af79692c138c11bcdbb136fdf3e0365e53/CHANGELOG.md",
    ),
    (
        "jub0bs-errors",
        "https://github.com/jub0bs/cors/blob/1aa858ad7f39f9f72458856c3497ebbdb57e448e/cfgerrors/cfgerrors.go",
    ),
    (
        "agentgateway",
        "https://github.com/agentgateway/agentgateway/blob/564690aaecb7d672e69a82e9a8ce7d37c8ec252c/crates/agentgateway/src/http/cors.rs",
    ),
];

const NO_OPTION: &str = "There is no option for it.";
const CONFIG: &str = "jub0bs-config";
const MIDDLEWARE: &str = "jub0bs-middleware";
const CHANGES: &str = "jub0bs-changes";
const SOURCE: &str = "agentgateway";

pub(crate) const TABLE: &[Group] = &[
    Group { title: "Which requests are answered", rows: REQUESTS },
    Group { title: "Headers and caches", rows: HEADERS },
    Group { title: "Mistakes when it is set up", rows: MISTAKES },
    Group { title: "What can be said", rows: SETTINGS },
    Group { title: "Requests that no browser sends", rows: HOSTILE },
    Group { title: "In a program", rows: PROGRAMS },
];

const REQUESTS: &[Row] = &[
    Row {
        what: "`OPTIONS` of an allowed origin that is no preflight",
        short: true,
        probe: probes::options_with_origin,
        run: [
            "reaches the app",
            "200 without the app",
            "reaches the app",
            "403 without the app",
            "reaches the app",
        ],
        others: [
            Envoy("reaches the app", &[]),
            Read("reaches the app", MIDDLEWARE),
            Read("200 without the app", SOURCE),
        ],
        notes: &[(&[TOWER_HTTP, POEM], NO_OPTION)],
    },
    Row {
        what: "`OPTIONS` without `Origin`",
        short: false,
        probe: probes::options_without_origin,
        run: [
            "reaches the app",
            "200 without the app",
            "reaches the app",
            "reaches the app",
            "reaches the app",
        ],
        others: [
            Envoy("reaches the app", &[]),
            Read("reaches the app", MIDDLEWARE),
            Read("reaches the app", SOURCE),
        ],
        notes: &[(&[TOWER_HTTP], NO_OPTION)],
    },
    Row {
        what: "Preflight of an allowed origin",
        short: false,
        probe: probes::allowed_preflight,
        run: [
            "204 without the app",
            "200 without the app",
            "200 without the app",
            "200 without the app",
            "reaches the app, becomes 204",
        ],
        others: [
            Envoy("200 without the app", &["Status"]),
            Read("204 without the app", CHANGES),
            Read("200 without the app", SOURCE),
        ],
        notes: &[
            (
                &[ACTIX],
                "`disable_preflight` lets them reach the app \
                 (`actix_lets_preflights_reach_the_app_when_told`).",
            ),
            (
                &[SALVO],
                "A handler runs if a route takes `OPTIONS`. Where none does, nothing runs and the \
                 answer is the same (`salvo_answers_preflights_without_a_route`).",
            ),
        ],
    },
    Row {
        what: "Preflight of any other origin",
        short: true,
        probe: probes::denied_preflight,
        run: [
            "403, no grant",
            "200, all but the origin",
            "400, no grant",
            "403, no grant",
            "204, all but the origin",
        ],
        others: [
            Envoy("200, all but the origin", &["Status", "ListsToDenied", "ForwardsDenied"]),
            Read("403, no grant", MIDDLEWARE),
            Read("200, no grant", SOURCE),
        ],
        notes: &[(
            &[Column::Envoy],
            "By default it forwards them; this is with `forward_not_matching_preflights: false`.",
        )],
    },
    Row {
        what: "Preflight for a method that is not listed",
        short: false,
        probe: probes::unlisted_method,
        run: ["204, the list", "200, the list", "400, no grant", "403, no grant", "204, the list"],
        others: [
            Envoy("200, the list", &["Status"]),
            Read("403, no grant", MIDDLEWARE),
            Read("200, the list", SOURCE),
        ],
        notes: &[],
    },
    Row {
        what: "`GET` of an origin that is not allowed",
        short: false,
        probe: probes::denied_actual,
        run: [
            "reaches the app",
            "reaches the app",
            "reaches the app",
            "403, the app is not called",
            "reaches the app",
        ],
        others: [
            Envoy("reaches the app", &[]),
            Read("reaches the app", MIDDLEWARE),
            Read("reaches the app", SOURCE),
        ],
        notes: &[],
    },
    Row {
        what: "It can keep such a `GET` from the app",
        short: false,
        probe: programs::blocks,
        run: ["no", "no", "by an option", "always", "no"],
        others: [Unknown, Read("no", MIDDLEWARE), Read("no", SOURCE)],
        notes: &[],
    },
];

const HEADERS: &[Row] = &[
    Row {
        what: "The app's own `access-control-allow-origin: *`, to another origin",
        short: true,
        probe: probes::grant_of_the_app,
        run: ["removed", "sent", "sent", "the app is not called", "sent"],
        others: [Envoy("sent", &["KeepsUpstream"]), Read("sent", MIDDLEWARE), Read("sent", SOURCE)],
        notes: &[
            (
                &[TOWER_HTTP, SALVO],
                "There is no option; something between it and the app has to remove it.",
            ),
            (&[ACTIX], "With `block_on_origin_mismatch(true)` the app is not called."),
        ],
    },
    Row {
        what: "The app's own `access-control-allow-credentials: true`, where the policy has none",
        short: false,
        probe: probes::credentials_of_the_app,
        run: ["removed", "sent", "sent", "sent", "sent"],
        others: [Envoy("sent", &["KeepsUpstream"]), Read("sent", MIDDLEWARE), Unknown],
        notes: &[],
    },
    Row {
        what: "`Vary: Origin` to everybody, where two origins are allowed",
        short: true,
        probe: probes::vary,
        run: ["always", "always", "always", "never", "always"],
        others: [Envoy("never", &["NoVary"]), Read("always", MIDDLEWARE), Read("never", SOURCE)],
        notes: &[(
            &[POEM],
            "Not for exact origins. With a pattern or a function it is sent where the origin is \
             allowed (`poem_sends_vary_for_origins_that_it_does_not_compare`).",
        )],
    },
    Row {
        what: "The app's own `Vary`, in two lines",
        short: false,
        probe: probes::vary_of_the_app,
        run: ["kept", "kept", "the first line is kept", "replaced", "kept"],
        others: [Envoy("kept, if it is one", &["NoVary"]), Unknown, Unknown],
        notes: &[(&[POEM], "With a pattern or a function; for exact origins it is not touched.")],
    },
    Row {
        what: "`Vary` of preflights: allowed; denied",
        short: false,
        probe: probes::vary_of_preflights,
        run: ["all three", "`origin`", "all three; none", "none", "all three"],
        others: [Envoy("none", &["NoVary"]), Read("none", CHANGES), Read("none", SOURCE)],
        notes: &[(
            &[TOWER_HTTP],
            "It names what its answer depends on, which are the other two only when they are \
             mirrored. `vary` lists any names (`tower_http_lists_any_names_in_vary`).",
        )],
    },
    Row {
        what: "Any origin, no credentials",
        short: false,
        probe: probes::any_origin,
        run: [
            "`*`, no `Vary`",
            "`*`, no `Vary`",
            "reflected, `Vary`",
            "reflected, `Vary`",
            "`*`, `Vary`",
        ],
        others: [
            Envoy("reflected, no `Vary`", &["Reflects", "NoVary"]),
            Read("`*`, no `Vary`", MIDDLEWARE),
            Read("reflected, no `Vary`", SOURCE),
        ],
        notes: &[
            (
                &[ACTIX],
                "`send_wildcard` and `disable_vary_header` send `*` and no `Vary` \
                 (`actix_sends_a_star_and_no_vary_when_told`).",
            ),
            (&[SALVO], "`vary([])` sends none (`salvo_sends_the_vary_that_it_is_told`)."),
        ],
    },
    Row {
        what: "401 and 500 of the app, and errors of the framework, carry the policy's headers",
        short: false,
        probe: probes::errors,
        run: ["yes", "yes", "yes", "yes", "yes"],
        others: [Envoy("yes", &[]), Read("yes", MIDDLEWARE), Unknown],
        notes: &[],
    },
];

const MISTAKES: &[Row] = &[
    Row {
        what: "Any origin with credentials",
        short: true,
        probe: probes::star_with_credentials,
        run: ["an error", "panics", "accepted, reflects", "accepted, reflects", "panics"],
        others: [
            Envoy("accepted, reflects", &["StarIsAnyText"]),
            Read("an error", CONFIG),
            Read("accepted, reflects", SOURCE),
        ],
        notes: &[
            (&[TOWER_HTTP, SALVO], "When the app is built, not on a request."),
            (
                &[ACTIX],
                "With `send_wildcard` it does not start \
                 (`actix_refuses_a_star_with_credentials`).",
            ),
        ],
    },
    Row {
        what: "`null` with credentials",
        short: false,
        probe: probes::null_with_credentials,
        run: [
            "an error",
            "accepted, granted",
            "accepted, granted",
            "accepted, granted",
            "accepted, granted",
        ],
        others: [Unknown, Read("an error", CONFIG), Read("accepted, never matches", SOURCE)],
        notes: &[],
    },
    Row {
        what: "`https://app.example/`, which no browser sends",
        short: true,
        probe: probes::trailing_slash,
        run: [
            "an error",
            "accepted, never matches",
            "accepted, never matches",
            "accepted, never matches",
            "accepted, never matches",
        ],
        others: [Unknown, Read("an error", CONFIG), Read("accepted, never matches", SOURCE)],
        notes: &[],
    },
    Row {
        what: "`https://*.github.io` with credentials, whose names anybody can have",
        short: false,
        probe: programs::public_suffix,
        run: [
            "accepted, with a lint",
            "as the predicate says",
            "as the predicate says",
            "accepted",
            "as the predicate says",
        ],
        others: [Unknown, Read("an error", CONFIG), Read("accepted", SOURCE)],
        notes: &[(&[OURS], "With the feature `public-suffix`.")],
    },
    Row {
        what: "Method `put`",
        short: false,
        probe: probes::lower_case_method,
        run: [
            "an error",
            "accepted, never matches",
            "accepted, never matches",
            "accepted, never matches",
            "accepted, never matches",
        ],
        others: [Unknown, Read("read as `PUT`", CONFIG), Read("accepted, never matches", SOURCE)],
        notes: &[],
    },
    Row {
        what: "Method `P UT`",
        short: false,
        probe: probes::no_token,
        run: ["an error", "the type's error", "does not start", "panics", "the type's error"],
        others: [Unknown, Read("an error", CONFIG), Read("an error", SOURCE)],
        notes: &[
            (&[TOWER_HTTP, SALVO], "It takes `http::Method`, which its caller parses."),
            (&[ACTIX], "The log says why; the error itself is `()`."),
        ],
    },
    Row {
        what: "Header `x token`",
        short: false,
        probe: probes::no_header_name,
        run: ["an error", "the type's error", "does not start", "panics", "panics"],
        others: [Unknown, Read("an error", CONFIG), Read("an error", SOURCE)],
        notes: &[(&[SALVO], "From strings; `http::HeaderName` is taken too.")],
    },
    Row {
        what: "Of several mistakes that it finds, it tells",
        short: true,
        probe: probes::all_errors,
        run: ["all, each with its place", "the first", "the first", "the first", "the first"],
        others: [Unknown, Read("all", "jub0bs-errors"), Read("the first", SOURCE)],
        notes: &[],
    },
];

const SETTINGS: &[Row] = &[
    Row {
        what: "All subdomains of a host",
        short: false,
        probe: probes::subdomains,
        run: ["a pattern", "by a predicate", "by a predicate", "a pattern", "by a predicate"],
        others: [
            Read("matchers, regular expressions too", "envoy-policy"),
            Read("a pattern", CONFIG),
            Read("a pattern", SOURCE),
        ],
        notes: &[(&[POEM], "`allow_origin_regex`, in which `*` is any text.")],
    },
    Row {
        what: "`HTTPS://App.example:443` for `https://app.example`",
        short: false,
        probe: probes::written_otherwise,
        run: ["matches", "never matches", "never matches", "never matches", "never matches"],
        others: [
            Envoy("never matches", &["PortIsText"]),
            Read("an error", CONFIG),
            Read("matches", SOURCE),
        ],
        notes: &[],
    },
    Row {
        what: "All response headers exposed, with credentials",
        short: false,
        probe: probes::all_exposed,
        run: [
            "lists the response's names",
            "panics",
            "lists the response's names",
            "`*`, which browsers take literally",
            "panics",
        ],
        others: [
            Envoy("`*`, which browsers take literally", &["ExposesStar"]),
            Read("an error", CONFIG),
            Read("`*`, which browsers take literally", SOURCE),
        ],
        notes: &[(
            &[TOWER_HTTP, SALVO],
            "When the app is built. Names that are listed are exposed (`exposed_names_are_listed`).",
        )],
    },
    Row {
        what: "A function of the origin",
        short: true,
        probe: programs::predicate,
        run: ["no", "yes", "yes", "yes", "yes"],
        others: [
            Read("regular expressions", "envoy-policy"),
            Read("no", CONFIG),
            Read("no", SOURCE),
        ],
        notes: &[(&[OURS], "On purpose: a function that matches too much is the classic hole.")],
    },
    Row {
        what: "The header of Private Network Access",
        short: true,
        probe: programs::private_network,
        run: ["no", "yes", "yes", "no", "yes"],
        others: [
            Read("yes", "envoy-policy"),
            Read("dropped in 0.7.0", CHANGES),
            Read("no", SOURCE),
        ],
        notes: &[(&[ACTIX], "With the feature `draft-private-network-access`.")],
    },
];

const HOSTILE: &[Row] = &[
    Row {
        what: "Two lines of `Origin`",
        short: false,
        probe: probes::doubled_origin,
        run: [
            "no grant",
            "the first counts",
            "the first counts",
            "the first counts",
            "the first counts",
        ],
        others: [
            Envoy("one text, joined by a comma", &["JoinsOrigins"]),
            Read("the first counts", MIDDLEWARE),
            Read("the first counts", SOURCE),
        ],
        notes: &[],
    },
    Row {
        what: "A byte over 127 in `Origin`, where subdomains are allowed",
        short: false,
        probe: probes::odd_bytes,
        run: [
            "no grant",
            "as the predicate says",
            "as the predicate says",
            "panics",
            "as the predicate says",
        ],
        others: [Unknown, Unknown, Read("no grant", SOURCE)],
        notes: &[(
            &[POEM],
            "With `allow_origin_regex`. Exact origins and functions do not panic \
             (`poem_does_not_panic_without_patterns`). `CatchPanic` around it answers 500 \
             (`poem_catches_its_panic_when_told`).",
        )],
    },
    Row {
        what: "What is sent back where any origin may come with credentials",
        short: false,
        probe: probes::reflected,
        run: [
            "well-formed origins only",
            "any text, `null` too",
            "any text, `null` too",
            "any text, `null` too",
            "any text, `null` too",
        ],
        others: [
            Envoy("any text, `null` too", &["StarIsAnyText"]),
            Read("an error when set up", CONFIG),
            Read("any text, `null` too", SOURCE),
        ],
        notes: &[],
    },
    Row {
        what: "What is sent back of `access-control-request-headers`, where any header is allowed with credentials",
        short: false,
        probe: probes::mirrored_headers,
        run: [
            "names only, 4 KiB at most",
            "as sent, however long",
            "as sent, however long",
            "as sent, however long",
            "as sent, however long",
        ],
        others: [
            Envoy("as sent", &["MirrorsAsSent"]),
            Read("as sent", MIDDLEWARE),
            Read("as sent, less empty elements", SOURCE),
        ],
        notes: &[],
    },
];

const PROGRAMS: &[Row] = &[
    Row {
        what: "What can depend on the request's path, in one middleware",
        short: false,
        probe: programs::per_request,
        run: [
            "the whole policy",
            "origins, credentials, max age",
            "origins",
            "no",
            "every header but `Vary`",
        ],
        others: [Read("the whole policy, by route", "envoy-policy"), Unknown, Unknown],
        notes: &[],
    },
    Row {
        what: "What can change while requests run",
        short: true,
        probe: programs::swapped,
        run: [
            "the whole policy, checked",
            "origins, credentials, max age, by functions",
            "origins, by a function",
            "origins, by a function",
            "every header but `Vary`, by functions",
        ],
        others: [
            Read("the whole policy", "envoy-rds"),
            Read("the whole policy, checked", MIDDLEWARE),
            Unknown,
        ],
        notes: &[],
    },
    Row {
        what: "A decision that has to be waited for",
        short: false,
        probe: programs::asynchronous,
        run: ["by a step before it", "yes, for origins", "no", "no", "yes, for every header"],
        others: [Unknown, Unknown, Unknown],
        notes: &[],
    },
    Row {
        what: "Why a request was refused, for the program",
        short: true,
        probe: programs::reason,
        run: [
            "every decision, and which value",
            "no",
            "preflights: a `CorsError`",
            "a `CorsError`",
            "no",
        ],
        others: [
            Read("counters", "envoy-cors"),
            Read("debug mode, for the browser's message", MIDDLEWARE),
            Unknown,
        ],
        notes: &[],
    },
    Row {
        what: "Report only",
        short: true,
        probe: programs::report_only,
        run: ["yes", "no", "no", "no", "no"],
        others: [Read("shadow mode, by percentage", "envoy-cors"), Unknown, Unknown],
        notes: &[],
    },
    Row {
        what: "A policy from a file",
        short: false,
        probe: programs::files,
        run: ["yes, checked", "no", "no", "no", "no"],
        others: [Read("yes", "envoy-policy"), Unknown, Read("yes", SOURCE)],
        notes: &[(&[OURS], "With the feature `serde`.")],
    },
    Row {
        what: "The decision without a framework",
        short: false,
        probe: programs::alone,
        run: ["yes", "no", "no", "no", "no"],
        others: [Unknown, Unknown, Unknown],
        notes: &[],
    },
];
