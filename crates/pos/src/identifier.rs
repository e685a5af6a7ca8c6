//! Identifiers of a contact, normalised once, at the edge.
//!
//! An e-mail address is trimmed and in small letters; a mobile phone is E.164; a personal identity number is
//! checked and in one form; the others are the text that was issued. No error repeats what was typed: it is
//! personal data, and errors are logged and shown.
//!
//! [`readings()`] is for where nobody says which kind it is: everything that a text can be.
//!
//! Whose identifier it is, and whether anyone has it, is not known here; nor whether the shop may handle
//! personal identity numbers at all, which whoever reads one has to ask.

mod clean;
mod email;
mod personal;
mod phone;
mod readings;

use jiff::civil::Date;

pub use self::email::{EMAIL_BYTES_MAX, Email};
pub use self::personal::PersonalNumber;
pub use self::phone::MobilePhone;
pub use self::readings::{CustomReference, READINGS_MAX, ReadingContext, readings};
use crate::store::Country;

/// The longest member number, external id or contact id, in bytes.
pub const REFERENCE_BYTES_MAX: usize = 200;

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
    /// Neither Swedish nor Finnish in form.
    #[error(
        "this isn't a Swedish personal identity or coordination number (YYYYMMDD-NNNN), nor a Finnish code \
         (DDMMYY-NNNX)"
    )]
    NotAPersonalNumber,
    /// The form is right; the date or the check digit isn't.
    #[error("no such personal identity number exists; check for a mistyped digit")]
    NoSuchPersonalNumber,
    /// A personal identity number where none is to be handled.
    #[error("this shop doesn't handle personal identity numbers; ask for an e-mail address or phone number")]
    PersonalNumbersOff,
    /// Nothing that anybody could be found by.
    #[error("this can be no e-mail address, phone number or member number; check how it was typed")]
    NotAnIdentifier,
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
    /// A Swedish personal identity or coordination number, or a Finnish code.
    PersonalIdentityNumber,
    /// An e-mail address.
    Email,
    /// A mobile phone number.
    MobilePhone,
}

impl Kind {
    /// Every kind, the most exact first: the order in which a receipt's identifiers are kept.
    pub const ALL: [Self; 6] = [
        Self::ContactId,
        Self::MemberNumber,
        Self::ExternalId,
        Self::PersonalIdentityNumber,
        Self::Email,
        Self::MobilePhone,
    ];

    /// The till API's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContactId => "contactId",
            Self::MemberNumber => "memberNumber",
            Self::ExternalId => "externalId",
            Self::PersonalIdentityNumber => "personalIdentityNumber",
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
    /// A personal identity number.
    PersonalIdentityNumber(PersonalNumber),
    /// The number on the member's card or in the app.
    MemberNumber(String),
    /// The id of another system of the shop.
    ExternalId(String),
    /// Engage's own id, or a temporary one.
    ContactId(String),
}

impl Identifier {
    /// Reads a text as this kind of identifier. A phone number without a country's code is of
    /// `default_country`; `today` tells the century of a personal identity number of ten digits.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(
        kind: Kind,
        text: &str,
        default_country: Option<Country>,
        today: Date,
    ) -> Result<Self, Error> {
        Ok(match kind {
            Kind::Email => Self::Email(Email::parse(text)?),
            Kind::MobilePhone => Self::MobilePhone(MobilePhone::parse(text, default_country)?),
            Kind::PersonalIdentityNumber => {
                Self::PersonalIdentityNumber(PersonalNumber::parse(text, default_country, today)?)
            }
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
            Self::PersonalIdentityNumber(_) => Kind::PersonalIdentityNumber.as_str(),
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
            Self::PersonalIdentityNumber(number) => number.as_str(),
            Self::MemberNumber(text) | Self::ExternalId(text) | Self::ContactId(text) => text,
        }
    }

    /// Enough for its owner to know it, too little for anyone else: `a***@e***.com`, `+46***67`, `***42`.
    ///
    /// The stars say nothing of how much they hide; of a personal identity number nothing else is left.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => email.masked(),
            Self::MobilePhone(phone) => phone.masked(),
            Self::PersonalIdentityNumber(_) => HIDDEN.to_owned(),
            Self::MemberNumber(text) | Self::ExternalId(text) | Self::ContactId(text) => mask_reference(text),
        }
    }
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.kind(), self.masked())
    }
}

/// What is shown where nothing may be.
const HIDDEN: &str = "***";

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

/// The last two characters, where that leaves at least four hidden.
fn mask_reference(text: &str) -> String {
    if text.chars().count() >= 6 { format!("{HIDDEN}{}", tail(text, 2)) } else { HIDDEN.to_owned() }
}

fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

fn tail(text: &str, chars: usize) -> &str {
    text.char_indices().rev().nth(chars.saturating_sub(1)).map_or(text, |(start, _)| &text[start..])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Error, Identifier, Kind};
    use crate::store::Country;

    fn parse(kind: Kind, text: &str) -> Result<Identifier, Error> {
        Identifier::parse(kind, text, Some(Country::parse("SE").unwrap()), date(2026, 11, 22))
    }

    #[test]
    fn a_reference_is_the_text_that_was_issued() {
        let parsed = parse(Kind::MemberNumber, " 00123 ").unwrap();
        assert_eq!((parsed.kind(), parsed.value()), ("memberNumber", "00123"));
        let refused = |text: &str| parse(Kind::ExternalId, text).unwrap_err();
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
            (Kind::PersonalIdentityNumber, "189001019802", "***"),
        ] {
            let identifier = parse(kind, text).unwrap();
            assert_eq!(identifier.masked(), masked);
            assert_eq!(format!("{identifier:?}"), format!("{}({masked})", kind.as_str()));
        }
    }

    #[test]
    fn no_error_repeats_what_was_typed() {
        for kind in Kind::ALL {
            for text in ["marker@", "\u{1}marker", "070-marker", "marker70123-marker"] {
                if let Err(error) = parse(kind, text) {
                    assert!(!error.to_string().contains("marker"), "{error}");
                }
            }
        }
    }
}
