//! `GET /api/v3/contactoverview`: a contact with what it has, as it was a while ago (facts C-63 to C-68).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Asked, Refusal, find_contact, reading};
use crate::contacts::Contact;
use crate::effect::Answer;
use crate::fields;
use crate::findings::{Note, Rule};
use crate::stores::Store;
use crate::world::World;
use crate::{promotions, vouchers};

pub(super) const PARAMETERS: [&str; 7] =
    ["contactId", "email", "socialSecurityNumber", "mobilePhone", "customKey", "any", "contactType"];

/// How many overviews are kept; beyond that, the oldest is worked out anew when it is asked for.
const KEPT_MAX: usize = 1_000;

/// Overviews that were answered, and are answered again until they are too old.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overviews(BTreeMap<Uuid, Kept>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    body: Value,
}

impl Overviews {
    fn get(&self, contact: Uuid, at: Timestamp, seconds: u32) -> Option<&Value> {
        let age_max = SignedDuration::from_secs(i64::from(seconds));
        self.0.get(&contact).filter(|kept| at.duration_since(kept.at) < age_max).map(|kept| &kept.body)
    }

    fn keep(&mut self, contact: Uuid, at: Timestamp, body: Value) {
        if self.0.len() == KEPT_MAX && !self.0.contains_key(&contact) {
            let oldest = self.0.iter().min_by_key(|(_, kept)| kept.at).map(|(id, _)| *id);
            oldest.map(|id| self.0.remove(&id));
        }
        self.0.insert(contact, Kept { at, body });
    }

    pub(crate) fn forget(&mut self, contact: Uuid) {
        self.0.remove(&contact);
    }
}

pub(super) fn answer(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let contact = meant(world, asked)?;
    let (at, seconds) = (asked.moment.at, world.switches.overview_cache_seconds);
    if let Some(kept) = world.overviews.get(contact.id, at, seconds) {
        return Ok(Answer::json(200, kept));
    }
    let body = overview(world, &contact, at);
    let answer = Answer::json(200, &body);
    if seconds > 0 {
        world.overviews.keep(contact.id, at, body);
    }
    Ok(answer)
}

/// Whose: by id, or by what a look-up takes, and then the type is asked for (facts C-63, C-66).
fn meant(world: &World, asked: &mut Asked<'_>) -> Result<Contact, Refusal> {
    if let Some(id) = asked.query.filled("contactId") {
        if Uuid::try_parse(id).is_err() {
            return Err(Refusal::new(400, "InvalidContactId", "The contact id is not valid."));
        }
        return reading::visible(world, asked, id).cloned();
    }
    asked.notes.push(Note::of(Rule::OverviewAsLookup));
    let wanted = find_contact::wanted(world, asked)?;
    let handle = find_contact::known_type(world, asked.query.get("contactType").unwrap_or_default())?;
    let id = find_contact::the_one(world, &wanted, Some(&handle), asked.moment.at)?;
    world.contacts.get(id).map(|contact| contact.as_ref().clone()).ok_or_else(Refusal::contact_not_found)
}

fn overview(world: &World, contact: &Contact, at: Timestamp) -> Value {
    json!({
        "id": contact.id,
        "attributes": attributes(world, contact),
        "meta": reading::meta(world, contact),
        "preferences": reading::preferences(contact),
        "consents": contact.consents,
        "warnings": [],
        "audiences": [],
        "bonusChecks": vouchers::of(world, contact.id, at),
        "promotions": promotions::of(world, contact.id, at),
    })
}

/// The contact's own attributes, and those that only the overview has. What is not set is null.
fn attributes(world: &World, contact: &Contact) -> Map<String, Value> {
    let mut all = contact.attributes.clone();
    reading::unset_to_null(world, &mut all);
    for name in fields::LEVEL.into_iter().chain(["rfm", "discoveryKey", "lastOrderDate"]) {
        all.entry(name).or_insert(Value::Null);
    }
    let language = all.get("language").cloned().unwrap_or_default();
    all.insert("lang".to_owned(), language);
    all.entry("secrecyMarked").or_insert(Value::Bool(false));
    all.insert("currentStore".to_owned(), current_store(world, contact));
    all
}

fn current_store(world: &World, contact: &Contact) -> Value {
    let Some(external_id) = contact.attribute("store") else { return Value::Null };
    let store = world.stores.get(external_id);
    json!({ "id": store.map(|store| store.id), "name": store.map(Store::name), "externalId": external_id })
}
