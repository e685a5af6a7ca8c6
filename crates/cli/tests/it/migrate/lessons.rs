//! Faults of other importers, each of which once cost somebody data, and that ours doesn't have.

use std::fs;

use serde_json::{Value, json};

use super::stage::{Sandbox, Stage};

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

/// Of several kinds of keys in one file of points the first one is used for all of its rows (fact M-20), and only two kinds
/// are known there (fact M-19).
#[test]
fn a_file_of_points_has_one_kind_of_key_and_one_that_engage_knows_there() {
    let stage = Stage::sample(300, 300, 5, &["--faultless"]);
    let path = stage.folder().join("migration.toml");
    let mapping = fs::read_to_string(&path).unwrap();
    for key in ["memberNumber", "externalId"] {
        let numbered = mapping.replace("memberNumber = \"KUNDNR\"", &format!("{key} = \"KUNDNR\""));
        fs::write(&path, numbered.replace("\"memberNumber\"", &format!("{key:?}"))).unwrap();
        stage.step(&["plan"]).ok();
        let files = stage.files().into_iter().filter(|(name, _)| name.ends_with("_points.csv"));
        for (name, bytes) in files {
            let text = String::from_utf8(bytes).unwrap();
            let mut rows = text.lines().map(|line| line.split(';').nth(1).unwrap());
            assert_eq!(rows.next(), Some("KeyType"));
            assert!(rows.all(|kind| kind == key), "{name}:\n{text}");
        }
    }
    fs::write(&path, mapping.replace("\"memberNumber\"", "\"email\"")).unwrap();
    let refused = stage.step(&["plan"]);
    assert_eq!(refused.code, 78, "{refused:#?}");
    assert!(refused.stderr.contains("memberNumber or externalId only"), "{refused:#?}");
}

/// Its importer checks the key only (fact M-13): what goes there has no other attribute twice either.
#[test]
fn of_what_is_sent_no_attribute_of_one_person_is_anothers_too() {
    let stage = Stage::sample(1_500, 0, 5, &[]);
    stage.step(&["plan"]).ok();
    let contacts = stage.files().into_iter().filter(|(name, _)| name.ends_with("_contacts.csv"));
    let text: String = contacts.map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(';').collect()).collect();
    for attribute in ["memberNumber", "email", "mobilePhone"] {
        let at = rows[0].iter().position(|name| *name == attribute).unwrap();
        let mut values: Vec<&str> =
            rows.iter().map(|row| row[at]).filter(|value| !value.is_empty()).collect();
        let all = values.len();
        assert!(all > 1_000, "{attribute}");
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), all, "{attribute}");
    }
}

