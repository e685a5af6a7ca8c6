//! People who want to be forgotten, old databases that are put back, and whether anything of those people is left.

use std::path::Path;

use gateway::desk::{Forgetting, RECEIPT, There, forget};
use jiff::Timestamp;
use sandbox::{Change, What};
use serde_json::Value;
use store::{Command, ContactKey, ContactState, DeliveryFilter, DeliveryState, FindContact, Forget, Reader};

use super::census::Class;
use super::ledger::Ledger;
use super::process::From;
use super::run::{Event, Simulation};
use super::setup::Sabotage;
use super::wish::{Wish, mark};

/// Somebody who was forgotten.
#[derive(Debug, Clone)]
pub(super) struct Forgotten {
    person: Option<usize>,
    /// All its ids.
    pub(super) ids: Vec<String>,
    remote_id: Option<String>,
    /// What was said of the person here, and must be readable no more.
    pub(super) wishes: Vec<usize>,
    /// What Engage's people said of her, which must be nowhere; nor must the marks of those wishes.
    marks: Vec<String>,
    at: Timestamp,
    /// Whether the deletion in Engage was asked for here.
    asked: bool,
}

/// A copy of the database's files.
#[derive(Debug)]
pub(super) struct Backup {
    at: Timestamp,
    files: Vec<(String, Vec<u8>)>,
    ledger: Ledger,
}

const FILES: [&str; 2] = [store::FILE, "tillbridge.db-wal"];

impl Simulation {
    /// Somebody wants to be forgotten.
    pub(super) fn forget_somebody(&mut self) {
        if !self.odds_now().forgets {
            return;
        }
        let next = self.random.stretch(20_000, 8);
        self.at_in(next, Event::ForgetSomebody);
        let person = self.random.below(self.setup.people.len());
        let ids = &self.setup.people[person].contact_ids;
        let Some(id) = ids.get(self.random.below(ids.len())).cloned() else { return };
        self.forget_id(&id);
    }

    /// What an operator's call does with this id.
    pub(super) fn forget_id(&mut self, id: &str) {
        let Some(process) = &self.process else { return };
        let known = process.reader.known(&FindContact::Id(id.to_owned())).expect("it is read");
        let Some(known) = known else { return };
        self.forget_known(known.contact.key, There::Delete);
    }

    /// Whom a database that was put back knows to be forgotten and not whether Engage was told: the deletion is owed.
    pub(super) fn finish_forgetting(&mut self) {
        let Some(process) = &self.process else { return };
        let reader = &process.reader;
        let forgotten = reader.forgotten_here().expect("it is read");
        let is_owed = |contact: &&ContactState| {
            reader.document("erasure", &contact.public_id).expect("it is read").is_none()
        };
        let owed: Vec<ContactKey> = forgotten.iter().filter(is_owed).map(|contact| contact.key).collect();
        owed.into_iter().for_each(|key| self.forget_known(key, There::Delete));
    }

    pub(super) fn forget_known(&mut self, key: ContactKey, there: There) {
        let Some(process) = &self.process else { return };
        let held = process.reader.held_about(key).expect("it is read");
        let source = &self.setup.settings.engage.source;
        let forgetting = Forgetting { by: "operator", store: "", at: self.now, source };
        let command = forget(&held, forgetting, there);
        // What is accepted in between is forgotten too.
        let after = self.random.micros(20, 3_000);
        let epoch = self.epoch;
        self.at_in(after, Event::Forget(epoch, Box::new(command)));
    }

    pub(super) fn submit_forget(&mut self, epoch: u64, forget: Forget) {
        if self.process.as_ref().is_some_and(|process| process.epoch == epoch) {
            let from = if forget.deletes_there { From::Forget(forget.contact) } else { From::Nobody };
            self.submit(Command::Forget(forget), from);
        }
    }

    /// The feed said that a contact was deleted in Engage.
    pub(super) fn erase(&mut self, remote_id: &str) {
        let Some(process) = &self.process else { return };
        let known = process.reader.known(&FindContact::Id(remote_id.to_owned())).expect("it is read");
        if let Some(known) = known {
            self.census.saw(Class::FeedErased);
            self.forget_known(known.contact.key, There::IsDeleted);
        }
    }

