//! Undoing a receipt: what was never attempted is withdrawn, anything else gets its reverse as a receipt of its own,
//! because Engage changes and deletes none (fact R-02). Which of the two it is, the store decides.

use jiff::Timestamp;
use pos::receipt::{Moment, SettledReceipt, Settlement, When};
use serde_json::Value;
use store::{Accept, Draw, Expects, OnConflict, Part, SaleRow, Void, With};

use super::receipt::{delivery, without_contact};
use super::{Desk, KnownOrder, Refusal, Said, VOID, fault, object, with_store};
use crate::frozen::{FrozenFinding, FrozenReceipt, Reversal};

/// Everything that the wish may hold.
pub const VOID_FIELDS: [&str; 4] = ["createdAt", "operator", "reason", "receiptNumber"];

impl Desk<'_> {
    /// Voids a receipt and the parts it fell into, as they were read, with the order of its digital receipt. The id that is
    /// said is the receipt's.
    ///
    /// # Errors
    /// What is wrong with the wish, all of it at once.
    pub fn void(
        &self,
        said: Said<'_>,
        receipt: &SaleRow,
        parts: &[SaleRow],
        order: &KnownOrder,
    ) -> Result<Accept, Refusal> {
        let body = match said.body.trim_ascii() {
            b"" => Value::Object(serde_json::Map::new()),
            body => object(body)?,
        };
        let wish = Wish::read(&body)?;
        let all = [receipt].into_iter().chain(parts);
        Ok(Accept {
            at: said.at,
            kind: VOID,
            key: said.id.to_owned(),
            store: receipt.store.clone(),
            // A receipt is void or isn't, whatever reason is given: the wish again is the same again.
            content: self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&Value::Null)),
            body: body.to_string().into_bytes(),
            frozen: Vec::new(),
            contact: Vec::new(),
            hints: Vec::new(),
            about: None,
            once: None,
            expects: Expects::Anything,
            delivery: None,
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id.clone(),
            with: With {
                voids: all
                    .map(|row| {
                        let order = self.cancelled_order(row, order, said.at);
                        let along = self.given_back(&row.along).into_iter().chain(order).collect();
                        Void { along, ..undo(row, &wish, said.at) }
                    })
                    .collect(),
                ..With::default()
            },
        })
    }
}

/// When a receipt was undone, and under which printed number.
#[derive(Default)]
struct Wish {
    at: Option<When>,
    receipt_number: Option<String>,
}

impl Wish {
    fn read(body: &Value) -> Result<Wish, Refusal> {
        let mut wish = Wish::default();
        let mut faults: Vec<FrozenFinding> = Vec::new();
        for (name, value) in body.as_object().into_iter().flatten() {
            let pointer = format!("/{}", super::form::escaped(name));
            match (name.as_str(), value.as_str()) {
                ("createdAt", Some(text)) => match When::parse(text) {
                    Ok(when) => wish.at = Some(when),
                    Err(error) => faults.push(fault("createdAtInvalid", pointer, error.to_string())),
                },
                ("receiptNumber", Some(text)) => wish.receipt_number = Some(text.to_owned()),
                ("operator" | "reason", Some(_)) => {}
                (name, None) if VOID_FIELDS.contains(&name) => {
                    faults.push(fault("wrongType", pointer, "a text is expected"));
                }
                _ => {
                    let detail = format!("this field is not known; known are {}", VOID_FIELDS.join(", "));
                    faults.push(fault("unknownField", pointer, detail));
                }
            }
        }
        if faults.is_empty() { Ok(wish) } else { Err(Refusal::Faults(faults)) }
    }

    /// When it was, in the time of the shop; one without an offset has that of the sale.
    fn moment(&self, sold: Moment, now: Timestamp) -> Moment {
        match self.at {
            Some(When::Exact(moment)) => moment,
            Some(When::Local(local)) => Moment::at_offset(local, sold.offset()).unwrap_or(sold),
            // As tills write it: Engage's pages show no fractions of a second (fact R-09).
            None => Moment::new(Timestamp::from_second(now.as_second()).unwrap_or(now), sold.offset()),
        }
    }
}

/// What is done to one document. What could never be settled was never sent either: its reverse is never made.
fn undo(row: &SaleRow, wish: &Wish, now: Timestamp) -> Void {
    let reverse = reverse(row, wish, now);
    let compensation = Part {
        suffix: "void",
        contact_of: Some(row.id),
        delivery: delivery(row.contact.is_some() && reverse.is_some()),
        ..reverse.unwrap_or_default()
    };
    Void { document: row.id, seen: row.seen(), compensation, along: Vec::new() }
}

fn reverse(row: &SaleRow, wish: &Wish, now: Timestamp) -> Option<Part> {
    let body = with_store(serde_json::from_slice(&row.body).ok()?, &row.store);
    let frozen = FrozenReceipt::read(&row.frozen)?.condensed();
    let settlement = frozen.settlement.as_ref()?;
    let everything = everything(&body, settlement, frozen.part)?;
    let at = wish.moment(settlement.created_at, now);
    let reversal = Reversal { at, receipt_number: wish.receipt_number.clone() };
    Some(Part {
        body: without_contact(&body),
        frozen: frozen.reversed(reversal).write(),
        draws: vec![Draw { on: row.id, seen: row.seen(), what: everything }],
        ..Part::default()
    })
}

fn everything(body: &Value, settlement: &Settlement, part: usize) -> Option<Vec<u8>> {
    let reading = pos::receipt::parse(body);
    let settled = SettledReceipt::new(reading.receipt.as_ref()?, settlement).ok()?;
    Some(settled.everything(part).write())
}
