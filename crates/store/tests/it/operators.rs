//! What operators may do, and what it does to those behind.

use store::{
    Accepted, Begun, Behind, Command, DeliveryId, DeliveryState, Discard, Operated, Outcome, Replace, Retry,
    Role, Start, Verdict, With,
};

use crate::world::{World, at, note};

fn operate(world: &mut World, command: Command) -> Operated {
    match world.submit(command) {
        Verdict::Operate(operated) => operated,
        other => panic!("{other:?}"),
    }
}

fn retry(world: &mut World, id: DeliveryId, seconds: i64) -> Operated {
    operate(world, Command::Retry(Retry { id, at: at(seconds), by: "anna".to_owned() }))
}

fn discard(world: &mut World, id: DeliveryId, behind: Behind) -> Operated {
    let discard = Discard { id, at: at(50), by: "anna".to_owned(), reason: "test sale".to_owned(), behind };
    operate(world, Command::Discard(discard))
}

fn replace(
    world: &mut World,
    id: DeliveryId,
    body: &str,
    role: Role,
    contact: &[&str],
    start: Start,
) -> Operated {
    let replace = Replace {
        id,
        at: at(60),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, body.as_bytes()),
        body: body.as_bytes().to_vec(),
        frozen: b"frozen anew".to_vec(),
        contact: contact.iter().map(|value| world.alias(value)).collect(),
        new_contact_id: "c-replaced".to_owned(),
        start,
        role,
        with: With::default(),
    };
    operate(world, Command::Replace(replace))
}

fn refused(state: DeliveryState, may_have_landed: bool) -> Operated {
    Operated::Refused { state, may_have_landed }
}

#[test]
fn a_discarded_entry_can_be_retried() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    assert_eq!(discard(&mut world, id, Behind::Release), Operated::Done);
    assert_eq!(discard(&mut world, id, Behind::Release), Operated::Done);
    let row = world.row(id);
    assert_eq!((row.state, row.ended_at), (DeliveryState::Discarded, Some(at(50))));
    assert_eq!(row.note.unwrap().detail, "test sale");
    assert_eq!(retry(&mut world, id, 60), Operated::Done);
    let row = world.row(id);
    assert_eq!(
        (row.state, row.due, row.ended_at, row.note),
        (DeliveryState::Waiting, Some(at(60)), None, None)
    );
    assert_eq!(world.history(id), ["discard", "retry"]);
    assert_eq!(world.reader.history(id).unwrap()[0].by.as_deref(), Some("anna"));
}

#[test]
fn a_retry_makes_it_due_now_and_forgets_its_failures() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.begin(id, at(1));
    world.settle(id, at(2), Outcome::Again { due: at(3600), note: note("refused") });
    assert_eq!(retry(&mut world, id, 60), Operated::Done);
    let page = world.reader.due(at(60), 1).unwrap();
    assert_eq!((page.due[0].failures, page.due[0].attempts), (0, 1));
}

#[test]
fn what_may_have_landed_is_retried_as_unknown() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.begin(id, at(1));
    world.settle(id, at(4), Outcome::Unknown { due: at(9), note: note("timeout"), mark: None });
    world.settle(id, at(9), Outcome::NeedsAttention(note("odd")));
    assert_eq!(retry(&mut world, id, 60), Operated::Done);
    let page = world.reader.due(at(60), 1).unwrap();
    assert_eq!((page.due[0].state, page.due[0].unknown_since), (DeliveryState::Unknown, Some(at(4))));
}

#[test]
fn nobody_meddles_with_a_call_under_way_or_with_what_is_done() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.begin(id, at(1));
    let in_flight = refused(DeliveryState::InFlight, true);
    assert_eq!(retry(&mut world, id, 2), in_flight);
    assert_eq!(discard(&mut world, id, Behind::Discard), in_flight);
    assert_eq!(replace(&mut world, id, "x", Role::Independent, &[], Start::Due), in_flight);
    world.done(id, at(3));
    let done = refused(DeliveryState::Done, true);
    assert_eq!(retry(&mut world, id, 4), done);
    assert_eq!(discard(&mut world, id, Behind::Discard), done);
    assert_eq!(replace(&mut world, id, "x", Role::Independent, &[], Start::Due), done);
    let nobody: DeliveryId = "d-99".parse().unwrap();
    assert_eq!(retry(&mut world, nobody, 4), Operated::NotFound);
}

