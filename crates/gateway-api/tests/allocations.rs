//! What a look-up allocates, counted by the allocator and not timed.

use std::hint::black_box;

use allocation_counter::measure;
use http::Request;
use tower_cors::RequestHead;
use tower_cors_gateway_api::{Manifest, RouteTable};

/// Each decoded parameter is an allocation: so it is seen how often they are read.
#[test]
fn a_query_is_read_once_however_many_matches_ask_for_it() {
    let table = |matches: usize| -> RouteTable {
        let one = |n| format!("{{queryParams: [{{name: q{n}, value: '1'}}]}}");
        let matches: Vec<String> = (0..matches).map(one).collect();
        let manifest: Manifest = serde_saphyr::from_str(&format!(
            "{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: r}}, \
             spec: {{parentRefs: [{{name: web}}], rules: [{{matches: [{}]}}]}}}}",
            matches.join(", ")
        ))
        .unwrap();
        RouteTable::builder().manifests([manifest]).build().unwrap()
    };
    let request = Request::get(format!("/?{}", "%41=%42&".repeat(1000))).body(()).unwrap();
    let read = |table: RouteTable| {
        let counted =
            measure(|| assert!(black_box(table.route(&RequestHead::from(&request))).is_none()));
        (counted.count_total, counted.bytes_total)
    };
    assert_eq!(read(table(64)), read(table(1)));
}
