//! A finished sale: never refused for what is in it.

use jiff::Timestamp;
use pos::receipt::{Finding, Known, SettledReceipt, Severity};
use serde_json::{Value, json};
use store::{Accept, Alias, Expects, NewDelivery, OnConflict, Role, Start, With};

use super::identify::PERSONAL_NUMBERS_OFF;
use super::{Desk, RECEIPT, Refusal, Said, check_id, fault, object, store_of, with_store};
use crate::amounts::Amounts;
use crate::delivery::{REGISTER_RECEIPT, note};
use crate::frozen::{FrozenFinding, FrozenReceipt, Who, is_engages_id, is_local_id};

/// The kind of the alias of several identifiers together.
const SEVERAL: &str = "several";
/// What to do about a contact id that nobody can have.
const NO_CONTACT_ID: &str = "this is no contact's id; name the customer by the `contactId` of a look-up or an enrolment, or \
                             by what was typed in a field of its own";

/// A receipt that was taken: what the store is told, and what the till is.
#[derive(Debug)]
pub struct TakenReceipt {
    accept: Accept,
    training: bool,
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
    /// Whether it is for training only.
    pub training: bool,
    /// Whether it names a contact.
    pub names_contact: bool,
    /// The call it owes.
    pub delivery: Option<NewDelivery>,
    /// Its money.
    pub amounts: Option<Amounts>,
    /// What was found.
    pub findings: Vec<FrozenFinding>,
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
            training: self.training,
            names_contact: !self.accept.contact.is_empty(),
            delivery: self.accept.delivery.clone(),
            amounts: self.amounts,
            findings: self.findings,
        };
        (self.accept, taken)
    }
}

impl Desk<'_> {
    /// Decides what becomes of a receipt.
    ///
    /// # Errors
    /// Only for what can't be taken at all: no JSON object, no store, another's store, an impossible id.
    pub fn receipt(&self, said: Said<'_>) -> Result<TakenReceipt, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let content = self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body));
        let body = with_store(body, &store);
        let reading = pos::receipt::parse(&body);
        let training = reading.training;
        let mut findings: Vec<FrozenFinding> =
            reading.findings.iter().cloned().map(FrozenFinding::from).collect();
        let known = Known { store: self.shop(&store), rates: &self.settings.rates, owner: None, sales: &[] };
        let settling = pos::receipt::settle(&reading, &known);
        findings.extend(settling.findings.into_iter().map(FrozenFinding::from));
        let (settlement, identifiers) = (settling.settlement, settling.identifiers);
        let amounts = reading.receipt.as_ref().zip(settlement.as_ref()).and_then(|(receipt, settlement)| {
            SettledReceipt::new(receipt, settlement).ok().map(|settled| Amounts::of(&settled))
        });
        let mut who: Vec<Who> = identifiers.iter().map(Who::from).collect();
        findings.extend(self.withhold(&mut who));
        findings.extend(misnamed(&mut who));
        // Engage's id, then the tenant's key, then the others as they are: nobody else has either of those.
        let key = self.settings.engage.contact_key;
        who.sort_by_key(|who| (!matches!(who, Who::ContactId(_)), !who.is_key(key)));
        let is_exact =
            who.first().is_some_and(|first| matches!(first, Who::ContactId(_)) || first.is_key(key));
        let names_somebody =
            !who.is_empty() || reading.receipt.as_ref().is_none_or(|receipt| !receipt.contact.is_empty());
        let delivery = delivery(&findings, training, names_somebody);
        let accept = Accept {
            at: said.at,
            kind: RECEIPT,
            key: said.id.to_owned(),
            store,
            content,
            body: said.body.to_vec(),
            contact: self.known_as(&who, is_exact),
            // Somebody who is enrolled here and not yet in Engage may be meant by what others may share.
            hints: if is_exact { Vec::new() } else { self.aliases(&who) },
            expects: Expects::Anything,
            frozen: FrozenReceipt::new(settlement, who, findings.clone()).write(),
            delivery,
            on_conflict: OnConflict::KeepForAttention,
            new_contact_id: said.new_contact_id,
            with: With::default(),
        };
        Ok(TakenReceipt { accept, training, amounts, findings })
    }

    /// Under what the customer is known here. What is exact says it alone: any other may be shared by several persons (fact
    /// C-06), and two persons must not become one because a receipt names both. Where nothing is exact it is all of it
    /// together: whoever is found by one of these has not got the others by that.
    fn known_as(&self, who: &[Who], is_exact: bool) -> Vec<Alias> {
        match who {
            [_, _, ..] if !is_exact => {
                let all: Vec<(&str, &str)> = who.iter().map(|who| (who.kind(), who.value())).collect();
                vec![self.keys.alias(SEVERAL, &json!(all).to_string())]
            }
            _ => self.aliases(who.get(..1).unwrap_or_default()),
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

/// The call that a receipt owes.
fn delivery(findings: &[FrozenFinding], training: bool, names_somebody: bool) -> Option<NewDelivery> {
    let fault = findings.iter().find(|finding| finding.fault);
    match (training, fault, names_somebody) {
        (true, _, _) => None,
        (false, Some(fault), _) => {
            let detail =
                format!("{}: {}; correct the content, then it goes on", place(&fault.pointer), fault.detail);
            let start = Start::NeedsAttention(note(&fault.code, detail));
            Some(NewDelivery { kind: REGISTER_RECEIPT, start, role: Role::NeedsContact })
        }
        // Nobody's sale: Engage can't hold it (fact R-13); it waits here to be claimed.
        (false, None, false) => None,
        (false, None, true) => {
            Some(NewDelivery { kind: REGISTER_RECEIPT, start: Start::Due, role: Role::NeedsContact })
        }
    }
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
