//! What documents are about: statements of a whole that replace each other, and what acts on them.

use store::{
    About, AboutRow, Accept, Accepted, Along, Begun, Behind, Claim, Command, Confirm, DeliveryId,
    DeliveryState, Discard, Done, Expects, Filed, NewDelivery, Operated, Outcome, Part, Role, Sight, Start,
    Subject, Verdict, Void, Way, With,
};

use crate::world::{World, along, at, done, forgotten, note};

const ORDER: &str = "order:web/7";

fn about(way: Way) -> Option<About> {
    Some(About { name: ORDER.to_owned(), way })
}

fn stating(world: &World, key: &str) -> Accept {
    Accept { about: about(Way::Replaces), ..world.saying(key, Role::NeedsContact, &["a"]) }
}

fn file(world: &mut World, said: Accept) -> Filed {
    match world.accept(said) {
        Accepted::New(filed) => filed,
        other => panic!("{other:?}"),
    }
}

/// Files a change of the order; answers its delivery.
fn state(world: &mut World, key: &str) -> DeliveryId {
    file(world, stating(world, key)).delivery.unwrap()
}

/// Files what acts on the order; answers its delivery.
fn act(world: &mut World, key: &str) -> DeliveryId {
    file(world, Accept { about: about(Way::Follows), ..stating(world, key) }).delivery.unwrap()
}

fn blocked(world: &World, id: DeliveryId) -> Vec<DeliveryId> {
    world.row(id).waits_for
}

fn states(world: &World, ids: &[DeliveryId]) -> Vec<DeliveryState> {
    ids.iter().map(|id| world.row(*id).state).collect()
}

fn lost(due: i64) -> Outcome {
    Outcome::Unknown { due: at(due), note: note("lost"), mark: None }
}

fn odd() -> Outcome {
    Outcome::NeedsAttention(note("odd"))
}

fn subject(world: &World, id: DeliveryId) -> Subject {
    world.reader.due_one(id, at(999)).unwrap().unwrap().about.unwrap()
}

fn discard(world: &mut World, id: DeliveryId, behind: Behind) {
    let (by, reason) = ("anna".to_owned(), "test".to_owned());
    let discard = Discard { id, at: at(50), by, reason, behind };
    assert_eq!(world.submit(Command::Discard(discard)), Verdict::Operate(Operated::Done));
}

#[test]
fn what_comes_along_waits_for_the_creations_that_its_leader_hints_at() {
    let mut world = World::new();
    let hints = vec![world.alias("phone")];
    let enrolment = world.saying("e1", Role::CreatesContact, &["anna"]);
    let anna = file(&mut world, Accept { hints: hints.clone(), ..enrolment }).delivery.unwrap();
    let order = Along { about: about(Way::Replaces), ..along("web/7@receipt", None) };
    let receipt = world.saying("r1", Role::NeedsContact, &["by phone"]);
    let with = With { along: vec![order], ..With::default() };
    let filed = file(&mut world, Accept { hints, with, ..receipt });
    assert_eq!(blocked(&world, filed.delivery.unwrap()), [anna]);
    assert_eq!(blocked(&world, filed.along[0].delivery.unwrap()), [anna]);
}

#[test]
fn changes_of_an_order_go_one_after_the_other() {
    let mut world = World::new();
    let (first, second) = (state(&mut world, "1"), state(&mut world, "2"));
    let other = about(Way::Replaces).map(|other| About { name: "order:8".to_owned(), ..other });
    let other = Accept { about: other, ..stating(&world, "other") };
    let other = file(&mut world, other).delivery.unwrap();
    assert_eq!((blocked(&world, second), blocked(&world, other)), (vec![first], vec![]));
    assert_eq!(world.begin(second, at(1)), Begun::Gone);
    world.begin(first, at(1));
    world.settle(first, at(2), lost(5));
    assert_eq!(blocked(&world, second), [first]);
    world.done(first, at(5));
    assert_eq!(blocked(&world, second), []);
}

