//! How a return names its sale, and what is said where it can't be found or mustn't be returned.

use std::slice;

use pos::money::Currency;
use pos::rates::Rates;
use pos::receipt::{
    Drawn, Known, Owner, REFERENCES_MAX, Sale, SettledReceipt, Settlement, Settling, Severity, Standing,
    parse, settle,
};
use serde_json::{Value, json};

use crate::sold::Figures;
use crate::support::store;

/// Three sweaters for 100.00 at 10 % off, two scarves at 50.00 and another, at 25 % tax.
fn sale_body(ids: bool) -> Value {
    let mut body = json!({
        "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-20T10:00:00+01:00",
        "currency": "SEK",
        "lines": [
            { "id": "a", "kind": "purchase", "sku": "sweater", "name": "Wool sweater", "quantity": 3,
              "unitPrice": "33.35", "taxPercent": 25, "discounts": [{ "percent": 10, "type": "SALE" }] },
            { "id": "b", "kind": "purchase", "sku": "scarf", "quantity": 2, "unitPrice": 50, "taxPercent": 25 },
            { "id": "c", "kind": "purchase", "sku": "scarf", "quantity": 1, "unitPrice": 40, "taxPercent": 25 },
            { "id": "d", "kind": "purchase", "sku": "rope", "quantity": 2.5, "unit": "m", "unitPrice": 10,
              "taxPercent": 25 }
        ]
    });
    if !ids {
        for line in body["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("id");
        }
    }
    body
}

fn sale_of(body: &Value, standing: Standing, drawn: &[Drawn]) -> Sale {
    let (store, rates) = (store(), Rates::default());
    let owner = Some(Owner(1));
    let reading = parse(body);
    let known = Known { store: Some(&store), rates: &rates, owner, sales: &[] };
    let settlement = settle(&reading, &known).settlement.unwrap();
    let receipt = reading.receipt.as_ref().unwrap();
    Sale::of("sale", &SettledReceipt::new(receipt, &settlement).unwrap(), owner, standing, drawn)
}

fn sale() -> Sale {
    sale_of(&sale_body(true), Standing::Good, &[])
}

/// A receipt with these return lines.
fn returning(lines: &Value) -> Value {
    let mut lines = lines.clone();
    for line in lines.as_array_mut().unwrap() {
        line["kind"] = "return".into();
    }
    json!({
        "store": "store03-stockholm", "receiptNumber": "2", "createdAt": "2026-11-22T10:00:00+01:00",
        "currency": "SEK", "lines": lines
    })
}

/// What each line comes to (paid, tax), in minor units, and what is said of it as `code pointer`.
struct Outcome {
    money: Vec<(i64, i64)>,
    faults: Vec<String>,
    warnings: Vec<String>,
    drawn: Vec<Drawn>,
}

fn settled(body: &Value, sales: &[Sale]) -> Outcome {
    let (store, rates) = (store(), Rates::default());
    let reading = parse(body);
    let known = Known { store: Some(&store), rates: &rates, owner: Some(Owner(1)), sales };
    let Settling { settlement, findings, draws, .. } = settle(&reading, &known);
    let all: Vec<_> = reading.findings.iter().chain(&findings).collect();
    let of = |severity| {
        let of = all.iter().filter(|finding| finding.severity == severity);
        of.map(|finding| format!("{} {}", finding.code, finding.pointer))
            .filter(|said| said != "paymentsMissing /payments")
            .collect()
    };
    let money = match (&reading.receipt, &settlement) {
        (Some(receipt), Some(settlement)) => SettledReceipt::new(receipt, settlement)
            .unwrap()
            .lines()
            .map(|line| Figures::of(&line))
            .map(|figures| (figures.paid, figures.tax))
            .collect(),
        _ => Vec::new(),
    };
    let drawn = draws.into_iter().map(|draw| draw.drawn).collect();
    Outcome { money, faults: of(Severity::Fault), warnings: of(Severity::Warning), drawn }
}

