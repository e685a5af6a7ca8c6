//! Chains of returns by reference, of any length and order: everything that comes back nets to exactly zero.

use pos::rates::Rates;
use pos::receipt::{Known, Owner, Sale, SettledReceipt, Settling, Severity, parse, settle};
use serde_json::Value;

use crate::basket::{Kind, Prices, Quantity};
use crate::oracle::{Rational, whole};
use crate::random::Random;
use crate::sold::{Figures, Sold, SoldLine, Taken};
use crate::support::{json, store};
use crate::till::{Object, head, list, number};

const CHAINS: usize = 1_500;

/// How often each class must have been seen.
const EACH_CLASS_MIN: usize = 100;

const CURRENCIES: [(&str, u32); 3] = [("SEK", 2), ("JPY", 0), ("KWD", 3)];

/// One line of a return: how much comes back, and how the till says so.
struct Asked {
    sale: usize,
    line: usize,
    /// Beside the reference.
    words: Vec<(&'static str, String)>,
    /// How much of the whole line.
    portion: Rational,
    /// The till's own figures. Where its `paid` stands without a tax, the tax may be any that is left.
    stated: Option<(i64, Option<i64>)>,
}

/// What has been seen, for the minimum counts.
#[derive(Default)]
struct Seen {
    counts: std::collections::BTreeMap<&'static str, usize>,
}

impl Seen {
    fn note(&mut self, class: &'static str, seen: bool) {
        *self.counts.entry(class).or_default() += usize::from(seen);
    }
}

struct Chain {
    currency: (&'static str, u32),
    sales: Vec<Sold>,
    /// The receipts that stand: the next one's number, and those that may be voided.
    next: usize,
    live: Vec<usize>,
    /// Which receipt gave back the last of which offer of which sale.
    wholes: Vec<(usize, usize, String)>,
    voided: bool,
}

#[test]
fn a_chain_of_returns_nets_to_exactly_zero_and_never_takes_back_more_than_was_sold() {
    let mut random = Random::announced("chains");
    let mut seen = Seen::default();
    for case in 0..CHAINS {
        let mut chain = Chain::draw(&mut random);
        run(&mut random, &mut chain, &mut seen).unwrap_or_else(|why| {
            let sales: Vec<String> = chain.sales.iter().map(|sold| sold.body.to_string()).collect();
            panic!("chain {case}: {why}\nsales {}", sales.join("\n"))
        });
    }
    for (class, count) in seen.counts {
        assert!(count >= EACH_CLASS_MIN, "only {count} of {class}");
    }
}

fn run(random: &mut Random, chain: &mut Chain, seen: &mut Seen) -> Result<(), String> {
    let steps = random.between(1, 12);
    for _ in 0..steps {
        match random.index(10) {
            0 => {
                let voided = chain.void(random);
                seen.note("a return that is voided", voided);
            }
            1 => {
                let refused = chain.over_return(random)?;
                seen.note("an over-return", refused);
            }
            2 => {
                let position = random.index(chain.sales.len());
                chain.sales[position].condense();
                seen.note("a sale that was condensed", true);
            }
            _ => chain.step(random, seen)?,
        }
    }
    let before = chain.next;
    while chain.sales.iter().any(|sold| !sold.open().is_empty()) {
        chain.close(random)?;
    }
    seen.note("a long chain", before >= 6);
    for sold in &chain.sales {
        for (position, line) in sold.lines.iter().enumerate() {
            if line.kind == Kind::Purchase && !line.nets_to_zero() {
                return Err(format!("line {position} of {} doesn't net to zero", sold.id));
            }
        }
        seen.note("prices without tax", sold.basket.prices == Prices::WithoutTax);
        seen.note("an anonymous sale", sold.owner.is_none());
        let weighed = |line: &&SoldLine| matches!(line.quantity, Quantity::Measure(..));
        seen.note("goods by the kilo", sold.lines.iter().any(|line| weighed(&line)));
        seen.note("goods by amount", sold.lines.iter().any(|line| line.by_amount));
        seen.note("several discounts", sold.lines.iter().any(|line| line.figures.discounts.len() > 1));
        let odd = |line: &SoldLine| matches!(line.quantity, Quantity::Pieces(3..));
        seen.note("several pieces", sold.lines.iter().any(odd));
    }
    seen.note("several sales", chain.sales.len() > 1);
    for (sale, sold) in chain.sales.iter().enumerate() {
        for offer in &sold.offers {
            let times =
                chain.wholes.iter().filter(|(_, of, name)| (*of, name) == (sale, &offer.name)).count();
            let last = chain.wholes.iter().rfind(|(_, of, name)| (*of, name) == (sale, &offer.name));
            let is_due = !offer.is_back(sold) || times == 1 || chain.voided && times > 1;
            if !is_due {
                return Err(format!("{} of {} came back whole {times} times", offer.name, sold.id));
            }
            seen.note("an offer that came back in several parts", last.is_some_and(|(by, ..)| *by > before));
            seen.note("a voucher that came back", offer.name.starts_with("26"));
        }
    }
    let nothing_left = chain.over_return(random)?;
    seen.note("nothing left", nothing_left);
    Ok(())
}

impl Chain {
    fn draw(random: &mut Random) -> Self {
        let &currency = random.pick(&CURRENCIES);
        let count = random.between(1, 3);
        let sales = (0..count).map(|number| {
            let owner = *random.pick(&[None, Some(Owner(1)), Some(Owner(1)), Some(Owner(2))]);
            Sold::draw(random, &format!("sale {number}"), currency, owner)
        });
        Self {
            currency,
            sales: sales.collect(),
            next: 0,
            live: Vec::new(),
            wholes: Vec::new(),
            voided: false,
        }
    }

