//! Faults to order: per endpoint, counted, tried in the order they were set. A request meets one at most.
//!
//! What a client does over SFTP meets them too, under methods of its own ([`FileCall`]) and with the path of the file or
//! folder; `*` as the method means HTTP only, so that a link that is cut leaves the file server alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How many faults may be set at once.
pub(crate) const FAULTS_MAX: usize = 100;
/// The longest an answer may be delayed or dripped, in milliseconds.
pub(crate) const DELAY_MS_MAX: u32 = 600_000;

/// A fault, and which requests meet it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Its number; the sandbox gives it.
    #[serde(default)]
    pub id: u32,
    /// Which requests meet it.
    #[serde(default)]
    pub on: Pattern,
    /// How many more requests meet it; none: until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens to them.
    pub kind: Kind,
}

/// Which requests a fault is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pattern {
    /// The method, or `*` for any of HTTP; of files `SFTP-` and a word of theirs (`SFTP-WRITE`), or `SFTP-*`.
    pub method: String,
    /// The path without its query; `*` stands for one segment, or at the end for all that follow.
    pub path: String,
}

impl Default for Pattern {
    fn default() -> Pattern {
        Pattern { method: "*".to_owned(), path: "*".to_owned() }
    }
}

impl Pattern {
    fn fits(&self, method: &str, path: &str) -> bool {
        let is_of_files = method.starts_with(FileCall::PREFIX);
        let method_fits = match self.method.as_str() {
            "*" => !is_of_files,
            FileCall::ANY => is_of_files,
            own => own.eq_ignore_ascii_case(method),
        };
        method_fits && path_fits(&self.path, path)
    }
}

/// What a client of the SFTP server asks for, as far as a fault may meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileCall {
    /// A connection; its path is `/`.
    Connect,
    /// To be let in; its path is `/`.
    LogIn,
    /// What is in a folder.
    List,
    /// A file to write or read.
    Open,
    /// A piece of a file.
    Write,
    /// Another name for a file, by the name that it has.
    Rename,
    /// To take a file away.
    Remove,
}

impl FileCall {
    const PREFIX: &str = "SFTP-";
    const ANY: &str = "SFTP-*";
    /// Each of them.
    pub(crate) const ALL: [FileCall; 7] = [
        FileCall::Connect,
        FileCall::LogIn,
        FileCall::List,
        FileCall::Open,
        FileCall::Write,
        FileCall::Rename,
        FileCall::Remove,
    ];

    /// The method by which a fault names it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            FileCall::Connect => "SFTP-CONNECT",
            FileCall::LogIn => "SFTP-LOGIN",
            FileCall::List => "SFTP-LIST",
            FileCall::Open => "SFTP-OPEN",
            FileCall::Write => "SFTP-WRITE",
            FileCall::Rename => "SFTP-RENAME",
            FileCall::Remove => "SFTP-REMOVE",
        }
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/').filter(|segment| !segment.is_empty()).peekable();
    let mut given = path.split('/').filter(|segment| !segment.is_empty());
    while let Some(segment) = wanted.next() {
        if segment == "*" && wanted.peek().is_none() {
            return true;
        }
        match given.next() {
            Some(one) if segment == "*" || segment.eq_ignore_ascii_case(one) => {}
            Some(_) | None => return false,
        }
    }
    given.next().is_none()
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Nothing happens and this status is answered; over SFTP the word that comes next to it (403: permission denied, 404:
    /// no such file, others: failure).
    #[serde(rename_all = "camelCase")]
    Status {
        /// The status.
        code: u16,
        /// A `Retry-After` to go with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
    },
    /// It happens at once; the answer comes late.
    Delay {
        /// How late, in milliseconds.
        ms: u32,
    },
    /// It happens at once; the answer comes in small pieces.
    Drip {
        /// From the first byte to the last, in milliseconds.
        ms: u32,
    },
    /// Nothing happens and the connection is closed without an answer.
    CutBefore,
    /// It happens and the connection is closed without an answer.
    CutAfter,
    /// It happens and this status is answered, as by a gateway that waited too long (fact P-58).
    StatusAfter {
        /// The status.
        code: u16,
    },
    /// The SFTP server shows another host key than it had.
    OtherHostKey,
}

