//! The enriched profile: each data point from where Engage has it exactly, and what could not be read said so.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::{Stage, of_the_tenant, tenant};
use crate::api::STOCKHOLM;

const EMAIL: &str = "ada.lind@example.com";
/// Longer than any test takes.
const DAY_S: u32 = 86_400;

/// A member with a bit of everything, by her id.
async fn member(stage: &Stage) -> String {
    let enrolment = json!({
        "store": STOCKHOLM, "email": EMAIL, "firstName": "Ada", "lastName": "Lind", "street": "Storgatan 4",
        "zipCode": "111 22", "city": "Stockholm", "birthDay": "1980-01-31", "gender": "female",
        "preferences": { "email": true, "sms": false, "postal": true }, "consents": [{ "id": "memberTerms", "value": true }],
    });
    let enrolled = stage.till("POST", "/v1/contacts", enrolment).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    let id = enrolled.body["contactId"].as_str().unwrap().to_owned();
    let of = format!("contacts/{id}");
    stage
        .edited_in_engage(&id, json!({ "bonusBasedLevel": "silver", "bonusBasedLevelLeftForUpgrade": "750" }))
        .await;
    stage.shop.admin("POST", &format!("{of}/points"), json!({ "amount": 250 })).await;
    stage.shop.admin("POST", &format!("{of}/vouchers"), json!({ "amount": 100, "name": "Q1" })).await;
    let channels = json!([{ "type": "POS", "valueType": "PERCENT", "value": "10" }]);
    for name in ["Spring", "Autumn"] {
        let definition = json!({ "name": name, "externalId": name, "redemptionChannels": channels });
        stage.shop.admin("POST", "promotions", definition).await;
    }
    give(stage, &id, "Spring").await;
    id
}

async fn give(stage: &Stage, id: &str, name: &str) {
    let all = stage.shop.admin("GET", "promotions", Value::Null).await;
    let promotion =
        all["items"].as_array().unwrap().iter().find(|one| one["definition"]["name"] == name).unwrap();
    let given = json!({ "promotion": promotion["id"] });
    stage.shop.admin("POST", &format!("contacts/{id}/promotions"), given).await;
}

/// The data points that the guide lists (2.4), as a till is shown them.
fn points_of(shown: &Value) -> Value {
    let profile = &shown["profile"];
    let loyalty = &profile["loyalty"];
    let names = |list: &str| -> Vec<Value> {
        loyalty[list].as_array().into_iter().flatten().map(|one| one["name"].clone()).collect()
    };
    json!({
        "first name": profile["firstName"], "last name": profile["lastName"],
        "address": [profile["street"], profile["zipCode"], profile["city"]],
        "gender": profile["gender"], "birthday": profile["birthDay"], "preferences": profile["preferences"],
        "level": [loyalty["level"], loyalty["toNextLevel"]], "points": loyalty["points"],
        "vouchers": names("vouchers"), "promotions": names("promotions"), "consents": profile["consents"],
    })
}

/// Everything about her changes, in Engage.
async fn everything_changes(stage: &Stage, id: &str) {
    let fields = json!({
        "firstName": "Adda", "lastName": "Lindh", "street": "Nygatan 9", "zipCode": "222 33", "city": "Lund",
        "birthDay": "1981-02-01", "gender": "Other", "bonusBasedLevel": "gold", "bonusBasedLevelLeftForUpgrade": "0",
        "preferences": { "acceptsEmail": false, "acceptsSms": true, "acceptsPostal": false },
        "consents": [{ "id": "memberTerms", "value": false }],
    });
    stage.edited_in_engage(id, fields).await;
    stage.shop.admin("POST", &format!("contacts/{id}/points"), json!({ "amount": -50 })).await;
    let mine = stage.shop.admin("GET", &format!("contacts/{id}"), Value::Null).await;
    let used = mine["vouchers"][0]["id"].as_str().unwrap();
    stage.shop.admin("POST", &format!("vouchers/{used}/redeem"), Value::Null).await;
    let used = mine["assignments"][0]["assignment"]["id"].as_str().unwrap();
    stage.shop.admin("POST", &format!("assignments/{used}/redeem"), json!({ "channel": "POS" })).await;
    stage.shop.admin("POST", &format!("contacts/{id}/vouchers"), json!({ "amount": 50, "name": "Q2" })).await;
    give(stage, id, "Autumn").await;
}

