//! The real gateway is killed between an attempt and its outcome: the order is there once, and nobody is told twice.

use serde_json::{Value, json};

use super::stand::{order, sale};
use crate::offers::killed::Place;
use crate::offers::stand::ADA;
use crate::support::Answer;

fn deeds(place: &Place, id: &str) -> Vec<String> {
    let rows = place.admin("GET", &format!("effects/orders?count=1000&orderId={id}"), &Value::Null);
    rows["items"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn who_is_killed_between_the_attempt_and_its_outcome_stores_once_and_triggers_once() {
    let mut place = Place::open();
    place.admin("PUT", "switches", &json!({ "orderJobSeconds": 0 }));
    let member = json!({ "contactType": "Member", "fields": { "email": ADA } });
    place.admin("POST", "contacts", &member);

    place.hold_answer("/api/v3/orders");
    let asking = place.send("PUT", "/v1/receipts/r1", &sale());
    place.kill_once(|place| deeds(place, "r1") == ["stored"]);
    asking.join().unwrap();
    place.drain();
    let done = deeds(&place, "r1");
    assert_eq!(done.iter().filter(|deed| *deed == "actionTriggered").count(), 1, "{done:?}");
    let stored = place.admin("GET", "orders?orderId=r1", &Value::Null);
    assert_eq!(stored["items"].as_array().unwrap().len(), 1, "{stored}");

    // Nobody knows whether the message went, but Engage: a person is asked.
    place.hold_answer("/api/v3/orders/*/action");
    let asking = place.send("PUT", "/v1/receipts/r2", &sale());
    place.kill_once(|place| deeds(place, "r2") == ["stored", "actionTriggered"]);
    asking.join().unwrap();
    let asks = |answer: &Answer| answer.body["actions"][0]["delivery"]["code"] == "actionUnknown";
    place.gateway().get_until("/v1/orders/r2", asks);
    assert_eq!(deeds(&place, "r2"), ["stored", "actionTriggered"]);

    place.gateway().put("/v1/orders/o1", &order("Ordered"));
    place.drain();
    place.admin(
        "PUT",
        "faults",
        &json!([{ "on": { "method": "PUT", "path": "/api/v3/orders/*" }, "times": 1,
                                           "kind": { "delay": { "ms": 600_000 } } }]),
    );
    let asking = place.send("PUT", "/v1/orders/o1", &order("Packed"));
    place.kill_once(|place| deeds(place, "o1") == ["stored", "replaced"]);
    asking.join().unwrap();
    place.drain();
    let stored = place.admin("GET", "orders?orderId=o1", &Value::Null);
    assert_eq!(stored["items"][0]["body"]["externalStatus"], "Packed", "{stored}");
}
