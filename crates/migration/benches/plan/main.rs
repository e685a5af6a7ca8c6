//! What a migration's check and plan cost: rows a second beside merely reading the same file into typed rows, and the most
//! memory that either takes. `docs/benchmarks.md` says how to read it.
//!
//! Each side is a process of its own, which is this program again. They run in turn, round by round, so that whatever else
//! the machine does falls on all of them. Ratios are the result; absolute figures are printed as context only.

#![expect(clippy::float_arithmetic, reason = "ratios of measurements; there is no money here")]

mod child;
mod export;
mod plain;

use std::path::Path;

use anyhow::{Context as _, ensure};

use child::{Measured, Side};
use export::Subject;

/// Few rows and many, the latter a hundred times the former.
const SIZES: [u64; 2] = [10_000, 1_000_000];
/// How many rows a side does at least in one measurement: few rows are done again and again.
const ROWS_MEASURED_MIN: u64 = 100_000;
/// Times that each side is measured, of few rows and of many.
const ROUNDS: [usize; 2] = [7, 3];
/// What memory may grow by from few rows to many, besides the keys.
const GROWTH_MB_MAX: f64 = 8.0;
/// What a key takes.
const KEY_BYTES: f64 = 16.0;
/// Where the files lie, so that no neighbour's disk is measured.
const MEMORY_DISK: &str = "/dev/shm";

const SUBJECTS: [Subject; 3] = [Subject::Contacts, Subject::Receipts, Subject::ReceiptRows];

/// What is measured in turn. The default way to run is on all cores.
const SIDES: [Side; 4] = [Side::Read, Side::Plan, Side::Check, Side::PlanOnOneLane];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--side", side, subject, folder, times] => {
            let measured =
                child::run(Side::parse(side)?, Subject::parse(subject)?, Path::new(folder), times.parse()?)?;
            println!("{measured}");
            Ok(())
        }
        // Cargo passes `--bench`; the words are a subject and a number of rows.
        rest => all(&rest.iter().copied().filter(|word| !word.starts_with('-')).collect::<Vec<_>>()),
    }
}

/// Measures every subject in every size, or those that are named.
fn all(words: &[&str]) -> anyhow::Result<()> {
    let only = words.first().map(|word| Subject::parse(word)).transpose()?;
    let size: Option<u64> = words.get(1).map(|word| word.parse()).transpose()?;
    let sizes: Vec<(u64, usize)> =
        SIZES.into_iter().zip(ROUNDS).filter(|(rows, _)| size.is_none_or(|size| size == *rows)).collect();
    ensure!(!sizes.is_empty(), "the sizes are {SIZES:?}");
    println!("{} cores; `planned` is the default way to run, on all of them\n", child::lanes());
    for subject in SUBJECTS.into_iter().filter(|subject| only.is_none_or(|only| only == *subject)) {
        let mut peaks = Vec::new();
        for &(rows, rounds) in &sizes {
            let home = tempfile::tempdir_in(MEMORY_DISK).context(MEMORY_DISK)?;
            let bytes = export::write(subject, rows, home.path())?;
            println!("{}, {rows} rows, {:.1} MB", subject.words(), bytes as f64 / 1e6);
            peaks.push(compare(subject, rows, rounds, home.path())?);
        }
        if let [few, many] = peaks.as_slice() {
            growth(few, many);
        }
    }
    Ok(())
}

/// The rounds of one subject; answers the plan that took the most memory.
fn compare(subject: Subject, rows: u64, rounds: usize, folder: &Path) -> anyhow::Result<Measured> {
    let times = ROWS_MEASURED_MIN.div_ceil(rows);
    let mut sides = SIDES.map(|_| Vec::new());
    for _ in 0..rounds {
        for (side, measured) in SIDES.into_iter().zip(&mut sides) {
            measured.push(child::start(side, subject, folder, times)?);
        }
    }
    let [read, planned, checked, one_lane] = &sides;
    ratios("planned / read", planned, read, subject.aim());
    ratios("checked / read", checked, read, "");
    ratios("planned on one lane / read", one_lane, read, "");
    println!("  as context, absolute and not comparable:");
    for (side, measured) in SIDES.into_iter().zip(&sides) {
        let by = |of: fn(&Measured) -> f64| middle(&measured.iter().map(of).collect::<Vec<_>>()).0;
        let (wall, cpu, peak) = (by(Measured::wall_us), by(Measured::cpu_us), by(Measured::peak_mb));
        println!("    {:<24} {wall:7.2} us a row, {cpu:7.2} us of CPU; at most {peak:6.1} MB", side.words());
    }
    println!();
    let most = planned.iter().max_by_key(|measured| measured.peak_bytes);
    most.cloned().context("there are rounds")
}

/// The rounds' ratios of rows a second, by the clock and by the processor's time.
fn ratios(name: &str, side: &[Measured], read: &[Measured], aim: &str) {
    let of = |cost: fn(&Measured) -> f64| {
        middle(&side.iter().zip(read).map(|(side, read)| cost(read) / cost(side)).collect::<Vec<_>>())
    };
    let ((wall, least, most), (cpu, cpu_least, cpu_most)) = (of(Measured::wall_us), of(Measured::cpu_us));
    println!(
        "  {name:<28} {wall:.3} ({least:.3} to {most:.3}); by CPU {cpu:.3} ({cpu_least:.3} to {cpu_most:.3})  {aim}"
    );
}

fn growth(few: &Measured, many: &Measured) {
    let keys = (many.keys - few.keys) as f64 * KEY_BYTES / 1e6;
    let grown = many.peak_mb() - few.peak_mb();
    println!(
        "  memory of a plan: {:.1} MB, then {:.1} MB: {grown:.1} MB more, of which {keys:.1} are {} keys; besides them \
         {:.1} MB  aim <= {GROWTH_MB_MAX}\n",
        few.peak_mb(),
        many.peak_mb(),
        many.keys - few.keys,
        grown - keys,
    );
}

/// Median, least and most.
fn middle(figures: &[f64]) -> (f64, f64, f64) {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    (sorted[sorted.len() / 2], sorted[0], sorted[sorted.len() - 1])
}
