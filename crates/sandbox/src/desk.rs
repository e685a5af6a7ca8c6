//! What a person does to contacts in Engage's own pages: create, edit, delete, restore. The same rules hold as for
//! calls, but nobody is advised, a new contact is seen at once, and what Engage sets itself can be set.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::acts::{self, Refused};
use crate::contacts::{Contact, Preferences, Presence};
use crate::fields;
use crate::history::By;
use crate::lifecycle::New;
use crate::profile::{self, Author, Problem, Wrong};
use crate::world::World;

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Refused {
        match wrong {
            Wrong::Malformed(kind) => Refused::Bad(format!("{} is not valid", kind.attribute())),
            Wrong::Invalid(problems) => {
                let texts: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
                Refused::Bad(texts.join(" "))
            }
            Wrong::KeyTaken(kind) => {
                Refused::Conflict(format!("another contact has this {}", kind.attribute()))
            }
        }
    }
}

/// Creates a contact, and says its id.
pub(crate) fn create(
    world: &mut World,
    handle: &str,
    fields: &Map<String, Value>,
    at: Timestamp,
) -> Result<Uuid, Refused> {
    let new = new(world, handle, fields, at)?;
    Ok(world.create_contact(new, at, SignedDuration::ZERO).id)
}

fn new(world: &World, handle: &str, body: &Map<String, Value>, at: Timestamp) -> Result<New, Wrong> {
    refuse_wrong_kinds(world, body)?;
    let contact_type = world.settings.contact_type(handle).cloned();
    let contact_type =
        contact_type.ok_or_else(|| Wrong::Invalid(vec![Problem::of("contactType", "does not exist")]))?;
    let mut unheard = Vec::new();
    let attributes = profile::attributes(world, body, Some(contact_type.key), Author::Person, &mut unheard)?;
    let lacking = profile::lacking(&attributes, &contact_type);
    if !lacking.is_empty() {
        return Err(Wrong::Invalid(lacking));
    }
    profile::refuse_taken_key(world, &contact_type, &attributes, Uuid::nil())?;
    let sent = body.get("preferences").unwrap_or(&Value::Null);
    let store = attributes.get("createdInStore").and_then(fields::text).filter(|text| !text.is_empty());
    Ok(New {
        contact_type,
        attributes,
        preferences: profile::preferences(sent, Preferences::default()),
        consents: profile::consents(world, body, at, &mut unheard),
        source: None,
        store,
        approved: true,
    })
}

/// Changes a contact's fields as an update does.
pub(crate) fn change(
    world: &mut World,
    id: Uuid,
    fields: &Map<String, Value>,
    at: Timestamp,
) -> Result<(), Refused> {
    refuse_wrong_kinds(world, fields)?;
    let contact = acts::living(world, id)?;
    let after = profile::updated(world, contact, fields, Author::Person, at, &mut Vec::new())?;
    world.change_contact(after, at, By::Person);
    Ok(())
}

fn refuse_wrong_kinds(world: &World, body: &Map<String, Value>) -> Result<(), Wrong> {
    profile::refuse_wrong_kinds(&fields::inspect(body, fields::CONTACT, &world.settings.custom_attributes))
}

/// Deletes a contact.
pub(crate) fn delete(world: &mut World, id: Uuid, at: Timestamp) -> Result<(), Refused> {
    let contact = acts::living(world, id)?.clone();
    world.delete_contact(&contact, at, By::Person);
    Ok(())
}

/// Undoes a deletion, unless its time is over or somebody else has the key by now (fact C-57).
pub(crate) fn restore(world: &mut World, id: Uuid, at: Timestamp) -> Result<(), Refused> {
    let unknown = || Refused::NotFound(format!("there is no contact {id}"));
    let contact = world.contacts.kept(id).cloned().ok_or_else(unknown)?;
    match contact.presence {
        Presence::Here => Err(Refused::Conflict("this contact is not deleted".to_owned())),
        Presence::Erased { .. } => Err(Refused::Conflict("this contact's data was erased".to_owned())),
        Presence::Deleted { .. } => {
            key_is_free(world, &contact)?;
            world.restore_contact(&contact, at, By::Person);
            Ok(())
        }
    }
}

fn key_is_free(world: &World, contact: &Contact) -> Result<(), Wrong> {
    match world.settings.contact_type(&contact.contact_type) {
        Some(contact_type) => profile::refuse_taken_key(world, contact_type, &contact.attributes, contact.id),
        None => Ok(()),
    }
}
