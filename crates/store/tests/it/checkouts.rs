//! Checkouts: holding offers, losing them to receipts, being paid, released, expired, and forgotten.

use store::{
    Accept, Accepted, Along, CheckoutState, Command, Exposure, Held, Hold, HoldOffer, Release, Released,
    Role, Sweep, Verdict, With,
};

use crate::world::{World, at, forgotten, using};

fn holding(world: &World, key: &str, offers: &[&str], seconds: i64) -> Hold {
    let risk = |name: &str| Exposure { bucket: "bucket".to_owned(), amount: name.len() as i64 };
    Hold {
        at: at(seconds),
        key: key.to_owned(),
        store: "store03".to_owned(),
        body: format!("body of {key}").into_bytes(),
        frozen: format!("frozen of {key}").into_bytes(),
        contact: vec![world.alias("a")],
        new_contact_id: format!("c-{key}"),
        until: at(seconds + 60),
        offers: offers
            .iter()
            .map(|name| HoldOffer { name: (*name).to_owned(), exposure: Some(risk(name)) })
            .collect(),
    }
}

fn hold(world: &mut World, hold: Hold) -> Held {
    match world.submit(Command::Hold(hold)) {
        Verdict::Hold(held) => held,
        other => panic!("{other:?}"),
    }
}

fn release(world: &mut World, key: &str, seconds: i64) -> Released {
    match world.submit(Command::Release(Release { key: key.to_owned(), at: at(seconds) })) {
        Verdict::Release(released) => released,
        other => panic!("{other:?}"),
    }
}

/// A till holds these offers, if nobody else has them.
fn held(world: &mut World, key: &str, offers: &[&str], seconds: i64) -> Held {
    let wish = holding(world, key, offers, seconds);
    hold(world, wish)
}

fn holder(world: &World, name: &str, seconds: i64) -> Option<String> {
    let row = world.reader.offers(&[name.to_owned()], at(seconds)).unwrap().pop()?;
    row.held_by.map(|held| held.checkout)
}

fn state(world: &World, key: &str, seconds: i64) -> CheckoutState {
    world.reader.checkout(key, at(seconds)).unwrap().unwrap().state
}

fn pay(world: &mut World, key: &str, checkout: &str, along: Vec<Along>) {
    let with = With { along, checkout: Some(checkout.to_owned()), ..With::default() };
    let said = Accept { at: at(20), with, ..world.saying(key, Role::NeedsContact, &["a"]) };
    assert!(matches!(world.accept(said), Accepted::New(_)));
}

#[test]
fn an_offer_is_held_by_one_checkout_at_a_time() {
    let mut world = World::new();
    assert_eq!(held(&mut world, "c1", &["v/1", "v/2"], 0), Held::Held);
    let row = world.reader.checkout("c1", at(1)).unwrap().unwrap();
    assert_eq!((row.store.as_str(), row.at, row.until), ("store03", at(0), at(60)));
    assert_eq!((row.state, row.paid_by), (CheckoutState::Open, None));
    assert_eq!(row.body.as_deref(), Some(&b"body of c1"[..]));
    assert_eq!(row.frozen.as_deref(), Some(&b"frozen of c1"[..]));
    assert_eq!(row.contact.unwrap().key, world.contact("a").unwrap().key);
    let Held::Taken(taken) = held(&mut world, "c2", &["v/2", "v/3"], 1) else { panic!() };
    let [taken] = &taken[..] else { panic!("{taken:?}") };
    let by = taken.held_by.as_ref().unwrap();
    assert_eq!((taken.name.as_str(), by.checkout.as_str(), by.until), ("v/2", "c1", at(60)));
    assert_eq!(world.reader.checkout("c2", at(1)).unwrap(), None);
    assert!(world.reader.offers(&["v/3".to_owned()], at(1)).unwrap().is_empty());
}

#[test]
fn a_checkout_that_changes_holds_exactly_what_it_names() {
    let mut world = World::new();
    held(&mut world, "c1", &["v/1", "v/2"], 0);
    assert_eq!(world.reader.exposed("bucket", at(1)).unwrap(), 6);
    assert_eq!(held(&mut world, "c1", &["v/2", "other"], 1), Held::Held);
    assert_eq!(world.reader.exposed("bucket", at(1)).unwrap(), 8);
    assert_eq!(holder(&world, "v/1", 1), None);
    assert_eq!(holder(&world, "v/2", 1).as_deref(), Some("c1"));
    assert_eq!(held(&mut world, "c2", &["v/1"], 2), Held::Held);
    let mut from_another_store = holding(&world, "c1", &[], 3);
    from_another_store.store = "store04".to_owned();
    assert_eq!(hold(&mut world, from_another_store), Held::Held);
    assert_eq!(world.reader.checkout("c1", at(3)).unwrap().unwrap().store, "store04");
    assert_eq!(holder(&world, "v/2", 3), None);
}

#[test]
fn what_is_used_is_not_held() {
    let mut world = World::new();
    pay(&mut world, "sale", "none", vec![using("redeem 1", "v/1")]);
    let Held::Taken(taken) = held(&mut world, "c1", &["v/1"], 30) else { panic!() };
    assert_eq!(taken[0].used_by.as_ref().unwrap().leader_key.as_deref(), Some("sale"));
}

