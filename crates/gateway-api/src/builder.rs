//! From manifests to a [`RouteTable`], or to every error in them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::compile::Compiler;
use crate::error::ManifestErrors;
use crate::levels::Levels;
use crate::manifest::Manifest;
use crate::meant::meant;
use crate::quoted::Quoted;
use crate::reader::{Field, Reader};
use crate::resources::{CorsPolicy, GatewayName, HttpRoute, TargetKind};
use crate::schema::{GATEWAY_GROUPS, GROUP, KINDS, USUAL_KINDS};
use crate::table::{Contents, RouteTable};

/// The manifests of a [`RouteTable`], and what they do not say. See [`RouteTable::builder`].
///
/// ```
/// use tower_cors_gateway_api::{RouteTable, RouteTableBuilder};
///
/// let builder: RouteTableBuilder = RouteTable::builder().gateway("infra/web").listener("https");
/// let table = builder.build()?;
/// # Ok::<(), tower_cors_gateway_api::ManifestErrors>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RouteTableBuilder {
    manifests: Vec<Manifest>,
    gateway: Option<String>,
    listener: Option<String>,
    answer_every_options: bool,
}

impl RouteTable {
    /// No manifests yet.
    ///
    /// ```
    /// use tower_cors_gateway_api::RouteTable;
    ///
    /// let table = RouteTable::builder().build()?;
    /// assert!(table.lints().is_empty() && table.skipped().is_empty());
    /// # Ok::<(), tower_cors_gateway_api::ManifestErrors>(())
    /// ```
    pub fn builder() -> RouteTableBuilder {
        RouteTableBuilder {
            manifests: Vec::new(),
            gateway: None,
            listener: None,
            answer_every_options: true,
        }
    }
}

