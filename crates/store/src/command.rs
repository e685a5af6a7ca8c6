//! The closed set of things that can be written, and the verdict each gets.
//!
//! Every command is decided inside the writer, against the others of its group; a refusal is a verdict, not an
//! error, and leaves its neighbours alone.

use jiff::Timestamp;

use crate::checkout::{Held, Hold, Release, Released};
use crate::operator::{Discard, Operated, Replace, Retry};
use crate::rows::{Alias, ContactKey, ContactState, ContentHash, DeliveryId, DocumentId, Note, TokenHash};
use crate::subject::About;
use crate::with::With;

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Takes in what a till said, with the deliveries it owes. Answered by [`Verdict::Accept`].
    Accept(Accept),
    /// Marks a delivery as in flight, before its call. Answered by [`Verdict::Begin`].
    Begin(Begin),
    /// Writes what came of a delivery's step. Answered by [`Verdict::Settle`].
    Settle(Settle),
    /// Ties a contact to its id in Engage; merges it with the contact that had this id already.
    /// Answered by [`Verdict::Bind`].
    Bind(Bind),
    /// Keeps the last profile that was seen of a contact. Answered by [`Verdict::Remember`].
    Remember(Remember),
    /// Writes whether a finished delivery was seen on the other side. Answered by [`Verdict::Settle`].
    Confirm(Confirm),
    /// An operator wants a delivery tried again now. Answered by [`Verdict::Operate`].
    Retry(Retry),
    /// An operator gives a delivery up. Answered by [`Verdict::Operate`].
    Discard(Discard),
    /// An operator corrects the content of a delivery that can't have landed, and requeues it.
    /// Answered by [`Verdict::Operate`].
    Replace(Replace),
    /// Keeps a body that could not be read, within a bound. Answered by [`Verdict::Quarantine`].
    Quarantine(Quarantine),
    /// Adds a token. Answered by [`Verdict::Token`].
    IssueToken(IssueToken),
    /// Ends a token. Answered by [`Verdict::Token`].
    RevokeToken(RevokeToken),
    /// Removes what has outlived its retention, a bounded number of rows at a time. Answered by [`Verdict::Sweep`].
    Sweep(Sweep),
    /// Shortens or erases the bodies of what has ended. Answered by [`Verdict::Condense`].
    Condense(Condense),
    /// Keeps a small thing of the caller's by its name. Answered by [`Verdict::Keep`].
    Keep(Keep),
    /// Forgets a person: erases here at once, and owes the deletion in Engage. Answered by [`Verdict::Forget`].
    Forget(Forget),
    /// Writes a checkout, and holds its offers. Answered by [`Verdict::Hold`].
    Hold(Hold),
    /// Ends a checkout that nobody pays. Answered by [`Verdict::Release`].
    Release(Release),
}

/// What was said under one identity of the till's making.
#[derive(Debug, Clone, PartialEq)]
pub struct Accept {
    /// When it was taken in.
    pub at: Timestamp,
    /// The kind of document, a word of the caller's ("receipt", "enrolment").
    pub kind: &'static str,
    /// The document's identity within its kind.
    pub key: String,
    /// The external id of the store that said it.
    pub store: String,
    /// The keyed hash of the content in canonical form: equal means "the same again". Another version of the form
    /// is other content.
    pub content: ContentHash,
    /// The body as it was sent.
    pub body: Vec<u8>,
    /// What was decided about it when it was accepted, in a form of the caller's.
    pub frozen: Vec<u8>,
    /// The aliases of the contact it concerns; empty where it concerns nobody. Where one is an id of a contact that was
    /// forgotten, it concerns nobody, and its delivery needs attention with the code `contactForgotten`.
    pub contact: Vec<Alias>,
    /// Identifiers that several people may share, so they are no aliases. A creation leaves them with its contact; what
    /// needs a contact waits for the open creations of all contacts that have one of them.
    pub hints: Vec<Alias>,
    /// What must be so, or it is not taken in.
    pub expects: Expects,
    /// The call it owes to Engage; `None` where it owes nothing (a training receipt).
    pub delivery: Option<NewDelivery>,
    /// What becomes of other content under the same identity.
    pub on_conflict: OnConflict,
    /// The public id for the contact if it is new to this database.
    pub new_contact_id: String,
    /// The subject that it is about, beside its contact.
    pub about: Option<About>,
    /// Said before of the same contact with the same word: nothing is filed, and the first document is answered as
    /// [`Accepted::Repeated`]. Survives merges of contacts.
    pub once: Option<String>,
    /// What else is done in the same commit. What is kept beside another content under the same identity claims and
    /// voids nothing, uses no offer, pays no checkout and brings nothing along, and its parts need attention as it
    /// does.
    pub with: With,
}

