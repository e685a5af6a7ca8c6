//! The offers of a contact as tills see them: what they are worth, and which can't be used and why.
//!
//! What is kept of them is everything that Engage listed, because lists of what is available have been seen to hold
//! others, and because an offer that was good when it was read may have ended when a till is shown it (facts P-17,
//! P-27). What can be used is decided when it is shown: at that time, in the currency of the shop.
//!
//! Whether a sale or a checkout of ours holds an offer is not known here.

use engage::model::{Assignment, ChannelValue, Money, RedemptionChannel, Text, Voucher};
use jiff::Timestamp;
use pos::money::{Currency, Percent};
use pos::offers::{Kind, Worth};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::settings::{Gives, Offers, Promotion};
use crate::to_engage::CHANNEL;

/// Where and when offers are shown.
#[derive(Debug, Clone, Copy)]
pub struct AtTill<'a> {
    /// When.
    pub at: Timestamp,
    /// What is paid in; `None` where the shops that ask have several currencies.
    pub currency: Option<Currency>,
    /// What the shop decided.
    pub offers: &'a Offers,
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
    /// What a till calls it in checkouts and receipts.
    #[serde(default)]
    pub offer_id: String,
    /// Its id in Engage, to redeem it by.
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
    /// Whether it was used; kept, and never shown among those that can be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub redeemed: bool,
}

/// A promotion that can be used in a shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionView {
    /// What a till calls it in checkouts and receipts.
    #[serde(default)]
    pub offer_id: String,
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
    /// Whether it was used; kept, and never shown among those that can be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub redeemed: bool,
    /// Whether no channel of it is a shop's; the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub not_for_shops: bool,
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

/// An offer that the customer has and can't use here and now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnusableOffer {
    /// What a till calls it.
    pub offer_id: String,
    /// `voucher` or `promotion`.
    pub kind: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why it can't be used.
    pub why: Why,
}

/// Why an offer can't be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// `redeemed`, `expired`, `notForShops` or `worthNothing`.
    pub code: String,
    /// What to tell the customer.
    pub detail: String,
}

/// Why an offer can't be used, decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// It was used.
    #[error("it was used already")]
    Redeemed,
    /// It has ended.
    #[error("it has ended")]
    Expired,
    /// It is good elsewhere.
    #[error("it is good in the web shop, not in shops")]
    NotForShops,
    /// It has no amount in this currency, and no conversion gives it one (fact P-15).
    #[error("it has no value in {0}")]
    WorthNothing(Currency),
}

/// An offer of a contact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OfferView<'l> {
    /// A voucher.
    Voucher(&'l VoucherView),
    /// A promotion that was assigned to it.
    Promotion(&'l PromotionView),
}

impl WhyNot {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            WhyNot::Redeemed => "redeemed",
            WhyNot::Expired => "expired",
            WhyNot::NotForShops => "notForShops",
            WhyNot::WorthNothing(_) => "worthNothing",
        }
    }
}

impl OfferView<'_> {
    /// What a till calls it.
    pub fn offer_id(&self) -> &str {
        match self {
            OfferView::Voucher(voucher) => &voucher.offer_id,
            OfferView::Promotion(promotion) => &promotion.offer_id,
        }
    }

    /// What Engage redeems it by; `None` of a voucher whose id was never read.
    pub fn remote_id(&self) -> Option<&str> {
        match self {
            OfferView::Voucher(voucher) => voucher.id.as_deref(),
            OfferView::Promotion(promotion) => Some(&promotion.assignment_id),
        }
    }

    /// Why it can't be used there and then; `None` where it can.
    pub fn why_not(&self, till: &AtTill<'_>) -> Option<WhyNot> {
        let (redeemed, expires, elsewhere) = match self {
            OfferView::Voucher(voucher) => (voucher.redeemed, &voucher.expires, false),
            OfferView::Promotion(promotion) => {
                (promotion.redeemed, &promotion.expires, promotion.not_for_shops)
            }
        };
        if redeemed {
            return Some(WhyNot::Redeemed);
        }
        if is_over(expires.as_deref(), till.at) {
            return Some(WhyNot::Expired);
        }
        if elsewhere {
            return Some(WhyNot::NotForShops);
        }
        let currency = till.currency?;
        match self.worth(till.offers) {
            Worth::Amounts(amounts) => {
                let here = |(of, amount): &(Currency, Decimal)| *of == currency && *amount > Decimal::ZERO;
                (!amounts.iter().any(here)).then_some(WhyNot::WorthNothing(currency))
            }
            Worth::Percent(_) | Worth::ByTill { .. } | Worth::Unusable { .. } => None,
        }
    }

    /// What it takes off: as Engage says it, else by the shop's rule for its code, else as the till does.
    pub fn worth(&self, offers: &Offers) -> Worth {
        match self {
            OfferView::Voucher(voucher) => Worth::Amounts(money(&voucher.values)),
            OfferView::Promotion(promotion) => promotion.worth(offers),
        }
    }

    /// Which other offers it may stand beside.
    pub fn kind(&self, offers: &Offers) -> Kind {
        match self {
            OfferView::Voucher(_) => Kind::Voucher,
            OfferView::Promotion(promotion) => {
                let rule = promotion.rule(offers);
                Kind::Promotion { stacks: rule.is_none_or(|rule| rule.stacks) }
            }
        }
    }

    /// Whether a till means it by this.
    fn is_called(&self, named: &str) -> bool {
        let is = |id: &str| !id.is_empty() && id.eq_ignore_ascii_case(named);
        let number = match self {
            OfferView::Voucher(voucher) => is(&voucher.number),
            OfferView::Promotion(_) => false,
        };
        number || is(self.offer_id()) || self.remote_id().is_some_and(is)
    }

    pub(super) fn unusable(&self, why: WhyNot) -> UnusableOffer {
        let (kind, name) = match self {
            OfferView::Voucher(voucher) => ("voucher", &voucher.name),
            OfferView::Promotion(promotion) => ("promotion", &promotion.name),
        };
        UnusableOffer {
            offer_id: self.offer_id().to_owned(),
            kind: kind.to_owned(),
            name: name.clone(),
            why: Why { code: why.code().to_owned(), detail: why.to_string() },
        }
    }
}

