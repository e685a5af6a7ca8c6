//! The whole way of some customers: unknown, enrolled, shown, changed here and in Engage, found by everything, promoted,
//! through an outage, forgotten, and somebody new after that.
//!
//! After each step Engage has every field of everybody exactly as somebody said it. Where a switch makes something
//! rightly different, the step says so by the switch's name.

mod dark;
mod engage_side;
mod found;
mod online;

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::stage::{Person, Stage};
use super::switches::{self, Under, Way};

/// Walks under way at once: most of a walk is waiting.
const AT_ONCE: usize = 20;

/// A walk under way.
struct Walk {
    stage: Stage,
    under: Under,
}

impl Walk {
    async fn begin(under: Under) -> Walk {
        let Under { settings, tenant, switches, .. } = under.clone();
        Walk { stage: Stage::with(settings, tenant, switches).await, under }
    }

    /// The whole way.
    async fn take(self) {
        self.the_tenant_is_set_up().await;
        self.nobody_is_known().await;
        let mut ada = self.becomes_a_member().await;
        self.is_known_at_once(&ada).await;
        self.is_shown_with_all_that_she_has(&ada).await;
        self.changes_one_thing_after_the_other(&mut ada).await;
        let bo = self.takes_nobodys_key(&mut ada).await;
        self.is_found_by_everything(&ada).await;
        self.several_share_a_phone().await;
        self.capitals_in_engage().await;
        self.a_subscriber_becomes_a_member().await;
        self.somebody_unapproved_becomes_a_member().await;
        self.is_edited_in_engage(&mut ada, &bo).await;
        let dark = self.the_link_is_down(&mut ada).await;
        self.the_link_is_back(&mut ada, dark).await;
        self.is_forgotten(&ada).await;
        self.is_deleted_in_engage(&bo).await;
        self.nothing_was_against_the_guide().await;
    }

    /// Stores as `tillbridge doctor` asks for them, where that matters.
    async fn the_tenant_is_set_up(&self) {
        if self.under.is("unknownStoreOnCreate", "refused") {
            let store = json!({ "name": "Stockholm City", "externalId": crate::api::STOCKHOLM });
            let made = self.stage.shop.http.post(format!("{}/api/v3/stores", self.stage.shop.sandbox));
            let made = made.header("apikey", "k").header("content-type", "application/json");
            let made = made.header("user-agent", "Tillbridge/test").body(store.to_string()).send().await;
            assert!(made.unwrap().status().is_success());
        }
    }

    /// Only what somebody asked to be emptied was sent empty, and nobody was made again but who came again.
    async fn nothing_was_against_the_guide(&self) {
        let findings = self.stage.findings().await;
        assert_eq!(findings, [("emptyInUpdate".to_owned(), "careOf".to_owned())]);
        let came_again = format!("Member email {}", online::ADA);
        assert_eq!(self.stage.made_again().await, [(came_again, 2)]);
    }

    async fn is_as(&self, person: &Person) {
        self.stage.is_in_engage(person).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_way_holds_under_each_value_of_each_switch() {
    under_each(Way::Contacts, async |under| Walk::begin(under).await.take().await).await;
}

/// Takes a way under each value of each switch that it meets.
pub async fn under_each<F: Future<Output = ()> + Send + 'static>(
    way: Way,
    take: impl Fn(Under) -> F + Clone + Send + 'static,
) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut walks = JoinSet::new();
    // `TILLBRIDGE_WALK=levelIn` takes those of one switch alone.
    let only = std::env::var("TILLBRIDGE_WALK").ok();
    for under in switches::all(way) {
        if only.as_ref().is_some_and(|only| !under.switch.contains(only.as_str())) {
            continue;
        }
        let (places, take) = (Arc::clone(&places), take.clone());
        walks.spawn(async move {
            let _place = places.acquire_owned().await;
            let name = format!("{} = {}", under.switch, under.value);
            let walked = tokio::spawn(take(under)).await;
            walked.map_err(|error| format!("under {name}: {error}"))
        });
    }
    let failed: Vec<String> = walks.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
