//! Where one migration lives.

use std::path::{Path, PathBuf};

use crate::Entity;

/// A migration's folder. Nothing but this knows where in it something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// The migration in this folder, which need not exist yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// How columns become fields: the one file that a person writes.
    #[must_use]
    pub fn mapping(&self) -> PathBuf {
        self.0.join("migration.toml")
    }

    /// What the check found, for people and programs.
    #[must_use]
    pub fn check(&self) -> PathBuf {
        self.0.join("check.json")
    }

    /// Every finding, one a line.
    #[must_use]
    pub fn findings(&self, entity: Entity) -> PathBuf {
        self.0.join("findings").join(format!("{}.jsonl", entity.as_str()))
    }

    /// Rows that aren't sent, in the columns of their source (`source` is its file's name).
    #[must_use]
    pub fn rejects(&self, source: &str) -> PathBuf {
        self.0.join("rejects").join(source)
    }

    /// The same rows once a person has mended them; they are read in place of those that they mend.
    #[must_use]
    pub fn mended(&self, source: &str) -> PathBuf {
        self.0.join("mended").join(source)
    }

    /// The files for Engage.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.0.join("files")
    }

    /// What is in them.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.0.join("plan.json")
    }

    /// What is sent of each kind, a row a record: what reconciling, a delta and the id map are made from.
    #[must_use]
    pub fn index(&self, entity: Entity) -> PathBuf {
        self.0.join("index").join(format!("{}.csv", entity.as_str()))
    }

    /// The receipts as a till would have sent them, one a line, so that the gateway can know them.
    #[must_use]
    pub fn sales(&self) -> PathBuf {
        self.0.join("index").join("sales.jsonl")
    }

    /// How far the run is; only ever appended to.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.0.join("run.jsonl")
    }

    /// What was taken in by Engage so far, over all plans, in the form of [`Self::index`]: what a delta leaves out.
    #[must_use]
    pub fn sent(&self, entity: Entity) -> PathBuf {
        self.0.join("sent").join(format!("{}.csv", entity.as_str()))
    }

    /// A file for Engage once it has the member numbers that Engage gave.
    #[must_use]
    pub fn filled(&self, name: &str) -> PathBuf {
        self.0.join("filled").join(name)
    }

    /// Keys of contacts that Engage doesn't know, and why.
    #[must_use]
    pub fn ids_missing(&self) -> PathBuf {
        self.0.join("ids-missing.csv")
    }

    /// Who is who: the legacy key, the id in Engage, the member number.
    #[must_use]
    pub fn ids(&self) -> PathBuf {
        self.0.join("ids.csv")
    }

    /// What reconciling keeps while it runs, and all gaps.
    #[must_use]
    pub fn reconciling(&self, name: &str) -> PathBuf {
        self.0.join("reconcile").join(name)
    }

    /// The reconciliation, for people and for programs.
    #[must_use]
    pub fn report(&self) -> (PathBuf, PathBuf) {
        (self.0.join("report.html"), self.0.join("report.json"))
    }
}
