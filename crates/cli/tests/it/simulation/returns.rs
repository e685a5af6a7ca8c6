//! What tills do about earlier sales: they take goods back, exchange them, void receipts and claim them for customers;
//! of sales of any store, known to the database or not, and sometimes two of them the same at once.

use serde_json::{Value, json};

use super::census::Class;
use super::money::{LineFigures, Sale, TAX_PERCENT, Use, decimal};
use super::run::{Event, Simulation};
use super::wish::{Back, Named, Rung, What, Wish, mark};

impl Simulation {
    /// Goods come back, and others may go out.
    pub(super) fn bring_back(&mut self, till: usize) {
        let Some(first) = self.some_sale() else { return self.sell(till) };
        let mut back = self.lines_back(first);
        if self.random.one_in(4) {
            let second = self.some_sale().filter(|second| self.wishes[*second].key != self.wishes[first].key);
            back.extend(second.map(|second| self.lines_back(second)).unwrap_or_default());
        }
        let sale = self.random.one_in(3).then(|| Sale::draw(&mut self.random, self.wishes.len()));
        // Mostly the one who bought it; or somebody else does, or nobody is named.
        let person = match self.random.below(8) {
            0..=3 => self.wishes[first].person,
            4 => None,
            _ => Some(self.random.below(self.setup.people.len())),
        };
        self.ring(till, person, sale.as_ref(), back.clone(), false);
        // Somebody does the same at another till at the same time.
        if self.random.one_in(5) {
            self.census.saw(Class::ReturnRaced);
            let other = (till + 1) % self.setup.tills.len();
            self.ring(other, person, None, back, false);
        }
    }

    /// A sale that a till has heard of, whether it was taken or not.
    fn some_sale(&mut self) -> Option<usize> {
        let is_sale = |wish: &usize| self.wishes[*wish].rung().is_some_and(|rung| !rung.own.is_empty());
        let sales: Vec<usize> = (0..self.wishes.len()).filter(is_sale).collect();
        let last = sales.len().saturating_sub(4);
        match self.random.below(3) {
            0 => sales.get(self.random.below(sales.len())).copied(),
            // So that some come back as a whole.
            _ => sales.get(last + self.random.below(sales.len() - last)).copied(),
        }
    }

    /// Some lines of a sale.
    fn lines_back(&mut self, sale: usize) -> Vec<Back> {
        let Some(rung) = self.wishes[sale].rung() else { return Vec::new() };
        let (key, own) = (self.wishes[sale].key.clone(), rung.own.clone());
        let whole = self.random.one_in(6);
        let one = self.random.below(own.len());
        let mut back = Vec::new();
        for (line, sold) in own.iter().enumerate() {
            if whole || line == one || self.random.one_in(4) {
                back.push(self.line_back(&key, line, sold));
            }
        }
        // A line, or a receipt, that nobody has heard of.
        if let Some(first) = back.first_mut().filter(|_| self.random.one_in(12)) {
            match self.random.one_in(2) {
                true => (first.line, first.sku) = (own.len() + 7, format!("{}-of-nobody", first.sku)),
                false => first.of = format!("{key}-of-another-till"),
            }
        }
        back
    }

    fn line_back(&mut self, key: &str, line: usize, sold: &LineFigures) -> Back {
        let left = sold.quantity - self.ledger.returned(key, line).quantity;
        let most = if left > 0 && !self.random.one_in(5) { left } else { sold.quantity };
        let quantity = match self.random.below(4) {
            0 => None,
            1 => Some(most),
            _ => Some(self.random.between(1, most as u64) as i64),
        };
        let price = sold.paid / sold.quantity;
        let unit = (!self.random.one_in(4)).then_some(price);
        let by_article = unit.is_some() && self.random.one_in(4);
        Back { of: key.to_owned(), line, sku: sold.sku.clone(), by_article, quantity, unit }
    }

