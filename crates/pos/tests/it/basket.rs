//! Generated baskets: what a till could sell, with every class of trouble well represented.

use std::fmt::Write;

use crate::random::Random;

/// One basket; money in minor units, percentages in hundredths of a percent.
#[derive(Debug, Clone)]
pub struct Basket {
    pub currency: &'static str,
    pub exponent: u32,
    pub lines: Vec<Line>,
    pub discounts: Vec<Cut>,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub quantity: i64,
    pub unit_price: i64,
    pub tax_percent: i64,
    pub discounts: Vec<Cut>,
    pub discountable: bool,
}

#[derive(Debug, Clone)]
pub struct Cut {
    pub by: By,
    pub lines: Option<Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Amount(i64),
    Percent(i64),
}

/// The currencies of the world have these minor units.
const CURRENCIES: [(&str, u32); 6] = [("SEK", 2), ("EUR", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("BHD", 3)];

/// What kind of basket is drawn.
#[derive(Clone, Copy)]
enum Shape {
    Usual,
    ManySmall,
    Huge,
    FullDiscount,
}

impl Basket {
    pub fn draw(random: &mut Random) -> Self {
        let &(currency, exponent) = random.pick(&CURRENCIES);
        let shape = match random.index(20) {
            0 => Shape::ManySmall,
            1 => Shape::Huge,
            2 | 3 => Shape::FullDiscount,
            _ => Shape::Usual,
        };
        let count = match shape {
            Shape::ManySmall => random.between(20, 40),
            Shape::Usual | Shape::Huge | Shape::FullDiscount => random.between(1, 6),
        };
        let lines: Vec<Line> = (0..count).map(|_| Line::draw(random, shape)).collect();
        let mut discounts: Vec<Cut> = Vec::new();
        for _ in 0..*random.pick(&[0, 0, 1, 1, 1, 2, 2, 3]) {
            discounts.push(Cut::draw(random, gross(&lines), Some(lines.len())));
        }
        if matches!(shape, Shape::FullDiscount) {
            let by = if random.one_in(2) { By::Percent(10_000) } else { By::Amount(gross(&lines)) };
            let at = if matches!(by, By::Amount(_)) { 0 } else { discounts.len() };
            discounts.insert(at, Cut { by, lines: None });
            discounts.truncate(at + 1);
        }
        Self { currency, exponent, lines, discounts }
    }

    /// The receipt, as a till would write it; `paid` states what was paid for some of the lines.
    pub fn json(&self, random: &mut Random, paid: &[Option<i64>]) -> String {
        let mut text = format!(
            r#"{{"store":"store03-stockholm","receiptNumber":"1","createdAt":"2026-11-22T16:42:07+01:00","currency":"{}","lines":["#,
            self.currency
        );
        for (position, line) in self.lines.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            let price = self.number(random, line.unit_price);
            let percent = percent(line.tax_percent);
            write!(
                text,
                r#"{comma}{{"id":"{position}","kind":"purchase","sku":"s","quantity":{},"unitPrice":{price},"taxPercent":{percent},"discountable":{},"discounts":["#,
                line.quantity, line.discountable
            )
            .unwrap();
            self.write_cuts(random, &mut text, &line.discounts);
            text.push(']');
            if let Some(paid) = paid.get(position).copied().flatten() {
                write!(text, r#","paid":{}"#, self.number(random, paid)).unwrap();
            }
            text.push('}');
        }
        text.push_str(r#"],"discounts":["#);
        self.write_cuts(random, &mut text, &self.discounts);
        text.push_str("]}");
        text
    }

    fn write_cuts(&self, random: &mut Random, text: &mut String, cuts: &[Cut]) {
        for (position, cut) in cuts.iter().enumerate() {
            if position > 0 {
                text.push(',');
            }
            match cut.by {
                By::Amount(amount) => write!(text, r#"{{"amount":{}"#, self.number(random, amount)).unwrap(),
                By::Percent(hundredths) => write!(text, r#"{{"percent":{}"#, percent(hundredths)).unwrap(),
            }
            if let Some(lines) = &cut.lines {
                let ids: Vec<String> = lines.iter().map(|line| format!("\"{line}\"")).collect();
                write!(text, r#","lines":[{}]"#, ids.join(",")).unwrap();
            }
            text.push('}');
        }
    }

    /// An amount in one of the spellings that tills use.
    fn number(&self, random: &mut Random, minor: i64) -> String {
        let unit = 10_i64.pow(self.exponent);
        let width = self.exponent as usize;
        let fixed = match self.exponent {
            0 => minor.to_string(),
            _ => format!("{}.{:0width$}", minor / unit, minor % unit),
        };
        match random.index(4) {
            0 => format!("\"{fixed}\""),
            1 => format!("{minor}e-{}", self.exponent),
            2 if minor % unit == 0 => (minor / unit).to_string(),
            _ => fixed,
        }
    }
}

impl Line {
    fn draw(random: &mut Random, shape: Shape) -> Self {
        let unit_price = match shape {
            Shape::ManySmall => random.between(0, 5),
            Shape::Huge => random.between(10_000_000_000, 20_000_000_000),
            Shape::Usual | Shape::FullDiscount => match random.index(10) {
                0 => 0,
                1 | 2 => random.between(1, 9),
                3 => random.between(1, 100) * 100,
                _ => random.between(1, 100_000),
            },
        };
        let quantity = if random.one_in(3) { random.between(2, 12) } else { 1 };
        let gross = unit_price * quantity;
        let count = *random.pick(&[0, 0, 0, 0, 1, 1, 2]);
        let discounts = (0..count).map(|_| Cut::draw(random, gross, None)).collect();
        let tax_percent = *random.pick(&[0, 600, 1200, 2500, 2550, 825]);
        Self { quantity, unit_price, tax_percent, discounts, discountable: !random.one_in(12) }
    }
}

impl Cut {
    /// A discount on `gross`; one of a receipt may be limited to some of its `lines`.
    fn draw(random: &mut Random, gross: i64, lines: Option<usize>) -> Self {
        let by = match random.index(12) {
            0 => By::Percent(10_000),
            1..=4 => By::Percent(random.between(1, 40) * 250),
            5 => By::Percent(random.between(0, 10_000)),
            // Now and then more than there is.
            6 => By::Amount(random.between(0, gross + gross / 2 + 1)),
            7 => By::Amount(random.between(0, 3)),
            _ => By::Amount(random.between(0, gross / 4 + 1)),
        };
        let lines = lines.filter(|_| random.one_in(4)).map(|count| {
            let named: Vec<usize> = (0..count).filter(|_| random.one_in(2)).collect();
            if named.is_empty() { vec![random.index(count)] } else { named }
        });
        Self { by, lines }
    }
}

fn gross(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.unit_price * line.quantity).sum()
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
