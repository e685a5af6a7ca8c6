//! The one binary: arguments, configuration, wiring.
//!
//! Each command is a module; what they share is small: the configuration, the exit codes, the log, the desk at which
//! operators are served whether a gateway runs or not. Decisions about sales and deliveries are made elsewhere.

mod arguments;
mod config;
mod contact;
mod demo;
mod desk;
mod doctor;
mod exit;
mod logs;
mod migrate;
mod print;
mod promotions;
mod queue;
mod serve;
mod stand_in;
mod token;
mod web;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime;

use arguments::{Arguments, Command};
use exit::Exit;

fn main() -> ExitCode {
    run(Arguments::parse()).unwrap_or_else(|error| exit::report(&error))
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { config, log, command } = arguments;
    let path = config.as_deref();
    // The only way it fails is that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    log.start(match &command {
        Command::Serve | Command::Sandbox(_) => "info",
        Command::Demo(_) => "error",
        _ => "warn",
    })?;
    match command {
        Command::Demo(arguments) => return server()?.block_on(demo::run(&arguments)).map(ExitCode::from),
        Command::Serve => server()?.block_on(serve::run(path))?,
        Command::Sandbox(arguments) => server()?.block_on(stand_in::run(&arguments, path))?,
        Command::Config(command) => return config::command::run(&command, path),
        Command::Doctor(arguments) => {
            return tool()?.block_on(doctor::run(&arguments, path)).map(ExitCode::from);
        }
        Command::Migrate(arguments) => {
            return server()?.block_on(migrate::run(&arguments, path)).map(ExitCode::from);
        }
        Command::Promotions(command) => {
            return tool()?.block_on(promotions::run(&command, path)).map(ExitCode::from);
        }
        Command::Queue(command) => tool()?.block_on(queue::run(&command, path))?,
        Command::Contact(command) => tool()?.block_on(contact::run(&command, path))?,
        Command::Token(command) => tool()?.block_on(token::run(&command, path))?,
        Command::Openapi => print::line(&gateway::openapi().to_pretty_json()?)?,
        Command::Completions { shell } => arguments::complete(shell)?,
    }
    Ok(Exit::Success.into())
}

/// Threads for a server.
fn server() -> anyhow::Result<runtime::Runtime> {
    Ok(runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// One thread, for a command that soon ends.
fn tool() -> anyhow::Result<runtime::Runtime> {
    Ok(runtime::Builder::new_current_thread().enable_all().build()?)
}
