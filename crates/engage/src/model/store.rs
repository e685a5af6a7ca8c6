//! What a tenant has set up: its stores and its consent definitions.

use std::collections::BTreeMap;

use super::{Mismatch, Object, Text};

/// A store (fact S-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The id that receipts name it by (fact S-06).
    pub external_id: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
    /// `RETAIL` or one of several spellings of e-commerce (fact S-05).
    pub kind: Option<Text>,
    /// Country code.
    pub country_code: Option<Text>,
    /// City.
    pub city: Option<Text>,
    /// IANA time zone (fact S-04).
    pub time_zone: Option<Text>,
    /// Whether it is in use.
    pub active: Option<bool>,
}

impl Store {
    pub(crate) fn read(object: &Object<'_>) -> Result<Store, Mismatch> {
        Ok(Store {
            external_id: object.key("externalId")?,
            name: object.text("name"),
            kind: object.text("type"),
            country_code: object.text("countryCode"),
            city: object.text("city"),
            time_zone: object.text("timeZone"),
            active: object.truth("active"),
        })
    }
}

/// A consent that a person can be asked for (facts S-10, S-11). Texts are by culture, such as `sv-SE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentDefinition {
    /// Its id.
    pub id: Text,
    /// Its name for staff.
    pub name: Option<Text>,
    /// Shown before the link.
    pub display_text: BTreeMap<String, Text>,
    /// Shown as the link.
    pub link_text: BTreeMap<String, Text>,
    /// The condition itself, HTML.
    pub condition_text: BTreeMap<String, Text>,
}

impl ConsentDefinition {
    pub(crate) fn read(object: &Object<'_>) -> Result<ConsentDefinition, Mismatch> {
        let texts = object.object("metaData");
        Ok(ConsentDefinition {
            id: object.required("id")?,
            name: object.text("name"),
            display_text: texts.object("displayText").texts(),
            link_text: texts.object("linkText").texts(),
            condition_text: texts.object("conditionText").texts(),
        })
    }
}
