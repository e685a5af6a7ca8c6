//! A sale from before the gateway: kept so that a return of it finds its lines, its prices and its contact. Engage has it
//! from the shop's history, so nothing is sent for it.

use store::{Accept, Expects, OnConflict, Reader, SaleRow, With};

use super::receipt::OpenReceipt;
use super::{Desk, RECEIPT, RETURNABLE, Refusal, fault};
use crate::frozen::{FrozenFinding, FrozenReceipt};

impl Desk<'_> {
    /// Decides about the money of an old sale, as it would have been decided then.
    ///
    /// # Errors
    /// Every fault at once: whoever loads a history can mend it.
    pub fn returnable(&self, open: OpenReceipt<'_>) -> Result<Accept, Refusal> {
        let OpenReceipt { said, body, store, content } = open;
        let reading = pos::receipt::parse(&body);
        let settling = pos::receipt::settle(&reading, &self.known(&store, &[], None));
        let found = reading.findings.iter().chain(&settling.findings).cloned();
        let mut findings: Vec<FrozenFinding> = found.map(FrozenFinding::from).collect();
        let buyer = self.buyer(&reading, &settling, &mut findings);
        if reading.training {
            let detail = "a training receipt can't be returned; leave it out";
            findings.push(fault("trainingReceipt", "/training", detail));
        }
        findings.retain(|finding| finding.fault);
        // It is kept by the sale's own time, so that it goes when the return window of the sale ends.
        let at = match settling.settlement.as_ref().filter(|_| findings.is_empty()) {
            Some(settlement) => settlement.created_at.timestamp().min(said.at),
            None => return Err(Refusal::Faults(findings)),
        };
        let (contact, _) = self.named(&buyer, true);
        let frozen = FrozenReceipt::new(settling.settlement, buyer.who, Vec::new()).of_before();
        Ok(Accept {
            at,
            kind: RETURNABLE,
            key: said.id.to_owned(),
            store,
            content,
            body: body.to_string().into_bytes(),
            contact,
            hints: Vec::new(),
            expects: Expects::Anything,
            frozen: frozen.write(),
            delivery: None,
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id,
            about: None,
            once: None,
            with: With::default(),
        })
    }
}

/// The sales that returns name: those that tills sent, and of the others those from before.
///
/// # Errors
/// The store's.
pub fn named_sales(reader: &Reader, ids: &[String]) -> Result<Vec<SaleRow>, store::Error> {
    let mut sales = reader.sales(RECEIPT, ids)?;
    let is_missing = |id: &&String| !sales.iter().any(|sale| sale.key == **id);
    let missing: Vec<String> = ids.iter().filter(is_missing).cloned().collect();
    if !missing.is_empty() {
        sales.extend(reader.sales(RETURNABLE, &missing)?);
    }
    Ok(sales)
}
