//! Files onto Engage's SFTP server, and what is in its folders (fact M-08).
//!
//! Invariants: nothing is said to a server before its host key is the pinned one; every wait has an end; a file is
//! written under a name that the import job passes over (fact M-31), and gets its own by a rename.
//!
//! It never tries again by itself, and knows nothing of what the files are.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::Disconnect;
use russh::client::{self, AuthResult, Handle};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::mapping::Sftp;

/// Longest wait for a connection, its key exchange and the log-in, each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for one answer of the server.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// After so long without a word from the server it is asked whether it is there.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(15);
/// So many of these questions without an answer end the connection.
const KEEP_ALIVES_MAX: usize = 4;
/// Bytes read from the disk and written at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Most files of a folder that are looked at; a folder of imports that are picked up hourly holds a handful.
const ENTRIES_MAX: usize = 100_000;

/// How to reach the server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name or address.
    pub host: String,
    /// Its port; 22 but in tests and sandboxes.
    pub port: u16,
    /// The user, who also decides whether it is staging or production (fact M-08).
    pub user: String,
    /// How the user proves it.
    pub login: Login,
    /// The fingerprint of its host key, as `SHA256:…`. Without one nothing is sent.
    pub host_key: Option<String>,
}

/// How a user proves who it is.
#[derive(Debug, Clone)]
pub enum Login {
    /// By a password.
    Password(SecretString),
    /// By a private key in a file of OpenSSH's or PEM form.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the file is encrypted with.
        passphrase: Option<SecretString>,
    },
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without its folder.
    pub name: String,
    /// The size, where the server says it.
    pub bytes: Option<u64>,
}

