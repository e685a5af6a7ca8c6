//! The desk where no gateway runs: the database itself, in the API's words.

use std::path::Path;

use gateway::Clock;
use gateway::desk::{Forgetting, KnownHere, There};
use gateway::http::{
    ContactExport, DeliveryDetail, DeliveryView, ForgottenView, HistoryView, IssuedToken, OVERTAKEN,
    TokenBody, TokenView, issue_command, refused,
};
use serde_json::Value;
use store::{
    Command, ContactKey, Database, DeliveryFilter, DeliveryId, DeliveryRow, DeliveryState, FindContact,
    Limits, Operated, Options, Reader, TokenVerdict, Verdict,
};

use super::{Behind, PAGE, Page, already_forgotten, no_such_contact, no_such_delivery, no_such_token};
use crate::exit::Exit;

/// Who acts, in histories: the name that the gateway gives this machine's command line too.
const BY: &str = "command-line";

/// Whom an id names.
enum ById {
    /// Somebody who is known here.
    Known(ContactKey),
    /// Somebody who was forgotten; the key where the database still has the place.
    Forgotten(Option<ContactKey>),
    /// Nobody who is known here.
    Nobody,
}

/// A database that no gateway holds.
#[derive(Debug)]
pub(crate) struct Stopped {
    database: Database,
    reader: Reader,
    clock: Clock,
}

impl Stopped {
    pub(super) fn open(data_dir: &Path) -> Result<Stopped, store::Error> {
        let clock = Clock::start();
        let mut secret_seed = [0; 32];
        gateway::fill(&mut secret_seed).map_err(|error| store::Error::Io {
            what: "draw the secret of",
            path: data_dir.to_owned(),
            source: std::sync::Arc::new(std::io::Error::other(error)),
        })?;
        let options = Options { secret_seed, now: clock.now(), limits: Limits::default() };
        let database = Database::open(data_dir, options)?;
        let reader = database.reader()?;
        Ok(Stopped { database, reader, clock })
    }

    pub(super) fn page(&self, state: Option<DeliveryState>, after: Option<&str>) -> anyhow::Result<Page> {
        let after = after.map(str::parse).transpose()?;
        let filter = DeliveryFilter { state, stores: None, after, limit: PAGE };
        let rows = self.reader.deliveries(&filter)?;
        let next = (rows.len() >= PAGE as usize).then(|| rows.last().map(|row| row.id.to_string())).flatten();
        let items = rows.into_iter().map(|row| serde_json::to_value(DeliveryView::of(row)));
        Ok(Page { items: items.collect::<Result<_, _>>()?, next })
    }

    pub(super) fn delivery(&self, id: &str) -> anyhow::Result<Value> {
        let row = self.row(id)?;
        let history = self.reader.history(row.id)?.into_iter().map(|row| {
            let (code, detail) = row.note.map(|note| (note.code, note.detail)).unzip();
            HistoryView { at: row.at, what: row.what, code, detail, by: row.by }
        });
        let history = history.collect();
        Ok(serde_json::to_value(DeliveryDetail { delivery: DeliveryView::of(row), history })?)
    }

    pub(super) fn content(&self, id: &str) -> anyhow::Result<Option<Value>> {
        let row = self.row(id)?;
        let document = self.reader.document(&row.document_kind, &row.key)?;
        let body = document.and_then(|document| document.body);
        Ok(body.map(|body| serde_json::from_slice(&body)).transpose()?)
    }

    pub(super) fn retry(&mut self, id: &str) -> anyhow::Result<Value> {
        let row = self.row(id)?;
        let retry = store::Retry { id: row.id, at: self.clock.now(), by: BY.to_owned() };
        self.operate(id, Command::Retry(retry))
    }

    pub(super) fn discard(&mut self, id: &str, reason: &str, behind: Behind) -> anyhow::Result<Value> {
        let row = self.row(id)?;
        let behind = match behind {
            Behind::Release => store::Behind::Release,
            Behind::Discard => store::Behind::Discard,
        };
        let (at, by, reason) = (self.clock.now(), BY.to_owned(), reason.to_owned());
        self.operate(id, Command::Discard(store::Discard { id: row.id, at, by, reason, behind }))
    }

    pub(super) fn export_contact(&self, id: &str) -> anyhow::Result<Value> {
        match self.by_id(id)? {
            ById::Known(key) => {
                let held = self.reader.held_about(key)?;
                Ok(serde_json::to_value(ContactExport::of(held, self.clock.now()))?)
            }
            ById::Forgotten(_) => Err(already_forgotten(id)),
            ById::Nobody => Err(no_such_contact(id)),
        }
    }

