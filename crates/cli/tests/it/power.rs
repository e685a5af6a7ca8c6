//! The power is cut under a real disk while tills sell: what was acknowledged is there when it comes back.
//!
//! The disk is an ext4 image of the test's own. Cut off, it forgets whatever was not synced, as far as a file system
//! does; torn sectors and disks that lie it doesn't try. As in a real power cut the gateway stops first: a sync that is
//! under way while Linux shuts a file system down may report success without being one, and must not be acted upon.
//! That the test can tell at all is shown by a gateway whose syncs do nothing. It needs root, to mount.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kill::audit::Books;
use crate::kill::engage::Engage;
use crate::kill::operator;
use crate::kill::process::Process;
use crate::native;
use crate::support::{Running, shop};
use crate::tills::{self, Caller, Chance, Door, Reply, Sale, Till};

/// How often the power goes.
const CUTS: usize = 10;
/// How often a gateway that only pretends may be lucky.
const LUCK_MAX: usize = 5;
const TILLS: usize = 4;
/// Acts that the tills are granted before each cut; it comes when they have done up to three quarters.
const ACTS_PER_CUT: u64 = 120;
const DISK_BYTES: u64 = 256 * 1024 * 1024;
/// The first sales of a new gateway change files more often than this, and less often than that.
const CHANGES_MIN: u32 = 50;
const CHANGES_MAX: u32 = 500;
/// Seconds until the file system would sync by itself: longer than any round takes.
const UNTIL_SYNCED_ANYWAY: &str = "commit=300";
/// Engage is not to be found, where only the tills matter.
const NOWHERE: &str = "http://127.77.0.3:9";
/// An address of this test's own.
const ADDRESS: &str = "127.77.0.2";

#[test]
fn what_was_acknowledged_survives_power_cuts() {
    let mut chance = Chance::drawn();
    let plant = Plant::new();
    let sandbox = Running::sandbox(plant.path());
    let engage = Engage::at(&sandbox.base_url);
    engage.is_quick(0);
    let config = shop(&sandbox.base_url);
    let door = Door::default();
    thread::scope(|scope| {
        let _broken_off = door.broken_off_at_the_end();
        let tills: Vec<_> = (0..TILLS)
            .map(|n| {
                let (door, chance) = (&door, chance.fork());
                scope.spawn(move || Till::new(n, chance).run(door))
            })
            .collect();
        for _ in 0..CUTS {
            let disk = plant.mount();
            let mut gateway = plant.serve(&config, &[]);
            door.open(&plant.listens(&mut gateway));
            door.grant(ACTS_PER_CUT);
            let wanted =
                door.look(|traffic| traffic.answered) + chance.between(1, ACTS_PER_CUT * 3 / 4) as usize;
            door.wait("some acts", |traffic| traffic.answered >= wanted);
            gateway.stand_still();
            disk.cut();
            door.shut();
            gateway.kill();
            door.wait("calls of the dead gateway end", |traffic| traffic.calling == 0);
        }
        let _disk = plant.mount();
        let mut gateway = plant.serve(&config, &[]);
        let base_url = plant.listens(&mut gateway);
        door.open(&base_url);
        door.close();
        let tills: Vec<Till> = tills.into_iter().map(|till| till.join().expect("a till ends")).collect();
        let books = Books::of(&tills);
        println!("{CUTS} cuts, {} sales acknowledged", books.sales.len());
        let caller = Caller::new();
        assert_eq!(missing(&caller, &base_url, &books.sales), Vec::<&str>::new());
        operator::drain(&caller, &base_url);
        books.are_true(&engage, &base_url, &plant.log());
    });
}

#[test]
fn a_gateway_that_only_pretends_to_sync_loses_what_it_acknowledged() {
    let mut chance = Chance::drawn();
    let plant = Plant::new();
    let library = native::faults(plant.path());
    let caller = Caller::new();
    let config = shop(NOWHERE);
    let lost = (0..LUCK_MAX).map(|round| {
        let sales: Vec<Sale> = (0..chance.between(10, 40))
            .map(|n| {
                let (id, contact) = (format!("sale-{round}-{n}"), json!({ "email": "ada@example.com" }));
                Sale::ring_up(&id, "ada@example.com", contact, &mut chance)
            })
            .collect();
        {
            let disk = plant.mount();
            let mut gateway = plant.serve(&config, &pretending(&library));
            let base_url = plant.listens(&mut gateway);
            for sale in &sales {
                assert_eq!(status(&sale.call(&caller, &base_url)), Some(201));
            }
            gateway.stand_still();
            disk.cut();
        }
        let _disk = plant.mount();
        let mut gateway = plant.serve(&config, &[]);
        // Files that can't even be opened have lost everything.
        gateway.listens().map_or(sales.len(), |base_url| missing(&caller, &base_url, &sales).len())
    });
    assert!(lost.inspect(|lost| println!("{lost} lost")).any(|lost| lost > 0), "syncs made no difference");
}

