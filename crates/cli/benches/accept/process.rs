//! A server as a process of its own, on a core of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use crate::disk::{Disk, Synced, synced};
use crate::receipt::STORE;
use crate::server::Role;

/// The core of the server.
const SERVER_CORE: &str = "0";
/// The core of the load.
const LOAD_CORE: &str = "1";
/// A closed port: Engage is not there, and delivery rests.
const NO_ENGAGE: &str = "http://127.0.0.1:9";

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The real one: `tillbridge serve`.
    Durable,
    /// One that it is compared with.
    Compared(Role),
}

/// A server that runs; it is killed when this goes.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    counters: PathBuf,
}

impl Server {
    /// Starts a server with its data in `folder` and waits until it listens.
    pub(crate) fn start(side: Side, disk: &Disk, folder: &Path) -> anyhow::Result<Server> {
        let mut program = on_core(SERVER_CORE);
        match side {
            Side::Durable => {
                program.arg(env!("CARGO_BIN_EXE_tillbridge")).arg("serve").current_dir(folder);
                program.arg("--config").arg(configuration(folder)?);
            }
            Side::Compared(role) => {
                program.arg(std::env::current_exe()?).args(["--role", role.word()]).arg(folder.join("data"));
            }
        }
        let counters = folder.join("counters");
        disk.put_before(&mut program, &counters);
        let log = std::fs::File::create(folder.join("log"))?;
        let mut process = program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = process.stdout.take().context("the server's stdout is a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Some((_, address)) = line.trim_end().rsplit_once("http://") else {
            process.kill()?;
            bail!("the server didn't start: {line}{}", std::fs::read_to_string(folder.join("log"))?);
        };
        Ok(Server { process, address: address.parse()?, counters })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has synced up to now.
    pub(crate) fn synced(&self) -> anyhow::Result<Synced> {
        synced(&self.counters)
    }

    /// What it has computed up to now, in all its threads: unlike the time that passes, hardly anybody else's doing.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id()))?;
        threads.map(|thread| cpu_time(&thread?.path())).sum()
    }

    /// Ends it as an operator would, and waits until it has ended.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status()?;
        ensure!(told.success(), "the server can't be told to stop");
        ensure!(self.process.wait()?.success(), "the server didn't stop well");
        Ok(())
    }
}

impl Drop for Server {
    /// As a power cut would, as far as a process can tell.
    fn drop(&mut self) {
        // Neither matters if it has ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What a thread has computed so far; its folder is one of `/proc`.
pub(crate) fn cpu_time(thread: &Path) -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string(thread.join("schedstat"))?;
    let ns =
        text.split(' ').next().and_then(|ns| ns.parse().ok()).context("the kernel keeps no schedstat")?;
    Ok(Duration::from_nanos(ns))
}

/// Keeps this process, which is the load, off the server's core.
pub(crate) fn keep_to_load_core() -> anyhow::Result<()> {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-pc", LOAD_CORE, &pid]).stdout(Stdio::null()).status();
    ensure!(pinned.context("there is no taskset: install util-linux")?.success(), "two cores are needed");
    Ok(())
}

fn on_core(core: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]);
    command
}

fn configuration(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("tillbridge.toml");
    let text = format!(
        r#"[gateway]
listen = "127.0.0.1:0"
data_dir = "data"
auth = "none"
[engage]
base_url = "{NO_ENGAGE}"
[[stores]]
external_id = "{STORE}"
name = "Stockholm Drottninggatan"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
"#
    );
    std::fs::write(&path, text)?;
    Ok(path)
}
