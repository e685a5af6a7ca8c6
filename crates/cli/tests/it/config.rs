//! `tillbridge config`, as somebody at a shell sees it.

use std::path::Path;
use std::process::{Command, Output};

#[test]
fn a_new_file_is_written_once_and_is_right() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(code(&run(folder.path(), &["config", "init"], &[])), 0);
    let written = std::fs::read_to_string(folder.path().join("tillbridge.toml")).expect("it was written");
    assert!(written.contains("[gateway]"));
    std::fs::write(folder.path().join("tillbridge.toml"), "mine").expect("a file can be changed");
    let again = run(folder.path(), &["config", "init"], &[]);
    assert_eq!(code(&again), 1, "{again:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("tillbridge.toml")).expect("still there"), "mine");
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), &["config", "init", "mine.toml"], &[]);
    let metadata = std::fs::metadata(folder.path().join("mine.toml")).expect("it was written");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_is_in_force_is_shown_with_its_origin_and_without_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("tillbridge.toml"), "[gateway]\nwait_ms = 7\n").expect("a file");
    let variables = [("TILLBRIDGE_ENGAGE__API_KEY", "hush-hush")];
    let shown = run(folder.path(), &["config", "show"], &variables);
    assert_eq!(code(&shown), 0, "{shown:?}");
    let stdout = text(&shown.stdout);
    assert!(line(&stdout, "wait_ms = 7").ends_with("# tillbridge.toml:2"), "{stdout}");
    assert!(line(&stdout, "api_key = \"(hidden)\"").ends_with("# TILLBRIDGE_ENGAGE__API_KEY"), "{stdout}");
    assert!(!stdout.contains("hush-hush"), "{stdout}");
}

#[test]
fn faults_go_to_stderr_with_a_code_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("other.toml"), "[gateway]\nwait_ms = -1\nauht = \"none\"\n")
        .expect("a file");
    let checked = run(folder.path(), &["config", "check", "--config", "other.toml"], &[]);
    assert_eq!(code(&checked), 78, "{checked:?}");
    assert!(checked.stdout.is_empty(), "{checked:?}");
    let stderr = text(&checked.stderr);
    assert!(stderr.starts_with("the configuration has 2 faults:"), "{stderr}");
    assert!(
        stderr.contains("other.toml:2: gateway.wait_ms") && stderr.contains("did you mean auth?"),
        "{stderr}"
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let checked = run(folder.path(), &["config", "check"], &[("TILLBRIDGE_CONFIG", "gone.toml")]);
    assert_eq!(code(&checked), 78, "{checked:?}");
    assert!(text(&checked.stderr).contains("gone.toml: cannot read it"), "{checked:?}");
}

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tillbridge"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TILLBRIDGE_"))
    {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments).envs(variables.iter().copied()).output().expect("it starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn line<'a>(text: &'a str, start: &str) -> &'a str {
    text.lines().find(|line| line.starts_with(start)).unwrap_or_default()
}
