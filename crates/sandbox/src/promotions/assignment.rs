//! Promotions that were given: to whom, until when, and how they are used.
//!
//! An assignment freezes its own days, so that nothing that is done to the promotion later takes it away (fact P-67).
//! It is used once and never given back (fact P-57).

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Channel, ChannelKind, Status, Unit, Validity};
use crate::acts::Refused;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::holdings::Held;
use crate::offers::{Deed, Offer, OfferChange};
use crate::switches::{ChannelsShown, Listed};
use crate::world::World;

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
    /// When it was taken away again, in Engage's pages only (fact P-57).
    #[serde(default)]
    pub deleted: Option<Timestamp>,
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
    /// It was taken away.
    Deleted,
}

impl Assignment {
    /// How it is at a time. Its last second counts in full.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> AssignmentState {
        if self.deleted.is_some() {
            AssignmentState::Deleted
        } else if self.redeemed.is_some() {
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

/// Why a promotion is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAssigned {
    /// There is no such contact.
    NoContact,
    /// There is no such promotion.
    NoPromotion,
    /// It was not activated yet.
    Draft,
    /// It was ended, or its last day is over.
    Ended,
}

impl From<NotAssigned> for Refused {
    fn from(because: NotAssigned) -> Refused {
        match because {
            NotAssigned::NoContact => Refused::NotFound("there is no such contact".to_owned()),
            NotAssigned::NoPromotion => Refused::NotFound("there is no such promotion".to_owned()),
            NotAssigned::Draft => Refused::Conflict("the promotion is a draft".to_owned()),
            NotAssigned::Ended => Refused::Conflict("the promotion is over".to_owned()),
        }
    }
}

/// Why an assignment is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRedeemed {
    /// There is no such assignment.
    Unknown,
    /// Its first day lies ahead.
    Scheduled,
    /// It was used before.
    AlreadyRedeemed,
    /// Its last day is over.
    Expired,
}

impl From<NotRedeemed> for Refused {
    fn from(because: NotRedeemed) -> Refused {
        match because {
            NotRedeemed::Unknown => Refused::NotFound("there is no such assignment".to_owned()),
            NotRedeemed::Scheduled => Refused::Conflict("the promotion cannot be used yet".to_owned()),
            NotRedeemed::AlreadyRedeemed => Refused::Conflict("the promotion was used".to_owned()),
            NotRedeemed::Expired => Refused::Conflict("the promotion is over".to_owned()),
        }
    }
}

/// Gives a promotion to a contact; answers the assignment's id. One that the contact has already is given again
/// (fact P-29), which is found odd where no person did it (fact P-54).
pub(crate) fn assign(
    world: &mut World,
    contact: Uuid,
    promotion: Uuid,
    by: By,
    at: Timestamp,
) -> Result<Uuid, NotAssigned> {
    let contact = world.contacts.get(contact).ok_or(NotAssigned::NoContact)?.id;
    let found = world.promotions.get(promotion).ok_or(NotAssigned::NoPromotion)?;
    let zone = &world.settings.time_zone;
    match found.status(at, zone) {
        Status::Draft => return Err(NotAssigned::Draft),
        Status::Ended => return Err(NotAssigned::Ended),
        Status::Scheduled | Status::Active => {}
    }
    let (start, validity) = (found.definition.start, found.definition.validity);
    let valid_from = start.map_or(at, |start| zone.start_of(start).max(at));
    let expires = last_day(validity, zone.date(valid_from)).map(|day| zone.end_of(day));
    if has_unused(world, contact, promotion, at) {
        note_second(world, by, at);
    }
    let id = world.ids.next();
    let (redeemed, deleted) = (None, None);
    let row = Assignment { id, contact, promotion, assigned: at, valid_from, expires, redeemed, deleted };
    world.assignments.insert(row);
    let offer = Offer::Assignment { id, promotion, channel: None };
    world.offer_changes.push(OfferChange { at, contact, by, deed: Deed::Assigned, offer });
    Ok(id)
}

/// Whether a contact holds an assignment of a promotion that it can use, or will be able to.
pub(crate) fn has_unused(world: &World, contact: Uuid, promotion: Uuid, at: Timestamp) -> bool {
    let is_unused = |one: &Assignment| match one.state(at) {
        AssignmentState::Scheduled | AssignmentState::Available => true,
        AssignmentState::Redeemed | AssignmentState::Expired | AssignmentState::Deleted => false,
    };
    world.assignments.of(contact).any(|one| one.promotion == promotion && is_unused(one))
}

fn note_second(world: &mut World, by: By, at: Timestamp) {
    let (call, request) = match by {
        By::Request(number) => ("POST /api/v3/promotion-assignments", number),
        By::Engage => ("an automation", 0),
        By::Person => return,
    };
    world.note(Note::of(Rule::AssignedTwice), call, at, request);
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

/// Uses an assignment.
pub(crate) fn redeem(
    world: &mut World,
    id: Uuid,
    channel: ChannelKind,
    by: By,
    at: Timestamp,
) -> Result<(), NotRedeemed> {
    let assignment = world.assignments.get_mut(id).ok_or(NotRedeemed::Unknown)?;
    match assignment.state(at) {
        AssignmentState::Available => {}
        AssignmentState::Deleted => return Err(NotRedeemed::Unknown),
        AssignmentState::Scheduled => return Err(NotRedeemed::Scheduled),
        AssignmentState::Redeemed => return Err(NotRedeemed::AlreadyRedeemed),
        AssignmentState::Expired => return Err(NotRedeemed::Expired),
    }
    assignment.redeemed = Some(Redemption { at, channel });
    let (contact, promotion) = (assignment.contact, assignment.promotion);
    let offer = Offer::Assignment { id, promotion, channel: Some(channel) };
    world.offer_changes.push(OfferChange { at, contact, by, deed: Deed::Redeemed, offer });
    Ok(())
}

/// Takes an assignment away, as a person does in Engage's pages.
pub(crate) fn delete(world: &mut World, id: Uuid, at: Timestamp) -> Result<(), Refused> {
    let unknown = || Refused::NotFound(format!("there is no assignment {id}"));
    let assignment = world.assignments.get_mut(id).ok_or_else(unknown)?;
    if assignment.deleted.is_some() {
        return Err(Refused::Conflict("the assignment was deleted before".to_owned()));
    }
    assignment.deleted = Some(at);
    let (contact, promotion) = (assignment.contact, assignment.promotion);
    let offer = Offer::Assignment { id, promotion, channel: None };
    world.offer_changes.push(OfferChange { at, contact, by: By::Person, deed: Deed::Deleted, offer });
    Ok(())
}

/// What a list of a contact's promotions answers (facts P-20 to P-26, P-30): those that can be used, and by the
/// switches' leave those that were and those that will be.
pub(crate) fn listed(world: &World, contact: Uuid, only: Option<ChannelKind>, at: Timestamp) -> Vec<Value> {
    let may_stand = |assignment: &&Assignment| match assignment.state(at) {
        AssignmentState::Available => true,
        AssignmentState::Redeemed => world.switches.redeemed_listed == Listed::Yes,
        AssignmentState::Scheduled => world.switches.scheduled_listed == Listed::Yes,
        AssignmentState::Expired | AssignmentState::Deleted => false,
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
