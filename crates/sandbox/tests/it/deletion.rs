//! Deletion: gone at once, restored for seven days, erased then.

use jiff::Timestamp;
use sandbox::{Act, Presence, next_due};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, RECEIPT, Tenant, shown};

const FIND: &str = "/api/v3/contacts/id?email=ada.lind%40example.com";
const WEEK: i64 = 7 * 24 * 3_600;

fn restore(tenant: &mut Tenant, id: &str) -> u16 {
    tenant.act(Act::Restore { contact: id.parse().unwrap() })
}

#[test]
fn a_deleted_contact_is_gone_at_once_from_everything() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    assert_eq!(tenant.get(&format!("/api/v3/contactoverview?contactId={id}")).0, 200, "cached from now on");
    assert_eq!(tenant.delete(&id), 200);
    assert_eq!(tenant.delete(&id), 404);
    for target in [
        FIND.to_owned(),
        format!("/api/v3/contacts/{id}"),
        format!("/api/v3/contactoverview?contactId={id}"),
        format!("/api/v2/contacts/{id}/transactions"),
        format!("/api/v3/point-accounts?contactId={id}"),
    ] {
        let (status, answer) = tenant.get(&target);
        assert_eq!((status, &answer["errorCode"]), (404, &json!("ContactNotFound")), "{target}");
    }
    assert_eq!(tenant.patch(&id, &json!({ "street": "Nygatan 9" })).0, 404);
    assert_eq!(
        tenant.post(&format!("/api/v3/contacts/{id}/updateContactType?contactTypeId=Contact"), "").0,
        404
    );
    for contact in [json!({ "matchKey": id, "matchKeyType": "contactId" }), Value::Null] {
        let body = match contact {
            Value::Null => RECEIPT.to_owned(),
            by_id => crate::tenant::changed(RECEIPT, "/contact", Some(by_id)),
        };
        tenant.post("/api/v3/receipts", &body);
    }
    tenant.import();
    assert_eq!(tenant.fates(), ["dropped", "dropped"]);
}

#[test]
fn the_key_of_a_deleted_contact_is_free_for_somebody_new() {
    let mut tenant = Tenant::new();
    let first = tenant.enrol();
    tenant.delete(&first);
    let second = tenant.enrol();
    assert_ne!(first, second);
    assert_eq!(tenant.get(FIND), (200, json!(second)));
    assert_eq!(restore(&mut tenant, &first), 409, "somebody else has the key by now");
    tenant.delete(&second);
    assert_eq!(restore(&mut tenant, &first), 204);
    assert_eq!(tenant.get(FIND), (200, json!(first)));
}

#[test]
fn a_restored_contact_has_all_that_it_had() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    tenant.post("/api/v3/receipts", RECEIPT);
    tenant.import();
    let before = tenant.contact(&id);
    tenant.delete(&id);
    tenant.wait(WEEK - 1);
    assert_eq!(restore(&mut tenant, &id), 204);
    let mut after = tenant.contact(&id);
    after["meta"]["modifiedOn"] = before["meta"]["modifiedOn"].clone();
    assert_eq!(after, before);
    let page = tenant.get(&format!("/api/v2/contacts/{id}/transactions")).1;
    assert_eq!(page["totalCount"], json!(1));
    assert_eq!(tenant.changes(), ["Deleted", "Restored"]);
    assert_eq!(restore(&mut tenant, &id), 409, "it is not deleted");
    tenant.wait(WEEK);
    assert_eq!(tenant.contact(&id)["id"], json!(id), "what was restored is not erased later");
}

#[test]
fn after_seven_days_the_data_is_erased_and_the_id_and_receipts_stay() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    tenant.patch(&id, &json!({ "street": "Nygatan 9" }));
    tenant.post("/api/v3/receipts", RECEIPT);
    tenant.import();
    tenant.delete(&id);
    let due: Timestamp = "2026-11-29T15:00:00Z".parse().unwrap();
    let contact = tenant.world.contacts().next().unwrap();
    assert_eq!((contact.restorable_until(), next_due(&tenant.world)), (Some(due), Some(due)));
    tenant.wait(WEEK - 1);
    assert!(tenant.world.contacts().next().unwrap().attribute("email").is_some());
    tenant.wait(1);
    let contact = tenant.world.contact(id.parse().unwrap()).unwrap();
    assert_eq!(contact.presence, Presence::Erased { at: due });
    assert!(
        contact.attributes.is_empty() && contact.consents.is_empty() && !contact.preferences.accepts_email
    );
    assert_eq!(tenant.changes(), ["street: null > null", "Deleted", "Erased"]);
    assert_eq!((next_due(&tenant.world), tenant.fates()), (None, vec!["imported"]));
    assert_eq!(restore(&mut tenant, &id), 409);
    let kept = serde_json::to_string(&tenant.world).unwrap();
    let contacts = serde_json::to_string(&tenant.world.contacts().collect::<Vec<_>>()).unwrap();
    let changes = serde_json::to_string(tenant.world.contact_changes()).unwrap();
    for personal in ["ada.lind", "+46701234567", "Storgatan", "Nygatan"] {
        assert!(![&kept, &contacts, &changes].iter().any(|text| text.contains(personal)), "{personal}");
    }
}

#[test]
fn who_was_never_there_cannot_be_deleted_or_restored() {
    let mut tenant = Tenant::new();
    let nobody = "2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa";
    assert_eq!((tenant.delete(nobody), restore(&mut tenant, nobody)), (404, 404));
    let contact = nobody.parse().unwrap();
    assert_eq!(tenant.act(Act::DeleteContact { contact }), 404);
}

#[test]
fn erasures_and_imports_happen_in_the_order_they_fall_due() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    assert_eq!(tenant.act(Act::DeleteContact { contact: id.parse().unwrap() }), 204);
    tenant.wait(WEEK - 60);
    tenant.post(CREATE, CONTACT);
    tenant.post("/api/v3/receipts", RECEIPT);
    tenant.wait(3_600);
    let told: Vec<_> = tenant.world.log_lines().map(|line| line.at.to_string()).collect();
    assert_eq!(told.first().unwrap(), "2026-11-29T15:00:00Z", "on the hour, as the erasure");
    assert_eq!(tenant.fates(), ["imported"]);
    let once = shown(&tenant.world);
    tenant.wait(0);
    assert_eq!(shown(&tenant.world), once);
}
