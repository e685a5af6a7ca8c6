//! One run: a heap of events ordered by time, one thread, and everything that takes part.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::time::Duration;

use engage::{Failure, Response};
use gateway::delivery;
use jiff::Timestamp;
use tempfile::TempDir;

use super::census::{Census, Class};
use super::engage_side::EngageSide;
use super::forgotten::{Backup, Forgotten};
use super::ledger::Ledger;
use super::link::{Flight, Parcel};
use super::offers::Given;
use super::process::{Process, Read};
use super::random::Random;
use super::setup::{Odds, Sabotage, Setup, Story};
use super::weather::Weather;
use super::wish::Wish;

/// More events than any honest run has; beyond it something spins.
const EVENTS_MAX: u64 = 2_000_000;

/// Something that happens at a time.
#[derive(Debug)]
pub(super) enum Event {
    /// A till does the next of its acts.
    Act(usize),
    /// A till sends what it wants to be taken.
    Send(usize),
    /// A till has waited long enough for the answer to its so many-th sending.
    Impatient(usize, u32),
    /// An enrolment's or update's answer waits no longer for its delivery.
    HurryOver(u64, usize),
    /// What the desk made of a till's word is written.
    Submit(u64, Box<store::Accept>, usize),
    Forget(u64, Box<store::Forget>),
    /// A commit returns.
    Group(u64),
    /// A read happens.
    Read(u64, Read),
    ToCore(u64, delivery::Event),
    Wake(u64, Timestamp),
    /// A request reaches Engage.
    Arrive(Box<Parcel>),
    /// An answer, or its want, reaches the gateway.
    Answer(u64, Result<Response, Failure>),
    /// Engage does something by itself.
    EngageDue(Timestamp),
    SignUpElsewhere(usize),
    EditInEngage,
    Edit(String),
    LookUp(usize),
    DeleteInEngage,
    EngageRestarts,
    ForgetSomebody,
    BackUp,
    Restore,
    VoidOf(usize),
    /// Somebody in Engage gives offers, or the web shop uses some.
    OffersInEngage,
    Weather,
    Start,
    Operator,
    Sweep,
    FaultsEnd,
    /// Has everything come to its end?
    Look,
}

/// What was promised and isn't so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) rule: &'static str,
    pub(super) detail: String,
}

/// How a run ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) violation: Option<Violation>,
    pub(super) census: Census,
    /// Of everything that happened, in its order.
    pub(super) trace: u64,
}

/// One run.
pub(super) struct Simulation {
    pub(super) seed: u64,
    pub(super) now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Event>,
    sequence: u64,
    pub(super) random: Random,
    pub(super) setup: Setup,
    pub(super) census: Census,
    trace: u64,
    line: String,
    verbose: bool,
    weather: Weather,
    faults_over_since: Option<Timestamp>,
    over: bool,
    pub(super) folder: TempDir,
    pub(super) process: Option<Process>,
    pub(super) epoch: u64,
    pub(super) engage: EngageSide,
    pub(super) flights: BTreeMap<u64, Flight>,
    pub(super) begun: VecDeque<Timestamp>,
    pub(super) acts_left: Vec<u64>,
    pub(super) wishes: Vec<Wish>,
    pub(super) ledger: Ledger,
    /// Documents that a database had which was lost.
    pub(super) lost: BTreeSet<String>,
    /// Whose documents lie under which kind and identity.
    pub(super) documents: BTreeMap<(&'static str, String), usize>,
    /// Ids that tills were given, for whom and when.
    pub(super) given_ids: Vec<(String, usize, Timestamp)>,
    /// What tills were told that customers were given.
    pub(super) given: Vec<Given>,
    pub(super) forgotten: Vec<Forgotten>,
    pub(super) backup: Option<Backup>,
    /// Of when the database is that was put back.
    pub(super) restored: Option<Timestamp>,
    pub(super) questions: u64,
    /// What Engage showed could not be written down once.
    pub(super) unremembered: bool,
    /// What operators gave up, by its identity.
    pub(super) given_up: BTreeSet<String>,
    /// What operators had tried again after it had stopped: it comes later than it was said.
    pub(super) taken_up: BTreeSet<String>,
    /// Receipts and people about whom somebody else answered in Engage's name, and how often.
    pub(super) excused: BTreeMap<String, u32>,
    /// Those of them whom somebody else said to have dealt with.
    pub(super) swallowed: BTreeSet<String>,
    violation: Option<Violation>,
}

/// Runs a seed.
pub(super) fn run(seed: u64, story: Story, sabotage: Sabotage, verbose: bool) -> Outcome {
    let mut simulation = Simulation::new(seed, story, sabotage, verbose);
    simulation.begin();
    while !simulation.over && simulation.violation.is_none() {
        let Some(((at, _), event)) = simulation.queue.pop_first() else { break };
        simulation.now = at;
        simulation.happen(event);
    }
    if simulation.violation.is_none() && !simulation.over {
        simulation.violated("progress", "nothing is left to happen, and not everything is done".to_owned());
    }
    Outcome { violation: simulation.violation, census: simulation.census, trace: simulation.trace }
}

impl Simulation {
    fn new(seed: u64, story: Story, sabotage: Sabotage, verbose: bool) -> Simulation {
        let mut random = Random::new(seed);
        let setup = Setup::draw(&mut random, story, sabotage);
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().expect("a time");
        let engage = EngageSide::new(seed, &setup);
        Simulation {
            seed,
            now: start + random.millis(0, 86_400_000),
            queue: BTreeMap::new(),
            sequence: 0,
            acts_left: setup.tills.iter().map(|till| till.acts).collect(),
            random,
            setup,
            census: Census::default(),
            trace: 0xcbf2_9ce4_8422_2325,
            line: String::new(),
            verbose,
            weather: Weather::Clear,
            faults_over_since: None,
            over: false,
            folder: folder(),
            process: None,
            epoch: 0,
            engage,
            flights: BTreeMap::new(),
            begun: VecDeque::new(),
            wishes: Vec::new(),
            ledger: Ledger::default(),
            lost: BTreeSet::new(),
            documents: BTreeMap::new(),
            given_ids: Vec::new(),
            given: Vec::new(),
            forgotten: Vec::new(),
            backup: None,
            restored: None,
            questions: 0,
            unremembered: false,
            given_up: BTreeSet::new(),
            taken_up: BTreeSet::new(),
            excused: BTreeMap::new(),
            swallowed: BTreeSet::new(),
            violation: None,
        }
    }

