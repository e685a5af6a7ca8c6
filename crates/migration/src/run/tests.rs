//! The decision against a model of the server: whatever breaks off wherever, each file lands, in order, and what counts
//! twice lands once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::decide::{On, Road, Seen, Step, decide, part_name};
use super::journal::{Entry, Journal, Line};
use super::state::{Stage, State};
use crate::Entity;
use crate::manifest::{Certainty, PlannedFile, Scope, StartedBy};
use crate::mapping::{ContactsBy, Stores};

const BYTES: u64 = 100;

fn file(entity: Entity, number: u32) -> PlannedFile {
    let started_by = match entity {
        Entity::Stores | Entity::Vouchers => StartedBy::Voyado,
        Entity::Contacts | Entity::Receipts | Entity::Points => StartedBy::Engage,
    };
    PlannedFile {
        name: format!("20261123180347_{number:04}_{}.csv", entity.as_str()),
        entity,
        folder: format!("/integration/{}", entity.as_str()),
        started_by,
        layout: Certainty::Documented,
        needs_member_numbers: entity == Entity::Vouchers && number == 2,
        records: 10_000,
        lines: 10_000,
        bytes: BYTES,
        blake3: "0".repeat(64),
    }
}

fn plan() -> Vec<PlannedFile> {
    Entity::ALL.into_iter().flat_map(|entity| (1..=2).map(move |number| file(entity, number))).collect()
}

const ROAD: Road = Road { contacts: ContactsBy::File, stores: Stores::First };

/// What may go wrong with one deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing.
    Well,
    /// The connection breaks before the server has heard of it.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
    /// The server does it at some later time.
    Late,
    /// A kill before it.
    KilledBefore,
    /// A kill after it.
    KilledAfter,
}

/// What happens between two deeds.
#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    /// Engage's job runs.
    Job,
    /// Voyado starts what it starts.
    Voyado,
    /// What was late is done.
    Late,
}

#[derive(Default)]
struct World {
    plan: Vec<PlannedFile>,
    journal: Vec<Line>,
    state: State,
    seen: Seen,
    /// By folder and name: bytes.
    server: BTreeMap<(String, String), u64>,
    late: Vec<(String, String, String)>,
    /// Names, each time they are taken.
    taken: Vec<String>,
}

impl World {
    fn new(plan: Vec<PlannedFile>) -> Self {
        Self { plan, ..Self::default() }
    }

    fn planned(&self, name: &str) -> &PlannedFile {
        self.plan.iter().find(|file| file.name == name).unwrap()
    }

    fn note(&mut self, entry: Entry) {
        let line = Line { at: Timestamp::UNIX_EPOCH, entry };
        self.journal.push(line.clone());
        self.state.apply(&line);
    }

    /// A new process: only the journal is left.
    fn restart(&mut self) {
        self.state = State::of(&self.journal);
        self.seen = Seen::default();
    }

    fn take(&mut self, by: StartedBy) {
        let ours = |name: &str| self.plan.iter().find(|file| file.name == name && file.started_by == by);
        let names: Vec<(String, String)> =
            self.server.keys().filter(|(_, name)| ours(name).is_some()).cloned().collect();
        for at in names {
            let bytes = self.server.remove(&at).unwrap();
            assert_eq!(bytes, BYTES, "half of {} was taken", at.1);
            let before = self.planned(&at.1).entity;
            let missing =
                self.plan.iter().find(|file| file.entity < before && !self.taken.contains(&file.name));
            assert!(missing.is_none(), "{} was taken before {missing:?}", at.1);
            self.taken.push(at.1);
        }
    }

    fn rename(&mut self, folder: &str, from: &str, to: &str) -> bool {
        let Some(bytes) = self.server.remove(&(folder.to_owned(), from.to_owned())) else { return false };
        self.server.insert((folder.to_owned(), to.to_owned()), bytes);
        let in_folder = |at: &&(String, String)| at.0 == folder && !at.1.ends_with(".part");
        assert!(self.server.keys().filter(in_folder).count() <= 1, "two files at once in {folder}");
        true
    }

    fn between(&mut self, between: Between) {
        match between {
            Between::Nothing => {}
            Between::Job => self.take(StartedBy::Engage),
            Between::Voyado => self.take(StartedBy::Voyado),
            Between::Late => {
                for (folder, from, to) in std::mem::take(&mut self.late) {
                    self.rename(&folder, &from, &to);
                }
            }
        }
    }

