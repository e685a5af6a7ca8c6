//! That what was erased is nowhere in the directory, byte by byte.

use std::fs;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use store::{Accepted, Command, DeliveryId, DeliveryState, Hold, Outcome, Remember, Role, Sweep, Verdict};

use crate::world::{World, at, done, forgotten, note};

/// Whom the traffic is about.
const PEOPLE: u32 = 30;
const ROUNDS: i64 = 500;

/// The files that hold these bytes.
fn files_with(world: &World, needle: &[u8]) -> Vec<String> {
    let files = fs::read_dir(world.dir.path()).unwrap().map(|file| file.unwrap().path());
    let holds = |path: &std::path::PathBuf| {
        fs::read(path).unwrap().windows(needle.len()).any(|window| window == needle)
    };
    files.filter(holds).map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// A contact's key.
fn key_of(world: &World, contact: i64) -> Vec<u8> {
    let db = rusqlite::Connection::open(world.dir.path().join("tillbridge.db")).unwrap();
    db.query_row("SELECT key FROM seals WHERE contact = ?1", [contact], |row| row.get(0)).unwrap()
}

fn accept(world: &mut World, key: &str, alias: &str, mark: &str, role: Role) -> DeliveryId {
    let mut accept = world.saying(key, role, &[alias]);
    accept.body = mark.repeat(20).into_bytes();
    accept.frozen = mark.repeat(5).into_bytes();
    let Accepted::New(filed) = world.accept(accept) else { panic!("{key} is new") };
    filed.delivery.unwrap()
}

fn remember(world: &mut World, seconds: i64, remote_id: &str, alias: &str, profile: &str) {
    let aliases = vec![world.alias(alias)];
    let remember = Remember {
        remote_id: remote_id.to_owned(),
        aliases,
        new_contact_id: format!("c-of-{remote_id}-{seconds}"),
        profile: profile.as_bytes().to_vec(),
        at: at(seconds),
    };
    world.submit(Command::Remember(remember));
}

fn sweep(world: &mut World, bodies: i64, profiles: i64) {
    let sweep = Sweep {
        profiles_before: at(profiles),
        hints_before: at(0),
        condensed_before: at(0),
        undelivered_before: at(0),
        checkouts_before: at(0),
        held_back_before: at(0),
        at: at(999),
    };
    while world.erase_expired(at(bodies)) > 0 {}
    while world.submit(Command::Sweep(sweep)) != Verdict::Sweep(0) {}
}

#[test]
fn what_is_kept_about_somebody_never_stands_in_a_file_as_it_is() {
    let mut world = World::new();
    accept(&mut world, "r1", "anna", "her receipt", Role::NeedsContact);
    remember(&mut world, 1, "engage-1", "anna", "her profile");
    let read = world.reader.due(at(0), 1).unwrap().due.remove(0);
    assert_eq!(read.body, "her receipt".repeat(20).into_bytes());
    assert_eq!(read.frozen, "her receipt".repeat(5).into_bytes());
    assert_eq!(files_with(&world, b"her receipt"), [""; 0]);
    assert_eq!(files_with(&world, b"her profile"), [""; 0]);
    // What is about nobody has no key.
    let nobody = world.saying("r2", Role::Independent, &[]);
    world.accept(store::Accept { body: b"nobody's receipt".to_vec(), ..nobody });
    assert_eq!(files_with(&world, b"nobody's receipt"), ["tillbridge.db-wal"]);
}

#[test]
fn a_checkout_never_stands_in_a_file_as_it_is_and_goes_with_its_person() {
    let mut world = World::new();
    let hold = |basket: &str, seconds| Hold {
        at: at(seconds),
        key: "c1".to_owned(),
        store: "store03".to_owned(),
        body: basket.as_bytes().to_vec(),
        frozen: b"her discounts".to_vec(),
        contact: vec![world.alias("anna")],
        new_contact_id: "c-1".to_owned(),
        until: at(seconds + 60),
        offers: Vec::new(),
    };
    let (first, second) = (hold("her basket", 1), hold("her larger basket", 2));
    for written in [first, second] {
        world.submit(Command::Hold(written));
    }
    for secret in ["her basket", "her larger basket", "her discounts"] {
        assert_eq!(files_with(&world, secret.as_bytes()), [""; 0], "{secret}");
    }
    let read = world.reader.checkout("c1", at(3)).unwrap().unwrap();
    assert_eq!(read.body.as_deref(), Some(&b"her larger basket"[..]));
    let key = key_of(&world, 1);
    forgotten(&mut world, "anna", 4);
    assert_eq!(files_with(&world, &key), [""; 0]);
}

/// With the keys that stand in the file nothing can be read of an earlier copy of it: they are others.
#[test]
fn no_key_is_left_that_reads_what_was_erased() {
    let mut world = World::new();
    accept(&mut world, "r1", "anna", "her receipt", Role::NeedsContact);
    remember(&mut world, 1, "engage-1", "anna", "her first profile");
    remember(&mut world, 2, "engage-1", "anna", "her second profile");
    let key = key_of(&world, 1);
    assert_eq!(files_with(&world, &key), ["tillbridge.db-wal"]);
    assert!(!forgotten(&mut world, "anna", 3).already);
    assert_eq!(files_with(&world, &key), [""; 0]);
}

#[test]
fn aliases_and_hints_are_gone_byte_by_byte() {
    let mut world = World::new();
    let mut enrolment = world.saying("e1", Role::CreatesContact, &["anna"]);
    enrolment.hints = vec![world.alias("her phone")];
    world.accept(enrolment);
    // What stands in the file is the hash, so it is looked for as it stands there.
    let hashes: Vec<Vec<u8>> = {
        let db = rusqlite::Connection::open(world.dir.path().join("tillbridge.db")).unwrap();
        let mut hashes = db.prepare("SELECT hash FROM aliases UNION SELECT hash FROM hints").unwrap();
        hashes.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(hashes.len(), 3);
    let public = world.contact("anna").unwrap().public_id;
    forgotten(&mut world, "anna", 1);
    let left: Vec<_> = hashes.iter().filter(|hash| !files_with(&world, hash).is_empty()).collect();
    assert_eq!(left.len(), 1, "but for the hash of {public}, which is a tombstone");
    assert!(world.reader.is_forgotten(&world.database.keys().contact_id(&public)).unwrap());
}

/// A row that is deleted leaves a copy behind now and then, where the database had moved it about before. Whatever
/// traffic there was: once somebody was forgotten, not one byte of theirs is found, nor the key that would read it.
#[test]
fn after_any_traffic_nothing_is_left_of_who_was_forgotten() {
    let seed = [5; 32];
    println!("the seed is {seed:?}");
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut draw = |below: u32| {
        use proptest::strategy::{Strategy as _, ValueTree as _};
        (0..below).new_tree(&mut runner).unwrap().current()
    };
    let mut world = World::new();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for round in 0..ROUNDS {
        let person = draw(PEOPLE);
        let (alias, mark) = (format!("p{person}"), format!("[person {person:04}]"));
        match draw(10) {
            0..=5 => {
                let mut said = world.saying(&format!("r{round}"), Role::NeedsContact, &[&alias]);
                said.at = at(round);
                said.body = mark.repeat(1 + draw(200) as usize).into_bytes();
                said.frozen = mark.repeat(1 + draw(30) as usize).into_bytes();
                let Accepted::New(filed) = world.accept(said) else { panic!("it is new") };
                if draw(3) > 0 {
                    world.settle(filed.delivery.unwrap(), at(round), done(None, None));
                }
            }
            6 | 7 => {
                let remote_id = world.contact(&alias).map(|contact| contact.remote_id);
                let remote_id = remote_id.flatten().unwrap_or(format!("engage-{person}-{round}"));
                remember(&mut world, round, &remote_id, &alias, &mark.repeat(1 + draw(60) as usize));
            }
            8 => sweep(&mut world, round - 50, round - 100),
            _ => {
                let Some(contact) = world.contact(&alias) else { continue };
                keys.push(key_of(&world, contact.key.0));
                forgotten(&mut world, &alias, round);
                assert_eq!(files_with(&world, mark.as_bytes()), [""; 0], "round {round}");
                let left = keys.iter().filter(|key| !files_with(&world, key).is_empty());
                assert_eq!(left.count(), 0, "round {round}");
            }
        }
    }
    assert!(keys.len() > 10);
}

#[test]
fn what_may_have_landed_keeps_its_body_under_another_key_until_it_ends() {
    let mut world = World::new();
    let creation = accept(&mut world, "e1", "anna", "her enrolment", Role::CreatesContact);
    world.begin(creation, at(1));
    let before = key_of(&world, 1);
    forgotten(&mut world, "anna", 2);
    assert_ne!(key_of(&world, 1), before);
    world.settle(creation, at(3), Outcome::Unknown { due: at(4), note: note("timeout"), mark: None });
    let due = world.reader.due(at(4), 1).unwrap().due.remove(0);
    assert_eq!((due.id, due.body), (creation, "her enrolment".repeat(20).into_bytes()));
    world.settle(creation, at(5), done(Some("engage-1"), None));
    assert_eq!(world.row(creation).state, DeliveryState::Done);
    assert_eq!(world.reader.document("receipt", "e1").unwrap().unwrap().body, None);
}

/// While somebody reads, the log can't be emptied; it is when they are done, at the next sweep.
#[test]
fn a_reader_puts_the_end_of_the_log_off_to_the_next_sweep() {
    let mut world = World::new();
    accept(&mut world, "r1", "anna", "her receipt", Role::NeedsContact);
    let log = world.dir.path().join("tillbridge.db-wal");
    let length = || fs::metadata(&log).unwrap().len();
    let other = rusqlite::Connection::open(world.dir.path().join("tillbridge.db")).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM documents").unwrap();
    forgotten(&mut world, "anna", 1);
    assert!(length() > 0);
    sweep(&mut world, 0, 0);
    assert!(length() > 0);
    other.execute_batch("COMMIT").unwrap();
    sweep(&mut world, 0, 0);
    // What is written after it was emptied is only that it is.
    assert!(length() < 30_000, "{} bytes", length());
    let emptied = length();
    sweep(&mut world, 0, 0);
    assert_eq!(length(), emptied);
}

#[test]
fn a_stop_before_the_log_was_emptied_is_made_up_for_at_the_start() {
    let mut world = World::new();
    accept(&mut world, "r1", "anna", "her receipt", Role::NeedsContact);
    let other = rusqlite::Connection::open(world.dir.path().join("tillbridge.db")).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM documents").unwrap();
    forgotten(&mut world, "anna", 1);
    // Copied as it lies there, which is what a kill leaves.
    let copy = tempfile::TempDir::new().unwrap();
    for name in ["tillbridge.db", "tillbridge.db-wal", "forgotten"] {
        fs::copy(world.dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let World { dir, database, reader } = world;
    drop((database, reader, other, dir));
    let world = World::open(copy, at(2));
    assert!(fs::metadata(world.dir.path().join("tillbridge.db-wal")).unwrap().len() < 30_000);
}
