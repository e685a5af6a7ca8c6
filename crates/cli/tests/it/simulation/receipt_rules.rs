//! What must hold of receipts in the end: what Engage has of each sale, of what came back of it and of what undid it is
//! what the tills were told was taken; in the right order, once, under whom it belongs to, and never more than was sold.

use std::collections::{BTreeMap, BTreeSet};

use gateway::desk::RECEIPT;
use rust_decimal::Decimal;
use sandbox::{Contact, Match};
use serde_json::Value;
use store::{DeliveryRow, DeliveryState, Reader};

use super::ledger::{Entry, Holder, Line, base, reversed};
use super::money::{LineFigures, figures_in, payments_in};
use super::people::Kind;
use super::run::Simulation;
use super::tenant::POINTS;
use super::wish::{Named, Wish};

/// The code of what was withdrawn because it is void.
pub(super) const VOIDED: &str = "voided";

type Problem = (&'static str, String);
/// The receipts in Engage by their ids, with the contact each went to.
type Imported<'a> = BTreeMap<&'a str, (Value, &'a Contact)>;

/// Whether a document says what a receipt does, or the opposite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Said,
    Undone,
}

impl Simulation {
    pub(super) fn receipts_are_right(&self, reader: &Reader) -> Vec<Problem> {
        let imported = self.imported();
        let mut problems = self.returns_follow_their_sales(&imported, reader);
        problems.extend(self.nothing_comes_back_twice(&imported, reader));
        for (key, entry) in self.ledger.iter() {
            problems.extend(self.is_kept(key, entry, reader));
            for document in &entry.documents {
                problems.extend(self.arrived(document, entry, Sense::Said, &imported, reader));
                if entry.is_void {
                    problems.extend(self.is_made_good(document, entry, &imported, reader));
                }
            }
        }
        problems.extend(self.what_arrived_was_said());
        problems.extend(self.points_are_of_what_was_kept(&imported));
        problems
    }

    /// Everybody has the points of what was bought and not brought back.
    fn points_are_of_what_was_kept(&self, imported: &Imported<'_>) -> Vec<Problem> {
        let mut kept: BTreeMap<String, Decimal> = BTreeMap::new();
        for (body, contact) in imported.values() {
            let currency = body.get("currency").and_then(Value::as_str).unwrap_or_default();
            let factor = POINTS.into_iter().find(|(own, _)| *own == currency).map_or(0, |(_, factor)| factor);
            let lines = figures_in(body).map_or(Vec::new(), |figures| figures.lines);
            let sum: i64 = lines.iter().map(LineFigures::signed).sum();
            *kept.entry(contact.id.to_string()).or_default() += Decimal::new(sum * factor, 2);
        }
        let accounts = self.engage.world.point_accounts();
        let booked: BTreeMap<String, Decimal> = accounts
            .map(|account| {
                let amounts = account.transactions.iter().map(|one| one.amount);
                (account.contact.to_string(), amounts.sum())
            })
            .collect();
        let wrong =
            kept.iter().filter(|(id, points)| booked.get(*id).copied().unwrap_or_default() != **points);
        wrong
            .map(|(id, points)| {
                let detail = format!("{id} kept goods of {points} points and has {:?}", booked.get(id));
                ("pointsAreOfWhatWasKept", detail)
            })
            .collect()
    }

    pub(super) fn is_void(&self, document: &str) -> bool {
        self.ledger.of(document).is_some_and(|entry| entry.is_void)
    }

    /// The wish that names whom a delivery is for.
    pub(super) fn naming(&self, row: &DeliveryRow) -> Option<&Wish> {
        match self.holder(&row.key) {
            Holder::NamedBy(wish) if row.document_kind == RECEIPT => Some(&self.wishes[wish]),
            _ => None,
        }
    }

    /// An acknowledged receipt is there as it was said.
    fn is_kept(&self, key: &str, entry: &Entry, reader: &Reader) -> Option<Problem> {
        let wish = &self.wishes[entry.wish];
        let Some(row) = reader.document(RECEIPT, key).expect("it is read") else {
            return Some(("acknowledgedIsKept", format!("{key} is not there")));
        };
        let holder = self.person_of_document(key);
        let was_erased = row.body.is_none() && holder.is_none_or(|person| self.was_forgotten(person));
        let is_so = row.body.as_ref() == Some(&wish.body) || was_erased;
        (!is_so).then(|| ("acknowledgedIsKept", format!("{key} has another body")))
    }

    /// A document of a known customer is in Engage once, as the till computed it, or is seen by a person.
    fn arrived(
        &self,
        document: &str,
        entry: &Entry,
        sense: Sense,
        imported: &Imported<'_>,
        reader: &Reader,
    ) -> Vec<Problem> {
        if self.lost.contains(document) {
            return Vec::new();
        }
        let found = imported.get(document);
        let problem = |rule, what: &str| vec![(rule, format!("{document} {what}: {entry:?}"))];
        let row = reader.document(RECEIPT, document).expect("it is read");
        let Some(row) = row else { return problem("acknowledgedIsKept", "is not there") };
        let holder = self.holder(document);
        let state = row.delivery.as_ref().map(|row| row.state);
        if entry.is_void && is_withdrawn(row.delivery.as_ref()) {
            let has_landed = self.has_landed(document);
            return if has_landed {
                problem("aVoidIsMadeGood", "was withdrawn and is there")
            } else {
                Vec::new()
            };
        }
        if entry.training || holder == Holder::Nobody {
            let is_there = found.is_some();
            return if is_there {
                problem("whatArrivedWasSaid", "is nobody's, or for training")
            } else {
                Vec::new()
            };
        }
        let person = self.person_of_document(document);
        let has_ended = person.is_none_or(|person| self.has_ended(person) || self.was_forgotten(person));
        match (state, found) {
            (
                Some(DeliveryState::Done | DeliveryState::NeedsAttention | DeliveryState::Discarded),
                Some((body, contact)),
            ) => {
                let lines = self.is_as_said(document, entry, sense, body);
                lines.into_iter().chain(self.went_to_the_right_person(document, contact)).collect()
            }
            // Dropped in silence, for its contact was deleted before it was taken in.
            (Some(DeliveryState::Done), None) if has_ended => Vec::new(),
            (
                Some(DeliveryState::NeedsAttention | DeliveryState::Discarded | DeliveryState::Waiting),
                None,
            ) => Vec::new(),
            // Nobody can tell whose it is; or it was void before what it is of was claimed, or whom that names was forgotten.
            (None, None) if holder == Holder::Unsure || entry.is_void || has_ended => Vec::new(),
            (state, _) => problem("receiptsArrive", &format!("is {state:?} and not there")),
        }
    }

    /// What is void was withdrawn, or has its reverse, or was nobody's.
    fn is_made_good(
        &self,
        document: &str,
        entry: &Entry,
        imported: &Imported<'_>,
        reader: &Reader,
    ) -> Vec<Problem> {
        let reverse = format!("{document}~void");
        let row = reader.document(RECEIPT, document).expect("it is read").and_then(|row| row.delivery);
        if row.is_none() || is_withdrawn(row.as_ref()) || self.lost.contains(document) {
            let is_there = self.has_landed(&reverse) && !self.lost.contains(&reverse);
            let detail = || ("aVoidIsMadeGood", format!("{reverse} undoes what never went"));
            return is_there.then(detail).into_iter().collect();
        }
        match reader.document(RECEIPT, &reverse).expect("it is read") {
            Some(row) if row.delivery.is_some() => {
                self.arrived(&reverse, entry, Sense::Undone, imported, reader)
            }
            _ => vec![(
                "aVoidIsMadeGood",
                format!("{document} may have landed and is void without its reverse"),
            )],
        }
    }

    fn has_landed(&self, document: &str) -> bool {
        self.engage.world.receipts().iter().any(|receipt| receipt.content.unique_receipt_id == document)
    }

    /// The receipts in Engage by their ids.
    fn imported(&self) -> Imported<'_> {
        let contacts: BTreeMap<String, &Contact> =
            self.engage.world.contacts().map(|contact| (contact.id.to_string(), contact)).collect();
        let imported =
            self.engage.world.receipts().iter().filter(|receipt| receipt.fate.word() == "imported");
        let entry = |receipt: &'_ sandbox::Receipt| match &receipt.content.contact {
            Match::Id(id) => contacts.get(id.as_str()).copied(),
            Match::By { .. } => None,
        };
        imported
            .filter_map(|receipt| {
                let body = serde_json::from_str(&receipt.content.body).expect("a body is JSON");
                Some((receipt.content.unique_receipt_id.as_str(), (body, entry(receipt)?)))
            })
            .collect()
    }

    /// Line by line what the till was told, and sums that agree.
    fn is_as_said(&self, document: &str, entry: &Entry, sense: Sense, body: &Value) -> Option<Problem> {
        let wrong = |what: String| Some(("figuresAreTheTills", format!("{document}: {what}; of {entry:?}")));
        let Some(figures) = figures_in(body) else { return wrong(format!("{body} can't be read")) };
        let said = |line: &Line| match sense {
            Sense::Said => line.figures.shown(),
            Sense::Undone => line.figures.reversed().shown(),
        };
        let origin = reversed(document).unwrap_or(document);
        let is_here = |line: &&Line| line.document.as_deref() == Some(origin);
        let surely: Vec<LineFigures> = entry.lines.iter().filter(is_here).map(said).collect();
        let perhaps: Vec<LineFigures> =
            entry.lines.iter().filter(|line| line.document.is_none()).map(said).collect();
        if let Some(line) = surely.iter().find(|line| !figures.lines.contains(line)) {
            return wrong(format!("{line:?} is not among {:?}", figures.lines));
        }
        let is_said = |line: &&LineFigures| surely.contains(line) || perhaps.contains(line);
        if let Some(line) = figures.lines.iter().find(|line| !is_said(line)) {
            return wrong(format!("nobody said {line:?}"));
        }
        if figures.lines.len() > surely.len() + perhaps.len() {
            return wrong("a line is there twice".to_owned());
        }
        let sum: i64 = figures.lines.iter().map(LineFigures::signed).sum();
        let paid = payments_in(body);
        if figures.total != sum || paid != Some(sum) {
            return wrong(format!("{sum} in lines, {} in all, {paid:?} paid", figures.total));
        }
        None
    }

    fn went_to_the_right_person(&self, document: &str, contact: &Contact) -> Option<Problem> {
        let Holder::NamedBy(wish) = self.holder(document) else { return None };
        let wish = &self.wishes[wish];
        let person = &self.setup.people[wish.person?];
        // What was said then, whatever became of the contact since.
        let at = wish.kept_since?;
        let id = contact.id.to_string();
        let has = |kind: &Kind| {
            let own = person.value(*kind).map_or(Value::Null, Value::from);
            self.engage.was(&id, kind.attribute(), &own, at)
        };
        let key_kind = self.setup.key();
        let is_theirs = match &wish.named {
            Named::Nobody => false,
            Named::ContactId(_) => has(&key_kind),
            Named::By(kinds) if kinds.contains(&key_kind) || !person.shares => has(&key_kind),
            // What is not the key may be another's as well, and then nobody can tell whose the receipt is.
            Named::By(kinds) => kinds.iter().any(has),
        };
        (!is_theirs).then(|| ("theRightPerson", format!("{document} of {person:?} went to {contact:?}")))
    }

    /// Whatever arrived was said by a till and sent by us, each id once with one content.
    fn what_arrived_was_said(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut imported = BTreeSet::new();
        for receipt in self.engage.world.receipts() {
            let id = &receipt.content.unique_receipt_id;
            let plain = base(id).split('#').next().unwrap_or_default();
            let said = self.wishes.iter().any(|wish| wish.is_receipt() && wish.key == plain);
            if !said || !self.engage.sent.contains_key(id) {
                problems.push(("whatArrivedWasSaid", format!("{id} was said by nobody")));
            }
            match receipt.fate.word() {
                "imported" if !imported.insert(id) => problems.push(("once", format!("{id} is there twice"))),
                "dropped" if !self.setup.people.iter().any(|person| person.deleted.is_some()) => {
                    problems.push(("nothingIsDropped", format!("{receipt:?}")))
                }
                _ => {}
            }
        }
        problems
    }

    /// What comes back was sold before, also as Engage sees it.
    fn returns_follow_their_sales(&self, imported: &Imported<'_>, reader: &Reader) -> Vec<Problem> {
        let order: BTreeMap<&str, u64> = (self.engage.world.receipts().iter())
            .filter(|receipt| receipt.fate.word() == "imported")
            .map(|receipt| (receipt.content.unique_receipt_id.as_str(), receipt.number))
            .collect();
        let mut problems = Vec::new();
        let mut follows = |document: &str, sale: &str| {
            let Some(at) = order.get(document) else { return };
            let is_first = order.get(sale).is_some_and(|sold| sold < at);
            let is_explained = || {
                let row = reader.document(RECEIPT, sale).expect("it is read").and_then(|row| row.delivery);
                let was_given_up = self.given_up.contains(sale)
                    || row.is_some_and(|row| row.state == DeliveryState::Discarded);
                let has_ended = self.person_of_document(sale).is_none_or(|person| self.has_ended(person));
                // Somebody took the sale in Engage's name.
                was_given_up || has_ended || self.is_excused(sale)
            };
            let is_lost = self.lost.contains(document) || self.lost.contains(sale);
            if !is_first && !is_lost && !is_explained() {
                problems.push(("aReturnFollowsItsSale", format!("{document} is there before {sale}")));
            }
        };
        for (_, entry) in self.ledger.iter() {
            for line in &entry.lines {
                if let (Some(sale), Some(document)) = (&line.tied, &line.document) {
                    follows(document, sale);
                }
            }
        }
        for document in imported.keys() {
            if let Some(origin) = reversed(document) {
                follows(document, origin);
            }
        }
        problems
    }

    /// Of no article more came back than was sold, in pieces, money, tax and discounts; and what came back as a whole
    /// comes to nothing.
    fn nothing_comes_back_twice(&self, imported: &Imported<'_>, reader: &Reader) -> Vec<Problem> {
        let mut nets: BTreeMap<String, [i64; 4]> = BTreeMap::new();
        let mut unsure: BTreeSet<String> = BTreeSet::new();
        for (document, (body, _)) in imported {
            let state = reader.document(RECEIPT, document).expect("it is read").and_then(|row| row.delivery);
            let is_done = state.is_some_and(|row| row.state == DeliveryState::Done);
            let is_sure = is_done && !self.lost.contains(*document) && self.ledger.of(document).is_some();
            for line in figures_in(body).map_or(Vec::new(), |figures| figures.lines) {
                if !is_sure {
                    unsure.insert(line.sku.clone());
                }
                let sign = line.quantity.signum();
                let net = nets.entry(line.sku).or_default();
                let more = [
                    line.quantity,
                    sign * line.paid,
                    sign * line.tax,
                    sign * line.discounts.iter().sum::<i64>(),
                ];
                net.iter_mut().zip(more).for_each(|(net, more)| *net += more);
            }
        }
        unsure.extend(self.not_taken_of_a_sale(imported));
        let whole = |net: &[i64; 4]| net[0] == 0 && net.iter().any(|figure| *figure != 0);
        let wrong = nets.iter().filter(|(sku, net)| {
            !unsure.contains(*sku) && (net.iter().any(|figure| *figure < 0) || whole(net))
        });
        wrong.map(|(sku, net)| ("nothingComesBackTwice", format!("{net:?} is left of {sku}"))).collect()
    }

    /// Articles that came back by the till's price alone, or whose sale Engage hasn't got.
    fn not_taken_of_a_sale(&self, imported: &Imported<'_>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (_, entry) in self.ledger.iter() {
            for line in &entry.lines {
                let is_sold = line.figures.quantity > 0;
                let is_there = |document: &String| imported.contains_key(document.as_str());
                let is_missing = is_sold && !line.document.as_ref().is_some_and(is_there);
                if !is_sold && line.of.is_none() || is_missing {
                    found.insert(line.figures.sku.clone());
                }
            }
        }
        found
    }
}

/// What is void and can't have landed stays where it is.
fn is_withdrawn(row: Option<&DeliveryRow>) -> bool {
    row.is_some_and(|row| row.state == DeliveryState::Discarded && !row.may_have_landed)
}
