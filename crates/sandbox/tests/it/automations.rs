//! What Engage does by itself, or when it is told to in its own pages: the welcome of a new member, and points that
//! become vouchers.

use jiff::Timestamp;
use sandbox::{Act, Book, Event, PointGift, Settings, next_due};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed, request, shown};

const PROMOTION: &str = include_str!("../examples/promotion.json");

/// The default tenant with some settings as JSON has them.
pub fn set_up(with: &Value) -> Settings {
    let mut written = serde_json::to_value(Settings::default()).unwrap();
    for (name, value) in with.as_object().unwrap() {
        written[name] = value.clone();
    }
    serde_json::from_value(written).unwrap()
}

fn answered(tenant: &mut Tenant, act: Act) -> (u16, Value) {
    let reply = tenant.send(Event::Act(act));
    let answer = reply.answer().unwrap();
    let body =
        if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).unwrap() };
    (answer.status, body)
}

fn give_points(tenant: &mut Tenant, contact: &str, amount: i64, from: Option<&str>) {
    let gift = PointGift {
        contact: contact.parse().unwrap(),
        amount: amount.into(),
        valid_from: from.map(|text| text.parse::<Timestamp>().unwrap()),
        valid_to: None,
        description: String::new(),
    };
    assert_eq!(answered(tenant, Act::GivePoints(gift)).0, 201);
}

/// What a contact's vouchers are worth in a currency, the first given first.
fn amounts(tenant: &Tenant, contact: &str, currency: &str) -> Vec<String> {
    let mine = tenant.world.vouchers().filter(|voucher| voucher.contact.to_string() == contact);
    let worth = mine.flat_map(|voucher| std::iter::once(&voucher.value).chain(&voucher.local_values));
    worth.filter(|one| one.currency == currency).map(|one| one.amount.normalize().to_string()).collect()
}

fn balance(tenant: &mut Tenant, contact: &str) -> String {
    let accounts = tenant.get(&format!("/api/v3/point-accounts?contactId={contact}")).1;
    accounts[0]["balance"].to_string()
}

fn enrol(tenant: &mut Tenant, email: &str, contact_type: &str, query: &str) -> String {
    let body = changed(CONTACT, "/email", Some(json!(email)));
    let body = changed(&body, "/contactType", Some(json!(contact_type)));
    let (status, contact) = tenant.post(&format!("{CREATE}{query}"), &body);
    assert_eq!(status, 201, "{contact}");
    contact["id"].as_str().unwrap().to_owned()
}

fn steps() -> Value {
    json!([
        { "points": 200, "amount": 20, "localValues": [{ "amount": 2, "currency": "EUR" }] },
        { "points": 1000, "amount": 150 },
    ])
}

#[test]
fn a_payout_by_steps_makes_vouchers_takes_their_points_and_leaves_the_rest() {
    let payouts = json!({ "pays": { "steps": steps() }, "validDays": 30, "name": "Q1 bonus" });
    let mut tenant = Tenant::with(set_up(&json!({ "payouts": payouts })));
    let id = tenant.enrol();
    give_points(&mut tenant, &id, 1_250, None);
    let (status, made) = answered(&mut tenant, Act::PayOut { contact: None });
    assert_eq!(status, 200, "{made}");
    let list = tenant.get(&format!("/api/v3/reward-vouchers/available?contactId={id}")).1;
    for row in list["items"].as_array().unwrap() {
        assert_eq!(
            (&row["name"], &row["expiresOn"]),
            (&json!("Q1 bonus"), &json!("2026-12-22T22:59:59.000Z"))
        );
        let told = made["vouchers"].as_array().unwrap().iter().find(|one| one["id"] == row["id"]).unwrap();
        assert_eq!((&told["contact"], &told["voucherNumber"]), (&json!(id), &row["voucherNumber"]));
    }
    assert_eq!(amounts(&tenant, &id, "SEK"), ["150", "20"]);
    assert_eq!(amounts(&tenant, &id, "EUR"), ["2"]);
    assert_eq!(balance(&mut tenant, &id), "50");
    let booked = &tenant.world.point_accounts().next().unwrap().transactions;
    let booked: Vec<_> =
        booked.iter().map(|one| (one.amount.normalize().to_string(), one.source.word())).collect();
    let expected = [("1250", "Manual"), ("-1000", "RewardVoucher"), ("-200", "RewardVoucher")];
    assert_eq!(booked, expected.map(|(amount, source)| (amount.to_owned(), source)));
    assert_eq!(answered(&mut tenant, Act::PayOut { contact: None }).1, json!({ "vouchers": [] }));
}

