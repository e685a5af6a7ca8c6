//! The sample's receipts: sales, returns that name their sale, discounts and payments as rows of their own.

use jiff::ToSpan as _;
use jiff::civil::DateTime;

use super::World;
use super::chance::{Chance, Of};
use super::fault::Fault;
use super::people;
use super::shops::{SHOPS, Shop};
use crate::Entity;

/// Every so many receipts, one gives back what this many receipts before it sold.
const RETURN_EVERY: u64 = 16;
const RETURNS_BACK: u64 = 3;
/// How is paid, cards more often than not.
const MEANS: [&str; 4] = ["KORT", "KORT", "SWISH", "KONTANT"];

/// Name, group, price in öre and tax in percent.
const ARTICLES: [(&str, &str, i64, i64); 14] = [
    ("Ylletröja", "Stickat", 79_900, 25),
    ("Halsduk", "Stickat", 29_900, 25),
    ("Jeans", "Byxor", 89_900, 25),
    ("T-shirt", "Tröjor", 19_900, 25),
    ("Regnjacka", "Jackor", 129_950, 25),
    ("Strumpor 3-pack", "Strumpor", 9_900, 25),
    ("Mössa", "Accessoarer", 24_900, 25),
    ("Skärp", "Accessoarer", 34_950, 25),
    ("Kaffe 450 g", "Skafferi", 6_490, 12),
    ("Choklad", "Skafferi", 3_490, 12),
    ("Te, ask", "Skafferi", 5_990, 12),
    ("Kokbok", "Böcker", 24_900, 6),
    ("Pocket", "Böcker", 7_900, 6),
    ("Anteckningsbok", "Papper", 8_900, 25),
];

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sale,
    Return,
    Discount,
    Payment,
}

impl Kind {
    /// As the export says it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Sale => "F",
            Self::Return => "R",
            Self::Discount => "RAB",
            Self::Payment => "BET",
        }
    }
}

/// A row of a receipt. Amounts are in hundredths; what is given back is negative.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) kind: Kind,
    pub(super) article: &'static str,
    pub(super) name: &'static str,
    pub(super) group: &'static str,
    pub(super) quantity: i64,
    pub(super) unit: i64,
    pub(super) amount: i64,
    pub(super) tax: i64,
    pub(super) means: &'static str,
    pub(super) of: String,
}

/// What all rows of a receipt share.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) store: String,
    pub(super) till: String,
    pub(super) number: String,
    pub(super) date: String,
    pub(super) time: String,
    pub(super) contact: String,
    pub(super) currency: String,
    pub(super) rate: &'static str,
    pub(super) total: i64,
}

/// A receipt as it should stand in the export, and what is wrong there.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) head: Head,
    pub(super) lines: Vec<Line>,
    pub(super) fault: Option<Fault>,
    pub(super) made: DateTime,
    pub(super) shop: &'static Shop,
    index: u64,
}

impl Receipt {
    /// The receipt at a place.
    pub(super) fn at(world: &World<'_>, index: u64) -> Self {
        let mut receipt = Self::sold(world, index);
        if index % RETURN_EVERY == RETURN_EVERY - 1 {
            receipt.give_back(&Self::sold(world, index - RETURNS_BACK));
        }
        receipt
    }

    /// Its id in the words of the mapping.
    pub(super) fn id(&self) -> String {
        let Head { store, till, date, number, .. } = &self.head;
        format!("{store}-{till}-{date}-{number}")
    }

