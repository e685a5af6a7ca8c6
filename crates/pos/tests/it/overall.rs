//! A receipt as a whole, as an order and the customer's copy show it: the laws of it, and what the oracle says.

use std::collections::HashSet;

use pos::money::{Amount, Currency};
use pos::order::{self, SettledOrder};
use pos::receipt::{Reading, SettledLine, SettledReceipt, Settling, VatRow};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::basket::{Kind, Prices};
use crate::comparing::require;
use crate::laws::Case;
use crate::oracle::{is_goods, signed};
use crate::support::{json, outcome, store};
use crate::tender::Way;

/// What holds of every receipt as a whole.
pub fn laws(settled: &SettledReceipt<'_>) -> Result<(), String> {
    let total = settled.total().minor();
    let goods: i64 = settled.order_lines().map(|(_, line)| line.signed(line.paid).minor()).sum();
    let fees: i64 = settled.fees().map(|fee| fee.amount.minor()).sum();
    let rest = settled.difference().minor();
    require(goods + fees + rest == total, || {
        format!("{goods} of goods, {fees} of fees, {rest}, not {total}")
    })?;
    let mut positions: Vec<usize> = settled.order_lines().map(|(position, _)| position).collect();
    positions.extend(settled.fees().map(|fee| fee.position));
    positions.sort_unstable();
    require(positions.iter().copied().eq(0..settled.lines().len()), || format!("{positions:?}"))?;
    vat(settled, total - rest)?;
    let taken: i64 = settled.receipt_discounts().iter().map(|row| row.amount.minor()).sum();
    let mut of_lines = 0;
    for line in settled.lines() {
        let own: i64 = line.own_discounts().map(|row| row.amount.minor()).sum();
        of_lines +=
            line.signed(line.before_discounts()).minor() - line.signed(Amount::from_minor(own)).minor();
        of_lines -= line.signed(line.paid).minor();
        unit_price(settled, &line)?;
    }
    require(taken == of_lines, || format!("the receipt's discounts took {taken}, its lines say {of_lines}"))?;
    require(settled.receipt_discounts().iter().all(|row| !row.amount.is_zero()), || {
        "a discount of nothing".to_owned()
    })
}

fn vat(settled: &SettledReceipt<'_>, gross: i64) -> Result<(), String> {
    let rows: Vec<VatRow> = settled.vat_summary();
    let sum = |of: fn(&VatRow) -> Amount| rows.iter().map(|row| of(row).minor()).sum::<i64>();
    require(rows.iter().all(|row| row.net + row.tax == row.gross), || format!("{rows:?}"))?;
    require(sum(|row| row.gross) == gross, || format!("{rows:?} aren't {gross}"))?;
    let tax: i64 = settled.lines().map(|line| line.signed(line.tax).minor()).sum();
    require(sum(|row| row.tax) == tax, || format!("{rows:?} hold not {tax} of tax"))?;
    let rates: HashSet<_> = rows.iter().map(|row| row.percent).collect();
    require(rates.len() == rows.len(), || format!("a rate twice: {rows:?}"))
}

/// A price of a piece explains what the line cost.
fn unit_price(settled: &SettledReceipt<'_>, line: &SettledLine<'_>) -> Result<(), String> {
    let Some(unit) = settled.unit_price(line) else { return Ok(()) };
    let quantity = line.measure.map_or_else(|| Decimal::from(line.pieces), |(amount, _)| amount);
    let cost = settled.settlement().currency.times(unit, quantity).map(|(cost, _)| cost);
    require(cost == Ok(line.before_discounts()), || format!("{quantity} at {unit} aren't {cost:?}"))
}

/// A generated receipt as a whole against what the oracle says.
pub fn compare(case: &Case, settled: &SettledReceipt<'_>, said: &dyn Fn(&str) -> bool) -> Result<(), String> {
    laws(settled)?;
    let exceeded = case.expected.exceeded;
    require(settled.difference().is_zero() || said("totalDiffers") || exceeded, || {
        "a difference".to_owned()
    })?;
    for fee in settled.fees() {
        let kind = case.basket.lines[fee.position].kind;
        let (Kind::Extra(name) | Kind::PaidBack(name)) = kind else {
            return Err(format!("{kind:?} is a fee"));
        };
        require(fee.kind.as_str() == name && !is_goods(kind), || format!("{fee:?} is {name}"))?;
        require(signed(kind, 1) * fee.amount.minor() >= 0, || format!("{fee:?} of {kind:?}"))?;
    }
    let paid: i64 = settled.order_payments().map(|row| row.amount.minor()).sum();
    let rows = settled.order_payments().count();
    match case.tender.way {
        _ if exceeded => {}
        Way::Unsaid => require(rows == 0, || format!("{rows} payments of which nothing was said"))?,
        Way::PaymentsDiffer | Way::TotalDiffers => {}
        _ => require(paid == settled.total().minor(), || format!("{paid} paid of {:?}", settled.total()))?,
    }
    if case.basket.prices == Prices::WithTax {
        priced_with_tax(case, settled)?;
    }
    Ok(())
}

