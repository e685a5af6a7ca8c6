//! Assigning and redeeming promotions, redeeming vouchers and giving them back: answers, codes, and what is done once
//! however the call's answer fared.

use sandbox::{
    Act, AssignmentState, By, ChannelKind, Deed, Event, Fault, FaultKind, Offer, Reply, Rule, Settings,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::loyalty::{PROMOTION, assign, promotion, reach, voucher};
use crate::tenant::{CONTACT, CREATE, RECEIPT, RETURN, Tenant, changed, request};

const ASSIGN: &str = "/api/v3/promotion-assignments";
const UNKNOWN: &str = "0d9b5a52-8f5f-4a39-8a0e-2a7c1f4d9e20";

fn wanted(contact: &str, promotion: &str) -> String {
    json!({ "contactId": contact, "promotionId": promotion }).to_string()
}

/// The status and the code, which is empty where there is none.
fn code((status, body): (u16, Value)) -> (u16, String) {
    (status, body["errorCode"].as_str().unwrap_or_default().to_owned())
}

fn coded(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn redeem(tenant: &mut Tenant, assignment: &str) -> (u16, String) {
    let body = r#"{"redemptionChannel":"POS"}"#;
    code(tenant.post(&format!("{ASSIGN}/{assignment}/redeem"), body))
}

fn voucher_call(tenant: &mut Tenant, voucher: &str, verb: &str) -> (u16, String) {
    code(tenant.post(&format!("/api/v3/reward-vouchers/{voucher}/{verb}"), ""))
}

fn draft(tenant: &mut Tenant) -> String {
    let act = Act::DraftPromotion(serde_json::from_str(PROMOTION).unwrap());
    crate::loyalty::made(tenant, act)
}

#[test]
fn an_assignment_is_answered_in_the_shape_of_its_switch() {
    for (value, expected) in [
        ("object", json!({ "id": "«id»", "contactId": "«contact»", "promotionId": "«promotion»" })),
        ("assignmentId", json!({ "assignmentId": "«id»" })),
        ("string", json!("«id»")),
        ("empty", Value::Null),
    ] {
        let mut tenant = Tenant::new();
        let id = tenant.enrol();
        let promotion = promotion(&mut tenant, PROMOTION);
        tenant.switch("assignAnswer", value);
        let answer = tenant.post(ASSIGN, &wanted(&id, &promotion));
        let made = tenant.world.assignments().next().unwrap().id.to_string();
        let expected = expected.to_string();
        let expected = expected.replace("«id»", &made).replace("«contact»", &id);
        let expected = serde_json::from_str(&expected.replace("«promotion»", &promotion)).unwrap();
        assert_eq!(answer, (200, expected), "{value}");
        let (_, list) = tenant.get(&format!("{ASSIGN}?contactId={id}"));
        assert_eq!((&list[0]["id"], &list[0]["promotionId"]), (&json!(made), &json!(promotion)));
        assert_eq!(tenant.findings(), []);
    }
}

#[test]
fn an_assignment_says_whom_or_what_it_misses() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    for (body, expected) in [
        (wanted("17", &promotion), coded(400, "InvalidContactId")),
        (wanted(&id, "WELCOME10"), coded(400, "InvalidPromotionId")),
        (json!({ "promotionId": promotion }).to_string(), coded(400, "InvalidContactId")),
        (json!({ "contactId": id }).to_string(), coded(400, "InvalidPromotionId")),
        (wanted(UNKNOWN, &promotion), coded(404, "ContactNotFound")),
        (wanted(&id, UNKNOWN), coded(404, "PromotionNotFound")),
        (String::new(), coded(400, "NoData")),
    ] {
        assert_eq!(code(tenant.post(ASSIGN, &body)), expected, "{body}");
    }
    tenant.delete(&id);
    assert_eq!(code(tenant.post(ASSIGN, &wanted(&id, &promotion))), coded(404, "ContactNotFound"));
    assert_eq!(tenant.deeds(), []);
}

#[test]
fn a_fresh_contact_is_not_found_by_an_assignment_until_calls_see_it() {
    let mut tenant = Tenant::new();
    tenant.switch("visibilityDelaySeconds", "30");
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    assert_eq!(code(tenant.post(ASSIGN, &wanted(&id, &promotion))), coded(404, "ContactNotFound"));
    tenant.wait(30);
    assert_eq!(tenant.post(ASSIGN, &wanted(&id, &promotion)).0, 200);
}

#[test]
fn a_promotion_that_is_no_longer_or_not_yet_offered_is_refused_as_the_switches_say() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let draft = draft(&mut tenant);
    let ended = promotion(&mut tenant, &changed(PROMOTION, "/externalId", None));
    tenant.act(Act::EndPromotion { promotion: ended.parse().unwrap() });
    let over = json!({ "startDate": "2026-01-01", "endDate": "2026-11-21" });
    let over = changed(&changed(PROMOTION, "/externalId", None), "/validity", Some(over));
    let over = promotion(&mut tenant, &over);
    let (absent, past) = (coded(404, "PromotionNotFound"), coded(409, "PromotionExpired"));
    for (value, expected) in [("notFound404", &absent), ("expired409", &past)] {
        tenant.switch("draftAssign", value);
        tenant.switch("endedAssign", value);
        for one in [&draft, &ended, &over] {
            assert_eq!(code(tenant.post(ASSIGN, &wanted(&id, one))), *expected, "{value}");
        }
    }
    let person = Act::AssignPromotion { contact: id.parse().unwrap(), promotion: draft.parse().unwrap() };
    assert_eq!(tenant.act(person), 409, "nor can a person");
    assert_eq!(tenant.deeds(), []);
}

