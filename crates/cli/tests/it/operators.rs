//! The queue and the tokens by the command line: the same on a running gateway and on the database where none runs.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Running, run, shop};

/// A receipt that can't go to Engage as it is.
fn faulty() -> Value {
    let text = r#"{ "store": "store03-stockholm", "receiptNumber": "1", "contact": { "email": "ada.lind@example.com" },
                    "note": "kept as it is", "total": 12.50 }"#;
    serde_json::from_str(text).unwrap()
}

/// A gateway that owes two deliveries which need attention, and can reach nobody.
fn gateway(dir: &Path) -> Running {
    let gateway = Running::serve(dir, &shop("http://127.0.0.1:9"));
    for id in ["r-1", "r-2"] {
        let taken = gateway.put(&format!("/v1/receipts/{id}"), &faulty());
        assert_eq!(taken.body["state"], "needsAttention", "{taken:?}");
    }
    gateway
}

/// Runs a command while the gateway runs, and again after it has ended; both must print the same.
fn both_ways(dir: &Path, gateway: &mut Option<Running>, commands: &[&[&str]]) -> Vec<String> {
    let printed = || commands.iter().map(|command| run(dir, command).ok()).collect::<Vec<String>>();
    let running = printed();
    assert!(gateway.take().expect("it runs").terminate().success());
    let stopped = printed();
    for ((command, running), stopped) in commands.iter().zip(&running).zip(&stopped) {
        assert_eq!(running, stopped, "{command:?}");
    }
    running
}

#[test]
fn the_queue_is_told_the_same_way_whether_a_gateway_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Some(gateway(folder.path()));
    let commands: [&[&str]; 7] = [
        &["queue", "list"],
        &["queue", "list", "--json"],
        &["queue", "list", "--state", "done"],
        &["queue", "list", "--state", "needsAttention", "--limit", "1", "--json"],
        &["queue", "show", "d-1"],
        &["queue", "show", "d-1", "--json"],
        &["queue", "export"],
    ];
    let printed = both_ways(folder.path(), &mut gateway, &commands);
    assert_eq!(printed[0].lines().count(), 3, "{}", printed[0]);
    assert!(printed[0].contains("needsAttention") && printed[0].contains("r-2"), "{}", printed[0]);
    let rows: Vec<Value> = serde_json::from_str(&printed[1]).unwrap();
    assert_eq!(rows.iter().map(|row| &row["of"]).collect::<Vec<_>>(), ["r-1", "r-2"]);
    assert_eq!(printed[2], "no deliveries\n");
    assert_eq!(serde_json::from_str::<Vec<Value>>(&printed[3]).unwrap().len(), 1);
    assert!(printed[4].starts_with("delivery        d-1\n"), "{}", printed[4]);
    let lines: Vec<Value> = printed[6].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["content"]["note"], "kept as it is");
    assert!(printed[6].contains("12.50"), "the number was written otherwise: {}", printed[6]);
}

#[test]
fn deliveries_are_retried_and_given_up_whether_a_gateway_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Some(gateway(folder.path()));
    for (id, runs) in [("d-1", true), ("d-2", false)] {
        if !runs {
            assert!(gateway.take().expect("it runs").terminate().success());
        }
        let discard = ["queue", "discard", id, "--reason", "a test sale", "--json"];
        assert_eq!(run(folder.path(), &discard).json()["state"], "discarded", "{id}");
        let shown = run(folder.path(), &["queue", "show", id]).ok();
        assert!(shown.contains("a test sale") && shown.contains(" by "), "{shown}");
        let retried = run(folder.path(), &["queue", "retry", id, "--json"]).json();
        assert_ne!(retried["state"], "discarded", "{retried:#}");
    }
}

#[test]
fn a_delivery_that_is_not_there_has_its_exit_code_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway(folder.path());
    let codes =
        || ["d-99", "d-0", "17", "../tokens"].map(|id| run(folder.path(), &["queue", "show", id]).code);
    assert_eq!(codes(), [4; 4]);
    assert!(gateway.terminate().success());
    assert_eq!(codes(), [4; 4]);
}

