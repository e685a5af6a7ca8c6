//! Does what [`decide`] says, a step at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::decide::{Seen, Step, Waiting, decide};
use super::journal::{Entry, Journal, Line, VERSION};
use super::state::State;
use super::{Begins, Ended, Error, Event, Options, Patience, Setup, batches, check_plan, digest, fill, sent};
use crate::ids::{self, Asking};
use crate::manifest::PlannedFile;
use crate::sftp::{self, Session};
use crate::surroundings::Surroundings;

/// The first pause of those that grow: between two looks at a folder, and after a server that didn't answer.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
/// The longest. Engage picks files up hourly (fact M-08): a file waits no sixth longer than it must.
const PAUSE_LONGEST: Duration = Duration::from_secs(10 * 60);
/// So often an unreachable server is tried in a row by a run that doesn't stay.
const TRIES: u32 = 4;
/// So often a file is sent in one run.
const SENDS_MAX: u32 = 5;

pub(super) struct Shell<'a, 'e> {
    pub setup: Setup<'a>,
    pub around: Surroundings<'a>,
    pub events: &'e mut (dyn FnMut(Event) + Send),
    journal: Journal,
    pub state: State,
    seen: Seen,
    session: Option<Session>,
    sends: BTreeMap<String, u32>,
}

pub(super) async fn run(
    setup: Setup<'_>,
    options: &Options,
    around: Surroundings<'_>,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Ended, Error> {
    let (journal, lines) = Journal::open(&setup.folder.journal())?;
    sent::mend(setup.folder)?;
    let state = State::of(&lines);
    let (seen, session, sends) = (Seen::default(), None, BTreeMap::new());
    let mut shell = Shell { setup, around, events, journal, state, seen, session, sends };
    shell.take_words(&options.words)?;
    if check_plan(setup.manifest, &shell.state)? == Begins::Anew {
        let (digest, scope) = (digest(setup.manifest), setup.manifest.scope);
        shell.note(Entry::Plan { version: VERSION, digest, scope })?;
    }
    let ended = shell.work(options.patience).await;
    if let Some(session) = shell.session.take() {
        session.close().await;
    }
    ended
}

impl Shell<'_, '_> {
    fn take_words(&mut self, words: &[(String, bool)]) -> Result<(), Error> {
        for (file, imported) in words {
            let planned = self.setup.manifest.files.iter().find(|planned| planned.name == *file);
            if planned.is_none() && !self.state.files.contains_key(file) {
                return Err(Error::NoSuchFile(file.clone()));
            }
            if let (Some(planned), true) = (planned, *imported) {
                sent::note(self.setup.folder, planned)?;
            }
            self.note(Entry::Word { file: file.clone(), imported: *imported })?;
        }
        Ok(())
    }

    async fn work(&mut self, patience: Patience) -> Result<Ended, Error> {
        // Looks and failures in a row; a deed starts both anew.
        let (mut looks, mut failures) = (0, 0);
        loop {
            if self.around.is_stopped() {
                return Ok(Ended::Stopped);
            }
            let step = decide(&self.setup.manifest.files, &self.state, &self.seen, self.setup.road);
            let is_look = matches!(step, Step::Look(_) | Step::AskBatch { .. });
            match step {
                Step::Done => return Ok(Ended::Done),
                Step::Wait(on) => {
                    if patience == Patience::Leave || !on.iter().any(|waiting| waiting.on.passes()) {
                        return Ok(waiting(on));
                    }
                    let pause = grown(looks);
                    looks += 1;
                    (self.events)(Event::Waiting { on, pause });
                    (self.around.pause)(pause).await;
                    self.seen = Seen::default();
                }
                step => match self.perform(step).await {
                    Ok(()) => {
                        failures = 0;
                        looks = if is_look { looks } else { 0 };
                    }
                    Err(Error::Sftp(sftp::Error::Stopped)) => return Ok(Ended::Stopped),
                    Err(error) if error.passes() && (patience == Patience::Stay || failures + 1 < TRIES) => {
                        let pause = hinted(&error).unwrap_or_else(|| grown(failures));
                        failures += 1;
                        self.session = None;
                        self.seen = Seen::default();
                        (self.events)(Event::Unreachable { reason: said(&error), pause });
                        (self.around.pause)(pause).await;
                    }
                    Err(error) => return Err(error),
                },
            }
        }
    }

