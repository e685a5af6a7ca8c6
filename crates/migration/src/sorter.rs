//! More records than fit in memory, in the order of their keys.
//!
//! Records are collected up to a budget of bytes, sorted, and written to a file as a run; at the end the runs are merged.
//! Runs are merged in tiers, so that neither the memory nor the files that are open grow with what is sorted.
//!
//! Invariants: records of one key keep the order in which they came; what is sorted holds personal data, so that its files
//! are gone once the sorter is, also after an error. It doesn't know what a record is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What is sorted in memory, in bytes.
pub const BUDGET_BYTES: usize = 8 * 1024 * 1024;
/// The runs that are merged at once: with what is read ahead of each they take what sorting took before.
const RUNS_MERGED_MAX: usize = 256;
/// What is read ahead of each run, in bytes.
const BUFFER_BYTES: usize = 32 * 1024;
/// What a record takes besides its bytes.
const ENTRY_BYTES: usize = size_of::<Entry>();

/// Records on their way to be sorted.
#[derive(Debug)]
pub struct Sorter {
    spill: Spill,
    budget: usize,
    runs_max: usize,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Runs by how often they were merged; those of a higher tier came earlier.
    tiers: Vec<Vec<PathBuf>>,
}

/// A record in memory: where its key begins in the bytes, where its value does, and where that ends.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: usize,
    value: usize,
    end: usize,
}

impl Entry {
    fn key(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.key..self.value]
    }

    fn value(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.value..self.end]
    }
}

/// A record.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// What it is sorted by.
    pub key: Vec<u8>,
    /// What it holds.
    pub value: Vec<u8>,
}

impl Sorter {
    /// A sorter that spills into a folder of this name, which is made, and emptied of what a killed sorter left there.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Self::with_limits(folder, BUDGET_BYTES, RUNS_MERGED_MAX)
    }

    /// The same with another budget, in bytes, and another number of runs that are merged at once.
    fn with_limits(folder: &Path, budget: usize, runs_max: usize) -> io::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let spill = Spill { folder: folder.to_owned(), runs: 0 };
        Ok(Self { spill, budget, runs_max, bytes: Vec::new(), entries: Vec::new(), tiers: Vec::new() })
    }

    /// Takes a record.
    ///
    /// # Errors
    /// When what is full can't be spilled.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let size = key.len() + value.len() + ENTRY_BYTES;
        let held = self.bytes.len() + self.entries.len() * ENTRY_BYTES;
        if held + size > self.budget && !self.entries.is_empty() {
            self.spill()?;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.entries.push(Entry { key: start, value: start + key.len(), end: self.bytes.len() });
        Ok(())
    }

    /// All of them, in the order of their keys.
    ///
    /// # Errors
    /// When a run can't be written or read.
    pub fn sorted(mut self) -> io::Result<Sorted> {
        self.sort();
        if self.tiers.is_empty() {
            let from = Held::Memory { bytes: self.bytes, entries: self.entries.into_iter() };
            return Ok(Sorted { from, _spill: self.spill });
        }
        if !self.entries.is_empty() {
            self.spill()?;
        }
        self.bytes = Vec::new();
        // The newest runs are merged first, until what is left can be open at once.
        while self.tiers.iter().map(Vec::len).sum::<usize>() > self.runs_max {
            self.merge_tier(self.tiers.iter().position(|tier| !tier.is_empty()).unwrap_or_default())?;
        }
        let runs = self.tiers.iter().rev().flatten();
        let merge = Merge::of(runs)?;
        Ok(Sorted { from: Held::Runs(merge), _spill: self.spill })
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.entries.sort_by(|one, other| one.key(bytes).cmp(other.key(bytes)));
    }

    /// Writes what is in memory as a run.
    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let (path, mut file) = self.spill.create()?;
        for entry in self.entries.drain(..) {
            write_record(&mut file, entry.key(&self.bytes), entry.value(&self.bytes))?;
        }
        file.flush()?;
        self.bytes.clear();
        self.file(0, path)
    }

    fn file(&mut self, tier: usize, run: PathBuf) -> io::Result<()> {
        if self.tiers.len() <= tier {
            self.tiers.resize(tier + 1, Vec::new());
        }
        self.tiers[tier].push(run);
        if self.tiers[tier].len() < self.runs_max { Ok(()) } else { self.merge_tier(tier) }
    }

    /// Makes one run of all of a tier, in the next.
    fn merge_tier(&mut self, tier: usize) -> io::Result<()> {
        let runs = std::mem::take(&mut self.tiers[tier]);
        let mut merge = Merge::of(runs.iter())?;
        let (path, mut file) = self.spill.create()?;
        let mut record = Record::default();
        while merge.next(&mut record)? {
            write_record(&mut file, &record.key, &record.value)?;
        }
        file.flush()?;
        runs.iter().try_for_each(fs::remove_file)?;
        self.file(tier + 1, path)
    }
}

/// The folder of runs; it ends with this.
#[derive(Debug)]
struct Spill {
    folder: PathBuf,
    runs: u64,
}

