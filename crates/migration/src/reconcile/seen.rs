//! Reading all contacts on the list, several at a time, and keeping what was seen, so that an interruption costs nothing.
//!
//! What was seen is appended, a contact a line, in the order of the list: how many lines there are is how far it is. A
//! line that a kill tore is read again. What was seen of another list is thrown away.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::future::poll_fn;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::{Folder, Manifest};

use super::compare::{Rules, Seen, compare};
use super::contact;
use super::expected::{self, Work};
use super::reader::Reader;
use super::{Error, Options, Progress, disk};

/// Contacts that are read at once. The rate is the reader's; this hides how long an answer takes.
const AT_ONCE: usize = 16;
const NAME: &str = "seen.jsonl";

/// Reads all contacts of the list that weren't read yet.
///
/// # Errors
/// When Engage doesn't answer, the disk fails, or a person stopped it. What was seen is kept.
pub async fn read_all(
    folder: &Folder,
    manifest: &Manifest,
    reader: &Reader<'_>,
    options: &Options,
    work: &Work,
    progress: &mut (dyn FnMut(Progress) + Send),
    stop: &AtomicBool,
) -> Result<(), Error> {
    let mut log = Log::open(folder, work)?;
    let planned = planned(&manifest.stamp);
    let rules = Rules { key: options.key, amounts: options.amounts, planned, scope: manifest.scope };
    let mut left = expected::read(folder, log.done)?;
    let mut under_way = Window::default();
    loop {
        if stop.load(Ordering::Relaxed) {
            log.keep()?;
            return Err(Error::Stopped);
        }
        while under_way.0.len() < AT_ONCE
            && let Some(expected) = left.next()
        {
            let expected = expected?;
            under_way.0.push_back(Slot::Reading(Box::pin(async move {
                let found = contact::read(reader, &expected, options).await?;
                Ok(compare(&expected, &found, rules))
            })));
        }
        match under_way.first().await {
            None => return log.keep(),
            Some(Ok(seen)) => log.add(&seen)?,
            Some(Err(error)) => {
                log.keep()?;
                return Err(error);
            }
        }
        progress(Progress::Contacts { done: log.done, of: work.contacts });
    }
}

/// Contacts that are read at the same time, in the order of the list.
#[derive(Default)]
struct Window<'a>(VecDeque<Slot<'a>>);

enum Slot<'a> {
    Reading(Pin<Box<dyn Future<Output = Result<Seen, Error>> + Send + 'a>>),
    Read(Result<Seen, Error>),
}

impl Window<'_> {
    /// Goes on with all of them until the first is read. None where there is none.
    async fn first(&mut self) -> Option<Result<Seen, Error>> {
        poll_fn(|context| {
            for slot in &mut self.0 {
                if let Slot::Reading(reading) = slot
                    && let Poll::Ready(seen) = reading.as_mut().poll(context)
                {
                    *slot = Slot::Read(seen);
                }
            }
            match self.0.pop_front() {
                None => Poll::Ready(None),
                Some(Slot::Read(seen)) => Poll::Ready(Some(seen)),
                Some(reading @ Slot::Reading(_)) => {
                    self.0.push_front(reading);
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// All that was seen.
///
/// # Errors
/// When it can't be read.
pub fn all(folder: &Folder, work: &Work) -> Result<impl Iterator<Item = Result<Seen, Error>>, Error> {
    let file = File::open(folder.reconciling(NAME)).map_err(disk)?;
    let lines =
        BufReader::new(file).lines().skip(1).take(usize::try_from(work.contacts).unwrap_or(usize::MAX));
    Ok(lines.map(|line| serde_json::from_str(&line.map_err(disk)?).map_err(|error| disk(error.into()))))
}

/// Lets the next reconciliation look at everything anew.
///
/// # Errors
/// When the disk fails.
pub fn forget(folder: &Folder) -> Result<(), Error> {
    // The list holds keys and so personal data; it is made again when it is needed.
    [NAME, "work.jsonl"]
        .iter()
        .try_for_each(|name| std::fs::remove_file(folder.reconciling(name)))
        .map_err(disk)
}

struct Log {
    file: BufWriter<File>,
    done: u64,
}

impl Log {
    fn open(folder: &Folder, work: &Work) -> Result<Self, Error> {
        let path = folder.reconciling(NAME);
        let head = format!("{}\n", work.digest);
        let (whole, done) = match File::open(&path) {
            Ok(file) => whole_lines(BufReader::new(file), &head)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (0, 0),
            Err(error) => return Err(disk(error)),
        };
        let options = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = options.map_err(disk)?;
        file.set_len(whole).map_err(disk)?;
        let mut log = Self { file: BufWriter::new(file), done };
        std::io::Seek::seek(&mut log.file, std::io::SeekFrom::End(0)).map_err(disk)?;
        if whole == 0 {
            log.file.write_all(head.as_bytes()).map_err(disk)?;
        }
        Ok(log)
    }

    fn add(&mut self, seen: &Seen) -> Result<(), Error> {
        let mut line = serde_json::to_vec(seen).map_err(|error| disk(error.into()))?;
        line.push(b'\n');
        self.done += 1;
        self.file.write_all(&line).map_err(disk)
    }

    fn keep(&mut self) -> Result<(), Error> {
        self.file.flush().map_err(disk)
    }
}

/// How many bytes are whole lines of this list, and how many contacts they are.
fn whole_lines(mut file: BufReader<File>, head: &str) -> Result<(u64, u64), Error> {
    let (mut line, mut whole, mut lines) = (Vec::new(), 0, 0);
    loop {
        line.clear();
        let read = file.read_until(b'\n', &mut line).map_err(disk)? as u64;
        if lines == 0 && line != head.as_bytes() {
            return Ok((0, 0));
        }
        let is_whole = lines == 0 || line.ends_with(b"\n") && serde_json::from_slice::<Seen>(&line).is_ok();
        if !is_whole {
            return Ok((whole, lines - 1));
        }
        (whole, lines) = (whole + read, lines + 1);
    }
}

/// When a plan was made. A stamp that can't be read makes nothing live.
fn planned(stamp: &str) -> Timestamp {
    let civil = DateTime::strptime("%Y%m%d%H%M%S", stamp);
    let zoned = civil.and_then(|civil| civil.to_zoned(TimeZone::UTC));
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}
