//! What the examples' head comments say to type.

use tower_cors_running::commands;

use super::start;

/// For each line with curl, the status of its answer, and what else is in that.
const ANSWERS: &[(&str, &[(&str, &str)])] = &[
    ("events", &[("200", "\r\n\r\nid: 1\n"), ("200", "\r\n\r\nid: 4\n")]),
    ("failures", &[("408", ALLOWED), ("500", ALLOWED)]),
    ("hyper", &[("200", ALLOWED), ("204", "\r\naccess-control-allow-methods: PUT\r\n")]),
    ("proxy", &[("200", "\r\nvary: origin\r\n"), ("200", ANYBODY)]),
    ("static_files", &[("206", "\r\ncontent-range: bytes 0-15/")]),
];

const ALLOWED: &str = "\r\naccess-control-allow-origin: https://app.example.com\r\n";
const ANYBODY: &str = "\r\naccess-control-allow-origin: *\r\n";

#[test]
fn each_line_gives_what_the_comment_says() {
    for (name, answers) in ANSWERS {
        let program = start(name, &[]);
        let lines = commands(&format!("{}/{name}.rs", env!("CARGO_MANIFEST_DIR")));
        assert_eq!(lines[0], format!("cargo run -p examples --bin {name}"));
        // Those with `&` need two at once, and have a test of their own.
        let lines: Vec<_> = lines[1..].iter().filter(|line| !line.contains(" & ")).collect();
        assert_eq!(lines.len(), answers.len(), "{name}");
        for (line, (status, part)) in lines.into_iter().zip(*answers) {
            let answer = program.typed(line);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
            assert!(answer.contains(part), "{line}: no {part:?} in {answer}");
        }
    }
}
