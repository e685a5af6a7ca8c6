//! Payouts: points that become vouchers (fact P-78).
//!
//! A tenant turns all points into what they are worth, or has steps with fixed amounts. Who has fewer than the minimum
//! is left out. What a voucher is made of is booked as points taken.

use jiff::{Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Refused, living};
use crate::automations::{Task, next_run};
use crate::effect::Level;
use crate::money::{Money, Positive};
use crate::points::{self, PointSource, PointTransaction};
use crate::settings::Settings;
use crate::vouchers::{self, VoucherGift};
use crate::world::World;

/// Most vouchers for one contact at once, whatever is set.
const VOUCHERS_MAX: u16 = 100;
/// Decimal places of a voucher's amount that is counted from points; what is below is nobody's.
const PLACES: u32 = 2;

/// How points become vouchers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayoutRules {
    /// What the points are worth.
    pub pays: Pays,
    /// Who has fewer points is left out.
    #[serde(default)]
    pub minimum: Option<Positive>,
    /// Most vouchers for one contact at once.
    #[serde(default)]
    pub vouchers_max: Option<u16>,
    /// How many days after today a voucher's last day is; it has none, if nothing is said.
    #[serde(default)]
    pub valid_days: Option<u16>,
    /// What a cashier reads.
    #[serde(default = "plain_name")]
    pub name: String,
    /// How often points are paid out by themselves; only by hand, if nothing is said.
    #[serde(default)]
    pub every_hours: Option<u16>,
}

fn plain_name() -> String {
    "Bonus".to_owned()
}

/// What points are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pays {
    /// All of them become one voucher.
    All(Worth),
    /// Each step is a voucher; the largest that can be had first.
    Steps(Vec<Step>),
}

/// What something is worth, in each currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Worth {
    /// In the main currency.
    pub amount: Positive,
    /// In others.
    #[serde(default)]
    pub local_values: Vec<Money>,
}

/// A number of points that becomes a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// So many points.
    pub points: Positive,
    /// In the main currency.
    pub amount: Positive,
    /// In others.
    #[serde(default)]
    pub local_values: Vec<Money>,
}

/// A voucher that is to be made.
#[derive(Debug, PartialEq, Eq)]
struct Planned {
    points: Decimal,
    amount: Decimal,
    local_values: Vec<Money>,
}

impl PayoutRules {
    /// The vouchers that so many points become.
    fn plan(&self, owned: Decimal) -> Vec<Planned> {
        if owned <= Decimal::ZERO || self.minimum.is_some_and(|minimum| owned < minimum.get()) {
            return Vec::new();
        }
        match &self.pays {
            Pays::All(worth) => worth.of(owned).into_iter().collect(),
            Pays::Steps(steps) => {
                let most = self.vouchers_max.unwrap_or(VOUCHERS_MAX).min(VOUCHERS_MAX);
                let mut left = owned;
                let step_within = |left: &mut Decimal| {
                    let within = steps.iter().filter(|step| step.points.get() <= *left);
                    let step = within.max_by_key(|step| step.points)?;
                    *left -= step.points.get();
                    Some(Planned {
                        points: step.points.get(),
                        amount: step.amount.get(),
                        local_values: step.local_values.clone(),
                    })
                };
                std::iter::from_fn(|| step_within(&mut left)).take(usize::from(most)).collect()
            }
        }
    }
}

impl Worth {
    /// One voucher of all points; none where they are worth less than can be paid.
    fn of(&self, owned: Decimal) -> Option<Planned> {
        let amount = |worth: Decimal| {
            let exact = owned.checked_mul(worth)?;
            let paid = exact.round_dp_with_strategy(PLACES, RoundingStrategy::ToZero);
            (!paid.is_zero()).then_some(paid)
        };
        let local =
            |one: &Money| amount(one.amount).map(|amount| Money { amount, currency: one.currency.clone() });
        Some(Planned {
            points: owned,
            amount: amount(self.amount.get())?,
            local_values: self.local_values.iter().filter_map(local).collect(),
        })
    }
}

/// How often points are paid out by themselves, if they are.
pub(crate) fn interval(settings: &Settings) -> Option<u16> {
    settings.payouts.as_ref()?.every_hours
}

/// Pays out now, to one contact or to all; answers what was made.
pub(crate) fn run(world: &mut World, only: Option<Uuid>, at: Timestamp) -> Result<Value, Refused> {
    let Some(rules) = world.settings.payouts.clone() else {
        return Err(Refused::Conflict("no payout rules are set".to_owned()));
    };
    let contacts = match only {
        Some(contact) => vec![living(world, contact)?.id],
        None => world.points.rows().map(|account| account.contact).collect(),
    };
    let made: Vec<Uuid> =
        contacts.into_iter().flat_map(|contact| pay_out(world, &rules, contact, at)).collect();
    world.log(Level::Info, at, format!("payout {}: {} voucher(s) were made", rules.name, made.len()));
    let told = |id: &Uuid| {
        let voucher = world.vouchers.get(*id)?;
        Some(json!({ "id": id, "contact": voucher.contact, "voucherNumber": voucher.number }))
    };
    Ok(json!({ "vouchers": made.iter().filter_map(told).collect::<Vec<Value>>() }))
}

