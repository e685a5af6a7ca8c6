//! From the text of a value to its type. Each function says what is wrong and what to give instead; none repeats a
//! secret. They know values, not settings.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use engage::model::{Attribute, ListName, Text};
use gateway::settings::Outage;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pos::money::{self, Currency};
use reqwest::Url;
use rust_decimal::Decimal;
use secrecy::SecretString;

use super::document::{FROM, LIST_SEPARATOR};
use super::schema;

/// The longest text of a setting, in bytes.
const TEXT_BYTES_MAX: usize = 255;

/// The longest text that customers or cashiers read, in bytes.
const PROSE_BYTES_MAX: usize = 2_000;

/// The most names in one list.
const NAMES_MAX: usize = 100;

/// The most days of one currency with a rate from each on: ten years of them.
const DAYS_MAX: usize = 3_660;

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no address; give an IP address and a port, as in 127.0.0.1:8700"))
}

pub(super) fn path(value: &str) -> Result<PathBuf, String> {
    text(value).map(PathBuf::from)
}

pub(super) fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("this is empty; give a value or leave the setting out".to_owned());
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err("this has spaces around it or control characters in it; take them away".to_owned());
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("this is longer than {TEXT_BYTES_MAX} bytes; shorten it"));
    }
    Ok(text.to_owned())
}

/// A text that people read, which may be longer than a name.
pub(super) fn prose(text: &str) -> Result<Text, String> {
    if text.len() > PROSE_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(format!(
            "this has control characters in it, or more than {PROSE_BYTES_MAX} bytes; shorten it"
        ));
    }
    Text::new(text).ok_or_else(|| "this is empty; give a text or leave it out".to_owned())
}

/// The address of a page.
pub(super) fn link(text: &str) -> Result<Text, String> {
    let wrong = || format!("{text:?} is no address of a page; give one, as in https://shop.example/welcome");
    let url: Url = text.parse().map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    prose(text)
}

/// A key that can stand in a header. The value is never repeated.
pub(super) fn secret(text: &str) -> Result<SecretString, String> {
    if text.is_empty() {
        return Err("this is empty; give the key that was made under API connections in Engage".to_owned());
    }
    if text.len() > TEXT_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "a key is at most {TEXT_BYTES_MAX} printable characters without spaces; this is not"
        ));
    }
    Ok(SecretString::from(text))
}

/// The root of a server: no path, no query, no user in it.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let example = "as in https://acme.staging.voyado.com";
    let url: Url = text
        .parse()
        .map_err(|error| format!("this is no address of a server ({error}); give one {example}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!("this must begin with https:// and name a server, {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a user or password has no place here; the key goes into engage.api_key_file".to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("give only the server, {example}; Tillbridge adds the path"));
    }
    Ok(url)
}

/// Where something begins that customers open: a server and perhaps a path, without a slash at its end.
pub(super) fn public_url(text: &str) -> Result<Url, String> {
    let example = "as in https://receipts.shop.example";
    let url: Url =
        text.parse().map_err(|error| format!("{text:?} is no address ({error}); give one {example}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!("this must begin with https:// and name a server, {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("a user or password has no place in what everybody reads; give it {example}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("Tillbridge adds what comes behind; give it without ? and #, {example}"));
    }
    Ok(url)
}

/// Whether a server is this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(super) fn whole(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no whole number from {least} to {most}; give one");
    let number: u32 = text.parse().map_err(|_| wrong())?;
    if (least..=most).contains(&number) { Ok(number) } else { Err(wrong()) }
}

/// One of a few words, as the variant beside it.
pub(super) fn choice<T: Copy>(text: &str, words: &[&str], variants: &[T]) -> Result<T, String> {
    debug_assert_eq!(words.len(), variants.len(), "a word without a variant");
    words.iter().zip(variants).find(|(word, _)| **word == text).map(|(_, variant)| *variant).ok_or_else(
        || {
            let hint = schema::nearest(text, words.iter().copied());
            let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            format!("{text:?} is none of {}{hint}", words.join(", "))
        },
    )
}

pub(super) fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("{text:?} is neither true nor false; give one of the two"))
}

/// The texts of a list, without the spaces around them.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    let items = (!text.trim().is_empty()).then(|| text.split(LIST_SEPARATOR).map(str::trim));
    items.into_iter().flatten()
}

/// A list in which every text passes the check; all that doesn't is told at once.
pub(super) fn names(text: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    let mut problems = Vec::new();
    for name in list(text) {
        match check(name) {
            Ok(()) if names.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
                problems.push(format!("{name:?} is named twice; take one away"));
            }
            Ok(()) => names.push(name.to_owned()),
            Err(problem) => problems.push(problem),
        }
    }
    if names.len() > NAMES_MAX {
        problems.push(format!("these are {} names, where at most {NAMES_MAX} are taken", names.len()));
    }
    if problems.is_empty() { Ok(names) } else { Err(problems.join("; ")) }
}

/// Some of a few words.
pub(super) fn words(text: &str, words: &[&str]) -> Result<Vec<String>, String> {
    names(text, |word| choice(word, words, words).map(drop))
}

