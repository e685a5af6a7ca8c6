//! What was checked, and how it is told. Pure.

use serde::Serialize;

/// One thing that was checked.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    /// What it belongs to.
    pub(super) group: &'static str,
    /// What it is about.
    pub(super) name: &'static str,
    /// How it is.
    pub(super) verdict: Verdict,
    /// What was found.
    pub(super) found: String,
    /// What to do, where it isn't ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and may hurt.
    Warning,
    /// It doesn't work.
    Failed,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
        }
    }
}

impl Check {
    /// It is as it should be.
    pub(super) fn ok(group: &'static str, name: &'static str, found: impl Into<String>) -> Check {
        Check { group, name, verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    /// It works, and may hurt.
    pub(super) fn warning(
        group: &'static str,
        name: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Check {
        let (found, advice) = (found.into(), Some(advice.into()));
        Check { group, name, verdict: Verdict::Warning, found, advice }
    }

    /// It doesn't work.
    pub(super) fn failed(
        group: &'static str,
        name: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Check {
        Check { verdict: Verdict::Failed, ..Check::warning(group, name, found, advice) }
    }
}

/// The checks for people, group by group, and a last line that counts.
pub(super) fn text(checks: &[Check]) -> String {
    let mut lines = Vec::new();
    let mut group = "";
    for check in checks {
        if check.group != group {
            group = check.group;
            lines.push(group.to_owned());
        }
        lines.push(format!("  {:9}{:12}{}", check.verdict.word(), check.name, check.found));
        if let Some(advice) = &check.advice {
            lines.push(format!("{:23}-> {advice}", ""));
        }
    }
    let count = |verdict: Verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let counts = [Verdict::Ok, Verdict::Warning, Verdict::Failed]
        .map(|verdict| format!("{} {}", count(verdict), verdict.word()));
    lines.push(String::new());
    lines.push(counts.join(", "));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_told_by_group_with_what_to_do() {
        let checks = [
            Check::ok("disk", "sync", "4 ms"),
            Check::warning("disk", "space", "900 MB free", "make room"),
            Check::failed("clock", "time", "7 minutes behind", "set it"),
        ];
        let expected = "\
disk
  ok       sync        4 ms
  warning  space       900 MB free
                       -> make room
clock
  failed   time        7 minutes behind
                       -> set it

1 ok, 1 warning, 1 failed
";
        assert_eq!(text(&checks), expected);
    }
}
