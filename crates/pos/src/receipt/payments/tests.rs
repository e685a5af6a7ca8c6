use serde_json::{Value, json};

use crate::receipt::trial::{found, money, parts, receipt, rows};

/// A receipt of one line of 99.90, paid like this.
fn paid(payments: Value, rest: Value) -> Value {
    let lines =
        json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 99.90, "taxPercent": 25 }]);
    let mut body = receipt(lines, rest);
    body["payments"] = payments;
    body
}

#[track_caller]
fn check(body: &Value, total: i64, payments: &[(&str, i64)], codes: &[&str]) {
    assert_eq!(found(body, &[]), codes, "{body}");
    let settlement = money(body, None, &[]);
    let [part] = &parts(body, &settlement)[..] else { panic!("one part") };
    assert_eq!((part.total, &part.payments), (total, &rows(payments)), "{body}");
}

#[test]
fn change_is_taken_off_the_cash_however_it_is_signed() {
    for change in [
        json!({ "type": "change", "amount": 100.10 }),
        json!({ "type": "Change", "amount": -100.10 }),
        json!({ "type": "cash", "amount": -100.10 }),
    ] {
        let body = paid(json!([{ "type": "cash", "amount": 200 }, change]), json!({}));
        check(&body, 9990, &[("cash", 9990)], &[]);
    }
    let all_back = json!([
        { "type": "card", "amount": 99.90 }, { "type": "cash", "amount": 50 }, { "type": "change", "amount": 50 } ]);
    check(&paid(all_back, json!({})), 9990, &[("card", 9990)], &[]);
    let from_a_card = json!([{ "type": "card", "amount": 199.90 }, { "type": "change", "amount": 100 }]);
    check(&paid(from_a_card, json!({})), 9990, &[("card", 19_990), ("change", -10_000)], &[]);
}

#[test]
fn cash_that_was_rounded_gets_a_row_of_its_own() {
    let cash = json!([{ "type": "cash", "amount": 100 }]);
    let code = ["cashRoundingInferred /payments"];
    check(&paid(cash.clone(), json!({ "total": 100 })), 9990, &[("cash", 10_000), ("rounding", -10)], &code);
    check(&paid(cash, json!({})), 9990, &[("cash", 10_000), ("rounding", -10)], &code);
    let by_the_till = json!([{ "type": "cash", "amount": 100 }, { "type": "rounding", "amount": -0.10 }]);
    check(&paid(by_the_till.clone(), json!({})), 9990, &[("cash", 10_000), ("rounding", -10)], &[]);
    check(&paid(by_the_till, json!({ "total": 100 })), 9990, &[("cash", 10_000), ("rounding", -10)], &[]);
    // Forints are rounded to five.
    let lines =
        json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 1002, "taxPercent": 27 }]);
    let forint = receipt(
        lines,
        json!({ "currency": "HUF", "exchangeRate": 0.03, "total": 1000, "payments": [
        { "type": "cash", "amount": 1000 } ] }),
    );
    check(&forint, 100_200, &[("cash", 100_000), ("rounding", 200)], &code);
}

#[test]
fn a_total_or_payments_that_differ_go_as_they_are_and_the_payments_add_up() {
    let card = json!([{ "type": "card", "amount": 100 }]);
    check(
        &paid(card.clone(), json!({ "total": 100 })),
        10_000,
        &[("card", 10_000)],
        &["totalDiffers /total"],
    );
    check(&paid(card, json!({})), 9990, &[("card", 10_000), ("other", -10)], &["paymentsDiffer /payments"]);
    let far = json!([{ "type": "cash", "amount": 98.90 }]);
    check(&paid(far, json!({ "total": 98.90 })), 9890, &[("cash", 9890)], &["totalDiffers /total"]);
}

#[test]
fn a_gift_card_is_money_and_a_voucher_is_a_discount() {
    let gift_card = json!([{ "type": "giftCard", "amount": 99.90 }]);
    check(&paid(gift_card, json!({ "total": 99.90 })), 9990, &[("giftCard", 9990)], &[]);
    for kind in ["voucher", "Bonus-Check", "reward_voucher"] {
        let rows = json!([{ "type": kind, "amount": 20 }, { "type": "card", "amount": 79.90 }]);
        for total in [json!(99.90), json!(79.90), json!(null)] {
            let body = paid(rows.clone(), json!({ "total": total }));
            check(&body, 7990, &[("card", 7990)], &["voucherAsTender /payments/0"]);
        }
    }
}
