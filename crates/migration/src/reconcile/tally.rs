//! Adds up what is seen. All gaps go to a file; the first of each code are kept.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::manifest::{Manifest, PlannedFile, Tally as Counts};
use crate::{Entity, Folder};

use super::compare::Seen;
use super::outcome::{
    Chain, Compared, Counted, Files, GAPS_SHOWN_MAX, Gap, LookedAt, Month, Reconciliation, Sum, VERSION,
    Verdict,
};
use super::{Error, disk};

/// A reconciliation in the making.
#[derive(Debug)]
pub struct Tally {
    made: Reconciliation,
    months: BTreeMap<(String, String, String), usize>,
    all_gaps: BufWriter<File>,
    folder: Folder,
}

impl Tally {
    /// What the plan says, before anything is looked at.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn of(folder: &Folder, manifest: &Manifest, made_at: Timestamp) -> Result<Self, Error> {
        let all_gaps = File::create(folder.reconciling("gaps.jsonl.part")).map_err(disk)?;
        let made = begun(manifest, made_at);
        let key = |(place, month): (usize, &Month)| {
            ((month.store.clone(), month.month.clone(), month.currency.clone()), place)
        };
        let months = made.turnover.iter().enumerate().map(key).collect();
        Ok(Self { made, months, all_gaps: BufWriter::new(all_gaps), folder: folder.clone() })
    }

    /// Notes a gap.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn gap(&mut self, gap: Gap) -> Result<(), Error> {
        let mut line = serde_json::to_vec(&gap).map_err(|error| disk(error.into()))?;
        line.push(b'\n');
        self.all_gaps.write_all(&line).map_err(disk)?;
        if let Some(chain) = self.made.chains.get_mut(&gap.entity) {
            chain.verdict = Verdict::Gaps;
        }
        let count = self.made.gap_counts.entry(gap.code).or_default();
        *count += 1;
        if *count <= GAPS_SHOWN_MAX as u64 {
            self.made.gaps.push(gap);
        }
        Ok(())
    }

    /// Notes a file of the plan.
    pub fn file(&mut self, file: &PlannedFile, unchanged: bool) {
        self.made.files.planned += 1;
        self.made.files.unchanged += u64::from(unchanged);
        self.made.files.note(file.entity, file.layout);
    }

    /// From now on Engage is looked at: what isn't found counts as nothing.
    pub fn looked_at(&mut self, looked_at: LookedAt) {
        let everything = !matches!(looked_at, LookedAt::Sample { .. });
        let is_twin = looked_at == LookedAt::Twin;
        self.made.looked_at = looked_at;
        for (entity, chain) in &mut self.made.chains {
            // Contacts lead to all but the stores.
            if is_twin || *entity != Entity::Stores {
                chain.records.engage = Some(Compared::default());
            }
        }
        for month in &mut self.made.turnover {
            // Of a sample most months of a store have nothing to compare: they get figures as receipts are looked for.
            month.engage = everything.then(Compared::default);
        }
        self.made.points.engage = Some(Compared::default());
        // A sandbox's sums don't tell these.
        if is_twin {
            return;
        }
        for counted in self.made.identifiers.values_mut() {
            counted.engage = Some(Compared::default());
        }
        for counted in self.made.vouchers.values_mut() {
            counted.engage = Some(Compared::default());
        }
    }

    /// Adds a contact.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn add(&mut self, seen: Seen) -> Result<(), Error> {
        self.records(Entity::Contacts, seen.contact);
        self.records(Entity::Points, seen.points_rows);
        self.records(Entity::Vouchers, seen.vouchers);
        for (name, compared) in seen.identifiers {
            count(self.made.identifiers.entry(name).or_default(), compared);
        }
        for (store, month, currency, sums) in seen.months {
            let receipts = Compared { sought: sums.sought.receipts, found: sums.found.receipts };
            self.records(Entity::Receipts, receipts);
            let all = self.month(store, month, currency).engage.get_or_insert_default();
            for (sum, more) in [(&mut all.sought, sums.sought), (&mut all.found, sums.found)] {
                sum.receipts += more.receipts;
                sum.total += more.total;
            }
        }
        self.points(seen.points);
        for (currency, compared) in seen.worth {
            worth(self.made.vouchers.entry(currency).or_default(), compared);
        }
        self.made.live_receipts += seen.live;
        seen.gaps.into_iter().try_for_each(|gap| self.gap(gap))
    }

    /// Adds records of a kind that were looked for.
    pub fn records(&mut self, entity: Entity, compared: Compared<u64>) {
        if let Some(chain) = self.made.chains.get_mut(&entity) {
            count(&mut chain.records, compared);
        }
    }

    /// The figures of a store in a month.
    pub fn month(&mut self, store: String, month: String, currency: String) -> &mut Month {
        let turnover = &mut self.made.turnover;
        let key = (store, month, currency);
        let place = *self.months.entry(key.clone()).or_insert_with(|| {
            let (store, month, currency) = key;
            let (export, sent) = (Sum::default(), Sum::default());
            turnover.push(Month { store, month, currency, export, sent, engage: None });
            turnover.len() - 1
        });
        &mut turnover[place]
    }

    /// The sum of all points.
    pub fn points(&mut self, compared: Compared<Decimal>) {
        worth(&mut self.made.points, compared);
    }

    /// The result.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn finish(mut self) -> Result<Reconciliation, Error> {
        let file = self.all_gaps.into_inner().map_err(|error| disk(error.into_error()))?;
        file.sync_all().map_err(disk)?;
        let (part, whole) =
            (self.folder.reconciling("gaps.jsonl.part"), self.folder.reconciling("gaps.jsonl"));
        std::fs::rename(part, whole).map_err(disk)?;
        for chain in self.made.chains.values_mut() {
            if chain.verdict != Verdict::Gaps && chain.records.engage.is_some() {
                chain.verdict = Verdict::Agrees;
            }
        }
        self.made.turnover.sort_by(|one, other| one.key().cmp(&other.key()));
        self.made.verdict = match (self.made.gap_counts.is_empty(), &self.made.looked_at) {
            (false, _) => Verdict::Gaps,
            (true, LookedAt::Plan) => Verdict::NotLookedAt,
            (true, _) => Verdict::Agrees,
        };
        Ok(self.made)
    }
}