#[test]
fn an_older_change_is_superseded_once_a_newer_one_may_have_landed() {
    for (outcome, is_superseded) in [
        (None, true),
        (Some(done(None, None)), true),
        (Some(lost(9)), true),
        (Some(Outcome::Again { due: at(9), note: note("busy") }), false),
        (Some(odd()), false),
    ] {
        let mut world = World::new();
        let (older, newer) = (state(&mut world, "1"), state(&mut world, "2"));
        world.settle(older, at(1), odd());
        assert_eq!(world.begin(newer, at(2)), Begun::Go(1));
        if let Some(outcome) = outcome {
            world.settle(newer, at(3), outcome);
        }
        assert_eq!(world.retry(older, at(4)), Operated::Done);
        let subject = subject(&world, older);
        assert_eq!((subject.name.as_str(), subject.superseded, subject.base), (ORDER, is_superseded, None));
    }
}

#[test]
fn only_a_newer_statement_supersedes_and_only_a_statement_is_superseded() {
    let mut world = World::new();
    let first = state(&mut world, "1");
    let action = act(&mut world, "action");
    world.done(first, at(1));
    world.done(action, at(2));
    assert_eq!(
        world.retry(first, at(3)),
        Operated::Refused { state: DeliveryState::Done, may_have_landed: true }
    );
    let second = state(&mut world, "2");
    assert!(!subject(&world, second).superseded, "an older one landed, and an action");
    let in_turn = Accept { about: about(Way::InTurn), ..stating(&world, "turn") };
    let in_turn = file(&mut world, in_turn).delivery.unwrap();
    let third = state(&mut world, "3");
    world.settle(in_turn, at(4), odd());
    world.done(second, at(4));
    world.done(third, at(5));
    assert_eq!(world.retry(in_turn, at(6)), Operated::Done);
    assert!(!subject(&world, in_turn).superseded);
}

#[test]
fn an_action_waits_for_its_order_whatever_that_needs_and_is_told_what_it_made() {
    let mut world = World::new();
    let (order, action) = (state(&mut world, "1"), act(&mut world, "action"));
    assert_eq!(blocked(&world, action), [order]);
    world.begin(order, at(1));
    world.settle(order, at(2), lost(3));
    assert_eq!(blocked(&world, action), [order]);
    world.settle(order, at(3), odd());
    assert_eq!(blocked(&world, action), [order], "a person mends it, and then the action goes");
    assert_eq!(world.begin(action, at(4)), Begun::Gone);
    world.retry(order, at(5));
    let learnt = Outcome::Done(Done { learnt: Some(b"tag".to_vec()), ..Done::default() });
    world.settle(order, at(6), learnt);
    assert_eq!(world.due(at(6)), [action]);
    let base = subject(&world, action).base.unwrap();
    assert_eq!((base.kind.as_str(), base.key.as_str()), ("receipt", "1"));
    assert_eq!((base.state, base.learnt), (Some(DeliveryState::Done), Some(b"tag".to_vec())));
}

#[test]
fn an_action_follows_the_newest_change_that_was_there_when_it_was_asked_for() {
    let mut world = World::new();
    let early = act(&mut world, "early");
    let (first, second) = (state(&mut world, "1"), state(&mut world, "2"));
    let action = act(&mut world, "action");
    let third = state(&mut world, "3");
    assert_eq!(subject(&world, early).base, None, "there was no order yet");
    assert_eq!(blocked(&world, action), [early, first, second]);
    assert_eq!(blocked(&world, third), [early, first, second, action]);
    for id in [early, first, second] {
        world.done(id, at(1));
    }
    assert_eq!(subject(&world, action).base.unwrap().key, "2");
}

