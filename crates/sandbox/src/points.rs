//! Points: what was booked for each contact, and what that comes to at a given time (facts P-04, P-05).
//!
//! A contact has one account (fact P-06), which is no more than its transactions: nothing is added up in advance, so
//! points become valid and expire by the clock alone. An account's id follows from its contact's, so one that nobody
//! booked on needs no row.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Refused, living};
use crate::automations;
use crate::contacts::Contact;
use crate::money::number;
use crate::switches::PointAccountMade;
use crate::world::World;

/// The one kind of points there is (fact P-06).
pub(crate) const DEFINITION: u32 = 1;
/// The type whose contacts have an account from the beginning, where that is how it is (fact P-07).
const MEMBER: &str = "Member";
/// What tells an account's id from its contact's. The digits that make a GUID of version 4 are left alone.
const ACCOUNT_MASK: u128 = 0xac00_0000_0000_0000_0000_0000_0000_0001;
/// The most points that are given at once. Far below what a decimal can hold, so that sums never overflow.
const AMOUNT_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// A booking of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointTransaction {
    /// Its id.
    pub id: Uuid,
    /// How many points; below zero they are taken away.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
    /// Where they come from.
    pub source: PointSource,
    /// What a person reads about it.
    pub description: String,
    /// When it was booked, in world time.
    pub booked: Timestamp,
    /// From when the points count.
    pub valid_from: Timestamp,
    /// Until when they count; this moment is the first at which they don't.
    pub valid_to: Option<Timestamp>,
    /// The receipt's line that they are for (fact P-43).
    #[serde(default, rename = "retailTransactionLineItemId")]
    pub line: Option<Uuid>,
}

/// Where points come from (fact P-43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PointSource {
    /// An automation, or a call in its name.
    Automation,
    /// Something was bought.
    Purchase,
    /// Somebody gave or took them in Engage's pages.
    Manual,
    /// Something came back.
    Return,
    /// A receipt was corrected.
    ReceiptAdjustment,
    /// An extra-points promotion.
    BonusPromotion,
    /// What an extra-points promotion had given was taken back.
    BonusPromotionReturn,
    /// They became a voucher.
    RewardVoucher,
    /// A correction.
    Adjustment,
    /// A correction of the balance.
    BonusBalanceAdjustment,
    /// A balance that was set.
    UpdateBalance,
    /// Another transaction was cancelled.
    PointTransactionCancellation,
}

impl PointSource {
    /// Each of them.
    pub const ALL: [PointSource; 12] = [
        PointSource::Automation,
        PointSource::Purchase,
        PointSource::Manual,
        PointSource::Return,
        PointSource::ReceiptAdjustment,
        PointSource::BonusPromotion,
        PointSource::BonusPromotionReturn,
        PointSource::RewardVoucher,
        PointSource::Adjustment,
        PointSource::BonusBalanceAdjustment,
        PointSource::UpdateBalance,
        PointSource::PointTransactionCancellation,
    ];

    /// As Engage names it (fact P-43).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            PointSource::Automation => "Automation",
            PointSource::Purchase => "Purchase",
            PointSource::Manual => "Manual",
            PointSource::Return => "Return",
            PointSource::ReceiptAdjustment => "ReceiptAdjustment",
            PointSource::BonusPromotion => "BonusPromotion",
            PointSource::BonusPromotionReturn => "BonusPromotionReturn",
            PointSource::RewardVoucher => "RewardVoucher",
            PointSource::Adjustment => "Adjustment",
            PointSource::BonusBalanceAdjustment => "BonusBalanceAdjustment",
            PointSource::UpdateBalance => "UpdateBalance",
            PointSource::PointTransactionCancellation => "PointTransactionCancellation",
        }
    }
}

/// Points for somebody to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PointGift {
    /// Whom.
    pub contact: Uuid,
    /// How many; below zero they are taken away.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
    /// From when they count; now, if nothing is said.
    #[serde(default)]
    pub valid_from: Option<Timestamp>,
    /// Until when they count; for good, if nothing is said.
    #[serde(default)]
    pub valid_to: Option<Timestamp>,
    /// What a person reads about it.
    #[serde(default)]
    pub description: String,
}

/// A contact's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointAccount {
    /// Whose it is.
    pub contact: Uuid,
    /// What was booked, in the order of booking.
    pub transactions: Vec<PointTransaction>,
}

/// What an account comes to at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PointBalance {
    /// Points that are owned.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub active: Decimal,
    /// Points that will count later.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub pending: Decimal,
    /// When the first of the owned ones expire.
    pub expires: Option<Timestamp>,
}

