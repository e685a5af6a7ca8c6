//! The file of those who were forgotten, and what a restored backup makes of it.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use store::{
    Command, Database, DeliveryState, Error, FORGOTTEN_FILE, FindContact, Forgotten, Remember, Role, Verdict,
};
use tempfile::TempDir;

use crate::world::{World, at, done, forgotten, options};

const DATABASE: &str = "tillbridge.db";

fn lines(dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(dir.join(FORGOTTEN_FILE)).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

/// Anna, whom Engage knows, with a receipt that was sent, one that waits, and one whose call is under way.
fn anna() -> World {
    let mut world = World::new();
    let remember = Remember {
        remote_id: "engage-1".to_owned(),
        aliases: vec![world.alias("mail")],
        new_contact_id: "c-anna".to_owned(),
        profile: b"profile".to_vec(),
        at: at(1),
    };
    world.submit(Command::Remember(remember));
    let sent = world.owe("sent", Role::NeedsContact, &["mail"]);
    world.settle(sent, at(1), done(None, Some(at(60))));
    world.owe("waiting", Role::NeedsContact, &["mail"]);
    let under_way = world.owe("underWay", Role::NeedsContact, &["mail"]);
    world.begin(under_way, at(2));
    world.owe("other", Role::NeedsContact, &["other"]);
    world
}

/// Stops in order; the database as it is then can be put back later.
fn backed_up(world: World) -> (World, Vec<u8>) {
    let World { dir, database, reader } = world;
    drop((reader, database));
    let backup = fs::read(dir.path().join(DATABASE)).unwrap();
    (World::open(dir, at(3)), backup)
}

fn restored(world: World, backup: &[u8]) -> World {
    let World { dir, database, reader } = world;
    drop((reader, database));
    fs::write(dir.path().join(DATABASE), backup).unwrap();
    World::open(dir, at(20))
}

fn is_forgotten(world: &World, id: &str) -> bool {
    let known = world.reader.known(&FindContact::Id(id.to_owned())).unwrap();
    let is_erased = known.is_some_and(|known| known.forgotten && known.profile.is_none());
    is_erased && world.reader.is_forgotten(&world.database.keys().contact_id(id)).unwrap()
}

fn has_body(world: &World, key: &str) -> bool {
    world.reader.document("receipt", key).unwrap().unwrap().body.is_some()
}

#[test]
fn a_backup_that_is_restored_forgets_again() {
    let (mut world, backup) = backed_up(anna());
    forgotten(&mut world, "mail", 10);
    assert_eq!(lines(world.dir.path()).len(), 2);
    let mut world = restored(world, &backup);
    assert!(is_forgotten(&world, "engage-1") && is_forgotten(&world, "c-anna"));
    assert_eq!(world.contact("mail"), None);
    // What was under way when the backup was made may have landed.
    let kept = ["sent", "waiting", "underWay", "other"].map(|key| has_body(&world, key));
    assert_eq!(kept, [false, false, true, true]);
    let states = ["sent", "waiting", "underWay", "other"]
        .map(|key| world.reader.document("receipt", key).unwrap().unwrap().delivery.unwrap().state);
    use DeliveryState::{Discarded, Done, Unknown, Waiting};
    assert_eq!(states, [Done, Discarded, Unknown, Waiting]);
    assert_eq!(world.reader.next_unconfirmed().unwrap(), None);
    assert_eq!(lines(world.dir.path()).len(), 2);
    // Whether Engage was told nobody knows any longer: it can be asked for again.
    let held = world.reader.known(&FindContact::Id("engage-1".to_owned())).unwrap().unwrap().contact;
    let held = world.reader.held_about(held.key).unwrap();
    let forget = world.forgetting(&held, "again", true, at(30));
    assert!(matches!(world.forget(forget), Forgotten { delivery: Some(_), already: true }));
}

/// Tills may have named a contact by ids that the backup has as two people.
#[test]
fn all_the_ids_of_who_was_forgotten_are_forgotten_again_whoever_they_were() {
    let mut world = World::new();
    world.owe("r1", Role::NeedsContact, &["phone"]);
    world.owe("r2", Role::NeedsContact, &["mail"]);
    let (mut world, backup) = backed_up(world);
    world.owe("r3", Role::NeedsContact, &["mail", "phone"]);
    forgotten(&mut world, "mail", 10);
    let world = restored(world, &backup);
    assert!(is_forgotten(&world, "c-r1") && is_forgotten(&world, "c-r2"));
    assert_eq!((world.contact("phone"), world.contact("mail")), (None, None));
    assert_eq!(["r1", "r2"].map(|key| has_body(&world, key)), [false, false]);
    // The forgetting is on the disk, not only done at this start.
    let World { dir, database, reader } = world;
    drop((reader, database));
    fs::remove_file(dir.path().join(FORGOTTEN_FILE)).unwrap();
    let world = World::open(dir, at(30));
    assert!(is_forgotten(&world, "c-r1"));
}

#[test]
fn a_file_that_was_lost_is_written_anew_from_the_database() {
    let mut world = anna();
    forgotten(&mut world, "mail", 10);
    let before = lines(world.dir.path());
    let World { dir, database, reader } = world;
    drop((reader, database));
    fs::remove_file(dir.path().join(FORGOTTEN_FILE)).unwrap();
    let world = World::open(dir, at(20));
    let mut after = lines(world.dir.path());
    assert_eq!((after.sort(), after.len()), ((), before.len()));
    assert!(before.iter().all(|line| after.contains(line)));
}

/// A stop between the file and the commit: the file has them, the database not yet.
#[test]
fn who_stands_in_the_file_only_is_forgotten_at_the_next_start() {
    let mut world = anna();
    let saboteur = Connection::open(world.dir.path().join(DATABASE)).unwrap();
    saboteur.execute_batch("ALTER TABLE counts RENAME TO lost").unwrap();
    let held = world.reader.held_about(world.contact("mail").unwrap().key).unwrap();
    let forget = world.forgetting(&held, "k", true, at(10));
    // It fails after all was decided, before the commit.
    assert!(world.database.commit(&[Command::Forget(forget.clone())]).is_err());
    saboteur.execute_batch("ALTER TABLE lost RENAME TO counts").unwrap();
    drop(saboteur);
    assert!(world.contact("mail").is_some());
    assert_eq!(lines(world.dir.path()).len(), 2);
    let mut world = world.restart(at(20));
    assert_eq!(world.contact("mail"), None);
    assert!(is_forgotten(&world, "engage-1"));
    // The till has no answer and asks again: then Engage is told.
    let Forgotten { delivery: Some(deletion), already: true } = world.forget(forget) else { panic!() };
    assert_eq!(world.row(deletion).waits_for.len(), 1);
    assert_eq!(lines(world.dir.path()).len(), 2);
}

#[test]
fn nobody_is_forgotten_where_the_file_can_not_be_written() {
    let mut world = anna();
    fs::create_dir(world.dir.path().join(FORGOTTEN_FILE)).unwrap();
    let held = world.reader.held_about(world.contact("mail").unwrap().key).unwrap();
    let forget = Command::Forget(world.forgetting(&held, "k", true, at(10)));
    let neighbour = Command::Accept(world.saying("r9", Role::NeedsContact, &["mail"]));
    let verdicts = world.database.commit(&[forget, neighbour]).unwrap();
    assert!(matches!(verdicts.as_slice(), [Err(Error::Io { .. }), Ok(Verdict::Accept(_))]), "{verdicts:?}");
    let known = world.reader.known(&FindContact::Id("engage-1".to_owned())).unwrap().unwrap();
    assert!(!known.forgotten && known.profile.is_some());
    assert_eq!(["sent", "waiting", "r9"].map(|key| has_body(&world, key)), [true; 3]);
    assert!(!world.reader.is_forgotten(&world.database.keys().contact_id("engage-1")).unwrap());
}

#[test]
fn a_torn_last_line_is_mended() {
    let mut world = anna();
    forgotten(&mut world, "mail", 10);
    let World { dir, database, reader } = world;
    drop((reader, database));
    let file = dir.path().join(FORGOTTEN_FILE);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, [whole.as_slice(), b"0123456789"].concat()).unwrap();
    let World { dir, database, reader } = World::open(dir, at(20));
    assert_eq!(fs::read(&file).unwrap(), whole);
    drop((reader, database));
    // Without its end the last line is whole all the same.
    fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    let world = World::open(dir, at(30));
    assert_eq!(fs::read(&file).unwrap(), whole);
    assert!(is_forgotten(&world, "engage-1"));
}

