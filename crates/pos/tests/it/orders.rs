//! The contract of an order's body: what is read, what is refused, what goes on unharmed.

use pos::order::{self, OrderStatus, REFERENCES_MAX, SettledOrder};
use pos::receipt::Severity;
use serde_json::Value;

use crate::support::{json, store};

pub const ORDER: &str = r#"{
  "store": "store03-stockholm", "till": "2", "operator": "17", "createdAt": "2026-11-22T16:42:07+01:00",
  "currency": "SEK", "contact": { "email": "marker@example.com" },
  "status": "completed", "externalStatus": "Packed", "references": ["web-1", "web-2"], "channel": "web",
  "changedAt": "2026-11-23T09:00:00+01:00",
  "lines": [
    { "id": "1", "kind": "purchase", "sku": "3001", "name": "Wool sweater", "quantity": 2, "unitPrice": 200, "taxPercent": 25,
      "imageUrl": "https://shop.example/3001.jpg", "targetUrl": "http://shop.example/3001?a=1&b=2",
      "extraData": { "size": "M", "stock": { "left": 1.10, "where": ["a", null] } } },
    { "kind": "shipping", "name": "Parcel", "paid": 49, "taxPercent": 25 } ],
  "discounts": [{ "amount": 50, "description": "Welcome" }],
  "delivery": { "method": "parcel", "trackingNumber": "SE1", "trackingUrl": "https://track.example/SE1",
    "deliveryDate": "2026-11-25" },
  "billingAddress": { "title": "Dr", "firstName": "Marker", "lastName": "Marker", "street": "Marker 1", "street2": "2",
    "zipCode": "111 22", "city": "Stockholm", "country": "SE" },
  "shippingAddress": { "city": "Marker" },
  "data": { "gift": true, "price": 1e2, "nested": { "<b>": "</b>" } }, "total": 399
}"#;

fn with(changes: &[(&str, &str)]) -> Value {
    let mut body = json(ORDER);
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")) {
            Value::Object(map) => drop(map.insert(name.to_owned(), json(value))),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = json(value),
            _ => panic!("{pointer} has no parent"),
        }
    }
    body
}

/// What is found in reading and settling, as `fault code pointer`.
fn found(body: &Value) -> Vec<String> {
    let reading = order::parse(body);
    let settling = order::settle(&reading, Some(&store()));
    let findings: Vec<_> = reading.findings.iter().chain(&settling.findings).collect();
    let fault = |severity: Severity| if severity == Severity::Fault { "fault" } else { "warning" };
    let any = findings.iter().any(|finding| finding.severity == Severity::Fault);
    assert!(any || settling.settlement.is_some(), "{findings:?}");
    assert!(findings.iter().all(|finding| !finding.detail.to_lowercase().contains("marker")), "{findings:?}");
    findings
        .iter()
        .map(|finding| format!("{} {} {}", fault(finding.severity), finding.code, finding.pointer))
        .collect()
}

#[track_caller]
fn check(changes: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(found(&with(changes)), expected);
}

