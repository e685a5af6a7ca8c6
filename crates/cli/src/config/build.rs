//! From texts by key to a [`Config`]: parses every value, checks what must fit together, and reports every fault at
//! once. What is merely unwise is a warning.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::fault::{Finding, Origin};
use super::raw::{Entry, Raw};
use super::schema::{self, Kind};
use super::{Auth, Config, ContactKey, CustomKey, Engage, Gateway, Sandbox, shop, value};

/// Voyado asks for less than this many calls a second in normal use (fact B-13).
const REQUESTS_PER_SECOND_BELOW: u32 = 50;

/// The key for a sandbox on this machine when none is given: no secret, only a name.
const SANDBOX_KEY: &str = "sandbox";

const AUTHS: &[Auth] = &[Auth::Tokens, Auth::None];
const CONTACT_KEYS: &[ContactKey] = &[ContactKey::Email, ContactKey::MobilePhone];
const CUSTOM_KEYS: &[CustomKey] = &[CustomKey::MemberNumber, CustomKey::ExternalId];

/// Reads values out of what was set and collects what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a Raw,
    pub(super) faults: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
}

/// The whole configuration, or nothing and at least one fault.
pub(super) fn config(reader: &mut Reader<'_>, read_key: ReadKey<'_>) -> Option<Config> {
    let gateway = gateway(reader);
    let engage = engage(reader, read_key);
    let sandbox = sandbox(reader);
    let rates = shop::rates(reader);
    let stores = shop::stores(reader);
    let config =
        Config { gateway: gateway?, engage: engage?, sandbox: sandbox?, rates: rates?, stores: stores? };
    apart(reader, &config);
    Some(config)
}

/// Reads the file that holds the API key, or says what is wrong with it.
pub(super) type ReadKey<'a> = &'a dyn Fn(&Path) -> Result<TextFile, String>;

/// A file that may hold a secret.
#[derive(Debug)]
pub(super) struct TextFile {
    pub(super) text: String,
    pub(super) world_readable: bool,
}

fn gateway(reader: &mut Reader<'_>) -> Option<Gateway> {
    let listen = reader.value("gateway.listen", value::address);
    let data_dir = reader.value("gateway.data_dir", value::path);
    let auth = reader.value("gateway.auth", |text| value::choice(text, schema::AUTHS, AUTHS));
    let wait = reader.milliseconds("gateway.wait_ms");
    let lookup_wait = reader.milliseconds("gateway.lookup_wait_ms");
    let gateway =
        Gateway { listen: listen?, data_dir: data_dir?, auth: auth?, wait: wait?, lookup_wait: lookup_wait? };
    exposure(reader, gateway.listen, gateway.auth);
    Some(gateway)
}

/// Who may reach the tills' door, and with what.
fn exposure(reader: &mut Reader<'_>, listen: SocketAddr, auth: Auth) {
    let loopback = listen.ip().is_loopback();
    match auth {
        Auth::None if !loopback => reader.fault(
            "gateway.auth",
            format!(
                "\"none\" is for loopback only, and gateway.listen is {listen}; set auth = \"tokens\", or listen on 127.0.0.1"
            ),
        ),
        Auth::None => {
            reader.warn("gateway.auth", "every program on this machine may act as a till; use \"tokens\" in a shop");
        }
        Auth::Tokens if !loopback => reader.warn(
            "gateway.listen",
            format!("{listen} is reached without TLS: keep it on a trusted network or behind a proxy that adds TLS"),
        ),
        Auth::Tokens => {}
    }
}

