//! Finished sales.

use serde_json::{Value, json};

use super::{HELSINKI, STOCKHOLM, Shop, enrolment, purchase, settings};
use gateway::settings::Auth;

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_reaches_engage_with_its_discounts_spread() {
    let shop = Shop::open().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    let mut receipt = purchase(STOCKHOLM, "ada@example.com");
    receipt["lines"] = json!([
        { "id": "1", "kind": "purchase", "sku": "A", "quantity": 2, "unitPrice": 250.00, "taxPercent": 25,
          "discounts": [{ "amount": 100.00, "type": "SALE", "description": "Weekend" }] },
        { "id": "2", "kind": "purchase", "sku": "B", "quantity": 1, "unitPrice": 100.00, "taxPercent": 25 },
    ]);
    receipt["discounts"] = json!([{ "percent": 20, "description": "Welcome" }]);
    receipt["payments"] = json!([{ "type": "card", "amount": 400.00 }]);
    receipt["total"] = json!(400.00);
    let taken = shop.call("PUT", "/v1/receipts/s1", receipt).await;
    assert_eq!(taken.status, 201, "{taken:?}");
    assert_eq!(taken.body["state"], "accepted");
    assert_eq!(taken.body["amounts"]["lines"][0]["paid"].to_string(), "320.00");
    assert_eq!(taken.body["warnings"], Value::Null, "{taken:?}");

    shop.until("s1", "delivered").await;
    let sent = shop.engages("s1").await;
    let [sent] = sent.as_slice() else { panic!("one receipt: {sent:?}") };
    let body: Value = serde_json::from_str(sent["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["contact"]["matchKeyType"], "contactId");
    assert_eq!(body["contact"]["matchKey"], enrolled.body["contactId"]);
    assert_eq!(body["totalGrossPrice"].to_string(), "400.00");
    assert_eq!(body["items"][0]["grossPaidPrice"].to_string(), "320.00");
    assert_eq!(body["items"][0]["taxAmount"].to_string(), "64.00");
    assert_eq!(body["items"][0]["discounts"][0]["value"].to_string(), "-100.00");
    assert_eq!(body["items"][0]["discounts"][1]["value"].to_string(), "-80.00");
    assert_eq!(body["items"][1]["grossPaidPrice"].to_string(), "80.00");
    assert_eq!(body["createdDate"], "2026-11-22T16:42:07+01:00");
    assert_eq!(sent["state"], "imported");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_receipt_again_gets_the_same_answer_and_reaches_engage_once() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let receipt = purchase(STOCKHOLM, "ada@example.com");
    assert_eq!(shop.call("PUT", "/v1/receipts/twice", receipt.clone()).await.status, 201);
    // The same content, written otherwise: other order, other digits for the same amount.
    let mut again = receipt.clone();
    again["total"] = "400.0".parse().unwrap();
    let second = shop.call("PUT", "/v1/receipts/twice", again).await;
    assert_eq!(second.status, 200, "{second:?}");
    shop.until("twice", "delivered").await;
    assert_eq!(shop.call("PUT", "/v1/receipts/twice", receipt).await.status, 200);
    assert_eq!(shop.engages("twice").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_under_a_known_id_is_kept_and_needs_attention() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let receipt = purchase(STOCKHOLM, "ada@example.com");
    shop.call("PUT", "/v1/receipts/reset", receipt.clone()).await;
    let mut other = receipt.clone();
    other["receiptNumber"] = json!("000001");
    for _ in 0..2 {
        let conflict = shop.call("PUT", "/v1/receipts/reset", other.clone()).await;
        assert_eq!((conflict.status, conflict.code()), (409, "otherContent"), "{conflict:?}");
    }
    let page = shop.call("GET", "/v1/deliveries?state=needsAttention", Value::Null).await;
    assert_eq!(page.body["items"].as_array().unwrap().len(), 1, "kept once: {page:?}");
    assert_eq!(page.body["items"][0]["code"], "conflictingContent");
    let shown = shop.call("GET", "/v1/receipts/reset", Value::Null).await;
    assert_eq!(shown.body["otherContents"], 1, "{shown:?}");
    // It was a sale of its own: an operator lets it go, under an id of its own.
    let kept = format!("/v1/deliveries/{}", page.body["items"][0]["id"].as_str().unwrap());
    assert_eq!(shop.call("POST", &format!("{kept}/retry"), Value::Null).await.status, 200);
    shop.until_that(&kept, |body| body["state"] == "done").await;
    assert_eq!(shop.engages("reset%231").await.len(), 1);
    // The first is as it was.
    assert_eq!(shop.call("PUT", "/v1/receipts/reset", receipt).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_with_faults_is_taken_and_shown_and_holds_nobody_up() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let mut bad = purchase(STOCKHOLM, "ada@example.com");
    bad["lines"][0]["quantity"] = json!("two");
    bad["lines"][0]["taxPercent"] = json!("many");
    let strict = shop.call("PUT", "/v1/receipts/bad?strict=true", bad.clone()).await;
    assert_eq!((strict.status, strict.code()), (422, "hasFaults"));
    assert!(strict.body["errors"].as_array().unwrap().len() >= 2, "every fault at once: {strict:?}");
    assert_eq!(shop.call("GET", "/v1/receipts/bad", Value::Null).await.status, 404, "strict keeps nothing");

    let validated = shop.call("POST", "/v1/receipts/validate", bad.clone()).await;
    assert_eq!(validated.body["errors"], strict.body["errors"]);

    let taken = shop.call("PUT", "/v1/receipts/bad", bad.clone()).await;
    assert_eq!(taken.status, 201);
    assert_eq!(taken.body["state"], "needsAttention");
    let pointers: Vec<_> =
        taken.body["faults"].as_array().unwrap().iter().map(|fault| fault["pointer"].clone()).collect();
    assert!(pointers.contains(&json!("/lines/0/quantity")), "{pointers:?}");

    shop.call("PUT", "/v1/receipts/good", purchase(STOCKHOLM, "ada@example.com")).await;
    shop.until("good", "delivered").await;

    // An operator corrects it, and it goes.
    let delivery = taken.body["deliveries"][0]["id"].as_str().unwrap();
    let mended = purchase(STOCKHOLM, "ada@example.com");
    let replaced = shop.call("PUT", &format!("/v1/deliveries/{delivery}/content"), mended).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    shop.until("bad", "delivered").await;
    let refused = shop.call("PUT", &format!("/v1/deliveries/{delivery}/content"), bad).await;
    assert_eq!(refused.status, 409, "what has landed is not changed: {refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_refused_and_kept_for_operators() {
    let shop = Shop::open().await;
    let odd = shop.call("PUT", "/v1/receipts/q?strict=perhaps", json!({})).await;
    assert_eq!((odd.status, odd.code()), (400, "queryNotRead"), "{odd:?}");
    for (body, code) in
        [(&b"{\"store\": \"sto"[..], "notJson"), (b"[]", "notAnObject"), (b"{}", "storeMissing")]
    {
        let refused = shop.send(None, "PUT", "/v1/receipts/q", body.to_vec(), &[]).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{refused:?}");
    }
    let kept = shop.call("GET", "/v1/quarantine", Value::Null).await;
    assert_eq!(kept.body.as_array().unwrap().len(), 3, "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_and_training_receipts_never_go_to_engage() {
    let shop = Shop::open().await;
    let mut anonymous = purchase(STOCKHOLM, "");
    anonymous.as_object_mut().unwrap().remove("contact");
    assert_eq!(shop.call("PUT", "/v1/receipts/nobody", anonymous).await.body["state"], "unclaimed");
    let mut training = purchase(STOCKHOLM, "ada@example.com");
    training["training"] = json!(true);
    assert_eq!(shop.call("PUT", "/v1/receipts/training", training).await.body["state"], "notSent");
    assert_eq!(shop.call("GET", "/v1/receipts/training", Value::Null).await.body["state"], "notSent");
    assert_eq!(shop.call("GET", "/v1/deliveries", Value::Null).await.body["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_in_the_dark_arrives_once_the_link_is_back_also_after_a_restart() {
    let mut shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    shop.cut().await;
    for n in 0..5 {
        let taken =
            shop.call("PUT", &format!("/v1/receipts/dark-{n}"), purchase(STOCKHOLM, "ada@example.com")).await;
        assert_eq!(taken.status, 201, "{taken:?}");
    }
    shop.restart_gateway(settings(Auth::None)).await;
    assert_eq!(shop.call("GET", "/v1/receipts/dark-0", Value::Null).await.body["state"], "accepted");
    shop.mend().await;
    for n in 0..5 {
        shop.until(&format!("dark-{n}"), "delivered").await;
        assert_eq!(shop.engages(&format!("dark-{n}")).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_after_the_commit_doubles_nothing() {
    let shop = Shop::open().await;
    shop.admin(
        "POST",
        "faults",
        json!({ "on": { "method": "POST", "path": "/api/v3/contacts" }, "times": 1, "kind": "cutAfter" }),
    )
    .await;
    shop.admin(
        "POST",
        "faults",
        json!({ "on": { "method": "POST", "path": "/api/v3/receipts" }, "times": 1, "kind": "cutAfter" }),
    )
    .await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!(enrolled.body["outcome"], "later", "nobody knows yet: {enrolled:?}");
    shop.call("PUT", "/v1/receipts/lost", purchase(STOCKHOLM, "ada@example.com")).await;
    let delivery = enrolled.body["delivery"]["id"].as_str().unwrap().to_owned();
    // An operator hurries what would be looked at in some seconds.
    shop.call("POST", &format!("/v1/deliveries/{delivery}/retry"), Value::Null).await;
    shop.until_that(&format!("/v1/deliveries/{delivery}"), |body| body["state"] == "done").await;
    shop.until_that("/v1/receipts/lost", |body| body["deliveries"][0]["attempts"].as_u64() >= Some(1)).await;
    let receipt = shop.call("GET", "/v1/receipts/lost", Value::Null).await;
    let receipt_delivery = receipt.body["deliveries"][0]["id"].as_str().unwrap().to_owned();
    shop.until_that(&format!("/v1/deliveries/{receipt_delivery}"), |body| body["state"] != "inFlight").await;
    shop.call("POST", &format!("/v1/deliveries/{receipt_delivery}/retry"), Value::Null).await;
    shop.until("lost", "delivered").await;
    let imported =
        shop.engages("lost").await.into_iter().filter(|receipt| receipt["state"] == "imported").count();
    assert_eq!(imported, 1, "Engage knows its own");
    let creations = shop.admin("GET", "creations", Value::Null).await;
    assert!(creations["items"].as_array().unwrap().iter().all(|row| row["made"] == 1), "{creations}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_currency_takes_its_rate_from_the_table_and_an_unknown_one_needs_attention() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let mut euro = purchase(HELSINKI, "ada@example.com");
    euro["currency"] = json!("EUR");
    shop.call("PUT", "/v1/receipts/euro", euro.clone()).await;
    shop.until("euro", "delivered").await;
    let body: Value = serde_json::from_str(shop.engages("euro").await[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["exchangeRateToGroupCurrency"].to_string(), "11.35");
    euro["currency"] = json!("NOK");
    let taken = shop.call("PUT", "/v1/receipts/krone", euro).await;
    assert_eq!(taken.body["state"], "needsAttention", "never a silent rate of 1: {taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_nobody_known_needs_attention_and_goes_when_the_customer_is_enrolled() {
    let mut early = settings(Auth::None);
    early.engage.visibility_window = std::time::Duration::from_millis(50);
    let shop = Shop::with(early).await;
    shop.call("PUT", "/v1/receipts/stranger", purchase(STOCKHOLM, "new@example.com")).await;
    let shown = shop.until("stranger", "needsAttention").await;
    assert_eq!(shown["deliveries"][0]["code"], "contactNotFound");
    shop.call("POST", "/v1/contacts", enrolment("new@example.com")).await;
    let delivery = shown["deliveries"][0]["id"].as_str().unwrap();
    shop.call("POST", &format!("/v1/deliveries/{delivery}/retry"), Value::Null).await;
    shop.until("stranger", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_engage_is_kept_and_shown_and_never_dropped() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let fault = json!({ "on": { "method": "POST", "path": "/api/v3/receipts" }, "times": 1, "kind": { "status": { "code": 400 } } });
    shop.admin("POST", "faults", fault).await;
    shop.call("PUT", "/v1/receipts/refused", purchase(STOCKHOLM, "ada@example.com")).await;
    let shown = shop.until("refused", "needsAttention").await;
    assert_eq!(shown["deliveries"][0]["code"], "engageRefused");
    let delivery = shown["deliveries"][0]["id"].as_str().unwrap();
    shop.call("POST", &format!("/v1/deliveries/{delivery}/retry"), Value::Null).await;
    shop.until("refused", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_not_yet_visible_loses_no_receipt() {
    let mut slow = settings(Auth::None);
    slow.engage.visibility_window = std::time::Duration::from_secs(1);
    let shop = Shop::with(slow).await;
    shop.admin("PUT", "switches", json!({ "visibilityDelaySeconds": 600 })).await;
    // Made by another system: this gateway knows nothing of it, and a look-up doesn't find it yet.
    let body = json!({ "contactType": "Member", "email": "new@example.com" });
    let made = shop.http.post(format!("{}/api/v3/contacts?source=UI&storeExternalId=x", shop.sandbox));
    let made = made
        .header("apikey", "k")
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(made.status().as_u16(), 201);
    let taken = shop.call("PUT", "/v1/receipts/early", purchase(STOCKHOLM, "new@example.com")).await;
    let delivery = format!("/v1/deliveries/{}", taken.body["deliveries"][0]["id"].as_str().unwrap());
    shop.until_that(&delivery, |body| body["code"] == "contactNotFound" && body["state"] == "waiting").await;
    shop.admin("POST", "clock", json!({ "advanceSeconds": 601 })).await;
    shop.until("early", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_booted_without_a_link_takes_sales_and_delivers_them_later() {
    let mut shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    shop.cut().await;
    shop.restart_gateway(settings(Auth::None)).await;
    assert_eq!(shop.call("GET", "/readyz", Value::Null).await.status, 200);
    assert_eq!(
        shop.call("PUT", "/v1/receipts/booted", purchase(STOCKHOLM, "ada@example.com")).await.status,
        201
    );
    shop.mend().await;
    shop.until("booted", "delivered").await;
}
