//! The client: carries a [`Request`] to Engage over HTTP and brings back a [`Response`].
//!
//! Invariants:
//! - It never retries and follows no redirect: a call is at most one request. (A request that was
//!   about to use a kept connection which turns out to be closed, and of which no byte was written,
//!   goes over another connection; that is the same request.)
//! - Every answer is bounded in time by [`Config::timeout`], and in bytes after decompression.
//! - The API key travels over TLS, or to this very machine, and to the configured host only.
//!
//! It doesn't limit the rate or the number of calls under way.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER, USER_AGENT,
};
use jiff::fmt::rfc2822;
use reqwest::{Certificate, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::call::{Call, Request, Response};
use crate::failure::{Failure, Reached};
use crate::limits;

/// What a client needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// The tenant's address (fact B-01): HTTPS, or HTTP on this machine.
    pub base_url: String,
    /// The API key (fact B-05).
    pub api_key: SecretString,
    /// Name and version of the system, such as `AcmePOS/1.5` (fact B-07).
    pub user_agent: String,
    /// Longest time from the start of a call to the last byte of its answer.
    pub timeout: Duration,
    /// Certificates (PEM) to trust besides the machine's own.
    pub ca_file: Option<PathBuf>,
}

/// A configuration that no client can be made of.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The address can't be used.
    #[error("the address of Engage {0}")]
    BaseUrl(&'static str),
    /// The API key is empty or has characters that a header can't hold.
    #[error("the API key is empty or has characters that a header can't hold")]
    ApiKey,
    /// The user agent is empty or has characters that a header can't hold.
    #[error("the user agent is empty or has characters that a header can't hold")]
    UserAgent,
    /// The certificates can't be read.
    #[error("the certificates in {} can't be read", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of certificates holds none.
    #[error("there is no certificate in {}", .0.display())]
    NoCertificates(PathBuf),
    /// TLS can't be set up, mostly because the machine has no root certificates.
    #[error("TLS can't be set up")]
    Tls(#[source] reqwest::Error),
}

/// The headers of every request, whatever its method (facts B-05, B-07, B-09). `Accept` is in no
/// document; it asks for what comes anyway.
///
/// # Errors
/// When the key or the user agent is empty or can't stand in a header.
pub fn headers(api_key: &SecretString, user_agent: &str) -> Result<HeaderMap, ConfigError> {
    let value = |text: &str| match text.trim() {
        "" => None,
        text => HeaderValue::from_str(text).ok(),
    };
    let mut key = value(api_key.expose_secret()).ok_or(ConfigError::ApiKey)?;
    key.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([
        (HeaderName::from_static("apikey"), key),
        (USER_AGENT, value(user_agent).ok_or(ConfigError::UserAgent)?),
        (CONTENT_TYPE, json.clone()),
        (ACCEPT, json),
    ]))
}

/// A connection to one tenant's Engage. Clones share it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client. Nothing is sent yet. Installs *ring* as the process's TLS provider unless it
    /// has one.
    ///
    /// # Errors
    /// When the configuration can't work; see [`ConfigError`].
    pub fn new(config: Config) -> Result<Client, ConfigError> {
        let base_url = base_url(&config.base_url)?;
        // An error here means that the process has a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .default_headers(headers(&config.api_key, &config.user_agent)?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .gzip(true)
            .timeout(config.timeout)
            // Half, so that a connection that isn't made is known as such before the whole is over.
            .connect_timeout(limits::CONNECT_TIMEOUT_MAX.min(config.timeout / 2))
            .pool_max_idle_per_host(limits::IDLE_CONNECTIONS_MAX);
        let builder = match base_url.scheme() {
            // This machine: no proxy in between, and no root certificates to load.
            "http" => builder.no_proxy().tls_certs_only([]),
            _ => builder.https_only(true).tls_certs_merge(certificates(config.ca_file)?),
        };
        let base_url = base_url.as_str().trim_end_matches('/').to_owned();
        Ok(Client { http: builder.build().map_err(ConfigError::Tls)?, base_url })
    }

    /// Sends a call, once, and reads its answer.
    ///
    /// # Errors
    /// Any [`Failure`].
    pub async fn send<T>(&self, call: &Call<T>) -> Result<T, Failure> {
        call.read(&self.exchange(&call.request).await?)
    }

    /// Sends a request, once, and brings back whatever is answered, refusals and redirects included.
    ///
    /// # Errors
    /// [`Failure::NoAnswer`]; [`Failure::Unreadable`] when a success has more than
    /// [`Request::answer_bytes_max`].
    pub async fn exchange(&self, request: &Request) -> Result<Response, Failure> {
        let url = format!("{}{}", self.base_url, request.path_and_query);
        let mut outgoing = self.http.request(request.method.clone(), url);
        match &request.body {
            Some(body) => outgoing = outgoing.body(body.clone()),
            // Without a length some servers refuse a POST, even one of nothing.
            None if request.method == Method::POST => outgoing = outgoing.header(CONTENT_LENGTH, 0),
            None => {}
        }
        let incoming = outgoing.send().await.map_err(no_answer)?;
        let status = incoming.status().as_u16();
        let retry_after = retry_after(incoming.headers());
        let text = |name| Some(incoming.headers().get(name)?.to_str().ok()?.to_owned());
        let (location, entity_tag) = (text(LOCATION), text(ETAG));
        let body = match incoming.status().is_success() {
            true => whole_body(incoming, request.answer_bytes_max).await?,
            false => first_bytes(incoming).await,
        };
        Ok(Response { status, retry_after, location, entity_tag, body })
    }
}

