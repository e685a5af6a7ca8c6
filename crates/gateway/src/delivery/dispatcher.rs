//! The shell around the [`Core`]: a task that performs its actions on the real store and the real link.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engage::Client;
use engage::call::ChangeKind;
use engage::model::ContactId;
use jiff::Timestamp;
use store::{Command, DeliveryId, Store};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::ask::{Question, Told};
use super::backoff::DELAY_MAX;
use super::core::Core;
use super::event::{Action, Event, Fetch, How, Policy, Ticket};
use super::feed::READ_TO;
use crate::clock::{self, Clock};
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::profile::Known;

/// Contacts whose receipts are confirmed in one go.
const UNCONFIRMED_CONTACTS: u32 = 500;
/// Receipts of one contact that are confirmed in one go.
const UNCONFIRMED_EACH: u32 = 200;
/// The longest sleep; the core is asked again even if it named no time.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// How long a shutdown waits for the calls under way. What has no answer by then is unknown at the next start.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(5);

/// What the core may take beyond a question's deadline to tell what came.
const TELLING: Duration = Duration::from_millis(100);

/// A handle to the running core.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    events: mpsc::UnboundedSender<Event>,
    clock: Clock,
    asked: Mutex<HashMap<Ticket, oneshot::Sender<Told>>>,
    waiting: Mutex<HashMap<DeliveryId, Vec<oneshot::Sender<How>>>>,
    questions: AtomicU64,
    link_is_up: AtomicBool,
    stopping: AtomicBool,
}

/// How the link to Engage fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Calls pass.
    Up,
    /// The breaker is open.
    Down,
}

impl Dispatcher {
    /// Starts the core on its task.
    pub fn start(
        policy: Policy,
        memory: Memory,
        client: Client,
        metrics: Arc<Metrics>,
    ) -> (Dispatcher, JoinHandle<()>) {
        // Bounded by what feeds it: one event for each action under way, which the core bounds, and tills' requests,
        // which the server bounds.
        let (events, inbox) = mpsc::unbounded_channel();
        let (store, clock) = (memory.store.clone(), memory.clock);
        let shared = Arc::new(Shared {
            events,
            clock,
            asked: Mutex::default(),
            waiting: Mutex::default(),
            questions: AtomicU64::new(0),
            link_is_up: AtomicBool::new(true),
            stopping: AtomicBool::new(false),
        });
        let shell = Shell { shared: Arc::clone(&shared), store, memory, client, clock, metrics };
        let core = Core::new(policy, clock.now());
        let task = tokio::spawn(shell.run(core, inbox));
        (Dispatcher { shared }, task)
    }

    /// Something was accepted or requeued.
    pub fn nudge(&self) {
        self.send(Event::Nudged);
    }

    /// Hurries a delivery and waits for its step, at most this long. `None`: nothing came of it in time.
    pub async fn hurry(&self, id: DeliveryId, wait: Duration) -> Option<How> {
        let (tell, told) = oneshot::channel();
        lock(&self.shared.waiting).entry(id).or_default().push(tell);
        self.send(Event::Hurried(id));
        timeout(wait, told).await.ok()?.ok()
    }

    /// Asks Engage, at most this long.
    pub async fn ask(&self, question: Question, wait: Duration) -> Told {
        let ticket = Ticket::asked(self.shared.questions.fetch_add(1, Ordering::Relaxed));
        let (tell, told) = oneshot::channel();
        lock(&self.shared.asked).insert(ticket, tell);
        self.send(Event::Asked(ticket, question, self.shared.clock.now() + wait));
        // The core tells at the deadline what came until then; the margin is for its telling.
        match timeout(wait + TELLING, told).await {
            Ok(Ok(told)) => told,
            _ => {
                lock(&self.shared.asked).remove(&ticket);
                Told::Offline
            }
        }
    }

    /// How the link fares.
    pub fn health(&self) -> Health {
        if self.shared.link_is_up.load(Ordering::Relaxed) { Health::Up } else { Health::Down }
    }

    /// Begins no more calls; the task ends when those under way have.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.send(Event::Tick);
    }

    fn send(&self, event: Event) {
        // The receiver is gone only when the process ends; nothing is lost, for what matters is on disk.
        let _ = self.shared.events.send(event);
    }
}

#[derive(Debug, Clone)]
struct Shell {
    shared: Arc<Shared>,
    store: Store,
    memory: Memory,
    client: Client,
    clock: Clock,
    metrics: Arc<Metrics>,
}

impl Shell {
    async fn run(self, mut core: Core, mut inbox: mpsc::UnboundedReceiver<Event>) {
        let mut actions = Vec::new();
        let mut event = Event::Tick;
        let mut stop_at: Option<Timestamp> = None;
        loop {
            let now = self.clock.now();
            core.step(now, clock::jitter(), event, &mut actions);
            self.shared.link_is_up.store(core.link_is_up(), Ordering::Relaxed);
            self.metrics.link(core.link_is_up());
            if self.shared.stopping.load(Ordering::Relaxed) {
                stop_at.get_or_insert(now + SHUTDOWN_WAIT);
                actions.retain(|action| !begins_something(action));
                if core.is_idle() || stop_at.is_some_and(|at| now >= at) {
                    return;
                }
            }
            for action in actions.drain(..) {
                self.perform(action);
            }
            let sleep = until(core.next_wake(), stop_at, now);
            event = match timeout(sleep, inbox.recv()).await {
                Ok(Some(event)) => event,
                Ok(None) => return,
                Err(_) => Event::Tick,
            };
        }
    }

