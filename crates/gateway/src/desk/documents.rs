//! The customer's copy of a receipt, and the link under which everybody may open it who has it.

use pos::store::Letterhead;
use serde_json::Value;
use store::DocumentRow;

use super::{Desk, with_store};
use crate::frozen::FrozenReceipt;

/// What makes a document's link one that nobody guesses.
const LINK: &str = "document";

impl Desk<'_> {
    /// Where a customer opens the copy of a receipt; `None` where this gateway isn't reached by customers.
    pub fn document_link(&self, receipt: &str) -> Option<String> {
        let base = self.settings.documents.public_url.as_deref()?;
        let id = percent_encoding::utf8_percent_encode(receipt, percent_encoding::NON_ALPHANUMERIC);
        Some(format!("{base}/documents/{id}/{}", self.document_secret(receipt)))
    }

    /// What a link must have to be that of this receipt.
    pub fn document_secret(&self, receipt: &str) -> String {
        self.keys.name(LINK, receipt)
    }

    /// The copy of a receipt; `None` where its lines are no longer kept, or its money could not be decided.
    pub fn document(
        &self,
        row: &DocumentRow,
        language: Option<document::Language>,
    ) -> Option<document::Document> {
        let frozen = FrozenReceipt::read(row.frozen.as_deref()?)?;
        let body: Value = serde_json::from_slice(row.body.as_deref()?).ok()?;
        let body = with_store(body, &row.store);
        let reading = pos::receipt::parse(&body);
        let receipt = reading.receipt.as_ref()?;
        let settled = pos::receipt::SettledReceipt::new(receipt, frozen.settlement.as_ref()?).ok()?;
        let shop = self.shop(&row.store);
        let asked = receipt.digital_receipt.and_then(|wish| wish.language);
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
        Some(document::document(&settled, &told, language))
    }
}
