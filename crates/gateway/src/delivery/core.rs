//! The state machine that decides all traffic to Engage.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use engage::{Failure, Response};
use jiff::Timestamp;
use store::{Command, DeliveryId, DuePage, Note, UnconfirmedContact, Verdict};

use super::ask::{Asking, Question, Told};
use super::breaker::{Breaker, Leave};
use super::call::{Answer, EngageCall};
use super::confirm::Confirming;
use super::plan::{Held, NotReadable};
use super::verdict::{Failed, Nature, Whole, judge};
use super::window::{Haste, Window};
use crate::settings::Engage;

/// Deliveries in the core's hands at most; the rest of the queue stays on disk.
const HELD_MAX: usize = 256;
/// Below this many the core asks for more.
const HELD_LOW: usize = 128;
/// Questions of tills that wait for a call at most; more are told that Engage can't be asked now.
const ASKING_MAX: usize = 1_024;
/// Deliveries put off because of the link that are remembered at most; the others wait for their own time.
const PUT_OFF_MAX: usize = 1_024;
/// Of an attempt that nobody knows to be on disk.
const ATTEMPT_NOT_WRITTEN: &str =
    "the attempt could not be written, so no call was made; it is tried again by itself";
/// How long to leave the store alone after it failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

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
    /// A till wants to know something from Engage.
    Asked(Ticket, Question),
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
    Settle { id: DeliveryId, command: Command, how: How },
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
}

/// What a call that Engage failed is to blame for: itself, or all of Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Delivery(DeliveryId),
    Ask,
    Confirm,
}

/// The core.
#[derive(Debug)]
pub struct Core {
    pub(super) policy: Policy,
    pub(super) breaker: Breaker,
    window: Window,
    doubtful: HashSet<Source>,
    pub(super) held: HashMap<DeliveryId, Held>,
    pub(super) ready: VecDeque<DeliveryId>,
    pub(super) asking: VecDeque<Asking>,
    pub(super) confirming: Confirming,
    pub(super) under_way: HashMap<Ticket, Purpose>,
    delivering: usize,
    tickets: u64,
    jitter: f64,
    due_next: Option<Timestamp>,
    fetching: bool,
    /// Put off because of the link while the breaker was still closed: they go at once when the link is back.
    put_off: BTreeSet<DeliveryId>,
    /// Those of them whose time has come.
    early: Vec<DeliveryId>,
    /// Let go while a fetch was under way: its page may show them as they were.
    let_go: HashSet<DeliveryId>,
    /// Being read one by one. One that was held and let go meanwhile is none of them: what was read may be as it was.
    sought: HashSet<DeliveryId>,
    unsettled: Vec<Purpose>,
    store_rests_until: Option<Timestamp>,
    wake: Option<Timestamp>,
}

impl Core {
    /// A core that has yet to look at its queue.
    pub fn new(policy: Policy, now: Timestamp) -> Core {
        let per_second = policy.engage.requests_per_second;
        Core {
            breaker: Breaker::new(),
            window: Window::new(per_second, now, policy.boot),
            doubtful: HashSet::new(),
            held: HashMap::new(),
            ready: VecDeque::new(),
            asking: VecDeque::new(),
            confirming: Confirming::new(per_second, now),
            under_way: HashMap::new(),
            delivering: 0,
            tickets: 0,
            jitter: 0.0,
            due_next: Some(now),
            fetching: false,
            put_off: BTreeSet::new(),
            early: Vec::new(),
            let_go: HashSet::new(),
            sought: HashSet::new(),
            unsettled: Vec::new(),
            store_rests_until: None,
            wake: None,
            policy,
        }
    }

    /// Takes one event and appends what is to be done. `jitter`, from 0 to 1, spreads retries.
    pub fn step(&mut self, now: Timestamp, jitter: f64, event: Event, actions: &mut Vec<Action>) {
        self.jitter = jitter;
        match event {
            Event::Tick => {}
            Event::Nudged => self.due_next = Some(now),
            Event::Hurried(id) => self.hurry(id, now, actions),
            Event::Fetched(page) => self.fetched(page, now, actions),
            Event::FetchedOne(id, due) => self.fetched_one(id, due, now, actions),
            Event::FetchedEarly(id, due) => {
                let due = due.filter(|_| self.sought.remove(&id) && !self.held.contains_key(&id));
                if let Some(due) = due {
                    self.hold(*due, false, now, actions);
                }
            }
            Event::FetchFailed(fetch) => self.fetch_failed(fetch, now, actions),
            Event::Unconfirmed(contacts, next) => self.confirming.fetched(contacts, next, now),
            Event::Stored(ticket, verdict) => self.stored(ticket, verdict, now, actions),
            Event::StoreFailed(ticket) => self.store_failed(ticket, now),
            Event::Answered(ticket, result) => self.answered(ticket, result, now, actions),
            Event::Asked(ticket, question) if self.asking.len() < ASKING_MAX => {
                self.asking.push_back(Asking::new(ticket, question));
            }
            Event::Asked(ticket, _) => actions.push(Action::Tell(ticket, Told::Offline)),
        }
        self.pump(now, actions);
    }

