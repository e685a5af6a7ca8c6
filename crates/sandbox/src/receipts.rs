//! Receipts: what was sent, byte for byte, and what became of it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::fields;
use crate::lines::Line;
use crate::settings::Identifier;

/// A receipt that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Its place in the order of arrival, from 1.
    pub number: u64,
    /// What was sent; shared by the copies of a world.
    #[serde(with = "shared")]
    pub content: Arc<Content>,
    /// What became of it.
    pub fate: Fate,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The id by which Engage knows it again (fact R-05).
    pub unique_receipt_id: String,
    /// The printed number.
    pub receipt_number: String,
    /// The time of the sale, as it was written.
    pub created_date: String,
    /// The store.
    pub store_external_id: String,
    /// The currency.
    pub currency: String,
    /// The rate to the group currency, where one was sent.
    pub rate: Option<Decimal>,
    /// The total.
    pub total: Decimal,
    /// How many lines it has.
    pub item_count: usize,
    /// How its contact is named.
    pub contact: Match,
    /// When it arrived, in world time.
    pub received: Timestamp,
    /// The number of the request that brought it; 0 where a file did.
    pub request: u64,
    /// The body, exactly as it was sent.
    pub body: String,
}

/// How a receipt names its contact (facts ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Match {
    /// By its id.
    Id(String),
    /// By an identifier, among the contacts of one type.
    By {
        /// Which identifier.
        kind: Identifier,
        /// Its text, as it was sent.
        text: String,
        /// The handle of the contact type.
        contact_type: String,
    },
}

/// The type of a contact that names none (facts C-29, R-11).
pub(crate) const DEFAULT_TYPE: &str = "Member";

impl Match {
    /// Reads what a receipt or an order calls its contact; none where it names none in any way that there is.
    pub(crate) fn read(contact: &Value) -> Option<Match> {
        let text = contact.get("matchKey").and_then(fields::text)?;
        let kind = contact.get("matchKeyType")?;
        if fields::word(kind, &["contactId"]).is_some() {
            return Some(Match::Id(text));
        }
        let kind =
            Identifier::ALL.into_iter().find(|one| fields::word(kind, &[one.attribute()]).is_some())?;
        let named = contact.get("contactType").and_then(Value::as_str).filter(|text| !text.is_empty());
        Some(Match::By { kind, text, contact_type: named.unwrap_or(DEFAULT_TYPE).to_owned() })
    }
}

/// What became of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It waits for the next import.
    Pending,
    /// It is a transaction of a contact.
    #[serde(rename_all = "camelCase")]
    Imported {
        /// When.
        at: Timestamp,
        /// Whose.
        contact: Uuid,
        /// The rate it was converted at.
        rate: Decimal,
        /// The total in the group currency.
        group_total: Decimal,
        /// Its lines, as they are by now: what came back of them is noted with them. Shared like the content.
        #[serde(with = "shared")]
        lines: Arc<Vec<Line>>,
    },
    /// Its id was known already.
    #[serde(rename_all = "camelCase")]
    Ignored {
        /// When.
        at: Timestamp,
        /// The number of the receipt that has the id.
        same_as: u64,
    },
    /// It was lost.
    #[serde(rename_all = "camelCase")]
    Dropped {
        /// When.
        at: Timestamp,
        /// Why.
        because: String,
    },
}

impl Receipt {
    /// When it was sold. A time without a zone is let through; when it arrived will do for it.
    #[must_use]
    pub fn sold(&self) -> Timestamp {
        self.content.sold()
    }

    /// Its lines; none unless it was imported.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        match &self.fate {
            Fate::Imported { lines, .. } => lines,
            Fate::Pending | Fate::Ignored { .. } | Fate::Dropped { .. } => &[],
        }
    }

    /// The points that were booked for its lines.
    #[must_use]
    pub fn points(&self) -> Decimal {
        self.lines().iter().map(|line| line.points).sum()
    }
}

impl Content {
    pub(crate) fn sold(&self) -> Timestamp {
        self.created_date.parse().unwrap_or(self.received)
    }
}

impl Fate {
    /// One word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Fate::Pending => "pending",
            Fate::Imported { .. } => "imported",
            Fate::Ignored { .. } => "ignored",
            Fate::Dropped { .. } => "dropped",
        }
    }
}

/// Writes what is shared as if it were not.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        all: &Arc<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        all.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

/// All receipts, in the order of their arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receipts {
    rows: Vec<Receipt>,
    pending: VecDeque<usize>,
    imported: HashMap<String, usize>,
    by_contact: HashMap<Uuid, Vec<usize>>,
    counts: Counts,
}

/// How many receipts met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) pending: usize,
    pub(crate) imported: usize,
    pub(crate) ignored: usize,
    pub(crate) dropped: usize,
}

impl Receipts {
    pub(crate) fn take(&mut self, content: Content) {
        let number = self.rows.len() as u64 + 1;
        self.restore(Receipt { number, content: Arc::new(content), fate: Fate::Pending });
    }

    /// Puts a row in as it is: the index follows from its fate. Rows come in the order of their numbers, those that
    /// are imported in the order of their import.
    pub(crate) fn restore(&mut self, receipt: Receipt) {
        let row = self.rows.len();
        self.rows.push(receipt);
        self.index(row);
    }

    /// The first that waits, and for how long it has.
    pub(crate) fn first_pending(&self) -> Option<&Receipt> {
        self.pending.front().map(|row| &self.rows[*row])
    }

    /// Says what becomes of the first that waits.
    pub(crate) fn settle_first(&mut self, fate: Fate) {
        let Some(row) = self.pending.pop_front() else { return };
        self.counts.pending -= 1;
        self.rows[row].fate = fate;
        self.index(row);
    }

    fn index(&mut self, row: usize) {
        match &self.rows[row].fate {
            Fate::Pending => {
                self.pending.push_back(row);
                self.counts.pending += 1;
            }
            Fate::Imported { contact, .. } => {
                self.imported.insert(self.rows[row].content.unique_receipt_id.clone(), row);
                // In the order of arrival, whatever was imported first: a snapshot is read back in that order.
                let rows = self.by_contact.entry(*contact).or_default();
                let place = rows.partition_point(|one| *one < row);
                rows.insert(place, row);
                self.counts.imported += 1;
            }
            Fate::Ignored { .. } => self.counts.ignored += 1,
            Fate::Dropped { .. } => self.counts.dropped += 1,
        }
    }

    /// The imported receipt of this id.
    pub(crate) fn imported(&self, unique_receipt_id: &str) -> Option<&Receipt> {
        self.imported.get(unique_receipt_id).map(|row| &self.rows[*row])
    }

    /// The receipt of this number.
    pub(crate) fn numbered(&self, number: u64) -> Option<&Receipt> {
        self.rows.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// A line of an imported receipt, to note with it what came back.
    pub(crate) fn line_mut(&mut self, number: u64, line: usize) -> Option<&mut Line> {
        let receipt = self.rows.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)?;
        match &mut receipt.fate {
            Fate::Imported { lines, .. } => Arc::make_mut(lines).get_mut(line),
            Fate::Pending | Fate::Ignored { .. } | Fate::Dropped { .. } => None,
        }
    }

    /// A contact's imported receipts, the last first.
    pub(crate) fn of(&self, contact: Uuid) -> impl ExactSizeIterator<Item = &Receipt> {
        let rows = self.by_contact.get(&contact).map_or(&[][..], Vec::as_slice);
        rows.iter().rev().map(|row| &self.rows[*row])
    }

    pub(crate) fn rows(&self) -> &[Receipt] {
        &self.rows
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }
}
