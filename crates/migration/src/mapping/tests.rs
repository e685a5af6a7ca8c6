use std::path::Path;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::source::Row;

const HEAD: &str = r#"version = 1
[retailer]
country = "SE"
time-zone = "Europe/Stockholm"
currency = "SEK"
[engage]
contact-key = "memberNumber"
"#;

fn parse(rest: &str) -> Result<Mapping, Vec<String>> {
    Mapping::parse(&[HEAD, rest].concat(), Path::new("/base"))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// A table of one row with these columns, and the field `x` by this rule.
fn bound(rule: &str, columns: &[&str]) -> (Bound, FieldAt) {
    let text = format!(
        "[contacts]\nfiles = [\"a.csv\"]\n[contacts.fields]\nmemberNumber = \"a\"\ntheirs = {rule}\n"
    );
    let header: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let bound = parse(&text).unwrap().tables[0].bind(&header).unwrap();
    let at = bound.at("theirs").unwrap();
    (bound, at)
}

fn text(rule: &str, cells: &[&str]) -> Result<Option<String>, &'static str> {
    let (bound, at) = bound(rule, &["a", "b", "c"][..cells.len()]);
    bound.text(at, &Row::of(2, cells)).map(|text| text.map(Into::into)).map_err(|unfit| unfit.code)
}

fn number(cell: &str) -> Result<String, &'static str> {
    let (bound, at) = bound("\"a\"", &["a"]);
    bound
        .decimal(at, &Row::of(2, [cell]))
        .map(|number| number.unwrap_or_default().to_string())
        .map_err(|unfit| unfit.code)
}

