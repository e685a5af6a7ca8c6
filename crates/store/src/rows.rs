//! What is read back: ids, states and rows.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::subject::Subject;
use crate::with::{Seen, Standing};

/// A delivery's number. Shown as text, `d-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub(crate) i64);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d-{}", self.0)
    }
}

/// The text is no delivery's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a delivery's number, which looks like d-17")]
pub struct ParseIdError;

impl FromStr for DeliveryId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let number = text.strip_prefix("d-").and_then(|digits| digits.parse().ok()).ok_or(ParseIdError)?;
        let id = Self(number);
        // One delivery has one name: no sign, no leading zero.
        if number > 0 && id.to_string() == text { Ok(id) } else { Err(ParseIdError) }
    }
}

/// A document's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(pub(crate) i64);

/// A contact's number in this database; never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactKey(pub i64);

/// The keyed hash of one identifier of a contact, made by [`crate::Keys::alias`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(pub(crate) [u8; 16]);

/// The keyed hash of a content, made by [`crate::Keys::content`]; its first byte is the form's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub(crate) [u8; 17]);

/// The hash of a token, made by [`crate::TokenHash::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub(crate) [u8; 32]);

/// Why a delivery is as it is: a stable code and a sentence without personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The stable code.
    pub code: String,
    /// What to know and what to do.
    pub detail: String,
}

/// A contact as this database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactState {
    /// Its number.
    pub key: ContactKey,
    /// The id that tills were given before Engage had one; valid for ever.
    pub public_id: String,
    /// Its id in Engage, once known.
    pub remote_id: Option<String>,
    /// When the id in Engage became known here.
    pub bound_at: Option<Timestamp>,
    /// The open delivery that creates it.
    pub creation: Option<DeliveryId>,
}

/// The states of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// It will be tried when it is due and waits for nothing.
    Waiting,
    /// Its call is under way.
    InFlight,
    /// A call was begun and nobody knows what came of it.
    Unknown,
    /// Engage has it.
    Done,
    /// A person must decide.
    NeedsAttention,
    /// A person gave it up.
    Discarded,
}

/// A delivery that is due, with what is needed to make its call.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// Its number.
    pub id: DeliveryId,
    /// Its kind, the caller's word.
    pub kind: String,
    /// `Waiting` or `Unknown`.
    pub state: DeliveryState,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How many attempts were begun.
    pub attempts: u32,
    /// How many steps failed and put it off, since the last that did not; the exponent of the delay. One after which it
    /// was due again at once, because the link was at fault, is none.
    pub failures: u32,
    /// When the last attempt that may have landed was last known to be under way: its begin if the process was
    /// stopped meanwhile, else the moment its outcome turned out to be unknown. Always `Some` in state `Unknown`; in
    /// state `Waiting` only after an earlier attempt that may have landed.
    pub unknown_since: Option<Timestamp>,
    /// Why it was put off, if its last step said so.
    pub note: Option<Note>,
    /// The document's identity.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// The body as it was sent.
    pub body: Vec<u8>,
    /// What was decided when it was accepted.
    pub frozen: Vec<u8>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// For a change of a contact: the profile that is kept of it.
    pub profile: Option<Vec<u8>>,
    /// What an earlier attempt had to remember.
    pub mark: Option<Vec<u8>>,
    /// What its document is about, beside its contact.
    pub about: Option<Subject>,
    /// The document that its own came along with.
    pub leader: Option<Leader>,
}

/// The document that another came along with, or follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// Its kind.
    pub kind: String,
    /// Its identity within its kind.
    pub key: String,
    /// The state of its delivery, if it owes one.
    pub state: Option<DeliveryState>,
    /// What its delivery learnt.
    pub learnt: Option<Vec<u8>>,
}

/// What is due now, and when the next falls due.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DuePage {
    /// The deliveries, oldest due first.
    pub due: Vec<Due>,
    /// When to ask again, if nothing changes.
    pub next: Option<Timestamp>,
}

/// A finished delivery that waits to be seen on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// Its number.
    pub id: DeliveryId,
    /// The document's identity.
    pub key: String,
    /// How often it was looked for in vain since it was last sent.
    pub misses: u32,
    /// Whether it was sent a second time because it was not seen.
    pub resent: bool,
}

