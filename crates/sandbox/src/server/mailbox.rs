//! The mailbox from outside: its list, each mail and its parts, and the pages that show them.
//!
//! A mail's HTML is shown as a mail program would: in a frame of its own that may run nothing, load nothing from
//! elsewhere and send nothing.

use askama::Template;
use serde_json::{Value, json};

use super::admin::Refusal;
use super::lists::{Slice, parameter};
use super::pages::{self, Cell, Tone};
use super::tables::{Table, badge, text, word};
use crate::effect::Answer;
use crate::mail::{self, Delivery, Mail};
use crate::world::World;

/// How many mails a page of the list has when nothing is said.
const COUNT_DEFAULT: usize = 100;
/// What a mail's HTML may do: be seen, with the picture of its code. Links open beside it.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'; \
                           frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage<'a> {
    here: &'static str,
    title: String,
    number: u64,
    facts: Vec<(&'static str, String)>,
    state: (Tone, &'static str),
    problem: Option<&'a str>,
    text: &'a str,
}

/// `GET mails`: the mails that are kept, the oldest first, without their contents.
pub(super) fn list(world: &World, query: &str) -> Result<Value, Refusal> {
    let (to, order) = (parameter(query, "to"), parameter(query, "orderId"));
    let is_wanted = |mail: &&Mail| {
        to.as_ref().is_none_or(|to| to.eq_ignore_ascii_case(&mail.to))
            && order.as_ref().is_none_or(|order| *order == mail.order_id)
    };
    let rows = world.mails().filter(is_wanted).map(|mail| {
        let mut row = json!(mail);
        if let Some(fields) = row.as_object_mut() {
            fields.remove("html");
            fields.remove("text");
        }
        row
    });
    Ok(Slice::of(query, COUNT_DEFAULT)?.of_iter(rows))
}

/// `GET mails/{number}` and its parts `html`, `text` and `code.png`.
pub(super) fn part(world: &World, rest: &str) -> Result<Answer, Refusal> {
    let (number, part) = rest.split_once('/').unwrap_or((rest, ""));
    let mail = find(world, number)?;
    match part {
        "" => Ok(Answer::json(200, &json!(mail))),
        "html" => Ok(html(mail)),
        "text" => Ok(answer("text/plain; charset=utf-8", "default-src 'none'", mail.text.clone())),
        "code.png" => match mail.code.as_deref().and_then(mail::code_png) {
            Some(png) => Ok(answer("image/png", "default-src 'none'", png)),
            None => Err(Refusal::NotFound(format!("the code of mail {number}"))),
        },
        other => Err(Refusal::NotFound(format!("{other} of mail {number}"))),
    }
}

fn find<'a>(world: &'a World, number: &str) -> Result<&'a Mail, Refusal> {
    let found = number.parse().ok().and_then(|number| world.mail(number));
    found.ok_or_else(|| Refusal::NotFound(format!("mail {number}")))
}

/// In a mail the picture of the code is another part of it; here it has an address.
fn html(mail: &Mail) -> Answer {
    let code = format!("/_sandbox/mails/{}/code.png", mail.number);
    let place = format!("src=\"{}\"", mail::CODE_SOURCE);
    answer("text/html; charset=utf-8", MAIL_POLICY, mail.html.replace(&place, &format!("src=\"{code}\"")))
}

fn answer(kind: &str, policy: &str, body: impl Into<bytes::Bytes>) -> Answer {
    let headers = [
        ("content-type", kind),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
    Answer { status: 200, headers, body: body.into() }
}

/// The list as a page, the newest mail first.
pub(super) fn table(world: &World, offset: usize, count: usize) -> Table {
    Table {
        title: "Mailbox",
        about: "What automations sent, the newest first. The last mails are kept.",
        empty: "No mail has been sent yet. An action of an order calls for one.",
        columns: &["No.", "Subject", "To", "Order", "Action", "Language", "At", "State"],
        total: world.mails().len(),
        rows: world.mails().rev().skip(offset).take(count).map(row).collect(),
    }
}

fn row(mail: &Mail) -> Vec<Cell> {
    let (tone, state) = state(&mail.delivery);
    vec![
        text(mail.number.to_string()),
        Cell::Link { to: format!("/_sandbox/mailbox/{}", mail.number), text: mail.subject.clone() },
        text(&mail.to),
        word(&mail.order_id),
        word(&mail.action),
        text(&mail.language),
        text(pages::time(mail.at)),
        badge(tone, state),
    ]
}

fn state(delivery: &Delivery) -> (Tone, &'static str) {
    match delivery {
        Delivery::Mailbox => (Tone::Plain, "in the mailbox"),
        Delivery::Sent { .. } => (Tone::Good, "sent"),
        Delivery::Failed { .. } => (Tone::Bad, "not sent"),
    }
}

/// One mail as a page.
pub(super) fn page(world: &World, number: &str) -> Result<Answer, Refusal> {
    let mail = find(world, number)?;
    let problem = match &mail.delivery {
        Delivery::Failed { problem, .. } => Some(problem.as_str()),
        Delivery::Mailbox | Delivery::Sent { .. } => None,
    };
    let page = MailPage {
        here: "mailbox",
        title: mail.subject.clone(),
        number: mail.number,
        facts: vec![
            ("From", format!("{} <{}>", mail.from_name, mail.from)),
            ("To", mail.to.clone()),
            ("At", pages::time(mail.at)),
            ("Order", mail.order_id.clone()),
            ("Action", mail.action.clone()),
            ("Template", mail.template.clone()),
            ("Language", mail.language.clone()),
        ],
        state: state(&mail.delivery),
        problem,
        text: &mail.text,
    };
    pages::html_with_frame(&page)
}
