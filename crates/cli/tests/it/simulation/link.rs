//! The link and what lies at its end: real requests go in, real answers come out, or get lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engage::{Failure, Reached, Response};
use gateway::delivery::{self, Ticket};
use jiff::Timestamp;
use sandbox::{Act, Fault, FaultKind, Reply, World};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::DeliveryState;

use super::census::Class;
use super::run::{Event, Simulation};
use super::setup::{Sabotage, Setup};
use super::weather::{Fate, TIMEOUT};

/// A creation may have been looked up this long before it arrives.
const LOOKED_UP_BEFORE: Duration = Duration::from_secs(45);

/// Engage, and what must be remembered of it.
pub(super) struct EngageSide {
    pub(super) world: World,
    seed: u64,
    journal: Option<Vec<(Timestamp, String)>>,
    due: Option<Timestamp>,
    headers: Vec<(String, String)>,
    /// Contacts that the gateway made, by key.
    pub(super) made: BTreeSet<String>,
    /// When a key was last looked up.
    looked_up: BTreeMap<String, Timestamp>,
    /// Receipts that were sent, whether they arrived or not, and how often.
    pub(super) sent: BTreeMap<String, u32>,
}

/// A call whose answer the gateway waits for.
#[derive(Debug)]
pub(super) struct Flight {
    epoch: u64,
    ticket: Ticket,
}

/// A request on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    flight: u64,
    epoch: u64,
    request: engage::Request,
    cargo: Cargo,
    fault: Option<FaultKind>,
    page: bool,
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cargo {
    LookUp(String),
    /// By key.
    Creation(String),
    Receipt(String),
    Other,
}

impl EngageSide {
    pub(super) fn new(seed: u64, setup: &Setup) -> EngageSide {
        let headers = engage::headers(&SecretString::from("key-of-the-tenant"), "Simulation/1.0");
        let headers = headers.expect("good headers");
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("plain text").to_owned()));
        EngageSide {
            world: World::new(seed, setup.tenant.clone()),
            seed,
            journal: setup.odds.sandbox_stops.then(Vec::new),
            due: None,
            headers: headers.collect(),
            made: BTreeSet::new(),
            looked_up: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    fn step(&mut self, event: sandbox::Event, now: Timestamp) -> Reply {
        if let Some(journal) = &mut self.journal {
            journal.push((now, serde_json::to_string(&event).expect("an event can be written")));
        }
        sandbox::step(&mut self.world, event, now).0
    }

    /// The contact that has this key.
    pub(super) fn with_key(&self, key: &str) -> Option<&sandbox::Contact> {
        let attribute = self.key_attribute();
        self.world.contacts().find(|contact| contact.attribute(attribute) == Some(key))
    }

    pub(super) fn key_attribute(&self) -> &'static str {
        self.world.settings().contact_types[0].key.attribute()
    }
}

impl Simulation {
    /// The core makes a call.
    pub(super) fn call(&mut self, ticket: Ticket, request: engage::Request) {
        self.census.calls += 1;
        let cargo = Cargo::of(&request, self.engage.key_attribute());
        self.keeps_the_rate();
        self.attempt_is_on_disk(&cargo);
        if let Cargo::Receipt(id) = &cargo {
            *self.engage.sent.entry(id.clone()).or_default() += 1;
        }
        let (flight, epoch) = (self.census.calls, self.epoch);
        self.flights.insert(flight, Flight { epoch, ticket });
        let weather = self.weather();
        let fate = weather.fate(&mut self.random);
        self.note(format_args!("call {flight} {cargo:?} {fate:?}"));
        let no_answer = |reached, reason: &str| Err(Failure::NoAnswer { reached, reason: reason.to_owned() });
        match fate {
            Fate::Arrives { after, fault, page } => {
                self.count(&fault, page, &cargo);
                let parcel = Parcel { flight, epoch, request, cargo, fault, page };
                self.at_in(after, Event::Arrive(Box::new(parcel)));
                self.at_in(TIMEOUT, Event::Answer(flight, no_answer(Reached::Maybe, "timed out")));
            }
            Fate::Refused { after } => {
                self.census.saw(Class::Refused);
                self.at_in(after, Event::Answer(flight, no_answer(Reached::Never, "refused")));
            }
            Fate::Page { after } => {
                self.excuse(&cargo);
                let response = match self.random.one_in(3) {
                    true => {
                        self.census.saw(Class::Swallowed);
                        Response { status: 202, retry_after: None, body: Default::default() }
                    }
                    false => {
                        self.census.saw(Class::WebPageBefore);
                        page_of_somebody()
                    }
                };
                self.at_in(after, Event::Answer(flight, Ok(response)));
            }
        }
    }

