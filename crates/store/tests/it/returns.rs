//! What takes something back of an earlier document: who counts, who waits for whom, and who comes too late.

use store::{
    Accept, Accepted, Begun, Behind, Bind, Command, Confirm, DeliveryId, DeliveryState, Discard, NewDelivery,
    OnConflict, Operated, Outcome, Replace, Role, Seen, Sight, Standing, Start, Verdict, With,
};

use crate::world::{World, at, done, forgotten, note};

fn discard(world: &mut World, id: DeliveryId, behind: Behind) {
    let (by, reason) = ("anna".to_owned(), "test".to_owned());
    let discard = Discard { id, at: at(50), by, reason, behind };
    assert_eq!(world.submit(Command::Discard(discard)), Verdict::Operate(Operated::Done));
}

fn replace(world: &mut World, id: DeliveryId, with: With) -> Operated {
    let replace = Replace {
        id,
        at: at(60),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"mended"),
        body: b"mended".to_vec(),
        frozen: b"mended".to_vec(),
        contact: Vec::new(),
        new_contact_id: "c-mended".to_owned(),
        start: Start::Due,
        role: Role::NeedsContact,
        with,
    };
    match world.submit(Command::Replace(replace)) {
        Verdict::Operate(operated) => operated,
        other => panic!("{other:?}"),
    }
}

/// A sale by somebody and its delivery.
fn sell(world: &mut World, key: &str) -> DeliveryId {
    world.owe(key, Role::NeedsContact, &["a"])
}

#[test]
fn a_sale_is_read_with_what_was_taken_back_of_it() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    assert_eq!(world.sale("sale").seen(), Seen { drawn_by: vec![], contact: true, standing: Standing::Good });
    let filed = world.give_back("back", "sale", "one");
    assert_eq!(filed.contact.map(|contact| contact.key), world.contact("a").map(|contact| contact.key));
    let sale = world.sale("sale");
    assert_eq!((sale.key.as_str(), sale.store.as_str(), sale.accepted_at), ("sale", "store03", at(0)));
    assert_eq!((sale.body, sale.frozen), (b"body of sale".to_vec(), b"frozen of sale".to_vec()));
    let [drawn] = &sale.drawn[..] else { panic!("{:?}", sale.drawn) };
    assert_eq!((drawn.by, drawn.key.as_str(), drawn.store.as_str()), (filed.document, "back", "store03"));
    assert_eq!((&drawn.what[..], drawn.contact), (&b"one"[..], true));
    assert_eq!(drawn.delivery, Some(DeliveryState::Waiting));
    assert_eq!(world.document("sale").drawn, world.sale("sale").drawn);
    discard(&mut world, sold, Behind::Release);
    assert_eq!(world.sale("sale").standing, Standing::Discarded);
    let keys = ["none", "back", "sale"].map(str::to_owned);
    let found: Vec<String> =
        world.reader.sales("receipt", &keys).unwrap().into_iter().map(|row| row.key).collect();
    assert_eq!(found, ["back", "sale"]);
    assert!(world.reader.sales("enrolment", &keys).unwrap().is_empty());
}

#[test]
fn of_two_returns_that_saw_the_same_the_second_is_overtaken_and_leaves_nothing() {
    let mut world = World::new();
    sell(&mut world, "sale");
    let both = ["r1", "r2"].map(|key| Command::Accept(world.returning(key, "sale", "all")));
    let verdicts = world.database.commit(&both).unwrap();
    assert!(matches!(verdicts[0], Ok(Verdict::Accept(Accepted::New(_)))), "{verdicts:?}");
    assert!(matches!(verdicts[1], Ok(Verdict::Accept(Accepted::Overtaken))), "{verdicts:?}");
    assert_eq!(world.drawn("sale"), ["r1"]);
    assert!(world.reader.document("receipt", "r2").unwrap().is_none());
    // Said again it is the same again, whatever was drawn since.
    let Command::Accept(first) = both[0].clone() else { panic!() };
    assert!(matches!(world.accept(first), Accepted::Repeated(_)));
    let second = world.returning("r2", "sale", "none");
    assert!(matches!(world.accept(second), Accepted::New(_)));
    assert_eq!(world.drawn("sale"), ["r1", "r2"]);
}

#[test]
fn what_was_worked_out_from_another_standing_or_contact_is_overtaken() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    let early = world.returning("back", "sale", "one");
    discard(&mut world, sold, Behind::Release);
    assert_eq!(world.accept(early.clone()), Accepted::Overtaken);
    let mut nobody = early;
    let seen = world.sale("sale").seen();
    nobody.with.draws[0].seen = Seen { contact: false, ..seen.clone() };
    assert_eq!(world.accept(nobody.clone()), Accepted::Overtaken);
    nobody.with.draws[0].seen = seen;
    assert!(matches!(world.accept(nobody), Accepted::New(_)));
}

