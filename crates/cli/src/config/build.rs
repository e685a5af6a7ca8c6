//! From texts by key to a [`Config`]: parses every value, checks what must fit together, and reports every fault at
//! once. What is merely unwise is a warning.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use gateway::settings::Auth;

use super::fault::{Finding, Origin};
use super::raw::{Entry, Raw};
use super::schema::{self, Kind};
use super::{Config, Gateway, Sandbox, engage, offers, orders, shop, value};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AUTHS: &[Auth] = &[Auth::Tokens, Auth::None];

/// Reads values out of what was set and collects what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a Raw,
    pub(super) faults: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
}

/// The whole configuration, or nothing and at least one fault.
pub(super) fn config(reader: &mut Reader<'_>, read_file: ReadFile<'_>) -> Option<Config> {
    let gateway = gateway(reader);
    let engage = engage::engage(reader, read_file);
    let offers = offers::offers(reader, read_file);
    let orders = orders::orders(reader);
    let documents = orders::documents(reader);
    let sandbox = sandbox(reader);
    let rates = shop::rates(reader);
    let stores = shop::stores(reader);
    let config = Config {
        gateway: gateway?,
        engage: engage?,
        offers: offers?,
        orders: orders?,
        documents: documents?,
        sandbox: sandbox?,
        rates: rates?,
        stores: stores?,
    };
    apart(reader, &config);
    shop::sold_without_a_rate(reader, &config.rates, &config.stores);
    Some(config)
}

/// Reads a file that the configuration names, or says what is wrong with it.
pub(super) type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<TextFile, String>;

/// A file, which may hold a secret.
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
    let claim_window = reader.days("gateway.claim_days");
    let gateway = Gateway {
        listen: listen?,
        data_dir: data_dir?,
        auth: auth?,
        wait: wait?,
        lookup_wait: lookup_wait?,
        claim_window: claim_window?,
    };
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

fn sandbox(reader: &mut Reader<'_>) -> Option<Sandbox> {
    let listen = reader.value("sandbox.listen", value::address);
    let data_dir = reader.value("sandbox.data_dir", value::path);
    let points = shop::points(reader);
    let listen = listen?;
    if !listen.ip().is_loopback() {
        reader.warn(
            "sandbox.listen",
            format!("whoever reaches {listen} may change the sandbox; it asks for no password"),
        );
    }
    Some(Sandbox { listen, data_dir: data_dir?, points: points? })
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

    /// A whole number, within what the table of settings allows.
    pub(super) fn whole(&mut self, key: &'static str) -> Option<u32> {
        let field = schema::find(key)?;
        let Kind::Whole(least, most) = field.kind else { return None };
        self.value(key, |text| value::whole(text, least, most))
    }

    /// A whole number of milliseconds.
    pub(super) fn milliseconds(&mut self, key: &'static str) -> Option<Duration> {
        self.whole(key).map(|number| Duration::from_millis(number.into()))
    }

    /// A whole number of seconds.
    pub(super) fn seconds(&mut self, key: &'static str) -> Option<Duration> {
        self.whole(key).map(|number| Duration::from_secs(number.into()))
    }

    /// A whole number of days.
    pub(super) fn days(&mut self, key: &'static str) -> Option<Duration> {
        self.whole(key).map(|number| DAY * number)
    }

    /// Something is wrong with a setting.
    pub(super) fn fault(&mut self, key: &str, text: impl Into<String>) {
        let origin = self.origin(key);
        self.faults.push(Finding::of(&origin, key, text));
    }

    /// Something about a setting is unwise.
    pub(super) fn warn(&mut self, key: &str, text: impl Into<String>) {
        let origin = self.origin(key);
        self.warnings.push(Finding::of(&origin, key, text));
    }

    fn origin(&self, key: &str) -> Origin {
        self.raw.settings.get(key).map_or(Origin::Default, |entry| entry.origin.clone())
    }
}
