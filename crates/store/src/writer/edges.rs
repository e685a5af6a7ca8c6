//! Who waits for whom.
//!
//! Four rules make the edges among the open deliveries of one contact: one that needs or changes the contact waits for
//! every creation of it; a creation waits for those that were accepted before it, so that nobody is enrolled twice at
//! the same time; a change waits for those that were accepted before it; a deletion waits for all others, of which only
//! those are open by then that may have landed. What needs attention is waited for only if it is a creation. A fifth
//! rule leads to other contacts: what needs a contact waits for the creations that it hints at, as they are when it is
//! accepted. And a sixth follows the draws: what takes something back of an earlier document waits for that one's
//! delivery for as long as it is open, whatever it is and whatever it needs.
//!
//! Three more are about subjects, and only about what neither creates nor changes nor deletes a contact. A seventh keeps
//! the order in which deliveries about one subject were filed: each waits for the earlier ones while they are open and need
//! no attention; one that goes on again takes its old place. An eighth makes a document wait for what came along with it
//! and goes first, until that was tried, or for too long; what is about a subject itself waits for nothing of that kind. A
//! ninth makes what acts on a statement of the whole subject wait for that, its base, for as long as that is open, whatever
//! it needs. Nobody waits by the seventh rule for one whose base needs attention, or the change that would mend the base
//! could never go. What draws on another document is left out of the seventh rule and of the ninth, as waiter and as
//! waited for.
//!
//! There is no circle. Creations wait only for earlier creations; changes for these and earlier changes; what is about a
//! subject or came along, and draws on nothing, for all of these and for what is about the same subject, draws on nothing
//! either, and was filed before itself, as every base was; what draws, or is about nothing, for all of these and for what
//! was filed before itself and it draws on. And nobody waits for a deletion.
//!
//! What is given up takes along only those that can't be without it: what needs or changes the contact that it was to
//! create or change, what draws on it, and what acts on what it was to make. A redemption can be without: a sale has used
//! the offer, whatever became of its assignment, and its call tells what that costs. So neither the seventh rule nor the
//! eighth makes anybody a dependant.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::deliveries::Delivery;
use crate::columns::Micros;
use crate::command::Role;
use crate::reader::subjects::SubjectKey;
use crate::rows::{Alias, ContactKey, DeliveryId, DocumentId};

/// Contacts with one and the same hint whose creations are waited for, the newest: a number that a cashier types for
/// everybody who has none must not make every receipt slow.
const HINTED_MAX: u32 = 100;

/// What waits for its base, if that is open: the follower `w` with its ties `x`, and the base `c`.
const FOLLOWING: &str = "w.role IN (0, 2) AND c.role IN (0, 2)
       AND NOT EXISTS (SELECT 1 FROM draws WHERE drawn_by = w.id)
       AND NOT EXISTS (SELECT 1 FROM draws WHERE drawn_by = c.id)";

// The first index column of each side stands in the statement, so that no receipt is compared with every other.
const DRAW: &str = "INSERT OR IGNORE INTO edges (waiter, waits_for)
     SELECT w.id, c.id
     FROM deliveries c INDEXED BY deliveries_contact
     CROSS JOIN deliveries w INDEXED BY deliveries_contact ON w.contact = c.contact
     WHERE c.contact = ?1 AND c.role = 1 AND c.role <> 0 AND c.state NOT IN (3, 5)
       AND w.role <> 0 AND w.state NOT IN (3, 5) AND (w.role IN (2, 3) OR w.role = 1 AND w.id > c.id)
     UNION ALL
     SELECT w.id, c.id
     FROM deliveries c INDEXED BY deliveries_contact
     CROSS JOIN deliveries w INDEXED BY deliveries_contact ON w.contact = c.contact
     WHERE c.contact = ?1 AND c.role = 3 AND c.role <> 0 AND c.state NOT IN (3, 5) AND c.state <> 4
       AND w.role = 3 AND w.role <> 0 AND w.state NOT IN (3, 5) AND w.id > c.id
     UNION ALL
     SELECT w.id, c.id
     FROM deliveries w INDEXED BY deliveries_contact
     CROSS JOIN deliveries c INDEXED BY deliveries_contact ON c.contact = w.contact
     WHERE w.contact = ?1 AND w.role = 4 AND w.role <> 0 AND w.state NOT IN (3, 5)
       AND c.role <> 4 AND c.role <> 0 AND c.state NOT IN (3, 5) AND (c.state <> 4 OR c.role = 1)";

