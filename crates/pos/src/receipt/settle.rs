//! Settling: what configuration decides about a receipt (time, currency, rate, identifiers), and its money.
//!
//! Everything that is wrong comes out at once here too, also of a receipt that has faults already: then what could
//! be read of it is judged, and nothing is settled. A settlement is there when all of it could be decided; with a
//! fault beside it (a discount larger than its lines) it is for people to look at, not for sending.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::figures::Figures;
use super::finding::{At, Finding, Findings, Severity};
use super::moment::Certainty;
use super::parts::{Decided, Parted};
use super::payments::{Tender, tender};
use super::returns::{Origin, draw};
use super::sale::{Drawn, Owner, Sale};
use super::settlement::Version;
use super::{LineMoney, Moment, Rate, Reading, Receipt, Settlement, When, lines, taxes, vouchers};
use crate::identifier::{Identifier, Kind};
use crate::money::{Amount, Currency};
use crate::rates::Rates;
use crate::store::{Country, Store};

/// What is known besides the receipt.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// Its store, where that is set up.
    pub store: Option<&'k Store>,
    /// The rates to the group currency.
    pub rates: &'k Rates,
    /// Whose receipt it is, where that is known.
    pub owner: Option<Owner>,
    /// The sales that its return lines name, as far as they are known.
    pub sales: &'k [Sale],
}

/// What came of settling a receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Settling {
    /// The frozen money, when all of it could be decided.
    pub settlement: Option<Settlement>,
    /// The contact's identifiers, normalised, the most exact first; not part of what is frozen, because they are
    /// personal data.
    pub identifiers: Vec<Identifier>,
    /// Whose each part of the settlement is.
    pub parts: Vec<Whose>,
    /// What the parts take back of sales.
    pub draws: Vec<Draw>,
    /// What the parts give back of the offers that these sales used.
    pub given_back: Vec<GivenBack>,
    /// Everything that is wrong, beyond what was found in reading.
    pub findings: Vec<Finding>,
}

/// Whose a part of a receipt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The receipt's own contact's.
    Own,
    /// The contact's of the known sale at this position; nobody's while that is unclaimed.
    Sale(usize),
}

/// What one part takes back of one sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The position of the part.
    pub part: usize,
    /// The position of the known sale.
    pub sale: usize,
    /// What it takes.
    pub drawn: Drawn,
}

/// What one part gives back of an offer that a sale used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// The position of the part.
    pub part: usize,
    /// The position of the known sale.
    pub sale: usize,
    /// The till's word for the offer, as it stood on the sale.
    pub offer: String,
    /// What it had taken off what comes back now; nothing of an offer that took nothing off.
    pub amount: Amount,
    /// Whether the last of what it took something off comes back now. True once in any chain of returns.
    pub whole: bool,
}

/// What was read, however well.
#[derive(Clone, Copy)]
pub(crate) struct Read<'r> {
    /// All that could be read.
    pub(crate) legible: Option<&'r Receipt<'r>>,
    /// Whether it is complete.
    pub(crate) complete: bool,
    /// What was found in reading.
    pub(crate) findings: &'r [Finding],
}

/// Decides everything about a receipt's money, once.
#[must_use]
pub fn settle(reading: &Reading<'_>, known: &Known<'_>) -> Settling {
    let (legible, complete) = (reading.legible(), reading.receipt.is_some());
    settle_read(&Read { legible, complete, findings: &reading.findings }, known)
}

/// Decides everything about the money of what was read, once.
pub(crate) fn settle_read(read: &Read<'_>, known: &Known<'_>) -> Settling {
    let mut findings = Findings::default();
    let mut settling = Settling {
        settlement: None,
        identifiers: Vec::new(),
        parts: Vec::new(),
        draws: Vec::new(),
        given_back: Vec::new(),
        findings: Vec::new(),
    };
    if let Some(receipt) = read.legible {
        let said = Said(read.findings);
        let store = known.store;
        if store.is_none() && !said.fault_at("/store") {
            let detail =
                "no such store is set up here, and Engage may make a new one: check the id, or set it up";
            findings.warn("unknownStore", &At::Root.field("store"), detail);
        }
        let created_at = read_time(&mut findings, receipt, store, said);
        let country = store.map(|store| store.country);
        let day = created_at.map(|at| at.date());
        settling.identifiers = read_identifiers(&mut findings, receipt, country, day);
        let currency = read_currency(&mut findings, receipt, store, said);
        if let Some(currency) = currency {
            let mut figures = Figures { currency, findings: &mut findings, failed: !read.complete };
            let money = Money::of(&mut figures, receipt, known, said, day);
            if let Some((created_at, money)) = created_at.zip(money) {
                settling.settlement = Some(Settlement {
                    version: Version,
                    created_at,
                    currency,
                    rate: money.parted.rate,
                    total: money.tender.total,
                    lines: money.lines,
                    payments: money.tender.payments,
                    taxes: money.parted.taxes,
                    parts: money.parted.parts,
                });
                settling.parts = money.parted.whose;
                settling.given_back = given_back(known.sales, &money.parted.draws);
                settling.draws = money.parted.draws;
            }
        }
    }
    settling.findings = findings.finish();
    settling
}

