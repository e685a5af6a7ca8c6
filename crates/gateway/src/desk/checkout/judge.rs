//! Whether an offer can be used now: by what Engage lists, or by what the shop honours while it can't be asked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pos::money::Percent;
use pos::offers::{Kind, Worth};
use store::{ContactKey, DeliveryState, OfferOrigin};

use super::OpenCheckout;
use crate::desk::{Desk, KnownOffers, NamedOffer};
use crate::frozen::{FrozenCheckout, OfferKind, Verified};
use crate::profile::offers::OfferView;
use crate::profile::{AtTill, Loyalty};
use crate::settings::{Gives, Outage, Promotion};

/// What Engage says about whose offers a checkout names.
pub enum Sight {
    /// The checkout names nobody.
    Nobody,
    /// It lists what the customer has.
    Listed(Box<Listed>),
    /// It doesn't show the customer yet, who signed up here.
    NotYet,
    /// It can't be asked.
    LastKnown,
    /// Whose they are isn't clear, or it refused to say.
    Unclear {
        /// The stable code.
        code: &'static str,
        /// Why, and what to do.
        detail: String,
    },
}

/// What Engage lists of a customer.
pub struct Listed {
    /// What the customer has, as it is now where it could be read.
    pub loyalty: Loyalty,
    /// Whether the vouchers could be read.
    pub vouchers: bool,
    /// Whether the promotions could be read.
    pub promotions: bool,
}

impl Listed {
    fn has(&self, kind: OfferKind) -> bool {
        match kind {
            OfferKind::Voucher => self.vouchers,
            OfferKind::Promotion => self.promotions,
        }
    }
}

/// An offer that was judged.
pub(super) struct Judged {
    pub(super) named: NamedOffer,
    pub(super) offer_id: String,
    pub(super) title: Option<String>,
    pub(super) instruction: Option<String>,
    pub(super) worth: Worth,
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
}

/// Whether an offer can be used.
pub(super) enum Verdict {
    /// It can.
    Good {
        verified: Verified,
        /// What counts it, where nobody could check it.
        bucket: Option<String>,
    },
    /// It can't.
    Not(NotHeld),
}

/// Why an offer can't be used.
#[derive(Debug, Clone)]
pub(super) struct NotHeld {
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) until: Option<Timestamp>,
}

impl NotHeld {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> NotHeld {
        NotHeld { code, detail: detail.into(), until: None }
    }

    /// One of several that are honoured without asking Engage, and too much with them.
    pub(super) fn over_limit() -> NotHeld {
        let detail = "Engage can't be asked, and the store has honoured as much today as the shop's policy lets it; \
                      try again once the link is back";
        NotHeld::new("outageLimitReached", detail)
    }
}

/// How an offer that can be used is known.
struct Good<'j> {
    view: Option<OfferView<'j>>,
    verified: Verified,
    bucket: Option<String>,
}

/// Judges the offers of one checkout.
pub(super) struct Judge<'j> {
    pub(super) desk: &'j Desk<'j>,
    pub(super) open: &'j OpenCheckout<'j>,
    /// What is known of its offers, with what Engage has just shown.
    pub(super) known: &'j KnownOffers,
    /// What was last seen of them before.
    pub(super) before: Option<&'j Loyalty>,
    /// What this checkout holds already.
    pub(super) held: Option<&'j FrozenCheckout>,
    pub(super) sight: &'j Sight,
    pub(super) buyer: Option<ContactKey>,
    pub(super) origins: &'j BTreeMap<String, OfferOrigin>,
    pub(super) till: AtTill<'j>,
}

impl<'j> Judge<'j> {
    /// Judges what a till named.
    pub(super) fn judge(&self, word: &str) -> Judged {
        let named = self.desk.named_offer(word, self.known, self.open.id());
        let good = self.known_good(&named);
        // What can't be used is shown by its name all the same.
        let view = good.as_ref().map_or_else(|_| self.seen(&named), |good| good.view);
        let rule = named.offer.external_id.as_deref().and_then(|id| self.till.offers.promotion(id));
        let (title, instruction) = words(view, rule);
        Judged {
            offer_id: offer_id(&named, view),
            title,
            instruction,
            worth: view.map_or_else(|| worth_of(rule), |view| view.worth(self.till.offers)),
            kind: view.map_or_else(|| kind_of(&named, rule), |view| view.kind(self.till.offers)),
            verdict: match good {
                Ok(Good { verified, bucket, .. }) => Verdict::Good { verified, bucket },
                Err(not) => Verdict::Not(not),
            },
            named,
        }
    }