impl RouteTableBuilder {
    /// Adds manifests; those in a list count one by one.
    ///
    /// ```
    /// use tower_cors_gateway_api::{Manifest, RouteTable};
    ///
    /// let route: Manifest = serde_json::from_str(
    ///     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GRPCRoute", "metadata": {"name": "a"}}"#,
    /// )?;
    /// let table = RouteTable::builder().manifests([route]).build()?;
    /// assert_eq!(table.skipped(), ["GRPCRoute default/a"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn manifests(mut self, manifests: impl IntoIterator<Item = Manifest>) -> Self {
        self.manifests.extend(manifests.into_iter().flat_map(Manifest::flattened));
        self
    }

    /// The Gateway that the table serves, as `namespace/name`, or `name` in the default namespace.
    /// Without this it is the only one that the manifests refer to.
    ///
    /// ```
    /// let builder = tower_cors_gateway_api::RouteTable::builder().gateway("infra/web");
    /// ```
    pub fn gateway(mut self, gateway: impl Into<String>) -> Self {
        self.gateway = Some(gateway.into());
        self
    }

    /// The listener of the Gateway that the table serves. Needed only where the policies of its
    /// listeners differ.
    ///
    /// ```
    /// let builder = tower_cors_gateway_api::RouteTable::builder().listener("https");
    /// ```
    pub fn listener(mut self, listener: impl Into<String>) -> Self {
        self.listener = Some(listener.into());
        self
    }

    /// Whether an `OPTIONS` without `Access-Control-Request-Method` is answered like a preflight
    /// when its origin is allowed, as other gateways do; `true` by default. Otherwise it reaches
    /// the upstream, so that `allowMethods: [OPTIONS]` can mean something.
    ///
    /// ```
    /// let builder = tower_cors_gateway_api::RouteTable::builder().answer_every_options(false);
    /// ```
    pub fn answer_every_options(mut self, answer: bool) -> Self {
        self.answer_every_options = answer;
        self
    }

    /// Reads all manifests and computes the policy of every rule.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of them, at once: fields of the wrong type, unknown fields
    /// of a CORS filter, whatever the resource's schema or the cluster refuses, what would change
    /// which policy wins and is not read; two manifests of one name; no way to know which Gateway,
    /// or which of its listeners, is meant.
    ///
    /// ```
    /// use tower_cors_gateway_api::{Manifest, RouteTable};
    ///
    /// let manifest: Manifest = serde_json::from_str(
    ///     r#"{
    ///         "apiVersion": "agentgateway.dev/v1alpha1", "kind": "AgentgatewayPolicy",
    ///         "metadata": {"name": "cors"},
    ///         "spec": {"targetRefs": [{"kind": "Gateway", "name": "web"}],
    ///                  "traffic": {"cors": {"allowOrigins": ["https://a.example"], "maxage": 60}}}
    ///     }"#,
    /// )?;
    /// let errors = RouteTable::builder().manifests([manifest]).build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().path(), "spec.traffic.cors.maxage");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn build(self) -> Result<RouteTable, ManifestErrors> {
        let reader = Reader::new(self.answer_every_options);
        let names: Vec<String> = self.manifests.iter().map(ToString::to_string).collect();
        let mut skipped = Vec::new();
        let (mut routes, mut policies, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for (manifest, name) in self.manifests.iter().zip(&names) {
            let root = reader.root(manifest, name);
            let Some(kind) = kind(manifest, &root) else {
                let items = root.field("items");
                if manifest.kind().ends_with("List") && items.is_there() {
                    // Its manifests stand beside it.
                    items.items().iter().for_each(Field::expect_map);
                } else if is_worth_a_line(manifest) {
                    skipped.push(name.clone());
                }
                continue;
            };
            if !seen.insert(name) {
                root.error("stands twice; remove one, or give it another name".into());
            }
            match kind {
                "HTTPRoute" => routes.push(HttpRoute::read(root)),
                "AgentgatewayPolicy" => policies.extend(CorsPolicy::read_agentgateway(root)),
                _ => policies.extend(CorsPolicy::read_traffic(root)),
            }
        }
        let gateway = self.served(&routes, &policies, &reader);
        let mut table = Contents { skipped, ..Contents::default() };
        if reader.is_sound() {
            let levels =
                Levels::new(&policies, &routes, gateway.as_ref(), self.listener.as_deref());
            Compiler { levels, gateway, listener: self.listener.as_deref(), reader: &reader }
                .fill(&mut table, &routes, &policies);
        }
        drop((routes, policies));
        let (errors, lints) = reader.into_remarks();
        table.lints = lints;
        if errors.is_empty() {
            Ok(RouteTable(Arc::new(table)))
        } else {
            Err(ManifestErrors(errors))
        }
    }

    /// The Gateway that is named here, or the only one that is referred to.
    fn served(
        &self,
        routes: &[HttpRoute<'_>],
        policies: &[CorsPolicy<'_>],
        reader: &Reader,
    ) -> Option<GatewayName> {
        let parents = routes.iter().flat_map(|route| route.parents.iter().flatten());
        let parents = parents.map(|(gateway, _)| gateway.clone());
        let targets = policies.iter().flat_map(|policy| &policy.targets);
        let targets = targets.filter(|target| target.kind == TargetKind::Gateway);
        let targets = targets.map(|target| GatewayName {
            namespace: target.namespace.to_owned(),
            name: target.name.to_owned(),
        });
        let mut referenced: BTreeSet<GatewayName> = parents.chain(targets).collect();
        if let Some(name) = &self.gateway {
            let named = GatewayName::parse(name);
            if !referenced.contains(&named) {
                let GatewayName { namespace, name } = &named;
                reader.lint(
                    "",
                    "",
                    format!("no manifest refers to the Gateway {namespace}/{name}"),
                );
            }
            return Some(named);
        }
        if referenced.len() > 1 {
            let names =
                referenced.iter().map(|gateway| format!("{}/{}", gateway.namespace, gateway.name));
            let names = names.collect::<Vec<_>>().join(", ");
            let message =
                format!("the manifests refer to several Gateways: {names}; name the one to serve");
            reader.error("", "", message);
        }
        referenced.pop_first()
    }
}

/// Which of the kinds that are read a manifest is, or is meant to be; the latter is an error.
fn kind(manifest: &Manifest, root: &Field<'_>) -> Option<&'static str> {
    let (group, kind) = (manifest.group(), manifest.kind());
    let of_group = KINDS.iter().filter(|(known, _)| group.is_empty() || *known == group);
    let known: Vec<&str> = of_group.map(|(_, kind)| *kind).collect();
    let read = known.iter().find(|known| **known == kind).copied();
    let misspelt = || {
        let meant = meant(kind, &known)?;
        let message = format!("{} is misspelt; write {}", Quoted(kind), Quoted(meant));
        root.field("kind").error(message);
        Some(meant)
    };
    let read = read.or_else(misspelt)?;
    if group.is_empty() {
        let of_kind = KINDS.iter().find(|(_, kind)| *kind == read);
        let group = of_kind.map_or(GROUP, |(group, _)| group);
        let message = format!("is missing or has no group; write {}", versioned(group));
        root.field("apiVersion").error(message);
    }
    Some(read)
}

/// The `apiVersion` of a group's kinds.
fn versioned(group: &str) -> String {
    let version = if group == GROUP { "v1" } else { "v1alpha1" };
    format!("{group}/{version}")
}

/// Whether a manifest that is not read could be thought to decide on CORS: a kind of a gateway's
/// group, or one that has the name of such a kind.
fn is_worth_a_line(manifest: &Manifest) -> bool {
    let (group, kind) = (manifest.group(), manifest.kind());
    let usual = USUAL_KINDS.contains(&kind);
    match GATEWAY_GROUPS.contains(&group) {
        true => !(usual && group == GROUP),
        false => kind == "Gateway" || KINDS.iter().any(|(_, known)| *known == kind),
    }
}