    /// A receipt that takes something back, now and then with something sold.
    fn step(&mut self, random: &mut Random, seen: &mut Seen) -> Result<(), String> {
        let by = self.next;
        let mut asked = Vec::new();
        for _ in 0..random.between(1, 4) {
            let Some((sale, line)) = self.pick(random) else { break };
            let one = self.ask(random, sale, line);
            seen.note("the till's own figures", one.stated.is_some());
            // What stands earlier on the same receipt counts for what stands later.
            let sold = &mut self.sales[sale].lines[line];
            sold.take(Taken { by, portion: one.portion, figures: one.expect(sold) })?;
            asked.push(one);
        }
        for one in &asked {
            self.sales[one.sale].lines[one.line].untake(by);
        }
        if asked.is_empty() {
            return Ok(());
        }
        let exchange = random.one_in(3);
        seen.note("an exchange", exchange);
        seen.note(
            "one line twice",
            (1..asked.len()).any(|at| asked[..at].iter().any(|one| one.same(&asked[at]))),
        );
        self.take_back(random, asked, exchange)
    }

    /// A receipt that takes back all that is left of some sales.
    fn close(&mut self, random: &mut Random) -> Result<(), String> {
        let mut asked = Vec::new();
        for (sale, sold) in self.sales.iter().enumerate() {
            for line in sold.open() {
                if !random.one_in(3) {
                    let portion = sold.lines[line].portion_left();
                    asked.push(Asked { sale, line, words: Vec::new(), portion, stated: None });
                }
            }
        }
        if asked.is_empty() { Ok(()) } else { self.take_back(random, asked, false) }
    }

    /// Asks for more than is left of some line; whether there was one.
    fn over_return(&mut self, random: &mut Random) -> Result<bool, String> {
        let sale = random.index(self.sales.len());
        let goods: Vec<usize> = (0..self.sales[sale].lines.len())
            .filter(|&line| self.sales[sale].lines[line].kind == Kind::Purchase)
            .filter(|&line| !self.sales[sale].lines[line].by_amount)
            .collect();
        if goods.is_empty() {
            return Ok(false);
        }
        let line = *random.pick(&goods);
        let sold = &self.sales[sale].lines[line];
        let over = sold.quantity_left() + random.between(1, 3);
        let words = vec![("quantity", quantity(sold.quantity, over))];
        let asked = [Asked { sale, line, words, portion: whole(0), stated: None }];
        let body = self.body(random, &asked, false);
        let (settling, sales) = self.settle(random, &body);
        drop(sales);
        let over = settling.findings.iter().any(|finding| {
            (finding.code, finding.severity) == ("overReturn", Severity::Fault)
                && finding.pointer.starts_with("/lines/0")
        });
        if over { Ok(true) } else { Err(format!("no over-return: {:?} in {body}", settling.findings)) }
    }

    fn void(&mut self, random: &mut Random) -> bool {
        if self.live.is_empty() {
            return false;
        }
        let position = random.index(self.live.len());
        let voided = self.live.swap_remove(position);
        self.voided = true;
        for sold in &mut self.sales {
            sold.give_back(voided);
        }
        true
    }

    fn pick(&self, random: &mut Random) -> Option<(usize, usize)> {
        let open: Vec<(usize, usize)> = (0..self.sales.len())
            .flat_map(|sale| self.sales[sale].open().into_iter().map(move |line| (sale, line)))
            .collect();
        (!open.is_empty()).then(|| *random.pick(&open))
    }

