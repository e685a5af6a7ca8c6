//! Files that are there whole or not at all.
//!
//! What is being written has a passing name; it gets its own once it is on the disk, so that a kill leaves the former file or
//! the new one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// The passing name of a file that isn't whole yet.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Writes a file, and the folder that it stands in.
///
/// # Errors
/// What the disk says.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = part_of(path);
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)
}

/// The same as JSON that a person can read.
///
/// # Errors
/// What the disk says.
pub fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    write(path, &text)
}

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Its size.
    pub bytes: u64,
    /// Its digest, in hexadecimal.
    pub blake3: String,
}

/// Reads a file for its digest. None where it is stopped before the end.
///
/// # Errors
/// What the disk says.
pub fn digest(path: &Path, stop: &AtomicBool) -> io::Result<Option<Digest>> {
    let mut file = File::open(path)?;
    let (mut hasher, mut chunk) = (blake3::Hasher::new(), vec![0; CHUNK_BYTES]);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match file.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        };
    }
    Ok(Some(Digest { bytes: hasher.count(), blake3: hasher.finalize().to_hex().to_string() }))
}
