//! Engage's data as Rust types. Field names of the wire stand in this folder and nowhere else.
//!
//! Types that are sent (`NewContact`, `ContactPatch`, `Receipt`, `NewDefinition`, `NewPointTransaction` and
//! their parts) are closed: every value of them is valid JSON by the documents. Types that are received
//! (`Contact`, `PointAccount`, `PointTransaction`, `Voucher`, `Assignment`, `Definition`, `PurchaseSummary`,
//! `Transaction`, `Store`, `ConsentDefinition`) are open: what identifies a thing or counts it must be
//! readable, what merely describes it is absent where it can't be read.
//!
//! It doesn't validate: whether a phone number is one, or a total adds up, is for the caller.

mod attribute;
mod contact;
mod definition;
mod loyalty;
mod page;
mod patch;
mod points;
mod reader;
mod receipt;
mod store;
mod text;

pub use attribute::Attribute;
pub use contact::{Consent, Contact, Gender, NewConsent, NewContact, Preferences};
pub use definition::{
    AssignedValidity, ChannelKind, Definition, NewChannel, NewDefinition, NewValidity, NewValue,
    Presentation, Status, Unit, Until, Validity,
};
pub use loyalty::{
    Assignment, ChannelValue, Money, PointAccount, PurchaseSummary, RedemptionChannel, Spans, Voucher,
};
pub use page::Page;
pub use patch::ContactPatch;
pub use points::{GivenOrTaken, NewPointTransaction, PointTransaction};
pub use receipt::{
    Discount, Item, ItemKind, ListName, MatchContact, MatchKeyType, NameValue, NotAListName, Payment,
    Receipt, TaxDetail, Transaction, UsedOffers,
};
pub use store::{ConsentDefinition, Store};
pub use text::{ContactId, ContactType, CreatedDate, NotAnId, Text};

pub(crate) use contact::contact_id;
pub(crate) use reader::{Mismatch, Object, Shape};
pub(crate) use text::ContactIds;
