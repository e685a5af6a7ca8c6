//! A row with where it is from, and what is said of it.

use std::sync::Arc;

use crate::mapping::{Bound, FieldAt, Part, Table, Unfit};
use crate::source::{self, Failure, Like, Row, Rows, Unreadable};
use crate::{Entity, Finding, Folder, RowAt, Severity, finding};

/// A file of the export, as rows of it need it.
#[derive(Debug)]
pub struct Origin {
    /// Of which kind its rows are.
    pub entity: Entity,
    /// Of which table.
    pub part: Part,
    /// Which of the table's files.
    pub file: u16,
    /// What it is called among the rejects.
    pub name: String,
    /// How rejects are written.
    pub like: Like,
    /// What its columns mean.
    pub bound: Arc<Bound>,
}

/// A row.
#[derive(Debug)]
pub struct Entry {
    /// Where it stands.
    pub at: RowAt,
    /// Whether a person mended it.
    pub mended: bool,
    /// Its cells; where it is unreadable, those that could be read.
    pub row: Row,
    /// Why it can't be read.
    pub unreadable: Option<Unreadable>,
    /// The file that it is from.
    pub origin: Arc<Origin>,
}

impl Entry {
    /// Something that is wrong with it.
    #[must_use]
    pub fn finding(&self, severity: Severity, field: Option<FieldAt>, unfit: Unfit) -> Finding {
        let bound = &self.origin.bound;
        Finding {
            entity: self.origin.entity,
            severity,
            code: unfit.code.to_owned(),
            at: self.at,
            field: field.map(|at| bound.name(at).to_owned()),
            columns: field.map(|at| bound.columns(at).to_vec()).unwrap_or_default(),
            value: field
                .map(|at| finding::masked(&bound.raw(at, &self.row)))
                .filter(|masked| !masked.is_empty()),
            reason: unfit.reason,
            mend: unfit.mend,
        }
    }

    /// That it can't be read.
    #[must_use]
    pub fn unread(&self) -> Option<Finding> {
        let Unreadable { code, reason, mend, .. } = self.unreadable.clone()?;
        Some(self.finding(Severity::Blocker, None, Unfit { code, reason, mend }))
    }

    /// About how many bytes of the export it is.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.row.cells().map(|cell| cell.len() as u64 + 1).sum()
    }
}

/// Reads the rows of a table.
#[derive(Debug)]
pub struct Reader {
    table: Table,
    rows: Rows,
    origin: Option<Arc<Origin>>,
}

impl Reader {
    /// The rows of a table, with what a person mended.
    ///
    /// # Errors
    /// If a file can't be opened or the mapping doesn't fit it.
    pub fn open(table: &Table, folder: &Folder) -> Result<Self, source::Error> {
        Ok(Self { table: table.clone(), rows: source::table(table, folder)?, origin: None })
    }

    /// The next row, in this buffer; nothing after the last.
    ///
    /// # Errors
    /// What ends the reading. A row that can't be read is an entry that says so.
    pub fn read(&mut self, mut row: Row) -> Result<Option<Entry>, source::Error> {
        let read = self.rows.read(&mut row);
        let (at, mended, unreadable) = match read {
            Ok(None) => return Ok(None),
            Ok(Some(taken)) => (taken.at, taken.mended, None),
            Err(Failure::Source(error)) => return Err(error),
            Err(Failure::Row(unreadable)) => {
                (RowAt { file: self.rows.file(), row: unreadable.row }, false, Some(unreadable))
            }
        };
        let origin = self.origin(at.file);
        Ok(Some(Entry { at, mended, row, unreadable, origin }))
    }

    fn origin(&mut self, file: u16) -> Arc<Origin> {
        match &self.origin {
            Some(origin) if origin.file == file => Arc::clone(origin),
            _ => {
                let open = "a row that was read is of an open file";
                let origin = Arc::new(Origin {
                    entity: self.table.entity,
                    part: self.table.part,
                    file,
                    name: self.table.name_of(file).to_owned(),
                    like: self.rows.like().expect(open),
                    bound: Arc::clone(self.rows.bound().expect(open)),
                });
                Arc::clone(self.origin.insert(origin))
            }
        }
    }
}
