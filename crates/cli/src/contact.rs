//! `tillbridge contact`: what is kept of a person, for whoever answers that person's own request.
//!
//! It works on the running gateway or, where none runs, on its database, and says the same either way. What it exports is
//! personal data: it goes to stdout and nowhere else.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::desk::Desk;
use crate::exit::Exit;
use crate::{print, wiring};

/// What to do for a person.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write everything that is kept here of a contact, as JSON
    ///
    /// The last known profile, and every receipt, enrolment and update with what became of it. What Engage itself holds
    /// is exported there. It is personal data: mind where you write it.
    #[command(
        after_help = "Example:\n  tillbridge contact export 2e40b702-2767-4abe-ae99-aa510108e22b > ada.json"
    )]
    Export {
        #[command(flatten)]
        whom: Whom,
    },
    /// Erase all that is kept here of a contact, and delete it in Engage
    ///
    /// Here it is done at once: the profile, the identifiers, the contents of receipts, enrolments and updates. What had
    /// not gone to Engage yet doesn't go any more, and the deletion in Engage follows by a delivery of its own, which
    /// `tillbridge queue` shows. It can't be undone here; a restored older database forgets again. The person may enrol
    /// again, and is somebody new then.
    #[command(
        after_help = "Example:\n  tillbridge contact forget 2e40b702-2767-4abe-ae99-aa510108e22b --yes"
    )]
    Forget {
        #[command(flatten)]
        whom: Whom,
        /// Yes, it can't be undone
        #[arg(long)]
        yes: bool,
        /// Write JSON, as the API has it
        #[arg(long)]
        json: bool,
    },
}

/// Whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Whom {
    /// The contact's id: Engage's, or one that a till was given
    #[arg(value_name = "CONTACT")]
    id: String,
}

/// Does it.
///
/// # Errors
/// A faulty configuration, a data directory that can't be used, a contact that isn't there, a wish that isn't meant.
pub(crate) async fn run(command: &Command, path: Option<&Path>) -> anyhow::Result<()> {
    let config = wiring::load(path)?.config;
    match command {
        Command::Export { whom } => {
            print::json(&Desk::open_existing(&config).await?.export_contact(&whom.id).await?)
        }
        Command::Forget { whom: Whom { id }, yes: false, .. } => {
            Err(Exit::Refused.because(anyhow::anyhow!(
                "to forget can't be undone: `tillbridge contact export {id}` shows what would go; if that is meant, add --yes"
            )))
        }
        Command::Forget { whom, yes: true, json } => {
            let source = &config.engage.tenant.source;
            let mut desk = Desk::open_existing(&config).await?;
            let forgotten = desk.forget_contact(&whom.id, source).await?;
            if *json { print::json(&forgotten) } else { print::line(&told(&forgotten)?) }
        }
    }
}

/// What became of the wish, in a sentence.
fn told(forgotten: &Value) -> anyhow::Result<String> {
    let id = forgotten["contactId"].as_str().context("the answer names no contact")?;
    Ok(match forgotten["delivery"]["id"].as_str() {
        None => format!("{id} is forgotten, and in Engage there is nothing left to delete"),
        Some(delivery) => {
            let state = forgotten["delivery"]["state"].as_str().unwrap_or("waiting");
            format!("{id} is forgotten here; its deletion in Engage is {delivery} ({state})")
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::told;

    #[test]
    fn it_is_told_whether_engage_is_still_to_delete_somebody() {
        let done = json!({ "contactId": "tb-1", "outcome": "deleted" });
        assert_eq!(told(&done).unwrap(), "tb-1 is forgotten, and in Engage there is nothing left to delete");
        let later = json!({ "contactId": "tb-1", "outcome": "later", "delivery": { "id": "d-7", "state": "waiting" } });
        assert!(told(&later).unwrap().ends_with("its deletion in Engage is d-7 (waiting)"));
        assert!(told(&json!({})).is_err());
    }
}
