//! What must hold, whatever happened. Some of it is looked at along the way where it happens; here is what is looked
//! at after each start, and in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gateway::settings::ContactKey;
use jiff::Timestamp;
use sandbox::{Contact, Match};
use serde_json::Value;
use store::{
    Behind, Command, DeliveryFilter, DeliveryRow, DeliveryState, Discard, HistoryRow, Reader, Retry, Sweep,
};

use super::census::Class;
use super::money::figures_in;
use super::process::From;
use super::run::{Event, Simulation};
use super::setup::VISIBILITY_WINDOW;
use super::tills::{Named, Wish};

/// How long after a decision about a contact its writing may take.
const DECISION_TAKES: Duration = Duration::from_secs(90);
const DAY: Duration = Duration::from_secs(86_400);

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

    /// Operators look at what needs attention, and do something about it, wise or not.
    pub(super) fn operator(&mut self) {
        if !self.odds_now().operator {
            return;
        }
        let next = self.random.stretch(30_000, 5);
        self.at_in(next, Event::Operator);
        let state = self.random.pick(&[
            DeliveryState::NeedsAttention,
            DeliveryState::NeedsAttention,
            DeliveryState::Waiting,
            DeliveryState::Discarded,
            DeliveryState::Unknown,
        ]);
        let Some(process) = &self.process else { return };
        let filter = DeliveryFilter { state: Some(state), limit: 1_000, ..DeliveryFilter::default() };
        let rows = process.reader.deliveries(&filter).expect("it is read");
        if rows.is_empty() {
            return;
        }
        let row = rows[self.random.below(rows.len())].clone();
        let (at, by) = (self.now, "operator".to_owned());
        if self.random.percent(70) || state == DeliveryState::Discarded {
            self.census.saw(Class::OperatorRetried);
            return self.submit(Command::Retry(Retry { id: row.id, at, by }), From::Operator);
        }
        self.census.saw(Class::OperatorDiscarded);
        let behind = self.random.pick(&[Behind::Release, Behind::Discard]);
        self.gave_up(&row, behind);
        let reason = "a test".to_owned();
        self.submit(Command::Discard(Discard { id: row.id, at, by, reason, behind }), From::Operator);
    }

    fn gave_up(&mut self, row: &DeliveryRow, behind: Behind) {
        self.given_up.insert(row.key.clone());
        if row.kind != gateway::delivery::CREATE_CONTACT {
            return;
        }
        let people: Vec<usize> = (self.wishes.iter())
            .filter(|wish| wish.figures.is_none() && wish.key == row.key)
            .filter_map(|wish| wish.person)
            .collect();
        for person in people {
            self.setup.people[person].meddled = true;
            if behind == Behind::Discard {
                let of_person = self.wishes.iter().filter(|wish| wish.person == Some(person));
                self.given_up.extend(of_person.map(|wish| wish.key.clone()));
            }
        }
    }

    pub(super) fn sweep(&mut self) {
        self.at_in(Duration::from_secs(3_600), Event::Sweep);
        let now = self.now;
        let sweep = Sweep {
            profiles_before: now - DAY,
            bodies_before: now - 7 * DAY,
            undelivered_before: now - 30 * DAY,
            at: now,
        };
        self.submit(Command::Sweep(sweep), From::Nobody);
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
            DeliveryState::Waiting | DeliveryState::Unknown => !waits_for_a_person(row, &rows),
            DeliveryState::InFlight => true,
        });
        let behind = |row: &DeliveryRow| -> Vec<&DeliveryRow> {
            rows.iter().filter(|other| row.waits_for.contains(&other.id)).collect()
        };
        open.map(|row| format!("{row:?} is open, behind {:?}", behind(row)))
    }

    /// Everything has come to its end: is it the right one?
    pub(super) fn judge(&mut self) {
        self.nothing_acknowledged_is_gone();
        let Some(process) = &self.process else { return };
        let rows = all_deliveries(&process.reader);
        let problems: Vec<(&'static str, String)> = self
            .receipts_arrived(&process.reader)
            .into_iter()
            .chain(self.what_arrived_was_said())
            .chain(self.people_were_enrolled(&process.reader))
            .chain(self.ids_are_for_ever(&process.reader))
            .chain(self.nothing_against_the_guide())
            .chain(counts_are_right(&process.reader, &rows))
            .chain(rows.iter().filter_map(|row| self.illegitimate(row, &process.reader)))
            .collect();
        for (rule, detail) in problems {
            self.violated(rule, detail);
        }
    }

    /// Every acknowledged receipt of a known customer is in Engage once, as the till computed it, or is seen by a
    /// person; and the sums agree.
    fn receipts_arrived(&self, reader: &Reader) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let (mut said, mut delivered, mut seen_by_people) = (0, 0, 0);
        let imported = self.imported();
        for ((kind, key), wish) in &self.documents {
            let wish = &self.wishes[*wish];
            let Some(figures) = wish.figures.as_ref().filter(|_| *kind == "receipt") else { continue };
            let row = reader.document("receipt", key).expect("it is read");
            let Some(row) = row else {
                problems.push(("acknowledgedIsKept", key.clone()));
                continue;
            };
            if row.body.as_ref() != Some(&wish.body) {
                problems.push(("acknowledgedIsKept", format!("{key} has another body")));
            }
            let found = imported.get(key.as_str());
            if wish.named == Named::Nobody || !wish.owed {
                if found.is_some() {
                    problems.push(("whatArrivedWasSaid", format!("{key} is nobody's, or for training")));
                }
                continue;
            }
            said += figures.total;
            match (row.delivery.map(|row| row.state), found) {
                (Some(DeliveryState::Done), Some((body, contact))) => {
                    delivered += figures.total;
                    problems.extend(self.is_what_the_till_said(key, wish, body, contact));
                }
                (Some(DeliveryState::NeedsAttention | DeliveryState::Discarded), _) => {
                    seen_by_people += figures.total;
                }
                (Some(DeliveryState::Waiting), None) => seen_by_people += figures.total,
                (state, _) => problems.push(("receiptsArrive", format!("{key} is {state:?} and not there"))),
            }
        }
        if said != delivered + seen_by_people {
            let detail =
                format!("{said} was said, {delivered} delivered, {seen_by_people} is seen by people");
            problems.push(("sumsAgree", detail));
        }
        problems
    }

    /// The receipts in Engage by their ids, with the contact each went to.
    fn imported(&self) -> BTreeMap<&str, (Value, &Contact)> {
        let contacts: BTreeMap<String, &Contact> =
            self.engage.world.contacts().map(|contact| (contact.id.to_string(), contact)).collect();
        let imported =
            self.engage.world.receipts().iter().filter(|receipt| receipt.fate.word() == "imported");
        let entry = |receipt: &'_ sandbox::Receipt| match &receipt.content.contact {
            Match::Id(id) => contacts.get(id.as_str()).copied(),
            Match::By { .. } => None,
        };
        imported
            .filter_map(|receipt| {
                let body = serde_json::from_str(&receipt.content.body).expect("a body is JSON");
                Some((receipt.content.unique_receipt_id.as_str(), (body, entry(receipt)?)))
            })
            .collect()
    }

    fn is_what_the_till_said(
        &self,
        key: &str,
        wish: &Wish,
        body: &Value,
        contact: &Contact,
    ) -> Option<(&'static str, String)> {
        let figures = figures_in(body);
        if figures != wish.figures {
            let detail = format!("{key}: the till computed {:?}, Engage has {figures:?}", wish.figures);
            return Some(("figuresAreTheTills", detail));
        }
        let person = &self.setup.people[wish.person?];
        let is = |name, own: &str| contact.attribute(name) == Some(own);
        let (email, phone) = (is("email", &person.email), is("mobilePhone", &person.phone));
        let is_theirs = match (&wish.named, self.setup.settings.engage.contact_key) {
            (Named::Nobody, _) => false,
            _ if !person.shares => email || phone,
            // What is not the key may be another's as well, and then nobody can tell whose the receipt is.
            (Named::Email, _) | (Named::EmailAndPhone | Named::ContactId(_), ContactKey::Email) => email,
            (Named::Phone, _) | (Named::EmailAndPhone | Named::ContactId(_), ContactKey::MobilePhone) => {
                phone
            }
        };
        if is_theirs {
            return None;
        }
        Some(("theRightPerson", format!("{key} of {person:?} went to {contact:?}")))
    }

    /// Whatever arrived was said by a till and sent by us, each id once with one content.
    fn what_arrived_was_said(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut imported = BTreeSet::new();
        for receipt in self.engage.world.receipts() {
            let id = &receipt.content.unique_receipt_id;
            let said = self.documents.contains_key(&("receipt", id.clone()));
            if !said || !self.engage.sent.contains_key(id) {
                problems.push(("whatArrivedWasSaid", format!("{id} was said by nobody")));
            }
            match receipt.fate.word() {
                "imported" if !imported.insert(id) => problems.push(("once", format!("{id} is there twice"))),
                "dropped" => problems.push(("nothingIsDropped", format!("{receipt:?}"))),
                _ => {}
            }
        }
        problems
    }

    /// Everybody whose enrolment was taken is one contact, unless a person must see to it.
    fn people_were_enrolled(&self, reader: &Reader) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        for (key, count) in self.engage.world.creations() {
            if count.made > 1 {
                problems.push(("createdOnce", format!("{key} was made {} times", count.made)));
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
            if is_done && !is_there && !self.setup.people[person].meddled {
                problems.push(("peopleAreEnrolled", format!("{key}: person {person} is not there: {row:?}")));
            }
        }
        problems
    }

    /// Ids that tills were given lead to the contact for ever.
    fn ids_are_for_ever(&self, reader: &Reader) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        for (id, person) in &self.given_ids {
            let contact = reader.contact_by_id(id).expect("it is read");
            let remote = contact.as_ref().and_then(|contact| contact.remote_id.clone());
            let is_theirs = self
                .engage
                .with_key(self.key_of(*person))
                .is_some_and(|held| Some(held.id.to_string()) == remote);
            let excused = self.setup.people[*person].meddled || self.is_excused(self.key_of(*person));
            if contact.is_none() || !is_theirs && !excused {
                problems.push(("contactIdsAreForEver", format!("{id} of person {person} is {contact:?}")));
            }
        }
        problems
    }

    fn nothing_against_the_guide(&self) -> Vec<(&'static str, String)> {
        let findings = self.engage.world.findings().filter(|finding| finding.rule != sandbox::Rule::TooFast);
        findings.map(|finding| ("theGuide", format!("{finding:?}"))).collect()
    }

    /// A delivery that is not done must have a reason that a person can do something about.
    fn illegitimate(&self, row: &DeliveryRow, reader: &Reader) -> Option<(&'static str, String)> {
        let problem = |what: &str| Some(("attentionHasAReason", format!("{what}: {row:?}")));
        let wish = self.documents.get(&(kind_of(row), row.key.clone())).map(|wish| &self.wishes[*wish]);
        match row.state {
            // It was taken, and the answer went down with the process before any till heard of it.
            _ if wish.is_none() => problem("nobody said it"),
            DeliveryState::Done if row.kind == gateway::delivery::REGISTER_RECEIPT => {
                if row.confirmed_at.is_some() { None } else { problem("never seen in Engage") }
            }
            DeliveryState::Discarded if !self.was_given_up(row, wish) => problem("nobody gave it up"),
            DeliveryState::NeedsAttention => {
                let code = row.note.as_ref().map_or("", |note| note.code.as_str());
                let legitimate = match code {
                    "multipleMatches" => self.shares(wish),
                    "conflictingContent" => row.key.contains('#'),
                    "contactNotFound" => wish.is_some_and(|wish| !self.was_to_be_found(row, wish, reader)),
                    "engageRefused" => {
                        let person = wish.and_then(|wish| wish.person);
                        self.is_excused(&row.key)
                            || person.is_some_and(|person| {
                                let who = &self.setup.people[person];
                                self.is_excused(&who.email) || self.is_excused(&who.phone)
                            })
                    }
                    // A page of somebody else's passed for Engage's answer, twice.
                    "notConfirmed" => self.excused.get(&row.key).is_some_and(|pages| *pages >= 2),
                    _ => false,
                };
                if legitimate { None } else { problem("no good reason") }
            }
            _ => None,
        }
    }

    /// Whether the receipt's contact was to be seen in Engage when it was said not to be there.
    fn was_to_be_found(&self, row: &DeliveryRow, wish: &Wish, reader: &Reader) -> bool {
        let history = reader.history(row.id).expect("it is read");
        let decided = history.iter().rev().find(|line| line.what == "needsAttention").map(|line| line.at);
        let (Some(decided), Some(person)) = (decided, wish.person) else { return true };
        let who = &self.setup.people[person];
        if who.meddled {
            return false;
        }
        let seen_by = |contact: &Contact, at: Timestamp| contact.visible + DECISION_TAKES <= at;
        self.engage.world.contacts().any(|contact| {
            let email = contact.attribute("email") == Some(&who.email);
            let phone = contact.attribute("mobilePhone") == Some(&who.phone);
            let matches = match (&wish.named, self.setup.settings.engage.contact_key) {
                (Named::Nobody, _) => false,
                (Named::Email, _) | (Named::EmailAndPhone | Named::ContactId(_), ContactKey::Email) => email,
                (Named::Phone, _) | (Named::EmailAndPhone | Named::ContactId(_), ContactKey::MobilePhone) => {
                    phone
                }
            };
            matches && seen_by(contact, decided)
        }) || !looked_up_twice(&history)
    }

    fn shares(&self, wish: Option<&Wish>) -> bool {
        wish.and_then(|wish| wish.person).is_some_and(|person| self.setup.people[person].shares)
    }

    fn was_given_up(&self, row: &DeliveryRow, wish: Option<&Wish>) -> bool {
        self.given_up.contains(&row.key) || wish.is_some_and(|wish| self.given_up.contains(&wish.key))
    }

    fn is_excused(&self, what: &str) -> bool {
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

fn kind_of(row: &DeliveryRow) -> &'static str {
    if row.document_kind == "receipt" { "receipt" } else { "enrolment" }
}

fn all_deliveries(reader: &Reader) -> Vec<DeliveryRow> {
    let filter = DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() };
    let rows = reader.deliveries(&filter).expect("it is read");
    assert!(rows.len() < 1_000, "a run has fewer deliveries than a page");
    rows
}

/// It waits for a creation that a person must decide about.
fn waits_for_a_person(row: &DeliveryRow, rows: &[DeliveryRow]) -> bool {
    row.waits_for.iter().any(|id| {
        rows.iter().find(|other| other.id == *id).is_some_and(|other| {
            other.state == DeliveryState::NeedsAttention || waits_for_a_person(other, rows)
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
