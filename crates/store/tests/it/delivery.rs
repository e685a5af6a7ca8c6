//! The steps of a delivery.

use store::{Begun, Command, Confirm, DeliveryState, Outcome, Role, Settled, Sight, Verdict};

use crate::world::{World, at, done, note};

fn again(due: i64) -> Outcome {
    Outcome::Again { due: at(due), note: note("refused") }
}

fn unknown(due: i64) -> Outcome {
    Outcome::Unknown { due: at(due), note: note("timeout"), mark: None }
}

#[test]
fn what_was_accepted_is_due_at_once_with_all_that_its_call_needs() {
    let mut world = World::new();
    let id = world.owe("r1", Role::NeedsContact, &["a"]);
    let page = world.reader.due(at(0), 10).unwrap();
    let [due] = page.due.as_slice() else { panic!("{page:?}") };
    assert_eq!((due.id, due.state, due.attempts, due.failures), (id, DeliveryState::Waiting, 0, 0));
    assert_eq!((due.kind.as_str(), due.key.as_str(), due.store.as_str()), ("send", "r1", "store03"));
    assert_eq!((due.body.as_slice(), due.frozen.as_slice()), (&b"body of r1"[..], &b"frozen of r1"[..]));
    assert_eq!(due.contact.as_ref().unwrap().public_id, "c-r1");
    assert_eq!(due.accepted_at, at(0));
    assert_eq!(page.next, None);
}

#[test]
fn what_is_due_longest_goes_first_and_the_next_is_told() {
    let mut world = World::new();
    let ids = ["r1", "r2", "r3"].map(|key| world.owe(key, Role::Independent, &[]));
    world.settle(ids[0], at(1), again(30));
    world.settle(ids[1], at(1), again(20));
    assert_eq!(world.due(at(30)), [ids[2], ids[1], ids[0]]);
    assert_eq!(world.reader.due(at(20), 1).unwrap().due.len(), 1);
    assert_eq!(world.reader.due(at(19), 10).unwrap().next, Some(at(20)));
    assert_eq!(world.reader.due(at(20), 10).unwrap().next, Some(at(30)));
    assert_eq!(world.reader.due_one(ids[0], at(29)).unwrap(), None);
    assert_eq!(world.reader.due_one(ids[0], at(30)).unwrap().unwrap().id, ids[0]);
}

#[test]
fn a_page_of_large_bodies_is_short_and_never_empty() {
    let mut world = World::new();
    for key in ["r1", "r2", "r3"] {
        let saying = world.saying(key, Role::Independent, &[]);
        world.accept(store::Accept { body: vec![b'x'; 5 * 1024 * 1024], ..saying });
    }
    assert_eq!(world.due(at(0)).len(), 2);
    let saying = world.saying("r0", Role::Independent, &[]);
    let huge = store::Accept { at: at(-1), body: vec![b'x'; 9 * 1024 * 1024], ..saying };
    world.accept(huge);
    assert_eq!(world.due(at(0)).len(), 1);
}

#[test]
fn an_attempt_is_begun_once_and_counted() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    assert_eq!(world.begin(id, at(1)), Begun::Go(1));
    assert_eq!(world.begin(id, at(1)), Begun::Gone);
    assert_eq!(world.due(at(99)), []);
    assert_eq!(world.settle(id, at(2), again(10)), Settled::Settled);
    assert_eq!(world.begin(id, at(10)), Begun::Go(2));
    world.done(id, at(11));
    assert_eq!(world.begin(id, at(12)), Begun::Gone);
    assert_eq!(world.settle(id, at(12), again(20)), Settled::Gone);
    let row = world.row(id);
    assert_eq!((row.state, row.attempts, row.ended_at), (DeliveryState::Done, 2, Some(at(11))));
}

#[test]
fn an_attempt_that_surely_did_not_land_leaves_no_doubt() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.begin(id, at(1));
    world.settle(id, at(2), again(10));
    let row = world.row(id);
    assert_eq!((row.state, row.may_have_landed, row.due), (DeliveryState::Waiting, false, Some(at(10))));
    assert_eq!(world.reader.due(at(10), 1).unwrap().due[0].unknown_since, None);
}

#[test]
fn a_failure_after_which_it_is_due_at_once_is_not_held_against_it() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    for dark in 1..50 {
        world.settle(id, at(dark), again(dark));
    }
    let failures = |world: &World| world.reader.due(at(999), 1).unwrap().due[0].failures;
    assert_eq!(failures(&world), 0);
    world.begin(id, at(50));
    world.settle(id, at(51), unknown(51));
    assert_eq!(failures(&world), 0);
    world.settle(id, at(52), again(62));
    assert_eq!(failures(&world), 1);
}

