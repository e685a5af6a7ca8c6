//! What a file for Engage looks like: its columns, or its elements.
//!
//! A record becomes [`Lines`]: the bytes of its rows in a file, and how many they are. In CSV a column is a path into the
//! record; a path that begins with the singular of one of its lists (`item.sku`) makes a row of each of the list's entries.
//! In XML the record is written as it is, a list's entries named in the singular (fact M-17).
//!
//! Values never hold `;` or a line break in CSV (fact M-07): what can't be sent is replaced, and [`Lines`] says that it was.
//!
//! Not here: which fields a record has, and files.

mod csv;
mod xml;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Entity;
use crate::manifest::{Certainty, StartedBy};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// Columns divided by `;`.
    Csv,
    /// Elements.
    Xml,
}

impl Format {
    /// What a file's name ends with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
        }
    }
}

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// Where in the record its value is, such as `contact.matchKey` or `item.sku`.
    pub path: String,
}

/// What the files of one kind look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    entity: Entity,
    format: Format,
    columns: Vec<Column>,
    certainty: Certainty,
}

/// A record's rows in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// The rows, each with its end.
    pub bytes: Vec<u8>,
    /// How many rows count against a file's limit (fact M-05): of a receipt its items.
    pub count: u32,
    /// The columns or elements in which a character was replaced because it can't be sent.
    pub replaced: Vec<String>,
}

/// Columns of a transaction's file: nobody outside has seen it (fact M-18).
const TRANSACTION_COLUMNS: [(&str, &str); 23] = [
    ("matchKey", "contact.matchKey"),
    ("matchKeyType", "contact.matchKeyType"),
    ("contactType", "contact.contactType"),
    ("uniqueReceiptId", "uniqueReceiptId"),
    ("receiptNumber", "receiptNumber"),
    ("createdDate", "createdDate"),
    ("storeExternalId", "storeExternalId"),
    ("currency", "currency"),
    ("exchangeRateToGroupCurrency", "exchangeRateToGroupCurrency"),
    ("totalGrossPrice", "totalGrossPrice"),
    ("paymentMethods", "paymentMethods"),
    ("type", "item.type"),
    ("sku", "item.sku"),
    ("articleNumber", "item.articleNumber"),
    ("articleName", "item.articleName"),
    ("articleGroup", "item.articleGroup"),
    ("quantity", "item.quantity"),
    ("grossPaidPrice", "item.grossPaidPrice"),
    ("taxAmount", "item.taxAmount"),
    ("taxPercent", "item.taxPercent"),
    ("marginPercent", "item.marginPercent"),
    ("awardsBonus", "item.awardsBonus"),
    ("discounts", "item.discounts"),
];

/// Columns of a points file (fact M-19).
const POINTS_COLUMNS: [&str; 12] = [
    "Key",
    "KeyType",
    "PointDefinitionId",
    "Amount",
    "TransactionType",
    "TransactionDate",
    "CreatedOn",
    "ValidTo",
    "CreatedBy",
    "Description",
    "Source",
    "ExpireAfterMonthsInactive",
];

/// Columns of a voucher file (fact M-23).
const VOUCHER_COLUMNS: [&str; 13] = [
    "MemberKey",
    "PromotionName",
    "CreatedOn",
    "ExpiryDate",
    "ValidFrom",
    "RewardVoucherValues",
    "BonusPoints",
    "Value",
    "UniqueCode",
    "Used",
    "UsedBy",
    "UsedStoreId",
    "UsedByInvoiceExternalId",
];

impl Layout {
    /// The layout of a kind of file. `fields` are those that records have where the file has Engage's own attributes as
    /// columns: stores (fact M-25) and contacts (fact M-12). `own` are columns that the retailer was told by Voyado.
    #[must_use]
    pub fn new(entity: Entity, format: Format, fields: &[String], own: &[(String, String)]) -> Self {
        let same = |name: &str| Column { name: name.to_owned(), path: name.to_owned() };
        let columns = if own.is_empty() {
            match entity {
                Entity::Stores | Entity::Contacts => fields.iter().map(|field| same(field)).collect(),
                Entity::Receipts => TRANSACTION_COLUMNS
                    .iter()
                    .map(|&(name, path)| Column { name: name.to_owned(), path: path.to_owned() })
                    .collect(),
                Entity::Points => POINTS_COLUMNS.map(same).into(),
                Entity::Vouchers => VOUCHER_COLUMNS.map(same).into(),
            }
        } else {
            own.iter().map(|(name, path)| Column { name: name.clone(), path: path.clone() }).collect()
        };
        // Columns that somebody wrote into the mapping are known no better: only an import shows that they are right.
        let certainty = match (entity, format, own.is_empty()) {
            (Entity::Receipts, ..) | (_, Format::Xml, _) | (_, _, false) => Certainty::Unverified,
            (Entity::Stores | Entity::Contacts | Entity::Points | Entity::Vouchers, Format::Csv, true) => {
                Certainty::Documented
            }
        };
        Self { entity, format, columns, certainty }
    }

    /// What is written by it.
    #[must_use]
    pub const fn entity(&self) -> Entity {
        self.entity
    }

    /// How it is written.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether it is public.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What each file begins with.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        match self.format {
            Format::Csv => csv::header(&self.columns),
            Format::Xml => xml::head(self.entity),
        }
    }

    /// What each file ends with.
    #[must_use]
    pub fn tail(&self) -> &'static [u8] {
        match self.format {
            Format::Csv => b"",
            Format::Xml => xml::tail(self.entity),
        }
    }

    /// A record's rows. Whole numbers of 128 bits and decimals keep their digits.
    #[must_use]
    pub fn lines(&self, record: &Value) -> Lines {
        match self.format {
            Format::Csv => csv::record(&self.columns, record),
            Format::Xml => xml::record(self.entity, record),
        }
    }

    /// The row of a record without lists, by the values of its columns (CSV) or of `names` (XML), in their order.
    #[must_use]
    pub fn line<'v>(&self, names: &[String], values: impl Iterator<Item = Option<&'v str>>) -> Lines {
        match self.format {
            Format::Csv => csv::row(&self.columns, values),
            Format::Xml => xml::flat(self.entity, names, values),
        }
    }
}

/// Who starts the import of these files (facts M-08, M-09).
#[must_use]
pub const fn started_by(entity: Entity) -> StartedBy {
    match entity {
        Entity::Stores | Entity::Vouchers => StartedBy::Voyado,
        Entity::Contacts | Entity::Receipts | Entity::Points => StartedBy::Engage,
    }
}

/// The word for a kind in files' names (fact M-11).
#[must_use]
pub const fn kind(entity: Entity) -> &'static str {
    match entity {
        Entity::Stores => "stores",
        Entity::Contacts => "contacts",
        Entity::Receipts => "transactions",
        Entity::Points => "points",
        Entity::Vouchers => "vouchers",
    }
}

#[cfg(test)]
mod tests;
