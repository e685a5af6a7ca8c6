//! The till's contract: HTTP in, the desk's decisions and the store's verdicts out.
//!
//! One registration serves a route and documents it, so that what is served and what is documented are the same.

mod auth;
mod body;
mod checkouts;
mod consents;
mod contacts;
mod deliveries;
mod health;
mod offers;
mod orders;
mod problem;
mod quarantine;
mod receipts;
mod returnables;
mod schema;
mod serve;
mod tokens;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use store::{Accept, Accepted, Command, Keys, Store, Verdict};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

pub use self::auth::Tokens;
pub use self::contacts::{ContactExport, ForgottenView};
pub use self::deliveries::{DeliveryDetail, HistoryView, OVERTAKEN, REASON_CHARS_MAX, refused};
pub use self::serve::serve;
pub use self::tokens::{IssuedToken, TokenBody, TokenView, issue_command};
pub use self::view::{DeliveryView, ReceiptView};

use crate::clock::Clock;
use crate::delivery::Dispatcher;
use crate::desk::{Desk, Reach, Role, Scope};
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::settings::Settings;
use problem::Problem;

/// What every handler has at hand.
#[derive(Debug, Clone)]
pub struct App {
    /// The configuration.
    pub settings: Arc<Settings>,
    /// Everything durable.
    pub store: Store,
    /// The keys of the hashes.
    pub keys: Keys,
    /// The way to Engage.
    pub dispatcher: Dispatcher,
    /// The clock.
    pub clock: Clock,
    /// The tokens in force.
    pub tokens: Tokens,
    /// The hash of the command line's own token.
    pub local_token: Option<store::TokenHash>,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// Who calls where no token is asked for.
    pub everyone: Arc<Scope>,
}

/// How often something is worked out anew because what it was worked out from changed in between.
const ROUNDS_MAX: usize = 8;

impl App {
    /// The desk with this configuration.
    pub fn desk(&self) -> Desk<'_> {
        Desk { settings: &self.settings, keys: &self.keys }
    }

    /// Has something written from which a call to Engage may follow. Whatever the answer, what was kept without one is owed
    /// all the same.
    pub async fn owe(&self, command: Command) -> Result<Verdict, store::Error> {
        let verdict = self.store.submit(command).await;
        self.dispatcher.nudge();
        verdict
    }

    /// Has a document taken in.
    pub async fn accept(&self, accept: Accept) -> Result<Accepted, Problem> {
        match self.owe(Command::Accept(accept)).await? {
            Verdict::Accept(accepted) => Ok(accepted),
            _ => Err(Problem::internal()),
        }
    }

    /// Where contacts are remembered.
    pub fn memory(&self) -> Memory {
        Memory {
            settings: Arc::clone(&self.settings),
            keys: self.keys.clone(),
            store: self.store.clone(),
            clock: self.clock,
        }
    }

    /// Who calls where no token is asked for.
    pub fn anybody() -> Arc<Scope> {
        Arc::new(Scope { name: "loopback".into(), role: Role::Administrator, stores: Reach::All })
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tillbridge",
        description = "What a till says to Tillbridge. Amounts are exact decimals, as JSON numbers or texts. Times are \
                       RFC 3339 with an offset. Errors are RFC 9457 problem documents with a stable `code`. Every write \
                       has an identity of the till's making: the same again gets the same answer, other content under \
                       the same identity is 409.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    security(("token" = [])),
    tags(
        (name = "receipts", description = "Finished sales. Never refused, never lost, in Engage once."),
        (name = "contacts", description = "Who the customer is, becoming one, changing what is known, and being forgotten."),
        (name = "offers", description = "Promotions and vouchers: given, held, used, and what went wrong."),
        (name = "orders", description = "Orders and their actions, digital receipts among them."),
        (name = "deliveries", description = "What is owed to Engage, for operators."),
        (name = "operations", description = "Health, figures, tokens."),
    ),
)]
struct Document;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(receipts::put, receipts::get))
        .routes(routes!(receipts::validate))
        .routes(routes!(receipts::void))
        .routes(routes!(receipts::claim))
        .routes(routes!(receipts::document::get))
        .routes(routes!(receipts::document::open))
        .routes(routes!(returnables::put))
        .routes(routes!(contacts::lookup))
        .routes(routes!(contacts::find, contacts::enrol))
        .routes(routes!(contacts::get, contacts::update, contacts::forget))
        .routes(routes!(contacts::export))
        .routes(routes!(contacts::assign))
        .routes(routes!(checkouts::put, checkouts::get, checkouts::release))
        .routes(routes!(offers::exceptions))
        .routes(routes!(offers::exposure))
        .routes(routes!(orders::put, orders::get, orders::delete))
        .routes(routes!(orders::act))
        .routes(routes!(consents::list))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::get))
        .routes(routes!(deliveries::retry))
        .routes(routes!(deliveries::discard))
        .routes(routes!(deliveries::content, deliveries::replace))
        .routes(routes!(quarantine::list))
        .routes(routes!(tokens::list, tokens::issue))
        .routes(routes!(tokens::revoke))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// The API's description, as it is served and committed.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = routes().into_openapi();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().security_schemes.insert("token".into(), scheme.into());
    document
}

/// The whole site.
pub fn router(app: App) -> Router {
    let (router, _) = routes().split_for_parts();
    router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", openapi()))
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(map_response(guard))
        .with_state(app)
}

async fn no_such_route() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "noSuchRoute", "nothing is served here; /docs lists what is")
}

async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "noSuchMethod",
        "this path is served with other methods; /docs lists them",
    )
}

/// Headers that keep a browser from doing more with an answer than show it.
async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
