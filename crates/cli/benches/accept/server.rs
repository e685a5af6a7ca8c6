//! The servers that the real one is compared with. Each is this very program, started with a role.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::body::Bytes;
use axum::extract::{Path as PathOf, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::put;
use axum::{Json, Router};
use gateway::Clock;
use gateway::desk::{Desk, Found, Said, Scope};
use gateway::http::{App, ReceiptView};
use gateway::settings::{Auth, Engage, Settings};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::Rates;
use pos::store::{Country, Language, Letterhead, Stores};
use store::{Accept, Accepted, Command, Database, Filed, Keys, Limits, Options, Verdict};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use crate::load::TILLS;
use crate::receipt::{Request, STORE};

/// What a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The same decision and the same answer, and nothing is kept.
    KeepsNothing,
    /// Reads the body as JSON and answers.
    OnlyParses,
    /// The same code, with a transaction and a sync for each receipt.
    OneByOne,
}

impl Role {
    const ALL: [Role; 3] = [Role::KeepsNothing, Role::OnlyParses, Role::OneByOne];

    /// Its word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::KeepsNothing => "keeps-nothing",
            Role::OnlyParses => "only-parses",
            Role::OneByOne => "one-by-one",
        }
    }

    /// Reads its word.
    pub(crate) fn parse(word: &str) -> anyhow::Result<Role> {
        Role::ALL
            .into_iter()
            .find(|role| role.word() == word)
            .with_context(|| format!("there is no role {word}"))
    }
}

/// Serves in a role until SIGTERM.
pub(crate) fn run(role: Role, dir: &Path) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let stop = async move {
            terminate.recv().await;
        };
        match role {
            Role::OnlyParses => {
                let router = Router::new().route("/v1/receipts/{id}", put(only_parse));
                println!("listening {} http://{address}", role.word());
                axum::serve(listener, router).with_graceful_shutdown(stop).await?;
            }
            Role::KeepsNothing | Role::OneByOne => {
                let router =
                    Router::new().route("/v1/receipts/{id}", put(take)).with_state(Door::open(role, dir)?);
                println!("listening {} http://{address}", role.word());
                gateway::http::serve(listener, router, stop).await;
            }
        }
        Ok(())
    })
}

async fn only_parse(body: Bytes) -> StatusCode {
    match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(value) => {
            black_box(value);
            StatusCode::CREATED
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// What the compared handler has at hand.
#[derive(Debug)]
struct Door {
    settings: Settings,
    keys: Keys,
    clock: Clock,
    everyone: Arc<Scope>,
    keeping: Keeping,
}

/// What becomes of a receipt.
#[derive(Debug)]
enum Keeping {
    /// Each gets the answer that one got which was kept.
    Nothing(Box<Filed>),
    /// A thread keeps each by itself.
    OneByOne(mpsc::Sender<(Accept, oneshot::Sender<anyhow::Result<Filed>>)>),
}

impl Door {
    fn open(role: Role, dir: &Path) -> anyhow::Result<Arc<Door>> {
        let clock = Clock::start();
        let options = Options { secret_seed: [7; 32], now: clock.now(), limits: Limits::default() };
        let mut database = Database::open(dir, options)?;
        let (settings, keys, everyone) = (settings()?, database.keys(), App::anybody());
        let keeping = if role == Role::OneByOne {
            let (sender, receiver) = mpsc::channel(TILLS);
            std::thread::Builder::new().spawn(move || keep_one_by_one(database, receiver))?;
            Keeping::OneByOne(sender)
        } else {
            let mut request = Request::of_till(0);
            request.set(0, 0);
            let at = clock.now();
            let said = Said {
                id: "the-one-that-is-kept",
                body: request.body(),
                by: &everyone,
                at,
                new_contact_id: new_contact_id(at)?,
            };
            let desk = Desk { settings: &settings, keys: &keys };
            let open = desk.open_receipt(said)?;
            let (accept, _) = desk.receipt(open, &Found::default()).without_faults()?.split();
            Keeping::Nothing(Box::new(keep(&mut database, accept)?))
        };
        Ok(Arc::new(Door { settings, keys, clock, everyone, keeping }))
    }

    async fn keep(&self, accept: Accept) -> anyhow::Result<Filed> {
        match &self.keeping {
            Keeping::Nothing(filed) => {
                black_box(accept);
                Ok(Filed::clone(filed))
            }
            Keeping::OneByOne(writer) => {
                let (answer, answered) = oneshot::channel();
                writer.send((accept, answer)).await?;
                answered.await?
            }
        }
    }
}

fn keep_one_by_one(
    mut database: Database,
    mut receiver: mpsc::Receiver<(Accept, oneshot::Sender<anyhow::Result<Filed>>)>,
) {
    while let Some((accept, answer)) = receiver.blocking_recv() {
        drop(answer.send(keep(&mut database, accept)));
    }
}

fn keep(database: &mut Database, accept: Accept) -> anyhow::Result<Filed> {
    match database.commit(&[Command::Accept(accept)])?.pop().context("a command has a verdict")?? {
        Verdict::Accept(Accepted::New(filed)) => Ok(filed),
        other => bail!("not new: {other:?}"),
    }
}

/// The gateway's handler of a receipt, with the store in question.
async fn take(State(door): State<Arc<Door>>, PathOf(id): PathOf<String>, body: Bytes) -> Response {
    match taken(&door, &id, &body).await {
        Ok(view) => {
            let location = [(header::LOCATION, format!("/v1/receipts/{id}"))];
            (StatusCode::CREATED, location, guards(), Json(view)).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")).into_response(),
    }
}

/// The headers that all of the gateway's answers carry.
fn guards() -> [(HeaderName, &'static str); 4] {
    [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

async fn taken(door: &Door, id: &str, body: &[u8]) -> anyhow::Result<ReceiptView> {
    let at = door.clock.now();
    let said = Said { id, body, by: &door.everyone, at, new_contact_id: new_contact_id(at)? };
    let desk = Desk { settings: &door.settings, keys: &door.keys };
    let open = desk.open_receipt(said)?;
    let (accept, taken) = desk.receipt(open, &Found::default()).without_faults()?.split();
    Ok(ReceiptView::taken(taken, door.keep(accept).await?))
}

/// An id as the gateway makes them: the time, then chance.
fn new_contact_id(now: Timestamp) -> anyhow::Result<String> {
    let mut chance = [0; 8];
    gateway::fill(&mut chance)?;
    Ok(format!("tb-{:016x}-{:016x}", now.as_millisecond(), u64::from_le_bytes(chance)))
}

fn settings() -> anyhow::Result<Settings> {
    let store = pos::store::Store {
        external_id: STORE.to_owned(),
        name: "Stockholm Drottninggatan".to_owned(),
        country: Country::parse("SE")?,
        language: Language::parse("sv")?,
        currency: Currency::parse("SEK")?,
        time_zone: TimeZone::get("Europe/Stockholm")?,
        letterhead: Letterhead::default(),
    };
    Ok(Settings {
        stores: Stores::new(vec![store])?,
        rates: Rates::default(),
        auth: Auth::None,
        wait: Duration::ZERO,
        lookup_wait: Duration::ZERO,
        offers: gateway::settings::Offers::default(),
        orders: gateway::settings::Orders::default(),
        documents: gateway::settings::Documents::default(),
        claim_window: Duration::ZERO,
        engage: Engage::default(),
    })
}
