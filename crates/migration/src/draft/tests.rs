use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::look;
use crate::Entity;
use crate::mapping::{ContactKey, Mapping, Part, Rule};

/// Drafts a mapping of these files, and reads it back.
fn draft(files: &[(&str, Vec<u8>)]) -> (String, Mapping) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    for ((_, bytes), path) in files.iter().zip(&paths) {
        fs::write(path, bytes).unwrap();
    }
    let text = look(&paths, folder.path()).unwrap().write();
    let mapping =
        Mapping::parse(&text, Path::new("")).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
    (text, mapping)
}

fn rule<'m>(mapping: &'m Mapping, entity: Entity, field: &str) -> &'m Rule {
    let table = mapping.table(entity, Part::Whole).unwrap();
    let found = table.rules.iter().find(|(name, _)| name == field);
    &found.unwrap_or_else(|| panic!("no {field} among {:?}", table.rules)).1
}

fn columns(mapping: &Mapping, entity: Entity, field: &str) -> Vec<String> {
    rule(mapping, entity, field).columns().to_vec()
}

const SHOPS: &str = "BUTIKSNR;NAMN;TIDSZON;TYP;ORT\n101;Stockholm;Europe/Stockholm;BUTIK;Stockholm\n\
                     102;Malmö;Europe/Stockholm;BUTIK;Malmö\n103;Nätet;Europe/Stockholm;WEBB;Borås\n";

fn people() -> String {
    let mut text =
        String::from("KUNDNR;FÖRNAMN;EFTERNAMN;KONTAKT;MOBIL;FÖDD;KÖN;LAND;NYHETSBREV;GRUPP;PNR\n");
    for number in 0..1_000_u32 {
        let (day, letter, yes) =
            (1 + number % 28, ["K", "M"][number as usize % 2], ["J", "N"][number as usize % 2]);
        text.push_str(&format!(
            "70{number:04};Åsa;Öberg;k{number}@example.com;070-17 4{number:04};198002{day:02};{letter};SE;{yes};vip{};811228-9874\n",
            number % 60
        ));
    }
    text
}

fn sales() -> String {
    let mut text = String::from("BUTIK;KASSA;DATUM;TID;NR;KUND;RADTYP;ARTNR;ANTAL;BELOPP;VALUTA\n");
    for number in 0..600_u32 {
        let (shop, day) = (101 + number % 3, 1 + number % 28);
        let head = format!("{shop};1;2024-03-{day:02};12:{:02};{number};70{:04}", number % 60, number % 900);
        text.push_str(&format!(
            "{head};F;A{};1;1.{:03},50;SEK\n{head};BET;;;1.{:03},50;SEK\n",
            number % 70,
            number,
            number
        ));
        if number % 200 == 0 {
            text.push_str(&format!("{head};XYZ;;;1,00;SEK\n"));
        }
    }
    text
}

