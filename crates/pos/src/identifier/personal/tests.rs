//! Every number here is published for tests or as an example, so that it is nobody's.

use jiff::civil::{Date, date};

use super::{FINNISH_CHECKS, PersonalNumber, finnish, luhn, swedish};
use crate::identifier::Error;
use crate::store::Country;

const TODAY: Date = date(2026, 11, 22);

fn parse(text: &str) -> Result<String, Error> {
    on(text, TODAY)
}

fn on(text: &str, today: Date) -> Result<String, Error> {
    PersonalNumber::parse(text, None, today).map(|number| number.as_str().to_owned())
}

fn in_country(text: &str, code: &str) -> String {
    let country = Some(Country::parse(code).unwrap());
    PersonalNumber::parse(text, country, TODAY).unwrap().as_str().to_owned()
}

/// Skatteverket's test numbers: personal identity numbers
/// (<https://skatteverket.entryscape.net/rowstore/dataset/b4de7df7-63c0-4e7e-bb59-1f156a591763>), coordination
/// numbers (<https://skatteverket.entryscape.net/rowstore/dataset/9f29fe09-4dbc-4d2f-848f-7cffdd075383>), and the
/// examples of its leaflets SKV 704 (640823-3234) and SKV 707 (701063-2391,
/// <https://www.faronline.se/dokument/skatteverket/meddelanden/2010_2013/skvm20100003/>).
const SWEDISH: &[(&str, &[&str])] = &[
    ("189001019802", &["189001019802", "18900101-9802", "18900101+9802", "1890 01 01 98 02"]),
    ("190308189802", &["19030818-9802", "030818+9802"]),
    ("201906112386", &["20190611-2386", "190611-2386", "1906112386", "190611 2386"]),
    ("196408233234", &["640823-3234", "6408233234", "19640823-3234", "640823\u{2013}3234"]),
    ("197010632391", &["701063-2391", "7010632391", "197010632391", "７０１０６３－２３９１"]),
    ("202601612381", &["202601612381", "260161-2381"]),
    ("202601912393", &["202601912393", "260191-2393"]),
    // The month, and the day, of birth aren't known.
    ("191500722390", &["191500722390", "150072+2390"]),
    ("191711602399", &["191711602399", "171160+2399"]),
];

#[test]
fn a_swedish_number_is_read_as_it_is_written_and_kept_in_twelve_digits() {
    for &(number, texts) in SWEDISH {
        for text in texts {
            assert_eq!(parse(text).as_deref(), Ok(number), "{text}");
        }
        assert_eq!(parse(number).as_deref(), Ok(number), "it is a fixed point");
    }
}

/// The population register's example (<https://dvv.fi/en/personal-identity-code>) and its made-up persons with
/// the signs of 2023 (linked from <https://dvv.fi/hetu-uudistus>); their individual numbers are temporary ones.
const FINNISH: &[&str] = &[
    "131052-308T",
    "010594Y9032",
    "020594X903P",
    "030594W903B",
    "040594V9030",
    "050594U903M",
    "020504A902E",
    "020504B904H",
    "010516B903X",
    "020516C903K",
    "030516D9037",
    "010501E9032",
    "020503F9037",
];

#[test]
fn a_finnish_code_is_read_in_either_case_and_kept_in_capitals() {
    for &code in FINNISH {
        assert_eq!(parse(code).as_deref(), Ok(code), "it is a fixed point");
        assert_eq!(parse(&format!(" {}\r", code.to_lowercase())).as_deref(), Ok(code));
    }
    for text in ["131052308T", "131052 308t", "131052\u{2212}308T", "１３１０５２－３０８Ｔ"] {
        assert_eq!(parse(text).as_deref(), Ok("131052-308T"), "{text}");
    }
    assert_eq!(parse("131052+308T").as_deref(), Ok("131052+308T"), "somebody else, born in 1852");
}

#[test]
fn what_is_no_personal_number_says_whether_its_form_or_its_digits_are_wrong() {
    for text in [
        "900161-0017", // the check digit of another number
        "701063-2392",
        "701463-2391",
        "701092-2391",
        "19000229-9802",
        "20261123-2380", // tomorrow
        "640823-0000",
        "131052-308A",
        "310252-308T",
        "131052F308T", // in the future
        "131052-001T",
    ] {
        assert_eq!(parse(text), Err(Error::NoSuchPersonalNumber), "{text}");
    }
    for text in [
        "131052-308G", // no check character
        "131052Z308T",
        "0701234567a",
        "70106-32391",
        "701063--2391",
        "6408-23-3234",
        "640823-T234",
        "19640823323",
        "0640823-3234",
        "anna@example.com",
        "٦٤٠٨٢٣-٣٢٣٤",
        "åäö052-308T",
        "-",
        "+",
    ] {
        assert_eq!(parse(text), Err(Error::NotAPersonalNumber), "{text}");
    }
    assert_eq!(parse(" \u{200b}"), Err(Error::Empty));
}

