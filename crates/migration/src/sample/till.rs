//! The forms in which old tills export receipts.

use std::io;
use std::path::Path;

use encoding_rs::{UTF_8, WINDOWS_1252};
use serde_json::{Value, json};

use super::sales::{Kind, Line, Receipt};
use super::sheet::{Lines, Sheet};

/// How receipts stand in the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A row a line, with what the receipt's lines share repeated: `sales.csv`.
    Rows,
    /// A file of receipts and one of their lines: `receipts.csv`, `receipt-lines.csv`.
    HeaderAndLines,
    /// A JSON object a receipt: `sales.jsonl`.
    JsonLines,
}

/// The columns that all lines of a receipt share.
pub(super) const HEAD: [&str; 10] =
    ["ID", "BUTIK", "KASSA", "DATUM", "TID", "NR", "KUNDNR", "VALUTA", "KURS", "TOTAL"];
/// The columns of a line.
pub(super) const LINE: [&str; 10] =
    ["TYP", "ARTNR", "BENAMNING", "VARUGRUPP", "ANTAL", "APRIS", "BELOPP", "MOMS", "BETSATT", "REF"];

/// Receipts on their way to a file of some form.
pub(super) enum Writer {
    Rows(Sheet),
    HeaderAndLines(Sheet, Sheet),
    JsonLines(Lines, Lines),
}

/// The rows of a receipt in its files.
pub(super) struct Written {
    /// The first row of the receipts' file.
    head: u64,
    /// The first row of the lines' file.
    lines: u64,
    /// How many rows in all.
    pub(super) rows: u64,
}

impl Writer {
    pub(super) fn create(folder: &Path, form: Form) -> io::Result<Self> {
        Ok(match form {
            Form::Rows => {
                let header: Vec<&str> = HEAD[1..].iter().chain(&LINE).copied().collect();
                Self::Rows(Sheet::create(folder, "sales.csv", WINDOWS_1252, &header)?)
            }
            Form::HeaderAndLines => {
                let lines: Vec<&str> = HEAD[..1].iter().chain(&LINE).copied().collect();
                Self::HeaderAndLines(
                    Sheet::create(folder, "receipts.csv", UTF_8, &HEAD)?,
                    Sheet::create(folder, "receipt-lines.csv", UTF_8, &lines)?,
                )
            }
            Form::JsonLines => {
                let create = |part: &str| Lines::create(&folder.join(part), "sales.jsonl", UTF_8);
                Self::JsonLines(create("export")?, create("answers")?)
            }
        })
    }

    /// Writes a receipt.
    pub(super) fn write(&mut self, receipt: &Receipt) -> io::Result<Written> {
        let mut written = Written { head: 0, lines: 0, rows: 0 };
        let first = |at: &mut u64, row: u64| {
            if *at == 0 {
                *at = row;
            }
        };
        match self {
            Self::Rows(sheet) => {
                let head = head(receipt);
                for line in &receipt.lines {
                    first(&mut written.head, sheet.row(&row(&head[1..], line))?);
                    written.rows += 1;
                }
            }
            Self::HeaderAndLines(heads, lines) => {
                let head = head(receipt);
                written.head = heads.row(&head)?;
                for line in &receipt.lines {
                    first(&mut written.lines, lines.row(&row(&head[..1], line))?);
                }
                written.rows = 1 + receipt.lines.len() as u64;
            }
            Self::JsonLines(lines, _) => {
                written.head = lines.line(&json(receipt).to_string())?;
                written.rows = 1;
            }
        }
        Ok(written)
    }

    /// Writes what a receipt's rows should have been.
    pub(super) fn mend(&mut self, receipt: &Receipt, at: &Written) -> io::Result<()> {
        match self {
            Self::Rows(sheet) => {
                let head = head(receipt);
                for (number, line) in (at.head..).zip(&receipt.lines) {
                    sheet.mend(number, &row(&head[1..], line))?;
                }
            }
            Self::HeaderAndLines(heads, lines) => {
                let head = head(receipt);
                heads.mend(at.head, &head)?;
                for (number, line) in (at.lines..).zip(&receipt.lines) {
                    lines.mend(number, &row(&head[..1], line))?;
                }
            }
            Self::JsonLines(_, mended) => {
                let mut object = json(receipt);
                object["_tillbridge"] = json!({ "row": at.head });
                mended.line(&object.to_string())?;
            }
        }
        Ok(())
    }

    /// Ends the files.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Rows(sheet) => sheet.finish(),
            Self::HeaderAndLines(heads, lines) => {
                heads.finish()?;
                lines.finish()
            }
            Self::JsonLines(lines, mended) => {
                lines.finish()?;
                mended.finish()
            }
        }
    }
}

/// Hundredths as this export writes them: `1234,50`.
pub(super) fn amount(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let size = hundredths.unsigned_abs();
    format!("{sign}{},{:02}", size / 100, size % 100)
}

fn head(receipt: &Receipt) -> [String; 10] {
    let head = &receipt.head;
    [
        receipt.id(),
        head.store.clone(),
        head.till.clone(),
        head.date.clone(),
        head.time.clone(),
        head.number.clone(),
        head.contact.clone(),
        head.currency.clone(),
        head.rate.to_owned(),
        amount(head.total),
    ]
}

fn row(head: &[String], line: &Line) -> Vec<String> {
    let goods = matches!(line.kind, Kind::Sale | Kind::Return);
    let only = |goods_only: String| if goods { goods_only } else { String::new() };
    let cells = [
        line.kind.word().to_owned(),
        line.article.to_owned(),
        line.name.to_owned(),
        line.group.to_owned(),
        only(line.quantity.to_string()),
        only(amount(line.unit)),
        amount(line.amount),
        only(line.tax.to_string()),
        line.means.to_owned(),
        line.of.clone(),
    ];
    head.iter().cloned().chain(cells).collect()
}

fn json(receipt: &Receipt) -> Value {
    let head = &receipt.head;
    let number = |hundredths: i64| -> Value {
        // Written with a point, as a program writes it; never by way of a float.
        amount(hundredths).replace(',', ".").parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
    };
    let lines = receipt.lines.iter().map(|line| match line.kind {
        Kind::Sale | Kind::Return => json!({
            "type": line.kind.word(), "article": line.article, "name": line.name, "group": line.group,
            "quantity": line.quantity, "price": number(line.unit), "amount": number(line.amount), "tax": line.tax,
            "of": line.of,
        }),
        Kind::Discount => json!({ "type": line.kind.word(), "name": line.name, "amount": number(line.amount) }),
        Kind::Payment => json!({ "type": line.kind.word(), "amount": number(line.amount), "means": line.means }),
    });
    json!({
        "id": receipt.id(), "store": head.store, "till": head.till, "number": head.number,
        "soldAt": format!("{}T{}", head.date, head.time), "customer": { "number": head.contact },
        "currency": head.currency, "rate": head.rate.replace(',', "."), "total": number(head.total),
        "rows": lines.collect::<Vec<Value>>(),
    })
}
