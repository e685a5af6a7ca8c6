//! The world and its step: everything that is, and what an event makes of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::acts::Refused;
use crate::automations::Agenda;
use crate::bulk::Batches;
use crate::clock::{ADVANCE_SECONDS_MAX, Clock};
use crate::contacts::{Contact, Contacts};
use crate::effect::{Answer, Effect, Level, Reply};
use crate::engage::{Overviews, Remembered};
use crate::event::{Act, Event, Request};
use crate::faults::{self, Faults, Kind};
use crate::files::{self, FileImport, Files, IMPORTS_KEPT, ImportFile};
use crate::findings::{Finding, Findings, Note};
use crate::history::{By, Change, History};
use crate::holdings::Holdings;
use crate::ids::Ids;
use crate::mail::{MailTemplates, Mailbox};
use crate::offers::OfferChange;
use crate::orders::{Order, OrderEffect, Orders};
use crate::points::{PointAccount, Points};
use crate::promotions::{Assignment, Promotion, Promotions};
use crate::receipts::{Counts, Receipt, Receipts};
use crate::ring::Ring;
use crate::settings::Settings;
use crate::stores::{Store, Stores};
use crate::switches::Switches;
use crate::traffic::Traffic;
use crate::used_offers::OnReceipts;
use crate::vouchers::Voucher;
use crate::{acts, automations, bulk, desk, engage, import, orders, payouts, points, promotions, vouchers};

/// The version of the rules. It rises with every change that makes the same journal another world, so that no snapshot
/// made under older rules is used.
pub const RULES_VERSION: u32 = 7;

/// How many lines of the integration log are kept.
const LOG_KEPT: usize = 10_000;
/// How many requests are kept; the journal has them all.
const REQUESTS_KEPT: usize = 2_000;
/// How much of a request's target is kept for show.
const TARGET_SHOWN_MAX: usize = 500;

/// A stand-in for one Engage tenant: what it knows, how it is set up, what goes wrong in it, and what time it is.
///
/// Only [`step`] changes it. Cloning one is cheap beside making it: contacts and receipts are shared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) settings: Settings,
    pub(crate) switches: Switches,
    pub(crate) clock: Clock,
    last: Timestamp,
    pub(crate) ids: Ids,
    pub(crate) members: u64,
    pub(crate) faults: Faults,
    pub(crate) traffic: Traffic,
    pub(crate) stores: Stores,
    #[serde(skip)]
    pub(crate) contacts: Contacts,
    #[serde(skip)]
    pub(crate) history: History,
    pub(crate) overviews: Overviews,
    #[serde(skip)]
    pub(crate) receipts: Receipts,
    #[serde(skip)]
    pub(crate) creations: BTreeMap<String, Creations>,
    #[serde(skip)]
    pub(crate) points: Points,
    #[serde(skip)]
    pub(crate) vouchers: Holdings<Voucher>,
    pub(crate) promotions: Promotions,
    #[serde(skip)]
    pub(crate) assignments: Holdings<Assignment>,
    pub(crate) agenda: Agenda,
    #[serde(skip)]
    pub(crate) offer_changes: Vec<OfferChange>,
    pub(crate) offers_on_receipts: OnReceipts,
    pub(crate) remembered: BTreeMap<String, Remembered>,
    #[serde(skip)]
    pub(crate) orders: Orders,
    #[serde(skip)]
    pub(crate) files: Files,
    pub(crate) file_imports: Ring<FileImport>,
    pub(crate) batches: Batches,
    #[serde(default)]
    pub(crate) mail_templates: MailTemplates,
    #[serde(default)]
    pub(crate) mailbox: Mailbox,
    findings: Findings,
    log: Ring<LogLine>,
    requests: Ring<RequestLine>,
    #[serde(skip)]
    effects: Vec<Effect>,
}

/// A line of the integration log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When, in world time.
    pub at: Timestamp,
    /// How bad it is.
    pub level: Level,
    /// What happened.
    pub text: String,
}

