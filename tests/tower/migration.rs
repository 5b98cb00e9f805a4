//! tower-http's `CorsLayer` beside this crate's, with the same requests and the same service behind
//! them. How their answers differ is a closed list, and `docs/migrating-from-tower-http.md` holds it
//! as it is found here: an answer that differs in another way fails, a way that is not found any
//! more fails, and so does a page that says anything else.
//!
//! `TOWER_CORS_WRITE=1 cargo test -p tower-cors-tower migration` writes the page's marked parts.

mod built;
mod classes;
mod page;
mod pairs;
mod requests;
mod steps;
use classes::CLASSES;
use page::Found;
use pairs::{Pair, pairs};
use requests::{ORIGINS, PATHS, REQUESTS, RESPONSES};
use steps::Case;

#[test]
fn answers_differ_as_the_page_says_and_in_nothing_else() {
    let pairs = pairs();
    let cases = cases(&pairs);
    let mut found: Vec<Found> = CLASSES.iter().map(|_| Found::default()).collect();
    let mut unlisted = Vec::new();
    for (number, case) in (1..).zip(&cases) {
        for step in case.steps() {
            let mut classes = CLASSES.iter().zip(&mut found).filter(|(c, _)| (c.is)(&step));
            match (classes.next(), classes.next()) {
                (Some((_, found)), None) => found.add(&step, number),
                (None, _) => unlisted.push(format!("in no class: {step}")),
                (Some((one, _)), Some((other, _))) => {
                    unlisted.push(format!("in two, {} and {}: {step}", one.title, other.title));
                }
            }
        }
    }
    let some = unlisted[..unlisted.len().min(20)].join("\n");
    assert!(unlisted.is_empty(), "{} differences not as listed, such as\n{some}", unlisted.len());
    let gone = CLASSES.iter().zip(&found).filter(|(_, found)| found.is_empty());
    let gone: Vec<_> = gone.map(|(class, _)| class.title).collect();
    assert_eq!(gone, [""; 0], "listed, and found no more");
    page::compare("answers", &page::answers(&found, cases.len()));
    page::compare("left", &page::left(&found));
}

/// Every pair with every request, in front of every service.
fn cases(pairs: &[Pair]) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    for pair in pairs {
        for path in PATHS {
            for origin in ORIGINS {
                for (method, headers) in REQUESTS {
                    cases.extend(RESPONSES.map(|(status, inner)| Case {
                        pair,
                        method,
                        path,
                        origin,
                        headers,
                        status,
                        inner,
                    }));
                }
            }
        }
    }
    cases
}

#[test]
fn configurations_are_built_or_refused_as_the_page_says() {
    page::compare("configurations", &page::built(&built::all()));
}

#[test]
fn every_policy_has_its_section() {
    let untold = pairs().into_iter().map(|pair| pair.name).filter(|name| !page::tells_of(name));
    assert_eq!(untold.collect::<Vec<_>>(), [""; 0]);
}
