//! Building, printing, comparing and dropping cost in proportion to what is written, and recurse into
//! nothing.

use std::fmt::{self, Write};
use std::time::{Duration, Instant};

use tower_cors::{Policy, PolicyConfig};

/// Enough for what recurses to run out of its stack, and for what is quadratic to be seen.
const MANY: usize = 100_000;

/// Counts what is written, and keeps nothing of it.
#[derive(Default)]
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

fn printed(value: impl fmt::Debug) -> usize {
    let mut count = Count::default();
    write!(count, "{value:?}").unwrap();
    count.0
}

#[test]
fn a_long_chain_of_configs() {
    chain_of(MANY);
}

#[test]
#[ignore = "takes a minute without optimization"]
fn a_chain_of_a_million_configs() {
    chain_of(1_000_000);
}

fn chain_of(many: usize) {
    let one = || Policy::builder().allow_origins(["https://a.example"]);
    let chain = (1..many).fold(one(), |chain, _| chain.or(one()));
    assert_eq!(chain.chain().count(), many);
    assert!(printed(&chain) > many * 100);
    let copy = chain.clone();
    assert_eq!(chain, copy);
    // From the end, a chain takes no longer.
    assert_eq!(chain, (1..many).fold(one(), |chain, _| one().or(chain)));
    // One chain behind another costs what is added.
    let twice = one().or(copy);
    assert_eq!(twice.chain().count(), many + 1);
    assert_ne!(chain, twice);
    drop(twice);
    let policy = chain.build().unwrap();
    assert_eq!(policy, policy.clone());
    assert!(printed(&policy) < 1000);
}

#[test]
fn errors_of_many_broken_configs() {
    errors_of(MANY);
}

#[test]
#[ignore = "takes a minute without optimization"]
fn errors_of_a_million_broken_configs() {
    errors_of(1_000_000);
}

fn errors_of(many: usize) {
    let one = || Policy::builder().allow_origins(["a.example"]);
    let chain = (1..many).fold(one(), |chain, _| chain.or(one()));
    let errors = chain.build().unwrap_err();
    assert_eq!(errors.iter().count(), many);
    let last = errors.iter().next_back().unwrap();
    assert_eq!(last.path(), format!("or[{}].allowOrigins[0]", many - 2));
    // A line each, the longest of which has the longest number.
    let mut count = Count::default();
    write!(count, "{errors}").unwrap();
    assert!(count.0 <= many * (last.to_string().len() + 1));
}

/// `configs` of 100 origins each, half of them open labels.
fn large(configs: usize) -> PolicyConfig {
    let one = |config: usize| {
        let origins = (0..100).map(move |entry| match entry % 2 {
            0 => format!("https://a{entry}.b{config}.example.com"),
            _ => format!("https://a{entry}-*.b{}.example.com", config % 10),
        });
        Policy::builder().allow_origins(origins).allow_credentials(true)
    };
    (1..configs).fold(one(0), |chain, config| chain.or(one(config)))
}

#[test]
fn lints_are_linear_in_the_config() {
    let time = |configs: usize| {
        let policy = large(configs).build().unwrap();
        let start = Instant::now();
        // Of ten configs each, all but the first repeat the open labels.
        assert_eq!(policy.lints().len(), 50 * (configs - 10));
        start.elapsed()
    };
    let (small, big) = (time(25), time(400));
    println!("{small:?} for 25 configs, {big:?} for 400");
    // Sixteen times, and twice as much for a busy machine. A square would be 256 times.
    assert!(big < 32 * small.max(Duration::from_millis(20)), "{small:?} {big:?}");
}
