//! The list of all switches: name, values, fact, and what each decides.

use serde::Serialize;
use serde_json::Value;

use crate::Fact;

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
pub const SPECS: &[Spec] = &[
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

impl Spec {
    pub(super) fn takes(&self, value: &Value) -> bool {
        match self.values {
            Values::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Values::Between { least, most } => {
                value.as_u64().is_some_and(|number| (u64::from(least)..=u64::from(most)).contains(&number))
            }
        }
    }
}
