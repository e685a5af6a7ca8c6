use serde_json::{Value, json};

use crate::receipt::trial::{found, money, parts, receipt, rows, sale};

/// Lines without tax in their prices; `rest` is laid over the receipt.
fn net(lines: Value, rest: Value) -> Value {
    let mut body = receipt(lines, rest);
    body["pricesInclude"] = "noTax".into();
    if body.get("payments").is_none() {
        let total = money(&body, None, &[]).total.minor();
        body["payments"] = json!([{ "type": "card", "amount": format!("{total}e-2") }]);
    }
    body
}

/// What was paid for each line, its tax and what was taken off it.
fn lines(body: &Value) -> Vec<(i64, i64, Vec<i64>)> {
    let lines = money(body, None, &[]).lines.into_iter();
    lines
        .map(|line| {
            let taken = line.discounts.iter().map(|share| share.amount.minor()).collect();
            (line.paid.minor(), line.tax.minor(), taken)
        })
        .collect()
}

#[test]
fn tax_comes_on_top_of_prices_without_it_and_discounts_are_with_it() {
    let body = net(
        json!([{ "id": "1", "kind": "purchase", "sku": "a", "quantity": 3, "unitPrice": 33.33, "taxPercent": 25,
            "discounts": [{ "amount": 10 }] }]),
        json!({ "discounts": [{ "percent": 10 }] }),
    );
    assert_eq!(found(&body, &[]), [""; 0]);
    // 99.99 - 10.00 - 9.00 = 80.99 without tax; 124.99 with it, before the discounts.
    let [(paid, tax, taken)] = &lines(&body)[..] else { panic!("one line") };
    assert_eq!((*paid, *tax), (10_124, 2_025));
    assert_eq!(paid + taken.iter().sum::<i64>(), 12_499);
}

#[test]
fn a_line_may_state_what_was_paid_without_tax_and_the_tax_of_it() {
    let body = net(
        json!([
            { "kind": "purchase", "sku": "a", "quantity": 1, "paid": 80, "taxPercent": 25, "taxAmount": 20 },
            { "kind": "purchase", "sku": "b", "quantity": 1, "paid": 100, "taxAmount": 6 }
        ]),
        json!({ "total": 206 }),
    );
    assert_eq!(found(&body, &[]), [""; 0]);
    assert_eq!(lines(&body), [(10_000, 2_000, vec![]), (10_600, 600, vec![])]);
    let [part] = &parts(&body, &money(&body, None, &[]))[..] else { panic!("one part") };
    assert_eq!(part.taxes, rows(&[("25", 2_000), ("6", 600)]));
}

#[test]
fn several_taxes_of_a_line_are_rows_of_their_own() {
    let line = json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 115, "taxes": [
        { "percent": 10, "description": "GST" }, { "percent": 5, "description": "PST" } ] }]);
    let with_tax = receipt(line.clone(), json!({ "payments": [{ "type": "card", "amount": 115 }] }));
    assert_eq!(found(&with_tax, &[]), [""; 0]);
    assert_eq!(lines(&with_tax), [(11_500, 1_500, vec![])]);
    let [part] = &parts(&with_tax, &money(&with_tax, None, &[]))[..] else { panic!("one part") };
    assert_eq!(part.taxes, rows(&[("10", 1_000), ("5", 500)]));
    let without = net(line, json!({}));
    assert_eq!(lines(&without), [(13_225, 1_725, vec![])]);
    let sales = [sale(&with_tax, None, &[])];
    let back = receipt(json!([{ "kind": "return", "of": { "receipt": "sale" } }]), json!({}));
    let [part] = &parts(&back, &money(&back, None, &sales))[..] else { panic!("one part") };
    assert_eq!(part.taxes, rows(&[("10", 1_000), ("5", 500)]));
}

#[test]
fn tax_on_the_total_is_spread_so_that_the_lines_add_up() {
    let line = |price: f64| json!({ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": price });
    let mut exempt = line(20.0);
    exempt["taxPercent"] = json!(0);
    let body = net(
        json!([line(10.0), line(10.0), line(10.01), exempt]),
        json!({ "taxes": [{ "percent": 6.25, "amount": 1.88, "description": "State" },
            { "percent": 2, "amount": 0.6, "description": "City" }], "total": 52.49 }),
    );
    assert_eq!(found(&body, &[]), ["taxOnTotalSpread /taxes"]);
    let paid: Vec<_> = lines(&body).into_iter().map(|line| (line.0, line.1)).collect();
    assert_eq!(paid, [(1083, 83), (1082, 82), (1084, 83), (2000, 0)]);
    let settlement = money(&body, None, &[]);
    assert_eq!(settlement.lines[0].percent.unwrap().decimal().to_string(), "8.25");
    let [part] = &parts(&body, &settlement)[..] else { panic!("one part") };
    assert_eq!((part.total, &part.taxes), (5249, &rows(&[("6.25", 188), ("2", 60)])));
}

#[test]
fn tax_on_the_total_that_no_line_can_bear_is_said() {
    let exempt = json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 10, "taxPercent": 0 },
        { "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 0 }]);
    let body = net(exempt, json!({ "taxes": [{ "percent": 8, "amount": 0.8 }] }));
    assert!(found(&body, &[]).contains(&"taxesDiffer /taxes".to_owned()));
    let mut bare = net(json!([]), json!({ "payments": [] }));
    bare["lines"] = json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 10 }]);
    assert_eq!(found(&bare, &[]), ["!taxPercentMissing /lines/0/taxPercent"]);
}

#[test]
fn a_return_without_tax_in_its_price_takes_the_share_of_its_sale() {
    let sold = net(
        json!([{ "id": "1", "kind": "purchase", "sku": "a", "quantity": 3, "paid": 10, "taxPercent": 25 }]),
        json!({}),
    );
    let mut drawn = Vec::new();
    let mut paid = Vec::new();
    for part in [3.33, 3.33, 3.34] {
        let mut body = receipt(
            json!([{ "kind": "return", "of": { "receipt": "sale", "line": "1" }, "quantity": 1, "paid": part }]),
            json!({}),
        );
        body["pricesInclude"] = "noTax".into();
        let sales = [sale(&sold, None, &drawn)];
        assert_eq!(found(&body, &sales), ["paymentsMissing /payments"]);
        let settling = crate::receipt::trial::settled(&body, None, &sales);
        paid.push(settling.settlement.unwrap().total.minor());
        drawn.push(settling.draws[0].drawn.clone());
    }
    assert_eq!(paid.iter().sum::<i64>(), -1250, "{paid:?}");
}
