//! What a till waits for: a live look-up beside Engage's own calls for it, and the last known answer while Engage is gone.
//! `docs/benchmarks.md` says how to read it.
//!
//! The gateway and the sandbox are processes of their own. Each round asks one after the other, in turn: Engage's calls
//! made directly, then the same through the gateway; so whatever else the machine does falls on both. The difference of
//! the medians is what the gateway adds.

#![expect(clippy::float_arithmetic, reason = "milliseconds of measurements; there is no money here")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use engage::call::{Find, FindBy, Found, PromotionsAt, VoucherList};
use engage::model::{ContactId, ContactType, Text};
use engage::{Call, Client};
use serde_json::{Value, json};

/// Contacts that are looked up in turn.
const CONTACTS: usize = 200;
/// Look-ups of each kind that are measured.
const ROUNDS: usize = 1_000;
/// Look-ups before, which are not.
const WARM_UP: usize = 200;
/// A round makes eight calls through the gateway, which keeps to its rate: this is far enough apart for it not to matter.
const APART: Duration = Duration::from_millis(60);
const STORE: &str = "store03-stockholm";

/// A process that is killed when this goes.
struct Process {
    child: Child,
    url: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        // Neither matters if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Process {
    fn start(command: &str, folder: &Path) -> anyhow::Result<Process> {
        let log = std::fs::File::create(folder.join(format!("{command}.log")))?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_tillbridge"))
            .args(["--config", "tillbridge.toml", command])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let stdout = child.stdout.take().context("its stdout is a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        let url = url.with_context(|| format!("{command} didn't start: {line}"))?.to_owned();
        Ok(Process { child, url })
    }
}

/// How long each of many answers took.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn quantile(&mut self, q: f64) -> f64 {
        self.0.sort_unstable();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list of some thousands"
        )]
        let at = ((self.0.len() - 1) as f64 * q) as usize;
        self.0[at].as_secs_f64() * 1_000.0
    }

    fn line(&mut self, name: &str) {
        let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|q| self.quantile(q));
        println!("{name:<44} p50 {p50:6.3} ms   p90 {p90:6.3} ms   p99 {p99:6.3} ms");
    }
}

/// Both sides of the comparison.
struct Bench {
    engage: Client,
    http: reqwest::Client,
    gateway: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    configure(folder.path(), "127.0.0.1:0")?;
    let sandbox = Process::start("sandbox", folder.path())?;
    configure(folder.path(), sandbox.url.trim_start_matches("http://"))?;
    let gateway = Process::start("serve", folder.path())?;
    let bench = Bench::new(&sandbox.url, &gateway.url)?;
    bench.lift_the_sandboxs_limit(&sandbox.url).await?;
    let mut ids = Vec::new();
    for n in 0..CONTACTS {
        ids.push(bench.enrol(n).await?);
        rest().await;
    }

    let (mut direct, mut through) = (Times::default(), Times::default());
    let (mut direct_full, mut through_full) = (Times::default(), Times::default());
    for round in 0..WARM_UP + ROUNDS {
        let (n, counts) = (round % CONTACTS, round >= WARM_UP);
        let took = [
            bench.direct(n, &ids[n], false).await?,
            bench.through(n, &ids[n], "minimal").await?,
            bench.direct(n, &ids[n], true).await?,
            bench.through(n, &ids[n], "full").await?,
        ];
        rest().await;
        let sides = [&mut direct, &mut through, &mut direct_full, &mut through_full];
        for (times, took) in sides.into_iter().zip(took).filter(|_| counts) {
            times.0.push(took);
        }
    }
    println!("{ROUNDS} look-ups of each kind, {CONTACTS} contacts, one at a time\n");
    direct.line("Engage's own calls: find, read");
    through.line("the same through the gateway (minimal)");
    println!("added at p50: {:.3} ms (aim 1)\n", through.quantile(0.5) - direct.quantile(0.5));
    direct_full.line("Engage's own calls: find, then all at once");
    through_full.line("the same through the gateway (full)");
    println!("added at p50: {:.3} ms (aim 1)\n", through_full.quantile(0.5) - direct_full.quantile(0.5));

    drop(sandbox);
    let mut offline = Times::default();
    // The first ones find out that Engage is gone.
    for round in 0..WARM_UP + ROUNDS {
        let n = round % CONTACTS;
        let took = bench.last_known(n, &ids[n]).await?;
        if round >= WARM_UP {
            offline.0.push(took);
        }
    }
    offline.line("last known, while Engage is gone");
    println!("at p99: {:.3} ms (aim 5)", offline.quantile(0.99));
    Ok(())
}

