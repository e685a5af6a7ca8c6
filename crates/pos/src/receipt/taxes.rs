//! The tax of each line, and the tax rows of a receipt.
//!
//! The till's `taxAmount` is the line's tax; else it is computed from what was paid. Tills that compute the tax
//! of a whole receipt differ from the sum of the lines by rounding: where the till sends such figures (`taxes`),
//! the difference is placed on the largest line of the rate whose tax was computed, with a warning that names
//! it. A larger difference is not rounding: both figures are named, and each goes as it is.
//!
//! Where prices are without tax it comes on top, and from here on every figure of a line is with tax: what its
//! discounts took off too, so that what it cost before them is what was paid and what they took.

mod on_total;

use super::figures::Figures;
use super::finding::At;
use super::{Line, LineMoney, LineTax, Prices, Receipt, SettledLine, TaxMoney};
use crate::money::{Amount, Percent};
use crate::spread::spread;

/// Fills in the tax of each line that is priced here.
pub(super) fn tax(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    is_priced: impl Fn(usize) -> bool,
    lines: &mut [LineMoney],
) {
    let list = At::Root.field("lines");
    for (position, (line, money)) in receipt.lines.iter().zip(lines.iter_mut()).enumerate() {
        if is_priced(position) {
            tax_line(figures, &list.item(position), receipt.prices, line, money);
        }
    }
    let sharing: Vec<usize> = match receipt.prices {
        Prices::WithTax => Vec::new(),
        Prices::WithoutTax => (0..lines.len())
            .filter(|&position| is_priced(position) && receipt.lines[position].tax == LineTax::Unstated)
            .collect(),
    };
    if !receipt.taxes.is_empty() {
        if !sharing.is_empty() {
            on_total::share(figures, receipt, lines, &sharing);
        } else if !receipt.lines.iter().any(|line| line.back) {
            reconcile(figures, receipt, lines);
        }
    }
    if receipt.prices == Prices::WithoutTax {
        for (position, (line, money)) in receipt.lines.iter().zip(lines).enumerate() {
            if is_priced(position) {
                put_on_top(line, money);
            }
        }
    }
}

fn tax_line(figures: &mut Figures<'_>, at: &At<'_>, prices: Prices, line: &Line<'_>, money: &mut LineMoney) {
    match &line.tax {
        LineTax::Unstated => {}
        LineTax::One { percent, amount } => {
            let computed = percent.map(|percent| match prices {
                Prices::WithTax => percent.contained_in(money.paid),
                Prices::WithoutTax => percent.of(money.paid),
            });
            let stated = amount.map(|amount| figures.amount(&at.field("taxAmount"), amount));
            if let Some((stated, (computed, percent))) = stated.zip(computed.zip(*percent)) {
                compare(figures, at, line, stated, computed, percent);
            }
            money.tax = stated.or(computed).unwrap_or_default();
            if percent.is_none() {
                let net = match prices {
                    Prices::WithTax => money.paid - money.tax,
                    Prices::WithoutTax => money.paid,
                };
                money.percent = Some(Percent::that_is(money.tax, net));
            }
        }
        LineTax::Several(taxes) => {
            let all = Percent::sum(taxes.iter().map(|tax| tax.percent)).unwrap_or(Percent::ZERO);
            let net = match prices {
                Prices::WithTax => money.paid - all.contained_in(money.paid),
                Prices::WithoutTax => money.paid,
            };
            let list = at.field("taxes");
            for (row, tax) in taxes.iter().enumerate() {
                let stated = tax.amount.map(|amount| figures.amount(&list.item(row).field("amount"), amount));
                money.taxes.push(stated.unwrap_or_else(|| tax.percent.of(net)));
            }
            money.tax = money.taxes.iter().copied().sum();
        }
    }
}

fn compare(
    figures: &mut Figures<'_>,
    at: &At<'_>,
    line: &Line<'_>,
    stated: Amount,
    computed: Amount,
    percent: Percent,
) {
    // Tills that round the tax of each piece differ by up to a minor unit a piece.
    let pieces = match line.quantity {
        Some(super::Quantity::Pieces(pieces)) => pieces,
        Some(super::Quantity::Measure { .. }) | None => 1,
    };
    if (stated - computed).minor().unsigned_abs() > u64::from(pieces) {
        let detail = format!(
            "the till's tax is {}, and {percent} of what was paid is {}",
            figures.shown(stated),
            figures.shown(computed)
        );
        figures.disagree("taxAmountDiffers", &at.field("taxAmount"), detail);
    }
}

/// Makes the figures of a line that were without tax such with it.
fn put_on_top(line: &Line<'_>, money: &mut LineMoney) {
    let rows: Vec<Amount> = money.discounts.iter().map(|share| share.amount).collect();
    let taken: Amount = rows.iter().copied().sum();
    let percent = rate_of(line, money);
    let on_discounts = percent.of(money.paid + taken) - percent.of(money.paid);
    let on_rows = spread(on_discounts.min(taken), &rows).expect("a tax is at most what it is of");
    for (share, on_row) in money.discounts.iter_mut().zip(on_rows) {
        share.amount = share.amount + on_row;
    }
    money.paid = money.paid + money.tax;
}

/// The tax rate of a line that is priced here.
fn rate_of(line: &Line<'_>, money: &LineMoney) -> Percent {
    let own = match &line.tax {
        LineTax::Unstated => None,
        LineTax::One { percent, .. } => *percent,
        LineTax::Several(taxes) => Percent::sum(taxes.iter().map(|tax| tax.percent)),
    };
    money.percent.or(own).unwrap_or(Percent::ZERO)
}

