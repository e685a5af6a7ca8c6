//! Receipts that concern several contacts or rates: which lines go to Engage together, and for what money.

use std::collections::BTreeMap;

use jiff::civil::date;
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::receipt::{Known, Owner, Sale, SettledReceipt, Severity, Whose, parse, settle};
use rust_decimal::Decimal;

use crate::comparing::laws_of_a_part;
use crate::random::Random;
use crate::sold::{Figures, Sold};
use crate::support::{json, store};
use crate::till::{Object, head, list, number};

const RECEIPTS: usize = 4_000;

const EACH_CLASS_MIN: usize = 150;

/// Days before and after the rate to the group currency changed.
const DAYS: [&str; 2] = ["2026-10-15T10:00:00+02:00", "2026-11-10T10:00:00+01:00"];

/// Whose lines these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Own,
    Contact(u64),
    Unknown(usize),
}

/// What belongs together: whose it is, at which rate.
type Key = (Party, Decimal);

#[test]
fn lines_go_together_by_contact_and_rate_and_each_part_is_paid_for() {
    let mut random = Random::announced("parts");
    let mut seen = BTreeMap::new();
    for case in 0..RECEIPTS {
        mixed(&mut random, &mut seen).unwrap_or_else(|why| panic!("receipt {case}: {why}"));
    }
    for (class, count) in seen {
        assert!(count >= EACH_CLASS_MIN, "only {count} of {class}");
    }
}

fn rates() -> Rates {
    let eur = Currency::parse("EUR").unwrap();
    let row = |from, hundredths| Row { currency: eur, from, rate: Decimal::new(hundredths, 2) };
    let rows = vec![row(date(2026, 1, 1), 1_100), row(date(2026, 11, 1), 1_150)];
    Rates::new(Some(Currency::parse("SEK").unwrap()), rows).unwrap()
}

