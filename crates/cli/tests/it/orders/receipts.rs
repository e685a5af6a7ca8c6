//! Digital receipts of purchases, returns and exchanges, of whom and whenever: one message each, or none.

use serde_json::{Value, json};

use super::stand::{open, sale};
use crate::api::STOCKHOLM;
use crate::offers::stand::{ADA, Stand};

fn without_contact(mut sale: Value) -> Value {
    sale.as_object_mut().unwrap().remove("contact");
    sale
}

/// What takes a piece of this receipt's line back, and sells this beside it.
fn back(of: &str, sold: Value) -> Value {
    let mut lines = vec![json!({ "kind": "return", "of": { "receipt": of, "line": "1" }, "quantity": 1 })];
    lines.extend(sold.as_array().cloned().unwrap_or_default());
    json!({ "store": STOCKHOLM, "receiptNumber": "000900", "createdAt": "2026-11-23T10:00:00+01:00", "currency": "SEK",
            "contact": { "email": ADA }, "lines": lines, "digitalReceipt": { "language": "sv-SE", "data": { "nested": [1.10] } } })
}

async fn is_sent_once(stand: &Stand, id: &str) -> Value {
    assert_eq!(stand.ended().await, Vec::<Value>::new(), "{id}");
    assert_eq!(stand.order_deeds(id).await, ["stored", "actionTriggered"], "{id}");
    stand.order_in_engage(id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn purchases_returns_and_exchanges_are_sent_once_each_with_the_same_money() {
    let stand = open().await;
    stand.sell("sale", sale()).await;
    let stored = is_sent_once(&stand, "sale").await;
    assert_eq!((&stored["status"], stored["totalPrice"].to_string()), (&json!("Completed"), "400.00".into()));
    assert_eq!(stored["lineItems"]["items"][0]["taxAmount"].to_string(), "80.00");
    assert_eq!(stored["payments"]["items"][0]["value"].to_string(), "400.00");

    stand.sell("back", back("sale", json!([]))).await;
    let stored = is_sent_once(&stand, "back").await;
    assert_eq!(stored["totalPrice"].to_string(), "-200.00", "{stored}");
    let line = &stored["lineItems"]["items"][0];
    let figures = [&line["quantity"], &line["totalPrice"], &line["taxAmount"]].map(Value::to_string);
    assert_eq!((&line["type"], figures), (&json!("Return"), ["-1", "200.00", "40.00"].map(String::from)));
    assert_eq!(stored["references"], json!(["sale"]), "{stored}");

    let hat = json!([{ "id": "2", "sku": "hat", "name": "Hat", "quantity": 1, "unitPrice": 250, "taxPercent": 25 }]);
    stand.sell("exchange", back("sale", hat)).await;
    let stored = is_sent_once(&stand, "exchange").await;
    assert_eq!(stored["totalPrice"].to_string(), "50.00", "{stored}");
    assert_eq!(stored["lineItems"]["items"].as_array().unwrap().len(), 2, "{stored}");
    assert_eq!(stand.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_sale_again_sends_nothing_again() {
    let stand = open().await;
    stand.sell("r1", sale()).await;
    is_sent_once(&stand, "r1").await;
    let again = stand.shop.call("PUT", "/v1/receipts/r1", sale()).await;
    assert_eq!(again.status, 200, "{again:?}");
    let mut other = sale();
    other["digitalReceipt"] = json!({ "language": "fi" });
    assert_eq!(stand.shop.call("PUT", "/v1/receipts/r1", other).await.status, 409);
    let kept = stand.ended().await;
    assert_eq!((kept.len(), &kept[0]["code"]), (1, &json!("conflictingContent")), "{kept:?}");
    assert_eq!(stand.triggered("r1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_sale_is_sent_to_nobody_until_it_is_claimed() {
    let stand = open().await;
    let taken = stand.sell("r1", without_contact(sale())).await;
    assert_eq!(taken["warnings"][0]["code"], "digitalReceiptWithoutContact", "{taken}");
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_deeds("r1").await, Vec::<String>::new());
    for status in [201, 200] {
        let claimed = stand.shop.call("POST", "/v1/receipts/r1/contact", json!({ "email": ADA })).await;
        assert_eq!(claimed.status, status, "{claimed:?}");
        is_sent_once(&stand, "r1").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_sale_is_sent_to_nobody() {
    let stand = open().await;
    let mut training = sale();
    training["training"] = json!(true);
    stand.sell("r1", training).await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_deeds("r1").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_is_voided_before_it_went_is_sent_to_nobody_and_one_that_went_is_cancelled() {
    let stand = open().await;
    stand.sell("late", sale()).await;
    is_sent_once(&stand, "late").await;
    stand.void("late").await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_deeds("late").await, ["stored", "actionTriggered", "replaced"]);
    assert_eq!(stand.order_in_engage("late").await["status"], "Cancelled");

    stand.cut().await;
    stand.sell("early", sale()).await;
    stand.void("early").await;
    stand.mend().await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    let deeds = stand.order_deeds("early").await;
    // A call that found no link may have been lost on its way there; then it is cancelled, and nobody was told.
    assert_eq!(stand.triggered("early").await, 0, "{deeds:?}");
    let there = stand.order_in_engage("early").await;
    assert!(there.is_null() || there["status"] == "Cancelled", "{there}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_with_a_fault_is_sent_when_it_is_corrected() {
    let stand = open().await;
    let mut faulty = sale();
    faulty["currency"] = json!("ABC");
    let taken = stand.shop.call("PUT", "/v1/receipts/r1", faulty).await;
    assert_eq!((taken.status, &taken.body["state"]), (201, &json!("needsAttention")), "{taken:?}");
    assert_eq!(stand.order_deeds("r1").await, Vec::<String>::new());
    let delivery = taken.body["deliveries"][0]["id"].as_str().unwrap();
    let corrected = stand.shop.call("PUT", &format!("/v1/deliveries/{delivery}/content"), sale()).await;
    assert!(corrected.status < 300, "{corrected:?}");
    stand.shop.until("r1", "delivered").await;
    is_sent_once(&stand, "r1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_sent_nothing_more_and_her_orders_are_gone() {
    let stand = open().await;
    stand.sell("r1", sale()).await;
    is_sent_once(&stand, "r1").await;
    let found = stand.shop.call("POST", "/v1/contacts/lookup", json!({ "email": ADA })).await;
    let ada = found.body["contactId"].as_str().unwrap().to_owned();
    stand.shop.call("DELETE", &format!("/v1/contacts/{ada}"), Value::Null).await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_in_engage("r1").await, Value::Null);
    assert_eq!(stand.triggered("r1").await, 1);
    let told = stand.order("r1").await;
    assert_eq!(told.get("total"), None, "what was in it is not held any longer: {told}");
}
