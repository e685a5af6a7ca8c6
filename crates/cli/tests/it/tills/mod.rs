//! Tills as threads: they enrol and sell, know exactly what was acknowledged, and send again what was not.
//!
//! They call through one [`Door`], which knows where the gateway is at this moment. A call that fails while the door is
//! open is a fault of the gateway's, and fails the test. Whatever a till has in
//! its lists was acknowledged.

mod door;
mod sale;

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::support::{Answer, tillbridge};

pub use self::door::{Door, Traffic};
pub use self::sale::{Sale, figures_in};

/// How long anything may take before a test gives up; no outcome depends on it otherwise.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks at something that will come.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Set to a seed, it is used; else each run draws its own.
const SEED: &str = "TILLBRIDGE_SEED";

/// The store where all of it happens.
pub const STORE: &str = "store03-stockholm";

/// How long the gateway is told that a new contact may stay unseen.
pub const VISIBILITY_WINDOW: Duration = Duration::from_secs(3);

/// The command that serves tills from a folder: a gateway that lets them wait for nothing and is as fast as it may be,
/// on a free port of this address. A test with an address of its own is never answered by another test's gateway,
/// whoever gets which port.
pub fn serve(dir: &Path, address: &str) -> Command {
    let mut command = tillbridge(dir);
    command.arg("serve").envs([
        ("TILLBRIDGE_GATEWAY__LISTEN", format!("{address}:0")),
        ("TILLBRIDGE_GATEWAY__WAIT_MS", "200".to_owned()),
        ("TILLBRIDGE_ENGAGE__VISIBILITY_WINDOW_SECONDS", VISIBILITY_WINDOW.as_secs().to_string()),
        ("TILLBRIDGE_ENGAGE__REQUESTS_PER_SECOND", "200".to_owned()),
        // A call whose answer is held back stays under way until the gateway is killed.
        ("TILLBRIDGE_ENGAGE__TIMEOUT_MS", "120000".to_owned()),
    ]);
    command
}

/// Chance, from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed that is printed, so that what is not up to the machine can be had again.
    pub fn drawn() -> Chance {
        let mut bytes = [0; 8];
        gateway::fill(&mut bytes).expect("the machine has randomness");
        let seed = std::env::var(SEED)
            .ok()
            .map_or(u64::from_le_bytes(bytes), |seed| seed.parse().expect("a number"));
        println!("{SEED}={seed}");
        Chance(seed)
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Another source, for a thread.
    pub fn fork(&mut self) -> Chance {
        Chance(self.word())
    }

    /// From `least` to `most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.word() % (most - least + 1)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.word().is_multiple_of(n)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.between(0, from.len() as u64 - 1) as usize]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as u64) as usize);
        }
    }
}

/// What came of a call.
#[derive(Debug)]
pub enum Reply {
    Answered(Answer),
    /// It may have been taken; no whole answer came.
    Lost(String),
    /// Nobody was there to be called.
    Unreached,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Answered(answer) => write!(f, "{} {}", answer.status, answer.body),
            Reply::Lost(why) => write!(f, "no answer: {why}"),
            Reply::Unreached => f.write_str("nobody there"),
        }
    }
}

/// One thread's way to call servers that may die meanwhile.
pub struct Caller {
    runtime: Runtime,
    client: reqwest::Client,
}

impl Caller {
    pub fn new() -> Caller {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        // The only way it fails is that there is a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // A connection for each call: nothing watches an idle one here, so its end would pass for a lost answer.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(0);
        let client = client.timeout(PATIENCE).build().expect("a client without TLS");
        Caller { runtime, client }
    }

    pub fn call(&self, method: Method, url: &str, body: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.client.request(method, url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = self.runtime.block_on(async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let bytes = response.bytes().await?;
            Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
        });
        match answered {
            Ok(answer) => Reply::Answered(answer),
            Err(error) if reqwest::Error::is_connect(&error) => Reply::Unreached,
            Err(error) => Reply::Lost(format!("{error:?}")),
        }
    }

    /// Calls a server that is expected to live and to agree.
    pub fn ask(&self, method: Method, url: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        match self.call(method, url, &body, &[]) {
            Reply::Answered(answer) if answer.status < 300 => answer.body,
            other => panic!("{url}: {other}"),
        }
    }

    pub fn get(&self, url: &str) -> Value {
        self.ask(Method::GET, url, &Value::Null)
    }

    /// Looks again and again until there is something.
    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let (give_up, mut looks) = self.runtime.block_on(async {
            let mut looks = interval(LOOK_EVERY);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            (Instant::now() + PATIENCE, looks)
        });
        loop {
            if let Some(found) = look() {
                return found;
            }
            let now = self.runtime.block_on(looks.tick());
            assert!(now < give_up, "it never came: {what}");
        }
    }
}

