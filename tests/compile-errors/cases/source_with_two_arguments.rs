use tower_cors::{CorsLayer, Policy, RequestHead};

fn main() {
    let _ = CorsLayer::new(|_: &RequestHead<'_>, _: u8| Policy::permissive());
}
