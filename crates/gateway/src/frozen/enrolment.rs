//! What is frozen of an enrolment.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Form, Preferences, VERSION, Who};

/// What is frozen of an enrolment. Its `Debug` shows the names of its fields alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenEnrolment {
    v: u8,
    /// The person's identifiers; the tenant's key first.
    pub who: Vec<Who>,
    /// Fields by the till's names, in order; never empty values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
    /// Preferences that the person stated.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
    /// Consents that the person gave or refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<(String, bool)>,
    /// The store's external id.
    pub store: String,
    /// The source.
    pub source: String,
}

impl FrozenEnrolment {
    /// Freezes.
    pub fn new(
        who: Vec<Who>,
        attributes: Vec<(String, String)>,
        preferences: Preferences,
        consents: Vec<(String, bool)>,
        store: String,
        source: String,
    ) -> FrozenEnrolment {
        FrozenEnrolment { v: VERSION, who, attributes, preferences, consents, store, source }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenEnrolment> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }

    /// The tenant's key: the one identifier that no two contacts share (fact C-06).
    pub fn key(&self) -> &[Who] {
        self.who.get(..1).unwrap_or_default()
    }

    /// One field.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Every field and identifier by the till's name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let identifiers = self.who.iter().map(|who| (who.kind(), who.value()));
        identifiers.chain(self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

impl fmt::Debug for FrozenEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.fields().map(|(name, _)| name).collect();
        f.debug_struct("FrozenEnrolment").field("fields", &fields).finish_non_exhaustive()
    }
}

impl Form for FrozenEnrolment {
    fn version(&self) -> u8 {
        self.v
    }
}
