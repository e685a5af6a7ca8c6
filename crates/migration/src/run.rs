//! Sends a plan to Engage: in order, once, and from where it broke off.
//!
//! `decide` says what to do next, from the plan, the journal and what lies on the server; the shell does that one
//! thing, writes it down, and asks again. So a run may end anywhere, by a kill, a lost answer or a full disk, and the
//! next one goes on.
//!
//! Invariants: what is about to be done is in the journal before it is done; a file of points or vouchers of which
//! nobody knows whether it was taken is never sent again by itself (facts M-22, M-24); a kind is sent when those before
//! it are in (fact M-02); the bytes that are sent are those that were planned.
//!
//! It doesn't judge what Engage made of the files: reconciling does.

mod batches;
mod decide;
mod fill;
mod journal;
mod replace;
mod sent;
mod shell;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use engage::Failure;
use serde::Serialize;

pub use decide::{BATCH_CONTACTS, On, Road, Waiting};
pub use journal::Error as JournalError;
pub use replace::{Held, Kept, may_replace};
pub use state::{Batch, Stage};

pub use crate::mapping::Stores;

use crate::ids::{self, Asking};
use crate::manifest::{PlannedFile, Scope};
use crate::surroundings::Surroundings;
use crate::{Entity, Folder, Manifest, sftp};
use decide::batches_of;
use state::State;

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// The migration.
    pub folder: &'a Folder,
    /// Its plan.
    pub manifest: &'a Manifest,
    /// What the mapping says about the run.
    pub road: Road,
    /// The server for files. Without one, a step that needs it is an error.
    pub sftp: Option<&'a sftp::Config>,
    /// Engage's API, for bulk contacts and member numbers. Without one, a step that needs it is an error.
    pub engage: Option<&'a Asking>,
}

/// What the person wants of this run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What to do once nothing is left but to wait.
    pub patience: Patience,
    /// What a person says of files in doubt: whether each was imported.
    pub words: Vec<(String, bool)>,
}

/// What to do once nothing is left but to wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// End, and be called again.
    #[default]
    Leave,
    /// Look again and again.
    Stay,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "ended", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Ended {
    /// All is in.
    Done,
    /// It goes on when these files are taken.
    Waiting {
        /// The files, and whose turn it is.
        on: Vec<Waiting>,
    },
    /// It goes on when a person has looked at these.
    NeedsPerson {
        /// The files, and whose turn it is.
        on: Vec<Waiting>,
    },
    /// It was stopped, and goes on from there when it is called again.
    Stopped,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Bytes of a file are written.
    Sending {
        /// The file.
        file: String,
        /// Bytes written.
        bytes: u64,
        /// Bytes in all.
        bytes_all: u64,
    },
    /// Engage can take the file.
    Uploaded {
        /// The file.
        file: String,
    },
    /// Engage took the file.
    PickedUp {
        /// The file.
        file: String,
    },
    /// The file was there before it was sent.
    Found {
        /// The file.
        file: String,
    },
    /// The file is gone without having been seen, and is sent again.
    SentAgain {
        /// The file.
        file: String,
    },
    /// The file is gone without having been seen, and isn't sent again.
    InDoubt {
        /// The file.
        file: String,
    },
    /// A batch is done.
    BatchEnded {
        /// The file that it is of.
        file: String,
        /// Which of its batches, from 0.
        batch: u64,
        /// How many batches the file is.
        batches: u64,
        /// Contacts of the batch that Engage refused.
        failed: u64,
    },
    /// Member numbers are read back for a file.
    Filled {
        /// The file.
        file: String,
        /// Records in it.
        records: u64,
        /// Records whose holder Engage doesn't know; they are in the rejects.
        missing: u64,
    },
    /// It is waited for these.
    Waiting {
        /// The files, and whose turn it is.
        on: Vec<Waiting>,
        /// For how long, until it looks again.
        pause: Duration,
    },
    /// A server didn't answer; it is tried again.
    Unreachable {
        /// What was said.
        reason: String,
        /// After how long.
        pause: Duration,
    },
}

/// What ends a run before its end. What was done until then is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal.
    #[error("the run's journal")]
    Journal(#[from] JournalError),
    /// The SFTP server.
    #[error("the SFTP server")]
    Sftp(#[from] sftp::Error),
    /// Engage's API.
    #[error("Engage's API")]
    Engage(#[source] Failure),
    /// Looking up contacts.
    #[error("member numbers can't be read back")]
    Ids(#[from] ids::Error),
    /// Another plan was begun.
    #[error(
        "the plan isn't the one that this run began with. Finish that one with its own files, or plan what is new \
         with `plan --delta`"
    )]
    PlanChanged,
    /// Another plan was begun, and some of its files aren't settled.
    #[error(
        "files of the former plan may be on their way to Engage: {}. Look in Engage's integration log, and say of each \
         `--was-imported FILE yes` or `no`",
        .0.join(", ")
    )]
    FormerPlanOpen(Vec<String>),
    /// A later plan has a file of the same name as one that was begun.
    #[error("a file {0} was sent by a former plan already; plan again, under another stamp")]
    NameTaken(String),
    /// A word about a file that isn't one of this migration.
    #[error("there is no file {0} in this migration")]
    NoSuchFile(String),
    /// A file isn't what was planned.
    #[error("{} isn't what was planned: it was changed or is gone; plan again", .0.display())]
    FileChanged(PathBuf),
    /// What is needed isn't configured.
    #[error("{0}")]
    NotConfigured(&'static str),
    /// The server keeps other bytes than it was sent.
    #[error(
        "{file} was sent {attempts} times, and each time the server had something else or nothing afterwards"
    )]
    NotKept {
        /// The file.
        file: String,
        /// How often.
        attempts: u32,
    },
    /// The disk.
    #[error("{} can't be read or written", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A table isn't one.
    #[error("{} can't be read as a table", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
}

