//! Offers, as people deal with them: what the tenant gives and takes back, what the web shop uses meanwhile, what tills
//! give, and what their sales use of it, by every name that a till may know.

use gateway::delivery;
use gateway::desk::{ASSIGNMENT, Desk};
use jiff::Timestamp;
use rust_decimal::Decimal;
use sandbox::{
    Act, By, Channel, ChannelKind, ChannelValue, Contact, Deed, Definition, Presentation, Unit, Validity,
    VoucherGift,
};
use serde_json::{Value, json};
use store::{DeliveryId, DeliveryRow, Filed};

use super::census::Class;
use super::run::{Event, Simulation};
use super::tenant::{SPRING, UNLISTED, WELCOME};
use super::wish::{Assign, What, Wish};

/// What ends the identity of a promotion that is given anew because its sale was undone.
pub(super) const AGAIN: &str = "/again";

/// What a till was told that a customer was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    offer_id: String,
    person: usize,
    pub(super) since: Timestamp,
}

impl Simulation {
    /// The tenant's promotions.
    pub(super) fn promotions_exist(&mut self) {
        for external_id in [WELCOME.1, SPRING.1, UNLISTED] {
            let channel = |kind| Channel { kind, value: ChannelValue::Percent(10), instruction: None };
            let definition = Definition {
                external_id: Some(external_id.to_owned()),
                name: external_id.to_owned(),
                start: None,
                validity: match self.random.below(3) {
                    0 => Validity::FromAssignment { unit: Unit::Days, amount: 1 },
                    _ => Validity::Open,
                },
                presentation: Presentation::default(),
                channels: [ChannelKind::Pos, ChannelKind::Ecom].map(channel).into(),
            };
            self.engage.step(sandbox::Event::Act(Act::DefinePromotion(definition)), self.now);
        }
        let world = &self.engage.world;
        for promotion in &mut self.setup.settings.offers.promotions {
            let there = world
                .promotions()
                .iter()
                .find(|one| one.definition.external_id.as_deref() == Some(promotion.external_id.as_str()));
            let id = there.map(|there| there.id.to_string());
            promotion.promotion_id = id.filter(|_| self.random.one_in(2));
        }
    }

    /// Somebody in Engage gives something, or the web shop uses something.
    pub(super) fn offers_in_engage(&mut self) {
        if !self.odds_now().offers {
            return;
        }
        let next = self.random.stretch(500, 8);
        self.at_in(next, Event::OffersInEngage);
        self.offer_in_engage();
    }

    pub(super) fn offer_in_engage(&mut self) {
        let act = match self.random.below(40) {
            0..=17 => self.a_voucher(),
            18..=22 => self.a_promotion_for_somebody(),
            23..=28 => self.a_voucher_on_the_web(),
            29..=36 => self.a_promotion_on_the_web(),
            37..=38 => self.an_assignment_taken_away(),
            _ => self.a_promotion_that_ends(),
        };
        let Some((class, act)) = act else { return };
        let before = self.engage.world.offer_changes().len();
        let vouchers = self.engage.world.vouchers().len();
        self.note(format_args!("in Engage: {act:?}"));
        self.engage.step(sandbox::Event::Act(act), self.now);
        self.wait_for_engage();
        self.offers_changed(false);
        let world = &self.engage.world;
        if world.offer_changes().len() > before || world.vouchers().len() > vouchers {
            self.census.saw(class);
        }
        if class == Class::PromotionEnded {
            self.census.saw(class);
        }
    }

    fn a_voucher(&mut self) -> Option<(Class, Act)> {
        let contact = self.somebody_there()?.id;
        // One that is over by then is found in a drawer, too.
        let days = self.random.pick(&[None, None, None, Some(0), Some(1), Some(-1)]);
        let today = self.now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let expires = days.and_then(|days: i64| today.checked_add(jiff::Span::new().days(days)).ok());
        let gift = VoucherGift {
            contact,
            amount: Decimal::from(self.random.between(1, 300)),
            currency: None,
            local_values: Vec::new(),
            expires,
            name: None,
            points: Decimal::ZERO,
        };
        Some((Class::GivenInEngage, Act::GiveVoucher(gift)))
    }

    fn a_promotion_for_somebody(&mut self) -> Option<(Class, Act)> {
        let contact = self.somebody_there()?.id;
        let promotions = self.engage.world.promotions();
        let promotion = promotions[self.random.below(promotions.len())].id;
        Some((Class::GivenInEngage, Act::AssignPromotion { contact, promotion }))
    }

