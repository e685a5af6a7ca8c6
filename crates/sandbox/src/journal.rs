//! The journal: every event with its host time, one JSON line each, only ever added to. It is the truth.
//!
//! A line is written in one piece and handed to the operating system before its event happens, so a killed sandbox
//! keeps what it answered. What a kill leaves half written is the file's last line without its end, and is cut off.
//! A damaged line anywhere else refuses the whole file and touches nothing.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::book::Error;
use crate::event::Event;
use crate::settings::Settings;

/// The format of the file.
const FORMAT: u32 = 1;
/// How much of what stands before a place is hashed to know the place again.
const FINGERPRINT_BYTES: u64 = 4_096;

/// The first line: what the world began as.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    tillbridge_sandbox_journal: u32,
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
}

impl Head {
    pub(crate) fn new(seed: u64, settings: Settings) -> Head {
        Head { tillbridge_sandbox_journal: FORMAT, seed, settings }
    }
}

/// Every further line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) event: Event,
}

/// A journal that is open for adding to.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    len: u64,
}

/// A place between two lines of a journal, and how many events stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) events: u64,
    pub(crate) offset: u64,
}

impl Journal {
    /// Opens the journal, or begins one. Says how many bytes of a torn last line were cut off.
    pub(crate) fn open(path: &Path, head: &Head) -> Result<(Journal, Head, u64), Error> {
        let begun = path.try_exists().map_err(Error::io("look for the journal"))?;
        if !begun {
            write_whole(path, |file| {
                serde_json::to_writer(&mut *file, head)?;
                file.write_all(b"\n")
            })
            .map_err(Error::io("begin the journal"))?;
        }
        let file =
            OpenOptions::new().read(true).append(true).open(path).map_err(Error::io("open the journal"))?;
        let mut journal = Journal { path: path.to_owned(), file, len: 0 };
        let torn = journal.cut_torn_tail()?;
        let mut first = Vec::new();
        let mut reader = journal.reader(0)?;
        reader.read_until(b'\n', &mut first).map_err(Error::io("read the journal"))?;
        let head: Head =
            serde_json::from_slice(&first).map_err(|source| Error::Damaged { line: 1, source })?;
        if head.tillbridge_sandbox_journal != FORMAT {
            return Err(Error::Format(head.tillbridge_sandbox_journal));
        }
        Ok((journal, head, torn))
    }

    fn cut_torn_tail(&mut self) -> Result<u64, Error> {
        let read = Error::io("read the journal's end");
        let whole = self.file.metadata().map_err(Error::io("measure the journal"))?.len();
        let mut end = whole;
        let mut block = vec![0; 64 * 1_024];
        while end > 0 {
            let from = end.saturating_sub(block.len() as u64);
            let part = &mut block[..(end - from) as usize];
            let filled = self.file.seek(SeekFrom::Start(from)).and_then(|_| self.file.read_exact(part));
            if let Err(error) = filled {
                return Err(read(error));
            }
            if let Some(newline) = part.iter().rposition(|byte| *byte == b'\n') {
                end = from + newline as u64 + 1;
                break;
            }
            end = from;
        }
        if end < whole {
            self.file.set_len(end).map_err(Error::io("cut the journal's torn line"))?;
        }
        self.len = end;
        Ok(whole - end)
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an event. If that fails, the file is as before.
    pub(crate) fn append(&mut self, at: Timestamp, event: &Event) -> Result<(), Error> {
        let entry = Entry { at, event: event.clone() };
        let mut line =
            serde_json::to_vec(&entry).map_err(|source| Error::io("write an event")(source.into()))?;
        line.push(b'\n');
        if let Err(source) = self.file.write_all(&line) {
            self.file.set_len(self.len).map_err(Error::io("take a half-written event back"))?;
            return Err(Error::io("write an event")(source));
        }
        self.len += line.len() as u64;
        Ok(())
    }

    fn reader(&self, offset: u64) -> Result<BufReader<File>, Error> {
        read_from(&self.path, offset)
    }

    /// Hands every event from `from` on to `each`, with the place behind it, until there is none or `each` says so.
    pub(crate) fn replay(
        &self,
        from: Option<Place>,
        mut each: impl FnMut(Entry, Place) -> Next,
    ) -> Result<Place, Error> {
        let mut place = match from {
            Some(place) => place,
            None => self.beginning()?,
        };
        let mut reader = self.reader(place.offset)?;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(Error::io("read the journal"))?;
            if read == 0 {
                return Ok(place);
            }
            let next = Place { events: place.events + 1, offset: place.offset + read as u64 };
            let entry = serde_json::from_slice(&line)
                .map_err(|source| Error::Damaged { line: next.events + 1, source })?;
            place = next;
            if each(entry, place) == Next::Stop {
                return Ok(place);
            }
        }
    }

    /// The place behind the head.
    pub(crate) fn beginning(&self) -> Result<Place, Error> {
        let mut head = Vec::new();
        self.reader(0)?.read_until(b'\n', &mut head).map_err(Error::io("read the journal"))?;
        Ok(Place { events: 0, offset: head.len() as u64 })
    }

    /// Cuts off everything behind a place.
    pub(crate) fn cut_to(&mut self, place: Place) -> Result<(), Error> {
        self.file.set_len(place.offset).map_err(Error::io("cut the journal"))?;
        self.len = place.offset;
        Ok(())
    }

    /// What tells the journal before a place from another one.
    pub(crate) fn fingerprint(&self, place: Place) -> Result<String, Error> {
        let from = place.offset.saturating_sub(FINGERPRINT_BYTES);
        let mut bytes = Vec::new();
        self.reader(from)?
            .take(place.offset - from)
            .read_to_end(&mut bytes)
            .map_err(Error::io("read the journal"))?;
        Ok(blake3::hash(&bytes).to_hex().to_string())
    }
}

/// Whether a replay goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Continue,
    Stop,
}

fn read_from(path: &Path, offset: u64) -> Result<BufReader<File>, Error> {
    let mut file = File::open(path).map_err(Error::io("open the journal"))?;
    file.seek(SeekFrom::Start(offset)).map_err(Error::io("read the journal"))?;
    Ok(BufReader::new(file))
}

/// Some lines of a journal as they stand, without the world being asked: its first `len` bytes never change.
pub(crate) fn lines(
    path: &Path,
    len: u64,
    from: usize,
    count: usize,
) -> Result<Vec<serde_json::Value>, Error> {
    let reader = read_from(path, 0)?.take(len);
    let wanted = reader.lines().skip(from).take(count).enumerate();
    wanted
        .map(|(index, line)| {
            let line = line.map_err(Error::io("read the journal"))?;
            let number = (from + index) as u64 + 1;
            serde_json::from_str(&line).map_err(|source| Error::Damaged { line: number, source })
        })
        .collect()
}

/// Writes a file under another name first, so that under its own it is whole or not there.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = std::io::BufWriter::new(File::create(&unfinished)?);
    write(&mut file)?;
    file.flush()?;
    std::fs::rename(&unfinished, path)
}
