//! The languages of documents, and how each writes numbers, amounts and times.
//!
//! Amounts are written alike everywhere: the number in the language's form, with no-break spaces, a true minus sign,
//! every decimal of the currency, and the currency's code behind it where it stands alone.

use jiff::civil::DateTime;
use pos::money::{Amount, Currency, Percent};
use rust_decimal::Decimal;
use serde::Serialize;

/// Keeps the parts of a number on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// As wide as a plus sign, unlike a hyphen.
const MINUS: char = '\u{2212}';

/// A language that documents are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Swedish.
    Sv,
    /// English.
    En,
    /// Norwegian.
    Nb,
    /// Danish.
    Da,
    /// Finnish.
    Fi,
    /// German.
    De,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 6] = [Self::Sv, Self::En, Self::Nb, Self::Da, Self::Fi, Self::De];

    /// The language of a tag such as `sv-SE` or `no`, in either case.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        match language.as_str() {
            // Norwegian as such, and the other way of writing it.
            "no" | "nn" => Some(Self::Nb),
            code => Self::ALL.into_iter().find(|known| known.code() == code),
        }
    }

    /// Its ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sv => "sv",
            Self::En => "en",
            Self::Nb => "nb",
            Self::Da => "da",
            Self::Fi => "fi",
            Self::De => "de",
        }
    }

    /// What stands between thousands, and before the decimals.
    const fn marks(self) -> (char, char) {
        match self {
            Self::En => (',', '.'),
            Self::Da | Self::De => ('.', ','),
            Self::Sv | Self::Nb | Self::Fi => (NO_BREAK_SPACE, ','),
        }
    }

    /// A decimal number: `1 234,5`.
    pub(crate) fn number(self, value: Decimal) -> String {
        let (thousands, point) = self.marks();
        let plain = value.abs().to_string();
        let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut written = String::with_capacity(plain.len() + 4);
        if value.is_sign_negative() && !value.is_zero() {
            written.push(MINUS);
        }
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                written.push(thousands);
            }
            written.push(digit);
        }
        if !decimals.is_empty() {
            written.push(point);
            written.push_str(decimals);
        }
        written
    }

    /// An amount with all its decimals, without its currency.
    pub(crate) fn amount(self, currency: Currency, amount: Amount) -> String {
        self.number(currency.decimal(amount))
    }

    /// An amount with its currency.
    pub(crate) fn money(self, currency: Currency, amount: Amount) -> String {
        format!("{}{NO_BREAK_SPACE}{currency}", self.amount(currency, amount))
    }

    /// A percentage.
    pub(crate) fn percent(self, percent: Percent) -> String {
        let number = self.number(percent.decimal());
        match self {
            Self::En => format!("{number}%"),
            Self::Sv | Self::Nb | Self::Da | Self::Fi | Self::De => format!("{number}{NO_BREAK_SPACE}%"),
        }
    }

    /// A day.
    pub(crate) fn date(self, at: DateTime) -> String {
        let (year, month, day) = (at.year(), at.month(), at.day());
        match self {
            Self::Sv | Self::En => format!("{year}-{month:02}-{day:02}"),
            Self::Nb | Self::De => format!("{day:02}.{month:02}.{year}"),
            Self::Da | Self::Fi => format!("{day}.{month}.{year}"),
        }
    }

    /// A time of the day.
    pub(crate) fn time(self, at: DateTime) -> String {
        let (hour, minute) = (at.hour(), at.minute());
        match self {
            Self::Sv | Self::En | Self::Nb | Self::De => format!("{hour:02}:{minute:02}"),
            Self::Da | Self::Fi => format!("{hour:02}.{minute:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;
    use jiff::civil::date;
    use pos::money::{Amount, Currency, Percent};

    #[test]
    fn amounts_are_written_as_people_of_the_language_write_them() {
        let written = Language::ALL.map(|language| {
            let sek = Currency::parse("SEK").unwrap();
            language.money(sek, Amount::from_minor(-123_456_789))
        });
        let expected = [
            "−1 234 567,89 SEK",
            "−1,234,567.89 SEK",
            "−1 234 567,89 SEK",
            "−1.234.567,89 SEK",
            "−1 234 567,89 SEK",
            "−1.234.567,89 SEK",
        ];
        assert_eq!(written.map(|text| text.replace('\u{a0}', " ")), expected);
    }

    #[test]
    fn every_currency_has_all_its_decimals() {
        let written = ["JPY", "SEK", "KWD"].map(|code| {
            let currency = Currency::parse(code).unwrap();
            Language::En.amount(currency, Amount::from_minor(100_005))
        });
        assert_eq!(written, ["100,005", "1,000.05", "100.005"]);
        assert_eq!(Language::Sv.amount(Currency::parse("SEK").unwrap(), Amount::ZERO), "0,00");
    }

    #[test]
    fn times_and_percentages_are_written_in_the_language() {
        let at = date(2026, 3, 4).at(5, 6, 7, 0);
        let written = Language::ALL.map(|language| format!("{} {}", language.date(at), language.time(at)));
        let expected = [
            "2026-03-04 05:06",
            "2026-03-04 05:06",
            "04.03.2026 05:06",
            "4.3.2026 05.06",
            "4.3.2026 05.06",
            "04.03.2026 05:06",
        ];
        assert_eq!(written, expected);
        let rate = Percent::new("12.5".parse().unwrap()).unwrap();
        assert_eq!([Language::De.percent(rate), Language::En.percent(rate)], ["12,5\u{a0}%", "12.5%"]);
    }

    #[test]
    fn a_tag_is_of_a_language_whatever_its_region_and_case() {
        for (tag, language) in [
            ("sv-SE", Some(Language::Sv)),
            ("EN_gb", Some(Language::En)),
            ("no", Some(Language::Nb)),
            ("nn-NO", Some(Language::Nb)),
            ("fi", Some(Language::Fi)),
            ("", None),
            ("fr-FR", None),
            ("svenska", None),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
    }
}
