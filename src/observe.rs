//! [`Observer`]: who is told of decisions.

use crate::decision::Decision;
use crate::request::RequestHead;

/// Who is told of every decision, before it takes effect: nobody, `()`, or a function.
///
/// It is called in the request's path, once a request: count, log, and return. Implemented by `()`
/// and by every function that [`CorsLayer::observe`](crate::CorsLayer::observe) takes, and by
/// nothing else.
pub trait Observer: sealed::Sealed {
    /// Called with the request and what the policy says of it.
    fn decided(&self, request: &RequestHead<'_>, decision: &Decision<'_>);
}

/// Nobody.
impl Observer for () {
    fn decided(&self, _: &RequestHead<'_>, _: &Decision<'_>) {}
}

impl<F: Fn(&RequestHead<'_>, &Decision<'_>)> Observer for F {
    fn decided(&self, request: &RequestHead<'_>, decision: &Decision<'_>) {
        self(request, decision);
    }
}

mod sealed {
    use crate::decision::Decision;
    use crate::request::RequestHead;

    pub trait Sealed {}

    impl Sealed for () {}

    impl<F: Fn(&RequestHead<'_>, &Decision<'_>)> Sealed for F {}
}