/// A request as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// Its number, from 1.
    pub number: u64,
    /// When, in world time.
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path and query, cut off where it is long; personal numbers, and what may be one, are not shown.
    pub target: String,
    /// The status; none if the connection was cut.
    pub status: Option<u16>,
    /// The fault it met.
    pub fault: Option<String>,
}

/// How often contacts with one key were asked for, and made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creations {
    /// Creations that were complete, whatever came of them.
    pub asked: u64,
    /// Contacts that were made.
    pub made: u64,
}

impl World {
    /// An empty world. All its ids follow from the seed.
    #[must_use]
    pub fn new(seed: u64, settings: Settings) -> World {
        World {
            seed,
            settings,
            switches: Switches::default(),
            clock: Clock::new(),
            last: Timestamp::MIN,
            ids: Ids::from_seed(seed),
            members: 0,
            faults: Faults::default(),
            traffic: Traffic::default(),
            stores: Stores::default(),
            contacts: Contacts::default(),
            history: History::default(),
            overviews: Overviews::default(),
            receipts: Receipts::default(),
            creations: BTreeMap::new(),
            points: Points::default(),
            vouchers: Holdings::default(),
            promotions: Promotions::default(),
            assignments: Holdings::default(),
            agenda: Agenda::default(),
            offer_changes: Vec::new(),
            offers_on_receipts: OnReceipts::default(),
            remembered: BTreeMap::new(),
            orders: Orders::default(),
            files: Files::default(),
            file_imports: Ring::keeping(IMPORTS_KEPT),
            batches: Batches::default(),
            mail_templates: MailTemplates::default(),
            mailbox: Mailbox::default(),
            findings: Findings::default(),
            log: Ring::keeping(LOG_KEPT),
            requests: Ring::keeping(REQUESTS_KEPT),
            effects: Vec::new(),
        }
    }

    /// The world's time at the host's time `now`. It never runs back, even where the host's does.
    #[must_use]
    pub fn time(&self, now: Timestamp) -> Timestamp {
        self.clock.read(now).max(self.last)
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The tenant's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The switches.
    #[must_use]
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// All contacts, in the order of their creation, those that were deleted among them.
    pub fn contacts(&self) -> impl DoubleEndedIterator<Item = &Contact> + ExactSizeIterator {
        self.contacts.rows().iter().map(AsRef::as_ref)
    }

    /// A contact, deleted or not.
    #[must_use]
    pub fn contact(&self, id: Uuid) -> Option<&Contact> {
        self.contacts.kept(id).map(AsRef::as_ref)
    }

    /// Everything that was changed about contacts since they were created, the oldest change first.
    #[must_use]
    pub fn contact_changes(&self) -> &[Change] {
        self.history.rows()
    }

    /// Everything that was changed about one contact, the oldest change first.
    pub fn changes_of(&self, contact: Uuid) -> impl DoubleEndedIterator<Item = &Change> + ExactSizeIterator {
        self.history.of(contact)
    }

    /// All receipts that were taken, in the order of their arrival, with what became of them.
    #[must_use]
    pub fn receipts(&self) -> &[Receipt] {
        self.receipts.rows()
    }

    /// The point accounts that were booked on.
    pub fn point_accounts(&self) -> impl ExactSizeIterator<Item = &PointAccount> {
        self.points.rows()
    }

    /// All vouchers, in the order in which they were given.
    pub fn vouchers(&self) -> impl DoubleEndedIterator<Item = &Voucher> + ExactSizeIterator {
        self.vouchers.rows()
    }

    /// All promotions, in the order in which they were made.
    #[must_use]
    pub fn promotions(&self) -> &[Promotion] {
        self.promotions.rows()
    }

    /// All promotions that were given to contacts, in that order.
    pub fn assignments(&self) -> impl DoubleEndedIterator<Item = &Assignment> + ExactSizeIterator {
        self.assignments.rows()
    }

    /// Everything that was done with promotions and vouchers of contacts, the oldest deed first.
    #[must_use]
    pub fn offer_changes(&self) -> &[OfferChange] {
        &self.offer_changes
    }

    /// All orders that are stored, in the order of their creation.
    pub fn orders(&self) -> impl DoubleEndedIterator<Item = &Order> + ExactSizeIterator {
        self.orders.rows()
    }

    /// Everything that was done with orders, the oldest deed first.
    #[must_use]
    pub fn order_effects(&self) -> &[OrderEffect] {
        self.orders.effects()
    }

    /// Whether a fault waits for this request.
    pub(crate) fn awaits_fault(&self, method: &str, path: &str) -> bool {
        self.faults.awaits(method, path)
    }

    pub(crate) fn receipt_counts(&self) -> Counts {
        self.receipts.counts()
    }

    /// All stores, by external id.
    pub fn stores(&self) -> impl ExactSizeIterator<Item = &Store> {
        self.stores.iter()
    }

    /// The files that wait in the import folders, by path.
    pub fn import_files(&self) -> impl ExactSizeIterator<Item = &ImportFile> {
        self.files.rows()
    }

    /// The file of this path that waits.
    #[must_use]
    pub fn import_file(&self, path: &str) -> Option<&ImportFile> {
        self.files.get(path)
    }

    /// What came of the last files that were imported, the oldest first.
    pub fn file_imports(&self) -> impl DoubleEndedIterator<Item = &FileImport> + ExactSizeIterator {
        self.file_imports.iter()
    }

    /// When the job next picks files up, in world time; never, if nothing waits for it.
    #[must_use]
    pub fn pick_up_due(&self) -> Option<Timestamp> {
        files::due(self)
    }

    /// The integration log's last lines, the oldest first.
    pub fn log_lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        self.log.iter()
    }

