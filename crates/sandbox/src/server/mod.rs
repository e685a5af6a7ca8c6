//! The shell around the world: sockets, the host's clock, and waiting. It decides nothing.
//!
//! One mutex holds the book. An event is written and handled under it, then the answer is released; nothing is awaited
//! meanwhile. Engage's calls are under `/api`, the sandbox's own under `/_sandbox`.

mod admin;
mod calls;
mod contact_forms;
mod contact_page;
mod contacts;
mod courier;
mod folder_page;
mod forms;
mod lists;
mod mailbox;
mod order_page;
mod pages;
mod promotion_page;
mod sftp;
mod sftp_session;
mod tables;
mod template_folder;
mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::book::{self, Book, Opened};
use crate::effect::{Effect, Level, Reply};
use crate::event::{Act, Event};
use crate::faults::{FileCall, Kind};
use crate::mail::MailTemplates;
use crate::settings::Settings;
use crate::snapshot;
use crate::world::{World, next_due};
use courier::{Courier, Waiting};
pub use courier::{NoSmtpServer, SmtpServer};
use sftp::Door;
pub use sftp::{Sftp, SftpAccess};
pub use template_folder::TemplatesError;

/// How many connections are served at once; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 1_024;
/// How long a client may take over a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest the timers wait without looking at the clock: the host's may have been moved.
const TIMER_WAIT_MAX: Duration = Duration::from_secs(30);
/// How long nobody is let in after a connection could not be accepted.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// How long the timers wait after an event could not be written.
const TIMER_RETRY: Duration = Duration::from_secs(1);

/// How a sandbox is served.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The folder that keeps its world; without one it is kept in memory.
    pub data_dir: Option<PathBuf>,
    /// What its ids are made from. A folder that holds a world keeps its own.
    pub seed: u64,
    /// How the tenant is set up.
    pub settings: Settings,
    /// What mails are made by, and where they go.
    pub mailing: Mailing,
    /// How files are let in; not at all, if nothing is said.
    pub sftp: Option<Sftp>,
}

/// What mails are made by, and where they go beside the mailbox.
#[derive(Debug, Clone, Default)]
pub struct Mailing {
    /// A folder of templates and words that stand in for the sandbox's own.
    pub templates: Option<PathBuf>,
    /// A mail server that every mail is brought to.
    pub server: Option<SmtpServer>,
}

impl Config {
    /// A world in memory, with the default settings, on a free port of the loopback interface.
    #[must_use]
    pub fn in_memory() -> Config {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Config {
            listen,
            data_dir: None,
            seed: 0,
            settings: Settings::default(),
            mailing: Mailing::default(),
            sftp: None,
        }
    }
}

