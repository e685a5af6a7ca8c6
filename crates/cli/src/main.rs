//! The one binary: arguments, configuration, wiring.

#[expect(dead_code, reason = "the commands that act on the settings come with the gateway's wiring")]
mod config;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;

/// Connects shop tills to Voyado Engage, and keeps selling when the link is down
#[derive(Debug, clap::Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file; without it ./tillbridge.toml, if it exists
    #[arg(long, global = true, value_name = "FILE", env = "TILLBRIDGE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write, check or show the configuration
    #[command(subcommand)]
    Config(config::command::Command),
}

fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    let done = match command {
        Command::Config(command) => config::command::run(&command, config.as_deref()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
