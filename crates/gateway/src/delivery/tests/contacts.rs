//! What becomes of a contact: filled, promoted, changed, deleted; and what tills are told of one.

use super::*;
use crate::delivery::{DELETE_CONTACT, NEWER_IN_ENGAGE, Question, Told, UPDATE_CONTACT, View};
use crate::frozen::{Base, FrozenErasure, FrozenUpdate};
use crate::profile::{Kept, Profile};

const ID: &str = "11111111-2222";

fn contact(kind: &str, attributes: &str) -> Result<Response, Failure> {
    let modified = at(-100);
    response(
        200,
        &format!(
            r#"{{"id":"{ID}","attributes":{attributes},"meta":{{"contactType":"{kind}","modifiedOn":"{modified}"}},
                "preferences":{{"acceptsEmail":true,"acceptsSms":false,"acceptsPostal":false}},"consents":[]}}"#
        ),
    )
}

fn bound(due: Due, bound_at: Timestamp) -> Due {
    let contact = store::ContactState { bound_at: Some(bound_at), ..known_as(Some(ID)) };
    Due { contact: Some(contact), ..due }
}

fn update(set: &[(&str, &str)], base: &[(&str, &str)]) -> Due {
    let owned = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let may_be = owned(base).into_iter().map(|(name, value)| (name, vec![Some(value)]));
    let empty = owned(set).into_iter().filter(|(name, _)| !base.iter().any(|(own, _)| own == name));
    let fields = may_be.chain(empty.map(|(name, _)| (name, vec![None]))).collect();
    let base = Base { seen: true, fields, ..Base::default() };
    let mut frozen = FrozenUpdate::new(Some(base), "POS".into());
    frozen.set = owned(set);
    let due = enrolment(1, DeliveryState::Waiting, None);
    bound(Due { kind: UPDATE_CONTACT.into(), frozen: frozen.write(), ..due }, at(-1_000))
}

fn deletion(bound_at: Timestamp) -> Due {
    let frozen = FrozenErasure::new("POS".into()).write();
    bound(Due { kind: DELETE_CONTACT.into(), frozen, ..enrolment(1, DeliveryState::Waiting, None) }, bound_at)
}

/// The one call among some actions, and what it sends.
fn call(actions: &[Action]) -> (Ticket, String, String) {
    let sent = actions.iter().filter_map(|action| match action {
        Action::Call(ticket, request) => {
            let body = request.body.as_ref().map(|body| String::from_utf8(body.to_vec()).unwrap());
            let what = format!("{} {}", request.method, request.path_and_query);
            Some((*ticket, what, body.unwrap_or_default()))
        }
        _ => None,
    });
    let [only] = <[_; 1]>::try_from(sent.collect::<Vec<_>>()).expect("one call");
    only
}

/// Writes the attempt, and sees the call that follows.
fn begun(core: &mut Core, actions: &[Action]) -> (Ticket, String, String) {
    let [(begin, Command::Begin(_))] = &writes(actions)[..] else { panic!("no attempt: {actions:?}") };
    assert!(calls(actions).is_empty(), "the attempt is written before the call");
    call(&step(core, at(0), Event::Stored(*begin, Verdict::Begin(Begun::Go(1)))))
}

fn answer(core: &mut Core, ticket: Ticket, answer: Result<Response, Failure>) -> Vec<Action> {
    step(core, at(0), Event::Answered(ticket, answer))
}

/// Answers a look-up with the contact, which is then tied to its id.
fn found(core: &mut Core, find: Ticket) -> Vec<Action> {
    let bind = answer(core, find, response(200, &format!("{ID:?}")));
    let [(ticket, Command::Bind(_))] = &writes(&bind)[..] else { panic!("nobody is bound: {bind:?}") };
    step(core, at(0), Event::Stored(*ticket, Verdict::Bind(known_as(Some(ID)))))
}

fn done(actions: &[Action]) -> (Option<store::Note>, Option<Profile>) {
    let [(_, command)] = &writes(actions)[..] else { panic!("no settlement: {actions:?}") };
    match outcome(command) {
        Outcome::Done(Done { note, profile, .. }) => {
            (note.clone(), profile.as_deref().and_then(Profile::read))
        }
        other => panic!("not done: {other:?}"),
    }
}

