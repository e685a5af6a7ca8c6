//! No receipt is answered with 201 before it is synced: read from the system calls of the real binary, and tried with a
//! disk that refuses to sync.
//!
//! It needs `strace`, which must be allowed to trace this user's own processes. What a disk then does with a sync is
//! another question, which power-cut tests ask.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use super::support::{Running, SHOP, tillbridge};

/// A commit frame's header in SQLite's log is this long; the page follows in a call of its own.
const FRAME_HEADER_BYTES: usize = 24;
/// The end of the name of the log.
const LOG: &str = "tillbridge.db-wal";
/// Receipts that are followed on their way.
const FOLLOWED: usize = 6;
/// Syncs of the writer that are made to fail, one in each run. They are counted for each thread, and the first three of
/// the one that opens the files see to what a process before left unsynced: were one to fail, nothing would start.
const FAILING: std::ops::RangeInclusive<usize> = 4..=6;

#[test]
fn every_201_comes_after_the_sync_of_the_commit_that_holds_its_receipt() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    mknodat(CWD, &trace, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe to read the trace from");
    let reader = std::thread::spawn({
        let trace = trace.clone();
        move || {
            let mut text = String::new();
            std::fs::File::open(trace).and_then(|mut file| file.read_to_string(&mut text)).expect("a trace");
            text
        }
    });
    let traced = "trace=write,pwrite64,writev,pwritev,sendto,sendmsg,fsync,fdatasync";
    let server = under_strace(folder.path(), &["-y", "-xx", "-s", "16384", "-e", traced, "-o"], &trace);
    for n in 0..FOLLOWED {
        assert_eq!(server.put(&path(n), &receipt(n)).status, 201);
    }
    assert!(server.terminate().success());
    let calls = calls(&reader.join().expect("the trace was read"));
    for n in 0..FOLLOWED {
        follow(&calls, &key(n)).unwrap_or_else(|fault| panic!("receipt {n}: {fault}"));
    }
}

#[test]
fn a_trace_that_answers_before_its_sync_is_seen_through() {
    let log = "7</d/tillbridge.db-wal>";
    let (first, second, plain) = ("\\x41\\x42", "\\x43\\x44", "\\x00".repeat(4));
    let header = |pages: u8| format!("{plain}\\x00\\x00\\x00\\x{pages:02x}{}", "\\x00".repeat(16));
    let answer: String = format!("{}\\x20\\x41\\x42", hex("HTTP/1.1 201"));
    let frame = |pages, page: &str| {
        format!("11 write({log}, \"{}\", 24) = 24\n11 write({log}, \"{page}\", 8192) = 8192\n", header(pages))
    };
    let answered = format!("12 writev(9<socket:[5]>, [{{iov_base=\"{answer}\", iov_len=9}}], 1) = 9\n");
    let synced = format!(
        "11 fdatasync({log} <unfinished ...>\n12 write(3<x>, \"\", 0) = 0\n11 <... fdatasync resumed>)          = 0\n"
    );
    let failed = format!("11 fdatasync({log}) = -1 EIO (Input/output error) (INJECTED)\n");
    let judged = |lines: &[&str]| follow(&calls(&lines.concat()), "AB");
    let (page, commit) = (frame(0, first), frame(3, second));
    assert_eq!(judged(&[&page, &commit, &synced, &answered]), Ok(()));
    for untrue in [
        [&page, &commit, &answered, &synced],
        [&page, &synced, &commit, &answered],
        [&page, &commit, &failed, &answered],
        [&synced, &page, &commit, &answered],
    ] {
        assert!(judged(&untrue.map(String::as_str)).is_err(), "{untrue:#?}");
    }
}

#[test]
fn a_receipt_whose_sync_fails_is_answered_503_and_one_that_was_answered_201_is_there_after_a_restart() {
    let mut refused = 0;
    for failing in FAILING {
        let folder = tempfile::tempdir().expect("a folder");
        // Made beforehand and killed, so that neither a new file nor a new log is synced: what fails is a commit.
        Running::serve(folder.path(), SHOP).kill();
        let fault = format!("inject=fsync,fdatasync:error=EIO:when={failing}");
        let trace = folder.path().join("trace");
        let server =
            under_strace(folder.path(), &["-e", "trace=fsync,fdatasync", "-e", &fault, "-o"], &trace);
        let statuses: Vec<u16> = (0..FOLLOWED).map(|n| server.put(&path(n), &receipt(n)).status).collect();
        assert!(statuses.iter().all(|status| [201, 503].contains(status)), "{statuses:?}");
        refused += statuses.iter().filter(|status| **status == 503).count();
        let again: Vec<u16> = (0..FOLLOWED).map(|n| server.put(&path(n), &receipt(n)).status).collect();
        for (first, again) in statuses.iter().zip(again) {
            assert!(again == 200 || *first == 503 && again == 201, "{first}, and the same again {again}");
        }
        server.kill();
        let restarted = Running::serve(folder.path(), SHOP);
        for n in 0..FOLLOWED {
            assert_eq!(
                restarted.get(&path(n)).status,
                200,
                "receipt {n} of the run in which sync {failing} failed"
            );
        }
    }
    assert!(refused > 0, "no sync of a receipt failed, so nothing was tried");
}