    /// When to send [`Event::Tick`] if nothing else happens.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.wake
    }

    /// Whether Engage can be called as far as is known.
    pub fn link_is_up(&self) -> bool {
        self.breaker.is_closed()
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.under_way.is_empty() && self.unsettled.is_empty()
    }

    /// Starts whatever may start now, tills first, and says when to look again.
    fn pump(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        self.wake = None;
        self.retry_unsettled(now, actions);
        self.pump_asks(now, actions);
        self.pump_deliveries(now, actions);
        self.pump_confirmation(now, actions);
        self.pump_fetch(now, actions);
    }

    fn pump_deliveries(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        while let Some(id) = self.ready.front().copied() {
            let Some(held) = self.held.get_mut(&id) else {
                self.ready.pop_front();
                continue;
            };
            if self.delivering >= self.policy.engage.max_in_flight {
                return;
            }
            if held.urgent && matches!(self.breaker.look(now), Leave::Not(_)) {
                // Nobody waits at a till for a link that is down.
                held.urgent = false;
                actions.push(Action::Came(id, How::Later));
            }
            let haste = if held.urgent { Haste::Till } else { Haste::Background };
            let Some(pass) = self.pass(now, haste) else { return };
            self.ready.pop_front();
            self.delivering += 1;
            self.start(id, pass, now, actions);
        }
    }

    /// A delivery failed for the link's sake and is due later.
    pub(super) fn put_off(&mut self, id: DeliveryId) {
        if self.put_off.len() < PUT_OFF_MAX {
            self.put_off.insert(id);
        }
    }

    /// Asks the store for due deliveries when there is room for them and a chance to send them.
    fn pump_fetch(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        self.sought.extend(&self.early);
        actions.extend(self.early.drain(..).map(Action::FetchEarly));
        let Some(due_next) = self.due_next else { return };
        if self.fetching || self.held.len() >= HELD_LOW {
            return;
        }
        if let Leave::Not(probe_at) = self.breaker.look(now) {
            return self.wake_at(probe_at);
        }
        let from = due_next.max(self.store_rests_until.unwrap_or(due_next));
        if now < from {
            return self.wake_at(Some(from));
        }
        self.fetching = true;
        self.due_next = None;
        self.let_go.clear();
        actions.push(Action::FetchDue((HELD_MAX + self.held.len()) as u32));
    }

    fn fetched(&mut self, page: DuePage, now: Timestamp, actions: &mut Vec<Action>) {
        self.fetching = false;
        let before = self.held.len();
        for due in page.due {
            if self.held.len() < HELD_MAX
                && !self.held.contains_key(&due.id)
                && !self.let_go.contains(&due.id)
            {
                self.hold(due, false, now, actions);
            }
        }
        // A page may be cut short by its size: there may be more until one brings nothing new.
        let more = self.held.len() > before || !self.let_go.is_empty();
        let next = if more { Some(now) } else { page.next };
        self.due_next = match (self.due_next, next) {
            (Some(nudged), Some(next)) => Some(nudged.min(next)),
            (nudged, next) => nudged.or(next),
        };
    }

    fn hurry(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        match (self.held.get_mut(&id), self.breaker.look(now)) {
            (_, Leave::Not(_)) => {
                self.due_next = Some(now);
                actions.push(Action::Came(id, How::Later));
            }
            (Some(held), _) => {
                held.urgent = true;
                if let Some(at) = self.ready.iter().position(|ready| *ready == id) {
                    self.ready.remove(at);
                    self.ready.push_front(id);
                }
            }
            (None, _) => {
                self.sought.insert(id);
                actions.push(Action::FetchOne(id));
            }
        }
    }

    fn fetched_one(
        &mut self,
        id: DeliveryId,
        due: Option<Box<store::Due>>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let is_fresh = self.sought.remove(&id);
        match due {
            Some(_) if self.held.contains_key(&id) => {}
            Some(due) if is_fresh => self.hold(*due, true, now, actions),
            Some(_) => self.due_at(now),
            // It ended before it could be hurried, or it waits for another: whoever waits looks for himself.
            None => actions.push(Action::Came(id, How::Later)),
        }
    }

    fn fetch_failed(&mut self, fetch: Fetch, now: Timestamp, actions: &mut Vec<Action>) {
        self.store_rests_until = Some(now + STORE_PAUSE);
        match fetch {
            Fetch::Due => {
                self.fetching = false;
                self.due_at(now);
            }
            Fetch::One(id) => {
                self.sought.remove(&id);
                self.due_at(now);
                actions.push(Action::Came(id, How::Later));
            }
            // It has a time of its own as well.
            Fetch::Early(id) => drop(self.sought.remove(&id)),
            Fetch::Unconfirmed => self.confirming.fetch_failed(now),
        }
    }

    /// Takes a delivery into the core's hands.
    fn hold(&mut self, due: store::Due, urgent: bool, now: Timestamp, actions: &mut Vec<Action>) {
        let id = due.id;
        match Held::read(due, urgent) {
            Ok(held) => {
                // Tried in its own time before the link was back: what puts it off next is another matter.
                self.put_off.remove(&id);
                self.held.insert(id, held);
                if urgent { self.ready.push_front(id) } else { self.ready.push_back(id) }
            }
            Err(NotReadable { id, why }) => {
                let note =
                    super::verdict::note("notReadable", format!("{why}; update Tillbridge, then retry it"));
                let settle = store::Settle { id, at: now, outcome: store::Outcome::NeedsAttention(note) };
                actions.push(Action::Note(Command::Settle(settle)));
                self.let_go.insert(id);
            }
        }
    }

    /// Lets a delivery go; the store has what is to be known about it.
    pub(super) fn let_go(&mut self, id: DeliveryId) {
        self.held.remove(&id);
        self.sought.remove(&id);
        if self.fetching {
            self.let_go.insert(id);
        }
    }

    /// Passes one call, if the breaker and the rate agree.
    pub(super) fn pass(&mut self, now: Timestamp, haste: Haste) -> Option<Pass> {
        let probe = match self.breaker.look(now) {
            Leave::Go => false,
            Leave::Probe => true,
            Leave::Not(at) => {
                self.wake_at(at);
                return None;
            }
        };
        if !self.window.admit(now, haste) {
            self.wake_at(Some(self.window.next_place(now)));
            return None;
        }
        if probe {
            self.breaker.probe();
        }
        Some(Pass { probe })
    }

    /// A passed call begins.
    pub(super) fn call(
        &mut self,
        purpose: Purpose,
        request: engage::Request,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        self.window.begun(now);
        let ticket = self.ticket();
        self.under_way.insert(ticket, purpose);
        actions.push(Action::Call(ticket, request));
    }

    /// A passed call is not made after all.
    pub(super) fn forgo(&mut self, pass: Pass, now: Timestamp) {
        self.window.forgone();
        if pass.probe {
            self.breaker.probe_forgone(now);
        }
    }

    /// Writes something that the core must know the verdict of.
    pub(super) fn store(&mut self, purpose: Purpose, command: Command, actions: &mut Vec<Action>) {
        let ticket = self.ticket();
        self.under_way.insert(ticket, purpose);
        actions.push(Action::Store(ticket, command));
    }

    /// A step of a delivery has ended; its place is free.
    pub(super) fn step_ended(&mut self) {
        self.delivering -= 1;
    }

    pub(super) fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Work will be due at this time.
    pub(super) fn due_at(&mut self, due: Timestamp) {
        self.due_next = Some(self.due_next.map_or(due, |next| next.min(due)));
    }

    pub(super) fn wake_at(&mut self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
        }
    }

    fn answered(
        &mut self,
        ticket: Ticket,
        result: Result<Response, Failure>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        match self.under_way.remove(&ticket) {
            Some(Purpose::Deliver { id, call, nature }) => {
                let answer = self.read(&call, result, nature, Source::Delivery(id), now);
                self.delivery_answered(id, answer, now, actions);
            }
            Some(Purpose::Ask { asked, call }) => {
                let answer = self.read(&call, result, Nature::Read, Source::Ask, now);
                self.ask_answered(asked, answer, now, actions);
            }
            Some(Purpose::Confirm { call }) => {
                let answer = self.read(&call, result, Nature::Read, Source::Confirm, now);
                self.confirmation_answered(answer, now, actions);
            }
            Some(other) => {
                self.under_way.insert(ticket, other);
            }
            None => {}
        }
    }

    /// Reads an answer, and lets the breaker learn from it.
    fn read(
        &mut self,
        call: &EngageCall,
        result: Result<Response, Failure>,
        nature: Nature,
        source: Source,
        now: Timestamp,
    ) -> Result<Answer, Failed> {
        match result.and_then(|response| call.read(&response)) {
            Ok(answer) => {
                self.is_well(now);
                Ok(answer)
            }
            Err(failure) => {
                let failed = judge(&failure, nature);
                match failed.whole {
                    Whole::Well => self.is_well(now),
                    Whole::Ill { pause } => self.breaker.ill(now, pause, self.jitter),
                    // One request that breaks Engage must not stop the others; several different ones may.
                    Whole::Doubtful if self.doubtful.insert(source) || !self.breaker.is_closed() => {
                        self.breaker.ill(now, None, self.jitter);
                    }
                    Whole::Doubtful => {}
                }
                Err(failed)
            }
        }
    }

    fn is_well(&mut self, now: Timestamp) {
        self.doubtful.clear();
        if !self.breaker.is_closed() {
            self.due_next = Some(now);
            self.early.extend(std::mem::take(&mut self.put_off));
        }
        self.breaker.well();
    }

    fn stored(&mut self, ticket: Ticket, verdict: Verdict, now: Timestamp, actions: &mut Vec<Action>) {
        match (self.under_way.remove(&ticket), verdict) {
            (Some(Purpose::Begin { id, probe }), Verdict::Begin(begun)) => {
                self.begun(id, Pass { probe }, begun, now, actions);
            }
            (Some(Purpose::Bind { id }), Verdict::Bind(contact)) => self.bound(id, contact),
            (Some(Purpose::Requeue), Verdict::Settle(_)) => self.due_at(now),
            (Some(Purpose::Settle { id, how, command }), Verdict::Settle(_)) => {
                // What waited for it may go now, and is found only after this commit; so is what is to be confirmed.
                self.due_at(now);
                if let Some(due) = confirm_due(&command) {
                    self.confirming.due_at(due);
                }
                self.let_go(id);
                actions.push(Action::Came(id, how));
            }
            (Some(purpose), _) => self.abandon(purpose, now),
            (None, _) => {}
        }
    }

    fn store_failed(&mut self, ticket: Ticket, now: Timestamp) {
        self.store_rests_until = Some(now + STORE_PAUSE);
        if let Some(purpose) = self.under_way.remove(&ticket) {
            self.abandon(purpose, now);
        }
    }

    /// The store didn't take something, as far as is known. An outcome is written again, for its call must not be made
    /// again; what comes before a call is begun anew.
    fn abandon(&mut self, purpose: Purpose, now: Timestamp) {
        match purpose {
            Purpose::Settle { .. } => self.unsettled.push(purpose),
            // The attempt may be on disk all the same, where it would look like a call under way for ever: it is
            // written down that none was made.
            Purpose::Begin { id, probe } => {
                self.forgo(Pass { probe }, now);
                self.step_ended();
                let note = super::verdict::note("attemptNotWritten", ATTEMPT_NOT_WRITTEN);
                let outcome = store::Outcome::Again { due: now, note };
                let command = Command::Settle(store::Settle { id, at: now, outcome });
                self.unsettled.push(Purpose::Settle { id, command, how: How::Later });
            }
            Purpose::Bind { id } => {
                self.let_go(id);
                self.due_at(now);
            }
            // It is looked for again, and requeued again.
            Purpose::Requeue => {}
            Purpose::Deliver { .. } | Purpose::Ask { .. } | Purpose::Confirm { .. } => {}
        }
    }

    fn retry_unsettled(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.unsettled.is_empty() {
            return;
        }
        if let Some(until) = self.store_rests_until.filter(|until| now < *until) {
            return self.wake_at(Some(until));
        }
        for purpose in std::mem::take(&mut self.unsettled) {
            if let Purpose::Settle { command, .. } = &purpose {
                let command = command.clone();
                self.store(purpose, command, actions);
            }
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }
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
}

/// When what is settled is to be looked for.
fn confirm_due(command: &Command) -> Option<Timestamp> {
    match command {
        Command::Settle(store::Settle { outcome: store::Outcome::Done { confirm_due, .. }, .. }) => {
            *confirm_due
        }
        _ => None,
    }
}

/// A note without personal data, for the store.
pub(super) fn attention(note: Note) -> store::Outcome {
    store::Outcome::NeedsAttention(note)
}
