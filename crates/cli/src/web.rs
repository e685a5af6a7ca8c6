//! A small HTTP client for servers on this machine: the running gateway, the sandbox.
//!
//! It retries nothing, follows no redirect, and bounds every answer in time and bytes.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use http::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// The longest a call may take. A till's call waits for Engage at most 30 s.
const TIMEOUT: Duration = Duration::from_secs(40);
/// The largest answer that is read.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A server on this machine.
pub(crate) struct Site {
    client: reqwest::Client,
    base_url: String,
    token: Option<SecretString>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// What a server answered to whoever opened a page or a file.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The status.
    pub(crate) status: StatusCode,
    /// What it is.
    pub(crate) kind: String,
    /// It.
    pub(crate) bytes: Vec<u8>,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// The body, `null` where it is empty or no JSON.
    pub(crate) body: Value,
}

impl Reply {
    /// The stable code of a problem document.
    pub(crate) fn code(&self) -> Option<&str> {
        self.body.get("code").and_then(Value::as_str)
    }

    /// What a problem document says.
    pub(crate) fn detail(&self) -> &str {
        self.body.get("detail").and_then(Value::as_str).unwrap_or("it doesn't say why")
    }
}

impl Site {
    /// A server by its address, without a path.
    ///
    /// # Errors
    /// When no client can be made.
    pub(crate) fn new(base_url: &str, token: Option<SecretString>) -> anyhow::Result<Site> {
        // No proxy in between and no root certificates to load: it is this machine.
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(TIMEOUT);
        let client = builder.redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Site { client, base_url: base_url.trim_end_matches('/').to_owned(), token })
    }

    /// Where it is.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Asks for something.
    ///
    /// # Errors
    /// When no answer comes, as in [`Site::call`].
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Reply> {
        self.call(Method::GET, path, None, &[]).await
    }

    /// Opens a page or a file.
    ///
    /// # Errors
    /// When no answer comes, as in [`Site::call`].
    pub(crate) async fn open(&self, path: &str) -> anyhow::Result<Opened> {
        self.answer(Method::GET, path, None, &[]).await
    }

    /// Makes one call. `path` begins with a slash and is encoded.
    ///
    /// # Errors
    /// When no answer comes, or one that is too large.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Reply> {
        let Opened { status, bytes, .. } = self.answer(method, path, body, headers).await?;
        Ok(Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Opened> {
        let mut request = self.client.request(method, format!("{}{path}", self.base_url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header(http::header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answered = async {
            let mut response = request.send().await?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                anyhow::ensure!(bytes.len() + chunk.len() <= BODY_BYTES_MAX, "the answer is too large");
                bytes.extend_from_slice(&chunk);
            }
            let kind = response.headers().get(http::header::CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
            Ok(Opened { status: response.status(), kind, bytes })
        };
        answered.await.with_context(|| format!("no answer from {}", self.base_url))
    }
}
