//! What comes along with a document: offers that are used once, in order, and taken back.

use store::{
    About, Accept, Accepted, Along, Begin, Begun, Behind, Command, DeliveryId, DeliveryState, Discard, Done,
    Exposure, FindContact, NewDelivery, Note, OfferRow, Operated, Outcome, Part, Role, Settle, Settled,
    Start, Sweep, Verdict, Void, Way, With,
};

use crate::world::{World, along, at, done, forgotten, note, using};

fn offer(world: &World, name: &str) -> OfferRow {
    world.reader.offers(&[name.to_owned()], at(0)).unwrap().pop().unwrap()
}

fn user(world: &World, name: &str) -> Option<String> {
    offer(world, name).used_by.map(|used| used.key)
}

fn in_turn(name: &str) -> Option<About> {
    Some(About { name: name.to_owned(), way: Way::InTurn })
}

/// A sale with what comes along with it.
fn selling(world: &World, key: &str, along: Vec<Along>) -> Accept {
    let with = With { along, ..With::default() };
    Accept { with, ..world.saying(key, Role::NeedsContact, &["a"]) }
}

/// Accepts a sale that is new; answers its delivery and those of what came along.
fn sell(world: &mut World, key: &str, along: Vec<Along>) -> (DeliveryId, Vec<DeliveryId>) {
    match world.accept(selling(world, key, along)) {
        Accepted::New(filed) => {
            let along = filed.along.iter().map(|filed| filed.delivery.unwrap()).collect();
            (filed.delivery.unwrap(), along)
        }
        other => panic!("{other:?}"),
    }
}

fn voiding(world: &World, key: &str, along: Vec<Along>) -> Accept {
    let draw = world.drawing(key, "everything");
    let compensation = Part {
        contact_of: Some(draw.on),
        draws: vec![draw.clone()],
        ..world.part("void", "reversed", Role::NeedsContact)
    };
    let void = Void { document: draw.on, seen: draw.seen, compensation, along };
    let with = With { voids: vec![void], ..With::default() };
    let said = world.saying(key, Role::Independent, &[]);
    Accept { at: at(30), kind: "void", store: "store04".to_owned(), delivery: None, with, ..said }
}

fn taking_back(world: &World, key: &str, redemption: &str) -> Along {
    let undone = world.reader.document("along", redemption).unwrap().unwrap().id;
    Along { undoes: Some(undone), ..along(key, None) }
}

fn blocked(world: &World, id: DeliveryId) -> Vec<DeliveryId> {
    world.row(id).waits_for
}

#[test]
fn what_came_along_is_a_document_with_a_call_of_its_own() {
    let mut world = World::new();
    let (sold, along) = sell(&mut world, "sale", vec![using("redeem 1", "voucher/1"), along("other", None)]);
    assert_eq!(along.len(), 2);
    let rows = world.sale("sale").along;
    let [first, second] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((first.kind.as_str(), first.key.as_str(), first.undone), ("along", "redeem 1", false));
    assert_eq!(first.about.as_deref(), Some("voucher/1"));
    assert_eq!(first.frozen.as_deref(), Some(&b"frozen of redeem 1"[..]));
    assert_eq!((second.key.as_str(), second.about.as_deref()), ("other", None));
    assert_eq!(world.document("sale").along, rows);
    let row = world.row(along[0]);
    assert_eq!((row.store.as_str(), row.document_kind.as_str()), ("store03", "along"));
    assert_eq!(row.contact.unwrap().key, world.contact("a").unwrap().key);
    let due = world.reader.due_one(along[0], at(1)).unwrap().unwrap();
    let leader = due.leader.unwrap();
    assert_eq!((leader.kind.as_str(), leader.key.as_str()), ("receipt", "sale"));
    assert_eq!(leader.state, Some(DeliveryState::Waiting));
    assert_eq!(due.about.unwrap().name, "voucher/1");
    let used = offer(&world, "voucher/1").used_by.unwrap();
    assert_eq!((used.key.as_str(), used.leader_key.as_deref()), ("redeem 1", Some("sale")));
    let plain = world.reader.due_one(sold, at(1)).unwrap().unwrap();
    assert_eq!((plain.leader, plain.about, plain.mark), (None, None, None));
    let Accepted::Repeated(again) = world.accept(selling(&world, "sale", vec![])) else { panic!() };
    assert_eq!(again.along.iter().map(|filed| filed.delivery.unwrap()).collect::<Vec<_>>(), along);
}

