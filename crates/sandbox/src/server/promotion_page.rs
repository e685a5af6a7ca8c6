//! The page of promotions: those that there are, and a form for another.

use askama::Template;
use jiff::Timestamp;

use super::pages::{Cell, Tone};
use super::tables::{Table, badge, text, word};
use crate::promotions::{Channel, ChannelKind, ChannelValue, Promotion, Status, Unit, Validity};
use crate::world::World;

#[derive(Template)]
#[template(path = "promotions.html")]
pub(super) struct PromotionPage {
    here: &'static str,
    title: &'static str,
    table: Table,
    value_types: [(&'static str, &'static str); 5],
}

/// The newest first. There are never so many that they need pages.
pub(super) fn page(world: &World, now: Timestamp) -> PromotionPage {
    let at = world.time(now);
    let rows: Vec<Vec<Cell>> = world.promotions().iter().rev().map(|one| row(world, one, at)).collect();
    PromotionPage {
        here: "promotions",
        title: "Promotions",
        table: Table {
            title: "Promotions",
            about: "What the tenant offers. A contact's own page gives one to them. Calls make drafts; only a person activates or ends one.",
            empty: "No promotion has been defined yet.",
            columns: &["Name", "External id", "State", "Valid", "Where", "Given", "Used", "Do"],
            total: rows.len(),
            rows,
        },
        value_types: [
            ("EXTERNALOFFER", "a code that the till knows"),
            ("PERCENT", "percents off"),
            ("MONEY", "a sum off"),
            ("MANUAL", "something for the cashier to do"),
            ("SWIPE", "something that a phone shows"),
        ],
    }
}

fn row(world: &World, promotion: &Promotion, at: Timestamp) -> Vec<Cell> {
    let definition = &promotion.definition;
    let status = promotion.status(at, &world.settings.time_zone);
    let given = world.assignments().filter(|one| one.promotion == promotion.id);
    let (all, used) =
        given.fold((0_u64, 0_u64), |(all, used), one| (all + 1, used + u64::from(one.redeemed.is_some())));
    vec![
        text(&definition.name),
        word(definition.external_id.clone().unwrap_or_default()),
        badge(tone(status), status.name()),
        text(validity(promotion)),
        text(everywhere(&definition.channels)),
        text(all.to_string()),
        badge(if used > 0 { Tone::Good } else { Tone::Plain }, used.to_string()),
        button(promotion, status),
    ]
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Draft => Tone::Plain,
        Status::Scheduled => Tone::Careful,
        Status::Active => Tone::Good,
        Status::Ended => Tone::Bad,
    }
}

/// What a person can do with it next.
fn button(promotion: &Promotion, status: Status) -> Cell {
    let name = &promotion.definition.name;
    let (act, label, about) = match status {
        Status::Draft => ("activatePromotion", "Activate", format!("Activate {name}")),
        Status::Scheduled | Status::Active => ("endPromotion", "End", format!("End {name}")),
        Status::Ended => return Cell::Nothing,
    };
    Cell::Act { fields: vec![("act", act.to_owned()), ("promotion", promotion.id.to_string())], label, about }
}

fn validity(promotion: &Promotion) -> String {
    let from = promotion.definition.start.map(|day| format!("from {day} ")).unwrap_or_default();
    match promotion.definition.validity {
        Validity::Open => format!("{from}until further notice"),
        Validity::Until(day) => format!("{from}through {day}"),
        Validity::FromAssignment { unit, amount } => {
            let unit = match unit {
                Unit::Days => "day(s)",
                Unit::Months => "month(s)",
            };
            format!("{from}{amount} {unit} from when it is given")
        }
    }
}

/// What a promotion gives at each place, in a few words.
pub(super) fn everywhere(channels: &[Channel]) -> String {
    let all: Vec<String> = channels
        .iter()
        .map(|channel| format!("{}: {}", channel.kind.name(), worth(&channel.value)))
        .collect();
    all.join("; ")
}

fn worth(value: &ChannelValue) -> String {
    match value {
        ChannelValue::Percent(percent) => format!("{percent} %"),
        ChannelValue::Money { amount, local } => {
            let local: Vec<String> =
                local.iter().map(|one| format!(" / {} {}", one.amount, one.currency)).collect();
            format!("{amount}{} off", local.concat())
        }
        ChannelValue::ExternalOffer(code) => format!("code {code}"),
        ChannelValue::Manual(text) | ChannelValue::Swipe(text) => text.clone(),
    }
}
