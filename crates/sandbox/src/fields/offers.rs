//! The tables of bodies about promotions.

use super::{Field, Kind, may, must};

/// A promotion to be created, or what a draft becomes.
pub(crate) const PROMOTION: &[Field] = &[
    may("externalId", Kind::Text, "P-62"),
    must("name", Kind::Text, "P-62"),
    may("validity", Kind::Object(VALIDITY), "P-62"),
    may("presentation", Kind::Object(PRESENTATION), "P-62"),
    may("redemptionChannels", Kind::Rows(CHANNEL), "P-22"),
];

/// The days of a promotion.
pub(crate) const VALIDITY: &[Field] = &[
    must("startDate", Kind::Day, "P-62"),
    may("endDate", Kind::Day, "P-62"),
    may(
        "assignedValidity",
        Kind::Object(&[
            must("unit", Kind::Word(&["Days", "Months"]), "P-62"),
            must("amount", Kind::Whole, "P-62"),
        ]),
        "P-62",
    ),
];

const PRESENTATION: &[Field] = &[
    may("heading", Kind::Text, "P-62"),
    may("description", Kind::Text, "P-62"),
    may("link", Kind::Text, "P-62"),
];

const CHANNEL: &[Field] = &[
    must("type", Kind::Word(CHANNEL_TYPES), "P-22"),
    must("valueType", Kind::Word(&["PERCENT", "MONEY", "EXTERNALOFFER", "MANUAL", "SWIPE"]), "P-22"),
    must("value", Kind::Text, "P-23"),
    may("localValues", Kind::Rows(MONEY), "P-22"),
    may("instruction", Kind::Text, "P-22"),
];

const CHANNEL_TYPES: &[&str] = &["POS", "ECOM", "OTHER"];
const MONEY: &[Field] = &[must("amount", Kind::Decimal, "P-14"), must("currency", Kind::Text, "P-14")];

/// A promotion to be assigned.
pub(crate) const ASSIGNMENT: &[Field] =
    &[must("contactId", Kind::Text, "P-50"), must("promotionId", Kind::Text, "P-50")];

/// An assignment to be used.
pub(crate) const REDEMPTION: &[Field] = &[must("redemptionChannel", Kind::Word(CHANNEL_TYPES), "P-55")];
