//! Bodies that nothing needs any longer: condensed, and removed at last.

use store::{
    Accept, Accepted, Claim, Command, DeliveryState, Expired, NewDelivery, Operated, Role, Start, Verdict,
    With,
};

use crate::world::{World, at, done, forgotten};

fn short(_: &Expired) -> Option<(Vec<u8>, Vec<u8>)> {
    Some((b"short".to_vec(), b"short frozen".to_vec()))
}

/// A sale of hers that is in Engage.
fn sold(world: &mut World, key: &str) -> store::DeliveryId {
    let id = world.owe(key, Role::NeedsContact, &["a"]);
    world.settle(id, at(1), done(Some("e"), None));
    id
}

#[test]
fn what_has_expired_is_condensed_and_goes_at_last() {
    let mut world = World::new();
    sold(&mut world, "sale");
    sold(&mut world, "gone");
    let expired = world.reader.expired(at(9), 1).unwrap();
    let [first] = &expired[..] else { panic!("{expired:?}") };
    assert_eq!((first.kind.as_str(), first.key.as_str(), first.since), ("receipt", "sale", at(1)));
    assert_eq!(first.body, Some(b"body of sale".to_vec()));
    assert_eq!(first.frozen, Some(b"frozen of sale".to_vec()));
    assert_eq!(world.condense(at(1), short), 0, "nothing has ended before that");
    assert_eq!(world.condense(at(9), |of| if of.key == "sale" { short(of) } else { None }), 2);
    assert_eq!(world.condense(at(9), short), 0);
    let sale = world.sale("sale");
    assert_eq!((sale.body, sale.frozen), (b"short".to_vec(), b"short frozen".to_vec()));
    assert_eq!(world.document("gone").body, None);
    // It is drawn on as before.
    world.give_back("back", "sale", "one");
    assert_eq!((world.sweep(at(1)), world.sweep(at(9)), world.sweep(at(9))), (0, 1, 0));
    assert!(world.reader.sales("receipt", &["sale".to_owned()]).unwrap().is_empty());
    assert_eq!(world.document("sale").drawn.len(), 1);
}

#[test]
fn what_is_needed_again_meanwhile_is_left_as_it_is() {
    let mut world = World::new();
    let id = world.owe("sale", Role::Independent, &[]);
    world.discard(id, at(5));
    let expired = world.reader.expired(at(9), 10).unwrap();
    let documents = vec![store::Condensed {
        document: expired[0].document,
        since: expired[0].since,
        form: short(&expired[0]),
    }];
    let condense = Command::Condense(store::Condense { documents });
    assert_eq!(world.retry(id, at(6)), Operated::Done);
    assert_eq!(world.submit(condense.clone()), Verdict::Condense(0));
    // Nor is what has ended once more since then: it may have been corrected.
    world.done(id, at(7));
    assert_eq!(world.submit(condense), Verdict::Condense(0));
    assert_eq!(world.sale("sale").body, b"body of sale");
    assert_eq!(world.condense(at(9), short), 1);
}

#[test]
fn what_was_condensed_is_not_sent_any_longer() {
    let mut world = World::new();
    let id = world.owe("sale", Role::Independent, &[]);
    world.discard(id, at(5));
    assert_eq!(world.condense(at(9), short), 1);
    let refused = Operated::Refused { state: DeliveryState::Discarded, may_have_landed: false };
    assert_eq!(world.retry(id, at(10)), refused);
}

#[test]
fn a_sale_by_nobody_is_condensed_then_claimed_and_then_kept_until_it_is_done() {
    let mut world = World::new();
    world.accept(Accept { delivery: None, ..world.saying("sale", Role::Independent, &[]) });
    assert_eq!(world.condense(at(9), short), 1);
    let sale = world.sale("sale");
    let delivery = Some(NewDelivery { kind: "send", start: Start::Due, role: Role::NeedsContact });
    let claim = Claim { document: sale.id, seen: sale.seen(), frozen: Some(b"claimed".to_vec()), delivery };
    let with = With { claims: vec![claim], ..With::default() };
    let said = Accept { delivery: None, with, ..world.saying("claim", Role::Independent, &["a"]) };
    let late = Accept { key: "late".to_owned(), ..said.clone() };
    assert!(matches!(world.accept(said), Accepted::New(_)));
    world.erase_expired(at(99));
    assert_eq!(world.sweep(at(99)), 0);
    let due = world.reader.due(at(9), 10).unwrap().due;
    assert_eq!((&due[0].body[..], &due[0].frozen[..]), (&b"short"[..], &b"claimed"[..]));
    world.done(due[0].id, at(100));
    assert_eq!(world.condense(at(200), short), 1);
    assert_eq!(world.sweep(at(200)), 1);
    assert_eq!(world.accept(late), Accepted::Overtaken);
}

#[test]
fn what_was_swept_before_it_was_claimed_is_claimed_by_nobody() {
    let mut world = World::new();
    world.accept(Accept { delivery: None, ..world.saying("sale", Role::Independent, &[]) });
    let sale = world.sale("sale");
    let claim = Claim { document: sale.id, seen: sale.seen(), frozen: None, delivery: None };
    let with = With { claims: vec![claim], ..With::default() };
    let said = Accept { delivery: None, with, ..world.saying("claim", Role::Independent, &["a"]) };
    assert_eq!((world.condense(at(9), short), world.sweep(at(9))), (1, 1));
    assert_eq!(world.accept(said), Accepted::Overtaken);
}

#[test]
fn a_condensed_form_is_sealed_held_and_forgotten_like_a_body() {
    let mut world = World::new();
    sold(&mut world, "sale");
    let mark = b"a condensed form that nobody else has";
    assert_eq!(world.condense(at(9), |_| Some((mark.to_vec(), mark.to_vec()))), 1);
    let contact = world.contact("a").unwrap().key;
    assert_eq!(world.reader.held_about(contact).unwrap().documents[0].body.as_deref(), Some(&mark[..]));
    let world = world.rest(at(10));
    let file = std::fs::read(world.dir.path().join(store::FILE)).unwrap();
    assert!(!file.windows(mark.len()).any(|window| window == mark));
    let mut world = world;
    forgotten(&mut world, "a", 11);
    assert_eq!((world.document("sale").body, world.document("sale").frozen), (None, None));
    assert_eq!(world.sweep(at(99)), 1, "its place on the list goes by itself");
}

#[test]
fn what_was_forgotten_before_it_was_condensed_stays_erased() {
    let mut world = World::new();
    sold(&mut world, "sale");
    let expired = world.reader.expired(at(9), 10).unwrap();
    forgotten(&mut world, "a", 5);
    let gone = world.reader.expired(at(9), 10).unwrap();
    assert_eq!((gone[0].document, &gone[0].body, &gone[0].frozen), (expired[0].document, &None, &None));
    assert_eq!(world.condense(at(9), short), 1);
    assert_eq!(world.document("sale").body, None);
    assert!(world.reader.expired(at(9), 10).unwrap().is_empty());
    assert_eq!(world.sweep(at(99)), 0);
}
