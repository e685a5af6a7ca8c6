//! While Engage answers: unknown, enrolled, shown, changed.

use serde_json::{Value, json};

use super::super::stage::{PERSONAL, PERSONAL_IN_ENGAGE, PHONE, PHONE_IN_ENGAGE, Person};
use super::super::switches::Feed;
use super::Walk;
use crate::api::STOCKHOLM;

/// Her e-mail address.
pub(super) const ADA: &str = "ada.lind@example.com";
/// Another customer's.
const BO: &str = "bo.berg@example.com";

impl Walk {
    pub(super) async fn nobody_is_known(&self) {
        for (kind, typed) in
            [("email", ADA), ("mobilePhone", PHONE), ("personalIdentityNumber", PERSONAL), ("any", PHONE)]
        {
            let answer = self.stage.who_is(kind, typed).await;
            assert_eq!((answer.status, answer.code()), (404, "contactNotFound"), "by {kind}: {answer:?}");
        }
    }

    pub(super) async fn becomes_a_member(&self) -> Person {
        let body = json!({
            "store": STOCKHOLM, "email": " Ada.Lind@Example.com", "mobilePhone": PHONE,
            "personalIdentityNumber": PERSONAL, "externalId": "web-17", "firstName": "Ada", "lastName": "Lind",
            "street": "Storgatan 4", "zipCode": "111 22", "city": "Stockholm", "careOf": "Berg",
            "birthDay": "1980-01-31", "gender": "female", "attributes": { "shoeSize": "39" },
            "preferences": { "email": true, "sms": false }, "consents": [{ "id": "memberTerms", "value": true }],
        });
        let enrolled = self.stage.till("POST", "/v1/contacts", body).await;
        assert_eq!((enrolled.status, &enrolled.body["outcome"]), (201, &json!("created")), "{enrolled:?}");
        let attributes = [
            ("email", ADA),
            ("mobilePhone", PHONE_IN_ENGAGE),
            ("socialSecurityNumber", PERSONAL_IN_ENGAGE),
            ("externalId", "web-17"),
            ("firstName", "Ada"),
            ("lastName", "Lind"),
            ("street", "Storgatan 4"),
            ("zipCode", "111 22"),
            ("city", "Stockholm"),
            ("careOf", "Berg"),
            ("birthDay", "1980-01-31"),
            ("gender", "Female"),
            ("shoeSize", "39"),
            ("country", "Sweden"),
            ("countryCode", "SE"),
            ("language", "sv"),
        ];
        // Nobody asked her about letters: that is as the tenant has it.
        let unasked = self.under.is("preferencesDefault", "true");
        let ada = Person {
            id: enrolled.body["contactId"].as_str().unwrap().to_owned(),
            contact_type: "Member".to_owned(),
            attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            preferences: [("acceptsEmail", true), ("acceptsSms", false), ("acceptsPostal", unasked)].into(),
            consents: [("memberTerms".to_owned(), true)].into(),
        };
        self.is_as(&ada).await;
        let row = self.stage.in_engage(&ada.id).await;
        assert_eq!((&row["source"], &row["store"]), (&json!("POS"), &json!(STOCKHOLM)));
        ada
    }

    /// By her key at once, though Engage may not show a new contact yet; by all else when it does.
    pub(super) async fn is_known_at_once(&self, ada: &Person) {
        let answer = self.stage.who_is("email", ADA).await;
        let hidden = self.under.number("visibilityDelaySeconds").is_some();
        let source = if hidden { "enrolled" } else { "live" };
        assert_eq!((answer.status, &answer.body["source"]), (200, &json!(source)), "{answer:?}");
        assert_eq!(answer.body["contactId"], json!(ada.id));
        let by_url = "/v1/contacts?view=minimal&email=ada.lind%40example.com";
        let seen = self.stage.shop.until_that(by_url, |body| body["source"] == "live").await;
        let profile = &seen["profile"];
        let shown = json!({
            "contactType": "Member", "email": ADA, "mobilePhone": PHONE_IN_ENGAGE, "externalId": "web-17",
            "memberNumber": profile["memberNumber"], "hasPersonalIdentityNumber": true,
            "firstName": "Ada", "lastName": "Lind", "street": "Storgatan 4", "zipCode": "111 22",
            "city": "Stockholm", "careOf": "Berg", "birthDay": "1980-01-31", "gender": "female", "country": "SE",
            "language": "sv", "attributes": { "shoeSize": "39" },
            "preferences": { "email": true, "sms": false, "postal": ada.preferences["acceptsPostal"] },
            "consents": [{ "id": "memberTerms", "value": true }],
        });
        assert_eq!(profile, &shown);
    }

