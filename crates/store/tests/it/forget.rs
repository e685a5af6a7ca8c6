//! Forgetting a person: what goes, what stays until it is known, and what comes back never.

use store::{
    Accept, Accepted, Alias, Begin, Begun, Behind, Bind, Command, Confirm, DeliveryId, DeliveryState,
    Discard, FindContact, Forget, Forgotten, KnownContact, OnConflict, Operated, Outcome, Remember, Replace,
    Retry, Role, Settled, Sight, Start, Verdict, With,
};

use crate::world::{World, at, done, forgotten, note};

/// What is known under an id.
fn known(world: &World, id: &str) -> KnownContact {
    world.reader.known(&FindContact::Id(id.to_owned())).unwrap().unwrap()
}

fn remember(world: &mut World, remote_id: &str, alias: &str) -> bool {
    let remember = Remember {
        remote_id: remote_id.to_owned(),
        aliases: vec![world.alias(alias)],
        new_contact_id: format!("c-of-{remote_id}"),
        profile: b"profile".to_vec(),
        at: at(1),
    };
    matches!(world.submit(Command::Remember(remember)), Verdict::Remember(Some(_)))
}

fn has_body(world: &World, key: &str) -> bool {
    world.reader.document("receipt", key).unwrap().unwrap().body.is_some()
}

fn state(world: &World, id: DeliveryId) -> DeliveryState {
    world.row(id).state
}

/// Accepts something about whoever has this id.
fn about(world: &mut World, key: &str, role: Role, id: Alias) -> store::Filed {
    match world.accept(Accept { contact: vec![id], ..world.saying(key, role, &[]) }) {
        Accepted::New(filed) => filed,
        other => panic!("{other:?}"),
    }
}

fn unknown(world: &mut World, id: DeliveryId) {
    world.begin(id, at(1));
    world.settle(id, at(2), Outcome::Unknown { due: at(3), note: note("timeout"), mark: None });
}

/// An operator corrects whom it is about.
fn correct(world: &mut World, id: DeliveryId, alias: &str) {
    let replace = Replace {
        id,
        at: at(2),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"mended"),
        body: b"mended".to_vec(),
        frozen: Vec::new(),
        contact: vec![world.alias(alias)],
        new_contact_id: "c-new".to_owned(),
        start: Start::Due,
        role: Role::NeedsContact,
        with: With::default(),
    };
    assert_eq!(world.submit(Command::Replace(replace)), Verdict::Operate(Operated::Done));
}

/// Forgets whoever has this id because Engage says that they are deleted there.
fn deleted_there(world: &mut World, id: &str) -> Forgotten {
    let held = world.reader.held_about(known(world, id).contact.key).unwrap();
    let forget: Forget = world.forgetting(&held, "feed", false, at(50));
    world.forget(forget)
}

#[test]
fn who_is_forgotten_leaves_nothing_here_and_is_deleted_in_engage() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let sent = world.owe("r1", Role::NeedsContact, &["mail"]);
    world.begin(sent, at(1));
    world.settle(sent, at(2), done(None, Some(at(60))));
    let waiting = world.owe("r2", Role::NeedsContact, &["mail"]);
    let other = world.owe("r3", Role::NeedsContact, &["other"]);
    let Forgotten { delivery: Some(deletion), already: false } = forgotten(&mut world, "mail", 9) else {
        panic!("she is in Engage")
    };
    assert_eq!(world.contact("mail"), None);
    let left = known(&world, "engage-1");
    assert!(left.forgotten && left.profile.is_none() && left.seen_at.is_none() && left.changes.is_empty());
    assert_eq!(known(&world, "c-of-engage-1"), left);
    assert_eq!(["r1", "r2", "r3"].map(|key| has_body(&world, key)), [false, false, true]);
    let row = world.row(waiting);
    assert_eq!((row.state, row.note.unwrap().code.as_str()), (DeliveryState::Discarded, "contactForgotten"));
    let act = world.reader.history(waiting).unwrap().pop().unwrap();
    assert_eq!((act.what.as_str(), act.by.as_deref()), ("discard", Some("anna")));
    // Nobody looks for what she bought: it will not be seen.
    assert_eq!(world.reader.next_unconfirmed().unwrap(), None);
    assert_eq!(state(&world, sent), DeliveryState::Done);
    let due = world.reader.due(at(9), 10).unwrap().due;
    assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(), [other, deletion]);
    assert_eq!(due[1].contact.as_ref().unwrap().remote_id.as_deref(), Some("engage-1"));
    assert!(due[1].frozen.starts_with(b"frozen of deletion"));
    // Once she is deleted there, her id there goes too.
    assert_eq!(world.begin(deletion, at(10)), Begun::Go(1));
    world.done(deletion, at(11));
    assert_eq!(known(&world, "c-of-engage-1").contact.remote_id, None);
    assert_eq!(world.reader.contact_by_id("engage-1").unwrap(), None);
    assert!(world.reader.is_forgotten(&world.database.keys().contact_id("engage-1")).unwrap());
    let held = world.reader.held_about(left.contact.key).unwrap();
    assert!(held.documents.iter().all(|document| document.body.is_none()));
    assert_eq!(held.documents.len(), 3);
}

