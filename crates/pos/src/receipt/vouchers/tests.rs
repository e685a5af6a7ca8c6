use serde_json::json;

use crate::receipt::trial::{found, money, parts, receipt, rows};
use crate::receipt::{SettledReceipt, parse};

#[test]
fn a_voucher_booked_as_a_payment_lowers_the_goods_their_tax_and_names_its_offer() {
    let lines = json!([
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 9, "taxPercent": 25, "taxAmount": 1.80 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 6, "taxPercent": 25 },
        { "kind": "purchase", "sku": "c", "quantity": 1, "unitPrice": 30, "taxPercent": 25, "discountable": false }
    ]);
    let body = receipt(
        lines,
        json!({ "total": 45, "payments": [
        { "type": "points", "amount": 5, "offer": "2600000012345", "description": "Bonus" },
        { "type": "card", "amount": 40 } ] }),
    );
    let codes = ["voucherAsTender /payments/0"];
    assert_eq!(found(&body, &[]), codes);
    let settlement = money(&body, None, &[]);
    let money: Vec<_> = settlement.lines.iter().map(|line| (line.paid.minor(), line.tax.minor())).collect();
    assert_eq!(money, [(600, 120), (400, 80), (3000, 600)]);
    let reading = parse(&body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let part = settled.parts().next().unwrap();
    assert_eq!(part.vouchers().collect::<Vec<_>>(), ["2600000012345"]);
    let row = part.lines().next().unwrap().discounts().next().unwrap();
    assert_eq!((row.kind, row.description, row.amount.minor()), (Some("voucher"), Some("Bonus"), 300));
}

#[test]
fn what_of_a_voucher_the_goods_cannot_bear_stays_a_payment() {
    let lines = json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 15, "taxPercent": 25 }]);
    let body = receipt(
        lines,
        json!({ "total": 15, "payments": [
        { "type": "voucher", "amount": 20 }, { "type": "cash", "amount": -5 } ] }),
    );
    let settlement = money(&body, None, &[]);
    let [part] = &parts(&body, &settlement)[..] else { panic!("one part") };
    assert_eq!((part.total, &part.payments), (0, &rows(&[("voucher", 500), ("cash", -500)])));
}
