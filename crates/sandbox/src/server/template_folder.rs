//! A user's folder of mail templates, read once when the sandbox starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::mail::{Broken, MailTemplates};

/// Most files of a folder that are read.
const FILES_MAX: usize = 200;
/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Why no templates could be taken from a folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplatesError {
    /// The disk says no.
    #[error("could not read {path}")]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// The disk's word.
        #[source]
        source: std::io::Error,
    },
    /// There is too much of it.
    #[error("{0} is larger than any template, or one of too many")]
    TooMuch(PathBuf),
    /// No mail can be made with one of them.
    #[error("a template is broken")]
    Broken(#[from] Broken),
}

/// Reads a folder's `.html`, `.txt` and `.json` files, other files and folders are passed over, and tries them out.
pub(super) fn read(folder: &Path) -> Result<MailTemplates, TemplatesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TemplatesError::Io { path, source }
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_template =
            name.rsplit_once('.').is_some_and(|(_, end)| ["html", "txt", "json"].contains(&end));
        let about = std::fs::metadata(&path).map_err(failed(&path))?;
        if !is_template || !about.is_file() {
            continue;
        }
        if about.len() > FILE_BYTES_MAX || files.len() == FILES_MAX {
            return Err(TemplatesError::TooMuch(path));
        }
        files.insert(name.to_owned(), std::fs::read_to_string(&path).map_err(failed(&path))?);
    }
    Ok(MailTemplates::new(files)?)
}
