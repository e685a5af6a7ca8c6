//! Batches of contacts that a bulk call brought: each is worked off a while after it was taken, one after another, and
//! every contact of it by itself (facts M-28 to M-30).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::contacts::Preferences;
use crate::effect::Level;
use crate::fields;
use crate::findings::Note;
use crate::history::By;
use crate::lifecycle::New;
use crate::lint;
use crate::profile::{self, Author, Wrong};
use crate::ring::Ring;
use crate::settings::ContactType;
use crate::switches::PreferencesDefault;
use crate::world::World;

/// How many batches are remembered when they are done.
const ENDED_KEPT: usize = 1_000;
/// The preferences, which stand among the other fields here.
const PREFERENCES: [&str; 3] = ["acceptsEmail", "acceptsSms", "acceptsPostal"];

/// What a batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Deed {
    Create,
    Update,
}

impl Deed {
    fn call(self) -> &'static str {
        match self {
            Deed::Create => "POST /api/v3/contacts/bulk",
            Deed::Update => "PATCH /api/v3/contacts/bulk",
        }
    }
}

/// A batch that is to be worked off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    pub(crate) id: Uuid,
    /// The number of the request that brought it.
    pub(crate) request: u64,
    pub(crate) deed: Deed,
    /// The handle of its contacts' type.
    pub(crate) contact_type: String,
    pub(crate) due: Timestamp,
    pub(crate) contacts: Vec<Value>,
}

/// A batch that was worked off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    id: Uuid,
    created: u64,
    updated: u64,
    errors: Vec<RowError>,
}

/// Why a contact of a batch was not taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowError {
    /// Its place, from 0.
    index: usize,
    key: Option<String>,
    error_code: String,
    message: String,
}

/// All batches: those that wait, in the order of their arrival, and the last that are done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Batches {
    waiting: VecDeque<Batch>,
    ended: Ring<Ended>,
}

impl Default for Batches {
    fn default() -> Batches {
        Batches { waiting: VecDeque::new(), ended: Ring::keeping(ENDED_KEPT) }
    }
}

impl Batches {
    pub(crate) fn take(&mut self, batch: Batch) {
        self.waiting.push_back(batch);
    }

    /// When the next one is worked off.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.waiting.front().map(|batch| batch.due)
    }

    /// How one is, in the shape that is assumed (fact M-29); none if nobody knows it.
    pub(crate) fn status(&self, id: Uuid) -> Option<Value> {
        if self.waiting.iter().any(|batch| batch.id == id) {
            return Some(json!({ "batchId": id, "status": "Processing" }));
        }
        let ended = self.ended.iter().find(|batch| batch.id == id)?;
        Some(json!({
            "batchId": id,
            "status": "Completed",
            "created": ended.created,
            "updated": ended.updated,
            "failed": ended.errors.len(),
            "errors": ended.errors,
        }))
    }
}

/// Why a contact is not taken: a code and a sentence.
struct Failure(&'static str, String);

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Failure {
        match wrong {
            Wrong::Malformed(kind) => {
                Failure("ValidationError", format!("{} is not valid.", kind.attribute()))
            }
            Wrong::Invalid(problems) => {
                let texts: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
                Failure("ValidationError", texts.join(" "))
            }
            Wrong::KeyTaken(_) => key_exists(),
        }
    }
}

fn key_exists() -> Failure {
    Failure("ApprovedContactWithKeyExists", "An approved contact with this key exists.".to_owned())
}

