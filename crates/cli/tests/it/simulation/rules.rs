//! What must hold, whatever happened. Some of it is looked at along the way where it happens; here is what is looked
//! at after each start, and in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sandbox::Contact;
use sandbox::switches::{ChangesFeed, KeyAcrossTypes, UntypedLookup};
use serde_json::Value;
use store::{DeliveryFilter, DeliveryRow, DeliveryState, FindContact, HistoryRow, Reader};

use super::people::{Before, Kind, Person};
use super::receipt_rules::VOIDED;
use super::run::Simulation;
use super::setup::VISIBILITY_WINDOW;
use super::wish::{Named, Wish};
use super::words::value_of;

/// How long after a decision about a contact its writing may take.
const DECISION_TAKES: Duration = Duration::from_secs(90);

impl Simulation {
    /// An acknowledgement is never taken back.
    pub(super) fn nothing_acknowledged_is_gone(&mut self) {
        let Some(process) = &self.process else { return };
        let gone = self.wishes.iter().find(|wish| {
            let is_there = || process.reader.document(wish.kind(), &wish.key).expect("it is read").is_some();
            wish.kept_since.is_some() && !is_there()
        });
        if let Some(wish) = gone {
            self.violated("acknowledgedIsKept", format!("{} was taken and is not there", wish.key));
        }
    }

    /// What has not come to its end, if anything.
    pub(super) fn unfinished(&self) -> Option<String> {
        let Some(process) = &self.process else { return Some("the gateway is not there".to_owned()) };
        if !self.acts_are_done() {
            return Some("tills have more to do".to_owned());
        }
        if let Some(wish) = self.wishes.iter().find(|wish| !wish.answered) {
            return Some(format!("{} has no answer", wish.key));
        }
        if let Some(asked) = process.asked.values().next() {
            return Some(format!("{asked:?} has no answer"));
        }
        if let Some(next) = process.reader.next_unconfirmed().expect("it is read") {
            return Some(format!("something is to be confirmed at {next}"));
        }
        let rows = all_deliveries(&process.reader);
        let open = rows.iter().find(|row| match row.state {
            DeliveryState::Done | DeliveryState::Discarded | DeliveryState::NeedsAttention => false,
            DeliveryState::Waiting | DeliveryState::Unknown => {
                !awaits_the_tenant(row) && !waits_for_a_person(row, &rows)
            }
            DeliveryState::InFlight => true,
        });
        let behind = |row: &DeliveryRow| -> Vec<&DeliveryRow> {
            rows.iter().filter(|other| row.waits_for.contains(&other.id)).collect()
        };
        let open = open.map(|row| format!("{row:?} is open, behind {:?}", behind(row)));
        open.or_else(|| self.held_and_there_differ().filter(|_| self.feed_is_read()))
    }

    /// Whether the feed of changes tells the gateway of everything that changes.
    fn feed_is_read(&self) -> bool {
        let is_on = self.setup.switches.changes_feed == ChangesFeed::On && !self.unremembered;
        is_on && self.setup.settings.engage.changes_interval.is_some()
    }

    /// Everything has come to its end: is it the right one?
    pub(super) fn judge(&mut self) {
        self.nothing_acknowledged_is_gone();
        self.nothing_is_left(true);
        let Some(process) = &self.process else { return };
        let rows = all_deliveries(&process.reader);
        let offers = self.offers_are_right(&process.reader, &rows);
        let problems: Vec<(&'static str, String)> = self
            .receipts_are_right(&process.reader)
            .into_iter()
            .chain(self.people_were_enrolled(&process.reader))
            .chain(self.ids_are_for_ever(&process.reader))
            .chain(self.nothing_against_the_guide())
            .chain(self.the_forgotten_are_gone(&process.reader))
            .chain(counts_are_right(&process.reader, &rows))
            .chain(rows.iter().filter_map(|row| self.illegitimate(row, &process.reader)))
            .chain(offers.problems)
            .collect();
        offers.seen.into_iter().for_each(|class| self.census.saw(class));
        for (rule, detail) in problems {
            self.violated(rule, detail);
        }
    }

    /// Everybody whose enrolment was taken is one contact, unless a person must see to it.
    fn people_were_enrolled(&self, reader: &Reader) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        for (counted, count) in self.engage.world.creations() {
            let key = counted.split(' ').nth(2).unwrap_or_default();
            let is_key = |held: &&str| held.ends_with(key) || key.ends_with(*held);
            let deleted: u64 = (self.engage.deletions.iter())
                .filter(|(held, _)| is_key(&held.as_str()))
                .map(|(_, count)| count)
                .sum();
            if count.made > 1 + deleted {
                problems.push(("createdOnce", format!("{key} was made {} times", count.made)));
            }
        }
        for (person, who) in self.setup.people.iter().enumerate() {
            let own = |contact: &&Contact| {
                contact.attribute(self.engage.key_attribute()) == who.value(self.setup.key())
            };
            let members = self.engage.members().filter(own).count();
            if members > 1 {
                problems.push(("oneContactEach", format!("person {person} is {members} members")));
            }
        }
        for ((kind, key), wish) in &self.documents {
            if *kind != "enrolment" {
                continue;
            }
            let Some(person) = self.wishes[*wish].person else { continue };
            let row = reader.document("enrolment", key).expect("it is read").and_then(|row| row.delivery);
            let is_done = row.as_ref().is_none_or(|row| row.state == DeliveryState::Done);
            let is_there = self.engage.with_key(self.key_of(person)).is_some();
            let who = &self.setup.people[person];
            let ended = self.wishes[*wish].filed.is_none_or(|(_, at)| self.ended_since(person, at));
            // Somebody took the call that makes a member in Engage's name.
            let is_lied_about = self.is_swallowed(person);
            if is_done && !is_there && !who.meddled && !ended && !is_lied_about {
                problems.push(("peopleAreEnrolled", format!("{key}: person {person} is not there: {row:?}")));
            }
        }
        problems
    }

