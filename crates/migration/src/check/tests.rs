use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Error, Options, Outcome, Progress, Purpose, run};
use crate::manifest::Scope;
use crate::mapping::Mapping;
use crate::{Entity, Folder, Severity};

const HEAD: &str = r#"
version = 1
[retailer]
country = "SE"
time-zone = "Europe/Stockholm"
currency = "SEK"
[engage]
contact-key = "memberNumber"
"#;

const CONTACTS: &str = r#"
[contacts]
files = ["contacts.csv"]
[contacts.fields]
memberNumber = "NR"
email = "MAIL"
mobilePhone = "TEL"
firstName = "NAMN"
birthDay = "FODD"
gender = "KON"
zipCode = "POSTNR"
acceptsEmail = "NYHET"
"#;

/// A migration in a folder of its own.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new(tables: &str, files: &[(&str, &str)]) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(world.path().join("migration.toml"), format!("{HEAD}{tables}")).unwrap();
        for (name, text) in files {
            world.put(name, text);
        }
        world
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    fn pass(&self, purpose: Purpose, scope: Scope) -> Outcome {
        self.try_pass(purpose, scope, &AtomicBool::new(false)).unwrap()
    }

    fn try_pass(&self, purpose: Purpose, scope: Scope, stop: &AtomicBool) -> Result<Outcome, Error> {
        let folder = Folder::at(self.path());
        let mapping = Mapping::read(&folder.mapping()).unwrap();
        let now = "2026-11-23T18:03:47Z".parse().unwrap();
        let options = Options { purpose, scope, since: None, now, lanes: 2 };
        run(&folder, &mapping, &options, &mut |_: Progress| {}, stop)
    }

    fn plan(&self) -> Outcome {
        self.pass(Purpose::Plan, Scope::Full)
    }

    /// The lines of all files of a kind, without their headers.
    fn sent(&self, outcome: &Outcome, entity: Entity) -> Vec<String> {
        let files = outcome.manifest.files.iter().filter(|file| file.entity == entity);
        files
            .flat_map(|file| {
                self.read(&format!("files/{}", file.name))
                    .lines()
                    .skip(1)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

/// What is said of the only row of a table: the severity, the code and the field of each finding.
fn said(outcome: &Outcome, entity: Entity) -> Vec<(Severity, String, String)> {
    let examples = &outcome.report.examples[&entity];
    examples
        .iter()
        .map(|found| (found.severity, found.code.clone(), found.field.clone().unwrap_or_default()))
        .collect()
}

fn counts(outcome: &Outcome, entity: Entity) -> (u64, u64, u64, u64) {
    let tally = &outcome.manifest.tallies[&entity];
    (tally.rows, tally.rows_sent, tally.rows_rejected, tally.rows_left_out.values().sum())
}

const COLUMNS: &str = "NR;MAIL;TEL;NAMN;FODD;KON;POSTNR;NYHET\n";

#[test]
fn each_rule_of_a_contact_says_its_code_and_its_field() {
    use Severity::{Blocker, Warning};
    type Said = (Severity, &'static str, &'static str);
    let rows: &[(&str, &str, &[Said])] = &[
        (
            "1;Ada@Example.com;070-174 06 05;Ada;1990-05-02;K;223 50;J",
            "1;ada@example.com;+46701740605;Ada;1990-05-02;Female;22350;True",
            &[],
        ),
        (";a@example.com;;;;;;", "", &[(Blocker, "missingKey", "memberNumber")]),
        ("2;ada;;;;;;", "2;;;;;;;", &[(Warning, "badEmail", "email")]),
        ("2;;12;;;;;", "2;;;;;;;", &[(Warning, "badMobilePhone", "mobilePhone")]),
        ("2;noname@butik.se;;;;;;", "2;;;;;;;", &[(Warning, "placeholderEmail", "email")]),
        ("2;;0700000000;;;;;", "2;;;;;;;", &[(Warning, "placeholderPhone", "mobilePhone")]),
        ("2;;;;2031-01-01;;;", "2;;;;;;;", &[(Warning, "badBirthDay", "birthDay")]),
        ("2;;;;1899-12-31;;;", "2;;;;;;;", &[(Warning, "badBirthDay", "birthDay")]),
        ("2;;;;31/31/2000;;;", "2;;;;;;;", &[(Warning, "notADate", "birthDay")]),
        ("2;;;;;robot;;", "2;;;;;;;", &[(Warning, "badGender", "gender")]),
        ("2;;;;;;1234;", "2;;;;;;;", &[(Warning, "badZipCode", "zipCode")]),
        ("2;;;;;;;kanske", "2;;;;;;;", &[(Warning, "notATruth", "acceptsEmail")]),
        ("2;;;\"A;b\";;;;", "2;;;A,b;;;;", &[(Warning, "unsendableCharacter", "firstName")]),
        ("2;;", "", &[(Blocker, "cellCount", "")]),
    ];
    for (row, line, findings) in rows {
        let world = World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS}{row}\n"))]);
        let outcome = world.plan();
        let expected: Vec<_> = findings
            .iter()
            .map(|(severity, code, field)| (*severity, (*code).to_owned(), (*field).to_owned()))
            .collect();
        assert_eq!(said(&outcome, Entity::Contacts), expected, "{row}");
        let lines: Vec<String> =
            Some((*line).to_owned()).filter(|line| !line.is_empty()).into_iter().collect();
        assert_eq!(world.sent(&outcome, Entity::Contacts), lines, "{row}");
    }
    let long = format!("{COLUMNS}2;;;{};;;;\n", "x".repeat(256));
    let outcome = World::new(CONTACTS, &[("contacts.csv", &long)]).plan();
    assert_eq!(said(&outcome, Entity::Contacts), [(Warning, "tooLong".to_owned(), "firstName".to_owned())]);
}

#[test]
fn the_first_row_keeps_an_attribute_and_a_rejected_one_keeps_none() {
    let rows = "1;a@example.com;;;;;;\n1;b@example.com;;;;;;\n2;A@example.com;;;;;;\n3;b@example.com;;;;;;\n";
    let world = World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS}{rows}"))]);
    let outcome = world.plan();
    let codes: Vec<_> = said(&outcome, Entity::Contacts).into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(codes, ["duplicateEmail", "duplicateKey"]);
    assert_eq!(world.sent(&outcome, Entity::Contacts), ["1;a@example.com;;;;;;", "3;b@example.com;;;;;;"]);
    let reasons: Vec<_> =
        outcome.report.examples[&Entity::Contacts].iter().map(|found| found.reason.clone()).collect();
    assert!(reasons.iter().all(|reason| reason.starts_with("row 2 has the same")), "{reasons:?}");
    assert_eq!(outcome.manifest.identifiers["email"], 2);
    assert_eq!(world.read("index/contacts.csv").lines().count(), 3);
}

#[test]
fn a_mended_row_is_read_in_place_of_the_rejected() {
    let world =
        World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS};a@example.com;;;;;;\n2;;;;;;;\n"))]);
    assert_eq!(counts(&world.plan(), Entity::Contacts), (2, 1, 1, 0));
    let rejects = world.read("rejects/contacts.csv");
    assert!(rejects.lines().nth(1).unwrap().starts_with(";a@example.com;"), "{rejects}");
    world.put("mended/contacts.csv", &rejects.replace("\n;a@", "\n1;a@"));
    let outcome = world.plan();
    assert_eq!(counts(&outcome, Entity::Contacts), (2, 2, 0, 0));
    assert_eq!(outcome.manifest.tallies[&Entity::Contacts].mended, 1);
    assert_eq!(world.sent(&outcome, Entity::Contacts), ["1;a@example.com;;;;;;", "2;;;;;;;"]);
    assert_eq!(world.read("rejects/contacts.csv"), "", "rejects that are mended are gone");
}

