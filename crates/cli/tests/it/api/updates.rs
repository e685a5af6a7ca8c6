//! Changing what is known of a customer: only what is sent, and never over somebody else's later change.

use gateway::settings::Auth;
use serde_json::{Value, json};

use super::people::with_personal_numbers;
use super::{HELSINKI, STOCKHOLM, Shop, enrolment, settings};

/// Somebody with an address, who accepts e-mail.
async fn ada(shop: &Shop) -> String {
    let fields = json!({ "email": "ada@example.com", "firstName": "Ada", "street": "Gamla gatan 1",
                         "careOf": "Berg", "preferences": { "acceptsEmail": true, "acceptsPostal": true } });
    shop.has("Member", fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_sent_changes_and_clear_empties() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    // A field that an update doesn't name is left alone, also where Engage would set it to no.
    shop.admin("PUT", "switches", json!({ "absentPreferences": "setToFalse" })).await;
    let body = json!({ "street": "Nya gatan 2", "zipCode": "111 22", "clear": ["careOf"],
                       "preferences": { "sms": true }, "consents": [{ "id": "memberTerms", "value": true }] });
    let updated = shop.update(&ada, body).await;
    assert_eq!((updated.status, &updated.body["outcome"]), (200, &json!("updated")), "{updated:?}");
    assert_eq!(updated.body["profile"]["street"], "Nya gatan 2");
    assert!(updated.body.get("delivery").is_none() && updated.body.get("notOverwritten").is_none());
    let live = shop.profile(&ada).await.body["profile"].clone();
    assert_eq!((&live["firstName"], &live["street"]), (&json!("Ada"), &json!("Nya gatan 2")));
    assert!(live.get("careOf").is_none(), "{live}");
    assert_eq!(live["preferences"], json!({ "email": true, "sms": true, "postal": true }));
    assert_eq!(live["consents"], json!([{ "id": "memberTerms", "value": true }]));
    let findings = shop.admin("GET", "findings", Value::Null).await;
    let empties: Vec<&Value> =
        findings["items"].as_array().unwrap().iter().map(|row| &row["place"]).collect();
    assert_eq!(empties, ["careOf"], "nothing is emptied but what was to be: {findings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_changes_nothing_in_engage_says_so() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    let same =
        shop.update(&ada, json!({ "street": "Gamla gatan 1", "preferences": { "email": true } })).await;
    assert_eq!((same.status, &same.body["outcome"]), (200, &json!("unchanged")), "{same:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_a_null_and_an_unknown_field_are_refused_by_name_and_nothing_is_sent() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    let refused = shop
        .update(&ada, json!({ "street": "", "city": null, "colour": "blue", "firstName": "Ada", "clear": ["firstName"] }))
        .await;
    assert_eq!((refused.status, refused.code()), (422, "hasFaults"));
    let errors: Vec<(&str, &str)> = (refused.body["errors"].as_array().unwrap().iter())
        .map(|row| (row["pointer"].as_str().unwrap(), row["code"].as_str().unwrap()))
        .collect();
    for expected in
        [("/street", "blank"), ("/city", "blank"), ("/colour", "unknownField"), ("/clear/0", "setAndCleared")]
    {
        assert!(errors.contains(&expected), "{expected:?} is missing in {errors:?}");
    }
    let empty = shop.update(&ada, json!({})).await;
    assert_eq!(empty.body["errors"][0]["code"], "nothingToChange");
    let requests = shop.admin("GET", "requests", Value::Null).await;
    assert!(!requests.to_string().contains("PATCH"), "{requests}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_in_the_dark_is_shown_at_once_and_arrives_later() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    shop.remember(&ada, "firstName", json!("Ada")).await;
    shop.cut().await;
    let later = shop.update(&ada, json!({ "street": "Nya gatan 2" })).await;
    assert_eq!((later.status, &later.body["outcome"]), (202, &json!("later")), "{later:?}");
    assert_eq!(later.body["profile"]["street"], "Nya gatan 2");
    let again = shop.update(&ada, json!({ "street": "Tredje gatan 3" })).await;
    assert_eq!(again.body["delivery"]["waitsFor"], json!([later.body["delivery"]["id"]]), "{again:?}");
    let shown = shop.profile(&ada).await;
    assert_eq!(shown.body["source"], "lastKnown");
    assert_eq!(shown.body["profile"]["street"], "Tredje gatan 3", "a till sees what it said");
    let kinds: Vec<&Value> =
        shown.body["changes"].as_array().unwrap().iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["updateContact", "updateContact"]);
    shop.mend().await;
    let path = format!("/v1/contacts/{ada}");
    let live = shop.until_that(&path, |body| body["source"] == "live" && body.get("changes").is_none()).await;
    assert_eq!(live["profile"]["street"], "Tredje gatan 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_waited_does_not_overwrite_what_changed_in_engage_since() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    shop.remember(&ada, "firstName", json!("Ada")).await;
    shop.cut().await;
    let later = shop.update(&ada, json!({ "street": "Nya gatan 2", "firstName": "Adele" })).await;
    assert_eq!(later.status, 202, "{later:?}");
    // The customer corrects her address on the web meanwhile.
    shop.changes_in_engage(&ada, json!({ "street": "Webbgatan 9" })).await;
    shop.mend().await;
    let delivery = format!("/v1/deliveries/{}", later.body["delivery"]["id"].as_str().unwrap());
    let done = shop.until_that(&delivery, |body| body["state"] == "done").await;
    assert_eq!((&done["code"], &done["detail"]), (&json!("newerInEngage"), &json!("street")), "{done}");
    let live = shop.profile(&ada).await.body["profile"].clone();
    assert_eq!((&live["street"], &live["firstName"]), (&json!("Webbgatan 9"), &json!("Adele")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_elsewhere_since_a_till_last_saw_it_is_named_in_the_answer() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    shop.remember(&ada, "firstName", json!("Ada")).await;
    shop.changes_in_engage(&ada, json!({ "street": "Webbgatan 9" })).await;
    let updated = shop.update(&ada, json!({ "street": "Nya gatan 2", "lastName": "Lind" })).await;
    assert_eq!((updated.status, &updated.body["outcome"]), (200, &json!("updated")), "{updated:?}");
    assert_eq!(updated.body["notOverwritten"], json!(["street"]));
    assert_eq!(updated.body["profile"]["street"], "Webbgatan 9");
    assert_eq!(updated.body["profile"]["lastName"], "Lind");
    // Said again after she saw that, it is what she wants.
    let again = shop.update(&ada, json!({ "street": "Nya gatan 2" })).await;
    assert_eq!(
        (&again.body["outcome"], again.body.get("notOverwritten")),
        (&json!("updated"), None),
        "{again:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_gives_the_same_update_again_and_refuses_another() {
    let shop = Shop::open().await;
    let (ada, bo) = (ada(&shop).await, shop.has("Member", json!({ "email": "bo@example.com" })).await);
    let key = [("idempotency-key", "till2-17")];
    let say = async |id: &str, street: &str| {
        let body = json!({ "store": STOCKHOLM, "street": street }).to_string().into_bytes();
        shop.send(None, "PATCH", &format!("/v1/contacts/{id}"), body, &key).await
    };
    let first = say(&ada, "Nya gatan 2").await;
    assert_eq!((first.status, &first.body["outcome"]), (200, &json!("updated")), "{first:?}");
    shop.changes_in_engage(&ada, json!({ "street": "Webbgatan 9" })).await;
    let again = say(&ada, "Nya gatan 2").await;
    assert_eq!((again.status, &again.body["outcome"]), (200, &json!("updated")), "{again:?}");
    assert_eq!(shop.profile(&ada).await.body["profile"]["street"], "Webbgatan 9", "it was not done again");
    for other in [say(&ada, "Tredje gatan 3").await, say(&bo, "Nya gatan 2").await] {
        assert_eq!((other.status, other.code()), (409, "otherContent"), "{other:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tills_that_change_one_contact_at_once_are_all_heard() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    shop.remember(&ada, "firstName", json!("Ada")).await;
    let (one, two, three) = tokio::join!(
        shop.update(&ada, json!({ "street": "Nya gatan 2" })),
        shop.update(&ada, json!({ "city": "Lund" })),
        shop.update(&ada, json!({ "zipCode": "223 50" })),
    );
    for answer in [&one, &two, &three] {
        assert_eq!((answer.status, answer.body.get("notOverwritten")), (200, None), "{answer:?}");
    }
    let live = shop.profile(&ada).await.body["profile"].clone();
    assert_eq!(live["street"], "Nya gatan 2");
    assert_eq!((&live["city"], &live["zipCode"]), (&json!("Lund"), &json!("223 50")));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_never_seen_here_is_changed_under_engages_id() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    shop.cut().await;
    let later = shop.update(&ada, json!({ "street": "Nya gatan 2" })).await;
    assert_eq!((later.status, &later.body["contactId"]), (202, &json!(ada)), "{later:?}");
    shop.mend().await;
    let path = format!("/v1/contacts/{ada}");
    let live = shop.until_that(&path, |body| body["source"] == "live" && body.get("changes").is_none()).await;
    assert_eq!(live["profile"]["street"], "Nya gatan 2");
    let nobody = shop.update("tb-nobody", json!({ "street": "x" })).await;
    assert_eq!((nobody.status, nobody.code()), (404, "contactNotFound"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_enrolled_in_the_dark_can_be_changed_at_once() {
    let shop = Shop::open().await;
    shop.cut().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let temporary = enrolled.body["contactId"].as_str().unwrap();
    let later = shop.update(temporary, json!({ "firstName": "Adele", "street": "Storgatan 4" })).await;
    assert_eq!((later.status, &later.body["contactId"]), (202, &json!(temporary)), "{later:?}");
    assert_eq!(later.body["delivery"]["waitsFor"], json!([enrolled.body["delivery"]["id"]]));
    shop.mend().await;
    let path = format!("/v1/contacts/{temporary}");
    let live = shop.until_that(&path, |body| body["source"] == "live" && body.get("changes").is_none()).await;
    assert_eq!(
        (&live["profile"]["firstName"], &live["profile"]["street"]),
        (&json!("Adele"), &json!("Storgatan 4"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_engage_refuses_needs_a_person_and_holds_up_none_behind_it() {
    let shop = Shop::open().await;
    let ada = ada(&shop).await;
    shop.has("Member", json!({ "email": "bo@example.com" })).await;
    let refused = shop.update(&ada, json!({ "email": "bo@example.com" })).await;
    assert_eq!((refused.status, &refused.body["outcome"]), (202, &json!("later")), "{refused:?}");
    assert_eq!(refused.body["delivery"]["state"], "needsAttention", "{refused:?}");
    assert_eq!(shop.update(&ada, json!({ "city": "Lund" })).await.status, 200);
    let shown = shop.profile(&ada).await;
    assert_eq!(shown.body["profile"]["email"], "ada@example.com", "what was refused isn't laid over");
    assert_eq!(shown.body["changes"][0]["state"], "needsAttention");
    let delivery = refused.body["delivery"]["id"].as_str().unwrap();
    let corrected = json!({ "store": STOCKHOLM, "email": "ada.lind@example.com" });
    let replaced = shop.call("PUT", &format!("/v1/deliveries/{delivery}/content"), corrected).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    shop.until_that(&format!("/v1/deliveries/{delivery}"), |body| body["state"] == "done").await;
    assert_eq!(shop.profile(&ada).await.body["profile"]["email"], "ada.lind@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_changes_in_the_name_of_its_own_store_only() {
    let shop = Shop::with_tokens().await;
    let ada = ada(&shop).await;
    let issue = json!({ "name": "till", "role": "till", "stores": [STOCKHOLM] });
    let till = shop.call("POST", "/v1/tokens", issue).await.body["token"].as_str().unwrap().to_owned();
    let path = format!("/v1/contacts/{ada}");
    let foreign = json!({ "store": HELSINKI, "city": "Lund" });
    let foreign = shop.call_as(Some(&till), "PATCH", &path, foreign).await;
    assert_eq!((foreign.status, foreign.code()), (403, "storeNotAllowed"));
    let implied = shop.call_as(Some(&till), "PATCH", &path, json!({ "city": "Lund" })).await;
    assert_eq!(implied.status, 200, "{implied:?}");
    let nowhere = shop.call("PATCH", &path, json!({ "city": "Lund" })).await;
    assert_eq!((nowhere.status, nowhere.code()), (400, "storeMissing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenants_own_attributes_and_a_personal_number_can_be_set() {
    let mut with_shoes = with_personal_numbers();
    with_shoes.engage.custom_attributes = vec!["shoeSize".into()];
    let tenant =
        sandbox::Settings { custom_attributes: vec!["shoeSize".into()], ..sandbox::Settings::default() };
    let shop = Shop::with_tenant(with_shoes, tenant).await;
    let ada = ada(&shop).await;
    let body = json!({ "attributes": { "shoeSize": "38" }, "personalIdentityNumber": "701063-2391" });
    let updated = shop.update(&ada, body).await;
    assert_eq!((updated.status, &updated.body["outcome"]), (200, &json!("updated")), "{updated:?}");
    assert_eq!(updated.body["profile"]["attributes"], json!({ "shoeSize": "38" }));
    assert_eq!(updated.body["profile"]["hasPersonalIdentityNumber"], true);
    assert!(!updated.body.to_string().contains("2391"));
    assert!(shop.in_engage(&ada).await.to_string().contains("197010632391"));
    let cleared = shop.update(&ada, json!({ "clear": ["shoeSize", "personalIdentityNumber"] })).await;
    let profile = &cleared.body["profile"];
    assert!(
        profile.get("attributes").is_none() && profile.get("hasPersonalIdentityNumber").is_none(),
        "{cleared:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_is_gone_from_engage_is_told_to_a_person() {
    let mut sure = settings(Auth::None);
    sure.engage.visibility_window = std::time::Duration::ZERO;
    let shop = Shop::with(sure).await;
    let ada = ada(&shop).await;
    shop.remember(&ada, "firstName", json!("Ada")).await;
    shop.admin("DELETE", &format!("contacts/{ada}"), Value::Null).await;
    assert_eq!(shop.profile(&ada).await.code(), "contactNotFound");
    let updated = shop.update(&ada, json!({ "city": "Lund" })).await;
    assert_eq!(
        (updated.status, &updated.body["delivery"]["code"]),
        (202, &json!("contactGone")),
        "{updated:?}"
    );
}
