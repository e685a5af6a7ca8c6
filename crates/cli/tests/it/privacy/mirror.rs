//! Something in Engage's place that repeats whatever it is told, in every part of an answer: a proxy's error page, a
//! sign-in page, a service that means it well.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The longest request that is read, in bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// The ways to repeat something, one after the other. Between two that look like no Engage at all stands one that does,
/// or nothing would be asked any more.
const WAYS: [usize; 12] = [0, 1, 3, 2, 4, 1, 5, 2, 6, 1, 7, 2];

/// Listens on a free port; each request is answered in the next way. Says where, and how often it was asked.
pub async fn listen() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let way = WAYS[counter.fetch_add(1, Ordering::Relaxed) % WAYS.len()];
            // One that breaks off has said what it had to say.
            tokio::spawn(async move { drop(answer(stream, way).await) });
        }
    });
    (format!("http://{address}"), asked)
}

async fn answer(mut stream: TcpStream, way: usize) -> std::io::Result<()> {
    let (target, said) = read(&mut stream).await?;
    // For where only a text of one line may stand.
    let line: String =
        said.chars().map(|c| if c.is_control() || c == '"' || c == '\\' { ' ' } else { c }).collect();
    let json = |status: &str, body: String| whole(status, "application/json", "", &body);
    let answer = match way {
        0 => whole("200 OK", "text/html", "", &format!("<html>sign in to see {target} {said}</html>")),
        1 => json(
            "400 Bad Request",
            format!(
                r#"{{"errorCode":"{line}","message":"{line}","messageDetails":{{"{line}":"{line}"}},"requestId":"{line}"}}"#
            ),
        ),
        2 => json(
            "422 Unprocessable Entity",
            format!(
                r#"{{"errorCode":"ValidationError","validationErrors":[{{"field":"{line}","errorDescription":"{line}"}}]}}"#
            ),
        ),
        3 => whole("500 Internal Server Error", "text/plain", "", &said),
        4 => whole(
            "302 Found",
            "text/plain",
            &format!("location: /login?back={target}\r\nx-said: {line}\r\n"),
            &said,
        ),
        5 => json("200 OK", format!(r#"{{"id":"{line}","attributes":{{"email":17,"firstName":"{line}"#)),
        6 => format!("{line} is not HTTP\r\n\r\n{said}"),
        _ => format!(
            "HTTP/1.1 200 {line}\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n\"{line}"
        ),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

fn whole(status: &str, kind: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// What is asked for, and all of the request as text.
async fn read(stream: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut piece).await?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let is_whole =
            text.split_once("\r\n\r\n").is_some_and(|(head, body)| body.len() >= body_length(head));
        if read == 0 || is_whole || bytes.len() > REQUEST_BYTES_MAX {
            let target = text.split(' ').nth(1).unwrap_or_default().to_owned();
            // As it stands on the wire, and as it was meant.
            let meant = percent_encoding::percent_decode_str(&target).decode_utf8_lossy().into_owned();
            return Ok((target, format!("{meant} {text}")));
        }
    }
}

fn body_length(head: &str) -> usize {
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    length.unwrap_or(0)
}
