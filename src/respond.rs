//! What a decision does to a response: the whole answer to a preflight, or edits of another's.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    MaxSizeReached, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::choice::Choice;
use crate::config::InnerHeaders;
use crate::decision::Decision;
use crate::fetch::{is_forbidden_response_header, is_safelisted_response_header};
use crate::intersect::Intersection;
use crate::mirror::{any_name, list, mirrored_names};
use crate::policy::Policy;
use crate::policy::rule::{AllowHeaders, AllowMethods, ExposeHeaders, Rule, is_mirrored_method};
use crate::request::{OriginHeader, RequestHead, RequestKind};
use crate::strip::{InnerCors, is_cors_response_header};
use crate::vary::{self, Personal};

const EMPTY: HeaderValue = HeaderValue::from_static("");
const FALSE: HeaderValue = HeaderValue::from_static("false");
const ORIGIN: HeaderValue = HeaderValue::from_static("origin");
const PREFLIGHT_VARY: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers",
);
const TRUE: HeaderValue = HeaderValue::from_static("true");
const STAR: HeaderValue = HeaderValue::from_static("*");

/// Edits the headers of the inner service's response, as a decision requires. It borrows nothing, so it
/// outlives the request.
#[derive(Clone, Debug)]
#[must_use = "edits do nothing until they are applied"]
pub struct ResponseEdits {
    /// None if the request passed: then only `Vary` is set.
    inner: Option<InnerHeaders>,
    grant: Grant,
    /// Whether the response depends on the origin.
    vary: bool,
    /// The request headers that the source looked at.
    names: Option<Arc<[HeaderName]>>,
}

/// Describes one change of a response's headers, for programs without a [`HeaderMap`]:
/// [`ResponseEdits::changes`] returns them.
///
/// ```
/// use http::HeaderValue;
/// use http::header::VARY;
/// use tower_cors::{Change, Choice};
///
/// let edits = Choice::pass().edits();
/// let changes: Vec<_> = edits.changes(http::StatusCode::OK, &http::HeaderMap::new()).collect();
/// assert_eq!(changes, [Change::Set(VARY, HeaderValue::from_static("origin"))]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Removes every line of this name.
    Remove(HeaderName),
    /// Replaces every line of this name with one line.
    Set(HeaderName, HeaderValue),
}

/// What a response says of the request's origin.
#[derive(Clone, Debug)]
struct Grant {
    /// None where nothing is granted.
    origin: Option<HeaderValue>,
    expose: Option<HeaderValue>,
    /// Whether the names that the response has are exposed instead.
    expose_response: bool,
    refusal: Refusal,
    credentials: bool,
    /// Where something is granted without credentials.
    personal: Option<Personal>,
}

/// When a response also says what it does not grant, because caches merge it into one that they
/// stored for another origin, or under an earlier policy, header by header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// Never: nobody is granted more.
    Unsaid,
    /// On what caches merge.
    WhenMerged,
    /// On every status, since caches and ETag layers outside make a 304 of a 200.
    Always,
}

