//! What nobody knows about Engage, as switches: each has a name, its values, a default, and the fact that leaves it
//! open. A test of a client runs its main walk under each value of each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Fact;

/// The setting of every switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Switches {
    /// How a receipt that is taken is answered.
    pub receipt_answer: ReceiptAnswer,
    /// How a creation is answered.
    pub create_answer: CreateAnswer,
    /// How a creation whose key exists is answered.
    pub duplicate_key: DuplicateKey,
    /// How preferences are spelt in an answered contact.
    pub preferences_spelling: PreferencesSpelling,
    /// What a GET without a content type gets.
    pub content_type_on_get: ContentTypeOnGet,
    /// Whether a receipt of zero may have no payment row.
    pub empty_payment_methods: Tolerance,
    /// How a found contact's id is written.
    pub id_answer: IdAnswer,
    /// What a malformed identifier in a creation gets.
    pub bad_identifier_on_create: BadIdentifier,
    /// What a store that does not exist means in a creation.
    pub unknown_store_on_create: UnknownStore,
    /// What becomes of a receipt whose contact does not exist.
    pub unmatched_contact: UnmatchedContact,
    /// What becomes of a receipt in a currency without a rate.
    pub unknown_currency: UnknownCurrency,
    /// Whether a receipt's figures and signs are checked when it arrives.
    pub receipt_validation: Validation,
    /// For how long look-ups and reads do not see a new contact.
    pub visibility_delay_seconds: u32,
    /// How often receipts are imported; 0 is at once.
    pub import_interval_seconds: u32,
    /// How many requests of one key are taken in any second.
    pub rate_limit_per_second: u32,
    /// The `Retry-After` of a 429; 0 leaves it out.
    pub retry_after_seconds: u32,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            receipt_answer: ReceiptAnswer::Accepted,
            create_answer: CreateAnswer::Created,
            duplicate_key: DuplicateKey::Conflict409,
            preferences_spelling: PreferencesSpelling::Documented,
            content_type_on_get: ContentTypeOnGet::Tolerated,
            empty_payment_methods: Tolerance::Refused,
            id_answer: IdAnswer::String,
            bad_identifier_on_create: BadIdentifier::Unprocessable,
            unknown_store_on_create: UnknownStore::Accepted,
            unmatched_contact: UnmatchedContact::Dropped,
            unknown_currency: UnknownCurrency::Dropped,
            receipt_validation: Validation::Lenient,
            visibility_delay_seconds: 0,
            import_interval_seconds: 900,
            rate_limit_per_second: 200,
            retry_after_seconds: 0,
        }
    }
}

/// See [`Switches::receipt_answer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptAnswer {
    /// 202 and no body.
    #[serde(rename = "202")]
    Accepted,
    /// 200 and an empty object.
    #[serde(rename = "200")]
    Ok,
}

/// See [`Switches::create_answer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateAnswer {
    /// 201 and the contact.
    #[serde(rename = "201")]
    Created,
    /// 200 and the contact.
    #[serde(rename = "200")]
    Ok,
}

/// See [`Switches::duplicate_key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DuplicateKey {
    /// 409 `ApprovedContactWithKeyExists`.
    Conflict409,
    /// 200 and the existing contact's id, as a look-up writes it.
    ReturnsExistingId,
    /// 200 and the existing contact, unchanged.
    ReturnsExistingContact,
}

/// See [`Switches::preferences_spelling`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreferencesSpelling {
    /// `acceptsEmail`, `acceptsSms`, `acceptsPostal`.
    #[serde(rename = "acceptsEmail")]
    Documented,
    /// `AcceptsEmails`, `AcceptsSms`, `AcceptsPostals`, as one client reads them.
    #[serde(rename = "AcceptsEmails")]
    Seen,
}

/// See [`Switches::content_type_on_get`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentTypeOnGet {
    /// Answered all the same.
    #[serde(rename = "tolerated")]
    Tolerated,
    /// 500, as with a body.
    #[serde(rename = "500")]
    Failed,
}

