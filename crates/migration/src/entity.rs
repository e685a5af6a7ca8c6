//! What is migrated.

use serde::{Deserialize, Serialize};

/// A kind of record. The order of the variants is that in which Engage must get them: it ignores receipts of stores and
/// contacts that it doesn't know (fact M-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Entity {
    /// Shops.
    Stores,
    /// Customers.
    Contacts,
    /// Sales and returns.
    Receipts,
    /// Points that somebody earned or used, or a balance of them.
    Points,
    /// Reward vouchers.
    Vouchers,
}

impl Entity {
    /// Every kind, in the order of work.
    pub const ALL: [Self; 5] = [Self::Stores, Self::Contacts, Self::Receipts, Self::Points, Self::Vouchers];

    /// The word for it in files, options and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stores => "stores",
            Self::Contacts => "contacts",
            Self::Receipts => "receipts",
            Self::Points => "points",
            Self::Vouchers => "vouchers",
        }
    }
}
