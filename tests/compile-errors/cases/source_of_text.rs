use tower_cors::CorsLayer;

fn main() {
    let _ = CorsLayer::new("https://app.example.com");
}
