//! `/v1/tokens`: who may call, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Command, IssueToken, RevokeToken, TokenHash, TokenRow, TokenVerdict, Verdict};
use utoipa::ToSchema;

use super::App;
use super::auth::AsAdministrator;
use super::body::{Raw, typed};
use super::problem::Problem;
use crate::desk::Role;
use crate::token;

/// A token in force, without its secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Its name.
    pub name: String,
    /// `till`, `operator` or `administrator`.
    pub role: String,
    /// The stores' external ids, or `*`.
    pub stores: Vec<String>,
    /// When it was issued.
    #[schema(value_type = String, format = DateTime)]
    pub issued: Timestamp,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
}

impl TokenView {
    /// From what is stored.
    pub fn of(row: TokenRow) -> TokenView {
        TokenView {
            name: row.name,
            role: row.role,
            stores: row.stores,
            issued: row.issued,
            expires: row.expires,
        }
    }
}

/// Lists the tokens in force.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "operations", operation_id = "listTokens",
    responses(
        (status = 200, description = "The tokens, without their secrets", body = Vec<TokenView>),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an administrator's token", body = Problem),
    ),
)]
pub async fn list(State(app): State<App>, _: AsAdministrator) -> Result<Json<Vec<TokenView>>, Problem> {
    let rows = app.store.read(|reader| reader.tokens()).await?;
    Ok(Json(rows.into_iter().map(TokenView::of).collect()))
}

/// A token to issue.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// A name for logs and history; not a person's.
    #[schema(example = "store03-till2")]
    pub name: String,
    /// `till`, `operator` or `administrator`.
    #[schema(example = "till")]
    pub role: String,
    /// The stores' external ids, or `*`.
    pub stores: Vec<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
}

/// A token just issued.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct IssuedToken {
    /// Its name.
    pub name: String,
    /// The secret. It is shown once and stored nowhere.
    pub token: String,
}

/// Issues a token. Its secret is shown once.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "operations", operation_id = "issueToken",
    request_body = TokenBody,
    responses(
        (status = 201, description = "Issued", body = IssuedToken),
        (status = 400, description = "Not a token's form", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an administrator's token", body = Problem),
        (status = 409, description = "A token in force has this name", body = Problem),
    ),
)]
pub async fn issue(State(app): State<App>, _: AsAdministrator, Raw(body): Raw) -> Result<Response, Problem> {
    let (command, issued) = issue_command(typed(&body)?, app.clock.now())
        .map_err(|detail| Problem::new(StatusCode::BAD_REQUEST, "tokenNotIssued", detail))?;
    match app.store.submit(command).await? {
        Verdict::Token(TokenVerdict::Done) => {}
        _ => {
            let detail = "a token in force has this name; revoke it first or choose another";
            return Err(Problem::new(StatusCode::CONFLICT, "nameTaken", detail));
        }
    }
    refresh(&app).await?;
    Ok((StatusCode::CREATED, Json(issued)).into_response())
}

/// Checks what a token shall be, draws its secret, and says what the store is to be told.
///
/// # Errors
/// What is wrong with it, for a person.
pub fn issue_command(body: TokenBody, at: Timestamp) -> Result<(Command, IssuedToken), String> {
    let name = body.name.trim();
    if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
        return Err("give a `name` of 1 to 100 characters".into());
    }
    let role = Role::parse(&body.role).ok_or("`role` is till, operator or administrator")?;
    if body.stores.is_empty() || body.stores.iter().any(|store| store.trim().is_empty()) {
        return Err("name at least one store by its external id, or `*` for all".into());
    }
    let secret = token::new_secret()
        .map_err(|error| format!("the machine has no randomness to make a secret of: {error}"))?;
    let command = IssueToken {
        hash: TokenHash::of(&secret),
        name: name.to_owned(),
        role: role.word().to_owned(),
        stores: body.stores,
        at,
        expires: body.expires,
    };
    let issued = IssuedToken { name: command.name.clone(), token: secret };
    Ok((Command::IssueToken(command), issued))
}

/// Ends a token.
#[utoipa::path(
    delete, path = "/v1/tokens/{name}", tag = "operations", operation_id = "revokeToken",
    params(("name" = String, Path, description = "The token's name")),
    responses(
        (status = 204, description = "Ended; it is refused from now on"),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an administrator's token", body = Problem),
        (status = 404, description = "No token in force has this name", body = Problem),
    ),
)]
pub async fn revoke(
    State(app): State<App>,
    _: AsAdministrator,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let revoke = Command::RevokeToken(RevokeToken { name, at: app.clock.now() });
    match app.store.submit(revoke).await? {
        Verdict::Token(TokenVerdict::Done) => {}
        _ => return Err(Problem::not_found("token")),
    }
    refresh(&app).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn refresh(app: &App) -> Result<(), Problem> {
    let rows = app.store.read(|reader| reader.tokens()).await?;
    app.tokens.replace(rows, app.local_token);
    Ok(())
}
