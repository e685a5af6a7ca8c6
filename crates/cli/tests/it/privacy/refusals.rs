//! Everything that can be said wrong, with somebody's data in it.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::person::{EMAIL, FIRST_NAME, PERSONAL, PHONE, STOCKHOLM, enrolment, receipt};
use super::stage::Stage;

impl Stage {
    /// Everything that can be said wrong, with her in it.
    pub async fn what_is_refused(&mut self, id: &str) {
        let path = format!("/v1/contacts/{id}");
        let fields = [
            "email",
            "mobilePhone",
            "personalIdentityNumber",
            "externalId",
            "memberNumber",
            "birthDay",
            "gender",
            "country",
            "language",
            "firstName",
            "attributes",
            "preferences",
            "consents",
            "store",
            "clear",
            "unknown",
        ];
        for wrong in [
            json!(FIRST_NAME),
            json!({ "other": EMAIL }),
            json!([EMAIL, PHONE]),
            json!(format!("{EMAIL} {PERSONAL}")),
        ] {
            for field in fields {
                let mut body = json!({ "store": STOCKHOLM, "email": EMAIL });
                body[field] = wrong.clone();
                self.call(Method::POST, "/v1/contacts", body.clone()).await;
                self.call(Method::PATCH, &path, body).await;
            }
            for field in ["email", "mobilePhone", "personalIdentityNumber", "any", "view", "store"] {
                self.call(Method::POST, "/v1/contacts/lookup", json!({ field: wrong })).await;
            }
            for pointer in [
                "/createdAt",
                "/currency",
                "/contact",
                "/contact/email",
                "/lines",
                "/lines/0/quantity",
                "/lines/0/unitPrice",
                "/lines/0/taxPercent",
                "/lines/0/discounts",
                "/payments/0/amount",
                "/total",
                "/receiptNumber",
            ] {
                let mut body = receipt(&json!({ "email": EMAIL }));
                *body.pointer_mut(pointer).unwrap_or(&mut Value::Null) = wrong.clone();
                self.call(Method::POST, "/v1/receipts/validate", body.clone()).await;
                self.call(Method::PUT, &format!("/v1/receipts/wrong{}", pointer.replace('/', "-")), body)
                    .await;
            }
        }
        let whole = enrolment().to_string();
        let bytes = whole.as_bytes();
        for path in [
            "/v1/contacts",
            "/v1/contacts/lookup",
            "/v1/receipts/cut",
            "/v1/receipts/validate",
            path.as_str(),
        ] {
            for body in [
                bytes[..bytes.len() - 9].to_vec(),
                [bytes, bytes].concat(),
                [b"\xff", bytes].concat(),
                format!("{:?}", whole).into_bytes(),
            ] {
                for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                    // Who was forgotten is asked for elsewhere.
                    if method != Method::DELETE || path != format!("/v1/contacts/{id}") {
                        self.send(method, path, body.clone(), &[]).await;
                    }
                }
            }
        }
        for target in [
            "email=vinterplommon",
            "view=Zebulonia",
            "Zebulonia=1",
            "personalIdentityNumber=811218-9876",
            "any=811218-9876",
            "mobilePhone=Zebulonia",
            "store=Zebulonia&email=vinterplommon%40example",
        ] {
            self.call(Method::GET, &format!("/v1/contacts?{target}"), Value::Null).await;
        }
        for target in [
            "/v1/contacts/vinterplommon%40example.com",
            "/v1/contacts/811218-9876",
            "/v1/contacts/Quistg%C3%A5rd/export",
            "/v1/deliveries?state=Zebulonia",
            "/v1/deliveries?after=Zebulonia",
            "/v1/deliveries/Zebulonia",
            "/Zebulonia",
            "/v1/consents?x=Zebulonia",
        ] {
            self.call(Method::GET, target, Value::Null).await;
        }
        let strange = HeaderValue::from_bytes("Quistgård".as_bytes()).unwrap();
        self.send(Method::POST, "/v1/contacts", whole.into_bytes(), &[("idempotency-key", strange)]).await;
        let nobodys = HeaderValue::from_static("Bearer Zebulonia");
        self.send(Method::GET, "/v1/deliveries", Vec::new(), &[("authorization", nobodys)]).await;
        self.call(Method::POST, "/v1/tokens", json!({ "name": "x", "role": FIRST_NAME, "stores": [EMAIL] }))
            .await;
        self.call(Method::GET, "/v1/quarantine", Value::Null).await;
    }
}