#[test]
fn a_doubt_stays_until_it_is_done() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.begin(id, at(1));
    world.settle(id, at(4), unknown(10));
    let due = |world: &World| world.reader.due(at(99), 1).unwrap().due.remove(0);
    assert_eq!((due(&world).state, due(&world).unknown_since), (DeliveryState::Unknown, Some(at(4))));
    // A look that told nothing.
    world.settle(id, at(10), again(20));
    assert_eq!((due(&world).state, due(&world).unknown_since), (DeliveryState::Unknown, Some(at(4))));
    // Nor does one that fails in a way of its own.
    world.settle(id, at(15), unknown(20));
    assert_eq!((due(&world).state, due(&world).unknown_since), (DeliveryState::Unknown, Some(at(4))));
    // Sent again and refused: the first attempt may have landed all the same.
    world.begin(id, at(20));
    world.settle(id, at(21), again(30));
    assert_eq!((due(&world).state, due(&world).unknown_since), (DeliveryState::Waiting, Some(at(4))));
    assert_eq!(due(&world).failures, 4);
    assert!(world.row(id).may_have_landed);
}

#[test]
fn a_look_may_find_it_done_without_an_attempt() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.done(id, at(5));
    assert_eq!(world.row(id).state, DeliveryState::Done);
    assert_eq!(world.history(id), ["done"]);
}

#[test]
fn the_plain_way_is_told_by_the_row_and_troubles_line_by_line() {
    let mut world = World::new();
    let plain = world.owe("r1", Role::Independent, &[]);
    world.begin(plain, at(1));
    world.done(plain, at(2));
    assert_eq!(world.history(plain), ["attempt", "done"]);
    let troubled = world.owe("r2", Role::Independent, &[]);
    world.begin(troubled, at(1));
    world.settle(troubled, at(2), again(3));
    world.begin(troubled, at(3));
    world.settle(troubled, at(4), unknown(5));
    world.settle(troubled, at(5), Outcome::NeedsAttention(note("odd")));
    assert_eq!(world.history(troubled), ["attempt", "again", "attempt", "unknown", "needsAttention"]);
    assert_eq!(world.reader.history(troubled).unwrap()[3].note, Some(note("timeout")));
}

#[test]
fn endless_retries_are_all_counted_and_their_history_is_bounded() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    for n in 1..=120 {
        assert_eq!(world.begin(id, at(n)), Begun::Go(n as u32));
        world.settle(id, at(n), again(n));
    }
    assert_eq!(world.row(id).attempts, 120);
    assert_eq!(world.history(id).len(), 100);
}

/// A line of history that can't be written must not leave a call that was made as one that was not.
#[test]
fn a_bookkeeping_failure_never_causes_a_resend() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    world.begin(id, at(1));
    let saboteur = rusqlite::Connection::open(world.dir.path().join("tillbridge.db")).unwrap();
    saboteur.execute_batch("ALTER TABLE history RENAME TO lost").unwrap();
    assert_eq!(world.settle(id, at(2), unknown(10)), Settled::Settled);
    assert_eq!(world.row(id).state, DeliveryState::Unknown);
    world.done(id, at(10));
    assert_eq!(world.row(id).state, DeliveryState::Done);
    assert_eq!(world.due(at(999)), []);
}

fn confirm(world: &mut World, id: store::DeliveryId, seconds: i64, sight: Sight) -> Settled {
    match world.submit(Command::Confirm(Confirm { id, at: at(seconds), sight })) {
        Verdict::Settle(settled) => settled,
        other => panic!("{other:?}"),
    }
}

/// Three receipts of two contacts, done and to be seen at 10, 20 and 15.
fn to_be_seen(world: &mut World) -> [store::DeliveryId; 3] {
    [("r1", "a", 10), ("r2", "a", 20), ("r3", "b", 15)].map(|(key, alias, due)| {
        let id = world.owe(key, Role::NeedsContact, &[alias]);
        world.begin(id, at(1));
        world.settle(id, at(2), done(Some(&format!("engage-{alias}")), Some(at(due))));
        id
    })
}

