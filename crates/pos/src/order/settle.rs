//! Settling an order: its money by the rules of receipts, and its times.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::{Order, OrderLine, Reading};
use crate::identifier::Identifier;
use crate::rates::Rates;
use crate::receipt::{
    At, Finding, Findings, Known, Mismatch, Moment, Read, SettledReceipt, Settlement, When, in_zone_of,
    settle_read,
};
use crate::store::Store;

/// What settling finds of a receipt that is nothing to say of an order: it may be unpaid or paid in part, and what is no
/// merchandise is in it too.
const NOT_OF_ORDERS: [&str; 3] = ["paymentsMissing", "paymentsDiffer", "nothingForEngage"];

/// What is frozen of an order when it is accepted; [`Settlement`] says its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSettlement {
    /// Its money, and when it was placed. No rate and no parts are decided: an order has none.
    pub money: Settlement,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Moment>,
    /// When it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_date: Option<Moment>,
}

/// What came of settling an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Settling {
    /// What is frozen, when all of it could be decided.
    pub settlement: Option<OrderSettlement>,
    /// The contact's identifiers, normalised, the most exact first; not part of what is frozen.
    pub identifiers: Vec<Identifier>,
    /// Everything that is wrong, beyond what was found in reading.
    pub findings: Vec<Finding>,
}

/// An order and what is frozen of it, known to belong together.
#[derive(Debug, Clone, Copy)]
pub struct SettledOrder<'r> {
    order: &'r Order<'r>,
    settlement: &'r OrderSettlement,
    receipt: SettledReceipt<'r>,
}

/// Decides everything about an order's money and times, once.
#[must_use]
pub fn settle(reading: &Reading<'_>, store: Option<&Store>) -> Settling {
    let order = reading.order.as_ref().or(reading.broken.as_ref());
    let rates = Rates::default();
    let known = Known { store, rates: &rates, owner: None, sales: &[] };
    let read = Read {
        legible: order.map(Order::receipt),
        complete: reading.order.is_some(),
        findings: &reading.findings,
    };
    let settled = settle_read(&read, &known);
    let mut findings = settled.findings;
    findings.retain(|finding| !NOT_OF_ORDERS.contains(&finding.code));
    let settlement = settled.settlement.zip(order).map(|(money, order)| {
        let mut times = Times { placed: money.created_at, store, findings: Findings::default() };
        let changed_at = order.changed_at.map(|when| times.read(&At::Root.field("changedAt"), when));
        let delivery_date = order.delivery.delivery_date.map(|when| times.read_silently(when));
        findings.extend(times.findings.finish());
        OrderSettlement { money, changed_at, delivery_date }
    });
    Settling { settlement, identifiers: settled.identifiers, findings }
}

/// Reads times without an offset.
struct Times<'s> {
    placed: Moment,
    store: Option<&'s Store>,
    findings: Findings,
}

impl Times<'_> {
    fn read(&mut self, at: &At<'_>, when: When) -> Moment {
        let local = match when {
            When::Exact(moment) => return moment,
            When::Local(local) => local,
        };
        let in_zone = self.store.and_then(|store| in_zone_of(&mut self.findings, at, local, store));
        in_zone.unwrap_or_else(|| self.beside_its_placing(local))
    }

    /// The same of what is a day rather than a time, where the offset is no matter worth a word.
    fn read_silently(&self, when: When) -> Moment {
        let local = match when {
            When::Exact(moment) => return moment,
            When::Local(local) => local,
        };
        let in_zone = self.store.and_then(|store| Moment::in_zone(local, &store.time_zone).ok());
        in_zone.map_or_else(|| self.beside_its_placing(local), |(moment, _)| moment)
    }

    /// What it was by the clock that the order was placed by, where the store's isn't known.
    fn beside_its_placing(&self, local: DateTime) -> Moment {
        Moment::at_offset(local, self.placed.offset()).unwrap_or(self.placed)
    }
}

impl<'r> SettledOrder<'r> {
    /// Puts the two together.
    ///
    /// # Errors
    /// [`Mismatch`] when the settlement can't be of this order.
    pub fn new(order: &'r Order<'r>, settlement: &'r OrderSettlement) -> Result<Self, Mismatch> {
        let receipt = SettledReceipt::new(&order.receipt, &settlement.money)?;
        Ok(Self { order, settlement, receipt })
    }

    /// The order.
    #[must_use]
    pub fn order(&self) -> &'r Order<'r> {
        self.order
    }

    /// What is frozen of it.
    #[must_use]
    pub fn settlement(&self) -> &'r OrderSettlement {
        self.settlement
    }

    /// Its lines, discounts, payments and tax, as a receipt has them.
    #[must_use]
    pub fn receipt(&self) -> SettledReceipt<'r> {
        self.receipt
    }

    /// What the line at this position says beyond one of a receipt.
    #[must_use]
    pub fn line(&self, position: usize) -> OrderLine<'r> {
        self.order.lines.get(position).copied().unwrap_or_default()
    }
}