#[test]
fn an_action_waits_for_an_order_that_needs_attention_when_it_is_asked_for() {
    let mut world = World::new();
    let order = state(&mut world, "1");
    world.settle(order, at(1), odd());
    let action = act(&mut world, "action");
    let mend = state(&mut world, "2");
    assert_eq!((blocked(&world, action), blocked(&world, mend)), (vec![order], vec![]));
}

#[test]
fn an_action_waits_for_an_order_that_was_done_and_turns_out_not_to_be_there() {
    let mut world = World::new();
    let (order, action) = (state(&mut world, "1"), act(&mut world, "action"));
    world.settle(order, at(1), done(Some("77"), Some(at(2))));
    assert_eq!(blocked(&world, action), []);
    let confirm = Confirm { id: order, at: at(3), sight: Sight::GiveUp(note("notSeen")) };
    world.submit(Command::Confirm(confirm));
    let mend = state(&mut world, "2");
    assert_eq!((blocked(&world, action), blocked(&world, mend)), (vec![order], vec![]));
}

#[test]
fn the_change_that_mends_an_order_passes_what_follows_it() {
    let mut world = World::new();
    let (order, action) = (state(&mut world, "1"), act(&mut world, "action"));
    let mend = state(&mut world, "2");
    assert_eq!(blocked(&world, mend), [order, action]);
    world.settle(order, at(1), odd());
    assert_eq!((blocked(&world, mend), blocked(&world, action)), (vec![], vec![order]));
    let later = act(&mut world, "later");
    assert_eq!(blocked(&world, later), [mend], "one that comes meanwhile passes it as well");
    // When the order goes on again, all take their old places.
    world.retry(order, at(2));
    assert_eq!(blocked(&world, mend), [order, action]);
    assert_eq!(blocked(&world, later), [order, action, mend]);
    world.settle(order, at(3), odd());
    world.done(mend, at(4));
    assert_eq!(world.due(at(4)), [later]);
    // It goes on, and is told that it is too late.
    world.retry(order, at(5));
    assert!(subject(&world, order).superseded);
    world.done(order, at(6));
    assert_eq!(world.due(at(6)), [action]);
}

#[test]
fn what_is_released_from_its_order_takes_its_turn_again() {
    let mut world = World::new();
    let (order, action) = (state(&mut world, "1"), act(&mut world, "action"));
    let mend = state(&mut world, "2");
    world.settle(order, at(1), odd());
    discard(&mut world, order, Behind::Release);
    assert_eq!((blocked(&world, action), blocked(&world, mend)), (vec![], vec![action]));
    assert_eq!(subject(&world, action).base.unwrap().state, Some(DeliveryState::Discarded));
    // The order is taken up again while the action is tried.
    world.begin(action, at(51));
    assert_eq!(world.retry(order, at(52)), Operated::Done);
    assert_eq!((blocked(&world, action), blocked(&world, mend)), (vec![order], vec![order, action]));
    world.settle(action, at(53), lost(54));
    assert_eq!(world.begin(action, at(54)), Begun::Gone);
}

#[test]
fn what_follows_an_order_is_discarded_with_it() {
    let mut world = World::new();
    let (order, action) = (state(&mut world, "1"), act(&mut world, "action"));
    let mend = state(&mut world, "2");
    discard(&mut world, order, Behind::Discard);
    use DeliveryState::{Discarded, Waiting};
    assert_eq!(states(&world, &[order, action, mend]), [Discarded, Discarded, Waiting]);
    assert_eq!(blocked(&world, mend), []);
    assert_eq!(world.history(action), ["discard"]);
    assert_eq!(world.retry(action, at(60)), Operated::Done);
    assert_eq!(blocked(&world, action), [], "its order stays given up");
    world.retry(order, at(61));
    assert_eq!(blocked(&world, action), [order]);
}

