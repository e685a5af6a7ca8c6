//! `tillbridge migrate run`, `status` and `ids`: what goes to Engage.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use migration::ids::{self, Asking};
use migration::mapping::{ContactsBy, Mapping, PASSWORD_VARIABLE};
use migration::run::{self, Ended, Event, On, Options, Patience, Road, Setup, Waiting};
use migration::surroundings::Surroundings;
use migration::{Entity, Folder, Manifest, sftp};
use secrecy::SecretString;
use serde_json::json;

use super::interrupt::{self, Interrupt};
use super::plan_of;
use super::progress::Bar;
use crate::exit::Exit;
use crate::{print, wiring};

/// Requests a second that a migration takes, so that the tills have the rest (fact B-13).
const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).expect("ten is more than none");

/// How to run.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Stay and look again until all is in
    #[arg(long)]
    wait: bool,
    /// Say of a file in doubt whether it was imported, as Engage's integration log tells it: FILE yes, or FILE no
    #[arg(long, num_args = 2, value_names = ["FILE", "YES_OR_NO"], action = clap::ArgAction::Append)]
    was_imported: Vec<String>,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// Sends what isn't sent yet.
///
/// # Errors
/// A server that refuses, a plan that changed, a file in doubt.
pub(super) async fn run(
    folder: &Folder,
    arguments: &Arguments,
    config: Option<&Path>,
) -> anyhow::Result<Exit> {
    let plan = plan_of::manifest(folder)?;
    if arguments.dry_run {
        return status(folder, arguments.json);
    }
    let mapping = plan_of::mapping(folder)?;
    let road = Road::of(&mapping.engage, plan.scope);
    let sftp = sftp_of(&mapping)?;
    let needs_engage =
        road.contacts == ContactsBy::Bulk || plan.files.iter().any(|file| file.needs_member_numbers);
    let engage = if needs_engage { Some(asking(&mapping, config)?) } else { None };
    let setup = Setup { folder, manifest: &plan, road, sftp: sftp.as_ref(), engage: engage.as_ref() };
    let options = Options {
        patience: if arguments.wait { Patience::Stay } else { Patience::Leave },
        words: words(&arguments.was_imported)?,
    };
    let interrupt = Interrupt::watch()?;
    let mut way = Way::new(folder, &plan, Told::All)?;
    let ended = carry_out(setup, &options, &interrupt, &mut way).await;
    way.end();
    let ended = ended.map_err(as_exit)?;
    if arguments.json {
        print::json(&ended)?;
    } else {
        print::text(&told(&ended))?;
    }
    Ok(match ended {
        Ended::Done => Exit::Success,
        Ended::Waiting { .. } | Ended::Stopped => Exit::Unfinished,
        Ended::NeedsPerson { .. } => Exit::Refused,
    })
}

/// Runs, and shows how far it is.
///
/// # Errors
/// As [`run::run`].
pub(super) async fn carry_out(
    setup: Setup<'_>,
    options: &Options,
    interrupt: &Interrupt,
    way: &mut Way,
) -> Result<Ended, run::Error> {
    let pause = |duration| interrupt.pause(duration);
    let around = Surroundings { now: &interrupt::now, pause: &pause, stop: interrupt.flag() };
    run::run(setup, options, around, &mut |event| way.went(event)).await
}

/// What of a run is told, beside its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Each file.
    All,
    /// What isn't as it should be.
    Troubles,
}

/// How far a run is: one bar for all of its files, in this process.
pub(super) struct Way {
    bar: Bar,
    told: Told,
    /// Bytes of files that aren't sent yet, by their names.
    left: BTreeMap<String, u64>,
    files: usize,
    bytes: u64,
}

