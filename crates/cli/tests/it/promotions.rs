//! `tillbridge promotions` against a sandbox: plan, apply, what only people can do, and answers that are lost.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Ended, Running, run, shop};

/// The committed example.
const WELCOME: &str = include_str!("../../../../docs/examples/promotions.toml");
const CODE: &str = "WELCOME10";
const MULTICHANNELS: &str = "/api/v3/promotions/multichannels";

/// A sandbox, and a folder with a shop that has promotions.
struct Stage {
    folder: tempfile::TempDir,
    sandbox: Running,
}

impl Stage {
    fn with(promotions: &str) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Running::sandbox_with(folder.path(), &["--in-memory"]);
        let config = format!("{}\n[offers]\npromotions = \"ours.toml\"\n", shop(&sandbox.base_url));
        std::fs::write(folder.path().join("tillbridge.toml"), config).unwrap();
        let stage = Stage { folder, sandbox };
        stage.write(promotions);
        stage
    }

    fn write(&self, promotions: &str) {
        std::fs::write(self.path().join("ours.toml"), promotions).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn plan(&self) -> Ended {
        run(self.path(), &["promotions", "plan"])
    }

    fn apply(&self) -> Ended {
        run(self.path(), &["promotions", "apply"])
    }

    fn delete(&self, external_id: &str) -> Ended {
        run(self.path(), &["promotions", "delete", external_id])
    }

    /// What Engage has by the external id of the example.
    fn engage(&self) -> Value {
        let headers = [("apikey", "any"), ("user-agent", "Test/1")];
        let path = format!("{MULTICHANNELS}?externalId={CODE}");
        self.sandbox.call(reqwest::Method::GET, &path, None, &headers).body
    }

    /// How many promotions there are.
    fn count(&self) -> usize {
        self.admin_list("promotions").len()
    }

    fn admin_list(&self, what: &str) -> Vec<Value> {
        let answer = self.sandbox.get(&format!("/_sandbox/{what}")).body;
        answer["items"].as_array().unwrap_or_else(|| panic!("{answer:#}")).clone()
    }

    /// A person does something with the promotion in Engage's pages.
    fn person(&self, what: &str) {
        let id = self.engage()["id"].as_str().unwrap().to_owned();
        let done = self.sandbox.post(&format!("/_sandbox/promotions/{id}/{what}"), &json!({}));
        assert!(done.status < 300, "{done:?}");
    }

    /// This goes wrong, the next time that a promotion is written.
    fn next(&self, method: &str, kind: &Value) {
        let on = json!({ "method": method, "path": format!("{MULTICHANNELS}/*") });
        let faults = json!([{ "on": on, "times": 1, "kind": kind }]);
        assert!(self.sandbox.put("/_sandbox/faults", &faults).status < 300);
    }
}

/// Fails unless it ended so and said so.
fn check(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, code, "{ended:#?}");
    for words in words {
        assert!(ended.stdout.contains(words) || ended.stderr.contains(words), "{words}: {ended:#?}");
    }
}

#[test]
fn what_is_planned_is_made_once_and_activated_by_a_person() {
    let stage = Stage::with(WELCOME);
    check(&stage.plan(), 6, &["+ WELCOME10 \"Welcome 10%\": Engage has none; apply makes it, a draft"]);
    assert_eq!(stage.count(), 0, "a plan changes nothing");

    check(&stage.apply(), 0, &["~ WELCOME10", "draft; made what the file says", "activate \"Welcome 10%\""]);
    let made = stage.engage();
    assert_eq!((&made["status"], &made["externalId"]), (&json!("Draft"), &json!(CODE)));
    assert_eq!(made["redemptionChannels"][0]["instruction"], "Ten percent on everything");

    check(&stage.plan(), 0, &["= WELCOME10 \"Welcome 10%\": draft", "Only a person can do this", "activate"]);
    check(&stage.apply(), 0, &["= WELCOME10"]);
    assert_eq!((stage.count(), stage.engage()), (1, made));

    stage.person("activate");
    let plan = stage.plan();
    check(&plan, 0, &["= WELCOME10 \"Welcome 10%\": active"]);
    assert!(!plan.stdout.contains("activate"), "{plan:#?}");
}

