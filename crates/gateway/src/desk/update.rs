//! A change of what is known of a contact: only what is sent changes, and it carries what it was made from.

use serde_json::{Value, json};
use store::{Accept, Expects, NewDelivery, OnConflict, Role, Start, With};

use super::form::{Form, MEMBER_NUMBER_IS_ENGAGES, PERSON_FIELDS};
use super::known::KnownHere;
use super::{Desk, Refusal, Said, UPDATE, check_id, object, store_of};
use crate::delivery::UPDATE_CONTACT;
use crate::frozen::{Base, FrozenUpdate, Preferences, is_local_id};
use crate::profile::{FIELDS, Profile};
use crate::settings::{ContactKey, Engage};

/// Everything that an update may hold.
pub fn update_fields() -> Vec<&'static str> {
    ["store", "clear"].into_iter().chain(PERSON_FIELDS).collect()
}

/// An update that was taken.
#[derive(Debug)]
pub struct TakenUpdate {
    /// What the store is told.
    pub accept: Accept,
    /// What was decided.
    pub frozen: FrozenUpdate,
}

impl Desk<'_> {
    /// Decides what becomes of an update of the contact with this id. `known` is what this database knows of it; `None`
    /// where the id was never seen here and is taken to be Engage's.
    ///
    /// # Errors
    /// All its faults at once: the customer still stands there.
    pub fn update(
        &self,
        said: Said<'_>,
        contact_id: &str,
        known: Option<&KnownHere>,
    ) -> Result<TakenUpdate, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let mut frozen = self.freeze_update(&body, &store, said.at)?;
        frozen.base = known.filter(|known| known.profile.is_some()).map(|known| base(&frozen, known));
        let is_bound = known.is_some_and(|known| known.contact.remote_id.is_some());
        frozen.contact_id = (!is_bound && !is_local_id(contact_id)).then(|| contact_id.to_owned());
        // The same words about another contact are something else.
        let whole = json!({ "contactId": contact_id, "update": body });
        let own_id = known.map_or(contact_id, |known| known.contact.public_id.as_str());
        let accept = Accept {
            at: said.at,
            kind: UPDATE,
            key: said.id.to_owned(),
            store,
            content: self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&whole)),
            body: said.body.to_vec(),
            frozen: frozen.write(),
            contact: vec![self.keys.contact_id(own_id)],
            hints: Vec::new(),
            // What it was made from must still be so.
            expects: Expects::LastChange(known.and_then(KnownHere::last_change)),
            delivery: Some(NewDelivery {
                kind: UPDATE_CONTACT,
                start: Start::Due,
                role: Role::ChangesContact,
            }),
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id,
            about: None,
            once: None,
            with: With::default(),
        };
        Ok(TakenUpdate { accept, frozen })
    }

    fn freeze_update(&self, body: &Value, store: &str, at: jiff::Timestamp) -> Result<FrozenUpdate, Refusal> {
        let mut form = Form::open(self, body, store, at);
        // It has a code of its own, for it is no slip.
        let known: Vec<&str> = update_fields().into_iter().chain(["contactType"]).collect();
        form.refuse_unknown(&known);
        if form.value("contactType").is_some() {
            let detail = "a contact's type isn't changed by an update; enrolling makes somebody a member";
            form.fault("notSettable", "/contactType", detail);
        }
        let mut frozen = FrozenUpdate::new(None, self.settings.engage.source.clone());
        let who = form.identifiers().into_iter();
        frozen.set.extend(who.map(|who| (who.kind().to_owned(), who.value().to_owned())));
        frozen.set.extend(form.fields());
        frozen.preferences = form.preferences();
        frozen.consents = form.consents();
        frozen.clear = cleared(&mut form, &self.settings.engage);
        let is_empty = frozen.set.is_empty()
            && frozen.clear.is_empty()
            && frozen.preferences == Preferences::default()
            && frozen.consents.is_empty();
        match form.faults() {
            faults if !faults.is_empty() => Err(Refusal::Faults(faults)),
            _ if is_empty => {
                let detail = "send the fields that change, or name those to empty under `clear`";
                Err(Refusal::Faults(vec![super::fault("nothingToChange", "", detail)]))
            }
            _ => Ok(frozen),
        }
    }
}

/// The fields to empty.
fn cleared(form: &mut Form<'_>, engage: &Engage) -> Vec<String> {
    let Some(body) = form.value("clear") else { return Vec::new() };
    let Some(names) = body.as_array() else {
        form.fault("wrongType", "/clear", "a list of names of fields is expected");
        return Vec::new();
    };
    let custom = engage.custom_attributes.iter().map(String::as_str);
    let known: Vec<&str> = FIELDS.into_iter().chain(custom).collect();
    let mut cleared: Vec<String> = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let pointer = format!("/clear/{n}");
        let Some(name) = name.as_str() else {
            form.fault("wrongType", &pointer, "the name of a field is expected");
            continue;
        };
        if !known.contains(&name) {
            let detail = format!("this can't be emptied; known are {}", known.join(", "));
            form.fault("unknownField", &pointer, detail);
        } else if is_sent(form, name) {
            form.fault("setAndCleared", &pointer, "this is set and cleared at once; do one of the two");
        } else if name == engage.contact_key.field() {
            form.fault(
                "mandatoryField",
                &pointer,
                "the tenant's contacts are known by it: it can't be emptied",
            );
        } else if engage.mandatory_fields.iter().any(|mandatory| mandatory == name) {
            form.fault("mandatoryField", &pointer, "this tenant asks for it: it can't be emptied");
        } else if name == ContactKey::MemberNumber.field() {
            form.fault("notSettable", &pointer, MEMBER_NUMBER_IS_ENGAGES);
        } else if name == "personalIdentityNumber" && !engage.personal_identity_numbers {
            form.fault("personalIdentityNumbersOff", &pointer, super::identify::PERSONAL_NUMBERS_OFF);
        } else if !cleared.iter().any(|other| other == name) {
            cleared.push(name.to_owned());
        }
    }
    cleared
}

/// Whether a field is in the body, right or wrong.
fn is_sent(form: &Form<'_>, name: &str) -> bool {
    let among_attributes = || form.value("attributes").and_then(|attributes| attributes.get(name)).is_some();
    match PERSON_FIELDS.contains(&name) {
        true => form.value(name).is_some(),
        false => among_attributes(),
    }
}

/// What everything that an update touches may be now, as far as it is known here.
fn base(frozen: &FrozenUpdate, known: &KnownHere) -> Base {
    let field =
        |name: &str| (name.to_owned(), known.may_be(|profile| profile.field(name).map(str::to_owned)));
    let preference = |channel: &str| {
        let of = |profile: &Profile| {
            profile
                .preferences
                .each()
                .into_iter()
                .find(|(own, _)| *own == channel)
                .and_then(|(_, value)| value)
        };
        (channel.to_owned(), known.may_be(of))
    };
    let consent = |id: &String| (id.clone(), known.may_be(|profile| profile.consent(id)));
    let stated = frozen.preferences.each().into_iter().filter(|(_, value)| value.is_some());
    Base {
        seen: known.is_seen(),
        fields: frozen.fields().map(|(name, _)| field(name)).collect(),
        preferences: stated.map(|(channel, _)| preference(channel)).collect(),
        consents: frozen.consents.iter().map(|(id, _)| consent(id)).collect(),
    }
}
