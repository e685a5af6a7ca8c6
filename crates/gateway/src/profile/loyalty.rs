//! Level, points, vouchers and promotions, each read where Engage has it exactly, and what could not be read.

use std::collections::BTreeSet;

use engage::model::{Assignment, Contact, PointAccount, Voucher};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::offers::{self, AtTill, OfferView, PromotionView, UnusableOffer, VoucherView, owned};
use crate::settings::Engage;

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
    /// Vouchers and promotions that can't be used, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<UnusableOffer>,
    /// What could not be read in time: `level`, `points`, `vouchers`, `promotions`. It is unknown, not empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub incomplete: BTreeSet<String>,
}

impl Loyalty {
    /// All of it, as it is kept. A till is shown [`Loyalty::at_till`].
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
            vouchers: parts.vouchers.iter().flatten().map(offers::voucher).collect(),
            promotions: parts.promotions.iter().flatten().map(offers::promotion).collect(),
            unusable: Vec::new(),
            incomplete,
        })
    }

    /// What is known once the vouchers and promotions were read again; a part that could not be read stays as it was.
    #[must_use]
    pub fn with_offers(before: Option<Loyalty>, read: &KnownLoyalty, at: Timestamp) -> Loyalty {
        let all = ["level", "points", "vouchers", "promotions"].map(str::to_owned);
        let mut loyalty = before.unwrap_or_else(|| Loyalty {
            as_of: at,
            level: None,
            to_next_level: None,
            level_may_be_stale: false,
            points: None,
            pending_points: None,
            points_expire: None,
            vouchers: Vec::new(),
            promotions: Vec::new(),
            unusable: Vec::new(),
            incomplete: BTreeSet::from(all),
        });
        if let Some(vouchers) = &read.vouchers {
            loyalty.vouchers = vouchers.iter().map(offers::voucher).collect();
            loyalty.incomplete.remove("vouchers");
        }
        if let Some(promotions) = &read.promotions {
            loyalty.promotions = promotions.iter().map(offers::promotion).collect();
            loyalty.incomplete.remove("promotions");
        }
        loyalty
    }

    /// What a till is shown of it: what can't be used there and then stands apart, with why.
    #[must_use]
    pub fn at_till(mut self, till: &AtTill<'_>) -> Loyalty {
        let mut is_usable = |offer: OfferView<'_>| {
            let why = offer.why_not(till);
            self.unusable.extend(why.map(|why| offer.unusable(why)));
            why.is_none()
        };
        self.vouchers.retain(|voucher| is_usable(OfferView::Voucher(voucher)));
        self.promotions.retain(|promotion| is_usable(OfferView::Promotion(promotion)));
        self
    }

    /// The offer that a till means: by the `offerId` that it was shown, by the number or the id of a voucher, or by the
    /// id of an assignment. Whether it can be used is another question.
    pub fn offer(&self, named: &str) -> Option<OfferView<'_>> {
        offers::find(&self.vouchers, &self.promotions, named)
    }
}