#[test]
fn all_that_is_held_about_a_person_is_told() {
    let mut world = World::new();
    world.owe("r1", Role::NeedsContact, &["phone"]);
    world.owe("r2", Role::NeedsContact, &["other"]);
    let training = Accept { delivery: None, ..world.saying("r3", Role::NeedsContact, &["mail"]) };
    world.accept(training);
    assert!(remember(&mut world, "engage-1", "mail"));
    world.file("r4", Role::NeedsContact, &["phone", "mail"]);
    let held = world.reader.held_about(world.contact("phone").unwrap().key).unwrap();
    assert_eq!(held.contact.remote_id.as_deref(), Some("engage-1"));
    assert_eq!(held.public_ids, ["c-r3", "c-r1"]);
    assert_eq!((held.profile.as_deref(), held.seen_at), (Some(&b"profile"[..]), Some(at(1))));
    let told: Vec<_> = held.documents.iter().map(|d| (d.key.as_str(), d.delivery.is_some())).collect();
    assert_eq!(told, [("r1", true), ("r3", false), ("r4", true)]);
    assert_eq!(held.documents[0].body.as_deref(), Some(&b"body of r1"[..]));
    assert_eq!((held.documents[0].kind.as_str(), held.documents[0].store.as_str()), ("receipt", "store03"));
    assert_eq!(held.through, held.documents[2].id);
}

#[test]
fn who_never_reached_engage_needs_no_deletion_there() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    let update = world.owe("u1", Role::ChangesContact, &["mail"]);
    assert_eq!(forgotten(&mut world, "mail", 9), Forgotten { delivery: None, already: false });
    assert_eq!([creation, update].map(|id| state(&world, id)), [DeliveryState::Discarded; 2]);
    assert_eq!(world.due(at(99)), []);
    assert!(known(&world, "c-e1").forgotten);
    for id in [creation, update] {
        let retry = Retry { id, at: at(10), by: "anna".to_owned() };
        assert!(matches!(world.submit(Command::Retry(retry)), Verdict::Operate(Operated::Refused { .. })));
    }
}

#[test]
fn a_deletion_waits_for_what_may_have_landed_and_learns_from_it() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    let receipt = world.owe("r1", Role::NeedsContact, &["mail"]);
    world.begin(creation, at(1));
    let deletion = forgotten(&mut world, "mail", 2).delivery.unwrap();
    assert_eq!(state(&world, receipt), DeliveryState::Discarded);
    assert_eq!(world.row(deletion).waits_for, [creation]);
    assert!(has_body(&world, "e1"));
    world.settle(creation, at(3), done(Some("engage-1"), None));
    assert!(!has_body(&world, "e1"));
    assert_eq!(known(&world, "engage-1").contact.public_id, "c-e1");
    assert_eq!(world.due(at(9)), [deletion]);
    assert!(!remember(&mut world, "engage-1", "mail"));
    assert_eq!(world.contact("mail"), None);
}

