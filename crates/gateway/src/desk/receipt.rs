//! A finished sale: never refused for what is in it.
//!
//! What comes back of an earlier sale is worked out from what this database has of that one ([`Found`]), and the store
//! takes the receipt only if that is still so. Lines that belong to different contacts, or go at different rates, make a
//! receipt fall into parts, each of them one receipt in Engage.

mod found;
mod paid;

use jiff::Timestamp;
use pos::receipt::{Finding, Known, Owner, Reading, Sale, SettledReceipt, Settling, Severity, Whose};
use serde_json::{Value, json};
use store::{
    Accept, Alias, Along, ContentHash, Draw, Expects, NewDelivery, OnConflict, Part, Role, Start, With,
};

pub use self::found::{Found, Wanted};
pub use self::paid::paying;
use super::digital_receipt::Sold;
use super::identify::PERSONAL_NUMBERS_OFF;
use super::offers::{self, Used};
use super::{Desk, RECEIPT, Refusal, Said, check_id, fault, object, store_of, with_store};
use crate::amounts::Amounts;
use crate::delivery::{REGISTER_RECEIPT, note};
use crate::frozen::{FrozenFinding, FrozenReceipt, Who, is_engages_id, is_local_id};

/// The kind of the alias of several identifiers together.
const SEVERAL: &str = "several";
/// What to do about a contact id that nobody can have.
pub(super) const NO_CONTACT_ID: &str = "this is no contact's id; name the customer by the `contactId` of a look-up or an enrolment, or \
                             by what was typed in a field of its own";

/// A receipt that can be taken, read as far as that goes without knowing anything else.
pub struct OpenReceipt<'a> {
    pub(super) said: Said<'a>,
    pub(super) body: Value,
    pub(super) store: String,
    pub(super) content: ContentHash,
}

/// A receipt that was taken: what the store is told, and what the till is.
#[derive(Debug)]
pub struct TakenReceipt {
    accept: Accept,
    owes: Owes,
    amounts: Option<Amounts>,
    findings: Vec<FrozenFinding>,
}

/// What the till is told of a receipt that was taken.
#[derive(Debug)]
pub struct Taken {
    /// Its identity.
    pub id: String,
    /// Its store.
    pub store: String,
    /// When it was taken.
    pub accepted_at: Timestamp,
    /// Whether it owes Engage anything.
    pub owes: Owes,
    /// Whether it names a contact.
    pub names_contact: bool,
    /// Whether nothing else comes of it.
    pub is_plain: bool,
    /// The call it owes.
    pub delivery: Option<NewDelivery>,
    /// Its money.
    pub amounts: Option<Amounts>,
    /// What was found.
    pub findings: Vec<FrozenFinding>,
}

/// Whether a receipt owes Engage anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owes {
    /// It does, now or once somebody claims it.
    Something,
    /// It never will: training, or nothing that Engage keeps.
    Nothing,
}

impl TakenReceipt {
    /// Refuses it if it has faults.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn without_faults(self) -> Result<TakenReceipt, Refusal> {
        let faults: Vec<_> = self.findings.iter().filter(|finding| finding.fault).cloned().collect();
        if faults.is_empty() { Ok(self) } else { Err(Refusal::Faults(faults)) }
    }

    /// Parts what the store is told from what the till is.
    pub fn split(self) -> (Accept, Taken) {
        let taken = Taken {
            id: self.accept.key.clone(),
            store: self.accept.store.clone(),
            accepted_at: self.accept.at,
            owes: self.owes,
            names_contact: !self.accept.contact.is_empty(),
            is_plain: self.accept.with == With::default(),
            delivery: self.accept.delivery.clone(),
            amounts: self.amounts,
            findings: self.findings,
        };
        (self.accept, taken)
    }
}

