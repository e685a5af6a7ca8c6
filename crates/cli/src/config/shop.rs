//! The stores and the tables by currency, as the point-of-sale domain has them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::store::{ADDRESS_LINES_MAX, Country, Language, Letterhead, Printed, Store, Stores};
use rust_decimal::Decimal;

use super::build::Reader;
use super::fault::Finding;
use super::raw;
use super::schema;
use super::value;

/// The currencies that Engage converts itself.
const CONVERTED: &str = "currencies.converted_by_engage";

/// The group currency, the rates to it, and the currencies that Engage converts itself.
pub(super) fn rates(reader: &mut Reader<'_>) -> Option<Rates> {
    let faults_before = reader.faults.len();
    let group = reader.value("currencies.group", |text| described(Currency::parse(text)));
    let converted = reader.value(CONVERTED, value::currencies)?;
    let raw = reader.raw;
    let rows: Vec<Row> =
        raw.table(schema::RATES).flat_map(|(code, entry)| dated(reader, code, entry, group)).collect();
    for currency in &converted {
        converted_twice(reader, *currency, group, &rows);
    }
    if reader.faults.len() > faults_before {
        return None;
    }
    match Rates::new(group, rows) {
        Ok(rates) => Some(rates.converted_by_engage(converted)),
        Err(error) => {
            let origin = raw.table(schema::RATES).next().map(|(_, entry)| entry.origin.clone());
            reader.faults.push(Finding::of(&origin?, schema::RATES, error.to_string()));
            None
        }
    }
}

/// The rows of one currency.
fn dated(reader: &mut Reader<'_>, code: &str, entry: &raw::Entry, group: Option<Currency>) -> Vec<Row> {
    let key = format!("{}.{code}", schema::RATES);
    let rows = reader.parsed(&key, entry, |text| {
        let currency = value::currency(code)?;
        if group == Some(currency) {
            return Err("this is the group currency, which is always 1; take this row out".to_owned());
        }
        let rows = value::rates(text)?.into_iter();
        Ok(rows.map(|(from, rate)| Row { currency, from, rate }).collect())
    });
    rows.unwrap_or_default()
}

/// What is superfluous about a currency that Engage is said to convert.
fn converted_twice(reader: &mut Reader<'_>, currency: Currency, group: Option<Currency>, rows: &[Row]) {
    if group == Some(currency) {
        reader.fault(
            CONVERTED,
            format!("{currency} is the group currency, which isn't converted; take it out"),
        );
    } else if group.is_none() {
        let text =
            "without a group currency no rate is sent at all, so this says nothing; set currencies.group";
        reader.warn(CONVERTED, text);
    } else if rows.iter().any(|row| row.currency == currency) {
        let text = format!("{currency} has a rate here too, which is sent and outranks the tenant's own");
        reader.warn(CONVERTED, text);
    }
}

/// Warns of stores that sell in a currency that nobody is known to convert.
pub(super) fn sold_without_a_rate(reader: &mut Reader<'_>, rates: &Rates, stores: &Stores) {
    let Some(group) = rates.group() else { return };
    let converted = reader.value(CONVERTED, value::currencies).unwrap_or_default();
    let mut told = BTreeSet::new();
    for store in stores.iter() {
        let currency = store.currency;
        let has_a_rate = rates.rate(currency, Date::MAX).is_some();
        if !has_a_rate && !converted.contains(&currency) && told.insert(currency.code()) {
            let text = format!(
                "{} sells in {currency}, which has no rate to {group} here: a receipt that brings none needs \
                 attention; set {}.{currency}, or name {currency} under {CONVERTED}",
                store.external_id,
                schema::RATES
            );
            reader.warn("currencies.group", text);
        }
    }
}

