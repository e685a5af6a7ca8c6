//! Chains of returns.

use serde_json::{Value, json};

use super::ledger::Left;
use super::stand::{ADA, GOTHENBURG, MALMO, STOCKHOLM, Stand};
use super::{back, receipt};

/// Eight days, after which a receipt is kept in its short form only.
const EIGHT_DAYS_S: u64 = 8 * 24 * 3_600;

/// Three sweaters, seven pairs of socks and beans by weight, under a line's discount and two of the receipt's: hardly a
/// figure goes up.
fn sale() -> Value {
    let lines = json!([
        { "id": "1", "kind": "purchase", "sku": "sweater", "quantity": 3, "unitPrice": "333.33", "taxPercent": 25,
          "discounts": [{ "amount": "100.00", "description": "Weekend" }] },
        { "id": "2", "kind": "purchase", "sku": "socks", "quantity": 7, "unitPrice": "19.90", "taxPercent": 25 },
        { "id": "3", "kind": "purchase", "sku": "beans", "quantity": "2.345", "unit": "kg", "unitPrice": "79.90",
          "taxPercent": 6 },
    ]);
    let mut sale = receipt(STOCKHOLM, "000100", "2026-11-02T10:00:00+01:00", lines);
    sale["contact"] = json!({ "email": ADA });
    sale["discounts"] = json!([
        { "percent": "12.5", "description": "Member" },
        { "amount": "77.77", "description": "Voucher" },
    ]);
    sale
}

#[test]
fn whatever_way_a_sale_comes_back_nothing_of_it_is_left_in_engage() {
    let stand = Stand::open();
    stand.take("sale", &sale());
    let sold = stand.left();
    // Three figures of each article, three discounts of the sweaters and two of the others, the sums and the points.
    let names: Vec<&str> = sold.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 3 * 2 + 3 + 2 * 2 + 4, "{names:?}");

    let lines = json!([back("sale", "1", Some("1")), back("sale", "2", Some("3"))]);
    stand.take("back-1", &receipt(GOTHENBURG, "000201", "2026-11-03T10:00:00+01:00", lines));
    let stand = stand.restarted();

    let cap = json!({ "id": "cap", "kind": "purchase", "sku": "cap", "quantity": 1, "unitPrice": "149.00",
                      "taxPercent": 25 });
    let mut exchange =
        receipt(MALMO, "000301", "2026-11-04T10:00:00+01:00", json!([back("sale", "2", Some("2")), cap]));
    exchange["contact"] = json!({ "email": ADA });
    stand.take("exchange", &exchange);

    let mut beans = back("sale", "3", Some("1.111"));
    beans["unit"] = json!("kg");
    let lines = json!([beans, back("sale", "1", Some("1"))]);
    stand.take("back-2", &receipt(STOCKHOLM, "000101", "2026-11-05T10:00:00+01:00", lines));
    let stand = stand.killed();

    // A return that is a mistake, undone when it has been delivered: its goods can come back another time.
    let lines = json!([back("sale", "2", Some("1"))]);
    stand.take("mistake", &receipt(GOTHENBURG, "000202", "2026-11-06T10:00:00+01:00", lines));
    stand.drain();
    let void = json!({ "createdAt": "2026-11-06T10:05:00+01:00", "receiptNumber": "000203" });
    let voided = stand.gateway().post("/v1/receipts/mistake/void", &void);
    assert_eq!(voided.status, 201, "{voided:?}");

    let lines = json!([back("sale", "2", None)]);
    stand.take("back-3", &receipt(MALMO, "000302", "2026-11-07T10:00:00+01:00", lines));
    let lines = json!([back("sale", "1", None), back("sale", "3", None)]);
    stand.take("back-4", &receipt(STOCKHOLM, "000102", "2026-11-08T10:00:00+01:00", lines));
    assert!(!stand.left().is_empty(), "the cap is still hers");
    stand.take(
        "back-5",
        &receipt(GOTHENBURG, "000204", "2026-11-09T10:00:00+01:00", json!([back("exchange", "cap", None)])),
    );
    assert_eq!(stand.left(), Left::new());

    let lines = json!([back("sale", "1", Some("1"))]);
    let over = receipt(MALMO, "000303", "2026-11-10T10:00:00+01:00", lines);
    let over = stand.gateway().put("/v1/receipts/over", &over);
    assert_eq!((over.status, &over.body["state"]), (201, &json!("needsAttention")), "{over:?}");
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:?}");
    let shown = stand.gateway().get("/v1/receipts/sale");
    assert_eq!(shown.body["returnedBy"], json!(["back-1", "exchange", "back-2", "back-3", "back-4"]));
    assert_eq!(stand.left(), Left::new(), "what needs attention has not gone");
}

#[test]
fn a_sale_of_eight_days_ago_comes_back_as_exactly_as_one_of_today() {
    let stand = Stand::open();
    let mut sold = sale();
    // Read in the store's zone, with a warning: findings are no part of the short form.
    sold["createdAt"] = json!("2026-11-02T10:00:00");
    stand.take("sale", &sold);
    stand.drain();
    let is_confirmed = |state: &Value| state == "confirmed";
    stand.gateway().get_until("/v1/receipts/sale", |answer| is_confirmed(&answer.body["state"]));
    let warned = stand.gateway().get("/v1/receipts/sale").body["warnings"].to_string();
    assert!(warned.contains("timeWithoutOffset"), "{warned}");

    let stand = stand.later(EIGHT_DAYS_S);
    stand.gateway().get_until("/v1/receipts/sale", |answer| answer.body["warnings"].is_null());
    for (n, (line, quantity)) in
        [("2", Some("3")), ("1", Some("2")), ("3", Some("0.5")), ("2", None), ("3", None), ("1", None)]
            .into_iter()
            .enumerate()
    {
        let mut line = back("sale", line, quantity);
        if quantity == Some("0.5") {
            line["unit"] = json!("kg");
        }
        let store = [MALMO, STOCKHOLM, GOTHENBURG][n % 3];
        let number = format!("00040{n}");
        stand
            .take(&format!("back-{n}"), &receipt(store, &number, "2026-11-30T10:00:00+01:00", json!([line])));
    }
    assert_eq!(stand.left(), Left::new());
    let lines = json!([back("sale", "1", Some("1"))]);
    let over = receipt(STOCKHOLM, "000410", "2026-11-30T11:00:00+01:00", lines);
    let over = stand.gateway().put("/v1/receipts/over", &over);
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:?}");
}
