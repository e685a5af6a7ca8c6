//! Deciding and keeping commands.
//!
//! A group is tried as one transaction without any safety net, which is what nearly always works. Where a command
//! fails in it, the group is rolled back and done again with a savepoint around each, so that only that one fails.

mod accept;
mod contacts;
mod deliveries;
mod edges;
mod history;
mod operators;
mod steps;
mod tokens;
mod upkeep;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::command::{Command, Verdict};
use crate::database::Limits;
use crate::error::Error;
use crate::keys::Keys;
use crate::rows::{DeliveryId, DeliveryState, Note};

/// Why a whole group failed.
pub(crate) enum Failure {
    /// Before its commit: nothing was kept.
    Before(rusqlite::Error),
    /// In its commit: nobody knows.
    Commit(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Before(error)
    }
}

/// One group on its way.
struct Group<'c> {
    db: &'c Connection,
    limits: &'c Limits,
    keys: &'c Keys,
    counts: Counts,
}

/// How many deliveries came to a state, less how many left it; written once at the end of the group.
#[derive(Debug, Clone, Default)]
struct Counts(Vec<(String, DeliveryState, i64)>);

/// Decides `commands` in their order and commits.
pub(crate) fn group(
    connection: &mut Connection,
    commands: &[Command],
    limits: &Limits,
    keys: &Keys,
) -> Result<Vec<Result<Verdict, Error>>, Failure> {
    if let Some(verdicts) = together(connection, commands, limits, keys)? {
        return Ok(verdicts);
    }
    one_by_one(connection, commands, limits, keys)
}

/// After a stop: what was under way may or may not have landed.
pub(crate) fn interrupt(connection: &mut Connection, now: Timestamp, keys: &Keys) -> rusqlite::Result<()> {
    let mut ids = connection.prepare("SELECT id FROM deliveries WHERE state = 1 AND state <> 3")?;
    let in_flight: Vec<DeliveryId> = ids.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    drop(ids);
    if in_flight.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let limits = Limits::default();
    let mut group = Group { db: &transaction, limits: &limits, keys, counts: Counts::default() };
    for id in in_flight {
        steps::interrupt(&mut group, id, now)?;
    }
    let counts = group.counts;
    counts.write(&transaction)?;
    transaction.commit()
}

/// `None` where a command failed and nothing was kept.
fn together(
    connection: &mut Connection,
    commands: &[Command],
    limits: &Limits,
    keys: &Keys,
) -> Result<Option<Vec<Result<Verdict, Error>>>, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group { db: &transaction, limits, keys, counts: Counts::default() };
    let mut verdicts = Vec::with_capacity(commands.len());
    for command in commands {
        match decide(&mut group, command) {
            Ok(verdict) => verdicts.push(Ok(verdict)),
            Err(_) => return Ok(None),
        }
    }
    let counts = group.counts;
    finish(transaction, counts)?;
    Ok(Some(verdicts))
}

fn one_by_one(
    connection: &mut Connection,
    commands: &[Command],
    limits: &Limits,
    keys: &Keys,
) -> Result<Vec<Result<Verdict, Error>>, Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut group = Group { db: &transaction, limits, keys, counts: Counts::default() };
    let mut verdicts = Vec::with_capacity(commands.len());
    for command in commands {
        let counts_before = group.counts.clone();
        transaction.execute_batch("SAVEPOINT command")?;
        match decide(&mut group, command) {
            Ok(verdict) => verdicts.push(Ok(verdict)),
            // A full disk or a failing one ends the whole transaction by itself.
            Err(error) if transaction.is_autocommit() => return Err(Failure::Before(error)),
            Err(error) => {
                transaction.execute_batch("ROLLBACK TO command")?;
                group.counts = counts_before;
                verdicts.push(Err(error.into()));
            }
        }
        transaction.execute_batch("RELEASE command")?;
    }
    let counts = group.counts;
    finish(transaction, counts)?;
    Ok(verdicts)
}

fn finish(transaction: Transaction<'_>, counts: Counts) -> Result<(), Failure> {
    counts.write(&transaction)?;
    transaction.commit().map_err(Failure::Commit)
}

fn decide(group: &mut Group<'_>, command: &Command) -> rusqlite::Result<Verdict> {
    Ok(match command {
        Command::Accept(accept) => Verdict::Accept(accept::accept(group, accept)?),
        Command::Begin(begin) => Verdict::Begin(steps::begin(group, *begin)?),
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
    })
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