/// How many points one unit of each currency earns in the sandbox.
pub(super) fn points(reader: &mut Reader<'_>) -> Option<Vec<(Currency, Decimal)>> {
    let faults_before = reader.faults.len();
    let raw = reader.raw;
    let factors = raw.table(schema::POINTS).filter_map(|(code, entry)| {
        let key = format!("{}.{code}", schema::POINTS);
        reader.parsed(&key, entry, |text| Ok((value::currency(code)?, value::above_zero(text)?)))
    });
    let factors = factors.collect();
    (reader.faults.len() == faults_before).then_some(factors)
}

/// The stores, each complete, no two under one id.
pub(super) fn stores(reader: &mut Reader<'_>) -> Option<Stores> {
    let faults_before = reader.faults.len();
    let raw = reader.raw;
    let stores: Vec<Store> = raw
        .stores
        .iter()
        .enumerate()
        .filter_map(|(index, store)| one_store(reader, &format!("{}[{index}]", schema::STORES), store))
        .collect();
    for (index, store) in stores.iter().enumerate() {
        if let Some(first) = stores[..index].iter().position(|other| other.external_id == store.external_id) {
            let entry = raw.stores[index].settings.get("external_id")?;
            let text = format!("{} is already the id of stores[{first}]; ids are unique", store.external_id);
            reader.faults.push(Finding::of(&entry.origin, &format!("stores[{index}].external_id"), text));
        }
    }
    if reader.faults.len() > faults_before {
        return None;
    }
    Stores::new(stores)
        .map_err(|error| reader.faults.push(Finding::at(raw.stores[0].origin.clone(), error.to_string())))
        .ok()
}

fn one_store(reader: &mut Reader<'_>, name: &str, store: &raw::Table) -> Option<Store> {
    let mut part = Part { reader, name, store };
    let external_id = part.value("external_id", value::text);
    let title = part.value("name", value::text);
    let country = part.value("country", |text| described(Country::parse(text)));
    let language = part.value("language", |text| described(Language::parse(text)));
    let currency = part.value("currency", |text| described(Currency::parse(text)));
    let time_zone = part.value("time_zone", value::time_zone);
    let letterhead = letterhead(&mut part);
    Some(Store {
        external_id: external_id?,
        name: title?,
        country: country?,
        language: language?,
        currency: currency?,
        time_zone: time_zone?,
        letterhead: letterhead?,
    })
}

/// What a store's customers read on a receipt.
fn letterhead(part: &mut Part<'_, '_, '_>) -> Option<Letterhead> {
    let address = part.if_set("address", address);
    let phone = part.if_set("phone", printed);
    let organisation_number = part.if_set("organisation_number", printed);
    let vat_number = part.if_set("vat_number", printed);
    let website = part.if_set("website", printed);
    Some(Letterhead {
        address: address?.unwrap_or_default(),
        phone: phone?,
        organisation_number: organisation_number?,
        vat_number: vat_number?,
        website: website?,
    })
}

fn printed(text: &str) -> Result<Printed, String> {
    described(Printed::parse(text))
}

fn address(text: &str) -> Result<Vec<Printed>, String> {
    let lines = text.lines().map(printed).collect::<Result<Vec<_>, _>>()?;
    if lines.len() > ADDRESS_LINES_MAX {
        return Err(format!(
            "these are {} lines, where at most {ADDRESS_LINES_MAX} are printed; put some together",
            lines.len()
        ));
    }
    Ok(lines)
}

/// One store that is being read.
struct Part<'r, 'a, 's> {
    reader: &'r mut Reader<'a>,
    name: &'s str,
    store: &'s raw::Table,
}

impl Part<'_, '_, '_> {
    /// A setting that must be there.
    fn value<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let full = format!("{}.{key}", self.name);
        match self.store.settings.get(key) {
            Some(entry) => self.reader.parsed(&full, entry, parse),
            None => {
                let text = "this is missing; every store needs it";
                self.reader.faults.push(Finding::of(&self.store.origin, &full, text));
                None
            }
        }
    }

    /// A setting that may be absent; `None` where it is there and wrong.
    fn if_set<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<Option<T>> {
        match self.store.settings.get(key) {
            Some(_) => self.value(key, parse).map(Some),
            None => Some(None),
        }
    }
}

fn described<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
