//! Who is who: the contacts' legacy keys, their ids in Engage, and the member numbers that Engage gave.
//!
//! Invariants: `ids.csv` is only appended to, a row a contact, synced before the next are asked for; who stands in it is
//! never asked for again; a key is passed over only where Engage said that it doesn't know it, and then it is named in
//! `ids-missing.csv`. Engage is asked no more often a second than allowed.
//!
//! Both files hold personal data where the key is personal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use engage::call::{Find, FindBy, Found, find_contact, read_contact};
use engage::model::{Contact, ContactId, ContactType, Text};
use engage::{Client, Failure};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::mapping::ContactKey;
use crate::surroundings::Surroundings;
use crate::{Entity, Folder};

/// Contacts looked up and then written to the disk at a time.
const CHUNK: usize = 1_000;
/// So often a failure that may pass is tried again before the step ends.
const TRIES: u32 = 5;
/// The pause before the first of these; each next is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// Most look-ups under way at once.
const UNDER_WAY_MAX: u32 = 16;
/// Looking a contact up and reading it.
const CALLS_A_CONTACT: u32 = 2;

const HEADER: [&str; 3] = ["key", "contactId", "memberNumber"];

/// How Engage is asked.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The connection.
    pub client: Client,
    /// What the keys are.
    pub key: ContactKey,
    /// The type of the contacts.
    pub contact_type: ContactType,
    /// Most requests a second. Below [`engage::limits::REQUESTS_PER_SECOND_ADVISED`], to leave room for tills.
    pub requests_per_second: NonZeroU32,
}

/// Who a contact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its member number, where it has one.
    pub member_number: Option<String>,
}

/// Why a key leads to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Engage knows nobody by it.
    NotFound,
    /// Engage knows several.
    Several,
    /// The key is blank.
    NoKey,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Keys in all.
    pub keys: u64,
    /// Keys that stand in `ids.csv`.
    pub known: u64,
    /// Keys that lead to nobody, named in `ids-missing.csv`.
    pub missing: u64,
    /// Whether it was stopped before the end.
    pub stopped: bool,
}

/// What ends it before its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Engage didn't answer, or refused, several times.
    #[error("contacts can't be looked up in Engage")]
    Engage(#[source] Failure),
    /// The disk.
    #[error("{} can't be read or written", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A table isn't one.
    #[error("{} can't be read as a table", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// The plan has no list of its contacts.
    #[error("{} has no column {column}; plan again", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
}

/// A key as Engage is asked for it.
fn find_by(key: ContactKey, value: Text) -> FindBy {
    match key {
        // Whichever of the two the tenant has set up (fact C-10).
        ContactKey::MemberNumber | ContactKey::ExternalId => FindBy::CustomKey(value),
        ContactKey::Email => FindBy::Email(value),
        ContactKey::MobilePhone => FindBy::MobilePhone(value),
        ContactKey::SocialSecurityNumber => FindBy::SocialSecurityNumber(value),
    }
}

/// Looks up every contact of the plan that isn't in `ids.csv` yet. `progress` is told how many are done, of those that
/// were passed.
///
/// # Errors
/// Every [`Error`]; what was found until then is kept.
pub async fn run(
    folder: &Folder,
    asking: &Asking,
    around: Surroundings<'_>,
    progress: &mut (dyn FnMut(&Outcome) + Send),
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut missing = Missing::begin(folder)?;
    let index = folder.index(Entity::Contacts);
    let mut rows = reader(&index)?;
    let column = column(&mut rows, &index, "key")?;
    let mut rows = rows.into_records();
    loop {
        let mut keys = Vec::with_capacity(CHUNK);
        for row in rows.by_ref().take(CHUNK) {
            let row = row.map_err(|source| Error::Table { path: index.clone(), source })?;
            keys.push(row.get(column).unwrap_or_default().to_owned());
        }
        if keys.is_empty() {
            missing.end()?;
            return Ok(outcome);
        }
        let Some((_, gaps)) = look_up(folder, &keys, asking, around).await? else {
            outcome.stopped = true;
            return Ok(outcome);
        };
        outcome.keys += u64::try_from(keys.len()).unwrap_or(u64::MAX);
        outcome.missing += u64::try_from(gaps.len()).unwrap_or(u64::MAX);
        outcome.known = outcome.keys - outcome.missing;
        missing.write(&gaps)?;
        progress(&outcome);
    }
}

/// The found, and the keys that lead to nobody.
pub type Looked = (BTreeMap<String, Known>, BTreeMap<String, Gap>);

