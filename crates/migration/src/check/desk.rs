//! Where records of one kind are settled: sent, rejected or left out, with everything that is written of them.

use std::io;

use super::Error;
use super::book::{Book, Closed, Counted, Fate};
use super::keys::KeyDigest;
use crate::layout::Lines;
use crate::manifest::{PlannedFile, Scope};
use crate::plan::{Files, Index, Place, Sent, Spec};
use crate::{Entity, Finding, Folder, RowAt};

/// A rule that leaves a record out: an earlier run sent it as it is.
pub const ALREADY_SENT: &str = "alreadySent";

/// A record that can be sent.
#[derive(Debug)]
pub struct Ready<'r> {
    /// Where it begins in the export.
    pub source: RowAt,
    /// Its rows in a file.
    pub lines: &'r Lines,
    /// By which a later plan knows that it was sent.
    pub digest: KeyDigest,
    /// The columns of its index.
    pub index: &'r [&'r str],
}

/// The desk of one kind.
#[derive(Debug)]
pub struct Desk {
    /// What becomes of each row.
    pub book: Book,
    files: Files,
    index: Index,
    sent: Sent,
}

impl Desk {
    /// Opens a desk; without a place nothing but the book is written.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(folder: &Folder, place: Option<&Place>, scope: Scope, spec: Spec) -> io::Result<Self> {
        let entity = spec.layout.entity();
        let sent = match scope {
            Scope::Full => Sent::default(),
            Scope::Delta => Sent::read(&folder.sent(entity))?,
        };
        let index = place.map(|place| place.index(&folder.index(entity)));
        Ok(Self {
            book: Book::open(folder, entity)?,
            files: Files::new(place.map(Place::files).as_deref(), spec),
            index: Index::create(index.as_deref(), entity)?,
            sent,
        })
    }

    /// Sends a record, unless an earlier run did. `findings` are warnings.
    ///
    /// # Errors
    /// What the disk says.
    pub fn send<'r>(
        &mut self,
        rows: impl IntoIterator<Item = Counted<'r>>,
        findings: &[Finding],
        ready: &Ready<'_>,
    ) -> Result<Fate, Error> {
        if self.sent.holds(ready.digest) {
            return self.leave_out(rows, findings, ALREADY_SENT);
        }
        let file = self.files.write(ready.lines)?;
        self.index.write(file, ready.source, ready.digest, ready.index)?;
        self.book.enter(rows, findings, Fate::Sent)?;
        Ok(Fate::Sent)
    }

    /// Rejects a record for what was found.
    ///
    /// # Errors
    /// What the disk says.
    pub fn reject<'r>(
        &mut self,
        rows: impl IntoIterator<Item = Counted<'r>>,
        findings: &[Finding],
    ) -> Result<Fate, Error> {
        self.book.enter(rows, findings, Fate::Rejected)?;
        Ok(Fate::Rejected)
    }

    /// Leaves a record out by a rule that isn't a fault.
    ///
    /// # Errors
    /// What the disk says.
    pub fn leave_out<'r>(
        &mut self,
        rows: impl IntoIterator<Item = Counted<'r>>,
        findings: &[Finding],
        rule: &'static str,
    ) -> Result<Fate, Error> {
        self.book.enter(rows, findings, Fate::LeftOut(rule))?;
        Ok(Fate::LeftOut(rule))
    }

    /// Everything is on the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub fn close(self) -> io::Result<(Closed, Vec<PlannedFile>)> {
        self.index.finish()?;
        Ok((self.book.close()?, self.files.finish()?))
    }
}

/// Which records of a kind there are, for those that refer to them.
#[derive(Debug, Default)]
pub struct Known {
    /// Those of this export that are sent or were.
    pub ledger: super::Ledger,
    /// Those that Engage has from before.
    pub before: super::keys::Keys,
    /// Whether all are taken to be there, since the export has none of the kind.
    pub assumed: bool,
}

impl Known {
    /// Whether Engage will have it.
    #[must_use]
    pub fn holds(&self, digest: KeyDigest) -> bool {
        self.assumed || self.ledger.holds(digest) || self.before.get(digest).is_some()
    }

    /// Takes in those that earlier runs sent.
    ///
    /// # Errors
    /// What the disk says.
    pub fn learn(
        &mut self,
        folder: &Folder,
        entity: Entity,
        column: &str,
        namespace: &str,
    ) -> io::Result<()> {
        Sent::each(&folder.sent(entity), column, |value| {
            self.before.insert(KeyDigest::of(namespace, value), 0);
        })
    }
}
