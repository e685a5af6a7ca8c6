//! The last few of something, with a count of all there ever were.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Keeps the last `kept` rows and forgets the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ring<T> {
    kept: usize,
    ever: u64,
    rows: VecDeque<T>,
}

impl<T> Ring<T> {
    pub(crate) fn keeping(kept: usize) -> Ring<T> {
        Ring { kept, ever: 0, rows: VecDeque::new() }
    }

    pub(crate) fn push(&mut self, row: T) {
        if self.rows.len() == self.kept {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
        self.ever += 1;
    }

    /// How many rows there were, forgotten ones included.
    pub(crate) fn ever(&self) -> u64 {
        self.ever
    }

    pub(crate) fn iter(&self) -> std::collections::vec_deque::Iter<'_, T> {
        self.rows.iter()
    }
}
