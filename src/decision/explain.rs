//! [`Decision::explain`]: the decision for a person.

use crate::decision::Decision;

impl Decision<'_> {
    /// What was decided and why, for a person.
    ///
    /// ```
    /// # use http::Request;
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = Request::get("/").body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
    /// assert_eq!(policy.decide(&head).explain(), "not a CORS request: no Origin header");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn explain(&self) -> String {
        self.to_string()
    }
}
