use jiff::civil::date;

use super::{CustomReference, READINGS_MAX, ReadingContext, readings};
use crate::identifier::{Error, Identifier};
use crate::store::Country;

fn context(code: &str) -> ReadingContext {
    ReadingContext {
        country: Country::parse(code).ok(),
        today: date(2026, 11, 22),
        personal_numbers: true,
        custom: CustomReference::MemberNumber,
    }
}

fn told(identifier: &Identifier) -> String {
    format!("{} {}", identifier.kind(), identifier.value())
}

/// All readings of a text, in order.
#[track_caller]
fn check(text: &str, context: &ReadingContext, expected: &[&str]) {
    let found = readings(text, context).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected, "{text:?}");
    assert!(found.len() <= READINGS_MAX);
}

#[test]
fn an_address_is_an_address_and_nothing_else() {
    for text in [
        "Anna@Example.com",
        " anna@example.com\r\n",
        "mailto:anna@example.com?subject=Hi",
        "anna＠example.com",
    ] {
        check(text, &context("SE"), &["email anna@example.com"]);
    }
    assert_eq!(readings("anna@", &context("SE")), Err(Error::NotAnEmail));
}

#[test]
fn what_looks_like_a_phone_number_may_be_a_member_number_too() {
    let both = ["mobilePhone +46701234567", "memberNumber 0701234567"];
    for text in
        ["0701234567", "０７０１２３４５６７", "070 1234567", "\t0701234567\r", "tel:0701234567;ext=1"]
    {
        check(text, &context("SE"), &both);
    }
    check("070-123 45 67", &context("SE"), &["mobilePhone +46701234567"]);
    check("+46 70 123 45 67", &context("NO"), &["mobilePhone +46701234567"]);
    check("tel:+46-70-1234567", &context("NO"), &["mobilePhone +46701234567"]);
    // Also without the zero in front, which a till that takes it for a number drops.
    check("701234567", &context("SE"), &["mobilePhone +46701234567", "memberNumber 701234567"]);
    check("900100242", &context("SE"), &["mobilePhone +46900100242", "memberNumber 900100242"]);
    check("1234567890123", &context("SE"), &["memberNumber 1234567890123"]);
}

#[test]
fn a_number_without_a_calling_code_is_a_phone_number_only_where_the_country_is_known() {
    let nowhere = ReadingContext { country: None, ..context("SE") };
    check("0701234567", &nowhere, &["memberNumber 0701234567"]);
    check("0046701234567", &nowhere, &["mobilePhone +46701234567", "memberNumber 0046701234567"]);
}

#[test]
fn a_member_number_is_found_in_groups_and_an_external_id_as_it_is() {
    check("9001 0024 2000", &context("NO"), &["memberNumber 900100242000"]);
    check("M-17", &context("SE"), &["memberNumber M-17"]);
    let external = ReadingContext { custom: CustomReference::ExternalId, ..context("SE") };
    check("AB 17", &external, &["externalId AB 17"]);
    check("+46 70 123 45 67", &external, &["mobilePhone +46701234567", "externalId +46 70 123 45 67"]);
}

#[test]
fn a_text_that_is_a_phone_number_and_a_personal_number_is_read_as_both() {
    // Made of the test numbers of 1907, read before the century turned: nobody's.
    let then = ReadingContext { today: date(1999, 1, 1), ..context("SE") };
    let expected =
        ["mobilePhone +46701029803", "personalIdentityNumber 190701029803", "memberNumber 0701029803"];
    check("0701029803", &then, &expected);
    let off = ReadingContext { personal_numbers: false, ..then };
    check("0701029803", &off, &["mobilePhone +46701029803", "memberNumber 0701029803"]);
}

#[test]
fn a_number_of_two_countries_is_read_as_both_the_stores_first() {
    let swedish = "personalIdentityNumber 201901012391";
    let finnish = "personalIdentityNumber 190101-2391";
    check("190101-2391", &context("SE"), &[swedish, finnish]);
    check("190101-2391", &context("FI"), &[finnish, swedish]);
}

#[test]
fn what_can_only_be_a_personal_number_is_refused_where_none_is_to_be_handled() {
    let on = context("SE");
    let off = ReadingContext { personal_numbers: false, ..on };
    for text in ["189001019802", "640823-3234", "131052-308T", "131052308t", "197010632391"] {
        let all = readings(text, &on).unwrap();
        assert!(all.iter().all(|one| one.kind() == "personalIdentityNumber"), "nowhere else: {all:?}");
        assert_eq!(readings(text, &off), Err(Error::PersonalNumbersOff), "{text}");
    }
    // Ten digits are a member number as likely.
    check("6408233234", &off, &["memberNumber 6408233234"]);
}

#[test]
fn what_nobody_can_be_found_by_says_so() {
    let long = "9".repeat(201);
    let longer = "9".repeat(1_001);
    for (text, error) in [
        ("", Error::Empty),
        (" \r\n\u{200b}", Error::Empty),
        ("tel:", Error::Empty),
        ("MAILTO:?subject=Hi", Error::Empty),
        ("Anna Berg", Error::NotAnIdentifier),
        ("+1", Error::NotAnIdentifier),
        ("90\t01", Error::ControlCharacters),
        (long.as_str(), Error::TooLong),
        (longer.as_str(), Error::TooLong),
    ] {
        assert_eq!(readings(text, &context("SE")), Err(error), "{text:?}");
    }
}

#[test]
fn each_reading_is_a_fixed_point_of_its_kind() {
    let context = context("SE");
    for text in ["0701234567", "190101-2391", "Anna@Example.com", "9001 0024 2", "131052-308t"] {
        for reading in readings(text, &context).unwrap() {
            let again = readings(reading.value(), &context).unwrap();
            assert!(again.contains(&reading), "{reading:?}");
        }
    }
}
