//! The server over real sockets: cuts that are cuts, state that survives, pages a person can read.

use std::net::SocketAddr;
use std::path::PathBuf;

use sandbox::{Config, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::tenant::{CONTACT, CREATE, RECEIPT};

/// A server that runs until it is stopped.
pub struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Running {
    pub async fn start(data_dir: Option<PathBuf>) -> Running {
        Running::with(Config { data_dir, ..Config::in_memory() }).await
    }

    pub async fn with(config: Config) -> Running {
        Running::of(Server::bind(config).await.unwrap())
    }

    pub fn of(server: Server) -> Running {
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.run(async {
            // A dropped sender stops it as well.
            stopped.await.ok();
        }));
        Running { address, stop, served }
    }

    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }

    /// What comes back on the wire until it is closed; nothing, if the connection was cut.
    async fn raw(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let text = format!(
            "{head}\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        // A refused body may be answered before it is sent.
        stream.write_all(text.as_bytes()).await.ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub async fn call(&self, method: &str, target: &str, body: &str) -> Option<(u16, Value)> {
        let head = format!(
            "{method} {target} HTTP/1.1\r\napikey: k\r\nUser-Agent: Tests/1\r\nContent-Type: application/json"
        );
        parsed(&self.raw(&head, body).await)
    }

    pub async fn page(&self, target: &str) -> String {
        self.raw(&format!("GET {target} HTTP/1.1\r\nAccept: text/html"), "").await
    }

    pub async fn form(&self, fields: &str) -> String {
        self.raw("POST /_sandbox/form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded", fields)
            .await
    }
}

fn parsed(answer: &str) -> Option<(u16, Value)> {
    if answer.is_empty() {
        return None;
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

#[tokio::test]
async fn a_cut_closes_the_connection_without_a_byte_and_is_counted() {
    let running = Running::start(None).await;
    running.call("POST", CREATE, CONTACT).await.unwrap();
    let faults = json!([
        { "on": { "method": "POST", "path": "/api/v3/receipts" }, "times": 1, "kind": "cutBefore" },
        { "on": { "method": "POST", "path": "/api/v3/receipts" }, "times": 1, "kind": "cutAfter" },
    ]);
    let set = running.call("PUT", "/_sandbox/faults", &faults.to_string()).await;
    assert_eq!(set, Some((204, Value::Null)));
    for taken in [0, 1] {
        assert_eq!(running.call("POST", "/api/v3/receipts", RECEIPT).await, None);
        let (_, list) = running.call("GET", "/_sandbox/receipts", "").await.unwrap();
        assert_eq!(list["totalCount"], json!(taken));
    }
    assert_eq!(running.call("POST", "/api/v3/receipts", RECEIPT).await.unwrap().0, 202);
    let (_, list) = running.call("GET", "/_sandbox/receipts?state=pending&count=1", "").await.unwrap();
    assert_eq!((&list["totalCount"], &list["items"][0]["body"]), (&json!(2), &json!(RECEIPT)));
    running.stop().await;
}

#[tokio::test]
async fn a_late_answer_and_a_dripped_one_are_whole() {
    let running = Running::start(None).await;
    let faults = json!([
        { "times": 1, "kind": { "delay": { "ms": 5 } } },
        { "times": 1, "kind": { "drip": { "ms": 40 } } },
    ]);
    running.call("PUT", "/_sandbox/faults", &faults.to_string()).await.unwrap();
    let (status, late) = running.call("GET", "/api/v3/consents", "").await.unwrap();
    assert_eq!((status, &late[0]["id"]), (200, &json!("memberTerms")));
    let head = "GET /api/v3/consents HTTP/1.1\r\napikey: k\r\nContent-Type: application/json";
    let dripped = running.raw(head, "").await;
    assert!(dripped.contains("transfer-encoding: chunked"), "{dripped}");
    assert!(dripped.matches("\r\n").count() > 20, "in many pieces: {dripped}");
    assert!(dripped.ends_with("0\r\n\r\n"), "to its end: {dripped}");
    running.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_what_was_answered_and_what_waits_is_imported_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(Some(folder.path().to_owned())).await;
    running.call("POST", "/_sandbox/clock", "\"freeze\"").await.unwrap();
    let id = running.call("POST", CREATE, CONTACT).await.unwrap().1["id"].clone();
    running.call("POST", "/api/v3/receipts", RECEIPT).await.unwrap();
    running.stop().await;

    let running = Running::start(Some(folder.path().to_owned())).await;
    let found = running.call("GET", "/api/v3/contacts/id?email=ada.lind%40example.com", "").await;
    assert_eq!(found, Some((200, id)));
    let (_, status) = running.call("GET", "/_sandbox/status", "").await.unwrap();
    assert_eq!(status["journal"]["replayedAtStart"], json!(0), "a clean stop leaves a snapshot");
    assert_eq!(
        (&status["clock"]["mode"], &status["counts"]["receipts"]["pending"]),
        (&json!("frozen"), &json!(1))
    );
    running.call("POST", "/_sandbox/clock", r#"{"advanceSeconds": 900}"#).await.unwrap();
    let (_, receipts) = running.call("GET", "/_sandbox/receipts", "").await.unwrap();
    assert_eq!(receipts["items"][0]["state"], json!("imported"));

    let (_, journal) = running.call("GET", "/_sandbox/journal?offset=1&count=2", "").await.unwrap();
    assert_eq!(
        (&journal["totalCount"], &journal["items"][0]["event"]),
        (&json!(6), &json!({ "act": "freeze" }))
    );
    let (status, rewound) = running.call("POST", "/_sandbox/rewind", r#"{"to": 2}"#).await.unwrap();
    assert_eq!((status, &rewound["events"]), (200, &json!(3)));
    let (_, creations) = running.call("GET", "/_sandbox/creations?atLeast=1", "").await.unwrap();
    assert_eq!(
        creations["items"],
        json!([{ "key": "Member email ada.lind@example.com", "asked": 1, "made": 1 }])
    );
    running.stop().await;
}

#[tokio::test]
async fn a_timer_imports_without_anybody_asking() {
    let running = Running::start(None).await;
    running.call("POST", CREATE, CONTACT).await.unwrap();
    running.call("PUT", "/_sandbox/switches", r#"{"importIntervalSeconds": 1}"#).await.unwrap();
    running.call("POST", "/api/v3/receipts", RECEIPT).await.unwrap();
    let mut state = json!("pending");
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..100 {
        ticks.tick().await;
        // Reading a list is no event, so it makes nothing happen.
        let (_, receipts) = running.call("GET", "/_sandbox/receipts", "").await.unwrap();
        state = receipts["items"][0]["state"].clone();
        if state != "pending" {
            break;
        }
    }
    assert_eq!(state, json!("imported"));
    running.stop().await;
}

#[tokio::test]
async fn the_pages_show_the_world_and_their_forms_act_on_it() {
    let running = Running::start(None).await;
    let hostile = r#"{"email":"x@example.com","firstName":"<script>alert(1)</script>"}"#;
    running.call("POST", "/api/v3/contacts", hostile).await.unwrap();
    running.call("POST", "/api/v3/receipts", RECEIPT).await.unwrap();
    assert!(running.form("act=import").await.contains("location: /_sandbox/"));
    for (target, expected) in [
        ("/_sandbox/", "Nothing waits to be imported."),
        ("/_sandbox/contacts", "&#60;script&#62;"),
        ("/_sandbox/receipts", "store03-till2-20261122-000871"),
        ("/_sandbox/receipts/1", "&#34;totalGrossPrice&#34;: 300.00"),
        ("/_sandbox/stores", "There is no store yet."),
        ("/_sandbox/log", "no contact matches, dropped"),
        ("/_sandbox/findings", "noSource"),
        ("/_sandbox/requests", "POST /api/v3/receipts"),
    ] {
        let page = running.page(target).await;
        assert!(page.starts_with("HTTP/1.1 200"), "{target}: {page}");
        assert!(page.contains(expected), "{target}: {page}");
        assert!(page.contains("content-security-policy: default-src 'none'"), "{target}");
        assert!(!page.contains("<script"), "{target}");
    }
    assert!(running.page("/_sandbox/receipts/2").await.starts_with("HTTP/1.1 404"));
    assert!(running.raw("GET /_sandbox/style.css HTTP/1.1", "").await.contains("content-type: text/css"));

    running.form("act=cutLink").await;
    assert_eq!(running.call("GET", "/api/v3/stores", "").await, None);
    assert!(running.page("/_sandbox/").await.contains("Restore the link"));
    running.form("act=restoreLink").await;
    assert_eq!(running.call("GET", "/api/v3/stores", "").await.unwrap().0, 200);
    running.form("act=addFault&kind=status&code=503&method=GET&path=%2Fapi%2Fv3%2Fstores&times=1").await;
    assert_eq!(running.call("GET", "/api/v3/stores", "").await.unwrap().0, 503);
    running.form("act=switch&name=idAnswer&value=object").await;
    let (_, found) = running.call("GET", "/api/v3/contacts/id?email=x%40example.com", "").await.unwrap();
    assert!(found["id"].is_string());
    assert!(running.form("act=switch&name=idAnswer&value=number").await.starts_with("HTTP/1.1 400"));
    running.stop().await;
}

#[tokio::test]
async fn other_sites_and_other_names_are_kept_out() {
    let running = Running::start(None).await;
    let form = "POST /_sandbox/form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    for header in ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"] {
        let answer = running.raw(&format!("{form}\r\n{header}"), "act=reset").await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{header}: {answer}");
    }
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream
        .write_all(b"GET /_sandbox/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn what_is_too_big_wrong_or_elsewhere_is_refused() {
    let running = Running::start(None).await;
    let big = "x".repeat(16 * 1024 * 1024 + 1);
    let answer = running.raw("POST /api/v3/receipts HTTP/1.1\r\napikey: k", &big).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    for (method, target, body, status) in [
        ("GET", "/elsewhere", "", 404),
        ("GET", "/_sandbox/nothing", "", 404),
        ("POST", "/_sandbox/clock", "\"backwards\"", 400),
        ("PUT", "/_sandbox/switches", r#"{"rateLimitPerSecond": 0}"#, 400),
        ("PUT", "/_sandbox/faults", r#"[{"kind": {"status": {"code": 200}}}]"#, 400),
        ("DELETE", "/_sandbox/faults/9", "", 404),
        ("POST", "/_sandbox/rewind", r#"{"to": 0}"#, 409),
        ("GET", "/_sandbox/journal", "", 409),
        ("GET", "/_sandbox/contacts?offset=x", "", 400),
        ("PATCH", "/api/v3/stores", "", 501),
    ] {
        assert_eq!(running.call(method, target, body).await.unwrap().0, status, "{method} {target}");
    }
    let (_, fields) = running.call("GET", "/_sandbox/fields", "").await.unwrap();
    let paths: Vec<&str> = fields["POST /api/v3/receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    assert!(paths.contains(&"items[].discounts[].value"), "{paths:?}");
    running.stop().await;
}
