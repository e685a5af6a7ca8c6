//! The real binary with the most talkative log there is, and everything that it says.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use crate::support::{Ended, terminate, tillbridge};

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most talkative filter.
pub const TALKATIVE: &str = "trace";

/// A server as a process of its own, whose whole output goes to files.
pub struct Server {
    pub base_url: String,
    name: String,
    dir: PathBuf,
    child: Child,
}

/// A command of ours that says all that it can.
pub fn talkative(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = tillbridge(dir);
    command.args(arguments).env("RUST_LOG", TALKATIVE);
    command
}

/// Runs one that ends by itself.
pub fn run(dir: &Path, key: &str, arguments: &[&str]) -> Ended {
    let mut command = talkative(dir, arguments);
    Ended::of(command.env("TILLBRIDGE_ENGAGE__API_KEY", key).output().expect("it starts"))
}

impl Server {
    /// Starts it, and waits until it says where it listens.
    pub async fn start(name: &str, dir: &Path, mut command: Command) -> Server {
        let file = |kind: &str| File::create(dir.join(format!("{name}.{kind}"))).expect("a file to write to");
        let child = command.stdout(file("out")).stderr(file("err")).spawn().expect("it starts");
        let mut server =
            Server { base_url: String::new(), name: name.to_owned(), dir: dir.to_owned(), child };
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while server.base_url.is_empty() {
            let now = looks.tick().await;
            let [(_, out), (_, err)] = server.said();
            assert!(now < deadline, "{name} doesn't listen: {out}{err}");
            let ended = server.child.try_wait().expect("it can be waited for");
            assert!(ended.is_none(), "{name} ended: {out}{err}");
            let line = out.lines().find(|line| line.starts_with("listening ") && out.contains('\n'));
            server.base_url = line.and_then(|line| line.split(' ').nth(2)).unwrap_or_default().to_owned();
        }
        server
    }

    /// What it has said, on stdout and on stderr.
    pub fn said(&self) -> [(String, String); 2] {
        ["out", "err"].map(|kind| {
            let bytes = std::fs::read(self.dir.join(format!("{}.{kind}", self.name))).unwrap_or_default();
            (format!("{} of {}", kind, self.name), String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// Ends it in order, and returns all that it said.
    pub fn stop(mut self) -> [(String, String); 2] {
        terminate(self.child.id());
        let ended = self.child.wait().expect("it can be waited for");
        assert!(ended.success(), "{} ended with {ended}: {:?}", self.name, self.said()[1]);
        self.said()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
