//! Points given and taken, one by one: what is sent to give some, and what is read of those that were.

use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::serde::arbitrary_precision as exact;
use serde::{Serialize, Serializer};

use super::{Mismatch, Object, Text};

/// Points given to a contact or taken from it (facts P-43, P-75).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointTransaction {
    /// Its id.
    pub id: Text,
    /// The account that it is of.
    pub account_id: Option<Text>,
    /// Why, for people.
    pub description: Option<Text>,
    /// What made it, such as `Purchase`.
    pub source: Option<Text>,
    /// How many points.
    pub amount: Decimal,
    /// `Addition`, `Deduction`, `Expiry` or `Cancellation`.
    pub kind: Option<Text>,
    /// When it was made.
    pub made_on: Option<Text>,
    /// From when on its points count.
    pub valid_from: Option<Text>,
    /// Until when.
    pub valid_to: Option<Text>,
}

/// Points to give or take (fact P-76).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPointTransaction {
    /// The account.
    pub account_id: Text,
    /// An id of the sender's making.
    pub transaction_id: Text,
    /// Whether they are given or taken.
    pub transaction_type: GivenOrTaken,
    /// How many; above zero.
    #[serde(with = "exact")]
    pub amount: Decimal,
    /// Why, for people.
    pub description: Text,
    /// What makes it, such as `Manual`.
    pub source: Text,
    /// When it is made.
    #[serde(serialize_with = "instant")]
    pub transaction_date: Timestamp,
    /// From when on they count.
    #[serde(serialize_with = "instant")]
    pub valid_from: Timestamp,
}

/// Whether points are given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum GivenOrTaken {
    /// Given.
    Addition,
    /// Taken.
    Deduction,
}

fn instant<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}

impl PointTransaction {
    pub(crate) fn read(object: &Object<'_>) -> Result<PointTransaction, Mismatch> {
        let amount = object.decimal("amount")?;
        Ok(PointTransaction {
            id: object.required("id")?,
            account_id: object.key("accountId")?,
            description: object.text("description"),
            source: object.text("source"),
            amount: amount.ok_or(Mismatch { member: "amount", expected: "there" })?,
            kind: object.text("type"),
            made_on: object.text("transactionDate"),
            valid_from: object.text("validFrom"),
            valid_to: object.text("validTo"),
        })
    }
}