#[test]
fn a_checkout_that_is_over_its_time_holds_nobody_off_and_may_be_written_again() {
    let mut world = World::new();
    held(&mut world, "c1", &["v/1", "v/2"], 0);
    assert_eq!(
        (state(&world, "c1", 59), state(&world, "c1", 60)),
        (CheckoutState::Open, CheckoutState::Expired)
    );
    assert_eq!(world.reader.exposed("bucket", at(60)).unwrap(), 0);
    assert_eq!(held(&mut world, "c2", &["v/1"], 60), Held::Held);
    assert!(matches!(held(&mut world, "c1", &["v/1"], 61), Held::Taken(_)));
    assert_eq!(held(&mut world, "c1", &["v/2"], 61), Held::Held);
    assert_eq!(state(&world, "c1", 62), CheckoutState::Open);
    assert_eq!(holder(&world, "v/1", 62).as_deref(), Some("c2"));
}

#[test]
fn a_receipt_pays_its_checkout_once_and_takes_what_others_hold() {
    let mut world = World::new();
    held(&mut world, "c1", &["v/1", "v/2"], 0);
    held(&mut world, "c2", &["v/3"], 0);
    pay(&mut world, "sale", "c1", vec![using("redeem 1", "v/1"), using("redeem 3", "v/3")]);
    let row = world.reader.checkout("c1", at(21)).unwrap().unwrap();
    assert_eq!((row.state, row.paid_by.as_deref(), row.at), (CheckoutState::Paid, Some("sale"), at(20)));
    assert_eq!((holder(&world, "v/2", 21), holder(&world, "v/3", 21)), (None, None));
    assert_eq!(state(&world, "c2", 21), CheckoutState::Open);
    pay(&mut world, "sale 2", "c1", vec![]);
    assert_eq!(world.reader.checkout("c1", at(21)).unwrap().unwrap().paid_by.as_deref(), Some("sale"));
    assert_eq!(held(&mut world, "c1", &[], 22), Held::Ended(CheckoutState::Paid));
    assert_eq!(release(&mut world, "c1", 22), Released::Ended(CheckoutState::Paid));
}

#[test]
fn a_checkout_that_was_released_holds_nothing_and_may_still_be_paid() {
    let mut world = World::new();
    held(&mut world, "c1", &["v/1"], 0);
    assert_eq!(release(&mut world, "none", 1), Released::NotFound);
    assert_eq!(release(&mut world, "c1", 1), Released::Released);
    assert_eq!(release(&mut world, "c1", 2), Released::Ended(CheckoutState::Released));
    assert_eq!(held(&mut world, "c1", &[], 2), Held::Ended(CheckoutState::Released));
    // Nothing else was about it, so nothing is left of it.
    assert!(world.reader.offers(&["v/1".to_owned()], at(2)).unwrap().is_empty());
    pay(&mut world, "sale", "c1", vec![]);
    assert_eq!(state(&world, "c1", 21), CheckoutState::Paid);
}

#[test]
fn checkouts_that_ended_are_swept() {
    let mut world = World::new();
    held(&mut world, "released", &["v/1"], 0);
    release(&mut world, "released", 1);
    held(&mut world, "expired", &["v/2"], 0);
    held(&mut world, "open", &["v/3"], 50);
    let long_ago = jiff::Timestamp::UNIX_EPOCH;
    let sweep = Sweep {
        profiles_before: long_ago,
        hints_before: long_ago,
        condensed_before: long_ago,
        undelivered_before: long_ago,
        checkouts_before: at(100),
        held_back_before: long_ago,
        at: at(100),
    };
    assert_eq!(world.submit(Command::Sweep(sweep)), Verdict::Sweep(2));
    let left =
        ["released", "expired", "open"].map(|key| world.reader.checkout(key, at(100)).unwrap().is_some());
    assert_eq!(left, [false, false, true]);
    assert!(world.reader.offers(&["v/2".to_owned()], at(0)).unwrap().is_empty());
    assert_eq!(world.submit(Command::Sweep(sweep)), Verdict::Sweep(0));
}

#[test]
fn a_checkout_of_somebody_who_was_forgotten_says_and_holds_nothing() {
    let mut world = World::new();
    held(&mut world, "c1", &["v/1"], 0);
    let contact = world.contact("a").unwrap();
    let held_about = world.reader.held_about(contact.key).unwrap();
    assert_eq!(held_about.checkouts[0].body.as_deref(), Some(&b"body of c1"[..]));
    forgotten(&mut world, "a", 5);
    let row = world.reader.checkout("c1", at(6)).unwrap().unwrap();
    assert_eq!((row.state, row.body, row.frozen), (CheckoutState::Released, None, None));
    assert_eq!(holder(&world, "v/1", 6), None);
}

#[test]
fn holds_survive_a_stop() {
    let mut world = World::new();
    held(&mut world, "c1", &["v/1"], 0);
    let mut world = world.restart(at(1));
    assert_eq!(holder(&world, "v/1", 2).as_deref(), Some("c1"));
    assert!(matches!(held(&mut world, "c2", &["v/1"], 2), Held::Taken(_)));
}