#[test]
fn of_two_sales_that_use_one_offer_the_later_is_overtaken_and_nothing_of_it_is_kept() {
    let mut world = World::new();
    sell(&mut world, "sale", vec![using("redeem 1", "voucher/1")]);
    let said = selling(&world, "later", vec![along("welcome", None), using("redeem 2", "voucher/1")]);
    assert_eq!(world.accept(said), Accepted::Overtaken);
    assert_eq!(world.reader.document("receipt", "later").unwrap(), None);
    assert_eq!(world.reader.document("along", "welcome").unwrap(), None);
    assert_eq!(user(&world, "voucher/1").as_deref(), Some("redeem 1"));
}

#[test]
fn a_key_that_is_taken_brings_nothing_along_again() {
    let mut world = World::new();
    let (_, first) = sell(&mut world, "sale", vec![using("redeem 1", "voucher/1")]);
    // The same redemption comes along with a corrected sale: it is none of the later one's business.
    let (_, second) = sell(&mut world, "corrected", vec![using("redeem 1", "voucher/1")]);
    assert_eq!((first.len(), second.len()), (1, 0));
    assert!(world.sale("corrected").along.is_empty());
}

#[test]
fn a_use_ends_with_its_delivery_and_comes_back_only_while_nobody_else_has_it() {
    let mut world = World::new();
    let (_, first) = sell(&mut world, "sale", vec![using("redeem 1", "voucher/1")]);
    world.discard(first[0], at(1));
    assert_eq!(user(&world, "voucher/1"), None);
    assert_eq!(world.retry(first[0], at(2)), Operated::Done);
    assert_eq!(user(&world, "voucher/1").as_deref(), Some("redeem 1"));
    world.discard(first[0], at(3));
    sell(&mut world, "later", vec![using("redeem 2", "voucher/1")]);
    assert_eq!(world.retry(first[0], at(4)), Operated::Overtaken);
    assert_eq!(user(&world, "voucher/1").as_deref(), Some("redeem 2"));
}

#[test]
fn deliveries_about_one_offer_go_one_after_the_other() {
    let mut world = World::new();
    let assign = Accept { about: in_turn("tbo-1"), ..world.saying("assign", Role::NeedsContact, &["a"]) };
    let Accepted::New(assigned) = world.accept(assign) else { panic!() };
    let assigned = assigned.delivery.unwrap();
    let (sold, along) = sell(&mut world, "sale", vec![using("redeem 1", "tbo-1")]);
    assert_eq!(blocked(&world, along[0]), [assigned]);
    assert_eq!(world.due(at(1)), [assigned, sold]);
    // What needs a person holds up nothing; once it goes on it is first again.
    world.settle(assigned, at(2), Outcome::NeedsAttention(note("odd")));
    assert_eq!(blocked(&world, along[0]), []);
    assert_eq!(world.retry(assigned, at(3)), Operated::Done);
    assert_eq!(blocked(&world, along[0]), [assigned]);
    world.done(assigned, at(4));
    assert_eq!(blocked(&world, along[0]), []);
}

#[test]
fn a_redemption_is_not_given_up_with_its_assignment_for_a_sale_has_used_it() {
    let mut world = World::new();
    let assign = Accept { about: in_turn("tbo-1"), ..world.saying("assign", Role::NeedsContact, &["a"]) };
    let Accepted::New(assigned) = world.accept(assign) else { panic!() };
    let id = assigned.delivery.unwrap();
    let (_, along) = sell(&mut world, "sale", vec![using("redeem 1", "tbo-1")]);
    let (by, reason) = ("anna".to_owned(), "test".to_owned());
    world.submit(Command::Discard(Discard { id, at: at(5), by, reason, behind: Behind::Discard }));
    assert_eq!(world.row(along[0]).state, DeliveryState::Waiting);
    assert_eq!(blocked(&world, along[0]), []);
}

