//! How an export's columns become fields: the one file of a migration that a person writes.
//!
//! [`Mapping::read`] reads it and says everything that is wrong at once, each with its line and what to do.
//! [`Table::bind`] fits a table's rules to the columns of one file; a [`Bound`] then makes texts, numbers, times and
//! truths of rows, or says why it can't.
//!
//! Invariants: a mapping that was read is complete, and its rules are of fields that exist; no reason repeats a value of
//! the export.
//!
//! It knows how values are written, not whether they are right: that is the records' to judge.

mod bound;
mod document;
mod fields;
mod moment;
mod number;
mod problem;
mod read;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use pos::rates::Rates;
use secrecy::SecretString;

pub(crate) use self::bound::truth_of;
pub use self::bound::{Bound, FieldAt, Unfit};
pub(crate) use self::fields::needed;
pub use self::fields::{LINE_KINDS, fields_of, is_open};
pub use self::moment::{Moment, read_date, read_moment};
pub use self::number::NumberForm;
pub use self::problem::Problem;
pub use self::rule::{From, Rule};
use crate::Entity;
use crate::source::Reading;

/// Where the SFTP password may stand instead of in a file.
pub const PASSWORD_VARIABLE: &str = "TILLBRIDGE_SFTP_PASSWORD";

/// Everything that a migration is told.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Whose history it is.
    pub retailer: Retailer,
    /// Where it goes.
    pub engage: Target,
    /// What is read, in the order of work; the lines of receipts after the receipts.
    pub tables: Vec<Table>,
    /// The columns of files whose built-in layout is replaced.
    pub layouts: BTreeMap<Entity, Layout>,
    digest: String,
}

/// Whose history it is, and what their exports leave unsaid.
#[derive(Debug, Clone)]
pub struct Retailer {
    /// The country of phone numbers that name none, as two letters.
    pub country: String,
    /// The zone of times that name none.
    pub time_zone: TimeZone,
    /// The currency of receipts that name none.
    pub currency: String,
    /// What exchange rates are to.
    pub group_currency: String,
    /// The rates to that, of receipts that say none.
    pub rates: Rates,
    /// Older receipts are left out.
    pub since: Option<Date>,
    /// Whether personal identity numbers may be migrated.
    pub personal_numbers: PersonalNumbers,
}

/// Whether personal identity numbers may be migrated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PersonalNumbers {
    /// They may not: a mapping that has them is refused.
    #[default]
    Refused,
    /// The retailer has the right to keep them.
    Allowed,
}

/// Where the history goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// What receipts name their contact by.
    pub contact_key: ContactKey,
    /// The type of all contacts: a file has one (fact M-12).
    pub contact_type: String,
    /// How contacts go.
    pub contacts_by: ContactsBy,
    /// The form of contact files.
    pub contacts_as: Format,
    /// The form of receipt files.
    pub receipts_as: Format,
    /// Stores that Engage has already: receipts may name them, as they may those of the export.
    pub known_stores: Vec<String>,
    /// Whether all else waits until Voyado has imported the stores.
    pub stores: Stores,
    /// The folder of each kind of file.
    pub folders: BTreeMap<Entity, String>,
    /// The server that files go to; a plan needs none.
    pub sftp: Option<Sftp>,
}

/// An attribute of a contact that is theirs alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactKey {
    /// The member number.
    MemberNumber,
    /// The id in another system.
    ExternalId,
    /// The e-mail address.
    Email,
    /// The mobile phone's number.
    MobilePhone,
    /// The personal identity number.
    SocialSecurityNumber,
}

impl ContactKey {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::MemberNumber, Self::ExternalId, Self::Email, Self::MobilePhone, Self::SocialSecurityNumber];

    /// Engage's name of the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MemberNumber => "memberNumber",
            Self::ExternalId => "externalId",
            Self::Email => "email",
            Self::MobilePhone => "mobilePhone",
            Self::SocialSecurityNumber => "socialSecurityNumber",
        }
    }
}

