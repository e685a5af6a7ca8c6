//! A migration in a folder of its own, its sandbox, and the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Ended, Running, run, tillbridge};

/// The password of the sandbox's SFTP user.
const PASSWORD: &str = "a-password-of-the-tests";
/// How a run ends that goes on later.
pub const UNFINISHED: i32 = 7;

/// A folder with a sample in it.
pub struct Stage {
    pub dir: TempDir,
}

impl Stage {
    /// One with nothing in it yet.
    pub fn empty() -> Stage {
        Stage { dir: tempfile::tempdir().unwrap() }
    }

    /// A sample of this size and form. Its seed is fixed, or is said by the caller.
    pub fn sample(contacts: u64, receipts: u64, seed: u64, more: &[&str]) -> Stage {
        let stage = Stage::empty();
        let (contacts, receipts, seed) = (contacts.to_string(), receipts.to_string(), seed.to_string());
        let told =
            ["--contacts", &contacts, "--receipts", &receipts, "--seed", &seed, "--until", "2026-11-01"];
        let arguments = [&["migrate", "sample"][..], &told, more].concat();
        run(stage.dir.path(), &arguments).ok();
        stage
    }

    /// The migration's folder.
    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("migration")
    }

    /// Runs a step.
    pub fn step(&self, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        Ended::of(command.output().unwrap())
    }

    /// A step that hasn't begun.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tillbridge(self.dir.path());
        command.arg("migrate").args(arguments).env("TILLBRIDGE_SFTP_PASSWORD", PASSWORD);
        command
    }

    /// A file of the migration as JSON.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.folder().join(name)).unwrap()).unwrap()
    }

    /// Every file for Engage, by its name.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.folder().join("files")).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect()
    }

    /// Mends the rejects as a person would, who knows the answers.
    pub fn mend(&self) {
        let folder = self.folder();
        fs::create_dir_all(folder.join("mended")).unwrap();
        for entry in fs::read_dir(folder.join("rejects")).unwrap() {
            let name = entry.unwrap().file_name();
            fs::copy(folder.join("answers").join(&name), folder.join("mended").join(&name)).unwrap();
        }
    }

    /// Says more of Engage in the mapping.
    pub fn say_of_engage(&self, lines: &str) {
        let path = self.folder().join("migration.toml");
        let mapping = fs::read_to_string(&path).unwrap();
        fs::write(&path, mapping.replacen("[engage]\n", &format!("[engage]\n{lines}\n"), 1)).unwrap();
    }

    /// Has the migration go to this sandbox.
    pub fn aim_at(&self, sandbox: &Sandbox) {
        let path = self.folder().join("migration.toml");
        let mapping = fs::read_to_string(&path).unwrap();
        let server = format!(
            "[engage.sftp]\nhost = \"127.0.0.1\"\nport = {}\nuser = {:?}\nhost-key = {:?}\n\n[stores]",
            sandbox.port, sandbox.user, sandbox.host_key
        );
        fs::write(&path, mapping.replacen("[stores]", &server, 1)).unwrap();
        let config = format!("[engage]\nbase_url = {:?}\n", sandbox.running.base_url);
        fs::write(self.dir.path().join("tillbridge.toml"), config).unwrap();
    }
}

/// A sandbox with its doors for calls and for files.
pub struct Sandbox {
    pub running: Running,
    user: String,
    port: u16,
    host_key: String,
}

impl Sandbox {
    /// One whose tenant keeps its contacts by their member numbers.
    pub fn start(dir: &Path) -> Sandbox {
        let mut command = tillbridge(dir);
        command.args(["sandbox", "--sftp", "127.0.0.1:0", "--sftp-password", PASSWORD]);
        command
            .env("TILLBRIDGE_SANDBOX__LISTEN", "127.0.0.1:0")
            .env("TILLBRIDGE_SANDBOX__DATA_DIR", "sandbox-data");
        command.env("TILLBRIDGE_ENGAGE__CONTACT_KEY", "memberNumber");
        let (running, said) = Running::start_and_hear(command, &dir.join("sandbox.log"), 1);
        // `listening sftp sftp://USER@HOST:PORT SHA256:…`
        let words: Vec<&str> = said[0].split(' ').collect();
        let (user, address) = words[2].trim_start_matches("sftp://").split_once('@').unwrap();
        let port = address.rsplit_once(':').unwrap().1.parse().unwrap();
        Sandbox { user: user.to_owned(), port, host_key: words[3].to_owned(), running }
    }

    /// Engage's clock strikes, and Voyado starts what only Voyado can.
    pub fn take_files(&self) {
        // What was sent by calls is worked on a while later.
        let later = json!({ "advanceSeconds": 60 });
        let acts = ["imports/stores/start", "imports/vouchers/start", "imports/pick-up", "import"];
        for (act, body) in std::iter::once(("clock", &later)).chain(acts.map(|act| (act, &Value::Null))) {
            let answer = self.running.post(&format!("/_sandbox/{act}"), body);
            assert!(answer.status < 300, "{act}: {answer:?}");
        }
    }

    /// What it has, counted.
    pub fn totals(&self) -> Value {
        let mut totals = self.running.get("/_sandbox/totals").body;
        // When it was counted isn't what was.
        totals.as_object_mut().unwrap().remove("at");
        totals
    }
}

/// Starts a step and kills it when it has said so many lines, or lets it end before.
pub fn killed_after(mut command: Command, lines: u64) {
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    for _ in 0..lines {
        if said.next().is_none() {
            break;
        }
    }
    // It fails only where it has ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}
