//! Offers: what a till names is found among what is known here, a sale's use of one becomes a redemption, and what comes
//! back makes it usable again.
//!
//! An offer has one name in this database, by which it is used once: `voucher/` and the number on it, `assignment/` and
//! Engage's id, or, for one that was assigned here, the id that the till was given, which works before Engage has answered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pos::money::Amount;
use pos::receipt::{Moment, OfferUse};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use store::{
    About, Accept, Along, AlongRow, Claim, DeliveryState, Expects, Exposure, KnownContact, NewDelivery,
    OfferRow, OnConflict, Reader, Role, SaleRow, Start, Way, With,
};

use super::form::pointer_to;
use super::{Desk, Refusal, Said, check_id, fault, object, store_of};
use crate::delivery::{
    ASSIGN_PROMOTION, PROMOTION_ID, REACTIVATE_VOUCHER, REDEEM_PROMOTION, REDEEM_VOUCHER, USED_HERE,
    VOUCHER_NEEDS_CONTACT, note,
};
use crate::frozen::{
    AssignedBy, FrozenAssignment, FrozenCheckout, FrozenFinding, FrozenOffer, FrozenRedemption, Money,
    OfferKind, Who, is_engages_id,
};
use crate::profile::{Kept, Profile};
use crate::settings::{OnReturn, Outage, Welcome};

/// The kind of document that an assignment is.
pub const ASSIGNMENT: &str = "assignment";
/// The kind of document that the redemption of an offer is.
pub const REDEMPTION: &str = "redemption";
/// The kind of document that takes a redemption back.
pub const REACTIVATION: &str = "reactivation";

/// Everything that the wish to give a promotion may hold.
pub const ASSIGNMENT_FIELDS: [&str; 2] = ["store", "promotion"];

/// What all vouchers are counted under.
const VOUCHERS: &str = "voucher";

/// Before the ids of offers that were assigned here.
const OURS: &str = "tbo-";
/// The length of the part of such an id that tells it apart.
const OURS_DIGITS: usize = 32;

/// The code of an offer that the customer wasn't seen to have.
const OFFER_UNKNOWN: &str = "offerUnknown";
/// The code of an offer that was used while nobody could check it, against the shop's policy.
const OFFER_NOT_HONOURED: &str = "offerAgainstPolicy";

/// What is known here of the offers that a till named.
#[derive(Debug, Default)]
pub struct KnownOffers {
    /// What this database has of them.
    pub rows: Vec<OfferRow>,
    /// What was last seen of the customer.
    pub profile: Option<Profile>,
    /// The ids in Engage of promotions that were looked up before, by their external ids.
    pub promotion_ids: BTreeMap<String, String>,
    /// Whether Engage can be asked.
    pub link: Link,
    /// What is used and not yet redeemed, by what it is counted under, in minor units; read only while Engage can't be
    /// asked.
    pub honoured: BTreeMap<String, i64>,
    /// The checkout that the sale pays.
    pub checkout: Option<Paying>,
}

/// A checkout that a sale pays.
#[derive(Debug, Clone)]
pub struct Paying {
    /// What it came to.
    pub frozen: FrozenCheckout,
    /// Whether it holds its offers still.
    pub is_open: bool,
}

/// Whether Engage can be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Link {
    /// As far as is known.
    #[default]
    Up,
    /// It can't.
    Down,
}

/// An offer that a till named, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedOffer {
    /// Its one name in this database.
    pub name: String,
    /// What is frozen of it.
    pub offer: FrozenOffer,
    /// The promotion that it is of, by Engage's id.
    pub promotion_id: Option<String>,
    /// Whether the customer was seen to have it.
    pub is_known: bool,
}

/// What comes of the offers that a sale used.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// The redemptions.
    pub(super) along: Vec<Along>,
    /// The ids in Engage of the promotions among them, by the till's names.
    pub(super) promotions: BTreeMap<String, String>,
    /// The numbers of the vouchers among them, by the till's names.
    pub(super) vouchers: BTreeMap<String, String>,
    /// What was found.
    pub(super) findings: Vec<FrozenFinding>,
}

