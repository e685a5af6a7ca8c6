//! An export as rows of text, whatever it is written in: CSV, JSON Lines or an Excel workbook.
//!
//! [`Source`] is one file; [`table`] is all files of a table of the mapping, with the rows that a person mended in place
//! of those that were rejected; [`Rejects`] writes rows back as they came, so that they can be mended.
//!
//! Invariants: a file is never held in memory (of a workbook, its shared strings are, and some rows); a record that
//! can't be read is told and the next one follows; each row's number is the line that a person finds it on; any bytes
//! are read without a panic.
//!
//! It knows columns and cells; what they mean is the mapping's.

mod delimited;
mod dialect;
mod encoding;
mod json_lines;
mod kept;
mod rejects;
mod rows;
#[cfg(test)]
mod tests;
mod workbook;

use std::io;
use std::path::{Path, PathBuf};

pub use self::dialect::Dialect;
pub use self::encoding::{Encoding, look as look_at_encoding};
pub use self::json_lines::paths as json_paths;
pub use self::rejects::{Like, Rejects};
pub use self::rows::{Rows, Taken, table};
pub use self::workbook::sheets;
use crate::mapping::NumberForm;

/// The longest record, in bytes: what is longer isn't an export's row but a file of another kind, or a quote that is
/// never closed.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// The most columns.
pub const COLUMNS_MAX: usize = 2_000;

/// How a table's files are to be read; what isn't said is found out by looking at the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What stands between the cells of a CSV file.
    pub delimiter: Option<u8>,
    /// What stands around cells that hold a delimiter.
    pub quote: Option<Quote>,
    /// How letters are written.
    pub encoding: Option<Encoding>,
    /// Which sheet of a workbook; else the first.
    pub sheet: Option<String>,
    /// How its numbers are written.
    pub number: Option<NumberForm>,
}

/// What stands around cells that hold a delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// Nothing ever does.
    Never,
    /// This character.
    By(u8),
}

/// A file can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be opened, or reading it failed.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It isn't what its name says.
    #[error("cannot read {}: {reason}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The mapping doesn't fit its columns.
    #[error("the mapping doesn't fit {}", path.display())]
    Mapping {
        /// The file.
        path: PathBuf,
        /// Everything that doesn't.
        problems: Vec<crate::mapping::Problem>,
    },
}

/// A record that can't be read; those after it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line that it begins on.
    pub row: u64,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, without personal data.
    pub reason: String,
    /// What to do.
    pub mend: String,
}

/// Why there is no row.
#[derive(Debug)]
pub enum Failure {
    /// This one record; go on with the next. What could be read of it is in the row.
    Row(Unreadable),
    /// The file: there is nothing after it.
    Source(Error),
}

/// A row's cells, in one buffer that is used again for the next.
#[derive(Debug, Clone, Default)]
pub struct Row {
    number: u64,
    part: u32,
    text: String,
    cells: Vec<(u32, u32)>,
    line: String,
}

impl Row {
    /// A row to read into.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The line that it begins on: the first of a file is 1, also where it is the header.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Which of the rows that one JSON line makes, from 0: rows of one line are one row of the source.
    #[must_use]
    pub const fn part(&self) -> u32 {
        self.part
    }

    /// A cell as it is written; blank where the row has none.
    #[must_use]
    pub fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", |(from, to)| &self.text[*from as usize..*to as usize])
    }

    /// Every cell, in the order of the header.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.cells.len()).map(|index| self.cell(index))
    }

    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A row of these cells: for tests, and for rows that stand in no file.
    #[must_use]
    pub fn of<T: AsRef<str>>(number: u64, cells: impl IntoIterator<Item = T>) -> Self {
        let mut row = Self { number, ..Self::default() };
        for cell in cells {
            row.push(cell.as_ref());
        }
        row
    }

    fn clear(&mut self, number: u64) {
        self.number = number;
        self.part = 0;
        self.text.clear();
        self.cells.clear();
        self.line.clear();
    }

    fn push(&mut self, cell: &str) {
        let from = self.text.len();
        self.text.push_str(cell);
        self.mark(from);
    }

    /// The text from here to its end is a cell.
    fn mark(&mut self, from: usize) {
        self.cells.push((offset(from), offset(self.text.len())));
    }

    fn is_blank(&self) -> bool {
        self.cells().all(|cell| cell.trim().is_empty())
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a record is shorter than RECORD_BYTES_MAX, or was refused")
}

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Cells divided by a character.
    Delimited,
    /// A JSON object a line.
    JsonLines,
    /// An Excel workbook.
    Workbook,
}