/// Whom a receipt is for.
pub(super) struct Buyer {
    /// The identifiers, the most exact first.
    pub(super) who: Vec<Who>,
    /// Whether the first of them is nobody else's.
    is_exact: bool,
    /// Whether the till named somebody, readable or not.
    is_named: bool,
}

impl Desk<'_> {
    /// Reads a receipt as far as that goes without knowing anything else.
    ///
    /// # Errors
    /// Only for what can't be taken at all: no JSON object, no store, another's store, an impossible id.
    pub fn open_receipt<'a>(&self, said: Said<'a>) -> Result<OpenReceipt<'a>, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let content = self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body));
        let body = with_store(body, &store);
        Ok(OpenReceipt { said, body, store, content })
    }

    /// What is to be looked up before it can be taken; nothing of an ordinary sale.
    pub fn wanted(&self, receipt: &OpenReceipt<'_>) -> Option<Wanted> {
        if !found::may_want(&receipt.body) {
            return None;
        }
        let reading = pos::receipt::parse(&receipt.body);
        let settling = pos::receipt::settle(&reading, &self.known(&receipt.store, &[], None));
        let buyer = self.buyer(&reading, &settling, &mut Vec::new());
        Some(Wanted {
            receipts: reading.references().map(str::to_owned).collect(),
            buyer: self.known_as(&buyer),
            offers: offers_of(&reading, &settling),
            limits: settling.settlement.as_ref().map_or_else(Vec::new, |settlement| {
                self.limits(&receipt.store, settlement.created_at, settlement.currency)
            }),
            checkout: reading.receipt.as_ref().and_then(|receipt| receipt.checkout).map(str::to_owned),
            store: receipt.store.clone(),
        })
    }

    /// Decides what becomes of a receipt.
    pub fn receipt(&self, open: OpenReceipt<'_>, found: &Found) -> TakenReceipt {
        let OpenReceipt { said, body, store, content } = open;
        let reading = pos::receipt::parse(&body);
        let sales = found.sales();
        let settling = pos::receipt::settle(&reading, &self.known(&store, &sales, found.owner()));
        let findings = reading.findings.iter().chain(&settling.findings).cloned();
        let mut findings: Vec<FrozenFinding> = findings.map(FrozenFinding::from).collect();
        let buyer = self.buyer(&reading, &settling, &mut findings);
        let settled = reading.receipt.as_ref().zip(settling.settlement.as_ref());
        let settled = settled.and_then(|(receipt, settlement)| SettledReceipt::new(receipt, settlement).ok());
        let used = settled.as_ref().map(|settled| self.used_by(settled, said.id, &store, &buyer, found));
        let Used { along, promotions, vouchers, findings: of_offers } = used.unwrap_or_default();
        findings.extend(of_offers);
        let paid = settled.as_ref().filter(|_| !reading.training).and_then(|settled| {
            let pays = paid::Paid { key: said.id, store: &store, settled, along: &along };
            Some(found.paid(settled.receipt().checkout?, &pays))
        });
        let (checkout, of_checkout) = paid.unwrap_or_default();
        findings.extend(of_checkout);
        let amounts = settled.as_ref().map(Amounts::of);
        let (digital, undeliverable) = settled
            .as_ref()
            .filter(|_| !reading.training)
            .map(|settled| {
                let (_, whose) = own_part(&settling.parts);
                let is_somebodys = is_somebodys(whose, &buyer, found);
                // What is the sale's contact's isn't looked for by who brings it back.
                let of_sale = found.who(whose);
                let who = of_sale.as_deref().unwrap_or(&buyer.who);
                let (key, body, at) = (said.id, said.body, said.at);
                self.digital_receipt(Sold { key, body, settled, who, is_somebodys, at })
            })
            .unwrap_or_default();
        findings.extend(undeliverable);
        let fault = findings.iter().find(|finding| finding.fault);
        let mut laid = match (reading.training, fault) {
            (true, _) => Laid::default(),
            (false, Some(fault)) => Laid { delivery: Some(put_aside(fault)), ..Laid::default() },
            (false, None) => {
                let new_contact_id = &said.new_contact_id;
                Layout { desk: self, settling: &settling, found, buyer: &buyer, body: &body, new_contact_id }
                    .lay_out()
            }
        };
        if !reading.training && fault.is_none() {
            laid.with.along.extend(along.into_iter().chain(digital));
            laid.with.checkout = checkout;
        }
        let nothing = settling.settlement.is_some() && settling.parts.is_empty() && fault.is_none();
        let owes = if reading.training || nothing { Owes::Nothing } else { Owes::Something };
        let is_buyers = laid.with.contact_of.is_none();
        let (contact, hints) = self.named(&buyer, is_buyers);
        let (_, whose) = own_part(&settling.parts);
        let who = if is_buyers { buyer.who } else { found.who_of_before(whose) };
        let frozen = FrozenReceipt::new(settling.settlement, who, findings.clone());
        let frozen = frozen.of_part(laid.part).using(promotions, vouchers);
        let accept = Accept {
            at: said.at,
            kind: RECEIPT,
            key: said.id.to_owned(),
            store,
            content,
            body: said.body.to_vec(),
            contact,
            hints,
            expects: Expects::Anything,
            frozen: frozen.write(),
            delivery: laid.delivery,
            on_conflict: OnConflict::KeepForAttention,
            new_contact_id: said.new_contact_id,
            about: None,
            once: None,
            with: laid.with,
        };
        TakenReceipt { accept, owes, amounts, findings }
    }

    /// What comes of the offers that a receipt used.
    fn used_by(
        &self,
        settled: &SettledReceipt<'_>,
        key: &str,
        store: &str,
        buyer: &Buyer,
        found: &Found,
    ) -> Used {
        let settlement = settled.settlement();
        let sale = offers::Sale {
            key,
            store,
            at: settlement.created_at,
            currency: settlement.currency,
            who: &buyer.who,
        };
        self.used(&settled.offers(), sale, found.offers())
    }

    pub(super) fn known<'k>(&'k self, store: &str, sales: &'k [Sale], owner: Option<Owner>) -> Known<'k> {
        Known { store: self.shop(store), rates: &self.settings.rates, owner, sales }
    }

    /// Whom the till named.
    pub(super) fn buyer(
        &self,
        reading: &Reading<'_>,
        settling: &Settling,
        findings: &mut Vec<FrozenFinding>,
    ) -> Buyer {
        let who = settling.identifiers.iter().map(Who::from).collect();
        let mut buyer = self.buyer_among(who, findings);
        buyer.is_named |= reading.receipt.as_ref().is_none_or(|receipt| !receipt.contact.is_empty());
        buyer
    }

    /// Somebody who goes by these, as far as they can be used.
    pub(super) fn buyer_among(&self, mut who: Vec<Who>, findings: &mut Vec<FrozenFinding>) -> Buyer {
        findings.extend(self.withhold(&mut who));
        findings.extend(misnamed(&mut who));
        let is_named = !who.is_empty();
        self.buyer_of(who, is_named)
    }

    /// Somebody who goes by these: by Engage's id, then by the tenant's key, then by the others as they are. Nobody else
    /// has either of the first two.
    pub(super) fn buyer_of(&self, mut who: Vec<Who>, is_named: bool) -> Buyer {
        let key = self.settings.engage.contact_key;
        who.sort_by_key(|who| (!matches!(who, Who::ContactId(_)), !who.is_key(key)));
        let is_exact =
            who.first().is_some_and(|first| matches!(first, Who::ContactId(_)) || first.is_key(key));
        Buyer { who, is_exact, is_named }
    }

    /// Under what the customer is known here. What is exact says it alone: any other may be shared by several persons (fact
    /// C-06), and two persons must not become one because a receipt names both. Where nothing is exact it is all of it
    /// together: whoever is found by one of these has not got the others by that.
    pub(super) fn known_as(&self, buyer: &Buyer) -> Vec<Alias> {
        match buyer.who.as_slice() {
            all @ [_, _, ..] if !buyer.is_exact => {
                let all: Vec<(&str, &str)> = all.iter().map(|who| (who.kind(), who.value())).collect();
                vec![self.keys.alias(SEVERAL, &json!(all).to_string())]
            }
            who => self.aliases(who.get(..1).unwrap_or_default()),
        }
    }

    /// Under what something that is the buyer's, or isn't, is known here: aliases, and hints.
    pub(super) fn named(&self, buyer: &Buyer, is_buyers: bool) -> (Vec<Alias>, Vec<Alias>) {
        match (is_buyers, buyer.is_exact) {
            (false, _) => (Vec::new(), Vec::new()),
            (true, true) => (self.known_as(buyer), Vec::new()),
            // Somebody who is enrolled here and not yet in Engage may be meant by what others may share.
            (true, false) => (self.known_as(buyer), self.aliases(&buyer.who)),
        }
    }

    /// Takes a personal identity number away where none are handled. What is left may be enough.
    fn withhold(&self, who: &mut Vec<Who>) -> Option<FrozenFinding> {
        if self.settings.engage.personal_identity_numbers {
            return None;
        }
        let before = who.len();
        who.retain(|who| !matches!(who, Who::PersonalIdentityNumber(_)));
        (who.len() < before).then(|| FrozenFinding {
            fault: who.is_empty(),
            ..fault("personalIdentityNumbersOff", "/contact/personalIdentityNumber", PERSONAL_NUMBERS_OFF)
        })
    }
}