#[test]
fn a_sale_waits_for_what_goes_first_until_that_was_tried() {
    for (outcome, lets_go) in [
        (done(None, None), true),
        (Outcome::Unknown { due: at(9), note: note("lost"), mark: None }, true),
        (Outcome::NeedsAttention(note("conflict")), true),
        (Outcome::Again { due: at(9), note: note("busy") }, false),
    ] {
        let mut world = World::new();
        let first = Along { goes_first: true, ..using("redeem 1", "voucher/1") };
        let (sold, along) = sell(&mut world, "sale", vec![first]);
        assert_eq!(world.begin(sold, at(1)), Begun::Gone);
        assert_eq!(world.begin(along[0], at(1)), Begun::Go(1));
        assert_eq!(blocked(&world, sold), [along[0]]);
        world.settle(along[0], at(2), outcome);
        assert_eq!(blocked(&world, sold).is_empty(), lets_go);
    }
}

#[test]
fn what_goes_first_holds_nothing_up_for_ever() {
    let mut world = World::new();
    let first = Along { goes_first: true, ..using("redeem 1", "voucher/1") };
    let (sold, along) = sell(&mut world, "sale", vec![first]);
    let long_ago = jiff::Timestamp::UNIX_EPOCH;
    let sweep = |held_back_before| Sweep {
        profiles_before: long_ago,
        hints_before: long_ago,
        condensed_before: long_ago,
        undelivered_before: long_ago,
        checkouts_before: long_ago,
        held_back_before,
        at: at(50),
    };
    assert_eq!(world.submit(Command::Sweep(sweep(at(0)))), Verdict::Sweep(0));
    assert_eq!(blocked(&world, sold), [along[0]]);
    assert_eq!(world.submit(Command::Sweep(sweep(at(1)))), Verdict::Sweep(1));
    assert_eq!(blocked(&world, sold), []);
    assert_eq!(world.submit(Command::Sweep(sweep(at(1)))), Verdict::Sweep(0));
}

#[test]
fn what_comes_along_with_an_enrolment_waits_for_the_contact() {
    let mut world = World::new();
    let with = With { along: vec![along("welcome", Some("tbo-1"))], ..With::default() };
    let Accepted::New(filed) =
        world.accept(Accept { with, ..world.saying("enrol", Role::CreatesContact, &["a"]) })
    else {
        panic!()
    };
    assert_eq!(blocked(&world, filed.along[0].delivery.unwrap()), [filed.delivery.unwrap()]);
}

#[test]
fn what_comes_along_behind_a_creation_that_it_takes_back_may_create_the_contact() {
    let mut world = World::new();
    let enrol = Accept { about: in_turn("tbo-1"), ..world.saying("enrol", Role::CreatesContact, &["a"]) };
    let Accepted::New(enrolled) = world.accept(enrol) else { panic!() };
    let back = Along { undoes: Some(enrolled.document), ..along("back", None) };
    let call = NewDelivery { kind: "call", start: Start::Due, role: Role::CreatesContact };
    let anew = Along { delivery: Some(call), ..along("anew", None) };
    let Accepted::New(filed) = world.accept(selling(&world, "sale", vec![back, anew])) else { panic!() };
    let [anew] = &filed.along[..] else { panic!("{filed:?}") };
    assert_eq!(world.row(enrolled.delivery.unwrap()).state, DeliveryState::Discarded);
    assert_eq!(anew.contact.as_ref().unwrap().creation, anew.delivery);
    assert_eq!(blocked(&world, filed.delivery.unwrap()), [anew.delivery.unwrap()]);
}