    /// Some of a line, in one of the ways in which tills say how much.
    fn ask(&self, random: &mut Random, sale: usize, line: usize) -> Asked {
        let sold = &self.sales[sale].lines[line];
        let exponent = self.currency.1;
        let left = sold.portion_left();
        let (mut words, mut portion, mut stated) = (Vec::new(), left, None);
        let paid_left = sold.left(|figures| figures.paid);
        if random.one_in(5) {
            // Nothing said: all that is left.
        } else if sold.by_amount {
            if paid_left > 1 {
                let amount = random.between(1, paid_left - 1);
                portion = Rational::new(amount.into(), sold.figures.paid.into());
                words.push(("paid", number(random, exponent, amount)));
            }
        } else {
            let count = random.between(1, sold.quantity_left());
            portion = sold.portion_of(count);
            words.push(("quantity", quantity(sold.quantity, count)));
            if portion < left && random.one_in(4) {
                let paid = random.between(0, paid_left);
                words.push(("paid", number(random, exponent, paid)));
                let tax =
                    random.one_in(2).then(|| random.between(0, sold.left(|figures| figures.tax).min(paid)));
                if let Some(tax) = tax {
                    words.push(("taxAmount", number(random, exponent, tax)));
                }
                stated = Some((paid, tax));
            }
        }
        Asked { sale, line, words, portion, stated }
    }

    /// Settles a receipt that takes this back, and compares it with what was expected.
    fn take_back(&mut self, random: &mut Random, asked: Vec<Asked>, exchange: bool) -> Result<(), String> {
        let by = self.next;
        let body = self.body(random, &asked, exchange);
        let (settling, order) = self.settle(random, &body);
        let faults: Vec<_> =
            settling.findings.iter().filter(|finding| finding.severity == Severity::Fault).collect();
        if !faults.is_empty() {
            return Err(format!("{faults:?} in {body}"));
        }
        let settlement = settling.settlement.as_ref().ok_or_else(|| format!("not settled: {body}"))?;
        let reading = parse(&body);
        let receipt = reading.receipt.as_ref().ok_or("no receipt")?;
        let settled = SettledReceipt::new(receipt, settlement).map_err(|error| error.to_string())?;
        crate::overall::laws(&settled)?;
        let lines: Vec<Figures> = settled.lines().map(|line| Figures::of(&line)).collect();
        let whole_before: Vec<Vec<bool>> = self
            .sales
            .iter()
            .map(|sold| sold.offers.iter().map(|offer| offer.is_back(sold)).collect())
            .collect();
        for (one, money) in asked.into_iter().zip(lines) {
            let sold = &mut self.sales[one.sale].lines[one.line];
            let mut figures = one.expect(sold);
            if let Some((_, None)) = one.stated {
                figures.tax = money.tax;
            }
            if !money.is(&figures) {
                return Err(format!(
                    "line {} of sale {}: {money:?}, not {figures:?}, in {body}",
                    one.line, one.sale
                ));
            }
            sold.take(Taken { by, portion: one.portion, figures })?;
        }
        self.gives_back(by, &whole_before, &settling, &order)?;
        for draw in &settling.draws {
            self.sales[order[draw.sale]].draw_on(by, &draw.drawn);
        }
        self.live.push(by);
        self.next += 1;
        Ok(())
    }

    /// Of each offer of the sales what the receipt gives back of it, and whether the last of it comes back just now.
    fn gives_back(
        &mut self,
        by: usize,
        whole_before: &[Vec<bool>],
        settling: &Settling,
        order: &[usize],
    ) -> Result<(), String> {
        let mut expected = Vec::new();
        for (sale, sold) in self.sales.iter().enumerate() {
            for (offer, &was_whole) in sold.offers.iter().zip(&whole_before[sale]) {
                if let Some(amount) = offer.given_by(by, sold) {
                    let whole = offer.is_back(sold) && !was_whole;
                    expected.push((sale, offer.name.clone(), amount, whole));
                }
            }
        }
        let given = settling.given_back.iter();
        let mut given: Vec<_> = given
            .map(|given| (order[given.sale], given.offer.clone(), given.amount.minor(), given.whole))
            .collect();
        expected.sort();
        given.sort();
        self.wholes.extend(given.iter().filter(|given| given.3).map(|given| (by, given.0, given.1.clone())));
        if given == expected { Ok(()) } else { Err(format!("gives back {given:?}, not {expected:?}")) }
    }

