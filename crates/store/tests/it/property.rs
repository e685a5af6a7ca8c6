//! Whatever happens in whatever order, in whatever groups and with whatever restarts: the store agrees with the model.

use std::collections::HashMap;

use proptest::prelude::*;
use store::{
    Accept, Accepted, Begin, Begun, Behind, Bind, Command, Confirm, ContactState, DeliveryId, DeliveryState,
    Discard, Filed, NewDelivery, OnConflict, Operated, Outcome, Remember, Replace, Retry, Role, Settle,
    Settled, Sight, Start, Verdict,
};

use crate::model::{Act, Came, Look, Model, PUT_OFF, is_open};
use crate::world::{World, at, note};

const ALIASES: u8 = 5;
const CASES: u32 = 96;
const ACTS: usize = 100;

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::CreatesContact), Just(Role::NeedsContact), Just(Role::Independent)]
}

fn aliases() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..ALIASES, 0..3)
}

fn act() -> impl Strategy<Value = Act> {
    let id = || 1..8_usize;
    let came = prop_oneof![
        4 => (prop::option::of(0..3_u8), any::<bool>()).prop_map(|(remote, confirm)| Came::Done { remote, confirm }),
        2 => Just(Came::Again),
        2 => Just(Came::Unknown),
        1 => Just(Came::NeedsAttention),
    ];
    let look = prop_oneof![Just(Look::Seen), Just(Look::Missed), Just(Look::Resend), Just(Look::GiveUp)];
    let behind = prop_oneof![Just(Behind::Release), Just(Behind::Discard)];
    prop_oneof![
        10 => (0..6_u8, 0..3_u8, aliases(), role(), prop::bool::weighted(0.2), any::<bool>()).prop_map(
            |(key, content, aliases, role, faulty, keep)| Act::Accept { key, content, aliases, role, faulty, keep }
        ),
        6 => id().prop_map(|id| Act::Begin { id }),
        6 => (id(), came).prop_map(|(id, came)| Act::Settle { id, came }),
        3 => (id(), look).prop_map(|(id, look)| Act::Confirm { id, look }),
        2 => (0..ALIASES, 0..3_u8, aliases()).prop_map(|(alias, remote, aliases)| Act::Bind { alias, remote, aliases }),
        2 => (0..3_u8, aliases()).prop_map(|(remote, aliases)| Act::Remember { remote, aliases }),
        3 => id().prop_map(|id| Act::Retry { id }),
        3 => (id(), behind).prop_map(|(id, behind)| Act::Discard { id, behind }),
        3 => (id(), 0..3_u8, aliases(), role(), any::<bool>()).prop_map(
            |(id, content, aliases, role, faulty)| Act::Replace { id, content, aliases, role, faulty }
        ),
        1 => Just(Act::Restart),
    ]
}

fn delivery_id(id: usize) -> DeliveryId {
    format!("d-{id}").parse().unwrap()
}

fn starting(faulty: bool) -> Start {
    if faulty { Start::NeedsAttention(note("faulty")) } else { Start::Due }
}

