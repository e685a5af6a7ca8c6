//! Runs of whole plans: over SFTP to OpenSSH's server, with a pick-up job that takes files away; and by the bulk calls.

use std::collections::BTreeMap;
use std::future::ready;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use migration::ids::Asking;
use migration::manifest::{Certainty, PlannedFile, Scope, StartedBy, VERSION, VoucherSum};
use migration::mapping::{ContactKey, ContactsBy, Stores};
use migration::run::{Ended, Error, Event, On, Options, Patience, Road, Setup, run, status};
use migration::surroundings::{Pausing, Surroundings};
use migration::{Entity, Folder, Manifest, sftp};
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::engage_api::{Api, Known};
use crate::sshd::Sshd;

const ROAD: Road = Road { contacts: ContactsBy::File, stores: Stores::First };

/// A plan on this side, and what was taken on the other.
pub struct Plan {
    /// Gone when the test is over.
    _home: TempDir,
    pub folder: Folder,
    pub manifest: Manifest,
    pub taken: Mutex<Vec<(String, Vec<u8>)>>,
    clock: AtomicI64,
    pub stop: AtomicBool,
}

impl Plan {
    /// A plan without files, for folders below this one.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::at(home.path().join("migration"));
        std::fs::create_dir_all(folder.files()).unwrap();
        std::fs::create_dir_all(folder.index(Entity::Contacts).parent().unwrap()).unwrap();
        let manifest = Manifest {
            version: VERSION,
            stamp: "20261123180347".to_owned(),
            scope: Scope::Full,
            mapping: String::new(),
            inputs: Vec::new(),
            tallies: BTreeMap::new(),
            files: Vec::new(),
            turnover: Vec::new(),
            identifiers: BTreeMap::new(),
            points: Default::default(),
            vouchers: VoucherSum::default(),
        };
        let (taken, clock, stop) = (Mutex::default(), AtomicI64::new(0), AtomicBool::new(false));
        Self { _home: home, folder, manifest, taken, clock, stop }
    }

    /// Adds a file with this text, and its rows to the index.
    pub fn file(&mut self, entity: Entity, folder: String, text: &str) -> String {
        let number = self.manifest.files.len() + 1;
        let name = format!("{}_{number:04}_{}.csv", self.manifest.stamp, entity.as_str());
        std::fs::write(self.folder.files().join(&name), text).unwrap();
        let records = text.lines().count() as u64 - 1;
        let index = self.folder.index(entity);
        let mut rows = std::fs::read_to_string(&index).unwrap_or_else(|_| "file,source,digest\n".to_owned());
        (0..records).for_each(|row| rows.push_str(&format!("{name},0:{row},{number:024x}\n")));
        std::fs::write(index, rows).unwrap();
        self.manifest.files.push(PlannedFile {
            name: name.clone(),
            entity,
            folder,
            started_by: match entity {
                Entity::Stores | Entity::Vouchers => StartedBy::Voyado,
                Entity::Contacts | Entity::Receipts | Entity::Points => StartedBy::Engage,
            },
            layout: Certainty::Documented,
            needs_member_numbers: false,
            records,
            lines: records,
            bytes: text.len() as u64,
            blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        });
        name
    }

    /// Two files of each kind, for folders below this one.
    pub fn whole(server: &Sshd) -> Self {
        let mut plan = Self::new();
        for entity in Entity::ALL {
            let folder = server.files().join(entity.as_str());
            std::fs::create_dir_all(&folder).unwrap();
            for number in 0..2 {
                let text = format!("key;value\n{}", format!("{number};x\n").repeat(50_000));
                plan.file(entity, folder.display().to_string(), &text);
            }
        }
        plan
    }

    /// Engage's job, and Voyado's people: takes what has its name.
    fn take(&self) {
        for folder in self.manifest.files.iter().map(|file| &file.folder) {
            // The bulk calls have none.
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|end| end == "csv") {
                    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                    let bytes = std::fs::read(&path).unwrap();
                    std::fs::remove_file(&path).unwrap();
                    self.taken.lock().unwrap_or_else(PoisonError::into_inner).push((name, bytes));
                }
            }
        }
    }

    /// Runs it; while it waits, the job runs. It is killed at an event, if that is said.
    pub async fn run(&self, with: With<'_>) -> Result<Vec<Event>, Error> {
        let now = || Timestamp::from_second(self.clock.fetch_add(1, Ordering::Relaxed)).unwrap();
        let pause = |_: Duration| -> Pausing { Box::pin(ready(())) };
        let around = Surroundings { now: &now, pause: &pause, stop: &self.stop };
        let setup = Setup {
            folder: &self.folder,
            manifest: &self.manifest,
            road: with.road,
            sftp: with.sftp,
            engage: with.engage,
        };
        let (killed, mut events) = (Notify::new(), Vec::new());
        let ended = {
            let mut say = |event: Event| {
                if matches!(event, Event::Waiting { .. }) {
                    self.take();
                }
                events.push(event);
                if with.kill_at == Some(events.len()) {
                    killed.notify_one();
                }
            };
            let options = Options { patience: with.patience, words: with.words };
            tokio::select! {
                biased;
                () = killed.notified() => None,
                ended = run(setup, &options, around, &mut say) => Some(ended),
            }
        };
        if let Some(ended) = ended {
            *with.ended = Some(ended?);
        }
        Ok(events)
    }

    /// What was taken of each file.
    fn check_taken(&self) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = Entity::Stores;
        for (name, bytes) in taken.iter() {
            let file = self.manifest.files.iter().find(|file| file.name == *name).unwrap();
            assert_eq!(blake3::hash(bytes).to_hex().as_str(), file.blake3, "{name} is whole");
            assert!(file.entity >= before, "{name} came too late");
            before = file.entity;
        }
        for file in &self.manifest.files {
            let times = taken.iter().filter(|(name, _)| *name == file.name).count();
            let once = matches!(file.entity, Entity::Points | Entity::Vouchers);
            assert!(times == 1 || times > 1 && !once, "{} was taken {times} times", file.name);
            let sent = std::fs::read_to_string(self.folder.sent(file.entity)).unwrap();
            let noted = sent.lines().filter(|line| line.starts_with(&file.name)).count() as u64;
            assert!(noted >= file.records, "{}: {noted} of {} noted", file.name, file.records);
        }
    }

    fn left_over(&self) -> Vec<PathBuf> {
        let folders = self.manifest.files.iter().map(|file| std::fs::read_dir(&file.folder).unwrap());
        folders.flatten().map(|entry| entry.unwrap().path()).collect()
    }
}