    fn known_good(&self, named: &NamedOffer) -> Result<Good<'j>, NotHeld> {
        if matches!(self.sight, Sight::Nobody) {
            return Err(needs_contact(named.offer.kind));
        }
        self.is_free(named)?;
        let given = self.given_here(named)?;
        let good = match self.sight {
            Sight::Nobody => return Err(needs_contact(named.offer.kind)),
            Sight::Unclear { code, detail } => return Err(NotHeld::new(code, detail.clone())),
            Sight::Listed(listed) if listed.has(named.offer.kind) => {
                match (view_in(&listed.loyalty, named), given) {
                    (Some(view), _) => Good { view: Some(view), verified: Verified::Live, bucket: None },
                    (None, Given::OnItsWay) => not_yet(),
                    (None, Given::There | Given::Elsewhere) => return Err(self.gone(named)),
                }
            }
            Sight::NotYet if given == Given::Elsewhere => return Err(unknown()),
            Sight::NotYet => not_yet(),
            Sight::Listed(_) | Sight::LastKnown => self.unchecked(named, given)?,
        };
        match good.view.and_then(|view| view.why_not(&self.till)) {
            Some(why) => Err(NotHeld::new(why.code(), why.to_string())),
            None => Ok(good),
        }
    }

    /// Whether no sale has used it and no other till holds it.
    fn is_free(&self, named: &NamedOffer) -> Result<(), NotHeld> {
        let Some(row) = self.known.rows.iter().find(|row| row.name == named.name) else { return Ok(()) };
        if row.used_by.is_some() {
            let detail = "another sale of the shop has used it; leave it out";
            return Err(NotHeld::new("usedHere", detail));
        }
        match row.held_by.as_ref().filter(|held| held.checkout != self.open.id()) {
            Some(held) => {
                let detail =
                    "another till has it in its checkout; release it there, or wait until it is free";
                Err(NotHeld { until: Some(held.until), ..NotHeld::new("heldElsewhere", detail) })
            }
            None => Ok(()),
        }
    }

    /// Whether it was given here, and to this customer.
    fn given_here(&self, named: &NamedOffer) -> Result<Given, NotHeld> {
        let Some(origin) = self.origins.get(&named.name) else { return Ok(Given::Elsewhere) };
        if matches!(self.sight, Sight::Nobody) {
            return Ok(Given::Elsewhere);
        }
        if origin.contact.is_none() || origin.contact != self.buyer {
            return Err(unknown());
        }
        match (&named.offer.id, origin.delivery) {
            (Some(_), _) => Ok(Given::There),
            (None, Some(DeliveryState::Waiting | DeliveryState::InFlight | DeliveryState::Unknown)) => {
                Ok(Given::OnItsWay)
            }
            (
                None,
                Some(DeliveryState::NeedsAttention | DeliveryState::Done | DeliveryState::Discarded) | None,
            ) => {
                let detail = "Engage did not give it to the customer; its delivery says why";
                Err(NotHeld::new("offerNotGiven", detail))
            }
        }
    }

    /// One that nobody can check now.
    fn unchecked(&self, named: &NamedOffer, given: Given) -> Result<Good<'j>, NotHeld> {
        let view = self.before.and_then(|loyalty| view_in(loyalty, named));
        if view.is_some() && self.held.is_some_and(|held| held.verified_live(&named.name)) {
            // Engage listed it when this checkout took it, and nobody here has used it since.
            return Ok(Good { view, verified: Verified::Live, bucket: None });
        }
        let refused = |detail: &str| Err(NotHeld::new("offerNotVerified", detail));
        if *self.desk.policy_of(&named.offer).0 == Outage::Refuse {
            return refused(
                "Engage can't be asked whether it is still good, and the shop doesn't honour it then; try again once the \
                 link is back",
            );
        }
        let verified = match (view, given) {
            (Some(_), _) => Verified::LastKnown,
            (None, Given::OnItsWay | Given::There) => Verified::NotYet,
            (None, Given::Elsewhere) => {
                return refused(
                    "Engage can't be asked, and this customer was never seen to have it; try again once the link is back",
                );
            }
        };
        let currency = self.till.currency;
        let bucket = currency
            .map(|currency| self.desk.bucket(&named.offer, self.open.store(), self.open.at, currency));
        Ok(Good { view, verified, bucket })
    }

    /// One that Engage doesn't list.
    fn gone(&self, named: &NamedOffer) -> NotHeld {
        let before = self.before.and_then(|loyalty| view_in(loyalty, named));
        match before.map(|view| view.why_not(&self.till)) {
            Some(Some(why)) => NotHeld::new(why.code(), why.to_string()),
            // It was there, and its own end hasn't come.
            Some(None) => {
                NotHeld::new("redeemed", "Engage doesn't list it any longer: it was used elsewhere")
            }
            None => unknown(),
        }
    }

    /// What was seen of it, live or before.
    fn seen(&self, named: &NamedOffer) -> Option<OfferView<'j>> {
        let live = match self.sight {
            Sight::Listed(listed) => view_in(&listed.loyalty, named),
            Sight::Nobody | Sight::NotYet | Sight::LastKnown | Sight::Unclear { .. } => None,
        };
        live.or_else(|| self.before.and_then(|loyalty| view_in(loyalty, named)))
    }
}