/// The offers that a receipt names and used.
fn offers_of(reading: &Reading<'_>, settling: &Settling) -> Vec<String> {
    let settled = reading.receipt.as_ref().zip(settling.settlement.as_ref());
    let settled = settled.and_then(|(receipt, settlement)| SettledReceipt::new(receipt, settlement).ok());
    let uses = settled.map(|settled| settled.offers()).unwrap_or_default();
    uses.into_iter().map(|one| one.offer.to_owned()).collect()
}

/// Takes a contact id away that nobody can have: it would go into a URL of Engage's, and may be anything that was typed.
/// What is left may be enough.
fn misnamed(who: &mut Vec<Who>) -> Option<FrozenFinding> {
    let before = who.len();
    who.retain(|who| !matches!(who, Who::ContactId(id) if !is_local_id(id) && !is_engages_id(id)));
    (who.len() < before).then(|| FrozenFinding {
        fault: who.is_empty(),
        ..fault("identifierInvalid", "/contact/contactId", NO_CONTACT_ID)
    })
}

/// How a receipt lies in the store: its own part, and what else comes of it.
#[derive(Default)]
struct Laid {
    /// Which of the settlement's parts is its own.
    part: usize,
    /// The call it owes.
    delivery: Option<NewDelivery>,
    /// What it takes back, and what it falls into besides.
    with: With,
}