    /// Points, vouchers, promotions and level are what Engage has at this moment, and nothing that can't be used.
    pub(super) async fn is_shown_with_all_that_she_has(&self, ada: &Person) {
        let (admin, of) = (&self.stage.shop, format!("contacts/{}", ada.id));
        let level = json!({ "bonusBasedLevel": "silver", "bonusBasedLevelLeftForUpgrade": "750" });
        self.stage.edited_in_engage(&ada.id, level).await;
        admin.admin("POST", &format!("{of}/points"), json!({ "amount": 250 })).await;
        let later = json!({ "amount": 40, "validFrom": "2099-01-01T00:00:00Z" });
        admin.admin("POST", &format!("{of}/points"), later).await;
        let voucher = json!({ "amount": 100, "localValues": [{ "amount": 8.80, "currency": "EUR" }], "name": "Q1 bonus" });
        admin.admin("POST", &format!("{of}/vouchers"), voucher).await;
        let used = admin.admin("POST", &format!("{of}/vouchers"), json!({ "amount": 50 })).await;
        admin.admin("POST", &format!("vouchers/{}/redeem", used["id"].as_str().unwrap()), Value::Null).await;
        self.has_promotions(&of).await;

        let shown = self.stage.till("GET", &format!("/v1/contacts/{}", ada.id), Value::Null).await;
        assert_eq!((shown.status, &shown.body["source"]), (200, &json!("live")), "{shown:?}");
        let loyalty = &shown.body["profile"]["loyalty"];
        let figures =
            [&loyalty["level"], &loyalty["toNextLevel"], &loyalty["points"], &loyalty["pendingPoints"]];
        assert_eq!(figures, [&json!("silver"), &json!("750"), &json!(250), &json!(40)], "{loyalty}");
        // Only the overview has it, and that may be from a while ago.
        let from_the_overview = self.under.is("levelIn", "overviewOnly");
        assert_eq!(loyalty["levelMayBeStale"] == json!(true), from_the_overview, "{loyalty}");
        assert_eq!(loyalty["incomplete"], Value::Null, "{loyalty}");
        let vouchers = loyalty["vouchers"].as_array().unwrap();
        let [voucher] = vouchers.as_slice() else { panic!("one can be used: {loyalty}") };
        let worth = json!([{ "amount": 100, "currency": "SEK" }, { "amount": 8.80, "currency": "EUR" }]);
        assert_eq!((&voucher["name"], &voucher["values"]), (&json!("Q1 bonus"), &worth), "{voucher}");
        let offers: Vec<&str> = loyalty["promotions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        // Nothing in the row of one that is only to come says so.
        let to_come: &[&str] = if self.under.is("scheduledListed", "yes") { &["To come"] } else { &[] };
        assert_eq!(offers, [&["Welcome", "Fifty off"], to_come].concat());
        assert_eq!(loyalty["promotions"][0]["worth"], json!({ "code": "WELCOME10" }));
        let amounts = json!({ "amounts": [{ "amount": 50, "currency": "SEK" }] });
        assert_eq!(loyalty["promotions"][1]["worth"], amounts);
    }

    /// Two that a till can take; and one each for a web shop only, used, and to come.
    async fn has_promotions(&self, of: &str) {
        let pos = |kind: &str, value: &str| json!({ "type": "POS", "valueType": kind, "value": value });
        let web = json!({ "type": "ECOM", "valueType": "PERCENT", "value": "10" });
        let begins = json!({ "startDate": "2099-01-01" });
        let all = [
            ("Welcome", json!([web, pos("EXTERNALOFFER", "WELCOME10")]), Value::Null),
            ("Fifty off", json!([pos("MONEY", "50")]), Value::Null),
            ("In the web shop", json!([web]), Value::Null),
            ("Used", json!([pos("MANUAL", "A coffee")]), Value::Null),
            ("To come", json!([pos("MANUAL", "A cake")]), begins),
        ];
        for (name, channels, validity) in all {
            let definition = json!({ "name": name, "redemptionChannels": channels, "validity": validity });
            let made = self.stage.shop.admin("POST", "promotions", definition).await;
            let given = json!({ "promotion": made["id"] });
            let given = self.stage.shop.admin("POST", &format!("{of}/promotions"), given).await;
            if name == "Used" {
                let act = format!("assignments/{}/redeem", given["id"].as_str().unwrap());
                self.stage.shop.admin("POST", &act, json!({ "channel": "POS" })).await;
            }
        }
    }

    /// Only what is said changes: everything else of her is as before, each time.
    pub(super) async fn changes_one_thing_after_the_other(&self, ada: &mut Person) {
        ada.set(&[("bonusBasedLevel", "silver"), ("bonusBasedLevelLeftForUpgrade", "750")]);
        self.is_as(ada).await;
        let id = ada.id.clone();
        let moved = json!({ "street": "Nygatan 9", "zipCode": "222 33", "city": "Lund" });
        let answer = self.stage.change(&id, moved.clone()).await;
        assert_eq!(answer.body["profile"]["street"], json!("Nygatan 9"), "{answer:?}");
        ada.set(&[("street", "Nygatan 9"), ("zipCode", "222 33"), ("city", "Lund")]);
        self.is_as(ada).await;

        self.stage.change(&id, json!({ "clear": ["careOf"] })).await;
        ada.attributes.remove("careOf");
        self.is_as(ada).await;

        self.stage.change(&id, json!({ "attributes": { "shoeSize": "40" }, "country": "FI" })).await;
        ada.set(&[("shoeSize", "40"), ("country", "Finland"), ("countryCode", "FI")]);
        self.is_as(ada).await;

        self.stage.change(&id, json!({ "preferences": { "sms": true } })).await;
        ada.preferences.insert("acceptsSms", true);
        self.is_as(ada).await;

        for value in [false, true] {
            let said = json!([{ "id": "memberTerms", "value": value }]);
            self.stage.change(&id, json!({ "consents": said })).await;
            ada.consents.insert("memberTerms".to_owned(), value);
            self.is_as(ada).await;
        }

        let again = self.stage.say(&id, moved).await;
        assert_eq!((again.status, &again.body["outcome"]), (200, &json!("unchanged")), "{again:?}");
        self.is_as(ada).await;
    }

    /// An address that is another's is refused by Engage; a person sees that, and nothing else waits for it.
    pub(super) async fn takes_nobodys_key(&self, ada: &mut Person) -> Person {
        let enrolment = json!({ "store": STOCKHOLM, "email": BO, "lastName": "Berg" });
        let enrolled = self.stage.till("POST", "/v1/contacts", enrolment).await;
        assert_eq!(enrolled.status, 201, "{enrolled:?}");
        let bo = Person::of(&self.stage.in_engage(enrolled.body["contactId"].as_str().unwrap()).await);
        self.stage.shop.until_that(&format!("/v1/contacts/{}", bo.id), |body| body["source"] == "live").await;

        let clash = self.stage.say(&ada.id, json!({ "email": BO })).await;
        assert_eq!((clash.status, &clash.body["outcome"]), (202, &json!("later")), "{clash:?}");
        let delivery = &clash.body["delivery"];
        assert_eq!(
            (&delivery["state"], &delivery["code"]),
            (&json!("needsAttention"), &json!("engageRefused"))
        );
        self.is_as(ada).await;
        self.is_as(&bo).await;
        self.stage.change(&ada.id, json!({ "city": "Visby" })).await;
        ada.set(&[("city", "Visby")]);
        self.is_as(ada).await;
        let discard = format!("/v1/deliveries/{}/discard", delivery["id"].as_str().unwrap());
        let reason = json!({ "reason": "it is Bo's address" });
        assert_eq!(self.stage.till("POST", &discard, reason).await.status, 200);
        bo
    }

    /// What somebody changed in Engage is known here by the feed, if there is one; if not, a till's word made from what
    /// was before is no word against it.
    pub(super) async fn is_edited_in_engage(&self, ada: &mut Person, bo: &Person) {
        self.stage.edited_in_engage(&bo.id, json!({ "firstName": "Bosse" })).await;
        self.stage.edited_in_engage(&ada.id, json!({ "city": "Malmö" })).await;
        ada.set(&[("city", "Malmö")]);
        let export = format!("/v1/contacts/{}/export", ada.id);
        match self.under.feed {
            Feed::Answered => {
                let is_known = |held: &Value| held["profile"]["city"] == "Malmö";
                self.stage.shop.until_that(&export, is_known).await;
            }
            Feed::NotAsked | Feed::Refused => {
                let held = self.stage.till("GET", &export, Value::Null).await;
                assert_eq!(held.body["profile"]["city"], json!("Visby"), "nobody told");
                let answer =
                    self.stage.say(&ada.id, json!({ "city": "Kiruna", "street": "Ringvägen 1" })).await;
                assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("updated")), "{answer:?}");
                assert_eq!(answer.body["notOverwritten"], json!(["city"]));
                assert_eq!(answer.body["profile"]["city"], json!("Malmö"), "the till sees why");
                ada.set(&[("street", "Ringvägen 1")]);
                self.is_as(ada).await;
            }
        }
        self.stage.change(&ada.id, json!({ "city": "Kiruna" })).await;
        ada.set(&[("city", "Kiruna")]);
        self.is_as(ada).await;
    }
}