#[test]
fn a_line_that_is_no_hash_stops_the_start_and_says_what_to_do() {
    let mut world = anna();
    forgotten(&mut world, "mail", 10);
    let World { dir, database, reader } = world;
    drop((reader, database));
    let file = dir.path().join(FORGOTTEN_FILE);
    let text = [b"anna@example.com\n", fs::read(&file).unwrap().as_slice()].concat();
    fs::write(&file, &text).unwrap();
    let refused = Database::open(dir.path(), options(at(20))).unwrap_err();
    assert!(matches!(&refused, Error::Forgotten { line: 1, .. }), "{refused:?}");
    let said = refused.to_string();
    assert!(said.contains("line 1 of ") && said.contains("start again") && !said.contains("anna"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), text);
}

/// The hashes of another database mean nobody here.
#[test]
fn a_new_database_beside_an_old_file_forgets_nobody() {
    let mut world = anna();
    forgotten(&mut world, "mail", 10);
    let dir = TempDir::new().unwrap();
    fs::copy(world.dir.path().join(FORGOTTEN_FILE), dir.path().join(FORGOTTEN_FILE)).unwrap();
    let other = store::Options { secret_seed: [9; 32], ..options(at(0)) };
    drop(Database::open(dir.path(), other).unwrap());
    let mut world = World::open(dir, at(1));
    let filed = world.file("r1", Role::NeedsContact, &["mail"]);
    assert!(!is_forgotten(&world, &filed.contact.unwrap().public_id));
    assert_eq!(lines(world.dir.path()).len(), 2);
}

#[cfg(unix)]
#[test]
fn the_file_is_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut world = anna();
    forgotten(&mut world, "mail", 10);
    let file = fs::metadata(world.dir.path().join(FORGOTTEN_FILE)).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}
