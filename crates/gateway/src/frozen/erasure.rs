//! What is frozen of the wish to be forgotten: next to nothing, for it outlives the person's data.

use serde::{Deserialize, Serialize};

use super::{Form, VERSION};

/// What is frozen of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenErasure {
    v: u8,
    /// The source.
    pub source: String,
}

impl FrozenErasure {
    /// Freezes.
    pub fn new(source: String) -> FrozenErasure {
        FrozenErasure { v: VERSION, source }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenErasure> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl Form for FrozenErasure {
    fn version(&self) -> u8 {
        self.v
    }
}
