//! Taking in once what tills say, however often they say it.

use store::{Accept, Accepted, Command, DeliveryState, Filed, OnConflict, Role, Verdict};

use crate::world::{World, at};

#[test]
fn the_same_again_gives_the_same_answer() {
    let mut world = World::new();
    let first = world.file("r1", Role::NeedsContact, &["a"]);
    let again = world.accept(world.saying("r1", Role::NeedsContact, &["a"]));
    assert_eq!(again, Accepted::Repeated(first));
    assert_eq!(world.reader.deliveries(&all()).unwrap().len(), 1);
}

#[test]
fn a_till_that_was_dark_for_a_year_is_still_recognised() {
    let mut world = World::new();
    let first = world.file("r1", Role::Independent, &[]);
    world.done(first.delivery.unwrap(), at(1));
    assert_eq!(world.erase_expired(at(999)), 1);
    let mut world = world.restart(at(31_536_000));
    let again = Accept { at: at(31_536_000), ..world.saying("r1", Role::Independent, &[]) };
    assert_eq!(world.accept(again), Accepted::Repeated(first));
}

#[test]
fn one_key_may_stand_for_two_kinds_of_document() {
    let mut world = World::new();
    let receipt = world.file("x", Role::Independent, &[]);
    let enrolment = Accept { kind: "enrolment", ..world.saying("x", Role::Independent, &[]) };
    assert!(matches!(world.accept(enrolment), Accepted::New(filed) if filed.document != receipt.document));
    assert_eq!(world.reader.document("receipt", "x").unwrap().unwrap().id, receipt.document);
    assert_eq!(world.reader.document("order", "x").unwrap(), None);
}

#[test]
fn the_same_within_one_group_is_filed_once() {
    let mut world = World::new();
    let accept = Command::Accept(world.saying("r1", Role::NeedsContact, &["a"]));
    let verdicts = world.database.commit(&[accept.clone(), accept]).unwrap();
    let [Ok(Verdict::Accept(Accepted::New(first))), Ok(Verdict::Accept(Accepted::Repeated(second)))] =
        verdicts.as_slice()
    else {
        panic!("{verdicts:?}")
    };
    assert_eq!(first, second);
}

fn other_content(world: &World, content: &str, on_conflict: OnConflict) -> Accept {
    Accept {
        content: world.database.keys().content(1, content.as_bytes()),
        body: content.as_bytes().to_vec(),
        on_conflict,
        ..world.saying("r1", Role::NeedsContact, &["a"])
    }
}

#[test]
fn other_content_under_the_same_identity_is_refused() {
    let mut world = World::new();
    let first = world.file("r1", Role::NeedsContact, &["a"]);
    let verdict = world.accept(other_content(&world, "other", OnConflict::Refuse));
    assert_eq!(verdict, Accepted::Conflict { first: first.document, kept: None });
    assert_eq!(world.reader.document("receipt", "r1").unwrap().unwrap().conflicts, 0);
}

