//! What a JSON body says about a contact, and what of it is kept: the same for a creation, an update, and somebody who
//! edits a contact in Engage's own pages.
//!
//! A body was compared with its table before; here its values are judged. Nothing is changed here: what comes out is
//! the contact as it would be.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::contacts::{Contact, Preferences};
use crate::fields::{self, Trouble};
use crate::findings::{Note, Rule};
use crate::identifiers::{self, Sought};
use crate::settings::{ContactType, Identifier};
use crate::switches::{AbsentPreferences, KeyAcrossTypes, MandatoryEmptied, Validation};
use crate::world::World;

/// Most characters in an attribute where that is checked; Engage's own bound is not known (fact C-62).
const TEXT_MAX: usize = 255;

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// A call of the API, which cannot set what Engage sets itself.
    Call,
    /// A person, who can.
    Person,
}

/// Something wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) field: String,
    pub(crate) text: String,
}

impl Problem {
    /// `what` goes on after the field's name, as in `is required`.
    pub(crate) fn of(field: impl Into<String>, what: &str) -> Problem {
        let field = field.into();
        Problem { text: format!("{field} {what}."), field }
    }
}

impl From<&Trouble> for Problem {
    fn from(trouble: &Trouble) -> Problem {
        Problem { field: trouble.path.clone(), text: trouble.describe() }
    }
}

/// Why a body cannot be a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// An identifier has not its form.
    Malformed(Identifier),
    /// These are its problems.
    Invalid(Vec<Problem>),
    /// Another contact has the key.
    KeyTaken(Identifier),
}

fn valid(problems: Vec<Problem>) -> Result<(), Wrong> {
    if problems.is_empty() { Ok(()) } else { Err(Wrong::Invalid(problems)) }
}

/// The troubles that a body is refused for, all at once.
pub(crate) fn refuse_wrong_kinds(troubles: &[Trouble]) -> Result<(), Wrong> {
    valid(troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect())
}

/// The attributes of the data model that a body names (fact C-36), identifiers in their form.
pub(crate) fn attributes(
    world: &World,
    body: &Map<String, Value>,
    key: Option<Identifier>,
    author: Author,
    notes: &mut Vec<Note>,
) -> Result<Map<String, Value>, Wrong> {
    let own = world.settings.custom_attributes.iter().map(String::as_str);
    let set_by_engage: &[&str] = if author == Author::Person { &fields::LEVEL } else { &[] };
    let known = fields::standard_attributes().chain(own).chain(set_by_engage.iter().copied());
    let mut kept: Map<String, Value> =
        known.filter_map(|name| body.get(name).map(|value| (name.to_owned(), value.clone()))).collect();
    let numbered = key == Some(Identifier::MemberNumber) || author == Author::Person;
    if !numbered && kept.remove("memberNumber").is_some() {
        notes.push(Note::at(Rule::MemberNumberSent, "memberNumber"));
    }
    for kind in Identifier::ALL {
        let Some(value) = kept.get_mut(kind.attribute()) else { continue };
        let Some(text) = fields::text(value).filter(|text| !text.is_empty()) else { continue };
        let indexed = identifiers::indexed(kind, &text).ok_or(Wrong::Malformed(kind))?;
        // Phone numbers are kept in E.164 (fact C-19), the others as they were sent.
        *value = Value::from(if kind == Identifier::MobilePhone { indexed } else { text });
    }
    if world.switches.attribute_validation == Validation::Strict {
        valid(odd_values(&kept))?;
    }
    Ok(kept)
}

/// Values that a tenant may check, or not (facts C-59, C-60, C-62).
fn odd_values(attributes: &Map<String, Value>) -> Vec<Problem> {
    let letters = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic());
    let filled = attributes.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    filled
        .filter(|(_, text)| !text.is_empty())
        .filter_map(|(name, text)| {
            let fits = match name.as_str() {
                "gender" => ["Male", "Female", "Other"].contains(&text),
                "language" | "countryCode" => letters(text),
                "birthDay" => text.parse::<Date>().is_ok(),
                _ => text.chars().count() <= TEXT_MAX,
            };
            (!fits).then(|| Problem::of(name, "is not valid"))
        })
        .collect()
}

/// What is mandatory for a type and not there (fact C-30). A member number is Engage's to give (fact C-21).
pub(crate) fn lacking(attributes: &Map<String, Value>, contact_type: &ContactType) -> Vec<Problem> {
    mandatory(contact_type)
        .filter(|name| is_empty(attributes.get(*name)))
        .map(|name| Problem::of(name, "is required"))
        .collect()
}

fn mandatory(contact_type: &ContactType) -> impl Iterator<Item = &str> {
    let key = Some(contact_type.key).filter(|key| *key != Identifier::MemberNumber);
    key.map(Identifier::attribute).into_iter().chain(contact_type.mandatory.iter().map(String::as_str))
}

fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value == "")
}

/// The key that attributes hold for a type, if they hold one.
pub(crate) fn key(attributes: &Map<String, Value>, contact_type: &ContactType) -> Option<Sought> {
    let text = attributes.get(contact_type.key.attribute())?.as_str().filter(|text| !text.is_empty())?;
    Sought::new(contact_type.key, text)
}

