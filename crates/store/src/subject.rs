//! What documents are about beside their contact, under a name of the caller's: an offer, an order.
//!
//! A subject is known by the name that the caller gave it first, and by its id in Engage once that is known. Where a name
//! has a kind in front, a word and a slash (`assignment/<id>`), what stands after the slash is compared with ids in
//! Engage, so that an offer that was made here under a name of its own is found again under Engage's.

use jiff::Timestamp;

use crate::rows::{ContactState, ContentHash, DeliveryRow, DocumentId, Leader};

/// What a document is about, beside its contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The subject, by the caller's name or by its id in Engage.
    pub name: String,
    /// How the document stands to the others about it.
    pub way: Way,
}

/// How a document stands to the others about its subject.
///
/// None of this concerns a document that draws on another, nor one whose delivery creates, changes or deletes its
/// contact: they wait for nobody because of a subject, nobody waits for them because of it, and they are followed by
/// nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Deliveries about one subject go one after the other: each waits for those that were filed before it while they
    /// are open and need no attention. Nobody waits so for one that follows a document which needs attention: what
    /// mends that must be able to pass.
    InTurn,
    /// It states the whole of the subject: in turn too, and [`Subject::superseded`] once a newer one may have landed.
    Replaces,
    /// It acts on what the newest that [`Way::Replaces`] made of those that were filed before it: in turn too, and it
    /// waits for that one's delivery for as long as that is open, whatever it needs. It is given up with it, unless an
    /// operator gave that one up and said to release what is behind, or its own call may have landed.
    Follows,
}

/// A subject, as a delivery about it needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The name it was given first.
    pub name: String,
    /// Its id in Engage, once a delivery about it learnt it.
    pub remote_id: Option<String>,
    /// Whether the delivery's document [`Way::Replaces`], and a later one that does may have landed: sent now, it would
    /// undo what is newer.
    pub superseded: bool,
    /// Where the delivery's document [`Way::Follows`]: the one that it follows, if there was one.
    pub base: Option<Leader>,
}

/// A document about a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct AboutRow {
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
    /// How it stands to the others.
    pub way: Way,
    /// The hash of the content as it was said first.
    pub content: ContentHash,
    /// The body; `None` once its retention has ended.
    pub body: Option<Vec<u8>>,
    /// What was decided when it was accepted; `None` once its retention has ended.
    pub frozen: Option<Vec<u8>>,
    /// Its delivery.
    pub delivery: Option<DeliveryRow>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// Whether it was taken back.
    pub undone: bool,
    /// The kind and the key of the document that it came along with.
    pub leader: Option<(String, String)>,
}

/// A name without a kind in front.
pub(crate) fn bare(name: &str) -> &str {
    match name.split_once('/') {
        Some((kind, bare)) if kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) => bare,
        Some(_) | None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_before_a_slash_is_a_kind() {
        for (name, expected) in [
            ("assignment/7f", "7f"),
            ("voucher/26/1", "26/1"),
            ("tbo-1", "tbo-1"),
            ("order:web/7f", "order:web/7f"),
            ("", ""),
        ] {
            assert_eq!(bare(name), expected, "{name}");
        }
    }
}
