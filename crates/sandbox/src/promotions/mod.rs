//! Promotions: what the tenant offers ([`Definition`]), and to whom it was given ([`Assignment`]).
//!
//! A definition is written as the API writes one (fact P-22), and checked when it is made. An assignment freezes its
//! own days, so that nothing that is done to the definition later takes it away.

mod definition;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Refused, living};
use crate::holdings::Held;
use crate::switches::{ChannelsShown, Listed};
use crate::world::World;

pub use definition::{Channel, ChannelKind, ChannelValue, Definition, Presentation, Unit, Validity};

/// A promotion that can be assigned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// Its id.
    pub id: Uuid,
    /// What it offers.
    pub definition: Definition,
}

/// A promotion that was given to a contact, to be used once (fact P-29).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Its id, by which it is redeemed.
    pub id: Uuid,
    /// Whose it is.
    pub contact: Uuid,
    /// Of which promotion.
    pub promotion: Uuid,
    /// When it was given, in world time.
    pub assigned: Timestamp,
    /// From when it can be used.
    pub valid_from: Timestamp,
    /// The last second of its last day; none is until further notice.
    pub expires: Option<Timestamp>,
    /// When and where it was used.
    pub redeemed: Option<Redemption>,
}

/// The use of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Redemption {
    /// When, in world time.
    pub at: Timestamp,
    /// Where.
    pub channel: ChannelKind,
}

/// How an assignment is at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignmentState {
    /// Its first day lies ahead.
    Scheduled,
    /// It can be used.
    Available,
    /// It was used.
    Redeemed,
    /// Its last day is over.
    Expired,
}

impl Assignment {
    /// How it is at a time. Its last second counts in full.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> AssignmentState {
        if self.redeemed.is_some() {
            AssignmentState::Redeemed
        } else if self.expires.is_some_and(|end| at.as_second() > end.as_second()) {
            AssignmentState::Expired
        } else if self.valid_from > at {
            AssignmentState::Scheduled
        } else {
            AssignmentState::Available
        }
    }
}

impl Held for Assignment {
    fn id(&self) -> Uuid {
        self.id
    }