#[test]
fn one_look_per_contact_covers_all_its_deliveries_that_are_due() {
    let mut world = World::new();
    let ids = to_be_seen(&mut world);
    assert_eq!(world.reader.next_unconfirmed().unwrap(), Some(at(10)));
    assert_eq!(world.reader.unconfirmed(at(9), 10, 10).unwrap(), []);
    let shown = |now, contacts, each| -> Vec<(String, Vec<store::DeliveryId>)> {
        let contacts = world.reader.unconfirmed(at(now), contacts, each).unwrap();
        contacts
            .into_iter()
            .map(|c| (c.remote_id, c.deliveries.into_iter().map(|d| d.id).collect()))
            .collect()
    };
    assert_eq!(shown(10, 10, 10), [("engage-a".to_owned(), vec![ids[0]])]);
    let all = [("engage-a".to_owned(), vec![ids[0], ids[1]]), ("engage-b".to_owned(), vec![ids[2]])];
    assert_eq!(shown(20, 10, 10), all);
    assert_eq!(shown(20, 1, 10), [all[0].clone()]);
    assert_eq!(
        shown(20, 2, 1),
        [("engage-a".to_owned(), vec![ids[0]]), ("engage-b".to_owned(), vec![ids[2]])]
    );
}

#[test]
fn what_was_seen_is_looked_for_no_more() {
    let mut world = World::new();
    let [id, ..] = to_be_seen(&mut world);
    assert_eq!(confirm(&mut world, id, 10, Sight::Seen), Settled::Settled);
    assert_eq!(confirm(&mut world, id, 11, Sight::Seen), Settled::Gone);
    assert_eq!(world.row(id).confirmed_at, Some(at(10)));
    assert_eq!(world.history(id), ["attempt", "done", "seen"]);
    assert_eq!(world.reader.next_unconfirmed().unwrap(), Some(at(15)));
}

#[test]
fn what_was_not_seen_is_sent_once_more_and_looked_for_again() {
    let mut world = World::new();
    let [id, ..] = to_be_seen(&mut world);
    confirm(&mut world, id, 10, Sight::Missed { next: at(12) });
    let seen =
        |world: &World| world.reader.unconfirmed(at(12), 10, 10).unwrap().remove(0).deliveries.remove(0);
    assert_eq!((seen(&world).id, seen(&world).misses, seen(&world).resent), (id, 1, false));
    assert_eq!(confirm(&mut world, id, 12, Sight::Resend), Settled::Settled);
    let row = world.row(id);
    assert_eq!((row.state, row.due, row.may_have_landed), (DeliveryState::Waiting, Some(at(12)), true));
    assert_eq!(world.begin(id, at(13)), Begun::Go(2));
    world.settle(id, at(14), done(None, Some(at(11))));
    assert_eq!((seen(&world).id, seen(&world).misses, seen(&world).resent), (id, 0, true));
    assert_eq!(confirm(&mut world, id, 20, Sight::GiveUp(note("notSeen"))), Settled::Settled);
    assert_eq!(
        (world.row(id).state, world.row(id).note),
        (DeliveryState::NeedsAttention, Some(note("notSeen")))
    );
    assert_eq!(world.history(id), ["attempt", "done", "resend", "attempt", "done", "needsAttention"]);
}

#[test]
fn nobody_looks_for_what_has_no_contact_to_look_under() {
    let mut world = World::new();
    let id = world.owe("r1", Role::NeedsContact, &["a"]);
    world.settle(id, at(1), done(None, Some(at(2))));
    assert_eq!(world.reader.next_unconfirmed().unwrap(), None);
    assert_eq!(confirm(&mut world, id, 3, Sight::Seen), Settled::Gone);
}

#[test]
fn the_oldest_undelivered_and_the_counts_follow_the_states() {
    let mut world = World::new();
    assert_eq!(world.reader.oldest_undelivered().unwrap(), None);
    let mut later = world.saying("r1", Role::Independent, &[]);
    later.at = at(50);
    world.accept(later);
    let id = world.owe("r2", Role::Independent, &[]);
    assert_eq!(world.reader.oldest_undelivered().unwrap(), Some(at(50)));
    world.settle(id, at(60), Outcome::NeedsAttention(note("odd")));
    assert_eq!(world.reader.oldest_undelivered().unwrap(), Some(at(0)));
    let counts = world.reader.counts().unwrap();
    let counts: Vec<_> = counts.into_iter().map(|count| (count.kind, count.state, count.count)).collect();
    assert_eq!(
        counts,
        [
            ("send".to_owned(), DeliveryState::Waiting, 1),
            ("send".to_owned(), DeliveryState::NeedsAttention, 1)
        ]
    );
}
