use jiff::Timestamp;

use super::*;
use crate::frozen::Base;

fn known(fields: &[(&str, &str)]) -> Profile {
    let mut profile = Profile::default();
    for (name, value) in fields {
        profile.put(name, Some(value));
    }
    profile
}

fn enrolment(who: Vec<Who>, fields: &[(&str, &str)]) -> FrozenEnrolment {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FrozenEnrolment::new(who, fields, Preferences::default(), Vec::new(), "s1".into(), "POS".into())
}

fn change(set: &[(&str, &str)], base: Option<&[(&str, &str)]>) -> FrozenUpdate {
    let owned = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let base = base.map(|fields| {
        let value =
            |name: &str| fields.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        let names = set.iter().chain(fields).map(|(name, _)| *name);
        let touched = names.map(|name| (name.to_owned(), vec![value(name)]));
        Base { seen: true, fields: touched.collect(), ..Base::default() }
    });
    let mut frozen = FrozenUpdate::new(base, "POS".into());
    frozen.set = owned(set);
    frozen
}

fn names(patch: &Patch) -> Vec<&str> {
    patch.set.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn an_enrolment_of_somebody_who_is_there_fills_what_is_empty_and_overwrites_nothing() {
    let now = known(&[("email", "a@example.com"), ("firstName", "Ada")]);
    let frozen = enrolment(
        vec![Who::Email("a@example.com".into()), Who::MobilePhone("+46701740605".into())],
        &[("firstName", "Eva"), ("lastName", "Lind"), ("shoeSize", "39")],
    );
    let patch = fill(&frozen, &now);
    assert_eq!(names(&patch), ["mobilePhone", "lastName", "shoeSize"]);
    assert!(fill(&frozen, &patch.laid_over(&now)).is_empty(), "what was filled needs nothing more");
}

#[test]
fn an_enrolment_takes_no_consent_and_no_preference_back() {
    let mut now = known(&[]);
    now.preferences = ProfilePreferences { email: Some(true), sms: Some(false), postal: None };
    now.put_consent("terms", true);
    now.put_consent("profiling", false);
    let mut frozen = enrolment(vec![Who::Email("a@example.com".into())], &[]);
    frozen.preferences = Preferences { email: Some(false), sms: Some(true), postal: Some(false) };
    frozen.consents = [("terms", false), ("profiling", true), ("new", false)]
        .map(|(id, value)| (id.to_owned(), value))
        .to_vec();
    let patch = fill(&frozen, &now);
    let all = Preferences { email: Some(true), sms: Some(true), postal: Some(false) };
    assert_eq!(patch.preferences, Some(all), "all three go out together");
    assert_eq!(patch.consents, [("profiling".to_owned(), true), ("new".to_owned(), false)]);
}

#[test]
fn an_update_that_waited_leaves_alone_what_somebody_else_changed_since() {
    let before = [("street", "Old 1"), ("city", "Lund")];
    let frozen = change(&[("street", "New 2"), ("city", "Malmö"), ("zipCode", "111 22")], Some(&before));
    let now = known(&[("street", "Web 3"), ("city", "Lund")]);
    let (patch, left_alone) = update(&frozen, &now, true);
    assert_eq!(names(&patch), ["city", "zipCode"]);
    assert_eq!(left_alone.into_iter().collect::<Vec<_>>(), ["street"]);
}

#[test]
fn what_is_already_so_is_neither_sent_nor_left_alone() {
    let frozen = change(&[("street", "New 2")], Some(&[("street", "Old 1")]));
    let (patch, left_alone) = update(&frozen, &known(&[("street", "New 2")]), true);
    assert!(patch.is_empty() && left_alone.is_empty());
}

#[test]
fn an_older_update_that_comes_late_does_not_overwrite_a_newer_one() {
    let older = change(&[("street", "New 2")], Some(&[("street", "Old 1")]));
    let newer = change(&[("street", "New 3")], Some(&[("street", "New 2")]));
    let mut now = known(&[("street", "New 2")]);
    now = update(&newer, &now, true).0.laid_over(&now);
    let (patch, left_alone) = update(&older, &now, true);
    assert_eq!((patch.is_empty(), left_alone.len()), (true, 1));
    assert_eq!(now.field("street"), Some("New 3"));
}

#[test]
fn without_a_base_only_a_contact_that_nobody_touched_since_is_overwritten() {
    let frozen = change(&[("street", "New 2"), ("city", "Lund")], None);
    let now = known(&[("street", "Old 1")]);
    assert_eq!(names(&update(&frozen, &now, false).0), ["street", "city"]);
    let (patch, left_alone) = update(&frozen, &now, true);
    assert_eq!((names(&patch), left_alone.len()), (vec!["city"], 1));
}

#[test]
fn a_field_is_emptied_only_where_it_is_as_it_was() {
    let mut frozen = change(&[], Some(&[("street", "Old 1"), ("city", "Lund")]));
    frozen.clear = vec!["street".into(), "city".into()];
    let (patch, left_alone) = update(&frozen, &known(&[("street", "Old 1"), ("city", "Malmö")]), true);
    assert_eq!(patch.clear, ["street"]);
    assert_eq!(left_alone.into_iter().collect::<Vec<_>>(), ["city"]);
}

#[test]
fn a_changed_preference_takes_the_others_along_as_they_are() {
    let mut now = known(&[]);
    now.preferences = ProfilePreferences { email: Some(true), sms: Some(true), postal: Some(false) };
    let mut frozen = change(&[], Some(&[]));
    frozen.preferences.sms = Some(false);
    frozen.base.as_mut().unwrap().preferences = vec![("sms".into(), vec![Some(true)])];
    let (patch, _) = update(&frozen, &now, true);
    let all = Preferences { email: Some(true), sms: Some(false), postal: Some(false) };
    assert_eq!(patch.preferences, Some(all));
}

#[test]
fn a_personal_number_that_is_there_is_never_overwritten() {
    let frozen = change(&[("personalIdentityNumber", "197010632391")], None);
    let mut now = known(&[]);
    assert_eq!(names(&update(&frozen, &now, false).0), ["personalIdentityNumber"]);
    now.has_personal_identity_number = true;
    let (patch, left_alone) = update(&frozen, &now, false);
    assert_eq!((patch.is_empty(), left_alone.len()), (true, 1));
}

#[test]
fn an_update_behind_another_lands_whether_that_one_did_or_not() {
    let mut frozen = change(&[("street", "New 3")], Some(&[]));
    let values = ["Old 1", "New 2"].map(|text| Some(text.to_owned()));
    frozen.base.as_mut().unwrap().fields = vec![("street".into(), values.into())];
    for (now, lands) in [("Old 1", true), ("New 2", true), ("Web 3", false)] {
        let (patch, left_alone) = update(&frozen, &known(&[("street", now)]), true);
        assert_eq!((patch.set.len(), left_alone.len()), (usize::from(lands), usize::from(!lands)), "{now}");
    }
}

#[test]
fn what_was_never_seen_is_unknown_and_not_empty() {
    let mut frozen = change(&[("city", "Malmö")], Some(&[]));
    frozen.base = Some(Base { seen: false, ..Base::default() });
    frozen.preferences.sms = Some(true);
    let mut now = known(&[("city", "Lund")]);
    now.preferences.sms = Some(false);
    let (patch, left_alone) = update(&frozen, &now, false);
    assert_eq!((names(&patch), left_alone.len()), (vec!["city"], 0), "nobody changed it since");
    assert_eq!(patch.preferences.and_then(|all| all.sms), Some(true));
    let (patch, left_alone) = update(&frozen, &now, true);
    assert!(patch.is_empty() && left_alone.len() == 2, "either may be what was changed");
}

#[test]
fn a_profile_survives_being_kept() {
    let mut profile = known(&[("firstName", "Ada"), ("shoeSize", "39")]);
    profile.put_consent("terms", true);
    assert_eq!(Profile::read(&profile.write()), Some(profile.clone()));
    let kept = Kept::seen(profile.clone(), None, Some(Timestamp::UNIX_EPOCH));
    assert_eq!(Kept::read(&kept.write()), Some(kept.clone()));
    assert_eq!(Profile::read(&kept.write()), Some(profile));
}

#[test]
fn what_we_changed_is_not_taken_for_somebody_elses_change() {
    let at = |second| Some(Timestamp::from_second(second).unwrap());
    let first = Kept::seen(known(&[("city", "Lund")]), None, at(1));
    assert_eq!(first.others_changed_at, at(1), "nobody knows better");
    let ours = Kept { profile: known(&[("city", "Malmö")]), ..first };
    let again = Kept::seen(known(&[("city", "Malmö")]), Some(&ours), at(2));
    assert_eq!(again.others_changed_at, at(1), "it was changed at 2, by us");
    let differs = Kept::seen(known(&[("city", "Malmö"), ("street", "Web 3")]), Some(&again), at(3));
    assert_eq!(differs.others_changed_at, at(3));
    assert_eq!(Kept::seen(known(&[]), None, None).others_changed_at, Some(Timestamp::MAX));
}

#[test]
fn what_engage_adds_to_whom_we_created_is_nobodys_change() {
    let at = |second| Some(Timestamp::from_second(second).unwrap());
    let said = Kept::said(known(&[("email", "a@example.com")]));
    let mut now = known(&[("email", "a@example.com"), ("memberNumber", "4711")]);
    now.preferences.sms = Some(false);
    assert_eq!(Kept::seen(now.clone(), Some(&said), at(1)).others_changed_at, None);
    now.email = Some("b@example.com".into());
    assert_eq!(Kept::seen(now, Some(&said), at(1)).others_changed_at, at(1));
}

#[test]
fn every_listed_field_has_a_place_of_its_own() {
    for name in FIELDS.into_iter().filter(|name| *name != "personalIdentityNumber") {
        let profile = known(&[(name, "x")]);
        assert_eq!(profile.field(name), Some("x"));
        assert!(profile.attributes.is_empty(), "{name}");
    }
}
