//! Where the configuration meets the crates that it is for. Nothing is opened here.

use std::path::Path;

use engage::Client;
use gateway::settings;

use crate::config::{self, Auth, Config, ContactKey, CustomKey, Loaded};
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
    let engage = &config.engage;
    settings::Settings {
        stores: config.stores.clone(),
        rates: config.rates.clone(),
        auth: match config.gateway.auth {
            Auth::Tokens => settings::Auth::Tokens,
            Auth::None => settings::Auth::None,
        },
        wait: config.gateway.wait,
        lookup_wait: config.gateway.lookup_wait,
        engage: settings::Engage {
            source: engage.source.clone(),
            contact_type: engage.contact_type.clone(),
            contact_key: match engage.contact_key {
                ContactKey::Email => settings::ContactKey::Email,
                ContactKey::MobilePhone => settings::ContactKey::MobilePhone,
            },
            custom_key: match engage.custom_key {
                CustomKey::MemberNumber => settings::CustomKey::MemberNumber,
                CustomKey::ExternalId => settings::CustomKey::ExternalId,
            },
            requests_per_second: Some(engage.requests_per_second),
            max_in_flight: engage.max_in_flight,
            import_interval: engage.import_interval,
            visibility_window: engage.visibility_window,
        },
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
    let engage = &config.engage;
    let mut tenant = sandbox::Settings::default().with_member_key(match engage.contact_key {
        ContactKey::Email => sandbox::Identifier::Email,
        ContactKey::MobilePhone => sandbox::Identifier::MobilePhone,
    });
    tenant.custom_key = match engage.custom_key {
        CustomKey::MemberNumber => sandbox::Identifier::MemberNumber,
        CustomKey::ExternalId => sandbox::Identifier::ExternalId,
    };
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
