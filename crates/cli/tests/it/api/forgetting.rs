//! Being forgotten: here at once, in Engage as soon as it can be asked, and for good.

use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase};

/// Somebody who was enrolled at a till and bought something.
async fn customer(shop: &Shop) -> String {
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    shop.call("PUT", "/v1/receipts/hers", purchase(STOCKHOLM, "ada@example.com")).await;
    shop.until("hers", "delivered").await;
    enrolled.body["contactId"].as_str().unwrap().to_owned()
}

async fn is_in_engage(shop: &Shop, id: &str) -> bool {
    shop.in_engage(id).await["presence"] == "here"
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_gone_here_and_in_engage() {
    let shop = Shop::open().await;
    let ada = customer(&shop).await;
    let forgotten = shop.forget(&ada).await;
    assert_eq!((forgotten.status, &forgotten.body["outcome"]), (200, &json!("deleted")), "{forgotten:?}");
    assert!(forgotten.body.get("delivery").is_none());
    assert!(!is_in_engage(&shop, &ada).await);
    for gone in [
        shop.profile(&ada).await,
        shop.update(&ada, json!({ "city": "Lund" })).await,
        shop.call("GET", &format!("/v1/contacts/{ada}/export"), Value::Null).await,
    ] {
        assert_eq!((gone.status, gone.code()), (410, "contactForgotten"), "{gone:?}");
    }
    assert_eq!(shop.lookup(json!({ "email": "ada@example.com" })).await.code(), "contactNotFound");
    let again = shop.forget(&ada).await;
    assert_eq!((again.status, &again.body["outcome"]), (200, &json!("deleted")), "{again:?}");
    // The sale stays counted; whose it was and what was in it is not held any longer.
    let hers = shop.call("GET", "/v1/receipts/hers", Value::Null).await;
    assert_eq!((hers.status, hers.body.get("amounts")), (200, None), "{hers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_dark_somebody_is_forgotten_here_at_once_and_in_engage_later() {
    let shop = Shop::open().await;
    let ada = customer(&shop).await;
    shop.cut().await;
    let later = shop.forget(&ada).await;
    assert_eq!((later.status, &later.body["outcome"]), (202, &json!("later")), "{later:?}");
    assert_eq!(later.body["delivery"]["kind"], "deleteContact");
    let again = shop.forget(&ada).await;
    assert_eq!(
        (again.status, &again.body["delivery"]["id"]),
        (202, &later.body["delivery"]["id"]),
        "{again:?}"
    );
    assert_eq!(shop.lookup(json!({ "email": "ada@example.com" })).await.code(), "contactUnknownOffline");
    assert_eq!(shop.profile(&ada).await.status, 410);
    shop.mend().await;
    let delivery = format!("/v1/deliveries/{}", later.body["delivery"]["id"].as_str().unwrap());
    shop.until_that(&delivery, |body| body["state"] == "done").await;
    assert!(!is_in_engage(&shop, &ada).await);
    assert_eq!(shop.forget(&ada).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_not_shown_while_engage_still_has_her() {
    let shop = Shop::open().await;
    let ada = customer(&shop).await;
    let fault = json!([{ "on": { "method": "DELETE" }, "kind": { "status": { "code": 400 } } }]);
    shop.admin("PUT", "faults", fault).await;
    let later = shop.forget(&ada).await;
    assert_eq!(
        (later.status, &later.body["delivery"]["state"]),
        (202, &json!("needsAttention")),
        "{later:?}"
    );
    assert!(is_in_engage(&shop, &ada).await);
    assert_eq!(shop.lookup(json!({ "email": "ada@example.com" })).await.code(), "contactNotFound");
    assert_eq!(shop.profile(&ada).await.code(), "contactForgotten");
    shop.mend().await;
    let delivery = later.body["delivery"]["id"].as_str().unwrap();
    shop.call("POST", &format!("/v1/deliveries/{delivery}/retry"), Value::Null).await;
    shop.until_that(&format!("/v1/deliveries/{delivery}"), |body| body["state"] == "done").await;
    assert!(!is_in_engage(&shop, &ada).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_reached_engage_is_forgotten_without_a_trace_there() {
    let shop = Shop::open().await;
    shop.cut().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let temporary = enrolled.body["contactId"].as_str().unwrap();
    let forgotten = shop.forget(temporary).await;
    assert!(forgotten.status == 200 || forgotten.status == 202, "{forgotten:?}");
    shop.mend().await;
    let path = format!("/v1/deliveries/{}", enrolled.body["delivery"]["id"].as_str().unwrap());
    shop.until_that(&path, |body| body["state"] == "discarded" || body["state"] == "done").await;
    assert_eq!(shop.profile(temporary).await.status, 410);
    let contacts = shop.admin("GET", "contacts", Value::Null).await;
    let alive = contacts["items"].as_array().unwrap().iter().filter(|row| row["presence"] == "here").count();
    assert_eq!(alive, 0, "{contacts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_be_forgotten_is_not_to_be_banned() {
    let shop = Shop::open().await;
    let ada = customer(&shop).await;
    shop.forget(&ada).await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (201, &json!("created")), "{enrolled:?}");
    assert_ne!(enrolled.body["contactId"], json!(ada));
    let found = shop.lookup(json!({ "email": "ada@example.com" })).await;
    assert_eq!(found.body["contactId"], enrolled.body["contactId"]);
    // A till that still names the old id is told.
    let mut late = purchase(STOCKHOLM, "");
    late["contact"] = json!({ "contactId": ada });
    let late = shop.call("PUT", "/v1/receipts/late", late).await;
    assert_eq!(
        (late.status, &late.body["deliveries"][0]["code"]),
        (201, &json!("contactForgotten")),
        "{late:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_whom_nothing_is_held_is_forgotten_in_engage() {
    let shop = Shop::open().await;
    let stranger = shop.has("Member", json!({ "email": "eva@example.com" })).await;
    let other = shop.has("Member", json!({ "email": "ann@example.com" })).await;
    let forgotten = shop.forget(&stranger).await;
    assert_eq!(forgotten.status, 200, "{forgotten:?}");
    assert!(!is_in_engage(&shop, &stranger).await);
    assert_eq!(shop.profile(&stranger).await.status, 410);
    let nobody = shop.forget("0b7d3f5e-3c1a-4d0e-9a56-6f1d2c8e4b90").await;
    assert_eq!((nobody.status, nobody.code()), (404, "contactNotFound"));
    shop.cut().await;
    let unknown = shop.forget(&other).await;
    assert_eq!((unknown.status, unknown.code()), (503, "contactUnknownOffline"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_may_neither_forget_nor_export_and_an_operator_of_any_store_may() {
    let shop = Shop::with_tokens().await;
    let ada = customer(&shop).await;
    let mut tokens = Vec::new();
    for (name, role) in [("till", "till"), ("operator", "operator")] {
        let issue = json!({ "name": name, "role": role, "stores": [super::HELSINKI] });
        tokens.push(shop.call("POST", "/v1/tokens", issue).await.body["token"].as_str().unwrap().to_owned());
    }
    let [till, operator] = tokens.as_slice() else { panic!("two") };
    let (path, export) = (format!("/v1/contacts/{ada}"), format!("/v1/contacts/{ada}/export"));
    for (method, path) in [("DELETE", &path), ("GET", &export)] {
        let refused = shop.call_as(Some(till), method, path, Value::Null).await;
        assert_eq!((refused.status, refused.code()), (403, "roleNotAllowed"), "{method}");
    }
    let exported = shop.call_as(Some(operator), "GET", &export, Value::Null).await;
    assert_eq!(exported.body["documents"].as_array().unwrap().len(), 2, "it is whole: {exported:?}");
    assert_eq!(shop.call_as(Some(operator), "DELETE", &path, Value::Null).await.status, 200);
    let deliveries = shop.call("GET", "/v1/deliveries", Value::Null).await;
    let deletion = deliveries.body["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&deletion["kind"], &deletion["store"]), (&json!("deleteContact"), &json!(super::HELSINKI)));
}
