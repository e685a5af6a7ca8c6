//! `GET /api/v3/contacts/id`: who is this? (facts C-08 to C-18)

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Asked, DEFAULT_TYPE, Refusal};
use crate::effect::Answer;
use crate::findings::{Note, Rule};
use crate::identifiers::Sought;
use crate::settings::Identifier;
use crate::switches::{IdAnswer, SeveralParameters, UnapprovedInLookup, UntypedLookup};
use crate::world::World;

pub(super) const PARAMETERS: [&str; 6] =
    ["email", "socialSecurityNumber", "mobilePhone", "customKey", "any", "contactType"];

pub(super) fn answer(world: &World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let handle = match asked.query.filled("contactType") {
        Some(handle) => Some(known_type(world, handle)?),
        None => match world.switches.untyped_lookup {
            UntypedLookup::AnyType => None,
            UntypedLookup::DefaultType => Some(DEFAULT_TYPE.to_owned()),
        },
    };
    let wanted = wanted(world, asked)?;
    let found = the_one(world, &wanted, handle.as_deref(), asked.moment.at)?;
    Ok(found_answer(world, found))
}

/// The handle of a type as the tenant spells it.
pub(super) fn known_type(world: &World, handle: &str) -> Result<String, Refusal> {
    let known = world.settings.contact_type(handle).map(|one| one.handle.clone());
    known.ok_or_else(|| Refusal::new(400, "InvalidContactType", "There is no such contact type."))
}

/// The one contact that is meant (facts C-13, C-14).
pub(super) fn the_one(
    world: &World,
    wanted: &[Sought],
    handle: Option<&str>,
    at: Timestamp,
) -> Result<Uuid, Refusal> {
    match matches(world, wanted, handle, at).as_slice() {
        [] => Err(Refusal::contact_not_found()),
        [id] => Ok(*id),
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

/// What the parameters ask for: all of it, or the first that is filled (fact C-17).
pub(super) fn wanted(world: &World, asked: &mut Asked<'_>) -> Result<Vec<Sought>, Refusal> {
    let mut wanted = Vec::new();
    let first_only = world.switches.several_parameters == SeveralParameters::FirstNonEmpty;
    for kind in [Identifier::Email, Identifier::SocialSecurityNumber, Identifier::MobilePhone] {
        if first_only && !wanted.is_empty() {
            break;
        }
        let name = kind.attribute();
        let text = if first_only { asked.query.filled(name) } else { asked.query.get(name) };
        let Some(text) = text else { continue };
        wanted.push(Sought::new(kind, text).ok_or_else(|| malformed(kind))?);
        if kind == Identifier::Email && text != text.to_lowercase() {
            asked.notes.push(Note::at(Rule::EmailCase, "?email"));
        }
    }
    let settings = &world.settings;
    let custom = asked
        .query
        .filled("customKey")
        .map(|text| Sought::new(settings.custom_key, text).ok_or_else(|| malformed(settings.custom_key)));
    wanted.extend(custom.transpose()?);
    let any = asked.query.filled("any");
    wanted.extend(any.map(|text| Sought::any(text, settings.custom_key, &settings.calling_code)));
    if first_only {
        wanted.truncate(1);
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

fn matches(world: &World, wanted: &[Sought], handle: Option<&str>, at: Timestamp) -> Vec<Uuid> {
    let Some((first, rest)) = wanted.split_first() else { return Vec::new() };
    let case = world.switches.email_case;
    let hidden = world.switches.unapproved_in_lookup == UnapprovedInLookup::Hidden;
    world
        .contacts
        .with(first, case)
        .filter(|contact| contact.visible <= at && (contact.approved || !hidden))
        .filter(|contact| handle.is_none_or(|handle| handle.eq_ignore_ascii_case(&contact.contact_type)))
        .filter(|contact| rest.iter().all(|sought| sought.fits(contact, case)))
        .map(|contact| contact.id)
        .collect()
}
