//! The configuration: one commented file, the environment over it, and types that cannot be wrong behind it.
//!
//! Invariants: a [`Config`] is complete and consistent, so that nobody checks it again; every fault is reported at
//! once, with its place and what to do; no secret is shown, logged or repeated in a fault; exchange rates are the
//! decimals that were written. What it does not do: open a database, a port, or a connection.
//!
//! `config/schema.rs` is the table of settings; names of variables, the JSON Schema and the listing follow from it.

mod build;
pub(crate) mod command;
mod document;
mod engage;
mod fault;
mod json_schema;
mod offers;
mod orders;
mod promotions;
mod raw;
mod schema;
mod shop;
mod show;
#[cfg(test)]
mod tests;
mod value;

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::document::Templates;
use ::engage::model::NewDefinition;
use gateway::settings::{self, Auth};
use pos::money::Currency;
use pos::rates::Rates;
use pos::store::Stores;
use reqwest::Url;
use rust_decimal::Decimal;
use secrecy::SecretString;

pub(crate) use fault::{Faults, Finding, Origin};
pub(crate) use show::Settings;

/// The file that is read when none is named and it exists.
pub(crate) const FILE: &str = "tillbridge.toml";

/// Variables with our prefix that are arguments of the command line and no settings.
pub(crate) const OTHER_VARIABLES: &[&str] =
    &["TILLBRIDGE_CONFIG", "TILLBRIDGE_LOG", "TILLBRIDGE_SANDBOX_SFTP_PASSWORD", "TILLBRIDGE_SFTP_PASSWORD"];

/// The largest configuration, key or promotions file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Everything Tillbridge is told before it starts.
#[derive(Debug)]
pub(crate) struct Config {
    /// What the tills see.
    pub(crate) gateway: Gateway,
    /// The way to Engage.
    pub(crate) engage: Engage,
    /// What the shop has decided about offers.
    pub(crate) offers: Offers,
    /// Orders and digital receipts.
    pub(crate) orders: settings::Orders,
    /// The documents that customers open.
    pub(crate) documents: Documents,
    /// The stand-in for Engage.
    pub(crate) sandbox: Sandbox,
    /// Exchange rates to the group currency, and who converts.
    pub(crate) rates: Rates,
    /// The stores by their ids.
    pub(crate) stores: Stores,
}

/// What the tills see.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// Where they call.
    pub(crate) listen: SocketAddr,
    /// The folder of everything durable.
    pub(crate) data_dir: PathBuf,
    /// How they prove who they are.
    pub(crate) auth: Auth,
    /// The longest a call waits for Engage.
    pub(crate) wait: Duration,
    /// The longest a look-up waits for Engage.
    pub(crate) lookup_wait: Duration,
    /// How long a receipt that names no customer may be claimed for one.
    pub(crate) claim_window: Duration,
}

/// The way to Engage.
#[derive(Debug)]
pub(crate) struct Engage {
    /// The server, without a path.
    pub(crate) base_url: Url,
    /// The key; for a sandbox on this machine any will do.
    pub(crate) api_key: SecretString,
    /// Certificates to trust besides the machine's own.
    pub(crate) ca_file: Option<PathBuf>,
    /// The longest one call may take.
    pub(crate) timeout: Duration,
    /// What its tenant is like.
    pub(crate) tenant: settings::Engage,
}

/// What the shop has decided about offers.
#[derive(Debug)]
pub(crate) struct Offers {
    /// The promotions of the promotions file.
    pub(crate) promotions: Vec<Promotion>,
    /// What goes for every voucher.
    pub(crate) vouchers: settings::Vouchers,
    /// How long a checkout holds its offers.
    pub(crate) hold: Duration,
}

/// A promotion of the promotions file.
#[derive(Debug)]
pub(crate) struct Promotion {
    /// What Tillbridge itself goes by.
    pub(crate) rules: settings::Promotion,
    /// What Engage is to have.
    pub(crate) definition: NewDefinition,
}

/// The documents that customers open.
#[derive(Debug)]
pub(crate) struct Documents {
    /// Where customers reach the gateway, without a slash at its end, if they do.
    pub(crate) public_url: Option<String>,
    /// The templates of the shop's folder, if it has one.
    pub(crate) templates: Option<Templates>,
}