#[test]
fn what_is_said_once_of_a_contact_is_filed_once_also_after_a_merge() {
    let mut world = World::new();
    let welcome = |key: &str| Along { once: Some("welcome".to_owned()), ..along(key, None) };
    let (_, first) = sell(&mut world, "sale", vec![welcome("w1")]);
    assert_eq!(first.len(), 1);
    let (_, second) = sell(&mut world, "sale 2", vec![welcome("w2")]);
    assert_eq!(second.len(), 0);
    // Somebody else, who turns out to be the same.
    let other =
        Accept { once: Some("welcome".to_owned()), ..world.saying("by hand", Role::NeedsContact, &["b"]) };
    let Accepted::New(other) = world.accept(other) else { panic!() };
    world.file("both", Role::NeedsContact, &["a", "b"]);
    let find = FindContact::Alias(world.alias("b"));
    let said = world.reader.once(&find, "welcome").unwrap().unwrap();
    assert_eq!(said, world.reader.document("along", "w1").unwrap().unwrap().id);
    assert_ne!(said, other.document);
    let again =
        Accept { once: Some("welcome".to_owned()), ..world.saying("again", Role::NeedsContact, &["b"]) };
    let Accepted::Repeated(filed) = world.accept(again) else { panic!() };
    assert_eq!(filed.document, said);
    assert_eq!(world.reader.document("receipt", "again").unwrap(), None);
    assert_eq!(world.reader.once(&find, "birthday").unwrap(), None);
}

#[test]
fn a_redemption_that_may_have_landed_is_taken_back_by_a_call() {
    let mut world = World::new();
    let (sold, along) = sell(&mut world, "sale", vec![using("redeem 1", "voucher/1")]);
    world.begin(sold, at(1));
    world.begin(along[0], at(1));
    let back = taking_back(&world, "back 1", "redeem 1");
    let Accepted::New(filed) = world.accept(voiding(&world, "sale", vec![back])) else { panic!() };
    let back = filed.along[0].delivery.unwrap();
    assert_eq!(blocked(&world, back), [along[0]]);
    assert_eq!(user(&world, "voucher/1"), None);
    let undone: Vec<bool> = world.sale("sale").along.into_iter().map(|row| row.undone).collect();
    assert_eq!(undone, [true, false]);
    assert_eq!(world.reader.document("along", "back 1").unwrap().unwrap().store, "store04");
    // It goes on for as long as a step of its own may change it, and isn't taken up again after that.
    world.settle(along[0], at(2), Outcome::Unknown { due: at(9), note: note("lost"), mark: None });
    assert_eq!(world.retry(along[0], at(3)), Operated::Done);
    world.settle(along[0], at(4), Outcome::NeedsAttention(note("odd")));
    let refused = Operated::Refused { state: DeliveryState::NeedsAttention, may_have_landed: true };
    assert_eq!(world.retry(along[0], at(5)), refused);
    // The voucher may be used again.
    sell(&mut world, "later", vec![using("redeem 2", "voucher/1")]);
}

#[test]
fn a_redemption_that_cannot_have_landed_is_withdrawn_and_nothing_takes_it_back() {
    let mut world = World::new();
    let (sold, along) =
        sell(&mut world, "sale", vec![using("redeem 1", "voucher/1"), using("redeem 2", "v/2")]);
    world.done(sold, at(1));
    let back = taking_back(&world, "back 1", "redeem 1");
    let Accepted::New(filed) = world.accept(voiding(&world, "sale", vec![back])) else { panic!() };
    assert!(filed.along.is_empty());
    for (id, name) in along.into_iter().zip(["voucher/1", "v/2"]) {
        let row = world.row(id);
        assert_eq!((row.state, row.note.unwrap().code.as_str()), (DeliveryState::Discarded, "voided"));
        assert_eq!(user(&world, name), None);
        let refused = Operated::Refused { state: DeliveryState::Discarded, may_have_landed: false };
        assert_eq!(world.retry(id, at(40)), refused);
    }
}

#[test]
fn what_was_taken_back_is_not_taken_back_again() {
    let mut world = World::new();
    let (_, along) = sell(&mut world, "sale", vec![using("redeem 1", "voucher/1")]);
    world.done(along[0], at(1));
    let first = taking_back(&world, "back 1", "redeem 1");
    let second = taking_back(&world, "back 2", "redeem 1");
    let (_, filed) = sell(&mut world, "return", vec![first]);
    assert_eq!(filed.len(), 1);
    let (_, filed) = sell(&mut world, "return 2", vec![second]);
    assert_eq!(filed.len(), 0);
}

