//! Deciding and keeping commands.
//!
//! A group is tried as one transaction without any safety net, which is what nearly always works. Where a command
//! fails in it, the group is rolled back and done again with a savepoint around each, so that only that one fails.

mod accept;
mod along;
mod checkouts;
mod contacts;
mod deliveries;
mod documents;
mod draws;
mod edges;
mod forget;
mod history;
mod operators;
mod parts;
mod steps;
mod subjects;
mod tokens;
mod upkeep;
mod with;

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use crate::command::{Command, Verdict};
use crate::database::Limits;
use crate::error::Error;
use crate::forgotten::ForgottenFile;
use crate::keys::Keys;
use crate::rows::{Alias, DeliveryId, DeliveryState, Note};
use crate::seal;

/// The mark in the file that erased bytes may still stand in its log.
const LOG_HOLDS_ERASED: &str = "logHoldsErased";

/// What a group came to.
pub(crate) struct Written {
    pub(crate) verdicts: Vec<Result<Verdict, Error>>,
    /// Something was erased, and is to leave the log as well.
    pub(crate) erased: bool,
}

/// Why a whole group failed.
pub(crate) enum Failure {
    /// Before its commit: nothing was kept.
    Before(Error),
    /// In its commit: nobody knows.
    Commit(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Before(error.into())
    }
}

/// What the commands of every group need.
#[derive(Debug)]
pub(crate) struct Means {
    pub(crate) limits: Limits,
    pub(crate) keys: Keys,
    pub(crate) seals: seal::Source,
    pub(crate) forgotten: ForgottenFile,
}

/// One group on its way.
struct Group<'c> {
    db: &'c Connection,
    limits: &'c Limits,
    keys: &'c Keys,
    seals: &'c seal::Source,
    counts: Counts,
    /// Ids that the command at hand forgets, for the file beside the database.
    tombstones: Vec<Alias>,
    /// Whether something was erased.
    erased: bool,
}

/// How many deliveries came to a state, less how many left it; written once at the end of the group.
#[derive(Debug, Clone, Default)]
struct Counts(Vec<(String, DeliveryState, i64)>);

/// Decides `commands` in their order and commits.
pub(crate) fn group(
    connection: &mut Connection,
    commands: &[Command],
    means: &Means,
) -> Result<Written, Failure> {
    if let Some(written) = together(connection, commands, means)? {
        return Ok(written);
    }
    one_by_one(connection, commands, means)
}

/// At the start, before anything else: those who were forgotten after a backup was made are forgotten again where it
/// was put in place, and what was under way at a stop may or may not have landed. Answers whether the log may hold what
/// was erased.
pub(crate) fn start(connection: &mut Connection, now: Timestamp, means: &Means) -> Result<bool, Error> {
    let in_file = means.forgotten.read()?;
    let is_anybody = connection.prepare("SELECT 1 FROM tombstones")?.exists([])?;
    if is_anybody || !in_file.is_empty() {
        alone(connection, means, |group| forget::again(group, &in_file, now))?;
    }
    let mut ids = connection.prepare("SELECT id FROM deliveries WHERE state = 1 AND state <> 3")?;
    let in_flight: Vec<DeliveryId> = ids.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    drop(ids);
    if !in_flight.is_empty() {
        alone(connection, means, |group| {
            in_flight.iter().try_for_each(|id| steps::interrupt(group, *id, now))
        })?;
    }
    Ok(connection.prepare("SELECT 1 FROM meta WHERE name = ?1")?.exists([LOG_HOLDS_ERASED])?)
}

/// Does one thing in a transaction of its own. Nothing is written where there is nothing to change.
fn alone(
    connection: &mut Connection,
    means: &Means,
    act: impl FnOnce(&mut Group<'_>) -> rusqlite::Result<()>,
) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group::new(&transaction, means);
    act(&mut group)?;
    group.write_tombstones(&means.forgotten)?;
    group.finish()?;
    Ok(transaction.commit()?)
}

/// Empties the log, so that nothing that was erased is left in it; the file itself has zeros in the place of that.
/// `false` where a reader still needs the log.
pub(crate) fn empty_log(connection: &Connection) -> rusqlite::Result<bool> {
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !is_busy {
        connection.execute("DELETE FROM meta WHERE name = ?1", [LOG_HOLDS_ERASED])?;
    }
    Ok(!is_busy)
}

/// `None` where a command failed and nothing was kept.
fn together(
    connection: &mut Connection,
    commands: &[Command],
    means: &Means,
) -> Result<Option<Written>, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group::new(&transaction, means);
    let mut verdicts = Vec::with_capacity(commands.len());
    for command in commands {
        match decide(&mut group, command, means) {
            Ok(verdict) => verdicts.push(Ok(verdict)),
            Err(_) => return Ok(None),
        }
    }
    let erased = group.finish()?;
    transaction.commit().map_err(Failure::Commit)?;
    Ok(Some(Written { verdicts, erased }))
}