#[test]
fn what_draws_on_another_is_in_no_order_and_is_followed_by_nobody() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::NeedsContact, &["a"]);
    let first = state(&mut world, "1");
    let drawing = Accept { about: about(Way::Replaces), ..world.returning("2", "sale", "all") };
    let drawing = file(&mut world, drawing).delivery.unwrap();
    let action = act(&mut world, "action");
    assert_eq!(blocked(&world, drawing), [sold]);
    assert_eq!(blocked(&world, action), [first]);
    world.settle(drawing, at(1), odd());
    let last = state(&mut world, "3");
    assert_eq!(blocked(&world, last), [first, action], "an action that waits for nobody is passed by nobody");
    assert!(subject(&world, first).base.is_none());
}

/// A sale with a digital receipt: the order and its action come along.
fn sell(world: &mut World) -> (DeliveryId, DeliveryId, DeliveryId) {
    let order = Along { about: about(Way::Replaces), ..along("order", None) };
    let action = Along { about: about(Way::Follows), ..along("action", None) };
    let with = With { along: vec![order, action], ..With::default() };
    let said = Accept { with, ..world.saying("sale", Role::NeedsContact, &["a"]) };
    let filed = file(world, said);
    let [order, action] = &filed.along[..] else { panic!("{filed:?}") };
    (filed.delivery.unwrap(), order.delivery.unwrap(), action.delivery.unwrap())
}

/// Voids the sale; its order is replaced by one that says so.
fn void(world: &mut World) -> Filed {
    let draw = world.drawing("sale", "everything");
    let undoes = Some(world.reader.document("along", "order").unwrap().unwrap().id);
    let cancelled = Along { about: about(Way::Replaces), undoes, ..along("cancelled", None) };
    let compensation = Part {
        contact_of: Some(draw.on),
        draws: vec![draw.clone()],
        ..world.part("void", "reversed", Role::NeedsContact)
    };
    let void = Void { document: draw.on, seen: draw.seen, compensation, along: vec![cancelled] };
    let with = With { voids: vec![void], ..With::default() };
    let said = world.saying("void", Role::Independent, &[]);
    file(world, Accept { at: at(30), kind: "void", delivery: None, with, ..said })
}

#[test]
fn a_receipt_and_its_order_hold_each_other_up_in_nothing() {
    let mut world = World::new();
    let (sold, order, action) = sell(&mut world);
    assert_eq!((blocked(&world, sold), blocked(&world, order)), (vec![], vec![]));
    assert_eq!(blocked(&world, action), [order]);
    world.settle(sold, at(1), odd());
    assert_eq!(world.due(at(1)), [order]);
    world.discard(sold, at(2));
    assert_eq!(world.row(action).state, DeliveryState::Waiting);
    let due = world.reader.due_one(order, at(2)).unwrap().unwrap();
    assert_eq!(due.leader.unwrap().key, "sale");
}

#[test]
fn a_void_withdraws_an_order_that_was_not_sent_and_the_action_with_it() {
    let mut world = World::new();
    let (sold, order, action) = sell(&mut world);
    let asked_for = act(&mut world, "asked for");
    let filed = void(&mut world);
    assert_eq!((filed.along, filed.withdrawn), (vec![], vec![sold]));
    assert_eq!(states(&world, &[order, action, asked_for]), [DeliveryState::Discarded; 3]);
    for id in [order, action, asked_for] {
        assert_eq!(world.row(id).note.unwrap().code, "voided");
        assert_eq!(world.history(id), ["discard"]);
    }
    let refused = Operated::Refused { state: DeliveryState::Discarded, may_have_landed: false };
    assert_eq!((world.retry(order, at(40)), world.retry(action, at(40))), (refused.clone(), refused));
}