/// How it is run.
pub struct With<'a> {
    pub road: Road,
    pub sftp: Option<&'a sftp::Config>,
    pub engage: Option<&'a Asking>,
    pub patience: Patience,
    pub words: Vec<(String, bool)>,
    pub kill_at: Option<usize>,
    pub ended: &'a mut Option<Ended>,
}

impl<'a> With<'a> {
    pub fn sftp(sftp: &'a sftp::Config, patience: Patience, ended: &'a mut Option<Ended>) -> Self {
        Self { road: ROAD, sftp: Some(sftp), engage: None, patience, words: Vec::new(), kill_at: None, ended }
    }
}

#[tokio::test]
async fn a_plan_is_sent_in_order_and_to_run_it_again_changes_nothing() {
    let server = Sshd::start();
    let (plan, config) = (Plan::whole(&server), server.config());
    let mut ended = None;
    let events = plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    plan.check_taken();
    assert_eq!(plan.left_over(), Vec::<PathBuf>::new());
    let waited = |event: &&Event| matches!(event, Event::Waiting { on, .. } if on[0].on == On::Voyado);
    assert_eq!(events.iter().filter(waited).count(), 4, "{events:?}");
    let journal = std::fs::read(plan.folder.journal()).unwrap();
    let mut ended = None;
    let events = plan.run(With::sftp(&config, Patience::Leave, &mut ended)).await.unwrap();
    assert_eq!((ended, events), (Some(Ended::Done), Vec::new()));
    assert_eq!(std::fs::read(plan.folder.journal()).unwrap(), journal);
    let status = status(&plan.folder, &plan.manifest).unwrap();
    assert!(status.files.iter().all(|file| file.done) && status.open().is_empty());
    assert_eq!(status.by_entity()[&Entity::Points], (2, 2));
}

