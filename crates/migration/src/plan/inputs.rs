//! The files of an export as they were read: their sizes and digests.

use std::sync::atomic::AtomicBool;

use crate::Entity;
use crate::check::Error;
use crate::manifest::Input;
use crate::mapping::Mapping;
use crate::source;
use crate::whole::{self, Digest};

/// A file of the export.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What is in it.
    pub entity: Entity,
    /// What it is.
    pub input: Input,
}

/// Looks at every file that a mapping names.
///
/// # Errors
/// A file that can't be read, and [`Error::Stopped`].
pub fn look(mapping: &Mapping, stop: &AtomicBool) -> Result<Vec<Looked>, Error> {
    let mut inputs = Vec::new();
    for table in &mapping.tables {
        for path in &table.files {
            let io = |source| source::Error::Io { path: path.clone(), source };
            let Digest { bytes, blake3 } = whole::digest(path, stop).map_err(io)?.ok_or(Error::Stopped)?;
            let input = Input { file: path.display().to_string(), bytes, blake3 };
            inputs.push(Looked { entity: table.entity, input });
        }
    }
    Ok(inputs)
}
