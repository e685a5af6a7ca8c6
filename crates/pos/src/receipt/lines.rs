//! What was paid for each line, and what each discount took off it: with tax where the till's prices are with
//! tax, else without. Lines that were returned by reference are not priced here: their sale says what they are
//! worth ([`returns`](super::returns)).
//!
//! An *open* line is computed: pieces times price, less its own discounts in order, less its shares of the
//! receipt's discounts in order. Each takes at most what is left; a percentage takes of what is left, rounded
//! once. A receipt's discount falls on the lines it names (or all) that are discountable, in proportion to what
//! is left of them ([`spread`]).
//!
//! A *stated* line carries the till's `paid`, which is what was paid after every discount, whatever the rest
//! says. Its price and its own discounts say what the receipt's discounts must have taken: the gap between what
//! is left after its own discounts and `paid`. The receipt's discounts fill that gap in order: each takes its
//! ordinary share, but never more than the gap still holds, and the last that may fall on the line takes the
//! rest of the gap. Of an amount off the receipt, open lines then carry what the stated lines didn't; of a
//! percentage they carry their ordinary share. Without a price the gap can't be known and is nothing.
//!
//! What this can't explain is a warning: a gap that no discount filled (`paidDiffers`), a discount whose shares
//! don't add up to it (`discountDiffers`; a percentage may differ by a minor unit a stated line, because tills
//! round it line by line).

use super::figures::Figures;
use super::finding::At;
use super::{Discount, Line, LineMoney, Price, Quantity, Receipt, Reduction, Share};
use crate::money::Amount;
use crate::spread::spread;

/// A line while its discounts are taken off.
#[derive(Default)]
struct Running {
    /// What is left of it.
    left: Amount,
    /// What the till says was paid.
    stated: Option<Amount>,
    /// What was taken off, nothing left out.
    shares: Vec<Share>,
}

impl Running {
    fn take(&mut self, row: usize, amount: Amount) {
        self.left = self.left - amount;
        if !amount.is_zero() {
            self.shares.push(Share { row, amount });
        }
    }

    /// What the receipt's discounts may still take of a stated line.
    fn gap(&self, stated: Amount) -> Amount {
        (self.left - stated).max(Amount::ZERO)
    }
}

/// What was paid for each line and what was taken off; the tax is not yet filled in.
///
/// A line that is not to be priced has nothing.
pub(super) fn price(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    is_priced: impl Fn(usize) -> bool,
) -> Vec<LineMoney> {
    let list = At::Root.field("lines");
    let mut lines: Vec<Running> = Vec::with_capacity(receipt.lines.len());
    for (position, line) in receipt.lines.iter().enumerate() {
        let price = line.price.filter(|_| is_priced(position));
        lines.push(match price {
            Some(price) => price_line(figures, &list.item(position), line, price),
            None => Running::default(),
        });
    }
    if !receipt.discounts.is_empty() {
        take_receipt_discounts(figures, receipt, &mut lines);
    }
    lines
        .into_iter()
        .enumerate()
        .map(|(position, line)| finish(figures, &list.item(position), line))
        .collect()
}

/// A line less its own discounts.
fn price_line(figures: &mut Figures<'_>, at: &At<'_>, line: &Line<'_>, price: Price) -> Running {
    let stated = price.paid().map(|paid| figures.amount(&at.field("paid"), paid));
    let quantity = line.quantity.unwrap_or(Quantity::Pieces(1)).decimal();
    let gross = price.unit().map(|unit| figures.times(&at.field("unitPrice"), unit, quantity));
    let left = gross.or(stated).unwrap_or_default();
    let mut running = Running { left, stated, shares: Vec::new() };
    let list = at.field("discounts");
    for (row, discount) in line.discounts.iter().enumerate() {
        let at = list.item(row);
        match (discount.reduction, gross) {
            (Reduction::Percent(percent), Some(_)) => running.take(row, percent.of(running.left)),
            (Reduction::Amount(amount), Some(_)) => {
                let wanted = figures.amount(&at.field("amount"), amount);
                if wanted > running.left {
                    exceeds(figures, &at, wanted, running.left, stated.is_some());
                }
                running.take(row, wanted.min(running.left));
            }
            // Without a price the discount is what the till says, on top of what was paid.
            (Reduction::Amount(amount), None) => {
                let amount = figures.amount(&at.field("amount"), amount);
                running.left = running.left + amount;
                running.take(row, amount);
            }
            (Reduction::Percent(_), None) => {
                let detail = "how much it took off can't be known without unitPrice; send that, or an amount";
                figures.findings.warn("discountUnknown", &at, detail);
            }
        }
    }
    running
}

