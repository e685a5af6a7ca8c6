//! Documents that are undone.

use store::{
    Accept, Accepted, DeliveryState, Discard, Filed, Operated, Outcome, Part, Role, Standing, Void, With,
};

use crate::world::{World, at, note};

fn void(world: &World, key: &str) -> Void {
    let draw = world.drawing(key, "everything");
    let compensation = Part {
        contact_of: Some(draw.on),
        draws: vec![draw.clone()],
        ..world.part("void", "reversed", Role::NeedsContact)
    };
    Void { document: draw.on, seen: draw.seen, compensation, along: Vec::new() }
}

fn voiding(world: &World, key: &str, voids: Vec<Void>) -> Accept {
    let with = With { voids, ..With::default() };
    let said = world.saying(key, Role::Independent, &[]);
    Accept { at: at(30), kind: "void", store: "store04".to_owned(), delivery: None, with, ..said }
}

/// Voids what nobody changes meanwhile.
fn voided(world: &mut World, key: &str) -> Filed {
    let said = voiding(world, key, vec![void(world, key)]);
    match world.accept(said) {
        Accepted::New(filed) => filed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sale_that_was_not_sent_is_withdrawn() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::NeedsContact, &["a"]);
    let odd = world.owe("odd", Role::Independent, &[]);
    world.settle(odd, at(1), Outcome::NeedsAttention(note("odd")));
    for (key, id) in [("sale", sold), ("odd", odd)] {
        let filed = voided(&mut world, key);
        assert_eq!((filed.withdrawn, filed.parts), (vec![id], vec![]));
        let row = world.row(id);
        assert_eq!((row.state, row.note.unwrap().code), (DeliveryState::Discarded, "voided".to_owned()));
        let document = world.document(key);
        let by = document.voided.unwrap();
        assert_eq!((by.id, by.store.as_str(), by.accepted_at), (filed.document, "store04", at(30)));
        assert!(document.parts.is_empty());
        assert_eq!(world.sale(key).standing, Standing::Voided);
        let refused = Operated::Refused { state: DeliveryState::Discarded, may_have_landed: false };
        assert_eq!(world.retry(id, at(31)), refused);
    }
    assert!(world.due(at(99)).is_empty());
}

#[test]
fn a_sale_that_was_given_up_before_it_was_voided_is_not_taken_up_again() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::NeedsContact, &["a"]);
    world.discard(sold, at(1));
    let filed = voided(&mut world, "sale");
    assert_eq!((filed.withdrawn, filed.parts), (vec![], vec![]));
    let refused = Operated::Refused { state: DeliveryState::Discarded, may_have_landed: false };
    assert_eq!(world.retry(sold, at(31)), refused);
    assert!(world.due(at(99)).is_empty());
}

#[test]
fn a_sale_that_may_have_landed_is_compensated_for_behind_it() {
    let mut world = World::new();
    for (key, unknown) in [("done", false), ("unknown", true)] {
        let sold = world.owe(key, Role::NeedsContact, &["a"]);
        world.begin(sold, at(1));
        match unknown {
            false => world.done(sold, at(2)),
            true => drop(world.settle(
                sold,
                at(2),
                Outcome::Unknown { due: at(5), note: note("lost"), mark: None },
            )),
        }
        let filed = voided(&mut world, key);
        let [part] = &filed.parts[..] else { panic!("{filed:?}") };
        assert!(filed.withdrawn.is_empty());
        let row = world.document(&format!("{key}~void"));
        assert_eq!(
            (row.id, row.store.as_str(), row.part_of.as_deref()),
            (part.document, "store04", Some(key))
        );
        assert_eq!(world.document(key).parts[0].key, format!("{key}~void"));
        let waits_for = if unknown { vec![sold] } else { vec![] };
        assert_eq!(row.delivery.unwrap().waits_for, waits_for);
        assert_eq!(world.drawn(key), [format!("{key}~void")]);
    }
}

