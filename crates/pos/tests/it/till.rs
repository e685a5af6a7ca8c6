//! How a till writes a basket and its payment down, in any of the spellings that tills use.

use crate::basket::{Basket, By, Cut, Kind, Line, Prices, Quantity, Taxes};
use crate::random::Random;
use crate::tender::Tender;

/// Writes JSON objects with their names in any order: JSON says nothing about it.
pub struct Object(Vec<String>);

impl Object {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    pub fn put(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.0.push(format!("\"{name}\":{value}"));
        self
    }

    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.put(name, format_args!("\"{value}\""))
    }

    pub fn write(&mut self, random: &mut Random) -> String {
        for position in (1..self.0.len()).rev() {
            self.0.swap(position, random.index(position + 1));
        }
        format!("{{{}}}", self.0.join(","))
    }
}

/// Items of a JSON list.
pub fn list(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

/// The head that every receipt has.
pub fn head(currency: &str) -> Object {
    let mut head = Object::new();
    head.text("store", "store03-stockholm")
        .text("receiptNumber", "1")
        .text("createdAt", "2026-11-22T16:42:07+01:00")
        .text("currency", currency);
    head
}

/// An amount in one of the spellings that tills use.
pub fn number(random: &mut Random, exponent: u32, minor: i64) -> String {
    let unit = 10_i64.pow(exponent);
    let width = exponent as usize;
    let sign = if minor < 0 { "-" } else { "" };
    let fixed = match exponent {
        0 => minor.to_string(),
        _ => format!("{sign}{}.{:0width$}", minor.abs() / unit, minor.abs() % unit),
    };
    match random.index(4) {
        0 => format!("\"{fixed}\""),
        1 => format!("{minor}e-{exponent}"),
        2 if minor % unit == 0 => (minor / unit).to_string(),
        _ => fixed,
    }
}

pub fn percent(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

impl Basket {
    /// The receipt, as a till would write it, without a word about its payment; `paid` states what was paid
    /// for some of the lines.
    pub fn json(&self, random: &mut Random, paid: &[Option<i64>]) -> String {
        let mut body = self.body(random, paid);
        body.write(random)
    }

    /// The receipt with its payment.
    pub fn json_paid(&self, random: &mut Random, tender: &Tender) -> String {
        let mut body = self.body(random, &[]);
        if let Some(total) = tender.total {
            body.put("total", number(random, self.exponent, total));
        }
        let rows: Vec<String> = tender
            .payments
            .iter()
            .map(|payment| {
                let mut row = Object::new();
                row.text("type", payment.kind).put("amount", number(random, self.exponent, payment.amount));
                if let Some(offer) = payment.offer {
                    row.text("offer", offer);
                }
                row.write(random)
            })
            .collect();
        if !rows.is_empty() {
            body.put("payments", list(&rows));
        }
        body.write(random)
    }

    fn body(&self, random: &mut Random, paid: &[Option<i64>]) -> Object {
        let mut body = head(self.currency);
        if self.prices == Prices::WithoutTax {
            body.text("pricesInclude", "noTax");
        }
        let lines: Vec<String> = self
            .lines
            .iter()
            .enumerate()
            .map(|(position, line)| {
                self.write_line(random, position, line, paid.get(position).copied().flatten())
            })
            .collect();
        let discounts = self.write_cuts(random, "all", &self.discounts);
        body.put("lines", list(&lines)).put("discounts", discounts);
        if !self.taxes.is_empty() {
            let rows: Vec<String> = self
                .taxes
                .iter()
                .map(|&(rate, amount)| {
                    let amount = number(random, self.exponent, amount);
                    Object::new().put("percent", percent(rate)).put("amount", amount).write(random)
                })
                .collect();
            body.put("taxes", list(&rows));
        }
        body
    }

    fn write_line(&self, random: &mut Random, position: usize, line: &Line, paid: Option<i64>) -> String {
        let kind = match line.kind {
            Kind::Purchase => "purchase",
            Kind::Return => "return",
            Kind::Extra(kind) | Kind::PaidBack(kind) => kind,
        };
        let mut object = Object::new();
        object.text("id", &position.to_string()).text("kind", kind).text("sku", "s");
        let sign = if matches!(line.kind, Kind::PaidBack(_)) { "-" } else { "" };
        match line.quantity {
            Quantity::Pieces(count) => object.put("quantity", format_args!("{sign}{count}")),
            Quantity::Measure(thousandths, unit) => {
                let (whole, rest) = (thousandths / 1_000, thousandths % 1_000);
                object.text("unit", unit).put("quantity", format_args!("{sign}{whole}.{rest:03}"))
            }
        };
        if line.stated.is_none_or(|stated| stated.with_price) {
            object.put("unitPrice", number(random, self.exponent, line.unit_price));
        }
        if let Some(paid) = paid.or(line.stated.map(|stated| stated.paid)) {
            object.put("paid", number(random, self.exponent, paid));
        }
        self.write_taxes(random, &mut object, line);
        if line.kind == Kind::Purchase {
            object.put("discountable", line.discountable);
        }
        if !line.discounts.is_empty() {
            object.put("discounts", self.write_cuts(random, "own", &line.discounts));
        }
        object.write(random)
    }

    fn write_taxes(&self, random: &mut Random, object: &mut Object, line: &Line) {
        let amount = line.stated.and_then(|stated| stated.tax);
        match &line.taxes {
            Taxes::OnTotal => {}
            Taxes::One(rate) => {
                object.put("taxPercent", percent(*rate));
                if let Some(amount) = amount {
                    object.put("taxAmount", number(random, self.exponent, amount));
                }
            }
            Taxes::Several(rates) => {
                let mut left = amount;
                let rows: Vec<String> = rates
                    .iter()
                    .map(|&rate| {
                        let mut row = Object::new();
                        row.put("percent", percent(rate));
                        // All of a stated amount stands on the first row: which is which doesn't matter.
                        if amount.is_some() {
                            row.put("amount", number(random, self.exponent, left.take().unwrap_or(0)));
                        }
                        row.write(random)
                    })
                    .collect();
                object.put("taxes", list(&rows));
            }
        }
    }

    /// Each says in its description which it is.
    fn write_cuts(&self, random: &mut Random, whose: &str, cuts: &[Cut]) -> String {
        let rows: Vec<String> = cuts
            .iter()
            .enumerate()
            .map(|(position, cut)| {
                let mut row = Object::new();
                row.text("description", &format!("{whose} {position}"));
                match cut.by {
                    By::Amount(amount) => row.put("amount", number(random, self.exponent, amount)),
                    By::Percent(hundredths) => row.put("percent", percent(hundredths)),
                };
                if let Some(lines) = &cut.lines {
                    let ids: Vec<String> = lines.iter().map(|line| format!("\"{line}\"")).collect();
                    row.put("lines", list(&ids));
                }
                row.write(random)
            })
            .collect();
        list(&rows)
    }
}
