//! `tillbridge migrate`: brings a retailer's history to Engage, step by step.
//!
//! Each step reads what the one before it left in the migration's folder, so that any of them can be interrupted and
//! taken again. What is decided is decided in the `migration` crate; here are the clock, the signals, the bars.

mod compare;
mod init;
mod interrupt;
mod look;
mod plan_of;
mod progress;
mod rehearse;
mod returnables;
mod sample;
mod seed;
mod send;
mod twin;

use std::path::{Path, PathBuf};

use migration::Folder;

use crate::exit::Exit;

/// Where a migration is that isn't said to be elsewhere.
const FOLDER: &str = "migration";

/// Which migration, and what to do with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The migration's folder
    #[arg(long, global = true, value_name = "FOLDER", default_value = FOLDER)]
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
    /// Draft the mapping by looking at the export: migration.toml
    ///
    /// Reads the files whole (CSV, JSON Lines, Excel) and guesses what each is, its encoding, its columns' fields and forms,
    /// each with how sure it is and why. A person reads it before it is used.
    #[command(after_help = "Example:\n  tillbridge migrate init export/customers.csv export/sales.csv")]
    Init {
        /// The export's files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Read every row of the export, say what is wrong with it, and send nothing
    ///
    /// Exits with 3 while there are rows that can't be sent. They are in rejects/, in the columns of their file with the
    /// reasons beside; mended and saved under the same name in mended/, they are read in place of the faulty ones.
    Check(look::Checking),
    /// Check, and write the files for Engage
    ///
    /// The same export and mapping give the same files. Rows that can't be sent are left in rejects/.
    #[command(after_help = "Example:\n  tillbridge migrate plan --delta")]
    Plan(look::Planning),
    /// Play the whole run into a sandbox in this process, and compare what came of it
    ///
    /// Over SFTP, with Engage's clock and Voyado's part played too. Members, receipts and sums by store and month, points and
    /// vouchers are compared; rehearsal/report.html shows them. Exits with 3 when there are gaps.
    Rehearse {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Send the plan's files to Engage, in order, once, from wherever it broke off
    ///
    /// Stores, contacts, receipts, points, vouchers: a kind goes when those before it are in, one file at a time in each
    /// folder. Some imports only Voyado can start, and are named. It can be interrupted anywhere and run again; a file of
    /// points or vouchers of which nobody knows whether it was taken is never sent twice. Exits with 0 when all is in, with
    /// 7 when it goes on later, with 5 when a person must look at something first.
    #[command(after_help = "Example:\n  tillbridge migrate run --wait")]
    Run(send::Arguments),
    /// Show how far the run is, without asking anybody
    Status {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Look up every contact of the plan in Engage, and write who is who to ids.csv
    ///
    /// Goes on where it was interrupted. Exits with 3 when Engage doesn't know some of them; ids-missing.csv names them.
    Ids {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Compare what Engage has with what was sent, and name every gap
    ///
    /// First the plan by itself: rows read = sent + rejected + left out, files as planned. Then every contact that was sent,
    /// with receipts, points and vouchers. Writes report.html for people and report.json for programs. Nothing is written
    /// to Engage. It can be interrupted and goes on. Exits with 3 when there are gaps.
    #[command(after_help = "Example:\n  tillbridge migrate reconcile --sample 500")]
    Reconcile(compare::Arguments),
    /// Give the running gateway the old sales, so that returns after the go-live find them
    ///
    /// Their lines, prices and customers, from the plan; Engage is told nothing. What a till has sent itself is left alone.
    /// It can be interrupted and goes on. Exits with 3 when some weren't taken.
    LoadReturnables {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
///
/// # Errors
/// As the step says.
pub(crate) async fn run(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<Exit> {
    let folder = Folder::at(&arguments.folder);
    match &arguments.command {
        Command::Sample(arguments) => sample::run(&folder, arguments),
        Command::Init { files } => init::run(&folder, files),
        Command::Check(arguments) => look::check(&folder, arguments).await,
        Command::Plan(arguments) => look::plan(&folder, arguments).await,
        Command::Rehearse { json } => rehearse::run(&folder, *json).await,
        Command::Run(arguments) => send::run(&folder, arguments, config).await,
        Command::Status { json } => send::status(&folder, *json),
        Command::Reconcile(arguments) => compare::run(&folder, arguments, config).await,
        Command::LoadReturnables { json } => returnables::run(&folder, *json, config).await,
        Command::Ids { json } => send::ids(&folder, *json, config).await,
    }
}

/// How a step of the same migration is called.
fn next(folder: &Folder, step: &str) -> String {
    let path = folder.path();
    if path == Path::new(FOLDER) {
        return format!("tillbridge migrate {step}");
    }
    format!("tillbridge migrate --folder {} {step}", path.display())
}
