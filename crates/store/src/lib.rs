//! Everything durable: what tills said, the calls that are owed for it, who is who, and what was last seen of them.
//!
//! One directory holds one SQLite file with one writer. What is written is one of a closed set of [`Command`]s, each
//! decided inside the writer against all that was decided before it; a group of them is one transaction and one sync.
//! Reading has connections of its own and never blocks writing.
//!
//! Invariants: an answer is released only after its commit was synced; an attempt is on disk before its call, so a
//! delivery found in flight when the file is opened is of unknown outcome; a delivery is never removed, and nothing
//! but an operator gives it up, unless its contact is forgotten; a contact's public id is valid for ever; the same
//! document is filed once; an offer has one live use at most, and a receipt always wins over a hold; of who was forgotten
//! nothing can be read any longer, and nothing brings them back.
//!
//! This crate doesn't know what a body means, never reads a clock, draws no chance, and makes no call.

mod checkout;
mod columns;
mod command;
mod database;
mod error;
mod forgotten;
mod keys;
mod lifecycle;
mod offer;
mod operator;
mod reader;
mod rows;
mod schema;
mod seal;
mod store;
mod subject;
mod with;
mod writer;

pub use checkout::{CheckoutRow, CheckoutState, Held, Hold, HoldOffer, Release, Released};
pub use command::{
    Accept, Accepted, Begin, Begun, Bind, Command, Condense, Condensed, Confirm, Done, Expects, Filed,
    Forget, Forgotten, IssueToken, Keep, NewDelivery, OnConflict, Outcome, Quarantine, Remember, RevokeToken,
    Role, Settle, Settled, Sight, Start, Sweep, TokenVerdict, Verdict,
};
pub use database::{Database, FILE, Limits, Options};
pub use error::Error;
pub use forgotten::FILE as FORGOTTEN_FILE;
pub use keys::Keys;
pub use offer::{Exposure, ExposureRow, HeldBy, OfferOrigin, OfferRow, UsedBy};
pub use operator::{Behind, Discard, Operated, Replace, Retry};
pub use reader::Reader;
pub use rows::{
    Alias, AlongRow, ContactKey, ContactState, ContentHash, Count, DeliveryFilter, DeliveryId, DeliveryRow,
    DeliveryState, DocumentId, DocumentRow, DrawnRow, Due, DuePage, Expired, FindContact, HeldAbout,
    HeldCheckout, HeldDocument, HistoryRow, KnownContact, Leader, Note, OpenChange, ParseIdError, PartRow,
    QuarantineRow, SaleRow, TokenHash, TokenRow, Unconfirmed, UnconfirmedContact, VoidRow,
};
pub use store::Store;
pub use subject::{About, AboutRow, Subject, Way};
pub use with::{Along, Claim, Draw, Part, Seen, Standing, Void, With};
