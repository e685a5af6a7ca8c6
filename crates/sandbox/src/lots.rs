//! What is left of points at a time: which count, which expired, and which were taken (facts P-05, P-79).
//!
//! Nothing of it is kept: it is counted anew from an account's bookings, so points become owned and expire by the clock
//! alone. Points that are taken are taken from those that expire first; what is more than there was is a debt, which
//! later points pay. Where points last while a contact is active, each purchase that earns moves the end of all that
//! are left to its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::points::{PointAccount, PointBalance, PointSource, PointTransaction};

/// The end of points that have none.
const FOR_GOOD: Timestamp = Timestamp::MAX;

/// What tells the id of an expiry from that of the points that expired. Each expires once.
const EXPIRY_MASK: u128 = 0xe000_0000_0000_0000_0000_0000_0000_0001;

/// What an account comes to at a time, and how it came to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it comes to.
    pub balance: PointBalance,
    /// What expired before anybody used it, the first first.
    pub expired: Vec<Expired>,
    /// Until when the points of each booking count, in the order of booking.
    pub ends: Vec<Option<Timestamp>>,
}

/// Points that nobody used in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expired {
    /// Its id, which follows from that of the points' own booking.
    pub id: Uuid,
    /// When they expired.
    pub at: Timestamp,
    /// How many.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
}

/// What happens to an account.
enum Step<'a> {
    /// The contact was active: what lasts as long as it is lasts until then.
    Renew(Timestamp),
    /// The booking in this place begins to count.
    Book(usize, &'a PointTransaction),
}

impl PointAccount {
    /// What the account comes to at a time.
    #[must_use]
    pub fn balance(&self, at: Timestamp) -> PointBalance {
        self.standing(at).balance
    }

    /// What the account comes to at a time, and how.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> Standing {
        let mut steps: Vec<(Timestamp, Step<'_>)> = Vec::new();
        for (place, one) in self.transactions.iter().enumerate() {
            if one.is_activity() {
                steps.extend(one.valid_to.map(|end| (one.booked, Step::Renew(end))));
            }
            steps.push((one.valid_from, Step::Book(place, one)));
        }
        steps.retain(|(when, _)| *when <= at);
        steps.sort_by_key(|(when, _)| *when);
        let mut lots =
            Lots { ends: self.transactions.iter().map(|one| one.valid_to).collect(), ..Lots::default() };
        for (when, step) in steps {
            lots.expire(when);
            match step {
                Step::Renew(end) => lots.renew(end),
                Step::Book(place, one) => lots.book(place, one),
            }
        }
        lots.expire(at);
        lots.stand(self, at)
    }
}

impl PointTransaction {
    /// Whether it shows that the contact is active (fact P-79).
    fn is_activity(&self) -> bool {
        self.lasts_while_active && self.source == PointSource::Purchase
    }
}

/// What is left of one booking.
#[derive(Debug)]
struct Lot {
    left: Decimal,
    /// The booking's place.
    of: usize,
    renewable: bool,
}

/// What is left of points that were given, by when it expires and in the order of counting, and what was taken beyond.
#[derive(Debug, Default)]
struct Lots {
    left: BTreeMap<(Timestamp, usize), Lot>,
    given: usize,
    debt: Decimal,
    expired: Vec<(usize, Timestamp, Decimal)>,
    ends: Vec<Option<Timestamp>>,
}

impl Lots {
    fn expire(&mut self, at: Timestamp) {
        let rest = self.left.split_off(&(at, usize::MAX));
        let over = std::mem::replace(&mut self.left, rest);
        self.expired.extend(over.into_iter().map(|((end, _), lot)| (lot.of, end, lot.left)));
    }

    fn renew(&mut self, end: Timestamp) {
        for ((before, order), lot) in std::mem::take(&mut self.left) {
            let end = if lot.renewable { before.max(end) } else { before };
            if lot.renewable {
                self.ends[lot.of] = Some(end);
            }
            self.left.insert((end, order), lot);
        }
    }

