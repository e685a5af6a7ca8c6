//! `tillbridge token`: who may call.
//!
//! A token's secret is shown once, when it is made, on stdout and nothing else there with it.

use std::path::Path;

use anyhow::Context as _;
use comfy_table::{Table, presets};
use gateway::Clock;
use gateway::http::{TokenBody, TokenView};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::config::Config;
use crate::desk::Desk;
use crate::{print, wiring};

/// What to do with tokens.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a token; its secret is the only line on stdout, and is shown this once
    #[command(
        after_help = "Examples:\n  tillbridge token issue --name store03-till2 --store store03-stockholm\n  \
                            tillbridge token issue --name night-watch --role operator --store '*' --expires 90d"
    )]
    Issue {
        /// A name for logs and histories; not a person's
        #[arg(long)]
        name: String,
        /// What it may do: a till sells, an operator also looks after deliveries, an administrator does all
        #[arg(long, value_enum, default_value = "till")]
        role: Role,
        /// The external id of a store that it speaks for, or '*' for all; once for each store
        #[arg(long = "store", value_name = "STORE", required = true)]
        stores: Vec<String>,
        /// When it ends by itself: a time (2027-01-31T00:00:00Z), a day (2027-01-31, its first moment in UTC), or how long
        /// from now (90d, 12h)
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
    },
    /// List the tokens in force, without their secrets
    List {
        /// Write JSON, as the API has it
        #[arg(long)]
        json: bool,
    },
    /// End a token; whoever uses it is refused from now on
    Revoke {
        /// The token's name
        name: String,
    },
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Role {
    /// Sell
    Till,
    /// And look after deliveries
    Operator,
    /// And everything else
    Administrator,
}

impl From<Role> for gateway::desk::Role {
    fn from(role: Role) -> gateway::desk::Role {
        match role {
            Role::Till => gateway::desk::Role::Till,
            Role::Operator => gateway::desk::Role::Operator,
            Role::Administrator => gateway::desk::Role::Administrator,
        }
    }
}

/// Does it.
///
/// # Errors
/// A faulty configuration, a data directory that can't be used, a name that is taken or unknown.
pub(crate) async fn run(command: &Command, path: Option<&Path>) -> anyhow::Result<()> {
    let config = wiring::load(path)?.config;
    match command {
        Command::Issue { name, role, stores, expires } => {
            let now = Clock::start().now();
            let expires = expires.as_deref().map(|text| ending(text, now)).transpose()?;
            let role = gateway::desk::Role::from(*role).word().to_owned();
            warn_of_unknown(stores, &config);
            let body = TokenBody { name: name.clone(), role, stores: stores.clone(), expires };
            let issued = Desk::open(&config).await?.issue(body).await?;
            eprintln!("{} may call with this token. It is shown once and stored nowhere:", issued.name);
            print::line(&issued.token)
        }
        Command::List { json } => {
            let tokens = Desk::open(&config).await?.tokens().await?;
            if *json { print::json(&tokens) } else { print::text(&table(&tokens, Clock::start().now())) }
        }
        Command::Revoke { name } => {
            Desk::open(&config).await?.revoke(name).await?;
            eprintln!("{name} is refused from now on");
            Ok(())
        }
    }
}

fn warn_of_unknown(stores: &[String], config: &Config) {
    let unknown = stores.iter().filter(|id| *id != "*" && config.stores.get(id).is_none());
    for id in unknown {
        eprintln!("warning: no store {id:?} is configured; its receipts will need attention until one is");
    }
}

/// When a token ends.
fn ending(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    let wanted = "give a time (2027-01-31T00:00:00Z), a day (2027-01-31) or how long from now (90d)";
    let at = if let Ok(at) = text.parse::<Timestamp>() {
        at
    } else if let Ok(day) = text.parse::<Date>() {
        day.to_zoned(TimeZone::UTC)?.timestamp()
    } else {
        let span: Span = text.parse().with_context(|| format!("{text:?} is no time: {wanted}"))?;
        now.to_zoned(TimeZone::UTC)
            .checked_add(span)
            .with_context(|| format!("{text:?} is too long"))?
            .timestamp()
    };
    anyhow::ensure!(at > now, "{text:?} is past: {wanted}");
    Ok(at)
}

fn table(tokens: &[TokenView], now: Timestamp) -> String {
    if tokens.is_empty() {
        return "no tokens\n".to_owned();
    }
    let day = |at: Timestamp| at.strftime("%Y-%m-%d %H:%MZ").to_string();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["NAME", "ROLE", "STORES", "ISSUED", "EXPIRES"]);
    for token in tokens {
        let expires = match token.expires {
            None => "never".to_owned(),
            Some(at) if at <= now => format!("{} (ended)", day(at)),
            Some(at) => day(at),
        };
        let stores = token.stores.join(", ");
        table.add_row([token.name.clone(), token.role.clone(), stores, day(token.issued), expires]);
    }
    crate::queue::trimmed(&table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_at_a_time_on_a_day_or_after_a_while() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let ends = |text: &str| ending(text, now).map(|at| at.to_string()).ok();
        assert_eq!(ends("2027-01-31T08:00:00+01:00").as_deref(), Some("2027-01-31T07:00:00Z"));
        assert_eq!(ends("2027-01-31").as_deref(), Some("2027-01-31T00:00:00Z"));
        assert_eq!(ends("90d").as_deref(), Some("2027-02-20T12:00:00Z"));
        assert_eq!(ends("12h").as_deref(), Some("2026-11-23T00:00:00Z"));
        for wrong in ["yesterday", "2026-11-22", "-1d", "0s", ""] {
            assert_eq!(ends(wrong), None, "{wrong}");
        }
    }
}
