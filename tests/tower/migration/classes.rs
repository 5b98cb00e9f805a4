//! The closed list of how the layers differ, in words for a person.

use super::pairs::{APP, NEAR};
use super::requests::{ACRH, ACRM};
use super::steps::{Step, Why};

pub(crate) struct Class {
    /// What this crate does.
    pub(crate) title: &'static str,
    /// What tower-http does, and why this crate does otherwise.
    pub(crate) reason: &'static str,
    pub(crate) is: fn(&Step<'_>) -> bool,
}

const fn class(title: &'static str, reason: &'static str, is: fn(&Step<'_>) -> bool) -> Class {
    Class { title, reason, is }
}

/// All of them: what is in none does not differ, and nothing is in two.
pub(crate) const CLASSES: &[Class] = &[
    class(
        "An `OPTIONS` request that is no preflight reaches your service.",
        "tower-http answers every `OPTIONS` itself, with an `Origin` or without. Only `Origin` \
         together with `Access-Control-Request-Method` makes a preflight; the rest is your \
         application's, which may have routes for it. `answer_every_options(true)` answers those of \
         an allowed origin.",
        |step| {
            let preflight = step.origin().is_some() && step.case.header(ACRM).is_some();
            step.field == "calls"
                && step.goes(Some("0"), Some("1"))
                && step.case.method == "OPTIONS"
                && !preflight
        },
    ),
    class(
        "A preflight of an allowed origin is answered with 204.",
        "tower-http answers 200. There is no body, and 204 says so; browsers accept any status from \
         200 to 299. `preflight_status(StatusCode::OK)` keeps 200.",
        |step| step.answered && step.granted && step.status(Some("200"), Some("204")),
    ),
    class(
        "A preflight of an origin that is not allowed is answered with 403.",
        "tower-http answers 200, so that logs and metrics show a success where the browser reports \
         an error. `denied_status(StatusCode::OK)` keeps 200.",
        |step| step.answered && !step.granted && step.status(Some("200"), Some("403")),
    ),
    class(
        "A preflight of an origin that is not allowed gets no CORS header at all.",
        "tower-http sends all but `Access-Control-Allow-Origin`. The lists are nobody's business but \
         an allowed origin's.",
        |step| {
            let lists = ["allow-methods", "allow-headers", "allow-credentials", "max-age"];
            step.answered && !step.granted && step.cors(&lists) && step.is_dropped()
        },
    ),
    class(
        "The response to a request whose origin is not allowed gets no CORS header.",
        "tower-http sends `Access-Control-Allow-Credentials` and `-Expose-Headers` to everybody. \
         Without `Access-Control-Allow-Origin` they mean nothing, and they make a refusal look like \
         a grant.",
        |step| {
            let constant = ["allow-credentials", "expose-headers"];
            !step.answered && !step.granted && step.cors(&constant) && step.is_dropped()
        },
    ),
    class(
        "CORS headers that your service sets are removed.",
        "tower-http leaves those that it does not overwrite, so that a handler or an upstream that \
         says `*` opens what the policy keeps closed. The policy is the one authority; \
         `inner_headers(InnerHeaders::Keep)` is the other choice.",
        |step| {
            step.why == Why::TheirsWithInner
                && step.field != "vary"
                && step.theirs.as_deref() == step.case.inner(&step.field)
                && step.ours.is_none()
        },
    ),
    class(
        "With `InnerHeaders::Keep`, what your service grants stays whole.",
        "tower-http replaces the headers that it sets itself and leaves the others, so that the \
         response mixes two policies.",
        |step| {
            step.why == Why::OursWithInner
                && step.within(&[NEAR])
                && step.field != "vary"
                && step.ours.as_deref() == step.case.inner(&step.field)
        },
    ),
    class(
        "`Vary` is merged into the one that your service sets.",
        "tower-http adds a line, which repeats what is there and stands beside `*`.",
        |step| step.why == Why::TheirsWithInner && step.field == "vary",
    ),
    class(
        "A preflight's `Vary` names `Origin` and both request headers, whatever the policy.",
        "tower-http leaves out what the policy does not read. No cache may keep an answer to `OPTIONS`; \
         those that do so all the same are told everything, also for the time after the policy has \
         changed.",
        |step| {
            let all = ["origin", ACRM, ACRH];
            step.answered && step.varies(|_, ours| all.iter().all(|name| ours.contains(name)))
        },
    ),
    class(
        "Responses other than to preflights do not vary by what only preflights ask for.",
        "Where methods or headers are mirrored, tower-http names \
         `Access-Control-Request-Method` and `-Headers` there too, for nothing.",
        |step| {
            step.within(&["very_permissive", "allow_headers"])
                && !step.answered
                && step.varies(|theirs, ours| theirs.contains(&ACRH) && ours == ["origin"])
        },
    ),
    class(
        "A policy that allows nobody does not vary.",
        "tower-http says `Vary: origin` for its empty list. The answer is the same for everybody.",
        |step| {
            step.within(&["new"])
                && !step.answered
                && step.varies(|theirs, ours| theirs == ["origin"] && ours.is_empty())
        },
    ),
    class(
        "A single origin is told to that origin only, and `Vary` says so.",
        "tower-http sends it to everybody, also without `Origin`, and without `Vary`: a constant. \
         That leaks the name, and is wrong in every cache from the day a second origin is listed.",
        |step| {
            step.within(&["allow_origin(one)"])
                && match step.field.as_str() {
                    "vary" => {
                        !step.answered
                            && step.varies(|theirs, ours| theirs.is_empty() && ours == ["origin"])
                    }
                    _ => step.cors(&["allow-origin"]) && step.goes(Some(APP), None),
                }
        },
    ),
    class(
        "Without credentials, any origin, method and header are the constant `*`.",
        "`mirror_request` without credentials repeats what was asked, which opens as much, costs \
         `Vary` and keeps responses from being cached for all. `*` leaves out `authorization`, which \
         is listed beside it.",
        |step| {
            step.within(&["AllowOrigin::mirror_request"])
                && step.why == Why::Layers
                && match step.field.as_str() {
                    "vary" => !step.answered && step.ours.is_none(),
                    _ => {
                        step.cors(&["allow-origin", "allow-methods", "allow-headers"])
                            && step.ours.as_deref().is_some_and(|value| value.starts_with('*'))
                    }
                }
        },
    ),
    class(
        "Only well-formed origins are reflected, and never `null`.",
        "`AllowOrigin::mirror_request` repeats any bytes. Every website can make a sandboxed frame, \
         whose origin is `null`, and with credentials that frame would be the user.",
        |step| {
            step.within(&["very_permissive"])
                && step.cors(&["allow-origin"])
                && step.case.origin.len() == 1
                && step.goes(step.origin(), None)
        },
    ),
    class(
        "A request with two `Origin` lines has no origin that is allowed.",
        "tower-http reads the first. No browser sends two, and what is behind may read the second.",
        |step| {
            step.cors(&["allow-origin"])
                && step.case.origin.len() == 2
                && !step.within(&["allow_origin(one)"])
                && step.goes(step.origin(), None)
        },
    ),
    class(
        "Only a method that a script can send is mirrored.",
        "`AllowMethods::mirror_request` repeats any bytes. An empty value and the forbidden methods \
         `CONNECT`, `TRACE` and `TRACK` come from no script.",
        |step| {
            step.within(&["very_permissive"])
                && step.granted
                && step.cors(&["allow-methods"])
                && step.goes(step.case.header(ACRM), None)
        },
    ),
    class(
        "Mirrored header names are in lower case and without white space.",
        "`AllowHeaders::mirror_request` repeats any bytes. Names are compared without regard to case, \
         and nothing but header names is ever repeated.",
        |step| {
            let asked = step.case.header(ACRH).unwrap_or_default();
            step.mirrors_headers() && step.ours.as_deref() == Some(&normal(asked))
        },
    ),
    class(
        "`authorization` is mirrored only where it is listed beside `*`.",
        "`*` means every name but `authorization`, as the Fetch standard has it without credentials. \
         `allow_headers([\"*\", \"authorization\"])` allows it too.",
        |step| {
            let asked = step.case.header(ACRH).unwrap_or_default();
            let less = normal(asked).replace("authorization,", "");
            step.within(&["allow_headers"])
                && step.mirrors_headers()
                && less != normal(asked)
                && step.ours == Some(less)
        },
    ),
    class(
        "A default port that is written out is no other origin.",
        "tower-http compares text. No browser writes `:443`; other clients do.",
        |step| {
            step.origin().is_some_and(|origin| origin.ends_with(":443"))
                && step.granted
                && step.cors(&["allow-origin", "allow-credentials", "max-age"])
                && step.ours.as_deref().is_some_and(|value| value != "*")
        },
    ),
    class(
        "A pattern has a scheme, a host and a port.",
        "A predicate over the text, such as `ends_with`, also allows `http` where `https` was meant, \
         and what is no origin at all.",
        |step| {
            step.within(&["AllowOrigin::predicate"])
                && step.cors(&["allow-origin"])
                && step.case.origin.len() == 1
                && step.goes(step.origin(), None)
        },
    ),
    class(
        "`Access-Control-Expose-Headers` is sent in answers to preflights too.",
        "tower-http leaves it out. Browsers do not read it there; the Gateway API's conformance tests \
         do.",
        |step| {
            step.answered && step.granted && step.cors(&["expose-headers"]) && step.theirs.is_none()
        },
    ),
    class(
        "`Access-Control-Allow-Private-Network` is never sent.",
        "Browsers dropped Private Network Access; its successor, Local Network Access, asks the user \
         and no server.",
        |step| {
            step.why == Why::Layers
                && step.within(&["allow_private_network"])
                && step.cors(&["allow-private-network"])
                && step.goes(Some("true"), None)
        },
    ),
    class(
        "Lists are sent without repetitions.",
        "tower-http sends what was listed. The second entry is a lint, `Policy::lints()`.",
        |step| {
            step.within(&["allow_methods, with a repetition"])
                && step.cors(&["allow-methods"])
                && step.goes(Some("PUT,PUT"), Some("PUT"))
        },
    ),
    class(
        "`Vary` cannot be replaced.",
        "`CorsLayer::vary` of tower-http pins it, also to what leaves out `Origin`. What depends on \
         the origin always says so; a `PolicySource` adds names.",
        |step| {
            step.within(&["vary, without origin"])
                && !step.answered
                && step.varies(|theirs, ours| !theirs.contains(&"origin") && ours == ["origin"])
        },
    ),
];

impl Step<'_> {
    fn goes(&self, theirs: Option<&str>, ours: Option<&str>) -> bool {
        (self.theirs.as_deref(), self.ours.as_deref()) == (theirs, ours)
    }

    fn is_dropped(&self) -> bool {
        self.why == Why::Layers && self.theirs.is_some() && self.ours.is_none()
    }

    fn status(&self, theirs: Option<&str>, ours: Option<&str>) -> bool {
        self.field == "status" && self.goes(theirs, ours)
    }

    /// Whether this is about one of these headers, as the layers themselves set it.
    fn cors(&self, names: &[&str]) -> bool {
        let name = self.field.strip_prefix("access-control-");
        self.why == Why::Layers && name.is_some_and(|name| names.contains(&name))
    }

    /// The names of `Vary`, as the layers themselves set it.
    fn varies(&self, differently: impl Fn(&[&str], &[&str]) -> bool) -> bool {
        let names = |list: &'_ Option<String>| -> Vec<String> {
            let list = list.as_deref().unwrap_or_default();
            list.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        let (theirs, ours) = (names(&self.theirs), names(&self.ours));
        let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
        let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
        self.why == Why::Layers && self.field == "vary" && differently(&theirs, &ours)
    }

    fn within(&self, pairs: &[&str]) -> bool {
        pairs.contains(&self.case.pair.name)
    }

    fn origin(&self) -> Option<&str> {
        self.case.origin.first().copied()
    }

    /// Whether tower-http repeats the names that were asked for where this crate says otherwise.
    fn mirrors_headers(&self) -> bool {
        self.within(&["very_permissive", "allow_headers"])
            && self.granted
            && self.cors(&["allow-headers"])
            && self.theirs.as_deref() == self.case.header(ACRH)
    }
}

fn normal(list: &str) -> String {
    list.to_ascii_lowercase().replace(' ', "")
}