/// The stand-in for Engage.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// Where it answers.
    pub(crate) listen: SocketAddr,
    /// The folder of its journal.
    pub(crate) data_dir: PathBuf,
    /// How many points one unit of a currency earns; none of those that are not named.
    pub(crate) points: Vec<(Currency, Decimal)>,
}

/// A configuration and how it came about.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What is in force.
    pub(crate) config: Config,
    /// What is unwise about it.
    pub(crate) warnings: Vec<Finding>,
    /// The file that was read, if there was one.
    pub(crate) file: Option<PathBuf>,
    /// The same as written, with origins, for [`show()`].
    pub(crate) settings: Settings,
}

/// Loads the configuration: the defaults, then the file (the one named, else `./tillbridge.toml` if it exists), then
/// the environment.
///
/// # Errors
/// Everything that is wrong, at once.
pub(crate) fn load(
    path: Option<&Path>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Loaded, Faults> {
    let Some(path) = path.or_else(|| Some(Path::new(FILE)).filter(|path| path.exists())) else {
        return assemble(None, variables);
    };
    match read_file(path) {
        Ok(file) => assemble(Some((path, &file)), variables),
        Err(problem) => {
            Err(Faults(vec![Finding::at(Origin::Default, format!("{}: {problem}", path.display()))]))
        }
    }
}

/// The environment as [`load`] takes it. Text that is not UTF-8 is kept legible enough to be refused by name.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

/// The commented file that `config init` writes: every setting with its default.
pub(crate) const fn template() -> &'static str {
    include_str!("config/default.toml")
}

/// The effective configuration with the origin of each value, without secrets.
pub(crate) fn show(loaded: &Loaded) -> String {
    show::text(&loaded.settings)
}

/// The same as JSON, pretty-printed with a newline at its end.
pub(crate) fn show_json(loaded: &Loaded) -> String {
    format!("{:#}\n", show::json(&loaded.settings))
}

/// The JSON Schema of the file, pretty-printed with a newline at its end.
pub(crate) fn json_schema() -> String {
    format!("{:#}\n", json_schema::document())
}

/// The promotions of a promotions file, for tests of what is made of them.
///
/// # Panics
/// When it is faulty.
#[cfg(test)]
pub(crate) fn promotions_of(text: &str, group: Option<Currency>) -> Vec<Promotion> {
    promotions::read(Path::new("promotions.toml"), text, group).unwrap()
}

fn assemble(
    file: Option<(&Path, &build::TextFile)>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Loaded, Faults> {
    let mut raw = raw::Raw::defaults();
    let mut faults = Vec::new();
    if let Some((path, file)) = file {
        faults.extend(raw.read_file(path, &file.text));
    }
    faults.extend(raw.read_environment(variables));
    let mut reader = build::Reader { raw: &raw, faults, warnings: Vec::new() };
    let config = build::config(&mut reader, &read_file);
    if file.is_some_and(|(_, file)| file.world_readable) {
        reader.key_is_exposed();
    }
    let build::Reader { mut faults, warnings, .. } = reader;
    match config {
        Some(config) if faults.is_empty() => {
            let file = file.map(|(path, _)| path.to_owned());
            Ok(Loaded { config, warnings, file, settings: Settings::without_secrets(raw) })
        }
        _ => {
            faults.sort_by(|left, right| left.origin.cmp(&right.origin));
            Err(Faults(faults))
        }
    }
}

fn read_file(path: &Path) -> Result<build::TextFile, String> {
    let cannot =
        |error: std::io::Error| format!("cannot read it ({error}); check the path and who may read it");
    let file = std::fs::File::open(path).map_err(cannot)?;
    let world_readable = world_readable(&file.metadata().map_err(cannot)?);
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?;
    if read as u64 > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes; it can't be what it should be"));
    }
    Ok(build::TextFile { text, world_readable })
}

#[cfg(unix)]
fn world_readable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
const fn world_readable(_: &std::fs::Metadata) -> bool {
    false
}
