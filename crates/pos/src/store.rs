//! Stores: where a receipt was made, and what it takes over from there when the till says nothing.
//!
//! It holds no list of its own: the stores are configuration, handed in and checked once.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::money::Currency;

/// The ISO 639-1 codes.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv \
    cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie \
    ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk \
    ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se \
    sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo \
    xh yi yo za zh zu";

/// The longest language tag: more than any that is in use.
const TAG_BYTES_MAX: usize = 35;

/// The longest text that is printed of a store, in characters.
pub const PRINTED_CHARS_MAX: usize = 100;

/// The most lines of a store's address.
pub const ADDRESS_LINES_MAX: usize = 6;

/// Why a store is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a country.
    #[error("`{0}` isn't an ISO 3166 country code of two letters, such as SE")]
    UnknownCountry(String),
    /// Not a language.
    #[error("`{0}` isn't an ISO 639-1 language code of two letters, such as sv")]
    UnknownLanguage(String),
    /// A store without its id.
    #[error("the store `{name}` has no external id")]
    NoExternalId {
        /// The name of the store.
        name: String,
    },
    /// A text that can't be printed on one line.
    #[error(
        "what is printed on a receipt is one line of at most {PRINTED_CHARS_MAX} characters, and not blank"
    )]
    NotPrintable,
    /// An address that is too long to be printed.
    #[error("the address of the store `{0}` has more than {ADDRESS_LINES_MAX} lines")]
    AddressTooLong(String),
    /// Two stores under one id.
    #[error("two stores have the external id `{0}`; it must be unique")]
    Duplicate(String),
}

/// An ISO 3166 country code of two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads a country code, in either case.
    ///
    /// # Errors
    /// [`Error::UnknownCountry`].
    pub fn parse(code: &str) -> Result<Self, Error> {
        let upper = code.to_ascii_uppercase();
        match (upper.parse::<iso_currency::Country>(), upper.as_bytes()) {
            (Ok(_), &[first, second]) => Ok(Self([first, second])),
            _ => Err(Error::UnknownCountry(code.to_owned())),
        }
    }

    /// The code, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("country codes are ASCII")
    }
}

/// An ISO 639-1 language code of two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language([u8; 2]);

impl Language {
    /// Reads a language code, in either case; of a tag such as `sv-SE` the language is taken.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`].
    pub fn parse(tag: &str) -> Result<Self, Error> {
        let language = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        match language.as_bytes() {
            &[first, second] if LANGUAGES.split_whitespace().any(|known| known == language) => {
                Ok(Self([first, second]))
            }
            _ => Err(Error::UnknownLanguage(tag.to_owned())),
        }
    }

    /// Whether a text is a language as BCP 47 writes it: a known language, alone or with subtags such as a region.
    #[must_use]
    pub fn is_tag(text: &str) -> bool {
        let mut subtags = text.split('-');
        let known =
            subtags.next().is_some_and(|language| Self::parse(language).is_ok_and(|_| language.len() == 2));
        let subtag = |subtag: &str| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        known && text.len() <= TAG_BYTES_MAX && subtags.all(subtag)
    }

    /// The code, in small letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("language codes are ASCII")
    }
}

/// A text that is printed: one line, not blank, of at most [`PRINTED_CHARS_MAX`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed(String);

impl Printed {
    /// Reads a text, without the blanks around it.
    ///
    /// # Errors
    /// [`Error::NotPrintable`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let fits = (1..=PRINTED_CHARS_MAX).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::NotPrintable)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a customer reads of a store on a receipt, besides its name; all of it may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letterhead {
    /// Where the store is, line by line; at most [`ADDRESS_LINES_MAX`].
    pub address: Vec<Printed>,
    /// Its phone number.
    pub phone: Option<Printed>,
    /// The number that the company is registered under.
    pub organisation_number: Option<Printed>,
    /// Its number for VAT.
    pub vat_number: Option<Printed>,
    /// Its page on the web.
    pub website: Option<Printed>,
}

/// One store, as it is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    /// What tills and Engage know it by.
    pub external_id: String,
    /// What people call it.
    pub name: String,
    /// Where it is; decides how a local phone number is read.
    pub country: Country,
    /// The language of its customers, unless they chose another.
    pub language: Language,
    /// What its prices are in, unless the receipt says otherwise.
    pub currency: Currency,
    /// How a time without an offset is read.
    pub time_zone: TimeZone,
    /// What its customers read on a receipt.
    pub letterhead: Letterhead,
}

