//! Points from receipts: what a purchase earns, and what a return takes back (facts P-40 to P-46, P-80, R-43, R-58).
//!
//! A purchase line earns what was paid for it times its currency's factor. A return line is matched with purchases of
//! the same contact, article and currency that have something left, in any store and receipt, its own receipt's last:
//! who changes a faulty sweater for another brings back the old one. What is matched takes back its share of what its
//! purchase earned, counted from the purchase's beginning and not part by part, so that a purchase that came back as a
//! whole has earned exactly nothing, however many parts it came in. The same holds for each extra-points promotion that
//! the purchase was given something by.
//!
//! How much of a purchase a return is follows from what was paid back, not from pieces: goods by weight are sold and
//! returned as one piece whatever they weigh, and whoever is paid back less than all did pay the rest. A switch counts
//! pieces instead. Points that expired meanwhile are taken all the same.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use uuid::Uuid;

use crate::contacts::Contact;
use crate::lines::{self, Extra, Line, LineKind, Matched, Portion};
use crate::points::{self, PointSource, PointTransaction};
use crate::settings::ExtraGives;
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
    /// Whether it earns; what is brought by file may not (fact M-27).
    pub(crate) earns: bool,
}

/// Books the points of a receipt's lines, and notes with its returns and their purchases what was matched.
pub(crate) fn book(world: &mut World, sale: &Sale<'_>, body: &Value, lines: &mut [Line]) {
    let awards: Vec<bool> = lines::rows(body).map(|row| row.awards_bonus()).collect();
    let may_earn = sale.earns && may_earn(world, sale.contact);
    for (line, row) in lines.iter_mut().zip(lines::rows(body)) {
        if may_earn && row.awards_bonus() {
            earn(world, sale, line, &row.article_number());
        }
    }
    for place in 0..lines.len() {
        if matches!(lines[place].what, LineKind::Return { .. }) {
            let awards = may_earn && awards.get(place) == Some(&true);
            take_back(world, sale, lines, place, awards);
        }
    }
}

/// A line that is not sold yet, or not imported.
pub(crate) struct Estimated<'a> {
    /// Its SKU and its article number.
    pub(crate) names: [&'a str; 2],
    pub(crate) quantity: Decimal,
    /// Below zero where it was brought back.
    pub(crate) paid: Decimal,
}

/// What lines would earn a contact by the rules of now, less what those brought back would have earned. A guess: what
/// a return was of, and so what it takes back, is only known once it is imported.
pub(crate) fn estimate<'a>(
    world: &World,
    contact: &Contact,
    currency: &str,
    sold: Timestamp,
    lines: impl Iterator<Item = Estimated<'a>>,
) -> Decimal {
    if !may_earn(world, contact.id) {
        return Decimal::ZERO;
    }
    let rates = &world.settings.rates;
    let is_group = currency.eq_ignore_ascii_case(&world.settings.group_currency);
    let rate = if is_group { Decimal::ONE } else { rates.get(currency).copied().unwrap_or_default() };
    let points = lines.map(|line| {
        let base = earned_by(world, currency, rate, line.paid.abs());
        let extra = given_by_extras(world, sold, line.names, line.quantity, base);
        let points = base + extra.iter().map(|one| one.points).sum::<Decimal>();
        if line.paid < Decimal::ZERO { -points } else { points }
    });
    points.sum()
}

/// What an amount earns (facts P-40, P-41): the factor is that of the currency it is counted in.
fn earned(world: &World, sale: &Sale<'_>, paid: Decimal) -> Decimal {
    earned_by(world, sale.currency, sale.rate, paid)
}

