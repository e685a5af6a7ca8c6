//! Level, points, vouchers and promotions, each read where Engage has it exactly, and what could not be read.

use std::collections::BTreeSet;

use engage::model::{
    Assignment, ChannelValue, Contact, Money, PointAccount, RedemptionChannel, Text, Voucher,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::settings::Engage;
use crate::to_engage::CHANNEL;

/// A contact as Engage has it now. What is `None` was not asked for or could not be read in time.
#[derive(Debug, Clone)]
pub struct Known {
    /// The contact.
    pub contact: Contact,
    /// When Engage was asked for it: what it answers is as old as that, however long the answer was under way.
    pub asked_at: Timestamp,
    /// What belongs to it, where that was asked for.
    pub loyalty: Option<KnownLoyalty>,
}

/// What belongs to a contact, each part where it could be read.
#[derive(Debug, Clone, Default)]
pub struct KnownLoyalty {
    /// Its point accounts.
    pub points: Option<Vec<PointAccount>>,
    /// Its vouchers that can be used.
    pub vouchers: Option<Vec<Voucher>>,
    /// Its promotions.
    pub promotions: Option<Vec<Assignment>>,
    /// Its overview, asked for only where the level stands nowhere else.
    pub overview: Option<Contact>,
}

/// Level, points, vouchers and promotions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Loyalty {
    /// When it was so.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// The loyalty level, in the tenant's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// What is missing to the next level, in the tenant's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_next_level: Option<String>,
    /// Whether the level was read from a summary that may be some minutes old.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub level_may_be_stale: bool,
    /// Points that can be used now.
    #[serde(
        default,
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub points: Option<Decimal>,
    /// Points that become usable later.
    #[serde(
        default,
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub pending_points: Option<Decimal>,
    /// When the first of the points end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points_expire: Option<String>,
    /// Vouchers that can be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vouchers: Vec<VoucherView>,
    /// Promotions that can be used in a shop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<PromotionView>,
    /// What could not be read in time: `level`, `points`, `vouchers`, `promotions`. It is unknown, not empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub incomplete: BTreeSet<String>,
}

/// An amount of a currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Amount {
    /// How much.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}

/// A voucher that can be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoucherView {
    /// Its id in Engage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number on it.
    pub number: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is worth, in each currency in which it is worth something.
    pub values: Vec<Amount>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// A promotion that can be used in a shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionView {
    /// The assignment's id in Engage: this promotion, of this contact.
    pub assignment_id: String,
    /// The promotion that it is an assignment of, by Engage's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// The promotion's external id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the customer reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// What it gives at a till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<OfferWorth>,
    /// What the cashier is to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
}

/// What a promotion gives at a till: one of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct OfferWorth {
    /// So many percent off.
    #[serde(
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Decimal>,
    /// An amount off, in each currency in which there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amounts: Vec<Amount>,
    /// What the till's own promotion of this code gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the cashier decides, by these words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual: Option<String>,
}

impl Loyalty {
    /// What a till is shown of it.
    pub fn of(known: &Known, engage: &Engage, at: Timestamp) -> Option<Loyalty> {
        let parts = known.loyalty.as_ref()?;
        let mut incomplete = BTreeSet::new();
        let mut missing = |name: &str, is: bool| {
            if is {
                incomplete.insert(name.to_owned());
            }
        };
        missing("points", parts.points.is_none());
        missing("vouchers", parts.vouchers.is_none());
        missing("promotions", parts.promotions.is_none());
        let here =
            |contact: &Contact, name: &str| contact.other.get(name).map(|text| text.as_str().to_owned());
        let exact = here(&known.contact, &engage.level_attribute);
        let (from, stale) = match (&exact, &parts.overview) {
            (None, Some(overview)) => (overview, true),
            _ => (&known.contact, false),
        };
        missing("level", exact.is_none() && parts.overview.is_none());
        let accounts = parts.points.as_deref().unwrap_or_default();
        let level = here(from, &engage.level_attribute);
        Some(Loyalty {
            as_of: at,
            level_may_be_stale: stale && level.is_some(),
            level,
            to_next_level: here(from, &engage.level_left_attribute),
            points: parts.points.as_ref().map(|_| accounts.iter().map(|account| account.balance).sum()),
            pending_points: parts
                .points
                .as_ref()
                .map(|_| accounts.iter().filter_map(|account| account.pending).sum()),
            points_expire: accounts.iter().filter_map(|account| owned(&account.expires)).min(),
            vouchers: parts.vouchers.iter().flatten().filter_map(|one| voucher(one, at)).collect(),
            promotions: parts.promotions.iter().flatten().filter_map(|one| promotion(one, at)).collect(),
            incomplete,
        })
    }
}

fn owned(text: &Option<Text>) -> Option<String> {
    text.as_ref().map(|text| text.as_str().to_owned())
}

/// Whether a time has come. One that can't be read is nobody's end.
fn is_over(expires: &Option<Text>, at: Timestamp) -> bool {
    expires.as_ref().and_then(|text| text.as_str().parse::<Timestamp>().ok()).is_some_and(|end| end <= at)
}

fn amounts<'a>(all: impl Iterator<Item = &'a Money>) -> Vec<Amount> {
    all.map(|money| Amount { amount: money.amount, currency: money.currency.as_str().to_owned() }).collect()
}

/// None of one that can't be used: lists of what is available have been seen to hold others.
fn voucher(voucher: &Voucher, at: Timestamp) -> Option<VoucherView> {
    (!voucher.redeemed && !is_over(&voucher.expires_on, at)).then(|| VoucherView {
        id: Some(voucher.id.as_str().to_owned()),
        number: voucher.number.as_str().to_owned(),
        name: owned(&voucher.name),
        values: amounts(std::iter::once(&voucher.value).chain(&voucher.local_values)),
        expires: owned(&voucher.expires_on),
    })
}

/// None of one that can't be used at a till.
fn promotion(assignment: &Assignment, at: Timestamp) -> Option<PromotionView> {
    let channel =
        assignment.channels.iter().find(|channel| channel.kind.as_str().eq_ignore_ascii_case(CHANNEL))?;
    (!assignment.redeemed && !is_over(&assignment.expires_on, at)).then(|| PromotionView {
        assignment_id: assignment.id.as_str().to_owned(),
        promotion_id: assignment.promotion_id.as_ref().map(|id| id.as_str().to_owned()),
        external_id: owned(&assignment.external_id),
        name: owned(&assignment.name),
        heading: owned(&assignment.heading),
        description: owned(&assignment.description),
        expires: owned(&assignment.expires_on),
        worth: worth(channel),
        instruction: owned(&channel.instruction),
    })
}

fn worth(channel: &RedemptionChannel) -> Option<OfferWorth> {
    let kind = channel.value_type.as_ref().map(|kind| kind.as_str().to_ascii_uppercase());
    let nothing = OfferWorth::default();
    Some(match (kind.as_deref(), channel.value.as_ref()?) {
        (Some("PERCENT"), ChannelValue::Number(percent)) => OfferWorth { percent: Some(*percent), ..nothing },
        (_, ChannelValue::Money(money)) => {
            OfferWorth { amounts: amounts(std::iter::once(money).chain(&channel.local_values)), ..nothing }
        }
        (Some("MANUAL"), ChannelValue::Text(text)) => {
            OfferWorth { manual: Some(text.as_str().to_owned()), ..nothing }
        }
        (_, ChannelValue::Text(text)) => OfferWorth { code: Some(text.as_str().to_owned()), ..nothing },
        // An amount without a currency is worth nothing here (fact P-15).
        (_, ChannelValue::Number(_)) => return None,
    })
}
