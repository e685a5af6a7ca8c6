//! Identifiers of a contact, normalised once, at the edge.
//!
//! An e-mail address is trimmed and in small letters; a mobile phone is E.164; the others are the text that
//! was issued. No error repeats what was typed: it is personal data, and errors are logged and shown.
//!
//! Whose identifier it is, and whether anyone has it, is not known here.

use std::fmt::Write;

use email_address::{EmailAddress, Options};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use crate::store::Country;

/// The longest e-mail address that can be delivered to (RFC 5321), in bytes.
pub const EMAIL_BYTES_MAX: usize = 254;

/// The longest member number, external id or contact id, in bytes.
pub const REFERENCE_BYTES_MAX: usize = 200;

/// The longest text that is tried as a phone number, in bytes: E.164 has 15 digits, the rest is for spaces.
const PHONE_BYTES_MAX: usize = 60;

/// Why a text is no identifier, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing was typed.
    #[error("the identifier is empty; leave it out when it isn't known")]
    Empty,
    /// Longer than any such identifier.
    #[error("the identifier is too long; check that nothing else was pasted into it")]
    TooLong,
    /// Line breaks and the like.
    #[error("the identifier holds control characters; check how it was scanned")]
    ControlCharacters,
    /// Not an e-mail address.
    #[error("this isn't an e-mail address; it looks like name@example.com")]
    NotAnEmail,
    /// An address without a top domain.
    #[error("the e-mail address has no dot after the @; check for a missing .com or the like")]
    NoDomain,
    /// Not a phone number.
    #[error(
        "this isn't a phone number; write digits, with + and the country's code for a number from abroad"
    )]
    NotAPhoneNumber,
    /// A number without a country.
    #[error("the phone number names no country; write it with + and the country's code, or set the store up")]
    CountryNeeded,
    /// Digits, but no such number is given out.
    #[error("no such phone number exists in its country; check for a missing or doubled digit")]
    NoSuchNumber,
}

/// An e-mail address, trimmed and in small letters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an e-mail address.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.len() > EMAIL_BYTES_MAX {
            return Err(Error::TooLong);
        }
        let options = Options::default().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(text, options).map_err(|_| Error::NotAnEmail)?;
        if !address.domain().contains('.') {
            return Err(Error::NoDomain);
        }
        Ok(Self(text.to_lowercase()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A phone number in E.164: `+46701234567`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MobilePhone(String);

impl MobilePhone {
    /// Reads a phone number as people write it: `070-123 45 67`, `0046 70…`, `+46 (0)70…`. One without a
    /// country's code is of `default_country`.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str, default_country: Option<Country>) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.len() > PHONE_BYTES_MAX {
            return Err(Error::TooLong);
        }
        // The parser below would also dial letters (0800-FLOWERS) and read extensions: here they are slips.
        if text.chars().any(char::is_alphabetic) {
            return Err(Error::NotAPhoneNumber);
        }
        if default_country.is_none() && !text.starts_with(['+', '＋']) {
            return Err(Error::CountryNeeded);
        }
        let region = default_country.and_then(|country| Region::from_code(country.as_str()).ok());
        let number = PHONE_NUMBER_UTIL.parse(text, region).map_err(|_| Error::NotAPhoneNumber)?;
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return Err(Error::NoSuchNumber);
        }
        Ok(Self(PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned()))
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of identifier a text is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Engage's own id, or a temporary one.
    ContactId,
    /// The number on the member's card or in the app.
    MemberNumber,
    /// The id of another system of the shop.
    ExternalId,
    /// An e-mail address.
    Email,
    /// A mobile phone number.
    MobilePhone,
}

impl Kind {
    /// Every kind, the most exact first: the order in which a receipt's identifiers are kept.
    pub const ALL: [Self; 5] =
        [Self::ContactId, Self::MemberNumber, Self::ExternalId, Self::Email, Self::MobilePhone];

    /// The till API's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContactId => "contactId",
            Self::MemberNumber => "memberNumber",
            Self::ExternalId => "externalId",
            Self::Email => "email",
            Self::MobilePhone => "mobilePhone",
        }
    }
}