/// All that is due to be seen of one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnconfirmedContact {
    /// Its id in Engage.
    pub remote_id: String,
    /// Its deliveries, oldest first.
    pub deliveries: Vec<Unconfirmed>,
}

/// A delivery as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRow {
    /// Its number.
    pub id: DeliveryId,
    /// Its kind.
    pub kind: String,
    /// Its state.
    pub state: DeliveryState,
    /// The kind of the document it came from.
    pub document_kind: String,
    /// The document's identity.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it is tried next, in the states that are tried.
    pub due: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How many attempts were begun.
    pub attempts: u32,
    /// Whether some attempt may have reached Engage.
    pub may_have_landed: bool,
    /// Why it is as it is.
    pub note: Option<Note>,
    /// The open deliveries it waits for.
    pub waits_for: Vec<DeliveryId>,
    /// When it was seen on the other side.
    pub confirmed_at: Option<Timestamp>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
}

/// One attempt or operator's act in the history of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// When.
    pub at: Timestamp,
    /// What: `attempt`, `done`, `again`, `unknown`, `needsAttention`, `retry`, `discard`, `replace`, `seen`, …
    pub what: String,
    /// The code and the sentence, if there are any.
    pub note: Option<Note>,
    /// Who, for operators' acts.
    pub by: Option<String>,
}

/// A document with its body.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRow {
    /// Its number.
    pub id: DocumentId,
    /// Its identity within its kind.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The body; `None` once its retention has ended.
    pub body: Option<Vec<u8>>,
    /// What was decided when it was accepted; `None` once its retention has ended.
    pub frozen: Option<Vec<u8>>,
    /// Its delivery.
    pub delivery: Option<DeliveryRow>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// How many other contents were said under this identity and kept.
    pub conflicts: u32,
    /// The key of the document that it is a part of, or compensates for.
    pub part_of: Option<String>,
    /// The parts it fell into, and what compensates for it, oldest first.
    pub parts: Vec<PartRow>,
    /// What voided it, if anything did.
    pub voided: Option<VoidRow>,
    /// What is taken back of it: the live draws on it, oldest first.
    pub drawn: Vec<DrawnRow>,
    /// What came along with it, oldest first.
    pub along: Vec<AlongRow>,
}

/// A document that came along with another.
#[derive(Debug, Clone, PartialEq)]
pub struct AlongRow {
    /// Its number.
    pub id: DocumentId,
    /// Its kind.
    pub kind: String,
    /// Its identity within its kind.
    pub key: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// What was decided about it; `None` once its retention has ended.
    pub frozen: Option<Vec<u8>>,
    /// The name of the subject that it is about.
    pub about: Option<String>,
    /// Its delivery.
    pub delivery: Option<DeliveryRow>,
    /// Whether it was taken back.
    pub undone: bool,
}

/// A document that another fell into.
#[derive(Debug, Clone, PartialEq)]
pub struct PartRow {
    /// Its number.
    pub id: DocumentId,
    /// Its identity within its kind.
    pub key: String,
    /// Its delivery.
    pub delivery: Option<DeliveryRow>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// What came along with it, oldest first.
    pub along: Vec<AlongRow>,
}

/// The document that voided another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidRow {
    /// Its number.
    pub id: DocumentId,
    /// Its identity within its kind.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// A document that others may draw on, with what they drew.
#[derive(Debug, Clone, PartialEq)]
pub struct SaleRow {
    /// Its number.
    pub id: DocumentId,
    /// Its identity within its kind.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The body, or its condensed form.
    pub body: Vec<u8>,
    /// What was decided about it, or the condensed form of that.
    pub frozen: Vec<u8>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// Whether it still counts.
    pub standing: Standing,
    /// The live draws on it, oldest first.
    pub drawn: Vec<DrawnRow>,
    /// What came along with it, oldest first.
    pub along: Vec<AlongRow>,
}

impl SaleRow {
    /// How it was read, for what is worked out from it.
    pub fn seen(&self) -> Seen {
        Seen {
            drawn_by: self.drawn.iter().map(|drawn| drawn.by).collect(),
            contact: self.contact.is_some(),
            standing: self.standing,
        }
    }
}

