//! The steps that are an offer's own: it is assigned, redeemed, made usable again.
//!
//! None of these calls is told apart from its repetition by Engage, so each has a rule of its own for an unknown outcome.
//! An assignment is found among those that were not listed before its attempt. A redemption goes again, and where it was
//! redeemed before, the time tells whether that was us. A reactivation looks first, for each counts (fact P-61).
//!
//! What Engage refuses for good has happened all the same: the customer has left with the discount. Such an exception
//! needs attention, says what it cost, and holds nothing up.

use std::time::Duration;

use engage::call::Assigned;
use engage::model::{Assignment, Definition, Page, Text, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Command, DeliveryId, Done, Keep, Note, Outcome};

use super::backoff;
use super::contact::{LOOK_EVERY, OUTCOME_UNKNOWN};
use super::core::Core;
use super::event::{Action, How};
use super::plan::{Change, Doubt, Held, Next, Plan};
use super::verdict::{Failed, Judgement, note};
use crate::frozen::{AssignedBy, FrozenAssignment, FrozenOffer, FrozenRedemption};

/// The code of an offer that was used and was redeemed elsewhere before.
pub const ALREADY_REDEEMED: &str = "alreadyRedeemed";
/// The code of an offer that was used and is used here by another sale.
pub const USED_HERE: &str = "usedHere";
/// The code of an offer that was used and had ended.
pub const OFFER_EXPIRED: &str = "offerExpired";
/// The code of an offer that was used and is not the customer's, or no longer there.
pub const OFFER_NOT_FOUND: &str = "offerNotFound";
/// The code of an offer that was used and was never assigned.
pub const OFFER_NOT_GIVEN: &str = "offerNotGiven";
/// The code of an offer that was used and was refused for another reason.
pub const OFFER_REFUSED: &str = "offerRefused";
/// The code of a voucher that was used in a sale that names no customer.
pub const VOUCHER_NEEDS_CONTACT: &str = "voucherNeedsContact";
/// The code of a voucher that came back and can't be made usable again.
pub const NOT_REACTIVATED: &str = "notReactivated";

/// Before the external id under which the id in Engage of a promotion is kept.
pub const PROMOTION_ID: &str = "promotion/";

/// What a welcome's creation found, kept for the welcome.
pub const WAS_THERE: &[u8] = b"existed";

/// The code of a welcome that nobody needed: the person was a member before.
const NOT_NEW: &str = "notNew";
/// The code of a welcome that the member had before.
const HAD_BEFORE: &str = "hadBefore";
/// The code of a redemption that only our own earlier attempt can have made.
const ASSUMED_OURS: &str = "assumedOurs";
/// The code of an assignment whose answer named no id, and which isn't listed yet.
const NOT_LISTED_YET: &str = "notListedYet";

/// Clocks differ, and calls are under way: a redemption so long before or after our attempts may be ours.
const SKEW: Duration = Duration::from_secs(120);
/// How long the tenant's automation is waited for.
const AUTOMATION_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Looks for an assignment that was made and isn't listed, before a person is asked.
const LOOKS_MAX: u32 = 10;

/// What an attempt remembers.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    /// The assignments that were listed before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    had: Vec<String>,
    /// When the first attempt was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

impl Mark {
    fn of(held: &Held) -> Option<Mark> {
        held.due.mark.as_deref().and_then(|mark| serde_json::from_slice(mark).ok())
    }

    fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
    }
}

/// What a list of a contact's promotions means for one that is owed.
#[derive(Debug, PartialEq, Eq)]
enum Assigning {
    /// It is there.
    There(Text),
    /// It is a welcome that was had before, and used.
    HadBefore,
    /// It is to be assigned; these were there before.
    Assign(Vec<String>),
    /// It will be there.
    NotYet,
}

