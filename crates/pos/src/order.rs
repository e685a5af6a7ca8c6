//! An order as a till or a web shop sends it: what was ordered, how it stands, where it goes.
//!
//! What an order says of lines, discounts, payments and tax is read and settled as on a receipt, by the same code:
//! [`Order::receipt`] and [`SettledOrder::receipt`] are that part of it. Here is what is an order's own.
//!
//! Invariants: as of receipts; free data goes on exactly as it came; an address that somebody follows is one of the
//! web. Unlike a finished sale an order may be refused, so what can't be read is a fault wherever leaving it out would
//! tell something else.
//!
//! An order draws on no sale, uses no offer and needs no rate to the group currency: the receipt does all that.

mod parse;
mod settle;

use serde_json::{Map, Value};

pub use self::parse::{known_fields, parse};
pub use self::settle::{OrderSettlement, SettledOrder, Settling, settle};
use crate::receipt::{Finding, Receipt, When};

/// The most other orders that an order may refer to.
pub const REFERENCES_MAX: usize = 100;

/// The longest address of a page or a picture, in characters.
pub const URL_CHARS_MAX: usize = 2_000;

/// What came of reading a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// The order, when no fault was found.
    pub order: Option<Order<'a>>,
    /// The store, whatever else is wrong.
    pub store: Option<&'a str>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// What could be read of an order that has faults, so that the rest is judged too.
    broken: Option<Order<'a>>,
}

/// An order, read and complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Order<'a> {
    /// How far it has come.
    pub status: OrderStatus,
    /// How far it has come in the words of the system that keeps it.
    pub external_status: Option<&'a str>,
    /// The ids of other orders that belong to it: of a return, what it returns.
    pub references: Vec<&'a str>,
    /// Where it was placed, such as `web`.
    pub channel: Option<&'a str>,
    /// When it was last changed.
    pub changed_at: Option<When>,
    /// How it reaches the customer.
    pub delivery: OrderDelivery<'a>,
    /// Who pays.
    pub billing_address: Option<Address<'a>>,
    /// Where it goes.
    pub shipping_address: Option<Address<'a>>,
    /// Whatever else templates and segments need, as it was sent.
    pub data: Option<&'a Map<String, Value>>,
    receipt: Receipt<'a>,
    lines: Vec<OrderLine<'a>>,
}

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OrderStatus {
    /// Placed, and not done.
    #[default]
    InProgress,
    /// Done.
    Completed,
    /// Called off.
    Cancelled,
}

/// How an order reaches the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderDelivery<'a> {
    /// The way, such as `parcel` or `inStore`.
    pub method: Option<&'a str>,
    /// What the carrier knows it by.
    pub tracking_number: Option<&'a str>,
    /// Where the customer sees how far it is.
    pub tracking_url: Option<&'a str>,
    /// When it comes.
    pub delivery_date: Option<When>,
}

/// Where somebody lives.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Address<'a> {
    /// How the customer is addressed.
    pub title: Option<&'a str>,
    /// The first name.
    pub first_name: Option<&'a str>,
    /// The last name.
    pub last_name: Option<&'a str>,
    /// Street and number.
    pub street: Option<&'a str>,
    /// What doesn't fit into the first line.
    pub street2: Option<&'a str>,
    /// The postal code.
    pub zip_code: Option<&'a str>,
    /// The town.
    pub city: Option<&'a str>,
    /// The country, by its code or name.
    pub country: Option<&'a str>,
}

/// Shows nothing of it: an address is personal data.
impl std::fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

/// What a line of an order says beyond one of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderLine<'a> {
    /// A picture of the article.
    pub image_url: Option<&'a str>,
    /// The article's page.
    pub target_url: Option<&'a str>,
    /// Whatever else a template needs of it, as it was sent.
    pub extra_data: Option<&'a Map<String, Value>>,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::InProgress, Self::Completed, Self::Cancelled];

    /// What a till calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "inProgress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl<'a> Order<'a> {
    /// The order as far as it says what a receipt says: store, contact, lines, discounts, payments and tax.
    #[must_use]
    pub fn receipt(&self) -> &Receipt<'a> {
        &self.receipt
    }

    /// What each line says beyond one of a receipt, in the order of the lines.
    #[must_use]
    pub fn lines(&self) -> &[OrderLine<'a>] {
        &self.lines
    }
}
