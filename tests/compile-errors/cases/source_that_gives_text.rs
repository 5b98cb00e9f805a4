use tower_cors::{CorsLayer, RequestHead};

fn main() {
    let _ = CorsLayer::new(|_: &RequestHead<'_>| "https://app.example.com");
}
