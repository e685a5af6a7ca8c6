//! TLS: whom the client trusts, and what a broken handshake means.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use engage::call;
use engage::{Client, Config, ConfigError, Failure, Reached};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{answer, config};

pub fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// Serves one connection with a certificate of its own authority, in HTTP/1.1.
fn server() -> (SocketAddr, JoinHandle<()>) {
    serve(&[], |stream| {
        // A client that doesn't trust us leaves in the middle.
        if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
            let _ = stream.write_all(&answer(200, &[], b"[]"));
        }
    })
}

/// A stream over TLS.
pub type Tls = StreamOwned<ServerConnection, TcpStream>;

/// Serves one connection with a certificate of its own authority, as told.
pub fn serve(
    protocols: &[&[u8]],
    talk: impl FnOnce(&mut Tls) + Send + 'static,
) -> (SocketAddr, JoinHandle<()>) {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(file("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a pair");
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let connection = ServerConnection::new(Arc::new(config)).expect("a connection");
        let mut stream = StreamOwned::new(connection, stream);
        talk(&mut stream);
        let _ = stream.flush();
    });
    (address, served)
}

/// A client that trusts that authority.
pub fn trusting_client(address: SocketAddr) -> Client {
    let config = Config { ca_file: Some(file("ca.pem")), ..config(&format!("https://{address}")) };
    Client::new(config).expect("a client")
}

#[tokio::test]
async fn a_certificate_of_the_ca_file_is_trusted() {
    let (address, served) = server();
    assert_eq!(trusting_client(address).send(&call::stores()).await, Ok(Vec::new()));
    served.join().expect("no panic");
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_not_trusted_and_nothing_is_sent() {
    let (address, served) = server();
    let client = Client::new(config(&format!("https://{address}"))).expect("a client");
    let failure = client.send(&call::stores()).await.expect_err("no trust");
    assert!(matches!(failure, Failure::NoAnswer { reached: Reached::Never, .. }), "{failure:?}");
    served.join().expect("no panic");
}

#[test]
fn a_ca_file_that_is_missing_or_holds_no_certificate_is_refused() {
    let with = |name| {
        let config = Config { ca_file: Some(file(name)), ..config("https://demo.voyado.com") };
        Client::new(config).expect_err("no client")
    };
    assert!(matches!(with("missing.pem"), ConfigError::CaFile { .. }));
    assert!(matches!(with("README.md"), ConfigError::NoCertificates(_)));
}

#[test]
fn the_key_is_not_sent_in_clear_over_a_network() {
    for url in ["http://demo.voyado.com", "http://192.168.1.5:8080", "http://localhost.example.com"] {
        assert!(matches!(Client::new(config(url)), Err(ConfigError::BaseUrl(_))), "{url}");
    }
    for url in ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://demo.voyado.com/"] {
        assert!(Client::new(config(url)).is_ok(), "{url}");
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    for url in [
        "",
        "demo.voyado.com",
        "ftp://127.0.0.1",
        "https://",
        "https://a:b@x.se",
        "https://x.se?a=1",
        "unix:/x",
    ] {
        assert!(matches!(Client::new(config(url)), Err(ConfigError::BaseUrl(_))), "{url}");
    }
}