impl Decision<'_> {
    /// Returns the complete answer to a preflight, or `None` if the inner service responds.
    ///
    /// ```
    /// # use http::{Request, StatusCode};
    /// # use tower_cors::{Policy, RequestHead};
    /// let preflight = Request::options("/")
    ///     .header("origin", "https://a.example")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&preflight));
    /// let answer = policy.decide(&head).answer::<String>().unwrap();
    /// assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    /// assert_eq!(answer.headers()["access-control-allow-methods"], "*");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn answer<B: Default>(&self) -> Option<Response<B>> {
        self.is_answered().then(|| self.preflight_answer())
    }

    /// By value, so that a decision that edits stays in registers.
    #[inline(never)]
    pub(crate) fn preflight_answer<B: Default>(self) -> Response<B> {
        let rule = self.deciding_rule();
        let mut response = Response::new(B::default());
        // Seven headers at most: room for them, so that the map does not grow.
        let mut headers = HeaderMap::try_with_capacity(7).unwrap_or_default();
        *response.status_mut() = match self.rule {
            Some(_) => rule.checked.preflight_status,
            None => rule.checked.denied_status,
        };
        // A new map has room for these: nothing is left out.
        let _ = set(&mut headers, VARY, Some(PREFLIGHT_VARY));
        if let Some(rule) = self.rule {
            let _ = self.grant_preflight(rule, &mut headers);
        }
        if let Some(names) = self.choice.names {
            if let Some(value) = vary::merged(&headers, names.iter()) {
                let _ = headers.set_vary(value);
            }
        }
        *response.headers_mut() = headers;
        response
    }

    fn grant_preflight(&self, rule: &Rule, headers: &mut HeaderMap) -> Result<(), MaxSizeReached> {
        if !self.is_plain() {
            return self.grant_intersection(headers);
        }
        set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, allowed_origin(rule, self.origin))?;
        if rule.checked.credentials {
            set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, Some(TRUE))?;
        }
        set(headers, ACCESS_CONTROL_ALLOW_METHODS, allowed_methods(rule, &self.head))?;
        set(headers, ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(rule, &self.head))?;
        set(headers, ACCESS_CONTROL_MAX_AGE, rule.max_age.clone())?;
        if let ExposeHeaders::Listed(names) = &rule.expose {
            set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, names.clone())?;
        }
        Ok(())
    }

    #[cold]
    fn grant_intersection(&self, headers: &mut HeaderMap) -> Result<(), MaxSizeReached> {
        let all = Intersection::of(self);
        set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, all.origin())?;
        set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, all.credentials().then_some(TRUE))?;
        set(headers, ACCESS_CONTROL_ALLOW_METHODS, all.methods())?;
        set(headers, ACCESS_CONTROL_ALLOW_HEADERS, all.headers())?;
        set(headers, ACCESS_CONTROL_MAX_AGE, all.max_age())?;
        set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, all.expose().0)
    }

    /// Returns the edits of the inner service's response.
    ///
    /// ```
    /// # use http::{HeaderMap, Request, StatusCode};
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = Request::get("/").header("origin", "https://a.example").body(())?;
    /// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
    /// let edits = policy.decide(&RequestHead::from(&request)).edits();
    /// drop(request);
    ///
    /// let mut headers = HeaderMap::new();
    /// edits.apply(StatusCode::OK, &mut headers);
    /// assert_eq!(headers["access-control-allow-origin"], "https://a.example");
    /// assert_eq!(headers["vary"], "origin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn edits(&self) -> ResponseEdits {
        if !self.choice.all.is_empty() {
            return self.edits_of_all();
        }
        let granting = self.rule.filter(|_| self.kind != RequestKind::Preflight);
        let checked = &self.deciding_rule().checked;
        let constant = self.choice.by_target && !self.policy.varies();
        let anonymous = granting.is_some() && !checked.credentials;
        let grant = Grant {
            origin: match granting {
                Some(rule) => allowed_origin(rule, self.origin),
                None => None,
            },
            expose: match granting {
                Some(Rule { expose: ExposeHeaders::Listed(names), .. }) => names.clone(),
                _ => None,
            },
            expose_response: matches!(
                granting,
                Some(Rule { expose: ExposeHeaders::FromResponse, .. })
            ),
            refusal: match granting {
                Some(_) if checked.credentials || constant => Refusal::Unsaid,
                Some(_) if !self.choice.by_target || self.policy.gives_credentials() => {
                    Refusal::Always
                }
                Some(_) => Refusal::WhenMerged,
                None if self.kind == RequestKind::Actual => Refusal::WhenMerged,
                None => Refusal::Unsaid,
            },
            credentials: checked.credentials,
            personal: anonymous.then(|| Personal::of(&self.head, self.origin)),
        };
        ResponseEdits {
            inner: Some(checked.inner_headers),
            grant,
            vary: !constant,
            names: self.choice.names.cloned(),
        }
    }

    #[cold]
    fn edits_of_all(&self) -> ResponseEdits {
        let all = Intersection::of(self);
        let constant = self.choice.by_target && !self.choice.all.iter().any(Policy::varies);
        let gives_credentials = self.choice.all.iter().any(Policy::gives_credentials);
        let granted = all.origin().filter(|_| self.kind != RequestKind::Preflight);
        let (expose, expose_response) = match granted {
            Some(_) => all.expose(),
            None => (None, false),
        };
        let credentials = all.credentials();
        let grant = Grant {
            expose,
            expose_response,
            refusal: match &granted {
                Some(_) if credentials || constant => Refusal::Unsaid,
                Some(_) if !self.choice.by_target || gives_credentials => Refusal::Always,
                None if self.kind != RequestKind::Actual => Refusal::Unsaid,
                Some(_) | None => Refusal::WhenMerged,
            },
            credentials,
            personal: (granted.is_some() && !credentials)
                .then(|| Personal::of(&self.head, self.origin)),
            origin: granted,
        };
        ResponseEdits {
            inner: Some(all.inner_headers()),
            grant,
            vary: !constant,
            names: self.choice.names.cloned(),
        }
    }
}

