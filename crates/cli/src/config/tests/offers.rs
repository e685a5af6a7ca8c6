//! What is set about offers, and the promotions file.

use std::num::NonZeroU32;
use std::path::Path;

use engage::model::{AssignedValidity, ChannelKind, Money, NewChannel, NewValue, Text, Unit, Until};
use gateway::settings::{Gives, LargerThanBasket, Offers, OnReturn, Outage, Vouchers, Welcome};
use jiff::civil::date;
use pos::money::Currency;
use rust_decimal::Decimal;

use super::{faults, json_schema, loaded, show, show_json};
use crate::config::fault::Finding;
use crate::config::{Promotion, promotions};

/// The committed example.
const EXAMPLE: &str = include_str!("../../../../../docs/examples/promotions.toml");

/// What every promotion needs, beside its code.
const REST: &str = "name = \"n\"\nstarts = 2026-01-01\npos.percent = 5\n";

fn sek() -> Currency {
    Currency::parse("SEK").unwrap()
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn limits(rows: &[(&str, i64)]) -> Vec<(Currency, Decimal)> {
    rows.iter().map(|(code, amount)| (Currency::parse(code).unwrap(), Decimal::from(*amount))).collect()
}

fn read(text: &str) -> Vec<Promotion> {
    let read = promotions::read(Path::new("p.toml"), text, Some(sek()));
    read.unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"))
}

/// What is wrong with a file, a line for each fault.
fn wrong(text: &str) -> Vec<String> {
    let read = promotions::read(Path::new("p.toml"), text, Some(sek()));
    read.expect_err("this is faulty").iter().map(Finding::to_string).collect()
}

/// A promotion with these further lines.
fn with(lines: &str) -> String {
    format!("[[promotion]]\ncode = \"A\"\n{REST}{lines}\n")
}

#[test]
fn who_decides_nothing_gets_what_the_gateway_does_by_default() {
    let offers = loaded("", &[]).config.offers;
    let ours = Offers { promotions: Vec::new(), vouchers: offers.vouchers, hold: offers.hold };
    assert_eq!(ours, Offers::default());
    assert!(offers.promotions.is_empty());
}

#[test]
fn what_is_decided_about_vouchers_is_taken_over() {
    let file = "[offers]\nhold_minutes = 3\n[offers.vouchers]\noutage = { up_to = { SEK = 500, EUR = 49.50 } }\n\
                larger_than_basket = \"refuse\"\non_return = \"any\"\nstack = false\n";
    let offers = loaded(file, &[]).config.offers;
    assert_eq!(offers.hold.as_secs(), 180);
    let Outage::HonourUpTo(amounts) = &offers.vouchers.outage else { panic!("{:?}", offers.vouchers) };
    assert_eq!(amounts.len(), 2);
    assert!(amounts.contains(&(Currency::parse("EUR").unwrap(), Decimal::new(4950, 2))));
    let (larger_than_basket, on_return) = (LargerThanBasket::Refuse, OnReturn::Any);
    let rest = Vouchers { outage: Outage::Refuse, larger_than_basket, on_return, stack: false };
    assert_eq!(Vouchers { outage: Outage::Refuse, ..offers.vouchers }, rest);
}

#[test]
fn an_outage_is_said_in_a_variable_too_and_shown_as_it_stands_in_a_file() {
    let variable = |text| [("TILLBRIDGE_OFFERS__VOUCHERS__OUTAGE", text)];
    let honour = loaded("", &variable("honour"));
    assert_eq!(honour.config.offers.vouchers.outage, Outage::Honour);
    let limited = loaded("", &variable("SEK=500, EUR = 50"));
    let expected = Outage::HonourUpTo(limits(&[("SEK", 500), ("EUR", 50)]));
    assert_eq!(limited.config.offers.vouchers.outage, expected);
    assert!(show(&limited).contains("[offers.vouchers]\noutage = { up_to = { SEK = 500, EUR = 50 } }"));
    assert!(show_json(&limited).contains("\"up_to\": {"));
    let line = show(&limited).lines().find(|line| line.starts_with("outage")).unwrap().to_owned();
    let again = loaded(&format!("[offers.vouchers]\n{line}\n"), &[]);
    assert!(matches!(again.config.offers.vouchers.outage, Outage::HonourUpTo(rows) if rows.len() == 2));
}

#[test]
fn a_limit_of_an_outage_names_its_currencies() {
    for (value, words) in [
        ("\"maybe\"", "up_to = { SEK = 500 }"),
        ("\"honor\"", "did you mean honour?"),
        ("500", "and is a whole number"),
        ("{ up_to = 500 }", "at least one currency"),
        ("{ up_to = {} }", "at least one currency"),
        ("{}", "at least one currency"),
        ("{ upto = { SEK = 1 } }", "did you mean up_to?"),
        ("{ up_to = { SEK = 0 } }", "SEK: "),
        ("{ up_to = { SEK = 0.001 } }", "SEK: "),
        ("{ up_to = { sek = 1 } }", "in capitals"),
        ("{ up_to = { XXX = 1 } }", "currency"),
        ("{ up_to = { SEK = true } }", "and is true or false"),
    ] {
        let faults = faults(&format!("[offers.vouchers]\noutage = {value}\n"), &[]);
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].starts_with("t.toml:2: offers.vouchers.outage"), "{faults:#?}");
        assert!(faults[0].contains(words), "{words}: {faults:#?}");
    }
}

