//! What a template is given: an order's figures and words as they are shown, and the JSON that they came from.
//!
//! Every value that is ours to show is text already, so a template works nothing out. `order.source` and `data` are
//! what was sent, as it was, for templates that know their own till or shop.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::Offset;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::language::{Language, Words};
use super::order::{Line, Order, Row, Tax};
use super::text::{self, clean, filled};
use super::{CODE_SOURCE, code};
use crate::zone::Zone;

/// The longest link that a mail leads to, in bytes.
const LINK_BYTES_MAX: usize = 2_000;

/// What a mail is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    /// The order as it is answered.
    pub(super) order: &'a Value,
    pub(super) action: &'a str,
    pub(super) data: Option<&'a Value>,
    pub(super) first_name: Option<&'a str>,
    /// The shop's name, where it has one beside its stores'.
    pub(super) shop: Option<&'a str>,
    /// The store's name, where it is known.
    pub(super) store: Option<&'a str>,
    /// The subject instead of the language's own.
    pub(super) subject: Option<&'a str>,
    /// What the order may earn.
    pub(super) points: Option<Decimal>,
    pub(super) at: Timestamp,
    pub(super) zone: &'a Zone,
}

/// What a template sees.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View<'a> {
    pub(super) language: &'a str,
    /// The language's words.
    t: &'a Words,
    pub(super) subject: String,
    heading: &'a str,
    greeting: Option<String>,
    intro: &'a str,
    pub(super) shop: Shop,
    store: Option<String>,
    date: String,
    order: Known,
    currency: String,
    lines: Vec<ShownLine>,
    more: Option<String>,
    discounts: Vec<Shown>,
    subtotal: String,
    fees: Vec<Shown>,
    total: String,
    payments: Vec<Shown>,
    taxes: Vec<ShownTax>,
    delivery: Option<ShownDelivery>,
    points: Option<String>,
    receipt_url: Option<&'a str>,
    /// Where the picture of the code is found.
    code: Option<&'static str>,
    action: String,
    data: minijinja::Value,
    /// What the code says.
    #[serde(skip)]
    pub(super) code_text: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Shop {
    pub(super) name: String,
}

#[derive(Debug, Serialize)]
struct Known {
    id: String,
    references: Vec<String>,
    source: minijinja::Value,
}

#[derive(Debug, Serialize)]
struct ShownLine {
    name: String,
    sku: String,
    returned: bool,
    quantity: Option<String>,
    total: String,
    discounts: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    text: String,
    amount: String,
}

#[derive(Debug, Serialize)]
struct ShownTax {
    rate: String,
    net: String,
    tax: String,
    gross: String,
}

#[derive(Debug, Serialize)]
struct ShownDelivery {
    method: String,
    tracking: Option<String>,
}

impl<'a> View<'a> {
    pub(super) fn new(content: &Content<'a>, order: Order, language: &'a Language) -> View<'a> {
        let name = |name: Option<&str>| name.map(clean).filter(|name| !name.is_empty());
        let store = name(content.store).or(order.store.clone());
        let shop = name(content.shop).or_else(|| store.clone()).unwrap_or_default();
        let kind = kind(&order);
        let words = |about: &str| language.word(&format!("{about}.{kind}"));
        let subject = content.subject.unwrap_or_else(|| {
            // An exchange is a purchase as well.
            language.word(if kind == "return" { "subject.return" } else { "subject.purchase" })
        });
        let subject = filled(subject, &[("shop", &shop), ("orderId", &order.id)]);
        let (more, currency) = (order.lines_left_out.to_string(), order.currency.clone());
        let shown =
            |kind: &str, rows: &[Row]| rows.iter().map(|row| shown(language, kind, row, &currency)).collect();
        let money = |amount: Decimal| language.money(amount, &currency);
        let code_text = code::fits(&order.id).then(|| order.id.clone());
        View {
            language: &language.tag,
            t: &language.words,
            subject: text::clean_to(&subject, text::SUBJECT_MAX),
            heading: words("heading"),
            greeting: name(content.first_name)
                .map(|name| filled(language.word("greeting"), &[("name", &name)])),
            intro: words("intro"),
            store: store.filter(|store| *store != shop),
            shop: Shop { name: shop },
            date: language.date(placed(order.created.as_deref(), content)),
            lines: order.lines.iter().map(|line| shown_line(language, line, &currency)).collect(),
            more: (order.lines_left_out > 0).then(|| filled(language.word("more"), &[("count", &more)])),
            discounts: shown("discount", &order.discounts),
            subtotal: money(order.subtotal),
            fees: shown("fee", &order.fees),
            total: money(order.total),
            payments: shown("payment", &order.payments),
            taxes: order.taxes.iter().map(|(rate, tax)| shown_tax(language, *rate, tax, &currency)).collect(),
            delivery: order.delivery.map(|how| ShownDelivery { method: how.method, tracking: how.tracking }),
            points: content
                .points
                .map(|points| filled(language.word("points"), &[("points", &language.number(points))])),
            receipt_url: content.data.and_then(|data| link(data.get("receiptUrl")?.as_str()?)),
            code: code_text.as_ref().map(|_| CODE_SOURCE),
            action: clean(content.action),
            data: content.data.map(given).unwrap_or_default(),
            order: Known { id: order.id, references: order.references, source: given(content.order) },
            code_text,
            currency,
        }
    }
}