    fn perform(&self, action: Action) {
        match action {
            Action::FetchDue(limit) => {
                self.read(Fetch::Due, move |reader, now| Ok(Event::Fetched(reader.due(now, limit)?)))
            }
            Action::FetchOne(id) => self.read(Fetch::One(id), move |reader, now| {
                Ok(Event::FetchedOne(id, reader.due_one(id, now)?.map(Box::new)))
            }),
            Action::FetchEarly(id) => self.read(Fetch::Early(id), move |reader, now| {
                let before_long = now + DELAY_MAX;
                Ok(Event::FetchedEarly(id, reader.due_one(id, before_long)?.map(Box::new)))
            }),
            Action::FetchUnconfirmed => self.read(Fetch::Unconfirmed, |reader, now| {
                let contacts = reader.unconfirmed(now, UNCONFIRMED_CONTACTS, UNCONFIRMED_EACH)?;
                Ok(Event::Unconfirmed(contacts, reader.next_unconfirmed()?))
            }),
            Action::FetchFeed => self.read(Fetch::Feed, |reader, _| {
                let kept = reader.kept(READ_TO)?.and_then(|(value, _)| String::from_utf8(value).ok());
                Ok(Event::FeedReadTo(kept.and_then(|at| at.parse().ok())))
            }),
            Action::FetchHeld(kind, ids) => self.read(Fetch::Held, move |reader, _| {
                let all: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
                let here = match kind {
                    ChangeKind::Deleted => reader.bound_of(&all)?,
                    ChangeKind::Created | ChangeKind::Updated => reader.profiles_of(&all)?,
                };
                let here = here.into_iter().filter_map(|id| ContactId::new(id).ok()).collect();
                Ok(Event::ChangedHere(kind, here))
            }),
            Action::Remember(known) => self.remember(*known),
            Action::Erase(id) => self.erase(id),
            Action::Store(ticket, command) => self.write(Some(ticket), command),
            Action::Note(command) => self.write(None, command),
            Action::Call(ticket, request) => self.call(ticket, request),
            Action::Tell(ticket, told) => {
                if let Some(tell) = lock(&self.shared.asked).remove(&ticket) {
                    let _ = tell.send(told);
                }
            }
            Action::Came(id, how) => {
                for tell in lock(&self.shared.waiting).remove(&id).unwrap_or_default() {
                    let _ = tell.send(how);
                }
            }
        }
    }

    fn read<F>(&self, fetch: Fetch, read: F)
    where
        F: FnOnce(&store::Reader, Timestamp) -> Result<Event, store::Error> + Send + 'static,
    {
        let shell = self.clone();
        let now = self.clock.now();
        tokio::spawn(async move {
            let event = match shell.store.read(move |reader| read(reader, now)).await {
                Ok(event) => event,
                Err(error) => {
                    tracing::error!(error = %chain(&error), "the queue can't be read; it is tried again");
                    Event::FetchFailed(fetch)
                }
            };
            let _ = shell.shared.events.send(event);
        });
    }

    fn write(&self, ticket: Option<Ticket>, command: Command) {
        let shell = self.clone();
        tokio::spawn(async move {
            let command = shell.memory.completed(command).await;
            let answer = shell.store.submit(command).await;
            if let Err(error) = &answer {
                tracing::error!(error = %chain(error), "the outcome of a delivery can't be written; it is tried again");
            }
            match (ticket, answer) {
                (Some(ticket), Ok(verdict)) => drop(shell.shared.events.send(Event::Stored(ticket, verdict))),
                (Some(ticket), Err(_)) => drop(shell.shared.events.send(Event::StoreFailed(ticket))),
                (None, _) => {}
            }
        });
    }

    /// What is not kept is read again when the person is next looked up.
    fn remember(&self, known: Known) {
        let memory = self.memory.clone();
        tokio::spawn(async move {
            if let Err(error) = memory.keep(None, &known).await {
                tracing::warn!(error = %chain(&error), "a changed profile could not be kept");
            }
        });
    }

    /// What is not erased now is when the feed is next read from before this.
    fn erase(&self, id: ContactId) {
        let memory = self.memory.clone();
        tokio::spawn(async move {
            if let Err(error) = memory.erase(id.as_str()).await {
                tracing::error!(error = %chain(&error), "a contact that was deleted in Engage could not be erased here");
            }
        });
    }

    fn call(&self, ticket: Ticket, request: engage::Request) {
        let shell = self.clone();
        tokio::spawn(async move {
            let begun = shell.clock.now();
            let result = shell.client.exchange(&request).await;
            shell.metrics.called(&result, shell.clock.now().duration_since(begun));
            let _ = shell.shared.events.send(Event::Answered(ticket, result));
        });
    }
}

/// Whether an action starts something new rather than ending what is under way.
fn begins_something(action: &Action) -> bool {
    match action {
        Action::FetchDue(_)
        | Action::FetchOne(_)
        | Action::FetchEarly(_)
        | Action::FetchUnconfirmed
        | Action::FetchFeed
        | Action::FetchHeld(..)
        | Action::Call(..) => true,
        Action::Store(_, Command::Begin(_)) => true,
        Action::Store(..)
        | Action::Note(_)
        | Action::Remember(_)
        | Action::Erase(_)
        | Action::Tell(..)
        | Action::Came(..) => false,
    }
}

fn until(wake: Option<Timestamp>, stop_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let soonest = wake.into_iter().chain(stop_at).min();
    let sleep = soonest.map_or(SLEEP_MAX, |at| at.duration_since(now).try_into().unwrap_or(Duration::ZERO));
    sleep.min(SLEEP_MAX)
}

/// An error with its causes, for the log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
