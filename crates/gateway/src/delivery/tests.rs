//! The core, step by step: events in, actions out.

mod contacts;
mod feed;
mod offers;
mod orders;

use std::time::Duration;

use engage::{Failure, Reached, Response};
use jiff::Timestamp;
use store::{
    Begun, Command, DeliveryId, DeliveryState, Done, Due, DuePage, Outcome, Settled, Unconfirmed,
    UnconfirmedContact, Verdict,
};

use super::core::Core;
use super::event::{Action, Boot, Event, Fetch, Policy, Ticket};
use crate::frozen::{FrozenEnrolment, FrozenReceipt, Preferences, Who};
use crate::settings::Engage;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn core() -> Core {
    let engage = Engage { requests_per_second: None, max_in_flight: 4, ..Engage::default() };
    Core::new(Policy { engage, boot: Boot::Again }, at(0))
}

fn enrolment(number: u32, state: DeliveryState, unknown_since: Option<Timestamp>) -> Due {
    let who = vec![Who::Email(format!("person{number}@example.com"))];
    let frozen = FrozenEnrolment::new(who, vec![], Preferences::default(), vec![], "s1".into(), "POS".into());
    Due {
        id: id(number),
        kind: super::CREATE_CONTACT.into(),
        state,
        accepted_at: at(0),
        attempts: 0,
        failures: 0,
        unknown_since,
        note: None,
        key: format!("e{number}"),
        store: "s1".into(),
        body: b"{}".to_vec(),
        frozen: frozen.write(),
        contact: Some(known_as(None)),
        profile: None,
        mark: None,
        about: None,
        leader: None,
    }
}

/// A contact of this database, with this id in Engage.
fn known_as(remote_id: Option<&str>) -> store::ContactState {
    store::ContactState {
        key: store::ContactKey(1),
        public_id: "tb-1".into(),
        remote_id: remote_id.map(str::to_owned),
        bound_at: remote_id.map(|_| at(-1_000)),
        creation: None,
    }
}

/// A receipt of nobody known here, whose till named the contact by Engage's id.
fn receipt_of(contact_id: &str) -> Due {
    let body = serde_json::json!({
        "store": "s1", "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK",
        "contact": { "contactId": contact_id },
        "lines": [{ "sku": "1", "articleNumber": "1", "name": "Hat", "quantity": 1, "unitPrice": 10, "taxPercent": 25 }],
    });
    let reading = pos::receipt::parse(&body);
    let rates = pos::rates::Rates::default();
    let known = pos::receipt::Known { store: None, rates: &rates, owner: None, sales: &[] };
    let settling = pos::receipt::settle(&reading, &known);
    let frozen = FrozenReceipt::new(settling.settlement, vec![Who::ContactId(contact_id.into())], Vec::new());
    Due {
        kind: super::REGISTER_RECEIPT.into(),
        key: "r1".into(),
        body: body.to_string().into_bytes(),
        frozen: frozen.write(),
        contact: None,
        ..enrolment(1, DeliveryState::Waiting, None)
    }
}

/// One receipt that waits to be seen.
fn unconfirmed(misses: u32) -> Vec<UnconfirmedContact> {
    let receipt = Unconfirmed { id: id(7), key: "r7".into(), misses, resent: false };
    vec![UnconfirmedContact { remote_id: "11111111-2222".into(), deliveries: vec![receipt] }]
}

fn id(number: u32) -> DeliveryId {
    format!("d-{number}").parse().unwrap()
}

fn step(core: &mut Core, now: Timestamp, event: Event) -> Vec<Action> {
    let mut actions = Vec::new();
    core.step(now, 0.0, event, &mut actions);
    actions
}

fn page(due: Vec<Due>) -> Event {
    Event::Fetched(DuePage { due, next: None })
}

/// Answers a look at the queue that may be under way with nothing, and the next one with these.
fn fetched(core: &mut Core, now: Timestamp, due: Vec<Due>) -> Vec<Action> {
    step(core, now, page(Vec::new()));
    step(core, now, page(due))
}