/// Pays out to one contact because it is time; what is left to be paid waits for the next time.
pub(crate) fn run_due(world: &mut World, contact: Uuid, at: Timestamp) {
    let Some(rules) = world.settings.payouts.clone() else { return };
    let Some(hours) = rules.every_hours else { return };
    let made = pay_out(world, &rules, contact, at).len();
    if made > 0 {
        world.log(Level::Info, at, format!("payout {}: {made} voucher(s) were made", rules.name));
        if !rules.plan(owned(world, contact, at)).is_empty() {
            world.agenda.add(next_run(at, hours), Task::PayOut(contact));
        }
    }
}

fn owned(world: &World, contact: Uuid, at: Timestamp) -> Decimal {
    world.points.get(contact).map_or(Decimal::ZERO, |account| account.balance(at).active)
}

/// Makes a contact's vouchers, and takes the points they are made of; answers their ids.
fn pay_out(world: &mut World, rules: &PayoutRules, contact: Uuid, at: Timestamp) -> Vec<Uuid> {
    let zone = &world.settings.time_zone;
    let last_day = rules.valid_days.map(|days| zone.date(at).saturating_add(i32::from(days).days()));
    let mut made = Vec::new();
    for Planned { points, amount, local_values } in rules.plan(owned(world, contact, at)) {
        let gift = VoucherGift {
            contact,
            amount,
            currency: None,
            local_values,
            expires: last_day,
            name: Some(rules.name.clone()),
            points,
        };
        // A contact that was deleted gets none, nor does anybody a voucher in a currency that isn't one.
        let Ok(voucher) = vouchers::give(world, gift, at) else { return made };
        let id = world.ids.next();
        let taken = PointTransaction {
            description: rules.name.clone(),
            ..PointTransaction::at(at, id, -points, PointSource::RewardVoucher)
        };
        points::book(world, contact, taken);
        made.push(voucher);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(written: Value) -> PayoutRules {
        serde_json::from_value(written).unwrap()
    }

    fn planned(rules: &PayoutRules, owned: &str) -> Vec<(String, String)> {
        let plan = rules.plan(owned.parse().unwrap());
        let told = |one: Planned| (one.points.normalize().to_string(), one.amount.normalize().to_string());
        plan.into_iter().map(told).collect()
    }

    #[test]
    fn steps_are_taken_from_the_largest_down_and_what_is_left_stays() {
        let steps = json!([{ "points": 200, "amount": 20 }, { "points": 1000, "amount": 150 }]);
        let all = rules(json!({ "pays": { "steps": steps } }));
        for (owned, expected) in [
            ("199.99", vec![]),
            ("-500", vec![]),
            ("200", vec![("200", "20")]),
            ("1450", vec![("1000", "150"), ("200", "20"), ("200", "20")]),
        ] {
            let expected: Vec<(String, String)> =
                expected.into_iter().map(|(points, amount)| (points.to_owned(), amount.to_owned())).collect();
            assert_eq!(planned(&all, owned), expected, "{owned}");
        }
        let few = rules(json!({ "pays": { "steps": steps }, "vouchersMax": 1, "minimum": 1200 }));
        assert_eq!(planned(&few, "1199"), []);
        assert_eq!(planned(&few, "1450").len(), 1);
        assert_eq!(planned(&all, "1000000000").len(), usize::from(VOUCHERS_MAX));
    }

    #[test]
    fn all_points_become_one_voucher_of_what_they_are_worth_rounded_down() {
        let worth = json!({ "amount": "0.1", "localValues": [{ "amount": 0.009, "currency": "EUR" }] });
        let all = rules(json!({ "pays": { "all": worth }, "minimum": 5 }));
        let plan = all.plan("250.19".parse().unwrap());
        assert_eq!(plan.len(), 1);
        assert_eq!(plan[0].points.to_string(), "250.19");
        assert_eq!(plan[0].amount.to_string(), "25.01");
        assert_eq!(plan[0].local_values, [Money { amount: "2.25".parse().unwrap(), currency: "EUR".into() }]);
        assert_eq!(planned(&all, "4.99"), []);
        let hardly = rules(json!({ "pays": { "all": { "amount": "0.001" } } }));
        assert_eq!(planned(&hardly, "9"), [], "less than can be paid is not paid");
    }

    #[test]
    fn a_step_of_nothing_is_no_step() {
        for step in [json!({ "points": 0, "amount": 20 }), json!({ "points": 200, "amount": -1 })] {
            let written = json!({ "pays": { "steps": [step] } });
            assert!(serde_json::from_value::<PayoutRules>(written).is_err());
        }
    }
}
