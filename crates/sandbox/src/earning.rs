//! Points from receipts: what a purchase earns, and what a return takes back (facts P-40 to P-46, R-43, R-58).
//!
//! A purchase line earns what was paid for it times its currency's factor. A return line is matched with purchases of
//! the same contact, article and currency that have something left, in any store and receipt, its own receipt's last:
//! who changes a faulty sweater for another brings back the old one. What is matched takes back its share of what its
//! purchase earned, counted from the purchase's beginning and not part by part, so that a purchase that came back as a
//! whole has earned exactly nothing, however many parts it came in.
//!
//! How much of a purchase a return is follows from what was paid back, not from pieces: goods by weight are sold and
//! returned as one piece whatever they weigh, and whoever is paid back less than all did pay the rest. A switch counts
//! pieces instead. Points that expired meanwhile are taken all the same.

use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use uuid::Uuid;

use crate::lines::{self, Line, LineKind, Matched, Portion};
use crate::points::{self, PointSource, PointTransaction};
use crate::switches::{
    EarnedBy, PointDebt, PointsFrom, PointsRounding, ReturnMatching, ReturnMeasure, Switches, UnmatchedReturn,
};
use crate::world::World;

/// Decimal places of points, as version 2's examples have them, and of parts of a piece (fact P-42).
const PLACES: u32 = 4;
/// The most points that a line earns. Far below what a decimal can hold, so that sums never overflow.
const POINTS_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// Most days of a setting; more are as many.
const DAYS_MAX: u16 = 3_660;

/// A receipt that is being imported.
pub(crate) struct Sale<'a> {
    pub(crate) number: u64,
    pub(crate) receipt_number: &'a str,
    pub(crate) contact: Uuid,
    pub(crate) currency: &'a str,
    pub(crate) rate: Decimal,
    /// When it was sold.
    pub(crate) sold: Timestamp,
    /// When it is imported.
    pub(crate) at: Timestamp,
}

/// Books the points of a receipt's lines, and notes with its returns and their purchases what was matched.
pub(crate) fn book(world: &mut World, sale: &Sale<'_>, body: &Value, lines: &mut [Line]) {
    let awards: Vec<bool> = lines::rows(body).map(|row| row.awards_bonus()).collect();
    for (line, awards) in lines.iter_mut().zip(&awards) {
        earn(world, sale, line, *awards);
    }
    for place in 0..lines.len() {
        if matches!(lines[place].what, LineKind::Return { .. }) {
            take_back(world, sale, lines, place, awards.get(place) == Some(&true));
        }
    }
}

/// What an amount earns (facts P-40, P-41): the factor is that of the currency it is counted in.
fn earned(world: &World, sale: &Sale<'_>, paid: Decimal) -> Decimal {
    let (amount, currency) = match world.switches.points_from {
        PointsFrom::LocalPrice => (Some(paid), sale.currency),
        PointsFrom::GroupPrice => (paid.checked_mul(sale.rate), world.settings.group_currency.as_str()),
    };
    let factor = world.settings.points.factor(currency);
    let points = amount.and_then(|amount| amount.checked_mul(factor)).unwrap_or_default();
    rounded(points.clamp(Decimal::ZERO, POINTS_MAX), world.switches.points_rounding)
}

fn rounded(points: Decimal, rounding: PointsRounding) -> Decimal {
    let (places, strategy) = match rounding {
        PointsRounding::Exact => (PLACES, RoundingStrategy::MidpointAwayFromZero),
        PointsRounding::Whole => (0, RoundingStrategy::MidpointAwayFromZero),
        PointsRounding::Down => (0, RoundingStrategy::ToZero),
    };
    points.round_dp_with_strategy(places, strategy)
}

/// Whether the contact is one who earns (fact P-45).
fn may_earn(world: &World, contact: Uuid) -> bool {
    match world.switches.points_earned_by {
        EarnedBy::Everybody => true,
        EarnedBy::Members => {
            let contact = world.contacts.get(contact);
            contact.is_some_and(|contact| world.settings.is_member_type(&contact.contact_type))
        }
    }
}