/// A transaction that exists is ignored, never updated (fact M-04): a price that was mended after it was sent doesn't arrive,
/// and that is said.
#[test]
fn a_receipt_that_was_mended_too_late_is_named_as_a_gap() {
    let stage = Stage::sample(60, 120, 5, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    stage.run_to_its_end(&sandbox);
    let before = sandbox.totals();
    // The same export with other prices: what costs 99.00 cost 88.00.
    let path = stage.folder().join("export/sales.csv");
    let dearer = fs::read(&path).unwrap();
    let text: String = dearer.iter().copied().map(char::from).collect();
    let sale = text.lines().skip(1).find(|line| is_of_one_piece(&text, line)).unwrap();
    let total = sale.split(';').nth(column(&text, "TOTAL")).unwrap().to_owned();
    let number = receipt_of(&text, sale);
    let line = |line: &str| {
        let same = !line.starts_with("BUTIK") && receipt_of(&text, line) == number;
        if same { line.replace(&format!(";{total}"), ";1,00") } else { line.to_owned() }
    };
    let cheaper: String = text.lines().map(|one| line(one) + "\r\n").collect();
    fs::write(&path, cheaper.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect::<Vec<u8>>())
        .unwrap();

    let delta = stage.step(&["plan", "--delta", "--json"]).json();
    assert_eq!(
        delta["files"].as_array().unwrap().len(),
        0,
        "it would be ignored, so it isn't sent: {delta:#}"
    );
    assert_eq!(stage.step(&["plan"]).code, 5, "everything would be sent again");
    // As in a folder of its own, which no run has begun with.
    fs::remove_file(stage.folder().join("run.jsonl")).unwrap();
    stage.step(&["plan"]).ok();
    let reconciled = stage.step(&["reconcile", "--json", "--rate", "1000"]);
    assert_eq!(reconciled.code, 3, "{reconciled:#?}");
    let report: Value = serde_json::from_str(&reconciled.stdout).unwrap();
    assert_eq!(report["gapCounts"]["amountDiffers"], 1, "{report:#}");
    assert_eq!(sandbox.totals(), before);
}

fn column(text: &str, name: &str) -> usize {
    text.lines().next().unwrap().split(';').position(|column| column == name).unwrap()
}

/// What a row's receipt is told apart by.
fn receipt_of(text: &str, line: &str) -> Vec<String> {
    let cells: Vec<&str> = line.split(';').collect();
    ["BUTIK", "KASSA", "DATUM", "NR"].map(|name| cells[column(text, name)].to_owned()).to_vec()
}

/// Whether a row's receipt is a sale of one piece by a member: then each of its amounts is the total.
fn is_of_one_piece(text: &str, line: &str) -> bool {
    let rows: Vec<&str> =
        text.lines().filter(|other| receipt_of(text, other) == receipt_of(text, line)).collect();
    let cell = |row: &str, name: &str| row.split(';').nth(column(text, name)).unwrap().to_owned();
    rows.len() == 2
        && cell(rows[0], "TYP") == "F"
        && cell(rows[0], "ANTAL") == "1"
        && cell(rows[0], "VALUTA") == "SEK"
        && !cell(rows[0], "KUNDNR").is_empty()
        && cell(rows[0], "BELOPP") == cell(rows[0], "TOTAL")
}

/// One bad record stopped a whole import and no state was kept: here it is named, all others are in, and the next start
/// sends nothing again.
#[test]
fn one_contact_that_engage_refuses_stops_no_other_and_is_named() {
    let stage = Stage::sample(120, 200, 5, &["--faultless"]);
    stage.say_of_engage("contacts-by = \"bulk\"");
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    let index = fs::read_to_string(stage.folder().join("index/contacts.csv")).unwrap();
    let key = column_of(&index, "key");
    // Somebody joined by themselves yesterday (fact M-30).
    let there = json!({ "contactType": "Member", "memberNumber": key[7], "firstName": "Ada" });
    let made = sandbox.running.call(
        reqwest::Method::POST,
        "/api/v3/contacts?source=web&storeExternalId=101",
        Some(&there),
        &[("apikey", "any")],
    );
    assert!(made.status < 300, "{made:#?}");
    stage.run_to_its_end(&sandbox);
    let refused = fs::read_to_string(stage.folder().join("rejects/engage-contacts.csv")).unwrap();
    assert_eq!(refused.lines().count(), 2, "{refused}");
    assert!(refused.contains(&key[7]), "{refused}");
    let totals = sandbox.totals();
    assert_eq!(totals["contacts"], key.len(), "{totals:#}");
    stage.step(&["run"]).ok();
    sandbox.take_files();
    assert_eq!(sandbox.totals(), totals);
}

fn column_of(table: &str, name: &str) -> Vec<String> {
    let at = table.lines().next().unwrap().split(',').position(|column| column == name).unwrap();
    table.lines().skip(1).map(|row| row.split(',').nth(at).unwrap().to_owned()).collect()
}

/// What is no export at all drafts nothing that a check would then stumble over.
#[test]
fn of_files_in_which_nothing_is_recognised_nothing_is_drafted() {
    let stage = Stage::empty();
    fs::write(stage.dir.path().join("notes.csv"), "a;b\n1;2\n").unwrap();
    let refused = stage.step(&["init", "notes.csv"]);
    assert_eq!(refused.code, 3, "{refused:#?}");
    assert!(refused.stderr.contains("must name its columns"), "{refused:#?}");
    assert!(!stage.folder().join("migration.toml").exists());
}
