//! The till's contract from outside: a gateway and a sandbox in this process, real sockets between them.

mod checkouts;
mod contacts;
mod documents;
mod forgetting;
mod identifying;
mod operators;
mod orders;
mod people;
mod profiles;
mod receipts;
mod returnables;
mod returns;
mod security;
mod undoing;
mod updates;

use std::net::SocketAddr;
use std::time::Duration;

use gateway::settings::{Auth, Engage, Settings};
use gateway::{Gateway, openapi};
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::store::{Country, Language, Letterhead, Store, Stores};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// How long anything may take before a test gives up; no test's outcome depends on it otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// The first store of the shop; its currency is the group's.
pub const STOCKHOLM: &str = "store03-stockholm";
/// The second store; it sells in euro.
pub const HELSINKI: &str = "store07-helsinki";

/// A shop with its gateway and its tenant.
pub struct Shop {
    pub gateway: String,
    pub sandbox: String,
    pub dir: tempfile::TempDir,
    pub http: reqwest::Client,
    pub token: Option<String>,
    stop: Vec<oneshot::Sender<()>>,
    running: Vec<tokio::task::JoinHandle<()>>,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The stable code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// The settings of the test shop.
pub fn settings(auth: Auth) -> Settings {
    let store =
        |external_id: &str, name: &str, country: &str, language: &str, currency: &str, zone: &str| Store {
            external_id: external_id.into(),
            name: name.into(),
            country: Country::parse(country).unwrap(),
            language: Language::parse(language).unwrap(),
            currency: Currency::parse(currency).unwrap(),
            time_zone: jiff::tz::TimeZone::get(zone).unwrap(),
            letterhead: Letterhead::default(),
        };
    let eur = Currency::parse("EUR").unwrap();
    let rate = Row { currency: eur, from: jiff::civil::date(2020, 1, 1), rate: "11.35".parse().unwrap() };
    Settings {
        stores: Stores::new(vec![
            store(STOCKHOLM, "Stockholm City", "SE", "sv", "SEK", "Europe/Stockholm"),
            store(HELSINKI, "Helsinki Forum", "FI", "fi", "EUR", "Europe/Helsinki"),
        ])
        .unwrap(),
        rates: Rates::new(Some(Currency::parse("SEK").unwrap()), vec![rate]).unwrap(),
        auth,
        wait: Duration::from_secs(20),
        lookup_wait: Duration::from_secs(20),
        offers: gateway::settings::Offers::default(),
        orders: gateway::settings::Orders::default(),
        documents: gateway::settings::Documents::default(),
        claim_window: Duration::from_secs(30 * 24 * 3_600),
        engage: Engage {
            requests_per_second: None,
            import_interval: Duration::ZERO,
            visibility_window: Duration::from_secs(2),
            ..Engage::default()
        },
    }
}

impl Shop {
    /// A shop where everybody on loopback may call.
    pub async fn open() -> Shop {
        Shop::with(settings(Auth::None)).await
    }

    /// A shop that asks for tokens; the test has the command line's own.
    pub async fn with_tokens() -> Shop {
        let mut shop = Shop::with(settings(Auth::Tokens)).await;
        let secret =
            std::fs::read_to_string(shop.dir.path().join("gateway").join("command-line.token")).unwrap();
        shop.token = Some(secret);
        shop
    }

    /// A shop with these settings.
    pub async fn with(settings: Settings) -> Shop {
        Shop::with_tenant(settings, sandbox::Settings::default()).await
    }

    /// A shop with these settings, and a tenant that is set up like this.
    pub async fn with_tenant(settings: Settings, tenant: sandbox::Settings) -> Shop {
        let dir = tempfile::tempdir().unwrap();
        // Whichever test is first installs it; the others find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = sandbox::Config { settings: tenant, ..sandbox::Config::in_memory() };
        let server = sandbox::Server::bind(config).await.unwrap();
        let sandbox_at = format!("http://{}", server.local_addr());
        let (stop_sandbox, stopped) = oneshot::channel();
        let sandbox_runs = tokio::spawn(server.run(async { drop(stopped.await) }));
        let mut shop = Shop {
            gateway: String::new(),
            sandbox: sandbox_at,
            dir,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            token: None,
            stop: vec![stop_sandbox],
            running: vec![sandbox_runs],
        };
        shop.admin("PUT", "switches", json!({ "importIntervalSeconds": 0 })).await;
        shop.start_gateway(settings).await;
        shop
    }