fn taken_back(lines: &Value, sales: &[Sale]) -> Outcome {
    settled(&returning(lines), sales)
}

#[test]
fn a_reference_alone_takes_back_all_of_its_line() {
    let outcome = taken_back(&json!([{ "of": { "receipt": "sale", "line": "a" } }]), &[sale()]);
    // 100.05 less 10.01 (10.005, rounded away from zero), and a fifth of that is tax.
    assert_eq!(outcome.money, [(9_004, 1_801)]);
    assert_eq!((outcome.faults, outcome.warnings), (vec![], vec![]));
}

#[test]
fn without_its_line_the_first_of_the_sku_with_something_left_is_meant() {
    let of = json!({ "receipt": "sale" });
    let one = json!({ "of": of, "sku": "scarf", "quantity": 2 });
    let outcome = taken_back(&json!([one]), &[sale()]);
    assert_eq!(outcome.money, [(10_000, 2_000)]);
    let left = sale_of(&sale_body(true), Standing::Good, &outcome.drawn);
    let next = taken_back(&json!([{ "of": of, "sku": "scarf", "quantity": 1 }]), slice::from_ref(&left));
    assert_eq!(next.money, [(4_000, 800)]);
    let both = taken_back(&json!([one, { "of": of, "sku": "scarf" }]), &[sale()]);
    assert_eq!(both.money, [(10_000, 2_000), (4_000, 800)]);
}

#[test]
fn a_line_without_an_id_is_named_by_its_position_from_one() {
    let sale = sale_of(&sale_body(false), Standing::Good, &[]);
    let outcome = taken_back(&json!([{ "of": { "receipt": "sale", "line": "3" } }]), &[sale]);
    assert_eq!(outcome.money, [(4_000, 800)]);
}

#[test]
fn goods_by_the_metre_come_back_by_their_length_or_by_what_was_paid() {
    let of = json!({ "receipt": "sale", "line": "d" });
    let length = json!([{ "of": of, "quantity": 1.5, "unit": "m" }]);
    assert_eq!(taken_back(&length, &[sale()]).money, [(1_500, 300)]);
    let amount = taken_back(&json!([{ "of": of, "paid": 12.34 }]), &[sale()]);
    assert_eq!(amount.money, [(1_234, 247)]);
    assert_eq!(amount.warnings, Vec::<String>::new());
    let left = sale_of(&sale_body(true), Standing::Good, &amount.drawn);
    let metre = json!([{ "of": of, "quantity": 1, "unit": "m" }]);
    assert_eq!(taken_back(&metre, slice::from_ref(&left)).money, [(1_000, 200)]);
    assert_eq!(taken_back(&json!([{ "of": of }]), &[left]).money, [(1_266, 253)]);
}

#[test]
fn goods_that_weigh_more_when_they_come_back_come_back_by_what_was_paid() {
    let of = json!({ "receipt": "sale", "line": "d" });
    let longer = json!([{ "of": of, "quantity": 2.6, "unit": "m", "paid": 10 }]);
    let outcome = taken_back(&longer, &[sale()]);
    assert_eq!((outcome.money, outcome.faults), (vec![(1_000, 200)], vec![]));
    let left = sale_of(&sale_body(true), Standing::Good, &outcome.drawn);
    assert_eq!(taken_back(&json!([{ "of": of }]), &[left]).money, [(1_500, 300)]);
}

#[test]
fn all_of_the_metres_are_back_also_where_less_was_paid_for_them() {
    let of = json!({ "receipt": "sale", "line": "d" });
    let outcome = taken_back(&json!([{ "of": of, "quantity": 2.5, "unit": "m", "paid": 20 }]), &[sale()]);
    assert_eq!((outcome.money, outcome.faults), (vec![(2_000, 400)], vec![]));
    assert_eq!(outcome.warnings, ["returnPaidDiffers /lines/0/paid"]);
    let left = sale_of(&sale_body(true), Standing::Good, &outcome.drawn);
    let more = taken_back(&json!([{ "of": of, "quantity": 0.1, "unit": "m" }]), &[left]);
    assert!(more.faults[0].starts_with("overReturn /lines/0"), "{:?}", more.faults);
}