impl Kind {
    /// A few words, for a person.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Kind::Status { code, retry_after_seconds: None } => format!("status {code}"),
            Kind::Status { code, retry_after_seconds: Some(seconds) } => {
                format!("status {code}, Retry-After {seconds} s")
            }
            Kind::Delay { ms } => format!("answered {ms} ms late"),
            Kind::Drip { ms } => format!("dripped over {ms} ms"),
            Kind::CutBefore => "cut before anything happens".to_owned(),
            Kind::CutAfter => "cut after it happened".to_owned(),
            Kind::StatusAfter { code } => format!("status {code} after it happened"),
            Kind::OtherHostKey => "another host key is shown".to_owned(),
        }
    }
}

/// Why a fault cannot be set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("status {0} is not between 400 and 599")]
    Status(u16),
    #[error("a delay of {0} ms is longer than {DELAY_MS_MAX} ms")]
    Delay(u32),
    #[error("another host key is shown to those who connect: the method is SFTP-CONNECT")]
    NotOnConnecting,
    #[error("there is no method {0}; over SFTP there are {all}", all = FileCall::ALL.map(FileCall::word).join(", "))]
    NoSuchFileCall(String),
    #[error("a fault that happens 0 times is none")]
    Never,
    #[error("at most {FAULTS_MAX} faults may be set")]
    TooMany,
}

impl Fault {
    /// A fault for all requests, until it is removed.
    #[must_use]
    pub fn everywhere(kind: Kind) -> Fault {
        Fault { id: 0, on: Pattern::default(), times: None, kind }
    }

    /// A fault for the next `times` requests of this method and path.
    #[must_use]
    pub fn on(method: &str, path: &str, times: u32, kind: Kind) -> Fault {
        let on = Pattern { method: method.to_owned(), path: path.to_owned() };
        Fault { id: 0, on, times: Some(times), kind }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.times == Some(0) {
            return Err(Error::Never);
        }
        let method = self.on.method.as_str();
        let is_named = method == FileCall::ANY || FileCall::ALL.iter().any(|call| call.word() == method);
        if method.starts_with(FileCall::PREFIX) && !is_named {
            return Err(Error::NoSuchFileCall(method.to_owned()));
        }
        match self.kind {
            Kind::OtherHostKey if method != FileCall::Connect.word() => Err(Error::NotOnConnecting),
            Kind::Status { code, .. } | Kind::StatusAfter { code } if !(400..=599).contains(&code) => {
                Err(Error::Status(code))
            }
            Kind::Delay { ms } | Kind::Drip { ms } if ms > DELAY_MS_MAX => Err(Error::Delay(ms)),
            Kind::Status { .. }
            | Kind::Delay { .. }
            | Kind::Drip { .. }
            | Kind::CutBefore
            | Kind::CutAfter
            | Kind::StatusAfter { .. }
            | Kind::OtherHostKey => Ok(()),
        }
    }
}

/// The faults that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Faults {
    last_id: u32,
    set: Vec<Fault>,
}

impl Faults {
    pub(crate) fn list(&self) -> &[Fault] {
        &self.set
    }

