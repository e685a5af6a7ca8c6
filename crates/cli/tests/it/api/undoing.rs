//! Voids and claims.

use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase};

const ADA: &str = "ada@example.com";
const BO: &str = "bo@example.com";

fn anonymous() -> Value {
    let mut sale = purchase(STOCKHOLM, "");
    sale.as_object_mut().unwrap().remove("contact");
    sale
}

fn give_back(of: &str) -> Value {
    let mut back = anonymous();
    back["lines"] = json!([{ "kind": "return", "of": { "receipt": of, "line": "1" }, "quantity": 1 }]);
    back["payments"] = json!([{ "type": "card", "amount": -200.00 }]);
    back["total"] = json!(-200.00);
    back
}

async fn sent(shop: &Shop, id: &str) -> Value {
    let receipts = shop.engages(id).await;
    let [receipt] = receipts.as_slice() else { panic!("one receipt {id}: {receipts:?}") };
    serde_json::from_str(receipt["body"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_attempted_is_withdrawn_and_anything_else_is_reversed() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/gone", purchase(STOCKHOLM, ADA)).await;
    shop.until("gone", "delivered").await;
    let body = json!({ "createdAt": "2026-11-22T17:00:00+01:00", "receiptNumber": "000872", "reason": "wrong card" });
    let voided = shop.call("POST", "/v1/receipts/gone/void", body.clone()).await;
    assert_eq!(voided.status, 201, "{voided:?}");
    assert!(voided.body["voidedAt"].is_string());
    assert_eq!(voided.body["returnedBy"], Value::Null, "its reverse is no return: {voided:?}");
    shop.until_that("/v1/receipts/gone", |body| body["deliveries"][1]["state"] == "done").await;
    let reverse = sent(&shop, "gone~void").await;
    assert_eq!(reverse["totalGrossPrice"].to_string(), "-400.00");
    assert_eq!(reverse["items"][0]["type"], "RETURN");
    assert_eq!(reverse["items"][0]["quantity"], -2);
    assert_eq!(reverse["createdDate"], "2026-11-22T17:00:00+01:00");
    assert_eq!(reverse["receiptNumber"], "000872");
    let again = shop.call("POST", "/v1/receipts/gone/void", Value::Null).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(shop.engages("gone~void").await.len(), 1);

    // A customer that nobody knows yet: its receipt can't have gone.
    shop.call("PUT", "/v1/receipts/here", purchase(STOCKHOLM, "stranger@example.com")).await;
    let voided = shop.call("POST", "/v1/receipts/here/void", Value::Null).await;
    assert_eq!((voided.status, &voided.body["state"]), (201, &json!("discarded")), "{voided:?}");
    assert_eq!(voided.body["deliveries"].as_array().unwrap().len(), 1, "{voided:?}");
    assert_eq!(shop.engages("here").await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_with_returns_is_not_voided_and_a_voided_return_can_be_made_again() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", purchase(STOCKHOLM, ADA)).await;
    shop.call("PUT", "/v1/receipts/back-1", give_back("sale")).await;
    shop.call("PUT", "/v1/receipts/back-2", give_back("sale")).await;
    let refused = shop.call("POST", "/v1/receipts/sale/void", Value::Null).await;
    assert_eq!((refused.status, refused.code()), (409, "hasReturns"), "{refused:?}");
    let over = shop.call("PUT", "/v1/receipts/back-3", give_back("sale")).await;
    assert_eq!(over.body["state"], "needsAttention");
    shop.until("back-2", "delivered").await;
    assert_eq!(shop.call("POST", "/v1/receipts/back-2/void", Value::Null).await.status, 201);
    shop.until_that("/v1/receipts/back-2", |body| body["deliveries"][1]["state"] == "done").await;
    let reverse = sent(&shop, "back-2~void").await;
    assert!(!reverse["createdDate"].as_str().unwrap().contains('.'), "{reverse}");
    assert_eq!(
        (&reverse["items"][0]["type"], &reverse["items"][0]["quantity"]),
        (&json!("PURCHASE"), &json!(1))
    );
    let again = shop.call("PUT", "/v1/receipts/back-4", give_back("sale")).await;
    assert_eq!(again.body["faults"], Value::Null, "{again:?}");
    shop.until("back-4", "delivered").await;
    assert_eq!(sent(&shop, "back-4").await["totalGrossPrice"].to_string(), "-200.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_back_of_a_voided_sale() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", purchase(STOCKHOLM, ADA)).await;
    shop.until("sale", "delivered").await;
    shop.call("POST", "/v1/receipts/sale/void", Value::Null).await;
    let back = shop.call("PUT", "/v1/receipts/back", give_back("sale")).await;
    assert_eq!(back.body["faults"][0]["code"], "saleVoided", "{back:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_sale_and_its_return_are_withheld_and_claimed_together() {
    let shop = Shop::open().await;
    let ada = shop.call("POST", "/v1/contacts", enrolment(ADA)).await.body["contactId"].clone();
    assert_eq!(shop.call("PUT", "/v1/receipts/sale", anonymous()).await.body["state"], "unclaimed");
    let back = shop.call("PUT", "/v1/receipts/back", give_back("sale")).await;
    assert_eq!(back.body["state"], "unclaimed", "{back:?}");
    let claimed = shop.call("POST", "/v1/receipts/sale/contact", json!({ "email": ADA })).await;
    assert_eq!(claimed.status, 201, "{claimed:?}");
    shop.until("back", "delivered").await;
    for id in ["sale", "back"] {
        assert_eq!(sent(&shop, id).await["contact"]["matchKey"], ada);
    }
    let again = shop.call("POST", "/v1/receipts/sale/contact", json!({ "email": ADA })).await;
    assert_eq!(again.status, 200, "{again:?}");
    let other = shop.call("POST", "/v1/receipts/sale/contact", json!({ "email": BO })).await;
    assert_eq!((other.status, other.code()), (409, "notClaimable"), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_of_nobodys_sale_is_claimed_with_the_sale_alone() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", anonymous()).await;
    shop.call("PUT", "/v1/receipts/back", give_back("sale")).await;
    let alone = shop.call("POST", "/v1/receipts/back/contact", json!({ "email": ADA })).await;
    assert_eq!((alone.status, alone.code()), (409, "notClaimable"), "{alone:?}");
    let sale = shop.call("POST", "/v1/receipts/sale/contact", json!({ "email": ADA })).await;
    assert_eq!(sale.status, 201, "{sale:?}");
    shop.until("back", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_nobodys_to_claim_is_refused_with_the_reason() {
    let mut early = super::settings(gateway::settings::Auth::None);
    early.claim_window = std::time::Duration::ZERO;
    let shop = Shop::with(early).await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/named", purchase(STOCKHOLM, ADA)).await;
    let mut training = anonymous();
    training["training"] = json!(true);
    shop.call("PUT", "/v1/receipts/training", training).await;
    shop.call("PUT", "/v1/receipts/old", anonymous()).await;
    for (id, status, code) in [
        ("named", 409, "notClaimable"),
        ("training", 409, "notClaimable"),
        ("old", 409, "claimExpired"),
        ("nowhere", 404, "notFound"),
    ] {
        let path = format!("/v1/receipts/{id}/contact");
        let refused = shop.call("POST", &path, json!({ "email": ADA })).await;
        assert_eq!((refused.status, refused.code()), (status, code), "{id}: {refused:?}");
    }
    assert_eq!(shop.call("GET", "/v1/receipts/old", Value::Null).await.body["state"], "expired");
    let empty = shop.call("POST", "/v1/receipts/old/contact", json!({})).await;
    assert_eq!((empty.status, empty.code()), (422, "hasFaults"), "{empty:?}");
    let odd = json!({ "email": "no address", "card": "1", "contactId": "17" });
    let odd = shop.call("POST", "/v1/receipts/old/contact", odd).await;
    assert_eq!(odd.body["errors"].as_array().unwrap().len(), 3, "all at once: {odd:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_engage_keeps_none_of_is_never_sent() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let mut card = purchase(STOCKHOLM, ADA);
    card["lines"] =
        json!([{ "kind": "giftCard", "sku": "GC", "quantity": 1, "unitPrice": 400.00, "taxPercent": 0 }]);
    let taken = shop.call("PUT", "/v1/receipts/card", card).await;
    assert_eq!(taken.body["state"], "notSent", "{taken:?}");
    assert_eq!(taken.body["warnings"][0]["code"], "nothingForEngage");
    assert_eq!(shop.call("GET", "/v1/receipts/card", Value::Null).await.body["state"], "notSent");
    assert_eq!(shop.call("POST", "/v1/receipts/card/void", Value::Null).await.status, 201);
}