#[test]
fn a_payout_of_all_points_leaves_none_and_pays_whom_it_is_for() {
    let payouts = json!({ "pays": { "all": { "amount": "0.1" } }, "minimum": 100 });
    let mut tenant = Tenant::with(set_up(&json!({ "payouts": payouts })));
    let poor = tenant.enrol();
    let rich = enrol(&mut tenant, "bo.ek@example.com", "Member", "");
    let other = enrol(&mut tenant, "eva.alm@example.com", "Member", "");
    for (contact, amount) in [(&poor, 99), (&rich, 255), (&other, 100)] {
        give_points(&mut tenant, contact, amount, None);
    }
    let only = Some(other.parse().unwrap());
    assert_eq!(answered(&mut tenant, Act::PayOut { contact: only }).0, 200);
    assert_eq!(
        (amounts(&tenant, &other, "SEK"), amounts(&tenant, &rich, "SEK").len()),
        (vec!["10".into()], 0)
    );
    answered(&mut tenant, Act::PayOut { contact: None });
    assert_eq!(amounts(&tenant, &rich, "SEK"), ["25.5"]);
    assert_eq!((balance(&mut tenant, &rich), balance(&mut tenant, &poor)), ("0".into(), "99".into()));
    assert_eq!(amounts(&tenant, &other, "SEK").len(), 1);
}

#[test]
fn a_payout_without_rules_or_without_its_contact_is_refused() {
    let mut tenant = Tenant::new();
    assert_eq!(answered(&mut tenant, Act::PayOut { contact: None }).0, 409);
    let payouts = json!({ "pays": { "steps": steps() } });
    let mut tenant = Tenant::with(set_up(&json!({ "payouts": payouts })));
    let id = tenant.enrol();
    give_points(&mut tenant, &id, 1_000, None);
    let contact = id.parse().unwrap();
    assert_eq!(tenant.act(Act::DeleteContact { contact }), 204);
    assert_eq!(answered(&mut tenant, Act::PayOut { contact: Some(contact) }).0, 404);
    assert_eq!(answered(&mut tenant, Act::PayOut { contact: None }).1, json!({ "vouchers": [] }));
}

#[test]
fn a_scheduled_payout_comes_at_its_hour_when_points_count_and_goes_on_while_there_is_enough() {
    let payouts = json!({ "pays": { "steps": steps() }, "vouchersMax": 1, "everyHours": 24 });
    let mut tenant = Tenant::with(set_up(&json!({ "payouts": payouts })));
    let id = tenant.enrol();
    give_points(&mut tenant, &id, 500, Some("2026-11-24T12:00:00Z"));
    for (moment, vouchers, left) in [
        ("2026-11-24T23:59:59Z", 0, "500"),
        ("2026-11-25T00:00:00Z", 1, "300"),
        ("2026-11-25T23:59:59Z", 1, "300"),
        ("2026-11-26T00:00:00Z", 2, "100"),
        ("2027-11-26T00:00:00Z", 2, "100"),
    ] {
        tenant.now = moment.parse().unwrap();
        tenant.send(Event::Timer);
        assert_eq!(amounts(&tenant, &id, "SEK").len(), vouchers, "{moment}");
        assert_eq!(balance(&mut tenant, &id), left, "{moment}");
    }
    assert_eq!(tenant.world.automation_due(), None);
}

#[test]
fn rules_that_are_set_later_pay_out_what_was_earned_before() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    give_points(&mut tenant, &id, 200, None);
    let payouts = json!({ "pays": { "steps": steps() }, "everyHours": 1 });
    tenant.act(Act::SetSettings(Box::new(set_up(&json!({ "payouts": payouts })))));
    tenant.wait(3_600);
    assert_eq!(amounts(&tenant, &id, "SEK"), ["20"]);
}

/// A tenant whose automation gives new members a promotion after a minute.
fn welcoming(with: Value) -> Tenant {
    let mut welcome = json!({ "promotion": "WELCOME10", "delaySeconds": 60 });
    for (name, value) in with.as_object().unwrap() {
        welcome[name] = value.clone();
    }
    let mut tenant = Tenant::with(set_up(&json!({ "automations": { "welcome": welcome } })));
    let promotion = changed(PROMOTION, "/externalId", Some(json!("WELCOME10")));
    assert_eq!(tenant.act(Act::DefinePromotion(serde_json::from_str(&promotion).unwrap())), 201);
    tenant
}

fn given(tenant: &mut Tenant, contact: &str) -> usize {
    let list = tenant.get(&format!("/api/v3/promotion-assignments?contactId={contact}")).1;
    list.as_array().unwrap().len()
}