#[test]
fn a_draft_becomes_what_the_file_says_now() {
    let stage = Stage::with(WELCOME);
    check(&stage.apply(), 0, &[]);
    let id = stage.engage()["id"].clone();
    let longer = WELCOME.replace("valid_days = 30", "valid_days = 60");
    stage.write(&longer);
    check(&stage.plan(), 6, &["~ WELCOME10", "valid_days: 30 -> 60"]);
    check(&stage.apply(), 0, &["made what the file says"]);
    assert_eq!(stage.engage()["validity"]["assignedValidity"]["amount"], 60);

    let money = longer
        .replace("percent = 10\n", "amounts = { SEK = 50, EUR = 4.50 }\n")
        .replace("valid_days = 60", "ends = 2027-12-31");
    stage.write(&money);
    let words =
        ["ecom.amounts: (not set) -> 50", "ecom.percent: 10 -> (not set)", "ends: (not set) -> 2027-12-31"];
    check(&stage.plan(), 6, &words);
    check(&stage.apply(), 0, &[]);
    check(&stage.plan(), 0, &["= WELCOME10"]);
    assert_eq!((stage.count(), &stage.engage()["id"]), (1, &id), "it is still the same one");
}

#[test]
fn what_is_active_or_ended_is_left_to_people_and_they_are_told() {
    let stage = Stage::with(WELCOME);
    check(&stage.apply(), 0, &[]);
    stage.person("activate");
    let before = stage.engage();
    stage.write(&WELCOME.replace("percent = 10\n", "percent = 15\n"));
    let words = [
        "! WELCOME10",
        "active; Engage changes only drafts",
        "ecom.percent: 10 -> 15",
        "or end it, and give",
    ];
    check(&stage.plan(), 6, &words);
    check(&stage.apply(), 5, &words);
    assert_eq!(stage.engage(), before);

    stage.person("end");
    stage.write(WELCOME);
    check(&stage.plan(), 0, &["= WELCOME10 \"Welcome 10%\": ended", "give it a new external_id"]);
}

#[test]
fn a_promotion_whose_answer_was_lost_is_looked_for_and_not_made_twice() {
    for kind in [json!("cutAfter"), json!({ "statusAfter": { "code": 504 } })] {
        let stage = Stage::with(WELCOME);
        stage.next("POST", &kind);
        check(&stage.apply(), 0, &["~ WELCOME10", "the answer was lost"]);
        assert_eq!(stage.count(), 1, "{kind}");
        stage.write(&WELCOME.replace("name = \"Welcome 10%\"", "name = \"Welcome\""));
        stage.next("PUT", &kind);
        check(&stage.apply(), 0, &["the answer was lost"]);
        assert_eq!((stage.count(), &stage.engage()["name"]), (1, &json!("Welcome")));
    }
}

#[test]
fn a_promotion_that_never_arrived_is_made_by_the_next_run() {
    for kind in [json!("cutBefore"), json!({ "status": { "code": 503 } })] {
        let stage = Stage::with(WELCOME);
        stage.next("POST", &kind);
        check(&stage.apply(), 5, &["! WELCOME10", "not known whether it was done", "run apply again"]);
        assert_eq!(stage.count(), 0, "{kind}");
        check(&stage.apply(), 0, &["made what the file says"]);
        assert_eq!(stage.count(), 1, "{kind}");
    }
}

#[test]
fn a_refusal_is_told_and_the_others_are_made() {
    let second =
        "\n[[promotion]]\ncode = \"SPRING\"\nname = \"Spring\"\nstarts = 2026-03-01\npos.percent = 5\n";
    let stage = Stage::with(&format!("{WELCOME}{second}"));
    stage.next("POST", &json!({ "status": { "code": 400 } }));
    check(&stage.apply(), 5, &["! WELCOME10", "refused by Engage: status 400", "~ SPRING"]);
    assert_eq!(stage.count(), 1);
    check(&stage.apply(), 0, &["~ WELCOME10", "= SPRING"]);
}

