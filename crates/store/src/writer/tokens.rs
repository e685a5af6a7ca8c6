//! The tokens that tills and operators present.

use rusqlite::{Connection, OptionalExtension, params};

use super::Group;
use crate::columns::{Micros, micros};
use crate::command::{IssueToken, RevokeToken, TokenVerdict};

pub(super) fn issue(group: &Group<'_>, issue: &IssueToken) -> rusqlite::Result<TokenVerdict> {
    let holder: Option<Option<Micros>> = group
        .db
        .prepare_cached("SELECT expires FROM tokens WHERE name = ?1 AND revoked_at IS NULL")?
        .query_row([&issue.name], |row| row.get(0))
        .optional()?;
    match holder {
        None => {}
        // One that has ended by itself gives its name free.
        Some(Some(Micros(ended))) if ended <= issue.at => end(group.db, &issue.name, Micros(ended))?,
        Some(_) => return Ok(TokenVerdict::NameTaken),
    }
    group
        .db
        .prepare_cached(
            "INSERT INTO tokens (hash, name, role, stores, issued, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            issue.hash,
            issue.name,
            issue.role,
            serde_json::Value::from(issue.stores.clone()).to_string(),
            Micros(issue.at),
            micros(issue.expires),
        ])?;
    Ok(TokenVerdict::Done)
}

pub(super) fn revoke(group: &Group<'_>, revoke: &RevokeToken) -> rusqlite::Result<TokenVerdict> {
    let holds = group
        .db
        .prepare_cached("SELECT 1 FROM tokens WHERE name = ?1 AND revoked_at IS NULL")?
        .exists([&revoke.name])?;
    if !holds {
        return Ok(TokenVerdict::NotFound);
    }
    end(group.db, &revoke.name, Micros(revoke.at))?;
    Ok(TokenVerdict::Done)
}

fn end(db: &Connection, name: &str, at: Micros) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE tokens SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL")?
        .execute((name, at))?;
    Ok(())
}
