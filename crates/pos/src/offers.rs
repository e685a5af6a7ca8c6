//! What offers take off a basket, before it is paid.
//!
//! A basket is a receipt that isn't finished: the same JSON without payments. Its discounts stand in the till's order;
//! a row that names an offer without a figure gets it from the offer, one with a figure keeps it. [`price`] decides row
//! by row which offers apply, puts those into the basket and settles it like any receipt, so every law of money holds
//! and the receipt that says the same comes to the same.
//!
//! An offer never takes more than is left where it stands: it is cut to that. The shop's own discounts are never
//! changed, so a voucher is listed after them. Whether an offer is still good, and whose it is, is not known here.

mod basket;
mod pricing;
mod refusal;

use rust_decimal::Decimal;
use serde_json::Value;

use self::basket::Basket;
use self::pricing::Pricing;
pub use self::refusal::Refusal;
use crate::money::{Amount, Currency, Percent};
use crate::receipt::{Finding, Known, Moment, Settlement, Severity, parse, settle};

/// The most rows of a basket that name an offer.
pub const OFFER_ROWS_MAX: usize = 50;

/// What an offer takes off.
#[derive(Debug, Clone, PartialEq)]
pub enum Worth {
    /// So much of what is left.
    Percent(Percent),
    /// An amount, in each currency in which it is worth something.
    Amounts(Vec<(Currency, Decimal)>),
    /// What the till works out, or the cashier decides by these words.
    ByTill {
        /// What Engage tells the cashier.
        instruction: Option<String>,
    },
    /// Nothing: it can't be used, as the caller knows.
    Unusable {
        /// The stable code.
        code: &'static str,
        /// Why.
        detail: String,
    },
}

/// What kind of offer it is, and beside which others it may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A voucher: worth its amount, once. Beside other vouchers always, beside promotions by the policy.
    Voucher,
    /// A promotion.
    Promotion {
        /// Whether it may stand beside other offers.
        stacks: bool,
    },
}

/// An offer that a basket names.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    /// The till's word for it.
    pub name: &'a str,
    /// Which offer that is: one may be named by several words.
    pub offer: &'a str,
    /// What kind of offer it is.
    pub kind: Kind,
    /// What it takes off.
    pub worth: Worth,
}

/// What becomes of a voucher that is worth more than is left to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Larger {
    /// It pays what there is, and the rest is lost.
    Forfeit,
    /// It can't be used.
    Refuse,
}

/// What the shop decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// For a voucher that is worth more than is left.
    pub larger_than_basket: Larger,
    /// Whether vouchers may stand beside promotions.
    pub vouchers_stack: bool,
}

/// A basket with its offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Priced {
    /// The basket with the offers that apply, as the receipt will say it; those that don't are left out.
    pub body: Value,
    /// Its money; `None` where it can't be decided, and then no offer was tried.
    pub settlement: Option<Settlement>,
    /// The rows that name an offer, in the order in which they apply: those of the lines, then the basket's.
    pub offers: Vec<PricedOffer>,
    /// Everything that is wrong with it, by the places of the basket as it was sent.
    pub findings: Vec<Finding>,
}

/// What became of a row that names an offer.
#[derive(Debug, Clone, PartialEq)]
pub struct PricedOffer {
    /// The till's word for the offer.
    pub name: String,
    /// The row, as a JSON pointer into the basket as it was sent.
    pub pointer: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It applies.
    Applies {
        /// What it takes off in all, without tax where prices are.
        amount: Amount,
        /// The percentage that this is, where it is one.
        percent: Option<Percent>,
        /// What of it is lost, because no more was left to pay.
        forfeited: Amount,
    },
    /// It doesn't, and takes nothing off.
    Refused(Refusal),
}

/// Prices a basket: decides which of the offers that it names apply, and with how much.
///
/// `at` is when, for a basket that doesn't say it. Never panics, whatever the body.
#[must_use]
pub fn price(
    body: &Value,
    at: Moment,
    candidates: &[Candidate<'_>],
    policy: Policy,
    known: &Known<'_>,
) -> Priced {
    let mut basket = Basket::of(body, at);
    let bare = settled(&basket, &basket.body(), known);
    let rows = basket.offer_rows();
    let mut findings = bare.findings;
    if rows.len() > OFFER_ROWS_MAX {
        let detail = format!("{} rows name an offer, where at most {OFFER_ROWS_MAX} are priced", rows.len());
        findings.push(fault("tooMany", "/discounts", detail));
    }
    let faulty = findings.iter().any(|finding| finding.severity == Severity::Fault);
    let Some(settlement) = bare.settlement.filter(|_| !faulty) else {
        return Priced { body: basket.body(), settlement: None, offers: Vec::new(), findings };
    };
    let mut pricing = Pricing::new(settlement.currency, candidates, policy, known);
    let offers: Vec<PricedOffer> = rows
        .iter()
        .map(|row| {
            let outcome = pricing.decide(&mut basket, row).unwrap_or_else(Outcome::Refused);
            PricedOffer { name: row.name.to_owned(), pointer: row.pointer(), outcome }
        })
        .collect();
    let said = pricing.said();
    let Settled { settlement, mut findings } = settled(&basket, &basket.body(), known);
    findings.extend(said);
    Priced { body: basket.body(), settlement, offers, findings }
}

/// A basket, settled.
struct Settled {
    settlement: Option<Settlement>,
    findings: Vec<Finding>,
}

fn settled(basket: &Basket<'_>, body: &Value, known: &Known<'_>) -> Settled {
    let reading = parse(body);
    let settling = settle(&reading, known);
    let found = reading.findings.into_iter().chain(settling.findings);
    // How it is paid is not yet known.
    let findings = found.filter(|finding| finding.code != "paymentsMissing");
    let findings = findings.map(|finding| Finding { pointer: basket.original(&finding.pointer), ..finding });
    Settled { settlement: settling.settlement, findings: findings.collect() }
}

fn fault(code: &'static str, pointer: &str, detail: String) -> Finding {
    Finding { severity: Severity::Fault, code, pointer: pointer.to_owned(), detail }
}
