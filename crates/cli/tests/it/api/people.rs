//! Persons in the tenant, as somebody else made and changes them, and what a till is told of them.

use gateway::settings::{Auth, Settings};
use serde_json::{Value, json};

use super::{Answer, STOCKHOLM, Shop, settings};

impl Shop {
    /// Somebody whom the tenant has without our doing.
    pub async fn has(&self, contact_type: &str, fields: Value) -> String {
        let made =
            self.admin("POST", "contacts", json!({ "contactType": contact_type, "fields": fields })).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A contact as the tenant has it now.
    pub async fn in_engage(&self, id: &str) -> Value {
        self.admin("GET", &format!("contacts/{id}"), Value::Null).await["contact"].clone()
    }

    /// Somebody changes a contact in Engage itself.
    pub async fn changes_in_engage(&self, id: &str, fields: Value) {
        self.admin("PATCH", &format!("contacts/{id}"), fields).await;
    }

    pub async fn lookup(&self, mut body: Value) -> Answer {
        body["store"] = json!(STOCKHOLM);
        self.call("POST", "/v1/contacts/lookup", body).await
    }

    pub async fn profile(&self, id: &str) -> Answer {
        self.call("GET", &format!("/v1/contacts/{id}"), Value::Null).await
    }

    pub async fn update(&self, id: &str, mut body: Value) -> Answer {
        body["store"] = json!(STOCKHOLM);
        self.call("PATCH", &format!("/v1/contacts/{id}"), body).await
    }

    pub async fn forget(&self, id: &str) -> Answer {
        self.call("DELETE", &format!("/v1/contacts/{id}"), Value::Null).await
    }

    /// Looks somebody up until what Engage shows is also kept here.
    pub async fn remember(&self, id: &str, field: &str, value: Value) {
        self.profile(id).await;
        self.cut().await;
        let path = format!("/v1/contacts/{id}");
        self.until_that(&path, |body| body["source"] == "lastKnown" && body["profile"][field] == value).await;
        self.mend().await;
        self.until_that(&path, |body| body["source"] == "live").await;
    }
}

/// The settings of the test shop with personal identity numbers turned on.
pub fn with_personal_numbers() -> Settings {
    let mut settings = settings(Auth::None);
    settings.engage.personal_identity_numbers = true;
    settings
}

/// The ids of candidates.
pub fn candidates(answer: &Answer) -> Vec<&str> {
    let rows = answer.body["candidates"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    let mut ids: Vec<&str> = rows.iter().map(|row| row["contactId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}
