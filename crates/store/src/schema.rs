//! The file's schema: how a connection is set up, and the steps from each released schema to the next.
//!
//! Steps are only ever added. A file that is newer than this list is refused and not touched.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, is_damage};
use crate::seal;

/// Step n leads from schema n to schema n + 1.
const STEPS: [&str; 1] = [include_str!("schema/1.sql")];

/// Bytes; two to three receipts share a page, and a group of them is written in few.
const PAGE_SIZE: u32 = 8192;
/// Pages in the log before it is copied back: rare enough that it doesn't show in the slowest answers.
const AUTOCHECKPOINT_PAGES: u32 = 4000;
/// Bytes that the log keeps on the disk once it was copied back, after a reader had held it up.
const LOG_KEPT: u32 = 2 * AUTOCHECKPOINT_PAGES * PAGE_SIZE;
/// KiB of cache of the writer, as SQLite wants it (negative: not pages).
const WRITER_CACHE_KIB: i32 = -8192;
/// KiB of cache of each reader.
const READER_CACHE_KIB: i32 = -2048;
/// How long to wait for a lock that some tool outside holds.
const BUSY: Duration = Duration::from_secs(5);
/// Distinct statements are fewer; none is ever compiled twice.
const STATEMENTS: usize = 256;

/// Opens the writing connection, brings the schema up to date, and answers the file's secret, which is `seed` if the
/// file is new.
pub(crate) fn open_writer(file: &Path, seed: &[u8; 32]) -> Result<(Connection, [u8; 32]), Error> {
    let mut connection = Connection::open(file).map_err(|error| named(file, error))?;
    let found = found_version(&connection).map_err(|error| named(file, error))?;
    let known = STEPS.len() as u32;
    if found > known {
        return Err(Error::Newer { file: file.to_owned(), found, known });
    }
    let mut ready = || {
        if found == 0 {
            lay_out(&connection)?;
        }
        set_up(&connection)?;
        migrate(&mut connection, found, seed)?;
        secret(&connection)
    };
    let secret = ready().map_err(|error| named(file, error))?;
    Ok((connection, secret))
}

/// Opens the writing connection once more, after it had to be thrown away. The file is there and up to date: were it
/// gone, a new one in its place would be an empty one.
pub(crate) fn reopen_writer(file: &Path) -> Result<Connection, Error> {
    let reopen = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(BUSY)?;
        set_up(&connection)?;
        Ok(connection)
    };
    reopen().map_err(|error| named(file, error))
}

/// Does something that gives up at once where another connection is in its way.
pub(crate) fn without_waiting<T>(
    connection: &Connection,
    act: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.busy_timeout(Duration::ZERO)?;
    let done = act(connection);
    connection.busy_timeout(BUSY)?;
    done
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(file: &Path) -> Result<Connection, Error> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(BUSY)?;
        compile_once(&connection)?;
        seal::register(&connection)?;
        connection.pragma_update(None, "cache_size", READER_CACHE_KIB)?;
        Ok(connection)
    };
    open().map_err(|error| named(file, error))
}

/// Tells damage of the file from other failures.
pub(crate) fn named(file: &Path, error: impl Into<Error>) -> Error {
    match error.into() {
        Error::Sqlite(source) if is_damage(&source) => Error::Damaged { file: file.to_owned(), source },
        error => error,
    }
}

/// Reads the version before anything is set up. Closing must not write the log back either, so that a newer file
/// keeps every byte.
fn found_version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// What counts only before the first table, and before the log. Said to a file that is there, it would cost every start
/// a write and a sync.
fn lay_out(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", AUTOCHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    // What is erased is overwritten; it costs nothing where nothing is.
    connection.pragma_update(None, "secure_delete", true)?;
    seal::register(connection)?;
    compile_once(connection)
}

/// Keeps every statement compiled. Without the planner's promise not to look at parameters, statements over a table
/// with a partial index would be compiled anew at each use, which took a third of the time of an accept.
fn compile_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

fn migrate(connection: &mut Connection, found: u32, seed: &[u8; 32]) -> rusqlite::Result<()> {
    for (version, step) in (0_u32..).zip(STEPS).skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        if version == 0 {
            // With the tables or not at all: a file without its secret could not recognise anybody.
            transaction.execute("INSERT INTO meta (name, value) VALUES ('secret', ?1)", [seed.as_slice()])?;
        }
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

fn secret(connection: &Connection) -> rusqlite::Result<[u8; 32]> {
    connection.query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| row.get(0))
}
