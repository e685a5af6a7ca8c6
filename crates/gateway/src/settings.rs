//! What the gateway is told when it starts.

mod offers;
mod orders;

use std::time::Duration;

use engage::call::PromotionsAt;
use engage::model::ListName;
use jiff::tz::TimeZone;
use pos::rates::Rates;
use pos::store::Stores;

pub use self::offers::{Gives, LargerThanBasket, Offers, OnReturn, Outage, Promotion, Vouchers, Welcome};
pub use self::orders::{Documents, OrderStatuses, Orders, OrdersApi};

/// Everything that configuration decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The shop's stores.
    pub stores: Stores,
    /// The group currency and the rates to it.
    pub rates: Rates,
    /// Who may call.
    pub auth: Auth,
    /// How long a till's write waits for its own delivery.
    pub wait: Duration,
    /// How long a look-up waits for Engage before the last known answer is given.
    pub lookup_wait: Duration,
    /// How long a sale that named no customer may be claimed for one.
    pub claim_window: Duration,
    /// Promotions and vouchers.
    pub offers: Offers,
    /// Orders and digital receipts.
    pub orders: Orders,
    /// The documents that customers open.
    pub documents: Documents,
    /// The tenant.
    pub engage: Engage,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Bearers of a token.
    Tokens,
    /// Anybody who reaches the port, as an administrator; for loopback only.
    None,
}

/// The tenant in Engage.
#[derive(Debug, Clone)]
pub struct Engage {
    /// Names this integration in what it creates (fact C-24).
    pub source: String,
    /// The contact type of those who are enrolled and looked up.
    pub contact_type: String,
    /// The key of that type.
    pub contact_key: ContactKey,
    /// What the tenant's custom key is (fact C-10).
    pub custom_key: CustomKey,
    /// Whether personal identity numbers are taken at all.
    pub personal_identity_numbers: bool,
    /// What a contact of that type must have beside its key (fact C-30), by the till's names.
    pub mandatory_fields: Vec<String>,
    /// The attributes that the tenant made itself and tills may show and set (fact C-61).
    pub custom_attributes: Vec<String>,
    /// The attribute that holds the loyalty level.
    pub level_attribute: String,
    /// The attribute that holds what is missing to the next level.
    pub level_left_attribute: String,
    /// Where a contact's promotions are read.
    pub promotions_at: PromotionsAt,
    /// How often the feed of changes is asked; `None` where the tenant doesn't offer it.
    pub changes_interval: Option<Duration>,
    /// The zone in which the feed of changes reads its times.
    pub changes_time_zone: TimeZone,
    /// Where a receipt names the vouchers that it used.
    pub used_vouchers: ListName,
    /// Where a receipt names the promotions that it used.
    pub used_promotions: ListName,
    /// Where orders are placed that don't say where.
    pub order_channel: String,
    /// Calls in any second; `None` sets no rate.
    pub requests_per_second: Option<u32>,
    /// Deliveries under way at once.
    pub max_in_flight: usize,
    /// How long Engage takes to import a receipt (fact R-03).
    pub import_interval: Duration,
    /// How long a new contact may stay invisible (fact B-22).
    pub visibility_window: Duration,
}

/// The key of a contact type (facts C-04, C-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKey {
    /// The e-mail address.
    Email,
    /// The mobile phone number.
    MobilePhone,
    /// The member number.
    MemberNumber,
    /// The id from another system.
    ExternalId,
    /// The personal identity number.
    PersonalIdentityNumber,
}

impl ContactKey {
    /// The till's name for it.
    pub fn field(self) -> &'static str {
        match self {
            ContactKey::Email => "email",
            ContactKey::MobilePhone => "mobilePhone",
            ContactKey::MemberNumber => "memberNumber",
            ContactKey::ExternalId => "externalId",
            ContactKey::PersonalIdentityNumber => "personalIdentityNumber",
        }
    }
}

/// What the custom key holds (fact C-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomKey {
    /// The member number.
    MemberNumber,
    /// The external id.
    ExternalId,
}

/// A tenant of whom nothing particular is known, which is what configuration starts from too.
impl Default for Engage {
    fn default() -> Engage {
        Engage {
            source: "POS".to_owned(),
            contact_type: "Member".to_owned(),
            contact_key: ContactKey::Email,
            custom_key: CustomKey::MemberNumber,
            personal_identity_numbers: false,
            mandatory_fields: Vec::new(),
            custom_attributes: Vec::new(),
            level_attribute: "bonusBasedLevel".to_owned(),
            level_left_attribute: "bonusBasedLevelLeftForUpgrade".to_owned(),
            promotions_at: PromotionsAt::Assignments,
            changes_interval: None,
            changes_time_zone: TimeZone::UTC,
            used_vouchers: ListName::vouchers_v2(),
            used_promotions: ListName::promotions_v2(),
            order_channel: "POS".to_owned(),
            requests_per_second: Some(40),
            max_in_flight: 32,
            import_interval: Duration::from_secs(900),
            visibility_window: Duration::from_secs(60),
        }
    }
}
