//! The lines of an imported receipt: what was sold or came back, what it was worth, and which purchases a return was
//! matched with (fact R-43).

use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::fields;

/// Decimal places of amounts in the group currency (fact R-51).
pub(crate) const GROUP_PLACES: u32 = 2;

/// A line of an imported receipt. Its place is that of the row in the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its id, by which points name it (fact P-43).
    pub id: Uuid,
    /// The article.
    pub sku: String,
    /// How many, as it was sent: below zero on a return.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub quantity: Decimal,
    /// What was paid for all of it or paid back, as it was sent, in the receipt's currency.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub paid: Decimal,
    /// The same in the group currency.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub group_paid: Decimal,
    /// The points that were booked for it; below zero they were taken.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub points: Decimal,
    /// What it is.
    pub what: LineKind,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LineKind {
    /// Something was sold.
    #[serde(rename_all = "camelCase")]
    Purchase {
        /// From when its points count; none were booked where nothing is said.
        points_from: Option<Timestamp>,
        /// What of it came back.
        returned: Portion,
        /// What extra-points promotions gave; it is among the line's points.
        #[serde(default)]
        extra: Vec<Extra>,
    },
    /// Something came back.
    #[serde(rename_all = "camelCase")]
    Return {
        /// The purchases it was matched with.
        matched: Vec<Matched>,
        /// What no purchase was found for.
        unmatched: Portion,
    },
    /// Nobody knows what it does (fact R-20): nothing, here.
    Adjustment,
}

impl LineKind {
    /// As a receipt names it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            LineKind::Purchase { .. } => "PURCHASE",
            LineKind::Return { .. } => "RETURN",
            LineKind::Adjustment => "ADJUSTMENT",
        }
    }
}

/// What an extra-points promotion gave for a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extra {
    /// The promotion's name.
    pub promotion: String,
    /// The points; below zero it took some.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub points: Decimal,
    /// What of them was taken back.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub returned: Decimal,
}

/// A part of a line. None of it is below zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portion {
    /// How many; a part of one where what was paid decides.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub quantity: Decimal,
    /// What was paid for it, in the line's currency.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub paid: Decimal,
    /// Its points.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub points: Decimal,
}

/// A part of a purchase that a return was matched with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matched {
    /// The number of the purchase's receipt.
    pub receipt: u64,
    /// The place of its line there, from 0.
    pub line: usize,
    /// How much of it; its points are those that the purchase gives up.
    pub portion: Portion,
}

/// What a line's row says that is not kept with the line.
pub(crate) struct Row<'a>(&'a Map<String, Value>);

impl Row<'_> {
    /// Whether it earns points; it does where nothing is said (fact R-33).
    pub(crate) fn awards_bonus(&self) -> bool {
        self.0.get("awardsBonus").and_then(Value::as_bool).unwrap_or(true)
    }

    pub(crate) fn article_number(&self) -> String {
        self.0.get("articleNumber").and_then(fields::text).unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }

    pub(crate) fn decimal(&self, name: &str) -> Decimal {
        self.0.get(name).and_then(fields::decimal).unwrap_or_default()
    }
}

/// The rows of a body's lines.
pub(crate) fn rows(body: &Value) -> impl Iterator<Item = Row<'_>> {
    let items = body.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Value::as_object).map(Row)
}

/// The lines of a body that was found complete, before anything is earned or matched.
pub(crate) fn read(body: &Value, rate: Decimal, id: impl Fn(usize) -> Uuid) -> Vec<Line> {
    let line = |(place, row): (usize, Row<'_>)| {
        let paid = row.decimal("grossPaidPrice");
        let kind = row.get("type");
        let what = match fields::word(&kind, &["PURCHASE", "RETURN"]) {
            Some("PURCHASE") => {
                LineKind::Purchase { points_from: None, returned: Portion::default(), extra: Vec::new() }
            }
            Some(_) => LineKind::Return { matched: Vec::new(), unmatched: Portion::default() },
            None => LineKind::Adjustment,
        };
        Line {
            id: id(place),
            sku: fields::text(&row.get("sku")).unwrap_or_default(),
            quantity: row.decimal("quantity"),
            paid,
            group_paid: in_group(paid, rate).unwrap_or_default(),
            points: Decimal::ZERO,
            what,
        }
    };
    rows(body).enumerate().map(line).collect()
}

/// An amount in the group currency (facts ); none where it is beyond counting.
pub(crate) fn in_group(amount: Decimal, rate: Decimal) -> Option<Decimal> {
    let amount = amount.checked_mul(rate)?;
    Some(amount.round_dp_with_strategy(GROUP_PLACES, RoundingStrategy::MidpointAwayFromZero))
}
