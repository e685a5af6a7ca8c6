//! What is in the files, a row a record: what reconciling, the id map and a later plan read instead of the files.
//!
//! The first columns are the same for every kind: `file` (the planned file that holds the record), `source` (the row it is
//! from, `<file>:<row>`) and `digest` (by which a later plan knows that it was sent). Besides its key an index holds no
//! personal data.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use crate::check::keys::KeyDigest;
use crate::{Entity, RowAt};

/// How much is gathered before it is written, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;

/// What follows the columns that all have.
#[must_use]
pub const fn columns(entity: Entity) -> &'static [&'static str] {
    match entity {
        Entity::Stores => &["externalId"],
        Entity::Contacts => &["key", "memberNumber", "externalId", "identifiers"],
        Entity::Receipts => &["id", "contactKey", "store", "month", "currency", "total", "items"],
        Entity::Points => &["key", "amount"],
        Entity::Vouchers => &["key", "code", "used", "value", "currency"],
    }
}

/// A writer of an index; without a path it writes nothing.
#[derive(Debug)]
pub struct Index {
    writer: Option<csv::Writer<BufWriter<File>>>,
    columns: usize,
    /// Where a record's source and digest are written before they are cells.
    source: String,
    digest: String,
}

impl Index {
    /// An index at this path.
    ///
    /// # Errors
    /// What the disk says.
    pub fn create(path: Option<&Path>, entity: Entity) -> io::Result<Self> {
        let columns = columns(entity);
        let writer = match path {
            None => None,
            Some(path) => {
                let file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(["file", "source", "digest"].iter().chain(columns))?;
                Some(writer)
            }
        };
        Ok(Self { writer, columns: columns.len(), source: String::new(), digest: String::new() })
    }

    /// Adds a record; `values` are those of [`columns`].
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&mut self, file: &str, source: RowAt, digest: KeyDigest, values: &[&str]) -> io::Result<()> {
        debug_assert_eq!(values.len(), self.columns, "a value a column");
        let Some(writer) = &mut self.writer else { return Ok(()) };
        self.source.clear();
        self.digest.clear();
        write!(self.source, "{}:{}", source.file, source.row).expect("a String takes every text");
        write!(self.digest, "{digest}").expect("a String takes every text");
        writer.write_record([file, &self.source, &self.digest].into_iter().chain(values.iter().copied()))?;
        Ok(())
    }

    /// All of it is on the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub fn finish(self) -> io::Result<()> {
        let Some(writer) = self.writer else { return Ok(()) };
        let mut buffer = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        buffer.flush()?;
        buffer.get_ref().sync_all()
    }
}
