//! Amounts as JSON writes them: numbers with all their places.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An amount in a currency (fact P-14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Money {
    /// The amount.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
    /// The currency's code.
    pub currency: String,
}

/// A figure above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Figure", into = "Figure")]
pub struct Positive(Decimal);

/// A decimal as JSON has it.
#[derive(Serialize, Deserialize)]
struct Figure(#[serde(with = "rust_decimal::serde::arbitrary_precision")] Decimal);

impl Positive {
    /// The figure, if it is above zero.
    #[must_use]
    pub fn new(figure: Decimal) -> Option<Positive> {
        (figure > Decimal::ZERO).then_some(Positive(figure))
    }

    /// As a decimal.
    #[must_use]
    pub fn get(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Figure> for Positive {
    type Error = String;

    fn try_from(figure: Figure) -> Result<Positive, String> {
        Positive::new(figure.0).ok_or_else(|| format!("{} is not above zero", figure.0))
    }
}

impl From<Positive> for Figure {
    fn from(figure: Positive) -> Figure {
        Figure(figure.0)
    }
}

/// A decimal as a JSON number with all its places.
pub(crate) fn number(amount: Decimal) -> Value {
    amount.to_string().parse().map_or(Value::Null, Value::Number)
}