    /// Whether the person was forgotten or deleted after this was said. A deletion in Engage of somebody who was forgotten
    /// before that is no excuse.
    fn ended_since(&self, person: usize, at: Timestamp) -> bool {
        let who = &self.setup.people[person];
        who.forgotten.is_some_and(|end| end >= at) || who.deleted_by_others.is_some_and(|end| end >= at)
    }

    pub(super) fn has_ended(&self, person: usize) -> bool {
        let who = &self.setup.people[person];
        who.forgotten.or(who.deleted).is_some()
    }

    /// What is said of one who shares an identifier may be taken for the other's.
    pub(super) fn was_forgotten(&self, person: usize) -> bool {
        let is_meant = |who: &&Person| who.forgotten.is_some();
        let who = &self.setup.people[person];
        is_meant(&who)
            || who.shares && self.setup.people.iter().filter(|who| who.shares).any(|who| is_meant(&who))
    }

    /// Ids that tills were given lead to the contact for ever.
    fn ids_are_for_ever(&self, reader: &Reader) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        for (id, person, _) in &self.given_ids {
            let known = reader.known(&FindContact::Id(id.clone())).expect("it is read");
            let remote = known.as_ref().and_then(|known| known.contact.remote_id.clone());
            let is_theirs = self
                .engage
                .with_key(self.key_of(*person))
                .is_some_and(|held| Some(held.id.to_string()) == remote);
            let who = &self.setup.people[*person];
            let is_stuck = known.as_ref().is_some_and(|known| known.contact.creation.is_some());
            let excused = who.meddled || who.deleted.is_some() || is_stuck || self.is_swallowed(*person);
            if known.is_none() || !is_theirs && !excused {
                problems.push(("contactIdsAreForEver", format!("{id} of person {person} is {known:?}")));
            }
        }
        problems
    }

    fn nothing_against_the_guide(&self) -> Vec<(&'static str, String)> {
        let is_known = |rule: sandbox::Rule| match rule {
            // What is emptied is watched elsewhere, change by change.
            sandbox::Rule::TooFast | sandbox::Rule::EmptyInUpdate => true,
            // Tills may give something twice; what a receipt waited for too long follows it; and what can't be redeemed
            // was used all the same.
            sandbox::Rule::AssignedTwice
            | sandbox::Rule::RedeemedAfterReceipt
            | sandbox::Rule::UsedNotRedeemed => true,
            sandbox::Rule::ReceiptIdReused => self.restored.is_some(),
            sandbox::Rule::UnmatchedContact => self.setup.people.iter().any(|who| who.deleted.is_some()),
            _ => false,
        };
        let findings = self.engage.world.findings().filter(|finding| !is_known(finding.rule));
        findings.map(|finding| ("theGuide", format!("{finding:?}"))).collect()
    }

    /// A delivery that is not done must have a reason that a person can do something about.
    fn illegitimate(&self, row: &DeliveryRow, reader: &Reader) -> Option<(&'static str, String)> {
        let problem = |what: &str| Some(("attentionHasAReason", format!("{what}: {row:?}")));
        let wish = self.wish_of(row).map(|wish| &self.wishes[wish]);
        let person = self.person_said(&row.document_kind, &row.key);
        let is_forgotten = person.is_some_and(|person| self.was_forgotten(person));
        let code = row.note.as_ref().map_or("", |note| note.code.as_str());
        match row.state {
            // It was taken, and the answer went down with the process before any till heard of it.
            _ if wish.is_none() && row.document_kind != "erasure" => problem("nobody said it"),
            DeliveryState::Done if row.kind == gateway::delivery::REGISTER_RECEIPT => {
                let is_seen = row.confirmed_at.is_some() || is_forgotten;
                if is_seen { None } else { problem("never seen in Engage") }
            }
            DeliveryState::Discarded if code == "contactForgotten" && is_forgotten => None,
            DeliveryState::Discarded if code == VOIDED && self.is_void(&row.key) => None,
            DeliveryState::Discarded if code == VOIDED && self.is_of_what_was_undone(row) => None,
            DeliveryState::Discarded if !self.was_given_up(row, wish) => problem("nobody gave it up"),
            DeliveryState::NeedsAttention if self.needs_a_person(code, row, wish, reader) => None,
            DeliveryState::NeedsAttention => problem("no good reason"),
            _ => None,
        }
    }

    /// Whether a delivery rightly needs attention for this reason.
    fn needs_a_person(&self, code: &str, row: &DeliveryRow, wish: Option<&Wish>, reader: &Reader) -> bool {
        let person = self.person_said(&row.document_kind, &row.key);
        let wish = self.naming(row).or(wish);
        let who = person.map(|person| &self.setup.people[person]);
        let ended = who.is_some_and(|who| who.forgotten.or(who.deleted).is_some());
        let is_lied_about = |person: usize| {
            let mut contacts = self.engage.world.contacts().map(|contact| contact.id.to_string());
            contacts.any(|id| self.is_excused(&id) && self.person_of(&id) == Some(person))
        };
        if let Some(has_a_reason) = self.offer_needs_a_person(code, row, wish, reader) {
            return has_a_reason;
        }
        let faults = self.ledger.of(&row.key).map_or(&[][..], |entry| entry.faults);
        match code {
            // It can't go as it is, and was tried all the same.
            "notMappable" | "contactNotFound" if !faults.is_empty() => true,
            code if faults.contains(&code) => true,
            "multipleMatches" => who.is_some_and(|who| who.shares),
            "conflictingContent" => row.key.contains('#'),
            "contactNotFound" => ended || wish.is_some_and(|wish| !self.was_to_be_found(row, wish, reader)),
            "engageRefused" => {
                let remote_id = row.contact.as_ref().and_then(|contact| contact.remote_id.as_ref());
                self.is_excused(&row.key)
                    || remote_id.is_some_and(|id| self.is_excused(id))
                    || person.is_some_and(is_lied_about)
                    || who.is_some_and(|who| who.known_by.iter().any(|(_, value)| self.is_excused(value)))
                    || who.is_some_and(|who| self.cannot_be_promoted(who.before))
                    || person.is_some_and(|person| self.is_two(person))
            }
            // A page of somebody else's passed for Engage's answer, twice.
            "notConfirmed" => ended || self.excused.get(&row.key).is_some_and(|pages| *pages >= 2),
            "contactGone" => ended,
            "contactForgotten" => who.is_some_and(|who| who.forgotten.is_some()),
            // The deletion needs a person, or somebody undid it.
            "forgottenInEngage" => who.is_some_and(|who| who.forgotten.is_some()),
            // Whether she was created is not known, for somebody gave that up.
            "notMappable" if row.document_kind == "erasure" => self.enrolment_was_given_up(row),
            "contactUnknown" | "notMappable" => ended || who.is_some_and(|who| who.meddled),
            "contactExists" => {
                who.is_some_and(|who| self.cannot_be_promoted(who.before))
                    || person.is_some_and(|person| self.is_two(person))
            }
            _ => false,
        }
    }

    /// Whether Engage has the person twice, as a member and as another type.
    fn is_two(&self, person: usize) -> bool {
        let key = Value::from(self.key_of(person));
        let has =
            |contact: &&Contact| contact.is_here() && value_of(contact, self.engage.key_attribute()) == key;
        self.engage.world.contacts().filter(has).count() > 1
    }

    /// Whether the tenant is such that nobody can find, or make a member of, who is there as another type.
    fn cannot_be_promoted(&self, before: Before) -> bool {
        let switches = &self.setup.switches;
        before == Before::Subscriber
            && switches.key_across_types == KeyAcrossTypes::Conflict409
            && switches.untyped_lookup == UntypedLookup::DefaultType
    }

    /// Whether the receipt's contact was to be seen in Engage when it was said not to be there.
    pub(super) fn was_to_be_found(&self, row: &DeliveryRow, wish: &Wish, reader: &Reader) -> bool {
        let history = reader.history(row.id).expect("it is read");
        let decided = history.iter().rev().find(|line| line.what == "needsAttention").map(|line| line.at);
        let (Some(decided), Some(person)) = (decided, wish.person) else { return true };
        let who = &self.setup.people[person];
        if who.meddled {
            return false;
        }
        let key = self.setup.key();
        let sought: Vec<Kind> = match &wish.named {
            Named::Nobody => return false,
            Named::ContactId(_) => vec![key],
            Named::By(kinds) if kinds.contains(&key) => vec![key],
            Named::By(kinds) => kinds.clone(),
        };
        let since = decided - DECISION_TAKES;
        self.engage.members().any(|contact| {
            let id = contact.id.to_string();
            let has = |kind: &Kind| {
                let own = who.value(*kind).map_or(Value::Null, Value::from);
                value_of(contact, kind.attribute()) == own
                    && !self.engage.changed_since(&id, kind.attribute(), since)
                    && !self.engage.changed_since(&id, "contactType", since)
            };
            sought.iter().any(has) && contact.visible <= since
        }) || !looked_up_twice(&history)
    }

    fn enrolment_was_given_up(&self, deletion: &DeliveryRow) -> bool {
        let wishes =
            self.forgotten.iter().filter(|one| one.ids.contains(&deletion.key)).flat_map(|one| &one.wishes);
        wishes
            .map(|wish| &self.wishes[*wish])
            .any(|wish| wish.is_enrolment() && self.given_up.contains(&wish.key))
    }

    fn was_given_up(&self, row: &DeliveryRow, wish: Option<&Wish>) -> bool {
        self.given_up.contains(&row.key) || wish.is_some_and(|wish| self.given_up.contains(&wish.key))
    }

    fn is_swallowed(&self, person: usize) -> bool {
        self.swallowed.iter().any(|id| self.person_of(id) == Some(person))
    }

    pub(super) fn is_excused(&self, what: &str) -> bool {
        self.excused.contains_key(what)
    }
}