#[test]
fn a_void_replaces_an_order_that_may_have_landed() {
    let mut world = World::new();
    let (_, order, action) = sell(&mut world);
    world.begin(order, at(1));
    world.settle(order, at(2), lost(40));
    let filed = void(&mut world);
    let [cancelled] = &filed.along[..] else { panic!("{filed:?}") };
    let cancelled = cancelled.delivery.unwrap();
    assert_eq!(blocked(&world, cancelled), [order], "the action is withdrawn");
    assert_eq!(states(&world, &[order, action]), [DeliveryState::Unknown, DeliveryState::Discarded]);
    let undone: Vec<(String, bool)> =
        world.reader.about(ORDER).unwrap().into_iter().map(|row| (row.key, row.undone)).collect();
    let expected = [("order", true), ("action", true), ("cancelled", false)];
    assert_eq!(undone, expected.map(|(key, undone)| (key.to_owned(), undone)));
    world.settle(order, at(40), odd());
    world.done(cancelled, at(41));
    let refused = Operated::Refused { state: DeliveryState::NeedsAttention, may_have_landed: true };
    assert_eq!(world.retry(order, at(42)), refused, "what takes it back is done");
}

#[test]
fn an_action_that_may_have_been_triggered_is_not_given_up_with_its_order() {
    let mut world = World::new();
    let (_, order, action) = sell(&mut world);
    world.discard(order, at(1));
    world.begin(action, at(2));
    world.settle(action, at(3), lost(9));
    world.retry(order, at(4));
    assert_eq!(blocked(&world, action), [order]);
    void(&mut world);
    assert_eq!(states(&world, &[order, action]), [DeliveryState::Discarded, DeliveryState::Unknown]);
    assert_eq!(world.due(at(31)), [action]);
}

#[test]
fn the_orders_of_who_is_forgotten_are_given_up_with_all_that_acts_on_them() {
    let mut world = World::new();
    let (_, order, action) = sell(&mut world);
    let nobodys = Accept { about: about(Way::Follows), ..world.saying("nobody's", Role::Independent, &[]) };
    let nobodys = file(&mut world, nobodys).delivery.unwrap();
    forgotten(&mut world, "a", 5);
    assert_eq!(states(&world, &[order, action, nobodys]), [DeliveryState::Discarded; 3]);
    let rows = world.reader.about(ORDER).unwrap();
    let has_body = |row: &AboutRow| (row.body.is_some(), row.frozen.is_some());
    assert_eq!(rows.iter().map(has_body).collect::<Vec<_>>(), [(false, false), (false, false), (true, true)]);
    assert_eq!(world.due(at(99)), []);
}

#[test]
fn an_order_under_way_when_its_contact_is_forgotten_takes_its_action_along_when_it_ends() {
    let mut world = World::new();
    let contact = world.owe("creation", Role::CreatesContact, &["a"]);
    world.settle(contact, at(0), done(Some("77"), None));
    let order = state(&mut world, "1");
    world.begin(order, at(1));
    let nobodys = Accept { about: about(Way::Follows), ..world.saying("nobody's", Role::Independent, &[]) };
    let nobodys = file(&mut world, nobodys).delivery.unwrap();
    forgotten(&mut world, "a", 2);
    assert_eq!(states(&world, &[order, nobodys]), [DeliveryState::InFlight, DeliveryState::Waiting]);
    world.settle(order, at(3), Outcome::Again { due: at(9), note: note("busy") });
    assert_eq!(states(&world, &[order, nobodys]), [DeliveryState::Discarded; 2]);
    assert_eq!(world.row(nobodys).note.unwrap().code, "contactForgotten");
}

#[test]
fn a_change_that_was_worked_out_from_an_older_one_is_overtaken_and_nothing_of_it_is_kept() {
    let mut world = World::new();
    let after = |world: &World, key: &str, last| Accept {
        expects: Expects::LastAbout(last),
        contact: vec![world.alias(key)],
        ..stating(world, key)
    };
    let said = after(&world, "1", None);
    let first = file(&mut world, said);
    assert_eq!(world.accept(after(&world, "2", None)), Accepted::Overtaken);
    assert_eq!(world.contact("2"), None);
    let said = after(&world, "2", Some(first.document));
    let second = file(&mut world, said);
    assert_eq!(world.accept(after(&world, "3", Some(first.document))), Accepted::Overtaken);
    // Said again it is the same again, whatever came after it.
    assert_eq!(world.accept(after(&world, "2", None)), Accepted::Repeated(second.clone()));
    // Whatever is about it counts.
    act(&mut world, "action");
    assert_eq!(world.accept(after(&world, "3", Some(second.document))), Accepted::Overtaken);
    let nothing = Accept { about: None, ..after(&world, "4", Some(second.document)) };
    assert_eq!(world.accept(nothing), Accepted::Overtaken, "it is about nothing");
    assert!(matches!(world.accept(Accept { about: None, ..after(&world, "4", None) }), Accepted::New(_)));
}

