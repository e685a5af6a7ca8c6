//! The way to Engage, and what its tenant is like: the settings under `[engage]`.

use std::time::Duration;

use engage::call::PromotionsAt;
use gateway::settings::{self, ContactKey, CustomKey};
use reqwest::Url;
use secrecy::SecretString;

use super::build::{ReadFile, Reader};
use super::{Engage, schema, value};

/// Voyado asks for less than this many calls a second in normal use (fact B-13).
const REQUESTS_PER_SECOND_BELOW: u32 = 50;

/// The key for a sandbox on this machine when none is given: no secret, only a name.
const SANDBOX_KEY: &str = "sandbox";

const CONTACT_KEYS: &[ContactKey] = &[
    ContactKey::Email,
    ContactKey::MobilePhone,
    ContactKey::MemberNumber,
    ContactKey::ExternalId,
    ContactKey::PersonalIdentityNumber,
];
const CUSTOM_KEYS: &[CustomKey] = &[CustomKey::MemberNumber, CustomKey::ExternalId];
const PROMOTIONS_AT: &[PromotionsAt] = &[PromotionsAt::Assignments, PromotionsAt::Contact];

/// The whole section, or nothing and at least one fault.
pub(super) fn engage(reader: &mut Reader<'_>, read_key: ReadFile<'_>) -> Option<Engage> {
    let base_url = reader.value("engage.base_url", value::base_url);
    let api_key = api_key(reader, read_key);
    let ca_file = reader.value("engage.ca_file", value::path);
    let timeout = reader.milliseconds("engage.timeout_ms");
    let tenant = tenant(reader);
    let api_key = base_url.as_ref().and_then(|base_url| key_for(reader, base_url, api_key));
    Some(Engage { base_url: base_url?, api_key: api_key?, ca_file, timeout: timeout?, tenant: tenant? })
}

fn tenant(reader: &mut Reader<'_>) -> Option<settings::Engage> {
    let source = reader.value("engage.source", value::text);
    let requests_per_second = reader.whole("engage.requests_per_second");
    let contact_type = reader.value("engage.contact_type", value::text);
    let contact_key =
        reader.value("engage.contact_key", |text| value::choice(text, schema::CONTACT_KEYS, CONTACT_KEYS));
    let custom_key =
        reader.value("engage.custom_key", |text| value::choice(text, schema::CUSTOM_KEYS, CUSTOM_KEYS));
    let personal_identity_numbers = reader.value("engage.personal_identity_numbers", value::flag);
    let mandatory_fields =
        reader.value("engage.mandatory_fields", |text| value::words(text, &gateway::CONTACT_FIELDS));
    let custom_attributes =
        reader.value("engage.custom_attributes", |text| value::names(text, value::custom_attribute));
    let level_attribute = attribute(reader, "engage.level_attribute");
    let level_left_attribute = attribute(reader, "engage.level_left_attribute");
    let promotions_at = reader
        .value("engage.promotions_at", |text| value::choice(text, schema::PROMOTIONS_AT, PROMOTIONS_AT));
    let changes_interval = reader.seconds("engage.changes_interval_seconds");
    let changes_time_zone = reader.value("engage.changes_time_zone", value::time_zone);
    let order_channel = reader.value("orders.channel", value::text);
    let used_vouchers = reader.value("engage.used_vouchers", value::list_name);
    let used_promotions = reader.value("engage.used_promotions", value::list_name);
    let import_interval = reader.seconds("engage.import_interval_seconds");
    let visibility_window = reader.seconds("engage.visibility_window_seconds");
    let max_in_flight = reader.whole("engage.max_in_flight");
    let tenant = settings::Engage {
        source: source?,
        contact_type: contact_type?,
        contact_key: contact_key?,
        custom_key: custom_key?,
        personal_identity_numbers: personal_identity_numbers?,
        mandatory_fields: mandatory_fields?,
        custom_attributes: custom_attributes?,
        level_attribute: level_attribute?,
        level_left_attribute: level_left_attribute?,
        promotions_at: promotions_at?,
        changes_interval: changes_interval.filter(|interval| *interval > Duration::ZERO),
        changes_time_zone: changes_time_zone?,
        used_vouchers: used_vouchers?,
        used_promotions: used_promotions?,
        order_channel: order_channel?,
        requests_per_second: Some(requests_per_second?),
        max_in_flight: usize::try_from(max_in_flight?).ok()?,
        import_interval: import_interval?,
        visibility_window: visibility_window?,
    };
    consistent(reader, &tenant);
    Some(tenant)
}

/// The name of one attribute, whoever made it.
fn attribute(reader: &mut Reader<'_>, key: &'static str) -> Option<String> {
    reader.value(key, |text| value::attribute(text).map(|()| text.to_owned()))
}