    fn contact(&self) -> Uuid {
        self.contact
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
}

/// Most promotions that there can be: each is looked for among all.
const PROMOTIONS_MAX: usize = 1_000;

/// Makes a promotion that can be assigned at once, as somebody does in Engage's pages; answers its id.
pub(crate) fn define(world: &mut World, definition: Definition) -> Result<Uuid, Refused> {
    if world.promotions.0.len() == PROMOTIONS_MAX {
        return Err(Refused::Conflict(format!("there are {PROMOTIONS_MAX} promotions already")));
    }
    let taken = |external: &String| {
        world.promotions.0.iter().any(|one| one.definition.external_id.as_ref() == Some(external))
    };
    if let Some(external) = definition.external_id.as_ref().filter(|external| taken(external)) {
        return Err(Refused::Conflict(format!("a promotion with the external id {external} exists")));
    }
    let id = world.ids.next();
    world.promotions.0.push(Promotion { id, definition });
    Ok(id)
}

/// Gives a promotion to a contact; answers the assignment's id.
pub(crate) fn assign(
    world: &mut World,
    contact: Uuid,
    promotion: Uuid,
    at: Timestamp,
) -> Result<Uuid, Refused> {
    let contact = living(world, contact)?.id;
    let Some(found) = world.promotions.get(promotion) else {
        return Err(Refused::NotFound(format!("there is no promotion {promotion}")));
    };
    let zone = &world.settings.time_zone;
    let (start, validity) = (found.definition.start, found.definition.validity);
    let valid_from = start.map_or(at, |start| zone.start_of(start).max(at));
    let expires = last_day(validity, zone.date(valid_from)).map(|day| zone.end_of(day));
    if expires.is_some_and(|end| end < valid_from) {
        return Err(Refused::Conflict("the promotion is over".to_owned()));
    }
    let id = world.ids.next();
    let redeemed = None;
    let row = Assignment { id, contact, promotion, assigned: at, valid_from, expires, redeemed };
    world.assignments.insert(row);
    Ok(id)
}

/// The last day of an assignment that begins on a day: one of a day's length lasts through the day after (fact P-27).
fn last_day(validity: Validity, first: Date) -> Option<Date> {
    match validity {
        Validity::Open => None,
        Validity::Until(end) => Some(end),
        Validity::FromAssignment { unit, amount } => {
            let length = match unit {
                Unit::Days => i64::from(amount).days(),
                Unit::Months => i64::from(amount).months(),
            };
            Some(first.saturating_add(length))
        }
    }
}

/// Marks an assignment as used elsewhere, in a web shop for instance.
pub(crate) fn redeem(
    world: &mut World,
    id: Uuid,
    channel: ChannelKind,
    at: Timestamp,
) -> Result<(), Refused> {
    let Some(assignment) = world.assignments.get_mut(id) else {
        return Err(Refused::NotFound(format!("there is no assignment {id}")));
    };
    if assignment.state(at) != AssignmentState::Available {
        return Err(Refused::Conflict("the promotion cannot be used now".to_owned()));
    }
    assignment.redeemed = Some(Redemption { at, channel });
    Ok(())
}

/// Marks the first assignment that the contact may use of the promotion with this id as used at a till, if there is one.
pub(crate) fn redeem_any(world: &mut World, contact: Uuid, promotion: &str, at: Timestamp) {
    let Ok(promotion) = Uuid::try_parse(promotion) else { return };
    let is_usable =
        |one: &&Assignment| one.promotion == promotion && one.state(at) == AssignmentState::Available;
    let Some(id) = world.assignments.of(contact).find(is_usable).map(|one| one.id) else { return };
    if let Some(assignment) = world.assignments.get_mut(id) {
        assignment.redeemed = Some(Redemption { at, channel: ChannelKind::Pos });
    }
}

/// What a list of a contact's promotions answers (facts P-20 to P-26, P-30): those that can be used, and by the
/// switches' leave those that were and those that will be.
pub(crate) fn listed(world: &World, contact: Uuid, only: Option<ChannelKind>, at: Timestamp) -> Vec<Value> {
    let may_stand = |assignment: &&Assignment| match assignment.state(at) {
        AssignmentState::Available => true,
        AssignmentState::Redeemed => world.switches.redeemed_listed == Listed::Yes,
        AssignmentState::Scheduled => world.switches.scheduled_listed == Listed::Yes,
        AssignmentState::Expired => false,
    };
    let mine = world.assignments.of(contact).filter(may_stand);
    mine.filter_map(|assignment| answered(world, assignment, only)).collect()
}

/// The same for the overview.
pub(crate) fn of(world: &World, contact: Uuid, at: Timestamp) -> Vec<Value> {
    listed(world, contact, None, at)
}

/// An assignment as it is answered; none if it is not for the channel that is asked for.
fn answered(world: &World, assignment: &Assignment, only: Option<ChannelKind>) -> Option<Value> {
    let definition = &world.promotions.get(assignment.promotion)?.definition;
    let is_meant = |channel: &Channel| only.is_none_or(|only| channel.kind == only);
    if only.is_some() && !definition.channels.iter().any(is_meant) {
        return None;
    }
    let others_too = world.switches.channels_shown == ChannelsShown::All;
    let channels = definition.channels.iter().filter(|channel| others_too || is_meant(channel));
    let currency = &world.settings.group_currency;
    let (zone, presentation) = (&world.settings.time_zone, &definition.presentation);
    Some(json!({
        "id": assignment.id,
        "promotionId": assignment.promotion,
        "externalId": definition.external_id,
        "type": "Multichannel",
        "name": definition.name,
        "expiresOn": assignment.expires.map(|end| zone.written(end)),
        "heading": presentation.heading,
        "description": presentation.description,
        "redeemed": assignment.redeemed.is_some(),
        "redeemedOn": assignment.redeemed.map(|redeemed| zone.written(redeemed.at)),
        "imageUrl": null,
        "link": presentation.link,
        "redemptionChannels": channels.map(|channel| channel.answered(currency)).collect::<Vec<Value>>(),
    }))
}
