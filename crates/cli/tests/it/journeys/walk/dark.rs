//! Through an outage: what was last known is shown, what is said is kept and shown at once, and all of it arrives.

use serde_json::{Value, json};

use super::super::stage::Person;
use super::Walk;
use super::online::ADA;
use crate::api::{STOCKHOLM, purchase};

/// Her e-mail address, who enrols while the link is down.
const CIA: &str = "cia.nord@example.com";
/// Her phone number.
const CIAS_PHONE: &str = "+46701740677";

/// What was said while the link was down.
pub(super) struct Dark {
    /// Who enrolled, by the id that was drawn for her.
    cia: String,
    /// The update that Engage's own change overtook.
    overtaken: String,
}

impl Walk {
    pub(super) async fn the_link_is_down(&self, ada: &mut Person) -> Dark {
        let asked = self.stage.till("GET", "/v1/consents?language=sv-SE", Value::Null).await;
        assert_eq!(
            (&asked.body["source"], &asked.body["consents"][0]["id"]),
            (&json!("live"), &json!("memberTerms"))
        );
        self.stage.till("GET", &format!("/v1/contacts/{}", ada.id), Value::Null).await;
        // It is kept beside the answer, not before it.
        let export = format!("/v1/contacts/{}/export", ada.id);
        self.stage.shop.until_that(&export, |held| held["profile"]["loyalty"].is_object()).await;
        self.stage.shop.cut().await;

        let known = self.stage.till("POST", "/v1/contacts/lookup", json!({ "any": ADA })).await;
        assert_eq!((known.status, &known.body["source"]), (200, &json!("lastKnown")), "{known:?}");
        assert_eq!(known.body["profile"]["loyalty"]["points"], json!(250), "{known:?}");
        let stranger = self.stage.who_is("email", "nobody@example.com").await;
        assert_eq!((stranger.status, stranger.code()), (503, "contactUnknownOffline"), "{stranger:?}");
        // They are kept beside the answer as well.
        self.stage.shop.until_that("/v1/consents?language=sv-SE", |body| body["source"] == "lastKnown").await;

        let overtaken = self.says_something_in_the_dark(ada).await;
        // In the meantime somebody edits the same in Engage, and something else.
        self.stage.edited_in_engage(&ada.id, json!({ "city": "Falun", "firstName": "Adda" })).await;
        ada.set(&[("city", "Falun"), ("firstName", "Adda")]);
        let cia = self.enrols_in_the_dark().await;
        self.buys_in_the_dark(ada, &cia).await;
        Dark { cia, overtaken }
    }

    /// Two changes of hers, one after the other; both are shown at once.
    async fn says_something_in_the_dark(&self, ada: &mut Person) -> String {
        let first = self.stage.say(&ada.id, json!({ "city": "Uppsala", "zipCode": "333 44" })).await;
        assert_eq!((first.status, &first.body["outcome"]), (202, &json!("later")), "{first:?}");
        let second =
            self.stage.say(&ada.id, json!({ "attributes": { "shoeSize": "41" }, "zipCode": "333 55" })).await;
        assert_eq!((second.status, &second.body["outcome"]), (202, &json!("later")), "{second:?}");
        let waits_for = &second.body["delivery"]["waitsFor"];
        assert_eq!(waits_for, &json!([first.body["delivery"]["id"]]), "{second:?}");
        let shown = self.stage.till("GET", &format!("/v1/contacts/{}", ada.id), Value::Null).await;
        let profile = &shown.body["profile"];
        assert_eq!(
            (&profile["city"], &profile["zipCode"]),
            (&json!("Uppsala"), &json!("333 55")),
            "{shown:?}"
        );
        assert_eq!(profile["attributes"]["shoeSize"], json!("41"));
        assert_eq!(shown.body["changes"].as_array().map(Vec::len), Some(2), "{shown:?}");
        ada.set(&[("zipCode", "333 55"), ("shoeSize", "41")]);
        first.body["delivery"]["id"].as_str().unwrap().to_owned()
    }

