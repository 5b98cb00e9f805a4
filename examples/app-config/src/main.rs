//! The policy as a part of the application's own config: a file, and environment variables over it.
//! With a wrong origin the program does not start, and says all that is wrong.
//!
//! ```sh
//! APP_CORS__MAX_AGE=60 cargo run -p app-config
//! curl -i -X OPTIONS localhost:3000/ -H "Origin: https://app.example.com" -H "Access-Control-Request-Method: PUT"
//! ```
//!
//! `app.toml` beside the source is the file. `APP_PORT`, `APP_CORS__MAX_AGE` and their like replace
//! one field each; lists are separated by commas, as in
//! `APP_CORS__ALLOW_ORIGINS=https://a.example,https://b.example`.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use config::{Config, ConfigError, Environment, File, FileFormat};
use serde::Deserialize;
use tokio::net::TcpListener;
use tower_cors::{CorsLayer, Policy, PolicyConfig};

#[derive(Deserialize)]
struct AppConfig {
    port: u16,
    greeting: String,
    /// Not a [`Policy`], which would be built by the reader: its errors are told one by one below.
    cors: PolicyConfig,
}

/// The fields of `cors` that are lists: their variables are split at commas, and no other's.
const LISTS: [&str; 4] = ["allow_origins", "allow_methods", "allow_headers", "expose_headers"];

fn read(file: &Path) -> Result<AppConfig, ConfigError> {
    let mut environment =
        Environment::with_prefix("APP").prefix_separator("_").separator("__").try_parsing(true);
    environment = environment.list_separator(",");
    for list in LISTS {
        environment = environment.with_list_parse_key(&format!("cors.{list}"));
    }
    Config::builder()
        .add_source(File::from(file).format(FileFormat::Toml))
        .add_source(environment)
        .build()?
        .try_deserialize()
}

/// # Errors
///
/// Everything that is wrong with the policy, a line each, where it stands in the file.
fn build(cors: PolicyConfig) -> Result<Policy, String> {
    cors.build().map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("cors.{error}")).collect();
        lines.join("\n")
    })
}

#[derive(Parser)]
#[command(about = "The policy as a part of the application's own config")]
struct Args {
    /// The file of the config
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/app.toml"))]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let file = args.config.display();
    let in_file = |errors: String| format!("in {file} or the environment:\n{errors}");
    let config = read(&args.config).map_err(|error| in_file(error.to_string()))?;
    let policy = build(config.cors).map_err(in_file)?;
    for lint in policy.lints() {
        eprintln!("warning: cors.{lint}");
    }
    let greeting = config.greeting;
    let app = Router::new()
        .route("/", get(async move || greeting).put(|| async { "saved" }))
        .layer(CorsLayer::new(policy));
    let serve = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, app).await
    };
    serve.await.map_err(|error| format!("cannot serve: {error}"))
}
