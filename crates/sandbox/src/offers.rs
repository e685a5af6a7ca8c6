//! What was done with offers, deed by deed: so that whoever tests a client can count what its calls brought about.
//!
//! A deed stands here when it happened, not when it was asked for: a second redemption that was refused does not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::history::By;
use crate::promotions::ChannelKind;

/// Something that was done with an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferChange {
    /// When, in world time.
    pub at: Timestamp,
    /// Whose offer it is.
    pub contact: Uuid,
    /// Who did it.
    pub by: By,
    /// What was done.
    pub deed: Deed,
    /// With which offer.
    pub offer: Offer,
}

/// What was done with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deed {
    /// A promotion was given to the contact.
    Assigned,
    /// It was used.
    Redeemed,
    /// A used voucher can be used again.
    Reactivated,
    /// An assignment was taken away.
    Deleted,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Offer {
    /// A promotion that was given to a contact.
    Assignment {
        /// The assignment's id.
        id: Uuid,
        /// Of which promotion.
        promotion: Uuid,
        /// Where it was used.
        channel: Option<ChannelKind>,
    },
    /// A voucher.
    Voucher {
        /// Its id.
        id: Uuid,
        /// Its number.
        number: String,
    },
}

impl Offer {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Offer::Assignment { id, .. } | Offer::Voucher { id, .. } => *id,
        }
    }
}
