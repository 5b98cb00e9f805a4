//! [`Advice`]: which change lets a request pass, and whether it should.

use crate::config::PolicyConfig;
use crate::config::check::check;
use crate::config::place::Field;
use crate::decision::Decision;
use crate::explain::missing::{Missing, as_pattern, malformed_origin};
use crate::explain::nearest::Nearest;
use crate::explain::remedy::{Edit, Remedy};
use crate::origin::pattern::{HostPattern, OriginPattern};
use crate::origin::{Origin, default_port, is_loopback, is_opaque};
use crate::policy::rule::Rule;
use crate::request::RequestKind;

/// For one decision, what the remedies are chosen by.
pub(crate) struct Advice<'d, 'a> {
    decision: &'d Decision<'a>,
    near: Option<Nearest<'a>>,
    /// What the edits are tried on; none for a policy that was built from none.
    config: Option<PolicyConfig>,
}

impl<'d, 'a> Advice<'d, 'a> {
    pub(crate) fn new(decision: &'d Decision<'a>, near: Option<Nearest<'a>>) -> Self {
        let config = decision.policy.config().cloned();
        // What stands in place of `deny_all()` begins empty.
        let denies = decision.policy.denies_all();
        Self { decision, near, config: config.or_else(|| denies.then(PolicyConfig::default)) }
    }

    /// What lets the request pass, with credentials or, as far as a server can see, without.
    pub(crate) fn remedy(&self, credentials: bool) -> Remedy {
        self.chosen(credentials).unwrap_or_else(Remedy::Never)
    }

    fn chosen(&self, credentials: bool) -> Result<Remedy, String> {
        let rules = self.decision.policy.rules().enumerate();
        match self.decision.rule {
            _ if self.decision.kind == RequestKind::NotCors => Ok(Remedy::Unneeded),
            None => self.let_in(credentials),
            Some(rule) => {
                let depth = rules.into_iter().position(|(_, other)| std::ptr::eq(other, rule));
                let depth = depth.unwrap_or_default();
                if !credentials || rule.checked.credentials {
                    let missing = Missing::of(self.decision, rule, rule.checked.credentials)?;
                    return Ok(Remedy::edits(missing.edits(depth)));
                }
                self.with_credentials(rule, depth)
            }
        }
    }

    /// The origin is allowed, and credentials are not.
    fn with_credentials(&self, rule: &Rule, depth: usize) -> Result<Remedy, String> {
        let origin = self.origin(true)?;
        let missing = Missing::of(self.decision, rule, true)?;
        let enable = Edit::Enable { place: Field::AllowCredentials.at(depth) };
        let edits = [enable].into_iter().chain(missing.clone().edits(depth)).collect();
        let others = others(rule, &origin);
        let remedy = warned(edits, acts_as_the_user(&others).into_iter().collect());
        if self.is_sound(&remedy) {
            return Ok(remedy);
        }
        if others.is_empty() {
            return self.with_insecure(remedy, depth);
        }
        // In front, so that it decides about this origin; what the first says of origins that none
        // allows stays as it was.
        let mut own = self.own_config(depth, &origin, missing, true);
        if let Some(first) = &self.config {
            own.denied_status = first.denied_status;
            own.inner_headers = first.inner_headers;
            own.answer_every_options = first.answer_every_options;
        }
        self.own(own, Edit::Before)
    }

    /// The origin is not allowed.
    fn let_in(&self, credentials: bool) -> Result<Remedy, String> {
        let origin = self.origin(credentials)?;
        let mut candidates: Vec<_> = self.decision.policy.rules().enumerate().collect();
        let near = self.near.filter(|near| !near.is_lookalike()).map(|near| near.rule);
        // Least privilege: where no pattern is near, the config without credentials.
        candidates.sort_by_key(|(depth, rule)| (near != Some(*depth), rule.checked.credentials));
        let only = candidates.len() == 1;
        let fitting = |rule: &Rule| only || !credentials || rule.checked.credentials;
        let listed = candidates.iter().filter(|(_, rule)| fitting(rule));
        let listed: Vec<_> =
            listed.map(|(depth, rule)| self.listed(*depth, rule, &origin, credentials)).collect();
        let sound = |remedy: &&Result<_, _>| remedy.as_ref().is_ok_and(|it| self.is_sound(it));
        if let Some(remedy) = listed.iter().find(sound) {
            return remedy.clone();
        }
        if let Some(never) = listed.into_iter().find(Result::is_err) {
            return never;
        }
        let depth = near.unwrap_or_default();
        let first = (0, self.decision.policy.first());
        let nearest = candidates.iter().find(|(other, _)| *other == depth);
        let (_, rule) = nearest.unwrap_or(&first);
        let missing = Missing::of(self.decision, rule, credentials)?;
        let own = self.own_config(depth, &origin, missing, credentials);
        self.own(own, Edit::After)
    }

