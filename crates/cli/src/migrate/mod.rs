//! `tillbridge migrate`: brings a retailer's history to Engage, step by step.
//!
//! Each step reads what the one before it left in the migration's folder, so that any of them can be interrupted and
//! taken again. What is decided is decided in the `migration` crate; here are the clock, the signals, the bars.

mod sample;

use std::path::{Path, PathBuf};

use migration::Folder;

use crate::exit::Exit;

/// Which migration, and what to do with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The migration's folder
    #[arg(long, global = true, value_name = "FOLDER", default_value = "migration")]
    folder: PathBuf,
    #[command(subcommand)]
    command: Command,
}

/// A step.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write an export to try it all with, and the mapping that fits
    ///
    /// Stores, customers, receipts over two years, points and vouchers as an old system would export them, with a known
    /// share of every fault. Nobody in it exists. truth.json says what a check must find; answers/ holds the mended rows:
    /// copied to mended/, they are read in place of the faulty ones.
    #[command(after_help = sample::EXAMPLE)]
    Sample(sample::Arguments),
}

/// Does it.
///
/// # Errors
/// As the step says.
pub(crate) fn run(arguments: &Arguments, _config: Option<&Path>) -> anyhow::Result<Exit> {
    let folder = Folder::at(&arguments.folder);
    match &arguments.command {
        Command::Sample(arguments) => sample::run(&folder, arguments),
    }
}