impl Kind {
    /// What a file of this name is.
    ///
    /// # Errors
    ///
    /// The old Excel formats and whatever else can't be read row by row, by name.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref().unwrap_or_default() {
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            "xlsx" | "xlsm" => Ok(Self::Workbook),
            "xls" | "xlsb" | "ods" | "json" | "xml" | "zip" | "gz" => Err(Error::Form {
                path: path.to_owned(),
                reason: "files of this kind can't be read row by row; save it as CSV, .xlsx or .jsonl"
                    .to_owned(),
            }),
            _ => Ok(Self::Delimited),
        }
    }
}

/// A file of an export, read from its first row to its last.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    header: Vec<String>,
    input: Input,
}

#[derive(Debug)]
enum Input {
    Delimited(delimited::Delimited),
    JsonLines(json_lines::JsonLines),
    Workbook(workbook::Workbook),
}

impl Source {
    /// Opens a file and reads its header. `columns` are those that are wanted: of JSON Lines they are paths such as
    /// `customer.email` and `items[].sku`; without any, all paths that occur are its columns.
    ///
    /// # Errors
    ///
    /// If it can't be opened or has no header.
    pub fn open(path: &Path, reading: &Reading, columns: &[String]) -> Result<Self, Error> {
        let (header, input) = match Kind::of(path)? {
            Kind::Delimited => {
                let (header, input) = delimited::Delimited::open(path, reading)?;
                (header, Input::Delimited(input))
            }
            Kind::JsonLines => {
                let paths = if columns.is_empty() { json_lines::paths(path)? } else { columns.to_vec() };
                let input = json_lines::JsonLines::open(path, &paths)?;
                (paths, Input::JsonLines(input))
            }
            Kind::Workbook => {
                let (header, input) = workbook::Workbook::open(path, reading.sheet.as_deref())?;
                (header, Input::Workbook(input))
            }
        };
        Ok(Self { path: path.to_owned(), header, input })
    }

    /// The names of the columns, each once.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How a CSV file is written; the others have no dialect.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        match &self.input {
            Input::Delimited(input) => Some(input.dialect()),
            Input::JsonLines(_) | Input::Workbook(_) => None,
        }
    }

    /// How the file is written, so that rows can be written the same way.
    #[must_use]
    pub fn like(&self) -> Like {
        match &self.input {
            Input::Delimited(input) => Like::delimited(&self.header, input.dialect()),
            Input::JsonLines(_) => Like::json_lines(),
            Input::Workbook(_) => Like::delimited(&self.header, Dialect::default()),
        }
    }

    /// Reads the next row into `row`; false after the last.
    ///
    /// # Errors
    ///
    /// [`Failure::Row`] for one record, after which the next can be read; [`Failure::Source`] ends it.
    pub fn read(&mut self, row: &mut Row) -> Result<bool, Failure> {
        let io = |source| Failure::Source(Error::Io { path: self.path.clone(), source });
        match &mut self.input {
            Input::Delimited(input) => input.read(row, self.header.len()).map_err(|error| error.or_else(io)),
            Input::JsonLines(input) => input.read(row).map_err(|error| error.or_else(io)),
            Input::Workbook(input) => input.read(row).map_err(|error| error.or_else(io)),
        }
    }
}

/// As [`Failure`], where the file's name isn't known.
#[derive(Debug)]
enum Broken {
    Row(Unreadable),
    Io(io::Error),
}

impl Broken {
    fn or_else(self, io: impl FnOnce(io::Error) -> Failure) -> Failure {
        match self {
            Self::Row(unreadable) => Failure::Row(unreadable),
            Self::Io(error) => io(error),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The header's cells as names, each once: blank ones are named by their place, and repeated ones numbered.
fn names_of<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for (index, cell) in cells.enumerate() {
        let plain = match cell.trim() {
            "" => format!("column {}", index + 1),
            name => name.to_owned(),
        };
        let mut name = plain.clone();
        let mut count = 2;
        while !taken.insert(name.clone()) {
            name = format!("{plain} ({count})");
            count += 1;
        }
        names.push(name);
    }
    names
}

/// That a row has more or fewer cells than the header.
fn cell_count(row: u64, found: usize, expected: usize) -> Unreadable {
    Unreadable {
        row,
        code: "cellCount",
        reason: format!("the row has {found} cells where the header has {expected}"),
        mend: "a delimiter is missing, or one in a value isn't quoted; put each value under its column"
            .to_owned(),
    }
}
