//! What goes wrong with receipts in products like this one, as far as points and identities are concerned: each a test,
//! named as a sentence.

use std::collections::BTreeSet;

use gateway::settings::Auth;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::ledger::{Left, left};
use super::stand::{ADA, BO, STOCKHOLM, earning};
use super::{back, receipt};
use crate::api::{Answer, Shop, settings};
use crate::golden::strict;

/// The states of what is owed to Engage.
const OWED: [&str; 3] = ["unknown", "waiting", "inFlight"];

/// A shop whose receipts earn points and are checked in all that Engage may check, and that Ada and Bo are members of.
pub async fn earning_shop() -> Shop {
    let shop = Shop::with_tenant(settings(Auth::None), earning()).await;
    shop.admin("PUT", "switches", strict()).await;
    for email in [ADA, BO] {
        shop.has("Member", json!({ "email": email })).await;
    }
    shop
}

/// Ada buys so many lamps at 100.00.
fn sale(number: &str, quantity: u32) -> Value {
    let lines = json!([{ "id": "1", "kind": "purchase", "sku": "lamp", "quantity": quantity,
                         "unitPrice": "100.00", "taxPercent": 25 }]);
    let mut sale = receipt(STOCKHOLM, number, "2026-11-20T10:00:00+01:00", lines);
    sale["contact"] = json!({ "email": ADA });
    sale
}

/// Lamps come back.
fn refund(number: &str, of: &str, quantity: Option<&str>) -> Value {
    receipt(STOCKHOLM, number, "2026-11-21T10:00:00+01:00", json!([back(of, "1", quantity)]))
}

impl Shop {
    async fn take(&self, id: &str, body: Value) -> Answer {
        let taken = self.call("PUT", &format!("/v1/receipts/{id}"), body).await;
        assert_eq!((taken.status, &taken.body["faults"]), (201, &Value::Null), "{id}: {taken:?}");
        taken
    }

    /// Waits until nothing is owed to Engage any more; what failed before is tried at once.
    async fn drain(&self) {
        let mut hurried = BTreeSet::new();
        while let [first, ..] = self.owed().await.as_slice() {
            for row in self.owed().await.iter().filter(|row| row["code"].is_string()) {
                let id = row["id"].as_str().unwrap().to_owned();
                if hurried.insert(id.clone()) {
                    // It is refused where it was settled meanwhile.
                    self.call("POST", &format!("/v1/deliveries/{id}/retry"), Value::Null).await;
                }
            }
            let id = first["id"].as_str().unwrap();
            let moves = |row: &Value| {
                !OWED.iter().any(|state| row["state"] == *state)
                    || row["code"].is_string() && !hurried.contains(id)
            };
            self.until_that(&format!("/v1/deliveries/{id}"), moves).await;
        }
    }

    async fn owed(&self) -> Vec<Value> {
        let mut owed = Vec::new();
        for state in OWED {
            let page =
                self.call("GET", &format!("/v1/deliveries?state={state}&limit=500"), Value::Null).await;
            owed.extend(page.body["items"].as_array().unwrap().iter().cloned());
        }
        owed
    }

    /// What Engage is left with, once nothing is owed to it any more.
    pub async fn left(&self) -> Left {
        self.drain().await;
        self.admin("POST", "import", Value::Null).await;
        let receipts = self.admin("GET", "receipts?count=1000", Value::Null).await;
        let accounts = self.admin("GET", "point-accounts?count=1000", Value::Null).await;
        left(receipts["items"].as_array().unwrap(), accounts["items"].as_array().unwrap())
    }

    /// An operator looks at what was kept under a name of its own, because its id was taken, and sends it so.
    async fn send_what_conflicts(&self, id: &str) {
        let page = self.call("GET", "/v1/deliveries?state=needsAttention", Value::Null).await;
        let [kept] = page.body["items"].as_array().unwrap().as_slice() else { panic!("kept once: {page:?}") };
        assert_eq!(kept["code"], "conflictingContent", "{kept}");
        let own = kept["of"].as_str().unwrap();
        assert!(own.starts_with(&format!("{id}#")), "{kept}");
        let delivery = format!("/v1/deliveries/{}", kept["id"].as_str().unwrap());
        assert_eq!(self.call("POST", &format!("{delivery}/retry"), Value::Null).await.status, 200);
        self.until_that(&delivery, |row| row["state"] == "done").await;
    }

    async fn points(&self) -> Decimal {
        let left = self.left().await;
        left.iter().filter(|(name, _)| name.starts_with("points ")).map(|(_, points)| *points).sum()
    }
}

/// Buy, earn, refund, keep the points.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_refunded_keeps_no_points() {
    let shop = earning_shop().await;
    shop.take("sale", sale("1", 3)).await;
    assert_eq!(shop.points().await, 300.into());
    shop.take("back", refund("2", "sale", Some("2"))).await;
    assert_eq!(shop.points().await, 100.into());
    shop.take("rest", refund("3", "sale", None)).await;
    assert_eq!(shop.left().await, Left::new());
}

/// A refund charges points a second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_was_lost_takes_points_once() {
    let shop = earning_shop().await;
    shop.take("sale", sale("1", 1)).await;
    shop.until("sale", "delivered").await;
    let on = json!({ "method": "POST", "path": "/api/v3/receipts" });
    shop.admin("POST", "faults", json!({ "on": on, "times": 1, "kind": "cutAfter" })).await;
    let taken = shop.take("back", refund("2", "sale", None)).await;
    let delivery = format!("/v1/deliveries/{}", taken.body["deliveries"][0]["id"].as_str().unwrap());
    shop.until_that(&delivery, |row| row["state"] == "unknown" || row["code"].is_string()).await;
    shop.call("POST", &format!("{delivery}/retry"), Value::Null).await;
    shop.until("back", "delivered").await;
    // The till had no answer either, and sends it again.
    assert_eq!(shop.call("PUT", "/v1/receipts/back", refund("2", "sale", None)).await.status, 200);
    let receipts = shop.engages("back").await;
    let fates: Vec<&str> = receipts.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(fates, ["imported", "ignored"], "it was sent twice, and Engage knew it");
    let accounts = shop.admin("GET", "point-accounts", Value::Null).await;
    assert_eq!(left(&[], accounts["items"].as_array().unwrap()), Left::new());
}

