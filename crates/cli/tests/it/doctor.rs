//! `tillbridge doctor` against a sandbox that is well, one that refuses, and none.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Ended, Running, run, shop};

/// What every call of Engage's has.
const HEADERS: [(&str, &str); 2] = [("apikey", "sandbox"), ("user-agent", "Test/1")];

/// The checks, and how the doctor ended.
fn examine(dir: &Path, config: &str) -> (Vec<Value>, i32) {
    std::fs::write(dir.join("tillbridge.toml"), config).unwrap();
    let ended = run(dir, &["doctor", "--json"]);
    (serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:#?}")), ended.code)
}

/// The verdicts on one thing.
fn verdicts<'a>(checks: &'a [Value], group: &str, name: &str) -> Vec<&'a str> {
    let about = checks.iter().filter(|check| check["group"] == group && check["name"] == name);
    about.map(|check| check["verdict"].as_str().unwrap()).collect()
}

/// What was found about one thing.
fn found<'a>(checks: &'a [Value], group: &str, name: &str) -> &'a str {
    let about = checks.iter().find(|check| check["group"] == group && check["name"] == name);
    about.and_then(|check| check["found"].as_str()).unwrap_or_default()
}

#[test]
fn a_shop_that_is_well_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    for (id, name) in [("store03-stockholm", "Stockholm"), ("store07-helsinki", "Helsinki")] {
        let store =
            json!({ "externalId": id, "name": name, "type": "RETAIL", "timeZone": "Europe/Stockholm" });
        let made = sandbox.call(reqwest::Method::POST, "/api/v3/stores", Some(&store), &HEADERS);
        assert!(made.status < 300, "{made:?}");
    }
    let (checks, code) = examine(folder.path(), &shop(&sandbox.base_url));
    assert_eq!(code, 0, "{checks:#?}");
    for (group, name) in [
        ("engage", "link"),
        ("engage", "key"),
        ("engage", "stores"),
        ("engage", "consents"),
        ("clock", "time"),
        ("disk", "write"),
        ("data directory", "lock"),
    ] {
        assert_eq!(verdicts(&checks, group, name), ["ok"], "{group} {name}: {checks:#?}");
    }
    assert_eq!(found(&checks, "engage", "consents"), "memberTerms");
    assert!(!folder.path().join("data").exists(), "it made the data directory");
}

#[test]
fn what_is_not_ok_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let (checks, code) = examine(folder.path(), &shop(&sandbox.base_url));
    assert_eq!(code, 0, "a store that Engage doesn't know is a warning: {checks:#?}");
    assert_eq!(verdicts(&checks, "engage", "stores"), ["warning"]);
    for check in &checks {
        assert_eq!(check["verdict"] != "ok", check["advice"].is_string(), "{check:#}");
    }
    let text = run(folder.path(), &["doctor"]).ok();
    assert!(text.contains("not in Engage: store03-stockholm, store07-helsinki"), "{text}");
}

#[test]
fn a_rate_that_begins_later_is_told_before_the_shop_opens() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let rated =
        |day: &str| shop(&sandbox.base_url).replace("EUR = 11.35", &format!("EUR = {{ {day} = 11.35 }}"));
    let (checks, code) = examine(folder.path(), &rated("9999-01-01"));
    assert_eq!((verdicts(&checks, "configuration", "rates"), code), (vec!["failed"], 3), "{checks:#?}");
    assert!(found(&checks, "configuration", "rates").contains("the first rate of EUR begins after 20"));
    let (checks, _) = examine(folder.path(), &rated("2020-01-01"));
    assert_eq!(verdicts(&checks, "configuration", "rates"), [""; 0], "{checks:#?}");
}

#[test]
fn a_wrong_key_is_told_from_a_link_that_is_down() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox_with(folder.path(), &["--api-key", "the-right-one"]);
    let (checks, code) = examine(folder.path(), &shop(&sandbox.base_url));
    assert_eq!(code, 3, "{checks:#?}");
    assert_eq!(verdicts(&checks, "engage", "link"), ["ok"]);
    assert_eq!(verdicts(&checks, "engage", "key"), ["failed"]);
}

