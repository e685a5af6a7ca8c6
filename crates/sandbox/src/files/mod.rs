//! Files that are brought over SFTP: the folders they wait in, and the job that picks them up (facts M-08 to M-11).
//!
//! **What it is for.** History comes by files. A file waits in the folder of its kind until the job takes it, by the
//! world's clock; stores and vouchers wait until Voyado starts them by hand (fact M-09). A file that was taken is
//! deleted, whatever came of it, and what came of it is told by the integration log and by a [`FileImport`].
//!
//! **Invariants.** What a client does to the folders are events, with all bytes in them, so a journal is a whole world
//! also where files were brought, and a copy of it is one too. The bytes of a file are held as long as it waits and no
//! longer.
//!
//! **What it does not do.** It knows no sockets and no half-sent files: what a client is still sending is the server's.

mod contacts;
mod outcome;
mod people;
mod points;
mod receipts;
mod stores;
mod table;
mod vouchers;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::effect::{Answer, Level};
use crate::event::body_text;
use crate::findings::{Note, Rule};
use crate::settings::Settings;
use crate::switches::{FileNames, Switches};
use crate::world::World;

pub use outcome::{FileImport, NamedRow};
pub(crate) use outcome::{IMPORTS_KEPT, Tally};

/// The most bytes that a file may have.
pub(crate) const FILE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How many files may wait at once.
const FILES_MAX: usize = 1_000;
/// The most bytes that a file's name may have.
const NAME_BYTES_MAX: usize = 255;
/// The most rows that a file should have (fact M-05).
const ROWS_ADVISED: u64 = 20_000;

/// What a file holds, which its folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// Stores.
    Stores,
    /// Contacts.
    Contacts,
    /// Receipts, by their lines.
    Transactions,
    /// Points.
    Points,
    /// Reward vouchers.
    Vouchers,
}

impl FileKind {
    /// Each of them, in the order in which they are to be brought (fact M-02).
    pub const ALL: [FileKind; 5] =
        [FileKind::Stores, FileKind::Contacts, FileKind::Transactions, FileKind::Points, FileKind::Vouchers];

    /// One word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            FileKind::Stores => "stores",
            FileKind::Contacts => "contacts",
            FileKind::Transactions => "transactions",
            FileKind::Points => "points",
            FileKind::Vouchers => "vouchers",
        }
    }

    pub(crate) fn named(word: &str) -> Option<FileKind> {
        FileKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether only Voyado starts its import (fact M-09).
    #[must_use]
    pub fn is_started_by_hand(self) -> bool {
        matches!(self, FileKind::Stores | FileKind::Vouchers)
    }

    /// What findings call it.
    fn call(self) -> &'static str {
        match self {
            FileKind::Stores => "file of stores",
            FileKind::Contacts => "file of contacts",
            FileKind::Transactions => "file of transactions",
            FileKind::Points => "file of points",
            FileKind::Vouchers => "file of vouchers",
        }
    }
}

/// The folders of the tenant (fact M-10): absolute paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ImportFolders {
    /// Of stores.
    pub stores: String,
    /// Of contacts.
    pub contacts: String,
    /// Of transactions.
    pub transactions: String,
    /// Of points.
    pub points: String,
    /// Of vouchers.
    pub vouchers: String,
}

impl Default for ImportFolders {
    fn default() -> ImportFolders {
        ImportFolders {
            stores: "/integration/storeImport".to_owned(),
            contacts: "/integration/contactImport".to_owned(),
            transactions: "/integration/transactionImport".to_owned(),
            points: "/integration/pointTransactionImport".to_owned(),
            vouchers: "/BonusCheckImport".to_owned(),
        }
    }
}

impl ImportFolders {
    /// The folder of a kind.
    #[must_use]
    pub fn of(&self, kind: FileKind) -> &str {
        match kind {
            FileKind::Stores => &self.stores,
            FileKind::Contacts => &self.contacts,
            FileKind::Transactions => &self.transactions,
            FileKind::Points => &self.points,
            FileKind::Vouchers => &self.vouchers,
        }
    }

