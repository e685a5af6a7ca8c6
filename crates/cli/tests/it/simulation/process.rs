//! The gateway's process: the core, the real store on a real file, and the shell between them on virtual time.
//!
//! It stands and falls as one: a crash drops it with everything that was not committed.

use std::collections::BTreeMap;
use std::time::Duration;

use engage::call::ChangeKind;
use engage::model::ContactId;
use gateway::delivery::{self, Action, Boot, Core, DELAY_MAX, Fetch, How, Policy, READ_TO, Ticket};
use gateway::desk::{Link, There, with_loyalty_of};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{
    Command, ContactKey, Database, DeliveryId, Done, Error, FindContact, Limits, Options, Outcome, Reader,
    Settle, Verdict,
};

use super::census::Class;
use super::run::{Event, Simulation};
use super::setup::Sabotage;

/// As the shell's own.
const UNCONFIRMED_CONTACTS: u32 = 500;
const UNCONFIRMED_EACH: u32 = 200;
const GROUP_MAX: usize = 256;

/// A running gateway.
pub(super) struct Process {
    pub(super) epoch: u64,
    core: Core,
    pub(super) database: Database,
    pub(super) reader: Reader,
    pending: Vec<(Command, From)>,
    group: Vec<(Command, From)>,
    wake: Option<Timestamp>,
    /// Enrolments whose answers wait for a delivery.
    pub(super) hurried: BTreeMap<DeliveryId, Vec<usize>>,
    pub(super) asked: BTreeMap<Ticket, super::lookups::Asked>,
}

/// A read of the store.
#[derive(Debug, Clone)]
pub(super) struct Read {
    fetch: Fetch,
    limit: u32,
    as_of: Timestamp,
    /// Of which contacts, for [`Fetch::Held`].
    of: Option<(ChangeKind, Vec<ContactId>)>,
}

/// Who wants to know what came of a write.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    Core(Ticket),
    Till(usize),
    Nobody,
    Operator,
    /// An operator who wants a contact to be forgotten.
    Forget(ContactKey),
}

impl Process {
    /// Whether Engage can be asked, as far as the core knows.
    pub(super) fn link(&self) -> Link {
        if self.core.link_is_up() { Link::Up } else { Link::Down }
    }
}

impl Simulation {
    /// Opens the file and begins anew, as after a power cut.
    pub(super) fn start(&mut self) {
        let mut secret_seed = [7; 32];
        secret_seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        let options = Options { secret_seed, now: self.now, limits: Limits::default() };
        let database = Database::open(self.folder.path(), options).expect("the database opens again");
        let reader = database.reader().expect("a reader opens");
        let mut engage = self.setup.settings.engage.clone();
        if self.setup.sabotage == Sabotage::NoRate {
            engage.requests_per_second = None;
        }
        self.epoch += 1;
        let boot = if self.epoch == 1 { Boot::First } else { Boot::Again };
        let core = Core::new(Policy { engage, boot }, self.now);
        self.process = Some(Process {
            epoch: self.epoch,
            core,
            database,
            reader,
            pending: Vec::new(),
            group: Vec::new(),
            wake: None,
            hurried: BTreeMap::new(),
            asked: BTreeMap::new(),
        });
        self.nothing_acknowledged_is_gone();
        self.finish_forgetting();
        self.core(delivery::Event::Tick);
    }

    /// The process ends at once; a commit that was under way ends either way, and so does each call.
    pub(super) fn crash(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        self.census.saw(Class::Crash);
        if !process.group.is_empty() {
            if self.random.one_in(2) {
                self.census.saw(Class::CrashInCommitKept);
                let (commands, _): (Vec<Command>, Vec<From>) = process.group.drain(..).unzip();
                let verdicts = process.database.commit(&commands).expect("a commit on a good disk");
                self.process = Some(process);
                self.committed(&commands, &verdicts);
                let Some(kept) = self.process.take() else { return };
                process = kept;
            } else {
                self.census.saw(Class::CrashInCommitLost);
            }
        }
        self.calls_outlive(process.epoch);
        drop(process);
        let downtime = match self.random.below(8) {
            0 => self.random.stretch(60_000, 8),
            1..=3 => self.random.millis(20, 1_500),
            _ => self.random.millis(1_000, 20_000),
        };
        self.at_in(downtime, Event::Start);
    }

