//! The laws of money over generated baskets, against the oracle.

use pos::money::Currency;
use pos::rates::Rates;
use pos::receipt::{Reading, SettledReceipt, Settlement, Settling, Severity, condensed, parse, settle};

use crate::basket::{Basket, By, Kind, Prices, Quantity, Taxes};
use crate::comparing::{compare, require};
use crate::oracle::{Expected, expect, take_voucher};
use crate::overall;
use crate::random::Random;
use crate::support::{json, known, store};
use crate::tender::{Tender, Way, nothing_for_engage};

const BASKETS: usize = 24_000;

/// How often each class of basket must have been seen, so that no law holds for want of cases.
const EACH_CLASS_MIN: usize = 150;

/// A generated receipt and what it should come to.
pub struct Case {
    pub basket: Basket,
    pub tender: Tender,
    pub expected: Expected,
}

/// A class of receipts: its name, and whether one is of it.
type Class = (&'static str, fn(&Case) -> bool);

const CLASSES: [Class; 37] = [
    ("a line of nothing", |case| case.basket.lines.iter().any(|line| line.unit_price == 0)),
    ("nothing is left to pay", |case| case.total() == Some(0) && discounted(&case.basket)),
    ("many small lines", |case| case.basket.lines.len() >= 20),
    ("no minor unit", |case| case.basket.exponent == 0),
    ("hundredths", |case| case.basket.exponent == 2),
    ("thousandths", |case| case.basket.exponent == 3),
    ("line and receipt discounts", |case| {
        line_discounts(&case.basket) > 0 && !case.basket.discounts.is_empty()
    }),
    ("a discount limited to lines", |case| case.basket.discounts.iter().any(|cut| cut.lines.is_some())),
    ("a line that isn't discountable", |case| case.basket.lines.iter().any(|line| !line.discountable)),
    ("percentages on percentages", |case| percentages(&case.basket) >= 2),
    ("more than is left", |case| case.expected.exceeded),
    ("huge amounts", |case| case.basket.lines.iter().any(|line| line.unit_price > 1_000_000_000)),
    ("several pieces", |case| has_quantity(case, |quantity| matches!(quantity, Quantity::Pieces(2..)))),
    ("a rest to hand out", |case| case.basket.discounts.len() == 1 && uneven(case)),
    ("goods by the kilo", |case| has_quantity(case, |quantity| matches!(quantity, Quantity::Measure(..)))),
    ("goods taken back", |case| has_kind(case, |kind| kind == Kind::Return)),
    ("all taken back", |case| case.basket.lines.iter().all(|line| line.kind == Kind::Return)),
    ("bought and taken back", |case| {
        has_kind(case, |kind| kind == Kind::Return) && has_kind(case, |kind| kind == Kind::Purchase)
    }),
    ("no merchandise", |case| has_kind(case, |kind| matches!(kind, Kind::Extra(_)))),
    ("no merchandise, paid back", |case| has_kind(case, |kind| matches!(kind, Kind::PaidBack(_)))),
    ("nothing but no merchandise", |case| nothing_for_engage(&case.basket)),
    ("prices without tax", |case| case.basket.prices == Prices::WithoutTax),
    ("discounts on prices without tax", |case| {
        case.basket.prices == Prices::WithoutTax && !case.basket.discounts.is_empty()
    }),
    ("several taxes on a line", |case| has_tax(case, |taxes| matches!(taxes, Taxes::Several(_)))),
    ("tax on the total", |case| has_tax(case, |taxes| *taxes == Taxes::OnTotal)),
    ("several taxes on the total", |case| case.basket.taxes.len() > 1),
    ("the till's own paid", |case| case.basket.lines.iter().any(|line| line.stated.is_some())),
    ("the till's own tax", |case| {
        case.basket.lines.iter().any(|line| line.stated.is_some_and(|stated| stated.tax.is_some()))
    }),
    ("several payments", |case| case.way(Way::Exact) && case.tender.payments.len() > 1),
    ("a gift card as tender", |case| case.tender.payments.iter().any(|payment| payment.kind == "giftCard")),
    ("change", |case| case.way(Way::Change)),
    ("cash rounding", |case| case.way(Way::CashRounded)),
    ("cash rounding that is booked", |case| case.way(Way::RoundingBooked)),
    ("a voucher as tender", |case| matches!(case.tender.way, Way::Voucher(_))),
    ("a total that differs", |case| case.way(Way::TotalDiffers)),
    ("payments that differ", |case| case.way(Way::PaymentsDiffer)),
    ("a sign forgotten", |case| case.way(Way::SignForgotten)),
];

impl Case {
    pub fn draw(random: &mut Random) -> Self {
        loop {
            let basket = Basket::draw(random);
            let mut expected = expect(&basket);
            if expected.unplaceable {
                continue;
            }
            let tender = Tender::draw(random, &basket, &expected);
            if let Way::Voucher(amount) = tender.way {
                take_voucher(&basket, &mut expected, amount);
            }
            return Self { basket, tender, expected };
        }
    }

    fn total(&self) -> Option<i64> {
        self.expected.sum(&self.basket, |_| true)
    }

    fn way(&self, way: Way) -> bool {
        self.tender.way == way
    }
}

fn has_kind(case: &Case, of: impl Fn(Kind) -> bool) -> bool {
    case.basket.lines.iter().any(|line| of(line.kind))
}

fn has_quantity(case: &Case, of: impl Fn(Quantity) -> bool) -> bool {
    case.basket.lines.iter().any(|line| of(line.quantity))
}

fn has_tax(case: &Case, of: impl Fn(&Taxes) -> bool) -> bool {
    case.basket.lines.iter().any(|line| of(&line.taxes))
}

fn discounted(basket: &Basket) -> bool {
    basket.lines.iter().any(|line| line.unit_price > 0)
}

fn line_discounts(basket: &Basket) -> usize {
    basket.lines.iter().map(|line| line.discounts.len()).sum()
}

fn percentages(basket: &Basket) -> usize {
    basket.discounts.iter().filter(|cut| matches!(cut.by, By::Percent(1..=9_999))).count()
}

/// Whether lines of the same price got different shares.
fn uneven(case: &Case) -> bool {
    let of = |position: usize| (case.basket.lines[position].unit_price, position);
    let last = |position: usize| case.expected.lines[position].shares.last().map(|share| share.1);
    let mut lines: Vec<(i64, usize)> = (0..case.basket.lines.len()).map(of).collect();
    lines.sort_unstable();
    lines.windows(2).any(|pair| pair[0].0 == pair[1].0 && last(pair[0].1) != last(pair[1].1))
}

#[test]
fn every_receipt_comes_to_what_the_oracle_says() {
    let mut random = Random::announced("baskets");
    let mut seen = [0_usize; CLASSES.len()];
    for number in 0..BASKETS {
        let case = Case::draw(&mut random);
        let text = case.basket.json_paid(&mut random, &case.tender);
        let body = json(&text);
        let reading = parse(&body);
        let settling = settle_alone(&reading);
        check(&case, &reading, &settling).unwrap_or_else(|why| {
            panic!("case {number}: {why} {text} {:?} {:?}", reading.findings, settling.findings)
        });
        // A receipt with a fault may say less; as an order it is refused.
        if number % 4 == 0 && !case.expected.exceeded {
            overall::as_an_order(&body, &reading, &settling)
                .unwrap_or_else(|why| panic!("case {number}: {why} {text}"));
        }
        if random.one_in(10) {
            kept_without_the_person(&body, &settling)
                .unwrap_or_else(|why| panic!("case {number}: {why}\n{text}"));
        }
        for (count, (_, class)) in seen.iter_mut().zip(CLASSES) {
            *count += usize::from(class(&case));
        }
    }
    for (count, (class, _)) in seen.into_iter().zip(CLASSES) {
        assert!(count >= EACH_CLASS_MIN, "only {count} receipts with {class}");
    }
}

pub fn settle_alone(reading: &Reading<'_>) -> Settling {
    let (store, rates) = (store(), Rates::default());
    settle(reading, &known(Some(&store), &rates))
}

fn check(case: &Case, reading: &Reading<'_>, settling: &Settling) -> Result<(), String> {
    let mut findings = reading.findings.iter().chain(&settling.findings);
    let fault = findings.find(|finding| finding.severity == Severity::Fault);
    let exceeded = fault.is_some_and(|fault| fault.code == "discountExceedsAmount");
    require(exceeded || fault.is_none(), || format!("{fault:?}"))?;
    require(exceeded == case.expected.exceeded, || format!("exceeded: {exceeded}"))?;
    let settlement = settling.settlement.as_ref().ok_or("not settled")?;
    let receipt = reading.receipt.as_ref().ok_or("not read")?;
    round_trip(settlement)?;
    let settled = SettledReceipt::new(receipt, settlement).map_err(|error| error.to_string())?;
    let said =
        |code: &str| reading.findings.iter().chain(&settling.findings).any(|finding| finding.code == code);
    compare(case, &settled, &said)?;
    overall::compare(case, &settled, &said)
}

/// What is stored is read back the same.
fn round_trip(settlement: &Settlement) -> Result<(), String> {
    let stored = serde_json::to_vec(settlement).map_err(|error| error.to_string())?;
    let read: Settlement = serde_json::from_slice(&stored).map_err(|error| error.to_string())?;
    require(&read == settlement, || "what was stored reads back otherwise".to_owned())
}

/// What is kept of a receipt in the long run says the same money.
fn kept_without_the_person(body: &serde_json::Value, settling: &Settling) -> Result<(), String> {
    let kept = condensed(body);
    let (before, after) = (parse(body), parse(&kept));
    let settlement = settling.settlement.as_ref().ok_or("not settled")?;
    let money = |reading: &Reading<'_>| -> Result<String, String> {
        let receipt = reading.receipt.as_ref().ok_or_else(|| format!("{:?}", reading.findings))?;
        let settled = SettledReceipt::new(receipt, settlement).map_err(|error| error.to_string())?;
        let parts = settled.parts().map(|part| {
            let lines = part.lines().map(|line| {
                let discounts: Vec<_> = line.discounts().map(|row| (row.offer, row.amount)).collect();
                format!(
                    "{:?} {} {} {:?} {discounts:?}",
                    line.kind,
                    line.sku,
                    line.pieces,
                    (line.paid, line.tax)
                )
            });
            let payments = part.payments().map(|payment| payment.amount);
            format!("{:?} {:?} {:?}", part.total(), lines.collect::<Vec<_>>(), payments.collect::<Vec<_>>())
        });
        Ok(parts.collect())
    };
    let (before, after) = (money(&before)?, money(&after)?);
    require(before == after, || format!("kept as {kept}: {after}, not {before}"))
}

