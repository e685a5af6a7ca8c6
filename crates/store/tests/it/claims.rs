//! Sales by nobody that turn out to be somebody's.

use store::{Accept, Accepted, Claim, Filed, NewDelivery, Operated, Role, Start, Verdict, With};

use crate::world::{World, at, forgotten, note};

/// A sale by nobody, withheld.
fn anonymous(world: &mut World, key: &str) -> Filed {
    withheld(world, Accept { delivery: None, ..world.saying(key, Role::Independent, &[]) })
}

fn withheld(world: &mut World, said: Accept) -> Filed {
    match world.accept(Accept { delivery: None, ..said }) {
        Accepted::New(filed) => filed,
        other => panic!("{other:?}"),
    }
}

fn claim(world: &World, key: &str) -> Claim {
    let sale = world.sale(key);
    Claim {
        document: sale.id,
        seen: sale.seen(),
        frozen: Some(format!("claimed {key}").into_bytes()),
        delivery: Some(NewDelivery { kind: "send", start: Start::Due, role: Role::NeedsContact }),
    }
}

/// Somebody says that these are hers.
fn claiming(world: &World, key: &str, who: &[&str], claims: Vec<Claim>) -> Accept {
    let with = With { claims, ..With::default() };
    Accept { at: at(20), delivery: None, with, ..world.saying(key, Role::Independent, who) }
}

#[test]
fn a_claim_gives_a_sale_to_somebody_and_sends_it() {
    let mut world = World::new();
    let sale = anonymous(&mut world, "sale");
    let creation = world.owe("creation", Role::CreatesContact, &["a"]);
    let said = claiming(&world, "claim", &["a"], vec![claim(&world, "sale")]);
    let Accepted::New(filed) = world.accept(said.clone()) else { panic!() };
    assert_eq!(filed.contact.unwrap().key, world.contact("a").unwrap().key);
    let row = world.document("sale");
    assert_eq!(
        (row.id, row.body, row.frozen),
        (sale.document, Some(b"body of sale".to_vec()), Some(b"claimed sale".to_vec()))
    );
    let delivery = row.delivery.unwrap();
    assert_eq!((delivery.due, delivery.waits_for), (Some(at(20)), vec![creation]));
    assert_eq!(row.contact.map(|contact| contact.key), world.contact("a").map(|contact| contact.key));
    // The body is on no list of what nothing needs, whenever that is looked at.
    assert_eq!(world.reader.expired(at(999), 10).unwrap().len(), 1, "the claim's own");
    assert!(matches!(world.accept(said), Accepted::Repeated(_)));
}

#[test]
fn a_claim_releases_the_returns_of_the_sale_behind_it() {
    let mut world = World::new();
    anonymous(&mut world, "sale");
    for key in ["r1", "r2"] {
        let said = world.returning(key, "sale", "one");
        withheld(&mut world, said);
    }
    let drawn = world.sale("sale").drawn;
    assert!(drawn.iter().all(|drawn| !drawn.contact && drawn.delivery.is_none()), "{drawn:?}");
    let claims = ["r2", "sale", "r1"].map(|key| claim(&world, key)).to_vec();
    let said = claiming(&world, "claim", &["a"], claims);
    assert!(matches!(world.accept(said), Accepted::New(_)));
    let [sale, r1, r2] = ["sale", "r1", "r2"].map(|key| world.document(key).delivery.unwrap());
    assert_eq!((sale.waits_for, r1.waits_for, r2.waits_for), (vec![], vec![sale.id], vec![sale.id]));
    assert_eq!(world.due(at(20)), [sale.id]);
    world.done(sale.id, at(21));
    assert_eq!(world.due(at(22)), [r1.id, r2.id]);
}

