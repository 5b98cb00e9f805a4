//! A loop over lists of header pairs, without Tower and without a server: what an external processor
//! of Envoy, a Wasm filter or pingora's hooks would call.
//!
//! Each line of the input is an exchange, the request's pairs and those of the upstream's response;
//! each line of the output is what the client gets.
//!
//! ```sh
//! echo '[[[":method", "GET"], [":path", "/public/logo"], ["origin", "https://a.example"]],
//!        [[":status", "200"], ["vary", "accept"]]]' | tr -d '\n' | cargo run -p examples --bin header_pairs
//! ```

use std::io::{BufRead, stdin};

use tower_cors::{Choice, ConfigErrors, Policy, RequestHead};

mod cors;

use cors::{Next, Pairs, on_request, on_response};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = source()?;
    for line in stdin().lock().lines() {
        let (request, mut response): (Pairs, Pairs) = serde_json::from_str(&line?)?;
        let to_client = match on_request(&source, &request)? {
            Next::Answer(answer) => answer,
            Next::Forward(edits) => {
                on_response(edits, &mut response)?;
                response
            }
        };
        println!("{}", serde_json::to_string(&to_client)?);
    }
    Ok(())
}

/// What is below `/public` is for everybody; nothing else was looked at than the path.
fn source() -> Result<impl Fn(&RequestHead<'_>) -> Choice<'static>, ConfigErrors> {
    let own = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
    let public = Policy::permissive();
    Ok(move |request: &RequestHead<'_>| {
        let is_public = request.uri().path().starts_with("/public/");
        Choice::from(if is_public { public.clone() } else { own.clone() }).by_target()
    })
}
