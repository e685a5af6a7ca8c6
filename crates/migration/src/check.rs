//! Every row is read and judged before anything is written to Engage. Checking and planning are the same pass; a check
//! throws the files away.
//!
//! Stores come first, then contacts, receipts, points and vouchers, each knowing who was accepted before (fact M-02). Of each
//! kind rows are judged on several threads and settled in their order, so that the same export gives the same bytes.
//!
//! Invariants: each row is counted once; only records that are sent occupy keys; memory grows by sixteen bytes a key and by
//! nothing else.

pub mod book;
pub mod contact_keys;
mod contacts;
pub mod desk;
pub mod entry;
pub mod flow;
mod frame;
pub mod keys;
pub mod ledger;
mod points;
mod reading;
mod receipts;
mod report;
mod stores;
#[cfg(test)]
mod tests;
mod vouchers;
mod words;

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::contact_keys::ContactKeys;
pub use self::desk::{Desk, Known, Ready};
pub use self::entry::{Entry, Reader};
pub use self::frame::{Frame, Sums, each};
pub use self::keys::KeyDigest;
pub use self::ledger::Ledger;
pub use self::report::{Older, Report, VERSION};
pub use self::stores::Clocks;
use crate::layout::{Layout, UnknownPath};
use crate::manifest::{self, Manifest, Scope};
use crate::mapping::{ContactKey, Format, Mapping, Part};
use crate::plan::place::{self, Place};
use crate::plan::{Spec, inputs};
use crate::whole;
use crate::{Entity, Folder, run, source};

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To know what is wrong.
    Check,
    /// To write the files too.
    Plan,
}

/// What a pass is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it is for.
    pub purpose: Purpose,
    /// Whether what earlier runs sent is left out.
    pub scope: Scope,
    /// Older receipts are left out, whatever the mapping says.
    pub since: Option<Date>,
    /// Now.
    pub now: Timestamp,
    /// On how many threads rows are judged.
    pub lanes: usize,
}

/// How far a pass is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being read.
    pub entity: Entity,
    /// Rows of it so far.
    pub rows: u64,
    /// About how much of its files is read, in bytes.
    pub bytes_done: u64,
    /// Of how much.
    pub bytes_all: u64,
}

/// What a pass found, and the plan that it made or would make.
#[derive(Debug)]
pub struct Outcome {
    /// As in `check.json`.
    pub report: Report,
    /// As in `plan.json`, where one was made.
    pub manifest: Manifest,
}

