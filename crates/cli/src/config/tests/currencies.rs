//! Rates, who converts, and the sandbox's points: what is set by currency.

use jiff::civil::{Date, date};
use pos::money::Currency;
use pos::rates::Rates;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{STORE, faults, loaded, show, show_json, warnings};

const GROUP: &str = "[currencies]\ngroup = \"SEK\"\n";

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// What a rate is on a day, as it is written.
fn rate(rates: &Rates, code: &str, on: Date) -> Option<String> {
    rates.rate(currency(code), on).map(|rate| rate.to_string())
}

#[test]
fn a_rate_is_the_decimal_that_was_written() {
    let text = "[currencies]\ngroup = \"SEK\"\n[currencies.rates]\n\
        EUR = 11.350\nUSD = 0.123456789012345678\nNOK = \"0.98\"\nJPY = 1\n";
    let rates = loaded(text, &[("TILLBRIDGE_CURRENCIES__RATES__DKK", "1.4900000000000001")]).config.rates;
    let rate = |code: &str| rates.rate(currency(code), date(2026, 1, 1)).unwrap();
    assert_eq!(rate("EUR"), Decimal::new(1135, 2));
    assert_eq!(rate("NOK"), Decimal::new(98, 2));
    assert_eq!(rate("JPY"), Decimal::ONE);
    // Neither fits a binary fraction: it would come back with other digits.
    assert_eq!(rate("USD").to_string(), "0.123456789012345678");
    assert_eq!(rate("DKK").to_string(), "1.4900000000000001");
    assert_eq!(rate("SEK"), Decimal::ONE);
}

#[test]
fn a_currency_may_have_a_rate_from_each_of_some_days_on_however_that_is_written() {
    let (tables, inline, text) = (
        "[currencies.rates.EUR]\n2026-12-01 = \"11.20\"\n2026-01-01 = 11.350\n",
        "[currencies.rates]\nEUR = { 2026-01-01 = 11.350, 2026-12-01 = 11.20 }\n",
        "[currencies.rates]\nEUR = \"2026-01-01=11.350,  2026-12-01 = 11.20\"\n",
    );
    let variable = [("TILLBRIDGE_CURRENCIES__RATES__EUR", "2026-01-01=11.35, 2026-12-01=11.20")];
    let undated = "[currencies.rates]\nEUR = 99\n";
    for (table, variables) in [(tables, &[][..]), (inline, &[]), (text, &[]), (undated, &variable)] {
        let loaded = loaded(&format!("{GROUP}{table}"), variables);
        let on = |day| rate(&loaded.config.rates, "EUR", day);
        assert_eq!(on(date(2025, 12, 31)), None, "{table}");
        assert_eq!(on(date(2026, 1, 1)).as_deref(), Some("11.35"), "{table}");
        assert_eq!(on(date(2026, 11, 30)).as_deref(), Some("11.35"), "{table}");
        assert_eq!(on(date(2026, 12, 1)).as_deref(), Some("11.2"), "{table}");
    }
}

#[test]
fn dated_rates_are_shown_so_that_they_can_be_read_again() {
    let variable = [("TILLBRIDGE_CURRENCIES__RATES__NOK", " 2026-01-01 = 0.98,2026-02-01=0.970")];
    let first = loaded(&format!("{GROUP}[currencies.rates.EUR]\n2026-01-01 = 11.350\n"), &variable);
    let shown = show(&first);
    for line in ["EUR = { 2026-01-01 = 11.350 }", "NOK = { 2026-01-01 = 0.98, 2026-02-01 = 0.970 }"] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert_eq!(format!("{:?}", loaded(&shown, &[]).config), format!("{:?}", first.config));
    let shown: Value = serde_json::from_str(&show_json(&first)).unwrap();
    assert_eq!(shown["rates"][0]["value"], json!({ "2026-01-01": "11.350" }));
    assert_eq!(shown["rates"][1]["origin"], variable[0].0);
}

#[test]
fn what_is_no_rate_is_refused_with_its_place() {
    let cases = [
        ("EUR = { 2026-01-01 = 0 }", &["t.toml:4: currencies.rates.EUR: 2026-01-01: ", "above zero"][..]),
        ("EUR = { 2026-02-30 = 1, x = 2 }", &["\"2026-02-30\" is no day", "\"x\" is no day"]),
        ("EUR = { 20260101 = 1 }", &["is no day"]),
        (
            "EUR = { 2026-01-01 = true }",
            &["currencies.rates.EUR.2026-01-01: ", "a decimal number, and is true"],
        ),
        ("EUR = \"2026-01-01=1, 2026-01-01=2\"", &["2026-01-01 is named twice"]),
        ("EUR = \"2026-01-01=11,35\"", &["\"35\" has no day"]),
        ("EUR = \"2026-01-01 = \"", &["2026-01-01: ", "isn't a decimal number"]),
        ("EUR = { }", &["isn't a decimal number"]),
        ("EUR = 0", &["above zero"]),
        ("EUR = nan", &["isn't a decimal number"]),
        ("EUR = true", &["a decimal number, or a table of days"]),
        ("eur = 11", &["write the currency in capitals, EUR"]),
        ("SEK = 1", &["take this row out"]),
        ("SEK = { 2026-01-01 = 1 }", &["take this row out"]),
    ];
    for (line, expected) in cases {
        let found = faults(&format!("{GROUP}[currencies.rates]\n{line}\n"), &[]);
        assert_eq!(found.len(), 1, "{line}\n{found:#?}");
        assert!(expected.iter().all(|text| found[0].contains(text)), "{line}\n{found:#?}");
    }
    assert!(faults("[currencies.rates]\nEUR = 11\n", &[])[0].contains("no group currency"));
}

