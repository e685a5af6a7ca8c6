//! Who is who, asked from Engage; and member numbers in vouchers.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use migration::ids::{self, Outcome};
use migration::mapping::{ContactKey, ContactsBy, Stores};
use migration::run::{Ended, Event, Patience, Road};
use migration::surroundings::{Pausing, Surroundings};
use migration::{Entity, Folder};

use crate::engage_api::{Api, Known};
use crate::files::{Plan, With};
use crate::sshd::Sshd;

fn members(keys: impl IntoIterator<Item = u32>) -> BTreeMap<String, String> {
    keys.into_iter().map(|key| (format!("k{key}"), format!("9{key}"))).collect()
}

fn index(folder: &Folder, keys: &[&str]) {
    let path = folder.index(Entity::Contacts);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let rows: String = keys.iter().map(|key| format!("f,0:2,00,{key}\n")).collect();
    std::fs::write(path, format!("file,source,digest,key\n{rows}")).unwrap();
}

#[tokio::test]
async fn each_contact_is_looked_up_once_and_the_missing_are_named() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path());
    index(&folder, &["k1", "k2", "k3", ""]);
    let api = Api::start(Known { members: members([1, 3]), ..Known::default() }).await;
    let asking = api.asking(ContactKey::ExternalId);
    let (pauses, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let now = || Timestamp::UNIX_EPOCH;
    let pause = |time: Duration| -> Pausing {
        pauses.lock().unwrap().push(time);
        Box::pin(ready(()))
    };
    let around = Surroundings { now: &now, pause: &pause, stop: &stop };
    let found = ids::run(&folder, &asking, around, &mut |_| ()).await.unwrap();
    let expected = Outcome { keys: 4, known: 2, missing: 2, stopped: false };
    assert_eq!(found, expected);
    let known = "key,contactId,memberNumber\nk1,id-k1,91\nk3,id-k3,93\n";
    assert_eq!(std::fs::read_to_string(folder.ids()).unwrap(), known);
    let missing = std::fs::read_to_string(folder.ids_missing()).unwrap();
    assert_eq!(missing, "key,reason\n,noKey\nk2,notFound\n");
    let wanted = Duration::from_secs(1) * 8 / 50;
    assert_eq!(*pauses.lock().unwrap(), [wanted], "as long as so many requests may take");

    // A kill tore the last line; one contact has come since.
    std::fs::write(folder.ids(), format!("{known}k2,id-k2,9")).unwrap();
    api.with(|known| {
        known.members = members([1, 2, 3]);
        known.asked.clear();
    });
    let found = ids::run(&folder, &asking, around, &mut |_| ()).await.unwrap();
    assert_eq!(found, Outcome { keys: 4, known: 3, missing: 1, stopped: false });
    assert_eq!(std::fs::read_to_string(folder.ids()).unwrap(), format!("{known}k2,id-k2,92\n"));
    let asked = api.with(|known| known.asked.clone());
    assert_eq!(asked.len(), 2, "only of the one that isn't known: {asked:?}");
}

#[tokio::test]
async fn vouchers_get_the_member_numbers_that_engage_gave() {
    let server = Sshd::start();
    let mut plan = Plan::new();
    let folder = server.files().display().to_string();
    let text = "MemberKey;UniqueCode\nk1;A\nk2;B\nk3;C\n";
    let file = plan.file(Entity::Vouchers, folder, text);
    plan.manifest.files[0].needs_member_numbers = true;
    let api = Api::start(Known { members: members([1, 3]), ..Known::default() }).await;
    let (asking, config) = (api.asking(ContactKey::Email), server.config());
    let mut ended = None;
    let with = With {
        road: Road { contacts: ContactsBy::File, stores: Stores::First },
        sftp: Some(&config),
        engage: Some(&asking),
        patience: Patience::Stay,
        words: Vec::new(),
        kill_at: None,
        ended: &mut ended,
    };
    let events = plan.run(with).await.unwrap();
    assert_eq!(ended, Some(Ended::Done));
    assert!(events.contains(&Event::Filled { file: file.clone(), records: 2, missing: 1 }), "{events:?}");
    let taken = plan.taken.lock().unwrap();
    assert_eq!(*taken, [(file.clone(), b"MemberKey;UniqueCode\n91;A\n93;C\n".to_vec())]);
    let rejects = std::fs::read_to_string(plan.folder.rejects(&format!("engage-{file}"))).unwrap();
    assert_eq!(rejects, "MemberKey;UniqueCode;_reasons\nk2;B;notFound\n");
}
