//! The playing of a case: through the front door, to a sandbox, and all that comes of it compared.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::case::{Call, Case, Given, Stored, What};
use crate::api::Shop;

/// Who may take part; their addresses are theirs at example.com.
const PEOPLE: [&str; 2] = ["ada", "bo"];
/// Stands for a promotion that Ada was given; she was looked up at the till since.
const WELCOME: &str = "<welcome>";

/// A case while it is played.
struct Play {
    shop: Shop,
    /// The ids that the sandbox drew, by what stands for them: `<ada>`.
    drawn: BTreeMap<String, String>,
    differences: Vec<String>,
}

/// What is otherwise than written, each with the case's name.
pub async fn differences(case: Case) -> Vec<String> {
    let shop = Shop::with_tenant(case.settings(), case.engage_settings()).await;
    let mut play = Play { shop, drawn: BTreeMap::new(), differences: Vec::new() };
    for who in PEOPLE {
        let id = play.shop.has("Member", json!({ "email": format!("{who}@example.com") })).await;
        play.drawn.insert(format!("<{who}>"), id);
    }
    if case.stored.findings.is_empty() {
        play.shop.admin("PUT", "switches", strict()).await;
    }
    if case.names(WELCOME) {
        play.welcome().await;
    }
    for offer in &case.offers {
        play.give(offer).await;
    }
    if !case.offers.is_empty() {
        play.show_offers(&case).await;
    }
    for call in &case.calls {
        play.call(call).await;
    }
    play.shop.admin("POST", "import", Value::Null).await;
    play.compare_sent(&case).await;
    play.compare_stored(&case.stored).await;
    play.compare_findings(&case.stored.findings).await;
    play.differences.into_iter().map(|difference| format!("{}: {difference}", case.name)).collect()
}

impl Play {
    /// Gives Ada a promotion, and shows her to the till.
    async fn welcome(&mut self) {
        let ada = self.drawn["<ada>"].clone();
        let defined = json!({
            "name": "Welcome 25%", "externalId": "WELCOME25",
            "validity": { "startDate": "2025-01-01", "assignedValidity": { "unit": "Days", "amount": 30 } },
            "redemptionChannels": [{ "type": "POS", "valueType": "EXTERNALOFFER", "value": "WELCOME25" }],
        });
        let promotion = self.shop.admin("POST", "promotions", defined).await["id"].clone();
        self.shop
            .admin("POST", &format!("contacts/{ada}/promotions"), json!({ "promotion": promotion }))
            .await;
        let is_known =
            |held: &Value| held["profile"]["loyalty"].to_string().contains(promotion.as_str().unwrap());
        self.shop.lookup(json!({ "email": "ada@example.com" })).await;
        self.shop.until_that(&format!("/v1/contacts/{ada}/export"), is_known).await;
        self.drawn.insert(WELCOME.to_owned(), promotion.as_str().unwrap().to_owned());
    }

    /// Gives Ada an offer.
    async fn give(&mut self, offer: &Given) {
        let ada = format!("contacts/{}", self.drawn["<ada>"]);
        match &offer.what {
            What::Voucher(gift) => {
                self.shop.admin("POST", &format!("{ada}/vouchers"), gift.clone()).await;
                let number = self.newest(&ada, "/vouchers", "/number").await;
                self.drawn.insert(offer.stands_as.clone(), number);
            }
            What::Promotion(definition) => {
                let id = self.shop.admin("POST", "promotions", definition.clone()).await["id"].clone();
                self.shop.admin("POST", &format!("{ada}/promotions"), json!({ "promotion": id })).await;
                let assignment = self.newest(&ada, "/assignments", "/assignment/id").await;
                self.drawn.insert(offer.stands_as.clone(), assignment);
                let promotion = offer.stands_as.replace('>', ".promotion>");
                self.drawn.insert(promotion, id.as_str().unwrap().to_owned());
            }
        }
    }

    /// The one of a list of Ada's that stands for nothing yet.
    async fn newest(&self, ada: &str, list: &str, name: &str) -> String {
        let shown = self.shop.admin("GET", ada, Value::Null).await;
        let all = shown.pointer(list).and_then(Value::as_array).unwrap();
        let mut names = all.iter().filter_map(|one| one.pointer(name)?.as_str());
        let is_new = |name: &&str| !self.drawn.values().any(|drawn| drawn == name);
        names.find(is_new).unwrap_or_else(|| panic!("nothing new: {shown}")).to_owned()
    }

