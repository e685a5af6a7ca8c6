//! One short run, killed at its first change of a file, at its second, and so on until a run gets through.
//!
//! A tracer that counts calls does so for each thread and kind of call by itself, and would pass many moments over. So
//! a preloaded library counts, over all of them. Every other kill halves the write that it meets: that much a real
//! one can do.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::audit::Books;
use super::engage::Engage;
use super::process::{Ended, Process};
use crate::native;
use crate::support::{Running, shop};
use crate::tills::{self, Caller, Chance, Enrolment, Reply, Sale};

/// A run that changes files more often than this is not short.
const CHANGES_MAX: u32 = 1_000;
/// A run that changes them more seldom was not watched.
const CHANGES_MIN: u32 = 100;
/// Runs at once. They mostly wait: background work passes only a second after a start.
const WORKERS: usize = 8;
/// So that an enrolment is answered when it is done, and each run changes files in the same order; and so that what is
/// in doubt waits no longer than it must.
const SETTINGS: [(&str, &str); 2] =
    [("TILLBRIDGE_GATEWAY__WAIT_MS", "30000"), ("TILLBRIDGE_ENGAGE__VISIBILITY_WINDOW_SECONDS", "1")];

#[test]
fn kill_at_each_write_and_sync_of_one_short_run_in_turn() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = native::faults(folder.path());
    let sandbox = Running::sandbox_with(folder.path(), &["--in-memory"]);
    let engage = Engage::at(&sandbox.base_url);
    engage.is_quick(0);
    let chance = Chance::drawn();
    let (next, through) = (AtomicU32::new(1), AtomicU32::new(u32::MAX));
    let books = thread::scope(|scope| {
        let worker = || {
            let (caller, mut chance, mut books) = (Caller::new(), chance.clone(), Books::default());
            loop {
                let change = next.fetch_add(1, Ordering::Relaxed);
                if change >= through.load(Ordering::Relaxed) {
                    return books;
                }
                assert!(change <= CHANGES_MAX, "it never gets through");
                let run = Run::new(change, &sandbox.base_url, &mut chance);
                if run.is_killed_and_comes_back(&caller, &library) == Ended::Well {
                    through.fetch_min(change, Ordering::Relaxed);
                }
                books.enrolments.push(run.enrolment);
                books.sales.push(run.sale);
            }
        };
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker ends")).collect::<Vec<Books>>()
    });
    let kills = through.into_inner() - 1;
    println!("{kills} kills, then a run got through");
    assert!(kills >= CHANGES_MIN, "only {kills} changes were seen");
    let books = books.into_iter().fold(Books::default(), |mut all, one| {
        all.enrolments.extend(one.enrolments);
        all.sales.extend(one.sales);
        all
    });
    books.arrived(&engage);
    books.created_once(&engage);
}

/// Somebody is enrolled and buys something.
struct Run {
    change: u32,
    folder: tempfile::TempDir,
    config: String,
    enrolment: Enrolment,
    sale: Sale,
}

/// What a till knows at the end of a try.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Told {
    #[default]
    Nothing,
    Enrolled,
    Sold,
    Delivered,
}

impl Run {
    fn new(change: u32, engage_url: &str, chance: &mut Chance) -> Run {
        let email = format!("customer-{change}@example.com");
        let contact = serde_json::json!({ "email": email });
        Run {
            change,
            folder: tempfile::tempdir().expect("a folder"),
            config: shop(engage_url),
            sale: Sale::ring_up(&format!("sale-{change}"), &email, contact, chance),
            enrolment: Enrolment { key: format!("enrolment-{change}"), email },
        }
    }

    /// Says how the run under threat ended; the next one always gets through.
    fn is_killed_and_comes_back(&self, caller: &Caller, library: &Path) -> Ended {
        let mut told = Told::Nothing;
        let ended = self.serve(Some(library), |base_url| self.play(caller, base_url, &mut told));
        assert!(
            matches!(ended, Ended::Well | Ended::Killed),
            "change {}: {ended:?}: {}",
            self.change,
            self.log()
        );
        assert!(ended == Ended::Killed || told == Told::Delivered, "change {}: {told:?}", self.change);
        let again = self.serve(None, |base_url| self.play(caller, base_url, &mut told));
        assert_eq!((again, told), (Ended::Well, Told::Delivered), "change {}: {}", self.change, self.log());
        assert!(!self.log().contains("panicked"), "change {}: {}", self.change, self.log());
        ended
    }

    fn serve(&self, threat: Option<&Path>, play: impl FnOnce(&str)) -> Ended {
        std::fs::write(self.folder.path().join("tillbridge.toml"), &self.config)
            .expect("a folder to write in");
        let mut command = tills::serve(self.folder.path(), "127.0.0.1");
        command.envs(SETTINGS);
        if let Some(library) = threat {
            command.env("LD_PRELOAD", library).env("DIE_AT_CHANGE", self.change.to_string());
            if self.change.is_multiple_of(2) {
                command.env("DIE_HALFWAY", "1");
            }
        }
        let mut process = Process::spawn(command, &self.log_file());
        if let Some(base_url) = process.listens() {
            play(&base_url);
        }
        process.terminate()
    }

    /// What was acknowledged before must be known; beyond that it goes as far as there are answers.
    fn play(&self, caller: &Caller, base_url: &str, told: &mut Told) {
        let before = *told;
        let Reply::Answered(answer) = self.enrolment.call(caller, base_url) else { return };
        assert!([200, 201].contains(&answer.status), "change {}: {answer:?}", self.change);
        *told = before.max(Told::Enrolled);
        let Reply::Answered(answer) = self.sale.call(caller, base_url) else { return };
        let kept = answer.status == 200 || (answer.status == 201 && before < Told::Sold);
        assert!(kept, "change {}: {before:?}: {answer:?}", self.change);
        *told = before.max(Told::Sold);
        let url = format!("{base_url}/v1/receipts/{}", self.sale.id);
        let delivered = caller.until("the sale is delivered", || {
            match caller.call(reqwest::Method::GET, &url, "", &[]) {
                Reply::Answered(answer) if answer.body["state"] == "accepted" => None,
                Reply::Answered(answer) => Some(answer.body["state"] == "delivered"),
                Reply::Lost(_) | Reply::Unreached => Some(false),
            }
        });
        if delivered {
            *told = Told::Delivered;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> std::path::PathBuf {
        self.folder.path().join("serve.log")
    }
}