    fn count(&mut self, fault: &Option<FaultKind>, page: bool, cargo: &Cargo) {
        let class = match fault {
            Some(FaultKind::CutBefore) => Class::CutBefore,
            Some(FaultKind::CutAfter) => Class::CutAfter,
            Some(FaultKind::Status { code: 429, .. }) => Class::Status429,
            Some(FaultKind::Status { code: 401 | 403, .. }) => Class::Status401,
            Some(FaultKind::Status { code: 500.., .. }) => Class::Status5xx,
            Some(FaultKind::Status { .. }) => {
                self.excuse(cargo);
                Class::Status4xx
            }
            Some(FaultKind::Delay { .. } | FaultKind::Drip { .. }) => return,
            None if page => Class::WebPageAfter,
            None => return,
        };
        self.census.saw(class);
    }

    /// Something was said about it in Engage's name that Engage never said.
    fn excuse(&mut self, cargo: &Cargo) {
        if let Cargo::Receipt(what) | Cargo::Creation(what) | Cargo::LookUp(what) = cargo {
            *self.excused.entry(what.clone()).or_default() += 1;
        }
    }

    /// At most R calls in any second.
    fn keeps_the_rate(&mut self) {
        let now = self.now;
        self.begun.push_back(now);
        while self.begun.front().is_some_and(|then| now.duration_since(*then).as_secs() >= 1) {
            self.begun.pop_front();
        }
        let rate = self.setup.settings.engage.requests_per_second.unwrap_or(u32::MAX);
        if self.begun.len() > rate as usize {
            self.violated("rate", format!("{} calls in a second, {rate} are allowed", self.begun.len()));
        }
    }

    /// A change of Engage is written down before its call begins.
    fn attempt_is_on_disk(&mut self, cargo: &Cargo) {
        let Some(process) = &self.process else { return };
        let in_flight = |kind: &str, key: &str| {
            let row = process.reader.document(kind, key).expect("it is read");
            row.and_then(|row| row.delivery).is_some_and(|row| row.state == DeliveryState::InFlight)
        };
        let is_there = match cargo {
            Cargo::Receipt(id) => in_flight("receipt", id),
            Cargo::Creation(key) => {
                let of_person = |wish: &super::tills::Wish| {
                    wish.person.is_some_and(|person| self.key_of(person) == key) && wish.figures.is_none()
                };
                self.wishes.iter().any(|wish| of_person(wish) && in_flight("enrolment", &wish.key))
            }
            Cargo::LookUp(_) | Cargo::Other => true,
        };
        if !is_there {
            self.violated("attemptOnDisk", format!("{cargo:?} was called before its attempt was written"));
        }
    }

    /// Of the calls under way when the process ends, some still arrive.
    pub(super) fn calls_outlive(&mut self, epoch: u64) {
        self.flights.clear();
        let (mut lost, mut random) = (0, super::random::Random::new(self.random.word()));
        self.withdraw(|event| {
            let withdrawn =
                matches!(event, Event::Arrive(parcel) if parcel.epoch == epoch) && random.one_in(2);
            lost += u64::from(withdrawn);
            withdrawn
        });
        for _ in 0..lost {
            self.census.saw(Class::CallLostInCrash);
        }
    }

    /// A request reaches Engage.
    pub(super) fn arrive(&mut self, mut parcel: Parcel) {
        if parcel.epoch != self.epoch || self.process.is_none() {
            self.census.saw(Class::CallLandedAfterCrash);
        } else if !self.flights.contains_key(&parcel.flight) {
            self.census.saw(Class::ArrivedAfterTimeout);
        }
        self.sabotage_parcel(&mut parcel);
        let takes_effect = !matches!(parcel.fault, Some(FaultKind::CutBefore | FaultKind::Status { .. }));
        let held_before = match &parcel.cargo {
            Cargo::Creation(key) => self.engage.with_key(key).map(|held| (key.clone(), held.visible)),
            Cargo::LookUp(_) | Cargo::Receipt(_) | Cargo::Other => None,
        };
        if let Some(kind) = parcel.fault.clone() {
            let fault = Fault { times: Some(1), ..Fault::everywhere(kind) };
            self.engage.step(sandbox::Event::Act(Act::AddFault(fault)), self.now);
        }
        let reply = self.engage.step(sandbox::Event::Request(self.packed(&parcel.request)), self.now);
        self.wait_for_engage();
        match &parcel.cargo {
            Cargo::LookUp(text) if takes_effect => {
                self.engage.looked_up.insert(text.clone(), self.now);
            }
            Cargo::Creation(key) if takes_effect => self.creation_arrived(key.clone(), held_before),
            Cargo::LookUp(_) | Cargo::Creation(_) | Cargo::Receipt(_) | Cargo::Other => {}
        }
        self.send_back(parcel, reply);
    }

