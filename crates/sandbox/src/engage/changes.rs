//! `GET /api/v3/contacts/changes`: who was created, updated or deleted in a stretch of time (facts C-82 to C-87).
//!
//! Both ends of the stretch belong to it. A contact stands there once, at its first event in the stretch; one that was
//! deleted since is listed as deleted only. A restored one counts as updated.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asked, Refusal};
use crate::effect::Answer;
use crate::fields;
use crate::history::{Change, What};
use crate::profile::Problem;
use crate::switches::{ChangesFeed, ChangesZone};
use crate::world::World;

pub(super) fn answer(world: &World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    match world.switches.changes_feed {
        ChangesFeed::On => {}
        ChangesFeed::Off403 => {
            return Err(Refusal::new(403, "Forbidden", "The change feed is not switched on."));
        }
        ChangesFeed::Off404 => {
            let message = "No HTTP resource was found that matches the request URI.";
            return Ok(Answer::json(404, &json!({ "message": message })));
        }
    }
    let invalid = |name: &str, what: &str| Refusal::invalid(400, vec![Problem::of(name, what)]);
    let kind = Value::from(asked.query.get("changeType").unwrap_or_default());
    let kind = fields::word(&kind, &["Created", "Updated", "Deleted"]);
    let kind = kind.ok_or_else(|| invalid("changeType", "is not Created, Updated or Deleted"))?;
    let time = |name: &str, text: &str| instant(world, text).ok_or_else(|| invalid(name, "is not a time"));
    let from = time("fromDate", asked.query.get("fromDate").unwrap_or_default())?;
    let to = asked.query.filled("toDate").map_or(Ok(asked.moment.at), |text| time("toDate", text))?;
    let ids = match kind {
        "Created" => created(world, from, to),
        "Updated" => changed(world, from, to, Listed::Updated),
        _ => changed(world, from, to, Listed::Deleted),
    };
    if ids.len() > world.switches.changes_cap as usize {
        return Err(Refusal::new(400, "TooManyContacts", "There are too many contacts: ask for less time."));
    }
    Ok(Answer::json(200, &json!(ids)))
}

/// A time as the feed takes it, without a zone; one with a zone is taken at its word.
fn instant(world: &World, text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local: DateTime = text.parse().ok()?;
    match world.switches.changes_zone {
        ChangesZone::Utc => jiff::tz::TimeZone::UTC.to_timestamp(local).ok(),
        ChangesZone::TenantZone => Some(world.settings.time_zone.instant(local)),
    }
}

fn created(world: &World, from: Timestamp, to: Timestamp) -> Vec<Uuid> {
    let rows = world.contacts.rows();
    let first = rows.partition_point(|contact| contact.created < from);
    let in_time = rows[first..].iter().take_while(|contact| contact.created <= to);
    in_time.filter(|contact| contact.is_here()).map(|contact| contact.id).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Updated,
    Deleted,
}

fn changed(world: &World, from: Timestamp, to: Timestamp, listed: Listed) -> Vec<Uuid> {
    let counts = |change: &&Change| match (&change.what, listed) {
        (What::Field { .. } | What::Restored, Listed::Updated) => {
            world.contacts.get(change.contact).is_some()
        }
        (What::Deleted, Listed::Deleted) => world.contacts.get(change.contact).is_none(),
        (What::Field { .. } | What::Restored, Listed::Deleted)
        | (What::Deleted, Listed::Updated)
        | (What::Erased | What::Triggered { .. }, _) => false,
    };
    let mut seen = HashSet::new();
    let ids = world.history.between(from, to).iter().filter(counts).map(|change| change.contact);
    ids.filter(|id| seen.insert(*id)).collect()
}
