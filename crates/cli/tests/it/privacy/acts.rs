//! What a shop does, and what goes wrong on the way to Engage.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::{Value, json};

use super::mirror;
use super::person::{
    CARE_OF, EMAIL, FIRST_NAME, PERSONAL, PHONE, STOCKHOLM, STREET, VOUCHER, enrolment, named, receipt,
};
use super::stage::Stage;

impl Stage {
    /// What a shop does, while all is well. Returns her id.
    pub async fn all_is_well(&mut self) -> String {
        for who in named() {
            self.look_up(who).await;
        }
        let enrolled = self.call(Method::POST, "/v1/contacts", enrolment()).await;
        let id = enrolled["contactId"].as_str().unwrap_or_else(|| panic!("{enrolled}")).to_owned();
        self.admin("POST", &format!("contacts/{id}/vouchers"), json!({ "amount": 100, "name": VOUCHER }))
            .await;
        let path = format!("/v1/contacts/{id}");
        let mut shown = Value::Null;
        while shown["profile"]["memberNumber"].is_null() {
            shown = self.call(Method::GET, &path, Value::Null).await;
        }
        let loyalty = &shown["profile"]["loyalty"];
        let number = |number: &Value| number.as_str().unwrap_or_else(|| panic!("{shown}")).to_owned();
        self.marks.add("member number", &[&number(&shown["profile"]["memberNumber"])]);
        self.marks.add("voucher's number", &[&number(&loyalty["vouchers"][0]["number"])]);
        for who in named() {
            self.look_up(who.clone()).await;
            let id = format!("by-{}", who.as_object().unwrap().keys().next().unwrap());
            self.call(Method::PUT, &format!("/v1/receipts/{id}"), receipt(&who)).await;
            self.call(Method::GET, &format!("/v1/receipts/{id}"), Value::Null).await;
        }
        self.call(Method::POST, "/v1/receipts/validate", receipt(&json!({ "email": EMAIL }))).await;
        self.call(Method::PATCH, &path, json!({ "store": STOCKHOLM, "street": STREET, "city": "Lund" }))
            .await;
        self.call(Method::GET, "/v1/consents", Value::Null).await;
        // Somebody else with her phone, and an update towards her address.
        let other = json!({ "store": STOCKHOLM, "email": "bo@example.com", "mobilePhone": PHONE, "firstName": FIRST_NAME });
        let other = self.call(Method::POST, "/v1/contacts", other).await;
        self.look_up(json!({ "mobilePhone": PHONE })).await;
        let other = format!("/v1/contacts/{}", other["contactId"].as_str().unwrap());
        self.call(Method::PATCH, &other, json!({ "store": STOCKHOLM, "email": EMAIL })).await;
        id
    }

    /// Engage fails each kind of call in each way.
    pub async fn what_fails(&mut self, id: &str) {
        let status = |code: u16| json!({ "status": { "code": code } });
        let late = json!({ "delay": { "ms": 1_300 } });
        let kinds = [
            json!("cutBefore"),
            json!("cutAfter"),
            status(400),
            status(403),
            status(404),
            status(409),
            status(422),
            status(429),
            status(500),
            late,
        ];
        for (n, kind) in kinds.into_iter().enumerate() {
            let mut person = enrolment();
            person["email"] = json!(format!("vinterplommon+{n}@example.com"));
            let change = json!({ "store": STOCKHOLM, "careOf": CARE_OF, "street": format!("{STREET} {n}") });
            let calls = [
                (
                    ("GET", "/api/v3/contacts/id"),
                    Method::POST,
                    "/v1/contacts/lookup".to_owned(),
                    json!({ "any": PERSONAL }),
                ),
                (("GET", "/api/v3/contacts/*"), Method::GET, format!("/v1/contacts/{id}"), Value::Null),
                (("POST", "/api/v3/contacts"), Method::POST, "/v1/contacts".to_owned(), person),
                (("PATCH", "/api/v3/contacts/*"), Method::PATCH, format!("/v1/contacts/{id}"), change),
                (
                    ("POST", "/api/v3/receipts"),
                    Method::PUT,
                    format!("/v1/receipts/fails-{n}"),
                    receipt(&json!({ "contactId": id })),
                ),
            ];
            for ((on, at), method, path, body) in calls {
                let fault = json!({ "on": { "method": on, "path": at }, "times": 1, "kind": kind });
                self.admin("POST", "faults", fault).await;
                self.call(method, &path, body).await;
            }
            self.until_up().await;
        }
    }

