//! The tenant in Engage: whether it is reached, takes the key, knows our stores, and lets consents be read; and where
//! they are asked for, whether it tells which contacts changed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use engage::call::{self, ChangeKind};
use engage::model::Store;
use engage::{Client, Failure, Reached, Refusal};
use gateway::Clock;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::report::Check;
use crate::config::{Config, Engage};
use crate::wiring;

const GROUP: &str = "engage";
/// How long each step of the diagnosis may take.
const STEP_WAIT: Duration = Duration::from_secs(5);
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// Whose changes are asked for, to see whether they are told at all.
const CHANGES_OF: SignedDuration = SignedDuration::from_secs(60);
/// What stands in the way of a direct connection, if it is set.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Asks Engage what a gateway would rely on.
pub(super) async fn checks(config: &Config) -> Vec<Check> {
    let client = match wiring::client(&config.engage) {
        Ok(client) => client,
        Err(error) => {
            let advice = "correct engage.ca_file, or install the system's root certificates";
            return vec![Check::failed(GROUP, "link", format!("{error:#}"), advice)];
        }
    };
    let url = &config.engage.base_url;
    match client.send(&call::stores_with_inactive()).await {
        Ok(known) => {
            let mut checks = vec![
                Check::ok(GROUP, "link", format!("{url} answers")),
                Check::ok(GROUP, "key", "the key is accepted"),
            ];
            checks.extend(stores(config, &known));
            checks.push(consents(&client).await);
            if config.engage.tenant.changes_interval.is_some() {
                checks.push(changes(&client, &config.engage.tenant.changes_time_zone).await);
            }
            checks
        }
        Err(Failure::Refused(refusal)) => {
            vec![Check::ok(GROUP, "link", format!("{url} answers")), refused("key", &refusal)]
        }
        Err(Failure::Unreadable { status, what }) => {
            let found = format!("{url} answers with status {status}, but not like Engage: {what}");
            vec![Check::failed(GROUP, "link", found, "correct engage.base_url, or what stands in between")]
        }
        Err(Failure::NoAnswer { reached, reason }) => vec![diagnosis(&config.engage, reached, &reason).await],
    }
}

/// What a refusal says about the key. The statuses are assumed (fact B-12).
fn refused(name: &'static str, refusal: &Refusal) -> Check {
    let found = format!("refused: {refusal}");
    match refusal.status {
        401 => {
            Check::failed(GROUP, name, found, "set engage.api_key_file to a key made under API connections")
        }
        403 => {
            Check::failed(GROUP, name, found, "let this machine's address into the key's list of addresses")
        }
        429 => Check::warning(
            GROUP,
            name,
            found,
            "others use this key to its limit; lower their rate, or share it out",
        ),
        500.. => Check::warning(GROUP, name, found, "Engage is not well; try again later"),
        _ => Check::failed(
            GROUP,
            name,
            found,
            "the tenant doesn't offer this call; ask Voyado, with the request's id",
        ),
    }
}

fn stores(config: &Config, known: &[Store]) -> Vec<Check> {
    let known: BTreeMap<&str, bool> = (known.iter())
        .filter_map(|store| Some((store.external_id.as_ref()?.as_str(), store.active.unwrap_or(true))))
        .collect();
    let ours: Vec<&str> = config.stores.iter().map(|store| store.external_id.as_str()).collect();
    let named = |wanted: Option<bool>| {
        let found = ours.iter().filter(|id| known.get(*id).copied() == wanted).copied();
        found.collect::<Vec<_>>()
    };
    let (active, inactive, unknown) = (named(Some(true)), named(Some(false)), named(None));
    let mut checks = Vec::new();
    if !active.is_empty() {
        let found = format!("{} of {} are known: {}", active.len(), ours.len(), active.join(", "));
        checks.push(Check::ok(GROUP, "stores", found));
    }
    if !inactive.is_empty() {
        let found = format!("out of use in Engage: {}", inactive.join(", "));
        checks.push(Check::warning(GROUP, "stores", found, "activate them, or take them out of [[stores]]"));
    }
    if !unknown.is_empty() {
        let found = format!("not in Engage: {}", unknown.join(", "));
        // Fact S-07.
        let advice =
            "make them in Engage, or correct the ids: Engage makes a store of any id that a receipt names";
        checks.push(Check::warning(GROUP, "stores", found, advice));
    }
    checks
}

