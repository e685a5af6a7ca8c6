//! `POST` and `PATCH /api/v3/contacts/bulk`, and how a batch is (facts M-28 to M-30).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asked, Refusal};
use crate::bulk::{Batch, Deed};
use crate::effect::Answer;
use crate::profile::Problem;
use crate::switches::BulkAnswer;
use crate::world::World;

/// Most contacts in a call (fact M-28).
const CONTACTS_MAX: usize = 4_000;

/// A call about many contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Create,
    Update,
    Status,
}

impl Call {
    /// The call that a method and the segments of a path mean.
    pub(super) fn of(method: &str, segments: &[&str]) -> Option<Call> {
        match (method, segments) {
            ("POST", ["v3", "contacts", "bulk"]) => Some(Call::Create),
            ("PATCH", ["v3", "contacts", "bulk"]) => Some(Call::Update),
            ("GET", ["v2", "contacts", "bulk", "status"]) => Some(Call::Status),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Call::Create => "POST /api/v3/contacts/bulk",
            Call::Update => "PATCH /api/v3/contacts/bulk",
            Call::Status => "GET /api/v2/contacts/bulk/status",
        }
    }

    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Call::Create | Call::Update => &["contactType", "avoidTriggeringExport"],
            Call::Status => &["batchId"],
        }
    }

    pub(super) fn answer(self, world: &mut World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        match self {
            Call::Create => take(world, asked, Deed::Create),
            Call::Update => take(world, asked, Deed::Update),
            Call::Status => status(world, asked),
        }
    }
}

fn take(world: &mut World, asked: &Asked<'_>, deed: Deed) -> Result<Answer, Refusal> {
    let contacts = match serde_json::from_slice(&asked.request.body) {
        Ok(Value::Array(contacts)) if contacts.is_empty() => {
            return Err(Refusal::new(400, "NoData", "The array is empty."));
        }
        Ok(Value::Array(contacts)) if contacts.len() > CONTACTS_MAX => {
            let message = format!("There are {} contacts, of {CONTACTS_MAX} at most.", contacts.len());
            return Err(Refusal::new(400, "TooManyContacts", message));
        }
        Ok(Value::Array(contacts)) => contacts,
        Ok(_) => return Err(Refusal::new(400, "InvalidJson", "The body is not a JSON array.")),
        Err(error) => {
            return Err(Refusal::new(400, "InvalidJson", format!("The body is not JSON: {error}.")));
        }
    };
    let contact_type = match asked.query.filled("contactType") {
        Some(handle) => world.settings.contact_type(handle),
        // The tenant's default type is its first.
        None => world.settings.contact_types.first(),
    };
    let unknown = || Refusal::invalid(422, vec![Problem::of("contactType", "does not exist")]);
    let contact_type = contact_type.ok_or_else(unknown)?.handle.clone();
    let takes = SignedDuration::from_secs(i64::from(world.switches.bulk_seconds));
    let due = asked.moment.at.saturating_add(takes).unwrap_or(Timestamp::MAX);
    let id = world.ids.next();
    world.batches.take(Batch { id, request: asked.moment.number, deed, contact_type, due, contacts });
    let status = match world.switches.bulk_answer {
        BulkAnswer::Accepted => 202,
        BulkAnswer::Ok => 200,
    };
    Ok(Answer::json(status, &json!(id)))
}

fn status(world: &World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let id = asked.query.filled("batchId").and_then(|text| Uuid::try_parse(text).ok());
    let found = id.and_then(|id| world.batches.status(id));
    let status = found.ok_or_else(|| Refusal::new(404, "BatchNotFound", "The batch was not found."))?;
    Ok(Answer::json(200, &status))
}