/// Makes a delivery that was just accepted wait for the open creations of its contact.
pub(super) fn wait_for_creations(
    db: &Connection,
    waiter: DeliveryId,
    contact: ContactKey,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO edges (waiter, waits_for)
             SELECT ?1, id FROM deliveries INDEXED BY deliveries_contact
             WHERE contact = ?2 AND role = 1 AND role <> 0 AND state NOT IN (3, 5) AND id <> ?1",
    )?
    .execute((waiter, contact))?;
    count(db, waiter)
}

/// Makes it wait for the open creations of the contacts that have one of these hints, too.
pub(super) fn wait_for_hinted(db: &Connection, waiter: DeliveryId, hints: &[Alias]) -> rusqlite::Result<()> {
    let mut drawn = 0;
    for hint in hints {
        drawn += db
            .prepare_cached(
                "INSERT OR IGNORE INTO edges (waiter, waits_for)
                 SELECT ?1, c.id
                 FROM (SELECT contact FROM hints WHERE hash = ?2 ORDER BY contact DESC LIMIT ?3) h
                 JOIN deliveries c INDEXED BY deliveries_contact ON c.contact = h.contact
                 WHERE c.role = 1 AND c.role <> 0 AND c.state NOT IN (3, 5)",
            )?
            .execute((waiter, hint, HINTED_MAX))?;
    }
    if drawn > 0 { count(db, waiter) } else { Ok(()) }
}

/// Makes it wait for the open deliveries of the documents that its own draws on.
pub(super) fn wait_for_drawn(db: &Connection, waiter: DeliveryId) -> rusqlite::Result<()> {
    let drawn = db
        .prepare_cached(
            "INSERT OR IGNORE INTO edges (waiter, waits_for)
             SELECT w.id, c.id
             FROM draws x INDEXED BY draws_drawn_by
             CROSS JOIN deliveries w ON w.id = x.drawn_by
             CROSS JOIN deliveries c ON c.id = x.sale
             WHERE x.drawn_by = ?1
               AND w.role IN (0, 2) AND w.state NOT IN (3, 5) AND c.role <> 4 AND c.state NOT IN (3, 5)",
        )?
        .execute([waiter])?;
    if drawn > 0 { count(db, waiter) } else { Ok(()) }
}

/// Makes the open deliveries of the documents that draw on this one's wait for it.
fn hold_up_drawers(db: &Connection, drawn: DeliveryId) -> rusqlite::Result<()> {
    let drawers: Vec<DeliveryId> = db
        .prepare_cached("SELECT drawn_by FROM draws WHERE sale = ?1")?
        .query_map([drawn], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    drawers.into_iter().try_for_each(|drawer| wait_for_drawn(db, drawer))
}

/// Makes a delivery wait for its document's base while that is open.
pub(super) fn wait_for_base(db: &Connection, waiter: DeliveryId) -> rusqlite::Result<()> {
    let drawn = db
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO edges (waiter, waits_for)
             SELECT w.id, c.id
             FROM alongs x CROSS JOIN deliveries w ON w.id = x.document CROSS JOIN deliveries c ON c.id = x.base
             WHERE x.document = ?1 AND w.state NOT IN (3, 5) AND c.state NOT IN (3, 5) AND {FOLLOWING}"
        ))?
        .execute([waiter])?;
    if drawn > 0 { count(db, waiter) } else { Ok(()) }
}

