//! A gateway's deliveries, as an operator sees and hurries them.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::tills::{Caller, Reply};

/// Rows of a page at most.
const PAGE: usize = 500;

/// All deliveries, or those of one state.
pub fn deliveries(caller: &Caller, gateway: &str, state: Option<&str>) -> Vec<Value> {
    let state = state.map_or_else(String::new, |state| format!("&state={state}"));
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{gateway}/v1/deliveries?limit={PAGE}{state}{after}"));
        rows.extend(page["items"].as_array().expect("a page").iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return rows,
        }
    }
}

/// What may still come to a call by itself.
pub fn owed(caller: &Caller, gateway: &str) -> Vec<Value> {
    let states = ["waiting", "inFlight", "unknown"];
    states.iter().flat_map(|state| deliveries(caller, gateway, Some(state))).collect()
}

/// Waits until nothing is owed any longer. What failed before gets its next try now: it is asked for.
pub fn drain(caller: &Caller, gateway: &str) {
    let mut asked_for = BTreeSet::new();
    caller.until("everything is delivered", || {
        let owed = owed(caller, gateway);
        for row in owed.iter().filter(|row| row["code"].is_string()) {
            let id = row["id"].as_str().expect("an id").to_owned();
            if asked_for.insert(id.clone()) {
                let url = format!("{gateway}/v1/deliveries/{id}/retry");
                let reply = caller.call(Method::POST, &url, "", &[]);
                // 409 where it went by itself meanwhile.
                let agrees = matches!(&reply, Reply::Answered(answer) if [200, 409].contains(&answer.status));
                assert!(agrees, "{reply:?}");
            }
        }
        owed.is_empty().then_some(())
    });
}
