//! Points, vouchers, promotions and the summary of purchases: who gets them, how they read, and what time does to them.

use jiff::Timestamp;
use sandbox::{Act, Book, ChannelKind, Event, PointGift, Settings, VoucherGift};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, RECEIPT, RETURN, Tenant, changed, request, shown};

pub const PROMOTION: &str = include_str!("../examples/promotion.json");

/// An act that makes something, and the id of what it made.
pub fn made(tenant: &mut Tenant, act: Act) -> String {
    let reply = tenant.send(Event::Act(act));
    let answer = reply.answer().unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status, 201, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn points(tenant: &mut Tenant, contact: &str, gift: Value) -> String {
    let mut gift = gift;
    gift["contact"] = json!(contact);
    let gift: PointGift = serde_json::from_value(gift).unwrap();
    made(tenant, Act::GivePoints(gift))
}

pub fn voucher(tenant: &mut Tenant, contact: &str, gift: Value) -> String {
    let mut gift = gift;
    gift["contact"] = json!(contact);
    let gift: VoucherGift = serde_json::from_value(gift).unwrap();
    made(tenant, Act::GiveVoucher(gift))
}

pub fn promotion(tenant: &mut Tenant, written: &str) -> String {
    made(tenant, Act::DefinePromotion(serde_json::from_str(written).unwrap()))
}

pub fn assign(tenant: &mut Tenant, contact: &str, promotion: &str) -> String {
    let (contact, promotion) = (contact.parse().unwrap(), promotion.parse().unwrap());
    made(tenant, Act::AssignPromotion { contact, promotion })
}

/// The world's time, moved on to this moment.
pub fn reach(tenant: &mut Tenant, moment: &str) {
    tenant.now = at(moment);
    tenant.send(Event::Timer);
}

fn accounts(tenant: &mut Tenant, contact: &str) -> Value {
    let (status, body) = tenant.get(&format!("/api/v3/point-accounts?contactId={contact}"));
    assert_eq!(status, 200, "{body}");
    body
}

fn numbers(tenant: &mut Tenant, contact: &str, list: &str) -> Vec<String> {
    let (status, page) = tenant.get(&format!("/api/v3/reward-vouchers{list}?contactId={contact}"));
    assert_eq!(status, 200, "{page}");
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["voucherNumber"].as_str().unwrap().to_owned())
        .collect()
}

fn promotions(tenant: &mut Tenant, contact: &str) -> Vec<Value> {
    let (status, list) = tenant.get(&format!("/api/v3/promotion-assignments?contactId={contact}"));
    assert_eq!(status, 200, "{list}");
    list.as_array().unwrap().clone()
}

#[test]
fn the_account_reads_as_in_the_example() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    points(&mut tenant, &id, json!({ "amount": 250.0, "validTo": "2026-12-31T23:00:00Z" }));
    points(&mut tenant, &id, json!({ "amount": 40.0, "validFrom": "2026-12-01T00:00:00Z" }));
    let list = accounts(&mut tenant, &id);
    let account = list[0]["id"].as_str().unwrap().to_owned();
    let example = include_str!("../examples/point-accounts-answer.json");
    let example = example.replace("«contact»", &id).replace("«account»", &account);
    assert_eq!(list, serde_json::from_str::<Value>(&example).unwrap());
    assert_eq!(tenant.get(&format!("/api/v3/point-accounts/{account}")), (200, list[0].clone()));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn points_become_owned_and_expire_by_the_clock_alone() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let gift =
        json!({ "amount": 100, "validFrom": "2026-12-01T00:00:00Z", "validTo": "2026-12-24T00:00:00Z" });
    points(&mut tenant, &id, gift);
    points(&mut tenant, &id, json!({ "amount": -30, "validFrom": "2026-12-02T00:00:00Z" }));
    for (moment, balance, pending) in [
        ("2026-11-30T23:59:59Z", 0, 70),
        ("2026-12-01T00:00:00Z", 100, -30),
        ("2026-12-23T23:59:59Z", 70, 0),
        ("2026-12-24T00:00:00Z", 0, 0),
    ] {
        reach(&mut tenant, moment);
        let account = &accounts(&mut tenant, &id)[0];
        assert_eq!(
            (&account["balance"], &account["pendingPoints"]),
            (&json!(balance), &json!(pending)),
            "{moment}"
        );
    }
}

