//! Whom a plan only names: contacts and stores that its rows speak of and that it doesn't bring itself.
//!
//! A delta leaves out whom an earlier run sent, and an export may be without stores or contacts because Engage has them. The
//! twin begins empty, so they are brought to it before the plan is played; otherwise every row of theirs would be a gap
//! that isn't one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use anyhow::{Context as _, ensure};
use migration::mapping::Mapping;
use migration::plan::Sent;
use migration::{Entity, Folder, sftp};

use super::interrupt::Interrupt;
use super::twin::Twin;

/// Rows of a file (fact M-05).
const ROWS_MAX: usize = 20_000;
/// When these files are said to be from: before every plan.
const STAMP: &str = "20000101000000";

/// Brings them.
///
/// # Errors
/// A list of the plan that can't be read, and a twin that doesn't take them.
pub(super) async fn bring(
    folder: &Folder,
    mapping: &Mapping,
    twin: &Twin,
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    let stores = lacking(folder, &[(Entity::Receipts, "store")], (Entity::Stores, "externalId"))?;
    let names = [(Entity::Receipts, "contactKey"), (Entity::Points, "key"), (Entity::Vouchers, "key")];
    let contacts = lacking(folder, &names, (Entity::Contacts, "key"))?;
    if stores.is_empty() && contacts.is_empty() {
        return Ok(());
    }
    eprintln!(
        "{} stores and {} contacts are named by the plan and not in it: Engage has them, so the sandbox is given them",
        stores.len(),
        contacts.len()
    );
    let zone = mapping.retailer.time_zone.iana_name().unwrap_or("UTC");
    let (key, kind) = (mapping.engage.contact_key.as_str(), &mapping.engage.contact_type);
    let files = [
        (Entity::Stores, &stores, "externalId;name;timeZone".to_owned(), format!(";{zone}")),
        (Entity::Contacts, &contacts, format!("{key};contactType"), String::new()),
    ];
    let session = sftp::Session::connect(&twin.sftp).await?;
    for (entity, all, header, rest) in files {
        let to = mapping.engage.folders.get(&entity).map_or("", String::as_str);
        for (number, rows) in all.iter().collect::<Vec<_>>().chunks(ROWS_MAX).enumerate() {
            let mut text = format!("{header}\n");
            for one in rows {
                let second = if entity == Entity::Stores { one } else { kind };
                writeln!(text, "{one};{second}{rest}")?;
            }
            let name = format!("{STAMP}_{number:04}_{}.csv", entity.as_str());
            send(&session, &folder.path().join(&name), &format!("{to}/{name}"), &text, interrupt).await?;
        }
    }
    session.close().await;
    twin.act("imports/stores/start", None).await?;
    twin.act("imports/pick-up", None).await?;
    let has = twin.totals().await?;
    ensure!(
        (has.stores, has.contacts) == (stores.len() as u64, contacts.len() as u64),
        "the sandbox took {} of {} stores and {} of {} contacts that the plan names and doesn't bring",
        has.stores,
        stores.len(),
        has.contacts,
        contacts.len()
    );
    Ok(())
}

async fn send(
    session: &sftp::Session,
    local: &Path,
    to: &str,
    text: &str,
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    std::fs::write(local, text).with_context(|| format!("can't write {}", local.display()))?;
    session.upload(local, to, interrupt.flag(), &mut |_| {}).await?;
    Ok(())
}

/// What the plan's lists name in these columns and don't have in that one.
fn lacking(
    folder: &Folder,
    named: &[(Entity, &str)],
    own: (Entity, &str),
) -> anyhow::Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for (entity, column) in named {
        each(folder, *entity, column, |key| {
            if !key.is_empty() && !all.contains(key) {
                all.insert(key.to_owned());
            }
        })?;
    }
    each(folder, own.0, own.1, |key| {
        all.remove(key);
    })?;
    Ok(all)
}

fn each(folder: &Folder, entity: Entity, column: &str, take: impl FnMut(&str)) -> anyhow::Result<()> {
    let list = folder.index(entity);
    let read: io::Result<()> = Sent::each(&list, column, take);
    read.with_context(|| format!("can't read {}", list.display()))
}