    pub(crate) fn replace(&mut self, faults: Vec<Fault>) -> Result<(), Error> {
        if faults.len() > FAULTS_MAX {
            return Err(Error::TooMany);
        }
        faults.iter().try_for_each(Fault::check)?;
        self.set.clear();
        for fault in faults {
            self.push(fault);
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), Error> {
        fault.check()?;
        if self.set.len() == FAULTS_MAX {
            return Err(Error::TooMany);
        }
        self.push(fault);
        Ok(())
    }

    fn push(&mut self, fault: Fault) {
        self.last_id += 1;
        self.set.push(Fault { id: self.last_id, ..fault });
    }

    /// Whether there was one of this number.
    pub(crate) fn remove(&mut self, id: u32) -> bool {
        let before = self.set.len();
        self.set.retain(|fault| fault.id != id);
        self.set.len() < before
    }

    /// Whether a fault waits for this request.
    pub(crate) fn awaits(&self, method: &str, path: &str) -> bool {
        self.set.iter().any(|fault| fault.on.fits(method, path))
    }

    /// The fault that this request meets, counted down; one that is used up is gone.
    pub(crate) fn meet(&mut self, method: &str, path: &str) -> Option<Kind> {
        let place = self.set.iter().position(|fault| fault.on.fits(method, path))?;
        let fault = &mut self.set[place];
        let kind = fault.kind.clone();
        match fault.times {
            Some(left) if left > 1 => fault.times = Some(left - 1),
            Some(_) => {
                self.set.remove(place);
            }
            None => {}
        }
        Some(kind)
    }
}

/// A fault's delay as a duration.
pub(crate) fn millis(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_a_segment_or_for_the_rest() {
        for (pattern, path, fits) in [
            ("*", "/api/v3/contacts", true),
            ("/api/v3/contacts", "/api/v3/contacts", true),
            ("/api/v3/contacts", "/api/v3/contacts/id", false),
            ("/api/v3/contacts/*", "/api/v3/contacts/id", true),
            ("/api/*/contacts/*/transactions", "/api/v2/contacts/17/transactions", true),
            ("/api/*/contacts/*/transactions", "/api/v2/contacts/17", false),
            ("/api/v3/receipts", "/API/v3/Receipts/", true),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_fault_is_met_as_often_as_it_was_set_and_then_the_next_one() {
        let mut faults = Faults::default();
        faults.add(Fault::on("POST", "/api/v3/receipts", 2, Kind::CutAfter)).unwrap();
        faults.add(Fault::everywhere(Kind::Delay { ms: 5 })).unwrap();
        assert_eq!(faults.meet("GET", "/api/v3/stores"), Some(Kind::Delay { ms: 5 }));
        assert_eq!(faults.meet("POST", "/api/v3/receipts"), Some(Kind::CutAfter));
        assert_eq!(faults.meet("POST", "/api/v3/receipts"), Some(Kind::CutAfter));
        assert_eq!(faults.meet("POST", "/api/v3/receipts"), Some(Kind::Delay { ms: 5 }));
        assert_eq!(faults.list().len(), 1);
        assert!(faults.remove(2) && !faults.remove(2));
    }

    #[test]
    fn faults_of_files_and_of_calls_are_told_apart() {
        let cut = |method: &str| Fault::on(method, "*", 9, Kind::CutBefore);
        for (set, met, other) in [
            ("*", "GET", "SFTP-LIST"),
            ("SFTP-*", "SFTP-WRITE", "POST"),
            ("SFTP-OPEN", "SFTP-OPEN", "SFTP-LIST"),
        ] {
            let mut faults = Faults::default();
            faults.add(cut(set)).unwrap();
            assert!(faults.awaits(met, "/a/b") && !faults.awaits(other, "/a/b"), "{set}");
            assert_eq!((faults.meet(met, "/a/b"), faults.meet(other, "/a/b")), (Some(Kind::CutBefore), None));
        }
        let mut faults = Faults::default();
        assert!(faults.add(cut("SFTP-READ")).is_err());
        assert!(faults.add(Fault::everywhere(Kind::OtherHostKey)).is_err());
        faults.add(Fault::on("SFTP-CONNECT", "*", 1, Kind::OtherHostKey)).unwrap();
    }

    #[test]
    fn a_fault_that_makes_no_sense_is_refused_and_the_others_stay() {
        let mut faults = Faults::default();
        faults.add(Fault::everywhere(Kind::CutBefore)).unwrap();
        for wrong in [
            Fault::everywhere(Kind::Status { code: 200, retry_after_seconds: None }),
            Fault::everywhere(Kind::Delay { ms: DELAY_MS_MAX + 1 }),
            Fault::on("GET", "*", 0, Kind::CutBefore),
        ] {
            assert!(faults.replace(vec![wrong]).is_err());
        }
        assert_eq!(faults.list().len(), 1);
    }
}
