//! A contact's life: created, changed, deleted, restored, erased. The rules that decide whether are elsewhere; here
//! each is done to the row, its history and what is cached of it, in one place.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::automations;
use crate::contacts::{Contact, Preferences, Presence};
use crate::effect::Level;
use crate::history::{self, By, Change};
use crate::identifiers::Sought;
use crate::orders;
use crate::settings::{ContactType, Identifier};
use crate::switches::EmailCase;
use crate::world::World;

/// The first member number is one above this.
const MEMBERS_BEFORE: u64 = 10_000_000;

/// A contact that is to be created; everything about it was checked.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) contact_type: ContactType,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) preferences: Preferences,
    pub(crate) consents: Vec<Value>,
    pub(crate) source: Option<String>,
    pub(crate) store: Option<String>,
    pub(crate) approved: bool,
}

impl World {
    /// Creates a contact. Look-ups and reads see it after `blind_for` (fact B-22).
    pub(crate) fn create_contact(
        &mut self,
        new: New,
        at: Timestamp,
        blind_for: SignedDuration,
    ) -> Arc<Contact> {
        let New { contact_type, mut attributes, preferences, consents, source, store, approved } = new;
        let numbered =
            attributes.get("memberNumber").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if !numbered {
            attributes.insert("memberNumber".to_owned(), Value::from(self.next_member_number()));
        }
        if let Some(store) = &store {
            attributes.insert("createdInStore".to_owned(), Value::from(store.as_str()));
            attributes.entry("store").or_insert_with(|| Value::from(store.as_str()));
        }
        let contact = Contact {
            id: self.ids.next(),
            contact_type: contact_type.handle,
            attributes,
            preferences,
            consents,
            source,
            store,
            approved,
            created: at,
            modified: at,
            visible: at.saturating_add(blind_for).unwrap_or(Timestamp::MAX),
            presence: Presence::Here,
        };
        let contact = Arc::clone(self.contacts.insert(contact));
        automations::created(self, &contact, at);
        contact
    }

    /// The sequence's next number that nobody has (fact C-21): where it is the key, others may have been given.
    fn next_member_number(&mut self) -> String {
        loop {
            self.members += 1;
            let number = (MEMBERS_BEFORE + self.members).to_string();
            let sought = Sought::new(Identifier::MemberNumber, &number);
            let taken =
                sought.is_some_and(|sought| self.contacts.with(&sought, EmailCase::Ignored).next().is_some());
            if !taken {
                return number;
            }
        }
    }

    /// Puts what a contact became in its place, and writes down what changed. Nothing moves where nothing changed.
    pub(crate) fn change_contact(&mut self, mut after: Contact, at: Timestamp, by: By) {
        let Some(before) = self.contacts.kept(after.id).cloned() else { return };
        let changes = history::differences(&before, &after);
        let contact = after.id;
        if !changes.is_empty() {
            after.modified = at;
        }
        automations::changed(self, &before, &after, at);
        self.contacts.replace(after);
        for what in changes {
            self.history.push(Change { at, contact, by, what });
        }
    }

    /// Deletes a contact that is there: it is gone at once, its orders with it (facts C-56, C-79, O-58).
    pub(crate) fn delete_contact(&mut self, contact: &Contact, at: Timestamp, by: By) {
        self.overviews.forget(contact.id);
        orders::forget(self, contact.id, at, by);
        self.change_contact(Contact { presence: Presence::Deleted { at }, ..contact.clone() }, at, by);
    }

    /// Undoes a deletion (fact C-57).
    pub(crate) fn restore_contact(&mut self, contact: &Contact, at: Timestamp, by: By) {
        self.change_contact(Contact { presence: Presence::Here, ..contact.clone() }, at, by);
        automations::look_at(self, contact.id, at);
    }

    /// Erases the contacts whose deletion can no longer be undone at `at`: their data is gone, also from their history.
    pub(crate) fn erase_overdue(&mut self, at: Timestamp) {
        let mut erased = 0;
        while self.contacts.erasure_due().is_some_and(|due| due <= at) {
            let Some(contact) = self.contacts.next_to_erase().cloned() else { return };
            self.erase_contact(&contact, at);
            erased += 1;
        }
        if erased > 0 {
            let text =
                format!("{erased} deleted contact(s) can no longer be restored: their data was erased");
            self.log(Level::Info, at, text);
        }
    }

    fn erase_contact(&mut self, contact: &Contact, at: Timestamp) {
        let id = contact.id;
        self.contacts.replace(Contact {
            attributes: Map::new(),
            preferences: Preferences::default(),
            consents: Vec::new(),
            modified: at,
            presence: Presence::Erased { at },
            ..contact.clone()
        });
        self.history.forget(id);
        self.mailbox.forget(id);
        self.history.push(Change { at, contact: id, by: By::Engage, what: history::What::Erased });
    }
}
