//! Errors as RFC 9457 problem documents: a stable `code`, what to do, and every fault at once with its place.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::Refusal;
use crate::frozen::FrozenFinding;

/// A problem document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:tillbridge:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Box<str>,
    /// The status' own words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The stable code to program against.
    code: &'static str,
    /// What is wrong, and what to do.
    #[schema(value_type = String)]
    detail: Box<str>,
    /// Every fault, where there are several or they have a place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Finding>,
    /// Masked candidates, where several contacts match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate>,
}

/// One finding and its place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Finding {
    /// The stable code.
    pub code: String,
    /// A JSON pointer into what was sent.
    pub pointer: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// One of several contacts that match, masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The contact's id.
    pub contact_id: String,
    /// The name, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The mobile phone number, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
}

impl Problem {
    /// A problem.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("urn:tillbridge:problem:{code}").into(),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into().into_boxed_str(),
            errors: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// With every fault.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Finding>) -> Problem {
        self.errors = errors;
        self
    }

    /// Of a body that is kept all the same.
    #[must_use]
    pub fn kept_for_operators(mut self) -> Problem {
        self.detail = format!("{}; what was sent is kept in quarantine for operators", self.detail).into();
        self
    }

    /// With candidates.
    #[must_use]
    pub fn with_candidates(mut self, candidates: Vec<Candidate>) -> Problem {
        self.candidates = candidates;
        self
    }

    /// What is not there, or not the caller's to see: the two are told apart by nobody.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "notFound",
            format!("there is no such {what}, or it belongs to another store"),
        )
    }

    /// Two parts of the gateway don't agree.
    pub fn internal() -> Problem {
        let detail = "the gateway's parts don't agree; please report this";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Too many changed the same thing at the same moment, time and again.
    pub fn overtaken(detail: &str) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overtaken", detail)
    }

    /// The store failed before it could tell whether it kept what it was given.
    pub fn store_unknown(error: &store::Error) -> Problem {
        tracing::error!(error = %crate::delivery_chain(error), "the data directory failed");
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "storeUnknown",
            "the disk failed and nobody knows whether this was kept: send the same again; if it goes on, look at the disk of data_dir",
        )
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        Problem::store_unknown(&error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let status = match &refusal {
            Refusal::NotJson(_) | Refusal::NotAnObject | Refusal::StoreMissing | Refusal::IdInvalid => {
                StatusCode::BAD_REQUEST
            }
            Refusal::StoreNotAllowed(_) => StatusCode::FORBIDDEN,
            Refusal::Faults(_) | Refusal::NeedsMoreFields(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let (code, detail) = (refusal.code(), refusal.to_string());
        let errors = match refusal {
            Refusal::Faults(faults) | Refusal::NeedsMoreFields(faults) => {
                faults.into_iter().map(Finding::from).collect()
            }
            _ => Vec::new(),
        };
        Problem::new(status, code, detail).with_errors(errors)
    }
}

impl From<FrozenFinding> for Finding {
    fn from(finding: FrozenFinding) -> Finding {
        Finding { code: finding.code, pointer: finding.pointer, detail: finding.detail }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
