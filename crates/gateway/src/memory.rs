//! What is remembered of contacts that Engage showed, for when it can't be asked; and that it is forgotten where Engage
//! deleted them. A thin shell: what is kept and erased is decided at the [desk](crate::desk).

use std::sync::Arc;

use jiff::Timestamp;
use store::{Command, Done, Error, FindContact, HeldAbout, Keys, Outcome, Settle, Store};

use crate::clock::Clock;
use crate::desk::{Desk, ERASURE, Forgetting, There, forget, with_loyalty_of};
use crate::frozen::Who;
use crate::profile::{Known, KnownLoyalty};
use crate::settings::Settings;

/// Who forgets what Engage deleted, in histories.
const BY_FEED: &str = "change-feed";
/// Who forgets again what an older backup remembered.
const BY_RESTORE: &str = "restore";

/// The place where contacts are remembered.
#[derive(Debug, Clone)]
pub struct Memory {
    /// The configuration.
    pub settings: Arc<Settings>,
    /// The keys of the hashes.
    pub keys: Keys,
    /// Everything durable.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
}

impl Memory {
    /// The desk with this configuration.
    pub fn desk(&self) -> Desk<'_> {
        Desk { settings: &self.settings, keys: &self.keys }
    }

    /// Keeps what Engage just showed. `asked` is what it was found by; `None` where it was read by its id. Where only the
    /// contact itself was asked for, the loyalty that was last seen stays.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn keep(&self, asked: Option<&Who>, known: &Known) -> Result<(), Error> {
        let find = FindContact::Id(known.contact.id.as_str().to_owned());
        let held = self.store.read(move |reader| reader.known(&find)).await?;
        let held = held.and_then(|held| held.profile);
        let new_contact_id = self.clock.new_contact_id();
        let remember = self.desk().remembered(asked, known, held.as_deref(), new_contact_id);
        self.store.submit(Command::Remember(remember)).await.map(drop)
    }

    /// Keeps the vouchers and promotions that Engage just listed with the profile that is kept of somebody; where none
    /// is, nothing. The rest of it is as old as it was.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn keep_offers(
        &self,
        remote_id: &str,
        read: &KnownLoyalty,
        at: Timestamp,
    ) -> Result<(), Error> {
        let find = FindContact::Id(remote_id.to_owned());
        let held = self.store.read(move |reader| reader.known(&find)).await?;
        let remember = held.and_then(|held| self.desk().with_offers(held, remote_id, read, at));
        match remember {
            Some(remember) => self.store.submit(Command::Remember(remember)).await.map(drop),
            None => Ok(()),
        }
    }

    /// A command as it is to be written: where a delivery is settled with a profile, the loyalty that was last seen stays
    /// in it.
    pub async fn completed(&self, mut command: Command) -> Command {
        if let Command::Settle(Settle {
            outcome: Outcome::Done(Done { remote_id: Some(remote_id), profile: Some(profile), .. }),
            ..
        }) = &mut command
        {
            let find = FindContact::Id(remote_id.clone());
            // Where it can't be read the loyalty is gone until the person is next looked up; the outcome is not.
            if let Ok(Some(held)) = self.store.read(move |reader| reader.known(&find)).await {
                *profile = with_loyalty_of(std::mem::take(profile), held.profile.as_deref());
            }
        }
        command
    }

    /// Erases what is held of a contact that was deleted in Engage.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn erase(&self, remote_id: &str) -> Result<(), Error> {
        let find = FindContact::Id(remote_id.to_owned());
        let held = self.store.read(move |reader| {
            let known = reader.known(&find)?;
            known.map(|known| reader.held_about(known.contact.key)).transpose()
        });
        match held.await? {
            Some(held) => self.forget(&held, BY_FEED, There::IsDeleted).await,
            None => Ok(()),
        }
    }

    /// Owes the deletion in Engage of those who were forgotten by another copy of this database, which an older backup
    /// has replaced: it knows that they were forgotten, and not whether Engage was told.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn finish_forgetting(&self) -> Result<(), Error> {
        let owed = self.store.read(|reader| {
            let mut owed = Vec::new();
            for contact in reader.forgotten_here()? {
                if reader.document(ERASURE, &contact.public_id)?.is_none() {
                    owed.push(reader.held_about(contact.key)?);
                }
            }
            Ok(owed)
        });
        for held in owed.await? {
            self.forget(&held, BY_RESTORE, There::Delete).await?;
        }
        Ok(())
    }

    async fn forget(&self, held: &HeldAbout, by: &str, there: There) -> Result<(), Error> {
        let source = &self.settings.engage.source;
        let forgetting = Forgetting { by, store: "", at: self.clock.now(), source };
        self.store.submit(Command::Forget(forget(held, forgetting, there))).await.map(drop)
    }
}