#[test]
fn a_promotion_whose_first_day_lies_ahead_is_assigned_and_redeemed_from_that_day_on() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let later = changed(PROMOTION, "/validity/startDate", Some(json!("2026-12-01")));
    let later = promotion(&mut tenant, &later);
    let (_, assignment) = tenant.post(ASSIGN, &wanted(&id, &later));
    let assignment = assignment["id"].as_str().unwrap().to_owned();
    assert_eq!(redeem(&mut tenant, &assignment), coded(404, "PromotionNotFound"));
    reach(&mut tenant, "2026-11-30T23:00:00Z");
    assert_eq!(redeem(&mut tenant, &assignment), coded(200, ""));
}

#[test]
fn an_external_id_names_a_promotion_only_where_the_switch_says_so() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    tenant.switch("externalIdOnAssign", "accepted");
    assert_eq!(tenant.post(ASSIGN, &wanted(&id, "WELCOME10")).1["promotionId"], json!(promotion));
    assert_eq!(code(tenant.post(ASSIGN, &wanted(&id, "WELCOME11"))), coded(404, "PromotionNotFound"));
}

#[test]
fn a_second_assignment_is_found_and_is_refused_where_the_switch_says_so() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let body = wanted(&id, &promotion);
    tenant.post(ASSIGN, &body);
    assert!(!tenant.found(Rule::AssignedTwice));
    assert_eq!(tenant.post(ASSIGN, &body).0, 200);
    assert_eq!(tenant.findings(), [("assignedTwice", String::new())]);
    tenant.switch("duplicateAssign", "conflict409");
    assert_eq!(code(tenant.post(ASSIGN, &body)), coded(409, "PromotionAlreadyAssigned"));
    let ids: Vec<_> = tenant.world.assignments().map(|one| one.id.to_string()).collect();
    assert_eq!(ids.len(), 2);
    for one in &ids {
        assert_eq!(redeem(&mut tenant, one), coded(200, ""));
    }
    assert_eq!(tenant.post(ASSIGN, &body).0, 200, "what was used may be given again");
}

#[test]
fn what_was_given_again_after_its_use_is_no_finding() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let first = assign(&mut tenant, &id, &promotion);
    redeem(&mut tenant, &first);
    tenant.post(ASSIGN, &wanted(&id, &promotion));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn an_assignment_is_redeemed_once_where_it_is_for() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let online = json!([{ "type": "ECOM", "valueType": "PERCENT", "value": "10" }]);
    let online = changed(&changed(PROMOTION, "/externalId", None), "/redemptionChannels", Some(online));
    let online = promotion(&mut tenant, &online);
    let online = assign(&mut tenant, &id, &online);
    assert_eq!(redeem(&mut tenant, &online), coded(409, "PromotionNotValidForRedemptionChannel"));

    let promotion = promotion(&mut tenant, PROMOTION);
    let assignment = assign(&mut tenant, &id, &promotion);
    let target = format!("{ASSIGN}/{assignment}/redeem");
    for body in [r#"{"redemptionChannel":"PHONE"}"#, r#"{"channel":"POS"}"#] {
        assert_eq!(code(tenant.post(&target, body)), coded(400, "NotAValidRedemptionChannel"), "{body}");
    }
    assert_eq!(tenant.post(&target, r#"{"redemptionChannel":"POS"}"#), (200, Value::Null));
    assert_eq!(redeem(&mut tenant, &assignment), coded(409, "PromotionAlreadyRedeemed"));
    let redeemed = tenant.world.assignments().last().unwrap().redeemed.unwrap();
    assert_eq!((redeemed.channel, redeemed.at), (ChannelKind::Pos, tenant.now));
    assert_eq!(redeem(&mut tenant, UNKNOWN), coded(404, "PromotionNotFound"));
    assert_eq!(redeem(&mut tenant, "17"), coded(400, "InvalidPromotionAssignmentId"));
    assert_eq!(tenant.findings(), [("unknownField", "channel".to_owned())]);
}

#[test]
fn a_promotions_own_id_redeems_nothing_and_is_found() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    assign(&mut tenant, &id, &promotion);
    assert_eq!(redeem(&mut tenant, &promotion), coded(404, "PromotionNotFound"));
    assert_eq!(tenant.findings(), [("promotionForAssignment", String::new())]);
}

