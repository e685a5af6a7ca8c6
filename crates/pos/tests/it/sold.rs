//! A sale that is known here, and what was taken back of it: by the code, and by the oracle.

use std::collections::BTreeMap;

use pos::rates::Rates;
use pos::receipt::{
    Drawn, Known, Owner, Sale, SettledLine, SettledReceipt, Settlement, Severity, Standing, condensed, parse,
    settle,
};
use serde_json::Value;

use crate::basket::{Basket, Kind, Quantity};
use crate::oracle::{Rational, expect, half_away, whole};
use crate::random::Random;
use crate::support::{json, store};
use crate::tender::{Tender, nothing_for_engage};

/// A sale as it is kept.
pub struct Sold {
    pub id: String,
    pub owner: Option<Owner>,
    pub basket: Basket,
    pub lines: Vec<SoldLine>,
    /// The offers that it used.
    pub offers: Vec<SoldOffer>,
    pub body: Value,
    settlement: Settlement,
    /// What each receipt took back of it, by the receipt's number, as it is stored.
    drawn: Vec<(usize, Vec<u8>)>,
}

/// A line of it, as it was settled, and what was taken back since.
pub struct SoldLine {
    pub kind: Kind,
    pub quantity: Quantity,
    pub figures: Figures,
    /// Whether it is taken back by what was paid rather than by its measure.
    pub by_amount: bool,
    taken: Vec<Taken>,
}

/// An offer that it used: which discounts those are, of one line or of all, by what the customer reads of them.
#[derive(Debug)]
pub struct SoldOffer {
    pub name: String,
    discounts: Vec<(Option<usize>, String)>,
}

/// The money of a line; discounts by what the customer reads of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub paid: i64,
    pub tax: i64,
    pub discounts: BTreeMap<String, i64>,
}

/// What one receipt took back of a line.
#[derive(Debug, Clone)]
pub struct Taken {
    pub by: usize,
    /// How much of the whole line.
    pub portion: Rational,
    pub figures: Figures,
}

