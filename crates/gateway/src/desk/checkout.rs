//! A basket before it is paid: its offers judged, the basket priced with those that are good, and these held for it.
//!
//! What is said here is said again by the receipt that pays it: a held offer's row is copied into it as it is. Nothing
//! of a checkout goes to Engage.

mod judge;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pos::money::{Amount, Currency};
use pos::offers::{Candidate, Larger, OFFER_ROWS_MAX, Outcome, Policy, Priced, PricedOffer, Worth, price};
use pos::receipt::{Finding, Known, Moment, Severity};
use serde_json::Value;
use store::{
    Alias, CheckoutRow, CheckoutState, Exposure, FindContact, Hold, HoldOffer, KnownContact, OfferOrigin,
    OfferRow, Reader,
};

use self::judge::{Judge, Judged, NotHeld, Verdict};
pub use self::judge::{Listed, Sight};
use super::offers::{is_allowed, is_given_here};
use super::receipt::Found;
use super::{
    Desk, KnownOffers, Link, Refusal, Said, check_id, exposure_bucket, named_sales, object, store_of,
    with_store,
};
use crate::frozen::{
    CheckoutOffer, FrozenCheckout, FrozenFinding, FrozenOffer, Holding, Money, Standing, Who,
};
use crate::profile::{AtTill, Loyalty};
use crate::settings::{LargerThanBasket, Outage};

/// A checkout that can be taken, read as far as that goes without knowing anything else.
pub struct OpenCheckout<'a> {
    said: Said<'a>,
    body: Value,
    store: String,
    /// When it is, by the store's time.
    at: Moment,
}

/// What is to be looked up before a checkout can be priced. It has no `Debug`: it may hold a person's identifiers.
#[derive(Clone)]
pub struct WantedBasket {
    /// The receipts that it takes something back of.
    pub receipts: Vec<String>,
    /// Under what its customer may be known here.
    pub buyer: Vec<Alias>,
    /// The customer's identifiers, the most exact first.
    pub who: Vec<Who>,
    /// The offers that it names.
    pub offers: Vec<String>,
}

/// What this database has of it.
pub struct KnownBasket {
    /// The checkout, where there is one of this identity.
    pub row: Option<CheckoutRow>,
    /// Whom it is for.
    pub buyer: Option<KnownContact>,
    found: Found,
    offers: KnownOffers,
    /// Where the offers came from that were given here, by their names.
    origins: BTreeMap<String, OfferOrigin>,
    /// What is honoured without asking Engage, by bucket, in minor units.
    exposed: BTreeMap<String, i64>,
    /// What was seen of the customer's offers before Engage was asked for this checkout.
    before: Option<Loyalty>,
}

/// A checkout that was priced: what the store is told, and what is frozen of it.
pub struct TakenCheckout {
    /// For the store.
    pub hold: Hold,
    /// What the till is shown.
    pub frozen: FrozenCheckout,
}

impl OpenCheckout<'_> {
    /// Its identity.
    pub fn id(&self) -> &str {
        self.said.id
    }

    /// Its store.
    pub fn store(&self) -> &str {
        &self.store
    }

    /// When it is, by the store's time.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// The offers that it names, each once; no more than are priced.
    fn offers(&self) -> Vec<String> {
        let lists = items(&self.body, "lines").iter().map(|line| items(line, "discounts"));
        let rows = lists.chain([items(&self.body, "discounts")]).flatten();
        let mut named: Vec<String> = Vec::new();
        for offer in rows.filter_map(|row| row.get("offer")) {
            let word = match offer {
                Value::String(text) => text.as_str(),
                Value::Number(number) => number.as_str(),
                _ => continue,
            };
            if !word.trim().is_empty() && !named.iter().any(|one| one == word) && named.len() < OFFER_ROWS_MAX
            {
                named.push(word.to_owned());
            }
        }
        named
    }
}

