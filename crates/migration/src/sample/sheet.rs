//! The sample's files: rows of cells in the ways of old systems, and beside each the rows that mend it.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

/// The separator of every file.
const SEPARATOR: char = ';';
/// What a file's rows end with.
const LINE_END: &str = "\r\n";
/// The column by which a mended row names the one that it mends.
const ROW_COLUMN: &str = "_row";

/// A file of rows, and the mended ones of it.
pub(super) struct Sheet {
    rows: Lines,
    mended: Lines,
}

impl Sheet {
    /// Begins `export/<name>` and `answers/<name>` in a folder.
    pub(super) fn create(
        folder: &Path,
        name: &str,
        encoding: &'static Encoding,
        header: &[&str],
    ) -> io::Result<Self> {
        let mut rows = Lines::create(&folder.join("export"), name, encoding)?;
        let mut mended = Lines::create(&folder.join("answers"), name, encoding)?;
        rows.cells(header.iter().copied())?;
        mended.cells(header.iter().copied().chain([ROW_COLUMN]))?;
        Ok(Self { rows, mended })
    }

    /// Writes a row; answers its number as an editor counts.
    pub(super) fn row<S: AsRef<str>>(&mut self, cells: &[S]) -> io::Result<u64> {
        self.rows.cells(cells.iter().map(AsRef::as_ref))
    }

    /// Writes a row whose cells aren't quoted where they should be.
    pub(super) fn careless_row<S: AsRef<str>>(&mut self, cells: &[S]) -> io::Result<u64> {
        let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
        self.rows.line(&cells.join(";"))
    }

    /// Writes what a row should have been.
    pub(super) fn mend<S: AsRef<str>>(&mut self, row: u64, cells: &[S]) -> io::Result<()> {
        let number = row.to_string();
        self.mended.cells(cells.iter().map(AsRef::as_ref).chain([number.as_str()])).map(drop)
    }

    /// Ends both.
    pub(super) fn finish(self) -> io::Result<()> {
        self.rows.finish()?;
        self.mended.finish()
    }
}

/// A file of lines.
pub(super) struct Lines {
    out: BufWriter<File>,
    encoding: &'static Encoding,
    line: String,
    count: u64,
}

impl Lines {
    pub(super) fn create(folder: &Path, name: &str, encoding: &'static Encoding) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let out = BufWriter::with_capacity(1 << 16, File::create(folder.join(name))?);
        Ok(Self { out, encoding, line: String::new(), count: 0 })
    }

    fn cells<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> io::Result<u64> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                line.push(SEPARATOR);
            }
            if cell.contains([SEPARATOR, '"']) {
                line.push('"');
                line.push_str(&cell.replace('"', "\"\""));
                line.push('"');
            } else {
                line.push_str(cell);
            }
        }
        let written = self.line(&line);
        self.line = line;
        written
    }

    /// Writes a line; answers its number, from 1.
    pub(super) fn line(&mut self, line: &str) -> io::Result<u64> {
        if self.encoding == UTF_8 {
            self.out.write_all(line.as_bytes())?;
        } else {
            self.out.write_all(&self.encoding.encode(line).0)?;
        }
        self.out.write_all(LINE_END.as_bytes())?;
        self.count += 1;
        Ok(self.count)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()
    }
}
