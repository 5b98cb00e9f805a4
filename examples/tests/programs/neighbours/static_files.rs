//! `examples/static_files.rs`

use std::fs;
use std::path::{Path, PathBuf};

use tower_cors_oracle::fetch_client::{Client, Fetch};

use super::{APP, EVIL, body, header, start, status};

#[test]
fn parts_of_a_file_are_read_with_their_place_in_it() {
    let folder = folder("parts");
    let mut files = start("static_files", &["--folder", folder.to_str().expect("a path in UTF-8")]);
    let whole = files.fetch(APP, "/film.txt", |fetch| fetch);
    assert_eq!(body(&whole.verdict), "0123456789");
    assert_eq!(whole.verdict.header("accept-ranges"), Some("bytes"));

    // A first range is safelisted, one that counts from the end is not.
    for (range, preflights, expected, part) in [
        ("bytes=2-4", 0, "bytes 2-4/10", "234"),
        ("bytes=7-", 0, "bytes 7-9/10", "789"),
        ("bytes=-2", 1, "bytes 8-9/10", "89"),
    ] {
        let read = files.fetch(APP, "/film.txt", |fetch| fetch.header("range", range));
        assert_eq!((read.preflights(), status(&read.verdict)), (preflights, Some(206)), "{range}");
        assert_eq!(read.verdict.header("content-range"), Some(expected));
        assert_eq!(body(&read.verdict), part);
    }
    let beyond = files.fetch(APP, "/film.txt", |fetch| fetch.header("range", "bytes=20-"));
    assert_eq!(status(&beyond.verdict), Some(416));
    assert_eq!(beyond.verdict.header("content-range"), Some("bytes */10"));
    let missing = files.fetch(APP, "/nothing.txt", |fetch| fetch);
    assert_eq!(status(&missing.verdict), Some(404));
}

#[test]
fn what_has_not_changed_is_not_sent_again_and_stays_readable() {
    let folder = folder("unchanged");
    let mut files = start("static_files", &["--folder", folder.to_str().expect("a path in UTF-8")]);
    let whole = files.fetch(APP, "/film.txt", |fetch| fetch);
    let etag = whole.verdict.header("etag").expect("a readable etag").to_owned();

    // The script asks itself, and is told 304.
    let asked = files.fetch(APP, "/film.txt", |fetch| fetch.header("if-none-match", &*etag));
    assert_eq!((asked.preflights(), status(&asked.verdict)), (1, Some(304)));
    assert_eq!(asked.verdict.header("etag"), Some(&*etag));

    // The browser asks for its cache, whichever page it is for, and gives the script the file.
    let (mut browser, url) = (Client::with_http_cache(), files.url("/film.txt"));
    for origin in [APP, EVIL] {
        let read = browser.fetch(&mut files, &Fetch::new(origin, &*url));
        assert_eq!((read.preflights(), body(&read.verdict)), (0, "0123456789"));
        assert_eq!(read.verdict.header("etag"), Some(&*etag));
    }
    let answer = files.send("GET", "/film.txt", &[("origin", EVIL), ("if-none-match", &etag)], "");
    assert_eq!((answer.status().as_u16(), answer.body().len()), (304, 0));
    assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&answer, "vary"), None, "one answer for all origins");
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("static-files-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("film.txt"), "0123456789").expect("a file");
    folder
}
