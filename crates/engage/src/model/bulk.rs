//! Contacts many at a time: what is sent, and how a batch ends.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Mismatch, Object, Shape, Text};

/// A contact as the bulk call has it: its attributes side by side, by Engage's names (fact M-28). What is
/// empty can't be held, since it would overwrite (fact M-30). `Debug` shows how many there are only.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FlatContact(BTreeMap<Text, FlatValue>);

/// The value of a flat contact's attribute.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FlatValue {
    /// A text, a number or a date.
    Text(Text),
    /// Yes or no.
    Truth(bool),
}

impl FlatContact {
    /// A contact of these attributes.
    pub fn new(attributes: impl IntoIterator<Item = (Text, FlatValue)>) -> Self {
        Self(attributes.into_iter().collect())
    }

    /// Whether it has any attribute at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for FlatContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlatContact({} attributes)", self.0.len())
    }
}

impl fmt::Debug for FlatValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Truth(truth) => truth.fmt(f),
        }
    }
}

/// How a batch is (fact M-29).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchStatus {
    /// It isn't done, or its status can't be read.
    NotEnded,
    /// It is done.
    Ended(BatchResult),
}

/// What became of a batch's contacts. Counts are absent where Engage doesn't say them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchResult {
    /// New contacts.
    pub created: Option<u64>,
    /// Contacts that were there and changed.
    pub updated: Option<u64>,
    /// Contacts that weren't taken.
    pub failed: Option<u64>,
    /// Why, for those that Engage names.
    pub faults: Vec<BatchFault>,
}

/// A contact of a batch that wasn't taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFault {
    /// Its place in the batch, from 0.
    pub index: u64,
    /// Engage's name for the fault.
    pub code: Option<Text>,
    /// Engage's words, which may quote the contact.
    pub message: Option<Text>,
}

impl BatchStatus {
    /// Never fails on a body of another shape: nobody outside has seen one, and what can't be read isn't ended.
    pub(crate) fn read(object: &Object<'_>) -> Result<Self, Mismatch> {
        let status = object.text("status");
        if !status.is_some_and(|status| status.as_str().eq_ignore_ascii_case("Completed")) {
            return Ok(Self::NotEnded);
        }
        let count = |name| object.count(name).ok().flatten();
        let faults = object.list("errors").ok().flatten().unwrap_or_default();
        Ok(Self::Ended(BatchResult {
            created: count("created"),
            updated: count("updated"),
            failed: count("failed"),
            faults: faults.into_iter().filter_map(fault).collect(),
        }))
    }
}

fn fault(row: Shape<'_>) -> Option<BatchFault> {
    let Shape::Object(row) = row else { return None };
    let index = row.count("index").ok().flatten()?;
    Some(BatchFault { index, code: row.text("errorCode"), message: row.text("message") })
}