#[test]
fn an_account_is_there_with_the_member_or_with_the_first_points() {
    let mut tenant = Tenant::new();
    let member = tenant.enrol();
    let other = changed(CONTACT, "/contactType", Some(json!("Contact")));
    let other = tenant.post(CREATE, &other).1["id"].as_str().unwrap().to_owned();
    assert_eq!(accounts(&mut tenant, &member)[0]["balance"], json!(0));
    assert_eq!(accounts(&mut tenant, &other), json!([]), "no member");
    points(&mut tenant, &other, json!({ "amount": 5 }));
    assert_eq!(accounts(&mut tenant, &other)[0]["balance"], json!(5));

    let account = accounts(&mut tenant, &member)[0]["id"].as_str().unwrap().to_owned();
    tenant.switch("pointAccountMade", "atFirstPoints");
    assert_eq!(accounts(&mut tenant, &member), json!([]));
    let (status, body) = tenant.get(&format!("/api/v3/point-accounts/{account}"));
    assert_eq!((status, &body["errorCode"]), (404, &json!("PointAccountNotFound")));
    points(&mut tenant, &member, json!({ "amount": 1 }));
    assert_eq!(accounts(&mut tenant, &member)[0]["id"], json!(account), "it is the same account");
}

#[test]
fn accounts_and_vouchers_come_in_the_shape_of_their_switch() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    voucher(&mut tenant, &id, json!({ "amount": 100 }));
    tenant.switch("pointAccountsShape", "page");
    let page = accounts(&mut tenant, &id);
    assert_eq!((&page["totalCount"], &page["items"][0]["contactId"]), (&json!(1), &json!(id)));
    tenant.switch("vouchersShape", "bareArray");
    let (_, list) = tenant.get(&format!("/api/v3/reward-vouchers/available?contactId={id}"));
    assert_eq!(list[0]["value"], json!({ "amount": 100, "currency": "SEK" }));
}