fn time(rule: &str, cell: &str) -> Result<(String, bool, Option<&'static str>), &'static str> {
    let (bound, at) = bound(rule, &["a"]);
    let moment = bound.time(at, &Row::of(2, [cell])).map_err(|unfit| unfit.code)?.ok_or("blank")?;
    Ok((moment.to_string(), moment.day_only, moment.note.map(|note| note.code)))
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_line() {
    let text = r#"version = 2
[retailer]
country = "se"
time-zone = "Europe/Stokholm"
curency = "SEK"
[engage]
contact-key = "membernumber"
receipts-as = "json"
[contacts]
files = []
delimiter = ";;"
[contacts.fields]
emial = "E"
email = { colum = "E" }
language = { value = "sv", date = "%Y" }
shoeSize = "SKO"
birthDay = { column = "F", date = "%Q" }
memberNumber = "_row"
socialSecurityNumber = "PNR"
[receipts]
files = ["sales.xls"]
[receipts.fields]
"line.kind" = { column = "T", values = { F = "sold" } }
"#;
    let problems = Mapping::parse(text, Path::new("")).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for expected in [
        "line 1: version: this release reads version 1",
        "line 3: retailer.country: \"se\" isn't a country such as SE",
        "line 4: retailer.time-zone: \"Europe/Stokholm\" isn't a zone",
        "line 5: retailer.curency: there is no such setting; did you mean `currency`?",
        "retailer.currency: this is missing",
        "line 7: engage.contact-key: \"membernumber\" is none of memberNumber, externalId, email, mobilePhone, \
         socialSecurityNumber; did you mean `memberNumber`?",
        "line 8: engage.receipts-as: \"json\" is none of csv, xml",
        "line 10: contacts.files: this needs texts",
        "line 11: contacts.delimiter: a delimiter is one plain character",
        "line 13: contacts.fields.emial: there is no such field; did you mean `email`?",
        "line 14: contacts.fields.email.colum: there is no such setting; did you mean `column`?",
        "line 15: contacts.fields.language: a `value` stands alone",
        "line 17: contacts.fields.birthDay.date: \"%Q\" isn't a date's form",
        "line 18: contacts.fields.memberNumber: \"_row\" can't be data",
        "line 21: receipts.files: cannot read sales.xls",
        "line 23: receipts.fields.line.kind: \"sold\" is none of sale",
        "receipts.fields.id: this is missing",
    ] {
        assert!(told.iter().any(|problem| problem.contains(expected)), "{expected}\nof {told:#?}");
    }
    assert!(!told.iter().any(|problem| problem.contains("shoeSize")), "{told:#?}");
}

#[test]
fn personal_numbers_need_leave_and_the_key_needs_a_column() {
    let fields = "[contacts]\nfiles = [\"a.csv\"]\n[contacts.fields]\nsocialSecurityNumber = \"PNR\"\n";
    let told = parse(fields).unwrap_err();
    assert!(told[0].contains("contact-key") && told[1].contains("personal-numbers = true"), "{told:#?}");
    assert!(parse("").unwrap_err()[0].contains("at least one table"));
    assert!(
        parse("[receipt-lines]\nfiles=[\"l.csv\"]\n[receipt-lines.fields]\nid=\"a\"\n").unwrap_err()[0]
            .contains("heads")
    );
}

#[test]
fn columns_for_what_has_none_are_refused_and_not_passed_over() {
    let layouts =
        "[layouts.transactions]\nkey = \"contact.matchKey\"\n[layouts.contacts]\nnr = \"memberNumber\"\n";
    let contacts = "[contacts]\nfiles = [\"a.csv\"]\n[contacts.fields]\nmemberNumber = \"a\"\n";
    for (said, told) in [
        ("receipts-as = \"xml\"", "receipts go as XML"),
        ("contacts-as = \"xml\"", "contacts go as XML"),
        ("contacts-by = \"bulk\"", "by the bulk calls"),
    ] {
        let problems = parse(&format!("{said}\n{layouts}{contacts}")).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains(told), "{said}: {problems:#?}");
    }
    parse(&format!("{layouts}{contacts}")).unwrap();
}

#[test]
fn a_mapping_is_read_whole() {
    let mapping = parse(
        r#"contacts-by = "bulk"
[engage.folders]
transactions = "/x/y"
[engage.sftp]
host = "ftp.voyado.com"
user = "u"
host-key = "SHA256:abc"
[layouts.transactions]
"zz" = "contact.matchKey"
"aa" = "item.sku"
[receipts]
files = ["e/s.csv", "f/s.csv"]
delimiter = "\t"
quote = ""
number = "1 234,56"
[receipts.fields]
id = { columns = ["A", "B"], join = "-" }
store = "A"
createdAt = "C"
[points]
files = ["e/p.xlsx"]
[points.fields]
key = "K"
amount = "P"
date = { value = "2024-01-01" }
"#,
    )
    .unwrap();
    assert_eq!(mapping.engage.contacts_by, ContactsBy::Bulk);
    assert_eq!(mapping.engage.folders[&Entity::Receipts], "/x/y");
    assert_eq!(mapping.engage.folders[&Entity::Vouchers], "/BonusCheckImport");
    assert_eq!(mapping.engage.sftp.as_ref().unwrap().port, 22);
    let columns = &mapping.layouts[&Entity::Receipts].columns;
    assert_eq!(columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["zz", "aa"]);
    let receipts = mapping.table(Entity::Receipts, Part::Whole).unwrap();
    assert_eq!(receipts.files[1], Path::new("/base/f/s.csv"));
    assert_eq!((receipts.name_of(0), receipts.name_of(1)), ("receipts-s.csv", "receipts-2-s.csv"));
    assert_eq!(mapping.tables[1].name_of(0), "p.xlsx.csv");
    assert_eq!(receipts.columns(), ["A", "B", "C"]);
    assert_eq!(receipts.reading.delimiter, Some(b'\t'));
}

#[test]
fn the_digest_is_of_what_decides_a_plan() {
    let fields = "[contacts]\nfiles = [\"a.csv\"]\n[contacts.fields]\nmemberNumber = \"a\"\n";
    let digest = |text: &str| parse(text).unwrap().digest().to_owned();
    let server = ["[engage.sftp]\nhost = \"h\"\nuser = \"u\"\n# a word\n", fields].concat();
    assert_eq!(digest(fields), digest(&server));
    assert_ne!(digest(fields), digest(&fields.replace("\"a\"", "\"b\"")));
}

#[test]
fn a_missing_column_is_told_with_what_was_meant() {
    let fields =
        "[contacts]\nfiles = [\"a.csv\"]\n[contacts.fields]\nmemberNumber = \"KUNDNR\"\nemail = \"MEJL\"\n";
    let problems = parse(fields).unwrap().tables[0].bind(&["KUND_NR".to_owned()]).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(problems[0].to_string().ends_with("there is no column \"KUNDNR\"; did you mean `KUND_NR`?"));
}

#[test]
fn texts_are_trimmed_joined_and_looked_up() {
    assert_eq!(text("\"a\"", &["  x "]), Ok(Some("x".into())));
    assert_eq!(text("\"a\"", &["  "]), Ok(None));
    assert_eq!(text("{ value = 5 }", &["x"]), Ok(Some("5".into())));
    let joined = r#"{ columns = ["a", "b"], join = " " }"#;
    assert_eq!(text(joined, &["x", "y"]), Ok(Some("x y".into())));
    assert_eq!(text(joined, &["", "y"]), Ok(Some("y".into())));
    assert_eq!(text(joined, &["", " "]), Ok(None));
    assert_eq!(text(r#"{ column = "a", prefix = "S" }"#, &["1"]), Ok(Some("S1".into())));
    let values = r#"{ column = "a", values = { J = true, N = "false", "Ö" = "" } }"#;
    assert_eq!(text(values, &["j"]), Ok(Some("true".into())));
    assert_eq!(text(values, &["ö"]), Ok(None));
    assert_eq!(text(values, &[""]), Ok(None));
    assert_eq!(text(values, &["?"]), Err("unknownValue"));
    let otherwise = r#"{ column = "a", values = { "" = "n" }, otherwise = "z" }"#;
    assert_eq!(
        (text(otherwise, &["?"]), text(otherwise, &[""])),
        (Ok(Some("z".into())), Ok(Some("n".into())))
    );
}

#[test]
fn an_identity_has_all_its_parts() {
    let text = "[receipts]\nfiles=[\"a.csv\"]\n[receipts.fields]\nid = { columns = [\"a\",\"b\"], join=\"-\" }\n\
                store=\"a\"\ncreatedAt=\"a\"\n\"line.returnsReceipt\" = { columns = [\"a\",\"b\"], join=\"-\" }\n";
    let bound = parse(text).unwrap().tables[0].bind(&["a".to_owned(), "b".to_owned()]).unwrap();
    let of = |field: &str, cells: [&str; 2]| {
        let row = Row::of(2, cells);
        let text = bound.text(bound.at(field).unwrap(), &row).map(|text| text.map(String::from));
        text.map_err(|unfit| unfit.code)
    };
    assert_eq!(of("id", ["s1", "7"]), Ok(Some("s1-7".into())));
    assert_eq!(of("id", ["s1", ""]), Err("partMissing"));
    assert_eq!(of("id", ["", ""]), Ok(None));
    assert_eq!(of("line.returnsReceipt", ["s1", ""]), Ok(None));
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for (written, read) in [
        ("12", "12"),
        ("1 234,56", "1234.56"),
        ("1\u{a0}234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("-12,50", "-12.50"),
        ("12,50-", "-12.50"),
        ("(12.50)", "-12.50"),
        ("\u{2212}5", "-5"),
        ("+5", "5"),
        ("12:-", "12"),
        ("12,50 kr", "12.50"),
        ("25 %", "25"),
        ("0,125", "0.125"),
        ("1.234", "1.234"),
        ("1'234.50", "1234.50"),
        (",5", "0.5"),
    ] {
        assert_eq!(number(written).as_deref(), Ok(read), "{written:?}");
    }
    assert_eq!(number("1,234"), Err("ambiguousNumber"));
    for written in
        ["x", "1.2.3,4", "12 34", "1 234 5", "--5", "(5", "5,5,5", "1e5", ".", "9".repeat(40).as_str()]
    {
        assert_eq!(number(written), Err("notANumber"), "{written:?}");
    }
    let form = NumberForm::of("1,234.56");
    assert_eq!(number::read("1,234", form).unwrap().to_string(), "1234");
    assert_eq!(number::read("1,23", form), Err(number::NotANumber::Form));
    for example in ["1.234,56", "1 234,56", "1234,56", "1234.56", "1,234.56"] {
        assert_eq!(NumberForm::of(example).unwrap().example(), example);
    }
    assert!(NumberForm::of("abc").is_none() && NumberForm::of("").is_none());
}

#[test]
fn times_are_read_in_the_zone_that_they_are_of() {
    let at = |cell: &str| time("\"a\"", cell).map(|(text, ..)| text);
    for written in [
        "2024-01-31 12:30",
        "2024-01-31T12:30:00",
        "20240131 1230",
        "20240131123000",
        "31.1.2024 12:30",
        "31/01/2024 12.30.00",
        "2024-01-31T11:30:00Z[Europe/Stockholm]",
    ] {
        let read = at(written).unwrap_or_else(|code| panic!("{written}: {code}"));
        assert!(read == "2024-01-31T12:30:00+01:00" || written.contains('Z'), "{written}: {read}");
    }
    assert_eq!(at("2024-01-31T12:30:00+02:00").as_deref(), Ok("2024-01-31T12:30:00+02:00"));
    assert_eq!(time("\"a\"", "2024-07-01"), Ok(("2024-07-01T00:00:00+02:00".into(), true, None)));
    let rule = r#"{ column = "a", date = "%d%m%y %H%M" }"#;
    assert_eq!(time(rule, "310124 0930"), Ok(("2024-01-31T09:30:00+01:00".into(), false, None)));
    assert_eq!(time("\"a\"", "01/02/2024"), Err("ambiguousDate"));
    for wrong in ["2024-02-30", "hello", "20241301", "2024", "31.13.2024", "2024-01-31 25:00"] {
        assert_eq!(time("\"a\"", wrong), Err("notADate"), "{wrong}");
    }
}

#[test]
fn a_time_that_the_clock_skipped_or_had_twice_is_decided_and_told() {
    assert_eq!(
        time("\"a\"", "2024-03-31 02:30"),
        Ok(("2024-03-31T03:30:00+02:00".into(), false, Some("timeSkipped")))
    );
    assert_eq!(
        time("\"a\"", "2024-10-27 02:30"),
        Ok(("2024-10-27T02:30:00+02:00".into(), false, Some("timeTwice")))
    );
}

#[test]
fn truths_and_dates_come_in_many_words() {
    let (bound, at) = bound("\"a\"", &["a"]);
    let truth = |cell: &str| bound.truth(at, &Row::of(2, [cell])).map_err(|unfit| unfit.code);
    assert_eq!(
        (truth("Ja"), truth("0"), truth(""), truth("?")),
        (Ok(Some(true)), Ok(Some(false)), Ok(None), Err("notATruth"))
    );
    let day = |cell: &str| bound.date(at, &Row::of(2, [cell])).map_err(|unfit| unfit.code);
    assert_eq!(day("1980-02-29"), Ok(Some(date(1980, 2, 29))));
    assert_eq!(day("29.2.1980"), Ok(Some(date(1980, 2, 29))));
}

proptest! {
    #[test]
    fn any_mapping_is_read_without_a_panic(text in "[a-z\\[\\]={}\" .\n0-9-]{0,200}") {
        let _ = parse(&text);
        let _ = Mapping::parse(&text, Path::new(""));
    }

    #[test]
    fn any_value_is_read_without_a_panic(cell in "[0-9 .,:/T()+kr%åΩ-]{0,30}|\\PC{0,30}") {
        let _ = number(&cell);
        let _ = time("\"a\"", &cell);
        let _ = time(r#"{ column = "a", date = "%Y%m%d" }"#, &cell);
    }

    #[test]
    fn a_number_is_read_back_from_each_form(units in -10_000_000_i64..10_000_000, form in prop::sample::select(vec!["1.234,56", "1 234,56", "1,234.56", "1234.56"])) {
        let value = rust_decimal::Decimal::new(units, 2);
        let form = NumberForm::of(form).unwrap();
        let plain = value.abs().to_string();
        let (whole, decimals) = plain.split_once('.').unwrap();
        let example = form.example();
        let group: String = example.chars().nth(1).filter(|char| !char.is_ascii_digit()).map(String::from).unwrap_or_default();
        let mark = example.chars().nth(example.chars().count() - 3).unwrap();
        let digits: Vec<String> = whole.as_bytes().rchunks(3).rev().map(|chunk| String::from_utf8_lossy(chunk).into_owned()).collect();
        let written = format!("{}{}{mark}{decimals}", if units < 0 { "-" } else { "" }, digits.join(&group));
        prop_assert_eq!(number::read(&written, Some(form)), Ok(value), "{}", written);
    }
}
