//! Loyalty levels: by points earned or money spent within a window (facts P-32 to P-35, P-77).
//!
//! A level is kept in the contact's attributes, where calls read it, and moved only when Engage looks: some time after
//! something was booked, or left the window. Where no levels are set up, a level that a person wrote stays.

use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::automations::{Task, next_run};
use crate::contacts::Contact;
use crate::fields;
use crate::history::By;
use crate::lines::LineKind;
use crate::money::{Positive, number};
use crate::points::PointSource;
use crate::receipts::Receipt;
use crate::world::World;
use crate::zone::Zone;

/// How often levels are looked at, where nothing is said, in hours.
const EVERY_HOURS: u16 = 24;

/// How levels are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LevelRules {
    /// What counts.
    pub by: LevelBy,
    /// How many months it counts; for good, if nothing is said.
    #[serde(default)]
    pub window_months: Option<u16>,
    /// The levels, in any order.
    pub levels: Vec<LevelRule>,
    /// How often Engage looks.
    #[serde(default = "daily")]
    pub every_hours: u16,
}

fn daily() -> u16 {
    EVERY_HOURS
}

/// What lifts a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LevelBy {
    /// Points earned, from any source, less those that returns took.
    Points,
    /// Money spent, less money paid back, in the group currency.
    Spend,
}

/// A level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LevelRule {
    /// Its name.
    pub name: String,
    /// From how much on one has it.
    pub from: Positive,
}

impl LevelRules {
    /// When something of that time no longer counts.
    fn leaves(&self, zone: &Zone, of: Timestamp) -> Option<Timestamp> {
        let months = self.window_months?;
        Some(zone.start_of(zone.date(of).saturating_add(i32::from(months).months()).tomorrow().ok()?))
    }

    /// The highest level for so much.
    fn reached(&self, sum: Decimal) -> Option<&LevelRule> {
        self.levels.iter().filter(|level| level.from.get() <= sum).max_by_key(|level| level.from)
    }

    /// The level after that.
    fn next(&self, sum: Decimal) -> Option<&LevelRule> {
        self.levels.iter().filter(|level| level.from.get() > sum).min_by_key(|level| level.from)
    }
}

/// Has Engage look at a contact's level the next time it looks at any.
pub(crate) fn plan(world: &mut World, contact: Uuid, at: Timestamp) {
    let Some(rules) = &world.settings.levels else { return };
    world.agenda.add(next_run(at, rules.every_hours), Task::Level(contact));
}

/// Looks at a contact's level, and moves it.
pub(crate) fn judge(world: &mut World, contact: Uuid, at: Timestamp) {
    let (Some(rules), Some(contact)) = (world.settings.levels.clone(), world.contacts.get(contact)) else {
        return;
    };
    let contact = contact.as_ref().clone();
    let zone = world.settings.time_zone.clone();
    let leaves = |of: Timestamp| rules.leaves(&zone, of);
    let mut counted = counted(world, rules.by, contact.id);
    counted.retain(|(of, _)| leaves(*of).is_none_or(|end| end > at));
    counted.sort_by_key(|(of, _)| *of);
    if let Some(next) = counted.first().and_then(|(of, _)| leaves(*of)) {
        // Tasks fall on whole multiples: the one at or after the moment at which something leaves.
        let before = next.saturating_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(next);
        world.agenda.add(next_run(before, rules.every_hours), Task::Level(contact.id));
    }
    let standing = Standing::of(&rules, &counted, leaves);
    let after = standing.written(contact, &zone, at);
    world.change_contact(after, at, By::Engage);
}

/// What counts for a contact, and when it was.
fn counted(world: &World, by: LevelBy, contact: Uuid) -> Vec<(Timestamp, Decimal)> {
    match by {
        LevelBy::Points => {
            let booked = world.points.get(contact).map_or(&[][..], |account| account.transactions.as_slice());
            let counts = |source: PointSource, amount: Decimal| {
                amount.is_sign_positive()
                    || matches!(source, PointSource::Return | PointSource::BonusPromotionReturn)
            };
            let counting = booked.iter().filter(|one| counts(one.source, one.amount));
            counting.map(|one| (one.booked, one.amount)).collect()
        }
        LevelBy::Spend => {
            world.receipts.of(contact).map(|receipt| (receipt.sold(), spent(receipt))).collect()
        }
    }
}

fn spent(receipt: &Receipt) -> Decimal {
    receipt.lines().iter().fold(Decimal::ZERO, |sum, line| match line.what {
        LineKind::Purchase { .. } => sum.saturating_add(line.group_paid),
        LineKind::Return { .. } => sum.saturating_sub(line.group_paid.abs()),
        LineKind::Adjustment => sum,
    })
}

/// Where a contact stands.
struct Standing {
    level: Option<String>,
    /// When it is lost, if nothing is added.
    expires: Option<Timestamp>,
    /// What is missing to the next one.
    left: Option<Decimal>,
}

impl Standing {
    /// `counted` is in the order of time.
    fn of(
        rules: &LevelRules,
        counted: &[(Timestamp, Decimal)],
        leaves: impl Fn(Timestamp) -> Option<Timestamp>,
    ) -> Standing {
        let sum = counted.iter().fold(Decimal::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
        let reached = rules.reached(sum);
        let mut kept = sum;
        let loses = |(of, amount): &(Timestamp, Decimal)| {
            kept = kept.saturating_sub(*amount);
            reached.is_some_and(|level| kept < level.from.get()).then(|| leaves(*of)).flatten()
        };
        Standing {
            level: reached.map(|level| level.name.clone()),
            expires: counted.iter().find_map(loses),
            left: rules.next(sum).map(|next| next.from.get().saturating_sub(sum)),
        }
    }

    /// The contact with its standing in its attributes, in the one tenant's words that are known (fact P-33).
    fn written(self, mut contact: Contact, zone: &Zone, at: Timestamp) -> Contact {
        let [level, changed, expires, left] = fields::LEVEL;
        let is_another = contact.attribute(level) != self.level.as_deref();
        let mut set = |name: &str, value: Option<Value>| match value {
            Some(value) => drop(contact.attributes.insert(name.to_owned(), value)),
            None => drop(contact.attributes.remove(name)),
        };
        if is_another {
            set(changed, Some(Value::from(zone.written(at))));
        }
        set(level, self.level.map(Value::from));
        set(expires, self.expires.map(|end| Value::from(zone.written(end))));
        set(left, self.left.map(number));
        contact
    }
}
