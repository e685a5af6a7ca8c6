//! What is owed to Engage, for operators.

use gateway::settings::Auth;
use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_delivery_can_be_retried() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    shop.cut().await;
    let taken = shop.call("PUT", "/v1/receipts/r", purchase(STOCKHOLM, "ada@example.com")).await;
    let delivery = format!("/v1/deliveries/{}", taken.body["deliveries"][0]["id"].as_str().unwrap());
    shop.until_that(&delivery, |body| body["state"] != "inFlight").await;
    let no_reason = shop.call("POST", &format!("{delivery}/discard"), json!({ "reason": " " })).await;
    assert_eq!(no_reason.code(), "reasonMissing");
    let discarded = loop {
        let answer =
            shop.call("POST", &format!("{delivery}/discard"), json!({ "reason": "a test sale" })).await;
        if answer.status != 409 {
            break answer;
        }
    };
    assert_eq!(discarded.body["state"], "discarded", "{discarded:?}");
    assert_eq!(shop.call("GET", "/v1/receipts/r", Value::Null).await.body["state"], "discarded");
    let retried = shop.call("POST", &format!("{delivery}/retry"), Value::Null).await;
    assert_eq!(retried.status, 200, "{retried:?}");
    shop.mend().await;
    shop.until("r", "delivered").await;
    let detail = shop.call("GET", &delivery, Value::Null).await;
    let history: Vec<_> = detail.body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["what"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        history.iter().any(|what| what == "discard") && history.iter().any(|what| what == "retry"),
        "{history:?}"
    );
    assert_eq!(
        shop.call("POST", &format!("{delivery}/retry"), Value::Null).await.status,
        409,
        "done is done"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_waits_for_its_customers_enrolment_and_says_so() {
    let shop = Shop::open().await;
    shop.cut().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let taken = shop.call("PUT", "/v1/receipts/r", purchase(STOCKHOLM, "ada@example.com")).await;
    let receipt = shop.call("GET", "/v1/receipts/r", Value::Null).await;
    assert_eq!(receipt.body, taken.body, "read back, it is what was told");
    assert_eq!(receipt.body["deliveries"][0]["waitsFor"][0], enrolled.body["delivery"]["id"], "{receipt:?}");
    shop.mend().await;
    shop.until("r", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_by_pages() {
    let shop = Shop::open().await;
    shop.cut().await;
    for n in 0..7 {
        shop.call("PUT", &format!("/v1/receipts/r{n}"), purchase(STOCKHOLM, "ada@example.com")).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/deliveries?limit=3".to_owned();
    loop {
        let page = shop.call("GET", &path, Value::Null).await;
        seen.extend(
            page.body["items"].as_array().unwrap().iter().map(|row| row["of"].as_str().unwrap().to_owned()),
        );
        match page.body["next"].as_str() {
            Some(next) => path = format!("/v1/deliveries?limit=3&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_confirmed_when_engage_lists_it() {
    let mut prompt = settings(Auth::None);
    prompt.engage.import_interval = std::time::Duration::ZERO;
    let shop = Shop::with(prompt).await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    shop.call("PUT", "/v1/receipts/r", purchase(STOCKHOLM, "ada@example.com")).await;
    shop.until("r", "confirmed").await;
    let figures = shop.call("GET", "/metrics", Value::Null).await;
    let text = figures.body.as_str().unwrap();
    assert!(text.contains("tillbridge_accepted_total{kind=\"receipt\"} 1"), "{text}");
    assert!(text.contains("tillbridge_deliveries{kind=\"registerReceipt\",state=\"done\"} 1"), "{text}");
    assert!(text.contains("tillbridge_engage_link 1"), "{text}");
}
