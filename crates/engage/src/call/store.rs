//! Calls about what a tenant has set up.

use super::{Call, Response, get, list};
use crate::failure::Failure;
use crate::model::{ConsentDefinition, Store};

/// Lists the stores in use.
///
/// Version 3, `GET /api/v3/stores` (facts S-01, S-03: documented).
pub fn stores() -> Call<Vec<Store>> {
    Call { request: get("/api/v3/stores", &[]), read: read_stores }
}

/// Lists all stores, those out of use too.
///
/// Version 3, `GET /api/v3/stores?includeInactive=true` (facts S-01, S-03: documented).
pub fn stores_with_inactive() -> Call<Vec<Store>> {
    Call { request: get("/api/v3/stores", &[("includeInactive", "true")]), read: read_stores }
}

/// Lists the consents that a person can be asked for.
///
/// Version 3, `GET /api/v3/consents` (fact S-10: documented).
pub fn consents() -> Call<Vec<ConsentDefinition>> {
    Call {
        request: get("/api/v3/consents", &[]),
        read: |response| list(response, "a list of consents", ConsentDefinition::read),
    }
}

fn read_stores(response: &Response) -> Result<Vec<Store>, Failure> {
    list(response, "a list of stores", Store::read)
}
