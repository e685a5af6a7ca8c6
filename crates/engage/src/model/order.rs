//! Orders as they are sent, with what Engage is told to do about them.
//!
//! The pages leave out how the innermost parts are called; each name that stands here on an assumption cites it
//! (facts O-21, O-32 to O-39, O-52). Amounts are written with the digits they have; signs and sums are the caller's
//! (facts O-34, O-35, O-38).

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::serde::{arbitrary_precision as exact, arbitrary_precision_option as exact_option};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{ContactId, CreatedDate, Discount, Payment, Text};

/// An order, wholly: what replaces one must say all of it (facts O-05, O-19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Its id, the sender's own (fact O-22).
    pub order_id: Text,
    /// Whose it is: by Engage's id, the only key that can't be ambiguous (facts C-01, O-24).
    #[serde(serialize_with = "by_id")]
    pub contact: ContactId,
    /// The store (facts O-25, O-57).
    pub external_store_id: Text,
    /// How far it is.
    pub status: OrderStatus,
    /// How far it is in the sender's own words (fact O-27).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_status: Option<Text>,
    /// Ids of other orders, such as that which this is a return of (fact O-29).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Text>,
    /// ISO 4217 code.
    pub currency_code: Text,
    /// Where it was placed, such as `POS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Text>,
    /// When it was placed, in the shop's time (fact O-28).
    pub created_at: CreatedDate,
    /// When it was last changed, in the shop's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_changed_at: Option<CreatedDate>,
    /// What it sums to, fees included (facts O-20, O-21, O-35).
    #[serde(with = "exact")]
    pub total_price: Decimal,
    /// Its lines.
    pub line_items: LineItems,
    /// What was paid; an order in progress may be unpaid (fact O-36).
    #[serde(skip_serializing_if = "Rows::is_empty")]
    pub payments: Rows<Payment>,
    /// What is neither bought nor returned, such as freight (fact O-37).
    #[serde(skip_serializing_if = "Rows::is_empty")]
    pub fees: Rows<Fee>,
    /// Discounts of the whole order, which the lines' prices contain already (fact O-38).
    #[serde(skip_serializing_if = "Rows::is_empty")]
    pub discounts: Rows<Discount>,
    /// How it reaches the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Whom the bill goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Where it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Data of the sender's own (fact O-39).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<OwnData>,
    /// What Engage does once this is stored (facts O-51, O-52). Sending such an order again does it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_action: Option<OrderAction>,
}

/// How far an order is (fact O-26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum OrderStatus {
    /// Placed, and not done.
    InProgress,
    /// Done.
    Completed,
    /// Called off.
    Cancelled,
}

/// An order's lines and what they sum to (facts O-33, O-34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItems {
    /// The lines.
    pub items: Vec<OrderItem>,
    /// Purchases less returns.
    #[serde(with = "exact")]
    pub sub_total: Decimal,
}

/// Rows of one kind and what they sum to (facts O-36 to O-38).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rows<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Their sum.
    #[serde(with = "exact")]
    pub total: Decimal,
}

impl<T> Rows<T> {
    /// No rows: they are left out of the order.
    #[must_use]
    pub fn none() -> Rows<T> {
        Rows { items: Vec::new(), total: Decimal::ZERO }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// A line of an order (facts O-33, O-34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderItem {
    /// Purchase or return.
    #[serde(rename = "type")]
    pub kind: OrderItemKind,
    /// The most precise designation of the article (fact R-22).
    pub sku: Text,
    /// The article's number, shared by its variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_number: Option<Text>,
    /// The article's name.
    pub name: Text,
    /// The article's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Text>,
    /// How much of it; negative on a return line.
    #[serde(with = "exact")]
    pub quantity: Decimal,
    /// What the quantity counts, where that isn't pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// What one costs, VAT included, before discounts.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub price_per_unit: Option<Decimal>,
    /// For the whole line, VAT included, after every discount; positive on a return too.
    #[serde(with = "exact")]
    pub total_price: Decimal,
    /// Rate of VAT.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<Decimal>,
    /// VAT within the line's price, positive on a return too.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<Decimal>,
    /// Discounts that are already taken off the price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<Text>,
    /// Address of the article's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_url: Option<Text>,
    /// Data of the sender's own (fact O-39).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<OwnData>,
}

/// The kinds of line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum OrderItemKind {
    /// Goods ordered.
    Purchase,
    /// Goods taken back.
    Return,
}

/// A fee of an order (fact O-37).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fee {
    /// What for, such as `shipping`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// Shown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// The fee, VAT included; negative when it is paid back.
    #[serde(with = "exact")]
    pub value: Decimal,
    /// Rate of VAT.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<Decimal>,
    /// VAT within it, with its sign.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<Decimal>,
}

/// How an order reaches the customer (fact O-31); what of it is changed, in a change (fact O-54).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// By which means, such as `InStore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Text>,
    /// By which number the carrier knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<Text>,
    /// Where it can be followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_uri: Option<Text>,
    /// When it arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_date: Option<CreatedDate>,
}

/// An address of an order (fact O-32).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Title, such as `Ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// First name.
    #[serde(rename = "firstname", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Text>,
    /// Last name.
    #[serde(rename = "lastname", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Text>,
    /// Street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<Text>,
    /// The rest of the street's line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street2: Option<Text>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<Text>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Text>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Text>,
}

/// What Engage is told to do with an order: the automations that wait for this action run (fact O-45).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderAction {
    /// The action, in words that were agreed upon with who set up the automation.
    pub action: Text,
    /// In which language, such as `sv-SE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Text>,
    /// Whatever the automation needs besides the order (fact O-46).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<OwnData>,
}

/// How an order's status is changed without saying the rest of it again (fact O-54).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange {
    /// To which status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    /// To which status in the sender's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_status: Option<Text>,
}

/// A JSON object that nobody here looks into: it is passed on with every member, and every number digit by digit.
/// It may be about a person, so `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OwnData(pub Map<String, Value>);

impl fmt::Debug for OwnData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnData({} members)", self.0.len())
    }
}

/// Spelt as the example spells its kinds of key, with a capital, unlike on receipts (fact O-24).
fn by_id<S: Serializer>(id: &ContactId, serializer: S) -> Result<S::Ok, S::Error> {
    let mut contact = serializer.serialize_struct("Contact", 2)?;
    contact.serialize_field("matchKey", id)?;
    contact.serialize_field("matchKeyType", "ContactId")?;
    contact.end()
}