#[test]
fn what_is_somebodys_meanwhile_or_was_drawn_on_is_claimed_by_nobody_else() {
    let mut world = World::new();
    anonymous(&mut world, "sale");
    let early = claiming(&world, "early", &["b"], vec![claim(&world, "sale")]);
    let back = world.returning("back", "sale", "one");
    withheld(&mut world, back);
    assert_eq!(world.accept(early), Accepted::Overtaken);
    assert_eq!(world.contact("b"), None);
    let both = ["a", "b"].map(|who| {
        let key = format!("claim by {who}");
        store::Command::Accept(claiming(&world, &key, &[who], vec![claim(&world, "sale")]))
    });
    let verdicts = world.database.commit(&both).unwrap();
    assert!(matches!(verdicts[0], Ok(Verdict::Accept(Accepted::New(_)))), "{verdicts:?}");
    assert!(matches!(verdicts[1], Ok(Verdict::Accept(Accepted::Overtaken))), "{verdicts:?}");
    let late = claiming(&world, "late", &["b"], vec![claim(&world, "sale")]);
    assert_eq!(world.accept(late), Accepted::Overtaken);
}

#[test]
fn a_claim_mends_what_needs_attention_but_nothing_that_has_ended() {
    let mut world = World::new();
    let mut odd = world.saying("sale", Role::Independent, &[]);
    odd.delivery = odd.delivery.map(|said| NewDelivery { start: Start::NeedsAttention(note("odd")), ..said });
    let Accepted::New(odd) = world.accept(odd) else { panic!() };
    let id = odd.delivery.unwrap();
    let back = world.give_back("back", "sale", "one").delivery.unwrap();
    world.discard(id, at(10));
    let said = claiming(&world, "early", &["a"], vec![claim(&world, "sale")]);
    assert_eq!(world.accept(said), Accepted::Overtaken);
    assert_eq!(world.retry(id, at(11)), Operated::Done);
    let nothing_owed = Claim { delivery: None, ..claim(&world, "sale") };
    let said = claiming(&world, "early", &["a"], vec![nothing_owed]);
    assert_eq!(world.accept(said), Accepted::Overtaken);
    let said = claiming(&world, "claim", &["a"], vec![claim(&world, "sale")]);
    assert!(matches!(world.accept(said), Accepted::New(_)));
    assert_eq!(
        world.row(id).contact.map(|contact| contact.key),
        world.contact("a").map(|contact| contact.key)
    );
    assert_eq!((world.due(at(20)), world.row(back).waits_for), (vec![id], vec![id]));
}

#[test]
fn a_claim_by_nobody_or_by_somebody_who_was_forgotten_gives_nothing_away() {
    let mut world = World::new();
    anonymous(&mut world, "sale");
    world.owe("creation", Role::CreatesContact, &["a"]);
    let id = world.contact("a").unwrap().public_id;
    forgotten(&mut world, "a", 5);
    let mut said = claiming(&world, "claim", &[], vec![claim(&world, "sale")]);
    assert!(matches!(world.accept(said.clone()), Accepted::New(_)));
    (said.key, said.contact) = ("another".to_owned(), vec![world.database.keys().contact_id(&id)]);
    let Accepted::New(filed) = world.accept(said) else { panic!() };
    assert_eq!(filed.contact, None);
    let row = world.document("sale");
    assert_eq!((row.contact, row.delivery), (None, None));
    assert_eq!(row.body, Some(b"body of sale".to_vec()));
}

#[test]
fn what_was_claimed_is_forgotten_with_whom_it_was_given_to() {
    let mut world = World::new();
    anonymous(&mut world, "sale");
    world.owe("other", Role::NeedsContact, &["a"]);
    let contact = world.contact("a").unwrap();
    let held = world.reader.held_about(contact.key).unwrap();
    // She is looked at before she claims, and forgotten after it.
    let said = claiming(&world, "claim", &["a"], vec![claim(&world, "sale")]);
    assert!(matches!(world.accept(said), Accepted::New(_)));
    assert_eq!(world.reader.held_about(contact.key).unwrap().documents.len(), 3);
    let forget = world.forgetting(&held, "deletion", true, at(30));
    world.forget(forget);
    let row = world.document("sale");
    assert_eq!((row.body, row.frozen), (None, None));
    assert_eq!(row.delivery.unwrap().note.unwrap().code, "contactForgotten");
}