/// What these draws give back of the offers of their sales.
fn given_back(sales: &[Sale], draws: &[Draw]) -> Vec<GivenBack> {
    let mut given = Vec::new();
    for (position, draw) in draws.iter().enumerate() {
        let before = draws[..position].iter().filter(|earlier| earlier.sale == draw.sale);
        let before: Vec<&Drawn> = before.map(|earlier| &earlier.drawn).collect();
        let back = sales[draw.sale].given_back(&before, &draw.drawn).into_iter();
        let (part, sale) = (draw.part, draw.sale);
        given.extend(back.map(|(offer, amount, whole)| GivenBack { part, sale, offer, amount, whole }));
    }
    given
}

/// What reading found: it isn't said twice.
#[derive(Clone, Copy)]
struct Said<'f>(&'f [Finding]);

impl Said<'_> {
    fn fault_at(self, pointer: &str) -> bool {
        self.0.iter().any(|finding| finding.severity == Severity::Fault && finding.pointer == pointer)
    }
}

/// The money of a receipt, before it is frozen.
struct Money {
    lines: Vec<LineMoney>,
    tender: Tender,
    parted: Parted,
}

impl Money {
    /// The money, or `None` when a figure of the till's couldn't be read, or it can't be decided.
    fn of(
        figures: &mut Figures<'_>,
        receipt: &Receipt<'_>,
        known: &Known<'_>,
        said: Said<'_>,
        on: Option<Date>,
    ) -> Option<Self> {
        let origins = draw(figures, receipt, known.sales, said.0);
        let rate = own_rate(figures, receipt, known.rates, &origins, on, said);
        let mut lines = lines::price(figures, receipt, |line| origins[line].is_priced());
        for (money, origin) in lines.iter_mut().zip(&origins) {
            if let Origin::Drawn(drawing) = origin {
                *money = drawing.money.clone();
            }
        }
        taxes::tax(figures, receipt, |line| origins[line].is_priced(), &mut lines);
        let taken = vouchers::take(figures, receipt, &mut lines);
        let tender = tender(figures, receipt, &lines, &taken);
        let vouchers = taken.iter().any(|amount: &Amount| !amount.is_zero());
        let decided =
            Decided { receipt, lines: &lines, origins: &origins, tender: &tender, rate: rate?, vouchers };
        let parted = decided.part(figures, known);
        if figures.failed { None } else { Some(Self { lines, tender, parted }) }
    }
}

/// The rate of the receipt's own lines; `None` when they need one and there is none, which is said.
fn own_rate(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    rates: &Rates,
    origins: &[Origin],
    on: Option<Date>,
    said: Said<'_>,
) -> Option<Option<Rate>> {
    let mut lines = receipt.lines.iter().zip(origins);
    let needed = lines.any(|(line, origin)| line.kind.is_merchandise() && origin.sale_of_rate().is_none());
    if !needed || said.fault_at("/exchangeRate") {
        return Some(None);
    }
    match read_rate(figures.findings, rates, receipt.exchange_rate, figures.currency, on) {
        Ok(rate) => Some(rate),
        Err(NoRate) => {
            figures.failed = true;
            None
        }
    }
}

/// An identifier that can't be read is a fault only when no other is left: then nobody would get the receipt.
fn read_identifiers(
    findings: &mut Findings,
    receipt: &Receipt<'_>,
    country: Option<Country>,
    sold_on: Option<Date>,
) -> Vec<Identifier> {
    let mut identifiers = Vec::with_capacity(receipt.contact.len());
    let mut refused = Vec::new();
    for raw in &receipt.contact {
        // Without the day of the sale, which has a fault of its own then, nobody knows the century of ten digits.
        let today = match (raw.kind, sold_on) {
            (Kind::PersonalIdentityNumber, None) => continue,
            (_, day) => day.unwrap_or_default(),
        };
        match Identifier::parse(raw.kind, raw.text, country, today) {
            Ok(identifier) => identifiers.push(identifier),
            Err(error) => refused.push((raw.kind, error)),
        }
    }
    let contact = At::Root.field("contact");
    for (kind, error) in refused {
        let at = contact.field(kind.as_str());
        if identifiers.is_empty() {
            findings.fault("identifierInvalid", &at, error.to_string());
        } else {
            findings.warn("identifierInvalid", &at, error.to_string());
        }
    }
    identifiers
}

