//! What a seed decides before anything happens: the shop, the people, the tenant, and how rough it gets.

use std::time::Duration;

use gateway::settings::{Auth, ContactKey, CustomKey, Engage, Settings};
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::store::{Country, Language, Store, Stores};
use sandbox::switches::{
    BadIdentifier, CreateAnswer, DuplicateKey, IdAnswer, PreferencesSpelling, ReceiptAnswer, UnknownStore,
    UnmatchedContact, Validation,
};
use sandbox::{Identifier, Switches};

use super::random::Random;
use super::weather::Weather;

/// How long after a creation a look-up may be blind, by the gateway's settings.
pub(super) const VISIBILITY_WINDOW: Duration = Duration::from_secs(60);
/// How long it really may be at most.
const BLIND_SECONDS_MAX: u32 = 25;

/// What is particular about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    /// Everything by chance.
    AnyWeather,
    /// The link is down for three days, and the shop goes on.
    ThreeDaysDark,
}

/// A harness that is broken on purpose, to see that the invariants notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sabotage {
    None,
    /// Whoever carries the calls repeats a creation whose answer was lost.
    CreationRepeatedAtOnce,
    /// Tills are answered before the commit.
    AnsweredBeforeCommit,
    /// Calls go out before the attempt is on disk.
    CalledBeforeBegun,
    /// A receipt gets a fresh id when it is sent again.
    FreshIdOnRepeat,
    /// An accepted receipt owes no delivery.
    DeliveryForgotten,
    /// A minor unit is lost on the way.
    OreLost,
    /// The core keeps no rate.
    NoRate,
}

/// Everything that a seed decides beforehand.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) story: Story,
    pub(super) sabotage: Sabotage,
    pub(super) settings: Settings,
    pub(super) tenant: sandbox::Settings,
    pub(super) switches: Switches,
    pub(super) people: Vec<Person>,
    pub(super) tills: Vec<TillSetup>,
    pub(super) odds: Odds,
}

/// A customer, or one to be.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) email: String,
    pub(super) phone: String,
    /// Is in Engage before the gateway is first started.
    pub(super) exists: bool,
    /// Contact ids that tills were given for this person.
    pub(super) contact_ids: Vec<String>,
    /// Shares the identifier that isn't the tenant's key with somebody else.
    pub(super) shares: bool,
    /// Somebody gave a creation of this person up, so that less can be said about it.
    pub(super) meddled: bool,
}

#[derive(Debug, Clone)]
pub(super) struct TillSetup {
    pub(super) store: &'static str,
    pub(super) till: usize,
    pub(super) acts: u64,
}

/// How often what goes wrong; one in so many, or percent.
#[derive(Debug, Clone)]
pub(super) struct Odds {
    pub(super) crash_one_in: Option<u64>,
    pub(super) answer_lost_percent: u64,
    pub(super) commit_fails_percent: u64,
    pub(super) read_fails_percent: u64,
    pub(super) operator: bool,
    pub(super) sandbox_stops: bool,
    pub(super) signs_up_elsewhere: bool,
    /// Between two acts of a till, at first; it is doubled up to six times.
    pub(super) act_gap_ms: u64,
}

/// Id, country, language, currency.
const STORES: [(&str, &str, &str, &str); 3] = [
    ("store01-malmo", "SE", "sv", "SEK"),
    ("store02-oslo", "NO", "no", "NOK"),
    ("store03-helsinki", "FI", "fi", "EUR"),
];

