//! Mails of orders' actions from outside: the mailbox, its pages, a user's templates, and a mail server.

use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use sandbox::{Config, Mailing, ServeError, Server, TemplatesError};
use serde_json::{Value, json};

use crate::orders::{ORDER, ORDERS};
use crate::server::Running;
use crate::tenant::{CONTACT, CREATE, changed};

const ORDER_V2: &str = include_str!("../examples/order-v2.json");
/// A mail server in another language, which reads what it is sent and tells.
const CATCHER: &str = include_str!("catcher.py");

/// How often a state is asked for that another program brings about.
const ASKED_MAX: usize = 20_000;

/// Puts an order with an action in it, and lets its job be done.
async fn order(running: &Running, id: &str, language: &str) {
    let body = changed(ORDER, "/orderId", Some(json!(id)));
    let action = json!({ "action": "DigitalReceipt", "language": language, "data": { "receiptUrl": "https://r.example/1" } });
    let body = changed(&body, "/orderAction", Some(action));
    assert_eq!(running.call("POST", ORDERS, &body).await.unwrap().0, 202);
    running.call("POST", "/_sandbox/clock", r#"{"advanceSeconds": 5}"#).await.unwrap();
}

async fn enrolled(config: Config) -> Running {
    let running = Running::with(config).await;
    running.call("POST", "/_sandbox/clock", "\"freeze\"").await.unwrap();
    assert_eq!(running.call("POST", CREATE, CONTACT).await.unwrap().0, 201);
    let store = r#"{"name":"Stockholm 03","externalId":"store03-stockholm"}"#;
    running.call("POST", "/api/v3/stores", store).await.unwrap();
    running.call("POST", "/_sandbox/clock", r#"{"advanceSeconds": 3600}"#).await.unwrap();
    running
}

async fn mails(running: &Running, query: &str) -> Vec<Value> {
    let (_, list) = running.call("GET", &format!("/_sandbox/mails{query}"), "").await.unwrap();
    list["items"].as_array().unwrap().clone()
}

/// A mail, once something became of it.
async fn settled(running: &Running, number: u64) -> Value {
    for _ in 0..ASKED_MAX {
        let (_, mail) = running.call("GET", &format!("/_sandbox/mails/{number}"), "").await.unwrap();
        if mail["delivery"]["state"] != "mailbox" {
            return mail;
        }
        tokio::task::yield_now().await;
    }
    Value::Null
}

#[tokio::test]
async fn an_action_is_a_mail_that_is_listed_and_read_in_all_its_parts() {
    let running = enrolled(Config::in_memory()).await;
    order(&running, "store03-2-000871", "sv-SE").await;
    order(&running, "store03-2-000872", "de").await;
    assert_eq!(running.call("POST", "/api/v2/orders", ORDER_V2).await.unwrap().0, 202);

    assert_eq!(mails(&running, "").await.len(), 3);
    assert_eq!(mails(&running, "?to=Ada.Lind@example.com&orderId=store03-2-000872").await.len(), 1);
    assert_eq!(mails(&running, "?to=nobody@example.com").await.len(), 0);
    let listed = &mails(&running, "?count=1").await[0];
    assert_eq!((&listed["subject"], listed.get("html")), (&json!("Ditt kvitto från Stockholm 03"), None));

    let (_, mail) = running.call("GET", "/_sandbox/mails/1", "").await.unwrap();
    assert!(mail["text"].as_str().unwrap().contains("Totalt: 274,00\u{a0}kr"), "{mail}");
    let html = running.page("/_sandbox/mails/1/html").await;
    assert!(
        html.contains("content-security-policy: default-src 'none'") && html.contains("; sandbox"),
        "{html}"
    );
    assert!(html.contains("src=\"/_sandbox/mails/1/code.png\"") && !html.contains("cid:"), "{html}");
    let text = running.page("/_sandbox/mails/1/text").await;
    assert!(text.contains("text/plain") && text.contains("Wool sweater: 324,00"), "{text}");
    assert_eq!(running.call("GET", "/_sandbox/mails/1/code.png", "").await.unwrap().0, 200);
    let (_, by_version_2) = running.call("GET", "/_sandbox/mails/3", "").await.unwrap();
    assert!(by_version_2["text"].as_str().unwrap().contains("Scarf (Retur): −99,00"), "{by_version_2}");
    for none in ["9", "x", "1/attachment"] {
        assert_eq!(
            running.call("GET", &format!("/_sandbox/mails/{none}"), "").await.unwrap().0,
            404,
            "{none}"
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn the_mailboxs_pages_show_a_mail_in_a_frame_that_can_do_nothing() {
    let running = enrolled(Config::in_memory()).await;
    assert!(running.page("/_sandbox/mailbox").await.contains("No mail has been sent yet"));
    order(&running, "store03-2-000871", "en").await;
    let list = running.page("/_sandbox/mailbox").await;
    assert!(
        list.contains("href=\"/_sandbox/mailbox/1\"") && list.contains("Your receipt from Stockholm 03"),
        "{list}"
    );
    let page = running.page("/_sandbox/mailbox/1").await;
    assert!(page.contains("frame-src 'self'") && page.contains("sandbox=\"allow-popups"), "{page}");
    assert!(!page.contains("allow-scripts") && !page.contains("allow-same-origin"), "{page}");
    assert!(
        page.contains("src=\"/_sandbox/mails/1/html\"") && page.contains("ada.lind@example.com"),
        "{page}"
    );
    assert!(running.page("/_sandbox/mailbox/2").await.starts_with("HTTP/1.1 404"));
    running.stop().await;
}

#[tokio::test]
async fn an_automation_needs_a_template_that_is_there() {
    let running = enrolled(Config::in_memory()).await;
    let put = |body: Value| {
        let running = &running;
        async move { running.call("PUT", "/_sandbox/automations", &body.to_string()).await.unwrap() }
    };
    let (status, refused) =
        put(json!({ "orderMails": [{ "action": "DigitalReceipt", "template": "Fancy" }] })).await;
    assert_eq!((status, &refused["error"]), (400, &json!("there is no template Fancy.html")));
    assert_eq!(put(json!({ "orderMails": [] })).await.0, 204);
    order(&running, "store03-2-000871", "sv").await;
    assert_eq!(mails(&running, "").await.len(), 0);
    let subject = json!({ "action": "DigitalReceipt", "subject": "Kvitto {orderId}" });
    put(json!({ "orderMails": [subject], "mailFrom": { "name": "Nordan", "address": "kvitto@nordan.example" } })).await;
    order(&running, "store03-2-000872", "sv").await;
    let mail = &mails(&running, "").await[0];
    assert_eq!((&mail["subject"], &mail["fromName"]), (&json!("Kvitto store03-2-000872"), &json!("Nordan")));
    running.stop().await;
}

/// A folder of templates, and one for the world.
fn folders(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let [templates, data] = ["templates", "data"].map(|name| folder.path().join(name));
    std::fs::create_dir(&templates).unwrap();
    for (name, content) in files {
        std::fs::write(templates.join(name), content).unwrap();
    }
    (folder, templates, data)
}

#[tokio::test]
async fn a_users_templates_make_the_mails_and_a_restart_changes_none_that_was_sent() {
    let (_kept, templates, data) = folders(&[
        ("DigitalReceipt.html", "<p>{{ heading }}: {{ total }}</p>"),
        ("en.json", r#"{ "heading.exchange": "Swapped" }"#),
        ("README.md", "passed over"),
    ]);
    let with = |templates: Option<PathBuf>| Config {
        data_dir: Some(data.clone()),
        mailing: Mailing { templates, server: None },
        ..Config::in_memory()
    };
    let running = enrolled(with(Some(templates))).await;
    order(&running, "store03-2-000871", "en").await;
    let (_, first) = running.call("GET", "/_sandbox/mails/1", "").await.unwrap();
    assert_eq!(first["html"], json!("<p>Swapped: SEK\u{a0}274.00</p>"));
    running.stop().await;

    for snapshot_is_there in [true, false] {
        if !snapshot_is_there {
            std::fs::remove_dir_all(data.join("snapshots")).unwrap();
            std::fs::create_dir(data.join("snapshots")).unwrap();
        }
        let running = Running::with(with(None)).await;
        let (_, again) = running.call("GET", "/_sandbox/mails/1", "").await.unwrap();
        assert_eq!(again, first, "snapshot: {snapshot_is_there}");
        running.stop().await;
    }
    let running = Running::with(with(None)).await;
    order(&running, "store03-2-000873", "en").await;
    let (_, ours) = running.call("GET", "/_sandbox/mails/2", "").await.unwrap();
    assert!(ours["html"].as_str().unwrap().contains("Exchange receipt"), "{ours}");
    running.stop().await;
}

#[tokio::test]
async fn a_folder_with_a_broken_template_keeps_the_sandbox_from_starting() {
    let (_kept, templates, _) = folders(&[("DigitalReceipt.html", "<p>\n{% if total %}</p>")]);
    let config = |templates: PathBuf| Config {
        mailing: Mailing { templates: Some(templates), server: None },
        ..Config::in_memory()
    };
    match Server::bind(config(templates.clone())).await {
        Err(ServeError::Templates(TemplatesError::Broken(broken))) => {
            assert!(broken.to_string().starts_with("DigitalReceipt.html, line 2: "), "{broken}");
        }
        other => unreachable!("{other:?}"),
    }
    let gone = Server::bind(config(templates.join("gone"))).await;
    assert!(matches!(gone, Err(ServeError::Templates(TemplatesError::Io { .. }))), "{gone:?}");
}

/// A mail server that runs until it is dropped.
struct Catcher {
    process: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Catcher {
    fn start() -> Catcher {
        // The system's own, for its packages.
        let system = PathBuf::from("/usr/bin/python3");
        let program = if system.exists() { system } else { PathBuf::from("python3") };
        let mut python = Command::new(program);
        let mut process =
            python.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 starts");
        process.stdin.take().unwrap().write_all(CATCHER.as_bytes()).unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Catcher { process, lines }
    }

    fn told(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| unreachable!("aiosmtpd of python3 is needed: {line}"))
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn a_mail_server_receives_a_mail_that_another_program_reads_whole_and_once() {
    let mut catcher = Catcher::start();
    let port = catcher.told()["port"].as_u64().unwrap();
    let (_kept, _, data) = folders(&[]);
    let config = || Config {
        data_dir: Some(data.clone()),
        mailing: Mailing {
            templates: None,
            server: Some(format!("smtp://127.0.0.1:{port}").parse().unwrap()),
        },
        ..Config::in_memory()
    };
    let running = enrolled(config()).await;
    let shop = json!({ "mailFrom": { "name": "Åhl \"Ö\"\r\nBcc: x@example.com, Nord", "address": "kvitto@nordan.example" } });
    running.call("PUT", "/_sandbox/automations", &shop.to_string()).await.unwrap();
    order(&running, "store03-2-000871", "sv").await;
    let sent = settled(&running, 1).await;
    assert_eq!(sent["delivery"]["state"], "sent", "{sent}");

    let told = catcher.told();
    assert_eq!(told["receivers"], json!(["ada.lind@example.com"]));
    assert_eq!(told["from"], json!(["Åhl \"Ö\" Bcc: x@example.com, Nord", "kvitto@nordan.example"]));
    assert_eq!(told["subject"], sent["subject"]);
    assert_eq!(told["bcc"], Value::Null);
    assert_eq!(told["types"], json!(["text/plain", "text/html", "image/png"]));
    let lines = |value: &Value| value.as_str().unwrap().replace("\r\n", "\n").trim_end().to_owned();
    assert_eq!(lines(&told["text"]), lines(&sent["text"]));
    assert_eq!(lines(&told["html"]), lines(&sent["html"]));
    assert_eq!(told["contentId"], json!("<code@sandbox>"));
    assert_eq!(told["png"], json!(true));
    running.stop().await;

    // A restart reads the journal again, and sends nothing again.
    let running = Running::with(config()).await;
    order(&running, "store03-2-000872", "sv").await;
    assert_eq!(settled(&running, 2).await["delivery"]["state"], "sent");
    assert!(catcher.told()["text"].as_str().unwrap().contains("store03-2-000872"));
    running.stop().await;
}

#[tokio::test]
async fn a_mail_that_no_server_takes_lies_in_the_mailbox_and_the_log_says_why() {
    let mut catcher = Catcher::start();
    let port = catcher.told()["port"].as_u64().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (port, email, expected) in [
        (port, "refused@example.com", "the mail server answered 550"),
        (u64::from(nobody), "ada.lind@example.com", "the mail server was not reached, or hung up"),
    ] {
        let server = Some(format!("smtp://127.0.0.1:{port}").parse().unwrap());
        let config = Config { mailing: Mailing { templates: None, server }, ..Config::in_memory() };
        let running = Running::with(config).await;
        running.call("POST", "/_sandbox/clock", "\"freeze\"").await.unwrap();
        let contact = changed(CONTACT, "/email", Some(json!(email)));
        running.call("POST", CREATE, &contact).await.unwrap();
        running.call("POST", "/_sandbox/clock", r#"{"advanceSeconds": 3600}"#).await.unwrap();
        let named = json!({ "matchKey": email, "matchKeyType": "Email" });
        let body = changed(ORDER, "/contact", Some(named));
        let body = changed(&body, "/orderAction", Some(json!({ "action": "DigitalReceipt" })));
        running.call("POST", ORDERS, &body).await.unwrap();
        running.call("POST", "/_sandbox/clock", r#"{"advanceSeconds": 5}"#).await.unwrap();
        let mail = settled(&running, 1).await;
        assert_eq!(mail["delivery"]["problem"], json!(expected), "{mail}");
        let (_, log) = running.call("GET", "/_sandbox/log", "").await.unwrap();
        assert!(log.to_string().contains(expected) && !log.to_string().contains(email), "{log}");
        running.stop().await;
    }
}
