//! The SFTP server's door: its key, who may come in, and connections. What is behind it is `sftp_session`.
//!
//! The host's key is made once and kept in the data folder, so that a client can pin it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::ssh_key::{HashAlg, LineEnding};
use russh::keys::{PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Handle, Msg, Session};
use russh::{Channel, ChannelId, Disconnect};
use tokio::net::{TcpListener, TcpStream};

use super::sftp_session::SftpSession;
use super::{ServeError, Shared, pause};
use crate::faults::{FileCall, Kind, millis};

/// The user that is let in where nothing is said.
const USER: &str = "voyado";
/// How many connections there may be at once.
pub(super) const CONNECTIONS_MAX: usize = 64;
/// For how long a connection may be silent.
const SILENT_MAX: Duration = Duration::from_secs(600);
/// How late a wrong password is refused.
const REFUSED_AFTER: Duration = Duration::from_millis(300);
/// Under what name the data folder keeps the host's key.
const KEY_FILE: &str = "sftp-host-key";

/// How files are let in.
#[derive(Clone)]
pub struct Sftp {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who is let in.
    pub user: String,
    /// The password; one is drawn where none is said.
    pub password: Option<String>,
    /// Public keys that are let in as well, as OpenSSH writes them: `ssh-ed25519 AAAA…`.
    pub authorized_keys: Vec<String>,
}

impl Sftp {
    /// On this address, for the default user with a password that is drawn.
    #[must_use]
    pub fn on(listen: SocketAddr) -> Sftp {
        Sftp { listen, user: USER.to_owned(), password: None, authorized_keys: Vec::new() }
    }
}

impl std::fmt::Debug for Sftp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sftp").field("listen", &self.listen).field("user", &self.user).finish_non_exhaustive()
    }
}

/// What a client needs to know to bring files.
#[derive(Clone)]
pub struct SftpAccess {
    /// Where it listens.
    pub address: SocketAddr,
    /// Who is let in.
    pub user: String,
    /// With which password.
    pub password: String,
    /// The fingerprint of the host's key: `SHA256:…`.
    pub host_key: String,
}

impl std::fmt::Debug for SftpAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("SftpAccess");
        shown.field("address", &self.address).field("host_key", &self.host_key).finish_non_exhaustive()
    }
}

/// Who may come in.
#[derive(Debug)]
struct Guest {
    user: String,
    password: blake3::Hash,
    keys: Vec<PublicKey>,
}

/// A door that is open.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) access: SftpAccess,
    config: Arc<russh::server::Config>,
    guest: Arc<Guest>,
}

impl Door {
    pub(super) async fn open(sftp: Sftp, data_dir: Option<&Path>) -> Result<Door, ServeError> {
        let Sftp { listen, user, password, authorized_keys } = sftp;
        let key = host_key(data_dir)?;
        let password = match password {
            Some(password) => password,
            None => drawn_password()?,
        };
        let keys = authorized_keys.iter().map(|line| PublicKey::from_openssh(line));
        let keys: Vec<PublicKey> = keys.collect::<Result<_, _>>().map_err(ServeError::AuthorizedKey)?;
        let to_listen = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(to_listen)?;
        let address = listener.local_addr().map_err(to_listen)?;
        let host_key = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let guest = Guest { user: user.clone(), password: blake3::hash(password.as_bytes()), keys };
        let access = SftpAccess { address, user, password, host_key };
        Ok(Door { listener, access, config: Arc::new(config(key)), guest: Arc::new(guest) })
    }

    /// What serves a connection that was accepted, until it ends.
    pub(super) fn connection(
        &self,
        stream: TcpStream,
        shared: &Arc<Shared>,
    ) -> impl Future<Output = ()> + use<> {
        let visitor = Visitor {
            guest: Arc::clone(&self.guest),
            // A client that stays must not keep the world's folder from whoever opens it next.
            shared: Arc::downgrade(shared),
            channels: HashMap::new(),
        };
        serve(Arc::clone(&self.config), stream, visitor)
    }
}

fn config(key: PrivateKey) -> russh::server::Config {
    russh::server::Config {
        keys: vec![key],
        auth_rejection_time: REFUSED_AFTER,
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: Some(SILENT_MAX),
        nodelay: true,
        ..russh::server::Config::default()
    }
}