#[test]
fn pieces_without_a_quantity_are_all_of_them_whatever_was_paid_back() {
    let of = json!({ "receipt": "sale", "line": "b" });
    let outcome = taken_back(&json!([{ "of": of, "paid": 50 }]), &[sale()]);
    assert_eq!((outcome.money, outcome.faults), (vec![(5_000, 1_000)], vec![]));
    let left = sale_of(&sale_body(true), Standing::Good, &outcome.drawn);
    let more = taken_back(&json!([{ "of": of, "quantity": 1 }]), &[left]);
    assert!(more.faults[0].starts_with("overReturn /lines/0"), "{:?}", more.faults);
}

#[test]
fn what_was_shipped_is_refunded_as_what_it_was_also_once_it_is_stored() {
    let mut sold = sale_body(true);
    sold["lines"][1]["kind"] = "shipping".into();
    let body = returning(&json!([{ "of": { "receipt": "sale", "line": "b" } },
        { "of": { "receipt": "sale", "line": "c" } }]));
    let (store, rates) = (store(), Rates::default());
    let reading = parse(&body);
    let sales = [sale_of(&sold, Standing::Good, &[])];
    let known = Known { store: Some(&store), rates: &rates, owner: Some(Owner(1)), sales: &sales };
    let settlement = settle(&reading, &known).settlement.unwrap();
    let stored = serde_json::to_vec(&settlement).unwrap();
    assert_eq!(serde_json::from_slice::<Settlement>(&stored).unwrap(), settlement);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let part = settled.parts().next().unwrap();
    // Freight is no merchandise, neither when it is paid nor when it is paid back.
    assert_eq!(part.lines().map(|line| line.paid.minor()).collect::<Vec<_>>(), [4_000]);
    assert_eq!(part.total().minor(), -4_000);
}

#[test]
fn more_than_is_left_is_a_fault_also_when_two_lines_take_it_together() {
    let one = json!({ "of": { "receipt": "sale", "line": "a" }, "quantity": 2 });
    let once = taken_back(&json!([one]), &[sale()]);
    assert_eq!(once.faults, Vec::<String>::new());
    let outcome = taken_back(&json!([one, one]), &[sale()]);
    assert_eq!(outcome.faults.len(), 1, "{:?}", outcome.faults);
    assert!(outcome.faults[0].starts_with("overReturn /lines/1"), "{:?}", outcome.faults);
    let left = sale_of(&sale_body(true), Standing::Good, &once.drawn);
    let again = taken_back(&json!([one]), &[left]);
    assert!(again.faults[0].starts_with("overReturn /lines/0"), "{:?}", again.faults);
}

#[test]
fn a_sale_that_was_voided_or_given_up_takes_nothing_back() {
    for (standing, code) in [(Standing::Voided, "saleVoided"), (Standing::Discarded, "saleDiscarded")] {
        let sale = sale_of(&sale_body(true), standing, &[]);
        let outcome = taken_back(&json!([{ "of": { "receipt": "sale", "line": "a" } }]), &[sale]);
        assert_eq!(outcome.faults.len(), 1, "{:?}", outcome.faults);
        assert!(outcome.faults[0].starts_with(code), "{:?}", outcome.faults);
        assert!(outcome.drawn.is_empty());
    }
}

