//! Orders of version 2: each says everything again, is stored nowhere, and triggers whatever waits for its status
//! (fact O-63).

use rust_decimal::Decimal;
use rust_decimal::serde::{arbitrary_precision as exact, arbitrary_precision_option as exact_option};
use serde::Serialize;

use super::{CreatedDate, Discount, ItemKind, MatchContact, OwnData, Payment, TaxDetail, Text};

/// An order to announce (facts O-64, O-65). Signs are those of receipts (facts R-59, O-70).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// Whose it is.
    pub contact: MatchContact,
    /// The order's number, unique.
    pub order_number: Text,
    /// How far it is; one of the words that are set up in the tenant (fact O-67).
    pub order_status: Text,
    /// How far its payment is; one of the words that are set up in the tenant (fact O-67).
    pub payment_status: Text,
    /// When it was placed, in the shop's time.
    pub created_date: CreatedDate,
    /// When its status changed, in the shop's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_changed_date: Option<CreatedDate>,
    /// When it is sent, in the shop's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_date: Option<CreatedDate>,
    /// The store (fact O-25).
    pub store_id: Text,
    /// ISO 4217 code.
    pub currency: Text,
    /// Multiplier from local to group amount (fact R-47).
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub exchange_rate_to_group_currency: Option<Decimal>,
    /// In which language the customer is written to, such as `sv-SE`; one page demands it (fact O-64).
    pub language: Text,
    /// What it sums to, VAT and fees included.
    #[serde(with = "exact")]
    pub total_gross_price: Decimal,
    /// VAT within it, that of fees included.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub total_tax: Option<Decimal>,
    /// VAT by rate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tax_details: Vec<TaxDetail>,
    /// How it was paid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payment_methods: Vec<Payment>,
    /// Its lines.
    pub items: Vec<AnnouncedItem>,
    /// Freight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freight_fee: Option<AnnouncedFee>,
    /// Handling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling_fee: Option<AnnouncedFee>,
    /// What the total was rounded by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_round_off: Option<AnnouncedFee>,
    /// Data of the sender's own (fact O-68).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<OwnData>,
}

/// A line of an order of version 2 (fact O-66).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedItem {
    /// Purchase or return.
    #[serde(rename = "type")]
    pub kind: ItemKind,
    /// The most precise designation of the article.
    pub sku: Text,
    /// The article's name.
    pub description: Text,
    /// How much of it; negative on a return line (fact R-59).
    #[serde(with = "exact")]
    pub quantity: Decimal,
    /// For the whole line, VAT included, after every discount; positive on a return too.
    #[serde(with = "exact")]
    pub gross_paid_price: Decimal,
    /// VAT within it, positive on a return too (fact R-59).
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<Decimal>,
    /// Rate of VAT.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<Decimal>,
    /// Discounts that are already taken off the price, negative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<Text>,
    /// Address of the article's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_url: Option<Text>,
    /// Data of the sender's own (fact O-68).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<OwnData>,
}

/// A fee of an order of version 2 (fact O-65).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnnouncedFee {
    /// The fee, VAT included.
    #[serde(with = "exact")]
    pub value: Decimal,
    /// VAT within it.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax: Option<Decimal>,
    /// Rate of VAT.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<Decimal>,
}
