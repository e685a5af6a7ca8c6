//! The client against OpenSSH's server.

use std::sync::atomic::{AtomicBool, Ordering};

use migration::sftp::{Config, Entry, Error, Login, Session, Was};
use secrecy::SecretString;

use crate::sshd::Sshd;

static GO: AtomicBool = AtomicBool::new(false);

#[tokio::test]
async fn a_file_is_written_named_seen_and_taken_away() {
    let server = Sshd::start();
    let session = Session::connect(&server.config()).await.unwrap();
    let folder = server.files().display().to_string();
    let local = server.files().with_file_name("local");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
    std::fs::write(&local, &bytes).unwrap();
    let mut said = Vec::new();
    let path = format!("{folder}/a.csv.1.part");
    let sent = session.upload(&local, &path, &GO, &mut |bytes| said.push(bytes)).await.unwrap();
    assert_eq!((sent, said.last()), (3_000_000, Some(&3_000_000)));
    let entry = |name: &str| Entry { name: name.to_owned(), bytes: Some(3_000_000) };
    assert_eq!(session.list(&folder).await.unwrap(), [entry("a.csv.1.part")]);
    session.rename(&path, &format!("{folder}/a.csv")).await.unwrap();
    assert_eq!(session.list(&folder).await.unwrap(), [entry("a.csv")]);
    assert_eq!(std::fs::read(server.files().join("a.csv")).unwrap(), bytes);
    let again = session.rename(&path, &format!("{folder}/b.csv")).await;
    assert!(matches!(again, Err(Error::Refused { what: "rename", .. })), "{again:?}");
    let remove = || session.remove(&path);
    assert_eq!(remove().await.unwrap(), Was::Gone);
    let small = server.files().with_file_name("small");
    std::fs::write(&small, b"x").unwrap();
    session.upload(&small, &path, &GO, &mut |_| ()).await.unwrap();
    assert_eq!(remove().await.unwrap(), Was::There);
    let nowhere = session.list(&format!("{folder}/nowhere")).await;
    assert!(matches!(nowhere, Err(Error::Refused { what: "list", .. })), "{nowhere:?}");
    session.close().await;
}

#[tokio::test]
async fn nothing_is_said_to_a_server_whose_key_is_not_the_pinned_one() {
    let server = Sshd::start();
    let unpinned = Config { host_key: None, ..server.config() };
    match Session::connect(&unpinned).await {
        Err(error @ Error::HostKeyUnknown { .. }) => {
            let said = error.to_string();
            assert!(said.contains(&server.fingerprint("host")) && said.contains("host-key ="), "{said}");
            assert!(!error.passes());
        }
        other => panic!("{other:?}"),
    }
    let wrong = Config { host_key: Some(server.fingerprint("stranger")), ..server.config() };
    match Session::connect(&wrong).await {
        Err(Error::HostKeyChanged { pinned, seen, .. }) => {
            assert_eq!((pinned, seen), (server.fingerprint("stranger"), server.fingerprint("host")));
        }
        other => panic!("{other:?}"),
    }
    let padded = Config { host_key: Some(format!("{}=", server.fingerprint("host"))), ..server.config() };
    Session::connect(&padded).await.unwrap().close().await;
}

#[tokio::test]
async fn a_wrong_password_or_key_is_for_a_person() {
    let server = Sshd::start();
    let password = Login::Password(SecretString::from("wrong"));
    for login in [password, server.key("stranger")] {
        let refused = Session::connect(&Config { login, ..server.config() }).await;
        assert!(matches!(refused, Err(Error::LoginRefused { .. })), "{refused:?}");
        assert!(!refused.unwrap_err().to_string().contains("wrong"));
    }
    let missing = Session::connect(&Config { login: server.key("nobody"), ..server.config() }).await;
    assert!(matches!(missing, Err(Error::Key { .. })), "{missing:?}");
}

#[tokio::test]
async fn what_breaks_off_or_is_not_there_may_work_later() {
    let server = Sshd::start();
    let local = server.files().with_file_name("local");
    std::fs::write(&local, vec![b'x'; 2_000_000]).unwrap();
    let session = Session::connect(&server.config()).await.unwrap();
    server.cut_after(400_000);
    let path = server.files().join("a.csv.1.part").display().to_string();
    let cut = session.upload(&local, &path, &GO, &mut |_| ()).await.unwrap_err();
    assert!(matches!(cut, Error::Unreachable { .. }) && cut.passes(), "{cut:?}");
    let nowhere = Config { port: 1, ..server.config() };
    let unreachable = Session::connect(&nowhere).await.unwrap_err();
    assert!(unreachable.passes(), "{unreachable:?}");
}

#[tokio::test]
async fn an_upload_ends_when_it_is_told_to_stop() {
    let server = Sshd::start();
    let local = server.files().with_file_name("local");
    std::fs::write(&local, vec![b'x'; 2_000_000]).unwrap();
    let session = Session::connect(&server.config()).await.unwrap();
    let stop = AtomicBool::new(false);
    let path = server.files().join("a.csv.1.part").display().to_string();
    let mut progress = |_| stop.store(true, Ordering::Relaxed);
    let stopped = session.upload(&local, &path, &stop, &mut progress).await;
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
    assert!(std::fs::metadata(&path).unwrap().len() < 2_000_000);
}
