//! Assigning, redeeming and giving back, and the three lists of vouchers.

use engage::call::{self, Assigned, VoucherList};
use engage::model::Text;
use engage::{Call, Failure};
use http::Method;

use crate::answers::{HTML, ID, check_unreadable, refusal, response};
use crate::requests::check_body;
use crate::{id, text};

const OFFER: &str = "a4c4f0a0-27f2-4f0a-bf55-3f1f7d1b7c01";

fn assign() -> Call<Assigned> {
    call::assign(&id(ID), &text("0d9b5a52-8f5f-4a39-8a0e-2a7c1f4d9e20"))
}

/// The calls that use an offer or give it back, each with its path.
fn acts() -> [(Call<()>, String); 3] {
    [
        (
            call::redeem_assignment(&text(OFFER), "POS"),
            format!("/api/v3/promotion-assignments/{OFFER}/redeem"),
        ),
        (call::redeem_voucher(&text(OFFER)), format!("/api/v3/reward-vouchers/{OFFER}/redeem")),
        (call::reactivate_voucher(&text(OFFER)), format!("/api/v3/reward-vouchers/{OFFER}/reactivate")),
    ]
}

#[test]
fn an_assignment_is_sent_as_documented() {
    let request = assign().request;
    assert_eq!((&request.method, &*request.path_and_query), (&Method::POST, "/api/v3/promotion-assignments"));
    check_body(&request, include_str!("../examples/assignment.json"));
}

#[test]
fn a_redemption_of_an_assignment_names_its_channel_and_those_of_vouchers_have_no_body() {
    for (call, path) in acts() {
        assert_eq!((&call.request.method, &call.request.path_and_query), (&Method::POST, &path));
    }
    let [(assignment, _), (redeem, _), (reactivate, _)] = acts();
    check_body(&assignment.request, include_str!("../examples/redemption.json"));
    assert_eq!((redeem.request.body, reactivate.request.body), (None, None));
}

#[test]
fn an_id_with_other_characters_stays_one_part_of_the_path() {
    let call = call::redeem_voucher(&text("../a b?c"));
    assert_eq!(call.request.path_and_query, "/api/v3/reward-vouchers/..%2Fa%20b%3Fc/redeem");
}

#[test]
fn the_id_of_an_assignment_is_read_from_whatever_form_the_answer_has() {
    let bodies = [
        format!(r#"{{"id":"{OFFER}","contactId":"{ID}","promotionId":"p"}}"#),
        format!(r#"{{"AssignmentId":"{OFFER}"}}"#),
        format!(r#"{{"id":"something else","assignmentId":"{OFFER}"}}"#),
        format!("\"{OFFER}\""),
        format!("\u{feff}\n \"{OFFER}\" "),
    ];
    for body in bodies {
        for status in [200, 201] {
            let assigned = assign().read(&response(status, &*body));
            assert_eq!(assigned, Ok(Assigned { id: Text::new(OFFER) }), "{body}");
        }
    }
}

#[test]
fn an_assignment_whose_answer_has_no_id_is_made_all_the_same() {
    for body in ["", " \r\n", "{}", "null", "true", "\"\"", r#"{"id":null}"#, r#"{"id":["marker"]}"#] {
        assert_eq!(assign().read(&response(200, body)), Ok(Assigned { id: None }), "{body}");
    }
    assert_eq!(assign().read(&response(204, "")), Ok(Assigned { id: None }));
}

#[test]
fn what_is_no_answer_to_an_assignment_does_not_count_as_one() {
    for body in [HTML, "[]", "marker", "{\"id\":\"a\""] {
        check_unreadable(&assign(), 200, body);
    }
}

#[test]
fn any_success_but_a_web_page_means_that_an_offer_was_used_or_given_back() {
    for (call, _) in acts() {
        for (status, body) in [(200, ""), (200, "\"OK\""), (202, "{}"), (204, "")] {
            assert_eq!(call.read(&response(status, body)), Ok(()), "{status} {body}");
        }
        check_unreadable(&call, 200, HTML);
        check_unreadable(&call, 302, "");
    }
}

#[test]
fn a_refusal_keeps_status_and_code_and_so_does_a_gateway_that_gave_up() {
    let table = [
        (404, "RewardVoucherNotFound"),
        (409, "RewardVoucherAlreadyRedeemed"),
        (409, "PromotionNotValidForRedemptionChannel"),
        (406, "ReactivationLimitExceeded"),
        (504, "GatewayTimeout"),
    ];
    for (status, code) in table {
        let body = format!(r#"{{"errorCode":"{code}","message":"no","messageDetails":null}}"#);
        for (call, _) in acts() {
            let refusal = refusal(call.read(&response(status, &*body)));
            assert_eq!((refusal.status, refusal.is(code)), (status, true));
        }
        assert!(refusal(assign().read(&response(status, &*body))).is(code));
    }
    let bare = acts()[1].0.read(&response(504, HTML));
    assert!(
        matches!(bare, Err(Failure::Refused(refusal)) if refusal.status == 504 && refusal.code.is_none())
    );
}

#[test]
fn each_list_of_vouchers_has_its_own_place() {
    let contact = id(ID);
    let table = [
        (VoucherList::All, "/api/v3/reward-vouchers"),
        (VoucherList::Available, "/api/v3/reward-vouchers/available"),
        (VoucherList::Redeemed, "/api/v3/reward-vouchers/redeemed"),
    ];
    for (which, path) in table {
        let request = call::vouchers(&contact, which, 0, 50).request;
        assert_eq!(request.path_and_query, format!("{path}?contactId={ID}&offset=0&count=50"));
        assert_eq!((request.method, request.body), (Method::GET, None));
    }
}

#[test]
fn a_voucher_on_the_list_of_redeemed_ones_is_redeemed_whatever_its_row_says() {
    let row = r#"[{"id":"a","voucherNumber":"1","value":{"amount":1,"currency":"SEK"}}]"#;
    let redeemed = |which| {
        let page = call::vouchers(&id(ID), which, 0, 100).read(&response(200, row)).expect("a page");
        page.items[0].redeemed
    };
    assert!(redeemed(VoucherList::Redeemed));
    assert!(!redeemed(VoucherList::All) && !redeemed(VoucherList::Available));
}
