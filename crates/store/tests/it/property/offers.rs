//! What is drawn, said and compared of what comes along, of offers and of checkouts.

use proptest::prelude::*;
use store::{About, Along, Exposure, FindContact, Hold, HoldOffer, NewDelivery, Role, Way};

use super::{dealings, hash, names, role, starting};
use crate::model::{Alonging, Holding, Model, NAMES, remote_id};
use crate::world::{World, at};

/// Keys of what comes along.
const ALONGS: u8 = 6;
/// Words that are said once.
const WORDS: u8 = 2;
/// Ids of offers in Engage.
pub(super) const REMOTE_OFFERS: u8 = 2;
const CHECKOUTS: u8 = 3;
const BUCKET: &str = "bucket";

/// What comes along, wherever what it undoes comes to.
#[derive(Debug, Clone)]
pub(super) struct AlongWish {
    along: Alonging,
    undoes: Option<usize>,
}

/// What a document is about: often the same, so that much comes together.
fn about() -> impl Strategy<Value = (usize, Way)> {
    (prop_oneof![1 => Just(0), 1 => 0..NAMES.len()], way())
}

/// What a document that comes along with none is about, and the role it has then.
pub(super) fn about_in_role() -> impl Strategy<Value = (Option<(usize, Way)>, Role)> {
    let plain = prop_oneof![2 => Just(Role::NeedsContact), 1 => Just(Role::Independent)];
    prop_oneof![
        10 => role().prop_map(|role| (None, role)),
        4 => (about().prop_map(Some), plain),
        1 => (about().prop_map(Some), role()),
    ]
}

pub(super) fn word() -> impl Strategy<Value = Option<u8>> {
    prop::option::weighted(0.1, 0..WORDS)
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![2 => Just(Way::InTurn), 2 => Just(Way::Replaces), 3 => Just(Way::Follows)]
}

fn along() -> impl Strategy<Value = AlongWish> {
    let role = prop_oneof![6 => Just(Role::NeedsContact), 3 => Just(Role::Independent), 1 => role()];
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.9), any::<bool>(), any::<bool>());
    let of = (prop::option::weighted(0.8, about()), prop::option::weighted(0.25, 0..8_usize));
    let said = (prop::option::weighted(0.2, 0..WORDS), prop::option::weighted(0.3, 1..9_u8));
    (0..ALONGS, role, flags, of, said).prop_map(
        |(key, role, (faulty, owes, uses, first), (about, undoes), (once, risk))| AlongWish {
            along: Alonging { key, role, faulty, owes, about, uses, once, first, undoes: None, risk },
            undoes,
        },
    )
}

pub(super) fn alongs(most: usize) -> impl Strategy<Value = Vec<AlongWish>> {
    prop::collection::vec(along(), 0..=most)
}

pub(super) fn checkout() -> impl Strategy<Value = Option<u8>> {
    prop::option::weighted(0.4, 0..CHECKOUTS)
}

pub(super) fn holding() -> impl Strategy<Value = Holding> {
    let offers = prop::collection::vec((0..NAMES.len(), prop::option::weighted(0.5, 1..9_u8)), 0..3);
    (0..CHECKOUTS, names(), offers, 0..60_i64).prop_map(|(key, names, offers, lasts)| Holding {
        key,
        names,
        offers,
        lasts,
    })
}

pub(super) fn key() -> impl Strategy<Value = u8> {
    0..CHECKOUTS
}

/// What a wish comes to by now.
pub(super) fn alonging(model: &Model, wishes: &[AlongWish]) -> Vec<Alonging> {
    let abouts: Vec<usize> = model.offers.abouts.keys().copied().collect();
    let undone = |any: usize| abouts.get(any.checked_rem(abouts.len())?).copied();
    let come_to = |AlongWish { along, undoes }: &AlongWish| Alonging {
        undoes: undoes.and_then(undone),
        ..along.clone()
    };
    wishes.iter().map(come_to).collect()
}

/// What a document is about, in the store's terms.
pub(super) fn named((name, way): (usize, Way)) -> About {
    About { name: NAMES[name].to_owned(), way }
}

fn exposure(risk: Option<u8>) -> Option<Exposure> {
    risk.map(|risk| Exposure { bucket: BUCKET.to_owned(), amount: i64::from(risk) })
}

/// The same in the store's terms.
pub(super) fn said(world: &World, model: &Model, alongs: &[Alonging]) -> Vec<Along> {
    let one = |along: &Alonging| Along {
        kind: "along",
        key: along.key(),
        body: b"along".to_vec(),
        frozen: b"along".to_vec(),
        delivery: along.owes.then(|| NewDelivery {
            kind: "call",
            start: starting(along.faulty),
            role: along.role,
        }),
        about: along.about.map(named),
        uses: along.uses,
        once: along.once.map(|word| word.to_string()),
        goes_first: along.first,
        undoes: along.undoes.map(|id| dealings::document_id(world, model, id)),
        exposure: exposure(along.risk),
    };
    alongs.iter().map(one).collect()
}