impl Month {
    fn key(&self) -> (&str, &str, &str) {
        (&self.currency, &self.store, &self.month)
    }
}

fn count(counted: &mut Counted<u64>, more: Compared<u64>) {
    let all = counted.engage.get_or_insert_default();
    all.sought += more.sought;
    all.found += more.found;
}

fn worth(counted: &mut Counted<Decimal>, more: Compared<Decimal>) {
    let all = counted.engage.get_or_insert_default();
    all.sought += more.sought;
    all.found += more.found;
}

fn begun(manifest: &Manifest, made_at: Timestamp) -> Reconciliation {
    let month = |turnover: &crate::manifest::Turnover| Month {
        store: turnover.store.clone(),
        month: turnover.month.clone(),
        currency: turnover.currency.clone(),
        export: Sum { receipts: turnover.receipts, total: turnover.total },
        sent: Sum { receipts: turnover.receipts_sent, total: turnover.total_sent },
        engage: None,
    };
    let sent = |(name, count): (&String, &u64)| (name.clone(), Counted { sent: *count, engage: None });
    let value = |(name, value): (&String, &Decimal)| (name.clone(), Counted { sent: *value, engage: None });
    Reconciliation {
        version: VERSION,
        made_at,
        stamp: manifest.stamp.clone(),
        scope: manifest.scope,
        looked_at: LookedAt::Plan,
        verdict: Verdict::NotLookedAt,
        chains: manifest.tallies.iter().map(|(entity, counts)| (*entity, chain(counts))).collect(),
        files: Files::default(),
        turnover: manifest.turnover.iter().map(month).collect(),
        identifiers: manifest.identifiers.iter().map(sent).collect(),
        points: Counted { sent: manifest.points, engage: None },
        vouchers: manifest.vouchers.value.iter().map(value).collect(),
        live_receipts: 0,
        gap_counts: BTreeMap::new(),
        gaps: Vec::new(),
    }
}

fn chain(counts: &Counts) -> Chain {
    Chain {
        rows: counts.rows,
        mended: counts.mended,
        rows_sent: counts.rows_sent,
        rows_rejected: counts.rows_rejected,
        rows_left_out: counts.rows_left_out.clone(),
        blockers: counts.blockers.clone(),
        warnings: counts.warnings.clone(),
        records: Counted { sent: counts.records_sent, engage: None },
        verdict: Verdict::NotLookedAt,
    }
}