    fn book(&mut self, of: usize, one: &PointTransaction) {
        if one.amount.is_sign_negative() {
            self.debt -= one.amount;
        } else {
            self.given += 1;
            let lot = Lot { left: one.amount, of, renewable: one.lasts_while_active };
            self.left.insert((one.valid_to.unwrap_or(FOR_GOOD), self.given), lot);
        }
        while !self.debt.is_zero() {
            let Some(mut first) = self.left.first_entry() else { return };
            let lot = first.get_mut();
            let taken = self.debt.min(lot.left);
            self.debt -= taken;
            lot.left -= taken;
            if lot.left.is_zero() {
                first.remove();
            }
        }
    }

    fn stand(self, account: &PointAccount, at: Timestamp) -> Standing {
        let pending = account.transactions.iter().filter(|one| one.valid_from > at);
        let expired = self.expired.into_iter().map(|(of, at, amount)| {
            let id = Uuid::from_u128(account.transactions[of].id.as_u128() ^ EXPIRY_MASK);
            Expired { id, at, amount }
        });
        Standing {
            balance: PointBalance {
                active: self.left.values().map(|lot| lot.left).sum::<Decimal>() - self.debt,
                pending: pending.map(|one| one.amount).sum(),
                expires: self.left.keys().next().map(|(end, _)| *end).filter(|end| *end < FOR_GOOD),
            },
            expired: expired.collect(),
            ends: self.ends,
        }
    }
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
            valid_from: at(*from),
            valid_to: to.map(at),
            ..PointTransaction::at(at(0), Uuid::nil(), Decimal::from(*amount), PointSource::Manual)
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
                let counting = bookings.iter().filter(|(_, from, _)| *from <= day).map(|(amount, ..)| amount);
                let expired = account.standing(at(day)).expired.iter().map(|one| one.amount).sum::<Decimal>();
                assert_eq!(Decimal::from(counting.sum::<i64>()) - expired, expected.into(), "seed {seed}");
            }
        }
    }

    #[test]
    fn what_expired_is_told_with_what_was_left_of_it() {
        let account = account(&[(50, 0, Some(20)), (-20, 5, None), (30, 6, Some(10))]);
        let told = |day: i64| {
            let expired = account.standing(at(day)).expired;
            expired.iter().map(|one| (one.at, one.amount.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(told(9), []);
        assert_eq!(told(10), [(at(10), "30".to_owned())]);
        assert_eq!(told(20), [(at(10), "30".to_owned()), (at(20), "30".to_owned())]);
    }

    #[test]
    fn a_purchase_keeps_what_lasts_while_a_contact_is_active_and_nothing_else() {
        let lasting = |booked: i64, source: PointSource| PointTransaction {
            valid_to: Some(at(booked + 100)),
            lasts_while_active: true,
            ..PointTransaction::at(at(booked), Uuid::from_u128(booked as u128), 10.into(), source)
        };
        let fixed = PointTransaction {
            valid_to: Some(at(120)),
            ..PointTransaction::at(at(0), Uuid::nil(), 5.into(), PointSource::Manual)
        };
        let account = PointAccount {
            contact: Uuid::nil(),
            transactions: vec![
                lasting(0, PointSource::Purchase),
                fixed,
                lasting(90, PointSource::Purchase),
                lasting(150, PointSource::Manual),
            ],
        };
        for (day, expected, expires) in
            [(99, 25, 120), (100, 25, 120), (120, 20, 190), (189, 30, 190), (190, 10, 250)]
        {
            let balance = account.balance(at(day));
            assert_eq!((balance.active, balance.expires), (expected.into(), Some(at(expires))), "day {day}");
        }
        assert_eq!(account.standing(at(95)).ends[0], Some(at(190)));
        assert_eq!(account.standing(at(89)).ends[0], Some(at(100)));
    }
}
