//! Whatever happens in whatever order, in whatever groups and with whatever restarts: the store agrees with the model.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use proptest::prelude::*;
use store::{
    Accept, Accepted, Alias, Begin, Begun, Behind, Bind, Command, Confirm, ContactState, DeliveryId,
    DeliveryState, Discard, DocumentId, Done, Expects, Filed, FindContact, Forgotten, Held, HeldAbout,
    NewDelivery, OnConflict, Operated, Outcome, Release, Released, Remember, Replace, Retry, Role, Settle,
    Settled, Sight, Start, Sweep, Verdict,
};

use crate::model::{
    Act, Came, Dealings, Expected, KEYS, Look, Model, PUT_OFF, SWEPT_AFTER, Saying, is_open, remote_id,
};
use crate::people::Name;
use crate::world::{DELETION, World, at, note};

mod dealings;
mod offers;

use dealings::{Wish, condense, with};

const ALIASES: u8 = 4;
const HINTS: u8 = 2;
const REMOTES: u8 = 3;
const CASES: u32 = 64;
const ACTS: usize = 120;

/// What is expected to be the last: a change by its number, or the last about the subject, perhaps as it was before.
#[derive(Debug, Clone, Copy)]
enum Expecting {
    Change(usize),
    About { stale: bool },
}

/// What is drawn. Whoever is named by a number is the one that the model has under it when it is said.
#[derive(Debug, Clone)]
enum Draw {
    Act(Act),
    Accept {
        saying: Saying,
        public: Option<usize>,
        expects: Option<Expecting>,
        wish: Wish,
    },
    Replace {
        act: Act,
        wish: Wish,
    },
    Bind {
        person: usize,
        remote: u8,
        names: Vec<Name>,
    },
    /// Somebody looks at all that is held about a person; whoever forgets them does so by what was last looked at.
    LookAt(usize),
    Forget {
        deletes_there: bool,
    },
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        3 => Just(Role::CreatesContact),
        3 => Just(Role::NeedsContact),
        3 => Just(Role::ChangesContact),
        1 => Just(Role::Independent)
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![6 => (0..ALIASES).prop_map(Name::Alias), 1 => (0..REMOTES).prop_map(Name::Remote)]
}

fn names() -> impl Strategy<Value = Vec<Name>> {
    prop::collection::vec(name(), 0..3)
}

fn saying() -> impl Strategy<Value = Saying> {
    let hints = prop::collection::vec(0..HINTS, 0..2);
    let flags = (prop::bool::weighted(0.2), any::<bool>(), prop::bool::weighted(0.8));
    let about = (offers::about_in_role(), offers::word());
    (0..KEYS, 0..3_u8, names(), hints, flags, about).prop_map(
        |(key, content, names, hints, (faulty, keep, owes), ((about, role), once))| Saying {
            key,
            content,
            names,
            hints,
            role,
            faulty,
            owes,
            keep,
            expects: Expected::Anything,
            about,
            once,
            with: Dealings::default(),
        },
    )
}

fn draw() -> impl Strategy<Value = Draw> {
    let id = || 1..12_usize;
    let learnt = prop::option::weighted(0.3, 0..offers::REMOTE_OFFERS);
    let came = prop_oneof![
        4 => (prop::option::of(0..REMOTES), any::<bool>(), any::<bool>(), learnt)
            .prop_map(|(remote, confirm, profile, offer)| Came::Done { remote, confirm, profile, offer }),
        2 => Just(Came::Again),
        2 => prop::option::of(any::<u8>()).prop_map(|mark| Came::Unknown { mark }),
        1 => Just(Came::NeedsAttention),
    ];
    let look = prop_oneof![Just(Look::Seen), Just(Look::Missed), Just(Look::Resend), Just(Look::GiveUp)];
    let behind = prop_oneof![Just(Behind::Release), Just(Behind::Discard)];
    let public = prop::option::weighted(0.15, 0..6_usize);
    let expects = prop_oneof![
        1 => (0..9_usize).prop_map(Expecting::Change),
        1 => prop::bool::weighted(0.4).prop_map(|stale| Expecting::About { stale }),
    ];
    let expects = prop::option::weighted(0.3, expects);
    prop_oneof![
        12 => (saying(), public, expects, dealings::wish())
            .prop_map(|(saying, public, expects, wish)| Draw::Accept { saying, public, expects, wish }),
        7 => (id(), prop::option::of(any::<u8>()))
            .prop_map(|(id, mark)| Draw::Act(Act::Begin { id, mark })),
        4 => offers::holding().prop_map(|holding| Draw::Act(Act::Hold(holding))),
        1 => offers::key().prop_map(|key| Draw::Act(Act::Release { key })),
        7 => (id(), came).prop_map(|(id, came)| Draw::Act(Act::Settle { id, came })),
        3 => (id(), look).prop_map(|(id, look)| Draw::Act(Act::Confirm { id, look })),
        2 => (0..6_usize, 0..REMOTES, names())
            .prop_map(|(person, remote, names)| Draw::Bind { person, remote, names }),
        2 => (0..REMOTES, names()).prop_map(|(remote, names)| Draw::Act(Act::Remember { remote, names })),
        3 => id().prop_map(|id| Draw::Act(Act::Retry { id })),
        3 => (id(), behind).prop_map(|(id, behind)| Draw::Act(Act::Discard { id, behind })),
        3 => (id(), 0..3_u8, names(), role(), any::<bool>(), dealings::wish()).prop_map(
            |(id, content, names, role, faulty, wish)| {
                let with = Dealings::default();
                Draw::Replace { act: Act::Replace { id, content, names, role, faulty, with }, wish }
            }
        ),
        2 => Just(Draw::Act(Act::Condense)),
        1 => Just(Draw::Act(Act::Sweep)),
        2 => (0..6_usize).prop_map(Draw::LookAt),
        2 => prop::bool::weighted(0.75).prop_map(|deletes_there| Draw::Forget { deletes_there }),
        1 => Just(Draw::Act(Act::Restart)),
    ]
}

