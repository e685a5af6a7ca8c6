//! Contacts, and the index by which they are found. The rows are the truth, the index is made from them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::identifiers;
use crate::settings::Identifier;
use crate::switches::PreferencesSpelling;

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Its id (fact C-01).
    pub id: Uuid,
    /// The handle of its type, as the tenant spells it.
    pub contact_type: String,
    /// Standard and tenant-made attributes, as they were sent.
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
    /// From when look-ups and reads see it (fact B-22).
    pub visible: Timestamp,
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

    /// The contact as it is answered (fact C-39).
    pub(crate) fn answered(&self, spelling: PreferencesSpelling, store_name: Option<&str>) -> Value {
        let Preferences { accepts_email, accepts_sms, accepts_postal } = self.preferences;
        let preferences = match spelling {
            PreferencesSpelling::Documented => {
                json!({ "acceptsEmail": accepts_email, "acceptsSms": accepts_sms, "acceptsPostal": accepts_postal })
            }
            PreferencesSpelling::Seen => {
                json!({ "AcceptsEmails": accepts_email, "AcceptsSms": accepts_sms, "AcceptsPostals": accepts_postal })
            }
        };
        let created = format!("{:.3}", self.created);
        let recruited_by =
            self.store.as_ref().map(|store| json!({ "name": store_name, "externalId": store }));
        json!({
            "id": self.id,
            "attributes": self.attributes,
            "meta": {
                "contactType": self.contact_type,
                "createdOn": created,
                "modifiedOn": created,
                "sourceType": self.source,
                "approved": self.approved,
                "recruitedByStore": recruited_by,
            },
            "preferences": preferences,
            "consents": self.consents,
        })
    }
}

/// All contacts, in the order of their creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contacts {
    rows: Vec<Arc<Contact>>,
    by_id: HashMap<Uuid, usize>,
    by_identifier: HashMap<(Identifier, String), Vec<usize>>,
}

impl Contacts {
    pub(crate) fn insert(&mut self, contact: Contact) -> &Arc<Contact> {
        let row = self.rows.len();
        self.by_id.insert(contact.id, row);
        for kind in Identifier::ALL {
            let text = contact.attribute(kind.attribute()).and_then(|text| identifiers::indexed(kind, text));
            if let Some(text) = text {
                self.by_identifier.entry((kind, text)).or_default().push(row);
            }
        }
        self.rows.push(Arc::new(contact));
        &self.rows[row]
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Arc<Contact>> {
        self.by_id.get(&id).map(|row| &self.rows[*row])
    }

    /// Those with this identifier, in the order of their creation. `text` is as [`identifiers::indexed`] gives it.
    pub(crate) fn with(&self, kind: Identifier, text: String) -> impl Iterator<Item = &Arc<Contact>> {
        self.by_identifier.get(&(kind, text)).into_iter().flatten().map(|row| &self.rows[*row])
    }

    pub(crate) fn rows(&self) -> &[Arc<Contact>] {
        &self.rows
    }
}
