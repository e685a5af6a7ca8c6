//! What becomes of an offer: assigned, redeemed, made usable again, whatever is answered or lost.

use store::{Leader, Subject};

use super::*;
use crate::delivery::{ASSIGN_PROMOTION, REACTIVATE_VOUCHER, REDEEM_PROMOTION, REDEEM_VOUCHER};
use crate::frozen::{AssignedBy, FrozenAssignment, FrozenOffer, FrozenRedemption, Money, OfferKind};
use crate::settings::{Outage, Promotion};

const CONTACT: &str = "11111111-2222-3333-4444-555555555555";
const PROMOTION: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const ASSIGNED: &str = "bbbbbbbb-0000-0000-0000-000000000001";
const VOUCHER: &str = "cccccccc-0000-0000-0000-000000000001";

fn welcome10() -> Promotion {
    Promotion {
        code: "WELCOME10".into(),
        external_id: "W10".into(),
        promotion_id: Some(PROMOTION.into()),
        name: "Welcome".into(),
        gives: None,
        welcome: None,
        stacks: true,
        outage: Outage::Honour,
        comes_back: false,
    }
}

fn due(kind: &str, frozen: Vec<u8>) -> Due {
    Due {
        kind: kind.into(),
        frozen,
        contact: Some(known_as(Some(CONTACT))),
        ..enrolment(1, DeliveryState::Waiting, None)
    }
}

fn assignment(welcome: bool, by: AssignedBy) -> Due {
    due(ASSIGN_PROMOTION, FrozenAssignment::new(&welcome10(), welcome, by).write())
}

fn redemption(kind: OfferKind, id: Option<&str>) -> Due {
    let offer = FrozenOffer {
        named: "2600000012345".into(),
        kind,
        id: id.map(str::to_owned),
        number: Some("2600000012345".into()),
        external_id: Some("W10".into()),
    };
    let cost = Money { amount: 50.into(), currency: pos::money::Currency::parse("SEK").unwrap() };
    let frozen = FrozenRedemption::new("r1", offer, cost, Vec::new());
    match kind {
        OfferKind::Promotion => due(REDEEM_PROMOTION, frozen.write()),
        OfferKind::Voucher => due(REDEEM_VOUCHER, frozen.write()),
    }
}

fn reactivation() -> Due {
    let frozen = FrozenRedemption::read(&redemption(OfferKind::Voucher, Some(VOUCHER)).frozen).unwrap();
    due(REACTIVATE_VOUCHER, frozen.write())
}

/// A delivery of which an attempt may have landed, with what that attempt had to remember.
fn unknown(due: Due, mark: &str) -> Due {
    Due {
        state: DeliveryState::Unknown,
        unknown_since: Some(at(0)),
        attempts: 1,
        failures: 1,
        mark: Some(mark.as_bytes().to_vec()),
        ..due
    }
}

fn listed(id: &str, redeemed_on: Option<i64>) -> String {
    let redeemed_on = redeemed_on.map(|seconds| at(seconds).to_string());
    let row = serde_json::json!({
        "id": id, "promotionId": PROMOTION, "externalId": "W10", "name": "Welcome", "redeemed": redeemed_on.is_some(),
        "redeemedOn": redeemed_on, "redemptionChannels": [{ "type": "POS", "valueType": "PERCENT", "value": 10 }],
    });
    row.to_string()
}

fn vouchers(rows: &[(&str, Option<i64>, Option<i64>)]) -> String {
    let items: Vec<_> = rows
        .iter()
        .map(|(id, redeemed_on, expires)| {
            serde_json::json!({
                "id": id, "voucherNumber": "2600000012345", "value": { "amount": 50, "currency": "SEK" },
                "redeemed": redeemed_on.is_some(), "redeemedOn": redeemed_on.map(|at_| at(at_).to_string()),
                "expiresOn": expires.map(|at_| at(at_).to_string()),
            })
        })
        .collect();
    serde_json::json!({ "items": items, "totalCount": items.len(), "offset": 0, "count": items.len() })
        .to_string()
}

