//! Old sales for the gateway, from the plan: what a till gives back after the go-live is found.

use std::fs;

use serde_json::{Value, json};

use super::killed::Threat;
use super::stage::{Sandbox, Stage};
use crate::support::Running;

/// Changes of files between which a loading is killed.
const STRIDE_MAX: u64 = 2;

/// The gateway of the sample's shop, in front of this sandbox.
fn serve(stage: &Stage, sandbox: &Sandbox) -> Running {
    let mut config = format!(
        "[engage]\nbase_url = {:?}\ncontact_key = \"memberNumber\"\nimport_interval_seconds = 0\n[gateway]\nauth = \"none\"\n\
         data_dir = \"data\"\n[currencies]\ngroup = \"SEK\"\nrates = {{ EUR = 11.35 }}\n",
        sandbox.running.base_url
    );
    for (id, country, currency, zone) in [
        ("101", "SE", "SEK", "Europe/Stockholm"),
        ("102", "SE", "SEK", "Europe/Stockholm"),
        ("103", "SE", "SEK", "Europe/Stockholm"),
        ("201", "FI", "EUR", "Europe/Helsinki"),
        ("900", "SE", "SEK", "Europe/Stockholm"),
    ] {
        config += &format!(
            "[[stores]]\nexternal_id = {id:?}\nname = {id:?}\ncountry = {country:?}\nlanguage = \"sv\"\ncurrency = {currency:?}\n\
             time_zone = {zone:?}\n"
        );
    }
    Running::serve(stage.dir.path(), &config)
}

/// The old sales, as the plan left them.
fn sales(stage: &Stage) -> Vec<Value> {
    let text = fs::read_to_string(stage.folder().join("index/sales.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A till's return of the first line of an old sale, whole.
fn give_back(sale: &Value) -> Value {
    let receipt = &sale["receipt"];
    let line = &receipt["lines"][0];
    let refund = format!("-{}", line["paid"].as_str().unwrap());
    json!({
        "store": receipt["store"], "till": "1", "receiptNumber": "000001", "operator": "17",
        "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK",
        "lines": [{ "kind": "return", "of": { "receipt": sale["id"], "line": "1" }, "quantity": line["quantity"] }],
        "payments": [{ "type": "card", "amount": refund }], "total": refund,
    })
}

fn put(gateway: &Running, id: &str, receipt: &Value) -> Value {
    let answer = gateway.put(&format!("/v1/receipts/{id}"), receipt);
    assert_eq!(answer.status, 201, "{answer:#?}\n{}", gateway.log());
    answer.body
}

#[test]
fn a_return_after_the_go_live_finds_the_old_sale_however_often_the_loading_was_killed() {
    let stage = Stage::sample(150, 2_200, 7, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    stage.run_to_its_end(&sandbox);
    let sales = sales(&stage);
    assert!(sales.len() > 512, "it is to take more than a batch: {}", sales.len());
    let gateway = serve(&stage, &sandbox);

    // One of the last days came from a till as well.
    let by_till = &sales[3];
    put(&gateway, by_till["id"].as_str().unwrap(), &by_till["receipt"]);
    let mut threat = Threat::new();
    let (mut change, mut kills) = (1, 0);
    while threat.kills(&stage, &["load-returnables"], change) {
        kills += 1;
        change += threat.chance.between(0, STRIDE_MAX);
    }
    assert!(kills > 0, "nothing was killed");
    let wanted = |kept: usize, known: usize| json!({ "kept": kept, "known": known, "live": 1, "refused": 0, "examples": [] });
    let loaded = stage.step(&["load-returnables", "--json"]).json();
    let counted = |name: &str| loaded[name].as_u64().unwrap() as usize;
    assert_eq!(counted("kept") + counted("known") + counted("live"), sales.len(), "{loaded:#}");
    assert_eq!((counted("live"), counted("refused")), (1, 0), "{loaded:#}");
    // From its beginning again: all are known.
    fs::remove_file(stage.folder().join("returnables.json")).unwrap();
    let again = stage.step(&["load-returnables", "--json"]).json();
    assert_eq!(again, wanted(0, sales.len() - 1));

    let in_kronor =
        |sale: &&Value| sale["receipt"]["currency"] == "SEK" && sale["receipt"]["contact"].is_object();
    let old = sales.iter().rfind(in_kronor).unwrap();
    let taken = put(&gateway, "back", &give_back(old));
    assert_eq!((&taken["warnings"], &taken["faults"]), (&Value::Null, &Value::Null), "{taken:#}");
    gateway.get_until("/v1/receipts/back", |answer| {
        answer.body["state"] == "delivered" || answer.body["state"] == "confirmed"
    });
    let found = sandbox.running.get("/_sandbox/receipts?uniqueReceiptId=back").body;
    let sent: Value = serde_json::from_str(found["items"][0]["body"].as_str().unwrap()).unwrap();
    let (line, item) = (&old["receipt"]["lines"][0], &sent["items"][0]);
    assert_eq!(item["sku"], line["sku"], "{sent:#}");
    assert_eq!(item["grossPaidPrice"].to_string(), line["paid"].as_str().unwrap(), "{sent:#}");
    assert_eq!(item["quantity"].to_string(), format!("-{}", line["quantity"].as_str().unwrap()), "{sent:#}");
    let id = sent["contact"]["matchKey"].as_str().unwrap();
    let path = format!("/api/v3/contacts/{id}");
    let whose = sandbox.running.call(reqwest::Method::GET, &path, None, &[("apikey", "any")]).body;
    assert_eq!(whose["attributes"]["memberNumber"], old["contactKey"], "{whose:#}");
    // No more comes back than was sold.
    let over = gateway.put("/v1/receipts/over", &give_back(old));
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:#?}");
}

#[test]
fn without_a_gateway_nothing_is_loaded_and_it_is_said_what_to_start() {
    let stage = Stage::sample(20, 40, 7, &["--faultless"]);
    stage.step(&["plan"]).ok();
    let never = stage.step(&["load-returnables"]);
    assert_eq!(never.code, 4, "{never:#?}");
    assert!(never.stderr.contains("tillbridge serve"), "{never:#?}");
    let sandbox = Sandbox::start(stage.dir.path());
    let gateway = serve(&stage, &sandbox);
    assert!(gateway.terminate().success());
    let stopped = stage.step(&["load-returnables"]);
    assert_eq!(stopped.code, 69, "{stopped:#?}");
    assert!(stopped.stderr.contains("start `tillbridge serve`, then load again"), "{stopped:#?}");
}
