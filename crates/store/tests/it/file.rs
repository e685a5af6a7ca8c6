//! The file itself: opened again, locked, newer, damaged.

use std::fs;

use rusqlite::Connection;
use store::{Begun, Command, Database, DeliveryState, Error, Limits, Outcome, Role};

use crate::world::{World, at, note, options};

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let mut world = World::new();
    let id = world.owe("r1", Role::NeedsContact, &["a"]);
    let world = world.restart(at(10));
    assert_eq!(world.due(at(10)), [id]);
    assert_eq!(world.contact("a").unwrap().public_id, "c-r1");
}

#[test]
fn what_was_under_way_when_the_process_stopped_is_unknown_and_never_not_sent() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    let waiting = world.owe("r2", Role::Independent, &[]);
    assert_eq!(world.begin(id, at(5)), Begun::Go(1));
    let mut world = world.restart(at(10));
    let page = world.reader.due(at(10), 10).unwrap();
    assert_eq!(page.due.iter().map(|due| due.id).collect::<Vec<_>>(), [waiting, id]);
    assert_eq!((page.due[1].state, page.due[1].unknown_since), (DeliveryState::Unknown, Some(at(5))));
    assert_eq!((page.due[0].state, page.due[0].unknown_since), (DeliveryState::Waiting, None));
    assert!(world.row(id).may_have_landed);
    assert_eq!(world.row(id).note.unwrap().code, "processStopped");
    assert_eq!(world.history(id), ["attempt", "unknown"]);
    assert_eq!(world.reader.counts().unwrap().len(), 2);
    assert_eq!(world.begin(id, at(11)), Begun::Go(2));
}

#[test]
fn the_hashes_of_a_file_stay_the_same_whatever_seed_it_is_opened_with() {
    let world = World::new();
    let before = world.alias("a");
    let World { dir, database, reader } = world;
    drop((reader, database));
    let database =
        Database::open(dir.path(), store::Options { secret_seed: [9; 32], ..options(at(1)) }).unwrap();
    assert_eq!(database.keys().alias("any", "a"), before);
}

#[test]
fn a_second_process_on_the_same_directory_is_told_so() {
    let world = World::new();
    let second = Database::open(world.dir.path(), options(at(0)));
    assert!(matches!(second, Err(Error::Locked { dir }) if dir == world.dir.path()));
    let World { dir, database, reader: _reader } = world;
    drop(database);
    Database::open(dir.path(), options(at(0))).unwrap();
}