/// The sale that used offers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sale<'s> {
    /// Its identity.
    pub(super) key: &'s str,
    /// Its store.
    pub(super) store: &'s str,
    /// When it was.
    pub(super) at: Moment,
    /// In what it was paid.
    pub(super) currency: pos::money::Currency,
    /// Whom it names.
    pub(super) who: &'s [Who],
}

impl KnownOffers {
    /// Reads what is known of the offers that a till named for a contact.
    ///
    /// # Errors
    /// The store's.
    pub fn read(
        desk: &Desk<'_>,
        reader: &Reader,
        named: &[String],
        contact: Option<&KnownContact>,
        limits: &[String],
        link: Link,
        at: Timestamp,
    ) -> Result<KnownOffers, store::Error> {
        let profile =
            contact.and_then(|known| Kept::read(known.profile.as_deref()?)).map(|kept| kept.profile);
        let named = || named.iter().map(String::as_str);
        let rows = reader.offers(&desk.offer_names(named(), profile.as_ref()), at)?;
        let promotion_ids = promotion_ids(reader, desk.promotions_to_look_up(named()))?;
        let mut honoured = BTreeMap::new();
        for bucket in limits.iter().filter(|_| link == Link::Down) {
            honoured.insert(bucket.clone(), reader.exposed(bucket, at)?);
        }
        Ok(KnownOffers { rows, profile, promotion_ids, link, honoured, checkout: None })
    }

    /// With the checkout that is paid.
    ///
    /// # Errors
    /// The store's.
    pub fn paying(
        mut self,
        reader: &Reader,
        checkout: Option<Paying>,
        at: Timestamp,
    ) -> Result<KnownOffers, store::Error> {
        let held = checkout.iter().flat_map(|paying| paying.frozen.held());
        let names: Vec<String> = held.map(|(held, _)| held.name.clone()).collect();
        self.rows.extend(reader.offers(&names, at)?);
        Ok(KnownOffers { checkout, ..self })
    }

    /// What the checkout that is paid meant by a till's word: the sale means the same.
    fn held(&self, named: &str) -> Option<NamedOffer> {
        let (held, _) = self.checkout.as_ref()?.frozen.held().find(|(held, _)| held.is_called(named))?;
        Some(NamedOffer {
            name: held.name.clone(),
            offer: FrozenOffer { named: named.to_owned(), ..held.offer.clone() },
            promotion_id: held.promotion_id.clone(),
            is_known: true,
        })
    }

    /// Whether the checkout that is paid holds an offer still: it was judged there.
    fn is_held(&self, name: &str) -> bool {
        let open = self.checkout.as_ref().filter(|paying| paying.is_open);
        open.is_some_and(|paying| paying.frozen.held().any(|(held, _)| held.name == name))
    }

    fn row(&self, name: &str) -> Option<&OfferRow> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The one name of an assignment: that under which it was assigned here, if it was.
    fn name_of_assignment(&self, id: &str) -> String {
        let is_it =
            |row: &&OfferRow| row.remote_id.as_deref().is_some_and(|remote| remote.eq_ignore_ascii_case(id));
        let ours = self.rows.iter().find(is_it).map(|row| row.name.clone());
        ours.unwrap_or_else(|| format!("assignment/{}", id.to_ascii_lowercase()))
    }
}

