//! Old sales, brought to the gateway so that returns after the go-live find them.
//!
//! The plan left them as a till would have sent them. They are read a batch at a time, and a few are under way at once: the
//! gateway keeps those together. Saying one again changes nothing, so that after an interruption at most a batch is said
//! twice; how far it was stands in the migration's folder.
//!
//! How the gateway is reached is the caller's: it hands in what puts one sale there.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use crate::Folder;
use crate::whole;

/// How many sales are under way at once.
const UNDER_WAY_MAX: usize = 16;
/// After how many sales it is remembered how far it is.
const BATCH_MAX: usize = 512;
/// How many refused sales are named.
pub const REFUSED_MAX: usize = 100;
/// The longest line, in bytes: more than any receipt of a till.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What the gateway answered for one sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is kept now (201).
    Kept,
    /// It was kept before (200).
    Known,
    /// A till sent a receipt under its id, which counts (409 `receiptIsLive`).
    Live,
    /// It isn't taken; the code of the problem.
    Refused(String),
}

/// What came of loading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loaded {
    /// Sales that are kept now.
    pub kept: u64,
    /// Sales that were kept before.
    pub known: u64,
    /// Sales that a till sent itself.
    pub live: u64,
    /// Sales that weren't taken.
    pub refused: u64,
    /// The first of those: the receipt's id and the code.
    pub examples: Vec<(String, String)>,
}

