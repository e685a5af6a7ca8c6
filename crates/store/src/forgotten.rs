//! The file of those who were forgotten, beside the database: a line for each of their ids, its keyed hash in hex.
//!
//! A backup of the database knows nothing of those who were forgotten after it was made. This file only ever grows and
//! is left alone when a backup is put in the database's place, so that the next start forgets them again. A line is on
//! the disk before the commit that forgets: a stop between the two leaves somebody forgotten here, and the deletion in
//! Engage to be asked for again, never the reverse.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::database::{io, sync_names};
use crate::error::Error;
use crate::rows::Alias;

/// The name of the file in the database's directory.
pub const FILE: &str = "forgotten";

/// Hex digits of a hash.
const DIGITS: usize = 32;

/// The file in one directory.
#[derive(Debug)]
pub(crate) struct ForgottenFile {
    path: PathBuf,
}

impl ForgottenFile {
    pub(crate) fn in_dir(dir: &Path) -> Self {
        Self { path: dir.join(FILE) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Every hash in the file; nothing where there is no file. A last line that a stop tore is cut off, for its commit
    /// never came.
    pub(crate) fn read(&self) -> Result<BTreeSet<Alias>, Error> {
        let bytes = match std::fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            read => read.map_err(|source| io("read", &self.path, source))?,
        };
        let (hashes, mend) =
            parse(&bytes).map_err(|line| Error::Forgotten { file: self.path.clone(), line })?;
        match mend {
            Mend::Nothing => {}
            Mend::Cut(length) => self.change(|file| file.set_len(length))?,
            Mend::End => self.change(|mut file| file.write_all(b"\n"))?,
        }
        Ok(hashes)
    }

    /// Adds hashes, and returns once they are on the disk.
    pub(crate) fn append(&self, hashes: &[Alias]) -> Result<(), Error> {
        let is_new = !self.path.exists();
        let lines: String = hashes.iter().map(line).collect();
        self.change(|mut file| file.write_all(lines.as_bytes()))?;
        match self.path.parent() {
            Some(dir) if is_new => sync_names(dir),
            Some(_) | None => Ok(()),
        }
    }

    fn change(&self, change: impl FnOnce(&File) -> std::io::Result<()>) -> Result<(), Error> {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path).map_err(|source| io("open", &self.path, source))?;
        change(&file).and_then(|()| file.sync_all()).map_err(|source| io("write", &self.path, source))
    }
}

/// What is to be done about the end of the file.
#[derive(Debug, PartialEq, Eq)]
enum Mend {
    Nothing,
    /// A torn line begins here.
    Cut(u64),
    /// Only the end of the last line is missing.
    End,
}

/// The hashes, or the number of the line that is none.
fn parse(bytes: &[u8]) -> Result<(BTreeSet<Alias>, Mend), u64> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (lines, rest) = bytes.split_at(whole);
    let mut hashes = BTreeSet::new();
    for (number, line) in (1_u64..).zip(lines.split_inclusive(|byte| *byte == b'\n')) {
        let hash = line.strip_suffix(b"\n").and_then(hash).ok_or(number)?;
        hashes.insert(hash);
    }
    let mend = match hash(rest) {
        Some(last) => {
            hashes.insert(last);
            Mend::End
        }
        None if rest.is_empty() => Mend::Nothing,
        None => Mend::Cut(whole as u64),
    };
    Ok((hashes, mend))
}

fn hash(digits: &[u8]) -> Option<Alias> {
    let digits = std::str::from_utf8(digits).ok()?;
    // A sign would be read as part of a number.
    let is_hex = digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u128::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some(Alias(number.to_be_bytes()))
}

fn line(hash: &Alias) -> String {
    format!("{:032x}\n", u128::from_be_bytes(hash.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(hashes: &[Alias]) -> String {
        hashes.iter().map(line).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let hashes = [Alias([0; 16]), Alias([0x0f; 16]), Alias([0xff; 16])];
        let (read, mend) = parse(lines(&hashes).as_bytes()).unwrap();
        assert_eq!(read.into_iter().collect::<Vec<_>>(), hashes);
        assert_eq!(mend, Mend::Nothing);
        assert_eq!(parse(b"").unwrap(), (BTreeSet::new(), Mend::Nothing));
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_was_torn() {
        let text = lines(&[Alias([1; 16]), Alias([2; 16])]);
        for torn in 34..65 {
            let (read, mend) = parse(&text.as_bytes()[..torn]).unwrap();
            assert_eq!((read.len(), mend), (1, Mend::Cut(33)), "torn after {torn} bytes");
        }
        let (read, mend) = parse(&text.as_bytes()[..65]).unwrap();
        assert_eq!((read.len(), mend), (2, Mend::End));
        let zeros = [text.as_bytes(), &[0; 100]].concat();
        assert_eq!(parse(&zeros).unwrap().1, Mend::Cut(66));
    }

    #[test]
    fn a_line_that_is_no_hash_is_named() {
        let good = lines(&[Alias([1; 16])]);
        for bad in [
            "\n",
            "anna\n",
            "0101\n",
            "+1010101010101010101010101010101\n",
            "zz010101010101010101010101010101\n",
        ] {
            assert_eq!(parse(format!("{good}{bad}{good}").as_bytes()), Err(2), "{bad:?}");
        }
    }
}