    pub(super) fn forget_contact(&mut self, id: &str, source: &str) -> anyhow::Result<Value> {
        let delivery = match self.by_id(id)? {
            ById::Known(key) | ById::Forgotten(Some(key)) => self.forget(key, source)?,
            // A restored database knows it only as forgotten: nothing is left to do.
            ById::Forgotten(None) => None,
            // The gateway would ask Engage who that is; nobody does here.
            ById::Nobody => return Err(no_such_contact(id)),
        };
        Ok(serde_json::to_value(ForgottenView::of(id.to_owned(), delivery))?)
    }

    fn forget(&mut self, key: ContactKey, source: &str) -> anyhow::Result<Option<DeliveryRow>> {
        let held = self.reader.held_about(key)?;
        let forgetting = Forgetting { by: BY, store: "", at: self.clock.now(), source };
        let command = Command::Forget(gateway::desk::forget(&held, forgetting, There::Delete));
        let Verdict::Forget(forgotten) = self.commit(command)? else {
            anyhow::bail!("the database gave another answer than to the question");
        };
        Ok(match forgotten.delivery {
            Some(delivery) => self.reader.delivery(delivery)?,
            None => None,
        })
    }

    fn by_id(&self, id: &str) -> anyhow::Result<ById> {
        let alias = self.database.keys().contact_id(id);
        let known = match self.reader.known(&FindContact::Id(id.to_owned()))? {
            Some(known) => Some(known),
            // A receipt may have named an id of Engage's that was never seen otherwise.
            None => self.reader.known(&FindContact::Alias(alias))?,
        };
        let is_forgotten = self.reader.is_forgotten(&alias)?;
        Ok(match known.map(KnownHere::of) {
            Some(known) if is_forgotten || known.forgotten => ById::Forgotten(Some(known.contact.key)),
            None if is_forgotten => ById::Forgotten(None),
            Some(known) if known.is_somebody() => ById::Known(known.contact.key),
            Some(_) | None => ById::Nobody,
        })
    }

    pub(super) fn tokens(&self) -> anyhow::Result<Vec<TokenView>> {
        Ok(self.reader.tokens()?.into_iter().map(TokenView::of).collect())
    }

    pub(super) fn issue(&mut self, token: TokenBody) -> anyhow::Result<IssuedToken> {
        let (command, issued) = issue_command(token, self.clock.now()).map_err(anyhow::Error::msg)?;
        match self.commit(command)? {
            Verdict::Token(TokenVerdict::Done) => Ok(issued),
            _ => Err(Exit::Refused.because(anyhow::anyhow!(
                "a token in force has this name; revoke it first or choose another"
            ))),
        }
    }

    pub(super) fn revoke(&mut self, name: &str) -> anyhow::Result<()> {
        let revoke = store::RevokeToken { name: name.to_owned(), at: self.clock.now() };
        match self.commit(Command::RevokeToken(revoke))? {
            Verdict::Token(TokenVerdict::Done) => Ok(()),
            _ => Err(no_such_token(name)),
        }
    }

    fn row(&self, id: &str) -> anyhow::Result<DeliveryRow> {
        let number: DeliveryId = id.parse().map_err(|_| no_such_delivery(id))?;
        self.reader.delivery(number)?.ok_or_else(|| no_such_delivery(id))
    }

    fn operate(&mut self, id: &str, command: Command) -> anyhow::Result<Value> {
        match self.commit(command)? {
            Verdict::Operate(Operated::Done) => Ok(serde_json::to_value(DeliveryView::of(self.row(id)?))?),
            Verdict::Operate(Operated::Refused { state, may_have_landed }) => {
                let problem = serde_json::to_value(refused(state, may_have_landed))?;
                let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
                Err(Exit::Refused.because(anyhow::anyhow!("{id}: {detail}")))
            }
            Verdict::Operate(Operated::Overtaken) => {
                Err(Exit::Refused.because(anyhow::anyhow!("{id}: {OVERTAKEN}")))
            }
            _ => Err(no_such_delivery(id)),
        }
    }

    fn commit(&mut self, command: Command) -> anyhow::Result<Verdict> {
        let verdict = self.database.commit(&[command])?.into_iter().next();
        Ok(verdict.expect("one command has one verdict")?)
    }
}