    /// Looks Ada up, so that the till has been shown what she has.
    async fn show_offers(&mut self, case: &Case) {
        let path = format!("/v1/contacts/{}/export", self.drawn["<ada>"]);
        self.shop.lookup(json!({ "email": "ada@example.com" })).await;
        let names: Vec<&String> = case.offers.iter().map(|offer| &self.drawn[&offer.stands_as]).collect();
        let are_known = |held: &Value| {
            let loyalty = held["profile"]["loyalty"].to_string();
            names.iter().all(|name| loyalty.contains(name.as_str()))
        };
        self.shop.until_that(&path, are_known).await;
    }

    async fn call(&mut self, call: &Call) {
        let body =
            call.body.as_ref().map(|body| self.with_drawn_ids(body.get()).into_bytes()).unwrap_or_default();
        let answer = self.shop.send(None, call.method(), call.path(), body, &[]).await;
        if !(200..300).contains(&answer.status) {
            return self.differences.push(format!("{}: {answer:?}", call.call));
        }
        let rows = answer.body["warnings"].as_array().map_or(&[][..], Vec::as_slice);
        let mut codes: Vec<&str> = rows.iter().filter_map(|row| row["code"].as_str()).collect();
        codes.sort_unstable();
        if codes != call.warnings {
            self.differences.push(format!("{}: warnings are {codes:?}: {}", call.call, answer.body));
        }
        let ended = |body: &Value| body["state"] == json!(call.state) || is_at_an_end(body);
        let shown = self.shop.until_that(&format!("/v1/receipts/{}", call.receipt()), ended).await;
        // Confirmed is delivered and seen there.
        let state = shown["state"].as_str().unwrap_or_default().replace("confirmed", "delivered");
        if state != call.state {
            self.differences.push(format!("{}: it is {state}: {shown}", call.call));
        }
        self.until_nothing_is_open().await;
        self.compare_offers(call).await;
    }

    /// What the till is told of the offers of a receipt.
    async fn compare_offers(&mut self, call: &Call) {
        let path = format!("/v1/receipts/{}", call.receipt());
        let shown = self.shop.call("GET", &path, Value::Null).await.body;
        let rows = shown["offers"].as_array().map_or(&[][..], Vec::as_slice);
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for row in rows {
            let [offer, state] =
                ["offer", "state"].map(|name| row[name].as_str().unwrap_or_default().to_owned());
            found.insert(offer, state);
        }
        let drawn = |(name, state): (&String, &String)| (self.with_drawn_ids(name), state.clone());
        let expected: BTreeMap<String, String> = call.offers.iter().map(drawn).collect();
        if found != expected {
            self.differences
                .push(format!("{}: its offers are {found:?}, not {expected:?}: {shown}", call.call));
        }
    }

    /// Waits until nothing is owed to Engage, the parts of a receipt included.
    async fn until_nothing_is_open(&self) {
        for state in ["waiting", "inFlight", "unknown"] {
            let path = format!("/v1/deliveries?state={state}");
            self.shop.until_that(&path, |page| page["items"] == json!([])).await;
        }
    }

    async fn compare_sent(&mut self, case: &Case) {
        let page = self.shop.admin("GET", "receipts?count=100", Value::Null).await;
        let rows = page["items"].as_array().unwrap();
        let mut found: Vec<Value> =
            rows.iter().map(|row| serde_json::from_str(row["body"].as_str().unwrap()).unwrap()).collect();
        let mut expected: Vec<Value> = case
            .engage
            .iter()
            .map(|receipt| serde_json::from_str(&self.with_drawn_ids(receipt.get())).unwrap())
            .collect();
        // The parts of a receipt come in any order.
        for list in [&mut found, &mut expected] {
            list.sort_by_key(|receipt| receipt["uniqueReceiptId"].as_str().unwrap_or_default().to_owned());
        }
        let ids = |list: &[Value]| -> Vec<Value> {
            list.iter().map(|receipt| receipt["uniqueReceiptId"].clone()).collect()
        };
        if ids(&found) != ids(&expected) {
            return self.differences.push(format!("Engage has {:?}, not {:?}", ids(&found), ids(&expected)));
        }
        for (expected, found) in expected.iter().zip(&found) {
            let at = expected["uniqueReceiptId"].as_str().unwrap_or_default();
            compare(expected, found, at, &mut self.differences);
        }
    }