#[test]
fn of_an_unknown_receipt_or_line_the_tills_price_counts() {
    let words = json!({ "sku": "s", "quantity": 2, "unitPrice": 80, "taxPercent": 25,
        "discounts": [{ "amount": 10 }] });
    let with = |of: Value| {
        let mut line = words.clone();
        line["of"] = of;
        taken_back(&json!([line]), &[sale()])
    };
    let receipt = with(json!({ "receipt": "elsewhere", "line": "1" }));
    assert_eq!(receipt.money, [(15_000, 3_000)]);
    assert_eq!((receipt.faults, receipt.warnings.len(), receipt.drawn), (vec![], 1, vec![]));
    assert!(receipt.warnings[0].starts_with("returnOfUnknownReceipt /lines/0"), "{:?}", receipt.warnings);
    let line = with(json!({ "receipt": "sale", "line": "z" }));
    assert_eq!(line.money, [(15_000, 3_000)]);
    assert!(line.warnings[0].starts_with("returnLineUnknown /lines/0"), "{:?}", line.warnings);
}

#[test]
fn without_a_sale_and_without_a_price_there_is_nothing_to_go_by() {
    let line = json!([{ "of": { "receipt": "elsewhere" }, "sku": "s", "quantity": 1, "taxPercent": 25 }]);
    let outcome = taken_back(&line, &[]);
    assert_eq!(outcome.faults.len(), 1, "{:?}", outcome.faults);
    assert!(outcome.faults[0].starts_with("priceMissing /lines/0"), "{:?}", outcome.faults);
}

#[test]
fn a_sale_in_another_currency_is_returned_by_the_tills_price() {
    let mut body = returning(&json!([{ "of": { "receipt": "sale", "line": "a" }, "sku": "sweater",
        "quantity": 1, "paid": 3.10, "taxPercent": 25 }]));
    body["currency"] = "EUR".into();
    let outcome = settled(&body, &[sale()]);
    assert_eq!(outcome.money, [(310, 62)]);
    assert!(outcome.warnings[0].starts_with("returnCurrencyDiffers /lines/0"), "{:?}", outcome.warnings);
    // It goes with its sale, and took nothing of it.
    let left = sale_of(&sale_body(true), Standing::Good, &outcome.drawn);
    let all = taken_back(&json!([{ "of": { "receipt": "sale", "line": "a" } }]), &[left]);
    assert_eq!((outcome.drawn.len(), all.money), (1, vec![(9_004, 1_801)]));
}

#[test]
fn the_tills_own_paid_and_tax_win_and_its_price_and_discounts_do_not_count() {
    let of = json!({ "receipt": "sale", "line": "a" });
    let line = json!([{ "of": of, "quantity": 1, "paid": 30, "taxAmount": 6, "unitPrice": 500,
        "discounts": [{ "amount": 400 }] }]);
    let outcome = taken_back(&line, &[sale()]);
    assert_eq!(outcome.money, [(3_000, 600)]);
    // Nothing is said of the price and the discounts, which say something else.
    assert!(outcome.warnings.iter().all(|said| said.starts_with("returnPaidDiffers /lines/0")));
    assert!(!outcome.warnings.is_empty());
    let left = sale_of(&sale_body(true), Standing::Good, &outcome.drawn);
    assert_eq!(taken_back(&json!([{ "of": of }]), &[left]).money, [(6_004, 1_201)]);
    let silent = taken_back(&json!([{ "of": of, "quantity": 1, "unitPrice": 500 }]), &[sale()]);
    assert_eq!((silent.money, silent.faults), (vec![(3_001, 600)], vec![]));
}

#[test]
fn negative_figures_of_a_return_are_read_as_positive_and_said() {
    let line = json!([{ "of": { "receipt": "sale", "line": "b" }, "quantity": -1, "paid": -50 }]);
    let outcome = taken_back(&line, &[sale()]);
    assert_eq!((outcome.money, outcome.faults), (vec![(5_000, 1_000)], vec![]));
    assert!(outcome.warnings.iter().all(|said| said.starts_with("returnSign /lines/0")));
    assert!(!outcome.warnings.is_empty());
    let mut body = sale_body(true);
    body["lines"][1]["quantity"] = (-2).into();
    assert!(settled(&body, &[]).faults.iter().any(|fault| fault.ends_with("/lines/1/quantity")));
}

