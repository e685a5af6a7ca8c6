//! The sample's points and vouchers.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::World;
use super::chance::{Chance, Of};
use super::fault::Fault;
use super::{people, till};
use crate::Entity;

/// The columns of the points' file.
pub(super) const POINTS_COLUMNS: [&str; 6] = ["KUNDNR", "POANG", "HANDELSE", "DATUM", "GILTIG_TILL", "TEXT"];
/// The columns of the vouchers' file.
pub(super) const VOUCHER_COLUMNS: [&str; 8] =
    ["KUNDNR", "ERBJUDANDE", "SKAPAD", "GILTIG_TILL", "VARDE", "VALUTA", "KOD", "ANVAND"];

/// Every so many customers, one has points, with so many rows at most.
const POINTS_EVERY: u64 = 3;
const POINTS_ROWS_MAX: u64 = 3;
/// The same of vouchers, which are one each.
const VOUCHER_EVERY: u64 = 11;
/// How many holders of vouchers before one are asked for the code that is repeated.
const REPEATED_WITHIN: u64 = 100;

/// A row of points.
pub(super) struct Points {
    pub(super) cells: [String; 6],
    pub(super) amount: i64,
    pub(super) fault: Option<Fault>,
    faulty: [String; 6],
}

impl Points {
    /// Those of the customer at a place.
    pub(super) fn of(world: &World<'_>, index: u64) -> Vec<Self> {
        if !index.is_multiple_of(POINTS_EVERY) {
            return Vec::new();
        }
        let mut chance = Chance::of(world.options.seed, Of::Points, index);
        let holder = people::accepted_from(world, index);
        let rows = 1 + chance.below(POINTS_ROWS_MAX);
        (0..rows).map(|row| Self::one(world, &mut chance, holder, index * POINTS_ROWS_MAX + row)).collect()
    }

    fn one(world: &World<'_>, chance: &mut Chance, holder: u64, number: u64) -> Self {
        let opening = number.is_multiple_of(POINTS_ROWS_MAX);
        let amount = i64::try_from(10 + chance.below(if opening { 5_000 } else { 400 })).expect("points");
        let (what, text) = if opening { ("J", "Ingående saldo") } else { ("K", "Köp") };
        let day = day_before(world, 1 + chance.below(500));
        let ends = day.checked_add(2.years()).expect("a day of this century");
        let cells = [
            people::key(holder),
            amount.to_string(),
            what.to_owned(),
            format!("{day} 12:00:00"),
            ends.to_string(),
            text.to_owned(),
        ];
        let fault = world.options.faults.draw(world.options.seed, Entity::Points, number);
        let mut faulty = cells.clone();
        match fault {
            Some(Fault::PointsOfNobody) => faulty[0] = people::strangers_key(number),
            Some(Fault::PointsNotANumber) => "många".clone_into(&mut faulty[1]),
            _ => {}
        }
        Self { cells, amount, fault, faulty }
    }

    /// As the export has it.
    pub(super) fn as_exported(&self) -> &[String; 6] {
        &self.faulty
    }
}

/// A voucher.
pub(super) struct Voucher {
    pub(super) cells: [String; 8],
    /// In hundredths.
    pub(super) value: i64,
    pub(super) used: bool,
    pub(super) fault: Option<Fault>,
    faulty: [String; 8],
}

impl Voucher {
    /// That of the customer at a place, if she has one.
    pub(super) fn of(world: &World<'_>, index: u64) -> Option<Self> {
        if !index.is_multiple_of(VOUCHER_EVERY) {
            return None;
        }
        let mut chance = Chance::of(world.options.seed, Of::Voucher, index);
        let holder = people::accepted_from(world, index);
        let value = *chance.pick(&[2_500, 5_000, 10_000]);
        let used = chance.one_in(3);
        let day = day_before(world, 30 + chance.below(300));
        let ends = day.checked_add(1.year()).expect("a day of this century");
        let cells = [
            people::key(holder),
            "Bonuscheck".to_owned(),
            format!("{day} 08:00:00"),
            ends.to_string(),
            till::amount(value),
            "SEK".to_owned(),
            code(index),
            if used { "J" } else { "N" }.to_owned(),
        ];
        let mut faulty = cells.clone();
        let fault = fault(world, index).filter(|fault| match fault {
            Fault::VoucherOfNobody => {
                faulty[0] = people::strangers_key(index);
                true
            }
            Fault::VoucherWithoutValue => {
                "0,00".clone_into(&mut faulty[4]);
                true
            }
            Fault::RepeatedCode => {
                let earlier = (1..=REPEATED_WITHIN).map_while(|back| index.checked_sub(back * VOUCHER_EVERY));
                let repeated = earlier.into_iter().find(|other| self::fault(world, *other).is_none());
                faulty[6] = repeated.map(code).unwrap_or_default();
                repeated.is_some()
            }
            _ => false,
        });
        Some(Self { cells, value, used, fault, faulty })
    }

    /// As the export has it.
    pub(super) fn as_exported(&self) -> &[String; 8] {
        &self.faulty
    }
}

fn fault(world: &World<'_>, index: u64) -> Option<Fault> {
    world.options.faults.draw(world.options.seed, Entity::Vouchers, index)
}

fn code(index: u64) -> String {
    format!("BC{index:08}")
}

fn day_before(world: &World<'_>, days: u64) -> Date {
    let days = i64::try_from(days).expect("some days");
    world.options.until.checked_sub(days.days()).expect("a day of this century")
}
