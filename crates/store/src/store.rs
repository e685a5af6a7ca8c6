//! The async side: one thread that writes, a few connections that read.
//!
//! The writer takes all that is waiting in its channel as one group, and never sleeps for more: what arrives while a
//! group is being synced is the next group. Readers never stand in its way.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::checkout::{Held, Hold, Release, Released};
use crate::command::{
    Accept, Accepted, Begin, Begun, Bind, Command, Condense, Confirm, Forget, Forgotten, IssueToken, Keep,
    Quarantine, Remember, RevokeToken, Settle, Settled, Sweep, TokenVerdict, Verdict,
};
use crate::database::{Database, io};
use crate::error::Error;
use crate::keys::Keys;
use crate::operator::{Discard, Operated, Replace, Retry};
use crate::reader::Reader;
use crate::rows::ContactState;

/// Commands in one transaction at most, so that no answer waits long for others.
const GROUP_MAX: usize = 256;
/// With this many commands a group is worth its sync, and goes.
const GROUP_ENOUGH: usize = 32;
/// Commands that wait for the writer at most; those who bring more wait themselves.
const QUEUE_MAX: usize = 1_024;
/// Reading connections at most.
const READERS_MAX: usize = 4;

/// The writer pairs each command with its own kind of verdict.
const MISMATCH: &str = "a command is answered by the verdict of its kind";

/// A handle to the database; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    commands: mpsc::Sender<Message>,
    writer: Mutex<Option<JoinHandle<()>>>,
    keys: Keys,
    file: PathBuf,
    /// One permit for each reader that may be in use.
    reading: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
}

#[derive(Debug)]
enum Message {
    Write(Box<Command>, oneshot::Sender<Result<Verdict, Error>>),
    Stop,
}

impl Store {
    /// Gives the database a thread of its own.
    ///
    /// # Errors
    /// Where the thread can't be started.
    pub fn start(database: Database) -> Result<Self, Error> {
        let (commands, receiver) = mpsc::channel(QUEUE_MAX);
        let keys = database.keys();
        let file = database.file().to_owned();
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write(database, receiver))
            .map_err(|source| io("start the writer of", &file, source))?;
        let shared = Shared {
            commands,
            writer: Mutex::new(Some(writer)),
            keys,
            file,
            reading: Arc::new(Semaphore::new(READERS_MAX)),
            idle: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What makes the keyed hashes of this database.
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }

    /// Decides and keeps one command; answers after its commit was synced.
    ///
    /// # Errors
    /// See [`Database::commit`]; [`Error::Stopped`] after [`Store::shutdown`]. Dropping the future does not take the
    /// command back.
    pub async fn submit(&self, command: Command) -> Result<Verdict, Error> {
        let (answer, answered) = oneshot::channel();
        let message = Message::Write(Box::new(command), answer);
        self.shared.commands.send(message).await.map_err(|_| Error::Stopped)?;
        if self.shared.commands.capacity() == QUEUE_MAX - GROUP_ENOUGH {
            // The writer may wait for this very core: then it goes now, and its sync passes while others work here.
            std::thread::yield_now();
        }
        answered.await.map_err(|_| Error::Stopped)?
    }

    /// Reads on a thread that may block.
    ///
    /// # Errors
    /// Those of `read`, and where a connection can't be opened.
    pub async fn read<T, F>(&self, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.shared.reading).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let shared = Arc::clone(&self.shared);
        let reading = tokio::task::spawn_blocking(move || {
            let reader = match held(&shared.idle).pop() {
                Some(reader) => reader,
                None => Reader::open(&shared.file)?,
            };
            let answer = read(&reader);
            held(&shared.idle).push(reader);
            // Given back here and not by the future, which may be dropped while this goes on.
            drop(permit);
            answer
        });
        match reading.await {
            Ok(answer) => answer,
            Err(failed) => match failed.try_into_panic() {
                // A panic is a bug of the caller's closure and goes on where it belongs.
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::Stopped),
            },
        }
    }

    /// Ends the store: what was submitted before is kept and answered, what comes later is refused, and the file is
    /// closed when this returns.
    pub async fn shutdown(&self) {
        // Readers first: the last connection to close leaves a file without a log.
        drop(self.shared.reading.acquire_many(READERS_MAX as u32).await);
        self.shared.reading.close();
        held(&self.shared.idle).clear();
        let stopping = self.shared.commands.send(Message::Stop).await;
        let Some(writer) = held(&self.shared.writer).take() else { return };
        let ended = tokio::task::spawn_blocking(move || writer.join()).await;
        if stopping.is_err() || !matches!(ended, Ok(Ok(()))) {
            tracing::error!("the store's writer had ended before it was told to");
        }
    }
}

