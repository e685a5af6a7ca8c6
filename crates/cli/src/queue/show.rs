//! Deliveries for people: a table, or one with its history. Pure.

use std::fmt::Write as _;

use anyhow::Context as _;
use comfy_table::{Table, presets};
use serde::Deserialize;
use serde_json::Value;

/// What is shown of a delivery, as the API names it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    id: String,
    kind: String,
    state: String,
    of: String,
    store: String,
    accepted_at: String,
    #[serde(default)]
    next_try: Option<String>,
    #[serde(default)]
    ended_at: Option<String>,
    #[serde(default)]
    confirmed_at: Option<String>,
    attempts: u32,
    may_have_landed: bool,
    #[serde(default)]
    waits_for: Vec<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    history: Vec<Event>,
}

/// Something that happened to a delivery.
#[derive(Debug, Deserialize)]
struct Event {
    at: String,
    what: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    by: Option<String>,
}

impl Delivery {
    fn read(value: &Value) -> anyhow::Result<Delivery> {
        Deserialize::deserialize(value)
            .context("a delivery isn't what it should be: is the gateway another release?")
    }

    /// The one thing to know about it.
    fn gist(&self) -> String {
        let waits = (!self.waits_for.is_empty()).then(|| format!("waits for {}", self.waits_for.join(", ")));
        let next = || self.next_try.as_deref().map(|at| format!("next try {}", short(at)));
        let confirmed = self.confirmed_at.as_deref().map(|at| format!("seen in Engage {}", short(at)));
        [self.code.clone(), waits, confirmed.or_else(next)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A table of deliveries.
///
/// # Errors
/// A delivery of another release.
pub(super) fn list(rows: &[Value]) -> anyhow::Result<String> {
    if rows.is_empty() {
        return Ok("no deliveries\n".to_owned());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["ID", "KIND", "STATE", "OF", "STORE", "ACCEPTED", "TRIES", "TO KNOW"]);
    for row in rows {
        let row = Delivery::read(row)?;
        let (accepted, tries, gist) = (short(&row.accepted_at), row.attempts.to_string(), row.gist());
        table.add_row([row.id, row.kind, row.state, row.of, row.store, accepted, tries, gist]);
    }
    Ok(trimmed(&table))
}

/// One delivery and its history.
///
/// # Errors
/// As [`list`].
pub(super) fn detail(delivery: &Value) -> anyhow::Result<String> {
    let row = Delivery::read(delivery)?;
    let mut out = String::new();
    let landed = if row.may_have_landed { "yes" } else { "no" };
    let facts = [
        ("delivery", Some(row.id)),
        ("kind", Some(row.kind)),
        ("state", Some(row.state)),
        ("of", Some(row.of)),
        ("store", Some(row.store)),
        ("accepted", Some(short(&row.accepted_at))),
        ("next try", row.next_try.as_deref().map(short)),
        ("ended", row.ended_at.as_deref().map(short)),
        ("confirmed", row.confirmed_at.as_deref().map(short)),
        ("attempts", Some(row.attempts.to_string())),
        ("may have landed", Some(landed.to_owned())),
        ("waits for", (!row.waits_for.is_empty()).then(|| row.waits_for.join(", "))),
        ("code", row.code),
        ("detail", row.detail),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "{name:16}{value}")?;
        }
    }
    if !row.history.is_empty() {
        out.push('\n');
    }
    for event in row.history {
        let by = event.by.map(|by| format!("by {by}"));
        let note: Vec<String> = [event.code, by, event.detail].into_iter().flatten().collect();
        writeln!(
            out,
            "{}",
            format!("{}  {:14}  {}", short(&event.at), event.what, note.join(": ")).trim_end()
        )?;
    }
    Ok(out)
}

/// A time to the second; the whole of it where it isn't one.
fn short(at: &str) -> String {
    match at.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => at.to_owned(),
    }
}

/// A table without the blanks at the ends of its lines.
pub(crate) fn trimmed(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waiting() -> Value {
        json!({
            "id": "d-17", "kind": "registerReceipt", "state": "waiting", "of": "store03-2-000871",
            "store": "store03-stockholm", "acceptedAt": "2026-11-22T15:42:08.123456Z", "attempts": 2,
            "nextTry": "2026-11-22T15:43:00Z", "mayHaveLanded": true, "waitsFor": ["d-16"],
            "code": "noAnswer", "detail": "no answer came",
            "history": [{ "at": "2026-11-22T15:42:09Z", "what": "attempt" },
                        { "at": "2026-11-22T15:42:10Z", "what": "retry", "by": "command-line" }],
        })
    }

    #[test]
    fn a_table_says_what_there_is_to_know() {
        let text = list(&[waiting()]).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("ID"), "{text}");
        assert!(lines[1].starts_with("d-17") && lines[1].contains("2026-11-22 15:42:08Z"), "{text}");
        assert!(lines[1].ends_with("noAnswer, waits for d-16, next try 2026-11-22 15:43:00Z"), "{text}");
        assert_eq!(list(&[]).unwrap(), "no deliveries\n");
    }

    #[test]
    fn a_delivery_is_shown_with_its_history_and_without_what_it_lacks() {
        let text = detail(&waiting()).unwrap();
        assert!(text.contains("may have landed yes\n"), "{text}");
        assert!(text.ends_with(
            "2026-11-22 15:42:09Z  attempt\n2026-11-22 15:42:10Z  retry           by command-line\n"
        ));
        assert!(!text.contains("ended"), "{text}");
    }
}