#[test]
fn what_is_done_is_not_given_up_either_way() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let gateway = Running::serve(folder.path(), &shop(&sandbox.base_url));
    let body = json!({ "store": "store03-stockholm", "email": "ada.lind@example.com" });
    assert_eq!(gateway.post("/v1/contacts", &body).status, 201);
    let discard = || run(folder.path(), &["queue", "discard", "d-1", "--reason", "why not"]);
    let running = discard();
    assert!(gateway.terminate().success());
    let stopped = discard();
    assert_eq!((running.code, &running.stderr), (stopped.code, &stopped.stderr));
    assert_eq!(running.code, 5, "{running:#?}");
    assert!(running.stderr.contains("d-1: it is done"), "{running:#?}");
}

/// Enrols a person and answers the contact's id.
fn enrol(gateway: &Running, email: &str) -> String {
    let body = json!({ "store": "store03-stockholm", "email": email, "firstName": "Ada" });
    let enrolled = gateway.post("/v1/contacts", &body);
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    enrolled.body["contactId"].as_str().expect("an id").to_owned()
}

/// Whether Engage finds somebody by this address.
pub fn is_in_engage(sandbox: &Running, email: &str) -> bool {
    let headers = [("apikey", "sandbox"), ("user-agent", "Test/1")];
    let path = format!("/api/v3/contacts/id?email={}", email.replace('@', "%40"));
    let found = sandbox.call(reqwest::Method::GET, &path, None, &headers);
    assert!(matches!(found.status, 200 | 404), "{found:?}");
    found.status == 200
}

/// The files of a folder that hold a text.
fn files_with(dir: &Path, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let holding = files.filter(|file| {
        let bytes = std::fs::read(file).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    });
    holding.map(|file| file.display().to_string()).collect()
}

#[test]
fn what_is_kept_of_a_contact_is_exported_whether_a_gateway_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let gateway = Running::serve(folder.path(), &shop(&sandbox.base_url));
    let id = enrol(&gateway, "ada.lind@example.com");
    let export = || {
        let mut exported = run(folder.path(), &["contact", "export", &id]).json();
        let at = exported.as_object_mut().unwrap().remove("exportedAt");
        assert!(at.is_some_and(|at| at.is_string()));
        exported
    };
    let running = export();
    assert!(gateway.terminate().success());
    assert_eq!(export(), running);
    assert_eq!(running["documents"][0]["kind"], "enrolment", "{running:#}");
    assert_eq!(running["documents"][0]["content"]["email"], "ada.lind@example.com", "{running:#}");
    assert_eq!(running["documents"][0]["delivery"]["state"], "done", "{running:#}");
}

#[test]
fn a_contact_is_forgotten_whether_a_gateway_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let config = shop(&sandbox.base_url);
    let gateway = Running::serve(folder.path(), &config);
    let [ada, bo] = ["ada.lind@example.com", "bo.ek@example.com"];
    let (ada_id, bo_id) = (enrol(&gateway, ada), enrol(&gateway, bo));
    let forget = |id: &str| run(folder.path(), &["contact", "forget", id, "--yes", "--json"]).json();

    let meant = run(folder.path(), &["contact", "forget", &ada_id]);
    assert_eq!(meant.code, 5, "{meant:#?}");
    assert!(meant.stderr.contains("add --yes") && is_in_engage(&sandbox, ada), "{meant:#?}");
    let forgotten = forget(&ada_id);
    assert_eq!((&forgotten["contactId"], &forgotten["outcome"]), (&json!(ada_id), &json!("deleted")));
    assert!(!is_in_engage(&sandbox, ada));
    let codes = || [&ada_id, "tb-nobody"].map(|id| run(folder.path(), &["contact", "export", id]).code);
    assert_eq!(codes(), [4, 4]);

    assert!(gateway.terminate().success());
    assert_eq!(codes(), [4, 4]);
    assert_eq!(run(folder.path(), &["contact", "forget", "tb-nobody", "--yes"]).code, 4);
    let forgotten = forget(&bo_id);
    assert_eq!(forgotten["outcome"], "later", "{forgotten:#}");
    assert_eq!(forgotten["delivery"]["kind"], "deleteContact", "{forgotten:#}");
    assert_eq!(forget(&bo_id), forgotten, "the same again");
    let told = run(folder.path(), &["contact", "forget", &bo_id, "--yes"]).ok();
    let delivery = forgotten["delivery"]["id"].as_str().unwrap();
    assert!(told.contains(delivery) && told.lines().count() == 1, "{told}");
    assert_eq!(run(folder.path(), &["contact", "export", &bo_id]).code, 4);
    for email in [ada, bo] {
        assert_eq!(files_with(&folder.path().join("data"), email), [""; 0]);
    }

    assert!(is_in_engage(&sandbox, bo), "nobody asked Engage yet");
    let gateway = Running::serve(folder.path(), &config);
    gateway.get_until(&format!("/v1/deliveries/{delivery}"), |answer| answer.body["state"] == "done");
    assert!(!is_in_engage(&sandbox, bo));
}

