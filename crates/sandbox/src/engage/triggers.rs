//! Custom triggers: a call that starts what a tenant's automations do on it (fact P-81).
//!
//! What they would do is not done; that they were started is written into the contact's history. Nothing makes a
//! repeated call harmless.

use serde_json::{Map, Value};

use super::{Asked, Moment, Refusal, loyalty, reading};
use crate::contacts::Contact;
use crate::effect::Answer;
use crate::history::{By, Change, What};
use crate::identifiers::Sought;
use crate::profile::Problem;
use crate::settings::Identifier;
use crate::switches::{TriggerAnswer, TriggersAt};
use crate::world::World;

/// A call of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call<'a> {
    version: Version,
    trigger: &'a str,
    whom: Whom<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V2,
    V3,
}

/// By what the contact is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom<'a> {
    Id(&'a str),
    TypeAndKey(&'a str, &'a str),
    ExternalId(&'a str),
    PersonalNumber(&'a str),
}

impl<'a> Call<'a> {
    /// The call that a method and the segments of a path mean. A key is decoded only when it is looked for.
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Option<Call<'a>> {
        let ("POST", [version, "automation", "customTriggers", trigger, whom @ ..]) = (method, segments)
        else {
            return None;
        };
        let version = match *version {
            "v2" => Version::V2,
            "v3" => Version::V3,
            _ => return None,
        };
        let whom = match whom {
            ["triggerByContactId", id] => Whom::Id(id),
            ["triggerByContactTypeAndKey", handle, key] => Whom::TypeAndKey(handle, key),
            ["triggerByExternalContactId", id] => Whom::ExternalId(id),
            ["triggerBySocialSecurityNumber", number] => Whom::PersonalNumber(number),
            _ => return None,
        };
        Some(Call { version, trigger, whom })
    }

    pub(super) fn name(self) -> &'static str {
        match self.whom {
            Whom::Id(_) => {
                "POST /api/v2/automation/customTriggers/{triggerId}/triggerByContactId/{contactId}"
            }
            Whom::TypeAndKey(..) => {
                "POST /api/v2/automation/customTriggers/{triggerId}/triggerByContactTypeAndKey/{contactType}/{keyValue}"
            }
            Whom::ExternalId(_) => {
                "POST /api/v2/automation/customTriggers/{triggerId}/triggerByExternalContactId/{externalId}"
            }
            Whom::PersonalNumber(_) => {
                "POST /api/v2/automation/customTriggers/{triggerId}/triggerBySocialSecurityNumber/{ssn}"
            }
        }
    }

    pub(super) fn answer(self, world: &mut World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        if self.version == Version::V3 && world.switches.triggers_at == TriggersAt::V2Only {
            return Ok(loyalty::no_such_path());
        }
        let trigger = super::query::decoded(self.trigger);
        if !world.settings.custom_triggers.contains(&trigger) {
            return Err(Refusal::new(404, "CustomTriggerNotFound", "The trigger was not found."));
        }
        let fields = flat(asked)?;
        let contact = self.whom.find(world, asked)?.id;
        let Moment { at, number, .. } = asked.moment;
        let what = What::Triggered { trigger, fields };
        world.history.push(Change { at, contact, by: By::Request(number), what });
        Ok(Answer::empty(match world.switches.trigger_answer {
            TriggerAnswer::Ok => 200,
            TriggerAnswer::Accepted => 202,
            TriggerAnswer::NoContent => 204,
        }))
    }
}

/// The fields of a trigger: texts, and no object in an object. It may have none.
fn flat(asked: &Asked<'_>) -> Result<Map<String, Value>, Refusal> {
    if asked.request.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let fields: Map<String, Value> = serde_json::from_slice(&asked.request.body)
        .map_err(|_| Refusal::new(400, "InvalidJson", "The body is not a JSON object."))?;
    let nested = fields.iter().filter(|(_, value)| value.is_object() || value.is_array());
    let problems: Vec<Problem> = nested.map(|(name, _)| Problem::of(name, "is not a text")).collect();
    if problems.is_empty() { Ok(fields) } else { Err(Refusal::invalid(400, problems)) }
}

impl Whom<'_> {
    fn find<'w>(self, world: &'w World, asked: &Asked<'_>) -> Result<&'w Contact, Refusal> {
        let by = |kind: Identifier, text: &str, handle: Option<&str>| {
            let sought = Sought::new(kind, &super::query::decoded(text))?;
            let found = world.contacts.with(&sought, world.switches.email_case).find(|contact| {
                contact.visible <= asked.moment.at
                    && handle.is_none_or(|handle| contact.contact_type.eq_ignore_ascii_case(handle))
            });
            found.map(AsRef::as_ref)
        };
        let found = match self {
            Whom::Id(id) => return reading::visible(world, asked, id),
            Whom::ExternalId(id) => by(Identifier::ExternalId, id, None),
            Whom::PersonalNumber(number) => by(Identifier::SocialSecurityNumber, number, None),
            Whom::TypeAndKey(handle, key) => {
                let contact_type = world.settings.contact_type(&super::query::decoded(handle));
                let contact_type = contact_type.ok_or_else(|| {
                    Refusal::new(400, "InvalidContactType", "There is no such contact type.")
                })?;
                by(contact_type.key, key, Some(&contact_type.handle))
            }
        };
        found.ok_or_else(Refusal::contact_not_found)
    }
}
