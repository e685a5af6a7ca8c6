//! Where the configuration meets the crates that it is for. Nothing is opened here.

use std::path::Path;

use engage::Client;
use gateway::settings::{self, ContactKey, CustomKey, OrderStatuses, OrdersApi};

use crate::config::{self, Config, Loaded};
use crate::exit::Exit;

/// Name and version, as Engage asks for them (fact B-07).
pub(crate) const USER_AGENT: &str = concat!("Tillbridge/", env!("CARGO_PKG_VERSION"));

/// Loads the configuration.
///
/// # Errors
/// Every fault at once.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Loaded> {
    config::load(path, config::environment()).map_err(|faults| Exit::Configuration.because(faults))
}

/// What the gateway is told.
pub(crate) fn settings(config: &Config) -> settings::Settings {
    settings::Settings {
        stores: config.stores.clone(),
        rates: config.rates.clone(),
        auth: config.gateway.auth,
        wait: config.gateway.wait,
        lookup_wait: config.gateway.lookup_wait,
        offers: settings::Offers {
            promotions: config.offers.promotions.iter().map(|promotion| promotion.rules.clone()).collect(),
            vouchers: config.offers.vouchers.clone(),
            hold: config.offers.hold,
        },
        orders: config.orders.clone(),
        documents: settings::Documents {
            public_url: config.documents.public_url.clone(),
            templates: config.documents.templates.clone().unwrap_or_default(),
        },
        claim_window: config.gateway.claim_window,
        engage: config.engage.tenant.clone(),
    }
}

/// The way to Engage. Nothing is sent yet.
///
/// # Errors
/// Certificates that can't be read, or TLS that can't be set up.
pub(crate) fn client(engage: &config::Engage) -> anyhow::Result<Client> {
    let client = Client::new(engage::Config {
        base_url: engage.base_url.to_string(),
        api_key: engage.api_key.clone(),
        user_agent: USER_AGENT.to_owned(),
        timeout: engage.timeout,
        ca_file: engage.ca_file.clone(),
    });
    client.map_err(|error| Exit::Configuration.because(error))
}

/// A tenant in the sandbox that is set up as the configuration says ours is.
pub(crate) fn tenant(config: &Config, today: jiff::civil::Date) -> sandbox::Settings {
    let ours = &config.engage.tenant;
    let mut tenant = sandbox::Settings::default();
    tenant.contact_types.retain(|other| !other.handle.eq_ignore_ascii_case(&ours.contact_type));
    tenant.contact_types.insert(0, contact_type(ours));
    tenant.custom_key = match ours.custom_key {
        CustomKey::MemberNumber => sandbox::Identifier::MemberNumber,
        CustomKey::ExternalId => sandbox::Identifier::ExternalId,
    };
    tenant.custom_attributes.clone_from(&ours.custom_attributes);
    let factors = config.sandbox.points.iter();
    tenant.points.factors = factors.map(|(currency, factor)| (currency.code().to_owned(), *factor)).collect();
    tenant.order_statuses.order.extend(order_statuses(&config.orders));
    if let OrdersApi::V2(statuses) = &config.orders.api {
        tenant.order_statuses.payment.insert(statuses.payment.clone());
    }
    if let Some(group) = config.rates.group() {
        tenant.group_currency = group.code().to_owned();
    }
    for store in config.stores.iter().filter(|store| Some(store.currency) != config.rates.group()) {
        if let Some(rate) = config.rates.rate(store.currency, today) {
            tenant.rates.insert(store.currency.code().to_owned(), rate);
        }
    }
    tenant
}

/// What orders of version 2 trigger by.
fn order_statuses(ours: &settings::Orders) -> Vec<String> {
    match &ours.api {
        OrdersApi::V3 => Vec::new(),
        OrdersApi::V2(OrderStatuses { in_progress, completed, cancelled, .. }) => {
            [in_progress, completed, cancelled, &ours.receipt_action].map(String::clone).to_vec()
        }
    }
}

/// The contact type of those whom tills enrol, as Engage holds it.
fn contact_type(ours: &settings::Engage) -> sandbox::ContactType {
    let personal = sandbox::Identifier::SocialSecurityNumber;
    let named = |field: &String| {
        // The one field that tills name otherwise than Engage (fact C-58).
        if field == ContactKey::PersonalIdentityNumber.field() {
            personal.attribute().to_owned()
        } else {
            field.clone()
        }
    };
    sandbox::ContactType {
        handle: ours.contact_type.clone(),
        key: match ours.contact_key {
            ContactKey::Email => sandbox::Identifier::Email,
            ContactKey::MobilePhone => sandbox::Identifier::MobilePhone,
            ContactKey::MemberNumber => sandbox::Identifier::MemberNumber,
            ContactKey::ExternalId => sandbox::Identifier::ExternalId,
            ContactKey::PersonalIdentityNumber => personal,
        },
        mandatory: ours.mandatory_fields.iter().map(named).collect(),
    }
}
