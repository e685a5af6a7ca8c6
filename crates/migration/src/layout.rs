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

use crate::Entity;
use crate::manifest::{Certainty, StartedBy};
use crate::mapping::Format;
use crate::tape::Item;

/// A column of the mapping that no record has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the layout of {} wants {path:?}, which no such record has", entity.as_str())]
pub struct UnknownPath {
    /// Of which kind the records are.
    pub entity: Entity,
    /// What it wants.
    pub path: String,
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
    /// What a record without lists has, in the order of its values.
    fields: Vec<String>,
    columns: Vec<Column>,
    /// For each column the value that it shows, of a record without lists.
    places: Vec<usize>,
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
    /// columns: stores (fact M-25) and contacts (fact M-12). `own` are columns that the retailer was told by Voyado; in XML
    /// they change nothing.
    ///
    /// # Errors
    /// A column of `own` that no record has a value for.
    pub fn new(
        entity: Entity,
        format: Format,
        fields: &[String],
        own: &[(String, String)],
    ) -> Result<Self, UnknownPath> {
        let fields: Vec<String> = match entity {
            Entity::Stores | Entity::Contacts => fields.to_vec(),
            Entity::Receipts => Vec::new(),
            Entity::Points => POINTS_COLUMNS.map(str::to_owned).into(),
            Entity::Vouchers => VOUCHER_COLUMNS.map(str::to_owned).into(),
        };
        let column = |name: &str, path: &str| Column { name: name.to_owned(), path: path.to_owned() };
        let columns: Vec<Column> = match (own, entity) {
            ([], Entity::Receipts) => TRANSACTION_COLUMNS.map(|(name, path)| column(name, path)).into(),
            ([], _) => fields.iter().map(|field| column(field, field)).collect(),
            (own, _) => own.iter().map(|(name, path)| column(name, path)).collect(),
        };
        let unknown = |column: &Column| UnknownPath { entity, path: column.path.clone() };
        let mut places = Vec::with_capacity(columns.len());
        for column in &columns {
            if entity == Entity::Receipts {
                let known = column.path.split('.').all(|name| name == "item" || xml::ORDER.contains(&name));
                known.then_some(()).ok_or_else(|| unknown(column))?;
            } else {
                let place = fields.iter().position(|field| *field == column.path);
                places.push(place.ok_or_else(|| unknown(column))?);
            }
        }
        // Columns that somebody wrote into the mapping are known no better: only an import shows that they are right.
        let certainty = match (entity, format, own.is_empty()) {
            (Entity::Receipts, ..) | (_, Format::Xml, _) | (_, _, false) => Certainty::Unverified,
            (Entity::Stores | Entity::Contacts | Entity::Points | Entity::Vouchers, Format::Csv, true) => {
                Certainty::Documented
            }
        };
        Ok(Self { entity, format, fields, columns, places, certainty })
    }

    /// What a record without lists has, in the order in which [`Self::line`] takes its values.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.fields
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
    pub(crate) fn lines(&self, record: Item<'_>) -> Lines {
        match self.format {
            Format::Csv => csv::record(&self.columns, record),
            Format::Xml => xml::record(self.entity, record),
        }
    }

    /// The row of a record without lists, by the values of its [`fields`](Self::fields).
    #[must_use]
    pub fn line(&self, values: &[Option<&str>]) -> Lines {
        match self.format {
            Format::Csv => csv::row(&self.columns, self.places.iter().map(|place| values[*place])),
            Format::Xml => xml::flat(self.entity, &self.fields, values.iter().copied()),
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
