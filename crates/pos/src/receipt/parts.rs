//! What goes to Engage: a till's receipt parted by contact and rate, without what is no merchandise.
//!
//! Return lines belong to the contact of their sale, at the rate of that sale; everything else to the receipt's
//! own contact. Each part adds up: its lines to its total (and what the till's total has beyond the lines, to the
//! first), its payments to its total. What one part owes another stands as a payment of the type `exchange`; all
//! of these together are nothing.

use std::cmp::Reverse;

use super::figures::Figures;
use super::finding::At;
use super::payments::{Tender, sum_of};
use super::returns::Origin;
use super::sale::{Drawn, DrawnLine, Owner};
use super::settle::{Draw, Known, Whose};
use super::settlement::{Made, PaidBy, PartMoney, Parts, PaymentMoney, Rate, TaxMoney};
use super::{LineMoney, Receipt, SettledLine, taxes};
use crate::money::Amount;

/// A receipt's money, decided, before it is parted.
pub(super) struct Decided<'d> {
    pub(super) receipt: &'d Receipt<'d>,
    pub(super) lines: &'d [LineMoney],
    pub(super) origins: &'d [Origin],
    pub(super) tender: &'d Tender,
    /// The rate of what is the receipt's own.
    pub(super) rate: Option<Rate>,
    /// Whether a voucher became a discount.
    pub(super) vouchers: bool,
}

/// A receipt, parted.
pub(super) struct Parted {
    pub(super) parts: Parts,
    /// The rate of the first part.
    pub(super) rate: Option<Rate>,
    /// The tax rows of the whole.
    pub(super) taxes: Vec<TaxMoney>,
    pub(super) whose: Vec<Whose>,
    pub(super) draws: Vec<Draw>,
}

/// Who holds a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// The receipt's own contact.
    Own,
    /// Another contact.
    Other(Owner),
    /// Nobody yet: the sale at this position is unclaimed.
    Unclaimed(usize),
}

/// The lines of one part.
struct Group {
    holder: Holder,
    rate: Option<Rate>,
    lines: Vec<usize>,
}

