//! Elements (facts M-16, M-17, M-19).

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

use super::Lines;
use crate::Entity;
use crate::tape::{Item, Shape};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// The order of a receipt's fields in Engage's documents: a schema may ask for it.
pub(super) const ORDER: [&str; 32] = [
    "contact",
    "matchKey",
    "matchKeyType",
    "contactType",
    "uniqueReceiptId",
    "receiptNumber",
    "createdDate",
    "storeExternalId",
    "currency",
    "exchangeRateToGroupCurrency",
    "totalGrossPrice",
    "taxDetails",
    "paymentMethods",
    "items",
    "type",
    "sku",
    "articleNumber",
    "articleName",
    "articleGroup",
    "quantity",
    "grossPaidPrice",
    "taxAmount",
    "taxPercent",
    "marginPercent",
    "awardsBonus",
    "description",
    "value",
    "percent",
    "totalExcludingTax",
    "totalIncludingTax",
    "discounts",
    "extraData",
];

pub(super) fn head(entity: Entity) -> Vec<u8> {
    let open = match entity {
        Entity::Contacts => "<contacts xmlns=\"http://eClub.Schemas.ImportContact\">\n<new>\n",
        Entity::Receipts => "<transactions xmlns=\"http://voyado.Schemas.ImportReceipts\">\n",
        Entity::Points => "<pointtransactions>\n",
        Entity::Stores => "<stores>\n",
        Entity::Vouchers => "<vouchers>\n",
    };
    [DECLARATION.as_bytes(), open.as_bytes()].concat()
}

pub(super) const fn tail(entity: Entity) -> &'static [u8] {
    match entity {
        Entity::Contacts => b"</new>\n</contacts>\n",
        Entity::Receipts => b"</transactions>\n",
        Entity::Points => b"</pointtransactions>\n",
        Entity::Stores => b"</stores>\n",
        Entity::Vouchers => b"</vouchers>\n",
    }
}

const fn element(entity: Entity) -> &'static str {
    match entity {
        Entity::Contacts => "member",
        Entity::Receipts => "transaction",
        Entity::Points => "pointtransaction",
        Entity::Stores => "store",
        Entity::Vouchers => "voucher",
    }
}

/// A record of single values. A contact's `source` is an attribute of its element (fact M-16).
pub(super) fn flat<'v>(
    entity: Entity,
    names: &[String],
    values: impl Iterator<Item = Option<&'v str>>,
) -> Lines {
    let mut open = BytesStart::new(element(entity));
    let mut inner = Pen::default();
    for (name, value) in names.iter().zip(values) {
        match value {
            Some(value) if entity == Entity::Contacts && name == "source" => {
                open.push_attribute(("source", inner.clean(name, value).as_str()));
            }
            Some(value) => inner.text(name, value),
            None => {}
        }
    }
    let mut pen = Pen { replaced: inner.replaced, ..Pen::default() };
    pen.event(Event::Start(open));
    let mut bytes = pen.writer.into_inner();
    bytes.extend_from_slice(&inner.writer.into_inner());
    let mut pen = Pen { writer: Writer::new(bytes), replaced: pen.replaced };
    pen.event(Event::End(BytesEnd::new(element(entity))));
    pen.lines(1)
}

/// A record with what is in it; of a receipt each item counts as a line.
pub(super) fn record(entity: Entity, record: Item<'_>) -> Lines {
    let mut pen = Pen::default();
    pen.value(element(entity), record);
    let items = match record.get("items").map(Item::shape) {
        Some(Shape::List(items)) => items.count(),
        _ => 1,
    };
    pen.lines(u32::try_from(items).unwrap_or(u32::MAX))
}

struct Pen {
    writer: Writer<Vec<u8>>,
    replaced: Vec<String>,
}

impl Default for Pen {
    fn default() -> Self {
        Self { writer: Writer::new(Vec::new()), replaced: Vec::new() }
    }
}

impl Pen {
    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("a Vec takes all bytes");
    }

    fn value(&mut self, name: &str, value: Item<'_>) {
        match value.shape() {
            Shape::Nothing => {}
            Shape::Truth(truth) => self.text(name, if truth { "true" } else { "false" }),
            Shape::Number(text) | Shape::Text(text) => self.text(name, text),
            Shape::List(entries) => {
                self.event(Event::Start(BytesStart::new(name)));
                for entry in entries {
                    self.entry(name, entry);
                }
                self.event(Event::End(BytesEnd::new(name)));
            }
            Shape::Object(fields) => {
                self.event(Event::Start(BytesStart::new(name)));
                let mut fields: Vec<_> = fields.collect();
                fields.sort_by_key(|field| {
                    let name = field.name();
                    (ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len()), name)
                });
                for field in fields {
                    self.value(field.name(), field);
                }
                self.event(Event::End(BytesEnd::new(name)));
            }
        }
    }

    /// An entry of a list: pairs of a name and a value are `<item name="…">value</item>` (fact M-17).
    fn entry(&mut self, list: &str, entry: Item<'_>) {
        let text = |name: &str| entry.get(name).and_then(Item::text);
        match (list, text("name"), text("value")) {
            ("extraData", Some(name), Some(value)) => {
                let value = self.clean(list, value);
                let name = self.clean(list, name);
                self.event(Event::Start(BytesStart::new("item").with_attributes([("name", name.as_str())])));
                self.event(Event::Text(BytesText::new(&value)));
                self.event(Event::End(BytesEnd::new("item")));
            }
            _ => self.value(list.strip_suffix('s').unwrap_or("item"), entry),
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let text = self.clean(name, text);
        self.event(Event::Start(BytesStart::new(name)));
        self.event(Event::Text(BytesText::new(&text)));
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// The text without what XML can't hold, and on one line, so that a line is a record.
    fn clean(&mut self, name: &str, text: &str) -> String {
        let unsendable = |char: char| char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}');
        if !text.contains(unsendable) {
            return text.to_owned();
        }
        if !self.replaced.iter().any(|replaced| replaced == name) {
            self.replaced.push(name.to_owned());
        }
        text.replace("\r\n", " ").replace(unsendable, " ")
    }

    fn lines(self, count: u32) -> Lines {
        let mut bytes = self.writer.into_inner();
        bytes.push(b'\n');
        Lines { bytes, count, replaced: self.replaced }
    }
}
