//! What must hold of offers in the end, by Engage's journal of what was done with them and by what tills said: each sale's
//! use of one is redeemed once by us, or is an exception that says what it cost, or came back; nobody is given something
//! twice by us; and nothing comes back whose use stands.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gateway::delivery::{ASSIGN_PROMOTION, REACTIVATE_VOUCHER, REDEEM_PROMOTION, REDEEM_VOUCHER};
use gateway::desk::{ASSIGNMENT, REACTIVATION, RECEIPT, REDEMPTION};
use gateway::settings::Welcome;
use jiff::Timestamp;
use sandbox::{By, Deed, Offer, OfferChange};
use serde_json::Value;
use store::{AlongRow, DeliveryRow, DeliveryState, DocumentRow, Reader};

use super::census::Class;
use super::ledger::Entry;
use super::offers::AGAIN;
use super::run::Simulation;
use super::tenant::WELCOME;
use super::wish::{Named, Wish};

/// A redemption so long before or after our attempts may be ours, as far as anybody can tell.
const MAYBE_OURS: Duration = Duration::from_secs(150);

type Problem = (&'static str, String);

/// What was found about offers.
#[derive(Default)]
pub(super) struct Reckoned {
    pub(super) problems: Vec<Problem>,
    pub(super) seen: Vec<Class>,
}

/// A use of an offer by a sale that was taken.
#[derive(Debug)]
struct Used {
    sale: String,
    key: String,
    /// The offer's id in Engage, where it is known.
    target: Option<String>,
    frozen: Value,
    undone: bool,
    row: DeliveryRow,
}

impl Reckoned {
    fn problem(&mut self, rule: &'static str, detail: String) {
        self.problems.push((rule, detail));
    }
}

impl Used {
    fn state(&self) -> DeliveryState {
        self.row.state
    }

    fn is_done(&self) -> bool {
        self.row.state == DeliveryState::Done
    }

    fn code(&self) -> &str {
        self.row.note.as_ref().map_or("", |note| note.code.as_str())
    }

    fn named(&self) -> &str {
        self.frozen["offer"]["named"].as_str().unwrap_or_default()
    }

    fn is_voucher(&self) -> bool {
        self.frozen["offer"]["kind"] == "voucher"
    }
}

impl Simulation {
    pub(super) fn offers_are_right(&self, reader: &Reader, rows: &[DeliveryRow]) -> Reckoned {
        let mut reckoned = Reckoned::default();
        let mut uses = Vec::new();
        for (key, entry) in self.ledger.iter() {
            uses.extend(self.every_use_is_kept(key, entry, reader, &mut reckoned));
        }
        // Of what a lost database had, nobody knows anything any more.
        if self.restored.is_none() {
            self.each_is_redeemed_once(&uses, &mut reckoned);
            self.what_comes_back(&uses, reader, &mut reckoned);
            self.given_once(rows, reader, &mut reckoned);
        }
        if !reader.exposures(None, 10).expect("it is read").is_empty() {
            reckoned.seen.push(Class::HonouredOffline);
        }
        for used in &uses {
            self.each_use_ends(used, &uses, &mut reckoned);
        }
        reckoned
    }

    /// Each offer that a taken sale used is kept as the till reckoned it.
    fn every_use_is_kept(
        &self,
        key: &str,
        entry: &Entry,
        reader: &Reader,
        reckoned: &mut Reckoned,
    ) -> Vec<Used> {
        let wish = &self.wishes[entry.wish];
        let expected = wish.rung().map_or(&[][..], |rung| &rung.uses);
        let is_put_aside = !entry.faults.is_empty() || entry.training || key.contains('#');
        let holder = self.person_of_document(key);
        if is_put_aside || self.lost.contains(key) {
            return Vec::new();
        }
        let Some(row) = reader.document(RECEIPT, key).expect("it is read") else { return Vec::new() };
        let is_redemption = |row: &&AlongRow| row.kind == REDEMPTION;
        let along: Vec<&AlongRow> = row.along.iter().filter(is_redemption).collect();
        let is_forgotten = self.is_forgotten_holder(holder) || along.iter().any(|row| row.frozen.is_none());
        let uses: Vec<Used> = along.iter().filter_map(|row| self.used(key, row, reader)).collect();
        for one in expected.iter().filter(|_| !is_forgotten) {
            let is_it = |used: &&Used| used.named() == one.named && cost_of(&used.frozen) == Some(one.cost);
            if uses.iter().filter(is_it).count() != 1 {
                reckoned.problem("everyUseIsKept", format!("{one:?} of {key} is not among {uses:?}"));
            }
        }
        if uses.len() > expected.len() {
            reckoned.problem("everyUseIsKept", format!("{key} used {expected:?} and not {uses:?}"));
        }
        uses
    }

    fn is_forgotten_holder(&self, holder: Option<usize>) -> bool {
        holder.is_some_and(|person| self.was_forgotten(person))
    }

    fn used(&self, sale: &str, along: &AlongRow, reader: &Reader) -> Option<Used> {
        let frozen: Value = serde_json::from_slice(along.frozen.as_deref()?).ok()?;
        let row = along.delivery.clone()?;
        let id = frozen["offer"]["id"].as_str().map(str::to_lowercase);
        let learnt = || {
            let names = [along.about.clone()?];
            let row = reader.offers(&names, self.now).expect("it is read").into_iter().next()?;
            row.remote_id.map(|id| id.to_lowercase())
        };
        let number = frozen["offer"]["number"].as_str();
        let by_number = || {
            let there = self.engage.world.vouchers().find(|one| Some(one.number.as_str()) == number)?;
            Some(there.id.to_string())
        };
        let target = id.or_else(learnt).or_else(by_number);
        let (sale, key, undone) = (sale.to_owned(), along.key.clone(), along.undone);
        Some(Used { sale, key, target, frozen, undone, row })
    }

    fn deeds<'a>(&'a self, target: &'a str) -> impl Iterator<Item = &'a OfferChange> {
        self.engage.world.offer_changes().iter().filter(move |change| change.offer.id().to_string() == target)
    }

    fn ours<'a>(&'a self, target: &'a str, deed: Deed) -> impl Iterator<Item = &'a OfferChange> {
        self.deeds(target).filter(move |one| one.deed == deed && matches!(one.by, By::Request(_)))
    }

    /// What we redeemed was used, as often as it was; and what is said to be redeemed, we redeemed.
    fn each_is_redeemed_once(&self, uses: &[Used], reckoned: &mut Reckoned) {
        let mut by_target: BTreeMap<&str, Vec<&Used>> = BTreeMap::new();
        for used in uses {
            by_target.entry(used.target.as_deref().unwrap_or_default()).or_default().push(used);
        }
        let unknown = by_target.remove("").unwrap_or_default();
        // What was used by somebody who was forgotten can't be read any longer.
        let forgotten = !self.forgotten.is_empty() || self.engage.world.contacts().any(|one| !one.is_here());
        for (target, uses) in &by_target {
            let redeemed = self.ours(target, Deed::Redeemed).count();
            let done = uses.iter().filter(|used| used.is_done()).count();
            let live = uses.iter().filter(|used| used.is_done() && !used.undone).count();
            let maybe = uses.iter().filter(|used| !used.is_done() && used.row.may_have_landed).count();
            let is_known_here =
                || format!("{target}: {:?}; {uses:?}", self.deeds(target).collect::<Vec<_>>());
            if self.is_excused(target) {
                continue;
            }
            if live > 1 {
                reckoned.problem("oneUseOfEach", is_known_here());
            }
            let not_ours = done.saturating_sub(redeemed);
            let undecidable = uses.iter().filter(|used| self.may_be_anothers(target, used)).count();
            if not_ours > undecidable {
                reckoned.problem("redeemedIsOurs", is_known_here());
            } else if not_ours > 0 {
                reckoned.seen.push(Class::UsedOnTheWebMeanwhile);
            }
            let is_too_many = redeemed > done + maybe + unknown.len();
            if is_too_many && !forgotten && !self.engage.late.contains(*target) {
                reckoned.problem("whatWeRedeemedWasUsed", is_known_here());
            }
        }
        let targets: BTreeSet<&str> = by_target.keys().copied().collect();
        let nobodys = self.engage.world.offer_changes().iter().filter(|change| {
            change.deed == Deed::Redeemed
                && matches!(change.by, By::Request(_))
                && !targets.contains(change.offer.id().to_string().as_str())
        });
        if nobodys.count() > unknown.len() && !forgotten {
            reckoned.problem("whatWeRedeemedWasUsed", format!("more than {unknown:?}"));
        }
    }

    /// The one case that nobody can decide: the web shop used it, or another sale that was undone since, at about the time
    /// of an attempt of ours that had no answer.
    fn may_be_anothers(&self, target: &str, used: &Used) -> bool {
        let until = used.row.ended_at.unwrap_or(self.now) + MAYBE_OURS;
        let since = used.row.accepted_at - MAYBE_OURS;
        let is_said = |at: Timestamp| since <= at && at <= until;
        let mut redeemed = self.deeds(target).filter(|one| one.deed == Deed::Redeemed);
        used.is_done()
            && used.row.attempts > 1
            && redeemed.any(|one| is_said(one.at) || used.code() == "assumedOurs")
    }

    /// Each use is redeemed, an exception with a reason, or over.
    fn each_use_ends(&self, used: &Used, uses: &[Used], reckoned: &mut Reckoned) {
        match used.state() {
            DeliveryState::Done => {
                reckoned.seen.push(Class::OfferRedeemed);
                if used.named().starts_with("tbo-") && used.frozen["offer"]["id"].is_null() {
                    reckoned.seen.push(Class::UsedBeforeAssigned);
                }
                if used.row.attempts > 1 && used.row.note.is_none() {
                    reckoned.seen.push(Class::OursAfterAll);
                }
            }
            DeliveryState::Discarded if used.code() == "voided" => {
                reckoned.seen.push(Class::RedemptionWithdrawn);
            }
            DeliveryState::NeedsAttention => {
                let class = match used.code() {
                    "alreadyRedeemed" => Class::AlreadyRedeemed,
                    "usedHere" => Class::UsedHere,
                    "offerExpired" => Class::OfferExpired,
                    "offerNotFound" => Class::OfferNotFound,
                    "offerNotGiven" => Class::OfferNotGiven,
                    _ => return,
                };
                reckoned.seen.push(class);
                if !self.is_an_exception(used, uses) {
                    reckoned.problem("anExceptionHasAReason", format!("{used:?}"));
                }
            }
            DeliveryState::Discarded
            | DeliveryState::Waiting
            | DeliveryState::InFlight
            | DeliveryState::Unknown => {}
        }
    }

    /// Whether what an exception says is so.
    fn is_an_exception(&self, used: &Used, uses: &[Used]) -> bool {
        let target = used.target.as_deref().unwrap_or_default();
        let holder = self.person_of_document(&used.sale);
        let has_ended = holder.is_none_or(|person| self.has_ended(person) || self.was_forgotten(person))
            || self.restored.is_some();
        let assignment = || self.engage.world.assignments().find(|one| one.id.to_string() == target);
        let voucher = || self.engage.world.vouchers().find(|one| one.id.to_string() == target);
        match used.code() {
            // By the web shop, by another sale, or by what a lost database had.
            "alreadyRedeemed" => {
                has_ended || self.deeds(target).any(|one| one.deed == Deed::Redeemed) || used.target.is_none()
            }
            "usedHere" => {
                let same = |other: &&Used| other.sale != used.sale && other.target == used.target;
                has_ended || uses.iter().any(|other| same(&other))
            }
            "offerExpired" => {
                assignment().is_some_and(|one| one.expires.is_some())
                    || voucher().is_some_and(|one| one.expires.is_some())
            }
            "offerNotFound" => {
                // By its id a voucher is known only from a look-up.
                let is_unknown = !used.is_voucher() && assignment().is_none();
                let is_gone = assignment().is_some_and(|one| one.deleted.is_some());
                let is_anothers =
                    voucher().is_some_and(|one| self.person_of(&one.contact.to_string()) != holder);
                has_ended || is_unknown || is_gone || is_anothers || self.is_shared(holder)
            }
            // What isn't given can't be used.
            "offerNotGiven" => used.target.is_none() || has_ended,
            _ => true,
        }
    }

    fn is_shared(&self, person: Option<usize>) -> bool {
        person.is_some_and(|person| self.setup.people[person].shares || self.setup.people[person].meddled)
    }

    /// What was undone came back once, and nothing else did.
    fn what_comes_back(&self, uses: &[Used], reader: &Reader, reckoned: &mut Reckoned) {
        let mut undone: BTreeMap<&str, usize> = BTreeMap::new();
        for used in uses {
            let is_right = !used.undone || self.was_undone(&used.sale);
            if !is_right {
                reckoned.problem("whatStandsIsUsed", format!("{used:?} is undone"));
            }
            let entry = self.ledger.get(&used.sale);
            let is_void = entry.is_some_and(|entry| entry.is_void);
            if is_void && !used.undone && used.state() != DeliveryState::Discarded {
                reckoned.problem("whatIsVoidIsUndone", format!("{used:?}"));
            }
            if used.undone && used.is_voucher() {
                *undone.entry(used.target.as_deref().unwrap_or_default()).or_default() += 1;
                self.comes_back(used, reader, reckoned);
            }
        }
        for voucher in self.engage.world.vouchers() {
            let id = voucher.id.to_string();
            let back = self.ours(&id, Deed::Reactivated).count();
            if back > undone.get(id.as_str()).copied().unwrap_or_default() {
                let detail = format!("{:?}: {back} times", self.deeds(&id).collect::<Vec<_>>());
                reckoned.problem("whatStandsStaysUsed", detail);
            }
            let stands = uses
                .iter()
                .any(|used| used.target.as_deref() == Some(id.as_str()) && used.is_done() && !used.undone);
            if stands && voucher.redeemed.is_none() && !self.is_excused(&id) {
                reckoned.problem("whatStandsStaysUsed", format!("{voucher:?} can be used"));
            }
        }
    }

    /// A voucher whose use was undone can be used again, unless it is said why not.
    fn comes_back(&self, used: &Used, reader: &Reader, reckoned: &mut Reckoned) {
        if used.state() == DeliveryState::Discarded && !used.row.may_have_landed {
            return;
        }
        let key = format!("{}/back", used.key);
        let row = reader.document(REACTIVATION, &key).expect("it is read");
        let Some(row) = row.and_then(|row: DocumentRow| row.delivery) else {
            let is_forgotten = self.is_forgotten_holder(self.person_of_document(&used.sale));
            if used.row.may_have_landed && !is_forgotten {
                reckoned.problem("whatIsUndoneComesBack", format!("{used:?}"));
            }
            return;
        };
        let target = used.target.as_deref().unwrap_or_default();
        match row.state {
            DeliveryState::Done => {
                reckoned.seen.push(Class::GivenBack);
                let is_void = self.ledger.get(&used.sale).is_some_and(|entry| entry.is_void);
                if !is_void {
                    reckoned.seen.push(Class::GivenBackByReturn);
                }
                let is_used = self.deeds(target).last().is_some_and(|one| one.deed == Deed::Redeemed);
                let since = row.accepted_at;
                let again = self.deeds(target).any(|one| one.deed == Deed::Redeemed && one.at >= since);
                if is_used && !again && !self.is_excused(target) {
                    reckoned.problem("whatIsUndoneComesBack", format!("{row:?} of {used:?}"));
                }
            }
            DeliveryState::NeedsAttention => reckoned.seen.push(Class::NotReactivated),
            DeliveryState::Discarded
            | DeliveryState::Waiting
            | DeliveryState::InFlight
            | DeliveryState::Unknown => {}
        }
    }

    /// Whether an offer's delivery is of a sale that was undone, or of what undid it and is undone itself.
    pub(super) fn is_of_what_was_undone(&self, row: &DeliveryRow) -> bool {
        let sale = row.key.split('/').next().unwrap_or_default();
        [REDEMPTION, REACTIVATION, ASSIGNMENT].contains(&row.document_kind.as_str()) && self.was_undone(sale)
    }

    /// Whether a sale is void, or something of it came back.
    fn was_undone(&self, sale: &str) -> bool {
        let is_void = self.ledger.get(sale).is_some_and(|entry| entry.is_void);
        let of_it = |entry: &Entry| entry.lines.iter().any(|line| line.tied.as_deref() == Some(sale));
        is_void || self.ledger.iter().any(|(_, entry)| of_it(entry))
    }

    /// What we gave was owed, once each; a welcome comes once from us, and not at all where the tenant gives it.
    fn given_once(&self, rows: &[DeliveryRow], reader: &Reader, reckoned: &mut Reckoned) {
        let process = self.process.as_ref().expect("the gateway is there");
        let keys = process.database.keys();
        let desk = gateway::desk::Desk { settings: &self.setup.settings, keys: &keys };
        let owed: Vec<(&DeliveryRow, Value)> = rows
            .iter()
            .filter(|row| row.document_kind == ASSIGNMENT)
            .filter_map(|row| Some((row, self.assignment(row)?)))
            .collect();
        let mut given: BTreeMap<String, Vec<&DeliveryRow>> = BTreeMap::new();
        for (row, frozen) in &owed {
            let name = desk.offer_id(&row.key, frozen["code"].as_str().unwrap_or_default());
            let known = reader.offers(&[name], self.now).expect("it is read").into_iter().next();
            let remote_id = known.and_then(|known| known.remote_id).map(|id| id.to_lowercase());
            self.see_given(row, frozen, remote_id.is_some(), reckoned);
            match remote_id {
                Some(id) => given.entry(id).or_default().push(row),
                // It said so without giving it. Two of the same at once: either takes one of them for its own, and it may
                // be the same one.
                None if row.state == DeliveryState::Done
                    && row.note.is_none()
                    && !self.is_lied_about(row)
                    && !has_a_twin(row, frozen, &owed) =>
                {
                    reckoned.problem("whatIsGivenIsThere", format!("{row:?} {frozen}"));
                }
                None => {}
            }
        }
        let is_unsure = |(row, frozen): &&(&DeliveryRow, Value)| {
            let is_open = row.may_have_landed && row.state != DeliveryState::Done;
            is_open || self.is_lied_about(row) || has_a_twin(row, frozen, &owed)
        };
        let unsure = owed.iter().filter(is_unsure).count();
        let by_us = self
            .engage
            .world
            .offer_changes()
            .iter()
            .filter(|change| change.deed == Deed::Assigned && matches!(change.by, By::Request(_)));
        let (known, extra): (Vec<&OfferChange>, Vec<&OfferChange>) =
            by_us.partition(|change| given.contains_key(&change.offer.id().to_string()));
        // Nobody can tell how long a request may survive the gateway's patience.
        let is_late = |change: &&OfferChange| self.engage.late.contains(&change.offer.id().to_string());
        let extra: Vec<&OfferChange> =
            extra.into_iter().filter(|change| !is_late(change) && !self.is_over(change)).collect();
        let forgotten = !self.forgotten.is_empty();
        if extra.len() > unsure && !forgotten {
            let detail = format!("{extra:?} beside {known:?}, owed {owed:?}");
            reckoned.problem("givenOnce", detail);
        }
        self.welcomed_once(&known, &extra, &given, &owed, reckoned);
    }

    /// Whether an assignment was used, taken away or over by now: then it may have been gone when we looked for it.
    fn is_over(&self, change: &OfferChange) -> bool {
        let id = change.offer.id();
        let one = self.engage.world.assignments().find(|one| one.id == id);
        one.is_none_or(|one| one.redeemed.is_some() || one.deleted.is_some() || one.expires.is_some())
    }

    fn see_given(&self, row: &DeliveryRow, frozen: &Value, there: bool, reckoned: &mut Reckoned) {
        if row.key.ends_with(AGAIN) {
            reckoned.seen.push(Class::PromotionAgain);
        }
        match (row.state, row.note.as_ref().map(|note| note.code.as_str())) {
            (DeliveryState::Done, Some("notNew" | "hadBefore")) => reckoned.seen.push(Class::NotWelcomed),
            (DeliveryState::Done, _) if there && frozen["welcome"] == true => {
                reckoned.seen.push(Class::Welcomed);
            }
            (DeliveryState::Done, _) if there => reckoned.seen.push(Class::Assigned),
            _ => {}
        }
    }

    fn is_lied_about(&self, row: &DeliveryRow) -> bool {
        let remote_id = row.contact.as_ref().and_then(|contact| contact.remote_id.as_ref());
        remote_id.is_some_and(|id| self.is_excused(id))
    }

    fn welcomed_once(
        &self,
        known: &[&OfferChange],
        extra: &[&OfferChange],
        given: &BTreeMap<String, Vec<&DeliveryRow>>,
        owed: &[(&DeliveryRow, Value)],
        reckoned: &mut Reckoned,
    ) {
        let world = &self.engage.world;
        let welcome = world
            .promotions()
            .iter()
            .find(|one| one.definition.external_id.as_deref() == Some(WELCOME.1))
            .map(|one| one.id);
        let is_again = |change: &OfferChange| {
            let rows = given.get(&change.offer.id().to_string());
            rows.into_iter().flatten().any(|row| row.key.ends_with(AGAIN))
        };
        let again_owed = owed.iter().any(|(row, _)| row.key.ends_with(AGAIN));
        let is_welcome = |change: &&&OfferChange| {
            matches!(&change.offer, Offer::Assignment { promotion, .. } if Some(*promotion) == welcome)
                && !is_again(change)
        };
        let mut by_contact: BTreeMap<String, usize> = BTreeMap::new();
        let extra = extra.iter().filter(|_| !again_owed);
        for change in known.iter().chain(extra).filter(is_welcome) {
            *by_contact.entry(change.contact.to_string()).or_default() += 1;
        }
        let by_tenant = self.setup.settings.offers.promotions[0].welcome == Some(Welcome::Automation);
        let most = usize::from(!by_tenant);
        for (contact, count) in by_contact {
            if count > most && self.forgotten.is_empty() {
                reckoned.problem("welcomedOnce", format!("{contact} was welcomed {count} times by us"));
            }
        }
    }

    /// Whether an exception of an offer, or what needs a person about one, has a reason; `None` of other deliveries.
    pub(super) fn offer_needs_a_person(
        &self,
        code: &str,
        row: &DeliveryRow,
        wish: Option<&Wish>,
        reader: &Reader,
    ) -> Option<bool> {
        let is_of_offer = [ASSIGN_PROMOTION, REDEEM_PROMOTION, REDEEM_VOUCHER, REACTIVATE_VOUCHER];
        if !is_of_offer.contains(&row.kind.as_str()) {
            return None;
        }
        let person = self.person_said(&row.document_kind, &row.key);
        let has_ended = person.is_none_or(|person| self.has_ended(person) || self.was_forgotten(person));
        let ended = self.engage.world.promotions().iter().any(|one| one.stage != sandbox::Stage::Published);
        // Somebody else refused a look at the lists in Engage's name.
        let by_somebody = row.note.as_ref().is_some_and(|note| note.detail.contains("SandboxFault"));
        Some(match (row.kind.as_str(), code) {
            (_, "offerRefused" | "engageRefused") if by_somebody => true,
            (_, "contactNotFound") if wish.is_some_and(|wish| !self.was_to_be_found(row, wish, reader)) => {
                true
            }
            // These are looked at with the sale.
            (
                REDEEM_PROMOTION | REDEEM_VOUCHER,
                "alreadyRedeemed" | "usedHere" | "offerExpired" | "offerNotFound" | "offerNotGiven",
            ) => true,
            (REDEEM_VOUCHER, "voucherNeedsContact") => wish.is_none_or(|wish| wish.named == Named::Nobody),
            (REACTIVATE_VOUCHER, "notReactivated") => true,
            (ASSIGN_PROMOTION, "offerNotGiven" | "contactUnknown") => true,
            // A promotion that has ended can't be given.
            (ASSIGN_PROMOTION, "engageRefused" | "contactGone") => {
                ended || has_ended || self.is_lied_about(row)
            }
            (ASSIGN_PROMOTION, "notListedYet" | "promotionNotFound") => true,
            (_, "offerRefused" | "engageRefused") => {
                self.excused.keys().any(|key| row.key.contains(key.as_str())) || !self.excused.is_empty()
            }
            (
                _,
                "contactNotFound" | "contactGone" | "contactForgotten" | "forgottenInEngage" | "notMappable",
            ) => has_ended || self.restored.is_some() || self.is_shared(person),
            (_, "multipleMatches") => self.is_shared(person),
            _ => false,
        })
    }
}

/// Whether something else gave the same to the same contact.
fn has_a_twin(row: &DeliveryRow, frozen: &Value, owed: &[(&DeliveryRow, Value)]) -> bool {
    let contact = |row: &DeliveryRow| row.contact.as_ref().map(|contact| contact.key);
    owed.iter().any(|(other, its)| {
        other.id != row.id && contact(other) == contact(row) && its["externalId"] == frozen["externalId"]
    })
}

fn cost_of(frozen: &Value) -> Option<i64> {
    let amount = &frozen["cost"]["amount"];
    let amount: rust_decimal::Decimal = match amount {
        Value::String(text) => text.parse().ok()?,
        other => other.as_number()?.as_str().parse().ok()?,
    };
    let minor = amount * rust_decimal::Decimal::ONE_HUNDRED;
    minor.is_integer().then(|| i64::try_from(minor).ok())?
}
