//! `tillbridge migrate load-returnables`: the old sales, for the gateway.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use migration::Folder;
use migration::returnables::{self, Answer, Error, Loaded};

use super::interrupt::Interrupt;
use super::plan_of;
use super::progress::Bar;
use crate::desk::{Desk, Running};
use crate::exit::Exit;
use crate::{print, wiring};

/// Why the gateway can't be gone on with.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
struct Trouble(anyhow::Error);

/// Brings them to the gateway that runs on this machine.
///
/// # Errors
/// When none runs, or there is no plan; a sale that isn't taken is none.
pub(super) async fn run(folder: &Folder, json: bool, config: Option<&Path>) -> anyhow::Result<Exit> {
    plan_of::settle(folder)?;
    let loaded = wiring::load(config)?;
    let running = match Desk::open_existing(&loaded.config).await? {
        Desk::Running(running) => Arc::new(running),
        Desk::Stopped(_) => {
            let error = anyhow!("no gateway runs here; start `tillbridge serve`, then load again");
            return Err(Exit::Unavailable.because(error));
        }
    };
    let interrupt = Interrupt::watch()?;
    let mut bar = Bar::new();
    let put = |id: String, body: String| {
        let running = Arc::clone(&running);
        async move { put(&running, &id, &body).await.map_err(Trouble) }
    };
    let brought =
        returnables::load(folder, put, |done, all| bar.bytes("old sales", done, all), interrupt.flag()).await;
    bar.end();
    match brought {
        Ok(loaded) => told(&loaded, json),
        Err(Error::Stopped) => {
            print::line("stopped; load again to go on")?;
            Ok(Exit::Unfinished)
        }
        Err(error @ Error::Gateway(_)) => Err(Exit::Unavailable.because(error)),
        Err(error @ (Error::Folder(_) | Error::Damaged(_))) => Err(Exit::Refused.because(error)),
    }
}

async fn put(running: &Running, id: &str, body: &str) -> anyhow::Result<Answer> {
    let body = serde_json::from_str(body).context("the plan's sale is no JSON")?;
    let reply = running.put_returnable(id, &body).await?;
    match (reply.status.as_u16(), reply.code()) {
        (201, _) => Ok(Answer::Kept),
        (200, _) => Ok(Answer::Known),
        (409, Some("receiptIsLive")) => Ok(Answer::Live),
        // The gateway, and not the sale.
        (401 | 403 | 429 | 500.., _) => Err(anyhow!("the gateway says {}: {}", reply.status, reply.detail())),
        (status, code) => Ok(Answer::Refused(code.map_or_else(|| status.to_string(), str::to_owned))),
    }
}

fn told(loaded: &Loaded, json: bool) -> anyhow::Result<Exit> {
    if json {
        print::json(loaded)?;
    } else {
        let Loaded { kept, known, live, refused, examples } = loaded;
        print::line(&format!(
            "{kept} old sales are kept for returns, {known} were before, {live} came from a till itself, {refused} weren't \
             taken"
        ))?;
        for (id, code) in examples {
            print::line(&format!("! {id}: {code}"))?;
        }
    }
    Ok(if loaded.refused == 0 { Exit::Success } else { Exit::CheckFailed })
}
