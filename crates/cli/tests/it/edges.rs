//! Which of our crates may know which. An edge that is not in this list is a decision, and belongs in a record under
//! `docs/adr` before it belongs in a manifest.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

/// From a crate to the crates of ours that it may use, when built or run.
const ALLOWED: &[(&str, &[&str])] = &[
    ("engage", &[]),
    ("store", &[]),
    ("pos", &[]),
    ("document", &["pos"]),
    ("sandbox", &[]),
    ("bridge", &["engage", "pos"]),
    ("gateway", &["engage", "store", "pos", "document", "bridge"]),
    ("migration", &["engage", "pos", "bridge"]),
    ("tillbridge", &["engage", "store", "pos", "document", "sandbox", "gateway", "migration"]),
];

/// The same for its tests only.
const ALLOWED_IN_TESTS: &[(&str, &[&str])] = &[];

#[test]
fn crates_know_only_the_crates_that_they_may_know() {
    let problems = forbidden(&metadata());
    assert!(problems.is_empty(), "edges that are not allowed:\n  {}", problems.join("\n  "));
}

#[test]
fn every_crate_of_the_workspace_stands_in_the_list() {
    let listed: BTreeSet<String> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&metadata()), listed);
}

#[test]
fn an_edge_from_the_sandbox_to_the_client_is_found() {
    for kind in [Value::Null, json!("build"), json!("dev")] {
        let metadata = json!({ "packages": [
            { "name": "engage", "dependencies": [] },
            { "name": "sandbox", "dependencies": [{ "name": "engage", "kind": kind }, { "name": "serde", "kind": null }] },
        ]});
        let problems = forbidden(&metadata);
        assert_eq!(problems.len(), 1, "{kind}: {problems:?}");
        assert!(problems[0].starts_with("sandbox -> engage"), "{problems:?}");
    }
}

fn forbidden(metadata: &Value) -> Vec<String> {
    let ours = names(metadata);
    let mut problems = Vec::new();
    for package in packages(metadata) {
        let from = text(package, "name");
        for dependency in package["dependencies"].as_array().expect("cargo lists dependencies") {
            let to = text(dependency, "name");
            let (allowed, kind) = match dependency["kind"].as_str() {
                Some("dev") => (ALLOWED_IN_TESTS, "in tests"),
                Some(kind) => (ALLOWED, kind),
                None => (ALLOWED, "normal"),
            };
            let known = allowed.iter().any(|(name, may)| *name == from && may.contains(&to));
            if ours.contains(to) && !known {
                problems.push(format!("{from} -> {to} ({kind})"));
            }
        }
    }
    problems
}

fn names(metadata: &Value) -> BTreeSet<String> {
    packages(metadata).iter().map(|package| text(package, "name").to_owned()).collect()
}

fn packages(metadata: &Value) -> &[Value] {
    metadata["packages"].as_array().expect("cargo lists packages")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("cargo names things in text")
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}
