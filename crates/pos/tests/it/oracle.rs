//! The same money by another way: exact rationals and the rules as they are written, with no care for speed.
//!
//! Where the rules leave a minor unit open (the tax of a line with several rates), the oracle says the exact
//! figure and how far off a rounded one may be.

use num_rational::Ratio;

use crate::basket::{Basket, By, Cut, Kind, Line, Prices, Quantity, Taxes};

/// Exact; an overflow would panic in the test profile.
pub type Rational = Ratio<i128>;

/// What a basket comes to, in minor units.
pub struct Expected {
    pub lines: Vec<ExpectedLine>,
    /// Whether some discount was larger than what was left.
    pub exceeded: bool,
    /// Whether tax on the total is more than was paid for the lines that it stands on.
    pub unplaceable: bool,
}

#[derive(Clone)]
pub struct ExpectedLine {
    /// What is left after every discount, in the till's own terms: with tax or without.
    pub paid: i64,
    pub tax: Tax,
    /// What each discount took, in the till's own terms; a share of nothing is left out.
    pub shares: Vec<(usize, i64)>,
    /// What a voucher booked as tender took of it, and what it left, tax included.
    pub voucher: i64,
    pub left: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tax {
    Exact(i64),
    /// This, to within so many minor units.
    About(Rational, i64),
}

impl Tax {
    pub fn is(self, minor: i64) -> bool {
        match self {
            Self::Exact(tax) => tax == minor,
            Self::About(exact, within) => {
                let off = whole(minor) - exact;
                off <= whole(within) && -off <= whole(within)
            }
        }
    }
}

impl Expected {
    /// What the lines of a kind come to, tax included; `None` where a tax is known only about.
    pub fn sum(&self, basket: &Basket, of: impl Fn(Kind) -> bool) -> Option<i64> {
        let lines = self.lines.iter().zip(&basket.lines).filter(|(_, line)| of(line.kind));
        lines.map(|(expected, line)| expected.gross(basket.prices).map(|paid| signed(line.kind, paid))).sum()
    }
}

impl ExpectedLine {
    /// What was paid with tax, where that is known exactly.
    pub fn gross(&self, prices: Prices) -> Option<i64> {
        match (prices, self.tax) {
            (Prices::WithTax, _) => Some(self.paid),
            (Prices::WithoutTax, Tax::Exact(tax)) => Some(self.paid + tax),
            (Prices::WithoutTax, Tax::About(..)) => None,
        }
    }
}

/// What is paid out counts against what is taken in.
pub fn signed(kind: Kind, paid: i64) -> i64 {
    match kind {
        Kind::Purchase | Kind::Extra(_) => paid,
        Kind::Return | Kind::PaidBack(_) => -paid,
    }
}

pub fn is_goods(kind: Kind) -> bool {
    matches!(kind, Kind::Purchase | Kind::Return)
}

pub fn expect(basket: &Basket) -> Expected {
    let mut left: Vec<i64> = basket.lines.iter().map(gross).collect();
    let nothing = ExpectedLine { paid: 0, tax: Tax::Exact(0), shares: Vec::new(), voucher: 0, left: None };
    let mut lines = vec![nothing; left.len()];
    let mut exceeded = false;
    for (position, line) in basket.lines.iter().enumerate() {
        for (row, cut) in line.discounts.iter().enumerate() {
            apply(&mut left, &mut lines, &[position], cut, |_| row, &mut exceeded);
        }
        if let Some(stated) = line.stated {
            left[position] = stated.paid;
        }
    }
    for (row, cut) in basket.discounts.iter().enumerate() {
        let reach: Vec<usize> = (0..left.len())
            .filter(|&position| basket.lines[position].discountable)
            .filter(|position| cut.lines.as_ref().is_none_or(|named| named.contains(position)))
            .collect();
        let place = |position: usize| basket.lines[position].discounts.len() + row;
        apply(&mut left, &mut lines, &reach, cut, place, &mut exceeded);
    }
    for (position, line) in basket.lines.iter().enumerate() {
        lines[position].paid = left[position];
        lines[position].tax = tax(basket.prices, line, left[position]);
    }
    let unplaceable = tax_on_total(basket, &mut lines);
    Expected { lines, exceeded, unplaceable }
}

/// Pieces, or a measure, times the price, rounded once.
fn gross(line: &Line) -> i64 {
    match line.quantity {
        Quantity::Pieces(count) => count * line.unit_price,
        Quantity::Measure(thousandths, _) => {
            half_away(whole(line.unit_price) * Rational::new(thousandths.into(), 1_000))
        }
    }
}

/// The tax of a line: the till's, else what its rate makes of what was paid, rounded once.
fn tax(prices: Prices, line: &Line, paid: i64) -> Tax {
    if let Some(stated) = line.stated.and_then(|stated| stated.tax) {
        return Tax::Exact(stated);
    }
    match &line.taxes {
        Taxes::OnTotal => Tax::Exact(0),
        Taxes::One(percent) => Tax::Exact(half_away(exact_tax(prices, *percent, paid))),
        Taxes::Several(percents) => {
            let within = i64::try_from(percents.len()).unwrap();
            Tax::About(exact_tax(prices, percents.iter().sum(), paid), within)
        }
    }
}

fn exact_tax(prices: Prices, percent: i64, paid: i64) -> Rational {
    let rate = hundredths(percent);
    match prices {
        Prices::WithTax => whole(paid) - whole(paid) / (whole(1) + rate),
        Prices::WithoutTax => whole(paid) * rate,
    }
}

/// The receipt's taxes together fall on the lines that state none, in proportion to what was paid.
fn tax_on_total(basket: &Basket, lines: &mut [ExpectedLine]) -> bool {
    let reach: Vec<usize> =
        (0..lines.len()).filter(|&position| basket.lines[position].taxes == Taxes::OnTotal).collect();
    let bases: Vec<i64> = reach.iter().map(|&position| lines[position].paid).collect();
    let amount: i64 = basket.taxes.iter().map(|row| row.1).sum();
    if amount > bases.iter().sum() {
        return true;
    }
    for (&position, share) in reach.iter().zip(spread(amount, &bases)) {
        lines[position].tax = Tax::Exact(share);
    }
    false
}

/// A voucher booked as tender is a discount after all others: it lowers what was paid, and the tax with it.
pub fn take_voucher(basket: &Basket, expected: &mut Expected, amount: i64) {
    let reach: Vec<usize> = voucher_reach(basket);
    let paid = |position: usize| expected.lines[position].gross(basket.prices).unwrap();
    let bases: Vec<i64> = reach.iter().map(|&position| paid(position)).collect();
    for ((&position, share), base) in reach.iter().zip(spread(amount, &bases)).zip(bases) {
        let (line, source) = (&mut expected.lines[position], &basket.lines[position]);
        let left = base - share;
        (line.voucher, line.left) = (share, Some(left));
        if share > 0 {
            let stated = source.stated.is_some_and(|stated| stated.tax.is_some());
            line.tax = match (&source.taxes, line.tax) {
                (Taxes::One(_), _) if !stated && basket.prices == Prices::WithTax => {
                    tax(basket.prices, source, left)
                }
                (_, Tax::Exact(tax)) => Tax::About(whole(tax) * whole(left) / whole(base), 1),
                (_, Tax::About(exact, within)) => Tax::About(exact * whole(left) / whole(base), within + 1),
            };
        }
        line.paid = match basket.prices {
            Prices::WithTax => left,
            Prices::WithoutTax => line.paid,
        };
    }
}

/// The lines that a voucher is spread over.
pub fn voucher_reach(basket: &Basket) -> Vec<usize> {
    let reached = |line: &Line| line.kind == Kind::Purchase && line.discountable;
    (0..basket.lines.len()).filter(|&position| reached(&basket.lines[position])).collect()
}

fn apply(
    left: &mut [i64],
    lines: &mut [ExpectedLine],
    reach: &[usize],
    cut: &Cut,
    place: impl Fn(usize) -> usize,
    exceeded: &mut bool,
) {
    let together: i64 = reach.iter().map(|&position| left[position]).sum();
    let mut taken = match cut.by {
        By::Percent(percent) => half_away(whole(together) * hundredths(percent)),
        By::Amount(amount) => amount,
    };
    if taken > together {
        *exceeded = true;
        taken = together;
    }
    let bases: Vec<i64> = reach.iter().map(|&position| left[position]).collect();
    for (&position, share) in reach.iter().zip(spread(taken, &bases)) {
        left[position] -= share;
        if share > 0 {
            lines[position].shares.push((place(position), share));
        }
    }
}

/// Exact shares, rounded down, the rest to the largest fractions, then bases, then the earlier.
pub fn spread(amount: i64, bases: &[i64]) -> Vec<i64> {
    let together: i64 = bases.iter().sum();
    if together == 0 {
        return vec![0; bases.len()];
    }
    let part = whole(amount) / whole(together);
    let exact: Vec<Rational> = bases.iter().map(|&base| whole(base) * part).collect();
    let mut shares: Vec<i64> = exact.iter().map(|share| small(share.floor())).collect();
    let rest = amount - shares.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..bases.len()).collect();
    order.sort_by(|&a, &b| {
        let fraction = |position: usize| exact[position].fract();
        fraction(b).cmp(&fraction(a)).then(bases[b].cmp(&bases[a])).then(a.cmp(&b))
    });
    for &position in order.iter().take(usize::try_from(rest).unwrap()) {
        shares[position] += 1;
    }
    shares
}

pub fn whole(value: i64) -> Rational {
    Rational::from_integer(value.into())
}

pub fn hundredths(percent: i64) -> Rational {
    Rational::new(percent.into(), 10_000)
}

/// Half away from zero, of what isn't below zero.
pub fn half_away(value: Rational) -> i64 {
    small((value + Rational::new(1, 2)).floor())
}

fn small(value: Rational) -> i64 {
    i64::try_from(value.to_integer()).unwrap()
}
