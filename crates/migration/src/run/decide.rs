//! What to do next: from the plan, the journal and what is seen on the server. Pure.
//!
//! The order is that of fact M-02: a kind is sent when all before it are in. Of the files of a folder one is under way
//! at a time: the next is sent when the one before it is gone from the folder, which is how Engage says that it took it
//! (fact M-08).
//!
//! A file is written under a passing name of its own for each attempt, so that a late rename of a broken connection
//! can't give its name to half a file. Once its name may have been there and neither is, it was taken or swept away:
//! what is told apart by its key is sent again; points and vouchers would count twice (facts M-22, M-24), so a person
//! has to say.

use std::collections::BTreeMap;

use serde::Serialize;

use super::journal::Entry;
use super::state::{Batch, Progress, Stage, State};
use crate::Entity;
use crate::manifest::{PlannedFile, Scope, StartedBy};
use crate::mapping::{ContactsBy, Stores, Target};

/// Contacts in a bulk call (fact M-28).
pub const BATCH_CONTACTS: u64 = 4_000;

/// What the mapping says about the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Road {
    /// How contacts go.
    pub contacts: ContactsBy,
    /// Whether Engage has the stores already.
    pub stores: Stores,
}

impl Road {
    /// The road of a plan of this scope. A delta has contacts that Engage knows, which the bulk creation refuses (fact
    /// M-30) and a file updates (fact M-14), so its contacts go by file.
    #[must_use]
    pub fn of(target: &Target, scope: Scope) -> Self {
        let contacts = match scope {
            Scope::Full => target.contacts_by,
            Scope::Delta => ContactsBy::File,
        };
        Self { contacts, stores: target.stores }
    }
}

/// What was seen on the server since the last deed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The folders that were looked into: their files' sizes by name, where the server says them.
    pub folders: BTreeMap<String, BTreeMap<String, Option<u64>>>,
    /// The batch that Engage was asked about, and hasn't done.
    pub unfinished_batch: Option<String>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Look into this folder.
    Look(String),
    /// Write this to the journal.
    Note(Entry),
    /// Put member numbers into this file.
    Fill(String),
    /// Take away what an earlier attempt left in this folder.
    Remove(String, String),
    /// Write the file under its passing name.
    Send {
        /// The file.
        file: String,
        /// The passing name.
        part: String,
    },
    /// Give it its name.
    Rename {
        /// The file.
        file: String,
        /// The passing name.
        part: String,
    },
    /// Send a batch of the file.
    SendBatch {
        /// The file.
        file: String,
        /// Which, from 0.
        batch: u64,
    },
    /// Ask how a batch is.
    AskBatch {
        /// The file.
        file: String,
        /// Which, from 0.
        batch: u64,
        /// Engage's name for it.
        id: String,
    },
    /// Nothing can be done but by these.
    Wait(Vec<Waiting>),
    /// All is in.
    Done,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The file.
    pub file: String,
    /// Its folder on the server.
    pub folder: String,
    /// Whose turn it is.
    #[serde(rename = "for")]
    pub on: On,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum On {
    /// Engage's: it takes files by its clock.
    Engage,
    /// Voyado's: somebody there starts this import (fact M-09).
    Voyado,
    /// A person's: nobody knows whether the file was imported, and it mustn't be sent twice.
    Doubt,
    /// A person's: another file of this name lies there.
    OtherFile,
}

impl On {
    /// Whether it goes on without anybody here.
    #[must_use]
    pub const fn passes(self) -> bool {
        match self {
            Self::Engage | Self::Voyado => true,
            Self::Doubt | Self::OtherFile => false,
        }
    }
}

/// Decides.
#[must_use]
pub fn decide(plan: &[PlannedFile], state: &State, seen: &Seen, road: Road) -> Step {
    let mut waiting = Vec::new();
    for entity in Entity::ALL {
        let before = waiting.len();
        match of_entity(plan, entity, state, seen, road, &mut waiting) {
            Some(step) => return step,
            None if waiting.len() > before && !is_passed_over(entity, road) => return Step::Wait(waiting),
            None => {}
        }
    }
    if waiting.is_empty() { Step::Done } else { Step::Wait(waiting) }
}