fn read_time(
    findings: &mut Findings,
    receipt: &Receipt<'_>,
    store: Option<&Store>,
    said: Said<'_>,
) -> Option<Moment> {
    let at = At::Root.field("createdAt");
    let local = match receipt.created_at {
        Some(When::Exact(moment)) => return Some(moment),
        Some(When::Local(local)) => local,
        None if said.fault_at("/createdAt") => return None,
        None => {
            findings.fault(
                "createdAtMissing",
                &at,
                "say when the sale was made, with the offset of the till's clock",
            );
            return None;
        }
    };
    let Some(store) = store else {
        let detail =
            "the time has no offset, and the store's zone isn't known; write it as 2026-11-22T16:42:07+01:00";
        findings.fault("offsetMissing", &at, detail);
        return None;
    };
    let moment = in_zone_of(findings, &at, local, store);
    if moment.is_none() {
        findings.fault("createdAtInvalid", &at, "the store's zone has no such time; send it with its offset");
    }
    moment
}

/// What a time without its offset was in the store's zone, which is said; `None` at the ends of time.
pub(crate) fn in_zone_of(
    findings: &mut Findings,
    at: &At<'_>,
    local: DateTime,
    store: &Store,
) -> Option<Moment> {
    let (moment, certainty) = Moment::in_zone(local, &store.time_zone).ok()?;
    match certainty {
        Certainty::Once => {
            findings.warn(
                "timeWithoutOffset",
                at,
                format!("read as {moment}, by the store's zone; send the offset"),
            );
        }
        Certainty::Twice => {
            let detail =
                format!("that hour was twice that night; read as the first, {moment}: send the offset");
            findings.warn("timeAmbiguous", at, detail);
        }
        Certainty::Never => {
            let detail = format!("the clocks skipped that hour; read as {moment}: set the till's clock");
            findings.warn("timeNonexistent", at, detail);
        }
    }
    Some(moment)
}

fn read_currency(
    findings: &mut Findings,
    receipt: &Receipt<'_>,
    store: Option<&Store>,
    said: Said<'_>,
) -> Option<Currency> {
    if said.fault_at("/currency") {
        return None;
    }
    let currency = receipt.currency.or(store.map(|store| store.currency));
    if currency.is_none() {
        let detail = "the currency isn't given, and the store's isn't known; say it, such as SEK";
        findings.fault("currencyMissing", &At::Root.field("currency"), detail);
    }
    currency
}

/// The till's rate, else the table's; `Ok(None)` where the tenant has no group currency set up, or Engage converts
/// this currency itself.
///
/// Never a silent 1: what Engage does with a currency it has no rate for is not known (fact R-50).
fn read_rate(
    findings: &mut Findings,
    rates: &Rates,
    till: Option<Decimal>,
    currency: Currency,
    on: Option<Date>,
) -> Result<Option<Rate>, NoRate> {
    if let Some(rate) = till {
        if rates.group() == Some(currency) && rate != Decimal::ONE {
            let detail = format!(
                "{currency} is the group currency, yet the till's rate is {rate}, not 1; it goes as it is"
            );
            findings.warn("exchangeRateUnexpected", &At::Root.field("exchangeRate"), detail);
        }
        return Ok(Some(Rate::Till(rate)));
    }
    // Without its day, which has a fault of its own then, no row of the table can be chosen.
    let Some(on) = on else { return Ok(None) };
    match (rates.group(), rates.rate(currency, on)) {
        (None, _) => Ok(None),
        (Some(group), _) if group == currency => Ok(Some(Rate::Group)),
        (Some(_), Some(rate)) => Ok(Some(Rate::Table(rate))),
        (Some(_), None) if rates.is_converted_by_engage(currency) => Ok(None),
        (Some(group), None) => {
            let detail = format!(
                "no rate from {currency} to {group} on {on}; add one to the table, or send exchangeRate"
            );
            findings.fault("noExchangeRate", &At::Root.field("currency"), detail);
            Err(NoRate)
        }
    }
}

/// There should be a rate and isn't; the finding says so.
struct NoRate;