/// Makes the open deliveries of the documents whose base this one's is wait for it.
fn hold_up_followers(db: &Connection, base: DeliveryId) -> rusqlite::Result<()> {
    let followers: Vec<DeliveryId> = db
        .prepare_cached("SELECT document FROM alongs INDEXED BY alongs_base WHERE base = ?1")?
        .query_map([base], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    followers.into_iter().try_for_each(|follower| wait_for_base(db, follower))
}

/// Those that wait for their base, which is this.
pub(super) fn followers(db: &Connection, base: DeliveryId) -> rusqlite::Result<Vec<DeliveryId>> {
    db.prepare_cached(
        "SELECT e.waiter FROM edges e CROSS JOIN alongs x ON x.document = e.waiter
         WHERE e.waits_for = ?1 AND x.base = ?1 ORDER BY e.waiter",
    )?
    .query_map([base], |row| row.get(0))?
    .collect()
}

/// Makes the open deliveries about one subject wait for each other, in the order they were filed, and for none whose base
/// needs attention.
pub(super) fn order(db: &Connection, subject: SubjectKey) -> rusqlite::Result<()> {
    let passing: Vec<DeliveryId> = db
        .prepare_cached(&format!(
            "DELETE FROM edges WHERE (waiter, waits_for) IN
                 (SELECT y.document, x.document
                  FROM alongs x INDEXED BY alongs_subject
                  CROSS JOIN deliveries w ON w.id = x.document
                  CROSS JOIN deliveries c ON c.id = x.base
                  CROSS JOIN alongs y INDEXED BY alongs_subject ON y.subject = x.subject AND y.document > x.document
                  WHERE x.subject = ?1 AND x.way = 2 AND c.state = 4 AND {FOLLOWING}
                    AND NOT EXISTS (SELECT 1 FROM draws WHERE drawn_by = y.document))
             RETURNING waiter"
        ))?
        .query_map([subject], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    passing.into_iter().try_for_each(|waiter| count(db, waiter))?;
    let waiters: Vec<DeliveryId> = db
        .prepare_cached(
            "INSERT OR IGNORE INTO edges (waiter, waits_for)
             SELECT w.id, c.id
             FROM alongs x INDEXED BY alongs_subject
             CROSS JOIN deliveries c ON c.id = x.document
             CROSS JOIN alongs y INDEXED BY alongs_subject ON y.subject = x.subject AND y.document > x.document
             CROSS JOIN deliveries w ON w.id = y.document
             WHERE x.subject = ?1
               AND c.role IN (0, 2) AND c.state IN (0, 1, 2) AND w.role IN (0, 2) AND w.state NOT IN (3, 5)
               AND NOT EXISTS (SELECT 1 FROM draws WHERE drawn_by = c.id)
               AND NOT EXISTS (SELECT 1 FROM draws WHERE drawn_by = w.id)
               AND NOT EXISTS (SELECT 1 FROM deliveries b WHERE b.id = x.base AND b.state = 4 AND b.role IN (0, 2)
                               AND NOT EXISTS (SELECT 1 FROM draws WHERE drawn_by = b.id))
             RETURNING waiter",
        )?
        .query_map([subject], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    waiters.into_iter().try_for_each(|waiter| count(db, waiter))
}

/// Makes a document's delivery wait for what came along with it and goes first, until that was tried.
pub(super) fn wait_for_first(db: &Connection, leader: DocumentId) -> rusqlite::Result<()> {
    let drawn = db
        .prepare_cached(
            "INSERT OR IGNORE INTO edges (waiter, waits_for)
             SELECT l.id, c.id
             FROM alongs x INDEXED BY alongs_leader
             CROSS JOIN deliveries l ON l.id = x.leader
             CROSS JOIN deliveries c ON c.id = x.document
             WHERE x.leader = ?1 AND x.goes_first = 1
               AND l.role IN (0, 2) AND l.state NOT IN (3, 5)
               AND c.role IN (0, 2) AND c.state IN (0, 1) AND c.landed IS NULL
               AND NOT EXISTS (SELECT 1 FROM alongs WHERE document = l.id)",
        )?
        .execute([leader])?;
    if drawn > 0 { count(db, DeliveryId(leader.0)) } else { Ok(()) }
}

/// It was tried: what it came along with waits for it no longer, unless it creates or changes the contact.
pub(super) fn let_go_of_leader(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let released = db
        .prepare_cached(
            "DELETE FROM edges WHERE waits_for = ?1
               AND waiter = (SELECT x.leader FROM alongs x JOIN deliveries c ON c.id = x.document
                             WHERE x.document = ?1 AND x.goes_first = 1 AND c.role IN (0, 2))
             RETURNING waiter",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match released {
        Some(leader) => count(db, leader),
        None => Ok(()),
    }
}

/// What came along and has gone first for too long holds up nothing any longer; answers how many there were.
pub(super) fn sweep_first(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<usize> {
    let old: Vec<DeliveryId> = db
        .prepare_cached(
            "SELECT a.document FROM alongs a INDEXED BY alongs_first
             CROSS JOIN documents o ON o.id = a.document
             WHERE a.goes_first = 1 AND o.accepted_at < ?1 ORDER BY a.document LIMIT ?2",
        )?
        .query_map((Micros(before), limit), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in &old {
        let_go_of_leader(db, *id)?;
        db.prepare_cached("UPDATE alongs SET goes_first = 0 WHERE document = ?1")?.execute([id])?;
    }
    Ok(old.len())
}

/// A delivery that had stopped goes on: it takes its place among those about its subject, and before what it came along
/// with, and behind what came along with it.
pub(super) fn go_on(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let of_this: Option<(Option<DocumentId>, Option<SubjectKey>)> = db
        .prepare_cached("SELECT leader, subject FROM alongs WHERE document = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    wait_for_first(db, DocumentId(id.0))?;
    let Some((leader, subject)) = of_this else { return Ok(()) };
    if let Some(subject) = subject {
        order(db, subject)?;
    }
    match leader {
        Some(leader) => wait_for_first(db, leader),
        None => Ok(()),
    }
}

/// A delivery that its followers wait for needs attention now, or did until it ended: who may pass these is looked at
/// anew.
pub(super) fn reorder(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let subject: Option<SubjectKey> = db
        .prepare_cached("SELECT subject FROM alongs WHERE document = ?1 AND way = 1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match subject {
        Some(subject) => order(db, subject),
        None => Ok(()),
    }
}

/// Draws every edge that the open deliveries of a contact should have: after one was added that others may wait for,
/// after one that had ended or needed attention goes on, or after a merge.
pub(super) fn draw(db: &Connection, contact: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached(DRAW)?.execute([contact])?;
    db.prepare_cached(
        "UPDATE deliveries INDEXED BY deliveries_contact
         SET blocked = (SELECT count(*) FROM edges WHERE waiter = deliveries.id)
         WHERE contact = ?1 AND role <> 0 AND state NOT IN (3, 5)",
    )?
    .execute([contact])?;
    Ok(())
}

fn count(db: &Connection, waiter: DeliveryId) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE deliveries SET blocked = (SELECT count(*) FROM edges WHERE waiter = ?1) WHERE id = ?1",
    )?
    .execute([waiter])?;
    Ok(())
}

/// Those that wait for it and can't be without it: they are of the same contact and do something for it, or draw on its
/// document, or follow it.
pub(super) fn dependants(db: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<DeliveryId>> {
    db.prepare_cached(
        "SELECT w.id FROM edges e JOIN deliveries w ON w.id = e.waiter JOIN deliveries c ON c.id = e.waits_for
         WHERE e.waits_for = ?1 AND w.role <> 4
           AND (w.contact = c.contact AND c.role IN (1, 3) OR EXISTS (SELECT 1 FROM draws WHERE sale = c.id AND drawn_by = w.id)
                OR EXISTS (SELECT 1 FROM alongs WHERE document = w.id AND base = c.id))
         ORDER BY w.id",
    )?
    .query_map([id], |row| row.get(0))?
    .collect()
}

/// Those of other contacts that wait for it, because they hint at its contact.
pub(super) fn hinting(db: &Connection, creation: &Delivery) -> rusqlite::Result<Vec<DeliveryId>> {
    db.prepare_cached(
        "SELECT w.id FROM edges e JOIN deliveries w ON w.id = e.waiter
         WHERE e.waits_for = ?1 AND w.contact IS NOT ?2",
    )?
    .query_map((creation.id, creation.contact), |row| row.get(0))?
    .collect()
}

/// Makes them wait for a creation as they did before.
pub(super) fn keep_waiting(
    db: &Connection,
    waiters: &[DeliveryId],
    creation: DeliveryId,
) -> rusqlite::Result<()> {
    for waiter in waiters {
        db.prepare_cached("INSERT OR IGNORE INTO edges (waiter, waits_for) VALUES (?1, ?2)")?
            .execute((waiter, creation))?;
        count(db, *waiter)?;
    }
    Ok(())
}

/// It needs attention: those that need or change its contact, or come after it in turn, wait for it no longer; those that
/// draw on it or follow it do.
pub(super) fn let_go_of_contact(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let released: Vec<DeliveryId> = db
        .prepare_cached(&format!(
            "DELETE FROM edges WHERE waits_for = ?1 AND waiter NOT IN
                 (SELECT x.drawn_by FROM draws x CROSS JOIN deliveries w ON w.id = x.drawn_by
                  WHERE x.sale = ?1 AND w.role IN (0, 2)
                  UNION ALL
                  SELECT x.document FROM alongs x INDEXED BY alongs_base
                  CROSS JOIN deliveries w ON w.id = x.document CROSS JOIN deliveries c ON c.id = x.base
                  WHERE x.base = ?1 AND {FOLLOWING})
             RETURNING waiter"
        ))?
        .query_map([id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    released.into_iter().try_for_each(|waiter| count(db, waiter))?;
    reorder(db, id)
}

/// Nobody waits for it any longer.
pub(super) fn let_go(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let released = db
        .prepare_cached(
            "UPDATE deliveries SET blocked = blocked - 1
             WHERE id IN (SELECT waiter FROM edges WHERE waits_for = ?1)",
        )?
        .execute([id])?;
    if released > 0 {
        db.prepare_cached("DELETE FROM edges WHERE waits_for = ?1")?.execute([id])?;
    }
    Ok(())
}

/// A delivery has ended, or concerns somebody else now: nobody waits for it, and it waits for nobody.
pub(super) fn release(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let_go(db, id)?;
    if db.prepare_cached("DELETE FROM edges WHERE waiter = ?1")?.execute([id])? > 0 {
        db.prepare_cached("UPDATE deliveries SET blocked = 0 WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

/// A delivery that had ended is owed again, or one that concerned nobody concerns somebody. Its contact may have been
/// merged meanwhile.
pub(super) fn reopen(
    db: &Connection,
    id: DeliveryId,
    role: Role,
    contact: Option<ContactKey>,
) -> rusqlite::Result<()> {
    if let Some(contact) = contact {
        let contact = super::contacts::surviving(db, contact)?;
        db.prepare_cached("UPDATE deliveries SET contact = ?2 WHERE id = ?1")?.execute((id, contact))?;
        match role {
            Role::Independent => {}
            Role::NeedsContact | Role::CreatesContact | Role::ChangesContact | Role::ErasesContact => {
                draw(db, contact)?;
            }
        }
    }
    wait_for_drawn(db, id)?;
    hold_up_drawers(db, id)?;
    wait_for_base(db, id)?;
    hold_up_followers(db, id)?;
    go_on(db, id)
}
