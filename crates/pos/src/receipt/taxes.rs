//! The tax of each line, and the receipt's tax rows.
//!
//! The till's `taxAmount` is the line's tax; else it is computed from what was paid. Tills that compute the tax
//! of a whole receipt differ from the sum of the lines by rounding: where the till sends such figures (`taxes`),
//! the difference is placed on the largest line of the rate whose tax was computed, with a warning that names
//! it. A larger difference is not rounding: both figures are named, and each goes as it is.

use super::finding::At;
use super::settle::Figures;
use super::{LineMoney, Receipt, TaxMoney};
use crate::money::{Amount, Percent};

/// Fills in the tax of each line, and says the tax of each rate.
pub(super) fn tax(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    lines: &mut [LineMoney],
) -> Vec<TaxMoney> {
    let list = At::Root.field("lines");
    for (position, (line, money)) in receipt.lines.iter().zip(lines.iter_mut()).enumerate() {
        let computed = line.tax_percent.contained_in(money.paid);
        money.tax = match line.tax_amount {
            None => computed,
            Some(stated) => {
                let at = list.item(position);
                let stated = figures.amount(&at.field("taxAmount"), stated);
                // Tills that round the tax of each piece differ by up to a minor unit a piece.
                if (stated - computed).minor().unsigned_abs() > u64::from(line.quantity) {
                    let detail = format!(
                        "the till's tax is {}, and {} of what was paid is {}",
                        figures.shown(stated),
                        line.tax_percent,
                        figures.shown(computed)
                    );
                    figures.disagree("taxAmountDiffers", &at.field("taxAmount"), detail);
                }
                stated
            }
        };
    }
    if receipt.taxes.is_empty() { by_rate(receipt, lines) } else { by_till(figures, receipt, lines) }
}

/// One row for each rate, in the order in which the lines first have them.
fn by_rate(receipt: &Receipt<'_>, lines: &[LineMoney]) -> Vec<TaxMoney> {
    let mut rows: Vec<TaxMoney> = Vec::new();
    for (line, money) in receipt.lines.iter().zip(lines) {
        match rows.iter_mut().find(|row| row.percent == line.tax_percent) {
            Some(row) => {
                row.amount = row.amount + money.tax;
                row.gross = row.gross + money.paid;
            }
            None => rows.push(TaxMoney { percent: line.tax_percent, amount: money.tax, gross: money.paid }),
        }
    }
    rows
}

/// The till's rows, with the lines brought to them where only rounding lies between.
fn by_till(figures: &mut Figures<'_>, receipt: &Receipt<'_>, lines: &mut [LineMoney]) -> Vec<TaxMoney> {
    let at = At::Root.field("taxes");
    let computed = by_rate(receipt, lines);
    let rows: Vec<TaxMoney> = receipt
        .taxes
        .iter()
        .enumerate()
        .map(|(row, tax)| TaxMoney {
            percent: tax.percent,
            amount: figures.amount(&at.item(row).field("amount"), tax.amount),
            gross: computed
                .iter()
                .find(|row| row.percent == tax.percent)
                .map_or(Amount::ZERO, |row| row.gross),
        })
        .collect();
    for (position, row) in rows.iter().enumerate() {
        let first = rows.iter().position(|other| other.percent == row.percent);
        if first == Some(position) {
            let stated: Amount =
                rows.iter().filter(|other| other.percent == row.percent).map(|row| row.amount).sum();
            reconcile(figures, &at.item(position), receipt, lines, row.percent, stated);
        }
    }
    for row in computed.iter().filter(|row| !row.amount.is_zero()) {
        if !rows.iter().any(|stated| stated.percent == row.percent) {
            let detail = format!(
                "the lines hold {} of tax at {}, which the till's rows leave out",
                figures.shown(row.amount),
                row.percent
            );
            figures.disagree("taxesDiffer", &at, detail);
        }
    }
    rows
}

/// Brings the lines of one rate to the till's tax for it, where only rounding lies between.
fn reconcile(
    figures: &mut Figures<'_>,
    at: &At<'_>,
    receipt: &Receipt<'_>,
    lines: &mut [LineMoney],
    percent: Percent,
    stated: Amount,
) {
    let of_rate = |position: &usize| receipt.lines[*position].tax_percent == percent;
    let count = (0..lines.len()).filter(of_rate).count();
    let sum: Amount = (0..lines.len()).filter(of_rate).map(|position| lines[position].tax).sum();
    let difference = stated - sum;
    if difference.is_zero() {
        return;
    }
    let computed =
        (0..lines.len()).filter(of_rate).filter(|&position| receipt.lines[position].tax_amount.is_none());
    let largest = computed.min_by_key(|&position| std::cmp::Reverse(lines[position].paid));
    let rounding = difference.minor().unsigned_abs() <= count as u64;
    if let Some(position) = largest.filter(|_| rounding) {
        let money = &mut lines[position];
        let placed = money.tax + difference;
        if placed >= Amount::ZERO && placed <= money.paid {
            money.tax = placed;
            let detail = format!(
                "the till's tax at {percent} is {}, the lines' {}: the difference is placed on line {}",
                figures.shown(stated),
                figures.shown(sum),
                position + 1
            );
            figures.disagree("taxRoundingPlaced", at, detail);
            return;
        }
    }
    let detail = format!(
        "the till's tax at {percent} is {}, the lines' is {}; both go as they are",
        figures.shown(stated),
        figures.shown(sum)
    );
    figures.disagree("taxesDiffer", at, detail);
}
