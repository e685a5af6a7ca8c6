//! The rules of the repository, as far as a machine can hold them. Each rule is a function from one file to what is
//! wrong with it, held against every file here, and once against a file that breaks it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of code longer than this is two files.
const CODE_LINES_MAX: usize = 800;

/// Folders that hold nothing that is ours to keep tidy.
const SKIPPED: &[&str] = &["target", ".git", "tillbridge-data"];

/// What counts as text here.
const TEXT_ENDINGS: &[&str] = &["rs", "md", "toml", "json", "html", "css", "sh", "yml", "sql"];

/// Where the rows about Engage stand.
const FACTS: &str = "docs/engage-facts.md";

struct File {
    /// From the root of the repository, with forward slashes.
    path: String,
    text: String,
}

impl File {
    fn is(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == ending)
    }

    fn at(&self, offset: usize, problem: &str) -> String {
        let line = 1 + self.text[..offset].matches('\n').count();
        format!("{}:{line}: {problem}", self.path)
    }
}

#[test]
fn no_file_of_code_is_too_long() {
    holds_for_every_file(too_long);
    breaks(too_long, "a.rs", &"\n".repeat(CODE_LINES_MAX + 1));
}

#[test]
fn nothing_is_left_for_later() {
    holds_for_every_file(left_for_later);
    breaks(left_for_later, "a.rs", &["fn f() { to", "do!() }"].concat());
    breaks(left_for_later, "a.rs", &["// FIX", "ME"].concat());
}

#[test]
fn every_exception_to_a_lint_gives_its_reason() {
    holds_for_every_file(lint_without_reason);
    breaks(lint_without_reason, "a.rs", &["#[exp", "ect(dead_code)]"].concat());
    breaks(lint_without_reason, "a.rs", &["#![al", "low(dead_code)]"].concat());
}

#[test]
fn no_test_is_skipped_or_waits_for_a_panic() {
    holds_for_every_file(skipped_test);
    breaks(skipped_test, "a.rs", &["#[ign", "ore]"].concat());
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    holds_for_every_file(machine_path);
    breaks(machine_path, "a.md", &["see /ro", "ot/notes"].concat());
}

#[test]
fn every_link_within_the_documents_leads_somewhere() {
    holds_for_every_file(dead_link);
    breaks(dead_link, "README.md", "[gone](docs/there-is-no-such-file.md)");
}

#[test]
fn every_cited_fact_is_written_down() {
    let known = row_ids(&read(FACTS));
    assert!(known.len() > 100, "only {} rows found in {FACTS}", known.len());
    let problems: Vec<String> = files().iter().flat_map(|file| unknown_facts(file, &known)).collect();
    report(&problems);
    let text = ["// fa", "ct Z-99, and fa", "cts B-01, Z-01 and Z-02"].concat();
    assert_eq!(unknown_facts(&File { path: "a.rs".to_owned(), text }, &known).len(), 3);
}

#[test]
fn every_fact_has_an_id_of_its_own() {
    let ids = row_ids(&read(FACTS));
    let unique: BTreeSet<&String> = ids.iter().collect();
    let repeated: Vec<&String> =
        unique.iter().copied().filter(|id| ids.iter().filter(|other| other == id).count() > 1).collect();
    assert!(repeated.is_empty(), "used more than once: {repeated:?}");
    assert_eq!(row_ids("| B-01 | a | b | c |\n| B-01 | d | e | f |"), ["B-01", "B-01"]);
}

#[test]
fn every_fact_says_how_certain_it_is() {
    let text = read(FACTS);
    for row in text.lines().filter(|line| row_id(line).is_some()) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let certainty = cells.get(2).copied().unwrap_or_default();
        let known = ["documented", "seen", "inferred", "unknown"];
        assert!(cells.len() == 4 && known.iter().any(|word| certainty.starts_with(word)), "{row}");
        assert!(certainty == "unknown" || row.contains('['), "a row without a source: {row}");
    }
}

#[test]
fn the_changelog_has_a_place_for_what_is_new() {
    assert!(read("CHANGELOG.md").lines().any(|line| line == "## [Unreleased]"));
}

fn too_long(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = file.is("rs") && lines > CODE_LINES_MAX;
    if long { vec![format!("{}: {lines} lines, at most {CODE_LINES_MAX}", file.path)] } else { Vec::new() }
}

fn left_for_later(file: &File) -> Vec<String> {
    let marks = [["to", "do!"], ["unimple", "mented!"], ["FIX", "ME"], ["TO", "DO"]];
    containing(file, &marks, "do it, or take it out")
}

fn skipped_test(file: &File) -> Vec<String> {
    let marks = [["#[ign", "ore"], ["#[should_", "panic"]];
    if file.is("rs") { containing(file, &marks, "a test runs, and asserts") } else { Vec::new() }
}