    fn begin(&mut self) {
        if self.verbose {
            eprintln!("{:#?}", self.setup);
        }
        self.people_exist();
        self.start();
        for till in 0..self.setup.tills.len() {
            let first = self.random.millis(0, 5_000);
            self.at_in(first, Event::Act(till));
        }
        self.change_weather();
        self.at_in(Duration::from_secs(3_600), Event::Sweep);
        if self.setup.odds.operator {
            self.at_in(Duration::from_secs(120), Event::Operator);
        }
        if self.setup.odds.sandbox_stops {
            let at = self.random.stretch(10_000, 7);
            self.at_in(at, Event::EngageRestarts);
        }
        if self.setup.odds.signs_up_elsewhere {
            let (at, person) = (self.random.stretch(100, 12), self.random.below(self.setup.people.len()));
            self.at_in(at, Event::SignUpElsewhere(person));
        }
        let (odds, gap) = (self.setup.odds.clone(), self.setup.odds.act_gap_ms.max(100));
        let mut some_time = |wanted, event| {
            if wanted {
                let at = self.random.stretch(gap, 9);
                self.at_in(at, event);
            }
        };
        some_time(odds.edits, Event::EditInEngage);
        some_time(odds.deletes, Event::DeleteInEngage);
        some_time(odds.forgets, Event::ForgetSomebody);
        some_time(odds.restores, Event::BackUp);
        some_time(odds.offers, Event::OffersInEngage);
    }

    fn happen(&mut self, event: Event) {
        self.census.events += 1;
        if self.census.events > EVENTS_MAX {
            return self.violated("progress", "it spins".to_owned());
        }
        self.note(format_args!("{}", Told(&event)));
        match event {
            Event::Act(till) => self.act(till),
            Event::Send(wish) => self.send(wish),
            Event::Impatient(wish, sends) => self.impatient(wish, sends),
            Event::HurryOver(epoch, wish) => self.hurry_over(epoch, wish),
            Event::Submit(epoch, accept, wish) => self.submit_wish(epoch, *accept, wish),
            Event::Forget(epoch, forget) => self.submit_forget(epoch, *forget),
            Event::Group(epoch) => self.group_done(epoch),
            Event::Read(epoch, read) => self.read(epoch, read),
            Event::ToCore(epoch, event) => self.heard(epoch, event),
            Event::Wake(epoch, at) => self.wake(epoch, at),
            Event::Arrive(parcel) => self.arrive(*parcel),
            Event::Answer(flight, result) => self.answered(flight, result),
            Event::EngageDue(at) => self.engage_due(at),
            Event::SignUpElsewhere(person) => self.sign_up_elsewhere(person),
            Event::EditInEngage => self.edit_in_engage(),
            Event::Edit(contact) => self.edit(&contact),
            Event::LookUp(person) => self.look_up(person),
            Event::DeleteInEngage => self.delete_in_engage(),
            Event::EngageRestarts => self.engage_restarts(),
            Event::ForgetSomebody => self.forget_somebody(),
            Event::BackUp => self.back_up(),
            Event::Restore => self.restore(),
            Event::VoidOf(wish) => self.void_of(wish),
            Event::OffersInEngage => self.offers_in_engage(),
            Event::Weather => self.change_weather(),
            Event::Start if self.process.is_none() => self.start(),
            Event::Start => {}
            Event::Operator => self.operator(),
            Event::Sweep => self.sweep(),
            Event::FaultsEnd => self.faults_end(),
            Event::Look => self.look(),
        }
        let crashes = self.odds_now().crash_one_in.is_some_and(|n| self.random.one_in(n));
        if crashes && self.process.is_some() {
            self.note(format_args!("crash"));
            self.crash();
        }
    }

