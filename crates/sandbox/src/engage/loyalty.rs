//! What a contact has: point accounts, vouchers, promotions, and a summary of what it bought (facts P-01 to P-39).
//!
//! These only read. Who the contact is, which list is meant and in which shape it comes is decided here; what stands in
//! it, in the modules of what is listed.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asked, Refusal, reading};
use crate::contacts::Contact;
use crate::effect::Answer;
use crate::promotions::ChannelKind;
use crate::switches::{ListShape, PromotionsAt, UnknownContact};
use crate::vouchers::Which;
use crate::world::World;
use crate::{points, promotions, purchases};

/// The calls that read what a contact has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading<'a> {
    PointAccounts,
    PointAccount(&'a str),
    Vouchers(Which),
    Assignments,
    PromotionsOf(&'a str),
    PurchaseSummary(&'a str),
}

impl<'a> Reading<'a> {
    /// The call that a method and the segments of a path mean.
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Option<Reading<'a>> {
        if method != "GET" {
            return None;
        }
        Some(match segments {
            ["v3", "point-accounts"] => Reading::PointAccounts,
            // Another call has a name where this one has an id: `transactions`.
            ["v3", "point-accounts", id] if Uuid::try_parse(id).is_ok() => Reading::PointAccount(id),
            ["v3", "reward-vouchers"] => Reading::Vouchers(Which::All),
            ["v3", "reward-vouchers", "available"] => Reading::Vouchers(Which::Available),
            ["v3", "reward-vouchers", "redeemed"] => Reading::Vouchers(Which::Redeemed),
            ["v3", "promotion-assignments"] => Reading::Assignments,
            ["v3", "contacts", id, "promotions"] => Reading::PromotionsOf(id),
            ["v2", "contacts", id, "purchasehistorysummary"] => Reading::PurchaseSummary(id),
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Reading::PointAccounts => "GET /api/v3/point-accounts",
            Reading::PointAccount(_) => "GET /api/v3/point-accounts/{accountId}",
            Reading::Vouchers(Which::All) => "GET /api/v3/reward-vouchers",
            Reading::Vouchers(Which::Available) => "GET /api/v3/reward-vouchers/available",
            Reading::Vouchers(Which::Redeemed) => "GET /api/v3/reward-vouchers/redeemed",
            Reading::Assignments => "GET /api/v3/promotion-assignments",
            Reading::PromotionsOf(_) => "GET /api/v3/contacts/{contactId}/promotions",
            Reading::PurchaseSummary(_) => "GET /api/v2/contacts/{contactId}/purchasehistorysummary",
        }
    }

    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Reading::PointAccounts => &["contactId"],
            Reading::Vouchers(_) => &["contactId", "offset", "count"],
            Reading::Assignments => &["contactId", "redemptionChannelType"],
            Reading::PromotionsOf(_) => &["redemptionChannelType"],
            Reading::PointAccount(_) | Reading::PurchaseSummary(_) => &[],
        }
    }

    pub(super) fn answer(self, world: &World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let in_query = || asked.query.get("contactId").unwrap_or_default();
        match self {
            Reading::PointAccounts => point_accounts(world, asked, in_query()),
            Reading::PointAccount(id) => point_account(world, asked, id),
            Reading::Vouchers(which) => vouchers(world, asked, in_query(), which),
            Reading::Assignments if world.switches.promotions_at == PromotionsAt::ContactOnly => {
                Ok(no_such_path())
            }
            Reading::Assignments => promotions(world, asked, in_query()),
            Reading::PromotionsOf(_) if world.switches.promotions_at == PromotionsAt::AssignmentsOnly => {
                Ok(no_such_path())
            }
            Reading::PromotionsOf(id) => promotions(world, asked, id),
            Reading::PurchaseSummary(id) => {
                let contact = reading::visible(world, asked, id)?;
                Ok(Answer::json(200, &purchases::summary(world, contact.id, asked.moment.at)))
            }
        }
    }
}

/// A 404 that is not about a contact: it has no code.
pub(super) fn no_such_path() -> Answer {
    Answer::json(404, &json!({ "message": "No HTTP resource was found that matches the request URI." }))
}

/// Whose list is asked for; none where nobody's is an empty list (fact P-36).
pub(super) fn holder<'a>(
    world: &'a World,
    asked: &Asked<'_>,
    id: &str,
) -> Result<Option<&'a Contact>, Refusal> {
    if Uuid::try_parse(id).is_err() {
        return Err(Refusal::new(400, "InvalidContactId", "The contact id is not valid."));
    }
    match (reading::visible(world, asked, id), world.switches.lists_of_unknown_contact) {
        (Ok(contact), _) => Ok(Some(contact)),
        (Err(_), UnknownContact::Empty) => Ok(None),
        (Err(refusal), UnknownContact::NotFound404) => Err(refusal),
    }
}

fn point_accounts(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let holder = holder(world, asked, id)?;
    let accounts = holder.and_then(|contact| points::answered(world, contact, asked.moment.at));
    let accounts: Vec<Value> = accounts.into_iter().collect();
    Ok(Answer::json(
        200,
        &match world.switches.point_accounts_shape {
            ListShape::BareArray => Value::from(accounts),
            ListShape::Page => {
                let count = accounts.len();
                json!({ "items": accounts, "totalCount": count, "offset": 0, "count": count, "links": [] })
            }
        },
    ))
}

fn point_account(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let unknown = || Refusal::new(404, "PointAccountNotFound", "The point account was not found.");
    let account = Uuid::try_parse(id).map_err(|_| unknown())?;
    // An account's id is its contact's in another form.
    let contact = points::account_id(account).to_string();
    let contact = reading::visible(world, asked, &contact).map_err(|_| unknown())?;
    let account = points::answered(world, contact, asked.moment.at).ok_or_else(unknown)?;
    Ok(Answer::json(200, &account))
}

fn vouchers(world: &World, asked: &Asked<'_>, id: &str, which: Which) -> Result<Answer, Refusal> {
    let at = asked.moment.at;
    let (offset, count) = reading::page(asked)?;
    let holder = holder(world, asked, id)?;
    let mine = holder.into_iter().flat_map(|contact| world.vouchers.of(contact.id));
    let listed = mine.filter(|voucher| voucher.is(which, at));
    let all: Vec<Value> =
        listed.map(|voucher| voucher.answered(which, world.switches.voucher_members)).collect();
    let total = all.len();
    let items: Vec<Value> = all.into_iter().skip(offset).take(count).collect();
    Ok(Answer::json(
        200,
        &match world.switches.vouchers_shape {
            ListShape::BareArray => Value::from(items),
            ListShape::Page => {
                json!({ "count": items.len(), "offset": offset, "totalCount": total, "items": items })
            }
        },
    ))
}

fn promotions(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let only = match asked.query.filled("redemptionChannelType") {
        None => None,
        Some(name) => Some(ChannelKind::named(name).ok_or_else(|| {
            Refusal::new(400, "NotAValidRedemptionChannel", "There is no such redemption channel.")
        })?),
    };
    let listed = match holder(world, asked, id)? {
        Some(contact) => promotions::listed(world, contact.id, only, asked.moment.at),
        None => Vec::new(),
    };
    Ok(Answer::json(200, &Value::from(listed)))
}