    /// It is on disk that somebody is forgotten.
    pub(super) fn person_forgotten(&mut self, forget: &Forget, forgotten: store::Forgotten) {
        let Some(process) = &self.process else { return };
        let held = process.reader.held_about(forget.contact).expect("it is read");
        // Of a receipt in parts, one may be somebody else's, and says the same of the till.
        let is_hers_alone = |document: &&store::HeldDocument| {
            document.kind != RECEIPT
                || self.ledger.of(&document.key).is_none_or(|one| one.documents.len() == 1)
        };
        let wishes: Vec<usize> = (held.documents.iter())
            .filter(is_hers_alone)
            .filter_map(|document| self.wish_said(&document.kind, &document.key))
            .collect();
        let remote_id = held.contact.remote_id.clone();
        let person = (0..self.setup.people.len()).find(|person| {
            let who = &self.setup.people[*person];
            held.public_ids
                .iter()
                .chain(&remote_id)
                .any(|id| who.contact_ids.contains(id) || who.dead_ids.contains(id))
        });
        let there = self.engage.marks.iter().filter(|(id, _)| Some(id) == remote_id.as_ref());
        let marks: Vec<String> = there.map(|(_, mark)| mark.clone()).collect();
        let filter = DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() };
        let rows = process.reader.deliveries(&filter).expect("it is read");
        let under_way = rows.iter().any(|row| {
            matches!(row.state, DeliveryState::InFlight | DeliveryState::Unknown)
                && row.contact.as_ref().is_some_and(|contact| contact.key == held.contact.key)
        });
        if forget.deletes_there {
            self.census.saw(Class::Forgotten);
        }
        if under_way {
            self.census.saw(Class::ForgottenInFlight);
        }
        let said_of = || held.documents.iter().find_map(|one| self.person_said(&one.kind, &one.key));
        let person = person.or_else(said_of);
        self.note(format_args!(
            "forgotten {:?} {remote_id:?} person {person:?} {forgotten:?}",
            held.public_ids
        ));
        let mut ids = held.public_ids;
        ids.extend(remote_id.clone());
        if let Some(person) = person {
            let who = &mut self.setup.people[person];
            who.forgotten = Some(self.now);
            let (dead, alive) =
                std::mem::take(&mut who.contact_ids).into_iter().partition(|id| ids.contains(id));
            who.contact_ids = alive;
            let dead: Vec<String> = dead;
            who.dead_ids.extend(dead);
        }
        self.given_ids.retain(|(id, _, _)| !ids.contains(id));
        let asked = forget.deletes_there;
        self.forgotten.push(Forgotten { person, ids, remote_id, wishes, marks, at: self.now, asked });
        self.nothing_is_left(false);
    }

    pub(super) fn is_forgotten_id(&self, id: &str) -> bool {
        self.forgotten
            .iter()
            .any(|one| one.ids.iter().any(|own| own == id) || one.remote_id.as_deref() == Some(id))
            || self.process.as_ref().is_some_and(|process| {
                let alias = process.database.keys().contact_id(id);
                process.reader.is_forgotten(&alias).expect("it is read")
            })
    }

    /// Whether it is a sale without a customer, whose claim a lost database had.
    fn is_nobodys(&self, key: &str) -> bool {
        let Some(process) = &self.process else { return false };
        let row = process.reader.document(RECEIPT, key).expect("it is read");
        let Some(row) = row.filter(|row| row.contact.is_none()) else { return false };
        let body: Option<Value> = row.body.and_then(|body| serde_json::from_slice(&body).ok());
        body.is_some_and(|body| body.get("contact").is_none())
    }

    /// Nothing of those who were forgotten is in any file, but for what a call that may have landed still needs; in the
    /// end, only what a person must decide about.
    pub(super) fn nothing_is_left(&mut self, at_the_end: bool) {
        let Some(process) = &self.process else { return };
        if self.forgotten.is_empty() {
            return;
        }
        // What was frozen of a change may hold what others said, too.
        let filter = DeliveryFilter { limit: 1_000, ..DeliveryFilter::default() };
        let rows = process.reader.deliveries(&filter).expect("it is read");
        let needed: Vec<String> = (rows.iter())
            .filter(|row| row.may_have_landed && !is_over(row.state) && row.document_kind != "erasure")
            .filter_map(|row| row.contact.as_ref().map(|contact| contact.public_id.clone()))
            .collect();
        let files = bytes_of(self.folder.path());
        let left = self.forgotten.iter().find_map(|one| {
            let is_needed =
                one.ids.iter().any(|id| needed.contains(id)) || at_the_end && self.deletion_is_owed(one);
            // What a lost database had, a till may have said again.
            let is_old = |wish: &&usize| self.wishes[**wish].filed.is_none_or(|(_, at)| at <= one.at);
            let wishes: Vec<usize> = (one.wishes.iter())
                .filter(|_| !is_needed)
                .filter(is_old)
                .filter(|wish| !self.is_nobodys(&self.wishes[**wish].key))
                .copied()
                .collect();
            let mut readable = wishes.iter().map(|wish| &self.wishes[*wish]);
            if let Some(wish) = readable.find(|wish| self.is_readable(wish)) {
                return Some(format!(
                    "{} of {:?}, forgotten at {}, can be read",
                    wish.key, one.person, one.at
                ));
            }
            let there = one.marks.iter().filter(|_| !is_needed).cloned();
            let mut marks = wishes.into_iter().map(mark).chain(there);
            let (mark, file) = marks.find_map(|mark| {
                let (file, _) = files.iter().find(|(_, bytes)| contains(bytes, mark.as_bytes()))?;
                Some((mark, file))
            })?;
            Some(format!("{mark} of {:?}, forgotten at {}, is in {file}", one.person, one.at))
        });
        if let Some(left) = left {
            self.violated("nothingIsLeft", left);
        }
    }

    /// Whether the body of what was said under this identity, or what was decided about it, is there.
    fn is_readable(&self, wish: &Wish) -> bool {
        let Some(process) = &self.process else { return false };
        let row = process.reader.document(wish.kind(), &wish.key).expect("it is read");
        row.is_some_and(|row| row.body == Some(wish.body.clone()))
    }

    /// Whether a person must decide about the deletion in Engage, or gave it up.
    fn deletion_is_owed(&self, one: &Forgotten) -> bool {
        let Some(process) = &self.process else { return false };
        let row = |id: &String| process.reader.document("erasure", id).expect("it is read");
        one.ids
            .iter()
            .filter_map(row)
            .filter_map(|row| row.delivery)
            .any(|row| row.state != DeliveryState::Done)
    }

    /// In the end: those who were forgotten are gone from Engage, unless they came back by themselves.
    pub(super) fn the_forgotten_are_gone(&self, reader: &Reader) -> Vec<(&'static str, String)> {
        let is_there = |one: &&Forgotten| {
            let held = one.remote_id.as_ref().and_then(|id| self.engage.contact(id));
            let is_lost = |id: &String| self.swallowed.contains(id);
            held.is_some_and(|contact| contact.is_here()) && !one.remote_id.as_ref().is_some_and(is_lost)
        };
        let is_held = |one: &Forgotten| {
            let known = |id: &String| reader.known(&FindContact::Id(id.clone())).expect("it is read");
            one.ids.iter().filter_map(known).any(|known| known.contact.remote_id.is_some())
        };
        let left = self
            .forgotten
            .iter()
            .filter(|one| one.asked)
            .filter(is_there)
            .filter(|one| !self.deletion_is_owed(one))
            // A backup from before Engage's id of her was known here knows nothing to delete.
            .filter(|one| self.restored.is_none_or(|at| at > one.at) || is_held(one));
        left.map(|one| ("theForgottenAreGone", format!("{one:?}"))).collect()
    }

    /// Somebody copies the database while all is well.
    pub(super) fn back_up(&mut self) {
        if !self.odds_now().restores || self.process.is_none() {
            return;
        }
        let read = |name: &str| std::fs::read(self.folder.path().join(name)).unwrap_or_default();
        let files = FILES.map(|name| (name.to_owned(), read(name)));
        let ledger = self.ledger.clone();
        self.backup = Some(Backup { at: self.now, files: files.into(), ledger });
        self.note(format_args!("backed up"));
        let after = self.random.stretch(30_000, 8);
        self.at_in(after, Event::Restore);
    }

    /// The machine breaks, and the copy is put in the database's place.
    pub(super) fn restore(&mut self) {
        if self.faults_are_over() {
            return;
        }
        let Some(Backup { at, files, ledger }) = self.backup.take() else { return };
        self.note(format_args!("the database of {at} is put back"));
        self.census.saw(Class::Restored);
        self.crash();
        self.withdraw(|event| matches!(event, Event::Start));
        let folder = self.folder.path();
        for name in ["tillbridge.db", "tillbridge.db-wal", "tillbridge.db-shm"] {
            let _ = std::fs::remove_file(folder.join(name));
        }
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).expect("the copy is written");
        }
        if self.setup.sabotage == Sabotage::NoTombstoneFile {
            let _ = std::fs::remove_file(folder.join(store::FORGOTTEN_FILE));
        }
        self.lose_what_came_after(at);
        self.lost.extend(self.ledger.lost_in(&ledger));
        self.ledger = ledger;
        self.restored = Some(at);
        self.start();
        self.nothing_is_left(false);
    }

    fn lose_what_came_after(&mut self, at: Timestamp) {
        for wish in &mut self.wishes {
            wish.done = wish.done.filter(|done| *done < at);
            if wish.kept_since.is_some_and(|since| since >= at)
                || wish.filed.is_some_and(|(_, since)| since >= at)
            {
                (wish.kept_since, wish.filed) = (None, None);
            }
        }
        // What the lost database had changed, this one knows nothing of.
        let changes: Vec<Change> =
            self.engage.world.contact_changes().iter().filter(|change| change.at >= at).cloned().collect();
        for change in changes {
            if let What::Field { name, .. } = &change.what {
                self.engage.touched(&change.contact.to_string(), name, change.at);
            }
        }
        let wishes = &self.wishes;
        self.documents.retain(|_, wish| wishes[*wish].kept_since.is_some());
        self.given_ids.retain(|(_, _, since)| *since < at);
        self.given.retain(|one| one.since < at);
        for person in &mut self.setup.people {
            person.meddled = true;
            person.contact_ids.clear();
        }
    }
}

fn is_over(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Done | DeliveryState::Discarded)
}

/// All files of the database's folder.
fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.expect("a file");
        Some((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).ok()?))
    };
    entries.filter_map(file).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
