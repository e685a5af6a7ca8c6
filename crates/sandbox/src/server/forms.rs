//! The pages' forms: one address, one act each, then back to the page.

use jiff::civil::Date;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use uuid::Uuid;

use super::admin::{self, Refusal};
use super::{Shared, chain, contact_forms, pages, wire};
use crate::effect::Answer;
use crate::event::Act;
use crate::faults::{Fault, Kind, Pattern};

/// Most fields in a form.
const FIELDS_MAX: usize = 50;

/// The fields of a form or query, decoded.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .take(FIELDS_MAX)
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// What a form sent.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// A field's text; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value.trim())
    }

    /// None where the field was left empty.
    pub(super) fn text_if_any(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub(super) fn id(&self, name: &str) -> Result<Uuid, Refusal> {
        Uuid::try_parse(self.text(name)).map_err(|_| Refusal::Bad(format!("{name} is no id")))
    }

    /// A day as browsers send it; none where the field was left empty.
    pub(super) fn day_if_any(&self, name: &str) -> Result<Option<Date>, Refusal> {
        let day = |text: String| text.parse().map_err(|_| Refusal::Bad(format!("{name} is no day")));
        self.text_if_any(name).map(day).transpose()
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refusal> {
        self.text(name).parse().map_err(|_| Refusal::Bad(format!("{name} is not a number in range")))
    }

    /// None where the field was left empty.
    pub(super) fn number_if_any<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        if self.text(name).is_empty() { Ok(None) } else { self.number(name).map(Some) }
    }
}

pub(super) fn answer(shared: &Shared, body: &[u8]) -> Result<Answer, Refusal> {
    let form = Form(pairs(&String::from_utf8_lossy(body)));
    let answered = answered(shared, &form);
    let (status, reason) = match &answered {
        // What the world refuses, it says.
        Ok(answer) if answer.status >= 400 => (answer.status, reason(answer)),
        Ok(_) => return Ok(wire::redirect(&back(&form))),
        Err(refusal) => (refusal.status(), chain(refusal)),
    };
    pages::refused(status, reason, back(&form))
}

/// The page that the form was on.
fn back(form: &Form) -> String {
    match form.text("act") {
        "pickUp" | "startImport" => "/_sandbox/folders".to_owned(),
        "definePromotion" | "activatePromotion" | "endPromotion" => "/_sandbox/promotions".to_owned(),
        _ => match form.id("contact") {
            Ok(contact) => format!("/_sandbox/contacts/{contact}"),
            Err(_) => "/_sandbox/".to_owned(),
        },
    }
}

fn reason(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["error"].as_str().unwrap_or("the world said no").to_owned()
}

fn answered(shared: &Shared, form: &Form) -> Result<Answer, Refusal> {
    match form.text("act") {
        "freeze" => admin::act(shared, Act::Freeze),
        "resume" => admin::act(shared, Act::Resume),
        "advance" => admin::act(shared, Act::Advance { seconds: form.number("seconds")? }),
        "import" => admin::act(shared, Act::Import),
        "pickUp" => admin::act(shared, Act::PickUp),
        "startImport" => admin::start_import(shared, form.text("folder")),
        "reset" => admin::act(shared, Act::Reset),
        "cutLink" => admin::act_with(shared, |book| Ok(Act::SetFaults(with_link_cut(book.world().faults())))),
        "restoreLink" => {
            admin::act_with(shared, |book| Ok(Act::SetFaults(with_link_restored(book.world().faults()))))
        }
        "addFault" => admin::act(shared, Act::AddFault(fault(form)?)),
        "removeFault" => admin::act(shared, Act::RemoveFault { id: form.number("id")? }),
        "switch" => admin::act_with(shared, |book| {
            let switches = book.world().switches().with_text(form.text("name"), form.text("value"))?;
            Ok(Act::SetSwitches(switches))
        }),
        _ => admin::act_with(shared, |book| contact_forms::act(form, &book.world().settings().time_zone)),
    }
}

/// Whether this fault is what the pages call the cut link.
pub(super) fn is_cut_link(fault: &Fault) -> bool {
    fault.on == Pattern::default() && fault.times.is_none() && fault.kind == Kind::CutBefore
}

/// The cut comes first, for a request meets the first fault that fits.
fn with_link_cut(faults: &[Fault]) -> Vec<Fault> {
    let mut all = vec![Fault::everywhere(Kind::CutBefore)];
    all.extend(with_link_restored(faults));
    all
}

fn with_link_restored(faults: &[Fault]) -> Vec<Fault> {
    faults.iter().filter(|fault| !is_cut_link(fault)).cloned().collect()
}

fn fault(form: &Form) -> Result<Fault, Refusal> {
    let kind = match form.text("kind") {
        "status" => Kind::Status {
            code: form.number("code")?,
            retry_after_seconds: form.number_if_any("retryAfterSeconds")?,
        },
        "delay" => Kind::Delay { ms: form.number("ms")? },
        "drip" => Kind::Drip { ms: form.number("ms")? },
        "cutBefore" => Kind::CutBefore,
        "cutAfter" => Kind::CutAfter,
        "statusAfter" => Kind::StatusAfter { code: form.number("code")? },
        "otherHostKey" => Kind::OtherHostKey,
        other => return Err(Refusal::Bad(format!("there is no fault {other}"))),
    };
    let or_any = |text: &str| if text.is_empty() { "*".to_owned() } else { text.to_owned() };
    let on = Pattern { method: or_any(form.text("method")), path: or_any(form.text("path")) };
    Ok(Fault { id: 0, on, times: form.number_if_any("times")?, kind })
}