impl Way {
    /// What of this plan is left to do by its folder's journal.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub(super) fn new(folder: &Folder, plan: &Manifest, told: Told) -> anyhow::Result<Self> {
        let status = run::status(folder, plan)?;
        let files = plan.files.iter().zip(&status.files);
        let left = files.filter(|(_, status)| !status.done).map(|(file, _)| (file.name.clone(), file.bytes));
        let bytes = plan.files.iter().map(|file| file.bytes).sum();
        Ok(Self { bar: Bar::new(), told, left: left.collect(), files: plan.files.len(), bytes })
    }

    /// The bar goes.
    pub(super) fn end(self) {
        self.bar.end();
    }

    fn went(&mut self, event: Event) {
        match &event {
            Event::Sending { file, bytes, .. } => self.show(file, *bytes),
            Event::Uploaded { file } | Event::Found { file } | Event::PickedUp { file } => {
                self.left.remove(file);
                self.show(file, 0);
            }
            Event::BatchEnded { file, batch, batches, .. } => {
                let part = self.left.get(file).map(|all| all * (batch + 1) / batches);
                self.show(file, part.unwrap_or_default());
            }
            Event::SentAgain { .. }
            | Event::InDoubt { .. }
            | Event::Filled { .. }
            | Event::Waiting { .. }
            | Event::Unreachable { .. } => {}
        }
        let is_plain = matches!(
            event,
            Event::Sending { .. }
                | Event::Uploaded { .. }
                | Event::PickedUp { .. }
                | Event::Filled { missing: 0, .. }
                | Event::BatchEnded { failed: 0, .. }
        );
        if self.told == Told::All || !is_plain {
            said(&mut self.bar, event);
        }
    }

    /// Shows what is sent, of which so much is of a file that isn't whole yet.
    fn show(&mut self, file: &str, of_file: u64) {
        let left: u64 = self.left.values().sum();
        let of_file = of_file.min(self.left.get(file).copied().unwrap_or_default());
        let done = self.bytes.saturating_sub(left) + of_file;
        self.bar.files((self.files - self.left.len(), self.files), done, self.bytes);
    }
}

fn said(bar: &mut Bar, event: Event) {
    match event {
        // The bar tells it.
        Event::Sending { .. } => {}
        Event::Uploaded { file } => bar.say(&format!("{file}: sent")),
        Event::PickedUp { file } => bar.say(&format!("{file}: taken by Engage")),
        Event::Found { file } => bar.say(&format!("{file}: was there already")),
        Event::SentAgain { file } => {
            bar.say(&format!("{file}: may not have arrived, and is sent again, which is safe"))
        }
        Event::InDoubt { file } => {
            bar.say(&format!("{file}: nobody knows whether it was taken; it isn't sent again"))
        }
        Event::BatchEnded { file, batch, batches, failed } => {
            bar.say(&format!("{file}: batch {} of {batches} is done, {failed} refused", batch + 1));
        }
        Event::Filled { file, records, missing } => {
            bar.say(&format!("{file}: member numbers read back for {records}, {missing} unknown to Engage"));
        }
        Event::Waiting { on, pause } => {
            let files: Vec<&str> = on.iter().map(|one| one.file.as_str()).collect();
            bar.say(&format!("waiting for {}; looking again in {} s", files.join(", "), pause.as_secs()));
        }
        Event::Unreachable { reason, pause } => {
            bar.say(&format!("{reason}; trying again in {} s", pause.as_secs()));
        }
    }
}

/// Shows how far it is.
///
/// # Errors
/// When there is no plan.
pub(super) fn status(folder: &Folder, json: bool) -> anyhow::Result<Exit> {
    let plan = plan_of::manifest(folder)?;
    let status = run::status(folder, &plan)?;
    if json {
        print::json(&status)?;
        return Ok(Exit::Success);
    }
    for file in &status.files {
        let mark = if file.done { "=" } else { " " };
        let stage = serde_json::to_value(&file.state)?;
        let stage = stage.get("stage").or(stage.get("state")).unwrap_or(&stage);
        let stage = stage.as_str().map_or_else(|| stage.to_string(), str::to_owned);
        print::line(&format!("{mark} {} {} records to {}: {stage}", file.file, file.records, file.folder))?;
    }
    for (entity, (done, all)) in status.by_entity() {
        print::line(&format!("{:>9}: {done} of {all} files are in", entity.as_str()))?;
    }
    for file in &status.former_open {
        print::line(&format!("! {file} of a former plan isn't settled"))?;
    }
    Ok(Exit::Success)
}

