//! What the gateway is told when it starts.

use std::time::Duration;

use pos::rates::Rates;
use pos::store::Stores;

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
    /// Calls in any second; `None` sets no rate.
    pub requests_per_second: Option<u32>,
    /// Deliveries under way at once.
    pub max_in_flight: usize,
    /// How long Engage takes to import a receipt (fact R-03).
    pub import_interval: Duration,
    /// How long a new contact may stay invisible (fact B-22).
    pub visibility_window: Duration,
}

/// The key of a contact type (fact C-04), as far as a till can give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKey {
    /// The e-mail address.
    Email,
    /// The mobile phone number.
    MobilePhone,
}

/// What the custom key holds (fact C-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomKey {
    /// The member number.
    MemberNumber,
    /// The external id.
    ExternalId,
}
