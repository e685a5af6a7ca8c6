//! The end: forgotten here and in Engage, deleted in Engage and so here; and who comes again is somebody new.

use serde_json::{Value, json};

use super::super::stage::Person;
use super::super::switches::Feed;
use super::Walk;
use super::online::ADA;
use crate::api::STOCKHOLM;

impl Walk {
    pub(super) async fn is_forgotten(&self, ada: &Person) {
        let path = format!("/v1/contacts/{}", ada.id);
        for _ in 0..2 {
            let forgotten = self.stage.till("DELETE", &path, Value::Null).await;
            assert_eq!(
                (forgotten.status, &forgotten.body["outcome"]),
                (200, &json!("deleted")),
                "{forgotten:?}"
            );
        }
        let row = self.stage.in_engage(&ada.id).await;
        assert!(row["presence"]["deleted"].is_object(), "{row}");
        for (method, path, body) in [
            ("GET", path.clone(), Value::Null),
            ("GET", format!("{path}/export"), Value::Null),
            ("PATCH", path.clone(), json!({ "store": STOCKHOLM, "city": "Lund" })),
        ] {
            let gone = self.stage.till(method, &path, body).await;
            assert_eq!((gone.status, gone.code()), (410, "contactForgotten"), "{method} {path}: {gone:?}");
        }
        let unknown = self.stage.who_is("email", ADA).await;
        assert_eq!((unknown.status, unknown.code()), (404, "contactNotFound"), "{unknown:?}");

        let enrolment = json!({ "store": STOCKHOLM, "email": ADA, "lastName": "Lind" });
        let again = self.stage.till("POST", "/v1/contacts", enrolment).await;
        assert_eq!((again.status, &again.body["outcome"]), (201, &json!("created")), "{again:?}");
        assert_ne!(again.body["contactId"], json!(ada.id), "she is somebody new");
        let new = Person::of(&self.stage.in_engage(again.body["contactId"].as_str().unwrap()).await);
        assert_eq!(new.attributes.get("firstName"), None, "nothing of before came back: {new:?}");
        assert_eq!(
            self.stage.till("GET", &path, Value::Null).await.status,
            410,
            "and the other stays forgotten"
        );
    }

    /// Deleted in Engage's own pages, and brought back there.
    pub(super) async fn is_deleted_in_engage(&self, bo: &Person) {
        self.stage.shop.admin("DELETE", &format!("contacts/{}", bo.id), Value::Null).await;
        let export = format!("/v1/contacts/{}/export", bo.id);
        let by_url = "/v1/contacts?view=minimal&email=bo.berg%40example.com";
        match self.under.feed {
            Feed::Answered => drop(self.stage.shop.until_that(&export, |body| body["status"] == 404).await),
            Feed::NotAsked | Feed::Refused => {
                let held = self.stage.till("GET", &export, Value::Null).await;
                assert_eq!(held.status, 200, "nobody told: {held:?}");
                // Until then he may be one whom Engage doesn't show yet.
                self.stage.shop.until_that(by_url, |body| body["code"] == "contactNotFound").await;
            }
        }
        self.stage.shop.admin("POST", &format!("contacts/{}/restore", bo.id), Value::Null).await;
        let back = self.stage.shop.until_that(by_url, |body| body["source"] == "live").await;
        assert_eq!(back["contactId"], json!(bo.id));
    }
}