async fn consents(client: &Client) -> Check {
    match client.send(&call::consents()).await {
        Ok(consents) if consents.is_empty() => Check::ok(GROUP, "consents", "none is set up"),
        Ok(consents) => {
            let ids: Vec<&str> = consents.iter().map(|consent| consent.id.as_str()).collect();
            Check::ok(GROUP, "consents", ids.join(", "))
        }
        Err(Failure::Refused(refusal)) => refused("consents", &refusal),
        Err(failure) => Check::warning(GROUP, "consents", failure.to_string(), "try again"),
    }
}

/// The feed of changes, which Voyado switches on for a tenant (fact C-84).
async fn changes(client: &Client, zone: &TimeZone) -> Check {
    let moment_ago = (Clock::start().now() - CHANGES_OF).to_zoned(zone.clone()).datetime();
    match client.send(&call::contact_changes(ChangeKind::Updated, moment_ago, None)).await {
        Ok(_) => Check::ok(GROUP, "changes", "the tenant tells which contacts changed"),
        // Which of the two it is isn't known (fact C-85).
        Err(Failure::Refused(refusal)) if matches!(refusal.status, 403 | 404) => Check::failed(
            GROUP,
            "changes",
            format!("the tenant doesn't tell which contacts changed: {refusal}"),
            "ask Voyado to switch contacts/changes on, or set engage.changes_interval_seconds = 0",
        ),
        Err(Failure::Refused(refusal)) => refused("changes", &refusal),
        Err(failure) => Check::warning(GROUP, "changes", failure.to_string(), "try again"),
    }
}

/// Where a call without an answer broke off: at the name, the connection, the handshake, or behind it.
async fn diagnosis(engage: &Engage, reached: Reached, reason: &str) -> Check {
    let failed = |found: String, advice: &str| Check::failed(GROUP, "link", found, advice);
    let url = &engage.base_url;
    if let Some(variable) = PROXY_VARIABLES.iter().find(|name| std::env::var_os(name).is_some())
        && url.scheme() == "https"
    {
        return failed(
            format!("no answer from {url} by the proxy of {variable}: {reason}"),
            "check the proxy, and whether it lets this machine reach the tenant",
        );
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<SocketAddr> = match timeout(STEP_WAIT, lookup_host((host, port))).await {
        Ok(Ok(found)) => found.take(ADDRESSES_MAX).collect(),
        Ok(Err(error)) => {
            return failed(
                format!("the name {host} leads nowhere: {error}"),
                "correct engage.base_url, or this machine's name server",
            );
        }
        Err(_) => {
            return failed(format!("no name server tells where {host} is"), "check this machine's network");
        }
    };
    if let Err(error) = connect(&addresses).await {
        let advice = if addresses.iter().any(|address| address.ip().is_loopback()) {
            "start `tillbridge sandbox` here, or set engage.base_url to the tenant's address"
        } else {
            "check the firewall and the port; tills can sell meanwhile"
        };
        return failed(
            format!("{host} is known, but no connection to port {port} can be made: {error}"),
            advice,
        );
    }
    match (reached, url.scheme()) {
        (Reached::Never, "https") => failed(
            format!("{host} takes connections, but TLS fails: {reason}"),
            "if a proxy opens TLS, set engage.ca_file to its certificate; else check this machine's clock",
        ),
        _ => failed(
            format!("{host} takes connections, but doesn't answer: {reason}"),
            "try again; if it stays so, ask Voyado, or look at what stands in between",
        ),
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<(), String> {
    let mut last = "it has no address".to_owned();
    for address in addresses {
        match timeout(STEP_WAIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = format!("{address}: no answer in {} s", STEP_WAIT.as_secs()),
        }
    }
    Err(last)
}
