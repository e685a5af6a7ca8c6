//! What a till computes of a sale by itself, in whole minor units, by the documented rules and by none of our code.

use serde_json::{Value, json};

use super::random::Random;

/// The tax in every price.
pub(super) const TAX_PERCENT: i64 = 25;

/// A sale as it was rung up. Amounts are in minor units of a currency with two.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    lines: Vec<Line>,
    discounts: Vec<Cut>,
    /// By what the till calls them, after all other discounts.
    offers: Vec<(String, Cut)>,
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
    /// The offers that it used.
    pub(super) uses: Vec<Use>,
}

/// An offer that a sale used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Use {
    /// What the till called it.
    pub(super) named: String,
    /// What it took off.
    pub(super) cost: i64,
}

/// What Engage must hold of one line. All but the quantity is never below zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineFigures {
    pub(super) sku: String,
    /// Below zero where it came back.
    pub(super) quantity: i64,
    pub(super) paid: i64,
    pub(super) tax: i64,
    /// What each discount took off, those of the line first; shares of nothing are left out.
    pub(super) discounts: Vec<i64>,
}

impl Sale {
    /// What nobody else sells under these numbers: `tag` is of this sale alone.
    pub(super) fn draw(random: &mut Random, tag: usize) -> Sale {
        let mut sale = Sale { lines: Vec::new(), discounts: Vec::new(), offers: Vec::new() };
        for n in 0..random.between(1, 5) {
            let (quantity, unit) = (random.between(1, 4) as i64, random.between(1, 99_999) as i64);
            let sku = format!("sku-{tag}-{n}");
            let mut line = Line { sku, quantity, unit, discounts: Vec::new() };
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

    /// An offer takes something off what is left.
    pub(super) fn offer(&mut self, random: &mut Random, named: String) {
        let cut = Cut::draw(random, self.figures().total);
        self.offers.push((named, cut));
    }

    pub(super) fn figures(&self) -> Figures {
        let mut lines: Vec<LineFigures> = self.lines.iter().map(Line::figures).collect();
        for cut in &self.discounts {
            take_off(&mut lines, *cut);
        }
        let offers = self.offers.iter();
        let uses = offers.map(|(named, cut)| Use { named: named.clone(), cost: take_off(&mut lines, *cut) });
        let uses = uses.collect();
        lines.iter_mut().for_each(|line| line.tax = tax_in(line.paid));
        Figures { total: lines.iter().map(|line| line.paid).sum(), lines, uses }
    }

    /// The lines as the till's API takes them.
    pub(super) fn lines_json(&self) -> Vec<Value> {
        let line = |(n, line): (usize, &Line)| {
            json!({
                "id": (n + 1).to_string(), "sku": line.sku, "articleNumber": line.sku, "name": "Sweater",
                "quantity": line.quantity, "unitPrice": decimal(line.unit), "taxPercent": TAX_PERCENT,
                "discounts": line.discounts.iter().map(|cut| cut.json()).collect::<Vec<_>>(),
            })
        };
        self.lines.iter().enumerate().map(line).collect()
    }

    pub(super) fn discounts_json(&self) -> Value {
        let offers = self.offers.iter().map(|(named, cut)| {
            let mut row = cut.json();
            row["offer"] = json!(named);
            row
        });
        self.discounts.iter().map(|cut| cut.json()).chain(offers).collect()
    }
}

/// What a discount takes off all lines together.
fn take_off(lines: &mut [LineFigures], cut: Cut) -> i64 {
    let left: Vec<i64> = lines.iter().map(|line| line.paid).collect();
    let amount = cut.of(left.iter().sum());
    for (line, share) in lines.iter_mut().zip(spread(amount, &left)) {
        line.take(share);
    }
    amount
}

impl Line {
    fn left(&self) -> i64 {
        self.figures().paid
    }

    fn figures(&self) -> LineFigures {
        let paid = self.quantity * self.unit;
        let mut line = LineFigures { paid, ..LineFigures::nothing(&self.sku, self.quantity) };
        for cut in &self.discounts {
            line.take(cut.of(line.paid));
        }
        line
    }
}

impl LineFigures {
    /// So many of an article for nothing.
    pub(super) fn nothing(sku: &str, quantity: i64) -> LineFigures {
        LineFigures { sku: sku.to_owned(), quantity, paid: 0, tax: 0, discounts: Vec::new() }
    }

    /// What comes back at the till's price.
    pub(super) fn back_at(sku: &str, quantity: i64, unit: i64) -> LineFigures {
        let paid = quantity * unit;
        LineFigures { paid, tax: tax_in(paid), ..LineFigures::nothing(sku, -quantity) }
    }

    /// What comes back of a line that was sold when so many do, after `before` came back: all that is left, or what so
    /// many and those before are of the whole, less what came back before.
    pub(super) fn share(&self, quantity: i64, before: &Returned) -> LineFigures {
        let until = before.quantity + quantity;
        let part = |whole: i64, before: i64| match until == self.quantity {
            true => whole - before,
            false => (proportion(whole, until, self.quantity) - before).clamp(0, whole - before),
        };
        let rows = self.discounts.iter().enumerate();
        LineFigures {
            sku: self.sku.clone(),
            quantity: -quantity,
            paid: part(self.paid, before.paid),
            tax: part(self.tax, before.tax),
            discounts: rows.map(|(row, whole)| part(*whole, before.discount(row))).collect(),
        }
    }

    /// The opposite.
    pub(super) fn reversed(&self) -> LineFigures {
        LineFigures { quantity: -self.quantity, ..self.clone() }
    }

    /// As Engage has it: without shares of nothing.
    pub(super) fn shown(&self) -> LineFigures {
        let discounts = self.discounts.iter().copied().filter(|amount| *amount != 0).collect();
        LineFigures { discounts, ..self.clone() }
    }

    /// What was paid, or paid back.
    pub(super) fn signed(&self) -> i64 {
        self.paid * self.quantity.signum()
    }

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

/// What came back of a line; nothing of it is below zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Returned {
    pub(super) quantity: i64,
    pub(super) paid: i64,
    pub(super) tax: i64,
    discounts: Vec<i64>,
}

impl Returned {
    pub(super) fn add(&mut self, back: &LineFigures) {
        self.quantity -= back.quantity;
        self.paid += back.paid;
        self.tax += back.tax;
        self.discounts.resize(self.discounts.len().max(back.discounts.len()), 0);
        for (sum, amount) in self.discounts.iter_mut().zip(&back.discounts) {
            *sum += amount;
        }
    }

    fn discount(&self, row: usize) -> i64 {
        self.discounts.get(row).copied().unwrap_or(0)
    }
}

/// The tax in what was paid; half a unit goes away from zero.
fn tax_in(paid: i64) -> i64 {
    proportion(paid, TAX_PERCENT, 100 + TAX_PERCENT)
}

/// So many parts of so many; half a unit goes away from zero.
fn proportion(whole: i64, part: i64, of: i64) -> i64 {
    (2 * whole * part + of) / (2 * of)
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
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, rest) = (minor.abs() / 100, minor.abs() % 100);
    Value::Number(format!("{sign}{whole}.{rest:02}").parse().expect("digits make a number"))
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
        let quantity = item.get("quantity")?.as_i64()?;
        let is_back = item.get("type")?.as_str()? == "RETURN";
        let discounts = item.get("discounts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        (is_back == (quantity < 0)).then_some(LineFigures {
            sku: item.get("sku")?.as_str()?.to_owned(),
            quantity,
            paid: minor(item.get("grossPaidPrice")?)?,
            tax: minor(item.get("taxAmount")?)?,
            discounts: discounts
                .iter()
                .map(|row| minor(row.get("value")?).map(|value| -value))
                .collect::<Option<_>>()?,
        })
    };
    let lines = body.get("items")?.as_array()?.iter().map(line).collect::<Option<_>>()?;
    Some(Figures { total: minor(body.get("totalGrossPrice")?)?, lines, uses: Vec::new() })
}

/// What the payments of a receipt's body in Engage add up to.
pub(super) fn payments_in(body: &Value) -> Option<i64> {
    let rows = body.get("paymentMethods")?.as_array()?;
    rows.iter().map(|row| minor(row.get("value")?)).sum()
}
