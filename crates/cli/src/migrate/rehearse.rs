//! `tillbridge migrate rehearse`: the plan goes into a sandbox of its own, in this process, and what came of it is
//! compared with the plan.
//!
//! The run is the real one, over SFTP, in a folder of its own, so that nothing of it is taken for the migration's. The twin
//! ([`super::twin`]) begins empty; whom the plan only names it is given first ([`super::seed`]).

use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use migration::mapping::Mapping;
use migration::reconcile::{Against, Totals, Verdict};
use migration::run::{Ended, Options, Road, Setup};
use migration::{Entity, Folder, Manifest};

use super::interrupt::Interrupt;
use super::send::{Told, Way};
use super::twin::Twin;
use super::{compare, next, plan_of, seed, send};
use crate::exit::Exit;
use crate::print;

/// The rehearsal's own folder, in the migration's.
const FOLDER: &str = "rehearsal";
/// How often a run may wait for each file before something is taken to be wrong.
const WAITS_A_FILE: usize = 8;

/// Rehearses.
///
/// # Errors
/// A sandbox that can't be started, a file that it doesn't take.
pub(super) async fn run(folder: &Folder, json: bool) -> anyhow::Result<Exit> {
    let mapping = plan_of::mapping(folder)?;
    let plan = plan_of::manifest(folder)?;
    let copy = copy(folder, &plan).context("can't prepare the rehearsal's folder")?;
    let interrupt = Interrupt::watch()?;
    let twin = Twin::start(&mapping).await?;
    eprintln!(
        "Rehearsing: what is called Engage below is a sandbox in this process, and nothing leaves this machine."
    );
    let played = play(&copy, &plan, &mapping, &twin, &interrupt).await;
    twin.end().await?;
    let Some(totals) = played? else { return Ok(Exit::Unfinished) };
    let options = compare::options(&mapping)?;
    let reconciliation = compare::look(&copy, Against::Twin(&totals), &options, &interrupt).await?;
    if json {
        print::json(&reconciliation)?;
    } else {
        print::text(&compare::text(&copy, &reconciliation))?;
        if reconciliation.verdict == Verdict::Agrees {
            print::line(&format!("next: {}, which sends it to Engage", next(folder, "run")))?;
        }
    }
    Ok(compare::exit(&reconciliation))
}

/// The plan in a folder of its own: the same files by another name, or copies where the disk knows no such thing.
fn copy(folder: &Folder, plan: &Manifest) -> io::Result<Folder> {
    let to = folder.path().join(FOLDER);
    match std::fs::remove_dir_all(&to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let copy = Folder::at(to);
    std::fs::create_dir_all(copy.files())?;
    link(&folder.manifest(), &copy.manifest())?;
    for file in &plan.files {
        link(&folder.files().join(&file.name), &copy.files().join(&file.name))?;
    }
    for entity in Entity::ALL {
        let (index, own) = (folder.index(entity), copy.index(entity));
        if index.exists() {
            if let Some(parent) = own.parent() {
                std::fs::create_dir_all(parent)?;
            }
            link(&index, &own)?;
        }
    }
    Ok(copy)
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(_) => std::fs::copy(from, to).map(drop),
    }
}

/// Sends all of it, and does what Engage's clock and Voyado would do. What came of it; none where it was stopped.
async fn play(
    folder: &Folder,
    plan: &Manifest,
    mapping: &Mapping,
    twin: &Twin,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Totals>> {
    seed::bring(folder, mapping, twin, interrupt).await?;
    let before = twin.totals().await?;
    let engage = send::asking_over(mapping, twin.client()?)?;
    let setup = Setup {
        folder,
        manifest: plan,
        road: Road::of(&mapping.engage, plan.scope),
        sftp: Some(&twin.sftp),
        engage: Some(&engage),
    };
    let mut way = Way::new(folder, plan, Told::Troubles)?;
    for _ in 0..=plan.files.len() * WAITS_A_FILE {
        match send::carry_out(setup, &Options::default(), interrupt, &mut way).await? {
            Ended::Done => {
                way.end();
                let all = twin.totals().await?;
                let (stores, contacts) = (all.stores - before.stores, all.contacts - before.contacts);
                return Ok(Some(Totals { stores, contacts, ..all }));
            }
            Ended::Stopped => return Ok(None),
            Ended::Waiting { on } => twin.take(plan, &on).await?,
            Ended::NeedsPerson { on } => {
                let files: Vec<&str> = on.iter().map(|one| one.file.as_str()).collect();
                bail!("the sandbox left these in doubt: {}", files.join(", "));
            }
        }
    }
    bail!("the sandbox doesn't take the files; its folders may be named otherwise than the mapping's")
}
