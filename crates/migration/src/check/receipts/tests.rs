//! Receipts through the front: an export and a mapping in, files and findings out.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::check::{self, Options, Outcome, Purpose};
use crate::manifest::{Scope, Tally};
use crate::mapping::Mapping;
use crate::{Entity, Finding, Folder};

const MAPPING: &str = r#"
version = 1
[retailer]
country = "SE"
time-zone = "Europe/Stockholm"
currency = "SEK"
group-currency = "SEK"
since = "2024-11-23"
[engage]
contact-key = "memberNumber"
known-stores = ["12"]
[contacts]
files = ["contacts.csv"]
[contacts.fields]
memberNumber = "KUNDNR"
[receipts]
files = ["sales.csv"]
number = "1234,56"
[receipts.fields]
id = { columns = ["BUTIK", "NR"], join = "-" }
receiptNumber = "NR"
store = "BUTIK"
createdAt = { columns = ["DATUM", "TID"], join = " ", date = "%Y-%m-%d %H:%M" }
currency = "VALUTA"
contact = "KUND"
total = "SUMMA"
"line.kind" = { column = "TYP", values = { F = "sale", R = "return", RAB = "discount", BET = "payment", M = "void" } }
"line.sku" = "ARTIKEL"
"line.name" = "TEXT"
"line.quantity" = "ANTAL"
"line.amount" = "BELOPP"
"line.taxPercent" = { value = "25" }
"#;

const HEADER: &str = "BUTIK;NR;DATUM;TID;VALUTA;KUND;SUMMA;TYP;ARTIKEL;TEXT;ANTAL;BELOPP";

/// What came of an export.
struct World {
    folder: TempDir,
    outcome: Outcome,
}

impl World {
    fn of(mapping: &str, files: &[(&str, &str)]) -> Self {
        Self::with_lanes(mapping, files, 2)
    }

