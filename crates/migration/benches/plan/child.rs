//! One side of a comparison, in a process of its own: how long it took, how much of the processor, and how much memory.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::civil::date;
use jiff::tz::TimeZone;
use migration::check::{self, Options, Outcome, Purpose};
use migration::manifest::Scope;
use migration::{Entity, Folder};
use rustix::time::{ClockId, clock_gettime};

use super::export::Subject;
use super::plain;

/// What is done with an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Read into typed rows by the usual crate.
    Read,
    /// Checked, and the files for Engage written.
    Plan,
    /// Checked.
    Check,
    /// Planned, rows being judged on one thread; another reads, and a third writes.
    PlanOnOneLane,
}

impl Side {
    pub fn parse(word: &str) -> anyhow::Result<Self> {
        super::SIDES.into_iter().find(|side| side.words() == word).context("no such side")
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Plan => "planned",
            Self::Check => "checked",
            Self::PlanOnOneLane => "planned on one lane",
        }
    }
}

/// What a side took.
#[derive(Debug, Clone)]
pub struct Measured {
    rows: u64,
    wall: Duration,
    cpu: Duration,
    pub peak_bytes: u64,
    /// The keys that it held.
    pub keys: u64,
}

impl Measured {
    pub fn wall_us(&self) -> f64 {
        self.wall.as_secs_f64() * 1e6 / self.rows as f64
    }

    pub fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.rows as f64
    }

    pub fn peak_mb(&self) -> f64 {
        self.peak_bytes as f64 / 1e6
    }

    fn read(line: &str) -> anyhow::Result<Self> {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let &[rows, wall, cpu, peak_bytes, keys] = numbers.as_slice() else {
            anyhow::bail!("not a measurement: {line}")
        };
        Ok(Self { rows, wall: Duration::from_nanos(wall), cpu: Duration::from_nanos(cpu), peak_bytes, keys })
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, cpu) = (self.wall.as_nanos(), self.cpu.as_nanos());
        write!(f, "{} {wall} {cpu} {} {}", self.rows, self.peak_bytes, self.keys)
    }
}

/// As many as the command line takes.
pub fn lanes() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Starts a side and waits for it.
pub fn start(side: Side, subject: Subject, folder: &Path, times: u64) -> anyhow::Result<Measured> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--side", side.words(), subject.word()])
        .arg(folder)
        .arg(times.to_string())
        .output()?;
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{} {}: {failed}", side.words(), subject.word());
    Measured::read(&said)
}

/// Does it so many times, and says what that took. The memory is the first time's, so that it doesn't depend on how often.
pub fn run(side: Side, subject: Subject, folder: &Path, times: u64) -> anyhow::Result<Measured> {
    let (wall, cpu) = (now(), processor_time());
    let mut all = Measured { rows: 0, wall: Duration::ZERO, cpu: Duration::ZERO, peak_bytes: 0, keys: 0 };
    for _ in 0..times {
        let (rows, keys) = once(side, subject, folder)?;
        (all.rows, all.keys) = (all.rows + rows, keys);
        if all.peak_bytes == 0 {
            all.peak_bytes = peak_bytes()?;
        }
    }
    (all.wall, all.cpu) = (wall.elapsed(), processor_time() - cpu);
    Ok(all)
}

fn once(side: Side, subject: Subject, folder: &Path) -> anyhow::Result<(u64, u64)> {
    let (purpose, lanes) = match side {
        Side::Read => return Ok((plain::read(subject, folder)?, 0)),
        Side::Plan => (Purpose::Plan, lanes()),
        Side::Check => (Purpose::Check, lanes()),
        Side::PlanOnOneLane => (Purpose::Plan, 1),
    };
    let now = date(2026, 11, 23).at(12, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp();
    let options = Options { purpose, scope: Scope::Full, since: None, now, lanes };
    let folder = Folder::at(folder);
    let mapping = subject.mapping(&folder)?;
    let outcome = check::run(&folder, &mapping, &options, &mut |_| {}, &AtomicBool::new(false))?;
    counted(&outcome, subject)
}

/// The rows of the subject, all of which must have been accepted, and the keys that the check held.
fn counted(outcome: &Outcome, subject: Subject) -> anyhow::Result<(u64, u64)> {
    let tally = outcome.report.tallies.get(&subject.entity()).context("it was checked")?;
    ensure!(
        tally.rows > 0 && tally.rows == tally.rows_sent,
        "a row without a fault wasn't accepted: {tally:?}"
    );
    let keys = outcome.manifest.identifiers.values().sum::<u64>();
    let of = |entity| outcome.report.tallies.get(&entity).map_or(0, |tally| tally.records_sent);
    Ok((tally.rows, keys + of(Entity::Stores)))
}

/// The most memory that this process ever had, by the kernel's account.
fn peak_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// What all threads of this process took of the processor, those that ended included.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("time that was spent isn't negative")
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}
