//! What the tills' receipts come to, by what was committed: what was sold, what came back of it, whose it is, and what
//! became of it. Reckoned by the documented rules and by none of our code.

use std::collections::{BTreeMap, BTreeSet};

use gateway::desk::RECEIPT;
use jiff::Timestamp;
use store::{Accept, DeliveryFilter, DeliveryState, Filed, Reader, Start};

use super::census::Class;
use super::money::{LineFigures, Returned};
use super::run::Simulation;
use super::setup::STORES;
use super::wish::{Back, Named, Rung, What};

/// Why a return can't go as it is.
const FAULTS: [&str; 7] = [
    "overReturn",
    "priceMissing",
    "quantityMissing",
    "saleDiscarded",
    "saleVoided",
    "skuMissing",
    "taxPercentMissing",
];

/// All receipts that the database has.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<String, Entry>,
    /// Documents whose deliveries were given up.
    discarded: BTreeSet<String>,
    /// When anything of it last changed.
    changed: Option<Timestamp>,
}

/// A receipt of a till's.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Whose words they are.
    pub(super) wish: usize,
    /// What claimed it.
    pub(super) claim: Option<usize>,
    /// When it was committed.
    since: Timestamp,
    pub(super) training: bool,
    pub(super) lines: Vec<Line>,
    /// Why it can't go as it is.
    pub(super) faults: &'static [&'static str],
    /// The documents that it fell into, its own first.
    pub(super) documents: Vec<String>,
    pub(super) is_void: bool,
}

/// A line that Engage must have.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) figures: LineFigures,
    whose: Whose,
    /// The receipt that it is tied to, whether it took something of it or goes by the till's price.
    pub(super) tied: Option<String>,
    /// The receipt and the line that it was taken of.
    pub(super) of: Option<(String, usize)>,
    /// The document that it lies in, where that is known.
    pub(super) document: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    Buyer,
    /// That of this receipt.
    Sale(String),
}

/// Whom a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Nobody,
    /// Whom this wish names.
    NamedBy(usize),
    Unsure,
}

impl Ledger {
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The receipt that a document is one of, and the document that it is the reverse of.
    pub(super) fn of(&self, document: &str) -> Option<&Entry> {
        self.entries.get(base(document))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter()
    }

    pub(super) fn is_discarded(&self, document: &str) -> bool {
        self.discarded.contains(document)
    }

    /// What came back of a line by now.
    pub(super) fn returned(&self, key: &str, line: usize) -> Returned {
        let mut sum = Returned::default();
        for back in self.live().filter(|back| back.of.as_ref().is_some_and(|of| of.0 == key && of.1 == line))
        {
            sum.add(&back.figures);
        }
        sum
    }

    /// Whether anything of a receipt is taken back.
    pub(super) fn has_returns(&self, key: &str) -> bool {
        self.live().any(|back| back.tied.as_deref() == Some(key))
    }

    /// The lines that count.
    fn live(&self) -> impl Iterator<Item = &Line> {
        let entries = self.entries.values().filter(|entry| !entry.is_void);
        entries
            .flat_map(|entry| &entry.lines)
            .filter(|line| !line.document.as_ref().is_some_and(|document| self.discarded.contains(document)))
    }

    /// Whom a document is for.
    pub(super) fn holder(&self, document: &str, named: &impl Fn(usize) -> bool) -> Holder {
        let document = reversed(document).unwrap_or(document);
        let Some(entry) = self.of(document) else { return Holder::Unsure };
        let buyer = || if named(entry.wish) { Holder::NamedBy(entry.wish) } else { Holder::Nobody };
        let is_own = entry.documents.first().is_some_and(|own| own == document);
        if let Some(claim) = entry.claim.filter(|_| is_own) {
            return Holder::NamedBy(claim);
        }
        if entry.lines.is_empty() {
            return buyer();
        }
        let line = entry.lines.iter().find(|line| line.document.as_deref() == Some(document));
        match line.map(|line| &line.whose) {
            Some(Whose::Buyer) => buyer(),
            Some(Whose::Sale(sale)) if sale != base(document) => self.holder(sale, named),
            Some(Whose::Sale(_)) | None => Holder::Unsure,
        }
    }

