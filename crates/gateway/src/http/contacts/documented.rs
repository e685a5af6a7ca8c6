//! Bodies about a person as a till sends them, for the API's description only.
//!
//! They are read field by field at the desk, which names every fault at once; no value of these types is ever made. A
//! test holds the names against those that are read.

#![expect(dead_code, reason = "these types document what the desk reads; none is ever made")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use crate::profile::{ProfileConsent, ProfilePreferences};

/// A customer to enrol: a store, the tenant's key, and whatever else is known.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Enrolment {
    /// The store's external id.
    #[schema(example = "store03-stockholm")]
    store: String,
    /// E-mail address.
    email: Option<String>,
    /// Mobile phone number, as people write it.
    #[schema(example = "070-174 06 05")]
    mobile_phone: Option<String>,
    /// Member number; only where the tenant's contacts are known by it, for else Engage gives it out.
    member_number: Option<String>,
    /// The id in another system of the shop.
    external_id: Option<String>,
    /// Personal identity number; only where they are turned on.
    personal_identity_number: Option<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Street and number.
    street: Option<String>,
    /// Postal code.
    zip_code: Option<String>,
    /// City.
    city: Option<String>,
    /// Care of.
    care_of: Option<String>,
    /// Date of birth.
    #[schema(example = "1980-01-31")]
    birth_day: Option<String>,
    /// `male`, `female` or `other`.
    gender: Option<String>,
    /// ISO 3166-1; the store's where left out.
    country: Option<String>,
    /// ISO 639-1; the store's where left out.
    language: Option<String>,
    /// The tenant's own attributes, as far as they are configured.
    attributes: Option<BTreeMap<String, String>>,
    /// What the person accepts; leave out what was not asked.
    preferences: Option<ProfilePreferences>,
    /// Consents given or refused.
    consents: Option<Vec<ProfileConsent>>,
}

/// What changes of a contact: only what is sent. A blank or null is refused; `clear` empties.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = ContactUpdate, examples(json!({
    "store": "store03-stockholm", "street": "Storgatan 4", "zipCode": "111 22", "city": "Stockholm",
    "clear": ["careOf"], "preferences": { "sms": true }
})))]
pub struct Update {
    /// The store's external id.
    #[schema(example = "store03-stockholm")]
    store: String,
    /// E-mail address.
    email: Option<String>,
    /// Mobile phone number, as people write it.
    mobile_phone: Option<String>,
    /// Member number; only where the tenant's contacts are known by it.
    member_number: Option<String>,
    /// The id in another system of the shop.
    external_id: Option<String>,
    /// Personal identity number; only where they are turned on.
    personal_identity_number: Option<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Street and number.
    street: Option<String>,
    /// Postal code.
    zip_code: Option<String>,
    /// City.
    city: Option<String>,
    /// Care of.
    care_of: Option<String>,
    /// Date of birth.
    birth_day: Option<String>,
    /// `male`, `female` or `other`.
    gender: Option<String>,
    /// ISO 3166-1.
    country: Option<String>,
    /// ISO 639-1.
    language: Option<String>,
    /// The tenant's own attributes, as far as they are configured.
    attributes: Option<BTreeMap<String, String>>,
    /// Names of the fields to empty.
    clear: Option<Vec<String>>,
    /// What the person accepts or no longer accepts.
    preferences: Option<ProfilePreferences>,
    /// Consents given or withdrawn.
    consents: Option<Vec<ProfileConsent>>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn documented(schema: &str) -> BTreeSet<String> {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let properties = &document["components"]["schemas"][schema]["properties"];
        properties
            .as_object()
            .unwrap_or_else(|| panic!("{schema} is not documented"))
            .keys()
            .cloned()
            .collect()
    }

    #[test]
    fn what_is_documented_of_a_person_is_what_is_read() {
        for (schema, read) in
            [("Enrolment", crate::desk::enrolment_fields()), ("ContactUpdate", crate::desk::update_fields())]
        {
            let read: BTreeSet<String> = read.into_iter().map(str::to_owned).collect();
            assert_eq!(documented(schema), read, "{schema}");
        }
    }
}
