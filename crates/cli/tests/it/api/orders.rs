//! Orders of a till's or a web shop's own, by the front door.

use serde_json::{Value, json};

use super::{HELSINKI, STOCKHOLM, Shop};
use crate::offers::stand::{ADA, Stand};
use crate::orders::stand::{open, order};

/// An order with everything that one can say.
const WHOLE: &str = r#"{
  "store": "store03-stockholm", "status": "inProgress", "externalStatus": "Packad på lagret 📦", "channel": "WEB",
  "references": ["web-17", "åäö/1"], "createdAt": "2026-11-22T16:42:07+01:00", "changedAt": "2026-11-22T17:00:00+01:00",
  "currency": "SEK", "pricesInclude": "tax", "operator": "17", "till": "web", "contact": { "email": "ada@example.com" },
  "lines": [
    { "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Ylletröja <b>", "group": "Stickat", "quantity": 2,
      "unitPrice": 200.00, "taxPercent": 25, "discounts": [ { "amount": 40.00, "type": "SALE", "description": "Helg" } ],
      "imageUrl": "https://shop.example/3001.jpg", "targetUrl": "https://shop.example/3001?a=1&b=2",
      "extraData": { "size": { "eu": [1.10, 12345678901234567890, null, true] }, "": "tom", "שלום": "مرحبا" } },
    { "id": "2", "kind": "shipping", "sku": "frakt", "name": "Frakt", "quantity": 1, "unitPrice": 49.00, "taxPercent": 25 }
  ],
  "payments": [ { "type": "card", "description": "Visa", "amount": 100.00 } ], "total": 409.00,
  "delivery": { "method": "Home", "trackingNumber": "SE 1", "trackingUrl": "https://carrier.example/SE%201",
                "deliveryDate": "2026-11-25T12:00:00+01:00" },
  "billingAddress": { "title": "Dr", "firstName": "Ada", "lastName": "Lind", "street": "Storgatan 1", "street2": "c/o Bo",
                      "zipCode": "111 22", "city": "Stockholm", "country": "SE" },
  "shippingAddress": { "city": "Göteborg" },
  "data": { "pickup": { "code": "A-1", "weights": [1.10, 0.000, 1e3, 12345678901234567890.123456789] }, "note": "<script>\u0000" }
}"#;

