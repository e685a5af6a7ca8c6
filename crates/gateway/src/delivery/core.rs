//! The state machine that decides all traffic to Engage.

mod queue;
mod writing;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use engage::{Failure, Response};
use jiff::Timestamp;
use store::DeliveryId;

use super::ask::{Asking, Told};
use super::breaker::{Breaker, Leave};
use super::call::{Answer, EngageCall};
use super::confirm::Confirming;
use super::event::{Action, Event, How, Pass, Policy, Purpose, Source, Ticket};
use super::feed::Feed;
use super::plan::Held;
use super::verdict::{Failed, Nature, Whole, judge};
use super::window::{Haste, Window};

/// Questions of tills that wait for a call at most; more are told that Engage can't be asked now.
const ASKING_MAX: usize = 1_024;
/// How long to leave the store alone after it failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

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
    pub(super) feed: Feed,
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
            feed: Feed::new(&policy.engage, now),
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
            Event::FeedReadTo(at) => self.feed.start(at, now),
            Event::ChangedHere(kind, ids) => self.changed_here(kind, ids, actions),
            Event::Asked(ticket, question, until) if self.asking.len() < ASKING_MAX => {
                self.asking.push_back(Asking::new(ticket, question, until, &self.policy.engage));
            }
            Event::Asked(ticket, ..) => actions.push(Action::Tell(ticket, Told::Offline)),
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
        self.pump_feed(now, actions);
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
                self.ask_answered(asked, &call, answer, now, actions);
            }
            Some(Purpose::Confirm { call }) => {
                let answer = self.read(&call, result, Nature::Read, Source::Confirm, now);
                self.confirmation_answered(answer, now, actions);
            }
            Some(Purpose::Feed { call }) => {
                let answer = self.read(&call, result, Nature::Read, Source::Feed, now);
                self.feed_answered(answer, now, actions);
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
                    // The feed is not every tenant's: being refused it says nothing about anything else. If it was
                    // the probe, another call is to be one.
                    Whole::Ill { pause: None } if source == Source::Feed && is_refused(&failure) => {
                        self.breaker.probe_forgone(now);
                    }
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

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket::numbered(self.tickets)
    }
}

fn is_refused(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(_))
}