#[test]
fn a_return_waits_for_its_sale_until_that_is_done() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    let more = world.give_back("more", "sale", "two").delivery.unwrap();
    assert_eq!(world.due(at(1)), [sold]);
    assert_eq!(world.begin(back, at(1)), Begun::Gone);
    world.settle(sold, at(1), Outcome::Unknown { due: at(9), note: note("lost"), mark: None });
    assert_eq!(world.row(back).waits_for, [sold]);
    world.done(sold, at(10));
    assert_eq!(world.due(at(11)), [back, more]);
    let late = world.give_back("late", "sale", "three").delivery.unwrap();
    assert_eq!(world.row(late).waits_for, []);
}

#[test]
fn a_return_waits_for_its_sale_through_attention_and_retry() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    let other = world.owe("change", Role::ChangesContact, &["a"]);
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    world.settle(sold, at(1), Outcome::NeedsAttention(note("odd")));
    assert_eq!(world.row(back).waits_for, [sold]);
    let late = world.give_back("late", "sale", "two").delivery.unwrap();
    assert_eq!(world.row(late).waits_for, [sold]);
    assert_eq!(world.retry(sold, at(2)), Operated::Done);
    assert_eq!(world.row(back).waits_for, [sold]);
    world.settle(sold, at(3), Outcome::NeedsAttention(note("odd")));
    let mut world = world.restart(at(4));
    assert_eq!(world.due(at(4)), [other]);
    assert_eq!(world.retry(sold, at(5)), Operated::Done);
    world.done(sold, at(6));
    assert_eq!(world.due(at(7)), [other, back, late]);
}

#[test]
fn a_sale_that_is_sent_once_more_is_waited_for_again() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    world.settle(sold, at(1), done(Some("e"), Some(at(5))));
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    assert_eq!(world.due(at(2)), [back]);
    world.submit(Command::Confirm(Confirm { id: sold, at: at(6), sight: Sight::Resend }));
    assert_eq!(world.due(at(7)), [sold]);
    assert_eq!(world.row(back).waits_for, [sold]);
}

#[test]
fn a_return_of_a_sale_by_nobody_waits_for_it_too() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::Independent, &[]);
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    world.settle(sold, at(1), Outcome::NeedsAttention(note("odd")));
    assert_eq!((world.due(at(2)), world.row(back).waits_for), (vec![], vec![sold]));
    discard(&mut world, sold, Behind::Release);
    assert_eq!(world.due(at(51)), [back]);
    assert_eq!(world.retry(sold, at(52)), Operated::Done);
    assert_eq!(world.due(at(52)), [sold]);
}

#[test]
fn a_return_of_a_return_waits_its_turn() {
    let mut world = World::new();
    let chain = [sell(&mut world, "r0")];
    let chain: Vec<DeliveryId> = chain
        .into_iter()
        .chain(
            (1..4)
                .map(|n| world.give_back(&format!("r{n}"), &format!("r{}", n - 1), "one").delivery.unwrap()),
        )
        .collect();
    for (place, id) in chain.iter().enumerate() {
        assert_eq!(world.due(at(place as i64)), [*id]);
        world.done(*id, at(place as i64));
    }
}

#[test]
fn a_merge_keeps_a_return_behind_its_sale() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    world.settle(sold, at(1), Outcome::NeedsAttention(note("odd")));
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    let other = world.owe("other", Role::CreatesContact, &["b"]);
    world.settle(other, at(2), done(Some("e"), None));
    let (contact, aliases) = (world.contact("a").unwrap().key, Vec::new());
    world.submit(Command::Bind(Bind { contact, remote_id: "e".to_owned(), aliases, at: at(3) }));
    assert_eq!(world.row(back).contact.unwrap().remote_id.as_deref(), Some("e"));
    assert_eq!(world.row(back).waits_for, [sold]);
    let late = world.give_back("late", "sale", "two");
    assert_eq!(late.contact.unwrap().remote_id.as_deref(), Some("e"));
}

#[test]
fn what_is_discarded_gives_the_goods_back() {
    let mut world = World::new();
    sell(&mut world, "sale");
    let first = world.give_back("r1", "sale", "all").delivery.unwrap();
    discard(&mut world, first, Behind::Release);
    assert_eq!(world.drawn("sale"), [""; 0]);
    // Nobody took them meanwhile.
    assert_eq!(world.retry(first, at(51)), Operated::Done);
    assert_eq!(world.drawn("sale"), ["r1"]);
    discard(&mut world, first, Behind::Release);
    world.give_back("r2", "sale", "all");
    assert_eq!(world.retry(first, at(52)), Operated::Overtaken);
    assert_eq!(
        (world.row(first).state, world.drawn("sale")),
        (DeliveryState::Discarded, vec!["r2".to_owned()])
    );
}

#[test]
fn what_is_discarded_with_a_sale_takes_its_returns_along() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::Independent, &[]);
    let back = world.give_back("r1", "sale", "all").delivery.unwrap();
    let again = world.give_back("r2", "r1", "all").delivery.unwrap();
    let other = world.owe("other", Role::Independent, &[]);
    discard(&mut world, sold, Behind::Discard);
    let states = [sold, back, again, other].map(|id| world.row(id).state);
    use DeliveryState::{Discarded, Waiting};
    assert_eq!(states, [Discarded, Discarded, Discarded, Waiting]);
}