/// Who these are: from `ids.csv`, and from Engage where they don't stand there, which they do then. `None` when it was
/// stopped.
///
/// # Errors
/// Every [`Error`] but [`Error::NoColumn`].
pub async fn look_up(
    folder: &Folder,
    keys: &[String],
    asking: &Asking,
    around: Surroundings<'_>,
) -> Result<Option<Looked>, Error> {
    let mut known = kept(folder, keys)?;
    let mut gaps = BTreeMap::new();
    let mut unknown: Vec<&String> = keys.iter().filter(|key| !known.contains_key(*key)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    let a_second = (asking.requests_per_second.get() / CALLS_A_CONTACT).clamp(1, UNDER_WAY_MAX);
    let a_round = usize::try_from(a_second).unwrap_or(1);
    for round in unknown.chunks(a_round) {
        if around.is_stopped() {
            return Ok(None);
        }
        let begun = (around.now)();
        let mut found = BTreeMap::new();
        for (key, answer) in ask(round, asking, around).await? {
            match answer {
                Ok(contact) => drop(found.insert(key, contact)),
                Err(gap) => drop(gaps.insert(key, gap)),
            }
        }
        keep(folder, &found)?;
        known.extend(found);
        // As many requests as the round made take this long at the allowed rate.
        let requests = u32::try_from(round.len()).unwrap_or(u32::MAX).saturating_mul(CALLS_A_CONTACT);
        let least = Duration::from_secs(1) * requests / asking.requests_per_second.get();
        let rest = least.saturating_sub(since(begun, (around.now)()));
        if !rest.is_zero() {
            (around.pause)(rest).await;
        }
    }
    Ok(Some((known, gaps)))
}

fn since(begun: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(begun)).unwrap_or_default()
}

/// Asks for some contacts at once.
async fn ask(
    keys: &[&String],
    asking: &Asking,
    around: Surroundings<'_>,
) -> Result<Vec<(String, Result<Known, Gap>)>, Error> {
    let mut answers = Vec::with_capacity(keys.len());
    let mut open: Vec<String> = keys.iter().map(|key| (*key).clone()).collect();
    let mut pause = PAUSE_FIRST;
    for attempt in 1..=TRIES {
        let mut asked = JoinSet::new();
        for key in open.drain(..) {
            let (client, kind) = (asking.client.clone(), asking.key);
            let contact_type = asking.contact_type.clone();
            asked.spawn(async move { (one(&client, kind, contact_type, &key).await, key) });
        }
        let mut failure = None;
        while let Some(joined) = asked.join_next().await {
            let (answer, key) = joined.expect("a look-up doesn't panic and isn't cancelled");
            match answer {
                Ok(answer) => answers.push((key, answer)),
                Err(failed) => {
                    open.push(key);
                    failure = Some(failed);
                }
            }
        }
        match failure {
            None => break,
            Some(failed) if attempt == TRIES || !passes(&failed) => return Err(Error::Engage(failed)),
            Some(failed) => {
                (around.pause)(wanted(&failed).unwrap_or(pause)).await;
                pause *= 2;
            }
        }
    }
    Ok(answers)
}

/// Whether it may be otherwise in a moment: no answer, too many calls, or a fault of Engage's own.
pub(crate) fn passes(failure: &Failure) -> bool {
    match failure {
        Failure::NoAnswer { .. } => true,
        Failure::Refused(refusal) => matches!(refusal.status, 408 | 429 | 500..=599),
        Failure::Unreadable { .. } => false,
    }
}

/// How long Engage wants to be left alone.
pub(crate) fn wanted(failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::Refused(refusal) => refusal.retry_after,
        Failure::NoAnswer { .. } | Failure::Unreadable { .. } => None,
    }
}

async fn one(
    client: &Client,
    kind: ContactKey,
    contact_type: ContactType,
    key: &str,
) -> Result<Result<Known, Gap>, Failure> {
    let Some(value) = Text::new(key) else { return Ok(Err(Gap::NoKey)) };
    let find = Find { by: find_by(kind, value), contact_type: Some(contact_type) };
    let id: ContactId = match client.send(&find_contact(&find)).await? {
        Found::One(id) => id,
        Found::None => return Ok(Err(Gap::NotFound)),
        Found::Several(_) => return Ok(Err(Gap::Several)),
    };
    let member_number = match kind {
        // It is what the contact was found by.
        ContactKey::MemberNumber => Some(key.to_owned()),
        ContactKey::ExternalId
        | ContactKey::Email
        | ContactKey::MobilePhone
        | ContactKey::SocialSecurityNumber => {
            let contact: Contact = client.send(&read_contact(&id)).await?;
            contact.member_number.map(Text::into_string)
        }
    };
    Ok(Ok(Known { id: id.as_str().to_owned(), member_number }))
}

