//! The customer's copy of a receipt, and the link under which everybody may open it who has it.

use percent_encoding::AsciiSet;
use pos::receipt::SettledReceipt;
use pos::store::Letterhead;
use store::DocumentRow;

use super::{Desk, with_store};
use crate::frozen::FrozenReceipt;

/// What makes a document's link one that nobody guesses.
const LINK: &str = "document";

/// All but what stands in an address as it is: a link is shown as a code, and each sign makes that denser.
const ENCODED: &AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why there is no copy of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDocument {
    /// Nothing was sold.
    Training,
    /// Its money could not be decided.
    NotSettled,
    /// Its lines are gone.
    NoLongerKept,
}

impl Desk<'_> {
    /// Where a customer opens the copy of a receipt; `None` where this gateway isn't reached by customers.
    pub fn document_link(&self, receipt: &str) -> Option<String> {
        let base = self.settings.documents.public_url.as_deref()?;
        let id = percent_encoding::utf8_percent_encode(receipt, ENCODED);
        Some(format!("{base}/documents/{id}/{}", self.document_secret(receipt)))
    }

    /// What a link must have to be that of this receipt.
    pub fn document_secret(&self, receipt: &str) -> String {
        self.keys.name(LINK, receipt)
    }

    /// The copy of a receipt.
    ///
    /// # Errors
    /// Why there is none.
    pub fn document(
        &self,
        row: &DocumentRow,
        language: Option<document::Language>,
    ) -> Result<document::Document, NoDocument> {
        let (body, frozen) =
            row.body.as_deref().zip(row.frozen.as_deref()).ok_or(NoDocument::NoLongerKept)?;
        let body = with_store(serde_json::from_slice(body).unwrap_or_default(), &row.store);
        let reading = pos::receipt::parse(&body);
        if reading.training {
            return Err(NoDocument::Training);
        }
        let settlement = FrozenReceipt::read(frozen).and_then(|frozen| frozen.settlement);
        let settled = reading.receipt.as_ref().zip(settlement.as_ref());
        let settled = settled.and_then(|(receipt, settlement)| SettledReceipt::new(receipt, settlement).ok());
        let settled = settled.ok_or(NoDocument::NotSettled)?;
        let shop = self.shop(&row.store);
        let asked = settled.receipt().digital_receipt.and_then(|wish| wish.language);
        let of_store = shop.map(|shop| shop.language.as_str());
        let language = language
            .or_else(|| asked.and_then(document::Language::of))
            .or_else(|| of_store.and_then(document::Language::of))
            .unwrap_or(document::Language::En);
        let link = self.document_link(&row.key);
        let none = Letterhead::default();
        let issuer = document::Issuer {
            name: shop.map_or(row.store.as_str(), |shop| shop.name.as_str()),
            letterhead: shop.map_or(&none, |shop| &shop.letterhead),
        };
        let voided = row.voided.is_some();
        let told = document::Told { id: &row.key, issuer, link: link.as_deref(), voided };
        Ok(document::document(&settled, &told, language))
    }
}