fn one_by_one(connection: &mut Connection, commands: &[Command], means: &Means) -> Result<Written, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group::new(&transaction, means);
    let mut verdicts = Vec::with_capacity(commands.len());
    for command in commands {
        let counts_before = group.counts.clone();
        transaction.execute_batch("SAVEPOINT command")?;
        match decide(&mut group, command, means) {
            Ok(verdict) => verdicts.push(Ok(verdict)),
            // A full disk or a failing one ends the whole transaction by itself.
            Err(error) if transaction.is_autocommit() => return Err(Failure::Before(error)),
            Err(error) => {
                transaction.execute_batch("ROLLBACK TO command")?;
                group.counts = counts_before;
                group.tombstones.clear();
                verdicts.push(Err(error));
            }
        }
        transaction.execute_batch("RELEASE command")?;
    }
    let erased = group.finish()?;
    transaction.commit().map_err(Failure::Commit)?;
    Ok(Written { verdicts, erased })
}

/// Decides one command. Whom it forgets stands in the file beside the database before the commit.
fn decide(group: &mut Group<'_>, command: &Command, means: &Means) -> Result<Verdict, Error> {
    let verdict = verdict(group, command)?;
    group.write_tombstones(&means.forgotten)?;
    Ok(verdict)
}

fn verdict(group: &mut Group<'_>, command: &Command) -> rusqlite::Result<Verdict> {
    Ok(match command {
        Command::Accept(accept) => Verdict::Accept(accept::accept(group, accept)?),
        Command::Begin(begin) => Verdict::Begin(steps::begin(group, begin)?),
        Command::Settle(settle) => Verdict::Settle(steps::settle(group, settle)?),
        Command::Confirm(confirm) => Verdict::Settle(steps::confirm(group, confirm)?),
        Command::Bind(bind) => Verdict::Bind(contacts::bind_known(group, bind)?),
        Command::Remember(remember) => Verdict::Remember(contacts::remember(group, remember)?),
        Command::Retry(retry) => Verdict::Operate(operators::retry(group, retry)?),
        Command::Discard(discard) => Verdict::Operate(operators::discard(group, discard)?),
        Command::Replace(replace) => Verdict::Operate(operators::replace(group, replace)?),
        Command::Quarantine(quarantine) => Verdict::Quarantine(upkeep::quarantine(group, quarantine)?),
        Command::IssueToken(issue) => Verdict::Token(tokens::issue(group, issue)?),
        Command::RevokeToken(revoke) => Verdict::Token(tokens::revoke(group, revoke)?),
        Command::Sweep(sweep) => Verdict::Sweep(upkeep::sweep(group, *sweep)?),
        Command::Condense(condense) => Verdict::Condense(upkeep::condense(group, condense)?),
        Command::Keep(keep) => upkeep::keep(group.db, keep).map(|()| Verdict::Keep)?,
        Command::Forget(forget) => Verdict::Forget(forget::forget(group, forget)?),
        Command::Hold(hold) => Verdict::Hold(checkouts::hold(group, hold)?),
        Command::Release(release) => Verdict::Release(checkouts::release(group, release)?),
    })
}

impl<'c> Group<'c> {
    fn new(db: &'c Connection, means: &'c Means) -> Self {
        Self {
            db,
            limits: &means.limits,
            keys: &means.keys,
            seals: &means.seals,
            counts: Counts::default(),
            tombstones: Vec::new(),
            erased: false,
        }
    }

    fn write_tombstones(&mut self, file: &ForgottenFile) -> Result<(), Error> {
        match std::mem::take(&mut self.tombstones).as_slice() {
            [] => Ok(()),
            tombstones => file.append(tombstones),
        }
    }

    /// Writes what is written once a group; answers whether something was erased.
    fn finish(self) -> rusqlite::Result<bool> {
        self.counts.write(self.db)?;
        if self.erased {
            self.db
                .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, x'')")?
                .execute([LOG_HOLDS_ERASED])?;
        }
        Ok(self.erased)
    }
}

impl Counts {
    fn add(&mut self, kind: &str, state: DeliveryState, change: i64) {
        match self.0.iter_mut().find(|(of, at, _)| *at == state && of == kind) {
            Some((_, _, sum)) => *sum += change,
            None => self.0.push((kind.to_owned(), state, change)),
        }
    }

    fn write(self, db: &Connection) -> rusqlite::Result<()> {
        let mut insert =
            db.prepare_cached("INSERT OR IGNORE INTO counts (kind, state, n) VALUES (?1, ?2, 0)")?;
        let mut update = db.prepare_cached("UPDATE counts SET n = n + ?3 WHERE kind = ?1 AND state = ?2")?;
        for (kind, state, change) in self.0.into_iter().filter(|(_, _, change)| *change != 0) {
            insert.execute((&kind, state))?;
            update.execute((&kind, state, change))?;
        }
        Ok(())
    }
}

/// A note of the store's own.
fn note(code: &str, detail: &str) -> Note {
    Note { code: code.to_owned(), detail: detail.to_owned() }
}