fn earned_by(world: &World, currency: &str, rate: Decimal, paid: Decimal) -> Decimal {
    let (amount, currency) = match world.switches.points_from {
        PointsFrom::LocalPrice => (Some(paid), currency),
        PointsFrom::GroupPrice => (paid.checked_mul(rate), world.settings.group_currency.as_str()),
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

fn earn(world: &mut World, sale: &Sale<'_>, line: &mut Line, article_number: &str) {
    let LineKind::Purchase { .. } = line.what else { return };
    let base = earned(world, sale, line.paid);
    let extra = extra(world, sale, line, article_number, base);
    line.points = base + extra.iter().map(|one| one.points).sum::<Decimal>();
    if base.is_zero() && extra.is_empty() {
        return;
    }
    let days = i64::from(world.settings.points.pending_days.min(DAYS_MAX));
    let valid_from = sale.at.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(sale.at);
    let receipt = format!("Receipt {}", sale.receipt_number);
    let rows = extra.iter().map(|one| (PointSource::BonusPromotion, one.points, one.promotion.clone()));
    for (source, amount, description) in std::iter::once((PointSource::Purchase, base, receipt)).chain(rows) {
        if amount.is_zero() {
            continue;
        }
        let booked = PointTransaction {
            description,
            valid_from,
            line: Some(line.id),
            ..PointTransaction::at(sale.at, world.ids.next(), amount, source)
        };
        points::book(world, sale.contact, booked.lasting(&world.settings));
    }
    line.what = LineKind::Purchase { points_from: Some(valid_from), returned: Portion::default(), extra };
}

/// What the extra-points promotions of the sale's day give for a line, each by itself (fact P-80).
fn extra(world: &World, sale: &Sale<'_>, line: &Line, article_number: &str, base: Decimal) -> Vec<Extra> {
    given_by_extras(world, sale.sold, [&line.sku, article_number], line.quantity, base)
}

fn given_by_extras(
    world: &World,
    sold: Timestamp,
    names: [&str; 2],
    quantity: Decimal,
    base: Decimal,
) -> Vec<Extra> {
    let day = world.settings.time_zone.date(sold);
    let rules = world.settings.points.extra.iter();
    let matching = rules.filter(|rule| rule.is_for(day, names));
    let given = matching.map(|rule| {
        let points = match rule.gives {
            ExtraGives::Factor(factor) => base.checked_mul(factor.get() - Decimal::ONE),
            ExtraGives::PerArticle(points) => quantity.max(Decimal::ZERO).checked_mul(points.get()),
        };
        let points = points.unwrap_or(POINTS_MAX).clamp(-POINTS_MAX, POINTS_MAX);
        let points = rounded(points, world.switches.points_rounding);
        Extra { promotion: rule.name.clone(), points, returned: Decimal::ZERO }
    });
    given.filter(|one| !one.points.is_zero()).collect()
}

/// A purchase line that may have been what came back.
struct Candidate {
    receipt: u64,
    line: usize,
    sold: Timestamp,
    unit_price: Decimal,
}

/// Points that a return is to take.
struct Taking {
    source: PointSource,
    points: Decimal,
    /// From when what they are taken from counts.
    counts_from: Timestamp,
    description: String,
}

fn take_back(world: &mut World, sale: &Sale<'_>, lines: &mut [Line], place: usize, awards: bool) {
    let switches = world.switches.clone();
    let mut claim = Claim::of(&lines[place], &switches);
    let mut matched = Vec::new();
    let mut takings = Vec::new();
    for Candidate { receipt, line, .. } in candidates(world, sale, lines, place) {
        let is_own = receipt == sale.number;
        let purchase = if is_own { lines.get_mut(line) } else { world.receipts.line_mut(receipt, line) };
        let Some(purchase) = purchase else { continue };
        let Some(taken) = claim.take(purchase) else { continue };
        let (counts_from, extra) = give_up(purchase, &taken);
        let of = if is_own { String::new() } else { format!(" of receipt {}", printed(world, receipt)) };
        let returned = format!("Return {}{of}", sale.receipt_number);
        let points = taken.portion.points - taken.extra.iter().sum::<Decimal>();
        takings.push(Taking { source: PointSource::Return, points, counts_from, description: returned });
        let source = PointSource::BonusPromotionReturn;
        takings.extend(extra.into_iter().map(|(description, points)| Taking {
            source,
            points,
            counts_from,
            description,
        }));
        matched.push(Matched { receipt, line, portion: taken.portion });
    }
    let mut unmatched = claim.rest();
    if awards && switches.unmatched_return == UnmatchedReturn::Formula {
        unmatched.points = earned(world, sale, unmatched.paid);
        let description = format!("Return {}", sale.receipt_number);
        let (source, points) = (PointSource::Return, unmatched.points);
        takings.push(Taking { source, points, counts_from: sale.at, description });
    }
    let line = &mut lines[place];
    for taking in takings {
        line.points -= deduct(world, sale, line.id, taking);
    }
    line.what = LineKind::Return { matched, unmatched };
}

/// Notes with a purchase what came back of it; answers from when its points count, and what each promotion takes back.
fn give_up(purchase: &mut Line, taken: &Taken) -> (Timestamp, Vec<(String, Decimal)>) {
    let LineKind::Purchase { points_from, returned, extra } = &mut purchase.what else {
        return (Timestamp::MIN, Vec::new());
    };
    let portion = taken.portion;
    returned.quantity = returned.quantity.saturating_add(portion.quantity);
    returned.paid = returned.paid.saturating_add(portion.paid);
    returned.points += portion.points;
    let give = |(one, points): (&mut Extra, &Decimal)| {
        one.returned += *points;
        (one.promotion.clone(), *points)
    };
    let extra = extra.iter_mut().zip(&taken.extra).map(give).collect();
    (points_from.unwrap_or(Timestamp::MIN), extra)
}

fn printed(world: &World, receipt: u64) -> String {
    world.receipts.numbered(receipt).map(|receipt| receipt.content.receipt_number.clone()).unwrap_or_default()
}

/// Takes points away, never before they would have counted, and where debts are not allowed no more than there are;
/// answers how many.
fn deduct(world: &mut World, sale: &Sale<'_>, line: Uuid, taking: Taking) -> Decimal {
    let valid_from = sale.at.max(taking.counts_from);
    let amount = match world.switches.point_debt {
        PointDebt::Allowed => taking.points,
        PointDebt::Never => {
            let account = world.points.get(sale.contact);
            let owned = account.map_or(Decimal::ZERO, |account| account.balance(valid_from).active);
            taking.points.min(owned.max(Decimal::ZERO))
        }
    };
    if amount.is_zero() {
        return amount;
    }
    let transaction = PointTransaction {
        description: taking.description,
        valid_from,
        line: Some(line),
        ..PointTransaction::at(sale.at, world.ids.next(), -amount, taking.source)
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

/// A part of a purchase that came back.
struct Taken {
    portion: Portion,
    /// What of its points each extra-points promotion had given.
    extra: Vec<Decimal>,
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
    fn take(&mut self, purchase: &Line) -> Option<Taken> {
        let LineKind::Purchase { returned, extra, .. } = &purchase.what else { return None };
        let sold = Portion { quantity: purchase.quantity, paid: purchase.paid, points: purchase.points };
        let (all, before) = (measured(self.measure, &sold), measured(self.measure, returned));
        let left = all.saturating_sub(before);
        let taken = self.left.min(left);
        if taken <= Decimal::ZERO {
            return None;
        }
        // What one booking gives up, counted from its beginning.
        let part = |points: Decimal, given_up: Decimal| {
            let points_left = points - given_up;
            if taken == left {
                return points_left;
            }
            let so_far = rounded(share(points, before.saturating_add(taken), all), self.rounding);
            (so_far - given_up).clamp(points_left.min(Decimal::ZERO), points_left.max(Decimal::ZERO))
        };
        let (extra_given, extra_back) = extra
            .iter()
            .fold((Decimal::ZERO, Decimal::ZERO), |(sum, back), one| (sum + one.points, back + one.returned));
        let base = part(sold.points - extra_given, returned.points - extra_back);
        let extra: Vec<Decimal> = extra.iter().map(|one| part(one.points, one.returned)).collect();
        let points = base + extra.iter().sum::<Decimal>();
        self.left -= taken;
        let portion = match self.measure {
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
        };
        Some(Taken { portion, extra })
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
