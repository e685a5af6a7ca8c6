//! What is drawn, said and compared of draws, parts, claims, voids and retention.

use proptest::prelude::*;
use store::{
    AlongRow, Claim, Condense, Condensed, DocumentId, DocumentRow, NewDelivery, Part, Role, Seen, Standing,
    Void, With,
};

use super::offers::{self, AlongWish};
use super::{hash, hint, names, role, starting};
use crate::model::{Claiming, Dealings, Drawing, Listed, Model, Parting, Voiding, is_shortened};
use crate::people::Name;
use crate::world::{DELETION, World, at};

/// A document by any number, and whether it was read when something about it was otherwise.
#[derive(Debug, Clone, Copy)]
struct Pick {
    any: usize,
    stale: bool,
}

#[derive(Debug, Clone)]
struct PartWish {
    like: Option<usize>,
    names: Vec<Name>,
    hints: Vec<u8>,
    role: Role,
    faulty: bool,
    owes: bool,
    draws: Vec<Pick>,
    along: Vec<AlongWish>,
}

/// What is wished to be done with a document; whichever others are meant is decided when it is said.
#[derive(Debug, Clone, Default)]
pub(super) struct Wish {
    like: Option<usize>,
    draws: Vec<Pick>,
    parts: Vec<PartWish>,
    claims: Vec<(Pick, Role, bool, bool)>,
    voids: Vec<(Pick, PartWish, Vec<AlongWish>)>,
    along: Vec<AlongWish>,
    checkout: Option<u8>,
}

impl Wish {
    /// Whether nothing is wished that names another document.
    pub(super) fn is_empty(&self) -> bool {
        let Self { like, draws, parts, claims, voids, along, checkout: _ } = self;
        let nothing = like.is_none() && draws.is_empty() && parts.is_empty() && claims.is_empty();
        nothing && voids.is_empty() && along.is_empty()
    }
}

fn pick() -> impl Strategy<Value = Pick> {
    (0..12_usize, prop::bool::weighted(0.05)).prop_map(|(any, stale)| Pick { any, stale })
}

fn receipt_role() -> impl Strategy<Value = Role> {
    prop_oneof![3 => Just(Role::NeedsContact), 2 => Just(Role::Independent), 1 => role()]
}

fn part() -> impl Strategy<Value = PartWish> {
    let like = prop::option::weighted(0.5, 0..12_usize);
    let hints = prop::collection::vec(0..super::HINTS, 0..2);
    let draws = prop::collection::vec(pick(), 0..2);
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.8));
    (like, names(), hints, receipt_role(), flags, draws, offers::alongs(1)).prop_map(
        |(like, names, hints, role, (faulty, owes), draws, along)| PartWish {
            along,
            like,
            names,
            hints,
            role,
            faulty,
            owes,
            draws,
        },
    )
}

pub(super) fn wish() -> impl Strategy<Value = Wish> {
    let like = prop::option::weighted(0.5, 0..12_usize);
    let claim = (pick(), receipt_role(), prop::bool::weighted(0.2), prop::bool::weighted(0.8));
    let draws = prop::collection::vec(pick(), 0..3);
    let parts = prop::collection::vec(part(), 0..2);
    let claims = prop::collection::vec(claim, 0..3);
    let voids = prop::collection::vec((pick(), part(), offers::alongs(2)), 0..2);
    let along = (offers::alongs(3), offers::checkout());
    let dealings = prop_oneof![
        3 => (like, draws).prop_map(|(like, draws)| Wish { like, draws, ..Wish::default() }),
        2 => parts.prop_map(|parts| Wish { parts, ..Wish::default() }),
        2 => claims.prop_map(|claims| Wish { claims, ..Wish::default() }),
        2 => voids.prop_map(|voids| Wish { voids, ..Wish::default() }),
        5 => along.prop_map(|(along, checkout)| Wish { along, checkout, ..Wish::default() }),
    ];
    prop_oneof![1 => Just(Wish::default()), 1 => dealings]
}

/// A receipt, whichever the number comes to.
fn chosen(model: &Model, any: usize) -> Option<usize> {
    let is_receipt = |id: &usize| !model.documents()[id - 1].key.starts_with(DELETION);
    let receipts: Vec<usize> = (1..=model.documents().len()).filter(is_receipt).collect();
    receipts.get(any.checked_rem(receipts.len())?).copied()
}