#[test]
fn an_offer_is_one_under_our_name_and_under_the_id_in_engage() {
    let mut world = World::new();
    let assign = Accept { about: in_turn("tbo-1"), ..world.saying("assign", Role::NeedsContact, &["a"]) };
    let Accepted::New(assigned) = world.accept(assign) else { panic!() };
    // Its answer is lost, and a till has seen it under the id in Engage.
    let (_, along) = sell(&mut world, "sale", vec![using("redeem 1", "assignment/77")]);
    assert_eq!(blocked(&world, along[0]), []);
    let subject_id = Some("77".to_owned());
    let learnt = Outcome::Done(Done { learnt: Some(b"77".to_vec()), subject_id, ..Done::default() });
    assert_eq!(world.settle(assigned.delivery.unwrap(), at(2), learnt), Settled::Settled);
    for name in ["tbo-1", "assignment/77", "77"] {
        let row = offer(&world, name);
        assert_eq!((row.name.as_str(), row.remote_id.as_deref()), ("tbo-1", Some("77")), "{name}");
        assert_eq!(row.used_by.unwrap().key, "redeem 1");
    }
    let all = ["tbo-1", "assignment/77", "unknown"].map(str::to_owned);
    assert_eq!(world.reader.offers(&all, at(0)).unwrap().len(), 1);
    let said = selling(&world, "later", vec![using("redeem 2", "tbo-1")]);
    assert_eq!(world.accept(said), Accepted::Overtaken);
}

#[test]
fn what_an_attempt_must_remember_and_what_was_learnt_are_kept() {
    let mut world = World::new();
    let (sold, along) = sell(&mut world, "sale", vec![along("assign", None)]);
    let begin = |mark: Option<&str>, seconds| {
        Command::Begin(Begin {
            id: along[0],
            at: at(seconds),
            mark: mark.map(|mark| mark.as_bytes().to_vec()),
        })
    };
    let again = |due| Outcome::Again { due: at(due), note: note("busy") };
    world.submit(begin(Some("before"), 1));
    world.settle(along[0], at(2), again(2));
    world.submit(begin(None, 3));
    let mut world = world.restart(at(4));
    assert_eq!(world.reader.due_one(along[0], at(4)).unwrap().unwrap().mark.as_deref(), Some(&b"before"[..]));
    world.submit(begin(Some("later"), 5));
    world.settle(along[0], at(6), again(6));
    assert_eq!(world.reader.due_one(along[0], at(6)).unwrap().unwrap().mark.as_deref(), Some(&b"later"[..]));
    let learnt = Outcome::Done(Done { learnt: Some(b"what".to_vec()), ..Done::default() });
    world.submit(Command::Settle(Settle { id: sold, at: at(7), outcome: learnt }));
    let leader = world.reader.due_one(along[0], at(8)).unwrap().unwrap().leader.unwrap();
    assert_eq!((leader.state, leader.learnt), (Some(DeliveryState::Done), Some(b"what".to_vec())));
}

#[test]
fn what_is_risked_is_counted_until_it_is_undone() {
    let mut world = World::new();
    let risking = |key: &str, offer: &str, amount| Along {
        exposure: Some(Exposure { bucket: "store03 today SEK".to_owned(), amount }),
        ..using(key, offer)
    };
    let (_, first) = sell(&mut world, "sale", vec![risking("redeem 1", "v/1", 5_000)]);
    sell(&mut world, "sale 2", vec![risking("redeem 2", "v/2", 700)]);
    let exposed = |world: &World| world.reader.exposed("store03 today SEK", at(0)).unwrap();
    assert_eq!(exposed(&world), 5_700);
    assert_eq!(world.reader.exposed("store03 tomorrow SEK", at(0)).unwrap(), 0);
    world.done(first[0], at(1));
    let rows = world.reader.exposures(None, 10).unwrap();
    assert_eq!((rows[0].open, rows[0].all, rows[0].count), (700, 5_700, 2));
    let elsewhere = ["store04".to_owned()];
    assert!(world.reader.exposures(Some(&elsewhere), 10).unwrap().is_empty());
    let back = taking_back(&world, "back 1", "redeem 1");
    sell(&mut world, "return", vec![back]);
    assert_eq!(exposed(&world), 700);
}

