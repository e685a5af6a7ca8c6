//! Any mix of discounts and offers obeys the laws of money: generated baskets with offers, against the oracle.

use pos::money::{Currency, Percent};
use pos::offers::{Candidate, Kind, Larger, Outcome, Policy, Priced, Worth, price};
use pos::rates::Rates;
use pos::receipt::{SettledReceipt, Severity, parse, settle};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::basket::{Basket, By, Cut};
use crate::comparing::{compare, require};
use crate::laws::Case;
use crate::offers::moment;
use crate::oracle::{expect, half_away, hundredths, whole};
use crate::random::Random;
use crate::support::{json, known, store};
use crate::tender::{Tender, Way};

const BASKETS: usize = 12_000;

/// How often each thing that can become of an offer must have been seen.
const EACH_MIN: usize = 100;

/// An offer that a row of a basket names.
#[derive(Debug, Clone)]
struct Offered {
    /// Where its row stands: on this line, or among the basket's own.
    line: Option<usize>,
    row: usize,
    kind: Kind,
    worth: Gives,
    /// Whether the till says how much.
    figure: bool,
    pointer: String,
}

#[derive(Debug, Clone, Copy)]
enum Gives {
    Percent(i64),
    /// Minor units of the basket's currency.
    Amount(i64),
    /// An amount of another currency.
    Elsewhere,
    ByTill,
}

/// What the oracle says of an offer: what it takes and forfeits, or why it doesn't.
type Became = Result<(i64, i64), &'static str>;

#[test]
fn any_mix_of_discounts_and_offers_comes_to_what_the_oracle_says() {
    let mut random = Random::announced("offers");
    let mut seen: std::collections::BTreeMap<&'static str, usize> = std::collections::BTreeMap::new();
    for number in 0..BASKETS {
        let basket = if random.one_in(3) { Basket::plain(&mut random) } else { Basket::draw(&mut random) };
        let offers = offered(&mut random, &basket);
        let policy = Policy {
            larger_than_basket: if random.one_in(2) { Larger::Forfeit } else { Larger::Refuse },
            vouchers_stack: !random.one_in(3),
        };
        let body = written(&mut random, &basket, &offers);
        let priced = priced(&basket, &body, &offers, policy);
        let became = check(&basket, &offers, policy, &priced).unwrap_or_else(|why| {
            panic!("basket {number}: {why}\n{body}\n{offers:?} {policy:?}\n{priced:?}")
        });
        for one in became {
            *seen.entry(one).or_default() += 1;
        }
    }
    let classes = [
        "applies",
        "percent",
        "cut",
        "forfeited",
        "notStackable",
        "worthNothingInCurrency",
        "nothingLeftToPay",
        "largerThanBasket",
        "amountNeeded",
        "on a line",
        "faulty without offers",
    ];
    for class in classes {
        let count = seen.get(class).copied().unwrap_or(0);
        assert!(count >= EACH_MIN, "only {count} of {class}: {seen:?}");
    }
}

/// Makes offers of some of a basket's discounts.
fn offered(random: &mut Random, basket: &Basket) -> Vec<Offered> {
    let lines =
        basket.lines.iter().enumerate().filter(|(_, line)| line.kind == crate::basket::Kind::Purchase);
    let of_lines = lines.flat_map(|(line, one)| (0..one.discounts.len()).map(move |row| (Some(line), row)));
    let rows: Vec<_> = of_lines.chain((0..basket.discounts.len()).map(|row| (None, row))).collect();
    let mut offers = Vec::new();
    for (line, row) in rows {
        if !random.one_in(if line.is_some() { 3 } else { 2 }) && offers.len() < 50 {
            let gross: i64 = basket.lines.iter().map(crate::basket::Line::gross).sum();
            let kind = match random.index(5) {
                0 | 1 => Kind::Voucher,
                2 => Kind::Promotion { stacks: false },
                _ => Kind::Promotion { stacks: true },
            };
            let worth = match (kind, random.index(8)) {
                (_, 0) => Gives::Elsewhere,
                (Kind::Promotion { .. }, 1 | 2) => Gives::ByTill,
                (Kind::Promotion { .. }, 3..=5) => Gives::Percent(random.between(0, 40) * 250),
                _ => {
                    let parts = random.between(1, 4);
                    Gives::Amount(random.between(1, gross / parts + 2))
                }
            };
            let list = line.map_or(String::new(), |line| format!("/lines/{line}"));
            let pointer = format!("{list}/discounts/{row}");
            offers.push(Offered { line, row, kind, worth, figure: random.one_in(3), pointer });
        }
    }
    offers
}

