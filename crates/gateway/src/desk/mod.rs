//! The front desk: decides what becomes of what a till says. Pure: bytes and configuration in, a store command or a
//! refusal out.

mod checkout;
mod claim;
mod digital_receipt;
mod documents;
mod enrolment;
mod forget;
mod form;
mod identify;
mod known;
mod offers;
mod orders;
mod receipt;
mod returnable;
mod update;
mod void;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use pos::store::Store as Shop;
use store::{Alias, Keys};

use crate::frozen::{FrozenFinding, Who};
use crate::profile::Profile;
use crate::settings::Settings;

pub use self::checkout::{KnownBasket, Listed, OpenCheckout, Sight, TakenCheckout, WantedBasket};
pub use self::claim::{OpenClaim, follows, taken_of};
pub use self::digital_receipt::{ACTION, ORDER, order_subject};
pub use self::documents::NoDocument;
pub use self::enrolment::{TakenEnrolment, enrolment_fields};
pub use self::forget::{Forgetting, There, forget};
pub use self::identify::Identified;
pub use self::known::{Basis, KnownHere, found_by, lay, with_loyalty_of};
pub use self::offers::{
    ASSIGNMENT, ASSIGNMENT_FIELDS, KnownOffers, Link, NamedOffer, Paying, REACTIVATION, REDEMPTION, assign,
    exposure_bucket, exposure_parts, is_redeemed, welcome_word,
};
pub use self::orders::{ACTION_FIELDS, KnownOrder, ORDER_DELETION, TakenOrder};
pub use self::receipt::{Found, OpenReceipt, Owes, Taken, TakenReceipt, Wanted, is_training, paying};
pub use self::returnable::named_sales;
pub use self::update::{TakenUpdate, update_fields};
pub use self::void::VOID_FIELDS;

/// The kind of document that a receipt is.
pub const RECEIPT: &str = "receipt";
/// The kind of document that a sale from before the gateway is.
pub const RETURNABLE: &str = "returnable";
/// The kind of document that an enrolment is.
pub const ENROLMENT: &str = "enrolment";
/// The kind of document that an update of a contact is.
pub const UPDATE: &str = "update";
/// The kind of document that the wish to be forgotten is.
pub const ERASURE: &str = "erasure";
/// The kind of document that the voiding of a receipt is.
pub const VOID: &str = "void";
/// The kind of document that the claiming of a receipt is.
pub const CLAIM: &str = "claim";
/// The longest identity of a till's making, in bytes.
const ID_BYTES_MAX: usize = 200;

/// What a token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The token's name, for logs and history.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where.
    pub stores: Reach,
}

/// What a caller may do; each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sell.
    Till,
    /// See and mend what has not arrived.
    Operator,
    /// Hand out tokens.
    Administrator,
}

/// Which stores a caller speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All.
    All,
    /// These, by external id.
    Only(Vec<String>),
}

/// What a till said, and when. It has no `Debug`: its body may be about a person.
#[derive(Clone)]
pub struct Said<'a> {
    /// The identity of its making.
    pub id: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// Who said it.
    pub by: &'a Scope,
    /// When it came in.
    pub at: Timestamp,
    /// The public id for its contact, if that is new.
    pub new_contact_id: String,
}

/// Why something is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It can't be read at all.
    #[error("the body is not JSON ({0}); send JSON")]
    NotJson(String),
    /// It is JSON, but no object.
    #[error("the body is JSON but not an object; send an object")]
    NotAnObject,
    /// It names no store, and the token speaks for more than one.
    #[error("`store` is missing: name the store's external id, or use a token for one store")]
    StoreMissing,
    /// Its store is not the caller's.
    #[error(
        "this token doesn't speak for store `{0}`: use one of that store's, or have an administrator issue one"
    )]
    StoreNotAllowed(String),
    /// Its identity can't be one.
    #[error("the id must have 1 to 200 bytes and no control characters")]
    IdInvalid,
    /// It has faults, and was to be refused for them.
    #[error("it has faults; each is listed with its place under `errors`")]
    Faults(Vec<FrozenFinding>),
    /// The tenant asks for more than was given.
    #[error("the tenant's contact type asks for more; ask the customer for what is listed under `errors`")]
    NeedsMoreFields(Vec<FrozenFinding>),
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotJson(_) => "notJson",
            Refusal::NotAnObject => "notAnObject",
            Refusal::StoreMissing => "storeMissing",
            Refusal::StoreNotAllowed(_) => "storeNotAllowed",
            Refusal::IdInvalid => "idInvalid",
            Refusal::Faults(_) => "hasFaults",
            Refusal::NeedsMoreFields(_) => "needsMoreFields",
        }
    }
}