fn keep(world: &mut World, content: &str) -> Filed {
    match world.accept(other_content(world, content, OnConflict::KeepForAttention)) {
        Accepted::Conflict { kept: Some(kept), .. } => kept,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_real_sale_under_a_taken_identity_is_kept_once_for_a_person_to_decide() {
    let mut world = World::new();
    world.file("r1", Role::NeedsContact, &["a"]);
    let kept = keep(&mut world, "other");
    assert_eq!(keep(&mut world, "other"), kept);
    let third = keep(&mut world, "third");
    assert_ne!(third.document, kept.document);
    let row = world.row(kept.delivery.unwrap());
    assert_eq!((row.state, row.key.as_str()), (DeliveryState::NeedsAttention, "r1#1"));
    assert_eq!(row.note.unwrap().code, "conflictingContent");
    assert_eq!(world.row(third.delivery.unwrap()).key, "r1#2");
    let first = world.reader.document("receipt", "r1").unwrap().unwrap();
    assert_eq!((first.conflicts, first.body.unwrap()), (2, b"body of r1".to_vec()));
    assert_eq!(world.reader.document("receipt", "r1#2").unwrap().unwrap().body.unwrap(), b"third");
}

#[test]
fn a_till_whose_own_keys_look_like_kept_ones_loses_nothing() {
    let mut world = World::new();
    world.file("r1", Role::NeedsContact, &["a"]);
    world.file("r1#1", Role::NeedsContact, &["a"]);
    let kept = keep(&mut world, "other");
    assert_eq!(world.row(kept.delivery.unwrap()).key, "r1#2");
}

#[test]
fn a_till_with_ever_new_content_cannot_fill_the_disk() {
    let mut world = World::new();
    world.file("r1", Role::NeedsContact, &["a"]);
    let commands: Vec<_> = (0..120)
        .map(|n| Command::Accept(other_content(&world, &n.to_string(), OnConflict::KeepForAttention)))
        .collect();
    let verdicts = world.database.commit(&commands).unwrap();
    let kept = |verdict: &&Result<Verdict, _>| {
        matches!(verdict, Ok(Verdict::Accept(Accepted::Conflict { kept: Some(_), .. })))
    };
    assert_eq!(verdicts.iter().filter(kept).count(), 100);
    assert_eq!(world.reader.document("receipt", "r1").unwrap().unwrap().conflicts, 100);
}

#[test]
fn a_conflicting_enrolment_holds_nobody_up() {
    let mut world = World::new();
    let creation = world.owe("r1", Role::CreatesContact, &["a"]);
    let conflicting = Accept {
        delivery: world.saying("r1", Role::CreatesContact, &[]).delivery,
        ..other_content(&world, "other", OnConflict::KeepForAttention)
    };
    assert!(matches!(world.accept(conflicting), Accepted::Conflict { kept: Some(_), .. }));
    let receipt = world.owe("r2", Role::NeedsContact, &["a"]);
    assert_eq!(world.row(receipt).waits_for, [creation]);
    world.done(creation, at(1));
    assert_eq!(world.due(at(1)), [receipt]);
}

#[test]
fn what_owes_nothing_is_filed_without_a_delivery() {
    let mut world = World::new();
    let training = Accept { delivery: None, ..world.saying("r1", Role::Independent, &[]) };
    let Accepted::New(filed) = world.accept(training.clone()) else { panic!() };
    assert_eq!(filed.delivery, None);
    assert_eq!(world.accept(training), Accepted::Repeated(filed));
    assert_eq!(world.reader.document("receipt", "r1").unwrap().unwrap().delivery, None);
    assert_eq!(world.due(at(99)), []);
}

#[test]
fn a_command_that_the_database_cannot_do_fails_alone() {
    let mut world = World::new();
    world.file("r0", Role::NeedsContact, &["taken"]);
    let good = Command::Accept(world.saying("r1", Role::NeedsContact, &["a"]));
    // Its public id is another contact's.
    let bad = Accept { new_contact_id: "c-r0".to_owned(), ..world.saying("r2", Role::NeedsContact, &["b"]) };
    let also_good = Command::Accept(world.saying("r3", Role::NeedsContact, &["a"]));
    let verdicts = world.database.commit(&[good, Command::Accept(bad), also_good]).unwrap();
    assert!(matches!(
        verdicts.as_slice(),
        [
            Ok(Verdict::Accept(Accepted::New(_))),
            Err(store::Error::Sqlite(_)),
            Ok(Verdict::Accept(Accepted::New(_)))
        ]
    ));
    assert_eq!(world.reader.document("receipt", "r2").unwrap(), None);
    assert_eq!(world.contact("b"), None);
    assert_eq!(world.reader.counts().unwrap()[0].count, 3);
    assert_eq!(world.due(at(0)).len(), 3);
}

#[test]
fn lists_go_on_after_a_cursor_and_keep_to_stores_and_states() {
    let mut world = World::new();
    for (key, store) in [("r1", "one"), ("r2", "two"), ("r3", "one")] {
        let accept = Accept { store: store.to_owned(), ..world.saying(key, Role::Independent, &[]) };
        world.accept(accept);
    }
    let keys = |filter: store::DeliveryFilter| -> Vec<String> {
        world.reader.deliveries(&filter).unwrap().into_iter().map(|row| row.key).collect()
    };
    assert_eq!(keys(all()), ["r1", "r2", "r3"]);
    assert_eq!(keys(store::DeliveryFilter { stores: Some(vec!["one".to_owned()]), ..all() }), ["r1", "r3"]);
    assert_eq!(keys(store::DeliveryFilter { stores: Some(Vec::new()), ..all() }), [""; 0]);
    assert_eq!(keys(store::DeliveryFilter { after: Some("d-1".parse().unwrap()), ..all() }), ["r2", "r3"]);
    assert_eq!(keys(store::DeliveryFilter { limit: 1, ..all() }), ["r1"]);
    for (state, count) in
        [(DeliveryState::Waiting, 3), (DeliveryState::Done, 0), (DeliveryState::Discarded, 0)]
    {
        assert_eq!(keys(store::DeliveryFilter { state: Some(state), ..all() }).len(), count);
    }
}

fn all() -> store::DeliveryFilter {
    store::DeliveryFilter { limit: 100, ..store::DeliveryFilter::default() }
}
