//! Pages for a person: what the world holds, and forms that act on it. No scripts; one style sheet.

use askama::Template;
use jiff::Timestamp;
use uuid::Uuid;

use super::admin::{Call, Refusal};
use super::lists::Slice;
use super::tables::Table;
use super::{
    Shared, admin, contact_page, folder_page, forms, host_now, mailbox, order_page, promotion_page, tables,
};
use crate::book::Book;
use crate::effect::Answer;
use crate::receipts::{Content, Counts, Fate, Match};
use crate::settings::Identifier;
use crate::switches::{SPECS, Values};
use crate::world::World;

/// What stands on pages in the place of a personal number.
pub(super) const HIDDEN: &str = "••••••-••••";
/// How many rows a page shows.
const ROWS: usize = 50;

const STYLE: &str = include_str!("../../templates/style.css");

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview<'a> {
    here: &'static str,
    title: &'static str,
    world: &'a World,
    time: String,
    frozen: bool,
    next_import: Option<String>,
    receipts: Counts,
    events: u64,
    folder: Option<String>,
    link_is_cut: bool,
    faults: Vec<FaultRow>,
    switches: Vec<SwitchRow>,
}

struct FaultRow {
    id: u32,
    call: String,
    times: String,
    kind: String,
}

struct SwitchRow {
    name: &'static str,
    about: &'static str,
    fact: &'static str,
    value: String,
    changed: bool,
    values: Choice,
}

enum Choice {
    Words(Vec<(&'static str, bool)>),
    Range(u32, u32),
}

#[derive(Template)]
#[template(path = "list.html")]
struct List<'a> {
    here: &'a str,
    title: &'static str,
    table: Table,
    first: usize,
    last: usize,
    newer: Option<usize>,
    older: Option<usize>,
}

/// What stands in a cell of a list.
pub(super) enum Cell {
    Text(String),
    Code(String),
    /// Code that is short enough to stand on one line.
    Word(String),
    Link {
        to: String,
        text: String,
    },
    Badge {
        tone: Tone,
        text: String,
    },
    /// A button that does something at once: the fields of its form, its label, and what it does in full.
    Act {
        fields: Vec<(&'static str, String)>,
        label: &'static str,
        about: String,
    },
    Nothing,
}

/// How a badge looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tone {
    Good,
    Plain,
    Careful,
    Bad,
}

impl Tone {
    pub(super) fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Plain => "plain",
            Tone::Careful => "careful",
            Tone::Bad => "bad",
        }
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused {
    here: &'static str,
    title: &'static str,
    status: u16,
    reason: String,
    back: String,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    here: &'static str,
    title: String,
    facts: Vec<(&'static str, String)>,
    /// The contact it was imported for.
    contact: Option<Uuid>,
    lines: Table,
    body: String,
}

pub(super) fn answer(shared: &Shared, call: &Call, path: &str) -> Result<Answer, Refusal> {
    let page = path.trim_start_matches("/_sandbox").trim_matches('/');
    let book = shared.book();
    match page {
        "" => html(200, &overview(&book, host_now())),
        "style.css" => Ok(style()),
        "contacts" | "receipts" | "orders" | "mailbox" | "stores" | "log" | "findings" | "requests"
        | "calls" => html(200, &list(book.world(), page, Slice::of(call.query(), ROWS)?)),
        "folders" => html(200, &folder_page::page(book.world())),
        "promotions" => html(200, &promotion_page::page(book.world(), host_now())),
        other => match other.split_once('/') {
            Some(("orders", id)) => html(200, &order_page::page(book.world(), &admin::segment(id))?),
            Some(("mailbox", number)) => mailbox::page(book.world(), number),
            Some(("mails", rest)) => mailbox::part(book.world(), rest),
            Some(("receipts", number)) => html(200, &receipt(book.world(), number)?),
            Some(("contacts", id)) => html(200, &contact_page::page(book.world(), id, host_now())?),
            Some(_) | None => Err(Refusal::NotFound(path.to_owned())),
        },
    }
}

/// The style sheet; pages link to it, so it is also asked for without a wish for HTML.
pub(super) fn style() -> Answer {
    let headers = vec![("content-type", "text/css; charset=utf-8".to_owned())];
    Answer { status: 200, headers, body: STYLE.into() }
}

fn html(status: u16, page: &impl Template) -> Result<Answer, Refusal> {
    framed(status, page, "frame-src 'none'")
}

/// A page with a frame, in which something else of the sandbox's own stands.
pub(super) fn html_with_frame(page: &impl Template) -> Result<Answer, Refusal> {
    framed(200, page, "frame-src 'self'")
}

fn framed(status: u16, page: &impl Template, frames: &str) -> Result<Answer, Refusal> {
    let body = page.render().map_err(Refusal::bad)?;
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; {frames}; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy.as_str()),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
    Ok(Answer { status, headers, body: body.into() })
}

/// What a person is shown whose form was refused.
pub(super) fn refused(status: u16, reason: String, back: String) -> Result<Answer, Refusal> {
    html(status, &Refused { here: "-", title: "That was refused", status, reason, back })
}

fn overview(book: &Book, now: Timestamp) -> Overview<'_> {
    let world = book.world();
    Overview {
        here: "",
        title: "Overview",
        world,
        time: time(world.time(now)),
        frozen: world.is_frozen(),
        next_import: world.import_due().map(time),
        receipts: world.receipt_counts(),
        events: book.events(),
        folder: book.journal().ok().map(|(path, _)| path.display().to_string()),
        link_is_cut: world.faults().iter().any(forms::is_cut_link),
        faults: world.faults().iter().map(fault_row).collect(),
        switches: SPECS.iter().map(|spec| switch_row(world, spec)).collect(),
    }
}

