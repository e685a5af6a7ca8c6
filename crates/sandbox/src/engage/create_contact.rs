//! `POST /api/v3/contacts`: a new contact (facts C-23 to C-46).

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::{Asked, DEFAULT_TYPE, Moment, Refusal, find_contact, object, reading};
use crate::contacts::{Contact, Preferences};
use crate::effect::Answer;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::identifiers::Sought;
use crate::lifecycle::New;
use crate::profile::{self, Author, Problem, Wrong};
use crate::settings::ContactType;
use crate::stores::Origin;
use crate::switches::{CreateAnswer, DuplicateKey, PreferencesDefault, UnapprovedHolder, UnknownStore};
use crate::world::World;
use crate::{fields, lint};

pub(super) fn answer(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let body = object(asked)?;
    let troubles = fields::inspect(&body, fields::CONTACT, &world.settings.custom_attributes);
    asked.notes.extend(lint::troubles(&troubles));
    advise(asked, &body);
    let (contact_type, attributes) = profile::refuse_wrong_kinds(&troubles)
        .and_then(|()| complete(world, &body, &mut asked.notes))
        .map_err(|wrong| Refusal::of(world, wrong))?;
    let Some(key) = profile::key(&attributes, &contact_type) else {
        // The key is the member number, which Engage gives: there is nobody it could belong to already.
        let new = new(world, asked, &body, contact_type, attributes)?;
        let contact = create(world, asked, new);
        return Ok(created_answer(world, &contact));
    };
    let text = key.key(world.switches.email_case);
    let counted = format!("{} {} {text}", contact_type.handle, contact_type.key.attribute());
    world.creations.entry(counted.clone()).or_default().asked += 1;
    if let Some(answered) = answer_of_holder(world, asked, &body, &contact_type, &key) {
        return answered;
    }
    let new = new(world, asked, &body, contact_type, attributes)?;
    let contact = create(world, asked, new);
    world.creations.entry(counted).or_default().made += 1;
    Ok(created_answer(world, &contact))
}

/// What the guide would say about it; none of it is refused.
fn advise(asked: &mut Asked<'_>, body: &Map<String, Value>) {
    for header in ["source", "storeExternalId", "createAsUnapproved"] {
        if asked.request.get(&header.to_ascii_lowercase()).is_some() {
            asked.notes.push(Note::at(Rule::HeaderParameter, header));
        }
    }
    let filled = |name: &str| body.get(name).is_some_and(|value| !value.is_null() && value != "");
    let missing = [
        (Rule::NoSource, asked.query.filled("source").is_none()),
        (Rule::NoStore, asked.query.filled("storeExternalId").is_none()),
        (Rule::NoCountry, !filled("country") && !filled("countryCode")),
        (Rule::NoLanguage, !filled("language")),
    ];
    asked.notes.extend(missing.into_iter().filter(|(_, is)| *is).map(|(rule, _)| Note::of(rule)));
    asked.notes.extend(email_case(body));
}

/// An address that is not in lower case.
pub(super) fn email_case(body: &Map<String, Value>) -> Option<Note> {
    let email = body.get("email").and_then(Value::as_str).unwrap_or_default();
    (email != email.to_lowercase()).then(|| Note::at(Rule::EmailCase, "email"))
}

/// The type and the attributes, if the type exists and all that it asks for is there (facts C-29, C-30).
fn complete(
    world: &World,
    body: &Map<String, Value>,
    notes: &mut Vec<Note>,
) -> Result<(ContactType, Map<String, Value>), Wrong> {
    let handle = body.get("contactType").and_then(Value::as_str).filter(|text| !text.is_empty());
    let contact_type = world.settings.contact_type(handle.unwrap_or(DEFAULT_TYPE)).cloned();
    let contact_type =
        contact_type.ok_or_else(|| Wrong::Invalid(vec![Problem::of("contactType", "does not exist")]))?;
    let attributes = profile::attributes(world, body, Some(contact_type.key), Author::Call, notes)?;
    let lacking = profile::lacking(&attributes, &contact_type);
    if lacking.is_empty() { Ok((contact_type, attributes)) } else { Err(Wrong::Invalid(lacking)) }
}

