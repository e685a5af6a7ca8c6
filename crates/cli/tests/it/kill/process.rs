//! A gateway as a process that may die at any moment, and what it leaves on the disk.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use store::{Database, DeliveryFilter, DeliveryRow, DeliveryState, Limits, Options};

/// A process that was started; killed when dropped.
pub struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it. Its log goes behind what is in `log`.
    pub fn spawn(mut command: Command, log: &Path) -> Process {
        let stderr = File::options().create(true).append(true).open(log).expect("a log file");
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().expect("it starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Process { child, stdout }
    }

    /// Waits until it says where it listens; `None` if it ended before.
    pub fn listens(&mut self) -> Option<String> {
        let mut line = String::new();
        // Ends with a line, or with the process.
        self.stdout.read_line(&mut line).expect("stdout can be read");
        line.trim().strip_prefix("listening gateway ").map(str::to_owned)
    }

    pub fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether it has a file of this name open at this moment.
    pub fn has_open(&self, name: &str) -> bool {
        let Ok(open) = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())) else { return false };
        open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()).any(|path| path.ends_with(name))
    }

    /// Stops it wherever it is, and waits until none of its threads runs any longer. One that is in the midst of a system
    /// call may still end that, and does nothing more.
    pub fn stand_still(&self) {
        kill_process(self.id(), Signal::STOP).expect("our child can be stopped");
        while self.threads().iter().any(|state| !['T', 'D'].contains(state)) {
            std::thread::yield_now();
        }
    }

    /// The states of its threads, in one letter each.
    fn threads(&self) -> Vec<char> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it is there");
        let state = |task: std::io::Result<std::fs::DirEntry>| {
            // None of a thread that has ended meanwhile. The name before the state may hold anything but this.
            let stat = std::fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
            stat.rsplit_once(") ")?.1.chars().next()
        };
        tasks.filter_map(state).collect()
    }

    /// Tells it to end, and waits until it has.
    pub fn terminate(mut self) -> Ended {
        // It fails where it has ended by itself.
        let _ = kill_process(self.id(), Signal::TERM);
        Ended::of(self.child.wait().expect("it can be waited for"))
    }

    /// Kills it where it stands, and waits until it is gone.
    pub fn kill(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    Well,
    Killed,
    Otherwise(ExitStatus),
}

impl Ended {
    fn of(status: ExitStatus) -> Ended {
        match (status.success(), status.signal() == Some(Signal::KILL.as_raw())) {
            (true, _) => Ended::Well,
            (false, true) => Ended::Killed,
            (false, false) => Ended::Otherwise(status),
        }
    }
}

/// The deliveries whose attempt a dead gateway's files hold without an outcome. A copy is read: the next start finds
/// everything as it was left.
pub fn left_in_flight(data: &Path) -> Vec<DeliveryRow> {
    let copy = tempfile::tempdir().expect("a folder");
    for name in [store::FILE.to_owned(), format!("{}-wal", store::FILE)] {
        let copied = std::fs::copy(data.join(&name), copy.path().join(&name));
        // Killed before there was such a file.
        copied.map_or_else(|error| assert_eq!(error.kind(), std::io::ErrorKind::NotFound), drop);
    }
    // Opening calls unknown what was in flight, and dates it by the present it is told: one that nothing else has.
    let now = Timestamp::UNIX_EPOCH;
    let options = Options { secret_seed: [0; 32], now, limits: Limits::default() };
    let database = Database::open(copy.path(), options).expect("what a killed gateway leaves can be opened");
    let unknown =
        DeliveryFilter { state: Some(DeliveryState::Unknown), stores: None, after: None, limit: 1_000 };
    let rows = database.reader().and_then(|reader| reader.deliveries(&unknown)).expect("it can be read");
    rows.into_iter().filter(|row| row.due == Some(now)).collect()
}
