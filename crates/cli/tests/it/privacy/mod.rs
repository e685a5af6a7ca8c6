//! Nobody's data stands where it has no business: the real processes at their most talkative, through all that a shop
//! does and all that can go wrong; then everything that they said is searched.
//!
//! What may hold personal data is left out by name: the profile in an answer to the till that asked for it, what an
//! administrator keeps in quarantine, an export, and the secret of a token for whoever had it made.

mod acts;
mod marks;
mod mirror;
mod person;
mod process;
mod refusals;
mod stage;

use serde_json::Value;

use self::person::{API_KEY, FIRST_NAME, LAST_NAME, marks};
use self::process::run;
use self::stage::{Stage, config};

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_data_stands_in_a_log_a_figure_a_list_or_a_refusal() {
    let mut stage = Stage::open().await;
    let id = stage.all_is_well().await;
    stage.what_is_refused(&id).await;
    stage.what_fails(&id).await;
    stage.what_operators_see().await;
    // All of it went through: Engage has it.
    let in_engage = [
        stage.admin("GET", "contacts?count=1000", Value::Null).await,
        stage.admin("GET", "receipts?count=1000", Value::Null).await,
        stage.admin("GET", "vouchers", Value::Null).await,
    ];
    let in_engage = in_engage.map(|list| list.to_string()).concat();
    let secrets = ["API key", "command line's token", "token"];
    assert_eq!(stage.marks.missing_in(&in_engage), secrets);

    stage.what_is_said_in_the_dark(&id).await;
    stage.what_operators_see().await;
    stage.close_gateway();
    stage.command_line();
    stage.what_is_repeated(&id).await;

    what_was_reached(&stage.said);
    let finds = |(name, text): &(String, String)| stage.marks.found_in(name, text);
    let found: Vec<String> = stage.said.iter().flat_map(finds).collect();
    assert!(found.is_empty(), "{} finds:\n{}", found.len(), found.join("\n"));
}

/// The search means something only if all of this happened.
fn what_was_reached(said: &[(String, String)]) {
    for name in ["err of serve", "err of serve-again", "err of serve-damaged"] {
        let (_, log) = said.iter().find(|(own, _)| own == name).unwrap();
        assert!(log.contains("TRACE") && log.contains("DEBUG"), "{name} isn't talkative: {log}");
        assert!(!log.contains("panicked"), "{name}: {log}");
    }
    let is_damaged =
        |(name, text): &(String, String)| name == "err of serve-damaged" && text.contains("malformed");
    assert!(said.iter().any(is_damaged), "the disk's failure was not met");
    for code in [
        "answerLost",
        "answerNotReadable",
        "bodyNotRead",
        "contactForgotten",
        "contactNotFound",
        "contactUnknownOffline",
        "engageFailed",
        "engageNotReached",
        "engageRefused",
        "hasFaults",
        "idInvalid",
        "keyNotAccepted",
        "multipleMatches",
        "notInUrl",
        "notJson",
        "notMappable",
        "otherContent",
        "tokenNotAccepted",
        "tooManyRequests",
    ] {
        let is_told = |(_, text): &(String, String)| text.contains(&format!("\"{code}\""));
        assert!(said.iter().any(is_told), "nothing was told with the code {code}");
    }
}

/// The same search, over the same ways, finds what was put there.
#[test]
fn what_is_put_into_an_output_is_found_there() {
    let folder = tempfile::tempdir().unwrap();
    let named = config("http://127.0.0.1:1").replace("Stockholm City", &format!("{FIRST_NAME} {LAST_NAME}"));
    std::fs::write(folder.path().join("tillbridge.toml"), named).unwrap();
    let shown = run(folder.path(), API_KEY, &["config", "show"]);
    let found = marks().found_in("config show", &shown.stdout);
    assert!(found.iter().any(|find| find.starts_with("config show: the first name, as it is")), "{found:?}");
    assert!(found.iter().any(|find| find.contains("the last name")), "{found:?}");
}
