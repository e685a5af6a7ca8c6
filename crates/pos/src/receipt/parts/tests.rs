use serde_json::{Value, json};

use crate::receipt::trial::{found, money, parts, receipt, rows, sale, sale_as, settled, shown};
use crate::receipt::{Owner, Parts, SettledReceipt, Standing, Whose, parse};

fn sold(price: u32) -> Value {
    receipt(
        json!([{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": price, "taxPercent": 25 }]),
        json!({}),
    )
}

fn exchange(of: &[&str], rest: Value) -> Value {
    let mut lines =
        vec![json!({ "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 250, "taxPercent": 25 })];
    lines.extend(of.iter().map(|of| json!({ "kind": "return", "of": { "receipt": of } })));
    receipt(lines.into(), rest)
}

#[test]
fn an_exchange_of_one_contact_is_one_receipt_in_engage() {
    let sales = [sale(&sold(100), Some(Owner(1)), &[])];
    let body = exchange(&["sale"], json!({ "total": 150, "payments": [{ "type": "card", "amount": 150 }] }));
    let settling = settled(&body, Some(Owner(1)), &sales);
    assert_eq!(settling.parts, [Whose::Own]);
    let settlement = settling.settlement.unwrap();
    assert_eq!(settlement.parts, Parts::Whole);
    let [part] = &parts(&body, &settlement)[..] else { panic!("one part") };
    assert_eq!((part.total, &part.lines), (15_000, &vec![25_000, -10_000]));
    assert_eq!(part.taxes, rows(&[("25", 3000)]));
}

#[test]
fn a_mixed_receipt_of_two_contacts_falls_apart_and_each_part_adds_up() {
    let sales = [sale(&sold(100), Some(Owner(1)), &[])];
    let body = exchange(&["sale"], json!({ "total": 150, "payments": [{ "type": "card", "amount": 150 }] }));
    let settling = settled(&body, Some(Owner(2)), &sales);
    assert_eq!(settling.parts, [Whose::Own, Whose::Sale(0)]);
    assert_eq!((settling.draws[0].part, settling.draws[0].sale), (1, 0));
    let settlement = settling.settlement.unwrap();
    let [own, others] = &parts(&body, &settlement)[..] else { panic!("two parts") };
    assert_eq!((own.total, &own.payments), (25_000, &rows(&[("card", 15_000), ("exchange", 10_000)])));
    assert_eq!((others.total, &others.payments), (-10_000, &rows(&[("exchange", -10_000)])));
    assert_eq!(others.taxes, rows(&[("25", 2000)]));
    assert_eq!(settlement.total.minor(), 15_000);
}

#[test]
fn two_unclaimed_sales_are_two_parts_and_the_own_goods_come_first() {
    let sales = [
        sale_as("one", &sold(100), None, Standing::Good, &[]),
        sale_as("two", &sold(40), None, Standing::Good, &[]),
    ];
    let mut body = exchange(&["one", "two"], json!({}));
    body["lines"].as_array_mut().unwrap().rotate_left(1);
    let settling = settled(&body, None, &sales);
    assert_eq!(settling.parts, [Whose::Own, Whose::Sale(0), Whose::Sale(1)]);
    let totals: Vec<i64> =
        parts(&body, &settling.settlement.unwrap()).iter().map(|part| part.total).collect();
    assert_eq!(totals, [25_000, -10_000, -4_000]);
}

#[test]
fn a_return_alone_is_one_receipt_of_its_sales_contact_at_its_sales_rate() {
    let mut euro = sold(100);
    euro["currency"] = "EUR".into();
    euro["exchangeRate"] = json!(11.2);
    let sales = [sale(&euro, Some(Owner(1)), &[])];
    let mut body = receipt(json!([{ "kind": "return", "of": { "receipt": "sale" } }]), json!({}));
    body["currency"] = "EUR".into();
    let settling = settled(&body, Some(Owner(2)), &sales);
    assert_eq!(settling.parts, [Whose::Sale(0)]);
    let settlement = settling.settlement.unwrap();
    assert_eq!(settlement.parts, Parts::Whole);
    assert_eq!(settlement.rate.unwrap().value().to_string(), "11.2");
}

#[test]
fn what_is_no_merchandise_is_kept_out_with_its_money() {
    let lines = json!([
        { "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 100, "taxPercent": 25 },
        { "kind": "giftCard", "unitPrice": 50 },
        { "kind": "fee", "paid": 10, "taxAmount": 2 },
        { "kind": "deposit", "name": "PET", "quantity": -10, "unitPrice": 2 }
    ]);
    let body = receipt(
        lines,
        json!({ "total": 140, "payments": [
        { "type": "cash", "amount": 30 }, { "type": "card", "amount": 110 } ] }),
    );
    assert_eq!(found(&body, &[]), [""; 0]);
    let settlement = money(&body, None, &[]);
    let [part] = &parts(&body, &settlement)[..] else { panic!("one part") };
    assert_eq!((part.total, &part.lines), (10_000, &vec![10_000]));
    assert_eq!(part.payments, rows(&[("cash", 3_000), ("card", 7_000)]));
    assert_eq!(settlement.total.minor(), 14_000);
    assert_eq!(settlement.lines[2].percent.unwrap().decimal().to_string(), "25");
}

#[test]
fn a_receipt_of_nothing_for_engage_is_said_and_has_no_part() {
    let body = receipt(
        json!([{ "kind": "donation", "unitPrice": 20 }]),
        json!({ "payments": [
        { "type": "card", "amount": 20 } ] }),
    );
    assert_eq!(found(&body, &[]), ["nothingForEngage /lines"]);
    let settlement = money(&body, None, &[]);
    assert_eq!(settlement.parts, Parts::Of(Vec::new()));
    let stored = serde_json::to_string(&settlement).unwrap();
    assert_eq!(serde_json::from_str::<crate::receipt::Settlement>(&stored).unwrap(), settlement);
}

#[test]
fn a_part_reversed_is_its_exact_negation() {
    let sales = [sale(&sold(100), Some(Owner(1)), &[])];
    for body in [sold(80), exchange(&["sale"], json!({}))] {
        let settlement = money(&body, Some(Owner(1)), &sales);
        let reading = parse(&body);
        let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
        let part = settled.parts().next().unwrap();
        let (before, after) = (shown(&part), shown(&part.reversed()));
        let negated =
            |rows: &[(String, i64)]| -> Vec<_> { rows.iter().map(|row| (row.0.clone(), -row.1)).collect() };
        assert_eq!(after.total, -before.total);
        assert_eq!(after.lines, before.lines.iter().map(|paid| -paid).collect::<Vec<_>>());
        assert_eq!(after.payments, negated(&before.payments));
        let mixed = before.lines.len() > 1;
        assert_eq!(after.taxes, if mixed { negated(&before.taxes) } else { before.taxes.clone() });
        assert_eq!(shown(&part.reversed().reversed()), before);
        assert_eq!((part.is_return(), part.reversed().is_return()), (false, !mixed));
    }
}

#[test]
fn everything_of_a_voided_sale_leaves_nothing_to_return() {
    let settlement = money(&sold(80), None, &[]);
    let body = sold(80);
    let reading = parse(&body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let sales = [sale(&sold(80), None, &[settled.everything(0)])];
    let body = receipt(json!([{ "kind": "return", "of": { "receipt": "sale" } }]), json!({}));
    assert_eq!(found(&body, &sales), ["!overReturn /lines/0"]);
}
