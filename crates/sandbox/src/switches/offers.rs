//! The words of the switches about what is done with promotions and vouchers.

use serde::{Deserialize, Serialize};

/// See [`Switches::assign_answer`](super::Switches::assign_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignAnswer {
    /// An object of `id`, `contactId` and `promotionId`.
    Object,
    /// An object of `assignmentId`.
    AssignmentId,
    /// The assignment's id as a bare JSON string.
    String,
    /// No body.
    Empty,
}

/// See [`Switches::duplicate_assign`](super::Switches::duplicate_assign).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DuplicateAssign {
    /// It is assigned once more.
    Allowed,
    /// 409 `PromotionAlreadyAssigned`, while the one before is neither used nor over.
    Conflict409,
}

/// See [`Switches::draft_assign`](super::Switches::draft_assign) and
/// [`Switches::ended_assign`](super::Switches::ended_assign).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unassignable {
    /// 404 `PromotionNotFound`.
    NotFound404,
    /// 409 `PromotionExpired`.
    Expired409,
}

/// See [`Switches::external_id_on_assign`](super::Switches::external_id_on_assign).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExternalIdOnAssign {
    /// 400 `InvalidPromotionId`.
    Refused400,
    /// It names the promotion.
    Accepted,
}

/// See [`Switches::offer_answer`](super::Switches::offer_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OfferAnswer {
    /// No body.
    Empty,
    /// An empty object.
    Object,
}

/// See [`Switches::reactivation_conflict`](super::Switches::reactivation_conflict).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReactivationConflict {
    /// 409.
    #[serde(rename = "409")]
    Conflict,
    /// 406, as in version 2.
    #[serde(rename = "406")]
    NotAcceptable,
}

/// See [`Switches::locked_promotion`](super::Switches::locked_promotion).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockedPromotion {
    /// 409.
    #[serde(rename = "409")]
    Conflict,
    /// 400.
    #[serde(rename = "400")]
    BadRequest,
}

/// See [`Switches::duplicate_external_id`](super::Switches::duplicate_external_id).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DuplicateExternalId {
    /// 409 `PromotionExternalIdExists`.
    Refused409,
    /// Two promotions have it.
    Accepted,
}