    /// The origin in the list of this rule, sound or not.
    fn listed(
        &self,
        depth: usize,
        rule: &Rule,
        origin: &str,
        credentials: bool,
    ) -> Result<Remedy, String> {
        let enable = credentials && !rule.checked.credentials;
        let acts = enable || rule.checked.credentials;
        let missing = Missing::of(self.decision, rule, acts)?;
        let origins = Edit::append(Field::AllowOrigins.at(depth), vec![origin.to_owned()]);
        let enabled = enable.then(|| Edit::Enable { place: Field::AllowCredentials.at(depth) });
        let edits = origins.into_iter().chain(enabled).chain(missing.edits(depth)).collect();
        let others = if enable { others(rule, origin) } else { Vec::new() };
        let warnings = self.dangers(origin, acts).into_iter().chain(acts_as_the_user(&others));
        let remedy = warned(edits, warnings.collect());
        match rule.checked.origins.is_empty() && !self.is_sound(&remedy) {
            // Nothing else is in it, so the switch concerns no other.
            true => self.with_insecure(remedy, depth),
            false => Ok(remedy),
        }
    }

    /// The origin's text as a pattern.
    fn origin(&self, credentials: bool) -> Result<String, String> {
        if let Some(why) = malformed_origin(self.decision) {
            return Err(why);
        }
        let origin = as_pattern(self.decision)?;
        if is_opaque(origin.as_bytes()) && credentials {
            let who = match &*origin {
                "null" => "any website act as the user, from a sandboxed frame",
                _ => "every file that the user opens in an Android web view act as the user",
            };
            return Err(format!(
                "{origin} with credentials lets {who}: serve the page from a regular origin"
            ));
        }
        Ok(origin)
    }

    /// The config at this depth of the chain, for this origin alone.
    fn own_config(
        &self,
        depth: usize,
        origin: &str,
        missing: Missing,
        credentials: bool,
    ) -> PolicyConfig {
        let config = self.config.as_ref().and_then(|config| config.link(depth));
        let mut own = config.unwrap_or_default();
        own.allow_origins = vec![origin.to_owned()];
        own.allow_credentials = credentials;
        own.dangerously_reflect_any_origin = false;
        own.dangerously_allow_insecure_origins = false;
        own.allow_methods.extend(missing.methods);
        own.allow_headers.extend(missing.headers);
        own
    }

    fn own(&self, mut own: PolicyConfig, edit: fn(PolicyConfig) -> Edit) -> Result<Remedy, String> {
        let origin = own.allow_origins.concat();
        let warnings = self.dangers(&origin, own.allow_credentials);
        let remedy = warned(vec![edit(own.clone())], warnings.clone());
        if self.is_sound(&remedy) {
            return Ok(remedy);
        }
        own.dangerously_allow_insecure_origins = true;
        let warnings = [warnings, vec![INSECURE.to_owned()]].concat();
        self.sound(warned(vec![edit(own)], warnings))
    }

    fn with_insecure(&self, remedy: Remedy, depth: usize) -> Result<Remedy, String> {
        let Remedy::Edits { mut edits, mut warnings } = remedy else { return Ok(remedy) };
        edits.push(Edit::Enable { place: Field::DangerouslyAllowInsecureOrigins.at(depth) });
        warnings.push(INSECURE.to_owned());
        self.sound(Remedy::Edits { edits, warnings })
    }

    /// Why it is dangerous to allow an origin, with credentials or without.
    fn dangers(&self, origin: &str, credentials: bool) -> Vec<String> {
        let mut dangers = Vec::new();
        if let Some(near) = self.near.filter(|near| near.is_lookalike()) {
            dangers.push(format!(
                "its name looks like that of {}, and could be anybody's: allow it only if it is yours",
                near.pattern
            ));
        }
        match origin {
            "null" => dangers.push("any website can have the origin null, in a sandboxed frame: this allows every website".into()),
            "file://" => dangers.push("every local file in an Android web view has the origin file://: this allows all of them".into()),
            _ => {}
        }
        if credentials {
            dangers.push("its pages may then act as the user who visits them".into());
            let local = |origin: &Origin<'_>| {
                default_port(origin.scheme()).is_some() && is_loopback(origin.host())
            };
            let parsed = Origin::parse(origin).filter(local);
            let told = "any program on the user's machine can serve pages from this origin: use it for development only";
            dangers.extend(parsed.map(|_| told.to_owned()));
        }
        dangers
    }

    fn sound(&self, remedy: Remedy) -> Result<Remedy, String> {
        match self.is_sound(&remedy) {
            true => Ok(remedy),
            false => Err("no change of this config allows it".into()),
        }
    }

    /// Whether the edited config builds.
    fn is_sound(&self, remedy: &Remedy) -> bool {
        let Some(config) = &self.config else { return true };
        let mut config = config.clone();
        remedy.apply(&mut config).is_ok() && check(&config).is_ok()
    }
}

const INSECURE: &str =
    "anyone on the user's network may then act as the user: serve the page over https instead";

fn warned(edits: Vec<Edit>, warnings: Vec<String>) -> Remedy {
    Remedy::Edits { edits, warnings }
}

/// The entries that mean other origins, or others too.
fn others<'r>(rule: &'r Rule, origin: &str) -> Vec<&'r OriginPattern> {
    rule.checked.origins.iter().filter(|pattern| pattern.as_ref() != origin).collect()
}

fn acts_as_the_user(others: &[&OriginPattern]) -> Option<String> {
    let anybody = |pattern: &&OriginPattern| {
        pattern.tuple().is_none_or(|tuple| tuple.host == HostPattern::Any)
    };
    let who = match others {
        [] => return None,
        _ if others.iter().any(anybody) => {
            return Some("any website may then act as the user: list the origins instead".into());
        }
        [one] => format!("{one} may then act as the user, too"),
        [one, rest @ ..] => format!("{one} and {} more may then act as the user, too", rest.len()),
    };
    Some(who)
}