/// Whether others may go before this kind is in.
fn is_passed_over(entity: Entity, road: Road) -> bool {
    entity == Entity::Stores && road.stores == Stores::ThereAlready
}

fn of_entity(
    plan: &[PlannedFile],
    entity: Entity,
    state: &State,
    seen: &Seen,
    road: Road,
    waiting: &mut Vec<Waiting>,
) -> Option<Step> {
    // The folders of this kind that have a file under way.
    let mut taken: Vec<&str> = Vec::new();
    for file in plan.iter().filter(|file| file.entity == entity) {
        let by_bulk = entity == Entity::Contacts && road.contacts == ContactsBy::Bulk;
        let fresh = Progress::default();
        let progress = state.files.get(&file.name).unwrap_or(&fresh);
        if taken.contains(&file.folder.as_str()) {
            continue;
        }
        let next = if by_bulk { by_bulk_call(file, progress, seen) } else { by_file(file, progress, seen) };
        match next {
            Next::Nothing => {}
            Next::Step(step) => return Some(step),
            Next::Wait(on) => {
                waiting.push(Waiting { file: file.name.clone(), folder: file.folder.clone(), on });
                taken.push(&file.folder);
            }
        }
    }
    None
}

/// How many batches a file's contacts are.
#[must_use]
pub const fn batches_of(file: &PlannedFile) -> u64 {
    file.records.div_ceil(BATCH_CONTACTS)
}

/// The passing name of an attempt (fact M-31).
#[must_use]
pub fn part_name(file: &str, attempt: u32) -> String {
    format!("{file}.{attempt}.part")
}

enum Next {
    /// The file is in.
    Nothing,
    Step(Step),
    Wait(On),
}

/// What a folder says about a file.
struct Sight<'a> {
    named: bool,
    size_differs: bool,
    part: Part,
    left_over: Option<&'a String>,
}

/// What lies under the passing name of the present attempt.
#[derive(PartialEq, Eq)]
enum Part {
    None,
    /// As many bytes as the file has.
    Whole,
    /// Fewer, or more.
    Other,
}

fn look<'a>(
    listing: &'a BTreeMap<String, Option<u64>>,
    file: &PlannedFile,
    progress: &Progress,
) -> Sight<'a> {
    let bytes = progress.filled.as_ref().map_or(file.bytes, |filled| filled.bytes);
    let part = part_name(&file.name, progress.attempts);
    let is_part =
        |name: &str| name.strip_prefix(file.name.as_str()).is_some_and(|rest| rest.ends_with(".part"));
    let named = listing.get(&file.name);
    Sight {
        named: named.is_some(),
        size_differs: named.copied().flatten().is_some_and(|size| size != bytes),
        part: match listing.get(&part) {
            None => Part::None,
            Some(size) if size.is_none_or(|size| size == bytes) => Part::Whole,
            Some(_) => Part::Other,
        },
        left_over: listing.keys().find(|name| is_part(name) && **name != part),
    }
}