/// A customer to enrol, under an identity of the till's making.
#[derive(Debug, Clone)]
pub struct Enrolment {
    pub key: String,
    pub email: String,
}

impl Enrolment {
    /// Sends it.
    pub fn call(&self, caller: &Caller, base_url: &str) -> Reply {
        let body = json!({ "store": STORE, "email": self.email, "firstName": "Ada", "lastName": "Lind" });
        let url = format!("{base_url}/v1/contacts");
        caller.call(Method::POST, &url, &body.to_string(), &[("idempotency-key", &self.key)])
    }
}

/// A customer as a till knows one.
#[derive(Debug, Clone)]
struct Customer {
    email: String,
    contact_id: String,
}

/// A till.
pub struct Till {
    name: usize,
    chance: Chance,
    caller: Caller,
    customers: Vec<Customer>,
    acts: usize,
    /// Enrolments that were acknowledged.
    pub enrolments: Vec<Enrolment>,
    /// Sales that were acknowledged.
    pub sales: Vec<Sale>,
    /// Sales that turned out to be known when they were sent again after an answer was lost.
    pub known_after_all: usize,
    /// Sales that turned out not to be.
    pub lost_with_their_answer: usize,
}

impl Till {
    pub fn new(name: usize, chance: Chance) -> Till {
        Till {
            name,
            chance,
            caller: Caller::new(),
            customers: Vec::new(),
            acts: 0,
            enrolments: Vec::new(),
            sales: Vec::new(),
            known_after_all: 0,
            lost_with_their_answer: 0,
        }
    }

    /// Works off what the door grants, until it closes. Each act ends with a call that is answered.
    pub fn run(mut self, door: &Door) -> Till {
        while door.begin_act() {
            self.acts += 1;
            match self.chance.between(0, 7) {
                _ if self.customers.is_empty() => self.enrol(door),
                0 | 1 => self.enrol(door),
                2 if !self.sales.is_empty() => self.repeat(door),
                _ => self.sell(door),
            };
            door.end_act();
        }
        self
    }

    /// Somebody new, or somebody whom another till may be enrolling at this moment. `None` where the run is broken off.
    fn enrol(&mut self, door: &Door) -> Option<()> {
        let (till, act) = (self.name, self.acts);
        let email = match self.chance.one_in(3) {
            true => format!("shared-{}@example.com", self.chance.between(0, act as u64 / 4)),
            false => format!("customer-{till}-{act}@example.com"),
        };
        let enrolment = Enrolment { key: format!("enrolment-{till}-{act}"), email };
        let (answer, _) = self.send(door, Kind::Enrolment, |caller, url| enrolment.call(caller, url))?;
        assert!([200, 201, 202].contains(&answer.status), "{enrolment:?}: {answer:?}");
        let contact_id = answer.body["contactId"].as_str().expect("a contact id").to_owned();
        self.customers.push(Customer { email: enrolment.email.clone(), contact_id });
        self.enrolments.push(enrolment);
        Some(())
    }

    fn sell(&mut self, door: &Door) -> Option<()> {
        let customer = self.chance.pick(&self.customers).clone();
        let contact = match self.chance.one_in(2) {
            true => json!({ "email": customer.email }),
            false => json!({ "contactId": customer.contact_id }),
        };
        let id = format!("till{}-{:06}", self.name, self.acts);
        let sale = Sale::ring_up(&id, &customer.email, contact, &mut self.chance);
        let (answer, lost) = self.send(door, Kind::Sale, |caller, url| sale.call(caller, url))?;
        match (answer.status, lost) {
            (201, false) => {}
            (201, true) => self.lost_with_their_answer += 1,
            (200, true) => self.known_after_all += 1,
            _ => panic!("{id}, sent before: {lost}: {answer:?}"),
        }
        assert_eq!(answer.body["faults"], Value::Null, "{id}");
        self.sales.push(sale);
        Some(())
    }

    /// A sale of long ago once more.
    fn repeat(&mut self, door: &Door) -> Option<()> {
        let sale = self.chance.pick(&self.sales).clone();
        let (answer, _) = self.send(door, Kind::Sale, |caller, url| sale.call(caller, url))?;
        assert_eq!(answer.status, 200, "{} was acknowledged before: {answer:?}", sale.id);
        Some(())
    }

    /// Sends until there is an answer, and says whether one was lost before.
    fn send(&self, door: &Door, kind: Kind, call: impl Fn(&Caller, &str) -> Reply) -> Option<(Answer, bool)> {
        let mut lost = false;
        loop {
            let base_url = door.enter()?;
            let reply = call(&self.caller, &base_url);
            door.leave(kind, &reply);
            match reply {
                Reply::Answered(answer) => return Some((answer, lost)),
                Reply::Lost(_) => lost = true,
                Reply::Unreached => {}
            }
        }
    }
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Enrolment,
    Sale,
}