impl PointAccount {
    /// What the account comes to at a time.
    ///
    /// Points that are taken away are taken from those that expire first; what is more than there was is a debt, which
    /// later points pay.
    #[must_use]
    pub fn balance(&self, at: Timestamp) -> PointBalance {
        let mut by_time: Vec<&PointTransaction> = self.transactions.iter().collect();
        by_time.sort_by_key(|one| one.valid_from);
        let counts = by_time.partition_point(|one| one.valid_from <= at);
        let (counting, pending) = by_time.split_at(counts);
        let mut lots = Lots::default();
        for one in counting {
            lots.expire(one.valid_from);
            lots.book(one);
        }
        lots.expire(at);
        PointBalance {
            active: lots.left.values().sum::<Decimal>() - lots.debt,
            pending: pending.iter().map(|one| one.amount).sum(),
            expires: lots.left.keys().next().map(|(end, _)| *end).filter(|end| *end < FOR_GOOD),
        }
    }
}

/// The end of points that have none.
const FOR_GOOD: Timestamp = Timestamp::MAX;

/// What is left of points that were given, by when it expires, and what was taken beyond that.
#[derive(Debug, Default)]
struct Lots {
    left: BTreeMap<(Timestamp, usize), Decimal>,
    given: usize,
    debt: Decimal,
}

impl Lots {
    fn expire(&mut self, at: Timestamp) {
        self.left = self.left.split_off(&(at, usize::MAX));
    }

    fn book(&mut self, one: &PointTransaction) {
        if one.amount.is_sign_negative() {
            self.debt -= one.amount;
        } else {
            self.given += 1;
            self.left.insert((one.valid_to.unwrap_or(FOR_GOOD), self.given), one.amount);
        }
        while !self.debt.is_zero() {
            let Some(mut first) = self.left.first_entry() else { return };
            let taken = self.debt.min(*first.get());
            self.debt -= taken;
            *first.get_mut() -= taken;
            if first.get().is_zero() {
                first.remove();
            }
        }
    }
}

/// All accounts that were booked on, by contact.
#[derive(Debug, Clone, Default)]
pub(crate) struct Points(BTreeMap<Uuid, Arc<PointAccount>>);

impl Points {
    pub(crate) fn get(&self, contact: Uuid) -> Option<&PointAccount> {
        self.0.get(&contact).map(AsRef::as_ref)
    }

    pub(crate) fn restore(&mut self, account: PointAccount) {
        self.0.insert(account.contact, Arc::new(account));
    }

    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &PointAccount> {
        self.0.values().map(AsRef::as_ref)
    }

    pub(crate) fn book(&mut self, contact: Uuid, transaction: PointTransaction) {
        let empty = || Arc::new(PointAccount { contact, transactions: Vec::new() });
        let account = self.0.entry(contact).or_insert_with(empty);
        Arc::make_mut(account).transactions.push(transaction);
    }
}

/// Books points, and has Engage look at what follows from them.
pub(crate) fn book(world: &mut World, contact: Uuid, transaction: PointTransaction) {
    automations::points_booked(world, contact, &transaction);
    world.points.book(contact, transaction);
}

/// Gives points, or takes them away; answers the transaction's id.
pub(crate) fn give(world: &mut World, gift: PointGift, at: Timestamp) -> Result<Uuid, Refused> {
    let contact = living(world, gift.contact)?.id;
    let valid_from = gift.valid_from.unwrap_or(at);
    if gift.amount.is_zero() || gift.amount.abs() > AMOUNT_MAX {
        return Err(Refused::bad("the amount is zero or too large"));
    }
    if gift.valid_to.is_some_and(|end| end <= valid_from) {
        return Err(Refused::bad("points that end before they begin count for nobody"));
    }
    let id = world.ids.next();
    let transaction = PointTransaction {
        id,
        amount: gift.amount,
        source: PointSource::Manual,
        description: gift.description,
        booked: at,
        valid_from,
        valid_to: gift.valid_to,
        line: None,
    };
    book(world, contact, transaction);
    Ok(id)
}

/// The id of a contact's account; of an account's id, its contact.
pub(crate) fn account_id(contact: Uuid) -> Uuid {
    Uuid::from_u128(contact.as_u128() ^ ACCOUNT_MASK)
}

