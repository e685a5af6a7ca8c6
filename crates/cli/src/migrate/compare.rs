//! `tillbridge migrate reconcile`: whether Engage has what was sent.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::path::Path;

use anyhow::Context as _;
use migration::Folder;
use migration::mapping::Mapping;
use migration::reconcile::{
    self, Against, Amounts, Options, Progress, Reader, Reconciliation, Sample, Verdict,
};
use migration::surroundings::Surroundings;

use super::interrupt::{self, Interrupt};
use super::plan_of;
use super::progress::Bar;
use crate::exit::Exit;
use crate::{print, wiring};

/// How to compare.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Read so many contacts by chance, in place of all
    #[arg(long, value_name = "NUMBER")]
    sample: Option<u64>,
    /// What the chance begins with: the same number chooses the same contacts
    #[arg(long, value_name = "NUMBER", default_value_t = 1, requires = "sample")]
    seed: u64,
    /// Leave the amounts of receipts alone: Engage's sums may be without tax, as a tenant is set up
    #[arg(long)]
    no_amounts: bool,
    /// Ask nobody: only whether the plan is sound
    #[arg(long, conflicts_with = "sample")]
    offline: bool,
    /// Read at most so many times a second
    #[arg(long, value_name = "NUMBER", default_value = "10")]
    rate: NonZeroU32,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Compares, writes the report, and says what it comes to.
///
/// # Errors
/// An Engage that doesn't answer; a gap is none.
pub(super) async fn run(
    folder: &Folder,
    arguments: &Arguments,
    config: Option<&Path>,
) -> anyhow::Result<Exit> {
    let mapping = plan_of::mapping(folder)?;
    let interrupt = Interrupt::watch()?;
    let sample = arguments.sample.map(|contacts| Sample { contacts, seed: arguments.seed });
    let amounts = if arguments.no_amounts { Amounts::LeftAlone } else { Amounts::Compared };
    let options = Options { sample, amounts, ..options(&mapping)? };
    let reconciliation = if arguments.offline {
        look(folder, Against::Plan, &options, &interrupt).await?
    } else {
        let client = wiring::client(&wiring::load(config)?.config.engage)?;
        let pause = |duration| interrupt.pause(duration);
        let around = Surroundings { now: &interrupt::now, pause: &pause, stop: interrupt.flag() };
        let reader = Reader::over(&client, around, arguments.rate);
        look(folder, Against::Engage(&reader), &options, &interrupt).await?
    };
    if arguments.json {
        print::json(&reconciliation)?;
    } else {
        print::text(&text(folder, &reconciliation))?;
    }
    Ok(exit(&reconciliation))
}

/// Compares, with a bar, and writes the report.
///
/// # Errors
/// As [`reconcile::run`].
pub(super) async fn look(
    folder: &Folder,
    against: Against<'_, '_>,
    options: &Options,
    interrupt: &Interrupt,
) -> anyhow::Result<Reconciliation> {
    let plan = plan_of::manifest(folder)?;
    let mut bar = Bar::new();
    let mut progress = |on: Progress| match on {
        Progress::Plan { bytes, of } => bar.bytes("plan", bytes, of),
        Progress::Contacts { done, of } => bar.count("contacts", done, of),
    };
    let compared = reconcile::run(folder, &plan, against, options, &mut progress, interrupt.flag()).await;
    bar.end();
    let reconciliation = compared.map_err(|error| match error {
        reconcile::Error::Stopped => Exit::Unfinished.because(error),
        reconcile::Error::Engage(_) => Exit::Unavailable.because(error),
        error => error.into(),
    })?;
    reconcile::write(folder, &reconciliation).context("can't write the report")?;
    Ok(reconciliation)
}

/// What contacts are found by.
///
/// # Errors
/// A contact type without a name.
pub(super) fn options(mapping: &Mapping) -> anyhow::Result<Options> {
    Ok(Options {
        key: mapping.engage.contact_key,
        contact_type: plan_of::contact_type(mapping)?,
        sample: None,
        amounts: Amounts::Compared,
        made_at: interrupt::now(),
    })
}

/// How the process ends.
pub(super) fn exit(reconciliation: &Reconciliation) -> Exit {
    match reconciliation.verdict {
        Verdict::Agrees | Verdict::NotLookedAt => Exit::Success,
        Verdict::Gaps => Exit::CheckFailed,
    }
}

/// What it comes to, for people.
pub(super) fn text(folder: &Folder, reconciliation: &Reconciliation) -> String {
    let mut out = String::new();
    for (entity, chain) in &reconciliation.chains {
        let left_out: u64 = chain.rows_left_out.values().sum();
        let mark = if chain.verdict == Verdict::Gaps { "!" } else { "=" };
        _ = write!(
            out,
            "{mark} {:>9}: {} read = {} sent + {} rejected + {left_out} left out; {} sent",
            entity.as_str(),
            print::counted(chain.rows, "row"),
            chain.rows_sent,
            chain.rows_rejected,
            print::counted(chain.records.sent, "record"),
        );
        match &chain.records.engage {
            Some(engage) => {
                _ = writeln!(out, ", {} of {} looked for are in Engage", engage.found, engage.sought)
            }
            None => out.push('\n'),
        }
    }
    for (code, count) in &reconciliation.gap_counts {
        _ = writeln!(out, "! {code:?}: {count}");
    }
    let verdict = match reconciliation.verdict {
        Verdict::Agrees => "all that was looked at agrees",
        Verdict::Gaps => "there are gaps",
        Verdict::NotLookedAt => "the plan is sound; Engage wasn't asked",
    };
    _ = writeln!(out, "{verdict}; see {}", folder.report().0.display());
    out
}