    async fn start_gateway(&mut self, settings: Settings) {
        let client = engage::Client::new(engage::Config {
            base_url: self.sandbox.clone(),
            api_key: "test".to_owned().into(),
            user_agent: "Tillbridge/test".into(),
            timeout: Duration::from_secs(10),
            ca_file: None,
        })
        .unwrap();
        let data = self.dir.path().join("gateway");
        std::fs::create_dir_all(&data).unwrap();
        let gateway = Gateway::start(settings, client, &data).await.unwrap();
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        self.gateway = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        self.stop.push(stop);
        self.running.push(tokio::spawn(gateway.serve(listener, async { drop(stopped.await) })));
    }

    /// Stops the gateway and starts it again on its data.
    pub async fn restart_gateway(&mut self, settings: Settings) {
        drop(self.stop.pop());
        self.running.pop().unwrap().await.unwrap();
        self.start_gateway(settings).await;
    }

    /// A call of the gateway's.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(self.token.as_deref(), method, path, body).await
    }

    /// The same with a token of the test's choice.
    pub async fn call_as(&self, token: Option<&str>, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(token, method, path, body.into_bytes(), &[]).await
    }

    /// The same with raw bytes and headers.
    pub async fn send(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            self.http.request(method.parse().unwrap(), format!("{}{path}", self.gateway)).body(body);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request).await
    }

    /// A call of the sandbox's own.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = read(self.http.request(method.parse().unwrap(), url).body(body)).await;
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        answer.body
    }

    /// Cuts the link to Engage.
    pub async fn cut(&self) {
        self.admin("PUT", "faults", json!([{ "kind": "cutBefore" }])).await;
    }

    /// Mends it.
    pub async fn mend(&self) {
        self.admin("DELETE", "faults", Value::Null).await;
    }

    /// The receipts that Engage has, by id.
    pub async fn engages(&self, id: &str) -> Vec<Value> {
        let page = self.admin("GET", &format!("receipts?uniqueReceiptId={id}"), Value::Null).await;
        page["items"].as_array().unwrap().clone()
    }

    /// Waits until a receipt is in this state; one that is confirmed was delivered.
    pub async fn until(&self, id: &str, state: &str) -> Value {
        let is_so =
            |body: &Value| body["state"] == state || state == "delivered" && body["state"] == "confirmed";
        self.until_that(&format!("/v1/receipts/{id}"), is_so).await
    }

    /// Waits until what is read fits.
    pub async fn until_that(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let answer = self.call("GET", path, Value::Null).await;
            if fits(&answer.body) {
                return answer.body;
            }
            assert!(tokio::time::Instant::now() < deadline, "it never came: {path} is {answer:?}");
            pause().await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "between two looks; the looks decide")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

/// A purchase of one sweater for a customer.
pub fn purchase(store: &str, email: &str) -> Value {
    json!({
        "store": store, "till": "2", "receiptNumber": "000871", "operator": "17",
        "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK",
        "contact": { "email": email },
        "lines": [{ "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Wool sweater",
                    "group": "Knitwear", "quantity": 2, "unitPrice": 200.00, "taxPercent": 25 }],
        "payments": [{ "type": "card", "amount": 400.00 }], "total": 400.00
    })
}

/// An enrolment by e-mail.
pub fn enrolment(email: &str) -> Value {
    json!({ "store": STOCKHOLM, "email": email, "firstName": "Ada", "lastName": "Lind" })
}

#[test]
fn the_committed_api_description_is_the_one_that_is_served() {
    let served = serde_json::to_value(openapi()).unwrap();
    assert_eq!(served["openapi"], "3.1.0");
    assert!(served["paths"].as_object().unwrap().len() > 10);
}
