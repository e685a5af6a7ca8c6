//! The walk as it is told: short, aligned, in colour only on a terminal that wants it. It decides nothing.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::{logs, print};

/// Who a line is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who {
    /// What the till said.
    Till,
    /// What the till was told.
    Told,
    /// What Engage got, or has.
    Engage,
    /// What came of it.
    So,
    /// The demo itself did something.
    Demo,
}

impl Who {
    const fn word(self) -> &'static str {
        match self {
            Who::Till => "till",
            Who::Told => "told",
            Who::Engage => "engage",
            Who::So => "so",
            Who::Demo => "demo",
        }
    }

    /// The number of its colour on a terminal.
    const fn colour(self) -> &'static str {
        match self {
            Who::Till => "36",
            Who::Told => "32",
            Who::Engage => "35",
            Who::So => "1",
            Who::Demo => "33",
        }
    }
}

const TITLE: &str = "1";
const DIM: &str = "2";
const FAILED: &str = "1;31";

/// Tells the walk.
#[derive(Debug)]
pub(super) struct Narrator {
    coloured: bool,
    steps: u32,
}

impl Narrator {
    /// On stdout.
    pub(super) fn on_stdout() -> Narrator {
        Narrator { coloured: logs::coloured(io::stdout().is_terminal()), steps: 0 }
    }

    /// What is there before the walk begins.
    pub(super) fn opening(&self, gateway: &str, sandbox: &str, folder: &Path) -> anyhow::Result<()> {
        let title = self.painted(TITLE, "Tillbridge: two stores, a till, and a stand-in for Voyado Engage");
        print::line(&format!("{title}\n"))?;
        print::line(&format!("  tills call     {gateway}"))?;
        print::line(&format!("  Engage's part  {sandbox}"))?;
        print::line(&format!("  all is in      {}", folder.display()))
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) -> anyhow::Result<()> {
        self.steps += 1;
        print::line(&format!("\n{}", self.painted(TITLE, &format!("{}. {title}", self.steps))))
    }

    /// Says something.
    pub(super) fn say(&self, who: Who, text: &str) -> anyhow::Result<()> {
        print::line(&format!("   {} {text}", self.painted(who.colour(), &format!("{:7}", who.word()))))
    }

    /// Adds to what was said last.
    pub(super) fn more(&self, text: &str) -> anyhow::Result<()> {
        print::line(&format!("{:11}{text}", ""))
    }

    /// All went well.
    pub(super) fn passed(&self, text: &str) -> anyhow::Result<()> {
        print::line(&format!("\n{}", self.painted(Who::Told.colour(), text)))
    }

    /// A step failed.
    pub(super) fn failed(&self, error: &anyhow::Error) -> anyhow::Result<()> {
        print::line(&format!("   {} {error:#}", self.painted(FAILED, "FAILED ")))
    }

    /// Where to look while it stays up.
    pub(super) fn closing(&self, gateway: &str, sandbox: &str, folder: &Path) -> anyhow::Result<()> {
        print::line("\nIt stays up. Look around:")?;
        print::line(&format!("  {gateway}/docs        the tills' API, to try"))?;
        print::line(&format!("  {sandbox}/_sandbox/mailbox  the digital receipt"))?;
        print::line(&format!("  {sandbox}/_sandbox/   what Engage has; cut the link yourself"))?;
        let config = folder.join(crate::config::FILE);
        print::line(&format!("  tillbridge --config {} queue list", config.display()))?;
        print::line(&self.painted(DIM, "Ctrl-C ends it."))
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.coloured { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_are_no_escapes() {
        let narrator = |coloured| Narrator { coloured, steps: 0 };
        assert_eq!(narrator(false).painted(DIM, "text"), "text");
        assert_eq!(narrator(true).painted(DIM, "text"), "\u{1b}[2mtext\u{1b}[0m");
    }
}