#[test]
fn the_promotions_file_is_found_from_the_file_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ours.toml"), EXAMPLE).unwrap();
    let file = folder.path().join("t.toml");
    std::fs::write(&file, "[offers]\npromotions = \"ours.toml\"\n").unwrap();
    let config = crate::config::load(Some(&file), std::iter::empty()).unwrap().config;
    assert_eq!(config.offers.promotions.len(), 1);

    let faults = faults("\n[offers]\npromotions = \"gone.toml\"\n", &[]);
    assert!(faults[0].starts_with("t.toml:3: offers.promotions: gone.toml: cannot read it"), "{faults:#?}");
}

#[test]
fn the_faults_of_both_files_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let promotions = folder.path().join("p.toml");
    std::fs::write(&promotions, with("percnt = 5")).unwrap();
    let variables = [("TILLBRIDGE_OFFERS__PROMOTIONS", promotions.to_str().unwrap())];
    let faults = faults("[gateway]\nwait_ms = -1\n", &variables);
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(faults.iter().any(|fault| fault.contains("p.toml:6: promotion[0].percnt")), "{faults:#?}");
}

#[test]
fn the_example_is_read_as_it_says() {
    let promotion = read(EXAMPLE).remove(0);
    let rules = &promotion.rules;
    assert_eq!((&*rules.code, &*rules.external_id, &*rules.name), ("WELCOME10", "WELCOME10", "Welcome 10%"));
    assert_eq!((rules.welcome, rules.stacks, rules.comes_back), (Some(Welcome::Till), true, false));
    assert_eq!(rules.gives, Some(Gives::Percent(Decimal::TEN)));
    assert_eq!(rules.promotion_id, None);
    assert!(matches!(&rules.outage, Outage::HonourUpTo(amounts) if amounts.len() == 2));
    let definition = promotion.definition;
    assert_eq!(definition.external_id, Some(text("WELCOME10")));
    assert_eq!(definition.validity.start, date(2026, 1, 1));
    let thirty = AssignedValidity { unit: Unit::Days, amount: NonZeroU32::new(30).unwrap() };
    assert_eq!(definition.validity.until, Until::Assigned(thirty));
    assert_eq!(definition.presentation.link, Some(text("https://shop.example/welcome")));
    let code = NewValue::ExternalOffer(text("WELCOME10"));
    let instruction = Some(text("Ten percent on everything"));
    let channels = [
        NewChannel { kind: ChannelKind::Pos, value: code, instruction },
        NewChannel { kind: ChannelKind::Ecom, value: NewValue::Percent(10), instruction: None },
    ];
    assert_eq!(definition.redemption_channels, channels);
}

#[test]
fn what_a_promotion_leaves_out_is_the_cautious_choice() {
    let promotion = read(&with("")).remove(0);
    let rules = promotion.rules;
    assert_eq!((rules.stacks, rules.comes_back, rules.welcome, rules.gives), (false, false, None, None));
    assert_eq!((rules.outage, &*rules.external_id), (Outage::Refuse, "A"));
    assert_eq!(promotion.definition.validity.until, Until::FurtherNotice);
}

#[test]
fn an_amount_is_kept_in_the_group_currency_and_the_others_beside_it() {
    let file = "[[promotion]]\ncode = \"A\"\nname = \"n\"\nstarts = \"2026-01-01\"\nends = 2026-01-31\n\
                [promotion.pos]\namounts = { EUR = 5, SEK = 50.00 }\n";
    let value = read(file).remove(0).definition.redemption_channels.remove(0).value;
    let local_values = vec![Money { amount: Decimal::from(5), currency: text("EUR") }];
    assert_eq!(value, NewValue::Money { amount: Decimal::from(50), local_values });

    let without =
        |group| promotions::read(Path::new("p.toml"), file, group).expect_err("faulty")[0].to_string();
    assert!(without(None).contains("say which with currencies.group"), "{}", without(None));
    let nok = Currency::parse("NOK").ok();
    assert!(without(nok).contains("add one in NOK"), "{}", without(nok));
    let only = file.replace("EUR = 5, ", "");
    assert_eq!(promotions::read(Path::new("p.toml"), &only, None).unwrap().len(), 1);
}

