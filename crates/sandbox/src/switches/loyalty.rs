//! The words of the switches about points, vouchers and promotions.

use serde::{Deserialize, Serialize};

/// See [`Switches::point_accounts_shape`](super::Switches::point_accounts_shape) and
/// [`Switches::vouchers_shape`](super::Switches::vouchers_shape).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListShape {
    /// An array.
    BareArray,
    /// An object with `items`, `offset`, `count` and `totalCount`.
    Page,
}

/// See [`Switches::point_account_made`](super::Switches::point_account_made).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointAccountMade {
    /// A contact of the type `Member` has one from the beginning, others with their first points.
    WithMember,
    /// Nobody has one before the first points.
    AtFirstPoints,
}

/// See [`Switches::voucher_members`](super::Switches::voucher_members).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VoucherMembers {
    /// Each list has all members.
    All,
    /// Each list leaves out what its name says already, as in version 2.
    PerList,
}

/// See [`Switches::promotions_at`](super::Switches::promotions_at).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PromotionsAt {
    /// At either path.
    Both,
    /// At `/api/v3/promotion-assignments` only.
    AssignmentsOnly,
    /// At `/api/v3/contacts/{contactId}/promotions` only.
    ContactOnly,
}

/// Whether something stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Listed {
    /// It does not.
    No,
    /// It does.
    Yes,
}

/// See [`Switches::channels_shown`](super::Switches::channels_shown).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChannelsShown {
    /// Only the one that was asked for.
    Asked,
    /// All that the promotion has.
    All,
}

/// See [`Switches::lists_of_unknown_contact`](super::Switches::lists_of_unknown_contact).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownContact {
    /// 404 `ContactNotFound`.
    NotFound404,
    /// An empty list.
    Empty,
}

/// See [`Switches::new_contact_trigger`](super::Switches::new_contact_trigger).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NewContactTrigger {
    /// Only a contact that is created as a member, or approved as one.
    Registration,
    /// A contact that is made a member as well.
    RegistrationOrPromotion,
}

/// See [`Switches::point_transactions_at`](super::Switches::point_transactions_at).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointTransactionsAt {
    /// At either path.
    Both,
    /// At `/api/v3/point-transactions` only.
    PointTransactionsOnly,
    /// At `/api/v3/point-accounts/transactions` only.
    PointAccountsOnly,
}

/// See [`Switches::transaction_items`](super::Switches::transaction_items).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionItems {
    /// `items`, as elsewhere.
    #[serde(rename = "items")]
    Small,
    /// `Items`, as in the one example.
    #[serde(rename = "Items")]
    Capital,
}

/// See [`Switches::repeated_transaction`](super::Switches::repeated_transaction).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepeatedTransaction {
    /// It is answered like the first and booked once.
    Ignored,
    /// It is booked again.
    Booked,
}

/// See [`Switches::triggers_at`](super::Switches::triggers_at).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TriggersAt {
    /// In version 3 as in version 2.
    Both,
    /// In version 2 only.
    V2Only,
}

/// See [`Switches::trigger_answer`](super::Switches::trigger_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriggerAnswer {
    /// 200 without a body.
    #[serde(rename = "200")]
    Ok,
    /// 202 without a body.
    #[serde(rename = "202")]
    Accepted,
    /// 204.
    #[serde(rename = "204")]
    NoContent,
}
