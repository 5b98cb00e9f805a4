use tower_cors::{CorsLayer, Policy};

fn main() {
    let policy = Policy::permissive();
    let _ = CorsLayer::new(&policy);
}
