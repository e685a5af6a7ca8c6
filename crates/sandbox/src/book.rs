//! A world with its journal: what is written first, happens then, and survives.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::effect::{Effect, Reply};
use crate::event::{Act, Event};
use crate::files::FileDeed;
use crate::journal::{Head, Journal, Next, Place};
use crate::settings::Settings;
use crate::snapshot;
use crate::world::{World, step};

/// A snapshot is taken after this many events at the least.
const SNAPSHOT_EVENTS_MIN: u64 = 10_000;
/// In a large world a snapshot is taken after a share of it has been replayed anew: one event for this many rows. So
/// what snapshots cost stays in proportion to what happens, and so does what a restart replays.
const SNAPSHOT_ROWS_PER_EVENT: u64 = 2;
/// So many bytes of a file are as much to replay as one event: a file is a single event with many rows.
const FILE_BYTES_PER_EVENT: u64 = 200;

/// A world, and the folder that keeps it, if one does.
#[derive(Debug)]
pub struct Book {
    world: World,
    events: u64,
    folder: Option<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    head: Head,
    journal: Journal,
    /// How many events the last snapshot holds.
    snapshot_events: u64,
    /// How much there is to replay since then, counted in events.
    to_replay: u64,
    /// Held for as long as the book is open, so that no other sandbox writes here.
    _lock: File,
}

/// What was found when a folder was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// How many events were read again.
    pub replayed: u64,
    /// How many bytes of a half-written last event were cut off.
    pub torn_bytes: u64,
}

/// Why a book cannot do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk says no.
    #[error("could not {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The disk's word.
        #[source]
        source: std::io::Error,
    },
    /// The journal is damaged; it is left as it is.
    #[error("line {line} of the journal is damaged")]
    Damaged {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The journal is of another format.
    #[error("the journal is of format {0}, which this version cannot read")]
    Format(u32),
    /// Another sandbox has the folder open.
    #[error("another sandbox uses this data folder")]
    InUse,
    /// The world is kept in memory only.
    #[error("this sandbox keeps its world in memory only: start it with a data folder")]
    NoFolder,
    /// There is no such event.
    #[error("the journal has {events} events, so there is no going back to {to}")]
    NoSuchEvent {
        /// How many there are.
        events: u64,
        /// Which was asked for.
        to: u64,
    },
    /// A fork of this name exists.
    #[error("a fork named {0} exists")]
    ForkExists(ForkName),
    /// The name cannot be a fork's.
    #[error("a fork's name has 1 to {FORK_NAME_MAX} lower-case letters, digits and dashes")]
    BadForkName,
}

impl Error {
    pub(crate) fn io(what: &'static str) -> impl Fn(std::io::Error) -> Error {
        move |source| Error::Io { what, source }
    }
}

/// Most characters in a fork's name.
const FORK_NAME_MAX: usize = 64;

/// The name of a fork; it is part of a file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkName(String);

impl ForkName {
    /// Takes a name.
    ///
    /// # Errors
    /// If it has other characters than lower-case letters, digits and dashes, or is empty or long.
    pub fn new(name: &str) -> Result<ForkName, Error> {
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let long = name.is_empty() || name.len() > FORK_NAME_MAX;
        if plain && !long { Ok(ForkName(name.to_owned())) } else { Err(Error::BadForkName) }
    }
}

impl fmt::Display for ForkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Book {
    /// A world that is gone when the process is.
    #[must_use]
    pub fn in_memory(seed: u64, settings: Settings) -> Book {
        Book { world: World::new(seed, settings), events: 0, folder: None }
    }

    /// Opens a folder, or begins a world in it. The seed is the journal's where there is one; the settings given here
    /// win, as an event.
    ///
    /// # Errors
    /// If the folder is in use, cannot be read or written, or its journal is damaged.
    pub fn open(path: &Path, seed: u64, settings: Settings, now: Timestamp) -> Result<(Book, Opened), Error> {
        for folder in [path.to_owned(), snapshots(path), forks(path)] {
            std::fs::create_dir_all(folder).map_err(Error::io("make the data folder"))?;
        }
        let lock = lock(path)?;
        let (journal, head, torn_bytes) =
            Journal::open(&path.join("journal.jsonl"), &Head::new(seed, settings.clone()))?;
        let (world, place, replayed) = rebuild(path, &journal, &head)?;
        let snapshot_events = place.events - replayed;
        let folder = Folder {
            path: path.to_owned(),
            head,
            journal,
            snapshot_events,
            to_replay: replayed,
            _lock: lock,
        };
        let mut book = Book { world, events: place.events, folder: Some(folder) };
        if *book.world.settings() != settings {
            book.apply(Event::Act(Act::SetSettings(Box::new(settings))), now)?;
        }
        Ok((book, Opened { replayed, torn_bytes }))
    }

