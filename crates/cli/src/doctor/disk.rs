//! The disk under the data directory: whether it can be written and synced, has room, and keeps what it is given.

use std::io::Write as _;
use std::path::Path;

use gateway::Clock;
use jiff::SignedDuration;

use super::report::Check;

const GROUP: &str = "disk";
/// What the probe writes, in bytes.
const PROBE: [u8; 4096] = [0x54; 4096];
/// A sync that takes longer is felt at the till.
const SYNC_SLOW: SignedDuration = SignedDuration::from_millis(100);
/// With less room than this the queue of a long outage may not fit, in bytes.
const ROOM_LITTLE: u64 = 1024 * MIB;
/// With less room than this sales are soon refused, in bytes.
const ROOM_NONE: u64 = 64 * MIB;
const MIB: u64 = 1024 * 1024;

/// File systems that aren't this machine's own disk, by their numbers in Linux.
const REMOTE: [(u64, &str); 6] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x0102_1997, "9p"),
    (0x00C3_6400, "Ceph"),
];
/// The number of the file system that is in memory.
const IN_MEMORY: u64 = 0x0102_1994;

/// Writes, syncs and removes a small file, and looks at the room.
pub(super) fn checks(data_dir: &Path) -> Vec<Check> {
    let Some(folder) = data_dir.ancestors().map(or_here).find(|folder| folder.exists()) else {
        let found = format!("{} is nowhere", data_dir.display());
        return vec![Check::failed(
            GROUP,
            "write",
            found,
            "set gateway.data_dir to a folder on a local disk",
        )];
    };
    let mut checks = vec![write(folder)];
    checks.extend(room(folder));
    checks.extend(kind(folder));
    checks
}

/// A relative path starts here.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn write(folder: &Path) -> Check {
    let clock = Clock::start();
    let probe = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&PROBE)?;
        let before = clock.now();
        file.as_file().sync_data()?;
        file.close()?;
        Ok(clock.now().duration_since(before))
    };
    match probe() {
        Ok(took) if took <= SYNC_SLOW => {
            let found = format!("{} can be written, and synced in {} ms", folder.display(), took.as_millis());
            Check::ok(GROUP, "write", found)
        }
        Ok(took) => {
            let found = format!("a sync of {} takes {} ms", folder.display(), took.as_millis());
            Check::warning(GROUP, "write", found, "tills wait for it; use a faster disk")
        }
        Err(error) => unwritable(folder, &error),
    }
}

fn unwritable(folder: &Path, error: &std::io::Error) -> Check {
    let found = format!("{} can't be written: {error}", folder.display());
    Check::failed(GROUP, "write", found, "let Tillbridge's user write there, or set gateway.data_dir")
}

fn room(folder: &Path) -> Option<Check> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let found = format!("{} MiB are free", free / MIB);
    Some(match free {
        ..ROOM_NONE => {
            Check::failed(GROUP, "room", found, "make room: when none is left, sales can't be kept")
        }
        ROOM_NONE..ROOM_LITTLE => {
            Check::warning(GROUP, "room", found, "make room for the receipts of a long outage")
        }
        ROOM_LITTLE.. => Check::ok(GROUP, "room", found),
    })
}

/// A file system that can't be trusted with sales. The number is a word of the platform's width.
fn kind(folder: &Path) -> Option<Check> {
    let number = u64::from(rustix::fs::statfs(folder).ok()?.f_type as u32);
    if number == IN_MEMORY {
        let found = "the data directory is in memory";
        return Some(Check::warning(
            GROUP,
            "kind",
            found,
            "nothing survives a restart; use a disk in a shop",
        ));
    }
    let (_, name) = REMOTE.iter().find(|(remote, _)| *remote == number)?;
    let found = format!("the data directory is on a network share ({name})");
    Some(Check::failed(
        GROUP,
        "kind",
        found,
        "use a local disk: locks and syncs of shares can't be relied on",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_is_judged_by_the_one_it_will_be_in() {
        let folder = tempfile::tempdir().unwrap();
        let checks = checks(&folder.path().join("not/there/yet"));
        assert_eq!(checks[0].verdict, Verdict::Ok, "{checks:?}");
        assert!(checks[0].found.contains(&folder.path().display().to_string()), "{checks:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_is_no_folder_to_write_in() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(checks(file.path())[0].verdict, Verdict::Failed);
    }
}