    /// The documents that this ledger has, or has otherwise, and an older one not.
    pub(super) fn lost_in(&self, older: &Ledger) -> BTreeSet<String> {
        let mut lost = BTreeSet::new();
        for (key, entry) in &self.entries {
            let before = older.entries.get(key);
            if before.is_none_or(|before| before.wish != entry.wish || before.claim != entry.claim) {
                lost.extend(entry.documents.iter().cloned());
                // Whose they are was that one's word.
                lost.extend(entry.documents.iter().flat_map(|document| self.behind(document)));
            }
            if entry.is_void && before.is_none_or(|before| !before.is_void) {
                lost.extend(entry.documents.iter().map(|document| format!("{document}~void")));
            }
        }
        lost
    }

    /// All documents that take something back of this one, or of those, or undo them.
    pub(super) fn behind(&self, document: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next = vec![document.to_owned()];
        while let Some(document) = next.pop() {
            let lines = self.entries.values().flat_map(|entry| &entry.lines);
            let drawing = lines.filter(|line| line.tied.as_ref() == Some(&document));
            let more: Vec<String> = drawing
                .filter_map(|line| line.document.clone())
                .chain([format!("{document}~void")])
                .filter(|one| !one.ends_with("~void~void") && !found.contains(one))
                .collect();
            found.extend(more.iter().cloned());
            next.extend(more);
        }
        found
    }
}

/// The receipt's key that a document's was made from.
pub(super) fn base(document: &str) -> &str {
    document.split('~').next().unwrap_or(document)
}

/// The document that this one is the reverse of.
pub(super) fn reversed(document: &str) -> Option<&str> {
    document.strip_suffix("~void")
}

impl Simulation {
    /// Whom a document is for.
    pub(super) fn holder(&self, document: &str) -> Holder {
        self.ledger.holder(document, &|wish| self.wishes[wish].named != Named::Nobody)
    }

    /// The person that a document is for, if it is known for sure.
    pub(super) fn person_of_document(&self, document: &str) -> Option<usize> {
        match self.holder(document) {
            Holder::NamedBy(wish) => self.wishes[wish].person,
            Holder::Nobody | Holder::Unsure => None,
        }
    }

    /// It is on disk that a till rang this up.
    pub(super) fn receipt_committed(&mut self, accept: &Accept, wish: usize, key: &str) {
        let What::Receipt(rung) = self.wishes[wish].what.clone() else { return };
        let store = self.wishes[wish].store;
        let mut lines: Vec<Line> = Vec::new();
        let mut faults = Vec::new();
        let own = |figures: &LineFigures| Line {
            figures: figures.clone(),
            whose: Whose::Buyer,
            tied: None,
            of: None,
            document: None,
        };
        lines.extend(rung.own.iter().map(own));
        for back in &rung.back {
            match self.came_back(accept, back, store) {
                Ok(line) => lines.push(line),
                Err(fault) => faults.push(fault),
            }
        }
        // What can't go was worked out a moment before, perhaps from what is otherwise by now.
        let is_put_aside = matches!(
            accept.delivery.as_ref().map(|delivery| &delivery.start),
            Some(Start::NeedsAttention(_))
        );
        if is_put_aside && self.ledger.changed >= Some(accept.at) {
            faults.push("overtaken");
        }
        if !faults.is_empty() || rung.training {
            lines.clear();
        }
        let faults = if faults.is_empty() { &[] } else { &FAULTS[..] };
        let Some(process) = &self.process else { return };
        let documents = documents(&process.reader, key);
        place(&process.reader, &documents, &mut lines);
        self.see(&rung, key, &lines, faults, &documents);
        let (claim, since, training) = (None, self.now, rung.training);
        let entry = Entry { wish, claim, since, training, lines, faults, documents, is_void: false };
        self.ledger.entries.insert(key.to_owned(), entry);
        self.ledger.changed = Some(self.now);
    }

