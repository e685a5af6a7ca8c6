//! An older backup put in place: whom the shop has forgotten since stays forgotten.

use std::path::Path;

use serde_json::json;

use crate::operators::is_in_engage;
use crate::support::{Running, run, shop};

/// Copies everything that is in a stopped gateway's folder but the list of the forgotten, as an operator is told to.
fn copy_database(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "forgotten" && entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn who_was_forgotten_is_forgotten_again_when_an_older_backup_is_put_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let sandbox = Running::sandbox(folder.path());
    let config = shop(&sandbox.base_url);
    let email = "ada.lind@example.com";
    let gateway = Running::serve(folder.path(), &config);
    let enrolled = gateway.post("/v1/contacts", &json!({ "store": "store03-stockholm", "email": email }));
    let id = enrolled.body["contactId"].as_str().unwrap().to_owned();
    assert!(gateway.terminate().success());
    copy_database(&data, &backup);

    // Forgotten while Engage is not asked; then the disk dies, and nobody but the list of the forgotten knows of it.
    run(folder.path(), &["contact", "forget", &id, "--yes"]).ok();
    copy_database(&backup, &data);
    std::fs::write(folder.path().join("backup.toml"), config.replace("\"data\"", "\"backup\"")).unwrap();
    let held = run(folder.path(), &["--config", "backup.toml", "contact", "export", &id]).json();
    assert_eq!(held["profile"]["email"], email, "the backup alone has her: {held:#}");

    let gateway = Running::serve(folder.path(), &config);
    let gone = gateway.get(&format!("/v1/contacts/{id}"));
    assert_eq!((gone.status, gone.body["code"].as_str()), (410, Some("contactForgotten")), "{gone:?}");
    let deletes = |answer: &crate::support::Answer| answer.body.to_string().contains("deleteContact");
    gateway.get_until("/v1/deliveries?state=done", deletes);
    assert!(!is_in_engage(&sandbox, email));
    assert!(gateway.terminate().success());
    assert_eq!(run(folder.path(), &["contact", "export", &id]).code, 4);
}
