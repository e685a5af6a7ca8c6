//! How far each file is: the journal's lines, folded.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::journal::{Entry, Line};
use crate::manifest::Scope;

/// What the journal knows. Files that it doesn't name are [`Stage::Planned`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The plan of the latest run.
    pub plan: Option<(String, Scope)>,
    /// By their names, the files of earlier plans too.
    pub files: BTreeMap<String, Progress>,
}

/// How far a file is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How far.
    pub stage: Stage,
    /// How often it was begun.
    pub attempts: u32,
    /// What it became when member numbers were put into it.
    pub filled: Option<Filled>,
}

/// A file that was written again with member numbers in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub blake3: String,
    /// Records in it.
    pub records: u64,
}

/// The stages of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "stage", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Stage {
    /// Nothing of it was sent, or all that was is undone.
    #[default]
    Planned,
    /// It is being written under a passing name, or was when the run broke off.
    Begun,
    /// It lies there whole; whether it has its name isn't known yet.
    Whole,
    /// Engage can take it.
    Uploaded {
        /// Since when.
        since: Timestamp,
    },
    /// Engage took it.
    PickedUp {
        /// When that was noticed.
        at: Timestamp,
    },
    /// A person said that it was imported.
    ImportedByWord {
        /// When.
        at: Timestamp,
    },
    /// Nobody knows whether Engage took it, and it mustn't be sent twice.
    InDoubt {
        /// Since when.
        since: Timestamp,
    },
    /// It goes by the bulk call.
    Batches {
        /// So many of its batches are done.
        ended: u64,
        /// How far the next is.
        next: Batch,
        /// Contacts that Engage refused so far.
        failed: u64,
    },
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "batch", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Batch {
    /// Not begun.
    Planned,
    /// Sent or about to be; whether it arrived isn't known.
    Begun,
    /// Engage has it.
    Accepted {
        /// Engage's name for it.
        id: String,
        /// Since when.
        since: Timestamp,
    },
}

impl Stage {
    /// Whether something of it may be at Engage that isn't settled yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Planned | Self::PickedUp { .. } | Self::ImportedByWord { .. } => false,
            Self::Begun | Self::Whole | Self::Uploaded { .. } | Self::InDoubt { .. } => true,
            // Between two batches nothing is under way, and what is done was noted.
            Self::Batches { next, .. } => !matches!(next, Batch::Planned),
        }
    }

    /// Whether nothing is left to do, for a file of so many batches.
    #[must_use]
    pub const fn is_done(&self, batches: u64) -> bool {
        match self {
            Self::PickedUp { .. } | Self::ImportedByWord { .. } => true,
            Self::Batches { ended, .. } => *ended >= batches,
            Self::Planned | Self::Begun | Self::Whole | Self::Uploaded { .. } | Self::InDoubt { .. } => false,
        }
    }
}

impl State {
    /// What these lines come to.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Self {
        let mut state = Self::default();
        for line in lines {
            state.apply(line);
        }
        state
    }

    /// How far a file is.
    #[must_use]
    pub fn stage(&self, file: &str) -> &Stage {
        self.files.get(file).map_or(&Stage::Planned, |progress| &progress.stage)
    }

    /// Takes in a line.
    pub fn apply(&mut self, line: &Line) {
        let at = line.at;
        match &line.entry {
            Entry::Plan { digest, scope, .. } => self.plan = Some((digest.clone(), *scope)),
            Entry::Filled { file, bytes, blake3, records, .. } => {
                let filled = Filled { bytes: *bytes, blake3: blake3.clone(), records: *records };
                self.of_file(file).filled = Some(filled);
            }
            Entry::Begun { file, attempt } => {
                let progress = self.of_file(file);
                progress.stage = Stage::Begun;
                progress.attempts = *attempt;
            }
            Entry::Whole { file } => self.of_file(file).stage = Stage::Whole,
            Entry::Found { file } | Entry::Uploaded { file } => {
                self.of_file(file).stage = Stage::Uploaded { since: at };
            }
            Entry::PickedUp { file } => self.of_file(file).stage = Stage::PickedUp { at },
            Entry::Lost { file } | Entry::Word { file, imported: false } => {
                self.of_file(file).stage = Stage::Planned
            }
            Entry::InDoubt { file } => self.of_file(file).stage = Stage::InDoubt { since: at },
            Entry::Word { file, imported: true } => self.of_file(file).stage = Stage::ImportedByWord { at },
            Entry::BatchBegun { file, attempt, .. } => {
                let progress = self.of_file(file);
                progress.attempts = *attempt;
                let (ended, failed) = batches(&progress.stage);
                progress.stage = Stage::Batches { ended, next: Batch::Begun, failed };
            }
            Entry::BatchAccepted { file, id, .. } => {
                let progress = self.of_file(file);
                let (ended, failed) = batches(&progress.stage);
                progress.stage =
                    Stage::Batches { ended, next: Batch::Accepted { id: id.clone(), since: at }, failed };
            }
            Entry::BatchEnded { file, batch, failed: more, .. } => {
                let progress = self.of_file(file);
                let (_, failed) = batches(&progress.stage);
                progress.stage =
                    Stage::Batches { ended: batch + 1, next: Batch::Planned, failed: failed + more };
                progress.attempts = 0;
            }
        }
    }

    fn of_file(&mut self, file: &str) -> &mut Progress {
        self.files.entry(file.to_owned()).or_default()
    }
}

/// Batches that are done, and contacts that failed in them.
const fn batches(stage: &Stage) -> (u64, u64) {
    match stage {
        Stage::Batches { ended, failed, .. } => (*ended, *failed),
        _ => (0, 0),
    }
}
