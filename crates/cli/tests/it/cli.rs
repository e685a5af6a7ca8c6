//! The command line as somebody at a shell sees it: servers, exit codes, and what is generated.

use std::path::Path;

use serde_json::Value;

use crate::support::{Ended, Running, SHOP, run, shop, tillbridge};

/// Where a file of the repository is, from its root.
fn committed(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Starts a gateway that is expected to end by itself.
fn serve(dir: &Path) -> Ended {
    Ended::of(tillbridge(dir).arg("serve").env("TILLBRIDGE_GATEWAY__LISTEN", "127.0.0.1:0").output().unwrap())
}

#[test]
fn a_gateway_says_where_it_listens_and_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox(folder.path());
    let gateway = Running::serve(folder.path(), &shop(&sandbox.base_url));
    assert_eq!(gateway.get("/healthz").body["status"], "ok");
    assert!(gateway.terminate().success());
    assert!(sandbox.terminate().success());
    let left: Vec<String> = std::fs::read_dir(folder.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("command-line"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_gateway_starts_and_sells_with_engage_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Running::serve(folder.path(), &shop("http://127.0.0.1:9"));
    let taken = gateway.put("/v1/receipts/r-1", &serde_json::json!({ "store": "store03-stockholm" }));
    assert_eq!(taken.status, 201, "{taken:?}");
}

#[test]
fn a_data_directory_has_one_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let first = Running::serve(folder.path(), &shop("http://127.0.0.1:9"));
    let second = serve(folder.path());
    assert_eq!(second.code, 75, "{second:#?}");
    assert!(second.stdout.is_empty(), "{second:#?}");
    assert!(second.stderr.contains("another process is running on data"), "{second:#?}");
    assert_eq!(first.get("/readyz").status, 200);
}

#[test]
fn a_sandbox_folder_has_one_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Running::sandbox(folder.path());
    let mut second = tillbridge(folder.path());
    second.arg("sandbox").env("TILLBRIDGE_SANDBOX__LISTEN", "127.0.0.1:0");
    second.env("TILLBRIDGE_SANDBOX__DATA_DIR", "sandbox-data");
    assert_eq!(Ended::of(second.output().unwrap()).code, 75);
}

#[test]
fn an_address_that_is_taken_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (command, variable) in
        [("serve", "TILLBRIDGE_GATEWAY__LISTEN"), ("sandbox", "TILLBRIDGE_SANDBOX__LISTEN")]
    {
        let output = tillbridge(folder.path()).arg(command).env(variable, &address).output().unwrap();
        let ended = Ended::of(output);
        assert_eq!(ended.code, 69, "{command}: {ended:#?}");
        assert!(ended.stderr.contains(&address), "{command}: {ended:#?}");
    }
}

#[test]
fn a_faulty_configuration_stops_every_command_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tillbridge.toml"), "[gateway]\nlisten = \"here\"\n").unwrap();
    for command in [
        &["serve"][..],
        &["sandbox"],
        &["doctor"],
        &["queue", "list"],
        &["token", "list"],
        &["config", "check"],
    ] {
        let ended = run(folder.path(), command);
        assert_eq!(ended.code, 78, "{command:?}: {ended:#?}");
        assert!(ended.stderr.contains("tillbridge.toml:2: gateway.listen"), "{command:?}: {ended:#?}");
    }
}

#[test]
fn arguments_that_are_not_understood_have_their_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["sell"]).code, 2);
    assert_eq!(run(folder.path(), &["queue", "list", "--state", "lost"]).code, 2);
    assert_eq!(run(folder.path(), &["queue", "discard", "d-1", "--reason", " "]).code, 2);
}

#[test]
fn nobody_sells_outside_loopback_without_a_token() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tillbridge.toml"), SHOP).unwrap();
    let output = tillbridge(folder.path())
        .arg("serve")
        .env("TILLBRIDGE_GATEWAY__LISTEN", "0.0.0.0:0")
        .output()
        .unwrap();
    assert_eq!(Ended::of(output).code, 78);
}