#[test]
fn every_fault_of_a_promotions_file_is_told_at_once_with_its_line() {
    let file = format!(
        "[[promotion]]\ncode = \"A\"\n{REST}ends = 2026-02-01\nvalid_days = 30\n\
         [[promotion]]\ncode = \"A\"\n{REST}\
         [[promotion]]\ncode = \"B\"\nexternal_id = \"A\"\n{REST}\
         [[promotion]]\nname = \"n\"\nwelcom = \"till\"\n\
         [[promotion]]\ncode = \"C\"\n{REST}outage = {{ up_to = {{}} }}\n\
         [promotion.ecom]\nmanual = \"x\"\n"
    );
    let faults = wrong(&file);
    let expected = [
        ("p.toml:7: promotion[0].valid_days", "only one of ends, valid_days can be said"),
        ("p.toml:21: promotion[3].welcom", "did you mean welcome?"),
        ("p.toml:27: promotion[4].outage", "at least one currency"),
        ("p.toml:29: promotion[4].ecom.manual", "known here: percent, amounts, code, instruction"),
    ];
    for (place, words) in expected {
        let found = faults.iter().any(|fault| fault.starts_with(place) && fault.contains(words));
        assert!(found, "{place}: {words}\n{faults:#?}");
    }
    for missing in ["code", "starts"] {
        let place = format!("p.toml:19: promotion[3].{missing}: this is missing");
        assert!(faults.iter().any(|fault| fault.starts_with(&place)), "{faults:#?}");
    }
    assert!(
        faults.iter().any(|fault| fault.contains("promotion[3]: it can be redeemed nowhere")),
        "{faults:#?}"
    );
    // The first promotion is faulty itself, and its name is taken all the same.
    assert!(faults.iter().any(|fault| fault.starts_with("p.toml:9: promotion[1].code: A is")), "{faults:#?}");
    assert!(
        faults.iter().any(|fault| fault.starts_with("p.toml:15: promotion[2].external_id")),
        "{faults:#?}"
    );
}

#[test]
fn what_cannot_be_read_is_not_said_to_be_missing_too() {
    for lines in [
        "starts = 7\npos.percent = 5",
        "starts = 2026-01-01\npos.percent = 12.5",
        "starts = 2026-01-01\npos.percnt = 5",
        "starts = 2026-01-01\npos = 5",
        "starts = 2026-01-01\n[promotion.pos]",
        "starts = 2026-01-01\npos.code = \"A\"\ngives.percent = \"10\"",
        "starts = 2026-01-01\npos.code = 7\ngives.percent = 10",
    ] {
        let faults = wrong(&format!("[[promotion]]\ncode = \"A\"\nname = \"n\"\n{lines}\n"));
        assert_eq!(faults.len(), 1, "{lines}: {faults:#?}");
    }
}

#[test]
fn each_thing_that_engage_or_a_till_could_not_live_with_is_a_fault() {
    for (lines, words) in [
        ("ends = 2025-12-31", "before it starts"),
        ("ends = 2026-02-30", ""),
        ("ends = \"soon\"", "no day"),
        ("ends = 2026-01-31T10:00:00", "no day"),
        ("valid_days = 0", "from 1 to 3650"),
        ("valid_days = 30\nvalid_months = 1", "only one of"),
        ("ecom.percent = 0", "from 1 to 100"),
        ("ecom.percent = 101", "from 1 to 100"),
        ("ecom.percent = 12.5", "a whole number without quotes"),
        ("ecom.percent = 5\necom.code = \"x\"", "a channel has one worth"),
        ("[promotion.ecom]", "this says nothing"),
        ("ecom.instruction = \"press\"", "add one of ecom.percent, ecom.amounts, ecom.code"),
        ("ecom.amounts = {}", "this names no currency"),
        ("ecom.amounts = { SEK = 0.005 }", "SEK: "),
        ("ecom.amount = 5", "did you mean amounts?"),
        ("gives = { percent = 10 }", "what the code of [promotion.pos] stands for"),
        ("gives = { percent = 10, amounts = { SEK = 1 } }", "not both"),
        ("gives = 10", "a table"),
        ("link = \"ftp://a\"", "no address of a page"),
        ("link = \"welcome\"", "no address of a page"),
        ("heading = \"\"", "this is empty"),
        ("welcome = \"both\"", "none of till, automation"),
        ("stacks = \"yes\"", "true or false"),
        ("external_id = \" A\"", "spaces around it"),
    ] {
        let faults = wrong(&with(lines));
        assert!(faults.iter().any(|fault| fault.contains(words)), "{lines}: {faults:#?}");
    }
    assert!(wrong("[[promotions]]\n")[0].contains("did you mean promotion?"));
    assert!(wrong("promotion = 7\n")[0].contains("a list of tables [[promotion]]"));
}

#[test]
fn a_name_of_one_promotion_is_no_name_of_another() {
    let two =
        |lines: &str| format!("{}[[promotion]]\n{lines}\n{REST}", with("external_id = \"X\"\nid = \"i-1\""));
    for lines in ["code = \"X\"", "code = \"B\"\nexternal_id = \"A\"", "code = \"B\"\nid = \"I-1\""] {
        let faults = wrong(&two(lines));
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].contains("already a name of promotion[0]"), "{faults:#?}");
    }
    assert_eq!(read(&two("code = \"B\"")).len(), 2);
}

#[test]
fn the_schema_knows_the_tables_within_tables() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let vouchers = &schema["properties"]["offers"]["properties"]["vouchers"];
    assert_eq!(vouchers["additionalProperties"], false);
    assert_eq!(vouchers["properties"]["stack"]["default"], true);
    assert_eq!(vouchers["properties"]["outage"]["anyOf"][0]["enum"][1], "honour");
}
