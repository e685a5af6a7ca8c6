//! What can go wrong, as far as a caller can act on it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the store could not do something. One failure may be the answer to many commands, so it can be cloned.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Another process has the directory.
    #[error("another process is running on {}", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// A newer release has written the file.
    #[error(
        "{} has schema {found}, this release knows {known}: run the newer release; the file was not touched",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// The file can't be read as a database. It stays where it is: moved aside, the next start would begin with an
    /// empty one and what is owed would be forgotten in silence.
    #[error(
        "{} is damaged and was left as it is: restore a backup, or recover it with `sqlite3 {} .recover`; \
         start anew only after moving it away by hand",
        file.display(),
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        #[source]
        source: Arc<rusqlite::Error>,
    },
    /// The file of those who were forgotten has a line that is no hash. It stays as it is: were the line passed over,
    /// somebody who was forgotten could come back.
    #[error(
        "line {line} of {} is not 32 hex digits: mend it from a copy, or take it out if it was put in by hand, then start again",
        file.display()
    )]
    Forgotten {
        /// The file.
        file: PathBuf,
        /// The line's number, from 1.
        line: u64,
    },
    /// The directory or a file in it can't be used.
    #[error("can't {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Arc<io::Error>,
    },
    /// The disk is full; nothing was kept.
    #[error("the disk is full, nothing was kept")]
    Full,
    /// The commit failed: it may or may not have been kept. Sending the same again is safe and tells.
    #[error("the write may or may not have been kept: send it again")]
    Unknown(#[source] Arc<rusqlite::Error>),
    /// The database failed at this one thing; nothing of it was kept.
    #[error("the database failed, nothing was kept")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// The store is shut down, or its writer has ended.
    #[error("the store is shut down")]
    Stopped,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

/// Whether SQLite says that the file itself is broken.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}
