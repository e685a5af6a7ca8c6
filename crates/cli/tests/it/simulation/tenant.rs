//! What the shop and its tenant are like: settings of the gateway, and settings and switches of Engage's stand-in that
//! fit together as an operator would have made them.

use std::time::Duration;

use engage::call;
use gateway::settings::{
    Auth, ContactKey, CustomKey, Engage, Offers, OnReturn, Outage, Promotion, Settings, Vouchers, Welcome,
};
use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::store::{Country, Language, Letterhead, Store, Stores};
use rust_decimal::Decimal;
use sandbox::switches::{
    AbsentPreferences, AssignAnswer, BadIdentifier, ChangesFeed, ChangesZone, CreateAnswer, DuplicateAssign,
    DuplicateKey, EarnedBy, EmailCase, ErrorField, IdAnswer, KeyAcrossTypes, KeyClash, LevelIn, ListShape,
    Listed, MandatoryEmptied, NewContactTrigger, OfferAnswer, PointAccountMade, PreferencesDefault,
    PreferencesSpelling, PromotionsAt, ReactivationConflict, ReceiptAnswer, SeveralParameters,
    TypeChangeMissing, Unassignable, UnknownContact, UnknownStore, UnmatchedContact, UnsetAttributes,
    UntypedLookup, UpdateAnswer, Validation, VoucherMembers,
};
use sandbox::{Automations, ContactType, Identifier, PointRules, Switches};
use serde_json::json;

use super::people::Kind;
use super::random::Random;
use super::setup::{CONSENTS, STORES, VISIBILITY_WINDOW};
use super::words::CUSTOM;

/// How long a new contact really may be invisible at most.
const BLIND_SECONDS_MAX: u32 = 25;
/// The tenant's zone, where the feed of changes takes its times in it.
const ZONE: &str = "Europe/Stockholm";
/// Promotions by the tills' codes and their external ids: the welcome, and another.
pub(super) const WELCOME: (&str, &str) = ("WELCOME10", "welcome-10");
pub(super) const SPRING: (&str, &str) = ("SPRING", "spring-20");
/// One that the shop's configuration doesn't know.
pub(super) const UNLISTED: &str = "unlisted-30";
/// What one unit of a currency earns.
pub(super) const POINTS: [(&str, i64); 3] = [("SEK", 1), ("NOK", 2), ("EUR", 10)];

pub(super) fn settings(random: &mut Random) -> Settings {
    Settings {
        stores: stores(),
        rates: rates(),
        auth: Auth::None,
        wait: Duration::from_millis(1_500),
        lookup_wait: Duration::from_millis(1_500),
        offers: offers(random),
        orders: gateway::settings::Orders::default(),
        documents: gateway::settings::Documents::default(),
        claim_window: Duration::from_secs(30 * 24 * 3_600),
        engage: engage(random),
    }
}

fn engage(random: &mut Random) -> Engage {
    let contact_key = random.pick(&[
        ContactKey::Email,
        ContactKey::Email,
        ContactKey::MobilePhone,
        ContactKey::MobilePhone,
        ContactKey::MemberNumber,
        ContactKey::ExternalId,
        ContactKey::PersonalIdentityNumber,
    ]);
    let custom_key = match contact_key {
        ContactKey::MemberNumber => CustomKey::MemberNumber,
        ContactKey::ExternalId => CustomKey::ExternalId,
        _ => random.pick(&[CustomKey::MemberNumber, CustomKey::ExternalId]),
    };
    let feed = random.pick(&[None, None, Some(60), Some(300)]);
    Engage {
        contact_key,
        custom_key,
        personal_identity_numbers: contact_key == ContactKey::PersonalIdentityNumber || random.one_in(3),
        mandatory_fields: random
            .pick(&[&[][..], &["firstName"][..]])
            .iter()
            .map(|name| (*name).into())
            .collect(),
        custom_attributes: if random.one_in(2) { vec![CUSTOM.to_owned()] } else { Vec::new() },
        promotions_at: random.pick(&[call::PromotionsAt::Assignments, call::PromotionsAt::Contact]),
        changes_interval: feed.map(Duration::from_secs),
        changes_time_zone: match random.one_in(3) {
            true => TimeZone::get(ZONE).expect("a zone"),
            false => TimeZone::UTC,
        },
        requests_per_second: Some(random.pick(&[2, 5, 10, 40])),
        max_in_flight: random.pick(&[1, 2, 8, 32]),
        import_interval: Duration::from_secs(random.pick(&[0, 60, 300, 900])),
        visibility_window: VISIBILITY_WINDOW,
        ..Engage::default()
    }
}

