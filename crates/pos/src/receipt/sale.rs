//! A sale that is known here, and what returns take of it.
//!
//! What a return takes is its cumulative share: of x = what was paid, its tax and each discount, after q of Q in
//! all, round(x·q/Q) less what earlier returns took; and whoever takes the last takes all that is left. So any
//! chain of returns nets to exactly zero, in whatever parts. A share is never below zero nor above what is left.
//!
//! A [`Drawn`] is what one receipt takes of one sale, for storing: figures and positions only, no texts. Which of
//! them still count is decided elsewhere: a voided return's are left out, and its goods can be returned again.

mod drawn;
mod offers;

use rust_decimal::Decimal;

pub use self::drawn::Drawn;
pub(super) use self::drawn::DrawnLine;
use self::offers::SaleOffer;
use super::settlement::Rate;
use super::{Kind, SettledReceipt};
use crate::money::{Amount, Currency, Percent};

/// Decimals of a quantity that is worked out from an amount.
const QUANTITY_DECIMALS: u32 = 6;

/// Whose receipt it is: the same for receipts of one contact. Opaque here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(pub u64);

/// What became of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts, or will.
    Good,
    /// It was voided: there is nothing to return.
    Voided,
    /// An operator gave its delivery up: Engage never hears of it, nor should it of its return.
    Discarded,
}

/// A sale that is known here, as far as its return needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sale {
    pub(super) id: String,
    pub(super) currency: Currency,
    pub(super) rate: Option<Rate>,
    pub(super) owner: Option<Owner>,
    pub(super) standing: Standing,
    pub(super) lines: Vec<SaleLine>,
    offers: Vec<SaleOffer>,
}

/// A line of a sale: what it was, and what is left of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SaleLine {
    /// Its position among the lines of its receipt.
    pub(super) position: usize,
    pub(super) id: Option<String>,
    pub(super) kind: Kind,
    pub(super) sku: String,
    pub(super) article_number: String,
    pub(super) name: String,
    pub(super) group: Option<String>,
    /// Whether it was measured, not counted, and in what.
    pub(super) unit: Option<Option<String>>,
    pub(super) percent: Percent,
    /// Where it had several taxes: their rates and what each came to.
    pub(super) taxes: Vec<(Percent, Amount)>,
    pub(super) awards_points: Option<bool>,
    /// What its discounts were called, in the order of the shares.
    pub(super) discounts: Vec<Called>,
    pub(super) whole: Holding,
    pub(super) left: Holding,
}

/// What a discount was called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Called {
    pub(super) kind: Option<String>,
    pub(super) description: Option<String>,
    pub(super) offer: Option<String>,
}

/// A quantity and the money of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Holding {
    pub(super) quantity: Decimal,
    pub(super) paid: Amount,
    pub(super) tax: Amount,
    pub(super) shares: Vec<Amount>,
}

/// How much of a line is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Portion {
    /// All that is left.
    Rest,
    /// So much.
    Quantity(Decimal),
    /// What so much was paid for.
    Worth(Amount),
}

impl Sale {
    /// A sale, from what was kept of its receipt, less what returns that count took of it already.
    #[must_use]
    pub fn of(
        id: &str,
        settled: &SettledReceipt<'_>,
        owner: Option<Owner>,
        standing: Standing,
        drawn: &[Drawn],
    ) -> Self {
        let lines = settled.lines().enumerate().filter(|(_, line)| !line.back);
        let mut lines: Vec<SaleLine> =
            lines.map(|(position, line)| SaleLine::of(position, &line, settled)).collect();
        drawn.iter().for_each(|drawn| lower(&mut lines, drawn));
        let settlement = settled.settlement();
        let offers = offers::of(settled, &lines);
        Self {
            id: id.to_owned(),
            currency: settlement.currency,
            rate: settlement.rate,
            owner,
            standing,
            lines,
            offers,
        }
    }

    /// The line that a return means, by its position in the list: the one that is named, else the first of that
    /// article with enough left, with something left, or at all.
    pub(super) fn find(
        &self,
        name: Option<&str>,
        sku: Option<&str>,
        wanted: Option<Decimal>,
    ) -> Option<usize> {
        let numbered = self.lines.iter().all(|line| line.id.is_none());
        let position = name.filter(|_| numbered).and_then(|name| name.parse::<usize>().ok());
        let is_meant = |line: &SaleLine| match (name, sku) {
            (Some(_), _) if numbered => position == Some(line.position + 1),
            (Some(name), _) => line.id.as_deref() == Some(name),
            (None, Some(sku)) => line.sku == sku,
            (None, None) => self.lines.len() == 1,
        };
        let meant: Vec<usize> = (0..self.lines.len()).filter(|&at| is_meant(&self.lines[at])).collect();
        let left = |at: usize| self.lines[at].left.quantity;
        let enough = meant.iter().find(|&&at| wanted.is_some_and(|wanted| left(at) >= wanted));
        let some = || meant.iter().find(|&&at| left(at) > Decimal::ZERO);
        enough.or_else(some).or(meant.first()).copied()
    }
}

