//! `tillbridge promotions`: brings the promotions of the promotions file to Engage.
//!
//! It talks to Engage itself, not to a running gateway. It makes and changes drafts; what it can't do, because Engage
//! lets only people do it, it says. Running it again changes nothing that is already so.

mod carry;
mod plan;
mod show;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::anyhow;

use crate::config::Config;
use crate::exit::Exit;
use crate::{print, wiring};
use carry::Engage;
use show::Row;

/// What to do with the promotions.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show how Engage differs from the promotions file, and change nothing
    ///
    /// One line for each promotion of the file: + Engage has none, ~ its draft differs, = it is as the file says, ! it
    /// differs and can't be changed by a program. Exits with 0 where there is no difference and with 6 where there is one.
    /// A draft that only waits to be activated is no difference.
    Plan {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Make and change drafts in Engage until they are what the promotions file says
    ///
    /// Engage lets programs change nothing but drafts: activating, ending and changing what is active is told, and left
    /// to people. Exits with 0 when Engage has what the file says, else with 5.
    Apply {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete a promotion in Engage that was never given to anybody
    ///
    /// The promotions file must not name it any more.
    #[command(after_help = "Example:\n  tillbridge promotions delete SPRING15")]
    Delete {
        /// Its external id in Engage
        #[arg(value_name = "EXTERNAL_ID")]
        external_id: String,
    },
}

/// Does it.
///
/// # Errors
/// A faulty configuration, no promotions file, an Engage that doesn't answer or refuses.
pub(crate) async fn run(command: &Command, path: Option<&Path>) -> anyhow::Result<Exit> {
    let config = wiring::load(path)?.config;
    let client = wiring::client(&config.engage)?;
    let engage = Engage { client: &client, group: config.rates.group() };
    match command {
        Command::Plan { json } => plan_all(&config, &engage, *json).await,
        Command::Apply { json } => apply_all(&config, &engage, *json).await,
        Command::Delete { external_id } => {
            let named = |promotion: &crate::config::Promotion| promotion.rules.external_id == *external_id;
            if config.offers.promotions.iter().any(named) {
                let error = anyhow!("the promotions file names {external_id}; take it out there first");
                return Err(Exit::Refused.because(error));
            }
            engage.delete(external_id).await?;
            print::line(&format!("{external_id} is deleted"))?;
            Ok(Exit::Success)
        }
    }
}

async fn plan_all(config: &Config, engage: &Engage<'_>, json: bool) -> anyhow::Result<Exit> {
    some(config)?;
    let mut rows = Vec::new();
    for promotion in &config.offers.promotions {
        rows.push(Row { promotion, state: engage.look(promotion).await?, outcome: None });
    }
    print_rows(&rows, json)?;
    Ok(if rows.iter().all(Row::is_so) { Exit::Success } else { Exit::Differs })
}

async fn apply_all(config: &Config, engage: &Engage<'_>, json: bool) -> anyhow::Result<Exit> {
    some(config)?;
    let (rows, ended) = carry_out(config, engage).await;
    // What was done before it ended is told all the same.
    print_rows(&rows, json)?;
    ended?;
    Ok(if rows.iter().all(Row::is_so) { Exit::Success } else { Exit::Refused })
}

/// Applies the promotions of a configuration, and answers what came of it in the words of the command.
///
/// # Errors
/// An Engage that doesn't answer or refuses.
pub(crate) async fn apply(config: &Config) -> anyhow::Result<String> {
    let client = wiring::client(&config.engage)?;
    let engage = Engage { client: &client, group: config.rates.group() };
    let (rows, ended) = carry_out(config, &engage).await;
    ended.map(|()| show::text(&rows))
}

/// One promotion after the other; ends with the first that Engage doesn't answer for.
async fn carry_out<'c>(config: &'c Config, engage: &Engage<'_>) -> (Vec<Row<'c>>, anyhow::Result<()>) {
    let mut rows = Vec::new();
    for promotion in &config.offers.promotions {
        let made = async { engage.make(promotion, engage.look(promotion).await?).await };
        match made.await {
            Ok((state, outcome)) => rows.push(Row { promotion, state, outcome: Some(outcome) }),
            Err(error) => return (rows, Err(error)),
        }
    }
    (rows, Ok(()))
}

fn some(config: &Config) -> anyhow::Result<()> {
    if config.offers.promotions.is_empty() {
        let error = anyhow!(
            "there are no promotions: name their file under [offers], promotions = \"promotions.toml\""
        );
        return Err(Exit::Configuration.because(error));
    }
    Ok(())
}

fn print_rows(rows: &[Row<'_>], json: bool) -> anyhow::Result<()> {
    if json { print::json(&show::json(rows)) } else { print::text(&show::text(rows)) }
}