    /// What a path that was made plain leads to.
    pub(crate) fn place<'a>(&self, path: &'a str) -> Place<'a> {
        let folder = |path: &str| FileKind::ALL.into_iter().find(|kind| self.of(*kind) == path);
        let above = format!("{}/", path.trim_end_matches('/'));
        if folder(path).is_some() || FileKind::ALL.into_iter().any(|kind| self.of(kind).starts_with(&above)) {
            return Place::Folder;
        }
        let Some((parent, name)) = path.rsplit_once('/') else { return Place::Nowhere };
        match folder(parent) {
            Some(kind) if !name.is_empty() && name.len() <= NAME_BYTES_MAX => Place::File(kind, name),
            Some(_) | None => Place::Nowhere,
        }
    }

    /// The folders directly inside of a folder.
    pub(crate) fn inside(&self, path: &str) -> Vec<String> {
        let above = format!("{}/", path.trim_end_matches('/'));
        let below = FileKind::ALL.into_iter().filter_map(|kind| self.of(kind).strip_prefix(above.as_str()));
        let mut names: Vec<String> =
            below.filter_map(|rest| rest.split('/').next()).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// One of the folders, or one above them.
    Folder,
    /// A file in a folder, there or not.
    File(FileKind, &'a str),
    /// Nothing is there, and nothing can be.
    Nowhere,
}

/// A path without `.`, `..`, double and trailing slashes; a relative one begins at the root.
pub(crate) fn plain(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    format!("/{}", segments.join("/"))
}

/// What a client does to a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileDeed {
    /// It brought one, or what of it came before the connection was cut.
    Put {
        /// Its path.
        path: String,
        /// Whether it was closed.
        whole: bool,
        /// What is in it.
        #[serde(with = "body_text")]
        bytes: Bytes,
    },
    /// It gave one another name.
    Rename {
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// It took one away.
    Remove {
        /// Its path.
        path: String,
    },
}

/// A file that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportFile {
    /// Its path.
    pub path: String,
    /// Since when it has this name, in world time.
    pub since: Timestamp,
    /// Whether whoever brought it closed it.
    pub whole: bool,
    #[serde(with = "body_text")]
    pub(crate) bytes: Bytes,
}

impl ImportFile {
    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Its name, without the folder.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }
}

/// All files that wait, by path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files(BTreeMap<String, Arc<ImportFile>>);

impl Files {
    pub(crate) fn get(&self, path: &str) -> Option<&ImportFile> {
        self.0.get(path).map(AsRef::as_ref)
    }

    pub(crate) fn restore(&mut self, file: ImportFile) {
        self.0.insert(file.path.clone(), Arc::new(file));
    }

    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &ImportFile> {
        self.0.values().map(AsRef::as_ref)
    }
}

/// Why a deed is not done; the status says of which sort it is.
fn refused(status: u16, text: &str) -> Answer {
    Answer::json(status, &json!({ "error": text }))
}

/// Does what a client wants with a file.
pub(crate) fn act(world: &mut World, deed: FileDeed, at: Timestamp) -> Answer {
    let folders = &world.settings.import_folders;
    let is_file = |path: &str| matches!(folders.place(path), Place::File(..));
    match deed {
        FileDeed::Put { path, whole, bytes } => {
            if !is_file(&path) {
                return refused(403, "files are taken in the import folders only");
            }
            let is_new = world.files.get(&path).is_none();
            if bytes.len() > FILE_BYTES_MAX || (is_new && world.files.0.len() >= FILES_MAX) {
                return refused(507, "there is no room for it");
            }
            world.files.restore(ImportFile { path, since: at, whole, bytes });
        }
        FileDeed::Rename { from, to } => {
            if !is_file(&to) {
                return refused(403, "files are kept in the import folders only");
            }
            if world.files.get(&to).is_some() {
                return refused(409, "there is a file of that name");
            }
            let Some(file) = world.files.0.remove(&from) else {
                return refused(404, "there is no such file");
            };
            world.files.restore(ImportFile { path: to, since: at, ..ImportFile::clone(&file) });
        }
        FileDeed::Remove { path } => {
            if world.files.0.remove(&path).is_none() {
                return refused(404, "there is no such file");
            }
        }
    }
    Answer::empty(204)
}

/// The kind of a file that an import takes by its name (fact M-31).
fn expected(settings: &Settings, switches: &Switches, file: &ImportFile) -> Option<FileKind> {
    let Place::File(kind, name) = settings.import_folders.place(&file.path) else { return None };
    let ends = |end: &str| name.len() > end.len() && name.to_ascii_lowercase().ends_with(end);
    let fits = switches.file_names == FileNames::Any || ends(".csv") || ends(".xml");
    fits.then_some(kind)
}

/// When the job next finds something, in world time.
pub(crate) fn due(world: &World) -> Option<Timestamp> {
    let interval = i64::from(world.switches.file_import_interval_seconds);
    let next = |file: &ImportFile| {
        if interval == 0 {
            return file.since;
        }
        let next = (file.since.as_second().div_euclid(interval) + 1).saturating_mul(interval);
        Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
    };
    picked_up(world).map(next).min()
}

/// The files that the job takes.
fn picked_up(world: &World) -> impl Iterator<Item = &ImportFile> {
    world.files.rows().filter(|file| {
        expected(&world.settings, &world.switches, file).is_some_and(|kind| !kind.is_started_by_hand())
    })
}

/// The job: every file that it finds, one folder after the other, in each by name.
pub(crate) fn pick_up(world: &mut World, at: Timestamp) -> usize {
    FileKind::ALL
        .into_iter()
        .filter(|kind| !kind.is_started_by_hand())
        .map(|kind| start(world, kind, at))
        .sum()
}

