//! Settling: what configuration decides about a receipt (time, currency, rate, identifiers), and its money.
//!
//! Everything that is wrong comes out at once here too. A settlement is there when all of it could be decided;
//! with a fault beside it (a discount larger than its lines) it is for people to look at, not for sending.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::finding::{At, Finding, Findings};
use super::moment::Certainty;
use super::read::code_of;
use super::settlement::Version;
use super::{LineMoney, Moment, Rate, Receipt, Settlement, When, lines, taxes};
use crate::identifier::{Identifier, Kind};
use crate::money::{Amount, Currency};
use crate::rates::Rates;
use crate::store::{Country, Store};

/// What came of settling a receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Settling {
    /// The frozen money, when all of it could be decided.
    pub settlement: Option<Settlement>,
    /// The contact's identifiers, normalised, the most exact first; not part of what is frozen, because they are
    /// personal data.
    pub identifiers: Vec<Identifier>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
}

/// Decides everything about a receipt's money, once.
///
/// `store` is the receipt's own, where it is set up.
#[must_use]
pub fn settle(receipt: &Receipt<'_>, store: Option<&Store>, rates: &Rates) -> Settling {
    let mut findings = Findings::default();
    if store.is_none() {
        let detail = "no such store is set up here; Engage would make a new one: check the id, or set it up";
        findings.warn("unknownStore", &At::Root.field("store"), detail);
    }
    let created_at = read_time(&mut findings, receipt, store);
    let country = store.map(|store| store.country);
    let identifiers = read_identifiers(&mut findings, receipt, country, created_at.map(|at| at.date()));
    let currency = read_currency(&mut findings, receipt, store);
    let rate = currency
        .zip(created_at)
        .map(|(currency, at)| read_rate(&mut findings, rates, receipt.exchange_rate, currency, at.date()));
    let money = currency
        .and_then(|currency| Figures { currency, findings: &mut findings, failed: false }.money(receipt));
    let settlement = match (created_at, currency, rate, money) {
        (Some(created_at), Some(currency), Some(Ok(rate)), Some(money)) => Some(Settlement {
            version: Version,
            created_at,
            currency,
            rate,
            total: money.total,
            lines: money.lines,
            payments: money.payments,
            taxes: money.taxes,
        }),
        _ => None,
    };
    Settling { settlement, identifiers, findings: findings.finish() }
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

fn read_time(findings: &mut Findings, receipt: &Receipt<'_>, store: Option<&Store>) -> Option<Moment> {
    let at = At::Root.field("createdAt");
    let local = match receipt.created_at {
        Some(When::Exact(moment)) => return Some(moment),
        Some(When::Local(local)) => local,
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
    let Ok((moment, certainty)) = Moment::in_zone(local, &store.time_zone) else {
        findings.fault("createdAtInvalid", &at, "the store's zone has no such time; send it with its offset");
        return None;
    };
    match certainty {
        Certainty::Once => {
            findings.warn(
                "timeWithoutOffset",
                &at,
                format!("read as {moment}, by the store's zone; send the offset"),
            );
        }
        Certainty::Twice => {
            let detail =
                format!("that hour was twice that night; read as the first, {moment}: send the offset");
            findings.warn("timeAmbiguous", &at, detail);
        }
        Certainty::Never => {
            let detail = format!("the clocks skipped that hour; read as {moment}: set the till's clock");
            findings.warn("timeNonexistent", &at, detail);
        }
    }
    Some(moment)
}

fn read_currency(findings: &mut Findings, receipt: &Receipt<'_>, store: Option<&Store>) -> Option<Currency> {
    let currency = receipt.currency.or(store.map(|store| store.currency));
    if currency.is_none() {
        let detail = "the currency isn't given, and the store's isn't known; say it, such as SEK";
        findings.fault("currencyMissing", &At::Root.field("currency"), detail);
    }
    currency
}

/// The till's rate, else the table's; `Ok(None)` only where the tenant has no group currency set up.
///
/// Never a silent 1: what Engage does with a currency it has no rate for is not known (fact R-50).
fn read_rate(
    findings: &mut Findings,
    rates: &Rates,
    till: Option<Decimal>,
    currency: Currency,
    on: Date,
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
    match (rates.group(), rates.rate(currency, on)) {
        (None, _) => Ok(None),
        (Some(group), _) if group == currency => Ok(Some(Rate::Group)),
        (Some(_), Some(rate)) => Ok(Some(Rate::Table(rate))),
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

/// The money of a receipt, before it is frozen.
struct Money {
    total: Amount,
    lines: Vec<LineMoney>,
    payments: Vec<Amount>,
    taxes: Vec<super::TaxMoney>,
}

/// Reads the till's figures in the receipt's currency. One that can't be read is a fault and counts as nothing
/// meanwhile, so that all of them are found; in the end nothing is settled then.
pub(super) struct Figures<'f> {
    pub(super) currency: Currency,
    pub(super) findings: &'f mut Findings,
    pub(super) failed: bool,
}

impl Figures<'_> {
    /// The amount that a figure says.
    pub(super) fn amount(&mut self, at: &At<'_>, figure: Decimal) -> Amount {
        match self.currency.amount(figure) {
            Ok(amount) => amount,
            Err(error) => {
                self.failed = true;
                self.findings.fault(code_of(error), at, error.to_string());
                Amount::ZERO
            }
        }
    }

    /// What `quantity` pieces cost at this price.
    pub(super) fn times(&mut self, at: &At<'_>, unit_price: Decimal, quantity: u32) -> Amount {
        match self.currency.times(unit_price, quantity) {
            Ok((amount, rounded)) => {
                if rounded {
                    let detail =
                        format!("{quantity} pieces at {unit_price} are rounded to {}", self.shown(amount));
                    self.findings.warn("priceRounded", at, detail);
                }
                amount
            }
            Err(error) => {
                self.failed = true;
                self.findings.fault(code_of(error), at, error.to_string());
                Amount::ZERO
            }
        }
    }

    /// Figures that disagree; not said once a figure couldn't be read, because then it would mislead.
    pub(super) fn disagree(&mut self, code: &'static str, at: &At<'_>, detail: String) {
        if !self.failed {
            self.findings.warn(code, at, detail);
        }
    }

    /// An amount for people: `78.00 SEK`.
    pub(super) fn shown(&self, amount: Amount) -> String {
        format!("{} {}", self.currency.decimal(amount), self.currency)
    }

    /// The money, or `None` when a figure of the till's couldn't be read.
    fn money(mut self, receipt: &Receipt<'_>) -> Option<Money> {
        let mut lines = lines::price(&mut self, receipt);
        let taxes = taxes::tax(&mut self, receipt, &mut lines);
        let total = self.total(receipt, &lines);
        let payments = self.payments(receipt, total);
        if self.failed { None } else { Some(Money { total, lines, payments, taxes }) }
    }

    fn total(&mut self, receipt: &Receipt<'_>, lines: &[LineMoney]) -> Amount {
        let sum: Amount = lines.iter().map(|line| line.paid).sum();
        let at = At::Root.field("total");
        let Some(stated) = receipt.total else { return sum };
        let total = self.amount(&at, stated);
        if total != sum {
            let detail = format!(
                "the lines add up to {}, the receipt's total is {}",
                self.shown(sum),
                self.shown(total)
            );
            self.disagree("totalDiffers", &at, detail + ", which goes as it is");
        }
        total
    }

    /// The payments; one for the total where the till names none, because Engage wants one (fact R-32).
    fn payments(&mut self, receipt: &Receipt<'_>, total: Amount) -> Vec<Amount> {
        let at = At::Root.field("payments");
        if receipt.payments.is_empty() {
            if !total.is_zero() {
                let detail = format!("it isn't said how {} was paid; name the payments", self.shown(total));
                self.findings.warn("paymentsMissing", &at, detail);
            }
            return vec![total];
        }
        let rows = receipt.payments.iter().enumerate();
        let payments: Vec<Amount> =
            rows.map(|(row, payment)| self.amount(&at.item(row).field("amount"), payment.amount)).collect();
        let sum: Amount = payments.iter().copied().sum();
        if sum != total {
            let detail =
                format!("the payments add up to {}, the total is {}", self.shown(sum), self.shown(total));
            self.disagree("paymentsDiffer", &at, detail);
        }
        payments
    }
}
