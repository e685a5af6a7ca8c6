//! Contacts as files name them: by a key and its sort.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::contacts::Preferences;
use crate::identifiers::Sought;
use crate::lifecycle::New;
use crate::receipts::DEFAULT_TYPE;
use crate::settings::{ContactType, Identifier};
use crate::world::World;

/// By what a row names its contact (fact M-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    /// By its id in Engage.
    ContactId,
    /// By an identifier.
    By(Identifier),
}

impl KeyType {
    pub(super) fn named(word: &str) -> Option<KeyType> {
        match word.to_ascii_lowercase().as_str() {
            "membernumber" => Some(KeyType::By(Identifier::MemberNumber)),
            "externalid" => Some(KeyType::By(Identifier::ExternalId)),
            "contactid" => Some(KeyType::ContactId),
            _ => None,
        }
    }
}

/// The first contact that has this key.
pub(super) fn find(world: &World, key_type: KeyType, key: &str) -> Option<Uuid> {
    match key_type {
        KeyType::ContactId => world.contacts.get(key.parse().ok()?).map(|contact| contact.id),
        KeyType::By(kind) => {
            let sought = Sought::new(kind, key)?;
            world.contacts.with(&sought, world.switches.email_case).next().map(|contact| contact.id)
        }
    }
}

/// The type of a contact of which nothing is said: that of members.
pub(super) fn default_type(world: &World) -> Option<ContactType> {
    let types = &world.settings.contact_types;
    world.settings.contact_type(DEFAULT_TYPE).or(types.first()).cloned()
}

/// Creates a contact that has no more than this identifier (fact M-21).
pub(super) fn create_bare(
    world: &mut World,
    contact_type: ContactType,
    kind: Identifier,
    key: &str,
    at: Timestamp,
) -> Uuid {
    let attributes = Map::from_iter([(kind.attribute().to_owned(), Value::from(key))]);
    let new = New {
        contact_type,
        attributes,
        preferences: Preferences::default(),
        consents: Vec::new(),
        source: None,
        store: None,
        approved: true,
    };
    world.create_contact(new, at, SignedDuration::ZERO).id
}