/// Whether it was looked for, a window passed, and it was looked for again: a contact may be invisible for that long.
fn looked_up_twice(history: &[HistoryRow]) -> bool {
    let is_not_found =
        |line: &&HistoryRow| line.note.as_ref().is_some_and(|note| note.code == "contactNotFound");
    let looks: Vec<Timestamp> = history.iter().filter(is_not_found).map(|line| line.at).collect();
    looks.first().zip(looks.last()).is_some_and(|(first, last)| *last >= *first + VISIBILITY_WINDOW)
}

pub(super) fn all_deliveries(reader: &Reader) -> Vec<DeliveryRow> {
    let filter = DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() };
    let rows = reader.deliveries(&filter).expect("it is read");
    assert!(rows.len() < 1_000, "a run has fewer deliveries than a page");
    rows
}

/// The tenant's automation gives it, or not; or it was given, and taken away before it was seen. Both are waited for.
fn awaits_the_tenant(row: &DeliveryRow) -> bool {
    row.note.as_ref().is_some_and(|note| ["awaitsAutomation", "notListedYet"].contains(&note.code.as_str()))
}

/// It waits for a creation that a person must decide about.
fn waits_for_a_person(row: &DeliveryRow, rows: &[DeliveryRow]) -> bool {
    row.waits_for.iter().any(|id| {
        rows.iter().find(|other| other.id == *id).is_some_and(|other| {
            other.state == DeliveryState::NeedsAttention
                || awaits_the_tenant(other)
                || waits_for_a_person(other, rows)
        })
    })
}

fn counts_are_right(reader: &Reader, rows: &[DeliveryRow]) -> Vec<(&'static str, String)> {
    let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for row in rows {
        *counted.entry((row.kind.clone(), format!("{:?}", row.state))).or_default() += 1;
    }
    let kept: BTreeMap<(String, String), u64> = (reader.counts().expect("it is read").into_iter())
        .map(|count| ((count.kind, format!("{:?}", count.state)), count.count))
        .collect();
    let mut problems = Vec::new();
    if kept != counted {
        problems.push(("countsAreRight", format!("{kept:?} are kept, {counted:?} are there")));
    }
    problems.extend(reader.check().expect("it is read").into_iter().map(|line| ("fileIsWhole", line)));
    problems
}