fn assigning(
    frozen: &FrozenAssignment,
    promotion_id: Option<&str>,
    list: &[Assignment],
    marked: Option<&Mark>,
) -> Assigning {
    let is_it = |one: &&Assignment| {
        let by_id = one
            .promotion_id
            .as_ref()
            .zip(promotion_id)
            .map(|(id, known)| id.as_str().eq_ignore_ascii_case(known));
        let by_external =
            || one.external_id.as_ref().is_some_and(|external| external.as_str() == frozen.external_id);
        by_id.unwrap_or_else(by_external)
    };
    let mine: Vec<&Assignment> = list.iter().filter(is_it).collect();
    let usable = || mine.iter().find(|one| !one.redeemed).map(|one| one.id.clone());
    if frozen.welcome || frozen.by == AssignedBy::Automation {
        return match (usable(), frozen.by) {
            (Some(id), _) => Assigning::There(id),
            (None, _) if !mine.is_empty() => Assigning::HadBefore,
            (None, AssignedBy::Automation) => Assigning::NotYet,
            (None, AssignedBy::Us) => Assigning::Assign(Vec::new()),
        };
    }
    let ids = || mine.iter().map(|one| one.id.as_str().to_owned());
    match marked {
        None => Assigning::Assign(ids().collect()),
        // One that wasn't there before our attempt is ours.
        Some(mark) => {
            let mut new = mine.iter().filter(|one| !mark.had.iter().any(|had| had == one.id.as_str()));
            match new.clone().find(|one| !one.redeemed).or_else(|| new.next()) {
                Some(new) => Assigning::There(new.id.clone()),
                None => Assigning::Assign(mark.had.clone()),
            }
        }
    }
}

/// What a voucher that is to be used again is now.
#[derive(Debug, PartialEq, Eq)]
enum Reactivating {
    Usable,
    Ended,
    Reactivate(Text),
}

fn reactivating(voucher: &Voucher, now: Timestamp) -> Reactivating {
    let ends = voucher.expires_on.as_ref().and_then(|end| end.as_str().parse::<Timestamp>().ok());
    match (voucher.redeemed, ends) {
        (_, Some(end)) if end <= now => Reactivating::Ended,
        (false, _) => Reactivating::Usable,
        (true, _) => Reactivating::Reactivate(voucher.id.clone()),
    }
}

/// Whether a redemption that is there was made by an earlier attempt of ours; `None` where nothing tells.
fn is_ours(redeemed_on: Option<&Text>, since: Timestamp, now: Timestamp) -> Option<bool> {
    let on: Timestamp = redeemed_on?.as_str().parse().ok()?;
    Some(since - SKEW <= on && on <= now + SKEW)
}

fn is_offer(offer: &FrozenOffer, voucher: &Voucher) -> bool {
    let by_id = offer.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(voucher.id.as_str()));
    by_id || offer.number.as_deref() == Some(voucher.number.as_str())
}

impl Held {
    /// Whether it is a welcome for somebody who was there before: then no call is made for it.
    pub(super) fn is_for_nobody(&self) -> bool {
        let was_there =
            self.due.leader.as_ref().is_some_and(|leader| leader.learnt.as_deref() == Some(WAS_THERE));
        matches!(&self.plan, Plan::Assign(frozen) if frozen.welcome && was_there)
    }
}

impl Core {
    /// A welcome of somebody who was a member before.
    pub(super) fn not_welcomed(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let why = note(NOT_NEW, "the customer was a member before, so there is no welcome");
        self.offer_done(id, None, Some(why), How::Existed, now, actions);
    }

    /// What the attempt of an offer's call must remember.
    pub(super) fn mark(&mut self, id: DeliveryId, now: Timestamp) -> Option<Vec<u8>> {
        let held = self.held.get_mut(&id)?;
        let mark = match (&held.plan, &held.due.mark) {
            (Plan::StoreOrder(_) | Plan::DeleteOrder(_), _) => Core::order_mark(held),
            (Plan::Assign(_), _) => held.mark.take(),
            (Plan::Redeem(_), None) => Some(Mark { since: Some(now), ..Mark::default() }.write()),
            _ => None,
        };
        if mark.is_some() {
            held.due.mark.clone_from(&mark);
        }
        mark
    }

    /// The contact's promotions were listed.
    pub(super) fn promotions_listed(
        &mut self,
        id: DeliveryId,
        list: &[Assignment],
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        match &held.plan {
            Plan::Assign(frozen) => {
                let known = frozen.promotion_id.as_deref();
                // What an attempt that surely didn't land remembers is out of date.
                let landed = held.due.unknown_since.is_some() || held.doubt.is_some();
                let what = assigning(frozen, known, list, Mark::of(held).filter(|_| landed).as_ref());
                self.assign_or_not(id, what, now, actions);
            }
            Plan::Redeem(_) => {
                let target = held.changes.front();
                let is_it = |one: &&Assignment| matches!(target, Some(Change::Redeem(id)) if id.as_str().eq_ignore_ascii_case(one.id.as_str()));
                let redeemed_on = list.iter().find(is_it).and_then(|one| one.redeemed_on.clone());
                match held.doubt {
                    Some(_) => self.who_redeemed(id, redeemed_on.as_ref(), now, actions),
                    None => self.redeem_listed(id, list, now, actions),
                }
            }
            _ => self.wrong_answer(id, now, actions),
        }
    }

