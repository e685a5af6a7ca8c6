//! Changes of a contact, one after the other; hints, which several people may share; and what a delivery learns.

use store::{
    Accept, Accepted, Begun, Command, DeliveryId, DeliveryState, Done, Expects, FindContact, Keep,
    KnownContact, Note, Outcome, Remember, Replace, Retry, Role, Settled, Start, Sweep, Verdict, With,
};

use crate::world::{World, at, done, note};

fn known(world: &World, alias: &str) -> KnownContact {
    world.reader.known(&FindContact::Alias(world.alias(alias))).unwrap().unwrap()
}

fn attention(world: &mut World, id: DeliveryId) {
    world.settle(id, at(1), Outcome::NeedsAttention(note("refused")));
}

fn retry(world: &mut World, id: DeliveryId) {
    world.submit(Command::Retry(Retry { id, at: at(2), by: "anna".to_owned() }));
}

fn replace(world: &mut World, id: DeliveryId, role: Role, contact: &[&str]) {
    let replace = Replace {
        id,
        at: at(2),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"mended"),
        body: b"mended".to_vec(),
        frozen: b"frozen anew".to_vec(),
        contact: contact.iter().map(|value| world.alias(value)).collect(),
        new_contact_id: "c-replaced".to_owned(),
        start: Start::Due,
        role,
        with: With::default(),
    };
    world.submit(Command::Replace(replace));
}