impl Choice<'_> {
    /// Passes on the decision, or the edits without a policy. It takes out a lent policy first, so that
    /// nothing is left to drop: that saves each request 27 instructions.
    #[inline(always)]
    pub(crate) fn decided<T>(
        self,
        head: &RequestHead<'_>,
        then: impl FnOnce(Result<Decision<'_>, ResponseEdits>) -> T,
    ) -> T {
        match self.into_lent_policy() {
            Ok((policy, by_target)) => {
                let mut decision = policy.decide(head);
                decision.choice.by_target = by_target;
                then(Ok(decision))
            }
            Err(choice) => match choice.decide(head) {
                Some(decision) => then(Ok(decision)),
                None => then(Err(choice.edits())),
            },
        }
    }

    /// Returns the edits of a response to a request without a policy: they only add to `Vary` what the
    /// source looked at.
    ///
    /// If there is a policy, use [`Decision::edits`], which includes this.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use tower_cors::Choice;
    ///
    /// let mut headers = HeaderMap::new();
    /// Choice::pass().edits().apply(StatusCode::OK, &mut headers);
    /// assert_eq!(headers["vary"], "origin");
    /// ```
    pub fn edits(&self) -> ResponseEdits {
        let grant = Grant {
            origin: None,
            expose: None,
            expose_response: false,
            refusal: Refusal::Unsaid,
            credentials: false,
            personal: None,
        };
        let vary = !self.is_by_target();
        ResponseEdits { inner: None, grant, vary, names: self.names.clone() }
    }
}

impl ResponseEdits {
    /// Edits the headers of a response with this status.
    ///
    /// A [`HeaderMap`] can be too full for another header. `Vary` is set first, and nothing is granted if it
    /// does not fit.
    ///
    /// ```
    /// # use http::{HeaderMap, Request, StatusCode};
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = Request::get("/").header("origin", "https://a.example").body(())?;
    /// let edits = Policy::deny_all().decide(&RequestHead::from(&request)).edits();
    /// let mut headers = HeaderMap::new();
    /// // A cache may have stored what was granted before.
    /// edits.apply(StatusCode::NOT_MODIFIED, &mut headers);
    /// assert_eq!(headers["access-control-allow-origin"], "");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn apply(mut self, status: StatusCode, headers: &mut HeaderMap) {
        self.apply_once(status, headers);
    }

    /// Returns the edits as a list of changes, for servers and gateways that cannot lend a [`HeaderMap`].
    ///
    /// It needs a copy of the response's headers. The change of `Vary` joins all its lines.
    ///
    /// ```
    /// use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue, VARY};
    /// # use http::{HeaderMap, Request, StatusCode};
    /// # use tower_cors::{Change, Policy, RequestHead};
    /// let request = Request::get("/").header("origin", "https://a.example").body(())?;
    /// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
    /// let edits = policy.decide(&RequestHead::from(&request)).edits();
    ///
    /// // A proxy stores headers like this.
    /// let mut headers = vec![(VARY, HeaderValue::from_static("accept"))];
    /// let map: HeaderMap = headers.iter().cloned().collect();
    /// for change in edits.changes(StatusCode::OK, &map) {
    ///     match change {
    ///         Change::Remove(name) => headers.retain(|(other, _)| *other != name),
    ///         Change::Set(name, value) => {
    ///             headers.retain(|(other, _)| *other != name);
    ///             headers.push((name, value));
    ///         }
    ///         other => unreachable!("{other:?}"),
    ///     }
    /// }
    /// assert_eq!(headers[0], (VARY, HeaderValue::from_static("accept, origin")));
    /// assert_eq!(headers[1].0, ACCESS_CONTROL_ALLOW_ORIGIN);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn changes(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> impl Iterator<Item = Change> + use<> {
        let mut changes = Changes { headers, changes: Vec::new() };
        self.edit(status, &mut changes);
        changes.changes.into_iter()
    }

    /// [`apply`](Self::apply), once.
    #[inline(always)]
    pub(crate) fn apply_once(&mut self, status: StatusCode, headers: &mut HeaderMap) {
        self.edit(status, headers);
    }

    #[inline(always)]
    fn edit(&mut self, status: StatusCode, headers: &mut impl Headers) {
        let Some(inner) = self.inner else {
            if self.vary || self.names.is_some() {
                // Where it does not fit, nothing was granted either.
                let _ = self.merge_vary(&[], headers);
            }
            return;
        };
        let found = InnerCors::find(headers.present());
        let keeps = inner == InnerHeaders::Keep;
        let kept = keeps && found.has_allow_origin();
        if !kept {
            self.grant.expose_from(status, headers.present());
            strip(&found, headers);
        }
        if self.vary(kept, found.vary, headers).is_err() {
            // Nor may what the inner service granted leave without it.
            return strip(&found, headers);
        }
        if !kept {
            let _ = self.grant.write(status, keeps, headers);
        }
    }

    /// First, since nothing may be granted without it.
    #[inline(always)]
    fn vary(
        &self,
        kept: bool,
        present: bool,
        headers: &mut impl Headers,
    ) -> Result<(), MaxSizeReached> {
        let personal = match self.grant.personal {
            Some(personal) if !kept => personal.names(headers.present()),
            _ => &[],
        };
        if present || self.names.is_some() || !personal.is_empty() {
            self.merge_vary(personal, headers)
        } else if self.vary {
            headers.add(VARY, ORIGIN)
        } else {
            Ok(())
        }
    }

    #[cold]
    #[inline(never)]
    fn merge_vary(
        &self,
        personal: &[HeaderName],
        headers: &mut impl Headers,
    ) -> Result<(), MaxSizeReached> {
        static NAME: HeaderName = http::header::ORIGIN;
        let origin = self.vary.then_some(&NAME).into_iter();
        let names = self.names.iter().flat_map(|names| names.iter());
        match vary::merged(headers.present(), origin.chain(personal).chain(names)) {
            Some(value) => headers.set_vary(value),
            None => Ok(()),
        }
    }
}