#[tokio::test]
async fn a_run_that_does_not_stay_ends_when_there_is_nothing_to_do_but_wait() {
    let server = Sshd::start();
    let (plan, config) = (Plan::whole(&server), server.config());
    let mut ended = None;
    plan.run(With::sftp(&config, Patience::Leave, &mut ended)).await.unwrap();
    let Some(Ended::Waiting { on }) = ended else { panic!("{ended:?}") };
    assert_eq!((on.len(), on[0].on, &on[0].file), (1, On::Voyado, &plan.manifest.files[0].name));
    assert_eq!(status(&plan.folder, &plan.manifest).unwrap().open(), [&plan.manifest.files[0].name]);
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_moment_goes_on_from_there() {
    let server = Sshd::start();
    let (plan, config) = (Plan::whole(&server), server.config());
    let mut words = Vec::new();
    let mut runs = 0;
    loop {
        let mut ended = None;
        let with =
            With { words: std::mem::take(&mut words), ..With::sftp(&config, Patience::Stay, &mut ended) };
        plan.run(With { kill_at: Some(3), ..with }).await.unwrap();
        runs += 1;
        assert!(runs < 200, "it gets nowhere");
        match ended {
            Some(Ended::Done) => break,
            Some(Ended::NeedsPerson { on }) => {
                let taken = plan.taken.lock().unwrap_or_else(PoisonError::into_inner);
                let was = |file: &str| taken.iter().any(|(name, _)| name == file);
                words = on.into_iter().map(|waiting| (waiting.file.clone(), was(&waiting.file))).collect();
            }
            Some(Ended::Waiting { .. } | Ended::Stopped) | None => {}
        }
    }
    assert!(runs > 10, "only {runs} runs");
    plan.check_taken();
    assert_eq!(plan.left_over(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_line_that_is_cut_in_the_middle_of_a_file_is_taken_up_again() {
    let server = Sshd::start();
    let (plan, config) = (Plan::whole(&server), server.config());
    server.cut_after(60_000);
    let mut ended = None;
    let events = plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    assert!(events.iter().any(|event| matches!(event, Event::Unreachable { .. })), "{events:?}");
    plan.check_taken();
    assert_eq!(plan.left_over(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_stop_ends_it_where_it_can_be_taken_up() {
    let server = Sshd::start();
    let (plan, config) = (Plan::whole(&server), server.config());
    plan.stop.store(true, Ordering::Relaxed);
    let mut ended = None;
    plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    assert_eq!(ended, Some(Ended::Stopped));
    plan.stop.store(false, Ordering::Relaxed);
    plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    plan.check_taken();
}

#[tokio::test]
async fn points_that_vanish_unseen_wait_for_a_persons_word() {
    let server = Sshd::start();
    let mut plan = Plan::new();
    let folder = server.files().display().to_string();
    let file = plan.file(Entity::Points, folder, "Key;Amount\n7001;10\n");
    let line = |entry: &str| format!("{{\"at\":\"2026-11-23T18:00:00Z\",{entry},\"file\":\"{file}\"}}\n");
    let journal = [line("\"event\":\"begun\",\"attempt\":1"), line("\"event\":\"whole\"")].concat();
    std::fs::write(plan.folder.journal(), journal).unwrap();
    let config = server.config();
    let mut ended = None;
    plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    let Some(Ended::NeedsPerson { on }) = ended else { panic!("{ended:?}") };
    assert_eq!((on[0].on, &on[0].file), (On::Doubt, &file));
    let words = vec![("nonsense".to_owned(), true)];
    let mut ended = None;
    let unknown = plan.run(With { words, ..With::sftp(&config, Patience::Stay, &mut ended) }).await;
    assert!(matches!(unknown, Err(Error::NoSuchFile(_))), "{unknown:?}");
    let words = vec![(file.clone(), false)];
    plan.run(With { words, ..With::sftp(&config, Patience::Stay, &mut ended) }).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    plan.check_taken();
}

#[tokio::test]
async fn another_plan_or_file_than_the_one_that_was_begun_is_refused_but_for_a_delta() {
    let server = Sshd::start();
    let mut plan = Plan::new();
    let folder = server.files().display().to_string();
    let first = plan.file(Entity::Contacts, folder.clone(), "memberNumber\n7001\n");
    let path = plan.folder.files().join(&first);
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, "memberNumber\n7002\n").unwrap();
    let config = server.config();
    let mut ended = None;
    let changed = plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await;
    assert!(matches!(changed, Err(Error::FileChanged(_))), "{changed:?}");
    std::fs::write(&path, text).unwrap();
    plan.run(With::sftp(&config, Patience::Leave, &mut ended)).await.unwrap();
    let begun = plan.manifest.clone();
    plan.manifest.files.clear();
    plan.manifest.stamp = "20261124000000".to_owned();
    plan.file(Entity::Contacts, folder.clone(), "memberNumber\n7002\n");
    let other = plan.run(With::sftp(&config, Patience::Leave, &mut ended)).await;
    assert!(matches!(other, Err(Error::PlanChanged)), "{other:?}");
    plan.manifest.scope = Scope::Delta;
    let open = plan.run(With::sftp(&config, Patience::Leave, &mut ended)).await;
    assert!(matches!(&open, Err(Error::FormerPlanOpen(files)) if *files == [first]), "{open:?}");
    let delta = std::mem::replace(&mut plan.manifest, begun);
    plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    plan.manifest = delta;
    plan.run(With::sftp(&config, Patience::Stay, &mut ended)).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    assert_eq!(plan.taken.lock().unwrap().len(), 2);
    let sent = std::fs::read_to_string(plan.folder.sent(Entity::Contacts)).unwrap();
    assert_eq!(sent.lines().count(), 3, "a header, and a contact of each plan:\n{sent}");
}

#[tokio::test]
async fn contacts_go_in_bulk_and_the_refused_stand_in_the_rejects() {
    let mut plan = Plan::new();
    let text = "memberNumber;firstName;acceptsEmail\n7001;Ada;True\n7002;;False\n7003;Bo;\n";
    let file = plan.file(Entity::Contacts, "/integration/contactImport".to_owned(), text);
    let api = Api::start(Known { cut_answers: 1, status_later: 2, ..Known::default() }).await;
    let asking = api.asking(ContactKey::MemberNumber);
    let road = Road { contacts: ContactsBy::Bulk, ..ROAD };
    let mut ended = None;
    let with = With {
        road,
        sftp: None,
        engage: Some(&asking),
        patience: Patience::Leave,
        words: Vec::new(),
        kill_at: None,
        ended: &mut ended,
    };
    plan.run(with).await.unwrap();
    assert!(matches!(&ended, Some(Ended::Waiting { on }) if on[0].on == On::Engage), "{ended:?}");
    let with = With {
        road,
        sftp: None,
        engage: Some(&asking),
        patience: Patience::Stay,
        words: Vec::new(),
        kill_at: None,
        ended: &mut ended,
    };
    let events = plan.run(with).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    let done = Event::BatchEnded { file: file.clone(), batch: 0, batches: 1, failed: 1 };
    assert!(events.contains(&done), "{events:?}");
    let batches = api.with(|known| known.batches.clone());
    let sent = serde_json::json!([
        {"memberNumber": "7001", "firstName": "Ada", "acceptsEmail": true},
        {"memberNumber": "7002", "acceptsEmail": false},
        {"memberNumber": "7003", "firstName": "Bo"},
    ]);
    assert_eq!(batches, [sent.clone(), sent], "the lost answer's again, with nothing empty");
    let rejects = std::fs::read_to_string(plan.folder.rejects("engage-contacts.csv")).unwrap();
    let expected = "memberNumber;firstName;acceptsEmail;_batch;_reasons\n";
    assert_eq!(rejects, format!("{expected}7002;;False;{file}:0;ValidationError\n"));
}