impl KnownBasket {
    /// Reads what is known of a checkout and of what it names.
    ///
    /// # Errors
    /// The store's.
    pub fn read(
        desk: &Desk<'_>,
        reader: &Reader,
        (id, store): (&str, &str),
        wanted: &WantedBasket,
        day: Moment,
        at: Timestamp,
    ) -> Result<KnownBasket, store::Error> {
        let buyer = wanted.buyer.first().map(|alias| reader.known(&FindContact::Alias(*alias)));
        let buyer = buyer.transpose()?.flatten();
        let sales = named_sales(reader, &wanted.receipts)?;
        let offers = KnownOffers::read(desk, reader, &wanted.offers, buyer.as_ref(), &[], Link::Up, at)?;
        let mut origins = BTreeMap::new();
        let mut exposed = BTreeMap::new();
        for word in &wanted.offers {
            let named = desk.named_offer(word, &offers, id);
            if is_given_here(&named.name) {
                origins.extend(reader.origin(&named.name)?.map(|origin| (named.name.clone(), origin)));
            }
            // Of the others nothing is counted up to a limit.
            if let Outage::HonourUpTo(limits) = desk.policy_of(&named.offer).0 {
                for (currency, _) in limits {
                    let bucket = desk.bucket(&named.offer, store, day, *currency);
                    let amount = reader.exposed(&bucket, at)?;
                    exposed.insert(bucket, amount);
                }
            }
        }
        let row = reader.checkout(id, at)?;
        let found = Found::new("", sales, buyer.clone(), KnownOffers::default());
        Ok(KnownBasket { row, buyer, found, offers, origins, exposed, before: None })
    }

    /// Learns who has what another has taken first.
    pub fn learn(&mut self, taken: &[OfferRow]) {
        self.offers.rows.extend_from_slice(taken);
    }

    /// What is kept of the customer's offers. What Engage answers takes its place, so it is taken before Engage is asked.
    pub fn seen(&self) -> Option<Loyalty> {
        self.offers.profile.as_ref().and_then(|profile| profile.loyalty.clone())
    }

    /// Has what was seen before Engage was asked.
    #[must_use]
    pub fn seen_before(self, before: Option<Loyalty>) -> KnownBasket {
        KnownBasket { before, ..self }
    }

    /// The last that was seen of the customer's offers before Engage was asked.
    fn loyalty(&self) -> Option<&Loyalty> {
        self.before.as_ref()
    }

    /// What this checkout holds now.
    fn held(&self) -> Option<FrozenCheckout> {
        let row = self.row.as_ref().filter(|row| row.state == CheckoutState::Open)?;
        FrozenCheckout::read(row.frozen.as_deref()?)
    }

    /// With what Engage has just shown in the place of what was last seen.
    fn offers_now(&self, sight: &Sight) -> KnownOffers {
        let mut profile = self.offers.profile.clone();
        if let Sight::Listed(listed) = sight {
            profile.get_or_insert_default().loyalty = Some(listed.loyalty.clone());
        }
        KnownOffers {
            rows: self.offers.rows.clone(),
            profile,
            promotion_ids: self.offers.promotion_ids.clone(),
            ..KnownOffers::default()
        }
    }
}

