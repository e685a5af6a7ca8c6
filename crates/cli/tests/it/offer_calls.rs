//! The client's calls about offers and points against a sandbox, over a socket: they share no code, so what they agree on
//! is what the documents say.

use std::collections::BTreeMap;

use engage::call::{self, PromotionsAt, VoucherList};
use engage::model::{ContactId, GivenOrTaken, NewPointTransaction, Text};
use engage::{Call, Client, Failure};
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::Running;

struct Stage {
    sandbox: Running,
    client: Client,
    runtime: tokio::runtime::Runtime,
    contact: ContactId,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// A sandbox with one member.
    fn new() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Running::sandbox_with(folder.path(), &["--in-memory"]);
        let client = Client::new(engage::Config {
            base_url: sandbox.base_url.clone(),
            api_key: SecretString::from("any"),
            user_agent: "Tillbridge/0.1".to_owned(),
            timeout: std::time::Duration::from_secs(60),
            ca_file: None,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let member = json!({ "contactType": "Member", "fields": { "email": "ada@example.com" } });
        let contact = admin(&sandbox, "contacts", &member)["id"].as_str().unwrap().to_owned();
        let contact = ContactId::new(contact).unwrap();
        Stage { sandbox, client: client.unwrap(), runtime, contact, _folder: folder }
    }

    fn send<T>(&self, call: &Call<T>) -> Result<T, Failure> {
        self.runtime.block_on(self.client.send(call))
    }

    fn admin(&self, path: &str, body: &Value) -> Value {
        admin(&self.sandbox, path, body)
    }

    /// Fails unless Engage refuses with this status and code.
    fn refuses<T: std::fmt::Debug>(&self, call: &Call<T>, status: u16, code: &str) {
        match self.send(call) {
            Err(Failure::Refused(refusal)) => {
                assert!(refusal.status == status && refusal.is(code), "{refusal:?}")
            }
            other => panic!("{other:?}"),
        }
    }
}

fn admin(sandbox: &Running, path: &str, body: &Value) -> Value {
    let answer = sandbox.post(&format!("/_sandbox/{path}"), body);
    assert!(answer.status < 300, "{path}: {answer:?}");
    answer.body
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

#[test]
fn a_promotion_is_assigned_listed_and_redeemed_once() {
    let stage = Stage::new();
    let promotion = stage.admin(
        "promotions",
        &json!({
            "name": "Welcome 10%", "externalId": "WELCOME10", "validity": { "startDate": "2026-01-01" },
            "presentation": {}, "redemptionChannels": [{ "type": "POS", "valueType": "PERCENT", "value": "10" }]
        }),
    );
    let promotion = text(promotion["id"].as_str().unwrap());
    let assigned = stage.send(&call::assign(&stage.contact, &promotion)).unwrap();
    for at in [PromotionsAt::Assignments, PromotionsAt::Contact] {
        let listed = stage.send(&call::contact_promotions(&stage.contact, at, "POS")).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (Some(&listed[0].id), &listed[0].promotion_id),
            (assigned.id.as_ref(), &Some(promotion.clone()))
        );
    }
    let id = assigned.id.unwrap();
    stage.refuses(&call::redeem_assignment(&id, "ECOM"), 409, "PromotionNotValidForRedemptionChannel");
    stage.send(&call::redeem_assignment(&id, "POS")).unwrap();
    stage.refuses(&call::redeem_assignment(&id, "POS"), 409, "PromotionAlreadyRedeemed");
    let nobody = text("00000000-0000-4000-8000-000000000000");
    stage.refuses(&call::assign(&stage.contact, &nobody), 404, "PromotionNotFound");
}

#[test]
fn a_voucher_goes_from_list_to_list_and_comes_back_three_times() {
    let stage = Stage::new();
    let contact = &stage.contact;
    stage.admin(&format!("contacts/{contact}/vouchers"), &json!({ "amount": 100, "currency": "SEK" }));
    let list = |which| stage.send(&call::vouchers(contact, which, 0, 100)).unwrap().items;
    let id = list(VoucherList::Available).remove(0).id;
    for round in 1..=4 {
        stage.send(&call::redeem_voucher(&id)).unwrap();
        stage.refuses(&call::redeem_voucher(&id), 409, "RewardVoucherAlreadyRedeemed");
        assert_eq!((list(VoucherList::Available).len(), list(VoucherList::Redeemed).len()), (0, 1));
        assert!(list(VoucherList::Redeemed)[0].redeemed && list(VoucherList::All)[0].redeemed);
        if round < 4 {
            stage.send(&call::reactivate_voucher(&id)).unwrap();
            stage.refuses(&call::reactivate_voucher(&id), 409, "RewardVoucherAlreadyActivated");
        }
    }
    stage.refuses(&call::reactivate_voucher(&id), 409, "ReactivationLimitExceeded");
}

#[test]
fn points_are_given_listed_and_taken() {
    let stage = Stage::new();
    let account = |balance: i64| {
        let account = stage.send(&call::point_accounts(&stage.contact)).unwrap().remove(0);
        assert_eq!(account.balance, Decimal::from(balance));
        account.id
    };
    let give = |key: &str, kind, amount: i64| {
        let at = "2026-01-20T10:00:00Z".parse().unwrap();
        stage.send(&call::add_points(&NewPointTransaction {
            account_id: account(if amount == 15 { 0 } else { 15 }),
            transaction_id: text(key),
            transaction_type: kind,
            amount: Decimal::from(amount),
            description: text("Survey answered"),
            source: text("Manual"),
            transaction_date: at,
            valid_from: at,
        }))
    };
    give("0b1f7c52-4e0a-4f55-9d55-0a4f4c1b2e11", GivenOrTaken::Addition, 15).unwrap();
    give("0b1f7c52-4e0a-4f55-9d55-0a4f4c1b2e12", GivenOrTaken::Deduction, 5).unwrap();
    let page = stage.send(&call::point_transactions(&account(10), 0, 100)).unwrap();
    assert_eq!((page.items.len(), page.total_count), (2, Some(2)));
    assert!(page.items.iter().all(|one| one.description == Text::new("Survey answered")));
}

#[test]
fn a_trigger_is_pulled_where_there_is_one() {
    let stage = Stage::new();
    let fields = BTreeMap::from([(text("oldAccount"), text("true"))]);
    let pull = call::trigger(&text("forgot password"), &stage.contact, &fields);
    stage.refuses(&pull, 404, "CustomTriggerNotFound");
    assert!(stage.sandbox.put("/_sandbox/custom-triggers", &json!(["forgot password"])).status < 300);
    stage.send(&pull).unwrap();
}
