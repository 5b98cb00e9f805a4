//! [`FromExtensions`]: the policy that an earlier middleware put into the request.

use crate::choice::Choice;
use crate::policy::Policy;
use crate::request::RequestHead;
use crate::source::PolicySource;

/// Takes the [`Policy`] from the request's extensions, or a fallback if there is none.
///
/// A router or an asynchronous middleware puts the policy there. It may have looked at the origin, so every
/// response has `Vary: origin`. To name other request headers for `Vary`, to declare that the origin was
/// not looked at, or to let the request pass, put a [`Choice`] there. A [`Choice`] takes precedence over a
/// [`Policy`].
///
/// ```
/// use http::Request;
/// use tower_cors::{CorsLayer, FromExtensions, Policy};
///
/// // The layer refuses requests for which nobody has chosen a policy.
/// let layer = CorsLayer::new(FromExtensions::or(Policy::deny_all()));
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(Policy::permissive());
/// ```
///
/// This middleware asks a database whether the origin belongs to a customer:
///
/// ```
/// use axum::extract::{Request, State};
/// use axum::middleware::{Next, from_fn_with_state};
/// use axum::response::Response;
/// use axum::{Router, routing::get};
/// use http::header::ORIGIN;
/// use tower_cors::{CorsLayer, FromExtensions, Policy};
///
/// #[derive(Clone)]
/// struct Database;
///
/// impl Database {
///     async fn customer_has(&self, _origin: &str) -> bool {
///         true
///     }
/// }
///
/// async fn choose(State(database): State<Database>, mut request: Request, next: Next) -> Response {
///     let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
///     if let Some(origin) = origin.map(str::to_owned) {
///         if database.customer_has(&origin).await {
///             // An origin that no browser sends does not build, and stays denied.
///             if let Ok(policy) = Policy::builder().allow_origins([origin]).build() {
///                 request.extensions_mut().insert(policy);
///             }
///         }
///     }
///     next.run(request).await
/// }
///
/// // The layer is inside, so that it sees the policy.
/// let app: Router = Router::new()
///     .route("/", get(|| async { "hello" }))
///     .layer(CorsLayer::new(FromExtensions::or(Policy::deny_all())))
///     .layer(from_fn_with_state(Database, choose));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromExtensions<P>(P);

impl<P: PolicySource> FromExtensions<P> {
    /// Creates the source with a fallback: a policy, or any other source.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, FromExtensions, Policy};
    ///
    /// let layer = CorsLayer::new(FromExtensions::or(Policy::permissive()));
    /// ```
    pub fn or(fallback: P) -> Self {
        Self(fallback)
    }
}

impl<P: PolicySource> PolicySource for FromExtensions<P> {
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        left_in(request).unwrap_or_else(|| self.0.choose(request).undeclared())
    }

    #[inline]
    fn lend<T>(&self, request: &RequestHead<'_>, then: impl FnOnce(Choice<'_>) -> T) -> T {
        match left_in(request) {
            Some(choice) => then(choice),
            // Whether there is a policy in the extensions may depend on the origin, too.
            None => self.0.lend(request, |choice| then(choice.undeclared())),
        }
    }
}

#[inline]
fn left_in<'a>(request: &RequestHead<'a>) -> Option<Choice<'a>> {
    let extensions = request.extensions();
    match extensions.get::<Choice<'static>>() {
        Some(choice) => Some(choice.lent()),
        None => extensions.get::<Policy>().map(Choice::from),
    }
}