/// Works off the batch that is next.
pub(crate) fn run_next(world: &mut World) {
    let Some(batch) = world.batches.waiting.pop_front() else { return };
    let at = batch.due;
    let mut ended = Ended { id: batch.id, created: 0, updated: 0, errors: Vec::new() };
    let contact_type = world.settings.contact_type(&batch.contact_type).cloned();
    for (index, contact) in batch.contacts.iter().enumerate() {
        let done = match (&contact_type, contact.as_object()) {
            (Some(contact_type), Some(contact)) => {
                one(world, &batch, contact_type, index, &nested(contact), at)
            }
            (None, _) => Err(Failure("InvalidContactType", "The contact type does not exist.".to_owned())),
            (_, None) => Err(Failure("ValidationError", "It is not an object.".to_owned())),
        };
        match done {
            Ok(Deed::Create) => ended.created += 1,
            Ok(Deed::Update) => ended.updated += 1,
            Err(Failure(code, message)) => {
                let key =
                    contact_type.as_ref().and_then(|one| fields::text(contact.get(one.key.attribute())?));
                ended.errors.push(RowError { index, key, error_code: code.to_owned(), message });
            }
        }
    }
    let Ended { id, created, updated, errors } = &ended;
    let text = format!("batch {id}: {created} created, {updated} updated, {} failed", errors.len());
    world.log(if errors.is_empty() { Level::Info } else { Level::Warning }, at, text);
    world.batches.ended.push(ended);
}

/// A flat contact as the body of a single call.
fn nested(contact: &Map<String, Value>) -> Map<String, Value> {
    let (preferences, mut body): (Map<String, Value>, Map<String, Value>) =
        contact.clone().into_iter().partition(|(name, _)| PREFERENCES.contains(&name.as_str()));
    if !preferences.is_empty() {
        body.insert("preferences".to_owned(), Value::Object(preferences));
    }
    body
}

fn one(
    world: &mut World,
    batch: &Batch,
    contact_type: &ContactType,
    index: usize,
    body: &Map<String, Value>,
    at: Timestamp,
) -> Result<Deed, Failure> {
    let troubles = fields::inspect(body, fields::CONTACT, &world.settings.custom_attributes);
    let noted: Vec<Note> = match batch.deed {
        Deed::Create => lint::troubles(&troubles).collect(),
        Deed::Update => lint::update_troubles(&troubles).collect(),
    };
    for note in noted {
        let path = format!("[{index}].{}", note.path);
        world.note(Note { path, ..note }, batch.deed.call(), at, batch.request);
    }
    profile::refuse_wrong_kinds(&troubles)?;
    let mut unheard = Vec::new();
    let attributes = profile::attributes(world, body, Some(contact_type.key), Author::Call, &mut unheard)?;
    let lacks_key = || Failure("ValidationError", format!("{} is required.", contact_type.key.attribute()));
    let key = profile::key(&attributes, contact_type).ok_or_else(lacks_key)?;
    let holder = profile::holders(world, contact_type, &key).next().cloned();
    match (batch.deed, holder) {
        (Deed::Create, Some(_)) => Err(key_exists()),
        (Deed::Create, None) => create(world, contact_type, attributes, body, at),
        (Deed::Update, None) => Err(Failure("ContactNotFound", "The contact was not found.".to_owned())),
        (Deed::Update, Some(holder)) => {
            let after = profile::updated(world, &holder, body, Author::Call, at, &mut unheard)?;
            world.change_contact(after, at, By::Request(batch.request));
            Ok(Deed::Update)
        }
    }
}

fn create(
    world: &mut World,
    contact_type: &ContactType,
    attributes: Map<String, Value>,
    body: &Map<String, Value>,
    at: Timestamp,
) -> Result<Deed, Failure> {
    let lacking = profile::lacking(&attributes, contact_type);
    if !lacking.is_empty() {
        return Err(Wrong::Invalid(lacking).into());
    }
    let unsaid = world.switches.preferences_default == PreferencesDefault::True;
    let unsaid = Preferences { accepts_email: unsaid, accepts_sms: unsaid, accepts_postal: unsaid };
    let store = attributes.get("createdInStore").and_then(fields::text).filter(|text| !text.is_empty());
    let new = New {
        contact_type: contact_type.clone(),
        attributes,
        preferences: body.get("preferences").map_or(unsaid, |sent| profile::preferences(sent, unsaid)),
        consents: profile::consents(world, body, at, &mut Vec::new()),
        source: None,
        store,
        approved: true,
    };
    let blind_for = SignedDuration::from_secs(i64::from(world.switches.visibility_delay_seconds));
    world.create_contact(new, at, blind_for);
    Ok(Deed::Create)
}
