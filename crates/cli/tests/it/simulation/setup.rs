//! What a seed decides before anything happens: the shop, the people, the tenant, and how rough it gets.

use std::time::Duration;

use gateway::settings::Settings;
use sandbox::Switches;

use super::people::{Kind, Person, share};
use super::random::Random;
use super::tenant;
use super::weather::Weather;

/// How long after a creation a look-up may be blind, by the gateway's settings.
pub(super) const VISIBILITY_WINDOW: Duration = Duration::from_secs(60);
/// Id, country, language, currency.
pub(super) const STORES: [(&str, &str, &str, &str); 3] = [
    ("store01-malmo", "SE", "sv", "SEK"),
    ("store02-oslo", "NO", "no", "NOK"),
    ("store03-helsinki", "FI", "fi", "EUR"),
];
/// What people are asked to consent to.
pub(super) const CONSENTS: [&str; 2] = ["memberTerms", "newsletter"];

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
    /// An update takes what Engage has now for what it was made from.
    NoBase,
    /// An update sends the preferences that it changes alone.
    OnePreferenceOnly,
    /// What stands beside the database of those who were forgotten is lost.
    NoTombstoneFile,
    /// A second enrolment of the same person owes nothing.
    SecondEnrolmentIgnored,
    /// Identifiers that several people may share tie them together.
    AliasBySharedIdentifier,
    /// What comes back of a sale isn't written down.
    DrawForgotten,
    /// A return doesn't wait for its sale.
    ReturnWaitsForNothing,
    /// What may have landed is void without its reverse.
    VoidWithoutReverse,
    /// A claimed sale leaves its returns behind.
    ClaimWithoutReturns,
    /// All that a receipt falls into is its buyer's.
    PartsOfOneContact,
    /// What a sale used isn't redeemed.
    RedemptionForgotten,
    /// What was there before an assignment whose answer was lost is forgotten.
    MarkForgotten,
    /// Whatever is redeemed already is said to be redeemed now.
    ConflictIsOurs,
    /// What a void sale used isn't given back.
    ReactivationForgotten,
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
    /// People edit contacts in Engage's own pages.
    pub(super) edits: bool,
    /// They delete some.
    pub(super) deletes: bool,
    /// People want to be forgotten.
    pub(super) forgets: bool,
    /// The tenant gives offers, and the web shop uses some.
    pub(super) offers: bool,
    /// An old database is put back.
    pub(super) restores: bool,
    /// Between two acts of a till, at first; it is doubled up to six times.
    pub(super) act_gap_ms: u64,
}

impl Setup {
    pub(super) fn draw(random: &mut Random, story: Story, sabotage: Sabotage) -> Setup {
        let settings = tenant::settings(random);
        let engage = &settings.engage;
        let tenant = tenant::tenant(random, &settings);
        let switches = tenant::switches(random, engage);
        let mut people: Vec<Person> =
            (0..random.between(2, 7) as usize).map(|n| Person::draw(random, n, engage)).collect();
        if random.one_in(4) {
            share(&mut people, Kind::of(engage.contact_key));
        }
        let acts = match (story, random.below(8)) {
            (Story::ThreeDaysDark, _) => random.between(15, 40),
            (Story::AnyWeather, 0) => random.between(20, 40),
            (Story::AnyWeather, _) => random.between(3, 14),
        };
        let till = |n: usize, random: &mut Random| TillSetup { store: random.pick(&STORES).0, till: n, acts };
        let tills = (0..random.between(1, 4) as usize).map(|n| till(n, random)).collect();
        let odds = Odds::draw(random, story);
        Setup { story, sabotage, settings, tenant, switches, people, tills, odds }
    }

    pub(super) fn key(&self) -> Kind {
        Kind::of(self.settings.engage.contact_key)
    }
}

impl Odds {
    fn draw(random: &mut Random, story: Story) -> Odds {
        let forgets = random.one_in(3);
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
            edits: random.one_in(2),
            deletes: random.one_in(8),
            forgets,
            offers: !random.one_in(4),
            restores: forgets && random.one_in(3),
            act_gap_ms: match story {
                Story::AnyWeather => random.pick(&[2, 50, 1_000, 10_000]),
                // So that their acts are spread over the three days.
                Story::ThreeDaysDark => 250_000,
            },
        }
    }

    /// Nothing goes wrong any longer.
    pub(super) fn calm(&self) -> Odds {
        Odds {
            crash_one_in: None,
            answer_lost_percent: 0,
            commit_fails_percent: 0,
            read_fails_percent: 0,
            operator: false,
            sandbox_stops: false,
            signs_up_elsewhere: false,
            edits: false,
            deletes: false,
            forgets: false,
            offers: false,
            restores: false,
            ..self.clone()
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
