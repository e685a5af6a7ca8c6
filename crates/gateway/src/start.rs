//! A running gateway: its parts put together, and taken apart in order.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engage::Client;
use store::{Database, Limits, Options, Store, TokenHash};
use tokio::net::TcpListener;

use crate::clock::{self, Clock};
use crate::delivery::{Boot, Dispatcher, Policy};
use crate::http::{self, App, Tokens};
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::token;

/// The file in the data directory that holds the secret of this machine's own command line, for as long as the process
/// runs.
pub const LOCAL_TOKEN_FILE: &str = "command-line.token";

/// Why a gateway doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory can't be used.
    #[error("the data directory can't be used")]
    Store(#[from] store::Error),
    /// The command line's secret can't be written.
    #[error("the secret for this machine's command line can't be written to {path}")]
    LocalToken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The machine has no randomness.
    #[error("the machine has no randomness to make secrets of")]
    Random(#[from] getrandom::Error),
}

/// A gateway whose parts run; it serves nobody yet.
#[derive(Debug)]
pub struct Gateway {
    app: App,
    dispatching: tokio::task::JoinHandle<()>,
    local_token_file: PathBuf,
}

impl Gateway {
    /// Opens the data directory and starts delivery. Engage need not be reachable.
    ///
    /// # Errors
    /// When the data directory can't be used, another process holds it, or there is no randomness.
    pub async fn start(settings: Settings, client: Client, data_dir: &Path) -> Result<Gateway, StartError> {
        let clock = Clock::start();
        let mut secret_seed = [0_u8; 32];
        clock::fill(&mut secret_seed)?;
        let boot = if data_dir.join(store::FILE).exists() { Boot::Again } else { Boot::First };
        let database =
            Database::open(data_dir, Options { secret_seed, now: clock.now(), limits: Limits::default() })?;
        let store = Store::start(database)?;
        let keys = store.keys().clone();
        let metrics = Arc::new(Metrics::new());
        let policy = Policy { engage: settings.engage.clone(), boot };
        let settings = Arc::new(settings);
        let memory =
            Memory { settings: Arc::clone(&settings), keys: keys.clone(), store: store.clone(), clock };
        let (dispatcher, dispatching) = Dispatcher::start(policy, memory, client, Arc::clone(&metrics));
        let secret = token::new_secret()?;
        let local_token_file = data_dir.join(LOCAL_TOKEN_FILE);
        write_secret(&local_token_file, &secret)
            .map_err(|source| StartError::LocalToken { path: local_token_file.clone(), source })?;
        let local_token = Some(TokenHash::of(&secret));
        let tokens = Tokens::default();
        tokens.replace(store.read(|reader| reader.tokens()).await?, local_token);
        let app = App {
            settings,
            store,
            keys,
            dispatcher,
            clock,
            tokens,
            local_token,
            metrics,
            everyone: App::anybody(),
        };
        Ok(Gateway { app, dispatching, local_token_file })
    }

    /// Serves until `shutdown` ends, then lets what is under way end and closes the data directory.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let upkeep = tokio::spawn(crate::upkeep::run(self.app.memory(), self.app.dispatcher.clone()));
        http::serve(listener, http::router(self.app.clone()), shutdown).await;
        upkeep.abort();
        self.app.dispatcher.stop();
        let _ = self.dispatching.await;
        self.app.store.shutdown().await;
        // Best effort: the secret is worthless once the process has ended.
        let _ = std::fs::remove_file(&self.local_token_file);
    }
}

/// Writes a file that only its owner may read.
fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut file.metadata()?.permissions(), 0o600);
    file.write_all(secret.as_bytes())
}
