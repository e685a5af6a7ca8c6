//! Engage's stand-in, as whoever runs it sees and disturbs it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::tills::Caller;

/// Rows of a page at most.
const PAGE: usize = 1_000;
/// As good as never: an answer that is this late meets no living gateway.
const NEVER_MS: u32 = 600_000;

/// The stand-in.
pub struct Engage {
    caller: Caller,
    base_url: String,
}

impl Engage {
    pub fn at(base_url: &str) -> Engage {
        Engage { caller: Caller::new(), base_url: base_url.to_owned() }
    }

    /// Imports at once, and sets no limit of its own.
    pub fn is_quick(&self, visibility_delay_seconds: u32) {
        let switches = json!({
            "importIntervalSeconds": 0, "rateLimitPerSecond": 100_000,
            "visibilityDelaySeconds": visibility_delay_seconds,
        });
        self.admin(Method::PUT, "switches", &switches);
    }

    /// From now on no call gets anywhere.
    pub fn cut(&self) {
        self.admin(Method::PUT, "faults", &json!([{ "kind": "cutBefore" }]));
    }

    /// The next call of this path happens, and no answer gets back.
    pub fn lose_answer(&self, path: &str) {
        let on = json!({ "method": "POST", "path": path });
        self.admin(Method::POST, "faults", &json!({ "on": on, "times": 1, "kind": "cutAfter" }));
    }

    /// The next call of this path happens, and its answer is on its way for ever.
    pub fn hold_answer(&self, path: &str) {
        let (on, kind) = (json!({ "method": "POST", "path": path }), json!({ "delay": { "ms": NEVER_MS } }));
        self.admin(Method::PUT, "faults", &json!([{ "on": on, "times": 1, "kind": kind }]));
    }

    /// Whether every fault that was set met its call.
    pub fn has_met_its_faults(&self) -> bool {
        self.admin(Method::GET, "faults", &Value::Null).as_array().is_some_and(Vec::is_empty)
    }

    /// Takes all faults away.
    pub fn mend(&self) {
        self.admin(Method::DELETE, "faults", &Value::Null);
    }

    /// All of a list.
    pub fn all(&self, list: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let page =
                self.admin(Method::GET, &format!("{list}?offset={}&count={PAGE}", rows.len()), &Value::Null);
            let items = page["items"].as_array().expect("a page").clone();
            rows.extend(items.iter().cloned());
            if items.len() < PAGE {
                return rows;
            }
        }
    }

    fn admin(&self, method: Method, path: &str, body: &Value) -> Value {
        self.caller.ask(method, &format!("{}/_sandbox/{path}", self.base_url), body)
    }
}