/// Why it ended before its end. What was done is remembered.
#[derive(Debug, thiserror::Error)]
pub enum Error<E: std::error::Error + 'static> {
    /// The migration's folder.
    #[error("the old sales can't be read; plan the migration first")]
    Folder(#[from] io::Error),
    /// A line that the plan didn't write.
    #[error("the old sales are damaged; plan the migration again")]
    Damaged(#[source] serde_json::Error),
    /// The gateway.
    #[error("the gateway can't be reached")]
    Gateway(#[source] E),
    /// Somebody asked for it.
    #[error("stopped before the end; the next start goes on from here")]
    Stopped,
}

/// A line of the old sales.
#[derive(Deserialize)]
struct Sale {
    id: String,
    receipt: Box<RawValue>,
}

/// How far it is, for the next start.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reached {
    /// The size of the file that was read: another is another plan's.
    size: u64,
    /// Up to where it is done, in bytes.
    offset: u64,
    loaded: Loaded,
}

/// Brings all old sales of a migration to the gateway, from where an earlier start was interrupted. `put` puts one there,
/// by its id and body; `progress` is told how many bytes of how many are done.
///
/// # Errors
/// What ends it; a sale that isn't taken doesn't.
pub async fn load<E, F>(
    folder: &Folder,
    put: impl Fn(String, String) -> F,
    mut progress: impl FnMut(u64, u64),
    stop: &AtomicBool,
) -> Result<Loaded, Error<E>>
where
    E: std::error::Error + Send + 'static,
    F: Future<Output = Result<Answer, E>> + Send + 'static,
{
    let remembered = remembered(folder);
    let mut file = BufReader::new(File::open(folder.sales())?);
    let size = file.get_ref().metadata()?.len();
    let mut reached = reached(&remembered, size)?;
    file.seek(SeekFrom::Start(reached.offset))?;
    loop {
        progress(reached.offset, size);
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        let (batch, bytes) = batch(&mut file)?;
        if batch.is_empty() {
            return Ok(reached.loaded);
        }
        put_all(batch, &put, &mut reached.loaded).await?;
        reached.offset += bytes;
        whole::write_json(&remembered, &reached)?;
    }
}

fn remembered(folder: &Folder) -> PathBuf {
    folder.path().join("returnables.json")
}

fn reached(path: &Path, size: u64) -> io::Result<Reached> {
    let fresh = Reached { size, ..Reached::default() };
    match fs::read(path) {
        // What can't be read only means that all are said again.
        Ok(bytes) => {
            Ok(serde_json::from_slice(&bytes).ok().filter(|old: &Reached| old.size == size).unwrap_or(fresh))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(fresh),
        Err(error) => Err(error),
    }
}

/// The next sales, and how many bytes of the file they are.
fn batch<E: std::error::Error>(file: &mut BufReader<File>) -> Result<(Vec<Sale>, u64), Error<E>> {
    let (mut sales, mut bytes, mut line) = (Vec::new(), 0, Vec::new());
    while sales.len() < BATCH_MAX {
        line.clear();
        let read = io::Read::take(&mut *file, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        sales.push(serde_json::from_slice(&line).map_err(Error::Damaged)?);
    }
    Ok((sales, bytes))
}

async fn put_all<E, F>(
    sales: Vec<Sale>,
    put: &impl Fn(String, String) -> F,
    loaded: &mut Loaded,
) -> Result<(), Error<E>>
where
    E: std::error::Error + Send + 'static,
    F: Future<Output = Result<Answer, E>> + Send + 'static,
{
    let mut under_way = JoinSet::new();
    let mut sales = sales.into_iter();
    loop {
        while under_way.len() < UNDER_WAY_MAX
            && let Some(Sale { id, receipt }) = sales.next()
        {
            let answer = put(id.clone(), receipt.get().to_owned());
            under_way.spawn(async move { (id, answer.await) });
        }
        let Some(done) = under_way.join_next().await else { return Ok(()) };
        let (id, answer) = done.map_err(io::Error::other)?;
        match answer.map_err(Error::Gateway)? {
            Answer::Kept => loaded.kept += 1,
            Answer::Known => loaded.known += 1,
            Answer::Live => loaded.live += 1,
            Answer::Refused(code) => {
                loaded.refused += 1;
                if loaded.examples.len() < REFUSED_MAX {
                    loaded.examples.push((id, code));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    use super::{Answer, BATCH_MAX, Error, Loaded, load};
    use crate::Folder;

    /// A gateway that answers `down_from` calls, and then none.
    #[derive(Clone, Default)]
    struct Gateway {
        kept: Arc<Mutex<BTreeMap<String, String>>>,
        calls: Arc<Mutex<usize>>,
        down_from: Option<usize>,
    }

    impl Gateway {
        async fn put(self, id: String, body: String) -> Result<Answer, io::Error> {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            if self.down_from.is_some_and(|from| *calls > from) {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            Ok(match (id.as_str(), self.kept.lock().unwrap().insert(id.clone(), body)) {
                ("r-3", _) => Answer::Refused("hasFaults".to_owned()),
                ("r-4", _) => Answer::Live,
                (_, None) => Answer::Kept,
                (_, Some(_)) => Answer::Known,
            })
        }
    }

    async fn run(folder: &Folder, gateway: &Gateway) -> Result<Loaded, Error<io::Error>> {
        let put = |id, body| gateway.clone().put(id, body);
        load(folder, put, |_, _| {}, &AtomicBool::new(false)).await
    }

    fn planned(path: &std::path::Path, count: usize) -> Folder {
        let folder = Folder::at(path);
        fs::create_dir_all(folder.sales().parent().unwrap()).unwrap();
        let line =
            |n: usize| format!("{{\"id\":\"r-{n}\",\"contactKey\":\"7\",\"receipt\":{{\"total\":1.50}}}}\n");
        fs::write(folder.sales(), (0..count).map(line).collect::<String>()).unwrap();
        folder
    }

    #[tokio::test]
    async fn an_interrupted_loading_goes_on_where_it_was_and_says_at_most_a_batch_twice() {
        let temp = tempfile::tempdir().unwrap();
        let folder = planned(temp.path(), 3 * BATCH_MAX);
        let mut gateway = Gateway { down_from: Some(BATCH_MAX + 40), ..Gateway::default() };
        let broken = run(&folder, &gateway).await;
        assert!(matches!(broken, Err(Error::Gateway(_))), "{broken:?}");
        gateway.down_from = None;
        let loaded = run(&folder, &gateway).await.unwrap();
        assert_eq!((loaded.refused, loaded.live), (1, 1));
        assert_eq!(loaded.examples, [("r-3".to_owned(), "hasFaults".to_owned())]);
        assert_eq!(loaded.kept + loaded.known + 2, 3 * BATCH_MAX as u64);
        let calls = *gateway.calls.lock().unwrap();
        assert!(calls <= 4 * BATCH_MAX, "{calls}");
        let kept = gateway.kept.lock().unwrap();
        assert_eq!(
            (kept.len(), kept["r-9"].as_str()),
            (3 * BATCH_MAX, "{\"total\":1.50}"),
            "as it was written"
        );
    }

    #[tokio::test]
    async fn who_stops_it_finds_it_again() {
        let temp = tempfile::tempdir().unwrap();
        let folder = planned(temp.path(), 5);
        let (gateway, stop) = (Gateway::default(), AtomicBool::new(false));
        stop.store(true, Ordering::Relaxed);
        let put = |id, body| gateway.clone().put(id, body);
        let stopped: Result<Loaded, Error<io::Error>> = load(&folder, put, |_, _| {}, &stop).await;
        assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
        assert_eq!(run(&folder, &gateway).await.unwrap().kept, 3);
    }

    #[tokio::test]
    async fn without_a_plan_there_is_nothing_to_load() {
        let temp = tempfile::tempdir().unwrap();
        let outcome = run(&Folder::at(temp.path()), &Gateway::default()).await;
        assert!(matches!(outcome, Err(Error::Folder(_))), "{outcome:?}");
    }
}