#[test]
fn only_what_does_something_for_its_contact_or_nobody_waits_for_what_it_draws_on() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    let mut change = world.returning("change", "sale", "one");
    change.delivery = Some(NewDelivery { kind: "send", start: Start::Due, role: Role::CreatesContact });
    let Accepted::New(change) = world.accept(change) else { panic!() };
    // A sale waits for the creation of its contact, so the creation can't wait for the sale.
    assert_eq!(world.due(at(1)), [change.delivery.unwrap()]);
    assert_eq!(world.row(sold).waits_for, [change.delivery.unwrap()]);
}

#[test]
fn a_correction_draws_anew() {
    let mut world = World::new();
    let (first, second) = (sell(&mut world, "s1"), sell(&mut world, "s2"));
    let mut early = world.returning("back", "s1", "one");
    early.delivery =
        early.delivery.map(|said| NewDelivery { start: Start::NeedsAttention(note("odd")), ..said });
    let Accepted::New(back) = world.accept(early) else { panic!() };
    let id = back.delivery.unwrap();
    // What was read of the sale has this very document's draw in it.
    let draw = world.drawing("s2", "two");
    let with = With { contact_of: Some(draw.on), draws: vec![draw.clone()], ..With::default() };
    world.give_back("other", "s2", "three");
    assert_eq!(replace(&mut world, id, with.clone()), Operated::Overtaken);
    assert_eq!(world.document("back").body, Some(b"body of back".to_vec()));
    let with = With { draws: vec![world.drawing("s2", "two")], ..with };
    assert_eq!(replace(&mut world, id, with), Operated::Done);
    assert_eq!((world.drawn("s1"), world.drawn("s2")), (vec![], vec!["back".to_owned(), "other".to_owned()]));
    assert_eq!(world.row(id).waits_for, [second]);
    let own = world.drawing("s1", "one");
    let with = With { contact_of: Some(own.on), draws: vec![own], ..With::default() };
    assert_eq!(replace(&mut world, id, with), Operated::Done);
    assert_eq!(
        (world.row(id).waits_for, world.row(id).contact.map(|c| c.key)),
        (vec![first], world.contact("a").map(|c| c.key))
    );
}

#[test]
fn a_sale_that_is_corrected_keeps_its_returns_behind_it() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    assert_eq!(replace(&mut world, sold, With::default()), Operated::Done);
    assert_eq!(world.row(back).waits_for, [sold]);
    assert_eq!(world.due(at(61)), [sold]);
}

#[test]
fn nothing_is_drawn_on_a_later_document() {
    let mut world = World::new();
    let first = sell(&mut world, "first");
    sell(&mut world, "second");
    let refused = Operated::Refused { state: DeliveryState::Waiting, may_have_landed: false };
    for on in ["second", "first"] {
        let with = With { draws: vec![world.drawing(on, "one")], ..With::default() };
        assert_eq!(replace(&mut world, first, with), refused, "{on}");
    }
}

#[test]
fn what_is_kept_beside_another_content_draws_and_claims_no_place() {
    let mut world = World::new();
    sell(&mut world, "sale");
    let first = world.returning("back", "sale", "one");
    world.accept(first);
    let other = Accept {
        content: world.database.keys().content(1, b"other"),
        on_conflict: OnConflict::KeepForAttention,
        ..world.returning("back", "sale", "two")
    };
    let stale = Accept { content: world.database.keys().content(1, b"third"), ..other.clone() };
    let Accepted::Conflict { kept: Some(kept), .. } = world.accept(other) else { panic!() };
    assert_eq!(world.drawn("sale"), ["back", "back#1"]);
    assert_eq!(world.row(kept.delivery.unwrap()).state, DeliveryState::NeedsAttention);
    assert_eq!(world.accept(stale), Accepted::Overtaken);
}

#[test]
fn a_return_for_somebody_who_was_forgotten_is_about_nobody_and_the_draws_stay() {
    let mut world = World::new();
    let sold = sell(&mut world, "sale");
    world.settle(sold, at(1), done(Some("e"), None));
    let back = world.give_back("r1", "sale", "one").delivery.unwrap();
    world.done(back, at(2));
    let late = world.returning("r2", "sale", "two");
    forgotten(&mut world, "a", 3);
    // Its body is gone, so nothing can be worked out from it any longer; what was may still come.
    assert!(world.reader.sales("receipt", &["sale".to_owned()]).unwrap().is_empty());
    assert_eq!(world.document("sale").drawn.len(), 1);
    let Accepted::New(late) = world.accept(late) else { panic!() };
    assert_eq!(late.contact, None);
    let row = world.row(late.delivery.unwrap());
    assert_eq!(
        (row.state, row.note.unwrap().code),
        (DeliveryState::NeedsAttention, "contactForgotten".to_owned())
    );
}