#[test]
fn a_decimal_quantity_without_its_unit_is_a_warning() {
    let mut body = sale_body(true);
    body["lines"][3].as_object_mut().unwrap().remove("unit");
    let outcome = settled(&body, &[]);
    assert_eq!(outcome.money[3], (2_500, 500));
    assert!(outcome.warnings.iter().any(|said| said.starts_with("unitMissing /lines/3")));
}

#[test]
fn a_receipt_names_so_many_sales_and_no_more() {
    let naming = |count: usize| {
        let lines: Vec<Value> = (0..count)
            .map(|number| {
                json!({ "of": { "receipt": format!("r{number}") }, "sku": "s", "quantity": 1,
                "paid": 1, "taxPercent": 25 })
            })
            .collect();
        returning(&Value::from(lines))
    };
    let most = naming(REFERENCES_MAX);
    assert_eq!(parse(&most).references().count(), REFERENCES_MAX);
    assert_eq!(settled(&most, &[]).faults, Vec::<String>::new());
    assert!(!settled(&naming(REFERENCES_MAX + 1), &[]).faults.is_empty());
    let twice = returning(&json!([
        { "of": { "receipt": "sale", "line": "a" }, "quantity": 1 },
        { "of": { "receipt": "sale", "line": "b" } },
        { "of": { "receipt": "other" }, "quantity": "x" }
    ]));
    // Also where the receipt has faults.
    assert_eq!(parse(&twice).references().collect::<Vec<_>>(), ["sale", "other"]);
}

#[test]
fn what_was_drawn_reads_back_the_same_and_nothing_else_is_read() {
    let outcome =
        taken_back(&json!([{ "of": { "receipt": "sale", "line": "a" }, "quantity": 1 }]), &[sale()]);
    let bytes = outcome.drawn[0].write();
    assert_eq!(Drawn::read(&bytes).as_ref(), Some(&outcome.drawn[0]));
    assert!(bytes.len() < 100, "{} bytes", bytes.len());
    for other in [&b""[..], b"{}", b"null", b"\xff", &bytes[..bytes.len() - 1]] {
        assert_eq!(Drawn::read(other), None, "{other:?}");
    }
}

#[test]
fn a_void_draws_everything_so_that_nothing_is_left_to_return() {
    let body = sale_body(true);
    let (store, rates) = (store(), Rates::default());
    let reading = parse(&body);
    let known = Known { store: Some(&store), rates: &rates, owner: None, sales: &[] };
    let settlement = settle(&reading, &known).settlement.unwrap();
    let receipt = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let left = sale_of(&body, Standing::Good, &[receipt.everything(0)]);
    for line in ["a", "b", "c", "d"] {
        let outcome =
            taken_back(&json!([{ "of": { "receipt": "sale", "line": line } }]), slice::from_ref(&left));
        assert!(outcome.faults[0].starts_with("overReturn /lines/0"), "{:?}", outcome.faults);
    }
}

#[test]
fn a_currency_that_engage_converts_itself_goes_without_a_rate() {
    let currency = |code| Currency::parse(code).unwrap();
    let rates = Rates::new(Some(currency("SEK")), vec![]).unwrap().converted_by_engage(vec![currency("NOK")]);
    let store = store();
    let rate = |code: &str| {
        let mut body = sale_body(true);
        body["currency"] = code.into();
        let reading = parse(&body);
        let settling =
            settle(&reading, &Known { store: Some(&store), rates: &rates, owner: None, sales: &[] });
        let receipt = reading.receipt.as_ref().unwrap();
        let settlement = settling.settlement.ok_or(settling.findings)?;
        let settled = SettledReceipt::new(receipt, &settlement).unwrap();
        let rate = settled.parts().next().unwrap().rate();
        Ok::<_, Vec<pos::receipt::Finding>>(rate.map(|rate| rate.value().to_string()))
    };
    assert_eq!(rate("NOK").unwrap(), None);
    assert_eq!(rate("SEK").unwrap(), Some("1".to_owned()));
    assert!(rate("DKK").unwrap_err().iter().any(|finding| finding.code == "noExchangeRate"));
}
