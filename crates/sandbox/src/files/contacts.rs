//! Contacts by file (facts M-12 to M-16): each field is checked by itself, a bad one is left out and the rest stored.
//! Only the key is compared with the contacts there are.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::FileKind;
use super::outcome::Tally;
use super::people;
use super::table::Table;
use super::xml::{self, Root};
use crate::contacts::Preferences;
use crate::fields;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::identifiers::{self, Sought};
use crate::lifecycle::New;
use crate::profile::{self, Author, Wrong};
use crate::settings::{ContactType, Identifier};
use crate::switches::FileExisting;
use crate::world::World;

const ROOT: Root =
    Root { name: "contacts", namespace: Some("http://eClub.Schemas.ImportContact"), record: "member" };
const PREFERENCES: [&str; 3] = ["acceptsEmail", "acceptsSms", "acceptsPostal"];

/// What a column, or an element, is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Attribute(String),
    Preference(String),
    /// A consent, by its id.
    Consent(String),
    Type,
    Source,
    /// Its name, for nothing is taken of it.
    Unknown(String),
}

impl Column {
    fn of(world: &World, name: &str) -> Column {
        let settings = &world.settings;
        let attribute =
            fields::standard_attributes().chain(settings.custom_attributes.iter().map(String::as_str));
        match name {
            "contactType" => Column::Type,
            "source" => Column::Source,
            _ if PREFERENCES.contains(&name) => Column::Preference(name.to_owned()),
            _ if attribute.into_iter().any(|one| one == name) => Column::Attribute(name.to_owned()),
            _ if settings.consents.iter().any(|one| one["id"] == name) => Column::Consent(name.to_owned()),
            _ => Column::Unknown(name.to_owned()),
        }
    }
}

/// What one row or element says.
#[derive(Debug, Default)]
struct Sent {
    row: u64,
    attributes: Map<String, Value>,
    preferences: Map<String, Value>,
    consents: Vec<Value>,
    contact_type: Option<String>,
    source: Option<String>,
}

pub(super) fn import_csv(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let table = Table::read(bytes, &world.settings.columns_of(FileKind::Contacts))?;
    let named = table.rows().next().and_then(|row| row.filled("contactType"));
    let contact_type = type_of(world, named)?;
    table.must_have(&[contact_type.key.attribute()])?;
    let mut columns: Vec<Column> = Vec::new();
    for name in table.others(&[]) {
        let column = Column::of(world, name);
        if matches!(column, Column::Unknown(_)) {
            tally.note(Note::at(Rule::FileUnknownColumn, name));
            tally.say(format!("column {name} is not known"));
        }
        columns.push(column);
    }
    for row in table.rows() {
        let mut sent = Sent { row: row.number, ..Sent::default() };
        for (column, (_, text)) in columns.iter().zip(row.pairs()) {
            take(world, &mut sent, column, text, tally);
        }
        import_one(world, &contact_type, sent, tally);
    }
    Ok(())
}

pub(super) fn import_xml(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let mut of_file: Option<ContactType> = None;
    let mut unknown_type = None;
    xml::records(bytes, &ROOT, |number, around, node| {
        if around != "new" {
            tally.say_once("what stands outside of <new> was taken as if it stood inside");
        }
        let source = node.attribute("source").filter(|text| !text.is_empty()).map(str::to_owned);
        let mut sent = Sent { row: number, source, ..Sent::default() };
        for child in &node.children {
            let column = Column::of(world, &child.name);
            if matches!(column, Column::Unknown(_)) {
                tally.note(Note::at(Rule::FileUnknownColumn, child.name.as_str()));
            }
            take(world, &mut sent, &column, child.text(), tally);
        }
        let contact_type = match &of_file {
            Some(contact_type) => contact_type.clone(),
            None => match type_of(world, sent.contact_type.as_deref()) {
                Ok(contact_type) => of_file.insert(contact_type).clone(),
                Err(because) => {
                    unknown_type.get_or_insert(because);
                    return tally.ignore(number, 1, "unknownType");
                }
            },
        };
        import_one(world, &contact_type, sent, tally);
    })?;
    unknown_type.map_or(Ok(()), |because| {
        tally.say(because);
        Ok(())
    })
}

/// The one type of a file (fact M-12): the first row's, or that of members.
fn type_of(world: &World, named: Option<&str>) -> Result<ContactType, String> {
    let found = match named {
        Some(handle) => world.settings.contact_type(handle).cloned(),
        None => people::default_type(world),
    };
    found.ok_or_else(|| format!("there is no contact type {}", named.unwrap_or_default()))
}

/// Takes one value, if it is good; an empty one says nothing.
fn take(world: &World, sent: &mut Sent, column: &Column, text: &str, tally: &mut Tally) {
    if text.is_empty() {
        return;
    }
    match column {
        Column::Unknown(name) => tally.drop_column(name),
        Column::Type => sent.contact_type = Some(text.to_owned()),
        Column::Source => sent.source = Some(text.to_owned()),
        Column::Attribute(name) => match attribute(world, name, text) {
            Some(value) => drop(sent.attributes.insert(name.clone(), value)),
            None => tally.drop_field(sent.row, name),
        },
        Column::Preference(name) => match flag(text) {
            Some(flag) => drop(sent.preferences.insert(name.clone(), Value::Bool(flag))),
            None => tally.drop_field(sent.row, name),
        },
        Column::Consent(id) => match flag(text) {
            Some(flag) => sent.consents.push(json!({ "id": id, "value": flag, "source": "file" })),
            None => tally.drop_field(sent.row, id),
        },
    }
}