/// A receipt without faults that is being laid out.
struct Layout<'l> {
    desk: &'l Desk<'l>,
    settling: &'l Settling,
    found: &'l Found,
    buyer: &'l Buyer,
    body: &'l Value,
    new_contact_id: &'l str,
}

impl Layout<'_> {
    /// Its own part is that of its buyer; a receipt that only takes back is its sale's contact's.
    fn lay_out(&self) -> Laid {
        let parts = &self.settling.parts;
        if parts.is_empty() {
            return Laid::default();
        }
        let (own, whose) = own_part(parts);
        let others = parts.iter().enumerate().filter(|(part, _)| *part != own);
        Laid {
            part: own,
            delivery: self.delivery(whose),
            with: With {
                contact_of: self.found.contact_of(whose),
                draws: self.draws(own),
                parts: others.map(|(part, &whose)| self.part(part, whose)).collect(),
                along: self.given_back(own),
                ..With::default()
            },
        }
    }

    fn part(&self, part: usize, whose: Whose) -> Part {
        let is_buyers = whose == Whose::Own;
        let who = if is_buyers { self.buyer.who.clone() } else { self.found.who_of_before(whose) };
        let (contact, hints) = self.desk.named(self.buyer, is_buyers);
        let frozen = FrozenReceipt::new(self.settling.settlement.clone(), who, Vec::new());
        Part {
            suffix: "",
            // Nothing of the buyer's belongs where somebody else's things are kept.
            body: if is_buyers { self.body.to_string().into_bytes() } else { without_contact(self.body) },
            frozen: frozen.of_part(part).write(),
            contact,
            contact_of: self.found.contact_of(whose),
            hints,
            new_contact_id: self.new_contact_id.to_owned(),
            delivery: self.delivery(whose),
            draws: self.draws(part),
            along: self.given_back(part),
        }
    }

    /// What makes the offers usable again that come back with a part.
    fn given_back(&self, part: usize) -> Vec<Along> {
        let back = self.settling.given_back.iter().filter(|back| back.part == part);
        let back = back.flat_map(|back| {
            self.found.redemptions(back.sale, &back.offer).map(move |row| (row, back.whole))
        });
        self.desk
            .given_back(back.filter(|(row, whole)| self.desk.comes_back(row, *whole)).map(|(row, _)| row))
    }

    fn delivery(&self, whose: Whose) -> Option<NewDelivery> {
        delivery(is_somebodys(whose, self.buyer, self.found))
    }

    fn draws(&self, part: usize) -> Vec<Draw> {
        let draws = self.settling.draws.iter().filter(|draw| draw.part == part);
        draws.map(|draw| self.found.draw(draw.sale, &draw.drawn)).collect()
    }
}