fn delivery_id(id: usize) -> DeliveryId {
    format!("d-{id}").parse().unwrap()
}

fn starting(faulty: bool) -> Start {
    if faulty { Start::NeedsAttention(note("faulty")) } else { Start::Due }
}

fn hash(world: &World, name: &Name) -> Alias {
    match name {
        Name::Alias(alias) => world.alias(&alias.to_string()),
        Name::Public(id) => world.database.keys().contact_id(id),
        Name::Remote(id) => world.database.keys().contact_id(&id.to_string()),
    }
}

fn hint(world: &World, hint: u8) -> Alias {
    world.database.keys().alias("hint", &hint.to_string())
}

/// What was last looked at, and whom it is about.
struct Looked {
    held: HeldAbout,
    person: usize,
}

/// The command for an act.
fn command(world: &World, model: &Model, looked: Option<&Looked>, act: &Act, now: i64) -> Command {
    let hashes = |names: &[Name]| names.iter().map(|name| hash(world, name)).collect::<Vec<_>>();
    let content = |content: u8| world.database.keys().content(1, &[content]);
    let (new_contact_id, by) = (format!("c{now}"), "anna".to_owned());
    let at_now = at(now);
    match act {
        Act::Accept(saying) => Command::Accept(Accept {
            at: at_now,
            content: content(saying.content),
            contact: hashes(&saying.names),
            hints: saying.hints.iter().map(|of| hint(world, *of)).collect(),
            expects: match saying.expects {
                Expected::Anything => Expects::Anything,
                Expected::Change(last) => Expects::LastChange(last.map(delivery_id)),
                Expected::About(last) => {
                    Expects::LastAbout(last.map(|id| dealings::document_id(world, model, id)))
                }
            },
            delivery: saying.owes.then(|| NewDelivery {
                kind: "send",
                start: starting(saying.faulty),
                role: saying.role,
            }),
            on_conflict: if saying.keep { OnConflict::KeepForAttention } else { OnConflict::Refuse },
            new_contact_id,
            about: saying.about.map(offers::named),
            once: saying.once.map(|word| word.to_string()),
            with: with(world, model, &saying.with, now),
            ..world.saying(&saying.key(), saying.role, &[])
        }),
        Act::Begin { id, mark } => {
            let mark = mark.map(|mark| vec![mark]);
            Command::Begin(Begin { id: delivery_id(*id), at: at_now, mark })
        }
        Act::Hold(holding) => Command::Hold(offers::hold(world, holding, now)),
        Act::Release { key } => Command::Release(Release { key: key.to_string(), at: at_now }),
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
        Act::Bind { person, remote, names } => Command::Bind(Bind {
            contact: world.reader.contact_by_id(model.people.own_public_id(*person)).unwrap().unwrap().key,
            remote_id: remote.to_string(),
            aliases: hashes(names),
            at: at_now,
        }),
        Act::Remember { remote, names } => Command::Remember(Remember {
            remote_id: remote.to_string(),
            aliases: hashes(names),
            new_contact_id,
            profile: b"seen".to_vec(),
            at: at_now,
        }),
        Act::Retry { id } => Command::Retry(Retry { id: delivery_id(*id), at: at_now, by }),
        Act::Discard { id, behind } => {
            let (id, reason) = (delivery_id(*id), "test".to_owned());
            Command::Discard(Discard { id, at: at_now, by, reason, behind: *behind })
        }
        Act::Replace { id, content: said, names, role, faulty, with: dealings } => {
            Command::Replace(Replace {
                id: delivery_id(*id),
                at: at_now,
                by,
                content: content(*said),
                body: Vec::new(),
                frozen: Vec::new(),
                contact: hashes(names),
                new_contact_id,
                start: starting(*faulty),
                role: *role,
                with: with(world, model, dealings, now),
            })
        }
        Act::Forget { key, deletes_there, .. } => {
            let held = &looked.unwrap().held;
            Command::Forget(world.forgetting(held, key, *deletes_there, at_now))
        }
        Act::Condense => Command::Condense(condense(world, model)),
        Act::Sweep => {
            let long_ago = Timestamp::UNIX_EPOCH;
            Command::Sweep(Sweep {
                profiles_before: long_ago,
                hints_before: long_ago,
                condensed_before: at(1_000_000),
                undelivered_before: long_ago,
                checkouts_before: at(now - SWEPT_AFTER),
                held_back_before: at(now - SWEPT_AFTER),
                at: at_now,
            })
        }
        Act::Restart => panic!("a restart is no command"),
    }
}

