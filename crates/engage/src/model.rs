//! Engage's data as Rust types. Field names of the wire stand in this folder and nowhere else.
//!
//! Types that are sent (`NewContact`, `ContactPatch`, `Receipt`, `Order`, `OrderAction`, `Announcement`, `FlatContact`,
//! `NewDefinition`, `NewPointTransaction` and their parts) are closed: every value of them is valid JSON by the
//! documents. Types that are received (`Contact`, `PointAccount`, `PointTransaction`, `Voucher`, `Assignment`,
//! `Definition`, `PurchaseSummary`, `Transaction`, `StoredOrder`, `Store`, `ConsentDefinition`) are open: what identifies a thing or counts it must be
//! readable, what merely describes it is absent where it can't be read.
//!
//! It doesn't validate: whether a phone number is one, or a total adds up, is for the caller.

mod announcement;
mod attribute;
mod bulk;
mod contact;
mod definition;
mod loyalty;
mod order;
mod page;
mod patch;
mod points;
mod reader;
mod receipt;
mod store;
mod stored_order;
mod text;

pub use announcement::{AnnouncedFee, AnnouncedItem, Announcement};
pub use attribute::Attribute;
pub use bulk::{BatchFault, BatchResult, BatchStatus, FlatContact, FlatValue};
pub use contact::{Consent, Contact, Gender, NewConsent, NewContact, Preferences};
pub use definition::{
    AssignedValidity, ChannelKind, Definition, NewChannel, NewDefinition, NewValidity, NewValue,
    Presentation, Status, Unit, Until, Validity,
};
pub use loyalty::{
    Assignment, ChannelValue, Money, PointAccount, PurchaseSummary, RedemptionChannel, Spans, Voucher,
};
pub use order::{
    Address, Delivery, Fee, LineItems, Order, OrderAction, OrderItem, OrderItemKind, OrderStatus, OwnData,
    Rows, StatusChange,
};
pub use page::Page;
pub use patch::ContactPatch;
pub use points::{GivenOrTaken, NewPointTransaction, PointTransaction};
pub use receipt::{
    Discount, Item, ItemKind, ListName, MatchContact, MatchKeyType, NameValue, NotAListName, Payment,
    Receipt, TaxDetail, Transaction, UsedOffers,
};
pub use store::{ConsentDefinition, Store};
pub use stored_order::{JobLink, OrderPage, PageLink, StoredOrder};
pub use text::{ContactId, ContactType, CreatedDate, NotAnId, Text};

pub(crate) use contact::contact_id;
pub(crate) use reader::{Mismatch, Object, Shape};
pub(crate) use stored_order::{leads_to_an_order, version_tag};
pub(crate) use text::ContactIds;
