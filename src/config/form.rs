//! The form of a [`PolicyConfig`] in files: camelCase, snake_case read too, nothing unknown.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::config::place::Field;
use crate::config::{InnerHeaders, PolicyConfig};

impl<'de> Deserialize<'de> for PolicyConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("PolicyConfig", NAMES, ConfigVisitor)
    }
}

/// With their names in snake_case, in the order in which they are written, `or` last.
const FIELDS: [(Field, &str); 14] = [
    (Field::AllowOrigins, "allow_origins"),
    (Field::AllowMethods, "allow_methods"),
    (Field::AllowHeaders, "allow_headers"),
    (Field::AllowCredentials, "allow_credentials"),
    (Field::ExposeHeaders, "expose_headers"),
    (Field::MaxAge, "max_age"),
    (Field::PreflightStatus, "preflight_status"),
    (Field::DeniedStatus, "denied_status"),
    (Field::InnerHeaders, "inner_headers"),
    (Field::AnswerEveryOptions, "answer_every_options"),
    (Field::WildcardIncludesAuthorization, "wildcard_includes_authorization"),
    (Field::DangerouslyReflectAnyOrigin, "dangerously_reflect_any_origin"),
    (Field::DangerouslyAllowInsecureOrigins, "dangerously_allow_insecure_origins"),
    (Field::Or, "or"),
];

/// In both cases: a config that is flattened into another struct is given no other fields.
const NAMES: &[&str] = &{
    let mut names = [""; 2 * FIELDS.len()];
    let mut at = 0;
    while at < FIELDS.len() {
        let (field, snake_case) = FIELDS[at];
        names[2 * at] = field.name();
        names[2 * at + 1] = snake_case;
        at += 1;
    }
    names
};

struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = PolicyConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a CORS policy")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PolicyConfig, A::Error> {
        let (mut config, mut seen) = (PolicyConfig::default(), HashSet::new());
        while let Some(field) = map.next_key_seed(FieldSeed)? {
            if !seen.insert(field) {
                return Err(de::Error::duplicate_field(field.name()));
            }
            match field {
                Field::AllowOrigins => {
                    config.allow_origins = map.next_value_seed(Entries(field))?
                }
                Field::AllowMethods => {
                    config.allow_methods = map.next_value_seed(Entries(field))?
                }
                Field::AllowHeaders => {
                    config.allow_headers = map.next_value_seed(Entries(field))?
                }
                Field::ExposeHeaders => {
                    config.expose_headers = map.next_value_seed(Entries(field))?;
                }
                Field::AllowCredentials => config.allow_credentials = map.next_value()?,
                Field::MaxAge => {
                    config.max_age = map.next_value::<Option<Seconds>>()?.map(|age| age.0);
                }
                Field::PreflightStatus => config.preflight_status = map.next_value()?,
                Field::DeniedStatus => config.denied_status = map.next_value()?,
                Field::InnerHeaders => config.inner_headers = map.next_value()?,
                Field::AnswerEveryOptions => config.answer_every_options = map.next_value()?,
                Field::WildcardIncludesAuthorization => {
                    config.wildcard_includes_authorization = map.next_value()?;
                }
                Field::DangerouslyReflectAnyOrigin => {
                    config.dangerously_reflect_any_origin = map.next_value()?;
                }
                Field::DangerouslyAllowInsecureOrigins => {
                    config.dangerously_allow_insecure_origins = map.next_value()?;
                }
                Field::Or => {
                    let later = map.next_value::<Option<Later>>()?;
                    config =
                        later.into_iter().flat_map(|later| later.0).fold(config, PolicyConfig::or);
                }
            }
        }
        Ok(config)
    }
}

/// A field's name, in camelCase or snake_case.
struct FieldSeed;

impl<'de> DeserializeSeed<'de> for FieldSeed {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldSeed {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
        let mut fields = FIELDS.into_iter();
        let known = fields.find(|(field, snake_case)| [field.name(), *snake_case].contains(&name));
        known.map(|(field, _)| field).ok_or_else(|| {
            let nearest = FIELDS.into_iter().map(|(field, snake_case)| {
                (distance(name, field.name()).min(distance(name, snake_case)), field)
            });
            match nearest.min_by_key(|(distance, _)| *distance) {
                // With more than half of it another, it is no slip of the pen.
                Some((distance, field)) if 2 * distance <= field.name().len() => {
                    E::custom(format_args!("unknown field {name:?}; write {:?}", field.name()))
                }
                _ => E::custom(format_args!("unknown field {name:?}; remove it")),
            }
        })
    }
}

