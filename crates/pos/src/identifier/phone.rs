//! Mobile phone numbers, as people write them.

mod plain;

use std::borrow::Cow;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use super::clean::clean;
use super::{Error, HIDDEN, head, tail};
use crate::store::Country;

/// The longest text that is tried as a phone number, in bytes: E.164 has 15 digits, the rest is for spaces.
const PHONE_BYTES_MAX: usize = 60;

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
        let text = clean(text);
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.len() > PHONE_BYTES_MAX {
            return Err(Error::TooLong);
        }
        match plain::mobile(&text, default_country.as_ref().map(Country::as_str)) {
            Some(number) => Ok(Self(number)),
            None => Self::of_any_kind(&text, default_country),
        }
    }

    /// By the library, which knows the numbers of all countries.
    fn of_any_kind(text: &str, default_country: Option<Country>) -> Result<Self, Error> {
        // The parser below would also dial letters (0800-FLOWERS) and read extensions: here they are slips.
        if text.chars().any(char::is_alphabetic) {
            return Err(Error::NotAPhoneNumber);
        }
        let region = default_country.and_then(|country| Region::from_code(country.as_str()).ok());
        let text = match region {
            Some(_) => Cow::Borrowed(text),
            None => Cow::Owned(with_code(text).ok_or(Error::CountryNeeded)?),
        };
        let number = PHONE_NUMBER_UTIL.parse(&text, region).map_err(|_| Error::NotAPhoneNumber)?;
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

    pub(super) fn masked(&self) -> String {
        format!("{}{HIDDEN}{}", head(&self.0, 3), tail(&self.0, 2))
    }
}

/// A number that names its country by itself, with the `+` in front: `00` is dialled for it in all of Europe.
fn with_code(text: &str) -> Option<String> {
    let text = text.trim_start_matches('(');
    if text.starts_with('+') { Some(text.to_owned()) } else { Some(format!("+{}", text.strip_prefix("00")?)) }
}

impl std::fmt::Debug for MobilePhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::MobilePhone;
    use crate::identifier::Error;
    use crate::store::Country;

    pub(super) fn country(code: &str) -> Option<Country> {
        Some(Country::parse(code).unwrap())
    }

    /// Each row: the store's country, the number in E.164, and how people there write it.
    const WRITTEN: &[(&str, &str, &[&str])] = &[
        (
            "SE",
            "+46701234567",
            &[
                "070-123 45 67",
                "0701234567",
                "070 - 1234567",
                "0046 70 123 45 67",
                "+46 (0)70-123 45 67",
                "+46 70 123 45 67",
                "(+46) 70 123 45 67",
                "0046(0)701234567",
                "070.123.45.67",
                "070/123 45 67",
                "０７０１２３４５６７",
                "070\u{a0}123\u{a0}45\u{a0}67",
                "\u{202a}+46 70 123 45 67\u{202c}",
                "070\u{2013}123 45 67",
            ],
        ),
        ("NO", "+4741234567", &["412 34 567", "41 23 45 67", "41234567", "(+47) 412 34 567", "004741234567"]),
        ("DK", "+4520123456", &["20 12 34 56", "20123456", "+45 20 12 34 56", "0045 2012 3456"]),
        ("FI", "+358401234567", &["040 123 4567", "040-1234567", "+358 (0)40 123 4567", "00358 40 1234567"]),
        ("IS", "+3546111234", &["611 1234", "611-1234", "6111234", "+354 611 1234", "00354 6111234"]),
        ("FO", "+298211234", &["211234", "21 12 34", "+298 211234", "00298 211234"]),
        (
            "DE",
            "+491711234567",
            &["0171/1234567", "0171 1234567", "0171-1234567", "+49 (0)171 1234567", "0049 171 1234567"],
        ),
        ("DE", "+4915112345678", &["0151 12345678", "(0151) 123 456 78", "+49 151 12345678"]),
        ("GB", "+447400123456", &["07400 123456", "+44 (0)7400 123456"]),
    ];

    #[test]
    fn a_phone_number_is_read_as_people_write_it() {
        for &(code, e164, texts) in WRITTEN {
            for text in texts {
                let parsed = MobilePhone::parse(text, country(code));
                assert_eq!(parsed.as_ref().map(MobilePhone::as_str), Ok(e164), "{text} in {code}");
            }
            assert_eq!(MobilePhone::parse(e164, None).unwrap().as_str(), e164, "it is a fixed point");
        }
    }

    #[test]
    fn a_number_with_its_countrys_code_is_the_same_everywhere() {
        let stores = [country("SE"), country("NO"), country("DK"), country("FI"), country("DE"), None];
        for &(_, e164, texts) in WRITTEN {
            for text in texts.iter().filter(|text| text.starts_with(['+', '(']) && text.contains('+')) {
                for store in stores {
                    assert_eq!(MobilePhone::parse(text, store).unwrap().as_str(), e164, "{text}");
                }
            }
            for text in texts.iter().filter(|text| text.starts_with("00")) {
                for store in stores {
                    assert_eq!(MobilePhone::parse(text, store).unwrap().as_str(), e164, "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_phone_number_says_what_to_do() {
        let sweden = country("SE");
        let long = "0".repeat(100);
        for (text, code, error) in [
            ("", sweden, Error::Empty),
            ("070-123 45 67", None, Error::CountryNeeded),
            ("(070) 123 45 67", None, Error::CountryNeeded),
            ("070-12", sweden, Error::NoSuchNumber),
            ("070-123 45 67 89", sweden, Error::NoSuchNumber),
            ("+999 1234567", sweden, Error::NotAPhoneNumber),
            ("+999 1234567", None, Error::NotAPhoneNumber),
            ("0800-FLOWERS", sweden, Error::NotAPhoneNumber),
            ("070-123 45 67 ext 5", sweden, Error::NotAPhoneNumber),
            ("anna@example.com", sweden, Error::NotAPhoneNumber),
            (long.as_str(), sweden, Error::TooLong),
        ] {
            assert_eq!(MobilePhone::parse(text, code), Err(error), "{text}");
        }
    }
}
