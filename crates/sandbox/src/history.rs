//! Who changed which field of which contact to what, and when.
//!
//! Creations are not written here: a contact knows when it was created, and what was before its first change is in
//! that change. The times never run back, so a stretch of time is a stretch of rows.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::contacts::{Contact, Presence};

/// One change of a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When, in world time.
    pub at: Timestamp,
    /// Whose.
    pub contact: Uuid,
    /// Who did it.
    pub by: By,
    /// What it was.
    pub what: What,
}

/// Who changed a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum By {
    /// A call of the API: the number of the request.
    Request(u64),
    /// Somebody in Engage's own pages.
    Person,
    /// Engage itself, when something fell due.
    Engage,
}

/// What changed about a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// A field. Values are null where there was or is none, and once the contact's data was erased.
    Field {
        /// Its name, such as `street`, `preferences.acceptsSms` or `consents.memberTerms`.
        name: String,
        /// What it was.
        from: Value,
        /// What it became.
        to: Value,
    },
    /// A custom trigger was started for it; it itself is as it was.
    Triggered {
        /// The trigger.
        trigger: String,
        /// What was sent along; nothing, once the contact's data was erased.
        fields: Map<String, Value>,
    },
    /// It was deleted.
    Deleted,
    /// It was restored.
    Restored,
    /// Its personal data was erased.
    Erased,
}

/// All changes, the oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    rows: Vec<Change>,
    by_contact: HashMap<Uuid, Vec<usize>>,
}

impl History {
    pub(crate) fn push(&mut self, change: Change) {
        self.by_contact.entry(change.contact).or_default().push(self.rows.len());
        self.rows.push(change);
    }

    pub(crate) fn rows(&self) -> &[Change] {
        &self.rows
    }

    /// Those of one contact, the oldest first.
    pub(crate) fn of(&self, contact: Uuid) -> impl DoubleEndedIterator<Item = &Change> + ExactSizeIterator {
        let rows = self.by_contact.get(&contact).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|row| &self.rows[*row])
    }

    /// Those within a stretch of time, both ends in it.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> &[Change] {
        let first = self.rows.partition_point(|change| change.at < from);
        let behind = self.rows.partition_point(|change| change.at <= to);
        self.rows.get(first..behind).unwrap_or_default()
    }

    /// Takes the values out of a contact's changes.
    pub(crate) fn forget(&mut self, contact: Uuid) {
        for row in self.by_contact.get(&contact).into_iter().flatten() {
            match &mut self.rows[*row].what {
                What::Field { from, to, .. } => (*from, *to) = (Value::Null, Value::Null),
                What::Triggered { fields, .. } => fields.clear(),
                What::Deleted | What::Restored | What::Erased => {}
            }
        }
    }
}

/// What differs between a contact and what it becomes. Empty, null and absent are one.
pub(crate) fn differences(before: &Contact, after: &Contact) -> Vec<What> {
    let (old, new) = (fields(before), fields(after));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |all: &BTreeMap<String, Value>, name: &str| all.get(name).cloned().unwrap_or_default();
    let fields = names.into_iter().filter_map(|name| {
        let (from, to) = (value(&old, name), value(&new, name));
        (from != to).then(|| What::Field { name: name.clone(), from, to })
    });
    let presence = match (before.presence, after.presence) {
        (old, new) if old == new => None,
        (_, Presence::Deleted { .. }) => Some(What::Deleted),
        (_, Presence::Here) => Some(What::Restored),
        (_, Presence::Erased { .. }) => Some(What::Erased),
    };
    fields.chain(presence).collect()
}

/// All that is filled, by the name a change is written under.
fn fields(contact: &Contact) -> BTreeMap<String, Value> {
    let preferences = [
        ("preferences.acceptsEmail", contact.preferences.accepts_email),
        ("preferences.acceptsSms", contact.preferences.accepts_sms),
        ("preferences.acceptsPostal", contact.preferences.accepts_postal),
    ];
    let consents = contact.consents.iter().map(|row| {
        let id = row["id"].as_str().unwrap_or_default();
        (format!("consents.{id}"), row["value"].clone())
    });
    let attributes = contact.attributes.iter().map(|(name, value)| (name.clone(), value.clone()));
    let flags = preferences.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let others = [
        ("contactType".to_owned(), Value::from(contact.contact_type.as_str())),
        ("approved".to_owned(), Value::from(contact.approved)),
    ];
    let all = attributes.chain(flags).chain(consents).chain(others);
    all.filter(|(_, value)| !value.is_null() && value != "").collect()
}