impl Setup {
    pub(super) fn draw(random: &mut Random, story: Story, sabotage: Sabotage) -> Setup {
        let key = random.pick(&[ContactKey::Email, ContactKey::MobilePhone]);
        let import_interval = random.pick(&[0, 60, 300, 900]);
        let rate = random.pick(&[2, 5, 10, 40]);
        let settings = Settings {
            stores: stores(),
            rates: rates(),
            auth: Auth::None,
            wait: Duration::from_millis(1_500),
            lookup_wait: Duration::from_millis(1_500),
            engage: Engage {
                source: "POS".to_owned(),
                contact_type: "Member".to_owned(),
                contact_key: key,
                custom_key: CustomKey::MemberNumber,
                requests_per_second: Some(rate),
                max_in_flight: random.pick(&[1, 2, 8, 32]),
                import_interval: Duration::from_secs(import_interval),
                visibility_window: VISIBILITY_WINDOW,
            },
        };
        let tenant = sandbox::Settings::default().with_member_key(match key {
            ContactKey::Email => Identifier::Email,
            ContactKey::MobilePhone => Identifier::MobilePhone,
        });
        let mut people: Vec<Person> = (0..random.between(2, 7)).map(|n| Person::draw(random, n)).collect();
        if random.one_in(4) {
            share(&mut people, key);
        }
        let acts = match (story, random.below(8)) {
            (Story::ThreeDaysDark, _) => random.between(15, 40),
            (Story::AnyWeather, 0) => random.between(20, 40),
            (Story::AnyWeather, _) => random.between(3, 14),
        };
        let till = |n: usize, random: &mut Random| TillSetup { store: random.pick(&STORES).0, till: n, acts };
        let tills = (0..random.between(1, 4) as usize).map(|n| till(n, random)).collect();
        let switches = switches(random, import_interval as u32, rate);
        Setup { story, sabotage, settings, tenant, switches, people, tills, odds: Odds::draw(random, story) }
    }
}

impl Person {
    fn draw(random: &mut Random, n: u64) -> Person {
        Person {
            email: format!("person{n}@example.com"),
            phone: format!("+467017406{n:02}"),
            exists: random.one_in(3),
            contact_ids: Vec::new(),
            shares: false,
            meddled: false,
        }
    }
}

/// The first two are a family: they have one phone, or one address where the phone is the key.
fn share(people: &mut [Person], key: ContactKey) {
    let [first, second, ..] = people else { return };
    match key {
        ContactKey::Email => second.phone.clone_from(&first.phone),
        ContactKey::MobilePhone => second.email.clone_from(&first.email),
    }
    (first.shares, second.shares) = (true, true);
}

impl Odds {
    fn draw(random: &mut Random, story: Story) -> Odds {
        Odds {
            crash_one_in: match (story, random.below(4)) {
                (_, 0) => None,
                (Story::AnyWeather, 1) => Some(60),
                (Story::AnyWeather, 2) => Some(250),
                (Story::AnyWeather, _) => Some(1_000),
                (Story::ThreeDaysDark, _) => Some(5_000),
            },
            answer_lost_percent: random.pick(&[0, 5, 20]),
            commit_fails_percent: random.pick(&[0, 0, 1, 5]),
            read_fails_percent: random.pick(&[0, 0, 1, 5]),
            operator: random.one_in(3),
            sandbox_stops: random.one_in(12),
            signs_up_elsewhere: random.one_in(3),
            act_gap_ms: match story {
                Story::AnyWeather => random.pick(&[2, 50, 1_000, 10_000]),
                // So that their acts are spread over the three days.
                Story::ThreeDaysDark => 250_000,
            },
        }
    }
}

impl Story {
    /// After the faults are over, everything must have come to its end within this time.
    pub(super) fn progress_within(self) -> Duration {
        match self {
            // What failed often waits for up to an hour, and a receipt may have to be sent twice and looked for six times.
            Story::AnyWeather => Duration::from_secs(3 * 3_600),
            // All that waited for the link goes at once; then it is looked for.
            Story::ThreeDaysDark => Duration::from_secs(3_600),
        }
    }

    /// The weather at the start, and for how long.
    pub(super) fn first_weather(self, random: &mut Random) -> (Weather, Duration) {
        match self {
            Story::AnyWeather => Weather::draw(random),
            Story::ThreeDaysDark => (Weather::Dark, Duration::from_secs(3 * 86_400)),
        }
    }
}

fn stores() -> Stores {
    let store = |(external_id, country, language, currency): (&str, &str, &str, &str)| Store {
        external_id: external_id.to_owned(),
        name: external_id.to_owned(),
        country: Country::parse(country).expect("a country"),
        language: Language::parse(language).expect("a language"),
        currency: Currency::parse(currency).expect("a currency"),
        time_zone: jiff::tz::TimeZone::UTC,
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

fn switches(random: &mut Random, import_interval_seconds: u32, rate: u32) -> Switches {
    Switches {
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
        receipt_validation: random.pick(&[Validation::Lenient, Validation::Strict]),
        visibility_delay_seconds: random.pick(&[0, 0, 2, 10, BLIND_SECONDS_MAX]),
        import_interval_seconds,
        rate_limit_per_second: random.pick(&[200, rate * 3]),
        retry_after_seconds: random.pick(&[0, 2]),
        ..Switches::default()
    }
}