#[test]
fn a_call_under_way_that_did_not_land_is_not_made_again_for_somebody_who_was_forgotten() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    world.begin(creation, at(1));
    let deletion = forgotten(&mut world, "mail", 2).delivery.unwrap();
    world.settle(creation, at(3), Outcome::Again { due: at(4), note: note("refused") });
    assert_eq!(state(&world, creation), DeliveryState::Discarded);
    assert_eq!(world.history(creation), ["attempt", "again", "discard"]);
    assert!(!has_body(&world, "e1"));
    nothing_is_to_be_deleted(&mut world, deletion);
}

#[test]
fn what_may_have_landed_is_looked_for_and_not_made_again_for_somebody_who_was_forgotten() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    unknown(&mut world, creation);
    let deletion = forgotten(&mut world, "mail", 4).delivery.unwrap();
    assert_eq!(world.due(at(9)), [creation]);
    assert_eq!(
        world.submit(Command::Begin(Begin { id: creation, at: at(9), mark: None })),
        Verdict::Begin(Begun::Gone)
    );
    assert_eq!(state(&world, creation), DeliveryState::Discarded);
    assert_eq!(world.history(creation).last().unwrap(), "discard");
    assert!(!has_body(&world, "e1"));
    nothing_is_to_be_deleted(&mut world, deletion);
}

#[test]
fn who_may_be_there_under_an_unknown_id_is_shown_to_a_person() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    unknown(&mut world, creation);
    let deletion = forgotten(&mut world, "mail", 4).delivery.unwrap();
    let (by, reason) = ("anna".to_owned(), "it takes too long".to_owned());
    world.submit(Command::Discard(Discard { id: creation, at: at(6), by, reason, behind: Behind::Release }));
    assert_eq!(world.begin(deletion, at(10)), Begun::Go(1));
}

/// The deletion is done without a call.
fn nothing_is_to_be_deleted(world: &mut World, deletion: DeliveryId) {
    assert_eq!(world.due(at(9)), [deletion]);
    assert_eq!(
        world.submit(Command::Begin(Begin { id: deletion, at: at(9), mark: None })),
        Verdict::Begin(Begun::Gone)
    );
    assert_eq!(state(world, deletion), DeliveryState::Done);
    assert_eq!(world.row(deletion).attempts, 0);
}

#[test]
fn a_stop_leaves_what_was_under_way_for_somebody_forgotten_to_be_found_out() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    world.begin(creation, at(1));
    let deletion = forgotten(&mut world, "mail", 2).delivery.unwrap();
    let world = world.restart(at(10));
    assert_eq!(state(&world, creation), DeliveryState::Unknown);
    assert_eq!(world.row(deletion).waits_for, [creation]);
    assert_eq!(world.due(at(10)), [creation]);
}

#[test]
fn a_sale_that_needs_attention_does_not_keep_anybody_in_engage() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let [receipt, given_up] = ["r1", "r2"].map(|key| world.owe(key, Role::NeedsContact, &["mail"]));
    for id in [receipt, given_up] {
        unknown(&mut world, id);
    }
    world.settle(given_up, at(3), Outcome::NeedsAttention(note("notSeen")));
    let deletion = forgotten(&mut world, "mail", 4).delivery.unwrap();
    assert_eq!(world.row(deletion).waits_for, [receipt]);
    world.settle(receipt, at(5), Outcome::NeedsAttention(note("notSeen")));
    assert_eq!(world.due(at(9)), [deletion]);
    // Until she is deleted it may be retried; then the deletion waits again.
    world.submit(Command::Retry(Retry { id: receipt, at: at(6), by: "anna".to_owned() }));
    assert_eq!(world.row(deletion).waits_for, [receipt]);
    world.settle(receipt, at(7), Outcome::NeedsAttention(note("notSeen")));
    world.done(deletion, at(8));
    assert_eq!([receipt, given_up].map(|id| state(&world, id)), [DeliveryState::Discarded; 2]);
    assert_eq!(["r1", "r2"].map(|key| has_body(&world, key)), [false; 2]);
}

