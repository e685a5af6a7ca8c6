//! What else can be wrong with an order: its job, its contact, the tenant's older interface; and who comes again.

use gateway::settings::{Auth, OrderStatuses, Orders, OrdersApi};
use serde_json::{Value, json};

use super::stand::{codes, open, order, sale, with};
use crate::api::{STOCKHOLM, enrolment, purchase, settings};
use crate::offers::stand::{ADA, Stand};

async fn switch(stand: &Stand, name: &str, value: Value) {
    stand.shop.admin("PUT", "switches", json!({ name: value })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_needs_a_person_and_after_that_everything_goes_once() {
    for told in ["422", "200"] {
        let stand = with(json!({ "orderJobSeconds": 0, "orderJobs": "fail", "orderJobFailed": told })).await;
        stand.sell("r1", sale()).await;
        stand.shop.until("r1", "delivered").await;
        let path = "/v1/deliveries?state=needsAttention";
        let failed = stand.shop.until_that(path, |page| page["items"][0].is_object()).await;
        assert_eq!(codes(failed["items"].as_array().unwrap()), [("storeOrder", "orderRefused")], "{told}");
        let action = stand.order("r1").await["actions"][0]["delivery"].clone();
        assert_eq!(action["state"], "waiting", "it waits for its order: {action}");
        switch(&stand, "orderJobs", json!("processed")).await;
        stand.retry(&failed["items"][0]).await;
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{told}");
        assert_eq!(stand.order_deeds("r1").await, ["stored", "actionTriggered"], "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_change_mends_an_order_that_needs_a_person_and_the_old_one_never_goes_after_it() {
    let stand = with(json!({ "orderJobSeconds": 0, "orderJobs": "fail" })).await;
    stand.put("o1", order("Ordered")).await;
    stand.act("o1", "tell-her", json!({ "store": STOCKHOLM, "action": "Ordered" })).await;
    let path = "/v1/deliveries?state=needsAttention";
    let failed = stand.shop.until_that(path, |page| page["items"][0].is_object()).await;
    switch(&stand, "orderJobs", json!("processed")).await;
    stand.put("o1", order("Packed")).await;
    let is_there = |order: &Value| order["changes"][1]["delivery"]["state"] == "done";
    stand.shop.until_that("/v1/orders/o1", is_there).await;
    stand.retry(&failed["items"][0]).await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_in_engage("o1").await["externalStatus"], "Packed");
    let told = stand.order("o1").await;
    assert_eq!(told["changes"][0]["delivery"]["code"], "superseded", "{told}");
    let deeds = stand.order_deeds("o1").await;
    assert_eq!(deeds, ["stored", "actionTriggered"], "the old state never went");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_being_enrolled_gets_the_receipt_once_when_she_is_there() {
    for unknown in ["storedWithout", "jobFails"] {
        let switches =
            json!({ "orderJobSeconds": 0, "visibilityDelaySeconds": 1, "orderUnknownContact": unknown });
        let stand = Stand::with(settings(Auth::None), switches).await;
        // The enrolment's answer takes its time; the sale doesn't wait for it.
        stand.fault("POST", "/api/v3/contacts", 1, json!({ "delay": { "ms": 1_000 } })).await;
        let (enrolled, taken) = tokio::join!(
            stand.shop.call("POST", "/v1/contacts", enrolment(ADA)),
            stand.shop.call("PUT", "/v1/receipts/r1", sale()),
        );
        assert!(matches!(enrolled.status, 200..=202), "{enrolled:?}");
        assert_eq!(taken.status, 201, "{taken:?}");
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{unknown}");
        assert_eq!(stand.triggered("r1").await, 1, "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_somebody_changes_in_engage_is_acted_on_as_it_is_by_then() {
    let stand = open().await;
    stand.put("o1", order("Ordered")).await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    // The web shop's own words, by the web shop's own key.
    let change = stand.shop.http.post(format!("{}/api/v3/orders/o1/change-status", stand.shop.sandbox));
    let change = change
        .header("apikey", "k")
        .header("user-agent", "Shop/1")
        .header("content-type", "application/json");
    let changed = change.body(json!({ "externalStatus": "OnItsWay" }).to_string()).send().await.unwrap();
    assert_eq!(changed.status().as_u16(), 202);
    let acted = stand.act("o1", "k1", json!({ "store": STOCKHOLM, "action": "Sent" })).await;
    assert!(matches!(acted.status, 201 | 202), "{acted:?}");
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_deeds("o1").await, ["stored", "replaced", "actionTriggered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_of_version_2_is_told_each_change_once_and_stores_nothing() {
    let mut ours = settings(Auth::None);
    ours.orders = Orders { api: OrdersApi::V2(OrderStatuses::default()), ..Orders::default() };
    let stand = Stand::with(ours, json!({})).await;
    stand.member().await;
    let statuses = json!({ "order": ["InProgress", "Completed", "Cancelled", "DigitalReceipt", "Sent"], "payment": ["Paid"] });
    stand.shop.admin("PUT", "order-statuses", statuses).await;
    stand.sell("r1", sale()).await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_deeds("r1").await, ["actionTriggered"]);

    let made = stand.put("o1", order("Ordered")).await;
    assert_eq!(made.status, 201, "{made:?}");
    stand.fault("POST", "/api/v2/orders", 1, json!("cutAfter")).await;
    let acted = stand.act("o1", "k1", json!({ "store": STOCKHOLM, "action": "Sent" })).await;
    assert_eq!(acted.status, 202, "{acted:?}");
    let attention = stand.ended().await;
    assert_eq!(codes(&attention), [("announceOrder", "actionUnknown")]);
    assert_eq!(stand.order_deeds("o1").await, ["actionTriggered"; 2]);
    // What needs a person holds nothing else up.
    stand.put("o1", order("Packed")).await;
    stand.shop.until_that("/v1/orders/o1", |order| order["changes"][1]["delivery"]["state"] == "done").await;
    stand.retry(&attention[0]).await;
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    assert_eq!(stand.order_deeds("o1").await.len(), 4);
    let deleted = stand.shop.call("DELETE", "/v1/orders/o1", Value::Null).await;
    assert_eq!((deleted.status, &deleted.body["state"]), (200, &json!("deleted")), "{deleted:?}");
    assert_eq!(stand.order_in_engage("o1").await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_holds_up_no_receipt_and_no_receipt_the_order() {
    let stand = open().await;
    stand.fault("POST", "/api/v3/receipts", 1, json!({ "status": { "code": 400 } })).await;
    let refused = stand.shop.call("PUT", "/v1/receipts/r1", sale()).await;
    assert_eq!(refused.status, 201, "{refused:?}");
    let attention = stand.ended().await;
    assert_eq!(codes(&attention), [("registerReceipt", "engageRefused")]);
    assert_eq!(stand.triggered("r1").await, 1);
    let stand = open().await;
    stand.fault("POST", "/api/v3/orders", 1, json!({ "status": { "code": 400 } })).await;
    stand.sell("r2", sale()).await;
    stand.shop.until("r2", "delivered").await;
    stand.sell("r3", purchase(STOCKHOLM, ADA)).await;
    stand.shop.until("r3", "delivered").await;
}