impl Desk<'_> {
    /// Reads a checkout as far as that goes without knowing anything else.
    ///
    /// # Errors
    /// For what can't be taken at all: no JSON object, no store, another's store, an impossible id.
    pub fn open_checkout<'a>(&self, said: Said<'a>) -> Result<OpenCheckout<'a>, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let body = with_store(body, &store);
        let zone = self.shop(&store).map_or(TimeZone::UTC, |shop| shop.time_zone.clone());
        let at = Moment::new(said.at, zone.to_offset(said.at));
        Ok(OpenCheckout { said, body, store, at })
    }

    /// What is to be looked up before it can be priced.
    pub fn wanted_by_checkout(&self, open: &OpenCheckout<'_>) -> WantedBasket {
        let known = self.known(&open.store, &[], None);
        let bare = self.priced(open, &[], &known);
        let reading = pos::receipt::parse(&bare.body);
        let settling = pos::receipt::settle(&reading, &known);
        let buyer = self.buyer(&reading, &settling, &mut Vec::new());
        WantedBasket {
            receipts: reading.references().map(str::to_owned).collect(),
            buyer: self.known_as(&buyer),
            who: buyer.who,
            offers: open.offers(),
        }
    }

    /// Refuses a basket that has faults whatever its offers are.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn check_basket(&self, open: &OpenCheckout<'_>, known: &KnownBasket) -> Result<(), Refusal> {
        let sales = known.found.sales();
        let priced = self.priced(open, &[], &self.known(&open.store, &sales, known.found.owner()));
        without_faults(priced.findings).map(drop)
    }

    /// Prices a checkout with the offers that are good, and says what it is to hold.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn checkout(
        &self,
        open: &OpenCheckout<'_>,
        known: &KnownBasket,
        wanted: &WantedBasket,
        sight: &Sight,
    ) -> Result<TakenCheckout, Refusal> {
        let sales = known.found.sales();
        let money = self.known(&open.store, &sales, known.found.owner());
        let bare = self.priced(open, &[], &money);
        let currency = bare.settlement.as_ref().map(|settlement| settlement.currency);
        let Some(currency) = currency else { return Err(faults_of(bare.findings)) };
        let offers_now = known.offers_now(sight);
        let held = known.held();
        let judge = Judge {
            desk: self,
            open,
            known: &offers_now,
            before: known.loyalty(),
            held: held.as_ref(),
            sight,
            buyer: known.buyer.as_ref().map(|buyer| buyer.contact.key),
            origins: &known.origins,
            till: AtTill { at: open.said.at, currency: Some(currency), offers: &self.settings.offers },
        };
        let mut judged: Vec<Judged> = wanted.offers.iter().map(|word| judge.judge(word)).collect();
        let mut exposed = known.exposed.clone();
        for (bucket, amount) in
            held.iter().flat_map(FrozenCheckout::held).filter_map(|(_, one)| one.risk.as_ref())
        {
            // What it holds already is held anew.
            exposed.entry(bucket.clone()).and_modify(|all| *all -= amount);
        }
        // Each round takes one offer out, so that there is an end.
        let priced = loop {
            let priced = self.priced(open, &judged, &money);
            match self.too_much(&judged, &priced, &exposed, currency) {
                Some(over) => judged[over].verdict = Verdict::Not(NotHeld::over_limit()),
                None => break priced,
            }
        };
        let findings = without_faults(priced.findings)?;
        let Some(settlement) = priced.settlement else { return Err(Refusal::Faults(findings)) };
        let offers = judged.into_iter().map(|one| checkout_offer(one, &priced.offers, currency)).collect();
        let frozen = FrozenCheckout::new(priced.body, settlement, offers, findings);
        Ok(TakenCheckout { hold: self.hold(open, wanted, &frozen), frozen })
    }

    fn hold(&self, open: &OpenCheckout<'_>, wanted: &WantedBasket, frozen: &FrozenCheckout) -> Hold {
        let mut offers: Vec<HoldOffer> = Vec::new();
        for (offer, holding) in frozen.held() {
            let exposure = holding.risk.clone().map(|(bucket, amount)| Exposure { bucket, amount });
            match (offers.iter_mut().find(|other| other.name == offer.name), exposure) {
                // Named by two words: held once.
                (Some(HoldOffer { exposure: Some(all), .. }), Some(more)) => all.amount += more.amount,
                (Some(_), _) => {}
                (None, exposure) => offers.push(HoldOffer { name: offer.name.clone(), exposure }),
            }
        }
        Hold {
            at: open.said.at,
            key: open.said.id.to_owned(),
            store: open.store.clone(),
            body: open.said.body.to_vec(),
            frozen: frozen.write(),
            contact: wanted.buyer.clone(),
            new_contact_id: open.said.new_contact_id.clone(),
            until: open.said.at + self.settings.offers.hold,
            offers,
        }
    }

    fn priced(&self, open: &OpenCheckout<'_>, judged: &[Judged], known: &Known<'_>) -> Priced {
        let vouchers = &self.settings.offers.vouchers;
        let policy = Policy {
            larger_than_basket: match vouchers.larger_than_basket {
                LargerThanBasket::Forfeit => Larger::Forfeit,
                LargerThanBasket::Refuse => Larger::Refuse,
            },
            vouchers_stack: vouchers.stack,
        };
        let candidates: Vec<Candidate<'_>> = judged.iter().map(candidate).collect();
        price(&open.body, open.at, &candidates, policy, known)
    }

    /// The first offer that goes beyond what the shop honours without asking Engage.
    fn too_much(
        &self,
        judged: &[Judged],
        priced: &Priced,
        exposed: &BTreeMap<String, i64>,
        currency: Currency,
    ) -> Option<usize> {
        let mut totals = exposed.clone();
        judged.iter().position(|one| {
            let Verdict::Good { bucket: Some(bucket), .. } = &one.verdict else { return false };
            let total = totals.entry(bucket.clone()).or_default();
            let taken = taken_by(&one.named.offer.named, &priced.offers);
            *total += taken.minor();
            let all = currency.decimal(Amount::from_minor(*total));
            !taken.is_zero() && !is_allowed(self.policy_of(&one.named.offer).0, all, currency)
        })
    }

    fn bucket(&self, offer: &FrozenOffer, store: &str, day: Moment, currency: Currency) -> String {
        exposure_bucket(&self.policy_of(offer).1, store, day, currency)
    }
}

