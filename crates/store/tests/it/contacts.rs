//! Who is who, and who waits for whom because of it.

use store::{
    Accept, Accepted, Begun, Bind, Command, ContactState, DeliveryState, FindContact, Outcome, Remember,
    Role, Start, Verdict,
};

use crate::world::{World, at, done, note};

fn contact(world: &World, alias: &str) -> ContactState {
    world.contact(alias).unwrap()
}

fn bind(world: &mut World, alias: &str, remote_id: &str, aliases: &[&str]) -> ContactState {
    let bind = Bind {
        contact: contact(world, alias).key,
        remote_id: remote_id.to_owned(),
        aliases: aliases.iter().map(|value| world.alias(value)).collect(),
        at: at(5),
    };
    match world.submit(Command::Bind(bind)) {
        Verdict::Bind(contact) => contact,
        other => panic!("{other:?}"),
    }
}

fn remember(
    world: &mut World,
    seconds: i64,
    remote_id: &str,
    aliases: &[&str],
    profile: &str,
) -> ContactState {
    let remember = Remember {
        remote_id: remote_id.to_owned(),
        aliases: aliases.iter().map(|value| world.alias(value)).collect(),
        new_contact_id: format!("c-of-{remote_id}"),
        profile: profile.as_bytes().to_vec(),
        at: at(seconds),
    };
    match world.submit(Command::Remember(remember)) {
        Verdict::Remember(contact) => contact.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn created(world: &mut World, id: store::DeliveryId, remote_id: &str) {
    world.begin(id, at(1));
    world.settle(id, at(2), done(Some(remote_id), None));
}

#[test]
fn a_contact_is_known_by_its_public_id_whoever_made_it_known() {
    let mut world = World::new();
    // A receipt came first, so the contact has the id that came with it, and the enrolment answers that one.
    world.owe("r0", Role::NeedsContact, &["email"]);
    let creation = world.owe("e1", Role::CreatesContact, &["email"]);
    let public_id = contact(&world, "email").public_id;
    let named = world.saying("r1", Role::NeedsContact, &[]);
    let named = Accept { contact: vec![world.database.keys().contact_id(&public_id)], ..named };
    let Accepted::New(filed) = world.accept(named) else { panic!("it is new") };
    assert_eq!(filed.contact.map(|contact| contact.public_id), Some(public_id));
    assert_eq!(world.row(filed.delivery.unwrap()).waits_for, [creation]);
}

#[test]
fn a_bound_contact_is_known_by_its_id_in_engage() {
    let mut world = World::new();
    let engages = world.database.keys().contact_id("engage-1");
    // A till named Engage's id before anybody here knew whose it is.
    let named = Accept { contact: vec![engages], ..world.saying("r0", Role::NeedsContact, &[]) };
    world.accept(named);
    let creation = world.owe("e1", Role::CreatesContact, &["email"]);
    created(&mut world, creation, "engage-1");
    let by_id = world.reader.known(&FindContact::Alias(engages)).unwrap().unwrap().contact;
    assert_eq!(by_id, contact(&world, "email"));
    assert_eq!(by_id.remote_id.as_deref(), Some("engage-1"));
}

#[test]
fn a_receipt_waits_for_the_creation_of_its_contact_under_whatever_alias() {
    let mut world = World::new();
    let early = world.owe("r0", Role::NeedsContact, &["phone"]);
    let creation = world.owe("e1", Role::CreatesContact, &["email", "phone"]);
    let late = world.owe("r1", Role::NeedsContact, &["email"]);
    let other = world.owe("r2", Role::NeedsContact, &["somebody"]);
    assert_eq!(world.due(at(0)), [creation, other]);
    assert_eq!(world.row(early).waits_for, [creation]);
    assert_eq!(world.begin(late, at(0)), Begun::Gone);
    assert_eq!(world.reader.due_one(late, at(0)).unwrap(), None);
    created(&mut world, creation, "engage-1");
    assert_eq!(world.due(at(0)), [early, late, other]);
    let bound = contact(&world, "phone");
    assert_eq!(
        (bound.remote_id.as_deref(), bound.bound_at, bound.creation),
        (Some("engage-1"), Some(at(2)), None)
    );
    assert_eq!(bound.public_id, "c-r0");
}

#[test]
fn a_creation_that_needs_attention_still_holds_its_receipts() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    world.settle(creation, at(1), Outcome::NeedsAttention(note("needsMoreFields")));
    assert_eq!(world.due(at(9)), []);
    assert_eq!(world.row(receipt).waits_for, [creation]);
}

#[test]
fn nobody_is_enrolled_twice() {
    let mut world = World::new();
    let first = world.file("e1", Role::CreatesContact, &["a"]);
    let second = world.file("e2", Role::CreatesContact, &["a", "b"]);
    let [first_id, second_id] = [&first, &second].map(|filed| filed.delivery.unwrap());
    assert_eq!(second.contact.as_ref().unwrap().creation, Some(first_id));
    // What it says beside is a change, for which the creation comes first, and nobody waits for that.
    assert_eq!(world.row(second_id).waits_for, [first_id]);
    let receipt = world.owe("r1", Role::NeedsContact, &["b"]);
    assert_eq!(world.row(receipt).waits_for, [first_id]);
    created(&mut world, first_id, "engage-1");
    let third = world.file("e3", Role::CreatesContact, &["b"]);
    assert_eq!(third.contact.unwrap().remote_id.as_deref(), Some("engage-1"));
    assert_eq!(world.row(third.delivery.unwrap()).waits_for, [second_id]);
    assert_eq!(world.due(at(0)), [second_id, receipt]);
    let again = world.accept(world.saying("e2", Role::CreatesContact, &["a", "b"]));
    assert!(matches!(again, Accepted::Repeated(filed) if filed.delivery == Some(second_id)));
}

#[test]
fn two_that_turn_out_to_be_one_become_one_with_all_that_is_owed() {
    let mut world = World::new();
    let by_mail = world.owe("e1", Role::CreatesContact, &["mail"]);
    let by_phone = world.owe("e2", Role::CreatesContact, &["phone"]);
    let of_mail = world.owe("r1", Role::NeedsContact, &["mail"]);
    let of_both = world.owe("r2", Role::NeedsContact, &["phone", "mail"]);
    assert_eq!(world.row(of_mail).waits_for, [by_mail, by_phone]);
    assert_eq!(world.row(of_both).waits_for, [by_mail, by_phone]);
    // Side by side they would make two people in Engage.
    assert_eq!(world.row(by_phone).waits_for, [by_mail]);
    assert_eq!(contact(&world, "mail"), contact(&world, "phone"));
    for public_id in ["c-e1", "c-e2"] {
        assert_eq!(world.reader.contact_by_id(public_id).unwrap().unwrap().public_id, "c-e1");
    }
    created(&mut world, by_mail, "engage-1");
    assert_eq!(world.due(at(0)), [by_phone]);
    created(&mut world, by_phone, "engage-1");
    assert_eq!(world.due(at(0)), [of_mail, of_both]);
    assert_eq!(world.reader.contact_by_id("engage-1").unwrap().unwrap().public_id, "c-e1");
}

#[test]
fn a_temporary_id_stays_valid_through_a_chain_of_merges() {
    let mut world = World::new();
    for (key, alias) in [("r1", "a"), ("r2", "b"), ("r3", "c")] {
        world.file(key, Role::NeedsContact, &[alias]);
    }
    remember(&mut world, 1, "engage-9", &["d"], "{}");
    world.file("r4", Role::NeedsContact, &["c", "b"]);
    world.file("r5", Role::NeedsContact, &["b", "a"]);
    world.file("r6", Role::NeedsContact, &["c", "d"]);
    for id in ["c-r1", "c-r2", "c-r3", "c-of-engage-9", "engage-9"] {
        assert_eq!(
            world.reader.contact_by_id(id).unwrap().unwrap().remote_id.as_deref(),
            Some("engage-9"),
            "{id}"
        );
    }
}

#[test]
fn two_people_in_engage_are_never_merged_by_what_a_till_says() {
    let mut world = World::new();
    remember(&mut world, 1, "engage-1", &["a"], "{}");
    remember(&mut world, 1, "engage-2", &["b"], "{}");
    let filed = world.file("r1", Role::NeedsContact, &["b", "a", "new"]);
    assert_eq!(filed.contact.unwrap().remote_id.as_deref(), Some("engage-2"));
    assert_eq!(contact(&world, "a").remote_id.as_deref(), Some("engage-1"));
    assert_eq!(contact(&world, "new").remote_id.as_deref(), Some("engage-2"));
}

#[test]
fn a_creation_that_finds_a_known_contact_joins_it() {
    let mut world = World::new();
    let known = remember(&mut world, 1, "engage-1", &["mail"], "{}");
    let creation = world.owe("e1", Role::CreatesContact, &["phone"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["phone"]);
    created(&mut world, creation, "engage-1");
    assert_eq!(contact(&world, "phone").key, known.key);
    let page = world.reader.due(at(9), 10).unwrap();
    assert_eq!((page.due[0].id, page.due[0].contact.as_ref().unwrap().key), (receipt, known.key));
    assert_eq!(world.reader.contact_by_id("c-e1").unwrap().unwrap().key, known.key);
}

#[test]
fn a_look_binds_a_contact_and_teaches_its_aliases() {
    let mut world = World::new();
    world.file("r1", Role::NeedsContact, &["phone"]);
    let bound = bind(&mut world, "phone", "engage-1", &["mail", "phone"]);
    assert_eq!((bound.remote_id.as_deref(), bound.bound_at), (Some("engage-1"), Some(at(5))));
    assert_eq!(contact(&world, "mail"), bound);
    // What is known does not change.
    assert_eq!(bind(&mut world, "phone", "engage-2", &["x"]), bound);
    assert_eq!(world.contact("x"), None);
}

#[test]
fn what_was_seen_last_is_remembered_until_something_newer_is_seen() {
    let mut world = World::new();
    remember(&mut world, 10, "engage-1", &["mail", "engage-1"], "first");
    remember(&mut world, 20, "engage-1", &["mail", "phone"], "second");
    remember(&mut world, 15, "engage-1", &["mail"], "overtaken");
    let known = |find| world.reader.known(&find).unwrap();
    let by_phone = known(FindContact::Alias(world.alias("phone"))).unwrap();
    assert_eq!((by_phone.profile.as_deref(), by_phone.seen_at), (Some(&b"second"[..]), Some(at(20))));
    assert!(by_phone.changes.is_empty() && !by_phone.forgotten);
    for id in ["engage-1", "c-of-engage-1"] {
        assert_eq!(known(FindContact::Id(id.to_owned())).as_ref(), Some(&by_phone));
    }
    assert_eq!(known(FindContact::Key(by_phone.contact.key)), Some(by_phone));
    assert_eq!(known(FindContact::Alias(world.alias("nobody"))), None);
    assert_eq!(known(FindContact::Id("nobody".to_owned())), None);
}

#[test]
fn a_profile_that_is_seen_joins_the_contact_that_tills_spoke_of() {
    let mut world = World::new();
    world.file("r1", Role::NeedsContact, &["phone"]);
    world.file("r2", Role::NeedsContact, &["mail"]);
    let seen = remember(&mut world, 1, "engage-1", &["mail", "phone"], "{}");
    assert_eq!(contact(&world, "phone"), seen);
    assert_eq!(contact(&world, "mail"), seen);
    for id in ["c-r1", "c-r2", "engage-1"] {
        assert_eq!(world.reader.contact_by_id(id).unwrap(), Some(seen.clone()));
    }
    assert_eq!(world.reader.contact_by_id("c-of-engage-1").unwrap(), None);
}

#[test]
fn an_alias_that_has_changed_hands_follows_what_engage_says() {
    let mut world = World::new();
    remember(&mut world, 1, "engage-1", &["phone"], "{}");
    remember(&mut world, 2, "engage-2", &["phone"], "{}");
    assert_eq!(contact(&world, "phone").remote_id.as_deref(), Some("engage-2"));
    assert_eq!(
        world.reader.contact_by_id("engage-1").unwrap().unwrap().remote_id.as_deref(),
        Some("engage-1")
    );
}

#[test]
fn a_receipt_under_way_that_must_be_sent_again_waits_for_a_creation_accepted_meanwhile() {
    let mut world = World::new();
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    world.begin(receipt, at(1));
    let creation = world.owe("e1", Role::CreatesContact, &["a"]);
    world.settle(receipt, at(2), Outcome::Again { due: at(3), note: note("notFound") });
    assert_eq!(world.due(at(9)), [creation]);
    world.done(creation, at(4));
    assert_eq!(world.due(at(9)), [receipt]);
}

#[test]
fn a_creation_that_can_not_go_yet_is_a_creation_all_the_same() {
    let mut world = World::new();
    let mut accept = world.saying("e1", Role::CreatesContact, &["a"]);
    if let Some(delivery) = &mut accept.delivery {
        delivery.start = Start::NeedsAttention(note("needsMoreFields"));
    }
    let Accepted::New(filed) = world.accept(accept) else { panic!() };
    let receipt = world.owe("r1", Role::NeedsContact, &["a"]);
    assert_eq!(world.row(receipt).waits_for, [filed.delivery.unwrap()]);
    assert_eq!(world.row(filed.delivery.unwrap()).state, DeliveryState::NeedsAttention);
}

#[test]
fn who_is_named_by_nothing_is_nobody() {
    let mut world = World::new();
    let filed = world.file("r1", Role::NeedsContact, &[]);
    assert_eq!(filed.contact, None);
    let Accept { new_contact_id, .. } = world.saying("r1", Role::NeedsContact, &[]);
    assert_eq!(world.reader.contact_by_id(&new_contact_id).unwrap(), None);
}