async fn settled(stand: &Stand) {
    assert_eq!(stand.ended().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_said_of_an_order_reaches_engage_unharmed() {
    let stand = open().await;
    let said: Value = serde_json::from_str(WHOLE).unwrap();
    let made = stand.shop.send(None, "PUT", "/v1/orders/w%2F1", WHOLE.into(), &[]).await;
    assert!(matches!(made.status, 201 | 202), "{made:?}");
    assert_eq!(made.body.get("warnings"), None, "{made:?}");
    assert_eq!((&made.body["orderId"], made.body["total"].to_string()), (&json!("w/1"), "409.00".into()));
    settled(&stand).await;
    let stored = stand.order_in_engage("w/1").await;
    for name in ["externalStatus", "references", "channel", "data", "shippingAddress"] {
        assert_eq!(stored[name], said[name], "{name}");
    }
    assert_eq!(stored["data"].to_string(), said["data"].to_string(), "digit by digit");
    assert_eq!((&stored["status"], &stored["currencyCode"]), (&json!("InProgress"), &json!("SEK")));
    assert_eq!((&stored["createdAt"], &stored["lastChangedAt"]), (&said["createdAt"], &said["changedAt"]));
    let line = &stored["lineItems"]["items"][0];
    let of = &said["lines"][0];
    for name in ["sku", "articleNumber", "name", "group", "imageUrl", "targetUrl", "extraData"] {
        assert_eq!(line[name], of[name], "{name}");
    }
    assert_eq!(line["extraData"].to_string(), of["extraData"].to_string(), "digit by digit");
    let figures =
        [&line["quantity"], &line["totalPrice"], &line["taxAmount"], &line["discounts"][0]["value"]];
    assert_eq!(figures.map(Value::to_string), ["2", "360.00", "72.00", "-40.00"]);
    let fee = &stored["fees"]["items"][0];
    assert_eq!((&fee["type"], fee["value"].to_string()), (&json!("shipping"), "49.00".into()));
    let sums = [&stored["totalPrice"], &stored["lineItems"]["subTotal"], &stored["payments"]["total"]];
    assert_eq!(sums.map(Value::to_string), ["409.00", "360.00", "100.00"]);
    let delivery = &stored["delivery"];
    assert_eq!(delivery["trackingUri"], said["delivery"]["trackingUrl"]);
    for name in ["method", "trackingNumber", "deliveryDate"] {
        assert_eq!(delivery[name], said["delivery"][name], "{name}");
    }
    let (bill, of) = (&stored["billingAddress"], &said["billingAddress"]);
    assert_eq!((&bill["firstname"], &bill["lastname"]), (&of["firstName"], &of["lastName"]));
    for name in ["title", "street", "street2", "zipCode", "city", "country"] {
        assert_eq!(bill[name], of[name], "{name}");
    }
    assert_eq!(stand.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_the_same_and_what_was_said_before_can_be_said_again_later() {
    let stand = open().await;
    for (status, answer) in [("A", 201), ("A", 200), ("B", 200), ("A", 200)] {
        let said = stand.put("o1", order(status)).await;
        assert!(said.status == answer || said.status == 202, "{status}: {said:?}");
        settled(&stand).await;
        assert_eq!(stand.order_in_engage("o1").await["externalStatus"], status);
    }
    assert_eq!(stand.order_deeds("o1").await, ["stored", "replaced", "replaced"]);
    assert_eq!(stand.order("o1").await["changes"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_says_it_is_older_is_refused_and_goes_nowhere() {
    let stand = open().await;
    let at = |status: &str, time: &str| {
        let mut order = order(status);
        order["changedAt"] = json!(time);
        order
    };
    stand.put("o1", at("new", "2026-11-22T18:00:00+01:00")).await;
    let older = stand.put("o1", at("old", "2026-11-22T17:59:59+01:00")).await;
    assert_eq!((older.status, older.code()), (409, "olderOrder"), "{older:?}");
    let later = stand.put("o1", at("newest", "2026-11-22T18:00:00+01:00")).await;
    assert!(matches!(later.status, 200 | 202), "of the same second: {later:?}");
    settled(&stand).await;
    assert_eq!(stand.order_in_engage("o1").await["externalStatus"], "newest");
    assert_eq!(stand.order_deeds("o1").await, ["stored", "replaced"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_change_an_order_at_once_the_last_one_wins_here_and_in_engage() {
    let stand = open().await;
    let puts = (0..8).map(|n| {
        let (http, url) = (stand.shop.http.clone(), format!("{}/v1/orders/o1", stand.shop.gateway));
        tokio::spawn(async move {
            let body = order(&format!("S{n}")).to_string();
            http.put(url).body(body).send().await.unwrap().status().as_u16()
        })
    });
    let puts: Vec<_> = puts.collect();
    for put in puts {
        let status = put.await.unwrap();
        assert!(matches!(status, 200..=202), "{status}");
    }
    settled(&stand).await;
    let told = stand.order("o1").await;
    assert_eq!(told["changes"].as_array().unwrap().len(), 8, "{told}");
    let states: Vec<&Value> =
        told["changes"].as_array().unwrap().iter().map(|change| &change["delivery"]["state"]).collect();
    assert!(states.iter().all(|state| **state == "done"), "{told}");
    assert_ne!(told["changes"][7]["delivery"]["code"], "superseded", "{told}");
    // Nothing that was said before comes after what is said now.
    stand.put("o1", order("last")).await;
    settled(&stand).await;
    assert_eq!(stand.order_in_engage("o1").await["externalStatus"], "last");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_goes_once_under_its_key_and_the_key_is_good_for_one_wish() {
    let stand = open().await;
    let wish = |action: &str| json!({ "store": STOCKHOLM, "action": action, "language": "sv", "data": { "n": 1.10 } });
    let nowhere = stand.act("o1", "k1", wish("Sent")).await;
    assert_eq!((nowhere.status, nowhere.code()), (404, "notFound"), "{nowhere:?}");
    stand.put("o1", order("Ordered")).await;
    stand.put("o2", order("Ordered")).await;
    let acted = stand.act("o1", "k1", wish("Sent")).await;
    assert!(matches!(acted.status, 201 | 202), "{acted:?}");
    let again = stand.act("o1", "k1", wish("Sent")).await;
    assert_eq!((again.status, again.body["actions"].as_array().unwrap().len()), (200, 1), "{again:?}");
    for (id, action) in [("o1", "Other"), ("o2", "Sent")] {
        let other = stand.act(id, "k1", wish(action)).await;
        assert_eq!(other.status, 409, "{id} {action}: {other:?}");
    }
    let second = stand.act("o1", "k2", wish("Sent")).await;
    assert!(matches!(second.status, 201 | 202), "who says it twice means it: {second:?}");
    settled(&stand).await;
    assert_eq!((stand.triggered("o1").await, stand.triggered("o2").await), (2, 0));
    let rows = stand.shop.admin("GET", "effects/orders?kind=actionTriggered", Value::Null).await;
    assert_eq!((&rows["items"][0]["action"], &rows["items"][0]["language"]), (&json!("Sent"), &json!("sv")));
    for (wish, code) in [
        (json!({ "store": STOCKHOLM }), "missing"),
        (json!({ "store": STOCKHOLM, "action": " " }), "missing"),
        (json!({ "store": STOCKHOLM, "action": "A", "language": "swedish please" }), "languageInvalid"),
        (json!({ "store": STOCKHOLM, "action": "A", "data": [1] }), "wrongType"),
        (json!({ "store": STOCKHOLM, "action": "A", "dta": {} }), "unknownField"),
    ] {
        let refused = stand.act("o1", "k3", wish).await;
        let codes = refused.body["errors"].to_string();
        assert!(refused.status == 422 && codes.contains(code), "{code}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_deleted_is_gone_in_engage_and_may_come_again() {
    let stand = open().await;
    let nothing = stand.shop.call("DELETE", "/v1/orders/o1", Value::Null).await;
    assert_eq!((nothing.status, nothing.code()), (404, "notFound"), "{nothing:?}");
    stand.put("o1", order("A")).await;
    for _ in 0..2 {
        let deleted = stand.shop.call("DELETE", "/v1/orders/o1", Value::Null).await;
        assert!(matches!(deleted.status, 200 | 202), "{deleted:?}");
        settled(&stand).await;
    }
    assert_eq!(stand.order_in_engage("o1").await, Value::Null);
    let again = stand.put("o1", order("A")).await;
    assert!(matches!(again.status, 201 | 202), "{again:?}");
    settled(&stand).await;
    assert_eq!(stand.order_deeds("o1").await, ["stored", "deleted", "stored"]);
    assert_eq!(stand.order("o1").await["state"], "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_faults_is_refused_with_all_of_them_and_nothing_is_kept() {
    let stand = open().await;
    let faulty =
        json!({ "store": STOCKHOLM, "currency": "ABC", "status": "done", "lines": [{ "sku": "1" }] });
    let refused = stand.put("o1", faulty).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let pointers: Vec<&str> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["pointer"].as_str().unwrap())
        .collect();
    for pointer in ["/currency", "/status", "/contact"] {
        assert!(pointers.contains(&pointer), "{pointer}: {refused:?}");
    }
    assert_eq!(stand.shop.call("GET", "/v1/orders/o1", Value::Null).await.status, 404);
    for id in ["%2E", "%2E%2E", "%20"] {
        let refused = stand.shop.call("PUT", &format!("/v1/orders/{id}"), order("A")).await;
        assert!(matches!(refused.status, 400 | 404 | 405 | 422), "{id}: {refused:?}");
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stores_order_is_nobodys_to_read_to_change_or_to_act_on() {
    let shop = Shop::with_tokens().await;
    shop.admin("PUT", "switches", json!({ "orderJobSeconds": 0 })).await;
    shop.has("Member", json!({ "email": ADA })).await;
    let mut tokens = Vec::new();
    for (name, store) in [("stockholm", STOCKHOLM), ("helsinki", HELSINKI)] {
        let asked = json!({ "name": name, "role": "till", "stores": [store] });
        let issued = shop.call("POST", "/v1/tokens", asked).await;
        tokens.push(issued.body["token"].as_str().unwrap().to_owned());
    }
    let [own, other] = tokens.try_into().unwrap();
    let made = shop.call_as(Some(&own), "PUT", "/v1/orders/o1", order("A")).await;
    assert!(matches!(made.status, 201 | 202), "{made:?}");
    let mut theirs = order("B");
    theirs["store"] = json!(HELSINKI);
    let wish = json!({ "store": HELSINKI, "action": "Sent" });
    for (method, path, body) in [
        ("GET", "/v1/orders/o1", Value::Null),
        ("DELETE", "/v1/orders/o1", Value::Null),
        ("PUT", "/v1/orders/o1", theirs),
        ("POST", "/v1/orders/o1/actions", wish),
    ] {
        let refused = shop.call_as(Some(&other), method, path, body).await;
        assert_eq!((refused.status, refused.code()), (404, "notFound"), "{method}: {refused:?}");
    }
    assert_eq!(shop.call_as(Some(&own), "GET", "/v1/orders/o1", Value::Null).await.status, 200);
}
