//! The journal: what was answered is still there, whatever happened to the process.

use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use sandbox::{
    Act, Book, By, Deed, Error, Event, ForkName, Identifier, Opened, OrderDeed, Settings, Stage, Switches,
};

use crate::orders::{ORDER, ORDERS};
use crate::tenant::{CONTACT, CREATE, RECEIPT, changed, request, shown};

fn start() -> Timestamp {
    "2026-11-22T15:00:00Z".parse().unwrap()
}

fn open(folder: &Path) -> (Book, Opened) {
    Book::open(folder, 7, Settings::default(), start()).unwrap()
}

fn create(book: &mut Book, number: u64) {
    let body = changed(CONTACT, "/email", Some(format!("p{number}@example.com").into()));
    let event = Event::Request(request("POST", CREATE, &body));
    let (reply, _) = book.apply(event, start() + SignedDuration::from_secs(number as i64)).unwrap();
    assert_eq!(reply.answer().unwrap().status, 201);
}

/// A few events of every kind.
fn live(book: &mut Book) {
    for number in 0..5 {
        create(book, number);
    }
    let receipt = changed(RECEIPT, "/contact/matchKey", Some("p3@example.com".into()));
    let ids: Vec<_> = book.world().contacts().map(|contact| contact.id).collect();
    let of = |row: usize| format!("/api/v3/contacts/{}", ids[row]);
    for event in [
        Event::Request(request("PATCH", &of(0), r#"{"street":"","email":"new@example.com"}"#)),
        Event::Request(request("GET", &format!("/api/v3/contactoverview?contactId={}", ids[0]), "")),
        Event::Request(request("DELETE", &of(1), "")),
        Event::Request(request("DELETE", &of(2), "")),
        Event::Act(Act::Restore { contact: ids[2] }),
        Event::Request(request("POST", "/api/v3/receipts", &receipt)),
        Event::Request(request("GET", "/api/v3/contacts/id?email=p1%40example.com", "")),
        Event::Request(request("POST", "/api/v3/receipts", "\u{1}not json")),
        Event::Act(Act::Freeze),
        Event::Act(Act::Advance { seconds: 2_000 }),
        Event::Timer,
    ] {
        book.apply(event, start() + SignedDuration::from_secs(60)).unwrap();
    }
}

#[test]
fn a_replay_is_the_same_world() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, opened) = open(folder.path());
    assert_eq!(opened, Opened { replayed: 0, torn_bytes: 0 });
    live(&mut book);
    let before = shown(book.world());
    drop(book);
    let (book, opened) = open(folder.path());
    assert_eq!(opened, Opened { replayed: 16, torn_bytes: 0 });
    assert_eq!(shown(book.world()), before);
}

#[test]
fn a_snapshot_gives_the_same_world_as_a_replay_and_goes_on_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    live(&mut book);
    book.snapshot().unwrap().write().unwrap();
    create(&mut book, 100);
    let before = shown(book.world());
    drop(book);
    let (mut book, opened) = open(folder.path());
    assert_eq!((opened.replayed, shown(book.world())), (1, before));
    create(&mut book, 101);
    let after = shown(book.world());
    drop(book);
    fs::remove_dir_all(folder.path().join("snapshots")).unwrap();
    let (book, opened) = open(folder.path());
    assert_eq!(
        (opened.replayed, shown(book.world())),
        (18, after),
        "ids and sequences go on as they would have"
    );
}