    /// What a line that comes back is by now, or why it can't be taken.
    fn came_back(&mut self, accept: &Accept, back: &Back, store: &str) -> Result<Line, &'static str> {
        let by_price = |whose: Whose| match (back.quantity, back.unit) {
            (Some(quantity), Some(unit)) => {
                let figures = LineFigures::back_at(&back.sku, quantity, unit);
                let tied = if let Whose::Sale(sale) = &whose { Some(sale.clone()) } else { None };
                Ok(Line { figures, whose, tied, of: None, document: None })
            }
            (_, None) => Err("priceMissing"),
            (None, Some(_)) => Err("quantityMissing"),
        };
        let sale = self.ledger.get(&back.of).filter(|sale| self.was_known(accept, &back.of, sale)).cloned();
        let Some(sale) = sale else {
            self.census.saw(Class::ReturnOfUnknown);
            return by_price(Whose::Buyer);
        };
        if sale.is_void {
            self.census.saw(Class::ReturnOfVoided);
            return Err("saleVoided");
        }
        if self.ledger.is_discarded(&back.of) {
            self.census.saw(Class::ReturnOfDiscarded);
            return Err("saleDiscarded");
        }
        let of_sale = Whose::Sale(back.of.clone());
        let sold_in = self.wishes[sale.wish].store;
        if currency(sold_in) != currency(store) {
            self.census.saw(Class::ReturnInOtherCurrency);
            return by_price(of_sale);
        }
        let is_meant = |(place, line): &(usize, &Line)| match back.by_article {
            true => line.figures.sku == back.sku,
            false => *place == back.line,
        };
        let Some((place, line)) = sold(&sale).enumerate().find(is_meant) else { return by_price(of_sale) };
        let before = self.ledger.returned(&back.of, place);
        let left = line.figures.quantity - before.quantity;
        let quantity = back.quantity.unwrap_or(left);
        if left == 0 || quantity > left {
            self.census.saw(Class::OverReturn);
            return Err("overReturn");
        }
        let figures = line.figures.share(quantity, &before);
        let class = match (before.quantity, quantity == left) {
            (0, true) => Class::ReturnedAtOnce,
            (_, true) => Class::ReturnedToTheLast,
            (_, false) => Class::ReturnedInPart,
        };
        self.census.saw(class);
        let of = Some((back.of.clone(), place));
        Ok(Line { figures, whose: of_sale, tied: Some(back.of.clone()), of, document: None })
    }

    /// Whether the database could say what a receipt was when a return of it was worked out. It may have been forgotten
    /// with its customer, or have come in at the same time.
    fn was_known(&self, accept: &Accept, key: &str, sale: &Entry) -> bool {
        let Some(process) = &self.process else { return false };
        let rows = process.reader.sales(RECEIPT, &[key.to_owned()]).expect("it is read");
        let Some(row) = rows.first() else { return false };
        let parts = accept.with.parts.iter().flat_map(|part| &part.draws);
        let is_drawn = || accept.with.draws.iter().chain(parts).any(|draw| draw.on == row.id);
        !sale.training && sale.faults.is_empty() && (sale.since < accept.at || is_drawn())
    }

    fn see(&mut self, rung: &Rung, key: &str, lines: &[Line], faults: &[&'static str], documents: &[String]) {
        if !rung.back.is_empty() && !rung.own.is_empty() && faults.is_empty() {
            self.census.saw(Class::Exchanged);
        }
        if documents.len() > 1 {
            self.census.saw(Class::InParts);
        }
        let is_again = lines.iter().filter_map(|line| line.of.as_ref()).any(|(sale, line)| {
            let mut all = self.ledger.entries.values().filter(|entry| entry.is_void);
            all.any(|entry| entry.lines.iter().any(|one| one.of.as_ref() == Some(&(sale.clone(), *line))))
        });
        if is_again {
            self.census.saw(Class::ReturnedAgain);
        }
        if self.lost.contains(key) || rung.back.iter().any(|back| self.lost.contains(&back.of)) {
            self.census.saw(Class::ReturnOfLost);
        }
    }

    /// It is on disk that a receipt is void.
    pub(super) fn void_committed(&mut self, key: &str, filed: &Filed) {
        let Some(entry) = self.ledger.entries.get_mut(key) else {
            return self.violated("aVoidIsOfSomething", format!("{key} is void and was never there"));
        };
        entry.is_void = true;
        self.ledger.changed = Some(self.now);
        let is_return = entry.lines.iter().any(|line| line.tied.is_some());
        if !filed.withdrawn.is_empty() {
            self.census.saw(Class::VoidWithdrawn);
        }
        if !filed.parts.is_empty() {
            self.census.saw(Class::VoidCompensated);
        }
        if is_return {
            self.census.saw(Class::ReturnVoided);
        }
        if self.ledger.has_returns(key) {
            let back: Vec<&Line> =
                self.ledger.live().filter(|line| line.tied.as_deref() == Some(key)).collect();
            let detail = format!("{key} is void, and came back: {back:?}");
            self.violated("whatCameBackIsNotVoid", detail);
        }
    }

    /// It is on disk that somebody claimed a receipt, unless the claimant was forgotten.
    pub(super) fn claim_committed(&mut self, accept: &Accept, wish: usize, filed: &Filed) {
        let is_somebody = filed.contact.is_some();
        let Some(entry) = self.ledger.entries.get_mut(&accept.key).filter(|_| is_somebody) else { return };
        entry.claim = Some(wish);
        self.census.saw(Class::Claimed);
        if self.ledger.has_returns(&accept.key) {
            self.census.saw(Class::ClaimedWithReturns);
        }
    }

    /// Somebody gave deliveries up, or took them up again.
    pub(super) fn see_what_is_discarded(&mut self) {
        let Some(process) = &self.process else { return };
        let filter = DeliveryFilter {
            state: Some(DeliveryState::Discarded),
            limit: 1_000,
            ..DeliveryFilter::default()
        };
        let rows = process.reader.deliveries(&filter).expect("it is read");
        let receipts = rows.into_iter().filter(|row| row.document_kind == RECEIPT);
        self.ledger.discarded = receipts.map(|row| row.key).collect();
        self.ledger.changed = Some(self.now);
    }
}