    async fn perform(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Look(folder) => {
                let entries = self.server().await?.list(&folder).await?;
                let listing = entries.into_iter().map(|entry| (entry.name, entry.bytes)).collect();
                self.seen.folders.insert(folder, listing);
                Ok(())
            }
            Step::Note(entry) => self.learn(entry),
            Step::Fill(file) => fill::fill(self, &file).await,
            Step::Remove(folder, part) => {
                let path = joined(&folder, &part);
                let removed = self.server().await?.remove(&path).await.map(drop);
                self.seen.folders.remove(&folder);
                Ok(removed?)
            }
            Step::Send { file, part } => self.send(&file, &part).await,
            Step::Rename { file, part } => {
                let folder = self.planned(&file)?.folder.clone();
                let (from, to) = (joined(&folder, &part), joined(&folder, &file));
                let renamed = self.server().await?.rename(&from, &to).await;
                self.seen.folders.remove(&folder);
                renamed?;
                self.learn(Entry::Uploaded { file })
            }
            Step::SendBatch { file, batch } => batches::send(self, &file, batch).await,
            Step::AskBatch { file, batch, id } => {
                if batches::ask(self, &file, batch, &id).await? == batches::Is::NotEnded {
                    self.seen.unfinished_batch = Some(id);
                }
                Ok(())
            }
            // Answered before.
            Step::Wait(_) | Step::Done => Ok(()),
        }
    }

    async fn send(&mut self, file: &str, part: &str) -> Result<(), Error> {
        let (local, bytes_all) = self.checked(file)?;
        let attempts = self.sends.entry(file.to_owned()).or_default();
        *attempts += 1;
        if *attempts > SENDS_MAX {
            return Err(Error::NotKept { file: file.to_owned(), attempts: SENDS_MAX });
        }
        let folder = self.planned(file)?.folder.clone();
        self.seen.folders.remove(&folder);
        let path = joined(&folder, part);
        let stop = self.around.stop;
        self.server().await?;
        let events = &mut *self.events;
        let mut progress = |bytes| events(Event::Sending { file: file.to_owned(), bytes, bytes_all });
        let Some(session) = &self.session else { return Ok(()) };
        session.upload(&local, &path, stop, &mut progress).await?;
        // Every write was answered, so it lies there whole.
        self.learn(Entry::Whole { file: file.to_owned() })
    }

    /// The bytes of a file, which must be those that were planned.
    pub fn checked(&self, file: &str) -> Result<(PathBuf, u64), Error> {
        let planned = self.planned(file)?;
        let filled = self.state.files.get(file).and_then(|progress| progress.filled.as_ref());
        let (path, bytes, digest) = match filled {
            Some(filled) => (self.setup.folder.filled(file), filled.bytes, &filled.blake3),
            None => (self.setup.folder.files().join(file), planned.bytes, &planned.blake3),
        };
        let mut hasher = blake3::Hasher::new();
        let read = std::fs::File::open(&path).and_then(|from| hasher.update_reader(from).map(drop));
        let same = read.is_ok() && hasher.count() == bytes && hasher.finalize().to_hex().as_str() == digest;
        if same { Ok((path, bytes)) } else { Err(Error::FileChanged(path)) }
    }

    /// Writes to the journal what was learned, and says it.
    pub fn learn(&mut self, entry: Entry) -> Result<(), Error> {
        let event = match &entry {
            Entry::PickedUp { file } => {
                // Before the journal: a delta that is planned in between must not have these records again.
                sent::note(self.setup.folder, self.planned(file)?)?;
                Some(Event::PickedUp { file: file.clone() })
            }
            Entry::Uploaded { file } => Some(Event::Uploaded { file: file.clone() }),
            Entry::Found { file } => Some(Event::Found { file: file.clone() }),
            Entry::Lost { file } => Some(Event::SentAgain { file: file.clone() }),
            Entry::InDoubt { file } => Some(Event::InDoubt { file: file.clone() }),
            Entry::Filled { file, records, missing, .. } => {
                Some(Event::Filled { file: file.clone(), records: *records, missing: *missing })
            }
            Entry::BatchEnded { file, batch, failed, .. } => {
                let batches = super::batches_of(self.planned(file)?);
                Some(Event::BatchEnded { file: file.clone(), batch: *batch, batches, failed: *failed })
            }
            Entry::Plan { .. }
            | Entry::Begun { .. }
            | Entry::Whole { .. }
            | Entry::Word { .. }
            | Entry::BatchBegun { .. }
            | Entry::BatchAccepted { .. } => None,
        };
        self.note(entry)?;
        if let Some(event) = event {
            (self.events)(event);
        }
        Ok(())
    }

    fn note(&mut self, entry: Entry) -> Result<(), Error> {
        let line = Line { at: (self.around.now)(), entry };
        self.journal.append(&line)?;
        self.state.apply(&line);
        Ok(())
    }

    pub fn planned(&self, file: &str) -> Result<&PlannedFile, Error> {
        let found = self.setup.manifest.files.iter().find(|planned| planned.name == file);
        found.ok_or_else(|| Error::NoSuchFile(file.to_owned()))
    }

    pub fn engage(&self) -> Result<&Asking, Error> {
        const MISSING: &str = "Engage's API is needed for this plan, by bulk contacts or for the vouchers' member \
                               numbers: configure its address and key";
        self.setup.engage.ok_or(Error::NotConfigured(MISSING))
    }

    async fn server(&mut self) -> Result<&Session, Error> {
        const MISSING: &str =
            "the SFTP server isn't configured: host, user and password-file under [engage.sftp]";
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::connect(self.setup.sftp.ok_or(Error::NotConfigured(MISSING))?).await?,
        };
        Ok(self.session.insert(session))
    }
}

fn waiting(on: Vec<Waiting>) -> Ended {
    if on.iter().any(|waiting| !waiting.on.passes()) {
        Ended::NeedsPerson { on }
    } else {
        Ended::Waiting { on }
    }
}

fn grown(times: u32) -> Duration {
    (PAUSE_FIRST * 2_u32.saturating_pow(times.min(16))).min(PAUSE_LONGEST)
}

fn hinted(error: &Error) -> Option<Duration> {
    match error {
        Error::Engage(failure) | Error::Ids(ids::Error::Engage(failure)) => ids::wanted(failure),
        _ => None,
    }
}

/// The whole chain of an error.
fn said(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn joined(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}
