//! The demonstration is a test of everything: each of its steps checks its own result.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{run, terminate, tillbridge};

/// What every walk tells, in this order.
const TITLES: [&str; 24] = [
    "1. The shop's promotions stand in a file. Engage gets them from there",
    "2. A customer gives her e-mail address. Is she known?",
    "3. She becomes a member",
    "4. She is known at once, though Engage doesn't show a new contact yet",
    "5. The cashier types her phone number, the way people write it",
    "6. In Engage she is given points and a level. What does the till see?",
    "7. She buys two sweaters on sale and a jacket, with WELCOME10 off the whole",
    "8. The till didn't hear the answer and sends the same receipt again",
    "9. One sweater doesn't fit. The till names the sale, and asks what she gets for it",
    "10. The other one she exchanges for a warmer one, on one receipt",
    "11. A bag was rung up by mistake; the cashier voids the receipt, which Engage has already",
    "12. She paid for socks without a name; now she says who she is",
    "13. Engage makes a voucher of 50.00 of 200 of her points",
    "14. The voucher pays part of a scarf",
    "15. The scarf comes back, and with it the voucher",
    "16. The link to Engage is cut. She is looked up all the same",
    "17. In Helsinki she buys gloves, in euro, in the dark",
    "18. She has moved, and says so in the dark; the head office changes her city meanwhile",
    "19. The link is mended, and nobody does anything",
    "20. Engage imports what it was sent, and Tillbridge looks whether it is there",
    "21. What has she earned by all of it?",
    "22. She asks to be forgotten",
    "23. Somebody buys a mug and says nothing of himself; he scans a code for his copy",
    "24. Her brother becomes a member too, and wants his receipt by e-mail",
];

#[test]
fn every_step_of_the_demo_comes_to_what_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let told = run(folder.path(), &["demo", "--exit"]).ok();
    let titles: Vec<&str> =
        told.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(titles, TITLES, "{told}");
    assert!(told.contains("All steps came to what they should"), "{told}");
    assert!(!told.contains('\u{1b}'), "colour where there is no terminal: {told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it left something behind");
}

#[test]
fn the_demo_can_be_shown_again_over_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let again = ["demo", "--exit", "--data-dir", "kept"];
    assert!(run(folder.path(), &again).ok().contains("ada.lind@example.com"));
    assert!(run(folder.path(), &again).ok().contains("ada.lind+1@example.com"));
    let rows = run(folder.path(), &["--config", "kept/tillbridge.toml", "queue", "list", "--json"]).json();
    assert_eq!(rows.as_array().map(Vec::len), Some(42), "{rows:#}");
}

#[test]
fn the_demo_stays_up_until_it_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = tillbridge(folder.path()).arg("demo").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let docs = lines.find(|line| line.contains("/docs")).expect("it says where to look");
    assert!(docs.trim_start().starts_with("http://127.0.0.1:"), "{docs}");
    assert!(lines.any(|line| line == "Ctrl-C ends it."));
    terminate(child.id());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_port_that_is_taken_is_told_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for option in ["--gateway-port", "--sandbox-port"] {
        let ended = run(folder.path(), &["demo", "--exit", option, &port]);
        assert_eq!(ended.code, 69, "{option}: {ended:#?}");
    }
}
