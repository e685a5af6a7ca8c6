//! What operators do with the queue, the contacts and the tokens: through the running gateway, or on the database where none runs.
//!
//! The lock of the data directory tells which. Both ways answer in the words of the API, so that nobody need know
//! which it was.

mod running;
mod stopped;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use gateway::http::{IssuedToken, TokenBody, TokenView};
use serde_json::Value;
use store::DeliveryState;

use crate::config::Config;
use crate::exit::Exit;

pub(crate) use running::Running;
use stopped::Stopped;

/// The file in the data directory that says where the running gateway answers.
pub(crate) const ADDRESS_FILE: &str = "command-line.address";

/// Rows of a page; the API gives no more.
const PAGE: u32 = 500;

/// Where operators are served.
#[derive(Debug)]
pub(crate) enum Desk {
    /// A gateway runs: by its API, with the secret that it left in its data directory.
    Running(Running),
    /// None runs: on the database itself, which is locked meanwhile.
    Stopped(Box<Stopped>),
}

/// A page of deliveries, as the API shows them.
#[derive(Debug)]
pub(crate) struct Page {
    /// The deliveries, oldest first.
    pub(crate) items: Vec<Value>,
    /// The `after` of the next page, if there may be one.
    pub(crate) next: Option<String>,
}

/// What becomes of the deliveries that wait for a discarded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Behind {
    /// They are tried on their own
    Release,
    /// They are discarded too
    Discard,
}

impl Desk {
    /// Finds out whether a gateway runs. Makes the data directory where there is none.
    ///
    /// # Errors
    /// A data directory that can't be used, or one that is held by a process that can't be reached.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Desk> {
        let data_dir = &config.gateway.data_dir;
        match Stopped::open(data_dir) {
            Ok(stopped) => Ok(Desk::Stopped(Box::new(stopped))),
            Err(store::Error::Locked { .. }) => Running::open(data_dir).await.map(Desk::Running),
            Err(error) => Err(error.into()),
        }
    }

    /// The same where a gateway has run before: an operator who looks into the wrong place shall know.
    ///
    /// # Errors
    /// As [`Desk::open`], and when there is no database.
    pub(crate) async fn open_existing(config: &Config) -> anyhow::Result<Desk> {
        let data_dir = &config.gateway.data_dir;
        if !holds_a_database(data_dir) {
            return Err(Exit::NotFound.because(anyhow::anyhow!(
                "nothing is kept in {} yet: check gateway.data_dir, or start `tillbridge serve` once",
                data_dir.display()
            )));
        }
        Desk::open(config).await
    }

    /// A page of the deliveries, those after `after`.
    ///
    /// # Errors
    /// When they can't be read, here and in all that follow.
    pub(crate) async fn page(
        &mut self,
        state: Option<DeliveryState>,
        after: Option<&str>,
    ) -> anyhow::Result<Page> {
        match self {
            Desk::Running(running) => running.page(state, after).await,
            Desk::Stopped(stopped) => stopped.page(state, after),
        }
    }

    /// A delivery with its history.
    pub(crate) async fn delivery(&mut self, id: &str) -> anyhow::Result<Value> {
        match self {
            Desk::Running(running) => running.delivery(id).await,
            Desk::Stopped(stopped) => stopped.delivery(id),
        }
    }

    /// What a delivery came from, as it was sent; none once it is no longer kept.
    pub(crate) async fn content(&mut self, id: &str) -> anyhow::Result<Option<Value>> {
        match self {
            Desk::Running(running) => running.content(id).await,
            Desk::Stopped(stopped) => stopped.content(id),
        }
    }

    /// Tries a delivery again now, or with the next start; answers the delivery after it.
    pub(crate) async fn retry(&mut self, id: &str) -> anyhow::Result<Value> {
        match self {
            Desk::Running(running) => running.retry(id).await,
            Desk::Stopped(stopped) => stopped.retry(id),
        }
    }

    /// Gives a delivery up; answers the delivery after it.
    pub(crate) async fn discard(&mut self, id: &str, reason: &str, behind: Behind) -> anyhow::Result<Value> {
        match self {
            Desk::Running(running) => running.discard(id, reason, behind).await,
            Desk::Stopped(stopped) => stopped.discard(id, reason, behind),
        }
    }

    /// All that is held about a contact.
    pub(crate) async fn export_contact(&mut self, id: &str) -> anyhow::Result<Value> {
        match self {
            Desk::Running(running) => running.export_contact(id).await,
            Desk::Stopped(stopped) => stopped.export_contact(id),
        }
    }

    /// Forgets a contact; `source` is what this integration calls itself in Engage.
    pub(crate) async fn forget_contact(&mut self, id: &str, source: &str) -> anyhow::Result<Value> {
        match self {
            Desk::Running(running) => running.forget_contact(id).await,
            Desk::Stopped(stopped) => stopped.forget_contact(id, source),
        }
    }

    /// The tokens in force.
    pub(crate) async fn tokens(&mut self) -> anyhow::Result<Vec<TokenView>> {
        match self {
            Desk::Running(running) => running.tokens().await,
            Desk::Stopped(stopped) => stopped.tokens(),
        }
    }

    /// Issues a token.
    pub(crate) async fn issue(&mut self, token: TokenBody) -> anyhow::Result<IssuedToken> {
        match self {
            Desk::Running(running) => running.issue(&token).await,
            Desk::Stopped(stopped) => stopped.issue(token),
        }
    }

    /// Ends a token.
    pub(crate) async fn revoke(&mut self, name: &str) -> anyhow::Result<()> {
        match self {
            Desk::Running(running) => running.revoke(name).await,
            Desk::Stopped(stopped) => stopped.revoke(name),
        }
    }
}

/// Whether a gateway has ever run on this directory.
pub(crate) fn holds_a_database(data_dir: &Path) -> bool {
    data_dir.join(store::FILE).exists()
}

/// How this machine itself reaches a listener.
pub(crate) fn url_on_this_machine(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}

fn no_such_delivery(id: &str) -> anyhow::Error {
    Exit::NotFound
        .because(anyhow::anyhow!("there is no delivery {id}; `tillbridge queue list` shows those there are"))
}

fn no_such_contact(id: &str) -> anyhow::Error {
    Exit::NotFound.because(anyhow::anyhow!(
        "nothing is kept here of a contact {id}; give Engage's id, or the one that a till was given"
    ))
}

fn already_forgotten(id: &str) -> anyhow::Error {
    Exit::NotFound.because(anyhow::anyhow!("{id} asked to be forgotten, and nothing is kept of it any more"))
}

fn no_such_token(name: &str) -> anyhow::Error {
    Exit::NotFound.because(anyhow::anyhow!(
        "no token in force is named {name:?}; `tillbridge token list` shows those there are"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_reached_on_loopback() {
        let url = |text: &str| url_on_this_machine(text.parse().expect("an address"));
        assert_eq!(url("0.0.0.0:8700"), "http://127.0.0.1:8700");
        assert_eq!(url("[::]:8700"), "http://[::1]:8700");
        assert_eq!(url("192.168.1.20:80"), "http://192.168.1.20:80");
    }
}