    fn sold(world: &World<'_>, index: u64) -> Self {
        let mut chance = Chance::of(world.options.seed, Of::Sale, index);
        let shop = chance.pick(&SHOPS);
        let made = world.calendar.at(index);
        let buyer = people::accepted_from(world, chance.below(world.options.contacts.max(1)));
        let mut lines: Vec<Line> = (0..=chance.below(3)).map(|_| bought(&mut chance, shop)).collect();
        if chance.one_in(6) {
            let sum: i64 = lines.iter().map(|line| line.amount).sum();
            lines.push(taken_off(-(sum / 1_000 * 100)));
        }
        let total = lines.iter().map(|line| line.amount).sum();
        let means = chance.pick(&MEANS);
        lines.push(paid(means, total));
        let head = Head {
            store: shop.id.to_owned(),
            till: (1 + chance.below(3)).to_string(),
            number: format!("{index:07}"),
            date: made.date().to_string(),
            time: made.time().strftime("%H:%M:%S").to_string(),
            contact: people::key(buyer),
            currency: shop.currency.to_owned(),
            rate: shop.rate,
            total,
        };
        let fault = world.options.faults.draw(world.options.seed, Entity::Receipts, index);
        Self { head, lines, fault, made, shop, index }
    }

    /// Makes it the return of a sale: its first article, once. One with a discount is left alone, since the shop gave
    /// back what was paid, and so is one that the check won't accept.
    fn give_back(&mut self, sale: &Self) {
        let discounted = sale.lines.iter().any(|line| line.kind == Kind::Discount);
        if discounted || sale.fault.is_some() {
            return;
        }
        let first = &sale.lines[0];
        let amount = -first.unit;
        let of = sale.id();
        let back = Line { kind: Kind::Return, quantity: -1, amount, of, ..first.clone() };
        self.lines = vec![back, paid("KORT", amount)];
        self.shop = sale.shop;
        self.head.store.clone_from(&sale.head.store);
        self.head.currency.clone_from(&sale.head.currency);
        self.head.contact.clone_from(&sale.head.contact);
        self.head.rate = sale.head.rate;
        self.head.total = amount;
    }

    /// As the export has it.
    pub(super) fn as_exported(&self, world: &World<'_>) -> Self {
        let mut faulty = self.clone();
        let head = &mut faulty.head;
        match self.fault {
            Some(Fault::NoContact) => head.contact.clear(),
            Some(Fault::BeforeSince) => {
                let earlier = i64::try_from(1 + self.index % 200).expect("days");
                let day = world.calendar.first().checked_sub(earlier.days()).expect("a day of this century");
                head.date = day.to_string();
            }
            Some(Fault::UnknownContact) => head.contact = people::strangers_key(self.index),
            Some(Fault::UnknownStore) => "777".clone_into(&mut head.store),
            Some(Fault::TotalOff) => head.total += 100,
            Some(Fault::BadDate) => head.date = format!("{}-02-30", self.made.year()),
            Some(Fault::UnknownCurrency) => "KRO".clone_into(&mut head.currency),
            // The others are no receipt's, or are made by writing it twice.
            _ => {}
        }
        faulty
    }
}

fn bought(chance: &mut Chance, shop: &Shop) -> Line {
    let (name, group, price, tax) = *chance.pick(&ARTICLES);
    // A tenth in euro, so that prices look like prices there as well.
    let unit = if shop.currency == "EUR" { price / 10 } else { price };
    let quantity = if chance.one_in(5) { 2 } else { 1 };
    let article = ARTICLE_NUMBERS[ARTICLES.iter().position(|one| one.0 == name).unwrap_or(0)];
    let amount = unit * quantity;
    Line { kind: Kind::Sale, article, name, group, quantity, unit, amount, tax, means: "", of: String::new() }
}

const ARTICLE_NUMBERS: [&str; ARTICLES.len()] = [
    "3001-S", "2002", "4010-32", "1101-M", "5005-L", "6001", "6100", "6203", "8001", "8002", "8003", "9001",
    "9002", "9100",
];

fn taken_off(amount: i64) -> Line {
    let (article, name) = ("", "Medlemsrabatt");
    Line {
        kind: Kind::Discount,
        article,
        name,
        group: "",
        quantity: 1,
        unit: amount,
        amount,
        tax: 0,
        means: "",
        of: String::new(),
    }
}

fn paid(means: &'static str, amount: i64) -> Line {
    Line {
        kind: Kind::Payment,
        article: "",
        name: "",
        group: "",
        quantity: 1,
        unit: amount,
        amount,
        tax: 0,
        means,
        of: String::new(),
    }
}
