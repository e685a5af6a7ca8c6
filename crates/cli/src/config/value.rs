//! From the text of a value to its type. Each function says what is wrong and what to give instead; none repeats a
//! secret. They know values, not settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use reqwest::Url;
use secrecy::SecretString;

/// The longest text of a setting, in bytes.
const TEXT_BYTES_MAX: usize = 255;

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
            let hint = super::schema::nearest(text, words.iter().copied());
            let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            format!("{text:?} is none of {}{hint}", words.join(", "))
        },
    )
}

pub(super) fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| format!("{text:?} is no time zone; give an IANA name, as in Europe/Stockholm"))
}
