//! A shop of real processes, and everything that they say.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::marks::Marks;
use super::person::{self, API_KEY, STOCKHOLM};
use super::process::{Server, run, talkative};
use crate::support::{SHOP, client};

/// A shop with its processes.
pub struct Stage {
    pub folder: tempfile::TempDir,
    pub http: reqwest::Client,
    pub gateway: Option<Server>,
    pub sandbox: Option<Server>,
    /// With what it calls.
    token: String,
    /// What is looked for.
    pub marks: Marks,
    /// Everything that was said, by where.
    pub said: Vec<(String, String)>,
}

/// The shop's configuration.
pub fn config(engage_url: &str) -> String {
    let shop = SHOP.replace("auth = \"none\"", "auth = \"tokens\"\nwait_ms = 1500\nlookup_wait_ms = 1500");
    format!(
        "[engage]\nbase_url = {engage_url:?}\nimport_interval_seconds = 0\nvisibility_window_seconds = 1\ntimeout_ms = 1000\n\
         personal_identity_numbers = true\ncustom_attributes = [\"shoeSize\"]\nrequests_per_second = 200\n{shop}"
    )
}
impl Stage {
    pub async fn open() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        std::fs::write(dir.join("tillbridge.toml"), config("http://127.0.0.1:1")).unwrap();
        let mut command = talkative(dir, &["sandbox", "--in-memory"]);
        command.env("TILLBRIDGE_SANDBOX__LISTEN", "127.0.0.1:0").env("TILLBRIDGE_ENGAGE__API_KEY", API_KEY);
        let sandbox = Server::start("sandbox", dir, command).await;
        let engage = sandbox.base_url.clone();
        let mut stage = Stage {
            http: client(),
            gateway: None,
            sandbox: Some(sandbox),
            token: String::new(),
            marks: person::marks(),
            said: Vec::new(),
            folder,
        };
        stage.serve("serve", &engage, "text").await;
        // Its answer is the one place where a token stands.
        let issue = ["token", "issue", "--name", "night-watch", "--role", "administrator", "--store", "*"];
        let issued = run(stage.dir(), API_KEY, &issue);
        stage.said.push(("stderr of token issue".into(), issued.stderr.clone()));
        stage.token = issued.ok().trim().to_owned();
        stage.marks.add("token", &[&stage.token]);
        stage
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub async fn serve(&mut self, name: &str, engage: &str, log_format: &str) {
        std::fs::write(self.dir().join("tillbridge.toml"), config(engage)).unwrap();
        let mut command = talkative(self.dir(), &["--log-format", log_format, "serve"]);
        command.env("TILLBRIDGE_GATEWAY__LISTEN", "127.0.0.1:0").env("TILLBRIDGE_ENGAGE__API_KEY", API_KEY);
        self.gateway = Some(Server::start(name, self.dir(), command).await);
        self.marks.add("command line's token", &[&self.command_lines_token()]);
    }

    fn command_lines_token(&self) -> String {
        let secret = std::fs::read_to_string(self.dir().join("data").join(gateway::LOCAL_TOKEN_FILE));
        secret.expect("it runs").trim().to_owned()
    }

    /// From now on it calls as this machine's command line does, whose token no database has.
    pub fn call_as_the_command_line(&mut self) {
        self.token = self.command_lines_token();
    }

    pub fn close_gateway(&mut self) {
        self.said.extend(self.gateway.take().expect("it runs").stop());
    }

    /// A call; everything of its answer is searched later but the profile.
    pub async fn call(&mut self, method: Method, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, body.into_bytes(), &[]).await
    }

    pub async fn look_up(&mut self, mut who: Value) {
        who["store"] = json!(STOCKHOLM);
        self.call(Method::POST, "/v1/contacts/lookup", who).await;
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, HeaderValue)],
    ) -> Value {
        let url = format!("{}{path}", self.gateway.as_ref().expect("it runs").base_url);
        let mut request = self.http.request(method.clone(), url).body(body);
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth(&self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        let (status, head) = (response.status(), format!("{:?}", response.headers()));
        let text = response.text().await.unwrap();
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        // The path was the caller's own word.
        let name = format!("answer {status} to {method} {}", path.split('?').next().unwrap_or_default());
        self.said.push((name, format!("{head}\n{}", without_profile(answer.clone()))));
        answer
    }

    /// A call of the sandbox's own; what it has is Engage's.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.as_ref().expect("it runs").base_url);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.http.request(method.parse().unwrap(), url).body(body).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default()
    }

    pub async fn until_up(&mut self) {
        self.admin("DELETE", "faults", Value::Null).await;
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            self.call(Method::GET, "/v1/contacts?email=nobody%40example.com", Value::Null).await;
            if self.call(Method::GET, "/healthz", Value::Null).await["engage"] == "up" {
                return;
            }
            looks.tick().await;
        }
    }

    /// Everything that the command line tells of what is owed.
    pub fn command_line(&mut self) {
        let listed = run(self.dir(), API_KEY, &["queue", "list", "--limit", "1000", "--json"]);
        let rows: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap_or_default();
        // One of each sort.
        let sort = |row: &Value| (row["kind"].to_string(), row["state"].to_string(), row["code"].to_string());
        let ids: BTreeMap<_, _> = rows.iter().map(|row| (sort(row), row["id"].as_str().unwrap())).collect();
        let mut commands: Vec<Vec<&str>> = vec![
            vec!["queue", "list"],
            vec!["--log-format", "json", "queue", "list", "--json"],
            vec!["doctor"],
            vec!["doctor", "--json"],
            vec!["token", "list"],
            vec!["config", "show"],
            vec!["config", "check"],
        ];
        for id in ids.values() {
            commands.push(vec!["queue", "show", id]);
            commands.push(vec!["queue", "show", id, "--json"]);
        }
        for command in commands {
            let ended = run(self.dir(), API_KEY, &command);
            let name = command.join(" ");
            self.said.push((format!("stdout of {name}"), ended.stdout));
            self.said.push((format!("stderr of {name}"), ended.stderr));
        }
    }
}
/// An answer without what may stand in it.
fn without_profile(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("profile");
    }
    // Quarantine: bodies as they were sent, for an administrator.
    for row in answer.as_array_mut().into_iter().flatten() {
        row.as_object_mut().map(|row| row.remove("body"));
    }
    answer
}
