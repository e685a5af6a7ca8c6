//! The plan by itself: each row counted once, its files as they were planned, its lists whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use rust_decimal::Decimal;

use crate::manifest::{Manifest, PlannedFile, Tally as Counts};
use crate::whole;
use crate::{Entity, Folder};

use super::index::{self, Entry};
use super::outcome::{Gap, GapCode, Sum};
use super::tally::Tally;
use super::{Error, Progress, disk};

/// Compares a plan with itself.
///
/// # Errors
/// When something can't be read, or a person stopped it.
pub fn look(
    folder: &Folder,
    manifest: &Manifest,
    tally: &mut Tally,
    progress: &mut (dyn FnMut(Progress) + Send),
    stop: &AtomicBool,
) -> Result<(), Error> {
    for (entity, counts) in &manifest.tallies {
        if let Some(gap) = uncounted(*entity, counts) {
            tally.gap(gap)?;
        }
    }
    let of = manifest.files.iter().map(|file| file.bytes).sum();
    let mut bytes = 0;
    for file in &manifest.files {
        let gap = changed(folder, file, stop)?;
        tally.file(file, gap.is_none());
        gap.map_or(Ok(()), |gap| tally.gap(gap))?;
        bytes += file.bytes;
        progress(Progress::Plan { bytes, of });
    }
    lists(folder, manifest, stop)?.into_iter().try_for_each(|gap| tally.gap(gap))
}

fn uncounted(entity: Entity, counts: &Counts) -> Option<Gap> {
    let left_out: u64 = counts.rows_left_out.values().sum();
    let counted = counts.rows_sent + counts.rows_rejected + left_out;
    let gap = || Gap::new(entity, GapCode::RowsNotCounted, entity.as_str()).between(counts.rows, counted);
    (counted != counts.rows).then(gap)
}

/// What is wrong with a planned file. One that is written when member numbers are known has no digest yet.
fn changed(folder: &Folder, file: &PlannedFile, stop: &AtomicBool) -> Result<Option<Gap>, Error> {
    if file.needs_member_numbers {
        return Ok(None);
    }
    let gap = |code| Some(Gap::new(file.entity, code, &file.name));
    match digest(&folder.files().join(&file.name), stop)? {
        None => Ok(gap(GapCode::FileMissing)),
        Some(digest) if digest != file.blake3 => Ok(gap(GapCode::FileChanged)),
        Some(_) => Ok(None),
    }
}

/// A file's digest; None where there is no file.
fn digest(path: &Path, stop: &AtomicBool) -> Result<Option<String>, Error> {
    match whole::digest(path, stop) {
        Ok(digest) => digest.map(|digest| Some(digest.blake3)).ok_or(Error::Stopped),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk(error)),
    }
}

/// Whether the lists of what is sent hold what the plan says.
fn lists(folder: &Folder, manifest: &Manifest, stop: &AtomicBool) -> Result<Vec<Gap>, Error> {
    let mut sums: BTreeMap<(String, String, String), Sum> = BTreeMap::new();
    let mut points = Decimal::ZERO;
    let mut worth: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut gaps = Vec::new();
    let differs = |entity: Entity, what: String| Gap::new(entity, GapCode::IndexDiffers, what);
    for (entity, counts) in &manifest.tallies {
        let listed = index::read(folder, *entity, stop, &mut |_, entry| {
            match entry {
                Entry::Receipt { receipt, .. } => {
                    sums.entry((receipt.store, receipt.month, receipt.currency))
                        .or_default()
                        .add(receipt.total);
                }
                Entry::Points { amount, .. } => points += amount,
                Entry::Voucher { voucher, .. } => {
                    *worth.entry(voucher.currency).or_default() += voucher.value
                }
                Entry::Store | Entry::Contact { .. } => {}
            }
            Ok(())
        })?;
        if listed != counts.records_sent {
            gaps.push(
                differs(*entity, format!("index/{}.csv", entity.as_str()))
                    .between(counts.records_sent, listed),
            );
        }
    }
    for month in &manifest.turnover {
        let planned = Sum { receipts: month.receipts_sent, total: month.total_sent };
        let key = (month.store.clone(), month.month.clone(), month.currency.clone());
        let listed = sums.remove(&key).unwrap_or_default();
        if listed != planned {
            let what = [key.0, key.1, key.2].join(" ");
            gaps.push(differs(Entity::Receipts, what).between(shown(planned), shown(listed)));
        }
    }
    for ((store, month, currency), listed) in sums {
        let what = [store, month, currency].join(" ");
        gaps.push(differs(Entity::Receipts, what).between(shown(Sum::default()), shown(listed)));
    }
    if points != manifest.points {
        gaps.push(differs(Entity::Points, "points".to_owned()).between(manifest.points, points));
    }
    for (currency, planned) in &manifest.vouchers.value {
        let listed = worth.get(currency).copied().unwrap_or_default();
        if listed != *planned {
            gaps.push(differs(Entity::Vouchers, currency.clone()).between(planned, listed));
        }
    }
    Ok(gaps)
}

/// Receipts and turnover in words.
pub fn shown(sum: Sum) -> String {
    format!("{} receipts, {}", sum.receipts, sum.total.normalize())
}
