//! Bounds, retention, tokens.

use store::{
    Accept, Command, Confirm, DeliveryState, FindContact, IssueToken, Limits, Outcome, Quarantine, Remember,
    Retry, RevokeToken, Role, Sight, Sweep, TokenHash, TokenVerdict, Verdict,
};

use crate::world::{World, at, done, note};

fn quarantine(world: &mut World, body: &[u8]) -> i64 {
    let quarantine = Quarantine {
        at: at(1),
        path: "/v1/receipts/x".to_owned(),
        by: "till-2".to_owned(),
        reason: "not JSON".to_owned(),
        body: body.to_vec(),
    };
    match world.submit(Command::Quarantine(quarantine)) {
        Verdict::Quarantine(id) => id,
        other => panic!("{other:?}"),
    }
}

fn limits() -> Limits {
    Limits { quarantine_rows: 5, quarantine_bytes: 100, quarantine_body_bytes: 40, sweep_rows: 3 }
}

fn quarantined(world: &World) -> Vec<(i64, usize)> {
    world.reader.quarantine(100).unwrap().into_iter().map(|row| (row.id, row.body.len())).collect()
}

#[test]
fn the_quarantine_keeps_the_newest_within_its_rows() {
    let mut world = World::with_limits(limits());
    for _ in 0..8 {
        quarantine(&mut world, b"x");
    }
    assert_eq!(quarantined(&world), [(8, 1), (7, 1), (6, 1), (5, 1), (4, 1)]);
    assert_eq!(world.reader.quarantine(1).unwrap()[0].reason, "not JSON");
}

#[test]
fn the_quarantine_keeps_the_newest_within_its_bytes_and_cuts_what_is_long() {
    let mut world = World::with_limits(limits());
    for length in [30, 30, 60, 30, 10] {
        quarantine(&mut world, &vec![b'x'; length]);
    }
    assert_eq!(quarantined(&world), [(5, 10), (4, 30), (3, 40)]);
    quarantine(&mut world, &[b'x'; 20]);
    assert_eq!(quarantined(&world), [(6, 20), (5, 10), (4, 30), (3, 40)]);
    quarantine(&mut world, b"y");
    assert_eq!(quarantined(&world), [(7, 1), (6, 20), (5, 10), (4, 30)]);
}

fn sweep(world: &mut World, bodies: i64, profiles: i64, undelivered: i64) -> u64 {
    let sweep = Sweep {
        profiles_before: at(profiles),
        hints_before: at(0),
        condensed_before: at(0),
        undelivered_before: at(undelivered),
        checkouts_before: at(0),
        held_back_before: at(0),
        at: at(1_000),
    };
    let erased = world.erase_expired(at(bodies));
    match world.submit(Command::Sweep(sweep)) {
        Verdict::Sweep(touched) => touched + erased,
        other => panic!("{other:?}"),
    }
}

fn has_body(world: &World, key: &str) -> bool {
    let document = world.reader.document("receipt", key).unwrap().unwrap();
    assert_eq!(document.body.is_some(), document.frozen.is_some());
    document.body.is_some()
}

#[test]
fn a_body_ends_when_nothing_needs_it_any_longer() {
    let mut world = World::new();
    let ended = world.owe("done", Role::Independent, &[]);
    world.done(ended, at(10));
    world.owe("waiting", Role::Independent, &[]);
    let fresh = world.owe("fresh", Role::Independent, &[]);
    world.done(fresh, at(100));
    let awaited = world.owe("awaited", Role::NeedsContact, &["a"]);
    world.settle(awaited, at(10), done(Some("e"), Some(at(20))));
    let training = Accept { delivery: None, ..world.saying("training", Role::Independent, &[]) };
    world.accept(training);
    assert_eq!(sweep(&mut world, 50, 0, 0), 2);
    assert_eq!(sweep(&mut world, 50, 0, 0), 0);
    let kept = ["done", "waiting", "fresh", "awaited", "training"].map(|key| has_body(&world, key));
    assert_eq!(kept, [false, true, true, true, false]);
    // Once it was seen, it will not be sent again.
    world.submit(Command::Confirm(Confirm { id: awaited, at: at(30), sight: Sight::Seen }));
    assert_eq!(sweep(&mut world, 50, 0, 0), 1);
    assert!(!has_body(&world, "awaited"));
}

#[test]
fn what_was_taken_up_again_keeps_its_body() {
    let mut world = World::new();
    let id = world.owe("r1", Role::Independent, &[]);
    let discard = store::Discard {
        id,
        at: at(10),
        by: "anna".to_owned(),
        reason: "test".to_owned(),
        behind: store::Behind::Release,
    };
    world.submit(Command::Discard(discard));
    world.submit(Command::Retry(Retry { id, at: at(20), by: "anna".to_owned() }));
    assert_eq!(sweep(&mut world, 500, 0, 0), 0);
    assert!(has_body(&world, "r1"));
}