/// One row for each rate of these lines, in the order in which the lines first have them: purchases less returns,
/// but positive where there are only returns (fact R-28).
pub(super) fn by_rate<'r>(lines: impl Iterator<Item = SettledLine<'r>> + Clone) -> Vec<TaxMoney> {
    let only_back = lines.clone().all(|line| line.back);
    let mut rows: Vec<TaxMoney> = Vec::new();
    let mut add = |percent: Percent, amount: Amount, gross: Amount, back: bool| {
        let (amount, gross) = if back && !only_back { (-amount, -gross) } else { (amount, gross) };
        match rows.iter_mut().find(|row| row.percent == percent) {
            Some(row) => {
                row.amount = row.amount + amount;
                row.gross = row.gross + gross;
            }
            None => rows.push(TaxMoney { percent, amount, gross, row: None }),
        }
    };
    for line in lines {
        let mut several = line.several_taxes().peekable();
        if several.peek().is_none() {
            add(line.percent, line.tax, line.paid, line.back);
        }
        several.for_each(|row| add(row.percent, row.amount, row.gross, line.back));
    }
    rows
}

/// The till's own rows, each with what was paid for the lines of its rate.
pub(super) fn by_till<'r>(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    lines: impl Iterator<Item = SettledLine<'r>> + Clone,
) -> Vec<TaxMoney> {
    let computed = by_rate(lines.clone());
    let on_total = receipt.lines.iter().any(|line| line.tax == LineTax::Unstated);
    // A line that states another rate, such as none, is no part of what this tax is on.
    let net_of = |percent: Percent| -> Amount {
        let lines = receipt.lines.iter().zip(lines.clone());
        let taxed =
            lines.filter(|(line, settled)| line.tax == LineTax::Unstated || settled.percent == percent);
        taxed.map(|(_, settled)| settled.paid - settled.tax).sum()
    };
    let at = At::Root.field("taxes");
    let rows = receipt.taxes.iter().enumerate();
    rows.map(|(row, tax)| {
        let amount = figures.amount(&at.item(row).field("amount"), tax.amount);
        let of_rate = computed.iter().find(|row| row.percent == tax.percent).map(|row| row.gross);
        let gross = if on_total { net_of(tax.percent) + amount } else { of_rate.unwrap_or_default() };
        TaxMoney { percent: tax.percent, amount, gross, row: Some(row) }
    })
    .collect()
}

/// Brings the lines to the till's rows where only rounding lies between.
fn reconcile(figures: &mut Figures<'_>, receipt: &Receipt<'_>, lines: &mut [LineMoney]) {
    let at = At::Root.field("taxes");
    let mut stated: Vec<(Percent, usize, Amount)> = Vec::new();
    for (position, tax) in receipt.taxes.iter().enumerate() {
        let amount = figures.amount(&at.item(position).field("amount"), tax.amount);
        match stated.iter_mut().find(|(percent, ..)| *percent == tax.percent) {
            Some((.., sum)) => *sum = *sum + amount,
            None => stated.push((tax.percent, position, amount)),
        }
    }
    let held = held(receipt, lines);
    for &(percent, position, amount) in &stated {
        let sum = held.iter().find(|(of, _)| *of == percent).map(|&(_, sum)| sum).unwrap_or_default();
        reconcile_rate(figures, &at.item(position), receipt, lines, percent, [amount, sum]);
    }
    for (percent, amount) in held {
        if !amount.is_zero() && !stated.iter().any(|(stated, ..)| *stated == percent) {
            let detail = format!(
                "the lines hold {} of tax at {percent}, which the till's rows leave out",
                figures.shown(amount)
            );
            figures.disagree("taxesDiffer", &at, detail);
        }
    }
}

/// What the lines hold of each rate.
fn held(receipt: &Receipt<'_>, lines: &[LineMoney]) -> Vec<(Percent, Amount)> {
    let mut held: Vec<(Percent, Amount)> = Vec::new();
    for (line, money) in receipt.lines.iter().zip(lines) {
        let one = [(rate_of(line, money), money.tax)];
        let several: Vec<(Percent, Amount)> = match &line.tax {
            LineTax::Several(taxes) => {
                taxes.iter().map(|tax| tax.percent).zip(money.taxes.iter().copied()).collect()
            }
            LineTax::One { .. } | LineTax::Unstated => one.into(),
        };
        for (percent, amount) in several {
            match held.iter_mut().find(|(of, _)| *of == percent) {
                Some((_, sum)) => *sum = *sum + amount,
                None => held.push((percent, amount)),
            }
        }
    }
    held
}

/// Brings the lines of one rate to the till's tax for it, where only rounding lies between.
fn reconcile_rate(
    figures: &mut Figures<'_>,
    at: &At<'_>,
    receipt: &Receipt<'_>,
    lines: &mut [LineMoney],
    percent: Percent,
    [stated, sum]: [Amount; 2],
) {
    let difference = stated - sum;
    if difference.is_zero() {
        return;
    }
    let of_rate =
        |line: &Line<'_>| matches!(line.tax, LineTax::One { percent: Some(of), .. } if of == percent);
    let count = receipt.lines.iter().filter(|line| of_rate(line)).count();
    let is_computed =
        |line: &Line<'_>| of_rate(line) && matches!(line.tax, LineTax::One { amount: None, .. });
    let computed = (0..lines.len()).filter(|&position| is_computed(&receipt.lines[position]));
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

#[cfg(test)]
mod tests;