/// The name of an attribute in Engage.
pub(super) fn attribute(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > TEXT_BYTES_MAX || !name.chars().all(plain) {
        return Err(format!(
            "{name:?} is no attribute's name; give the one that Engage shows, letters and digits, without spaces"
        ));
    }
    Ok(())
}

/// The name of an attribute that a tenant made.
pub(super) fn custom_attribute(name: &str) -> Result<(), String> {
    attribute(name)?;
    if Attribute::can_be_custom(name) {
        return Ok(());
    }
    Err(format!("{name:?} is no attribute of the tenant's own: every contact has it; take it out"))
}

/// A field of a list's rows, as a receipt in Engage names both.
pub(super) fn list_name(text: &str) -> Result<ListName, String> {
    text.parse().map_err(|error| format!("{text:?} is none: {error}"))
}

pub(super) fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| format!("{text:?} is no time zone; give an IANA name, as in Europe/Stockholm"))
}

/// An ISO 4217 code in capitals.
pub(super) fn currency(code: &str) -> Result<Currency, String> {
    let currency = Currency::parse(code).map_err(|error| error.to_string())?;
    if currency.code() == code {
        Ok(currency)
    } else {
        Err(format!("write the currency in capitals, {currency}"))
    }
}

/// A list of currencies.
pub(super) fn currencies(text: &str) -> Result<Vec<Currency>, String> {
    let codes = names(text, |code| currency(code).map(drop))?;
    codes.iter().map(|code| currency(code)).collect()
}

/// A decimal above zero, exactly as it was written.
pub(super) fn above_zero(text: &str) -> Result<Decimal, String> {
    let number = money::parse_decimal(text).map_err(|error| error.to_string())?;
    if number > Decimal::ZERO {
        Ok(number)
    } else {
        Err(format!("this is above zero, and {text} isn't; give it, or leave the currency out"))
    }
}

/// One rate that counts for every day, or one from each of some days on.
pub(super) fn rates(text: &str) -> Result<Vec<(Date, Decimal)>, String> {
    if !text.contains(FROM) {
        return Ok(vec![(Date::MIN, above_zero(text.trim())?)]);
    }
    let number = list(text).count();
    if number > DAYS_MAX {
        return Err(format!("these are {number} days, where at most {DAYS_MAX} are taken"));
    }
    let mut rows: Vec<(Date, Decimal)> = Vec::with_capacity(number);
    let mut problems = Vec::new();
    for item in list(text) {
        match from_a_day(item) {
            Ok((day, _)) if rows.iter().any(|(known, _)| *known == day) => {
                problems.push(format!("{day} is named twice; take one away"));
            }
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems.join("; ")) }
}

/// A day or a currency, and what is said of it, as texts.
pub(super) fn split_pair(item: &str) -> Option<(&str, &str)> {
    item.split_once(FROM).map(|(day, rest)| (day.trim(), rest.trim()))
}

fn from_a_day(item: &str) -> Result<(Date, Decimal), String> {
    let (day, rate) = split_pair(item).ok_or_else(|| {
        format!("{item:?} has no day; give each rate one, as in 2026-01-01{FROM}11.35, or one rate alone")
    })?;
    let date = self::day(day)?;
    let rate = above_zero(rate).map_err(|problem| format!("{day}: {problem}"))?;
    Ok((date, rate))
}

/// A day, as written in the calendar.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
    day.ok_or_else(|| format!("{text:?} is no day; give one as in 2026-01-31"))
}

/// An amount above zero in each of some currencies, none finer than the currency's coins.
pub(super) fn amounts(text: &str) -> Result<Vec<(Currency, Decimal)>, String> {
    let mut amounts: Vec<(Currency, Decimal)> = Vec::new();
    let mut problems = Vec::new();
    for item in list(text) {
        match amount(item) {
            Ok((currency, _)) if amounts.iter().any(|(known, _)| *known == currency) => {
                problems.push(format!("{currency} is named twice; take one away"));
            }
            Ok(amount) => amounts.push(amount),
            Err(problem) => problems.push(problem),
        }
    }
    if amounts.is_empty() && problems.is_empty() {
        problems.push("this names no currency; give an amount in one, as in { SEK = 50 }".to_owned());
    }
    if problems.is_empty() { Ok(amounts) } else { Err(problems.join("; ")) }
}

fn amount(item: &str) -> Result<(Currency, Decimal), String> {
    let (code, amount) = split_pair(item)
        .ok_or_else(|| format!("{item:?} names no currency; give an amount in one, as in SEK{FROM}50"))?;
    let currency = currency(code)?;
    let number = above_zero(amount).map_err(|problem| format!("{code}: {problem}"))?;
    currency.amount(number).map_err(|error| format!("{code}: {error}"))?;
    Ok((currency, number))
}

/// What an outage means: a word, or the amounts up to which an offer is honoured.
pub(super) fn outage(text: &str) -> Result<Outage, String> {
    if text.contains(FROM) {
        return amounts(text).map(Outage::HonourUpTo);
    }
    choice(text, schema::OUTAGES, &[false, true])
        .map(|honoured| if honoured { Outage::Honour } else { Outage::Refuse })
        .map_err(|problem| format!("{problem}; or give a limit, as in {{ up_to = {{ SEK = 500 }} }}"))
}