    fn a_voucher_on_the_web(&mut self) -> Option<(Class, Act)> {
        let usable = self.engage.world.vouchers().filter(|one| one.redeemed.is_none());
        let usable: Vec<_> = usable.map(|one| one.id).collect();
        let voucher = *usable.get(self.random.below(usable.len()))?;
        Some((Class::UsedOnTheWeb, Act::RedeemVoucher { voucher }))
    }

    fn a_promotion_on_the_web(&mut self) -> Option<(Class, Act)> {
        let usable = self.engage.world.assignments().filter(|one| one.redeemed.is_none());
        let usable: Vec<_> = usable.map(|one| one.id).collect();
        let assignment = *usable.get(self.random.below(usable.len()))?;
        Some((Class::UsedOnTheWeb, Act::RedeemPromotion { assignment, channel: ChannelKind::Ecom }))
    }

    fn an_assignment_taken_away(&mut self) -> Option<(Class, Act)> {
        let all: Vec<_> = self.engage.world.assignments().map(|one| one.id).collect();
        let assignment = *all.get(self.random.below(all.len()))?;
        Some((Class::GivenInEngage, Act::DeleteAssignment { assignment }))
    }

    fn a_promotion_that_ends(&mut self) -> Option<(Class, Act)> {
        let promotions = self.engage.world.promotions();
        let promotion = promotions[self.random.below(promotions.len())].id;
        Some((Class::PromotionEnded, Act::EndPromotion { promotion }))
    }

    fn somebody_there(&mut self) -> Option<&Contact> {
        let all = self.engage.members().count();
        let one = self.random.below(all);
        self.engage.members().nth(one)
    }

    /// Looks at what has changed of offers since it was last looked at; `is_late` where a request did it of which the
    /// gateway expected nothing any longer.
    pub(super) fn offers_changed(&mut self, is_late: bool) {
        let changes = self.engage.world.offer_changes()[self.engage.offers_watched..].to_vec();
        self.engage.offers_watched += changes.len();
        for change in changes {
            self.note(format_args!("offer {:?} {:?} {:?}", change.deed, change.by, change.offer));
            match (change.by, change.deed) {
                (By::Request(_), _) if is_late => {
                    self.engage.late.insert(change.offer.id().to_string());
                }
                (By::Engage, Deed::Assigned) => self.census.saw(Class::WelcomedByAutomation),
                (By::Request(_) | By::Engage | By::Person, _) => {}
            }
        }
    }

    /// A till gives somebody a promotion.
    pub(super) fn assign(&mut self, till: usize) {
        let known = |person: &usize| !self.setup.people[*person].contact_ids.is_empty();
        let people: Vec<usize> = (0..self.setup.people.len()).filter(known).collect();
        let Some(person) = people.get(self.random.below(people.len())).copied() else {
            return self.enrol(till);
        };
        let who = &self.setup.people[person];
        let contact_id = match self.random.one_in(12) && !who.dead_ids.is_empty() {
            true => who.dead_ids[self.random.below(who.dead_ids.len())].clone(),
            false => who.contact_ids[self.random.below(who.contact_ids.len())].clone(),
        };
        let promotion = self.random.pick(&[WELCOME.0, WELCOME.0, SPRING.0, SPRING.1, UNLISTED]);
        let again = self.random.one_in(4);
        for till in [Some(till), again.then_some((till + 1) % self.setup.tills.len())].into_iter().flatten() {
            let (n, store) = (self.wishes.len(), self.setup.tills[till].store);
            let body = json!({ "store": store, "promotion": promotion });
            let what = What::Assign(Assign { contact_id: contact_id.clone() });
            let wish = Wish::new(format!("assignment-{n}"), &body, store, what);
            self.wish(Wish { person: Some(person), ..wish });
        }
        if again {
            self.census.saw(Class::AssignedTogether);
        }
    }

    /// What a till learns of offers when something was taken: what the customer was given.
    pub(super) fn hear_of_offers(&mut self, wish: usize, filed: &Filed) {
        let own = filed.delivery.filter(|_| matches!(self.wishes[wish].what, What::Assign(_)));
        let along: Vec<DeliveryId> = filed.along.iter().filter_map(|one| one.delivery).collect();
        let epoch = self.epoch;
        for id in along.iter().copied() {
            self.at(self.now, Event::ToCore(epoch, delivery::Event::Hurried(id)));
        }
        let Some(person) = self.wishes[wish].person else { return };
        let given: Vec<String> = own.into_iter().chain(along).filter_map(|id| self.offer_id(id)).collect();
        for offer_id in given {
            if !self.given.iter().any(|one| one.offer_id == offer_id) {
                self.given.push(Given { offer_id, person, since: self.now });
            }
        }
    }

