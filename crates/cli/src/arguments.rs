//! The command line: what can be said, and the help that says so.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::{config, contact, demo, doctor, exit, logs, migrate, print, promotions, queue, stand_in, token};

/// Connects shop tills to Voyado Engage, and keeps selling when the link is down
///
/// Tills call one small HTTP API; Tillbridge keeps what they say on disk and brings it to Engage, however long the link
/// is down. Start with `tillbridge demo`, which needs nothing; then `tillbridge config init`, `tillbridge doctor` and
/// `tillbridge serve`.
///
/// Data goes to stdout and all else to stderr.
#[derive(Debug, Parser)]
#[command(name = "tillbridge", version, after_long_help = exit::help())]
pub(crate) struct Arguments {
    /// The configuration file; without it ./tillbridge.toml, if it exists
    #[arg(long, global = true, value_name = "FILE", env = "TILLBRIDGE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) log: logs::Log,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show it at work: a sandbox, a gateway and a till in one process, and a link that is cut
    ///
    /// Walks one customer through a small shop: she is unknown, becomes a member, is shown what she has, buys, brings back,
    /// exchanges; the link to Engage is cut, she buys again and moves; the link is mended, all of it arrives, once; she is
    /// forgotten. Somebody without a name takes a copy home, and a member gets his receipt by e-mail. Every step checks its
    /// own result.
    Demo(demo::Arguments),
    /// Serve the tills, and deliver to Engage, until SIGINT or SIGTERM
    ///
    /// Writes one line to stdout when tills may call: `listening gateway http://ADDRESS`. Engage need not be reachable. One
    /// process at a time has the data directory.
    Serve,
    /// Stand in for Engage, until SIGINT or SIGTERM
    ///
    /// Writes one line to stdout when it may be called: `listening sandbox http://ADDRESS`. Its tenant is set up as the
    /// configuration's engage, currencies and stores say; its pages are under /_sandbox/.
    Sandbox(stand_in::Arguments),
    /// Write, check or show the configuration
    #[command(subcommand)]
    Config(config::command::Command),
    /// Check all that must hold before a shop opens: Engage, stores, clock, disk
    Doctor(doctor::Arguments),
    /// Bring the promotions of the promotions file to Engage
    ///
    /// Needs Engage and no running gateway. What only a person can do in Engage is told.
    #[command(subcommand)]
    Promotions(promotions::Command),
    /// Bring a retailer's history to Engage: stores, contacts, receipts, points, vouchers
    ///
    /// Every row is checked before anything is written; files are made, rehearsed in a sandbox, sent and reconciled. Each
    /// step leaves its result in the migration's folder, so that it can be interrupted and taken again. To try it without
    /// an export: `tillbridge migrate sample`.
    Migrate(migrate::Arguments),
    /// Look after what is owed to Engage
    ///
    /// Works on the running gateway, or on its database where none runs, and says the same either way.
    #[command(subcommand)]
    Queue(queue::Command),
    /// Show or forget what is kept of a person
    ///
    /// For whoever answers a person's own request. Works on the running gateway, or on its database where none runs.
    #[command(subcommand)]
    Contact(contact::Command),
    /// Say who may call
    ///
    /// Works on the running gateway, or on its database where none runs.
    #[command(subcommand)]
    Token(token::Command),
    /// Print the description of the tills' API, OpenAPI 3.1
    Openapi,
    /// Print completions for a shell
    #[command(after_help = "Example:\n  tillbridge completions bash > /etc/bash_completion.d/tillbridge")]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// Prints completions for a shell.
///
/// # Errors
/// When they can't be written.
pub(crate) fn complete(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tillbridge", &mut script);
    print::text(&String::from_utf8(script)?)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use super::*;

    /// The page of the whole command line, generated from its own help.
    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_documented_command_line_is_the_real_one() {
        let page = page();
        if std::env::var_os("TILLBRIDGE_BLESS").is_some() {
            std::fs::write(PAGE, &page).unwrap();
        }
        let written = std::fs::read_to_string(Path::new(PAGE)).unwrap_or_default();
        assert!(written == page, "docs/cli.md isn't the help's own text; TILLBRIDGE_BLESS=1 writes it anew");
    }

    fn page() -> String {
        let mut out = String::from(
            "# The command line\n\nWritten from the program's own `--help`; a test compares the two. \
             `TILLBRIDGE_BLESS=1 cargo test -p tillbridge` writes it\nanew. The options of `tillbridge` itself \
             go with every command.\n",
        );
        // Hidden, so that the page doesn't depend on the environment it is made in.
        let command =
            Arguments::command().term_width(100).mut_args(|argument| argument.hide_env_values(true));
        section(&mut out, command, "");
        out
    }

    fn section(out: &mut String, mut command: clap::Command, path: &str) {
        let below_the_top = !path.is_empty();
        let path = format!("{path} {}", command.get_name()).trim().to_owned();
        command.build();
        // What every command takes is told once, at the top.
        let mut command = command.mut_args(|argument| {
            let told_above = below_the_top && argument.is_global_set();
            argument.hide(told_above)
        });
        command.build();
        let help = command.clone().bin_name(&path).term_width(100).render_long_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        write!(out, "\n## {path}\n\n```text\n{}\n```\n", help.join("\n").trim()).unwrap();
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            section(out, inner.clone(), &path);
        }
    }
}