#[test]
fn a_gateway_without_tokens_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let config = shop("http://127.0.0.1:9").replace("auth = \"none\"", "auth = \"tokens\"");
    let gateway = Running::serve(folder.path(), &config);
    gateway.get_until("/healthz", |_| gateway.log().contains("tillbridge token issue"));
}

#[test]
fn the_log_can_be_read_by_machines() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tillbridge(folder.path());
    command.args(["sandbox", "--in-memory", "--log-format", "json"]);
    command.env("TILLBRIDGE_SANDBOX__LISTEN", "127.0.0.1:0");
    let sandbox = Running::start(command, &folder.path().join("log"));
    let log = sandbox.log();
    let line: Value = serde_json::from_str(log.lines().next().expect("it logs that it listens")).unwrap();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["url"], sandbox.base_url.as_str());
}

#[test]
fn a_sandbox_takes_only_the_key_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Running::sandbox_with(folder.path(), &["--api-key", "k-1"]);
    let stores = |key: &str| {
        let headers = [("apikey", key), ("content-type", "application/json"), ("user-agent", "Test/1")];
        sandbox.call(reqwest::Method::GET, "/api/v3/stores", None, &headers).status
    };
    assert_eq!((stores("k-1"), stores("k-2")), (200, 401));
}

#[test]
fn a_sandbox_is_set_up_as_the_configuration_says_the_tenant_is() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[engage]\ncontact_key = \"mobilePhone\"\ncustom_key = \"externalId\"\n{SHOP}");
    std::fs::write(folder.path().join("tillbridge.toml"), config).unwrap();
    let settings = Running::sandbox(folder.path()).get("/_sandbox/status").body["settings"].take();
    assert_eq!(settings["contactTypes"][0]["key"], "mobilePhone", "{settings:#}");
    assert_eq!(settings["customKey"], "externalId");
    assert_eq!(settings["groupCurrency"], "SEK");
    assert_eq!(settings["rates"]["EUR"].to_string().trim_matches('"'), "11.35");
}

#[test]
fn the_documented_api_is_the_served_one() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &["openapi"]).ok();
    let file = committed("docs/openapi.json");
    if std::env::var_os("TILLBRIDGE_BLESS").is_some() {
        std::fs::write(&file, &printed).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == printed,
        "docs/openapi.json isn't what `tillbridge openapi` prints; TILLBRIDGE_BLESS=1 writes it anew"
    );
}

#[test]
fn shells_can_complete_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(folder.path(), &["completions", shell]).ok();
        assert!(script.contains("needsAttention"), "{shell}");
    }
}

#[test]
fn the_long_help_tells_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"]).ok();
    assert!(help.contains("75  another process holds the data directory"), "{help}");
}

#[test]
fn an_existing_configuration_is_replaced_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tillbridge.toml");
    std::fs::write(&file, "mine").unwrap();
    let ended = run(folder.path(), &["config", "init"]);
    assert_eq!(ended.code, 1, "{ended:#?}");
    assert!(ended.stderr.contains("--force"), "{ended:#?}");
    assert_eq!(run(folder.path(), &["config", "init", "--force"]).code, 0);
    assert!(std::fs::read_to_string(&file).unwrap().contains("[gateway]"));
}

#[test]
fn what_is_in_force_can_be_read_by_machines_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tillbridge.toml"), SHOP).unwrap();
    let output = tillbridge(folder.path())
        .args(["config", "show", "--json"])
        .env("TILLBRIDGE_ENGAGE__API_KEY", "hush")
        .output()
        .unwrap();
    let shown = Ended::of(output).ok();
    assert!(!shown.contains("hush"), "{shown}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let setting = |key: &str| {
        let rows = shown["settings"].as_array().expect("a list");
        rows.iter().find(|row| row["key"] == key).cloned().unwrap_or_default()
    };
    assert_eq!(setting("gateway.wait_ms")["value"], 1500);
    assert_eq!(setting("engage.api_key")["origin"], "TILLBRIDGE_ENGAGE__API_KEY");
    assert_eq!(shown["rates"][0]["value"], "11.35");
    assert_eq!(shown["stores"][1][0]["value"], "store07-helsinki");
}
