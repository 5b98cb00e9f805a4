//! What the model client lets a script read from the naive server is what the plain reading
//! promises: two readings of one config that share only the origin matcher.

use tower_cors_oracle::fetch_client::Engine;
use tower_cors_oracle::judge::{Seen, caching, judge, rare};
use tower_cors_oracle::plain::Reading;
use tower_cors_oracle::server::{Fault, NaiveServer};

fn run(fault: Option<Fault>) -> Result<Seen, String> {
    judge(1500, |config| Ok(NaiveServer::new(config, fault)), |_, _, _| Ok(()))
}

#[test]
fn scripts_get_what_the_config_promises() {
    let seen = run(None).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{seen:?}");
    assert_eq!(rare(&seen), [""; 0], "{seen:?}");
}

#[test]
fn the_property_sees_every_fault() {
    for fault in Fault::OF_RESPONSES {
        let failure = run(Some(fault)).expect_err(&format!("{fault:?} is not seen"));
        println!("{fault:?}: {}", failure.lines().next().unwrap_or_default());
    }
}

fn run_with_caches(engine: Engine, fault: Option<Fault>) -> Result<Seen, String> {
    caching::judge(800, engine, |config| Ok(NaiveServer::new(config, fault)))
}

#[test]
fn caches_give_pages_what_the_config_promises() {
    for engine in Engine::ALL {
        let seen = run_with_caches(engine, None).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(caching::rare(&seen, engine), [""; 0], "{engine:?}: {seen:?}");
    }
}

/// All but that of several lines, which browsers do not mind.
#[test]
fn the_property_with_caches_sees_every_fault_of_caches() {
    for fault in Fault::OF_CACHES.into_iter().filter(|fault| *fault != Fault::VaryInLines) {
        let seen = Engine::ALL.iter().find_map(|engine| {
            let failure = run_with_caches(*engine, Some(fault)).err()?;
            Some(failure.lines().next().unwrap_or_default().to_owned())
        });
        println!("{fault:?}: {seen:?}");
        assert!(seen.is_some(), "{fault:?} is not seen");
    }
}

/// Found by fuzzing: the layer took it for constant and this reading did not.
#[test]
fn any_origin_written_twice_is_any_origin() {
    let constant = |json: &str| Reading::of(json).constant();
    assert!(constant(r#"{"allowOrigins": ["*"]}"#));
    assert!(constant(r#"{"allowOrigins": ["*", "*"]}"#));
    assert!(!constant(r#"{"allowOrigins": ["*", "*"], "allowCredentials": true}"#));
    assert!(!constant(r#"{"allowOrigins": []}"#));
}
