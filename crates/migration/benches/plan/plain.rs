//! What everybody would write first: the same file, read into owned typed rows, and nothing done with them.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use rust_decimal::Decimal;
use rust_decimal::serde::{arbitrary_precision, arbitrary_precision_option};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::export::Subject;

/// A row of customers.csv.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "what it is read into is the whole of it")]
struct Customer {
    kundnr: String,
    fornamn: String,
    efternamn: String,
    epost: String,
    mobil: String,
    fodd: String,
    kon: String,
    gata: String,
    postnr: String,
    ort: String,
    land: String,
    nyhetsbrev: String,
    sms: String,
    personnr: String,
}

/// A row of sales.csv.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "what it is read into is the whole of it")]
struct SalesRow {
    butik: String,
    kassa: String,
    datum: String,
    tid: String,
    nr: String,
    kundnr: String,
    valuta: String,
    kurs: String,
    total: String,
    typ: String,
    artnr: String,
    benamning: String,
    varugrupp: String,
    antal: String,
    apris: String,
    belopp: String,
    moms: String,
    betsatt: String,
    r#ref: String,
}

/// A line of sales.jsonl.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "what it is read into is the whole of it")]
struct Sale {
    id: String,
    store: String,
    till: String,
    number: String,
    sold_at: String,
    customer: SoldTo,
    currency: String,
    rate: String,
    #[serde(deserialize_with = "arbitrary_precision::deserialize")]
    total: Decimal,
    rows: Vec<SaleRow>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what it is read into is the whole of it")]
struct SoldTo {
    number: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what it is read into is the whole of it")]
struct SaleRow {
    r#type: String,
    article: Option<String>,
    name: Option<String>,
    group: Option<String>,
    #[serde(default, deserialize_with = "arbitrary_precision_option::deserialize")]
    quantity: Option<Decimal>,
    #[serde(default, deserialize_with = "arbitrary_precision_option::deserialize")]
    price: Option<Decimal>,
    #[serde(deserialize_with = "arbitrary_precision::deserialize")]
    amount: Decimal,
    #[serde(default, deserialize_with = "arbitrary_precision_option::deserialize")]
    tax: Option<Decimal>,
    of: Option<String>,
    means: Option<String>,
}

/// Reads a subject's file; answers how many rows it has.
pub fn read(subject: Subject, folder: &Path) -> anyhow::Result<u64> {
    let path = folder.join(subject.file());
    match subject {
        Subject::Contacts => csv_rows::<Customer>(&path),
        Subject::ReceiptRows => csv_rows::<SalesRow>(&path),
        Subject::Receipts => json_lines::<Sale>(&path),
    }
}

fn csv_rows<T: DeserializeOwned>(path: &Path) -> anyhow::Result<u64> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_path(path)?;
    let mut rows = 0;
    for row in reader.deserialize() {
        let row: T = row?;
        drop(black_box(row));
        rows += 1;
    }
    Ok(rows)
}

fn json_lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<u64> {
    let mut lines = BufReader::new(File::open(path)?);
    let (mut line, mut rows) = (String::new(), 0);
    while lines.read_line(&mut line)? > 0 {
        let row: T = serde_json::from_str(&line)?;
        drop(black_box(row));
        line.clear();
        rows += 1;
    }
    Ok(rows)
}
