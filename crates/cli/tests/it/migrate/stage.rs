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
const UNFINISHED: i32 = 7;
/// How often the files are taken before something is wrong.
const TURNS_MAX: usize = 40;

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
        Stage::sample_until("2026-11-01", contacts, receipts, seed, more)
    }

    /// The same of an export that ends before this day.
    pub fn sample_until(day: &str, contacts: u64, receipts: u64, seed: u64, more: &[&str]) -> Stage {
        let stage = Stage::empty();
        let (contacts, receipts, seed) = (contacts.to_string(), receipts.to_string(), seed.to_string());
        let told = ["--contacts", &contacts, "--receipts", &receipts, "--seed", &seed, "--until", day];
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
        self.say("[engage]", lines);
    }

    /// Says more in a section of the mapping.
    pub fn say(&self, section: &str, lines: &str) {
        let path = self.folder().join("migration.toml");
        let mapping = fs::read_to_string(&path).unwrap();
        let (begin, more) = (format!("{section}\n"), format!("{section}\n{lines}\n"));
        assert!(mapping.contains(&begin), "{section}");
        fs::write(&path, mapping.replacen(&begin, &more, 1)).unwrap();
    }

    /// Adds rows to a file of the export, which are of ASCII, so that it has them in any encoding.
    pub fn export_more(&self, file: &str, rows: &[&str]) {
        let path = self.folder().join("export").join(file);
        let mut bytes = fs::read(&path).unwrap();
        rows.iter().for_each(|row| bytes.extend_from_slice(format!("{row}\r\n").as_bytes()));
        fs::write(path, bytes).unwrap();
    }

    /// Runs it, and has the files taken, until all is in.
    pub fn run_to_its_end(&self, sandbox: &Sandbox) {
        for _ in 0..TURNS_MAX {
            let ended = self.step(&["run", "--json"]);
            match ended.code {
                0 => return,
                UNFINISHED => {}
                // What nobody knows only a person can say: the sandbox's log is what she looks at.
                5 => self.say_what_came_of_doubtful_files(sandbox),
                code => panic!("{code}: {}", ended.stderr),
            }
            sandbox.take_files();
        }
        panic!("it doesn't end: {}", fs::read_to_string(self.folder().join("run.jsonl")).unwrap());
    }

    fn say_what_came_of_doubtful_files(&self, sandbox: &Sandbox) {
        let imports = sandbox.running.get("/_sandbox/imports").body.to_string();
        let status = self.step(&["run", "--json"]);
        let status: Value = serde_json::from_str(&status.stdout).unwrap();
        for one in status["on"].as_array().unwrap().iter().filter(|one| one["for"] == "doubt") {
            let file = one["file"].as_str().unwrap();
            let was = if imports.contains(file) { "yes" } else { "no" };
            self.step(&["run", "--was-imported", file, was]);
        }
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

    /// Has these go wrong, one after the other.
    pub fn set_faults(&self, faults: &Value) {
        let answer = self.running.put("/_sandbox/faults", faults);
        assert!(answer.status < 300, "{answer:?}");
    }

    /// What it has, counted.
    pub fn totals(&self) -> Value {
        let mut totals = self.running.get("/_sandbox/totals").body;
        // When it was counted isn't what was.
        totals.as_object_mut().unwrap().remove("at");
        totals
    }
}

/// Starts a step and kills it when what it has said is enough, or lets it end before. What it said.
pub fn killed_when(mut command: Command, enough: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut child: Child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    while !enough(&said) {
        let Some(line) = lines.next() else { break };
        said.push(line.unwrap());
    }
    // It fails only where it has ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
    said
}
