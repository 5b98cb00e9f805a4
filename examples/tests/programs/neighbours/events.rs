//! `examples/events.rs`

use tower_cors_oracle::fetch_client::{Credentials, Refusal};

use super::{APP, EVIL, HIDDEN, body, header, start, status};

#[test]
fn a_script_reads_the_stream_and_goes_on_where_it_was() {
    let mut events = start("events", &[]);
    let all = events.fetch(APP, "/events", |fetch| fetch.credentials(Credentials::Include));
    assert_eq!((all.preflights(), ids(body(&all.verdict))), (0, vec![1, 2, 3, 4, 5]));
    let rest = events.fetch(APP, "/events", |fetch| fetch.header("last-event-id", "3"));
    assert_eq!((rest.preflights(), ids(body(&rest.verdict))), (1, vec![4, 5]));
    let end = events.fetch(APP, "/events", |fetch| fetch.header("last-event-id", "5"));
    assert_eq!(status(&end.verdict), Some(204));
    let denied = events.fetch(EVIL, "/events", |fetch| fetch);
    assert_eq!(denied.verdict.refusal(), Some(&HIDDEN));
    let unlisted = events.fetch(APP, "/events", |fetch| fetch.header("x-debug", "1"));
    assert_eq!(unlisted.verdict.refusal(), Some(&Refusal::HeaderNotAllowed("x-debug".to_owned())));
}

/// `EventSource` sets `Last-Event-ID` itself and sends no preflight:
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection>.
#[test]
fn what_an_event_source_sends_is_answered_without_a_preflight() {
    let events = start("events", &[]);
    let headers = [
        ("origin", APP),
        ("accept", "text/event-stream"),
        ("last-event-id", "4"),
        ("cookie", "a=b"),
    ];
    let answer = events.send("GET", "/events", &headers, "");
    assert_eq!(header(&answer, "content-type"), Some("text/event-stream"));
    assert_eq!(header(&answer, "access-control-allow-origin"), Some(APP));
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
    assert_eq!(ids(std::str::from_utf8(answer.body()).expect("text")), [5]);
}

fn ids(stream: &str) -> Vec<u32> {
    let lines = stream.lines().filter_map(|line| line.strip_prefix("id: "));
    lines.map(|id| id.parse().expect("a number")).collect()
}