    /// What requests did against the guide's advice.
    pub fn findings(&self) -> impl ExactSizeIterator<Item = &Finding> {
        self.findings.iter()
    }

    /// The last requests, the oldest first.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &RequestLine> + ExactSizeIterator {
        self.requests.iter()
    }

    /// How many requests there ever were.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.requests.ever()
    }

    /// How often contacts were asked for and made, by contact type and key.
    pub fn creations(&self) -> impl ExactSizeIterator<Item = (&str, Creations)> {
        self.creations.iter().map(|(key, count)| (key.as_str(), *count))
    }

    /// The most requests of one key that were taken within any second.
    #[must_use]
    pub fn busiest_second(&self) -> usize {
        self.traffic.busiest_second()
    }

    /// The faults that are set.
    #[must_use]
    pub fn faults(&self) -> &[faults::Fault] {
        self.faults.list()
    }

    /// When the next import is due, in world time.
    #[must_use]
    pub fn import_due(&self) -> Option<Timestamp> {
        import::due(self)
    }

    /// When Engage next does something by an automation, in world time.
    #[must_use]
    pub fn automation_due(&self) -> Option<Timestamp> {
        self.agenda.due()
    }

    /// Whether the clock is frozen.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self.clock, Clock::Frozen { .. })
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn log(&mut self, level: Level, at: Timestamp, text: String) {
        self.effects.push(Effect::Logged { level, text: text.clone() });
        self.log.push(LogLine { at, level, text });
    }

    pub(crate) fn note(&mut self, note: Note, call: &str, at: Timestamp, request: u64) {
        let rule = note.rule;
        let place = if note.path.is_empty() { call.to_owned() } else { format!("{call}: {}", note.path) };
        if self.findings.note(note, call, at, request) {
            self.effects.push(Effect::Found { code: rule.advice().code, place, advice: rule.advice().text });
        }
    }
}

/// When the world next has something to do by itself, in the host's time. None while its clock is frozen.
#[must_use]
pub fn next_due(world: &World) -> Option<Timestamp> {
    world.clock.host_time_of(due(world)?.0)
}

/// Something that happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Import,
    Files,
    Erasure,
    Automation,
    Order,
    Bulk,
}

