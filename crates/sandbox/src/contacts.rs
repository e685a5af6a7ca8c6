//! Contacts, and the index by which they are found. The rows are the truth, the index is made from them.
//!
//! A contact that was deleted keeps its row, for it can be restored for a while and its receipts stay; but it has no
//! place in the index, so that nothing finds it. What is done to contacts is in `lifecycle`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::identifiers::{self, Sought};
use crate::settings::Identifier;
use crate::switches::EmailCase;

/// For how long a deletion can be undone (fact C-57).
const RESTORABLE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Its id (fact C-01).
    pub id: Uuid,
    /// The handle of its type, as the tenant spells it.
    pub contact_type: String,
    /// Standard and tenant-made attributes, as they were sent, and those that Engage sets itself.
    pub attributes: Map<String, Value>,
    /// What it may be sent.
    pub preferences: Preferences,
    /// Its consents, as they are answered (fact S-12).
    pub consents: Vec<Value>,
    /// Where it came from.
    pub source: Option<String>,
    /// The external id of the store that recruited it.
    pub store: Option<String>,
    /// Whether it is approved (fact C-27).
    pub approved: bool,
    /// When it was created, in world time.
    pub created: Timestamp,
    /// When something about it last changed, in world time.
    pub modified: Timestamp,
    /// From when look-ups and reads see it (fact B-22).
    pub visible: Timestamp,
    /// Whether it is still there.
    pub presence: Presence,
}

/// Whether a contact is still there (fact C-57).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// It is.
    Here,
    /// It was deleted and may be restored.
    Deleted {
        /// When, in world time.
        at: Timestamp,
    },
    /// Its personal data is gone for good; its id and its receipts stay.
    Erased {
        /// When, in world time.
        at: Timestamp,
    },
}

/// What a contact may be sent (fact C-32).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Preferences {
    /// E-mail.
    pub accepts_email: bool,
    /// Text messages.
    pub accepts_sms: bool,
    /// Letters.
    pub accepts_postal: bool,
}

impl Contact {
    /// An attribute's text, if it has one that is not empty.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// What it says to a consent: yes, no, or nothing yet (fact C-35).
    #[must_use]
    pub fn consent(&self, id: &str) -> Option<bool> {
        self.consents.iter().find(|row| row["id"] == id)?["value"].as_bool()
    }

    /// Whether it was not deleted.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.presence == Presence::Here
    }

    /// Until when it can be restored, if it was deleted and not erased yet.
    #[must_use]
    pub fn restorable_until(&self) -> Option<Timestamp> {
        match self.presence {
            Presence::Deleted { at } => Some(erasure(at)),
            Presence::Here | Presence::Erased { .. } => None,
        }
    }
}

fn erasure(deleted: Timestamp) -> Timestamp {
    deleted.saturating_add(RESTORABLE_FOR).unwrap_or(Timestamp::MAX)
}

/// All contacts, in the order of their creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contacts {
    rows: Vec<Arc<Contact>>,
    by_id: HashMap<Uuid, usize>,
    by_identifier: HashMap<(Identifier, String), Vec<usize>>,
    deleted: BTreeSet<(Timestamp, usize)>,
}

impl Contacts {
    pub(crate) fn insert(&mut self, contact: Contact) -> &Arc<Contact> {
        let row = self.rows.len();
        self.by_id.insert(contact.id, row);
        self.rows.push(Arc::new(contact));
        self.index(row);
        &self.rows[row]
    }

    /// Puts a contact in the place of the one with its id, and hands out what was there.
    pub(crate) fn replace(&mut self, contact: Contact) -> Option<Arc<Contact>> {
        let row = *self.by_id.get(&contact.id)?;
        self.unindex(row);
        let before = std::mem::replace(&mut self.rows[row], Arc::new(contact));
        self.index(row);
        Some(before)
    }

    /// A contact that was not deleted.
    pub(crate) fn get(&self, id: Uuid) -> Option<&Arc<Contact>> {
        self.kept(id).filter(|contact| contact.is_here())
    }

    /// A contact, deleted or not.
    pub(crate) fn kept(&self, id: Uuid) -> Option<&Arc<Contact>> {
        self.by_id.get(&id).map(|row| &self.rows[*row])
    }

    /// Those with this identifier that were not deleted, in the order of their creation.
    pub(crate) fn with(&self, sought: &Sought, case: EmailCase) -> impl Iterator<Item = &Arc<Contact>> {
        let rows = self.by_identifier.get(&(sought.kind, sought.indexed.clone()));
        let found = rows.into_iter().flatten().map(|row| &self.rows[*row]);
        found.filter(move |contact| sought.fits_as_written(contact, case))
    }

    /// When the next deleted contact's data is erased.
    pub(crate) fn erasure_due(&self) -> Option<Timestamp> {
        self.deleted.first().map(|(at, _)| erasure(*at))
    }

    /// The deleted contact whose data is erased next.
    pub(crate) fn next_to_erase(&self) -> Option<&Arc<Contact>> {
        self.deleted.first().map(|(_, row)| &self.rows[*row])
    }

    /// A contact's place in the order of creation, from 1.
    pub(crate) fn number(&self, id: Uuid) -> Option<usize> {
        self.by_id.get(&id).map(|row| row + 1)
    }

    /// The contact in that place, deleted or not.
    pub(crate) fn numbered(&self, number: usize) -> Option<&Arc<Contact>> {
        self.rows.get(number.checked_sub(1)?)
    }

    pub(crate) fn rows(&self) -> &[Arc<Contact>] {
        &self.rows
    }

    fn index(&mut self, row: usize) {
        let contact = &self.rows[row];
        match contact.presence {
            Presence::Here => {
                for key in indexed(contact) {
                    let rows = self.by_identifier.entry(key).or_default();
                    // In the order of creation, whatever happened since: a snapshot is read back in that order.
                    let place = rows.partition_point(|one| *one < row);
                    rows.insert(place, row);
                }
            }
            Presence::Deleted { at } => {
                self.deleted.insert((at, row));
            }
            Presence::Erased { .. } => {}
        }
    }

    fn unindex(&mut self, row: usize) {
        let contact = &self.rows[row];
        match contact.presence {
            Presence::Here => {
                for key in indexed(contact) {
                    let Some(rows) = self.by_identifier.get_mut(&key) else { continue };
                    rows.retain(|one| *one != row);
                    if rows.is_empty() {
                        self.by_identifier.remove(&key);
                    }
                }
            }
            Presence::Deleted { at } => {
                self.deleted.remove(&(at, row));
            }
            Presence::Erased { .. } => {}
        }
    }
}

fn indexed(contact: &Contact) -> impl Iterator<Item = (Identifier, String)> {
    Identifier::ALL.into_iter().filter_map(|kind| {
        let text = contact.attribute(kind.attribute())?;
        Some((kind, identifiers::indexed(kind, text)?))
    })
}