#[test]
fn a_newer_file_is_refused_and_not_a_byte_of_it_changes() {
    let mut world = World::new();
    world.owe("r1", Role::Independent, &[]);
    let World { dir, database, reader } = world;
    drop((reader, database));
    let file = dir.path().join("tillbridge.db");
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&file).unwrap();
    let newer = Database::open(dir.path(), options(at(0)));
    assert!(matches!(newer, Err(Error::Newer { found: 99, known: 1, .. })), "{newer:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

/// Moved aside it would be forgotten at the next start.
#[test]
fn a_damaged_file_stays_where_it_is_and_is_refused_again_and_again() {
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("tillbridge.db");
    let garbage = vec![0x5a; 100_000];
    fs::write(&file, &garbage).unwrap();
    for _ in 0..2 {
        let damaged = Database::open(dir.path(), options(at(0)));
        assert!(matches!(damaged, Err(Error::Damaged { .. })), "{damaged:?}");
        assert_eq!(fs::read(&file).unwrap(), garbage);
    }
}

#[test]
fn damage_inside_the_file_is_named_as_such_and_found_by_a_check() {
    let mut world = World::new();
    for n in 0..100 {
        world.owe(&format!("r{n}"), Role::Independent, &[]);
    }
    assert_eq!(world.reader.check().unwrap(), [""; 0]);
    let World { dir, database, reader } = world;
    drop((reader, database));
    let file = dir.path().join("tillbridge.db");
    let mut bytes = fs::read(&file).unwrap();
    // All but the first two pages.
    bytes[2 * 8192..].fill(0x5a);
    fs::write(&file, &bytes).unwrap();
    match Database::open(dir.path(), options(at(0))) {
        Ok(database) => {
            let found = database.reader().unwrap().check();
            assert!(
                matches!(&found, Ok(lines) if !lines.is_empty())
                    || matches!(found, Err(Error::Damaged { .. }))
            );
        }
        Err(error) => assert!(matches!(error, Error::Damaged { .. }), "{error}"),
    }
    assert!(file.exists());
}

#[test]
fn a_directory_that_can_not_be_made_is_named() {
    let dir = tempfile::TempDir::new().unwrap();
    fs::write(dir.path().join("taken"), b"").unwrap();
    let opened = Database::open(&dir.path().join("taken"), options(at(0)));
    assert!(matches!(opened, Err(Error::Io { .. })), "{opened:?}");
}

/// The group fails as a whole, before anything is kept; the next one goes through on a connection made anew.
#[test]
fn a_group_that_failed_is_not_kept_and_the_next_one_is() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    let file = world.dir.path().join("tillbridge.db");
    let saboteur = Connection::open(&file).unwrap();
    saboteur.execute_batch("ALTER TABLE counts RENAME TO lost").unwrap();
    let settle = store::Settle { id, at: at(1), outcome: Outcome::NeedsAttention(note("odd")) };
    let failed = world.database.commit(&[Command::Settle(settle.clone())]);
    assert!(matches!(failed, Err(Error::Sqlite(_))), "{failed:?}");
    assert_eq!(world.row(id).state, DeliveryState::Waiting);
    saboteur.execute_batch("ALTER TABLE lost RENAME TO counts").unwrap();
    world.submit(Command::Settle(settle));
    assert_eq!(world.row(id).state, DeliveryState::NeedsAttention);
}

#[test]
fn a_file_of_a_thousand_receipts_takes_little_more_than_their_bodies() {
    let world = World::with_limits(Limits::default());
    let commands: Vec<_> = (0..1_000)
        .map(|n| {
            let mut accept =
                world.saying(&format!("store03-2-{n:06}"), Role::NeedsContact, &[&format!("c{}", n % 200)]);
            accept.body = vec![b'x'; 2_048];
            accept.frozen = vec![b'y'; 300];
            Command::Accept(accept)
        })
        .collect();
    let mut world = world.rest(at(1));
    let empty = world.reader.disk_bytes().unwrap();
    world.database.commit(&commands).unwrap();
    let world = world.rest(at(1));
    let ratio = (world.reader.disk_bytes().unwrap() - empty) * 100 / (1_000 * 2_048);
    assert!(ratio <= 150, "{ratio} % of the bodies");
}

/// After a failure the connection is made anew, but never the file.
#[test]
fn a_file_that_was_taken_away_is_not_replaced_by_an_empty_one() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    let file = world.dir.path().join("tillbridge.db");
    Connection::open(&file).unwrap().execute_batch("DROP TABLE counts").unwrap();
    let settle =
        Command::Settle(store::Settle { id, at: at(1), outcome: Outcome::NeedsAttention(note("odd")) });
    assert!(world.database.commit(std::slice::from_ref(&settle)).is_err());
    let aside = world.dir.path().join("aside.db");
    fs::rename(&file, &aside).unwrap();
    assert!(world.database.commit(&[settle]).is_err());
    assert!(!file.exists());
}

#[cfg(unix)]
#[test]
fn what_lies_on_disk_is_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut world = World::new();
    world.owe("r1", Role::Independent, &[]);
    let files: Vec<_> = fs::read_dir(world.dir.path()).unwrap().map(Result::unwrap).collect();
    let data = files.iter().filter(|file| file.file_name().to_string_lossy().starts_with("tillbridge.db"));
    let modes: Vec<u32> = data.map(|file| file.metadata().unwrap().permissions().mode() & 0o777).collect();
    assert!(modes.len() >= 2 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}
