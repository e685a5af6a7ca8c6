//! Findings: what is wrong with a receipt, where, and what to do about it.
//!
//! Invariants: a code is stable, for programs; a detail is for people and holds no personal data and no text
//! of the till's beyond amounts; however bad a receipt is, its findings stay few enough to be shown.

use std::fmt::{Display, Formatter};

/// The most findings of one receipt; the rest is counted in a last one.
pub const FINDINGS_MAX: usize = 200;

/// The longest field name that is repeated in a pointer, in characters.
const NAME_CHARS_MAX: usize = 64;

/// What a finding means for the receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// It goes to Engage; someone should know.
    Warning,
    /// It can't go to Engage as it is.
    Fault,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it means for the receipt.
    pub severity: Severity,
    /// The stable code, in camel case.
    pub code: &'static str,
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong and what to do, without personal data.
    pub detail: String,
}

/// A place in the receipt's JSON; text only once it is shown.
#[derive(Clone, Copy)]
pub(crate) enum At<'p> {
    Root,
    Field(&'p At<'p>, &'p str),
    Item(&'p At<'p>, usize),
}

impl<'p> At<'p> {
    pub(crate) const fn field(&'p self, name: &'p str) -> At<'p> {
        At::Field(self, name)
    }

    pub(crate) const fn item(&'p self, position: usize) -> At<'p> {
        At::Item(self, position)
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Item(parent, position) => write!(f, "{parent}/{position}"),
            At::Field(parent, name) => {
                write!(f, "{parent}/")?;
                name.chars().take(NAME_CHARS_MAX).try_for_each(|char| match char {
                    '~' => f.write_str("~0"),
                    '/' => f.write_str("~1"),
                    other => write!(f, "{other}"),
                })
            }
        }
    }
}

/// Findings as they are collected.
#[derive(Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    left_out: usize,
    faults: usize,
    faults_shown: usize,
}

impl Findings {
    pub(crate) fn warn(&mut self, code: &'static str, at: &At<'_>, detail: impl Into<String>) {
        self.push(Severity::Warning, code, at, detail.into());
    }

    pub(crate) fn fault(&mut self, code: &'static str, at: &At<'_>, detail: impl Into<String>) {
        self.push(Severity::Fault, code, at, detail.into());
    }

    pub(crate) fn has_fault(&self) -> bool {
        self.faults > 0
    }

    /// Whether a fault is known at this very place, so that "missing" needn't be said of what is unreadable.
    pub(crate) fn has_fault_at(&self, at: &At<'_>) -> bool {
        let pointer = at.to_string();
        self.list.iter().any(|finding| finding.severity == Severity::Fault && finding.pointer == pointer)
    }

    /// The list, closed by how many findings didn't fit.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        if self.left_out > 0 {
            let severity = if self.faults > self.faults_shown { Severity::Fault } else { Severity::Warning };
            let detail = format!("{} more findings are left out; mend these first", self.left_out);
            self.list.push(Finding { severity, code: "moreFindings", pointer: String::new(), detail });
        }
        self.list
    }

    fn push(&mut self, severity: Severity, code: &'static str, at: &At<'_>, detail: String) {
        let fault = usize::from(severity == Severity::Fault);
        self.faults += fault;
        if self.list.len() < FINDINGS_MAX {
            self.faults_shown += fault;
            self.list.push(Finding { severity, code, pointer: at.to_string(), detail });
        } else {
            self.left_out += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{At, FINDINGS_MAX, Findings, Severity};

    #[test]
    fn a_pointer_is_escaped_and_bounded() {
        let lines = At::Root.field("lines");
        let long = "x".repeat(1000);
        assert_eq!(lines.item(3).field("a/b~c").to_string(), "/lines/3/a~1b~0c");
        assert_eq!(At::Root.field(&long).to_string().len(), 65);
        assert_eq!(At::Root.to_string(), "");
    }

    #[test]
    fn too_many_findings_are_counted_and_a_hidden_fault_stays_a_fault() {
        let mut findings = Findings::default();
        for _ in 0..FINDINGS_MAX + 5 {
            findings.warn("unknownField", &At::Root, "");
        }
        findings.fault("noLines", &At::Root, "");
        assert!(findings.has_fault());
        let list = findings.finish();
        assert_eq!(list.len(), FINDINGS_MAX + 1);
        let last = list.last().unwrap();
        assert_eq!((last.severity, last.code), (Severity::Fault, "moreFindings"));
        assert!(last.detail.starts_with("6 more"), "{}", last.detail);
    }
}
