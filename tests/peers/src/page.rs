//! The table is what is seen, and the pages are the table.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::peer::Peer;
use crate::table::{Cell, Column, Group, LINKS, Row, TABLE};

const OTHERS: [&str; 3] = ["Envoy", "jub0bs/cors", "agentgateway"];

#[test]
fn peers_do_what_the_table_says() {
    let mut wrong = String::new();
    for row in rows() {
        for (peer, says) in Peer::ALL.into_iter().zip(row.run) {
            let seen = (row.probe)(peer);
            if seen != says {
                let _ = writeln!(wrong, "{}: {peer:?}: {seen:?}, not {says:?}", row.what);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What is said of Envoy by its differences is in the list that `tests/engines/envoy.rs` holds it to.
#[test]
fn differences_of_envoy_are_listed() {
    let list = read(&root().join("tests/engines/envoy/differences.rs"));
    let list = list.split_whitespace().collect::<String>();
    let listed = |name: &str| list.contains(&format!("listed({name},"));
    for row in rows() {
        for cell in row.others {
            if let Cell::Envoy(_, names) = cell {
                let missing: Vec<_> = names.iter().filter(|name| !listed(name)).collect();
                assert!(missing.is_empty(), "{}: {missing:?}", row.what);
            }
        }
    }
}

/// The tests that notes name are there.
#[test]
fn notes_name_tests() {
    let tests = include_str!("options.rs");
    for (_, note) in rows().flat_map(|row| row.notes) {
        for rest in note.split("(`").skip(1) {
            let name = rest.split('`').next().expect("a name");
            assert!(tests.contains(&format!("fn {name}()")), "{note}");
        }
    }
}

#[test]
fn pages_are_the_table() {
    let page = root().join("docs/comparison.md");
    hold(&page, "versions", &versions());
    hold(&page, "short", &short());
    hold(&page, "table", &format!("{}{}", long(), links("../", |_| true)));
    let readme = root().join("README.md");
    if read(&readme).contains(&begin("short")) {
        let wanted = |name: &str| rows().any(|row| row.short && links_to(row, name));
        hold(&readme, "short", &format!("{}{}", short(), links("", wanted)));
    }
}

/// That this part of a page is that text; or with `TOWER_CORS_WRITE=1`, it is written there.
fn hold(page: &Path, part: &str, text: &str) {
    let whole = read(page);
    let (begin, end) = (begin(part), format!("<!-- comparison: {part} ends -->"));
    let bounds = whole.find(&begin).zip(whole.find(&end));
    let (from, to) = bounds.unwrap_or_else(|| panic!("{page:?} has no part {part}"));
    let from = from + begin.len();
    let text = format!("\n\n{}\n\n", text.trim());
    if whole[from..to] == text {
        return;
    }
    let write = std::env::var_os("TOWER_CORS_WRITE").is_some_and(|value| value == "1");
    assert!(write, "{page:?}: {part} is not the table; run with TOWER_CORS_WRITE=1");
    let written = format!("{}{text}{}", &whole[..from], &whole[to..]);
    std::fs::write(page, written).expect("the page can be written");
}

fn begin(part: &str) -> String {
    format!("<!-- comparison: {part} begins; written by tests/peers -->")
}

/// Whose versions were run: those of the lock file, and the one that `tests/engines/envoy.rs` asks for.
fn versions() -> String {
    let lock = read(&root().join("Cargo.lock"));
    let own = lock.split_once("name = \"tower-cors-peers\"\n").expect("this package").1;
    let own = own.split("[[package]]").next().expect("its entry");
    let version = |package: &str| {
        // The dependency says its version where there are several.
        let said = own.split_once(&format!("\"{package} "));
        let start = format!("name = \"{package}\"\nversion = \"");
        let (_, rest) = said.or_else(|| lock.split_once(&start)).expect("a dependency");
        rest.split('"').next().expect("a version").to_owned()
    };
    let peers = Peer::ALL.into_iter().filter_map(Peer::package);
    let peers: Vec<_> = peers.map(|package| format!("{package} {}", version(package))).collect();
    let envoy = read(&root().join("tests/engines/envoy.rs"));
    let envoy = envoy.split_once("const VERSION: &str = \"").expect("a version").1;
    let envoy = envoy.split('"').next().expect("a version");
    format!("Run: {}, Envoy {envoy}.\n", peers.join(", "))
}

fn short() -> String {
    let mut text = head("");
    for row in rows().filter(|row| row.short) {
        line(&mut text, row.what, &mut cells(row, |_| String::new()).into_iter());
    }
    text
}

fn long() -> String {
    let mut text = String::new();
    for Group { title, rows } in TABLE {
        let _ = write!(text, "\n## {title}\n\n{}", head(""));
        let mut notes = Vec::new();
        for row in *rows {
            for (_, note) in row.notes {
                if !notes.contains(note) {
                    notes.push(*note);
                }
            }
            let marks = |column| {
                let own = row.notes.iter().filter(|(columns, _)| columns.contains(&column));
                let numbers = own.filter_map(|(_, note)| notes.iter().position(|one| one == note));
                let numbers: Vec<_> = numbers.map(|at| (at + 1).to_string()).collect();
                if numbers.is_empty() {
                    return String::new();
                }
                format!("<sup>{}</sup>", numbers.join(","))
            };
            line(&mut text, row.what, &mut cells(row, marks).into_iter());
        }
        for (at, note) in notes.iter().enumerate() {
            let gap = if at == 0 { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{}. {note}", at + 1);
        }
    }
    text
}

fn head(first: &str) -> String {
    let names: Vec<_> = Peer::ALL.iter().map(|peer| name(*peer)).chain(OTHERS).collect();
    let mut text = String::new();
    line(&mut text, first, &mut names.iter().map(|name| (*name).to_owned()));
    line(&mut text, "---", &mut names.iter().map(|_| "---".to_owned()));
    text
}

fn line(text: &mut String, first: &str, cells: &mut dyn Iterator<Item = String>) {
    *text += &format!("| {first} |");
    cells.for_each(|cell| *text += &format!(" {cell} |"));
    *text += "\n";
}

fn cells(row: &Row, marks: impl Fn(Column) -> String) -> Vec<String> {
    let run = Peer::ALL.into_iter().zip(row.run);
    let run = run.map(|(peer, says)| format!("{says}{}", marks(Column::Run(peer))));
    let others = row.others.iter().enumerate().map(|(at, cell)| {
        let marks = if at == 0 { marks(Column::Envoy) } else { String::new() };
        match cell {
            Cell::Envoy(says, _) => format!("[{says}][envoy]{marks}"),
            Cell::Read(says, from) => format!("*[{says}][{from}]*{marks}"),
            Cell::Unknown => "*not checked*".to_owned(),
        }
    });
    run.chain(others).collect()
}

fn links(root: &str, wanted: impl Fn(&str) -> bool) -> String {
    let wanted = LINKS.iter().filter(|(name, _)| wanted(name));
    let lines = wanted.map(|(name, to)| format!("[{name}]: {}\n", to.replace("{root}", root)));
    format!("\n{}", lines.collect::<String>())
}

fn links_to(row: &Row, name: &str) -> bool {
    row.others.iter().any(|cell| match cell {
        Cell::Envoy(..) => name == "envoy",
        Cell::Read(_, from) => *from == name,
        Cell::Unknown => false,
    })
}

fn name(peer: Peer) -> &'static str {
    match peer {
        Peer::Ours => "tower-cors",
        Peer::TowerHttp => "tower-http",
        Peer::Actix => "actix-cors",
        Peer::Poem => "poem",
        Peer::Salvo => "salvo",
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().flat_map(|group| group.rows)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}
