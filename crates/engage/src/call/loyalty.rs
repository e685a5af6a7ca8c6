//! Calls that read what a contact has: points, promotions, and what it bought in all (vouchers stand with
//! what is done to them). These answers are exact, where the overview's may be out of date (fact C-64).

use super::{Call, encoded, get, object, page};
use crate::model::{Assignment, ContactId, PointAccount, PurchaseSummary};

/// Where a contact's promotions are read: the pages name both places (fact P-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromotionsAt {
    /// `GET /api/v3/promotion-assignments?contactId=…`.
    Assignments,
    /// `GET /api/v3/contacts/{contactId}/promotions`.
    Contact,
}

/// Lists a contact's accounts of points. A new contact may have none yet (fact P-07).
///
/// Version 3, `GET /api/v3/point-accounts?contactId=…` (fact P-01: documented; its answer, a bare
/// list, P-02: seen; a page is read as well).
pub fn point_accounts(id: &ContactId) -> Call<Vec<PointAccount>> {
    Call {
        request: get("/api/v3/point-accounts", &[("contactId", id.as_str())]),
        read: |response| {
            page(response, "a list of point accounts", PointAccount::read).map(|page| page.items)
        },
    }
}

/// Lists the promotions assigned to a contact that a channel, such as `POS`, can redeem (fact P-24).
/// Redeemed and expired ones may be among them (fact P-26), and other channels in them (fact P-25).
///
/// Version 3, at either of two places (fact P-19: documented, contradiction; its answer, a bare list,
/// P-20: documented; a page is read as well).
pub fn contact_promotions(id: &ContactId, at: PromotionsAt, channel: &str) -> Call<Vec<Assignment>> {
    let channel = ("redemptionChannelType", channel);
    let request = match at {
        PromotionsAt::Assignments => {
            get("/api/v3/promotion-assignments", &[("contactId", id.as_str()), channel])
        }
        PromotionsAt::Contact => {
            get(&format!("/api/v3/contacts/{}/promotions", encoded(id.as_str())), &[channel])
        }
    };
    Call {
        request,
        read: |response| page(response, "a list of promotions", Assignment::read).map(|page| page.items),
    }
}

/// Sums up what a contact has bought.
///
/// Version 2, `GET /api/v2/contacts/{contactId}/purchasehistorysummary` (fact P-38: documented; its
/// path in version 3 is unknown, fact P-39).
pub fn purchase_summary(id: &ContactId) -> Call<PurchaseSummary> {
    Call {
        request: get(&format!("/api/v2/contacts/{}/purchasehistorysummary", encoded(id.as_str())), &[]),
        read: |response| object(response, "a summary of purchases", PurchaseSummary::read),
    }
}
