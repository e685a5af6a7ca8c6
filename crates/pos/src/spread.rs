//! The spreading of a discount over lines, in minor units, by largest remainder.
//!
//! Laws: the shares add up to the discount exactly; a share is never above its base nor below zero; the order
//! of the lines matters only between lines of the same base.

use crate::money::Amount;

/// Why a discount can't be spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The discount or a base is below zero.
    #[error("a discount and what it is spread over are never below zero")]
    Negative,
    /// The bases don't add up to the discount.
    #[error("the discount is larger than what it is spread over")]
    ExceedsBases,
}

/// Spreads `discount` in proportion to `bases`: each share is rounded down, and what is left over goes, a
/// minor unit each, to the largest remainders (ties: the larger base, then the earlier line).
///
/// # Errors
/// [`Error::Negative`] and [`Error::ExceedsBases`].
pub fn spread(discount: Amount, bases: &[Amount]) -> Result<Vec<Amount>, Error> {
    if discount < Amount::ZERO || bases.iter().any(|&base| base < Amount::ZERO) {
        return Err(Error::Negative);
    }
    let discount = i128::from(discount.minor());
    let whole: i128 = bases.iter().map(|base| i128::from(base.minor())).sum();
    if discount > whole {
        return Err(Error::ExceedsBases);
    }
    if discount == 0 {
        return Ok(vec![Amount::ZERO; bases.len()]);
    }
    if discount == whole {
        return Ok(bases.to_vec());
    }
    let part = |base: &Amount| discount * i128::from(base.minor());
    let mut shares: Vec<i64> = Vec::with_capacity(bases.len());
    let mut left_over = discount;
    for base in bases {
        let share = part(base) / whole;
        left_over -= share;
        shares.push(i64::try_from(share).expect("a share is at most its base"));
    }
    hand_out(left_over, &mut shares, |line| (part(&bases[line]) % whole, bases[line]));
    Ok(shares.into_iter().map(Amount::from_minor).collect())
}

/// Adds one minor unit to each of the `left_over` lines that rank highest; of equals, to the earlier ones.
///
/// There are always more lines with a remainder than units left over, so none goes to a line that has none.
fn hand_out<R: Ord>(left_over: i128, shares: &mut [i64], rank: impl Fn(usize) -> R) {
    let count = usize::try_from(left_over).expect("at most one unit a line is left over");
    if count == 0 {
        return;
    }
    let mut ranked: Vec<(R, std::cmp::Reverse<usize>)> =
        (0..shares.len()).map(|line| (rank(line), std::cmp::Reverse(line))).collect();
    ranked.select_nth_unstable_by(count, |a, b| b.cmp(a));
    for (_, line) in &ranked[..count] {
        shares[line.0] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, spread};
    use crate::money::Amount;

    fn check(discount: i64, bases: &[i64], shares: &[i64]) {
        let bases: Vec<Amount> = bases.iter().copied().map(Amount::from_minor).collect();
        let spread = spread(Amount::from_minor(discount), &bases).unwrap();
        assert_eq!(spread.into_iter().map(Amount::minor).collect::<Vec<_>>(), shares);
    }

    #[test]
    fn the_shares_are_in_proportion() {
        check(500, &[900, 600], &[300, 200]);
        check(10_000, &[40_000, 10_000], &[8_000, 2_000]);
    }

    #[test]
    fn what_is_left_over_goes_to_the_largest_remainders_then_bases_then_the_earlier_line() {
        check(500, &[500, 500, 500], &[167, 167, 166]);
        check(10, &[3, 7, 10], &[1, 4, 5]);
        check(1, &[1, 1, 2], &[0, 0, 1]);
    }

    #[test]
    fn a_line_of_nothing_takes_nothing() {
        check(2, &[0, 3, 0], &[0, 2, 0]);
        check(0, &[0, 0], &[0, 0]);
        check(0, &[], &[]);
    }

    #[test]
    fn a_full_discount_is_each_line() {
        check(17, &[3, 0, 14], &[3, 0, 14]);
    }

    #[test]
    fn what_cannot_be_spread_is_refused() {
        let bases = [Amount::from_minor(3)];
        assert_eq!(spread(Amount::from_minor(4), &bases), Err(Error::ExceedsBases));
        assert_eq!(spread(Amount::from_minor(-1), &bases), Err(Error::Negative));
        assert_eq!(spread(Amount::ZERO, &[Amount::from_minor(-1)]), Err(Error::Negative));
    }
}
