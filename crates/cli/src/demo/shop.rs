//! The shop that is shown: its configuration, its goods, its customer. Invented, all of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::{self, Config};
use crate::exit::Exit;

/// The store that sells in the group's currency.
pub(super) const STOCKHOLM: &str = "store03-stockholm";
/// The store that sells in euro.
pub(super) const HELSINKI: &str = "store07-helsinki";

/// How long the sandbox keeps a new contact from look-ups, in seconds: as Engage may.
pub(super) const VISIBILITY_S: u32 = 1;
/// How often this Engage imports receipts; a tenant does every quarter of an hour.
pub(super) const IMPORT_S: u32 = 1;

/// Swedish numbers that nobody has (070-174 06 05 to 99 are kept free for fiction).
const PHONES: u32 = 95;

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
    std::fs::write(&path, configuration(folder, places))
        .with_context(|| format!("can't write {}", path.display()))?;
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

[sandbox]
listen = "{sandbox}"
data_dir = {sandbox_dir}

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

/// A customer and her receipts; each walk over the same data has its own.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) email: String,
    /// As a cashier types it.
    pub(super) phone: String,
    first_number: u64,
}

/// A sale as a till sends it.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) id: String,
    pub(super) body: Value,
}

impl Visit {
    /// The visit after so many others.
    pub(super) fn after(visits: u64) -> Visit {
        let email = match visits {
            0 => "ada.lind@example.com".to_owned(),
            visits => format!("ada.lind+{visits}@example.com"),
        };
        let phone = 605 + visits % u64::from(PHONES);
        Visit {
            email,
            phone: format!("070-174 0{} {:02}", phone / 100, phone % 100),
            first_number: 871 + 2 * visits,
        }
    }

    /// What she tells to become a member.
    pub(super) fn enrolment(&self) -> Value {
        json!({
            "store": STOCKHOLM, "email": self.email, "mobilePhone": self.phone,
            "firstName": "Ada", "lastName": "Lind", "zipCode": "111 51", "city": "Stockholm",
            "preferences": { "email": true, "sms": false },
            "consents": [{ "id": "memberTerms", "value": true }],
        })
    }

    /// Two sweaters on sale and a jacket, and a welcome gift off the whole.
    pub(super) fn first_sale(&self, now: Timestamp) -> anyhow::Result<Sale> {
        let number = format!("{:06}", self.first_number);
        Ok(Sale {
            id: format!("{STOCKHOLM}-2-{number}"),
            body: json!({
                "store": STOCKHOLM, "till": "2", "receiptNumber": number, "operator": "17",
                "createdAt": local(now, "Europe/Stockholm")?, "currency": "SEK",
                "contact": { "email": self.email },
                "lines": [
                    { "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001",
                      "name": "Wool sweater", "group": "Knitwear", "quantity": 2, "unitPrice": "499.00",
                      "taxPercent": 25,
                      "discounts": [{ "amount": "100.00", "type": "SALE", "description": "Weekend sale" }] },
                    { "id": "2", "kind": "purchase", "sku": "4107-NVY-38", "articleNumber": "4107",
                      "name": "Rain jacket", "group": "Outerwear", "quantity": 1, "unitPrice": "1299.00",
                      "taxPercent": 25 },
                ],
                "discounts": [{ "amount": "50.00", "type": "WELCOME", "description": "Welcome gift" }],
                "payments": [{ "type": "card", "amount": "2147.00" }], "total": "2147.00",
            }),
        })
    }

    /// A pair of gloves, in another country and another currency.
    pub(super) fn second_sale(&self, now: Timestamp) -> anyhow::Result<Sale> {
        let number = format!("{:06}", self.first_number + 1);
        Ok(Sale {
            id: format!("{HELSINKI}-1-{number}"),
            body: json!({
                "store": HELSINKI, "till": "1", "receiptNumber": number, "operator": "4",
                "createdAt": local(now, "Europe/Helsinki")?, "currency": "EUR",
                "contact": { "email": self.email },
                "lines": [
                    { "id": "1", "kind": "purchase", "sku": "5210-BRN-7", "articleNumber": "5210",
                      "name": "Leather gloves", "group": "Accessories", "quantity": 1, "unitPrice": "89.90",
                      "taxPercent": "25.5" },
                ],
                "payments": [{ "type": "card", "amount": "89.90" }], "total": "89.90",
            }),
        })
    }
}

/// The time on the till's clock.
fn local(now: Timestamp, zone: &str) -> anyhow::Result<String> {
    Ok(now.in_tz(zone)?.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
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

    #[test]
    fn each_visit_has_a_customer_and_numbers_of_its_own() {
        let (first, second) = (Visit::after(0), Visit::after(1));
        assert_eq!((first.email.as_str(), first.phone.as_str()), ("ada.lind@example.com", "070-174 06 05"));
        assert_eq!(
            (second.email.as_str(), second.phone.as_str()),
            ("ada.lind+1@example.com", "070-174 06 06")
        );
        let now = Timestamp::UNIX_EPOCH;
        let ids = [&first, &second].map(|visit| visit.first_sale(now).unwrap().id);
        assert_ne!(ids[0], ids[1]);
        assert_eq!(first.first_sale(now).unwrap().body["createdAt"], "1970-01-01T01:00:00+01:00");
    }
}
