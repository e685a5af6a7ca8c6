//! Calls about what one contact is given and uses: assignments of promotions, and vouchers.
//!
//! None of them may be repeated blindly but the redemptions, and those only by who then tells its own use from
//! another's: a 409 after a lost answer may be the first attempt's doing.

use http::Method;
use serde::Serialize;

use super::{Call, Response, encoded, get, page, read_done, request, succeeded, unreadable, with_body};
use crate::failure::Failure;
use crate::model::{ContactId, Object, Page, Shape, Text, Voucher};

/// What an assignment came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// Its id, where the answer has it (fact P-51); else it is found in the contact's list.
    pub id: Option<Text>,
}

/// Which of a contact's vouchers to list (fact P-69).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoucherList {
    /// All: those to use, used ones, expired ones.
    All,
    /// Those that can be used.
    Available,
    /// Those that were used.
    Redeemed,
}

/// Gives a contact a promotion, by the promotion's id in Engage. Each call gives it once more (fact P-53).
///
/// Version 3, `POST /api/v3/promotion-assignments` (fact P-50: documented; its answer, P-51: unknown, so an object
/// with `id` or `assignmentId`, a bare text and nothing at all are read).
///
/// A refusal has a status and code of fact P-52.
pub fn assign(contact: &ContactId, promotion: &Text) -> Call<Assigned> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        contact_id: &'a ContactId,
        promotion_id: &'a Text,
    }
    let request = request(Method::POST, "/api/v3/promotion-assignments", &[]);
    let body = Body { contact_id: contact, promotion_id: promotion };
    Call { request: with_body(request, &body), read: read_assigned }
}

/// Redeems an assignment in a channel, such as `POS`. There is no way back (fact P-57).
///
/// Version 3, `POST /api/v3/promotion-assignments/{assignmentId}/redeem` (fact P-55: documented). A refusal has a
/// status and code of fact P-56.
pub fn redeem_assignment(id: &Text, channel: &str) -> Call<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        redemption_channel: &'a str,
    }
    let path = format!("/api/v3/promotion-assignments/{}/redeem", encoded(id.as_str()));
    let request = with_body(request(Method::POST, &path, &[]), &Body { redemption_channel: channel });
    Call { request, read: read_done }
}

/// Lists a contact's vouchers.
///
/// Version 3, `GET /api/v3/reward-vouchers?contactId=…&offset=…&count=…`, the list's name behind a slash unless it
/// is all of them (facts P-10, P-69: documented; that a part can be asked for, P-12: inferred). A bare list is read
/// as well, and is all of it.
pub fn vouchers(id: &ContactId, which: VoucherList, offset: u64, count: u32) -> Call<Page<Voucher>> {
    let path = match which {
        VoucherList::All => "/api/v3/reward-vouchers",
        VoucherList::Available => "/api/v3/reward-vouchers/available",
        VoucherList::Redeemed => "/api/v3/reward-vouchers/redeemed",
    };
    let (offset, count) = (offset.to_string(), count.to_string());
    let query = [("contactId", id.as_str()), ("offset", &offset), ("count", &count)];
    let read = match which {
        // Being on this list says it, whatever a row leaves out (fact P-13).
        VoucherList::Redeemed => |response: &Response| {
            let mut page = page(response, "a page of vouchers", Voucher::read)?;
            page.items.iter_mut().for_each(|voucher| voucher.redeemed = true);
            Ok(page)
        },
        VoucherList::All | VoucherList::Available => {
            |response: &Response| page(response, "a page of vouchers", Voucher::read)
        }
    };
    Call { request: get(path, &query), read }
}

/// Redeems a voucher, whole: Engage knows no rest of one (fact P-59). It takes the voucher's id, not its number.
///
/// Version 3, `POST /api/v3/reward-vouchers/{rewardVoucherId}/redeem` without a body (fact P-58: documented, with
/// the codes of its refusals; 504 among them says nothing of the effect).
pub fn redeem_voucher(id: &Text) -> Call<()> {
    Call { request: voucher(id, "redeem"), read: read_done }
}

/// Makes a redeemed voucher usable again, which an expired one can't be, and no voucher more often than the tenant
/// allows (fact P-61).
///
/// Version 3, `POST /api/v3/reward-vouchers/{rewardVoucherId}/reactivate` without a body (fact P-60: documented,
/// with the codes of its refusals).
pub fn reactivate_voucher(id: &Text) -> Call<()> {
    Call { request: voucher(id, "reactivate"), read: read_done }
}

fn voucher(id: &Text, act: &str) -> super::Request {
    let path = format!("/api/v3/reward-vouchers/{}/{act}", encoded(id.as_str()));
    request(Method::POST, &path, &[])
}

fn read_assigned(response: &Response) -> Result<Assigned, Failure> {
    let body = succeeded(response)?;
    if body.trim_ascii().is_empty() {
        return Ok(Assigned { id: None });
    }
    let nothing_of_it = || unreadable(response, "neither an assignment nor its id");
    let id = match Shape::of_body(body).ok_or_else(nothing_of_it)? {
        Shape::Object(object) => assignment_id(&object),
        Shape::Text(text) => Text::new(text),
        Shape::Null | Shape::Bare(_) => None,
        Shape::List(_) => return Err(nothing_of_it()),
    };
    Ok(Assigned { id })
}

/// What can't be read as an id is none: the list of the contact's assignments tells it.
fn assignment_id(object: &Object<'_>) -> Option<Text> {
    object.text("assignmentId").or_else(|| object.text("id"))
}
