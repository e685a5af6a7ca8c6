//! The feed of changes.

use engage::call::ChangeKind;
use engage::model::ContactId;

use super::*;
use crate::delivery::READ_TO;

fn core() -> Core {
    let engage = Engage {
        requests_per_second: None,
        changes_interval: Some(Duration::from_secs(300)),
        ..Engage::default()
    };
    Core::new(Policy { engage, boot: Boot::First }, at(0))
}

/// A core that has just asked who was created since it last read the feed, `back` seconds ago.
fn polling(back: i64) -> (Core, Ticket, String) {
    let mut core = core();
    let started = fetched(&mut core, at(0), Vec::new());
    assert!(!started.iter().any(|action| matches!(action, Action::Call(..))));
    let asked = step(&mut core, at(0), Event::FeedReadTo(Some(at(-back))));
    let (ticket, query) = query(&asked);
    (core, ticket, query)
}

/// The same, after it was told that nobody was, when it has just asked who was updated.
fn polling_for_updates(back: i64) -> (Core, Ticket, String) {
    let (mut core, created, path) = polling(back);
    assert!(path.contains("changeType=Created"), "{path}");
    let (ticket, query) = query(&step(&mut core, at(0), Event::Answered(created, response(200, "[]"))));
    (core, ticket, query)
}

fn query(actions: &[Action]) -> (Ticket, String) {
    let call = actions.iter().find_map(|action| match action {
        Action::Call(ticket, request) => Some((*ticket, request.path_and_query.clone())),
        _ => None,
    });
    call.expect("a call")
}

fn kept(actions: &[Action]) -> Option<String> {
    actions.iter().find_map(|action| match action {
        Action::Note(Command::Keep(keep)) if keep.name == READ_TO => {
            Some(String::from_utf8(keep.value.clone()).unwrap())
        }
        _ => None,
    })
}

#[test]
fn what_changed_and_is_held_here_is_read_again_and_what_was_deleted_is_erased() {
    let (mut core, updated, path) = polling_for_updates(600);
    assert!(path.contains("changeType=Updated"), "{path}");
    let listed = step(&mut core, at(0), Event::Answered(updated, response(200, r#"["aa","bb","cc"]"#)));
    assert!(
        listed
            .iter()
            .any(|action| matches!(action, Action::FetchHeld(ChangeKind::Updated, ids) if ids.len() == 3))
    );
    let here = vec![ContactId::new("bb").unwrap()];
    let (read, path) = query(&step(&mut core, at(0), Event::ChangedHere(ChangeKind::Updated, here)));
    assert_eq!(path, "/api/v3/contacts/bb");
    let seen = step(&mut core, at(0), Event::Answered(read, response(200, r#"{"id":"bb"}"#)));
    assert!(
        seen.iter()
            .any(|action| matches!(action, Action::Remember(known) if known.contact.id.as_str() == "bb"))
    );
    let (deleted, path) = query(&seen);
    assert!(path.contains("changeType=Deleted"), "{path}");
    step(&mut core, at(0), Event::Answered(deleted, response(200, r#"["dd"]"#)));
    let here = vec![ContactId::new("dd").unwrap()];
    let ended = step(&mut core, at(0), Event::ChangedHere(ChangeKind::Deleted, here));
    assert!(ended.iter().any(|action| matches!(action, Action::Erase(id) if id.as_str() == "dd")));
    assert_eq!(kept(&ended), Some(at(0).to_string()), "a restart goes on from here");
    assert_eq!(core.next_wake(), Some(at(300)));
}

#[test]
fn a_window_that_is_refused_is_halved() {
    let (mut core, asked, first) = polling(86_400);
    let (_, second) = query(&step(&mut core, at(0), Event::Answered(asked, response(400, ""))));
    assert_ne!(first, second);
    let until = |path: &str| path.split("toDate=").nth(1).unwrap().to_owned();
    assert!(until(&second) < until(&first), "{second}");
}

#[test]
fn a_tenant_without_the_feed_is_left_alone_and_nothing_else_suffers() {
    let (mut core, mut asked, _) = polling(600);
    for _ in 0..20 {
        let refused = response(403, r#"{"errorCode":"Forbidden"}"#);
        let next = step(&mut core, at(0), Event::Answered(asked, refused));
        match next.iter().find_map(|action| matches!(action, Action::Call(..)).then(|| query(&next).0)) {
            Some(again) => asked = again,
            None => {
                assert!(core.link_is_up());
                assert!(core.next_wake() >= Some(at(60)), "{:?}", core.next_wake());
                return;
            }
        }
    }
    panic!("it was asked again and again");
}

#[test]
fn a_feed_that_is_refused_while_the_link_is_tried_leaves_the_trying_to_others() {
    let (mut core, mut asked, _) = polling(600);
    for down in [0, 60, 120] {
        step(&mut core, at(down), Event::Answered(asked, no_link()));
        if down < 120 {
            asked = query(&step(&mut core, at(down + 60), Event::Tick)).0;
        }
    }
    assert!(!core.link_is_up());
    let (probe, path) = query(&step(&mut core, at(180), Event::Tick));
    assert!(path.contains("/changes"), "{path}");
    step(&mut core, at(180), Event::Answered(probe, response(403, "")));
    let due = vec![enrolment(1, DeliveryState::Waiting, None)];
    let tried = fetched(&mut core, at(181), due);
    assert_eq!(calls(&tried).len(), 1, "the next call is the probe");
}

#[test]
fn a_feed_that_was_read_rests_however_long_its_answers_take() {
    let (mut core, mut asked, _) = polling(600);
    for seconds in [2, 4] {
        let next = step(&mut core, at(seconds), Event::Answered(asked, response(200, "[]")));
        asked = query(&next).0;
    }
    let read = step(&mut core, at(6), Event::Answered(asked, response(200, "[]")));
    assert_eq!(kept(&read), Some(at(0).to_string()), "what came after it was begun is asked for next time");
    assert!(!read.iter().any(|action| matches!(action, Action::Call(..))));
    assert_eq!(core.next_wake(), Some(at(306)));
}

#[test]
fn what_a_till_said_of_somebody_it_enrolled_is_completed_by_the_feed() {
    let (mut core, created, _) = polling(600);
    step(&mut core, at(0), Event::Answered(created, response(200, r#"["aa"]"#)));
    let here = vec![ContactId::new("aa").unwrap()];
    let (_, path) = query(&step(&mut core, at(0), Event::ChangedHere(ChangeKind::Created, here)));
    assert_eq!(path, "/api/v3/contacts/aa");
}

#[test]
fn what_is_held_from_before_the_feed_was_first_read_is_asked_about_too() {
    let mut core = core();
    fetched(&mut core, at(0), Vec::new());
    let (_, path) = query(&step(&mut core, at(0), Event::FeedReadTo(None)));
    let day_before = at(-86_400).to_string();
    let day = day_before.split('T').next().unwrap();
    assert!(path.contains(&format!("fromDate={day}")), "{path}");
}