/// Which part keeps the receipt's id, and whose it is: the buyer's; the first, where the receipt only takes back.
fn own_part(parts: &[Whose]) -> (usize, Whose) {
    let own = parts.iter().position(|whose| *whose == Whose::Own).unwrap_or(0);
    (own, parts.get(own).copied().unwrap_or(Whose::Own))
}

/// Whether a part concerns somebody.
fn is_somebodys(whose: Whose, buyer: &Buyer, found: &Found) -> bool {
    match whose {
        Whose::Own => buyer.is_named,
        Whose::Sale(_) => found.is_claimed(whose),
    }
}

/// The call that a receipt owes. Nobody's sale waits here to be claimed: Engage can't hold it (fact R-13).
pub(super) fn delivery(is_somebodys: bool) -> Option<NewDelivery> {
    is_somebodys.then_some(NewDelivery {
        kind: REGISTER_RECEIPT,
        start: Start::Due,
        role: Role::NeedsContact,
    })
}

/// What waits for a person, because a fault keeps it from going.
fn put_aside(fault: &FrozenFinding) -> NewDelivery {
    let detail = format!("{}: {}; correct the content, then it goes on", place(&fault.pointer), fault.detail);
    let start = Start::NeedsAttention(note(&fault.code, detail));
    NewDelivery { kind: REGISTER_RECEIPT, start, role: Role::NeedsContact }
}

/// A receipt's body for a document that concerns somebody else than its buyer.
pub(super) fn without_contact(body: &Value) -> Vec<u8> {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("contact");
    }
    body.to_string().into_bytes()
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the receipt" } else { pointer }
}

/// Whether a body is a training receipt.
pub fn is_training(body: &Value) -> bool {
    body.get("training").and_then(Value::as_bool).unwrap_or(false)
}

impl From<Finding> for FrozenFinding {
    fn from(finding: Finding) -> FrozenFinding {
        FrozenFinding {
            fault: finding.severity == Severity::Fault,
            code: finding.code.to_owned(),
            pointer: finding.pointer,
            detail: finding.detail,
        }
    }
}