/// Plays a delivery against a list of what is to be called and how that is answered; says what came of it.
fn play(due: Due, script: &[(&str, u16, &str)]) -> (Outcome, Option<Vec<u8>>) {
    let mut core = core();
    let mut mark = None;
    let mut actions = fetched(&mut core, at(0), vec![due]);
    for (expected, status, answer) in script {
        if let [(begin, Command::Begin(written))] = &writes(&actions)[..] {
            mark = written.mark.clone().or(mark);
            assert!(calls(&actions).is_empty(), "the attempt is written before the call");
            actions = step(&mut core, at(0), Event::Stored(*begin, Verdict::Begin(Begun::Go(1))));
        }
        let [(ticket, path)] =
            calls(&actions).try_into().unwrap_or_else(|_| panic!("no call but {actions:?}"));
        assert_eq!(path, *expected);
        let answer = match status {
            0 => Err(Failure::NoAnswer { reached: Reached::Maybe, reason: "timed out".into() }),
            status => response(*status, answer),
        };
        actions = step(&mut core, at(0), Event::Answered(ticket, answer));
    }
    let settled: Vec<_> = writes(&actions);
    let [(_, command)] = &settled[..] else { panic!("no settlement: {actions:?}") };
    (outcome(command).clone(), mark)
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::NeedsAttention(note) | Outcome::Again { note, .. } | Outcome::Unknown { note, .. } => {
            &note.code
        }
        Outcome::Done(Done { note, .. }) => note.as_ref().map_or("", |note| &note.code),
    }
}

fn offer_id(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Done(done) => done.subject_id.as_deref(),
        other => panic!("not done: {other:?}"),
    }
}

const LIST: &str = "GET /api/v3/promotion-assignments";
const ASSIGN: &str = "POST /api/v3/promotion-assignments";
const REDEEM: &str = "POST /api/v3/promotion-assignments/bbbbbbbb-0000-0000-0000-000000000001/redeem";
const VOUCHERS: &str = "GET /api/v3/reward-vouchers";
const REDEEM_IT: &str = "POST /api/v3/reward-vouchers/cccccccc-0000-0000-0000-000000000001/redeem";
const REACTIVATE_IT: &str = "POST /api/v3/reward-vouchers/cccccccc-0000-0000-0000-000000000001/reactivate";

