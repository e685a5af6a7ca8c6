//! The sandbox's own calls, under `/_sandbox`: its clock, faults, switches, lists and journal.
//!
//! JSON for programs; a browser, which asks for HTML, gets pages of the same addresses. Whoever can reach it may do
//! anything, so a browser is let in from the sandbox's own pages only, and under a loopback address only by a name
//! that means this machine.

use std::net::IpAddr;
use std::sync::MutexGuard;

use bytes::Bytes;
use hyper::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Shared, calls, chain, contacts, forms, lists, mailbox, pages};
use crate::automations::Automations;
use crate::book::{self, Book, ForkName};
use crate::effect::Answer;
use crate::event::{Act, Event};
use crate::faults::Fault;
use crate::files::FileKind;
use crate::mail::OrderMail;
use crate::settings::Settings;
use crate::switches;

/// A call of the sandbox's own.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    /// The path and query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(super) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn wants_page(&self) -> bool {
        self.method == "GET" && self.header("accept").is_some_and(|accept| accept.contains("text/html"))
    }
}

/// Why a call of the sandbox's own is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Bad(String),
    #[error("there is nothing under {0}")]
    NotFound(String),
    #[error("this page may not call the sandbox")]
    Foreign,
    #[error("a snapshot is being written already")]
    Busy,
    #[error(transparent)]
    Book(#[from] book::Error),
}

impl Refusal {
    pub(super) fn bad(error: impl std::fmt::Display) -> Refusal {
        Refusal::Bad(error.to_string())
    }

    pub(super) fn status(&self) -> u16 {
        match self {
            Refusal::Bad(_) => 400,
            Refusal::NotFound(_) => 404,
            Refusal::Foreign => 403,
            Refusal::Busy | Refusal::Book(book::Error::NoFolder | book::Error::ForkExists(_)) => 409,
            Refusal::Book(book::Error::NoSuchEvent { .. } | book::Error::BadForkName) => 400,
            Refusal::Book(_) => 500,
        }
    }
}

pub(super) fn answer(shared: &Shared, call: &Call) -> Answer {
    let answered = guard(shared, call).and_then(|()| {
        if call.wants_page() { pages::answer(shared, call, call.path()) } else { respond(shared, call) }
    });
    answered.unwrap_or_else(|refusal| {
        let status = refusal.status();
        if status == 500 {
            tracing::error!(error = %chain(&refusal), "a call of the sandbox's own failed");
        }
        Answer::json(status, &json!({ "error": chain(&refusal) }))
    })
}

/// Keeps out pages of other sites, and names that were made to point here.
fn guard(shared: &Shared, call: &Call) -> Result<(), Refusal> {
    let host = call.header("host").unwrap_or_default();
    let foreign_fetch =
        call.header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
            && call.method != "GET";
    let foreign_origin =
        call.header("origin").is_some_and(|origin| origin.split_once("//").is_none_or(|(_, at)| at != host));
    let foreign_name = shared.address.ip().is_loopback() && !names_this_machine(host);
    if foreign_fetch || foreign_origin || foreign_name { Err(Refusal::Foreign) } else { Ok(()) }
}

