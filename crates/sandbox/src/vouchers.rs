//! Reward vouchers: a sum of money that a contact may use once, until a day (facts P-10 to P-18).

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Refused, living};
use crate::history::By;
use crate::holdings::Held;
use crate::money::{Money, number};
use crate::offers::{Deed, Offer, OfferChange};
use crate::switches::VoucherMembers;
use crate::world::World;
use crate::zone::Zone;

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
    /// How often it was given back.
    #[serde(default)]
    pub reactivations: u32,
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

    fn offer(&self) -> Offer {
        Offer::Voucher { id: self.id, number: self.number.clone() }
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

impl Voucher {
    /// The voucher in the words of version 2 (fact P-18).
    pub(crate) fn in_version_2(&self, zone: &Zone) -> Value {
        json!({
            "id": self.id,
            "checkNumber": self.number,
            "name": self.name,
            "value": self.value,
            "localValues": self.local_values,
            "bonusPoints": number(self.points),
            "expiresOn": self.expires.map(|end| zone.written(end)),
            "redeemed": self.redeemed.is_some(),
            "redeemedOn": self.redeemed.map(|at| zone.written(at)),
        })
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
    available.map(|voucher| voucher.in_version_2(&world.settings.time_zone)).collect()
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
        number: next_number(world),
        name: gift.name.unwrap_or_else(|| format!("{} {}", value.amount, value.currency)),
        value,
        local_values: gift.local_values,
        points: gift.points,
        given: at,
        expires: gift.expires.map(|day| world.settings.time_zone.end_of(day)),
        redeemed: None,
        reactivations: 0,
    };
    world.vouchers.insert(voucher);
    Ok(id)
}

/// The number of the next voucher that Engage numbers itself (fact P-16).
pub(crate) fn next_number(world: &World) -> String {
    with_check_digit(NUMBERS_FROM + world.vouchers.rows().len() as u64 + 1)
}

pub(crate) fn is_worth_something(value: &Money) -> bool {
    let coded = value.currency.len() == 3 && value.currency.bytes().all(|b| b.is_ascii_uppercase());
    coded && !value.amount.is_zero() && value.amount.is_sign_positive()
}

/// Why a voucher is not used, or not given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// There is no such voucher.
    Unknown,
    /// It was used before.
    Redeemed,
    /// It was not used.
    Active,
    /// Its last day is over.
    Expired,
    /// It was given back as often as the tenant allows.
    LimitReached,
}

impl From<Unfit> for Refused {
    fn from(because: Unfit) -> Refused {
        match because {
            Unfit::Unknown => Refused::NotFound("there is no such voucher".to_owned()),
            Unfit::Redeemed => Refused::Conflict("the voucher is used".to_owned()),
            Unfit::Active => Refused::Conflict("the voucher is not used".to_owned()),
            Unfit::Expired => Refused::Conflict("the voucher is expired".to_owned()),
            Unfit::LimitReached => Refused::Conflict("the voucher was given back too often".to_owned()),
        }
    }
}

/// Uses a voucher, all of it (facts P-58, P-59).
pub(crate) fn redeem(world: &mut World, id: Uuid, by: By, at: Timestamp) -> Result<(), Unfit> {
    let voucher = world.vouchers.get_mut(id).ok_or(Unfit::Unknown)?;
    if voucher.redeemed.is_some() {
        return Err(Unfit::Redeemed);
    }
    if voucher.is_over(at) {
        return Err(Unfit::Expired);
    }
    voucher.redeemed = Some(at);
    let (contact, offer) = (voucher.contact, voucher.offer());
    world.offer_changes.push(OfferChange { at, contact, by, deed: Deed::Redeemed, offer });
    Ok(())
}

/// Makes a used voucher one that can be used again; its value and days stay as they were (facts P-60, P-61).
pub(crate) fn reactivate(world: &mut World, id: Uuid, by: By, at: Timestamp) -> Result<(), Unfit> {
    let limit = world.settings.voucher_reactivations_max;
    let voucher = world.vouchers.get_mut(id).ok_or(Unfit::Unknown)?;
    if voucher.redeemed.is_none() {
        return Err(Unfit::Active);
    }
    if voucher.is_over(at) {
        return Err(Unfit::Expired);
    }
    if voucher.reactivations >= limit {
        return Err(Unfit::LimitReached);
    }
    voucher.redeemed = None;
    voucher.reactivations += 1;
    let (contact, offer) = (voucher.contact, voucher.offer());
    world.offer_changes.push(OfferChange { at, contact, by, deed: Deed::Reactivated, offer });
    Ok(())
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