#[test]
fn an_order_is_read_whole_and_its_free_data_goes_on_unharmed() {
    let body = json(ORDER);
    assert_eq!(found(&body), Vec::<String>::new());
    let reading = order::parse(&body);
    let settling = order::settle(&reading, Some(&store()));
    let (order, settlement) = (reading.order.unwrap(), settling.settlement.unwrap());
    let settled = SettledOrder::new(&order, &settlement).unwrap();
    assert_eq!((order.status, order.external_status), (OrderStatus::Completed, Some("Packed")));
    assert_eq!((order.references.as_slice(), order.channel), (&["web-1", "web-2"][..], Some("web")));
    assert_eq!((order.receipt().till, order.receipt().operator), (Some("2"), Some("17")));
    assert_eq!(order.delivery.tracking_url, Some("https://track.example/SE1"));
    assert_eq!((order.delivery.method, order.delivery.tracking_number), (Some("parcel"), Some("SE1")));
    let billing = order.billing_address.unwrap();
    assert_eq!(
        [billing.title, billing.first_name, billing.last_name, billing.street].map(Option::unwrap),
        ["Dr", "Marker", "Marker", "Marker 1"]
    );
    assert_eq!(
        [billing.street2, billing.zip_code, billing.city, billing.country].map(Option::unwrap),
        ["2", "111 22", "Stockholm", "SE"]
    );
    assert_eq!(order.shipping_address.unwrap().city, Some("Marker"));
    assert!(!format!("{:?}", order.billing_address).contains("Marker"));
    assert_eq!(order.data.unwrap(), body["data"].as_object().unwrap());
    let line = settled.line(0);
    assert_eq!(line.extra_data.unwrap(), body["lines"][0]["extraData"].as_object().unwrap());
    assert_eq!(line.extra_data.unwrap()["stock"].to_string(), r#"{"left":1.10,"where":["a",null]}"#);
    assert_eq!(line.image_url, Some("https://shop.example/3001.jpg"));
    assert_eq!(line.target_url, Some("http://shop.example/3001?a=1&b=2"));
    assert_eq!(settled.line(1), settled.line(9));
    let receipt = settled.receipt();
    assert_eq!(receipt.total().minor(), 39_900);
    assert_eq!(receipt.fees().map(|fee| fee.amount.minor()).collect::<Vec<_>>(), [4_900]);
    assert_eq!(receipt.order_payments().count(), 0);
    assert_eq!(settlement.changed_at.unwrap().to_string(), "2026-11-23T09:00:00+01:00");
    assert_eq!(settlement.delivery_date.unwrap().to_string(), "2026-11-25T00:00:00+01:00");
    let kinds: Vec<_> = settling.identifiers.iter().map(pos::identifier::Identifier::kind).collect();
    assert_eq!(kinds, ["email"]);
}

#[test]
fn what_an_order_leaves_out_is_in_progress_and_says_nothing_of_payment() {
    let body = json(
        r#"{ "store": "store03-stockholm", "createdAt": "2026-11-22T16:42:07+01:00",
        "lines": [{ "kind": "shipping", "paid": 49, "taxPercent": 25 }] }"#,
    );
    assert_eq!(found(&body), Vec::<String>::new());
    let order = order::parse(&body).order.unwrap();
    assert_eq!((order.status, order.references.len(), order.data), (OrderStatus::InProgress, 0, None));
    check(&[("/payments", r#"[{ "type": "card", "amount": 100 }]"#)], &[]);
    check(&[("/billingAddress", "{}"), ("/delivery", "null"), ("/data", "null"), ("/status", "null")], &[]);
    let body = with(&[("/billingAddress", r#"{ "city": " " }"#)]);
    assert_eq!(order::parse(&body).order.unwrap().billing_address, None);
}

#[test]
fn what_would_tell_something_else_is_refused_all_of_it_at_once() {
    check(
        &[
            ("/store", "null"),
            ("/status", "\"shipped\""),
            ("/references", "\"web-1\""),
            ("/changedAt", "\"yesterday\""),
            ("/delivery", "[]"),
            ("/billingAddress", "7"),
            ("/data", "[1]"),
            ("/lines/0/extraData", "\"x\""),
            ("/lines/0/quantity", "0"),
            ("/discounts/0/amount", "-1"),
        ],
        &[
            "fault negativeAmount /discounts/0/amount",
            "fault quantityNotPositive /lines/0/quantity",
            "fault storeMissing /store",
            "fault wrongType /lines/0/extraData",
            "fault wrongType /billingAddress",
            "fault changedAtInvalid /changedAt",
            "fault wrongType /data",
            "fault wrongType /delivery",
            "fault wrongType /references",
            "fault orderStatusUnknown /status",
        ],
    );
    check(&[("/status", "1")], &["fault orderStatusUnknown /status"]);
    check(&[("/lines", "[]")], &["fault noLines /lines"]);
    check(&[("/lines", "7")], &["fault wrongType /lines"]);
    check(&[("/contact", r#"{ "email": "no" }"#)], &["fault identifierInvalid /contact/email"]);
    let many = format!("[{}]", vec!["\"x\""; REFERENCES_MAX + 1].join(","));
    check(&[("/references", &many)], &["fault tooMany /references"]);
    for text in ["null", "[]", "7", "\"x\""] {
        assert_eq!(found(&json(text)), ["fault notAnObject "], "{text}");
    }
}

#[test]
fn what_nobody_could_follow_or_read_is_left_out_with_a_warning() {
    for (pointer, value) in [
        ("/lines/0/imageUrl", "\"javascript:alert(1)\""),
        ("/lines/0/targetUrl", "\"/3001\""),
        ("/delivery/trackingUrl", "\"https://a.example/\\\"><script>\""),
    ] {
        check(&[(pointer, value)], &[&format!("warning urlInvalid {pointer}")]);
        check(&[(pointer, "7")], &[&format!("warning wrongType {pointer}")]);
        check(&[(pointer, "null")], &[]);
        check(&[(pointer, "\" \"")], &[]);
    }
    let body = with(&[("/lines/0/imageUrl", "\"ftp://a.example\"")]);
    assert_eq!(order::parse(&body).order.unwrap().lines()[0].image_url, None);
    check(
        &[("/delivery/deliveryDate", "\"in 3 days\"")],
        &["warning deliveryDateInvalid /delivery/deliveryDate"],
    );
    check(&[("/references", r#"["a", 7, null]"#)], &["warning numberForText /references/1"]);
    check(&[("/shippingAddress/city", "[]")], &["warning wrongType /shippingAddress/city"]);
}

#[test]
fn fields_that_are_a_receipts_alone_or_nobodys_are_said() {
    check(
        &[
            ("/receiptNumber", "\"1\""),
            ("/training", "true"),
            ("/checkout", "\"c\""),
            ("/digitalReceipt", "true"),
            ("/exchangeRate", "1"),
            ("/extraData", "{}"),
            ("/delivery/carrier", "1"),
            ("/billingAddress/zip_code", "1"),
            ("/lines/0/colour", "1"),
        ],
        &[
            "warning unknownField /checkout",
            "warning unknownField /digitalReceipt",
            "warning unknownField /exchangeRate",
            "warning unknownField /extraData",
            "warning unknownField /lines/0/colour",
            "warning unknownField /receiptNumber",
            "warning unknownField /training",
            "warning unknownField /billingAddress/zip_code",
            "warning unknownField /delivery/carrier",
        ],
    );
    let body = with(&[("/colour", "1")]);
    let detail = order::parse(&body).findings.remove(0).detail;
    assert!(detail.contains("put it into data"), "{detail}");
    let body = with(&[("/shippingAddress/colour", "1")]);
    let detail = order::parse(&body).findings.remove(0).detail;
    assert!(!detail.contains("put it"), "{detail}");
}

#[test]
fn a_return_on_an_order_goes_by_its_own_figures() {
    let back = r#"{ "kind": "return", "of": { "receipt": "x" }, "sku": "s", "quantity": 1, "unitPrice": 9, "taxPercent": 25 }"#;
    check(
        &[("/lines/1", back), ("/total", "341"), ("/delivery", "null")],
        &["warning referenceNotRead /lines/1/of"],
    );
    let bare = r#"{ "kind": "return", "of": { "receipt": "x" }, "quantity": 1 }"#;
    check(
        &[("/lines/1", bare)],
        &[
            "warning referenceNotRead /lines/1/of",
            "fault skuMissing /lines/1/sku",
            "fault priceMissing /lines/1/unitPrice",
            "fault taxPercentMissing /lines/1/taxPercent",
        ],
    );
}

#[test]
fn times_without_an_offset_are_the_stores_else_the_orders_own() {
    let local =
        with(&[("/changedAt", "\"2026-07-01T09:00:00\""), ("/delivery/deliveryDate", "\"2026-07-02\"")]);
    assert_eq!(found(&local), ["warning timeWithoutOffset /changedAt"]);
    let reading = order::parse(&local);
    let shown = |store: Option<&pos::store::Store>| {
        let settlement = order::settle(&reading, store).settlement.unwrap();
        [settlement.changed_at, settlement.delivery_date].map(|at| at.unwrap().to_string())
    };
    assert_eq!(shown(Some(&store())), ["2026-07-01T09:00:00+02:00", "2026-07-02T00:00:00+02:00"]);
    assert_eq!(shown(None), ["2026-07-01T09:00:00+01:00", "2026-07-02T00:00:00+01:00"]);
}

#[test]
fn every_field_of_an_order_that_is_suggested_is_read() {
    let [order, line, discount, delivery, address] = order::known_fields().map(|(_, fields)| -> Value {
        fields.iter().map(|field| ((*field).to_owned(), Value::Null)).collect()
    });
    let whole = serde_json::json!({ "lines": [line], "discounts": [discount], "delivery": delivery,
        "billingAddress": address });
    for body in [order, whole] {
        let reading = order::parse(&body);
        assert!(reading.findings.iter().all(|one| one.code != "unknownField"), "{:?}", reading.findings);
    }
}
