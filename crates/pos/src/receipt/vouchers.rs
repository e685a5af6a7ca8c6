//! Vouchers that a till books as payments: in Engage a voucher is a discount, so that points are earned only for
//! what was paid (fact R-38).
//!
//! Each is spread over what was paid for the discountable goods, after every other discount, with their tax. What
//! they can't bear stays a payment. A gift card is money, and no voucher.

use super::figures::Figures;
use super::finding::At;
use super::{Kind, Line, LineMoney, LineTax, Payment, Receipt, Share};
use crate::money::{Amount, Percent};
use crate::spread::spread;

/// The types of payment that are vouchers, in small letters and without marks.
const TYPES: [&str; 3] = ["voucher", "bonuscheck", "rewardvoucher"];

/// What each payment took off the lines as a discount; nothing where it is none.
pub(super) fn take(figures: &mut Figures<'_>, receipt: &Receipt<'_>, lines: &mut [LineMoney]) -> Vec<Amount> {
    let list = At::Root.field("payments");
    let rows = receipt.payments.iter().enumerate();
    rows.map(|(row, payment)| {
        let at = list.item(row);
        if !is_voucher(payment) {
            return Amount::ZERO;
        }
        let amount = figures.amount(&at.field("amount"), payment.amount);
        // One that was given back is what the refund was paid with.
        if amount <= Amount::ZERO {
            Amount::ZERO
        } else {
            take_one(figures, &at, receipt, lines, row, amount)
        }
    })
    .collect()
}

fn is_voucher(payment: &Payment<'_>) -> bool {
    payment.offer.is_some() || TYPES.contains(&plain(payment.kind).as_str())
}

/// The type of a payment in small letters, without marks.
pub(super) fn plain(kind: &str) -> String {
    kind.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn take_one(
    figures: &mut Figures<'_>,
    at: &At<'_>,
    receipt: &Receipt<'_>,
    lines: &mut [LineMoney],
    row: usize,
    amount: Amount,
) -> Amount {
    let goods = |line: &Line<'_>| line.kind == Kind::Purchase && line.discountable;
    let reach: Vec<usize> = (0..lines.len()).filter(|&position| goods(&receipt.lines[position])).collect();
    let bases: Vec<Amount> = reach.iter().map(|&position| lines[position].paid).collect();
    let taken = amount.min(bases.iter().copied().sum());
    let shares = spread(taken, &bases).expect("no line is below zero, and it is at most what they hold");
    for (&position, share) in reach.iter().zip(shares) {
        if !share.is_zero() {
            let line = &receipt.lines[position];
            let row = line.discounts.len() + receipt.discounts.len() + row;
            lower(line, &mut lines[position], Share { row, amount: share });
        }
    }
    let (shown, whole) = (figures.shown(taken), figures.shown(amount));
    let detail = if taken == amount {
        format!("{shown} was paid by a voucher, which is a discount to Engage: it is spread over the goods")
    } else {
        format!("{whole} was paid by a voucher, and only {shown} of it is a discount that the goods can bear")
    };
    figures.disagree("voucherAsTender", at, detail + "; send it among the discounts");
    taken
}

/// Takes a share off a line, and the tax of it.
fn lower(line: &Line<'_>, money: &mut LineMoney, share: Share) {
    let before = money.paid;
    money.paid = before - share.amount;
    let own = match &line.tax {
        LineTax::One { percent, .. } => *percent,
        LineTax::Unstated | LineTax::Several(_) => None,
    };
    // What was computed is computed again; what was stated goes down in proportion.
    let computed = own.filter(|percent: &Percent| percent.contained_in(before) == money.tax);
    money.tax = match computed {
        Some(percent) => percent.contained_in(money.paid),
        None => money.tax.scaled(money.paid, before).min(money.paid),
    };
    if !money.taxes.is_empty() {
        money.taxes = spread(money.tax, &money.taxes).unwrap_or_else(|_| money.taxes.clone());
        money.tax = money.taxes.iter().copied().sum();
    }
    money.discounts.push(share);
}

#[cfg(test)]
mod tests;