/// A document whose body nothing needs any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Its number.
    pub document: DocumentId,
    /// Its kind.
    pub kind: String,
    /// Its identity within its kind.
    pub key: String,
    /// Since when nothing needs it.
    pub since: Timestamp,
    /// The body; `None` where it is erased already.
    pub body: Option<Vec<u8>>,
    /// What was decided when it was accepted; `None` where that is erased already.
    pub frozen: Option<Vec<u8>>,
}

/// A live draw on a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnRow {
    /// The document that draws.
    pub by: DocumentId,
    /// Its identity within its kind.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// Whether it concerns somebody.
    pub contact: bool,
    /// The state of its delivery, if it owes one.
    pub delivery: Option<DeliveryState>,
    /// How much it draws, in the caller's form.
    pub what: Vec<u8>,
}

/// How to find a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindContact {
    /// By an alias.
    Alias(Alias),
    /// By the id that tills were given, or by Engage's.
    Id(String),
    /// By its number.
    Key(ContactKey),
}

/// All that is known of a contact at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownContact {
    /// The contact.
    pub contact: ContactState,
    /// The profile as it was last seen, if one is kept.
    pub profile: Option<Vec<u8>>,
    /// When it was seen.
    pub seen_at: Option<Timestamp>,
    /// Its open creations and changes, oldest first; at most 1,000.
    pub changes: Vec<OpenChange>,
    /// Whether the contact was forgotten.
    pub forgotten: bool,
}

/// A creation or a change of a contact that is open: waiting, in flight, unknown, or needing attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChange {
    /// Its number.
    pub id: DeliveryId,
    /// Its kind.
    pub kind: String,
    /// Its state.
    pub state: DeliveryState,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// What was decided when it was accepted.
    pub frozen: Option<Vec<u8>>,
}

/// All that is held about a person.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldAbout {
    /// The contact.
    pub contact: ContactState,
    /// Every id that tills were given for it, its own first.
    pub public_ids: Vec<String>,
    /// The profile as it was last seen, if one is kept.
    pub profile: Option<Vec<u8>>,
    /// When it was seen.
    pub seen_at: Option<Timestamp>,
    /// Every document that concerns it, oldest first.
    pub documents: Vec<HeldDocument>,
    /// Its checkouts, oldest first.
    pub checkouts: Vec<HeldCheckout>,
    /// The newest document there was: all up to it were looked at.
    pub through: DocumentId,
}

/// A checkout that concerns a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCheckout {
    /// Its identity.
    pub key: String,
    /// The store that wrote it last.
    pub store: String,
    /// When it was last written, or ended.
    pub at: Timestamp,
    /// The body.
    pub body: Option<Vec<u8>>,
}

/// A document that concerns a person.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldDocument {
    /// Its number.
    pub id: DocumentId,
    /// Its kind.
    pub kind: String,
    /// Its identity within its kind.
    pub key: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The body; `None` once it was erased.
    pub body: Option<Vec<u8>>,
    /// Its delivery.
    pub delivery: Option<DeliveryRow>,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only this state.
    pub state: Option<DeliveryState>,
    /// Only of these stores; `None` means all.
    pub stores: Option<Vec<String>>,
    /// Only those with a greater number (a cursor).
    pub after: Option<DeliveryId>,
    /// At most this many.
    pub limit: u32,
}

/// Deliveries by kind and state, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// The state.
    pub state: DeliveryState,
    /// How many.
    pub count: u64,
}

/// A body that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// The path it was sent to.
    pub path: String,
    /// The token's name that sent it.
    pub by: String,
    /// What is wrong with it.
    pub reason: String,
    /// The body, cut to the bound.
    pub body: Vec<u8>,
}

/// A token in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Its hash.
    pub hash: TokenHash,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// The stores' external ids, or `*`.
    pub stores: Vec<String>,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_has_one_name() {
        assert_eq!(DeliveryId(17).to_string(), "d-17");
        assert_eq!("d-17".parse(), Ok(DeliveryId(17)));
        for text in ["17", "d-", "d-0", "d-017", "d-+17", "d--1", "D-17", "d-17 ", "d-99999999999999999999"] {
            assert_eq!(text.parse::<DeliveryId>(), Err(ParseIdError), "{text}");
        }
    }
}
