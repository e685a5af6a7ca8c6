//! The page as it is read: a golden one, hostile words, one store and many.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;

use super::html;
use crate::Entity;
use crate::RowAt;
use crate::manifest::Scope;
use crate::reconcile::{
    Chain, Compared, Counted, Files, Gap, GapCode, LookedAt, Month, Reconciliation, Sum, VERSION, Verdict,
};

fn sum(receipts: u64, cents: i64) -> Sum {
    Sum { receipts, total: Decimal::new(cents, 2) }
}

fn chain(rows: u64, rejected: u64, found: Option<u64>) -> Chain {
    let records = rows - rejected;
    let engage = found.map(|found| Compared { sought: records, found });
    Chain {
        rows,
        mended: rejected / 3,
        rows_sent: rows - rejected,
        rows_rejected: rejected,
        rows_left_out: BTreeMap::new(),
        blockers: BTreeMap::new(),
        warnings: BTreeMap::new(),
        records: Counted { sent: records, engage },
        verdict: if found.is_none_or(|found| found == records) { Verdict::Agrees } else { Verdict::Gaps },
    }
}

/// A migration of so many stores over so many months, some of it missing.
fn migration(stores: u64, months: u64) -> Reconciliation {
    let mut contacts = chain(12_408, 211, Some(12_195));
    contacts.blockers = [("duplicateEmail", 120), ("invalidEmail", 61), ("keyMissing", 30)]
        .map(|(code, count)| (code.to_owned(), count))
        .into();
    contacts.warnings = [("placeholder".to_owned(), 44)].into();
    let mut receipts = chain(1_048_110, 1_310, Some(1_046_799));
    receipts.blockers = [("unknownContact".to_owned(), 900), ("totalDiffers".to_owned(), 410)].into();
    receipts.rows_left_out = [("beforeSince".to_owned(), 20_417)].into();
    let turnover = (0..stores * months).map(|at| month(at / months, at % months)).collect();
    let counted = |sent, found| Counted { sent, engage: Some(Compared { sought: sent, found }) };
    let receipt = Gap::new(Entity::Receipts, GapCode::ReceiptMissing, "S1-2-2024-05-02-1001");
    let contact = Gap {
        at: Some(RowAt { file: 0, row: 17 }),
        ..Gap::new(Entity::Contacts, GapCode::ContactMissing, "axx.xxxx@xxxxxxx.xxm")
    };
    let amount = Gap::new(Entity::Receipts, GapCode::AmountDiffers, "S1-2-2024-05-02-1002");
    Reconciliation {
        version: VERSION,
        made_at: "2026-11-23T18:00:00Z".parse().unwrap(),
        stamp: "20261122101500".to_owned(),
        scope: Scope::Full,
        looked_at: LookedAt::Everything { contacts: 12_197 },
        verdict: Verdict::Gaps,
        chains: [
            (Entity::Stores, chain(stores, 0, None)),
            (Entity::Contacts, contacts),
            (Entity::Receipts, receipts),
        ]
        .into(),
        files: Files { planned: 55, unchanged: 55, unverified: vec![Entity::Receipts] },
        turnover,
        identifiers: [
            ("email".to_owned(), counted(9_120, 9_118)),
            ("mobilePhone".to_owned(), counted(11_004, 11_004)),
        ]
        .into(),
        points: Counted { sent: Decimal::new(123_456_750, 2), engage: None },
        vouchers: [("SEK".to_owned(), Counted { sent: Decimal::new(2_500_000, 2), engage: None })].into(),
        live_receipts: 12,
        gap_counts: [
            (GapCode::ContactMissing, 1),
            (GapCode::ReceiptMissing, 1),
            (GapCode::AmountDiffers, 101),
        ]
        .into(),
        gaps: vec![contact, receipt, amount.between("100.5 SEK", "100 SEK")],
    }
}

/// A month of a store: busier in December, quiet in February, with one gap.
fn month(store: u64, month: u64) -> Month {
    let season = [9, 6, 9, 10, 11, 12, 8, 9, 10, 11, 13, 19][(month % 12) as usize];
    let receipts = season * (40 + store * 13 % 29);
    let cents = i64::try_from(receipts * (31_250 + store * 700)).unwrap();
    let sent = sum(receipts - 2, cents - 50_000);
    let found = if store == 0 && month == 4 { sum(receipts / 2, cents / 2) } else { sent };
    Month {
        store: format!("S{store}"),
        month: format!("{}-{:02}", 2024 + month / 12, month % 12 + 1),
        currency: "SEK".to_owned(),
        export: sum(receipts, cents),
        sent,
        engage: Some(Compared { sought: sent, found }),
    }
}

#[test]
fn a_page_is_as_it_was_when_somebody_last_looked_at_it() {
    let page = html(&migration(2, 3)).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/golden.html");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let differs = page.lines().zip(golden.lines()).find(|(now, then)| now != then);
    assert!(page == golden, "the page changed, first at {differs:?}; UPDATE_GOLDEN=1 if that is right");
}

#[test]
fn words_of_the_export_make_no_element() {
    const HOSTILE: &str = "</title></desc><script>alert(1)</script>\" onload='x";
    let mut hostile = migration(2, 2);
    hostile.stamp = HOSTILE.to_owned();
    for month in &mut hostile.turnover {
        (month.store, month.month, month.currency) =
            (HOSTILE.to_owned(), HOSTILE.to_owned(), HOSTILE.to_owned());
    }
    hostile.identifiers.insert(HOSTILE.to_owned(), Counted::default());
    hostile.vouchers.insert(HOSTILE.to_owned(), Counted::default());
    for chain in hostile.chains.values_mut() {
        chain.blockers.insert(HOSTILE.to_owned(), 3);
        chain.rows_left_out.insert(HOSTILE.to_owned(), 3);
    }
    for gap in &mut hostile.gaps {
        gap.subject = HOSTILE.to_owned();
        *gap = gap.clone().between(HOSTILE, HOSTILE);
    }
    let page = html(&hostile).unwrap();
    assert!(!page.contains("<script"), "a script came through");
    assert!(!page.contains("onload='x"), "a quote came through");
}

#[test]
fn one_store_is_drawn_once_and_sixty_each_by_itself() {
    let drawings = |stores| html(&migration(stores, 24)).unwrap().matches("<svg").count();
    // Turnover and receipts of all, each store's, the reasons, the identifiers.
    assert_eq!((drawings(1), drawings(60), drawings(80)), (4, 124, 124));
}

#[test]
fn every_drawing_says_in_words_what_it_shows() {
    let page = html(&migration(3, 24)).unwrap();
    for drawing in page.split("<svg").skip(1) {
        let drawing = drawing.split("</svg>").next().unwrap();
        let named = drawing.split("aria-labelledby=\"").nth(1).unwrap().split('"').next().unwrap();
        for id in named.split(' ') {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id} is there once");
        }
        assert!(drawing.contains("<desc") && drawing.contains("<title"));
    }
}

#[test]
fn a_plan_that_engage_was_not_asked_about_has_a_page_too() {
    let mut plan = migration(2, 3);
    plan.looked_at = LookedAt::Plan;
    plan.verdict = Verdict::NotLookedAt;
    plan.gaps.clear();
    plan.gap_counts.clear();
    for month in &mut plan.turnover {
        month.engage = None;
    }
    for counted in plan.identifiers.values_mut() {
        counted.engage = None;
    }
    let page = html(&plan).unwrap();
    assert!(page.contains("Engage wasn&#39;t asked.") && !page.contains("class=\"engage\""));
}