/// Orders in every state that there is: stored, changed, gone, waiting, failed, never ending.
fn trade(book: &mut Book) {
    create(book, 1);
    let contact = book.world().contacts().next().unwrap().id;
    let order = |id: &str| {
        let by_id = serde_json::json!({ "matchKey": contact, "matchKeyType": "ContactId" });
        changed(&changed(ORDER, "/contact", Some(by_id)), "/orderId", Some(id.into()))
    };
    let action = serde_json::json!({ "action": "Confirm", "data": { "price": 1.10 } });
    let switched = |name: &str, value: &str| Switches::default().with_text(name, value).unwrap();
    let apply = |book: &mut Book, event: Event, second: i64| {
        book.apply(event, start() + SignedDuration::from_secs(second)).unwrap();
    };
    for (second, method, target, body) in [
        (2, "POST", ORDERS.to_owned(), order("first")),
        (2, "POST", ORDERS.to_owned(), changed(&order("second"), "/orderAction", Some(action))),
        (5, "POST", format!("{ORDERS}/first/change-status"), r#"{"externalStatus":"Packed"}"#.to_owned()),
        (9, "DELETE", format!("{ORDERS}/second"), String::new()),
        (9, "POST", ORDERS.to_owned(), order("first")),
        (20, "GET", format!("{ORDERS}/first"), String::new()),
        (20, "PUT", format!("{ORDERS}/first"), order("first")),
    ] {
        apply(book, Event::Request(request(method, &target, &body)), second);
    }
    for (kind, id) in [("neverEnd", "third"), ("doneUntold", "fourth"), ("fail", "fifth")] {
        apply(book, Event::Act(Act::SetSwitches(switched("orderJobs", kind))), 21);
        apply(book, Event::Request(request("POST", ORDERS, &order(id))), 21);
    }
}

#[test]
fn orders_and_their_jobs_are_the_same_by_a_snapshot_and_by_a_replay() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    trade(&mut book);
    book.snapshot().unwrap().write().unwrap();
    let before = shown(book.world());
    let go_on = |book: &mut Book| {
        book.apply(Event::Timer, start() + SignedDuration::from_secs(30)).unwrap();
        let stored: Vec<_> = book.world().orders().map(|order| order.order_id.clone()).collect();
        assert_eq!(stored, ["first", "fourth"]);
        assert_eq!(book.world().orders().next().unwrap().body["externalStatus"], "ReceiptPrinted");
        let deeds = book.world().order_effects().iter();
        let triggered = deeds.filter(|one| one.kind == OrderDeed::ActionTriggered).count();
        assert_eq!((triggered, book.world().order_effects().len()), (1, 7));
    };
    drop(book);
    let (mut book, opened) = open(folder.path());
    assert_eq!((opened.replayed, shown(book.world())), (0, before));
    go_on(&mut book);
    let after = shown(book.world());
    drop(book);
    fs::remove_dir_all(folder.path().join("snapshots")).unwrap();
    let (book, opened) = open(folder.path());
    assert_eq!((opened.replayed, shown(book.world())), (15, after));
}

#[test]
fn an_overview_that_was_answered_before_a_restart_is_answered_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    create(&mut book, 1);
    let id = book.world().contacts().next().unwrap().id;
    let street = |book: &mut Book| {
        let overview = request("GET", &format!("/api/v3/contactoverview?contactId={id}"), "");
        let (reply, _) = book.apply(Event::Request(overview), start()).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&reply.answer().unwrap().body).unwrap();
        body["attributes"]["street"].as_str().unwrap().to_owned()
    };
    assert_eq!(street(&mut book), "Storgatan 4");
    book.snapshot().unwrap().write().unwrap();
    let update = request("PATCH", &format!("/api/v3/contacts/{id}"), r#"{"street":"Nygatan 9"}"#);
    book.apply(Event::Request(update), start()).unwrap();
    drop(book);
    let (mut book, opened) = open(folder.path());
    assert_eq!((opened.replayed, street(&mut book).as_str()), (1, "Storgatan 4"));
}

#[test]
fn a_journal_of_an_older_version_is_read_with_defaults_for_what_came_later() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("journal.jsonl"), include_str!("../examples/journal-of-rules-1.jsonl"))
        .unwrap();
    let (book, opened) = open(folder.path());
    assert_eq!((opened.replayed, opened.torn_bytes), (4, 0));
    let world = book.world();
    assert_eq!((world.contacts().len(), world.seed()), (1, 7));
    assert_eq!(world.switches().value("receiptAnswer"), Some("200".into()));
    assert_eq!(world.switches().value("updateAnswer"), Some("contact".into()));
    let statuses: Vec<_> = world.requests().map(|line| line.status).collect();
    assert_eq!(statuses, [Some(201), Some(200)], "an update was answered 501 then, and is done now");
}

