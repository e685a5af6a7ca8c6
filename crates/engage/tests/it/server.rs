//! A server of raw bytes: it reads requests and answers by a script, well or badly.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engage::{Client, Config};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens after a request was read.
pub enum Answer {
    /// These bytes, and the connection stays.
    Whole(Vec<u8>),
    /// These bytes, and the connection is closed.
    Cut(Vec<u8>),
    /// These bytes, and nothing more until the client leaves.
    Silence(Vec<u8>),
}

/// What the server has seen.
#[derive(Default)]
pub struct Seen {
    pub connections: usize,
    /// Head and body of each request.
    pub requests: Vec<String>,
}

pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Answers by the script, one answer a request; after its end connections are closed.
    pub async fn with(script: impl IntoIterator<Item = Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let server = Server { address, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().expect("no panic").connections += 1;
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        server
    }

    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().expect("no panic"))
    }

    pub fn client(&self) -> Client {
        client(&format!("http://{}", self.address))
    }
}

/// A client of that address, with a timeout that a slow machine keeps.
pub fn client(base_url: &str) -> Client {
    Client::new(config(base_url)).expect("a client")
}

pub fn config(base_url: &str) -> Config {
    Config {
        base_url: base_url.to_owned(),
        api_key: SecretString::from("secret-key-4711"),
        user_agent: "Tillbridge/0.1".to_owned(),
        timeout: Duration::from_secs(20),
        ca_file: None,
    }
}

/// A client that gives up soon, for answers that never come; late enough for a busy machine to connect.
pub fn hasty_client(base_url: &str) -> Client {
    Client::new(Config { timeout: Duration::from_secs(2), ..config(base_url) }).expect("a client")
}

/// A complete answer of HTTP/1.1.
pub fn answer(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        out.push_str(&format!("{header}\r\n"));
    }
    out.push_str("\r\n");
    [out.as_bytes(), body].concat()
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<VecDeque<Answer>>>, seen: Arc<Mutex<Seen>>) {
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().expect("no panic").requests.push(request);
        let answer = script.lock().expect("no panic").pop_front();
        // The client may have left in the middle of it, which is what some tests are about.
        match answer {
            Some(Answer::Whole(bytes)) => drop(stream.write_all(&bytes).await),
            Some(Answer::Cut(bytes)) => return drop(stream.write_all(&bytes).await),
            Some(Answer::Silence(bytes)) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.read(&mut [0]).await;
                return;
            }
            None => return,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0usize) {
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
    }
}
