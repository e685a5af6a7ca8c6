//! An order as a mail tells it, read from the JSON that an action hands over (facts O-19, O-33 to O-38).
//!
//! Nothing is refused here: what is missing or of another kind is left out of the mail. No figure is worked out but
//! sums of figures that are there.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::text::clean;
use crate::fields;

/// Most lines, and most rows of any other kind, that a mail shows.
const ROWS_MAX: usize = 1_000;
/// Most decimals and digits of an amount that is taken for one.
const DIGITS_MAX: u32 = 18;

/// What is said of an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) store: Option<String>,
    pub(super) currency: String,
    /// When it was placed, as it was written.
    pub(super) created: Option<String>,
    pub(super) references: Vec<String>,
    pub(super) lines: Vec<Line>,
    /// Lines beyond those that are shown.
    pub(super) lines_left_out: usize,
    /// Discounts on the whole, which the lines' totals contain already.
    pub(super) discounts: Vec<Row>,
    pub(super) fees: Vec<Row>,
    pub(super) payments: Vec<Row>,
    pub(super) taxes: BTreeMap<Option<Decimal>, Tax>,
    pub(super) subtotal: Decimal,
    pub(super) total: Decimal,
    pub(super) delivery: Option<Delivery>,
}

/// A line. Its amounts are below zero where it was brought back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) returned: bool,
    pub(super) name: String,
    pub(super) sku: String,
    pub(super) article_number: String,
    /// How many, never below zero.
    pub(super) quantity: Decimal,
    pub(super) unit: Option<String>,
    pub(super) unit_price: Option<Decimal>,
    pub(super) total: Decimal,
    pub(super) discounts: Vec<Row>,
    /// What its total is less by than its price and its own discounts say: its share of those on the whole.
    pub(super) share: Option<Decimal>,
}

/// A discount, fee or payment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) amount: Decimal,
}

/// What was taxed at one rate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tax {
    pub(super) gross: Decimal,
    pub(super) tax: Decimal,
}

/// How it comes to the customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Delivery {
    pub(super) method: String,
    pub(super) tracking: Option<String>,
}

impl Order {
    pub(super) fn read(order: &Value) -> Order {
        let at = Place(order);
        let rows = at.rows("/lineItems/items");
        let discounts = at.amounts("/discounts/items");
        let lines: Vec<Line> = rows.iter().map(|row| Line::read(Place(row), !discounts.is_empty())).collect();
        let taxed = rows.iter().zip(&lines).map(|(row, line)| {
            let sign = if line.returned { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
            (Place(row), line.total, sign)
        });
        let sum = lines.iter().map(|line| line.total).sum::<Decimal>();
        let subtotal = at.amount("/lineItems/subTotal").unwrap_or(sum);
        let fee_rows =
            at.rows("/fees/items").iter().map(|row| (Place(row), Row::read(Place(row)).amount, Decimal::ONE));
        let taxes = taxes(taxed.chain(fee_rows));
        let fees = at.amounts("/fees/items");
        let with_fees = subtotal + fees.iter().map(|fee| fee.amount).sum::<Decimal>();
        Order {
            id: at.text("/orderId").unwrap_or_default(),
            store: at.text("/externalStoreId"),
            currency: at.text("/currencyCode").unwrap_or_default().to_ascii_uppercase(),
            created: at.text("/createdAt"),
            references: at.rows("/references").iter().filter_map(text).collect(),
            taxes,
            lines_left_out: at.list("/lineItems/items").len().saturating_sub(ROWS_MAX),
            discounts,
            payments: at.amounts("/payments/items"),
            fees,
            total: at.amount("/totalPrice").unwrap_or(with_fees),
            subtotal,
            lines,
            delivery: at
                .text("/delivery/method")
                .map(|method| Delivery { method, tracking: at.text("/delivery/trackingNumber") }),
        }
    }

    /// Whether something was sold.
    pub(super) fn sells(&self) -> bool {
        self.lines.iter().any(|line| !line.returned)
    }

    /// Whether something was brought back.
    pub(super) fn takes_back(&self) -> bool {
        self.lines.iter().any(|line| line.returned)
    }
}

impl Line {
    fn read(at: Place<'_>, shares: bool) -> Line {
        let quantity = at.amount("/quantity").unwrap_or(Decimal::ONE);
        let returned = match at.text("/type") {
            Some(kind) => kind.eq_ignore_ascii_case("return"),
            None => quantity < Decimal::ZERO,
        };
        let signed = |amount: Decimal| if returned { -amount.abs() } else { amount };
        let quantity = quantity.abs();
        let unit_price = at.amount("/pricePerUnit");
        let discounts = at.amounts("/discounts");
        let full = unit_price.and_then(|price| price.checked_mul(quantity));
        let own = discounts.iter().map(|row| row.amount).sum::<Decimal>();
        let total = at.amount("/totalPrice").or(full.map(|full| full + own));
        let total = total.unwrap_or_default();
        let share =
            full.map(|full| total.abs() - (full + own)).filter(|rest| shares && *rest < Decimal::ZERO);
        let sku = at.text("/sku").unwrap_or_default();
        Line {
            returned,
            name: at.text("/name").unwrap_or_else(|| sku.clone()),
            sku,
            article_number: at.text("/articleNumber").unwrap_or_default(),
            quantity,
            unit: at.text("/unit"),
            unit_price,
            total: signed(total),
            discounts: if returned { discounts.into_iter().map(Row::turned).collect() } else { discounts },
            share: share.map(|share| if returned { -share } else { share }),
        }
    }
}

impl Row {
    fn read(at: Place<'_>) -> Row {
        Row {
            kind: at.text("/type").unwrap_or_default(),
            description: at.text("/description").unwrap_or_default(),
            amount: at.amount("/value").unwrap_or_default(),
        }
    }