#[test]
fn the_available_voucher_reads_as_in_the_example() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let local: Value = serde_json::from_str(
        r#"[{ "currency": "NOK", "amount": 100 }, { "currency": "EUR", "amount": 10.0 }]"#,
    )
    .unwrap();
    let given = json!({ "amount": 100, "name": "Q1 bonus 2027", "expires": "2027-06-30", "localValues": local, "points": 1000 });
    let given = voucher(&mut tenant, &id, given);
    let example = include_str!("../examples/vouchers-answer.json").replace("«voucher»", &given);
    let answer = tenant.get(&format!("/api/v3/reward-vouchers/available?contactId={id}"));
    assert_eq!(answer, (200, serde_json::from_str(&example).unwrap()));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn a_voucher_is_available_until_the_last_second_of_its_day_or_its_use() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    voucher(&mut tenant, &id, json!({ "amount": 10, "expires": "2026-12-31" }));
    let used = voucher(&mut tenant, &id, json!({ "amount": 20 }));
    voucher(&mut tenant, &id, json!({ "amount": 30 }));
    let redeem = || Act::RedeemVoucher { voucher: used.parse().unwrap() };
    assert_eq!((tenant.act(redeem()), tenant.act(redeem())), (204, 409));
    let all = numbers(&mut tenant, &id, "");
    let [first, second, third] = all.as_slice() else { panic!("{all:?}") };
    reach(&mut tenant, "2026-12-31T22:59:59.999Z");
    assert_eq!(numbers(&mut tenant, &id, "/available"), [first.clone(), third.clone()]);
    reach(&mut tenant, "2026-12-31T23:00:00Z");
    assert_eq!(
        numbers(&mut tenant, &id, "/available"),
        std::slice::from_ref(third),
        "it is midnight in Stockholm"
    );
    assert_eq!(numbers(&mut tenant, &id, "/redeemed"), std::slice::from_ref(second));
    assert_eq!(numbers(&mut tenant, &id, ""), all);

    let (_, page) = tenant.get(&format!("/api/v3/reward-vouchers?contactId={id}&offset=1&count=1"));
    assert_eq!((&page["totalCount"], &page["count"], &page["offset"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!(page["items"][0]["redeemedOn"], json!("2026-11-22T15:00:00.000Z"));
    tenant.switch("voucherMembers", "perList");
    let (_, page) = tenant.get(&format!("/api/v3/reward-vouchers/available?contactId={id}"));
    assert!(page["items"][0].get("redeemed").is_none() && page["items"][0].get("expiresOn").is_some());
}

#[test]
fn the_promotion_reads_as_in_the_example() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let promotion = promotion(&mut tenant, PROMOTION);
    let assignment = assign(&mut tenant, &id, &promotion);
    let example = include_str!("../examples/promotions-answer.json");
    let example = example.replace("«promotion»", &promotion).replace("«assignment»", &assignment);
    let example: Value = serde_json::from_str(&example).unwrap();
    let contact = format!("/api/v3/contacts/{id}/promotions");
    assert_eq!(tenant.get(&format!("/api/v3/promotion-assignments?contactId={id}")), (200, example.clone()));
    assert_eq!(tenant.get(&contact), (200, example));
    assert_eq!(tenant.findings(), []);

    let (_, list) = tenant.get(&format!("{contact}?redemptionChannelType=pos"));
    assert_eq!(list[0]["redemptionChannels"].as_array().unwrap().len(), 1);
    assert_eq!(list[0]["redemptionChannels"][0]["value"], json!("WELCOME10"));
    tenant.switch("channelsShown", "all");
    let (_, list) = tenant.get(&format!("{contact}?redemptionChannelType=POS"));
    assert_eq!(list[0]["redemptionChannels"].as_array().unwrap().len(), 3);
    let (status, refused) = tenant.get(&format!("{contact}?redemptionChannelType=PHONE"));
    assert_eq!((status, &refused["errorCode"]), (400, &json!("NotAValidRedemptionChannel")));
}

#[test]
fn a_promotion_for_another_channel_is_not_in_the_tills_list() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let online = json!([{ "type": "ECOM", "valueType": "PERCENT", "value": "10" }]);
    let online = promotion(&mut tenant, &changed(PROMOTION, "/redemptionChannels", Some(online)));
    assign(&mut tenant, &id, &online);
    let target = format!("/api/v3/promotion-assignments?contactId={id}&redemptionChannelType=");
    assert_eq!(tenant.get(&format!("{target}POS")), (200, json!([])));
    assert_eq!(tenant.get(&format!("{target}ECOM")).1.as_array().unwrap().len(), 1);
}

#[test]
fn a_promotion_of_a_days_length_lasts_through_the_day_after() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let day = json!({ "assignedValidity": { "unit": "Days", "amount": 1 } });
    let day = promotion(&mut tenant, &changed(PROMOTION, "/validity", Some(day)));
    // It is the 23rd in Stockholm already.
    reach(&mut tenant, "2026-11-22T23:30:00Z");
    assign(&mut tenant, &id, &day);
    assert_eq!(promotions(&mut tenant, &id)[0]["expiresOn"], json!("2026-11-24T23:59:59+01:00"));
    reach(&mut tenant, "2026-11-24T22:59:59Z");
    assert_eq!(promotions(&mut tenant, &id).len(), 1);
    reach(&mut tenant, "2026-11-24T23:00:00Z");
    assert_eq!(promotions(&mut tenant, &id).len(), 0);
}

#[test]
fn a_promotions_days_are_counted_as_a_calendar_counts_them() {
    for (validity, expires) in [
        (
            json!({ "assignedValidity": { "unit": "Months", "amount": 3 } }),
            json!("2027-02-22T23:59:59+01:00"),
        ),
        (json!({ "endDate": "2027-06-30" }), json!("2027-06-30T23:59:59+02:00")),
        (json!({}), Value::Null),
    ] {
        let mut tenant = Tenant::new();
        let id = tenant.enrol();
        let written = changed(PROMOTION, "/validity", Some(validity.clone()));
        let promotion = promotion(&mut tenant, &written);
        assign(&mut tenant, &id, &promotion);
        assert_eq!(promotions(&mut tenant, &id)[0]["expiresOn"], expires, "{validity}");
    }
}