/// Why a sandbox cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's word.
        #[source]
        source: std::io::Error,
    },
    /// The world cannot be opened.
    #[error("could not open the sandbox's world")]
    Book(#[from] book::Error),
    /// The templates cannot be used.
    #[error("could not take the templates of mails")]
    Templates(#[from] TemplatesError),
    /// The SFTP server's key cannot be read or kept.
    #[error("could not take the key of the SFTP server")]
    HostKey {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A public key that is to be let in is none.
    #[error("an authorized key is not as OpenSSH writes one")]
    AuthorizedKey(#[source] russh::keys::ssh_key::Error),
    /// The machine has no randomness.
    #[error("the machine has no randomness to make keys of")]
    Random(#[source] getrandom::Error),
}

/// A sandbox that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    courier: Option<Courier>,
    door: Option<Door>,
}

/// Binds and serves until `shutdown` is done.
///
/// # Errors
/// If the address cannot be listened on, the world not opened, or the templates not used.
pub async fn serve(config: Config, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    Server::bind(config).await?.run(shutdown).await;
    Ok(())
}

impl Server {
    /// Opens the world and listens; connections wait until [`Server::run`].
    ///
    /// # Errors
    /// If the address cannot be listened on, the world not opened, or the templates not used.
    pub async fn bind(config: Config) -> Result<Server, ServeError> {
        let Config { listen, data_dir, seed, settings, mailing, sftp } = config;
        let templates = mailing.templates.map(|folder| template_folder::read(&folder)).transpose()?;
        let (book, opened) = match &data_dir {
            None => (Book::in_memory(seed, settings), Opened { replayed: 0, torn_bytes: 0 }),
            Some(path) => Book::open(path, seed, settings, host_now())?,
        };
        if opened.torn_bytes > 0 {
            tracing::warn!(
                torn.bytes = opened.torn_bytes,
                "a half-written last event was cut off the journal"
            );
        }
        let to_listen = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(to_listen)?;
        let address = listener.local_addr().map_err(to_listen)?;
        let door = match sftp {
            Some(sftp) => Some(Door::open(sftp, data_dir.as_deref()).await?),
            None => None,
        };
        let (waiting, courier) = mailing.server.map(courier::start).unzip();
        let shared = Arc::new(Shared::new(book, opened, address, waiting));
        shared.set_templates(templates.unwrap_or_default())?;
        Ok(Server { listener, address, shared, courier, door })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What a client needs to know to bring files, if files are let in.
    #[must_use]
    pub fn sftp(&self) -> Option<&SftpAccess> {
        self.door.as_ref().map(|door| &door.access)
    }

    /// Serves until `shutdown` is done; then connections are closed and a last snapshot is written.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let (mut connections, mut carriers) = (JoinSet::new(), JoinSet::new());
        let mut shutdown = pin!(shutdown);
        let mut timers = pin!(timers(&self.shared));
        let mut courier = pin!(bring(self.courier, &self.shared));
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                () = &mut timers => break,
                () = &mut courier => break,
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(Arc::clone(&self.shared), stream));
                    }
                    Err(error) => tracing::warn!(%error, "could not accept a connection"),
                },
                Some(_) = connections.join_next() => {}
                (stream, door) = carrier(self.door.as_ref()), if carriers.len() < sftp::CONNECTIONS_MAX => {
                    carriers.spawn(door.connection(stream, &self.shared));
                }
                Some(_) = carriers.join_next() => {}
            }
        }
        connections.shutdown().await;
        carriers.shutdown().await;
        self.shared.last_snapshot().await;
    }
}