    pub(super) fn at(&mut self, at: Timestamp, event: Event) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), event);
    }

    pub(super) fn at_in(&mut self, after: Duration, event: Event) {
        self.at(self.now + after, event);
    }

    /// Takes events out of the future.
    pub(super) fn withdraw(&mut self, mut which: impl FnMut(&Event) -> bool) {
        self.queue.retain(|_, event| !which(event));
    }

    /// How often what goes wrong now: nothing, once the faults are over.
    pub(super) fn odds_now(&self) -> Odds {
        match self.faults_over_since {
            None => self.setup.odds.clone(),
            Some(_) => self.setup.odds.calm(),
        }
    }

    pub(super) fn faults_are_over(&self) -> bool {
        self.faults_over_since.is_some()
    }

    pub(super) fn weather(&self) -> Weather {
        self.weather
    }

    fn change_weather(&mut self) {
        if self.faults_over_since.is_some() {
            return;
        }
        let first = self.census.events == 0;
        let (weather, lasts) = match (first, self.setup.story) {
            (true, story) => story.first_weather(&mut self.random),
            (false, Story::AnyWeather) => Weather::draw(&mut self.random),
            (false, Story::ThreeDaysDark) => return self.faults_end(),
        };
        if weather == Weather::Dark && lasts > Duration::from_secs(3_600) {
            self.census.saw(Class::DarkForHours);
        }
        self.weather = weather;
        self.note(format_args!("{weather:?} for {lasts:?}"));
        self.at_in(lasts, Event::Weather);
    }

    /// The last act of the last till is done: some more bad weather, then none.
    pub(super) fn tills_are_done(&mut self) {
        if self.setup.story == Story::AnyWeather {
            let after = self.random.stretch(1_000, 9);
            self.at_in(after, Event::FaultsEnd);
        }
    }

    fn faults_end(&mut self) {
        if self.faults_over_since.is_some() {
            return;
        }
        self.weather = Weather::Clear;
        self.faults_over_since = Some(self.now);
        if self.process.is_none() {
            self.start();
        }
        self.at_in(Duration::from_secs(60), Event::Look);
    }

    fn look(&mut self) {
        let patience = self.setup.story.progress_within();
        let late = self.faults_over_since.is_some_and(|since| self.now > since + patience);
        match self.unfinished() {
            None => {
                self.over = true;
                self.judge();
            }
            Some(what) if late => self.violated("progress", what),
            Some(_) => self.at_in(Duration::from_secs(300), Event::Look),
        }
    }

    pub(super) fn acts_are_done(&self) -> bool {
        self.acts_left.iter().all(|left| *left == 0)
    }

    /// Something that was promised isn't so. The first counts.
    pub(super) fn violated(&mut self, rule: &'static str, detail: String) {
        self.note(format_args!("VIOLATED {rule}: {detail}"));
        self.violation.get_or_insert(Violation { rule, detail });
    }

    /// Adds a line to the trace.
    pub(super) fn note(&mut self, what: std::fmt::Arguments<'_>) {
        self.line.clear();
        write!(self.line, "{:?} {what}", self.now).expect("a text takes what is written");
        for byte in self.line.bytes() {
            self.trace = (self.trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.verbose {
            eprintln!("{}", self.line);
        }
    }
}

/// An event as a line of the trace.
struct Told<'a>(&'a Event);

impl std::fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let due = |due: &store::Due| format!("{} {} {:?}", due.id, due.key, due.state);
        match self.0 {
            Event::ToCore(epoch, delivery::Event::Fetched(page)) => {
                let due: Vec<String> = page.due.iter().map(due).collect();
                write!(f, "ToCore({epoch}, Fetched({due:?}, next {:?}))", page.next)
            }
            Event::ToCore(epoch, delivery::Event::FetchedOne(id, one)) => {
                write!(f, "ToCore({epoch}, FetchedOne({id}, {:?}))", one.as_deref().map(due))
            }
            Event::ToCore(epoch, delivery::Event::FetchedEarly(id, one)) => {
                write!(f, "ToCore({epoch}, FetchedEarly({id}, {:?}))", one.as_deref().map(due))
            }
            // Bodies would drown it.
            Event::Submit(epoch, accept, wish) => write!(f, "Submit({epoch}, {} {wish})", accept.key),
            event => write!(f, "{event:?}"),
        }
    }
}

/// A folder in memory where there is one: the files of a simulation need no disk.
fn folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder for the database")
}
