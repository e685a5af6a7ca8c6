//! Promotions: what the tenant offers ([`Definition`]), how far that is ([`Stage`]), and to whom it was given
//! ([`Assignment`]).
//!
//! A definition is written as the API writes one (fact P-22), and checked when it is made. Calls make drafts; only a
//! person makes a promotion of one, or ends it (fact P-66).

mod assignment;
mod definition;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::acts::Refused;
use crate::switches::DuplicateExternalId;
use crate::world::World;
use crate::zone::Zone;

pub use assignment::{Assignment, AssignmentState, Redemption};
pub(crate) use assignment::{
    NotAssigned, NotRedeemed, assign, delete as take_away, has_unused, listed, of, redeem,
};
pub use definition::{Channel, ChannelKind, ChannelValue, Definition, Presentation, Unit, Validity};

/// A promotion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// Its id.
    pub id: Uuid,
    /// What it offers.
    pub definition: Definition,
    /// What was done with it in Engage's pages.
    pub stage: Stage,
}

/// What was done with a promotion in Engage's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Nothing yet.
    Draft,
    /// It was activated.
    Published,
    /// It was ended by hand.
    Ended {
        /// When, in world time.
        at: Timestamp,
    },
}

/// How a promotion is at a time, in Engage's words (fact P-62).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Status {
    /// It can be changed, and not assigned.
    Draft,
    /// Its first day lies ahead.
    Scheduled,
    /// It can be assigned and used.
    Active,
    /// It is over; what was assigned stays.
    Ended,
}

impl Status {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Draft => "Draft",
            Status::Scheduled => "Scheduled",
            Status::Active => "Active",
            Status::Ended => "Ended",
        }
    }
}

impl Promotion {
    /// How it is at a time, by the days of a zone.
    #[must_use]
    pub fn status(&self, at: Timestamp, zone: &Zone) -> Status {
        match self.stage {
            Stage::Draft => Status::Draft,
            Stage::Ended { .. } => Status::Ended,
            Stage::Published => {
                let today = zone.date(at);
                let over = matches!(self.definition.validity, Validity::Until(end) if end < today);
                if over {
                    Status::Ended
                } else if self.definition.start.is_some_and(|start| start > today) {
                    Status::Scheduled
                } else {
                    Status::Active
                }
            }
        }
    }

    /// The promotion as a call answers it.
    pub(crate) fn answered(&self, at: Timestamp, zone: &Zone) -> Value {
        let mut answer = self.definition.answered(zone);
        answer["id"] = Value::from(self.id.to_string());
        answer["status"] = Value::from(self.status(at, zone).name());
        answer
    }
}

/// All promotions, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Promotions(Vec<Promotion>);

impl Promotions {
    pub(crate) fn rows(&self) -> &[Promotion] {
        &self.0
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&Promotion> {
        self.0.iter().find(|one| one.id == id)
    }

    /// The first with this external id (fact P-63).
    pub(crate) fn with_external_id(&self, external: &str) -> Option<&Promotion> {
        self.0.iter().find(|one| one.definition.external_id.as_deref() == Some(external))
    }

    fn get_mut(&mut self, id: Uuid) -> Option<&mut Promotion> {
        self.0.iter_mut().find(|one| one.id == id)
    }
}

/// Most promotions that there can be: each is looked for among all.
const PROMOTIONS_MAX: usize = 1_000;

/// Why a promotion is not made, changed or deleted by a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locked {
    /// There are too many.
    Full,
    /// Another one has its external id.
    ExternalIdTaken,
    /// There is no such promotion.
    Unknown,
    /// It is no draft any more.
    NotDraft,
    /// It was assigned to somebody.
    Assigned,
}

/// Makes a promotion that can be assigned at once, as somebody does in Engage's pages; answers its id.
pub(crate) fn define(world: &mut World, definition: Definition) -> Result<Uuid, Refused> {
    insert(world, definition, Stage::Published).map_err(refused)
}

