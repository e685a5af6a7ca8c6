//! All rows of a table: of each of its files, with mended rows in place of those that they mend.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::rejects::{ADDED, ADDED_OBJECT};
use super::{Error, Failure, Kind, Like, Reading, Row, Source};
use crate::mapping::{Bound, Table};
use crate::{Folder, RowAt};

/// The most mended rows of a file, which are held in memory while it is read: who mends more mends the export.
pub const MENDED_ROWS_MAX: usize = 100_000;

/// How many files of mended rows a source may have: `sales.csv`, `sales.2.csv` and so on, the later over the earlier.
const MENDED_FILES_MAX: u32 = 100;

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Its place in the source.
    pub at: RowAt,
    /// Whether a person mended it.
    pub mended: bool,
}

/// A table's rows.
#[derive(Debug)]
pub struct Rows {
    table: Table,
    folder: Folder,
    /// Which file comes next.
    next: usize,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: u16,
    source: Source,
    bound: Arc<Bound>,
    mended: Mended,
    /// Mended rows that are handed out before the source's next.
    pending: std::vec::IntoIter<Row>,
    /// The source's row that they stand for: its other parts are passed over.
    replaced: Option<u64>,
}

#[derive(Debug, Default)]
struct Mended {
    rows: BTreeMap<u64, (Vec<Row>, PathBuf)>,
}

/// Reads a table: every file of it, in their order, with what a person mended.
///
/// # Errors
///
/// If its first file can't be opened, or the mapping doesn't fit it.
pub fn table(table: &Table, folder: &Folder) -> Result<Rows, Error> {
    let mut rows = Rows { table: table.clone(), folder: folder.clone(), next: 0, open: None };
    rows.open_next()?;
    Ok(rows)
}

impl Rows {
    /// Reads the next row into `row`; nothing after the last.
    ///
    /// # Errors
    ///
    /// [`Failure::Row`] for one record, after which the next can be read: its place is that of [`Self::file`] and the
    /// row's number. [`Failure::Source`] ends it: a file that can't be opened, a mapping that doesn't fit its columns,
    /// mended rows that mend none.
    pub fn read(&mut self, row: &mut Row) -> Result<Option<Taken>, Failure> {
        loop {
            let Some(open) = &mut self.open else { return Ok(None) };
            match open.read(row) {
                Ok(Some(taken)) => return Ok(Some(taken)),
                Ok(None) => {}
                Err(failure) => return Err(failure),
            }
            open.mended.all_used().map_err(Failure::Source)?;
            self.open = None;
            self.open_next().map_err(Failure::Source)?;
        }
    }

    /// Which of the table's files the last row is of.
    #[must_use]
    pub fn file(&self) -> u16 {
        self.open.as_ref().map_or(0, |open| open.file)
    }

    /// The rules as they fit the columns of the file that is being read; nothing after the last row. Places of fields
    /// are the same for all files of a table.
    #[must_use]
    pub fn bound(&self) -> Option<&Arc<Bound>> {
        self.open.as_ref().map(|open| &open.bound)
    }

    /// How the file that is being read is written.
    #[must_use]
    pub fn like(&self) -> Option<Like> {
        self.open.as_ref().map(|open| open.source.like())
    }

    fn open_next(&mut self) -> Result<(), Error> {
        let Some(path) = self.table.files.get(self.next) else { return Ok(()) };
        let file = u16::try_from(self.next).expect("a mapping has fewer files");
        let columns = self.table.columns();
        let source = Source::open(path, &self.table.reading, &columns)?;
        let bound = self
            .table
            .bind(source.header())
            .map_err(|problems| Error::Mapping { path: path.clone(), problems })?;
        let mended = Mended::read(&self.folder.mended(self.table.name_of(file)), &source)?;
        self.open = Some(Open {
            file,
            source,
            bound: Arc::new(bound),
            mended,
            pending: Vec::new().into_iter(),
            replaced: None,
        });
        self.next += 1;
        Ok(())
    }
}

