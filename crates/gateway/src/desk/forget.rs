//! The wish to be forgotten: what the store is told, and how it is said that it was done.

use jiff::Timestamp;
use store::{Forget, HeldAbout};

use super::ERASURE;
use crate::delivery::DELETE_CONTACT;
use crate::frozen::FrozenErasure;

/// Who forgets a person, where and when.
#[derive(Debug, Clone, Copy)]
pub struct Forgetting<'a> {
    /// Who: a token's name.
    pub by: &'a str,
    /// The external id of the store that asked; empty where none did.
    pub store: &'a str,
    /// When.
    pub at: Timestamp,
    /// What this integration calls itself in Engage (fact C-56).
    pub source: &'a str,
}

/// What is to become of the contact in Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// It is to be deleted.
    Delete,
    /// Engage said that it is deleted.
    IsDeleted,
}

/// Forgets a person of whom this is held. The same again does what is left to do.
pub fn forget(held: &HeldAbout, forgetting: Forgetting<'_>, there: There) -> Forget {
    Forget {
        contact: held.contact.key,
        documents: held.documents.iter().map(|document| document.id).collect(),
        through: held.through,
        kind: ERASURE,
        delivery_kind: DELETE_CONTACT,
        // A contact is forgotten once, and its public id is nobody else's ever.
        key: held.contact.public_id.clone(),
        store: forgetting.store.to_owned(),
        frozen: FrozenErasure::new(forgetting.source.to_owned()).write(),
        deletes_there: there == There::Delete,
        at: forgetting.at,
        by: forgetting.by.to_owned(),
    }
}