#[test]
fn a_journal_from_before_calls_used_offers_is_read_by_the_rules_of_today() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("journal.jsonl"), include_str!("../examples/journal-of-rules-3.jsonl"))
        .unwrap();
    let (book, opened) = open(folder.path());
    assert_eq!((opened.replayed, opened.torn_bytes), (8, 0));
    let world = book.world();
    let promotion = &world.promotions()[0];
    assert_eq!(promotion.stage, Stage::Published, "what was defined then is active");
    let deeds: Vec<_> = world.offer_changes().iter().map(|one| (one.deed, one.by)).collect();
    let (person, call) = (By::Person, By::Request(2));
    let expected = [
        (Deed::Assigned, person),
        (Deed::Assigned, person),
        (Deed::Redeemed, person),
        (Deed::Redeemed, person),
        (Deed::Redeemed, call),
    ];
    assert_eq!(deeds, expected, "a redemption was answered 501 then, and is done now");
    assert_eq!(world.vouchers().next().unwrap().reactivations, 0);
}

#[test]
fn a_torn_last_line_is_cut_off_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    create(&mut book, 1);
    let before = shown(book.world());
    drop(book);
    let journal = folder.path().join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    for torn in ["{", "{\"at\":\"2026-11-22T15:00:00Z\",\"event\":\"timer\"}"] {
        fs::OpenOptions::new().append(true).open(&journal).unwrap().write_all(torn.as_bytes()).unwrap();
        let (book, opened) = open(folder.path());
        assert_eq!((opened.torn_bytes, opened.replayed), (torn.len() as u64, 1));
        assert_eq!(shown(book.world()), before);
        assert_eq!(fs::read(&journal).unwrap(), whole);
    }
}

#[test]
fn a_journal_that_is_damaged_inside_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    create(&mut book, 1);
    create(&mut book, 2);
    drop(book);
    let journal = folder.path().join("journal.jsonl");
    let damaged = fs::read_to_string(&journal).unwrap().replacen("\"event\"", "\"ev#nt\"", 1);
    fs::write(&journal, &damaged).unwrap();
    let refused = Book::open(folder.path(), 7, Settings::default(), start());
    assert!(matches!(refused, Err(Error::Damaged { line: 2, .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&journal).unwrap(), damaged);
}

#[test]
fn a_snapshot_that_does_not_fit_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    live(&mut book);
    book.snapshot().unwrap().write().unwrap();
    let before = shown(book.world());
    drop(book);
    let snapshot = fs::read_dir(folder.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&snapshot).unwrap();
    let half = text[..text.len() / 2].to_owned();
    let of_other_rules = text.replacen("\"rules\":", "\"rules\":9", 1);
    let of_another_journal = text.replacen("\"fingerprint\":\"", "\"fingerprint\":\"0", 1);
    for unfit in [half, of_other_rules, of_another_journal, String::new()] {
        fs::write(&snapshot, unfit).unwrap();
        let (book, opened) = open(folder.path());
        assert_eq!((opened.replayed, shown(book.world())), (16, before.clone()));
    }
}