#[test]
fn an_assignment_writes_down_what_was_there_before_it_and_learns_its_id() {
    let answer = format!(r#"{{"id":"{ASSIGNED}","contactId":"{CONTACT}","promotionId":"{PROMOTION}"}}"#);
    let other = format!("[{}]", listed("dddddddd-0000-0000-0000-000000000001", None));
    let script = [(LIST, 200, other.as_str()), (ASSIGN, 200, answer.as_str())];
    let (outcome, mark) = play(assignment(false, AssignedBy::Us), &script);
    assert_eq!(offer_id(&outcome), Some(ASSIGNED));
    assert!(String::from_utf8(mark.unwrap()).unwrap().contains("dddddddd"));
}

#[test]
fn an_answer_without_an_id_is_followed_by_a_look_at_the_list() {
    let list = format!("[{}]", listed(ASSIGNED, None));
    let script = [(LIST, 200, "[]"), (ASSIGN, 200, ""), (LIST, 200, list.as_str())];
    let (outcome, _) = play(assignment(false, AssignedBy::Us), &script);
    assert_eq!(offer_id(&outcome), Some(ASSIGNED));
}

#[test]
fn one_that_was_taken_and_is_not_listed_yet_is_never_assigned_again() {
    let script = [(LIST, 200, "[]"), (ASSIGN, 200, ""), (LIST, 200, "[]")];
    let (outcome, _) = play(assignment(false, AssignedBy::Us), &script);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let code = code(&outcome).to_owned();
    let note = store::Note { code, detail: String::new() };
    let due = Due { note: Some(note), ..unknown(assignment(false, AssignedBy::Us), r#"{"had":[]}"#) };
    let (outcome, _) = play(due, &[(LIST, 200, "[]")]);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[test]
fn a_lost_assignment_is_found_among_those_that_were_not_there_before() {
    let list =
        format!("[{},{}]", listed("dddddddd-0000-0000-0000-000000000001", None), listed(ASSIGNED, None));
    let mark = r#"{"had":["dddddddd-0000-0000-0000-000000000001"]}"#;
    let (outcome, _) = play(unknown(assignment(false, AssignedBy::Us), mark), &[(LIST, 200, &list)]);
    assert_eq!(offer_id(&outcome), Some(ASSIGNED));
}

#[test]
fn a_lost_assignment_that_did_not_land_is_made_again() {
    let list = format!("[{}]", listed("dddddddd-0000-0000-0000-000000000001", None));
    let mark = r#"{"had":["dddddddd-0000-0000-0000-000000000001"]}"#;
    let answer = format!("{ASSIGNED:?}");
    // Not before a call that is still under way must have landed.
    let early = unknown(assignment(false, AssignedBy::Us), mark);
    let (outcome, _) = play(early.clone(), &[(LIST, 200, &list)]);
    assert!(matches!(outcome, Outcome::Again { .. }), "{outcome:?}");
    let script = [(LIST, 200, list.as_str()), (ASSIGN, 200, answer.as_str())];
    let (outcome, _) = play(Due { unknown_since: Some(at(-60)), ..early }, &script);
    assert_eq!(offer_id(&outcome), Some(ASSIGNED));
}

#[test]
fn what_an_attempt_that_surely_did_not_land_remembers_counts_no_longer() {
    // It was refused with 429, and meanwhile somebody else assigned one.
    let due = Due { mark: Some(br#"{"had":[]}"#.to_vec()), attempts: 1, ..assignment(false, AssignedBy::Us) };
    let list = format!("[{}]", listed("dddddddd-0000-0000-0000-000000000001", None));
    let answer = format!("{ASSIGNED:?}");
    let (outcome, _) = play(due, &[(LIST, 200, &list), (ASSIGN, 200, &answer)]);
    assert_eq!(offer_id(&outcome), Some(ASSIGNED));
}

#[test]
fn a_welcome_that_is_there_is_not_given_again_and_one_that_was_used_neither() {
    for (list, expected) in [(listed(ASSIGNED, None), ""), (listed(ASSIGNED, Some(-50)), "hadBefore")] {
        let (outcome, _) = play(assignment(true, AssignedBy::Us), &[(LIST, 200, &format!("[{list}]"))]);
        assert_eq!(code(&outcome), expected);
        assert_eq!(offer_id(&outcome), expected.is_empty().then_some(ASSIGNED));
    }
}

#[test]
fn who_was_a_member_before_gets_no_welcome_and_engage_is_not_asked() {
    let leader = Leader {
        kind: "enrolment".into(),
        key: "e1".into(),
        state: Some(DeliveryState::Done),
        learnt: Some(crate::delivery::offers::WAS_THERE.to_vec()),
    };
    let (outcome, _) = play(Due { leader: Some(leader), ..assignment(true, AssignedBy::Us) }, &[]);
    assert_eq!(code(&outcome), "notNew");
}

#[test]
fn the_tenants_automation_is_waited_for_and_never_helped() {
    let (outcome, _) = play(assignment(true, AssignedBy::Automation), &[(LIST, 200, "[]")]);
    assert!(matches!(outcome, Outcome::Again { .. }), "{outcome:?}");
    let list = format!("[{}]", listed(ASSIGNED, None));
    let (outcome, _) = play(assignment(true, AssignedBy::Automation), &[(LIST, 200, &list)]);
    assert_eq!(offer_id(&outcome), Some(ASSIGNED));
    let late = Due { accepted_at: at(-100_000), ..assignment(true, AssignedBy::Automation) };
    let (outcome, _) = play(late, &[(LIST, 200, "[]")]);
    assert!(matches!(outcome, Outcome::NeedsAttention(_)), "{outcome:?}");
}

#[test]
fn a_redemption_whose_answer_was_lost_goes_again_and_its_time_tells_whose_it_is() {
    let conflict = r#"{"errorCode":"PromotionAlreadyRedeemed"}"#;
    let mark = format!(r#"{{"since":"{}"}}"#, at(-300));
    let table = [
        // Redeemed within our attempts: ours.
        (Some(listed(ASSIGNED, Some(-200))), "", true),
        // Long before them: somebody else's.
        (Some(listed(ASSIGNED, Some(-4_000))), "alreadyRedeemed", false),
        // Not listed once redeemed: nobody but us is known to have tried.
        (None, "assumedOurs", true),
    ];
    for (listed, expected, is_done) in table {
        let due = unknown(redemption(OfferKind::Promotion, Some(ASSIGNED)), &mark);
        let list = format!("[{}]", listed.unwrap_or_default());
        let (outcome, _) = play(due, &[(REDEEM, 409, conflict), (LIST, 200, &list)]);
        assert_eq!(code(&outcome), expected);
        assert_eq!(matches!(outcome, Outcome::Done(_)), is_done, "{outcome:?}");
    }
}

#[test]
fn a_conflict_without_an_attempt_that_may_have_landed_is_an_exception_with_its_cost() {
    let conflict = r#"{"errorCode":"RewardVoucherAlreadyRedeemed"}"#;
    let (outcome, mark) = play(redemption(OfferKind::Voucher, Some(VOUCHER)), &[(REDEEM_IT, 409, conflict)]);
    let Outcome::NeedsAttention(note) = outcome else { panic!("{outcome:?}") };
    assert_eq!(note.code, "alreadyRedeemed");
    assert!(note.detail.contains("50 SEK"), "{}", note.detail);
    assert!(String::from_utf8(mark.unwrap()).unwrap().contains("since"));
}

#[test]
fn each_refusal_of_a_redemption_has_its_own_word() {
    let table = [
        (409, "RewardVoucherExpired", "offerExpired"),
        (404, "RewardVoucherNotFound", "offerNotFound"),
        (409, "PromotionNotValidForRedemptionChannel", "offerRefused"),
        (400, "InvalidRewardVoucherId", "offerRefused"),
    ];
    for (status, said, expected) in table {
        let answer = format!(r#"{{"errorCode":"{said}"}}"#);
        let (outcome, _) =
            play(redemption(OfferKind::Voucher, Some(VOUCHER)), &[(REDEEM_IT, status, &answer)]);
        assert!(matches!(&outcome, Outcome::NeedsAttention(_)), "{outcome:?}");
        assert_eq!(code(&outcome), expected);
    }
    let (outcome, _) = play(redemption(OfferKind::Voucher, Some(VOUCHER)), &[(REDEEM_IT, 504, "")]);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[test]
fn a_voucher_that_is_only_known_by_its_number_is_found_at_its_contact() {
    let list = vouchers(&[(VOUCHER, None, None)]);
    let script = [(VOUCHERS, 200, list.as_str()), (REDEEM_IT, 200, "")];
    let (outcome, _) = play(redemption(OfferKind::Voucher, None), &script);
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    let (outcome, _) = play(redemption(OfferKind::Voucher, None), &[(VOUCHERS, 200, &vouchers(&[]))]);
    assert_eq!(code(&outcome), "offerNotFound");
}

#[test]
fn an_offer_that_was_assigned_since_is_redeemed_by_the_id_that_was_learnt() {
    let offer =
        Subject { name: "tbo-1".into(), remote_id: Some(ASSIGNED.into()), superseded: false, base: None };
    let due = Due { about: Some(offer), ..redemption(OfferKind::Promotion, None) };
    let (outcome, _) = play(due.clone(), &[(REDEEM, 200, "")]);
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    // Engage need not show it yet.
    let (outcome, _) = play(due, &[(REDEEM, 404, r#"{"errorCode":"PromotionNotFound"}"#)]);
    assert!(matches!(outcome, Outcome::Again { .. }), "{outcome:?}");
}

#[test]
fn a_promotion_that_is_only_known_by_its_code_is_redeemed_by_what_the_contact_has_of_it() {
    let list =
        format!("[{},{}]", listed("dddddddd-0000-0000-0000-000000000001", Some(-50)), listed(ASSIGNED, None));
    let script = [(LIST, 200, list.as_str()), (REDEEM, 200, "")];
    let (outcome, _) = play(redemption(OfferKind::Promotion, None), &script);
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    let (outcome, _) = play(redemption(OfferKind::Promotion, None), &[(LIST, 200, "[]")]);
    assert_eq!(code(&outcome), "offerNotGiven");
}

#[test]
fn a_reactivation_looks_before_each_attempt_for_each_counts() {
    let used = vouchers(&[(VOUCHER, Some(-50), None)]);
    let usable = vouchers(&[(VOUCHER, None, None)]);
    let ended = vouchers(&[(VOUCHER, Some(-50), Some(-10))]);
    let done = |due, script: &[(&str, u16, &str)]| matches!(play(due, script).0, Outcome::Done(_));
    assert!(done(reactivation(), &[(VOUCHERS, 200, &used), (REACTIVATE_IT, 200, "")]));
    assert!(done(reactivation(), &[(VOUCHERS, 200, &usable)]));
    assert!(done(unknown(reactivation(), "{}"), &[(VOUCHERS, 200, &usable)]));
    let already = r#"{"errorCode":"RewardVoucherAlreadyActivated"}"#;
    for status in [406, 409] {
        assert!(done(reactivation(), &[(VOUCHERS, 200, &used), (REACTIVATE_IT, status, already)]));
    }
    let (outcome, _) = play(reactivation(), &[(VOUCHERS, 200, &used), (REACTIVATE_IT, 0, "")]);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let limit = r#"{"errorCode":"ReactivationLimitExceeded"}"#;
    for script in
        [&[(VOUCHERS, 200, used.as_str()), (REACTIVATE_IT, 409, limit)][..], &[(VOUCHERS, 200, &ended)]]
    {
        let (outcome, _) = play(reactivation(), script);
        assert!(matches!(&outcome, Outcome::NeedsAttention(_)), "{outcome:?}");
        assert_eq!(code(&outcome), "notReactivated");
    }
}
