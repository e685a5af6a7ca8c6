//! The customer's copy of a receipt: a page, a PDF, or a code that leads there.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use store::DocumentRow;
use subtle::ConstantTimeEq;

use super::{RECEIPT, row_of};
use crate::desk::NoDocument;
use crate::http::App;
use crate::http::auth::AsTill;
use crate::http::problem::Problem;

/// What a page of ours may do: nothing but look like it does.
const STRICT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// How a document is wanted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wish {
    #[serde(default)]
    format: Format,
    language: Option<String>,
}

/// What a document is made as.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Format {
    #[default]
    Html,
    Pdf,
    Code,
}

/// The customer's copy of a receipt.
///
/// For every buyer, also one without a contact. `html` is a page for a telephone or a printer, `pdf` the same as a file, and
/// `code` an SVG picture of a QR code: of the link to the page where customers reach this gateway (`[documents]
/// public_url`), else of the receipt's id. All amounts are those that were settled when the receipt was taken.
#[utoipa::path(
    get, path = "/v1/receipts/{id}/document", tag = "receipts", operation_id = "getReceiptDocument",
    params(
        ("id" = String, Path, description = "The receipt's identity"),
        ("format" = Option<String>, Query, description = "`html` (the default), `pdf` or `code`"),
        ("language" = Option<String>, Query, description = "`sv`, `en`, `nb`, `da`, `fi` or `de`; else the receipt's, else its store's"),
    ),
    responses(
        (status = 200, description = "The document", content((String = "text/html"), (Vec<u8> = "application/pdf"), (String = "image/svg+xml"))),
        (status = 400, description = "`queryNotRead`: no such format or language", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "`training`, `notSettled` or `noLongerKept`: there is nothing to show", body = Problem),
    ),
)]
pub async fn get(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|_| not_read())?;
    let row = row_of(&app, &by, &id).await?;
    show(app, row, wish).await
}

/// The same for whoever has the link: the customer.
#[utoipa::path(
    get, path = "/documents/{id}/{secret}", tag = "receipts", operation_id = "openDocument", security(()),
    params(
        ("id" = String, Path, description = "The receipt's identity"),
        ("secret" = String, Path, description = "What the link has that nobody guesses"),
        ("format" = Option<String>, Query, description = "`html` (the default), `pdf` or `code`"),
        ("language" = Option<String>, Query, description = "`sv`, `en`, `nb`, `da`, `fi` or `de`"),
    ),
    responses(
        (status = 200, description = "The document", content((String = "text/html"), (Vec<u8> = "application/pdf"), (String = "image/svg+xml"))),
        (status = 400, description = "`queryNotRead`: no such format or language", body = Problem),
        (status = 404, description = "No such document", body = Problem),
        (status = 409, description = "`training`, `notSettled` or `noLongerKept`: there is nothing to show", body = Problem),
    ),
)]
pub async fn open(
    State(app): State<App>,
    Path((id, secret)): Path<(String, String)>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|_| not_read())?;
    let is_its = secret.as_bytes().ct_eq(app.desk().document_secret(&id).as_bytes());
    if !bool::from(is_its) {
        return Err(Problem::not_found("document"));
    }
    let row = app.store.read(move |reader| reader.document(RECEIPT, &id)).await?;
    show(app, row.ok_or_else(|| Problem::not_found("document"))?, wish).await
}

/// Makes it, beside what answers others: a long receipt takes its time.
async fn show(app: App, row: DocumentRow, wish: Wish) -> Result<Response, Problem> {
    let language = match wish.language.as_deref() {
        None => None,
        Some(tag) => Some(document::Language::of(tag).ok_or_else(not_read)?),
    };
    if let Format::Code = wish.format {
        let text = app.desk().document_link(&row.key).unwrap_or(row.key);
        let code = document::code_svg(&text).ok_or_else(Problem::internal)?;
        return Ok(page("image/svg+xml", code.into_bytes()));
    }
    let made = tokio::task::spawn_blocking(move || make(&app, &row, wish.format, language)).await;
    made.map_err(|_| Problem::internal())?
}

fn make(
    app: &App,
    row: &DocumentRow,
    format: Format,
    language: Option<document::Language>,
) -> Result<Response, Problem> {
    let document = app.desk().document(row, language).map_err(nothing)?;
    let html = app.settings.documents.templates.html(&document).map_err(broken)?;
    match format {
        Format::Pdf => Ok(page("application/pdf", document::pdf(&html).map_err(broken)?)),
        Format::Html | Format::Code => Ok(page("text/html; charset=utf-8", html.into_bytes())),
    }
}

fn page(kind: &'static str, body: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static(kind);
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, STRICT)], body).into_response()
}

fn broken(error: document::RenderError) -> Problem {
    tracing::error!(error = %crate::delivery_chain(&error), "a document could not be made; look at its template");
    Problem::internal()
}

fn nothing(why: NoDocument) -> Problem {
    let (code, detail) = match why {
        NoDocument::Training => ("training", "it was training: nothing was sold, so there is no document"),
        NoDocument::NotSettled => {
            ("notSettled", "the receipt's money could not be decided; correct its content first")
        }
        NoDocument::NoLongerKept => (
            "noLongerKept",
            "its lines are no longer kept here; it was forgotten with its customer, or is too old",
        ),
    };
    Problem::new(StatusCode::CONFLICT, code, detail)
}

fn not_read() -> Problem {
    let detail = "the parameters are format (html, pdf or code) and language (sv, en, nb, da, fi or de)";
    Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
}
