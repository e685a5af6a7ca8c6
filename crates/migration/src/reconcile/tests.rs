//! Migrations with a known set of gaps: each is named, and nothing else.

mod world;

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use world::{AFTER, BEFORE, Contact, Fate, Receipt, Voucher, World, number};

/// What a gap says, to be compared.
fn named(reconciliation: &Reconciliation) -> Vec<(GapCode, String)> {
    let mut gaps: Vec<_> = reconciliation.gaps.iter().map(|gap| (gap.code, gap.subject.clone())).collect();
    gaps.sort();
    gaps
}

fn receipt(id: &str, cents: i64) -> Receipt {
    let total = Decimal::new(cents, 2);
    Receipt { id: id.to_owned(), store: "S1", month: "2026-05", total, there: vec![number(total)] }
}

fn contact(key: &str, receipts: Vec<Receipt>) -> Contact {
    Contact { key: key.to_owned(), receipts, ..Contact::default() }
}

fn contacts(count: u64) -> Vec<Contact> {
    let one = |place| contact(&format!("M{place}"), vec![receipt(&format!("R{place}"), 1_000)]);
    (0..count).map(one).collect()
}

/// A contact with anything done to it in Engage; what it is called is told later.
fn any_contact() -> impl Strategy<Value = Contact> {
    let receipt =
        (0..4_u8, -50_000..50_000_i64, 0..3_usize, 0..3_usize).prop_map(|(done, cents, store, month)| {
            let total = Decimal::new(cents, 2);
            let there = match done {
                0 => vec![],
                1 => vec![number(total), number(total)],
                2 => vec![number(total + Decimal::new(1, 2))],
                _ => vec![number(total)],
            };
            let (store, month) = (["S1", "S2", "S3"][store], ["2026-03", "2026-04", "2026-05"][month]);
            Receipt { id: String::new(), store, month, total, there }
        });
    let voucher = (any::<bool>(), 1..4_i64, 0..5_u8).prop_map(|(coded, value, done)| Voucher {
        code: coded.then(String::new),
        value: Decimal::from(value * 50),
        there: done != 0,
        // One that Engage has numbered can't be told from another, so it isn't used before the plan.
        used_on: match done {
            1 => Some(AFTER),
            2 if coded => Some(BEFORE),
            _ => None,
        },
    });
    let fate = prop_oneof![9 => Just(Fate::There), 1 => Just(Fate::Missing), 1 => Just(Fate::Several), 1 => Just(Fate::Refused)];
    let amount = (-900..900_i64).prop_map(Decimal::from);
    let booked = (1..9_i64, any::<bool>());
    (
        fate,
        any::<[bool; 2]>(),
        prop::collection::vec(receipt, 0..5),
        prop::collection::vec(any::<bool>(), 0..3),
        prop::collection::vec(amount, 0..3),
        prop::collection::vec(booked, 0..2),
        prop::collection::vec(voucher, 0..4),
    )
        .prop_map(|(fate, identifiers, receipts, extra, points, booked, vouchers)| Contact {
            key: String::new(),
            fate,
            identifiers: vec!["email", "mobilePhone"],
            identifiers_there: ["email", "mobilePhone"]
                .into_iter()
                .zip(identifiers)
                .filter(|(_, is)| *is)
                .map(|(name, _)| name)
                .collect(),
            receipts,
            extra: extra.into_iter().map(|live| (String::new(), if live { AFTER } else { BEFORE })).collect(),
            points,
            booked: booked
                .into_iter()
                .map(|(amount, live)| (amount.into(), if live { AFTER } else { BEFORE }))
                .collect(),
            vouchers,
        })
}

