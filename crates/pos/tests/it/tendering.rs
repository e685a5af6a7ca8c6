//! The corners of how a receipt was paid, one by one; the laws draw the rest.

use pos::money::{Amount, Currency, Percent};
use pos::receipt::{SettledReceipt, parse};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::laws::settle_alone;

/// The rows that Engage is told of one purchase at this price, paid like this, and its total.
fn paid(price: &str, total: Option<&str>, payments: &Value) -> (Vec<(String, i64)>, i64) {
    let mut body = json!({
        "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
        "currency": "SEK", "payments": payments,
        "lines": [{ "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": price, "taxPercent": 25 }]
    });
    if let Some(total) = total {
        body["total"] = total.into();
    }
    told(&body)
}

fn told(body: &Value) -> (Vec<(String, i64)>, i64) {
    let reading = parse(body);
    let settling = settle_alone(&reading);
    let settlement = settling.settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let part = settled.parts().next().unwrap();
    let rows = part.payments().map(|payment| (payment.kind.to_owned(), payment.amount.minor()));
    (rows.collect(), part.total().minor())
}

fn row(kind: &str, amount: i64) -> (String, i64) {
    (kind.to_owned(), amount)
}

#[test]
fn rows_of_cash_without_change_stay_as_they_are_listed() {
    let rows = json!([{ "type": "cash", "amount": 0 }, { "type": "cash", "amount": 100 }]);
    assert_eq!(paid("100", None, &rows).0, [row("cash", 0), row("cash", 10_000)]);
    let rows = json!([{ "type": "cash", "amount": 60 }, { "type": "cash", "amount": 40 }]);
    assert_eq!(paid("100", None, &rows).0, [row("cash", 6_000), row("cash", 4_000)]);
}

#[test]
fn change_of_all_the_cash_leaves_the_card_alone() {
    let rows = json!([{ "type": "card", "amount": 100 }, { "type": "cash", "amount": 50 },
        { "type": "change", "amount": 50 }]);
    assert_eq!(paid("100", Some("100"), &rows).0, [row("card", 10_000)]);
    let rows = json!([{ "type": "cash", "amount": 50 }, { "type": "change", "amount": 50 }]);
    assert_eq!(paid("0", Some("0"), &rows).0, [row("cash", 0)]);
}

#[test]
fn a_whole_unit_is_no_rounding() {
    for (total, rounding) in [("99.01", true), ("99.00", false), ("100.99", true), ("101.00", false)] {
        let (rows, sent) = paid("100", Some(total), &json!([{ "type": "cash", "amount": total }]));
        assert_eq!(rows.iter().any(|row| row.0 == "rounding"), rounding, "{total}: {rows:?}");
        assert_eq!(sent == 10_000, rounding, "{total}: {sent}");
    }
    let card = paid("100", Some("99.50"), &json!([{ "type": "card", "amount": "99.50" }]));
    assert_eq!(card, (vec![row("card", 9_950)], 9_950));
}

