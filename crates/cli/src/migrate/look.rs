//! `tillbridge migrate check` and `plan`: every row is read and judged; a plan is written too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::thread;

use anyhow::Context as _;
use comfy_table::{Table, presets};
use jiff::civil::Date;
use migration::check::{self, Older, Options, Purpose, Report};
use migration::manifest::{Certainty, Scope, StartedBy, Tally};
use migration::{Entity, Finding, Folder, Manifest, Severity, run};

use super::interrupt::{self, Interrupt};
use super::progress::Bar;
use super::{next, plan_of};
use crate::exit::Exit;
use crate::print;
use crate::queue::trimmed;

/// How to check.
#[derive(Debug, clap::Args)]
pub(super) struct Checking {
    /// Leave out receipts before this day, whatever the mapping says
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// How to plan.
#[derive(Debug, clap::Args)]
pub(super) struct Planning {
    /// Plan only what earlier runs didn't send
    #[arg(long)]
    delta: bool,
    #[command(flatten)]
    checking: Checking,
}

/// Checks, and says what was found.
///
/// # Errors
/// An export or a mapping that can't be read.
pub(super) async fn check(folder: &Folder, arguments: &Checking) -> anyhow::Result<Exit> {
    let outcome = pass(folder, Purpose::Check, Scope::Full, arguments.since).await?;
    if arguments.json {
        print::json(&outcome.report)?;
    } else {
        print::text(&text(folder, &outcome.report))?;
        print::line(&after_a_check(folder, &outcome.report))?;
    }
    Ok(if outcome.report.rows_rejected() == 0 { Exit::Success } else { Exit::CheckFailed })
}

/// Checks, writes the files for Engage, and says what is in them.
///
/// # Errors
/// As [`check()`].
pub(super) async fn plan(folder: &Folder, arguments: &Planning) -> anyhow::Result<Exit> {
    let scope = if arguments.delta { Scope::Delta } else { Scope::Full };
    let outcome = pass(folder, Purpose::Plan, scope, arguments.checking.since).await?;
    if arguments.checking.json {
        print::json(&outcome.manifest)?;
    } else {
        print::text(&text(folder, &outcome.report))?;
        print::text(&planned(folder, &outcome.manifest))?;
    }
    Ok(Exit::Success)
}

/// The pass, on threads of its own, with its bar.
async fn pass(
    folder: &Folder,
    purpose: Purpose,
    scope: Scope,
    since: Option<Date>,
) -> anyhow::Result<check::Outcome> {
    let mapping = plan_of::mapping(folder)?;
    let interrupt = Interrupt::watch()?;
    let lanes = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options = Options { purpose, scope, since, now: interrupt::now(), lanes };
    let (at, watched) = (folder.clone(), interrupt.clone());
    let pass = tokio::task::spawn_blocking(move || {
        let mut bar = Bar::new();
        let mut progress =
            |on: check::Progress| bar.rows(on.entity.as_str(), on.rows, on.bytes_done, on.bytes_all);
        let outcome = check::run(&at, &mapping, &options, &mut progress, watched.flag());
        bar.end();
        outcome
    });
    let outcome = pass.await.context("the check broke down")?;
    outcome.map_err(|error| match error {
        check::Error::Stopped => Exit::Unfinished.because(error),
        check::Error::Kept(run::Kept::Open { .. } | run::Kept::Begun) => Exit::Refused.because(error),
        check::Error::Kept(run::Kept::Journal(run::JournalError::Busy)) => Exit::Unavailable.because(error),
        check::Error::Layout(_) => Exit::Configuration.because(error),
        check::Error::Folder(_) | check::Error::Source(_) | check::Error::Kept(_) => error.into(),
    })
}

/// What to do now.
fn after_a_check(folder: &Folder, report: &Report) -> String {
    let plan = next(folder, "plan");
    match report.rows_rejected() {
        0 => format!("next: {plan}"),
        _ => format!("next: mend what can't be sent, and check again; {plan} would go on without it"),
    }
}

/// What a check found, for people.
fn text(folder: &Folder, report: &Report) -> String {
    let mut out = trimmed(&counts(&report.tallies));
    if report.examples.values().flatten().any(|example| example.value.is_some()) {
        out.push_str("\nValues are shown by their form: # is a digit, x a letter; of long ones the ends are as they are.\n");
    }
    for entity in Entity::ALL {
        let examples = report.examples.get(&entity).map_or(&[][..], Vec::as_slice);
        if let Some(tally) = report.tallies.get(&entity) {
            found(&mut out, entity, tally, examples);
        }
    }
    for (entity, tally) in report.tallies.iter().filter(|(_, tally)| is_hopeless(tally)) {
        _ = writeln!(
            out,
            "\nNone of the {} rows of {} can be sent: rather than the rows, the mapping is wrong; mend {}.",
            tally.rows,
            entity.as_str(),
            folder.mapping().display()
        );
    }
    let sent: u64 = report.tallies.values().map(|tally| tally.rows_sent).sum();
    let rejected = report.rows_rejected();
    _ = writeln!(out, "\n{} can be sent, {rejected} can't before being mended.", print::counted(sent, "row"));
    for file in &report.rejects {
        let (rejects, mended) = (folder.rejects(&file.file), folder.mended(&file.file));
        _ = writeln!(
            out,
            "  {} in {}: mend and save as {}",
            print::counted(file.rows, "row"),
            rejects.display(),
            mended.display()
        );
    }
    for entity in &report.assumed {
        _ = writeln!(
            out,
            "The export has no {}; those that rows name are taken to be in Engage.",
            entity.as_str()
        );
    }
    if let Some(Older { receipts, recommended_since }) = &report.older {
        _ = writeln!(
            out,
            "{} from before {recommended_since}, more than the two years that are recommended; --since leaves them out.",
            print::counted(*receipts, "receipt")
        );
    }
    out
}

/// Whether it is likelier that what the columns mean is misunderstood than that every row is faulty.
fn is_hopeless(tally: &Tally) -> bool {
    tally.rows > 1 && tally.rows_rejected == tally.rows
}

fn counts(tallies: &BTreeMap<Entity, Tally>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["KIND", "ROWS", "MENDED", "SENT", "REJECTED", "LEFT OUT", "RECORDS"]);
    for (entity, tally) in tallies {
        let left_out: u64 = tally.rows_left_out.values().sum();
        let numbers =
            [tally.rows, tally.mended, tally.rows_sent, tally.rows_rejected, left_out, tally.records_sent];
        let cells = std::iter::once(entity.as_str().to_owned()).chain(numbers.iter().map(u64::to_string));
        table.add_row(cells.collect::<Vec<String>>());
    }
    table
}