fn kind(order: &Order) -> &'static str {
    match (order.sells(), order.takes_back()) {
        (true, true) => "exchange",
        (false, true) => "return",
        (true | false, false) => "purchase",
    }
}

fn shown(language: &Language, kind: &str, row: &Row, currency: &str) -> Shown {
    let text = match (row.description.as_str(), row.kind.as_str()) {
        ("", "") if kind == "discount" => language.word("discount").to_owned(),
        ("", "") => language.word(&format!("{kind}.other")).to_owned(),
        // The type of a discount is a code of the till's.
        ("", _) if kind == "discount" => language.word("discount").to_owned(),
        ("", name) => language.name_of(kind, name),
        (description, _) => description.to_owned(),
    };
    Shown { text, amount: language.money(row.amount, currency) }
}

fn shown_line(language: &Language, line: &Line, currency: &str) -> ShownLine {
    let own = line.discounts.iter().map(|row| shown(language, "discount", row, currency));
    let share = line.share.map(|amount| Shown {
        text: language.word("discountShare").to_owned(),
        amount: language.money(amount, currency),
    });
    ShownLine {
        name: line.name.clone(),
        sku: line.sku.clone(),
        returned: line.returned,
        quantity: shown_quantity(language, line, currency),
        total: language.money(line.total, currency),
        discounts: own.chain(share).collect(),
    }
}

/// `2 × 200,00 kr`; nothing where one piece costs what the line does.
fn shown_quantity(language: &Language, line: &Line, currency: &str) -> Option<String> {
    let price = line.unit_price?;
    if line.quantity == Decimal::ONE && line.unit.is_none() && price == line.total.abs() {
        return None;
    }
    let unit = line.unit.as_ref().map(|unit| format!("\u{a0}{unit}")).unwrap_or_default();
    Some(format!("{}{unit} × {}", language.number(line.quantity), language.money(price, currency)))
}

fn shown_tax(language: &Language, rate: Option<Decimal>, tax: &Tax, currency: &str) -> ShownTax {
    ShownTax {
        rate: rate.map_or_else(|| language.word("taxOther").to_owned(), |rate| language.percent(rate)),
        net: language.amount(tax.gross - tax.tax, currency),
        tax: language.amount(tax.tax, currency),
        gross: language.amount(tax.gross, currency),
    }
}

/// When the order was placed, by the clock of the till that said so; by the tenant's where it only said when in UTC, or
/// nothing that is a time.
fn placed(written: Option<&str>, content: &Content<'_>) -> DateTime {
    let local = |at: Timestamp| content.zone.offset(at).to_datetime(at);
    let Some(pieces) = written.and_then(|text| Pieces::parse(text).ok()) else { return local(content.at) };
    let shown = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    match pieces.offset() {
        Some(PiecesOffset::Zulu) => Offset::UTC.to_timestamp(shown).map_or(shown, local),
        _ => shown,
    }
}

/// A link that is safe to follow: to the web, and nothing hidden in it.
fn link(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://")?;
    let is_plain =
        url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`'));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (is_plain && url.len() <= LINK_BYTES_MAX && !host.is_empty() && !host.contains('@')).then_some(url)
}

/// JSON as templates have it. A figure that is not whole is the text it was written as, for no digit may be lost.
fn given(value: &Value) -> minijinja::Value {
    match value {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(truth) => minijinja::Value::from(*truth),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| minijinja::Value::from(number.to_string()), minijinja::Value::from)
        }
        Value::String(text) => minijinja::Value::from(text.as_str()),
        Value::Array(rows) => rows.iter().map(given).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.as_str(), given(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_links_to_the_web_are_followed() {
        for good in ["https://shop.example/r/1?k=a%20b#x", "https://shop.example"] {
            assert_eq!(link(good), Some(good));
        }
        for bad in [
            "http://shop.example",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://shop.example@evil.example/",
            "https://shop.example/\"onload=x",
            "https://shop.example/\r\nBcc:",
            " https://shop.example",
            "https://shöp.example",
        ] {
            assert_eq!(link(bad), None, "{bad}");
        }
        assert_eq!(link(&format!("https://shop.example/{}", "x".repeat(LINK_BYTES_MAX))), None);
    }

    #[test]
    fn json_keeps_its_digits() {
        let value: Value =
            serde_json::from_str(r#"{"a":[1,2.50,123456789012345678901234567890,null,"x"]}"#).unwrap();
        assert_eq!(
            given(&value).to_string(),
            r#"{"a": [1, "2.50", "123456789012345678901234567890", None, "x"]}"#
        );
    }
}