/// The desk: configuration and the keys of the hashes.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// The configuration.
    pub settings: &'a Settings,
    /// The keys.
    pub keys: &'a Keys,
}

impl Scope {
    /// Whether it speaks for a store.
    pub fn reaches(&self, store: &str) -> bool {
        match &self.stores {
            Reach::All => true,
            Reach::Only(stores) => stores.iter().any(|own| own == store),
        }
    }

    /// The store that something without one is from: the only one of the token.
    pub fn only_store(&self) -> Option<&str> {
        match &self.stores {
            Reach::Only(stores) if stores.len() == 1 => stores.first().map(String::as_str),
            Reach::All | Reach::Only(_) => None,
        }
    }
}

impl Desk<'_> {
    /// The hashes under which a person is known here.
    pub fn aliases(&self, who: &[Who]) -> Vec<Alias> {
        who.iter().map(|who| self.keys.alias(who.kind(), who.value())).collect()
    }

    /// The hashes under which a profile that Engage just showed is kept: the identifier that it was found by, the id,
    /// and the tenant's key. Others in the profile may be shared by several persons (fact C-06).
    fn known_by(&self, asked: Option<Who>, remote_id: &str, profile: &Profile) -> Vec<Alias> {
        let id = Who::ContactId(remote_id.to_owned());
        let key = profile.key(self.settings.engage.contact_key);
        self.aliases(&asked.into_iter().chain([id]).chain(key).collect::<Vec<_>>())
    }

    fn shop(&self, external_id: &str) -> Option<&Shop> {
        self.settings.stores.get(external_id)
    }
}

/// Reads a body as a JSON object.
fn object(body: &[u8]) -> Result<serde_json::Value, Refusal> {
    let value: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| Refusal::NotJson(where_it_broke(&error)))?;
    if value.is_object() { Ok(value) } else { Err(Refusal::NotAnObject) }
}

/// Where a body stops being JSON; never a piece of it.
fn where_it_broke(error: &serde_json::Error) -> String {
    format!("line {} column {}", error.line(), error.column())
}

fn check_id(id: &str) -> Result<(), Refusal> {
    let fits = !id.is_empty() && id.len() <= ID_BYTES_MAX && !id.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(Refusal::IdInvalid) }
}

/// The store that a body names or that its token implies, if the caller speaks for it.
fn store_of(body: &serde_json::Value, by: &Scope) -> Result<String, Refusal> {
    let named = match body.get("store") {
        Some(serde_json::Value::String(store)) if !store.trim().is_empty() => Some(store.as_str()),
        _ => None,
    };
    let store = named.or_else(|| by.only_store()).ok_or(Refusal::StoreMissing)?;
    if by.reaches(store) { Ok(store.to_owned()) } else { Err(Refusal::StoreNotAllowed(store.to_owned())) }
}

/// A receipt's body with the store that its token implied, where it names none itself.
pub fn with_store(mut body: serde_json::Value, store: &str) -> serde_json::Value {
    if let Some(fields) = body.as_object_mut() {
        fields.entry("store").or_insert_with(|| store.into());
    }
    body
}

/// A fault of something that is refused for it.
fn fault(code: &str, pointer: impl Into<String>, detail: impl Into<String>) -> FrozenFinding {
    FrozenFinding { fault: true, code: code.to_owned(), pointer: pointer.into(), detail: detail.into() }
}
