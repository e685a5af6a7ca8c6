//! Found by whatever the customer says, and by no more than that.

use serde_json::{Value, json};

use super::super::stage::{PERSONAL, PERSONAL_IN_ENGAGE, PHONE_IN_ENGAGE, Person};
use super::Walk;
use super::online::ADA;
use crate::api::STOCKHOLM;

/// A phone that a household shares.
const SHARED_PHONE: &str = "+46701740699";

impl Walk {
    pub(super) async fn is_found_by_everything(&self, ada: &Person) {
        let row = self.stage.in_engage(&ada.id).await;
        let number = row["attributes"]["memberNumber"].as_str().unwrap().to_owned();
        let external_ids = self.under.switch == "external ids";
        let (own, others) = match external_ids {
            true => (("externalId", "web-17"), ("memberNumber", number.as_str())),
            false => (("memberNumber", number.as_str()), ("externalId", "web-17")),
        };
        let by = [
            ("email", " ADA.Lind@example.com "),
            ("mobilePhone", "+46 (0)70 174 06 05"),
            ("mobilePhone", "0701740605"),
            ("personalIdentityNumber", PERSONAL),
            ("personalIdentityNumber", PERSONAL_IN_ENGAGE),
            own,
            ("any", "Ada.Lind@Example.com"),
            ("any", "070-174 06 05"),
            ("any", PHONE_IN_ENGAGE),
            ("any", PERSONAL),
            ("any", "tel:+46-70-174-06-05"),
            ("any", own.1),
        ];
        for (kind, typed) in by {
            let answer = self.stage.who_is(kind, typed).await;
            assert_eq!((answer.status, &answer.body["source"]), (200, &json!("live")), "{kind}: {answer:?}");
            assert_eq!(answer.body["contactId"], json!(ada.id), "by {kind}");
        }
        let encoded = [("email", "ada.lind%40example.com"), ("mobilePhone", "%2B46701740605"), own];
        for (kind, encoded) in encoded {
            let path = format!("/v1/contacts?view=minimal&{kind}={encoded}");
            let answer = self.stage.till("GET", &path, Value::Null).await;
            assert_eq!(answer.body["contactId"], json!(ada.id), "by {kind} in a URL: {answer:?}");
        }
        let answer = self.stage.who_is(others.0, others.1).await;
        assert_eq!((answer.status, answer.code()), (422, "hasFaults"), "{answer:?}");
        assert_eq!(answer.body["errors"][0]["code"], json!("identifierNotAskable"));
    }

    pub(super) async fn several_share_a_phone(&self) {
        let mut ids = Vec::new();
        for (first, email) in [("Cilla", "cilla@example.com"), ("David", "david@example.com")] {
            let fields = json!({ "email": email, "firstName": first, "lastName": "Holm", "mobilePhone": SHARED_PHONE });
            ids.push(self.stage.made_in_engage("Member", fields).await);
        }
        for (kind, typed) in [("mobilePhone", SHARED_PHONE), ("any", "070-174 06 99")] {
            let answer = self.stage.who_is(kind, typed).await;
            assert_eq!((answer.status, answer.code()), (409, "multipleMatches"), "{answer:?}");
            let candidates = answer.body["candidates"].as_array().unwrap();
            let shown: Vec<&str> = candidates.iter().map(|one| one["contactId"].as_str().unwrap()).collect();
            assert!(shown.len() == 2 && ids.iter().all(|id| shown.contains(&id.as_str())), "{answer:?}");
            let text = answer.body.to_string();
            for secret in ["Cilla", "David", "Holm", "701740699", "cilla@", "david@"] {
                assert!(!text.contains(secret), "{secret} is shown in {text}");
            }
        }
        // The customer says which is hers, and the till goes on with that.
        let one = self.stage.till("GET", &format!("/v1/contacts/{}", ids[0]), Value::Null).await;
        assert_eq!(one.body["profile"]["firstName"], json!("Cilla"), "{one:?}");
    }

    /// Somebody typed an address with capitals into Engage's own pages.
    pub(super) async fn capitals_in_engage(&self) {
        let fields = json!({ "email": "Eva.Dahl@Example.com", "lastName": "Dahl" });
        let eva = self.stage.made_in_engage("Member", fields).await;
        let answer = self.stage.who_is("email", "eva.dahl@example.com").await;
        match self.under.is("emailCase", "matters") {
            false => assert_eq!(answer.body["contactId"], json!(eva), "{answer:?}"),
            // Then she is another, to Engage itself.
            true => assert_eq!((answer.status, answer.code()), (404, "contactNotFound"), "{answer:?}"),
        }
    }