/// The body of a success: all of it, or a failure.
async fn whole_body(mut incoming: reqwest::Response, bytes_max: usize) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = incoming.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > bytes_max {
            let what = format!("more than {bytes_max} bytes");
            return Err(Failure::Unreadable { status: incoming.status().as_u16(), what });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The body of anything else: what there is of it, up to a bound. Its status has said the rest.
async fn first_bytes(mut incoming: reqwest::Response) -> Bytes {
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = incoming.chunk().await {
        let room = limits::REFUSAL_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    body.freeze()
}

fn no_answer(error: reqwest::Error) -> Failure {
    // Before a connection stands, and before a request is even built, nothing can have arrived.
    let reached = if error.is_connect() || error.is_builder() { Reached::Never } else { Reached::Maybe };
    let error = error.without_url();
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    // In HTTP/2 a server may part with words of its own, which its error quotes as bytes. They may be
    // anything, even the address that was asked for.
    let words = causes.map(|cause| cause.to_string().split(" (b\"").next().unwrap_or_default().to_owned());
    let reason = words.collect::<Vec<_>>().join(": ");
    let reason = reason.chars().take(limits::REASON_CHARS_MAX).collect();
    Failure::NoAnswer { reached, reason }
}

/// How long `Retry-After` asks to wait. Its date form is measured against the answer's own `Date`,
/// so that no clock is needed and none can be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = headers.get(DATE)?.to_str().ok()?;
            let parser = rfc2822::DateTimeParser::new();
            let wait = parser.parse_timestamp(text).ok()?.duration_since(parser.parse_timestamp(date).ok()?);
            Duration::try_from(wait).unwrap_or_default()
        }
    };
    Some(wait.min(limits::RETRY_AFTER_MAX))
}

fn base_url(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text.trim()).map_err(|_| ConfigError::BaseUrl("is no URL"))?;
    let host = url.host_str().ok_or(ConfigError::BaseUrl("has no host"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::BaseUrl("must not hold a user or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(ConfigError::BaseUrl("must not have a query or fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(host) => Ok(url),
        "http" => Err(ConfigError::BaseUrl("must begin with https://, except on this machine")),
        _ => Err(ConfigError::BaseUrl("must begin with https://")),
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn certificates(file: Option<PathBuf>) -> Result<Vec<Certificate>, ConfigError> {
    let Some(path) = file else { return Ok(Vec::new()) };
    let pem = std::fs::read(&path).map_err(|source| ConfigError::CaFile { path: path.clone(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ConfigError::NoCertificates(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails unless that `Retry-After`, in an answer made at noon, means so many seconds.
    fn check_wait(text: &str, seconds: Option<u64>) {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Sun, 22 Nov 2026 12:00:00 GMT"));
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date_against_the_answers_own() {
        check_wait("0", Some(0));
        check_wait(" 30 ", Some(30));
        check_wait("Sun, 22 Nov 2026 12:01:30 GMT", Some(90));
        check_wait("Sun, 22 Nov 2026 11:00:00 GMT", Some(0));
    }

    #[test]
    fn a_retry_after_beyond_its_limit_is_the_limit_and_an_unreadable_one_is_none() {
        check_wait("86400", Some(limits::RETRY_AFTER_MAX.as_secs()));
        check_wait("Mon, 23 Nov 2026 12:00:00 GMT", Some(limits::RETRY_AFTER_MAX.as_secs()));
        for nonsense in ["", "-1", "1.5", "soon", "99999999999999999999", "22 Nov"] {
            check_wait(nonsense, None);
        }
    }

    #[test]
    fn a_date_without_a_date_to_measure_it_by_is_no_retry_after() {
        let date = HeaderValue::from_static("Sun, 22 Nov 2026 12:01:30 GMT");
        assert_eq!(retry_after(&HeaderMap::from_iter([(RETRY_AFTER, date)])), None);
    }
}
