//! Checkouts: a basket that was priced, and the offers that it holds until it is paid, released, or its time is over.
//!
//! A hold keeps other checkouts away from an offer. It never stands in the way of a receipt.

use jiff::Timestamp;

use crate::offer::{Exposure, OfferRow};
use crate::rows::{Alias, ContactState};

/// Writes a checkout, new or changed, and holds exactly these offers for it. One that has expired may be written again.
#[derive(Debug, Clone, PartialEq)]
pub struct Hold {
    /// When.
    pub at: Timestamp,
    /// The checkout's identity.
    pub key: String,
    /// The external id of the store that writes it.
    pub store: String,
    /// The body as it was sent.
    pub body: Vec<u8>,
    /// What was decided about it, in a form of the caller's.
    pub frozen: Vec<u8>,
    /// The aliases of the contact it concerns; see [`crate::Accept::contact`].
    pub contact: Vec<Alias>,
    /// The public id for the contact if it is new to this database.
    pub new_contact_id: String,
    /// When its time is over.
    pub until: Timestamp,
    /// The offers it holds.
    pub offers: Vec<HoldOffer>,
}

/// An offer that a checkout holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldOffer {
    /// The caller's name for it, or its id in Engage; see [`OfferRow`].
    pub name: String,
    /// What it risks, counted while it is held.
    pub exposure: Option<Exposure>,
}

/// What became of a [`Hold`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Written; what it held before and doesn't name now is free again.
    Held,
    /// Nothing was written: these are used, or held by another live checkout.
    Taken(Vec<OfferRow>),
    /// Nothing was written: it was paid or released before.
    Ended(CheckoutState),
}

/// Ends a checkout that nobody pays; its offers are free again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a [`Release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// It has ended now; whether its time was over before makes no difference.
    Released,
    /// There is no such checkout.
    NotFound,
    /// It was paid or released before.
    Ended(CheckoutState),
}

/// Where a checkout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutState {
    /// It holds its offers.
    Open,
    /// A receipt paid it.
    Paid,
    /// It was given up.
    Released,
    /// Its time is over, and it may be written again.
    Expired,
}

/// A checkout as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckoutRow {
    /// Its identity.
    pub key: String,
    /// The store that wrote it last.
    pub store: String,
    /// When it was last written, or ended.
    pub at: Timestamp,
    /// When its time is over.
    pub until: Timestamp,
    /// Where it stands.
    pub state: CheckoutState,
    /// The body as it was sent; `None` once its contact was forgotten.
    pub body: Option<Vec<u8>>,
    /// What was decided about it; `None` once its contact was forgotten.
    pub frozen: Option<Vec<u8>>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// The identity of the document that paid it.
    pub paid_by: Option<String>,
}