    /// A promotion that is known by its external id only is redeemed by the first assignment that can be used.
    fn redeem_listed(
        &mut self,
        id: DeliveryId,
        list: &[Assignment],
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let Plan::Redeem(frozen) = &held.plan else { return self.wrong_answer(id, now, actions) };
        let is_it = |one: &&Assignment| {
            let external_id = one.external_id.as_ref().map(Text::as_str);
            !one.redeemed && external_id.is_some() && external_id == frozen.offer.external_id.as_deref()
        };
        match list.iter().find(is_it) {
            Some(one) => {
                held.changes.push_back(Change::Redeem(one.id.clone()));
                held.decided_at = Some(now);
                self.go_on(id, Next::Write);
            }
            None => {
                let why =
                    cost(OFFER_NOT_GIVEN, frozen, "the customer has no such promotion that can be used");
                self.attention(id, why, now, actions);
            }
        }
    }

    fn assign_or_not(&mut self, id: DeliveryId, what: Assigning, now: Timestamp, actions: &mut Vec<Action>) {
        let window = self.policy.engage.visibility_window;
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let Plan::Assign(frozen) = &held.plan else { return self.wrong_answer(id, now, actions) };
        // A call may have been long under way when its outcome was given up.
        let may_land_until = held.due.unknown_since.filter(|_| held.is_unknown()).map(|since| since + window);
        let has_landed = held.doubt == Some(Doubt::WhichIsNew)
            || held.due.note.as_ref().is_some_and(|note| note.code == NOT_LISTED_YET);
        match what {
            Assigning::There(offer) => {
                let how = if held.due.attempts > 0 { How::Created } else { How::Existed };
                self.offer_done(id, Some(offer), None, how, now, actions);
            }
            Assigning::HadBefore => {
                let why = note(HAD_BEFORE, "the customer had this welcome before and used it");
                self.offer_done(id, None, Some(why), How::Existed, now, actions);
            }
            Assigning::Assign(_) if has_landed => {
                let why = "Engage has assigned it without saying under which id, and doesn't list it yet";
                self.look_later(id, note(NOT_LISTED_YET, why), now, actions);
            }
            Assigning::NotYet if now > held.due.accepted_at + AUTOMATION_MAX => {
                let why = "the tenant's automation was to assign it and has not; look at the automation, then retry";
                self.attention(id, note(OFFER_NOT_GIVEN, why), now, actions);
            }
            Assigning::NotYet => {
                let why = note(
                    "awaitsAutomation",
                    "the tenant's automation assigns it; it is looked for until then",
                );
                let due = now + backoff::delay(held.due.failures, self.jitter(), None);
                self.settle(id, Outcome::Again { due, note: why }, How::Later, now, actions);
            }
            Assigning::Assign(_) if may_land_until.is_some_and(|until| now < until) => {
                let why = "the assignment may have landed; it is looked for until it must be visible";
                let due = may_land_until.map_or(now, |until| until.min(now + LOOK_EVERY));
                let outcome = Outcome::Again { due, note: note(OUTCOME_UNKNOWN, why) };
                self.settle(id, outcome, How::Later, now, actions);
            }
            Assigning::Assign(had) => {
                held.mark = Some(Mark { had, since: None }.write());
                match frozen.promotion_id.as_deref().and_then(Text::new) {
                    Some(promotion) => {
                        held.changes.push_back(Change::Assign(promotion));
                        held.decided_at = Some(now);
                        self.go_on(id, Next::Write);
                    }
                    None => self.go_on(id, Next::Resolve),
                }
            }
        }
    }

    /// The promotion was looked up by its external id.
    pub(super) fn promotion_resolved(
        &mut self,
        id: DeliveryId,
        definition: Option<&Definition>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        match (definition.map(|definition| definition.id.clone()), &held.plan) {
            (Some(promotion), _) => {
                // Kept, so that a receipt can name it.
                let name = format!("{PROMOTION_ID}{}", promotion_external_id(&held.plan));
                let value = promotion.as_str().as_bytes().to_vec();
                actions.push(Action::Note(Command::Keep(Keep { name, value, at: now })));
                held.changes.push_back(Change::Assign(promotion));
                held.decided_at = Some(now);
                self.go_on(id, Next::Write);
            }
            (None, Plan::Assign(frozen)) => {
                let detail = format!(
                    "Engage has no promotion with the external id {}; `tillbridge promotions plan` shows the difference",
                    frozen.external_id
                );
                self.attention(id, note("promotionNotFound", detail), now, actions);
            }
            (None, _) => self.wrong_answer(id, now, actions),
        }
    }

