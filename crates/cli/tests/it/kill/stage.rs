//! Kills, aimed or not, and which moment each of them met. The moment is observed, never assumed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::engage::Engage;
use super::operator;
use super::process::{Process, left_in_flight};
use crate::support::{Running, shop};
use crate::tills::{self, Caller, Chance, Door, Traffic};

/// The longest a kill waits for its random moment.
const WHENEVER_MS_MAX: u64 = 1_600;
/// Looks between two grants of further acts, so that there is always something to come.
const LOOKS_PER_GRANT: usize = 8;
/// An address of this test's own.
const ADDRESS: &str = "127.77.0.1";

/// What a kill is to meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Whatever goes on.
    Whenever,
    /// A sale without its answer.
    SaleUnanswered,
    /// A call to this path of Engage's without its answer.
    CallUnanswered(&'static str),
    /// An attempt that is on disk and that Engage knows nothing of yet.
    AttemptWritten,
    /// A gateway that doesn't listen yet.
    StartUp,
    /// A gateway that knows that there is no link.
    LinkCut,
    /// Nothing at all.
    Idle,
}

/// What a kill met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// A sale had been sent and got no answer.
    SaleUnanswered,
    /// Engage had got a call and its answer was held back; the files show an attempt without an outcome.
    CallUnanswered,
    /// The files show an attempt without an outcome, and no answer was held back: its call had not arrived, or its
    /// answer was not written yet.
    AttemptWritten,
    /// The database was open, and the gateway had not said that it listens.
    StartUp,
    /// The same, and attempts of the process before were without an outcome: the recovery itself was hit.
    Recovery,
    /// No call got through, and the gateway said so.
    LinkCut,
    /// No call of a till's was under way, and nothing was owed.
    Idle,
}

impl Phase {
    pub const ALL: [Phase; 7] = [
        Phase::SaleUnanswered,
        Phase::CallUnanswered,
        Phase::AttemptWritten,
        Phase::StartUp,
        Phase::Recovery,
        Phase::LinkCut,
        Phase::Idle,
    ];
}

/// Where gateways are killed.
pub struct Stage<'a> {
    folder: PathBuf,
    sandbox: Pid,
    engage: Engage,
    config: String,
    door: &'a Door,
    chance: Chance,
    caller: Caller,
    gateway: Option<(Process, String)>,
    pub kills: usize,
    pub phases: BTreeMap<Phase, usize>,
    /// Attempts without an outcome, over all kills.
    pub interrupted: usize,
}

impl<'a> Stage<'a> {
    pub fn new(folder: &Path, sandbox: &Running, door: &'a Door, chance: Chance) -> Stage<'a> {
        Stage {
            folder: folder.to_owned(),
            sandbox: Pid::from_raw(sandbox.id() as i32).expect("a process has an id"),
            engage: Engage::at(&sandbox.base_url),
            config: shop(&sandbox.base_url),
            door,
            chance,
            caller: Caller::new(),
            gateway: None,
            kills: 0,
            phases: BTreeMap::new(),
            interrupted: 0,
        }
    }

    /// Starts a gateway, if there is none, kills it as told, and notes what was met.
    pub fn kill(&mut self, aim: Aim) {
        match aim {
            Aim::StartUp => return self.kill_in_start_up(),
            Aim::Whenever => self.until_whenever(),
            Aim::SaleUnanswered => self.until_sale_unanswered(),
            Aim::CallUnanswered(path) => self.until_call_unanswered(path),
            Aim::AttemptWritten => self.until_attempt_written(),
            Aim::LinkCut => self.until_link_cut(),
            Aim::Idle => self.until_idle(),
        }
        let is_idle = aim == Aim::Idle
            && self.door.look(is_quiet)
            && operator::owed(&self.caller, self.gateway_url()).is_empty();
        self.door.shut();
        let (mut gateway, _) = self.gateway.take().expect("it was started");
        gateway.kill();
        self.kills += 1;
        self.door.wait("calls of the dead gateway end", |traffic| traffic.calling == 0);
        if aim == Aim::AttemptWritten {
            self.signal_sandbox(Signal::CONT);
        }
        let in_flight = left_in_flight(&self.data());
        self.interrupted += in_flight.len();
        self.saw(Phase::SaleUnanswered, self.door.look(|traffic| traffic.unanswered_sales > 0));
        let held = matches!(aim, Aim::CallUnanswered(_));
        self.saw(Phase::CallUnanswered, held && !in_flight.is_empty());
        self.saw(Phase::AttemptWritten, !held && !in_flight.is_empty());
        self.saw(Phase::LinkCut, aim == Aim::LinkCut);
        self.saw(Phase::Idle, is_idle && in_flight.is_empty());
    }

    /// Starts a gateway and lets the tills in. What had gone wrong with the link before is mended only then.
    pub fn start(&mut self) {
        let mut process = self.spawn();
        let base_url = process.listens().unwrap_or_else(|| panic!("it doesn't start: {}", self.log()));
        self.door.open(&base_url);
        self.gateway = Some((process, base_url));
        self.engage.mend();
    }

    /// Waits until nothing is owed any longer.
    pub fn drain(&self) {
        operator::drain(&self.caller, self.gateway_url());
    }

    pub fn gateway_url(&self) -> &str {
        &self.gateway.as_ref().expect("it runs").1
    }

    /// All that the gateways have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn until_whenever(&mut self) {
        self.start();
        if self.chance.one_in(2) {
            let path = *self.chance.pick(&["/api/v3/receipts", "/api/v3/contacts"]);
            self.engage.lose_answer(path);
        }
        let (first, then) = (self.chance.between(5, 30), self.chance.between(5, 20));
        self.door.grant(first);
        let moment = Duration::from_millis(self.chance.between(0, WHENEVER_MS_MAX));
        self.door.wait_at_most(moment, |_| false);
        let wanted = self.door.look(|traffic| traffic.answered) + self.chance.between(1, then) as usize;
        self.door.grant(then);
        self.door.wait("some of them are answered", |traffic| traffic.answered >= wanted);
    }

