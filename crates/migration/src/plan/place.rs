//! Where a plan is written, and how it takes its place.
//!
//! The new one stands beside the former until it is whole. From then on it wins: `plan.json.next` says that the change has
//! begun, and whoever comes next completes it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::whole;
use crate::{Folder, Manifest};

/// A plan that is being written.
#[derive(Debug)]
pub struct Place {
    folder: Folder,
}

impl Place {
    /// Begins a plan: completes a change that was interrupted, and clears what an interrupted plan left.
    ///
    /// # Errors
    /// What the disk says.
    pub fn begin(folder: &Folder) -> io::Result<Self> {
        recover(folder)?;
        let place = Self { folder: folder.clone() };
        for (_, new) in place.pairs() {
            remove(&new)?;
            fs::create_dir_all(&new)?;
        }
        Ok(place)
    }

    /// Where files go for now.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        beside(&self.folder.files(), ".part")
    }

    /// Where what belongs at a path of the folder's index goes for now.
    #[must_use]
    pub fn index(&self, path: &Path) -> PathBuf {
        let name = path.file_name().unwrap_or_default();
        beside(&index_of(&self.folder), ".part").join(name)
    }

    /// The plan takes its place.
    ///
    /// # Errors
    /// What the disk says; the former plan is then still there, or the new one is put in its place by the next who looks.
    pub fn finish(self, manifest: &Manifest) -> io::Result<()> {
        let next = beside(&self.folder.manifest(), ".next");
        whole::write_json(&next, manifest)?;
        recover(&self.folder)
    }

    fn pairs(&self) -> [(PathBuf, PathBuf); 2] {
        pairs(&self.folder)
    }
}

/// Completes a change of plans that was interrupted.
///
/// # Errors
/// What the disk says.
pub fn recover(folder: &Folder) -> io::Result<()> {
    let next = beside(&folder.manifest(), ".next");
    if !next.exists() {
        return Ok(());
    }
    for (old, new) in pairs(folder) {
        if new.exists() {
            remove(&old)?;
            fs::rename(&new, &old)?;
        }
    }
    fs::rename(next, folder.manifest())
}

fn pairs(folder: &Folder) -> [(PathBuf, PathBuf); 2] {
    [folder.files(), index_of(folder)].map(|old| {
        let new = beside(&old, ".part");
        (old, new)
    })
}

fn index_of(folder: &Folder) -> PathBuf {
    let sales = folder.sales();
    sales.parent().map_or_else(|| folder.path().to_owned(), Path::to_owned)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{beside, index_of, recover};
    use crate::Folder;

    #[test]
    fn a_change_of_plans_that_was_killed_is_completed_from_wherever_it_stood() {
        for renamed in 0..3 {
            let home = tempfile::tempdir().unwrap();
            let folder = Folder::at(home.path());
            for (place, old) in [folder.files(), index_of(&folder)].into_iter().enumerate() {
                let (former, new) = (old.join("former"), beside(&old, ".part"));
                let is_done = place < renamed;
                fs::create_dir_all(&old).unwrap();
                fs::write(if is_done { old.join("new") } else { former }, "").unwrap();
                if !is_done {
                    fs::create_dir_all(&new).unwrap();
                    fs::write(new.join("new"), "").unwrap();
                }
            }
            fs::write(folder.manifest(), "former").unwrap();
            fs::write(beside(&folder.manifest(), ".next"), "new").unwrap();
            recover(&folder).unwrap();
            recover(&folder).unwrap();
            assert_eq!(fs::read_to_string(folder.manifest()).unwrap(), "new", "after {renamed}");
            for path in [folder.files(), index_of(&folder)] {
                assert!(path.join("new").exists() && !path.join("former").exists(), "after {renamed}");
            }
        }
    }
}