/// The tenant that fits these settings.
pub(super) fn tenant(random: &mut Random, settings: &Settings) -> sandbox::Settings {
    let engage = &settings.engage;
    let key = match Kind::of(engage.contact_key) {
        Kind::Email => Identifier::Email,
        Kind::Phone => Identifier::MobilePhone,
        Kind::Member => Identifier::MemberNumber,
        Kind::External => Identifier::ExternalId,
        Kind::Personal => Identifier::SocialSecurityNumber,
    };
    let member = ContactType { handle: "Member".to_owned(), key, mandatory: engage.mandatory_fields.clone() };
    let subscriber =
        ContactType { handle: "Contact".to_owned(), key: Identifier::Email, mandatory: Vec::new() };
    sandbox::Settings {
        contact_types: vec![member, subscriber],
        custom_key: match engage.custom_key {
            CustomKey::MemberNumber => Identifier::MemberNumber,
            CustomKey::ExternalId => Identifier::ExternalId,
        },
        custom_attributes: vec![CUSTOM.to_owned()],
        points: points(),
        automations: automations(random, settings),
        voucher_reactivations_max: random.pick(&[0, 1, 3]),
        consents: CONSENTS.iter().map(|id| json!({ "id": id, "name": id, "metaData": {} })).collect(),
        ..sandbox::Settings::default()
    }
}

/// The shop's promotions.
fn offers(random: &mut Random) -> Offers {
    let mut promotion = |(code, external_id): (&str, &str), welcome| Promotion {
        code: code.to_owned(),
        external_id: external_id.to_owned(),
        promotion_id: None,
        name: code.to_owned(),
        gives: None,
        welcome,
        stacks: true,
        outage: outage(random),
        comes_back: random.one_in(2),
    };
    let spring = promotion(SPRING, None);
    let mut promotions = vec![promotion(WELCOME, None), spring];
    promotions[0].welcome =
        random.pick(&[Some(Welcome::Till), Some(Welcome::Till), Some(Welcome::Automation)]);
    let vouchers = Vouchers {
        outage: outage(random),
        on_return: random.pick(&[OnReturn::Whole, OnReturn::Whole, OnReturn::Any, OnReturn::Never]),
        ..Vouchers::default()
    };
    Offers { promotions, vouchers, ..Offers::default() }
}

fn outage(random: &mut Random) -> Outage {
    match random.below(3) {
        0 => Outage::Refuse,
        1 => Outage::Honour,
        _ => Outage::HonourUpTo(vec![(Currency::parse("SEK").expect("a currency"), Decimal::from(500))]),
    }
}

/// What the tenant does by itself: the welcome, where the shop leaves it to the tenant.
fn automations(random: &mut Random, settings: &Settings) -> Automations {
    let is_theirs = settings.offers.promotions[0].welcome == Some(Welcome::Automation);
    let delay_seconds = random.pick(&[0, 5, 300]);
    let promotion = WELCOME.1.to_owned();
    let welcome = is_theirs.then_some(sandbox::Welcome { promotion, delay_seconds, sources: Vec::new() });
    Automations { welcome, ..Automations::default() }
}

/// What receipts earn.
fn points() -> PointRules {
    let factors = POINTS.map(|(currency, factor)| (currency.to_owned(), Decimal::from(factor)));
    PointRules { factors: factors.into(), ..PointRules::default() }
}