    fn body(&self, random: &mut Random, asked: &[Asked], exchange: bool) -> Value {
        let mut lines: Vec<String> = asked
            .iter()
            .map(|one| {
                let of = Object::new()
                    .text("receipt", &self.sales[one.sale].id)
                    .text("line", &one.line.to_string())
                    .write(random);
                let mut line = Object::new();
                line.text("kind", "return").put("of", of);
                for (name, value) in &one.words {
                    line.put(name, value);
                }
                if let Quantity::Measure(_, unit) = self.sales[one.sale].lines[one.line].quantity
                    && !one.words.is_empty()
                {
                    line.text("unit", unit);
                }
                line.write(random)
            })
            .collect();
        if exchange {
            let price = random.between(1, 50_000);
            let price = number(random, self.currency.1, price);
            let mut line = Object::new();
            line.text("kind", "purchase").text("sku", "new").put("quantity", 1).put("unitPrice", price);
            lines.push(line.put("taxPercent", 25).write(random));
        }
        let mut body = head(self.currency.0);
        json(&body.put("lines", list(&lines)).write(random))
    }

    /// Settles with the sales that it names, in any order; says which sale stands where.
    fn settle(&self, random: &mut Random, body: &Value) -> (Settling, Vec<usize>) {
        let (store, rates) = (store(), Rates::default());
        let reading = parse(body);
        let mut order: Vec<usize> = reading
            .references()
            .map(|id| self.sales.iter().position(|sold| sold.id == id).expect("only known sales are named"))
            .collect();
        if random.one_in(2) {
            order.reverse();
        }
        let sales: Vec<Sale> = order.iter().map(|&position| self.sales[position].sale()).collect();
        let owner = *random.pick(&[None, Some(Owner(1)), Some(Owner(2))]);
        let mut settling =
            settle(&reading, &Known { store: Some(&store), rates: &rates, owner, sales: &sales });
        settling.findings.extend(reading.findings);
        (settling, order)
    }
}

impl Asked {
    fn expect(&self, of: &SoldLine) -> Figures {
        let mut figures = of.expect(self.portion);
        if let Some((paid, tax)) = self.stated {
            // The till's own figures win, up to all that is left.
            figures.paid = paid.min(of.left(|figures| figures.paid));
            figures.tax = tax.unwrap_or(figures.tax).min(of.left(|figures| figures.tax));
        }
        figures
    }

    fn same(&self, other: &Self) -> bool {
        (self.sale, self.line) == (other.sale, other.line)
    }
}

/// A quantity as a till writes it: pieces, or thousandths of a unit.
fn quantity(of: Quantity, count: i64) -> String {
    match of {
        Quantity::Pieces(_) => count.to_string(),
        Quantity::Measure(..) => format!("{}.{:03}", count / 1_000, count % 1_000),
    }
}

#[test]
fn the_order_of_two_returns_changes_nothing_in_their_sum() {
    let mut random = Random::announced("order of returns");
    let mut compared = 0;
    for case in 0..500 {
        let &currency = random.pick(&CURRENCIES);
        let mut chain = Chain {
            currency,
            sales: vec![Sold::draw(&mut random, "sale", currency, Some(Owner(1)))],
            next: 0,
            live: Vec::new(),
            wholes: Vec::new(),
            voided: false,
        };
        let enough = |line: &usize| {
            let line = &chain.sales[0].lines[*line];
            !line.by_amount && line.quantity_left() > 2
        };
        let Some(line) = chain.sales[0].open().into_iter().find(enough) else { continue };
        compared += 1;
        let most = chain.sales[0].lines[line].quantity_left();
        let first = random.between(1, most - 2);
        let second = random.between(1, most - first - 1);
        let mut sums = Vec::new();
        for counts in [[first, second], [second, first]] {
            let mut sum = Figures::default();
            for count in counts {
                let sold = &chain.sales[0].lines[line];
                let portion = sold.portion_of(count);
                let words = vec![("quantity", quantity(sold.quantity, count))];
                let one = Asked { sale: 0, line, words, portion, stated: None };
                sum += &one.expect(sold);
                let asked = vec![one];
                chain.take_back(&mut random, asked, false).unwrap_or_else(|why| panic!("case {case}: {why}"));
            }
            while chain.void(&mut random) {}
            sums.push(sum);
        }
        assert_eq!(sums[0], sums[1], "case {case}: {}", chain.sales[0].body);
    }
    assert!(compared > 100, "{compared}");
}
