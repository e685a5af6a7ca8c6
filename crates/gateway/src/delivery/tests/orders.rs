//! What becomes of an order and of its actions: stored, replaced, deleted, triggered, whatever is answered or lost.

use store::{Leader, Subject};

use super::*;
use crate::delivery::{ANNOUNCE_ORDER, DELETE_ORDER, ORDER_ACTION, STORE_ORDER};
use crate::frozen::{Announcement, FrozenAction, FrozenOrder, FrozenOrderDeletion, OrderOf};

const CONTACT: &str = "11111111-2222-3333-4444-555555555555";
const POST: &str = "POST /api/v3/orders";
const PUT: &str = "PUT /api/v3/orders/o1";
const DELETE: &str = "DELETE /api/v3/orders/o1";
const GET: &str = "GET /api/v3/orders/o1";
const JOB: &str = "GET /api/v3/orders/jobs/j1";
const ACT: &str = "POST /api/v3/orders/o1/action";
const ANNOUNCE: &str = "POST /api/v2/orders";
const FIND: &str = "GET /api/v3/contacts/id";

/// When the order's state came about, in seconds.
const CHANGED: i64 = -100;

fn frozen(first: bool) -> FrozenOrder {
    let settling = pos::order::settle(&pos::order::parse(&body()), None);
    let settlement = settling.settlement.expect("nothing is wrong with it");
    let frozen = FrozenOrder::new("o1", OrderOf::Order, settlement, at(CHANGED));
    frozen.of_buyer(vec![Who::Email("ada@example.com".into())]).found(first, Vec::new())
}

fn body() -> serde_json::Value {
    serde_json::json!({
        "store": "s1", "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK", "contact": { "email": "ada@example.com" },
        "lines": [{ "sku": "1", "articleNumber": "1", "name": "Hat", "quantity": 1, "unitPrice": 10, "taxPercent": 25 }],
    })
}

fn due(kind: &str, frozen: Vec<u8>) -> Due {
    Due {
        kind: kind.into(),
        key: "o1@1".into(),
        body: body().to_string().into_bytes(),
        frozen,
        contact: Some(known_as(Some(CONTACT))),
        about: Some(Subject { name: "order:o1".into(), remote_id: None, superseded: false, base: None }),
        ..enrolment(1, DeliveryState::Waiting, None)
    }
}

fn first() -> Due {
    due(STORE_ORDER, frozen(true).write())
}

fn later() -> Due {
    due(STORE_ORDER, frozen(false).write())
}

fn deletion() -> Due {
    due(DELETE_ORDER, FrozenOrderDeletion::new("o1").write())
}

fn announcement() -> Due {
    let announces = Announcement {
        order_status: "Shipped".into(),
        payment_status: "Paid".into(),
        language: None,
        data: serde_json::Map::new(),
    };
    due(ANNOUNCE_ORDER, frozen(true).announcing(announces).write())
}

/// An action of an order, of whose state this tag was learnt.
fn action(tag: Option<&str>) -> Due {
    let base = Leader {
        kind: "order".into(),
        key: "o1@1".into(),
        state: Some(DeliveryState::Done),
        learnt: tag.map(|tag| tag.as_bytes().to_vec()),
    };
    let about = Subject { name: "order:o1".into(), remote_id: None, superseded: false, base: Some(base) };
    let frozen = FrozenAction::new("o1", "ConfirmOrder", Some("sv"), serde_json::Map::new());
    Due { about: Some(about), ..due(ORDER_ACTION, frozen.write()) }
}

/// One of which an attempt may have landed.
fn unknown(due: Due) -> Due {
    let note = Some(super::super::note("answerLost", "no answer came"));
    Due { state: DeliveryState::Unknown, unknown_since: Some(at(0)), attempts: 1, failures: 1, note, ..due }
}

/// The same, and a person wants it tried again.
fn wanted_again(due: Due) -> Due {
    Due { failures: 0, note: None, ..unknown(due) }
}

/// One whose job is followed since then.
fn followed(due: Due, since: i64) -> Due {
    let mark =
        serde_json::json!({ "job": "/api/v3/orders/jobs/j1", "since": at(since).to_string(), "anew": 0 });
    Due { mark: Some(mark.to_string().into_bytes()), ..unknown(due) }
}

