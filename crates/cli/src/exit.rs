//! How the process ends: the exit codes, all of them, and the way from an error to its code.
//!
//! The numbers are a promise to scripts: one is added, none is ever changed. Where `sysexits.h` has a number for it,
//! it is that one.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Success,
    /// Something failed that has no code of its own.
    Failure,
    /// The arguments can't be understood; clap says so itself.
    Usage,
    /// A check, a comparison or a step of the demonstration found something wrong.
    CheckFailed,
    /// What was named is not there.
    NotFound,
    /// What was asked for can't be done in this state.
    Refused,
    /// Engage isn't what the promotions file says.
    Differs,
    /// It goes on later, by itself or when it is called again.
    Unfinished,
    /// An address can't be listened on, or a running process doesn't answer.
    Unavailable,
    /// Another process holds the data directory.
    Busy,
    /// The configuration is wrong.
    Configuration,
}

impl Exit {
    /// Each of them, in the order of their numbers.
    const ALL: [Exit; 11] = [
        Exit::Success,
        Exit::Failure,
        Exit::Usage,
        Exit::CheckFailed,
        Exit::NotFound,
        Exit::Refused,
        Exit::Differs,
        Exit::Unfinished,
        Exit::Unavailable,
        Exit::Busy,
        Exit::Configuration,
    ];

    const fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::CheckFailed => 3,
            Exit::NotFound => 4,
            Exit::Refused => 5,
            Exit::Differs => 6,
            Exit::Unfinished => 7,
            Exit::Unavailable => 69,
            Exit::Busy => 75,
            Exit::Configuration => 78,
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Exit::Success => "done",
            Exit::Failure => "something failed; stderr says what",
            Exit::Usage => "the arguments can't be understood",
            Exit::CheckFailed => "a check found something wrong: doctor, demo, migrate",
            Exit::NotFound => "there is no such delivery, token, contact or promotion",
            Exit::Refused => "it is there, but this can't be done with it now",
            Exit::Differs => "promotions plan found Engage to differ from the promotions file",
            Exit::Unfinished => "migrate goes on later: when files are taken, or when it is called again",
            Exit::Unavailable => "an address can't be listened on, or the running process doesn't answer",
            Exit::Busy => "another process holds the data directory",
            Exit::Configuration => "the configuration is wrong; stderr lists every fault",
        }
    }

    /// The error, with this as the way the process ends.
    pub(crate) fn because(self, error: impl Into<anyhow::Error>) -> anyhow::Error {
        Failure { exit: self, error: error.into() }.into()
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The codes as the long help lists them.
pub(crate) fn help() -> String {
    let rows = Exit::ALL.map(|exit| format!("  {:>2}  {}", exit.code(), exit.meaning()));
    format!("Exit codes:\n{}", rows.join("\n"))
}

/// An error that knows how the process ends.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl std::error::Error for Failure {}

/// Says what failed, with its causes, and how the process ends.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    // Whoever reads our output may have read enough, as `head` does.
    if error.chain().any(is_closed_pipe) {
        return Exit::Success.into();
    }
    eprintln!("error: {error:#}");
    let known = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
    known.map_or(Exit::Failure, |failure| failure.exit).into()
}

fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_and_in_order() {
        assert!(Exit::ALL.is_sorted_by(|left, right| left.code() < right.code()));
    }

    #[test]
    fn the_code_is_found_under_what_was_said_about_the_error() {
        let error = Exit::Busy.because(anyhow::anyhow!("held")).context("can't look");
        let known = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
        assert_eq!(known.map(|failure| failure.exit), Some(Exit::Busy));
        assert_eq!(format!("{error:#}"), "can't look: held");
    }
}
