//! The link: real requests go in, real answers come out, or get lost.

use std::time::Duration;

use engage::{Failure, Reached, Response};
use gateway::delivery::{self, REDEEM_PROMOTION, REDEEM_VOUCHER, Ticket};
use gateway::desk::{ASSIGNMENT, REACTIVATION, REDEMPTION};
use jiff::Timestamp;
use sandbox::{Act, Fault, FaultKind, Reply};
use serde_json::{Value, json};
use store::{DeliveryFilter, DeliveryRow, DeliveryState};

use super::census::Class;
use super::run::{Event, Simulation};
use super::setup::Sabotage;
use super::weather::{Fate, TIMEOUT};

/// A creation may have been looked up this long before it arrives.
const LOOKED_UP_BEFORE: Duration = Duration::from_secs(45);

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
    pub(super) cargo: Cargo,
    /// Whose word it carries, if it changes a contact.
    pub(super) wish: Option<usize>,
    /// When it was sent.
    pub(super) sent: Timestamp,
    fault: Option<FaultKind>,
    page: bool,
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cargo {
    LookUp(String),
    /// By key.
    Creation(String),
    /// Of a contact, by its id; and so the next three.
    Look(String),
    Change(String),
    ChangeOfType(String),
    Deletion(String),
    Receipt(String),
    /// For a contact; of the offers after it.
    Assign(String),
    Redeem(String),
    UseVoucher(String),
    Reactivate(String),
    Other,
}