    /// Gives the core an event and does what it asks for.
    pub(super) fn core(&mut self, event: delivery::Event) {
        let (now, jitter) = (self.now, self.random.jitter());
        let Some(process) = &mut self.process else { return };
        let mut actions = Vec::new();
        process.core.step(now, jitter, event, &mut actions);
        let wake = process.core.next_wake().map(|wake| wake.max(now + Duration::from_micros(50)));
        if wake != process.wake {
            process.wake = wake;
            let epoch = process.epoch;
            if let Some(wake) = wake {
                self.at(wake, Event::Wake(epoch, wake));
            }
        }
        for action in actions {
            self.perform(action);
        }
    }

    pub(super) fn wake(&mut self, epoch: u64, at: Timestamp) {
        let Some(process) = &mut self.process else { return };
        if process.epoch == epoch && process.wake == Some(at) {
            process.wake = None;
            self.core(delivery::Event::Tick);
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::FetchDue(limit) => self.read_soon(Fetch::Due, limit),
            Action::FetchOne(id) => self.read_soon(Fetch::One(id), 1),
            Action::FetchEarly(id) => self.read_soon(Fetch::Early(id), 1),
            Action::FetchUnconfirmed => self.read_soon(Fetch::Unconfirmed, 1),
            Action::FetchFeed => self.read_soon(Fetch::Feed, 1),
            Action::FetchHeld(kind, ids) => self.read_of(Fetch::Held, 1, Some((kind, ids))),
            Action::Remember(known) => {
                self.census.saw(Class::FeedRefreshed);
                self.remember(None, &known);
            }
            Action::Erase(id) => self.erase(id.as_str()),
            Action::Store(ticket, command) => self.store_for_core(ticket, command),
            Action::Note(command) => {
                self.note(format_args!("note {command:?}"));
                self.submit(command, From::Nobody);
            }
            Action::Call(ticket, request) => self.call(ticket, request),
            Action::Tell(ticket, told) => self.told(ticket, told),
            Action::Came(id, how) => self.came(id, how),
        }
    }

    fn store_for_core(&mut self, ticket: Ticket, command: Command) {
        if let Command::Confirm(_) = &command {
            self.census.saw(Class::SentOnceMore);
        }
        if let (Sabotage::CalledBeforeBegun, Command::Begin(_)) = (self.setup.sabotage, &command) {
            let go = delivery::Event::Stored(ticket, Verdict::Begin(store::Begun::Go(1)));
            let epoch = self.epoch;
            return self.at(self.now, Event::ToCore(epoch, go));
        }
        self.note(format_args!("store {ticket:?} {command:?}"));
        let command = self.completed(command);
        self.submit(command, From::Core(ticket));
    }

    /// A profile that a delivery read keeps the loyalty that was last seen, as the memory does it.
    fn completed(&self, mut command: Command) -> Command {
        let Some(process) = &self.process else { return command };
        if let Command::Settle(Settle {
            outcome: Outcome::Done(Done { remote_id: Some(remote_id), profile: Some(profile), .. }),
            ..
        }) = &mut command
        {
            let held = process.reader.known(&FindContact::Id(remote_id.clone())).expect("it is read");
            let held = held.and_then(|held| held.profile);
            *profile = with_loyalty_of(std::mem::take(profile), held.as_deref());
        }
        command
    }

    fn came(&mut self, id: DeliveryId, how: How) {
        let Some(process) = &mut self.process else { return };
        for wish in process.hurried.remove(&id).unwrap_or_default() {
            self.contact_answered(wish, Some(how));
        }
    }

    fn read_soon(&mut self, fetch: Fetch, limit: u32) {
        self.read_of(fetch, limit, None);
    }

    fn read_of(&mut self, fetch: Fetch, limit: u32, of: Option<(ChangeKind, Vec<ContactId>)>) {
        let (epoch, as_of) = (self.epoch, self.now);
        let after = self.random.micros(50, 2_000);
        self.at_in(after, Event::Read(epoch, Read { fetch, limit, as_of, of }));
    }

