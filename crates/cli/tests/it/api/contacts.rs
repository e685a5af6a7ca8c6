//! Who the customer is, and becoming one.

use gateway::settings::{Auth, ContactKey};
use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_unknown_then_enrolled_then_found() {
    let shop = Shop::open().await;
    let lookup = json!({ "email": " Ada@Example.COM " });
    let unknown = shop.call("POST", "/v1/contacts/lookup", lookup.clone()).await;
    assert_eq!((unknown.status, unknown.code()), (404, "contactNotFound"), "{unknown:?}");
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (201, &json!("created")), "{enrolled:?}");
    let found = shop.call("POST", "/v1/contacts/lookup", lookup).await;
    assert_eq!(found.status, 200, "{found:?}");
    assert_eq!(found.body["source"], "live");
    assert_eq!(found.body["contactId"], enrolled.body["contactId"]);
    assert_eq!(found.body["profile"]["firstName"], "Ada");
    let by_url = shop.call("GET", "/v1/contacts?email=ada%40example.com", Value::Null).await;
    assert_eq!(by_url.body["contactId"], enrolled.body["contactId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_always_goes_along_with_a_new_contact_does() {
    let shop = Shop::open().await;
    let mut with_phone = enrolment("ada@example.com");
    with_phone["mobilePhone"] = json!("070-174 06 05");
    shop.call("POST", "/v1/contacts", with_phone).await;
    let contacts = shop.admin("GET", "contacts", Value::Null).await;
    let contact = &contacts["items"][0];
    let text = contact.to_string();
    for expected in ["\"+46701740605\"", "\"SE\"", "\"Sweden\"", "\"sv\"", STOCKHOLM, "POS"] {
        assert!(text.contains(expected), "{expected} is missing in {text}");
    }
    let findings = shop.admin("GET", "findings", Value::Null).await;
    assert_eq!(findings["items"], json!([]), "nothing against the guide's advice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_gives_the_same_answer_again_and_refuses_other_content() {
    let shop = Shop::open().await;
    let key = [("idempotency-key", "till2-000870")];
    let first = shop
        .send(None, "POST", "/v1/contacts", enrolment("ada@example.com").to_string().into_bytes(), &key)
        .await;
    let again = shop
        .send(None, "POST", "/v1/contacts", enrolment("ada@example.com").to_string().into_bytes(), &key)
        .await;
    assert_eq!(first.body["contactId"], again.body["contactId"]);
    let other = shop
        .send(None, "POST", "/v1/contacts", enrolment("bo@example.com").to_string().into_bytes(), &key)
        .await;
    assert_eq!((other.status, other.code()), (409, "otherContent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tills_at_once_make_one_contact() {
    let shop = Shop::open().await;
    let (one, two) = tokio::join!(
        shop.call("POST", "/v1/contacts", enrolment("ada@example.com")),
        shop.call("POST", "/v1/contacts", enrolment("ada@example.com")),
    );
    assert!(one.status < 300 && two.status < 300, "{one:?} {two:?}");
    let found = shop.call("GET", "/v1/contacts?email=ada%40example.com", Value::Null).await;
    assert_eq!(found.status, 200);
    let contacts = shop.admin("GET", "contacts", Value::Null).await;
    assert_eq!(contacts["totalCount"], 1, "{contacts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_an_enrolment_is_named_at_once() {
    let shop = Shop::open().await;
    let bad = json!({
        "store": STOCKHOLM, "email": "not an address", "firstName": "", "lastName": null, "birthDay": "31/12/80",
        "gender": "?", "favouriteColour": "blue", "preferences": { "sms": "yes" }, "consents": [{ "id": "terms" }],
    });
    let refused = shop.call("POST", "/v1/contacts", bad).await;
    assert_eq!((refused.status, refused.code()), (422, "hasFaults"));
    let pointers: Vec<&str> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["pointer"].as_str().unwrap())
        .collect();
    for pointer in [
        "/email",
        "/firstName",
        "/lastName",
        "/birthDay",
        "/gender",
        "/favouriteColour",
        "/preferences/sms",
        "/consents/0",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} is missing in {pointers:?}");
    }
    assert!(!refused.body.to_string().contains("not an address"), "what was typed is not repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenants_key_is_asked_for() {
    let shop = Shop::open().await;
    let asked =
        shop.call("POST", "/v1/contacts", json!({ "store": STOCKHOLM, "mobilePhone": "0701740605" })).await;
    assert_eq!((asked.status, asked.code()), (422, "needsMoreFields"), "{asked:?}");
    assert_eq!(asked.body["errors"][0]["pointer"], "/email");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_dark_a_known_customer_is_shown_as_last_known_and_a_stranger_is_unknown() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    shop.until_that("/v1/contacts?email=ada%40example.com", |body| body["source"] == "live").await;
    shop.cut().await;
    let known = shop
        .until_that("/v1/contacts?email=ada%40example.com", |body| body["profile"]["firstName"] == "Ada")
        .await;
    assert_eq!(known["source"], "lastKnown");
    let stranger = shop.call("GET", "/v1/contacts?email=bo%40example.com", Value::Null).await;
    assert_eq!((stranger.status, stranger.code()), (503, "contactUnknownOffline"), "{stranger:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_in_the_dark_gives_an_id_that_stays_valid() {
    let shop = Shop::open().await;
    shop.cut().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (202, &json!("later")), "{enrolled:?}");
    let temporary = enrolled.body["contactId"].as_str().unwrap().to_owned();
    let shown = shop.call("GET", "/v1/contacts?email=ada%40example.com", Value::Null).await;
    assert_eq!((&shown.body["source"], &shown.body["contactId"]), (&json!("enrolled"), &json!(temporary)));
    let mut receipt = purchase(STOCKHOLM, "");
    receipt["contact"] = json!({ "contactId": temporary });
    assert_eq!(shop.call("PUT", "/v1/receipts/first", receipt.clone()).await.status, 201);
    shop.mend().await;
    shop.until("first", "delivered").await;
    // Long after Engage gave it another id, the temporary one still names the contact.
    let later = shop.call("PUT", "/v1/receipts/second", receipt).await;
    assert_eq!(later.status, 201);
    let done = shop.until("second", "delivered").await;
    assert_ne!(done["contactId"], json!(temporary), "it is shown under Engage's id");
    let contacts = shop.admin("GET", "contacts", Value::Null).await;
    assert_eq!(contacts["totalCount"], 1);
    assert_eq!(done["contactId"], contacts["items"][0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_contacts_with_one_phone_come_back_masked() {
    let shop = Shop::open().await;
    for email in ["ada@example.com", "bo@example.com"] {
        let mut both = enrolment(email);
        both["mobilePhone"] = json!("+46701740605");
        // Two persons of one household: made in Engage directly, since here one phone is one person.
        let body = json!({ "contactType": "Member", "email": email, "mobilePhone": "+46701740605", "firstName": "Ada" });
        let made = shop.http.post(format!("{}/api/v3/contacts?source=UI&storeExternalId=x", shop.sandbox));
        let made = made
            .header("apikey", "k")
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(made.status().as_u16(), 201);
    }
    let several = shop
        .call("POST", "/v1/contacts/lookup", json!({ "mobilePhone": "070-1740605", "store": STOCKHOLM }))
        .await;
    assert_eq!((several.status, several.code()), (409, "multipleMatches"), "{several:?}");
    assert_eq!(several.body["candidates"].as_array().unwrap().len(), 2);
    let text = several.body.to_string();
    assert!(!text.contains("Ada") && !text.contains("701740605") && !text.contains("ada@"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_is_not_kept_waiting_by_a_silent_engage() {
    let mut hasty = settings(Auth::None);
    hasty.lookup_wait = std::time::Duration::from_millis(100);
    hasty.wait = std::time::Duration::from_millis(100);
    let shop = Shop::with(hasty).await;
    shop.admin("PUT", "faults", json!([{ "kind": { "delay": { "ms": 9000 } } }])).await;
    let begun = std::time::Instant::from(tokio::time::Instant::now());
    let unknown = shop.call("GET", "/v1/contacts?email=ada%40example.com", Value::Null).await;
    assert_eq!(unknown.code(), "contactUnknownOffline", "{unknown:?}");
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!(enrolled.status, 202, "{enrolled:?}");
    // Both were answered before Engage could have answered the first.
    assert!(begun.elapsed() < std::time::Duration::from_secs(9), "a till waited for Engage");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_with_one_phone_stays_two_contacts() {
    let shop = Shop::open().await;
    let mut ids = Vec::new();
    for email in ["ada@example.com", "bo@example.com"] {
        let mut person = enrolment(email);
        person["mobilePhone"] = json!("070-174 06 05");
        let enrolled = shop.call("POST", "/v1/contacts", person).await;
        assert_eq!((enrolled.status, &enrolled.body["outcome"]), (201, &json!("created")), "{enrolled:?}");
        ids.push(enrolled.body["contactId"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    // A receipt that names one's e-mail and the phone of both is that one's, and joins nobody.
    let mut receipt = purchase(STOCKHOLM, "bo@example.com");
    receipt["contact"]["mobilePhone"] = json!("+46701740605");
    shop.call("PUT", "/v1/receipts/bos", receipt).await;
    assert_eq!(shop.until("bos", "delivered").await["contactId"], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_of_another_type_becomes_a_member_and_stays_one_contact() {
    let shop = Shop::open().await;
    let subscriber = shop
        .has(
            "Contact",
            json!({ "email": "ada@example.com", "firstName": "Adele", "street": "Gamla gatan 1" }),
        )
        .await;
    let mut ada = enrolment("ada@example.com");
    ada["city"] = json!("Lund");
    ada["consents"] = json!([{ "id": "memberTerms", "value": true }]);
    let enrolled = shop.call("POST", "/v1/contacts", ada).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (200, &json!("promoted")), "{enrolled:?}");
    assert_eq!(enrolled.body["contactId"], json!(subscriber));
    let profile = shop.profile(&subscriber).await.body["profile"].clone();
    assert_eq!(profile["contactType"], "Member");
    assert_eq!(
        (&profile["firstName"], &profile["lastName"]),
        (&json!("Adele"), &json!("Lind")),
        "filled, not overwritten"
    );
    assert_eq!((&profile["city"], &profile["consents"][0]["value"]), (&json!("Lund"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_exists_is_filled_and_no_consent_is_taken_back() {
    let shop = Shop::open().await;
    let fields =
        json!({ "email": "ada@example.com", "firstName": "Adele", "preferences": { "acceptsSms": true } });
    let ada = shop.has("Member", fields).await;
    let mut again = enrolment("ada@example.com");
    again["preferences"] = json!({ "email": true, "sms": false });
    let enrolled = shop.call("POST", "/v1/contacts", again).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (200, &json!("existed")), "{enrolled:?}");
    assert_eq!(enrolled.body["contactId"], json!(ada));
    let profile = shop.profile(&ada).await.body["profile"].clone();
    assert_eq!((&profile["firstName"], &profile["lastName"]), (&json!("Adele"), &json!("Lind")));
    assert_eq!(
        (&profile["preferences"]["email"], &profile["preferences"]["sms"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tenants_type_asks_for_is_named_all_at_once_and_then_taken() {
    let mut strict = settings(Auth::None);
    strict.engage.contact_key = ContactKey::PersonalIdentityNumber;
    strict.engage.personal_identity_numbers = true;
    strict.engage.mandatory_fields = vec!["firstName".into(), "shoeSize".into()];
    strict.engage.custom_attributes = vec!["shoeSize".into()];
    let tenant =
        sandbox::Settings { custom_attributes: vec!["shoeSize".into()], ..sandbox::Settings::default() };
    let tenant = tenant.with_member_key(sandbox::Identifier::SocialSecurityNumber);
    let shop = Shop::with_tenant(strict, tenant).await;
    let asked =
        shop.call("POST", "/v1/contacts", json!({ "store": STOCKHOLM, "email": "ada@example.com" })).await;
    assert_eq!((asked.status, asked.code()), (422, "needsMoreFields"), "{asked:?}");
    let pointers: Vec<&Value> =
        asked.body["errors"].as_array().unwrap().iter().map(|row| &row["pointer"]).collect();
    assert_eq!(pointers, ["/personalIdentityNumber", "/firstName", "/attributes/shoeSize"]);
    let whole = json!({ "store": STOCKHOLM, "email": "ada@example.com", "firstName": "Ada",
                        "personalIdentityNumber": "701063-2391", "attributes": { "shoeSize": "38" } });
    let enrolled = shop.call("POST", "/v1/contacts", whole.clone()).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (201, &json!("created")), "{enrolled:?}");
    let again = shop.call("POST", "/v1/contacts", whole).await;
    assert_eq!(again.body["contactId"], enrolled.body["contactId"], "one contact");
    let found = shop.lookup(json!({ "personalIdentityNumber": "19701063-2391" })).await;
    assert_eq!(found.body["contactId"], enrolled.body["contactId"], "{found:?}");
    assert_eq!(found.body["profile"]["attributes"], json!({ "shoeSize": "38" }));
}
