//! Files of one kind, one after the other: a record is never divided between two (facts M-04, M-05: its second half would be
//! ignored as a repetition).

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::layout::{self, Layout, Lines};
use crate::manifest::PlannedFile;

/// The most lines of a file, without its header (fact M-05).
pub const LINES_MAX: u64 = 20_000;

/// How much is gathered before it is hashed and written, in bytes: of much at once the hash is several times cheaper.
const BUFFER_BYTES: usize = 256 * 1024;

/// What the files of one kind have in common.
#[derive(Debug, Clone)]
pub struct Spec {
    /// What they look like.
    pub layout: Layout,
    /// Where in Engage they go.
    pub folder: String,
    /// What their names begin with.
    pub stamp: String,
    /// The most lines of each; [`LINES_MAX`] but in tests.
    pub lines_max: u64,
    /// Whether member numbers are still to be filled in.
    pub needs_member_numbers: bool,
}

impl Spec {
    /// Files by a layout, for a folder.
    #[must_use]
    pub fn new(layout: Layout, folder: &str, stamp: &str) -> Self {
        Self {
            layout,
            folder: folder.to_owned(),
            stamp: stamp.to_owned(),
            lines_max: LINES_MAX,
            needs_member_numbers: false,
        }
    }
}

/// A writer of files. Without a folder it writes nothing and counts the same.
#[derive(Debug)]
pub struct Files {
    spec: Spec,
    path: Option<PathBuf>,
    open: Option<Open>,
    done: Vec<PlannedFile>,
}

#[derive(Debug)]
struct Open {
    name: String,
    file: Option<File>,
    buffer: Vec<u8>,
    hasher: blake3::Hasher,
    records: u64,
    lines: u64,
    bytes: u64,
}

impl Files {
    /// Files to come in this folder, which exists; or nowhere.
    #[must_use]
    pub fn new(path: Option<&Path>, spec: Spec) -> Self {
        Self { spec, path: path.map(Path::to_owned), open: None, done: Vec::new() }
    }

    /// Adds a record and answers the name of the file that it is in.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&mut self, lines: &Lines) -> io::Result<&str> {
        let full = |open: &Open| open.lines + u64::from(lines.count) > self.spec.lines_max;
        if self.open.as_ref().is_some_and(full) {
            self.close()?;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        open.put(&lines.bytes)?;
        open.records += 1;
        open.lines += u64::from(lines.count);
        Ok(&self.open.insert(open).name)
    }

    /// The files, each whole and on the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub fn finish(mut self) -> io::Result<Vec<PlannedFile>> {
        self.close()?;
        Ok(self.done)
    }

    fn begin(&self) -> io::Result<Open> {
        let layout = &self.spec.layout;
        let (kind, end) = (layout::kind(layout.entity()), layout.format().as_str());
        let name = format!("{}_{:04}_{kind}.{end}", self.spec.stamp, self.done.len() + 1);
        let file = match &self.path {
            Some(path) => Some(File::create(path.join(&name))?),
            None => None,
        };
        let (buffer, hasher) = (Vec::with_capacity(BUFFER_BYTES), blake3::Hasher::new());
        let mut open = Open { name, file, buffer, hasher, records: 0, lines: 0, bytes: 0 };
        open.put(&layout.head())?;
        Ok(open)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let layout = &self.spec.layout;
        open.put(layout.tail())?;
        open.flush()?;
        if let Some(file) = open.file {
            file.sync_all()?;
        }
        self.done.push(PlannedFile {
            name: open.name,
            entity: layout.entity(),
            folder: self.spec.folder.clone(),
            started_by: layout::started_by(layout.entity()),
            layout: layout.certainty(),
            needs_member_numbers: self.spec.needs_member_numbers,
            records: open.records,
            lines: open.lines,
            bytes: open.bytes,
            blake3: open.hasher.finalize().to_hex().to_string(),
        });
        Ok(())
    }
}

impl Open {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hasher.update(&self.buffer);
        if let Some(file) = &mut self.file {
            file.write_all(&self.buffer)?;
        }
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Files, Spec};
    use crate::Entity;
    use crate::layout::{Layout, Lines};
    use crate::mapping::Format;

    fn spec(lines_max: u64) -> Spec {
        let layout = Layout::new(Entity::Receipts, Format::Csv, &[], &[]).unwrap();
        Spec { lines_max, ..Spec::new(layout, "/integration/transactionImport", "20261123180347") }
    }

    proptest! {
        // Each file is synced, and the disk takes its time.
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn no_record_is_divided_and_no_file_is_over_its_limit(counts in proptest::collection::vec(1..6_u32, 0..30)) {
            let folder = tempfile::tempdir().unwrap();
            let (mut files, mut nowhere) = (Files::new(Some(folder.path()), spec(7)), Files::new(None, spec(7)));
            let mut placed = Vec::new();
            for (record, &count) in counts.iter().enumerate() {
                let bytes = format!("r{record}\n").repeat(count as usize).into_bytes();
                let lines = Lines { bytes, count, ..Lines::default() };
                placed.push(files.write(&lines).unwrap().to_owned());
                prop_assert_eq!(nowhere.write(&lines).unwrap(), placed.last().unwrap());
            }
            let planned = files.finish().unwrap();
            prop_assert_eq!(&nowhere.finish().unwrap(), &planned, "a check sees the same files");
            let mut found = Vec::new();
            for file in &planned {
                let text = std::fs::read_to_string(folder.path().join(&file.name)).unwrap();
                let rows: Vec<&str> = text.lines().skip(1).collect();
                prop_assert!(file.lines <= 7 && file.lines == rows.len() as u64);
                prop_assert_eq!(file.bytes, text.len() as u64);
                prop_assert_eq!(&file.blake3, &blake3::hash(text.as_bytes()).to_hex().to_string());
                found.extend(rows.iter().map(|row| ((*row).to_owned(), file.name.clone())));
            }
            let expected: Vec<_> = counts
                .iter()
                .enumerate()
                .flat_map(|(record, &count)| vec![(format!("r{record}"), placed[record].clone()); count as usize])
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn files_are_named_by_their_stamp_and_number() {
        let mut files = Files::new(None, spec(1));
        for _ in 0..2 {
            files.write(&Lines { bytes: b"1\n".to_vec(), count: 1, ..Lines::default() }).unwrap();
        }
        let names: Vec<_> = files.finish().unwrap().into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["20261123180347_0001_transactions.csv", "20261123180347_0002_transactions.csv"]);
    }
}
