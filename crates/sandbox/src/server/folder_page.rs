//! The page of the import folders: what waits where, what came of the last files, and buttons for what Engage's clock
//! or Voyado does.

use askama::Template;

use super::pages::{Cell, Tone, time};
use super::tables::Table;
use crate::files::{FileImport, FileKind, ImportFile, Place};
use crate::world::World;

/// How many of the last imports are shown.
const IMPORTS_SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "folders.html")]
pub(super) struct FolderPage {
    here: &'static str,
    title: &'static str,
    next: Option<String>,
    folders: Vec<Folder>,
    waiting: Table,
    imports: Table,
}

struct Folder {
    kind: &'static str,
    path: String,
    files: usize,
    by_hand: bool,
}

pub(super) fn page(world: &World) -> FolderPage {
    let folders = &world.settings().import_folders;
    let is_in = |file: &&ImportFile, wanted: FileKind| matches!(folders.place(&file.path), Place::File(kind, _) if kind == wanted);
    let folder = |kind: FileKind| Folder {
        kind: kind.word(),
        path: folders.of(kind).to_owned(),
        files: world.import_files().filter(|file| is_in(file, kind)).count(),
        by_hand: kind.is_started_by_hand(),
    };
    FolderPage {
        here: "folders",
        title: "Import folders",
        next: world.pick_up_due().map(time),
        folders: FileKind::ALL.map(folder).into(),
        waiting: Table {
            title: "Files that wait",
            about: "",
            empty: "No file waits.",
            columns: &["File", "Bytes", "Since", "State"],
            total: world.import_files().len(),
            rows: world.import_files().map(waiting).collect(),
        },
        imports: Table {
            title: "What came of the last files",
            about: "",
            empty: "No file has been imported yet.",
            columns: &["File", "When", "State", "What came of it"],
            total: world.file_imports().len(),
            rows: world.file_imports().rev().take(IMPORTS_SHOWN).map(import).collect(),
        },
    }
}

fn waiting(file: &ImportFile) -> Vec<Cell> {
    let state = if file.whole {
        Cell::Badge { tone: Tone::Plain, text: "whole".to_owned() }
    } else {
        Cell::Badge { tone: Tone::Careful, text: "cut off".to_owned() }
    };
    vec![
        Cell::Code(file.path.clone()),
        Cell::Text(file.size().to_string()),
        Cell::Text(time(file.since)),
        state,
    ]
}

fn import(import: &FileImport) -> Vec<Cell> {
    let (tone, text) = match (&import.failed, import.ignored.is_empty()) {
        (Some(_), _) => (Tone::Bad, "failed"),
        (None, true) => (Tone::Good, "imported"),
        (None, false) => (Tone::Careful, "in part"),
    };
    vec![
        Cell::Code(import.file.clone()),
        Cell::Text(time(import.at)),
        Cell::Badge { tone, text: text.to_owned() },
        Cell::Text(import.told()),
    ]
}