/// The basket as a till sends it: an offer's row has its name, and its figure only where the till says one.
fn written(random: &mut Random, basket: &Basket, offers: &[Offered]) -> Value {
    let mut body = json(&basket.json(random, &[]));
    for offer in offers {
        let row = body.pointer_mut(&offer.pointer).and_then(Value::as_object_mut).unwrap();
        if !offer.figure {
            row.retain(|name, _| !["amount", "percent"].contains(&name.as_str()));
        }
        row.insert("offer".to_owned(), offer.pointer.clone().into());
    }
    body
}

fn priced(basket: &Basket, body: &Value, offers: &[Offered], policy: Policy) -> Priced {
    let currency = Currency::parse(basket.currency).unwrap();
    let other = Currency::parse(if basket.currency == "USD" { "GBP" } else { "USD" }).unwrap();
    let candidate = |offer: &'_ Offered| -> (Kind, Worth) {
        let worth = match offer.worth {
            Gives::Percent(percent) => Worth::Percent(Percent::new(Decimal::new(percent, 2)).unwrap()),
            Gives::Amount(minor) => Worth::Amounts(vec![
                (other, Decimal::ONE),
                (currency, currency.decimal(pos::money::Amount::from_minor(minor))),
            ]),
            Gives::Elsewhere => Worth::Amounts(vec![(other, Decimal::ONE)]),
            Gives::ByTill => Worth::ByTill { instruction: None },
        };
        (offer.kind, worth)
    };
    let candidates: Vec<Candidate<'_>> = offers
        .iter()
        .map(|offer| {
            let (kind, worth) = candidate(offer);
            Candidate { name: &offer.pointer, offer: &offer.pointer, kind, worth }
        })
        .collect();
    let (store, rates) = (store(), Rates::default());
    price(body, moment(), &candidates, policy, &known(Some(&store), &rates))
}

/// Holds what was priced against the oracle; says what was seen.
fn check(
    basket: &Basket,
    offers: &[Offered],
    policy: Policy,
    priced: &Priced,
) -> Result<Vec<&'static str>, String> {
    let mut resolved = basket.clone();
    for offer in offers {
        *cut(&mut resolved, offer) =
            Cut { by: By::Amount(0), lines: cut(&mut resolved, offer).lines.clone() };
    }
    let bare = expect(&resolved);
    if bare.unplaceable {
        // More tax on the total than was paid: the till's own contradiction, which nobody can price.
        return Ok(vec![]);
    }
    if bare.exceeded {
        require(priced.offers.is_empty() && priced.settlement.is_none(), || {
            "priced all the same".to_owned()
        })?;
        return Ok(vec!["faulty without offers"]);
    }
    let mut seen = Vec::new();
    let mut applied: Vec<Kind> = Vec::new();
    for (offer, one) in offers.iter().zip(&priced.offers) {
        let became = decide(basket, &mut resolved, offer, policy, &applied);
        let was = match &one.outcome {
            Outcome::Applies { amount, forfeited, .. } => Ok((amount.minor(), forfeited.minor())),
            Outcome::Refused(refusal) => Err(refusal.code()),
        };
        require(one.pointer == offer.pointer && was == became, || {
            format!("{was:?}, not {became:?} for {offer:?}")
        })?;
        if became.is_ok() {
            applied.push(offer.kind);
        }
        seen.push(match became {
            Err(code) => code,
            Ok((_, 1..)) if offer.kind == Kind::Voucher => "forfeited",
            Ok((_, 1..)) => "cut",
            Ok(_) if matches!(offer.worth, Gives::Percent(_)) => "percent",
            Ok(_) if offer.line.is_some() => "on a line",
            Ok(_) => "applies",
        });
    }
    require(offers.len() == priced.offers.len(), || "offers are lost".to_owned())?;
    money(resolved, priced)?;
    Ok(seen)
}