fn response(status: u16, body: &str) -> Result<Response, Failure> {
    Ok(Response { status, body: body.to_owned().into(), ..Response::default() })
}

fn not_found() -> Result<Response, Failure> {
    response(404, r#"{"errorCode":"ContactNotFound"}"#)
}

fn no_link() -> Result<Response, Failure> {
    Err(Failure::NoAnswer { reached: Reached::Never, reason: "refused".into() })
}

/// The calls among some actions: their tickets and paths.
fn calls(actions: &[Action]) -> Vec<(Ticket, String)> {
    let call = |action: &Action| match action {
        Action::Call(ticket, request) => {
            let path = request.path_and_query.split('?').next().unwrap_or_default();
            Some((*ticket, format!("{} {path}", request.method)))
        }
        _ => None,
    };
    actions.iter().filter_map(call).collect()
}

/// The writes among some actions.
fn writes(actions: &[Action]) -> Vec<(Ticket, Command)> {
    let write = |action: &Action| match action {
        Action::Store(ticket, command) => Some((*ticket, command.clone())),
        _ => None,
    };
    actions.iter().filter_map(write).collect()
}

fn outcome(command: &Command) -> &Outcome {
    match command {
        Command::Settle(settle) => &settle.outcome,
        other => panic!("not a settlement: {other:?}"),
    }
}

/// Takes one enrolment to the moment at which its creation is under way.
fn creating(core: &mut Core, due: Due, now: Timestamp) -> Ticket {
    let sought = fetched(core, now, vec![due]);
    let [(find, path)] = calls(&sought).try_into().expect("one look-up");
    assert_eq!(path, "GET /api/v3/contacts/id");
    let begun = step(core, now, Event::Answered(find, not_found()));
    let [(begin, Command::Begin(_))] = &writes(&begun)[..] else {
        panic!("no attempt was written: {begun:?}")
    };
    assert!(calls(&begun).is_empty(), "the attempt is written before the call");
    let called = step(core, now, Event::Stored(*begin, Verdict::Begin(Begun::Go(1))));
    let [(create, path)] = calls(&called).try_into().expect("one creation");
    assert_eq!(path, "POST /api/v3/contacts");
    create
}

#[test]
fn a_failing_bookkeeping_never_causes_a_resend() {
    let mut core = core();
    let create = creating(&mut core, enrolment(1, DeliveryState::Waiting, None), at(0));
    let settled = step(&mut core, at(0), Event::Answered(create, response(201, r#"{"id":"11111111-2222"}"#)));
    let [(mut ticket, command)] = writes(&settled).try_into().expect("one settlement");
    for second in 1..20 {
        let failed = step(&mut core, at(second * 2), Event::StoreFailed(ticket));
        assert!(calls(&failed).is_empty(), "{failed:?}");
        let again = step(&mut core, at(second * 2 + 1), Event::Tick);
        assert!(calls(&again).is_empty(), "{again:?}");
        let [(next, same)] = writes(&again).try_into().expect("the same settlement again");
        assert_eq!(same, command);
        ticket = next;
    }
    step(&mut core, at(60), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    assert!(core.is_idle());
}

#[test]
fn a_creation_of_unknown_outcome_is_looked_for_until_a_new_contact_must_be_visible() {
    let mut core = core();
    for second in [0, 10, 59] {
        let due = enrolment(1, DeliveryState::Unknown, Some(at(0)));
        let [(find, _)] = calls(&fetched(&mut core, at(second), vec![due])).try_into().expect("one look-up");
        let put_off = step(&mut core, at(second), Event::Answered(find, not_found()));
        assert!(calls(&put_off).is_empty());
        let [(ticket, command)] = writes(&put_off).try_into().expect("one settlement");
        assert!(matches!(outcome(&command), Outcome::Again { due, .. } if *due <= at(60)), "{command:?}");
        step(&mut core, at(second), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    }
    creating(&mut core, enrolment(1, DeliveryState::Unknown, Some(at(0))), at(60));
}

#[test]
fn a_look_that_was_answered_late_says_nothing_of_the_time_after_it_was_asked() {
    let mut core = core();
    let due = enrolment(1, DeliveryState::Unknown, Some(at(0)));
    let [(find, _)] = calls(&fetched(&mut core, at(59), vec![due])).try_into().expect("one look-up");
    let put_off = step(&mut core, at(75), Event::Answered(find, not_found()));
    let [(ticket, command)] = writes(&put_off).try_into().expect("one settlement");
    assert!(matches!(outcome(&command), Outcome::Again { due, .. } if *due == at(75)), "{command:?}");
    step(&mut core, at(75), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    creating(&mut core, enrolment(1, DeliveryState::Unknown, Some(at(0))), at(75));
}

#[test]
fn a_lost_answer_to_a_write_is_unknown_and_to_a_read_it_is_not() {
    let lost = || Err(Failure::NoAnswer { reached: Reached::Maybe, reason: "timed out".into() });
    let mut core = core();
    let [(find, _)] = calls(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]))
        .try_into()
        .unwrap();
    let read = step(&mut core, at(0), Event::Answered(find, lost()));
    assert!(matches!(outcome(&writes(&read)[0].1), Outcome::Again { .. }));
    let create = creating(&mut core, enrolment(2, DeliveryState::Waiting, None), at(0));
    let write = step(&mut core, at(0), Event::Answered(create, lost()));
    assert!(matches!(outcome(&writes(&write)[0].1), Outcome::Unknown { .. }));
}

#[test]
fn when_the_link_is_gone_nothing_more_is_called_and_when_it_is_back_all_goes_at_once() {
    let mut core = core();
    let due = (1..=4).map(|n| enrolment(n, DeliveryState::Waiting, None)).collect();
    let sought = calls(&fetched(&mut core, at(0), due));
    assert_eq!(sought.len(), 4, "as many as may be under way");
    for (ticket, _) in sought {
        for (ticket, _) in writes(&step(&mut core, at(0), Event::Answered(ticket, no_link()))) {
            step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
        }
    }
    assert!(!core.link_is_up());
    step(&mut core, at(0), page(Vec::new()));
    let dark = step(&mut core, at(0), Event::Nudged);
    assert!(dark.is_empty(), "no call and no look at the queue in the dark: {dark:?}");
    // The probe's time has come: one look at the queue, one call.
    let probing = step(&mut core, at(2), Event::Tick);
    assert!(matches!(probing[..], [Action::FetchDue(_)]), "{probing:?}");
    let due = (5..=8).map(|n| enrolment(n, DeliveryState::Waiting, None)).collect();
    let probe = calls(&step(&mut core, at(2), page(due)));
    assert_eq!(probe.len(), 1, "one probe");
    let back = step(&mut core, at(2), Event::Answered(probe[0].0, not_found()));
    assert!(core.link_is_up());
    let early = back.iter().filter(|action| matches!(action, Action::FetchEarly(_))).count();
    assert_eq!(early, 2, "those that failed before it was known go at once: {back:?}");
    assert_eq!(calls(&back).len(), 3, "and so do the others");
}

#[test]
fn a_till_hears_the_end_of_what_was_under_way_before_it_could_be_hurried() {
    let mut core = core();
    step(&mut core, at(0), Event::Hurried(id(1)));
    let due = enrolment(1, DeliveryState::Waiting, None);
    let [(_, sought)] = calls(&fetched(&mut core, at(0), vec![due])).try_into().expect("one look-up");
    assert!(sought.starts_with("GET"), "{sought}");
    // By the time that it was read for the till it was in flight, which is not due.
    let read = step(&mut core, at(0), Event::FetchedOne(id(1), None));
    assert!(!read.iter().any(|action| matches!(action, Action::Came(..))), "{read:?}");
}

#[test]
fn one_delivery_that_breaks_engage_does_not_stop_the_others() {
    let mut core = core();
    for round in 0..10 {
        let due = enrolment(1, DeliveryState::Waiting, None);
        let [(find, _)] = calls(&fetched(&mut core, at(round), vec![due])).try_into().expect("one look-up");
        let broken = step(&mut core, at(round), Event::Answered(find, response(500, "")));
        let [(ticket, _)] = writes(&broken).try_into().expect("one settlement");
        step(&mut core, at(round), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    }
    assert!(core.link_is_up(), "one bad request is no storm");
}

#[test]
fn a_discarded_delivery_is_dropped_before_its_call() {
    let mut core = core();
    let [(find, _)] = calls(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]))
        .try_into()
        .unwrap();
    let begun = step(&mut core, at(0), Event::Answered(find, not_found()));
    let [(begin, _)] = writes(&begun).try_into().unwrap();
    // The look at the queue that is under way brings nothing more.
    step(&mut core, at(0), page(Vec::new()));
    let gone = step(&mut core, at(0), Event::Stored(begin, Verdict::Begin(Begun::Gone)));
    assert!(calls(&gone).is_empty(), "{gone:?}");
    assert!(core.is_idle());
    let looks = |action: &Action| matches!(action, Action::FetchDue(_));
    assert!(gone.iter().any(looks), "what it held up may be due now: {gone:?}");
}

#[test]
fn a_receipt_that_names_its_contact_by_engages_id_is_looked_for_under_that_id() {
    let mut core = core();
    let begun = writes(&fetched(&mut core, at(0), vec![receipt_of("11111111-2222")]));
    let [(begin, Command::Begin(_))] = &begun[..] else { panic!("no attempt was written: {begun:?}") };
    let called = step(&mut core, at(0), Event::Stored(*begin, Verdict::Begin(Begun::Go(1))));
    let [(register, _)] = calls(&called).try_into().expect("one call");
    let settled = writes(&step(&mut core, at(0), Event::Answered(register, response(202, ""))));
    let Outcome::Done(Done { remote_id, confirm_due, .. }) = outcome(&settled[0].1) else {
        panic!("{settled:?}")
    };
    assert_eq!(remote_id.as_deref(), Some("11111111-2222"));
    assert!(confirm_due.is_some());
}

#[test]
fn a_receipt_is_looked_for_however_long_its_outcome_takes_to_be_written() {
    let mut core = core();
    let begun = writes(&fetched(&mut core, at(0), vec![receipt_of("11111111-2222")]));
    let called = step(&mut core, at(0), Event::Stored(begun[0].0, Verdict::Begin(Begun::Go(1))));
    let [(register, _)] = calls(&called).try_into().expect("one call");
    let settled = writes(&step(&mut core, at(0), Event::Answered(register, response(202, ""))));
    // The disk hangs beyond the time to look: what is read meanwhile shows nothing.
    step(&mut core, at(2_000), Event::Unconfirmed(Vec::new(), None));
    let written = step(&mut core, at(2_001), Event::Stored(settled[0].0, Verdict::Settle(Settled::Settled)));
    let looks = written.iter().any(|action| matches!(action, Action::FetchUnconfirmed));
    assert!(looks, "nobody looks for it: {written:?}");
}

#[test]
fn an_attempt_that_may_not_be_on_disk_is_written_off_and_not_called() {
    let mut core = core();
    let [(find, _)] = calls(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]))
        .try_into()
        .unwrap();
    let [(begin, _)] =
        writes(&step(&mut core, at(0), Event::Answered(find, not_found()))).try_into().unwrap();
    let failed = step(&mut core, at(0), Event::StoreFailed(begin));
    assert!(calls(&failed).is_empty(), "{failed:?}");
    let later = step(&mut core, at(2), Event::Tick);
    let [(_, command)] = writes(&later).try_into().expect("one settlement");
    assert!(matches!(outcome(&command), Outcome::Again { due, .. } if *due <= at(2)), "{command:?}");
    assert!(calls(&later).is_empty(), "{later:?}");
}

#[test]
fn what_was_read_before_it_was_let_go_is_not_taken_up_again() {
    let mut core = core();
    let hurried = step(&mut core, at(0), Event::Hurried(id(1)));
    assert!(matches!(hurried[0], Action::FetchOne(_)), "{hurried:?}");
    // The queue is read as well, and is faster: the delivery is tried and let go before the first read is back.
    let create = creating(&mut core, enrolment(1, DeliveryState::Waiting, None), at(0));
    let lost = Err(Failure::NoAnswer { reached: Reached::Maybe, reason: "timed out".into() });
    let [(settle, _)] = writes(&step(&mut core, at(0), Event::Answered(create, lost))).try_into().unwrap();
    step(&mut core, at(0), Event::Stored(settle, Verdict::Settle(Settled::Settled)));
    let as_it_was = Some(Box::new(enrolment(1, DeliveryState::Waiting, None)));
    let late = step(&mut core, at(0), Event::FetchedOne(id(1), as_it_was));
    assert!(calls(&late).is_empty(), "{late:?}");
}

#[test]
fn a_read_that_fails_ends_no_other_read() {
    let mut core = core();
    step(&mut core, at(0), Event::Tick);
    step(&mut core, at(0), Event::Hurried(id(1)));
    let failed = step(&mut core, at(0), Event::FetchFailed(Fetch::One(id(1))));
    let later = step(&mut core, at(5), Event::Nudged);
    let looks = |actions: &[Action]| actions.iter().filter(|one| matches!(one, Action::FetchDue(_))).count();
    assert_eq!((looks(&failed), looks(&later)), (0, 0), "a look at the queue is under way");
}

#[test]
fn confirmation_alone_finds_out_that_the_link_is_back() {
    let mut core = core();
    fetched(&mut core, at(0), Vec::new());
    let mut now = 0;
    let mut under_way = calls(&step(&mut core, at(now), Event::Unconfirmed(unconfirmed(0), Some(at(0)))));
    while core.link_is_up() {
        let (poll, _) = under_way.pop().expect("a poll");
        step(&mut core, at(now), Event::Answered(poll, no_link()));
        now += 60;
        step(&mut core, at(now), Event::Tick);
        under_way = calls(&step(&mut core, at(now), Event::Unconfirmed(unconfirmed(0), Some(at(0)))));
    }
    let (probe, _) = under_way.pop().expect("a probe, although there is nothing to deliver");
    step(&mut core, at(now), Event::Answered(probe, response(200, r#"{"items":[],"totalCount":0}"#)));
    assert!(core.link_is_up());
}

#[test]
fn a_contact_is_polled_once_for_what_is_due() {
    let mut core = core();
    fetched(&mut core, at(0), Vec::new());
    let polling = step(&mut core, at(10), Event::Unconfirmed(unconfirmed(0), Some(at(5))));
    let [(poll, _)] = calls(&polling).try_into().expect("one poll");
    let page = response(200, r#"{"items":[],"totalCount":0}"#);
    let polled = step(&mut core, at(10), Event::Answered(poll, page));
    let asks = |actions: &[Action]| actions.iter().any(|action| matches!(action, Action::FetchUnconfirmed));
    assert!(!asks(&polling) && !asks(&polled), "before what was seen is on disk: {polled:?}");
    assert!(asks(&step(&mut core, at(12), Event::Tick)));
}

#[test]
fn a_receipt_to_be_sent_once_more_is_looked_up_in_the_queue_after_that_is_written() {
    let mut core = core();
    fetched(&mut core, at(0), Vec::new());
    let polling = calls(&step(&mut core, at(0), Event::Unconfirmed(unconfirmed(2), Some(at(0)))));
    let page = response(200, r#"{"items":[],"totalCount":0}"#);
    let polled = step(&mut core, at(0), Event::Answered(polling[0].0, page));
    let [(requeue, Command::Confirm(_))] = &writes(&polled)[..] else { panic!("no requeue: {polled:?}") };
    let looks = |actions: &[Action]| actions.iter().any(|action| matches!(action, Action::FetchDue(_)));
    assert!(!looks(&polled), "it can't be there yet");
    assert!(looks(&step(&mut core, at(0), Event::Stored(*requeue, Verdict::Settle(Settled::Settled)))));
}

#[test]
fn a_question_that_engage_refuses_is_not_a_no() {
    let by = engage::call::FindBy::Email(engage::model::Text::new("p@example.com").unwrap());
    for (status, body, is_there) in [(404, r#"{"errorCode":"ContactNotFound"}"#, false), (400, "", true)] {
        let mut core = core();
        fetched(&mut core, at(0), Vec::new());
        let question = super::Question::Identify(vec![by.clone()], super::View::Minimal);
        let asked = Event::Asked(Ticket::asked(1), question, at(2));
        let [(find, _)] = calls(&step(&mut core, at(0), asked)).try_into().unwrap();
        let found = response(200, r#""11111111-2222""#);
        let [(read, _)] = calls(&step(&mut core, at(0), Event::Answered(find, found))).try_into().unwrap();
        let told = step(&mut core, at(0), Event::Answered(read, response(status, body)));
        let refused = matches!(&told[..], [Action::Tell(_, super::Told::Refused(_))]);
        let not_found = matches!(&told[..], [Action::Tell(_, super::Told::NotFound)]);
        assert_eq!((refused, not_found), (is_there, !is_there), "{status}: {told:?}");
    }
}

#[test]
fn a_receipt_that_waited_out_an_outage_is_looked_up_twice_before_a_person_is_asked() {
    let mut core = core();
    let body = br#"{"contact":{}}"#.to_vec();
    let who = vec![Who::MobilePhone("+46701740605".into())];
    let frozen = FrozenReceipt::new(None, who, Vec::new()).write();
    let old = Due { failures: 30, body, frozen, kind: super::REGISTER_RECEIPT.into(), ..receipt_of("x") };
    let note = super::note("engageNotReached", "the link was down for days");
    let mut due = Due { note: Some(note), ..old };
    for (second, is_last) in [(500_000, false), (500_060, true)] {
        let [(find, _)] = calls(&fetched(&mut core, at(second), vec![due.clone()])).try_into().unwrap();
        let [(ticket, command)] =
            writes(&step(&mut core, at(second), Event::Answered(find, not_found()))).try_into().unwrap();
        match (outcome(&command), is_last) {
            (Outcome::Again { note, .. }, false) => due.note = Some(note.clone()),
            (Outcome::NeedsAttention(_), true) => {}
            other => panic!("{other:?}"),
        }
        step(&mut core, at(second), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    }
}

#[test]
fn what_was_tried_in_its_own_time_is_not_hurried_when_the_link_is_back() {
    let mut core = core();
    let due = || enrolment(1, DeliveryState::Waiting, None);
    let [(find, _)] = calls(&fetched(&mut core, at(0), vec![due()])).try_into().unwrap();
    let [(settle, _)] = writes(&step(&mut core, at(0), Event::Answered(find, no_link()))).try_into().unwrap();
    step(&mut core, at(0), Event::Stored(settle, Verdict::Settle(Settled::Settled)));
    let [(find, _)] = calls(&fetched(&mut core, at(10), vec![due()])).try_into().unwrap();
    let [(settle, _)] =
        writes(&step(&mut core, at(10), Event::Answered(find, response(500, "")))).try_into().unwrap();
    step(&mut core, at(10), Event::Stored(settle, Verdict::Settle(Settled::Settled)));
    // Three others find the link gone, and one of them finds it back.
    let others = (2..=4).map(|number| enrolment(number, DeliveryState::Waiting, None)).collect();
    for (find, _) in calls(&fetched(&mut core, at(30), others)) {
        step(&mut core, at(30), Event::Answered(find, no_link()));
    }
    assert!(!core.link_is_up());
    let [(probe, _)] = calls(&fetched(&mut core, at(40), vec![enrolment(5, DeliveryState::Waiting, None)]))
        .try_into()
        .unwrap();
    let back = step(&mut core, at(40), Event::Answered(probe, not_found()));
    let early = |action: &Action| matches!(action, Action::FetchEarly(early) if *early == id(1));
    assert!(core.link_is_up() && !back.iter().any(early), "{back:?}");
}
