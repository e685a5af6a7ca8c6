//! `tillbridge queue`: what is owed to Engage, for whoever looks after it.
//!
//! It works on the running gateway or, where none runs, on its database, and says the same either way.

mod show;

pub(crate) use show::trimmed;

use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use gateway::http::REASON_CHARS_MAX;
use serde_json::Value;
use store::DeliveryState;

use crate::desk::{Behind, Desk};
use crate::{print, wiring};

/// The words of the states.
const STATES: [&str; 6] = ["waiting", "inFlight", "unknown", "done", "needsAttention", "discarded"];

/// Deliveries that are listed where nobody says how many.
const LIMIT: usize = 100;

/// What to do with the queue.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List deliveries, oldest first
    #[command(after_help = "Examples:\n  tillbridge queue list --state needsAttention\n  \
                            tillbridge queue list --json | jq '.[].of'")]
    List {
        #[command(flatten)]
        only: Only,
        /// At most this many
        #[arg(long, value_name = "NUMBER", default_value_t = LIMIT)]
        limit: usize,
        #[command(flatten)]
        form: Form,
    },
    /// Show a delivery and all that happened to it
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Try a delivery again now, whatever it waits for
    Retry {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        form: Form,
    },
    /// Give a delivery up; it can be retried later all the same
    #[command(
        after_help = "Example:\n  tillbridge queue discard d-17 --reason 'test sale, agreed with the store'"
    )]
    Discard {
        #[command(flatten)]
        which: Which,
        /// Why, for whoever looks later; no personal data
        #[arg(long, value_parser = reason)]
        reason: String,
        /// What becomes of the deliveries that wait for it
        #[arg(long, value_enum, default_value = "release")]
        behind: Behind,
        #[command(flatten)]
        form: Form,
    },
    /// Write deliveries with what they came from, as JSON lines
    ///
    /// A line is a delivery as `list --json` shows it, and `content`: the till's JSON with its members sorted and its
    /// numbers as they were written, or null where it is no longer kept.
    #[command(after_help = "Example:\n  tillbridge queue export --state needsAttention > to-mend.jsonl")]
    Export {
        #[command(flatten)]
        only: Only,
    },
}

/// Which deliveries.
#[derive(Debug, clap::Args)]
pub(crate) struct Only {
    /// Only those in this state
    #[arg(long, value_parser = PossibleValuesParser::new(STATES).map(|word| state(&word)))]
    state: Option<DeliveryState>,
}

/// Which delivery.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// The delivery's number, such as d-17
    #[arg(value_name = "ID")]
    id: String,
}

/// How it is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Form {
    /// Write JSON, as the API has it
    #[arg(long)]
    json: bool,
}

fn state(word: &str) -> DeliveryState {
    serde_json::from_value(word.into()).expect("the words are those of the states")
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        1..=REASON_CHARS_MAX => Ok(text.to_owned()),
        _ => Err(format!("give 1 to {REASON_CHARS_MAX} characters: whoever looks later wants to know")),
    }
}

/// Does it.
///
/// # Errors
/// A faulty configuration, a data directory that can't be used, an act that is refused.
pub(crate) async fn run(command: &Command, path: Option<&Path>) -> anyhow::Result<()> {
    let config = wiring::load(path)?.config;
    let mut desk = Desk::open_existing(&config).await?;
    match command {
        Command::List { only, limit, form } => {
            let rows = list(&mut desk, only.state, *limit).await?;
            if form.json { print::json(&rows) } else { print::text(&show::list(&rows)?) }
        }
        Command::Show { which, form } => {
            let delivery = desk.delivery(&which.id).await?;
            if form.json { print::json(&delivery) } else { print::text(&show::detail(&delivery)?) }
        }
        Command::Retry { which, form } => {
            let delivery = desk.retry(&which.id).await?;
            if form.json { print::json(&delivery) } else { print::text(&show::list(&[delivery])?) }
        }
        Command::Discard { which, reason, behind, form } => {
            let delivery = desk.discard(&which.id, reason, *behind).await?;
            if form.json { print::json(&delivery) } else { print::text(&show::list(&[delivery])?) }
        }
        Command::Export { only } => export(&mut desk, only.state).await,
    }
}

async fn list(desk: &mut Desk, state: Option<DeliveryState>, limit: usize) -> anyhow::Result<Vec<Value>> {
    let mut rows = Vec::new();
    let mut after = None;
    while rows.len() < limit {
        let page = desk.page(state, after.as_deref()).await?;
        rows.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if rows.len() > limit || after.is_some() {
        rows.truncate(limit);
        eprintln!("there are more than {limit}; --limit shows more of them");
    }
    Ok(rows)
}

/// Writes page by page, so that a queue of any length fits.
async fn export(desk: &mut Desk, state: Option<DeliveryState>) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = desk.page(state, after.as_deref()).await?;
        for mut delivery in page.items {
            let id = delivery["id"].as_str().unwrap_or_default().to_owned();
            delivery["content"] = desk.content(&id).await?.unwrap_or(Value::Null);
            print::line(&delivery.to_string())?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_state_of_its_own() {
        let states: std::collections::HashSet<DeliveryState> =
            STATES.iter().map(|word| state(word)).collect();
        assert_eq!(states.len(), STATES.len());
    }

    #[test]
    fn a_discard_needs_a_reason_that_is_one() {
        assert_eq!(reason(" double sale "), Ok("double sale".to_owned()));
        assert!(reason("  ").is_err());
        assert!(reason(&"å".repeat(REASON_CHARS_MAX)).is_ok());
        assert!(reason(&"å".repeat(REASON_CHARS_MAX + 1)).is_err());
    }
}