impl Error {
    /// Whether the same may work later without anybody's doing.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::Sftp(error) => error.passes(),
            Self::Engage(failure) | Self::Ids(ids::Error::Engage(failure)) => ids::passes(failure),
            Self::Journal(JournalError::Busy) => true,
            Self::Journal(_)
            | Self::Ids(_)
            | Self::PlanChanged
            | Self::FormerPlanOpen(_)
            | Self::NameTaken(_)
            | Self::NoSuchFile(_)
            | Self::FileChanged(_)
            | Self::NotConfigured(_)
            | Self::NotKept { .. }
            | Self::Disk { .. }
            | Self::Table { .. } => false,
        }
    }
}

/// Sends what isn't sent yet.
///
/// # Errors
/// Every [`Error`].
pub async fn run(
    setup: Setup<'_>,
    options: &Options,
    around: Surroundings<'_>,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Ended, Error> {
    shell::run(setup, options, around, events).await
}

/// How far a migration is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The files of the plan, in the order of work.
    pub files: Vec<FileStatus>,
    /// Files of earlier plans that aren't settled.
    pub former_open: Vec<String>,
}

/// How far a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStatus {
    /// Its name.
    pub file: String,
    /// What is in it.
    pub entity: Entity,
    /// Its folder on the server.
    pub folder: String,
    /// Records in it.
    pub records: u64,
    /// How far it is.
    pub state: Stage,
    /// Whether nothing is left to do.
    pub done: bool,
}

impl Status {
    /// Files of which something may be at Engage that isn't settled. Nothing new is planned before they are.
    #[must_use]
    pub fn open(&self) -> Vec<&str> {
        let files = self.files.iter().filter(|file| file.state.is_open()).map(|file| file.file.as_str());
        files.chain(self.former_open.iter().map(String::as_str)).collect()
    }

    /// Files by their kind: how many are in, and how many there are.
    #[must_use]
    pub fn by_entity(&self) -> BTreeMap<Entity, (u64, u64)> {
        let mut counts: BTreeMap<Entity, (u64, u64)> = BTreeMap::new();
        for file in &self.files {
            let count = counts.entry(file.entity).or_default();
            count.0 += u64::from(file.done);
            count.1 += 1;
        }
        counts
    }
}

/// How far a migration is, without asking anybody. A run may be under way.
///
/// # Errors
/// When the journal can't be read.
pub fn status(folder: &Folder, manifest: &Manifest) -> Result<Status, JournalError> {
    let lines = journal::read(&folder.journal())?;
    let state = State::of(&lines);
    let files = manifest.files.iter().map(|file| {
        let stage = state.stage(&file.name).clone();
        FileStatus {
            file: file.name.clone(),
            entity: file.entity,
            folder: file.folder.clone(),
            records: file.records,
            done: stage.is_done(batches_of(file)),
            state: stage,
        }
    });
    Ok(Status { files: files.collect(), former_open: former_open(&manifest.files, &state) })
}

/// Files that aren't of this plan and aren't settled.
fn former_open(plan: &[PlannedFile], state: &State) -> Vec<String> {
    let is_planned = |name: &str| plan.iter().any(|file| file.name == name);
    let open = state.files.iter().filter(|(name, progress)| progress.stage.is_open() && !is_planned(name));
    open.map(|(name, _)| name.clone()).collect()
}

/// What makes a plan this plan: its files and where they go.
fn digest(manifest: &Manifest) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in &manifest.files {
        for part in [&file.name, &file.folder, &file.blake3] {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// Whether this plan may go on from that state.
fn check_plan(manifest: &Manifest, state: &State) -> Result<Begins, Error> {
    match &state.plan {
        None => Ok(Begins::Anew),
        Some((begun, _)) if *begun == digest(manifest) => Ok(Begins::Again),
        Some(_) if manifest.scope != Scope::Delta && !state.files.is_empty() => Err(Error::PlanChanged),
        Some(_) => match former_open(&manifest.files, state) {
            open if !open.is_empty() => Err(Error::FormerPlanOpen(open)),
            _ => match manifest.files.iter().find(|file| state.files.contains_key(&file.name)) {
                // It would pass for that one, and never be sent.
                Some(file) => Err(Error::NameTaken(file.name.clone())),
                None => Ok(Begins::Anew),
            },
        },
    }
}

/// Whether a plan was begun before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    Anew,
    Again,
}