fn names_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn respond(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let path = call.path().trim_start_matches("/_sandbox").trim_matches('/');
    match (call.method.as_str(), path) {
        ("GET", "" | "status") => Ok(ok(&lists::status(shared))),
        ("POST", "clock") => act(shared, clock(&call.body)?),
        ("GET", "faults") => Ok(ok(&json!(shared.book().world().faults()))),
        ("PUT", "faults") => act(shared, Act::SetFaults(body::<Vec<Fault>>(&call.body)?)),
        ("POST", "faults") => act(shared, Act::AddFault(body::<Fault>(&call.body)?)),
        ("DELETE", "faults") => act(shared, Act::SetFaults(Vec::new())),
        ("DELETE", other) if other.starts_with("faults/") => {
            let id = other.trim_start_matches("faults/").parse().map_err(Refusal::bad)?;
            act(shared, Act::RemoveFault { id })
        }
        ("GET", "switches") => Ok(ok(&lists::switches(&shared.book()))),
        ("PUT", "switches") => set_switches(shared, &body::<Map<String, Value>>(&call.body)?),
        ("PUT", "point-rules") => set_up(shared, &call.body, |settings, rules| settings.points = rules),
        ("PUT", "payout-rules") => set_up(shared, &call.body, |settings, rules| settings.payouts = rules),
        ("PUT", "levels") => set_up(shared, &call.body, |settings, rules| settings.levels = rules),
        ("PUT", "automations") => automate(shared, &call.body),
        ("PUT", "custom-triggers") => {
            set_up(shared, &call.body, |settings, all| settings.custom_triggers = all)
        }
        ("PUT", "articles") => set_up(shared, &call.body, |settings, all| settings.articles = all),
        ("PUT", "order-statuses") => {
            set_up(shared, &call.body, |settings, all| settings.order_statuses = all)
        }
        ("POST", "payouts") => act(shared, pay_out(&call.body)?),
        ("POST", "import") => act(shared, Act::Import),
        ("POST", "imports/pick-up") => act(shared, Act::PickUp),
        ("POST", one) if one.starts_with("imports/") && one.ends_with("/start") => {
            start_import(shared, one.trim_start_matches("imports/").trim_end_matches("/start"))
        }
        ("GET", "totals") => Ok(ok(&lists::totals(&shared.book()))),
        ("POST", "reset") => act(shared, Act::Reset),
        ("POST", "fork") => fork(shared, &body::<Fork>(&call.body)?),
        ("POST", "rewind") => rewind(shared, &body::<Rewind>(&call.body)?),
        ("POST", "snapshot") => snapshot(shared),
        ("POST", "form") => forms::answer(shared, &call.body),
        ("GET", "journal") => lists::journal(shared, call.query()).map(|page| ok(&page)),
        ("GET", "style.css") => Ok(pages::style()),
        ("GET", "fields") => Ok(ok(&lists::fields())),
        ("GET", "calls") => Ok(ok(&json!(calls::CALLS))),
        ("GET", one) if one.starts_with("contacts/") => {
            contacts::in_full(&shared.book(), one.trim_start_matches("contacts/")).map(|all| ok(&all))
        }
        ("GET", one) if one.starts_with("orders/") => {
            lists::order(&shared.book(), &segment(one.trim_start_matches("orders/"))).map(|all| ok(&all))
        }
        ("GET", one) if one.starts_with("mails/") => {
            mailbox::part(shared.book().world(), one.trim_start_matches("mails/"))
        }
        ("GET", list) => lists::page(&shared.book(), list, call.query()).map(|page| ok(&page)),
        (method, path) => match contacts::act(method, path, &call.body)? {
            Some(wanted) => act(shared, wanted),
            None => Err(Refusal::NotFound(format!("{} {}", call.method, call.path()))),
        },
    }
}

/// Imports one folder's files, as Voyado does by hand.
pub(super) fn start_import(shared: &Shared, word: &str) -> Result<Answer, Refusal> {
    let folder = FileKind::named(word).ok_or_else(|| Refusal::NotFound(format!("folder {word}")))?;
    act(shared, Act::StartImport { folder })
}

/// A segment of a path, decoded.
pub(super) fn segment(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn ok(value: &Value) -> Answer {
    Answer::json(200, value)
}

fn body<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(Refusal::bad)
}

/// Lets an act happen; the world's own answer is handed on.
pub(super) fn act(shared: &Shared, act: Act) -> Result<Answer, Refusal> {
    let reply = shared.apply(Event::Act(act))?;
    Ok(reply.answer().cloned().unwrap_or_else(|| Answer::empty(204)))
}

