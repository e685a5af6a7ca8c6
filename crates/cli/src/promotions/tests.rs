//! Plans, made of a promotions file and of what Engage would answer.

use engage::Response;
use engage::call;
use engage::model::{Definition, Text};
use pos::money::Currency;
use serde_json::{Value, json};

use super::carry::Outcome;
use super::plan::{self, ForPeople, State, Step};
use super::show::{self, Row};
use crate::config::{self, Promotion};

const FILE: &str = r#"
[[promotion]]
code = "WELCOME10"
name = "Welcome 10%"
heading = "10% on your first visit"
starts = 2026-01-15
valid_days = 30
pos = { code = "WELCOME10", instruction = "Press Promo" }
ecom = { percent = 10 }
other = { amounts = { SEK = 20.50, EUR = 2 } }
"#;

fn group() -> Option<Currency> {
    Currency::parse("SEK").ok()
}

fn promotion(text: &str) -> Promotion {
    config::promotions_of(text, group()).remove(0)
}

fn welcome() -> Promotion {
    promotion(FILE)
}

/// What Engage answers where it has the promotion of the file.
fn answer() -> Value {
    json!({
        "id": "0d9b5a52", "status": "Draft", "externalId": "WELCOME10", "name": "Welcome 10%",
        "validity": {
            "startDate": "2026-01-15T00:00:00+01:00", "endDate": null,
            "assignedValidity": { "unit": "Days", "amount": 30 }
        },
        "presentation": { "heading": "10% on your first visit", "description": null, "link": null },
        "redemptionChannels": [
            { "type": "OTHER", "valueType": "MONEY", "value": { "amount": 20.5, "currency": "SEK" },
              "localValues": [{ "amount": 2.00, "currency": "EUR" }], "instruction": null },
            { "type": "POS", "valueType": "EXTERNALOFFER", "value": "WELCOME10", "instruction": "Press Promo" },
            { "type": "ECOM", "valueType": "PERCENT", "value": "10", "instruction": null }
        ]
    })
}

fn read(answer: &Value) -> Definition {
    let response = Response { status: 200, body: answer.to_string().into(), ..Response::default() };
    call::promotion(&Text::new("a").unwrap()).read(&response).unwrap().unwrap()
}

/// Where Engage is, with one value changed.
fn state_with(pointer: &str, value: Value) -> State {
    let mut answer = answer();
    *answer.pointer_mut(pointer).unwrap() = value;
    plan::state(&welcome(), Some(&read(&answer)), group())
}

/// The differences as `field: engage -> file`.
fn told(state: &State) -> Vec<String> {
    let State::There { differences, .. } = state else { panic!("{state:?}") };
    let side = |side: &Option<String>| side.clone().unwrap_or_default();
    let told =
        differences.iter().map(|one| format!("{}: {} -> {}", one.field, side(&one.engage), side(&one.file)));
    told.collect()
}

#[test]
fn what_engage_has_in_other_words_is_no_difference() {
    let state = plan::state(&welcome(), Some(&read(&answer())), group());
    assert_eq!(told(&state), Vec::<String>::new());
    assert_eq!((state.step(), state.for_people()), (Step::Nothing, Some(ForPeople::Activate)));
    for (pointer, value) in [
        ("/redemptionChannels/0/value", json!("20.50")),
        ("/redemptionChannels/2/value", json!(10)),
        ("/redemptionChannels/1/type", json!("pos")),
        ("/validity/startDate", json!("2026-01-15")),
        ("/presentation/link", json!("")),
    ] {
        assert_eq!(state_with(pointer, value).step(), Step::Nothing, "{pointer}");
    }
}

#[test]
fn every_field_that_differs_is_told_with_both_sides() {
    let table = [
        ("/name", json!("Welcome"), "name: Welcome -> Welcome 10%"),
        ("/externalId", json!("OTHER"), "external_id: OTHER -> WELCOME10"),
        ("/presentation/heading", json!(null), "heading:  -> 10% on your first visit"),
        ("/presentation/link", json!("https://a"), "link: https://a -> "),
        ("/validity/startDate", json!("2026-01-16"), "starts: 2026-01-16 -> 2026-01-15"),
        ("/validity/endDate", json!("2026-06-30"), "ends: 2026-06-30 -> "),
        ("/validity/assignedValidity/amount", json!(31), "valid_days: 31 -> 30"),
        ("/redemptionChannels/0/value/amount", json!(20), "other.amounts: 20 -> 20.5"),
        ("/redemptionChannels/0/value/currency", json!("EUR"), "other.amounts: 20.5 EUR -> 20.5"),
        ("/redemptionChannels/0/localValues", json!([]), "other.amounts.EUR:  -> 2"),
        ("/redemptionChannels/1/value", json!("W10"), "pos.code: W10 -> WELCOME10"),
        ("/redemptionChannels/1/instruction", json!("Ask"), "pos.instruction: Ask -> Press Promo"),
        ("/redemptionChannels/2/value", json!(20), "ecom.percent: 20 -> 10"),
        ("/redemptionChannels/2/value", json!([]), "ecom.percent: (can't be read) -> 10"),
    ];
    for (pointer, value, expected) in table {
        assert_eq!(told(&state_with(pointer, value)), [expected]);
    }
    let months = state_with("/validity/assignedValidity/unit", json!("Months"));
    assert_eq!(told(&months), ["valid_days:  -> 30", "valid_months: 30 -> "]);
    let other_kind = state_with("/redemptionChannels/1/valueType", json!("SWIPE"));
    assert_eq!(told(&other_kind), ["pos.code:  -> WELCOME10", "pos.swipe: WELCOME10 -> "]);
}