#[test]
fn a_store_whose_currency_nobody_converts_is_a_warning() {
    let store = STORE.replace("\"SEK\"", "\"DKK\"");
    let of = |currencies: &str| {
        warnings(&loaded(&format!("{GROUP}{currencies}{store}{}", STORE.replace("03", "04")), &[]))
    };
    let found = of("");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("store03-stockholm sells in DKK, which has no rate to SEK"), "{found:#?}");
    assert_eq!(of("rates = { DKK = { 2030-01-01 = 1.5 } }\n"), [""; 0]);
    assert_eq!(of("converted_by_engage = [\"DKK\"]\n"), [""; 0]);
    assert_eq!(warnings(&loaded(&store, &[])), [""; 0]);
}

#[test]
fn currencies_may_be_left_to_engage_to_convert() {
    let of = |list: &str| format!("{GROUP}converted_by_engage = {list}\nrates = {{ EUR = 11.35 }}\n");
    let left = loaded(&of("[\"DKK\", \"NOK\"]"), &[]);
    assert!(left.warnings.is_empty(), "{:?}", left.warnings);
    assert!(show(&left).contains("converted_by_engage = [\"DKK\", \"NOK\"]"), "{}", show(&left));
    let by_variable = loaded(GROUP, &[("TILLBRIDGE_CURRENCIES__CONVERTED_BY_ENGAGE", "DKK,NOK")]);
    let without_rates = loaded(&of("[\"DKK\", \"NOK\"]").replace("rates = { EUR = 11.35 }", ""), &[]);
    assert_eq!(by_variable.config.rates, without_rates.config.rates);
    assert_ne!(by_variable.config.rates, loaded(GROUP, &[]).config.rates);
    for (list, expected) in [
        ("[\"SEK\"]", "SEK is the group currency"),
        ("[\"dkk\"]", "write the currency in capitals, DKK"),
        ("[\"DKK\", \"DKK\"]", "\"DKK\" is named twice"),
        ("[\"crowns\"]", "isn't an ISO 4217 code"),
        ("\"DKK\"", "a list of texts"),
    ] {
        let found = faults(&of(list), &[]);
        assert_eq!(found.len(), 1, "{list}\n{found:#?}");
        assert!(found[0].starts_with("t.toml:3: currencies.converted_by_engage: "), "{found:#?}");
        assert!(found[0].contains(expected), "{list}\n{found:#?}");
    }
    let outranked = warnings(&loaded(&of("[\"EUR\"]"), &[]));
    assert!(outranked[0].contains("EUR has a rate here too"), "{outranked:?}");
    let needless = warnings(&loaded("[currencies]\nconverted_by_engage = [\"EUR\"]\n", &[]));
    assert!(needless[0].contains("set currencies.group"), "{needless:?}");
}

#[test]
fn the_sandbox_gives_points_by_currency() {
    let variable = [("TILLBRIDGE_SANDBOX__POINTS__EUR", "11.35")];
    let set = loaded("[sandbox.points]\nSEK = 1\n", &variable);
    let expected = [(currency("EUR"), Decimal::new(1135, 2)), (currency("SEK"), Decimal::ONE)];
    assert_eq!(set.config.sandbox.points, expected);
    assert!(loaded("", &[]).config.sandbox.points.is_empty());
    let shown = show(&set);
    assert!(shown.contains("[sandbox.points]\nEUR = 11.35"), "{shown}");
    assert_eq!(loaded(&shown, &[]).config.sandbox.points, expected);
    let shown: Value = serde_json::from_str(&show_json(&set)).unwrap();
    assert_eq!(shown["points"][1]["key"], "SEK");
    for (line, expected) in [("SEK = 0", "above zero"), ("SEK = { 2026-01-01 = 1 }", "a decimal number")] {
        let found = faults(&format!("[sandbox.points]\n{line}\n"), &[]);
        assert!(found[0].starts_with("t.toml:2: sandbox.points.SEK: "), "{found:?}");
        assert!(found[0].contains(expected), "{found:?}");
    }
}
