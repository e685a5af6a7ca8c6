//! The shop that is shown: where it is, and its configuration. Invented, all of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context as _;

use crate::config::{self, Config};
use crate::exit::Exit;

/// The store that sells in the group's currency.
pub(super) const STOCKHOLM: &str = "store03-stockholm";
/// The store that sells in euro.
pub(super) const HELSINKI: &str = "store07-helsinki";

/// The promotions file: the one that the documents show.
const PROMOTIONS: &str = include_str!("../../../../docs/examples/promotions.toml");

/// How long the sandbox keeps a new contact from look-ups, in seconds: as Engage may.
pub(super) const VISIBILITY_S: u32 = 1;
/// How often this Engage imports receipts; a tenant does every quarter of an hour.
pub(super) const IMPORT_S: u32 = 1;

/// Where the two servers are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    pub(super) gateway: SocketAddr,
    pub(super) sandbox: SocketAddr,
}

impl Places {
    /// Ports on loopback; 0 for one that is not known yet.
    pub(super) fn on_loopback(gateway: u16, sandbox: u16) -> Places {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Places { gateway: at(gateway), sandbox: at(sandbox) }
    }
}

/// Writes the shop's configuration into the folder, and reads it as `serve` would.
pub(super) fn configure(folder: &Path, places: &Places) -> anyhow::Result<Config> {
    let path = folder.join(config::FILE);
    for (path, text) in
        [(&path, configuration(folder, places).as_str()), (&folder.join("promotions.toml"), PROMOTIONS)]
    {
        std::fs::write(path, text).with_context(|| format!("can't write {}", path.display()))?;
    }
    // Not from the environment: what a shop has set up for itself is none of the demo's.
    match config::load(Some(&path), std::iter::empty()) {
        Ok(loaded) => Ok(loaded.config),
        Err(faults) => Err(Exit::Configuration.because(faults)),
    }
}

fn configuration(folder: &Path, places: &Places) -> String {
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let Places { gateway, sandbox } = places;
    format!(
        r#"# The demo's shop. While the demo runs, `tillbridge --config <this file> queue list` shows its deliveries.
[gateway]
listen = "{gateway}"
data_dir = {data_dir}
auth = "none"

[engage]
base_url = "http://{sandbox}"
import_interval_seconds = {IMPORT_S}
visibility_window_seconds = 10

[offers]
promotions = "promotions.toml"

[documents]
public_url = "http://{gateway}"

[sandbox]
listen = "{sandbox}"
data_dir = {sandbox_dir}
points = {{ SEK = 1, EUR = 11 }}

[currencies]
group = "SEK"
rates = {{ EUR = 11.35 }}

[[stores]]
external_id = "{STOCKHOLM}"
name = "Stockholm Drottninggatan"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
address = ["Drottninggatan 53", "111 21 Stockholm"]
phone = "08-465 004 11"
organisation_number = "556000-0000"

[[stores]]
external_id = "{HELSINKI}"
name = "Helsinki Aleksanterinkatu"
country = "FI"
language = "fi"
currency = "EUR"
time_zone = "Europe/Helsinki"
"#,
        data_dir = path("data"),
        sandbox_dir = path("sandbox"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shops_configuration_is_right_and_warns_of_nothing_but_its_open_door() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::on_loopback(8700, 8701);
        let config = configure(folder.path(), &places).unwrap();
        assert_eq!(config.stores.iter().len(), 2);
        let loaded = config::load(Some(&folder.path().join(config::FILE)), std::iter::empty()).unwrap();
        assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    }
}