impl Open {
    fn read(&mut self, row: &mut Row) -> Result<Option<Taken>, Failure> {
        loop {
            if let Some(mended) = self.pending.next() {
                *row = mended;
                return Ok(Some(Taken { at: RowAt { file: self.file, row: row.number }, mended: true }));
            }
            let outcome = match self.source.read(row) {
                Ok(false) => return Ok(None),
                Err(Failure::Source(error)) => return Err(Failure::Source(error)),
                Ok(true) => Ok(()),
                Err(Failure::Row(unreadable)) => Err(unreadable),
            };
            if self.replaced == Some(row.number) {
                continue;
            }
            if let Some((rows, _)) = self.mended.rows.remove(&row.number) {
                self.replaced = Some(row.number);
                self.pending = rows.into_iter();
                continue;
            }
            outcome.map_err(Failure::Row)?;
            return Ok(Some(Taken { at: RowAt { file: self.file, row: row.number }, mended: false }));
        }
    }
}

impl Mended {
    /// Reads what was mended of a source, if anything was.
    fn read(path: &Path, source: &Source) -> Result<Self, Error> {
        let mut mended = Self::default();
        let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return Ok(mended) };
        for count in 1..=MENDED_FILES_MAX {
            let file = match count {
                1 => path.to_owned(),
                count => path.with_extension(format!("{count}.{ending}")),
            };
            if file.exists() {
                mended.read_file(&file, source)?;
            } else if count > 1 {
                break;
            }
        }
        Ok(mended)
    }

    fn read_file(&mut self, path: &Path, source: &Source) -> Result<(), Error> {
        let form = |reason: String| Error::Form { path: path.to_owned(), reason };
        let number = match Kind::of(path)? {
            Kind::JsonLines => format!("{ADDED_OBJECT}.row"),
            Kind::Delimited | Kind::Workbook => ADDED[0].to_owned(),
        };
        let mut wanted = source.header().to_vec();
        wanted.push(number);
        let mut file = Source::open(path, &Reading::default(), &wanted)?;
        let mut places = Vec::with_capacity(wanted.len());
        for name in &wanted {
            let place = file.header().iter().position(|column| column == name);
            places
                .push(place.ok_or_else(|| form(format!("it has no column {name:?}, which its source has")))?);
        }
        let mut row = Row::new();
        let mut own: BTreeMap<u64, Vec<Row>> = BTreeMap::new();
        loop {
            match file.read(&mut row) {
                Ok(false) => break,
                Ok(true) => {}
                Err(Failure::Source(error)) => return Err(error),
                Err(Failure::Row(bad)) => return Err(form(format!("in line {}, {}", bad.row, bad.reason))),
            }
            let number = row.cell(places[source.header().len()]).trim();
            let number: u64 = number
                .parse()
                .map_err(|_| form(format!("line {} doesn't say in _row which row it mends", row.number)))?;
            let mut mended = Row::of(number, places[..source.header().len()].iter().map(|at| row.cell(*at)));
            mended.part = row.part;
            mended.line.clone_from(&row.line);
            own.entry(number).or_default().push(mended);
            if own.len() > MENDED_ROWS_MAX {
                return Err(form(format!("it has more than {MENDED_ROWS_MAX} rows; mend the export itself")));
            }
        }
        if let Some((number, _)) =
            own.iter().find(|(_, rows)| rows.iter().filter(|row| row.part == 0).count() > 1)
        {
            return Err(form(format!("it mends row {number} twice")));
        }
        self.rows.extend(own.into_iter().map(|(number, rows)| (number, (rows, path.to_owned()))));
        Ok(())
    }

    /// Mended rows that mend nothing mean that the export is another than the one that was checked.
    fn all_used(&self) -> Result<(), Error> {
        let Some((number, (_, path))) = self.rows.first_key_value() else { return Ok(()) };
        Err(Error::Form {
            path: path.clone(),
            reason: format!(
                "it mends row {number}, which the source doesn't have; take mended rows away once the export is mended"
            ),
        })
    }
}
