//! Puts the member numbers that Engage gave into a file of vouchers (fact M-23).
//!
//! The file is planned with the legacy keys of its holders. Who isn't found in Engage has no voucher sent; the row then
//! stands in the rejects.

use std::path::Path;

use super::Error;
use super::journal::Entry;
use super::shell::Shell;
use crate::ids;
use crate::whole;

/// The column with the holder.
const MEMBER: &str = "MemberKey";
/// The column that is added to rejected rows.
const REASONS: &str = "_reasons";

/// Writes the file again with member numbers.
pub(super) async fn fill(shell: &mut Shell<'_, '_>, file: &str) -> Result<(), Error> {
    let folder = shell.setup.folder;
    let from = folder.files().join(file);
    let table = |source| Error::Table { path: from.clone(), source };
    let mut rows =
        csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_path(&from).map_err(table)?;
    let header = rows.headers().map_err(table)?.clone();
    let Some(column) = header.iter().position(|name| name == MEMBER) else {
        return Err(Error::FileChanged(from));
    };
    let rows = rows.into_records().collect::<Result<Vec<_>, _>>().map_err(table)?;
    let mut keys: Vec<String> = rows.iter().filter_map(|row| row.get(column)).map(str::to_owned).collect();
    keys.sort_unstable();
    keys.dedup();
    let Some((known, gaps)) = ids::look_up(folder, &keys, shell.engage()?, shell.around).await? else {
        return Ok(());
    };
    let mut filled = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    let mut rejects = csv::WriterBuilder::new().delimiter(b';').flexible(true).from_writer(Vec::new());
    filled.write_record(&header).map_err(table)?;
    rejects.write_record(header.iter().chain([REASONS])).map_err(table)?;
    let (mut records, mut missing) = (0, 0);
    for row in &rows {
        let key = row.get(column).unwrap_or_default();
        match known.get(key).and_then(|known| known.member_number.as_deref()) {
            Some(number) => {
                let cells = row.iter().enumerate().map(|(at, cell)| if at == column { number } else { cell });
                filled.write_record(cells).map_err(table)?;
                records += 1;
            }
            None => {
                let reason = gaps.get(key).map_or("noMemberNumber", |gap| gap.as_str());
                rejects.write_record(row.iter().chain([reason])).map_err(table)?;
                missing += 1;
            }
        }
    }
    let path = folder.filled(file);
    let bytes = filled
        .into_inner()
        .map_err(|error| Error::Disk { path: path.clone(), source: error.into_error() })?;
    write_whole(&path, &bytes)?;
    if missing > 0 {
        let path = folder.rejects(&format!("engage-{file}"));
        let rejects = rejects.into_inner();
        let rejects =
            rejects.map_err(|error| Error::Disk { path: path.clone(), source: error.into_error() })?;
        write_whole(&path, &rejects)?;
    }
    shell.learn(Entry::Filled {
        file: file.to_owned(),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        blake3: blake3::hash(&bytes).to_hex().to_string(),
        records,
        missing,
    })
}

/// Writes a file so that a kill leaves the old one or the new.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    whole::write(path, bytes).map_err(|source| Error::Disk { path: path.to_owned(), source })
}
