//! What went wrong in other products, each as a test.

use pos::receipt::{Known, Sale, SettledReceipt, Standing, parse, settle};

use crate::support::{example_with, json, known, outcome, outcome_in, store};
use pos::money::Currency;
use pos::rates::Rates;

/// A receipt of these lines and discounts, without figures of the till's for the whole.
fn receipt(lines: &str, discounts: &str) -> serde_json::Value {
    example_with(&[("/lines", lines), ("/discounts", discounts), ("/total", "null"), ("/payments", "null")])
}

#[test]
fn what_was_paid_is_78_00_not_78_01() {
    // Three prices whose shares of 10 % each round up: 26.005 + 26.005 + 26.00 without largest remainders.
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 28.89, "taxPercent": 25 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 28.89, "taxPercent": 25 },
        { "kind": "purchase", "sku": "c", "quantity": 1, "unitPrice": 28.89, "taxPercent": 25 } ]"#;
    let outcome = outcome(&receipt(lines, r#"[{ "amount": 8.67 }]"#));
    assert_eq!(outcome.settled().total.minor(), 7800);
    assert_eq!(outcome.paid(), [2600, 2600, 2600]);
}

#[test]
fn a_full_discount_leaves_exactly_zero() {
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 3, "unitPrice": 0.01, "taxPercent": 25 },
        { "kind": "purchase", "sku": "b", "quantity": 7, "unitPrice": 33.33, "taxPercent": 12,
          "discounts": [{ "percent": 33.3333 }] } ]"#;
    for discounts in
        [r#"[{ "percent": 100 }]"#, r#"[{ "amount": 0.02 }, { "percent": 99.99 }, { "percent": 100 }]"#]
    {
        let outcome = outcome(&receipt(lines, discounts));
        assert_eq!(outcome.settled().total.minor(), 0, "{discounts}");
        assert_eq!((outcome.paid(), outcome.tax()), (vec![0, 0], vec![0, 0]), "{discounts}");
    }
}

#[test]
fn a_receipt_of_zero_has_one_payment_row_of_zero() {
    let lines =
        r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 49.90, "taxPercent": 25 }]"#;
    let body = receipt(lines, r#"[{ "amount": 49.90 }]"#);
    let reading = parse(&body);
    let receipt = reading.receipt.as_ref().unwrap();
    let settling = settle(&reading, &known(Some(&store()), &Rates::default()));
    assert_eq!(settling.findings, []);
    let settlement = settling.settlement.unwrap();
    let settled = SettledReceipt::new(receipt, &settlement).unwrap();
    let payments: Vec<_> =
        settled.payments().map(|payment| (payment.kind, settled.decimal(payment.amount))).collect();
    assert_eq!(payments.len(), 1);
    assert_eq!((payments[0].0, payments[0].1.to_string().as_str()), ("other", "0.00"));
}

#[test]
fn the_card_is_not_debited_10_00_for_a_receipt_of_9_99_in_silence() {
    let lines = r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 9.99, "taxPercent": 25 }]"#;
    let mut body = receipt(lines, "[]");
    body["payments"] = json(r#"[{ "type": "card", "amount": 10.00 }]"#);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), ["warning paymentsDiffer /payments"]);
    let detail = &outcome.findings[0].detail;
    assert!(detail.contains("10.00 SEK") && detail.contains("9.99 SEK"), "{detail}");
    assert_eq!(outcome.settled().payments[0].amount.minor(), 1000);
}

#[test]
fn a_negative_line_never_enters_a_spread() {
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 100, "taxPercent": 25 },
        { "kind": "purchase", "sku": "b", "quantity": -1, "unitPrice": 40, "taxPercent": 25 },
        { "kind": "purchase", "sku": "c", "quantity": 1, "unitPrice": -40, "taxPercent": 25 } ]"#;
    let outcome = outcome(&receipt(lines, r#"[{ "amount": 10 }]"#));
    assert_eq!(
        outcome.codes(),
        ["fault quantityNotPositive /lines/1/quantity", "fault negativeAmount /lines/2/unitPrice"]
    );
    assert!(outcome.settlement.is_none());
}

#[test]
fn an_unknown_currency_never_becomes_rate_1() {
    let rates = Rates::new(Some(Currency::parse("SEK").unwrap()), vec![]).unwrap();
    let dollars = outcome_in(&example_with(&[("/currency", "\"USD\"")]), Some(&store()), &rates);
    assert_eq!(dollars.codes(), ["fault noExchangeRate /currency"]);
    assert!(dollars.settlement.is_none());
    let nonsense = outcome_in(&example_with(&[("/currency", "\"XYZ\"")]), Some(&store()), &rates);
    assert_eq!(nonsense.codes(), ["fault currencyUnknown /currency"]);
}

#[test]
fn a_line_of_zero_stays_a_line() {
    let lines = r#"[
        { "kind": "purchase", "sku": "gift", "quantity": 1, "unitPrice": 0, "taxPercent": 25 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 10, "taxPercent": 25 } ]"#;
    let body = receipt(lines, r#"[{ "amount": 3 }]"#);
    let reading = parse(&body);
    let receipt = reading.receipt.as_ref().unwrap();
    let settlement = settle(&reading, &known(Some(&store()), &Rates::default())).settlement.unwrap();
    let settled = SettledReceipt::new(receipt, &settlement).unwrap();
    let lines: Vec<_> =
        settled.lines().map(|line| (line.sku, line.paid.minor(), line.discounts().len())).collect();
    assert_eq!(lines, [("gift", 0, 0), ("b", 700, 1)]);
}

#[test]
fn a_line_earns_points_unless_the_till_says_otherwise() {
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 1, "taxPercent": 0 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 1, "taxPercent": 0, "awardsPoints": false } ]"#;
    let body = receipt(lines, "[]");
    let receipt = parse(&body).receipt.unwrap();
    assert_eq!(receipt.lines.iter().map(|line| line.awards_points).collect::<Vec<_>>(), [None, Some(false)]);
}

