//! The deterministic disk: tmpfs, with a shim before it that makes a sync cost what a quiet solid-state disk asks for.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::load::now;

/// Where there is a tmpfs on Linux.
const TMPFS: &str = "/dev/shm";
/// What a sync costs by itself.
const SYNC: Duration = Duration::from_micros(120);
/// What each byte since the last sync costs on top, in picoseconds.
const PICOS_PER_BYTE: u32 = 650;
/// What the probe appends between two syncs, in bytes.
const PROBE_BYTES: usize = 2048;
/// How long the probe goes on.
const PROBE_TIME: Duration = Duration::from_millis(500);

/// The disk.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: TempDir,
    shim: PathBuf,
}

/// What one server has synced.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Synced {
    /// Calls of fsync and fdatasync.
    pub(crate) syncs: u64,
    /// Bytes that were written before them.
    pub(crate) bytes: u64,
}

impl Disk {
    /// Builds the shim.
    pub(crate) fn new() -> anyhow::Result<Disk> {
        let folder = tempfile::Builder::new().prefix("tillbridge-bench-").tempdir_in(TMPFS)?;
        let (source, shim) = (folder.path().join("slowsync.c"), folder.path().join("slowsync.so"));
        std::fs::write(&source, include_str!("slowsync.c"))?;
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&shim).arg(source).arg("-ldl");
        ensure!(
            cc.status().context("there is no cc: install a C compiler")?.success(),
            "the shim can't be built"
        );
        Ok(Disk { folder, shim })
    }

    /// A new folder on it.
    pub(crate) fn folder(&self) -> anyhow::Result<TempDir> {
        Ok(tempfile::tempdir_in(self.folder.path())?)
    }

    /// Puts it before a program, whose syncs are then counted in `counters`.
    pub(crate) fn put_before(&self, program: &mut Command, counters: &Path) {
        program
            .env("LD_PRELOAD", &self.shim)
            .env("SLOWSYNC_BASE_NS", SYNC.as_nanos().to_string())
            .env("SLOWSYNC_PICOS_BYTE", PICOS_PER_BYTE.to_string())
            .env("SLOWSYNC_COUNTERS", counters);
    }
}

/// Reads the counters of a server.
pub(crate) fn synced(counters: &Path) -> anyhow::Result<Synced> {
    let file = File::open(counters).context("the shim counted nothing; is the server linked statically?")?;
    let number_at = |offset| -> anyhow::Result<u64> {
        let mut bytes = [0; 8];
        file.read_exact_at(&mut bytes, offset)?;
        Ok(u64::from_ne_bytes(bytes))
    };
    Ok(Synced { syncs: number_at(0)?, bytes: number_at(8)? })
}

/// Appends and syncs again and again, as the server would on this disk: what a single append costs, in microseconds.
pub(crate) fn probe(folder: &Path) -> anyhow::Result<f64> {
    let file = File::options().create(true).append(true).open(folder.join("probe"))?;
    let (begun, mut appended) = (now(), 0_u32);
    while begun.elapsed() < PROBE_TIME {
        std::io::Write::write_all(&mut &file, &[b'x'; PROBE_BYTES])?;
        file.sync_data()?;
        appended += 1;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(appended))
}
