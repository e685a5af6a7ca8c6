//! The data directory: whether it can be opened, or who has it open; and whether anybody may call.

use gateway::settings::Auth;
use serde_json::Value;

use super::report::Check;
use crate::config::Config;
use crate::desk::{self, Desk};

const GROUP: &str = "data directory";

/// Opens the directory as the gateway would, or asks the gateway that has it.
pub(super) async fn checks(config: &Config) -> Vec<Check> {
    let data_dir = config.gateway.data_dir.display();
    if !desk::holds_a_database(&config.gateway.data_dir) {
        let mut checks = vec![Check::ok(GROUP, "lock", format!("{data_dir} is not used yet"))];
        checks.extend(callers(config, 0));
        return checks;
    }
    let mut desk = match Desk::open(config).await {
        Ok(desk) => desk,
        Err(error) => {
            let advice = "see to that first; `tillbridge serve` says the same";
            return vec![Check::failed(GROUP, "lock", format!("{error:#}"), advice)];
        }
    };
    let mut checks = vec![holder(&desk).await];
    match desk.tokens().await {
        Ok(tokens) => checks.extend(callers(config, tokens.len())),
        Err(error) => {
            checks.push(Check::failed(GROUP, "tokens", format!("{error:#}"), "restart the gateway"))
        }
    }
    checks
}

async fn holder(desk: &Desk) -> Check {
    match desk {
        Desk::Stopped(_) => Check::ok(GROUP, "lock", "it is free, and the database opens"),
        Desk::Running(running) => match running.health().await {
            Ok(health) => {
                let link = health.get("engage").and_then(Value::as_str).unwrap_or("unknown");
                let found =
                    format!("a gateway at {} has it and answers; its link is {link}", running.base_url());
                Check::ok(GROUP, "lock", found)
            }
            Err(error) => Check::failed(GROUP, "lock", format!("{error:#}"), "restart the gateway"),
        },
    }
}

fn callers(config: &Config, tokens: usize) -> Option<Check> {
    match (config.gateway.auth, tokens) {
        (Auth::None, _) => None,
        (Auth::Tokens, 0) => Some(Check::warning(
            GROUP,
            "tokens",
            "there is none, so no till can call",
            "make one: `tillbridge token issue --name till-1 --store '*'`",
        )),
        (Auth::Tokens, number) => Some(Check::ok(GROUP, "tokens", format!("{number} in force"))),
    }
}
