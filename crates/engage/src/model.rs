//! Engage's data as Rust types. Field names of the wire stand in this folder and nowhere else.
//!
//! Types that are sent (`NewContact`, `Receipt` and their parts) are closed: every value of them is
//! valid JSON by the documents. Types that are received (`Contact`, `Transaction`, `Store`,
//! `ConsentDefinition`) are open: what identifies a thing must be readable, what merely describes it
//! is absent where it can't be read.
//!
//! It doesn't validate: whether a phone number is one, or a total adds up, is for the caller.

mod contact;
mod reader;
mod receipt;
mod store;
mod text;

pub use contact::{Consent, Contact, Gender, NewConsent, NewContact, Preferences};
pub use receipt::{
    Discount, Item, ItemKind, MatchContact, MatchKeyType, NameValue, Page, Payment, Receipt, TaxDetail,
    Transaction, UsedBonusCheck, UsedPromotion,
};
pub use store::{ConsentDefinition, Store};
pub use text::{ContactId, ContactType, CreatedDate, NotAnId, Text};

pub(crate) use contact::contact_id;
pub(crate) use reader::{Mismatch, Object, Shape};