/// What must be so for a document that is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// Nothing.
    Anything,
    /// The newest open creation or change of its contact is this one; `None` for none. What was worked out from an
    /// older state is answered by [`Accepted::Overtaken`], and nothing of it is kept.
    LastChange(Option<DeliveryId>),
    /// The newest document about its subject is this one; `None` for none. Otherwise it is [`Accepted::Overtaken`], as
    /// above.
    LastAbout(Option<DocumentId>),
}

/// What becomes of other content under an identity that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse it; nothing is kept.
    Refuse,
    /// Refuse it, but keep it beside the first as a document of its own, under `key#n`, whose delivery needs
    /// attention with the code `conflictingContent`. Each content is kept once, and at most 100 of them.
    KeepForAttention,
}

/// A call that a document owes.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDelivery {
    /// The kind of delivery, a word of the caller's ("registerReceipt", "createContact").
    pub kind: &'static str,
    /// Whether it can go at all.
    pub start: Start,
    /// How it stands to its contact's creation.
    pub role: Role,
}

/// How a new delivery begins its life.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Waiting, due at once.
    Due,
    /// Needs attention from the start, and why.
    NeedsAttention(Note),
}

/// How a delivery stands to its contact, and with that to the others of the same contact.
///
/// What needs attention holds up nothing, unless it creates the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It creates the contact. Where the contact has an id in Engage, or another creation of it is open, it is kept as
    /// `ChangesContact`. Where a merge brings two creations together, the later waits for the earlier.
    CreatesContact,
    /// It needs the contact: it waits for every open creation of it, also for one that is accepted later.
    NeedsContact,
    /// It changes the contact: it waits for every open creation of it, and for the earlier changes. One that is retried
    /// takes its old place again.
    ChangesContact,
    /// It deletes the contact in Engage: it waits for all of the contact's that may have landed. Made by
    /// [`Command::Forget`] only.
    ErasesContact,
    /// It concerns nobody.
    Independent,
}

/// The attempt is written before the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// Which delivery.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// What the attempt must remember, in a form of the caller's without personal data: kept until another replaces it.
    /// `None` keeps the old one.
    pub mark: Option<Vec<u8>>,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Settle {
    /// Which delivery.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
}

/// The outcomes of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Engage has it.
    Done(Done),
    /// It did not land; again at `due`.
    Again {
        /// When to try again.
        due: Timestamp,
        /// Why.
        note: Note,
    },
    /// It may or may not have landed; looked at again at `due`.
    Unknown {
        /// When to look again.
        due: Timestamp,
        /// Why.
        note: Note,
        /// What the next step must remember, as [`Begin::mark`]; `None` keeps what there is.
        mark: Option<Vec<u8>>,
    },
    /// A person must decide, and this attempt did not land. Where that isn't sure, settle it as unknown first.
    NeedsAttention(Note),
}

/// What is known of a delivery that is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The contact's id in Engage, learnt by this delivery; bound in the same commit.
    pub remote_id: Option<String>,
    /// When to look whether Engage shows it, where it is to be confirmed.
    pub confirm_due: Option<Timestamp>,
    /// What is to be known about how it was done.
    pub note: Option<Note>,
    /// The contact's profile as this delivery saw it last, in a form of the caller's; kept as by [`Remember`], if the
    /// contact has its id in Engage.
    pub profile: Option<Vec<u8>>,
    /// What it learnt, in a form of the caller's without personal data: kept with the delivery.
    pub learnt: Option<Vec<u8>>,
    /// The id in Engage of the subject that it is about. One that has another already keeps that one.
    pub subject_id: Option<String>,
}

