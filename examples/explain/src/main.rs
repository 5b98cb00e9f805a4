//! Says why a browser lets a script read a response, or does not, by a policy in a file.
//!
//! ```sh
//! cargo run -p explain -- policy.yaml -X PUT -H 'Origin: https://app.example.com' \
//!     -H 'Content-Type: application/json' https://api.example.com/item
//! cargo run -p explain -- policy.yaml --har network.har
//! ```
//!
//! The policy is YAML or JSON as `PolicyConfig` has it, or Kubernetes manifests with CORS in them.
//! The request is told as to curl. What a browser does with it is asked of the model of the Fetch
//! standard that the crate's tests are judged by.

mod ask;
mod browser;
mod compare;
mod har;
mod judged;
mod paint;
mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use crate::ask::Ask;
use crate::compare::Compared;
use crate::judged::plain;
use crate::paint::Paint;
use crate::source::Source;

#[derive(Parser)]
#[command(about = "Says why a browser lets a script read a response, or does not")]
#[command(after_help = "Exit status: 0 allowed, 1 not allowed, 2 bad input")]
struct Args {
    /// The policy's file: YAML or JSON, or Kubernetes manifests; or a folder of these
    policy: PathBuf,
    /// The URL that is fetched
    #[arg(required_unless_present = "har", conflicts_with = "har")]
    url: Option<String>,
    /// The method
    #[arg(short = 'X', long, value_name = "METHOD", conflicts_with = "har")]
    request: Option<String>,
    /// A header; may be given several times. `Origin` is the page's origin
    #[arg(short = 'H', long, value_name = "NAME: VALUE", conflicts_with = "har")]
    header: Vec<String>,
    /// A body, which makes it a POST, as curl does
    #[arg(short, long, value_name = "TEXT", conflicts_with = "har")]
    data: Option<String>,
    /// What is fetched has `credentials: "include"`, as a `Cookie` header says too
    #[arg(long)]
    credentials: bool,
    /// Every cross-origin request of a HAR file that a browser's network panel saved
    #[arg(long, value_name = "FILE")]
    har: Option<PathBuf>,
    /// The Gateway whose manifests are read; default: the only one that they refer to
    #[arg(long, value_name = "NAMESPACE/NAME")]
    gateway: Option<String>,
    /// For programs: one JSON document
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(errors) => {
            for error in errors {
                anstream::eprintln!("{} {error}", Paint::Bad.on("error:"));
            }
            ExitCode::from(2)
        }
    }
}

/// Whether everything is allowed.
///
/// # Errors
///
/// Everything that is wrong with the input.
fn run(args: &Args) -> Result<bool, Vec<String>> {
    let source = Source::read(&args.policy, args.gateway.as_deref());
    match (&args.har, &args.url) {
        (Some(har), _) => {
            let (source, har) = both(source, har::read(har))?;
            har_file(args, &source, &har)
        }
        (None, url) => {
            let ask = Ask::read(args, url.as_deref().unwrap_or_default());
            let (source, ask) = both(source, ask)?;
            Ok(one_request(args, &source, &ask))
        }
    }
}

/// Both, or the errors of both.
fn both<A, B>(
    one: Result<A, Vec<String>>,
    other: Result<B, Vec<String>>,
) -> Result<(A, B), Vec<String>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err(one.err().into_iter().chain(other.err()).flatten().collect::<Vec<_>>()),
    }
}

fn one_request(args: &Args, source: &Source, ask: &Ask) -> bool {
    let judged = ask.judge(source);
    if args.json {
        let mut document = judged.to_json();
        document["lints"] = json!(source.lints);
        println!("{document:#}");
    } else {
        print_lints(source);
        anstream::println!("{judged}");
    }
    judged.allowed()
}

fn har_file(args: &Args, source: &Source, har: &[har::Exchange]) -> Result<bool, Vec<String>> {
    let compared: Vec<_> =
        har.iter().map(|exchange| Compared::new(source, exchange, args.credentials)).collect();
    if args.json {
        let entries: Vec<_> = compared.iter().map(Compared::to_json).collect();
        println!("{:#}", json!({"lints": source.lints, "entries": entries}));
    } else {
        print_lints(source);
        for one in &compared {
            anstream::println!("{one}");
        }
        let allowed = compared.iter().filter(|one| one.allowed()).count();
        anstream::println!("{allowed} of {} cross-origin requests are allowed", compared.len());
    }
    Ok(compared.iter().all(Compared::allowed))
}

fn print_lints(source: &Source) {
    for lint in &source.lints {
        anstream::println!("{} {}", Paint::Warning.on("lint:"), plain(lint));
    }
    if !source.lints.is_empty() {
        anstream::println!();
    }
}
