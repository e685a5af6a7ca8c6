//! What durability costs: the real gateway's accept of a receipt beside the same without a store, beside a bare server
//! that only parses, and beside one transaction per receipt. `docs/benchmarks.md` says how to read it.
//!
//! Ratios are the result: both sides run in turn in one run, on one core each, with the load on another, and the disk
//! is deterministic. Absolute figures are printed as context only.

#![expect(clippy::float_arithmetic, reason = "ratios of measurements; there is no money here")]

mod disk;
mod load;
mod process;
mod receipt;
mod server;

use std::path::Path;

use anyhow::{Context as _, ensure};

use disk::Disk;
use load::{Customers, Seen, now};
use process::{Server, Side};
use receipt::BODY_BYTES;
use server::Role;

const KEEPS_NOTHING: Side = Side::Compared(Role::KeepsNothing);
const ONLY_PARSES: Side = Side::Compared(Role::OnlyParses);
const ONE_BY_ONE: Side = Side::Compared(Role::OneByOne);

/// Times that each side is measured.
const ROUNDS: usize = 5;
/// Times that each start is timed.
const STARTS: usize = 9;
/// A measurement whose fastest slice is this much faster than its slowest is made again.
const SPREAD_MAX: f64 = 1.25;
/// Times that an unsteady measurement is made again; on a machine that is never quiet the last one stands.
const AGAIN_MAX: usize = 2;
/// Customers who come back again and again.
const MEMBERS: Customers = Customers::Returning(10_000);
/// Receipts that are queued to see what they take on the disk.
const QUEUED_FOR_DISK: u64 = 20_000;
/// Receipts that are queued at a start after a kill.
const QUEUED_AT_START: u64 = 100_000;
/// A till that sends nothing else, so that its receipts are new.
const LATE_TILL: usize = 99;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, role, folder] if flag == "--role" => server::run(Role::parse(role)?, Path::new(folder)),
        [flag, folder] if flag == "--probe" => {
            println!("{}", disk::probe(Path::new(folder))?);
            Ok(())
        }
        // Cargo passes `--bench`; a word is a part's name.
        rest => all(rest.iter().map(String::as_str).find(|word| !word.starts_with('-'))),
    }
}

/// A part by its name.
type Part = (&'static str, fn(&Disk) -> anyhow::Result<()>);

const PARTS: [Part; 4] =
    [("throughput", throughput), ("new-customers", new_customers), ("disk", disk_bytes), ("start", starts)];

/// Runs all parts, or the one that is named.
fn all(only: Option<&str>) -> anyhow::Result<()> {
    let names = PARTS.map(|(name, _)| name);
    ensure!(only.is_none_or(|only| names.contains(&only)), "no such part; there are {}", names.join(", "));
    process::keep_to_load_core()?;
    let disk = Disk::new()?;
    println!("{BODY_BYTES} B receipts, {} tills; `aim` is what a release keeps to\n", load::TILLS);
    for (name, part) in PARTS {
        if only.is_none_or(|only| only == name) {
            part(&disk)?;
        }
    }
    Ok(())
}

fn throughput(disk: &Disk) -> anyhow::Result<()> {
    println!("throughput, customers returning (10,000 of them)");
    let rounds = rounds(disk, MEMBERS, &[Side::Durable, KEEPS_NOTHING, ONLY_PARSES, ONE_BY_ONE])?;
    let [durable, nothing, parses, one_by_one] = rounds.as_slice() else { unreachable!("as many as sides") };
    ratio("durable / the same route with a store that keeps nothing", durable, nothing, "aim >= 0.60");
    ratio("durable / a server that only parses the body", durable, parses, "aim >= 0.40");
    ratio("durable / one transaction a receipt", durable, one_by_one, "aim >= 5");
    let syncs: Vec<f64> = durable.iter().map(|round| round.syncs_per_receipt).collect();
    line("syncs per receipt", &syncs, "aim <= 0.06");
    println!("  as context, absolute and not comparable:");
    for (name, side) in [
        ("durable", durable),
        ("keeps nothing", nothing),
        ("only parses", parses),
        ("one by one", one_by_one),
    ] {
        context(name, side);
    }
    println!("    a 2 KiB append and sync on this disk takes {:.0} us\n", probe(disk)?);
    Ok(())
}

fn new_customers(disk: &Disk) -> anyhow::Result<()> {
    println!("throughput, every customer new: the dearest case");
    let rounds = rounds(disk, Customers::New, &[Side::Durable, KEEPS_NOTHING])?;
    let [durable, nothing] = rounds.as_slice() else { unreachable!("as many as sides") };
    ratio("durable / the same route with a store that keeps nothing", durable, nothing, "");
    context("durable", durable);
    context("keeps nothing", nothing);
    println!();
    Ok(())
}

fn disk_bytes(disk: &Disk) -> anyhow::Result<()> {
    println!("disk, {QUEUED_FOR_DISK} receipts queued, after a clean stop");
    for (name, customers) in [("customers returning", MEMBERS), ("every customer new", Customers::New)] {
        let folder = disk.folder()?;
        let server = Server::start(Side::Durable, disk, folder.path())?;
        load::send(server.address(), customers, QUEUED_FOR_DISK)?;
        server.stop()?;
        let bytes = bytes_in(&folder.path().join("data"))? as f64;
        let bodies = QUEUED_FOR_DISK as f64 * BODY_BYTES as f64;
        line(&format!("bytes on disk / bytes of bodies, {name}"), &[bytes / bodies], "aim <= 2.0");
    }
    println!();
    Ok(())
}

fn starts(disk: &Disk) -> anyhow::Result<()> {
    println!("start to the first 201, in milliseconds");
    let empty = disk.folder()?;
    let (durable, parses) = timed_starts(disk, empty.path())?;
    line("empty: durable", &durable, "aim <= 25");
    line("empty: only parses", &parses, "");
    let folder = disk.folder()?;
    let server = Server::start(Side::Durable, disk, folder.path())?;
    load::send(server.address(), MEMBERS, QUEUED_AT_START)?;
    drop(server);
    let (durable, parses) = timed_starts(disk, folder.path())?;
    line("100,000 queued, killed: durable", &durable, "aim <= 60");
    line("100,000 queued, killed: only parses", &parses, "");
    Ok(())
}

/// What one side did in one round.
#[derive(Debug, Clone)]
struct Round {
    seen: Seen,
    syncs_per_receipt: f64,
    bytes_per_receipt: f64,
    cpu_us_per_receipt: f64,
    again: usize,
}

/// Measures the sides in turn, round by round, each on a fresh folder; answers them by side.
fn rounds(disk: &Disk, customers: Customers, sides: &[Side]) -> anyhow::Result<Vec<Vec<Round>>> {
    let mut measured = vec![Vec::new(); sides.len()];
    for _ in 0..ROUNDS {
        for (rounds, side) in measured.iter_mut().zip(sides) {
            rounds.push(steady(disk, customers, *side)?);
        }
    }
    Ok(measured)
}

fn steady(disk: &Disk, customers: Customers, side: Side) -> anyhow::Result<Round> {
    let mut again = 0;
    loop {
        let folder = disk.folder()?;
        let server = Server::start(side, disk, folder.path())?;
        let (before, cpu_before) = (server.synced()?, server.cpu_time()?);
        let seen = load::measure(server.address(), customers)?;
        let (after, cpu) = (server.synced()?, server.cpu_time()?.saturating_sub(cpu_before));
        if seen.spread <= SPREAD_MAX || again == AGAIN_MAX {
            let per_receipt = |count: u64| count as f64 / seen.receipts as f64;
            return Ok(Round {
                syncs_per_receipt: per_receipt(after.syncs - before.syncs),
                bytes_per_receipt: per_receipt(after.bytes - before.bytes),
                cpu_us_per_receipt: cpu.as_secs_f64() * 1e6 / seen.receipts as f64,
                seen,
                again,
            });
        }
        again += 1;
    }
}

/// Starts both servers in turn, each time on a copy of `folder`.
fn timed_starts(disk: &Disk, folder: &Path) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let (mut durable, mut parses) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        durable.push(timed_start(Side::Durable, disk, folder)?);
        parses.push(timed_start(ONLY_PARSES, disk, folder)?);
    }
    Ok((durable, parses))
}