/// The stores of a gateway, by their external id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stores {
    by_id: HashMap<String, usize>,
    list: Vec<Store>,
}

impl Stores {
    /// The stores, in the order in which they are listed.
    ///
    /// # Errors
    /// [`Error::NoExternalId`], [`Error::AddressTooLong`] and [`Error::Duplicate`].
    pub fn new(list: Vec<Store>) -> Result<Self, Error> {
        let mut by_id = HashMap::with_capacity(list.len());
        for (position, store) in list.iter().enumerate() {
            if store.external_id.trim().is_empty() {
                return Err(Error::NoExternalId { name: store.name.clone() });
            }
            if store.letterhead.address.len() > ADDRESS_LINES_MAX {
                return Err(Error::AddressTooLong(store.external_id.clone()));
            }
            if by_id.insert(store.external_id.clone(), position).is_some() {
                return Err(Error::Duplicate(store.external_id.clone()));
            }
        }
        Ok(Self { by_id, list })
    }

    /// The store with this external id.
    #[must_use]
    pub fn get(&self, external_id: &str) -> Option<&Store> {
        self.by_id.get(external_id).map(|&position| &self.list[position])
    }

    /// The country of all of them, if it is one and the same.
    #[must_use]
    pub fn common_country(&self) -> Option<Country> {
        let first = self.list.first()?.country;
        self.list.iter().all(|store| store.country == first).then_some(first)
    }

    /// All of them, as listed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Store> {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{ADDRESS_LINES_MAX, Country, Error, Language, Letterhead, Printed, Store, Stores};
    use crate::money::Currency;

    fn store(external_id: &str) -> Store {
        Store {
            external_id: external_id.to_owned(),
            name: "Drottninggatan".to_owned(),
            country: Country::parse("se").unwrap(),
            language: Language::parse("sv-SE").unwrap(),
            currency: Currency::parse("SEK").unwrap(),
            time_zone: TimeZone::UTC,
            letterhead: Letterhead::default(),
        }
    }

    #[test]
    fn what_is_printed_of_a_store_fits_a_line_and_its_address_a_receipt() {
        assert_eq!(Printed::parse(" Kungsgatan 1 ").unwrap().as_str(), "Kungsgatan 1");
        assert!(Printed::parse(&"å".repeat(100)).is_ok());
        for text in ["", "  ", "a\nb", "a\u{7}", &"å".repeat(101)] {
            assert_eq!(Printed::parse(text), Err(Error::NotPrintable), "{text:?}");
        }
        let line = Printed::parse("Kungsgatan 1").unwrap();
        let mut long = store("a");
        long.letterhead.address = vec![line; ADDRESS_LINES_MAX];
        assert!(Stores::new(vec![long.clone()]).is_ok());
        long.letterhead.address.push(Printed::parse("Sverige").unwrap());
        assert_eq!(Stores::new(vec![long]), Err(Error::AddressTooLong("a".to_owned())));
    }

    #[test]
    fn a_store_is_found_by_its_external_id_alone() {
        let stores = Stores::new(vec![store("b"), store("a")]).unwrap();
        assert_eq!(stores.get("a").unwrap().external_id, "a");
        assert!(stores.get("A").is_none());
        assert_eq!(stores.iter().map(|store| store.external_id.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn an_external_id_is_unique_and_there() {
        assert_eq!(Stores::new(vec![store("a"), store("a")]), Err(Error::Duplicate("a".to_owned())));
        let nameless = Stores::new(vec![store(" ")]);
        assert_eq!(nameless, Err(Error::NoExternalId { name: "Drottninggatan".to_owned() }));
    }

    #[test]
    fn countries_and_languages_are_known_codes() {
        assert_eq!(Country::parse("fi").unwrap().as_str(), "FI");
        assert_eq!(Language::parse("EN").unwrap().as_str(), "en");
        for code in ["", "S", "SWE", "ZZ", "å"] {
            assert!(Country::parse(code).is_err(), "{code}");
        }
        for code in ["", "s", "xx", "swe", "sv se"] {
            assert!(Language::parse(code).is_err(), "{code}");
        }
        for tag in ["sv", "sv-SE", "zh-Hant-TW", "en-001"] {
            assert!(Language::is_tag(tag), "{tag}");
        }
        let long = format!("sv{}", "-abcdefgh".repeat(4));
        for tag in ["", "swe", "xx", "sv_SE", "sv-", "sv-SE ", "sv-<b>", "sv-abcdefghi", &long] {
            assert!(!Language::is_tag(tag), "{tag}");
        }
    }
}
