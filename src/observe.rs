//! [`Observer`]: who is told of decisions; and, with feature `tracing`, the event for each.

use crate::decision::Decision;
use crate::request::RequestHead;

/// Who is told of every decision, before it takes effect: nobody, `()`, or a function.
///
/// It is called in the request's path, once a request: count, log, and return. Implemented by `()`
/// and by every function that [`CorsLayer::observe`](crate::CorsLayer::observe) takes, and by
/// nothing else.
///
/// ```
/// use tower_cors::{CorsLayer, Decision, Observer, Policy, RequestHead};
///
/// /// A layer with whatever observer.
/// fn layer<O: Observer>(layer: CorsLayer<Policy, O>) -> CorsLayer<Policy, O> {
///     layer
/// }
///
/// let unobserved = layer(CorsLayer::new(Policy::deny_all()));
/// let observed = layer(unobserved.observe(|_: &RequestHead<'_>, decision: &Decision<'_>| {
///     eprintln!("{decision}");
/// }));
/// ```
pub trait Observer: sealed::Sealed {
    /// Called with the request and what the policy says of it.
    fn decided(&self, request: &RequestHead<'_>, decision: &Decision<'_>);
}

/// Nobody.
impl Observer for () {
    #[inline]
    fn decided(&self, _: &RequestHead<'_>, _: &Decision<'_>) {}
}

impl<F: Fn(&RequestHead<'_>, &Decision<'_>)> Observer for F {
    fn decided(&self, request: &RequestHead<'_>, decision: &Decision<'_>) {
        self(request, decision);
    }
}

mod sealed {
    use crate::decision::Decision;
    use crate::request::RequestHead;

    pub trait Sealed {}

    impl Sealed for () {}

    impl<F: Fn(&RequestHead<'_>, &Decision<'_>)> Sealed for F {}
}

/// Tells of a decision: the observer, and whoever subscribed to events.
#[inline]
pub(crate) fn tell<O: Observer>(
    observer: &O,
    request: &RequestHead<'_>,
    decision: &Decision<'_>,
    report_only: bool,
) {
    observer.decided(request, decision);
    #[cfg(feature = "tracing")]
    event::send(decision, report_only);
    #[cfg(not(feature = "tracing"))]
    let _ = report_only;
}

/// One event for a decision. Whatever the request holds is escaped in it and cut.
#[cfg(feature = "tracing")]
mod event {
    use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
    use tracing_core::callsite::DefaultCallsite;
    use tracing_core::{Kind, Level, Metadata, metadata};

    use crate::decision::line::Text;
    use crate::decision::{Decision, Denial};
    use crate::request::{OriginHeader, RequestKind};

    /// Levels are constants to `tracing`, so that what nobody wants costs one comparison.
    macro_rules! send {
        ($level:ident, $decision:expr, $denial:expr, $report_only:expr) => {
            tracing::event!(
                target: "tower_cors",
                Level::$level,
                cors.kind = $decision.kind().as_str(),
                cors.outcome = outcome($decision, $denial, $report_only),
                cors.reason = $denial.map(Denial::as_str),
                cors.origin = origin($decision).map(tracing::field::display),
                "{}{}",
                if $report_only { "report only: " } else { "" },
                $decision,
            )
        };
    }

    /// Whether somebody may want an event of this level.
    ///
    /// `tracing::enabled!` would ask the subscriber, which must then be sent that event: filters of
    /// single layers keep their answer for it, and lose another event otherwise
    /// (<https://github.com/tokio-rs/tracing/issues/2519>). What subscribers said of a callsite
    /// once is asked here instead; where that is "sometimes", a decision may be judged in vain.
    macro_rules! may_want {
        ($level:ident) => {{
            static SITE: DefaultCallsite = DefaultCallsite::new(&META);
            static META: Metadata<'static> = metadata! {
                name: "tower_cors decision",
                target: "tower_cors",
                level: Level::$level,
                fields: &[],
                callsite: &SITE,
                kind: Kind::HINT,
            };
            Level::$level <= STATIC_MAX_LEVEL
                && Level::$level <= LevelFilter::current()
                && !SITE.interest().is_never()
        }};
    }

    /// By value and out of the way, so that a decision of which nobody is told stays in registers.
    #[inline(always)]
    pub(super) fn send(decision: &Decision<'_>, report_only: bool) {
        let level = match (decision.kind, decision.rule) {
            (RequestKind::NotCors, _) => Level::TRACE,
            (RequestKind::Actual, Some(_)) => Level::DEBUG,
            (RequestKind::Preflight, _) | (_, None) => Level::INFO,
        };
        if level <= STATIC_MAX_LEVEL && level <= LevelFilter::current() {
            send_wanted(*decision, report_only);
        }
    }

    #[cold]
    #[inline(never)]
    fn send_wanted(decision: Decision<'_>, report_only: bool) {
        let decision = &decision;
        match (decision.kind, decision.rule) {
            (RequestKind::NotCors, _) => send!(TRACE, decision, None::<Denial>, report_only),
            (RequestKind::Actual, Some(_)) => {
                if may_want!(DEBUG) && decision.maybe_same_origin() {
                    send!(DEBUG, decision, None::<Denial>, report_only);
                } else {
                    send!(TRACE, decision, None::<Denial>, report_only);
                }
            }
            (RequestKind::Preflight, _) | (_, None) => {
                if may_want!(INFO) || may_want!(DEBUG) {
                    judge(decision, report_only);
                }
            }
        }
    }

    fn judge(decision: &Decision<'_>, report_only: bool) {
        let denial = decision.denial();
        // A browser heeds no denial of what is same-origin: it is no attack, and bars nobody.
        if denial.is_some() && !decision.maybe_same_origin() {
            send!(INFO, decision, denial, report_only);
        } else {
            send!(DEBUG, decision, denial, report_only);
        }
    }

    /// None for what is not a CORS request: nothing is decided about it.
    fn outcome(
        decision: &Decision<'_>,
        denial: Option<Denial>,
        report_only: bool,
    ) -> Option<&'static str> {
        let outcome = match (denial, report_only) {
            (None, false) => "allowed",
            (Some(_), false) => "denied",
            (None, true) => "would be allowed",
            (Some(_), true) => "would be denied",
        };
        (decision.kind != RequestKind::NotCors).then_some(outcome)
    }

    fn origin<'a>(decision: &Decision<'a>) -> Option<Text<'a>> {
        match decision.origin {
            OriginHeader::One(value) => Some(Text(value.as_bytes())),
            OriginHeader::Absent | OriginHeader::Several => None,
        }
    }
}