#[test]
fn what_could_not_be_delivered_for_long_needs_attention_and_is_never_dropped() {
    let mut world = World::new();
    let old = world.owe("old", Role::Independent, &[]);
    let unknown = world.owe("unknown", Role::Independent, &[]);
    world.settle(unknown, at(1), Outcome::Unknown { due: at(2), note: note("timeout"), mark: None });
    let in_flight = world.owe("inFlight", Role::Independent, &[]);
    world.begin(in_flight, at(1));
    let fresh = Accept { at: at(100), ..world.saying("fresh", Role::Independent, &[]) };
    world.accept(fresh);
    assert_eq!(sweep(&mut world, 0, 0, 50), 2);
    assert_eq!(sweep(&mut world, 0, 0, 50), 0);
    for id in [old, unknown] {
        let row = world.row(id);
        assert_eq!(
            (row.state, row.note.unwrap().code.as_str()),
            (DeliveryState::NeedsAttention, "undelivered")
        );
    }
    assert_eq!(world.row(in_flight).state, DeliveryState::InFlight);
    assert!(has_body(&world, "old"));
    assert_eq!(world.due(at(999)).len(), 1);
}

#[test]
fn a_sweep_takes_a_bounded_number_of_rows_at_a_time() {
    let mut world = World::with_limits(limits());
    for n in 0..5 {
        let id = world.owe(&format!("r{n}"), Role::Independent, &[]);
        world.done(id, at(1));
    }
    assert_eq!(world.condense(at(50), |_| Some(Default::default())), 5);
    assert_eq!([world.sweep(at(50)), world.sweep(at(50)), world.sweep(at(50))], [3, 2, 0]);
}

#[test]
fn a_profile_lives_as_long_as_it_was_seen() {
    let mut world = World::new();
    for (remote_id, seconds) in [("e1", 10), ("e2", 100)] {
        let aliases = vec![world.alias(remote_id)];
        let new_contact_id = format!("c-{remote_id}");
        let profile = b"{}".to_vec();
        let remember =
            Remember { remote_id: remote_id.to_owned(), aliases, new_contact_id, profile, at: at(seconds) };
        world.submit(Command::Remember(remember));
    }
    assert_eq!(sweep(&mut world, 0, 50, 0), 1);
    let known =
        |remote_id: &str| world.reader.known(&FindContact::Alias(world.alias(remote_id))).unwrap().unwrap();
    assert_eq!((known("e1").profile, known("e1").seen_at), (None, None));
    assert_eq!(known("e1").contact.remote_id.as_deref(), Some("e1"));
    assert_eq!(known("e2").seen_at, Some(at(100)));
}

#[test]
fn freed_space_goes_back_to_the_disk() {
    let mut world = World::new();
    for n in 0..200 {
        let mut accept = world.saying(&format!("r{n}"), Role::Independent, &[]);
        accept.body = vec![b'x'; 8_000];
        world.accept(accept);
        world.done(format!("d-{}", n + 1).parse().unwrap(), at(1));
    }
    let mut world = world.rest(at(2));
    let before = world.reader.disk_bytes().unwrap();
    assert_eq!(sweep(&mut world, 50, 0, 0), 200);
    let world = world.rest(at(3));
    let after = world.reader.disk_bytes().unwrap();
    assert!(after < before / 4, "{before} bytes before, {after} after");
}

fn issue(world: &mut World, secret: &str, name: &str, seconds: i64, expires: Option<i64>) -> TokenVerdict {
    let issue = IssueToken {
        hash: TokenHash::of(secret),
        name: name.to_owned(),
        role: "till".to_owned(),
        stores: vec!["store03".to_owned(), "store04".to_owned()],
        at: at(seconds),
        expires: expires.map(at),
    };
    match world.submit(Command::IssueToken(issue)) {
        Verdict::Token(verdict) => verdict,
        other => panic!("{other:?}"),
    }
}

fn revoke(world: &mut World, name: &str) -> Verdict {
    world.submit(Command::RevokeToken(RevokeToken { name: name.to_owned(), at: at(50) }))
}

#[test]
fn a_token_is_found_by_its_hash_until_it_is_revoked() {
    let mut world = World::new();
    assert_eq!(issue(&mut world, "secret", "till-1", 1, None), TokenVerdict::Done);
    let token = world.reader.token(&TokenHash::of("secret")).unwrap().unwrap();
    assert_eq!((token.name.as_str(), token.role.as_str(), token.issued), ("till-1", "till", at(1)));
    assert_eq!(token.stores, ["store03", "store04"]);
    assert_eq!(world.reader.token(&TokenHash::of("guess")).unwrap(), None);
    assert_eq!(world.reader.tokens().unwrap(), [token]);
    assert_eq!(revoke(&mut world, "till-1"), Verdict::Token(TokenVerdict::Done));
    assert_eq!(revoke(&mut world, "till-1"), Verdict::Token(TokenVerdict::NotFound));
    assert_eq!(world.reader.token(&TokenHash::of("secret")).unwrap(), None);
    assert_eq!(world.reader.tokens().unwrap(), []);
}

#[test]
fn one_name_stands_for_one_token_in_force() {
    let mut world = World::new();
    assert_eq!(issue(&mut world, "s1", "till-1", 1, Some(10)), TokenVerdict::Done);
    assert_eq!(issue(&mut world, "s2", "till-1", 9, None), TokenVerdict::NameTaken);
    // It has ended by itself.
    assert_eq!(issue(&mut world, "s3", "till-1", 10, None), TokenVerdict::Done);
    assert_eq!(world.reader.token(&TokenHash::of("s1")).unwrap(), None);
    revoke(&mut world, "till-1");
    assert_eq!(issue(&mut world, "s4", "till-1", 60, None), TokenVerdict::Done);
}