type Answered = Result<Response, Failure>;

fn lost() -> Answered {
    Err(Failure::NoAnswer { reached: Reached::Maybe, reason: "timed out".into() })
}

fn says(status: u16, code: &str) -> Answered {
    response(status, &serde_json::json!({ "errorCode": code }).to_string())
}

/// It is taken in, and here is its job.
fn taken() -> Answered {
    let location = Some("/api/v3/orders/jobs/j1".to_owned());
    Ok(Response { status: 202, location, ..Response::default() })
}

fn pending() -> Answered {
    response(200, r#"{"jobId":"j1","status":"Pending"}"#)
}

fn done() -> Answered {
    let location = Some("/api/v3/orders/o1".to_owned());
    Ok(Response { status: 302, location, ..Response::default() })
}

fn job_failed(code: &str) -> Answered {
    let body = serde_json::json!({ "status": "Failed", "errorCode": code, "message": "no" });
    response(422, &body.to_string())
}

/// The order as Engage has it: with this tag, changed then.
fn stored(tag: &str, changed: i64) -> Answered {
    of(tag, changed, Some(CONTACT))
}

fn of(tag: &str, changed: i64, contact: Option<&str>) -> Answered {
    let body = serde_json::json!({
        "orderId": "o1", "versionTag": tag, "contactId": contact, "lastChangedAt": at(changed).to_string(),
    });
    response(200, &body.to_string())
}

fn missing() -> Answered {
    says(404, "OrderNotFound")
}

/// Plays a delivery against a list of what is to be called and how that is answered; says what came of it, and the last
/// thing that an attempt had to remember.
fn play_at(seconds: i64, due: Due, script: Vec<(&str, Answered)>) -> (Outcome, Option<Vec<u8>>) {
    let (mut core, now) = (core(), at(seconds));
    let mut mark = None;
    let mut actions = fetched(&mut core, now, vec![due]);
    for (expected, answer) in script {
        while let [(ticket, command)] = &writes(&actions)[..] {
            let verdict = match command {
                Command::Begin(begin) => {
                    mark.clone_from(&begin.mark);
                    Verdict::Begin(Begun::Go(1))
                }
                Command::Bind(_) => Verdict::Bind(known_as(Some(CONTACT))),
                other => panic!("{expected} was to be called, but {other:?}"),
            };
            assert!(calls(&actions).is_empty(), "what is written is written before the call");
            actions = step(&mut core, now, Event::Stored(*ticket, verdict));
        }
        let [(ticket, path)] = calls(&actions)
            .try_into()
            .unwrap_or_else(|_| panic!("{expected} was to be called, but {actions:?}"));
        assert_eq!(path, expected);
        actions = step(&mut core, now, Event::Answered(ticket, answer));
    }
    let [(_, command)] = &writes(&actions)[..] else { panic!("no settlement: {actions:?}") };
    (outcome(command).clone(), mark)
}

fn play(due: Due, script: Vec<(&str, Answered)>) -> Outcome {
    play_at(0, due, script).0
}

/// The end of it in a word, with the code of its note, or with what was learnt.
fn end(outcome: &Outcome) -> String {
    let (word, rest) = match outcome {
        Outcome::Done(Done { note: Some(note), .. }) => ("done", note.code.clone()),
        Outcome::Done(Done { learnt, .. }) => {
            ("done", String::from_utf8(learnt.clone().unwrap_or_default()).unwrap())
        }
        Outcome::Again { note, .. } => ("again", note.code.clone()),
        Outcome::Unknown { note, .. } => ("unknown", note.code.clone()),
        Outcome::NeedsAttention(note) => ("attention", note.code.clone()),
    };
    format!("{word} {rest}").trim_end().to_owned()
}

fn ends(due: Due, script: Vec<(&str, Answered)>) -> String {
    end(&play(due, script))
}

#[test]
fn an_order_is_made_once_and_replaced_after_that_and_its_tag_is_learnt() {
    for (due, write) in [(first(), POST), (later(), PUT)] {
        let script = vec![(write, taken()), (JOB, done()), (GET, stored("t1", CHANGED))];
        assert_eq!(ends(due, script), "done t1");
    }
}

#[test]
fn an_order_whose_contact_is_not_known_by_its_id_waits_for_the_look_up() {
    let due = || Due { contact: Some(known_as(None)), ..first() };
    let found = || response(200, &format!("{CONTACT:?}"));
    let script = vec![(FIND, found()), (POST, taken()), (JOB, done()), (GET, stored("t1", CHANGED))];
    assert_eq!(ends(due(), script), "done t1");
    // Who is being created isn't visible at once.
    assert_eq!(ends(due(), vec![(FIND, not_found())]), "again contactNotFound");
    // One of which an attempt was lost is read before anybody is looked for.
    let script = vec![(GET, missing()), (FIND, found()), (POST, taken()), (JOB, pending())];
    assert_eq!(ends(unknown(due()), script), "unknown orderJobPending");
}

#[test]
fn a_job_is_followed_ever_more_seldom_from_where_it_was_left() {
    let (outcome, _) = play_at(0, first(), vec![(POST, taken()), (JOB, pending())]);
    let Outcome::Unknown { due, note, mark: Some(mark) } = outcome else { panic!("{outcome:?}") };
    assert_eq!((due, note.code.as_str()), (at(1), "orderJobPending"));
    let mark: serde_json::Value = serde_json::from_slice(&mark).unwrap();
    assert_eq!((&mark["job"], &mark["since"]), (&"/api/v3/orders/jobs/j1".into(), &at(0).to_string().into()));
    for (seconds, next) in [(1, 2), (4, 8), (30, 60), (100, 160), (899, 959)] {
        let (outcome, _) = play_at(seconds, followed(first(), 0), vec![(JOB, pending())]);
        let Outcome::Unknown { due, mark: Some(_), .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(due, at(next), "looked at after {seconds} s");
    }
    let ended = play_at(30, followed(first(), 0), vec![(JOB, done()), (GET, stored("t1", CHANGED))]).0;
    assert_eq!(end(&ended), "done t1");
}

#[test]
fn a_job_that_never_ends_is_left_for_the_order_itself_and_then_for_a_person() {
    let too_late = |due: Due, seen: Answered| {
        end(&play_at(901, followed(due, 0), vec![(JOB, pending()), (GET, seen)]).0)
    };
    assert_eq!(too_late(first(), missing()), "attention orderJobNotEnding");
    assert_eq!(too_late(later(), stored("t0", CHANGED - 50)), "attention orderJobNotEnding");
    assert_eq!(too_late(first(), stored("t1", CHANGED)), "done t1");
    assert_eq!(too_late(deletion(), stored("t1", CHANGED)), "attention orderJobNotEnding");
    assert_eq!(too_late(deletion(), missing()), "done");
}

#[test]
fn who_wants_an_order_tried_again_has_it_sent_anew_whatever_its_job_came_to() {
    let due = || Due { mark: followed(first(), -1_000).mark, ..wanted_again(first()) };
    let script = vec![(GET, missing()), (POST, taken()), (JOB, pending())];
    assert_eq!(ends(due(), script), "unknown orderJobPending");
    assert_eq!(ends(due(), vec![(GET, stored("t1", CHANGED))]), "done t1");
}

#[test]
fn a_job_that_is_done_before_its_order_can_be_read_is_followed_a_while_longer() {
    assert_eq!(
        ends(first(), vec![(POST, taken()), (JOB, done()), (GET, missing())]),
        "unknown orderJobPending"
    );
    let script = vec![(JOB, done()), (GET, missing())];
    assert_eq!(end(&play_at(100, followed(first(), 0), script).0), "unknown orderJobPending");
}

#[test]
fn a_job_that_is_forgotten_there_leaves_it_to_the_order() {
    let stored_then = vec![(JOB, missing()), (GET, stored("t1", CHANGED))];
    assert_eq!(ends(followed(first(), 0), stored_then), "done t1");
    // Engage took it in: it isn't said again and again while it isn't to be seen.
    let not_yet = || vec![(JOB, missing()), (GET, missing())];
    assert_eq!(ends(followed(first(), 0), not_yet()), "unknown orderJobPending");
    let older = vec![(JOB, missing()), (GET, stored("t0", CHANGED - 50))];
    assert_eq!(ends(followed(later(), 0), older), "unknown orderJobPending");
    let too_late = vec![(JOB, missing()), (GET, missing()), (GET, missing())];
    assert_eq!(end(&play_at(901, followed(first(), 0), too_late).0), "attention orderJobNotEnding");
}

#[test]
fn a_job_that_fails_is_a_persons() {
    for job in
        [job_failed("SandboxFault"), response(200, r#"{"status":"Failed","errorCode":"X","message":"no"}"#)]
    {
        assert_eq!(ends(first(), vec![(POST, taken()), (JOB, job)]), "attention orderRefused");
    }
}

#[test]
fn what_is_there_is_replaced_and_what_is_not_is_made_whatever_was_thought_before() {
    let end = || vec![(JOB, done()), (GET, stored("t1", CHANGED))];
    let turn = |script: Vec<(&'static str, Answered)>| script.into_iter().chain(end()).collect::<Vec<_>>();
    let by_job = vec![(POST, taken()), (JOB, job_failed("OrderAlreadyExists")), (PUT, taken())];
    assert_eq!(ends(first(), turn(by_job)), "done t1");
    let at_once = vec![(POST, says(409, "OrderAlreadyExists")), (PUT, taken())];
    assert_eq!(ends(first(), turn(at_once)), "done t1");
    let gone = vec![(PUT, missing()), (POST, taken())];
    assert_eq!(ends(later(), turn(gone)), "done t1");
    let gone_by_job = vec![(PUT, taken()), (JOB, job_failed("OrderNotFound")), (POST, taken())];
    assert_eq!(ends(later(), turn(gone_by_job)), "done t1");
}

#[test]
fn an_order_that_is_there_and_is_not_goes_round_in_no_circle_and_to_a_person_in_the_end() {
    let both = vec![(PUT, missing()), (POST, says(409, "OrderAlreadyExists"))];
    assert_eq!(ends(later(), both), "attention engageRefused");
    let by_jobs = vec![
        (POST, taken()),
        (JOB, job_failed("OrderAlreadyExists")),
        (PUT, taken()),
        (JOB, job_failed("OrderNotFound")),
    ];
    assert_eq!(ends(first(), by_jobs), "unknown orderRefused");
    let often = Due { mark: Some(br#"{"anew":8}"#.to_vec()), ..unknown(first()) };
    let nowhere = vec![
        (PUT, taken()),
        (JOB, job_failed("OrderNotFound")),
        (POST, taken()),
        (JOB, job_failed("OrderNotFound")),
    ];
    assert_eq!(ends(often, nowhere), "attention orderRefused");
}

#[test]
fn a_lost_answer_is_followed_by_a_look_before_anything_is_written_again() {
    for (due, write) in [(first(), POST), (later(), PUT), (deletion(), DELETE)] {
        for failure in
            [lost(), response(500, ""), response(504, ""), response(503, ""), response(202, "<html>")]
        {
            let outcome = end(&play(due.clone(), vec![(write, failure)]));
            assert!(outcome.starts_with("unknown"), "{write}: {outcome}");
        }
        for refused in [401, 429] {
            let outcome = end(&play(due.clone(), vec![(write, response(refused, ""))]));
            assert!(outcome.starts_with("again"), "{write} {refused}: {outcome}");
        }
        assert_eq!(ends(due, vec![(write, says(400, "ValidationError"))]), "attention engageRefused");
    }
    let again = vec![(GET, missing()), (POST, taken()), (JOB, pending())];
    assert_eq!(ends(unknown(first()), again), "unknown orderJobPending");
    let landed = vec![(GET, stored("t1", CHANGED))];
    assert_eq!(ends(unknown(first()), landed), "done t1");
    let older = || vec![(GET, stored("t0", CHANGED - 50)), (PUT, taken()), (JOB, pending())];
    assert_eq!(ends(unknown(first()), older()), "unknown orderJobPending");
    assert_eq!(ends(unknown(later()), older()), "unknown orderJobPending");
}

#[test]
fn a_newer_order_in_engage_is_left_alone() {
    let newer = || vec![(GET, stored("t9", CHANGED + 1))];
    assert_eq!(ends(unknown(first()), newer()), "done newerOrderInEngage");
    let outcome = play(unknown(later()), newer());
    let Outcome::Done(Done { learnt, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(learnt.as_deref(), Some(&b"t9"[..]));
}

#[test]
fn an_answer_without_a_link_to_its_job_leaves_it_to_the_order() {
    let without = || response(201, "");
    assert_eq!(ends(first(), vec![(POST, without())]), "unknown orderJobPending");
    let elsewhere = Ok(Response {
        status: 202,
        location: Some("https://elsewhere.example/api/v4/jobs/1".into()),
        ..Response::default()
    });
    assert_eq!(ends(first(), vec![(POST, elsewhere)]), "unknown orderJobPending");
}

#[test]
fn a_state_that_a_later_one_has_replaced_is_not_sent() {
    for due in [first(), unknown(first()), later(), deletion()] {
        let about = due.about.clone().map(|about| Subject { superseded: true, ..about });
        assert_eq!(ends(Due { about, ..due }, vec![]), "done superseded");
    }
}

#[test]
fn an_order_that_was_stored_without_its_fresh_contact_is_stored_again() {
    let fresh = || {
        let contact = store::ContactState { bound_at: Some(at(-10)), ..known_as(Some(CONTACT)) };
        Due { contact: Some(contact), ..first() }
    };
    let without = || vec![(POST, taken()), (JOB, done()), (GET, of("t1", CHANGED, None))];
    let (outcome, _) = play_at(0, fresh(), without());
    let Outcome::Unknown { note, mark: Some(mark), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(note.code, "orderWithoutContact");
    let again = Due { mark: Some(mark), ..unknown(fresh()) };
    let (outcome, mark) =
        play_at(10, again, vec![(PUT, taken()), (JOB, done()), (GET, of("t2", CHANGED, Some(CONTACT)))]);
    assert_eq!(end(&outcome), "done t2");
    // Were the next attempt lost as well, it would still be known for the second one.
    assert!(String::from_utf8(mark.unwrap()).unwrap().contains(r#""anew":1"#));
    // One that everything of Engage must see by now is nobody's for another reason.
    assert_eq!(ends(first(), without()), "done t1");
    let refused = vec![(POST, taken()), (JOB, job_failed("ContactNotFound"))];
    assert_eq!(ends(first(), refused), "unknown orderWithoutContact");
    let often = br#"{"anew":8}"#.to_vec();
    let last = Due { mark: Some(often), ..unknown(first()) };
    let refused = vec![(PUT, taken()), (JOB, job_failed("ContactNotFound"))];
    assert_eq!(ends(last, refused), "attention orderWithoutContact");
}

#[test]
fn an_order_that_is_stored_again_is_followed_and_not_said_each_second() {
    let mark = Some(br#"{"anew":1}"#.to_vec());
    let (outcome, _) = play_at(10, Due { mark, ..unknown(first()) }, vec![(PUT, taken()), (JOB, pending())]);
    let Outcome::Unknown { note, mark: Some(mark), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(note.code, "orderJobPending");
    let again = Due { mark: Some(mark), ..unknown(first()) };
    let (outcome, _) = play_at(11, again, vec![(JOB, done()), (GET, stored("t1", CHANGED))]);
    assert_eq!(end(&outcome), "done t1");
    let untold = Some(serde_json::json!({ "since": at(10).to_string(), "anew": 1 }).to_string().into_bytes());
    let (outcome, _) =
        play_at(11, Due { mark: untold, ..unknown(first()) }, vec![(GET, stored("t1", CHANGED))]);
    assert_eq!(end(&outcome), "done t1");
}

#[test]
fn a_deletion_is_done_when_the_order_is_gone() {
    let gone = || vec![(DELETE, taken()), (JOB, done()), (GET, missing())];
    assert_eq!(ends(deletion(), gone()), "done");
    assert_eq!(ends(deletion(), vec![(DELETE, missing())]), "done");
    assert_eq!(ends(deletion(), vec![(DELETE, taken()), (JOB, job_failed("OrderNotFound"))]), "done");
    assert_eq!(ends(unknown(deletion()), vec![(GET, missing())]), "done");
    let still_there: Vec<_> = [(GET, stored("t1", CHANGED))].into_iter().chain(gone()).collect();
    assert_eq!(ends(unknown(deletion()), still_there), "done");
    assert_eq!(
        ends(deletion(), vec![(DELETE, taken()), (JOB, job_failed("Other"))]),
        "attention orderRefused"
    );
    let not_yet = vec![(DELETE, taken()), (JOB, done()), (GET, stored("t1", CHANGED))];
    assert_eq!(ends(deletion(), not_yet), "unknown orderJobPending");
}

#[test]
fn an_action_goes_with_the_tag_of_the_state_that_it_follows() {
    assert_eq!(ends(action(Some("t1")), vec![(ACT, response(202, ""))]), "done");
    let read_first = vec![(GET, stored("t7", CHANGED)), (ACT, response(202, ""))];
    assert_eq!(ends(action(None), read_first), "done");
}

#[test]
fn a_stale_tag_is_read_anew_and_that_surely_triggered_nothing() {
    let script = vec![
        (ACT, says(404, "OrderNotFound")),
        (GET, stored("t2", CHANGED)),
        (ACT, says(404, "OrderNotFound")),
        (GET, stored("t3", CHANGED)),
        (ACT, response(202, "")),
    ];
    assert_eq!(ends(action(Some("t1")), script), "done");
    // The same tag again would fare the same.
    let same = vec![(ACT, missing()), (GET, stored("t1", CHANGED))];
    assert_eq!(ends(action(Some("t1")), same), "again orderNotThere");
    assert_eq!(ends(action(Some("t1")), vec![(ACT, missing()), (GET, missing())]), "again orderNotThere");
    let often = Due { failures: 8, ..action(Some("t1")) };
    assert_eq!(ends(often, vec![(ACT, missing()), (GET, missing())]), "attention orderNotThere");
}

#[test]
fn an_order_that_changes_under_its_action_is_not_chased_for_ever() {
    let tags = ["t1", "t2", "t3", "t4", "t5"];
    let chase = tags.iter().skip(1).flat_map(|tag| [(ACT, missing()), (GET, stored(tag, CHANGED))]);
    assert_eq!(ends(action(Some("t1")), chase.collect()), "again orderNotThere");
}

#[test]
fn a_read_that_fails_between_two_tags_leaves_the_action_untriggered() {
    for failure in [lost(), response(500, "")] {
        let outcome = ends(action(Some("t1")), vec![(ACT, missing()), (GET, failure)]);
        assert!(outcome.starts_with("again"), "{outcome}");
    }
}

#[test]
fn an_action_on_an_order_without_a_contact_is_tried_some_times() {
    let nobody = || vec![(ACT, says(422, "OrderWithoutContact"))];
    assert_eq!(ends(action(Some("t1")), nobody()), "again orderWithoutContact");
    assert_eq!(ends(Due { failures: 8, ..action(Some("t1")) }, nobody()), "attention orderWithoutContact");
}

#[test]
fn what_surely_triggered_nothing_goes_again_by_itself() {
    for (due, write) in [(action(Some("t1")), ACT), (announcement(), ANNOUNCE)] {
        for failure in [no_link(), response(429, ""), response(401, "")] {
            let outcome = ends(due.clone(), vec![(write, failure)]);
            assert!(outcome.starts_with("again"), "{write}: {outcome}");
        }
        assert_eq!(ends(due, vec![(write, says(400, "ValidationError"))]), "attention engageRefused");
    }
}

#[test]
fn what_may_have_triggered_something_waits_for_a_person_and_is_never_called_again_by_itself() {
    for (due, write) in [(action(Some("t1")), ACT), (announcement(), ANNOUNCE)] {
        let page = response(200, "<html>sign in</html>");
        for failure in
            [lost(), response(500, ""), response(502, ""), response(503, ""), response(504, ""), page]
        {
            let outcome = play(due.clone(), vec![(write, failure)]);
            let Outcome::Unknown { due: next, .. } = outcome else { panic!("{write}: {outcome:?}") };
            assert_eq!(next, at(0), "a person is asked at once");
        }
        // Whether it was left so by an answer or by the end of the process.
        assert_eq!(ends(unknown(due.clone()), vec![]), "attention actionUnknown");
        // A person's word is enough, for one attempt.
        assert_eq!(ends(wanted_again(due.clone()), vec![(write, response(202, ""))]), "done");
        let outcome = end(&play(wanted_again(due), vec![(write, lost())]));
        assert_eq!(outcome, "unknown answerLost");
    }
}