    /// What tills call what an assignment gives.
    fn offer_id(&self, id: DeliveryId) -> Option<String> {
        let process = self.process.as_ref()?;
        let row = process.reader.delivery(id).expect("it is read")?;
        let frozen = self.assignment(&row)?;
        let keys = process.database.keys();
        Some(
            Desk { settings: &self.setup.settings, keys: &keys }.offer_id(&row.key, frozen["code"].as_str()?),
        )
    }

    /// What a delivery assigns, if it does.
    pub(super) fn assignment(&self, row: &DeliveryRow) -> Option<Value> {
        let process = self.process.as_ref()?;
        if row.document_kind != ASSIGNMENT {
            return None;
        }
        let document = process.reader.document(ASSIGNMENT, &row.key).expect("it is read")?;
        serde_json::from_slice(&document.frozen?).ok()
    }

    /// A promotion that a customer gets once only was given before: nothing of this wish is kept.
    pub(super) fn was_said_before(&mut self, wish: usize, filed: &Filed) -> bool {
        let (What::Assign(_), Some(process)) = (&self.wishes[wish].what, &self.process) else { return false };
        let row = filed.delivery.and_then(|id| process.reader.delivery(id).expect("it is read"));
        let is_another = row.is_some_and(|row| row.key != self.wishes[wish].key);
        if is_another {
            self.census.saw(Class::AssignedOnce);
            self.wishes[wish].owed = false;
        }
        is_another
    }

    /// What a customer shows at the till: what Engage says, or another till said, that there is.
    pub(super) fn offers_to_use(&mut self, person: Option<usize>) -> Vec<String> {
        if !self.random.one_in(2) {
            return Vec::new();
        }
        // A voucher that somebody found, with no name on it.
        let whose = person.unwrap_or_else(|| self.random.below(self.setup.people.len()));
        if person.is_none() && !self.random.one_in(4) {
            return Vec::new();
        }
        let voucher = self.a_voucher_to_use(whose);
        let promotion = self.a_promotion_to_use(whose).filter(|_| person.is_some());
        let named: Vec<String> = match (voucher, promotion, self.random.one_in(4)) {
            (Some(voucher), Some(promotion), true) => vec![promotion, voucher],
            (Some(voucher), None, _) => vec![voucher],
            (Some(voucher), Some(_), false) if !self.random.one_in(3) => vec![voucher],
            (_, promotion, _) => promotion.into_iter().collect(),
        };
        if !named.is_empty() {
            self.census.saw(Class::OfferUsed);
            if person.is_none() {
                self.census.saw(Class::UsedAnonymously);
            }
        }
        named
    }

    fn a_voucher_to_use(&mut self, person: usize) -> Option<String> {
        let any = self.random.one_in(8);
        let vouchers = self.engage.world.vouchers();
        let vouchers: Vec<_> = vouchers
            .filter(|one| {
                (any || one.redeemed.is_none()) && self.person_of(&one.contact.to_string()) == Some(person)
            })
            .map(|one| (one.number.clone(), one.id.to_string()))
            .collect();
        let (number, id) = vouchers.get(self.random.below(vouchers.len()))?.clone();
        Some(if self.random.one_in(5) { id } else { number })
    }

    fn a_promotion_to_use(&mut self, person: usize) -> Option<String> {
        let any = self.random.one_in(8);
        let assignments = self.engage.world.assignments();
        let listed = assignments
            .filter(|one| {
                (any || one.redeemed.is_none()) && self.person_of(&one.contact.to_string()) == Some(person)
            })
            .map(|one| one.id.to_string());
        let given = self.given.iter().filter(|one| one.person == person).map(|one| one.offer_id.clone());
        let mut names: Vec<String> = listed.chain(given).collect();
        if self.random.one_in(6) {
            names.extend([WELCOME.0.to_owned(), SPRING.1.to_owned()]);
        }
        let name = names.get(self.random.below(names.len()))?.clone();
        Some(if self.random.one_in(8) && !name.starts_with("tbo-") && name.len() == 36 {
            name.to_uppercase()
        } else {
            name
        })
    }

    /// Somebody of the family uses the same at another till at the same time.
    pub(super) fn use_them_elsewhere(&mut self, till: usize, person: Option<usize>, named: &[String]) {
        if named.is_empty() || !self.random.one_in(5) {
            return;
        }
        self.census.saw(Class::UsedByTwo);
        let mut sale = super::money::Sale::draw(&mut self.random, self.wishes.len());
        named.iter().for_each(|named| sale.offer(&mut self.random, named.clone()));
        self.ring((till + 1) % self.setup.tills.len(), person, Some(&sale), Vec::new(), false);
    }
}