/// How contacts go to Engage (fact M-01).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContactsBy {
    /// In files over SFTP.
    #[default]
    File,
    /// By the bulk calls.
    Bulk,
}

/// Whether Engage has the export's stores already (fact M-03).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stores {
    /// Their files go first, and all else waits for them.
    #[default]
    First,
    /// Their files go as well, and nothing waits for them.
    ThereAlready,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Cells divided by `;`.
    #[default]
    Csv,
    /// Elements.
    Xml,
}

impl Format {
    /// What names of such files end with, and the word in a mapping.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
        }
    }
}

/// A server that files go to.
#[derive(Debug, Clone)]
pub struct Sftp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whom it knows.
    pub user: String,
    /// Where the password stands; else it is in [`PASSWORD_VARIABLE`].
    pub password_file: Option<PathBuf>,
    /// Where a private key stands that is used instead of a password.
    pub key_file: Option<PathBuf>,
    /// The fingerprint that its key must have, `SHA256:…`.
    pub host_key: Option<String>,
}

impl Sftp {
    /// The password: from its file, else what the environment says.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    pub fn password(&self, environment: Option<SecretString>) -> std::io::Result<Option<SecretString>> {
        match &self.password_file {
            Some(path) => {
                let text = std::fs::read_to_string(path)?;
                Ok(Some(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned())))
            }
            None => Ok(environment),
        }
    }
}

/// The columns or elements of a file for Engage, in their order: what each is called, and the path into the record that
/// it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Name and path.
    pub columns: Vec<(String, String)>,
}

/// Which rows of receipts a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// All there is to a record: `[receipts]`, and all others.
    Whole,
    /// Lines of receipts whose heads are in `[receipts]`: `[receipt-lines]`.
    Lines,
}

/// Files of one kind of rows, and what their columns mean.
#[derive(Debug, Clone)]
pub struct Table {
    /// What a row is, or is a part of.
    pub entity: Entity,
    /// Whether it is the whole or lines.
    pub part: Part,
    /// The files, as they can be opened.
    pub files: Vec<PathBuf>,
    /// How they are to be read.
    pub reading: Reading,
    /// Each field with its rule, in the order of the mapping.
    pub rules: Vec<(String, Rule)>,
    /// What each file is called among the rejects.
    names: Vec<String>,
    zone: TimeZone,
    /// The line of the mapping that its fields begin on.
    line: usize,
}

impl Table {
    /// Its name in the mapping.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match (self.entity, self.part) {
            (Entity::Receipts, Part::Lines) => "receipt-lines",
            (entity, _) => entity.as_str(),
        }
    }

    /// What a file of it is called among the rejects and the mended: its own name, or one with the table's before it
    /// where two files or tables share a name. Rejects of workbooks are CSV.
    ///
    /// # Panics
    ///
    /// If the table has no such file.
    #[must_use]
    pub fn name_of(&self, file: u16) -> &str {
        &self.names[usize::from(file)]
    }

    /// The columns that its rules want, each once.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for column in self.rules.iter().flat_map(|(_, rule)| rule.columns()) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        columns
    }

    /// Fits the rules to a file's columns.
    ///
    /// # Errors
    ///
    /// Every column that it hasn't got.
    pub fn bind(&self, header: &[String]) -> Result<Bound, Vec<Problem>> {
        Bound::new(self, header)
    }
}

impl Mapping {
    /// Reads a mapping. Paths in it are taken from where it stands.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn read(path: &Path) -> Result<Self, Vec<Problem>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![Problem::general(format!("{} can't be read: {error}", path.display()))])?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads a mapping's text, with paths from this folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Problem>> {
        read::mapping(text, folder)
    }

    /// A digest of everything that decides what a plan holds: not of comments, nor of how the server is reached.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The table of this kind, if there is one.
    #[must_use]
    pub fn table(&self, entity: Entity, part: Part) -> Option<&Table> {
        self.tables.iter().find(|table| table.entity == entity && table.part == part)
    }
}
