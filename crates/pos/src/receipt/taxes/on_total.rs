//! Tax that sits on the total, as in the US: lines that state none share the receipt's rows.
//!
//! It is spread in proportion to what was paid, so that the lines add up to the total. A return among purchases
//! has the tax of the rows' rates, and the purchases share the rest.

use crate::money::{Amount, Percent};
use crate::receipt::figures::Figures;
use crate::receipt::finding::At;
use crate::receipt::{LineMoney, Receipt};
use crate::spread::spread;

/// Spreads the receipt's tax over the lines at these positions, which state none; their figures are without tax.
pub(super) fn share(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    lines: &mut [LineMoney],
    sharing: &[usize],
) {
    let at = At::Root.field("taxes");
    let rows = receipt.taxes.iter().enumerate();
    let stated: Amount =
        rows.map(|(row, tax)| figures.amount(&at.item(row).field("amount"), tax.amount)).sum();
    let rates = Percent::sum(receipt.taxes.iter().map(|tax| tax.percent)).unwrap_or(Percent::ZERO);
    let is_back = |position: usize| receipt.lines[position].back;
    let only_back = receipt.lines.iter().all(|line| line.back);
    let stated = if only_back { stated.abs() } else { stated };
    let mut rest = stated;
    for (position, money) in lines.iter_mut().enumerate() {
        let apart = sharing.binary_search(&position).is_err();
        if !apart && is_back(position) && !only_back {
            money.tax = rates.of(money.paid);
        } else if !apart {
            continue;
        }
        rest = if is_back(position) && !only_back { rest + money.tax } else { rest - money.tax };
    }
    let takers: Vec<usize> =
        sharing.iter().copied().filter(|&position| only_back || !is_back(position)).collect();
    let net: Amount = takers.iter().map(|&position| lines[position].paid).sum();
    if rest < Amount::ZERO || rest > net {
        let detail = format!(
            "the receipt's tax is {}, which doesn't fit its lines; those that state no tax have none",
            figures.shown(stated)
        );
        figures.disagree("taxesDiffer", &at, detail);
        rest = Amount::ZERO;
    }
    let bases: Vec<Amount> = takers.iter().map(|&position| lines[position].paid).collect();
    let of_rows = (rates.of(net) - rest).minor().unsigned_abs() <= 1 + receipt.taxes.len() as u64;
    let percent = if of_rows { rates } else { Percent::that_is(rest, net) };
    for (&position, tax) in takers.iter().zip(spread(rest, &bases).expect("it is at most what it is of")) {
        lines[position].tax = tax;
    }
    for &position in sharing {
        lines[position].percent = Some(percent);
    }
    let detail = format!(
        "{} of the receipt's tax is spread over the lines that state none, so that they add up to the total",
        figures.shown(rest)
    );
    figures.disagree("taxOnTotalSpread", &at, detail);
}
