//! The texts that Engage's types are made of.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;

/// A text that is not blank.
///
/// An empty value would overwrite in Engage (fact C-51), so none can be held: absent is
/// `Option::None`. Nearly every text here is about a person, so `Debug` doesn't show it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// The text as it is, or `None` when there is nothing but white space in it.
    pub fn new(text: impl Into<String>) -> Option<Text> {
        let text = text.into();
        (!text.trim().is_empty()).then_some(Text(text))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The characters, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<&ContactId> for Text {
    fn from(id: &ContactId) -> Text {
        Text(id.0.clone())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// A contact's id in Engage: a GUID (fact C-01), taken as a short run of letters, digits, `-` and `_`
/// so that it can stand in a path and a log as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ContactId(String);

/// A text that can't be a contact's id. The text isn't told: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a contact id: it takes 1 to {} letters, digits, '-' or '_'", limits::CONTACT_ID_CHARS_MAX)]
pub struct NotAnId;

impl ContactId {
    /// Takes a text as an id.
    ///
    /// # Errors
    /// When it is empty, too long, or holds other characters.
    pub fn new(text: impl Into<String>) -> Result<ContactId, NotAnId> {
        let text = text.into();
        let fits = (1..=limits::CONTACT_ID_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then_some(ContactId(text)).ok_or(NotAnId)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Contacts' ids as a bare list, read one by one: there may be very many, and a list longer than
/// [`limits::CHANGES_MAX`] is given up before it fills the memory.
pub(crate) struct ContactIds(pub Vec<ContactId>);

impl ContactIds {
    /// Reads a whole body. `None` when it isn't a list of ids, or too long.
    pub fn of_body(body: &[u8]) -> Option<ContactIds> {
        serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()
    }
}

impl<'de> Deserialize<'de> for ContactIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ContactIds, D::Error> {
        struct Ids;
        impl<'de> Visitor<'de> for Ids {
            type Value = ContactIds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {} ids", limits::CHANGES_MAX)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<ContactIds, A::Error> {
                let mut ids = Vec::new();
                while let Some(id) = rows.next_element::<String>()? {
                    if ids.len() == limits::CHANGES_MAX {
                        return Err(A::Error::invalid_length(ids.len() + 1, &self));
                    }
                    ids.push(ContactId::new(id).map_err(A::Error::custom)?);
                }
                Ok(ContactIds(ids))
            }
        }
        deserializer.deserialize_seq(Ids)
    }
}

/// The handle of a contact type, such as `Member` (fact C-02). Equal without regard to case (fact C-03).
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct ContactType(String);

impl ContactType {
    /// A handle, or `None` when it is blank.
    pub fn new(handle: impl Into<String>) -> Option<ContactType> {
        Text::new(handle).map(|text| ContactType(text.into_string()))
    }

    /// The type that always exists, and that a contact gets when none is named (facts C-02, C-29).
    pub fn member() -> ContactType {
        ContactType("Member".to_owned())
    }

    /// The handle as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ContactType {
    fn default() -> ContactType {
        ContactType::member()
    }
}

impl PartialEq for ContactType {
    fn eq(&self, other: &ContactType) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ContactType {}

/// When a receipt was made or something else happened in a shop: an instant with the shop's offset, which is sent as local time and not
/// turned into UTC (facts R-09, B-31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedDate {
    /// The instant.
    pub instant: Timestamp,
    /// The shop's offset from UTC at that instant.
    pub offset: Offset,
}

impl Serialize for CreatedDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.instant.display_with_offset(self.offset))
    }
}
