//! The exports that are read: the sample's, without faults, the same bytes every time.

use std::path::Path;

use anyhow::{Context as _, ensure};
use encoding_rs::WINDOWS_1252;
use jiff::civil::date;
use migration::mapping::Mapping;
use migration::sample::{self, Fault, Faults, Form, Options};
use migration::source::Encoding;
use migration::{Entity, Folder};

/// Of how many receipts one is another customer's.
const RECEIPTS_A_CONTACT: u64 = 100;

/// About how many rows a receipt has where each of its lines is one.
const ROWS_A_RECEIPT_PERCENT: u64 = 345;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Contacts in CSV.
    Contacts,
    /// Receipts in JSON Lines, with their rows inside.
    Receipts,
    /// Receipts in CSV, a row a line.
    ReceiptRows,
}

impl Subject {
    pub fn parse(word: &str) -> anyhow::Result<Self> {
        super::SUBJECTS.into_iter().find(|subject| subject.word() == word).context("no such subject")
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Receipts => "receipts",
            Self::ReceiptRows => "receipt-rows",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Contacts => "contacts in CSV",
            Self::Receipts => "receipts in JSON Lines",
            Self::ReceiptRows => "receipts in CSV, a row a line",
        }
    }

    pub const fn aim(self) -> &'static str {
        match self {
            Self::Contacts => "aim >= 0.12, reach 0.18",
            Self::Receipts => "aim >= 0.30, reach 0.45",
            Self::ReceiptRows => "",
        }
    }

    pub const fn entity(self) -> Entity {
        match self {
            Self::Contacts => Entity::Contacts,
            Self::Receipts | Self::ReceiptRows => Entity::Receipts,
        }
    }

    /// Its file, from the migration's folder.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Contacts => "export/customers.csv",
            Self::Receipts => "export/sales.jsonl",
            Self::ReceiptRows => "export/sales.csv",
        }
    }

    /// The mapping, of nothing but this and what it refers to.
    pub fn mapping(self, folder: &Folder) -> anyhow::Result<Mapping> {
        let mut mapping = Mapping::read(&folder.mapping())
            .map_err(|problems| anyhow::anyhow!("the sample's mapping: {problems:?}"))?;
        mapping.tables.retain(|table| match table.entity {
            Entity::Stores | Entity::Contacts => true,
            Entity::Receipts => self.entity() == Entity::Receipts,
            Entity::Points | Entity::Vouchers => false,
        });
        let own = mapping
            .tables
            .iter_mut()
            .filter(|table| table.files.iter().any(|file| file.ends_with(self.file())));
        own.for_each(|table| table.reading.encoding = Some(Encoding::UTF_8));
        Ok(mapping)
    }
}

/// Writes an export of so many rows, and answers how long the file is.
pub fn write(subject: Subject, rows: u64, folder: &Path) -> anyhow::Result<u64> {
    let (contacts, receipts, form) = match subject {
        Subject::Contacts => (rows, 1, Form::Rows),
        Subject::Receipts => (rows / RECEIPTS_A_CONTACT, rows, Form::JsonLines),
        Subject::ReceiptRows => (rows / RECEIPTS_A_CONTACT, rows * 100 / ROWS_A_RECEIPT_PERCENT, Form::Rows),
    };
    let options = Options {
        contacts,
        receipts,
        seed: 1,
        until: date(2026, 11, 23),
        form,
        // A sale by nobody isn't planned, and every row is to be.
        faults: Faults::none().with(Fault::NoContact, 0),
        personal_numbers: false,
    };
    sample::write(&Folder::at(folder), &options)?;
    let path = folder.join(subject.file());
    let bytes = std::fs::read(&path)?;
    if std::str::from_utf8(&bytes).is_ok() {
        return Ok(bytes.len() as u64);
    }
    // The plain reader knows UTF-8 only, and both sides are to read the same bytes.
    let (text, _, is_damaged) = WINDOWS_1252.decode(&bytes);
    ensure!(!is_damaged, "the sample is written as its mapping says");
    std::fs::write(path, text.as_bytes())?;
    Ok(text.len() as u64)
}