#[test]
fn days_end_where_the_tenant_is() {
    let zone = sandbox::Zone::named("America/New_York").unwrap();
    let mut tenant = Tenant::with(Settings { time_zone: zone, ..Settings::default() });
    let id = tenant.enrol();
    voucher(&mut tenant, &id, json!({ "amount": 10, "expires": "2026-12-31" }));
    let (_, page) = tenant.get(&format!("/api/v3/reward-vouchers?contactId={id}"));
    assert_eq!(page["items"][0]["expiresOn"], json!("2027-01-01T04:59:59.000Z"));
}

#[test]
fn what_was_used_and_what_will_be_is_listed_as_the_switches_say() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let later = changed(PROMOTION, "/validity/startDate", Some(json!("2026-12-01")));
    let later = promotion(&mut tenant, &changed(&later, "/externalId", None));
    let now = promotion(&mut tenant, PROMOTION);
    let scheduled = assign(&mut tenant, &id, &later);
    let used = assign(&mut tenant, &id, &now);
    let twice = assign(&mut tenant, &id, &now);
    let redeem = |assignment: &str| Act::RedeemPromotion {
        assignment: assignment.parse().unwrap(),
        channel: ChannelKind::Ecom,
    };
    assert_eq!((tenant.act(redeem(&used)), tenant.act(redeem(&used))), (204, 409));
    assert_eq!(tenant.act(redeem(&scheduled)), 409, "its day has not come");
    let ids =
        |list: &[Value]| list.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&promotions(&mut tenant, &id)), std::slice::from_ref(&twice));
    tenant.switch("redeemedListed", "yes");
    let list = promotions(&mut tenant, &id);
    assert_eq!(ids(&list), [used.clone(), twice.clone()]);
    assert_eq!(
        (&list[0]["redeemed"], &list[0]["redeemedOn"]),
        (&json!(true), &json!("2026-11-22T16:00:00+01:00"))
    );
    tenant.switch("scheduledListed", "yes");
    assert_eq!(promotions(&mut tenant, &id).len(), 3);
    tenant.switch("scheduledListed", "no");
    reach(&mut tenant, "2026-11-30T22:59:59Z");
    assert_eq!(promotions(&mut tenant, &id).len(), 2);
    reach(&mut tenant, "2026-11-30T23:00:00Z");
    let list = promotions(&mut tenant, &id);
    assert_eq!(ids(&list), [scheduled, used, twice]);
    assert_eq!(list[0]["externalId"], Value::Null);
    assert_eq!(list[0]["expiresOn"], json!("2026-12-31T23:59:59+01:00"), "counted from its first day");
}

#[test]
fn promotions_stand_at_the_path_of_their_switch_and_the_other_has_no_code() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let by_query = format!("/api/v3/promotion-assignments?contactId={id}");
    let by_path = format!("/api/v3/contacts/{id}/promotions");
    for (value, query_status, path_status) in
        [("both", 200, 200), ("assignmentsOnly", 200, 404), ("contactOnly", 404, 200)]
    {
        tenant.switch("promotionsAt", value);
        for (target, expected) in [(&by_query, query_status), (&by_path, path_status)] {
            let (status, body) = tenant.get(target);
            assert_eq!(status, expected, "{value} {target}");
            assert!(body.get("errorCode").is_none(), "{body}");
        }
    }
}

