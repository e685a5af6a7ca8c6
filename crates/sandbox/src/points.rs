//! Points: what was booked for each contact, and what that comes to at a given time (facts P-04, P-05).
//!
//! A contact has one account (fact P-06), which is no more than its transactions: what they come to is counted in
//! `lots`. An account's id follows from its contact's, so one that nobody booked on needs no row.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::acts::{Refused, living};
use crate::automations;
use crate::contacts::Contact;
use crate::money::number;
use crate::settings::{PointExpiry, Settings};
use crate::switches::PointAccountMade;
use crate::world::World;

/// The one kind of points there is (fact P-06).
pub(crate) const DEFINITION: u32 = 1;
/// The type whose contacts have an account from the beginning, where that is how it is (fact P-07).
const MEMBER: &str = "Member";
/// What tells an account's id from its contact's. The digits that make a GUID of version 4 are left alone.
const ACCOUNT_MASK: u128 = 0xac00_0000_0000_0000_0000_0000_0000_0001;
/// The most points that are given at once. Far below what a decimal can hold, so that sums never overflow.
pub(crate) const AMOUNT_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// A booking of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointTransaction {
    /// Its id.
    pub id: Uuid,
    /// How many points; below zero they are taken away.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
    /// Where they come from.
    pub source: PointSource,
    /// What a person reads about it.
    pub description: String,
    /// When it was booked, in world time.
    pub booked: Timestamp,
    /// From when the points count.
    pub valid_from: Timestamp,
    /// Until when they count; this moment is the first at which they don't.
    pub valid_to: Option<Timestamp>,
    /// The receipt's line that they are for (fact P-43).
    #[serde(default, rename = "retailTransactionLineItemId")]
    pub line: Option<Uuid>,
    /// When what they are for happened, where somebody said so.
    #[serde(default)]
    pub happened: Option<Timestamp>,
    /// Whether they count on while the contact is active, each purchase moving their end (fact P-79).
    #[serde(default)]
    pub lasts_while_active: bool,
}

impl PointTransaction {
    /// A booking that counts at once and for good.
    pub(crate) fn at(at: Timestamp, id: Uuid, amount: Decimal, source: PointSource) -> PointTransaction {
        PointTransaction {
            id,
            amount,
            source,
            description: String::new(),
            booked: at,
            valid_from: at,
            valid_to: None,
            line: None,
            happened: None,
            lasts_while_active: false,
        }
    }

    /// The same, lasting as the tenant has it (facts P-46, P-79). Points that are taken do not end.
    pub(crate) fn lasting(mut self, settings: &Settings) -> PointTransaction {
        if self.amount.is_sign_positive() {
            let expiry = settings.points.expires;
            self.valid_to = expiry.end(&settings.time_zone, self.valid_from, self.booked);
            self.lasts_while_active = matches!(expiry, PointExpiry::Inactive(_));
        }
        self
    }
}

/// Where points come from (fact P-43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PointSource {
    /// An automation, or a call in its name.
    Automation,
    /// Something was bought.
    Purchase,
    /// Somebody gave or took them in Engage's pages.
    Manual,
    /// Something came back.
    Return,
    /// A receipt was corrected.
    ReceiptAdjustment,
    /// An extra-points promotion.
    BonusPromotion,
    /// What an extra-points promotion had given was taken back.
    BonusPromotionReturn,
    /// They became a voucher.
    RewardVoucher,
    /// A correction.
    Adjustment,
    /// A correction of the balance.
    BonusBalanceAdjustment,
    /// A balance that was set.
    UpdateBalance,
    /// Another transaction was cancelled.
    PointTransactionCancellation,
}

impl PointSource {
    /// Each of them.
    pub const ALL: [PointSource; 12] = [
        PointSource::Automation,
        PointSource::Purchase,
        PointSource::Manual,
        PointSource::Return,
        PointSource::ReceiptAdjustment,
        PointSource::BonusPromotion,
        PointSource::BonusPromotionReturn,
        PointSource::RewardVoucher,
        PointSource::Adjustment,
        PointSource::BonusBalanceAdjustment,
        PointSource::UpdateBalance,
        PointSource::PointTransactionCancellation,
    ];

    /// The one that Engage names so.
    pub(crate) fn named(word: &str) -> Option<PointSource> {
        PointSource::ALL.into_iter().find(|one| one.word().eq_ignore_ascii_case(word))
    }

    /// As Engage names it (fact P-43).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            PointSource::Automation => "Automation",
            PointSource::Purchase => "Purchase",
            PointSource::Manual => "Manual",
            PointSource::Return => "Return",
            PointSource::ReceiptAdjustment => "ReceiptAdjustment",
            PointSource::BonusPromotion => "BonusPromotion",
            PointSource::BonusPromotionReturn => "BonusPromotionReturn",
            PointSource::RewardVoucher => "RewardVoucher",
            PointSource::Adjustment => "Adjustment",
            PointSource::BonusBalanceAdjustment => "BonusBalanceAdjustment",
            PointSource::UpdateBalance => "UpdateBalance",
            PointSource::PointTransactionCancellation => "PointTransactionCancellation",
        }
    }
}