impl Sold {
    /// A sale in this currency that has goods and no fault.
    pub fn draw(random: &mut Random, id: &str, currency: (&'static str, u32), owner: Option<Owner>) -> Self {
        Self::draw_at(random, id, currency, owner, &Rates::default(), "2026-11-20T10:00:00+01:00")
    }

    pub fn draw_at(
        random: &mut Random,
        id: &str,
        currency: (&'static str, u32),
        owner: Option<Owner>,
        rates: &Rates,
        at: &str,
    ) -> Self {
        loop {
            let mut basket = Basket::draw(random);
            (basket.currency, basket.exponent) = currency;
            for line in &mut basket.lines {
                if line.kind == Kind::Return {
                    line.kind = Kind::Purchase;
                }
            }
            let expected = expect(&basket);
            if expected.exceeded || expected.unplaceable || nothing_for_engage(&basket) {
                continue;
            }
            let tender = Tender::draw(random, &basket, &expected);
            let mut body = json(&basket.json_paid(random, &tender));
            body["createdAt"] = at.into();
            let offers = name_offers(random, &mut body);
            let settlement = settled(&body, owner, rates);
            let reading = parse(&body);
            let receipt = reading.receipt.as_ref().unwrap();
            let settled = SettledReceipt::new(receipt, &settlement).unwrap();
            let lines = settled.lines().zip(&basket.lines);
            let lines = lines
                .map(|(money, line)| SoldLine {
                    kind: line.kind,
                    quantity: line.quantity,
                    figures: Figures::of(&money),
                    by_amount: matches!(line.quantity, Quantity::Measure(..)) && random.one_in(2),
                    taken: Vec::new(),
                })
                .collect();
            let id = id.to_owned();
            return Self { id, owner, basket, lines, offers, body, settlement, drawn: Vec::new() };
        }
    }

    /// What a return needs of it, from what is kept.
    pub fn sale(&self) -> Sale {
        self.standing(Standing::Good)
    }

    pub fn standing(&self, standing: Standing) -> Sale {
        let reading = parse(&self.body);
        let receipt = reading.receipt.as_ref().unwrap();
        let settled = SettledReceipt::new(receipt, &self.settlement).unwrap();
        let drawn: Vec<Drawn> = self.drawn.iter().map(|(_, bytes)| Drawn::read(bytes).unwrap()).collect();
        Sale::of(&self.id, &settled, self.owner, standing, &drawn)
    }

    /// Keeps what a receipt took back of it.
    pub fn draw_on(&mut self, by: usize, drawn: &Drawn) {
        self.drawn.push((by, drawn.write()));
    }

    /// Gives back what a receipt took, because it was voided.
    pub fn give_back(&mut self, by: usize) {
        self.drawn.retain(|(other, _)| *other != by);
        for line in &mut self.lines {
            line.taken.retain(|taken| taken.by != by);
        }
    }

    /// Keeps only what a return needs, as after some days.
    pub fn condense(&mut self) {
        self.body = condensed(&self.body);
        let stored = serde_json::to_vec(&self.settlement).unwrap();
        self.settlement = serde_json::from_slice(&stored).unwrap();
    }

    /// The goods of which something is left.
    pub fn open(&self) -> Vec<usize> {
        let open = |line: &SoldLine| line.kind == Kind::Purchase && line.portion_left() > whole(0);
        (0..self.lines.len()).filter(|&position| open(&self.lines[position])).collect()
    }
}

impl SoldOffer {
    /// The goods that it took something off; all of them where it took nothing.
    fn goods(&self, sold: &Sold) -> Vec<usize> {
        let goods: Vec<usize> =
            (0..sold.lines.len()).filter(|&line| sold.lines[line].kind == Kind::Purchase).collect();
        let took = |line: &usize| self.share(*line, &sold.lines[*line].figures) > 0;
        let bound: Vec<usize> = goods.iter().copied().filter(took).collect();
        if bound.is_empty() { goods } else { bound }
    }

    /// What of these figures of a line is its.
    fn share(&self, line: usize, figures: &Figures) -> i64 {
        let on_line = self.discounts.iter().filter(|(of, _)| of.is_none_or(|of| of == line));
        on_line.map(|(_, name)| figures.discount(name)).sum()
    }

    pub fn is_back(&self, sold: &Sold) -> bool {
        self.goods(sold).iter().all(|&line| sold.lines[line].portion_left() == whole(0))
    }

    /// What a receipt gave back of it, where it took back anything that it concerns.
    pub fn given_by(&self, by: usize, sold: &Sold) -> Option<i64> {
        let goods = self.goods(sold).into_iter();
        let taken = goods.flat_map(|line| sold.lines[line].taken.iter().map(move |taken| (line, taken)));
        let taken: Vec<_> = taken.filter(|(_, taken)| taken.by == by).collect();
        let shares = taken.iter().map(|(line, taken)| self.share(*line, &taken.figures));
        (!taken.is_empty()).then(|| shares.sum())
    }
}

impl SoldLine {
    pub fn portion_left(&self) -> Rational {
        self.taken.iter().fold(whole(1), |left, taken| left - taken.portion)
    }

    /// What is left of a figure.
    pub fn left(&self, of: impl Fn(&Figures) -> i64) -> i64 {
        of(&self.figures) - self.taken.iter().map(|taken| of(&taken.figures)).sum::<i64>()
    }

    /// What taking back this portion comes to: the share of all that is back then, less what was back before.
    pub fn expect(&self, portion: Rational) -> Figures {
        let after = whole(1) - self.portion_left() + portion;
        let share = |of: &dyn Fn(&Figures) -> i64| {
            let left = self.left(of);
            let drawn = of(&self.figures) - left;
            if after == whole(1) {
                left
            } else {
                (half_away(whole(of(&self.figures)) * after) - drawn).clamp(0, left)
            }
        };
        let mut discounts = BTreeMap::new();
        for name in self.figures.discounts.keys() {
            discounts.insert(name.clone(), share(&|figures| figures.discount(name)));
        }
        Figures { paid: share(&|figures| figures.paid), tax: share(&|figures| figures.tax), discounts }
    }

    /// Notes what was taken back; at no moment more than was sold.
    pub fn take(&mut self, taken: Taken) -> Result<(), String> {
        self.taken.push(taken);
        let mut names = self.figures.discounts.keys();
        let over = self.portion_left() < whole(0)
            || self.left(|figures| figures.paid) < 0
            || self.left(|figures| figures.tax) < 0
            || names.any(|name| self.left(|figures| figures.discount(name)) < 0);
        if over { Err(format!("more is back than was sold: {:?}", self.taken)) } else { Ok(()) }
    }

    /// Forgets what a receipt took back, as if it had not been settled.
    pub fn untake(&mut self, by: usize) {
        self.taken.retain(|taken| taken.by != by);
    }

    /// Whether everything is back, to the minor unit.
    pub fn nets_to_zero(&self) -> bool {
        let mut names = self.figures.discounts.keys();
        self.portion_left() == whole(0)
            && self.left(|figures| figures.paid) == 0
            && self.left(|figures| figures.tax) == 0
            && names.all(|name| self.left(|figures| figures.discount(name)) == 0)
    }

    /// How many pieces, or thousandths of a unit, are left; only where nothing was taken back by amount.
    pub fn quantity_left(&self) -> i64 {
        let whole_line = match self.quantity {
            Quantity::Pieces(count) => count,
            Quantity::Measure(thousandths, _) => thousandths,
        };
        i64::try_from((self.portion_left() * whole(whole_line)).to_integer()).unwrap()
    }

    pub fn portion_of(&self, quantity: i64) -> Rational {
        let (Quantity::Pieces(all) | Quantity::Measure(all, _)) = self.quantity;
        Rational::new(quantity.into(), all.into())
    }
}

impl Figures {
    pub fn of(line: &SettledLine<'_>) -> Self {
        let mut discounts = BTreeMap::new();
        for row in line.discounts() {
            let name = format!("{} {}", row.kind.unwrap_or_default(), row.description.unwrap_or_default());
            *discounts.entry(name).or_default() += row.amount.minor();
        }
        Self { paid: line.paid.minor(), tax: line.tax.minor(), discounts }
    }

    pub fn discount(&self, name: &str) -> i64 {
        self.discounts.get(name).copied().unwrap_or(0)
    }

    /// The same, where a share of nothing is the same as none.
    pub fn is(&self, other: &Self) -> bool {
        let mut names = self.discounts.keys().chain(other.discounts.keys());
        self.paid == other.paid
            && self.tax == other.tax
            && names.all(|name| self.discount(name) == other.discount(name))
    }
}

impl std::ops::AddAssign<&Self> for Figures {
    fn add_assign(&mut self, other: &Self) {
        self.paid += other.paid;
        self.tax += other.tax;
        for (name, amount) in &other.discounts {
            *self.discounts.entry(name.clone()).or_default() += amount;
        }
    }
}

/// Lets some of a sale's discounts be offers; a voucher among its payments may be one already.
fn name_offers(random: &mut Random, body: &mut Value) -> Vec<SoldOffer> {
    let mut offers: Vec<SoldOffer> = Vec::new();
    let mut uses = |name: &str, line: Option<usize>, discount: String| match offers
        .iter_mut()
        .find(|offer| offer.name == name)
    {
        Some(offer) => offer.discounts.push((line, discount)),
        None => offers.push(SoldOffer { name: name.to_owned(), discounts: vec![(line, discount)] }),
    };
    let lines = body["lines"].as_array_mut().unwrap().iter_mut().enumerate();
    for (line, value) in lines.filter(|(_, value)| value["kind"] == "purchase") {
        let rows = value.get_mut("discounts").and_then(Value::as_array_mut);
        for (row, discount) in rows.into_iter().flatten().enumerate() {
            if random.one_in(3) {
                let name = random.word(&["w", "x", "y"]);
                discount["offer"] = name.into();
                uses(name, Some(line), format!(" own {row}"));
            }
        }
    }
    for (row, discount) in body["discounts"].as_array_mut().unwrap().iter_mut().enumerate() {
        if random.one_in(2) {
            let name = random.word(&["w", "x", "y", "z"]);
            discount["offer"] = name.into();
            uses(name, None, format!(" all {row}"));
        }
    }
    let payments = body.get("payments").and_then(Value::as_array);
    for name in payments.into_iter().flatten().filter_map(|payment| payment.get("offer")?.as_str()) {
        uses(name, None, "voucher ".to_owned());
    }
    offers
}

/// The settlement of a receipt that has no fault.
fn settled(body: &Value, owner: Option<Owner>, rates: &Rates) -> Settlement {
    let store = store();
    let reading = parse(body);
    let settling = settle(&reading, &Known { store: Some(&store), rates, owner, sales: &[] });
    let mut findings = reading.findings.iter().chain(&settling.findings);
    let fault = findings.find(|finding| finding.severity == Severity::Fault);
    assert_eq!(fault, None, "{body}");
    settling.settlement.unwrap()
}