/// What a till must be shown then.
fn after_everything_changed(level: &Value) -> Value {
    json!({
        "first name": "Adda", "last name": "Lindh", "address": ["Nygatan 9", "222 33", "Lund"],
        "gender": "other", "birthday": "1981-02-01",
        "preferences": { "email": false, "sms": true, "postal": false }, "level": level, "points": 200,
        "vouchers": ["Q2"], "promotions": ["Autumn"], "consents": [{ "id": "memberTerms", "value": false }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_data_point_is_exact_although_the_overview_is_old_and_a_level_from_there_says_so() {
    let switches = json!({ "overviewCacheSeconds": DAY_S, "levelIn": "overviewOnly" });
    let stage = Stage::with(of_the_tenant(), tenant(), switches).await;
    let id = member(&stage).await;
    let path = format!("/v1/contacts/{id}");
    // From now on Engage answers its overview from what it is now.
    let before = stage.till("GET", &path, Value::Null).await.body;
    assert_eq!(points_of(&before)["level"], json!(["silver", "750"]), "{before}");
    everything_changes(&stage, &id).await;
    let overview =
        stage.shop.http.get(format!("{}/api/v3/contactoverview?contactId={id}", stage.shop.sandbox));
    let overview =
        overview.header("apikey", "k").header("content-type", "application/json").send().await.unwrap();
    let overview: Value = serde_json::from_str(&overview.text().await.unwrap()).unwrap();
    assert_eq!(overview["attributes"]["firstName"], json!("Ada"), "it is old indeed");

    let now = stage.till("GET", &path, Value::Null).await.body;
    assert_eq!(points_of(&now), after_everything_changed(&json!(["silver", "750"])));
    assert_eq!(now["profile"]["loyalty"]["levelMayBeStale"], json!(true), "{now}");
    stage.shop.admin("POST", "clock", json!({ "advanceSeconds": DAY_S })).await;
    let later = stage.till("GET", &path, Value::Null).await.body;
    assert_eq!(points_of(&later)["level"], json!(["gold", "0"]), "{later}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_contact_itself_shows_the_level_the_overview_is_never_asked() {
    let switches = json!({ "overviewCacheSeconds": DAY_S, "levelIn": "contactAndOverview" });
    let stage = Stage::with(of_the_tenant(), tenant(), switches).await;
    let id = member(&stage).await;
    stage.till("GET", &format!("/v1/contacts/{id}"), Value::Null).await;
    everything_changes(&stage, &id).await;
    let now = stage.till("POST", "/v1/contacts/lookup", json!({ "email": EMAIL })).await.body;
    assert_eq!(points_of(&now), after_everything_changed(&json!(["gold", "0"])));
    assert_eq!(now["profile"]["loyalty"]["levelMayBeStale"], Value::Null, "{now}");
    let called = stage.called().await;
    assert!(!called.iter().any(|call| call.contains("contactoverview")), "{called:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_named_and_the_rest_is_there() {
    let stage = Stage::with(of_the_tenant(), tenant(), json!({ "levelIn": "overviewOnly" })).await;
    let id = member(&stage).await;
    let whole = stage.till("GET", &format!("/v1/contacts/{id}"), Value::Null).await.body;
    let names = |shown: &Value| shown["profile"]["loyalty"]["incomplete"].clone();
    assert_eq!(names(&whole), Value::Null, "{whole}");
    for (path, part) in [
        ("/api/v3/point-accounts", "points"),
        ("/api/v3/reward-vouchers/available", "vouchers"),
        ("/api/v3/promotion-assignments", "promotions"),
        ("/api/v3/contactoverview", "level"),
    ] {
        stage.fault("GET", path, 1, json!({ "status": { "code": 500 } })).await;
        let shown = stage.till("GET", &format!("/v1/contacts/{id}"), Value::Null).await;
        assert_eq!((shown.status, names(&shown.body)), (200, json!([part])), "{shown:?}");
        let mut expected = points_of(&whole);
        expected[part] = match part {
            "points" => Value::Null,
            "level" => json!([null, null]),
            _ => json!([]),
        };
        assert_eq!(points_of(&shown.body), expected, "without {part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_late_keeps_no_till_waiting_for_the_rest() {
    let mut hasty = of_the_tenant();
    hasty.lookup_wait = Duration::from_millis(1_500);
    let stage = Stage::with(hasty, tenant(), json!({})).await;
    let id = member(&stage).await;
    stage.fault("GET", "/api/v3/reward-vouchers/available", 1, json!({ "delay": { "ms": 60_000 } })).await;
    let shown = stage.till("GET", &format!("/v1/contacts/{id}"), Value::Null).await.body;
    assert_eq!(shown["profile"]["loyalty"]["incomplete"], json!(["vouchers"]), "{shown}");
    assert_eq!(shown["profile"]["loyalty"]["points"], json!(250), "{shown}");
}