    /// A till rings something up.
    pub(super) fn ring(
        &mut self,
        till: usize,
        person: Option<usize>,
        sale: Option<&Sale>,
        back: Vec<Back>,
        training: bool,
    ) {
        let named = match person {
            None => {
                self.census.saw(Class::Anonymous);
                Named::Nobody
            }
            Some(person) => self.name(person),
        };
        let (n, setup) = (self.wishes.len(), &self.setup.tills[till]);
        let number = format!("{n:06}");
        let (key, store) = (format!("{}-{}-{number}", setup.store, setup.till), setup.store);
        let mut body = json!({
            "store": store, "till": setup.till.to_string(), "receiptNumber": number, "operator": mark(n),
            "createdAt": self.now.to_string(),
        });
        let (own, uses) = self.goods_json(&mut body, sale, &back, "card");
        if let Some(contact) = person.and_then(|person| self.contact_json(person, &named)) {
            body["contact"] = contact;
        }
        if training {
            self.census.saw(Class::Training);
            body["training"] = json!(true);
        }
        let owed = !training && named != Named::Nobody;
        let wish = Wish::new(key, &body, store, What::Receipt(Rung { own, back, training, uses }));
        self.wish(Wish { person, owed, named, ..wish });
    }

    /// Puts into a receipt what goes out and what comes back; answers what Engage must hold of the former, and the offers
    /// that it used.
    pub(super) fn goods_json(
        &mut self,
        body: &mut Value,
        sale: Option<&Sale>,
        back: &[Back],
        paid_by: &str,
    ) -> (Vec<LineFigures>, Vec<Use>) {
        let mut lines = sale.map_or(Vec::new(), Sale::lines_json);
        lines.extend(back.iter().enumerate().map(|(n, back)| back.json(n)));
        body["lines"] = json!(lines);
        let Some(sale) = sale else { return (Vec::new(), Vec::new()) };
        let figures = sale.figures();
        body["discounts"] = sale.discounts_json();
        // What something is worth that comes back, the till doesn't know.
        if back.is_empty() {
            body["total"] = decimal(figures.total);
            body["payments"] = json!([{ "type": paid_by, "amount": decimal(figures.total) }]);
        }
        (figures.lines, figures.uses)
    }

    /// A receipt was a mistake.
    pub(super) fn void(&mut self) {
        if let Some(wish) = self.some_receipt(|_| true) {
            self.void_of(wish);
        }
    }

    /// A sale is voided while it is under way.
    pub(super) fn void_soon(&mut self, wish: usize) {
        let soon = self.random.stretch(20, 8);
        self.at_in(soon, Event::VoidOf(wish));
    }

    pub(super) fn void_of(&mut self, wish: usize) {
        let Wish { key, store, .. } = &self.wishes[wish];
        let wish = Wish::new(key.clone(), &json!({}), store, What::Void);
        self.wish(Wish { owed: false, ..wish });
    }

    /// Somebody comes back with a receipt that names nobody.
    pub(super) fn claim(&mut self) {
        let is_nobodys = |wish: &Wish| wish.named == Named::Nobody;
        let any = self.random.one_in(6);
        let Some(receipt) = self.some_receipt(|wish| any || is_nobodys(wish)) else { return };
        let person = self.random.below(self.setup.people.len());
        let named = self.name(person);
        let Some(contact) = self.contact_json(person, &named) else { return };
        let Wish { key, store, .. } = &self.wishes[receipt];
        let wish = Wish::new(key.clone(), &contact, store, What::Claim);
        self.wish(Wish { person: Some(person), named, owed: false, ..wish });
    }

    fn some_receipt(&mut self, which: impl Fn(&Wish) -> bool) -> Option<usize> {
        let is_one = |wish: &usize| self.wishes[*wish].is_receipt() && which(&self.wishes[*wish]);
        let receipts: Vec<usize> = (0..self.wishes.len()).filter(is_one).collect();
        receipts.get(self.random.below(receipts.len())).copied()
    }
}

impl Back {
    fn json(&self, n: usize) -> Value {
        let mut of = json!({ "receipt": self.of });
        if !self.by_article {
            of["line"] = json!((self.line + 1).to_string());
        }
        let mut line = json!({ "id": format!("back-{n}"), "kind": "return", "of": of });
        if let Some(quantity) = self.quantity {
            line["quantity"] = json!(quantity);
        }
        if let Some(unit) = self.unit {
            line["sku"] = json!(self.sku);
            line["articleNumber"] = json!(self.sku);
            line["name"] = json!("Sweater");
            line["unitPrice"] = decimal(unit);
            line["taxPercent"] = json!(TAX_PERCENT);
        }
        line
    }
}