    /// It was assigned; an answer need not say under which id (fact P-51).
    pub(super) fn assigned(
        &mut self,
        id: DeliveryId,
        assigned: Assigned,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        match assigned.id {
            Some(offer) => self.offer_done(id, Some(offer), None, How::Created, now, actions),
            None => {
                held.wrote = true;
                held.doubt = Some(Doubt::WhichIsNew);
                held.changes.clear();
                self.go_on(id, Next::List);
            }
        }
    }

    /// A page of the contact's vouchers was listed.
    pub(super) fn vouchers_listed(
        &mut self,
        id: DeliveryId,
        page: &Page<Voucher>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let (Plan::Redeem(FrozenRedemption { offer, .. }) | Plan::Reactivate(FrozenRedemption { offer, .. })) =
            &held.plan
        else {
            return self.wrong_answer(id, now, actions);
        };
        let Some(voucher) = page.items.iter().find(|voucher| is_offer(offer, voucher)) else {
            held.listed += page.items.len() as u64;
            let more = !page.items.is_empty() && page.total_count.is_some_and(|total| held.listed < total);
            return if more { self.go_on(id, Next::List) } else { self.voucher_not_found(id, now, actions) };
        };
        match (&held.plan, held.doubt) {
            (Plan::Redeem(_), Some(_)) => {
                let redeemed_on = voucher.redeemed_on.clone();
                self.who_redeemed(id, redeemed_on.as_ref(), now, actions);
            }
            (Plan::Redeem(_), None) => {
                held.changes.push_back(Change::Redeem(voucher.id.clone()));
                held.decided_at = Some(now);
                self.go_on(id, Next::Write);
            }
            (_, _) => match reactivating(voucher, now) {
                Reactivating::Usable => self.offer_done(id, None, None, How::Changed, now, actions),
                Reactivating::Ended => self.not_reactivated(id, "it has ended", now, actions),
                Reactivating::Reactivate(voucher) => {
                    held.changes.push_back(Change::Reactivate(voucher));
                    held.decided_at = Some(now);
                    self.go_on(id, Next::Write);
                }
            },
        }
    }

    fn voucher_not_found(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        match (&held.plan, held.doubt) {
            (Plan::Redeem(_), Some(_)) => self.who_redeemed(id, None, now, actions),
            (Plan::Redeem(frozen), None) => {
                let why = cost(OFFER_NOT_FOUND, frozen, "the customer has no such voucher");
                self.attention(id, why, now, actions);
            }
            _ => self.not_reactivated(id, "the customer has no such voucher", now, actions),
        }
    }

    /// It is redeemed, and an earlier attempt of ours may have been it.
    fn who_redeemed(
        &mut self,
        id: DeliveryId,
        redeemed_on: Option<&Text>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let Plan::Redeem(frozen) = &held.plan else { return self.wrong_answer(id, now, actions) };
        let since = Mark::of(held).and_then(|mark| mark.since).unwrap_or(held.due.accepted_at);
        match is_ours(redeemed_on, since, now) {
            Some(true) => self.offer_done(id, None, None, How::Changed, now, actions),
            Some(false) => {
                let why =
                    cost(ALREADY_REDEEMED, frozen, "it was redeemed elsewhere, at another time than ours");
                self.attention(id, why, now, actions);
            }
            None => {
                let why = "it is redeemed and Engage doesn't say when; an attempt of ours had no answer, so it was that";
                self.offer_done(id, None, Some(note(ASSUMED_OURS, why)), How::Changed, now, actions);
            }
        }
    }

    /// Something about an offer is done.
    pub(super) fn offer_done(
        &mut self,
        id: DeliveryId,
        offer: Option<Text>,
        note: Option<Note>,
        how: How,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let subject_id = offer.map(|id| id.as_str().to_owned());
        let done = Outcome::Done(Done { note, subject_id, ..Done::default() });
        self.settle(id, done, how, now, actions);
    }