#[test]
fn lists_tell_unknown_contacts_from_ids_that_are_none() {
    let mut tenant = Tenant::new();
    let lists = |id: &str| {
        [
            format!("/api/v3/point-accounts?contactId={id}"),
            format!("/api/v3/reward-vouchers?contactId={id}"),
            format!("/api/v3/reward-vouchers/available?contactId={id}"),
            format!("/api/v3/reward-vouchers/redeemed?contactId={id}"),
            format!("/api/v3/promotion-assignments?contactId={id}"),
            format!("/api/v3/contacts/{id}/promotions"),
        ]
    };
    let unknown = "6b0d6c1e-5f0b-4b6e-9d39-0c5f0b7f1a11";
    for target in lists(unknown) {
        let (status, body) = tenant.get(&target);
        assert_eq!((status, &body["errorCode"]), (404, &json!("ContactNotFound")), "{target}");
    }
    let malformed = lists("17")
        .into_iter()
        .chain(["/api/v3/point-accounts".to_owned(), "/api/v3/reward-vouchers?contactId=".to_owned()]);
    for target in malformed {
        let (status, body) = tenant.get(&target);
        assert_eq!((status, &body["errorCode"]), (400, &json!("InvalidContactId")), "{target}");
    }
    tenant.switch("listsOfUnknownContact", "empty");
    for target in lists(unknown) {
        let (status, body) = tenant.get(&target);
        let rows = body.get("items").unwrap_or(&body);
        assert_eq!((status, rows), (200, &json!([])), "{target}");
    }
    let (status, body) = tenant.get(&format!("/api/v3/point-accounts/{unknown}"));
    assert_eq!((status, &body["errorCode"]), (404, &json!("PointAccountNotFound")));
}

#[test]
fn a_deleted_contact_has_nothing_and_a_restored_one_has_it_all_again() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    points(&mut tenant, &id, json!({ "amount": 100 }));
    voucher(&mut tenant, &id, json!({ "amount": 10 }));
    let welcome = promotion(&mut tenant, PROMOTION);
    assign(&mut tenant, &id, &welcome);
    let account = accounts(&mut tenant, &id)[0]["id"].as_str().unwrap().to_owned();
    let contact = id.parse().unwrap();
    assert_eq!(tenant.act(Act::DeleteContact { contact }), 204);
    for target in [
        format!("/api/v3/point-accounts?contactId={id}"),
        format!("/api/v3/point-accounts/{account}"),
        format!("/api/v3/reward-vouchers?contactId={id}"),
        format!("/api/v3/contacts/{id}/promotions"),
        format!("/api/v2/contacts/{id}/purchasehistorysummary"),
    ] {
        assert_eq!(tenant.get(&target).0, 404, "{target}");
    }
    let gift = json!({ "contact": id, "amount": 1 });
    assert_eq!(tenant.act(Act::GivePoints(serde_json::from_value(gift).unwrap())), 404);
    assert_eq!(tenant.act(Act::Restore { contact }), 204);
    assert_eq!(accounts(&mut tenant, &id)[0]["balance"], json!(100));
    assert_eq!((numbers(&mut tenant, &id, "").len(), promotions(&mut tenant, &id).len()), (1, 1));
}

#[test]
fn what_makes_no_sense_is_not_given() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let welcome = promotion(&mut tenant, PROMOTION);
    let over = json!({ "endDate": "2026-11-21" });
    let over = changed(&changed(PROMOTION, "/validity", Some(over)), "/externalId", None);
    let over = promotion(&mut tenant, &over);
    let point = |gift: Value| Act::GivePoints(serde_json::from_value(gift).unwrap());
    let voucher = |gift: Value| Act::GiveVoucher(serde_json::from_value(gift).unwrap());
    let assign = |contact: &str, promotion: &str| Act::AssignPromotion {
        contact: contact.parse().unwrap(),
        promotion: promotion.parse().unwrap(),
    };
    let nobody = "6b0d6c1e-5f0b-4b6e-9d39-0c5f0b7f1a11";
    for (act, status) in [
        (point(json!({ "contact": id, "amount": 0 })), 400),
        (point(json!({ "contact": id, "amount": 1_000_000_001 })), 400),
        (point(json!({ "contact": id, "amount": 1, "validTo": "2026-11-22T15:00:00Z" })), 400),
        (point(json!({ "contact": nobody, "amount": 1 })), 404),
        (voucher(json!({ "contact": id, "amount": 0 })), 400),
        (voucher(json!({ "contact": id, "amount": -5 })), 400),
        (voucher(json!({ "contact": id, "amount": 5, "currency": "kr" })), 400),
        (
            voucher(
                json!({ "contact": id, "amount": 5, "localValues": [{ "amount": 0, "currency": "EUR" }] }),
            ),
            400,
        ),
        (voucher(json!({ "contact": nobody, "amount": 5 })), 404),
        (Act::DefinePromotion(serde_json::from_str(PROMOTION).unwrap()), 409),
        (assign(nobody, &welcome), 404),
        (assign(&id, nobody), 404),
        (assign(&id, &over), 409),
        (Act::RedeemVoucher { voucher: nobody.parse().unwrap() }, 404),
    ] {
        assert_eq!(tenant.act(act.clone()), status, "{act:?}");
    }
    assert_eq!(tenant.world.point_accounts().len() + tenant.world.vouchers().len(), 0);
    assert_eq!(tenant.world.assignments().len(), 0);
}

