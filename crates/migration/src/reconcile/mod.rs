//! Whether what was read, sent and imported is the same.
//!
//! First the plan by itself: each row of the export counted once, the files as they were planned. Then Engage: each
//! contact that was sent, or a sample, is found by its key and read with all that it has, at a rate, and what is missing,
//! too much or different is named. Or a sandbox, whose sums are compared whole.
//!
//! Invariants: nothing is written to Engage; memory doesn't grow with the export but by what one contact has; whoever
//! interrupts it loses the contact that is being read; a gap never tells who somebody is.
//!
//! It doesn't mend anything, and it has no clock: instants and pauses are handed to it.

mod compare;
mod contact;
mod expected;
mod index;
mod outcome;
mod plan;
mod reader;
mod seen;
mod tally;
#[cfg(test)]
mod tests;
mod twin;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::whole;
use crate::{Folder, Manifest};

pub use crate::mapping::ContactKey as Key;
pub use outcome::{
    Chain, Compared, Counted, Files, GAPS_SHOWN_MAX, Gap, GapCode, LookedAt, Month, Reconciliation, Sum,
    VERSION, Verdict,
};
pub use reader::{Answering, Reader};
pub use twin::Totals;

/// After how many rows of a list it is looked whether a person has stopped it.
const ROWS_BETWEEN_LOOKS: u64 = 1_000;

/// What the plan is compared with.
#[derive(Debug)]
pub enum Against<'a, 'e> {
    /// With itself: nothing leaves this machine.
    Plan,
    /// With Engage.
    Engage(&'a Reader<'e>),
    /// With the sums of a sandbox into which all of it was imported, and nothing else.
    Twin(&'a Totals),
}

/// How to compare.
#[derive(Debug, Clone)]
pub struct Options {
    /// What contacts are found by.
    pub key: Key,
    /// Among contacts of which type.
    pub contact_type: engage::model::ContactType,
    /// Some contacts only.
    pub sample: Option<Sample>,
    /// Whether receipts' amounts are compared.
    pub amounts: Amounts,
    /// When this is done, as the result tells it.
    pub made_at: Timestamp,
}

/// A contact's key as a gap may show it: a number that the retailer gave tells nobody who somebody is.
fn shown(by: Key, key: &str) -> String {
    match by {
        Key::MemberNumber | Key::ExternalId => key.to_owned(),
        Key::Email | Key::MobilePhone | Key::SocialSecurityNumber => crate::finding::masked(key),
    }
}

/// Some contacts, by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How many.
    pub contacts: u64,
    /// What the chance begins with.
    pub seed: u64,
}

/// Whether receipts' amounts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// Yes: Engage's sums are with tax.
    Compared,
    /// No: Engage's sums aren't, or nobody knows (fact R-62).
    LeftAlone,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The files and lists of the plan are read: bytes done, of how many.
    Plan {
        /// Read.
        bytes: u64,
        /// Of how many.
        of: u64,
    },
    /// Contacts are read from Engage.
    Contacts {
        /// Done, also by an earlier run that was interrupted.
        done: u64,
        /// Of how many.
        of: u64,
    },
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A person stopped it; what was read from Engage is kept.
    #[error("stopped; what was read so far is kept")]
    Stopped,
    /// A list of what was sent can't be read.
    #[error("{} can't be read: plan again", path.display())]
    Index {
        /// The list.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A list of what was sent is without a column.
    #[error("{} has no column {column}: plan again", path.display())]
    Column {
        /// The list.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A list of what was sent holds no amount where there should be one.
    #[error("line {line} of {} holds no amount in {column}: plan again", path.display())]
    Amount {
        /// The list.
        path: PathBuf,
        /// The line, the header being the first.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// The folder can't be read or written.
    #[error("the migration's folder can't be read or written")]
    Disk(#[source] std::io::Error),
    /// Engage doesn't answer, or doesn't let this key read; what was read so far is kept.
    #[error("Engage can't be read; what was read so far is kept")]
    Engage(#[source] engage::Failure),
}

fn disk(error: std::io::Error) -> Error {
    Error::Disk(error)
}

/// Compares. What it finds is written by [`write()`].
///
/// # Errors
/// See [`Error`]; a gap is none.
pub async fn run(
    folder: &Folder,
    manifest: &Manifest,
    against: Against<'_, '_>,
    options: &Options,
    progress: &mut (dyn FnMut(Progress) + Send),
    stop: &AtomicBool,
) -> Result<Reconciliation, Error> {
    std::fs::create_dir_all(folder.reconciling("")).map_err(disk)?;
    let mut tally = tally::Tally::of(folder, manifest, options.made_at)?;
    plan::look(folder, manifest, &mut tally, progress, stop)?;
    match against {
        Against::Plan => {}
        Against::Twin(totals) => twin::compare(manifest, totals, &mut tally)?,
        Against::Engage(reader) => {
            let work = expected::write(folder, options.sample, stop)?;
            seen::read_all(folder, manifest, reader, options, &work, progress, stop).await?;
            tally.looked_at(match options.sample {
                Some(Sample { seed, .. }) => LookedAt::Sample { contacts: work.contacts, of: work.of, seed },
                None => LookedAt::Everything { contacts: work.contacts },
            });
            for seen in seen::all(folder, &work)? {
                tally.add(seen?)?;
            }
            seen::forget(folder)?;
        }
    }
    tally.finish()
}

/// Writes the result for programs and the page for people, whole or not at all.
///
/// # Errors
/// When the disk fails.
pub fn write(folder: &Folder, reconciliation: &Reconciliation) -> std::io::Result<()> {
    let (html, json) = folder.report();
    let page = crate::report::html(reconciliation).map_err(std::io::Error::other)?;
    whole::write(&html, page.as_bytes())?;
    whole::write_json(&json, reconciliation)
}
