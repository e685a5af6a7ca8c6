//! Claiming: a sale that named no customer becomes somebody's, and what was taken back of it with it.

use pos::identifier::Kind;
use serde_json::Value;
use store::{Accept, Claim, Expects, OnConflict, SaleRow, With};

use super::form::escaped;
use super::receipt::{Buyer, delivery};
use super::{CLAIM, Desk, Refusal, Said, check_id, fault, object};
use crate::frozen::{FrozenFinding, FrozenReceipt, Who, is_engages_id, is_local_id};

/// A claim that was read.
pub struct OpenClaim<'a> {
    said: Said<'a>,
    body: Value,
    buyer: Buyer,
}

impl Desk<'_> {
    /// Reads a claim. The id that is said is the receipt's, `store` the one that the claim is made in.
    ///
    /// # Errors
    /// What is wrong with it, all at once: the customer still stands there.
    pub fn open_claim<'a>(&self, said: Said<'a>, store: &str) -> Result<OpenClaim<'a>, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let mut who = Vec::new();
        let mut faults = Vec::new();
        for (name, value) in body.as_object().into_iter().flatten() {
            match self.claimant(name, value, store, said.at) {
                Ok(one) => who.push(one),
                Err(fault) => faults.push(fault),
            }
        }
        if who.is_empty() && faults.is_empty() {
            let detail =
                "name the customer: a `contactId`, an `email`, a `mobilePhone` or another identifier";
            faults.push(fault("missing", "", detail));
        }
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        Ok(OpenClaim { said, body, buyer: self.buyer_of(who, true) })
    }

    fn claimant(
        &self,
        name: &str,
        value: &Value,
        store: &str,
        at: jiff::Timestamp,
    ) -> Result<Who, FrozenFinding> {
        let pointer = format!("/{}", escaped(name));
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == name) else {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            return Err(fault(
                "unknownField",
                pointer,
                format!("this field is not known; known are {known}"),
            ));
        };
        let Some(text) = value.as_str().map(str::trim).filter(|text| !text.is_empty()) else {
            return Err(fault("wrongType", pointer, "a text that isn't blank is expected"));
        };
        match kind {
            Kind::ContactId if is_local_id(text) || is_engages_id(text) => {
                Ok(Who::ContactId(text.to_owned()))
            }
            Kind::ContactId => Err(fault("identifierInvalid", pointer, super::receipt::NO_CONTACT_ID)),
            _ => self.who(kind, text, self.place(Some(store), at)),
        }
    }

    /// Claims a receipt as it was read, and those that only take something back of it.
    ///
    /// `redemptions` are those of its offers that wait for somebody to be claimed for.
    pub fn claim(
        &self,
        open: OpenClaim<'_>,
        receipt: &SaleRow,
        returns: &[SaleRow],
        redemptions: &[SaleRow],
    ) -> Accept {
        let OpenClaim { said, body, buyer } = open;
        let (contact, hints) = self.named(&buyer, true);
        let rows = [receipt].into_iter().chain(returns);
        let digital = rows.flat_map(|row| self.claimed_digital_receipt(row, &buyer.who, said.at)).collect();
        let offers: Vec<Claim> = redemptions.iter().filter_map(|row| self.claimed(row, &buyer.who)).collect();
        let frozen = FrozenReceipt::read(&receipt.frozen).map(|frozen| frozen.of_claimant(buyer.who).write());
        let own = Claim { document: receipt.id, seen: receipt.seen(), frozen, delivery: delivery(true) };
        let others = returns.iter().map(|row| Claim {
            document: row.id,
            seen: row.seen(),
            frozen: None,
            delivery: delivery(true),
        });
        Accept {
            at: said.at,
            kind: CLAIM,
            key: said.id.to_owned(),
            store: receipt.store.clone(),
            content: self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body)),
            body: said.body.to_vec(),
            frozen: Vec::new(),
            contact,
            hints,
            expects: Expects::Anything,
            delivery: None,
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id,
            about: None,
            once: None,
            with: With {
                claims: [own].into_iter().chain(others).chain(offers).collect(),
                along: digital,
                ..With::default()
            },
        }
    }
}

/// The receipts that a kept one names as those that it takes something back of.
pub fn taken_of(receipt: &SaleRow) -> Vec<String> {
    let body: Value = serde_json::from_slice(&receipt.body).unwrap_or_default();
    pos::receipt::parse(&body).references().map(str::to_owned).collect()
}

/// Which of these sales has nobody and is what a receipt takes back of: the receipt is claimed with that one, and never
/// before it.
pub fn follows<'s>(receipt: &SaleRow, sales: &'s [SaleRow]) -> Option<&'s SaleRow> {
    let draws = |sale: &&SaleRow| sale.drawn.iter().any(|drawn| drawn.by == receipt.id);
    sales.iter().filter(|sale| sale.contact.is_none()).find(draws)
}

impl OpenClaim<'_> {
    /// Whom it names, the most exact first.
    pub fn who(&self) -> &[Who] {
        &self.buyer.who
    }
}
