use serde_json::json;

use super::condensed;
use crate::receipt::trial::{found, money, parts, receipt, sale};

#[test]
fn what_is_condensed_has_the_same_money_and_lines_and_nothing_of_the_person() {
    let sold = receipt(
        json!([{ "id": "1", "kind": "purchase", "sku": "x", "quantity": 2, "unitPrice": 10, "taxPercent": 25 }]),
        json!({}),
    );
    let body = receipt(
        json!([
            { "id": "1", "kind": "purchase", "sku": "a", "name": "Mug", "quantity": 2, "unitPrice": 100,
              "taxes": [{ "percent": 20 }, { "percent": 5, "amount": 8 }], "extraData": { "note": "marker" },
              "discounts": [{ "percent": 10, "type": "SALE", "description": "Weekend" }], "gift": "marker" },
            { "kind": "return", "of": { "receipt": "sale" }, "quantity": 1, "note": "marker" },
            { "kind": "tip", "paid": 5 }
        ]),
        json!({ "contact": { "email": "marker@example.com" }, "operator": "marker", "extraData": { "a": "marker" },
            "discounts": [{ "amount": 7, "lines": ["1"] }], "digitalReceipt": { "language": "sv", "data": { "a": "marker" } },
            "payments": [{ "type": "voucher", "amount": 3 }, { "type": "card", "amount": 165 }] }),
    );
    let sales = [sale(&sold, None, &[])];
    let settlement = money(&body, None, &sales);
    let kept = condensed(&body);
    assert!(!kept.to_string().contains("marker"), "{kept}");
    assert_eq!(parts(&kept, &settlement), parts(&body, &settlement));
    assert_eq!(money(&kept, None, &sales), settlement);
    assert!(found(&kept, &sales).len() <= found(&body, &sales).len());
    assert_eq!(condensed(&kept), kept);
}

#[test]
fn what_is_no_receipt_leaves_nothing() {
    assert_eq!(condensed(&json!([1])), json!(null));
    assert_eq!(condensed(&json!({ "lines": [7, { "x": 1 }] })), json!({ "lines": [null, {}] }));
}