async fn connection(shared: Arc<Shared>, stream: TcpStream) {
    let service = service_fn(|request| wire::answer(Arc::clone(&shared), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // A cut is ordered, and a client that goes away is none of ours.
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended");
    }
}

/// The next client that comes to bring files; none ever does where none is let in.
async fn carrier(door: Option<&Door>) -> (TcpStream, &Door) {
    let Some(door) = door else { return std::future::pending().await };
    loop {
        match door.listener.accept().await {
            Ok((stream, _)) => return (stream, door),
            Err(error) => {
                tracing::warn!(%error, "could not accept an SFTP connection");
                pause(ACCEPT_RETRY).await;
            }
        }
    }
}

/// Lets what is due happen. Never ends.
async fn timers(shared: &Arc<Shared>) {
    loop {
        let changed = shared.changed.notified();
        let Some(due) = next_due(shared.book().world()) else {
            changed.await;
            continue;
        };
        let wait = Duration::try_from(host_now().duration_until(due)).unwrap_or(Duration::ZERO);
        if wait.is_zero() {
            if let Err(error) = shared.apply(Event::Timer) {
                tracing::error!(error = %chain(&error), "a timer could not be written");
                pause(TIMER_RETRY).await;
            }
            continue;
        }
        tokio::select! {
            () = pause(wait.min(TIMER_WAIT_MAX)) => {}
            () = changed => {}
        }
    }
}

/// Brings mails to the mail server, if there is one. Never ends.
async fn bring(courier: Option<Courier>, shared: &Arc<Shared>) {
    if let Some(courier) = courier {
        courier::run(courier, shared).await;
    }
    std::future::pending().await
}

/// What every connection shares.
#[derive(Debug)]
struct Shared {
    book: Mutex<Book>,
    /// Something happened: what is due next may be something else.
    changed: Notify,
    /// One snapshot is written at a time.
    snapshots: Arc<Semaphore>,
    opened: Opened,
    address: SocketAddr,
    /// Mails that wait to be brought to the mail server, if there is one.
    courier: Option<Waiting>,
}

impl Shared {
    fn new(book: Book, opened: Opened, address: SocketAddr, courier: Option<Waiting>) -> Shared {
        let snapshots = Arc::new(Semaphore::new(1));
        Shared { book: Mutex::new(book), changed: Notify::new(), snapshots, opened, address, courier }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("a step that panicked leaves no world to go on with")
    }

    /// Lets an event happen, and carries out its effects.
    fn apply(&self, event: Event) -> Result<Reply, book::Error> {
        self.apply_with(|_| Ok(event))
    }

    /// The same for an event that depends on the world as it is.
    fn apply_with<E: From<book::Error>>(
        &self,
        event: impl FnOnce(&Book) -> Result<Event, E>,
    ) -> Result<Reply, E> {
        let mut book = self.book();
        let event = event(&book)?;
        let (reply, effects) = book.apply(event, host_now())?;
        let untaken = self.hand_over_mails(book.world(), &effects);
        self.start_snapshot_if_due(&mut book);
        drop(book);
        self.changed.notify_one();
        effects.iter().for_each(carry_out);
        for (number, problem) in untaken {
            courier::note(self, number, Some(problem.to_owned()));
        }
        Ok(reply)
    }

    /// The fault that a client of the SFTP server meets with this. Only then does anything happen to the world.
    fn meet(&self, call: FileCall, path: &str) -> Option<Kind> {
        let (method, path) = (call.word().to_owned(), path.to_owned());
        if !self.book().world().awaits_fault(&method, &path) {
            return None;
        }
        match self.apply(Event::Act(Act::MeetFault { method, path })) {
            Ok(reply) => {
                reply.answer().and_then(|answer| serde_json::from_slice(&answer.body).ok()).flatten()
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "a fault could not be written and is not met");
                None
            }
        }
    }

    /// Gives the mails that were made to the courier; answers those that it had no room for.
    fn hand_over_mails(&self, world: &World, effects: &[Effect]) -> Vec<(u64, &'static str)> {
        let Some(courier) = &self.courier else { return Vec::new() };
        let numbers = effects.iter().filter_map(|effect| match effect {
            Effect::Mailed { number } => Some(*number),
            Effect::Logged { .. } | Effect::Found { .. } => None,
        });
        let refused = |number| Some((number, courier.add(world.mail(number)?.clone()).err()?));
        numbers.filter_map(refused).collect()
    }

    /// Has the world use these templates, if it does not yet.
    fn set_templates(&self, templates: MailTemplates) -> Result<(), book::Error> {
        if *self.book().world().mail_templates() == templates {
            return Ok(());
        }
        self.apply(Event::Act(Act::SetMailTemplates(templates))).map(drop)
    }

    fn start_snapshot_if_due(&self, book: &mut Book) {
        let Ok(permit) = Arc::clone(&self.snapshots).try_acquire_owned() else { return };
        match book.snapshot_due() {
            Ok(Some(job)) => {
                tokio::task::spawn_blocking(move || {
                    write_snapshot(&job);
                    drop(permit);
                });
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = %chain(&error), "no snapshot could be taken"),
        }
    }

    async fn last_snapshot(&self) {
        let Ok(_permit) = self.snapshots.acquire().await else { return };
        match self.unsaved() {
            Ok(Some(job)) => {
                let written = tokio::task::spawn_blocking(move || write_snapshot(&job)).await;
                if let Err(error) = written {
                    tracing::warn!(%error, "the last snapshot was not written");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = %chain(&error), "no snapshot could be taken"),
        }
    }

    fn unsaved(&self) -> Result<Option<snapshot::Job>, book::Error> {
        let mut book = self.book();
        if book.has_news() { book.snapshot().map(Some) } else { Ok(None) }
    }
}

fn write_snapshot(job: &snapshot::Job) {
    if let Err(error) = job.write() {
        tracing::warn!(%error, "a snapshot was not written");
    }
}

fn carry_out(effect: &Effect) {
    match effect {
        Effect::Logged { level: Level::Info, text } => {
            tracing::info!(target: "sandbox::integration", "{text}")
        }
        Effect::Logged { level: Level::Warning | Level::Error, text } => {
            tracing::warn!(target: "sandbox::integration", "{text}");
        }
        // The courier's.
        Effect::Mailed { .. } => {}
        Effect::Found { code, place, advice } => {
            tracing::warn!(target: "sandbox::findings", code, "{place}: {advice}");
        }
    }
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "the shell owns the sandbox's clock")]
fn host_now() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "the shell waits for timers and ordered delays")]
async fn pause(how_long: Duration) {
    tokio::time::sleep(how_long).await;
}