/// Why a pass has no outcome. The former plan is still there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The migration's folder.
    #[error("the migration's folder can't be read or written")]
    Folder(#[from] io::Error),
    /// The export.
    #[error("the export can't be read")]
    Source(#[from] source::Error),
    /// The mapping.
    #[error(transparent)]
    Layout(#[from] UnknownPath),
    /// A run has begun with the former plan.
    #[error(transparent)]
    Kept(#[from] run::Kept),
    /// Somebody asked for it.
    #[error("stopped before the end; nothing was changed")]
    Stopped,
}

/// Checks an export, and plans its migration if that is asked for.
///
/// # Errors
/// What stops it; faults of rows don't.
pub fn run(
    folder: &Folder,
    mapping: &Mapping,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    stop: &AtomicBool,
) -> Result<Outcome, Error> {
    place::recover(folder)?;
    let inputs = inputs::look(mapping, stop)?;
    let place = match options.purpose {
        Purpose::Check => None,
        Purpose::Plan => Some(Place::begin(folder)?),
    };
    let stamp = stamp(folder, options)?;
    let mut frame = Frame::new(folder, mapping, options, progress, stop);
    frame.learn()?;
    let mut report = Report::new(mapping.digest(), &inputs);
    let mut files = Vec::new();
    for entity in Entity::ALL {
        let Some(table) = mapping.table(entity, Part::Whole) else { continue };
        let own = mapping.layouts.get(&entity).map_or(&[][..], |layout| &layout.columns);
        let layout = Layout::new(entity, format(mapping, entity), &fields(mapping, entity), own)?;
        let to = mapping.engage.folders.get(&entity).map_or("", String::as_str);
        let needs_member_numbers =
            entity == Entity::Vouchers && mapping.engage.contact_key != ContactKey::MemberNumber;
        let spec = Spec { needs_member_numbers, ..Spec::new(layout.clone(), to, &stamp) };
        let mut desk = Desk::open(folder, place.as_ref(), options.scope, spec)?;
        frame.begin(entity, &inputs);
        match entity {
            Entity::Stores => stores::check(&mut frame, &mut desk, table, &layout)?,
            Entity::Contacts => contacts::check(&mut frame, &mut desk, table, &layout)?,
            Entity::Receipts => {
                let sales = place.as_ref().map(|place| place.index(&folder.sales()));
                receipts::check(&mut frame, &mut desk, &layout, sales.as_deref())?;
            }
            Entity::Points => points::check(&mut frame, &mut desk, table, &layout)?,
            Entity::Vouchers => vouchers::check(&mut frame, &mut desk, table, &layout)?,
        }
        let (closed, planned) = desk.close()?;
        report.add(entity, closed);
        files.extend(planned);
    }
    report.assumed = frame.assumed();
    report.look_at_ages(&frame.sums.turnover, options.now.to_zoned(mapping.retailer.time_zone.clone()));
    let manifest = Manifest {
        version: manifest::VERSION,
        stamp,
        scope: options.scope,
        mapping: mapping.digest().to_owned(),
        inputs: inputs.into_iter().map(|input| input.input).collect(),
        tallies: report.tallies.clone(),
        files,
        turnover: frame.sums.turnover,
        identifiers: frame.sums.identifiers,
        points: frame.sums.points,
        vouchers: frame.sums.vouchers,
    };
    whole::write_json(&folder.check(), &report)?;
    if let Some(place) = place {
        let _no_run_begins = run::may_replace(folder, &manifest)?;
        place.finish(&manifest)?;
    }
    Ok(Outcome { report, manifest })
}

fn format(mapping: &Mapping, entity: Entity) -> Format {
    match entity {
        Entity::Contacts => mapping.engage.contacts_as,
        Entity::Receipts => mapping.engage.receipts_as,
        Entity::Stores | Entity::Points | Entity::Vouchers => Format::Csv,
    }
}

/// The fields of a kind whose files have the mapping's fields as columns.
fn fields(mapping: &Mapping, entity: Entity) -> Vec<String> {
    let rules = mapping.table(entity, Part::Whole).map_or(&[][..], |table| &table.rules);
    let mut fields: Vec<String> = rules.iter().map(|(name, _)| name.clone()).collect();
    if entity == Entity::Stores && !fields.iter().any(|field| field == stores::TIME_ZONE) {
        fields.push(stores::TIME_ZONE.to_owned());
    }
    fields
}

/// What names of files begin with: once planned it stays, so that planning again gives the same files; but a delta doesn't
/// use names again that a run has begun with.
fn stamp(folder: &Folder, options: &Options) -> io::Result<String> {
    let former: Option<Manifest> = match std::fs::read(folder.manifest()) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let written = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
    let mut stamp = written(options.now);
    let Some(former) = former else { return Ok(stamp) };
    let keeps = former.scope == options.scope
        && match options.scope {
            Scope::Full => true,
            Scope::Delta => !is_begun(folder, &former.stamp)?,
        };
    if keeps {
        return Ok(former.stamp);
    }
    if stamp == former.stamp {
        stamp = written(options.now + jiff::SignedDuration::from_secs(1));
    }
    Ok(stamp)
}

/// Whether a run's journal speaks of files with this stamp.
fn is_begun(folder: &Folder, stamp: &str) -> io::Result<bool> {
    let journal = match std::fs::File::open(folder.journal()) {
        Ok(journal) => io::BufReader::new(journal),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for line in journal.split(b'\n') {
        if String::from_utf8_lossy(&line?).contains(stamp) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Counts by a word.
type Counts = BTreeMap<String, u64>;
