//! How far Engage is from the promotions file, and what can be done about it. Pure.
//!
//! Both sides are laid out as texts by the file's own names, and compared; so what is shown is what was compared.

use std::collections::{BTreeMap, BTreeSet};

use engage::model::{
    AssignedValidity, ChannelKind, ChannelValue, Definition, NewChannel, NewDefinition, NewValue,
    Presentation, RedemptionChannel, Status, Text, Unit, Until,
};
use pos::money::Currency;
use rust_decimal::Decimal;

use crate::config::Promotion;

/// What Engage has of a promotion of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing under its external id.
    Missing,
    /// Nothing under the id that the file names.
    Gone,
    /// This.
    There {
        /// Its id in Engage.
        id: Text,
        /// How far it is in its life.
        status: Status,
        /// Where it isn't what the file says.
        differences: Vec<Difference>,
    },
}

/// A field in which Engage and the file differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Difference {
    /// Its name in the file.
    pub(super) field: String,
    /// What Engage has.
    pub(super) engage: Option<String>,
    /// What the file says.
    pub(super) file: Option<String>,
}

/// What a program can do about a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Make it; it is a draft then.
    Create,
    /// Change all of the draft.
    Change,
    /// Change when the draft is good.
    ChangeValidity,
    /// Nothing: it is what it should be.
    Nothing,
    /// Nothing: Engage changes only drafts (fact P-64), and has nothing under an id that it didn't give.
    Cannot,
}

/// What only a person can do about a promotion, in Engage's own pages (facts P-66, P-67).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ForPeople {
    /// Activate it.
    Activate,
    /// Change it, or end it and let the file begin another.
    ChangeOrReplace,
    /// Let the file begin another, since this one has ended.
    Replace,
    /// Correct its id in the file.
    CorrectId,
}

/// What Engage has, compared with what the file says. The group currency tells what an amount without one is in.
pub(super) fn state(promotion: &Promotion, found: Option<&Definition>, group: Option<Currency>) -> State {
    match found {
        None if promotion.rules.promotion_id.is_some() => State::Gone,
        None => State::Missing,
        Some(found) => State::There {
            id: found.id.clone(),
            status: found.status.clone(),
            differences: differences(&promotion.definition, found, group),
        },
    }
}

impl State {
    /// What a program can do.
    pub(super) fn step(&self) -> Step {
        match self {
            State::Missing => Step::Create,
            State::Gone => Step::Cannot,
            State::There { differences, .. } if differences.is_empty() => Step::Nothing,
            State::There { status: Status::Draft, differences, .. } => {
                let of_validity = |difference: &Difference| VALIDITY.contains(&difference.field.as_str());
                if differences.iter().all(of_validity) { Step::ChangeValidity } else { Step::Change }
            }
            State::There { .. } => Step::Cannot,
        }
    }

    /// What only a person can do, once a program has done what it can.
    pub(super) fn for_people(&self) -> Option<ForPeople> {
        match self {
            State::Missing | State::There { status: Status::Draft, .. } => Some(ForPeople::Activate),
            State::Gone => Some(ForPeople::CorrectId),
            State::There { status: Status::Ended, .. } => Some(ForPeople::Replace),
            State::There {
                status: Status::Scheduled | Status::Active | Status::Unknown(_),
                differences,
                ..
            } => (!differences.is_empty()).then_some(ForPeople::ChangeOrReplace),
        }
    }
}

/// The fields that a change of validity alone can reach.
const VALIDITY: [&str; 4] = ["starts", "ends", "valid_days", "valid_months"];

fn differences(wanted: &NewDefinition, found: &Definition, group: Option<Currency>) -> Vec<Difference> {
    let (file, mut engage) = (wanted_fields(wanted), found_fields(found, group));
    if wanted.external_id.is_none() {
        engage.remove("external_id");
    }
    let fields: BTreeSet<&String> = file.keys().chain(engage.keys()).collect();
    let differences = fields.into_iter().filter(|field| file.get(*field) != engage.get(*field));
    let difference = |field: &String| Difference {
        field: field.clone(),
        engage: engage.get(field).cloned(),
        file: file.get(field).cloned(),
    };
    differences.map(difference).collect()
}

