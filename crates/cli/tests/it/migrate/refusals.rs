//! A file server that refuses, breaks off, is full or isn't the one that it was: the run says what is wrong, nothing is
//! lost, nothing comes twice, and it goes on once that is mended.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::stage::{Sandbox, Stage, killed_when};

const CONTACTS: &str = "/integration/contactImport";
/// A fault that the run ends with, and what it says.
const REFUSALS: [(&str, &str, &str, i32); 8] = [
    ("SFTP-LOGIN", r#"{"status":{"code":401}}"#, "doesn't let voyado in: check user and password", 1),
    ("SFTP-CONNECT", r#""otherHostKey""#, "is pinned: it may not be Voyado's server. Nothing was sent", 1),
    ("SFTP-LIST", r#"{"status":{"code":404}}"#, "list /integration/contactImport: the server says", 1),
    ("SFTP-OPEN", r#"{"status":{"code":403}}"#, "write /integration/contactImport/", 1),
    ("SFTP-WRITE", r#"{"status":{"code":507}}"#, "write /integration/contactImport/", 1),
    ("SFTP-RENAME", r#"{"status":{"code":403}}"#, "rename /integration/contactImport/", 1),
    // It is renamed, and the answer says that it isn't.
    ("SFTP-RENAME", r#"{"statusAfter":{"code":500}}"#, "rename /integration/contactImport/", 1),
    ("SFTP-LIST", r#"{"status":{"code":403}}"#, "list /integration/contactImport: the server says", 1),
];

/// A fault that meets the next who asks for this, of a folder and what is in it if one is named.
fn faults(method: &str, folder: &str, kind: &str) -> Value {
    let kind: Value = serde_json::from_str(kind).unwrap();
    let path = if folder.is_empty() { "*".to_owned() } else { format!("{folder}/*") };
    json!([{ "on": { "method": method, "path": path }, "times": 1, "kind": kind }])
}

fn begun() -> (Stage, Sandbox) {
    let stage = Stage::sample(80, 2_500, 31, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    // The stores are in; contacts are next.
    assert_eq!(stage.step(&["run"]).code, 7);
    sandbox.take_files();
    (stage, sandbox)
}

fn assert_ends_with_all_of_it_once(stage: &Stage, sandbox: &Sandbox) {
    stage.run_to_its_end(sandbox);
    let (totals, plan) = (sandbox.totals(), stage.json("plan.json"));
    for (entity, found) in [
        ("contacts", &totals["contacts"]),
        ("receipts", &totals["receipts"]["imported"]),
        ("points", &totals["points"]["transactions"]),
    ] {
        assert_eq!(*found, plan["tallies"][entity]["recordsSent"], "{entity}: {totals:#}");
    }
    let booked: Decimal = totals["points"]["booked"].to_string().parse().unwrap();
    assert_eq!(booked, plan["points"].as_str().unwrap().parse().unwrap(), "{totals:#}");
    let left = sandbox.running.get("/_sandbox/folders").body;
    assert_eq!(left["items"], json!([]), "something is left lying there");
}

#[test]
fn what_the_server_refuses_is_said_and_done_once_it_does_not() {
    let (stage, sandbox) = begun();
    for (method, kind, told, code) in REFUSALS {
        let folder = if told.contains(CONTACTS) { CONTACTS } else { "" };
        sandbox.set_faults(&faults(method, folder, kind));
        let ended = stage.step(&["run"]);
        assert_eq!(ended.code, code, "{method} {kind}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{method} {kind}: {}", ended.stderr);
        assert!(!ended.stderr.contains("a-password"), "{}", ended.stderr);
        assert_eq!(sandbox.running.get("/_sandbox/faults").body, json!([]), "{method} {kind} wasn't met");
    }
    assert_ends_with_all_of_it_once(&stage, &sandbox);
}

/// The second piece of a file of receipts doesn't arrive, so that half a file lies there; then a rename is done and the
/// connection cut before that is said.
#[test]
fn a_connection_that_is_cut_in_a_file_leaves_no_half_of_one() {
    let (stage, sandbox) = begun();
    assert_eq!(stage.step(&["run"]).code, 7);
    sandbox.take_files();
    let cut = |method: &str, kind: &str| {
        let piece =
            json!({ "on": { "method": method, "path": "*" }, "times": 1, "kind": { "delay": { "ms": 0 } } });
        let mut all = faults(method, "", kind);
        if method == "SFTP-WRITE" {
            all.as_array_mut().unwrap().insert(0, piece);
        }
        sandbox.set_faults(&all);
        let tries_again = |said: &[String]| said.iter().any(|line| line.contains("trying again"));
        let said = killed_when(stage.command(&["run"]), tries_again);
        assert!(tries_again(&said), "{method} {kind}: {said:?}");
        assert_eq!(sandbox.running.get("/_sandbox/faults").body, json!([]), "{method} {kind} wasn't met");
    };
    cut("SFTP-WRITE", "\"cutBefore\"");
    // It is put there once the sandbox has seen that its client is gone.
    let lying =
        sandbox.running.get_until("/_sandbox/folders", |answer| answer.body["items"] != json!([])).body;
    let (name, bytes) = (&lying["items"][0]["name"], lying["items"][0]["bytes"].as_u64().unwrap());
    let plan = stage.json("plan.json");
    let file = plan["files"].as_array().unwrap().iter().find(|file| file["entity"] == "receipts").unwrap();
    assert!(name.as_str().unwrap().ends_with(".part"), "{lying:#}");
    assert!(bytes > 0 && bytes < file["bytes"].as_u64().unwrap(), "{lying:#}");
    // It isn't a file of Engage's: the job leaves it.
    sandbox.take_files();
    cut("SFTP-WRITE", "\"cutAfter\"");
    cut("SFTP-RENAME", "\"cutBefore\"");
    cut("SFTP-RENAME", "\"cutAfter\"");
    assert_ends_with_all_of_it_once(&stage, &sandbox);
}

/// Engage looks once an hour, and may take longer: a run says what it waits for, and changes nothing meanwhile.
#[test]
fn a_file_that_is_not_taken_for_long_is_waited_for() {
    let (stage, sandbox) = begun();
    for _ in 0..3 {
        let ended = stage.step(&["run"]);
        assert_eq!(ended.code, 7, "{}", ended.stderr);
        assert!(ended.stdout.contains("waits in /integration/contactImport for Engage"), "{}", ended.stdout);
    }
    let waiting = sandbox.running.get("/_sandbox/folders").body;
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1, "{waiting:#}");
    assert_ends_with_all_of_it_once(&stage, &sandbox);
}