#[test]
fn an_assignment_ends_with_the_last_second_of_its_day_and_not_with_its_promotion() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let day = json!({ "startDate": "2026-01-15", "assignedValidity": { "unit": "Days", "amount": 1 } });
    let promotion = promotion(&mut tenant, &changed(PROMOTION, "/validity", Some(day)));
    let (first, second) = (assign(&mut tenant, &id, &promotion), assign(&mut tenant, &id, &promotion));
    tenant.act(Act::EndPromotion { promotion: promotion.parse().unwrap() });
    reach(&mut tenant, "2026-11-23T22:59:59.9Z");
    assert_eq!(redeem(&mut tenant, &first), coded(200, ""), "ending the promotion keeps what was assigned");
    reach(&mut tenant, "2026-11-23T23:00:00Z");
    assert_eq!(redeem(&mut tenant, &second), coded(409, "PromotionExpired"));
    assert_eq!(redeem(&mut tenant, &first), coded(409, "PromotionAlreadyRedeemed"));
}

#[test]
fn an_assignment_that_was_taken_away_is_gone() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let assignment = assign(&mut tenant, &id, &promotion);
    let delete = || Act::DeleteAssignment { assignment: assignment.parse().unwrap() };
    assert_eq!((tenant.act(delete()), tenant.act(delete())), (204, 409));
    tenant.switch("redeemedListed", "yes");
    assert_eq!(tenant.get(&format!("{ASSIGN}?contactId={id}")), (200, json!([])));
    assert_eq!(redeem(&mut tenant, &assignment), coded(404, "PromotionNotFound"));
    let state = tenant.world.assignments().next().unwrap().state(tenant.now);
    assert_eq!(state, AssignmentState::Deleted);
    assert_eq!(tenant.deeds(), [(Deed::Assigned, By::Person), (Deed::Deleted, By::Person)]);
}

#[test]
fn what_a_deleted_contact_had_cannot_be_redeemed() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let assignment = assign(&mut tenant, &id, &promotion);
    let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
    tenant.delete(&id);
    assert_eq!(redeem(&mut tenant, &assignment), coded(404, "PromotionNotFound"));
    assert_eq!(voucher_call(&mut tenant, &voucher, "redeem"), coded(404, "RewardVoucherNotFound"));
}

#[test]
fn a_voucher_is_redeemed_whole_and_once() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let used = voucher(&mut tenant, &id, json!({ "amount": 100 }));
    let late = voucher(&mut tenant, &id, json!({ "amount": 100, "expires": "2026-11-22" }));
    let number = tenant.world.vouchers().next().unwrap().number.clone();
    assert_eq!(voucher_call(&mut tenant, &number, "redeem"), coded(400, "InvalidRewardVoucherId"));
    assert_eq!(voucher_call(&mut tenant, UNKNOWN, "redeem"), coded(404, "RewardVoucherNotFound"));
    assert_eq!(voucher_call(&mut tenant, &used, "redeem"), coded(200, ""));
    assert_eq!(voucher_call(&mut tenant, &used, "redeem"), coded(409, "RewardVoucherAlreadyRedeemed"));
    reach(&mut tenant, "2026-11-22T23:00:00Z");
    assert_eq!(voucher_call(&mut tenant, &late, "redeem"), coded(409, "RewardVoucherExpired"));
    assert_eq!(tenant.deeds().len(), 1);
    assert_eq!(tenant.findings(), []);
}