pub(super) fn hold(world: &World, holding: &Holding, now: i64) -> Hold {
    let Holding { key, names, offers, lasts } = holding;
    Hold {
        at: at(now),
        key: key.to_string(),
        store: "store03".to_owned(),
        body: b"basket".to_vec(),
        frozen: b"basket".to_vec(),
        contact: names.iter().map(|name| hash(world, name)).collect(),
        new_contact_id: format!("c{now}"),
        until: at(now + lasts),
        offers: offers
            .iter()
            .map(|(name, risk)| HoldOffer { name: NAMES[*name].to_owned(), exposure: exposure(*risk) })
            .collect(),
    }
}

pub(super) fn assert_offers_agree(world: &World, model: &Model) {
    for moment in [0, 60] {
        assert_rows_agree(world, model, moment);
        assert_checkouts_agree(world, model, moment);
        assert_eq!(world.reader.exposed(BUCKET, at(moment)).unwrap(), model.exposed(moment), "at {moment}");
    }
    assert_subjects_agree(world, model);
    let rows = world.reader.exposures(None, 10).unwrap();
    let risks = model.risks();
    let sum = |of: fn(&&(bool, i64)) -> bool| risks.iter().filter(of).map(|(_, risk)| risk).sum::<i64>();
    let told = rows.first().map_or((0, 0, 0), |row| (row.open, row.all, row.count));
    assert_eq!(told, (sum(|(is_owed, _)| *is_owed), sum(|_| true), risks.len() as u64));
    for person in 0..model.people.count() {
        let find = FindContact::Id(model.people.own_public_id(person).to_owned());
        for word in 0..WORDS {
            let said = world.reader.once(&find, &word.to_string()).unwrap();
            let expected = model.said_once(Some(person), Some(word));
            assert_eq!(
                said,
                expected.map(|id| dealings::document_id(world, model, id)),
                "{word} of {person}"
            );
        }
    }
}

fn assert_rows_agree(world: &World, model: &Model, moment: i64) {
    let ids = (0..REMOTE_OFFERS).map(remote_id);
    for name in NAMES.into_iter().map(str::to_owned).chain(ids) {
        let row = world.reader.offers(std::slice::from_ref(&name), at(moment)).unwrap().pop();
        let Some(offer) = model.offers.find(&name) else {
            assert_eq!(row, None, "{name}");
            continue;
        };
        let (row, expected) = (row.unwrap_or_else(|| panic!("there is no {name}")), model.offers.get(offer));
        assert_eq!(row.name, expected.name);
        assert_eq!(row.remote_id, expected.remote.map(remote_id), "id of {name}");
        let user = row.used_by.map(|used| used.key);
        let expected = model.used_by(offer).map(|id| model.documents()[id - 1].key.clone());
        assert_eq!(user, expected, "who uses {name}");
        let holder = row.held_by.map(|held| held.checkout);
        assert_eq!(
            holder,
            model.offers.held_by(offer, moment).map(|key| key.to_string()),
            "who holds {name}"
        );
    }
}

fn assert_subjects_agree(world: &World, model: &Model) {
    for name in NAMES {
        let rows = world.reader.about(name).unwrap();
        let told: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let public_id = row.contact.map(|contact| contact.public_id);
                let state = row.delivery.map(|delivery| delivery.state);
                (row.key, row.way, row.undone, row.body.is_some(), state, public_id, row.leader)
            })
            .collect();
        let of_subject = model.offers.find(name).map(|subject| model.about_subject(subject));
        let expected = of_subject.unwrap_or_default().into_iter().map(|id| {
            let (document, about) = (&model.documents()[id - 1], &model.offers.abouts[&id]);
            let leader = about.leader.map(|leader| model.documents()[leader - 1].key.clone());
            let leader = leader.map(|key| (dealings::kind(&key).to_owned(), key));
            let state = model.owed.get(&id).map(|owed| owed.state);
            let public_id = model.person_about(id).map(|person| model.people.get(person).public.clone());
            (document.key.clone(), about.way, about.undone, document.has_body, state, public_id, leader)
        });
        assert_eq!(told, expected.collect::<Vec<_>>(), "what is about {name}");
    }
}

fn assert_checkouts_agree(world: &World, model: &Model, moment: i64) {
    for key in 0..CHECKOUTS {
        let row = world.reader.checkout(&key.to_string(), at(moment)).unwrap();
        assert_eq!(row.as_ref().map(|row| row.state), model.offers.state(key, moment), "checkout {key}");
        let Some(row) = row else { continue };
        let expected = &model.offers.checkouts[&key];
        assert_eq!(
            (row.body.is_some(), row.frozen.is_some()),
            (expected.has_body, expected.has_body),
            "{key}"
        );
        let paid_by = expected.paid_by.map(|id| model.documents()[id - 1].key.clone());
        assert_eq!(row.paid_by, paid_by, "who paid {key}");
        let person = expected.person.map(|person| model.people.get(person).public.clone());
        assert_eq!(row.contact.map(|contact| contact.public_id), person, "whose checkout {key} is");
    }
}
