//! The stores and the exchange rates, as the point-of-sale domain has them.

use jiff::civil::Date;
use pos::money::{self, Currency};
use pos::rates::{Rates, Row};
use pos::store::{Country, Language, Store, Stores};
use rust_decimal::Decimal;

use super::build::Reader;
use super::fault::Finding;
use super::raw;
use super::schema;
use super::value;

/// The group currency and the rates to it.
pub(super) fn rates(reader: &mut Reader<'_>) -> Option<Rates> {
    let faults_before = reader.faults.len();
    let group = reader.value("currencies.group", |text| described(Currency::parse(text)));
    let raw = reader.raw;
    let rows: Vec<Row> =
        raw.rates.iter().filter_map(|(code, entry)| rate(reader, code, entry, group)).collect();
    if reader.faults.len() > faults_before {
        return None;
    }
    match Rates::new(group, rows) {
        Ok(rates) => Some(rates),
        Err(error) => {
            let origin = raw.rates.values().next().map(|entry| entry.origin.clone());
            reader.faults.push(Finding::of(&origin?, schema::RATES, error.to_string()));
            None
        }
    }
}

fn rate(reader: &mut Reader<'_>, code: &str, entry: &raw::Entry, group: Option<Currency>) -> Option<Row> {
    let key = format!("{}.{code}", schema::RATES);
    reader.parsed(&key, entry, |text| {
        let currency = described(Currency::parse(code))?;
        if currency.code() != code {
            return Err(format!("write the currency in capitals, {currency}"));
        }
        if group == Some(currency) {
            return Err("this is the group currency, which is always 1; take this row out".to_owned());
        }
        let rate = described(money::parse_decimal(text))?;
        if rate <= Decimal::ZERO {
            return Err("a rate is above zero; give it, or leave the currency out".to_owned());
        }
        // The file's rates count for every day: it is edited when they change.
        Ok(Row { currency, from: Date::MIN, rate })
    })
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

fn one_store(reader: &mut Reader<'_>, name: &str, store: &raw::Store) -> Option<Store> {
    let mut part = Part { reader, name, store };
    let external_id = part.value("external_id", value::text);
    let title = part.value("name", value::text);
    let country = part.value("country", |text| described(Country::parse(text)));
    let language = part.value("language", |text| described(Language::parse(text)));
    let currency = part.value("currency", |text| described(Currency::parse(text)));
    let time_zone = part.value("time_zone", value::time_zone);
    Some(Store {
        external_id: external_id?,
        name: title?,
        country: country?,
        language: language?,
        currency: currency?,
        time_zone: time_zone?,
    })
}

/// One store that is being read.
struct Part<'r, 'a, 's> {
    reader: &'r mut Reader<'a>,
    name: &'s str,
    store: &'s raw::Store,
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
}

fn described<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