#[test]
fn a_voucher_is_given_back_as_often_as_the_tenant_allows_and_before_its_last_second_is_over() {
    for limit in [3, 1, 0] {
        let mut tenant = Tenant::with(Settings { voucher_reactivations_max: limit, ..Settings::default() });
        let id = tenant.enrol();
        let voucher = voucher(&mut tenant, &id, json!({ "amount": 100, "expires": "2026-12-31" }));
        let again = coded(409, "RewardVoucherAlreadyActivated");
        assert_eq!(voucher_call(&mut tenant, &voucher, "reactivate"), again, "it was not used");
        for _ in 0..limit {
            assert_eq!(voucher_call(&mut tenant, &voucher, "redeem"), coded(200, ""));
            assert_eq!(voucher_call(&mut tenant, &voucher, "reactivate"), coded(200, ""));
            assert_eq!(voucher_call(&mut tenant, &voucher, "reactivate"), again);
        }
        let (_, page) = tenant.get(&format!("/api/v3/reward-vouchers/available?contactId={id}"));
        let row = &page["items"][0];
        assert_eq!((&row["redeemedOn"], &row["value"]["amount"]), (&Value::Null, &json!(100)));
        assert_eq!(voucher_call(&mut tenant, &voucher, "redeem"), coded(200, ""));
        let exceeded = coded(409, "ReactivationLimitExceeded");
        assert_eq!(voucher_call(&mut tenant, &voucher, "reactivate"), exceeded, "{limit}");
        reach(&mut tenant, "2026-12-31T23:00:00Z");
        let expired = coded(409, "RewardVoucherExpired");
        assert_eq!(voucher_call(&mut tenant, &voucher, "reactivate"), expired);
    }
    let mut tenant = Tenant::new();
    assert_eq!(voucher_call(&mut tenant, "17", "reactivate"), coded(400, "InvalidRewardVoucherId"));
    assert_eq!(voucher_call(&mut tenant, UNKNOWN, "reactivate"), coded(404, "RewardVoucherNotFound"));
    tenant.switch("reactivationConflict", "406");
    let id = tenant.enrol();
    let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
    let active = coded(406, "RewardVoucherAlreadyActivated");
    assert_eq!(voucher_call(&mut tenant, &voucher, "reactivate"), active);
}

#[test]
fn the_calls_of_version_2_do_the_same_in_their_own_words() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let of = format!("/api/v2/contacts/{id}/promotions/{promotion}");
    let body = r#"{"redemptionChannel":"ECOM"}"#;
    let lacking = coded(404, "PromotionNotAssociatedWithContact");
    assert_eq!(code(tenant.post(&format!("{of}/redeem"), body)), lacking);
    for _ in 0..2 {
        assert_eq!(tenant.post(&format!("{of}/assign"), "").1["promotionId"], json!(promotion));
    }
    assert_eq!(code(tenant.post(&format!("{of}/redeem"), body)), coded(200, ""));
    let second = tenant.world.assignments().last().unwrap().id;
    let codes = "/api/v2/promotions/codes";
    assert_eq!(
        code(tenant.post(&format!("{codes}/17/redeem"), body)),
        coded(400, "InvalidPromotionIdNoData")
    );
    assert_eq!(code(tenant.post(&format!("{codes}/{second}/redeem"), body)), coded(200, ""));
    assert_eq!(code(tenant.post(&format!("{of}/redeem"), body)), coded(409, "PromotionAlreadyRedeemed"));

    let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
    let redeem = format!("/api/v2/contacts/{id}/bonuschecks/{voucher}/redeem");
    let (status, answer) = tenant.post(&redeem, "");
    assert_eq!((status, &answer["id"], &answer["redeemed"]), (200, &json!(voucher), &json!(true)));
    assert_eq!(code(tenant.post(&redeem, "")), coded(409, "BonusCheckAlreadyRedeemed"));
    let other = changed(CONTACT, "/email", Some(json!("bo.ek@example.com")));
    let other = tenant.post(CREATE, &other).1["id"].as_str().unwrap().to_owned();
    let foreign = format!("/api/v2/contacts/{other}/bonuschecks/{voucher}/redeem");
    assert_eq!(code(tenant.post(&foreign, "")), coded(404, "BonusCheckNotFound"));
    let back = format!("/api/v2/promotions/reward-vouchers/{voucher}/reactivate");
    let (status, answer) = tenant.post(&back, "");
    assert!(status == 200 && answer.is_string(), "{status} {answer}");
    assert_eq!(code(tenant.post(&back, "")), coded(406, "BonusCheckAlreadyActivated"));
    let malformed = code(tenant.post("/api/v2/promotions/reward-vouchers/17/reactivate", ""));
    assert_eq!(malformed, coded(400, "InvalidBonusCheckId"));
}