impl Bench {
    fn new(sandbox: &str, gateway: &str) -> anyhow::Result<Bench> {
        // The client wants a TLS provider, though all of this is on one machine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let engage = Client::new(engage::Config {
            base_url: sandbox.to_owned(),
            api_key: "bench".to_owned().into(),
            user_agent: "Tillbridge/bench".into(),
            timeout: Duration::from_secs(10),
            ca_file: None,
        })?;
        Ok(Bench {
            engage,
            http: reqwest::Client::builder().no_proxy().build()?,
            gateway: gateway.to_owned(),
        })
    }

    /// The direct calls are no gateway's, and nobody's rate is measured here.
    async fn lift_the_sandboxs_limit(&self, sandbox: &str) -> anyhow::Result<()> {
        let switches = json!({ "rateLimitPerSecond": 100_000 }).to_string();
        let put = self.http.put(format!("{sandbox}/_sandbox/switches")).body(switches);
        put.header("content-type", "application/json").send().await?.error_for_status()?;
        Ok(())
    }

    async fn enrol(&self, n: usize) -> anyhow::Result<ContactId> {
        let body =
            json!({ "store": STORE, "email": email(n), "firstName": "Ada", "lastName": format!("Lind {n}") });
        let (_, answer) = self.post("/v1/contacts", &body).await?;
        let id = answer["contactId"].as_str().context("no id")?;
        Ok(ContactId::new(id)?)
    }

    /// Engage's own calls for a look-up, made as fast as they can be.
    async fn direct(&self, n: usize, id: &ContactId, full: bool) -> anyhow::Result<Duration> {
        let begun = now();
        let by = FindBy::Email(Text::new(email(n)).context("an address")?);
        let find = engage::call::find_contact(&Find { by, contact_type: ContactType::new("Member") });
        let found = self.call(&find).await?;
        ensure!(matches!(found, Found::One(one) if one == *id), "somebody else was found");
        let read = engage::call::read_contact(id);
        if full {
            let (points, vouchers, promotions) = (
                engage::call::point_accounts(id),
                engage::call::vouchers(id, VoucherList::Available, 0, 100),
                engage::call::contact_promotions(id, PromotionsAt::Assignments, "POS"),
            );
            let overview = async {
                self.call(&read).await?;
                self.call(&engage::call::contact_overview(id)).await
            };
            tokio::try_join!(overview, self.call(&points), self.call(&vouchers), self.call(&promotions))?;
        } else {
            self.call(&read).await?;
        }
        Ok(begun.elapsed())
    }

    async fn call<T>(&self, call: &Call<T>) -> anyhow::Result<T> {
        let response =
            self.engage.exchange(&call.request).await.map_err(|failure| anyhow::anyhow!("{failure}"))?;
        call.read(&response).map_err(|failure| anyhow::anyhow!("{failure}"))
    }

    async fn through(&self, n: usize, id: &ContactId, view: &str) -> anyhow::Result<Duration> {
        let body = json!({ "store": STORE, "email": email(n), "view": view });
        let (took, answer) = self.post("/v1/contacts/lookup", &body).await?;
        ensure!(answer["source"] == "live" && answer["contactId"] == id.as_str(), "not live: {answer}");
        ensure!(answer["profile"]["loyalty"]["incomplete"].is_null(), "incomplete: {answer}");
        Ok(took)
    }

    async fn last_known(&self, n: usize, id: &ContactId) -> anyhow::Result<Duration> {
        let body = json!({ "store": STORE, "email": email(n) });
        let (took, answer) = self.post("/v1/contacts/lookup", &body).await?;
        ensure!(answer["source"] == "lastKnown" && answer["contactId"] == id.as_str(), "not known: {answer}");
        Ok(took)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<(Duration, Value)> {
        let url = format!("{}{path}", self.gateway);
        let begun = now();
        let answer = self.http.post(url).body(body.to_string()).send().await?.bytes().await?;
        let took = begun.elapsed();
        Ok((took, serde_json::from_slice(&answer)?))
    }
}

fn email(n: usize) -> String {
    format!("person{n}@example.com")
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark's load has a pace")]
async fn rest() {
    tokio::time::sleep(APART).await;
}

/// Writes the configuration.
fn configure(folder: &Path, sandbox: &str) -> anyhow::Result<()> {
    let text = format!(
        r#"[gateway]
listen = "127.0.0.1:0"
data_dir = "data"
auth = "none"
[engage]
base_url = "http://{sandbox}"
api_key = "bench"
requests_per_second = 200
[sandbox]
listen = "127.0.0.1:0"
data_dir = "sandbox"
[currencies]
group = "SEK"
[[stores]]
external_id = "{STORE}"
name = "Stockholm Drottninggatan"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
"#
    );
    Ok(std::fs::write(folder.join("tillbridge.toml"), text)?)
}