#[test]
fn a_creation_that_may_have_landed_is_waited_for_even_where_a_person_must_decide() {
    let mut world = World::new();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    unknown(&mut world, creation);
    let deletion = forgotten(&mut world, "mail", 4).delivery.unwrap();
    world.settle(creation, at(5), Outcome::NeedsAttention(note("odd")));
    assert_eq!(world.row(deletion).waits_for, [creation]);
    assert_eq!(world.due(at(99)), []);
    let discard = Discard {
        id: creation,
        at: at(6),
        by: "anna".to_owned(),
        reason: "it never landed".to_owned(),
        behind: Behind::Discard,
    };
    world.submit(Command::Discard(discard));
    // What is behind goes with it, but never a deletion.
    assert_eq!(world.due(at(99)), [deletion]);
    assert!(!has_body(&world, "e1"));
}

#[test]
fn forgetting_is_done_once_and_said_as_often_as_anybody_likes() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let held = world.reader.held_about(world.contact("mail").unwrap().key).unwrap();
    let forget = world.forgetting(&held, "k", true, at(5));
    let first = world.forget(forget.clone());
    let deletion = first.delivery.unwrap();
    let again = Forgotten { already: true, ..first };
    assert_eq!(world.forget(Forget { key: "other".to_owned(), ..forget.clone() }), again);
    world.done(deletion, at(6));
    let over = Forgotten { delivery: None, already: true };
    assert_eq!(world.forget(forget.clone()), over);
    assert_eq!(world.reader.counts().unwrap().iter().map(|count| count.count).sum::<u64>(), 1);
}

#[test]
fn a_deletion_that_an_operator_gave_up_is_owed_again_when_it_is_asked_for_again() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let held = world.reader.held_about(world.contact("mail").unwrap().key).unwrap();
    let forget = world.forgetting(&held, "k", true, at(5));
    let deletion = world.forget(forget.clone()).delivery.unwrap();
    world.discard(deletion, at(6));
    assert_eq!(world.due(at(9)), []);
    assert_eq!(world.forget(forget), Forgotten { delivery: Some(deletion), already: true });
    assert_eq!(world.due(at(9)), [deletion]);
    assert_eq!(world.history(deletion), ["discard", "retry"]);
}

#[test]
fn a_deletion_is_no_content_that_could_be_corrected() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let deletion = forgotten(&mut world, "mail", 5).delivery.unwrap();
    let replace = Replace {
        id: deletion,
        at: at(6),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"x"),
        body: b"x".to_vec(),
        frozen: b"x".to_vec(),
        contact: vec![world.alias("somebody")],
        new_contact_id: "c-somebody".to_owned(),
        start: Start::Due,
        role: Role::NeedsContact,
        with: With::default(),
    };
    let refused = Operated::Refused { state: DeliveryState::Waiting, may_have_landed: false };
    assert_eq!(world.submit(Command::Replace(replace)), Verdict::Operate(refused));
    assert_eq!(world.contact("somebody"), None);
    assert_eq!(world.due(at(9)), [deletion]);
}

#[test]
fn the_same_document_again_is_known_and_a_new_one_needs_a_person() {
    let mut world = World::new();
    let first = world.file("r1", Role::NeedsContact, &["mail"]);
    let public = first.contact.as_ref().unwrap().public_id.clone();
    forgotten(&mut world, "mail", 5);
    let again = world.accept(world.saying("r1", Role::NeedsContact, &["mail"]));
    assert_eq!(again, Accepted::Repeated(first));
    assert_eq!(world.contact("mail"), None);
    let id = world.database.keys().contact_id(&public);
    let filed = about(&mut world, "r2", Role::NeedsContact, id);
    assert_eq!(filed.contact, None);
    let row = world.row(filed.delivery.unwrap());
    assert_eq!(
        (row.state, row.note.unwrap().code.as_str()),
        (DeliveryState::NeedsAttention, "contactForgotten")
    );
    assert!(has_body(&world, "r2"));
    // The sale is a real one: an operator gives it to whom it belongs, or to nobody.
    let correct = |contact: Vec<Alias>| Replace {
        id: row.id,
        at: at(6),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"mended"),
        body: b"mended".to_vec(),
        frozen: Vec::new(),
        contact,
        new_contact_id: "c-new".to_owned(),
        start: Start::Due,
        role: Role::NeedsContact,
        with: With::default(),
    };
    let (still, mended) = (correct(vec![id]), correct(vec![world.alias("other")]));
    world.submit(Command::Replace(still));
    assert_eq!(state(&world, row.id), DeliveryState::NeedsAttention);
    world.submit(Command::Replace(mended));
    assert_eq!(world.due(at(9)), [row.id]);
}