#[test]
fn who_is_there_is_filled_and_not_created_again() {
    let mut core = core();
    let frozen = FrozenEnrolment::new(
        vec![Who::Email("ada@example.com".into())],
        vec![("firstName".into(), "Eva".into()), ("city".into(), "Lund".into())],
        Preferences { sms: Some(true), ..Preferences::default() },
        vec![],
        "s1".into(),
        "POS".into(),
    );
    let due = Due { frozen: frozen.write(), ..enrolment(1, DeliveryState::Waiting, None) };
    let (find, path, _) = call(&fetched(&mut core, at(0), vec![due]));
    assert_eq!(path, "GET /api/v3/contacts/id?email=ada%40example.com", "whatever their type");
    let (read, path, _) = call(&found(&mut core, find));
    assert_eq!(path, format!("GET /api/v3/contacts/{ID}"));
    let member = contact("Member", r#"{"email":"ada@example.com","firstName":"Ada"}"#);
    let looked = answer(&mut core, read, member);
    let (patch, path, body) = begun(&mut core, &looked);
    assert_eq!(path, format!("PATCH /api/v3/contacts/{ID}"));
    assert_eq!(
        body,
        r#"{"city":"Lund","preferences":{"acceptsEmail":true,"acceptsSms":true,"acceptsPostal":false}}"#
    );
    let (_, profile) = done(&answer(&mut core, patch, response(200, "")));
    let profile = profile.expect("it is kept");
    assert_eq!((profile.field("firstName"), profile.field("city")), (Some("Ada"), Some("Lund")));
}

#[test]
fn who_has_nothing_to_gain_is_only_looked_at() {
    let mut core = core();
    let (find, ..) = call(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]));
    let (read, ..) = call(&found(&mut core, find));
    let settled = answer(&mut core, read, contact("Member", r#"{"email":"person1@example.com"}"#));
    done(&settled);
    let [(ticket, _)] = writes(&settled).try_into().unwrap();
    let came = step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    assert!(came.iter().any(|action| matches!(action, Action::Came(_, super::super::How::Existed))));
}

#[test]
fn a_subscriber_is_filled_promoted_and_filled_again() {
    let mut core = core();
    let frozen = FrozenEnrolment::new(
        vec![Who::Email("ada@example.com".into())],
        vec![("firstName".into(), "Ada".into())],
        Preferences::default(),
        vec![],
        "s1".into(),
        "POS".into(),
    );
    let due = Due { frozen: frozen.write(), ..enrolment(1, DeliveryState::Waiting, None) };
    let (find, ..) = call(&fetched(&mut core, at(0), vec![due]));
    let (read, ..) = call(&found(&mut core, find));
    let looked = answer(&mut core, read, contact("Contact", r#"{"email":"ada@example.com"}"#));
    let (patch, _, body) = begun(&mut core, &looked);
    assert_eq!(body, r#"{"firstName":"Ada"}"#);
    let (promote, path, _) = call(&answer(&mut core, patch, response(200, "")));
    assert_eq!(path, format!("POST /api/v3/contacts/{ID}/updateContactType?contactTypeId=Member"));
    let (again, path, _) = call(&answer(&mut core, promote, response(200, "")));
    assert_eq!(path, format!("GET /api/v3/contacts/{ID}"));
    // The other type didn't know the field: what was dropped in silence is sent again.
    let (patch, _, body) =
        call(&answer(&mut core, again, contact("Member", r#"{"email":"ada@example.com"}"#)));
    assert_eq!(body, r#"{"firstName":"Ada"}"#);
    let settled = answer(&mut core, patch, response(200, ""));
    let [(ticket, _)] = writes(&settled).try_into().unwrap();
    let came = step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    assert!(came.iter().any(|action| matches!(action, Action::Came(_, super::super::How::Promoted))));
}

#[test]
fn a_creation_that_engage_answers_with_somebody_who_was_there_fills_and_promotes_her() {
    let mut core = core();
    let (find, ..) = call(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]));
    let sought = answer(&mut core, find, not_found());
    let (create, ..) = begun(&mut core, &sought);
    let (read, path, _) = call(&answer(&mut core, create, response(200, &format!("{ID:?}"))));
    assert_eq!(path, format!("GET /api/v3/contacts/{ID}"), "only 201 says that she is new");
    let subscriber = contact("Contact", r#"{"email":"person1@example.com"}"#);
    let (_, path, _) = call(&answer(&mut core, read, subscriber));
    assert!(path.ends_with("updateContactType?contactTypeId=Member"), "{path}");
}

#[test]
fn a_creation_that_engage_answers_without_201_is_one_where_she_is_as_was_said_or_not_yet_visible() {
    let as_said = contact("Member", r#"{"email":"person1@example.com"}"#);
    for look in [as_said, not_found()] {
        let mut core = core();
        let (find, ..) = call(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]));
        let sought = answer(&mut core, find, not_found());
        let (create, ..) = begun(&mut core, &sought);
        let (read, ..) = call(&answer(&mut core, create, response(200, &format!("{ID:?}"))));
        let settled = answer(&mut core, read, look);
        done(&settled);
        let [(ticket, _)] = writes(&settled).try_into().unwrap();
        let came = step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
        assert!(came.iter().any(|action| matches!(action, Action::Came(_, super::super::How::Created))));
    }
}

#[test]
fn what_landed_before_the_link_went_down_is_not_forgotten() {
    let mut core = core();
    let (find, ..) = call(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]));
    let sought = answer(&mut core, find, not_found());
    let (create, ..) = begun(&mut core, &sought);
    let (read, ..) = call(&answer(&mut core, create, response(200, &format!("{ID:?}"))));
    let [(_, command)] = writes(&answer(&mut core, read, no_link())).try_into().unwrap();
    assert!(matches!(outcome(&command), Outcome::Unknown { .. }), "{command:?}");
}

#[test]
fn what_had_to_wait_after_its_look_looks_again_before_it_writes() {
    let engage = Engage { requests_per_second: Some(1), ..Engage::default() };
    let mut core = Core::new(Policy { engage, boot: Boot::First }, at(0));
    let due = update(&[("street", "New 2")], &[("street", "Old 1")]);
    let (read, ..) = call(&fetched(&mut core, at(0), vec![due]));
    let looked = answer(&mut core, read, contact("Member", r#"{"street":"Old 1"}"#));
    assert!(writes(&looked).is_empty() && calls(&looked).is_empty(), "the rate is used up");
    let (_, path, _) = call(&step(&mut core, at(20), Event::Tick));
    assert_eq!(path, format!("GET /api/v3/contacts/{ID}"), "somebody may have changed it since");
}

#[test]
fn of_several_with_the_key_only_those_of_the_tenants_type_count() {
    let mut core = core();
    let (find, ..) = call(&fetched(&mut core, at(0), vec![enrolment(1, DeliveryState::Waiting, None)]));
    let several = r#"{"errorCode":"MultipleMatches","messageDetails":{"multipleMatchesFound":["a1","b2"]}}"#;
    let (_, path, _) = call(&answer(&mut core, find, response(409, several)));
    assert_eq!(path, "GET /api/v3/contacts/id?email=person1%40example.com&contactType=Member");
}

#[test]
fn an_update_sends_only_what_differs_and_names_what_it_left_alone() {
    let mut core = core();
    let due = update(
        &[("street", "New 2"), ("city", "Malmö"), ("firstName", "Ada")],
        &[("street", "Old 1"), ("city", "Lund")],
    );
    let (read, ..) = call(&fetched(&mut core, at(0), vec![due]));
    let now = contact("Member", r#"{"street":"Web 3","city":"Lund","firstName":"Ada"}"#);
    let looked = answer(&mut core, read, now);
    let (patch, path, body) = begun(&mut core, &looked);
    assert_eq!(
        (path.as_str(), body.as_str()),
        ("PATCH /api/v3/contacts/11111111-2222", r#"{"city":"Malmö"}"#)
    );
    let (note, profile) = done(&answer(&mut core, patch, response(200, "")));
    let note = note.expect("a note");
    assert_eq!((note.code.as_str(), note.detail.as_str()), (NEWER_IN_ENGAGE, "street"));
    assert_eq!(profile.and_then(|profile| profile.street), Some("Web 3".to_owned()));
}

#[test]
fn an_update_of_unknown_outcome_looks_again_before_it_writes_again() {
    let mut core = core();
    let due = Due {
        state: DeliveryState::Unknown,
        unknown_since: Some(at(-5)),
        ..update(&[("street", "New 2")], &[("street", "Old 1")])
    };
    let (read, ..) = call(&fetched(&mut core, at(0), vec![due]));
    let settled = answer(&mut core, read, contact("Member", r#"{"street":"New 2"}"#));
    assert_eq!(done(&settled).0, None, "it had landed");
}

#[test]
fn what_had_landed_without_an_answer_is_not_taken_for_somebody_elses_change() {
    let kept = |state, unknown_since| {
        let mut core = core();
        let due = update(&[("street", "New 2")], &[("street", "Old 1")]);
        let due = Due { state, unknown_since: Some(at(unknown_since)), accepted_at: at(-500), ..due };
        let (read, ..) = call(&fetched(&mut core, at(0), vec![due]));
        let settled = answer(&mut core, read, contact("Member", r#"{"street":"New 2"}"#));
        let [(_, command)] = writes(&settled).try_into().unwrap();
        let Outcome::Done(Done { profile: Some(profile), .. }) = outcome(&command) else {
            panic!("{command:?}")
        };
        Kept::read(profile).unwrap().others_changed_at
    };
    assert_eq!(kept(DeliveryState::Unknown, -99), None, "it was changed at -100, by this update");
    assert_eq!(kept(DeliveryState::Unknown, -200), Some(at(-100)), "somebody changed it later");
    assert_eq!(kept(DeliveryState::Waiting, -99), Some(at(-100)));
}

#[test]
fn an_update_of_a_contact_that_is_gone_asks_a_person_unless_it_is_not_yet_visible() {
    let mut core = core();
    let fresh = bound(update(&[("street", "New 2")], &[]), at(-10));
    let (read, ..) = call(&fetched(&mut core, at(0), vec![fresh]));
    let [(ticket, command)] = writes(&answer(&mut core, read, not_found())).try_into().unwrap();
    assert!(matches!(outcome(&command), Outcome::Again { due, .. } if *due <= at(50)), "{command:?}");
    step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    let (read, ..) = call(&fetched(&mut core, at(0), vec![update(&[("street", "New 2")], &[])]));
    let [(_, command)] = writes(&answer(&mut core, read, not_found())).try_into().unwrap();
    assert!(
        matches!(outcome(&command), Outcome::NeedsAttention(note) if note.code == "contactGone"),
        "{command:?}"
    );
}

#[test]
fn an_update_of_somebody_who_was_never_seen_here_waits_until_she_must_be_visible() {
    let mut core = core();
    let stranger = |accepted_at: i64| {
        let due = update(&[("street", "New 2")], &[]);
        let mut frozen = FrozenUpdate::read(&due.frozen).unwrap();
        frozen.contact_id = Some(ID.to_owned());
        let contact = store::ContactState { bound_at: None, ..known_as(None) };
        Due { frozen: frozen.write(), contact: Some(contact), accepted_at: at(accepted_at), ..due }
    };
    let (read, ..) = call(&fetched(&mut core, at(0), vec![stranger(-10)]));
    let [(ticket, command)] = writes(&answer(&mut core, read, not_found())).try_into().unwrap();
    assert!(matches!(outcome(&command), Outcome::Again { .. }), "{command:?}");
    step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    let (read, ..) = call(&fetched(&mut core, at(0), vec![stranger(-1_000)]));
    let [(_, command)] = writes(&answer(&mut core, read, not_found())).try_into().unwrap();
    assert!(matches!(outcome(&command), Outcome::NeedsAttention(_)), "{command:?}");
}

#[test]
fn a_deletion_of_a_contact_that_is_not_yet_visible_is_not_taken_for_done() {
    let mut core = core();
    let sought = fetched(&mut core, at(0), vec![deletion(at(-10))]);
    let (delete, path, _) = begun(&mut core, &sought);
    assert_eq!(path, "DELETE /api/v3/contacts/11111111-2222?source=POS");
    let [(ticket, command)] = writes(&answer(&mut core, delete, not_found())).try_into().unwrap();
    assert!(matches!(outcome(&command), Outcome::Again { .. }), "{command:?}");
    step(&mut core, at(0), Event::Stored(ticket, Verdict::Settle(Settled::Settled)));
    let sought = fetched(&mut core, at(0), vec![deletion(at(-1_000))]);
    let (delete, ..) = begun(&mut core, &sought);
    done(&answer(&mut core, delete, not_found()));
}

fn ask(core: &mut Core, question: Question) -> Vec<Action> {
    fetched(core, at(0), Vec::new());
    step(core, at(0), Event::Asked(Ticket::asked(1), question, at(2)))
}

fn told(actions: &[Action]) -> &Told {
    let tell = actions.iter().find_map(|action| match action {
        Action::Tell(_, told) => Some(told),
        _ => None,
    });
    tell.expect("something is told")
}

fn by(text: &str) -> engage::call::FindBy {
    engage::call::FindBy::CustomKey(engage::model::Text::new(text).unwrap())
}

#[test]
fn every_reading_of_what_was_typed_is_tried_and_two_persons_are_told_apart() {
    let mut core = core();
    let asked = ask(&mut core, Question::Identify(vec![by("1"), by("2"), by("3")], View::Minimal));
    let [one, two, three] = <[_; 3]>::try_from(calls(&asked)).expect("three look-ups at once");
    answer(&mut core, one.0, response(200, r#""aaaa""#));
    answer(&mut core, two.0, not_found());
    let reads = calls(&answer(&mut core, three.0, response(200, r#""bbbb""#)));
    assert_eq!(reads.len(), 2, "both are read, to show them masked");
    answer(&mut core, reads[0].0, contact("Member", "{}"));
    let told_of = answer(&mut core, reads[1].0, contact("Member", "{}"));
    assert!(matches!(told(&told_of), Told::Several(both) if both.len() == 2));
}

#[test]
fn readings_that_lead_to_one_person_are_one_match() {
    let mut core = core();
    let asked = ask(&mut core, Question::Identify(vec![by("1"), by("2")], View::Minimal));
    let finds = calls(&asked);
    answer(&mut core, finds[0].0, response(200, &format!("{ID:?}")));
    let (read, ..) = call(&answer(&mut core, finds[1].0, response(200, &format!("{ID:?}"))));
    assert!(matches!(told(&answer(&mut core, read, contact("Member", "{}"))), Told::Known(_)));
}

#[test]
fn a_reading_that_engage_finds_malformed_does_not_spoil_the_others() {
    let mut core = core();
    let asked = ask(&mut core, Question::Identify(vec![by("1"), by("2")], View::Minimal));
    let finds = calls(&asked);
    answer(&mut core, finds[0].0, response(400, r#"{"errorCode":"InvalidPhoneNumber"}"#));
    assert!(matches!(told(&answer(&mut core, finds[1].0, not_found())), Told::NotFound));
}

#[test]
fn at_the_deadline_a_till_is_told_what_came_and_the_rest_is_unknown() {
    let mut core = core();
    let id = engage::model::ContactId::new(ID).unwrap();
    let parts = calls(&ask(&mut core, Question::Read(id, View::Full)));
    assert_eq!(parts.len(), 4, "the contact, points, vouchers, promotions");
    answer(&mut core, parts[0].0, contact("Member", r#"{"bonusBasedLevel":"Gold"}"#));
    answer(&mut core, parts[1].0, response(200, r#"[{"id":"p1","balance":250.0}]"#));
    answer(&mut core, parts[2].0, response(500, ""));
    assert_eq!(core.next_wake(), Some(at(2)));
    let late = step(&mut core, at(2), Event::Tick);
    let Told::Known(known) = told(&late) else { panic!("{late:?}") };
    let loyalty = known.loyalty.as_ref().unwrap();
    assert!(loyalty.points.is_some() && loyalty.vouchers.is_none() && loyalty.promotions.is_none());
    assert!(known.contact.other.contains_key("bonusBasedLevel"));
}

#[test]
fn what_is_told_of_a_contact_is_as_old_as_the_asking() {
    let mut core = core();
    let id = engage::model::ContactId::new(ID).unwrap();
    let asked = ask(&mut core, Question::Read(id, View::Minimal));
    let (read, ..) = call(&asked);
    let late = step(&mut core, at(1), Event::Answered(read, contact("Member", "{}")));
    let Told::Known(known) = told(&late) else { panic!("{late:?}") };
    assert_eq!(known.asked_at, at(0));
}

#[test]
fn the_overview_is_asked_only_where_the_contact_does_not_show_its_level() {
    let id = engage::model::ContactId::new(ID).unwrap();
    for (attributes, asked_for) in [(r#"{"bonusBasedLevel":"Gold"}"#, 0), ("{}", 1)] {
        let mut core = core();
        let parts = calls(&ask(&mut core, Question::Read(id.clone(), View::Full)));
        let more = calls(&answer(&mut core, parts[0].0, contact("Member", attributes)));
        let overview = more.iter().filter(|(_, path)| path.contains("contactoverview")).count();
        assert_eq!(overview, asked_for, "{attributes}");
    }
}

#[test]
fn who_was_forgotten_here_and_is_still_in_engage_is_waited_for_and_then_shown_to_a_person() {
    for (failures, is_last) in [(0, false), (50, true)] {
        let mut core = core();
        let due = Due { failures, ..enrolment(1, DeliveryState::Waiting, None) };
        let (find, ..) = call(&fetched(&mut core, at(0), vec![due]));
        let bind = answer(&mut core, find, response(200, &format!("{ID:?}")));
        let [(ticket, Command::Bind(_))] = &writes(&bind)[..] else { panic!("{bind:?}") };
        let settled = step(&mut core, at(0), Event::Stored(*ticket, Verdict::Bind(known_as(None))));
        assert!(calls(&settled).is_empty(), "nothing is written about her: {settled:?}");
        let [(_, command)] = writes(&settled).try_into().unwrap();
        let why = match outcome(&command) {
            Outcome::Again { note, .. } if !is_last => note,
            Outcome::NeedsAttention(note) if is_last => note,
            other => panic!("{other:?}"),
        };
        assert_eq!(why.code, "forgottenInEngage");
    }
}