fn engage(reader: &mut Reader<'_>, read_key: ReadKey<'_>) -> Option<Engage> {
    let base_url = reader.value("engage.base_url", value::base_url);
    let api_key = api_key(reader, read_key);
    let ca_file = reader.value("engage.ca_file", value::path);
    let source = reader.value("engage.source", value::text);
    let requests_per_second = reader.whole("engage.requests_per_second");
    let contact_type = reader.value("engage.contact_type", value::text);
    let contact_key =
        reader.value("engage.contact_key", |text| value::choice(text, schema::CONTACT_KEYS, CONTACT_KEYS));
    let custom_key =
        reader.value("engage.custom_key", |text| value::choice(text, schema::CUSTOM_KEYS, CUSTOM_KEYS));
    let timeout = reader.milliseconds("engage.timeout_ms");
    let import_interval = reader.seconds("engage.import_interval_seconds");
    let visibility_window = reader.seconds("engage.visibility_window_seconds");
    let max_in_flight = reader.whole("engage.max_in_flight");
    let api_key = base_url.as_ref().and_then(|base_url| key_for(reader, base_url, api_key));
    if requests_per_second.is_some_and(|rate| rate >= REQUESTS_PER_SECOND_BELOW) {
        let text =
            format!("Voyado asks for less than {REQUESTS_PER_SECOND_BELOW} calls a second in normal use");
        reader.warn("engage.requests_per_second", text);
    }
    Some(Engage {
        base_url: base_url?,
        api_key: api_key?,
        ca_file,
        source: source?,
        requests_per_second: requests_per_second?,
        contact_type: contact_type?,
        contact_key: contact_key?,
        custom_key: custom_key?,
        timeout: timeout?,
        import_interval: import_interval?,
        visibility_window: visibility_window?,
        max_in_flight: usize::try_from(max_in_flight?).ok()?,
    })
}

/// What became of the API key.
enum Key {
    Given(SecretString),
    Missing,
    /// Given, and wrong in a way that has been reported.
    Faulty,
}

/// The key stands in one of two settings. The one from the stronger place wins; two in one place are a fault.
fn api_key(reader: &mut Reader<'_>, read_key: ReadKey<'_>) -> Key {
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

fn key_in_file(reader: &mut Reader<'_>, read_key: ReadKey<'_>) -> Key {
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
    let host = base_url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
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
            let text = format!("{host} wants an API key; set {variable}, or engage.api_key_file");
            reader.fault("engage.base_url", text);
            None
        }
    }
}

fn sandbox(reader: &mut Reader<'_>) -> Option<Sandbox> {
    let listen = reader.value("sandbox.listen", value::address);
    let data_dir = reader.value("sandbox.data_dir", value::path);
    let listen = listen?;
    if !listen.ip().is_loopback() {
        reader.warn(
            "sandbox.listen",
            format!("whoever reaches {listen} may change the sandbox; it asks for no password"),
        );
    }
    Some(Sandbox { listen, data_dir: data_dir? })
}

/// The gateway and the sandbox must not share a folder or a port: each believes it has its own.
fn apart(reader: &mut Reader<'_>, config: &Config) {
    if config.gateway.data_dir == config.sandbox.data_dir {
        reader.fault("sandbox.data_dir", "this is the gateway's folder; give the sandbox one of its own");
    }
    if config.gateway.listen == config.sandbox.listen && config.gateway.listen.port() != 0 {
        reader.fault("sandbox.listen", "this is the gateway's address; give the sandbox one of its own");
    }
}

impl Reader<'_> {
    /// The value of a setting, if it is set and right. A wrong one is reported.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let entry = self.raw.settings.get(key)?;
        self.parsed(key, entry, parse)
    }

    /// An entry's value, if it is right. A wrong one is reported.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        entry: &Entry,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(&entry.text).map_err(|problem| self.faults.push(Finding::of(&entry.origin, key, problem))).ok()
    }

    /// Everybody can read the configuration file: warns if the key stands in it.
    pub(super) fn key_is_exposed(&mut self) {
        if matches!(self.origin("engage.api_key"), Origin::File { .. }) {
            self.warn(
                "engage.api_key",
                "everybody on this machine can read this file; chmod 600 it, or move the key",
            );
        }
    }

    fn whole(&mut self, key: &'static str) -> Option<u32> {
        let field = schema::find(key)?;
        let Kind::Whole(least, most) = field.kind else { return None };
        self.value(key, |text| value::whole(text, least, most))
    }

    fn milliseconds(&mut self, key: &'static str) -> Option<Duration> {
        self.whole(key).map(|number| Duration::from_millis(number.into()))
    }

    fn seconds(&mut self, key: &'static str) -> Option<Duration> {
        self.whole(key).map(|number| Duration::from_secs(number.into()))
    }

    fn fault(&mut self, key: &str, text: impl Into<String>) {
        let origin = self.origin(key);
        self.faults.push(Finding::of(&origin, key, text));
    }

    fn warn(&mut self, key: &str, text: impl Into<String>) {
        let origin = self.origin(key);
        self.warnings.push(Finding::of(&origin, key, text));
    }

    fn origin(&self, key: &str) -> Origin {
        self.raw.settings.get(key).map_or(Origin::Default, |entry| entry.origin.clone())
    }
}
