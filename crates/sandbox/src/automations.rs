//! What Engage does by itself, some time after something happened: the welcome of a new member, levels, payouts (facts
//! P-77, P-78, P-82).
//!
//! Each is a task at a time on the [`Agenda`], made where something happens that may call for it, and judged only when
//! it is due, by what is set up then. So nothing is looked at that nothing happened to, and a clock that is moved by
//! years costs no more than what fell due. The same task at the same time is there once.
//!
//! Not done: any action but these, and how often an automation may start for one contact.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contacts::Contact;
use crate::effect::Level;
use crate::history::By;
use crate::mail::{OrderMail, Sender};
use crate::points::PointTransaction;
use crate::settings::Settings;
use crate::switches::NewContactTrigger;
use crate::world::World;
use crate::{levels, payouts, promotions};

/// The automations that a tenant has set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Automations {
    /// What a new member is given; nothing, unless something is set.
    pub welcome: Option<Welcome>,
    /// The mails that actions of orders call for: the digital receipt, unless something else is set.
    pub order_mails: Vec<OrderMail>,
    /// Who these mails come from.
    pub mail_from: Sender,
}

impl Default for Automations {
    fn default() -> Automations {
        let order_mails = vec![OrderMail::digital_receipt()];
        Automations { welcome: None, order_mails, mail_from: Sender::default() }
    }
}

/// A promotion for every new member (fact P-82).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Welcome {
    /// The promotion, by its id or its external id.
    pub promotion: String,
    /// How long after the contact became a member it is given.
    #[serde(default)]
    pub delay_seconds: u32,
    /// The sources whose contacts are meant; all, where none is named.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// Something to do about a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Task {
    Welcome(Uuid),
    Level(Uuid),
    PayOut(Uuid),
}

/// What is to be done by itself, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agenda(BTreeSet<(Timestamp, Task)>);

impl Agenda {
    pub(crate) fn add(&mut self, at: Timestamp, task: Task) {
        self.0.insert((at, task));
    }

    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, _)| *at)
    }
}

/// Does what is due first.
pub(crate) fn run_next(world: &mut World) {
    let Some((at, task)) = world.agenda.0.pop_first() else { return };
    match task {
        Task::Welcome(contact) => welcome(world, contact, at),
        Task::Level(contact) => levels::judge(world, contact, at),
        Task::PayOut(contact) => payouts::run_due(world, contact, at),
    }
}

/// The first whole multiple of so many hours after a time. All of a tenant's runs fall on these, so none needs to
/// remember when the last one was.
pub(crate) fn next_run(after: Timestamp, every_hours: u16) -> Timestamp {
    let interval = i64::from(every_hours.max(1)) * 3_600;
    let next = (after.as_second().div_euclid(interval) + 1).saturating_mul(interval);
    Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
}

/// A contact was created.
pub(crate) fn created(world: &mut World, contact: &Contact, at: Timestamp) {
    if is_registered(&world.settings, contact) {
        plan_welcome(world, contact, at);
    }
}

/// A contact was changed: it may have become a member only now. Approval is a registration; another type is one by the
/// switch's leave.
pub(crate) fn changed(world: &mut World, before: &Contact, after: &Contact, at: Timestamp) {
    if is_registered(&world.settings, before) || !is_registered(&world.settings, after) {
        return;
    }
    let was_promoted = before.contact_type != after.contact_type;
    match world.switches.new_contact_trigger {
        NewContactTrigger::Registration if was_promoted => {}
        NewContactTrigger::Registration | NewContactTrigger::RegistrationOrPromotion => {
            plan_welcome(world, after, at);
        }
    }
}

fn is_registered(settings: &Settings, contact: &Contact) -> bool {
    contact.approved && settings.is_member_type(&contact.contact_type)
}

fn plan_welcome(world: &mut World, contact: &Contact, at: Timestamp) {
    let Some(welcome) = &world.settings.automations.welcome else { return };
    let source = contact.source.as_deref().unwrap_or_default();
    let is_meant = |one: &String| one.eq_ignore_ascii_case(source);
    if !welcome.sources.is_empty() && !welcome.sources.iter().any(is_meant) {
        return;
    }
    let delay = SignedDuration::from_secs(i64::from(welcome.delay_seconds));
    world.agenda.add(at.saturating_add(delay).unwrap_or(Timestamp::MAX), Task::Welcome(contact.id));
}

/// Gives the promotion, whether the contact has it already or not (fact P-54).
fn welcome(world: &mut World, contact: Uuid, at: Timestamp) {
    let Some(Welcome { promotion, .. }) = &world.settings.automations.welcome else { return };
    let is_named = |one: &&promotions::Promotion| {
        one.definition.external_id.as_ref() == Some(promotion) || Uuid::try_parse(promotion) == Ok(one.id)
    };
    let found = world.promotions.rows().iter().find(is_named).map(|one| one.id);
    let given = match found {
        Some(promotion) => promotions::assign(world, contact, promotion, By::Engage, at).is_ok(),
        None => false,
    };
    let (level, what) = if given { (Level::Info, "given") } else { (Level::Warning, "could not be given") };
    world.log(level, at, format!("automation: the welcome promotion was {what} to contact {contact}"));
}

/// Points were booked: they may be paid out from when they count, and may lift a level.
pub(crate) fn points_booked(world: &mut World, contact: Uuid, booked: &PointTransaction) {
    if let Some(hours) = payouts::interval(&world.settings) {
        world.agenda.add(next_run(booked.valid_from.max(booked.booked), hours), Task::PayOut(contact));
    }
    levels::plan(world, contact, booked.booked);
}

/// The set-up is another one: everybody is looked at under it.
pub(crate) fn set_up_anew(world: &mut World, at: Timestamp) {
    let contacts: Vec<Uuid> = world.contacts.rows().iter().map(|contact| contact.id).collect();
    contacts.into_iter().for_each(|contact| look_at(world, contact, at));
}

/// Has Engage look at a contact the next time it looks at any: nobody did while it was deleted, for one.
pub(crate) fn look_at(world: &mut World, contact: Uuid, at: Timestamp) {
    if let Some(hours) = payouts::interval(&world.settings) {
        world.agenda.add(next_run(at, hours), Task::PayOut(contact));
    }
    levels::plan(world, contact, at);
}
