//! What is known of a customer: everything from where it is exact, and what could not be read is said.

use std::time::Duration;

use gateway::settings::Auth;
use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase, settings};

/// Somebody with points, a voucher, a promotion and a level.
async fn loyal(shop: &Shop) -> String {
    let ada = shop
        .has("Member", json!({ "email": "ada@example.com", "firstName": "Ada", "bonusBasedLevel": "silver" }))
        .await;
    shop.admin("POST", &format!("contacts/{ada}/points"), json!({ "amount": 250 })).await;
    shop.admin("POST", &format!("contacts/{ada}/vouchers"), json!({ "amount": 100, "name": "Bonus" })).await;
    let promotion = shop
        .admin(
            "POST",
            "promotions",
            json!({ "name": "Welcome 10%", "externalId": "WELCOME10", "validity": { "startDate": "2020-01-15" },
                    "presentation": { "heading": "10% on your first visit" },
                    "redemptionChannels": [{ "type": "POS", "valueType": "EXTERNALOFFER", "value": "WELCOME10" }] }),
        )
        .await;
    shop.admin("POST", &format!("contacts/{ada}/promotions"), json!({ "promotion": promotion["id"] })).await;
    ada
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_profile_shows_everything_and_a_minimal_one_the_contact_alone() {
    let shop = Shop::open().await;
    let ada = loyal(&shop).await;
    let full = shop.profile(&ada).await;
    assert_eq!((full.status, &full.body["source"]), (200, &json!("live")), "{full:?}");
    let loyalty = &full.body["profile"]["loyalty"];
    assert_eq!((&loyalty["points"], &loyalty["level"]), (&json!(250), &json!("silver")), "{loyalty}");
    assert_eq!(loyalty["vouchers"][0]["values"][0], json!({ "amount": 100, "currency": "SEK" }), "{loyalty}");
    assert_eq!(loyalty["promotions"][0]["externalId"], "WELCOME10");
    assert!(loyalty.get("incomplete").is_none(), "{loyalty}");
    for minimal in [
        shop.call("GET", &format!("/v1/contacts/{ada}?view=minimal"), Value::Null).await,
        shop.lookup(json!({ "email": "ada@example.com", "view": "minimal" })).await,
        shop.call("GET", "/v1/contacts?email=ada%40example.com&view=minimal", Value::Null).await,
    ] {
        assert_eq!(minimal.body["profile"]["firstName"], "Ada", "{minimal:?}");
        assert!(minimal.body["profile"].get("loyalty").is_none(), "{minimal:?}");
    }
    let wrong = shop.call("GET", &format!("/v1/contacts/{ada}?view=all"), Value::Null).await;
    assert_eq!((wrong.status, wrong.code()), (400, "queryNotRead"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_overview_makes_no_figure_wrong() {
    let shop = Shop::open().await;
    shop.admin("PUT", "switches", json!({ "overviewCacheSeconds": 86_400, "levelIn": "overviewOnly" })).await;
    let ada = loyal(&shop).await;
    let before = shop.profile(&ada).await.body["profile"]["loyalty"].clone();
    assert_eq!((&before["level"], &before["levelMayBeStale"]), (&json!("silver"), &json!(true)), "{before}");
    shop.admin("POST", &format!("contacts/{ada}/points"), json!({ "amount": 50 })).await;
    shop.changes_in_engage(&ada, json!({ "lastName": "Lind", "bonusBasedLevel": "gold" })).await;
    let after = shop.profile(&ada).await.body["profile"].clone();
    assert_eq!((&after["lastName"], &after["loyalty"]["points"]), (&json!("Lind"), &json!(300)), "{after}");
    // Only the level has no place of its own: it is old, and is said to be.
    assert_eq!(after["loyalty"]["level"], "silver");
    shop.admin("PUT", "switches", json!({ "levelIn": "contactAndOverview" })).await;
    let exact = shop.profile(&ada).await.body["profile"]["loyalty"].clone();
    assert_eq!((&exact["level"], exact.get("levelMayBeStale")), (&json!("gold"), None), "{exact}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_in_time_is_named_and_not_shown_as_empty() {
    let mut hasty = settings(Auth::None);
    hasty.lookup_wait = Duration::from_millis(1_500);
    let shop = Shop::with(hasty).await;
    let ada = loyal(&shop).await;
    let slow = json!({ "on": { "path": "/api/v3/point-accounts" }, "kind": { "delay": { "ms": 9_000 } } });
    let failing =
        json!({ "on": { "path": "/api/v3/reward-vouchers/*" }, "kind": { "status": { "code": 404 } } });
    shop.admin("PUT", "faults", json!([slow, failing])).await;
    let profile = shop.profile(&ada).await;
    assert_eq!((profile.status, &profile.body["source"]), (200, &json!("live")), "{profile:?}");
    let loyalty = &profile.body["profile"]["loyalty"];
    assert_eq!(loyalty["incomplete"], json!(["points", "vouchers"]), "{loyalty}");
    assert!(loyalty.get("points").is_none() && loyalty.get("vouchers").is_none(), "{loyalty}");
    assert_eq!(loyalty["promotions"][0]["externalId"], "WELCOME10", "the rest is there");
    let figures = shop.call("GET", "/metrics", Value::Null).await.body;
    let counted = "tillbridge_incomplete_profiles_total{part=\"points\"} 1";
    assert!(figures.as_str().unwrap().contains(counted), "{figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_dark_what_was_last_seen_is_shown_with_its_age_also_after_a_minimal_look() {
    let shop = Shop::open().await;
    let ada = loyal(&shop).await;
    shop.remember(&ada, "firstName", json!("Ada")).await;
    shop.changes_in_engage(&ada, json!({ "firstName": "Adele" })).await;
    let path = format!("/v1/contacts/{ada}?view=minimal");
    assert_eq!(shop.call("GET", &path, Value::Null).await.body["profile"]["firstName"], "Adele");
    shop.cut().await;
    let last =
        shop.until_that(&format!("/v1/contacts/{ada}"), |body| body["profile"]["firstName"] == "Adele").await;
    assert_eq!(last["source"], "lastKnown");
    assert!(last["ageSeconds"].as_i64().unwrap() >= 0);
    let loyalty = &last["profile"]["loyalty"];
    assert_eq!((&loyalty["points"], &loyalty["level"]), (&json!(250), &json!("silver")), "{loyalty}");
    assert!(loyalty["asOf"].as_str() < last["asOf"].as_str(), "each part says how old it is: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_named_by_any_id_it_ever_had() {
    let shop = Shop::open().await;
    shop.cut().await;
    let temporary =
        shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await.body["contactId"].clone();
    let temporary = temporary.as_str().unwrap();
    let dark = shop.profile(temporary).await;
    assert_eq!((dark.status, &dark.body["source"]), (200, &json!("enrolled")), "{dark:?}");
    shop.mend().await;
    let path = format!("/v1/contacts/{temporary}");
    let live = shop.until_that(&path, |body| body["source"] == "live").await;
    assert_ne!(live["contactId"], json!(temporary), "it is shown under Engage's id");
    let again = shop.profile(live["contactId"].as_str().unwrap()).await;
    assert_eq!(again.body["profile"]["memberNumber"], live["profile"]["memberNumber"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_shown_under_an_id_of_nobodys() {
    let shop = Shop::open().await;
    // Somebody whom only a receipt names is nobody that could be shown.
    let named = shop.call("PUT", "/v1/receipts/r", purchase(STOCKHOLM, "nobody@example.com")).await;
    let hollow = named.body["contactId"].as_str().unwrap().to_owned();
    let ids =
        ["0b7d3f5e-3c1a-4d0e-9a56-6f1d2c8e4b90", "tb-0b7d3f5e-3c1a-4d0e-9a56-6f1d2c8e4b90", "a%20b", &hollow];
    for id in ids {
        let nobody = shop.profile(id).await;
        assert_eq!((nobody.status, nobody.code()), (404, "contactNotFound"), "{id}: {nobody:?}");
    }
    shop.cut().await;
    let unknown = shop.profile(ids[0]).await;
    assert_eq!((unknown.status, unknown.code()), (503, "contactUnknownOffline"), "{unknown:?}");
    assert_eq!(shop.profile(ids[1]).await.status, 404, "an id of ours needs no asking");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_a_file_with_everything_that_is_held() {
    let shop = Shop::open().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let ada = enrolled.body["contactId"].as_str().unwrap().to_owned();
    shop.call("PUT", "/v1/receipts/hers", purchase(STOCKHOLM, "ada@example.com")).await;
    shop.call("PUT", "/v1/receipts/another", purchase(STOCKHOLM, "bo@example.com")).await;
    shop.until("hers", "delivered").await;
    shop.update(&ada, json!({ "street": "Storgatan 4" })).await;
    let response = shop.http.get(format!("{}/v1/contacts/{ada}/export", shop.gateway)).send().await.unwrap();
    let disposition = response.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    let export: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(export["contactId"], json!(ada));
    assert_eq!(export["profile"]["street"], "Storgatan 4");
    let kinds: Vec<&str> =
        export["documents"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["enrolment", "receipt", "update"], "{export}");
    assert_eq!(export["documents"][1]["content"], purchase(STOCKHOLM, "ada@example.com"));
    assert_eq!(export["documents"][1]["delivery"]["state"], "done");
    let stranger = shop.has("Member", json!({ "email": "eva@example.com" })).await;
    let nothing = shop.call("GET", &format!("/v1/contacts/{stranger}/export"), Value::Null).await;
    assert_eq!((nothing.status, nothing.code()), (404, "contactNotFound"), "nothing is held: {nothing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_are_shown_in_the_language_asked_for_and_are_known_in_the_dark_once_seen() {
    let shop = Shop::open().await;
    shop.cut().await;
    let unknown = shop.until_that("/v1/consents", |body| body["code"] == "consentsUnknownOffline").await;
    assert_eq!(unknown["status"], 503);
    shop.mend().await;
    let live = shop.until_that("/v1/consents?language=sv-SE", |body| body["source"] == "live").await;
    let consent = &live["consents"][0];
    assert_eq!((&consent["id"], &consent["displayText"]), (&json!("memberTerms"), &json!("Jag godkänner")));
    assert_eq!(consent["conditionHtml"], "<p>Villkor för medlemmar.</p>");
    let english = shop.call("GET", "/v1/consents?language=en-US", Value::Null).await;
    assert_eq!(english.body["consents"][0]["linkText"], "member terms");
    assert_eq!(english.body["consents"][0]["culture"], "en-GB");
    shop.cut().await;
    let dark = shop.until_that("/v1/consents?language=sv", |body| body["source"] == "lastKnown").await;
    assert_eq!(dark["consents"][0]["displayText"], "Jag godkänner");
    assert!(dark["ageSeconds"].as_i64().unwrap() >= 0);
    let wrong = shop.call("GET", "/v1/consents?lang=sv", Value::Null).await;
    assert_eq!((wrong.status, wrong.code()), (400, "queryNotRead"));
}
