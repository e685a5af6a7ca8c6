//! Levels: what lifts them, what lets them fall, and that they move only when Engage looks.

use sandbox::{Act, Event, PointGift};
use serde_json::{Value, json};

use crate::automations::set_up;
use crate::tenant::{RECEIPT, RETURN, Tenant};

fn levels(by: &str, window: Option<u16>) -> Value {
    let levels = json!([{ "name": "gold", "from": 1000 }, { "name": "silver", "from": 300 }]);
    json!({ "by": by, "windowMonths": window, "levels": levels, "everyHours": 1 })
}

fn leveling(by: &str, window: Option<u16>) -> (Tenant, String) {
    let points = json!({ "factors": { "SEK": 1 } });
    let mut tenant = Tenant::with(set_up(&json!({ "levels": levels(by, window), "points": points })));
    tenant.switch("importIntervalSeconds", "0");
    let id = tenant.enrol();
    (tenant, id)
}

fn give(tenant: &mut Tenant, contact: &str, amount: i64) {
    let gift = json!({ "contact": contact, "amount": amount });
    let gift: PointGift = serde_json::from_value(gift).unwrap();
    assert_eq!(tenant.act(Act::GivePoints(gift)), 201);
}

fn reach(tenant: &mut Tenant, moment: &str) {
    tenant.now = moment.parse().unwrap();
    tenant.send(Event::Timer);
}

/// The level, and what is left to the next one.
fn standing(tenant: &mut Tenant, contact: &str) -> (Value, Value) {
    let attributes = &tenant.contact(contact)["attributes"];
    (attributes["bonusBasedLevel"].clone(), attributes["bonusBasedLevelLeftForUpgrade"].clone())
}

#[test]
fn a_level_moves_when_engage_looks_and_not_before() {
    let (mut tenant, id) = leveling("points", None);
    give(&mut tenant, &id, 250);
    tenant.wait(3_599);
    assert_eq!(standing(&mut tenant, &id), (Value::Null, Value::Null));
    tenant.wait(1);
    assert_eq!(standing(&mut tenant, &id), (Value::Null, json!(50)));
    give(&mut tenant, &id, 50);
    tenant.wait(3_600);
    assert_eq!(standing(&mut tenant, &id), (json!("silver"), json!(700)));
    give(&mut tenant, &id, -300);
    give(&mut tenant, &id, 700);
    tenant.wait(3_600);
    assert_eq!(
        standing(&mut tenant, &id),
        (json!("gold"), Value::Null),
        "what was spent was earned all the same"
    );
    assert_eq!(tenant.world.automation_due(), None);
}

#[test]
fn a_level_is_lost_when_what_it_rests_on_leaves_the_window() {
    let (mut tenant, id) = leveling("points", Some(12));
    give(&mut tenant, &id, 300);
    reach(&mut tenant, "2027-03-01T12:00:00Z");
    let attributes = tenant.contact(&id)["attributes"].clone();
    assert_eq!(attributes["bonusBasedLevel"], json!("silver"));
    assert_eq!(attributes["bonusBasedLevelChanged"], json!("2026-11-22T17:00:00+01:00"));
    assert_eq!(attributes["bonusBasedLevelExpires"], json!("2027-11-23T00:00:00+01:00"));
    give(&mut tenant, &id, 400);
    reach(&mut tenant, "2027-11-22T22:59:59Z");
    assert_eq!(standing(&mut tenant, &id), (json!("silver"), json!(300)));
    reach(&mut tenant, "2027-11-22T23:00:00Z");
    assert_eq!(standing(&mut tenant, &id), (json!("silver"), json!(600)));
    assert_eq!(
        tenant.contact(&id)["attributes"]["bonusBasedLevelExpires"],
        json!("2028-03-02T00:00:00+01:00")
    );
    reach(&mut tenant, "2028-03-01T23:00:00Z");
    assert_eq!(standing(&mut tenant, &id), (Value::Null, json!(300)));
}

#[test]
fn money_spent_lifts_a_level_and_money_paid_back_lets_it_fall() {
    for by in ["spend", "points"] {
        let (mut tenant, id) = leveling(by, Some(12));
        tenant.post("/api/v3/receipts", RECEIPT);
        tenant.wait(3_600);
        let (level, left) = standing(&mut tenant, &id);
        assert_eq!((level, left.is_number()), (json!("silver"), true), "{by}");
        tenant.post("/api/v3/receipts", RETURN);
        tenant.wait(3_600);
        assert_eq!(standing(&mut tenant, &id).0, Value::Null, "{by}");
    }
}

#[test]
fn who_is_restored_is_looked_at_again() {
    let (mut tenant, id) = leveling("points", None);
    give(&mut tenant, &id, 300);
    let contact = id.parse().unwrap();
    assert_eq!(tenant.act(Act::DeleteContact { contact }), 204);
    tenant.wait(2 * 3_600);
    assert_eq!(tenant.act(Act::Restore { contact }), 204);
    assert_eq!(standing(&mut tenant, &id).0, Value::Null);
    tenant.wait(3_600);
    assert_eq!(standing(&mut tenant, &id).0, json!("silver"));
}

#[test]
fn without_rules_a_level_that_a_person_wrote_stays() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let fields = json!({ "bonusBasedLevel": "platinum" }).as_object().unwrap().clone();
    tenant.act(Act::ChangeContact { contact: id.parse().unwrap(), fields });
    give(&mut tenant, &id, 5_000);
    tenant.wait(100 * 86_400);
    assert_eq!(standing(&mut tenant, &id).0, json!("platinum"));
    tenant.act(Act::SetSettings(Box::new(set_up(&json!({ "levels": levels("points", None) })))));
    tenant.wait(3_600);
    assert_eq!(standing(&mut tenant, &id).0, json!("gold"), "rules that are set later count what was before");
}