#[test]
fn a_rewind_goes_back_stops_the_clock_and_keeps_the_rest_as_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    for number in 0..4 {
        create(&mut book, number);
    }
    book.snapshot().unwrap().write().unwrap();
    let at_four = shown(book.world());
    live_on(&mut book);
    let at_eight = shown(book.world());
    let late = start() + SignedDuration::from_hours(5);
    let kept = book.rewind(4, late).unwrap();
    assert_eq!(book.world().contacts().len(), 4);
    assert!(book.world().is_frozen());
    assert_eq!(book.world().time(late), start() + SignedDuration::from_secs(3), "as if no time had passed");
    assert_eq!(shown(book.world()), at_four.replace("false,null", "true,null"), "only the clock differs");

    let fork = tempfile::tempdir().unwrap();
    fs::copy(kept, fork.path().join("journal.jsonl")).unwrap();
    assert_eq!(shown(open(fork.path()).0.world()), at_eight, "the fork is a journal itself");

    create(&mut book, 50);
    let after = shown(book.world());
    drop(book);
    let (mut book, opened) = open(folder.path());
    assert_eq!((opened.replayed, shown(book.world())), (2, after), "from the snapshot of the fourth event");
    assert!(matches!(book.rewind(100, start()), Err(Error::NoSuchEvent { events: 6, to: 100 })));
    book.rewind(0, start()).unwrap();
    assert_eq!(book.world().contacts().len(), 0);
}

fn live_on(book: &mut Book) {
    for number in 10..14 {
        create(book, number);
    }
}

#[test]
fn a_fork_has_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    create(&mut book, 1);
    let name = ForkName::new("before-the-demo").unwrap();
    let path = book.fork(&name).unwrap();
    assert_eq!(fs::read(path).unwrap(), fs::read(folder.path().join("journal.jsonl")).unwrap());
    assert!(matches!(book.fork(&name), Err(Error::ForkExists(_))));
    for wrong in ["", "../journal", "Über", "a b"] {
        assert!(ForkName::new(wrong).is_err(), "{wrong}");
    }
    assert!(matches!(Book::in_memory(7, Settings::default()).fork(&name), Err(Error::NoFolder)));
}

#[test]
fn a_folder_has_one_sandbox_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (book, _) = open(folder.path());
    assert!(matches!(Book::open(folder.path(), 7, Settings::default(), start()), Err(Error::InUse)));
    drop(book);
    open(folder.path());
}

#[test]
fn other_settings_at_a_start_are_an_event() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let other = Settings::default().with_member_key(Identifier::MobilePhone);
    let (book, _) = Book::open(folder.path(), 8, other.clone(), start()).unwrap();
    assert_eq!((book.events(), book.world().settings(), book.world().seed()), (1, &other, 7));
}

#[test]
fn no_file_holds_an_api_key() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { api_keys: sandbox::ApiKeys::only(["test-key"]), ..Settings::default() };
    let (mut book, _) = Book::open(folder.path(), 7, settings, start()).unwrap();
    create(&mut book, 1);
    book.snapshot().unwrap().write().unwrap();
    let snapshot = fs::read_dir(folder.path().join("snapshots")).unwrap().next().unwrap().unwrap().path();
    for file in [folder.path().join("journal.jsonl"), snapshot] {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("p1@example.com") && !text.contains("test-key"));
    }
}

#[test]
fn a_restart_of_a_hundred_thousand_contacts_replays_a_bounded_part() {
    const CONTACTS: u64 = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let (mut book, _) = open(folder.path());
    for number in 0..CONTACTS {
        let body = format!(r#"{{"email":"p{number}@example.com"}}"#);
        let now = start() + SignedDuration::from_millis(number as i64 * 10);
        book.apply(Event::Request(request("POST", CREATE, &body)), now).unwrap();
        if let Some(job) = book.snapshot_due().unwrap() {
            job.write().unwrap();
        }
    }
    let last = book.world().contacts().last().unwrap().clone();
    drop(book);
    let (book, opened) = open(folder.path());
    assert!(opened.replayed <= CONTACTS / 2, "{} events were replayed", opened.replayed);
    assert_eq!(book.world().contacts().len() as u64, CONTACTS);
    assert_eq!(book.world().contacts().last(), Some(&last));
    let kept = fs::read_dir(folder.path().join("snapshots")).unwrap().count();
    assert!(kept <= 4, "{kept} snapshots are kept");
}
