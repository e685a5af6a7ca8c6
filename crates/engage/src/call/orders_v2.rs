//! The call about orders of version 2, for tenants that use it.

use http::Method;

use super::{Call, read_done, request, with_body};
use crate::model::Announcement;

/// Announces an order: whatever waits for its status is triggered, and nothing is stored. Never to be repeated once it
/// may have arrived, since each triggers anew (fact O-63).
///
/// Version 2, `POST /api/v2/orders` (fact O-63: documented; its answers O-69: documented, any 2xx counts, but for a web
/// page).
pub fn announce_order(order: &Announcement) -> Call<()> {
    Call { request: with_body(request(Method::POST, "/api/v2/orders", &[]), order), read: read_done }
}
