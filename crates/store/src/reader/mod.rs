//! Reading, over connections of its own.
//!
//! Every method sees one state of the database, that of the last commit when it began. Lists are bounded. Nothing
//! here walks the whole queue: what the delivery side asks again and again is answered from an index, as many rows as
//! are returned.

pub(crate) mod along;
pub(crate) mod checkouts;
pub(crate) mod contacts;
pub(crate) mod draws;
mod held;
mod lists;
pub(crate) mod offers;
mod origin;
mod queue;
pub(crate) mod subjects;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use crate::checkout::CheckoutRow;
use crate::error::Error;
use crate::offer::{ExposureRow, OfferOrigin, OfferRow};
use crate::rows::{
    Alias, ContactKey, ContactState, Count, DeliveryFilter, DeliveryId, DeliveryRow, DocumentId, DocumentRow,
    Due, DuePage, Expired, FindContact, HeldAbout, HistoryRow, KnownContact, QuarantineRow, SaleRow,
    TokenHash, TokenRow, UnconfirmedContact,
};
use crate::subject::AboutRow;
use crate::{database, schema};

/// Rows of any list at most.
const PAGE_ROWS: u32 = 1_000;

/// A connection that reads.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    file: PathBuf,
}

impl Reader {
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        Ok(Self { connection: schema::open_reader(file)?, file: file.to_owned() })
    }

    /// A document by its identity.
    ///
    /// # Errors
    /// Where the database can't be read, here and in all other methods.
    pub fn document(&self, kind: &str, key: &str) -> Result<Option<DocumentRow>, Error> {
        self.at_once(|db| lists::document(db, kind, key))
    }

    /// Those of these documents of one kind that are there and whose bodies, or condensed forms, are kept.
    pub fn sales(&self, kind: &str, keys: &[String]) -> Result<Vec<SaleRow>, Error> {
        self.at_once(|db| draws::sales(db, kind, keys))
    }

    /// The documents whose bodies nothing has needed since before an instant, oldest first: at most `limit` or 1,000 of
    /// them, and fewer where their bodies are large. Those that were condensed are not among them.
    pub fn expired(&self, before: Timestamp, limit: u32) -> Result<Vec<Expired>, Error> {
        self.at_once(|db| queue::expired(db, before, limit))
    }

    /// A delivery by its number.
    pub fn delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, Error> {
        self.at_once(|db| lists::delivery(db, id))
    }

    /// Deliveries in the order of their numbers; at most 1,000 whatever the filter says.
    pub fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<DeliveryRow>, Error> {
        self.at_once(|db| lists::deliveries(db, filter))
    }

    /// What happened to a delivery, oldest first. Of many failed attempts only the last are told.
    pub fn history(&self, id: DeliveryId) -> Result<Vec<HistoryRow>, Error> {
        self.at_once(|db| lists::history(db, id))
    }

    /// The deliveries that may be tried now, those due longest first: at most `limit` or 1,000 of them, and fewer
    /// where their bodies are large. Where the page is full, there may be more at once.
    pub fn due(&self, now: Timestamp, limit: u32) -> Result<DuePage, Error> {
        self.at_once(|db| queue::due(db, now, limit))
    }

    /// One delivery, if it may be tried now.
    pub fn due_one(&self, id: DeliveryId, now: Timestamp) -> Result<Option<Due>, Error> {
        self.at_once(|db| queue::due_one(db, id, now))
    }

    /// What is due to be seen on the other side, by contact: those due longest first, up to `limit_contacts`, with up
    /// to `limit_each` deliveries of each.
    pub fn unconfirmed(
        &self,
        now: Timestamp,
        limit_contacts: u32,
        limit_each: u32,
    ) -> Result<Vec<UnconfirmedContact>, Error> {
        self.at_once(|db| queue::unconfirmed(db, now, limit_contacts, limit_each))
    }

    /// When the next delivery is due to be seen; it may be in the past.
    pub fn next_unconfirmed(&self) -> Result<Option<Timestamp>, Error> {
        self.at_once(|db| queue::next_unconfirmed(db))
    }

    /// The contact with this id: the one that tills were given, also of a contact that was merged since, or Engage's.
    pub fn contact_by_id(&self, id: &str) -> Result<Option<ContactState>, Error> {
        self.at_once(|db| contacts::by_id(db, id))
    }

    /// All that is known of a contact. One that was forgotten is found by its ids only.
    pub fn known(&self, find: &FindContact) -> Result<Option<KnownContact>, Error> {
        self.at_once(|db| contacts::known(db, find))
    }

    /// The contacts that were enrolled with this identifier, which several people may share: the newest, at most 5.
    pub fn hinted(&self, hash: &Alias) -> Result<Vec<ContactState>, Error> {
        self.at_once(|db| contacts::hinted(db, hash))
    }

    /// Whether this is an id, as [`crate::Keys::contact_id`] has it, of somebody who was forgotten.
    pub fn is_forgotten(&self, id: &Alias) -> Result<bool, Error> {
        self.at_once(|db| contacts::is_forgotten(db, id))
    }

    /// All that is held about a person. This walks all documents.
    pub fn held_about(&self, contact: ContactKey) -> Result<HeldAbout, Error> {
        self.at_once(|db| held::held_about(db, contact))
    }

    /// A checkout by its identity, as it stands at an instant.
    pub fn checkout(&self, key: &str, at: Timestamp) -> Result<Option<CheckoutRow>, Error> {
        self.at_once(|db| checkouts::checkout(db, key, at))
    }

    /// Those of these offers that are known here, each once: by their names, or by their ids in Engage with or without
    /// a kind in front.
    pub fn offers(&self, names: &[String], at: Timestamp) -> Result<Vec<OfferRow>, Error> {
        self.at_once(|db| offers::offers(db, names, at))
    }

    /// The documents about a subject, oldest first; of more than 1,000 the newest.
    pub fn about(&self, name: &str) -> Result<Vec<AboutRow>, Error> {
        self.at_once(|db| subjects::about(db, name))
    }

    /// Where an offer came from, by its name: the first document that is about it and doesn't use it.
    pub fn origin(&self, offer: &str) -> Result<Option<OfferOrigin>, Error> {
        self.at_once(|db| origin::origin(db, offer))
    }

    /// What is at risk under a bucket: uses that are still owed and not undone, and what is held at an instant.
    pub fn exposed(&self, bucket: &str, at: Timestamp) -> Result<i64, Error> {
        self.at_once(|db| offers::exposed(db, bucket, at))
    }

    /// What is at risk by bucket, those with the latest uses first; at most 1,000. `None` means all stores.
    pub fn exposures(&self, stores: Option<&[String]>, limit: u32) -> Result<Vec<ExposureRow>, Error> {
        self.at_once(|db| offers::exposures(db, stores, limit))
    }

    /// The document that said this word of a contact, which is said once; see [`crate::Along::once`].
    pub fn once(&self, contact: &FindContact, word: &str) -> Result<Option<DocumentId>, Error> {
        self.at_once(|db| match contacts::find(db, contact)? {
            Some(contact) => offers::once(db, contact.key, word),
            None => Ok(None),
        })
    }

    /// Those of these ids in Engage whose profile is kept here.
    pub fn profiles_of(&self, remote_ids: &[String]) -> Result<Vec<String>, Error> {
        self.at_once(|db| contacts::profiles_of(db, remote_ids))
    }

    /// Those of these ids in Engage that a contact here is tied to.
    pub fn bound_of(&self, remote_ids: &[String]) -> Result<Vec<String>, Error> {
        self.at_once(|db| contacts::bound_of(db, remote_ids))
    }

    /// Those who were forgotten here and are, as far as is known, still in Engage.
    pub fn forgotten_here(&self) -> Result<Vec<ContactState>, Error> {
        self.at_once(|db| contacts::forgotten_here(db))
    }

    /// What the caller kept under a name, and since when.
    pub fn kept(&self, name: &str) -> Result<Option<(Vec<u8>, Timestamp)>, Error> {
        self.at_once(|db| lists::kept(db, name))
    }

    /// How many deliveries there are, by kind and state. They are counted as they change, so asking costs nothing.
    pub fn counts(&self) -> Result<Vec<Count>, Error> {
        self.at_once(lists::counts)
    }

    /// When the oldest delivery was accepted that is neither done nor discarded.
    pub fn oldest_undelivered(&self) -> Result<Option<Timestamp>, Error> {
        self.at_once(queue::oldest_undelivered)
    }

    /// The tokens that were not revoked, by name. Whether one has ended by itself is for the caller to compare.
    pub fn tokens(&self) -> Result<Vec<TokenRow>, Error> {
        self.at_once(lists::tokens)
    }

    /// The token with this hash, unless it was revoked. Whether it has ended by itself is for the caller to compare.
    pub fn token(&self, hash: &TokenHash) -> Result<Option<TokenRow>, Error> {
        self.at_once(|db| lists::token(db, hash))
    }

    /// The bodies that could not be read, newest first.
    pub fn quarantine(&self, limit: u32) -> Result<Vec<QuarantineRow>, Error> {
        self.at_once(|db| lists::quarantine(db, limit))
    }

    /// What the database takes on the disk, its log included.
    pub fn disk_bytes(&self) -> Result<u64, Error> {
        let mut sum = 0;
        for suffix in ["", "-wal"] {
            let mut path = self.file.clone().into_os_string();
            path.push(suffix);
            let path = PathBuf::from(path);
            sum += std::fs::metadata(&path).map_err(|source| database::io("measure", &path, source))?.len();
        }
        Ok(sum)
    }

    /// Reads and checks the whole file, which takes as long as that takes. Empty if all is well, else what is wrong.
    pub fn check(&self) -> Result<Vec<String>, Error> {
        self.at_once(|db| {
            let mut check = db.prepare("PRAGMA quick_check")?;
            let lines = check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
    }

    /// Runs `read` on one state of the database.
    fn at_once<T>(&self, read: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let run = || {
            let transaction = self.connection.unchecked_transaction()?;
            read(&transaction)
        };
        run().map_err(|error| schema::named(&self.file, error))
    }
}