/// One system call of one thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Call {
    thread: u64,
    name: String,
    /// The file or socket.
    on: String,
    /// What is written, in strace's hexadecimal form.
    data: String,
    /// Lines of the trace at which it began and ended.
    began: usize,
    ended: usize,
    well: bool,
}

/// Says how a receipt's answer came too early, if it did.
fn follow(calls: &[Call], key: &str) -> Result<(), String> {
    let key = hex(key);
    let ok = hex("HTTP/1.1 201");
    let answer = calls
        .iter()
        .find(|call| !is_log(call) && call.data.contains(&ok) && call.data.contains(&key))
        .ok_or("there is no 201")?;
    let log: Vec<&Call> = calls.iter().filter(|call| is_log(call)).collect();
    let page = log.iter().position(|call| call.data.contains(&key)).ok_or("it is not in the log")?;
    let writer = log[page].thread;
    // Its own header stands before the page.
    let from = page.checked_sub(1).ok_or("the log begins with a page")?;
    let commit = log[from..].iter().position(|call| call.thread == writer && is_commit(call));
    let commit = from + commit.ok_or("there is no commit after it")? + 1;
    let last = log.get(commit).ok_or("the page of the commit is missing")?;
    let sync = log[commit..].iter().find(|call| call.thread == writer && call.name.ends_with("sync"));
    let sync = sync.ok_or("there is no sync after its commit")?;
    match () {
        () if !sync.well => Err(format!("the sync after its commit failed: {sync:?}")),
        () if sync.began <= last.ended => Err("the sync began before the commit was written".to_owned()),
        () if answer.began <= sync.ended => Err("it was answered before the sync had ended".to_owned()),
        () => Ok(()),
    }
}

fn is_log(call: &Call) -> bool {
    call.on.ends_with(LOG)
}

/// A frame's header says in its second number how many pages the database has, if it ends a transaction.
fn is_commit(call: &Call) -> bool {
    let bytes: Vec<&str> = call.data.split("\\x").skip(1).collect();
    bytes.len() == FRAME_HEADER_BYTES && bytes[4..8].iter().any(|byte| *byte != "00")
}

/// Reads what strace wrote. A call that another thread's interrupted stands on two lines.
fn calls(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished: HashMap<u64, usize> = HashMap::new();
    for (line, text) in trace.lines().enumerate() {
        let Some((thread, text)) = text.split_once(' ') else { continue };
        let (Ok(thread), text) = (thread.parse(), text.trim_start()) else { continue };
        if text.starts_with("<... ") {
            if let Some(begun) = unfinished.remove(&thread) {
                calls[begun].data.push_str(text);
                calls[begun].ended = line;
                calls[begun].well = succeeded(text);
            }
        } else if let Some((name, arguments)) = text.split_once('(') {
            let on = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
            let on = on.map(|(on, _)| unescaped(on)).unwrap_or_default();
            if text.ends_with("<unfinished ...>") {
                unfinished.insert(thread, calls.len());
            }
            let (name, data) = (name.to_owned(), arguments.to_owned());
            calls.push(Call { thread, name, on, data, began: line, ended: line, well: succeeded(text) });
        }
    }
    for call in &mut calls {
        call.data = call.data.split('"').skip(1).step_by(2).collect();
    }
    calls
}

/// The result stands behind the bracket, in a column of its own where the call is short.
fn succeeded(text: &str) -> bool {
    let ended = text.rsplit_once(" = ").filter(|(call, _)| call.trim_end().ends_with(')'));
    ended.is_some_and(|(_, result)| !result.starts_with('-'))
}

/// With `-xx` strace writes names of files in hexadecimal too.
fn unescaped(name: &str) -> String {
    let byte = |digits: &str| u8::from_str_radix(digits, 16).ok().map(char::from);
    name.split("\\x")
        .skip(1)
        .map(byte)
        .collect::<Option<String>>()
        .filter(|name| !name.is_empty())
        .unwrap_or(name.to_owned())
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// The gateway under strace, which stands aside: the gateway itself is our child.
fn under_strace(folder: &Path, arguments: &[&str], trace: &Path) -> Running {
    let version = Command::new("strace").arg("-V").output();
    assert!(
        version.is_ok_and(|output| output.status.success()),
        "this test needs strace: apt-get install strace"
    );
    std::fs::write(folder.join("tillbridge.toml"), SHOP).expect("a folder to write in");
    let gateway = tillbridge(folder);
    let mut strace = Command::new("strace");
    strace.args(["-D", "-f", "-q"]).args(arguments).arg(trace).arg(gateway.get_program()).arg("serve");
    for (name, value) in gateway.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.env("TILLBRIDGE_GATEWAY__LISTEN", "127.0.0.1:0").current_dir(folder);
    Running::start(strace, &folder.join("serve.log"))
}

fn key(n: usize) -> String {
    format!("followed{n}")
}

fn path(n: usize) -> String {
    format!("/v1/receipts/{}", key(n))
}

fn receipt(n: usize) -> Value {
    json!({
        "store": "store03-stockholm", "till": "2", "receiptNumber": n.to_string(),
        "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK",
        "contact": { "email": format!("customer{n}@example.com") },
        "lines": [{ "id": "1", "kind": "purchase", "sku": "3001", "name": "Wool sweater", "quantity": 1,
                    "unitPrice": 200.00, "taxPercent": 25 }],
        "payments": [{ "type": "card", "amount": 200.00 }], "total": 200.00,
    })
}