/// Whether something is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tolerance {
    /// It is.
    Accepted,
    /// It is not.
    Refused,
}

/// See [`Switches::id_answer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IdAnswer {
    /// A bare JSON string.
    String,
    /// An object with the member `id`.
    Object,
}

/// See [`Switches::bad_identifier_on_create`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BadIdentifier {
    /// 422 `ValidationError`.
    #[serde(rename = "422")]
    Unprocessable,
    /// 400 with the look-up's code, such as `InvalidEmailAddress`.
    #[serde(rename = "400")]
    BadRequest,
}

/// See [`Switches::unknown_store_on_create`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownStore {
    /// The contact is created with that text; no store is.
    Accepted,
    /// The store is created as well.
    Created,
    /// 422 `ValidationError`.
    Refused,
}

/// See [`Switches::unmatched_contact`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnmatchedContact {
    /// Taken, then dropped at import; only the integration log says so.
    Dropped,
    /// 404 `ContactNotFound` when it arrives.
    Refused404,
}

/// See [`Switches::unknown_currency`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownCurrency {
    /// Dropped at import.
    Dropped,
    /// Taken at a rate of 1.
    RateOne,
}

/// See [`Switches::receipt_validation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Validation {
    /// Shape and mandatory fields only.
    Lenient,
    /// Sums, taxes and signs as well: 422.
    Strict,
}

/// What a switch may be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Values {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number in a range.
    Between {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
}

/// A switch as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spec {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it may be set to.
    pub values: Values,
    /// The fact that leaves it open.
    pub fact: Fact,
    /// What it decides.
    pub about: &'static str,
}

const fn spec(name: &'static str, values: Values, fact: &'static str, about: &'static str) -> Spec {
    Spec { name, values, fact: Fact(fact), about }
}

/// Every switch there is.
pub const SPECS: [Spec; 16] = [
    spec("receiptAnswer", Values::OneOf(&["202", "200"]), "R-14", "status of a receipt that was taken"),
    spec("createAnswer", Values::OneOf(&["201", "200"]), "C-38", "status of a contact that was created"),
    spec(
        "duplicateKey",
        Values::OneOf(&["conflict409", "returnsExistingId", "returnsExistingContact"]),
        "C-42",
        "answer to a creation whose key exists",
    ),
    spec(
        "preferencesSpelling",
        Values::OneOf(&["acceptsEmail", "AcceptsEmails"]),
        "C-40",
        "how preferences are spelt in a contact",
    ),
    spec("contentTypeOnGet", Values::OneOf(&["tolerated", "500"]), "B-10", "a GET without Content-Type"),
    spec(
        "emptyPaymentMethods",
        Values::OneOf(&["refused", "accepted"]),
        "R-32",
        "a receipt of zero without a payment row",
    ),
    spec("idAnswer", Values::OneOf(&["string", "object"]), "C-12", "how a found contact's id is written"),
    spec(
        "badIdentifierOnCreate",
        Values::OneOf(&["422", "400"]),
        "C-46",
        "a malformed identifier in a creation",
    ),
    spec(
        "unknownStoreOnCreate",
        Values::OneOf(&["accepted", "created", "refused"]),
        "C-26",
        "a creation that names an unknown store",
    ),
    spec(
        "unmatchedContact",
        Values::OneOf(&["dropped", "refused404"]),
        "R-12",
        "a receipt whose contact does not exist",
    ),
    spec(
        "unknownCurrency",
        Values::OneOf(&["dropped", "rateOne"]),
        "R-50",
        "a receipt in a currency for which there is no rate",
    ),
    spec(
        "receiptValidation",
        Values::OneOf(&["lenient", "strict"]),
        "R-17",
        "whether sums, taxes and signs are checked",
    ),
    spec(
        "visibilityDelaySeconds",
        Values::Between { least: 0, most: 3_600 },
        "B-22",
        "how long look-ups do not see a new contact",
    ),
    spec(
        "importIntervalSeconds",
        Values::Between { least: 0, most: 86_400 },
        "R-03",
        "how often receipts are imported; 0 is at once",
    ),
    spec(
        "rateLimitPerSecond",
        Values::Between { least: 1, most: 100_000 },
        "B-14",
        "requests of one key taken in any second",
    ),
    spec(
        "retryAfterSeconds",
        Values::Between { least: 0, most: 3_600 },
        "B-16",
        "Retry-After of a 429; 0 leaves it out",
    ),
];