/// Looks up who is who.
///
/// # Errors
/// An Engage that doesn't answer.
pub(super) async fn ids(folder: &Folder, json: bool, config: Option<&Path>) -> anyhow::Result<Exit> {
    let mapping = plan_of::mapping(folder)?;
    let plan = plan_of::manifest(folder)?;
    let contacts = plan.tallies.get(&Entity::Contacts).map_or(0, |tally| tally.records_sent);
    let asking = asking(&mapping, config)?;
    let interrupt = Interrupt::watch()?;
    let pause = |duration| interrupt.pause(duration);
    let around = Surroundings { now: &interrupt::now, pause: &pause, stop: interrupt.flag() };
    let mut bar = Bar::new();
    let mut progress = |outcome: &ids::Outcome| bar.count("contacts", outcome.keys, contacts);
    let outcome = ids::run(folder, &asking, around, &mut progress).await;
    bar.end();
    let outcome = outcome.map_err(|error| match error {
        ids::Error::Engage(_) => Exit::Unavailable.because(error),
        error => error.into(),
    })?;
    if json {
        let ids::Outcome { keys, known, missing, stopped } = outcome;
        print::json(&json!({ "keys": keys, "known": known, "missing": missing, "stopped": stopped }))?;
    } else {
        print::line(&format!(
            "{} of {} contacts stand in {}; {} are unknown to Engage",
            outcome.known,
            outcome.keys,
            folder.ids().display(),
            outcome.missing
        ))?;
    }
    Ok(match (outcome.stopped, outcome.missing) {
        (true, _) => Exit::Unfinished,
        (false, 0) => Exit::Success,
        (false, _) => Exit::CheckFailed,
    })
}

/// The connection to Engage's API, from the configuration.
///
/// # Errors
/// A faulty configuration.
pub(super) fn asking(mapping: &Mapping, config: Option<&Path>) -> anyhow::Result<Asking> {
    let loaded = wiring::load(config)?;
    asking_over(mapping, wiring::client(&loaded.config.engage)?)
}

/// The same over a client.
///
/// # Errors
/// A contact type without a name.
pub(super) fn asking_over(mapping: &Mapping, client: engage::Client) -> anyhow::Result<Asking> {
    Ok(Asking {
        client,
        key: mapping.engage.contact_key,
        contact_type: plan_of::contact_type(mapping)?,
        requests_per_second: REQUESTS_PER_SECOND,
    })
}

fn sftp_of(mapping: &Mapping) -> anyhow::Result<Option<sftp::Config>> {
    let Some(server) = &mapping.engage.sftp else { return Ok(None) };
    let variable = std::env::var(PASSWORD_VARIABLE).ok().map(SecretString::from);
    let password = server.password(variable).context("can't read the SFTP password's file")?;
    let config = sftp::Config::of(server, password).ok_or_else(|| {
        Exit::Configuration.because(anyhow!(
            "there is nothing to log in with: name a file as engage.sftp.password-file or engage.sftp.key-file, or set \
             {PASSWORD_VARIABLE}"
        ))
    })?;
    Ok(Some(config))
}

fn words(said: &[String]) -> anyhow::Result<Vec<(String, bool)>> {
    let word = |pair: &[String]| match pair {
        [file, yes] if yes == "yes" => Ok((file.clone(), true)),
        [file, no] if no == "no" => Ok((file.clone(), false)),
        _ => Err(Exit::Usage.because(anyhow!("--was-imported takes a file's name, and yes or no"))),
    };
    said.chunks(2).map(word).collect()
}

fn as_exit(error: run::Error) -> anyhow::Error {
    let exit = match &error {
        run::Error::NotConfigured(_) => Exit::Configuration,
        run::Error::NoSuchFile(_) => Exit::NotFound,
        run::Error::PlanChanged | run::Error::FormerPlanOpen(_) | run::Error::NameTaken(_) => Exit::Refused,
        error if error.passes() => Exit::Unavailable,
        _ => Exit::Failure,
    };
    exit.because(error)
}

fn told(ended: &Ended) -> String {
    let lines =
        |on: &[Waiting]| -> String { on.iter().map(|one| format!("  {}\n", whose_turn(one))).collect() };
    match ended {
        Ended::Done => {
            "all files are in; next: tillbridge migrate reconcile, which says what Engage made of them\n"
                .to_owned()
        }
        Ended::Waiting { on } => {
            format!("it goes on when these are taken; run it again then, or with --wait:\n{}", lines(on))
        }
        Ended::NeedsPerson { on } => format!("it goes on when somebody has looked at these:\n{}", lines(on)),
        Ended::Stopped => "stopped; run it again to go on\n".to_owned(),
    }
}

fn whose_turn(one: &Waiting) -> String {
    let Waiting { file, folder, on } = one;
    match on {
        On::Engage => format!("{file}: waits in {folder} for Engage, which looks there about once an hour"),
        On::Voyado => format!("{file}: waits in {folder}; ask Voyado to start its import"),
        On::Doubt => format!(
            "{file}: was gone before it was seen whole. Look for it in Engage's integration log, then say \
             --was-imported {file} yes, or no"
        ),
        On::OtherFile => format!("{file}: another file of this name lies in {folder}; take it away"),
    }
}
