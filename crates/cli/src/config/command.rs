//! `tillbridge config`: write the commented file, check what is in force, show it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

/// The exit code of a faulty configuration (`EX_CONFIG` of sysexits.h).
pub(crate) const EXIT_FAULTY: u8 = 78;

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write the commented file with every default; an existing file is left alone
    Init {
        /// Where to write it
        #[arg(default_value = super::FILE)]
        path: PathBuf,
        /// Write over an existing file
        #[arg(long)]
        force: bool,
    },
    /// Check the file and the environment; exits with 78 if something is wrong
    Check,
    /// Show what is in force and where each value comes from, without secrets
    Show {
        /// Write JSON: settings, rates and stores, each with its origin
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the file, for editors
    Schema,
}

/// Does it: data to stdout, all else to stderr.
///
/// # Errors
/// A file or stream that can't be written. A faulty configuration is an exit code.
pub(crate) fn run(command: &Command, path: Option<&Path>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init { path, force } => init(path, *force),
        Command::Check => inspect(path, verdict),
        Command::Show { json: false } => inspect(path, super::show),
        Command::Show { json: true } => inspect(path, super::show_json),
        Command::Schema => print(&super::json_schema()),
    }
}

/// Loads the configuration and says what there is to say about it; faults become an exit code.
fn inspect(path: Option<&Path>, answer: fn(&super::Loaded) -> String) -> anyhow::Result<ExitCode> {
    match super::load(path, super::environment()) {
        Ok(loaded) => {
            let mut stderr = io::stderr().lock();
            for warning in &loaded.warnings {
                writeln!(stderr, "warning: {warning}")?;
            }
            print(&answer(&loaded))
        }
        Err(faults) => {
            writeln!(io::stderr(), "{faults}")?;
            Ok(ExitCode::from(EXIT_FAULTY))
        }
    }
}

fn verdict(loaded: &super::Loaded) -> String {
    match &loaded.file {
        Some(path) => format!("{} and the environment are right\n", path.display()),
        None => format!("there is no {}; the defaults and the environment are right\n", super::FILE),
    }
}

fn init(path: &Path, force: bool) -> anyhow::Result<ExitCode> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!force);
    // It may come to hold the API key.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(super::template().as_bytes()));
    written.with_context(|| {
        let hint = if force || !path.exists() { "" } else { "; --force writes over it" };
        format!("can't write {}{hint}", path.display())
    })?;
    writeln!(io::stderr(), "wrote {}", path.display())?;
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
