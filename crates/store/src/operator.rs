//! What operators decide about a delivery: try it again, give it up, correct it.

use jiff::Timestamp;

use crate::command::{Role, Start};
use crate::rows::{Alias, ContentHash, DeliveryId, DeliveryState};
use crate::with::With;

/// An operator's retry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Which delivery: waiting, unknown, needing attention or discarded.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// Who: a token's name, never a person's data.
    pub by: String,
}

/// An operator's decision to give a delivery up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discard {
    /// Which delivery: any but one in flight or done.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// What becomes of those that wait for it.
    pub behind: Behind,
}

/// What becomes of deliveries whose edge led to a discarded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// They wait no longer and are tried on their own.
    Release,
    /// They are discarded too, with the same reason.
    Discard,
}

/// An operator's correction.
#[derive(Debug, Clone, PartialEq)]
pub struct Replace {
    /// Which delivery: waiting or needing attention, with no attempt that may have landed.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The new content's hash.
    pub content: ContentHash,
    /// The new body.
    pub body: Vec<u8>,
    /// What was decided about it.
    pub frozen: Vec<u8>,
    /// The aliases of the contact it concerns now.
    pub contact: Vec<Alias>,
    /// The public id for the contact if it is new to this database.
    pub new_contact_id: String,
    /// How it goes on: due, or still needing attention.
    pub start: Start,
    /// How it stands to its contact's creation.
    pub role: Role,
    /// Whose contact it has, what it draws, in the place of what it drew, the parts it falls into, and what comes along
    /// with it, beside what came along before; claims and voids are not looked at. What has parts already, or is one,
    /// can't be replaced, and neither can what came along with another or is about a subject.
    pub with: With,
}

/// What became of an operator's act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operated {
    /// Done.
    Done,
    /// There is no such delivery.
    NotFound,
    /// It can't be done in this state; the state's word, and whether an attempt may have landed.
    Refused {
        /// The delivery's state.
        state: DeliveryState,
        /// Whether some attempt may have reached Engage.
        may_have_landed: bool,
    },
    /// It was worked out from what is no longer so, or what it took back, or the offer that it used, may have been taken
    /// by another meanwhile: see [`crate::Seen`] and [`crate::Draw`]. Nothing was done.
    Overtaken,
}
