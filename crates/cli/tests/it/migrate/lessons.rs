//! Faults of other importers, each of which once cost somebody data, and that ours doesn't have.

use std::fs;

use serde_json::Value;

use super::stage::Stage;

fn findings(stage: &Stage, entity: &str) -> Vec<Value> {
    let text = fs::read_to_string(stage.folder().join(format!("findings/{entity}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Engage's importer looks at the key only (fact M-13), and of one address twice another shop's import kept the last row
/// in silence: here the first is sent, the second is named, and both of its rows are said.
#[test]
fn of_a_repeated_address_the_first_row_is_sent_and_the_second_named() {
    let stage = Stage::sample(1_500, 0, 5, &[]);
    stage.step(&["check"]);
    let found = findings(&stage, "contacts");
    let repeated: Vec<&Value> = found.iter().filter(|one| one["code"] == "duplicateEmail").collect();
    assert!(!repeated.is_empty());
    for one in repeated {
        assert_eq!(one["severity"], "blocker");
        let reason = one["reason"].as_str().unwrap();
        assert!(reason.chars().any(|c| c.is_ascii_digit()), "the first row isn't named: {reason}");
    }
}

/// An import that checked its first thousand rows failed in the middle of the writes.
#[test]
fn the_last_row_is_checked_like_the_first() {
    let stage = Stage::sample(3_000, 0, 5, &["--faultless"]);
    let path = stage.folder().join("export/customers.csv");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b";Ada;Lind;ada@example.com;;19800101;K;;;;SE;J;J;\r\n");
    fs::write(&path, bytes).unwrap();
    assert_eq!(stage.step(&["check"]).code, 3);
    let found = findings(&stage, "contacts");
    let blockers: Vec<&Value> = found.iter().filter(|one| one["severity"] == "blocker").collect();
    assert_eq!(blockers.len(), 1, "{blockers:?}");
    assert_eq!((&blockers[0]["code"], &blockers[0]["at"]["row"]), (&"missingKey".into(), &3_002.into()));
}

/// One bad record stopped a whole import, and what was done before it was forgotten.
#[test]
fn one_bad_record_stops_no_other() {
    let stage = Stage::sample(200, 0, 5, &["--faultless"]);
    let path = stage.folder().join("export/customers.csv");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"1;2;3\r\n5999999;Bo;Ek;bo@example.com;;19800101;M;;;;SE;J;J;\r\n");
    fs::write(&path, bytes).unwrap();
    let checked: Value = serde_json::from_str(&stage.step(&["check", "--json"]).stdout).unwrap();
    let contacts = &checked["tallies"]["contacts"];
    assert_eq!(
        (&contacts["recordsSent"], &contacts["rowsRejected"]),
        (&201.into(), &1.into()),
        "{contacts:#}"
    );
}

/// A run that was taken up again replaced good data with an empty table.
#[test]
fn an_export_that_is_gone_leaves_the_former_plan() {
    let stage = Stage::sample(50, 100, 5, &["--faultless"]);
    stage.step(&["plan"]).ok();
    let (plan, files) = (stage.json("plan.json"), stage.files());
    fs::remove_file(stage.folder().join("export/customers.csv")).unwrap();
    assert_ne!(stage.step(&["plan"]).code, 0);
    assert_eq!(stage.json("plan.json"), plan);
    assert!(stage.files() == files);
}

/// Rows for contacts that Engage doesn't know are ignored without a word (fact M-03), and points for them create empty
/// contacts (fact M-21): neither is sent.
#[test]
fn what_engage_would_pass_over_in_silence_is_named_before_it_is_sent() {
    let stage = Stage::sample(1_000, 5_000, 1, &[]);
    stage.step(&["check"]);
    for entity in ["receipts", "points", "vouchers"] {
        let found = findings(&stage, entity);
        assert!(found.iter().any(|one| one["code"] == "unknownContact"), "{entity}");
    }
    let receipts = findings(&stage, "receipts");
    assert!(receipts.iter().any(|one| one["code"] == "unknownStore"));
}

/// No finding tells who somebody is.
#[test]
fn findings_name_nobody() {
    let stage = Stage::sample(1_500, 500, 5, &["--personal-numbers"]);
    stage.step(&["check"]);
    for entity in ["contacts", "receipts", "points", "vouchers"] {
        let text =
            fs::read_to_string(stage.folder().join(format!("findings/{entity}.jsonl"))).unwrap_or_default();
        // The form of an address stands in what to do about one.
        assert!(!text.replace("name@example.com", "").contains("example.com"), "{entity}");
    }
}