/// A promotion as texts by the file's names.
#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn put(&mut self, name: impl Into<String>, value: impl ToString) {
        self.0.insert(name.into(), value.to_string());
    }

    fn text(&mut self, name: impl Into<String>, value: Option<&Text>) {
        if let Some(value) = value {
            self.put(name, value.as_str());
        }
    }

    fn amount(&mut self, name: impl Into<String>, amount: Decimal) {
        self.put(name, amount.normalize());
    }

    fn presentation(&mut self, presentation: &Presentation) {
        self.text("heading", presentation.heading.as_ref());
        self.text("description", presentation.description.as_ref());
        self.text("link", presentation.link.as_ref());
    }

    fn assigned(&mut self, assigned: AssignedValidity) {
        let name = match assigned.unit {
            Unit::Days => "valid_days",
            Unit::Months => "valid_months",
        };
        self.put(name, assigned.amount);
    }
}

fn wanted_fields(wanted: &NewDefinition) -> BTreeMap<String, String> {
    let mut fields = Fields::default();
    fields.text("external_id", wanted.external_id.as_ref());
    fields.text("name", Some(&wanted.name));
    fields.presentation(&wanted.presentation);
    fields.put("starts", wanted.validity.start);
    match wanted.validity.until {
        Until::FurtherNotice => {}
        Until::Day(day) => fields.put("ends", day),
        Until::Assigned(assigned) => fields.assigned(assigned),
    }
    for channel in &wanted.redemption_channels {
        wanted_channel(&mut fields, channel);
    }
    fields.0
}

fn wanted_channel(fields: &mut Fields, channel: &NewChannel) {
    let prefix = match channel.kind {
        ChannelKind::Pos => "pos",
        ChannelKind::Ecom => "ecom",
        ChannelKind::Other => "other",
    };
    match &channel.value {
        NewValue::Percent(percent) => fields.put(format!("{prefix}.percent"), percent),
        NewValue::Money { amount, local_values } => {
            fields.amount(format!("{prefix}.amounts"), *amount);
            for local in local_values {
                fields.amount(format!("{prefix}.amounts.{}", local.currency.as_str()), local.amount);
            }
        }
        NewValue::ExternalOffer(code) => fields.text(format!("{prefix}.code"), Some(code)),
        NewValue::Manual(words) => fields.text(format!("{prefix}.manual"), Some(words)),
    }
    fields.text(format!("{prefix}.instruction"), channel.instruction.as_ref());
}

fn found_fields(found: &Definition, group: Option<Currency>) -> BTreeMap<String, String> {
    let mut fields = Fields::default();
    fields.text("external_id", found.external_id.as_ref());
    fields.text("name", found.name.as_ref());
    fields.presentation(&found.presentation);
    if let Some(start) = found.validity.start {
        fields.put("starts", start);
    }
    if let Some(end) = found.validity.end {
        fields.put("ends", end);
    }
    if let Some(assigned) = found.validity.assigned {
        fields.assigned(assigned);
    }
    for channel in &found.channels {
        found_channel(&mut fields, channel, group);
    }
    fields.0
}

fn found_channel(fields: &mut Fields, channel: &RedemptionChannel, group: Option<Currency>) {
    let prefix = channel.kind.as_str().to_ascii_lowercase();
    let name = match channel.value_type.as_ref().map(|kind| kind.as_str().to_ascii_uppercase()).as_deref() {
        Some("PERCENT") => "percent".to_owned(),
        Some("MONEY") => "amounts".to_owned(),
        Some("EXTERNALOFFER") => "code".to_owned(),
        Some("MANUAL") => "manual".to_owned(),
        // Another kind, which the file can't say: shown by Engage's own name.
        Some(other) => other.to_ascii_lowercase(),
        None => "value".to_owned(),
    };
    let name = format!("{prefix}.{name}");
    match &channel.value {
        Some(ChannelValue::Number(number)) => fields.amount(name.as_str(), *number),
        Some(ChannelValue::Money(money)) => {
            let is_main =
                group.is_none_or(|group| money.currency.as_str().eq_ignore_ascii_case(group.code()));
            let amount = money.amount.normalize();
            match is_main {
                true => fields.put(name.as_str(), amount),
                false => fields.put(name.as_str(), format!("{amount} {}", money.currency.as_str())),
            }
        }
        Some(ChannelValue::Text(text)) => fields.text(name.as_str(), Some(text)),
        None => fields.put(name.as_str(), "(can't be read)"),
    }
    for local in &channel.local_values {
        fields.amount(format!("{name}.{}", local.currency.as_str()), local.amount);
    }
    fields.text(format!("{prefix}.instruction"), channel.instruction.as_ref());
}
