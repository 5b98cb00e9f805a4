//! `examples/failures.rs`

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use tower_cors_running::PATIENCE;

use super::{APP, EVIL, HIDDEN, start, status};

#[test]
fn a_timeout_and_a_panic_are_read_as_their_status() {
    let mut failures = start("failures", &[]);
    for (path, expected) in [("/", 200), ("/slow", 408), ("/panic", 500), ("/", 200)] {
        let read = failures.fetch(APP, path, |fetch| fetch);
        assert_eq!(status(&read.verdict), Some(expected), "{path}");
        let denied = failures.fetch(EVIL, path, |fetch| fetch);
        assert_eq!(denied.verdict.refusal(), Some(&HIDDEN), "{path}");
    }
}

/// Others keep the one place busy until a request finds it so.
#[test]
fn overload_is_read_as_503_with_its_retry_after() {
    let mut failures = start("failures", &[]);
    let (url, found) = (failures.url("/slow"), AtomicBool::new(false));
    let refused = thread::scope(|scope| {
        scope.spawn(|| {
            while !found.load(Ordering::Relaxed) {
                let _ = std::process::Command::new("curl").args(["-s", &url]).output();
            }
        });
        let end = Instant::now() + PATIENCE;
        let mut ask = || {
            let outcome = failures.fetch(APP, "/", |fetch| fetch);
            (status(&outcome.verdict) == Some(503)).then_some(outcome)
        };
        let refused = std::iter::from_fn(|| (Instant::now() < end).then(&mut ask)).flatten().next();
        found.store(true, Ordering::Relaxed);
        refused
    });
    let refused = refused.expect("a request is refused while another is served");
    assert_eq!(refused.verdict.header("retry-after"), Some("1"));
}
