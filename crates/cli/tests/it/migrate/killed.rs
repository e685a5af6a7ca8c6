//! Steps that are killed at a change of a file, drawn anew in every run of the tests: what the step before left, or what
//! this one makes, and nothing between; and the next start gives what an undisturbed one gives.
//!
//! `run` is killed in [`super::journey`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::stage::{Sandbox, Stage};
use crate::native;
use crate::tills::Chance;

/// At most so many changes of files lie between two kills.
const STRIDE_MAX: u64 = 6;
/// A step that changes files more often than this is not the short one that it should be.
const CHANGES_MAX: u64 = 2_000;
/// A step that was killed less often was not watched.
const KILLS_MIN: u64 = 3;

/// A library that kills.
pub(super) struct Threat {
    library: PathBuf,
    pub(super) chance: Chance,
    _folder: TempDir,
}

impl Threat {
    pub(super) fn new() -> Threat {
        let folder = tempfile::tempdir().unwrap();
        Threat { library: native::faults(folder.path()), chance: Chance::drawn(), _folder: folder }
    }

    /// Runs a step that is killed at its so manieth change; whether it was.
    pub(super) fn kills(&mut self, stage: &Stage, step: &[&str], change: u64) -> bool {
        let mut command = stage.command(step);
        command.env("LD_PRELOAD", &self.library).env("DIE_AT_CHANGE", change.to_string());
        if self.chance.one_in(2) {
            command.env("DIE_HALFWAY", "1");
        }
        let output = command.output().unwrap();
        // Who is killed has no code of its own.
        output.status.code().is_none()
    }

    /// Kills a step here and there until it gets through, each time from the beginning that `begin` makes.
    fn at_drawn_changes(&mut self, begin: impl Fn() -> Stage, step: &[&str], after: impl Fn(&Stage, u64)) {
        let (mut kills, mut change) = (0, self.chance.between(1, STRIDE_MAX));
        loop {
            assert!(change < CHANGES_MAX, "it never gets through");
            let stage = begin();
            if !self.kills(&stage, step, change) {
                break;
            }
            kills += 1;
            after(&stage, change);
            change += self.chance.between(1, STRIDE_MAX);
        }
        assert!(kills >= KILLS_MIN, "only {kills} kills of {step:?} in {change} changes");
    }
}

/// Everything in a folder, by its path there.
fn all_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The same stage once more.
fn copy_of(stage: &Stage) -> Stage {
    let copy = Stage::empty();
    for (name, bytes) in all_in(stage.dir.path()) {
        let to = copy.dir.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
    copy
}

/// What steps left, without what was begun and isn't whole.
fn left(stage: &Stage) -> BTreeMap<String, Vec<u8>> {
    let is_whole = |name: &String| !name.contains(".part");
    all_in(&stage.folder()).into_iter().filter(|(name, _)| is_whole(name)).collect()
}

/// An export that was checked and planned, and has grown since.
fn grown() -> Stage {
    let stage = Stage::sample(60, 120, 3, &[]);
    stage.step(&["plan"]).ok();
    let path = stage.folder().join("export/customers.csv");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"5999999;Bo;Ek;bo@example.com;;19800101;M;;;;SE;J;J;\r\n;Ada;;;;;;;;;;;;\r\n");
    fs::write(&path, bytes).unwrap();
    stage
}

#[test]
fn a_check_that_is_killed_leaves_each_of_its_files_whole_and_the_next_gives_the_same() {
    let former = grown();
    let undisturbed = copy_of(&former);
    undisturbed.step(&["check"]);
    let (old, new) = (left(&former), left(&undisturbed));
    assert_ne!(old["check.json"], new["check.json"]);
    Threat::new().at_drawn_changes(
        || copy_of(&former),
        &["check"],
        |killed, change| {
            for (name, bytes) in left(killed) {
                let is_one = [&old, &new].iter().any(|of| of.get(&name) == Some(&bytes));
                assert!(is_one, "change {change}: {name} is neither the former nor the new one");
            }
            assert_eq!(killed.json("plan.json"), former.json("plan.json"), "a check plans nothing");
            killed.step(&["check"]);
            assert!(left(killed) == new, "change {change}: the next check gives something else");
        },
    );
}

