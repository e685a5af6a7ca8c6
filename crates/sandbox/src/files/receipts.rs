//! Receipts by file (facts M-03 to M-06, M-17, M-18): a row of CSV is a line of a receipt with the receipt's own fields
//! repeated; an element of XML is a receipt. What is not public of both is as in the JSON of a single receipt.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::FileKind;
use super::outcome::Tally;
use super::table::{self, Row, Table};
use super::xml::{self, Root, Shape};
use crate::fields::{self, What};
use crate::findings::{Note, Rule};
use crate::import::{self, Books};
use crate::receipts::{Content, Match, Receipt};
use crate::switches::FileReceiptsEarn;
use crate::world::World;
use crate::{lint, receipt_lint};

const ROOT: Root = Root {
    name: "transactions",
    namespace: Some("http://voyado.Schemas.ImportReceipts"),
    record: "transaction",
};

/// Elements that hold rows, and such as are true or false.
const SHAPE: Shape = Shape {
    lists: &[
        "paymentMethods",
        "items",
        "discounts",
        "taxDetails",
        "extraData",
        "usedBonusChecks",
        "usedPromotions",
    ],
    flags: &["awardsBonus"],
};

/// What a receipt cannot do without. Of what else is mandatory in a call, it is not known for files (fact M-18).
const MANDATORY: [&str; 13] = [
    "contact",
    "matchKey",
    "matchKeyType",
    "uniqueReceiptId",
    "receiptNumber",
    "createdDate",
    "storeExternalId",
    "currency",
    "totalGrossPrice",
    "items",
    "type",
    "quantity",
    "grossPaidPrice",
];

/// Where in a receipt a column belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Contact,
    Receipt,
    Line,
    /// The one discount that a row can hold.
    Discount,
    /// The one payment that a row can hold.
    Payment,
}

/// Columns that hold rows of their own, as JSON, as vouchers' files have them (fact M-23).
const JSON: [&str; 5] = ["paymentMethods", "taxDetails", "discounts", "lineExtraData", "extraData"];

/// The columns, and what they are called in the receipt.
const COLUMNS: [(&str, Part, &str); 33] = [
    ("matchKey", Part::Contact, "matchKey"),
    ("matchKeyType", Part::Contact, "matchKeyType"),
    ("contactType", Part::Contact, "contactType"),
    ("uniqueReceiptId", Part::Receipt, "uniqueReceiptId"),
    ("receiptNumber", Part::Receipt, "receiptNumber"),
    ("createdDate", Part::Receipt, "createdDate"),
    ("storeExternalId", Part::Receipt, "storeExternalId"),
    ("currency", Part::Receipt, "currency"),
    ("exchangeRateToGroupCurrency", Part::Receipt, "exchangeRateToGroupCurrency"),
    ("totalGrossPrice", Part::Receipt, "totalGrossPrice"),
    ("paymentMethods", Part::Receipt, "paymentMethods"),
    ("taxDetails", Part::Receipt, "taxDetails"),
    ("extraData", Part::Receipt, "extraData"),
    ("type", Part::Line, "type"),
    ("sku", Part::Line, "sku"),
    ("articleNumber", Part::Line, "articleNumber"),
    ("articleName", Part::Line, "articleName"),
    ("articleGroup", Part::Line, "articleGroup"),
    ("quantity", Part::Line, "quantity"),
    ("packQuantity", Part::Line, "packQuantity"),
    ("grossPaidPrice", Part::Line, "grossPaidPrice"),
    ("taxAmount", Part::Line, "taxAmount"),
    ("taxPercent", Part::Line, "taxPercent"),
    ("marginPercent", Part::Line, "marginPercent"),
    ("awardsBonus", Part::Line, "awardsBonus"),
    ("discounts", Part::Line, "discounts"),
    ("lineExtraData", Part::Line, "extraData"),
    ("discountType", Part::Discount, "type"),
    ("discountDescription", Part::Discount, "description"),
    ("discountValue", Part::Discount, "value"),
    ("paymentType", Part::Payment, "type"),
    ("paymentDescription", Part::Payment, "description"),
    ("paymentValue", Part::Payment, "value"),
];

