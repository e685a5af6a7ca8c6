//! The one file, and the one writer.
//!
//! `Database` is synchronous: [`crate::Store`] gives it a thread of its own. It holds the lock of its directory for
//! as long as it lives. After a failed commit the connection is thrown away and made anew before the next one, so
//! that nothing is decided on what may not be there.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::command::{Command, Verdict};
use crate::error::Error;
use crate::forgotten::ForgottenFile;
use crate::keys::Keys;
use crate::reader::Reader;
use crate::writer::{self, Failure, Means, Written};
use crate::{schema, seal};

/// The name of the database in its directory.
pub const FILE: &str = "tillbridge.db";
const LOCK: &str = "tillbridge.lock";
const SECRET_CONTEXT: &str = "tillbridge store 2026-11 secret";

/// Unreadable bodies that are kept.
const QUARANTINE_ROWS: u32 = 1_000;
/// Bytes of unreadable bodies that are kept.
const QUARANTINE_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes that are kept of one unreadable body.
const QUARANTINE_BODY_BYTES: usize = 64 * 1024;
/// Rows that one sweep touches, so that tills don't wait for it.
const SWEEP_ROWS: u32 = 500;

/// How to open a database.
#[derive(Clone)]
pub struct Options {
    /// Random bytes, others at each start: what contacts' keys are drawn from and, when the file is new, the key of all
    /// hashes in it.
    pub secret_seed: [u8; 32],
    /// The present.
    pub now: Timestamp,
    /// The bounds.
    pub limits: Limits,
}

/// What bounds the file where outside input could fill it, and the time one command may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Unreadable bodies that are kept; the oldest go first.
    pub quarantine_rows: u32,
    /// Bytes of unreadable bodies that are kept; the oldest go first.
    pub quarantine_bytes: u64,
    /// Bytes that are kept of one unreadable body; the rest is cut off.
    pub quarantine_body_bytes: usize,
    /// Rows that one sweep touches.
    pub sweep_rows: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            quarantine_rows: QUARANTINE_ROWS,
            quarantine_bytes: QUARANTINE_BYTES,
            quarantine_body_bytes: QUARANTINE_BODY_BYTES,
            sweep_rows: SWEEP_ROWS,
        }
    }
}

/// The database of one gateway.
#[derive(Debug)]
pub struct Database {
    /// `None` after a failure, until the next use. Before the lock, so that it is closed while the lock is held.
    connection: Option<Connection>,
    file: PathBuf,
    means: Means,
    /// What was erased may still stand in the log.
    log_holds_erased: bool,
    _lock: File,
}

impl Database {
    /// Opens the database in `dir`, or makes it. Who was forgotten after this database was backed up is forgotten
    /// again; every delivery that was in flight becomes unknown, due now.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Newer`], [`Error::Damaged`], [`Error::Forgotten`] and [`Error::Io`], as they say.
    /// None of them changes the database.
    pub fn open(dir: &Path, options: Options) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(|source| io("make the directory", dir, source))?;
        let lock = lock(dir)?;
        let file = dir.join(FILE);
        let forgotten = ForgottenFile::in_dir(dir);
        for_its_owner_alone(&file)?;
        sync_what_is_there(dir, &file, &forgotten)?;
        // Of the seed nothing is written down, or keys that were overwritten could be drawn again.
        let new_secret = blake3::derive_key(SECRET_CONTEXT, &options.secret_seed);
        let (mut connection, secret) = schema::open_writer(&file, &new_secret)?;
        let seals = seal::Source::new(&options.secret_seed, options.now);
        let means = Means { limits: options.limits, keys: Keys::new(&secret), seals, forgotten };
        let log_holds_erased = writer::start(&mut connection, options.now, &means)
            .map_err(|error| schema::named(&file, error))?;
        let mut database = Self { connection: None, file, means, log_holds_erased, _lock: lock };
        database.empty_log(&connection);
        database.connection = Some(connection);
        Ok(database)
    }

    /// Decides and keeps a group of commands in one transaction with one sync.
    ///
    /// Each is decided against the state that the earlier ones of the group left. One that the database can't do
    /// fails alone, as an inner error, and nothing of it is kept.
    ///
    /// # Errors
    /// [`Error::Unknown`] where the commit failed: the group may or may not have been kept, and the same may be sent
    /// again. [`Error::Full`], [`Error::Damaged`] and [`Error::Sqlite`] where it failed before: nothing was kept.
    pub fn commit(&mut self, commands: &[Command]) -> Result<Vec<Result<Verdict, Error>>, Error> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => schema::reopen_writer(&self.file)?,
        };
        let Written { verdicts, erased } =
            writer::group(&mut connection, commands, &self.means).map_err(|failure| match failure {
                Failure::Before(error) => schema::named(&self.file, error),
                Failure::Commit(error) => Error::Unknown(Arc::new(error)),
            })?;
        self.log_holds_erased |= erased;
        if erased || commands.iter().any(|command| matches!(command, Command::Sweep(_))) {
            self.empty_log(&connection);
        }
        self.connection = Some(connection);
        Ok(verdicts)
    }

    /// Lets what was erased leave the log too. Where a reader is in the way, or the disk, the next sweep tries again.
    fn empty_log(&mut self, connection: &Connection) {
        if !self.log_holds_erased {
            return;
        }
        match schema::without_waiting(connection, writer::empty_log) {
            Ok(is_empty) => self.log_holds_erased = !is_empty,
            Err(error) => {
                tracing::warn!(error = %error, "what was erased is still in the log of the database")
            }
        }
    }

    /// A connection that reads. It sees every group whose commit has returned.
    ///
    /// # Errors
    /// Where the file can't be opened.
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::open(&self.file)
    }

    /// The file, for those who open readers of their own.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What makes the keyed hashes of this file.
    pub fn keys(&self) -> Keys {
        self.means.keys.clone()
    }
}

/// Makes the file, if it isn't there, so that only its owner reads it; the log and its index take the mode over. An
/// empty file is a new database.
fn for_its_owner_alone(file: &Path) -> Result<(), Error> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|source| io("open", file, source))
}

fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join(LOCK);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| io("open", &path, source))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io("lock", &path, source)),
    }
}

/// What a killed process had written and had no time to sync is read back from the machine's memory, and tills that
/// send it again are told that it is known: first it must be on the disk. Before the connection, whose locks would end
/// with any other handle of the file.
fn sync_what_is_there(dir: &Path, file: &Path, forgotten: &ForgottenFile) -> Result<(), Error> {
    let mut log = file.to_owned().into_os_string();
    log.push("-wal");
    for path in [file, Path::new(&log), forgotten.path()] {
        let synced = File::options().read(true).write(true).open(path).and_then(|file| file.sync_all());
        match synced {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            synced => synced.map_err(|source| io("sync", path, source))?,
        }
    }
    sync_names(dir)
}

/// Syncs the names of the files, where a directory can be opened.
pub(crate) fn sync_names(dir: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| io("sync", dir, source))?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

pub(crate) fn io(what: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Io { what, path: path.to_owned(), source: Arc::new(source) }
}