impl Spill {
    fn create(&mut self) -> io::Result<(PathBuf, BufWriter<File>)> {
        self.runs += 1;
        let path = self.folder.join(format!("{:08}.run", self.runs));
        let file = File::create(&path)?;
        Ok((path, BufWriter::with_capacity(BUFFER_BYTES, file)))
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // Whoever sorts next there empties it first, so that a failure here leaves nothing wrong behind.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Records in the order of their keys.
#[derive(Debug)]
pub struct Sorted {
    from: Held,
    _spill: Spill,
}

#[derive(Debug)]
enum Held {
    Memory { bytes: Vec<u8>, entries: std::vec::IntoIter<Entry> },
    Runs(Merge),
}

impl Sorted {
    /// The next record, into `record`; false at the end.
    ///
    /// # Errors
    /// When a run can't be read.
    pub fn next(&mut self, record: &mut Record) -> io::Result<bool> {
        match &mut self.from {
            Held::Runs(merge) => merge.next(record),
            Held::Memory { bytes, entries } => {
                let Some(entry) = entries.next() else { return Ok(false) };
                record.key.clear();
                record.key.extend_from_slice(entry.key(bytes));
                record.value.clear();
                record.value.extend_from_slice(entry.value(bytes));
                Ok(true)
            }
        }
    }
}

/// Runs that are read together. The heap holds the next key of each, and which run it is of: the earlier run first.
#[derive(Debug)]
struct Merge {
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

#[derive(Debug)]
struct Run {
    file: BufReader<File>,
    /// The value that belongs to its key in the heap.
    value: Vec<u8>,
}

impl Merge {
    fn of<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> io::Result<Self> {
        let mut merge = Self { runs: Vec::new(), heads: BinaryHeap::new() };
        for path in paths {
            let mut run =
                Run { file: BufReader::with_capacity(BUFFER_BYTES, File::open(path)?), value: Vec::new() };
            let mut key = Vec::new();
            if read_record(&mut run.file, &mut key, &mut run.value)? {
                merge.heads.push(Reverse((key, merge.runs.len())));
                merge.runs.push(run);
            }
        }
        Ok(merge)
    }

    fn next(&mut self, record: &mut Record) -> io::Result<bool> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(false) };
        let Reverse((key, run)) = &mut *head;
        let Run { file, value } = &mut self.runs[*run];
        std::mem::swap(&mut record.key, key);
        std::mem::swap(&mut record.value, value);
        // The run's next key takes the place of the one that goes, and finds its own.
        if !read_record(file, key, value)? {
            PeekMut::pop(head);
        }
        Ok(true)
    }
}

fn write_record(file: &mut impl Write, key: &[u8], value: &[u8]) -> io::Result<()> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge);
    file.write_all(&length(key)?.to_le_bytes())?;
    file.write_all(&length(value)?.to_le_bytes())?;
    file.write_all(key)?;
    file.write_all(value)
}

/// Reads a record; false where the run ends.
fn read_record(file: &mut impl Read, key: &mut Vec<u8>, value: &mut Vec<u8>) -> io::Result<bool> {
    let mut head = [0; 8];
    match file.read_exact(&mut head) {
        Ok(()) => {}
        // A run is written whole by the same process, so that an end here is the end between two records.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    }
    let length = |at: usize| {
        let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
        usize::try_from(u32::from_le_bytes(bytes)).map_err(|_| io::ErrorKind::FileTooLarge)
    };
    key.resize(length(0)?, 0);
    value.resize(length(4)?, 0);
    file.read_exact(key)?;
    file.read_exact(value)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Record, Sorter};

    /// Few, so that there are tiers of them.
    const RUNS: usize = 8;

    fn sorted(records: &[Record], budget: usize) -> Vec<Record> {
        let folder = tempfile::tempdir().unwrap();
        let spill = folder.path().join("sort");
        let mut sorter = Sorter::with_limits(&spill, budget, RUNS).unwrap();
        for record in records {
            sorter.push(&record.key, &record.value).unwrap();
        }
        let mut sorted = sorter.sorted().unwrap();
        let mut all = Vec::new();
        let mut record = Record::default();
        while sorted.next(&mut record).unwrap() {
            all.push(record.clone());
        }
        drop(sorted);
        assert!(!spill.exists(), "what was spilled is gone");
        all
    }

    /// Few keys, so that many records share one; the value is where the record came.
    fn numbered(keys: Vec<Vec<u8>>) -> Vec<Record> {
        let value = |at: usize| at.to_le_bytes().to_vec();
        keys.into_iter().enumerate().map(|(at, key)| Record { key, value: value(at) }).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_sorted_in_runs_is_what_is_sorted_at_once(
            keys in prop::collection::vec(prop::collection::vec(97_u8..100, 0..4), 0..300),
            budget in 0_usize..2_000,
        ) {
            let records = numbered(keys);
            let mut expected = records.clone();
            expected.sort_by(|one, other| one.key.cmp(&other.key));
            prop_assert_eq!(sorted(&records, budget), expected);
        }
    }

    #[test]
    fn runs_of_several_tiers_keep_the_order_in_which_equal_keys_came() {
        // Each record is a run of its own, and there are more of them than two tiers hold.
        let records = numbered((0..150_u32).map(|at| vec![u8::from(at % 3 == 0)]).collect());
        let mut expected = records.clone();
        expected.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(sorted(&records, 0), expected);
    }

    #[test]
    fn a_sorter_that_was_given_up_leaves_nothing_and_one_that_was_killed_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let spill = folder.path().join("sort");
        std::fs::create_dir(&spill).unwrap();
        std::fs::write(spill.join("00000001.run"), b"half a rec").unwrap();
        let mut sorter = Sorter::with_limits(&spill, 0, RUNS).unwrap();
        sorter.push(b"b", b"1").unwrap();
        sorter.push(b"a", b"2").unwrap();
        assert_eq!(std::fs::read_dir(&spill).unwrap().count(), 1);
        drop(sorter);
        assert!(!spill.exists());
    }
}
