//! What came since: planned, rehearsed, sent and compared, and never instead of what isn't in yet.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::stage::{Sandbox, Stage};
use crate::support::Running;

/// A contact that the sample has.
const OLD: &str = "5000000";
/// One that it doesn't have.
const NEW: &str = "7000001";
const LIVE_TOO: &str = "101-2-2026-11-10-9000001";

/// A day's more of everything: a contact, a receipt of theirs and one of somebody else, points that are over and points that
/// aren't, a voucher.
fn a_day_later(stage: &Stage) {
    stage.export_more(
        "customers.csv",
        &[&format!("{NEW};Ada;Lind;ada.lind@example.com;;19800101;K;Gatan 1;211 20;Lund;SE;J;J;")],
    );
    let receipt = |number: &str, whose: &str| {
        let head = format!("101;2;2026-11-10;16:36:05;{number};{whose};SEK;;178,00");
        let sale = format!("{head};F;9100;Block;Papper;2;89,00;178,00;25;;");
        (sale, format!("{head};BET;;;;;;178,00;;KORT;"))
    };
    let (one, other) = (receipt("9000001", OLD), receipt("9000002", NEW));
    stage.export_more("sales.csv", &[&one.0, &one.1, &other.0, &other.1]);
    stage.export_more(
        "points.csv",
        &[
            &format!("{OLD};7;K;2022-01-05 12:00:00;2023-01-05;Rest"),
            &format!("{OLD};50;K;2026-11-10 12:00:00;2098-11-10;Rest"),
        ],
    );
    stage.export_more(
        "vouchers.csv",
        &[&format!("{OLD};Bonuscheck;2026-11-10 08:00:00;2027-11-10;25,00;SEK;BC99999999;N")],
    );
}

fn sent(plan: &Value) -> Value {
    let of = |entity: &str| plan["tallies"][entity]["recordsSent"].clone();
    json!([of("stores"), of("contacts"), of("receipts"), of("points"), of("vouchers")])
}

/// A till sells what the export has too: the receipt comes both ways, by the same id.
fn sell_live(stage: &Stage, sandbox: &Sandbox) {
    let sales = std::fs::read_to_string(stage.folder().join("index/sales.jsonl")).unwrap();
    let sales = sales.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let sale = sales.into_iter().find(|sale| sale["id"] == LIVE_TOO).unwrap();
    let config = format!(
        "[engage]\nbase_url = {:?}\nimport_interval_seconds = 0\ncontact_key = \"memberNumber\"\n[gateway]\nauth = \
         \"none\"\ndata_dir = \"data\"\n[currencies]\ngroup = \"SEK\"\n[[stores]]\nexternal_id = \"101\"\nname = \"Lund\"\n\
         country = \"SE\"\nlanguage = \"sv\"\ncurrency = \"SEK\"\ntime_zone = \"Europe/Stockholm\"\n",
        sandbox.running.base_url
    );
    let till = stage.dir.path().join("till");
    std::fs::create_dir(&till).unwrap();
    let gateway = Running::serve(&till, &config);
    let answer = gateway.put(&format!("/v1/receipts/{LIVE_TOO}"), &sale["receipt"]);
    assert!(answer.status < 300, "{answer:?}");
    let there = format!("/_sandbox/receipts?uniqueReceiptId={LIVE_TOO}");
    sandbox.running.get_until(&there, |answer| answer.body["items"] != json!([]));
    sandbox.take_files();
}

fn decimal(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

#[test]
fn what_came_since_is_sent_once_though_a_till_sold_some_of_it_too() {
    let stage = Stage::sample(120, 300, 21, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    stage.run_to_its_end(&sandbox);
    let before = sandbox.totals();

    a_day_later(&stage);
    let delta = stage.step(&["plan", "--delta", "--json"]).json();
    assert_eq!(sent(&delta), json!([0, 1, 2, 2, 1]), "{delta:#}");
    let rehearsed = stage.step(&["rehearse", "--json"]).json();
    assert_eq!(rehearsed["verdict"], "agrees", "{rehearsed:#}");

    sell_live(&stage, &sandbox);
    stage.run_to_its_end(&sandbox);
    let after = sandbox.totals();
    let more =
        |pointer: &str| decimal(after.pointer(pointer).unwrap()) - decimal(before.pointer(pointer).unwrap());
    assert_eq!((more("/contacts"), more("/receipts/imported")), (1.into(), 2.into()), "{after:#}");
    assert_eq!((more("/points/transactions"), more("/points/booked")), (2.into(), 57.into()), "{after:#}");
    assert_eq!(more("/vouchers/available"), 1.into(), "{after:#}");
    let reconciled = stage.step(&["reconcile", "--json", "--rate", "1000"]).json();
    assert_eq!(reconciled["verdict"], "agrees", "{reconciled:#}");

    // Once more changes nothing, and nothing came since.
    stage.step(&["run"]).ok();
    sandbox.take_files();
    assert_eq!(sandbox.totals(), after);
    let delta = stage.step(&["plan", "--delta", "--json"]).json();
    assert_eq!(sent(&delta), json!([0, 0, 0, 0, 0]), "{delta:#}");
}

#[test]
fn a_plan_that_was_begun_is_kept_until_all_of_it_is_in() {
    let stage = Stage::sample(60, 150, 22, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    // Stores wait for Voyado, all else isn't sent.
    assert_eq!(stage.step(&["run"]).code, 7);
    let (plan, files) = (stage.json("plan.json"), stage.files());
    let is_kept = || stage.json("plan.json") == plan && stage.files() == files;

    // The same export gives the same plan, which is no other.
    stage.step(&["plan"]).ok();
    assert!(is_kept());
    a_day_later(&stage);
    for (other, told) in [(&["plan"][..], "plan --delta"), (&["plan", "--delta"], "migrate run")] {
        let refused = stage.step(other);
        assert_eq!(refused.code, 5, "{other:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(told) && refused.stderr.contains("kept"), "{}", refused.stderr);
        assert!(is_kept(), "{other:?}");
    }
    // What was begun comes to its end, and then the delta has the rest.
    stage.run_to_its_end(&sandbox);
    assert_eq!(stage.step(&["plan"]).code, 5, "everything would be sent again");
    let delta = stage.step(&["plan", "--delta", "--json"]).json();
    assert_eq!(sent(&delta), json!([0, 1, 2, 2, 1]), "{delta:#}");
}

/// Points that ended and vouchers that went by since are no gap: they were sent, and were there.
#[test]
fn a_reconciliation_agrees_years_later() {
    let stage = Stage::sample(60, 100, 23, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    stage.run_to_its_end(&sandbox);
    let ten_years = json!({ "advanceSeconds": 315_360_000 });
    assert!(sandbox.running.post("/_sandbox/clock", &ten_years).status < 300);
    let active = sandbox.totals()["points"]["active"].clone();
    assert_eq!(decimal(&active), 0.into(), "they have ended");
    let reconciled = stage.step(&["reconcile", "--json", "--rate", "1000"]).json();
    assert_eq!(reconciled["verdict"], "agrees", "{reconciled:#}");
}
