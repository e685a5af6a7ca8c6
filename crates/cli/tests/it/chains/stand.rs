//! A gateway as a process that is ended and killed, in front of a tenant whose receipts earn points.

use std::path::Path;
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::ledger::{Left, left};
use crate::kill::operator;
use crate::native;
use crate::support::{Running, shop, tillbridge};
use crate::tills::Caller;

/// The usual shop's first store.
pub const STOCKHOLM: &str = "store03-stockholm";
/// A store of this shop alone.
pub const GOTHENBURG: &str = "store04-gothenburg";
/// Another.
pub const MALMO: &str = "store05-malmo";
/// Whose the sales are.
pub const ADA: &str = "ada@example.com";
/// Somebody else.
pub const BO: &str = "bo@example.com";
/// Those of the stores that the usual shop hasn't.
const MORE_STORES: &str = r#"
[[stores]]
external_id = "store04-gothenburg"
name = "Göteborg"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
[[stores]]
external_id = "store05-malmo"
name = "Malmö"
country = "SE"
language = "sv"
currency = "SEK"
time_zone = "Europe/Stockholm"
"#;

/// The gateway, and what it delivers to.
pub struct Stand {
    gateway: Option<Running>,
    engage: Engage,
    caller: Caller,
    pub folder: TempDir,
}

/// A tenant in this process.
struct Engage {
    url: String,
    /// The server ends with it.
    _runtime: Runtime,
}

impl Stand {
    /// A gateway and a tenant that knows Ada.
    pub fn open() -> Stand {
        let folder = tempfile::tempdir().unwrap();
        let engage = Engage::open();
        let config = shop(&engage.url) + MORE_STORES;
        std::fs::write(folder.path().join("tillbridge.toml"), config).unwrap();
        let stand = Stand { gateway: None, engage, caller: Caller::new(), folder };
        stand.admin(Method::PUT, "switches", &json!({ "importIntervalSeconds": 0 }));
        let ada = json!({ "contactType": "Member", "fields": { "email": ADA } });
        stand.admin(Method::POST, "contacts", &ada);
        stand.started()
    }

    /// Ends the gateway as an operator does, and starts it again.
    pub fn restarted(mut self) -> Stand {
        assert!(self.gateway.take().expect("it runs").terminate().success());
        self.started()
    }

    /// Kills the gateway where it stands, and starts it again.
    pub fn killed(mut self) -> Stand {
        self.gateway.take().expect("it runs").kill();
        self.started()
    }

    /// Ends the gateway, and starts it again so many seconds later by the wall's clock.
    pub fn later(mut self, seconds: u64) -> Stand {
        assert!(self.gateway.take().expect("it runs").terminate().success());
        let library = native::later(self.folder.path());
        let mut command = serve(self.folder.path());
        command.env("LD_PRELOAD", library).env("LATER_BY", seconds.to_string());
        self.start(command)
    }

    fn started(self) -> Stand {
        let command = serve(self.folder.path());
        self.start(command)
    }

    fn start(mut self, command: Command) -> Stand {
        self.gateway = Some(Running::start(command, &self.folder.path().join("serve.log")));
        self
    }

    pub fn gateway(&self) -> &Running {
        self.gateway.as_ref().expect("it runs")
    }

    /// Sends a receipt, which has no fault.
    pub fn take(&self, id: &str, body: &Value) {
        let taken = self.gateway().put(&format!("/v1/receipts/{id}"), body);
        assert_eq!((taken.status, &taken.body["faults"]), (201, &Value::Null), "{id}: {taken:?}");
    }

    /// Waits until nothing is owed to Engage any more; what failed before is tried at once.
    pub fn drain(&self) {
        operator::drain(&self.caller, &self.gateway().base_url);
    }

    /// What Engage is left with.
    pub fn left(&self) -> Left {
        self.drain();
        self.admin(Method::POST, "import", &Value::Null);
        left(&self.all("receipts"), &self.all("point-accounts"))
    }

    fn all(&self, list: &str) -> Vec<Value> {
        let page = self.admin(Method::GET, &format!("{list}?count=1000"), &Value::Null);
        page["items"].as_array().unwrap().clone()
    }

    fn admin(&self, method: Method, path: &str, body: &Value) -> Value {
        self.caller.ask(method, &format!("{}/_sandbox/{path}", self.engage.url), body)
    }
}

impl Engage {
    fn open() -> Engage {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config = sandbox::Config { settings: earning(), ..sandbox::Config::in_memory() };
        let server = runtime.block_on(sandbox::Server::bind(config)).unwrap();
        let url = format!("http://{}", server.local_addr());
        runtime.spawn(server.run(std::future::pending()));
        Engage { url, _runtime: runtime }
    }
}

/// A tenant where each krona earns a point.
pub fn earning() -> sandbox::Settings {
    let factors = [("SEK".to_owned(), 1.into())].into();
    let points = sandbox::PointRules { factors, ..sandbox::PointRules::default() };
    sandbox::Settings { points, ..sandbox::Settings::default() }
}

fn serve(dir: &Path) -> Command {
    let mut command = tillbridge(dir);
    command.arg("serve").env("TILLBRIDGE_GATEWAY__LISTEN", "127.0.0.1:0");
    command
}
