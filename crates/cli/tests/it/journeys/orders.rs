//! The whole way of a customer with her orders: a digital receipt, an order that the web shop made before the till, what
//! she is told of it, one that somebody deleted in Engage, and its end; and what a tenant of version 2 hears of all that.
//!
//! After each step each message was triggered as often as somebody wanted it, by the sandbox's own account.

use gateway::settings::OrdersApi;
use serde_json::{Value, json};

use super::switches::{Under, Way};
use super::walk::under_each;
use crate::api::STOCKHOLM;
use crate::offers::stand::Stand;
use crate::orders::stand::{order, sale};

/// A way under way.
struct Walk {
    stand: Stand,
    ada: String,
    /// Whether the tenant stores orders.
    stores: bool,
}

impl Walk {
    async fn begin(under: Under) -> Walk {
        let Under { settings, tenant, switches, .. } = under;
        let stores = matches!(settings.orders.api, OrdersApi::V3);
        let stand = Stand::of_tenant(settings, tenant, switches).await;
        let ada = stand.member().await;
        let words = ["InProgress", "Completed", "Cancelled", "DigitalReceipt", "Packed", "Sent"];
        let statuses = json!({ "order": words, "payment": ["Paid"] });
        stand.shop.admin("PUT", "order-statuses", statuses).await;
        Walk { stand, ada, stores }
    }

    /// The whole way.
    async fn take(self) {
        self.gets_a_digital_receipt().await;
        self.orders_in_the_web_shop_and_the_till_goes_on_with_it().await;
        self.is_told_of_it("Packed").await;
        self.is_deleted_in_engage_and_said_again().await;
        self.is_told_of_it("Sent").await;
        self.comes_to_an_end().await;
    }

    async fn nothing_is_left_to_do(&self) {
        assert_eq!(self.stand.ended().await, Vec::<Value>::new());
    }

    /// Whom the web shop is to Engage.
    async fn web_shop(&self, method: &str, path: &str, body: Value) {
        let url = format!("{}/api/v3/orders{path}", self.stand.shop.sandbox);
        let call = self.stand.shop.http.request(method.parse().unwrap(), url).header("apikey", "web");
        let call = call.header("user-agent", "WebShop/1").header("content-type", "application/json");
        let answer = call.body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {answer:?}");
    }

    async fn gets_a_digital_receipt(&self) {
        self.stand.sell("r1", sale()).await;
        self.nothing_is_left_to_do().await;
        let deeds = self.stand.order_deeds("r1").await;
        match self.stores {
            true => assert_eq!(deeds, ["stored", "actionTriggered"]),
            false => assert_eq!(deeds, ["actionTriggered"]),
        }
        self.stand.shop.admin("POST", "import", Value::Null).await;
        self.stand.is_imported_once("r1", &self.ada).await;
    }

    async fn orders_in_the_web_shop_and_the_till_goes_on_with_it(&self) {
        if self.stores {
            let theirs = json!({
                "orderId": "o1", "contact": { "matchKey": self.ada, "matchKeyType": "ContactId" }, "status": "InProgress",
                "currencyCode": "SEK", "totalPrice": 1, "lastChangedAt": "2020-01-01T00:00:00Z",
            });
            self.web_shop("POST", "", theirs).await;
        }
        let said = self.stand.put("o1", order("Ordered")).await;
        assert!(matches!(said.status, 201 | 202), "{said:?}");
        self.is_as_it_was_said("Ordered").await;
    }

    async fn is_as_it_was_said(&self, status: &str) {
        self.nothing_is_left_to_do().await;
        if self.stores {
            let stored = self.stand.order_in_engage("o1").await;
            let total = stored["totalPrice"].to_string();
            assert_eq!((&stored["externalStatus"], total.as_str()), (&json!(status), "400.00"), "{stored}");
        }
        assert_eq!(self.stand.order("o1").await["state"], "delivered");
    }

    async fn is_told_of_it(&self, action: &str) {
        let before = self.stand.triggered("o1").await;
        let wish = json!({ "store": STOCKHOLM, "action": action, "language": "sv" });
        for _ in 0..2 {
            let acted = self.stand.act("o1", action, wish.clone()).await;
            assert!(matches!(acted.status, 200..=202), "{acted:?}");
        }
        self.nothing_is_left_to_do().await;
        assert_eq!(self.stand.triggered("o1").await, before + 1, "{action}");
    }

    async fn is_deleted_in_engage_and_said_again(&self) {
        if self.stores {
            self.web_shop("DELETE", "/o1", Value::Null).await;
        }
        let said = self.stand.put("o1", order("Sent")).await;
        assert!(matches!(said.status, 200 | 202), "{said:?}");
        self.is_as_it_was_said("Sent").await;
    }

    async fn comes_to_an_end(&self) {
        let deleted = self.stand.shop.call("DELETE", "/v1/orders/o1", Value::Null).await;
        assert!(matches!(deleted.status, 200 | 202), "{deleted:?}");
        self.nothing_is_left_to_do().await;
        assert_eq!(self.stand.order_in_engage("o1").await, Value::Null);
        assert_eq!(self.stand.order("o1").await["state"], "deleted");
        let deeds = self.stand.order_deeds("o1").await;
        assert_eq!(deeds.last().map(String::as_str) == Some("deleted"), self.stores, "{deeds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_of_orders_holds_under_each_value_of_each_switch() {
    under_each(Way::Orders, async |under| Walk::begin(under).await.take().await).await;
}
