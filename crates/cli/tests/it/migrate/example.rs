//! The migration that `docs/migration.md` shows, done by the real binary: what it says, rejects and writes is what stands
//! there.
//!
//! With `TILLBRIDGE_BLESS=1` what is missing in the example's folder is written down, for a person to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::stage::Stage;

/// What a person gives; the rest of the example's folder is what comes of it.
const GIVEN: [&str; 5] =
    ["migration.toml", "export/stores.csv", "export/customers.csv", "export/sales.csv", "mended/sales.csv"];

#[test]
fn the_migration_that_is_documented_happens() {
    let stage = Stage { dir: tempfile::tempdir().unwrap() };
    for file in GIVEN.into_iter().filter(|file| !file.starts_with("mended/")) {
        give(&stage, file);
    }
    let checked = stage.step(&["check"]);
    assert_eq!(checked.code, 3, "{}", checked.stderr);
    let mut came = BTreeMap::from([("check.txt".to_owned(), without_age(&checked.stdout))]);
    came.extend(texts(&stage.folder(), "rejects"));
    give(&stage, "mended/sales.csv");
    stage.step(&["plan"]).ok();
    for (name, text) in texts(&stage.folder(), "files") {
        // Before the kind stand when it was first planned, and which of its files it is.
        let kind = name.rsplit('_').next().unwrap();
        assert!(came.insert(format!("files/{kind}"), text).is_none(), "two files of {kind}");
    }
    for (name, text) in &came {
        let path = example().join(name);
        if std::env::var_os("TILLBRIDGE_BLESS").is_some() && !path.exists() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        }
        assert_eq!(*text, read(&path), "{name}");
    }
    let there: BTreeSet<String> = came.into_keys().chain(GIVEN.map(str::to_owned)).collect();
    assert_eq!(all_below(&example()), there, "the example's folder holds what is given and what comes of it");
    let rehearsed = stage.step(&["rehearse", "--json"]).json();
    assert_eq!(rehearsed["verdict"], "agrees", "{rehearsed:#}");
}

#[test]
fn what_the_runbook_shows_are_the_examples_files() {
    let text = read(&root().join("docs/migration.md"));
    let mut shown = 0;
    for part in text.split("(migration-example/").skip(1) {
        let (file, after) = part.split_once(')').unwrap();
        let path = example().join(file);
        let Some(block) = after.strip_prefix(":\n\n```") else {
            assert!(path.exists(), "{file} is linked and isn't there");
            continue;
        };
        let block = block.split_once('\n').unwrap().1.split("```").next().unwrap();
        assert_eq!(block, read(&path), "docs/migration.md shows {file} otherwise");
        shown += 1;
    }
    assert!(shown >= 4, "only {shown} files are shown");
}

/// What a check says, but for what it says when the example is older than two years.
fn without_age(said: &str) -> String {
    said.lines().filter(|line| !line.contains("--since")).map(|line| format!("{line}\n")).collect()
}

fn give(stage: &Stage, file: &str) {
    let to = stage.folder().join(file);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(example().join(file), to).unwrap();
}

/// The files of a folder, by the folder's name and theirs.
fn texts(within: &Path, folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(within.join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| (format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap()), read(&path)))
        .collect()
}

fn all_below(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            all.extend(all_below(&entry.path()).iter().map(|below| format!("{name}/{below}")));
        } else {
            all.insert(name);
        }
    }
    all
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn example() -> PathBuf {
    root().join("docs/migration-example")
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