/// `True` and `False`, not yes and no (fact M-12). XML writes them small.
fn flag(text: &str) -> Option<bool> {
    match text {
        "True" | "true" => Some(true),
        "False" | "false" => Some(false),
        _ => None,
    }
}

/// The value of an attribute, if it is one (facts M-12, M-15).
fn attribute(world: &World, name: &str, text: &str) -> Option<Value> {
    let identifier = Identifier::ALL.into_iter().find(|kind| kind.attribute() == name);
    match (identifier, name) {
        (Some(Identifier::MobilePhone), _) => {
            identifiers::local_phone(text, &world.settings.calling_code).map(Value::from)
        }
        (Some(kind), _) => identifiers::indexed(kind, text).map(|_| Value::from(text)),
        (None, "birthDay") => text.get(..10)?.parse::<Date>().ok().map(|day| Value::from(day.to_string())),
        (None, "gender") => ["Male", "Female"].contains(&text).then(|| Value::from(text)),
        (None, _) => Some(Value::from(text)),
    }
}

fn import_one(world: &mut World, contact_type: &ContactType, mut sent: Sent, tally: &mut Tally) {
    let row = sent.row;
    if sent.contact_type.as_deref().is_some_and(|named| !named.eq_ignore_ascii_case(&contact_type.handle)) {
        tally.note(Note::at(Rule::FileMixedTypes, "contactType"));
        return tally.ignore(row, 1, "anotherType");
    }
    let Some(key) = profile::key(&sent.attributes, contact_type) else {
        return tally.ignore(row, 1, "noKey");
    };
    if is_too_young(world, &sent, tally) {
        return tally.ignore(row, 1, "tooYoung");
    }
    drop_odd_values(world, contact_type, &mut sent, tally);
    let holders: Vec<Uuid> = profile::holders(world, contact_type, &key).map(|one| one.id).collect();
    match (holders.first(), world.switches.file_existing) {
        (Some(_), FileExisting::Skips) => tally.ignore(row, 1, "exists"),
        (Some(holder), FileExisting::Updates) => update(world, *holder, &sent, tally),
        (None, _) => create(world, contact_type, sent, tally),
    }
}

fn is_too_young(world: &World, sent: &Sent, tally: &Tally) -> bool {
    let Some(age_min) = world.settings.age_min else { return false };
    let born =
        sent.attributes.get("birthDay").and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
    let today = world.settings.time_zone.date(tally.at());
    born.is_some_and(|born| born.saturating_add(i32::from(age_min).years()) > today)
}

/// Values that the tenant checks (switch `attributeValidation`) are left out like others that are bad.
fn drop_odd_values(world: &World, contact_type: &ContactType, sent: &mut Sent, tally: &mut Tally) {
    let mut unheard = Vec::new();
    let checked =
        profile::attributes(world, &sent.attributes, Some(contact_type.key), Author::Person, &mut unheard);
    let odd: Vec<String> = match checked {
        Ok(_) | Err(Wrong::KeyTaken(_)) => Vec::new(),
        Err(Wrong::Malformed(kind)) => vec![kind.attribute().to_owned()],
        Err(Wrong::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
    };
    for field in odd {
        if sent.attributes.remove(&field).is_some() {
            tally.drop_field(sent.row, &field);
        }
    }
}

fn body(sent: &Sent) -> Map<String, Value> {
    let mut body = sent.attributes.clone();
    if !sent.preferences.is_empty() {
        body.insert("preferences".to_owned(), Value::Object(sent.preferences.clone()));
    }
    if !sent.consents.is_empty() {
        body.insert("consents".to_owned(), Value::from(sent.consents.clone()));
    }
    body
}

fn update(world: &mut World, id: Uuid, sent: &Sent, tally: &mut Tally) {
    let Some(contact) = world.contacts.get(id).cloned() else { return };
    let body = body(sent);
    match profile::updated(world, &contact, &body, Author::Person, tally.at(), &mut Vec::new()) {
        Ok(after) => {
            world.change_contact(after, tally.at(), By::Engage);
            tally.updated();
        }
        Err(_) => tally.ignore(sent.row, 1, "notValid"),
    }
}

fn create(world: &mut World, contact_type: &ContactType, sent: Sent, tally: &mut Tally) {
    let lacking = profile::lacking(&sent.attributes, contact_type);
    if let Some(problem) = lacking.first() {
        return tally.ignore_at(sent.row, 1, "incomplete", &problem.text);
    }
    tell_shared(world, contact_type, &sent, tally);
    let consents = profile::consents(world, &body(&sent), tally.at(), &mut Vec::new());
    let preferences = profile::preferences(&Value::Object(sent.preferences), Preferences::default());
    let store = sent.attributes.get("createdInStore").and_then(fields::text);
    let new = New {
        contact_type: contact_type.clone(),
        attributes: sent.attributes,
        preferences,
        consents,
        source: sent.source,
        store,
        approved: true,
    };
    world.create_contact(new, tally.at(), SignedDuration::ZERO);
    tally.made(1);
}

/// Says which attributes it shares with contacts that are there: nobody else will (fact M-13).
fn tell_shared(world: &World, contact_type: &ContactType, sent: &Sent, tally: &mut Tally) {
    for kind in Identifier::ALL.into_iter().filter(|kind| *kind != contact_type.key) {
        let text = sent.attributes.get(kind.attribute()).and_then(Value::as_str);
        let Some(sought) = text.and_then(|text| Sought::new(kind, text)) else { continue };
        if world.contacts.with(&sought, world.switches.email_case).next().is_some() {
            tally.note(Note::at(Rule::FileDuplicate, kind.attribute()));
            tally.shared(kind.attribute());
        }
    }
}