    /// Reads what is there at this instant; the core hears of it a little later.
    pub(super) fn read(&mut self, epoch: u64, Read { fetch, limit, as_of, of }: Read) {
        let fails = self.random.percent(self.odds_now().read_fails_percent);
        let later = self.random.micros(20, 3_000);
        let Some(process) = self.process.as_ref().filter(|process| process.epoch == epoch) else { return };
        let reader = &process.reader;
        let one = |id, as_of| reader.due_one(id, as_of).expect("it is read").map(Box::new);
        let event = match fetch {
            _ if fails => delivery::Event::FetchFailed(fetch),
            Fetch::Due => delivery::Event::Fetched(reader.due(as_of, limit).expect("it is read")),
            Fetch::One(id) => delivery::Event::FetchedOne(id, one(id, as_of)),
            Fetch::Early(id) => delivery::Event::FetchedEarly(id, one(id, as_of + DELAY_MAX)),
            Fetch::Unconfirmed => {
                let contacts = reader.unconfirmed(as_of, UNCONFIRMED_CONTACTS, UNCONFIRMED_EACH);
                let next = reader.next_unconfirmed().expect("it is read");
                delivery::Event::Unconfirmed(contacts.expect("it is read"), next)
            }
            Fetch::Feed => {
                let kept = reader.kept(READ_TO).expect("it is read");
                let text = kept.and_then(|(value, _)| String::from_utf8(value).ok());
                delivery::Event::FeedReadTo(text.and_then(|at| at.parse().ok()))
            }
            Fetch::Held => {
                let (kind, ids) = of.unwrap_or((ChangeKind::Updated, Vec::new()));
                delivery::Event::ChangedHere(kind, held(reader, kind, &ids))
            }
        };
        if fails {
            self.census.saw(Class::ReadFailed);
        }
        let event = self.sabotage_read(event);
        self.at_in(later, Event::ToCore(epoch, event));
    }

    /// What an update was made from is said to be what is there now; or what an attempt remembers is forgotten.
    fn sabotage_read(&self, mut event: delivery::Event) -> delivery::Event {
        if ![Sabotage::NoBase, Sabotage::MarkForgotten].contains(&self.setup.sabotage) {
            return event;
        }
        let dues: Vec<&mut store::Due> = match &mut event {
            delivery::Event::Fetched(page) => page.due.iter_mut().collect(),
            delivery::Event::FetchedOne(_, due) | delivery::Event::FetchedEarly(_, due) => {
                due.iter_mut().map(|due| &mut **due).collect()
            }
            _ => Vec::new(),
        };
        if self.setup.sabotage == Sabotage::MarkForgotten {
            dues.into_iter().for_each(|due| due.mark = None);
            return event;
        }
        for due in dues.into_iter().filter(|due| due.kind == delivery::UPDATE_CONTACT) {
            let id = due.contact.as_ref().and_then(|contact| contact.remote_id.clone());
            let Some(contact) = id.and_then(|id| self.engage.contact(&id)) else { continue };
            due.frozen = without_base(&due.frozen, contact);
        }
        event
    }

    pub(super) fn heard(&mut self, epoch: u64, event: delivery::Event) {
        if self.process.as_ref().is_some_and(|process| process.epoch == epoch) {
            self.core(event);
        }
    }

    /// Hands a command to the writer, which takes all that waits as one group.
    pub(super) fn submit(&mut self, command: Command, from: From) {
        let Some(process) = &mut self.process else { return };
        process.pending.push((command, from));
        if process.group.is_empty() {
            self.begin_group();
        }
    }

    fn begin_group(&mut self) {
        let takes = match self.random.below(400) {
            0 => Duration::from_millis(500),
            _ => self.random.micros(100, 20_000),
        };
        let Some(process) = &mut self.process else { return };
        if process.pending.is_empty() {
            return;
        }
        let taken = process.pending.len().min(GROUP_MAX);
        process.group = process.pending.drain(..taken).collect();
        let epoch = process.epoch;
        self.at_in(takes, Event::Group(epoch));
    }

