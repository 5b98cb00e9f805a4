use tower_cors::{CorsLayer, Policy};

fn main() {
    let _ = CorsLayer::new(Policy::builder().allow_origins(["https://app.example.com"]));
}
