//! A shop whose customers get digital receipts, and what was done with their orders in Engage.

use gateway::settings::Auth;
use serde_json::{Value, json};

use crate::api::{Answer, STOCKHOLM, Shop, purchase, settings};
use crate::offers::stand::{ADA, Stand};

/// The call that makes an order.
pub const CREATE: (&str, &str) = ("POST", "/api/v3/orders");
/// The call that replaces one.
pub const REPLACE: (&str, &str) = ("PUT", "/api/v3/orders/*");
/// The call that deletes one.
pub const DELETE: (&str, &str) = ("DELETE", "/api/v3/orders/*");
/// The call that reads one.
pub const READ: (&str, &str) = ("GET", "/api/v3/orders/*");
/// The call that follows a job.
pub const JOB: (&str, &str) = ("GET", "/api/v3/orders/jobs/*");
/// The call that triggers an action.
pub const ACT: (&str, &str) = ("POST", "/api/v3/orders/*/action");

/// A shop with a member, whose tenant stores orders at once.
pub async fn open() -> Stand {
    with(json!({ "orderJobSeconds": 0 })).await
}

/// The same under these switches.
pub async fn with(switches: Value) -> Stand {
    let stand = Stand::with(settings(Auth::None), switches).await;
    stand.member().await;
    stand
}

/// An order of two sweaters.
pub fn order(status: &str) -> Value {
    let mut order = purchase(STOCKHOLM, ADA);
    let fields = order.as_object_mut().unwrap();
    for name in ["receiptNumber", "till"] {
        fields.remove(name);
    }
    order["externalStatus"] = json!(status);
    order
}

/// A sale that is to be sent to its customer.
pub fn sale() -> Value {
    let mut sale = purchase(STOCKHOLM, ADA);
    sale["digitalReceipt"] = json!(true);
    sale
}

impl Stand {
    /// A till says an order.
    pub async fn put(&self, id: &str, order: Value) -> Answer {
        self.shop.call("PUT", &format!("/v1/orders/{id}"), order).await
    }

    /// An order as a till reads it.
    pub async fn order(&self, id: &str) -> Value {
        self.shop.call("GET", &format!("/v1/orders/{id}"), Value::Null).await.body
    }

    /// A till wants an action, under an identity of its own.
    pub async fn act(&self, id: &str, key: &str, wish: Value) -> Answer {
        let path = format!("/v1/orders/{id}/actions");
        self.shop.send(None, "POST", &path, wish.to_string().into_bytes(), &[("idempotency-key", key)]).await
    }

    /// The next call of a kind meets a fault.
    pub async fn order_fault(&self, (method, path): (&str, &str), kind: Value) {
        self.fault(method, path, 1, kind).await;
    }

    /// An order as Engage has it: its body, or null.
    pub async fn order_in_engage(&self, id: &str) -> Value {
        let page = self.shop.admin("GET", &format!("orders?orderId={id}"), Value::Null).await;
        let rows = page["items"].as_array().unwrap();
        assert!(rows.len() <= 1, "{id}: {rows:?}");
        rows.first().map_or(Value::Null, |row| row["body"].clone())
    }

    /// What was done with an order in Engage, in order.
    pub async fn order_deeds(&self, id: &str) -> Vec<String> {
        deeds(&self.shop, id).await
    }

    /// How often an action of an order was triggered.
    pub async fn triggered(&self, id: &str) -> usize {
        self.order_deeds(id).await.iter().filter(|deed| *deed == "actionTriggered").count()
    }

    /// A person wants a delivery tried again.
    pub async fn retry(&self, row: &Value) {
        let path = format!("/v1/deliveries/{}/retry", row["id"].as_str().unwrap());
        let retried = self.shop.call("POST", &path, Value::Null).await;
        assert_eq!(retried.status, 200, "{retried:?}");
    }
}

async fn deeds(shop: &Shop, id: &str) -> Vec<String> {
    let rows = shop.admin("GET", &format!("effects/orders?count=1000&orderId={id}"), Value::Null).await;
    rows["items"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

/// Kind and code of what needs a person.
pub fn codes(attention: &[Value]) -> Vec<(&str, &str)> {
    attention.iter().map(|row| (row["kind"].as_str().unwrap(), row["code"].as_str().unwrap())).collect()
}
