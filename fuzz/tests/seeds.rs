//! Every committed seed, checked as a fuzzer checks it.

use std::fs;
use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};
use tower_cors_fuzz::{manifests, origin, pattern, request};

fn all(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut number = 0;
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        // Told before it is checked, so that the one that fails is the last.
        println!("{}", entry.path().display());
        check(&fs::read(entry.path()).unwrap());
        number += 1;
    }
    assert!(number >= 10, "{number} seeds");
}

#[test]
fn manifests_of_a_gateway() {
    all("manifests", manifests::check);
}

#[test]
fn patterns() {
    all("pattern", pattern::check);
}

#[test]
fn origins() {
    all("origin", origin::check);
}

#[test]
fn requests() {
    all("request", |bytes| {
        let case = request::Case::arbitrary(&mut Unstructured::new(bytes));
        request::check(&case.expect("a seed is long enough"));
    });
}