fn fault_row(fault: &crate::faults::Fault) -> FaultRow {
    let times = fault.times.map_or_else(|| "until removed".to_owned(), |times| format!("{times} more"));
    let call = format!("{} {}", fault.on.method, fault.on.path);
    FaultRow { id: fault.id, call, times, kind: fault.kind.describe() }
}

fn switch_row(world: &World, spec: &crate::switches::Spec) -> SwitchRow {
    let text = |switches: &crate::switches::Switches| {
        let value = switches.value(spec.name).unwrap_or_default();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let value = text(world.switches());
    let values = match spec.values {
        Values::OneOf(words) => Choice::Words(words.iter().map(|word| (*word, *word == value)).collect()),
        Values::Between { least, most } => Choice::Range(least, most),
    };
    let changed = value != text(&crate::switches::Switches::default());
    SwitchRow { name: spec.name, about: spec.about, fact: spec.fact.0, value, changed, values }
}

/// The newest rows first.
fn list<'a>(world: &World, name: &'a str, slice: Slice) -> List<'a> {
    let Slice { offset, count } = slice;
    let table = tables::table(world, name, offset, count);
    let shown = table.rows.len();
    List {
        here: name,
        title: table.title,
        first: offset + 1,
        last: offset + shown,
        newer: (offset > 0).then(|| offset.saturating_sub(count)),
        older: (offset + shown < table.total && shown > 0).then_some(offset + shown),
        table,
    }
}

fn receipt(world: &World, number: &str) -> Result<ReceiptPage, Refusal> {
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let found = index.and_then(|index| world.receipts().get(index));
    let receipt = found.ok_or_else(|| Refusal::NotFound(format!("receipt {number}")))?;
    let content = &receipt.content;
    let contact = match &receipt.fate {
        Fate::Imported { contact, .. } => Some(*contact),
        Fate::Pending | Fate::Ignored { .. } | Fate::Dropped { .. } => None,
    };
    let facts = vec![
        ("State", tables::fate(&receipt.fate)),
        ("Unique id", content.unique_receipt_id.clone()),
        ("Printed number", content.receipt_number.clone()),
        ("Store", content.store_external_id.clone()),
        ("Sold", content.created_date.clone()),
        ("Total", format!("{} {}", content.total, content.currency)),
        ("Received", time(content.received)),
        ("Request", content.request.to_string()),
    ];
    Ok(ReceiptPage {
        here: "receipts",
        title: format!("Receipt {number}"),
        facts,
        contact,
        lines: tables::lines(receipt),
        body: indented(&without_personal_number(content)),
    })
}

/// The body as it was sent, but for the personal number that it may name its contact by.
fn without_personal_number(content: &Content) -> String {
    match &content.contact {
        Match::By { kind: Identifier::SocialSecurityNumber, text, .. } if !text.is_empty() => {
            content.body.replace(text, HIDDEN)
        }
        Match::By { .. } | Match::Id(_) => content.body.clone(),
    }
}

/// A world's time as pages show it.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// JSON text on lines of its own, every other character as it was: numbers keep their places, fields their order.
pub(super) fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut after_open = false;
    for c in json.chars() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_whitespace() {
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if closes {
            depth = depth.saturating_sub(1);
        }
        if after_open != closes {
            // Empty objects and arrays stay on their line; all else after an opening, and every closing, gets its own.
            new_line(&mut out, depth);
        }
        after_open = matches!(c, '{' | '[');
        out.push(c);
        match c {
            '{' | '[' => depth += 1,
            ',' => new_line(&mut out, depth),
            ':' => out.push(' '),
            '"' => in_text = true,
            _ => {}
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indenting_changes_nothing_but_the_lines() {
        let json = r#"{"b":1.50,"a":[],"text":"a \"{,}\" b","rows":[{"x":{}},2]}"#;
        let expected = "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"text\": \"a \\\"{,}\\\" b\",\n  \"rows\": [\n    {\n      \"x\": {}\n    },\n    2\n  ]\n}";
        assert_eq!(indented(json), expected);
    }
}