/// Which of these stand in `ids.csv`.
fn kept(folder: &Folder, keys: &[String]) -> Result<BTreeMap<String, Known>, Error> {
    let path = folder.ids();
    let wanted: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let mut known = BTreeMap::new();
    if !path.exists() {
        return Ok(known);
    }
    cut_torn(&path).map_err(|source| Error::Disk { path: path.clone(), source })?;
    for row in reader(&path)?.into_records() {
        let row = row.map_err(|source| Error::Table { path: path.clone(), source })?;
        let (Some(key), Some(id), Some(number)) = (row.get(0), row.get(1), row.get(2)) else { continue };
        if wanted.contains(key) && !id.is_empty() {
            let member_number = (!number.is_empty()).then(|| number.to_owned());
            known.insert(key.to_owned(), Known { id: id.to_owned(), member_number });
        }
    }
    Ok(known)
}

/// Adds these to `ids.csv`.
fn keep(folder: &Folder, found: &BTreeMap<String, Known>) -> Result<(), Error> {
    let path = folder.ids();
    let disk = |source| Error::Disk { path: path.clone(), source };
    let mut rows = csv::WriterBuilder::new().from_writer(Vec::new());
    if fs::metadata(&path).map_or(0, |about| about.len()) == 0 {
        rows.write_record(HEADER).map_err(|source| Error::Table { path: path.clone(), source })?;
    }
    for (key, known) in found {
        let cells = [key.as_str(), &known.id, known.member_number.as_deref().unwrap_or_default()];
        rows.write_record(cells).map_err(|source| Error::Table { path: path.clone(), source })?;
    }
    let rows = rows.into_inner().map_err(|error| disk(error.into_error()))?;
    append(&path, &rows).map_err(disk)
}

/// Appends lines, and comes back when they are on the disk.
pub(crate) fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(lines)?;
    file.sync_data()
}

/// Cuts off a last line that a kill tore: half a member number would look like a whole one.
pub(crate) fn cut_torn(path: &Path) -> io::Result<()> {
    const BACK: u64 = 4_096;
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut end = file.metadata()?.len();
    while end > 0 {
        let from = end.saturating_sub(BACK);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from))?;
        (&mut file).take(end - from).read_to_end(&mut bytes)?;
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return file.set_len(from + u64::try_from(last).unwrap_or(u64::MAX) + 1);
        }
        end = from;
    }
    file.set_len(0)
}

/// A table of ours, by `,` and with a header.
fn reader(path: &Path) -> Result<csv::Reader<BufReader<File>>, Error> {
    let file = File::open(path).map_err(|source| Error::Disk { path: path.to_owned(), source })?;
    Ok(csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(file)))
}

fn column(rows: &mut csv::Reader<BufReader<File>>, path: &Path, name: &'static str) -> Result<usize, Error> {
    let header = rows.headers().map_err(|source| Error::Table { path: path.to_owned(), source })?;
    let at = header.iter().position(|cell| cell == name);
    at.ok_or_else(|| Error::NoColumn { path: path.to_owned(), column: name })
}

/// The list of the keys that lead to nobody, written anew by each full run.
struct Missing {
    path: PathBuf,
    part: PathBuf,
    rows: csv::Writer<File>,
}

impl Missing {
    fn begin(folder: &Folder) -> Result<Self, Error> {
        let path = folder.ids_missing();
        let part = path.with_extension("csv.part");
        let file = File::create(&part).map_err(|source| Error::Disk { path: part.clone(), source })?;
        let mut rows = csv::Writer::from_writer(file);
        rows.write_record(["key", "reason"]).map_err(|source| Error::Table { path: part.clone(), source })?;
        Ok(Self { path, part, rows })
    }

    fn write(&mut self, gaps: &BTreeMap<String, Gap>) -> Result<(), Error> {
        for (key, gap) in gaps {
            let reason = gap.as_str();
            let written = self.rows.write_record([key.as_str(), reason]);
            written.map_err(|source| Error::Table { path: self.part.clone(), source })?;
        }
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        let Self { path, part, rows } = self;
        let disk = |source| Error::Disk { path: part.clone(), source };
        let file = rows.into_inner().map_err(|error| disk(error.into_error()))?;
        file.sync_all().and_then(|()| fs::rename(&part, &path)).map_err(disk)
    }
}

impl Gap {
    /// The word for it in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "notFound",
            Self::Several => "several",
            Self::NoKey => "noKey",
        }
    }
}
