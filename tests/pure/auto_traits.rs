//! What all public types are without saying so.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use tower_cors::{
    Change, Choice, ConfigError, ConfigErrorKind, ConfigErrors, Cors, CorsLayer, Decision, Denial,
    Edit, EditError, Explanation, FromExtensions, InnerHeaders, Lint, LintKind, Observer, Origin,
    OriginPattern, OriginPatternError, Place, Policy, PolicyConfig, PolicySource, Reloadable,
    Remedy, RequestHead, RequestKind, ResponseEdits, ResponseFuture,
};

fn shared<T: Send + Sync + Unpin>() {}

fn unwinds<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

#[test]
fn every_type_is_send_sync_and_unpin_and_unwinds_where_no_extensions_are_held() {
    unwinds::<Change>();
    unwinds::<Choice<'_>>();
    unwinds::<ConfigError>();
    unwinds::<ConfigErrorKind>();
    unwinds::<ConfigErrors>();
    unwinds::<Cors<()>>();
    unwinds::<CorsLayer>();
    unwinds::<Denial>();
    unwinds::<Edit>();
    unwinds::<EditError>();
    unwinds::<Explanation>();
    unwinds::<FromExtensions<Policy>>();
    unwinds::<InnerHeaders>();
    unwinds::<Lint>();
    unwinds::<LintKind>();
    unwinds::<Origin<'_>>();
    unwinds::<OriginPattern>();
    unwinds::<OriginPatternError>();
    unwinds::<Place>();
    unwinds::<Policy>();
    unwinds::<PolicyConfig>();
    unwinds::<Reloadable<Policy>>();
    unwinds::<Remedy>();
    unwinds::<RequestKind>();
    unwinds::<ResponseEdits>();
    // They hold the extensions of a request or a response, in which anything may be.
    shared::<Decision<'_>>();
    shared::<RequestHead<'_>>();
    shared::<ResponseFuture<()>>();
    type Source = Arc<dyn PolicySource + Send + Sync>;
    type Told = Arc<dyn Observer + Send + Sync>;
    shared::<Source>();
    shared::<Told>();
    shared::<Cors<(), Source, Told>>();
    shared::<CorsLayer<Source, Told>>();
}