impl Grant {
    /// The names as the inner service set them, before anything is added. Not on a 304: caches
    /// would replace the stored response's list by it.
    #[inline(always)]
    fn expose_from(&mut self, status: StatusCode, headers: &HeaderMap) {
        if self.expose_response && status != StatusCode::NOT_MODIFIED {
            self.expose = exposed_names(headers);
        }
    }

    /// As much as there is room for: without the first, a browser does not look at the others.
    /// None of them is there, so nothing is replaced.
    #[inline(always)]
    fn write(
        &mut self,
        status: StatusCode,
        keeps: bool,
        headers: &mut impl Headers,
    ) -> Result<(), MaxSizeReached> {
        if is_merged(status) || self.refusal == Refusal::Always {
            self.refuse(status, keeps, headers)?;
        }
        let Some(origin) = self.origin.take() else { return Ok(()) };
        headers.add(ACCESS_CONTROL_ALLOW_ORIGIN, origin)?;
        if self.credentials {
            headers.add(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE)?;
        }
        if let Some(names) = self.expose.take() {
            headers.add(ACCESS_CONTROL_EXPOSE_HEADERS, names)?;
        }
        Ok(())
    }

    /// Says what is not granted, before what is: where it does not fit, nothing is granted.
    #[cold]
    #[inline(never)]
    fn refuse(
        &self,
        status: StatusCode,
        keeps: bool,
        headers: &mut impl Headers,
    ) -> Result<(), MaxSizeReached> {
        if self.origin.is_none() {
            // With `Keep` it may be the inner service that granted what it says to be unchanged.
            if self.refusal != Refusal::Unsaid && !keeps {
                headers.add(ACCESS_CONTROL_ALLOW_ORIGIN, EMPTY)?;
            }
            return Ok(());
        }
        if self.refusal != Refusal::Unsaid {
            headers.add(ACCESS_CONTROL_ALLOW_CREDENTIALS, FALSE)?;
        }
        let computed_before = self.expose_response && status == StatusCode::NOT_MODIFIED;
        if self.expose.is_none() && !computed_before {
            headers.add(ACCESS_CONTROL_EXPOSE_HEADERS, EMPTY)?;
        }
        Ok(())
    }
}

/// What is edited: a response's headers, or a list of changes to them.
trait Headers {
    /// The inner service's headers: those that are left, where it matters.
    fn present(&self) -> &HeaderMap;