/// One way to name a contact. Its `Debug` is masked, so that it may stand in a log by mistake.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// An e-mail address.
    Email(Email),
    /// A mobile phone number.
    MobilePhone(MobilePhone),
    /// The number on the member's card or in the app.
    MemberNumber(String),
    /// The id of another system of the shop.
    ExternalId(String),
    /// Engage's own id, or a temporary one.
    ContactId(String),
}

impl Identifier {
    /// Reads a text as this kind of identifier; a phone number without a country's code is of
    /// `default_country`.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(kind: Kind, text: &str, default_country: Option<Country>) -> Result<Self, Error> {
        Ok(match kind {
            Kind::Email => Self::Email(Email::parse(text)?),
            Kind::MobilePhone => Self::MobilePhone(MobilePhone::parse(text, default_country)?),
            Kind::MemberNumber => Self::MemberNumber(reference(text)?),
            Kind::ExternalId => Self::ExternalId(reference(text)?),
            Kind::ContactId => Self::ContactId(reference(text)?),
        })
    }

    /// The till API's word for this kind of identifier.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => Kind::Email.as_str(),
            Self::MobilePhone(_) => Kind::MobilePhone.as_str(),
            Self::MemberNumber(_) => Kind::MemberNumber.as_str(),
            Self::ExternalId(_) => Kind::ExternalId.as_str(),
            Self::ContactId(_) => Kind::ContactId.as_str(),
        }
    }

    /// The normalised value.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::MobilePhone(phone) => phone.as_str(),
            Self::MemberNumber(text) | Self::ExternalId(text) | Self::ContactId(text) => text,
        }
    }

    /// Enough for its owner to know it, too little for anyone else: `a***@e***.com`, `+46***67`, `***42`.
    ///
    /// The stars say nothing of how much they hide.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => mask_email(email.as_str()),
            Self::MobilePhone(phone) => mask_phone(phone.as_str()),
            Self::MemberNumber(text) | Self::ExternalId(text) | Self::ContactId(text) => mask_reference(text),
        }
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&mask_email(&self.0))
    }
}

impl std::fmt::Debug for MobilePhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&mask_phone(&self.0))
    }
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.kind(), self.masked())
    }
}

fn reference(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::Empty);
    }
    if text.len() > REFERENCE_BYTES_MAX {
        return Err(Error::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(Error::ControlCharacters);
    }
    Ok(text.to_owned())
}

fn mask_email(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let mut masked = format!("{}***@{}***", head(local, 1), head(domain, 1));
    if let Some((_, top)) = domain.rsplit_once('.') {
        write!(masked, ".{top}").expect("a String takes every text");
    }
    masked
}

fn mask_phone(number: &str) -> String {
    format!("{}***{}", head(number, 3), tail(number, 2))
}

/// The last two characters, where that leaves at least four hidden.
fn mask_reference(text: &str) -> String {
    if text.chars().count() >= 6 { format!("***{}", tail(text, 2)) } else { "***".to_owned() }
}

fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

fn tail(text: &str, chars: usize) -> &str {
    text.char_indices().rev().nth(chars.saturating_sub(1)).map_or(text, |(start, _)| &text[start..])
}

#[cfg(test)]
mod tests {
    use super::{Email, Error, Identifier, Kind, MobilePhone};
    use crate::store::Country;

    fn country(code: &str) -> Option<Country> {
        Some(Country::parse(code).unwrap())
    }

    #[test]
    fn an_email_is_trimmed_and_in_small_letters() {
        assert_eq!(Email::parse("  Anna.Berg@Example.COM\n").unwrap().as_str(), "anna.berg@example.com");
        assert_eq!(Email::parse("a+b@sub.example.se").unwrap().as_str(), "a+b@sub.example.se");
    }