/// What each of the receipt's discounts took in all, and the prices of pieces, are the till's own where they are with tax.
fn priced_with_tax(case: &Case, settled: &SettledReceipt<'_>) -> Result<(), String> {
    let lines = || case.basket.lines.iter().zip(&case.expected.lines);
    let rows = settled.receipt_discounts();
    for row in 0..case.basket.discounts.len() {
        let expected: i64 = lines()
            .flat_map(|(line, expected)| {
                let of_row =
                    expected.shares.iter().filter(move |share| share.0 == line.discounts.len() + row);
                of_row.map(|share| signed(line.kind, share.1))
            })
            .sum();
        let name = format!("all {row}");
        let found = rows.iter().find(|found| found.description == Some(&name));
        let taken = found.map_or(0, |found| found.amount.minor());
        require(taken == expected, || format!("discount {name} took {taken}, not {expected}"))?;
    }
    let vouchers: i64 = lines().map(|(_, expected)| expected.voucher).sum();
    let taken: i64 =
        rows.iter().filter(|row| row.kind == Some("voucher")).map(|row| row.amount.minor()).sum();
    require(taken == vouchers, || format!("vouchers took {taken}, not {vouchers}"))?;
    for (position, line) in settled.lines().enumerate() {
        let source = &case.basket.lines[position];
        if source.stated.is_none() {
            let expected = settled.decimal(Amount::from_minor(source.unit_price));
            let found = settled.unit_price(&line);
            require(found == Some(expected), || format!("line {position} at {found:?}, not {expected}"))?;
        }
    }
    Ok(())
}

/// The same basket as an order comes to the same, whatever is said of its payment.
pub fn as_an_order(body: &Value, reading: &Reading<'_>, settling: &Settling) -> Result<(), String> {
    let receipt = reading.receipt.as_ref().ok_or("not read")?;
    let settlement = settling.settlement.as_ref().ok_or("not settled")?;
    let settled = SettledReceipt::new(receipt, settlement).map_err(|error| error.to_string())?;
    let mut body = body.clone();
    drop(body.as_object_mut().ok_or("no object")?.remove("receiptNumber"));
    let reading = order::parse(&body);
    let settling = order::settle(&reading, Some(&store()));
    let order = reading.order.as_ref().ok_or_else(|| format!("{:?}", reading.findings))?;
    let settlement = settling.settlement.as_ref().ok_or_else(|| format!("{:?}", settling.findings))?;
    let stored = serde_json::to_vec(settlement).map_err(|error| error.to_string())?;
    let read = serde_json::from_slice(&stored).map_err(|error| error.to_string())?;
    require(settlement == &read, || "what was stored reads back otherwise".to_owned())?;
    let order = SettledOrder::new(order, settlement).map_err(|error| error.to_string())?;
    require(receipt.lines.len() == order.order().lines().len(), || "lines are lost".to_owned())?;
    require(told(&order.receipt()) == told(&settled), || {
        format!("as an order it is {}, not {}", told(&order.receipt()), told(&settled))
    })
}

/// All that is shown of a receipt as a whole.
fn told(settled: &SettledReceipt<'_>) -> String {
    let lines: Vec<_> = settled
        .order_lines()
        .map(|(position, line)| {
            let own: Vec<_> = line.own_discounts().collect();
            (position, line.back, line.paid, line.tax, line.percent, settled.unit_price(&line), own)
        })
        .collect();
    let fees: Vec<_> = settled.fees().collect();
    let payments: Vec<_> = settled.order_payments().collect();
    let money = (settled.total(), settled.vat_summary(), settled.receipt_discounts());
    format!("{lines:?} {fees:?} {payments:?} {money:?}")
}

fn amount(decimal: &str) -> Amount {
    Currency::parse("SEK").unwrap().amount(pos::money::parse_decimal(decimal).unwrap()).unwrap()
}