#[test]
fn the_order_of_the_lines_changes_no_total_and_no_set_of_amounts() {
    let mut random = Random::announced("line order");
    for case in 0..5_000 {
        let mut basket = Basket::plain(&mut random);
        for line in &mut basket.lines {
            line.discountable = true;
        }
        for cut in &mut basket.discounts {
            cut.lines = None;
        }
        let mut results = Vec::new();
        for _ in 0..2 {
            let body = json(&basket.json(&mut random, &[]));
            let settlement = settle_alone(&parse(&body)).settlement.unwrap();
            let mut paid: Vec<i64> = settlement.lines.iter().map(|line| line.paid.minor()).collect();
            paid.sort_unstable();
            results.push((settlement.total, paid));
            for position in (1..basket.lines.len()).rev() {
                basket.lines.swap(position, random.index(position + 1));
            }
        }
        assert_eq!(results[0], results[1], "case {case}: {basket:?}");
    }
}

#[test]
fn how_numbers_are_spelt_and_names_are_ordered_changes_nothing() {
    let mut random = Random::announced("spelling");
    for number in 0..5_000 {
        let case = Case::draw(&mut random);
        let [one, other] = [(); 2].map(|()| {
            let body = json(&case.basket.json_paid(&mut random, &case.tender));
            settle_alone(&parse(&body))
        });
        assert_eq!(one, other, "case {number}: {:?}", case.basket);
    }
}