/// Each code once: how often, an example, what to do.
fn found(out: &mut String, entity: Entity, tally: &Tally, examples: &[Finding]) {
    let kinds = [(Severity::Blocker, "!", &tally.blockers), (Severity::Warning, "~", &tally.warnings)];
    for (severity, mark, counts) in kinds {
        for (code, count) in counts {
            _ = writeln!(out, "\n{mark} {} {code}: {count}", entity.as_str());
            let of_code = |one: &&Finding| one.severity == severity && one.code == *code;
            let Some(example) = examples.iter().find(of_code) else { continue };
            let value = example.value.as_ref().map(|value| format!(" {value:?}")).unwrap_or_default();
            let columns = if example.columns.is_empty() {
                String::new()
            } else {
                format!(" {}", example.columns.join(" + "))
            };
            _ = writeln!(out, "    row {}{columns}{value}: {}", example.at.row, example.reason);
            _ = writeln!(out, "    {}", example.mend);
        }
    }
    for (code, count) in &tally.rows_left_out {
        _ = writeln!(out, "\n- {} {code}: {} left out", entity.as_str(), print::counted(*count, "row"));
    }
}

/// What a plan holds, for people.
fn planned(folder: &Folder, plan: &Manifest) -> String {
    let files = print::counted(plan.files.len() as u64, "file");
    let mut out = format!("\n{files} in {}:\n", folder.files().display());
    for file in &plan.files {
        let started = match file.started_by {
            StartedBy::Engage => "",
            StartedBy::Voyado => "; Voyado starts it",
        };
        let layout = match file.layout {
            Certainty::Documented => "",
            Certainty::Unverified => "; its layout isn't public, so let Voyado confirm it",
        };
        _ = writeln!(
            out,
            "  {} {}, {}{started}{layout}",
            file.name,
            print::counted(file.records, "record"),
            print::counted(file.lines, "line")
        );
    }
    _ = writeln!(out, "next: {}, which plays all of it in a sandbox", next(folder, "rehearse"));
    out
}