#[test]
fn what_uses_an_offer_answers_with_or_without_a_body() {
    for (value, expected) in [("empty", Value::Null), ("object", json!({}))] {
        let mut tenant = Tenant::new();
        tenant.switch("offerAnswer", value);
        let id = tenant.enrol();
        let promotion = promotion(&mut tenant, PROMOTION);
        let assignment = assign(&mut tenant, &id, &promotion);
        let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
        for (target, body) in [
            (format!("{ASSIGN}/{assignment}/redeem"), r#"{"redemptionChannel":"POS"}"#),
            (format!("/api/v3/reward-vouchers/{voucher}/redeem"), ""),
            (format!("/api/v3/reward-vouchers/{voucher}/reactivate"), ""),
        ] {
            assert_eq!(tenant.post(&target, body), (200, expected.clone()), "{target}");
        }
    }
}

/// A call whose answer is lost or is a lie, then the same call again.
#[test]
fn whatever_becomes_of_an_answer_an_offer_is_used_once_and_the_list_tells_by_whom() {
    let lost = [FaultKind::CutBefore, FaultKind::CutAfter, FaultKind::StatusAfter { code: 504 }];
    for fault in lost {
        let mut tenant = Tenant::new();
        let id = tenant.enrol();
        let promotion = promotion(&mut tenant, PROMOTION);
        let assignment = assign(&mut tenant, &id, &promotion);
        let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
        let happened = fault != FaultKind::CutBefore;
        for (target, body, deed, again) in [
            (
                format!("{ASSIGN}/{assignment}/redeem"),
                r#"{"redemptionChannel":"POS"}"#,
                Deed::Redeemed,
                "PromotionAlreadyRedeemed",
            ),
            (
                format!("/api/v3/reward-vouchers/{voucher}/redeem"),
                "",
                Deed::Redeemed,
                "RewardVoucherAlreadyRedeemed",
            ),
            (
                format!("/api/v3/reward-vouchers/{voucher}/reactivate"),
                "",
                Deed::Reactivated,
                "RewardVoucherAlreadyActivated",
            ),
        ] {
            let before = tenant.deeds().len();
            let path = target.clone();
            assert_eq!(tenant.act(Act::SetFaults(vec![Fault::on("POST", &path, 1, fault.clone())])), 204);
            let first = tenant.send(Event::Request(request("POST", &target, body)));
            match (&fault, first) {
                (FaultKind::StatusAfter { .. }, Reply::Answer(answer)) => assert_eq!(answer.status, 504),
                (_, reply) => assert_eq!(reply, Reply::Cut),
            }
            assert_eq!(tenant.deeds().len() - before, usize::from(happened), "{fault:?} {target}");
            let expected = if happened { coded(409, again) } else { coded(200, "") };
            assert_eq!(code(tenant.post(&target, body)), expected, "{fault:?}");
            let deeds = tenant.deeds();
            let request = tenant.world.request_count() - u64::from(happened);
            assert_eq!(deeds[before..], [(deed, By::Request(request))], "{fault:?} {target}");
        }
    }
}

#[test]
fn an_assignment_whose_answer_was_lost_is_made_twice_if_it_is_asked_for_twice() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    for fault in [FaultKind::CutBefore, FaultKind::CutAfter, FaultKind::StatusAfter { code: 504 }] {
        tenant.act(Act::AddFault(Fault::on("POST", ASSIGN, 1, fault)));
        tenant.send(Event::Request(request("POST", ASSIGN, &wanted(&id, &promotion))));
    }
    assert_eq!(tenant.deeds().len(), 2, "whoever asks again without a look gives it again");
    assert!(tenant.found(Rule::AssignedTwice));
}

