//! The real binary as a child process: on a free port, awaited by the line it prints, and gone when the test ends.
//!
//! A process says `listening gateway http://…` (or `sandbox`) on stdout once it may be called. What it logs goes to a
//! file in its folder, which a failing test shows. No `TILLBRIDGE_` variable of whoever runs the tests gets through.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;

/// The longest any call may take; no test's outcome depends on it otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Two stores, the group's currency, and no password: what most tests configure.
pub const SHOP: &str = r#"
[gateway]
auth = "none"
data_dir = "data"
[currencies]
group = "SEK"
rates = { EUR = 11.35 }
[[stores]]
external_id = "store03-stockholm"
name = "Stockholm City"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
[[stores]]
external_id = "store07-helsinki"
name = "Helsinki Forum"
country = "FI"
language = "fi"
currency = "EUR"
time_zone = "Europe/Helsinki"
"#;

/// A configuration of the shop whose Engage is at this address.
pub fn shop(engage_url: &str) -> String {
    format!("[engage]\nbase_url = {engage_url:?}\nimport_interval_seconds = 0\n{SHOP}")
}

/// The binary in a folder, with nothing of the environment that configures it.
pub fn tillbridge(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillbridge"));
    let ours = |name: &str| name.starts_with("TILLBRIDGE_") || name == "RUST_LOG" || name == "NO_COLOR";
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.current_dir(dir).stdin(Stdio::null());
    command
}

/// Runs a command that ends by itself.
pub fn run(dir: &Path, arguments: &[&str]) -> Ended {
    Ended::of(tillbridge(dir).args(arguments).output().expect("it starts"))
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(output: Output) -> Ended {
        Ended {
            code: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// What it printed, if it ended well.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }

    /// The same as JSON.
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).expect("JSON")
    }
}

/// A server that runs as a process of its own; it is killed when dropped.
pub struct Running {
    /// Where it answers, without a path.
    pub base_url: String,
    child: Child,
    log: PathBuf,
    runtime: Runtime,
    client: reqwest::Client,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// `null` where it is empty or no JSON.
    pub body: Value,
}

impl Running {
    /// Writes this configuration into the folder and serves the tills from it, on a free port.
    pub fn serve(dir: &Path, config: &str) -> Running {
        std::fs::write(dir.join("tillbridge.toml"), config).expect("a folder to write in");
        let mut command = tillbridge(dir);
        command.arg("serve").env("TILLBRIDGE_GATEWAY__LISTEN", "127.0.0.1:0");
        Running::start(command, &dir.join("serve.log"))
    }

    /// Starts a sandbox that keeps its world in the folder, on a free port, set up as the folder's configuration says,
    /// if it has one.
    pub fn sandbox(dir: &Path) -> Running {
        Running::sandbox_with(dir, &[])
    }

    /// The same with further arguments.
    pub fn sandbox_with(dir: &Path, arguments: &[&str]) -> Running {
        let mut command = tillbridge(dir);
        command.arg("sandbox").args(arguments).env("TILLBRIDGE_SANDBOX__LISTEN", "127.0.0.1:0");
        command.env("TILLBRIDGE_SANDBOX__DATA_DIR", "sandbox-data");
        Running::start(command, &dir.join("sandbox.log"))
    }

    /// Starts a command and waits until it says where it listens.
    ///
    /// # Panics
    /// When it ends instead; then with all that it logged.
    pub fn start(command: Command, log: &Path) -> Running {
        Running::start_and_hear(command, log, 0).0
    }

    /// The same of one that says so many lines more, and them.
    ///
    /// # Panics
    /// As [`Running::start`].
    pub fn start_and_hear(mut command: Command, log: &Path, lines: usize) -> (Running, Vec<String>) {
        let stderr = File::options().create(true).append(true).open(log).expect("a log file");
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        // Ends with a line, or with the process.
        stdout.read_line(&mut line).expect("stdout can be read");
        let base_url = match line.trim().strip_prefix("listening ").and_then(|rest| rest.split_once(' ')) {
            Some((_, url)) => url.to_owned(),
            None => {
                let status = child.wait().expect("it can be waited for");
                let said = std::fs::read_to_string(log).unwrap_or_default();
                panic!("it doesn't listen ({status}): {line}{said}");
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = client();
        let more = stdout.lines().take(lines).map(|line| line.expect("stdout can be read")).collect();
        (Running { base_url, child, log: log.to_owned(), runtime, client }, more)
    }

    /// GETs a path.
    pub fn get(&self, path: &str) -> Answer {
        self.call(reqwest::Method::GET, path, None, &[])
    }

    /// PUTs JSON to a path.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(reqwest::Method::PUT, path, Some(body), &[])
    }

    /// POSTs JSON to a path.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(reqwest::Method::POST, path, Some(body), &[])
    }

    /// Makes a call.
    ///
    /// # Panics
    /// When no answer comes, and when called from within a runtime.
    pub fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.base_url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let response = request.send().await.unwrap_or_else(|error| panic!("{error:?}\n{}", self.log()));
            let status = response.status().as_u16();
            let body = response.bytes().await.expect("a whole answer");
            Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
        })
    }

    /// Asks for a path again and again until the answer is as wanted.
    ///
    /// # Panics
    /// When it isn't within a minute.
    pub fn get_until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let deadline = self.runtime.block_on(async { tokio::time::Instant::now() }) + TIMEOUT;
        let mut ticks = self.runtime.block_on(async { tokio::time::interval(Duration::from_millis(10)) });
        loop {
            let answer = self.get(path);
            if wanted(&answer) {
                return answer;
            }
            let now = self.runtime.block_on(ticks.tick());
            assert!(now < deadline, "{path} stays {answer:#?}\n{}", self.log());
        }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        terminate(self.child.id());
        self.child.wait().expect("it can be waited for")
    }

    /// Kills it where it stands (SIGKILL).
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Asks a process of ours to end (SIGTERM).
pub fn terminate(id: u32) {
    let id = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw).expect("a process has an id");
    rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("our child can be told");
}

/// A client for servers on this machine.
pub fn client() -> reqwest::Client {
    // The only way it fails is that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(TIMEOUT);
    builder.build().expect("a client without TLS")
}
