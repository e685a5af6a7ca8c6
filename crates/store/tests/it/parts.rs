//! Documents that fall into parts.

use store::{
    Accept, Accepted, DeliveryState, Filed, NewDelivery, OnConflict, Operated, Part, Replace, Role, Start,
    Verdict, With,
};

use crate::world::{World, at};

fn keys(world: &World, key: &str) -> Vec<String> {
    world.document(key).parts.into_iter().map(|part| part.key).collect()
}

fn parted(world: &mut World, key: &str, parts: Vec<Part>) -> Filed {
    let with = With { parts, ..With::default() };
    match world.accept(Accept { with, ..world.saying(key, Role::NeedsContact, &["a"]) }) {
        Accepted::New(filed) => filed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receipt_of_two_people_falls_into_two_with_a_delivery_each() {
    let mut world = World::new();
    let sold = world.owe("sale", Role::NeedsContact, &["b"]);
    let draw = world.drawing("sale", "one");
    let part = Part {
        contact_of: Some(draw.on),
        draws: vec![draw],
        ..world.part("", "the other's", Role::NeedsContact)
    };
    let third = Part { contact: vec![world.alias("c")], ..world.part("", "the third's", Role::NeedsContact) };
    let filed = parted(&mut world, "mixed", vec![part, third]);
    let [second, third] = &filed.parts[..] else { panic!("{filed:?}") };
    assert_eq!(keys(&world, "mixed"), ["mixed~2", "mixed~3"]);
    let people = ["a", "b", "c"].map(|alias| world.contact(alias).unwrap().key);
    let of = |filed: &Filed| filed.contact.as_ref().unwrap().key;
    assert_eq!([of(&filed), of(second), of(third)], people);
    let row = world.document("mixed~2");
    assert_eq!((row.part_of.as_deref(), row.store.as_str()), (Some("mixed"), "store03"));
    assert_eq!((row.body, row.frozen), (Some(b"the other's".to_vec()), Some(b"frozen the other's".to_vec())));
    assert_eq!(world.document("mixed").part_of, None);
    // Each waits for what it draws on itself.
    let [first, second, third] = [&filed, second, third].map(|filed| filed.delivery.unwrap());
    assert_eq!(world.due(at(1)), [sold, first, third]);
    assert_eq!(world.row(second).waits_for, [sold]);
    let again = Accept { with: With::default(), ..world.saying("mixed", Role::NeedsContact, &["a"]) };
    assert_eq!(world.accept(again), Accepted::Repeated(filed));
}

#[test]
fn parts_that_draw_on_one_sale_count_each_and_are_all_or_nothing() {
    let mut world = World::new();
    world.owe("sale", Role::NeedsContact, &["b"]);
    let draw = world.drawing("sale", "one");
    let part = Part { draws: vec![draw.clone()], ..world.part("", "part", Role::Independent) };
    let with = With { draws: vec![draw], parts: vec![part.clone(), part], ..With::default() };
    let said = Accept { with, ..world.saying("mixed", Role::NeedsContact, &["a"]) };
    let mut late = Accept { key: "late".to_owned(), ..said.clone() };
    assert!(matches!(world.accept(said), Accepted::New(_)));
    assert_eq!(world.drawn("sale"), ["mixed", "mixed~2", "mixed~3"]);
    // One stale draw of one part is enough.
    late.with.draws[0] = world.drawing("sale", "one");
    late.with.parts[0].draws[0] = world.drawing("sale", "one");
    assert_eq!(world.accept(late), Accepted::Overtaken);
    assert!(world.reader.document("receipt", "late").unwrap().is_none());
}

#[test]
fn a_key_that_a_till_has_used_already_is_left_alone() {
    let mut world = World::new();
    world.owe("r~2", Role::Independent, &[]);
    let parts = vec![world.part("", "x", Role::Independent), world.part("void", "y", Role::Independent)];
    parted(&mut world, "r", parts);
    assert_eq!(keys(&world, "r"), ["r~3", "r~void"]);
    // And a till that comes later with a part's key has said something else.
    let said = world.saying("r~3", Role::Independent, &[]);
    let refused = world.accept(said.clone());
    assert_eq!(refused, Accepted::Conflict { first: world.document("r~3").id, kept: None });
    let kept = world.accept(Accept { on_conflict: OnConflict::KeepForAttention, ..said });
    assert!(matches!(kept, Accepted::Conflict { kept: Some(_), .. }));
    assert_eq!(world.document("r~3").body, Some(b"x".to_vec()));
}

#[test]
fn a_part_that_owes_nothing_has_no_delivery_and_is_claimable_for_as_long_as_any() {
    let mut world = World::new();
    let part = Part { delivery: None, ..world.part("", "x", Role::Independent) };
    parted(&mut world, "r", vec![part]);
    let row = world.document("r").parts.pop().unwrap();
    assert_eq!((row.delivery, row.contact), (None, None));
    assert_eq!(world.condense(at(99), |_| Some((b"short".to_vec(), Vec::new()))), 1);
    assert_eq!(world.sale("r~2").body, b"short");
}

#[test]
fn the_parts_of_what_is_kept_beside_another_content_need_attention_too() {
    let mut world = World::new();
    world.owe("r", Role::Independent, &[]);
    let with = With { parts: vec![world.part("", "x", Role::CreatesContact)], ..With::default() };
    let other = Accept {
        content: world.database.keys().content(1, b"other"),
        on_conflict: OnConflict::KeepForAttention,
        with,
        ..world.saying("r", Role::Independent, &[])
    };
    let Accepted::Conflict { kept: Some(kept), .. } = world.accept(other) else { panic!() };
    assert_eq!(keys(&world, "r#1"), ["r#1~2"]);
    let row = world.row(kept.parts[0].delivery.unwrap());
    assert_eq!(row.state, DeliveryState::NeedsAttention);
    assert_eq!(row.note.unwrap().code, "conflictingContent");
}

#[test]
fn what_is_in_parts_is_not_corrected_piece_by_piece_but_may_fall_into_parts_by_a_correction() {
    let mut world = World::new();
    let id = world.owe("r", Role::NeedsContact, &["a"]);
    let correct = |world: &mut World, id, parts| {
        let replace = Replace {
            id,
            at: at(9),
            by: "anna".to_owned(),
            content: world.database.keys().content(1, b"mended"),
            body: b"mended".to_vec(),
            frozen: Vec::new(),
            contact: vec![world.alias("a")],
            new_contact_id: "c".to_owned(),
            start: Start::Due,
            role: Role::NeedsContact,
            with: With { parts, ..With::default() },
        };
        match world.submit(store::Command::Replace(replace)) {
            Verdict::Operate(operated) => operated,
            other => panic!("{other:?}"),
        }
    };
    let part = world.part("", "x", Role::Independent);
    assert_eq!(correct(&mut world, id, vec![part]), Operated::Done);
    assert_eq!(keys(&world, "r"), ["r~2"]);
    let part = world.document("r~2").delivery.unwrap().id;
    let refused = Operated::Refused { state: DeliveryState::Waiting, may_have_landed: false };
    assert_eq!(correct(&mut world, id, Vec::new()), refused);
    assert_eq!(correct(&mut world, part, Vec::new()), refused);
    assert_eq!(world.due(at(9)), [id, part]);
}

#[test]
fn a_part_may_make_its_contact_known() {
    let mut world = World::new();
    let part = Part {
        contact: vec![world.alias("b")],
        hints: vec![world.alias("hint")],
        delivery: Some(NewDelivery { kind: "send", start: Start::Due, role: Role::NeedsContact }),
        ..world.part("", "x", Role::NeedsContact)
    };
    let mut creation = world.saying("creation", Role::CreatesContact, &["z"]);
    creation.hints = vec![world.alias("hint")];
    let Accepted::New(creation) = world.accept(creation) else { panic!() };
    let filed = parted(&mut world, "r", vec![part]);
    assert_eq!(world.contact("b").map(|contact| contact.public_id).as_deref(), Some("c-x"));
    assert_eq!(world.row(filed.parts[0].delivery.unwrap()).waits_for, [creation.delivery.unwrap()]);
}