fn by_file(file: &PlannedFile, progress: &Progress, seen: &Seen) -> Next {
    let name = || file.name.clone();
    match progress.stage {
        Stage::PickedUp { .. } | Stage::ImportedByWord { .. } => return Next::Nothing,
        Stage::InDoubt { .. } => return Next::Wait(On::Doubt),
        // Begun by the bulk call under another mapping: that is settled by its own rules.
        Stage::Batches { .. } => return by_bulk_call(file, progress, seen),
        Stage::Planned | Stage::Begun | Stage::Whole | Stage::Uploaded { .. } => {}
    }
    if file.needs_member_numbers && progress.filled.is_none() && matches!(progress.stage, Stage::Planned) {
        return Next::Step(Step::Fill(name()));
    }
    let Some(listing) = seen.folders.get(&file.folder) else {
        return Next::Step(Step::Look(file.folder.clone()));
    };
    let sight = look(listing, file, progress);
    let part = || part_name(&file.name, progress.attempts);
    let begin = || Entry::Begun { file: name(), attempt: progress.attempts.saturating_add(1) };
    match progress.stage {
        Stage::Planned | Stage::Begun | Stage::Whole if sight.named && sight.size_differs => {
            Next::Wait(On::OtherFile)
        }
        Stage::Planned if sight.named => Next::Step(Step::Note(Entry::Found { file: name() })),
        Stage::Planned => Next::Step(Step::Note(begin())),
        Stage::Begun if sight.named => Next::Step(Step::Note(Entry::Found { file: name() })),
        Stage::Begun if sight.left_over.is_some() => {
            let left = sight.left_over.cloned().unwrap_or_default();
            Next::Step(Step::Remove(file.folder.clone(), left))
        }
        Stage::Begun if sight.part == Part::Whole => Next::Step(Step::Note(Entry::Whole { file: name() })),
        Stage::Begun => Next::Step(Step::Send { file: name(), part: part() }),
        Stage::Whole if sight.named => Next::Step(Step::Note(Entry::Uploaded { file: name() })),
        Stage::Whole if sight.part == Part::Whole => Next::Step(Step::Rename { file: name(), part: part() }),
        // Not what was written: a rename would give the name to half a file.
        Stage::Whole if sight.part == Part::Other => Next::Step(Step::Note(begin())),
        Stage::Whole if counts_twice(file.entity) => Next::Step(Step::Note(Entry::InDoubt { file: name() })),
        Stage::Whole => Next::Step(Step::Note(Entry::Lost { file: name() })),
        Stage::Uploaded { .. } if sight.named => Next::Wait(match file.started_by {
            StartedBy::Engage => On::Engage,
            StartedBy::Voyado => On::Voyado,
        }),
        Stage::Uploaded { .. } => Next::Step(Step::Note(Entry::PickedUp { file: name() })),
        Stage::InDoubt { .. }
        | Stage::Batches { .. }
        | Stage::PickedUp { .. }
        | Stage::ImportedByWord { .. } => Next::Nothing,
    }
}

fn by_bulk_call(file: &PlannedFile, progress: &Progress, seen: &Seen) -> Next {
    let begin = |batch| {
        let attempt = progress.attempts.saturating_add(1);
        Next::Step(Step::Note(Entry::BatchBegun { file: file.name.clone(), batch, attempt }))
    };
    match &progress.stage {
        stage if stage.is_done(batches_of(file)) => Next::Nothing,
        Stage::Planned => begin(0),
        Stage::Batches { ended, next: Batch::Planned, .. } => begin(*ended),
        // A lost answer: to send it again fails the rows that exist, and no more (fact M-30).
        Stage::Batches { ended, next: Batch::Begun, .. } => {
            Next::Step(Step::SendBatch { file: file.name.clone(), batch: *ended })
        }
        Stage::Batches { next: Batch::Accepted { id, .. }, .. }
            if seen.unfinished_batch.as_ref() == Some(id) =>
        {
            Next::Wait(On::Engage)
        }
        Stage::Batches { ended, next: Batch::Accepted { id, .. }, .. } => {
            Next::Step(Step::AskBatch { file: file.name.clone(), batch: *ended, id: id.clone() })
        }
        // Begun as a file under another mapping: that is settled by its own rules.
        Stage::Begun | Stage::Whole | Stage::Uploaded { .. } | Stage::InDoubt { .. } => {
            by_file(file, progress, seen)
        }
        Stage::PickedUp { .. } | Stage::ImportedByWord { .. } => Next::Nothing,
    }
}

/// Whether a file that is imported twice counts twice (facts M-22, M-24). The others are told apart by their keys
/// (facts M-04, M-13).
#[must_use]
pub const fn counts_twice(entity: Entity) -> bool {
    match entity {
        Entity::Stores | Entity::Contacts | Entity::Receipts => false,
        Entity::Points | Entity::Vouchers => true,
    }
}