/// What a receipt sold, in the order of its lines.
pub(super) fn sold(entry: &Entry) -> impl Iterator<Item = &Line> {
    entry.lines.iter().filter(|line| line.figures.quantity > 0)
}

fn currency(store: &str) -> &'static str {
    STORES.into_iter().find(|(id, ..)| *id == store).map_or("", |(.., currency)| currency)
}

/// The documents that a receipt fell into, without what undoes them.
fn documents(reader: &Reader, key: &str) -> Vec<String> {
    let row = reader.document(RECEIPT, key).expect("it is read");
    let parts = row.into_iter().flat_map(|row| row.parts).map(|part| part.key);
    let parts = parts.filter(|part| reversed(part).is_none());
    [key.to_owned()].into_iter().chain(parts).collect()
}

/// Finds the document that each line lies in: what was sold stays with the receipt's own, what is taken of a sale lies
/// in the one that says so.
fn place(reader: &Reader, documents: &[String], lines: &mut [Line]) {
    let own = documents.first().cloned();
    for line in lines {
        line.document = match &line.whose {
            _ if documents.len() == 1 => own.clone(),
            Whose::Buyer => own.clone(),
            Whose::Sale(sale) => {
                let rows = reader.sales(RECEIPT, std::slice::from_ref(sale)).expect("it is read");
                let mut drawing = rows.into_iter().flat_map(|row| row.drawn).map(|drawn| drawn.key);
                drawing.find(|key| documents.contains(key))
            }
        };
    }
}