/// Takes what was drawn off the lines of a sale, which stand in the order of their positions.
fn lower(lines: &mut [SaleLine], drawn: &Drawn) {
    for taken in &drawn.lines {
        if let Ok(at) = lines.binary_search_by_key(&taken.position, |line| line.position) {
            lines[at].left.lower(taken);
        }
    }
}

impl SaleLine {
    fn of(position: usize, line: &super::SettledLine<'_>, settled: &SettledReceipt<'_>) -> Self {
        let whole = Holding {
            quantity: line.measure.map_or_else(|| Decimal::from(line.pieces), |(amount, _)| amount),
            paid: line.paid,
            tax: line.tax,
            shares: line.discounts().map(|discount| discount.amount).collect(),
        };
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            position,
            id: text(settled.receipt().lines[position].id),
            kind: line.kind,
            sku: line.sku.to_owned(),
            article_number: line.article_number.to_owned(),
            name: line.name.to_owned(),
            group: text(line.group),
            unit: line.measure.map(|(_, unit)| text(unit)),
            percent: line.percent,
            taxes: line.several_taxes().map(|tax| (tax.percent, tax.amount)).collect(),
            awards_points: line.awards_points,
            discounts: line
                .discounts()
                .map(|row| Called {
                    kind: text(row.kind),
                    description: text(row.description),
                    offer: text(row.offer),
                })
                .collect(),
            left: whole.clone(),
            whole,
        }
    }

    /// What taking this portion takes; `None` when it is more than is left.
    pub(super) fn take(&self, portion: Portion) -> Option<Holding> {
        let (whole, left) = (&self.whole, &self.left);
        match portion {
            Portion::Quantity(quantity) if quantity > left.quantity => None,
            Portion::Worth(paid) if paid > left.paid => None,
            Portion::Quantity(quantity) if quantity < left.quantity => {
                let share = |whole: Amount, left: Amount| {
                    let until = whole.proportion(self.taken() + quantity, self.whole.quantity);
                    (until - (whole - left)).max(Amount::ZERO).min(left)
                };
                Some(Holding {
                    quantity,
                    paid: share(whole.paid, left.paid),
                    tax: share(whole.tax, left.tax),
                    shares: whole
                        .shares
                        .iter()
                        .zip(&left.shares)
                        .map(|(&of, &left)| share(of, left))
                        .collect(),
                })
            }
            Portion::Worth(paid) if paid < left.paid => {
                let of_paid = |amount: Amount| Decimal::from(amount.minor());
                let until = of_paid(whole.paid - left.paid + paid);
                let share = |of: Amount, left: Amount| {
                    let until = of.proportion(until, of_paid(whole.paid));
                    (until - (of - left)).max(Amount::ZERO).min(left)
                };
                let quantity = (whole.quantity * until / of_paid(whole.paid)).round_dp(QUANTITY_DECIMALS);
                Some(Holding {
                    quantity: (quantity - self.taken()).max(Decimal::ZERO).min(left.quantity),
                    paid,
                    tax: share(whole.tax, left.tax),
                    shares: whole
                        .shares
                        .iter()
                        .zip(&left.shares)
                        .map(|(&of, &left)| share(of, left))
                        .collect(),
                })
            }
            Portion::Rest | Portion::Quantity(_) | Portion::Worth(_) => Some(left.clone()),
        }
    }

    /// The tax of a return for which the till says that something else was paid: in proportion to that, so that
    /// it nets to zero once what was paid does.
    pub(super) fn tax_of(&self, paid: Amount) -> Amount {
        let (whole, left) = (&self.whole, &self.left);
        if paid >= left.paid {
            return left.tax;
        }
        let until = whole.tax.scaled(whole.paid - left.paid + paid, whole.paid);
        (until - (whole.tax - left.tax)).max(Amount::ZERO).min(left.tax)
    }

    /// How much was taken already.
    fn taken(&self) -> Decimal {
        self.whole.quantity - self.left.quantity
    }
}

impl Holding {
    /// Takes away what was taken; never below zero, whatever is stored.
    pub(super) fn lower(&mut self, taken: &DrawnLine) {
        let less = |amount: &mut Amount, taken: Amount| *amount = (*amount - taken).max(Amount::ZERO);
        self.quantity = (self.quantity - taken.quantity).max(Decimal::ZERO);
        less(&mut self.paid, taken.paid);
        less(&mut self.tax, taken.tax);
        for (row, amount) in &taken.shares {
            if let Some(share) = self.shares.get_mut(*row) {
                less(share, *amount);
            }
        }
    }

    /// What is stored of it, as taken from the line at this position.
    pub(super) fn drawn(&self, position: usize) -> DrawnLine {
        let shares = self.shares.iter().copied().enumerate().filter(|(_, amount)| !amount.is_zero());
        DrawnLine {
            position,
            quantity: self.quantity.normalize(),
            paid: self.paid,
            tax: self.tax,
            shares: shares.collect(),
        }
    }
}
