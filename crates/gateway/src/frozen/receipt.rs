//! What is frozen of a receipt.

use std::collections::BTreeMap;

use pos::receipt::{Moment, Settlement};
use serde::{Deserialize, Serialize};

use super::{Form, VERSION, Who};

/// What is frozen of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenReceipt {
    v: u8,
    /// Its money; absent where the receipt can't be settled as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<Settlement>,
    /// Which of its parts this is: each is a receipt of its own in Engage.
    #[serde(default, skip_serializing_if = "is_first")]
    pub part: usize,
    /// That it is undone by its reverse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversal: Option<Reversal>,
    /// The ids in Engage of the promotions that it used, by the till's names for these offers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promotions: BTreeMap<String, String>,
    /// The numbers of the vouchers that it used, by the till's names for these offers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vouchers: BTreeMap<String, String>,
    /// That it is from before the gateway, and in Engage by the shop's history.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
    /// The contact's identifiers, in the till's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
    /// What was found wrong with it, as it was told to the till.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FrozenFinding>,
}

/// How a receipt is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// When it was, with the offset of the shop's time.
    pub at: Moment,
    /// The number that was printed for it; the receipt's own where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_number: Option<String>,
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
        FrozenReceipt {
            v: VERSION,
            settlement,
            part: 0,
            reversal: None,
            before: false,
            promotions: BTreeMap::new(),
            vouchers: BTreeMap::new(),
            who,
            findings,
        }
    }

    /// Of one of its parts.
    #[must_use]
    pub fn of_part(self, part: usize) -> FrozenReceipt {
        FrozenReceipt { part, ..self }
    }

    /// Undone like this.
    #[must_use]
    pub fn reversed(self, reversal: Reversal) -> FrozenReceipt {
        FrozenReceipt { reversal: Some(reversal), ..self }
    }

    /// From before the gateway.
    #[must_use]
    pub fn of_before(self) -> FrozenReceipt {
        FrozenReceipt { before: true, ..self }
    }

    /// With these promotions and vouchers.
    #[must_use]
    pub fn using(
        self,
        promotions: BTreeMap<String, String>,
        vouchers: BTreeMap<String, String>,
    ) -> FrozenReceipt {
        FrozenReceipt { promotions, vouchers, ..self }
    }

    /// For whoever goes by these.
    #[must_use]
    pub fn of_claimant(self, who: Vec<Who>) -> FrozenReceipt {
        FrozenReceipt { who, ..self }
    }

    /// The shorter form that is kept once nothing is owed any longer: its money, without whom it was for. Of a sale from
    /// before the gateway nothing else says whom that is in Engage.
    #[must_use]
    pub fn condensed(self) -> FrozenReceipt {
        let who = if self.before { self.who } else { Vec::new() };
        FrozenReceipt { who, findings: Vec::new(), ..self }
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
        super::contact_id(&self.who)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_first(part: &usize) -> bool {
    *part == 0
}

impl Form for FrozenReceipt {
    fn version(&self) -> u8 {
        self.v
    }
}