    /// Takes one step, and says whether all is done.
    fn step(&mut self, fate: Fate) -> bool {
        let step = decide(&self.plan, &self.state, &self.seen, ROAD);
        match step {
            Step::Done => return true,
            Step::Wait(on) => self.wait(&on),
            Step::Note(entry) => {
                if fate == Fate::KilledBefore {
                    self.restart();
                    return false;
                }
                self.note(entry);
                if fate == Fate::KilledAfter {
                    self.restart();
                }
            }
            Step::Look(folder) => {
                let names = self.server.iter().filter(|((at, _), _)| *at == folder);
                let listing = names.map(|((_, name), bytes)| (name.clone(), Some(*bytes))).collect();
                self.seen.folders.insert(folder, listing);
            }
            Step::Fill(file) => {
                let blake3 = "1".repeat(64);
                self.note(Entry::Filled { file, bytes: BYTES, blake3, records: 9_000, missing: 1_000 });
            }
            deed => self.deed(deed, fate),
        }
        false
    }

    fn wait(&mut self, on: &[super::Waiting]) {
        for waiting in on {
            match waiting.on {
                // A person who reads the integration log knows.
                On::Doubt => {
                    let imported = self.taken.contains(&waiting.file);
                    self.note(Entry::Word { file: waiting.file.clone(), imported });
                }
                On::OtherFile => panic!("nobody else writes here: {waiting:?}"),
                On::Engage | On::Voyado => {}
            }
        }
        self.seen = Seen::default();
    }

    fn deed(&mut self, deed: Step, fate: Fate) {
        let heard = !matches!(fate, Fate::LostBefore | Fate::KilledBefore | Fate::Late);
        let answered = fate == Fate::Well;
        let mut learned = None;
        match deed {
            Step::Remove(folder, part) => {
                if heard {
                    self.server.remove(&(folder, part));
                }
            }
            Step::Send { file, part } => {
                let at = (self.planned(&file).folder.clone(), part);
                // What breaks off leaves a part of it.
                self.server.insert(at, if answered { BYTES } else { BYTES / 2 });
                learned = Some(Entry::Whole { file });
            }
            Step::Rename { file, part } => {
                let folder = self.planned(&file).folder.clone();
                if fate == Fate::Late {
                    self.late.push((folder.clone(), part.clone(), file.clone()));
                }
                if heard && self.rename(&folder, &part, &file) {
                    learned = Some(Entry::Uploaded { file });
                }
            }
            other => panic!("not a deed over SFTP: {other:?}"),
        }
        self.seen = Seen::default();
        if answered {
            learned.into_iter().for_each(|entry| self.note(entry));
        }
        if matches!(fate, Fate::KilledBefore | Fate::KilledAfter) {
            self.restart();
        }
    }

    fn check_end(&self) {
        for file in &self.plan {
            let times = self.taken.iter().filter(|name| **name == file.name).count();
            match file.entity {
                Entity::Points | Entity::Vouchers => assert_eq!(times, 1, "{}", file.name),
                Entity::Stores | Entity::Contacts | Entity::Receipts => assert!(times >= 1, "{}", file.name),
            }
        }
        assert_eq!(State::of(&self.journal), self.state, "the journal is the state");
    }
}

fn fates() -> impl Strategy<Value = (Fate, Between)> {
    let fate = prop_oneof![
        4 => Just(Fate::Well),
        1 => Just(Fate::LostBefore),
        1 => Just(Fate::LostAfter),
        1 => Just(Fate::Late),
        1 => Just(Fate::KilledBefore),
        1 => Just(Fate::KilledAfter),
    ];
    let between = prop_oneof![
        3 => Just(Between::Nothing),
        1 => Just(Between::Job),
        1 => Just(Between::Voyado),
        1 => Just(Between::Late),
    ];
    (fate, between)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_file_lands_in_order_and_what_counts_twice_lands_once(
        fates in proptest::collection::vec(fates(), 0..300),
    ) {
        const STEPS_MAX: usize = 2_000;
        let mut world = World::new(plan());
        let after = std::iter::repeat([Between::Job, Between::Voyado, Between::Late]).flatten();
        let calm = after.map(|between| (Fate::Well, between));
        let mut steps = fates.into_iter().chain(calm).take(STEPS_MAX);
        let done = steps.any(|(fate, between)| {
            world.between(between);
            world.step(fate)
        });
        prop_assert!(done, "not done after {STEPS_MAX} steps: {:?}", world.journal.last());
        world.check_end();
        let lines = world.journal.len();
        prop_assert!(world.step(Fate::Well), "once more changes nothing");
        prop_assert_eq!(world.journal.len(), lines);
    }

}