fn timed_start(side: Side, disk: &Disk, folder: &Path) -> anyhow::Result<f64> {
    let copy = disk.folder()?;
    copy_data(&folder.join("data"), &copy.path().join("data"))?;
    let begun = now();
    let server = Server::start(side, disk, copy.path())?;
    load::send_one(server.address(), LATE_TILL, 0)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

fn copy_data(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(to)?;
    if from.exists() {
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn bytes_in(folder: &Path) -> anyhow::Result<u64> {
    std::fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

fn probe(disk: &Disk) -> anyhow::Result<f64> {
    let folder = disk.folder()?;
    let mut program = std::process::Command::new(std::env::current_exe()?);
    program.arg("--probe").arg(folder.path());
    disk.put_before(&mut program, &folder.path().join("counters"));
    let output = program.output()?;
    String::from_utf8(output.stdout)?.trim().parse().context("the probe prints a number")
}

fn ratio(name: &str, over: &[Round], under: &[Round], aim: &str) {
    let ratios: Vec<f64> =
        over.iter().zip(under).map(|(over, under)| over.seen.per_second / under.seen.per_second).collect();
    line(name, &ratios, aim);
}

/// The median, with the least and the most.
fn line(name: &str, values: &[f64], aim: &str) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    println!("  {name:<60} {:>8.3}  ({least:.3} to {most:.3})  {aim}", sorted[sorted.len() / 2]);
}

fn context(name: &str, rounds: &[Round]) {
    let median = |of: fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!(
        "    {name:<14} {:>7.0} receipts/s, p50 {:.1} ms, p99 {:.1} ms; a receipt: {:.1} us of CPU, {:.0} B synced; \
         load's core {:.0} % busy, {} of {} unsteady",
        median(|round| round.seen.per_second),
        median(|round| f64::from(round.seen.median_us)) / 1e3,
        median(|round| f64::from(round.seen.p99_us)) / 1e3,
        median(|round| round.cpu_us_per_receipt),
        median(|round| round.bytes_per_receipt),
        median(|round| round.seen.busy) * 1e2,
        rounds.iter().filter(|round| round.seen.spread > SPREAD_MAX).count(),
        rounds.iter().map(|round| round.again + 1).sum::<usize>(),
    );
}
