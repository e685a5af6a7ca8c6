//! A look-up by personal identity number is the one address with personal data of that kind in it:
//! nothing may tell it, however the call ends.

use std::io::{Read, Write};
use std::sync::{Mutex, Once};

use engage::call::{self, Find, FindBy, Found};
use engage::{Call, Failure};
use tokio::io::AsyncWriteExt;

use crate::server::{Answer, Server, answer, client, config, hasty_client};
use crate::tls::{self, Tls};
use crate::{id, text};

const ID: &str = "2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa";
const NUMBER: &str = "19800101-9876";

/// Everything that this process has logged.
static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        LOGGED.lock().expect("no panic").extend(line.into_bytes());
    }

    fn flush(&self) {}
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// From here on everything that any library says is kept, at its most talkative.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Log).expect("the only logger");
        log::set_max_level(log::LevelFilter::Trace);
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Log);
        tracing::subscriber::set_global_default(subscriber.finish()).expect("the only subscriber");
    });
}

/// What was logged, after a check that it doesn't hold the number.
fn logged() -> String {
    let logged = String::from_utf8_lossy(&LOGGED.lock().expect("no panic")).into_owned();
    let line = logged.lines().find(|line| line.contains(NUMBER) || line.contains("19800101"));
    assert_eq!(line, None, "a log tells it");
    logged
}

fn find() -> Call<Found> {
    let by = FindBy::SocialSecurityNumber(text(NUMBER));
    let find = Find { by, contact_type: None };
    let call = call::find_contact(&find);
    assert!(call.request.path_and_query.ends_with(NUMBER), "the number is in the address");
    check_silent(&format!("{find:?} {call:?} {:?} {:#?}", call.request, call.request));
    call
}

fn check_silent(shown: &str) {
    for secret in [NUMBER, "1980", "9876", "socialSecurityNumber=", "contacts/id?"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// Fails unless there was a failure, and none of its forms tells the number.
fn check_failure(result: Result<Found, Failure>) -> Failure {
    let failure = result.expect_err("a failure");
    check_silent(&format!("{failure} {failure:?} {failure:#?}"));
    let mut cause = std::error::Error::source(&failure);
    while let Some(error) = cause {
        check_silent(&format!("{error} {error:?}"));
        cause = error.source();
    }
    if let Failure::Refused(refusal) = &failure {
        check_silent(&format!("{:?} {:?}", refusal.message_hint, refusal.validation));
    }
    failure
}

#[tokio::test]
async fn an_address_with_a_personal_number_is_told_by_no_failure_and_no_log() {
    listen();
    let found = answer(200, &[], format!("\"{ID}\"").as_bytes());
    let quoting = format!(
        r#"{{"errorCode":"GET /api/v3/contacts/id?socialSecurityNumber={NUMBER}","message":"{NUMBER} is no number",
        "validationErrors":[{{"errorDescription":"{NUMBER}"}}],"requestId":"?q={NUMBER}"}}"#
    );
    let location = format!("location: /api/v3/contacts/id/?socialSecurityNumber={NUMBER}");
    let server = Server::with([
        Answer::Whole(found),
        Answer::Whole(answer(400, &[], quoting.as_bytes())),
        Answer::Whole(answer(301, &[&location], b"")),
        Answer::Whole(answer(200, &[], quoting.as_bytes())),
        Answer::Cut(format!("{NUMBER} is not HTTP\r\n\r\n").into_bytes()),
        Answer::Cut(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\nhalf".to_vec()),
        Answer::Cut(Vec::new()),
    ])
    .await;
    let client = server.client();
    assert_eq!(client.send(&find()).await, Ok(Found::One(id(ID))));
    for _ in 0..6 {
        check_failure(client.send(&find()).await);
    }
    server.seen(|seen| {
        assert_eq!(seen.requests.len(), 7);
        assert!(seen.requests.iter().all(|request| request.contains(NUMBER)), "it did go over the wire");
    });
    assert!(logged().contains("connection"), "the libraries did say something");
}

#[tokio::test]
async fn a_connection_that_fails_does_not_tell_what_it_was_for() {
    listen();
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let address = socket.local_addr().expect("an address");
    check_failure(client(&format!("http://{address}")).send(&find()).await);
    check_failure(client(&format!("https://{address}")).send(&find()).await);
    // A name that can't be one is refused without asking anybody.
    check_failure(client("https://not-a-name.invalid..").send(&find()).await);
    let silent = Server::with([Answer::Silence(Vec::new())]).await;
    check_failure(hasty_client(&format!("http://{}", silent.address)).send(&find()).await);
    logged();
}

#[tokio::test]
async fn a_handshake_that_fails_does_not_tell_what_it_was_for() {
    listen();
    let (address, served) = tls::serve(&[], |stream| drop(stream.read(&mut [0; 1])));
    let untrusting = engage::Client::new(config(&format!("https://{address}"))).expect("a client");
    let failure = check_failure(untrusting.send(&find()).await);
    assert!(failure.to_string().contains("certificate"), "{failure}");
    served.join().expect("no panic");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let plain = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let said = stream.write_all(b"HTTP/1.1 400 No TLS here\r\n\r\n").await;
        said.expect("a client");
    };
    let client = client(&format!("https://{address}"));
    let (sent, ()) = tokio::join!(async { client.send(&find()).await }, plain);
    check_failure(sent);
    logged();
}

/// Serves one request in HTTP/2, with the frames that are given.
async fn over_http_2(frames: Vec<u8>) -> Result<Found, Failure> {
    let (address, served) = tls::serve(&[b"h2"], move |stream| {
        read_http_2_request(stream).expect("a request");
        // No settings of ours, and theirs are noted.
        stream.write_all(&[frame(4, 0, 0, b""), frame(4, 1, 0, b""), frames].concat()).expect("a client");
        let _ = stream.flush();
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let sent = tls::trusting_client(address).send(&find()).await;
    // Not on this thread, on which the client still has to close its connection.
    let joined = tokio::task::spawn_blocking(|| served.join());
    joined.await.expect("no panic").expect("no panic");
    sent
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short payload");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

fn read_http_2_request(stream: &mut Tls) -> std::io::Result<()> {
    stream.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()])?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        std::io::copy(&mut Read::take(&mut *stream, length.into()), &mut std::io::sink())?;
        if head[3] == 1 {
            return Ok(());
        }
    }
}

#[tokio::test]
async fn http_2_tells_it_no_more_than_http_1() {
    listen();
    let (headers, reset, go_away, data) = (1, 3, 7, 0);
    // One byte of a header is a status by the table that both sides have.
    let found = [frame(headers, 4, 1, &[0x88]), frame(data, 1, 1, format!("\"{ID}\"").as_bytes())].concat();
    assert_eq!(over_http_2(found).await, Ok(Found::One(id(ID))));
    check_failure(over_http_2(frame(headers, 5, 1, &[0x8d])).await);
    check_failure(over_http_2(frame(reset, 0, 1, &[0, 0, 0, 7])).await);
    // Its own words are kept from failures; the library does log them, so no number is in these.
    let farewell = [b"\0\0\0\0\0\0\0\x0b".as_slice(), b"too much of ?socialSecurityNumber=4711"].concat();
    let failure = check_failure(over_http_2(frame(go_away, 0, 0, &farewell)).await);
    assert!(failure.to_string().contains("connection error received"), "{failure}");
    logged();
}