/// A receipt of a file, and where it stands.
struct Lot {
    row: u64,
    rows: u64,
    body: Map<String, Value>,
}

pub(super) fn import_csv(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let table = Table::read(bytes, &world.settings.columns_of(FileKind::Transactions))?;
    let mandatory: Vec<&str> =
        MANDATORY.into_iter().filter(|name| COLUMNS.iter().any(|(column, ..)| column == name)).collect();
    table.must_have(&mandatory)?;
    let known = COLUMNS.map(|(column, ..)| column);
    tally.notes(table.others(&known).map(|column| Note::at(Rule::FileUnknownColumn, column)));
    let rows: Vec<Row<'_>> = table.rows().collect();
    let mut key_type = None;
    for same in rows.chunk_by(|one, next| one.get("uniqueReceiptId") == next.get("uniqueReceiptId")) {
        let Some(first) = same.first() else { continue };
        let lot = Lot { row: first.number, rows: same.len() as u64, body: body(same) };
        import_one(world, &mut key_type, lot, tally);
    }
    Ok(())
}

pub(super) fn import_xml(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let mut key_type = None;
    xml::records(bytes, &ROOT, |number, _, node| {
        let body = node.object(&SHAPE);
        let rows = body.get("items").and_then(Value::as_array).map_or(1, |items| items.len().max(1));
        import_one(world, &mut key_type, Lot { row: number, rows: rows as u64, body }, tally);
    })
}