/// What went wrong, told apart by what can be done about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke: again later.
    #[error("{host}:{port} can't be reached: {reason}")]
    Unreachable {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// What broke.
        reason: String,
    },
    /// No host key is pinned.
    #[error(
        "the host key of {host} isn't pinned. It showed {seen}: ask Voyado whether that is theirs, then write \
         host-key = \"{seen}\" under [engage.sftp] in migration.toml. Nothing was sent"
    )]
    HostKeyUnknown {
        /// The server.
        host: String,
        /// The fingerprint that it showed.
        seen: String,
    },
    /// The host key isn't the pinned one: another server, or somebody in between.
    #[error(
        "{host} showed the host key {seen}, but {pinned} is pinned: it may not be Voyado's server. Nothing was sent. \
         Ask Voyado before you change host-key"
    )]
    HostKeyChanged {
        /// The server.
        host: String,
        /// The fingerprint that it should have.
        pinned: String,
        /// The fingerprint that it showed.
        seen: String,
    },
    /// The server doesn't take the user's password or key.
    #[error("{host} doesn't let {user} in: check user and password (or key file) under [engage.sftp]")]
    LoginRefused {
        /// The server.
        host: String,
        /// The user.
        user: String,
    },
    /// The server said no to something: a person has to look.
    #[error("{what} {path}: the server says {reason}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// Of which file or folder.
        path: String,
        /// Its words.
        reason: String,
    },
    /// A file of this machine can't be read.
    #[error("{} can't be read", path.display())]
    Local {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The private key can't be read.
    #[error("the private key {} can't be read: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It was told to stop; what was begun lies under its passing name.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// Whether the same may work later without anybody's doing.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// A connection to the server. Dropping it cuts the connection.
pub struct Session {
    ssh: Handle<Pinned>,
    sftp: SftpSession,
    host: String,
    port: u16,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Whether a file was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Was {
    /// It was.
    There,
    /// It wasn't, so nothing was done.
    Gone,
}

impl Session {
    /// Connects, looks at the host key and logs in.
    ///
    /// # Errors
    /// Every [`Error`] but [`Error::Refused`] and [`Error::Stopped`].
    pub async fn connect(config: &Config) -> Result<Self, Error> {
        let settings = client::Config {
            inactivity_timeout: None,
            keepalive_interval: Some(KEEP_ALIVE_AFTER),
            keepalive_max: KEEP_ALIVES_MAX,
            nodelay: true,
            ..client::Config::default()
        };
        let seen = Arc::new(OnceLock::new());
        let check = Pinned { pinned: config.host_key.clone(), seen: Arc::clone(&seen) };
        let address = (config.host.as_str(), config.port);
        let connected = timeout(CONNECT_TIMEOUT, client::connect(Arc::new(settings), address, check)).await;
        let mut ssh = match connected {
            Err(_) => return Err(config.unreachable("no answer in time")),
            Ok(Err(error)) => return Err(config.not_connected(&error, seen.get())),
            Ok(Ok(ssh)) => ssh,
        };
        config.log_in(&mut ssh).await?;
        let opened = async {
            let channel = ssh.channel_open_session().await.map_err(|error| error.to_string())?;
            channel.request_subsystem(true, "sftp").await.map_err(|error| error.to_string())?;
            let settings = russh_sftp::client::Config {
                request_timeout_secs: ANSWER_TIMEOUT.as_secs(),
                ..russh_sftp::client::Config::default()
            };
            SftpSession::new_with_config(channel.into_stream(), settings)
                .await
                .map_err(|error| error.to_string())
        };
        let sftp = timeout(CONNECT_TIMEOUT, opened).await.unwrap_or_else(|_| Err("no SFTP in time".into()));
        let sftp = sftp.map_err(|reason| config.unreachable(&reason))?;
        Ok(Self { ssh, sftp, host: config.host.clone(), port: config.port })
    }

    /// What is in a folder, without its folders, by name.
    ///
    /// # Errors
    /// [`Error::Unreachable`]; [`Error::Refused`] where the folder isn't there or mayn't be read.
    pub async fn list(&self, folder: &str) -> Result<Vec<Entry>, Error> {
        let entries =
            self.sftp.read_dir(folder).await.map_err(|error| self.failed("list", folder, &error))?;
        let files = entries.filter(|entry| !entry.metadata().is_dir());
        let mut files: Vec<Entry> = files
            .take(ENTRIES_MAX)
            .map(|entry| Entry { name: entry.file_name(), bytes: entry.metadata().size })
            .collect();
        files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// Writes a file of this machine to `path`, in place of what may be there. `progress` is told the bytes that are
    /// written.
    ///
    /// # Errors
    /// Any but those of connecting; after one, whatever part was written is still there.
    pub async fn upload(
        &self,
        local: &Path,
        path: &str,
        stop: &AtomicBool,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<u64, Error> {
        let unread = |source| Error::Local { path: local.to_owned(), source };
        let mut from = std::fs::File::open(local).map_err(unread)?;
        let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::WRITE;
        let open = self.sftp.open_with_flags_and_attributes(path, flags, FileAttributes::empty());
        let mut to = open.await.map_err(|error| self.failed("write", path, &error))?;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut bytes: u64 = 0;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            let read = std::io::Read::read(&mut from, &mut chunk).map_err(unread)?;
            if read == 0 {
                break;
            }
            let written = timeout(ANSWER_TIMEOUT, to.write_all(&chunk[..read])).await;
            written
                .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
                .map_err(|error| self.not_written(path, error))?;
            bytes += u64::try_from(read).unwrap_or(u64::MAX);
            progress(bytes);
        }
        // Closing waits for the answer to every write, so a full disk is known here.
        let closed = timeout(ANSWER_TIMEOUT, to.shutdown()).await;
        closed
            .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
            .map_err(|error| self.not_written(path, error))?;
        Ok(bytes)
    }

    /// Gives a file its name.
    ///
    /// # Errors
    /// [`Error::Unreachable`]: nobody knows whether it was done; [`Error::Refused`]: it wasn't.
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        self.sftp.rename(from, to).await.map_err(|error| self.failed("rename", from, &error))
    }

    /// Takes a file away.
    ///
    /// # Errors
    /// [`Error::Unreachable`] and [`Error::Refused`].
    pub async fn remove(&self, path: &str) -> Result<Was, Error> {
        match self.sftp.remove_file(path).await {
            Ok(()) => Ok(Was::There),
            Err(SftpError::Status(status)) if status.status_code == StatusCode::NoSuchFile => Ok(Was::Gone),
            Err(error) => Err(self.failed("remove", path, &error)),
        }
    }

    /// Says goodbye. What is lost of it does no harm.
    pub async fn close(self) {
        let _ = timeout(ANSWER_TIMEOUT, self.sftp.close()).await;
        let _ = timeout(ANSWER_TIMEOUT, self.ssh.disconnect(Disconnect::ByApplication, "", "en")).await;
    }

    fn failed(&self, what: &'static str, path: &str, error: &SftpError) -> Error {
        let refused = |reason: String| Error::Refused { what, path: path.to_owned(), reason };
        match error {
            SftpError::Status(status) => match status.status_code {
                StatusCode::NoConnection | StatusCode::ConnectionLost => {
                    self.lost(&status.status_code.to_string())
                }
                code if status.error_message.is_empty() => refused(code.to_string()),
                _ => refused(status.error_message.clone()),
            },
            SftpError::Limited(limit) => refused(limit.clone()),
            SftpError::IO(_)
            | SftpError::Timeout
            | SftpError::UnexpectedPacket
            | SftpError::UnexpectedBehavior(_) => self.lost(&error.to_string()),
        }
    }

    /// Why a piece wasn't written. What the connection says comes as it is; what the server says, of a full disk or a quota,
    /// comes as a bare text.
    fn not_written(&self, path: &str, error: std::io::Error) -> Error {
        let inner = error.get_ref();
        match inner.and_then(|inner| inner.downcast_ref::<SftpError>()) {
            Some(own) => self.failed("write", path, own),
            None if inner.is_some() => {
                Error::Refused { what: "write", path: path.to_owned(), reason: error.to_string() }
            }
            None => self.failed("write", path, &error.into()),
        }
    }

    fn lost(&self, reason: &str) -> Error {
        Error::Unreachable { host: self.host.clone(), port: self.port, reason: reason.to_owned() }
    }
}

impl Config {
    /// The server that a mapping names, with the key file that it names or else this password. `None` if there is
    /// neither.
    #[must_use]
    pub fn of(server: &Sftp, password: Option<SecretString>) -> Option<Self> {
        let login = match (&server.key_file, password) {
            (Some(path), _) => Login::KeyFile { path: path.clone(), passphrase: None },
            (None, Some(password)) => Login::Password(password),
            (None, None) => return None,
        };
        let Sftp { host, port, user, host_key, .. } = server.clone();
        Some(Self { host, port, user, login, host_key })
    }

    fn unreachable(&self, reason: &str) -> Error {
        Error::Unreachable { host: self.host.clone(), port: self.port, reason: reason.to_owned() }
    }

    fn not_connected(&self, error: &russh::Error, seen: Option<&String>) -> Error {
        let host = self.host.clone();
        match (error, seen, &self.host_key) {
            (russh::Error::UnknownKey, Some(seen), None) => {
                Error::HostKeyUnknown { host, seen: seen.clone() }
            }
            (russh::Error::UnknownKey, Some(seen), Some(pinned)) => {
                Error::HostKeyChanged { host, pinned: pinned.clone(), seen: seen.clone() }
            }
            _ => self.unreachable(&error.to_string()),
        }
    }

    async fn log_in(&self, ssh: &mut Handle<Pinned>) -> Result<(), Error> {
        let answer = match &self.login {
            Login::Password(password) => {
                let asked = ssh.authenticate_password(self.user.clone(), password.expose_secret().to_owned());
                timeout(CONNECT_TIMEOUT, asked).await
            }
            Login::KeyFile { path, passphrase } => {
                let passphrase = passphrase.as_ref().map(ExposeSecret::expose_secret);
                let key = load_secret_key(path, passphrase)
                    .map_err(|error| Error::Key { path: path.clone(), reason: error.to_string() })?;
                let asked = async {
                    let hash = ssh.best_supported_rsa_hash().await?.flatten();
                    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
                    ssh.authenticate_publickey(self.user.clone(), key).await
                };
                timeout(CONNECT_TIMEOUT, asked).await
            }
        };
        match answer {
            Err(_) => Err(self.unreachable("no answer to the log-in in time")),
            Ok(Err(error)) => Err(self.unreachable(&error.to_string())),
            Ok(Ok(AuthResult::Success)) => Ok(()),
            Ok(Ok(AuthResult::Failure { .. })) => {
                Err(Error::LoginRefused { host: self.host.clone(), user: self.user.clone() })
            }
        }
    }
}

/// Lets the pinned host key pass, and keeps what was seen.
struct Pinned {
    pinned: Option<String>,
    seen: Arc<OnceLock<String>>,
}

impl client::Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        // A certificate is judged by the key in it: who signed it isn't known here.
        let seen = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256),
            PublicKeyOrCertificate::Certificate(certificate) => {
                certificate.public_key().fingerprint(HashAlg::Sha256)
            }
        };
        let seen = self.seen.get_or_init(|| seen.to_string());
        // With or without the padding that some programs print.
        Ok(self.pinned.as_deref().is_some_and(|pinned| pinned.trim().trim_end_matches('=') == seen))
    }
}