#[test]
fn a_discounted_line_names_every_discount_that_lowered_it() {
    let lines = r#"[
        { "id": "1", "kind": "purchase", "sku": "a", "quantity": 2, "unitPrice": 250, "taxPercent": 25,
          "discounts": [{ "amount": 100, "type": "LINE" }] },
        { "id": "2", "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 100, "taxPercent": 25 } ]"#;
    let body = receipt(lines, r#"[{ "percent": 20, "type": "TOTAL" }]"#);
    let reading = parse(&body);
    let receipt = reading.receipt.as_ref().unwrap();
    let settlement = settle(&reading, &known(Some(&store()), &Rates::default())).settlement.unwrap();
    let settled = SettledReceipt::new(receipt, &settlement).unwrap();
    let discounts: Vec<Vec<_>> = settled
        .lines()
        .map(|line| line.discounts().map(|row| (row.kind.unwrap(), row.amount.minor())).collect())
        .collect();
    assert_eq!(discounts, [vec![("LINE", 10_000), ("TOTAL", 8_000)], vec![("TOTAL", 2_000)]]);
    let money: Vec<_> = settled.lines().map(|line| (line.paid.minor(), line.tax.minor())).collect();
    assert_eq!(money, [(32_000, 6_400), (8_000, 1_600)]);
}

#[test]
fn a_voucher_is_spread_so_that_only_what_was_paid_counts() {
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 9, "taxPercent": 25 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 6, "taxPercent": 25 } ]"#;
    let outcome = outcome(&receipt(lines, r#"[{ "amount": 5, "offer": "2600000012345" }]"#));
    assert_eq!((outcome.paid(), outcome.tax()), (vec![600, 400], vec![120, 80]));
}

#[test]
fn the_same_discount_leaves_the_same_rest_in_every_minor_unit() {
    for (currency, price, discount, paid) in [
        ("SEK", "5.00", "5.00", [333, 333, 334]),
        ("JPY", "500", "500", [333, 333, 334]),
        ("KWD", "0.500", "0.500", [333, 333, 334]),
    ] {
        let line = format!(
            r#"{{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": {price}, "taxPercent": 25 }}"#
        );
        let mut body =
            receipt(&format!("[{line},{line},{line}]"), &format!(r#"[{{ "amount": {discount} }}]"#));
        body["currency"] = currency.into();
        let outcome = outcome(&body);
        assert_eq!((outcome.paid(), outcome.tax()), (paid.to_vec(), vec![67, 67, 67]), "{currency}");
    }
}

#[test]
fn a_discount_above_what_is_left_goes_to_zero_and_is_a_fault() {
    let lines =
        r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 49.90, "taxPercent": 25 }]"#;
    let outcome = outcome(&receipt(lines, r#"[{ "amount": 100 }]"#));
    assert_eq!(outcome.codes(), ["fault discountExceedsAmount /discounts/0"]);
    assert_eq!(outcome.settlement.unwrap().total.minor(), 0);
}

#[test]
fn tax_that_sits_on_the_total_is_said_not_dropped() {
    let lines = r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 100, "taxPercent": 0 }]"#;
    let mut body = receipt(lines, "[]");
    body["total"] = json("108.25");
    body["payments"] = json(r#"[{ "type": "card", "amount": 108.25 }]"#);
    body["taxes"] = json(r#"[{ "percent": 8.25, "amount": 8.25 }]"#);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), ["warning taxesDiffer /taxes/0", "warning totalDiffers /total"]);
    assert_eq!(outcome.settled().total.minor(), 10_825);
}

#[test]
fn voided_and_returned_goods_are_never_settled_as_sold() {
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 0, "unitPrice": 100, "taxPercent": 25 },
        { "kind": "return", "sku": "b", "quantity": 1, "paid": 99, "taxPercent": 25, "of": { "receipt": "x" } } ]"#;
    let outcome = outcome(&receipt(lines, "[]"));
    let found =
        ["fault quantityNotPositive /lines/0/quantity", "warning returnOfUnknownReceipt /lines/1/of/receipt"];
    assert_eq!(outcome.codes(), found);
    assert!(outcome.settlement.is_none());
}

/// A sale of one jacket, freight on top, as its returns find it.
fn jacket(rates: &Rates) -> Sale {
    let lines = r#"[
        { "id": "1", "kind": "purchase", "sku": "jacket", "quantity": 1, "unitPrice": 899, "taxPercent": 25,
          "awardsPoints": false },
        { "id": "2", "kind": "shipping", "paid": 49, "taxPercent": 25 } ]"#;
    let body = receipt(lines, "[]");
    let reading = parse(&body);
    let settlement = settle(&reading, &known(Some(&store()), rates)).settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    Sale::of("sale", &settled, None, Standing::Good, &[])
}

#[test]
fn a_return_has_its_own_date_and_not_its_sales() {
    let rates = Rates::default();
    let sales = [jacket(&rates)];
    let mut body = receipt(r#"[{ "kind": "return", "of": { "receipt": "sale", "line": "1" } }]"#, "[]");
    body["createdAt"] = "2026-12-24T11:00:00+01:00".into();
    let settling = settle(&parse(&body), &Known { sales: &sales, ..known(Some(&store()), &rates) });
    assert_eq!(settling.settlement.unwrap().created_at.to_string(), "2026-12-24T11:00:00+01:00");
}

#[test]
fn refunded_freight_and_its_tax_stay_out_of_engage_as_the_freight_did() {
    let rates = Rates::default();
    let sales = [jacket(&rates)];
    let mut body = receipt(
        r#"[{ "kind": "return", "of": { "receipt": "sale", "line": "1" } },
            { "kind": "return", "of": { "receipt": "sale", "line": "2" } },
            { "kind": "shipping", "quantity": -1, "paid": 10, "taxPercent": 25 }]"#,
        "[]",
    );
    body["payments"] = json(r#"[{ "type": "card", "amount": -958 }]"#);
    let reading = parse(&body);
    let settling = settle(&reading, &Known { sales: &sales, ..known(Some(&store()), &rates) });
    assert_eq!(settling.findings, []);
    let settlement = settling.settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let part = settled.parts().next().unwrap();
    assert_eq!((part.total().minor(), part.lines().count()), (-89_900, 1));
    assert_eq!(part.taxes().map(|row| row.money.amount.minor()).collect::<Vec<_>>(), [17_980]);
}

#[test]
fn what_earned_no_points_takes_none_back() {
    let rates = Rates::default();
    let sales = [jacket(&rates)];
    let body = receipt(r#"[{ "kind": "return", "of": { "receipt": "sale", "line": "1" } }]"#, "[]");
    let reading = parse(&body);
    let settling = settle(&reading, &Known { sales: &sales, ..known(Some(&store()), &rates) });
    let settlement = settling.settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let line = settled.parts().next().unwrap().lines().next().unwrap();
    assert_eq!((line.awards_points, line.pieces, line.back), (Some(false), 1, true));
}

#[test]
fn a_discount_beside_a_return_falls_on_what_was_bought_alone() {
    let lines = r#"[
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 100, "taxPercent": 25 },
        { "kind": "return", "sku": "b", "quantity": 1, "unitPrice": 40, "taxPercent": 25 },
        { "kind": "deposit", "quantity": -1, "unitPrice": 2 } ]"#;
    let outcome = outcome(&receipt(lines, r#"[{ "percent": 10 }]"#));
    assert_eq!(outcome.paid(), [9000, 4000, 200]);
    assert_eq!(outcome.settled().total.minor(), 4_800);
}

#[test]
fn tax_on_the_total_is_spread_over_the_lines_and_said() {
    let lines = r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 100 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 50 }]"#;
    let mut body = receipt(lines, "[]");
    body["pricesInclude"] = "noTax".into();
    body["taxes"] = json(r#"[{ "percent": 8.25, "amount": 12.38 }]"#);
    body["total"] = json("162.38");
    body["payments"] = json(r#"[{ "type": "card", "amount": 162.38 }]"#);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), ["warning taxOnTotalSpread /taxes"]);
    assert!(outcome.findings[0].detail.contains("12.38 SEK"), "{}", outcome.findings[0].detail);
    assert_eq!((outcome.paid(), outcome.tax()), (vec![10_825, 5_413], vec![825, 413]));
}
