//! What is done with a contact's offers: assign a promotion, redeem it, redeem a voucher, give it back (facts P-50 to
//! P-61), and the twins of these calls in version 2.

use serde_json::{Value, json};
use uuid::Uuid;

use super::promotions::{checked, parsed};
use super::{Asked, Refusal, reading, voucher_use};
use crate::effect::Answer;
use crate::fields;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::promotions::{self, Assignment, AssignmentState, ChannelKind, NotAssigned, NotRedeemed};
use crate::switches::{AssignAnswer, DuplicateAssign, ExternalIdOnAssign, OfferAnswer, Unassignable};
use crate::world::World;

/// The calls that use offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Using<'a> {
    Assign,
    AssignTo { contact: &'a str, promotion: &'a str },
    Redeem(&'a str),
    RedeemCode(&'a str),
    RedeemOf { contact: &'a str, promotion: &'a str },
    RedeemVoucher(&'a str),
    RedeemBonusCheck { contact: &'a str, voucher: &'a str },
    Reactivate(&'a str),
    ReactivateInVersion2(&'a str),
}

impl<'a> Using<'a> {
    /// The call that a method and the segments of a path mean.
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Option<Using<'a>> {
        if method != "POST" {
            return None;
        }
        Some(match *segments {
            ["v3", "promotion-assignments"] => Using::Assign,
            ["v3", "promotion-assignments", id, "redeem"] => Using::Redeem(id),
            ["v3", "reward-vouchers", id, "redeem"] => Using::RedeemVoucher(id),
            ["v3", "reward-vouchers", id, "reactivate"] => Using::Reactivate(id),
            ["v2", "contacts", contact, "promotions", promotion, "assign"] => {
                Using::AssignTo { contact, promotion }
            }
            ["v2", "contacts", contact, "promotions", promotion, "redeem"] => {
                Using::RedeemOf { contact, promotion }
            }
            ["v2", "promotions", "codes", id, "redeem"] => Using::RedeemCode(id),
            ["v2", "contacts", contact, "bonuschecks", voucher, "redeem"] => {
                Using::RedeemBonusCheck { contact, voucher }
            }
            ["v2", "promotions", "reward-vouchers", id, "reactivate"] => Using::ReactivateInVersion2(id),
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Using::Assign => "POST /api/v3/promotion-assignments",
            Using::AssignTo { .. } => "POST /api/v2/contacts/{contactId}/promotions/{promotionId}/assign",
            Using::Redeem(_) => "POST /api/v3/promotion-assignments/{assignmentId}/redeem",
            Using::RedeemCode(_) => "POST /api/v2/promotions/codes/{assignmentId}/redeem",
            Using::RedeemOf { .. } => "POST /api/v2/contacts/{contactId}/promotions/{promotionId}/redeem",
            Using::RedeemVoucher(_) => "POST /api/v3/reward-vouchers/{voucherId}/redeem",
            Using::RedeemBonusCheck { .. } => {
                "POST /api/v2/contacts/{contactId}/bonuschecks/{bonusCheckId}/redeem"
            }
            Using::Reactivate(_) => "POST /api/v3/reward-vouchers/{voucherId}/reactivate",
            Using::ReactivateInVersion2(_) => {
                "POST /api/v2/promotions/reward-vouchers/{voucherId}/reactivate"
            }
        }
    }

    pub(super) fn answer(self, world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
        match self {
            Using::Assign => {
                let body = checked(asked, fields::ASSIGNMENT, &[])
                    .map_err(|refusal| Refusal { code: unassignable_body(&refusal), ..refusal })?;
                let text = |name: &str| body.known.get(name).and_then(Value::as_str).unwrap_or_default();
                assign(world, asked, text("contactId"), text("promotionId"))
            }
            Using::AssignTo { contact, promotion } => assign(world, asked, contact, promotion),
            Using::Redeem(id) => {
                let malformed = "InvalidPromotionAssignmentId";
                let id = Uuid::try_parse(id)
                    .map_err(|_| Refusal::new(400, malformed, "The assignment id is not valid."))?;
                redeem(world, asked, id)
            }
            Using::RedeemCode(id) => redeem(world, asked, parsed_in_version_2(id)?),
            Using::RedeemOf { contact, promotion } => redeem_of(world, asked, contact, promotion),
            Using::RedeemVoucher(id) => voucher_use::redeem(world, asked, id),
            Using::RedeemBonusCheck { contact, voucher } => {
                voucher_use::redeem_bonus_check(world, asked, contact, voucher)
            }
            Using::Reactivate(id) => voucher_use::reactivate(world, asked, id),
            Using::ReactivateInVersion2(id) => voucher_use::reactivate_in_version_2(world, asked, id),
        }
    }
}

/// The codes of a body whose ids are missing are those of ids that are malformed (fact P-52).
fn unassignable_body(refusal: &Refusal) -> &'static str {
    let names = |field: &str| refusal.problems.iter().any(|problem| problem.field == field);
    if names("contactId") {
        "InvalidContactId"
    } else if names("promotionId") {
        "InvalidPromotionId"
    } else {
        refusal.code
    }
}

fn assign(world: &mut World, asked: &Asked<'_>, contact: &str, promotion: &str) -> Result<Answer, Refusal> {
    if Uuid::try_parse(contact).is_err() {
        return Err(Refusal::new(400, "InvalidContactId", "The contact id is not valid."));
    }
    let promotion = named_promotion(world, promotion)?;
    let contact = reading::visible(world, asked, contact)?.id;
    let at = asked.moment.at;
    if world.switches.duplicate_assign == DuplicateAssign::Conflict409
        && promotions::has_unused(world, contact, promotion, at)
    {
        let code = "PromotionAlreadyAssigned";
        return Err(Refusal::new(409, code, "The contact has this promotion already."));
    }
    let id = promotions::assign(world, contact, promotion, By::Request(asked.moment.number), at)
        .map_err(|because| not_assigned(world, because))?;
    Ok(match world.switches.assign_answer {
        AssignAnswer::Object => {
            Answer::json(200, &json!({ "id": id, "contactId": contact, "promotionId": promotion }))
        }
        AssignAnswer::AssignmentId => Answer::json(200, &json!({ "assignmentId": id })),
        AssignAnswer::String => Answer::json(200, &json!(id)),
        AssignAnswer::Empty => Answer::empty(200),
    })
}

/// The promotion that an assignment names: by its id, and by the switch's leave by its external id (fact P-53).
fn named_promotion(world: &World, text: &str) -> Result<Uuid, Refusal> {
    match world.switches.external_id_on_assign {
        ExternalIdOnAssign::Accepted if Uuid::try_parse(text).is_err() => {
            world.promotions.with_external_id(text).map(|one| one.id).ok_or_else(promotion_not_found)
        }
        ExternalIdOnAssign::Accepted | ExternalIdOnAssign::Refused400 => parsed(text),
    }
}

fn promotion_not_found() -> Refusal {
    Refusal::new(404, "PromotionNotFound", "The promotion was not found.")
}

fn promotion_expired() -> Refusal {
    Refusal::new(409, "PromotionExpired", "The promotion has expired.")
}

fn not_assigned(world: &World, because: NotAssigned) -> Refusal {
    let refused = |how: Unassignable| match how {
        Unassignable::NotFound404 => promotion_not_found(),
        Unassignable::Expired409 => promotion_expired(),
    };
    match because {
        NotAssigned::NoContact => Refusal::contact_not_found(),
        NotAssigned::NoPromotion => promotion_not_found(),
        NotAssigned::Draft => refused(world.switches.draft_assign),
        NotAssigned::Ended => refused(world.switches.ended_assign),
    }
}

/// Version 2 has one code for a malformed id and a missing body (fact P-56).
fn parsed_in_version_2(id: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(id)
        .map_err(|_| Refusal::new(400, "InvalidPromotionIdNoData", "The promotion id is not valid."))
}

/// Where it is used; whatever is wrong with the body is told by this one code (fact P-56).
fn channel(asked: &mut Asked<'_>) -> Result<ChannelKind, Refusal> {
    let code = "NotAValidRedemptionChannel";
    let body = checked(asked, fields::REDEMPTION, &[]).map_err(|refusal| Refusal { code, ..refusal })?;
    let name = body.known.get("redemptionChannel").and_then(Value::as_str).unwrap_or_default();
    ChannelKind::named(name).ok_or_else(|| Refusal::new(400, code, "There is no such redemption channel."))
}

fn redeem(world: &mut World, asked: &mut Asked<'_>, id: Uuid) -> Result<Answer, Refusal> {
    let channel = channel(asked)?;
    let found = world.assignments.get(id).filter(|one| world.contacts.get(one.contact).is_some());
    let Some(assignment) = found.cloned() else {
        if world.promotions.get(id).is_some() {
            asked.notes.push(Note::of(Rule::PromotionForAssignment));
        }
        return Err(promotion_not_found());
    };
    use_it(world, asked, &assignment, channel)
}

/// Uses the contact's first assignment of a promotion that can be used; where none can, says why of the last.
fn redeem_of(
    world: &mut World,
    asked: &mut Asked<'_>,
    contact: &str,
    promotion: &str,
) -> Result<Answer, Refusal> {
    let promotion = parsed_in_version_2(promotion)?;
    let channel = channel(asked)?;
    let contact = reading::visible(world, asked, contact)?.id;
    if world.promotions.get(promotion).is_none() {
        return Err(promotion_not_found());
    }
    let at = asked.moment.at;
    let mine = || world.assignments.of(contact).filter(|one| one.promotion == promotion);
    let first = mine().find(|one| one.state(at) == AssignmentState::Available);
    let Some(assignment) = first.or_else(|| mine().next_back()).cloned() else {
        let code = "PromotionNotAssociatedWithContact";
        return Err(Refusal::new(404, code, "The contact does not have this promotion."));
    };
    use_it(world, asked, &assignment, channel)
}

fn use_it(
    world: &mut World,
    asked: &mut Asked<'_>,
    assignment: &Assignment,
    channel: ChannelKind,
) -> Result<Answer, Refusal> {
    let definition = world.promotions.get(assignment.promotion).map(|one| &one.definition);
    if !definition.is_some_and(|one| one.channels.iter().any(|one| one.kind == channel)) {
        let code = "PromotionNotValidForRedemptionChannel";
        return Err(Refusal::new(409, code, "The promotion is not valid for this redemption channel."));
    }
    let by = By::Request(asked.moment.number);
    promotions::redeem(world, assignment.id, channel, by, asked.moment.at).map_err(|because| {
        match because {
            // Nobody says how one that is not listed yet is refused (fact P-56).
            NotRedeemed::Unknown | NotRedeemed::Scheduled => promotion_not_found(),
            NotRedeemed::AlreadyRedeemed => {
                Refusal::new(409, "PromotionAlreadyRedeemed", "The promotion was redeemed before.")
            }
            NotRedeemed::Expired => promotion_expired(),
        }
    })?;
    if world.offers_on_receipts.has(assignment.id) {
        asked.notes.push(Note::of(Rule::RedeemedAfterReceipt));
    }
    Ok(done(world))
}

/// What a call that changed an offer answers (facts P-55, P-58).
pub(super) fn done(world: &World) -> Answer {
    match world.switches.offer_answer {
        OfferAnswer::Empty => Answer::empty(200),
        OfferAnswer::Object => Answer::json(200, &json!({})),
    }
}