async fn serve(mut config: Arc<russh::server::Config>, stream: TcpStream, visitor: Visitor) {
    match visitor.meets(FileCall::Connect).await {
        None => {}
        // Whoever is refused here isn't told why.
        Some(Refused::Cut | Refused::Word) => return,
        Some(Refused::ByAnotherKey) => match drawn_key() {
            Ok(key) => config = Arc::new(self::config(key)),
            Err(error) => return tracing::error!(%error, "no other host key could be made"),
        },
    }
    let served = match russh::server::run_stream(config, stream, visitor).await {
        Ok(session) => {
            let _hang_up = HangUp(session.handle());
            session.await
        }
        Err(error) => Err(error),
    };
    // A client that goes away is none of ours.
    if let Err(error) = served {
        tracing::debug!(%error, "an SFTP connection ended");
    }
}

/// Ends a connection when whoever serves it is stopped: the session runs on a task of its own.
struct HangUp(Handle);

impl Drop for HangUp {
    fn drop(&mut self) {
        let handle = self.0.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let said = handle.disconnect(Disconnect::ByApplication, String::new(), String::new()).await;
                // It may be gone already.
                drop(said);
            });
        }
    }
}

/// The key of the data folder, made when it is first asked for; without a folder, a new one.
fn host_key(data_dir: Option<&Path>) -> Result<PrivateKey, ServeError> {
    let io = |source| ServeError::HostKey { source: Box::new(source) };
    let Some(path) = data_dir.map(|folder| folder.join(KEY_FILE)) else { return drawn_key() };
    match std::fs::read(&path) {
        Ok(bytes) => {
            PrivateKey::from_openssh(bytes).map_err(|source| ServeError::HostKey { source: Box::new(source) })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = drawn_key()?;
            let text = key
                .to_openssh(LineEnding::LF)
                .map_err(|source| ServeError::HostKey { source: Box::new(source) })?;
            write_private(&path, text.as_bytes()).map_err(io)?;
            Ok(key)
        }
        Err(error) => Err(io(error)),
    }
}

/// Writes a file that nobody else may read.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let unfinished = path.with_extension("unfinished");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, path)
}

fn drawn_key() -> Result<PrivateKey, ServeError> {
    Ok(PrivateKey::from(Ed25519Keypair::from_seed(&drawn::<32>()?)))
}

fn drawn_password() -> Result<String, ServeError> {
    let bytes = drawn::<16>()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[expect(clippy::disallowed_methods, reason = "the shell owns the keys of its door, which no world knows")]
fn drawn<const N: usize>() -> Result<[u8; N], ServeError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(ServeError::Random)?;
    Ok(bytes)
}

/// How a fault keeps a client out.
enum Refused {
    Cut,
    Word,
    ByAnotherKey,
}

/// A client that came to the door.
struct Visitor {
    guest: Arc<Guest>,
    shared: Weak<Shared>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl russh::server::Handler for Visitor {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        if let Some(refused) = self.refuses_log_in().await {
            return refused;
        }
        // Hashes are compared in constant time.
        let known = user == self.guest.user && blake3::hash(password.as_bytes()) == self.guest.password;
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: russh::server::PublicKeyOffer<'_>,
    ) -> Result<Auth, russh::Error> {
        Ok(self.knows(user, offer.public_key))
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: russh::server::VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        if let Some(refused) = self.refuses_log_in().await {
            return refused;
        }
        Ok(self.knows(user, key.public_key))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.close(channel)?;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id) {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                let behind = SftpSession::new(Weak::clone(&self.shared), session.handle());
                russh_sftp::server::run(channel.into_stream(), behind).await;
            }
            Some(_) | None => session.channel_failure(id)?,
        }
        Ok(())
    }
}

impl Visitor {
    /// The fault that it meets here, once what is late has come.
    async fn meets(&self, call: FileCall) -> Option<Refused> {
        let fault = self.shared.upgrade()?.meet(call, "/");
        match fault? {
            Kind::CutBefore | Kind::CutAfter => Some(Refused::Cut),
            Kind::Status { .. } | Kind::StatusAfter { .. } => Some(Refused::Word),
            Kind::OtherHostKey => Some(Refused::ByAnotherKey),
            Kind::Delay { ms } | Kind::Drip { ms } => {
                pause(millis(ms)).await;
                None
            }
        }
    }

    async fn refuses_log_in(&self) -> Option<Result<Auth, russh::Error>> {
        match self.meets(FileCall::LogIn).await? {
            Refused::Cut => Some(Err(russh::Error::Disconnect)),
            Refused::Word => Some(Ok(Auth::reject())),
            Refused::ByAnotherKey => None,
        }
    }

    fn knows(&self, user: &str, key: &PublicKey) -> Auth {
        let known =
            user == self.guest.user && self.guest.keys.iter().any(|one| one.key_data() == key.key_data());
        if known { Auth::Accept } else { Auth::reject() }
    }
}
