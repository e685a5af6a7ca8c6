//! What the tests share: receipts, one way to settle and show them, and the other program that reads PDF.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use document::{Document, Issuer, Language, Told};
use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::Rates;
use pos::receipt::{Known, SettledReceipt, Severity, parse, settle};
use pos::store::{Country, Letterhead, Printed, Store};
use serde_json::Value;

pub const ID: &str = "store03-2-000871";

/// A receipt with one of nearly everything.
pub const EVERYTHING: &str = include_str!("everything.json");

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Settles a receipt and hands it on.
pub fn settled<T>(body: &Value, then: impl FnOnce(&SettledReceipt<'_>) -> T) -> T {
    let store = store();
    let reading = parse(body);
    let known = Known { store: Some(&store), rates: &Rates::default(), owner: None, sales: &[] };
    let settling = settle(&reading, &known);
    let faults = reading.findings.iter().chain(&settling.findings);
    let faults: Vec<_> = faults.filter(|finding| finding.severity == Severity::Fault).collect();
    let (Some(receipt), Some(settlement)) = (&reading.receipt, &settling.settlement) else {
        panic!("{faults:?} in {body}");
    };
    then(&SettledReceipt::new(receipt, settlement).unwrap())
}

/// A receipt as it is shown, of a shop in Stockholm.
pub fn shown(body: &Value, language: Language) -> Document {
    shown_as(body, language, |told| told)
}

pub fn shown_as<'t>(body: &Value, language: Language, change: impl FnOnce(Told<'t>) -> Told<'t>) -> Document {
    static LETTERHEAD: LazyLock<Letterhead> = LazyLock::new(letterhead);
    let told = Told {
        id: ID,
        issuer: Issuer { name: "Ull & Garn Drottninggatan", letterhead: &LETTERHEAD },
        link: None,
        voided: false,
    };
    settled(body, |receipt| document::document(receipt, &change(told), language))
}

fn letterhead() -> Letterhead {
    let printed = |text| Printed::parse(text).unwrap();
    Letterhead {
        address: ["Drottninggatan 12", "111 51 Stockholm"].map(printed).into(),
        phone: Some(printed("08-123 456 78")),
        organisation_number: Some(printed("556012-5790")),
        vat_number: Some(printed("SE556012579001")),
        website: Some(printed("ullgarn.example")),
    }
}

fn store() -> Store {
    Store {
        external_id: "store03-stockholm".to_owned(),
        name: "Drottninggatan".to_owned(),
        country: Country::parse("SE").unwrap(),
        language: pos::store::Language::parse("sv").unwrap(),
        currency: Currency::parse("SEK").unwrap(),
        time_zone: TimeZone::UTC,
        letterhead: Letterhead::default(),
    }
}

/// The text of a PDF as `pdftotext` reads it, in the order in which it was written.
pub fn read_back(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-raw", "-enc", "UTF-8", "-nopgbrk", "-", "-"], pdf)
}

/// Runs one of poppler's programs on a PDF.
pub fn poppler(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} of poppler-utils: {error}"));
    child.stdin.take().unwrap().write_all(pdf).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text with every kind of white space one space.
pub fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
