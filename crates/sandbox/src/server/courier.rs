//! The courier: brings mails to a mail server, one after the other, each once, and tells the world what came of it.
//!
//! It speaks SMTP without encryption or a password, as a catcher of mails on the same machine does. A mail that is not
//! taken is not tried again: it lies in the mailbox, and the integration log says why.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::{SmtpTransport, Transport as _};
use tokio::sync::mpsc;

use super::{Shared, chain};
use crate::event::{Act, Event};
use crate::mail::{self, Mail};

/// How many mails wait to be brought.
const WAITING_MAX: usize = 1_000;
/// How long the server may take over each step.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The port of a server whose address says none.
const PORT: u16 = 25;

/// A mail server: `smtp://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpServer {
    host: String,
    port: u16,
}

/// An address that is no mail server's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mail server is written smtp://HOST:PORT, without a user, a password or a path")]
pub struct NoSmtpServer;

impl FromStr for SmtpServer {
    type Err = NoSmtpServer;

    fn from_str(text: &str) -> Result<SmtpServer, NoSmtpServer> {
        let place = text.strip_prefix("smtp://").ok_or(NoSmtpServer)?;
        let place = place.strip_suffix('/').unwrap_or(place);
        // What follows an address in brackets is its port; elsewhere the last colon leads to it.
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':').or(rest.is_empty().then_some(""))),
            None => place.split_once(':').map_or((place, Some("")), |(host, port)| (host, Some(port))),
        };
        let port = match port.ok_or(NoSmtpServer)? {
            "" if !place.ends_with(':') => PORT,
            port => port.parse().map_err(|_| NoSmtpServer)?,
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(NoSmtpServer);
        }
        Ok(SmtpServer { host: host.to_owned(), port })
    }
}

impl fmt::Display for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "smtp://{}:{}", self.host, self.port)
    }
}

/// Where mails wait for the courier.
#[derive(Debug)]
pub(super) struct Waiting(mpsc::Sender<Mail>);

impl Waiting {
    /// Hands a mail over; says why not, where too many wait.
    pub(super) fn add(&self, mail: Mail) -> Result<(), &'static str> {
        self.0.try_send(mail).map_err(|_| "too many mails wait for the mail server")
    }
}

/// The courier itself.
#[derive(Debug)]
pub(super) struct Courier {
    server: SmtpServer,
    mails: mpsc::Receiver<Mail>,
}

pub(super) fn start(server: SmtpServer) -> (Waiting, Courier) {
    let (sender, mails) = mpsc::channel(WAITING_MAX);
    (Waiting(sender), Courier { server, mails })
}

/// Brings mails until nobody hands any over.
pub(super) async fn run(courier: Courier, shared: &Arc<Shared>) {
    let Courier { server, mut mails } = courier;
    let transport = SmtpTransport::builder_dangerous(&server.host).port(server.port).timeout(Some(TIMEOUT));
    let transport = transport.build();
    while let Some(mail) = mails.recv().await {
        let (number, transport) = (mail.number, transport.clone());
        let sent = tokio::task::spawn_blocking(move || send(&transport, &mail)).await;
        let problem = sent.unwrap_or_else(|_| Err("it could not be written".to_owned())).err();
        note(shared, number, problem);
    }
}

/// Tells the world what came of a mail.
pub(super) fn note(shared: &Shared, number: u64, problem: Option<String>) {
    if let Err(error) = shared.apply(Event::Act(Act::MailSent { number, problem })) {
        tracing::error!(error = %chain(&error), mail = number, "what came of a mail could not be written");
    }
}

/// What the server says may hold an address, so only its code is told.
fn send(transport: &SmtpTransport, mail: &Mail) -> Result<(), String> {
    let message = message(mail)?;
    match transport.send(&message) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.status() {
            Some(code) => format!("the mail server answered {code}"),
            None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
            None if error.is_response() => "the mail server's answer makes no sense".to_owned(),
            None => "the mail server was not reached, or hung up".to_owned(),
        }),
    }
}

/// A mail as it travels: two forms of one text, and the picture of the code beside that which shows it.
fn message(mail: &Mail) -> Result<Message, String> {
    let address = |text: &str, whose: &str| {
        text.parse().map_err(|_| format!("the {whose}'s address is none that mail can have"))
    };
    let from_name = Some(mail.from_name.clone()).filter(|name| !name.is_empty());
    let html = MultiPart::related().singlepart(SinglePart::html(mail.html.clone()));
    let html = match mail.code.as_deref().and_then(mail::code_png) {
        Some(png) => {
            let id = mail::CODE_SOURCE.trim_start_matches("cid:").to_owned();
            let kind = "image/png".parse().map_err(|_| "pictures have no type".to_owned())?;
            html.singlepart(Attachment::new_inline_with_name(id, "code.png".to_owned()).body(png, kind))
        }
        None => html,
    };
    let by_a_program = HeaderName::new_from_ascii_str("Auto-Submitted");
    Message::builder()
        .from(Mailbox::new(from_name, address(&mail.from, "sender")?))
        .to(Mailbox::new(None, address(&mail.to, "receiver")?))
        .subject(mail.subject.clone())
        .date(SystemTime::from(mail.at).max(SystemTime::UNIX_EPOCH))
        .raw_header(HeaderValue::new(by_a_program, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative().singlepart(SinglePart::plain(mail.text.clone())).multipart(html))
        .map_err(|_| "it could not be written as a mail".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        for (text, shown) in [
            ("smtp://127.0.0.1:1025", "smtp://127.0.0.1:1025"),
            ("smtp://mail.example/", "smtp://mail.example:25"),
            ("smtp://[::1]:2525", "smtp://::1:2525"),
            ("smtp://[::1]", "smtp://::1:25"),
        ] {
            assert_eq!(text.parse::<SmtpServer>().unwrap().to_string(), shown);
        }
        for text in [
            "mail.example:25",
            "smtps://mail.example",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example:",
            "smtp://mail.example:70000",
            "smtp://user:secret@mail.example",
            "smtp://mail.example/box",
            "smtp://[::1]x",
        ] {
            assert_eq!(text.parse::<SmtpServer>(), Err(NoSmtpServer), "{text}");
        }
    }
}
