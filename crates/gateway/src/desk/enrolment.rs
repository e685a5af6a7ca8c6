//! Becoming a member at the till: the tenant's key is enough, and whatever else is known goes along.

use jiff::Timestamp;
use pos::store::Store as Shop;
use serde_json::Value;
use store::{Accept, Expects, NewDelivery, OnConflict, Role, Start, With};

use super::form::{Form, PERSON_FIELDS, pointer_to};
use super::{Desk, ENROLMENT, Refusal, Said, check_id, fault, object, store_of};
use crate::delivery::CREATE_CONTACT;
use crate::frozen::{FrozenEnrolment, FrozenFinding, Who};

/// An enrolment that was taken.
#[derive(Debug)]
pub struct TakenEnrolment {
    /// What the store is told.
    pub accept: Accept,
    /// What was decided.
    pub frozen: FrozenEnrolment,
}

/// Everything that an enrolment may hold.
pub fn enrolment_fields() -> Vec<&'static str> {
    std::iter::once("store").chain(PERSON_FIELDS).collect()
}

impl Desk<'_> {
    /// Decides what becomes of an enrolment.
    ///
    /// # Errors
    /// Unlike a finished sale an enrolment is refused for its faults, all at once: the customer still stands there.
    pub fn enrolment(&self, said: Said<'_>) -> Result<TakenEnrolment, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let frozen = self.freeze_enrolment(&body, store, said.at)?;
        let mut aliases = self.aliases(frozen.key());
        // So that a till may name the contact by the id it is given now, whatever Engage calls it later.
        aliases.push(self.keys.contact_id(&said.new_contact_id));
        let content = self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body));
        let welcomes = self.welcomes(said.id);
        let accept = Accept {
            at: said.at,
            kind: ENROLMENT,
            key: said.id.to_owned(),
            store: frozen.store.clone(),
            content,
            body: said.body.to_vec(),
            frozen: frozen.write(),
            contact: aliases,
            // The others may be shared by several persons (fact C-06).
            hints: self.aliases(frozen.who.get(1..).unwrap_or_default()),
            about: None,
            once: None,
            expects: Expects::Anything,
            delivery: Some(NewDelivery {
                kind: CREATE_CONTACT,
                start: Start::Due,
                role: Role::CreatesContact,
            }),
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id,
            with: With { along: welcomes, ..With::default() },
        };
        Ok(TakenEnrolment { accept, frozen })
    }

    /// Reads an enrolment's body into what is frozen of it.
    fn freeze_enrolment(
        &self,
        body: &Value,
        store: String,
        at: Timestamp,
    ) -> Result<FrozenEnrolment, Refusal> {
        let mut form = Form::open(self, body, &store, at);
        form.refuse_unknown(&enrolment_fields());
        let who = form.identifiers();
        let mut fields = form.fields();
        let preferences = form.preferences();
        let consents = form.consents();
        if let Some(shop) = form.shop() {
            from_the_store(&mut fields, shop);
        }
        let faults = form.faults();
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        let missing = self.missing(&who, &fields);
        if !missing.is_empty() {
            return Err(Refusal::NeedsMoreFields(missing));
        }
        let source = self.settings.engage.source.clone();
        Ok(FrozenEnrolment::new(who, fields, preferences, consents, store, source))
    }

    /// What the tenant's contact type asks for and the person didn't give (fact C-30): the key, and its mandatory
    /// fields.
    fn missing(&self, who: &[Who], fields: &[(String, String)]) -> Vec<FrozenFinding> {
        let engage = &self.settings.engage;
        let key = engage.contact_key.field();
        let is_there = |name: &str| {
            who.iter().any(|who| who.kind() == name) || fields.iter().any(|(own, _)| own == name)
        };
        let missing = |name: &&str| {
            let detail = match *name == key {
                true => format!("this tenant's members are known by their {key}: ask for it"),
                false => "this tenant asks for it: ask the customer".to_owned(),
            };
            fault("missing", pointer_to(name), detail)
        };
        let mandatory = engage.mandatory_fields.iter().map(String::as_str).filter(|name| *name != key);
        let asked_for: Vec<&str> = std::iter::once(key).chain(mandatory).collect();
        asked_for.iter().filter(|name| !is_there(name)).map(missing).collect()
    }
}

/// Country and language always go along (fact C-31): the person's, else the store's.
fn from_the_store(fields: &mut Vec<(String, String)>, shop: &Shop) {
    let stores = [("country", shop.country.as_str()), ("language", shop.language.as_str())];
    for (name, value) in stores {
        if !fields.iter().any(|(own, _)| own == name) {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
}
