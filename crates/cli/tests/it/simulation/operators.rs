//! Operators: they look at what needs attention and do something about it, wise or not; and they export.

use std::time::Duration;

use store::{
    Behind, Command, Condense, Condensed, DeliveryFilter, DeliveryRow, DeliveryState, Discard, FindContact,
    Retry, Sweep,
};

use super::census::Class;
use super::process::From;
use super::rules::all_deliveries;
use super::run::{Event, Simulation};

const DAY: Duration = Duration::from_secs(86_400);
const EXPIRED_AT_ONCE: u32 = 500;

impl Simulation {
    pub(super) fn operator(&mut self) {
        if !self.odds_now().operator {
            return;
        }
        let next = self.random.stretch(30_000, 5);
        self.at_in(next, Event::Operator);
        if self.random.one_in(8) {
            self.export();
        }
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
            if [DeliveryState::NeedsAttention, DeliveryState::Discarded].contains(&state) {
                self.taken_up.insert(row.key.clone());
            }
            return self.submit(Command::Retry(Retry { id: row.id, at, by }), From::Operator);
        }
        self.census.saw(Class::OperatorDiscarded);
        let behind = self.random.pick(&[Behind::Release, Behind::Discard]);
        self.gave_up(&row, behind);
        let reason = "a test".to_owned();
        self.submit(Command::Discard(Discard { id: row.id, at, by, reason, behind }), From::Operator);
    }

    /// Somebody wants to see what is held: it is all of hers, and nobody else's.
    fn export(&mut self) {
        let person = self.random.below(self.setup.people.len());
        let ids = &self.setup.people[person].contact_ids;
        let Some(id) = ids.get(self.random.below(ids.len())).cloned() else { return };
        let Some(process) = &self.process else { return };
        let known = process.reader.known(&FindContact::Id(id)).expect("it is read");
        let Some(known) = known.filter(|known| !known.forgotten) else { return };
        let held = process.reader.held_about(known.contact.key).expect("it is read");
        let has = |row: &DeliveryRow| {
            held.documents.iter().any(|held| held.kind == row.document_kind && held.key == row.key)
        };
        let missing = all_deliveries(&process.reader).into_iter().find(|row| {
            row.contact.as_ref().is_some_and(|contact| contact.key == known.contact.key) && !has(row)
        });
        let others = held.documents.iter().find(|document| {
            let whose = self.person_said(&document.kind, &document.key);
            whose.is_some_and(|other| other != person && !self.shares(other))
        });
        let what = match (missing, others) {
            (Some(row), _) => format!("it lacks {row:?}"),
            (_, Some(document)) => format!("{} is not hers", document.key),
            (None, None) => return self.census.saw(Class::Exported),
        };
        self.violated("anExportIsWhole", format!("person {person}: {what}"));
    }

    fn gave_up(&mut self, row: &DeliveryRow, behind: Behind) {
        self.given_up.insert(row.key.clone());
        if behind == Behind::Discard {
            self.given_up.extend(self.ledger.behind(&row.key));
        }
        let is_about_a_contact = ["enrolment", "update"].contains(&row.document_kind.as_str());
        let person = self.wish_of(row).and_then(|wish| self.wishes[wish].person);
        let Some(person) = person.filter(|_| is_about_a_contact) else { return };
        if row.document_kind == "enrolment" {
            self.setup.people[person].meddled = true;
        }
        if behind == Behind::Discard {
            let of_person = self.wishes.iter().filter(|wish| wish.person == Some(person));
            self.given_up.extend(of_person.map(|wish| wish.key.clone()));
            let documents = self.ledger.iter().flat_map(|(_, entry)| &entry.documents);
            let hers = documents.filter(|document| self.person_of_document(document) == Some(person));
            let hers: Vec<String> = hers.cloned().collect();
            let behind: Vec<String> = hers.iter().flat_map(|document| self.ledger.behind(document)).collect();
            self.given_up.extend(hers.into_iter().chain(behind));
        }
    }

    pub(super) fn sweep(&mut self) {
        self.at_in(Duration::from_secs(3_600), Event::Sweep);
        let now = self.now;
        let Some(process) = &self.process else { return };
        let expired = process.reader.expired(now - 7 * DAY, EXPIRED_AT_ONCE).expect("it is read");
        let erased =
            expired.into_iter().map(|of| Condensed { document: of.document, since: of.since, form: None });
        let condense = Condense { documents: erased.collect() };
        self.submit(Command::Condense(condense), From::Nobody);
        let sweep = Sweep {
            profiles_before: now - DAY,
            hints_before: now - 400 * DAY,
            condensed_before: now - 400 * DAY,
            undelivered_before: now - 30 * DAY,
            checkouts_before: now - 7 * DAY,
            held_back_before: now - Duration::from_secs(3_600),
            at: now,
        };
        self.submit(Command::Sweep(sweep), From::Nobody);
    }
}
