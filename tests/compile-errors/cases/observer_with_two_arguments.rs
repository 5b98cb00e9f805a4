use tower_cors::{CorsLayer, Decision, Policy, RequestHead};

fn main() {
    let layer = CorsLayer::new(Policy::permissive());
    let _ = layer.observe(|_: &RequestHead<'_>, _: &Decision<'_>| {});
}
