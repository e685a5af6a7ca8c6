//! What came of a file: how many rows, what was made of them, and why the others were left.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{FileKind, ImportFile};
use crate::findings::Note;

/// How many imports are kept to be listed; the log has a line for each.
pub(crate) const IMPORTS_KEPT: usize = 1_000;
/// How many rows of a file are named, and how many notes are taken.
const NAMED_MAX: usize = 10;
/// How many notes are taken of one file: one a row would be too many, and the same again and again.
const NOTES_MAX: usize = 1_000;

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileImport {
    /// The file's name.
    pub file: String,
    /// The kind of its folder.
    pub folder: FileKind,
    /// How many bytes it had.
    pub bytes: u64,
    /// Since when it waited, in world time.
    pub since: Timestamp,
    /// When it was imported.
    pub at: Timestamp,
    /// How many rows it has; of transactions, lines.
    pub rows: u64,
    /// How many of them were imported.
    pub imported: u64,
    /// How many of those changed something that was there.
    pub updated: u64,
    /// How many records were made; of transactions, receipts.
    pub made: u64,
    /// How many contacts were created for rows that named one whom nobody knew.
    pub created: u64,
    /// How many rows were ignored, by reason.
    pub ignored: BTreeMap<String, u64>,
    /// How many values were left out of rows that were imported, by field.
    pub dropped_fields: BTreeMap<String, u64>,
    /// How many new contacts share a value with another contact, by attribute.
    pub shared: BTreeMap<String, u64>,
    /// The first rows that were ignored, or lost a field.
    pub named: Vec<NamedRow>,
    /// What else there is to say.
    pub remarks: Vec<String>,
    /// Why nothing of it was imported.
    pub failed: Option<String>,
}

/// A row that was ignored, or lost a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRow {
    /// Its number: in CSV that of its line, in XML that of its element.
    pub row: u64,
    /// Why.
    pub because: String,
}

impl FileImport {
    /// One line for the integration log.
    pub(crate) fn told(&self) -> String {
        let FileImport { file, rows, imported, updated, .. } = self;
        let head = format!("file {file} ({})", self.folder.word());
        if let Some(because) = &self.failed {
            return format!("{head}: failed, nothing was imported: {because}");
        }
        let mut text = format!("{head}: {rows} row(s), {imported} imported");
        if *updated > 0 {
            text.push_str(&format!(" ({updated} updated)"));
        }
        if self.folder == FileKind::Transactions {
            text.push_str(&format!(" as {} receipt(s)", self.made));
        }
        if self.created > 0 {
            text.push_str(&format!(", {} unknown contact(s) created", self.created));
        }
        text.push_str(&counted("ignored", &self.ignored));
        text.push_str(&counted("values left out", &self.dropped_fields));
        text.push_str(&counted("values shared with other contacts", &self.shared));
        for remark in &self.remarks {
            text.push_str("; ");
            text.push_str(remark);
        }
        text
    }
}

fn counted(what: &str, counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let sum: u64 = counts.values().sum();
    let each: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    format!(", {sum} {what} ({})", each.join(", "))
}

/// What is counted while a file is imported.
#[derive(Debug)]
pub(crate) struct Tally {
    import: FileImport,
    notes: Vec<Note>,
}

impl Tally {
    pub(super) fn new(kind: FileKind, file: &ImportFile, at: Timestamp) -> Tally {
        let import = FileImport {
            file: file.name().to_owned(),
            folder: kind,
            bytes: file.size() as u64,
            since: file.since,
            at,
            rows: 0,
            imported: 0,
            updated: 0,
            made: 0,
            created: 0,
            ignored: BTreeMap::new(),
            dropped_fields: BTreeMap::new(),
            shared: BTreeMap::new(),
            named: Vec::new(),
            remarks: Vec::new(),
            failed: None,
        };
        Tally { import, notes: Vec::new() }
    }

    pub(super) fn at(&self) -> Timestamp {
        self.import.at
    }

    pub(super) fn rows(&self) -> u64 {
        self.import.rows
    }

    /// So many rows were made into one new record.
    pub(super) fn made(&mut self, rows: u64) {
        self.import.rows += rows;
        self.import.imported += rows;
        self.import.made += 1;
    }

    /// A row changed what was there.
    pub(super) fn updated(&mut self) {
        self.import.rows += 1;
        self.import.imported += 1;
        self.import.updated += 1;
    }

    /// So many rows, of which this is the first, were ignored.
    pub(super) fn ignore(&mut self, row: u64, rows: u64, because: &str) {
        self.import.rows += rows;
        *self.import.ignored.entry(because.to_owned()).or_default() += rows;
        self.name(row, because.to_owned());
    }

    /// The same, with what of it was the reason.
    pub(super) fn ignore_at(&mut self, row: u64, rows: u64, because: &str, what: &str) {
        self.import.rows += rows;
        *self.import.ignored.entry(because.to_owned()).or_default() += rows;
        self.name(row, format!("{because}: {what}"));
    }

    /// A row of points made a contact that nobody knew.
    pub(super) fn created(&mut self) {
        self.import.created += 1;
    }

    /// A new contact shares a value with another one.
    pub(super) fn shared(&mut self, attribute: &str) {
        *self.import.shared.entry(attribute.to_owned()).or_default() += 1;
    }

    /// A row lost a value.
    pub(super) fn drop_field(&mut self, row: u64, field: &str) {
        *self.import.dropped_fields.entry(field.to_owned()).or_default() += 1;
        self.name(row, format!("{field} is not valid and was left out"));
    }

    /// A row lost a value whose column nobody knows; the column is named once, and not by its rows.
    pub(super) fn drop_column(&mut self, column: &str) {
        *self.import.dropped_fields.entry(column.to_owned()).or_default() += 1;
    }

    fn name(&mut self, row: u64, because: String) {
        if self.import.named.len() < NAMED_MAX {
            self.import.named.push(NamedRow { row, because });
        }
    }

    pub(super) fn say(&mut self, remark: impl Into<String>) {
        if self.import.remarks.len() < NAMED_MAX {
            self.import.remarks.push(remark.into());
        }
    }

    pub(super) fn say_once(&mut self, remark: &str) {
        if !self.import.remarks.iter().any(|one| one == remark) {
            self.say(remark);
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(note);
        }
    }

    pub(super) fn notes(&mut self, notes: impl IntoIterator<Item = Note>) {
        notes.into_iter().for_each(|note| self.note(note));
    }

    /// What came of it, where nothing made it fail as a whole.
    pub(super) fn end(mut self, failed: Option<String>) -> (FileImport, Vec<Note>) {
        self.import.failed = failed;
        (self.import, self.notes)
    }
}
