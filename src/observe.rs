//! [`Observer`]: receives decisions; and, with feature `tracing`, the event for each decision.

use std::sync::Arc;

use crate::decision::Decision;

/// Receives every decision before it takes effect: `()` ignores it, or use a function or your own type.
///
/// The layer calls it once for each request and waits for it: count, log, and return.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tower_cors::{CorsLayer, Decision, Observer, Policy};
///
/// #[derive(Default)]
/// struct Denied(AtomicU64);
///
/// impl Observer for Denied {
///     fn decided(&self, decision: &Decision<'_>) {
///         self.0.fetch_add(decision.denial().is_some().into(), Ordering::Relaxed);
///     }
/// }
///
/// let denied = Arc::new(Denied::default());
/// let layer = CorsLayer::new(Policy::deny_all()).observe(Arc::clone(&denied));
///
/// // A type that a field can name.
/// let observer: Arc<dyn Observer + Send + Sync> = denied;
/// let layer: CorsLayer<Policy, Arc<dyn Observer + Send + Sync>> =
///     CorsLayer::new(Policy::deny_all()).observe(observer);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot observe decisions",
    label = "not an observer",
    note = "a function takes one argument, `|decision: &Decision<'_>|`: `CorsLayer::observe_fn`; the request is `decision.request()`"
)]
pub trait Observer {
    /// Receives the decision about a request. [`Decision::request`] returns the request.
    fn decided(&self, decision: &Decision<'_>);
}

/// Ignores every decision.
impl Observer for () {
    #[inline]
    fn decided(&self, _: &Decision<'_>) {}
}

/// Calls the function: see [`CorsLayer::observe_fn`](crate::CorsLayer::observe_fn).
#[diagnostic::do_not_recommend]
impl<F: Fn(&Decision<'_>)> Observer for F {
    #[inline]
    fn decided(&self, decision: &Decision<'_>) {
        self(decision);
    }
}

#[diagnostic::do_not_recommend]
impl<O: Observer + ?Sized> Observer for Arc<O> {
    #[inline]
    fn decided(&self, decision: &Decision<'_>) {
        (**self).decided(decision);
    }
}

/// Passes a decision to the observer, and to the subscriber for events.
#[inline]
pub(crate) fn notify<O: Observer>(observer: &O, decision: &Decision<'_>, report_only: bool) {
    observer.decided(decision);
    #[cfg(feature = "tracing")]
    event::send(decision, report_only);
    #[cfg(not(feature = "tracing"))]
    let _ = report_only;
}

/// Emits one event for a decision. It escapes and shortens what the request contains.
#[cfg(feature = "tracing")]
mod event {
    use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
    use tracing_core::callsite::DefaultCallsite;
    use tracing_core::{Kind, Level, Metadata, metadata};

    use crate::decision::display::Text;
    use crate::decision::{Decision, Denial};
    use crate::request::RequestKind;

    /// `tracing` wants constant levels, so that an event that nobody wants costs one comparison.
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

    /// Whether a subscriber may want an event of this level.
    ///
    /// `tracing::enabled!` would ask the subscriber, which must then get that event: per-layer filters store
    /// their answer for it, and otherwise lose another event
    /// (<https://github.com/tokio-rs/tracing/issues/2519>). This reads what the subscribers once said about
    /// the callsite instead. If that is "sometimes", a decision may be judged in vain.
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

    /// By value and out of the way, so that a decision that nobody observes stays in registers.
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

    /// None for a request that is not a CORS request: nothing is decided about it.
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
        decision.origin.bytes().map(Text)
    }
}
