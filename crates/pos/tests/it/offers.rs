//! Offers: what a basket comes to with them, what a sale used, and what a chain of returns gives back of them.

use pos::money::{Currency, Percent};
use pos::offers::{Candidate, Kind, Larger, Outcome, Policy, Priced, Worth, price};
use pos::rates::Rates;
use pos::receipt::{
    Drawn, GivenBack, Known, Moment, Owner, Sale, SettledReceipt, Severity, Standing, When, condensed, parse,
    settle,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{known, store};

const SHOP: Policy = Policy { larger_than_basket: Larger::Forfeit, vouchers_stack: true };

pub fn moment() -> Moment {
    match When::parse("2026-11-22T16:42:07+01:00").unwrap() {
        When::Exact(moment) => moment,
        When::Local(_) => unreachable!("it has an offset"),
    }
}

fn percent(name: &str, percent: i64) -> Candidate<'_> {
    let worth = Worth::Percent(Percent::new(Decimal::from(percent)).unwrap());
    Candidate { name, offer: name, kind: Kind::Promotion { stacks: true }, worth }
}

fn kronor(amount: i64) -> Worth {
    Worth::Amounts(vec![(Currency::parse("SEK").unwrap(), Decimal::from(amount))])
}

fn voucher(name: &str, amount: i64) -> Candidate<'_> {
    Candidate { name, offer: name, kind: Kind::Voucher, worth: kronor(amount) }
}

