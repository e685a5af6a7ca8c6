//! The figures that are measured, as Prometheus reads them. Labels are of closed sets: no id, no name, no personal data.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use engage::{Failure, Response};
use jiff::SignedDuration;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use store::{Count, DeliveryState};

use crate::delivery::{REACTIVATE_VOUCHER, REDEEM_PROMOTION, REDEEM_VOUCHER, Told};
use crate::profile::Loyalty;

/// Upper bounds of the call durations' classes, in seconds.
const CALL_SECONDS: [f64; 9] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The kinds of delivery that are an exception where they need a person.
const OFFER_KINDS: [&str; 3] = [REDEEM_PROMOTION, REDEEM_VOUCHER, REACTIVATE_VOUCHER];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    answer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Part {
    part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Queued {
    kind: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Exposed {
    store: String,
    currency: String,
}

/// The figures of one gateway.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    accepted: Family<Kind, Counter>,
    repeated: Family<Kind, Counter>,
    conflicted: Family<Kind, Counter>,
    quarantined: Counter,
    lookups: Family<Answer, Counter>,
    incomplete: Family<Part, Counter>,
    calls: Family<Answer, Counter>,
    call_seconds: Histogram,
    link: Gauge,
    deliveries: Family<Queued, Gauge>,
    oldest_seconds: Gauge<f64, AtomicU64>,
    disk_bytes: Gauge,
    offer_exposure: Family<Exposed, Gauge>,
    exceptions: Family<Kind, Gauge>,
}

impl Metrics {
    /// All figures at zero.
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("tillbridge");
        let metrics = Metrics {
            accepted: Family::default(),
            repeated: Family::default(),
            conflicted: Family::default(),
            quarantined: Counter::default(),
            lookups: Family::default(),
            incomplete: Family::default(),
            calls: Family::default(),
            call_seconds: Histogram::new(CALL_SECONDS),
            link: Gauge::default(),
            deliveries: Family::default(),
            oldest_seconds: Gauge::default(),
            disk_bytes: Gauge::default(),
            offer_exposure: Family::default(),
            exceptions: Family::default(),
            registry: Registry::default(),
        };
        registry.register("accepted", "What was taken in, by kind", metrics.accepted.clone());
        registry.register("repeated", "What was said again, by kind", metrics.repeated.clone());
        registry.register(
            "conflicted",
            "Other content under a known identity, by kind",
            metrics.conflicted.clone(),
        );
        registry.register("quarantined", "Bodies that could not be read", metrics.quarantined.clone());
        registry.register("lookups", "Look-ups, by answer", metrics.lookups.clone());
        registry.register(
            "incomplete_profiles",
            "Profiles of which a part could not be read in time, by part",
            metrics.incomplete.clone(),
        );
        registry.register("engage_calls", "Calls to Engage, by answer", metrics.calls.clone());
        registry.register("engage_call_seconds", "How long Engage took", metrics.call_seconds.clone());
        registry.register("engage_link", "1 while Engage can be called", metrics.link.clone());
        registry.register("deliveries", "Deliveries, by kind and state", metrics.deliveries.clone());
        registry.register(
            "oldest_undelivered_seconds",
            "Age of the oldest delivery not done",
            metrics.oldest_seconds.clone(),
        );
        registry.register("disk_bytes", "Bytes of the data directory's database", metrics.disk_bytes.clone());
        registry.register(
            "offer_exposure",
            "What was honoured without asking Engage and is still to be redeemed, in the currency's minor unit",
            metrics.offer_exposure.clone(),
        );
        registry.register(
            "exceptions",
            "Offers that were used or came back, and need a person, by kind",
            metrics.exceptions.clone(),
        );
        Metrics { registry, ..metrics }
    }

    /// Something new was taken in.
    pub fn accepted(&self, kind: &'static str) {
        self.accepted.get_or_create(&Kind { kind }).inc();
    }

    /// The same was said again.
    pub fn repeated(&self, kind: &'static str) {
        self.repeated.get_or_create(&Kind { kind }).inc();
    }

    /// Other content came under a known identity.
    pub fn conflicted(&self, kind: &'static str) {
        self.conflicted.get_or_create(&Kind { kind }).inc();
    }

    /// A body could not be read.
    pub fn quarantined(&self) {
        self.quarantined.inc();
    }

    /// A look-up was answered.
    pub fn looked_up(&self, told: &Told) {
        let answer = match told {
            Told::Known(_) | Told::Offers(..) | Told::Consents(_) => "found",
            Told::NotFound => "notFound",
            Told::Several(_) => "several",
            Told::Offline => "offline",
            Told::Refused(_) => "refused",
        };
        self.lookups.get_or_create(&Answer { answer }).inc();
    }

    /// A profile was shown without these of its parts.
    pub fn incomplete(&self, loyalty: &Loyalty) {
        for part in ["level", "points", "vouchers", "promotions"] {
            if loyalty.incomplete.contains(part) {
                self.incomplete.get_or_create(&Part { part }).inc();
            }
        }
    }

    /// Engage was called.
    pub fn called(&self, result: &Result<Response, Failure>, took: SignedDuration) {
        let answer = match result {
            Ok(response) => match response.status {
                200..=299 => "2xx",
                429 => "429",
                400..=499 => "4xx",
                500..=599 => "5xx",
                _ => "other",
            },
            Err(Failure::NoAnswer { .. }) => "none",
            Err(_) => "unreadable",
        };
        self.calls.get_or_create(&Answer { answer }).inc();
        self.call_seconds.observe(took.as_secs_f64());
    }

    /// How the link fares.
    pub fn link(&self, up: bool) {
        self.link.set(i64::from(up));
    }

    /// How the queue stands.
    pub fn queue(&self, counts: &[Count], oldest: Option<SignedDuration>, disk_bytes: u64) {
        self.deliveries.clear();
        for count in counts {
            let queued = Queued { kind: count.kind.clone(), state: word(count.state) };
            self.deliveries.get_or_create(&queued).set(count.count as i64);
        }
        self.oldest_seconds.set(oldest.map_or(0.0, |age| age.as_secs_f64()));
        self.disk_bytes.set(disk_bytes as i64);
    }

    /// What offers risk and have cost: what is open by store and currency, and how the queue stands.
    pub fn offers(&self, open: &BTreeMap<(&str, &str), i64>, counts: &[Count]) {
        self.offer_exposure.clear();
        for ((store, currency), amount) in open {
            let exposed = Exposed { store: (*store).to_owned(), currency: (*currency).to_owned() };
            self.offer_exposure.get_or_create(&exposed).set(*amount);
        }
        for kind in OFFER_KINDS {
            let is_it = |count: &&Count| count.kind == kind && count.state == DeliveryState::NeedsAttention;
            let sum: u64 = counts.iter().filter(is_it).map(|count| count.count).sum();
            self.exceptions.get_or_create(&Kind { kind }).set(i64::try_from(sum).unwrap_or(i64::MAX));
        }
    }

    /// The figures as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes any text");
        text
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

/// A state's word.
pub fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::InFlight => "inFlight",
        DeliveryState::Unknown => "unknown",
        DeliveryState::Done => "done",
        DeliveryState::NeedsAttention => "needsAttention",
        DeliveryState::Discarded => "discarded",
    }
}