impl PromotionView {
    /// What the shop says of its promotion, by the code that Engage has for tills, the external id or Engage's.
    pub fn rule<'o>(&self, offers: &'o Offers) -> Option<&'o Promotion> {
        let code = self.worth.as_ref().and_then(|worth| worth.code.as_deref());
        let names = [code, self.external_id.as_deref(), self.promotion_id.as_deref()];
        names.into_iter().flatten().find_map(|named| offers.promotion(named))
    }

    fn worth(&self, offers: &Offers) -> Worth {
        let shown = self.worth.clone().unwrap_or_default();
        let percent = shown.percent.and_then(|percent| Percent::new(percent).ok());
        if let Some(percent) = percent {
            return Worth::Percent(percent);
        }
        if !shown.amounts.is_empty() {
            return Worth::Amounts(money(&shown.amounts));
        }
        let instruction = self.instruction.clone().or(shown.manual);
        match self.rule(offers).and_then(|rule| rule.gives.as_ref()) {
            Some(Gives::Amounts(amounts)) => Worth::Amounts(amounts.clone()),
            Some(Gives::Percent(percent)) => {
                Percent::new(*percent).map_or(Worth::ByTill { instruction }, Worth::Percent)
            }
            None => Worth::ByTill { instruction },
        }
    }
}

/// The offer that a till means: by the offerId that it was shown, the number or the id of a voucher, or the id of an
/// assignment.
pub(super) fn find<'l>(
    vouchers: &'l [VoucherView],
    promotions: &'l [PromotionView],
    named: &str,
) -> Option<OfferView<'l>> {
    let vouchers = vouchers.iter().map(OfferView::Voucher);
    vouchers.chain(promotions.iter().map(OfferView::Promotion)).find(|offer| offer.is_called(named))
}

pub(super) fn owned(text: &Option<Text>) -> Option<String> {
    text.as_ref().map(|text| text.as_str().to_owned())
}

/// Whether an end has passed: its last second counts in full (fact P-68). One that can't be read is nobody's end.
fn is_over(expires: Option<&str>, at: Timestamp) -> bool {
    let end = expires.and_then(|text| text.parse::<Timestamp>().ok());
    end.is_some_and(|end| at.as_second() > end.as_second())
}

fn amounts<'a>(all: impl Iterator<Item = &'a Money>) -> Vec<Amount> {
    all.map(|money| Amount { amount: money.amount, currency: money.currency.as_str().to_owned() }).collect()
}

/// Amounts of currencies that one can pay with.
fn money(amounts: &[Amount]) -> Vec<(Currency, Decimal)> {
    amounts.iter().filter_map(|of| Some((Currency::parse(&of.currency).ok()?, of.amount))).collect()
}

pub(super) fn voucher(voucher: &Voucher) -> VoucherView {
    VoucherView {
        offer_id: voucher.number.as_str().to_owned(),
        id: Some(voucher.id.as_str().to_owned()),
        number: voucher.number.as_str().to_owned(),
        name: owned(&voucher.name),
        values: amounts(std::iter::once(&voucher.value).chain(&voucher.local_values)),
        expires: owned(&voucher.expires_on),
        redeemed: voucher.redeemed,
    }
}

pub(super) fn promotion(assignment: &Assignment) -> PromotionView {
    let mut channels = assignment.channels.iter();
    let channel = channels.find(|channel| channel.kind.as_str().eq_ignore_ascii_case(CHANNEL));
    PromotionView {
        offer_id: assignment.id.as_str().to_owned(),
        assignment_id: assignment.id.as_str().to_owned(),
        promotion_id: owned(&assignment.promotion_id),
        external_id: owned(&assignment.external_id),
        name: owned(&assignment.name),
        heading: owned(&assignment.heading),
        description: owned(&assignment.description),
        expires: owned(&assignment.expires_on),
        worth: channel.and_then(worth),
        instruction: channel.and_then(|channel| owned(&channel.instruction)),
        redeemed: assignment.redeemed,
        not_for_shops: channel.is_none(),
    }
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

#[cfg(test)]
mod tests;
