//! What an export tells of the retailer, and what goes without saying where it says something else.

use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::store::Country;

use crate::Entity;

/// What `[retailer]` says, each with how sure it is and why.
#[derive(Debug)]
pub(super) struct Retailer {
    pub(super) country: Told,
    pub(super) zone: Told,
    pub(super) currency: Told,
}

/// A value and why it is this one.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) value: String,
    pub(super) why: &'static str,
}

/// What goes without saying in a country.
struct Usual {
    country: &'static str,
    zone: &'static str,
    currency: &'static str,
}

/// The first is taken where nothing is known.
const USUAL: [Usual; 5] = [
    Usual { country: "SE", zone: "Europe/Stockholm", currency: "SEK" },
    Usual { country: "NO", zone: "Europe/Oslo", currency: "NOK" },
    Usual { country: "DK", zone: "Europe/Copenhagen", currency: "DKK" },
    Usual { country: "FI", zone: "Europe/Helsinki", currency: "EUR" },
    Usual { country: "DE", zone: "Europe/Berlin", currency: "EUR" },
];

impl Retailer {
    /// By the most usual values of columns: `most` hands out that of a field.
    pub(super) fn told_by(most: &dyn Fn(Entity, &str) -> Option<String>) -> Self {
        let is_country = |code: &String| Country::parse(code).is_ok();
        let is_currency = |code: &String| Currency::parse(code).is_ok();
        let capital = |text: String| text.to_uppercase();
        let country = most(Entity::Contacts, "countryCode").map(capital).filter(is_country);
        let country = country.or_else(|| most(Entity::Stores, "countryCode").map(capital).filter(is_country));
        let zone = most(Entity::Stores, "timeZone").filter(|zone| TimeZone::get(zone).is_ok());
        let currency = most(Entity::Receipts, "currency").map(capital).filter(is_currency);
        let usual = country.as_ref().and_then(|code| USUAL.iter().find(|usual| usual.country == code));
        let told = |found: Option<String>, why, usual_value: Option<&str>, first: &str| match found {
            Some(value) => Told { value, why },
            None => match usual_value {
                Some(value) => Told { value: value.to_owned(), why: "0.60: the usual one of the country" },
                None => Told { value: first.to_owned(), why: "0.10: nothing in the export says it" },
            },
        };
        let first = &USUAL[0];
        Self {
            zone: told(zone, "0.80: that of most stores", usual.map(|usual| usual.zone), first.zone),
            currency: told(
                currency,
                "0.80: that of most receipts",
                usual.map(|usual| usual.currency),
                first.currency,
            ),
            country: told(country, "0.80: that of most contacts, or else stores", None, first.country),
        }
    }
}