fn outcome(came: Came, now: i64) -> Outcome {
    let due = at(now + PUT_OFF);
    match came {
        Came::Done { remote, confirm, profile, offer } => Outcome::Done(Done {
            remote_id: remote.map(|remote| remote.to_string()),
            confirm_due: confirm.then_some(due),
            note: None,
            profile: profile.then(|| b"seen".to_vec()),
            learnt: offer.map(|offer| vec![offer]),
            subject_id: offer.map(remote_id),
        }),
        Came::Again => Outcome::Again { due, note: note("again") },
        Came::Unknown { mark } => {
            Outcome::Unknown { due, note: note("unknown"), mark: mark.map(|mark| vec![mark]) }
        }
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
        Verdict::Accept(Accepted::Overtaken) => "overtaken".to_owned(),
        Verdict::Forget(Forgotten { delivery, already }) => {
            format!("forgotten {:?} {already}", delivery.map(number))
        }
        Verdict::Begin(Begun::Go(n)) => format!("go {n}"),
        Verdict::Begin(Begun::Gone) | Verdict::Settle(Settled::Gone) => "gone".to_owned(),
        Verdict::Settle(Settled::Settled) => "settled".to_owned(),
        Verdict::Bind(contact) => contact_words(Some(contact)),
        Verdict::Remember(contact) => contact_words(contact.as_ref()),
        Verdict::Operate(Operated::Done) => "done".to_owned(),
        Verdict::Operate(Operated::Overtaken) => "overtaken".to_owned(),
        Verdict::Condense(taken) => format!("condensed {taken}"),
        Verdict::Sweep(touched) => format!("swept {touched}"),
        Verdict::Hold(Held::Held) => "held".to_owned(),
        Verdict::Hold(Held::Taken(taken)) => {
            format!("taken {:?}", taken.iter().map(|row| &*row.name).collect::<Vec<_>>())
        }
        Verdict::Hold(Held::Ended(state)) | Verdict::Release(Released::Ended(state)) => {
            format!("ended {state:?}")
        }
        Verdict::Release(Released::Released) => "released".to_owned(),
        Verdict::Release(Released::NotFound) | Verdict::Operate(Operated::NotFound) => "notFound".to_owned(),
        Verdict::Operate(Operated::Refused { state, may_have_landed }) => {
            format!("refused {state:?} {may_have_landed}")
        }
        other => panic!("nobody asked for {other:?}"),
    }
}

fn filed_words(filed: &Filed) -> String {
    let one =
        |filed: &Filed| format!("{:?} {}", filed.delivery.map(number), contact_words(filed.contact.as_ref()));
    let with_along = |filed: &Filed| {
        let along: Vec<String> = filed.along.iter().map(one).collect();
        format!("{} +{along:?}", one(filed))
    };
    let parts: Vec<String> = filed.parts.iter().map(with_along).collect();
    let withdrawn: Vec<usize> = filed.withdrawn.iter().copied().map(number).collect();
    format!("{} {parts:?} {withdrawn:?}", with_along(filed))
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
        let public_id = model.person_of(*id).map(|person| model.people.get(person).public.clone());
        assert_eq!(row.contact.map(|contact| contact.public_id), public_id, "contact of {id}");
    }
    assert_queue_agrees(world, model);
    assert_people_agree(world, model);
    let mut counted: HashMap<DeliveryState, u64> = HashMap::new();
    for count in world.reader.counts().unwrap() {
        *counted.entry(count.state).or_default() += count.count;
    }
    assert_eq!(counted, counts);
    dealings::assert_documents_agree(world, model);
    offers::assert_offers_agree(world, model);
    assert_no_circle(model);
}