#[test]
fn of_two_changes_in_one_group_that_were_worked_out_from_the_same_the_later_is_overtaken() {
    let mut world = World::new();
    let said =
        |key: &str| Command::Accept(Accept { expects: Expects::LastAbout(None), ..stating(&world, key) });
    let verdicts = world.database.commit(&[said("1"), said("2")]).unwrap();
    let [Ok(Verdict::Accept(first)), Ok(Verdict::Accept(second))] = &verdicts[..] else { panic!() };
    assert!(matches!(first, Accepted::New(_)));
    assert_eq!(*second, Accepted::Overtaken);
}

#[test]
fn all_that_is_about_an_order_is_read_oldest_first() {
    let mut world = World::new();
    let (_, order, _) = sell(&mut world);
    state(&mut world, "2");
    world.done(order, at(1));
    let world = world.restart(at(2));
    let rows = world.reader.about(ORDER).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.kind.as_str(), row.key.as_str(), row.way)).collect();
    let ways = [Way::Replaces, Way::Follows, Way::Replaces];
    let named = [("along", "order"), ("along", "action"), ("receipt", "2")];
    assert_eq!(
        told,
        named.into_iter().zip(ways).map(|((kind, key), way)| (kind, key, way)).collect::<Vec<_>>()
    );
    let leader = Some(("receipt".to_owned(), "sale".to_owned()));
    assert_eq!((&rows[0].leader, &rows[2].leader), (&leader, &None));
    assert_eq!(rows[2].content, world.database.keys().content(1, b"2"));
    assert_eq!(rows[2].body.as_deref(), Some(&b"body of 2"[..]));
    assert_eq!(rows[0].delivery.as_ref().unwrap().state, DeliveryState::Done);
    assert_eq!(rows[0].contact, world.contact("a"));
    assert_eq!(world.reader.about("order:8").unwrap(), []);
}

#[test]
fn an_order_is_no_offer_whatever_its_id_looks_like() {
    let mut world = World::new();
    let assign = Some(About { name: "tbo-1".to_owned(), way: Way::InTurn });
    let assigned = Accept { about: assign, ..world.saying("assign", Role::NeedsContact, &["a"]) };
    let assigned = file(&mut world, assigned).delivery.unwrap();
    let first = state(&mut world, "1");
    let seven = Outcome::Done(Done { subject_id: Some("7".to_owned()), ..Done::default() });
    world.settle(assigned, at(1), seven);
    state(&mut world, "2");
    assert_eq!(subject(&world, first).remote_id, None);
    assert_eq!(world.reader.about(ORDER).unwrap().len(), 2);
    assert_eq!(world.reader.about("assignment/7").unwrap().len(), 1);
}

#[test]
fn what_an_unknown_outcome_must_remember_is_kept_until_another_replaces_it() {
    let mut world = World::new();
    let order = state(&mut world, "1");
    let unknown = |mark: Option<&str>| Outcome::Unknown {
        due: at(9),
        note: note("orderJobPending"),
        mark: mark.map(|mark| mark.as_bytes().to_vec()),
    };
    let mark = |world: &World| world.reader.due_one(order, at(99)).unwrap().unwrap().mark;
    world.begin(order, at(1));
    world.settle(order, at(2), unknown(Some("job 1")));
    let mut world = world.restart(at(3));
    world.settle(order, at(4), unknown(None));
    assert_eq!(mark(&world).as_deref(), Some(&b"job 1"[..]));
    world.settle(order, at(5), unknown(Some("job 2")));
    world.settle(order, at(6), Outcome::Again { due: at(9), note: note("busy") });
    assert_eq!(mark(&world).as_deref(), Some(&b"job 2"[..]));
    world.done(order, at(7));
    assert_eq!(world.settle(order, at(8), unknown(Some("job 3"))), store::Settled::Gone);
}

