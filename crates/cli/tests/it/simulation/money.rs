//! What a till computes of a sale by itself, in whole minor units, by the documented rules and by none of our code.

use serde_json::{Value, json};

use super::random::Random;

/// A sale as it was rung up. Amounts are in minor units of a currency with two.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    lines: Vec<Line>,
    discounts: Vec<Cut>,
}

#[derive(Debug, Clone)]
struct Line {
    sku: String,
    quantity: i64,
    unit: i64,
    discounts: Vec<Cut>,
}

#[derive(Debug, Clone, Copy)]
enum Cut {
    Amount(i64),
    Percent(i64),
}

/// What Engage must hold of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) total: i64,
    pub(super) lines: Vec<LineFigures>,
}

/// What Engage must hold of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineFigures {
    pub(super) sku: String,
    pub(super) quantity: i64,
    pub(super) paid: i64,
    /// What each discount took off, those of the line first; shares of nothing are left out.
    pub(super) discounts: Vec<i64>,
}

impl Sale {
    pub(super) fn draw(random: &mut Random) -> Sale {
        let mut sale = Sale { lines: Vec::new(), discounts: Vec::new() };
        for n in 0..random.between(1, 5) {
            let (quantity, unit) = (random.between(1, 4) as i64, random.between(1, 99_999) as i64);
            let mut line = Line { sku: format!("sku-{n}-{unit}"), quantity, unit, discounts: Vec::new() };
            for _ in 0..random.pick(&[0, 0, 1, 2]) {
                line.discounts.push(Cut::draw(random, line.left()));
            }
            sale.lines.push(line);
        }
        for _ in 0..random.pick(&[0, 0, 1, 1, 2]) {
            let left = sale.figures().total;
            sale.discounts.push(Cut::draw(random, left));
        }
        sale
    }

    pub(super) fn figures(&self) -> Figures {
        let mut lines: Vec<LineFigures> = self.lines.iter().map(Line::figures).collect();
        for cut in &self.discounts {
            let left: Vec<i64> = lines.iter().map(|line| line.paid).collect();
            let shares = spread(cut.of(left.iter().sum()), &left);
            for (line, share) in lines.iter_mut().zip(shares) {
                line.take(share);
            }
        }
        Figures { total: lines.iter().map(|line| line.paid).sum(), lines }
    }

    /// The lines as the till's API takes them.
    pub(super) fn lines_json(&self) -> Value {
        let line = |(n, line): (usize, &Line)| {
            json!({
                "id": (n + 1).to_string(), "sku": line.sku, "articleNumber": line.sku, "name": "Sweater",
                "quantity": line.quantity, "unitPrice": decimal(line.unit), "taxPercent": 25,
                "discounts": line.discounts.iter().map(|cut| cut.json()).collect::<Vec<_>>(),
            })
        };
        self.lines.iter().enumerate().map(line).collect()
    }

    pub(super) fn discounts_json(&self) -> Value {
        self.discounts.iter().map(|cut| cut.json()).collect()
    }
}

impl Line {
    fn left(&self) -> i64 {
        self.figures().paid
    }

    fn figures(&self) -> LineFigures {
        let paid = self.quantity * self.unit;
        let mut line =
            LineFigures { sku: self.sku.clone(), quantity: self.quantity, paid, discounts: Vec::new() };
        for cut in &self.discounts {
            line.take(cut.of(line.paid));
        }
        line
    }
}

impl LineFigures {
    fn take(&mut self, amount: i64) {
        self.paid -= amount;
        if amount != 0 {
            self.discounts.push(amount);
        }
    }
}

impl Cut {
    fn draw(random: &mut Random, left: i64) -> Cut {
        match random.below(3) {
            0 => Cut::Amount(random.between(0, left as u64) as i64),
            1 => Cut::Percent(random.pick(&[5, 10, 33, 50])),
            _ => Cut::Percent(random.pick(&[1, 15, 25, 100])),
        }
    }

    /// What it takes of what is left; half a unit goes away from zero.
    fn of(self, left: i64) -> i64 {
        match self {
            Cut::Amount(amount) => amount.min(left),
            Cut::Percent(percent) => (left * percent + 50) / 100,
        }
    }

    fn json(self) -> Value {
        match self {
            Cut::Amount(amount) => json!({ "amount": decimal(amount), "description": "Off" }),
            Cut::Percent(percent) => json!({ "percent": percent, "type": "SALE" }),
        }
    }
}

/// In proportion, rounded down, and what is left over one by one to the largest remainders (then the larger base,
/// then the earlier line).
fn spread(amount: i64, bases: &[i64]) -> Vec<i64> {
    let whole: i64 = bases.iter().sum();
    if whole == 0 {
        return vec![0; bases.len()];
    }
    let mut shares: Vec<i64> = bases.iter().map(|base| amount * base / whole).collect();
    let mut order: Vec<usize> = (0..bases.len()).collect();
    order.sort_by_key(|line| (-(amount * bases[*line] % whole), -bases[*line], *line));
    let left_over = amount - shares.iter().sum::<i64>();
    for line in order.into_iter().take(left_over as usize) {
        shares[line] += 1;
    }
    shares
}

/// An amount as a JSON number with two places.
pub(super) fn decimal(minor: i64) -> Value {
    Value::Number(format!("{}.{:02}", minor / 100, minor % 100).parse().expect("digits make a number"))
}

/// A JSON number in minor units, if it is whole in them.
pub(super) fn minor(value: &Value) -> Option<i64> {
    let decimal: rust_decimal::Decimal = value.as_number()?.as_str().parse().ok()?;
    let minor = decimal * rust_decimal::Decimal::ONE_HUNDRED;
    minor.is_integer().then(|| i64::try_from(minor).ok())?
}

/// What a receipt's body in Engage says, in the same terms.
pub(super) fn figures_in(body: &Value) -> Option<Figures> {
    let line = |item: &Value| {
        let discounts = item.get("discounts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Some(LineFigures {
            sku: item.get("sku")?.as_str()?.to_owned(),
            quantity: item.get("quantity")?.as_i64()?,
            paid: minor(item.get("grossPaidPrice")?)?,
            discounts: discounts
                .iter()
                .map(|row| minor(row.get("value")?).map(|value| -value))
                .collect::<Option<_>>()?,
        })
    };
    let lines = body.get("items")?.as_array()?.iter().map(line).collect::<Option<_>>()?;
    Some(Figures { total: minor(body.get("totalGrossPrice")?)?, lines })
}