    /// A subscriber of the web shop enrols at the till: she is the same person, and what she was stays.
    pub(super) async fn a_subscriber_becomes_a_member(&self) {
        let email = "siv.ek@example.com";
        let fields = json!({
            "email": email, "firstName": "Siv", "city": "Kiruna", "preferences": { "acceptsEmail": true },
            "consents": [{ "id": "memberTerms", "value": true }],
        });
        let siv = self.stage.made_in_engage("Contact", fields).await;
        let before = Person::of(&self.stage.in_engage(&siv).await);
        assert_eq!(self.stage.who_is("email", email).await.status, 404, "she is no member");
        let enrolment = json!({
            "store": STOCKHOLM, "email": email, "firstName": "Other", "lastName": "Ek", "city": "Gävle",
            "attributes": { "shoeSize": "37" }, "preferences": { "email": false, "postal": true },
            "consents": [{ "id": "memberTerms", "value": false }],
        });
        let enrolled = self.stage.till("POST", "/v1/contacts", enrolment).await;
        let outcome = (enrolled.status, enrolled.body["outcome"].as_str().unwrap_or_default());
        if self.under.is("untypedLookup", "defaultType") {
            // She can't be found, and two types may have the same key: a member beside the subscriber.
            assert_eq!(outcome, (201, "created"), "{enrolled:?}");
            self.is_as(&before).await;
            return;
        }
        assert_eq!(outcome, (200, "promoted"), "{enrolled:?}");
        assert_eq!(enrolled.body["contactId"], json!(siv));
        let mut expected = Person { contact_type: "Member".to_owned(), ..before };
        expected.set(&[
            ("lastName", "Ek"),
            ("shoeSize", "37"),
            ("country", "Sweden"),
            ("countryCode", "SE"),
            ("language", "sv"),
        ]);
        expected.preferences.insert("acceptsPostal", true);
        self.is_as(&expected).await;
        self.stage
            .shop
            .until_that("/v1/contacts?email=siv.ek%40example.com", |body| body["source"] == "live")
            .await;
    }

    /// Somebody whose contact was made and never approved.
    pub(super) async fn somebody_unapproved_becomes_a_member(&self) {
        let email = "una.lund@example.com";
        let body = json!({ "contactType": "Member", "email": email, "lastName": "Lund", "country": "Sweden", "language": "sv" });
        let target = "api/v3/contacts?source=WEB&storeExternalId=store03-stockholm&createAsUnapproved=true";
        let made =
            self.stage.shop.http.post(format!("{}/{target}", self.stage.shop.sandbox)).header("apikey", "k");
        let made = made.header("content-type", "application/json").header("user-agent", "web/1");
        assert!(made.body(body.to_string()).send().await.unwrap().status().is_success());
        let [una] = self.stage.with_email(email).await.try_into().unwrap();
        if self.under.number("visibilityDelaySeconds").is_some() {
            // She is no new one: Engage shows her.
            let by_url = "/v1/contacts?view=minimal&email=una.lund%40example.com";
            self.stage.shop.until_that(by_url, |body| body["source"] == "live").await;
        }
        let enrolment = json!({ "store": STOCKHOLM, "email": email, "firstName": "Una", "lastName": "Lund" });
        let enrolled = self.stage.till("POST", "/v1/contacts", enrolment).await;
        // A creation that Engage takes for an approval is one all the same.
        let hidden = self.under.is("unapprovedInLookup", "hidden");
        let expected = if hidden { (201, "created") } else { (200, "existed") };
        let outcome = (enrolled.status, enrolled.body["outcome"].as_str().unwrap_or_default());
        assert_eq!(outcome, expected, "{enrolled:?}");
        assert_eq!(enrolled.body["contactId"], json!(una));
        assert_eq!(self.stage.in_engage(&una).await["attributes"]["firstName"], json!("Una"));
        assert_eq!(self.stage.with_email(email).await, [una]);
        assert_eq!(self.stage.with_email(ADA).await.len(), 1);
    }
}