/// The edits between two names, the case of letters aside.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.to_ascii_lowercase(), right.to_ascii_lowercase());
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, l) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (at, r) in right.chars().enumerate() {
            let changed = diagonal + usize::from(l != r);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row.pop().unwrap_or_default()
}

/// The entries of a list; a single text is one.
struct Entries(Field);

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts, or one text")
    }

    /// Whoever writes commas means several entries, and no entry has one.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
        if !text.contains(',') {
            return Ok(vec![text.to_owned()]);
        }
        let field = self.0.name();
        let entries: Vec<_> = text.split(',').map(str::trim).collect();
        Err(E::custom(format_args!(
            "{field}: {text:?} contains a comma; write a list: {entries:?}"
        )))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// One config, or a list of them.
struct Later(Vec<PolicyConfig>);

impl<'de> Deserialize<'de> for Later {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LaterVisitor)
    }
}

struct LaterVisitor;

impl<'de> Visitor<'de> for LaterVisitor {
    type Value = Later;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CORS policy, or a list of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Later, A::Error> {
        Ok(Later(vec![ConfigVisitor.visit_map(map)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Later, A::Error> {
        let mut later = Vec::new();
        while let Some(config) = list.next_element()? {
            later.push(config);
        }
        Ok(Later(later))
    }
}

/// What is written of a config: every field that is not as by default.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'c> {
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allow_origins: &'c [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allow_methods: &'c [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    allow_headers: &'c [String],
    #[serde(skip_serializing_if = "is_default")]
    allow_credentials: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    expose_headers: &'c [String],
    #[serde(skip_serializing_if = "is_default")]
    max_age: Option<Seconds>,
    #[serde(skip_serializing_if = "is_default")]
    preflight_status: Option<u16>,
    #[serde(skip_serializing_if = "is_default")]
    denied_status: Option<u16>,
    #[serde(skip_serializing_if = "is_default")]
    inner_headers: InnerHeaders,
    #[serde(skip_serializing_if = "is_default")]
    answer_every_options: bool,
    #[serde(skip_serializing_if = "is_default")]
    wildcard_includes_authorization: bool,
    #[serde(skip_serializing_if = "is_default")]
    dangerously_reflect_any_origin: bool,
    #[serde(skip_serializing_if = "is_default")]
    dangerously_allow_insecure_origins: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    or: Option<WrittenLater<'c>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WrittenLater<'c> {
    One(&'c PolicyConfig),
    Several(&'c VecDeque<PolicyConfig>),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Serialize for PolicyConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every field by name, so that one that is missing here does not compile.
        let Self {
            allow_origins,
            allow_methods,
            allow_headers,
            allow_credentials,
            expose_headers,
            max_age,
            preflight_status,
            denied_status,
            inner_headers,
            answer_every_options,
            wildcard_includes_authorization,
            dangerously_reflect_any_origin,
            dangerously_allow_insecure_origins,
            later,
        } = self;
        let written = Written {
            allow_origins,
            allow_methods,
            allow_headers,
            allow_credentials: *allow_credentials,
            expose_headers,
            max_age: max_age.map(Seconds),
            preflight_status: *preflight_status,
            denied_status: *denied_status,
            inner_headers: *inner_headers,
            answer_every_options: *answer_every_options,
            wildcard_includes_authorization: *wildcard_includes_authorization,
            dangerously_reflect_any_origin: *dangerously_reflect_any_origin,
            dangerously_allow_insecure_origins: *dangerously_allow_insecure_origins,
            or: later.front().map(|one| match later.len() {
                1 => WrittenLater::One(one),
                _ => WrittenLater::Several(later),
            }),
        };
        written.serialize(serializer)
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
            let message = format!("maxAge: {:?} is not whole seconds; write whole seconds", self.0);
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