    /// What was off the price of something is not paid back with it.
    fn turned(self) -> Row {
        Row { amount: -self.amount, ..self }
    }
}

/// What was taxed, by rate, of rows that say their tax. A line's tax has the sign of its amount.
fn taxes<'a>(rows: impl Iterator<Item = (Place<'a>, Decimal, Decimal)>) -> BTreeMap<Option<Decimal>, Tax> {
    let mut taxes: BTreeMap<Option<Decimal>, Tax> = BTreeMap::new();
    for (at, gross, sign) in rows {
        let Some(tax) = at.amount("/taxAmount") else { continue };
        let rate = at.amount("/taxPercent").map(|rate| rate.normalize());
        let row = taxes.entry(rate).or_default();
        row.gross += gross;
        row.tax += if sign < Decimal::ZERO { -tax.abs() } else { tax };
    }
    taxes
}

/// A place in the JSON, and what can be found below it.
#[derive(Debug, Clone, Copy)]
struct Place<'a>(&'a Value);

impl<'a> Place<'a> {
    fn find<T>(self, pointer: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        self.0.pointer(pointer).and_then(read)
    }

    fn text(self, pointer: &str) -> Option<String> {
        self.find(pointer, text)
    }

    fn amount(self, pointer: &str) -> Option<Decimal> {
        self.find(pointer, amount)
    }

    fn list(self, pointer: &str) -> &'a [Value] {
        self.find(pointer, Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn rows(self, pointer: &str) -> &'a [Value] {
        let list = self.list(pointer);
        &list[..list.len().min(ROWS_MAX)]
    }

    /// Discounts, fees or payments.
    fn amounts(self, pointer: &str) -> Vec<Row> {
        self.rows(pointer).iter().map(|row| Row::read(Place(row))).collect()
    }
}

fn text(value: &Value) -> Option<String> {
    fields::text(value).map(|text| clean(&text)).filter(|text| !text.is_empty())
}

/// A figure, if it is of a size that sums can be made of.
fn amount(value: &Value) -> Option<Decimal> {
    let figure = fields::decimal(value)?;
    let most = Decimal::from(10_u64.pow(DIGITS_MAX - 3));
    (figure.abs() < most && figure.scale() <= DIGITS_MAX).then_some(figure)
}
