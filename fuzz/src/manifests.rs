//! Any text as the manifests of a Gateway.

use http::Request;
use tower_cors::{Choice, PolicySource, RequestHead};
use tower_cors_gateway_api::{Manifest, RouteTable};

/// No text panics. What is no table is told, a line for each mistake; a table gives a preflight
/// what every backend of its rule gives, and no more.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(manifests) = serde_saphyr::from_multiple::<Option<Manifest>>(text) else { return };
    let manifests = manifests.into_iter().flatten();
    let table = match RouteTable::builder().manifests(manifests).build() {
        Ok(table) => table,
        Err(errors) => {
            assert!(errors.iter().count() > 0, "refused without a word");
            for error in &errors {
                let told = error.to_string();
                assert!(!told.contains(char::is_control), "{told:?} is more than a line");
            }
            return;
        }
    };
    for lint in table.lints() {
        assert!(!lint.to_string().contains(char::is_control), "{lint:?} is more than a line");
    }
    for host in ["www.example.com", "a.example", "x"] {
        for (path, method, names) in
            [("/", "PUT", ""), ("/a/b?q=1", "GET", "x-a"), ("/headers", "DELETE", "authorization")]
        {
            for origin in
                ["https://example.com", "https://a.b.example", "null", "http://localhost:1"]
            {
                check_preflight(&table, host, path, [origin, method, names]);
            }
        }
    }
}

fn check_preflight(table: &RouteTable, host: &str, path: &str, asked: [&str; 3]) {
    let request = Request::options(path)
        .header("host", host)
        .header("origin", asked[0])
        .header("access-control-request-method", asked[1])
        .header("access-control-request-headers", asked[2])
        .body(())
        .expect("a request");
    let head = RequestHead::from(&request);
    let allows = |choice: Choice<'_>| {
        choice.decide(&head).is_some_and(|decision| decision.denial().is_none())
    };
    let whole = table.choose(&head);
    let Some(route) = table.route(&head) else { return };
    let weighty = |(_, backend): &(usize, &_)| tower_cors_gateway_api::Backend::weight(backend) > 0;
    let mut reached = route.backends().iter().enumerate().filter(weighty).peekable();
    if reached.peek().is_some() {
        let each = reached.all(|(index, _)| allows(route.choice(index)));
        assert_eq!(allows(whole), each, "{host} {path} {asked:?}");
    }
}