    #[test]
    fn what_is_no_email_says_what_to_do() {
        let long = format!("{}@example.com", "a".repeat(250));
        for (text, error) in [
            ("", Error::Empty),
            ("   ", Error::Empty),
            ("anna", Error::NotAnEmail),
            ("anna@", Error::NotAnEmail),
            ("anna@@example.com", Error::NotAnEmail),
            ("Anna <anna@example.com>", Error::NotAnEmail),
            ("anna@[127.0.0.1]", Error::NotAnEmail),
            ("anna@localhost", Error::NoDomain),
            (long.as_str(), Error::TooLong),
        ] {
            assert_eq!(Email::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_phone_number_is_read_as_people_write_it() {
        for (text, code, e164) in [
            ("070-123 45 67", "SE", "+46701234567"),
            ("0701234567", "SE", "+46701234567"),
            ("0046 70 123 45 67", "SE", "+46701234567"),
            ("+46 (0)70-123 45 67", "SE", "+46701234567"),
            ("+46 (0)70-123 45 67", "NO", "+46701234567"),
            (" +46701234567 ", "FI", "+46701234567"),
            ("040 123 4567", "FI", "+358401234567"),
            ("412 34 567", "NO", "+4741234567"),
            ("20 12 34 56", "DK", "+4520123456"),
            ("07400 123456", "GB", "+447400123456"),
        ] {
            assert_eq!(MobilePhone::parse(text, country(code)).unwrap().as_str(), e164, "{text} in {code}");
        }
        assert_eq!(MobilePhone::parse("+46 70 123 45 67", None).unwrap().as_str(), "+46701234567");
    }

    #[test]
    fn what_is_no_phone_number_says_what_to_do() {
        let sweden = country("SE");
        let long = "0".repeat(100);
        for (text, code, error) in [
            ("", sweden, Error::Empty),
            ("070-123 45 67", None, Error::CountryNeeded),
            ("070-12", sweden, Error::NoSuchNumber),
            ("070-123 45 67 89", sweden, Error::NoSuchNumber),
            ("+999 1234567", sweden, Error::NotAPhoneNumber),
            ("0800-FLOWERS", sweden, Error::NotAPhoneNumber),
            ("070-123 45 67 ext 5", sweden, Error::NotAPhoneNumber),
            ("anna@example.com", sweden, Error::NotAPhoneNumber),
            (long.as_str(), sweden, Error::TooLong),
        ] {
            assert_eq!(MobilePhone::parse(text, code), Err(error), "{text}");
        }
    }

    #[test]
    fn a_reference_is_the_text_that_was_issued() {
        let parsed = Identifier::parse(Kind::MemberNumber, " 00123 ", None).unwrap();
        assert_eq!((parsed.kind(), parsed.value()), ("memberNumber", "00123"));
        let refused = |text: &str| Identifier::parse(Kind::ExternalId, text, None).unwrap_err();
        assert_eq!(refused(" "), Error::Empty);
        assert_eq!(refused("a\u{0}b"), Error::ControlCharacters);
        assert_eq!(refused(&"x".repeat(201)), Error::TooLong);
    }

    #[test]
    fn a_masked_identifier_shows_little() {
        for (kind, text, masked) in [
            (Kind::Email, "anna.berg@example.com", "a***@e***.com"),
            (Kind::MobilePhone, "+46701234567", "+46***67"),
            (Kind::MemberNumber, "900100242", "***42"),
            (Kind::MemberNumber, "90", "***"),
            (Kind::ContactId, "7f0c2f0e-0b1a-4a1c-9a56-5a7a0e7d1a01", "***01"),
        ] {
            let identifier = Identifier::parse(kind, text, None).unwrap();
            assert_eq!(identifier.masked(), masked);
            assert!(!format!("{identifier:?}").contains(text), "{identifier:?}");
        }
    }

    #[test]
    fn no_error_repeats_what_was_typed() {
        for kind in Kind::ALL {
            for text in ["marker@", "\u{1}marker", "070-marker"] {
                if let Err(error) = Identifier::parse(kind, text, country("SE")) {
                    assert!(!error.to_string().contains("marker"), "{error}");
                }
            }
        }
    }
}
