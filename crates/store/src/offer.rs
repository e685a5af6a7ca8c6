//! Offers as they are read: who uses them, who holds them, and what they put at risk.
//!
//! An offer is a subject like others (see [`crate::About`]), that a document may use and a checkout may hold.

use jiff::Timestamp;

use crate::rows::{ContactKey, DeliveryState, DocumentId};

/// An offer, with its live use and its live hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRow {
    /// The caller's name for it.
    pub name: String,
    /// Its id in Engage, once a delivery about it learnt it.
    pub remote_id: Option<String>,
    /// What uses it.
    pub used_by: Option<UsedBy>,
    /// Who holds it.
    pub held_by: Option<HeldBy>,
}

/// The live use of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedBy {
    /// The document that uses it.
    pub document: DocumentId,
    /// That document's identity within its kind.
    pub key: String,
    /// The identity of the document that it came along with.
    pub leader_key: Option<String>,
    /// The store that said it.
    pub store: String,
}

/// The live hold on an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    /// The checkout.
    pub checkout: String,
    /// The store that wrote it last.
    pub store: String,
    /// Until when.
    pub until: Timestamp,
}

/// Where an offer came from that was made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferOrigin {
    /// Whose it is.
    pub contact: Option<ContactKey>,
    /// How the call stands that makes it in Engage, where one is owed.
    pub delivery: Option<DeliveryState>,
}

/// What using an offer risks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// What it is counted under, a word of the caller's.
    pub bucket: String,
    /// How much, in minor units.
    pub amount: i64,
}

/// What is at risk under one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureRow {
    /// The bucket.
    pub bucket: String,
    /// The sum of what is open: its deliveries are neither done nor discarded.
    pub open: i64,
    /// The sum of all that was not undone.
    pub all: i64,
    /// How many uses that is.
    pub count: u64,
}
