//! A shop whose tenant is set up for contacts, and what tests ask of it and of Engage.

use std::collections::BTreeMap;
use std::time::Duration;

use gateway::settings::{Auth, Settings};
use serde_json::{Map, Value, json};

use crate::api::{Answer, STOCKHOLM, Shop, settings};

/// A number that nobody has (070-174 06 05 to 99 are kept free for fiction), as people write it.
pub const PHONE: &str = "070-174 06 05";
/// The same as Engage gets it.
pub const PHONE_IN_ENGAGE: &str = "+46701740605";
/// A personal identity number that is nobody's, as people write it.
pub const PERSONAL: &str = "811218-9876";
/// The same as Engage gets it.
pub const PERSONAL_IN_ENGAGE: &str = "198112189876";
/// How long a creation whose outcome is unknown is looked for.
const VISIBILITY_WINDOW: Duration = Duration::from_secs(3);

/// A shop and its tenant.
pub struct Stage {
    pub shop: Shop,
}

/// What a contact must be in Engage: every attribute that is filled, every preference, every consent that is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    pub id: String,
    pub contact_type: String,
    pub attributes: BTreeMap<String, String>,
    pub preferences: BTreeMap<&'static str, bool>,
    pub consents: BTreeMap<String, bool>,
}

/// What a shop is told whose tenant is set up like [`tenant`].
pub fn of_the_tenant() -> Settings {
    let mut settings = settings(Auth::None);
    settings.engage.personal_identity_numbers = true;
    settings.engage.mandatory_fields = vec!["lastName".into()];
    settings.engage.custom_attributes = vec!["shoeSize".into()];
    settings.engage.requests_per_second = Some(40);
    settings.engage.visibility_window = VISIBILITY_WINDOW;
    settings
}

/// A tenant whose members are known by their e-mail address and have a last name, and a shoe size if they want to.
pub fn tenant() -> sandbox::Settings {
    let mut tenant = sandbox::Settings::default();
    for contact_type in tenant.contact_types.iter_mut().filter(|one| one.handle == "Member") {
        contact_type.mandatory = vec!["lastName".into()];
    }
    tenant.custom_attributes = vec!["shoeSize".into()];
    tenant
}

impl Stage {
    /// A shop whose tenant nobody has set a switch of.
    pub async fn open() -> Stage {
        Stage::with(of_the_tenant(), tenant(), json!({})).await
    }

    /// A shop with these settings, a tenant, and these switches.
    pub async fn with(settings: Settings, tenant: sandbox::Settings, switches: Value) -> Stage {
        let shop = Shop::with_tenant(settings, tenant).await;
        shop.admin("PUT", "switches", switches).await;
        Stage { shop }
    }

    /// What a till sends, and what it is answered.
    pub async fn till(&self, method: &str, path: &str, body: Value) -> Answer {
        self.shop.call(method, path, body).await
    }

    /// The same under an identity of the till's making.
    pub async fn till_as(&self, key: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = body.to_string().into_bytes();
        self.shop.send(None, method, path, body, &[("idempotency-key", key)]).await
    }

    /// Asks who somebody is, by the contact alone.
    pub async fn who_is(&self, kind: &str, typed: &str) -> Answer {
        let asked = json!({ kind: typed, "store": STOCKHOLM, "view": "minimal" });
        self.till("POST", "/v1/contacts/lookup", asked).await
    }

    /// Changes a contact, and Engage has it at once.
    pub async fn change(&self, id: &str, change: Value) -> Answer {
        let answer = self.say(id, change).await;
        assert_eq!((answer.status, &answer.body["outcome"]), (200, &json!("updated")), "{answer:?}");
        answer
    }

    /// Changes a contact, whatever comes of it.
    pub async fn say(&self, id: &str, mut change: Value) -> Answer {
        change["store"] = json!(STOCKHOLM);
        self.till("PATCH", &format!("/v1/contacts/{id}"), change).await
    }