    /// The world.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// How many events there were.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Writes an event down, then lets it happen.
    ///
    /// # Errors
    /// If it cannot be written; then it has not happened.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Result<(Reply, Vec<Effect>), Error> {
        if let Some(folder) = &mut self.folder {
            folder.journal.append(now, &event)?;
            folder.to_replay += weight(&event);
        }
        self.events += 1;
        Ok(step(&mut self.world, event, now))
    }

    /// The journal's file and how much of it is written.
    ///
    /// # Errors
    /// If there is none.
    pub fn journal(&self) -> Result<(PathBuf, u64), Error> {
        let folder = self.folder.as_ref().ok_or(Error::NoFolder)?;
        Ok((folder.journal.path().to_owned(), folder.journal.len()))
    }

    /// Keeps a copy of the journal under a name. It is a journal itself: a folder with it as `journal.jsonl` is that
    /// world.
    ///
    /// # Errors
    /// If there is no folder, the name is taken, or the disk says no.
    pub fn fork(&self, name: &ForkName) -> Result<PathBuf, Error> {
        let folder = self.folder.as_ref().ok_or(Error::NoFolder)?;
        let path = forks(&folder.path).join(format!("{name}.jsonl"));
        if path.try_exists().map_err(Error::io("look for the fork"))? {
            return Err(Error::ForkExists(name.clone()));
        }
        let unfinished = path.with_extension("unfinished");
        std::fs::copy(folder.journal.path(), &unfinished).map_err(Error::io("copy the journal"))?;
        std::fs::rename(&unfinished, &path).map_err(Error::io("keep the fork"))?;
        Ok(path)
    }

    /// Goes back to where the world was after its first `to` events, and stops its clock there. The journal as it was
    /// is kept as a fork; its path is returned.
    ///
    /// # Errors
    /// If there is no folder, no such event, or the disk says no. Nothing is cut before the fork is kept.
    pub fn rewind(&mut self, to: u64, now: Timestamp) -> Result<PathBuf, Error> {
        let events = self.events;
        if to > events {
            return Err(Error::NoSuchEvent { events, to });
        }
        let kept = self.keep_whole()?;
        let folder = self.folder.as_mut().ok_or(Error::NoFolder)?;
        let place = place_after(&folder.journal, to)?;
        folder.journal.cut_to(place)?;
        snapshot::forget_after(&snapshots(&folder.path), to).map_err(Error::io("delete snapshots"))?;
        let (world, place, replayed) = rebuild(&folder.path, &folder.journal, &folder.head)?;
        folder.snapshot_events = place.events - replayed;
        folder.to_replay = replayed;
        self.world = world;
        self.events = place.events;
        self.apply(Event::Act(Act::Hold), now)?;
        Ok(kept)
    }

    /// A fork of the journal as it is, under the first free name.
    fn keep_whole(&self) -> Result<PathBuf, Error> {
        const NAMES_MAX: u32 = 10_000;
        let mut taken = Error::BadForkName;
        for number in 1..=NAMES_MAX {
            match self.fork(&ForkName::new(&format!("before-rewind-{number}"))?) {
                Err(error @ Error::ForkExists(_)) => taken = error,
                other => return other,
            }
        }
        Err(taken)
    }

    /// Whether something happened that no snapshot holds.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| self.events > folder.snapshot_events)
    }

    /// A snapshot to write, if one is due. The caller writes it, on a thread that may wait.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn snapshot_due(&mut self) -> Result<Option<snapshot::Job>, Error> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let rows = (self.world.contacts().len() + self.world.receipts().len()) as u64;
        let interval = SNAPSHOT_EVENTS_MIN.max(rows / SNAPSHOT_ROWS_PER_EVENT);
        if folder.to_replay < interval {
            return Ok(None);
        }
        self.snapshot().map(Some)
    }

    /// A snapshot to write.
    ///
    /// # Errors
    /// If there is no folder, or the journal cannot be read.
    pub fn snapshot(&mut self) -> Result<snapshot::Job, Error> {
        let folder = self.folder.as_mut().ok_or(Error::NoFolder)?;
        let place = Place { events: self.events, offset: folder.journal.len() };
        let fingerprint = folder.journal.fingerprint(place)?;
        folder.snapshot_events = self.events;
        folder.to_replay = 0;
        Ok(snapshot::Job { world: self.world.clone(), place, fingerprint, folder: snapshots(&folder.path) })
    }
}

/// How much of a replay an event is.
fn weight(event: &Event) -> u64 {
    match event {
        Event::File(FileDeed::Put { bytes, .. }) => 1 + bytes.len() as u64 / FILE_BYTES_PER_EVENT,
        Event::Request(_) | Event::Timer | Event::Act(_) | Event::File(_) => 1,
    }
}

fn snapshots(path: &Path) -> PathBuf {
    path.join("snapshots")
}

fn forks(path: &Path) -> PathBuf {
    path.join("forks")
}

fn lock(path: &Path) -> Result<File, Error> {
    let file = File::create(path.join("lock")).map_err(Error::io("make the lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse),
        Err(std::fs::TryLockError::Error(source)) => Err(Error::io("take the lock")(source)),
    }
}

/// The world that a journal tells of, from the newest snapshot on; effects are dropped, for they happened already.
fn rebuild(path: &Path, journal: &Journal, head: &Head) -> Result<(World, Place, u64), Error> {
    let (mut world, from) = match snapshot::newest(&snapshots(path), journal) {
        Some((world, place)) => (world, Some(place)),
        None => (World::new(head.seed, head.settings.clone()), None),
    };
    let place = journal.replay(from, |entry, _| {
        let _effects_of_the_past = step(&mut world, entry.event, entry.at);
        Next::Continue
    })?;
    let replayed = place.events - from.map_or(0, |place| place.events);
    Ok((world, place, replayed))
}

fn place_after(journal: &Journal, to: u64) -> Result<Place, Error> {
    if to == 0 {
        return journal.beginning();
    }
    journal.replay(None, |_, place| if place.events == to { Next::Stop } else { Next::Continue })
}