/// What must fit together within a tenant, and what is unwise about it.
fn consistent(reader: &mut Reader<'_>, tenant: &settings::Engage) {
    let personal = ContactKey::PersonalIdentityNumber.field();
    if tenant.personal_identity_numbers {
        let text = "personal identity numbers are taken from tills and sent to Engage: see that the shop has a \
            ground for it in law, and says so to its customers";
        reader.warn("engage.personal_identity_numbers", text);
    } else {
        let off = format!(
            "{personal} is not taken while engage.personal_identity_numbers is false; set that to true"
        );
        if tenant.contact_key == ContactKey::PersonalIdentityNumber {
            reader.fault("engage.contact_key", format!("{off}, or name another key"));
        }
        if tenant.mandatory_fields.iter().any(|field| field == personal) {
            reader.fault("engage.mandatory_fields", format!("{off}, or take it out"));
        }
    }
    // Facts C-09 and C-10: nothing else searches these two.
    let askable = match (tenant.contact_key, tenant.custom_key) {
        (ContactKey::MemberNumber, CustomKey::ExternalId)
        | (ContactKey::ExternalId, CustomKey::MemberNumber) => false,
        (ContactKey::MemberNumber | ContactKey::ExternalId, _) => true,
        (ContactKey::Email | ContactKey::MobilePhone | ContactKey::PersonalIdentityNumber, _) => true,
    };
    if !askable {
        let text = format!(
            "nobody can be looked up by {}, because the tenant's customKey is another: if it isn't, correct this",
            tenant.contact_key.field()
        );
        reader.warn("engage.custom_key", text);
    }
    if tenant.used_promotions.is_in_list_of(&tenant.used_vouchers) {
        let text = "vouchers are named in this list too (engage.used_vouchers); give each its own";
        reader.fault("engage.used_promotions", text);
    }
    if tenant.requests_per_second.is_some_and(|rate| rate >= REQUESTS_PER_SECOND_BELOW) {
        let text =
            format!("Voyado asks for less than {REQUESTS_PER_SECOND_BELOW} calls a second in normal use");
        reader.warn("engage.requests_per_second", text);
    }
}

/// What became of the API key.
enum Key {
    Given(SecretString),
    Missing,
    /// Given, and wrong in a way that has been reported.
    Faulty,
}

/// The key stands in one of two settings. The one from the stronger place wins; two in one place are a fault.
fn api_key(reader: &mut Reader<'_>, read_key: ReadFile<'_>) -> Key {
    let direct = reader.raw.settings.get("engage.api_key");
    let file = reader.raw.settings.get("engage.api_key_file");
    match (direct, file) {
        (None, None) => Key::Missing,
        (Some(direct), Some(file)) if direct.origin.same_rank(&file.origin) => {
            reader
                .fault("engage.api_key_file", "engage.api_key is set in the same place; keep one of the two");
            Key::Faulty
        }
        (Some(direct), Some(file)) if file.origin > direct.origin => key_in_file(reader, read_key),
        (Some(_), _) => reader.value("engage.api_key", value::secret).map_or(Key::Faulty, Key::Given),
        (None, Some(_)) => key_in_file(reader, read_key),
    }
}

fn key_in_file(reader: &mut Reader<'_>, read_key: ReadFile<'_>) -> Key {
    let mut world_readable = false;
    let key = reader.value("engage.api_key_file", |text| {
        let path = value::path(text)?;
        let file = read_key(&path)?;
        world_readable = file.world_readable;
        value::secret(file.text.trim()).map_err(|problem| format!("{}: {problem}", path.display()))
    });
    if world_readable {
        reader.warn("engage.api_key_file", "everybody on this machine can read that file; chmod 600 it");
    }
    key.map_or(Key::Faulty, Key::Given)
}

/// Whether the address and the key fit together: on loopback there can only be a sandbox, which takes any key.
fn key_for(reader: &mut Reader<'_>, base_url: &Url, api_key: Key) -> Option<SecretString> {
    let loopback = value::is_loopback(base_url);
    if !loopback && base_url.scheme() == "http" {
        let text = "Engage speaks HTTPS only (http:// is for a sandbox on this machine); write https://";
        reader.fault("engage.base_url", text);
    }
    match api_key {
        Key::Given(key) => Some(key),
        Key::Faulty => None,
        Key::Missing if loopback => Some(SecretString::from(SANDBOX_KEY)),
        Key::Missing => {
            let variable = schema::variable("engage.api_key");
            let host = base_url.host_str().unwrap_or_default();
            let text = format!("{host} wants an API key; set {variable}, or engage.api_key_file");
            reader.fault("engage.base_url", text);
            None
        }
    }
}