/// Everything that nobody knows of Engage, by chance; but no unapproved contacts are about.
pub(super) fn switches(random: &mut Random, engage: &Engage) -> Switches {
    let rate = engage.requests_per_second.unwrap_or(40);
    let validation = [Validation::Lenient, Validation::Strict];
    let switches = Switches {
        receipt_answer: random.pick(&[ReceiptAnswer::Accepted, ReceiptAnswer::Ok]),
        create_answer: random.pick(&[CreateAnswer::Created, CreateAnswer::Ok]),
        duplicate_key: random.pick(&[
            DuplicateKey::Conflict409,
            DuplicateKey::ReturnsExistingId,
            DuplicateKey::ReturnsExistingContact,
        ]),
        preferences_spelling: random.pick(&[PreferencesSpelling::Documented, PreferencesSpelling::Seen]),
        id_answer: random.pick(&[IdAnswer::String, IdAnswer::Object]),
        bad_identifier_on_create: random.pick(&[BadIdentifier::Unprocessable, BadIdentifier::BadRequest]),
        unknown_store_on_create: random.pick(&[UnknownStore::Accepted, UnknownStore::Created]),
        unmatched_contact: random.pick(&[UnmatchedContact::Dropped, UnmatchedContact::Refused404]),
        receipt_validation: random.pick(&validation),
        email_case: random.pick(&[EmailCase::Ignored, EmailCase::Matters]),
        several_parameters: random.pick(&[SeveralParameters::AllMatch, SeveralParameters::FirstNonEmpty]),
        untyped_lookup: random.pick(&[
            UntypedLookup::AnyType,
            UntypedLookup::AnyType,
            UntypedLookup::DefaultType,
        ]),
        key_across_types: random.pick(&[
            KeyAcrossTypes::Allowed,
            KeyAcrossTypes::Allowed,
            KeyAcrossTypes::Conflict409,
        ]),
        key_clash: random.pick(&[KeyClash::Conflict, KeyClash::Unprocessable]),
        preferences_default: random.pick(&[PreferencesDefault::False, PreferencesDefault::True]),
        absent_preferences: random.pick(&[AbsentPreferences::LeftAlone, AbsentPreferences::SetToFalse]),
        update_answer: random.pick(&[UpdateAnswer::Contact, UpdateAnswer::Empty200, UpdateAnswer::Empty204]),
        mandatory_emptied: random.pick(&[MandatoryEmptied::Refused422, MandatoryEmptied::Accepted]),
        type_change_missing: random.pick(&[TypeChangeMissing::Unprocessable, TypeChangeMissing::BadRequest]),
        attribute_validation: random.pick(&validation),
        error_field: random.pick(&[ErrorField::Absent, ErrorField::Named]),
        unset_attributes: random.pick(&[UnsetAttributes::Absent, UnsetAttributes::Null]),
        level_in: random.pick(&[LevelIn::ContactAndOverview, LevelIn::OverviewOnly]),
        changes_feed: random.pick(&[
            ChangesFeed::On,
            ChangesFeed::On,
            ChangesFeed::On,
            ChangesFeed::Off403,
            ChangesFeed::Off404,
        ]),
        changes_zone: match engage.changes_time_zone.iana_name() {
            Some(ZONE) => ChangesZone::TenantZone,
            _ => ChangesZone::Utc,
        },
        point_accounts_shape: random.pick(&[ListShape::BareArray, ListShape::Page]),
        point_account_made: random.pick(&[PointAccountMade::WithMember, PointAccountMade::AtFirstPoints]),
        vouchers_shape: random.pick(&[ListShape::BareArray, ListShape::Page]),
        voucher_members: random.pick(&[VoucherMembers::All, VoucherMembers::PerList]),
        promotions_at: match (random.one_in(2), engage.promotions_at) {
            (true, _) => PromotionsAt::Both,
            (_, call::PromotionsAt::Assignments) => PromotionsAt::AssignmentsOnly,
            (_, call::PromotionsAt::Contact) => PromotionsAt::ContactOnly,
        },
        redeemed_listed: random.pick(&[Listed::No, Listed::Yes]),
        lists_of_unknown_contact: random.pick(&[UnknownContact::NotFound404, UnknownContact::Empty]),
        assign_answer: random.pick(&[
            AssignAnswer::Object,
            AssignAnswer::AssignmentId,
            AssignAnswer::String,
            AssignAnswer::Empty,
        ]),
        duplicate_assign: random.pick(&[
            DuplicateAssign::Allowed,
            DuplicateAssign::Allowed,
            DuplicateAssign::Conflict409,
        ]),
        ended_assign: random.pick(&[Unassignable::Expired409, Unassignable::NotFound404]),
        offer_answer: random.pick(&[OfferAnswer::Empty, OfferAnswer::Object]),
        reactivation_conflict: random
            .pick(&[ReactivationConflict::Conflict, ReactivationConflict::NotAcceptable]),
        new_contact_trigger: random
            .pick(&[NewContactTrigger::Registration, NewContactTrigger::RegistrationOrPromotion]),
        visibility_delay_seconds: random.pick(&[0, 0, 2, 10, BLIND_SECONDS_MAX]),
        import_interval_seconds: engage.import_interval.as_secs() as u32,
        rate_limit_per_second: random.pick(&[200, rate * 3]),
        retry_after_seconds: random.pick(&[0, 2]),
        overview_cache_seconds: random.pick(&[0, 300, 3_600]),
        ..Switches::default()
    };
    // Who checks a receipt's figures checks that they add up.
    Switches {
        // Not everybody is a member when a receipt is taken in, and still when it comes back.
        points_earned_by: EarnedBy::Everybody,
        receipt_line_sum: switches.receipt_validation,
        receipt_payment_sum: switches.receipt_validation,
        ..switches
    }
}

fn stores() -> Stores {
    let store = |(external_id, country, language, currency): (&str, &str, &str, &str)| Store {
        external_id: external_id.to_owned(),
        name: external_id.to_owned(),
        country: Country::parse(country).expect("a country"),
        language: Language::parse(language).expect("a language"),
        currency: Currency::parse(currency).expect("a currency"),
        time_zone: TimeZone::UTC,
        letterhead: Letterhead::default(),
    };
    Stores::new(STORES.map(store).into()).expect("the stores differ")
}

fn rates() -> Rates {
    let row = |currency: &str, rate: &str| Row {
        currency: Currency::parse(currency).expect("a currency"),
        from: jiff::civil::date(2026, 1, 1),
        rate: rate.parse().expect("a rate"),
    };
    let group = Currency::parse("SEK").expect("a currency");
    Rates::new(Some(group), vec![row("NOK", "0.98"), row("EUR", "11.2345")]).expect("rates above zero")
}
