//! Receipts whose lines carry the till's own `paid`: the till's figures win, and the shares explain them.

use pos::rates::Rates;
use pos::receipt::{parse, settle};

use crate::basket::{Basket, By};
use crate::oracle::expect;
use crate::random::Random;
use crate::support::{example_with, json, known, outcome, store};

/// The codes that name a disagreement between the till's figures.
const DISAGREEMENTS: [&str; 3] = ["paidDiffers", "discountDiffers", "discountExceedsAmount"];

#[test]
fn a_till_that_computes_as_we_do_is_never_warned() {
    let mut random = Random::announced("agreeing tills");
    let (store, rates) = (store(), Rates::default());
    let mut compared = 0;
    for case in 0..20_000 {
        let basket = Basket::plain(&mut random);
        let expected = expect(&basket);
        if expected.exceeded {
            continue;
        }
        compared += 1;
        let paid: Vec<Option<i64>> = expected.lines.iter().map(|line| Some(line.paid)).collect();
        let body = json(&basket.json(&mut random, &paid));
        let settling = settle(&parse(&body), &known(Some(&store), &rates));
        let warned = settling.findings.iter().find(|finding| DISAGREEMENTS.contains(&finding.code));
        assert_eq!(warned, None, "case {case}: {body}");
        for (line, expected) in settling.settlement.unwrap().lines.iter().zip(&expected.lines) {
            let shares: Vec<(usize, i64)> =
                line.discounts.iter().map(|share| (share.row, share.amount.minor())).collect();
            assert_eq!(
                (line.paid.minor(), &shares),
                (expected.paid, &expected.shares),
                "case {case}: {body}"
            );
        }
    }
    assert!(compared > 10_000, "{compared}");
}

#[test]
fn whatever_the_till_states_wins_and_the_laws_hold_or_say_so() {
    let mut random = Random::announced("disagreeing tills");
    let (store, rates) = (store(), Rates::default());
    let (mut agreed, mut warned) = (0, 0);
    for case in 0..20_000 {
        let basket = Basket::plain(&mut random);
        let expected = expect(&basket);
        let paid: Vec<Option<i64>> =
            expected.lines.iter().map(|line| state(&mut random, line.paid)).collect();
        let body = json(&basket.json(&mut random, &paid));
        let settling = settle(&parse(&body), &known(Some(&store), &rates));
        let settlement = settling.settlement.unwrap();
        let has = |code: &str, pointer: &str| {
            settling.findings.iter().any(|finding| finding.code == code && finding.pointer == pointer)
        };
        for (position, line) in settlement.lines.iter().enumerate() {
            let gross = basket.lines[position].gross();
            let taken: i64 = line.discounts.iter().map(|share| share.amount.minor()).sum();
            assert!(taken <= gross && line.paid.minor() >= 0, "case {case}: {body}");
            if let Some(stated) = paid[position] {
                assert_eq!(line.paid.minor(), stated, "case {case}: {body}");
            }
            if gross - taken == line.paid.minor() {
                agreed += 1;
            } else {
                warned += 1;
                assert!(has("paidDiffers", &format!("/lines/{position}/paid")), "case {case}: {body}");
            }
        }
        for (row, cut) in basket.discounts.iter().enumerate() {
            let By::Amount(amount) = cut.by else { continue };
            let share_of = |(position, line): (usize, &pos::receipt::LineMoney)| {
                let row = basket.lines[position].discounts.len() + row;
                line.discounts.iter().find(|share| share.row == row).map_or(0, |share| share.amount.minor())
            };
            let sum: i64 = settlement.lines.iter().enumerate().map(share_of).sum();
            let pointer = format!("/discounts/{row}");
            let said = has("discountDiffers", &pointer) || has("discountExceedsAmount", &pointer);
            assert!(sum == amount || said, "case {case}, discount {row} took {sum}: {body}");
        }
        let sum: i64 = settlement.lines.iter().map(|line| line.paid.minor()).sum();
        assert_eq!(sum, settlement.total.minor(), "case {case}: {body}");
    }
    assert!(agreed > 10_000 && warned > 1_000, "{agreed} agreed, {warned} warned");
}

/// What a till might state: nothing, our own figure, or one that is off by a little or a lot.
fn state(random: &mut Random, paid: i64) -> Option<i64> {
    match random.index(6) {
        0 | 1 => None,
        2 | 3 => Some(paid),
        4 => Some((paid + random.between(-2, 2)).max(0)),
        _ => Some(random.between(0, paid * 2 + 10)),
    }
}

#[test]
fn the_gap_of_a_stated_line_is_what_the_receipts_discount_took() {
    // 30.00 off 100.00 + 50.00: the till put 25.00 on the first line, where the proportion would say 20.00.
    let lines = r#"[
        { "id": "1", "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 100, "paid": 75, "taxPercent": 25 },
        { "id": "2", "kind": "purchase", "sku": "b", "quantity": 1, "unitPrice": 50, "taxPercent": 25 } ]"#;
    let body = example_with(&[
        ("/lines", lines),
        ("/discounts", r#"[{ "amount": 30 }]"#),
        ("/total", "120"),
        ("/payments", r#"[{ "type": "cash", "amount": 120 }]"#),
    ]);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(outcome.paid(), [7500, 4500]);
    assert_eq!((outcome.shares(0), outcome.shares(1)), (vec![(0, 2500)], vec![(0, 500)]));
}

#[test]
fn tills_that_round_a_percentage_line_by_line_are_not_warned() {
    // 10 % of 3 x 10.05 is 3.02 on the whole and 1.01 a line.
    let line = r#"{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 10.05, "paid": 9.04, "taxPercent": 25 }"#;
    let body = example_with(&[
        ("/lines", &format!("[{line},{line},{line}]")),
        ("/discounts", r#"[{ "percent": 10 }]"#),
        ("/total", "27.12"),
        ("/payments", r#"[{ "type": "cash", "amount": 27.12 }]"#),
    ]);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(outcome.shares(2), [(0, 101)]);
}

#[test]
fn an_unexplained_paid_is_a_warning_with_both_figures() {
    let line = r#"[{ "kind": "purchase", "sku": "a", "quantity": 2, "unitPrice": 50, "paid": 90, "taxPercent": 25 }]"#;
    let body = example_with(&[
        ("/lines", line),
        ("/discounts", "null"),
        ("/total", "90"),
        ("/payments", r#"[{ "type": "cash", "amount": 90 }]"#),
    ]);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), ["warning paidDiffers /lines/0/paid"]);
    let detail = &outcome.findings[0].detail;
    assert!(detail.contains("90.00 SEK") && detail.contains("100.00 SEK"), "{detail}");
    assert_eq!(outcome.paid(), [9000]);
}

#[test]
fn a_line_with_paid_alone_keeps_its_own_discounts_as_the_till_gave_them() {
    let line = r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "paid": 60, "taxPercent": 25,
        "discounts": [{ "amount": 40 }, { "percent": 5 }] }]"#;
    let body = example_with(&[
        ("/lines", line),
        ("/discounts", "null"),
        ("/total", "60"),
        ("/payments", r#"[{ "type": "cash", "amount": 60 }]"#),
    ]);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), ["warning discountUnknown /lines/0/discounts/1"]);
    assert_eq!((outcome.paid(), outcome.shares(0)), (vec![6000], vec![(0, 4000)]));
}