#[test]
fn a_plan_that_is_killed_is_the_former_or_the_new_one_and_the_next_gives_the_same() {
    let former = grown();
    let undisturbed = copy_of(&former);
    undisturbed.step(&["plan"]).ok();
    let new = left(&undisturbed);
    let (old_plan, new_plan) = (former.json("plan.json"), undisturbed.json("plan.json"));
    let (old_files, new_files) = (former.files(), undisturbed.files());
    assert!(old_files != new_files);
    Threat::new().at_drawn_changes(
        || copy_of(&former),
        &["plan"],
        |killed, change| {
            // Whoever looks at the plan next sees one of the two, with its own files.
            let looked = killed.step(&["reconcile", "--offline", "--json"]).json();
            assert_eq!(looked["verdict"], "notLookedAt", "change {change}: {looked:#}");
            let plan = killed.json("plan.json");
            let files = if plan == old_plan { &old_files } else { &new_files };
            assert!(plan == old_plan || plan == new_plan, "change {change}: {plan:#}");
            assert!(killed.files() == *files, "change {change}: files of another plan");
            killed.step(&["plan"]).ok();
            let again = left(killed);
            let own = |name: &&String| !name.starts_with("report.") && !name.starts_with("reconcile/");
            let names =
                |of: &BTreeMap<String, Vec<u8>>| of.keys().filter(own).cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(&again), names(&new), "change {change}");
            for name in names(&new) {
                assert!(again[&name] == new[&name], "change {change}: {name} differs");
            }
        },
    );
}

/// The steps after it see the new plan whole, and not the former one's figures beside the new one's files.
#[test]
fn a_plan_that_was_killed_while_it_took_its_place_is_the_plan_of_every_step() {
    let stage = grown();
    let former = fs::read(stage.folder().join("plan.json")).unwrap();
    stage.step(&["plan"]).ok();
    let (plan, files) = (stage.json("plan.json"), stage.files());
    for step in [&["status", "--json"][..], &["reconcile", "--offline"], &["rehearse"], &["load-returnables"]]
    {
        let killed = copy_of(&stage);
        let at = |name: &str| killed.folder().join(name);
        fs::rename(at("plan.json"), at("plan.json.next")).unwrap();
        fs::rename(at("index"), at("index.part")).unwrap();
        fs::write(at("plan.json"), &former).unwrap();
        killed.step(step);
        assert_eq!(killed.json("plan.json"), plan, "{step:?}");
        assert!(killed.files() == files && at("index/contacts.csv").exists(), "{step:?}");
    }
}

#[test]
fn ids_and_reconcile_that_are_killed_go_on_and_come_to_the_same() {
    let stage = Stage::sample(20, 60, 3, &["--faultless"]);
    let sandbox = Sandbox::start(stage.dir.path());
    stage.aim_at(&sandbox);
    stage.step(&["plan"]).ok();
    stage.run_to_its_end(&sandbox);
    let (mut killed, undisturbed) = (copy_of(&stage), copy_of(&stage));
    let mut threat = Threat::new();

    undisturbed.step(&["ids"]).ok();
    let who = |of: &Stage| {
        let text = fs::read_to_string(of.folder().join("ids.csv")).unwrap_or_default();
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    };
    // What was looked up stays, so each start has less to do, until one gets through.
    let mut kills = 0;
    loop {
        let change = threat.chance.between(1, 5);
        if !threat.kills(&killed, &["ids"], change) {
            break;
        }
        kills += 1;
        let known: BTreeSet<String> = who(&undisturbed).into_iter().collect();
        // A row that a kill cut off isn't read, and goes with the next start.
        let whole = fs::read_to_string(killed.folder().join("ids.csv")).unwrap_or_default();
        let whole = whole.rsplit_once('\n').map_or("", |(whole, _)| whole);
        assert!(whole.lines().all(|row| known.contains(row)), "{whole}");
        assert!(kills < 50, "it never gets through");
    }
    assert_eq!(who(&killed), who(&undisturbed));
    assert!(kills > 0, "nothing was killed");

    undisturbed.step(&["reconcile", "--rate", "1000"]).ok();
    let comes_to = |of: &Stage| {
        let mut report: Value = of.json("report.json");
        // When it was made isn't what was found.
        report.as_object_mut().unwrap().remove("madeAt");
        report
    };
    let wanted = comes_to(&undisturbed);
    assert_eq!(wanted["verdict"], json!("agrees"));
    killed.step(&["reconcile", "--offline"]).ok();
    let former = comes_to(&killed);
    let (mut kills, mut change) = (0, 0);
    loop {
        change += threat.chance.between(1, 3);
        if !threat.kills(&killed, &["reconcile", "--rate", "1000"], change) {
            break;
        }
        kills += 1;
        let found = comes_to(&killed);
        assert!(found == former || found == wanted, "neither the former nor the new: {found:#}");
        assert!(kills < 200, "it never gets through");
        if found == wanted {
            killed = copy_of(&stage);
            killed.step(&["reconcile", "--offline"]).ok();
        }
    }
    assert_eq!(comes_to(&killed), wanted);
    assert!(kills > 0, "nothing was killed");
}
