//! A server that answers look-ups, reads and bulk calls as Engage does, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engage::model::ContactType;
use engage::{Client, Config};
use migration::ids::Asking;
use migration::mapping::ContactKey;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it knows and was asked.
#[derive(Default)]
pub struct Known {
    /// Keys and their member numbers.
    pub members: BTreeMap<String, String>,
    /// Request lines.
    pub asked: Vec<String>,
    /// Bodies of bulk creations.
    pub batches: Vec<serde_json::Value>,
    /// Batches whose answer is cut off after they were taken.
    pub cut_answers: u32,
    /// So many questions of a batch's status are answered with "not yet" each.
    pub status_later: u32,
}

/// The server.
pub struct Api {
    pub known: Arc<Mutex<Known>>,
    port: u16,
}

impl Api {
    /// Starts it.
    pub async fn start(known: Known) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let known = Arc::new(Mutex::new(known));
        let shared = Arc::clone(&known);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { known, port }
    }

    /// How to ask it.
    pub fn asking(&self, key: ContactKey) -> Asking {
        let client = Client::new(Config {
            base_url: format!("http://127.0.0.1:{}", self.port),
            api_key: SecretString::from("key"),
            user_agent: "test/1".to_owned(),
            timeout: Duration::from_secs(10),
            ca_file: None,
        });
        Asking {
            client: client.unwrap(),
            key,
            contact_type: ContactType::new("Member").unwrap(),
            requests_per_second: 50.try_into().unwrap(),
        }
    }

    /// Looks at what it knows and was asked.
    pub fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn serve(mut stream: TcpStream, known: Arc<Mutex<Known>>) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        if bytes.len() >= end + 4 + length.unwrap_or(0) {
            break (head, bytes[end + 4..].to_vec());
        }
    };
    let answer = {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        answer(&mut known, head.lines().next().unwrap(), &body)
    };
    let Some((status, answer)) = answer else { return };
    let length = answer.len();
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    let _ = stream.write_all(format!("{head}{answer}").as_bytes()).await;
}

/// `None` cuts the connection.
fn answer(known: &mut Known, line: &str, body: &[u8]) -> Option<(u16, String)> {
    known.asked.push(line.to_owned());
    let path = line.split(' ').nth(1).unwrap();
    let value = |name: &str| {
        let (_, query) = path.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    };
    if path.starts_with("/api/v3/contacts/bulk") {
        known.batches.push(serde_json::from_slice(body).unwrap());
        if known.cut_answers > 0 {
            known.cut_answers -= 1;
            return None;
        }
        return Some((202, format!("\"batch-{}\"", known.batches.len())));
    }
    if path.starts_with("/api/v2/contacts/bulk/status") {
        if known.status_later > 0 {
            known.status_later -= 1;
            return Some((200, r#"{"status":"Processing"}"#.to_owned()));
        }
        let fault = r#"{"index":1,"errorCode":"ValidationError","message":"no"}"#;
        let counts = r#""created":2,"updated":0,"failed":1"#;
        return Some((200, format!(r#"{{"status":"Completed",{counts},"errors":[{fault}]}}"#)));
    }
    if path.starts_with("/api/v3/contacts/id?") {
        let key = value("customKey").or_else(|| value("email")).unwrap_or_default();
        return Some(match known.members.contains_key(&key) {
            true => (200, format!("\"id-{key}\"")),
            false => (404, r#"{"errorCode":"ContactNotFound"}"#.to_owned()),
        });
    }
    let key = path.strip_prefix("/api/v3/contacts/id-").unwrap_or_default();
    let number = known.members.get(key).cloned().unwrap_or_default();
    Some((200, format!(r#"{{"id":"id-{key}","attributes":{{"memberNumber":"{number}"}}}}"#)))
}
