//! The whole way of a customer with her offers: the welcome at sign-up, points that become a voucher, a promotion that a
//! cashier gives, both used, undone, used again and brought back; and what Engage refuses.
//!
//! After each step each offer was assigned, redeemed and given back as often as somebody said, by the sandbox's own
//! account. Where a switch makes something rightly different, the step says so by the switch's name.

use gateway::settings::Welcome;
use serde_json::{Value, json};

use super::switches::{Under, Way};
use super::walk::under_each;
use crate::api::{STOCKHOLM, enrolment};
use crate::chains::back;
use crate::offers::stand::{ADA, FIFTY, Stand, Voucher, promotions, sale, states};

/// A way under way.
struct Walk {
    stand: Stand,
    under: Under,
}

impl Walk {
    async fn begin(under: Under) -> Walk {
        let Under { mut settings, tenant, switches, .. } = under.clone();
        settings.offers = promotions(Some(Welcome::Till));
        Walk { stand: Stand::of_tenant(settings, tenant, switches).await, under }
    }

    /// The whole way.
    async fn take(self) {
        let ada = self.signs_up_and_uses_the_welcome().await;
        let voucher = self.points_become_a_voucher(&ada).await;
        let fifty = self.is_given_a_promotion(&ada).await;
        self.uses_both_and_it_is_undone(&ada, &voucher, &fifty).await;
        self.uses_the_voucher_again_and_brings_all_back(&ada, &voucher).await;
        self.pays_nothing_at_all(&ada).await;
        self.the_web_is_quicker(&ada).await;
        self.is_given_back_too_often(&ada).await;
        self.nobody_is_given_what_is_not_active(&ada).await;
        // The cashier meant it: two gifts of the same.
        let mut findings = self.stand.findings().await;
        findings.retain(|found| !found.contains("assignedTwice"));
        assert_eq!(findings, Vec::<String>::new());
    }

    async fn nothing_is_left_to_do(&self) {
        assert_eq!(self.stand.settled().await, Vec::<Value>::new());
    }

    /// Every call about an offer of hers that Engage has answered, in order.
    async fn deeds(&self, ada: &str) -> Vec<String> {
        self.stand.deeds_of(ada).await
    }

    async fn signs_up_and_uses_the_welcome(&self) -> String {
        let enrolled = self.stand.shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
        assert_eq!(enrolled.status, 201, "{enrolled:?}");
        let ada = enrolled.body["contactId"].as_str().unwrap().to_owned();
        let offer = &enrolled.body["offers"][0];
        // Where it isn't shown yet to whom it would be given, it can be used all the same.
        let hidden = self.under.number("visibilityDelaySeconds").is_some();
        assert_eq!(offer["state"] == "ready", !hidden, "{enrolled:?}");
        self.stand.sell("welcome", sale(offer["offerId"].as_str().unwrap(), 40)).await;
        self.nothing_is_left_to_do().await;
        assert_eq!(states(&self.stand.receipt("welcome").await), ["redeemed"]);
        assert_eq!(self.deeds(&ada).await, ["assigned", "redeemed"]);
        self.is_imported("welcome", &ada).await;
        ada
    }

    async fn points_become_a_voucher(&self, ada: &str) -> Voucher {
        let rules = json!({ "pays": { "all": { "amount": 1 } }, "minimum": 100 });
        self.stand.shop.admin("PUT", "payout-rules", rules).await;
        self.stand.shop.admin("POST", &format!("contacts/{ada}/points"), json!({ "amount": 100 })).await;
        let paid = self.stand.shop.admin("POST", "payouts", json!({ "contact": ada })).await;
        let row = &paid["vouchers"][0];
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let voucher = Voucher { id: text("id"), number: text("voucherNumber") };
        let shown = self.stand.looked_up(ada).await;
        let loyalty = &shown["profile"]["loyalty"];
        assert_eq!(loyalty["incomplete"], Value::Null, "{loyalty}");
        assert_eq!(
            (&loyalty["vouchers"][0]["number"], &loyalty["points"]),
            (&json!(voucher.number), &json!(0))
        );
        assert_eq!(loyalty["promotions"], Value::Null, "the welcome is used: {loyalty}");
        voucher
    }

