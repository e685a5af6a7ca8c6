//! What one receipt takes back of one sale, as it is stored.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::Amount;

/// The version of the stored form that this release writes and reads.
const VERSION: u8 = 1;

/// What one receipt takes back of one sale: positions and figures, no texts and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    #[serde(rename = "v")]
    version: u8,
    #[serde(rename = "lines")]
    pub(in crate::receipt) lines: Vec<DrawnLine>,
}

/// What is taken of one line of the sale. Stored as a list, because there may be thousands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub(in crate::receipt) struct DrawnLine {
    /// The position of the line in the sale.
    pub(in crate::receipt) position: usize,
    pub(in crate::receipt) quantity: Decimal,
    pub(in crate::receipt) paid: Amount,
    pub(in crate::receipt) tax: Amount,
    /// What of each discount of that line, by its position; a share of nothing is left out.
    pub(in crate::receipt) shares: Vec<(usize, Amount)>,
}

type Row = (usize, Decimal, Amount, Amount, Vec<(usize, Amount)>);

impl Drawn {
    pub(in crate::receipt) fn new(lines: Vec<DrawnLine>) -> Self {
        Self { version: VERSION, lines }
    }

    /// Reads it back; `None` for a form of another version.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|drawn: &Self| drawn.version == VERSION)
    }

    /// The form that is stored.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("positions and figures always become JSON")
    }
}

impl From<DrawnLine> for Row {
    fn from(line: DrawnLine) -> Self {
        (line.position, line.quantity, line.paid, line.tax, line.shares)
    }
}

impl From<Row> for DrawnLine {
    fn from((position, quantity, paid, tax, shares): Row) -> Self {
        Self { position, quantity, paid, tax, shares }
    }
}
