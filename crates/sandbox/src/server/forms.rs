//! The pages' forms: one address, one act each, then back to the page.

use percent_encoding::percent_decode_str;

use super::admin::{self, Refusal};
use super::{Shared, wire};
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

struct Form(Vec<(String, String)>);

impl Form {
    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value.trim())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refusal> {
        self.text(name).parse().map_err(|_| Refusal::Bad(format!("{name} is not a number in range")))
    }

    /// None where the field was left empty.
    fn number_if_any<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        if self.text(name).is_empty() { Ok(None) } else { self.number(name).map(Some) }
    }
}

pub(super) fn answer(shared: &Shared, body: &[u8]) -> Result<Answer, Refusal> {
    let form = Form(pairs(&String::from_utf8_lossy(body)));
    let answer = match form.text("act") {
        "freeze" => admin::act(shared, Act::Freeze),
        "resume" => admin::act(shared, Act::Resume),
        "advance" => admin::act(shared, Act::Advance { seconds: form.number("seconds")? }),
        "import" => admin::act(shared, Act::Import),
        "reset" => admin::act(shared, Act::Reset),
        "cutLink" => admin::act_with(shared, |book| Ok(Act::SetFaults(with_link_cut(book.world().faults())))),
        "restoreLink" => {
            admin::act_with(shared, |book| Ok(Act::SetFaults(with_link_restored(book.world().faults()))))
        }
        "addFault" => admin::act(shared, Act::AddFault(fault(&form)?)),
        "removeFault" => admin::act(shared, Act::RemoveFault { id: form.number("id")? }),
        "switch" => admin::act_with(shared, |book| {
            let switches = book.world().switches().with_text(form.text("name"), form.text("value"))?;
            Ok(Act::SetSwitches(switches))
        }),
        other => Err(Refusal::Bad(format!("there is no act {other}"))),
    }?;
    // What the world refuses, it says; a form that worked goes back to its page.
    if answer.status >= 400 { Ok(answer) } else { Ok(wire::redirect("/_sandbox/")) }
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
        other => return Err(Refusal::Bad(format!("there is no fault {other}"))),
    };
    let or_any = |text: &str| if text.is_empty() { "*".to_owned() } else { text.to_owned() };
    let on = Pattern { method: or_any(form.text("method")), path: or_any(form.text("path")) };
    Ok(Fault { id: 0, on, times: form.number_if_any("times")?, kind })
}
