//! `tillbridge sandbox`: the stand-in for Engage on its own, from `[sandbox]`.
//!
//! Tells programs where it listens by one line on stdout, `listening sandbox http://ADDRESS`, and where files are let in
//! by one more, `listening sftp sftp://USER@ADDRESS SHA256:…`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use sandbox::{ApiKeys, Mailing, ServeError, Server, Sftp, SmtpServer};

use crate::config::Config;
use crate::exit::Exit;
use crate::{print, serve, wiring};

/// How the sandbox is run, beside the configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Take only this key; without it any key is good
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// What a new world makes its ids from; without it each new world has ids of its own
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Keep the world in memory only: it is gone when the sandbox ends
    #[arg(long)]
    in_memory: bool,
    /// Make mails by this folder's templates and words: NAME.html, NAME.txt, LANGUAGE.json
    #[arg(long, value_name = "FOLDER")]
    templates: Option<PathBuf>,
    /// Bring every mail to this mail server as well, such as a catcher on this machine: smtp://HOST:PORT
    #[arg(long, value_name = "URL")]
    smtp: Option<SmtpServer>,
    /// Let in files over SFTP at this address, such as 127.0.0.1:2222; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    sftp: Option<SocketAddr>,
    /// The password of SFTP's user `voyado`; without it one is drawn and told on stderr
    #[arg(
        long,
        value_name = "PASSWORD",
        requires = "sftp",
        env = "TILLBRIDGE_SANDBOX_SFTP_PASSWORD",
        hide_env_values = true
    )]
    sftp_password: Option<String>,
    /// Let in this public key over SFTP as well, as OpenSSH writes it; may be given several times
    #[arg(long, value_name = "KEY", requires = "sftp")]
    sftp_key: Vec<String>,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// A faulty configuration, an address that is taken, a folder that can't be used.
pub(crate) async fn run(arguments: &Arguments, path: Option<&Path>) -> anyhow::Result<()> {
    let loaded = wiring::load(path)?;
    serve::warn_about(&loaded);
    let keys = match &arguments.api_key {
        Some(key) => ApiKeys::only([key.as_str()]),
        None => ApiKeys::Any,
    };
    let server = bind(&loaded.config, keys, arguments).await?;
    let base_url = format!("http://{}", server.local_addr());
    tracing::info!(
        url = base_url,
        pages = format!("{base_url}/_sandbox/"),
        "Engage's stand-in may be called"
    );
    // Who reads the line may ask for an end at once.
    let stop = serve::stop_asked()?;
    print::line(&format!("listening sandbox {base_url}"))?;
    if let Some(access) = server.sftp() {
        if arguments.sftp_password.is_none() {
            // A stand-in's own: it opens nothing else, and nobody could come in without it.
            eprintln!("The SFTP password of {} is {}", access.user, access.password);
        }
        print::line(&format!(
            "listening sftp sftp://{}@{} {}",
            access.user, access.address, access.host_key
        ))?;
    }
    server.run(stop).await;
    Ok(())
}

async fn bind(config: &Config, api_keys: ApiKeys, arguments: &Arguments) -> anyhow::Result<Server> {
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => drawn_seed()?,
    };
    let data_dir = (!arguments.in_memory).then(|| config.sandbox.data_dir.clone());
    let mailing = Mailing { templates: arguments.templates.clone(), server: arguments.smtp.clone() };
    let sftp = arguments.sftp.map(|listen| Sftp {
        password: arguments.sftp_password.clone(),
        authorized_keys: arguments.sftp_key.clone(),
        ..Sftp::on(listen)
    });
    open_with(config, data_dir, seed, api_keys, mailing, sftp).await
}

/// A sandbox that listens and is set up as the configuration says the tenant is.
///
/// # Errors
/// An address that is taken, a folder that can't be used.
pub(crate) async fn open(
    config: &Config,
    data_dir: Option<PathBuf>,
    seed: u64,
    api_keys: ApiKeys,
) -> anyhow::Result<Server> {
    open_with(config, data_dir, seed, api_keys, Mailing::default(), None).await
}

async fn open_with(
    config: &Config,
    data_dir: Option<PathBuf>,
    seed: u64,
    api_keys: ApiKeys,
    mailing: Mailing,
    sftp: Option<Sftp>,
) -> anyhow::Result<Server> {
    let today = gateway::Clock::start().now().to_zoned(TimeZone::UTC).date();
    let settings = sandbox::Settings { api_keys, ..wiring::tenant(config, today) };
    let listen = config.sandbox.listen;
    Server::bind(sandbox::Config { listen, data_dir, seed, settings, mailing, sftp }).await.map_err(|error| {
        match error {
            ServeError::Listen { .. } => Exit::Unavailable.because(error),
            ServeError::Book(sandbox::Error::InUse) => Exit::Busy.because(error),
            error => anyhow::Error::from(error),
        }
    })
}

/// A seed of chance.
///
/// # Errors
/// When the machine has no randomness.
pub(crate) fn drawn_seed() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    gateway::fill(&mut bytes).context("the machine has no randomness to make ids of")?;
    Ok(u64::from_le_bytes(bytes))
}
