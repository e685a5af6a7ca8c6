//! Files over SFTP, brought by OpenSSH's own program.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sandbox::{Config, Server, Sftp, SftpAccess};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::Running;

const CONTACTS: &str = "/integration/contactImport";
const FILE: &str = "20261123180000_0001_contacts.csv";

/// A client with a key, a folder of its own and what it knows of the host.
struct Client {
    home: TempDir,
    access: SftpAccess,
}

/// How a batch of commands went.
struct Went {
    well: bool,
    told: String,
}

impl Client {
    fn key(home: &TempDir) -> String {
        let path = home.path().join("key");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&path)
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        std::fs::read_to_string(path.with_extension("pub")).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// OpenSSH takes the first of several values, and `-b` is one for batch mode.
    fn sftp(&self, batch: &str, batch_mode: &str) -> Command {
        let mut command = Command::new("sftp");
        command.args(["-o", batch_mode]);
        let port = self.access.address.port().to_string();
        let hosts = format!("UserKnownHostsFile={}", self.path("known_hosts").display());
        command.args(["-q", "-F", "/dev/null", "-P", &port, "-b"]).arg(self.file("batch", batch));
        command.args(["-o", "StrictHostKeyChecking=accept-new", "-o", &hosts, "-o", "IdentitiesOnly=yes"]);
        command.stdin(Stdio::null());
        command
    }

    fn host(&self) -> String {
        format!("{}@127.0.0.1", self.access.user)
    }

    /// Runs commands, signed in by the key.
    async fn batch(&self, batch: &str) -> Went {
        let mut command = self.sftp(batch, "BatchMode=yes");
        command.arg("-i").arg(self.path("key")).arg(self.host());
        went(command).await
    }

