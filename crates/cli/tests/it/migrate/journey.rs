//! The whole way: sample, check, mend, plan, rehearse, run with kills, reconcile, and what came since.

use std::fs;

use migration::sample::{Sums, Truth};
use serde_json::{Value, json};

use super::assert_counts;
use super::stage::{Sandbox, Stage, killed_when};
use crate::support::run;
use crate::tills::Chance;

/// How often a run is killed before it is let be.
const KILLS: u64 = 6;

fn truth(stage: &Stage) -> Truth {
    serde_json::from_value(stage.json("truth.json")).unwrap()
}

/// What a plan is to bring is what is true.
fn assert_brings(plan: &Value, truth: &Sums) {
    let sent = |row: &&Value| row["receiptsSent"] != 0;
    let sold = plan["turnover"].as_array().unwrap().iter().filter(sent).map(|row| {
        json!([row["store"], row["month"], row["currency"], row["receiptsSent"], row["totalSent"]])
    });
    let wanted =
        truth.sold.iter().map(|row| json!([row.store, row.month, row.currency, row.receipts, row.total]));
    let sorted = |mut rows: Vec<Value>| {
        rows.sort_by_key(Value::to_string);
        rows
    };
    assert_eq!(sorted(sold.collect()), sorted(wanted.collect()));
    for (kind, count) in &truth.identifiers {
        assert_eq!(plan["identifiers"][kind], *count, "{kind}");
    }
    assert_eq!(plan["points"], json!(truth.points));
    assert_eq!(plan["vouchers"], json!(truth.vouchers));
}

#[test]
fn a_check_finds_every_fault_that_was_made_and_no_other() {
    for form in ["rows", "two-files", "json-lines"] {
        let seed = Chance::drawn().between(0, 999_999);
        let stage = Stage::sample(800, 2_500, seed, &["--receipts-as", form]);
        let truth = truth(&stage);
        let checked = stage.step(&["check", "--json"]);
        assert_eq!(checked.code, 3, "{form} {seed}: {}", checked.stderr);
        assert_counts(&serde_json::from_str(&checked.stdout).unwrap(), &truth.exported);
        stage.mend();
        let checked = stage.step(&["check", "--json"]).json();
        assert_counts(&checked, &truth.mended);
    }
}

#[test]
fn a_draft_of_the_export_finds_what_the_mapping_that_fits_finds() {
    for form in ["rows", "two-files", "json-lines"] {
        let stage = Stage::sample(600, 1_500, 5, &["--receipts-as", form]);
        let mut files: Vec<_> =
            fs::read_dir(stage.folder().join("export")).unwrap().map(Result::unwrap).collect();
        files.sort_by_key(fs::DirEntry::path);
        let files = files.iter().map(|file| file.path().to_str().unwrap().to_owned());
        let init = ["migrate", "--folder", "drafted", "init"].map(str::to_owned).into_iter().chain(files);
        let init: Vec<String> = init.collect();
        run(stage.dir.path(), &init.iter().map(String::as_str).collect::<Vec<_>>()).ok();
        let drafted = run(stage.dir.path(), &["migrate", "--folder", "drafted", "check", "--json"]);
        let fitting = stage.step(&["check", "--json"]);
        assert_eq!((drafted.code, fitting.code), (3, 3), "{form}: {drafted:#?}");
        let tallies = |ended: &str| serde_json::from_str::<Value>(ended).unwrap()["tallies"].take();
        assert_eq!(tallies(&drafted.stdout), tallies(&fitting.stdout), "{form}");
    }
}

#[test]
fn the_same_export_gives_the_same_files_and_a_rehearsal_agrees() {
    let stage = Stage::sample(150, 400, 11, &[]);
    let truth = truth(&stage);
    let plan = stage.step(&["plan", "--json"]).json();
    assert_brings(&plan, &truth.exported);
    let files = stage.files();
    assert_eq!(stage.step(&["plan", "--json"]).json(), plan);
    assert!(stage.files() == files, "other bytes");
    let rehearsed = stage.step(&["rehearse", "--json"]).json();
    assert_eq!(rehearsed["verdict"], "agrees", "{rehearsed:#}");
}

#[test]
fn a_run_that_is_killed_anywhere_brings_everything_once() {
    let mut chance = Chance::drawn();
    let stage = Stage::sample(120, 300, chance.between(0, 999_999), &["--faultless"]);
    let truth = truth(&stage);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    for _ in 0..KILLS {
        let lines = chance.between(0, 3);
        killed_when(stage.command(&["run"]), |said| said.len() as u64 >= lines);
        if chance.one_in(2) {
            sandbox.take_files();
        }
    }
    stage.run_to_its_end(&sandbox);
    let totals = sandbox.totals();
    assert_eq!(
        totals["contacts"],
        truth.mended.tallies[&migration::Entity::Contacts].records_sent,
        "{totals:#}"
    );
    let receipts = truth.mended.tallies[&migration::Entity::Receipts].records_sent;
    assert_eq!(totals["receipts"]["imported"], receipts, "{totals:#}");
    let reconciled = stage.step(&["reconcile", "--json", "--rate", "1000"]).json();
    assert_eq!(reconciled["verdict"], "agrees", "{reconciled:#}");
    // Once more changes nothing, and nothing came since.
    stage.step(&["run"]).ok();
    sandbox.take_files();
    assert_eq!(sandbox.totals(), totals);
    let delta = stage.step(&["plan", "--delta", "--json"]).json();
    assert_eq!(delta["files"].as_array().unwrap().len(), 0, "{delta:#}");
}