/// Ties a contact to its id in Engage. A contact that has another id there keeps that one, and learns nothing; an id
/// that belongs to somebody who was forgotten is tied to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Which contact.
    pub contact: ContactKey,
    /// Its id in Engage.
    pub remote_id: String,
    /// Further aliases that were learnt with it.
    pub aliases: Vec<Alias>,
    /// When.
    pub at: Timestamp,
}

/// The last profile seen of a contact. Where the contact is new to this database it is made, bound to `remote_id`.
/// Engage's word on aliases counts for more than a till's: one that was another's is this contact's from now on. Of
/// somebody who was forgotten nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remember {
    /// The contact's id in Engage.
    pub remote_id: String,
    /// Its aliases, the id included.
    pub aliases: Vec<Alias>,
    /// The public id for the contact if it is new to this database.
    pub new_contact_id: String,
    /// The profile, in a form of the caller's.
    pub profile: Vec<u8>,
    /// When it was seen.
    pub at: Timestamp,
}

/// Whether a finished delivery was seen on the other side.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// Which delivery.
    pub id: DeliveryId,
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub sight: Sight,
}

/// What a look on the other side showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// It is there.
    Seen,
    /// Not yet; look again at `next`. Counts one miss.
    Missed {
        /// When to look again.
        next: Timestamp,
    },
    /// Not there after several looks: send it once more, due at once.
    Resend,
    /// Not there although it was sent twice.
    GiveUp(Note),
}

/// A body that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
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

/// A new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueToken {
    /// Its hash; the token itself is never stored.
    pub hash: TokenHash,
    /// A name for logs, unique among those in force.
    pub name: String,
    /// The role, a word of the caller's.
    pub role: String,
    /// The stores' external ids, or `*`.
    pub stores: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
}

/// Ends a token by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeToken {
    /// Which.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Retention: everything that ended before these instants may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// Profiles seen before this.
    pub profiles_before: Timestamp,
    /// Hints last said before this.
    pub hints_before: Timestamp,
    /// Condensed forms of what ended before this (the documents and their hashes stay).
    pub condensed_before: Timestamp,
    /// Undelivered for longer than this needs attention (it is never dropped).
    pub undelivered_before: Timestamp,
    /// Checkouts that ended, or expired, and were last written before this.
    pub checkouts_before: Timestamp,
    /// What came along before this and goes first holds up nothing any longer.
    pub held_back_before: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// Shortens or erases bodies that nothing needs any longer. What is needed again meanwhile is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condense {
    /// Which, from [`crate::Reader::expired`].
    pub documents: Vec<Condensed>,
}

/// What becomes of one body that nothing needs any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condensed {
    /// Whose.
    pub document: DocumentId,
    /// Since when nothing needed it when it was read.
    pub since: Timestamp,
    /// The shorter body and the shorter form of what was decided, kept in the place of both until [`Sweep`] takes them;
    /// `None` erases both. A delivery whose body was shortened can't be taken up again.
    pub form: Option<(Vec<u8>, Vec<u8>)>,
}

/// A small thing of the caller's, without personal data: the newest under a name is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Its name.
    pub name: String,
    /// What it is, in a form of the caller's.
    pub value: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// Forgets a person.