/// What happens next by itself, and when, in world time.
fn due(world: &World) -> Option<(Timestamp, Due)> {
    let import = import::due(world).map(|at| (at, Due::Import));
    let files = files::due(world).map(|at| (at, Due::Files));
    let erasure = world.contacts.erasure_due().map(|at| (at, Due::Erasure));
    let automation = world.agenda.due().map(|at| (at, Due::Automation));
    let order = world.orders.job_due().map(|at| (at, Due::Order));
    let bulk = world.batches.due().map(|at| (at, Due::Bulk));
    import.into_iter().chain(files).chain(erasure).chain(automation).chain(order).chain(bulk).min()
}

/// What an event makes of the world, at the host's time `now`.
///
/// The same world, event and time give the same reply, effects and world. What fell due before the event happens
/// before it.
pub fn step(world: &mut World, event: Event, now: Timestamp) -> (Reply, Vec<Effect>) {
    if event == Event::Act(Act::Hold) {
        hold(world, now);
        return (Reply::Answer(Answer::empty(204)), Vec::new());
    }
    let at = world.time(now);
    world.last = at;
    run_due(world, at);
    let reply = match event {
        Event::Request(request) => request_reply(world, &request, at, now),
        Event::Timer => Reply::Silent,
        Event::File(deed) => Reply::Answer(files::act(world, deed, at)),
        Event::Act(act) => Reply::Answer(act_answer(world, act, at, now)),
    };
    let at = world.time(now);
    world.last = at;
    run_due(world, at);
    (reply, std::mem::take(&mut world.effects))
}

/// Before anything that fell due since the last event can happen.
fn hold(world: &mut World, now: Timestamp) {
    let nothing_happened_yet = world.last == Timestamp::MIN;
    world.clock = Clock::frozen(if nothing_happened_yet { now } else { world.last });
}

/// What is overdue is stamped with the time at which it fell due, and happens in that order.
fn run_due(world: &mut World, at: Timestamp) {
    while let Some((due, what)) = due(world).filter(|(due, _)| *due <= at) {
        match what {
            Due::Import => import::run(world, due),
            Due::Files => drop(files::pick_up(world, due)),
            Due::Erasure => world.erase_overdue(due),
            Due::Automation => automations::run_next(world),
            Due::Order => orders::jobs::run_next(world),
            Due::Bulk => bulk::run_next(world),
        }
    }
}

fn request_reply(world: &mut World, request: &Request, at: Timestamp, now: Timestamp) -> Reply {
    let number = world.requests.ever() + 1;
    let fault = world.faults.meet(&request.method, request.path());
    let reply = match &fault {
        Some(Kind::CutBefore) => Reply::Cut,
        Some(Kind::Status { code, retry_after_seconds }) => {
            Reply::Answer(engage::faulty(*code, *retry_after_seconds, number))
        }
        Some(
            Kind::Delay { .. }
            | Kind::Drip { .. }
            | Kind::CutAfter
            | Kind::StatusAfter { .. }
            | Kind::OtherHostKey,
        )
        | None => {
            let answer = engage::answer(world, request, engage::Moment { at, now, number });
            match &fault {
                Some(Kind::Delay { ms }) => Reply::Delayed { by: faults::millis(*ms), answer },
                Some(Kind::Drip { ms }) => Reply::Dripped { over: faults::millis(*ms), answer },
                Some(Kind::CutAfter) => Reply::Cut,
                Some(Kind::StatusAfter { code }) => Reply::Answer(engage::faulty(*code, None, number)),
                Some(Kind::Status { .. } | Kind::CutBefore | Kind::OtherHostKey) | None => {
                    Reply::Answer(answer)
                }
            }
        }
    };
    world.requests.push(RequestLine {
        number,
        at,
        method: request.method.clone(),
        target: engage::shown_target(&request.target).chars().take(TARGET_SHOWN_MAX).collect(),
        status: reply.answer().map(|answer| answer.status),
        fault: fault.map(|kind| kind.describe()),
    });
    reply
}

