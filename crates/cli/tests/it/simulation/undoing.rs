//! What the gateway makes of a void and of a claim, as the HTTP layer does it: it reads, decides by the desk's pure
//! functions, and writes. Where it refuses, there must be a reason.

use gateway::desk::{
    CLAIM, Desk, Found, KnownOffers, KnownOrder, OpenReceipt, RECEIPT, Said, follows, taken_of,
};
use jiff::Timestamp;
use store::{Accept, DocumentRow, FindContact, Reader, SaleRow};

use super::census::Class;
use super::ledger::Holder;
use super::process::Process;
use super::run::Simulation;

/// What is done about a wish that concerns a receipt of before.
pub(super) enum Undoing {
    Accept(Box<Accept>),
    /// It was so before.
    IsSo,
    /// 404, 409 or 410: nothing is taken, and the till has its answer.
    Refused(&'static str),
    /// It is no wish that can be read.
    Unread(String),
}

/// What this database has of what a receipt refers to.
pub(super) fn found(desk: &Desk<'_>, open: &OpenReceipt<'_>, process: &Process, at: Timestamp) -> Found {
    let Some(wanted) = desk.wanted(open) else { return Found::default() };
    let (reader, link) = (&process.reader, process.link());
    let sales = reader.sales(RECEIPT, &wanted.receipts).expect("it is read");
    let known = |alias| reader.known(&FindContact::Alias(alias)).expect("it is read");
    let buyer = wanted.buyer.first().copied().and_then(known);
    let offers = KnownOffers::read(desk, reader, &wanted.offers, buyer.as_ref(), &wanted.limits, link, at);
    Found::new("", sales, buyer, offers.expect("it is read"))
}

/// A void of the receipt whose key is said.
pub(super) fn void(desk: &Desk<'_>, said: Said<'_>, reader: &Reader) -> Undoing {
    let Some(row) = document(reader, said.id) else { return Undoing::Refused("notFound") };
    if row.voided.is_some() {
        return Undoing::IsSo;
    }
    let parts = row.parts.iter().map(|part| part.key.clone());
    let keys: Vec<String> = [row.key.clone()].into_iter().chain(parts).collect();
    let rows = reader.sales(RECEIPT, &keys).expect("it is read");
    if rows.len() < keys.len() {
        return Undoing::Refused("noLongerKept");
    }
    if rows.iter().any(|row| !row.drawn.is_empty()) {
        return Undoing::Refused("hasReturns");
    }
    let (receipt, parts): (Vec<SaleRow>, Vec<SaleRow>) = rows.into_iter().partition(|one| one.key == row.key);
    let Some(receipt) = receipt.into_iter().next() else { return Undoing::Refused("noLongerKept") };
    match desk.void(said, &receipt, &parts, &KnownOrder::default()) {
        Ok(accept) => Undoing::Accept(Box::new(accept)),
        Err(refusal) => Undoing::Unread(format!("{refusal:?}")),
    }
}

/// A claim of the receipt whose key is said.
pub(super) fn claim(desk: &Desk<'_>, said: Said<'_>, process: &Process) -> Undoing {
    let reader = &process.reader;
    let Some(row) = document(reader, said.id) else { return Undoing::Refused("notFound") };
    let open = match desk.open_claim(said, &row.store) {
        Ok(open) => open,
        Err(refusal) => return Undoing::Unread(format!("{refusal:?}")),
    };
    for alias in desk.aliases(open.who()) {
        let known = reader.known(&FindContact::Alias(alias)).expect("it is read");
        if reader.is_forgotten(&alias).expect("it is read") || known.is_some_and(|known| known.forgotten) {
            return Undoing::Refused("contactForgotten");
        }
    }
    let sale = |key: &String| reader.sales(RECEIPT, std::slice::from_ref(key)).expect("it is read");
    let Some(receipt) = sale(&row.key).into_iter().next() else { return Undoing::Refused("noLongerKept") };
    if reader.document(CLAIM, &row.key).expect("it is read").is_some() {
        // Whether it is the same claim, the store knows.
        return Undoing::Accept(Box::new(desk.claim(open, &receipt, &[], &[])));
    }
    let body = row.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
    let is_training = body.as_ref().is_some_and(gateway::desk::is_training);
    if row.delivery.is_some() || row.voided.is_some() || is_training {
        return Undoing::Refused("notClaimable");
    }
    let named = taken_of(&receipt);
    let sales = reader.sales(RECEIPT, &named).expect("it is read");
    if follows(&receipt, &sales).is_some() {
        return Undoing::Refused("notClaimable");
    }
    let withheld = receipt.drawn.iter().filter(|drawn| !drawn.contact && drawn.delivery.is_none());
    let returns: Vec<SaleRow> = withheld.flat_map(|drawn| sale(&drawn.key)).collect();
    Undoing::Accept(Box::new(desk.claim(open, &receipt, &returns, &[])))
}

fn document(reader: &Reader, key: &str) -> Option<DocumentRow> {
    reader.document(RECEIPT, key).expect("it is read")
}

impl Simulation {
    /// A void or claim was refused: rightly?
    pub(super) fn undoing_refused(&mut self, key: &str, is_void: bool, why: &'static str) {
        self.census.saw(if is_void { Class::VoidRefused } else { Class::ClaimRefused });
        let entry = self.ledger.get(key);
        let holder = self.holder(key);
        let is_right = match (why, entry) {
            ("notFound", entry) => entry.is_none(),
            ("hasReturns", _) => self.ledger.has_returns(key),
            ("noLongerKept", Some(entry)) => {
                let mut people = entry.documents.iter().map(|one| self.person_of_document(one));
                people.any(|person| person.is_none_or(|person| self.was_forgotten(person)))
            }
            ("notClaimable", Some(entry)) => {
                let is_withheld = holder == Holder::Nobody && entry.faults.is_empty();
                let follows = entry.lines.iter().any(|line| line.tied.is_some());
                !is_withheld || entry.is_void || entry.training || follows
            }
            ("contactForgotten", _) => !self.forgotten.is_empty(),
            (_, _) => false,
        };
        if !is_right {
            self.violated("whatIsRefusedHasAReason", format!("{key}: {why} is said of {entry:?}"));
        }
    }
}
