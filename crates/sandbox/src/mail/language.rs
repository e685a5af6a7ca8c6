//! The words of a language, and how it writes amounts, days and shares. All of it is text that a user can replace, key
//! by key.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::templates::Broken;
use super::text::{clean, filled};

/// The words that come with the sandbox, by language.
const BUILT_IN: [(&str, &str); 6] = [
    ("sv", include_str!("texts/sv.json")),
    ("en", include_str!("texts/en.json")),
    ("nb", include_str!("texts/nb.json")),
    ("da", include_str!("texts/da.json")),
    ("fi", include_str!("texts/fi.json")),
    ("de", include_str!("texts/de.json")),
];

/// The language of those whose own is not known or not spoken here.
const OTHERWISE: &str = "en";
/// Decimals of an amount whose currency is not known.
const PLACES_OTHERWISE: u32 = 2;

/// A language's words by key.
pub(super) type Words = BTreeMap<String, String>;

/// A language.
#[derive(Debug, Clone)]
pub(super) struct Language {
    pub(super) tag: String,
    pub(super) words: Words,
}

/// Reads words as they are written in a file.
pub(super) fn parse(file: &str, json: &str) -> Result<Words, Broken> {
    serde_json::from_str(json).map_err(|error| Broken::new(file, error.line(), "these are no texts by key"))
}

impl Language {
    /// The first of the languages that are wished for, by their tags, that is spoken here: built in, or the user's
    /// `files`. What these don't say is said as it would be without them.
    pub(super) fn choose<'a>(
        wishes: impl IntoIterator<Item = &'a str>,
        files: &BTreeMap<String, String>,
    ) -> Result<Language, Broken> {
        let file = |tag: &str| files.get(&format!("{tag}.json"));
        let is_spoken = |tag: &String| built_in(tag).is_some() || file(tag).is_some();
        let tag = wishes.into_iter().map(primary).find(is_spoken).unwrap_or_else(|| OTHERWISE.to_owned());
        let base = built_in(&tag).or_else(|| built_in(OTHERWISE)).unwrap_or_default();
        let mut words = parse(&tag, base)?;
        if let Some(json) = file(&tag) {
            words.extend(parse(&format!("{tag}.json"), json)?);
        }
        Ok(Language { tag, words })
    }

    /// The text of a key; empty where there is none.
    pub(super) fn word(&self, key: &str) -> &str {
        self.words.get(key).map_or("", String::as_str)
    }

    /// What is called so in the words of a kind, such as `payment` and `card`; what was written, where there is no word.
    pub(super) fn name_of(&self, kind: &str, name: &str) -> String {
        let known = |(key, _): &(&String, &String)| {
            let rest = key.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| rest.eq_ignore_ascii_case(name))
        };
        self.words.iter().find(known).map_or_else(|| clean(name), |(_, word)| word.clone())
    }

    /// An amount with its currency. No digit of it is rounded away.
    pub(super) fn money(&self, amount: Decimal, currency: &str) -> String {
        let own = self.words.get(&format!("money.{currency}"));
        let form = own.map_or_else(|| self.word("money"), String::as_str);
        let unsigned = self.figure(amount.abs(), currency);
        signed(amount, filled(form, &[("amount", &unsigned), ("currency", currency)]).trim())
    }

    /// An amount without its currency.
    pub(super) fn amount(&self, amount: Decimal, currency: &str) -> String {
        signed(amount, &self.figure(amount.abs(), currency))
    }

    fn figure(&self, amount: Decimal, currency: &str) -> String {
        let places = iso_currency::Currency::from_code(currency).and_then(iso_currency::Currency::exponent);
        let places = places.map_or(PLACES_OTHERWISE, u32::from);
        let mut amount = amount.normalize();
        if amount.scale() < places {
            amount.rescale(places);
        }
        self.grouped(amount)
    }

    /// A number as short as it can be.
    pub(super) fn number(&self, number: Decimal) -> String {
        let number = number.normalize();
        signed(number, &self.grouped(number.abs()))
    }

    /// A rate of tax.
    pub(super) fn percent(&self, rate: Decimal) -> String {
        filled(self.word("percent"), &[("rate", &self.number(rate))])
    }

    fn grouped(&self, number: Decimal) -> String {
        let plain = number.to_string();
        let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut out = String::new();
        for (place, digit) in whole.chars().enumerate() {
            // Four digits stand together; from five on they stand in threes.
            if place > 0 && (whole.len() - place).is_multiple_of(3) && whole.len() > 4 {
                out.push_str(self.word("number.group"));
            }
            out.push(digit);
        }
        if !rest.is_empty() {
            out.push_str(self.word("number.decimal"));
            out.push_str(rest);
        }
        out
    }

    /// A day and a time of it.
    pub(super) fn date(&self, at: DateTime) -> String {
        let month = usize::try_from(at.month()).unwrap_or_default().saturating_sub(1);
        let month = self.word("months").split_whitespace().nth(month).unwrap_or_default();
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        let (day, year) = (at.day().to_string(), at.year().to_string());
        filled(self.word("date"), &[("day", &day), ("month", month), ("year", &year), ("time", &time)])
    }
}

