use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::mapping::Mapping;
use crate::{Entity, Finding, Folder, RowAt, Severity};

/// A file's rows, or the codes of what can't be read, with their lines.
type Read = Vec<(u64, Result<Vec<String>, &'static str>)>;

fn written(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn rows_of(source: &mut Source) -> Read {
    let mut row = Row::new();
    let mut rows = Vec::new();
    loop {
        match source.read(&mut row) {
            Ok(true) => rows.push((row.number(), Ok(row.cells().map(str::to_owned).collect()))),
            Ok(false) => return rows,
            Err(Failure::Row(unreadable)) => rows.push((unreadable.row, Err(unreadable.code))),
            Err(Failure::Source(error)) => panic!("{error}"),
        }
    }
}

fn read(name: &str, bytes: &[u8], reading: &Reading) -> (Vec<String>, Read) {
    let (_folder, path) = written(name, bytes);
    let mut source = Source::open(&path, reading, &[]).unwrap();
    (source.header().to_vec(), rows_of(&mut source))
}

fn csv(text: &str) -> (Vec<String>, Read) {
    read("a.csv", text.as_bytes(), &Reading::default())
}

fn ok(number: u64, cells: &[&str]) -> (u64, Result<Vec<String>, &'static str>) {
    (number, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
}

#[test]
fn delimiters_and_quotes_are_found_out() {
    for text in [
        "a;b;c\n1;x,y;3\n",
        "a,b,c\n1,\"x,y\",3\n",
        "a\tb\tc\n1\tx,y\t3\n",
        "a|b|c\n1|x,y|3\n",
        "a,b,c\n1,\"x,y\",3",
    ] {
        assert_eq!(
            csv(text),
            (vec!["a".into(), "b".into(), "c".into()], vec![ok(2, &["1", "x,y", "3"])]),
            "{text:?}"
        );
    }
    assert_eq!(csv("'a';'b'\n'1;2';'it''s'\n").1, [ok(2, &["1;2", "it's"])]);
    assert_eq!(csv("sep=,\na,b\n1,2;3\n").1, [ok(3, &["1", "2;3"])]);
    assert_eq!(csv("one column\nx\n").1, [ok(2, &["x"])]);
}

#[test]
fn a_row_is_numbered_by_the_line_that_it_begins_on() {
    let text = "a;b\r\n\r\n1;2\r\n\"x\r\ny\";3\r\n;\r\n4;5";
    assert_eq!(csv(text).1, [ok(3, &["1", "2"]), ok(4, &["x\ny", "3"]), ok(7, &["4", "5"])]);
    assert_eq!(csv("a;b\r1;2\r3;4\r").1, [ok(2, &["1", "2"]), ok(3, &["3", "4"])]);
}

#[test]
fn a_quote_that_is_never_closed_costs_its_line_alone() {
    let mut text = String::from("a;b\n1;\"open\n");
    for number in 0..500 {
        text.push_str(&format!("{number};fine\n"));
    }
    let rows = csv(&text).1;
    assert_eq!(rows[0], (2, Err("unclosedQuote")));
    assert_eq!(rows.len(), 501);
    assert_eq!(rows[500], ok(502, &["499", "fine"]));
    // Closed by another, further down.
    let rows = csv("a;b\n1;\"open\n2;fine\n3;\"open\n4;fine\n").1;
    assert_eq!(
        rows,
        [(2, Err("unclosedQuote")), ok(3, &["2", "fine"]), (4, Err("unclosedQuote")), ok(5, &["4", "fine"])]
    );
}

#[test]
fn a_row_with_other_cells_than_the_header_is_told_and_the_next_is_read() {
    let rows = csv("a;b\n1\n2;3;;\n4;5;6\n7;8\n").1;
    let count = |row| (row, Err("cellCount"));
    assert_eq!(rows, [count(2), count(3), count(4), ok(5, &["7", "8"])]);
}

#[test]
fn a_delimiter_at_the_end_of_each_row_is_no_fault_and_at_the_end_of_one_is() {
    let rows = csv("a;b\n2;3;\n4;;\n5;6;7\n7;8\n").1;
    assert_eq!(rows, [ok(2, &["2", "3"]), ok(3, &["4", ""]), (4, Err("cellCount")), ok(5, &["7", "8"])]);
    // A street with a semicolon moves all that follows it, and the last cell is blank.
    let rows = csv("street;town;note\nA 1;Malmo;\nB 2; lgh 3;Lund;\n").1;
    assert_eq!(rows, [ok(2, &["A 1", "Malmo", ""]), (3, Err("cellCount"))]);
}

#[test]
fn letters_are_read_as_all_of_the_file_has_them() {
    let text = "namn;ort\nÅsa Öberg;Malmö\n";
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let marked = ["\u{feff}", text].concat();
    for bytes in [text.as_bytes(), &latin, &utf16, marked.as_bytes()] {
        let (header, rows) = read("a.csv", bytes, &Reading::default());
        assert_eq!((header[0].as_str(), rows), ("namn", vec![ok(2, &["Åsa Öberg", "Malmö"])]));
    }
    // The first letter that tells stands after thousands of rows.
    let mut late = "namn;ort\n".to_owned() + &"Ada;Lund\n".repeat(20_000);
    late.push_str("Åsa;Malmö\n");
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&late);
    assert_eq!(read("a.csv", &latin, &Reading::default()).1[20_000], ok(20_002, &["Åsa", "Malmö"]));
}

#[test]
fn one_line_of_other_letters_is_told_and_spoils_no_other() {
    let mut bytes = "namn;ort\nÅsa;Malmö\nÖrjan;Umeå\n".as_bytes().to_vec();
    bytes.extend(b"P\xe4r;Lule\xe5\n");
    let rows = read("a.csv", &bytes, &Reading::default()).1;
    assert_eq!(rows, [ok(2, &["Åsa", "Malmö"]), ok(3, &["Örjan", "Umeå"]), (4, Err("encoding"))]);
}

#[test]
fn names_of_columns_are_each_there_once() {
    assert_eq!(csv("a;;a; b \n1;2;3;4\n").0, ["a", "column 2", "a (2)", "b"]);
}

#[test]
fn a_line_without_end_is_refused_and_the_next_is_read() {
    let text = format!("a;b\n{}\n1;2\n", "x".repeat(RECORD_BYTES_MAX + 10));
    assert_eq!(csv(&text).1, [(2, Err("tooLong")), ok(3, &["1", "2"])]);
}

#[test]
fn json_lines_are_rows_by_their_paths() {
    let text = "{\"id\":\"1\",\"who\":{\"email\":\"a@b.se\"},\"items\":[{\"sku\":\"x\",\"n\":1.50},{\"sku\":\"y\"}],\
                \"pay\":[{\"sum\":12}]}\n\nnot json\n{\"id\":2,\"tags\":[\"p\",\"q\"],\"who\":null}\n[1]\n";
    let (_folder, path) = written("a.jsonl", text.as_bytes());
    let columns: Vec<String> =
        ["id", "who.email", "items[].sku", "items[].n", "pay[].sum", "tags"].map(str::to_owned).into();
    let mut source = Source::open(&path, &Reading::default(), &columns).unwrap();
    assert_eq!(
        rows_of(&mut source),
        [
            ok(1, &["1", "a@b.se", "x", "1.50", "", ""]),
            ok(1, &["1", "a@b.se", "y", "", "", ""]),
            ok(1, &["1", "a@b.se", "", "", "12", ""]),
            (3, Err("notJson")),
            ok(4, &["2", "", "", "", "", "p,q"]),
            (5, Err("notAnObject")),
        ]
    );
    assert_eq!(
        json_paths(&path).unwrap(),
        ["id", "items[].n", "items[].sku", "pay[].sum", "tags", "who", "who.email"]
    );
}

#[test]
fn a_workbook_is_rows_of_text() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let (_folder, path) = written("a.xlsx", b"");
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Intro").unwrap().write(0, 0, "nothing").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("Kunder").unwrap();
    for (column, name) in ["nr", "namn", "född", "köpt", "summa"].into_iter().enumerate() {
        sheet.write(1, u16::try_from(column).unwrap(), name).unwrap();
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write(3, 0, 46_701_740_605_f64).unwrap();
    sheet.write(3, 1, "Åsa").unwrap();
    sheet.write_with_format(3, 2, ExcelDateTime::parse_from_str("1980-02-29").unwrap(), &day).unwrap();
    sheet
        .write_with_format(3, 3, ExcelDateTime::parse_from_str("2024-01-31T12:30:00").unwrap(), &time)
        .unwrap();
    sheet.write(3, 4, 0.1 + 0.2).unwrap();
    sheet.write(4, 0, 7).unwrap();
    sheet.write(5, 7, "beyond").unwrap();
    for number in 6..2_000 {
        sheet.write(number, 0, number).unwrap();
    }
    book.save(&path).unwrap();
    let reading = Reading { sheet: Some("Kunder".to_owned()), ..Reading::default() };
    let mut source = Source::open(&path, &reading, &[]).unwrap();
    assert_eq!(source.header(), ["nr", "namn", "född", "köpt", "summa"]);
    let rows = rows_of(&mut source);
    assert_eq!(rows[0], ok(4, &["46701740605", "Åsa", "1980-02-29", "2024-01-31 12:30:00", "0.3"]));
    assert_eq!(rows[1], ok(5, &["7", "", "", "", ""]));
    assert_eq!(rows[2], (6, Err("cellCount")));
    assert_eq!(rows.len(), 1_997);
    let missing = Reading { sheet: Some("Kunde".to_owned()), ..Reading::default() };
    let error = Source::open(&path, &missing, &[]).unwrap_err().to_string();
    assert!(
        error.contains("no sheet")
            || std::error::Error::source(&Source::open(&path, &missing, &[]).unwrap_err()).is_some()
    );
    // Given up in the middle: the thread ends, or this would hang.
    let mut source = Source::open(&path, &reading, &[]).unwrap();
    assert!(source.read(&mut Row::new()).unwrap());
    drop(source);
    assert_eq!(sheets(&path).unwrap(), ["Intro", "Kunder"]);
}

#[test]
fn files_that_cant_be_read_by_rows_say_what_to_do() {
    let (_folder, path) = written("a.xls", b"old");
    assert!(
        Source::open(&path, &Reading::default(), &[]).unwrap_err().to_string().contains("save it as CSV")
    );
    let (_folder, path) = written("a.csv", b"\n\n");
    assert!(Source::open(&path, &Reading::default(), &[]).unwrap_err().to_string().contains("empty"));
}

fn finding(row: &Row, reason: &str) -> Finding {
    Finding {
        entity: Entity::Contacts,
        severity: Severity::Blocker,
        code: "test".to_owned(),
        at: RowAt { file: 0, row: row.number() },
        field: Some("email".to_owned()),
        columns: Vec::new(),
        value: None,
        reason: reason.to_owned(),
        mend: "mend; it".to_owned(),
    }
}

/// Rejects every row that this holds for, and answers what was written.
fn reject(path: &Path, columns: &[String], out: &Path, bad: impl Fn(&Row) -> bool) -> u64 {
    let mut source = Source::open(path, &Reading::default(), columns).unwrap();
    let mut rejects = Rejects::create(out.to_owned(), source.like());
    let mut row = Row::new();
    loop {
        match source.read(&mut row) {
            Ok(false) => break,
            Ok(true) if !bad(&row) => {}
            Ok(true) | Err(Failure::Row(_)) => {
                rejects.write(&row, &[finding(&row, "it \"is\" bad")]).unwrap()
            }
            Err(Failure::Source(error)) => panic!("{error}"),
        }
    }
    rejects.finish().unwrap()
}

const MAPPING: &str = r#"
version = 1
[retailer]
country = "SE"
time-zone = "Europe/Stockholm"
currency = "SEK"
[engage]
contact-key = "memberNumber"
[contacts]
files = ["FILE"]
[contacts.fields]
memberNumber = "nr"
email = "mejl"
"#;

fn mapped(folder: &Path, file: &str) -> (crate::mapping::Table, Folder) {
    let mapping = Mapping::parse(&MAPPING.replace("FILE", file), folder).unwrap();
    (mapping.tables[0].clone(), Folder::at(folder.join("migration")))
}

fn all(rows: &mut Rows) -> Vec<(u64, bool, String)> {
    let mut row = Row::new();
    let mut found = Vec::new();
    while let Some(taken) = rows.read(&mut row).unwrap() {
        found.push((taken.at.row, taken.mended, row.cells().collect::<Vec<_>>().join("/")));
    }
    found
}

#[test]
fn a_rejected_row_is_mended_and_stands_in_its_old_place() {
    let text = "nr;mejl\n1;å@b.se\n2;bad; cell\n3;c@d.se\n4;bad\n";
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let (folder, path) = written("kunder.csv", &latin);
    let (table, at) = mapped(folder.path(), "kunder.csv");
    let rejects = at.rejects(table.name_of(0));
    assert_eq!(reject(&path, &[], &rejects, |row| row.cell(1) == "bad"), 2);
    let bytes = fs::read(&rejects).unwrap();
    let (written, _, _) = encoding_rs::WINDOWS_1252.decode(&bytes);
    assert_eq!(
        written,
        "nr;mejl;_row;_fields;_reasons;_mends\n\
         2;\"bad; cell\";3;email;\"it \"\"is\"\" bad\";\"mend; it\"\n\
         4;bad;5;email;\"it \"\"is\"\" bad\";\"mend; it\"\n"
    );
    // Saved by a program that turns columns around and writes commas.
    let mended = at.mended(table.name_of(0));
    fs::create_dir_all(mended.parent().unwrap()).unwrap();
    fs::write(&mended, "_row,mejl,nr,_reasons\r\n3,b@b.se,2,x\r\n5,still bad,4,x\r\n").unwrap();
    fs::write(mended.with_extension("2.csv"), "nr;mejl;_row\n4;d@d.se;5\n").unwrap();
    let rows = all(&mut super::table(&table, &at).unwrap());
    assert_eq!(
        rows,
        [
            (2, false, "1/å@b.se".to_owned()),
            (3, true, "2/b@b.se".to_owned()),
            (4, false, "3/c@d.se".to_owned()),
            (5, true, "4/d@d.se".to_owned()),
        ]
    );
    // Nothing to reject any more: the old file goes.
    assert_eq!(reject(&path, &[], &rejects, |_| false), 1);
    fs::write(&path, "nr;mejl\n1;a@b.se\n").unwrap();
    assert_eq!(reject(&path, &[], &rejects, |_| false), 0);
    assert!(!rejects.exists());
    // And what was mended of the old export mends nothing in the new one.
    let mut rows = super::table(&table, &at).unwrap();
    let mut row = Row::new();
    rows.read(&mut row).unwrap();
    let Err(Failure::Source(error)) = rows.read(&mut row) else { panic!("it isn't told") };
    assert!(error.to_string().contains("row 3"), "{error}");
}

#[test]
fn rejected_json_keeps_its_letters_and_is_mended() {
    let text = "{\"nr\": 1.0, \"mejl\": \"bad\", \"x\": {\"y\": []}}\n{}\nnot json\n{\"nr\":4,\"mejl\":\"d@d.se\"}\n";
    let (folder, path) = written("k.jsonl", text.as_bytes());
    let (table, at) = mapped(folder.path(), "k.jsonl");
    let rejects = at.rejects(table.name_of(0));
    let columns = table.columns();
    assert_eq!(reject(&path, &columns, &rejects, |row| row.number() < 3), 3);
    let lines = fs::read_to_string(&rejects).unwrap();
    assert!(
        lines.starts_with("{\"nr\": 1.0, \"mejl\": \"bad\", \"x\": {\"y\": []},\"_tillbridge\":{"),
        "{lines}"
    );
    assert!(lines.contains("\"line\":\"not json\""));
    let mended = at.mended(table.name_of(0));
    fs::create_dir_all(mended.parent().unwrap()).unwrap();
    let objects = [(1, "a@a.se"), (2, "b@b.se"), (3, "c@c.se")];
    let text: Vec<String> = objects
        .iter()
        .map(|(row, mejl)| {
            format!("{{\"nr\":\"{row}\",\"mejl\":\"{mejl}\",\"_tillbridge\":{{\"row\":{row}}}}}")
        })
        .collect();
    fs::write(&mended, text.join("\n")).unwrap();
    let rows = all(&mut super::table(&table, &at).unwrap());
    let expected: Vec<_> = objects
        .iter()
        .map(|(row, mejl)| (*row, true, format!("{row}/{mejl}")))
        .chain([(4, false, "4/d@d.se".into())])
        .collect();
    assert_eq!(rows, expected);
}

proptest! {
    #[test]
    fn any_rows_are_read_back_however_they_are_written(
        rows in prop::collection::vec(prop::collection::vec("[ -~åäöÅÄÖé\n]{0,12}", 3), 1..20),
        delimiter in prop::sample::select(b";,\t|".to_vec()),
        encoding in prop::sample::select(vec![encoding_rs::UTF_8, encoding_rs::WINDOWS_1252]),
        crlf: bool,
    ) {
        let mut builder = csv::WriterBuilder::new();
        builder.delimiter(delimiter).quote_style(csv::QuoteStyle::NonNumeric);
        if crlf {
            builder.terminator(csv::Terminator::CRLF);
        }
        let mut writer = builder.from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let (bytes, _, _) = encoding.encode(&text);
        let encoding = Encoding::named(encoding.name());
        let reading = Reading { encoding, delimiter: Some(delimiter), quote: Some(Quote::By(b'"')), ..Reading::default() };
        let found: Vec<Vec<String>> = read("a.csv", &bytes, &reading).1.into_iter().map(|(_, row)| row.unwrap()).collect();
        let kept: Vec<Vec<String>> =
            rows.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
        prop_assert_eq!(found, kept);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(prop::sample::select(b"\"';,|\t\n\r{}[]:ab1\xe5\xff\x00\xc3\xa5".to_vec()), 0..300),
        kind in prop::sample::select(vec!["a.csv", "a.jsonl"]),
    ) {
        let (_folder, path) = written(kind, &bytes);
        if let Ok(mut source) = Source::open(&path, &Reading::default(), &[]) {
            let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
            let rows = rows_of(&mut source);
            prop_assert!(rows.iter().all(|(number, _)| (1..=lines as u64).contains(number)));
            prop_assert!(rows.is_sorted_by_key(|(number, _)| *number));
        }
    }
}
