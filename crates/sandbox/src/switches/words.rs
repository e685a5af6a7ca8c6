//! What each switch may be set to, where it takes words.

use serde::{Deserialize, Serialize};

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
