//! What is frozen of an update: what is to change, and what it was changed from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Form, Preferences, VERSION};

/// What is frozen of an update. Fields go by the till's names and in the till's form. Its `Debug` shows the names alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenUpdate {
    v: u8,
    /// The contact's id in Engage, where this database didn't know the contact when it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Fields and their new values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
    /// Fields to empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clear: Vec<String>,
    /// Preferences to change.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
    /// Consents to give or withdraw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<(String, bool)>,
    /// What was there when the till said it; `None` where nothing was known of the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The source.
    pub source: String,
}

/// What may be there of all that an update touches without anybody else's doing: as Engage was seen to have it when the
/// update was said, and as each change that was open then would make it, whether it lands or not. Nobody else's change may
/// be lost to an update that waited through an outage. `None` is empty.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Whether Engage was seen to have the contact. If not, there may be anything besides.
    pub seen: bool,
    /// Fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, Vec<Option<String>>)>,
    /// Preferences, by channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<(String, Vec<Option<bool>>)>,
    /// Consents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<(String, Vec<Option<bool>>)>,
}

impl FrozenUpdate {
    /// Freezes an update that changes nothing yet.
    pub fn new(base: Option<Base>, source: String) -> FrozenUpdate {
        FrozenUpdate {
            v: VERSION,
            contact_id: None,
            set: Vec::new(),
            clear: Vec::new(),
            preferences: Preferences::default(),
            consents: Vec::new(),
            base,
            source,
        }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenUpdate> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }

    /// Every field that it touches, with its new value; `None` empties it.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let set = self.set.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
        set.chain(self.clear.iter().map(|name| (name.as_str(), None)))
    }
}

impl Base {
    /// What a field may be.
    pub fn field(&self, name: &str) -> &[Option<String>] {
        named(&self.fields, name)
    }

    /// What the preference of a channel may be.
    pub fn preference(&self, channel: &str) -> &[Option<bool>] {
        named(&self.preferences, channel)
    }

    /// What a consent may be.
    pub fn consent(&self, id: &str) -> &[Option<bool>] {
        named(&self.consents, id)
    }
}

fn named<'a, T>(all: &'a [(String, Vec<T>)], name: &str) -> &'a [T] {
    all.iter().find(|(own, _)| own == name).map_or(&[], |(_, values)| values)
}

impl fmt::Debug for FrozenUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.fields().map(|(name, _)| name).collect();
        f.debug_struct("FrozenUpdate").field("fields", &fields).finish_non_exhaustive()
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Base").field("fields", &fields).finish_non_exhaustive()
    }
}

impl Form for FrozenUpdate {
    fn version(&self) -> u8 {
        self.v
    }
}