#[test]
fn changes_of_one_contact_go_one_after_the_other() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    let [first, second] = ["u1", "u2"].map(|key| world.owe(key, Role::ChangesContact, &["a"]));
    let other = world.owe("u3", Role::ChangesContact, &["b"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    assert_eq!(world.row(second).waits_for, [creation, first]);
    assert_eq!(world.due(at(0)), [creation, other]);
    world.settle(creation, at(1), done(Some("engage-1"), None));
    // Nobody but the next change waits for a change.
    assert_eq!(world.due(at(1)), [first, other, receipt]);
    assert_eq!(world.begin(first, at(1)), Begun::Go(1));
    world.settle(first, at(2), Outcome::Unknown { due: at(3), note: note("timeout"), mark: None });
    assert_eq!(world.row(second).waits_for, [first]);
    world.done(first, at(4));
    assert_eq!(world.row(second).waits_for, []);
}

#[test]
fn a_change_that_needs_attention_holds_up_no_other() {
    let mut world = World::new();
    let [first, second, third] = ["u1", "u2", "u3"].map(|key| world.owe(key, Role::ChangesContact, &["a"]));
    attention(&mut world, first);
    assert_eq!(world.due(at(9)), [second]);
    assert_eq!(world.row(third).waits_for, [second]);
    assert_eq!(world.reader.history(first).unwrap().len(), 1);
}

#[test]
fn a_change_that_is_retried_takes_its_old_place() {
    let mut world = World::new();
    let [first, second, third] = ["u1", "u2", "u3"].map(|key| world.owe(key, Role::ChangesContact, &["a"]));
    attention(&mut world, first);
    world.begin(second, at(1));
    retry(&mut world, first);
    assert_eq!(world.row(first).waits_for, []);
    assert_eq!(world.row(third).waits_for, [first, second]);
    world.settle(second, at(3), Outcome::Again { due: at(3), note: note("refused") });
    assert_eq!(world.due(at(9)), [first]);
}

#[test]
fn a_change_too_waits_for_a_creation_that_a_merge_brings() {
    let mut world = World::new();
    let change = world.owe("u1", Role::ChangesContact, &["a"]);
    let creation = world.owe("e1", Role::CreatesContact, &["b"]);
    let later = world.owe("u2", Role::ChangesContact, &["a", "b"]);
    assert_eq!(world.row(change).waits_for, [creation]);
    assert_eq!(world.row(later).waits_for, [change, creation]);
    let changes: Vec<DeliveryId> = known(&world, "a").changes.iter().map(|change| change.id).collect();
    assert_eq!(changes, [change, creation, later]);
}

#[test]
fn open_changes_are_told_with_what_they_say() {
    let mut world = World::new();
    let change = world.owe("u1", Role::ChangesContact, &["a"]);
    world.owe("r1", Role::NeedsContact, &["a"]);
    attention(&mut world, change);
    let known = known(&world, "a");
    let [told] = known.changes.as_slice() else { panic!("{known:?}") };
    assert_eq!((told.id, told.kind.as_str(), told.accepted_at), (change, "send", at(0)));
    assert_eq!(
        (told.state, told.frozen.as_deref()),
        (DeliveryState::NeedsAttention, Some(&b"frozen of u1"[..]))
    );
    world.discard(change, at(3));
    assert_eq!(self::known(&world, "a").changes, []);
}

#[test]
fn an_enrolment_that_is_corrected_to_somebody_who_exists_changes_them() {
    let mut world = World::new();
    let enrolment = world.owe("e1", Role::CreatesContact, &["mistyped"]);
    let creation = world.owe("e2", Role::CreatesContact, &["a"]);
    replace(&mut world, enrolment, Role::CreatesContact, &["a"]);
    assert_eq!(world.row(enrolment).waits_for, [creation]);
    assert_eq!(world.contact("a").unwrap().creation, Some(creation));
    // One that is corrected to the same person is still their creation.
    replace(&mut world, creation, Role::CreatesContact, &["a"]);
    assert_eq!(world.contact("a").unwrap().creation, Some(creation));
}

fn expecting(world: &mut World, key: &str, last: Option<DeliveryId>, contact: &[&str]) -> Accepted {
    let said = world.saying(key, Role::ChangesContact, contact);
    world.accept(Accept { expects: Expects::LastChange(last), ..said })
}

#[test]
fn what_was_worked_out_from_an_older_state_is_not_taken_in() {
    let mut world = World::new();
    let Accepted::New(first) = expecting(&mut world, "u1", None, &["a"]) else { panic!("there is none yet") };
    let first = first.delivery.unwrap();
    for last in [None, Some("d-99".parse().unwrap())] {
        assert_eq!(expecting(&mut world, "u2", last, &["a"]), Accepted::Overtaken);
    }
    assert_eq!(world.reader.document("receipt", "u2").unwrap(), None);
    // One that needs attention counts still, one that was given up does not.
    attention(&mut world, first);
    assert_eq!(expecting(&mut world, "u2", None, &["a"]), Accepted::Overtaken);
    assert!(matches!(expecting(&mut world, "u2", Some(first), &["a"]), Accepted::New(_)));
    // What was taken in is the same again, whatever it expects.
    assert!(matches!(expecting(&mut world, "u2", None, &["a"]), Accepted::Repeated(_)));
}

#[test]
fn of_what_was_overtaken_nothing_is_kept() {
    let mut world = World::new();
    let first = world.owe("u1", Role::ChangesContact, &["a"]);
    world.file("r1", Role::NeedsContact, &["b"]);
    // It would have made them one, and taught an alias.
    assert_eq!(expecting(&mut world, "u2", None, &["a", "b", "c"]), Accepted::Overtaken);
    assert_ne!(world.contact("a"), world.contact("b"));
    assert_eq!(world.contact("c"), None);
    assert!(matches!(expecting(&mut world, "u2", Some(first), &["a", "b", "c"]), Accepted::New(_)));
    assert_eq!(world.contact("a"), world.contact("b"));
}

fn hinting(world: &mut World, key: &str, role: Role, contact: &[&str], hints: &[&str]) -> DeliveryId {
    let hints = hints.iter().map(|hint| world.alias(hint)).collect();
    let said = world.saying(key, role, contact);
    match world.accept(Accept { hints, ..said }) {
        Accepted::New(filed) => filed.delivery.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn hinted(world: &World, hint: &str) -> Vec<String> {
    world.reader.hinted(&world.alias(hint)).unwrap().into_iter().map(|contact| contact.public_id).collect()
}

#[test]
fn a_receipt_waits_for_the_open_creations_of_whom_it_hints_at() {
    let mut world = World::new();
    let anna = hinting(&mut world, "e1", Role::CreatesContact, &["anna"], &["phone"]);
    let bert = hinting(&mut world, "e2", Role::CreatesContact, &["bert"], &["phone"]);
    hinting(&mut world, "e3", Role::CreatesContact, &["cara"], &["other phone"]);
    let receipt = hinting(&mut world, "r1", Role::NeedsContact, &["by phone"], &["phone"]);
    assert_eq!(world.row(receipt).waits_for, [anna, bert]);
    // A hint is no alias: whose receipt it is, is found out when they are there.
    assert_eq!(world.row(receipt).contact.unwrap().public_id, "c-r1");
    assert_eq!(hinted(&world, "phone"), ["c-e2", "c-e1"]);
    world.settle(anna, at(1), done(Some("engage-1"), None));
    attention(&mut world, bert);
    assert_eq!(world.row(receipt).waits_for, [bert]);
    world.discard(bert, at(3));
    assert_eq!(world.due(at(9))[1..], [receipt]);
    // Later ones are not waited for.
    hinting(&mut world, "e4", Role::CreatesContact, &["dora"], &["phone"]);
    assert_eq!(world.row(receipt).waits_for, []);
}

#[test]
fn a_second_enrolment_leaves_its_hints_as_well_and_other_documents_leave_none() {
    let mut world = World::new();
    hinting(&mut world, "e1", Role::CreatesContact, &["anna"], &[]);
    hinting(&mut world, "e2", Role::CreatesContact, &["anna"], &["phone"]);
    hinting(&mut world, "u1", Role::ChangesContact, &["bert"], &["phone"]);
    hinting(&mut world, "r1", Role::NeedsContact, &["cara"], &["phone"]);
    assert_eq!(hinted(&world, "phone"), ["c-e1"]);
}

#[test]
fn of_many_with_one_hint_the_newest_are_told() {
    let mut world = World::new();
    for n in 0..8 {
        hinting(&mut world, &format!("e{n}"), Role::CreatesContact, &[&format!("p{n}")], &["phone"]);
    }
    assert_eq!(hinted(&world, "phone"), ["c-e7", "c-e6", "c-e5", "c-e4", "c-e3"]);
}

#[test]
fn hints_go_with_a_merge_and_are_told_once() {
    let mut world = World::new();
    hinting(&mut world, "e1", Role::CreatesContact, &["a"], &["phone", "mail"]);
    hinting(&mut world, "e2", Role::CreatesContact, &["b"], &["phone"]);
    world.file("r1", Role::NeedsContact, &["b", "a"]);
    assert_eq!(hinted(&world, "phone"), ["c-e1"]);
    assert_eq!(hinted(&world, "mail"), ["c-e1"]);
}

#[test]
fn a_creation_that_is_corrected_keeps_those_that_hint_at_it() {
    let mut world = World::new();
    let creation = hinting(&mut world, "e1", Role::CreatesContact, &["anna"], &["phone"]);
    let receipt = hinting(&mut world, "r1", Role::NeedsContact, &["by phone"], &["phone"]);
    replace(&mut world, creation, Role::CreatesContact, &["anna"]);
    assert_eq!(world.row(receipt).waits_for, [creation]);
    replace(&mut world, creation, Role::CreatesContact, &["somebody else"]);
    assert_eq!(world.row(receipt).waits_for, []);
}

#[test]
fn what_only_hints_at_a_contact_is_never_discarded_with_its_creation() {
    let mut world = World::new();
    let creation = hinting(&mut world, "e1", Role::CreatesContact, &["anna"], &["phone"]);
    let hers = world.owe("r1", Role::NeedsContact, &["anna"]);
    let perhaps = hinting(&mut world, "r2", Role::NeedsContact, &["by phone"], &["phone"]);
    let discard = store::Discard {
        id: creation,
        at: at(3),
        by: "anna".to_owned(),
        reason: "test sale".to_owned(),
        behind: store::Behind::Discard,
    };
    world.submit(Command::Discard(discard));
    assert_eq!(world.row(hers).state, DeliveryState::Discarded);
    assert_eq!(world.due(at(9)), [perhaps]);
}

#[test]
fn a_hint_ends_some_time_after_it_was_said_last() {
    let mut world = World::new();
    for (key, seconds, hints) in [("e1", 10, ["phone", "mail"]), ("e2", 100, ["phone", "phone"])] {
        let said = world.saying(key, Role::CreatesContact, &["anna"]);
        let hints = hints.iter().map(|hint| world.alias(hint)).collect();
        world.accept(Accept { at: at(seconds), hints, ..said });
    }
    let sweep = Sweep {
        profiles_before: at(0),
        hints_before: at(50),
        condensed_before: at(0),
        undelivered_before: at(0),
        checkouts_before: at(0),
        held_back_before: at(0),
        at: at(200),
    };
    assert_eq!(world.submit(Command::Sweep(sweep)), Verdict::Sweep(1));
    assert_eq!(world.submit(Command::Sweep(sweep)), Verdict::Sweep(0));
    assert_eq!((hinted(&world, "phone").len(), hinted(&world, "mail").len()), (1, 0));
}

fn seen(profile: &str, remote_id: Option<&str>, note: Option<Note>) -> Outcome {
    let (remote_id, profile) = (remote_id.map(str::to_owned), Some(profile.as_bytes().to_vec()));
    Outcome::Done(Done { remote_id, note, profile, ..Done::default() })
}

#[test]
fn a_delivery_keeps_the_profile_that_it_saw() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    world.settle(creation, at(5), seen("as created", Some("engage-1"), None));
    let profile = |world: &World| {
        let known = known(world, "a");
        (known.profile.map(|profile| String::from_utf8(profile).unwrap()), known.seen_at)
    };
    assert_eq!(profile(&world), (Some("as created".to_owned()), Some(at(5))));
    let change = world.owe("u1", Role::ChangesContact, &["a"]);
    world.settle(change, at(7), seen("as changed", None, None));
    assert_eq!(profile(&world), (Some("as changed".to_owned()), Some(at(7))));
    // What was seen before what is kept is no news.
    let change = world.owe("u2", Role::ChangesContact, &["a"]);
    world.settle(change, at(6), seen("as it was", None, None));
    assert_eq!(profile(&world).1, Some(at(7)));
    assert_eq!(
        world.reader.profiles_of(&["engage-9".to_owned(), "engage-1".to_owned()]).unwrap(),
        ["engage-1"]
    );
}

#[test]
fn a_profile_of_somebody_else_or_of_nobody_is_not_kept() {
    let mut world = World::new();
    let change = world.owe("u1", Role::ChangesContact, &["a"]);
    world.settle(change, at(5), seen("nobody's", None, None));
    assert_eq!(known(&world, "a").profile, None);
    let remember = Remember {
        remote_id: "engage-1".to_owned(),
        aliases: vec![world.alias("a")],
        new_contact_id: "c-x".to_owned(),
        profile: b"hers".to_vec(),
        at: at(6),
    };
    world.submit(Command::Remember(remember));
    let change = world.owe("u2", Role::ChangesContact, &["a"]);
    world.settle(change, at(7), seen("somebody else's", Some("engage-2"), None));
    assert_eq!(known(&world, "a").profile.as_deref(), Some(&b"hers"[..]));
}

#[test]
fn how_it_was_done_is_told() {
    let mut world = World::new();
    let change = world.owe("u1", Role::ChangesContact, &["a"]);
    world.begin(change, at(4));
    assert_eq!(world.settle(change, at(5), seen("{}", None, Some(note("newerInEngage")))), Settled::Settled);
    assert_eq!(world.row(change).note, Some(note("newerInEngage")));
    let history = world.reader.history(change).unwrap();
    assert_eq!(world.history(change), ["attempt", "done"]);
    assert_eq!(history[1].note, Some(note("newerInEngage")));
}

#[test]
fn of_what_is_kept_by_name_the_newest_is_told() {
    let mut world = World::new();
    assert_eq!(world.reader.kept("cursor").unwrap(), None);
    for (value, seconds) in [("first", 10), ("second", 20), ("overtaken", 15)] {
        let keep = Keep { name: "cursor".to_owned(), value: value.as_bytes().to_vec(), at: at(seconds) };
        assert_eq!(world.submit(Command::Keep(keep)), Verdict::Keep);
    }
    let world = world.restart(at(30));
    assert_eq!(world.reader.kept("cursor").unwrap(), Some((b"second".to_vec(), at(20))));
    assert_eq!(world.reader.kept("other").unwrap(), None);
}