/// Whoever waits comes free at last: what waits for nobody is taken away until nothing is left.
fn assert_no_circle(model: &Model) {
    let mut waiting: BTreeSet<usize> = model.owed.keys().copied().collect();
    loop {
        let is_free = |id: &usize| model.waits_for(*id).iter().all(|ahead| !waiting.contains(ahead));
        let free: Vec<usize> = waiting.iter().copied().filter(is_free).collect();
        if free.is_empty() {
            break;
        }
        waiting.retain(|id| !free.contains(id));
    }
    assert!(waiting.is_empty(), "these wait for each other: {waiting:?}");
}

fn assert_people_agree(world: &World, model: &Model) {
    let public = |person: usize| model.people.get(person).public.clone();
    let own_ids = (0..model.people.count()).map(|person| model.people.own_public_id(person).to_owned());
    let names = (0..ALIASES).map(Name::Alias).chain((0..REMOTES).map(Name::Remote));
    for name in names.chain(own_ids.map(Name::Public)) {
        let hash = hash(world, &name);
        let known = world.reader.known(&FindContact::Alias(hash)).unwrap();
        let owner = known.map(|known| known.contact.public_id);
        assert_eq!(owner, model.people.named(&name).map(public), "owner of {name:?}");
        assert_eq!(
            world.reader.is_forgotten(&hash).unwrap(),
            model.people.is_forgotten(&name),
            "grave of {name:?}"
        );
    }
    for person in 0..model.people.count() {
        let find = FindContact::Id(model.people.own_public_id(person).to_owned());
        let known = world.reader.known(&find).unwrap().unwrap();
        let expected = model.people.get(person);
        assert_eq!(known.contact.public_id, expected.public);
        assert_eq!(known.contact.remote_id, expected.remote.map(|remote| remote.to_string()));
        assert_eq!(known.forgotten, expected.forgotten.is_some(), "whether {person} was forgotten");
        assert_eq!(known.seen_at, expected.seen.map(at), "when {person} was seen");
        let changes: Vec<usize> = known.changes.iter().map(|change| number(change.id)).collect();
        assert_eq!(changes, model.changes(model.people.root(person)), "changes of {person}");
        assert!(known.changes.iter().all(|change| change.frozen.is_some()));
    }
    for of in 0..HINTS {
        let told: Vec<String> =
            world.reader.hinted(&hint(world, of)).unwrap().into_iter().map(|c| c.public_id).collect();
        let expected = model.people.hinted(of).into_iter().rev().take(5).map(public);
        assert_eq!(told, expected.collect::<Vec<_>>(), "whoever was left hint {of}");
    }
}

fn assert_queue_agrees(world: &World, model: &Model) {
    let free = model.owed.iter().filter(|(id, _)| model.waits_for(**id).is_empty());
    let mut due: Vec<_> = free.filter_map(|(id, owed)| Some((owed.due?, *id, owed))).collect();
    due.sort_unstable_by_key(|(due, id, _)| (*due, *id));
    let page = world.reader.due(at(1_000_000), 1_000).unwrap().due.into_iter();
    let shown: Vec<_> = page
        .map(|due| {
            let leader = due.leader.map(|leader| (leader.key, leader.state, leader.learnt));
            let about = due.about.map(|about| {
                let base = about.base.map(|base| (base.key, base.state, base.learnt));
                (about.name, about.superseded, base)
            });
            (number(due.id), due.failures, due.unknown_since, due.mark, leader, about)
        })
        .collect();
    let told = |leader: usize| {
        let owed = model.owed.get(&leader);
        let learnt = owed.and_then(|owed| owed.learnt).map(|learnt| vec![learnt]);
        (model.documents()[leader - 1].key.clone(), owed.map(|owed| owed.state), learnt)
    };
    let leader_of = |id: usize| model.offers.abouts.get(&id)?.leader.map(told);
    let about_of = |id: usize| {
        let base = model.offers.abouts.get(&id)?.base.map(told);
        Some((model.offer_of(id)?, model.is_superseded(id), base))
    };
    let expected: Vec<_> = due
        .into_iter()
        .map(|(_, id, owed)| {
            let mark = owed.mark.map(|mark| vec![mark]);
            (id, owed.failures, owed.landed.map(at), mark, leader_of(id), about_of(id))
        })
        .collect();
    assert_eq!(shown, expected, "what is due");
    let contacts = world.reader.unconfirmed(at(1_000_000), 30, 30).unwrap().into_iter();
    let mut awaited: Vec<_> = contacts.flat_map(|contact| contact.deliveries).map(|d| number(d.id)).collect();
    awaited.sort_unstable();
    let expected = model.owed.iter().filter(|(_, owed)| owed.awaited).map(|(id, _)| *id);
    assert_eq!(awaited, expected.collect::<Vec<_>>(), "what is to be seen");
    let open = model.owed.values().any(|owed| is_open(owed.state));
    assert_eq!(world.reader.oldest_undelivered().unwrap().is_some(), open);
}

