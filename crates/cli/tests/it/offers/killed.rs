//! The real gateway is killed between an attempt and its outcome, and finds Engage's door shut: each offer has one effect.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::stand::{ADA, ASSIGN, REACTIVATE, REDEEM_PROMOTION, REDEEM_VOUCHER, sale, states};
use crate::kill::operator;
use crate::support::{Answer, Running, shop, tillbridge};
use crate::tills::Caller;

/// As good as never: an answer that is this late meets no living gateway.
const NEVER_MS: u32 = 600_000;

/// A gateway and a sandbox, each a process.
pub struct Place {
    folder: TempDir,
    sandbox: Option<Running>,
    gateway: Option<Running>,
    engage_at: String,
    caller: Caller,
}

impl Place {
    pub fn open() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Running::sandbox(folder.path());
        let engage_at = sandbox.base_url.clone();
        let gateway = Running::serve(folder.path(), &shop(&engage_at));
        let (sandbox, gateway) = (Some(sandbox), Some(gateway));
        let place = Place { folder, sandbox, gateway, engage_at, caller: Caller::new() };
        place.admin("PUT", "switches", &json!({ "importIntervalSeconds": 0 }));
        place
    }

    pub fn gateway(&self) -> &Running {
        self.gateway.as_ref().expect("it runs")
    }

    pub fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.engage_at);
        self.caller.ask(method.parse().unwrap(), &url, body)
    }

    /// A member with a voucher and a promotion, as a till was shown her: her id, the voucher's id and number, the
    /// assignment's id.
    fn member(&self) -> [String; 4] {
        let text = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
        let fields = json!({ "contactType": "Member", "fields": { "email": ADA } });
        let ada = text(&self.admin("POST", "contacts", &fields), "id");
        let voucher = json!({ "amount": 100, "currency": "SEK" });
        let voucher = text(&self.admin("POST", &format!("contacts/{ada}/vouchers"), &voucher), "id");
        let channels = json!([{ "type": "POS", "valueType": "MONEY", "value": "50" }]);
        let fifty = json!({ "name": "FIFTY", "externalId": "FIFTY", "redemptionChannels": channels });
        let fifty = json!({ "promotion": self.admin("POST", "promotions", &fifty)["id"] });
        let assignment = text(&self.admin("POST", &format!("contacts/{ada}/promotions"), &fifty), "id");
        self.gateway().get(&format!("/v1/contacts/{ada}"));
        let is_kept =
            |answer: &Answer| answer.body["profile"]["loyalty"]["vouchers"][0]["number"].is_string();
        let held = self.gateway().get_until(&format!("/v1/contacts/{ada}/export"), is_kept);
        let number = text(&held.body["profile"]["loyalty"]["vouchers"][0], "number");
        [ada, voucher, number, assignment]
    }

    /// The next call of this path happens, and no answer gets back.
    pub fn hold_answer(&self, path: &str) {
        let (on, kind) = (json!({ "method": "POST", "path": path }), json!({ "delay": { "ms": NEVER_MS } }));
        self.admin("PUT", "faults", &json!([{ "on": on, "times": 1, "kind": kind }]));
    }

    fn deeds(&self, contact: &str, kind: &str) -> Vec<Value> {
        let page = self.admin("GET", &format!("effects/offers?contact={contact}&kind={kind}"), &Value::Null);
        page["items"].as_array().unwrap().clone()
    }

    /// Kills the gateway as soon as Engage has done this so many times, and starts it again.
    fn kill_when(&mut self, contact: &str, kind: &str, times: usize) {
        self.kill_once(|place| place.deeds(contact, kind).len() == times);
    }

    /// Kills the gateway as soon as this is so, and starts it again.
    pub fn kill_once(&mut self, is_so: impl Fn(&Place) -> bool) {
        self.caller.until("Engage did it", || is_so(self).then_some(()));
        self.gateway.take().expect("it runs").kill();
        self.start();
    }

    fn start(&mut self) {
        let command = command(self.folder.path(), "serve", "TILLBRIDGE_GATEWAY__LISTEN", "127.0.0.1:0");
        self.gateway = Some(Running::start(command, &self.folder.path().join("serve.log")));
    }

    pub fn drain(&self) {
        operator::drain(&self.caller, &self.gateway().base_url);
    }

    fn receipt(&self, id: &str) -> Value {
        self.gateway().get(&format!("/v1/receipts/{id}")).body
    }

    fn imported(&self, id: &str) -> usize {
        let page = self.admin("GET", &format!("receipts?uniqueReceiptId={id}&state=imported"), &Value::Null);
        page["items"].as_array().unwrap().len()
    }

    /// Sends something whose answer may be cut off with the gateway.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> std::thread::JoinHandle<()> {
        let (url, body) = (format!("{}{path}", self.gateway().base_url), body.clone());
        let method = method.parse().unwrap();
        std::thread::spawn(move || {
            let text = if body.is_null() { String::new() } else { body.to_string() };
            drop(Caller::new().call(method, &url, &text, &[("idempotency-key", "wish-1")]));
        })
    }
}