#[test]
fn the_same_export_gives_the_same_bytes_and_names() {
    let rows: String = (0..2_000).map(|row| format!("{row};m{}@example.com;;;;;;\n", row % 1_900)).collect();
    let world = World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS}{rows}"))]);
    let first = world.plan();
    assert_eq!(counts(&first, Entity::Contacts), (2_000, 1_900, 100, 0));
    let again = world.plan();
    assert_eq!(again.manifest, first.manifest);
    let checked = world.pass(Purpose::Check, Scope::Full);
    assert_eq!(checked.manifest, first.manifest, "a check sees the plan that would come of it");
    for file in &first.manifest.files {
        let bytes = fs::read(world.path().join("files").join(&file.name)).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), file.blake3);
    }
}

#[test]
fn a_check_writes_no_files_and_a_stopped_plan_leaves_the_former() {
    let world = World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS}1;;;;;;;\n"))]);
    world.pass(Purpose::Check, Scope::Full);
    assert!(!world.path().join("files").exists() && !world.path().join("plan.json").exists());
    assert!(world.read("check.json").contains("\"rowsSent\": 1"));
    let planned = world.plan();
    let before = (world.read("plan.json"), world.sent(&planned, Entity::Contacts));
    world.put("contacts.csv", &format!("{COLUMNS}1;;;;;;;\n2;;;;;;;\n"));
    let stopped = world.try_pass(Purpose::Plan, Scope::Full, &AtomicBool::new(true));
    assert!(matches!(stopped, Err(Error::Stopped)));
    assert_eq!((world.read("plan.json"), world.sent(&planned, Entity::Contacts)), before);
    assert_eq!(counts(&world.plan(), Entity::Contacts), (2, 2, 0, 0), "what was left of it is cleared away");
}