/// The command for an act; `None` where there is nothing to say.
fn command(world: &World, act: &Act, now: i64) -> Option<Command> {
    let hashes =
        |aliases: &[u8]| aliases.iter().map(|alias| world.alias(&alias.to_string())).collect::<Vec<_>>();
    let content = |content: u8| world.database.keys().content(1, &[content]);
    let new_contact_id = format!("c{now}");
    let at_now = at(now);
    Some(match act {
        Act::Accept { key, content: said, aliases, role, faulty, keep } => Command::Accept(Accept {
            at: at_now,
            content: content(*said),
            contact: hashes(aliases),
            delivery: Some(NewDelivery { kind: "send", start: starting(*faulty), role: *role }),
            on_conflict: if *keep { OnConflict::KeepForAttention } else { OnConflict::Refuse },
            new_contact_id,
            ..world.saying(&key.to_string(), *role, &[])
        }),
        Act::Begin { id } => Command::Begin(Begin { id: delivery_id(*id), at: at_now }),
        Act::Settle { id, came } => {
            Command::Settle(Settle { id: delivery_id(*id), at: at_now, outcome: outcome(*came, now) })
        }
        Act::Confirm { id, look } => {
            let sight = match look {
                Look::Seen => Sight::Seen,
                Look::Missed => Sight::Missed { next: at(now + PUT_OFF) },
                Look::Resend => Sight::Resend,
                Look::GiveUp => Sight::GiveUp(note("notSeen")),
            };
            Command::Confirm(Confirm { id: delivery_id(*id), at: at_now, sight })
        }
        Act::Bind { alias, remote, aliases } => {
            let contact = world.reader.contact_by_alias(&world.alias(&alias.to_string())).unwrap()?.key;
            Command::Bind(Bind {
                contact,
                remote_id: remote.to_string(),
                aliases: hashes(aliases),
                at: at_now,
            })
        }
        Act::Remember { remote, aliases } => Command::Remember(Remember {
            remote_id: remote.to_string(),
            aliases: hashes(aliases),
            new_contact_id,
            profile: Vec::new(),
            at: at_now,
        }),
        Act::Retry { id } => {
            Command::Retry(Retry { id: delivery_id(*id), at: at_now, by: "anna".to_owned() })
        }
        Act::Discard { id, behind } => Command::Discard(Discard {
            id: delivery_id(*id),
            at: at_now,
            by: "anna".to_owned(),
            reason: "test".to_owned(),
            behind: *behind,
        }),
        Act::Replace { id, content: said, aliases, role, faulty } => Command::Replace(Replace {
            id: delivery_id(*id),
            at: at_now,
            by: "anna".to_owned(),
            content: content(*said),
            body: Vec::new(),
            frozen: Vec::new(),
            contact: hashes(aliases),
            new_contact_id,
            start: starting(*faulty),
            role: *role,
        }),
        Act::Restart => return None,
    })
}

fn outcome(came: Came, now: i64) -> Outcome {
    let due = at(now + PUT_OFF);
    match came {
        Came::Done { remote, confirm } => Outcome::Done {
            remote_id: remote.map(|remote| remote.to_string()),
            confirm_due: confirm.then_some(due),
        },
        Came::Again => Outcome::Again { due, note: note("again") },
        Came::Unknown => Outcome::Unknown { due, note: note("unknown") },
        Came::NeedsAttention => Outcome::NeedsAttention(note("odd")),
    }
}

fn number(id: DeliveryId) -> usize {
    id.to_string()[2..].parse().unwrap()
}

/// A verdict in the model's words.
fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accept(Accepted::New(filed)) => format!("new {}", filed_words(filed)),
        Verdict::Accept(Accepted::Repeated(filed)) => format!("repeated {}", filed_words(filed)),
        Verdict::Accept(Accepted::Conflict { kept: None, .. }) => "conflict".to_owned(),
        Verdict::Accept(Accepted::Conflict { kept: Some(filed), .. }) => {
            format!("conflict, kept {}", filed_words(filed))
        }
        Verdict::Begin(Begun::Go(n)) => format!("go {n}"),
        Verdict::Begin(Begun::Gone) | Verdict::Settle(Settled::Gone) => "gone".to_owned(),
        Verdict::Settle(Settled::Settled) => "settled".to_owned(),
        Verdict::Bind(contact) | Verdict::Remember(contact) => contact_words(Some(contact)),
        Verdict::Operate(Operated::Done) => "done".to_owned(),
        Verdict::Operate(Operated::NotFound) => "notFound".to_owned(),
        Verdict::Operate(Operated::Refused { state, may_have_landed }) => {
            format!("refused {state:?} {may_have_landed}")
        }
        other => panic!("nobody asked for {other:?}"),
    }
}

fn filed_words(filed: &Filed) -> String {
    format!("{:?} {}", filed.delivery.map(number), contact_words(filed.contact.as_ref()))
}

fn contact_words(contact: Option<&ContactState>) -> String {
    let Some(ContactState { public_id, remote_id, creation, .. }) = contact else {
        return "nobody".to_owned();
    };
    let remote: Option<u8> = remote_id.as_ref().map(|id| id.parse().unwrap());
    format!("{public_id} {remote:?} {:?}", creation.map(number))
}

