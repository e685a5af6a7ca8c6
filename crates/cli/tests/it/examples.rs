//! The examples of the documents, sent in order to a real gateway with a real sandbox behind it.
//!
//! `docs/examples/walk.json` is the order: who sends what, and what comes back. An answer must have the members of its
//! example and no others, with the same values; times, the ids that Engage and Tillbridge draw, ages, the secret of a link
//! and the words of a `detail` may differ. What Engage got is compared with what the sandbox stored, digit by digit. With
//! `TILLBRIDGE_BLESS=1` an answer that has no file yet is written down, for a person to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use gateway::settings::{Auth, Documents, Settings};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::{self, Answer, STOCKHOLM, Shop};

/// Documents that show examples, each block below a line that links to its file.
const DOCUMENTS: [&str; 3] = ["docs/integration-guide.md", "docs/operations.md", "docs/promotions.md"];
/// Members that hold a time.
const TIMES: [&str; 9] = [
    "acceptedAt",
    "asOf",
    "confirmedAt",
    "endedAt",
    "exportedAt",
    "lastChangedAt",
    "nextTry",
    "profileSeenAt",
    "voidedAt",
];
/// Members whose value isn't the same twice.
const FREE: [&str; 2] = ["ageSeconds", "detail"];

/// One step of the walk.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Step {
    /// A call without a token.
    Nobody(Call),
    /// A call of a till of one store.
    Till(Call),
    /// A call of an operator of all stores.
    Operator(Call),
    /// Something happens to the way to Engage.
    Link(Link),
    /// Somebody does something in Engage itself, by a call of the sandbox's own. `names` is the id by which examples call
    /// what came of it.
    Tenant { call: String, body: Value, names: Option<String> },
    /// What Engage has of a receipt or of an order.
    Engage(Engages),
    /// Operators say where customers reach the gateway from now on.
    #[serde(rename_all = "camelCase")]
    Customers { reach_it: String },
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Engages {
    Receipt { receipt: String, is: String },
    Order { order: String, is: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Link {
    Cut,
    Mended,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// Method and path.
    call: String,
    /// The idempotency key.
    key: Option<String>,
    /// The file of the body.
    send: Option<String>,
    status: u16,
    /// The file of the answer.
    answer: Option<String>,
    /// What to wait for, before the answer is compared: by names, or by JSON pointers.
    #[serde(default)]
    until: Map<String, Value>,
}

/// A shop, its tokens, and the ids that it drew, by those of the examples.
struct Walk {
    shop: Shop,
    till: String,
    operator: String,
    drawn: BTreeMap<String, String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_happen_as_documented() {
    let mut walk = Walk {
        shop: Shop::with_tokens().await,
        till: String::new(),
        operator: String::new(),
        drawn: BTreeMap::new(),
    };
    walk.till = walk.issue("till2", "till", STOCKHOLM).await;
    walk.operator = walk.issue("night-watch", "operator", "*").await;
    let steps: Vec<Step> = serde_json::from_str(&example("walk.json")).unwrap();
    for step in steps {
        walk.take(step).await;
    }
}

impl Walk {
    async fn issue(&self, name: &str, role: &str, store: &str) -> String {
        let token = json!({ "name": name, "role": role, "stores": [store] });
        let issued = self.shop.call("POST", "/v1/tokens", token).await;
        issued.body["token"].as_str().unwrap().to_owned()
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Nobody(call) => self.call(None, call).await,
            Step::Till(call) => self.call(Some(self.till.clone()), call).await,
            Step::Operator(call) => self.call(Some(self.operator.clone()), call).await,
            Step::Link(Link::Cut) => self.shop.cut().await,
            Step::Link(Link::Mended) => self.shop.mend().await,
            Step::Tenant { call, body, names } => {
                let call = self.with_drawn_ids(call);
                let (method, path) = call.split_once(' ').unwrap();
                let body = serde_json::from_str(&self.with_drawn_ids(body.to_string())).unwrap();
                let made = self.shop.admin(method, path, body).await;
                let drawn = names.map(|name| (name, made["id"].as_str().unwrap().to_owned()));
                self.drawn.extend(drawn);
            }
            Step::Customers { reach_it } => {
                let documents = Documents { public_url: Some(reach_it), ..Documents::default() };
                self.shop.restart_gateway(Settings { documents, ..api::settings(Auth::Tokens) }).await;
                self.shop.token = Some(self.operator.clone());
            }
            Step::Engage(Engages::Order { order, is }) => {
                let stored = self.shop.admin("GET", &format!("orders/{order}"), Value::Null).await;
                self.is_as(&is, &stored["order"]["body"]);
            }
            Step::Engage(Engages::Receipt { receipt, is }) => {
                let stored = self.shop.engages(&receipt).await;
                let [stored] = stored.as_slice() else { panic!("{receipt} is there once: {stored:?}") };
                let body = serde_json::from_str(stored["body"].as_str().unwrap()).unwrap();
                self.is_as(&is, &body);
            }
        }
    }

    async fn call(&mut self, token: Option<String>, call: Call) {
        let named = self.with_drawn_ids(call.call.clone());
        let (method, path) = named.split_once(' ').unwrap();
        let Answer { status, body } = if call.until.is_empty() {
            let headers: Vec<(&str, &str)> =
                call.key.iter().map(|key| ("idempotency-key", key.as_str())).collect();
            let body =
                call.send.as_deref().map(|file| self.with_drawn_ids(example(file))).unwrap_or_default();
            self.shop.send(token.as_deref(), method, path, body.into_bytes(), &headers).await
        } else {
            let at = |body: &Value, name: &str| match name.starts_with('/') {
                true => body.pointer(name).cloned().unwrap_or_default(),
                false => body[name].clone(),
            };
            let fits = |body: &Value| call.until.iter().all(|(name, value)| at(body, name) == *value);
            Answer { status: 200, body: self.shop.until_that(path, fits).await }
        };
        assert_eq!(status, call.status, "{}: {body}", call.call);
        if let Some(file) = call.answer {
            self.is_as(&file, &body);
        }
    }

    /// An example's text with the ids that were drawn in this walk.
    fn with_drawn_ids(&self, text: String) -> String {
        self.drawn.iter().fold(text, |text, (example, drawn)| text.replace(example, drawn))
    }

    fn is_as(&mut self, file: &str, found: &Value) {
        let path = root().join("docs/examples").join(file);
        if std::env::var_os("TILLBRIDGE_BLESS").is_some() && !path.exists() {
            let text = format!("{found:#}\n");
            let text = self.drawn.iter().fold(text, |text, (example, drawn)| text.replace(drawn, example));
            fs::write(path, text).unwrap();
        }
        let expected: Value = serde_json::from_str(&example(file)).unwrap();
        let mut differences = Vec::new();
        self.compare(&expected, found, "", &mut differences);
        assert!(differences.is_empty(), "{file}:\n{}\nfound: {found:#}", differences.join("\n"));
    }

    fn compare(&mut self, expected: &Value, found: &Value, at: &str, differences: &mut Vec<String>) {
        let name = at.rsplit('/').next().unwrap_or_default();
        match (expected, found) {
            (Value::Object(expected), Value::Object(found)) => {
                let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
                for name in names {
                    let both = (expected.get(name), found.get(name));
                    let at = format!("{at}/{name}");
                    match both {
                        (Some(expected), Some(found)) => self.compare(expected, found, &at, differences),
                        (None, _) => differences.push(format!("{at} isn't in the example")),
                        (_, None) => differences.push(format!("{at} isn't in the answer")),
                    }
                }
            }
            (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
                let mut found: Vec<&Value> = found.iter().collect();
                if name == "candidates" {
                    // Whoever was read first stands first: any order is right.
                    found.sort_by_key(|candidate| candidate["email"].to_string());
                }
                for (n, (expected, found)) in expected.iter().zip(found).enumerate() {
                    self.compare(expected, found, &format!("{at}/{n}"), differences);
                }
            }
            (Value::String(_), Value::String(time))
                if TIMES.contains(&name) && time.parse::<jiff::Timestamp>().is_ok() => {}
            (Value::String(expected), Value::String(found)) if is_drawn(expected) => {
                if self.drawn.entry(expected.clone()).or_insert_with(|| found.clone()) != found {
                    differences.push(format!("{at} is another one: {found}"));
                }
            }
            (Value::String(expected), Value::String(link)) if name == "link" => {
                let without_secret = |link: &str| link.rsplit_once('/').map(|(link, _)| link.to_owned());
                if without_secret(expected) != without_secret(link) {
                    differences.push(format!("{at} is {link}, not {expected}"));
                }
            }
            (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_))
                if FREE.contains(&name) => {}
            (expected, found) if expected == found => {}
            (expected, found) => differences.push(format!("{at} is {found}, not {expected}")),
        }
    }
}

#[test]
fn numbers_are_compared_digit_by_digit() {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_ne!(number("408.10"), number("408.1"));
}

/// A GUID, with or without the mark of those that Tillbridge draws; or the id of an offer that was assigned here.
fn is_drawn(text: &str) -> bool {
    if text.starts_with("tbo-") {
        return true;
    }
    let groups: Vec<usize> = text.trim_start_matches("tb-").split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
}

#[test]
fn every_example_that_is_shown_is_its_file() {
    let mut shown = BTreeSet::new();
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for (offset, _) in text.match_indices("```json\n") {
            let (before, block) = (&text[..offset], &text[offset + "```json\n".len()..]);
            let block = block.split("```").next().unwrap_or_default();
            let above = before.trim_end().lines().next_back().unwrap_or_default();
            let file = above.split("(examples/").nth(1).and_then(|rest| rest.split(')').next());
            let file = file.unwrap_or_else(|| panic!("{document}: no link above\n{block}"));
            assert_eq!(block, example(file), "{document} shows {file} otherwise");
        }
        shown.extend(
            text.split("(examples/").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned),
        );
    }
    let files: BTreeSet<String> = fs::read_dir(root().join("docs/examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(shown, files, "each file is shown or linked, and each link has its file");
}

fn example(file: &str) -> String {
    let path = root().join("docs/examples").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