    /// A call about an offer failed. `Some` gives it back: it is as for any other call.
    pub(super) fn offer_failed(
        &mut self,
        id: DeliveryId,
        failed: Failed,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) -> Option<Failed> {
        let window = self.policy.engage.visibility_window;
        let held = self.held.get_mut(&id)?;
        let is_write = held.next == Next::Write;
        if !is_write {
            return Some(failed);
        }
        let may_be_ours = held.due.unknown_since.is_some();
        let ours_and_fresh = held.due.about.as_ref().is_some_and(|offer| offer.remote_id.is_some())
            && now < held.due.accepted_at + window;
        let said = match &failed.judgement {
            Judgement::Permanent(note) | Judgement::NotThere(note) => note.detail.clone(),
            _ => return Some(failed),
        };
        match &held.plan {
            Plan::Redeem(_) if failed.is(409, "AlreadyRedeemed") && may_be_ours => {
                held.doubt = Some(Doubt::WhoRedeemed);
                match held.remote_id() {
                    Some(_) => self.go_on(id, Next::List),
                    None => self.who_redeemed(id, None, now, actions),
                }
            }
            // An assignment that was made a moment ago need not be visible yet (fact B-22).
            Plan::Redeem(_)
                if failed.refused.as_ref().is_some_and(|(status, _)| *status == 404) && ours_and_fresh =>
            {
                let due = now + backoff::delay(held.due.failures, self.jitter(), None);
                let why = note("notVisibleYet", said);
                self.settle(id, Outcome::Again { due, note: why }, How::Later, now, actions);
            }
            Plan::Redeem(frozen) => {
                let code = match &failed {
                    failed if failed.is(409, "AlreadyRedeemed") => ALREADY_REDEEMED,
                    failed if failed.is(409, "Expired") => OFFER_EXPIRED,
                    failed if failed.refused.as_ref().is_some_and(|(status, _)| *status == 404) => {
                        OFFER_NOT_FOUND
                    }
                    _ => OFFER_REFUSED,
                };
                let why = cost(code, frozen, &said);
                self.attention(id, why, now, actions);
            }
            // Version 2 says so with 406 (fact P-60).
            Plan::Reactivate(_) if [406, 409].iter().any(|status| failed.is(*status, "AlreadyActivated")) => {
                self.offer_done(id, None, None, How::Changed, now, actions);
            }
            Plan::Reactivate(_) => self.not_reactivated(id, &said, now, actions),
            // A tenant that assigns a promotion only once says so: then it is there.
            Plan::Assign(_) if is_conflict(&failed) && !failed.is(409, "Expired") && held.doubt.is_none() => {
                held.doubt = Some(Doubt::WhichIsNew);
                held.due.mark = Some(Mark::default().write());
                held.changes.clear();
                self.go_on(id, Next::List);
            }
            Plan::Assign(_) => return Some(failed),
            _ => return Some(failed),
        }
        None
    }

    fn not_reactivated(&mut self, id: DeliveryId, why: &str, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let Plan::Reactivate(frozen) = &held.plan else { return self.wrong_answer(id, now, actions) };
        let detail = format!(
            "the voucher stays used ({why}); it took {} off the sale that came back: make it good to the customer",
            frozen.cost
        );
        self.attention(id, note(NOT_REACTIVATED, detail), now, actions);
    }

    /// It landed, and where is seen later; a person is asked if it isn't.
    fn look_later(&mut self, id: DeliveryId, why: Note, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let failures = held.due.failures;
        let (outcome, how) = match failures >= LOOKS_MAX {
            true => (Outcome::NeedsAttention(why), How::NeedsAttention),
            false => {
                let due = now + backoff::delay(failures, self.jitter(), None);
                (Outcome::Unknown { due, note: why, mark: None }, How::Later)
            }
        };
        self.settle(id, outcome, how, now, actions);
    }
}

fn is_conflict(failed: &Failed) -> bool {
    failed.refused.as_ref().is_some_and(|(status, _)| *status == 409)
}

fn promotion_external_id(plan: &Plan) -> &str {
    match plan {
        Plan::Assign(frozen) => &frozen.external_id,
        _ => "",
    }
}

/// An exception: what happened, and what it cost.
fn cost(code: &str, frozen: &FrozenRedemption, why: &str) -> Note {
    let detail = format!(
        "{} {} took {} off the sale and could not be redeemed: {why}; discard this once it is accounted for",
        match frozen.offer.kind {
            crate::frozen::OfferKind::Promotion => "promotion",
            crate::frozen::OfferKind::Voucher => "voucher",
        },
        frozen.offer.named,
        frozen.cost,
    );
    note(code, detail)
}