fn assert_agrees(world: &World, model: &Model) {
    let mut counts: HashMap<DeliveryState, u64> = HashMap::new();
    for (id, owed) in &model.owed {
        let row = world.row(delivery_id(*id));
        *counts.entry(row.state).or_default() += 1;
        assert_eq!(row.state, owed.state, "state of {id}");
        assert_eq!(row.due, owed.due.map(at), "due of {id}");
        assert_eq!(row.attempts, owed.attempts, "attempts of {id}");
        let may_have_landed = owed.landed.is_some() || owed.state == DeliveryState::InFlight;
        assert_eq!(row.may_have_landed, may_have_landed, "doubt of {id}");
        let waits_for: Vec<usize> = row.waits_for.into_iter().map(number).collect();
        assert_eq!(waits_for, model.waits_for(*id), "edges of {id}");
        let public_id = model.person_of(*id).map(|person| model.public_id(person).to_owned());
        assert_eq!(row.contact.map(|contact| contact.public_id), public_id, "contact of {id}");
    }
    assert_queue_agrees(world, model);
    let counted = world.reader.counts().unwrap().into_iter().map(|count| (count.state, count.count));
    assert_eq!(counted.collect::<HashMap<_, _>>(), counts);
    for alias in 0..ALIASES {
        let contact = world.reader.contact_by_alias(&world.alias(&alias.to_string())).unwrap();
        let public_id = model.of_alias(alias).map(|person| model.public_id(person).to_owned());
        assert_eq!(contact.map(|contact| contact.public_id), public_id, "owner of {alias}");
    }
}

fn assert_queue_agrees(world: &World, model: &Model) {
    let free = model.owed.iter().filter(|(id, _)| model.waits_for(**id).is_empty());
    let mut due: Vec<_> =
        free.filter_map(|(id, owed)| Some((owed.due?, *id, owed.failures, owed.landed))).collect();
    due.sort_unstable();
    let page = world.reader.due(at(1_000_000), 1_000).unwrap().due.into_iter();
    let shown: Vec<_> = page.map(|due| (number(due.id), due.failures, due.unknown_since)).collect();
    let expected: Vec<_> =
        due.into_iter().map(|(_, id, failures, landed)| (id, failures, landed.map(at))).collect();
    assert_eq!(shown, expected, "what is due");
    let contacts = world.reader.unconfirmed(at(1_000_000), 30, 30).unwrap().into_iter();
    let mut awaited: Vec<_> = contacts.flat_map(|contact| contact.deliveries).map(|d| number(d.id)).collect();
    awaited.sort_unstable();
    let expected = model.owed.iter().filter(|(_, owed)| owed.awaited).map(|(id, _)| *id);
    assert_eq!(awaited, expected.collect::<Vec<_>>(), "what is to be seen");
    let open = model.owed.values().any(|owed| is_open(owed.state));
    assert_eq!(world.reader.oldest_undelivered().unwrap().is_some(), open);
}

/// Runs acts, each with whether its group ends with it.
fn run(acts: Vec<(Act, bool)>) {
    let mut world = World::new();
    let mut model = Model::default();
    let mut group: Vec<(Command, String)> = Vec::new();
    for (now, (act, ends)) in (1..).zip(acts) {
        // A restart ends a group, and so does what must be looked up before it can be said.
        if matches!(act, Act::Restart | Act::Bind { .. }) {
            commit(&mut world, &model, &mut group);
        }
        if let Some(command) = command(&world, &act, now) {
            group.push((command, model.apply(&act, now)));
        }
        if matches!(act, Act::Restart) {
            model.apply(&act, now);
            world = world.restart(at(now));
        }
        if ends {
            commit(&mut world, &model, &mut group);
        }
    }
    commit(&mut world, &model, &mut group);
    assert_eq!(world.reader.check().unwrap(), [""; 0]);
}

fn commit(world: &mut World, model: &Model, group: &mut Vec<(Command, String)>) {
    let (commands, expected): (Vec<_>, Vec<_>) = group.drain(..).unzip();
    let verdicts = world.database.commit(&commands).unwrap();
    let said: Vec<_> = verdicts.into_iter().map(|verdict| words(&verdict.unwrap())).collect();
    assert_eq!(said, expected, "verdicts of {commands:?}");
    assert_agrees(world, model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_agrees_with_the_model(acts in prop::collection::vec((act(), prop::bool::weighted(0.6)), 1..ACTS)) {
        run(acts);
    }
}