#[test]
fn a_new_member_is_welcomed_some_time_later_and_once() {
    let mut tenant = welcoming(json!({}));
    let id = tenant.enrol();
    tenant.wait(59);
    assert_eq!(given(&mut tenant, &id), 0);
    tenant.wait(1);
    assert_eq!(given(&mut tenant, &id), 1);
    tenant.patch(&id, &json!({ "street": "Nygatan 9" }));
    tenant.wait(3_600);
    assert_eq!(given(&mut tenant, &id), 1);
}

#[test]
fn a_member_whom_somebody_welcomed_already_is_welcomed_again() {
    let mut tenant = welcoming(json!({}));
    let id = tenant.enrol();
    let promotion = tenant.world.promotions()[0].id;
    assert_eq!(tenant.act(Act::AssignPromotion { contact: id.parse().unwrap(), promotion }), 201);
    tenant.wait(60);
    assert_eq!(given(&mut tenant, &id), 2);
}

#[test]
fn only_members_of_the_named_sources_are_welcomed_and_nobody_who_is_gone() {
    let mut tenant = welcoming(json!({ "sources": ["pos"] }));
    let member = tenant.enrol();
    let other_type = enrol(&mut tenant, "bo.ek@example.com", "Contact", "");
    let body = changed(CONTACT, "/email", Some(json!("eva.alm@example.com")));
    let elsewhere = tenant.post("/api/v3/contacts?source=Web&storeExternalId=x", &body).1;
    let elsewhere = elsewhere["id"].as_str().unwrap().to_owned();
    let gone = enrol(&mut tenant, "kim.berg@example.com", "Member", "");
    assert_eq!(tenant.delete(&gone), 200);
    tenant.wait(60);
    for (contact, expected) in [(&member, 1), (&other_type, 0), (&elsewhere, 0)] {
        assert_eq!(given(&mut tenant, contact), expected);
    }
    assert_eq!(tenant.world.assignments().len(), 1);
    let warned = tenant.world.log_lines().filter(|line| line.text.contains(&gone)).count();
    assert_eq!(warned, 1, "what could not be given is in the log");
}

#[test]
fn who_becomes_a_member_later_is_welcomed_by_the_switch_and_who_is_approved_always() {
    for (trigger, promoted) in [("registration", 0), ("registrationOrPromotion", 1)] {
        let mut tenant = welcoming(json!({}));
        tenant.switch("newContactTrigger", trigger);
        let retyped = enrol(&mut tenant, "bo.ek@example.com", "Contact", "");
        let target = format!("/api/v3/contacts/{retyped}/updateContactType?contactTypeId=Member");
        assert_eq!(tenant.post(&target, "").0, 200);
        let unapproved = enrol(&mut tenant, "eva.alm@example.com", "Member", "&createAsUnapproved=true");
        tenant.wait(60);
        assert_eq!(
            (given(&mut tenant, &retyped), given(&mut tenant, &unapproved)),
            (promoted, 0),
            "{trigger}"
        );
        let body = changed(CONTACT, "/email", Some(json!("eva.alm@example.com")));
        assert_eq!(tenant.post(CREATE, &body).1["id"], json!(unapproved));
        tenant.wait(60);
        assert_eq!(given(&mut tenant, &unapproved), 1, "{trigger}");
    }
}

#[test]
fn what_is_to_be_done_survives_a_restart_with_and_without_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-22T15:00:00Z".parse().unwrap();
    let settings =
        set_up(&json!({ "automations": { "welcome": { "promotion": "WELCOME10", "delaySeconds": 60 } },
        "levels": { "by": "spend", "levels": [] } }));
    let (mut book, _) = Book::open(folder.path(), 7, settings.clone(), now).unwrap();
    book.apply(Event::Request(request("POST", CREATE, CONTACT)), now).unwrap();
    let due = next_due(book.world());
    assert_eq!(due, Some("2026-11-22T15:01:00Z".parse().unwrap()));
    book.snapshot().unwrap().write().unwrap();
    drop(book);
    for _ in 0..2 {
        let (book, _) = Book::open(folder.path(), 7, settings.clone(), now).unwrap();
        assert_eq!(next_due(book.world()), due);
        drop(book);
        let _ = std::fs::remove_dir_all(folder.path().join("snapshots"));
    }
    let (mut book, _) = Book::open(folder.path(), 7, settings, now).unwrap();
    book.apply(Event::Timer, due.unwrap()).unwrap();
    assert_eq!(next_due(book.world()), None);
    assert!(shown(book.world()).contains("could not be given"), "there is no such promotion");
}
