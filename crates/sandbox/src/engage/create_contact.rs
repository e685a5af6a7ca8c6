//! `POST /api/v3/contacts`: a new contact (facts C-23 to C-46).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{Asked, Refusal, find_contact, object};
use crate::contacts::{Contact, Preferences};
use crate::effect::Answer;
use crate::fields::{self, Trouble};
use crate::findings::{Note, Rule};
use crate::settings::{ContactType, Identifier};
use crate::stores::Origin;
use crate::switches::{BadIdentifier, CreateAnswer, DuplicateKey, UnknownStore};
use crate::world::World;
use crate::{identifiers, lint};

/// The type of a contact that names none (fact C-29).
const DEFAULT_TYPE: &str = "Member";
/// The first member number is one above this.
const MEMBERS_BEFORE: u64 = 10_000_000;

pub(super) fn answer(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let body = object(asked)?;
    let troubles = fields::inspect(&body, fields::CONTACT, &world.settings.custom_attributes);
    asked.notes.extend(lint::troubles(&troubles));
    advise(world, asked, &body);
    refuse_wrong_kinds(&troubles)?;
    let contact_type = contact_type(world, &body)?;
    let attributes = attributes(world, asked, &body, &contact_type)?;
    let key = key(&attributes, &contact_type)?;
    let counted = format!("{} {} {key}", contact_type.handle, contact_type.key.attribute());
    world.creations.entry(counted.clone()).or_default().asked += 1;
    if let Some(existing) = holder(world, &contact_type, &key) {
        return existing_answer(world, &existing, asked.moment.at);
    }
    let store = store(world, asked, &attributes)?;
    let contact = make(world, asked, &body, contact_type, attributes, store);
    world.creations.entry(counted).or_default().made += 1;
    Ok(created_answer(world, &contact))
}

/// What the guide would say about it; none of it is refused.
fn advise(world: &World, asked: &mut Asked<'_>, body: &Map<String, Value>) {
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
    let email = body.get("email").and_then(Value::as_str).unwrap_or_default();
    if email != email.to_lowercase() {
        asked.notes.push(Note::at(Rule::EmailCase, "email"));
    }
    let defined = |id: &Value| world.settings.consents.iter().any(|one| one.get("id") == Some(id));
    for (index, consent) in rows(body, "consents").iter().enumerate() {
        if consent.get("id").is_some_and(|id| !defined(id)) {
            asked.notes.push(Note::at(Rule::UnknownConsent, format!("consents[{index}].id")));
        }
    }
}

fn rows<'a>(body: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    body.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn refuse_wrong_kinds(troubles: &[Trouble]) -> Result<(), Refusal> {
    let wrong: Vec<String> = troubles.iter().filter(|one| one.refuses()).map(Trouble::describe).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::invalid(422, wrong)) }
}

fn contact_type(world: &World, body: &Map<String, Value>) -> Result<ContactType, Refusal> {
    let handle = body.get("contactType").and_then(Value::as_str).filter(|text| !text.is_empty());
    world
        .settings
        .contact_type(handle.unwrap_or(DEFAULT_TYPE))
        .cloned()
        .ok_or_else(|| Refusal::invalid(422, vec!["contactType does not exist.".to_owned()]))
}

/// The attributes that are kept: those of the data model (fact C-36), identifiers in their form.
fn attributes(
    world: &World,
    asked: &mut Asked<'_>,
    body: &Map<String, Value>,
    contact_type: &ContactType,
) -> Result<Map<String, Value>, Refusal> {
    let not_attributes = ["contactType", "preferences", "consents"];
    let standard =
        fields::CONTACT.iter().map(|field| field.name).filter(|name| !not_attributes.contains(name));
    let known = standard.chain(world.settings.custom_attributes.iter().map(String::as_str));
    let mut kept: Map<String, Value> =
        known.filter_map(|name| body.get(name).map(|value| (name.to_owned(), value.clone()))).collect();
    if contact_type.key != Identifier::MemberNumber && kept.remove("memberNumber").is_some() {
        asked.notes.push(Note::at(Rule::MemberNumberSent, "memberNumber"));
    }
    for kind in Identifier::ALL {
        let Some(value) = kept.get_mut(kind.attribute()) else { continue };
        let Some(text) = fields::text(value).filter(|text| !text.is_empty()) else { continue };
        let Some(indexed) = identifiers::indexed(kind, &text) else {
            return Err(match world.switches.bad_identifier_on_create {
                BadIdentifier::BadRequest => find_contact::malformed(kind),
                BadIdentifier::Unprocessable => {
                    Refusal::invalid(422, vec![format!("{} is not valid.", kind.attribute())])
                }
            });
        };
        // Phone numbers are kept in E.164 (fact C-19), the others as they were sent.
        *value = Value::from(if kind == Identifier::MobilePhone { indexed } else { text });
    }
    Ok(kept)
}