#[test]
fn a_spread_is_in_proportion_to_within_a_minor_unit() {
    let mut random = Random::announced("spread");
    for _ in 0..20_000 {
        let count = random.between(1, 30);
        let bases: Vec<i64> = (0..count).map(|_| random.between(0, 1_000)).collect();
        let whole: i64 = bases.iter().sum();
        let amount = random.between(0, whole);
        let amounts: Vec<_> = bases.iter().copied().map(pos::money::Amount::from_minor).collect();
        let shares = pos::spread::spread(pos::money::Amount::from_minor(amount), &amounts).unwrap();
        assert_eq!(shares.iter().map(|share| share.minor()).sum::<i64>(), amount);
        for (share, base) in shares.iter().zip(&bases) {
            let off = (share.minor() * whole - amount * base).abs();
            assert!(off < whole.max(1), "{share:?} of {base} when {amount} is spread over {bases:?}");
            assert!(share.minor() <= *base);
        }
    }
}

#[test]
fn every_currency_of_the_baskets_has_the_minor_unit_they_assume() {
    let mut random = Random::announced("currencies");
    for _ in 0..100 {
        let basket = Basket::draw(&mut random);
        assert_eq!(Currency::parse(basket.currency).unwrap().exponent(), basket.exponent);
    }
}