    /// Answers the offer as the till knows it, and the assignment.
    async fn is_given_a_promotion(&self, ada: &str) -> [String; 2] {
        let given = self.stand.assign("gift", ada, FIFTY).await;
        assert_eq!((given.status, &given.body["state"]), (201, &json!("ready")), "{given:?}");
        let again = self.stand.assign("gift", ada, FIFTY).await;
        assert_eq!((again.status, &again.body["offerId"]), (200, &given.body["offerId"]), "{again:?}");
        assert_eq!(self.deeds(ada).await, ["assigned", "redeemed", "assigned"]);
        let more = self.stand.assign("another gift", ada, FIFTY).await;
        // A tenant may let nobody have the same twice; then there is no second.
        let only_one = self.under.is("duplicateAssign", "conflict409");
        assert_eq!(more.body["state"] == "ready", !only_one, "{more:?}");
        if !only_one {
            let second = more.body["assignmentId"].as_str().unwrap();
            self.stand.shop.admin("DELETE", &format!("assignments/{second}"), Value::Null).await;
        }
        ["offerId", "assignmentId"].map(|name| given.body[name].as_str().unwrap().to_owned())
    }

    async fn uses_both_and_it_is_undone(
        &self,
        ada: &str,
        voucher: &Voucher,
        [offer, assignment]: &[String; 2],
    ) {
        let mut both = sale(&voucher.number, 100);
        both["discounts"].as_array_mut().unwrap().push(json!({ "amount": 50, "offer": offer }));
        (both["payments"][0]["amount"], both["total"]) = (json!(250), json!(250));
        let taken = self.stand.sell("both", both).await;
        assert_eq!(states(&taken), ["redeemed", "redeemed"], "{taken}");
        self.nothing_is_left_to_do().await;
        self.is_imported("both", ada).await;
        self.stand.void("both").await;
        self.nothing_is_left_to_do().await;
        self.is_imported("both~void", ada).await;
        assert_eq!(self.stand.deeds(&voucher.id).await, ["redeemed", "reactivated"]);
        assert_eq!(
            self.stand.deeds(assignment).await,
            ["assigned", "redeemed"],
            "Engage takes that back of none"
        );
        let shown = self.stand.looked_up(ada).await;
        let loyalty = &shown["profile"]["loyalty"];
        assert_eq!(loyalty["vouchers"][0]["number"], json!(voucher.number), "{loyalty}");
        let [anew] = loyalty["promotions"].as_array().unwrap().as_slice() else { panic!("anew: {loyalty}") };
        assert_ne!(anew["assignmentId"], json!(assignment), "{loyalty}");
    }

    async fn uses_the_voucher_again_and_brings_all_back(&self, ada: &str, voucher: &Voucher) {
        let taken = self.stand.sell("again", sale(&voucher.number, 100)).await;
        assert_eq!(states(&taken), ["redeemed"], "{taken}");
        self.nothing_is_left_to_do().await;
        for (id, number, pieces) in [("back-1", "000881", "1"), ("back-2", "000882", "1")] {
            let mut line = back("again", "1", Some(pieces));
            line["id"] = json!("1");
            let part = json!({ "store": STOCKHOLM, "receiptNumber": number, "currency": "SEK",
                               "createdAt": "2026-11-23T10:00:00+01:00", "lines": [line] });
            self.stand.sell(id, part).await;
            self.nothing_is_left_to_do().await;
            self.is_imported(id, ada).await;
            let times =
                self.stand.deeds(&voucher.id).await.iter().filter(|deed| *deed == "reactivated").count();
            assert_eq!(times, if id == "back-2" { 2 } else { 1 }, "with the last of it");
        }
    }