    fn remove(&mut self, name: HeaderName);

    /// A header that is not there.
    fn add(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), MaxSizeReached>;

    /// In the place of all lines.
    fn set_vary(&mut self, value: HeaderValue) -> Result<(), MaxSizeReached>;
}

impl Headers for HeaderMap {
    #[inline(always)]
    fn present(&self) -> &HeaderMap {
        self
    }

    fn remove(&mut self, name: HeaderName) {
        HeaderMap::remove(self, name);
    }

    #[inline(always)]
    fn add(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), MaxSizeReached> {
        self.try_append(name, value).map(|_| ())
    }

    fn set_vary(&mut self, value: HeaderValue) -> Result<(), MaxSizeReached> {
        let lines = self.get_all(VARY).iter().count();
        // In place, or in the place of others, there is room in a map that is full.
        match self.get_mut(VARY).filter(|_| lines == 1) {
            Some(line) => *line = value,
            None => {
                HeaderMap::remove(self, VARY);
                self.try_append(VARY, value)?;
            }
        }
        Ok(())
    }
}

/// Changes to these headers, which stay as they are.
struct Changes<'h> {
    headers: &'h HeaderMap,
    changes: Vec<Change>,
}

impl Headers for Changes<'_> {
    fn present(&self) -> &HeaderMap {
        self.headers
    }

    fn remove(&mut self, name: HeaderName) {
        self.changes.push(Change::Remove(name));
    }

    fn add(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), MaxSizeReached> {
        self.changes.push(Change::Set(name, value));
        Ok(())
    }

    fn set_vary(&mut self, value: HeaderValue) -> Result<(), MaxSizeReached> {
        self.add(VARY, value)
    }
}

#[inline(always)]
fn strip(found: &InnerCors, headers: &mut impl Headers) {
    if !found.is_empty() {
        strip_found(found, headers);
    }
}

#[cold]
#[inline(never)]
fn strip_found(found: &InnerCors, headers: &mut impl Headers) {
    for name in found.names() {
        headers.remove(name);
    }
}

/// Whether caches merge the headers of such a response into the one that they stored:
/// <https://httpwg.org/specs/rfc9111.html#update>.
fn is_merged(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT)
}

/// `try_insert` for a header that there may be nothing to say of.
fn set(
    headers: &mut HeaderMap,
    name: HeaderName,
    value: Option<HeaderValue>,
) -> Result<(), MaxSizeReached> {
    match value {
        Some(value) => headers.try_insert(name, value).map(|_| ()),
        None => Ok(()),
    }
}

#[inline]
fn allowed_origin(rule: &Rule, origin: OriginHeader<'_>) -> Option<HeaderValue> {
    match origin {
        _ if rule.open => Some(STAR),
        // The request's own value: no counter is shared with other requests.
        OriginHeader::One(value) => Some(value.clone()),
        OriginHeader::Absent | OriginHeader::Several => None,
    }
}

fn allowed_methods(rule: &Rule, head: &RequestHead<'_>) -> Option<HeaderValue> {
    match &rule.methods {
        AllowMethods::Listed(methods) => methods.clone(),
        AllowMethods::Any => Some(STAR),
        AllowMethods::Mirrored => head
            .requested_method_value()
            .filter(|method| is_mirrored_method(method.as_bytes()))
            .cloned(),
    }
}

fn allowed_headers(rule: &Rule, head: &RequestHead<'_>) -> Option<HeaderValue> {
    match &rule.headers {
        AllowHeaders::Listed(value) => value.clone(),
        AllowHeaders::Any(value) => Some(value.clone()),
        AllowHeaders::AnyUnlessAuthorization => any_name(head),
        AllowHeaders::Mirrored { authorization } => mirrored_names(head, *authorization),
    }
}

/// What a literal `*` would expose without credentials:
/// <https://fetch.spec.whatwg.org/#cors-exposed-header-name-list>.
fn exposed_names(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut names = Vec::new();
    for name in headers.keys().map(HeaderName::as_str) {
        let unread = is_safelisted_response_header(name) || is_forbidden_response_header(name);
        if unread || is_cors_response_header(name) {
            continue;
        }
        if !names.is_empty() {
            names.push(b',');
        }
        names.extend_from_slice(name.as_bytes());
    }
    list(names)
}