/// The same receipt id for purchase and refund.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_under_its_sales_own_id_is_kept_and_an_operator_sends_it() {
    let shop = earning_shop().await;
    shop.take("order-17", sale("1", 1)).await;
    shop.until("order-17", "delivered").await;
    let refused = shop.call("PUT", "/v1/receipts/order-17", refund("2", "order-17", None)).await;
    assert_eq!((refused.status, refused.code()), (409, "otherContent"), "{refused:?}");
    assert_eq!(shop.points().await, 100.into(), "as the same receipt Engage would drop it in silence");
    shop.send_what_conflicts("order-17").await;
    assert_eq!(shop.left().await, Left::new());
}

/// Points for voided lines.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_voided_earns_nothing() {
    let shop = earning_shop().await;
    let mut sold = sale("1", 1);
    let mut voided = sold["lines"][0].clone();
    (voided["id"], voided["quantity"]) = (json!("2"), json!(0));
    sold["lines"].as_array_mut().unwrap().push(voided);
    let asked = shop.call("POST", "/v1/receipts/validate", sold.clone()).await;
    assert_eq!(
        asked.body["errors"][0]["pointer"], "/lines/1/quantity",
        "a voided line is left out: {asked:?}"
    );
    sold["lines"].as_array_mut().unwrap().truncate(1);
    shop.take("sale", sold).await;
    assert_eq!(shop.points().await, 100.into());
    assert_eq!(shop.call("POST", "/v1/receipts/sale/void", Value::Null).await.status, 201);
    assert_eq!(shop.left().await, Left::new());
}

/// A number reset: the till begins again at 1 after a repair.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_under_a_number_that_was_used_before_is_kept_and_an_operator_sends_it() {
    let shop = earning_shop().await;
    shop.take("till2-000001", sale("000001", 1)).await;
    shop.until("till2-000001", "delivered").await;
    let mut other = sale("000001", 2);
    other["createdAt"] = json!("2026-11-22T09:00:00+01:00");
    for _ in 0..2 {
        let conflict = shop.call("PUT", "/v1/receipts/till2-000001", other.clone()).await;
        assert_eq!((conflict.status, conflict.code()), (409, "otherContent"), "{conflict:?}");
    }
    assert_eq!(shop.points().await, 100.into());
    shop.send_what_conflicts("till2-000001").await;
    assert_eq!(shop.points().await, 300.into());
}

/// Several tills take the same line back at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn of_returns_at_once_no_more_comes_back_than_was_sold() {
    let shop = earning_shop().await;
    shop.take("sale", sale("1", 5)).await;
    let put = |n: usize| {
        let path = format!("/v1/receipts/back-{n}");
        let shop = &shop;
        async move { shop.call("PUT", &path, refund(&n.to_string(), "sale", Some("2"))).await }
    };
    let (a, b, c, d) = tokio::join!(put(0), put(1), put(2), put(3));
    let answers = [a, b, c, d];
    let of = |state: &str| answers.iter().filter(|answer| answer.body["state"] == state).count();
    assert_eq!((of("accepted"), of("needsAttention")), (2, 2), "{answers:?}");
    assert_eq!(shop.points().await, 100.into());
    shop.take("rest", refund("9", "sale", None)).await;
    assert_eq!(shop.left().await, Left::new());
}

/// Nobody was named at the till, and part of it came back before she claims it.
#[tokio::test(flavor = "multi_thread")]
async fn an_unclaimed_sale_and_its_return_are_withheld_and_then_claimed_together() {
    let shop = earning_shop().await;
    let mut sold = sale("1", 3);
    sold.as_object_mut().unwrap().remove("contact");
    assert_eq!(shop.take("sale", sold).await.body["state"], "unclaimed");
    assert_eq!(shop.take("back", refund("2", "sale", Some("1"))).await.body["state"], "unclaimed");
    assert_eq!(shop.left().await, Left::new(), "Engage keeps none without a contact");
    let claimed = shop.call("POST", "/v1/receipts/sale/contact", json!({ "email": ADA })).await;
    assert_eq!(claimed.status, 201, "{claimed:?}");
    shop.until("back", "delivered").await;
    assert_eq!(shop.points().await, 200.into());
    shop.take("rest", refund("3", "sale", None)).await;
    assert_eq!(shop.left().await, Left::new());
}

/// The return receipt used the wrong date.
#[tokio::test(flavor = "multi_thread")]
async fn a_return_goes_with_its_own_date_and_number_and_store() {
    let shop = earning_shop().await;
    shop.take("sale", sale("1", 1)).await;
    let mut back = refund("2", "sale", None);
    back["store"] = json!(crate::api::HELSINKI);
    shop.take("back", back).await;
    shop.until("back", "delivered").await;
    let sent: Value = serde_json::from_str(shop.engages("back").await[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        ["createdDate", "receiptNumber", "storeExternalId", "currency"].map(|name| sent[name].clone()),
        ["2026-11-21T10:00:00+01:00", "2", crate::api::HELSINKI, "SEK"].map(Value::from)
    );
}