/// The commands by name, each with its own verdict.
impl Store {
    /// See [`Command::Accept`].
    ///
    /// # Errors
    /// Those of [`Store::submit`], here and in all that follow.
    pub async fn accept(&self, accept: Accept) -> Result<Accepted, Error> {
        match self.submit(Command::Accept(accept)).await? {
            Verdict::Accept(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Begin`].
    pub async fn begin(&self, begin: Begin) -> Result<Begun, Error> {
        match self.submit(Command::Begin(begin)).await? {
            Verdict::Begin(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Settle`].
    pub async fn settle(&self, settle: Settle) -> Result<Settled, Error> {
        match self.submit(Command::Settle(settle)).await? {
            Verdict::Settle(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Confirm`].
    pub async fn confirm(&self, confirm: Confirm) -> Result<Settled, Error> {
        match self.submit(Command::Confirm(confirm)).await? {
            Verdict::Settle(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Bind`].
    pub async fn bind(&self, bind: Bind) -> Result<ContactState, Error> {
        match self.submit(Command::Bind(bind)).await? {
            Verdict::Bind(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Remember`].
    pub async fn remember(&self, remember: Remember) -> Result<Option<ContactState>, Error> {
        match self.submit(Command::Remember(remember)).await? {
            Verdict::Remember(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Retry`].
    pub async fn retry(&self, retry: Retry) -> Result<Operated, Error> {
        match self.submit(Command::Retry(retry)).await? {
            Verdict::Operate(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Discard`].
    pub async fn discard(&self, discard: Discard) -> Result<Operated, Error> {
        match self.submit(Command::Discard(discard)).await? {
            Verdict::Operate(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Replace`].
    pub async fn replace(&self, replace: Replace) -> Result<Operated, Error> {
        match self.submit(Command::Replace(replace)).await? {
            Verdict::Operate(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Quarantine`].
    pub async fn quarantine(&self, quarantine: Quarantine) -> Result<i64, Error> {
        match self.submit(Command::Quarantine(quarantine)).await? {
            Verdict::Quarantine(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::IssueToken`].
    pub async fn issue_token(&self, issue: IssueToken) -> Result<TokenVerdict, Error> {
        match self.submit(Command::IssueToken(issue)).await? {
            Verdict::Token(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::RevokeToken`].
    pub async fn revoke_token(&self, revoke: RevokeToken) -> Result<TokenVerdict, Error> {
        match self.submit(Command::RevokeToken(revoke)).await? {
            Verdict::Token(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Condense`].
    pub async fn condense(&self, condense: Condense) -> Result<u64, Error> {
        match self.submit(Command::Condense(condense)).await? {
            Verdict::Condense(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Sweep`].
    pub async fn sweep(&self, sweep: Sweep) -> Result<u64, Error> {
        match self.submit(Command::Sweep(sweep)).await? {
            Verdict::Sweep(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Keep`].
    pub async fn keep(&self, keep: Keep) -> Result<(), Error> {
        match self.submit(Command::Keep(keep)).await? {
            Verdict::Keep => Ok(()),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Hold`].
    pub async fn hold(&self, hold: Hold) -> Result<Held, Error> {
        match self.submit(Command::Hold(hold)).await? {
            Verdict::Hold(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Release`].
    pub async fn release(&self, release: Release) -> Result<Released, Error> {
        match self.submit(Command::Release(release)).await? {
            Verdict::Release(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }

    /// See [`Command::Forget`].
    pub async fn forget(&self, forget: Forget) -> Result<Forgotten, Error> {
        match self.submit(Command::Forget(forget)).await? {
            Verdict::Forget(verdict) => Ok(verdict),
            _ => unreachable!("{MISMATCH}"),
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in it is whole whenever somebody panics.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process where its writer panics: one that lived on would answer every till that it is stopped, and no
/// supervisor would know.
struct TheProcess;

impl Drop for TheProcess {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(
                "the writer of the database panicked; the process ends, and loses nothing it acknowledged"
            );
            std::process::abort();
        }
    }
}

/// The writer's life.
fn write(mut database: Database, mut receiver: mpsc::Receiver<Message>) {
    let _with_the_writer_ends = TheProcess;
    let mut commands = Vec::with_capacity(GROUP_MAX);
    let mut answers = Vec::with_capacity(GROUP_MAX);
    while let Some(first) = receiver.blocking_recv() {
        gather(first, &mut receiver, &mut commands, &mut answers);
        let verdicts = database.commit(&commands);
        commands.clear();
        answer(verdicts, &mut answers);
    }
}

/// Takes all that is waiting. It never sleeps for more, but whoever is about to bring more and waits for this core goes
/// first: a group costs its pages and its sync, however few commands share them.
fn gather(
    first: Message,
    receiver: &mut mpsc::Receiver<Message>,
    commands: &mut Vec<Command>,
    answers: &mut Vec<oneshot::Sender<Result<Verdict, Error>>>,
) {
    let mut next = Some(first);
    let mut before_yield = 0;
    loop {
        match next {
            Some(Message::Write(command, answer)) => {
                commands.push(*command);
                answers.push(answer);
            }
            // What was sent before this is in the channel or here; what comes later is refused.
            Some(Message::Stop) => receiver.close(),
            None if (before_yield + 1..GROUP_ENOUGH).contains(&commands.len()) => {
                before_yield = commands.len();
                std::thread::yield_now();
            }
            None => return,
        }
        if commands.len() == GROUP_MAX {
            return;
        }
        next = receiver.try_recv().ok();
    }
}

/// Nobody may be waiting any longer: the command was kept all the same, and the same again gets the same answer.
fn answer(
    verdicts: Result<Vec<Result<Verdict, Error>>, Error>,
    answers: &mut Vec<oneshot::Sender<Result<Verdict, Error>>>,
) {
    match verdicts {
        Ok(verdicts) => {
            for (answer, verdict) in answers.drain(..).zip(verdicts) {
                drop(answer.send(verdict));
            }
        }
        Err(error) => {
            for answer in answers.drain(..) {
                drop(answer.send(Err(error.clone())));
            }
        }
    }
}