/// The contact's account as it is answered, if it has one (facts P-04, P-07).
pub(crate) fn answered(world: &World, contact: &Contact, at: Timestamp) -> Option<Value> {
    let account = world.points.get(contact.id);
    let made_with_the_member = match world.switches.point_account_made {
        PointAccountMade::WithMember => contact.contact_type.eq_ignore_ascii_case(MEMBER),
        PointAccountMade::AtFirstPoints => false,
    };
    let balance = match account {
        Some(account) => account.balance(at),
        None if made_with_the_member => PointBalance::default(),
        None => return None,
    };
    Some(json!({
        "id": account_id(contact.id),
        "contactId": contact.id,
        "definitionId": DEFINITION,
        "balance": number(balance.active),
        "pendingPoints": number(balance.pending),
        "balanceExpires": balance.expires.map(|end| world.settings.time_zone.written(end)),
        "links": [],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    /// Bookings of an amount, from a day, to a day.
    fn account(bookings: &[(i64, i64, Option<i64>)]) -> PointAccount {
        let transaction = |(amount, from, to): &(i64, i64, Option<i64>)| PointTransaction {
            id: Uuid::nil(),
            amount: Decimal::from(*amount),
            source: PointSource::Manual,
            description: String::new(),
            booked: at(0),
            valid_from: at(*from),
            valid_to: to.map(at),
            line: None,
        };
        PointAccount { contact: Uuid::nil(), transactions: bookings.iter().map(transaction).collect() }
    }

    fn active(account: &PointAccount, day: i64) -> Decimal {
        account.balance(at(day)).active
    }

    #[test]
    fn points_count_from_their_first_moment_to_the_one_before_their_last() {
        let account = account(&[(100, 10, Some(20)), (30, 15, None)]);
        for (day, expected, pending, expires) in [
            (9, 0, 130, None),
            (10, 100, 30, Some(20)),
            (15, 130, 0, Some(20)),
            (19, 130, 0, Some(20)),
            (20, 30, 0, None),
        ] {
            let balance = account.balance(at(day));
            assert_eq!((balance.active, balance.pending), (expected.into(), pending.into()), "day {day}");
            assert_eq!(balance.expires, expires.map(at), "day {day}");
        }
    }

    #[test]
    fn what_is_spent_is_what_would_have_expired_first() {
        let account = account(&[(100, 0, None), (50, 0, Some(20)), (-60, 10, None)]);
        assert_eq!(active(&account, 10), 90.into());
        assert_eq!(active(&account, 20), 90.into(), "all that would have expired was spent before");
    }

    #[test]
    fn points_that_expired_pay_for_nothing_later() {
        let account = account(&[(50, 0, Some(20)), (100, 0, None), (-60, 25, None)]);
        assert_eq!(active(&account, 25), 40.into());
    }

    #[test]
    fn a_debt_is_paid_by_later_points_once_and_does_not_come_back() {
        let account = account(&[(-30, 5, None), (100, 10, Some(20))]);
        for (day, expected) in [(5, -30), (10, 70), (20, 0)] {
            assert_eq!(active(&account, day), expected.into(), "day {day}");
        }
    }

    #[test]
    fn the_order_of_booking_does_not_matter() {
        let one = account(&[(100, 0, Some(20)), (-10, 5, None), (7, 12, None)]);
        let other = account(&[(7, 12, None), (-10, 5, None), (100, 0, Some(20))]);
        for day in 0..25 {
            assert_eq!(one.balance(at(day)), other.balance(at(day)), "day {day}");
        }
    }

    /// The same, point by point and day by day.
    fn counted_one_by_one(bookings: &[(i64, i64, Option<i64>)], until: i64) -> i64 {
        let (mut owned, mut debt) = (Vec::<i64>::new(), 0);
        for day in 0..=until {
            owned.retain(|end| *end > day);
            for (amount, _, to) in bookings.iter().filter(|(_, from, _)| *from == day) {
                for _ in 0..amount.abs() {
                    match (*amount < 0, owned.iter().enumerate().min_by_key(|(_, end)| **end)) {
                        (true, Some((first, _))) => drop(owned.swap_remove(first)),
                        (true, None) => debt += 1,
                        (false, _) if debt > 0 => debt -= 1,
                        (false, _) => owned.push(to.unwrap_or(i64::MAX)),
                    }
                }
            }
        }
        owned.len() as i64 - debt
    }

    #[test]
    fn a_balance_is_what_counting_one_by_one_gives() {
        for seed in 0..300_u64 {
            let mut state = seed;
            let mut draw = |below: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 33) % below) as i64
            };
            let bookings: Vec<(i64, i64, Option<i64>)> = (0..draw(12))
                .map(|_| {
                    let (amount, from) = (draw(15) - 5, draw(20));
                    (amount, from, (draw(3) > 0).then(|| from + 1 + draw(10)))
                })
                .filter(|(amount, ..)| *amount != 0)
                .collect();
            let account = account(&bookings);
            for day in 0..32 {
                let expected = counted_one_by_one(&bookings, day);
                assert_eq!(active(&account, day), expected.into(), "seed {seed}, day {day}: {bookings:?}");
            }
        }
    }

    #[test]
    fn an_accounts_id_is_a_guid_that_leads_back_to_its_contact() {
        let contact = crate::ids::Ids::from_seed(7).next();
        let account = account_id(contact);
        assert_ne!(account, contact);
        assert_eq!((account_id(account), account.get_version_num()), (contact, 4));
    }
}