    /// The same, signed in by a password.
    async fn batch_by_password(&self, batch: &str, password: &str) -> Went {
        let asked = self.file("askpass", &format!("#!/bin/sh\necho '{password}'\n"));
        std::fs::set_permissions(&asked, std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = self.sftp(batch, "BatchMode=no");
        command.env("SSH_ASKPASS", asked).env("SSH_ASKPASS_REQUIRE", "force").env("DISPLAY", ":0");
        command.args(["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"]);
        command.arg(self.host());
        went(command).await
    }
}

async fn went(mut command: Command) -> Went {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Went { well: output.status.success(), told: told.concat() }
}

async fn start(data_dir: Option<&Path>) -> (Running, Client) {
    let home = tempfile::tempdir().unwrap();
    let key = Client::key(&home);
    let sftp = Sftp { authorized_keys: vec![key], ..Sftp::on(([127, 0, 0, 1], 0).into()) };
    let config = Config { data_dir: data_dir.map(Path::to_owned), sftp: Some(sftp), ..Config::in_memory() };
    let server = Server::bind(config).await.unwrap();
    let access = server.sftp().unwrap().clone();
    (Running::of(server), Client { home, access })
}

async fn list(running: &Running, name: &str) -> Vec<Value> {
    let (status, page) = running.call("GET", &format!("/_sandbox/{name}"), "").await.unwrap();
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().clone()
}

fn contacts(rows: u32) -> String {
    let rows = (1..=rows).map(|n| format!("m{n};ada{n}@example.com\n"));
    format!("externalId;email\n{}", rows.collect::<String>())
}

#[tokio::test]
async fn openssh_brings_a_file_and_the_job_takes_it() {
    let (running, client) = start(None).await;
    let local = client.file("local.csv", &contacts(3));
    let batch = format!(
        "put {} {CONTACTS}/{FILE}.part\nls -l {CONTACTS}\nrename {CONTACTS}/{FILE}.part {CONTACTS}/{FILE}\nls -1 {CONTACTS}\nget {CONTACTS}/{FILE} {}\n",
        local.display(),
        client.path("back.csv").display()
    );
    let went = client.batch_by_password(&batch, &client.access.password).await;
    assert!(went.well, "{}", went.told);
    assert!(went.told.contains(&format!("{FILE}.part")), "{}", went.told);
    assert_eq!(std::fs::read_to_string(client.path("back.csv")).unwrap(), contacts(3));
    let shown = Command::new("ssh-keygen").arg("-lf").arg(client.path("known_hosts")).output();
    let shown = String::from_utf8(shown.unwrap().stdout).unwrap();
    assert!(shown.contains(&client.access.host_key), "{shown} {}", client.access.host_key);

    let waiting = list(&running, "folders").await;
    assert_eq!((waiting.len(), &waiting[0]["name"], &waiting[0]["whole"]), (1, &json!(FILE), &json!(true)));
    let picked = running.call("POST", "/_sandbox/imports/pick-up", "").await;
    assert_eq!(picked, Some((200, json!({ "files": 1 }))));
    let imports = list(&running, "imports").await;
    assert_eq!((&imports[0]["rows"], &imports[0]["made"]), (&json!(3), &json!(3)), "{imports:?}");
    let went = client.batch(&format!("ls -1 {CONTACTS}\n")).await;
    assert!(went.well && !went.told.contains(FILE), "{}", went.told);
    running.stop().await;
}

#[tokio::test]
async fn nobody_comes_in_by_a_wrong_password_or_a_key_that_is_not_known() {
    let (running, client) = start(None).await;
    assert!(!client.batch_by_password("ls\n", "wrong").await.well);
    let stranger = Client { home: tempfile::tempdir().unwrap(), access: client.access.clone() };
    Client::key(&stranger.home);
    assert!(!stranger.batch("ls\n").await.well);
    assert!(client.batch("ls\n").await.well);
    running.stop().await;
}

#[tokio::test]
async fn files_are_kept_in_the_import_folders_only() {
    let (running, client) = start(None).await;
    let local = client.file("local.csv", "a;b\n").display().to_string();
    for refused in [
        format!("put {local} /a.csv"),
        format!("put {local} /integration/a.csv"),
        "mkdir /integration/contactImport/sub".to_owned(),
        "mkdir /other".to_owned(),
        "rm /integration/contactImport/none.csv".to_owned(),
        "rmdir /integration/contactImport".to_owned(),
        "cd /other".to_owned(),
    ] {
        let went = client.batch(&format!("{refused}\n")).await;
        assert!(!went.well, "{refused}: {}", went.told);
    }
    let went = client.batch(&format!("put {local} {CONTACTS}/a.csv\nput {local} {CONTACTS}/b.csv\n")).await;
    assert!(went.well, "{}", went.told);
    let onto = client.batch(&format!("rename {CONTACTS}/a.csv {CONTACTS}/b.csv\n")).await;
    assert!(!onto.well, "a file is not replaced by another one");
    assert!(client.batch(&format!("rm {CONTACTS}/a.csv\n")).await.well);
    assert_eq!(list(&running, "folders").await.len(), 1);
    running.stop().await;
}

#[tokio::test]
async fn an_upload_that_was_cut_is_gone_on_with() {
    let (running, client) = start(None).await;
    let whole = contacts(2_000);
    let (first, _) = whole.split_at(whole.len() / 2);
    let remote = format!("{CONTACTS}/{FILE}.part");
    let begun = client.file("begun.csv", first);
    assert!(client.batch(&format!("put {} {remote}\n", begun.display())).await.well);
    let local = client.file("local.csv", &whole);
    let went = client.batch(&format!("reput {} {remote}\n", local.display())).await;
    assert!(went.well, "{}", went.told);
    assert_eq!(list(&running, "folders").await[0]["bytes"], json!(whole.len()));
    running.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_the_host_key_the_files_that_wait_and_what_came_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let (running, client) = start(Some(folder.path())).await;
    let local = client.file("local.csv", &contacts(2)).display().to_string();
    let stores = client.file("stores.csv", "externalId;name;timeZone\ns1;One;Europe/Stockholm\n");
    let batch = format!(
        "put {local} {CONTACTS}/{FILE}\nput {} /integration/storeImport/20261123180000_0001_stores.csv\n",
        stores.display()
    );
    assert!(client.batch(&batch).await.well);
    assert_eq!(running.call("POST", "/_sandbox/imports/pick-up", "").await.unwrap().1["files"], 1);
    let before = (client.access.host_key.clone(), list(&running, "imports").await);
    running.stop().await;

    let (running, client) = start(Some(folder.path())).await;
    assert_eq!((client.access.host_key.clone(), list(&running, "imports").await), before);
    assert_eq!(running.call("POST", "/_sandbox/imports/pick-up", "").await.unwrap().1["files"], 0);
    let started = running.call("POST", "/_sandbox/imports/stores/start", "").await.unwrap();
    assert_eq!(started.1["files"], 1, "stores wait for Voyado, over a restart as well");
    let page = running.page("/_sandbox/folders").await;
    assert!(page.contains("Voyado: start") && page.contains("1 imported"), "{page}");
    let totals = running.call("GET", "/_sandbox/totals", "").await.unwrap().1;
    assert_eq!((&totals["contacts"], &totals["stores"]), (&json!(2), &json!(1)), "{totals}");
    running.stop().await;
}