fn command(dir: &Path, name: &str, variable: &str, listen: &str) -> Command {
    let mut command = tillbridge(dir);
    command.arg(name).env(variable, listen);
    command
}

#[test]
fn who_is_killed_between_the_attempt_and_its_outcome_does_each_thing_once() {
    let mut place = Place::open();
    let [ada, voucher, number, assignment] = place.member();

    let wish = json!({ "store": "store03-stockholm", "promotion": "FIFTY" });
    let path = format!("/v1/contacts/{ada}/promotions");
    place.hold_answer(ASSIGN);
    let asking = place.send("POST", &path, &wish);
    place.kill_when(&ada, "assigned", 2);
    asking.join().unwrap();
    place.drain();
    let again =
        place.gateway().call(reqwest::Method::POST, &path, Some(&wish), &[("idempotency-key", "wish-1")]);
    assert_eq!((again.status, &again.body["state"]), (200, &json!("ready")), "{again:?}");
    assert_eq!(place.deeds(&ada, "assigned").len(), 2, "hers, and ours once");

    for (id, offer, off, path, used) in [
        ("with-promotion", &assignment, 50, REDEEM_PROMOTION, 1),
        ("with-voucher", &number, 100, REDEEM_VOUCHER, 2),
    ] {
        place.hold_answer(path);
        let asking = place.send("PUT", &format!("/v1/receipts/{id}"), &sale(offer, off));
        place.kill_when(&ada, "redeemed", used);
        asking.join().unwrap();
        place.drain();
        assert_eq!(states(&place.receipt(id)), ["redeemed"], "{}", place.receipt(id));
        assert_eq!((place.deeds(&ada, "redeemed").len(), place.imported(id)), (used, 1), "{id}");
    }

    place.hold_answer(REACTIVATE);
    let asking = place.send("POST", "/v1/receipts/with-voucher/void", &Value::Null);
    place.kill_when(&ada, "reactivated", 1);
    asking.join().unwrap();
    place.drain();
    assert_eq!(states(&place.receipt("with-voucher")), ["givenBack"]);
    assert_eq!((place.deeds(&ada, "reactivated").len(), place.imported("with-voucher~void")), (1, 1));
    let rows = place.admin("GET", "vouchers", &Value::Null);
    assert_eq!((&rows["items"][0]["id"], &rows["items"][0]["reactivations"]), (&json!(voucher), &json!(1)));
}

#[test]
fn who_finds_engages_door_shut_redeems_when_it_opens() {
    let mut place = Place::open();
    let [ada, _, number, _] = place.member();
    assert!(place.sandbox.take().expect("it runs").terminate().success());
    let taken = place.gateway().put("/v1/receipts/dark", &sale(&number, 100));
    assert_eq!((taken.status, states(&taken.body)), (201, vec!["pending".to_owned()]), "{taken:?}");

    let at = place.engage_at.trim_start_matches("http://").to_owned();
    let mut command = command(place.folder.path(), "sandbox", "TILLBRIDGE_SANDBOX__LISTEN", &at);
    command.env("TILLBRIDGE_SANDBOX__DATA_DIR", "sandbox-data");
    place.sandbox = Some(Running::start(command, &place.folder.path().join("sandbox.log")));
    place.drain();
    assert_eq!(states(&place.receipt("dark")), ["redeemed"]);
    assert_eq!((place.deeds(&ada, "redeemed").len(), place.imported("dark")), (1, 1));
}
