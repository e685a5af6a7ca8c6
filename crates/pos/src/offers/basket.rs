//! A basket whose offers are put in one by one: its own rows stay where they are, an offer's row stands there once it
//! applies.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::money::{self, Amount, Currency, Percent};
use crate::receipt::{Finding, Moment, Settlement, Severity, code_of};

/// What a basket doesn't have and a receipt needs.
const NO_NUMBER: &str = "-";

/// What is a finished receipt's alone: a basket's is not read.
const UNREAD: [&str; 2] = ["payments", "total"];

/// A list of discounts: a line's, or the basket's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Line(usize),
    Own,
}

/// A row of a basket that names an offer.
pub(super) struct OfferRow<'b> {
    pub(super) name: &'b str,
    list: List,
    position: usize,
    row: &'b Map<String, Value>,
}

/// What a row says that it takes off.
pub(super) enum Figure {
    Amount(Amount),
    Percent(Percent),
}

/// A basket, and the figures of the offers that apply.
pub(super) struct Basket<'b> {
    body: &'b Value,
    at: Moment,
    kept: BTreeMap<(List, usize), (&'static str, Decimal)>,
}

impl<'b> Basket<'b> {
    pub(super) fn of(body: &'b Value, at: Moment) -> Self {
        Self { body, at, kept: BTreeMap::new() }
    }

    /// The rows that name an offer: those of the lines, then the basket's own.
    pub(super) fn offer_rows(&self) -> Vec<OfferRow<'b>> {
        let of_lines = items(self.body, "lines").iter().enumerate();
        let lists = of_lines.map(|(line, value)| (List::Line(line), items(value, "discounts")));
        let lists = lists.chain([(List::Own, items(self.body, "discounts"))]);
        let rows = lists.flat_map(|(list, rows)| {
            let rows = rows.iter().enumerate();
            rows.filter_map(move |(position, value)| {
                let row = value.as_object()?;
                Some(OfferRow { name: self.offer(list, value)?, list, position, row })
            })
        });
        rows.collect()
    }

    /// Lets a row apply with this figure.
    pub(super) fn keep(&mut self, row: &OfferRow<'_>, figure: (&'static str, Decimal)) {
        self.kept.insert((row.list, row.position), figure);
    }

    /// Takes it out again.
    pub(super) fn drop(&mut self, row: &OfferRow<'_>) {
        self.kept.remove(&(row.list, row.position));
    }

    /// As a receipt says it.
    pub(super) fn body(&self) -> Value {
        let Value::Object(map) = self.body else { return self.body.clone() };
        let mut body: Map<String, Value> =
            map.iter().filter(|(name, _)| !UNREAD.contains(&name.as_str())).map(cloned).collect();
        let absent = |name: &str| map.get(name).is_none_or(Value::is_null);
        if absent("receiptNumber") {
            body.insert("receiptNumber".to_owned(), NO_NUMBER.into());
        }
        if absent("createdAt") {
            body.insert("createdAt".to_owned(), self.at.to_string().into());
        }
        self.fill(&mut body, List::Own);
        if let Some(Value::Array(lines)) = body.get_mut("lines") {
            for (position, line) in lines.iter_mut().enumerate() {
                if let Value::Object(line) = line {
                    self.fill(line, List::Line(position));
                }
            }
        }
        Value::Object(body)
    }

    /// The same without a word of tax: what its discounts take off is in its own terms then, also where prices are
    /// without tax.
    pub(super) fn without_tax(&self) -> Value {
        let mut body = self.body();
        let Value::Object(map) = &mut body else { return body };
        map.retain(|name, _| !["pricesInclude", "taxes"].contains(&name.as_str()));
        let lines = map.get_mut("lines").and_then(Value::as_array_mut);
        for line in lines.into_iter().flatten().filter_map(Value::as_object_mut) {
            line.retain(|name, _| !["taxAmount", "taxes"].contains(&name.as_str()));
            line.insert("taxPercent".to_owned(), 0.into());
        }
        body
    }

    /// A list of discounts with the offers that apply, and without the others.
    fn fill(&self, holder: &mut Map<String, Value>, list: List) {
        let Some(Value::Array(rows)) = holder.get_mut("discounts") else { return };
        let mut position = 0;
        rows.retain_mut(|row| {
            let figure = self.kept.get(&(list, position));
            position += 1;
            if self.offer(list, row).is_none() {
                return true;
            }
            if let (Some((name, figure)), Value::Object(row)) = (figure, row) {
                row.remove("amount");
                row.remove("percent");
                row.insert((*name).to_owned(), figure.to_string().into());
            }
            figure.is_some()
        });
    }

    /// What a row that applies takes off in all.
    pub(super) fn taken_by(&self, row: &OfferRow<'_>, settlement: &Settlement) -> Amount {
        let place = self.place(row.list, row.position);
        let lines = settlement.lines.iter().enumerate();
        let taken = lines.flat_map(|(line, money)| {
            let share = match row.list {
                List::Line(of) => (of == line).then_some(place),
                List::Own => Some(self.count(List::Line(line)) + place),
            };
            money.discounts.iter().filter(move |taken| Some(taken.row) == share)
        });
        taken.map(|share| share.amount).sum()
    }

    /// Where a place of what is settled stands in the basket as it was sent.
    pub(super) fn original(&self, pointer: &str) -> String {
        let mut parts: Vec<&str> = pointer.split('/').collect();
        let number = |at: usize| parts.get(at).and_then(|part| part.parse::<usize>().ok());
        let (list, at) = match (parts.get(1), parts.get(3)) {
            (Some(&"discounts"), _) => (List::Own, 2),
            (Some(&"lines"), Some(&"discounts")) => match number(2) {
                Some(line) => (List::Line(line), 4),
                None => return pointer.to_owned(),
            },
            _ => return pointer.to_owned(),
        };
        let sent = number(at).and_then(|place| self.rows(list).nth(place));
        match sent.map(|sent| sent.to_string()) {
            Some(sent) => {
                parts[at] = &sent;
                parts.join("/")
            }
            None => pointer.to_owned(),
        }
    }

    /// The offer that a row names; what is taken back uses none.
    fn offer<'r>(&self, list: List, row: &'r Value) -> Option<&'r str> {
        let line = match list {
            List::Own => None,
            List::Line(line) => items(self.body, "lines").get(line),
        };
        let back = line.and_then(|line| line.get("kind")).and_then(Value::as_str) == Some("return");
        named(row).filter(|_| !back)
    }

    /// The positions of the rows of a list that stand now.
    fn rows(&self, list: List) -> impl Iterator<Item = usize> {
        let rows = self.list(list).iter().enumerate();
        let stands = move |position: usize, row: &Value| {
            self.offer(list, row).is_none() || self.kept.contains_key(&(list, position))
        };
        rows.filter(move |(position, row)| stands(*position, row)).map(|(position, _)| position)
    }

    fn count(&self, list: List) -> usize {
        self.rows(list).count()
    }

    fn place(&self, list: List, position: usize) -> usize {
        self.rows(list).take_while(|&stands| stands < position).count()
    }

    fn list(&self, list: List) -> &'b [Value] {
        match list {
            List::Own => items(self.body, "discounts"),
            List::Line(line) => {
                items(self.body, "lines").get(line).map_or(&[], |line| items(line, "discounts"))
            }
        }
    }
}