fn signed(amount: Decimal, text: &str) -> String {
    if amount < Decimal::ZERO { format!("−{text}") } else { text.to_owned() }
}

fn built_in(tag: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(one, _)| *one == tag).map(|(_, json)| *json)
}

/// `sv` of `sv-SE`; the three names of Norwegian are one.
fn primary(tag: &str) -> String {
    let primary = tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    match primary.as_str() {
        "no" | "nn" => "nb".to_owned(),
        _ => primary,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn language(tag: &str) -> Language {
        Language::choose([tag], &BTreeMap::new()).unwrap()
    }

    #[test]
    fn every_language_has_every_word_and_no_place_that_another_lacks() {
        let places = |text: &str| {
            let mut all: Vec<String> =
                text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
            all.sort();
            all
        };
        let english = language("en");
        for (tag, _) in BUILT_IN {
            let other = language(tag);
            let common = |words: &Words| -> Vec<String> {
                words.keys().filter(|key| !key.starts_with("money.")).cloned().collect()
            };
            assert_eq!(common(&other.words), common(&english.words), "{tag}");
            for key in common(&english.words) {
                assert_eq!(places(other.word(&key)), places(english.word(&key)), "{tag}: {key}");
                assert!(!other.word(&key).is_empty(), "{tag}: {key}");
            }
            assert_eq!(other.word("months").split(' ').count(), 12, "{tag}");
        }
    }

    #[test]
    fn amounts_are_written_as_the_language_writes_them() {
        for (tag, amount, currency, expected) in [
            ("sv", "1234.5", "SEK", "1234,50 kr"),
            ("sv", "-12345.00", "SEK", "−12 345,00 kr"),
            ("en", "12345.6", "SEK", "SEK 12,345.60"),
            ("en", "-7", "EUR", "−€7.00"),
            ("nb", "99", "NOK", "99,00 kr"),
            ("da", "12345.5", "DKK", "12.345,50 kr."),
            ("fi", "0.1", "EUR", "0,10 €"),
            ("de", "10000", "JPY", "10.000 JPY"),
            ("sv", "1.2345", "KWD", "1,2345 KWD"),
            ("sv", "5", "???", "5,00 ???"),
        ] {
            let shown = language(tag).money(amount.parse().unwrap(), currency);
            assert_eq!(shown.replace('\u{a0}', " "), expected);
        }
    }

    #[test]
    fn days_are_written_as_the_language_writes_them() {
        let at = date(2026, 3, 4).at(9, 5, 7, 0);
        for (tag, expected) in [
            ("sv-SE", "4 mars 2026 kl. 09:05"),
            ("en-GB", "4 March 2026, 09:05"),
            ("no", "4. mars 2026 kl. 09:05"),
            ("da", "4. marts 2026 kl. 09:05"),
            ("FI_fi", "4. maaliskuuta 2026 klo 09:05"),
            ("de-AT", "4. März 2026, 09:05 Uhr"),
        ] {
            assert_eq!(language(tag).date(at), expected);
        }
    }

    #[test]
    fn the_first_wish_that_is_spoken_here_is_met_and_english_otherwise() {
        let chosen =
            |wishes: &[&str]| Language::choose(wishes.iter().copied(), &BTreeMap::new()).unwrap().tag;
        assert_eq!(chosen(&["fi-FI", "sv"]), "fi");
        assert_eq!(chosen(&["pl", "da"]), "da");
        assert_eq!(chosen(&["../../etc/passwd", ""]), "en");
        assert_eq!(chosen(&[]), "en");
    }

    #[test]
    fn a_users_words_stand_in_for_ours_key_by_key_and_may_be_of_another_language() {
        let files =
            [("sv", r#"{"heading.purchase":"Kassakvitto"}"#), ("pl", r#"{"heading.purchase":"Paragon"}"#)];
        let files = files.map(|(tag, json)| (format!("{tag}.json"), json.to_owned())).into();
        let swedish = Language::choose(["sv"], &files).unwrap();
        assert_eq!((swedish.word("heading.purchase"), swedish.word("total")), ("Kassakvitto", "Totalt"));
        let polish = Language::choose(["pl"], &files).unwrap();
        assert_eq!((polish.word("heading.purchase"), polish.word("total")), ("Paragon", "Total"));
    }
}