    /// A text with the ids that the sandbox drew.
    fn with_drawn_ids(&self, text: &str) -> String {
        self.drawn.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    async fn compare_findings(&mut self, expected: &[String]) {
        let page = self.shop.admin("GET", "findings?count=100", Value::Null).await;
        let rows = page["items"].as_array().unwrap();
        let found: Vec<&str> = rows.iter().filter_map(|row| row["rule"].as_str()).collect();
        if found != expected {
            self.differences.push(format!("the sandbox finds {found:?}, not {expected:?}: {page}"));
        }
    }

    /// What became of what Ada was given.
    async fn compare_given(&mut self, expected: &BTreeMap<String, String>) {
        let ada = self.shop.admin("GET", &format!("contacts/{}", self.drawn["<ada>"]), Value::Null).await;
        let rows = |list: &str| ada[list].as_array().map_or(&[][..], Vec::as_slice).to_vec();
        let assignments = rows("assignments").into_iter().map(|one| one["assignment"].clone());
        for (name, expected) in expected {
            let drawn = &self.drawn[name];
            let mut all = rows("vouchers").into_iter().chain(assignments.clone());
            let one = all.find(|one| one["number"] == **drawn || one["id"] == **drawn).unwrap_or_default();
            let found = if one["redeemed"].is_null() { "available" } else { "redeemed" };
            if found != expected {
                self.differences.push(format!("{name} is {found}, not {expected}: {one}"));
            }
        }
    }

    async fn compare_stored(&mut self, stored: &Stored) {
        for expected in &stored.receipts {
            let rows = self.shop.engages(&expected.id).await;
            let Some(fate) = rows.first().map(|row| &row["fate"]["imported"]) else { continue };
            let points = fate["lines"].as_array().map_or(&[][..], Vec::as_slice);
            let points: Vec<Decimal> = points.iter().map(|line| decimal(&line["points"])).collect();
            let found = (decimal(&fate["rate"]), decimal(&fate["groupTotal"]), points);
            let wanted = (expected.rate, expected.group_total, expected.points.clone());
            if found != wanted {
                self.differences.push(format!("{} is stored as {found:?}, not {wanted:?}", expected.id));
            }
        }
        self.compare_given(&stored.offers).await;
        let accounts = self.shop.admin("GET", "point-accounts?count=100", Value::Null).await;
        let accounts = accounts["items"].as_array().unwrap();
        for (who, expected) in &stored.balances {
            let account =
                accounts.iter().find(|account| account["contact"] == json!(self.drawn[&format!("<{who}>")]));
            let booked = account.and_then(|account| account["transactions"].as_array());
            let balance: Decimal =
                booked.into_iter().flatten().map(|transaction| decimal(&transaction["amount"])).sum();
            if balance != *expected {
                self.differences.push(format!("{who} has {balance} points, not {expected}"));
            }
        }
    }
}

/// Every check that Engage may have, made.
pub fn strict() -> Value {
    let checks = ["receiptValidation", "receiptTaxSum", "receiptLineSum", "receiptPaymentSum"];
    checks.iter().map(|check| ((*check).to_owned(), json!("strict"))).collect()
}

/// Whether nothing comes of a receipt any more by itself.
fn is_at_an_end(receipt: &Value) -> bool {
    ["confirmed", "delivered", "needsAttention", "notSent", "unclaimed", "discarded", "voided"]
        .iter()
        .any(|state| receipt["state"] == *state)
}

/// The sandbox writes some as numbers and some as texts.
fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().or_else(|| value.as_number().map(serde_json::Number::as_str));
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// What differs between two values, digit by digit and in the order of lists.
fn compare(expected: &Value, found: &Value, at: &str, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, expected) in expected {
                match found.get(name) {
                    Some(found) => compare(expected, found, &format!("{at}/{name}"), differences),
                    None => differences.push(format!("{at}/{name} is missing")),
                }
            }
            let more = found.iter().filter(|(name, _)| !expected.contains_key(*name));
            differences.extend(more.map(|(name, found)| format!("{at}/{name} is too much: {found}")));
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (n, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(expected, found, &format!("{at}/{n}"), differences);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => differences.push(format!("{at} is {found}, not {expected}")),
    }
}

#[test]
fn every_kind_of_difference_is_found() {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (expected, found) in [
        ("1.10", "1.1"),
        (r#"{ "a": 1 }"#, "{}"),
        ("{}", r#"{ "a": 1 }"#),
        ("[1, 2]", "[1, 3]"),
        ("[1]", "[1, 1]"),
        (r#""1""#, "1"),
    ] {
        let mut differences = Vec::new();
        compare(&parse(expected), &parse(found), "", &mut differences);
        assert_eq!(differences.len(), 1, "{expected} and {found}");
    }
}
