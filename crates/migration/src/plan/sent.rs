//! What earlier runs sent, by digest: what a delta leaves out.
//!
//! `sent/<entity>.csv` has the columns of the index; the run copies the rows of a file there once Engage has taken it.

use std::fs::File;
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
        let mut is_whole = true;
        Self::each(path, "digest", |digest| match KeyDigest::read(digest) {
            Some(digest) => drop(sent.0.insert(digest, 0)),
            None => is_whole = false,
        })?;
        is_whole.then_some(sent).ok_or_else(damaged)
    }

    /// Hands out a column of a list, which is empty when there is none.
    ///
    /// # Errors
    /// What the disk says, and a list without the column.
    pub fn each(path: &Path, column: &str, mut take: impl FnMut(&str)) -> io::Result<()> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut reader = csv::Reader::from_reader(file);
        let column = reader.headers()?.iter().position(|name| name == column).ok_or_else(damaged)?;
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row)? {
            take(row.get(column).ok_or_else(damaged)?);
        }
        Ok(())
    }

    /// Whether a record was sent.
    #[must_use]
    pub fn holds(&self, digest: KeyDigest) -> bool {
        self.0.get(digest).is_some()
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the list of what was sent is damaged")
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
