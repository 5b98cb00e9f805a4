//! [`Manifest`]: one document, as whatever serde reads has it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::quoted::Quoted;
use crate::schema::{DEFAULT_NAMESPACE, MAX_DEPTH};

/// One manifest, of any kind, read by serde from YAML, JSON or whatever has maps, lists and
/// scalars.
///
/// Reading fails for what is no map, for keys that stand twice and for what is nested over 64
/// levels deep. What the fields say is looked at by
/// [`build`](crate::RouteTableBuilder::build), which tells the errors of all
/// manifests at once.
///
/// ```
/// use tower_cors_gateway_api::Manifest;
///
/// let manifest: Manifest =
///     serde_json::from_str(r#"{"kind": "HTTPRoute", "metadata": {"name": "httpbin"}}"#)?;
/// assert_eq!(manifest.to_string(), "HTTPRoute default/httpbin");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Manifest(pub(crate) BTreeMap<String, Value>);

/// A value of a document, of whatever type it is written in.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that no field has.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Manifest {
    /// What it describes: `HTTPRoute`. Empty where it does not say.
    ///
    /// ```
    /// # use tower_cors_gateway_api::Manifest;
    /// let manifest: Manifest =
    ///     serde_json::from_str(r#"{"kind": "HTTPRoute", "metadata": {"name": "httpbin"}}"#)?;
    /// assert_eq!(manifest.kind(), "HTTPRoute");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn kind(&self) -> &str {
        self.text(&["kind"]).unwrap_or_default()
    }

    /// `metadata.namespace`; `default` where it names none.
    ///
    /// ```
    /// # use tower_cors_gateway_api::Manifest;
    /// let manifest: Manifest =
    ///     serde_json::from_str(r#"{"kind": "HTTPRoute", "metadata": {"name": "httpbin"}}"#)?;
    /// assert_eq!(manifest.namespace(), "default");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn namespace(&self) -> &str {
        let namespace = self.text(&["metadata", "namespace"]);
        namespace.filter(|text| !text.is_empty()).unwrap_or(DEFAULT_NAMESPACE)
    }

    /// `metadata.name`; empty where it has none, which is an error of kinds that are read.
    ///
    /// ```
    /// # use tower_cors_gateway_api::Manifest;
    /// let manifest: Manifest =
    ///     serde_json::from_str(r#"{"kind": "HTTPRoute", "metadata": {"name": "httpbin"}}"#)?;
    /// assert_eq!(manifest.name(), "httpbin");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"]).unwrap_or_default()
    }

    /// `apiVersion` up to the slash; empty for the core group.
    pub(crate) fn group(&self) -> &str {
        let version = self.text(&["apiVersion"]).unwrap_or_default();
        version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The manifests in it: those of a `List`, as `kubectl get` prints them, or of a list of one kind
    /// (`HTTPRouteList`), as the API's clients print them; or itself. A list with an item that is no
    /// manifest stays among them, for its error.
    pub(crate) fn flattened(mut self) -> Vec<Manifest> {
        let kind = self.kind().strip_suffix("List").map(str::to_owned);
        let version = self.0.get("apiVersion").cloned();
        let (Some(kind), Some(Value::List(items))) = (kind, self.0.get_mut("items")) else {
            return vec![self];
        };
        let maps = items.iter_mut().filter_map(|item| match item {
            Value::Map(map) => Some(Manifest(std::mem::take(map))),
            _ => None,
        });
        // The items of a list of one kind need not say which.
        let maps = maps.map(|mut item| {
            if !kind.is_empty() {
                item.0.entry("kind".into()).or_insert_with(|| Value::Text(kind.clone()));
                if let Some(version) = &version {
                    item.0.entry("apiVersion".into()).or_insert_with(|| version.clone());
                }
            }
            item
        });
        let maps: Vec<_> = maps.collect();
        let sound = maps.len() == items.len();
        let mut manifests: Vec<_> = maps.into_iter().flat_map(Manifest::flattened).collect();
        if !sound {
            manifests.push(self);
        }
        manifests
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        let (last, parents) = path.split_last()?;
        let mut map = &self.0;
        for name in parents {
            match map.get(*name)? {
                Value::Map(inner) => map = inner,
                _ => return None,
            }
        }
        match map.get(*last)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Kind, namespace and name, as errors name it.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain =
            |text: &str| text.chars().take(253).collect::<String>().escape_debug().to_string();
        let (kind, namespace) = (plain(self.kind()), plain(self.namespace()));
        write!(f, "{kind} {namespace}/{}", plain(self.name()))
    }
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match (Nested { depth: 0 }).deserialize(deserializer)? {
            Value::Map(map) => Ok(Self(map)),
            other => Err(Error::custom(format_args!(
                "{} is no manifest: it has no fields",
                other.kind()
            ))),
        }
    }
}

impl Value {
    /// What it is, for a message.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Null => "nothing".into(),
            Self::Bool(value) => format!("the boolean {value}"),
            Self::Integer(value) => format!("the number {value}"),
            Self::Number(value) => format!("the number {value}"),
            Self::Text(text) => format!("the text {}", Quoted(text)),
            Self::List(_) => "a list".into(),
            Self::Map(_) => "a map".into(),
        }
    }
}

/// Reads a value at this depth.
#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl Nested {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(E::custom(format_args!("is nested over {MAX_DEPTH} levels deep")));
        }
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map, a list, a text, a number, a boolean or nothing")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        // What is over has no meaning in any field, so how far over is all the same.
        Ok(i64::try_from(value).map_or(Value::Number(value as f64), Value::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // The API server takes `60.0` and `6e1` where it wants a whole number. Up to 2^53 each is exact.
        let whole = value.fract() == 0.0 && value.abs() <= (1_i64 << 53) as f64;
        Ok(if whole { Value::Integer(value as i64) } else { Value::Number(value) })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let (inner, mut list) = (self.deeper()?, Vec::new());
        while let Some(value) = elements.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let (inner, mut map) = (self.deeper()?, BTreeMap::new());
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if map.contains_key(&key) {
                return Err(Error::custom(format_args!("the key {} stands twice", Quoted(&key))));
            }
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
}