/// The key's indexed text, if it and all that is mandatory is there (fact C-30).
fn key(attributes: &Map<String, Value>, contact_type: &ContactType) -> Result<String, Refusal> {
    let key = contact_type.key.attribute();
    let mandatory = std::iter::once(key).chain(contact_type.mandatory.iter().map(String::as_str));
    let missing: Vec<String> = mandatory
        .filter(|name| attributes.get(*name).is_none_or(|value| value.is_null() || value == ""))
        .map(|name| format!("{name} is required."))
        .collect();
    let text = attributes.get(key).and_then(Value::as_str);
    match text.and_then(|text| identifiers::indexed(contact_type.key, text)) {
        Some(key) if missing.is_empty() => Ok(key),
        Some(_) | None => Err(Refusal::invalid(422, missing)),
    }
}

fn holder(world: &World, contact_type: &ContactType, key: &str) -> Option<std::sync::Arc<Contact>> {
    let mut with_key = world.contacts.with(contact_type.key, key.to_owned());
    with_key.find(|contact| contact.contact_type == contact_type.handle).cloned()
}

/// The key is taken: by a contact that can be seen, or by one that is only being created (facts C-41, C-42, C-44).
fn existing_answer(world: &World, existing: &Contact, at: Timestamp) -> Result<Answer, Refusal> {
    if existing.visible > at {
        return Err(Refusal::new(
            409,
            "ContactWithKeyIsBeingCreated",
            "A contact with this key is being created.",
        ));
    }
    match world.switches.duplicate_key {
        DuplicateKey::Conflict409 => Err(Refusal::new(
            409,
            "ApprovedContactWithKeyExists",
            "An approved contact with this key exists.",
        )),
        DuplicateKey::ReturnsExistingId => Ok(find_contact::found_answer(world, existing.id)),
        DuplicateKey::ReturnsExistingContact => Ok(Answer::json(200, &answered(world, existing))),
    }
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
                return Err(Refusal::invalid(422, vec!["storeExternalId does not exist.".to_owned()]));
            }
        }
    }
    Ok(Some(store))
}

fn make(
    world: &mut World,
    asked: &Asked<'_>,
    body: &Map<String, Value>,
    contact_type: ContactType,
    mut attributes: Map<String, Value>,
    store: Option<String>,
) -> std::sync::Arc<Contact> {
    let at = asked.moment.at;
    if !attributes.contains_key("memberNumber") {
        world.members += 1;
        attributes
            .insert("memberNumber".to_owned(), Value::from((MEMBERS_BEFORE + world.members).to_string()));
    }
    if let Some(store) = &store {
        attributes.insert("createdInStore".to_owned(), Value::from(store.as_str()));
        attributes.entry("store").or_insert_with(|| Value::from(store.as_str()));
    }
    let delay = SignedDuration::from_secs(i64::from(world.switches.visibility_delay_seconds));
    let contact = Contact {
        id: world.ids.next(),
        contact_type: contact_type.handle,
        attributes,
        preferences: preferences(body),
        consents: rows(body, "consents").iter().map(|row| consent(row, at)).collect(),
        source: asked.query.filled("source").map(str::to_owned),
        store,
        approved: !asked
            .query
            .get("createAsUnapproved")
            .is_some_and(|text| text.eq_ignore_ascii_case("true")),
        created: at,
        visible: at.saturating_add(delay).unwrap_or(Timestamp::MAX),
    };
    std::sync::Arc::clone(world.contacts.insert(contact))
}

/// What is not sent is taken to be no (fact C-33).
fn preferences(body: &Map<String, Value>) -> Preferences {
    let sent = |name: &str| {
        body.get("preferences").and_then(|all| all.get(name)).and_then(Value::as_bool).unwrap_or(false)
    };
    Preferences {
        accepts_email: sent("acceptsEmail"),
        accepts_sms: sent("acceptsSms"),
        accepts_postal: sent("acceptsPostal"),
    }
}

fn consent(row: &Value, at: Timestamp) -> Value {
    json!({
        "id": row.get("id"),
        "value": row.get("value"),
        "date": format!("{at:.3}"),
        "source": row.get("source"),
        "comment": row.get("comment"),
    })
}

fn created_answer(world: &World, contact: &Contact) -> Answer {
    let status = match world.switches.create_answer {
        CreateAnswer::Created => 201,
        CreateAnswer::Ok => 200,
    };
    Answer::json(status, &answered(world, contact))
}

/// The contact as it is answered, its store by name where there is one.
pub(super) fn answered(world: &World, contact: &Contact) -> Value {
    let store = contact.store.as_deref().and_then(|store| world.stores.get(store));
    contact.answered(world.switches.preferences_spelling, store.map(crate::stores::Store::name))
}