#[test]
fn a_sale_that_may_have_landed_and_was_given_up_is_compensated_for_too() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::NeedsContact, &["a"]);
    world.begin(sold, at(1));
    world.settle(sold, at(2), Outcome::Unknown { due: at(5), note: note("lost"), mark: None });
    world.discard(sold, at(3));
    let filed = voided(&mut world, "sale");
    assert_eq!(filed.parts.len(), 1);
    assert_eq!(world.due(at(30)), [filed.parts[0].delivery.unwrap()]);
}

#[test]
fn what_owes_nothing_is_only_marked() {
    let mut world = World::new();
    world.accept(Accept { delivery: None, ..world.saying("sale", Role::Independent, &[]) });
    let filed = voided(&mut world, "sale");
    assert_eq!((filed.parts, filed.withdrawn), (vec![], vec![]));
    assert_eq!(world.sale("sale").standing, Standing::Voided);
}

#[test]
fn voiding_a_return_makes_its_goods_returnable_again() {
    let mut world = World::new();
    world.owe("sale", Role::NeedsContact, &["a"]);
    let back = world.give_back("back", "sale", "all");
    assert_eq!(world.drawn("sale"), ["back"]);
    let filed = voided(&mut world, "back");
    assert_eq!((filed.withdrawn, world.drawn("sale")), (vec![back.delivery.unwrap()], vec![]));
    let again = world.give_back("again", "sale", "all").delivery.unwrap();
    world.begin(again, at(31));
    assert_eq!(voided(&mut world, "again").parts.len(), 0, "it still waits for the sale");
    assert_eq!(world.drawn("sale"), [""; 0]);
}

#[test]
fn a_void_that_was_overtaken_undoes_nothing() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::NeedsContact, &["a"]);
    let early = voiding(&world, "early", vec![void(&world, "sale")]);
    world.give_back("back", "sale", "one");
    assert_eq!(world.accept(early), Accepted::Overtaken);
    assert_eq!(world.row(sold).state, DeliveryState::Waiting);
    let both = ["first", "second"]
        .map(|key| store::Command::Accept(voiding(&world, key, vec![void(&world, "sale")])));
    let verdicts = world.database.commit(&both).unwrap();
    assert!(matches!(&verdicts[1], Ok(store::Verdict::Accept(Accepted::Overtaken))), "{verdicts:?}");
    // Whoever knows that it is voided can't void it again either.
    let late = voiding(&world, "late", vec![void(&world, "sale")]);
    assert_eq!(world.accept(late), Accepted::Overtaken);
}

#[test]
fn what_took_something_back_of_a_voided_sale_is_not_taken_up_again() {
    let mut world = World::new();
    world.owe("sale", Role::NeedsContact, &["a"]);
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    let discard = Discard {
        id: back,
        at: at(10),
        by: "anna".to_owned(),
        reason: "wrong".to_owned(),
        behind: store::Behind::Release,
    };
    world.submit(store::Command::Discard(discard));
    voided(&mut world, "sale");
    assert_eq!(world.retry(back, at(40)), Operated::Overtaken);
}

#[test]
fn the_void_of_a_part_belongs_to_the_whole_and_takes_a_free_key() {
    let mut world = World::new();
    world.owe("r~2~void", Role::Independent, &[]);
    let with = With { parts: vec![world.part("", "x", Role::Independent)], ..With::default() };
    let Accepted::New(filed) = world.accept(Accept { with, ..world.saying("r", Role::NeedsContact, &["a"]) })
    else {
        panic!()
    };
    for filed in [&filed, &filed.parts[0]] {
        world.done(filed.delivery.unwrap(), at(1));
    }
    let voids = vec![void(&world, "r"), void(&world, "r~2")];
    let said = voiding(&world, "r", voids);
    let Accepted::New(voided) = world.accept(said.clone()) else { panic!() };
    let keys: Vec<String> = world.document("r").parts.into_iter().map(|part| part.key).collect();
    assert_eq!(keys, ["r~2", "r~void", "r~2~void2"]);
    let Accepted::Repeated(again) = world.accept(said) else { panic!() };
    assert_eq!((again.document, again.parts), (voided.document, vec![]));
}