fn earn(world: &mut World, sale: &Sale<'_>, line: &mut Line, awards: bool) {
    let LineKind::Purchase { points_from, .. } = &mut line.what else { return };
    if !awards || !may_earn(world, sale.contact) {
        return;
    }
    line.points = earned(world, sale, line.paid);
    if line.points.is_zero() {
        return;
    }
    let rules = &world.settings.points;
    let days = i64::from(rules.pending_days.min(DAYS_MAX));
    let valid_from = sale.at.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(sale.at);
    let zone = &world.settings.time_zone;
    let valid_to = rules
        .valid_months
        .map(|months| zone.start_of(zone.date(valid_from).saturating_add(i32::from(months).months())));
    *points_from = Some(valid_from);
    let transaction = PointTransaction {
        id: world.ids.next(),
        amount: line.points,
        source: PointSource::Purchase,
        description: format!("Receipt {}", sale.receipt_number),
        booked: sale.at,
        valid_from,
        valid_to,
        line: Some(line.id),
    };
    points::book(world, sale.contact, transaction);
}

/// A purchase line that may have been what came back.
struct Candidate {
    receipt: u64,
    line: usize,
    sold: Timestamp,
    unit_price: Decimal,
}

fn take_back(world: &mut World, sale: &Sale<'_>, lines: &mut [Line], place: usize, awards: bool) {
    let switches = world.switches.clone();
    let mut claim = Claim::of(&lines[place], &switches);
    let mut matched = Vec::new();
    let mut taken = Vec::new();
    for Candidate { receipt, line, .. } in candidates(world, sale, lines, place) {
        let is_own = receipt == sale.number;
        let purchase = if is_own { lines.get_mut(line) } else { world.receipts.line_mut(receipt, line) };
        let Some(purchase) = purchase else { continue };
        let Some(portion) = claim.take(purchase) else { continue };
        let counts_from = give_up(purchase, portion);
        let of = if is_own { String::new() } else { format!(" of receipt {}", printed(world, receipt)) };
        taken.push((portion.points, counts_from, of));
        matched.push(Matched { receipt, line, portion });
    }
    let mut unmatched = claim.rest();
    if awards && switches.unmatched_return == UnmatchedReturn::Formula && may_earn(world, sale.contact) {
        unmatched.points = earned(world, sale, unmatched.paid);
        taken.push((unmatched.points, sale.at, String::new()));
    }
    let line = &mut lines[place];
    for (points, from, of) in taken {
        let description = format!("Return {}{of}", sale.receipt_number);
        line.points -= deduct(world, sale, line.id, points, from, description);
    }
    line.what = LineKind::Return { matched, unmatched };
}

/// Notes with a purchase what came back of it; answers from when its points count.
fn give_up(purchase: &mut Line, portion: Portion) -> Timestamp {
    let LineKind::Purchase { points_from, returned } = &mut purchase.what else { return Timestamp::MIN };
    returned.quantity = returned.quantity.saturating_add(portion.quantity);
    returned.paid = returned.paid.saturating_add(portion.paid);
    returned.points += portion.points;
    points_from.unwrap_or(Timestamp::MIN)
}

fn printed(world: &World, receipt: u64) -> String {
    world.receipts.numbered(receipt).map(|receipt| receipt.content.receipt_number.clone()).unwrap_or_default()
}

/// Takes points away, never before they would have counted, and where debts are not allowed no more than there are;
/// answers how many.
fn deduct(
    world: &mut World,
    sale: &Sale<'_>,
    line: Uuid,
    wanted: Decimal,
    from: Timestamp,
    description: String,
) -> Decimal {
    let valid_from = sale.at.max(from);
    let amount = match world.switches.point_debt {
        PointDebt::Allowed => wanted,
        PointDebt::Never => {
            let account = world.points.get(sale.contact);
            let owned = account.map_or(Decimal::ZERO, |account| account.balance(valid_from).active);
            wanted.min(owned.max(Decimal::ZERO))
        }
    };
    if amount.is_zero() {
        return amount;
    }
    let transaction = PointTransaction {
        id: world.ids.next(),
        amount: -amount,
        source: PointSource::Return,
        description,
        booked: sale.at,
        valid_from,
        valid_to: None,
        line: Some(line),
    };
    points::book(world, sale.contact, transaction);
    amount
}