#[test]
fn a_currency_with_coarse_coins_is_rounded_to_them() {
    let of = |total: i64| {
        told(&json!({
            "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
            "currency": "HUF", "total": total, "payments": [{ "type": "cash", "amount": total }],
            "lines": [{ "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 1_002, "taxPercent": 27 }]
        }))
    };
    assert_eq!(of(1_000), (vec![row("cash", 100_000), row("rounding", 200)], 100_200));
    assert_eq!(of(1_008), (vec![row("cash", 100_800)], 100_800));
}

#[test]
fn what_is_no_merchandise_comes_off_the_largest_payment_and_then_the_next() {
    let of = |payments: &Value| {
        told(&json!({
            "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
            "currency": "SEK", "payments": payments,
            "lines": [
                { "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 100, "taxPercent": 25 },
                { "kind": "shipping", "sku": "f", "quantity": 1, "unitPrice": 150, "taxPercent": 25 }
            ]
        }))
    };
    let card = json!([{ "type": "card", "amount": 50 }, { "type": "swish", "amount": 200 }]);
    assert_eq!(of(&card), (vec![row("card", 5_000), row("swish", 5_000)], 10_000));
    let both = json!([{ "type": "card", "amount": 120 }, { "type": "swish", "amount": 130 }]);
    assert_eq!(of(&both), (vec![row("card", 10_000)], 10_000));
}

#[test]
fn an_amount_is_read_from_a_decimal_with_more_zeros_than_the_currency_has() {
    let amount = |code, mantissa, scale| {
        let currency = Currency::parse(code).unwrap();
        currency.amount(Decimal::new(mantissa, scale)).ok()
    };
    assert_eq!(amount("SEK", 1_500, 3), Some(Amount::from_minor(150)));
    assert_eq!(amount("SEK", -12_345_000, 5), Some(Amount::from_minor(-12_345)));
    assert_eq!(amount("SEK", 1_501, 3), None);
    assert_eq!(amount("JPY", 700, 2), Some(Amount::from_minor(7)));
    assert_eq!(amount("KWD", 7, 0), Some(Amount::from_minor(7_000)));
}

#[test]
fn a_percentage_is_shown_without_zeros_that_say_nothing() {
    let shown = |mantissa, scale| Percent::new(Decimal::new(mantissa, scale)).unwrap().to_string();
    assert_eq!([shown(2_500, 2), shown(825, 2), shown(0, 0)], ["25 %", "8.25 %", "0 %"]);
}

#[test]
fn tax_rows_of_two_rates_are_held_against_the_lines_of_their_own() {
    let said = |rows: Value| -> Vec<String> {
        let body = json!({
            "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
            "currency": "SEK", "payments": [{ "type": "card", "amount": 212 }], "taxes": rows,
            "lines": [
                { "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 100, "taxPercent": 25 },
                { "kind": "purchase", "sku": "t", "quantity": 1, "unitPrice": 112, "taxPercent": 12 }
            ]
        });
        let findings = settle_alone(&parse(&body)).findings;
        findings.into_iter().map(|finding| format!("{} {}", finding.code, finding.pointer)).collect()
    };
    let rows = |first: i64, second: i64| json!([{ "percent": 25, "amount": first }, { "percent": 12, "amount": second }]);
    assert_eq!(said(rows(20, 12)), Vec::<String>::new());
    assert_eq!(said(rows(20, 13)), ["taxesDiffer /taxes/1"]);
    // Two rows of one rate are held against it together.
    let parted = json!([{ "percent": 25, "amount": 15 }, { "percent": 12, "amount": 12 },
        { "percent": 25, "amount": 5 }]);
    assert_eq!(said(parted), Vec::<String>::new());
}

#[test]
fn rounding_of_tax_is_placed_on_a_line_of_its_own_rate() {
    let body = json!({
        "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
        "currency": "SEK", "payments": [{ "type": "card", "amount": 368 }],
        "taxes": [{ "percent": 25, "amount": 40 }, { "percent": 12, "amount": "18.01" }],
        "lines": [
            { "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 200, "taxPercent": 25 },
            { "kind": "purchase", "sku": "t", "quantity": 1, "unitPrice": 112, "taxPercent": 12, "taxAmount": 12 },
            { "kind": "purchase", "sku": "u", "quantity": 1, "unitPrice": 56, "taxPercent": 12 }
        ]
    });
    let settlement = settle_alone(&parse(&body)).settlement.unwrap();
    let tax: Vec<i64> = settlement.lines.iter().map(|line| line.tax.minor()).collect();
    assert_eq!(tax, [4_000, 1_200, 601]);
}

#[test]
fn a_voucher_above_the_goods_is_said_to_be() {
    for (amount, only) in [(100, false), (101, true)] {
        let body = json!({
            "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
            "currency": "SEK", "payments": [{ "type": "voucher", "amount": amount }],
            "lines": [{ "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 100, "taxPercent": 25 }]
        });
        let findings = settle_alone(&parse(&body)).findings;
        let said = findings.iter().find(|finding| finding.code == "voucherAsTender").unwrap();
        assert_eq!(said.detail.contains("only 100.00 SEK"), only, "{}", said.detail);
    }
}

#[test]
fn tax_on_the_total_is_spread_less_what_other_lines_state() {
    let body = json!({
        "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T10:00:00+01:00",
        "currency": "USD", "pricesInclude": "noTax", "payments": [{ "type": "card", "amount": 233 }],
        "taxes": [{ "percent": 25, "amount": 25 }, { "percent": 8, "amount": 8 }],
        "lines": [
            { "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 100 },
            { "kind": "purchase", "sku": "t", "quantity": 1, "unitPrice": 100, "taxPercent": 25 }
        ]
    });
    let settlement = settle_alone(&parse(&body)).settlement.unwrap();
    let tax: Vec<i64> = settlement.lines.iter().map(|line| line.tax.minor()).collect();
    assert_eq!((tax, settlement.total.minor()), (vec![800, 2_500], 23_300));
}