/// The lines that each of the receipt's discounts may fall on.
struct Reach {
    everyone: Vec<usize>,
    limited: Vec<Option<Vec<usize>>>,
}

impl Reach {
    fn of(figures: &mut Figures<'_>, receipt: &Receipt<'_>) -> Self {
        let everyone =
            (0..receipt.lines.len()).filter(|&position| receipt.lines[position].discountable).collect();
        let mut ids: Vec<(&str, usize)> = Vec::new();
        if receipt.discounts.iter().any(|discount| discount.lines.is_some()) {
            ids.extend(
                receipt.lines.iter().enumerate().filter_map(|(position, line)| Some((line.id?, position))),
            );
            ids.sort_unstable();
        }
        let list = At::Root.field("discounts");
        let rows = receipt.discounts.iter().enumerate();
        let limited =
            rows.map(|(row, discount)| named(figures, &list.item(row), receipt, discount, &ids)).collect();
        Self { everyone, limited }
    }

    fn lines(&self, row: usize) -> &[usize] {
        self.limited[row].as_deref().unwrap_or(&self.everyone)
    }

    /// For each line, the last discount that may fall on it.
    fn last(&self, lines: usize) -> Vec<Option<usize>> {
        let mut last = vec![None; lines];
        for row in 0..self.limited.len() {
            for &line in self.lines(row) {
                last[line] = Some(row);
            }
        }
        last
    }
}

/// The discountable lines that a discount names, as they are listed; `None` when it names none.
fn named(
    figures: &mut Figures<'_>,
    at: &At<'_>,
    receipt: &Receipt<'_>,
    discount: &Discount<'_>,
    ids: &[(&str, usize)],
) -> Option<Vec<usize>> {
    let list = at.field("lines");
    // Each name once, so that no line is found more than once, however often it is named.
    let mut names: Vec<(&str, usize)> = discount.lines.as_ref()?.iter().copied().zip(0..).collect();
    names.sort_unstable();
    names.dedup_by_key(|&mut (name, _)| name);
    let mut found = Vec::with_capacity(names.len());
    for (name, position) in names {
        let first = ids.partition_point(|&(id, _)| id < name);
        let same = ids[first..].iter().take_while(|&&(id, _)| id == name);
        let before = found.len();
        found.extend(same.map(|&(_, line)| line));
        if found.len() == before && !is_legible(receipt) {
            figures.failed = true;
        } else if found.len() == before {
            let detail =
                "no line has this id, so the discount would fall on too few; name a line by its `id`";
            figures.failed = true;
            figures.findings.fault("discountLineUnknown", &list.item(position), detail);
        } else if found[before..].iter().any(|&line| !receipt.lines[line].discountable) {
            let detail = "this line is not discountable, so it takes no share; name others, or make it so";
            figures.findings.warn("lineNotDiscountable", &list.item(position), detail);
        }
    }
    found.retain(|&line| receipt.lines[line].discountable);
    found.sort_unstable();
    Some(found)
}

/// Whether every line could be read, so that a name that none has is nobody's.
fn is_legible(receipt: &Receipt<'_>) -> bool {
    let is_blank = |line: &Line<'_>| line.price.is_none() && line.sku.is_none() && line.of.is_none();
    !receipt.lines.is_empty() && !receipt.lines.iter().any(is_blank)
}

fn take_receipt_discounts(figures: &mut Figures<'_>, receipt: &Receipt<'_>, lines: &mut [Running]) {
    let reach = Reach::of(figures, receipt);
    let last = reach.last(lines.len());
    let list = At::Root.field("discounts");
    for (row, discount) in receipt.discounts.iter().enumerate() {
        let taking = Taking { receipt, row, reach: reach.lines(row), last: &last };
        taking.take(figures, &list.item(row), lines, discount.reduction);
    }
}

/// The taking of one of the receipt's discounts.
struct Taking<'t> {
    receipt: &'t Receipt<'t>,
    /// Which of them it is.
    row: usize,
    /// The lines that it may fall on.
    reach: &'t [usize],
    /// For each line, the last discount that may fall on it.
    last: &'t [Option<usize>],
}