    fn packed(&self, request: &engage::Request) -> sandbox::Request {
        let packed = sandbox::Request::new(request.method.as_str(), request.path_and_query.as_str());
        let packed =
            self.engage.headers.iter().fold(packed, |packed, (name, value)| packed.header(name, value));
        packed.body(request.body.clone().unwrap_or_default())
    }

    /// Nobody is created twice by us, nor without being looked for.
    fn creation_arrived(&mut self, key: String, held_before: Option<(String, Timestamp)>) {
        let meddled = self
            .setup
            .people
            .iter()
            .any(|person| person.meddled && (person.email == key || person.phone == key));
        match held_before {
            None if self.engage.with_key(&key).is_some() => {
                self.engage.made.insert(key);
            }
            None => {}
            Some(_) if meddled => {}
            Some(_) if self.engage.made.contains(&key) => {
                self.violated("createdOnce", format!("{key} was created by us and is created again"));
            }
            Some((_, visible)) => {
                // A till may look at the same time, and the delivery have looked just before.
                let looked_up = self.engage.looked_up.get(&key);
                if looked_up.is_none_or(|at| *at >= visible + LOOKED_UP_BEFORE) {
                    self.violated("lookedUpFirst", format!("{key} could be seen and is created"));
                }
            }
        }
    }

    fn send_back(&mut self, parcel: Parcel, reply: Reply) {
        let on_the_way = self.random.millis(2, 150);
        let (after, result) = match reply {
            Reply::Answer(answer) => (on_the_way, Ok(answer)),
            Reply::Delayed { by, answer } | Reply::Dripped { over: by, answer } => {
                (on_the_way + by, Ok(answer))
            }
            Reply::Cut | Reply::Silent => {
                let reason = "the connection was closed".to_owned();
                (on_the_way, Err(Failure::NoAnswer { reached: Reached::Maybe, reason }))
            }
        };
        if self.setup.sabotage == Sabotage::CreationRepeatedAtOnce
            && result.is_err()
            && matches!(parcel.cargo, Cargo::Creation(_))
        {
            let again = Parcel {
                fault: None,
                request: parcel.request.clone(),
                cargo: parcel.cargo.clone(),
                ..parcel
            };
            self.at_in(Duration::from_millis(50), Event::Arrive(Box::new(again)));
        }
        let result = match (parcel.page, result) {
            (true, _) => {
                self.excuse(&parcel.cargo);
                Ok(page_of_somebody())
            }
            (false, result) => result.map(|answer| response(&answer)),
        };
        self.at_in(after, Event::Answer(parcel.flight, result));
    }

    /// What came of a call reaches the gateway, unless it has stopped waiting.
    pub(super) fn answered(&mut self, flight: u64, result: Result<Response, Failure>) {
        let Some(Flight { epoch, ticket }) = self.flights.remove(&flight) else {
            if result.is_ok() && self.process.is_some() {
                self.census.saw(Class::AnswerAfterTimeout);
            }
            return;
        };
        self.heard(epoch, delivery::Event::Answered(ticket, result));
    }

    /// Those who are known in Engage from the start.
    pub(super) fn people_exist(&mut self) {
        let switches = self.setup.switches.clone();
        let known: Vec<usize> =
            (0..self.setup.people.len()).filter(|person| self.setup.people[*person].exists).collect();
        for person in known {
            self.census.saw(Class::ExistedInEngage);
            self.sign_up(person);
        }
        self.engage.step(sandbox::Event::Act(Act::SetSwitches(switches)), self.now);
    }

