//! The log: to stderr, as text for people or as JSON for machines.
//!
//! What is logged is decided where it is logged; which of it is shown is the filter's. Lines hold no personal data.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One object a line, for machines
    Json,
}

/// What the log shows and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Log {
    /// What is logged, such as `debug` or `info,gateway=debug`; without it RUST_LOG, else what the command shows by itself
    #[arg(long, global = true, value_name = "FILTER", env = "TILLBRIDGE_LOG", help_heading = "Log")]
    log: Option<String>,
    /// How lines of the log look; they go to stderr
    #[arg(long, global = true, value_enum, default_value = "text", help_heading = "Log")]
    log_format: Format,
}

impl Log {
    /// Starts the log; `otherwise` is the filter where nobody gave one.
    ///
    /// # Errors
    /// A filter that can't be read.
    pub(crate) fn start(&self, otherwise: &str) -> anyhow::Result<()> {
        let from_environment = || std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|text| !text.is_empty());
        let filter = self.log.clone().or_else(from_environment);
        let filter = EnvFilter::try_new(filter.as_deref().unwrap_or(otherwise))?;
        let builder = fmt().with_env_filter(filter).with_writer(io::stderr);
        match self.log_format {
            Format::Text => builder.with_ansi(coloured(io::stderr().is_terminal())).init(),
            Format::Json => builder.json().flatten_event(true).init(),
        }
        Ok(())
    }
}

/// Whether colour is welcome: on a terminal, unless `NO_COLOR` is set (no-color.org).
pub(crate) fn coloured(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