/// The purchases that a return may be of, the likeliest first (fact R-58).
fn candidates(world: &World, sale: &Sale<'_>, lines: &[Line], place: usize) -> Vec<Candidate> {
    let matching = world.switches.return_matching;
    if matching == ReturnMatching::Never {
        return Vec::new();
    }
    let wanted = &lines[place];
    let earlier = world
        .receipts
        .of(sale.contact)
        .filter(|receipt| receipt.content.currency.eq_ignore_ascii_case(sale.currency));
    let mut all: Vec<Candidate> = earlier
        .flat_map(|receipt| of_sku(receipt.number, receipt.sold(), receipt.lines(), &wanted.sku))
        .chain(of_sku(sale.number, sale.sold, lines, &wanted.sku))
        .collect();
    let price = unit_price(wanted);
    all.sort_by_key(|one| {
        let (newest, oldest) = (std::cmp::Reverse((one.sold, one.receipt)), (one.sold, one.receipt));
        // What is sold later was hardly brought back before.
        let unlikely = (one.receipt == sale.number, one.sold > sale.sold);
        match matching {
            ReturnMatching::OldestFirst => (unlikely, false, Some(oldest), newest),
            ReturnMatching::SamePriceFirst => (unlikely, one.unit_price != price, None, newest),
            ReturnMatching::NewestFirst | ReturnMatching::Never => (unlikely, false, None, newest),
        }
    });
    all
}

fn of_sku<'a>(
    receipt: u64,
    sold: Timestamp,
    lines: &'a [Line],
    sku: &'a str,
) -> impl Iterator<Item = Candidate> + 'a {
    let purchases = lines
        .iter()
        .enumerate()
        .filter(move |(_, line)| line.sku == sku && matches!(line.what, LineKind::Purchase { .. }));
    purchases.map(move |(line, found)| Candidate { receipt, line, sold, unit_price: unit_price(found) })
}

fn unit_price(line: &Line) -> Decimal {
    line.paid.abs().checked_div(line.quantity.abs()).unwrap_or_default()
}

/// What of a return has found no purchase yet.
struct Claim {
    /// All that came back.
    whole: Portion,
    /// How much of it is left, in what `measure` counts.
    left: Decimal,
    measure: ReturnMeasure,
    rounding: PointsRounding,
}

impl Claim {
    /// The signs of a return were judged before; here its figures count as they were meant.
    fn of(line: &Line, switches: &Switches) -> Claim {
        let whole = Portion { quantity: line.quantity.abs(), paid: line.paid.abs(), points: Decimal::ZERO };
        let measure = switches.return_measure;
        Claim { whole, left: measured(measure, &whole), measure, rounding: switches.points_rounding }
    }

    /// Takes as much of a purchase as came back; nothing if nothing is left of either.
    fn take(&mut self, purchase: &Line) -> Option<Portion> {
        let LineKind::Purchase { returned, .. } = &purchase.what else { return None };
        let sold = Portion { quantity: purchase.quantity, paid: purchase.paid, points: purchase.points };
        let (all, before) = (measured(self.measure, &sold), measured(self.measure, returned));
        let left = all.saturating_sub(before);
        let taken = self.left.min(left);
        if taken <= Decimal::ZERO {
            return None;
        }
        let points_left = sold.points - returned.points;
        let points = if taken == left {
            points_left
        } else {
            let so_far = rounded(share(sold.points, before.saturating_add(taken), all), self.rounding);
            (so_far - returned.points).clamp(Decimal::ZERO, points_left)
        };
        self.left -= taken;
        Some(match self.measure {
            ReturnMeasure::Paid => {
                let pieces = share(sold.quantity, taken, all).round_dp(PLACES);
                let pieces_left = sold.quantity.saturating_sub(returned.quantity);
                let quantity = if taken == left { pieces_left } else { pieces.min(pieces_left) };
                Portion { quantity, paid: taken, points }
            }
            ReturnMeasure::Quantity => {
                let paid = share(self.whole.paid, taken, self.whole.quantity).round_dp(PLACES);
                Portion { quantity: taken, paid, points }
            }
        })
    }

    /// What is left of it.
    fn rest(&self) -> Portion {
        let (whole, left) = (&self.whole, self.left);
        let (quantity, paid) = match self.measure {
            ReturnMeasure::Paid => (share(whole.quantity, left, whole.paid).round_dp(PLACES), left),
            ReturnMeasure::Quantity => (left, share(whole.paid, left, whole.quantity).round_dp(PLACES)),
        };
        Portion { quantity, paid, points: Decimal::ZERO }
    }
}

fn measured(measure: ReturnMeasure, portion: &Portion) -> Decimal {
    match measure {
        ReturnMeasure::Paid => portion.paid,
        ReturnMeasure::Quantity => portion.quantity,
    }
}

/// The share of a figure that a part has of a whole. Multiplied first, so that a share that comes out even is exact.
fn share(figure: Decimal, part: Decimal, whole: Decimal) -> Decimal {
    let exact = figure.checked_mul(part).and_then(|product| product.checked_div(whole));
    let inexact = || part.checked_div(whole).and_then(|ratio| figure.checked_mul(ratio));
    exact.or_else(inexact).unwrap_or_default()
}