    fn with_lanes(mapping: &str, files: &[(&str, &str)], lanes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("migration.toml"), mapping).unwrap();
        fs::write(at("contacts.csv"), "KUNDNR;NAMN\n7001;Ada\n7002;Bo\n").unwrap();
        for (name, text) in files {
            fs::write(at(name), text).unwrap();
        }
        let mapping = Mapping::read(&at("migration.toml")).unwrap();
        let options = Options {
            purpose: Purpose::Plan,
            scope: Scope::Full,
            since: None,
            now: "2026-11-23T12:00:00Z".parse().unwrap(),
            lanes,
        };
        let place = Folder::at(folder.path());
        let outcome = check::run(&place, &mapping, &options, &mut |_| {}, &AtomicBool::new(false)).unwrap();
        Self { folder, outcome }
    }

    /// Of rows in the columns of [`HEADER`].
    fn of_rows(rows: &[&str]) -> Self {
        Self::of(MAPPING, &[("sales.csv", &sheet(rows))])
    }

    fn tally(&self) -> &Tally {
        &self.outcome.report.tallies[&Entity::Receipts]
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn findings(&self) -> Vec<Finding> {
        self.text("findings/receipts.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn codes(&self) -> Vec<String> {
        self.findings().into_iter().map(|finding| finding.code).collect()
    }

    /// The items that are sent, by these columns of the file.
    fn sent<const N: usize>(&self, columns: [&str; N]) -> Vec<[String; N]> {
        let files = &self.outcome.manifest.files;
        let files = files.iter().filter(|file| file.entity == Entity::Receipts);
        let text: String = files.map(|file| self.text(&format!("files/{}", file.name))).collect();
        let mut rows = text.lines().map(|line| line.split(';').collect::<Vec<_>>());
        let header = rows.next().unwrap_or_default();
        let place = |name: &str| header.iter().position(|column| *column == name).unwrap();
        let places = columns.map(place);
        rows.map(|row| places.map(|place| row[place].to_owned())).collect()
    }
}

fn sheet(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

const SALE: [&str; 2] = [
    "12;881;2026-03-02;14:05;SEK;7001;150,00;F;A-1;Kopp;2;100,00",
    "12;881;2026-03-02;14:05;SEK;7001;150,00;F;B-7;Fat;1;50,00",
];

#[test]
fn a_receipts_time_is_by_its_stores_clock_or_else_by_the_retailers() {
    let stores = "NR;NAMN;ZON\n12;Helsinki;Europe/Helsinki\n13;Umeå;\n14;Oslo;Oslo\n";
    let mapping = format!(
        "{MAPPING}[stores]\nfiles = [\"stores.csv\"]\n[stores.fields]\nexternalId = \"NR\"\nname = \"NAMN\"\n\
         timeZone = \"ZON\"\n"
    );
    let at =
        |store: &str, id: &str| format!("{store};{id};2026-03-02;14:05;SEK;7001;10,00;F;A-1;Kopp;1;10,00");
    let rows = [at("12", "1"), at("13", "2"), at("14", "3")];
    let sales = sheet(&rows.each_ref().map(String::as_str));
    let world = World::of(&mapping, &[("sales.csv", &sales), ("stores.csv", stores)]);
    let sent = world.sent(["storeExternalId", "createdDate"]);
    let by = |store: &str, offset: &str| [store.to_owned(), format!("2026-03-02T14:05:00{offset}")];
    assert_eq!(sent, [by("12", "+02:00"), by("13", "+01:00"), by("14", "+01:00")]);
}

#[test]
fn rows_of_one_id_become_one_receipt() {
    let world = World::of_rows(&SALE);
    assert_eq!(world.findings(), []);
    let columns = [
        "matchKey",
        "matchKeyType",
        "uniqueReceiptId",
        "createdDate",
        "totalGrossPrice",
        "sku",
        "grossPaidPrice",
    ];
    let of = |sku: &str, paid: &str| {
        ["7001", "memberNumber", "12-881", "2026-03-02T14:05:00+01:00", "150.00", sku, paid]
            .map(str::to_owned)
    };
    assert_eq!(world.sent(columns), [of("A-1", "100.00"), of("B-7", "50.00")]);
    let turnover = &world.outcome.manifest.turnover;
    let sums: Vec<_> = turnover
        .iter()
        .map(|sum| {
            (
                sum.store.as_str(),
                sum.month.as_str(),
                sum.receipts,
                sum.receipts_sent,
                sum.total_sent.to_string(),
            )
        })
        .collect();
    assert_eq!(sums, [("12", "2026-03", 1, 1, "150.00".to_owned())]);
    assert!(world.text("index/receipts.csv").contains(",12-881,7001,12,2026-03,SEK,150.00,2"));
    let sale: Value = serde_json::from_str(world.text("index/sales.jsonl").trim()).unwrap();
    assert_eq!((sale["id"].as_str(), sale["contactKey"].as_str()), (Some("12-881"), Some("7001")));
    assert_eq!(sale["receipt"]["lines"].as_array().map(Vec::len), Some(2), "a till could have sent it");
}

#[test]
fn a_discount_row_is_spread_over_what_was_sold_and_a_payment_row_is_how_it_was_paid() {
    let world = World::of_rows(&[
        "12;1;2026-03-02;14:05;SEK;7001;135,00;F;A-1;Kopp;2;100,00",
        "12;1;2026-03-02;14:05;SEK;7001;135,00;F;B-7;Fat;1;50,00",
        "12;1;2026-03-02;14:05;SEK;7001;135,00;RAB;;Rea;;-15,00",
        "12;1;2026-03-02;14:05;SEK;7001;135,00;BET;;card;;135,00",
        "12;1;2026-03-02;14:05;SEK;7001;135,00;M;C-3;Makulerad;1;10,00",
    ]);
    assert_eq!(world.findings(), []);
    let items = world.sent(["sku", "grossPaidPrice", "discounts", "paymentMethods"]);
    let paid: Vec<_> = items.iter().map(|[sku, paid, ..]| (sku.as_str(), paid.as_str())).collect();
    assert_eq!(paid, [("A-1", "90.00"), ("B-7", "45.00")]);
    assert!(items[0][2].contains("-10.00") && items[0][2].contains("Rea"), "{items:?}");
    assert!(items[0][3].contains("card"), "{items:?}");
}

#[test]
fn a_return_is_one_by_its_kind_its_quantity_or_its_amount() {
    for row in ["R;A-1;Kopp;1;50,00", "F;A-1;Kopp;-1;-50,00", "F;A-1;Kopp;1;-50,00", "R;A-1;Kopp;-1;-50,00"] {
        let world = World::of_rows(&[&format!("12;5;2026-03-02;14:05;SEK;7001;-50,00;{row}")]);
        assert_eq!(world.findings(), [], "{row}");
        let sent = world.sent(["type", "quantity", "grossPaidPrice", "totalGrossPrice"]);
        assert_eq!(sent, [["RETURN", "-1", "50.00", "-50.00"].map(str::to_owned)], "{row}");
    }
}

#[test]
fn what_keeps_a_receipt_from_being_sent_is_said_at_its_row_and_field() {
    let good = "12;881;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00";
    for (row, code, field) in [
        ("12;;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00", "partMissing", "id"),
        ("12;1;2026-03-02;14:05;SEK;7009;50,00;F;A-1;Kopp;1;50,00", "unknownContact", "contact"),
        ("13;1;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00", "unknownStore", "store"),
        ("12;1;2026-12-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00", "inFuture", "createdAt"),
        ("12;1;2026-03-02;14:05;EUR;7001;50,00;F;A-1;Kopp;1;50,00", "noExchangeRate", "currency"),
        ("12;1;2026-03-02;14:05;SEK;7001;75,00;F;A-1;Kopp;1;50,00", "totalDiffers", "total"),
        ("12;1;2026-03-02;14:05;SEK;7001;50,00;X;A-1;Kopp;1;50,00", "unknownValue", "line.kind"),
        ("12;1;2026-03-02;14:05;SEK;7001;50,00;F;;Kopp;1;50,00", "skuMissing", "line.sku"),
        ("12;1;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;femtio", "notANumber", "line.amount"),
        ("12;1;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;;50,00", "quantityMissing", "line.quantity"),
    ] {
        let world = World::of_rows(&[good, row]);
        let findings = world.findings();
        let first = findings.first().unwrap_or_else(|| panic!("{row}: nothing was found"));
        assert_eq!(
            (first.code.as_str(), first.field.as_deref(), first.at.row),
            (code, Some(field), 3),
            "{findings:?}"
        );
        assert!(!first.reason.is_empty() && !first.mend.is_empty(), "{first:?}");
        let tally = world.tally();
        assert_eq!((tally.rows, tally.rows_sent, tally.rows_rejected), (2, 1, 1), "{row}");
        assert!(world.text("rejects/sales.csv").contains(row), "{row}");
    }
}

#[test]
fn the_rate_of_the_day_goes_along() {
    let mapping = MAPPING.replace(
        "[engage]",
        "[retailer.rates]\nEUR = { 2026-01-01 = 11.35, 2026-03-01 = \"11.20\" }\n[engage]",
    );
    let row = "12;1;2026-03-02;14:05;EUR;7001;50,00;F;A-1;Kopp;1;50,00";
    let world = World::of(&mapping, &[("sales.csv", &sheet(&[row]))]);
    assert_eq!(world.findings(), []);
    let sent = world.sent(["currency", "exchangeRateToGroupCurrency"]);
    assert_eq!(sent, [["EUR", "11.20"].map(str::to_owned)]);
}

#[test]
fn all_rows_of_a_rejected_receipt_stand_in_the_rejects() {
    let world = World::of_rows(&[SALE[0], "12;881;2026-03-02;14:05;SEK;7001;150,00;F;;Fat;1;50,00"]);
    assert_eq!(world.codes(), ["skuMissing"]);
    assert_eq!(world.text("rejects/sales.csv").lines().count(), 3);
    assert_eq!((world.tally().rows_rejected, world.tally().records_rejected), (2, 1));
}

#[test]
fn what_isnt_sent_without_a_fault_is_counted_by_its_rule() {
    let world = World::of_rows(&[
        "12;1;2026-03-02;14:05;SEK;;50,00;F;A-1;Kopp;1;50,00",
        "12;2;2024-11-22;14:05;SEK;7001;50,00;F;;broken too;1;50,00",
        "12;2;2024-11-22;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00",
        SALE[0],
        SALE[1],
        "12;3;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00",
        SALE[0],
        SALE[1],
    ]);
    let rules: Vec<_> =
        world.tally().rows_left_out.iter().map(|(rule, rows)| (rule.as_str(), *rows)).collect();
    assert_eq!(rules, [("noContact", 1), ("repeated", 2)], "{:?}", world.findings());
    assert_eq!(world.tally().records_sent, 2);
}

#[test]
fn an_old_receipt_is_left_out() {
    let world = World::of_rows(&["12;2;2024-11-22;23:59;SEK;7009;50,00;F;A-1;Kopp;1;50,00"]);
    assert_eq!(world.tally().rows_left_out, BTreeMap::from([("beforeSince".to_owned(), 1)]));
    assert_eq!(world.findings(), []);
}

#[test]
fn rows_that_dont_stand_together_are_joined_and_another_receipt_of_the_same_id_is_refused() {
    let apart = [SALE[0], "12;3;2026-03-02;14:05;SEK;7001;50,00;F;A-1;Kopp;1;50,00", SALE[1]];
    let world = World::of_rows(&apart);
    assert_eq!((world.findings(), world.tally().records_sent, world.sent(["sku"]).len()), (vec![], 2, 3));
    let other = "12;881;2026-03-09;09:30;SEK;7002;50,00;F;A-1;Kopp;1;50,00";
    let world = World::of_rows(&[SALE[0], SALE[1], apart[1], other]);
    let findings = world.findings();
    assert_eq!(
        findings.iter().map(|found| (found.code.as_str(), found.at.row)).collect::<Vec<_>>(),
        [("duplicateId", 5)]
    );
    assert!(findings[0].reason.contains("row 2"), "{findings:?}");
    assert_eq!((world.tally().records_sent, world.tally().rows_rejected), (2, 1));
}

#[test]
fn one_receipt_cant_be_two_persons() {
    let world = World::of_rows(&[SALE[0], &SALE[1].replace("7001", "7002")]);
    assert_eq!(world.codes(), ["rowsDiffer"]);
}

/// A mapping for a file of heads and one of lines.
fn heads_and_lines() -> String {
    let (head, lines) = MAPPING.split_once("\"line.kind\"").unwrap();
    format!(
        "{head}\n[receipt-lines]\nfiles = [\"lines.csv\"]\n[receipt-lines.fields]\nid = {{ columns = [\"BUTIK\", \"NR\"], join = \"-\" }}\n\"line.kind\"{lines}"
    )
}

#[test]
fn heads_and_lines_in_two_files_are_joined_by_the_id() {
    let heads = "BUTIK;NR;DATUM;TID;VALUTA;KUND;SUMMA\n12;881;2026-03-02;14:05;SEK;7001;150,00\n12;2;2026-03-02;15:05;SEK;7002;10,00\n";
    let lines = "BUTIK;NR;TYP;ARTIKEL;TEXT;ANTAL;BELOPP\n12;9;F;A-1;Kopp;2;100,00\n12;881;F;A-1;Kopp;2;100,00\n12;881;F;B-7;Fat;1;50,00\n";
    let world = World::of(&heads_and_lines(), &[("sales.csv", heads), ("lines.csv", lines)]);
    assert_eq!(
        world.sent(["uniqueReceiptId", "sku"]),
        [["12-881", "A-1"], ["12-881", "B-7"]].map(|row| row.map(str::to_owned))
    );
    let mut codes = world.codes();
    codes.sort();
    assert_eq!(codes, ["noHead", "noLines"]);
    let tally = world.tally();
    assert_eq!((tally.rows, tally.rows_sent, tally.rows_rejected), (5, 3, 2));
    assert_eq!(world.text("rejects/lines.csv").lines().count(), 2);
}

#[test]
fn a_json_line_with_its_items_is_a_receipt() {
    let (head, _) = MAPPING.split_once("[receipts]").unwrap();
    let mapping = format!(
        "{head}[receipts]\nfiles = [\"sales.jsonl\"]\n[receipts.fields]\nid = \"id\"\nstore = \"store\"\ncreatedAt = \"at\"\ncontact = \"member\"\n\
         \"line.sku\" = \"items[].sku\"\n\"line.quantity\" = \"items[].n\"\n\"line.paid\" = \"items[].paid\"\n\"line.taxPercent\" = {{ value = \"25\" }}\n\
         \"payment.type\" = \"pay[].type\"\n\"payment.amount\" = \"pay[].amount\"\n"
    );
    let line = r#"{"id":"a-1","store":"12","at":"2026-03-02T14:05:00+01:00","member":"7001","items":[{"sku":"A","n":1,"paid":20.00},{"sku":"B","n":2,"paid":30.00}],"pay":[{"type":"swish","amount":50.00}]}"#;
    let world = World::of(&mapping, &[("sales.jsonl", &format!("{line}\n"))]);
    assert_eq!(world.findings(), []);
    assert_eq!((world.tally().rows, world.tally().rows_sent), (1, 1), "a line is one row");
    let sent = world.sent(["sku", "grossPaidPrice", "paymentMethods"]);
    assert_eq!(sent.len(), 2);
    assert!(sent[0][2].contains("swish"), "{sent:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_row_is_sent_rejected_or_left_out_and_the_threads_dont_matter(
        rows in prop::collection::vec(
            ("(12|13|)", "[12]{0,1}", "2026-0[1-3]-02|2023-01-01|x", "(7001|7002|7009|)", "-?[1-9]0,00|", "(F|R|RAB|BET|M|X)", "[AB]{0,1}", "-?[1-3]|"),
            0..30,
        ),
    ) {
        let rows: Vec<String> = rows
            .into_iter()
            .map(|(store, id, day, contact, amount, kind, sku, quantity)| {
                format!("{store};{id};{day};14:05;SEK;{contact};;{kind};{sku};Text;{quantity};{amount}")
            })
            .collect();
        let sheet = sheet(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        let files = [("sales.csv", sheet.as_str())];
        let (one, many) = (World::with_lanes(MAPPING, &files, 1), World::with_lanes(MAPPING, &files, 5));
        let tally = one.tally();
        let left_out: u64 = tally.rows_left_out.values().sum();
        prop_assert_eq!(tally.rows, rows.len() as u64);
        prop_assert_eq!(tally.rows, tally.rows_sent + tally.rows_rejected + left_out);
        let (planned, again) = (&one.outcome.manifest, &many.outcome.manifest);
        prop_assert_eq!((&planned.files, &planned.turnover), (&again.files, &again.turnover));
        prop_assert_eq!(&planned.tallies, &again.tallies);
        prop_assert_eq!(one.text("findings/receipts.jsonl"), many.text("findings/receipts.jsonl"));
    }
}