#[test]
fn an_order_that_was_under_way_at_a_stop_still_holds_up_its_action() {
    let mut world = World::new();
    let (_, order, action) = sell(&mut world);
    world.begin(order, at(1));
    let mut world = world.restart(at(2));
    assert_eq!(world.row(order).state, DeliveryState::Unknown);
    assert_eq!(world.begin(action, at(3)), Begun::Gone);
    world.settle(order, at(3), odd());
    let mut world = world.restart(at(4));
    assert_eq!(blocked(&world, action), [order]);
    let mend = state(&mut world, "2");
    assert_eq!(world.begin(mend, at(5)), Begun::Go(1));
}

#[test]
fn what_acts_on_a_withheld_order_waits_once_that_is_somebodys() {
    let mut world = World::new();
    let creation = world.owe("creation", Role::CreatesContact, &["a"]);
    let anonymous = Accept { delivery: None, contact: Vec::new(), ..stating(&world, "1") };
    file(&mut world, anonymous);
    let nobodys = Accept { about: about(Way::Follows), ..world.saying("action", Role::Independent, &[]) };
    let action = file(&mut world, nobodys).delivery.unwrap();
    assert_eq!(blocked(&world, action), []);
    assert_eq!(subject(&world, action).base.unwrap().state, None);
    let order = world.sale("1");
    let call = NewDelivery { kind: "send", start: Start::Due, role: Role::NeedsContact };
    let claim = Claim { document: order.id, seen: order.seen(), frozen: None, delivery: Some(call) };
    let with = With { claims: vec![claim], ..With::default() };
    let said = world.saying("claim", Role::Independent, &["a"]);
    file(&mut world, Accept { delivery: None, with, ..said });
    let order = world.document("1").delivery.unwrap();
    assert_eq!((order.waits_for.clone(), blocked(&world, action)), (vec![creation], vec![order.id]));
}

#[test]
fn an_order_of_two_contacts_that_become_one_keeps_its_places() {
    let mut world = World::new();
    let order = state(&mut world, "1");
    let said = Accept { contact: vec![world.alias("b")], ..stating(&world, "action") };
    let action = file(&mut world, Accept { about: about(Way::Follows), ..said }).delivery.unwrap();
    let creation = world.owe("creation", Role::CreatesContact, &["a", "b"]);
    assert_eq!(blocked(&world, order), [creation]);
    assert_eq!(blocked(&world, action), [order, creation]);
    world.settle(order, at(1), odd());
    let mend = state(&mut world, "2");
    assert_eq!((blocked(&world, mend), blocked(&world, action)), (vec![creation], vec![order, creation]));
}

#[test]
fn an_order_that_could_not_be_delivered_for_long_is_passed_by_the_next() {
    let mut world = World::new();
    let (order, action) = (state(&mut world, "1"), act(&mut world, "action"));
    let sweep = store::Sweep {
        profiles_before: at(-9),
        hints_before: at(-9),
        condensed_before: at(-9),
        undelivered_before: at(1),
        checkouts_before: at(-9),
        held_back_before: at(-9),
        at: at(50),
    };
    world.submit(Command::Sweep(sweep));
    assert_eq!(states(&world, &[order, action]), [DeliveryState::NeedsAttention; 2]);
    world.retry(action, at(51));
    let mend = state(&mut world, "2");
    assert_eq!((blocked(&world, action), blocked(&world, mend)), (vec![order], vec![]));
}
