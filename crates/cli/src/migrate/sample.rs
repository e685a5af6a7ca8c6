//! `tillbridge migrate sample`.

use anyhow::{Context as _, anyhow};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use migration::sample::{CONTACTS_MAX, Faults, Form, Options, RECEIPTS_MAX};
use migration::{Entity, Folder, sample};

use super::next;
use crate::exit::Exit;
use crate::print;

pub(super) const EXAMPLE: &str = "Example:\n  tillbridge migrate sample --contacts 1000 --receipts 5000\n  \
                                  tillbridge migrate check";

/// What sample to write.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many customers
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=CONTACTS_MAX))]
    contacts: u64,
    /// How many receipts
    #[arg(long, value_name = "NUMBER", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(0..=RECEIPTS_MAX))]
    receipts: u64,
    /// What it is drawn from: the same number gives the same export
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The day that it ends before; without it today
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// How receipts stand in it
    #[arg(long, value_enum, default_value_t = Receipts::Rows)]
    receipts_as: Receipts,
    /// Make no faults
    #[arg(long)]
    faultless: bool,
    /// Give Swedish customers personal identity numbers
    #[arg(long)]
    personal_numbers: bool,
}

/// How receipts stand in it.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Receipts {
    /// A row a line, in one file
    Rows,
    /// A file of receipts and one of their lines
    TwoFiles,
    /// JSON Lines, an object a receipt
    JsonLines,
}

/// Writes it.
///
/// # Errors
/// When there is a migration in the folder already, or the disk can't take it.
pub(super) fn run(folder: &Folder, arguments: &Arguments) -> anyhow::Result<Exit> {
    if folder.mapping().exists() {
        let error = anyhow!(
            "{} is there already, and a person may have written it; name another --folder",
            folder.mapping().display()
        );
        return Err(Exit::Refused.because(error));
    }
    let today = || gateway::Clock::start().now().to_zoned(TimeZone::UTC).date();
    let options = Options {
        contacts: arguments.contacts,
        receipts: arguments.receipts,
        seed: arguments.seed,
        until: arguments.until.unwrap_or_else(today),
        form: match arguments.receipts_as {
            Receipts::Rows => Form::Rows,
            Receipts::TwoFiles => Form::HeaderAndLines,
            Receipts::JsonLines => Form::JsonLines,
        },
        faults: if arguments.faultless { Faults::none() } else { Faults::usual() },
        personal_numbers: arguments.personal_numbers,
    };
    let truth = sample::write(folder, &options)
        .with_context(|| format!("can't write a sample to {}", folder.path().display()))?;
    for entity in Entity::ALL {
        let rows = truth.exported.tallies.get(&entity).map_or(0, |tally| tally.rows);
        print::line(&format!("{:>10} rows of {}", rows, entity.as_str()))?;
    }
    print::line(&format!("{} fits; next: {}", folder.mapping().display(), next(folder, "check")))?;
    Ok(Exit::Success)
}