/// Why switches could not be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no switch of this name.
    #[error("there is no switch `{0}`")]
    Unknown(String),
    /// The switch does not take this value.
    #[error("switch `{name}` does not take {value}")]
    Value {
        /// The switch.
        name: &'static str,
        /// What it was to be set to.
        value: String,
    },
}

impl Switches {
    /// These switches with some set anew: a JSON object of names and values. All are set, or none.
    ///
    /// # Errors
    /// A name that is no switch, or a value that it does not take.
    pub fn with(&self, changes: &serde_json::Map<String, Value>) -> Result<Switches, Error> {
        let mut all = serde_json::to_value(self).expect("switches are plain values");
        for (name, value) in changes {
            let spec =
                SPECS.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Unknown(name.clone()))?;
            if !spec.takes(value) {
                return Err(Error::Value { name: spec.name, value: value.to_string() });
            }
            all[name] = value.clone();
        }
        Ok(serde_json::from_value(all).expect("each value was checked against its switch"))
    }

    /// These switches with one set from text, as a form sends it.
    ///
    /// # Errors
    /// A name that is no switch, or a value that it does not take.
    pub fn with_text(&self, name: &str, text: &str) -> Result<Switches, Error> {
        let spec =
            SPECS.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Unknown(name.to_owned()))?;
        let value = match spec.values {
            Values::OneOf(_) => Value::from(text),
            Values::Between { .. } => text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from),
        };
        self.with(&serde_json::Map::from_iter([(name.to_owned(), value)]))
    }

    /// What the switch of this name is set to.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        serde_json::to_value(self).ok()?.get(name).cloned()
    }
}

impl Spec {
    fn takes(&self, value: &Value) -> bool {
        match self.values {
            Values::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Values::Between { least, most } => {
                value.as_u64().is_some_and(|number| (u64::from(least)..=u64::from(most)).contains(&number))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_listed_once_and_takes_each_of_its_values() {
        let default = Switches::default();
        let names = serde_json::to_value(&default).unwrap();
        let listed: Vec<&str> = SPECS.iter().map(|spec| spec.name).collect();
        assert_eq!(names.as_object().unwrap().len(), listed.len());
        for spec in SPECS {
            let values: Vec<String> = match spec.values {
                Values::OneOf(words) => words.iter().map(|word| (*word).to_owned()).collect(),
                Values::Between { least, most } => vec![least.to_string(), most.to_string()],
            };
            assert!(spec.takes(&default.value(spec.name).unwrap()), "{}", spec.name);
            for value in values {
                let set = default.with_text(spec.name, &value).unwrap().value(spec.name).unwrap();
                assert_eq!(set.to_string().trim_matches('"'), value, "{}", spec.name);
            }
        }
    }

    #[test]
    fn a_switch_refuses_what_it_does_not_take_and_leaves_the_others_alone() {
        let default = Switches::default();
        assert!(matches!(default.with_text("importInterval", "0"), Err(Error::Unknown(_))));
        for (name, value) in
            [("rateLimitPerSecond", "0"), ("rateLimitPerSecond", "many"), ("idAnswer", "number")]
        {
            assert!(matches!(default.with_text(name, value), Err(Error::Value { .. })), "{name} {value}");
        }
    }
}