/// A sweater at 200 and a scarf at 100, with these discounts.
fn basket(discounts: Value) -> Value {
    json!({
        "store": "store03-stockholm", "currency": "SEK", "discounts": discounts,
        "lines": [
            { "id": "1", "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 200, "taxPercent": 25 },
            { "id": "2", "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 100, "taxPercent": 25 }
        ]
    })
}

fn priced(body: &Value, candidates: &[Candidate<'_>], policy: Policy) -> Priced {
    let (store, rates) = (store(), Rates::default());
    price(body, moment(), candidates, policy, &known(Some(&store), &rates))
}

/// What became of each offer, as `name amount` or `name code`, and what is left to pay.
fn check(discounts: Value, candidates: &[Candidate<'_>], policy: Policy, expected: &[&str], total: i64) {
    let priced = priced(&basket(discounts), candidates, policy);
    let shown = priced.offers.iter().map(|one| match &one.outcome {
        Outcome::Applies { amount, forfeited, .. } if forfeited.is_zero() => {
            format!("{} {}", one.name, amount.minor())
        }
        Outcome::Applies { amount, forfeited, .. } => {
            format!("{} {} of {}", one.name, amount.minor(), (*amount + *forfeited).minor())
        }
        Outcome::Refused(refusal) => format!("{} {}", one.name, refusal.code()),
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    assert!(priced.findings.iter().all(|one| one.severity == Severity::Warning), "{:?}", priced.findings);
    assert_eq!(priced.settlement.unwrap().total.minor(), total);
}

#[test]
fn an_offer_without_a_figure_gets_it_from_what_it_is_worth_in_the_tills_order() {
    let rows = json!([{ "offer": "w" }, { "amount": 20 }, { "offer": "v" }]);
    check(rows, &[percent("w", 10), voucher("v", 50)], SHOP, &["w 3000", "v 5000"], 20_000);
    let rows = json!([{ "offer": "v" }, { "offer": "w" }]);
    check(rows, &[percent("w", 10), voucher("v", 50)], SHOP, &["v 5000", "w 2500"], 22_500);
    check(json!([{ "offer": "w", "lines": ["2"] }]), &[percent("w", 10)], SHOP, &["w 1000"], 29_000);
}

#[test]
fn the_tills_figure_counts_and_a_vouchers_only_up_to_its_worth() {
    check(json!([{ "offer": "w", "amount": 33 }]), &[percent("w", 10)], SHOP, &["w 3300"], 26_700);
    check(json!([{ "offer": "v", "amount": "30.00" }]), &[voucher("v", 50)], SHOP, &["v 3000"], 27_000);
    let body = basket(json!([{ "offer": "gone" }, { "offer": "v", "amount": 80 }]));
    let priced = priced(&body, &[voucher("v", 50)], SHOP);
    let said: Vec<_> = priced.findings.iter().map(|one| format!("{} {}", one.code, one.pointer)).collect();
    assert_eq!(said, ["voucherAboveWorth /discounts/1"]);
    assert_eq!(priced.settlement.unwrap().total.minor(), 25_000);
    assert_eq!(priced.body["discounts"], json!([{ "offer": "v", "amount": "50.00" }]));
}

#[test]
fn a_voucher_that_is_larger_than_the_basket_is_forfeited_or_refused_by_policy() {
    let refusing = Policy { larger_than_basket: Larger::Refuse, ..SHOP };
    check(json!([{ "offer": "v" }]), &[voucher("v", 500)], SHOP, &["v 30000 of 50000"], 0);
    check(json!([{ "offer": "v" }]), &[voucher("v", 500)], refusing, &["v largerThanBasket"], 30_000);
    check(json!([{ "offer": "v" }]), &[voucher("v", 300)], refusing, &["v 30000"], 0);
    let rows = json!([{ "offer": "v" }, { "offer": "u" }]);
    let both = [voucher("v", 300), voucher("u", 50)];
    check(rows, &both, SHOP, &["v 30000", "u nothingLeftToPay"], 0);
}

#[test]
fn offers_stand_beside_each_other_only_where_each_may() {
    let alone = Candidate { kind: Kind::Promotion { stacks: false }, ..percent("alone", 20) };
    let rows = || json!([{ "offer": "alone" }, { "offer": "w" }, { "offer": "v" }]);
    let all = [alone, percent("w", 10), voucher("v", 50)];
    check(rows(), &all, SHOP, &["alone 6000", "w notStackable", "v notStackable"], 24_000);
    let rows = json!([{ "offer": "w" }, { "offer": "alone" }, { "offer": "v" }]);
    check(rows, &all, SHOP, &["w 3000", "alone notStackable", "v 5000"], 22_000);
    let apart = Policy { vouchers_stack: false, ..SHOP };
    let rows = json!([{ "offer": "v" }, { "offer": "w" }, { "offer": "u" }]);
    let all = [percent("w", 10), voucher("v", 50), voucher("u", 50)];
    check(rows, &all, apart, &["v 5000", "w notStackable", "u 5000"], 20_000);
}

#[test]
fn an_offer_that_gives_nothing_here_says_why() {
    let by_till = Worth::ByTill { instruction: Some("Press Promo".to_owned()) };
    let manual = Candidate { name: "m", offer: "m", kind: Kind::Promotion { stacks: true }, worth: by_till };
    let euro = Worth::Amounts(vec![(Currency::parse("EUR").unwrap(), Decimal::TEN)]);
    let abroad = Candidate { worth: euro, ..voucher("e", 1) };
    let detail = "it has expired".to_owned();
    let over = Candidate { worth: Worth::Unusable { code: "expired", detail }, ..voucher("o", 1) };
    let all = [manual, abroad, over];
    let rows = json!([{ "offer": "m" }, { "offer": "e" }, { "offer": "o" }, { "offer": "x" }]);
    let expected = ["m amountNeeded", "e worthNothingInCurrency", "o expired", "x offerUnknown"];
    check(rows, &all, SHOP, &expected, 30_000);
    check(json!([{ "offer": "m", "percent": 50 }]), &all, SHOP, &["m 15000"], 15_000);
}

#[test]
fn one_voucher_under_two_names_is_worth_its_amount_once() {
    let by_id = Candidate { name: "guid", ..voucher("v", 50) };
    let rows = json!([{ "offer": "v", "amount": 30 }, { "offer": "guid" }, { "offer": "v" }]);
    check(rows, &[voucher("v", 50), by_id], SHOP, &["v 3000", "guid 2000", "v nothingLeftToPay"], 25_000);
}

#[test]
fn a_row_that_cannot_be_read_is_refused_and_said_where_it_stands() {
    let rows = json!([{ "offer": "x" }, { "offer": "w", "amount": "ten" }, { "offer": "w", "lines": ["9"] },
        { "amount": 1, "kind": "x" }]);
    let priced = priced(&basket(rows), &[percent("w", 10)], SHOP);
    let codes: Vec<_> = priced
        .offers
        .iter()
        .map(|one| match &one.outcome {
            Outcome::Refused(refusal) => refusal.code(),
            Outcome::Applies { .. } => "applies",
        })
        .collect();
    assert_eq!(codes, ["offerUnknown", "offerFaulty", "offerFaulty"]);
    let said: Vec<_> = priced.findings.iter().map(|one| format!("{} {}", one.code, one.pointer)).collect();
    let expected = [
        "unknownField /discounts/3/kind",
        "notANumber /discounts/1/amount",
        "discountLineUnknown /discounts/2/lines/0",
    ];
    assert_eq!(said, expected);
}

#[test]
fn the_receipt_that_says_what_was_priced_comes_to_the_same() {
    let body = basket(json!([{ "offer": "w" }, { "offer": "alone" }, { "offer": "v" }]));
    let alone = Candidate { kind: Kind::Promotion { stacks: false }, ..percent("alone", 20) };
    let priced = priced(&body, &[percent("w", 15), alone, voucher("v", 50)], SHOP);
    let (store, rates) = (store(), Rates::default());
    let settling = settle(&parse(&priced.body), &known(Some(&store), &rates));
    assert_eq!(settling.settlement, priced.settlement);
}

/// A sale that uses a promotion on both lines, a voucher on the second, and a gift that took nothing off.
fn sale_body() -> Value {
    let mut body =
        basket(json!([{ "percent": 10, "offer": "w" }, { "amount": 30, "offer": "v", "lines": ["2"] },
        { "amount": 0, "offer": "gift" }]));
    body["lines"][0]["quantity"] = 2.into();
    body["receiptNumber"] = "1".into();
    body["createdAt"] = "2026-11-22T16:42:07+01:00".into();
    body["payments"] =
        json!([{ "type": "points", "offer": "p", "amount": 40 }, { "type": "card", "amount": 380 }]);
    body
}

#[test]
fn a_sale_names_each_offer_once_with_its_places_and_what_the_customer_got_for_it() {
    let mut body = sale_body();
    body["lines"][0]["discounts"] = json!([{ "amount": 5, "offer": "v" }]);
    body["lines"][1]["discountable"] = false.into();
    body["discounts"][1]["lines"] = json!(["1"]);
    let reading = parse(&body);
    let (store, rates) = (store(), Rates::default());
    let settlement = settle(&reading, &known(Some(&store), &rates)).settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let offers = settled.offers();
    let shown: Vec<_> = offers
        .iter()
        .map(|one| (one.offer, one.pointers.join(" "), one.as_payment, one.cost.minor(), one.lines.clone()))
        .collect();
    let at = |text: &str| text.to_owned();
    assert_eq!(
        shown,
        [
            ("v", at("/lines/0/discounts/0/offer /discounts/1/offer"), false, 3_500, vec![0]),
            ("w", at("/discounts/0/offer"), false, 3_950, vec![0]),
            ("gift", at("/discounts/2/offer"), false, 0, vec![]),
            ("p", at("/payments/0/offer"), true, 4_000, vec![0]),
        ]
    );
}

/// What a return of these lines of the sale gives back, after `before`.
fn give_back(lines: &Value, body: &Value, before: &mut Vec<Drawn>) -> Vec<(String, i64, bool)> {
    let (store, rates) = (store(), Rates::default());
    let reading = parse(body);
    let settlement = settle(&parse(&sale_body()), &known(Some(&store), &rates)).settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let owner = Some(Owner(1));
    let sales = [Sale::of("sale", &settled, owner, Standing::Good, before)];
    let back = json!({ "store": "store03-stockholm", "receiptNumber": "2", "currency": "SEK",
        "createdAt": "2026-11-23T16:42:07+01:00", "lines": lines });
    let settling = settle(&parse(&back), &Known { store: Some(&store), rates: &rates, owner, sales: &sales });
    before.extend(settling.draws.into_iter().map(|draw| draw.drawn));
    let shown = |given: GivenBack| (given.offer, given.amount.minor(), given.whole);
    settling.given_back.into_iter().map(shown).collect()
}

#[test]
fn an_offer_is_given_back_whole_with_the_last_piece_that_it_took_something_off() {
    let piece =
        |line: &str| json!([{ "kind": "return", "quantity": 1, "of": { "receipt": "sale", "line": line } }]);
    for body in [sale_body(), condensed(&sale_body())] {
        let mut before = Vec::new();
        let row = |offer: &str, amount, whole| (offer.to_owned(), amount, whole);
        let first = give_back(&piece("1"), &body, &mut before);
        assert_eq!(first, [row("w", 2_000, false), row("gift", 0, false), row("p", 1_715, false)]);
        let scarf = give_back(&piece("2"), &body, &mut before);
        assert_eq!(
            scarf,
            [row("w", 1_000, false), row("v", 3_000, true), row("gift", 0, false), row("p", 571, false)]
        );
        let last = give_back(&piece("1"), &body, &mut before);
        assert_eq!(last, [row("w", 2_000, true), row("gift", 0, true), row("p", 1_714, true)]);
    }
}