#[test]
fn each_deed_is_told_with_its_offer() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let (_, assignment) = tenant.post(ASSIGN, &wanted(&id, &promotion));
    let assignment: Uuid = assignment["id"].as_str().unwrap().parse().unwrap();
    redeem(&mut tenant, &Uuid::to_string(&assignment));
    let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
    tenant.act(Act::RedeemVoucher { voucher: voucher.parse().unwrap() });
    let told: Vec<_> = tenant.world.offer_changes().iter().map(|one| one.offer.clone()).collect();
    let promotion = promotion.parse().unwrap();
    let number = tenant.world.vouchers().next().unwrap().number.clone();
    let expected = [
        Offer::Assignment { id: assignment, promotion, channel: None },
        Offer::Assignment { id: assignment, promotion, channel: Some(ChannelKind::Pos) },
        Offer::Voucher { id: voucher.parse().unwrap(), number },
    ];
    assert_eq!(told, expected);
    assert!(tenant.world.offer_changes().iter().all(|one| one.contact.to_string() == id));
    assert_eq!(tenant.deeds()[2], (Deed::Redeemed, By::Person));
}

/// The examples' receipt with the offers that it used.
fn receipt(voucher: &str, promotion: &str, coupon: &str) -> String {
    let vouchers = json!([{ "checkNumber": voucher }]);
    let promotions = json!([{ "promotionId": promotion, "couponId": coupon }]);
    changed(&changed(RECEIPT, "/usedBonusChecks", Some(vouchers)), "/usedPromotions", Some(promotions))
}

#[test]
fn a_receipt_that_names_what_nobody_redeemed_is_found_when_it_is_imported() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let assignment = assign(&mut tenant, &id, &promotion);
    let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
    let number = tenant.world.vouchers().next().unwrap().number.clone();
    tenant.post("/api/v3/receipts", &receipt(&number, &promotion, &assignment));
    assert_eq!(tenant.findings(), []);
    tenant.import();
    assert_eq!(tenant.findings(), [("usedNotRedeemed", String::new())]);
    assert_eq!(tenant.world.findings().next().unwrap().count, 2, "the voucher and the promotion");
    assert_eq!(voucher_call(&mut tenant, &voucher, "redeem"), coded(200, ""));
    assert_eq!(redeem(&mut tenant, &assignment), coded(200, ""));
    let after = tenant.findings().into_iter().filter(|(code, _)| *code == "redeemedAfterReceipt").count();
    assert_eq!(after, 2, "it was redeemed behind its receipt by either call");
}

#[test]
fn a_receipt_behind_its_redemptions_is_no_finding_however_it_names_them() {
    for by_template in [false, true] {
        let mut tenant = Tenant::new();
        let id = tenant.enrol();
        let promotion = promotion(&mut tenant, PROMOTION);
        let assignment = assign(&mut tenant, &id, &promotion);
        let voucher = voucher(&mut tenant, &id, json!({ "amount": 100 }));
        let number = tenant.world.vouchers().next().unwrap().number.clone();
        voucher_call(&mut tenant, &voucher, "redeem");
        redeem(&mut tenant, &assignment);
        let coupon = if by_template { "unknown" } else { assignment.as_str() };
        tenant.post("/api/v3/receipts", &receipt(&number, &promotion, coupon));
        tenant.import();
        assert_eq!(tenant.findings(), [], "{by_template}");
    }
}

#[test]
fn a_return_may_name_what_was_given_back() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    voucher(&mut tenant, &id, json!({ "amount": 100 }));
    let number = tenant.world.vouchers().next().unwrap().number.clone();
    let named = json!([{ "checkNumber": number }]);
    tenant.post("/api/v3/receipts", &changed(RETURN, "/usedBonusChecks", Some(named)));
    tenant.import();
    assert_eq!((tenant.fates(), tenant.findings()), (vec!["imported"], vec![]));
}

#[test]
fn a_receipt_redeems_by_the_assignment_that_it_names_where_receipts_redeem() {
    let mut tenant = Tenant::new();
    tenant.switch("receiptsRedeem", "yes");
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let [first, second] = [0, 1].map(|_| assign(&mut tenant, &id, &promotion));
    tenant.post("/api/v3/receipts", &receipt("none", &promotion, &second));
    tenant.import();
    let used: Vec<_> = tenant.world.assignments().map(|one| one.redeemed.is_some()).collect();
    assert_eq!(used, [false, true], "{first} is left alone");
    let by = tenant.deeds().last().copied();
    assert_eq!(by, Some((Deed::Redeemed, By::Request(tenant.world.request_count()))));
    assert_eq!(redeem(&mut tenant, &second), coded(409, "PromotionAlreadyRedeemed"));
    assert_eq!(tenant.findings(), []);
}
