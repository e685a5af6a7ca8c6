//! The total, and how it was paid.
//!
//! What comes out adds up: the payments to the total. The till's total goes as it is where it differs from its
//! lines, except where cash was rounded: then the total is the sum of the lines, and a row of its own holds what
//! was rounded. Change is taken off the cash; vouchers have become discounts.

use super::figures::Figures;
use super::finding::At;
use super::settlement::{Made, PaidBy, PaymentMoney};
use super::vouchers::plain;
use super::{LineMoney, Receipt};
use crate::money::Amount;

/// Currencies whose coins are coarser than a whole unit: the smallest, in minor units.
const CASH_STEPS: [(&str, i64); 3] = [("CLP", 10), ("HUF", 500), ("KRW", 10)];

/// The total of a receipt and how it was paid.
#[derive(Debug)]
pub(super) struct Tender {
    /// What was paid in all; below zero where more was paid back.
    pub(super) total: Amount,
    /// What of it the lines don't explain.
    pub(super) unexplained: Amount,
    /// At least one row; they add up to the total.
    pub(super) payments: Vec<PaymentMoney>,
}

/// What the lines come to, those that were paid back taken off.
pub(super) fn sum_of(receipt: &Receipt<'_>, lines: &[LineMoney], of: impl Fn(usize) -> bool) -> Amount {
    let positions = (0..lines.len()).filter(|&position| of(position));
    positions
        .map(|position| {
            let paid = lines[position].paid;
            if receipt.lines[position].back { -paid } else { paid }
        })
        .sum()
}

/// Decides the total and the payments; `vouchers` is what each payment took as a discount.
pub(super) fn tender(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    lines: &[LineMoney],
    vouchers: &[Amount],
) -> Tender {
    let sum = sum_of(receipt, lines, |_| true);
    let only_back = receipt.lines.iter().all(|line| line.back);
    let stated = receipt.total.map(|total| figures.amount(&At::Root.field("total"), total));
    let stated = stated.map(|total| signed(figures, total, only_back));
    let stated = stated.map(|total| less_vouchers(total, sum, vouchers.iter().copied().sum()));
    let mut rows = payments(figures, receipt, vouchers, only_back, stated.unwrap_or(sum));
    let paid: Amount = rows.iter().map(|row| row.amount).sum();
    let total = match stated {
        Some(total) if total != sum && !rounds_cash(figures, receipt, [sum, total, paid], &rows) => {
            let (lines, total_shown) = (figures.shown(sum), figures.shown(total));
            let detail = format!("the lines add up to {lines}, the receipt's total is {total_shown}");
            figures.disagree("totalDiffers", &At::Root.field("total"), detail);
            total
        }
        Some(_) | None => sum,
    };
    balance(figures, receipt, total, stated, &mut rows);
    Tender { total, unexplained: total - sum, payments: rows }
}

/// A total whose receipt has only returns is below zero.
fn signed(figures: &mut Figures<'_>, total: Amount, only_back: bool) -> Amount {
    if !only_back || total <= Amount::ZERO {
        return total;
    }
    let detail = "the receipt only pays back, so its total is below zero; send it with its sign";
    figures.disagree("returnSign", &At::Root.field("total"), detail.to_owned());
    -total
}

/// A total that counts vouchers as paid is lowered by them, as its lines were; another has them off already.
fn less_vouchers(total: Amount, sum: Amount, vouchers: Amount) -> Amount {
    if total == sum { total } else { total - vouchers }
}

/// The till's payments: without vouchers, and without change.
fn payments(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    vouchers: &[Amount],
    only_back: bool,
    total: Amount,
) -> Vec<PaymentMoney> {
    let at = At::Root.field("payments");
    let mut rows: Vec<PaymentMoney> = Vec::with_capacity(receipt.payments.len());
    for (row, (payment, &voucher)) in receipt.payments.iter().zip(vouchers).enumerate() {
        let amount = figures.amount(&at.item(row).field("amount"), payment.amount) - voucher;
        if voucher.is_zero() || !amount.is_zero() {
            rows.push(PaymentMoney { by: PaidBy::Row(row), amount });
        }
    }
    let positive = rows.iter().all(|row| row.amount >= Amount::ZERO);
    if only_back && positive && rows.iter().any(|row| !row.amount.is_zero()) {
        let detail = "the receipt only pays back, so its payments are below zero; send them with their sign";
        figures.disagree("returnSign", &at, detail.to_owned());
        rows.iter_mut().for_each(|row| row.amount = -row.amount);
    }
    take_change(receipt, &mut rows, total);
    rows
}