#[test]
fn what_a_kill_left_unsynced_is_synced_before_it_is_acknowledged() {
    let mut chance = Chance::drawn();
    let plant = Plant::new();
    let library = native::faults(plant.path());
    let caller = Caller::new();
    let config = shop(NOWHERE);
    let mut ring_up = |id: String| {
        Sale::ring_up(&id, "ada@example.com", json!({ "email": "ada@example.com" }), &mut chance)
    };
    for change in 1.. {
        assert!(change <= CHANGES_MAX, "it never gets through");
        let sales = [ring_up(format!("sale-{change}")), ring_up(format!("another-{change}"))];
        let disk = plant.mount();
        let threat =
            [("LD_PRELOAD", library.to_str().expect("text")), ("DIE_AT_CHANGE", &change.to_string())];
        let mut gateway = plant.serve(&config, &threat);
        let gets_through = gateway.listens().is_some_and(|base_url| {
            sales.iter().all(|sale| status(&sale.call(&caller, &base_url)) == Some(201))
        });
        gateway.kill();
        let mut gateway = plant.serve(&config, &[]);
        // The first only: a commit of the second would sync both.
        let known = status(&sales[0].call(&caller, &plant.listens(&mut gateway)));
        assert!(known == Some(200) || (known == Some(201) && !gets_through), "change {change}: {known:?}");
        gateway.stand_still();
        disk.cut();
        gateway.kill();
        drop(disk);
        let disk = plant.mount();
        let mut gateway = plant.serve(&config, &[]);
        let missing = missing(&caller, &plant.listens(&mut gateway), &sales[..1]);
        assert!(missing.is_empty(), "{missing:?} are missing after a kill at change {change}");
        gateway.kill();
        std::fs::remove_dir_all(plant.data()).expect("data that nobody uses");
        drop(disk);
        if gets_through {
            println!("{} kills, then a run got through", change - 1);
            assert!(change > CHANGES_MIN, "only {change} changes were seen");
            return;
        }
    }
}

/// The sales that are not there as they were sent.
fn missing<'a>(caller: &Caller, gateway: &str, sales: &'a [Sale]) -> Vec<&'a str> {
    let is_there = |sale: &Sale| {
        let url = format!("{gateway}/v1/receipts/{}", sale.id);
        match caller.call(reqwest::Method::GET, &url, "", &[]) {
            Reply::Answered(answer) if answer.status == 200 => {
                let delivery = answer.body["deliveries"][0]["id"].as_str().expect("a delivery").to_owned();
                let content = caller.get(&format!("{gateway}/v1/deliveries/{delivery}/content"));
                content == serde_json::from_str::<Value>(&sale.body).expect("JSON")
            }
            Reply::Answered(answer) if answer.status == 404 => false,
            other => panic!("{url}: {other:?}"),
        }
    };
    sales.iter().filter(|sale| !is_there(sale)).map(|sale| &*sale.id).collect()
}

/// What makes a gateway's syncs do nothing.
fn pretending(library: &Path) -> [(&'static str, &str); 2] {
    [("LD_PRELOAD", library.to_str().expect("text")), ("PRETEND_TO_SYNC", "1")]
}

fn status(reply: &Reply) -> Option<u16> {
    match reply {
        Reply::Answered(answer) => Some(answer.status),
        Reply::Lost(_) | Reply::Unreached => None,
    }
}

/// A machine with a disk that can lose its power.
struct Plant {
    folder: TempDir,
    power_off: PathBuf,
}

impl Plant {
    fn new() -> Plant {
        let is_root = rustix::process::geteuid().is_root();
        assert!(is_root, "a disk is mounted here: run it as root, `sudo -E env \"PATH=$PATH\" ./test`");
        let folder = tempfile::tempdir().expect("a folder");
        let power_off = native::power_off(folder.path());
        let plant = Plant { folder, power_off };
        File::create(plant.image()).and_then(|file| file.set_len(DISK_BYTES)).expect("room for a disk");
        std::fs::create_dir(plant.mount_point()).expect("a folder to mount on");
        succeeds(tool("mkfs.ext4").args(["-q", "-F"]).arg(plant.image()));
        plant
    }

    fn mount(&self) -> Disk<'_> {
        let mut mount = tool("mount");
        succeeds(
            mount
                .args(["-o", &format!("loop,{UNTIL_SYNCED_ANYWAY}")])
                .arg(self.image())
                .arg(self.mount_point()),
        );
        Disk(self)
    }

    /// Starts a gateway whose data is on the disk.
    fn serve(&self, config: &str, environment: &[(&str, &str)]) -> Process {
        std::fs::write(self.path().join("tillbridge.toml"), config).expect("a folder to write in");
        let mut command = tills::serve(self.path(), ADDRESS);
        command
            .env("TILLBRIDGE_GATEWAY__DATA_DIR", self.mount_point().join("data"))
            .envs(environment.to_vec());
        Process::spawn(command, &self.path().join("serve.log"))
    }

    fn listens(&self, gateway: &mut Process) -> String {
        gateway.listens().unwrap_or_else(|| panic!("it doesn't start: {}", self.log()))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("serve.log")).unwrap_or_default()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn image(&self) -> PathBuf {
        self.path().join("disk.ext4")
    }

    fn data(&self) -> PathBuf {
        self.mount_point().join("data")
    }

    fn mount_point(&self) -> PathBuf {
        self.path().join("disk")
    }
}

/// The disk while it is mounted. Whoever uses it must be gone before it is dropped.
struct Disk<'a>(&'a Plant);

impl Disk<'_> {
    /// Cuts its power.
    fn cut(&self) {
        succeeds(Command::new(&self.0.power_off).arg(self.0.mount_point()));
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let unmounted =
            tool("umount").arg(self.0.mount_point()).status().is_ok_and(|status| status.success());
        if !unmounted {
            // Something in a failing test still holds it: it goes when that does.
            let _ = tool("umount").arg("--lazy").arg(self.0.mount_point()).status();
        }
    }
}

/// A tool of the system's, which is not on everybody's path.
fn tool(name: &str) -> Command {
    let mut command = Command::new(name);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}: this test needs it: apt-get install e2fsprogs mount")
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
