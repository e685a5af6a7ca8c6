//! What the steps left in the folder for the next.

use anyhow::{Context as _, anyhow};
use engage::model::ContactType;
use migration::mapping::Mapping;
use migration::plan::place;
use migration::{Folder, Manifest, manifest};

use crate::exit::Exit;

/// The mapping.
///
/// # Errors
/// Every fault of it at once, or that there is none.
pub(super) fn mapping(folder: &Folder) -> anyhow::Result<Mapping> {
    let path = folder.mapping();
    if !path.exists() {
        let error = anyhow!(
            "there is no {}; `tillbridge migrate init FILES` drafts one from an export, `tillbridge migrate sample` writes \
             an export to try it with",
            path.display()
        );
        return Err(Exit::Configuration.because(error));
    }
    Mapping::read(&path).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        Exit::Configuration.because(anyhow!("{}:{}", path.display(), lines.concat()))
    })
}

/// The type of its contacts.
///
/// # Errors
/// When it is blank.
pub(super) fn contact_type(mapping: &Mapping) -> anyhow::Result<ContactType> {
    ContactType::new(&mapping.engage.contact_type).context("engage.contact-type is blank")
}

/// Completes a plan that was killed while it took the former one's place: every step then sees one whole plan.
///
/// # Errors
/// What the disk says.
pub(super) fn settle(folder: &Folder) -> anyhow::Result<()> {
    place::recover(folder).with_context(|| format!("can't complete the plan in {}", folder.path().display()))
}

/// The plan.
///
/// # Errors
/// When there is none, or one of another version.
pub(super) fn manifest(folder: &Folder) -> anyhow::Result<Manifest> {
    settle(folder)?;
    let path = folder.manifest();
    if !path.exists() {
        return Err(
            Exit::Refused.because(anyhow!("there is no plan yet; `tillbridge migrate plan` makes one"))
        );
    }
    let text = std::fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
    let plan: Manifest = serde_json::from_slice(&text)
        .with_context(|| format!("{} isn't a plan of this version; plan again", path.display()))?;
    if plan.version != manifest::VERSION {
        let error = anyhow!("{} is of another version; plan again", path.display());
        return Err(Exit::Refused.because(error));
    }
    Ok(plan)
}