#[test]
fn the_overview_has_vouchers_and_promotions_in_version_twos_words() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    voucher(&mut tenant, &id, json!({ "amount": 50, "points": 500, "expires": "2027-06-30" }));
    let welcome = promotion(&mut tenant, PROMOTION);
    assign(&mut tenant, &id, &welcome);
    let (status, overview) = tenant.get(&format!("/api/v3/contactoverview?contactId={id}"));
    let check = &overview["bonusChecks"][0];
    assert_eq!((status, &check["bonusPoints"]), (200, &json!(500)));
    assert_eq!(check["checkNumber"], json!("2600000000017"));
    assert_eq!(check["expiresOn"], json!("2027-06-30T23:59:59+02:00"));
    assert_eq!(overview["promotions"][0]["externalId"], json!("WELCOME10"));
}

#[test]
fn the_summary_of_purchases_follows_from_imported_receipts() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let target = format!("/api/v2/contacts/{id}/purchasehistorysummary");
    let (status, empty) = tenant.get(&target);
    assert_eq!(
        (status, &empty["latestReceiptDate"], &empty["purchaseAmountAll"]),
        (200, &Value::Null, &json!(0))
    );

    let old = changed(RECEIPT, "/createdDate", Some(json!("2025-03-14T16:42:07+01:00")));
    let old = changed(&old, "/uniqueReceiptId", Some(json!("old")));
    let older = changed(RECEIPT, "/createdDate", Some(json!("2024-03-14T16:42:07+01:00")));
    let older = changed(&older, "/uniqueReceiptId", Some(json!("older")));
    for receipt in [&older, &old, RECEIPT, RETURN] {
        assert_eq!(tenant.post("/api/v3/receipts", receipt).0, 202);
    }
    assert_eq!(tenant.get(&target).1, empty, "nothing is imported yet");
    tenant.import();
    reach(&mut tenant, "2026-12-24T12:00:00Z");
    let sent = |body: &str, name: &str| serde_json::from_str::<Value>(body).unwrap()[name].clone();
    let total =
        |body: &str| sent(body, "totalGrossPrice").to_string().parse::<rust_decimal::Decimal>().unwrap();
    let pieces = |body: &str| {
        let items = sent(body, "items");
        items.as_array().unwrap().iter().map(|item| item["quantity"].as_i64().unwrap()).sum::<i64>()
    };
    let (_, summary) = tenant.get(&target);
    assert_eq!(summary["latestReceiptDate"], sent(RETURN, "createdDate"));
    assert_eq!(summary["lastUpdated"], json!("2026-11-22T16:00:00+01:00"));
    for (span, purchases) in [("All", 3_i64), ("LastTwoYears", 2), ("LastYear", 1)] {
        let amount = total(RECEIPT) * rust_decimal::Decimal::from(purchases) + total(RETURN);
        let figure = |name: &str| summary[format!("{name}{span}")].to_string();
        assert_eq!(figure("purchaseAmount").parse::<rust_decimal::Decimal>().unwrap(), amount, "{span}");
        assert_eq!(figure("purchaseFrequency"), purchases.to_string(), "{span}");
        let articles = pieces(RECEIPT) * purchases + pieces(RETURN);
        assert_eq!(figure("numberOfArticlePurchases"), articles.to_string(), "{span}");
        let average = (amount / rust_decimal::Decimal::from(purchases)).round_dp(2);
        assert_eq!(figure("averageReceipt").parse::<rust_decimal::Decimal>().unwrap(), average, "{span}");
    }
}