/// What is said of what was drawn; `None` where there is nothing to say it of.
fn act(model: &Model, looked: Option<&Looked>, draw: Draw) -> Option<Act> {
    let people = model.people.count();
    Some(match draw {
        Draw::Act(act) => act,
        Draw::Accept { mut saying, public, expects, wish } => {
            saying.with = dealings::dealings(model, &wish);
            let named =
                public.filter(|_| people > 0).map(|person| model.people.own_public_id(person % people));
            saying.names.extend(named.map(|id| Name::Public(id.to_owned())));
            saying.expects = match expects {
                None => Expected::Anything,
                Some(Expecting::Change(last)) => Expected::Change((1..9).contains(&last).then_some(last)),
                Some(Expecting::About { stale }) => {
                    let last = model.last_about(saying.about.map(|(name, _)| name));
                    Expected::About(if stale {
                        last.and_then(|last| last.checked_sub(1)).filter(|id| *id > 0)
                    } else {
                        last
                    })
                }
            };
            Act::Accept(saying)
        }
        Draw::Replace { act: Act::Replace { id, content, names, role, faulty, .. }, wish } => {
            let with = dealings::dealings(model, &wish);
            Act::Replace { id, content, names, role, faulty, with }
        }
        Draw::Bind { person, remote, names } if people > 0 => {
            Act::Bind { person: person % people, remote, names }
        }
        Draw::Forget { deletes_there } => {
            let person = looked?.person;
            let key = format!("{DELETION} of {}", model.people.own_public_id(person));
            Act::Forget { person, key, deletes_there }
        }
        Draw::Bind { .. } | Draw::LookAt(_) | Draw::Replace { .. } => return None,
    })
}

fn look_at(world: &World, model: &Model, person: usize) -> Option<Looked> {
    let person = model.people.root(person.checked_rem(model.people.count())?);
    let contact = world.reader.contact_by_id(model.people.own_public_id(person)).unwrap().unwrap();
    let held = world.reader.held_about(contact.key).unwrap();
    let documents: Vec<DocumentId> = held.documents.iter().map(|document| document.id).collect();
    assert_eq!(documents.len(), model.documents_of(person).len(), "documents about {person}");
    assert_eq!(held.checkouts.len(), model.checkouts_of(person).len(), "checkouts of {person}");
    assert_eq!(held.seen_at, model.people.get(person).seen.map(at));
    Some(Looked { held, person })
}

/// Runs what was drawn, each with whether its group ends with it.
fn run(draws: Vec<(Draw, bool)>) {
    let mut world = World::new();
    let mut model = Model::default();
    let mut group: Vec<(Command, String)> = Vec::new();
    let mut looked: Option<Looked> = None;
    for (now, (draw, ends)) in (1..).zip(draws) {
        // A restart ends a group, and so does what must be looked up before it can be said.
        let is_looked_up = match &draw {
            Draw::Accept { expects: Some(Expecting::About { .. }), .. } => true,
            Draw::Accept { wish, .. } | Draw::Replace { wish, .. } => !wish.is_empty(),
            Draw::Act(Act::Restart | Act::Condense) | Draw::Bind { .. } | Draw::LookAt(_) => true,
            Draw::Act(_) | Draw::Forget { .. } => false,
        };
        if is_looked_up {
            commit(&mut world, &model, &mut group);
        }
        if let Draw::LookAt(person) = draw {
            looked = look_at(&world, &model, person).or(looked);
            continue;
        }
        let Some(act) = act(&model, looked.as_ref(), draw) else { continue };
        if matches!(act, Act::Restart) {
            model.apply(&act, now);
            world = world.restart(at(now));
        } else {
            let command = command(&world, &model, looked.as_ref(), &act, now);
            group.push((command, model.apply(&act, now)));
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
    fn the_store_agrees_with_the_model(draws in prop::collection::vec((draw(), prop::bool::weighted(0.6)), 1..ACTS)) {
        run(draws);
    }
}