fn act_answer(world: &mut World, act: Act, at: Timestamp, now: Timestamp) -> Answer {
    let refused = |text: String| Answer::json(400, &json!({ "error": text }));
    match act {
        Act::Freeze | Act::Hold => world.clock = Clock::frozen(at),
        Act::Resume => world.clock = Clock::running_from(at, now),
        Act::Advance { seconds } if seconds > ADVANCE_SECONDS_MAX => {
            return refused(format!("the clock is advanced by at most {ADVANCE_SECONDS_MAX} s at once"));
        }
        Act::Advance { seconds } => {
            world.clock = world.clock.advanced(SignedDuration::from_secs(i64::from(seconds)));
        }
        Act::SetFaults(faults) => {
            if let Err(error) = world.faults.replace(faults) {
                return refused(error.to_string());
            }
        }
        Act::AddFault(fault) => {
            if let Err(error) = world.faults.add(fault) {
                return refused(error.to_string());
            }
        }
        Act::RemoveFault { id } => {
            if !world.faults.remove(id) {
                return Answer::json(404, &json!({ "error": format!("there is no fault {id}") }));
            }
        }
        Act::MeetFault { method, path } => {
            return Answer::json(200, &json!(world.faults.meet(&method, &path)));
        }
        Act::SetSwitches(switches) => world.switches = switches,
        Act::Import => import::run(world, at),
        Act::PickUp => return imported(files::pick_up(world, at)),
        Act::StartImport { folder } => return imported(files::start(world, folder, at)),
        Act::SetSettings(settings) => {
            world.settings = *settings;
            automations::set_up_anew(world, at);
        }
        Act::PayOut { contact } => return acts::told(payouts::run(world, contact, at)),
        Act::GivePoints(gift) => return acts::made(points::give(world, gift, at)),
        Act::GiveVoucher(gift) => return acts::made(vouchers::give(world, gift, at)),
        Act::RedeemVoucher { voucher } => {
            return acts::done(vouchers::redeem(world, voucher, By::Person, at).map_err(Refused::from));
        }
        Act::ReactivateVoucher { voucher } => {
            return acts::done(vouchers::reactivate(world, voucher, By::Person, at).map_err(Refused::from));
        }
        Act::DefinePromotion(definition) => return acts::made(promotions::define(world, definition)),
        Act::DraftPromotion(definition) => return acts::made(promotions::draft(world, definition)),
        Act::ActivatePromotion { promotion } => return acts::done(promotions::activate(world, promotion)),
        Act::EndPromotion { promotion } => return acts::done(promotions::end(world, promotion, at)),
        Act::AssignPromotion { contact, promotion } => {
            let assigned = promotions::assign(world, contact, promotion, By::Person, at);
            return acts::made(assigned.map_err(Refused::from));
        }
        Act::DeleteAssignment { assignment } => {
            return acts::done(promotions::take_away(world, assignment, at));
        }
        Act::RedeemPromotion { assignment, channel } => {
            let redeemed = promotions::redeem(world, assignment, channel, By::Person, at);
            return acts::done(redeemed.map_err(Refused::from));
        }
        Act::SetMailTemplates(templates) => world.mail_templates = templates,
        Act::MailSent { number, problem } => world.mail_was_sent(number, problem, at),
        Act::Reset => reset(world),
        Act::CreateContact { contact_type, fields } => {
            return acts::made(desk::create(world, &contact_type, &fields, at));
        }
        Act::ChangeContact { contact, fields } => {
            return acts::done(desk::change(world, contact, &fields, at));
        }
        Act::DeleteContact { contact } => return acts::done(desk::delete(world, contact, at)),
        Act::Restore { contact } => return acts::done(desk::restore(world, contact, at)),
    }
    Answer::empty(204)
}

/// How many files were imported.
fn imported(files: usize) -> Answer {
    Answer::json(200, &json!({ "files": files }))
}

fn reset(world: &mut World) {
    let empty = World::new(world.seed, world.settings.clone());
    let (switches, clock, last) = (world.switches.clone(), world.clock.clone(), world.last);
    let mail_templates = world.mail_templates.clone();
    *world = World { switches, clock, last, mail_templates, ..empty };
}
