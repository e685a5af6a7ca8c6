//! The files of an export as they were read: their sizes and digests.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Entity;
use crate::check::Error;
use crate::manifest::Input;
use crate::mapping::Mapping;
use crate::source;

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

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
    let mut chunk = vec![0; CHUNK_BYTES];
    for table in &mapping.tables {
        for path in &table.files {
            let io = |source| source::Error::Io { path: path.clone(), source };
            let (mut file, mut bytes) = (File::open(path).map_err(io)?, 0);
            let mut hasher = blake3::Hasher::new();
            loop {
                if stop.load(Ordering::Relaxed) {
                    return Err(Error::Stopped);
                }
                let read = file.read(&mut chunk).map_err(io)?;
                if read == 0 {
                    break;
                }
                hasher.update(&chunk[..read]);
                bytes += read as u64;
            }
            let input = Input {
                file: path.display().to_string(),
                bytes,
                blake3: hasher.finalize().to_hex().to_string(),
            };
            inputs.push(Looked { entity: table.entity, input });
        }
    }
    Ok(inputs)
}