/// Gives everything its name.
fn with_names(mut contacts: Vec<Contact>) -> Vec<Contact> {
    for (place, contact) in contacts.iter_mut().enumerate() {
        contact.key = format!("M{place}");
        for (at, receipt) in contact.receipts.iter_mut().enumerate() {
            receipt.id = format!("R{place}-{at}");
        }
        for (at, extra) in contact.extra.iter_mut().enumerate() {
            extra.0 = format!("X{place}-{at}");
        }
        for (at, voucher) in contact.vouchers.iter_mut().enumerate() {
            voucher.code = voucher.code.is_some().then(|| format!("V{place}-{at}"));
        }
    }
    contacts
}

/// What must be said of a contact.
fn gaps_of(contact: &Contact) -> Vec<(GapCode, String)> {
    let key = || contact.key.clone();
    match contact.fate {
        Fate::Missing => return vec![(GapCode::ContactMissing, key())],
        Fate::Several => return vec![(GapCode::ContactAmbiguous, key())],
        Fate::Refused => return vec![(GapCode::ContactUnreadable, key())],
        Fate::There => {}
    }
    let mut gaps = Vec::new();
    let lost = contact.identifiers.iter().filter(|name| !contact.identifiers_there.contains(name));
    gaps.extend(lost.map(|_| (GapCode::IdentifierMissing, key())));
    for receipt in &contact.receipts {
        match receipt.there.as_slice() {
            [] => gaps.push((GapCode::ReceiptMissing, receipt.id.clone())),
            [one] if *one != number(receipt.total) => gaps.push((GapCode::AmountDiffers, receipt.id.clone())),
            [_] => {}
            _ => gaps.push((GapCode::ReceiptTwice, receipt.id.clone())),
        }
    }
    let old = contact.extra.iter().filter(|(_, at)| *at == BEFORE);
    gaps.extend(old.map(|(id, _)| (GapCode::ReceiptUnexpected, id.clone())));
    if !contact.points.is_empty() && contact.booked.iter().any(|(_, at)| *at == BEFORE) {
        gaps.push((GapCode::PointsDiffer, key()));
    }
    for voucher in &contact.vouchers {
        match voucher {
            Voucher { there: false, .. } => gaps.push((GapCode::VoucherMissing, key())),
            Voucher { used_on: Some(BEFORE), .. } => gaps.push((GapCode::VoucherDiffers, key())),
            Voucher { .. } => {}
        }
    }
    gaps
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_gap_is_named_and_nothing_else(all in prop::collection::vec(any_contact(), 0..12)) {
        let world = World::of(with_names(all));
        let found = world.run().unwrap();
        let mut expected: Vec<_> = world.contacts.iter().flat_map(gaps_of).collect();
        expected.sort();
        prop_assert_eq!(named(&found), expected);
        prop_assert_eq!(found.gap_counts.values().sum::<u64>(), found.gaps.len() as u64);
        prop_assert_eq!(found.verdict == Verdict::Gaps, !found.gaps.is_empty());

        let there = || world.contacts.iter().filter(|contact| contact.fate == Fate::There);
        let live = there().flat_map(|contact| &contact.extra).filter(|(_, at)| *at == AFTER).count();
        prop_assert_eq!(found.live_receipts, live as u64);
        let sums: Vec<_> = found.turnover.iter().map(|month| month.engage.unwrap()).collect();
        let sought: Decimal = sums.iter().map(|sums| sums.sought.total).sum();
        let in_engage: Decimal = sums.iter().map(|sums| sums.found.total).sum();
        let sent: Decimal = world.contacts.iter().flat_map(|contact| &contact.receipts).map(|receipt| receipt.total).sum();
        let held = there().flat_map(|contact| &contact.receipts).flat_map(|receipt| &receipt.there);
        let held: Decimal = held.map(|total| total.to_string().parse::<Decimal>().unwrap()).sum();
        prop_assert_eq!((sought, in_engage), (sent, held));
    }
}

#[test]
fn a_migration_without_gaps_agrees_and_says_so() {
    let world = World::of(contacts(40));
    let found = world.run().unwrap();
    assert_eq!((found.verdict, found.gaps.len()), (Verdict::Agrees, 0));
    assert_eq!(found.looked_at, LookedAt::Everything { contacts: 40 });
    let engage = found.chains[&crate::Entity::Receipts].records.engage;
    assert_eq!(engage, Some(Compared { sought: 40, found: 40 }));
    assert!(!world.folder.reconciling("work.jsonl").exists(), "the list with its keys is gone");
}