/// What becomes of an offer by the rules as they are written; where it applies, the basket has it.
fn decide(
    basket: &Basket,
    resolved: &mut Basket,
    offer: &Offered,
    policy: Policy,
    applied: &[Kind],
) -> Became {
    let together = |other: &Kind| match (offer.kind, *other) {
        (Kind::Voucher, Kind::Voucher) => true,
        (Kind::Promotion { stacks: one }, Kind::Promotion { stacks: other }) => one && other,
        (Kind::Voucher, Kind::Promotion { stacks }) | (Kind::Promotion { stacks }, Kind::Voucher) => {
            stacks && policy.vouchers_stack
        }
    };
    if !applied.iter().all(together) {
        return Err("notStackable");
    }
    if matches!(offer.worth, Gives::Elsewhere) {
        return Err("worthNothingInCurrency");
    }
    let said = cut(&mut basket.clone(), offer).by;
    let part = |percent: i64| half_away(whole(left(resolved, offer)) * hundredths(percent));
    let wanted = match (offer.figure, offer.worth, said) {
        (true, Gives::Amount(worth), By::Percent(percent)) if offer.kind == Kind::Voucher => {
            By::Amount(part(percent).min(worth))
        }
        (true, Gives::Amount(worth), By::Amount(amount)) if offer.kind == Kind::Voucher => {
            By::Amount(amount.min(worth))
        }
        (true, _, said) => said,
        (false, Gives::Amount(worth), _) => By::Amount(worth),
        (false, Gives::Percent(percent), _) => By::Percent(percent),
        (false, Gives::ByTill | Gives::Elsewhere, _) => return Err("amountNeeded"),
    };
    let left = left(resolved, offer);
    if left == 0 {
        return Err("nothingLeftToPay");
    }
    let (by, taken, forfeited) = match wanted {
        By::Percent(percent) => (wanted, half_away(whole(left) * hundredths(percent)), 0),
        By::Amount(amount) => (By::Amount(amount.min(left)), amount.min(left), (amount - left).max(0)),
    };
    if forfeited > 0 && offer.kind == Kind::Voucher && policy.larger_than_basket == Larger::Refuse {
        return Err("largerThanBasket");
    }
    cut(resolved, offer).by = by;
    Ok((taken, forfeited))
}

fn cut<'b>(basket: &'b mut Basket, offer: &Offered) -> &'b mut Cut {
    match offer.line {
        Some(line) => &mut basket.lines[line].discounts[offer.row],
        None => &mut basket.discounts[offer.row],
    }
}

/// What is left, in the till's own terms, of what an offer may take off, after everything that stands before it.
fn left(basket: &Basket, offer: &Offered) -> i64 {
    let mut before = basket.clone();
    before.discounts.truncate(if offer.line.is_some() { 0 } else { offer.row });
    if let Some(line) = offer.line {
        before.lines[line].discounts.truncate(offer.row);
        return expect(&before).lines[line].paid;
    }
    let named = &basket.discounts[offer.row].lines;
    let lines = expect(&before).lines;
    let reached = (0..lines.len())
        .filter(|&line| basket.lines[line].discountable)
        .filter(|line| named.as_ref().is_none_or(|named| named.contains(line)));
    reached.map(|line| lines[line].paid).sum()
}

/// The money is the oracle's, every law holds, and what the offers cost and the rest is all that was taken off.
fn money(resolved: Basket, priced: &Priced) -> Result<(), String> {
    let expected = expect(&resolved);
    let fault = priced.findings.iter().find(|finding| finding.severity == Severity::Fault);
    if expected.unplaceable {
        // The till's tax on the total is that of a basket without offers.
        return require(priced.settlement.is_some(), || "not settled".to_owned());
    }
    let exceeded = fault.is_some_and(|fault| fault.code == "discountExceedsAmount");
    require(exceeded == expected.exceeded && (exceeded || fault.is_none()), || format!("{fault:?}"))?;
    let settlement = priced.settlement.as_ref().ok_or("not settled")?;
    let reading = parse(&priced.body);
    let receipt = reading.receipt.as_ref().ok_or("not read")?;
    let (store, rates) = (store(), Rates::default());
    let settling = settle(&reading, &known(Some(&store), &rates));
    require(settling.settlement.as_ref() == Some(settlement), || {
        "its receipt comes to something else".to_owned()
    })?;
    let settled = SettledReceipt::new(receipt, settlement).map_err(|error| error.to_string())?;
    crate::overall::laws(&settled)?;
    let said = |code: &str| priced.findings.iter().any(|finding| finding.code == code);
    let tender = Tender { way: Way::Unsaid, total: None, payments: Vec::new() };
    compare(&Case { basket: resolved, tender, expected }, &settled, &said)?;
    let sold: Vec<_> = settled.lines().filter(|line| !line.back).collect();
    let discounts = || sold.iter().flat_map(|line| line.discounts());
    let all: i64 = discounts().map(|row| row.amount.minor()).sum();
    let others: i64 = discounts().filter(|row| row.offer.is_none()).map(|row| row.amount.minor()).sum();
    let offers: i64 = settled.offers().iter().map(|used| used.cost.minor()).sum();
    require(offers + others == all, || format!("{offers} by offers and {others} of {all} in all"))
}
