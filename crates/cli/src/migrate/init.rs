//! `tillbridge migrate init`: drafts the mapping by looking at the export.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use migration::{Folder, draft};

use super::next;
use crate::exit::Exit;
use crate::print;

/// Drafts it, from files that the mapping then names as seen from its own folder.
///
/// # Errors
/// When there is a mapping already, or a file can't be read.
pub(super) fn run(folder: &Folder, files: &[PathBuf]) -> anyhow::Result<Exit> {
    let path = folder.mapping();
    if path.exists() {
        let error = anyhow!(
            "{} is there already, and a person may have written it; name another --folder",
            path.display()
        );
        return Err(Exit::Refused.because(error));
    }
    fs::create_dir_all(folder.path()).with_context(|| format!("can't make {}", folder.path().display()))?;
    let base = absolute(folder.path())?;
    let files = files.iter().map(|file| absolute(file)).collect::<anyhow::Result<Vec<PathBuf>>>()?;
    let draft = draft::look(&files, &base)?;
    if draft.is_empty() {
        let error = anyhow!(
            "nothing in these files was recognised, so nothing is drafted: the first row of a file must name its columns; a \
             mapping can be written by hand too, as docs/migration.md shows"
        );
        return Err(Exit::CheckFailed.because(error));
    }
    fs::write(&path, draft.write()).with_context(|| format!("can't write {}", path.display()))?;
    print::line(&format!(
        "{} is drafted: read it, each line says how sure it is, from 0 to 1, and what no column says is asked there; next: {}",
        path.display(),
        next(folder, "check")
    ))?;
    Ok(Exit::Success)
}

/// A path that doesn't depend on where the process is.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    fs::canonicalize(path)
        .map_err(|error| Exit::NotFound.because(anyhow!("{} can't be read: {error}", path.display())))
}
