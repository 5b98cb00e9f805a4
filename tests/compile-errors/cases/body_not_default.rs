use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_cors::{Cors, Policy};
use tower_service::Service;

struct Body;

struct Inner;

impl Service<Request<()>> for Inner {
    type Response = Response<Body>;
    type Error = ();
    type Future = Ready<Result<Response<Body>, ()>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(Body)))
    }
}

fn serve(_: impl Service<Request<()>>) {}

fn main() {
    serve(Cors::new(Inner, Policy::permissive()));
}
