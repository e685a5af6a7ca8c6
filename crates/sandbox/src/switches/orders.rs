//! The words of the switches about orders.

use serde::{Deserialize, Serialize};

/// See [`Switches::order_answer`](super::Switches::order_answer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderAnswer {
    /// 202.
    #[serde(rename = "202")]
    Accepted,
    /// 201.
    #[serde(rename = "201")]
    Created,
}

/// See [`Switches::order_job_link`](super::Switches::order_job_link).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderJobLink {
    /// In `Location` and in the body.
    HeaderAndBody,
    /// In `Location`, and there is no body.
    Header,
    /// In the body only.
    Body,
}

/// See [`Switches::order_jobs`](super::Switches::order_jobs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderJobs {
    /// They are processed.
    Processed,
    /// They are never processed, and are pending for ever.
    NeverEnd,
    /// They are processed, and are told to be pending for ever.
    DoneUntold,
    /// They fail.
    Fail,
}

/// See [`Switches::order_job_pending`](super::Switches::order_job_pending).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderJobPending {
    /// 200.
    #[serde(rename = "200")]
    Ok,
    /// 202.
    #[serde(rename = "202")]
    Accepted,
}

/// See [`Switches::order_job_failed`](super::Switches::order_job_failed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderJobFailed {
    /// 422.
    #[serde(rename = "422")]
    Unprocessable,
    /// 200; the body says it.
    #[serde(rename = "200")]
    Ok,
}

/// See [`Switches::order_version_tag`](super::Switches::order_version_tag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderVersionTag {
    /// In the body.
    Body,
    /// In the header `ETag` only.
    Etag,
}

/// See [`Switches::order_post_existing`](super::Switches::order_post_existing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderPostExisting {
    /// It is accepted and its job fails with `OrderAlreadyExists`.
    JobFails,
    /// It replaces the order.
    Replaces,
    /// 409 `OrderAlreadyExists`.
    Conflict409,
}

/// See [`Switches::order_put_missing`](super::Switches::order_put_missing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderPutMissing {
    /// 404 `OrderNotFound`.
    NotFound404,
    /// It creates the order.
    Creates,
}

/// See [`Switches::order_unknown_contact`](super::Switches::order_unknown_contact).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderUnknownContact {
    /// The order is stored without a contact, with a warning.
    StoredWithout,
    /// The job fails with `ContactNotFound`.
    JobFails,
}
