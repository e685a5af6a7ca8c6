//! Sales that come back: in parts, in other stores, later, at once, through restarts and kills, and what Engage is left
//! with. Everything goes through the front door, and is judged by what the sandbox has in the end.

mod ledger;
mod lessons;
mod parts;
mod random;
mod stand;

use serde_json::{Value, json};

pub use ledger::{Left, left};
pub use stand::earning;

/// A receipt of a store's; its lines are all that matters here.
pub fn receipt(store: &str, number: &str, at: &str, lines: Value) -> Value {
    json!({ "store": store, "receiptNumber": number, "createdAt": at, "currency": "SEK", "lines": lines })
}

/// A return line: so much of this line of this receipt, or all that is left of it.
pub fn back(receipt: &str, line: &str, quantity: Option<&str>) -> Value {
    let mut back = json!({ "kind": "return", "of": { "receipt": receipt, "line": line } });
    if let Some(quantity) = quantity {
        back["quantity"] = quantity.parse().expect("a number");
    }
    back
}