#[test]
fn everything_that_a_customer_reads_is_walked_once() {
    let body = json(
        r#"{ "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00",
        "lines": [
          { "id": "1", "sku": "a", "kind": "purchase", "name": "Sweater", "quantity": 2, "unitPrice": 200, "taxPercent": 25,
            "discounts": [{ "amount": 40, "type": "SALE" }] },
          { "kind": "return", "sku": "b", "quantity": 1, "unitPrice": 99, "taxPercent": 12 },
          { "kind": "purchase", "sku": "c", "quantity": 0.752, "unit": "kg", "unitPrice": 89.9, "taxPercent": 12 },
          { "kind": "purchase", "sku": "d", "quantity": 3, "paid": 100, "taxPercent": 25, "discountable": false },
          { "kind": "shipping", "paid": 49, "taxPercent": 25 },
          { "kind": "deposit", "name": "PET", "quantity": -4, "unitPrice": 2 } ],
        "discounts": [{ "percent": 10, "description": "Welcome", "offer": "o-1", "lines": ["1"] }, { "percent": 0 }],
        "payments": [{ "type": "voucher", "amount": 20 }, { "type": "cash", "amount": 413 }], "total": 433 }"#,
    );
    let outcome = outcome(&body);
    let reading = pos::receipt::parse(&body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), outcome.settled()).unwrap();
    laws(&settled).unwrap();
    let lines: Vec<_> = settled
        .order_lines()
        .map(|(position, line)| (position, line.back, settled.unit_price(&line).map(|unit| unit.to_string())))
        .collect();
    let unit = |text: &str| Some(text.to_owned());
    assert_eq!(
        lines,
        [(0, false, unit("200.00")), (1, true, unit("99.00")), (2, false, unit("89.90")), (3, false, None)]
    );
    let fees: Vec<_> =
        settled.fees().map(|fee| (fee.position, fee.kind.as_str(), fee.name, fee.amount)).collect();
    assert_eq!(fees, [(4, "shipping", "shipping", amount("49")), (5, "deposit", "PET", amount("-8"))]);
    let cuts: Vec<_> = settled.receipt_discounts();
    let cuts: Vec<_> = cuts.iter().map(|row| (row.kind, row.description, row.offer, row.amount)).collect();
    assert_eq!(
        cuts,
        [(None, Some("Welcome"), Some("o-1"), amount("36")), (Some("voucher"), None, None, amount("20"))]
    );
    let own: Vec<_> = settled.lines().next().unwrap().own_discounts().map(|row| row.amount).collect();
    assert_eq!(own, [amount("40")]);
    let payments: Vec<_> = settled.order_payments().map(|row| (row.kind, row.amount)).collect();
    assert_eq!(payments, [("cash", amount("413")), ("rounding", amount("0.60"))]);
    assert_eq!((settled.total(), settled.difference()), (amount("413.60"), Amount::ZERO));
    let rates: Vec<_> =
        settled.vat_summary().iter().map(|row| (row.percent.to_string(), row.gross)).collect();
    assert_eq!(rates.iter().map(|(rate, _)| rate.as_str()).collect::<Vec<_>>(), ["25 %", "12 %", "0 %"]);
}

#[test]
fn what_the_tills_total_has_beyond_its_lines_is_a_difference_of_its_own() {
    let body = crate::support::example_with(&[("/total", "370"), ("/payments/0/amount", "370")]);
    let outcome = outcome(&body);
    let reading = pos::receipt::parse(&body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), outcome.settled()).unwrap();
    laws(&settled).unwrap();
    assert_eq!((settled.total(), settled.difference()), (amount("370"), amount("6.90")));
}

#[test]
fn several_taxes_of_a_line_are_one_row_so_that_no_net_counts_twice() {
    let body = crate::support::example_with(&[
        ("/lines/0/taxPercent", "null"),
        ("/lines/0/taxes", r#"[{ "percent": 20 }, { "percent": 5 }]"#),
        ("/lines/1/taxPercent", "25"),
    ]);
    let outcome = outcome(&body);
    let reading = pos::receipt::parse(&body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), outcome.settled()).unwrap();
    laws(&settled).unwrap();
    let rows = settled.vat_summary();
    assert_eq!(rows.iter().map(|row| row.gross).collect::<Vec<_>>(), [settled.total()]);
    assert!(settled.lines().any(|line| line.percent.to_string() == "25 %"), "{rows:?}");
}