#[test]
fn forgetting_is_no_ban() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let deletion = forgotten(&mut world, "mail", 5).delivery.unwrap();
    let creation = world.owe("e1", Role::CreatesContact, &["mail"]);
    assert_eq!(world.due(at(5)), [creation, deletion]);
    assert_eq!(world.contact("mail").unwrap().public_id, "c-e1");
    // What still finds her under the old id ties nobody to it.
    let bind = Bind {
        contact: world.contact("mail").unwrap().key,
        remote_id: "engage-1".to_owned(),
        aliases: vec![world.alias("phone")],
        at: at(6),
    };
    let Verdict::Bind(unbound) = world.submit(Command::Bind(bind)) else { panic!() };
    assert_eq!(unbound.remote_id, None);
    assert_eq!(world.contact("phone"), None);
    world.done(deletion, at(7));
    world.settle(creation, at(8), done(Some("engage-2"), None));
    assert_eq!(world.contact("mail").unwrap().remote_id.as_deref(), Some("engage-2"));
    assert!(remember(&mut world, "engage-2", "mail"));
    assert!(!known(&world, "engage-2").forgotten);
}

#[test]
fn what_is_done_for_a_forgotten_id_is_looked_for_under_none() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    forgotten(&mut world, "mail", 5);
    let receipt = world.owe("r1", Role::NeedsContact, &["mail"]);
    world.settle(receipt, at(6), done(Some("engage-1"), Some(at(7))));
    assert_eq!(world.reader.next_unconfirmed().unwrap(), None);
    let confirm = Confirm { id: receipt, at: at(8), sight: Sight::Seen };
    assert_eq!(world.submit(Command::Confirm(confirm)), Verdict::Settle(Settled::Gone));
}

#[test]
fn whom_engage_deleted_is_erased_here_and_nothing_goes_there_any_longer() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let doubtful = world.owe("r1", Role::NeedsContact, &["mail"]);
    unknown(&mut world, doubtful);
    let under_way = world.owe("r2", Role::NeedsContact, &["mail"]);
    world.begin(under_way, at(3));
    assert_eq!(deleted_there(&mut world, "engage-1"), Forgotten { delivery: None, already: false });
    assert_eq!(state(&world, doubtful), DeliveryState::Discarded);
    assert_eq!(known(&world, "c-of-engage-1").contact.remote_id, None);
    assert!(has_body(&world, "r2"));
    world.settle(under_way, at(6), Outcome::Unknown { due: at(7), note: note("timeout"), mark: None });
    assert_eq!(state(&world, under_way), DeliveryState::Discarded);
    assert!(!has_body(&world, "r2"));
}

/// A person may undo there what a person did there.
#[test]
fn whom_engage_deleted_comes_back_when_engage_has_them_again() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    deleted_there(&mut world, "engage-1");
    assert!(!world.reader.is_forgotten(&world.database.keys().contact_id("engage-1")).unwrap());
    assert!(!world.dir.path().join(store::FORGOTTEN_FILE).exists());
    let again = Remember {
        remote_id: "engage-1".to_owned(),
        aliases: vec![world.alias("mail")],
        new_contact_id: "c-again".to_owned(),
        profile: b"profile".to_vec(),
        at: at(60),
    };
    world.submit(Command::Remember(again));
    let back = known(&world, "engage-1");
    assert_eq!((back.contact.public_id.as_str(), back.forgotten), ("c-again", false));
    assert_eq!(world.contact("mail"), Some(back.contact));
    // Who asks to be forgotten after all is forgotten for good, under the first id as well.
    let held = world.reader.held_about(known(&world, "c-of-engage-1").contact.key).unwrap();
    let forget = world.forgetting(&held, "k", true, at(70));
    assert_eq!(world.forget(forget), Forgotten { delivery: None, already: true });
    assert!(world.reader.is_forgotten(&world.database.keys().contact_id("c-of-engage-1")).unwrap());
}

