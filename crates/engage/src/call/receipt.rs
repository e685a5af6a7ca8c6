//! Calls about receipts and the transactions made of them.

use http::Method;

use super::{Call, encoded, get, object, read_done, request, with_body};
use crate::model::{ContactId, Page, Receipt, Transaction};

/// Registers a receipt. Sending it again under the same id is safe (fact R-06).
///
/// Version 3, `POST /api/v3/receipts` (fact R-01: documented; its success R-14: unknown, so any 2xx
/// with any body counts, but for a web page: that is a proxy's or a sign-in's, and Engage has seen
/// nothing).
pub fn register_receipt(receipt: &Receipt) -> Call<()> {
    let request = with_body(request(Method::POST, "/api/v3/receipts", &[]), receipt);
    Call { request, read: read_done }
}

/// Lists the transactions that Engage has made of a contact's receipts.
///
/// Version 2, `GET /api/v2/contacts/{contactId}/transactions` (fact R-52: documented; its path in
/// version 3 is unknown, fact R-53).
pub fn contact_transactions(id: &ContactId, offset: u64, count: u32) -> Call<Page<Transaction>> {
    let path = format!("/api/v2/contacts/{}/transactions", encoded(id.as_str()));
    let (offset, count) = (offset.to_string(), count.to_string());
    Call {
        request: get(&path, &[("offset", &offset), ("count", &count)]),
        read: |response| object(response, "a page of transactions", |o| Page::read(o, Transaction::read)),
    }
}
