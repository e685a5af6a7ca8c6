//! A plan and what came of it, as people and programs read it.

use std::fmt::Write as _;

use engage::model::Status;
use serde_json::{Value, json};

use super::carry::Outcome;
use super::plan::{Difference, ForPeople, State, Step};
use crate::config::Promotion;

/// What no plan can show.
const NOT_LISTED: &str =
    "Promotions that Engage has and the file doesn't name are not shown: its API has no list of them.";

/// A promotion of the file: what Engage has of it, and what came of it where something was done.
pub(super) struct Row<'a> {
    pub(super) promotion: &'a Promotion,
    pub(super) state: State,
    pub(super) outcome: Option<Outcome>,
}

impl Row<'_> {
    /// Whether Engage has what the file says.
    pub(super) fn is_so(&self) -> bool {
        self.state.step() == Step::Nothing
    }

    fn mark(&self) -> char {
        match (&self.outcome, self.state.step()) {
            (Some(Outcome::Done | Outcome::DoneUnheard), _) => '~',
            (Some(Outcome::Nothing), _) | (None, Step::Nothing) => '=',
            (Some(_), _) | (None, Step::Cannot) => '!',
            (None, Step::Create) => '+',
            (None, Step::Change | Step::ChangeValidity) => '~',
        }
    }

    /// The state in words, and what is or was done about it.
    fn words(&self) -> String {
        let status = match &self.state {
            State::Missing => "Engage has none".to_owned(),
            State::Gone => "Engage has none with this id".to_owned(),
            State::There { status, .. } => status_name(status).to_lowercase(),
        };
        let done = match (&self.outcome, self.state.step()) {
            (Some(Outcome::Done), _) => "made what the file says".to_owned(),
            (Some(Outcome::DoneUnheard), _) => "made what the file says; the answer was lost".to_owned(),
            (Some(Outcome::Refused(why)), _) => format!("refused by Engage: {why}"),
            (Some(Outcome::Unknown(why)), _) => {
                format!("not known whether it was done ({why}); run apply again, which looks first")
            }
            (Some(Outcome::Otherwise), _) => "Engage took it, and shows something else".to_owned(),
            (Some(Outcome::Nothing), _) | (None, Step::Nothing) => return status,
            (Some(Outcome::Cannot), _) | (None, Step::Cannot) => match self.state {
                State::There { .. } => "Engage changes only drafts".to_owned(),
                State::Missing | State::Gone => return status,
            },
            (None, Step::Create) => "apply makes it, a draft".to_owned(),
            (None, Step::Change | Step::ChangeValidity) => "apply changes it".to_owned(),
        };
        format!("{status}; {done}")
    }

    fn differences(&self) -> &[Difference] {
        match &self.state {
            State::There { differences, .. } => differences,
            State::Missing | State::Gone => &[],
        }
    }

    /// What is left for a person, in words.
    fn for_people(&self) -> Option<String> {
        let name = &self.promotion.rules.name;
        let text = match self.state.for_people()? {
            ForPeople::Activate => format!("activate {name:?}; until then nobody can be given it"),
            ForPeople::ChangeOrReplace => format!(
                "change {name:?} as the file says; or end it, and give the file's a new external_id and code of its own"
            ),
            ForPeople::Replace => format!(
                "{name:?} has ended and is given to nobody any more; take it out of the file, or give it a new external_id"
            ),
            ForPeople::CorrectId => {
                format!("look up the id of {name:?} and correct it in the file, or take it out there")
            }
        };
        Some(text)
    }

    fn json(&self) -> Value {
        let rules = &self.promotion.rules;
        let (id, status) = match &self.state {
            State::There { id, status, .. } => (Some(id.as_str()), Some(status_name(status))),
            State::Missing | State::Gone => (rules.promotion_id.as_deref(), None),
        };
        let mut row = json!({
            "code": rules.code,
            "externalId": self.promotion.definition.external_id,
            "name": rules.name,
            "id": id,
            "status": status,
            "next": match self.state.step() {
                Step::Create => "create",
                Step::Change | Step::ChangeValidity => "change",
                Step::Nothing => "nothing",
                Step::Cannot => "impossible",
            },
            "differences": self.differences(),
            "forPeople": self.for_people(),
        });
        if let Some(outcome) = &self.outcome {
            row["outcome"] = json!(match outcome {
                Outcome::Done | Outcome::DoneUnheard => "done",
                Outcome::Nothing => "nothing",
                Outcome::Cannot => "impossible",
                Outcome::Refused(_) => "refused",
                Outcome::Unknown(_) => "unknown",
                Outcome::Otherwise => "otherwise",
            });
        }
        row
    }
}

/// The rows for people.
pub(super) fn text(rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    for row in rows {
        let rules = &row.promotion.rules;
        _ = writeln!(out, "{} {} {:?}: {}", row.mark(), rules.code, rules.name, row.words());
        for difference in row.differences() {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(not set)".to_owned());
            let (engage, file) = (side(&difference.engage), side(&difference.file));
            _ = writeln!(out, "    {}: {engage} -> {file}", difference.field);
        }
    }
    let left: Vec<(&str, String)> =
        rows.iter().filter_map(|row| Some((row.promotion.rules.code.as_str(), row.for_people()?))).collect();
    if !left.is_empty() {
        _ = writeln!(out, "\nOnly a person can do this, in Engage's own pages, under Promotions:");
    }
    for (code, what) in left {
        _ = writeln!(out, "  {code}: {what}");
    }
    _ = writeln!(out, "\n{NOT_LISTED}");
    out
}

/// The rows for programs.
pub(super) fn json(rows: &[Row<'_>]) -> Value {
    json!({ "promotions": rows.iter().map(Row::json).collect::<Value>() })
}

fn status_name(status: &Status) -> &str {
    match status {
        Status::Draft => "Draft",
        Status::Scheduled => "Scheduled",
        Status::Active => "Active",
        Status::Ended => "Ended",
        Status::Unknown(word) => word.as_str(),
    }
}
