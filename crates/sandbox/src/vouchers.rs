//! Reward vouchers: a sum of money that a contact may use once, until a day (facts P-10 to P-18).

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Refused, living};
use crate::holdings::Held;
use crate::money::{Money, number};
use crate::switches::VoucherMembers;
use crate::world::World;

/// Vouchers are numbered from here: twelve digits, then a check digit, as on a printed one (fact P-16).
const NUMBERS_FROM: u64 = 260_000_000_000;
/// Most currencies beside the main one.
const LOCAL_VALUES_MAX: usize = 20;

/// A voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Voucher {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub contact: Uuid,
    /// Its number.
    pub number: String,
    /// What a cashier reads.
    pub name: String,
    /// What it is worth in the main currency.
    pub value: Money,
    /// What it is worth in others.
    pub local_values: Vec<Money>,
    /// The points it was made of.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub points: Decimal,
    /// When it was given, in world time.
    pub given: Timestamp,
    /// The last second of its last day; none is for good.
    pub expires: Option<Timestamp>,
    /// When it was used.
    pub redeemed: Option<Timestamp>,
}

/// A voucher for somebody to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoucherGift {
    /// Whom.
    pub contact: Uuid,
    /// What it is worth in the main currency.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
    /// The main currency; the group's, if nothing is said.
    #[serde(default)]
    pub currency: Option<String>,
    /// What it is worth in others.
    #[serde(default)]
    pub local_values: Vec<Money>,
    /// Its last day; it has none, if nothing is said.
    #[serde(default)]
    pub expires: Option<Date>,
    /// What a cashier reads; the amount, if nothing is said.
    #[serde(default)]
    pub name: Option<String>,
    /// The points it was made of.
    #[serde(default, with = "rust_decimal::serde::arbitrary_precision")]
    pub points: Decimal,
}

/// Which of a contact's vouchers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    Available,
    Redeemed,
}

impl Voucher {
    /// Whether its last day is over. That last second counts in full.
    #[must_use]
    pub fn is_over(&self, at: Timestamp) -> bool {
        self.expires.is_some_and(|end| at.as_second() > end.as_second())
    }

    pub(crate) fn is(&self, which: Which, at: Timestamp) -> bool {
        match which {
            Which::All => true,
            Which::Available => self.redeemed.is_none() && !self.is_over(at),
            Which::Redeemed => self.redeemed.is_some(),
        }
    }

    /// The voucher as a list has it (facts P-11, P-13).
    pub(crate) fn answered(&self, list: Which, members: VoucherMembers) -> Value {
        let mut answer = json!({
            "id": self.id,
            "voucherNumber": self.number,
            "name": self.name,
            "redeemed": self.redeemed.is_some(),
            "redeemedOn": self.redeemed.map(in_utc),
            "expiresOn": self.expires.map(in_utc),
            "value": self.value,
            "localValues": self.local_values,
            "points": number(self.points),
        });
        let left_out: &[&str] = match (members, list) {
            (VoucherMembers::All, _) | (VoucherMembers::PerList, Which::All) => &[],
            (VoucherMembers::PerList, Which::Available) => &["redeemed", "redeemedOn"],
            (VoucherMembers::PerList, Which::Redeemed) => &["redeemed", "expiresOn"],
        };
        if let Some(answer) = answer.as_object_mut() {
            answer.retain(|name, _| !left_out.contains(&name.as_str()));
        }
        answer
    }
}

/// As the one published example of version 3 writes it (fact P-17).
fn in_utc(at: Timestamp) -> String {
    format!("{at:.3}")
}

impl Held for Voucher {
    fn id(&self) -> Uuid {
        self.id
    }

    fn contact(&self) -> Uuid {
        self.contact
    }
}

/// The vouchers that a contact may use, in the overview's words, which are version 2's (facts C-67, P-18).
pub(crate) fn of(world: &World, contact: Uuid, at: Timestamp) -> Vec<Value> {
    let available = world.vouchers.of(contact).filter(|voucher| voucher.is(Which::Available, at));
    available
        .map(|voucher| {
            json!({
                "id": voucher.id,
                "checkNumber": voucher.number,
                "name": voucher.name,
                "value": voucher.value,
                "localValues": voucher.local_values,
                "bonusPoints": number(voucher.points),
                "expiresOn": voucher.expires.map(|end| world.settings.time_zone.written(end)),
                "redeemed": false,
                "redeemedOn": null,
            })
        })
        .collect()
}

/// Gives a voucher; answers its id.
pub(crate) fn give(world: &mut World, gift: VoucherGift, at: Timestamp) -> Result<Uuid, Refused> {
    let contact = living(world, gift.contact)?.id;
    let currency = gift.currency.unwrap_or_else(|| world.settings.group_currency.clone());
    let value = Money { amount: gift.amount, currency };
    if gift.local_values.len() > LOCAL_VALUES_MAX {
        return Err(Refused::bad("that is too many currencies"));
    }
    if let Some(odd) = std::iter::once(&value).chain(&gift.local_values).find(|one| !is_worth_something(one))
    {
        return Err(Refused::bad(format!("{} {} is no voucher's value", odd.amount, odd.currency)));
    }
    let id = world.ids.next();
    let voucher = Voucher {
        id,
        contact,
        number: with_check_digit(NUMBERS_FROM + world.vouchers.rows().len() as u64 + 1),
        name: gift.name.unwrap_or_else(|| format!("{} {}", value.amount, value.currency)),
        value,
        local_values: gift.local_values,
        points: gift.points,
        given: at,
        expires: gift.expires.map(|day| world.settings.time_zone.end_of(day)),
        redeemed: None,
    };
    world.vouchers.insert(voucher);
    Ok(id)
}

fn is_worth_something(value: &Money) -> bool {
    let coded = value.currency.len() == 3 && value.currency.bytes().all(|b| b.is_ascii_uppercase());
    coded && !value.amount.is_zero() && value.amount.is_sign_positive()
}

/// Marks a voucher as used elsewhere, in a web shop for instance.
pub(crate) fn redeem(world: &mut World, id: Uuid, at: Timestamp) -> Result<(), Refused> {
    let Some(voucher) = world.vouchers.get_mut(id) else {
        return Err(Refused::NotFound(format!("there is no voucher {id}")));
    };
    if !voucher.is(Which::Available, at) {
        return Err(Refused::Conflict("the voucher is used or expired".to_owned()));
    }
    voucher.redeemed = Some(at);
    Ok(())
}

/// Marks the contact's voucher of this number as used, if it may use it.
pub(crate) fn redeem_numbered(world: &mut World, contact: Uuid, number: &str, at: Timestamp) {
    let mine = world.vouchers.of(contact).find(|voucher| voucher.number == number);
    let usable = mine.filter(|voucher| voucher.is(Which::Available, at));
    let Some(id) = usable.map(|voucher| voucher.id) else { return };
    if let Some(voucher) = world.vouchers.get_mut(id) {
        voucher.redeemed = Some(at);
    }
}

/// Twelve digits and the one that an EAN-13 ends with.
fn with_check_digit(twelve: u64) -> String {
    let digits = twelve.to_string();
    let weighted = digits.bytes().zip([1_u32, 3].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_with_the_check_digit_of_a_bar_code() {
        assert_eq!(with_check_digit(400_638_133_393), "4006381333931");
        assert_eq!(with_check_digit(260_000_000_001), "2600000000017");
    }
}
