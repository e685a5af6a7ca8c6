//! The laws of money over generated baskets, against the oracle.

use pos::money::Currency;
use pos::rates::Rates;
use pos::receipt::{Receipt, SettledReceipt, Settlement, Settling, parse, settle};

use crate::basket::{Basket, By};
use crate::oracle::{Expected, expect};
use crate::random::Random;
use crate::support::{json, known, store};

const BASKETS: usize = 100_000;

/// How often each class of basket must have been seen, so that no law holds for want of cases.
const EACH_CLASS_MIN: usize = 1_000;

/// A class of baskets: its name, and whether one is of it.
type Class = (&'static str, fn(&Basket, &Expected) -> bool);

const CLASSES: [Class; 14] = [
    ("a line of nothing", |basket, _| basket.lines.iter().any(|line| line.unit_price == 0)),
    ("nothing is left to pay", |basket, expected| expected.total == 0 && discounted(basket)),
    ("many small lines", |basket, _| basket.lines.len() >= 20),
    ("no minor unit", |basket, _| basket.exponent == 0),
    ("hundredths", |basket, _| basket.exponent == 2),
    ("thousandths", |basket, _| basket.exponent == 3),
    ("line and receipt discounts", |basket, _| line_discounts(basket) > 0 && !basket.discounts.is_empty()),
    ("a discount limited to lines", |basket, _| basket.discounts.iter().any(|cut| cut.lines.is_some())),
    ("a line that isn't discountable", |basket, _| basket.lines.iter().any(|line| !line.discountable)),
    ("percentages on percentages", |basket, _| percentages(basket) >= 2),
    ("more than is left", |_, expected| expected.exceeded),
    ("huge amounts", |basket, _| basket.lines.iter().any(|line| line.unit_price > 1_000_000_000)),
    ("several pieces", |basket, _| basket.lines.iter().any(|line| line.quantity > 1)),
    ("a rest to hand out", |basket, expected| basket.discounts.len() == 1 && uneven(basket, expected)),
];

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
fn uneven(basket: &Basket, expected: &Expected) -> bool {
    let of =
        |position: usize| (basket.lines[position].unit_price * basket.lines[position].quantity, position);
    let last = |position: usize| expected.lines[position].shares.last().map(|share| share.1);
    let mut lines: Vec<(i64, usize)> = (0..basket.lines.len()).map(of).collect();
    lines.sort_unstable();
    lines.windows(2).any(|pair| pair[0].0 == pair[1].0 && last(pair[0].1) != last(pair[1].1))
}

#[test]
fn every_basket_comes_to_what_the_oracle_says() {
    let mut random = Random::announced("baskets");
    let mut seen = [0_usize; CLASSES.len()];
    let (store, rates) = (store(), Rates::default());
    for case in 0..BASKETS {
        let basket = Basket::draw(&mut random);
        let text = basket.json(&mut random, &[]);
        let body = json(&text);
        let reading = parse(&body);
        let receipt = reading
            .receipt
            .as_ref()
            .unwrap_or_else(|| panic!("case {case}: {:?} in {text}", reading.findings));
        let settling = settle(&reading, &known(Some(&store), &rates));
        let expected = expect(&basket);
        check(&basket, receipt, &settling, &expected)
            .unwrap_or_else(|why| panic!("case {case}: {why}\n{text}"));
        for (count, (_, class)) in seen.iter_mut().zip(CLASSES) {
            *count += usize::from(class(&basket, &expected));
        }
    }
    for (count, (class, _)) in seen.into_iter().zip(CLASSES) {
        assert!(count >= EACH_CLASS_MIN, "only {count} baskets with {class}");
    }
}

/// The figures are the oracle's, and the laws hold whatever the oracle says.
fn check(
    basket: &Basket,
    receipt: &Receipt<'_>,
    settling: &Settling,
    expected: &Expected,
) -> Result<(), String> {
    let settlement =
        settling.settlement.as_ref().ok_or_else(|| format!("not settled: {:?}", settling.findings))?;
    let exceeded = settling.findings.iter().any(|finding| finding.code == "discountExceedsAmount");
    require(exceeded == expected.exceeded, || format!("exceeded: {exceeded}"))?;
    require(settlement.total.minor() == expected.total, || format!("total {:?}", settlement.total))?;
    for (position, (line, expected)) in settlement.lines.iter().zip(&expected.lines).enumerate() {
        let shares: Vec<(usize, i64)> =
            line.discounts.iter().map(|share| (share.row, share.amount.minor())).collect();
        let same =
            (line.paid.minor(), line.tax.minor(), &shares) == (expected.paid, expected.tax, &expected.shares);
        require(same, || format!("line {position}: {line:?}, not {} {:?}", expected.paid, expected.shares))?;
        let gross = basket.lines[position].unit_price * basket.lines[position].quantity;
        let taken: i64 = shares.iter().map(|share| share.1).sum();
        require(gross - taken == line.paid.minor(), || format!("line {position} loses money"))?;
        require(line.paid.minor() >= 0, || format!("line {position} is below zero"))?;
        require(line.tax.minor() >= 0 && line.tax <= line.paid, || format!("the tax of line {position}"))?;
        require(shares.iter().all(|share| share.1 > 0), || {
            format!("line {position} has a share of nothing")
        })?;
        require(shares.is_sorted(), || format!("line {position} has its shares out of order"))?;
    }
    let sum: i64 = settlement.lines.iter().map(|line| line.paid.minor()).sum();
    require(sum == settlement.total.minor(), || "the lines don't add up to the total".to_owned())?;
    let paid: Vec<_> = settlement.payments.iter().map(|payment| payment.amount).collect();
    require(paid == [settlement.total], || "the payment isn't the total".to_owned())?;
    let tax: i64 = settlement.taxes.iter().map(|row| row.amount.minor()).sum();
    let line_tax: i64 = settlement.lines.iter().map(|line| line.tax.minor()).sum();
    require(tax == line_tax, || "the tax rows don't add up to the lines'".to_owned())?;
    if !exceeded {
        shares_add_up(basket, settlement)?;
    }
    round_trip(receipt, settlement)
}

fn shares_add_up(basket: &Basket, settlement: &Settlement) -> Result<(), String> {
    for (row, cut) in basket.discounts.iter().enumerate() {
        let By::Amount(amount) = cut.by else { continue };
        let share_of = |(position, line): (usize, &pos::receipt::LineMoney)| {
            let row = basket.lines[position].discounts.len() + row;
            line.discounts.iter().find(|share| share.row == row).map_or(0, |share| share.amount.minor())
        };
        let sum: i64 = settlement.lines.iter().enumerate().map(share_of).sum();
        require(sum == amount, || format!("the shares of discount {row} add up to {sum}, not {amount}"))?;
    }
    Ok(())
}

/// What is stored is read back the same, and fits its receipt.
fn round_trip(receipt: &Receipt<'_>, settlement: &Settlement) -> Result<(), String> {
    let stored = serde_json::to_vec(settlement).map_err(|error| error.to_string())?;
    let read: Settlement = serde_json::from_slice(&stored).map_err(|error| error.to_string())?;
    require(&read == settlement, || "what was stored reads back otherwise".to_owned())?;
    let settled = SettledReceipt::new(receipt, &read).map_err(|error| error.to_string())?;
    require(settled.lines().len() == receipt.lines.len(), || "lines are lost".to_owned())
}

fn require(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

#[test]
fn the_order_of_the_lines_changes_no_total_and_no_set_of_amounts() {
    let mut random = Random::announced("line order");
    let (store, rates) = (store(), Rates::default());
    for case in 0..5_000 {
        let mut basket = Basket::draw(&mut random);
        for line in &mut basket.lines {
            line.discountable = true;
        }
        for cut in &mut basket.discounts {
            cut.lines = None;
        }
        let mut results = Vec::new();
        for _ in 0..2 {
            let body = json(&basket.json(&mut random, &[]));
            let settlement = settle(&parse(&body), &known(Some(&store), &rates)).settlement.unwrap();
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
fn how_a_number_is_spelt_changes_nothing() {
    let mut random = Random::announced("spelling");
    let (store, rates) = (store(), Rates::default());
    for case in 0..5_000 {
        let basket = Basket::draw(&mut random);
        let [one, other] = [(); 2].map(|()| {
            let body = json(&basket.json(&mut random, &[]));
            settle(&parse(&body), &known(Some(&store), &rates))
        });
        assert_eq!(one, other, "case {case}: {basket:?}");
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