/// Where an offer is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    /// It was not given here.
    Elsewhere,
    /// It was given here, and Engage has yet to have it.
    OnItsWay,
    /// It was given here, and Engage has it.
    There,
}

fn not_yet<'j>() -> Good<'j> {
    Good { view: None, verified: Verified::NotYet, bucket: None }
}

fn unknown() -> NotHeld {
    let detail = "Engage lists no such offer of this customer: it was used, has ended, or is somebody else's";
    NotHeld::new("offerUnknown", detail)
}

fn needs_contact(kind: OfferKind) -> NotHeld {
    let detail = match kind {
        OfferKind::Voucher => {
            "Engage finds vouchers by their customer only: identify the customer, put `contact` into the basket, and send \
             it again"
        }
        OfferKind::Promotion => {
            "this offer is a customer's own: identify the customer, put `contact` into the basket, and send it again"
        }
    };
    NotHeld::new("needsContact", detail)
}

fn view_in<'l>(loyalty: &'l Loyalty, named: &NamedOffer) -> Option<OfferView<'l>> {
    let ids = [named.offer.id.as_deref(), named.offer.number.as_deref()];
    ids.into_iter().flatten().find_map(|id| loyalty.offer(id))
}

/// What the shop itself says of a promotion that Engage hasn't shown.
fn worth_of(rule: Option<&Promotion>) -> Worth {
    let by_till = Worth::ByTill { instruction: None };
    match rule.and_then(|rule| rule.gives.as_ref()) {
        Some(Gives::Amounts(amounts)) => Worth::Amounts(amounts.clone()),
        Some(Gives::Percent(percent)) => Percent::new(*percent).map_or(by_till, Worth::Percent),
        None => by_till,
    }
}

fn kind_of(named: &NamedOffer, rule: Option<&Promotion>) -> Kind {
    match named.offer.kind {
        OfferKind::Voucher => Kind::Voucher,
        OfferKind::Promotion => Kind::Promotion { stacks: rule.is_none_or(|rule| rule.stacks) },
    }
}

/// What a till goes on calling it.
fn offer_id(named: &NamedOffer, view: Option<OfferView<'_>>) -> String {
    if named.name == named.offer.named {
        return named.name.clone();
    }
    match view {
        Some(view) => view.offer_id().to_owned(),
        None => {
            let known = named.offer.id.as_ref().or(named.offer.number.as_ref());
            known.unwrap_or(&named.offer.named).clone()
        }
    }
}

fn words(view: Option<OfferView<'_>>, rule: Option<&Promotion>) -> (Option<String>, Option<String>) {
    let listed = rule.map(|rule| rule.name.clone()).filter(|name| !name.is_empty());
    match view {
        Some(OfferView::Voucher(voucher)) => (voucher.name.clone(), None),
        Some(OfferView::Promotion(promotion)) => {
            let manual = || promotion.worth.as_ref().and_then(|worth| worth.manual.clone());
            let title = promotion.name.clone().or_else(|| promotion.heading.clone()).or(listed);
            (title, promotion.instruction.clone().or_else(manual))
        }
        None => (listed, None),
    }
}