#[test]
fn what_came_along_cannot_be_corrected_by_itself() {
    let mut world = World::new();
    let (_, along) = sell(&mut world, "sale", vec![using("redeem 1", "voucher/1")]);
    let replace = store::Replace {
        id: along[0],
        at: at(5),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"mended"),
        body: Vec::new(),
        frozen: Vec::new(),
        contact: Vec::new(),
        new_contact_id: "c-mended".to_owned(),
        start: Start::Due,
        role: Role::NeedsContact,
        with: With::default(),
    };
    let refused = Operated::Refused { state: DeliveryState::Waiting, may_have_landed: false };
    assert_eq!(world.submit(Command::Replace(replace)), Verdict::Operate(refused));
}

#[test]
fn a_corrected_sale_brings_along_what_is_new() {
    let mut world = World::new();
    let odd = Some(NewDelivery {
        kind: "send",
        start: Start::NeedsAttention(Note { code: "odd".to_owned(), detail: String::new() }),
        role: Role::NeedsContact,
    });
    let said = Accept { delivery: odd, ..selling(&world, "sale", vec![using("redeem 1", "voucher/1")]) };
    let Accepted::New(filed) = world.accept(said) else { panic!() };
    let first = Along { goes_first: true, ..using("redeem 2", "voucher/2") };
    let replace = store::Replace {
        id: filed.delivery.unwrap(),
        at: at(5),
        by: "anna".to_owned(),
        content: world.database.keys().content(1, b"mended"),
        body: Vec::new(),
        frozen: Vec::new(),
        contact: vec![world.alias("a")],
        new_contact_id: "c-mended".to_owned(),
        start: Start::Due,
        role: Role::NeedsContact,
        with: With { along: vec![using("redeem 1", "voucher/1"), first], ..With::default() },
    };
    assert_eq!(world.submit(Command::Replace(replace)), Verdict::Operate(Operated::Done));
    let keys: Vec<String> = world.sale("sale").along.into_iter().map(|row| row.key).collect();
    assert_eq!(keys, ["redeem 1", "redeem 2"]);
    assert_eq!(blocked(&world, filed.delivery.unwrap()).len(), 1);
}

#[test]
fn another_content_under_a_known_identity_uses_nothing() {
    let mut world = World::new();
    sell(&mut world, "sale", vec![]);
    let other = Accept {
        content: world.database.keys().content(1, b"other"),
        on_conflict: store::OnConflict::KeepForAttention,
        ..selling(&world, "sale", vec![using("redeem 1", "voucher/1")])
    };
    let Accepted::Conflict { kept: Some(kept), .. } = world.accept(other) else { panic!() };
    assert!(kept.along.is_empty());
    assert!(world.reader.offers(&["voucher/1".to_owned()], at(0)).unwrap().is_empty());
}

#[test]
fn what_came_along_is_erased_with_its_person_and_what_was_said_once_stays_said() {
    let mut world = World::new();
    let welcome = Along { once: Some("welcome".to_owned()), ..using("redeem 1", "voucher/1") };
    let (_, along) = sell(&mut world, "sale", vec![welcome]);
    let public_id = world.contact("a").unwrap().public_id;
    forgotten(&mut world, "a", 5);
    assert_eq!(world.row(along[0]).state, DeliveryState::Discarded);
    assert_eq!(world.reader.document("along", "redeem 1").unwrap().unwrap().body, None);
    assert_eq!(user(&world, "voucher/1"), None);
    assert!(world.reader.once(&FindContact::Id(public_id), "welcome").unwrap().is_some());
}

#[test]
fn uses_and_their_order_survive_a_stop() {
    let mut world = World::new();
    let first = Along { goes_first: true, ..using("redeem 1", "voucher/1") };
    let (sold, along) = sell(&mut world, "sale", vec![first]);
    world.begin(along[0], at(1));
    let mut world = world.restart(at(2));
    assert_eq!(world.row(along[0]).state, DeliveryState::Unknown);
    assert_eq!(blocked(&world, sold), []);
    assert_eq!(user(&world, "voucher/1").as_deref(), Some("redeem 1"));
    let said = selling(&world, "later", vec![using("redeem 2", "voucher/1")]);
    assert_eq!(world.accept(said), Accepted::Overtaken);
}
