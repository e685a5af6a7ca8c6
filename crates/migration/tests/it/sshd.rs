//! OpenSSH's own server, a process a connection, behind a listener that counts bytes and can cut the line.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::{self, JoinHandle};

use migration::sftp::{Config, Login};
use tempfile::TempDir;

/// A server of files that lie in a folder of the test.
pub struct Sshd {
    home: TempDir,
    port: u16,
    wire: Arc<Wire>,
    accepting: Option<JoinHandle<()>>,
}

/// What the line does.
struct Wire {
    /// Bytes to the server before the line is cut.
    left: AtomicI64,
    over: AtomicBool,
}

impl Sshd {
    /// Starts it.
    pub fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        for key in ["host", "user", "stranger"] {
            let mut made = Command::new("ssh-keygen");
            made.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path(key));
            assert!(made.status().unwrap().success(), "ssh-keygen");
        }
        std::fs::copy(path("user.pub"), path("authorized")).unwrap();
        std::fs::create_dir_all(path("files")).unwrap();
        // As root it wants its own empty folder; without it nothing works.
        let _ = std::fs::create_dir_all("/run/sshd");
        let config = format!(
            "HostKey {0}/host\nAuthorizedKeysFile {0}/authorized\nPidFile none\nStrictModes no\nPermitRootLogin yes\n\
             PasswordAuthentication yes\nUsePAM no\nUseDNS no\nSubsystem sftp internal-sftp\n",
            home.path().display()
        );
        std::fs::write(path("config"), config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(Wire { left: AtomicI64::new(i64::MAX), over: AtomicBool::new(false) });
        let (for_thread, config) = (Arc::clone(&wire), path("config"));
        let accepting = thread::spawn(move || accept(&listener, &config, &for_thread));
        Self { home, port, wire, accepting: Some(accepting) }
    }

    /// Cuts the line after so many bytes to the server, once.
    pub fn cut_after(&self, bytes: i64) {
        self.wire.left.store(bytes, Ordering::SeqCst);
    }

    /// How to reach it, with its host key pinned and the right key.
    pub fn config(&self) -> Config {
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        Config {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            user: String::from_utf8(user).unwrap().trim().to_owned(),
            login: self.key("user"),
            host_key: Some(self.fingerprint("host")),
        }
    }

    /// The log-in with one of the keys `user` and `stranger`.
    pub fn key(&self, name: &str) -> Login {
        Login::KeyFile { path: self.home.path().join(name), passphrase: None }
    }

    /// What OpenSSH says a key's fingerprint is.
    pub fn fingerprint(&self, key: &str) -> String {
        let path = self.home.path().join(format!("{key}.pub"));
        let said = Command::new("ssh-keygen").arg("-lf").arg(path).output().unwrap().stdout;
        String::from_utf8(said).unwrap().split(' ').nth(1).unwrap().to_owned()
    }

    /// The folder that its files lie in.
    pub fn files(&self) -> PathBuf {
        self.home.path().join("files")
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.wire.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, config: &Path, wire: &Arc<Wire>) {
    for client in listener.incoming() {
        if wire.over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        let (ours, theirs) = UnixStream::pair().unwrap();
        let input = OwnedFd::from(theirs.try_clone().unwrap());
        // Its own first process ends with the connection.
        let mut server = Command::new("/usr/sbin/sshd")
            .arg("-i")
            .arg("-f")
            .arg(config)
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (to_server, to_client) = (ours.try_clone().unwrap(), client.try_clone().unwrap());
        let wire = Arc::clone(wire);
        thread::spawn(move || {
            let _ = forward(client, to_server, Some(&wire));
        });
        thread::spawn(move || {
            let _ = forward(ours, to_client, None);
            let _ = server.wait();
        });
    }
}

/// A side of a connection.
trait Side: Read + Write {
    fn end(&self);
}

impl Side for TcpStream {
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Side for UnixStream {
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

fn forward(mut from: impl Side, mut to: impl Side, wire: Option<&Wire>) -> io::Result<()> {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = match from.read(&mut bytes) {
            Ok(read) if read > 0 => read,
            _ => break,
        };
        let count = i64::try_from(read).unwrap();
        if wire.is_some_and(|wire| wire.left.fetch_sub(count, Ordering::SeqCst) < count) {
            // The next connection is whole again.
            wire.into_iter().for_each(|wire| wire.left.store(i64::MAX, Ordering::SeqCst));
            break;
        }
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    from.end();
    to.end();
    Ok(())
}
