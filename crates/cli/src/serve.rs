//! `tillbridge serve`: the gateway from its configuration, until it is told to stop.
//!
//! Tells programs where it listens by one line on stdout, `listening gateway http://ADDRESS`, written when the first
//! connection would be answered. Engage need not be reachable.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gateway::settings::Auth;
use gateway::{Gateway, StartError};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Loaded};
use crate::desk::{self, Desk};
use crate::exit::Exit;
use crate::print;
use crate::wiring;

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// A faulty configuration, an address that is taken, a data directory that can't be used.
pub(crate) async fn run(path: Option<&Path>) -> anyhow::Result<()> {
    let loaded = wiring::load(path)?;
    warn_about(&loaded);
    let listener = listen(loaded.config.gateway.listen).await?;
    let door = Door::open(&loaded.config, listener).await?;
    let base_url = door.base_url();
    tracing::info!(url = base_url, engage.url = %loaded.config.engage.base_url, "tills may call");
    // Who reads the line may ask for an end at once.
    let stop = stop_asked()?;
    print::line(&format!("listening gateway {base_url}"))?;
    let hint = tokio::spawn(async move { hint_at_tokens(&loaded.config).await });
    door.serve(stop).await;
    hint.abort();
    tracing::info!("stopped; what is undelivered goes on with the next start");
    Ok(())
}

/// Says what is unwise about the configuration.
pub(crate) fn warn_about(loaded: &Loaded) {
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
}

/// Listens where tills are to call.
///
/// # Errors
/// An address that is taken.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener
        .with_context(|| format!("can't listen on {address}: set gateway.listen to a free address"))
        .map_err(|error| Exit::Unavailable.because(error))
}

/// A gateway that listens.
#[derive(Debug)]
pub(crate) struct Door {
    gateway: Gateway,
    listener: TcpListener,
    address: SocketAddr,
    notice: PathBuf,
}

impl Door {
    /// Opens the data directory, starts delivery, and leaves word for the command line where it is.
    ///
    /// # Errors
    /// A data directory that can't be used.
    pub(crate) async fn open(config: &Config, listener: TcpListener) -> anyhow::Result<Door> {
        let address = listener.local_addr().context("can't tell where it listens")?;
        let client = wiring::client(&config.engage)?;
        let data_dir = &config.gateway.data_dir;
        let gateway =
            Gateway::start(wiring::settings(config), client, data_dir).await.map_err(not_started)?;
        let notice = data_dir.join(desk::ADDRESS_FILE);
        let local = desk::url_on_this_machine(address);
        std::fs::write(&notice, &local).with_context(|| format!("can't write {}", notice.display()))?;
        Ok(Door { gateway, listener, address, notice })
    }

    /// Where tills call.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until `stop` ends.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        self.gateway.serve(self.listener, stop).await;
        // Best effort: whoever reads it looks at the lock first.
        let _ = std::fs::remove_file(&self.notice);
    }
}

fn not_started(error: StartError) -> anyhow::Error {
    match error {
        StartError::Store(error @ store::Error::Locked { .. }) => Exit::Busy.because(
            anyhow::Error::from(error).context("one gateway is running on this data directory already"),
        ),
        error => anyhow::Error::from(error),
    }
}

/// Says how to make a token where tills need one and there is none. It asks like the command line does, so it also
/// shows that the command line can.
async fn hint_at_tokens(config: &Config) {
    if config.gateway.auth == Auth::None {
        return;
    }
    let tokens = async { Desk::open(config).await?.tokens().await };
    match tokens.await {
        Ok(tokens) if tokens.is_empty() => tracing::warn!(
            "no till can call yet, for there are no tokens: `tillbridge token issue --name till-1 --store '*'` makes one"
        ),
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "this machine's own command line can't call")
        }
    }
}

/// Ends with SIGINT (Ctrl-C) or SIGTERM.
///
/// # Errors
/// When the system doesn't let signals be watched.
pub(crate) fn stop_asked() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("can't watch for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
