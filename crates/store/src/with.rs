//! What is done together with a document, in its commit: what it takes back of earlier ones, the parts it falls into,
//! what comes along with it, and what it changes about others.
//!
//! Whoever works such a thing out has read other documents before. What was read comes along as [`Seen`]; where one of
//! them is otherwise by then, nothing at all is kept and the caller looks again.

use crate::command::NewDelivery;
use crate::offer::Exposure;
use crate::rows::{Alias, DocumentId};
use crate::subject::About;

/// What else is done in the same commit; all of it or nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct With {
    /// It concerns whom this document concerns, whatever its `contact` says: nobody where that one concerns nobody.
    pub contact_of: Option<DocumentId>,
    /// What it takes back of earlier documents; each of them once.
    pub draws: Vec<Draw>,
    /// Further documents of the same kind that it falls into.
    pub parts: Vec<Part>,
    /// Documents that concern its contact from now on. Where it concerns nobody, or somebody who was forgotten, they
    /// stay as they are.
    pub claims: Vec<Claim>,
    /// Documents that it undoes.
    pub voids: Vec<Void>,
    /// Documents of other kinds that come along with it: calls of their own, for the same contact and store.
    pub along: Vec<Along>,
    /// The checkout that it pays: it ends, and with it its holds.
    pub checkout: Option<String>,
}

/// A document of another kind that comes along with one: it has a body and a delivery of its own, and concerns the same
/// contact and store.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// Its kind.
    pub kind: &'static str,
    /// Its identity within its kind. Where it is taken, nothing is filed again, and nothing else of this happens.
    pub key: String,
    /// The body.
    pub body: Vec<u8>,
    /// What was decided about it.
    pub frozen: Vec<u8>,
    /// The call it owes to Engage.
    pub delivery: Option<NewDelivery>,
    /// The subject that it is about; where it undoes a document and names none, the one that that document is about,
    /// [`crate::Way::InTurn`].
    pub about: Option<About>,
    /// It uses its subject, which is an offer: an offer has one live use at most. Where another live use is there by then, the whole command
    /// is overtaken. It is live until its delivery is discarded, or it is undone, or voided. Who else holds the offer
    /// loses it. Of two in one command that use the same offer the first is filed.
    pub uses: bool,
    /// Said before of the same contact with the same word: nothing is filed. Survives merges of contacts.
    pub once: Option<String>,
    /// The document that it came along with, if that one neither creates nor changes its contact nor is about a
    /// subject itself, waits for it until it was tried (done, unknown, needs attention, discarded), at most until
    /// [`crate::Sweep::held_back_before`].
    pub goes_first: bool,
    /// The document that this takes back. Where that one's call can't have landed it is discarded with the code `voided`
    /// and this isn't filed at all; either way that one's use ends, and its exposure. What was undone before isn't
    /// undone again: then nothing is filed.
    pub undoes: Option<DocumentId>,
    /// What it risks: counted by bucket until it is undone.
    pub exposure: Option<Exposure>,
}

/// What a document takes back of an earlier one.
///
/// It counts while it is *live*: until its own document is voided, or its delivery discarded. Where the other document
/// is drawn on again, or voided, after that, a discarded delivery can't be taken up again: what it took back may have
/// been taken by another meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The document that is drawn on: any that was filed before.
    pub on: DocumentId,
    /// How it was read.
    pub seen: Seen,
    /// How much, in a form of the caller's without personal data: it outlives the bodies.
    pub what: Vec<u8>,
}

/// A document as it was read when something was worked out from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whose live draws it had, ascending.
    pub drawn_by: Vec<DocumentId>,
    /// Whether it concerned somebody.
    pub contact: bool,
    /// Whether it counted.
    pub standing: Standing,
}

/// Whether a document still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Good,
    /// It was voided.
    Voided,
    /// Its delivery was given up.
    Discarded,
}

/// A document that another falls into: it has a body, a contact and a delivery of its own, and a key that is made from
/// the other's, the first that is free.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// Makes the key. `""` numbers the parts: `<key>~2`, `<key>~3`; a word stands by itself: `<key>~void`, and
    /// `<key>~void2` where that is taken.
    pub suffix: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// What was decided about it.
    pub frozen: Vec<u8>,
    /// The aliases of the contact it concerns; see [`crate::Accept::contact`].
    pub contact: Vec<Alias>,
    /// It concerns whom this document concerns, whatever `contact` says.
    pub contact_of: Option<DocumentId>,
    /// Identifiers that several people may share; see [`crate::Accept::hints`].
    pub hints: Vec<Alias>,
    /// The public id for the contact if it is new to this database.
    pub new_contact_id: String,
    /// The call it owes to Engage.
    pub delivery: Option<NewDelivery>,
    /// What it takes back of earlier documents.
    pub draws: Vec<Draw>,
    /// What comes along with it.
    pub along: Vec<Along>,
}

/// A document that concerned nobody and concerns somebody from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Which. One that concerns somebody meanwhile, or whose body or delivery has ended, is overtaken.
    pub document: DocumentId,
    /// How it was read.
    pub seen: Seen,
    /// What is decided about it now; `None` leaves what was.
    pub frozen: Option<Vec<u8>>,
    /// The call it owes to Engage from now on. Where it owes one that can't have landed, that one goes on like this.
    pub delivery: Option<NewDelivery>,
}

/// A document that is undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Void {
    /// Which. One that was voided meanwhile is overtaken.
    pub document: DocumentId,
    /// How it was read.
    pub seen: Seen,
    /// What is filed as a part of the voided document, of its kind, where an attempt for it may have landed. It draws
    /// on the voided document. Where none can have landed, the delivery is discarded with the code `voided` instead;
    /// where there is none, there is nothing to do.
    pub compensation: Part,
    /// What comes along with the voided document from now on, each undoing something; the store is the one that voids.
    /// Whatever else came along with it before and can't have landed is discarded with the code `voided`.
    pub along: Vec<Along>,
}
