//! `GET /api/v3/contacts/id`: who is this? (facts C-08 to C-18)

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Asked, Refusal};
use crate::effect::Answer;
use crate::findings::{Note, Rule};
use crate::identifiers;
use crate::settings::Identifier;
use crate::switches::IdAnswer;
use crate::world::World;

pub(super) const PARAMETERS: [&str; 6] =
    ["email", "socialSecurityNumber", "mobilePhone", "customKey", "any", "contactType"];

/// What is looked for: an identifier's kind and its indexed text.
type Wanted = (Identifier, String);

pub(super) fn answer(world: &World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let contact_type = match asked.query.filled("contactType") {
        None => None,
        Some(handle) => Some(
            world
                .settings
                .contact_type(handle)
                .ok_or_else(|| Refusal::new(400, "InvalidContactType", "There is no such contact type."))?,
        ),
    };
    let wanted = wanted(world, asked)?;
    let handle = contact_type.map(|one| one.handle.as_str());
    let found = matches(world, &wanted, handle, asked.moment.at);
    match found.as_slice() {
        [] => Err(Refusal::contact_not_found()),
        [id] => Ok(found_answer(world, *id)),
        several => Err(Refusal {
            details: Some(json!({ "multipleMatchesFound": several })),
            ..Refusal::new(409, "MultipleMatches", "More than one contact matches the search.")
        }),
    }
}

/// A found contact's id, as the switch writes it (fact C-12).
pub(super) fn found_answer(world: &World, id: Uuid) -> Answer {
    match world.switches.id_answer {
        IdAnswer::String => Answer::json(200, &json!(id)),
        IdAnswer::Object => Answer::json(200, &json!({ "id": id })),
    }
}

fn wanted(world: &World, asked: &mut Asked<'_>) -> Result<Vec<Wanted>, Refusal> {
    let mut wanted = Vec::new();
    for kind in [Identifier::Email, Identifier::SocialSecurityNumber, Identifier::MobilePhone] {
        if let Some(text) = asked.query.get(kind.attribute()) {
            let indexed = identifiers::indexed(kind, text).ok_or_else(|| malformed(kind))?;
            if kind == Identifier::Email && text != text.to_lowercase() {
                asked.notes.push(Note::at(Rule::EmailCase, "?email"));
            }
            wanted.push((kind, indexed));
        }
    }
    if let Some(text) = asked.query.filled("customKey") {
        wanted.push((world.settings.custom_key, text.to_owned()));
    }
    if let Some(text) = asked.query.filled("any") {
        wanted.push(identifiers::recognised(text, world.settings.custom_key, &world.settings.calling_code));
    }
    if wanted.is_empty() {
        return Err(Refusal::new(400, "InvalidSearchQuery", "The search names nothing to look for."));
    }
    Ok(wanted)
}

/// The refusal of an identifier that has not its form (fact C-15).
pub(super) fn malformed(kind: Identifier) -> Refusal {
    let (code, message) = match kind {
        Identifier::Email => ("InvalidEmailAddress", "The e-mail address is not valid."),
        Identifier::MobilePhone => ("InvalidPhoneNumber", "The phone number is not valid."),
        Identifier::SocialSecurityNumber => {
            ("InvalidSocialSecurityNumber", "The personal identity number is not valid.")
        }
        Identifier::MemberNumber | Identifier::ExternalId => {
            ("InvalidSearchQuery", "The custom key is not valid.")
        }
    };
    Refusal::new(400, code, message)
}

/// The contacts that have all that is looked for. How several parameters combine is not known (fact C-17).
fn matches(world: &World, wanted: &[Wanted], contact_type: Option<&str>, at: Timestamp) -> Vec<Uuid> {
    let Some(((kind, text), rest)) = wanted.split_first() else { return Vec::new() };
    world
        .contacts
        .with(*kind, text.clone())
        .filter(|contact| contact.visible <= at)
        .filter(|contact| contact_type.is_none_or(|handle| handle == contact.contact_type))
        .filter(|contact| {
            rest.iter().all(|(kind, text)| {
                let own = contact.attribute(kind.attribute());
                own.and_then(|own| identifiers::indexed(*kind, own)).as_ref() == Some(text)
            })
        })
        .map(|contact| contact.id)
        .collect()
}