    fn until_sale_unanswered(&mut self) {
        self.start();
        // Nothing that is sent from now on can be answered.
        self.gateway.as_ref().expect("it was started").0.stand_still();
        self.door.grant(20);
        self.door.wait("every till waits for an answer", |traffic| traffic.calling == super::TILLS);
    }

    fn until_call_unanswered(&mut self, path: &str) {
        self.start();
        self.engage.hold_answer(path);
        self.until_with_sales("a call whose answer is held back", |stage| stage.engage.has_met_its_faults());
    }

    fn until_attempt_written(&mut self) {
        self.start();
        // Every till gets a customer whom Engage knows: what is to be looked up now would never be attempted.
        self.door.grant(2 * super::TILLS as u64);
        self.door.wait("the tills are done", is_quiet);
        self.drain();
        // Engage stands still: what is begun from now on can't be answered.
        self.signal_sandbox(Signal::STOP);
        self.until_with_sales("an attempt on disk", |stage| {
            !operator::deliveries(&stage.caller, stage.gateway_url(), Some("inFlight")).is_empty()
        });
    }

    fn until_link_cut(&mut self) {
        self.start();
        self.engage.cut();
        self.until_with_sales("the link is down", |stage| {
            stage.caller.get(&format!("{}/healthz", stage.gateway_url()))["engage"] == "down"
        });
    }

    fn until_idle(&mut self) {
        self.start();
        self.door.wait("the tills are done", is_quiet);
        self.drain();
    }

    /// Kills a gateway that has opened this or that file and doesn't listen yet.
    fn kill_in_start_up(&mut self) {
        let to_recover = !left_in_flight(&self.data()).is_empty();
        let mut gateway = self.spawn();
        let file = *self.chance.pick(&["tillbridge.db", "tillbridge.db-wal", "tillbridge.db-shm"]);
        while !gateway.has_open(file) {
            std::thread::yield_now();
        }
        gateway.kill();
        self.kills += 1;
        let silent = gateway.listens().is_none();
        self.saw(Phase::StartUp, silent);
        self.saw(Phase::Recovery, silent && to_recover);
    }

    /// Looks until it is so, while the tills go on.
    fn until_with_sales(&self, what: &str, is_so: impl Fn(&Stage<'_>) -> bool) {
        let mut looks = 0;
        self.caller.until(what, || {
            if looks % LOOKS_PER_GRANT == 0 {
                self.door.grant(4);
            }
            looks += 1;
            is_so(self).then_some(())
        });
    }

    fn spawn(&self) -> Process {
        std::fs::write(self.folder.join("tillbridge.toml"), &self.config).expect("a folder to write in");
        Process::spawn(tills::serve(&self.folder, ADDRESS), &self.log_file())
    }

    fn signal_sandbox(&self, signal: Signal) {
        kill_process(self.sandbox, signal).expect("our child takes signals");
    }

    fn saw(&mut self, phase: Phase, so: bool) {
        if so {
            *self.phases.entry(phase).or_default() += 1;
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("serve.log")
    }
}

fn is_quiet(traffic: &Traffic) -> bool {
    traffic.granted == 0 && traffic.working == 0
}