/// Takes change off the cash: one row of cash is left.
fn take_change(receipt: &Receipt<'_>, rows: &mut Vec<PaymentMoney>, total: Amount) {
    let kind = |row: &PaymentMoney| match row.by {
        PaidBy::Row(row) => plain(receipt.payments[row].kind),
        PaidBy::Made(_) => String::new(),
    };
    let is_cash = |row: &PaymentMoney| kind(row) == "cash";
    let is_change = |row: &PaymentMoney| kind(row) == "change";
    // Change goes against the sale: out of the till at a sale, into it where more is paid back.
    for row in rows.iter_mut().filter(|row| is_change(row)) {
        row.amount = if total < Amount::ZERO { row.amount.abs() } else { -row.amount.abs() };
    }
    let changed = rows.iter().any(&is_change);
    let signs = [Amount::is_negative, Amount::is_positive];
    let both = signs.iter().all(|sign| rows.iter().any(|row| is_cash(row) && sign(row.amount)));
    let Some(first) = rows.iter().position(&is_cash).filter(|_| changed || both) else { return };
    let cash: Amount = rows.iter().filter(|row| is_cash(row) || is_change(row)).map(|row| row.amount).sum();
    let by = rows[first].by;
    rows[first].amount = cash;
    rows.retain(|row| row.by == by || !(is_cash(row) || is_change(row)));
    if cash.is_zero() && rows.len() > 1 {
        rows.retain(|row| row.by != by);
    }
}

/// Whether the total differs from the lines only because cash was rounded.
fn rounds_cash(
    figures: &Figures<'_>,
    receipt: &Receipt<'_>,
    [sum, total, paid]: [Amount; 3],
    rows: &[PaymentMoney],
) -> bool {
    let of = |row: &PaymentMoney, kind: &str| matches!(row.by, PaidBy::Row(at) if plain(receipt.payments[at].kind) == kind);
    let cash = rows.iter().any(|row| of(row, "cash") && !row.amount.is_zero());
    // A row that the till made of it already explains the difference.
    let said: Amount = rows.iter().filter(|row| of(row, "rounding")).map(|row| row.amount).sum();
    let explained = !said.is_zero() && paid == sum && total + said == sum;
    explained || (cash && paid == total && (sum - total).abs() < cash_step(figures))
}

/// What two amounts of cash that mean the same differ by less than.
fn cash_step(figures: &Figures<'_>) -> Amount {
    let code = figures.currency.code();
    let unit = 10_i64.pow(figures.currency.exponent());
    let coarse = CASH_STEPS.iter().find(|(of, _)| *of == code).map_or(unit, |&(_, step)| step);
    Amount::from_minor(coarse.max(unit))
}

/// Adds what the payments lack, because Engage gets payments that add up (fact R-31), and at least one (fact R-32).
fn balance(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    total: Amount,
    stated: Option<Amount>,
    rows: &mut Vec<PaymentMoney>,
) {
    let at = At::Root.field("payments");
    let paid: Amount = rows.iter().map(|row| row.amount).sum();
    let lacking = total - paid;
    if rows.is_empty() {
        if !total.is_zero() {
            let detail = format!("it isn't said how {} was paid; name the payments", figures.shown(total));
            figures.disagree("paymentsMissing", &at, detail);
        }
        rows.push(PaymentMoney { by: PaidBy::Made(Made::Other), amount: total });
        return;
    }
    if lacking.is_zero() {
        return;
    }
    if rounds_cash(figures, receipt, [total, stated.unwrap_or(paid), paid], rows) {
        let detail = format!(
            "the lines add up to {}, and {} was paid: read as cash that was rounded, and put into a row of its own",
            figures.shown(total),
            figures.shown(paid)
        );
        figures.disagree("cashRoundingInferred", &at, detail);
        rows.push(PaymentMoney { by: PaidBy::Made(Made::Rounding), amount: lacking });
    } else {
        let detail = format!(
            "the payments add up to {}, the total is {}; a row of the type `other` holds the difference",
            figures.shown(paid),
            figures.shown(total)
        );
        figures.disagree("paymentsDiffer", &at, detail);
        rows.push(PaymentMoney { by: PaidBy::Made(Made::Other), amount: lacking });
    }
}

#[cfg(test)]
mod tests;
