//! What the core is told, what it answers with, and what it remembers of what is under way.

use engage::call::ChangeKind;
use engage::model::ContactId;
use engage::{Failure, Response};
use jiff::Timestamp;
use store::{Command, DeliveryId, DuePage, UnconfirmedContact, Verdict};

use super::ask::{Question, Told};
use super::call::EngageCall;
use super::verdict::Nature;
use crate::profile::Known;
use crate::settings::Engage;

/// What the core is told to keep to.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What the tenant is like.
    pub engage: Engage,
    /// What the last second may have held.
    pub boot: Boot,
}

/// How a core begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boot {
    /// The first of its data directory: nothing was called before.
    First,
    /// After another, which may have called until a moment ago.
    Again,
}

/// Names one thing that the core asked for, so that its answer finds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Something was accepted, or an operator requeued something.
    Nudged,
    /// A till waits for this delivery.
    Hurried(DeliveryId),
    /// To [`Action::FetchDue`] and [`Action::FetchOne`]: what is due.
    Fetched(DuePage),
    /// To [`Action::FetchOne`]: the delivery, if it is due and waits for nothing.
    FetchedOne(DeliveryId, Option<Box<store::Due>>),
    /// To [`Action::FetchEarly`]: the delivery, if it is waiting for its next try.
    FetchedEarly(DeliveryId, Option<Box<store::Due>>),
    /// To [`Action::FetchUnconfirmed`]: what waits to be seen now, and when to ask again.
    Unconfirmed(Vec<UnconfirmedContact>, Option<Timestamp>),
    /// To a fetch: the store could not be read.
    FetchFailed(Fetch),
    /// To [`Action::Store`].
    Stored(Ticket, Verdict),
    /// To [`Action::Store`]: nobody knows whether it was kept.
    StoreFailed(Ticket),
    /// To [`Action::Call`].
    Answered(Ticket, Result<Response, Failure>),
    /// A till wants to know something from Engage, and is answered by then at the latest.
    Asked(Ticket, Question, Timestamp),
    /// To [`Action::FetchFeed`]: up to when the feed of changes was read.
    FeedReadTo(Option<Timestamp>),
    /// To [`Action::FetchHeld`]: those of the changed contacts of which something is held here.
    ChangedHere(ChangeKind, Vec<ContactId>),
    /// Time has passed.
    Tick,
}

/// The fetches, by their actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// [`Action::FetchDue`].
    Due,
    /// [`Action::FetchOne`].
    One(DeliveryId),
    /// [`Action::FetchEarly`].
    Early(DeliveryId),
    /// [`Action::FetchUnconfirmed`].
    Unconfirmed,
    /// [`Action::FetchFeed`].
    Feed,
    /// [`Action::FetchHeld`].
    Held,
}

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Read at most this many due deliveries.
    FetchDue(u32),
    /// Read this delivery if it is due.
    FetchOne(DeliveryId),
    /// Read this delivery if it will be tried at all, due or not. Answered by [`Event::FetchedEarly`].
    FetchEarly(DeliveryId),
    /// Read what waits to be seen in Engage.
    FetchUnconfirmed,
    /// Read up to when the feed of changes was read.
    FetchFeed,
    /// Read of which of these contacts something is held here.
    FetchHeld(ChangeKind, Vec<ContactId>),
    /// Keep what Engage just said of a contact.
    Remember(Box<Known>),
    /// Remove what is held here of a contact that was deleted in Engage.
    Erase(ContactId),
    /// Write this and say what came of it.
    Store(Ticket, Command),
    /// Write this; nothing follows from it.
    Note(Command),
    /// Make this call and say what came of it.
    Call(Ticket, engage::Request),
    /// Tell a till.
    Tell(Ticket, Told),
    /// Whoever waits for this delivery may be told.
    Came(DeliveryId, How),
}

/// How a delivery stands after a step, for those who wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It made something new in Engage.
    Created,
    /// What it would have made was there.
    Existed,
    /// Whom it would have made was there as another type, and is of the tenant's now.
    Promoted,
    /// It changed something that is there.
    Changed,
    /// A person must decide.
    NeedsAttention,
    /// It will not be done soon.
    Later,
}

/// Why something is under way.
#[derive(Debug)]
pub(super) enum Purpose {
    /// The attempt of a delivery is being written.
    Begin { id: DeliveryId, probe: bool },
    /// The outcome of a delivery is being written.
    Settle { id: DeliveryId, command: Box<Command>, how: How },
    /// A receipt is being requeued, because Engage doesn't show it.
    Requeue,
    /// A receipt's contact is being tied to its id.
    Bind { id: DeliveryId },
    /// A delivery's call.
    Deliver { id: DeliveryId, call: EngageCall, nature: Nature },
    /// A call for a till's question.
    Ask { asked: Ticket, call: EngageCall },
    /// A call that confirms a contact's receipts.
    Confirm { call: EngageCall },
    /// A call of the feed of changes.
    Feed { call: EngageCall },
}

/// What a call that Engage failed is to blame for: itself, or all of Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Delivery(DeliveryId),
    Ask,
    Confirm,
    Feed,
}

/// A call that may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) probe: bool,
}

impl Ticket {
    /// A ticket for [`Event::Asked`], numbered by the asker. They live apart from the core's own.
    pub fn asked(number: u64) -> Ticket {
        Ticket(number)
    }

    /// One of the core's own.
    pub(super) fn numbered(number: u64) -> Ticket {
        Ticket(number)
    }
}