fn drawings(model: &Model, picks: &[Pick]) -> Vec<Drawing> {
    let mut drawings: Vec<Drawing> = Vec::new();
    for pick in picks {
        let Some(on) = chosen(model, pick.any) else { continue };
        if drawings.iter().all(|drawing| drawing.on != on) {
            drawings.push(Drawing { on, seen: seen(model, on, pick.stale) });
        }
    }
    drawings
}

fn seen(model: &Model, id: usize, stale: bool) -> crate::model::Seen {
    let mut seen = model.seen(id);
    match (stale, seen.drawn_by.pop()) {
        (false, last) => seen.drawn_by.extend(last),
        (true, Some(_)) => {}
        (true, None) => seen.contact = !seen.contact,
    }
    seen
}

fn parting(model: &Model, wish: &PartWish) -> Parting {
    let PartWish { like, names, hints, role, faulty, owes, draws, along } = wish.clone();
    let along = offers::alonging(model, &along);
    let like = like.and_then(|any| chosen(model, any));
    Parting { names, like, hints, role, faulty, owes, draws: drawings(model, &draws), along }
}

/// What a wish comes to by now.
pub(super) fn dealings(model: &Model, wish: &Wish) -> Dealings {
    let mut claims: Vec<Claiming> = Vec::new();
    for (pick, role, faulty, owes) in &wish.claims {
        let Some(of) = chosen(model, pick.any) else { continue };
        if claims.iter().all(|claim| claim.of != of) {
            let seen = seen(model, of, pick.stale);
            claims.push(Claiming { of, seen, role: *role, faulty: *faulty, owes: *owes });
        }
    }
    let voids = wish.voids.iter().filter_map(|(pick, part, along)| {
        let of = chosen(model, pick.any)?;
        let (compensation, along) = (parting(model, part), offers::alonging(model, along));
        Some(Voiding { of, seen: seen(model, of, pick.stale), compensation, along })
    });
    Dealings {
        like: wish.like.and_then(|any| chosen(model, any)),
        draws: drawings(model, &wish.draws),
        parts: wish.parts.iter().map(|part| parting(model, part)).collect(),
        claims,
        voids: voids.collect(),
        along: offers::alonging(model, &wish.along),
        checkout: wish.checkout,
    }
}

pub(super) fn kind(key: &str) -> &'static str {
    match key {
        _ if key.starts_with(DELETION) => DELETION,
        _ if key.starts_with('a') => "along",
        _ => "receipt",
    }
}

fn document(world: &World, model: &Model, id: usize) -> DocumentRow {
    let key = &model.documents()[id - 1].key;
    world.reader.document(kind(key), key).unwrap().unwrap()
}

pub(super) fn document_id(world: &World, model: &Model, id: usize) -> DocumentId {
    document(world, model, id).id
}

/// The same in the store's terms; every document that it names is committed.
pub(super) fn with(world: &World, model: &Model, dealings: &Dealings, now: i64) -> With {
    let id = |id: usize| document_id(world, model, id);
    let seen = |seen: &crate::model::Seen| Seen {
        drawn_by: seen.drawn_by.iter().map(|by| id(*by)).collect(),
        contact: seen.contact,
        standing: seen.standing,
    };
    let draw = |drawing: &Drawing| store::Draw {
        on: id(drawing.on),
        seen: seen(&drawing.seen),
        what: drawing.on.to_string().into_bytes(),
    };
    let delivery = |owes: bool, role: Role, faulty: bool| {
        owes.then(|| NewDelivery { kind: "send", start: starting(faulty), role })
    };
    let part = |part: &Parting, suffix: &'static str, fresh: String| Part {
        suffix,
        body: b"part".to_vec(),
        frozen: b"part".to_vec(),
        contact: part.names.iter().map(|name| hash(world, name)).collect(),
        contact_of: part.like.map(id),
        hints: part.hints.iter().map(|of| hint(world, *of)).collect(),
        new_contact_id: fresh,
        delivery: delivery(part.owes, part.role, part.faulty),
        draws: part.draws.iter().map(draw).collect(),
        along: offers::said(world, model, &part.along),
    };
    With {
        contact_of: dealings.like.map(id),
        draws: dealings.draws.iter().map(draw).collect(),
        parts: (0..).zip(&dealings.parts).map(|(n, of)| part(of, "", format!("c{now}p{n}"))).collect(),
        claims: dealings
            .claims
            .iter()
            .map(|claim| Claim {
                document: id(claim.of),
                seen: seen(&claim.seen),
                frozen: Some(b"claimed".to_vec()),
                delivery: delivery(claim.owes, claim.role, claim.faulty),
            })
            .collect(),
        voids: (0..)
            .zip(&dealings.voids)
            .map(|(n, void)| Void {
                document: id(void.of),
                seen: seen(&void.seen),
                compensation: part(&void.compensation, "void", format!("c{now}v{n}")),
                along: offers::said(world, model, &void.along),
            })
            .collect(),
        along: offers::said(world, model, &dealings.along),
        checkout: dealings.checkout.map(|key| key.to_string()),
    }
}