    /// A voucher pays all of it: a receipt of zero.
    async fn pays_nothing_at_all(&self, ada: &str) {
        let given = json!({ "amount": 400, "currency": "SEK" });
        let made = self.stand.shop.admin("POST", &format!("contacts/{ada}/vouchers"), given).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let number = self.stand.voucher_in_engage(&id).await["number"].as_str().unwrap().to_owned();
        self.stand.looked_up(ada).await;
        let mut free = sale(&number, 400);
        free["payments"] = json!([]);
        let taken = self.stand.sell("free", free).await;
        assert_eq!(states(&taken), ["redeemed"], "{taken}");
        self.nothing_is_left_to_do().await;
        self.is_imported("free", ada).await;
    }

    async fn the_web_is_quicker(&self, ada: &str) {
        let voucher = self.stand.voucher(ada).await;
        self.stand.looked_up(ada).await;
        self.stand.shop.admin("POST", &format!("vouchers/{}/redeem", voucher.id), Value::Null).await;
        let taken = self.stand.sell("late", sale(&voucher.number, 100)).await;
        assert_eq!(taken["offers"][0]["code"], "alreadyRedeemed", "{taken}");
        self.exception_is_accounted_for(&voucher.number, "alreadyRedeemed").await;
        self.is_imported("late", ada).await;
    }

    /// A voucher is made usable again three times, and no more.
    async fn is_given_back_too_often(&self, ada: &str) {
        let voucher = self.stand.voucher(ada).await;
        for _ in 0..3 {
            for act in ["redeem", "reactivate"] {
                self.stand.shop.admin("POST", &format!("vouchers/{}/{act}", voucher.id), Value::Null).await;
            }
        }
        self.stand.looked_up(ada).await;
        self.stand.sell("worn", sale(&voucher.number, 100)).await;
        self.nothing_is_left_to_do().await;
        self.stand.void("worn").await;
        self.exception_is_accounted_for(&voucher.number, "notReactivated").await;
        self.is_imported("worn~void", ada).await;
    }

    /// A promotion that was never activated, and one that was ended: a person is told, and nobody waits.
    async fn nobody_is_given_what_is_not_active(&self, ada: &str) {
        let channels = json!([{ "type": "POS", "valueType": "MONEY", "value": "5" }]);
        for (name, status) in [("DRAFT", "Draft"), ("ENDED", "Active")] {
            let definition =
                json!({ "externalId": name, "name": name, "status": status, "redemptionChannels": channels });
            let made = self.stand.shop.admin("POST", "promotions", definition).await;
            if name == "ENDED" {
                let end = format!("promotions/{}/end", made["id"].as_str().unwrap());
                self.stand.shop.admin("POST", &end, Value::Null).await;
            }
            let before = self.deeds(ada).await.len();
            let wished = self.stand.assign(name, ada, name).await;
            assert!(wished.status <= 202, "{wished:?}");
            let attention = self.stand.settled().await;
            assert_eq!(attention.len(), 1, "{name}: {attention:?}");
            assert_eq!(attention[0]["kind"], "assignPromotion", "{name}: {attention:?}");
            assert_eq!(self.deeds(ada).await.len(), before, "{name}");
            self.give_up(&attention[0]).await;
        }
    }

    /// Operators see it once, with its cost; and no more once it is accounted for.
    async fn exception_is_accounted_for(&self, offer: &str, code: &str) {
        let attention = self.stand.settled().await;
        let seen = self.stand.exceptions().await;
        assert_eq!(seen, [(offer.to_owned(), code.to_owned())], "{attention:?}");
        self.give_up(&attention[0]).await;
        assert_eq!(self.stand.exceptions().await, []);
    }

    async fn give_up(&self, row: &Value) {
        let discard = format!("/v1/deliveries/{}/discard", row["id"].as_str().unwrap());
        let given_up = self.stand.shop.call("POST", &discard, json!({ "reason": "written off" })).await;
        assert_eq!(given_up.status, 200, "{given_up:?}");
    }

    async fn is_imported(&self, id: &str, ada: &str) {
        self.stand.shop.admin("POST", "import", Value::Null).await;
        self.stand.is_imported_once(id, ada).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_of_offers_holds_under_each_value_of_each_switch() {
    under_each(Way::Offers, async |under| Walk::begin(under).await.take().await).await;
}
