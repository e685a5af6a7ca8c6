//! The same export once as CSV and once as a workbook with real dates, times and numbers: drafted, checked and planned to
//! the same bytes.

use std::fs;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::stage::Stage;
use crate::support::run;

/// A table as text: its header and its rows.
type Text = Vec<Vec<String>>;

/// A file of the sample's export.
fn read(stage: &Stage, name: &str) -> Text {
    let bytes = fs::read(stage.folder().join("export").join(name)).unwrap();
    // Windows-1252, of which the sample uses what Latin-1 has.
    let text: String = bytes.into_iter().map(char::from).collect();
    let cells = |line: &str| {
        // The sample quotes what holds a separator, and nothing else.
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for char in line.chars() {
            match char {
                '"' => quoted = !quoted,
                ';' if !quoted => cells.push(String::new()),
                char => cells.last_mut().unwrap().push(char),
            }
        }
        cells
    };
    text.lines().map(cells).collect()
}

/// What a column's cells are in a workbook.
enum Cell {
    Text,
    Number,
    Day,
    Clock,
    Moment,
}

fn kind_of(column: &str) -> Cell {
    match column {
        "KUNDNR" | "ANTAL" | "APRIS" | "BELOPP" | "MOMS" | "TOTAL" | "KURS" => Cell::Number,
        "FODD" | "DATUM" => Cell::Day,
        "TID" => Cell::Clock,
        "TIDPUNKT" => Cell::Moment,
        _ => Cell::Text,
    }
}

fn write(sheet: &mut Worksheet, table: &Text) {
    for (at, name) in (0..).zip(&table[0]) {
        sheet.write_string(0, at, name).unwrap();
    }
    for (row, cells) in (1..).zip(&table[1..]) {
        for ((at, name), cell) in (0..).zip(&table[0]).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let time = |text: &str, shown: &str| {
                (ExcelDateTime::parse_from_str(text).unwrap(), Format::new().set_num_format(shown))
            };
            let day = |cell: &str| match cell.len() {
                8 => format!("{}-{}-{}", &cell[..4], &cell[4..6], &cell[6..]),
                _ => cell.to_owned(),
            };
            let (moment, form) = match kind_of(name) {
                Cell::Text => {
                    sheet.write_string(row, at, cell).unwrap();
                    continue;
                }
                Cell::Number => {
                    let plain = cell.replace(['.', ' ', '\u{a0}'], "").replace(',', ".");
                    sheet.write_number(row, at, plain.parse::<f64>().unwrap()).unwrap();
                    continue;
                }
                Cell::Day => time(&day(cell), "yyyy-mm-dd"),
                Cell::Clock => time(cell, "hh:mm:ss"),
                Cell::Moment => time(&cell.replace(' ', "T"), "yyyy-mm-dd hh:mm:ss"),
            };
            sheet.write_datetime_with_format(row, at, &moment, &form).unwrap();
        }
    }
}

/// Saves tables as sheets of a workbook.
fn save(stage: &Stage, sheets: &[(&str, &Text)]) {
    let mut book = Workbook::new();
    for (name, table) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        write(sheet, table);
    }
    book.save(stage.dir.path().join("export.xlsx")).unwrap();
}

/// Drafts in a folder of this name, and takes the step there.
fn drafted(stage: &Stage, name: &str, files: &[&str], step: &str) -> Vec<Vec<u8>> {
    run(stage.dir.path(), &[&["migrate", "--folder", name, "init"][..], files].concat()).ok();
    run(stage.dir.path(), &["migrate", "--folder", name, step]).ok();
    let mut files: Vec<_> = fs::read_dir(stage.dir.path().join(name).join("files"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn a_workbook_is_planned_as_the_csv_of_the_same_is() {
    let stage = Stage::sample(80, 250, 9, &["--faultless"]);
    let tables = ["stores.csv", "customers.csv", "sales.csv"].map(|name| read(&stage, name));
    save(&stage, &[("Butiker", &tables[0]), ("Kunder", &tables[1]), ("Kvitton", &tables[2])]);
    let csv = ["migration/export/stores.csv", "migration/export/customers.csv", "migration/export/sales.csv"];
    let of_csv = drafted(&stage, "csv", &csv, "plan");
    let of_excel = drafted(&stage, "excel", &["export.xlsx"], "plan");
    assert_eq!((of_csv.len(), of_excel.len()), (3, 3));
    for (csv, excel) in of_csv.iter().zip(&of_excel) {
        let (csv, excel) = (String::from_utf8_lossy(csv), String::from_utf8_lossy(excel));
        for (csv, excel) in csv.lines().zip(excel.lines()) {
            assert_eq!(csv, excel);
        }
        assert_eq!(csv.len(), excel.len());
    }
}

/// A workbook shows a time of midnight as a day without one.
#[test]
fn a_purchase_at_midnight_is_read_like_any_other() {
    let stage = Stage::sample(40, 60, 9, &["--faultless"]);
    let [shops, people] = ["stores.csv", "customers.csv"].map(|name| read(&stage, name));
    let mut sales = read(&stage, "sales.csv");
    let at = |name: &str| sales[0].iter().position(|column| column == name).unwrap();
    let (day, clock, number) = (at("DATUM"), at("TID"), at("NR"));
    let first = sales[1][number].clone();
    for row in &mut sales {
        let time = if row[number] == first { "00:00:00".to_owned() } else { row[clock].clone() };
        row[day] = if row[day] == "DATUM" { "TIDPUNKT".to_owned() } else { format!("{} {time}", row[day]) };
        row.remove(clock);
    }
    save(&stage, &[("Butiker", &shops), ("Kunder", &people), ("Kvitton", &sales)]);
    drafted(&stage, "excel", &["export.xlsx"], "check");
}