#[test]
fn a_delta_leaves_out_what_was_sent_and_sends_a_contact_that_changed() {
    let tables = format!("{CONTACTS}{POINTS}");
    let contacts = format!("{COLUMNS}1;;;Ada;;;;\n2;;;Bo;;;;\n");
    let points = format!("{POINTS_COLUMNS}1;10;2026-01-01\n1;10;2026-01-01\n");
    let world = World::new(&tables, &[("contacts.csv", &contacts), ("points.csv", &points)]);
    let first = world.plan();
    for entity in ["contacts", "points"] {
        world.put(&format!("sent/{entity}.csv"), &world.read(&format!("index/{entity}.csv")));
    }
    world.put("contacts.csv", &format!("{COLUMNS}1;;;Ada;;;;\n2;;;Bosse;;;;\n3;;;Cleo;;;;\n"));
    world.put("points.csv", &format!("{points}1;10;2026-01-01\n2;5;2026-01-02\n"));
    let delta = world.pass(Purpose::Plan, Scope::Delta);
    assert_ne!(delta.manifest.stamp, first.manifest.stamp, "names aren't used twice");
    assert_eq!(world.sent(&delta, Entity::Contacts), ["2;;;Bosse;;;;", "3;;;Cleo;;;;"]);
    assert_eq!(world.sent(&delta, Entity::Points).len(), 2, "the third of three alike is new");
    assert_eq!(delta.manifest.tallies[&Entity::Points].rows_left_out["alreadySent"], 2);
    world.put("contacts.csv", COLUMNS);
    let outcome = world.pass(Purpose::Plan, Scope::Delta);
    assert_eq!(counts(&outcome, Entity::Points), (4, 2, 0, 2), "contacts that were sent are known");
}

const POINTS: &str = r#"
[points]
files = ["points.csv"]
[points.fields]
key = "NR"
amount = "POANG"
date = "DATUM"
"#;
const POINTS_COLUMNS: &str = "NR;POANG;DATUM\n";

#[test]
fn points_are_in_utc_and_of_a_contact_that_is_sent() {
    let all = r#"
[points]
files = ["points.csv"]
[points.fields]
key = "NR"
amount = "POANG"
date = "DATUM"
type = "TYP"
validTo = "SLUT"
expireAfterMonthsInactive = "MAN"
"#;
    let columns = "NR;POANG;DATUM;TYP;SLUT;MAN\n";
    let contacts = format!("{COLUMNS}1;;;;;;;\n");
    for (row, line, code) in [
        (
            "1;12,50;2026-01-02 00:30;purchase;2026-12-31;",
            "1;memberNumber;1;12.50;purchase;2026-01-01T23:30:00Z;;2026-12-31T22:59:59Z;;;;",
            "",
        ),
        ("1;10;2026-01-02;;;12", "1;memberNumber;1;10;adjustment;2026-01-01T23:00:00Z;;;;;;12", ""),
        (
            "1;-1;2026-01-02;Purchase;;",
            "1;memberNumber;1;-1;purchase;2026-01-01T23:00:00Z;;;;;;",
            "amountSign",
        ),
        ("9;10;2026-01-02;;;", "", "unknownContact"),
        ("1;10;2026-01-02;gift;;", "", "badPointsType"),
        ("1;10;2027-01-02;;;", "", "futureDate"),
        ("1;10;2026-01-02;;2027-01-01;3", "", "twoExpiries"),
        ("1;;2026-01-02;;;", "", "missingField"),
        ("1;ten;2026-01-02;;;", "", "notANumber"),
    ] {
        let points = format!("{columns}{row}\n");
        let world =
            World::new(&format!("{CONTACTS}{all}"), &[("contacts.csv", &contacts), ("points.csv", &points)]);
        let outcome = world.plan();
        let codes: Vec<_> = said(&outcome, Entity::Points).into_iter().map(|(_, code, _)| code).collect();
        assert_eq!(codes.join(" "), code, "{row}");
        assert_eq!(world.sent(&outcome, Entity::Points).join("\n"), line, "{row}");
    }
}