impl Taking<'_> {
    fn take(&self, figures: &mut Figures<'_>, at: &At<'_>, lines: &mut [Running], reduction: Reduction) {
        let (stated, open) = self.split(lines);
        let left = left_of(lines, self.reach);
        let wanted = match reduction {
            Reduction::Percent(percent) => percent.of(left),
            Reduction::Amount(amount) => {
                let wanted = figures.amount(&at.field("amount"), amount);
                if wanted > left {
                    exceeds(figures, at, wanted, left, open.is_empty() && !stated.is_empty());
                }
                wanted.min(left)
            }
        };
        let ordinary = shares(lines, self.reach, wanted);
        if stated.is_empty() {
            return self.take_all(lines, &open, ordinary);
        }
        let (of_stated, of_open) = self.split_shares(lines, ordinary);
        let placed = self.fill_gaps(lines, &stated, &of_stated);
        let (of_open, tolerance) = match reduction {
            Reduction::Percent(_) => (of_open, stated.len()),
            Reduction::Amount(_) => {
                let rest = (wanted - placed).max(Amount::ZERO).min(left_of(lines, &open));
                (shares(lines, &open, rest), 0)
            }
        };
        let taken = placed + of_open.iter().copied().sum();
        self.take_all(lines, &open, of_open);
        compare(figures, at, wanted, taken, tolerance);
    }

    /// The stated and the open lines.
    fn split(&self, lines: &[Running]) -> (Vec<usize>, Vec<usize>) {
        self.reach.iter().partition(|&&line| lines[line].stated.is_some())
    }

    /// The shares of the stated and of the open lines.
    fn split_shares(&self, lines: &[Running], shares: Vec<Amount>) -> (Vec<Amount>, Vec<Amount>) {
        let mut of_lines = self.reach.iter();
        shares.into_iter().partition(|_| of_lines.next().is_some_and(|&line| lines[line].stated.is_some()))
    }

    /// Takes from stated lines what their gaps hold; says how much that was.
    fn fill_gaps(&self, lines: &mut [Running], stated: &[usize], ordinary: &[Amount]) -> Amount {
        let mut placed = Amount::ZERO;
        for (&line, &ordinary) in stated.iter().zip(ordinary) {
            let running = &mut lines[line];
            let gap = running.gap(running.stated.unwrap_or_default());
            let share = if self.last[line] == Some(self.row) { gap } else { ordinary.min(gap) };
            running.take(self.position(line), share);
            placed = placed + share;
        }
        placed
    }

    fn take_all(&self, lines: &mut [Running], open: &[usize], shares: Vec<Amount>) {
        for (&line, share) in open.iter().zip(shares) {
            lines[line].take(self.position(line), share);
        }
    }

    /// Where it stands among the discounts of a line: after the line's own.
    fn position(&self, line: usize) -> usize {
        self.receipt.lines[line].discounts.len() + self.row
    }
}

/// Warns when a discount took something else than it says, beyond `tolerance` minor units.
fn compare(figures: &mut Figures<'_>, at: &At<'_>, wanted: Amount, taken: Amount, tolerance: usize) {
    if (wanted - taken).minor().unsigned_abs() > tolerance as u64 {
        let (wanted, taken) = (figures.shown(wanted), figures.shown(taken));
        let detail =
            format!("the discount is {wanted}, yet what was paid for its lines leaves room for {taken}");
        figures.disagree("discountDiffers", at, detail + "; what was paid counts");
    }
}

/// What is left of these lines together.
fn left_of(lines: &[Running], of: &[usize]) -> Amount {
    of.iter().map(|&line| lines[line].left).sum()
}

/// The ordinary shares of these lines in an amount that they can bear.
fn shares(lines: &[Running], of: &[usize], amount: Amount) -> Vec<Amount> {
    let bases: Vec<Amount> = of.iter().map(|&line| lines[line].left).collect();
    spread(amount, &bases).expect("no line is below zero, and the amount is at most what is left of them")
}

/// A discount above what is left: a fault where its lines are computed, else the till's own contradiction.
fn exceeds(figures: &mut Figures<'_>, at: &At<'_>, wanted: Amount, left: Amount, stated: bool) {
    let (wanted, left) = (figures.shown(wanted), figures.shown(left));
    let detail = format!("the discount is {wanted}, and only {left} is left");
    if stated {
        figures.disagree("discountExceedsAmount", at, detail + "; what was paid counts");
    } else if !figures.failed {
        let detail = detail + "; it was taken to zero: check the discount";
        figures.findings.fault("discountExceedsAmount", at, detail);
    }
}

fn finish(figures: &mut Figures<'_>, at: &At<'_>, line: Running) -> LineMoney {
    let paid = line.stated.unwrap_or(line.left);
    if paid != line.left {
        let detail = format!(
            "the till says {} was paid, the price less the discounts is {}; what was paid counts",
            figures.shown(paid),
            figures.shown(line.left)
        );
        figures.disagree("paidDiffers", &at.field("paid"), detail);
    }
    LineMoney { paid, discounts: line.shares, ..LineMoney::default() }
}
