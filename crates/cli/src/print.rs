//! Data goes to stdout, and only data.

use std::io::{self, Write as _};

use serde::Serialize;

/// Writes a text as it is.
///
/// # Errors
/// When nobody reads any more, or the disk behind it is full.
pub(crate) fn text(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    // Whoever waits for a line waits for it now.
    Ok(stdout.flush()?)
}

/// Writes a line.
///
/// # Errors
/// As [`text`].
pub(crate) fn line(line: &str) -> anyhow::Result<()> {
    text(&format!("{line}\n"))
}

/// Writes a value as JSON for people and programs.
///
/// # Errors
/// As [`text`].
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// A count with what is counted, which takes an s: `1 row`, `2 rows`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