/// Makes a draft, as a person does; answers its id.
pub(crate) fn draft(world: &mut World, definition: Definition) -> Result<Uuid, Refused> {
    create(world, definition).map_err(refused)
}

/// Makes a draft; answers its id.
pub(crate) fn create(world: &mut World, definition: Definition) -> Result<Uuid, Locked> {
    insert(world, definition, Stage::Draft)
}

fn refused(because: Locked) -> Refused {
    Refused::Conflict(match because {
        Locked::Full => format!("there are {PROMOTIONS_MAX} promotions already"),
        Locked::ExternalIdTaken => "a promotion with this external id exists".to_owned(),
        Locked::Unknown => "there is no such promotion".to_owned(),
        Locked::NotDraft => "the promotion is no draft".to_owned(),
        Locked::Assigned => "the promotion was assigned".to_owned(),
    })
}

fn insert(world: &mut World, definition: Definition, stage: Stage) -> Result<Uuid, Locked> {
    if world.promotions.0.len() == PROMOTIONS_MAX {
        return Err(Locked::Full);
    }
    refuse_taken(world, &definition, None)?;
    let id = world.ids.next();
    world.promotions.0.push(Promotion { id, definition, stage });
    Ok(id)
}

/// Refuses an external id that another promotion has, where that is how it is (fact P-62).
fn refuse_taken(world: &World, definition: &Definition, own: Option<Uuid>) -> Result<(), Locked> {
    let external = definition.external_id.as_deref();
    let holder = external.and_then(|external| world.promotions.with_external_id(external));
    let is_taken = holder.is_some_and(|holder| Some(holder.id) != own);
    if is_taken && world.switches.duplicate_external_id == DuplicateExternalId::Refused409 {
        return Err(Locked::ExternalIdTaken);
    }
    Ok(())
}

/// Replaces what a draft offers (fact P-64).
pub(crate) fn update(world: &mut World, id: Uuid, definition: Definition) -> Result<(), Locked> {
    let promotion = world.promotions.get(id).ok_or(Locked::Unknown)?;
    if promotion.stage != Stage::Draft {
        return Err(Locked::NotDraft);
    }
    refuse_taken(world, &definition, Some(id))?;
    world.promotions.get_mut(id).ok_or(Locked::Unknown)?.definition = definition;
    Ok(())
}

/// Deletes a promotion that was never assigned (fact P-65).
pub(crate) fn delete(world: &mut World, id: Uuid) -> Result<(), Locked> {
    if world.promotions.get(id).is_none() {
        return Err(Locked::Unknown);
    }
    if world.assignments.rows().any(|one| one.promotion == id) {
        return Err(Locked::Assigned);
    }
    world.promotions.0.retain(|one| one.id != id);
    Ok(())
}

/// Activates a draft, as a person does in Engage's pages.
pub(crate) fn activate(world: &mut World, id: Uuid) -> Result<(), Refused> {
    let promotion = person_finds(world, id)?;
    match promotion.stage {
        Stage::Draft => promotion.stage = Stage::Published,
        Stage::Published => return Err(Refused::Conflict("the promotion is active already".to_owned())),
        Stage::Ended { .. } => return Err(Refused::Conflict("the promotion was ended".to_owned())),
    }
    Ok(())
}

/// Ends a promotion, as a person does in Engage's pages. What was assigned stays (fact P-67).
pub(crate) fn end(world: &mut World, id: Uuid, at: Timestamp) -> Result<(), Refused> {
    let promotion = person_finds(world, id)?;
    match promotion.stage {
        Stage::Published => promotion.stage = Stage::Ended { at },
        Stage::Draft => return Err(Refused::Conflict("the promotion is a draft".to_owned())),
        Stage::Ended { .. } => return Err(Refused::Conflict("the promotion was ended before".to_owned())),
    }
    Ok(())
}

fn person_finds(world: &mut World, id: Uuid) -> Result<&mut Promotion, Refused> {
    world.promotions.get_mut(id).ok_or_else(|| Refused::NotFound(format!("there is no promotion {id}")))
}