/// The contacts that have the key of a type: those of the type, and where a key is unique across types, all (facts
/// C-06, C-07).
pub(crate) fn holders<'a>(
    world: &'a World,
    contact_type: &'a ContactType,
    key: &'a Sought,
) -> impl Iterator<Item = &'a Arc<Contact>> {
    let across = world.switches.key_across_types == KeyAcrossTypes::Conflict409;
    world
        .contacts
        .with(key, world.switches.email_case)
        .filter(move |contact| across || contact.contact_type == contact_type.handle)
}

/// Refuses a key that a contact other than this one has.
pub(crate) fn refuse_taken_key(
    world: &World,
    contact_type: &ContactType,
    attributes: &Map<String, Value>,
    own: Uuid,
) -> Result<(), Wrong> {
    let Some(key) = key(attributes, contact_type) else { return Ok(()) };
    let taken = holders(world, contact_type, &key).any(|contact| contact.id != own);
    if taken { Err(Wrong::KeyTaken(contact_type.key)) } else { Ok(()) }
}

/// The contact that an update makes of one (facts C-50 to C-55). What is present replaces, also where it is empty.
pub(crate) fn updated(
    world: &World,
    contact: &Contact,
    body: &Map<String, Value>,
    author: Author,
    at: Timestamp,
    notes: &mut Vec<Note>,
) -> Result<Contact, Wrong> {
    let contact_type = world.settings.contact_type(&contact.contact_type);
    let mut sent = attributes(world, body, contact_type.map(|one| one.key), author, notes)?;
    let mut after = contact.clone();
    keep_created_in_store(&mut sent, &mut after, notes);
    if let Some(contact_type) = contact_type {
        refuse_emptied(world, &sent, contact_type)?;
        if sent.contains_key(contact_type.key.attribute()) {
            refuse_taken_key(world, contact_type, &sent, contact.id)?;
        }
    }
    after.attributes.extend(sent);
    if let Some(sent) = body.get("preferences") {
        let absent = match (author, world.switches.absent_preferences) {
            (Author::Person, _) | (_, AbsentPreferences::LeftAlone) => contact.preferences,
            (Author::Call, AbsentPreferences::SetToFalse) => Preferences::default(),
        };
        after.preferences = preferences(sent, absent);
    }
    for row in consents(world, body, at, notes) {
        give_consent(&mut after.consents, row);
    }
    Ok(after)
}

/// The recruiting store is set once (fact C-55).
fn keep_created_in_store(sent: &mut Map<String, Value>, contact: &mut Contact, notes: &mut Vec<Note>) {
    let Some(store) = sent.get("createdInStore").cloned() else { return };
    match contact.attribute("createdInStore") {
        Some(fixed) if store == fixed => {}
        Some(_) => {
            sent.remove("createdInStore");
            notes.push(Note::at(Rule::FixedInUpdate, "createdInStore"));
        }
        None => contact.store = fields::text(&store).filter(|text| !text.is_empty()),
    }
}

fn refuse_emptied(world: &World, sent: &Map<String, Value>, contact_type: &ContactType) -> Result<(), Wrong> {
    if world.switches.mandatory_emptied == MandatoryEmptied::Accepted {
        return Ok(());
    }
    let emptied = |name: &&str| sent.get(*name).is_some_and(|value| is_empty(Some(value)));
    let key = contact_type.key.attribute();
    let mut all: Vec<&str> = mandatory(contact_type).chain([key]).filter(emptied).collect();
    all.dedup();
    valid(all.into_iter().map(|name| Problem::of(name, "is required")).collect())
}

/// The preferences that a member of that name says; what it does not name is as in `absent`, what it empties is no.
pub(crate) fn preferences(sent: &Value, absent: Preferences) -> Preferences {
    let said = |name: &str, otherwise: bool| match sent.get(name) {
        Some(value) => value.as_bool().unwrap_or(false),
        None => otherwise && sent.is_object(),
    };
    Preferences {
        accepts_email: said("acceptsEmail", absent.accepts_email),
        accepts_sms: said("acceptsSms", absent.accepts_sms),
        accepts_postal: said("acceptsPostal", absent.accepts_postal),
    }
}

/// The consents that a body gives or takes back; what is not defined is ignored (fact C-76).
pub(crate) fn consents(
    world: &World,
    body: &Map<String, Value>,
    at: Timestamp,
    notes: &mut Vec<Note>,
) -> Vec<Value> {
    let rows = body.get("consents").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_defined = |id: &Value| world.settings.consents.iter().any(|one| one.get("id") == Some(id));
    let mut given = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if is_defined(&row["id"]) {
            give_consent(&mut given, consent(row, at));
        } else {
            notes.push(Note::at(Rule::UnknownConsent, format!("consents[{index}].id")));
        }
    }
    given
}

fn consent(row: &Value, at: Timestamp) -> Value {
    json!({
        "id": row["id"],
        "value": row["value"],
        "date": format!("{at:.3}"),
        "source": row["source"],
        "comment": row["comment"],
    })
}

/// A consent that was set moves between yes and no only, and stays as it is where it is said again (fact C-35).
fn give_consent(consents: &mut Vec<Value>, given: Value) {
    match consents.iter_mut().find(|row| row["id"] == given["id"]) {
        Some(row) if row["value"] == given["value"] => {}
        Some(row) => *row = given,
        None => consents.push(given),
    }
}
