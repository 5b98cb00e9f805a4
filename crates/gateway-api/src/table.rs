//! [`RouteTable`]: all routes of a Gateway, each with the policy that holds for it.

use std::sync::Arc;

use http::HeaderName;

use crate::error::ManifestLint;
use crate::index::Index;
use tower_cors::Choice;
use tower_cors::Policy;
use tower_cors::PolicySource;
use tower_cors::RequestHead;

/// The routes of one Gateway and the CORS policy of each; a [`PolicySource`]. Cloning it counts one
/// reference.
///
/// As a source it gives what every backend of the request's rule allows, which is what a preflight
/// must be answered with. A gateway that chooses among several backends asks for the
/// [`route`](Self::route) and hands on the [`choice`](Route::choice) of its backend.
///
/// ```
/// use http::Request;
/// use tower_cors_gateway_api::{Manifest, RouteTable};
/// use tower_cors::{CorsLayer, RequestHead};
///
/// let route: Manifest = serde_json::from_str(
///     r#"{
///         "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
///         "metadata": {"name": "httpbin"},
///         "spec": {
///             "parentRefs": [{"name": "web"}], "hostnames": ["www.example.com"],
///             "rules": [{
///                 "filters": [{"type": "CORS", "cors": {"allowOrigins": ["https://a.example"]}}],
///                 "backendRefs": [{"name": "httpbin", "port": 8000}]
///             }]
///         }
///     }"#,
/// )?;
/// let table = RouteTable::builder().manifests([route]).build()?;
///
/// let request = Request::get("/headers").header("host", "www.example.com").body(())?;
/// let route = table.route(&RequestHead::from(&request)).unwrap();
/// assert_eq!((route.name(), route.backends()[0].name()), ("httpbin", "httpbin"));
///
/// let layer = CorsLayer::new(table);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RouteTable(pub(crate) Arc<Contents>);

/// What the clones of a table share.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) index: Index,
    pub(crate) rules: Vec<Rule>,
    /// What answers for every rule, and where there is none.
    pub(crate) pre_routing: Option<Policy>,
    /// The request headers that choose a rule.
    pub(crate) vary: Vec<HeaderName>,
    pub(crate) lints: Vec<ManifestLint>,
    pub(crate) skipped: Vec<String>,
}

/// A rule of a route.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Its place among the route's rules.
    pub(crate) place: usize,
    /// That of the most specific level above the backends.
    pub(crate) own: Option<Policy>,
    /// Where no backend is chosen: all of these must allow the request.
    pub(crate) policies: Vec<Policy>,
    pub(crate) backends: Vec<Backend>,
}

/// An entry of a rule's `backendRefs`.
///
/// ```
/// # use tower_cors::RequestHead;
/// # use tower_cors_gateway_api::{Manifest, RouteTable};
/// # let route: Manifest = serde_json::from_str(
/// #     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
/// #         "metadata": {"name": "web"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
/// #             {"filters": [{"type": "CORS", "cors": {"allowOrigins": ["https://a.example"]}}],
/// #              "backendRefs": [{"name": "blue", "port": 80, "weight": 9}, {"name": "green"}]}]}}"#,
/// # )?;
/// # let table = RouteTable::builder().manifests([route]).build()?;
/// # let request = http::Request::get("/").header("host", "a.example").body(())?;
/// let route = table.route(&RequestHead::from(&request)).unwrap();
/// let [blue, green] = route.backends() else { panic!("two are named") };
/// assert_eq!((blue.name(), blue.port(), blue.weight()), ("blue", Some(80), 9));
/// assert_eq!((green.namespace(), green.port(), green.weight()), ("default", None, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Backend {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
    pub(crate) weight: u32,
    pub(crate) policy: Option<Policy>,
}

impl Backend {
    /// Its namespace: the route's, where the entry names none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its port, where one is named.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Its share of the rule's requests, in proportion to the sum of all: 1 by default, none for 0.
    pub fn weight(&self) -> u32 {
        self.weight
    }
}

/// The rule that serves a request.
///
/// ```
/// # use tower_cors::RequestHead;
/// # use tower_cors_gateway_api::{Manifest, RouteTable};
/// # let route: Manifest = serde_json::from_str(
/// #     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
/// #         "metadata": {"name": "web"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
/// #             {"filters": [{"type": "CORS", "cors": {"allowOrigins": ["https://a.example"]}}],
/// #              "backendRefs": [{"name": "blue", "port": 80, "weight": 9}, {"name": "green"}]}]}}"#,
/// # )?;
/// # let table = RouteTable::builder().manifests([route]).build()?;
/// # let request = http::Request::get("/").header("host", "a.example").body(())?;
/// let route = table.route(&RequestHead::from(&request)).unwrap();
/// assert_eq!((route.namespace(), route.name(), route.rule()), ("default", "web", 0));
/// assert!(route.policy(0).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Route<'t> {
    table: &'t Contents,
    rule: &'t Rule,
}