/// The ids in Engage of promotions that were looked up before, by their external ids.
fn promotion_ids(
    reader: &Reader,
    external_ids: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, String>, store::Error> {
    let mut ids = BTreeMap::new();
    for external_id in external_ids {
        let kept = reader.kept(&format!("{PROMOTION_ID}{external_id}"))?;
        let id = kept.and_then(|(value, _)| String::from_utf8(value).ok());
        ids.extend(id.map(|id| (external_id, id)));
    }
    Ok(ids)
}

/// The id of an offer that is assigned here; the promotion's code can be read from it.
fn offer_id(token: &str, code: &str) -> String {
    format!("{OURS}{token}-{code}")
}

/// Whether an offer was assigned here, by its name.
pub(super) fn is_given_here(name: &str) -> bool {
    name.starts_with(OURS)
}

/// Which promotion an offer is of that was assigned here, by the promotion's code.
fn code_of(offer_id: &str) -> Option<&str> {
    offer_id.strip_prefix(OURS)?.get(OURS_DIGITS..)?.strip_prefix('-')
}

impl Desk<'_> {
    /// The id of the offer that an assignment of this identity makes.
    pub fn offer_id(&self, assignment: &str, code: &str) -> String {
        offer_id(&self.keys.name("offer", assignment), code)
    }

    /// Under what offers that a till named may stand in this database.
    pub fn offer_names<'n>(
        &self,
        named: impl IntoIterator<Item = &'n str>,
        profile: Option<&Profile>,
    ) -> Vec<String> {
        let known = KnownOffers { profile: profile.cloned(), ..KnownOffers::default() };
        let mut names: Vec<String> = Vec::new();
        for named in named {
            let offer = self.named_offer(named, &known, "");
            names.extend(offer.offer.id);
            names.push(offer.name);
        }
        names
    }

    /// The external ids of the promotions that offers which were assigned here are of, so far as configuration knows them
    /// without their ids in Engage.
    pub fn promotions_to_look_up<'n>(&self, named: impl IntoIterator<Item = &'n str>) -> Vec<String> {
        let promotion = |named: &str| self.settings.offers.promotion(code_of(named)?);
        let unnumbered = named.into_iter().filter_map(promotion).filter(|one| one.promotion_id.is_none());
        unnumbered.map(|promotion| promotion.external_id.clone()).collect()
    }

    /// What a till means by the name of an offer. `by` makes the name of one that is only known by its promotion.
    pub fn named_offer(&self, named: &str, known: &KnownOffers, by: &str) -> NamedOffer {
        if let Some(held) = known.held(named) {
            return held;
        }
        let same = |id: &str| id.eq_ignore_ascii_case(named);
        let loyalty = known.profile.as_ref().and_then(|profile| profile.loyalty.as_ref());
        if let Some(code) = code_of(named) {
            let promotion = self.settings.offers.promotion(code);
            let external_id = promotion.map_or(code, |promotion| &promotion.external_id);
            let id = known.row(named).and_then(|row| row.remote_id.clone());
            let configured = promotion.and_then(|promotion| promotion.promotion_id.clone());
            return NamedOffer {
                name: named.to_owned(),
                promotion_id: configured.or_else(|| known.promotion_ids.get(external_id).cloned()),
                offer: FrozenOffer {
                    named: named.to_owned(),
                    kind: OfferKind::Promotion,
                    id,
                    number: None,
                    external_id: Some(external_id.to_owned()),
                },
                is_known: true,
            };
        }
        let configured = self.settings.offers.promotion(named);
        let is_of = |external: &str| configured.is_some_and(|promotion| promotion.external_id == external);
        let promotions = || loyalty.into_iter().flat_map(|loyalty| &loyalty.promotions);
        let by_assignment = promotions().find(|one| same(&one.assignment_id));
        let by_promotion = || {
            // One that was used is found by its own id alone: a promotion may have been given again.
            promotions().filter(|one| !one.redeemed && !one.not_for_shops).find(|one| {
                one.promotion_id.as_deref().is_some_and(same)
                    || one.external_id.as_deref().is_some_and(|id| id == named || is_of(id))
            })
        };
        if let Some(promotion) = by_assignment.or_else(by_promotion) {
            return NamedOffer {
                name: known.name_of_assignment(&promotion.assignment_id),
                promotion_id: promotion.promotion_id.clone(),
                offer: FrozenOffer {
                    named: named.to_owned(),
                    kind: OfferKind::Promotion,
                    id: Some(promotion.assignment_id.clone()),
                    number: None,
                    external_id: promotion.external_id.clone(),
                },
                is_known: true,
            };
        }
        let vouchers = || loyalty.into_iter().flat_map(|loyalty| &loyalty.vouchers);
        if let Some(voucher) =
            vouchers().find(|one| one.number == named || one.id.as_deref().is_some_and(same))
        {
            return NamedOffer {
                name: format!("voucher/{}", voucher.number),
                promotion_id: None,
                offer: FrozenOffer {
                    named: named.to_owned(),
                    kind: OfferKind::Voucher,
                    id: voucher.id.clone(),
                    number: Some(voucher.number.clone()),
                    external_id: None,
                },
                is_known: true,
            };
        }
        self.stranger(named, known, by)
    }

    /// An offer that the customer wasn't seen to have: a till may know it from elsewhere, or from before an outage.
    fn stranger(&self, named: &str, known: &KnownOffers, by: &str) -> NamedOffer {
        let configured = self.settings.offers.promotion(named);
        let (name, kind, id, number, external_id) = match configured {
            Some(promotion) => {
                let name = format!("promotion/{}/{by}", promotion.code);
                (name, OfferKind::Promotion, None, None, Some(promotion.external_id.clone()))
            }
            None if is_engages_id(named) => {
                let id = Some(named.to_owned());
                (known.name_of_assignment(named), OfferKind::Promotion, id, None, None)
            }
            None => (format!("voucher/{named}"), OfferKind::Voucher, None, Some(named.to_owned()), None),
        };
        NamedOffer {
            name,
            promotion_id: configured.and_then(|promotion| promotion.promotion_id.clone()),
            offer: FrozenOffer { named: named.to_owned(), kind, id, number, external_id },
            is_known: false,
        }
    }

    /// What comes of the offers that a sale used. It has happened: none of them keeps the sale from being taken.
    pub(super) fn used(&self, uses: &[OfferUse<'_>], sale: Sale<'_>, known: &KnownOffers) -> Used {
        let mut used = Used::default();
        let mut costs: Vec<(NamedOffer, Amount)> = Vec::new();
        for one in uses {
            let named = self.named_offer(one.offer, known, sale.key);
            let pointer = one.pointers.first().cloned().unwrap_or_default();
            if !named.is_known {
                used.findings.push(warning(
                    OFFER_UNKNOWN,
                    &pointer,
                    "this customer wasn't seen to have it; look the customer up before the sale",
                ));
            }
            if let Some(promotion_id) = &named.promotion_id {
                used.promotions.insert(one.offer.to_owned(), promotion_id.clone());
            }
            if let Some(number) = &named.offer.number {
                used.vouchers.insert(one.offer.to_owned(), number.clone());
            }
            // One offer may be named in two ways; it is used once, for all that it took off.
            match costs.iter_mut().find(|(other, _)| other.name == named.name) {
                Some((_, cost)) => *cost = [*cost, one.cost].into_iter().sum(),
                None => costs.push((named, one.cost)),
            }
        }
        let mut honoured = known.honoured.clone();
        for (named, cost) in costs {
            let exposure = self.exposure(&named, cost, sale);
            if known.link == Link::Down && !known.is_held(&named.name) {
                let total = honoured.entry(exposure.bucket.clone()).or_default();
                *total += exposure.amount;
                let allowed = self.allowed(&named, sale, *total);
                let place = uses.iter().find(|one| one.offer == named.offer.named);
                let pointer = place.and_then(|one| one.pointers.first()).map_or("", String::as_str);
                used.findings.extend((!allowed).then(|| against_policy(pointer)));
            }
            let cost = Money { amount: sale.currency.decimal(cost), currency: sale.currency };
            used.along.push(self.redemption(named, cost, sale, known, exposure));
        }
        used
    }

    fn redemption(
        &self,
        named: NamedOffer,
        cost: Money,
        sale: Sale<'_>,
        known: &KnownOffers,
        exposure: Exposure,
    ) -> Along {
        let used_by = known.row(&named.name).and_then(|row| row.used_by.as_ref());
        let used_by = used_by.filter(|by| by.leader_key.as_deref() != Some(sale.key));
        let needs_contact = named.offer.kind == OfferKind::Voucher && named.offer.id.is_none();
        let start = if let Some(by) = used_by {
            let other = by.leader_key.as_deref().unwrap_or(&by.key);
            let detail = format!(
                "{} took {cost} off the sale and is used by {other} already; discard this once it is accounted for",
                named.offer.named
            );
            Start::NeedsAttention(note(USED_HERE, detail))
        } else if needs_contact && sale.who.is_empty() {
            let detail = format!(
                "voucher {} took {cost} off a sale that names no customer, and Engage finds vouchers by their customer \
                 only; claim the receipt for the customer, or redeem it in Engage by hand and discard this",
                named.offer.named
            );
            Start::NeedsAttention(note(VOUCHER_NEEDS_CONTACT, detail))
        } else {
            Start::Due
        };
        let kind = match named.offer.kind {
            OfferKind::Promotion => REDEEM_PROMOTION,
            OfferKind::Voucher => REDEEM_VOUCHER,
        };
        let role = if sale.who.is_empty() { Role::Independent } else { Role::NeedsContact };
        let (uses, goes_first) = (used_by.is_none(), start == Start::Due);
        Along {
            kind: REDEMPTION,
            key: format!("{}/{}", sale.key, named.name),
            body: said(&json!({ "sale": sale.key, "offer": named.offer.named, "amount": cost })),
            frozen: FrozenRedemption::new(sale.key, named.offer, cost, sale.who.to_vec()).write(),
            delivery: Some(NewDelivery { kind, start, role }),
            about: Some(in_turn(named.name)),
            uses,
            once: None,
            goes_first,
            undoes: None,
            exposure: Some(exposure),
        }
    }

    /// What a use risks until it is redeemed.
    fn exposure(&self, named: &NamedOffer, cost: Amount, sale: Sale<'_>) -> Exposure {
        let bucket = exposure_bucket(&self.policy_of(&named.offer).1, sale.store, sale.at, sale.currency);
        Exposure { bucket, amount: cost.minor() }
    }

    /// Under what a sale's offers are counted that are honoured up to a limit.
    pub(super) fn limits(&self, store: &str, at: Moment, currency: pos::money::Currency) -> Vec<String> {
        let offers = &self.settings.offers;
        let promotions =
            offers.promotions.iter().map(|promotion| (&promotion.outage, promotion.code.as_str()));
        let all = promotions.chain([(&offers.vouchers.outage, VOUCHERS)]);
        let limited = all.filter(|(outage, _)| matches!(outage, Outage::HonourUpTo(_)));
        limited.map(|(_, of)| exposure_bucket(of, store, at, currency)).collect()
    }

    /// What was used in an anonymous sale that is claimed now: what only needed to know the customer goes.
    pub(super) fn claimed(&self, row: &SaleRow, who: &[Who]) -> Option<Claim> {
        let frozen = FrozenRedemption::read(&row.frozen)?;
        let kind = match frozen.offer.kind {
            OfferKind::Voucher => REDEEM_VOUCHER,
            OfferKind::Promotion => REDEEM_PROMOTION,
        };
        let delivery = NewDelivery { kind, start: Start::Due, role: Role::NeedsContact };
        Some(Claim {
            document: row.id,
            seen: row.seen(),
            frozen: Some(frozen.of_claimant(who.to_vec()).write()),
            delivery: Some(delivery),
        })
    }

    /// What an outage means for an offer, and what goes by the same limit.
    pub(super) fn policy_of(&self, offer: &FrozenOffer) -> (&Outage, String) {
        let offers = &self.settings.offers;
        match (offer.kind, offer.external_id.as_deref().and_then(|id| offers.promotion(id))) {
            (OfferKind::Voucher, _) => (&offers.vouchers.outage, VOUCHERS.to_owned()),
            (OfferKind::Promotion, Some(promotion)) => (&promotion.outage, promotion.code.clone()),
            (OfferKind::Promotion, None) => (&Outage::Refuse, "promotion".to_owned()),
        }
    }

    fn allowed(&self, named: &NamedOffer, sale: Sale<'_>, total: i64) -> bool {
        let total = sale.currency.decimal(Amount::from_minor(total));
        is_allowed(self.policy_of(&named.offer).0, total, sale.currency)
    }

    /// The welcomes that come with an enrolment.
    pub(super) fn welcomes(&self, enrolment: &str) -> Vec<Along> {
        let promotions = self.settings.offers.promotions.iter();
        let welcomes = promotions.filter_map(|promotion| Some((promotion, promotion.welcome?)));
        let along = welcomes.map(|(promotion, welcome)| {
            let by = match welcome {
                Welcome::Till => AssignedBy::Us,
                Welcome::Automation => AssignedBy::Automation,
            };
            let key = format!("{enrolment}/{}", promotion.code);
            Along {
                once: Some(welcome_word(&promotion.code)),
                ..self.assignment(key, &FrozenAssignment::new(promotion, true, by))
            }
        });
        along.collect()
    }

    /// The ids in Engage of the shop's promotions, so far as they were looked up before, by external id.
    ///
    /// # Errors
    /// The store's.
    pub fn looked_up(&self, reader: &Reader) -> Result<BTreeMap<String, String>, store::Error> {
        let unnumbered = self.settings.offers.promotions.iter().filter(|one| one.promotion_id.is_none());
        promotion_ids(reader, unnumbered.map(|promotion| promotion.external_id.clone()))
    }

    /// Decides what becomes of the wish to give a contact a promotion. `looked_up` are the ids in Engage of promotions
    /// that the shop knows by their external ids: a till may call one by either.
    ///
    /// # Errors
    /// What is wrong with the wish, all of it at once.
    pub fn assignment_for(
        &self,
        said: Said<'_>,
        contact_id: &str,
        looked_up: &BTreeMap<String, String>,
    ) -> Result<(Accept, FrozenAssignment), Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let mut faults: Vec<FrozenFinding> = Vec::new();
        for name in body.as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
            if !ASSIGNMENT_FIELDS.contains(&name) {
                let detail = format!("this field is not known; known are {}", ASSIGNMENT_FIELDS.join(", "));
                faults.push(fault("unknownField", pointer_to(name), detail));
            }
        }
        let named =
            body.get("promotion").and_then(Value::as_str).map(str::trim).filter(|named| !named.is_empty());
        if named.is_none() {
            let detail = "name the promotion: by the code of tills, its external id, or its id in Engage";
            faults.push(fault("missing", "/promotion", detail));
        }
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        let named = named.unwrap_or_default();
        let by_its_id = || looked_up.iter().find(|(_, id)| id.eq_ignore_ascii_case(named));
        let promotions = &self.settings.offers;
        let promotion = promotions.promotion(named).or_else(|| promotions.promotion(by_its_id()?.0));
        let frozen = match promotion {
            Some(promotion) => {
                let by = match promotion.welcome {
                    Some(Welcome::Automation) => AssignedBy::Automation,
                    Some(Welcome::Till) | None => AssignedBy::Us,
                };
                FrozenAssignment::new(promotion, promotion.welcome.is_some(), by)
            }
            None => FrozenAssignment::of_unlisted(named),
        };
        let frozen = frozen.of_contact(is_engages_id(contact_id).then(|| contact_id.to_owned()));
        let accept = Accept {
            at: said.at,
            kind: ASSIGNMENT,
            key: said.id.to_owned(),
            store,
            content: self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body)),
            body: said.body.to_vec(),
            frozen: frozen.write(),
            contact: vec![self.keys.contact_id(contact_id)],
            hints: Vec::new(),
            expects: Expects::Anything,
            delivery: Some(assign()),
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id,
            about: Some(in_turn(self.offer_id(said.id, &frozen.code))),
            once: frozen.welcome.then(|| welcome_word(&frozen.code)),
            with: With::default(),
        };
        Ok((accept, frozen))
    }

    /// An assignment of this identity, that comes along with something.
    fn assignment(&self, key: String, frozen: &FrozenAssignment) -> Along {
        Along {
            kind: ASSIGNMENT,
            about: Some(in_turn(self.offer_id(&key, &frozen.code))),
            key,
            body: said(&json!({ "promotion": frozen.code })),
            frozen: frozen.write(),
            delivery: Some(assign()),
            uses: false,
            once: None,
            goes_first: false,
            undoes: None,
            exposure: None,
        }
    }

    /// What takes redemptions back, of a sale that is undone as a whole, or of which these offers came back.
    pub(super) fn given_back<'r>(&self, redemptions: impl IntoIterator<Item = &'r AlongRow>) -> Vec<Along> {
        redemptions.into_iter().filter_map(|row| self.give_back(row)).collect()
    }

    fn give_back(&self, row: &AlongRow) -> Option<Along> {
        let frozen = FrozenRedemption::read(row.frozen.as_deref()?)
            .filter(|_| row.kind == REDEMPTION && !row.undone)?;
        let external_id = frozen.offer.external_id.clone();
        let promotion = external_id.and_then(|id| self.settings.offers.promotion(&id));
        let nothing_owed = Along {
            kind: REACTIVATION,
            key: format!("{}/back", row.key),
            body: said(&json!({ "sale": frozen.sale, "offer": frozen.offer.named })),
            frozen: Vec::new(),
            delivery: None,
            about: row.about.clone().map(in_turn),
            uses: false,
            once: None,
            goes_first: false,
            undoes: Some(row.id),
            exposure: None,
        };
        Some(match (frozen.offer.kind, promotion.filter(|promotion| promotion.comes_back)) {
            (OfferKind::Voucher, _) => {
                let delivery =
                    NewDelivery { kind: REACTIVATE_VOUCHER, start: Start::Due, role: Role::NeedsContact };
                let frozen = frozen.write();
                Along { frozen, delivery: Some(delivery), ..nothing_owed }
            }
            // Engage takes no redemption of a promotion back (fact P-57): the customer gets it anew.
            (OfferKind::Promotion, Some(promotion)) => {
                let frozen = FrozenAssignment::new(promotion, false, AssignedBy::Us);
                Along { undoes: Some(row.id), ..self.assignment(format!("{}/again", row.key), &frozen) }
            }
            (OfferKind::Promotion, None) => nothing_owed,
        })
    }

    /// Whether what came back of a sale gives one of its offers back.
    pub(super) fn comes_back(&self, row: &AlongRow, whole: bool) -> bool {
        let Some(frozen) = row.frozen.as_deref().and_then(FrozenRedemption::read) else { return false };
        match (frozen.offer.kind, self.settings.offers.vouchers.on_return) {
            (OfferKind::Promotion, _) | (OfferKind::Voucher, OnReturn::Whole) => whole,
            (OfferKind::Voucher, OnReturn::Any) => true,
            (OfferKind::Voucher, OnReturn::Never) => false,
        }
    }
}

