//! Words of exports, in the words of Engage.

use jiff::civil::Date;
use pos::store::{Country, Language};

use crate::mapping::Unfit;

/// The longest text: what Engage says of articles' texts (fact R-56), taken to hold for all.
pub(super) const TEXT_CHARS_MAX: usize = 255;

/// The earliest year of a birth day that anybody alive has.
const BIRTH_YEAR_MIN: i16 = 1900;

pub(super) fn unfit(code: &'static str, reason: &str, mend: &str) -> Unfit {
    Unfit { code, reason: reason.to_owned(), mend: mend.to_owned() }
}

/// A text that isn't too long.
pub(super) fn fitting(text: &str) -> Result<(), Unfit> {
    if text.len() <= TEXT_CHARS_MAX || text.chars().count() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    Err(unfit("tooLong", "the text is longer than 255 characters", "shorten it, or map another column"))
}

/// `Male` or `Female` (fact M-12).
pub(super) fn gender(text: &str) -> Result<&'static str, Unfit> {
    const MALE: [&str; 9] = ["male", "m", "man", "mand", "mann", "herr", "mies", "männlich", "pojke"];
    const FEMALE: [&str; 12] =
        ["female", "f", "k", "w", "kvinna", "kvinde", "kvinne", "woman", "frau", "nainen", "dam", "weiblich"];
    // As the sex is written for Engage already, or said by the mapping's table.
    if let Some(known) = ["Male", "Female"].into_iter().find(|known| *known == text) {
        return Ok(known);
    }
    let word = text.to_lowercase();
    if MALE.contains(&word.as_str()) {
        Ok("Male")
    } else if FEMALE.contains(&word.as_str()) {
        Ok("Female")
    } else {
        Err(unfit("badGender", "the gender is neither Male nor Female", "give the rule a table of `values`"))
    }
}

/// `RETAIL` or `ECOMM` (facts M-25, S-05).
pub(super) fn store_type(text: &str) -> Result<&'static str, Unfit> {
    const RETAIL: [&str; 8] = ["retail", "store", "shop", "butik", "butikk", "myymälä", "laden", "physical"];
    const ECOMM: [&str; 10] =
        ["ecomm", "ecom", "e-com", "ecommerce", "e-commerce", "web", "webb", "online", "e-handel", "webshop"];
    let word = text.to_lowercase();
    if RETAIL.contains(&word.as_str()) {
        Ok("RETAIL")
    } else if ECOMM.contains(&word.as_str()) {
        Ok("ECOMM")
    } else {
        Err(unfit("badStoreType", "a store's type is RETAIL or ECOMM", "give the rule a table of `values`"))
    }
}

/// A country's code of two letters.
pub(super) fn country(text: &str) -> Result<Country, Unfit> {
    Country::parse(text).map_err(|_| {
        unfit(
            "badCountryCode",
            "this is no country's code of two letters",
            "write SE, NO, …, or give a table of `values`",
        )
    })
}

/// A language's code of two letters.
pub(super) fn language(text: &str) -> Result<Language, Unfit> {
    Language::parse(text).map_err(|_| {
        unfit(
            "badLanguage",
            "this is no language's code of two letters",
            "write sv, nb, …, or give a table of `values`",
        )
    })
}

/// A postal code, in the country's own form where its length is known: digits alone.
pub(super) fn zip_code(text: &str, country: Option<Country>) -> Result<String, Unfit> {
    let digits = match country.as_ref().map(Country::as_str) {
        Some("SE" | "FI") => 5,
        Some("NO" | "DK") => 4,
        Some(_) | None => return fitting(text).map(|()| text.to_owned()),
    };
    let own = country.as_ref().map_or("", Country::as_str);
    let bare: String = text.chars().filter(|char| !char.is_whitespace() && *char != '-').collect();
    let bare = bare.strip_prefix(own).unwrap_or(&bare);
    if bare.len() == digits && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(bare.to_owned());
    }
    Err(unfit(
        "badZipCode",
        "the postal code hasn't the digits of its country",
        "mend it, or map countryCode",
    ))
}

/// A birth day that somebody alive may have.
pub(super) fn birth_day(date: Date, today: Date) -> Result<Date, Unfit> {
    if date > today {
        return Err(unfit(
            "badBirthDay",
            "the birth day is in the future",
            "mend it; was the century guessed?",
        ));
    }
    if date.year() < BIRTH_YEAR_MIN {
        return Err(unfit(
            "badBirthDay",
            "the birth day is before 1900",
            "mend it, or leave a placeholder blank",
        ));
    }
    Ok(date)
}