#[test]
fn a_swedish_export_is_drafted() {
    let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let (text, mapping) = draft(&[
        ("sales.csv", latin(&sales())),
        ("butiker.csv", latin(SHOPS)),
        ("kunder.csv", latin(&people())),
        ("notes.csv", b"a;b\n1;2\n".to_vec()),
    ]);
    for (field, column) in [
        ("memberNumber", "KUNDNR"),
        ("firstName", "FÖRNAMN"),
        ("email", "KONTAKT"),
        ("mobilePhone", "MOBIL"),
        ("birthDay", "FÖDD"),
        ("gender", "KÖN"),
        ("countryCode", "LAND"),
        ("acceptsEmail", "NYHETSBREV"),
    ] {
        assert_eq!(columns(&mapping, Entity::Contacts, field), [column], "{text}");
    }
    for (field, column) in [
        ("store", "BUTIK"),
        ("till", "KASSA"),
        ("receiptNumber", "NR"),
        ("contact", "KUND"),
        ("line.sku", "ARTNR"),
        ("line.quantity", "ANTAL"),
        ("line.amount", "BELOPP"),
        ("payment.amount", "BELOPP"),
        ("currency", "VALUTA"),
    ] {
        assert_eq!(columns(&mapping, Entity::Receipts, field), [column], "{text}");
    }
    assert_eq!(columns(&mapping, Entity::Receipts, "id"), ["BUTIK", "KASSA", "DATUM", "NR"]);
    let created = rule(&mapping, Entity::Receipts, "createdAt");
    assert_eq!((created.columns().len(), created.date.as_deref()), (2, Some("%Y-%m-%d %H:%M")));
    assert_eq!(rule(&mapping, Entity::Contacts, "birthDay").date.as_deref(), Some("%Y%m%d"));
    let kinds = rule(&mapping, Entity::Receipts, "line.kind").values.as_ref().unwrap();
    assert_eq!((kinds["F"].as_str(), kinds["BET"].as_str(), kinds.get("XYZ")), ("sale", "payment", None));
    assert!(
        text.contains("not understood, add them to the values: \\\"xxx\\\" (3 times)")
            || text.contains("\"xxx\" (3 times)"),
        "{text}"
    );
    assert_eq!(mapping.engage.contact_key, ContactKey::MemberNumber);
    assert_eq!(mapping.retailer.since, Some(jiff::civil::date(2022, 3, 28)));
    let receipts = mapping.table(Entity::Receipts, Part::Whole).unwrap();
    assert_eq!(receipts.reading.number.unwrap().example(), "1.234,56");
    assert_eq!(
        mapping.table(Entity::Contacts, Part::Whole).unwrap().reading.encoding.unwrap().name(),
        "windows-1252"
    );
    assert!(text.contains("1,000 of 1,000 values look like e-mail addresses"), "{text}");
    assert!(text.contains("# Not used: notes.csv"), "{text}");
}

#[test]
fn a_draft_shows_nobody() {
    let (text, _) = draft(&[("kunder.csv", people().into_bytes())]);
    for shown in ["k0@example.com", "811228", "070-17", "Öberg", "Åsa"] {
        assert!(!text.contains(shown), "{shown} in\n{text}");
    }
    assert!(text.contains("# with personal-numbers = true: socialSecurityNumber = \"PNR\""), "{text}");
    assert!(text.contains("# ? = \"GRUPP\"   # about 60 different values, such as xxx#"), "{text}");
}

#[test]
fn heads_and_lines_are_two_tables() {
    let heads =
        "ID;BUTIK;DATUM;TID;NR;KUNDNR\nr1;101;2024-01-01;10:00:00;1;5\nr2;102;2024-01-02;11:00:00;2;6\n";
    let lines = "ID;ARTNR;ANTAL;APRIS;BELOPP\nr1;x;1;2,50;2,50\nr1;y;2;1,50;3,00\nr2;x;1;2,50;2,50\n";
    let (text, mapping) = draft(&[("lines.csv", lines.into()), ("receipts.csv", heads.into())]);
    assert_eq!(columns(&mapping, Entity::Receipts, "id"), ["ID"], "{text}");
    let table = mapping.table(Entity::Receipts, Part::Lines).unwrap();
    assert!(
        table.rules.iter().any(|(name, _)| name == "id")
            && table.rules.iter().any(|(name, _)| name == "line.sku")
    );
    assert_eq!(table.reading.number.unwrap().example(), "1234,56");
}

#[test]
fn files_of_the_same_columns_are_one_table() {
    let (text, mapping) =
        draft(&[("sales-1.csv", sales().into_bytes()), ("sales-2.csv", sales().into_bytes())]);
    assert_eq!(mapping.table(Entity::Receipts, Part::Whole).unwrap().files.len(), 2, "{text}");
}

#[test]
fn each_sheet_of_a_workbook_is_a_table() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Om").unwrap();
    for (name, rows) in [
        (
            "Kunder",
            [["KUNDNR", "FORNAMN", "EPOST"], ["1", "Ada", "a@example.com"], ["2", "Bo", "b@example.com"]],
        ),
        ("Poäng", [["KUNDNR", "POANG", "DATUM"], ["1", "10", "2024-01-31"], ["2", "20", "2024-02-01"]]),
    ] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                sheet.write(row, column, cell).unwrap();
            }
        }
    }
    let (text, mapping) = draft(&[("allt.xlsx", book.save_to_buffer().unwrap())]);
    let sheet = |entity| mapping.table(entity, Part::Whole).unwrap().reading.sheet.clone().unwrap();
    assert_eq!((sheet(Entity::Contacts), sheet(Entity::Points)), ("Kunder".into(), "Poäng".into()), "{text}");
    assert_eq!(mapping.tables[0].name_of(0), "contacts-allt.xlsx.csv");
}