#[test]
fn a_draft_is_changed_as_far_as_it_differs() {
    assert_eq!(state_with("/validity/assignedValidity/amount", json!(31)).step(), Step::ChangeValidity);
    assert_eq!(state_with("/name", json!("Welcome")).step(), Step::Change);
}

#[test]
fn what_is_no_draft_is_left_to_people() {
    let mut active = answer();
    for (status, so, differs) in [
        ("Active", None, Some(ForPeople::ChangeOrReplace)),
        ("Scheduled", None, Some(ForPeople::ChangeOrReplace)),
        ("Temporary", None, Some(ForPeople::ChangeOrReplace)),
        ("Ended", Some(ForPeople::Replace), Some(ForPeople::Replace)),
    ] {
        active["status"] = json!(status);
        active["name"] = json!("Welcome 10%");
        let state = plan::state(&welcome(), Some(&read(&active)), group());
        assert_eq!((state.step(), state.for_people()), (Step::Nothing, so), "{status}");
        active["name"] = json!("Welcome");
        let state = plan::state(&welcome(), Some(&read(&active)), group());
        assert_eq!((state.step(), state.for_people()), (Step::Cannot, differs), "{status}");
    }
}

#[test]
fn what_engage_does_not_have_is_made_unless_the_file_says_its_id() {
    let missing = plan::state(&welcome(), None, group());
    assert_eq!((missing.step(), missing.for_people()), (Step::Create, Some(ForPeople::Activate)));
    let named = promotion(&FILE.replace("starts", "id = \"gone\"\nstarts"));
    let gone = plan::state(&named, None, group());
    assert_eq!((gone.step(), gone.for_people()), (Step::Cannot, Some(ForPeople::CorrectId)));
}

#[test]
fn a_promotion_that_is_named_by_its_id_need_not_have_an_external_id() {
    let named = promotion(&FILE.replace("starts", "id = \"0d9b5a52\"\nstarts"));
    for external_id in [json!(null), json!("SOMETHING")] {
        let mut answer = answer();
        answer["externalId"] = external_id;
        assert_eq!(plan::state(&named, Some(&read(&answer)), group()).step(), Step::Nothing);
    }
    let both = promotion(&FILE.replace("starts", "id = \"0d9b5a52\"\nexternal_id = \"W\"\nstarts"));
    let state = plan::state(&both, Some(&read(&answer())), group());
    assert_eq!(told(&state), ["external_id: WELCOME10 -> W"]);
}

#[test]
fn a_plan_is_shown_with_what_only_people_can_do() {
    let promotion = welcome();
    let mut active = answer();
    active["status"] = json!("Active");
    active["redemptionChannels"][2]["value"] = json!(20);
    let state = |found: Option<&Value>| plan::state(&promotion, found.map(read).as_ref(), group());
    let row = |state| Row { promotion: &promotion, state, outcome: None };
    let changed = state_with("/name", json!("Hello"));
    let rows = [row(state(None)), row(changed), row(state(Some(&answer()))), row(state(Some(&active)))];
    let expected = r#"+ WELCOME10 "Welcome 10%": Engage has none; apply makes it, a draft
~ WELCOME10 "Welcome 10%": draft; apply changes it
    name: Hello -> Welcome 10%
= WELCOME10 "Welcome 10%": draft
! WELCOME10 "Welcome 10%": active; Engage changes only drafts
    ecom.percent: 20 -> 10

Only a person can do this, in Engage's own pages, under Promotions:
  WELCOME10: activate "Welcome 10%"; until then nobody can be given it
  WELCOME10: activate "Welcome 10%"; until then nobody can be given it
  WELCOME10: activate "Welcome 10%"; until then nobody can be given it
  WELCOME10: change "Welcome 10%" as the file says; or end it, and give the file's a new external_id and code of its own

Promotions that Engage has and the file doesn't name are not shown: its API has no list of them.
"#;
    assert_eq!(show::text(&rows), expected);
    let shown = show::json(&rows);
    let next: Vec<&Value> = shown["promotions"].as_array().unwrap().iter().map(|row| &row["next"]).collect();
    assert_eq!(next, ["create", "change", "nothing", "impossible"]);
    assert_eq!(
        shown["promotions"][3]["differences"][0],
        json!({ "field": "ecom.percent", "engage": "20", "file": "10" })
    );
    assert_eq!(shown["promotions"][0]["id"], Value::Null);
    assert_eq!(shown["promotions"][0].get("outcome"), None);
}

#[test]
fn what_came_of_it_is_shown_too() {
    let promotion = welcome();
    let outcomes = [
        (Outcome::Done, "~", "made what the file says"),
        (Outcome::DoneUnheard, "~", "the answer was lost"),
        (Outcome::Nothing, "=", "draft"),
        (Outcome::Refused("status 409".to_owned()), "!", "refused by Engage: status 409"),
        (Outcome::Unknown("no answer".to_owned()), "!", "run apply again"),
        (Outcome::Otherwise, "!", "shows something else"),
    ];
    for (outcome, mark, words) in outcomes {
        let state = plan::state(&promotion, Some(&read(&answer())), group());
        let text = show::text(&[Row { promotion: &promotion, state, outcome: Some(outcome) }]);
        let line = text.lines().next().unwrap();
        assert!(line.starts_with(mark) && line.contains(words), "{line}");
    }
}
