//! The desk where a gateway runs: its API, called from this machine.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use gateway::LOCAL_TOKEN_FILE;
use gateway::http::{IssuedToken, TokenBody, TokenView};
use http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::DeliveryState;

use super::{
    ADDRESS_FILE, Behind, PAGE, Page, already_forgotten, no_such_contact, no_such_delivery, no_such_token,
};
use crate::exit::Exit;
use crate::web::{Reply, Site};

/// A gateway that runs on this machine.
#[derive(Debug)]
pub(crate) struct Running {
    site: Site,
}

impl Running {
    pub(super) async fn open(data_dir: &Path) -> anyhow::Result<Running> {
        let address = left(data_dir, ADDRESS_FILE)?;
        let secret = SecretString::from(left(data_dir, LOCAL_TOKEN_FILE)?);
        Ok(Running { site: Site::new(address.trim(), Some(secret))? })
    }

    /// Where it answers.
    pub(crate) fn base_url(&self) -> &str {
        self.site.base_url()
    }

    /// Its health, as it tells it.
    ///
    /// # Errors
    /// When it doesn't answer.
    pub(crate) async fn health(&self) -> anyhow::Result<Value> {
        Ok(self.call(Method::GET, "/readyz", None).await?.body)
    }

    /// Gives it a sale from before it, for returns.
    ///
    /// # Errors
    /// When it doesn't answer.
    pub(crate) async fn put_returnable(&self, id: &str, sale: &Value) -> anyhow::Result<Reply> {
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        self.call(Method::PUT, &format!("/v1/returnables/{id}"), Some(sale)).await
    }

    pub(super) async fn page(
        &self,
        state: Option<DeliveryState>,
        after: Option<&str>,
    ) -> anyhow::Result<Page> {
        let state = state.map(serde_json::to_value).transpose()?;
        let state = state.as_ref().and_then(Value::as_str).map(|word| format!("&state={word}"));
        let after = after.map(|id| format!("&after={id}"));
        let query = format!("limit={PAGE}{}{}", state.unwrap_or_default(), after.unwrap_or_default());
        let mut reply = fine(self.call(Method::GET, &format!("/v1/deliveries?{query}"), None).await?)?;
        let next = reply["next"].as_str().map(str::to_owned);
        Ok(Page { items: read(reply["items"].take())?, next })
    }

    pub(super) async fn delivery(&self, id: &str) -> anyhow::Result<Value> {
        self.of_delivery(Method::GET, id, "", None).await
    }

    pub(super) async fn content(&self, id: &str) -> anyhow::Result<Option<Value>> {
        let reply = self.call(Method::GET, &format!("/v1/deliveries/{}/content", checked(id)?), None).await?;
        match reply.status {
            // The delivery is there: its content isn't kept any more.
            StatusCode::NOT_FOUND => self.delivery(id).await.map(|_| None),
            _ => fine(reply).map(Some),
        }
    }

    pub(super) async fn retry(&self, id: &str) -> anyhow::Result<Value> {
        self.of_delivery(Method::POST, id, "/retry", None).await
    }

    pub(super) async fn discard(&self, id: &str, reason: &str, behind: Behind) -> anyhow::Result<Value> {
        let behind = match behind {
            Behind::Release => "release",
            Behind::Discard => "discard",
        };
        let body = json!({ "reason": reason, "behind": behind });
        self.of_delivery(Method::POST, id, "/discard", Some(&body)).await
    }

    pub(super) async fn export_contact(&self, id: &str) -> anyhow::Result<Value> {
        self.of_contact(Method::GET, id, "/export").await
    }

    pub(super) async fn forget_contact(&self, id: &str) -> anyhow::Result<Value> {
        self.of_contact(Method::DELETE, id, "").await
    }

    pub(super) async fn tokens(&self) -> anyhow::Result<Vec<TokenView>> {
        read(fine(self.call(Method::GET, "/v1/tokens", None).await?)?)
    }

    pub(super) async fn issue(&self, token: &TokenBody) -> anyhow::Result<IssuedToken> {
        let body = serde_json::to_value(token)?;
        read(fine(self.call(Method::POST, "/v1/tokens", Some(&body)).await?)?)
    }

    pub(super) async fn revoke(&self, name: &str) -> anyhow::Result<()> {
        let path = format!("/v1/tokens/{}", utf8_percent_encode(name, NON_ALPHANUMERIC));
        let reply = self.call(Method::DELETE, &path, None).await?;
        match reply.status {
            StatusCode::NOT_FOUND => Err(no_such_token(name)),
            _ => fine(reply).map(drop),
        }
    }

    async fn of_contact(&self, method: Method, id: &str, what: &str) -> anyhow::Result<Value> {
        let path = format!("/v1/contacts/{}{what}", utf8_percent_encode(id, NON_ALPHANUMERIC));
        let reply = self.call(method, &path, None).await?;
        match reply.status {
            StatusCode::NOT_FOUND => Err(no_such_contact(id)),
            StatusCode::GONE => Err(already_forgotten(id)),
            _ => fine(reply),
        }
    }

    async fn of_delivery(
        &self,
        method: Method,
        id: &str,
        act: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let reply = self.call(method, &format!("/v1/deliveries/{}{act}", checked(id)?), body).await?;
        match reply.status {
            StatusCode::NOT_FOUND => Err(no_such_delivery(id)),
            StatusCode::CONFLICT => Err(Exit::Refused.because(anyhow::anyhow!("{id}: {}", reply.detail()))),
            _ => fine(reply),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Reply> {
        let reply = self.site.call(method, path, body, &[]).await;
        reply.map_err(|error| {
            Exit::Unavailable
                .because(error.context("the gateway that holds the data directory doesn't answer"))
        })
    }
}

/// What the running process left for the command line.
fn left(data_dir: &Path, file: &str) -> anyhow::Result<String> {
    let path = data_dir.join(file);
    std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Exit::Busy.because(anyhow::anyhow!(
            "another process holds {} and is starting, stopping, or at work on it; try again in a moment",
            data_dir.display()
        )),
        _ => anyhow::Error::from(error)
            .context(format!("can't read {}; run this as the gateway's own user", path.display())),
    })
}

/// The body of a success.
fn fine(reply: Reply) -> anyhow::Result<Value> {
    match reply.status {
        status if status.is_success() => Ok(reply.body),
        StatusCode::CONFLICT => Err(Exit::Refused.because(anyhow::Error::msg(reply.detail().to_owned()))),
        status => Err(anyhow::anyhow!("the gateway answered {status}: {}", reply.detail())),
    }
}

fn read<T: DeserializeOwned>(value: Value) -> anyhow::Result<T> {
    serde_json::from_value(value)
        .context("the gateway's answer isn't what it should be: is it another release?")
}

/// A delivery's number that can stand in a path.
fn checked(id: &str) -> anyhow::Result<&str> {
    id.parse::<store::DeliveryId>().map(|_| id).map_err(|_| no_such_delivery(id))
}
