//! `tillbridge doctor`: everything that must hold before a shop opens, checked as far as it can be from here.
//!
//! Each group of checks has its file and answers [`Check`]s; none stops at the first thing that is wrong, and none
//! changes anything. Engage is asked a few times, outside the gateway's own rate.

mod clock;
mod directory;
mod disk;
mod report;
mod tenant;

use std::collections::BTreeSet;
use std::path::Path;

use gateway::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::{Config, Loaded};
use crate::exit::Exit;
use crate::{print, wiring};

use report::{Check, Verdict};

/// How it is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "A check is ok, a warning, or failed; each that isn't ok says what to do. \
                        Ends with 3 if any failed.")]
pub(crate) struct Arguments {
    /// Write JSON: a list of checks
    #[arg(long)]
    json: bool,
}

/// Checks everything and tells it.
///
/// # Errors
/// A faulty configuration; then nothing can be checked.
pub(crate) async fn run(arguments: &Arguments, path: Option<&Path>) -> anyhow::Result<Exit> {
    let loaded = wiring::load(path)?;
    let config = &loaded.config;
    let mut checks = configuration(&loaded);
    checks.extend(rates(config, Clock::start().now().to_zoned(TimeZone::UTC).date()));
    checks.extend(tenant::checks(config).await);
    checks.extend(clock::checks(&config.engage).await);
    checks.extend(disk::checks(&config.gateway.data_dir));
    checks.extend(directory::checks(config).await);
    if arguments.json {
        print::json(&checks)?
    } else {
        print::text(&report::text(&checks))?
    }
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    Ok(if failed { Exit::CheckFailed } else { Exit::Success })
}

fn configuration(loaded: &Loaded) -> Vec<Check> {
    let found = match &loaded.file {
        Some(file) => format!("{} and the environment are right", file.display()),
        None => "there is no file; the defaults and the environment are right".to_owned(),
    };
    let warnings = loaded.warnings.iter().map(|warning| {
        Check::warning("configuration", "settings", warning.to_string(), "change it, or know why it is so")
    });
    let nowhere = (loaded.config.stores.iter().len() == 0).then(|| {
        let advice = "add [[stores]]; until then every receipt needs attention";
        Check::failed("configuration", "stores", "no store is configured", advice)
    });
    [Check::ok("configuration", "settings", found)].into_iter().chain(warnings).chain(nowhere).collect()
}

/// Whether the rates of the stores' currencies have begun. That there are none at all is a warning of the configuration.
fn rates(config: &Config, today: Date) -> Vec<Check> {
    let currencies: BTreeSet<&str> = config
        .stores
        .iter()
        .map(|store| store.currency)
        .filter(|currency| config.rates.rate(*currency, Date::MAX).is_some())
        .filter(|currency| config.rates.rate(*currency, today).is_none())
        .map(|currency| currency.code())
        .collect();
    let check = |code| {
        let found = format!("the first rate of {code} begins after {today}");
        let advice = format!("give {code} an earlier rate too; until then its receipts need attention");
        Check::failed("configuration", "rates", found, advice)
    };
    currencies.into_iter().map(check).collect()
}
