//! A tenant to try things on: a world, a host's clock that only moves when told to, and calls that read like calls.

use jiff::{SignedDuration, Timestamp};
use sandbox::{
    Act, By, Change, Deed, Effect, Event, RULES, Reply, Request, Rule, Settings, Switches, What, World, step,
};
use serde_json::Value;

pub const CONTACT: &str = include_str!("../examples/contact.json");
pub const RECEIPT: &str = include_str!("../examples/receipt.json");
pub const RETURN: &str = include_str!("../examples/return.json");
/// How the examples' contact is created.
pub const CREATE: &str = "/api/v3/contacts?source=POS&storeExternalId=store03-stockholm";

pub struct Tenant {
    pub world: World,
    pub now: Timestamp,
    pub effects: Vec<Effect>,
}

impl Tenant {
    pub fn new() -> Tenant {
        Tenant::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Tenant {
        let now = "2026-11-22T15:00:00Z".parse().unwrap();
        Tenant { world: World::new(7, settings), now, effects: Vec::new() }
    }

    pub fn send(&mut self, event: Event) -> Reply {
        let (reply, effects) = step(&mut self.world, event, self.now);
        self.effects.extend(effects);
        reply
    }

    pub fn act(&mut self, act: Act) -> u16 {
        self.send(Event::Act(act)).answer().map_or(0, |answer| answer.status)
    }

    /// A call with all that the guide asks of one.
    pub fn call(&mut self, method: &str, target: &str, body: &str) -> (u16, Value) {
        let reply = self.send(Event::Request(request(method, target, body)));
        let answer = reply.answer().expect("the call is answered");
        let body =
            if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).unwrap() };
        (answer.status, body)
    }

    pub fn get(&mut self, target: &str) -> (u16, Value) {
        self.call("GET", target, "")
    }

    pub fn post(&mut self, target: &str, body: &str) -> (u16, Value) {
        self.call("POST", target, body)
    }

    pub fn patch(&mut self, id: &str, body: &Value) -> (u16, Value) {
        self.call("PATCH", &format!("/api/v3/contacts/{id}"), &body.to_string())
    }

    pub fn delete(&mut self, id: &str) -> u16 {
        self.call("DELETE", &format!("/api/v3/contacts/{id}?source=POS"), "").0
    }

    /// A contact as it is read.
    pub fn contact(&mut self, id: &str) -> Value {
        let (status, contact) = self.get(&format!("/api/v3/contacts/{id}"));
        assert_eq!(status, 200, "{contact}");
        contact
    }

    /// What was changed about contacts, as `field: from > to`.
    pub fn changes(&self) -> Vec<String> {
        let told = |change: &Change| match &change.what {
            What::Field { name, from, to } => format!("{name}: {from} > {to}"),
            other => format!("{other:?}"),
        };
        self.world.contact_changes().iter().map(told).collect()
    }

    /// Creates the examples' contact, and answers its id.
    pub fn enrol(&mut self) -> String {
        let (status, body) = self.post(CREATE, CONTACT);
        assert!(status == 201 || status == 200, "{status} {body}");
        body["id"].as_str().unwrap().to_owned()
    }

    pub fn switch(&mut self, name: &str, value: &str) {
        let switches: Switches = self.world.switches().with_text(name, value).unwrap();
        assert_eq!(self.act(Act::SetSwitches(switches)), 204);
    }

    /// Lets time go by, and what falls due happen.
    pub fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.send(Event::Timer);
    }

    pub fn import(&mut self) {
        assert_eq!(self.act(Act::Import), 204);
    }

    /// What was done with offers, as words, by calls with the numbers of their requests.
    pub fn deeds(&self) -> Vec<(Deed, By)> {
        self.world.offer_changes().iter().map(|change| (change.deed, change.by)).collect()
    }

    /// What became of each receipt.
    pub fn fates(&self) -> Vec<&'static str> {
        self.world.receipts().iter().map(|receipt| receipt.fate.word()).collect()
    }

    /// The codes of all findings, and where they were.
    pub fn findings(&self) -> Vec<(&'static str, String)> {
        self.world.findings().map(|one| (one.rule.advice().code, one.place.clone())).collect()
    }

    pub fn found(&self, rule: Rule) -> bool {
        self.world.findings().any(|one| one.rule == rule)
    }
}

pub fn request(method: &str, target: &str, body: &str) -> Request {
    Request::new(method, target)
        .header("apikey", "test-key")
        .header("User-Agent", "SandboxTests/1.0")
        .header("Content-Type", "application/json")
        .body(body.to_owned())
}

/// An example with one member changed; `None` takes it away. `path` is as in `/items/0/sku`.
pub fn changed(example: &str, path: &str, value: Option<Value>) -> String {
    let mut body: Value = serde_json::from_str(example).unwrap();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    body.to_string()
}

/// All that the world shows, as text: two worlds that show the same are the same.
pub fn shown(world: &World) -> String {
    let findings: Vec<_> = world.findings().collect();
    let creations: Vec<_> = world.creations().collect();
    let shown = serde_json::json!([
        world.contacts().collect::<Vec<_>>(),
        world.contact_changes(),
        world.receipts(),
        world.point_accounts().collect::<Vec<_>>(),
        world.vouchers().collect::<Vec<_>>(),
        world.promotions(),
        world.assignments().collect::<Vec<_>>(),
        world.offer_changes(),
        world.orders().collect::<Vec<_>>(),
        world.order_effects(),
        world.stores().collect::<Vec<_>>(),
        world.log_lines().collect::<Vec<_>>(),
        world.requests().collect::<Vec<_>>(),
        findings,
        creations,
        world.switches(),
        world.faults(),
        world.settings(),
        world.is_frozen(),
        world.import_due(),
        world.busiest_second(),
        world.request_count(),
    ]);
    shown.to_string()
}

#[test]
fn the_rules_have_codes_of_their_own() {
    let mut codes: Vec<_> = RULES.iter().map(|advice| advice.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), RULES.len());
}
