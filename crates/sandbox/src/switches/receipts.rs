//! The words of the switches about receipts and what they earn.

use serde::{Deserialize, Serialize};

/// See [`Switches::offer_lists`](super::Switches::offer_lists).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OfferLists {
    /// `usedBonusChecks` of `checkNumber`, `usedPromotions` of `promotionId` and `couponId`.
    V2,
    /// `usedRewardVouchers` of `voucherNumber`, `usedPromotionAssignments` of `promotionId`: made up after the words
    /// that version 3 uses elsewhere.
    Renamed,
}

/// See [`Switches::receipts_redeem`](super::Switches::receipts_redeem).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptsRedeem {
    /// They are only told.
    No,
    /// Those that the contact may use are used.
    Yes,
}

/// See [`Switches::line_items`](super::Switches::line_items).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LineItems {
    /// They are listed.
    Listed,
    /// The list is empty.
    Empty,
}

/// See [`Switches::net_sums`](super::Switches::net_sums).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NetSums {
    /// After discounts: tax is in them.
    WithTax,
    /// Without tax.
    WithoutTax,
}

/// See [`Switches::points_from`](super::Switches::points_from).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointsFrom {
    /// What was paid, by its currency's factor.
    LocalPrice,
    /// What that is in the group currency, by that one's factor.
    GroupPrice,
}

/// See [`Switches::points_rounding`](super::Switches::points_rounding).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointsRounding {
    /// To four places.
    Exact,
    /// To whole points, halves up.
    Whole,
    /// To whole points, downwards.
    Down,
}

/// See [`Switches::points_earned_by`](super::Switches::points_earned_by).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EarnedBy {
    /// Only contacts of the tenant's first type, or of the type `Member`.
    Members,
    /// Contacts of every type.
    Everybody,
}

/// See [`Switches::return_matching`](super::Switches::return_matching).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReturnMatching {
    /// The last purchase first.
    NewestFirst,
    /// The first purchase first.
    OldestFirst,
    /// Purchases at the same price for one first, then the last first.
    SamePriceFirst,
    /// With none.
    Never,
}

/// See [`Switches::return_measure`](super::Switches::return_measure).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReturnMeasure {
    /// What was paid back.
    Paid,
    /// How many came back.
    Quantity,
}

/// See [`Switches::unmatched_return`](super::Switches::unmatched_return).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnmatchedReturn {
    /// What a purchase of that price would earn.
    Formula,
    /// Nothing.
    Nothing,
}

/// See [`Switches::point_debt`](super::Switches::point_debt).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointDebt {
    /// A balance may be below zero.
    Allowed,
    /// A return takes no more than there is.
    Never,
}