/// What has expired by now, every other one shortened.
pub(super) fn condense(world: &World, model: &Model) -> Condense {
    let expired = world.reader.expired(at(1_000_000), 1_000).unwrap();
    let place = |key: &str| model.documents().iter().position(|document| document.key == key).unwrap();
    let short = || (b"short".to_vec(), b"short".to_vec());
    let condensed = expired.iter().map(|of| Condensed {
        document: of.document,
        since: of.since,
        form: is_shortened(place(&of.key) + 1).then(short),
    });
    Condense { documents: condensed.collect() }
}

pub(super) fn assert_documents_agree(world: &World, model: &Model) {
    let keys = |ids: Vec<usize>| -> Vec<String> {
        ids.into_iter().map(|id| model.documents()[id - 1].key.clone()).collect()
    };
    for (id, expected) in (1..).zip(model.documents()) {
        let (row, key) = (document(world, model, id), &expected.key);
        assert_eq!(row.body.is_some(), expected.has_body, "body of {key}");
        assert_eq!(row.frozen.is_some(), expected.has_body, "frozen form of {key}");
        let is_short = row.body.as_deref() == Some(b"short");
        let is_condensed = expected.has_body && expected.listed == Listed::Condensed;
        assert!(is_short || !is_condensed, "condensed form of {key}");
        assert_eq!(row.voided.is_some(), expected.voided, "whether {key} is voided");
        let whole = expected.part_of.map(|whole| model.documents()[whole - 1].key.clone());
        assert_eq!(row.part_of, whole, "what {key} is a part of");
        for (part, of) in row.parts.iter().zip(model.parts_of(id)) {
            assert_alongs_agree(model, of, &part.along);
        }
        let parts: Vec<String> = row.parts.into_iter().map(|part| part.key).collect();
        assert_eq!(parts, keys(model.parts_of(id)), "parts of {key}");
        let drawn: Vec<String> = row.drawn.into_iter().map(|drawn| drawn.key).collect();
        assert_eq!(drawn, keys(model.drawn_by(id)), "draws on {key}");
        assert_alongs_agree(model, id, &row.along);
        let sale = world.reader.sales(kind(key), std::slice::from_ref(key)).unwrap().pop();
        assert_eq!(sale.is_some(), expected.has_body, "{key} as a sale");
        if let Some(sale) = sale {
            let seen = model.seen(id);
            assert_eq!((sale.contact.is_some(), sale.standing), (seen.contact, seen.standing), "{key}");
            assert_eq!(sale.standing == Standing::Voided, expected.voided, "{key}");
        }
    }
}

fn assert_alongs_agree(model: &Model, leader: usize, rows: &[AlongRow]) {
    let told: Vec<_> = rows.iter().map(|row| (row.key.clone(), row.undone, row.about.clone())).collect();
    let expected = model.alongs_of(leader).into_iter().map(|id| {
        let key = model.documents()[id - 1].key.clone();
        (key, model.offers.abouts[&id].undone, model.offer_of(id))
    });
    assert_eq!(told, expected.collect::<Vec<_>>(), "what came along with {leader}");
}
