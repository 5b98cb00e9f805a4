//! Where the policy comes from: a config in a file, or manifests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tower_cors::{Choice, Policy, PolicyConfig, PolicySource, RequestHead};
use tower_cors_gateway_api::{Manifest, RouteTable};

use crate::judged::plain;

pub(crate) struct Source {
    policies: Policies,
    /// What works but is probably not meant.
    pub(crate) lints: Vec<String>,
}

enum Policies {
    One(Policy),
    Routed(RouteTable),
}

impl Source {
    /// Reads a file, or every YAML and JSON file of a folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub(crate) fn read(path: &Path, gateway: Option<&str>) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let mut texts = Vec::new();
        for file in files(path).map_err(|error| vec![error])? {
            match fs::read_to_string(&file) {
                Ok(text) => texts.push((file, text)),
                Err(error) => errors.push(format!("{}: {error}", file.display())),
            }
        }
        if let ([(file, text)], true) = (&texts[..], errors.is_empty()) {
            if !is_manifests(text) {
                return Self::config(file, text);
            }
        }
        let mut manifests = Vec::new();
        for (file, text) in texts {
            match serde_saphyr::from_multiple::<Option<Manifest>>(&text) {
                Ok(documents) => manifests.extend(documents.into_iter().flatten()),
                Err(error) => errors.push(format!("{}: {}", file.display(), first_line(&error))),
            }
        }
        Self::table(manifests, gateway, errors)
    }

    fn config(file: &Path, text: &str) -> Result<Self, Vec<String>> {
        let errors = match serde_saphyr::from_str::<PolicyConfig>(text) {
            Err(error) => vec![first_line(&error)],
            Ok(config) => match config.build() {
                Ok(policy) => {
                    let lints = policy.lints().iter().map(ToString::to_string).collect();
                    return Ok(Self { policies: Policies::One(policy), lints });
                }
                Err(errors) => errors.iter().map(ToString::to_string).collect(),
            },
        };
        Err(errors.iter().map(|error| format!("{}: {error}", file.display())).collect())
    }

    fn table(
        manifests: Vec<Manifest>,
        gateway: Option<&str>,
        mut errors: Vec<String>,
    ) -> Result<Self, Vec<String>> {
        let mut builder = RouteTable::builder().manifests(manifests);
        if let Some(gateway) = gateway {
            builder = builder.gateway(gateway);
        }
        match builder.build() {
            Ok(table) if errors.is_empty() => {
                let lints = table.lints().iter().map(ToString::to_string);
                let skipped = table.skipped().iter().map(|skipped| format!("not read: {skipped}"));
                let lints = lints.chain(skipped).collect();
                Ok(Self { policies: Policies::Routed(table), lints })
            }
            Ok(_) => Err(errors),
            Err(found) => {
                errors.extend(found.iter().map(ToString::to_string));
                Err(errors)
            }
        }
    }

    /// The policy for a request; none where no route has one.
    pub(crate) fn choose<'a>(&'a self, head: &RequestHead<'a>) -> Choice<'a> {
        match &self.policies {
            Policies::One(policy) => policy.choose(head),
            Policies::Routed(table) => table.choose(head),
        }
    }

    /// The one config, where there is one.
    pub(crate) fn only_config(&self) -> Option<&PolicyConfig> {
        match &self.policies {
            Policies::One(policy) => policy.config(),
            Policies::Routed(_) => None,
        }
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    if !fs::metadata(path).map_err(wrong)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries: Result<Vec<_>, _> = fs::read_dir(path).map_err(wrong)?.collect();
    let paths = entries.map_err(wrong)?.into_iter().map(|entry| entry.path());
    let read = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        matches!(ending, Some("yaml" | "yml" | "json"))
    };
    let mut files: Vec<_> = paths.filter(read).collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no YAML or JSON file is in it", path.display()));
    }
    Ok(files)
}

/// Whether any document says what kind it is, as manifests do and configs cannot.
fn is_manifests(text: &str) -> bool {
    let documents = serde_saphyr::from_multiple::<Value>(text).unwrap_or_default();
    documents.iter().any(|document| document.get("kind").or(document.get("apiVersion")).is_some())
}

/// Without the picture of the file that a reader's error may have below.
fn first_line(error: &impl ToString) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    plain(line.strip_prefix("error: ").unwrap_or(line))
}