#[test]
fn the_key_is_what_receipts_name_contacts_by() {
    let people =
        "KUNDNR;EMAIL;FIRSTNAME;LASTNAME\n1;a@example.com;x;y\n2;b@example.com;x;y\n3;c@example.com;x;y\n";
    let sales = "RECEIPTNO;STORE;DATE;CUSTOMEREMAIL;SKU;QTY\n1;s;2024-01-01T10:00:00Z;a@example.com;q;1\n\
                 2;s;2024-01-01T10:00:00Z;b@example.com;q;1\n";
    let (text, mapping) = draft(&[("people.csv", people.into()), ("sales.csv", sales.into())]);
    assert_eq!(mapping.engage.contact_key, ContactKey::Email, "{text}");
    assert_eq!(rule(&mapping, Entity::Receipts, "createdAt").date, None);
}

#[test]
fn a_sample_of_each_form_is_drafted() {
    for form in
        [crate::sample::Form::Rows, crate::sample::Form::HeaderAndLines, crate::sample::Form::JsonLines]
    {
        let folder = tempfile::tempdir().unwrap();
        let options = crate::sample::Options {
            contacts: 300,
            receipts: 300,
            seed: 7,
            until: jiff::civil::date(2026, 11, 1),
            form,
            faults: crate::sample::Faults::usual(),
            personal_numbers: false,
        };
        crate::sample::write(&crate::Folder::at(folder.path()), &options).unwrap();
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder.path().join("export")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let text = look(&paths, folder.path()).unwrap().write();
        let drafted =
            Mapping::parse(&text, folder.path()).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
        let fitting = Mapping::read(&folder.path().join("migration.toml")).unwrap();
        let (mut fields, mut wrong) = (0, Vec::new());
        for table in &fitting.tables {
            let own = drafted
                .table(table.entity, table.part)
                .unwrap_or_else(|| panic!("no {}\n{text}", table.name()));
            assert_eq!(own.files, table.files);
            for (field, rule) in table.rules.iter().filter(|(_, rule)| !rule.columns().is_empty()) {
                fields += 1;
                let same =
                    own.rules.iter().any(|(name, other)| name == field && other.columns() == rule.columns());
                if !same {
                    wrong.push(format!("{}.{field}", table.name()));
                }
            }
        }
        assert!(wrong.len() * 10 <= fields, "{wrong:?} of {fields}\n{text}");
    }
}

proptest! {
    #[test]
    fn any_export_is_drafted_and_the_draft_is_a_mapping(
        header in prop::collection::vec("[A-Za-zÅÄÖ\"\\\\ #._]{1,8}|EMAIL|KUNDNR|TYP|DATUM|BELOPP", 2..8),
        cells in prop::collection::vec("[A-Za-z0-9 .,:@\"\\\\#-]{0,14}|2024-01-31|1,50|a@b.se", 0..40),
        name in prop::sample::select(vec!["kunder.csv", "sales.csv", "stores.csv", "poang.csv", "vouchers.csv"]),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(b';').flexible(true).from_writer(Vec::new());
        writer.write_record(&header).unwrap();
        for row in cells.chunks_exact(header.len()) {
            writer.write_record(row).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, writer.into_inner().unwrap()).unwrap();
        if let Ok(found) = look(&[path], folder.path()) {
            let text = found.write();
            if let Err(problems) = Mapping::parse(&text, folder.path()) {
                let only: Vec<String> = problems.iter().map(ToString::to_string).collect();
                prop_assert!(only.len() == 1 && only[0].contains("at least one table"), "{only:?}\n{text}");
            }
        }
    }
}
