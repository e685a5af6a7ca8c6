//! Changes to a contact, as they are sent.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Attribute, NewConsent, Preferences, Text};

/// What to change of a contact. What isn't named stays as it is in Engage (facts C-50, C-51).
///
/// No attribute is both set and cleared: who holds both has a mistake that no answer here could mend,
/// so writing such a patch panics where debug assertions are on, and leaves that attribute out where
/// they are off. A custom attribute with the name of a member such as `preferences` is left out too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactPatch {
    /// Attributes that get a value.
    pub set: BTreeMap<Attribute, Text>,
    /// Attributes that are emptied.
    pub clear: BTreeSet<Attribute>,
    /// Channels accepted or refused. Whether absent ones are left alone is not known (fact C-52), so
    /// say all that are known.
    pub preferences: Option<Preferences>,
    /// Consents given or refused (facts C-34, C-35).
    pub consents: Vec<NewConsent>,
}

impl ContactPatch {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
            && self.clear.is_empty()
            && self.said_preferences().is_none()
            && self.consents.is_empty()
    }

    fn said_preferences(&self) -> Option<Preferences> {
        self.preferences.filter(|preferences| !preferences.is_unsaid())
    }
}

impl Serialize for ContactPatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let both = |attribute: &Attribute| self.set.contains_key(attribute) && self.clear.contains(attribute);
        debug_assert!(!self.clear.iter().any(both), "an attribute is both set and cleared");
        let sent = |attribute: &Attribute| attribute.can_be_sent() && !both(attribute);
        let mut map = serializer.serialize_map(None)?;
        for (attribute, text) in self.set.iter().filter(|(attribute, _)| sent(attribute)) {
            map.serialize_entry(attribute.name(), text)?;
        }
        for attribute in self.clear.iter().filter(|attribute| sent(attribute)) {
            // By fact C-51 an empty text would do as well; null also fits what is no text in Engage,
            // such as a date of birth.
            map.serialize_entry(attribute.name(), &())?;
        }
        if let Some(preferences) = self.said_preferences() {
            map.serialize_entry("preferences", &preferences)?;
        }
        if !self.consents.is_empty() {
            map.serialize_entry("consents", &self.consents)?;
        }
        map.end()
    }
}
