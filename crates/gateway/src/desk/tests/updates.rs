//! Updates: all faults at once, and what each was made from.

use serde_json::json;
use store::{DeliveryState, Expects, FindContact, Role};

use super::{STORE, World, anybody, pairs, places, said};
use crate::desk::{Desk, KnownHere};
use crate::frozen::FrozenUpdate;

#[test]
fn everything_wrong_with_an_update_is_named_at_once() {
    let world = World::new(|engage| engage.mandatory_fields = vec!["lastName".into()]);
    let body = json!({
        "store": STORE, "firstName": " ", "city": null, "zipCode": 11122, "street": "Storgatan 4",
        "favouriteColour": "blue", "contactType": "Member", "email": "not an address", "memberNumber": "4711",
        "attributes": { "shoeSize": "", "hatSize": "57" }, "preferences": { "sms": null, "fax": true },
        "consents": [{ "id": "terms", "value": true }, { "id": "terms", "value": false }],
        "clear": ["street", "email", "lastName", "contactType", 7, "memberNumber", "shoeSize"],
    });
    let mut found = places(world.update(&body, None).unwrap_err());
    let mut expected = pairs(&[
        ("/favouriteColour", "unknownField"),
        ("/contactType", "notSettable"),
        ("/email", "emailInvalid"),
        ("/memberNumber", "notSettable"),
        ("/firstName", "blank"),
        ("/city", "blank"),
        ("/zipCode", "wrongType"),
        ("/attributes/hatSize", "unknownField"),
        ("/attributes/shoeSize", "blank"),
        ("/preferences/fax", "unknownField"),
        ("/preferences/sms", "wrongType"),
        ("/consents/1", "consentInvalid"),
        ("/clear/0", "setAndCleared"),
        ("/clear/1", "setAndCleared"),
        ("/clear/2", "mandatoryField"),
        ("/clear/3", "unknownField"),
        ("/clear/4", "wrongType"),
        ("/clear/5", "setAndCleared"),
        ("/clear/6", "setAndCleared"),
    ]);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_tenants_key_can_be_changed_and_not_emptied() {
    let world = World::new(|_| ());
    let cleared = world.update(&json!({ "store": STORE, "clear": ["email"] }), None).unwrap_err();
    assert_eq!(places(cleared), pairs(&[("/clear/0", "mandatoryField")]));
    let changed = world.update(&json!({ "store": STORE, "email": " Ada@Example.com " }), None).unwrap();
    assert_eq!(changed.frozen.set, [("email".to_owned(), "ada@example.com".to_owned())]);
}

#[test]
fn an_update_that_changes_nothing_is_refused() {
    let world = World::new(|_| ());
    for empty in [json!({}), json!({ "clear": [] }), json!({ "preferences": {}, "consents": [] })] {
        let mut body = empty;
        body["store"] = json!(STORE);
        let refused = world.update(&body, None).unwrap_err();
        assert_eq!(places(refused), pairs(&[("", "nothingToChange")]));
    }
}

#[test]
fn an_update_carries_what_it_was_made_from_with_open_changes_laid_over_it() {
    let mut world = World::new(|_| ());
    let enrolled = KnownHere::of(world.enrolled("ada@example.com"));
    let first = world.update(
        &json!({ "store": STORE, "street": "Nya gatan 2", "clear": ["careOf"], "preferences": { "sms": true } }),
        Some(&enrolled),
    );
    let first = first.unwrap();
    let base = first.frozen.base.as_ref().unwrap();
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        base.field("street"),
        [said("Gamla gatan 1")],
        "what the enrolment says, which is not in Engage"
    );
    assert!(base.field("careOf").is_empty() && !base.seen, "nobody knows what else there is");
    assert_eq!(first.accept.expects, Expects::LastChange(enrolled.last_change()));
    assert!(enrolled.last_change().is_some());
    assert_eq!(first.accept.delivery.as_ref().unwrap().role, Role::ChangesContact);

    world.database.commit(&[store::Command::Accept(first.accept)]).unwrap();
    let find = FindContact::Key(enrolled.contact.key);
    let known = KnownHere::of(world.database.reader().unwrap().known(&find).unwrap().unwrap());
    assert_eq!(
        known.profile.as_ref().unwrap().street.as_deref(),
        Some("Nya gatan 2"),
        "a till sees what it said"
    );
    let second = world.update(&json!({ "store": STORE, "street": "Tredje gatan 3" }), Some(&known)).unwrap();
    let base = second.frozen.base.unwrap();
    assert_eq!(
        base.field("street"),
        [said("Gamla gatan 1"), said("Nya gatan 2")],
        "either, for nobody knows whether the first update lands"
    );
}

#[test]
fn an_update_that_a_person_must_look_at_is_not_laid_over_a_profile() {
    let mut world = World::new(|_| ());
    let mut known = world.enrolled("ada@example.com");
    let here = KnownHere::of(known.clone());
    let update = world.update(&json!({ "store": STORE, "street": "Nya gatan 2" }), Some(&here)).unwrap();
    let mut change = known.changes[0].clone();
    (change.kind, change.state) = ("updateContact".into(), DeliveryState::NeedsAttention);
    change.frozen = Some(update.frozen.write());
    known.changes.push(change);
    let laid = KnownHere::of(known).profile.unwrap();
    assert_eq!(laid.street.as_deref(), Some("Gamla gatan 1"));
}

#[test]
fn an_update_of_somebody_unknown_here_names_engages_id_and_has_no_base() {
    let world = World::new(|_| ());
    let taken = world.update(&json!({ "store": STORE, "street": "Storgatan 4" }), None).unwrap();
    assert_eq!((taken.frozen.contact_id.as_deref(), &taken.frozen.base), (Some("some-id"), &None));
    assert_eq!(taken.accept.expects, Expects::LastChange(None));
    let read_back = FrozenUpdate::read(&taken.accept.frozen).unwrap();
    assert_eq!(read_back, taken.frozen);
}

#[test]
fn the_same_words_about_another_contact_are_something_else() {
    let world = World::new(|_| ());
    let keys = world.database.keys();
    let desk = Desk { settings: &world.settings, keys: &keys };
    let by = anybody();
    let body = json!({ "store": STORE, "street": "Storgatan 4" }).to_string();
    let content = |id| desk.update(said(body.as_bytes(), &by), id, None).unwrap().accept.content;
    assert_eq!(content("one"), content("one"));
    assert_ne!(content("one"), content("two"));
}
