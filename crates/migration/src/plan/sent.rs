//! What earlier runs sent, by digest: what a delta leaves out.
//!
//! `sent/<entity>.csv` has the columns of the index; the run copies the rows of a file there once Engage has taken it.

use std::io;
use std::path::Path;

use crate::check::keys::{KeyDigest, Keys};

/// The digests of what was sent.
#[derive(Debug, Default)]
pub struct Sent(Keys);

impl Sent {
    /// Reads a list, which is empty when there is none.
    ///
    /// # Errors
    /// What the disk says, and a row without a digest.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut sent = Self::default();
        let mut reader = match csv::ReaderBuilder::new().flexible(true).from_path(path) {
            Ok(reader) => reader,
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::NotFound => return Ok(sent),
                csv::ErrorKind::Io(error) => return Err(error),
                other => return Err(io::Error::other(format!("{other:?}"))),
            },
        };
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a row of what was sent has no digest");
        let column = reader.headers()?.iter().position(|name| name == "digest");
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row)? {
            let digest =
                column.and_then(|column| row.get(column)).and_then(KeyDigest::read).ok_or_else(damaged)?;
            sent.0.insert(digest, 0);
        }
        Ok(sent)
    }

    /// Whether a record was sent.
    #[must_use]
    pub fn holds(&self, digest: KeyDigest) -> bool {
        self.0.get(digest).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Sent;
    use crate::check::keys::KeyDigest;
    use crate::plan::Index;
    use crate::{Entity, RowAt};

    #[test]
    fn what_an_index_holds_is_known_as_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.csv");
        assert!(!Sent::read(&path).unwrap().holds(KeyDigest::of("points", "a")), "no list is an empty one");
        let mut index = Index::create(Some(&path), Entity::Points).unwrap();
        index.write("f", RowAt { file: 0, row: 2 }, KeyDigest::of("points", "a"), &["7001", "10"]).unwrap();
        index.finish().unwrap();
        let sent = Sent::read(&path).unwrap();
        assert!(sent.holds(KeyDigest::of("points", "a")) && !sent.holds(KeyDigest::of("points", "b")));
        std::fs::write(&path, "file,source,digest\nf,0:2,nonsense\n").unwrap();
        assert!(Sent::read(&path).is_err(), "a damaged list is no empty one: everything would be sent again");
    }
}