#[test]
fn what_was_given_survives_a_restart_with_and_without_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let now = at("2026-11-22T15:00:00Z");
    let open = || Book::open(folder.path(), 7, Settings::default(), now).unwrap();
    let (mut book, _) = open();
    book.apply(Event::Request(request("POST", CREATE, CONTACT)), now).unwrap();
    let contact = book.world().contacts().next().unwrap().id;
    let promotion = serde_json::from_str(PROMOTION).unwrap();
    let gift =
        |amount: &str| serde_json::from_str(&format!(r#"{{"contact":"{contact}","amount":{amount}}}"#));
    for act in [
        Act::GivePoints(gift("12.50").unwrap()),
        Act::GivePoints(gift("-2").unwrap()),
        Act::DefinePromotion(promotion),
        Act::GiveVoucher(serde_json::from_value(json!({ "contact": contact, "amount": "100.00" })).unwrap()),
    ] {
        book.apply(Event::Act(act), now).unwrap();
    }
    let promotion = book.world().promotions()[0].id;
    let voucher = book.world().vouchers().next().unwrap().id;
    book.apply(Event::Act(Act::AssignPromotion { contact, promotion }), now).unwrap();
    let assignment = book.world().assignments().next().unwrap().id;
    book.apply(Event::Act(Act::RedeemPromotion { assignment, channel: ChannelKind::Pos }), now).unwrap();
    let before = shown(book.world());
    assert!(before.contains("12.50") && before.contains(r#""amount":100.00"#), "amounts keep their places");
    drop(book);
    let (mut book, opened) = open();
    assert_eq!((opened.replayed, shown(book.world())), (7, before.clone()));
    book.snapshot().unwrap().write().unwrap();
    drop(book);
    let (mut book, opened) = open();
    assert_eq!((opened.replayed, shown(book.world())), (0, before));
    book.apply(Event::Act(Act::RedeemVoucher { voucher }), now).unwrap();
    assert!(book.world().vouchers().next().unwrap().redeemed.is_some());
}

#[test]
fn a_receipt_uses_the_offers_that_it_names_only_where_the_switch_says_so() {
    for (redeem, lists, used) in
        [("no", "v2", false), ("yes", "v2", true), ("yes", "renamed", true), ("no", "renamed", false)]
    {
        let mut tenant = Tenant::new();
        tenant.switch("receiptsRedeem", redeem);
        tenant.switch("offerLists", lists);
        let id = tenant.enrol();
        let other = changed(CONTACT, "/email", Some(json!("bo.ek@example.com")));
        let other = tenant.post(CREATE, &other).1["id"].as_str().unwrap().to_owned();
        let promotion = promotion(&mut tenant, PROMOTION);
        for who in [&id, &other] {
            voucher(&mut tenant, who, json!({ "amount": 100 }));
            assign(&mut tenant, who, &promotion);
        }
        let number = |tenant: &mut Tenant, who: &str| numbers(tenant, who, "/available").first().cloned();
        let mine = number(&mut tenant, &id).unwrap();
        let foreign = number(&mut tenant, &other).unwrap();
        let (vouchers, member, promotions) = match lists {
            "v2" => ("/usedBonusChecks", "checkNumber", "/usedPromotions"),
            _ => ("/usedRewardVouchers", "voucherNumber", "/usedPromotionAssignments"),
        };
        let named = json!([{ member: foreign }, { member: "1" }, { member: mine }]);
        let body = changed(RECEIPT, vouchers, Some(named));
        let named = json!([{ "promotionId": "none" }, { "promotionId": promotion }]);
        let body = changed(&body, promotions, Some(named));
        tenant.post("/api/v3/receipts", &body);
        tenant.act(Act::Import);
        let left =
            |tenant: &mut Tenant, who: &str| (number(tenant, who).is_some(), promotions_left(tenant, who));
        assert_eq!(left(&mut tenant, &id), (!used, usize::from(!used)), "{redeem} {lists}");
        assert_eq!(left(&mut tenant, &other), (true, 1), "nobody else's");
    }
}

fn promotions_left(tenant: &mut Tenant, contact: &str) -> usize {
    promotions(tenant, contact).len()
}