fn candidate(judged: &Judged) -> Candidate<'_> {
    let worth = match &judged.verdict {
        Verdict::Good { .. } => judged.worth.clone(),
        Verdict::Not(not) => Worth::Unusable { code: not.code, detail: not.detail.clone() },
    };
    Candidate { name: &judged.named.offer.named, offer: &judged.named.name, kind: judged.kind, worth }
}

/// The rows of an offer that apply: what each takes off, and what of it is lost.
fn rows_of<'p>(named: &str, priced: &'p [PricedOffer]) -> impl Iterator<Item = &'p Outcome> {
    priced.iter().filter(move |row| row.name == named).map(|row| &row.outcome)
}

fn taken_by(named: &str, priced: &[PricedOffer]) -> Amount {
    let amounts = rows_of(named, priced).filter_map(|outcome| match outcome {
        Outcome::Applies { amount, .. } => Some(*amount),
        Outcome::Refused(_) => None,
    });
    amounts.sum()
}

/// What became of an offer, by all its rows.
fn checkout_offer(judged: Judged, priced: &[PricedOffer], currency: Currency) -> CheckoutOffer {
    let named = &judged.named.offer.named;
    let money = |amount: Amount| Money { amount: currency.decimal(amount), currency };
    let mut lost = Amount::ZERO;
    let mut rate = None;
    let mut applies = false;
    let mut why_not = None;
    for outcome in rows_of(named, priced) {
        match outcome {
            Outcome::Applies { percent, forfeited, .. } => {
                applies = true;
                lost = lost + *forfeited;
                rate = percent.map(pos::money::Percent::decimal);
            }
            Outcome::Refused(refusal) => {
                why_not.get_or_insert_with(|| (refusal.code().to_owned(), refusal.to_string()));
            }
        }
    }
    let standing = match (&judged.verdict, why_not) {
        (Verdict::Good { verified, bucket }, _) if applies => {
            let amount = taken_by(named, priced);
            Standing::Held(Holding {
                verified: *verified,
                amount: money(amount),
                percent: rate,
                forfeited: (!lost.is_zero()).then(|| money(lost)),
                risk: bucket.clone().map(|bucket| (bucket, amount.minor())),
            })
        }
        (Verdict::Not(not), _) => {
            let NotHeld { code, detail, until } = not.clone();
            Standing::NotHeld { code: code.to_owned(), detail, until }
        }
        (Verdict::Good { .. }, why_not) => {
            let (code, detail) = why_not.unwrap_or_else(|| {
                let not = NotHeld::new("offerNotUsed", "it stands on goods that come back, and uses nothing");
                (not.code.to_owned(), not.detail)
            });
            Standing::NotHeld { code, detail, until: None }
        }
    };
    CheckoutOffer {
        name: judged.named.name,
        offer: judged.named.offer,
        promotion_id: judged.named.promotion_id,
        offer_id: judged.offer_id,
        title: judged.title,
        instruction: judged.instruction,
        standing,
    }
}

fn without_faults(findings: Vec<Finding>) -> Result<Vec<FrozenFinding>, Refusal> {
    let is_fault = |finding: &Finding| finding.severity == Severity::Fault;
    if findings.iter().any(is_fault) {
        return Err(faults_of(findings));
    }
    Ok(findings.into_iter().map(FrozenFinding::from).collect())
}

fn faults_of(findings: Vec<Finding>) -> Refusal {
    let faults = findings.into_iter().filter(|finding| finding.severity == Severity::Fault);
    Refusal::Faults(faults.map(FrozenFinding::from).collect())
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