/// The same for an act that depends on the world as it is.
pub(super) fn act_with(
    shared: &Shared,
    act: impl FnOnce(&Book) -> Result<Act, Refusal>,
) -> Result<Answer, Refusal> {
    let reply = shared.apply_with(|book| act(book).map(Event::Act))?;
    Ok(reply.answer().cloned().unwrap_or_else(|| Answer::empty(204)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Clock {
    Freeze,
    Resume,
    AdvanceSeconds(u32),
}

/// `"freeze"`, `"resume"` or `{"advanceSeconds": 900}`.
fn clock(bytes: &[u8]) -> Result<Act, Refusal> {
    Ok(match body::<Clock>(bytes)? {
        Clock::Freeze => Act::Freeze,
        Clock::Resume => Act::Resume,
        Clock::AdvanceSeconds(seconds) => Act::Advance { seconds },
    })
}

fn set_switches(shared: &Shared, changes: &Map<String, Value>) -> Result<Answer, Refusal> {
    act_with(shared, |book| Ok(Act::SetSwitches(book.world().switches().with(changes)?)))?;
    Ok(ok(&lists::switches(&shared.book())))
}

/// Replaces one part of the tenant's settings. A restart takes the settings it is given, so it lasts as long as the
/// sandbox runs.
fn set_up<T: for<'a> Deserialize<'a>>(
    shared: &Shared,
    bytes: &[u8],
    put: impl FnOnce(&mut Settings, T),
) -> Result<Answer, Refusal> {
    let part = body::<T>(bytes)?;
    act_with(shared, |book| {
        let mut settings = book.world().settings().clone();
        put(&mut settings, part);
        Ok(Act::SetSettings(Box::new(settings)))
    })
}

/// The same for automations, whose templates must be there.
fn automate(shared: &Shared, bytes: &[u8]) -> Result<Answer, Refusal> {
    let automations = body::<Automations>(bytes)?;
    act_with(shared, |book| {
        let lacks = |mail: &&OrderMail| !book.world().mail_templates().has(&mail.template);
        if let Some(mail) = automations.order_mails.iter().find(lacks) {
            return Err(Refusal::Bad(format!("there is no template {}.html", mail.template)));
        }
        let settings = Settings { automations, ..book.world().settings().clone() };
        Ok(Act::SetSettings(Box::new(settings)))
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayOut {
    contact: Option<Uuid>,
}

/// Everybody's points are paid out where no body names a contact.
fn pay_out(bytes: &[u8]) -> Result<Act, Refusal> {
    let PayOut { contact } = if bytes.is_empty() { PayOut::default() } else { body(bytes)? };
    Ok(Act::PayOut { contact })
}

impl From<switches::Error> for Refusal {
    fn from(error: switches::Error) -> Refusal {
        Refusal::bad(error)
    }
}

#[derive(Debug, Deserialize)]
struct Fork {
    name: String,
}

fn fork(shared: &Shared, fork: &Fork) -> Result<Answer, Refusal> {
    let path = shared.book().fork(&ForkName::new(&fork.name)?)?;
    Ok(Answer::json(201, &json!({ "path": path })))
}

#[derive(Debug, Deserialize)]
struct Rewind {
    /// How many events the world keeps.
    to: u64,
}

fn rewind(shared: &Shared, rewind: &Rewind) -> Result<Answer, Refusal> {
    let mut book: MutexGuard<'_, Book> = shared.book();
    let kept = book.rewind(rewind.to, super::host_now())?;
    let events = book.events();
    drop(book);
    shared.changed.notify_one();
    Ok(ok(&json!({ "events": events, "before": kept })))
}

fn snapshot(shared: &Shared) -> Result<Answer, Refusal> {
    let _permit = shared.snapshots.try_acquire().map_err(|_| Refusal::Busy)?;
    let job = shared.book().snapshot()?;
    job.write().map_err(|source| book::Error::Io { what: "write the snapshot", source })?;
    Ok(ok(&json!({ "events": shared.book().events() })))
}