impl OfferRow<'_> {
    /// Where it stands, as a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        match self.list {
            List::Line(line) => format!("/lines/{line}/discounts/{}", self.position),
            List::Own => format!("/discounts/{}", self.position),
        }
    }

    /// Whether the till says how much it takes off.
    pub(super) fn has_figure(&self) -> bool {
        ["amount", "percent"].iter().any(|name| self.row.get(*name).is_some_and(|value| !value.is_null()))
    }

    /// How much the till says that it takes off; the amount counts where it says both.
    pub(super) fn figure(&self, currency: Currency) -> Result<Figure, Vec<Finding>> {
        let number = |name: &str| match self.row.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => Some(money::parse_decimal(number.as_str())),
            Some(Value::String(text)) => Some(money::parse_decimal(text.trim())),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Some(Err(money::Error::NotANumber)),
        };
        let faulty = |name: &str, error: money::Error| {
            let pointer = format!("{}/{name}", self.pointer());
            let (severity, detail) = (Severity::Fault, error.to_string());
            vec![Finding { severity, code: code_of(error), pointer, detail }]
        };
        match (number("amount"), number("percent")) {
            (Some(amount), _) => match amount.and_then(|amount| currency.amount(amount)) {
                Ok(amount) if amount.is_negative() => Err(vec![Finding {
                    severity: Severity::Fault,
                    code: "negativeAmount",
                    pointer: format!("{}/amount", self.pointer()),
                    detail: "this can't be below zero; send the amount itself, without a sign".to_owned(),
                }]),
                Ok(amount) => Ok(Figure::Amount(amount)),
                Err(error) => Err(faulty("amount", error)),
            },
            (None, Some(percent)) => match percent.and_then(Percent::new) {
                Ok(percent) => Ok(Figure::Percent(percent)),
                Err(error) => Err(faulty("percent", error)),
            },
            (None, None) => Err(faulty("amount", money::Error::NotANumber)),
        }
    }
}

fn cloned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The offer that a row names; blank is none.
fn named(row: &Value) -> Option<&str> {
    match row.get("offer")? {
        Value::String(text) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.as_str()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
