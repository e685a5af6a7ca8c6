//! What Engage took, record by record: what a delta leaves out.
//!
//! The rows of an index that are of a file are copied once the file was taken. A row may be copied twice, by a kill in
//! between; none is ever missing.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Error;
use crate::manifest::PlannedFile;
use crate::{Entity, Folder, ids};

/// The column of an index that names the file of its record.
pub(super) const FILE: &str = "file";

/// Cuts off what a kill tore of the lists.
pub(super) fn mend(folder: &Folder) -> Result<(), Error> {
    let mut paths = Entity::ALL.into_iter().map(|entity| folder.sent(entity));
    paths.try_for_each(|path| ids::cut_torn(&path).map_err(|source| Error::Disk { path, source }))
}

/// Notes that a file was taken.
pub(super) fn note(folder: &Folder, file: &PlannedFile) -> Result<(), Error> {
    let (index, path) = (folder.index(file.entity), folder.sent(file.entity));
    let table = |path: &Path| {
        let path = PathBuf::from(path);
        move |source| Error::Table { path: path.clone(), source }
    };
    let disk = |source| Error::Disk { path: path.clone(), source };
    let mut rows = match File::open(&index) {
        Ok(from) => csv::ReaderBuilder::new().flexible(true).from_reader(io::BufReader::new(from)),
        // Kinds that have no index have no delta either.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(Error::Disk { path: index, source }),
    };
    let header = rows.byte_headers().map_err(table(&index))?.clone();
    let Some(column) = header.iter().position(|name| name == FILE.as_bytes()) else { return Ok(()) };
    let mut taken = csv::Writer::from_writer(Vec::new());
    if std::fs::metadata(&path).map_or(0, |about| about.len()) == 0 {
        taken.write_byte_record(&header).map_err(table(&path))?;
    }
    let mut row = csv::ByteRecord::new();
    while rows.read_byte_record(&mut row).map_err(table(&index))? {
        if row.get(column) == Some(file.name.as_bytes()) {
            taken.write_byte_record(&row).map_err(table(&path))?;
        }
    }
    let taken = taken.into_inner().map_err(|error| disk(error.into_error()))?;
    ids::append(&path, &taken).map_err(disk)
}