    /// Nobody listens where Engage was.
    pub async fn what_is_said_in_the_dark(&mut self, id: &str) {
        self.said.extend(self.sandbox.take().expect("it runs").stop());
        // The first is tried, which tells that there is no link.
        let mut person = enrolment();
        person["email"] = json!("vinterplommon+dark@example.com");
        let enrolled = self.call(Method::POST, "/v1/contacts", person).await;
        assert_eq!(enrolled["outcome"], "later", "{enrolled}");
        for who in named() {
            self.look_up(who).await;
        }
        self.call(Method::POST, "/v1/contacts/lookup", json!({ "email": "vinterplommon+dark@example.com" }))
            .await;
        let drawn = enrolled["contactId"].as_str().unwrap().to_owned();
        for id in [id, &drawn] {
            let change = json!({ "store": STOCKHOLM, "street": STREET, "mobilePhone": PHONE, "personalIdentityNumber": PERSONAL });
            self.call(Method::PATCH, &format!("/v1/contacts/{id}"), change).await;
            self.call(Method::PUT, &format!("/v1/receipts/dark-{id}"), receipt(&json!({ "contactId": id })))
                .await;
        }
        self.call(
            Method::PUT,
            "/v1/receipts/dark-named",
            receipt(&json!({ "email": EMAIL, "personalIdentityNumber": PERSONAL })),
        )
        .await;
        self.call(Method::GET, "/v1/consents", Value::Null).await;
    }

    /// Everything that there is to read, for operators.
    pub async fn what_operators_see(&mut self) {
        let listed = self.call(Method::GET, "/v1/deliveries?limit=200", Value::Null).await;
        for row in listed["items"].as_array().cloned().unwrap_or_default() {
            let delivery = format!("/v1/deliveries/{}", row["id"].as_str().unwrap());
            self.call(Method::GET, &delivery, Value::Null).await;
        }
        for path in ["/metrics", "/v1/tokens", "/healthz", "/readyz", "/v1/quarantine"] {
            self.call(Method::GET, path, Value::Null).await;
        }
        self.command_line();
    }

    /// All that is owed is tried again.
    pub async fn everything_is_tried_again(&mut self) {
        for state in ["waiting", "unknown", "needsAttention"] {
            let listed =
                self.call(Method::GET, &format!("/v1/deliveries?limit=200&state={state}"), Value::Null).await;
            for row in listed["items"].as_array().cloned().unwrap_or_default() {
                self.call(
                    Method::POST,
                    &format!("/v1/deliveries/{}/retry", row["id"].as_str().unwrap()),
                    Value::Null,
                )
                .await;
            }
        }
    }

    /// A bit on each page of the database is another.
    fn the_disk_fails(&self) {
        let path = self.dir().join("data").join(store::FILE);
        let mut bytes = std::fs::read(&path).unwrap();
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        // The pages that say what the file is are left alone; rows are written from the end of each towards its beginning.
        for end in (2 * page..=bytes.len()).step_by(page) {
            let says_what_it_is = bytes[end - page..end].windows(7).any(|words| words == b"CREATE ");
            bytes[end - 9] ^= u8::from(!says_what_it_is);
        }
        std::fs::write(path, bytes).unwrap();
    }

    /// In Engage's place something repeats all that it is told.
    pub async fn what_is_repeated(&mut self, id: &str) {
        let (url, asked) = mirror::listen().await;
        self.serve("serve-again", &url, "json").await;
        self.everything_is_tried_again().await;
        for n in 0.. {
            for who in named() {
                self.look_up(who).await;
            }
            let mut person = enrolment();
            person["email"] = json!(format!("vinterplommon+again{n}@example.com"));
            self.call(Method::POST, "/v1/contacts", person).await;
            self.call(Method::GET, &format!("/v1/contacts/{id}"), Value::Null).await;
            self.call(
                Method::PATCH,
                &format!("/v1/contacts/{id}"),
                json!({ "store": STOCKHOLM, "street": format!("{STREET} {n}") }),
            )
            .await;
            self.call(Method::PUT, &format!("/v1/receipts/again-{n}"), receipt(&json!({ "contactId": id })))
                .await;
            self.call(Method::GET, "/v1/consents", Value::Null).await;
            if asked.load(Ordering::Relaxed) > 100 {
                break;
            }
        }
        self.what_operators_see().await;
        self.call(Method::DELETE, &format!("/v1/contacts/{id}"), Value::Null).await;
        self.what_operators_see().await;
        self.close_gateway();
        self.the_disk_fails();
        self.command_line();
        self.serve("serve-damaged", &url, "text").await;
        self.call_as_the_command_line();
        self.everything_is_tried_again().await;
        self.what_operators_see().await;
        self.close_gateway();
    }
}