///
/// Here at once: the profile, the aliases, the hints, and the body and frozen form of every document. Deliveries that
/// can't have landed are discarded with the code `contactForgotten`; those that may have landed keep their bodies until
/// they or the deletion are done. In Engage by a delivery of its own, where there can be something. The ids of who is
/// to be deleted there stay known as forgotten, in the database and in a file beside it, so that a backup that is
/// restored forgets again. Said again it does what is left to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forget {
    /// Whom.
    pub contact: ContactKey,
    /// All documents about them, from [`crate::Reader::held_about`].
    pub documents: Vec<DocumentId>,
    /// The last document that was looked at for these; later ones are looked for here.
    pub through: DocumentId,
    /// The kind of the document that owes the deletion, a word of the caller's.
    pub kind: &'static str,
    /// The kind of the delivery that deletes.
    pub delivery_kind: &'static str,
    /// The document's identity within its kind.
    pub key: String,
    /// The external id of the store that asked.
    pub store: String,
    /// What the deletion needs to know, in a form of the caller's.
    pub frozen: Vec<u8>,
    /// Whether Engage is to be told. `false` where Engage said itself that the contact is deleted: then nothing that is
    /// owed for it goes any longer, and it may come back, for Engage lets a person undo that.
    pub deletes_there: bool,
    /// When.
    pub at: Timestamp,
    /// Who: a token's name.
    pub by: String,
}

/// The answer to a [`Command`], released only after its commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// To `Accept`.
    Accept(Accepted),
    /// To `Begin`.
    Begin(Begun),
    /// To `Settle` and `Confirm`.
    Settle(Settled),
    /// To `Bind`: the contact as it is now (the surviving one after a merge).
    Bind(ContactState),
    /// To `Remember`: the contact as it is now; `None` where it was forgotten and nothing was kept.
    Remember(Option<ContactState>),
    /// To `Retry`, `Discard` and `Replace`.
    Operate(Operated),
    /// To `Quarantine`: its number.
    Quarantine(i64),
    /// To `IssueToken` and `RevokeToken`.
    Token(TokenVerdict),
    /// To `Sweep`: rows touched; call again while it is not zero.
    Sweep(u64),
    /// To `Condense`: how many of them were still expiring.
    Condense(u64),
    /// To `Keep`.
    Keep,
    /// To `Forget`.
    Forget(Forgotten),
    /// To `Hold`.
    Hold(Held),
    /// To `Release`.
    Release(Released),
}

/// What became of an [`Accept`].
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// It is new.
    New(Filed),
    /// The same was said before.
    Repeated(Filed),
    /// Other content was said before under this identity.
    Conflict {
        /// The first document.
        first: DocumentId,
        /// Where the new content was kept, if it was.
        kept: Option<Filed>,
    },
    /// It was worked out from what is no longer so: see [`Expects`] and [`crate::Seen`]. Or an offer that it uses was
    /// used meanwhile. Nothing was kept.
    Overtaken,
}

/// Where a document lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// The document.
    pub document: DocumentId,
    /// Its own delivery, if it owes one.
    pub delivery: Option<DeliveryId>,
    /// The contact it concerns.
    pub contact: Option<ContactState>,
    /// The parts it fell into, and what compensates for what it voided.
    pub parts: Vec<Filed>,
    /// What came along with it, oldest first. Where it is new: without what was there before, or had nothing to do.
    pub along: Vec<Filed>,
    /// The deliveries of what it voided that could not have landed; none are told of what was said before.
    pub withdrawn: Vec<DeliveryId>,
}

impl Filed {
    /// A document with nothing beside it.
    pub(crate) fn alone(
        document: DocumentId,
        delivery: Option<DeliveryId>,
        contact: Option<ContactState>,
    ) -> Self {
        Self { document, delivery, contact, parts: Vec::new(), along: Vec::new(), withdrawn: Vec::new() }
    }
}

/// What became of a [`Forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// The delivery that deletes the contact in Engage, where there can be something to delete.
    pub delivery: Option<DeliveryId>,
    /// Whether the contact was forgotten before.
    pub already: bool,
}

/// What became of a [`Begin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The attempt is on disk; the call may go. Its number, from 1.
    Go(u32),
    /// The delivery is no longer due (discarded, or it waits for another now).
    Gone,
}

/// What became of a [`Settle`] or [`Confirm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Written.
    Settled,
    /// The delivery is in another state meanwhile; nothing was written.
    Gone,
}

/// What became of a token command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenVerdict {
    /// Done.
    Done,
    /// A token in force has this name.
    NameTaken,
    /// No token in force has this name.
    NotFound,
}
