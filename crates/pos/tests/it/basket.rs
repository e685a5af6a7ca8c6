//! Generated baskets: what a till could sell, take back and pay out, with every class of trouble well represented.
//!
//! Nothing here knows what a basket comes to: that is the oracle's. How it is written down is in [`crate::till`].

use crate::random::Random;

/// One basket; money in minor units, percentages in hundredths of a percent.
#[derive(Debug, Clone)]
pub struct Basket {
    pub currency: &'static str,
    pub exponent: u32,
    pub prices: Prices,
    pub lines: Vec<Line>,
    pub discounts: Vec<Cut>,
    /// Taxes on the whole (percentage, amount), carried by the lines that state none.
    pub taxes: Vec<(i64, i64)>,
}

/// What prices, what was paid and discounts include.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prices {
    WithTax,
    WithoutTax,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub kind: Kind,
    pub quantity: Quantity,
    pub unit_price: i64,
    pub taxes: Taxes,
    pub stated: Option<Stated>,
    pub discounts: Vec<Cut>,
    pub discountable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Purchase,
    /// Taken back by its price.
    Return,
    /// No merchandise, sold.
    Extra(&'static str),
    /// No merchandise, paid out: the deposit of empties.
    PaidBack(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    Pieces(i64),
    /// Thousandths of a unit.
    Measure(i64, &'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taxes {
    One(i64),
    Several(Vec<i64>),
    /// None of its own: it shares the receipt's.
    OnTotal,
}

/// The till's own figures for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated {
    pub paid: i64,
    pub tax: Option<i64>,
    /// Whether the price of a piece is said beside them.
    pub with_price: bool,
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

const EXTRAS: [&str; 6] = ["giftCard", "deposit", "fee", "shipping", "donation", "tip"];

const UNITS: [&str; 3] = ["kg", "m", "l"];

const PERCENTAGES: [i64; 6] = [0, 600, 1200, 2500, 2550, 825];

/// What kind of basket is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Usual,
    ManySmall,
    Huge,
    FullDiscount,
    ReturnsOnly,
    ExtrasOnly,
}

impl Basket {
    /// Whole pieces sold at prices with tax, and discounts: what every till can do.
    pub fn plain(random: &mut Random) -> Self {
        let shape = match random.index(20) {
            0 => Shape::ManySmall,
            1 => Shape::Huge,
            2 | 3 => Shape::FullDiscount,
            _ => Shape::Usual,
        };
        Self::of(random, shape, Prices::WithTax, |random| Line::plain(random, shape))
    }

    /// Anything.
    pub fn draw(random: &mut Random) -> Self {
        let shape = match random.index(40) {
            0 => Shape::ManySmall,
            1 | 2 => Shape::Huge,
            3..=5 => Shape::FullDiscount,
            6..=8 => Shape::ReturnsOnly,
            9 | 10 => Shape::ExtrasOnly,
            _ => Shape::Usual,
        };
        let prices = if random.one_in(4) { Prices::WithoutTax } else { Prices::WithTax };
        let on_total = prices == Prices::WithoutTax && shape != Shape::FullDiscount && random.one_in(2);
        let mut basket = Self::of(random, shape, prices, |random| Line::any(random, shape, on_total));
        if basket.lines.iter().any(|line| line.taxes == Taxes::OnTotal) {
            for percent in &[600, 825][..random.index(2) + 1] {
                let amount = random.between(0, basket.gross() / 8 + 2);
                basket.taxes.push((*percent, amount));
            }
        }
        basket
    }

    fn of(random: &mut Random, shape: Shape, prices: Prices, line: impl Fn(&mut Random) -> Line) -> Self {
        let &(currency, exponent) = random.pick(&CURRENCIES);
        let count = if shape == Shape::ManySmall { random.between(20, 40) } else { random.between(1, 6) };
        let lines = (0..count).map(|_| line(random)).collect();
        let mut basket = Self { currency, exponent, prices, lines, discounts: Vec::new(), taxes: Vec::new() };
        for _ in 0..*random.pick(&[0, 0, 1, 1, 1, 2, 2, 3]) {
            let cut = Cut::draw(random, basket.gross(), Some(basket.lines.len()));
            basket.discounts.push(cut);
        }
        if shape == Shape::FullDiscount {
            let by = if random.one_in(2) { By::Percent(10_000) } else { By::Amount(basket.gross()) };
            let at = if matches!(by, By::Amount(_)) { 0 } else { basket.discounts.len() };
            basket.discounts.insert(at, Cut { by, lines: None });
            basket.discounts.truncate(at + 1);
        }
        basket
    }

    fn gross(&self) -> i64 {
        self.lines.iter().map(Line::gross).sum()
    }
}

impl Line {
    /// Whole pieces sold at a price.
    fn plain(random: &mut Random, shape: Shape) -> Self {
        let unit_price = match shape {
            Shape::ManySmall => random.between(0, 5),
            Shape::Huge => random.between(10_000_000_000, 1_000_000_000_000),
            _ => match random.index(10) {
                0 => 0,
                1 | 2 => random.between(1, 9),
                3 => random.between(1, 100) * 100,
                _ => random.between(1, 100_000),
            },
        };
        let quantity = if random.one_in(3) { random.between(2, 12) } else { 1 };
        let count = *random.pick(&[0, 0, 0, 0, 1, 1, 2]);
        let discounts = (0..count).map(|_| Cut::draw(random, unit_price * quantity, None)).collect();
        Self {
            kind: Kind::Purchase,
            quantity: Quantity::Pieces(quantity),
            unit_price,
            taxes: Taxes::One(*random.pick(&PERCENTAGES)),
            stated: None,
            discounts,
            discountable: !random.one_in(12),
        }
    }

    /// Anything that may stand on a line.
    fn any(random: &mut Random, shape: Shape, on_total: bool) -> Self {
        let mut line = Self::plain(random, shape);
        line.kind = match (shape, random.index(20)) {
            (Shape::ReturnsOnly, _) | (Shape::Usual | Shape::ManySmall, 0 | 1) => Kind::Return,
            (Shape::ExtrasOnly, _) | (Shape::Usual | Shape::Huge, 2 | 3) => Kind::Extra(random.word(&EXTRAS)),
            (Shape::Usual, 4) => Kind::PaidBack("deposit"),
            _ => Kind::Purchase,
        };
        let goods = matches!(line.kind, Kind::Purchase | Kind::Return);
        if !goods {
            line.discountable = false;
            line.taxes = Taxes::One(*random.pick(&[0, 0, 2500]));
        }
        if line.kind == Kind::Return {
            // A return never takes a share of what the receipt takes off.
            line.discountable = false;
        }
        if goods && shape == Shape::Usual && random.one_in(6) {
            line.quantity = Quantity::Measure(random.between(1, 5_000), random.word(&UNITS));
            line.discounts.clear();
        }
        if on_total {
            // The receipt's rows say the tax of the lines that state none; the others are exempt.
            line.taxes = Taxes::One(0);
        } else if goods && random.one_in(10) {
            let count = random.index(2) + 2;
            line.taxes = Taxes::Several((0..count).map(|_| *random.pick(&PERCENTAGES)).collect());
        }
        if on_total && line.kind == Kind::Purchase && !random.one_in(4) {
            line.taxes = Taxes::OnTotal;
        } else if goods && shape != Shape::FullDiscount && random.one_in(8) {
            line.state(random, !on_total);
        }
        line
    }

    /// Lets the till say what was paid; such a line takes no part in the receipt's discounts.
    fn state(&mut self, random: &mut Random, with_tax: bool) {
        let gross = self.gross();
        let paid = if random.one_in(2) { gross } else { random.between(0, gross) };
        let tax = (with_tax && random.one_in(2)).then(|| random.between(0, paid / 4));
        self.stated = Some(Stated { paid, tax, with_price: random.one_in(2) });
        self.discounts.clear();
        self.discountable = false;
    }

    /// What it costs; of what is measured, about.
    pub fn gross(&self) -> i64 {
        match self.quantity {
            Quantity::Pieces(count) => count * self.unit_price,
            Quantity::Measure(thousandths, _) => thousandths * self.unit_price / 1_000,
        }
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