#[test]
fn one_that_is_stopped_goes_on_where_it_was_and_comes_to_the_same() {
    let mut gapped = contacts(60);
    gapped[7].fate = Fate::Missing;
    gapped[50].receipts[0].there.clear();
    let whole = World::of(gapped.clone()).run().unwrap();

    let world = World::of(gapped);
    let stopped = world.run_with(&mut |progress| {
        if progress == (Progress::Contacts { done: 23, of: 60 }) {
            world.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
    // What a kill leaves: half a line.
    let path = world.folder.reconciling("seen.jsonl");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept.lines().count(), 24, "a head and what was read");
    std::fs::write(&path, &kept[..kept.len() - 20]).unwrap();

    world.stop.store(false, std::sync::atomic::Ordering::Relaxed);
    world.requests.lock().unwrap().clear();
    assert_eq!(world.run().unwrap(), whole);
    assert_eq!(world.finds(), 38, "the torn one and those that were left");
    assert_eq!(world.run().unwrap(), whole, "and anew once more");
}

#[test]
fn what_was_seen_of_another_plan_is_not_believed() {
    let world = World::of(contacts(5));
    std::fs::create_dir_all(world.folder.reconciling("")).unwrap();
    std::fs::write(world.folder.reconciling("seen.jsonl"), "another\n{}\n{}\n").unwrap();
    let found = world.run().unwrap();
    assert_eq!((world.finds(), found.verdict), (5, Verdict::Agrees));
}

#[test]
fn a_sample_is_as_large_as_asked_for_and_the_same_for_the_same_seed() {
    let looked_for = |seed| {
        let world = World::of(contacts(200)).sample(30, seed);
        let found = world.run().unwrap();
        assert_eq!(found.looked_at, LookedAt::Sample { contacts: 30, of: 200, seed });
        assert_eq!((world.finds(), found.verdict), (30, Verdict::Agrees));
        let engage = found.chains[&crate::Entity::Receipts].records.engage;
        assert_eq!(engage, Some(Compared { sought: 30, found: 30 }));
        world.requests.into_inner().unwrap().into_iter().map(|(_, path)| path).collect::<Vec<_>>()
    };
    assert_eq!(looked_for(7), looked_for(7));
    assert_ne!(looked_for(7), looked_for(8));
    let all = World::of(contacts(3)).sample(30, 1).run().unwrap();
    assert_eq!(all.looked_at, LookedAt::Sample { contacts: 3, of: 3, seed: 1 });
}

#[test]
fn nobody_is_recognised_by_a_gap() {
    let mut world = World::of(vec![contact("ada.lind@example.com", vec![receipt("R1", 100)])]);
    world.options.key = Key::Email;
    // The stand-in knows custom keys only, so that an e-mail address is nobody's.
    let found = world.run().unwrap();
    assert_eq!(named(&found), [(GapCode::ContactMissing, "axx.xxxx@xxxxxxx.xxm".to_owned())]);
    assert_eq!(found.gaps[0].at, Some(crate::RowAt { file: 0, row: 2 }));
    write(&world.folder, &found).unwrap();
    let (html, json) = world.folder.report();
    for path in [html, json, world.folder.reconciling("gaps.jsonl")] {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("ada.lind") && text.contains("axx.xxxx"), "{}", path.display());
    }
}

#[test]
fn the_result_is_read_back_as_it_was_written() {
    let mut gapped = contacts(3);
    gapped[1].receipts[0].there = vec![json!(9.5)];
    let world = World::of(gapped).sample(3, 5);
    let found = world.run().unwrap();
    write(&world.folder, &found).unwrap();
    let text = std::fs::read_to_string(world.folder.report().1).unwrap();
    assert_eq!(serde_json::from_str::<Reconciliation>(&text).unwrap(), found);
}

#[test]
fn requests_keep_to_their_rate() {
    let world = World::of(contacts(50));
    world.run().unwrap();
    let requests = world.requests.lock().unwrap();
    let (first, last) = (requests[0].0, requests[requests.len() - 1].0);
    let seconds = last.duration_since(first).as_secs_f64();
    assert!(requests.len() >= 100 && seconds >= (requests.len() - 1) as f64 / 10.0, "{seconds}");
}

#[test]
fn a_read_that_failed_is_tried_again_and_waits_as_long_as_engage_asks() {
    let world = World::of(contacts(1));
    *world.refusals.lock().unwrap() = vec![500, 503, 429];
    assert_eq!(world.run().unwrap().verdict, Verdict::Agrees);
    let requests = world.requests.lock().unwrap();
    assert!(requests[1].0.duration_since(requests[0].0).as_secs() >= 7, "after a 429");
}

#[test]
fn an_engage_that_does_not_let_us_read_ends_it_and_is_no_gap() {
    for status in [401, 403] {
        let world = World::of(contacts(3));
        *world.refusals.lock().unwrap() = vec![status];
        assert!(matches!(world.run(), Err(Error::Engage(_))), "{status}");
    }
    let world = World::of(contacts(3));
    *world.refusals.lock().unwrap() = vec![503; 500];
    assert!(matches!(world.run(), Err(Error::Engage(_))));
    world.refusals.lock().unwrap().clear();
    assert_eq!(world.run().unwrap().verdict, Verdict::Agrees);
}

#[test]
fn many_receipts_of_one_contact_come_in_pages_and_are_all_found() {
    let receipts = (0..250).map(|at| receipt(&format!("R{at:03}"), at)).collect();
    let world = World::of(vec![contact("M0", receipts)]);
    let found = world.run().unwrap();
    assert_eq!((found.verdict, world.requests.lock().unwrap().len()), (Verdict::Agrees, 4));
}

#[test]
fn amounts_are_exact_but_for_the_noise_of_binary_numbers() {
    let mut one = receipt("R0", 4_999);
    one.there = vec![serde_json::from_str("49.989999999999995").unwrap()];
    let world = World::of(vec![contact("M0", vec![one.clone()])]);
    let found = world.run().unwrap();
    assert_eq!(named(&found), []);
    let sums = found.turnover[0].engage.unwrap();
    assert_eq!(sums.found.total, Decimal::new(4_999, 2), "and no noise comes into the sums");

    one.there = vec![serde_json::from_str("49.98").unwrap()];
    let mut world = World::of(vec![contact("M0", vec![one])]);
    assert_eq!(named(&world.run().unwrap()), [(GapCode::AmountDiffers, "R0".to_owned())]);
    world.options.amounts = Amounts::LeftAlone;
    assert_eq!(named(&world.run().unwrap()), []);
}

#[test]
fn a_plan_of_what_came_since_does_not_wonder_at_what_was_sent_before() {
    let mut one = contact("M0", vec![receipt("R0", 100)]);
    one.extra = vec![("R-earlier".to_owned(), BEFORE)];
    (one.points, one.booked) = (vec![Decimal::TEN], vec![(Decimal::ONE, BEFORE)]);
    let mut world = World::of(vec![one]);
    world.manifest.scope = crate::manifest::Scope::Delta;
    assert_eq!(world.run().unwrap().verdict, Verdict::Agrees);
}

#[test]
fn a_plan_that_was_tampered_with_is_found_without_engage() {
    let look = |change: &dyn Fn(&mut World)| {
        let mut world = World::of(contacts(3));
        change(&mut world);
        let found = world.run_against(Against::Plan).unwrap();
        assert!(world.requests.lock().unwrap().is_empty());
        (found.verdict, named(&found))
    };
    let gap = |code, subject: &str| (Verdict::Gaps, vec![(code, subject.to_owned())]);
    assert_eq!(look(&|_| {}), (Verdict::NotLookedAt, vec![]));
    let file = |world: &World| world.folder.files().join("one.csv");
    assert_eq!(
        look(&|world| std::fs::write(file(world), "something else").unwrap()),
        gap(GapCode::FileChanged, "one.csv")
    );
    assert_eq!(
        look(&|world| std::fs::remove_file(file(world)).unwrap()),
        gap(GapCode::FileMissing, "one.csv")
    );
    let contacts_of = |world: &mut World, rows| {
        world.manifest.tallies.get_mut(&crate::Entity::Contacts).unwrap().rows += rows;
    };
    assert_eq!(look(&|world| contacts_of(world, 1)), gap(GapCode::RowsNotCounted, "contacts"));
    assert_eq!(
        look(&|world| world.manifest.turnover[0].total_sent += Decimal::new(1, 2)),
        gap(GapCode::IndexDiffers, "S1 2026-05 SEK")
    );
    let list = |world: &World| world.folder.index(crate::Entity::Points);
    assert_eq!(look(&|world| std::fs::remove_file(list(world)).unwrap()), (Verdict::NotLookedAt, vec![]));
    assert_eq!(
        look(&|world| std::fs::remove_file(world.folder.index(crate::Entity::Contacts)).unwrap()),
        gap(GapCode::IndexDiffers, "index/contacts.csv")
    );
}

#[test]
fn a_list_without_its_columns_is_an_error_that_names_them() {
    let world = World::of(contacts(1));
    std::fs::write(world.folder.index(crate::Entity::Receipts), "id,total\nR0,1\n").unwrap();
    let failed = world.run().unwrap_err();
    assert!(matches!(failed, Error::Column { column: "contactKey", .. }), "{failed}");
}

#[test]
fn a_sandbox_that_holds_the_same_agrees_and_each_other_sum_is_named() {
    let world = World::of(contacts(3));
    let totals = || {
        json!({
            "stores": 2, "contacts": 3, "approvedMembers": 3,
            "receipts": { "imported": 3, "rows": [
                { "store": "S1", "month": "2026-05", "currency": "SEK", "receipts": 3, "lines": 3, "total": 30.00 }
            ] },
            "points": { "accounts": 0, "transactions": 0, "booked": 0, "active": 0, "pending": 0 },
            "vouchers": { "available": 0, "redeemed": 0, "expired": 0, "availableWorth": {} },
            "files": [{ "file": "1_points.csv", "folder": "points", "leftOut": {}, "failed": null }],
        })
    };
    let compare = |totals: serde_json::Value| {
        let totals: Totals = serde_json::from_value(totals).unwrap();
        let found = world.run_against(Against::Twin(&totals)).unwrap();
        (found.verdict, named(&found).into_iter().map(|(_, subject)| subject).collect::<Vec<_>>())
    };
    assert_eq!(compare(totals()), (Verdict::Agrees, vec![]));
    for (pointer, value, subjects) in [
        ("/contacts", json!(2), vec!["contacts"]),
        ("/receipts/rows/0/total", json!(30.01), vec!["S1 2026-05 SEK"]),
        ("/receipts/rows/0/receipts", json!(2), vec!["S1 2026-05 SEK", "receipts"]),
        ("/receipts/rows/0/month", json!("2026-06"), vec!["S1 2026-05 SEK", "S1 2026-06 SEK"]),
        ("/points/booked", json!(1.5), vec!["sum"]),
        ("/vouchers/redeemed", json!(1), vec!["used", "vouchers"]),
        ("/files/0/leftOut", json!({ "gender": 2 }), vec!["gender"]),
        ("/files/0/failed", json!("it has no column Key"), vec!["1_points.csv"]),
    ] {
        let mut other = totals();
        *other.pointer_mut(pointer).unwrap() = value;
        let subjects = subjects.into_iter().map(str::to_owned).collect();
        assert_eq!(compare(other), (Verdict::Gaps, subjects), "{pointer}");
    }
}