fn machine_path(file: &File) -> Vec<String> {
    containing(file, &[["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"]], "a path of one machine")
}

fn lint_without_reason(file: &File) -> Vec<String> {
    if !file.is("rs") {
        return Vec::new();
    }
    let mut problems = containing(file, &[["#[al", "low("], ["#![al", "low("]], "expect it, with a reason");
    for open in [["#[exp", "ect("], ["#![exp", "ect("]].map(|parts| parts.concat()) {
        for (offset, _) in file.text.match_indices(&open) {
            let attribute = file.text[offset..].split(")]").next().unwrap_or_default();
            if !attribute.contains("reason") {
                problems.push(file.at(offset, "an exception without its reason"));
            }
        }
    }
    problems
}

fn dead_link(file: &File) -> Vec<String> {
    if !file.is("md") {
        return Vec::new();
    }
    let folder = root().join(&file.path).parent().expect("a file is in a folder").to_owned();
    let mut problems = Vec::new();
    for (offset, _) in file.text.match_indices("](") {
        let target = file.text[offset + 2..].split(')').next().unwrap_or_default();
        let target = target.split('#').next().unwrap_or_default();
        let elsewhere = target.is_empty() || target.contains(':');
        if !elsewhere && !folder.join(target).exists() {
            problems.push(file.at(offset, &format!("{target} is not there")));
        }
    }
    problems
}

fn unknown_facts(file: &File, known: &[String]) -> Vec<String> {
    let cited = file.text.match_indices("fact").flat_map(|(offset, word)| {
        let rest = &file.text[offset + word.len()..];
        ids(rest.strip_prefix('s').unwrap_or(rest)).into_iter().map(move |id| (offset, id))
    });
    cited
        .filter(|(_, id)| !known.iter().any(|row| row == id))
        .map(|(offset, id)| file.at(offset, &format!("{id} is not in {FACTS}")))
        .collect()
}

/// The ids at the start of a text: ` B-01`, ` B-01, B-02 and B-03`.
fn ids(mut text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut separators: &[&str] = &[" "];
    while let Some(rest) = separators.iter().find_map(|separator| text.strip_prefix(separator)) {
        let Some(id) = id_at(rest) else { break };
        found.push(id);
        text = &rest[id.len()..];
        separators = &[", ", " and ", " or "];
    }
    found
}

fn row_ids(text: &str) -> Vec<String> {
    text.lines().filter_map(row_id).map(str::to_owned).collect()
}

fn row_id(line: &str) -> Option<&str> {
    line.strip_prefix("| ").and_then(id_at)
}

/// A letter, a dash and two digits at the start of the text.
fn id_at(text: &str) -> Option<&str> {
    let id = text.get(..4)?;
    let bytes = id.as_bytes();
    let fits = bytes[0].is_ascii_uppercase()
        && bytes[1] == b'-'
        && bytes[2..].iter().all(u8::is_ascii_digit)
        && !text[4..].starts_with(|next: char| next.is_ascii_alphanumeric());
    fits.then_some(id)
}

/// Where any of these stands. They are given in two parts so that this file does not contain them.
fn containing(file: &File, marks: &[[&str; 2]], problem: &str) -> Vec<String> {
    let marks = marks.iter().map(|parts| parts.concat());
    marks
        .flat_map(|mark| {
            let places: Vec<String> = file
                .text
                .match_indices(&mark)
                .map(|(offset, _)| file.at(offset, &format!("{mark}: {problem}")))
                .collect();
            places
        })
        .collect()
}

fn holds_for_every_file(rule: fn(&File) -> Vec<String>) {
    let problems: Vec<String> = files().iter().flat_map(rule).collect();
    report(&problems);
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn breaks(rule: fn(&File) -> Vec<String>, path: &str, text: &str) {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(rule(&file).len(), 1, "{path}: {text}");
}

fn files() -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be listed") {
            let path = entry.expect("a folder can be listed").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() && is_text(&path) && name != "Cargo.lock" {
                found.extend(text_file(&path));
            }
        }
    }
    assert!(found.len() > 20, "only {} files found", found.len());
    found
}

/// A file by its path; none if it went away meanwhile, as editors' files do.
fn text_file(path: &Path) -> Option<File> {
    let text = fs::read_to_string(path).ok()?;
    let relative = path.strip_prefix(root()).expect("files lie under the root");
    Some(File { path: relative.to_string_lossy().replace('\\', "/"), text })
}

fn is_text(path: &Path) -> bool {
    match path.extension() {
        Some(ending) => TEXT_ENDINGS.iter().any(|known| ending == *known),
        // Scripts have no ending; the licence names no paths.
        None => true,
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the repository can be read")
}

fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.ancestors().nth(2).expect("the crate lies two folders down").to_owned()
}
