//! Who calls: a bearer token becomes a [`Scope`], and a route says which role it asks for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use jiff::Timestamp;
use store::{TokenHash, TokenRow};

use super::App;
use super::problem::Problem;
use crate::desk::{Reach, Role, Scope};
use crate::settings::Auth;

/// The tokens in force, by their hash. A look-up by the hash of a secret tells a guesser nothing by its time.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    by_hash: Arc<RwLock<HashMap<TokenHash, Bearer>>>,
}

#[derive(Debug, Clone)]
struct Bearer {
    scope: Arc<Scope>,
    expires: Option<Timestamp>,
}

impl Tokens {
    /// Takes the tokens in force in place of those before; `local` is the one that the machine's own command line uses.
    pub fn replace(&self, rows: Vec<TokenRow>, local: Option<TokenHash>) {
        let mut by_hash: HashMap<TokenHash, Bearer> = rows.into_iter().filter_map(bearer).collect();
        if let Some(hash) = local {
            let scope = Scope { name: "command-line".into(), role: Role::Administrator, stores: Reach::All };
            by_hash.insert(hash, Bearer { scope: Arc::new(scope), expires: None });
        }
        *self.by_hash.write().unwrap_or_else(PoisonError::into_inner) = by_hash;
    }

    fn scope(&self, secret: &str, now: Timestamp) -> Option<Arc<Scope>> {
        let by_hash = self.by_hash.read().unwrap_or_else(PoisonError::into_inner);
        let bearer = by_hash.get(&TokenHash::of(secret))?;
        bearer.expires.is_none_or(|expires| now < expires).then(|| Arc::clone(&bearer.scope))
    }
}

fn bearer(row: TokenRow) -> Option<(TokenHash, Bearer)> {
    let role = Role::parse(&row.role)?;
    let stores =
        if row.stores.iter().any(|store| store == "*") { Reach::All } else { Reach::Only(row.stores) };
    let scope = Arc::new(Scope { name: row.name, role, stores });
    Some((row.hash, Bearer { scope, expires: row.expires }))
}

impl Role {
    /// Reads a role's word.
    pub fn parse(word: &str) -> Option<Role> {
        match word {
            "till" => Some(Role::Till),
            "operator" => Some(Role::Operator),
            "administrator" => Some(Role::Administrator),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Role::Till => "till",
            Role::Operator => "operator",
            Role::Administrator => "administrator",
        }
    }
}

/// A caller with any role.
#[derive(Debug, Clone)]
pub struct AsTill(pub Arc<Scope>);
/// A caller who is at least an operator.
#[derive(Debug, Clone)]
pub struct AsOperator(pub Arc<Scope>);
/// A caller who is an administrator.
#[derive(Debug, Clone)]
pub struct AsAdministrator;

impl FromRequestParts<App> for AsTill {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<AsTill, Problem> {
        caller(parts, app, Role::Till).map(AsTill)
    }
}

impl FromRequestParts<App> for AsOperator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<AsOperator, Problem> {
        caller(parts, app, Role::Operator).map(AsOperator)
    }
}

impl FromRequestParts<App> for AsAdministrator {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<AsAdministrator, Problem> {
        caller(parts, app, Role::Administrator).map(|_| AsAdministrator)
    }
}

fn caller(parts: &Parts, app: &App, least: Role) -> Result<Arc<Scope>, Problem> {
    let scope = match app.settings.auth {
        Auth::None => Arc::clone(&app.everyone),
        Auth::Tokens => bearer_of(parts)
            .and_then(|secret| app.tokens.scope(secret, app.clock.now()))
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::UNAUTHORIZED,
                    "tokenNotAccepted",
                    "send `Authorization: Bearer <token>` with a token in force; `tillbridge token issue` makes one",
                )
            })?,
    };
    if scope.role < least {
        let detail =
            format!("this asks for the role {}; the token's role is {}", least.word(), scope.role.word());
        return Err(Problem::new(StatusCode::FORBIDDEN, "roleNotAllowed", detail));
    }
    Ok(scope)
}

fn bearer_of(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