#[test]
fn a_promotion_made_by_hand_is_named_by_its_id() {
    let stage = Stage::with(WELCOME);
    let by_hand = json!({
        "name": "Mugs", "validity": { "startDate": "2026-01-01" }, "presentation": {},
        "redemptionChannels": [{ "type": "POS", "valueType": "MANUAL", "value": "Give a mug" }]
    });
    let made = stage.sandbox.post("/_sandbox/promotions", &by_hand);
    let id = made.body["id"].as_str().unwrap_or_else(|| panic!("{made:?}"));
    let file = |id: &str| {
        format!(
            "[[promotion]]\ncode = \"MUG\"\nid = \"{id}\"\nname = \"Mugs\"\nstarts = 2026-01-01\n\
             pos.manual = \"Give a mug\"\n"
        )
    };
    stage.write(&file(id));
    check(&stage.plan(), 0, &["= MUG \"Mugs\": active"]);
    stage.write(&file("00000000-0000-4000-8000-000000000000"));
    check(&stage.plan(), 6, &["! MUG \"Mugs\": Engage has none with this id", "correct it in the file"]);
    check(&stage.apply(), 5, &["! MUG"]);
    assert_eq!(stage.count(), 1);
}

#[test]
fn a_promotion_is_deleted_only_when_asked_and_while_nobody_has_it() {
    let stage = Stage::with(WELCOME);
    check(&stage.apply(), 0, &[]);
    check(&stage.delete(CODE), 5, &["the promotions file names WELCOME10"]);
    let other = WELCOME.replace("WELCOME10", "OTHER");
    stage.write(&other);
    stage.person("activate");
    let contact = stage.sandbox.post(
        "/_sandbox/contacts",
        &json!({ "contactType": "Member", "fields": { "email": "ada@example.com" } }),
    );
    let contact = contact.body["id"].as_str().unwrap_or_else(|| panic!("{contact:?}"));
    let promotion = json!({ "promotion": stage.engage()["id"] });
    let given = stage.sandbox.post(&format!("/_sandbox/contacts/{contact}/promotions"), &promotion);
    assert!(given.status < 300, "{given:?}");
    check(&stage.delete(CODE), 5, &["Engage doesn't delete WELCOME10", "end it in Engage instead"]);

    check(&stage.apply(), 0, &["~ OTHER"]);
    stage.write(WELCOME);
    stage.next("DELETE", &json!("cutAfter"));
    check(&stage.delete("OTHER"), 0, &["OTHER is deleted"]);
    check(&stage.delete("OTHER"), 4, &["Engage has no promotion OTHER"]);
    assert_eq!(stage.count(), 1);
}

#[test]
fn a_plan_is_there_for_programs_too() {
    let stage = Stage::with(WELCOME);
    let plan = run(stage.path(), &["promotions", "plan", "--json"]);
    assert_eq!(plan.code, 6, "{plan:#?}");
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["promotions"][0]["next"], "create");
    let applied = run(stage.path(), &["promotions", "apply", "--json"]).json();
    let row = &applied["promotions"][0];
    assert_eq!(
        (&row["outcome"], &row["next"], &row["status"]),
        (&json!("done"), &json!("nothing"), &json!("Draft"))
    );
    assert_eq!(row["id"], stage.engage()["id"]);
}

#[test]
fn every_fault_of_the_promotions_file_is_told_before_anything_is_asked() {
    let stage =
        Stage::with("[[promotion]]\ncode = \"A\"\nname = \"n\"\npos.percent = 12.5\nendz = 2026-01-01\n");
    for command in [&["promotions", "plan"][..], &["promotions", "apply"], &["config", "check"], &["doctor"]]
    {
        let ended = run(stage.path(), command);
        let words = [
            "has 3 faults",
            "ours.toml:4: promotion[0].pos.percent",
            "did you mean ends?",
            "starts: this is missing",
        ];
        check(&ended, 78, &words);
    }
}

#[test]
fn without_promotions_or_without_engage_there_is_no_plan() {
    let stage = Stage::with("");
    check(&stage.plan(), 78, &["there are no promotions", "[offers]"]);
    stage.write(WELCOME);
    let gone = std::fs::read_to_string(stage.path().join("tillbridge.toml")).unwrap();
    let gone = gone.replace(&stage.sandbox.base_url, "http://127.0.0.1:9");
    std::fs::write(stage.path().join("tillbridge.toml"), gone).unwrap();
    for ended in [stage.plan(), stage.apply()] {
        check(&ended, 1, &["can't read the promotion WELCOME10 in Engage", "the request was not sent"]);
    }
}
