//! The run's journal: what is about to be done, and what is known to be done, a line each.
//!
//! Invariants: a line is on the disk before what it announces is done; a line that a kill tore is dropped, and only the
//! last can be torn; one process at a time writes it.
//!
//! It holds no personal data: names of files, counts and ids of batches.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::manifest::Scope;

/// The version of the form.
pub const VERSION: u32 = 1;

/// Most bytes of a journal that are read: some hundred a file, and a history has a few hundred files.
const JOURNAL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Entry {
    /// A run of this plan begins.
    Plan {
        /// The version of the form.
        version: u32,
        /// The plan's digest.
        digest: String,
        /// What it covers.
        scope: Scope,
    },
    /// The file was there before this run sent it.
    Found {
        /// The file.
        file: String,
    },
    /// The file was written again with the member numbers of its holders.
    Filled {
        /// The file.
        file: String,
        /// Its size now.
        bytes: u64,
        /// Its digest now.
        blake3: String,
        /// Records in it now.
        records: u64,
        /// Records whose holder wasn't found; they are in the rejects.
        missing: u64,
    },
    /// The file is about to be written under a passing name.
    Begun {
        /// The file.
        file: String,
        /// For the how-manyeth time, from 1.
        attempt: u32,
    },
    /// The file lies there whole, and is about to get its name.
    Whole {
        /// The file.
        file: String,
    },
    /// The file has its name: Engage can take it.
    Uploaded {
        /// The file.
        file: String,
    },
    /// The file is gone from the folder: Engage took it.
    PickedUp {
        /// The file.
        file: String,
    },
    /// The file is gone, and nobody saw its name there. To send it again does no harm.
    Lost {
        /// The file.
        file: String,
    },
    /// The file is gone, nobody saw its name there, and twice would count twice.
    InDoubt {
        /// The file.
        file: String,
    },
    /// A person says whether the file was imported.
    Word {
        /// The file.
        file: String,
        /// Whether.
        imported: bool,
    },
    /// A batch of the file is about to be sent to the bulk call.
    BatchBegun {
        /// The file.
        file: String,
        /// Which of the file's, from 0.
        batch: u64,
        /// For the how-manyeth time, from 1.
        attempt: u32,
    },
    /// Engage has the batch.
    BatchAccepted {
        /// The file.
        file: String,
        /// Which of the file's, from 0.
        batch: u64,
        /// Engage's name for it.
        id: String,
    },
    /// Engage is done with the batch.
    BatchEnded {
        /// The file.
        file: String,
        /// Which of the file's, from 0.
        batch: u64,
        /// Contacts created, where Engage says it.
        created: u64,
        /// Contacts updated, where Engage says it.
        updated: u64,
        /// Contacts that failed.
        failed: u64,
    },
}

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process runs this migration.
    #[error("another run of this migration is under way")]
    Busy,
    /// A line in the middle isn't one.
    #[error("line {line} of {} can't be read: the file was damaged or is of a newer version; nothing was sent", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// The disk.
    #[error("{} can't be read or written", path.display())]
    Disk {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A journal that is open for this process alone.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal, or begins it, and reads what it has. A torn last line is cut off.
    ///
    /// # Errors
    /// Every [`Error`].
    pub fn open(path: &Path) -> Result<(Self, Vec<Line>), Error> {
        let disk = |source| Error::Disk { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(disk)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Busy),
            Err(TryLockError::Error(source)) => return Err(disk(source)),
        }
        let text = whole(&mut file).map_err(disk)?;
        let (lines, kept) = parsed(path, &text)?;
        file.set_len(kept).map_err(disk)?;
        file.seek(SeekFrom::Start(kept)).map_err(disk)?;
        Ok((Self { file, path: path.to_owned() }, lines))
    }

    /// Appends a line, and comes back when it is on the disk.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn append(&mut self, line: &Line) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).expect("a line has text keys and no failing values");
        text.push(b'\n');
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        written.map_err(|source| Error::Disk { path: self.path.clone(), source })
    }
}

/// Reads a journal that another process may be writing. None is an empty one.
///
/// # Errors
/// [`Error::Damaged`] and [`Error::Disk`].
pub fn read(path: &Path) -> Result<Vec<Line>, Error> {
    let text = match File::open(path).and_then(|mut file| whole(&mut file)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Disk { path: path.to_owned(), source }),
    };
    parsed(path, &text).map(|(lines, _)| lines)
}

fn whole(file: &mut File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(JOURNAL_BYTES_MAX).read_to_end(&mut text)?;
    Ok(text)
}

/// The lines, and how many bytes of the text they are.
fn parsed(path: &Path, text: &[u8]) -> Result<(Vec<Line>, u64), Error> {
    let ended = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let lines = text[..ended].split_inclusive(|byte| *byte == b'\n').enumerate().map(|(index, line)| {
        serde_json::from_slice(line).map_err(|_| Error::Damaged { path: path.to_owned(), line: index + 1 })
    });
    let lines = lines.collect::<Result<Vec<Line>, Error>>()?;
    Ok((lines, u64::try_from(ended).unwrap_or(u64::MAX)))
}
