//! Stores: made by a call, or by a receipt that names one nobody knew (fact S-07).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::fields;

/// A store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// Its id.
    pub id: Uuid,
    /// Its external id; unique (fact S-06).
    pub external_id: String,
    /// Its fields, as they were sent.
    pub fields: Map<String, Value>,
    /// How it came to be.
    pub origin: Origin,
}

/// How a store came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// By a call.
    Call,
    /// By a receipt that named it.
    Receipt,
    /// By a contact's creation that named it.
    Contact,
    /// By a file.
    File,
}

impl Store {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.fields.get("name").and_then(Value::as_str).unwrap_or(&self.external_id)
    }

    /// Its type, such as `RETAIL`; none where it was not said.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.fields.get("type").and_then(Value::as_str)
    }

    pub(crate) fn active(&self) -> bool {
        self.fields.get("active").and_then(Value::as_bool).unwrap_or(true)
    }

    /// The store as it is answered: fields that are not set are null (fact S-03).
    pub(crate) fn answered(&self) -> Value {
        let known = fields::STORE.iter().map(|field| field.name);
        let mut answer: Map<String, Value> = known
            .map(|name| (name.to_owned(), self.fields.get(name).cloned().unwrap_or(Value::Null)))
            .collect();
        answer.insert("id".to_owned(), Value::from(self.id.to_string()));
        answer.insert("active".to_owned(), Value::from(self.active()));
        Value::Object(answer)
    }
}

/// All stores, by external id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stores(BTreeMap<String, Store>);

impl Stores {
    pub(crate) fn get(&self, external_id: &str) -> Option<&Store> {
        self.0.get(external_id)
    }

    pub(crate) fn insert(&mut self, store: Store) {
        self.0.insert(store.external_id.clone(), store);
    }

    /// Makes the store that something named, with no more than its external id.
    pub(crate) fn insert_named(&mut self, id: Uuid, external_id: &str, origin: Origin) {
        let fields = ["name", "externalId"].map(|name| (name.to_owned(), Value::from(external_id)));
        let fields = Map::from_iter(fields);
        self.insert(Store { id, external_id: external_id.to_owned(), fields, origin });
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Store> {
        self.0.values()
    }
}
