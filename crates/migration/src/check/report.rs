//! What a check says, for people and programs: `check.json`.

use std::collections::BTreeMap;

use jiff::{ToSpan as _, Zoned};
use serde::{Deserialize, Serialize};

use super::book::{Closed, RejectsFile};
use crate::manifest::{Input, Tally, Turnover};
use crate::plan::inputs::Looked;
use crate::{Entity, Finding};

/// The version of the form.
pub const VERSION: u32 = 1;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of the form.
    pub version: u32,
    /// The mapping's digest.
    pub mapping: String,
    /// What was read.
    pub inputs: Vec<Input>,
    /// What becomes of the rows of each kind.
    pub tallies: BTreeMap<Entity, Tally>,
    /// A few findings of each code; all of them are in `findings/`.
    pub examples: BTreeMap<Entity, Vec<Finding>>,
    /// Rows that can be mended.
    pub rejects: Vec<RejectsFile>,
    /// Kinds that the export has none of, and that are taken to be in Engage already.
    pub assumed: Vec<Entity>,
    /// Receipts that are sent and are older than is recommended, if there are any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub older: Option<Older>,
}

/// Receipts that are older than is recommended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Older {
    /// How many are sent.
    pub receipts: u64,
    /// The month, as `YYYY-MM`, that the recommended ones begin with.
    pub recommended_since: String,
}

impl Older {
    /// Counted by months, of the turnover that is sent (fact M-26).
    fn than_recommended(turnover: &[Turnover], now: Zoned) -> Option<Self> {
        const MONTHS_RECOMMENDED: i64 = 24;
        let since = now.date().saturating_sub(MONTHS_RECOMMENDED.months()).strftime("%Y-%m").to_string();
        let receipts = turnover.iter().filter(|row| row.month < since).map(|row| row.receipts_sent).sum();
        (receipts > 0).then_some(Self { receipts, recommended_since: since })
    }
}

impl Report {
    pub(super) fn new(mapping: &str, inputs: &[Looked]) -> Self {
        Self {
            version: VERSION,
            mapping: mapping.to_owned(),
            inputs: inputs.iter().map(|looked| looked.input.clone()).collect(),
            tallies: BTreeMap::new(),
            examples: BTreeMap::new(),
            rejects: Vec::new(),
            assumed: Vec::new(),
            older: None,
        }
    }

    pub(super) fn add(&mut self, entity: Entity, closed: Closed) {
        self.tallies.insert(entity, closed.tally);
        self.examples.insert(entity, closed.examples);
        self.rejects.extend(closed.rejects);
    }

    pub(super) fn look_at_ages(&mut self, turnover: &[Turnover], now: Zoned) {
        self.older = Older::than_recommended(turnover, now);
    }

    /// Rows that aren't sent for a fault.
    #[must_use]
    pub fn rows_rejected(&self) -> u64 {
        self.tallies.values().map(|tally| tally.rows_rejected).sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::Older;
    use crate::manifest::Turnover;

    #[test]
    fn receipts_of_the_months_before_the_last_two_years_are_counted() {
        let now = date(2026, 11, 23).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        let sent = |month: &str, receipts_sent| Turnover {
            month: month.to_owned(),
            receipts_sent,
            ..Turnover::default()
        };
        let older = |months: &[Turnover]| Older::than_recommended(months, now.clone());
        assert_eq!(older(&[sent("2024-11", 7), sent("2026-01", 1), sent("2023-01", 0)]), None);
        let found = older(&[sent("2024-10", 2), sent("1997-01", 3), sent("2024-11", 7)]).unwrap();
        assert_eq!((found.receipts, found.recommended_since.as_str()), (5, "2024-11"));
    }
}
