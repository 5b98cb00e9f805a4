use http::{Request, Response};
use tower_cors::{Choice, CorsLayer, PolicySource, RequestHead};

struct Tenants;

impl PolicySource for Tenants {
    fn choose<'a>(&'a self, _: &RequestHead<'a>) -> Choice<'a> {
        Choice::pass()
    }
}

/// As axum's `Router::layer` asks.
fn around<L: tower_layer::Layer<S> + Clone, S>(_: L, _: S) {}

fn main() {
    let inner = |_: Request<String>| async { Response::new(String::new()) };
    around(CorsLayer::new(Tenants), inner);
}