#[test]
fn vouchers_have_a_value_dates_in_order_and_a_code_of_their_own() {
    let tables = r#"
[vouchers]
files = ["vouchers.csv"]
[vouchers.fields]
key = "NR"
promotionName = { value = "Bonus" }
createdOn = "FRAN"
expiryDate = "TILL"
value = "VARDE"
currency = "VALUTA"
code = "KOD"
used = "ANVAND"
"#;
    let columns = "NR;FRAN;TILL;VARDE;VALUTA;KOD;ANVAND\n";
    let contacts = format!("{COLUMNS}1;;;;;;;\n");
    let voucher = "1;Bonus;2026-01-01 09:00:00.000;2026-12-31 22:59:59.000;2026-01-01 09:00:00.000;\
                   \"[{\"\"Amount\"\":50.00,\"\"Currency\"\":\"\"SEK\"\"}]\";0;50.00;K1;0;;;";
    for (rows, sent, code) in [
        ("1;2026-01-01 10:00;2026-12-31;50.00;;K1;", voucher, ""),
        (
            "1;2026-01-01 10:00;2026-12-31;50.00;;K1;\n1;2026-01-01 10:00;2026-12-31;50.00;;K1;",
            voucher,
            "duplicateCode",
        ),
        ("1;2026-01-01;2025-12-31;50;;;", "", "datesOutOfOrder"),
        ("1;2026-01-01;2026-12-31;0;;;", "", "badVoucherValue"),
        ("1;2026-01-01;2026-12-31;50;KRONOR;;", "", "unknownCurrency"),
        ("7;2026-01-01;2026-12-31;50;;;", "", "unknownContact"),
        ("1;2026-01-01;;50;;;", "", "missingField"),
    ] {
        let vouchers = format!("{columns}{rows}\n");
        let world = World::new(
            &format!("{CONTACTS}{tables}"),
            &[("contacts.csv", &contacts), ("vouchers.csv", &vouchers)],
        );
        let outcome = world.plan();
        let codes: Vec<_> = said(&outcome, Entity::Vouchers).into_iter().map(|(_, code, _)| code).collect();
        assert_eq!(codes.join(" "), code, "{rows}");
        assert_eq!(world.sent(&outcome, Entity::Vouchers).join("\n"), sent, "{rows}");
    }
}

#[test]
fn stores_are_unique_and_have_a_zone() {
    let tables = r#"
[stores]
files = ["stores.csv"]
[stores.fields]
externalId = "ID"
name = "NAMN"
type = "TYP"
timeZone = "ZON"
"#;
    let rows = "ID;NAMN;TYP;ZON\ns1;Lund;Butik;\ns1;Lund igen;;\ns2;;;\ns3;Nätet;web;Europe/Oslo\ns4;Mars;kiosk;Mars/North\n";
    let world = World::new(tables, &[("stores.csv", rows)]);
    let outcome = world.plan();
    assert_eq!(
        world.sent(&outcome, Entity::Stores),
        ["s1;Lund;RETAIL;Europe/Stockholm", "s3;Nätet;ECOMM;Europe/Oslo", "s4;Mars;;Europe/Stockholm"]
    );
    let mut codes: Vec<_> = said(&outcome, Entity::Stores).into_iter().map(|(_, code, _)| code).collect();
    codes.sort();
    assert_eq!(codes, ["badStoreType", "badTimeZone", "duplicateKey", "missingField"]);
}

#[test]
fn findings_and_reports_repeat_no_personal_data() {
    let rows = ";secret.person@example.com;;Secreta;;;;\n7;not-an-address-secret;0799-secret;;;;;\n";
    let world = World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS}{rows}"))]);
    world.plan();
    for name in ["findings/contacts.jsonl", "check.json", "plan.json"] {
        let text = world.read(name);
        assert!(!text.is_empty() && !text.contains("secret") && !text.contains("Secreta"), "{name}: {text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn every_row_is_sent_or_rejected_or_left_out(
        rows in proptest::collection::vec("[0-9]{0,2};[ab@.]{0,5};[0-9+]{0,9};[^\r\n\"]{0,6};;;;J", 0..80),
    ) {
        let world = World::new(CONTACTS, &[("contacts.csv", &format!("{COLUMNS}{}\n", rows.join("\n")))]);
        let outcome = world.pass(Purpose::Check, Scope::Full);
        let (read, sent, rejected, left_out) = counts(&outcome, Entity::Contacts);
        proptest::prop_assert_eq!(read, sent + rejected + left_out);
        proptest::prop_assert_eq!(read, rows.len() as u64);
        let tally = &outcome.manifest.tallies[&Entity::Contacts];
        proptest::prop_assert_eq!(tally.records_sent, outcome.manifest.files.iter().map(|file| file.records).sum::<u64>());
    }
}
