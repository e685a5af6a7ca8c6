//! Calls about points one by one, and the trigger that lets Engage's automations do something for a contact.

use std::collections::BTreeMap;

use http::Method;

use super::{Call, encoded, get, page, read_done, request, with_body};
use crate::model::{ContactId, NewPointTransaction, Page, PointTransaction, Text};

/// Lists what happened on an account of points.
///
/// Version 3, `GET /api/v3/point-transactions?accountId=…&offset=…&count=…` (fact P-75: documented; the names in the
/// query are inferred from version 2). A bare list is read as well, and is all of it.
pub fn point_transactions(account: &Text, offset: u64, count: u32) -> Call<Page<PointTransaction>> {
    let (offset, count) = (offset.to_string(), count.to_string());
    let query = [("accountId", account.as_str()), ("offset", &offset), ("count", &count)];
    Call {
        request: get("/api/v3/point-transactions", &query),
        read: |response| page(response, "a page of point transactions", PointTransaction::read),
    }
}

/// Gives or takes points. Whether the id that the sender makes keeps a repetition out is not known (fact P-76).
///
/// Version 3, `POST /api/v3/point-transactions` (fact P-76: seen, contradiction; any 2xx counts, but for a web page).
pub fn add_points(points: &NewPointTransaction) -> Call<()> {
    let request = with_body(request(Method::POST, "/api/v3/point-transactions", &[]), points);
    Call { request, read: read_done }
}

/// Pulls a trigger for a contact: every automation that waits for it starts, each time anew. The fields are those
/// that were set up for it.
///
/// Version 2, `POST /api/v2/automation/customTriggers/{triggerId}/triggerByContactId/{contactId}` (fact P-81:
/// documented; its path in version 3 and its answer are unknown, any 2xx counts, but for a web page).
pub fn trigger(id: &Text, contact: &ContactId, fields: &BTreeMap<Text, Text>) -> Call<()> {
    let path = format!(
        "/api/v2/automation/customTriggers/{}/triggerByContactId/{}",
        encoded(id.as_str()),
        encoded(contact.as_str())
    );
    Call { request: with_body(request(Method::POST, &path, &[]), fields), read: read_done }
}
