//! The main walk under each value of each switch, under faults, and from many seeds.

use jiff::SignedDuration;
use sandbox::{Act, Event, Fault, FaultKind, Reply, World, step, switches};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, RECEIPT, RETURN, Tenant, changed, request, shown};

/// What a careful client does, one call a second, asserting only what holds under every switch.
fn walk(tenant: &mut Tenant) {
    fn call(tenant: &mut Tenant, method: &str, target: &str, body: &str) -> (u16, Value) {
        tenant.wait(1);
        tenant.call(method, target, body)
    }
    let (status, created) = call(tenant, "POST", CREATE, CONTACT);
    assert!((200..300).contains(&status), "{status} {created}");
    let again = call(tenant, "POST", CREATE, CONTACT).0;
    assert!(again == 409 || again == 200, "{again}");
    tenant.wait(i64::from(tenant.world.switches().visibility_delay_seconds));
    let (status, found) = call(tenant, "GET", "/api/v3/contacts/id?email=ada.lind%40example.com", "");
    let id = found.as_str().or(found["id"].as_str()).unwrap().to_owned();
    assert_eq!((status, created["id"].as_str()), (200, Some(id.as_str())));
    let contact = call(tenant, "GET", &format!("/api/v3/contacts/{id}"), "").1;
    let preferences = &contact["preferences"];
    let accepts_email = preferences.get("acceptsEmail").or(preferences.get("AcceptsEmails"));
    assert_eq!(accepts_email, Some(&Value::Bool(true)));

    let by_id = Some(json!({ "matchKey": id, "matchKeyType": "contactId" }));
    for receipt in [RECEIPT, RETURN, RECEIPT] {
        let body = changed(receipt, "/contact", by_id.clone());
        let (status, _) = call(tenant, "POST", "/api/v3/receipts", &body);
        assert!((200..300).contains(&status), "{status}");
    }
    tenant.wait(i64::from(tenant.world.switches().import_interval_seconds));
    let page = call(tenant, "GET", &format!("/api/v2/contacts/{id}/transactions"), "").1;
    let ids: Vec<&str> =
        page["items"].as_array().unwrap().iter().map(|item| item["externalId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["store03-till1-20261123-000112", "store03-till2-20261122-000871"]);
}

#[test]
fn the_main_walk_holds_under_each_value_of_each_switch() {
    walk(&mut Tenant::new());
    for spec in switches::SPECS {
        let values: Vec<String> = match spec.values {
            switches::Values::OneOf(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            switches::Values::Between { least, most } => vec![least.to_string(), most.to_string()],
        };
        for value in values {
            let mut tenant = Tenant::new();
            // The walk's store must exist where a creation is refused without it.
            tenant.post("/api/v3/stores", r#"{"name":"Stockholm 03","externalId":"store03-stockholm"}"#);
            tenant.switch(spec.name, &value);
            walk(&mut tenant);
        }
    }
}

#[test]
fn faults_are_met_in_their_order_and_counted() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    let status = FaultKind::Status { code: 503, retry_after_seconds: Some(7) };
    let faults = [
        Fault::on("POST", "/api/v3/receipts", 1, FaultKind::CutBefore),
        Fault::on("POST", "/api/v3/receipts", 1, status),
        Fault::on("POST", "/api/v3/receipts", 1, FaultKind::CutAfter),
        Fault::on("POST", "/api/v3/receipts", 1, FaultKind::Delay { ms: 250 }),
        Fault::on("POST", "/api/v3/receipts", 1, FaultKind::Drip { ms: 500 }),
    ];
    assert_eq!(tenant.act(Act::SetFaults(faults.to_vec())), 204);
    let send = |tenant: &mut Tenant| {
        let reply = tenant.send(Event::Request(request("POST", "/api/v3/receipts", RECEIPT)));
        (reply, tenant.world.receipts().len())
    };
    assert_eq!(send(&mut tenant), (Reply::Cut, 0), "cut before: nothing happened");
    let (refused, kept) = send(&mut tenant);
    let answer = refused.answer().unwrap();
    assert_eq!((answer.status, kept), (503, 0));
    assert!(answer.headers.contains(&("retry-after", "7".to_owned())));
    assert_eq!(send(&mut tenant), (Reply::Cut, 1), "cut after: it happened");
    assert!(matches!(send(&mut tenant), (Reply::Delayed { by, .. }, 2) if by.as_millis() == 250));
    assert!(matches!(send(&mut tenant), (Reply::Dripped { over, .. }, 3) if over.as_millis() == 500));
    assert!(tenant.world.faults().is_empty());
    assert!(matches!(send(&mut tenant), (Reply::Answer(_), 4)));
    assert_eq!(tenant.get("/api/v3/stores").0, 200);
}

/// A few hundred events that follow from a seed, a good part of them nonsense.
fn events(seed: u64) -> Vec<(Event, i64)> {
    let mut state = seed;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..300)
        .map(|_| {
            let person = draw(20);
            let email = json!(format!("p{person}@example.com"));
            let event = match draw(12) {
                0..=2 => Event::Request(request("POST", CREATE, &changed(CONTACT, "/email", Some(email)))),
                3..=5 => {
                    let body = changed(RECEIPT, "/contact/matchKey", Some(email));
                    let body = changed(&body, "/uniqueReceiptId", Some(json!(format!("r-{}", draw(50)))));
                    Event::Request(request("POST", "/api/v3/receipts", &body))
                }
                6 => Event::Request(request(
                    "GET",
                    &format!("/api/v3/contacts/id?any=p{person}%40example.com"),
                    "",
                )),
                7 => Event::Request(request("PATCH", "/api/v3/contacts/%00?a=%ff", "\u{0}{")),
                8 => Event::Timer,
                9 => Event::Act(Act::Advance { seconds: 100 }),
                10 => Event::Act(Act::AddFault(Fault::on("*", "*", 1, FaultKind::CutAfter))),
                _ => Event::Act(if draw(2) == 0 { Act::Freeze } else { Act::Resume }),
            };
            (event, draw(120) as i64)
        })
        .collect()
}

fn run(seed: u64) -> (String, String) {
    let mut world = World::new(seed, sandbox::Settings::default());
    let mut now = "2026-11-22T15:00:00Z".parse().unwrap();
    let mut replies = Vec::new();
    for (event, seconds) in events(seed) {
        now += SignedDuration::from_secs(seconds);
        replies.push(step(&mut world, event, now));
    }
    (format!("{replies:?}"), shown(&world))
}

#[test]
fn the_same_seed_and_events_give_the_same_bytes() {
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed), "seed {seed}");
    }
    assert_ne!(run(1), run(2));
}

#[test]
fn whatever_happens_a_key_is_made_once_and_a_receipt_imported_once() {
    for seed in 100..130 {
        let mut world = World::new(seed, sandbox::Settings::default());
        let mut now = "2026-11-22T15:00:00Z".parse().unwrap();
        for (event, seconds) in events(seed) {
            now += SignedDuration::from_secs(seconds);
            step(&mut world, event, now);
        }
        assert!(world.creations().all(|(_, count)| count.made <= 1), "seed {seed}");
        let imported = world.receipts().iter().filter(|receipt| receipt.fate.word() == "imported");
        let mut ids: Vec<_> = imported.map(|receipt| &receipt.content.unique_receipt_id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "seed {seed}");
        assert!(count > 0, "seed {seed} imports something");
    }
}