fn mixed(random: &mut Random, seen: &mut BTreeMap<&'static str, usize>) -> Result<(), String> {
    let (store, rates) = (store(), rates());
    let owners = [None, Some(Owner(1)), Some(Owner(1)), Some(Owner(2)), Some(Owner(3))];
    let owner = *random.pick(&owners);
    let sales: Vec<Sold> = (0..random.between(1, 3))
        .map(|number| {
            let (owner, day) = (*random.pick(&owners), *random.pick(&DAYS));
            Sold::draw_at(random, &format!("sale {number}"), ("EUR", 2), owner, &rates, day)
        })
        .collect();
    let known: Vec<Sale> = sales.iter().map(Sold::sale).collect();
    let party = |sale: usize| match sales[sale].owner {
        None => Party::Unknown(sale),
        contact if contact == owner => Party::Own,
        Some(Owner(contact)) => Party::Contact(contact),
    };
    let rate_of = |sale: usize| {
        let before = sales[sale].body["createdAt"] == DAYS[0];
        Decimal::new(if before { 1_100 } else { 1_150 }, 2)
    };
    let today = Decimal::new(1_150, 2);

    let mut lines = Vec::new();
    // For each line whose it is; `None` for what is no merchandise.
    let mut keys: Vec<Option<Key>> = Vec::new();
    let mut references: Vec<usize> = Vec::new();
    for (sale, sold) in sales.iter().enumerate() {
        for line in sold.open() {
            if random.one_in(2) {
                let of =
                    Object::new().text("receipt", &sold.id).text("line", &line.to_string()).write(random);
                lines.push(Object::new().text("kind", "return").put("of", of).write(random));
                keys.push(Some((party(sale), rate_of(sale))));
                if !references.contains(&sale) {
                    references.push(sale);
                }
            }
        }
    }
    let returned = lines.len();
    for kind in ["purchase", "purchase", "return", "shipping"] {
        if random.one_in(3) {
            let price = random.between(0, 100_000);
            let price = number(random, 2, price);
            let mut line = Object::new();
            line.text("kind", kind).text("sku", "own").put("quantity", 1).put("unitPrice", price);
            lines.push(line.put("taxPercent", 25).write(random));
            keys.push((kind != "shipping").then_some((Party::Own, today)));
        }
    }
    let own_lines = keys.iter().skip(returned).any(Option::is_some);
    if lines.is_empty() {
        return Ok(());
    }
    let body = json(&head("EUR").put("lines", list(&lines)).write(random));
    let reading = parse(&body);
    let named: Vec<&str> = reading.references().collect();
    let expected: Vec<&str> = references.iter().map(|&sale| sales[sale].id.as_str()).collect();
    same(&named, &expected, "references")?;
    let settling = settle(&reading, &Known { store: Some(&store), rates: &rates, owner, sales: &known });
    let fault = settling.findings.iter().find(|finding| finding.severity == Severity::Fault);
    same(&fault, &None, "faults")?;
    let settlement = settling.settlement.as_ref().ok_or("not settled")?;
    let receipt = reading.receipt.as_ref().ok_or("not read")?;
    let settled = SettledReceipt::new(receipt, settlement).map_err(|error| error.to_string())?;
    crate::overall::laws(&settled)?;

    let mut due: BTreeMap<Key, Vec<Figures>> = BTreeMap::new();
    for (line, key) in settled.lines().zip(&keys) {
        if let Some(key) = key {
            due.entry(*key).or_default().push(Figures::of(&line));
        }
    }
    let parts: Vec<_> = settled.parts().collect();
    let why = |what: &str| format!("{what}: {:?} of {due:?} in {body}", settling.parts);
    if parts.len() != due.len() || settling.parts.len() != parts.len() {
        return Err(why("other parts"));
    }
    let mut told = BTreeMap::new();
    for (part, whose) in parts.iter().zip(&settling.parts) {
        laws_of_a_part(part)?;
        let party = match whose {
            Whose::Own => Party::Own,
            Whose::Sale(sale) => party(*sale),
        };
        let rate = part.rate().ok_or("no rate")?.value();
        told.insert((party, rate), part.lines().map(|line| Figures::of(&line)).collect::<Vec<_>>());
        let exchanged = part.payments().any(|payment| payment.kind == "exchange");
        if exchanged && parts.len() == 1 {
            return Err(why("an exchange with nobody"));
        }
    }
    if told != due {
        return Err(why(&format!("other lines {told:?}")));
    }
    if own_lines {
        // The part of the receipt's own lines keeps the till's id.
        same(&settling.parts[0], &Whose::Own, "the first part's owner")?;
    }
    for draw in &settling.draws {
        let key = (party(draw.sale), rate_of(draw.sale));
        if !due.contains_key(&key) || told.keys().len() <= draw.part {
            return Err(why("a draw of no part"));
        }
        let whose = match settling.parts[draw.part] {
            Whose::Own => Party::Own,
            Whose::Sale(sale) => party(sale),
        };
        same(&whose, &key.0, "whose draw")?;
    }
    let drawn: Vec<usize> = settling.draws.iter().map(|draw| draw.sale).collect();
    same(&drawn.len(), &references.len(), "sales that are drawn on")?;

    let mut note = |class, holds: bool| *seen.entry(class).or_default() += usize::from(holds);
    note("one part", parts.len() == 1);
    note("two parts", parts.len() == 2);
    note("more parts", parts.len() > 2);
    note("a part of nobody known", due.keys().any(|key| matches!(key.0, Party::Unknown(_))));
    note("a part of another contact", due.keys().any(|key| matches!(key.0, Party::Contact(_))));
    note("two rates of one contact", {
        let own = due.keys().filter(|key| key.0 == Party::Own).count();
        own > 1
    });
    note("another contact's alone", due.len() == 1 && due.keys().all(|key| key.0 != Party::Own));
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(one: &T, other: &T, what: &str) -> Result<(), String> {
    if one == other { Ok(()) } else { Err(format!("{what}: {one:?}, not {other:?}")) }
}