/// A creation, a receipt behind it, and a creation behind it after a merge, with its own receipt.
fn a_line(world: &mut World) -> [DeliveryId; 3] {
    let first = world.owe("e1", Role::CreatesContact, &["a"]);
    let second = world.owe("e2", Role::CreatesContact, &["b"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["a", "b"]);
    [first, second, receipt]
}

#[test]
fn those_behind_a_discarded_one_may_be_let_go() {
    let mut world = World::new();
    let [first, second, receipt] = a_line(&mut world);
    discard(&mut world, first, Behind::Release);
    assert_eq!(world.due(at(0)), [second]);
    assert_eq!(world.row(receipt).waits_for, [second]);
    discard(&mut world, second, Behind::Release);
    assert_eq!(world.due(at(0)), [receipt]);
}

#[test]
fn those_behind_a_discarded_one_may_go_with_it() {
    let mut world = World::new();
    let line = a_line(&mut world);
    let other = world.owe("r9", Role::NeedsContact, &["z"]);
    discard(&mut world, line[0], Behind::Discard);
    for id in line {
        assert_eq!(world.row(id).state, DeliveryState::Discarded);
        assert_eq!(world.reader.history(id).unwrap()[0].note.as_ref().unwrap().detail, "test sale");
    }
    assert_eq!(world.due(at(0)), [other]);
    assert_eq!(world.reader.counts().unwrap().len(), 2);
}

#[test]
fn a_call_under_way_behind_a_discarded_one_is_only_let_go() {
    let mut world = World::new();
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    world.begin(receipt, at(1));
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    assert_eq!(discard(&mut world, creation, Behind::Discard), Operated::Done);
    assert_eq!(world.row(receipt).state, DeliveryState::InFlight);
    assert_eq!(world.row(receipt).waits_for, []);
}

#[test]
fn a_creation_that_is_taken_up_again_holds_its_receipts_again() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    discard(&mut world, creation, Behind::Release);
    assert_eq!(world.due(at(0)), [receipt]);
    retry(&mut world, creation, 60);
    assert_eq!(world.due(at(99)), [creation]);
    assert_eq!(world.row(receipt).waits_for, [creation]);
}

#[test]
fn a_receipt_that_is_taken_up_again_waits_for_the_contact_its_own_has_become() {
    let mut world = World::new();
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    discard(&mut world, receipt, Behind::Release);
    let creation = world.owe("e1", Role::CreatesContact, &["b"]);
    world.owe("r2", Role::NeedsContact, &["b", "a"]);
    retry(&mut world, receipt, 60);
    assert_eq!(world.row(receipt).waits_for, [creation]);
}

#[test]
fn a_correction_replaces_the_content_and_who_it_is_about() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["b"]);
    let id = world.owe("r1", Role::NeedsContact, &["a"]);
    world.settle(id, at(1), Outcome::NeedsAttention(note("unknownCurrency")));
    assert_eq!(replace(&mut world, id, "mended", Role::NeedsContact, &["b"], Start::Due), Operated::Done);
    let row = world.row(id);
    assert_eq!((row.state, row.due, row.waits_for), (DeliveryState::Waiting, Some(at(60)), vec![creation]));
    let document = world.reader.document("receipt", "r1").unwrap().unwrap();
    assert_eq!(
        (document.body.unwrap(), document.frozen.unwrap()),
        (b"mended".to_vec(), b"frozen anew".to_vec())
    );
    assert_eq!(document.contact.unwrap().public_id, "c-e1");
    assert_eq!(world.history(id), ["needsAttention", "replace"]);
    // The till says what it said first, or what it was told to say: both are the same again.
    assert!(matches!(world.accept(world.saying("r1", Role::NeedsContact, &["a"])), Accepted::Repeated(_)));
    let mut corrected = world.saying("r1", Role::NeedsContact, &["b"]);
    corrected.content = world.database.keys().content(1, b"mended");
    assert!(matches!(world.accept(corrected), Accepted::Repeated(_)));
}

#[test]
fn a_correction_that_is_still_faulty_needs_attention_still() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    let start = Start::NeedsAttention(note("unknownCurrency"));
    assert_eq!(replace(&mut world, id, "mended", Role::Independent, &[], start), Operated::Done);
    assert_eq!(world.row(id).state, DeliveryState::NeedsAttention);
    assert_eq!(world.due(at(99)), []);
}

#[test]
fn a_creation_corrected_into_something_else_lets_its_receipts_go() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    replace(&mut world, creation, "mended", Role::CreatesContact, &["b"], Start::Due);
    assert_eq!(world.due(at(0)), [receipt]);
    assert_eq!(world.row(creation).contact.unwrap().public_id, "c-replaced");
}

#[test]
fn content_is_corrected_only_while_no_attempt_can_have_landed() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    assert_eq!(world.begin(id, at(1)), Begun::Go(1));
    world.settle(id, at(2), Outcome::Again { due: at(3), note: note("refused") });
    assert_eq!(replace(&mut world, id, "mended", Role::Independent, &[], Start::Due), Operated::Done);
    world.begin(id, at(61));
    world.settle(id, at(62), Outcome::Unknown { due: at(63), note: note("timeout"), mark: None });
    let unknown = refused(DeliveryState::Unknown, true);
    assert_eq!(replace(&mut world, id, "again", Role::Independent, &[], Start::Due), unknown);
    world.settle(id, at(63), Outcome::NeedsAttention(note("odd")));
    let attention = refused(DeliveryState::NeedsAttention, true);
    assert_eq!(replace(&mut world, id, "again", Role::Independent, &[], Start::Due), attention);
}

#[test]
fn what_was_discarded_so_long_ago_that_its_body_is_gone_stays_discarded() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    discard(&mut world, id, Behind::Release);
    assert_eq!(world.erase_expired(at(99)), 1);
    assert_eq!(retry(&mut world, id, 100), refused(DeliveryState::Discarded, false));
}
