//! The sums of a sandbox into which a plan was imported, against the plan's. The sandbox holds nothing else, so that each
//! sum must be the same.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::Entity;
use crate::layout;
use crate::manifest::Manifest;

use super::Error;
use super::outcome::{Compared, Gap, GapCode, LookedAt, Sum};
use super::plan::shown;
use super::tally::Tally;

/// What a sandbox holds in all, as `GET /_sandbox/admin/totals` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Stores.
    pub stores: u64,
    /// Contacts.
    pub contacts: u64,
    /// Receipts that were imported.
    pub receipts: Receipts,
    /// Points.
    pub points: Points,
    /// Vouchers.
    pub vouchers: Vouchers,
    /// What the last files lost on the way in.
    #[serde(default)]
    pub files: Vec<Lost>,
}

/// What a file lost on the way in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// The file.
    pub file: String,
    /// What it holds, in the sandbox's word.
    pub folder: String,
    /// Values that were left out of rows that were taken, by field.
    pub left_out: BTreeMap<String, u64>,
    /// Why nothing of it was taken.
    pub failed: Option<String>,
}

/// Receipts that were imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Receipts {
    /// By store, month and currency.
    pub rows: Vec<TotalOfMonth>,
}

/// Receipts of a store in a month, by the receipts' own clock.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TotalOfMonth {
    /// The store's external id.
    pub store: String,
    /// `YYYY-MM`.
    pub month: String,
    /// The currency's code.
    pub currency: String,
    /// How many.
    pub receipts: u64,
    /// What they come to.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub total: Decimal,
}

/// Points.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Points {
    /// How often some were booked.
    pub transactions: u64,
    /// What they come to.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub booked: Decimal,
}

/// Vouchers by their state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Vouchers {
    /// Those that can be used.
    pub available: u64,
    /// Used ones.
    pub redeemed: u64,
    /// Those that are too old.
    pub expired: u64,
}

/// Compares all sums.
///
/// # Errors
/// When the disk fails.
pub fn compare(manifest: &Manifest, totals: &Totals, tally: &mut Tally) -> Result<(), Error> {
    tally.looked_at(LookedAt::Twin);
    let Vouchers { available, redeemed, expired } = totals.vouchers;
    let sent = |entity| manifest.tallies.get(&entity).map_or(0, |counts| counts.records_sent);
    for (entity, found) in [
        // Those that were set up before the migration are there too.
        (Entity::Stores, totals.stores.min(sent(Entity::Stores))),
        (Entity::Contacts, totals.contacts),
        (Entity::Receipts, totals.receipts.rows.iter().map(|month| month.receipts).sum()),
        (Entity::Points, totals.points.transactions),
        (Entity::Vouchers, available + redeemed + expired),
    ] {
        let sought = sent(entity);
        tally.records(entity, Compared { sought, found });
        if found != sought {
            tally.gap(total(entity, entity.as_str()).between(sought, found))?;
        }
    }
    months(manifest, totals, tally)?;
    tally.points(Compared { sought: manifest.points, found: totals.points.booked });
    if totals.points.booked != manifest.points {
        let (sought, found) = (manifest.points.normalize(), totals.points.booked.normalize());
        tally.gap(total(Entity::Points, "sum").between(sought, found))?;
    }
    if redeemed != manifest.vouchers.used {
        tally.gap(total(Entity::Vouchers, "used").between(manifest.vouchers.used, redeemed))?;
    }
    lost(totals, tally)
}

/// Files that failed, and values that were left out of rows: the counts don't show these.
fn lost(totals: &Totals, tally: &mut Tally) -> Result<(), Error> {
    let mut left_out: BTreeMap<(Entity, &str), u64> = BTreeMap::new();
    for Lost { file, folder, left_out: fields, failed } in &totals.files {
        let named = |entity: &Entity| layout::kind(*entity) == folder;
        let Some(entity) = Entity::ALL.into_iter().find(named) else { continue };
        if failed.is_some() {
            tally.gap(Gap { found: failed.clone(), ..Gap::new(entity, GapCode::FileFailed, file) })?;
        }
        for (field, count) in fields {
            *left_out.entry((entity, field)).or_default() += count;
        }
    }
    for ((entity, field), count) in left_out {
        tally
            .gap(Gap { found: Some(count.to_string()), ..Gap::new(entity, GapCode::ValuesLeftOut, field) })?;
    }
    Ok(())
}

fn total(entity: Entity, what: impl Into<String>) -> Gap {
    Gap::new(entity, GapCode::TotalDiffers, what)
}

fn months(manifest: &Manifest, totals: &Totals, tally: &mut Tally) -> Result<(), Error> {
    let mut all: BTreeMap<(&str, &str, &str), Compared<Sum>> = BTreeMap::new();
    for month in &manifest.turnover {
        let sums = all.entry((&month.store, &month.month, &month.currency)).or_default();
        sums.sought = Sum { receipts: month.receipts_sent, total: month.total_sent };
    }
    for month in &totals.receipts.rows {
        let sums = all.entry((&month.store, &month.month, &month.currency)).or_default();
        sums.found = Sum { receipts: month.receipts, total: month.total };
    }
    for ((store, month, currency), sums) in all {
        tally.month(store.to_owned(), month.to_owned(), currency.to_owned()).engage = Some(sums);
        if sums.sought != sums.found {
            let gap = total(Entity::Receipts, [store, month, currency].join(" "));
            tally.gap(gap.between(shown(sums.sought), shown(sums.found)))?;
        }
    }
    Ok(())
}
