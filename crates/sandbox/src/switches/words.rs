//! What each switch may be set to, where it takes words.

use serde::{Deserialize, Serialize};

/// See [`Switches::receipt_answer`](super::Switches::receipt_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptAnswer {
    /// 202 and no body.
    #[serde(rename = "202")]
    Accepted,
    /// 200 and an empty object.
    #[serde(rename = "200")]
    Ok,
}

/// See [`Switches::create_answer`](super::Switches::create_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateAnswer {
    /// 201 and the contact.
    #[serde(rename = "201")]
    Created,
    /// 200 and the contact.
    #[serde(rename = "200")]
    Ok,
}

/// See [`Switches::duplicate_key`](super::Switches::duplicate_key).
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

/// See [`Switches::preferences_spelling`](super::Switches::preferences_spelling).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreferencesSpelling {
    /// `acceptsEmail`, `acceptsSms`, `acceptsPostal`.
    #[serde(rename = "acceptsEmail")]
    Documented,
    /// `AcceptsEmails`, `AcceptsSms`, `AcceptsPostals`, as one client reads them.
    #[serde(rename = "AcceptsEmails")]
    Seen,
}

/// See [`Switches::content_type_on_get`](super::Switches::content_type_on_get).
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

/// See [`Switches::id_answer`](super::Switches::id_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IdAnswer {
    /// A bare JSON string.
    String,
    /// An object with the member `id`.
    Object,
}

/// See [`Switches::bad_identifier_on_create`](super::Switches::bad_identifier_on_create).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BadIdentifier {
    /// 422 `ValidationError`.
    #[serde(rename = "422")]
    Unprocessable,
    /// 400 with the look-up's code, such as `InvalidEmailAddress`.
    #[serde(rename = "400")]
    BadRequest,
}

/// See [`Switches::unknown_store_on_create`](super::Switches::unknown_store_on_create).
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

/// See [`Switches::unmatched_contact`](super::Switches::unmatched_contact).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnmatchedContact {
    /// Taken, then dropped at import; only the integration log says so.
    Dropped,
    /// 404 `ContactNotFound` when it arrives.
    Refused404,
}

/// See [`Switches::unknown_currency`](super::Switches::unknown_currency).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownCurrency {
    /// Dropped at import.
    Dropped,
    /// Taken at a rate of 1.
    RateOne,
}

/// See [`Switches::receipt_validation`](super::Switches::receipt_validation) and the others that check values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Validation {
    /// They are let through.
    Lenient,
    /// They are checked, and refused with 422.
    Strict,
}

/// See [`Switches::email_case`](super::Switches::email_case).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EmailCase {
    /// Two addresses that differ in case only are one.
    Ignored,
    /// They are two.
    Matters,
}

/// See [`Switches::several_parameters`](super::Switches::several_parameters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeveralParameters {
    /// Who has all that is looked for is found.
    AllMatch,
    /// Only the first that is filled counts.
    FirstNonEmpty,
}

/// See [`Switches::untyped_lookup`](super::Switches::untyped_lookup).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UntypedLookup {
    /// Contacts of every type are found.
    AnyType,
    /// Only those of the type `Member` are.
    DefaultType,
}

/// See [`Switches::unapproved_in_lookup`](super::Switches::unapproved_in_lookup).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnapprovedInLookup {
    /// They are found like others.
    Found,
    /// They are not found.
    Hidden,
}

/// See [`Switches::unapproved_holder`](super::Switches::unapproved_holder).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnapprovedHolder {
    /// That contact takes what was sent and is approved, unless the creation asks for an unapproved one.
    ApprovesExisting,
    /// A second contact is created.
    CreatesSecond,
    /// 409, as with an approved one.
    Conflict409,
}

/// See [`Switches::key_across_types`](super::Switches::key_across_types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyAcrossTypes {
    /// A contact of another type may have the same key.
    Allowed,
    /// It may not: 409.
    Conflict409,
}

/// See [`Switches::key_clash`](super::Switches::key_clash).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyClash {
    /// 409 `ApprovedContactWithKeyExists`.
    #[serde(rename = "409")]
    Conflict,
    /// 422 `ValidationError`.
    #[serde(rename = "422")]
    Unprocessable,
}

/// See [`Switches::preferences_default`](super::Switches::preferences_default).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PreferencesDefault {
    /// No.
    False,
    /// Yes.
    True,
}

/// See [`Switches::absent_preferences`](super::Switches::absent_preferences).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AbsentPreferences {
    /// They stay as they are.
    LeftAlone,
    /// They become no.
    SetToFalse,
}

/// See [`Switches::update_answer`](super::Switches::update_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UpdateAnswer {
    /// 200 and the contact.
    Contact,
    /// 200 and no body.
    Empty200,
    /// 204.
    Empty204,
}

/// See [`Switches::contact_type_in_update`](super::Switches::contact_type_in_update).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContactTypeInUpdate {
    /// It has no effect.
    Ignored,
    /// 422 `ValidationError`.
    Refused422,
}

/// See [`Switches::mandatory_emptied`](super::Switches::mandatory_emptied).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MandatoryEmptied {
    /// 422 `ValidationError`.
    Refused422,
    /// It is emptied like any other.
    Accepted,
}

/// See [`Switches::type_change_missing`](super::Switches::type_change_missing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypeChangeMissing {
    /// 422 `ValidationError`.
    #[serde(rename = "422")]
    Unprocessable,
    /// 400 `ValidationError`.
    #[serde(rename = "400")]
    BadRequest,
}

/// See [`Switches::error_field`](super::Switches::error_field).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorField {
    /// Only `errorDescription` says which field it is about.
    Absent,
    /// The member `field` names it too.
    Named,
}

/// See [`Switches::unset_attributes`](super::Switches::unset_attributes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnsetAttributes {
    /// They are not there; one that was emptied stands as it was sent.
    Absent,
    /// They are null.
    Null,
}

/// See [`Switches::level_in`](super::Switches::level_in).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LevelIn {
    /// Both show it.
    ContactAndOverview,
    /// Only the overview does.
    OverviewOnly,
}

/// See [`Switches::changes_feed`](super::Switches::changes_feed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangesFeed {
    /// It answers.
    On,
    /// 403.
    Off403,
    /// 404.
    Off404,
}

/// See [`Switches::changes_zone`](super::Switches::changes_zone).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangesZone {
    /// UTC.
    Utc,
    /// The tenant's.
    TenantZone,
}