#[test]
fn ten_digits_are_of_somebody_younger_than_a_hundred_unless_there_is_a_plus() {
    for (text, today, number) in [
        ("030818-9802", date(1999, 1, 1), "190308189802"),
        ("030818-9802", date(2003, 8, 17), "190308189802"),
        // The sign becomes a plus in the year in which somebody turns a hundred.
        ("030818+9802", date(2003, 1, 1), "190308189802"),
        ("030818+9802", date(2026, 1, 1), "190308189802"),
        ("900101+9802", date(1990, 1, 1), "189001019802"),
        ("190611-2386", date(2019, 6, 11), "201906112386"),
        ("190611-2386", date(2118, 12, 31), "201906112386"),
    ] {
        assert_eq!(on(text, today).as_deref(), Ok(number), "{text} on {today}");
    }
    assert_eq!(on("20190611-2386", date(2019, 6, 10)), Err(Error::NoSuchPersonalNumber));
    assert_eq!(on("202601612381", date(2025, 12, 31)), Err(Error::NoSuchPersonalNumber));
}

#[test]
fn a_text_that_is_a_number_in_both_countries_is_of_the_stores() {
    // 201901012391 of Skatteverket's list: 1 January 2019, or 19 January 1901 with the check character 1.
    for text in ["190101-2391", "1901012391"] {
        assert_eq!(in_country(text, "SE"), "201901012391");
        assert_eq!(in_country(text, "FI"), "190101-2391");
        assert_eq!(in_country(text, "NO"), "201901012391");
        assert_eq!(PersonalNumber::all(text, None, TODAY).unwrap().len(), 2);
    }
    assert_eq!(in_country("131052-308T", "SE"), "131052-308T");
    assert_eq!(in_country("640823-3234", "FI"), "196408233234");
}

/// Every 37th day of both centuries with a serial that changes along: all months, days and digits come up.
fn births() -> impl Iterator<Item = (Date, u32)> {
    let days = date(1901, 1, 1).series(jiff::Span::new().days(37));
    days.take_while(|&day| day < TODAY).zip((0..).map(|step| 2 + step * 61 % 997))
}

/// The text with each of its ten digits at these places changed into each other one.
fn with_one_changed(text: &str, places: std::ops::Range<usize>, to: &str) -> Vec<String> {
    let mut changed = Vec::new();
    for place in places.filter(|&place| text.as_bytes()[place].is_ascii_alphanumeric()) {
        for other in to.chars().filter(|&other| !text[place..].starts_with(other)) {
            changed.push(format!("{}{other}{}", &text[..place], &text[place + 1..]));
        }
    }
    changed
}

#[test]
fn one_changed_digit_of_a_swedish_number_is_always_refused() {
    let mut tried = 0;
    for (born, serial) in births() {
        let nine = format!("{}{serial:03}", born.strftime("%y%m%d"));
        let check = (0..10).find(|check| luhn(&format!("{nine}{check}"))).unwrap();
        let number = format!("{}{nine}{check}", born.year() / 100);
        assert_eq!(swedish(&number, TODAY).as_ref(), Ok(&number), "it is a fixed point");
        // The century isn't under the check digit.
        for changed in with_one_changed(&number, 2..12, "0123456789") {
            assert_eq!(swedish(&changed, TODAY), Err(Error::NoSuchPersonalNumber), "{number} as {changed}");
            tried += 1;
        }
    }
    assert!(tried > 100_000, "{tried}");
}

#[test]
fn one_changed_character_of_a_finnish_code_is_always_refused() {
    let mut tried = 0;
    for (born, individual) in births() {
        let date = born.strftime("%d%m%y").to_string();
        let nine: usize = format!("{date}{individual:03}").parse().unwrap();
        let sign = if born.year() < 2000 { '-' } else { 'A' };
        let check = char::from(FINNISH_CHECKS[nine % 31]);
        let code = format!("{date}{sign}{individual:03}{check}");
        assert_eq!(finnish(&code, TODAY).as_ref(), Ok(&code), "it is a fixed point");
        let mut changed = with_one_changed(&code, 0..6, "0123456789");
        changed.extend(with_one_changed(&code, 7..10, "0123456789"));
        changed.extend(with_one_changed(&code, 10..11, std::str::from_utf8(FINNISH_CHECKS).unwrap()));
        for changed in changed {
            assert_eq!(finnish(&changed, TODAY), Err(Error::NoSuchPersonalNumber), "{code} as {changed}");
            tried += 1;
        }
    }
    assert!(tried > 100_000, "{tried}");
}

#[test]
fn nothing_shows_a_personal_number() {
    let number = PersonalNumber::parse("189001019802", None, TODAY).unwrap();
    assert_eq!(format!("{number:?}"), "***");
    for text in ["189001019803", "18900101-980x"] {
        let error = PersonalNumber::parse(text, None, TODAY).unwrap_err();
        assert!(!format!("{error}{error:?}").contains("1890"), "{error}");
    }
}