    /// Somebody becomes a member on the web.
    pub(super) fn sign_up_elsewhere(&mut self, person: usize) {
        if self.odds_now().signs_up_elsewhere && self.engage.with_key(self.key_of(person)).is_none() {
            self.census.saw(Class::SignedUpElsewhere);
            self.sign_up(person);
        }
    }

    fn sign_up(&mut self, person: usize) {
        let who = &self.setup.people[person];
        let body = json!({
            "contactType": "Member", "email": who.email, "mobilePhone": who.phone,
            "countryCode": "SE", "language": "sv",
        });
        let request = sandbox::Request::new("POST", "/api/v3/contacts?source=Web&storeExternalId=web")
            .header("apikey", "key-of-the-web-shop")
            .header("content-type", "application/json")
            .header("user-agent", "Web/1.0")
            .body(body.to_string());
        self.engage.step(sandbox::Event::Request(request), self.now);
        self.wait_for_engage();
    }

    fn wait_for_engage(&mut self) {
        let due = sandbox::next_due(&self.engage.world);
        if due != self.engage.due {
            self.engage.due = due;
            if let Some(due) = due {
                self.at(due, Event::EngageDue(due));
            }
        }
    }

    pub(super) fn engage_due(&mut self, at: Timestamp) {
        if self.engage.due == Some(at) {
            self.engage.due = None;
            self.engage.step(sandbox::Event::Timer, self.now);
            self.wait_for_engage();
        }
    }

    /// Engage's stand-in ends and is read again from its journal: it must be the same world.
    pub(super) fn engage_restarts(&mut self) {
        let Some(journal) = &self.engage.journal else { return };
        let mut world = World::new(self.engage.seed, self.setup.tenant.clone());
        for (at, event) in journal {
            let event = serde_json::from_str(event).expect("an event is read again");
            sandbox::step(&mut world, event, *at);
        }
        self.census.saw(Class::SandboxReplayed);
        let same = world.contacts().eq(self.engage.world.contacts())
            && world.receipts() == self.engage.world.receipts()
            && world.request_count() == self.engage.world.request_count();
        self.engage.world = world;
        if !same {
            self.violated("journalIsTheTruth", "the world that was read again is another".to_owned());
        }
    }

    fn sabotage_parcel(&mut self, parcel: &mut Parcel) {
        let Cargo::Receipt(id) = &parcel.cargo else { return };
        let sent = self.engage.sent.get(id).copied().unwrap_or(0);
        let Some(body) = &parcel.request.body else { return };
        let mut body: Value = serde_json::from_slice(body).expect("a receipt is JSON");
        match self.setup.sabotage {
            Sabotage::OreLost => {
                let total = super::money::minor(&body["totalGrossPrice"]).expect("a total");
                body["totalGrossPrice"] = super::money::decimal((total - 1).max(0));
            }
            Sabotage::FreshIdOnRepeat if sent > 1 => body["uniqueReceiptId"] = json!(format!("{id}-{sent}")),
            _ => return,
        }
        parcel.request.body = Some(body.to_string().into());
    }
}

impl Cargo {
    fn of(request: &engage::Request, key: &str) -> Cargo {
        let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
        let body = || -> Value {
            serde_json::from_slice(request.body.as_deref().unwrap_or(b"null")).expect("a body is JSON")
        };
        let text = |body: Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();
        match (request.method.as_str(), path) {
            ("POST", "/api/v3/contacts") => Cargo::Creation(text(body(), key)),
            ("POST", "/api/v3/receipts") => Cargo::Receipt(text(body(), "uniqueReceiptId")),
            ("GET", "/api/v3/contacts/id") => {
                let pair = query.split('&').next().unwrap_or_default();
                let value = pair.split_once('=').map_or("", |(_, value)| value);
                Cargo::LookUp(value.replace("%40", "@").replace("%2B", "+"))
            }
            _ => Cargo::Other,
        }
    }
}

/// The answer as the client would hand it on.
fn response(answer: &sandbox::Answer) -> Response {
    let header = |wanted: &str| answer.headers.iter().find(|(name, _)| *name == wanted);
    let retry_after = header("retry-after").and_then(|(_, value)| value.parse().ok());
    Response {
        status: answer.status,
        retry_after: retry_after.map(Duration::from_secs),
        body: answer.body.clone(),
    }
}

fn page_of_somebody() -> Response {
    let body = "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>";
    Response { status: 200, retry_after: None, body: body.into() }
}
