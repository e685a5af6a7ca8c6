//! What became of each row of one kind: the tally, the findings, the rejects.
//!
//! Each row is entered once, with its fate. Findings go to the disk as they come; a few of each code stay at hand, for the
//! report.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Origin};
use crate::manifest::Tally;
use crate::mapping::Part;
use crate::source::{Rejects, Row};
use crate::whole::part_of;
use crate::{Entity, Finding, Folder, RowAt, Severity};

/// How many findings of each code stay at hand.
pub const EXAMPLES_MAX: usize = 5;

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is sent.
    Sent,
    /// It has a fault.
    Rejected,
    /// This rule leaves it out.
    LeftOut(&'static str),
}

/// A row on its way into the book.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'r> {
    /// Of which table it is.
    pub part: Part,
    /// Where it stands.
    pub at: RowAt,
    /// Whether a person mended it.
    pub mended: bool,
    /// Its cells.
    pub row: &'r Row,
}

impl<'r> From<&'r Entry> for Counted<'r> {
    fn from(entry: &'r Entry) -> Self {
        Self { part: entry.origin.part, at: entry.at, mended: entry.mended, row: &entry.row }
    }
}

/// A file of rejects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectsFile {
    /// Its name among the rejects, and later among the mended.
    pub file: String,
    /// Of which kind its rows are.
    pub entity: Entity,
    /// How many rows it has.
    pub rows: u64,
}

/// What a closed book says.
#[derive(Debug, Default)]
pub struct Closed {
    /// The counts.
    pub tally: Tally,
    /// A few findings of each code.
    pub examples: Vec<Finding>,
    /// What can be mended.
    pub rejects: Vec<RejectsFile>,
}

/// The book of one kind of record.
#[derive(Debug)]
pub struct Book {
    entity: Entity,
    folder: Folder,
    tally: Tally,
    examples: BTreeMap<(Severity, String), Vec<Finding>>,
    path: PathBuf,
    findings: BufWriter<File>,
    rejects: BTreeMap<(Part, u16), (String, Rejects)>,
}

impl Book {
    /// Opens the book of a kind.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(folder: &Folder, entity: Entity) -> io::Result<Self> {
        let path = folder.findings(entity);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let findings = BufWriter::new(File::create(part_of(&path))?);
        Ok(Self {
            entity,
            folder: folder.clone(),
            tally: Tally::default(),
            examples: BTreeMap::new(),
            path,
            findings,
            rejects: BTreeMap::new(),
        })
    }

    /// Learns of a file before any row of it is entered.
    pub fn learn(&mut self, origin: &Origin) {
        self.rejects.entry((origin.part, origin.file)).or_insert_with(|| {
            let rejects = Rejects::create(self.folder.rejects(&origin.name), origin.like.clone());
            (origin.name.clone(), rejects)
        });
    }

    /// Where a row stands, in words.
    #[must_use]
    pub fn place(&self, part: Part, at: RowAt) -> String {
        match self.rejects.get(&(part, at.file)) {
            Some((name, _)) if self.rejects.len() > 1 => format!("row {} of {name}", at.row),
            _ => format!("row {}", at.row),
        }
    }

    /// Enters the rows of one record, what was found of it, and what becomes of it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn enter<'r>(
        &mut self,
        rows: impl IntoIterator<Item = Counted<'r>>,
        findings: &[Finding],
        fate: Fate,
    ) -> io::Result<()> {
        for row in rows {
            self.row(row, findings, fate)?;
        }
        match fate {
            Fate::Sent => self.tally.records_sent += 1,
            Fate::Rejected => self.tally.records_rejected += 1,
            Fate::LeftOut(_) => {}
        }
        findings.iter().try_for_each(|finding| self.note(finding))
    }

    /// Everything is on the disk and in its place.
    ///
    /// # Errors
    /// What the disk says.
    pub fn close(self) -> io::Result<Closed> {
        self.findings.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(part_of(&self.path), &self.path)?;
        let mut closed = Closed { tally: self.tally, ..Closed::default() };
        closed.examples = self.examples.into_values().flatten().collect();
        for (name, rejects) in self.rejects.into_values() {
            let rows = rejects.finish()?;
            if rows > 0 {
                closed.rejects.push(RejectsFile { file: name, entity: self.entity, rows });
            }
        }
        Ok(closed)
    }

    fn row(&mut self, counted: Counted<'_>, findings: &[Finding], fate: Fate) -> io::Result<()> {
        // A JSON line with several items is one row of the export.
        let counts = counted.row.part() == 0;
        if counts {
            self.tally.rows += 1;
            self.tally.mended += u64::from(counted.mended);
            match fate {
                Fate::Sent => self.tally.rows_sent += 1,
                Fate::Rejected => self.tally.rows_rejected += 1,
                Fate::LeftOut(rule) => *self.tally.rows_left_out.entry(rule.to_owned()).or_default() += 1,
            }
        }
        if fate == Fate::Rejected
            && let Some((_, rejects)) = self.rejects.get_mut(&(counted.part, counted.at.file))
        {
            let own: Vec<Finding> =
                findings.iter().filter(|finding| finding.at == counted.at).cloned().collect();
            rejects.write(counted.row, &own)?;
        }
        Ok(())
    }

    fn note(&mut self, finding: &Finding) -> io::Result<()> {
        let counts = match finding.severity {
            Severity::Blocker => &mut self.tally.blockers,
            Severity::Warning => &mut self.tally.warnings,
        };
        *counts.entry(finding.code.clone()).or_default() += 1;
        let examples = self.examples.entry((finding.severity, finding.code.clone())).or_default();
        if examples.len() < EXAMPLES_MAX {
            examples.push(finding.clone());
        }
        serde_json::to_writer(&mut self.findings, finding)?;
        self.findings.write_all(b"\n")
    }
}
