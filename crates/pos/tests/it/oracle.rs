//! The same money by another way: exact rationals and the rules as they are written, with no care for speed.

use num_bigint::BigInt;
use num_rational::BigRational;

use crate::basket::{Basket, By, Cut};

/// What a basket comes to, in minor units.
pub struct Expected {
    pub lines: Vec<ExpectedLine>,
    pub total: i64,
    /// Whether some discount was larger than what was left.
    pub exceeded: bool,
}

#[derive(Clone, Default)]
pub struct ExpectedLine {
    pub paid: i64,
    pub tax: i64,
    pub shares: Vec<(usize, i64)>,
}

pub fn expect(basket: &Basket) -> Expected {
    let mut left: Vec<i64> = basket.lines.iter().map(|line| line.quantity * line.unit_price).collect();
    let mut lines = vec![ExpectedLine::default(); left.len()];
    let mut exceeded = false;
    for (position, line) in basket.lines.iter().enumerate() {
        for (row, cut) in line.discounts.iter().enumerate() {
            apply(&mut left, &mut lines, &[position], cut, |_| row, &mut exceeded);
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
        let paid = whole(left[position]);
        let without = &paid / (whole(1) + BigRational::new(line.tax_percent.into(), 10_000.into()));
        lines[position].tax = half_away(&(paid - without));
    }
    Expected { total: left.iter().sum(), lines, exceeded }
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
        By::Percent(hundredths) => {
            half_away(&(whole(together) * BigRational::new(hundredths.into(), 10_000.into())))
        }
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
fn spread(amount: i64, bases: &[i64]) -> Vec<i64> {
    let together: i64 = bases.iter().sum();
    if together == 0 {
        return vec![0; bases.len()];
    }
    let exact: Vec<BigRational> =
        bases.iter().map(|&base| whole(base) * BigRational::new(amount.into(), together.into())).collect();
    let mut shares: Vec<i64> = exact.iter().map(|share| small(&share.floor().to_integer())).collect();
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

fn whole(value: i64) -> BigRational {
    BigRational::from_integer(value.into())
}

/// Half away from zero, of what isn't below zero.
fn half_away(value: &BigRational) -> i64 {
    small(&(value + BigRational::new(1.into(), 2.into())).floor().to_integer())
}

fn small(value: &BigInt) -> i64 {
    i64::try_from(value).unwrap()
}