/// The rows of one receipt as the body of a call.
fn body(rows: &[Row<'_>]) -> Map<String, Value> {
    let mut body = Map::new();
    let (mut items, mut payments) = (Vec::new(), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        if index == 0 {
            body.extend(part(row, Part::Receipt));
            body.insert("contact".to_owned(), Value::Object(part(row, Part::Contact)));
        }
        let mut item = part(row, Part::Line);
        let discount = part(row, Part::Discount);
        if !discount.is_empty() {
            item.insert("discounts".to_owned(), Value::from(vec![Value::Object(discount)]));
        }
        items.push(Value::Object(item));
        let payment = part(row, Part::Payment);
        if !payment.is_empty() {
            payments.push(Value::Object(payment));
        }
    }
    body.insert("items".to_owned(), Value::from(items));
    if !payments.is_empty() {
        body.insert("paymentMethods".to_owned(), Value::from(payments));
    }
    body
}

fn part(row: &Row<'_>, wanted: Part) -> Map<String, Value> {
    let own = COLUMNS.iter().filter(|(_, part, _)| *part == wanted);
    let filled = own.filter_map(|(column, _, name)| Some((*column, *name, row.filled(column)?)));
    filled.map(|(column, name, text)| (name.to_owned(), value(column, text))).collect()
}

/// A flag as one, JSON as what it says; all else stays a text, in which figures are read as well (fact B-39).
fn value(column: &str, text: &str) -> Value {
    match (column, text.to_ascii_lowercase().as_str()) {
        ("awardsBonus", "true" | "1") => Value::Bool(true),
        ("awardsBonus", "false" | "0") => Value::Bool(false),
        _ if JSON.contains(&column) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        _ => Value::from(text),
    }
}

fn import_one(world: &mut World, key_type: &mut Option<Value>, mut lot: Lot, tally: &mut Tally) {
    if let Some(contact) = lot.body.get_mut("contact") {
        one_key_type(key_type, contact, tally);
    }
    let troubles = fields::inspect(&lot.body, fields::RECEIPT, &[]);
    tally.notes(
        lint::troubles(&troubles).filter(|note| matches!(note.rule, Rule::NoZone | Rule::UnknownField)),
    );
    let refused = troubles.iter().find(|trouble| {
        let name = trouble.path.rsplit('.').next().unwrap_or_default();
        trouble.refuses() && (matches!(trouble.what, What::NotA(_)) || MANDATORY.contains(&name))
    });
    if let Some(trouble) = refused {
        return tally.ignore_at(lot.row, lot.rows, "incomplete", &trouble.describe());
    }
    let Some((content, wanted)) = content(&lot, tally) else {
        return tally.ignore(lot.row, lot.rows, "incomplete");
    };
    if let Some(known) = world.receipts.imported(&content.unique_receipt_id) {
        let is_cut = known.content.request == 0 && !import::same_json(&known.content.body, &content.body);
        if is_cut {
            tally.note(Note::at(Rule::FileReceiptCut, "uniqueReceiptId"));
        }
        return tally.ignore(lot.row, lot.rows, if is_cut { "receiptCut" } else { "exists" });
    }
    let Some(contact) = import::matching_contact(world, &wanted) else {
        return tally.ignore(lot.row, lot.rows, "unknownContact");
    };
    if world.stores.get(&content.store_external_id).is_none() {
        return tally.ignore(lot.row, lot.rows, "unknownStore");
    }
    let Some(amounts) = import::to_group(world, &content) else {
        return tally.ignore(lot.row, lot.rows, "noRate");
    };
    tally.notes(odd(world, &lot.body));
    let books = match world.switches.file_receipts_earn {
        FileReceiptsEarn::No => Books::Nothing,
        FileReceiptsEarn::Yes => Books::Points,
    };
    let number = world.receipts.rows().len() as u64 + 1;
    let body = Value::Object(lot.body);
    let fate = import::transaction(world, number, &content, &body, contact, amounts, tally.at(), books);
    world.receipts.restore(Receipt { number, content: Arc::new(content), fate });
    tally.made(lot.rows);
}

/// One sort of key a file: that of the first receipt is used for all (fact M-06; that it is the first's is assumed, as
/// for points).
fn one_key_type(first: &mut Option<Value>, contact: &mut Value, tally: &mut Tally) {
    let Some(own) = contact.get("matchKeyType").cloned() else { return };
    match first {
        None => *first = Some(own),
        Some(first) if *first == own => {}
        Some(first) => {
            tally.note(Note::at(Rule::FileMixedKeys, "matchKeyType"));
            tally.say_once("it mixes sorts of keys: the first one's was used for all");
            contact["matchKeyType"] = first.clone();
        }
    }
}

/// What is odd about it; of payments nothing, where the file has none.
fn odd(world: &World, body: &Map<String, Value>) -> Vec<Note> {
    let mut odd = receipt_lint::receipt(world, body);
    let unpaid = !body.contains_key("paymentMethods");
    odd.retain(|note| !(unpaid && note.rule == Rule::PaymentsDiffer));
    odd
}

fn content(lot: &Lot, tally: &Tally) -> Option<(Content, Match)> {
    let text = |name: &str| lot.body.get(name).and_then(fields::text).filter(|text| !text.is_empty());
    let contact = lot.body.get("contact").and_then(Match::read)?;
    let content = Content {
        unique_receipt_id: text("uniqueReceiptId")?,
        receipt_number: text("receiptNumber")?,
        created_date: text("createdDate")?,
        store_external_id: text("storeExternalId")?,
        currency: text("currency")?,
        rate: text("exchangeRateToGroupCurrency").and_then(|rate| table::decimal(&rate)),
        total: lot.body.get("totalGrossPrice").and_then(fields::decimal)?,
        item_count: lot.body.get("items").and_then(Value::as_array).map_or(0, Vec::len),
        contact: contact.clone(),
        received: tally.at(),
        // No request brought it.
        request: 0,
        body: serde_json::to_string(&lot.body).ok()?,
    };
    Some((content, contact))
}