#[test]
fn an_operator_who_looks_into_the_wrong_place_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["queue", "list"]);
    assert_eq!(ended.code, 4, "{ended:#?}");
    assert!(ended.stderr.contains("tillbridge-data"), "{ended:#?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it made something there");
}

#[test]
fn the_queue_of_a_gateway_that_was_killed_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    gateway(folder.path()).kill();
    assert!(folder.path().join("data/command-line.token").exists(), "it had no time to take it away");
    let rows = run(folder.path(), &["queue", "list", "--json"]).json();
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "{rows:#}");
}

#[test]
fn tokens_are_made_shown_and_ended_whether_a_gateway_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = shop("http://127.0.0.1:9").replace("auth = \"none\"", "auth = \"tokens\"");
    std::fs::write(folder.path().join("tillbridge.toml"), &config).unwrap();
    let issue = |name: &str| {
        let issued = run(folder.path(), &["token", "issue", "--name", name, "--store", "store03-stockholm"]);
        issued.ok().strip_suffix('\n').expect("one line").to_owned()
    };
    let before = issue("before");
    let gateway = Running::serve(folder.path(), &config);
    let meanwhile = issue("meanwhile");
    let lookup = |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        gateway.call(reqwest::Method::GET, "/v1/receipts/r-1", None, &headers).status
    };
    assert_eq!((lookup(&before), lookup(&meanwhile), lookup("tbt_guess")), (404, 404, 401));
    assert_eq!(run(folder.path(), &["token", "revoke", "before"]).code, 0);
    assert_eq!((lookup(&before), lookup(&meanwhile)), (401, 404));

    let mut gateway = Some(gateway);
    let printed = both_ways(folder.path(), &mut gateway, &[&["token", "list"], &["token", "list", "--json"]]);
    assert!(printed[0].contains("meanwhile") && !printed[0].contains("before"), "{}", printed[0]);
    assert!(!printed.concat().contains(&meanwhile), "a secret is shown again");
    assert_eq!(run(folder.path(), &["token", "revoke", "meanwhile"]).code, 0);
    assert_eq!(run(folder.path(), &["token", "list"]).ok(), "no tokens\n");
}

#[test]
fn a_token_that_is_taken_or_unknown_has_its_exit_code_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Running::serve(folder.path(), &shop("http://127.0.0.1:9"));
    let issue = || run(folder.path(), &["token", "issue", "--name", "till 1/å", "--store", "*"]);
    assert_eq!(issue().code, 0);
    let codes = || [issue().code, run(folder.path(), &["token", "revoke", "nobody/else"]).code];
    assert_eq!(codes(), [5, 4]);
    assert!(gateway.terminate().success());
    assert_eq!(codes(), [5, 4]);
    assert_eq!(run(folder.path(), &["token", "revoke", "till 1/å"]).code, 0);
}

#[test]
fn a_token_for_a_store_that_nobody_configured_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let ended =
        run(folder.path(), &["token", "issue", "--name", "t", "--store", "elsewhere", "--expires", "90d"]);
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(ended.stderr.contains("\"elsewhere\""), "{ended:#?}");
    assert!(ended.stdout.starts_with("tbt_") && ended.stdout.lines().count() == 1, "{ended:#?}");
}
