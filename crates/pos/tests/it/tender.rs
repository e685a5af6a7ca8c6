//! Generated payments: how what a basket comes to could be paid, in the ways that tills book it.

use crate::basket::{Basket, Kind};
use crate::oracle::{Expected, voucher_reach};
use crate::random::Random;

/// How a basket is paid; amounts in minor units.
#[derive(Debug, Clone)]
pub struct Tender {
    pub way: Way,
    pub total: Option<i64>,
    pub payments: Vec<Payment>,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub kind: &'static str,
    pub amount: i64,
    pub offer: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Not a word about it.
    Unsaid,
    /// What is paid is what it comes to, in one way or several, gift cards among them.
    Exact,
    /// More cash was given, and change given back.
    Change,
    /// The till rounds to whole units in cash and says nothing else.
    CashRounded,
    /// The till rounds and books the rounding.
    RoundingBooked,
    /// So much was paid with a voucher.
    Voucher(i64),
    /// The till's total is another than its lines'.
    TotalDiffers,
    /// The payments are others than the total.
    PaymentsDiffer,
    /// All is taken back, and the till forgot the sign of total and payments.
    SignForgotten,
}

const TENDERS: [&str; 5] = ["card", "swish", "giftCard", "invoice", "cash"];

const VOUCHERS: [&str; 7] =
    ["voucher", "Voucher", "VOUCHER", "bonuscheck", "bonus-check", "rewardVoucher", "reward-voucher"];

impl Tender {
    /// A way to pay what was expected; a plain one where a tax isn't known to the minor unit.
    pub fn draw(random: &mut Random, basket: &Basket, expected: &Expected) -> Self {
        let Some(due) = expected.sum(basket, |_| true) else {
            return Self { way: Way::Unsaid, total: None, payments: Vec::new() };
        };
        let returns_only = basket.lines.iter().all(|line| line.kind == Kind::Return);
        match random.index(16) {
            0 | 1 => Self { way: Way::Unsaid, total: None, payments: Vec::new() },
            2..=4 if due > 0 => Self::change(random, due),
            2..=4 if returns_only && due < 0 => {
                let mut tender = Self::exact(random, -due);
                tender.total = Some(-due);
                Self { way: Way::SignForgotten, ..tender }
            }
            5 | 6 if basket.exponent > 0 => Self::cash_rounded(random, basket, due),
            7 if basket.exponent > 0 && due >= 0 => Self::rounding_booked(basket, due),
            8..=10 => Self::voucher(random, basket, expected, due),
            11 if due > 0 => Self::total_differs(random, due),
            12 if due > 0 => {
                let mut tender = Self::exact(random, due);
                tender.payments.push(Payment::of("card", random.between(1, 500)));
                Self { way: Way::PaymentsDiffer, total: Some(due), ..tender }
            }
            _ => Self::exact(random, due),
        }
    }

    fn exact(random: &mut Random, due: i64) -> Self {
        let mut payments = Vec::new();
        let mut left = due;
        while payments.len() < 3 && left.abs() > 1 && random.one_in(3) {
            let part = if left > 0 { random.between(1, left - 1) } else { random.between(left + 1, -1) };
            payments.push(Payment::of(random.word(&TENDERS), part));
            left -= part;
        }
        payments.push(Payment::of(random.word(&TENDERS), left));
        let total = (!random.one_in(4)).then_some(due);
        Self { way: Way::Exact, total, payments }
    }

    fn change(random: &mut Random, due: i64) -> Self {
        let back = random.between(1, 100_000);
        let change = match random.index(3) {
            0 => Payment::of("change", back),
            1 => Payment::of("change", -back),
            _ => Payment::of("cash", -back),
        };
        let card = if due > 1 && random.one_in(3) { random.between(1, due - 1) } else { 0 };
        let mut payments = vec![Payment::of("cash", due - card + back), change];
        if card > 0 {
            payments.insert(random.index(3), Payment::of("card", card));
        }
        Self { way: Way::Change, total: Some(due), payments }
    }

    fn cash_rounded(random: &mut Random, basket: &Basket, due: i64) -> Self {
        let rounded = round_to_unit(basket, due);
        if rounded == due || rounded == 0 {
            return Self::exact(random, due);
        }
        let mut payments = vec![Payment::of("cash", rounded)];
        if rounded > 1 && random.one_in(3) {
            let card = random.between(1, rounded - 1);
            payments = vec![Payment::of("card", card), Payment::of("cash", rounded - card)];
        }
        Self { way: Way::CashRounded, total: Some(rounded), payments }
    }

    fn rounding_booked(basket: &Basket, due: i64) -> Self {
        let rounded = round_to_unit(basket, due);
        let payments = vec![Payment::of("cash", rounded), Payment::of("rounding", due - rounded)];
        Self { way: Way::RoundingBooked, total: Some(due), payments }
    }

    fn voucher(random: &mut Random, basket: &Basket, expected: &Expected, due: i64) -> Self {
        let reach = voucher_reach(basket);
        let most: i64 =
            reach.iter().map(|&position| expected.lines[position].gross(basket.prices).unwrap_or(0)).sum();
        if most == 0 || due <= 0 {
            return Self::exact(random, due);
        }
        let amount = random.between(1, most.min(due));
        let mut payments = Self::exact(random, due - amount).payments;
        let by_offer = random.one_in(3);
        let kind = if by_offer { "points" } else { random.word(&VOUCHERS) };
        let mut voucher = Payment::of(kind, amount);
        voucher.offer = by_offer.then_some("2600000012345");
        payments.insert(random.index(payments.len() + 1), voucher);
        Self { way: Way::Voucher(amount), total: Some(due), payments }
    }

    fn total_differs(random: &mut Random, due: i64) -> Self {
        // Far enough from the lines that no rounding explains it.
        let total = due + random.between(2_000, 5_000);
        let payments = vec![Payment::of("card", if random.one_in(2) { total } else { due })];
        Self { way: Way::TotalDiffers, total: Some(total), payments }
    }
}

impl Payment {
    fn of(kind: &'static str, amount: i64) -> Self {
        Self { kind, amount, offer: None }
    }

    /// Whether it is a voucher, which is a discount and no tender.
    pub fn is_voucher(&self) -> bool {
        self.offer.is_some() || VOUCHERS.contains(&self.kind)
    }
}

fn round_to_unit(basket: &Basket, due: i64) -> i64 {
    let unit = 10_i64.pow(basket.exponent);
    let below = due.div_euclid(unit) * unit;
    if due - below >= unit - (due - below) { below + unit } else { below }
}

/// Whether everything is no merchandise, so that Engage is told nothing.
pub fn nothing_for_engage(basket: &Basket) -> bool {
    basket.lines.iter().all(|line| matches!(line.kind, Kind::Extra(_) | Kind::PaidBack(_)))
}
