//! Contacts by the bulk call, in place of a file (facts M-28 to M-30).
//!
//! The contacts are those of the planned CSV files, so that both roads send the same.

use std::collections::BTreeMap;
use std::path::Path;

use engage::call::{batch_status, create_contacts};
use engage::model::{BatchResult, BatchStatus, FlatContact, FlatValue, Text};

use super::decide::{BATCH_CONTACTS, batches_of};
use super::fill::write_whole;
use super::journal::Entry;
use super::shell::Shell;
use super::{Error, sent};

/// The list of contacts that Engage refused, among the rejects.
const REJECTS: &str = "engage-contacts.csv";
/// Its columns after those of the contacts.
const BATCH: &str = "_batch";
const REASONS: &str = "_reasons";

/// Whether a batch is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Ended,
    NotEnded,
}

/// Sends a batch, and writes down Engage's name for it.
pub(super) async fn send(shell: &mut Shell<'_, '_>, file: &str, batch: u64) -> Result<(), Error> {
    if !file.ends_with(".csv") {
        return Err(Error::NotConfigured(
            "contacts go by the bulk call from CSV files: contacts-as = \"csv\"",
        ));
    }
    let (header, rows) = rows(&shell.checked(file)?.0, batch)?;
    let contacts: Vec<FlatContact> = rows.iter().map(|row| contact(&header, row)).collect();
    let asking = shell.engage()?;
    let call = create_contacts(&contacts, &asking.contact_type);
    let id = asking.client.send(&call).await.map_err(Error::Engage)?;
    shell.learn(Entry::BatchAccepted { file: file.to_owned(), batch, id: id.into_string() })
}

/// Asks how a batch is, and writes down what became of it.
pub(super) async fn ask(shell: &mut Shell<'_, '_>, file: &str, batch: u64, id: &str) -> Result<Is, Error> {
    let Some(id) = Text::new(id) else { return Ok(Is::NotEnded) };
    let status = shell.engage()?.client.send(&batch_status(&id)).await.map_err(Error::Engage)?;
    let BatchStatus::Ended(result) = status else { return Ok(Is::NotEnded) };
    let (header, rows) = rows(&shell.checked(file)?.0, batch)?;
    let folder = shell.setup.folder;
    reject(&folder.rejects(REJECTS), &batch_name(file, batch), &header, &rows, &result)?;
    let named = u64::try_from(result.faults.len()).unwrap_or(u64::MAX);
    let planned = shell.planned(file)?;
    if batch + 1 == batches_of(planned) {
        // What was refused is in the rejects, and comes again only when it is mended, which changes its digest.
        sent::note(folder, planned)?;
    }
    shell.learn(Entry::BatchEnded {
        file: file.to_owned(),
        batch,
        created: result.created.unwrap_or_default(),
        updated: result.updated.unwrap_or_default(),
        failed: result.failed.unwrap_or(named),
    })?;
    Ok(Is::Ended)
}

fn batch_name(file: &str, batch: u64) -> String {
    format!("{file}:{batch}")
}

type Rows = (csv::StringRecord, Vec<csv::StringRecord>);

/// The rows of a batch.
fn rows(path: &Path, batch: u64) -> Result<Rows, Error> {
    let table = |source| Error::Table { path: path.to_owned(), source };
    let mut rows = csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_path(path).map_err(table)?;
    let header = rows.headers().map_err(table)?.clone();
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let batch = rows.into_records().skip(count(batch * BATCH_CONTACTS)).take(count(BATCH_CONTACTS));
    Ok((header, batch.collect::<Result<_, _>>().map_err(table)?))
}

/// A row of a contact file as the bulk call has it: booleans are `True` and `False` there (fact M-12), and what is empty
/// would overwrite (fact M-30).
fn contact(header: &csv::StringRecord, row: &csv::StringRecord) -> FlatContact {
    FlatContact::new(header.iter().zip(row).filter_map(|(name, value)| {
        let value = match value {
            "True" => FlatValue::Truth(true),
            "False" => FlatValue::Truth(false),
            _ => FlatValue::Text(Text::new(value)?),
        };
        Some((Text::new(name)?, value))
    }))
}

/// Writes the refused contacts of a batch to the rejects, in place of what a run that was killed here wrote.
fn reject(
    path: &Path,
    batch: &str,
    header: &csv::StringRecord,
    rows: &[csv::StringRecord],
    result: &BatchResult,
) -> Result<(), Error> {
    let table = |source| Error::Table { path: path.to_owned(), source };
    let mut reasons: BTreeMap<usize, &str> = BTreeMap::new();
    for fault in &result.faults {
        let Ok(index) = usize::try_from(fault.index) else { continue };
        reasons.insert(index, fault.code.as_ref().map_or("refused", Text::as_str));
    }
    if reasons.is_empty() && !path.exists() {
        return Ok(());
    }
    let mut writer = csv::WriterBuilder::new().delimiter(b';').flexible(true).from_writer(Vec::new());
    writer.write_record(header.iter().chain([BATCH, REASONS])).map_err(table)?;
    if path.exists() {
        let former =
            csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_path(path).map_err(table)?;
        for row in former.into_records() {
            let row = row.map_err(table)?;
            if row.get(header.len()) != Some(batch) {
                writer.write_record(&row).map_err(table)?;
            }
        }
    }
    for (index, reason) in reasons {
        let Some(row) = rows.get(index) else { continue };
        writer.write_record(row.iter().chain([batch, reason])).map_err(table)?;
    }
    let bytes = writer.into_inner();
    let bytes = bytes.map_err(|error| Error::Disk { path: path.to_owned(), source: error.into_error() })?;
    write_whole(path, &bytes)
}
