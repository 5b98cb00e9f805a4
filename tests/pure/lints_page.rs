//! `docs/lints.md` has a row for each error and lint, and its examples are what they say.

use std::collections::BTreeSet;

use tower_cors::{ConfigErrorKind, LintKind, Policy, PolicyConfig};

const PAGE: &str = include_str!("../../docs/lints.md");

/// The ids of the errors and lints of a config.
fn found(yaml: &str) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let config: PolicyConfig =
        serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"));
    match config.build() {
        Ok(policy) => (BTreeSet::new(), lints(&policy)),
        Err(errors) => (errors.iter().map(|error| error.id()).collect(), BTreeSet::new()),
    }
}

fn lints(policy: &Policy) -> BTreeSet<&'static str> {
    policy.lints().iter().map(|lint| lint.id()).collect()
}

/// Id, wrong and right, below a heading.
fn rows(heading: &str) -> Vec<[&'static str; 3]> {
    let section = PAGE.split(heading).nth(1).expect("the heading");
    let section = section.split("\n## ").next().expect("a section");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let code = |cell: &'static str| {
        let code = cell.trim().strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
        code.unwrap_or_else(|| panic!("{cell} is not code"))
    };
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let [id, _, wrong, right] = cells[..] else { panic!("{row} has no four cells") };
        [code(id), code(wrong), code(right)]
    })
    .collect()
}

#[test]
fn every_error_has_a_row() {
    let rows = rows("\n## Errors\n");
    let ids: Vec<_> = rows.iter().map(|[id, ..]| *id).collect();
    assert_eq!(ids, ConfigErrorKind::ALL.iter().map(|kind| kind.id()).collect::<Vec<_>>());
    for [id, wrong, right] in rows {
        assert_eq!(found(wrong), (BTreeSet::from([id]), BTreeSet::new()), "{wrong}");
        assert_eq!(found(right), (BTreeSet::new(), BTreeSet::new()), "{right}");
    }
}

#[test]
fn every_lint_has_a_row() {
    let rows = rows("\n## Lints\n");
    let ids: Vec<_> = rows.iter().map(|[id, ..]| *id).collect();
    assert_eq!(ids, LintKind::ALL.iter().map(|kind| kind.id()).collect::<Vec<_>>());
    for [id, wrong, right] in rows {
        // With this feature it cannot be seen; tests/bare is built without.
        let wanted = if id == "suffix-not-checked" { BTreeSet::new() } else { [id].into() };
        assert_eq!(found(wrong), (BTreeSet::new(), wanted), "{wrong}");
        assert_eq!(found(right), (BTreeSet::new(), BTreeSet::new()), "{right}");
    }
}

#[test]
fn ids_are_kebab_case_and_unique() {
    let kinds = ConfigErrorKind::ALL.iter().map(|kind| kind.id());
    let ids: Vec<_> = kinds.chain(LintKind::ALL.iter().map(|kind| kind.id())).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for id in ids {
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{id}");
    }
}
