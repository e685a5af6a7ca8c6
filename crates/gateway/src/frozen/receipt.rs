//! What is frozen of a receipt.

use pos::receipt::Settlement;
use serde::{Deserialize, Serialize};

use super::{Form, VERSION, Who, is_local_id};

/// What is frozen of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenReceipt {
    v: u8,
    /// Its money; absent where the receipt can't be settled as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<Settlement>,
    /// The contact's identifiers, in the till's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
    /// What was found wrong with it, as it was told to the till.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FrozenFinding>,
}

/// A finding, kept so that the same receipt gets the same answer again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenFinding {
    /// Whether it keeps the receipt from going to Engage.
    pub fault: bool,
    /// The stable code.
    pub code: String,
    /// A JSON pointer into the receipt.
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

impl FrozenReceipt {
    /// Freezes.
    pub fn new(settlement: Option<Settlement>, who: Vec<Who>, findings: Vec<FrozenFinding>) -> FrozenReceipt {
        FrozenReceipt { v: VERSION, settlement, who, findings }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenReceipt> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }

    /// The contact's id in Engage, where the till named it by that.
    pub fn contact_id(&self) -> Option<&str> {
        self.who.iter().find_map(|who| match who {
            Who::ContactId(id) if !is_local_id(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

impl Form for FrozenReceipt {
    fn version(&self) -> u8 {
        self.v
    }
}