impl RouteTable {
    /// The rule that serves this request, by the Gateway API's precedence; none where no rule
    /// matches. For a preflight it is the rule of the request that it announces: its method is
    /// `Access-Control-Request-Method`, and a header match is met by the preflight's own header
    /// or by a name in `Access-Control-Request-Headers`.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// # use tower_cors_gateway_api::{Manifest, RouteTable};
    /// # let route: Manifest = serde_json::from_str(
    /// #     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    /// #         "metadata": {"name": "web"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
    /// #             {"filters": [{"type": "CORS", "cors": {"allowOrigins": ["https://a.example"]}}],
    /// #              "backendRefs": [{"name": "blue", "port": 80, "weight": 9}, {"name": "green"}]}]}}"#,
    /// # )?;
    /// # let table = RouteTable::builder().manifests([route]).build()?;
    /// # let request = http::Request::get("/").header("host", "a.example").body(())?;
    /// assert!(table.route(&RequestHead::from(&request)).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn route(&self, request: &RequestHead<'_>) -> Option<Route<'_>> {
        let rule = match request.is_preflight() {
            true => self.0.index.route_preflight(request),
            false => self.0.index.route(request),
        };
        rule.and_then(|rule| self.0.rules.get(rule)).map(|rule| Route { table: &self.0, rule })
    }

    /// What works but is probably not meant, in the order of the manifests.
    pub fn lints(&self) -> &[ManifestLint] {
        &self.0.lints
    }

    /// The manifests that are not read although they may decide on routes or CORS, by kind, namespace
    /// and name: kinds of a gateway's group, such as `GRPCRoute default/a`, and kinds of other groups
    /// that share a name with one that is read. What any folder has (a Gateway, a Service, a
    /// Deployment) is not listed.
    pub fn skipped(&self) -> &[String] {
        &self.0.skipped
    }
}

impl<'t> Route<'t> {
    /// The namespace of the `HTTPRoute`.
    pub fn namespace(&self) -> &'t str {
        &self.rule.namespace
    }

    /// The name of the `HTTPRoute`.
    pub fn name(&self) -> &'t str {
        &self.rule.name
    }

    /// The rule's place in `spec.rules`, from 0.
    pub fn rule(&self) -> usize {
        self.rule.place
    }

    /// The rule's `backendRefs`, in their order.
    pub fn backends(&self) -> &'t [Backend] {
        &self.rule.backends
    }

    /// The policy of requests that go to this backend, by its place in
    /// [`backends`](Self::backends): none where no level has one. Where there is no such backend,
    /// it is the rule's own.
    pub fn policy(&self, backend: usize) -> Option<&'t Policy> {
        let chosen = self.rule.backends.get(backend);
        let own = chosen.map_or(self.rule.own.as_ref(), |backend| backend.policy.as_ref());
        self.table.pre_routing.as_ref().or(own)
    }

    /// The same with the request headers that `Vary` must name, for the request's extensions,
    /// where [`FromExtensions`](tower_cors::FromExtensions) finds it.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cors_gateway_api::RouteTable;
    /// use tower_cors::{PolicySource, RequestHead, RequestKind};
    ///
    /// /// Before the layer: one table for the request, one backend.
    /// fn choose<B>(table: &RouteTable, request: &mut Request<B>, backend: usize) {
    ///     let head = RequestHead::from(&*request);
    ///     let choice = match table.route(&head) {
    ///         Some(route) if !head.is_preflight() => route.choice(backend),
    ///         // What all backends allow; and what holds without a route.
    ///         _ => table.choose(&head),
    ///     };
    ///     let choice = choice.into_owned();
    ///     request.extensions_mut().insert(choice);
    /// }
    /// ```
    pub fn choice(&self, backend: usize) -> Choice<'t> {
        let choice = match (self.rule.backends.get(backend), &self.table.pre_routing) {
            (None, None) => self.rule.choice(),
            _ => Choice::from(self.policy(backend)),
        };
        choice.vary(self.table.vary.iter().cloned()).by_target()
    }
}

impl Rule {
    /// What all backends allow.
    fn choice(&self) -> Choice<'_> {
        match &self.policies[..] {
            [] => Choice::pass(),
            [policy] => Choice::from(policy),
            policies => Choice::all_of(policies),
        }
    }
}

/// The policy is what all backends of the request's rule allow.
impl PolicySource for RouteTable {
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        let choice = match &self.0.pre_routing {
            Some(policy) => Choice::from(policy),
            None => self.route(request).map_or_else(Choice::pass, |route| route.rule.choice()),
        };
        choice.vary(self.0.vary.iter().cloned()).by_target()
    }
}
