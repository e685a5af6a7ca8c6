//! What each contact should have in Engage: the lists of what was sent, brought together by the contacts' keys.
//!
//! They are sorted outside of memory and written as one list of work in the order of the keys, so that a reconciliation
//! that was interrupted goes on where it was, and the same plan gives the same list.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::sync::atomic::AtomicBool;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::sorter::{Record, Sorter};
use crate::{Entity, Folder, RowAt};

use super::index::{self, Entry, Receipt, Voucher};
use super::{Error, Sample, disk};

/// A contact, and what it should have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Its key.
    pub key: String,
    /// The row of the export that it is from; none where it was in Engage before.
    pub at: Option<RowAt>,
    /// The identifiers that it was sent with.
    pub identifiers: Vec<String>,
    /// Its receipts.
    pub receipts: Vec<Receipt>,
    /// The sum of its points, where there are any.
    pub points: Option<Decimal>,
    /// The rows that they are made of.
    pub points_rows: u64,
    /// Its vouchers.
    pub vouchers: Vec<Voucher>,
}

/// The list of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// How many contacts are on it.
    pub contacts: u64,
    /// Of how many.
    pub of: u64,
    /// Its digest.
    pub digest: String,
}

/// A part of what a contact should have, while all is sorted.
#[derive(Serialize, Deserialize)]
enum Part {
    Contact { at: RowAt, identifiers: Vec<String> },
    Receipt(Receipt),
    Points(Decimal),
    Voucher(Voucher),
}

/// Writes the list of work: every contact, or a sample of them.
///
/// # Errors
/// When a list can't be read, the disk fails, or a person stopped it.
pub fn write(folder: &Folder, sample: Option<Sample>, stop: &AtomicBool) -> Result<Work, Error> {
    let chosen = sample.map(|sample| Chosen::of(folder, sample, stop)).transpose()?;
    let mut sorter = Sorter::new(&folder.reconciling("sorting")).map_err(disk)?;
    for entity in [Entity::Contacts, Entity::Receipts, Entity::Points, Entity::Vouchers] {
        index::read(folder, entity, stop, &mut |at, entry| {
            let Some((key, part)) = part(at, entry) else { return Ok(()) };
            if chosen.as_ref().is_none_or(|chosen| chosen.has(&key)) {
                let part = serde_json::to_vec(&part).map_err(|error| disk(error.into()))?;
                sorter.push(key.as_bytes(), &part).map_err(disk)?;
            }
            Ok(())
        })?;
    }
    let mut list = List::create(folder)?;
    let mut one = Expected::default();
    let (mut sorted, mut record) = (sorter.sorted().map_err(disk)?, Record::default());
    while sorted.next(&mut record).map_err(disk)? {
        if record.key != one.key.as_bytes() {
            list.add(&one)?;
            one = Expected { key: String::from_utf8_lossy(&record.key).into_owned(), ..Expected::default() };
        }
        one.add(serde_json::from_slice(&record.value).map_err(|error| disk(error.into()))?);
    }
    list.add(&one)?;
    let (contacts, digest) = list.finish()?;
    Ok(Work { contacts, of: chosen.map_or(contacts, |chosen| chosen.of), digest })
}

/// The list of work, from a contact on.
///
/// # Errors
/// When it can't be read.
pub fn read(folder: &Folder, done: u64) -> Result<impl Iterator<Item = Result<Expected, Error>>, Error> {
    let file = File::open(folder.reconciling("work.jsonl")).map_err(disk)?;
    let lines = BufReader::new(file).lines().skip(usize::try_from(done).unwrap_or(usize::MAX));
    Ok(lines.map(|line| serde_json::from_str(&line.map_err(disk)?).map_err(|error| disk(error.into()))))
}

fn part(at: RowAt, entry: Entry) -> Option<(String, Part)> {
    match entry {
        Entry::Store => None,
        Entry::Contact { key, identifiers } => Some((key, Part::Contact { at, identifiers })),
        Entry::Receipt { key, receipt } => Some((key, Part::Receipt(receipt))),
        Entry::Points { key, amount } => Some((key, Part::Points(amount))),
        Entry::Voucher { key, voucher } => Some((key, Part::Voucher(voucher))),
    }
}

impl Expected {
    fn add(&mut self, part: Part) {
        match part {
            Part::Contact { at, identifiers } => (self.at, self.identifiers) = (Some(at), identifiers),
            Part::Receipt(receipt) => self.receipts.push(receipt),
            Part::Points(amount) => {
                *self.points.get_or_insert_default() += amount;
                self.points_rows += 1;
            }
            Part::Voucher(voucher) => self.vouchers.push(voucher),
        }
    }
}

/// Which contacts are in a sample: those with the smallest digests, which are as good as chance and the same each time.
struct Chosen {
    seed: u64,
    /// The largest digest that is in.
    last: u64,
    of: u64,
}

impl Chosen {
    fn of(folder: &Folder, sample: Sample, stop: &AtomicBool) -> Result<Self, Error> {
        let (mut smallest, mut all) = (BTreeSet::new(), 0);
        index::read(folder, Entity::Contacts, stop, &mut |at, entry| {
            if let Some((key, _)) = part(at, entry) {
                all += 1;
                smallest.insert(digest(sample.seed, &key));
                if smallest.len() as u64 > sample.contacts {
                    smallest.pop_last();
                }
            }
            Ok(())
        })?;
        Ok(Self { seed: sample.seed, last: smallest.last().copied().unwrap_or(0), of: all })
    }

    fn has(&self, key: &str) -> bool {
        digest(self.seed, key) <= self.last
    }
}

fn digest(seed: u64, key: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(key.as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The list of work while it is written.
struct List {
    folder: Folder,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    contacts: u64,
}

impl List {
    fn create(folder: &Folder) -> Result<Self, Error> {
        let file = File::create(folder.reconciling("work.jsonl.part")).map_err(disk)?;
        Ok(Self {
            folder: folder.clone(),
            file: BufWriter::new(file),
            hasher: blake3::Hasher::new(),
            contacts: 0,
        })
    }

    fn add(&mut self, one: &Expected) -> Result<(), Error> {
        if one.key.is_empty() {
            return Ok(());
        }
        let mut line = serde_json::to_vec(one).map_err(|error| disk(error.into()))?;
        line.push(b'\n');
        self.hasher.update(&line);
        self.contacts += 1;
        self.file.write_all(&line).map_err(disk)
    }

    fn finish(self) -> Result<(u64, String), Error> {
        let file = self.file.into_inner().map_err(|error| disk(error.into_error()))?;
        file.sync_all().map_err(disk)?;
        let path = self.folder.reconciling("work.jsonl");
        std::fs::rename(self.folder.reconciling("work.jsonl.part"), path).map_err(disk)?;
        Ok((self.contacts, self.hasher.finalize().to_string()))
    }
}
