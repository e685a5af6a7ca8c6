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

/// A decimal as a JSON number with all its places.
pub(crate) fn number(amount: Decimal) -> Value {
    amount.to_string().parse().map_or(Value::Null, Value::Number)
}