/// Points for somebody to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PointGift {
    /// Whom.
    pub contact: Uuid,
    /// How many; below zero they are taken away.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub amount: Decimal,
    /// From when they count; now, if nothing is said.
    #[serde(default)]
    pub valid_from: Option<Timestamp>,
    /// Until when they count; as the tenant has it, if nothing is said.
    #[serde(default)]
    pub valid_to: Option<Timestamp>,
    /// What a person reads about it.
    #[serde(default)]
    pub description: String,
}

/// A contact's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointAccount {
    /// Whose it is.
    pub contact: Uuid,
    /// What was booked, in the order of booking.
    pub transactions: Vec<PointTransaction>,
}

/// What an account comes to at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PointBalance {
    /// Points that are owned.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub active: Decimal,
    /// Points that will count later.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub pending: Decimal,
    /// When the first of the owned ones expire.
    pub expires: Option<Timestamp>,
}

/// All accounts that were booked on, by contact.
#[derive(Debug, Clone, Default)]
pub(crate) struct Points(BTreeMap<Uuid, Arc<PointAccount>>);

impl Points {
    pub(crate) fn get(&self, contact: Uuid) -> Option<&PointAccount> {
        self.0.get(&contact).map(AsRef::as_ref)
    }

    pub(crate) fn restore(&mut self, account: PointAccount) {
        self.0.insert(account.contact, Arc::new(account));
    }

    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &PointAccount> {
        self.0.values().map(AsRef::as_ref)
    }

    pub(crate) fn book(&mut self, contact: Uuid, transaction: PointTransaction) {
        let empty = || Arc::new(PointAccount { contact, transactions: Vec::new() });
        let account = self.0.entry(contact).or_insert_with(empty);
        Arc::make_mut(account).transactions.push(transaction);
    }
}

/// Books points, and has Engage look at what follows from them.
pub(crate) fn book(world: &mut World, contact: Uuid, transaction: PointTransaction) {
    automations::points_booked(world, contact, &transaction);
    world.points.book(contact, transaction);
}

/// Gives points, or takes them away; answers the transaction's id.
pub(crate) fn give(world: &mut World, gift: PointGift, at: Timestamp) -> Result<Uuid, Refused> {
    let contact = living(world, gift.contact)?.id;
    let valid_from = gift.valid_from.unwrap_or(at);
    if gift.amount.is_zero() || gift.amount.abs() > AMOUNT_MAX {
        return Err(Refused::bad("the amount is zero or too large"));
    }
    if gift.valid_to.is_some_and(|end| end <= valid_from) {
        return Err(Refused::bad("points that end before they begin count for nobody"));
    }
    let id = world.ids.next();
    let given = PointTransaction {
        description: gift.description,
        valid_from,
        ..PointTransaction::at(at, id, gift.amount, PointSource::Manual)
    };
    let transaction = match gift.valid_to {
        Some(end) => PointTransaction { valid_to: Some(end), ..given },
        None => given.lasting(&world.settings),
    };
    book(world, contact, transaction);
    Ok(id)
}

/// The id of a contact's account; of an account's id, its contact.
pub(crate) fn account_id(contact: Uuid) -> Uuid {
    Uuid::from_u128(contact.as_u128() ^ ACCOUNT_MASK)
}

/// The contact's account as it is answered, if it has one (facts P-04, P-07).
pub(crate) fn answered(world: &World, contact: &Contact, at: Timestamp) -> Option<Value> {
    let account = world.points.get(contact.id);
    let made_with_the_member = match world.switches.point_account_made {
        PointAccountMade::WithMember => contact.contact_type.eq_ignore_ascii_case(MEMBER),
        PointAccountMade::AtFirstPoints => false,
    };
    let balance = match account {
        Some(account) => account.balance(at),
        None if made_with_the_member => PointBalance::default(),
        None => return None,
    };
    Some(json!({
        "id": account_id(contact.id),
        "contactId": contact.id,
        "definitionId": DEFINITION,
        "balance": number(balance.active),
        "pendingPoints": number(balance.pending),
        "balanceExpires": balance.expires.map(|end| world.settings.time_zone.written(end)),
        "links": [],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accounts_id_is_a_guid_that_leads_back_to_its_contact() {
        let contact = crate::ids::Ids::from_seed(7).next();
        let account = account_id(contact);
        assert_ne!(account, contact);
        assert_eq!((account_id(account), account.get_version_num()), (contact, 4));
    }
}
