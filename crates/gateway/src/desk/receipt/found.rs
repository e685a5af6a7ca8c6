//! What this database has of the sales that a receipt takes something back of, and of its buyer.

use pos::receipt::{Drawn, Owner, Sale, SettledReceipt, Standing, Whose};
use serde_json::Value;
use store::{Alias, AlongRow, CheckoutRow, ContactState, DocumentId, Draw, KnownContact, SaleRow};

use crate::desk::{KnownOffers, REDEMPTION, with_store};
use crate::frozen::{FrozenReceipt, FrozenRedemption, Who};

/// What is to be looked up before a receipt can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The receipts that it takes something back of.
    pub receipts: Vec<String>,
    /// Under what its buyer may be known here.
    pub buyer: Vec<Alias>,
    /// The offers that it names.
    pub offers: Vec<String>,
    /// Under what its offers are counted that are honoured up to a limit.
    pub limits: Vec<String>,
    /// The checkout that it pays.
    pub checkout: Option<String>,
    /// Its store.
    pub store: String,
}

/// What this database has of it.
#[derive(Debug, Default)]
pub struct Found {
    sales: Vec<(SaleRow, Sale)>,
    buyer: Option<KnownContact>,
    offers: KnownOffers,
    pub(super) checkout: Option<CheckoutRow>,
}

/// Whether something may have to be looked up; cheap, because every sale is asked.
pub(super) fn may_want(body: &Value) -> bool {
    if body.get("checkout").is_some() {
        return true;
    }
    let rows = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten();
    let has_offer = |row: &Value| row.get("offer").is_some();
    let of_line = |line: &Value| {
        let discounts = line.get("discounts").and_then(Value::as_array);
        line.get("of").is_some() || discounts.into_iter().flatten().any(has_offer)
    };
    rows("lines").any(of_line) || rows("discounts").any(has_offer) || rows("payments").any(has_offer)
}

impl Found {
    /// From what is stored, for the receipt of this id. A sale that can't be read any longer is as unknown as one that was
    /// never seen.
    pub fn new(id: &str, sales: Vec<SaleRow>, buyer: Option<KnownContact>, offers: KnownOffers) -> Found {
        let sales = sales.into_iter().filter_map(|row| earlier_sale(&row, id).map(|sale| (row, sale)));
        Found { sales: sales.collect(), buyer, offers, checkout: None }
    }

    /// With the checkout that it pays.
    #[must_use]
    pub fn paying(self, checkout: Option<CheckoutRow>) -> Found {
        Found { checkout, ..self }
    }

    pub(in crate::desk) fn sales(&self) -> Vec<Sale> {
        self.sales.iter().map(|(_, sale)| sale.clone()).collect()
    }

    /// Whom the buyer is known as.
    pub(in crate::desk) fn owner(&self) -> Option<Owner> {
        self.buyer.as_ref().map(|buyer| owner(&buyer.contact))
    }

    /// What is known of the offers that it names.
    pub(super) fn offers(&self) -> &KnownOffers {
        &self.offers
    }

    /// The redemptions of a sale's offer, by the name that its till gave it.
    pub(super) fn redemptions(&self, sale: usize, offer: &str) -> impl Iterator<Item = &AlongRow> {
        let along = self.sales.get(sale).map(|(row, _)| row.along.as_slice()).unwrap_or_default();
        along.iter().filter(move |row| {
            let frozen = row.frozen.as_deref().and_then(FrozenRedemption::read);
            row.kind == REDEMPTION && frozen.is_some_and(|frozen| frozen.offer.named == offer)
        })
    }

    /// The document whose contact a part concerns.
    pub(super) fn contact_of(&self, whose: Whose) -> Option<DocumentId> {
        self.sale(whose).map(|row| row.id)
    }

    /// Whether the sale of a part is anybody's. An unclaimed sale and its return are both withheld.
    pub(super) fn is_claimed(&self, whose: Whose) -> bool {
        self.sale(whose).is_some_and(|row| row.contact.is_some())
    }

    /// Whom the sale of a part named; `None` for the buyer's own part.
    pub(super) fn who(&self, whose: Whose) -> Option<Vec<Who>> {
        let row = self.sale(whose)?;
        Some(FrozenReceipt::read(&row.frozen).map(|frozen| frozen.who).unwrap_or_default())
    }

    /// Whom a sale from before the gateway named, which no delivery of its own has found in Engage: its return must.
    pub(super) fn who_of_before(&self, whose: Whose) -> Vec<Who> {
        let frozen = self.sale(whose).and_then(|row| FrozenReceipt::read(&row.frozen));
        frozen.filter(|frozen| frozen.before).map(|frozen| frozen.who).unwrap_or_default()
    }

    /// What the store is told of what is taken back.
    pub(super) fn draw(&self, sale: usize, drawn: &Drawn) -> Draw {
        let row = &self.sales[sale].0;
        Draw { on: row.id, seen: row.seen(), what: drawn.write() }
    }

    fn sale(&self, whose: Whose) -> Option<&SaleRow> {
        match whose {
            Whose::Own => None,
            Whose::Sale(sale) => self.sales.get(sale).map(|(row, _)| row),
        }
    }
}

/// A receipt that was kept, as far as a return of it needs it. What `by` took back of it itself doesn't count, so that
/// saying it again comes to the same.
fn earlier_sale(row: &SaleRow, by: &str) -> Option<Sale> {
    let body = with_store(serde_json::from_slice(&row.body).ok()?, &row.store);
    let frozen = FrozenReceipt::read(&row.frozen)?;
    let reading = pos::receipt::parse(&body);
    let receipt = reading.receipt.as_ref().filter(|receipt| !receipt.training)?;
    let settlement = frozen.settlement?;
    let settled = SettledReceipt::new(receipt, &settlement).ok()?;
    let is_own =
        |key: &str| key.strip_prefix(by).is_some_and(|rest| rest.is_empty() || rest.starts_with('~'));
    let others = row.drawn.iter().filter(|drawn| !is_own(&drawn.key));
    let drawn: Option<Vec<Drawn>> = others.map(|drawn| Drawn::read(&drawn.what)).collect();
    Some(Sale::of(&row.key, &settled, row.contact.as_ref().map(owner), standing(row.standing), &drawn?))
}

fn owner(contact: &ContactState) -> Owner {
    Owner(contact.key.0.unsigned_abs())
}

fn standing(standing: store::Standing) -> Standing {
    match standing {
        store::Standing::Good => Standing::Good,
        store::Standing::Voided => Standing::Voided,
        store::Standing::Discarded => Standing::Discarded,
    }
}