#[test]
fn what_was_under_way_at_a_stop_for_whom_engage_deleted_is_given_up() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let under_way = world.owe("r1", Role::NeedsContact, &["mail"]);
    world.begin(under_way, at(3));
    deleted_there(&mut world, "engage-1");
    let world = world.restart(at(9));
    assert_eq!(state(&world, under_way), DeliveryState::Discarded);
    assert_eq!(world.history(under_way), ["attempt", "unknown", "discard"]);
    assert!(!has_body(&world, "r1"));
}

#[test]
fn a_deletion_that_is_owed_goes_on_where_engage_says_that_it_is_done() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let deletion = forgotten(&mut world, "mail", 5).delivery;
    assert_eq!(deleted_there(&mut world, "engage-1"), Forgotten { delivery: deletion, already: true });
    assert_eq!(known(&world, "engage-1").contact.public_id, "c-of-engage-1");
    world.done(deletion.unwrap(), at(60));
    assert_eq!(world.reader.contact_by_id("engage-1").unwrap(), None);
}

/// Anna's contact, which nothing is about yet when somebody looks at what is held about it.
fn looked_at(world: &mut World) -> Forget {
    assert!(remember(world, "engage-1", "mail"));
    let held = world.reader.held_about(world.contact("mail").unwrap().key).unwrap();
    assert_eq!(held.documents, []);
    world.forgetting(&held, "k", true, at(5))
}

/// Between the look at what is held and the forgetting, anything may happen.
#[test]
fn what_is_said_about_somebody_after_the_look_is_erased_as_well() {
    let mut world = World::new();
    let forget = looked_at(&mut world);
    let done = world.owe("r1", Role::NeedsContact, &["mail"]);
    world.done(done, at(1));
    world.forget(forget);
    assert!(!has_body(&world, "r1"));
}

#[test]
fn what_a_merge_brings_after_the_look_is_erased_as_well() {
    let mut world = World::new();
    let before = world.owe("r1", Role::NeedsContact, &["phone"]);
    world.done(before, at(1));
    // Kept for a person to decide about, it is nothing that the contact's others wait for.
    let conflicting = Accept {
        content: world.database.keys().content(1, b"conflicting"),
        on_conflict: OnConflict::KeepForAttention,
        ..world.saying("r1", Role::CreatesContact, &["phone"])
    };
    let Accepted::Conflict { kept: Some(put_aside), .. } = world.accept(conflicting) else { panic!() };
    let forget = looked_at(&mut world);
    world.file("r2", Role::NeedsContact, &["mail", "phone"]);
    world.forget(forget);
    assert_eq!(["r1", "r1#1", "r2"].map(|key| has_body(&world, key)), [false; 3]);
    assert_eq!(state(&world, put_aside.delivery.unwrap()), DeliveryState::Discarded);
    assert!(known(&world, "c-r1").forgotten);
}

#[test]
fn what_a_correction_brings_after_the_look_is_erased_as_well() {
    let mut world = World::new();
    let mistaken = world.owe("r1", Role::NeedsContact, &["somebody"]);
    let forget = looked_at(&mut world);
    correct(&mut world, mistaken, "mail");
    world.settle(mistaken, at(4), done(None, Some(at(60))));
    assert_eq!(world.reader.next_unconfirmed().unwrap(), Some(at(60)));
    world.forget(forget);
    assert!(!has_body(&world, "r1"));
    assert_eq!(world.reader.next_unconfirmed().unwrap(), None);
}

/// The list of who is to be forgotten may be older than a correction.
#[test]
fn what_is_about_somebody_else_by_now_stays() {
    let mut world = World::new();
    assert!(remember(&mut world, "engage-1", "mail"));
    let mistaken = world.owe("r1", Role::NeedsContact, &["mail"]);
    let held = world.reader.held_about(world.contact("mail").unwrap().key).unwrap();
    correct(&mut world, mistaken, "other");
    let forget = world.forgetting(&held, "k", true, at(5));
    world.forget(forget);
    assert!(has_body(&world, "r1"));
    assert_eq!(world.due(at(2)), [mistaken]);
}