impl Simulation {
    /// The core makes a call.
    pub(super) fn call(&mut self, ticket: Ticket, request: engage::Request) {
        self.census.calls += 1;
        let cargo = Cargo::of(&request, self.engage.key_attribute());
        self.keeps_the_rate();
        let wish = self.attempt_is_on_disk(&cargo);
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
                let sent = self.now;
                let parcel = Parcel { flight, epoch, request, cargo, wish, sent, fault, page };
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
                        self.swallowed.extend(cargo.what().map(str::to_owned));
                        Response { status: 202, ..Response::default() }
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
        let lost = |before, after| match fault {
            Some(FaultKind::CutBefore) => Some(before),
            Some(FaultKind::CutAfter) => Some(after),
            _ => None,
        };
        let of_its_own = match cargo {
            Cargo::Change(_) => lost(Class::ChangeLostBefore, Class::ChangeLostAfter),
            Cargo::ChangeOfType(_) => lost(Class::TypeLostBefore, Class::TypeLostAfter),
            Cargo::Deletion(_) => lost(Class::DeletionLostBefore, Class::DeletionLostAfter),
            Cargo::Assign(_) => lost(Class::AssignLostBefore, Class::AssignLostAfter),
            Cargo::Redeem(_) => lost(Class::RedeemLostBefore, Class::RedeemLostAfter),
            Cargo::UseVoucher(_) => lost(Class::VoucherLostBefore, Class::VoucherLostAfter),
            Cargo::Reactivate(_) => lost(Class::ReactivateLostBefore, Class::ReactivateLostAfter),
            _ => None,
        };
        of_its_own.into_iter().for_each(|class| self.census.saw(class));
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
            // No call of HTTP meets another host key.
            Some(FaultKind::Delay { .. } | FaultKind::Drip { .. } | FaultKind::OtherHostKey) => return,
            Some(FaultKind::StatusAfter { .. }) => Class::TooLateStatus,
            None if page => Class::WebPageAfter,
            None => return,
        };
        self.census.saw(class);
    }

    /// Something was said about it in Engage's name that Engage never said.
    fn excuse(&mut self, cargo: &Cargo) {
        if let Some(what) = cargo.what() {
            *self.excused.entry(what.to_owned()).or_default() += 1;
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

    /// A change of Engage is written down before its call begins; of a contact, one at a time. Answers whose word it
    /// carries.
    fn attempt_is_on_disk(&mut self, cargo: &Cargo) -> Option<usize> {
        let (Some(process), Some(what)) = (&self.process, cargo.what()) else { return None };
        let is_change = match cargo {
            Cargo::LookUp(_) | Cargo::Look(_) | Cargo::Other => return None,
            Cargo::Receipt(_)
            | Cargo::Assign(_)
            | Cargo::Redeem(_)
            | Cargo::UseVoucher(_)
            | Cargo::Reactivate(_) => false,
            Cargo::Creation(_) | Cargo::Change(_) | Cargo::ChangeOfType(_) | Cargo::Deletion(_) => true,
        };
        let filter =
            DeliveryFilter { state: Some(DeliveryState::InFlight), limit: 100, ..DeliveryFilter::default() };
        let rows = process.reader.deliveries(&filter).expect("it is read");
        let carries: Vec<&DeliveryRow> = rows.iter().filter(|row| self.carries(row, cargo)).collect();
        // The creation of somebody who was forgotten meanwhile may still be under way.
        let is_forgotten = |row: &&&DeliveryRow| {
            row.contact.as_ref().is_some_and(|contact| self.is_forgotten_id(&contact.public_id))
        };
        let carries: Vec<&DeliveryRow> = match carries.len() {
            0 | 1 => carries,
            _ => carries.iter().filter(|row| !is_forgotten(row)).copied().collect(),
        };
        let wish = carries.first().and_then(|row| self.wish_of(row));
        match carries.len() {
            0 => {
                let detail = format!("{cargo:?} was called before its attempt was written");
                self.violated("attemptOnDisk", detail);
            }
            1 => {}
            _ if wish.is_some_and(|wish| self.is_twice_here(wish)) => {}
            _ if is_change => self.violated("changesAreSerial", format!("{what}: {carries:?}")),
            _ => {}
        }
        wish
    }

    /// Whether a delivery in flight may be the one that makes this call.
    fn carries(&self, row: &DeliveryRow, cargo: &Cargo) -> bool {
        let bound = row.contact.as_ref().and_then(|contact| contact.remote_id.as_deref());
        let is_person = |person: Option<usize>| {
            let wish = self.wish_of(row).map(|wish| &self.wishes[wish]);
            wish.is_some_and(|wish| wish.is_enrolment() && wish.person.is_some() && wish.person == person)
        };
        let named = |id: &str| {
            let wish = self.wish_of(row).map(|wish| &self.wishes[wish].what);
            matches!(wish, Some(super::wish::What::Update(update)) if update.contact_id == id)
        };
        match (row.document_kind.as_str(), cargo) {
            ("receipt", Cargo::Receipt(id)) => row.key == *id,
            ("enrolment", Cargo::Creation(key)) => {
                let wish = self.wish_of(row).and_then(|wish| self.wishes[wish].person);
                wish.is_some_and(|person| self.key_of(person) == key)
            }
            ("enrolment", Cargo::Change(id) | Cargo::ChangeOfType(id)) => {
                bound.map_or_else(|| is_person(self.person_of(id)), |bound| bound == id)
            }
            ("update", Cargo::Change(id)) => bound.map_or_else(|| named(id), |bound| bound == id),
            ("erasure", Cargo::Deletion(id)) => bound == Some(id),
            (ASSIGNMENT, Cargo::Assign(contact)) => bound.is_none_or(|bound| bound == contact),
            (REDEMPTION, Cargo::Redeem(_)) => row.kind == REDEEM_PROMOTION,
            (REDEMPTION, Cargo::UseVoucher(_)) => row.kind == REDEEM_VOUCHER,
            (REACTIVATION, Cargo::Reactivate(_)) => true,
            _ => false,
        }
    }

    /// Of the calls under way when the process ends, some still arrive.
    pub(super) fn calls_outlive(&mut self, epoch: u64) {
        self.flights.clear();
        let (mut lost, mut of_offers, mut random) = (0, 0, super::random::Random::new(self.random.word()));
        self.withdraw(|event| {
            let withdrawn =
                matches!(event, Event::Arrive(parcel) if parcel.epoch == epoch) && random.one_in(2);
            lost += u64::from(withdrawn);
            of_offers += u64::from(matches!(event, Event::Arrive(parcel) if parcel.cargo.is_of_an_offer()));
            withdrawn
        });
        (0..of_offers).for_each(|_| self.census.saw(Class::OfferCallInCrash));
        for _ in 0..lost {
            self.census.saw(Class::CallLostInCrash);
        }
    }

    /// A request reaches Engage.
    pub(super) fn arrive(&mut self, mut parcel: Parcel) {
        let outlived = parcel.epoch != self.epoch || self.process.is_none();
        let is_late = outlived || !self.flights.contains_key(&parcel.flight);
        if outlived {
            self.census.saw(Class::CallLandedAfterCrash);
        } else if is_late {
            self.census.saw(Class::ArrivedAfterTimeout);
        }
        self.sabotage_parcel(&mut parcel);
        let takes_effect = !matches!(parcel.fault, Some(FaultKind::CutBefore | FaultKind::Status { .. }));
        let held_before = match &parcel.cargo {
            Cargo::Creation(key) => self.engage.with_key(key).map(|held| (held.id.to_string(), held.visible)),
            _ => None,
        };
        self.see_the_invisible(&parcel.cargo);
        if let Some(kind) = parcel.fault.clone() {
            let fault = Fault { times: Some(1), ..Fault::everywhere(kind) };
            self.engage.step(sandbox::Event::Act(Act::AddFault(fault)), self.now);
        }
        let reply = self.engage.step(sandbox::Event::Request(self.packed(&parcel.request)), self.now);
        self.wait_for_engage();
        self.offers_changed(is_late);
        if let (Cargo::Change(id) | Cargo::ChangeOfType(id), true) = (&parcel.cargo, takes_effect) {
            self.engage.unanswered.insert(parcel.flight, (id.clone(), self.now));
        }
        self.watch(Some((&parcel, is_late)));
        match &parcel.cargo {
            Cargo::LookUp(text) if takes_effect => {
                self.engage.looked_up.insert(text.clone(), self.now);
            }
            Cargo::Creation(key) if takes_effect => {
                self.creation_arrived(key.clone(), held_before, parcel.wish, is_late);
            }
            _ => {}
        }
        self.send_back(parcel, reply);
    }

    fn see_the_invisible(&mut self, cargo: &Cargo) {
        let now = self.now;
        let sought = match cargo {
            Cargo::Look(what) | Cargo::LookUp(what) => what,
            _ => return,
        };
        let is_sought = |contact: &sandbox::Contact| {
            contact.id.to_string() == *sought
                || contact.attributes.values().any(|value| value.as_str() == Some(sought))
        };
        if self.engage.members().any(|contact| contact.visible > now && is_sought(contact)) {
            self.census.saw(Class::Invisible);
        }
    }

    fn packed(&self, request: &engage::Request) -> sandbox::Request {
        let packed = sandbox::Request::new(request.method.as_str(), request.path_and_query.as_str());
        let packed =
            self.engage.headers.iter().fold(packed, |packed, (name, value)| packed.header(name, value));
        packed.body(request.body.clone().unwrap_or_default())
    }

    /// Nobody is created twice by us, nor without being looked for; and who is, is what the till said.
    fn creation_arrived(
        &mut self,
        key: String,
        held_before: Option<(String, Timestamp)>,
        wish: Option<usize>,
        is_late: bool,
    ) {
        let meddled = self.setup.people.iter().any(|person| person.meddled && person.has(&key));
        let was_forgotten =
            self.setup.people.iter().any(|person| person.forgotten.is_some() && person.has(&key));
        match held_before {
            None if self.engage.with_key(&key).is_some() => {
                self.creation_is_as_said(&key, wish);
                if is_late {
                    // Nobody can tell how long a request may survive the gateway's patience.
                    self.engage.touched_by_key(&key, self.now);
                }
                self.engage.made.insert(key);
            }
            None => {}
            Some(_) if meddled => {}
            // Who was forgotten may enrol again before Engage shows the contact that is to be deleted.
            Some((id, _)) if self.is_forgotten_id(&id) || was_forgotten => {}
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
        let result = self.sabotage_answer(&parcel.cargo, result);
        self.at_in(after, Event::Answer(parcel.flight, result));
    }

    fn sabotage_answer(&self, cargo: &Cargo, result: Result<Response, Failure>) -> Result<Response, Failure> {
        let is_redemption = matches!(cargo, Cargo::Redeem(_) | Cargo::UseVoucher(_));
        match result {
            Ok(answer) if self.setup.sabotage == Sabotage::ConflictIsOurs && is_redemption => {
                let status = if answer.status == 409 { 200 } else { answer.status };
                Ok(Response { status, body: Default::default(), ..answer })
            }
            result => result,
        }
    }

    /// What came of a call reaches the gateway, unless it has stopped waiting.
    pub(super) fn answered(&mut self, flight: u64, result: Result<Response, Failure>) {
        let Some(Flight { epoch, ticket }) = self.flights.remove(&flight) else {
            if result.is_ok() && self.process.is_some() {
                self.census.saw(Class::AnswerAfterTimeout);
            }
            return;
        };
        if result.as_ref().is_ok_and(|response| response.status < 300 && !is_page(response)) {
            self.engage.unanswered.remove(&flight);
        }
        self.heard(epoch, delivery::Event::Answered(ticket, result));
    }

    fn sabotage_parcel(&mut self, parcel: &mut Parcel) {
        let Some(body) = &parcel.request.body else { return };
        let mut body: Value = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(_) => return,
        };
        match (self.setup.sabotage, &parcel.cargo) {
            (Sabotage::OreLost, Cargo::Receipt(_)) => {
                let total = super::money::minor(&body["totalGrossPrice"]).expect("a total");
                body["totalGrossPrice"] = super::money::decimal((total - 1).max(0));
            }
            (Sabotage::FreshIdOnRepeat, Cargo::Receipt(id)) => {
                let sent = self.engage.sent.get(id).copied().unwrap_or(0);
                if sent > 1 {
                    body["uniqueReceiptId"] = json!(format!("{id}-{sent}"));
                }
            }
            (Sabotage::OnePreferenceOnly, Cargo::Change(_)) => {
                let said = parcel.wish.and_then(|wish| self.wishes[wish].word());
                let is_said = |name: &String| {
                    said.is_some_and(|word| word.says.contains_key(&format!("preferences.{name}")))
                };
                if let Some(preferences) = body.get_mut("preferences").and_then(Value::as_object_mut) {
                    preferences.retain(|name, _| is_said(name));
                }
            }
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
        let contact = path.strip_prefix("/api/v3/contacts/").unwrap_or_default();
        let between =
            |first: &str, last: &str| Some(path.strip_prefix(first)?.strip_suffix(last)?.to_owned());
        if let Some(id) = between("/api/v3/promotion-assignments/", "/redeem") {
            return Cargo::Redeem(id.to_lowercase());
        }
        if let Some(id) = between("/api/v3/reward-vouchers/", "/redeem") {
            return Cargo::UseVoucher(id.to_lowercase());
        }
        if let Some(id) = between("/api/v3/reward-vouchers/", "/reactivate") {
            return Cargo::Reactivate(id.to_lowercase());
        }
        match (request.method.as_str(), path) {
            ("POST", "/api/v3/contacts") => Cargo::Creation(text(body(), key)),
            ("POST", "/api/v3/receipts") => Cargo::Receipt(text(body(), "uniqueReceiptId")),
            ("POST", "/api/v3/promotion-assignments") => Cargo::Assign(text(body(), "contactId")),
            ("GET", "/api/v3/contacts/id") => {
                let pair = query.split('&').next().unwrap_or_default();
                let value = pair.split_once('=').map_or("", |(_, value)| value);
                Cargo::LookUp(value.replace("%40", "@").replace("%2B", "+"))
            }
            ("POST", _) => match contact.strip_suffix("/updateContactType") {
                Some(id) => Cargo::ChangeOfType(id.to_owned()),
                None => Cargo::Other,
            },
            (_, "/api/v3/contacts/changes") => Cargo::Other,
            _ if contact.is_empty() || contact.contains('/') => Cargo::Other,
            ("GET", _) => Cargo::Look(contact.to_owned()),
            ("PATCH", _) => Cargo::Change(contact.to_owned()),
            ("DELETE", _) => Cargo::Deletion(contact.to_owned()),
            _ => Cargo::Other,
        }
    }

    fn is_of_an_offer(&self) -> bool {
        matches!(self, Cargo::Assign(_) | Cargo::Redeem(_) | Cargo::UseVoucher(_) | Cargo::Reactivate(_))
    }

    /// The receipt, key, contact or offer that it is about.
    fn what(&self) -> Option<&str> {
        match self {
            Cargo::LookUp(what)
            | Cargo::Creation(what)
            | Cargo::Look(what)
            | Cargo::Change(what)
            | Cargo::ChangeOfType(what)
            | Cargo::Deletion(what)
            | Cargo::Receipt(what)
            | Cargo::Assign(what)
            | Cargo::Redeem(what)
            | Cargo::UseVoucher(what)
            | Cargo::Reactivate(what) => Some(what),
            Cargo::Other => None,
        }
    }
}

/// The answer as the client would hand it on.
fn response(answer: &sandbox::Answer) -> Response {
    let header = |wanted: &str| {
        let found = answer.headers.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let retry_after = header("retry-after").and_then(|value| value.parse().ok());
    Response {
        status: answer.status,
        retry_after: retry_after.map(Duration::from_secs),
        location: header("location"),
        entity_tag: header("etag"),
        body: answer.body.clone(),
    }
}

fn page_of_somebody() -> Response {
    let body = "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>";
    Response { status: 200, body: body.into(), ..Response::default() }
}

fn is_page(response: &Response) -> bool {
    response.body.starts_with(b"<!DOCTYPE")
}
