//! What was sent, from the lists that the plan left.
//!
//! Columns are found by their names, so that a list may have more of them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use rust_decimal::Decimal;

use crate::{Entity, Folder, RowAt};

use super::Error;

/// A record of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A store.
    Store,
    /// A contact.
    Contact {
        /// Its key.
        key: String,
        /// The identifiers that it was sent with.
        identifiers: Vec<String>,
    },
    /// A receipt.
    Receipt {
        /// The key of its contact.
        key: String,
        /// What was sent.
        receipt: Receipt,
    },
    /// Points.
    Points {
        /// Whose.
        key: String,
        /// How many.
        amount: Decimal,
    },
    /// A voucher.
    Voucher {
        /// Whose.
        key: String,
        /// What was sent.
        voucher: Voucher,
    },
}

/// A receipt as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// Its `uniqueReceiptId`.
    pub id: String,
    /// The store's external id.
    pub store: String,
    /// `YYYY-MM`.
    pub month: String,
    /// The currency's code.
    pub currency: String,
    /// What it comes to.
    pub total: Decimal,
}

/// A voucher as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Voucher {
    /// Its code; without one Engage makes it.
    pub code: Option<String>,
    /// Whether it was sent as used.
    pub used: bool,
    /// What it is worth.
    pub value: Decimal,
    /// Of which currency.
    pub currency: String,
}

/// Reads a list, record by record. Returns how many there are; none where there is no list.
///
/// # Errors
/// When it can't be read, isn't a list of this kind, `each` fails, or a person stopped it.
pub fn read(
    folder: &Folder,
    entity: Entity,
    stop: &AtomicBool,
    each: &mut dyn FnMut(RowAt, Entry) -> Result<(), Error>,
) -> Result<u64, Error> {
    let path = folder.index(entity);
    if !path.exists() {
        return Ok(0);
    }
    let unread = |source| Error::Index { path: path.clone(), source };
    let mut reader = csv::Reader::from_path(&path).map_err(unread)?;
    let columns = Columns { path: path.clone(), header: reader.headers().map_err(unread)?.clone() };
    let (mut row, mut count) = (csv::StringRecord::new(), 0);
    while reader.read_record(&mut row).map_err(unread)? {
        count += 1;
        if count % super::ROWS_BETWEEN_LOOKS == 0 && stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        let cells = Cells { columns: &columns, row: &row, line: count + 1 };
        each(cells.at(), cells.entry(entity)?)?;
    }
    Ok(count)
}

struct Columns {
    path: PathBuf,
    header: csv::StringRecord,
}

struct Cells<'a> {
    columns: &'a Columns,
    row: &'a csv::StringRecord,
    line: u64,
}

impl<'a> Cells<'a> {
    fn entry(&self, entity: Entity) -> Result<Entry, Error> {
        Ok(match entity {
            Entity::Stores => Entry::Store,
            Entity::Contacts => {
                let names = self.text("identifiers")?.split([' ', ',', ';', '+', '|']);
                let identifiers = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
                Entry::Contact { key: self.owned("key")?, identifiers }
            }
            Entity::Receipts => Entry::Receipt {
                key: self.owned("contactKey")?,
                receipt: Receipt {
                    id: self.owned("id")?,
                    store: self.owned("store")?,
                    month: self.owned("month")?,
                    currency: self.owned("currency")?,
                    total: self.decimal("total")?,
                },
            },
            Entity::Points => Entry::Points { key: self.owned("key")?, amount: self.decimal("amount")? },
            Entity::Vouchers => Entry::Voucher {
                key: self.owned("key")?,
                voucher: Voucher {
                    code: Some(self.owned("code")?).filter(|code| !code.is_empty()),
                    used: matches!(self.text("used")?, "1" | "true" | "True"),
                    value: self.decimal("value")?,
                    currency: self.owned("currency")?,
                },
            },
        })
    }

    /// The row of the export; where the list doesn't tell, its own line.
    fn at(&self) -> RowAt {
        let told = self.text("source").ok().and_then(|text| text.split_once(':'));
        let told =
            told.and_then(|(file, row)| Some(RowAt { file: file.parse().ok()?, row: row.parse().ok()? }));
        told.unwrap_or(RowAt { file: 0, row: self.line })
    }

    fn text(&self, name: &'static str) -> Result<&'a str, Error> {
        let place = self.columns.header.iter().position(|column| column == name);
        let cell = place.and_then(|place| self.row.get(place));
        cell.ok_or_else(|| Error::Column { path: self.columns.path.clone(), column: name })
    }

    fn owned(&self, name: &'static str) -> Result<String, Error> {
        self.text(name).map(str::to_owned)
    }

    fn decimal(&self, name: &'static str) -> Result<Decimal, Error> {
        let fault = |_| Error::Amount { path: self.columns.path.clone(), line: self.line, column: name };
        Decimal::from_str_exact(self.text(name)?).map_err(fault)
    }
}