/// The answer where somebody has the key: one that can be seen, one that is only being created, or one that was never
/// approved (facts C-41 to C-44). None if nobody has it, or what there is does not count.
fn answer_of_holder(
    world: &mut World,
    asked: &mut Asked<'_>,
    body: &Map<String, Value>,
    contact_type: &ContactType,
    key: &Sought,
) -> Option<Result<Answer, Refusal>> {
    let holders: Vec<Arc<Contact>> = profile::holders(world, contact_type, key).cloned().collect();
    let holder = holders.iter().find(|contact| contact.approved).or(holders.first())?;
    if holder.visible > asked.moment.at {
        let message = "A contact with this key is being created.";
        return Some(Err(Refusal::new(409, "ContactWithKeyIsBeingCreated", message)));
    }
    match world.switches.unapproved_holder {
        _ if holder.approved || holder.contact_type != contact_type.handle => {}
        UnapprovedHolder::Conflict409 => {}
        UnapprovedHolder::CreatesSecond => return None,
        UnapprovedHolder::ApprovesExisting => return Some(approve(world, asked, body, holder)),
    }
    Some(match world.switches.duplicate_key {
        DuplicateKey::Conflict409 => Err(Refusal::key_taken()),
        DuplicateKey::ReturnsExistingId => Ok(find_contact::found_answer(world, holder.id)),
        DuplicateKey::ReturnsExistingContact => Ok(Answer::json(200, &reading::answered(world, holder))),
    })
}

/// Gives an unapproved contact what was sent, and approves it if the creation does.
fn approve(
    world: &mut World,
    asked: &mut Asked<'_>,
    body: &Map<String, Value>,
    holder: &Contact,
) -> Result<Answer, Refusal> {
    let Moment { at, number, .. } = asked.moment;
    let mut after = profile::updated(world, holder, body, Author::Call, at, &mut asked.notes)
        .map_err(|wrong| Refusal::of(world, wrong))?;
    after.approved = !asks_for_unapproved(asked);
    let id = after.id;
    world.change_contact(after, at, By::Request(number));
    let contact = world.contacts.get(id).cloned().ok_or_else(Refusal::contact_not_found)?;
    Ok(created_answer(world, &contact))
}

fn asks_for_unapproved(asked: &Asked<'_>) -> bool {
    asked.query.get("createAsUnapproved").is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn new(
    world: &mut World,
    asked: &mut Asked<'_>,
    body: &Map<String, Value>,
    contact_type: ContactType,
    attributes: Map<String, Value>,
) -> Result<New, Refusal> {
    let unsaid = world.switches.preferences_default == PreferencesDefault::True;
    let unsaid = Preferences { accepts_email: unsaid, accepts_sms: unsaid, accepts_postal: unsaid };
    Ok(New {
        store: store(world, asked, &attributes)?,
        contact_type,
        attributes,
        preferences: body.get("preferences").map_or(unsaid, |sent| profile::preferences(sent, unsaid)),
        consents: profile::consents(world, body, asked.moment.at, &mut asked.notes),
        source: asked.query.filled("source").map(str::to_owned),
        approved: !asks_for_unapproved(asked),
    })
}

/// The store of the query, else of the body; the switch says what one that nobody knows means (facts C-25, C-26).
fn store(
    world: &mut World,
    asked: &Asked<'_>,
    attributes: &Map<String, Value>,
) -> Result<Option<String>, Refusal> {
    let in_body = attributes.get("createdInStore").and_then(fields::text).filter(|text| !text.is_empty());
    let Some(store) = asked.query.filled("storeExternalId").map(str::to_owned).or(in_body) else {
        return Ok(None);
    };
    if world.stores.get(&store).is_none() {
        match world.switches.unknown_store_on_create {
            UnknownStore::Accepted => {}
            UnknownStore::Created => {
                let id = world.ids.next();
                world.stores.insert_named(id, &store, Origin::Contact);
            }
            UnknownStore::Refused => {
                return Err(Refusal::invalid(422, vec![Problem::of("storeExternalId", "does not exist")]));
            }
        }
    }
    Ok(Some(store))
}

fn create(world: &mut World, asked: &Asked<'_>, new: New) -> Arc<Contact> {
    let blind_for = SignedDuration::from_secs(i64::from(world.switches.visibility_delay_seconds));
    world.create_contact(new, asked.moment.at, blind_for)
}

fn created_answer(world: &World, contact: &Contact) -> Answer {
    let status = match world.switches.create_answer {
        CreateAnswer::Created => 201,
        CreateAnswer::Ok => 200,
    };
    Answer::json(status, &reading::answered(world, contact))
}