    /// The group's commit has returned: its answers are released.
    pub(super) fn group_done(&mut self, epoch: u64) {
        let fails = self.random.percent(self.odds_now().commit_fails_percent);
        let kept = !fails || self.random.one_in(2);
        let Some(process) = self.process.as_mut().filter(|process| process.epoch == epoch) else { return };
        let (commands, from): (Vec<Command>, Vec<From>) = process.group.drain(..).unzip();
        let verdicts = match kept {
            true => process.database.commit(&commands).expect("a commit on a good disk"),
            false => Vec::new(),
        };
        self.committed(&commands, &verdicts);
        if fails {
            let class = if kept { Class::CommitFailedButKept } else { Class::CommitFailedNothingKept };
            self.census.saw(class);
            self.unremembered |=
                !kept && commands.iter().any(|command| matches!(command, Command::Remember(_)));
            from.into_iter().for_each(|from| self.write_failed(from));
        } else {
            for (from, verdict) in from.into_iter().zip(verdicts) {
                self.written(from, verdict);
            }
        }
        self.begin_group();
    }

    fn written(&mut self, from: From, verdict: Result<Verdict, Error>) {
        self.nudge(from);
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(error) => return self.violated("everyCommandCanBeDecided", format!("{error:?}")),
        };
        let epoch = self.epoch;
        match (from, verdict) {
            (From::Core(ticket), verdict) => {
                self.at(self.now, Event::ToCore(epoch, delivery::Event::Stored(ticket, verdict)));
            }
            (From::Till(wish), Verdict::Accept(accepted)) => self.accepted(wish, accepted),
            (From::Till(_) | From::Nobody | From::Operator | From::Forget(_), _) => {}
        }
    }

    /// Tills' and operators' writes nudge the core, whatever came of them.
    fn nudge(&mut self, from: From) {
        if matches!(from, From::Till(_) | From::Operator | From::Forget(_)) {
            let epoch = self.epoch;
            self.at(self.now, Event::ToCore(epoch, delivery::Event::Nudged));
        }
    }

    fn write_failed(&mut self, from: From) {
        self.nudge(from);
        let epoch = self.epoch;
        match from {
            From::Core(ticket) => {
                self.at(self.now, Event::ToCore(epoch, delivery::Event::StoreFailed(ticket)));
            }
            // 503: it sends the same again.
            From::Till(wish) => self.send_again(wish),
            From::Forget(key) => self.forget_known(key, There::Delete),
            From::Nobody | From::Operator => {}
        }
    }
}

fn held(reader: &Reader, kind: ChangeKind, ids: &[ContactId]) -> Vec<ContactId> {
    let all: Vec<String> = ids.iter().map(|id| id.as_str().to_owned()).collect();
    let here = match kind {
        ChangeKind::Deleted => reader.bound_of(&all),
        ChangeKind::Created | ChangeKind::Updated => reader.profiles_of(&all),
    };
    here.expect("it is read").into_iter().filter_map(|id| ContactId::new(id).ok()).collect()
}

/// The frozen form of an update as if everything had been as it is now.
fn without_base(frozen: &[u8], contact: &sandbox::Contact) -> Vec<u8> {
    let mut frozen: Value = serde_json::from_slice(frozen).expect("a form is JSON");
    let set = frozen["set"].as_array().into_iter().flatten().map(|pair| pair[0].clone());
    let clear = frozen["clear"].as_array().into_iter().flatten().cloned();
    let now = |name: Value| {
        let attribute = if name == "country" { "countryCode" } else { name.as_str().unwrap_or_default() };
        let value = contact.attribute(attribute);
        json!([
            name,
            [value.map(|value| if name == "gender" { value.to_lowercase() } else { value.to_owned() })]
        ])
    };
    let fields: Vec<Value> = set.chain(clear).map(now).collect();
    let consents = contact.consents.iter().map(|row| json!([row["id"], [row["value"]]]));
    let sandbox::Preferences { accepts_email, accepts_sms, accepts_postal } = contact.preferences;
    frozen["base"] = json!({
        "seen": true, "fields": fields, "consents": consents.collect::<Vec<_>>(),
        "preferences": [["email", [accepts_email]], ["sms", [accepts_sms]], ["postal", [accepts_postal]]],
    });
    frozen.to_string().into_bytes()
}
