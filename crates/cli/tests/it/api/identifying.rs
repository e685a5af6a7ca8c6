//! Who the customer is, by whatever identifier there is.

use std::time::Duration;

use gateway::settings::Auth;
use serde_json::{Value, json};

use super::people::{candidates, with_personal_numbers};
use super::{HELSINKI, Shop, enrolment, settings};

/// A test number that Skatteverket published.
const PERSONAL_NUMBER: &str = "701063-2391";

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_found_by_every_kind_of_identifier() {
    let shop = Shop::with(with_personal_numbers()).await;
    let ada = shop
        .has(
            "Member",
            json!({ "email": "ada@example.com", "mobilePhone": "+46701740605", "memberNumber": "900100242",
                    "socialSecurityNumber": "197010632391", "firstName": "Ada" }),
        )
        .await;
    for asked in [
        json!({ "email": "Ada@Example.com" }),
        json!({ "mobilePhone": "070-174 06 05" }),
        json!({ "mobilePhone": "0046 70 174 06 05" }),
        json!({ "mobilePhone": "+46 (0)70 174 06 05" }),
        json!({ "memberNumber": "900100242" }),
        json!({ "personalIdentityNumber": PERSONAL_NUMBER }),
        json!({ "any": "ada@example.com" }),
        json!({ "any": "0701740605" }),
        json!({ "any": " 900100242\r" }),
        json!({ "any": PERSONAL_NUMBER }),
    ] {
        let found = shop.lookup(asked.clone()).await;
        assert_eq!((found.status, found.body["contactId"].as_str()), (200, Some(ada.as_str())), "{asked}");
        assert!(found.body["profile"]["hasPersonalIdentityNumber"] == true, "{found:?}");
        assert!(!found.body.to_string().contains("2391"), "the number itself is never shown");
    }
    for path in ["/v1/contacts?memberNumber=900100242", "/v1/contacts?mobilePhone=%2B46701740605"] {
        assert_eq!(shop.call("GET", path, Value::Null).await.body["contactId"], json!(ada), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_number_that_looks_like_a_phone_number_is_found() {
    let shop = Shop::open().await;
    let ada = shop.has("Member", json!({ "email": "ada@example.com", "memberNumber": "0701740605" })).await;
    let found = shop.lookup(json!({ "any": "0701740605" })).await;
    assert_eq!((found.status, found.body["contactId"].as_str()), (200, Some(ada.as_str())), "{found:?}");
    // Another has it as a phone number: nobody is taken for somebody else.
    let bo = shop
        .has("Member", json!({ "email": "bo@example.com", "mobilePhone": "+46701740605", "firstName": "Bo" }))
        .await;
    let several = shop.lookup(json!({ "any": "0701740605" })).await;
    assert_eq!((several.status, several.code()), (409, "multipleMatches"));
    let mut both = [ada.as_str(), bo.as_str()];
    both.sort_unstable();
    assert_eq!(candidates(&several), both);
    assert!(!several.body.to_string().contains("bo@"), "{several:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_number_in_a_url_is_refused_and_not_repeated() {
    let shop = Shop::with(with_personal_numbers()).await;
    for query in [
        "personalIdentityNumber=701063-2391",
        "store=x&personalidentitynumber=701063-2391",
        "any=701063-2391",
        "%61ny=701063-2391",
    ] {
        let refused = shop.call("GET", &format!("/v1/contacts?{query}"), Value::Null).await;
        assert_eq!((refused.status, refused.code()), (400, "notInUrl"), "{query}");
        let text = refused.body.to_string();
        assert!(text.contains("POST") && !text.contains("2391"), "{text}");
    }
    let unknown = shop.call("GET", "/v1/contacts?colour=blue", Value::Null).await;
    assert_eq!((unknown.status, unknown.code()), (400, "queryNotRead"));
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_numbers_are_off_until_they_are_turned_on() {
    let shop = Shop::open().await;
    for asked in [json!({ "personalIdentityNumber": PERSONAL_NUMBER }), json!({ "any": PERSONAL_NUMBER })] {
        let refused = shop.lookup(asked).await;
        assert_eq!((refused.status, refused.code()), (422, "hasFaults"));
        assert_eq!(refused.body["errors"][0]["code"], "personalIdentityNumbersOff");
        assert!(!refused.body.to_string().contains("2391"));
    }
    let requests = shop.admin("GET", "requests", Value::Null).await;
    assert_eq!(requests["items"], json!([]), "nothing of it reached Engage");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_tenant_can_not_be_asked_by_is_refused_with_what_to_do() {
    let shop = Shop::open().await;
    let refused = shop.lookup(json!({ "externalId": "crm-1" })).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body["errors"][0]["code"], "identifierNotAskable");
    let none = shop.lookup(json!({})).await;
    assert_eq!((none.status, &none.body["errors"][0]["code"]), (422, &json!("missing")));
    let two = shop.lookup(json!({ "email": "a@example.com", "memberNumber": "1" })).await;
    assert_eq!((two.status, &two.body["errors"][0]["code"]), (422, &json!("oneAtATime")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_without_a_calling_code_is_of_the_store_that_asks() {
    let shop = Shop::open().await;
    let aino =
        shop.has("Member", json!({ "email": "aino@example.com", "mobilePhone": "+358401234567" })).await;
    let asked = json!({ "any": "040 123 4567", "store": HELSINKI });
    let found = shop.call("POST", "/v1/contacts/lookup", asked).await;
    assert_eq!(found.body["contactId"], json!(aino), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_enrolled_in_the_dark_is_found_by_each_identifier_she_gave() {
    let shop = Shop::open().await;
    shop.cut().await;
    let mut ada = enrolment("ada@example.com");
    ada["mobilePhone"] = json!("070-174 06 05");
    let enrolled = shop.call("POST", "/v1/contacts", ada).await;
    for asked in [json!({ "email": "ada@example.com" }), json!({ "any": "0701740605" })] {
        let found = shop.lookup(asked.clone()).await;
        assert_eq!((found.status, &found.body["source"]), (200, &json!("enrolled")), "{asked} {found:?}");
        assert_eq!(found.body["contactId"], enrolled.body["contactId"]);
        assert_eq!(found.body["changes"][0]["kind"], "createContact");
    }
    // A phone may be a household's: two that have it are told apart by the customer.
    let mut bo = enrolment("bo@example.com");
    bo["mobilePhone"] = json!("070-174 06 05");
    shop.call("POST", "/v1/contacts", bo).await;
    let several = shop.lookup(json!({ "mobilePhone": "0701740605" })).await;
    assert_eq!((several.status, several.code()), (409, "multipleMatches"), "{several:?}");
    assert_eq!(candidates(&several).len(), 2);
    assert!(!several.body.to_string().contains("Ada"), "{several:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_enrolled_a_moment_ago_is_found_before_engage_shows_her() {
    let mut patient = settings(Auth::None);
    patient.engage.visibility_window = Duration::from_secs(3_600);
    let shop = Shop::with(patient).await;
    shop.admin("PUT", "switches", json!({ "visibilityDelaySeconds": 3_600 })).await;
    let mut ada = enrolment("ada@example.com");
    ada["mobilePhone"] = json!("070-174 06 05");
    let enrolled = shop.call("POST", "/v1/contacts", ada).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    for asked in [json!({ "email": "ada@example.com" }), json!({ "mobilePhone": "0701740605" })] {
        let found = shop.lookup(asked).await;
        assert_eq!((found.status, &found.body["source"]), (200, &json!("enrolled")), "{found:?}");
        assert_eq!(found.body["contactId"], enrolled.body["contactId"]);
        assert_eq!(found.body["profile"]["firstName"], "Ada");
    }
}
