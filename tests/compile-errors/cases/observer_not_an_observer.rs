use tower_cors::{CorsLayer, Policy};

#[derive(Clone)]
struct Counter;

fn main() {
    let _ = CorsLayer::new(Policy::permissive()).observe(Counter);
}