    /// Makes a contact in Engage's own pages.
    pub async fn made_in_engage(&self, contact_type: &str, fields: Value) -> String {
        let body = json!({ "contactType": contact_type, "fields": fields });
        let made = self.shop.admin("POST", "contacts", body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Changes a contact in Engage's own pages.
    pub async fn edited_in_engage(&self, id: &str, fields: Value) {
        self.shop.admin("PATCH", &format!("contacts/{id}"), fields).await;
    }

    /// A contact as Engage has it, deleted or not.
    pub async fn in_engage(&self, id: &str) -> Value {
        self.shop.admin("GET", &format!("contacts/{id}"), Value::Null).await["contact"].take()
    }

    /// The ids of those who are in Engage and have this e-mail address, whatever its case.
    pub async fn with_email(&self, email: &str) -> Vec<String> {
        let all = self.shop.admin("GET", "contacts?count=1000", Value::Null).await;
        let has = |contact: &&Value| {
            let own = contact["attributes"]["email"].as_str().unwrap_or_default();
            contact["presence"] == "here" && own.eq_ignore_ascii_case(email)
        };
        let found = all["items"].as_array().unwrap().iter().filter(has);
        found.map(|contact| contact["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Fails unless Engage has a person exactly like this: nothing lost, nothing wiped, nothing added.
    pub async fn is_in_engage(&self, expected: &Person) {
        let found = Person::of(&self.in_engage(&expected.id).await);
        assert_eq!(&found, expected);
    }

    /// How many calls Engage has got.
    pub async fn calls(&self) -> u64 {
        let status = self.shop.admin("GET", "status", Value::Null).await;
        status["counts"]["requests"].as_u64().unwrap()
    }

    /// The calls that Engage has got, as method and path without query.
    pub async fn called(&self) -> Vec<String> {
        let page = self.shop.admin("GET", "requests?count=1000", Value::Null).await;
        let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
        let rows = page["items"].as_array().unwrap().iter();
        rows.map(|row| {
            format!("{} {}", row["method"].as_str().unwrap(), path(row["target"].as_str().unwrap()))
        })
        .collect()
    }

    /// Lets the next so many calls of a kind meet a fault.
    pub async fn fault(&self, method: &str, path: &str, times: u32, kind: Value) {
        let fault = json!({ "on": { "method": method, "path": path }, "times": times, "kind": kind });
        self.shop.admin("POST", "faults", fault).await;
    }

    /// What the sandbox found against the guide's advice: code and place.
    pub async fn findings(&self) -> Vec<(String, String)> {
        let page = self.shop.admin("GET", "findings?count=1000", Value::Null).await;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rows = page["items"].as_array().unwrap().iter();
        rows.map(|row| (text(row, "rule"), text(row, "place"))).collect()
    }

    /// Cuts the link; customers are asked for until that is known.
    pub async fn cut(&self) {
        self.shop.cut().await;
        while self.till("GET", "/healthz", Value::Null).await.body["engage"] == "up" {
            self.who_is("email", "somebody@example.com").await;
        }
    }

    /// Mends the link; the next customer is asked for, by which it is known.
    pub async fn mend(&self) {
        self.shop.mend().await;
        let next = "/v1/contacts?email=somebody%40example.com";
        self.shop.until_that(next, |body| body["code"] == "contactNotFound").await;
    }

    /// Sees to it that what was answered like this is delivered: an operator has it tried at once.
    pub async fn delivered(&self, answer: &Answer) -> Value {
        let Some(id) = answer.body["delivery"]["id"].as_str() else {
            assert!([200, 201].contains(&answer.status), "{answer:?}");
            return Value::Null;
        };
        let delivery = format!("/v1/deliveries/{id}");
        loop {
            let open =
                |row: &Value| !["inFlight", "needsAttention"].contains(&row["state"].as_str().unwrap());
            let row = self.shop.until_that(&delivery, open).await;
            if row["state"] == "done" {
                return row;
            }
            self.till("POST", &format!("{delivery}/retry"), Value::Null).await;
        }
    }

    /// Waits until nothing is owed to Engage any more, and returns what needs a person.
    pub async fn until_quiet(&self) -> Vec<Value> {
        for state in ["waiting", "inFlight", "unknown"] {
            let path = format!("/v1/deliveries?state={state}");
            self.shop.until_that(&path, |page| page["items"] == json!([])).await;
        }
        let page = self.till("GET", "/v1/deliveries?state=needsAttention", Value::Null).await;
        page.body["items"].as_array().unwrap().clone()
    }

    /// The keys for which more than one contact was made, and how many were, however often each was asked for.
    pub async fn made_again(&self) -> Vec<(String, u64)> {
        let creations = self.shop.admin("GET", "creations?count=1000&atLeast=2", Value::Null).await;
        let rows = creations["items"].as_array().unwrap().iter();
        let row = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["made"].as_u64().unwrap());
        rows.map(row).filter(|(_, made)| *made > 1).collect()
    }
}

impl Person {
    /// What the sandbox has, without what it sets by itself at every creation.
    pub fn of(row: &Value) -> Person {
        let filled = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Null => return None,
                Value::String(text) if text.is_empty() => return None,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let by_itself = ["memberNumber", "createdInStore", "store"].contains(&name.as_str());
            (!by_itself).then(|| (name.clone(), text))
        };
        let attributes =
            row["attributes"].as_object().unwrap_or(&Map::new()).iter().filter_map(filled).collect();
        let preference = |name| (name, row["preferences"][name].as_bool().unwrap());
        let consents = row["consents"].as_array().unwrap().iter();
        Person {
            id: row["id"].as_str().unwrap().to_owned(),
            contact_type: row["contactType"].as_str().unwrap().to_owned(),
            attributes,
            preferences: ["acceptsEmail", "acceptsSms", "acceptsPostal"].map(preference).into(),
            consents: consents
                .filter_map(|row| Some((row["id"].as_str().unwrap().to_owned(), row["value"].as_bool()?)))
                .collect(),
        }
    }

    /// With other values of some attributes.
    pub fn set(&mut self, attributes: &[(&str, &str)]) {
        for (name, value) in attributes {
            self.attributes.insert((*name).to_owned(), (*value).to_owned());
        }
    }
}