/// Imports every file of one folder; says how many there were.
pub(crate) fn start(world: &mut World, kind: FileKind, at: Timestamp) -> usize {
    let is_of_kind = |file: &&ImportFile| expected(&world.settings, &world.switches, file) == Some(kind);
    let paths: Vec<String> = world.files.rows().filter(is_of_kind).map(|file| file.path.clone()).collect();
    for path in &paths {
        if let Some(file) = world.files.0.remove(path) {
            import(world, kind, &file, at);
        }
    }
    paths.len()
}

/// Imports one file, which is gone from its folder already.
fn import(world: &mut World, kind: FileKind, file: &ImportFile, at: Timestamp) {
    let mut tally = Tally::new(kind, file, at);
    if !file.whole {
        tally.note(Note::of(Rule::FileUnfinished));
        tally.say("its transfer was cut: only a part of it was here");
    }
    if !is_named_well(kind, file.name()) {
        tally.note(Note::of(Rule::FileName));
    }
    let is_xml = file.name().to_ascii_lowercase().ends_with(".xml");
    let done = match (kind, is_xml) {
        (FileKind::Stores, _) => stores::import(world, &file.bytes, &mut tally),
        (FileKind::Contacts, false) => contacts::import_csv(world, &file.bytes, &mut tally),
        (FileKind::Contacts, true) => contacts::import_xml(world, &file.bytes, &mut tally),
        (FileKind::Transactions, false) => receipts::import_csv(world, &file.bytes, &mut tally),
        (FileKind::Transactions, true) => receipts::import_xml(world, &file.bytes, &mut tally),
        (FileKind::Points, false) => points::import_csv(world, &file.bytes, &mut tally),
        (FileKind::Points, true) => points::import_xml(world, &file.bytes, &mut tally),
        (FileKind::Vouchers, _) => vouchers::import(world, &file.bytes, &mut tally),
    };
    if tally.rows() > ROWS_ADVISED {
        tally.note(Note::of(Rule::FileTooLong));
    }
    let (import, notes) = tally.end(done.err());
    for note in notes {
        world.note(note, kind.call(), at, 0);
    }
    tell(world, &import);
    world.file_imports.push(import);
}

/// What the integration log says about a file. Rows are told by their number, never by what they hold.
fn tell(world: &mut World, import: &FileImport) {
    let level = match (&import.failed, import.ignored.is_empty()) {
        (Some(_), _) => Level::Error,
        (None, true) => Level::Info,
        (None, false) => Level::Warning,
    };
    world.log(level, import.at, import.told());
    for row in &import.named {
        world.log(Level::Warning, import.at, format!("{}: row {}: {}", import.file, row.row, row.because));
    }
}

/// Whether a name is as it should be (fact M-11): `[YYYYMMDDHHmmss]_[sequence or store id]_transactions.xml`.
fn is_named_well(kind: FileKind, name: &str) -> bool {
    /// Digits of a time to the second.
    const STAMP: usize = 14;
    let Some((stem, _)) = name.rsplit_once('.') else { return false };
    let Some((stamp, rest)) = stem.split_once('_') else { return false };
    let stamped = stamp.len() == STAMP && stamp.bytes().all(|b| b.is_ascii_digit());
    let word = rest.rsplit_once('_').map_or(rest, |(_, word)| word);
    stamped && word == kind.word()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_folder_to_a_file_in_one_or_nowhere() {
        let folders = ImportFolders::default();
        for folder in ["/", "/integration", "/integration/contactImport", "/BonusCheckImport"] {
            assert_eq!(folders.place(folder), Place::Folder, "{folder}");
        }
        let file = folders.place("/BonusCheckImport/a.csv");
        assert_eq!(file, Place::File(FileKind::Vouchers, "a.csv"));
        for nowhere in ["/a.csv", "/integration/a.csv", "/BonusCheckImport/sub/a.csv", "/bonuscheckimport"] {
            assert_eq!(folders.place(nowhere), Place::Nowhere, "{nowhere}");
        }
        assert_eq!(folders.inside("/"), ["BonusCheckImport", "integration"]);
        assert_eq!(folders.inside("/integration").len(), 4);
    }

    #[test]
    fn a_path_is_made_plain() {
        for (path, expected) in
            [("", "/"), (".", "/"), ("a//b/./c/", "/a/b/c"), ("/a/../../b", "/b"), ("/a/b/..", "/a")]
        {
            assert_eq!(plain(path), expected, "{path}");
        }
    }

    #[test]
    fn a_name_begins_with_its_time_and_ends_with_what_it_holds() {
        assert!(is_named_well(FileKind::Contacts, "20261123180000_0001_contacts.csv"));
        assert!(is_named_well(FileKind::Transactions, "20261123180000_transactions.xml"));
        for wrong in ["contacts.csv", "20261123_0001_contacts.csv", "20261123180000_0001_points.csv"] {
            assert!(!is_named_well(FileKind::Contacts, wrong), "{wrong}");
        }
    }
}