impl Decided<'_> {
    pub(super) fn part(&self, figures: &mut Figures<'_>, known: &Known<'_>) -> Parted {
        let groups = self.groups(known);
        if groups.is_empty() {
            let detail = "it holds nothing that Engage is told of, so nothing is sent";
            figures.disagree("nothingForEngage", &At::Root.field("lines"), detail.to_owned());
        }
        let whose = groups.iter().map(|group| self.whose(group)).collect();
        let rate = groups.first().map_or(self.rate, |group| group.rate);
        let all = (0..self.lines.len()).map(|position| self.settled(position));
        let (taxes, parts) = match &groups[..] {
            [group] if group.lines.len() == self.lines.len() => {
                let tills = !self.vouchers && !self.receipt.lines.iter().any(|line| line.back);
                let rows = if tills && !self.receipt.taxes.is_empty() {
                    taxes::by_till(figures, self.receipt, all)
                } else {
                    taxes::by_rate(all)
                };
                (rows, Parts::Whole)
            }
            groups => (taxes::by_rate(all), Parts::Of(self.money(groups))),
        };
        Parted { parts, rate, taxes, whose, draws: self.draws(&groups) }
    }

    /// The lines that Engage is told of, by holder and rate; those of the receipt's own goods first.
    fn groups(&self, known: &Known<'_>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let merchandise = (0..self.lines.len()).filter(|&position| self.settled(position).is_merchandise());
        for position in merchandise {
            let origin = &self.origins[position];
            let rate = origin.sale_of_rate().map_or(self.rate, |sale| known.sales[sale].rate);
            let holder = origin.sale().map_or(Holder::Own, |sale| match known.sales[sale].owner {
                Some(owner) if known.owner == Some(owner) => Holder::Own,
                Some(owner) => Holder::Other(owner),
                None => Holder::Unclaimed(sale),
            });
            let value = rate.map(Rate::value);
            let same = |group: &&mut Group| group.holder == holder && group.rate.map(Rate::value) == value;
            match groups.iter_mut().find(same) {
                Some(group) => group.lines.push(position),
                None => groups.push(Group { holder, rate, lines: vec![position] }),
            }
        }
        let is_own =
            |group: &Group| group.lines.iter().any(|&line| matches!(self.origins[line], Origin::Own));
        groups.sort_by_key(|group| !is_own(group));
        groups
    }

    fn whose(&self, group: &Group) -> Whose {
        let sale = || group.lines.iter().find_map(|&line| self.origins[line].sale());
        match group.holder {
            Holder::Own => Whose::Own,
            Holder::Unclaimed(sale) => Whose::Sale(sale),
            Holder::Other(_) => sale().map_or(Whose::Own, Whose::Sale),
        }
    }

    fn money(&self, groups: &[Group]) -> Vec<PartMoney> {
        let is_sent =
            |position: usize| groups.iter().any(|group| group.lines.binary_search(&position).is_ok());
        let kept_out = sum_of(self.receipt, self.lines, |position| !is_sent(position));
        let mut till = Some(lowered(&self.tender.payments, kept_out));
        let several = groups.len() > 1;
        let part = |(index, group): (usize, &Group)| {
            let sum = sum_of(self.receipt, self.lines, |line| group.lines.binary_search(&line).is_ok());
            let total = if index == 0 { sum + self.tender.unexplained } else { sum };
            let mut payments = till.take().unwrap_or_default();
            let open = total - payments.iter().map(|payment| payment.amount).sum();
            if several && !open.is_zero() {
                payments.push(PaymentMoney { by: PaidBy::Made(Made::Exchange), amount: open });
                payments.retain(|payment| !payment.amount.is_zero());
            }
            if payments.is_empty() {
                payments.push(PaymentMoney { by: PaidBy::Made(Made::Other), amount: Amount::ZERO });
            }
            let lines = group.lines.iter().map(|&line| self.settled(line));
            let taxes = taxes::by_rate(lines);
            PartMoney { rate: group.rate, total, lines: group.lines.clone(), payments, taxes }
        };
        groups.iter().enumerate().map(part).collect()
    }

    /// What each part draws on each sale. What goes by the till's price takes nothing, and is bound to its sale all the
    /// same: it has that one's contact, so it follows it, and is claimed with it.
    fn draws(&self, groups: &[Group]) -> Vec<Draw> {
        let mut draws: Vec<(usize, usize, Vec<DrawnLine>)> = Vec::new();
        for (part, group) in groups.iter().enumerate() {
            for &line in &group.lines {
                let (sale, taken) = match &self.origins[line] {
                    Origin::Own => continue,
                    Origin::Priced { sale, .. } => (*sale, None),
                    Origin::Drawn(drawing) => (drawing.sale, Some(drawing.line.clone())),
                };
                match draws.iter_mut().find(|(of, on, _)| (*of, *on) == (part, sale)) {
                    Some((.., lines)) => lines.extend(taken),
                    None => draws.push((part, sale, taken.into_iter().collect())),
                }
            }
        }
        draws.into_iter().map(|(part, sale, lines)| Draw { part, sale, drawn: Drawn::new(lines) }).collect()
    }

    fn settled(&self, position: usize) -> SettledLine<'_> {
        SettledLine::of(self.receipt, &self.receipt.lines[position], &self.lines[position])
    }
}

/// The payments less what was paid for what Engage isn't told of: the largest first, then the next; what they
/// can't bear is put on the largest.
fn lowered(payments: &[PaymentMoney], by: Amount) -> Vec<PaymentMoney> {
    let mut payments = payments.to_vec();
    let mut order: Vec<usize> = (0..payments.len()).collect();
    order.sort_by_key(|&row| Reverse(payments[row].amount.abs()));
    let mut rest = by;
    for &row in &order {
        let amount = payments[row].amount;
        if amount.is_negative() == rest.is_negative() {
            let taken = if amount.abs() < rest.abs() { amount } else { rest };
            payments[row].amount = amount - taken;
            rest = rest - taken;
        }
    }
    if let Some(&largest) = order.first() {
        payments[largest].amount = payments[largest].amount - rest;
    }
    if payments.iter().any(|payment| !payment.amount.is_zero()) {
        payments.retain(|payment| !payment.amount.is_zero());
    } else {
        payments.truncate(1);
    }
    payments
}

#[cfg(test)]
mod tests;
