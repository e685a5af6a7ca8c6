//! Sales from before the gateway: kept for returns, and nothing else.

use gateway::settings::Auth;
use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase, settings};

const ADA: &str = "ada@example.com";

/// Two sweaters at 200.00, sold before the gateway came.
fn sold(email: Option<&str>) -> Value {
    let mut sold = purchase(STOCKHOLM, email.unwrap_or_default());
    if email.is_none() {
        sold.as_object_mut().unwrap().remove("contact");
    }
    sold["lines"][0]["quantity"] = json!(2);
    sold["lines"][0]["unitPrice"] = json!("200.00");
    sold["payments"] = json!([{ "type": "card", "amount": "400.00" }]);
    sold["total"] = json!("400.00");
    sold
}

/// A receipt that takes pieces of it back.
fn give_back(pieces: u32) -> Value {
    let mut back = purchase(STOCKHOLM, "");
    back.as_object_mut().unwrap().remove("contact");
    let refund = format!("-{}.00", pieces * 200);
    back["lines"] =
        json!([{ "kind": "return", "of": { "receipt": "old", "line": "1" }, "quantity": pieces }]);
    back["payments"] = json!([{ "type": "card", "amount": refund }]);
    back["total"] = json!(refund);
    back
}

/// Somebody whom Engage has and this gateway has never seen.
async fn in_engage_alone(shop: &Shop) -> String {
    let contact = json!({ "contactType": "Member", "email": ADA, "firstName": "Ada", "source": "legacy" });
    let made = shop
        .http
        .post(format!("{}/api/v3/contacts?source=legacy&storeExternalId={STOCKHOLM}", shop.sandbox))
        .header("apikey", "test")
        .header("content-type", "application/json")
        .body(contact.to_string())
        .send()
        .await
        .unwrap();
    let status = made.status();
    let body: Value = serde_json::from_str(&made.text().await.unwrap()).unwrap();
    body.as_str()
        .or_else(|| body["id"].as_str())
        .unwrap_or_else(|| panic!("no contact was made: {status} {body}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_of_an_old_sale_finds_its_lines_and_its_contact_and_no_more_than_was_sold() {
    let mut shop = Shop::open().await;
    let ada = in_engage_alone(&shop).await;
    let kept = shop.call("PUT", "/v1/returnables/old", sold(Some(ADA))).await;
    assert_eq!((kept.status, &kept.body["id"]), (201, &json!("old")), "{kept:?}");
    let again = shop.call("PUT", "/v1/returnables/old", sold(Some(ADA))).await;
    assert_eq!(again.status, 200, "{again:?}");
    let other = shop.call("PUT", "/v1/returnables/old", sold(None)).await;
    assert_eq!((other.status, other.code()), (409, "otherContent"), "{other:?}");

    let back = shop.call("PUT", "/v1/receipts/back-1", give_back(1)).await;
    assert_eq!((back.status, &back.body["warnings"]), (201, &Value::Null), "{back:?}");
    shop.until("back-1", "delivered").await;
    let sent = shop.engages("back-1").await;
    let sent: Value = serde_json::from_str(sent[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(sent["contact"]["matchKey"], json!(ada), "it is the old sale's contact's");
    let item = &sent["items"][0];
    assert_eq!((&item["sku"], &item["quantity"]), (&json!("3001-BLK-M"), &json!(-1)), "{sent}");

    shop.restart_gateway(settings(Auth::None)).await;
    shop.call("PUT", "/v1/receipts/back-2", give_back(1)).await;
    shop.until("back-2", "delivered").await;
    let over = shop.call("PUT", "/v1/receipts/back-3", give_back(1)).await;
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:?}");
    assert_eq!(shop.engages("old").await, Vec::<Value>::new(), "of the old sale nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_return_of_an_anonymous_old_sale_is_nobodys() {
    let shop = Shop::open().await;
    shop.call("PUT", "/v1/returnables/old", sold(None)).await;
    let back = shop.call("PUT", "/v1/receipts/back", give_back(2)).await;
    assert_eq!((back.status, &back.body["faults"]), (201, &Value::Null), "{back:?}");
    let over = shop.call("PUT", "/v1/receipts/over", give_back(1)).await;
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_a_till_sent_is_left_alone_and_one_that_comes_later_counts() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/old", sold(Some(ADA))).await;
    let late = shop.call("PUT", "/v1/returnables/old", sold(Some(ADA))).await;
    assert_eq!((late.status, late.code()), (409, "receiptIsLive"), "{late:?}");

    shop.call("PUT", "/v1/returnables/both", sold(None)).await;
    let live = shop.call("PUT", "/v1/receipts/both", sold(Some(ADA))).await;
    assert_eq!(live.status, 201, "{live:?}");
    shop.until("both", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_tills_are_refused() {
    let shop = Shop::open().await;
    let mut broken = sold(Some(ADA));
    broken["lines"][0].as_object_mut().unwrap().remove("sku");
    broken["lines"][0].as_object_mut().unwrap().remove("articleNumber");
    let refused = shop.call("PUT", "/v1/returnables/old", broken).await;
    assert_eq!((refused.status, refused.code()), (422, "hasFaults"), "{refused:?}");
    let shop = Shop::with_tokens().await;
    let issued = shop
        .call("POST", "/v1/tokens", json!({ "name": "till", "role": "till", "stores": [STOCKHOLM] }))
        .await;
    let secret = issued.body["token"].as_str().or(issued.body["secret"].as_str()).map(str::to_owned);
    let refused = shop.call_as(secret.as_deref(), "PUT", "/v1/returnables/old", sold(None)).await;
    assert_eq!((refused.status, refused.code()), (403, "roleNotAllowed"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_takes_the_old_sales_along() {
    let shop = Shop::open().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let ada = enrolled.body["contactId"].as_str().unwrap().to_owned();
    let mut old = sold(None);
    old["contact"] = json!({ "contactId": ada });
    let kept = shop.call("PUT", "/v1/returnables/old", old).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    let held = shop.call("GET", &format!("/v1/contacts/{ada}/export"), Value::Null).await;
    assert!(held.body.to_string().contains("\"returnable\""), "{held:?}");
    shop.forget(&ada).await;
    let back = shop.call("PUT", "/v1/receipts/back", give_back(1)).await;
    let codes = back.body.to_string();
    assert!(codes.contains("returnOfUnknownReceipt"), "its lines are gone: {back:?}");
}
