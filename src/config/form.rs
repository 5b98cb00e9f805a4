//! The form of a [`PolicyConfig`] in files: camelCase, snake_case read too, nothing unknown.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::{InnerHeaders, PolicyConfig};

/// Every field of a config, so that one that is missing here does not compile.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Form {
    #[serde(alias = "allow_origins", skip_serializing_if = "Vec::is_empty")]
    allow_origins: Vec<String>,
    #[serde(alias = "allow_methods", skip_serializing_if = "Vec::is_empty")]
    allow_methods: Vec<String>,
    #[serde(alias = "allow_headers", skip_serializing_if = "Vec::is_empty")]
    allow_headers: Vec<String>,
    #[serde(alias = "allow_credentials", skip_serializing_if = "is_default")]
    allow_credentials: bool,
    #[serde(alias = "expose_headers", skip_serializing_if = "Vec::is_empty")]
    expose_headers: Vec<String>,
    #[serde(alias = "max_age", skip_serializing_if = "is_default")]
    max_age: Option<Seconds>,
    #[serde(alias = "preflight_status", skip_serializing_if = "is_default")]
    preflight_status: Option<u16>,
    #[serde(alias = "denied_status", skip_serializing_if = "is_default")]
    denied_status: Option<u16>,
    #[serde(alias = "inner_headers", skip_serializing_if = "is_default")]
    inner_headers: InnerHeaders,
    #[serde(alias = "answer_every_options", skip_serializing_if = "is_default")]
    answer_every_options: bool,
    #[serde(alias = "wildcard_includes_authorization", skip_serializing_if = "is_default")]
    wildcard_includes_authorization: bool,
    #[serde(alias = "dangerously_reflect_any_origin", skip_serializing_if = "is_default")]
    dangerously_reflect_any_origin: bool,
    #[serde(alias = "dangerously_allow_insecure_origins", skip_serializing_if = "is_default")]
    dangerously_allow_insecure_origins: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    or: Option<Box<PolicyConfig>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl<'de> Deserialize<'de> for PolicyConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(deserializer)?;
        Ok(Self {
            allow_origins: form.allow_origins,
            allow_methods: form.allow_methods,
            allow_headers: form.allow_headers,
            allow_credentials: form.allow_credentials,
            expose_headers: form.expose_headers,
            max_age: form.max_age.map(|age| age.0),
            preflight_status: form.preflight_status,
            denied_status: form.denied_status,
            inner_headers: form.inner_headers,
            answer_every_options: form.answer_every_options,
            wildcard_includes_authorization: form.wildcard_includes_authorization,
            dangerously_reflect_any_origin: form.dangerously_reflect_any_origin,
            dangerously_allow_insecure_origins: form.dangerously_allow_insecure_origins,
            or: form.or,
        })
    }
}

impl Serialize for PolicyConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let config = self.clone();
        let form = Form {
            allow_origins: config.allow_origins,
            allow_methods: config.allow_methods,
            allow_headers: config.allow_headers,
            allow_credentials: config.allow_credentials,
            expose_headers: config.expose_headers,
            max_age: config.max_age.map(Seconds),
            preflight_status: config.preflight_status,
            denied_status: config.denied_status,
            inner_headers: config.inner_headers,
            answer_every_options: config.answer_every_options,
            wildcard_includes_authorization: config.wildcard_includes_authorization,
            dangerously_reflect_any_origin: config.dangerously_reflect_any_origin,
            dangerously_allow_insecure_origins: config.dangerously_allow_insecure_origins,
            or: config.or,
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for InnerHeaders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "strip" => Ok(Self::Strip),
            "keep" => Ok(Self::Keep),
            other => Err(de::Error::unknown_variant(other, &["strip", "keep"])),
        }
    }
}

impl Serialize for InnerHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Strip => "strip",
            Self::Keep => "keep",
        })
    }
}

/// A max-age: an integer of seconds, or a duration as the Gateway API writes it, such as `10m`
/// (<https://gateway-api.sigs.k8s.io/geps/gep-2257/>). Written as an integer.
#[derive(PartialEq)]
struct Seconds(Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.subsec_nanos() > 0 {
            let message = format!("maxAge: {:?} is not whole seconds", self.0);
            return Err(serde::ser::Error::custom(message));
        }
        serializer.serialize_u64(self.0.as_secs())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a number of seconds, such as 600, or a duration, such as "10m""#)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Seconds, E> {
        Ok(Seconds(Duration::from_secs(seconds)))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Seconds, E> {
        match u64::try_from(seconds) {
            Ok(seconds) => self.visit_u64(seconds),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(seconds), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Seconds, E> {
        // An environment variable has the integer as text.
        let seconds = text.parse().ok().filter(|_| !text.starts_with('+')).map(Duration::from_secs);
        let duration = seconds.or_else(|| gateway_duration(text));
        duration.map(Seconds).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// One to four numbers of up to five digits, each with its unit: `1h30m`, `90s`, `500ms`.
fn gateway_duration(text: &str) -> Option<Duration> {
    let (mut total, mut rest, mut parts) = (Duration::ZERO, text, 0);
    while !rest.is_empty() {
        let digits =
            rest.find(|c: char| !c.is_ascii_digit()).filter(|end| (1..=5).contains(end))?;
        let (number, unit) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let (length, part) = match unit.as_bytes() {
            [b'm', b's', ..] => (2, Duration::from_millis(number)),
            [b'h', ..] => (1, Duration::from_secs(number * 3600)),
            [b'm', ..] => (1, Duration::from_secs(number * 60)),
            [b's', ..] => (1, Duration::from_secs(number)),
            _ => return None,
        };
        (total, rest, parts) = (total + part, &unit[length..], parts + 1);
    }
    (1..=4).contains(&parts).then_some(total)
}
