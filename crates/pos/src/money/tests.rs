use super::{Amount, Currency, Error, Percent, parse_decimal};

fn decimal(text: &str) -> rust_decimal::Decimal {
    parse_decimal(text).unwrap()
}

#[test]
fn currencies_know_their_minor_unit() {
    for (code, exponent) in [("SEK", 2), ("eur", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0)] {
        assert_eq!(Currency::parse(code).unwrap().exponent(), exponent, "{code}");
    }
}

#[test]
fn what_one_cannot_pay_with_is_no_currency() {
    for code in ["XAU", "XXX", "XTS", "ABC", "", "SE", "SEKK", "å!"] {
        assert_eq!(Currency::parse(code), Err(Error::UnknownCurrency), "{code}");
    }
}

#[test]
fn an_amount_is_exact_or_refused() {
    let sek = Currency::parse("SEK").unwrap();
    assert_eq!(sek.amount(decimal("78.00")), Ok(Amount::from_minor(7800)));
    assert_eq!(sek.amount(decimal("0.3")), Ok(Amount::from_minor(30)));
    assert_eq!(sek.amount(decimal("-1.5e1")), Ok(Amount::from_minor(-1500)));
    assert_eq!(sek.amount(decimal("78.005")), Err(Error::TooManyDecimals { currency: "SEK", decimals: 2 }));
    assert_eq!(sek.amount(decimal("1000000000000")), Ok(Amount::from_minor(super::AMOUNT_MAX_MINOR)));
    assert_eq!(sek.amount(decimal("1000000000000.01")), Err(Error::TooLarge));
    assert_eq!(sek.amount(rust_decimal::Decimal::MAX), Err(Error::TooLarge));
    let jpy = Currency::parse("JPY").unwrap();
    assert_eq!(jpy.amount(decimal("100.0")), Ok(Amount::from_minor(100)));
    assert_eq!(jpy.amount(decimal("0.5")), Err(Error::TooManyDecimals { currency: "JPY", decimals: 0 }));
}

#[test]
fn an_amount_is_shown_with_all_the_decimals_of_its_currency() {
    for (code, shown) in [("SEK", "300.00"), ("JPY", "30000"), ("KWD", "30.000")] {
        assert_eq!(Currency::parse(code).unwrap().decimal(Amount::from_minor(30000)).to_string(), shown);
    }
}

#[test]
fn decimals_are_read_exactly_in_every_spelling() {
    for (text, same) in [
        ("1.50", "1.5"),
        ("15e-1", "1.5"),
        ("0.15E+1", "1.5"),
        ("15000000000000e-13", "1.5"),
        ("-0", "0"),
        ("0e99999999999", "0"),
        ("007.10", "7.1"),
        ("1.50000000000000000000000000000000000000000000", "1.5"),
        ("0.1", "0.1"),
        ("1e3", "1000"),
    ] {
        assert_eq!(parse_decimal(text).unwrap().to_string(), same, "{text}");
    }
}

#[test]
fn what_is_not_a_decimal_is_refused() {
    for text in
        ["", "-", "1,50", "1 000", "1.", ".5", "+1", "0x10", "1e", "1e+", "e5", "--1", "1.2.3", "NaN", "١"]
    {
        assert_eq!(parse_decimal(text), Err(Error::NotANumber), "{text}");
    }
    for text in ["1e400", "1e19", "9999999999999999999", "1e99999999999999999999"] {
        assert_eq!(parse_decimal(text), Err(Error::TooLarge), "{text}");
    }
    for text in ["0.0000000000000000001", "1e-30", "1.00000000000000000001"] {
        assert_eq!(parse_decimal(text), Err(Error::TooPrecise), "{text}");
    }
}

#[test]
fn halves_round_away_from_zero() {
    let ten = Percent::new(decimal("10")).unwrap();
    for (base, part) in [(5, 1), (4, 0), (-5, -1), (-4, 0), (15, 2), (25, 3), (-15, -2)] {
        assert_eq!(ten.of(Amount::from_minor(base)), Amount::from_minor(part), "{base}");
    }
}

#[test]
fn the_tax_inside_a_price_is_what_the_price_without_it_leaves() {
    for (paid, percent, tax) in
        [(30000, "25", 6000), (333, "25", 67), (100, "0", 0), (11200, "12", 1200), (1, "25", 0)]
    {
        let percent = Percent::new(decimal(percent)).unwrap();
        assert_eq!(percent.contained_in(Amount::from_minor(paid)), Amount::from_minor(tax), "{paid}");
    }
}

#[test]
fn a_percentage_has_bounds() {
    assert_eq!(Percent::new(decimal("100.000001")), Err(Error::PercentOutOfRange));
    assert_eq!(Percent::new(decimal("-0.1")), Err(Error::PercentOutOfRange));
    assert_eq!(Percent::new(decimal("33.3333333")), Err(Error::PercentTooPrecise));
    assert_eq!(Percent::new(decimal("12.50")).unwrap().decimal().to_string(), "12.5");
}

#[test]
fn a_unit_price_finer_than_the_currency_is_rounded_once_and_says_so() {
    let sek = Currency::parse("SEK").unwrap();
    assert_eq!(sek.times(decimal("0.335"), decimal("3")), Ok((Amount::from_minor(101), true)));
    assert_eq!(sek.times(decimal("0.335"), decimal("2")), Ok((Amount::from_minor(67), false)));
    assert_eq!(sek.times(decimal("1000000000"), decimal("1001")), Err(Error::TooLarge));
}

#[test]
fn what_is_scaled_keeps_its_proportion_and_takes_the_sign_of_both_sides() {
    let scaled = |amount: i64, after: i64, before: i64| {
        let [amount, after, before] = [amount, after, before].map(Amount::from_minor);
        amount.scaled(after, before).minor()
    };
    // A third of 1 is nothing, a half is 1, and a minor unit of the product would show.
    assert_eq!([scaled(1, 1, 3), scaled(1, 1, 2), scaled(2, 1, 3)], [0, 1, 1]);
    assert_eq!([scaled(10, 3, 6), scaled(-10, 3, 6), scaled(10, -3, 6), scaled(10, 3, -6)], [5, -5, -5, -5]);
    assert_eq!(scaled(10, 3, 0), 0);
}