proptest! {
    // Each line is synced, and the disk takes its time.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_torn_journal_is_read_up_to_its_last_whole_line(cut in 0..400_usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        let line = |attempt| Line { at: Timestamp::UNIX_EPOCH, entry: Entry::Begun { file: "f".into(), attempt } };
        let (mut journal, none) = Journal::open(&path).unwrap();
        prop_assert!(none.is_empty());
        (1..=5).for_each(|attempt| journal.append(&line(attempt)).unwrap());
        drop(journal);
        let text = std::fs::read(&path).unwrap();
        let cut = cut.min(text.len());
        std::fs::write(&path, &text[..cut]).unwrap();
        let whole = text[..cut].iter().filter(|byte| **byte == b'\n').count();
        let (mut journal, lines) = Journal::open(&path).unwrap();
        prop_assert_eq!(lines.len(), whole);
        journal.append(&line(9)).unwrap();
        drop(journal);
        let (_, lines) = Journal::open(&path).unwrap();
        prop_assert_eq!(lines.len(), whole + 1);
        prop_assert_eq!(lines.last(), Some(&line(9)));
    }
}

/// The state after these entries, of the first points file if it isn't said otherwise.
fn after(entries: &[Entry]) -> State {
    let lines: Vec<Line> =
        entries.iter().map(|entry| Line { at: Timestamp::UNIX_EPOCH, entry: entry.clone() }).collect();
    State::of(&lines)
}

fn listing(folder: &str, names: &[(&str, u64)]) -> Seen {
    let names = names.iter().map(|(name, bytes)| ((*name).to_owned(), Some(*bytes))).collect();
    Seen { folders: BTreeMap::from([(folder.to_owned(), names)]), unfinished_batch: None }
}

#[test]
fn what_is_decided_follows_from_the_journal_and_the_folder() {
    let check = |entity: Entity, entries: &[Entry], names: &[(&str, u64)], expected: Step| {
        let file = file(entity, 1);
        let seen = listing(&file.folder, names);
        let step = decide(std::slice::from_ref(&file), &after(entries), &seen, ROAD);
        assert_eq!(step, expected, "{entity:?} after {entries:?} with {names:?}");
    };
    for entity in [Entity::Contacts, Entity::Receipts, Entity::Points] {
        let name = file(entity, 1).name;
        let file = || name.clone();
        let (first, second) = (part_name(&name, 1), part_name(&name, 2));
        let begun = |attempt| Entry::Begun { file: file(), attempt };
        let whole = || Entry::Whole { file: file() };
        let uploaded = || Entry::Uploaded { file: file() };
        let wait = |on| {
            let folder = format!("/integration/{}", entity.as_str());
            Step::Wait(vec![super::Waiting { file: file(), folder, on }])
        };
        check(entity, &[], &[], Step::Note(begun(1)));
        check(entity, &[], &[(&name, BYTES)], Step::Note(Entry::Found { file: file() }));
        check(entity, &[], &[(&name, 7)], wait(On::OtherFile));
        check(entity, &[begun(1)], &[], Step::Send { file: file(), part: first.clone() });
        check(entity, &[begun(1)], &[(&first, 7)], Step::Send { file: file(), part: first.clone() });
        check(entity, &[begun(1)], &[(&first, BYTES)], Step::Note(whole()));
        let folder = format!("/integration/{}", entity.as_str());
        check(entity, &[begun(2)], &[(&first, 7)], Step::Remove(folder, first.clone()));
        let rename = Step::Rename { file: file(), part: first.clone() };
        check(entity, &[begun(1), whole()], &[(&first, BYTES)], rename);
        check(entity, &[begun(1), whole()], &[(&first, 7)], Step::Note(begun(2)));
        check(entity, &[begun(1), whole()], &[(&name, BYTES)], Step::Note(uploaded()));
        check(entity, &[begun(1), whole(), uploaded()], &[(&name, BYTES)], wait(On::Engage));
        let gone = Step::Note(Entry::PickedUp { file: file() });
        check(entity, &[begun(1), whole(), uploaded()], &[], gone);
        let unseen = match entity {
            Entity::Points => Entry::InDoubt { file: file() },
            _ => Entry::Lost { file: file() },
        };
        check(entity, &[begun(1), whole()], &[], Step::Note(unseen));
        check(entity, &[Entry::InDoubt { file: file() }], &[], wait(On::Doubt));
        let word = |imported| Entry::Word { file: file(), imported };
        check(entity, &[begun(1), Entry::InDoubt { file: file() }, word(false)], &[], Step::Note(begun(2)));
        check(entity, &[Entry::InDoubt { file: file() }, word(true)], &[], Step::Done);
        assert_ne!(first, second);
    }
}

