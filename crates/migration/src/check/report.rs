//! What a check says, for people and programs: `check.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::book::{Closed, RejectsFile};
use crate::manifest::{Input, Tally};
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
        }
    }

    pub(super) fn add(&mut self, entity: Entity, closed: Closed) {
        self.tallies.insert(entity, closed.tally);
        self.examples.insert(entity, closed.examples);
        self.rejects.extend(closed.rejects);
    }

    /// Rows that aren't sent for a fault.
    #[must_use]
    pub fn rows_rejected(&self) -> u64 {
        self.tallies.values().map(|tally| tally.rows_rejected).sum()
    }
}