    /// Two tills enrol the same person; the second knows more.
    async fn enrols_in_the_dark(&self) -> String {
        let first = json!({ "store": STOCKHOLM, "email": CIA, "lastName": "Nord", "firstName": "Cia" });
        let second = json!({
            "store": STOCKHOLM, "email": CIA, "lastName": "Other", "mobilePhone": CIAS_PHONE, "city": "Umeå",
            "preferences": { "sms": true },
        });
        let mut ids = Vec::new();
        for enrolment in [first, second] {
            let kept = self.stage.till("POST", "/v1/contacts", enrolment).await;
            assert_eq!((kept.status, &kept.body["outcome"]), (202, &json!("later")), "{kept:?}");
            ids.push(kept.body["contactId"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids[0], ids[1], "she is one person from the beginning");
        // By her key, and by what she named beside it.
        for (kind, typed) in [("email", CIA), ("mobilePhone", CIAS_PHONE), ("any", "070-174 06 77")] {
            let shown = self.stage.who_is(kind, typed).await;
            assert_eq!(
                (shown.status, &shown.body["source"]),
                (200, &json!("enrolled")),
                "by {kind}: {shown:?}"
            );
            let profile = &shown.body["profile"];
            let said = [&profile["firstName"], &profile["lastName"], &profile["city"]];
            assert_eq!(said, [&json!("Cia"), &json!("Nord"), &json!("Umeå")], "{shown:?}");
        }
        ids.swap_remove(0)
    }

    async fn buys_in_the_dark(&self, ada: &Person, cia: &str) {
        let mut receipt = purchase(STOCKHOLM, "");
        for (id, contact) in [
            ("adas", json!({ "contactId": ada.id })),
            ("cias-by-id", json!({ "contactId": cia })),
            ("cias-by-phone", json!({ "mobilePhone": CIAS_PHONE })),
        ] {
            receipt["contact"] = contact;
            let taken = self.stage.till("PUT", &format!("/v1/receipts/{id}"), receipt.clone()).await;
            assert_eq!((taken.status, &taken.body["state"]), (201, &json!("accepted")), "{taken:?}");
        }
    }

    pub(super) async fn the_link_is_back(&self, ada: &mut Person, dark: Dark) {
        self.stage.shop.mend().await;
        let attention = self.stage.until_quiet().await;
        assert_eq!(attention, Vec::<Value>::new());
        self.is_as(ada).await;
        let delivery = format!("/v1/deliveries/{}", dark.overtaken);
        let overtaken = self.stage.till("GET", &delivery, Value::Null).await;
        let told = (&overtaken.body["state"], &overtaken.body["code"], &overtaken.body["detail"]);
        assert_eq!(told, (&json!("done"), &json!("newerInEngage"), &json!("city")), "{overtaken:?}");

        let [cia] = self.stage.with_email(CIA).await.try_into().unwrap();
        let row = Person::of(&self.stage.in_engage(&cia).await);
        let filled =
            [("firstName", "Cia"), ("lastName", "Nord"), ("city", "Umeå"), ("mobilePhone", CIAS_PHONE)];
        for (name, value) in filled {
            assert_eq!(row.attributes.get(name).map(String::as_str), Some(value), "{row:?}");
        }
        assert!(row.preferences["acceptsSms"], "{row:?}");
        for (receipt, whose) in [("adas", &ada.id), ("cias-by-id", &cia), ("cias-by-phone", &cia)] {
            let delivered = self.stage.shop.until(receipt, "delivered").await;
            assert_eq!(delivered["contactId"], json!(whose), "{receipt}");
            let stored = self.stage.shop.engages(receipt).await;
            assert_eq!(stored.len(), 1, "{receipt} is there once: {stored:?}");
        }
        let by_drawn_id = format!("/v1/contacts/{}", dark.cia);
        let shown = self.stage.shop.until_that(&by_drawn_id, |body| body["source"] == "live").await;
        assert_eq!(shown["contactId"], json!(cia), "the id that was drawn is hers for ever");
    }
}