#[test]
fn a_link_that_is_down_is_told_by_where_it_breaks_off() {
    let folder = tempfile::tempdir().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (checks, code) = examine(folder.path(), &shop(&format!("http://{closed}")));
    assert_eq!(code, 3, "{checks:#?}");
    assert!(found(&checks, "engage", "link").contains("no connection to port"), "{checks:#?}");

    let sandbox = Running::sandbox(folder.path());
    let cut = json!({ "on": { "method": "*", "path": "*" }, "kind": "cutBefore" });
    assert!(sandbox.post("/_sandbox/faults", &cut).status < 300);
    let (checks, _) = examine(folder.path(), &shop(&sandbox.base_url));
    assert!(
        found(&checks, "engage", "link").contains("takes connections, but doesn't answer"),
        "{checks:#?}"
    );

    let tls = format!(
        "{}[engage]\nbase_url = {:?}\napi_key = \"k\"\n",
        "",
        sandbox.base_url.replace("http", "https")
    );
    let (checks, _) = examine(folder.path(), &tls);
    assert!(found(&checks, "engage", "link").contains("TLS fails"), "{checks:#?}");
}

#[test]
fn a_running_gateway_is_found_by_the_doctor() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let config = shop(&sandbox.base_url);
    let gateway = Running::serve(folder.path(), &config);
    let (checks, code) = examine(folder.path(), &config);
    assert_eq!(code, 0, "{checks:#?}");
    let lock = found(&checks, "data directory", "lock");
    assert!(lock.contains(&gateway.base_url) && lock.contains("its link is up"), "{lock}");
}

#[test]
fn a_database_that_is_damaged_is_found_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let file = folder.path().join("data/tillbridge.db");
    std::fs::write(&file, "no database, but long enough to be looked at as one".repeat(20)).unwrap();
    let (checks, code) = examine(folder.path(), &shop(&sandbox.base_url));
    assert_eq!(code, 3, "{checks:#?}");
    assert_eq!(verdicts(&checks, "data directory", "lock"), ["failed"]);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("no database"));
}

#[test]
fn a_shop_without_stores_fails() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let (checks, code) = examine(folder.path(), &format!("[engage]\nbase_url = {:?}\n", sandbox.base_url));
    assert_eq!(code, 3, "{checks:#?}");
    assert_eq!(verdicts(&checks, "configuration", "stores"), ["failed"]);
    assert_eq!(verdicts(&checks, "data directory", "tokens"), ["warning"]);
    let text: Ended = run(folder.path(), &["doctor"]);
    assert!(text.stdout.trim_end().ends_with("1 failed"), "{text:#?}");
}

#[test]
fn the_feed_of_changes_is_looked_at_only_where_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let silent = shop(&sandbox.base_url);
    let asking = silent.replace("[engage]\n", "[engage]\nchanges_interval_seconds = 60\n");
    let set = |feed: &str| {
        let switches = json!({ "changesFeed": feed });
        assert!(sandbox.put("/_sandbox/switches", &switches).status < 300, "{feed}");
    };
    assert_eq!(verdicts(&examine(folder.path(), &silent).0, "engage", "changes"), [""; 0]);
    let (checks, code) = examine(folder.path(), &asking);
    assert_eq!((verdicts(&checks, "engage", "changes"), code), (vec!["ok"], 0), "{checks:#?}");
    for off in ["off403", "off404"] {
        set(off);
        let (checks, code) = examine(folder.path(), &asking);
        assert_eq!((verdicts(&checks, "engage", "changes"), code), (vec!["failed"], 3), "{checks:#?}");
    }
    let text = run(folder.path(), &["doctor"]).stdout;
    assert!(text.contains("ask Voyado to switch contacts/changes on"), "{text}");
}

#[test]
fn that_personal_identity_numbers_are_taken_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let config =
        shop(&sandbox.base_url).replace("[engage]\n", "[engage]\npersonal_identity_numbers = true\n");
    let (checks, code) = examine(folder.path(), &config);
    assert_eq!(code, 0, "{checks:#?}");
    let warned = checks.iter().any(|check| {
        check["verdict"] == "warning"
            && check["found"].as_str().is_some_and(|found| found.contains("engage.personal_identity_numbers"))
    });
    assert!(warned, "{checks:#?}");
}