#[test]
fn nothing_waits_for_stores_that_are_there_already() {
    let plan = [file(Entity::Stores, 1), file(Entity::Contacts, 1)];
    let state = after(&[Entry::Uploaded { file: plan[0].name.clone() }]);
    let seen = listing(&plan[0].folder, &[(&plan[0].name, BYTES)]);
    let waits = decide(&plan, &state, &seen, ROAD);
    assert!(matches!(&waits, Step::Wait(on) if on[0].on == On::Voyado), "{waits:?}");
    let road = Road { stores: Stores::ThereAlready, ..ROAD };
    assert_eq!(decide(&plan, &state, &seen, road), Step::Look(plan[1].folder.clone()));
}

#[test]
fn contacts_in_bulk_go_batch_after_batch_and_again_when_the_answer_was_lost() {
    let plan = [file(Entity::Contacts, 1)];
    let name = || plan[0].name.clone();
    let road = Road { contacts: ContactsBy::Bulk, ..ROAD };
    let check = |entries: &[Entry], expected: Step| {
        assert_eq!(decide(&plan, &after(entries), &Seen::default(), road), expected, "{entries:?}");
    };
    let begun = |batch, attempt| Entry::BatchBegun { file: name(), batch, attempt };
    let accepted = |batch| Entry::BatchAccepted { file: name(), batch, id: "b".into() };
    let ended = |batch| Entry::BatchEnded { file: name(), batch, created: 3_999, updated: 0, failed: 1 };
    check(&[], Step::Note(begun(0, 1)));
    check(&[begun(0, 1)], Step::SendBatch { file: name(), batch: 0 });
    let ask = |batch| Step::AskBatch { file: name(), batch, id: "b".into() };
    check(&[begun(0, 1), accepted(0)], ask(0));
    check(&[begun(0, 1), accepted(0), ended(0)], Step::Note(begun(1, 1)));
    check(&[ended(0), ended(1)], Step::Note(begun(2, 1)));
    check(&[ended(0), ended(1), begun(2, 1), accepted(2)], ask(2));
    check(&[ended(0), ended(1), ended(2)], Step::Done);
    let state = after(&[ended(0), ended(1), ended(2)]);
    let failed = Stage::Batches { ended: 3, next: super::Batch::Planned, failed: 3 };
    assert_eq!(*state.stage(&plan[0].name), failed);
    let unfinished = Seen { unfinished_batch: Some("b".into()), ..Seen::default() };
    let step = decide(&plan, &after(&[begun(0, 1), accepted(0)]), &unfinished, road);
    assert!(matches!(&step, Step::Wait(on) if on[0].on == On::Engage), "{step:?}");
}

#[test]
fn a_journal_is_one_processs_at_a_time_and_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let open = Journal::open(&path).unwrap();
    assert!(matches!(Journal::open(&path), Err(super::JournalError::Busy)));
    drop(open);
    let plan = Entry::Plan { version: 1, digest: "d".into(), scope: Scope::Full };
    let line = serde_json::to_string(&Line { at: Timestamp::UNIX_EPOCH, entry: plan }).unwrap();
    std::fs::write(&path, format!("{line}\nnonsense\n{line}\n")).unwrap();
    assert!(matches!(Journal::open(&path), Err(super::JournalError::Damaged { line: 2, .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3, "it is left as it is");
}