/// Whether an offer may be honoured that can't be checked, where so much was and would be honoured on this day.
pub(super) fn is_allowed(policy: &Outage, total: Decimal, currency: pos::money::Currency) -> bool {
    match policy {
        Outage::Refuse => false,
        Outage::Honour => true,
        Outage::HonourUpTo(limits) => {
            limits.iter().any(|(known, limit)| *known == currency && total <= *limit)
        }
    }
}

/// What is counted together: what goes by one limit, of one store, day and currency.
pub fn exposure_bucket(policy: &str, store: &str, at: Moment, currency: pos::money::Currency) -> String {
    format!("{store}\n{}\n{}\n{policy}", at.date(), currency.code())
}

/// What a bucket counts: store, day, currency, and what goes by the limit.
pub fn exposure_parts(bucket: &str) -> Option<(&str, &str, &str, &str)> {
    let mut parts = bucket.splitn(4, '\n');
    Some((parts.next()?, parts.next()?, parts.next()?, parts.next()?))
}

/// The word that keeps a welcome from coming twice.
pub fn welcome_word(code: &str) -> String {
    format!("welcome/{code}")
}

/// What stands in the place of a till's words, where none were said.
fn said(what: &Value) -> Vec<u8> {
    what.to_string().into_bytes()
}

/// The call that an assignment owes.
pub fn assign() -> NewDelivery {
    NewDelivery { kind: ASSIGN_PROMOTION, start: Start::Due, role: Role::NeedsContact }
}

/// Whether a redemption took place, as far as is known.
pub fn is_redeemed(row: &AlongRow) -> bool {
    row.delivery.as_ref().is_some_and(|delivery| delivery.state == DeliveryState::Done)
}

/// Calls about one offer go one after the other.
fn in_turn(name: String) -> About {
    About { name, way: Way::InTurn }
}

fn warning(code: &str, pointer: &str, detail: &str) -> FrozenFinding {
    FrozenFinding { fault: false, ..fault(code, pointer, detail) }
}

fn against_policy(pointer: &str) -> FrozenFinding {
    let detail = "Engage couldn't be asked, and the shop's policy doesn't honour this offer then; it is redeemed as soon as \
                  that works, and shown as an exception where it doesn't";
    warning(OFFER_NOT_HONOURED, pointer, detail)
}
