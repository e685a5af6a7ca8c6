//! Points from receipts: what earns them, what takes them back, and that nothing is left when all came back.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sandbox::{LineKind, PointExpiry, PointRules, PointSource, Settings};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed};

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn factors(rows: &[(&str, &str)]) -> BTreeMap<String, Decimal> {
    rows.iter().map(|(currency, factor)| ((*currency).to_owned(), amount(factor))).collect()
}

/// A tenant where a krona earns one point and a euro ten.
fn earning() -> Settings {
    let points = PointRules { factors: factors(&[("SEK", "1"), ("EUR", "10")]), ..PointRules::default() };
    Settings { points, ..Settings::default() }
}

/// The same, with extra points on some articles: more, fewer, and some for each piece.
fn generous() -> Settings {
    let extra = json!([
        { "name": "Double", "from": "2026-11-22", "articles": ["a"], "gives": { "factor": 2 } },
        { "name": "A fifth less", "from": "2026-11-22", "articles": ["b"], "gives": { "factor": 0.8 } },
        { "name": "Seven each", "from": "2026-11-01", "to": "2026-12-31", "gives": { "perArticle": 7 } },
        { "name": "Over", "from": "2026-11-01", "to": "2026-11-21", "gives": { "perArticle": 1000 } },
    ]);
    let points = PointRules { extra: serde_json::from_value(extra).unwrap(), ..earning().points };
    Settings { points, ..Settings::default() }
}

/// A line: its article, how many, and what was paid or paid back. Fewer than none came back.
#[derive(Clone, Copy)]
struct Sold<'a>(&'a str, i64, &'a str);

/// A shop with one customer.
struct Shop {
    tenant: Tenant,
    id: String,
    sent: u32,
}

impl Shop {
    fn new(settings: Settings) -> Shop {
        let mut tenant = Tenant::with(settings);
        tenant.switch("importIntervalSeconds", "0");
        let id = tenant.enrol();
        Shop { tenant, id, sent: 0 }
    }

    fn with(switches: &[(&str, &str)]) -> Shop {
        let mut shop = Shop::new(earning());
        for (name, value) in switches {
            shop.tenant.switch(name, value);
        }
        shop
    }

    /// A receipt in a currency, a minute after the last one; what its lines are changed by is applied to each.
    fn sell_in(&mut self, currency: &str, lines: &[Sold<'_>], change: impl Fn(&mut Value)) {
        self.sent += 1;
        self.tenant.wait(60);
        let item = |Sold(sku, quantity, paid): &Sold<'_>| {
            let kind = if *quantity < 0 { "RETURN" } else { "PURCHASE" };
            let mut item = json!({ "type": kind, "sku": sku, "articleNumber": sku, "articleName": sku,
                "quantity": quantity, "grossPaidPrice": paid, "taxAmount": 0, "taxPercent": 0 });
            change(&mut item);
            item
        };
        let body = json!({
            "contact": { "matchKey": self.id, "matchKeyType": "contactId" },
            "uniqueReceiptId": format!("r-{}", self.sent), "receiptNumber": format!("{:03}", self.sent),
            "createdDate": self.tenant.now.to_string(), "storeExternalId": format!("store-{}", self.sent % 3),
            "currency": currency, "exchangeRateToGroupCurrency": if currency == "SEK" { "1" } else { "11.5" },
            "totalGrossPrice": 1, "paymentMethods": [{ "type": "card", "value": 1 }],
            "items": lines.iter().map(item).collect::<Vec<Value>>(),
        });
        assert_eq!(self.tenant.post("/api/v3/receipts", &body.to_string()).0, 202, "{body}");
        self.tenant.wait(0);
    }

    fn sell(&mut self, lines: &[Sold<'_>]) {
        self.sell_in("SEK", lines, |_| {});
    }

    fn figure(&mut self, name: &str) -> Decimal {
        let (status, accounts) = self.tenant.get(&format!("/api/v3/point-accounts?contactId={}", self.id));
        assert_eq!(status, 200);
        accounts[0][name].as_number().map_or(Decimal::ZERO, |number| amount(&number.to_string()))
    }

    fn balance(&mut self) -> Decimal {
        self.figure("balance")
    }

    /// Which receipts the last line of the last receipt was matched with, and how much of each was paid back.
    fn matched(&self) -> Vec<(u64, String)> {
        let receipt = self.tenant.world.receipts().last().unwrap();
        let matched = match &receipt.lines().last().unwrap().what {
            LineKind::Return { matched, .. } => matched.as_slice(),
            LineKind::Purchase { .. } | LineKind::Adjustment => &[],
        };
        matched.iter().map(|one| (one.receipt, one.portion.paid.normalize().to_string())).collect()
    }
}

#[test]
fn nothing_earns_unless_its_currency_has_a_factor() {
    let mut shop = Shop::new(Settings::default());
    shop.sell(&[Sold("a", 1, "100")]);
    assert!(shop.tenant.world.point_accounts().next().is_none());
    let mut shop = Shop::new(earning());
    for (currency, expected) in [("SEK", "100"), ("EUR", "1100"), ("NOK", "1100"), ("eur", "2100")] {
        shop.sell_in(currency, &[Sold("a", 1, "100.00")], |_| {});
        assert_eq!(shop.balance(), amount(expected), "after {currency}");
    }
}

#[test]
fn points_are_booked_line_by_line_in_the_documented_words() {
    let mut shop = Shop::new(earning());
    shop.sell(&[Sold("a", 1, "100"), Sold("b", 1, "0"), Sold("c", 2, "49.90")]);
    shop.sell(&[Sold("c", -1, "24.95")]);
    let world = &shop.tenant.world;
    let lines: Vec<_> = world.receipts().iter().flat_map(|receipt| receipt.lines()).collect();
    let account = world.point_accounts().next().unwrap();
    let booked: Vec<_> = account
        .transactions
        .iter()
        .map(|one| {
            (one.amount.normalize().to_string(), one.source, one.description.as_str(), one.line.unwrap())
        })
        .collect();
    let expected = [
        ("100".to_owned(), PointSource::Purchase, "Receipt 001", lines[0].id),
        ("49.9".to_owned(), PointSource::Purchase, "Receipt 001", lines[2].id),
        ("-24.95".to_owned(), PointSource::Return, "Return 002 of receipt 001", lines[3].id),
    ];
    assert_eq!(booked, expected, "a line without points has no transaction");
    let points: Vec<String> = lines.iter().map(|line| line.points.normalize().to_string()).collect();
    assert_eq!(points, ["100", "0", "49.9", "-24.95"]);
    assert_eq!(serde_json::to_value(PointSource::Return).unwrap(), PointSource::Return.word());
}

#[test]
fn a_line_may_earn_nothing_and_a_negative_price_never_takes() {
    let mut shop = Shop::new(earning());
    shop.sell_in("SEK", &[Sold("a", 1, "100")], |item| item["awardsBonus"] = json!(false));
    shop.sell_in("SEK", &[Sold("a", 1, "100")], |item| item["type"] = json!("ADJUSTMENT"));
    shop.sell(&[Sold("discount", 1, "-50")]);
    assert_eq!(shop.balance(), Decimal::ZERO);
    shop.sell_in("SEK", &[Sold("a", -1, "100")], |_| {});
    assert_eq!(shop.balance(), Decimal::ZERO, "what earned nothing gives nothing up");
    shop.sell_in("SEK", &[Sold("b", -1, "100")], |item| item["awardsBonus"] = json!(false));
    assert_eq!(shop.balance(), Decimal::ZERO, "and what would have earned nothing takes none");
}

#[test]
fn only_members_earn_unless_everybody_does() {
    for (who, expected) in [("members", "0"), ("everybody", "100")] {
        let mut shop = Shop::with(&[("pointsEarnedBy", who)]);
        let body = changed(CONTACT, "/email", Some(json!("bo.ek@example.com")));
        let body = changed(&body, "/contactType", Some(json!("Contact")));
        shop.id = shop.tenant.post(CREATE, &body).1["id"].as_str().unwrap().to_owned();
        shop.sell(&[Sold("a", 1, "100")]);
        let account = shop.tenant.world.point_accounts().next();
        let sum: Decimal = account.iter().flat_map(|one| &one.transactions).map(|one| one.amount).sum();
        assert_eq!(sum, amount(expected), "{who}");
    }
}

#[test]
fn points_wait_and_expire_as_the_tenant_has_it_and_a_return_waits_with_them() {
    let points = PointRules { pending_days: 14, expires: PointExpiry::Rolling(12), ..earning().points };
    let mut shop = Shop::new(Settings { points, ..Settings::default() });
    shop.sell(&[Sold("a", 2, "200")]);
    assert_eq!((shop.balance(), shop.figure("pendingPoints")), (Decimal::ZERO, amount("200")));
    shop.sell(&[Sold("a", -1, "100")]);
    assert_eq!((shop.balance(), shop.figure("pendingPoints")), (Decimal::ZERO, amount("100")));
    shop.tenant.wait(14 * 86_400);
    assert_eq!((shop.balance(), shop.figure("pendingPoints")), (amount("100"), Decimal::ZERO));
    shop.tenant.wait(366 * 86_400);
    assert_eq!(shop.balance(), Decimal::ZERO);
}

#[test]
fn points_are_rounded_as_the_switch_says_and_a_full_return_still_leaves_none() {
    for (rounding, earned, after_one) in
        [("exact", "99.9", "66.6"), ("whole", "100", "67"), ("down", "99", "66")]
    {
        let mut shop = Shop::with(&[("pointsRounding", rounding)]);
        shop.sell(&[Sold("a", 3, "99.90")]);
        assert_eq!(shop.balance(), amount(earned), "{rounding}");
        shop.sell(&[Sold("a", -1, "33.30")]);
        assert_eq!(shop.balance(), amount(after_one), "{rounding}");
        shop.sell(&[Sold("a", -1, "33.30")]);
        shop.sell(&[Sold("a", -1, "33.30")]);
        assert_eq!(shop.balance(), Decimal::ZERO, "{rounding}");
    }
}

#[test]
fn points_follow_the_local_or_the_group_price() {
    for (from, expected) in [("localPrice", "1000"), ("groupPrice", "1150")] {
        let mut shop = Shop::with(&[("pointsFrom", from)]);
        shop.sell_in("EUR", &[Sold("a", 1, "100")], |_| {});
        assert_eq!(shop.balance(), amount(expected), "{from}");
        shop.sell_in("EUR", &[Sold("a", -1, "100")], |_| {});
        assert_eq!(shop.balance(), Decimal::ZERO, "{from}");
    }
}

#[test]
fn extra_points_are_given_each_by_itself_and_taken_back_in_their_share() {
    let mut shop = Shop::new(generous());
    shop.sell(&[Sold("a", 2, "200"), Sold("b", 1, "50"), Sold("c", 1, "0")]);
    let booked = |shop: &Shop| -> Vec<(String, &'static str, String)> {
        let booked = &shop.tenant.world.point_accounts().next().unwrap().transactions;
        let told = booked
            .iter()
            .map(|one| (one.amount.normalize().to_string(), one.source.word(), one.description.clone()));
        told.collect()
    };
    let row = |amount: &str, source: &'static str, text: &str| (amount.to_owned(), source, text.to_owned());
    let given = [
        row("200", "Purchase", "Receipt 001"),
        row("200", "BonusPromotion", "Double"),
        row("14", "BonusPromotion", "Seven each"),
        row("50", "Purchase", "Receipt 001"),
        row("-10", "BonusPromotion", "A fifth less"),
        row("7", "BonusPromotion", "Seven each"),
        row("7", "BonusPromotion", "Seven each"),
    ];
    assert_eq!(booked(&shop), given);
    assert_eq!(shop.balance(), amount("468"));
    shop.sell(&[Sold("a", -1, "100"), Sold("b", -1, "50")]);
    let taken = [
        row("-100", "Return", "Return 002 of receipt 001"),
        row("-100", "BonusPromotionReturn", "Double"),
        row("-7", "BonusPromotionReturn", "Seven each"),
        row("-50", "Return", "Return 002 of receipt 001"),
        row("10", "BonusPromotionReturn", "A fifth less"),
        row("-7", "BonusPromotionReturn", "Seven each"),
    ];
    assert_eq!(booked(&shop)[given.len()..], taken);
    assert_eq!(shop.balance(), amount("214"));
    let mut nobody = Shop::new(generous());
    nobody.sell_in("SEK", &[Sold("a", 2, "200")], |item| item["awardsBonus"] = json!(false));
    assert_eq!(nobody.balance(), Decimal::ZERO, "a line that earns nothing gets nothing extra");
}

#[test]
fn points_that_last_while_a_member_is_active_are_kept_by_a_purchase() {
    let points = PointRules { expires: PointExpiry::Inactive(6), ..earning().points };
    let mut shop = Shop::new(Settings { points, ..Settings::default() });
    shop.sell(&[Sold("a", 1, "100")]);
    shop.tenant.wait(150 * 86_400);
    shop.sell(&[Sold("b", 1, "10")]);
    shop.tenant.wait(150 * 86_400);
    assert_eq!(shop.balance(), amount("110"));
    shop.sell(&[Sold("b", -1, "10")]);
    shop.tenant.wait(60 * 86_400);
    assert_eq!(shop.balance(), Decimal::ZERO, "a return keeps nothing");
}

#[test]
fn a_return_is_matched_with_purchases_in_the_order_of_the_switch() {
    let cases = [
        ("newestFirst", vec![(3, "80"), (2, "100")]),
        ("oldestFirst", vec![(1, "100"), (2, "80")]),
        ("samePriceFirst", vec![(3, "80"), (2, "100")]),
        ("never", vec![]),
    ];
    for (matching, expected) in cases {
        let mut shop = Shop::with(&[("returnMatching", matching)]);
        for paid in ["100", "100", "80"] {
            shop.sell(&[Sold("a", 1, paid), Sold("b", 1, "7")]);
        }
        shop.sell(&[Sold("a", -2, "180")]);
        let expected: Vec<_> = expected.into_iter().map(|(at, paid)| (at, paid.to_owned())).collect();
        assert_eq!(shop.matched(), expected, "{matching}");
        assert_eq!(shop.balance(), amount("121"), "{matching}");
    }
    let mut shop = Shop::with(&[("returnMatching", "samePriceFirst")]);
    for paid in ["100", "100", "80"] {
        shop.sell(&[Sold("a", 1, paid)]);
    }
    shop.sell(&[Sold("a", -1, "100")]);
    assert_eq!(shop.matched(), [(2, "100".to_owned())], "the newest at that price");
}

#[test]
fn another_article_currency_or_customer_is_not_matched_but_another_store_is() {
    let mut shop = Shop::new(earning());
    shop.sell(&[Sold("a", 1, "100")]);
    shop.sell(&[Sold("b", -1, "100")]);
    assert_eq!(shop.matched(), []);
    shop.sell_in("EUR", &[Sold("a", -1, "9")], |_| {});
    assert_eq!(shop.matched(), []);
    assert_eq!(shop.balance(), amount("-90"), "100 earned, 100 and 90 taken by the formula");
    let first = shop.id.clone();
    let other = changed(CONTACT, "/email", Some(json!("bo.ek@example.com")));
    shop.id = shop.tenant.post(CREATE, &other).1["id"].as_str().unwrap().to_owned();
    shop.sell(&[Sold("a", -1, "100")]);
    assert_eq!(shop.matched(), []);
    shop.id = first;
    shop.sell(&[Sold("a", -1, "100")]);
    let stores: Vec<_> =
        shop.tenant.world.receipts().iter().map(|one| one.content.store_external_id.clone()).collect();
    assert_ne!(stores.first(), stores.last());
    assert_eq!(shop.matched(), [(1, "100".to_owned())]);
}

#[test]
fn who_changes_a_faulty_one_for_another_brings_back_the_old_one() {
    let mut shop = Shop::new(earning());
    shop.sell(&[Sold("a", 1, "100")]);
    shop.sell(&[Sold("a", 1, "100"), Sold("a", -1, "100")]);
    assert_eq!((shop.matched(), shop.balance()), (vec![(1, "100".to_owned())], amount("100")));
    shop.sell(&[Sold("a", -1, "100")]);
    assert_eq!((shop.matched(), shop.balance()), (vec![(2, "100".to_owned())], Decimal::ZERO));
    shop.sell(&[Sold("b", -1, "30"), Sold("b", 1, "30")]);
    assert_eq!(shop.balance(), Decimal::ZERO, "a line taken back at once has earned nothing");
    let receipt = shop.tenant.world.receipts().last().unwrap();
    assert!(matches!(&receipt.lines()[0].what, LineKind::Return { matched, .. } if matched[0].receipt == 4));
}

#[test]
fn a_purchase_that_arrives_late_is_not_what_came_back_before_it_was_sold() {
    let mut shop = Shop::new(earning());
    shop.sell(&[Sold("a", 1, "100")]);
    let returned_at = shop.tenant.now;
    shop.tenant.wait(3_600);
    shop.sell(&[Sold("a", 1, "100")]);
    let later = std::mem::replace(&mut shop.tenant.now, returned_at);
    shop.sell(&[Sold("a", -1, "100")]);
    shop.tenant.now = later;
    assert_eq!(shop.matched(), [(1, "100".to_owned())]);
}

#[test]
fn goods_by_weight_come_back_in_parts_of_one_piece_each() {
    let mut shop = Shop::new(earning());
    shop.sell(&[Sold("cheese", 1, "87.35")]);
    shop.sell(&[Sold("cheese", 1, "40")]);
    for part in ["20", "55.01", "33.33", "19.01"] {
        shop.sell(&[Sold("cheese", -1, part)]);
    }
    assert_eq!(shop.balance(), Decimal::ZERO);
    let world = &shop.tenant.world;
    for receipt in &world.receipts()[..2] {
        let LineKind::Purchase { returned, .. } = &receipt.lines()[0].what else { panic!("a purchase") };
        assert_eq!((returned.quantity, returned.paid), (Decimal::ONE, receipt.lines()[0].paid));
    }
}

#[test]
fn who_is_paid_back_less_keeps_points_for_the_rest_unless_pieces_are_counted() {
    for (measure, expected) in [("paid", "20"), ("quantity", "0")] {
        let mut shop = Shop::with(&[("returnMeasure", measure)]);
        shop.sell(&[Sold("a", 2, "200")]);
        shop.sell(&[Sold("a", -1, "90")]);
        shop.sell(&[Sold("a", -1, "90")]);
        assert_eq!(shop.balance(), amount(expected), "{measure}");
    }
}

#[test]
fn what_was_never_bought_here_takes_what_it_would_have_earned_or_nothing() {
    for (unmatched, debt, expected) in
        [("formula", "allowed", "-60"), ("formula", "never", "0"), ("nothing", "allowed", "40")]
    {
        let mut shop = Shop::with(&[("unmatchedReturn", unmatched), ("pointDebt", debt)]);
        shop.sell(&[Sold("a", 1, "40")]);
        shop.sell(&[Sold("b", -1, "100")]);
        assert_eq!(shop.balance(), amount(expected), "{unmatched} {debt}");
        let line = &shop.tenant.world.receipts()[1].lines()[0];
        assert_eq!(line.points, amount(expected) - amount("40"), "what is told is what was booked");
    }
}

#[test]
fn a_receipt_beyond_counting_is_taken_and_earns_at_most_what_may_be() {
    let mut shop = Shop::new(earning());
    let huge = "79228162514264337593543950335";
    shop.sell(&[Sold("a", 1, huge), Sold("a", 1, huge)]);
    assert_eq!(shop.balance(), amount("2000000000"));
    shop.sell(&[Sold("a", -1, huge), Sold("a", -3, huge), Sold("b", -1, huge)]);
    let id = shop.id.clone();
    assert_eq!(shop.tenant.get(&format!("/api/v2/contacts/{id}/purchasehistorysummary")).0, 200);
    for switch in ["withTax", "withoutTax"] {
        shop.tenant.switch("netSums", switch);
        assert_eq!(shop.tenant.get(&format!("/api/v2/contacts/{id}/transactions")).0, 200);
    }
}

/// What somebody bought and brings back, in parts, in any order, at times in one receipt with what is bought next.
struct Customer {
    state: u64,
    /// What is still to come back: the article, and what it is measured by.
    owed: Vec<(usize, i64)>,
}

const ARTICLES: [&str; 3] = ["a", "b", "c"];

impl Customer {
    fn draw(&mut self, below: i64) -> i64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.state >> 33).unwrap() % below
    }

    /// A line of something bought, paid in hundredths. By pieces or by money, all of it is owed.
    fn buys(&mut self, measure: &str) -> (usize, i64, i64) {
        let (article, quantity, paid) = (self.draw(3) as usize, 1 + self.draw(5), 1 + self.draw(30_000));
        self.owed.push((article, if measure == "paid" { paid } else { quantity }));
        (article, quantity, paid)
    }

    /// A line of something that comes back, or a part of it. What is not measured by is anything at all.
    fn returns(&mut self, measure: &str) -> (usize, i64, i64) {
        let which = self.draw(self.owed.len() as i64) as usize;
        let (article, left) = self.owed[which];
        let part = if self.draw(3) == 0 { left } else { 1 + self.draw(left) };
        self.owed[which].1 -= part;
        self.owed.retain(|(_, left)| *left > 0);
        if measure == "paid" {
            (article, -1 - self.draw(3), part)
        } else {
            (article, -part, self.draw(30_000))
        }
    }

    /// One receipt of up to so many lines.
    fn goes_shopping(&mut self, shop: &mut Shop, measure: &str, buys: bool) {
        let count = 1 + self.draw(4);
        let mut lines = Vec::new();
        for _ in 0..count {
            match (buys && self.draw(2) == 0, self.owed.is_empty()) {
                (false, false) => lines.push(self.returns(measure)),
                (true, _) | (false, true) if buys => lines.push(self.buys(measure)),
                _ => {}
            }
        }
        let texts: Vec<String> = lines.iter().map(|(.., paid)| Decimal::new(*paid, 2).to_string()).collect();
        let lines = lines.iter().zip(&texts);
        let lines: Vec<Sold<'_>> =
            lines.map(|((at, quantity, _), paid)| Sold(ARTICLES[*at], *quantity, paid)).collect();
        shop.sell(&lines);
    }
}

#[test]
fn whatever_came_back_as_a_whole_has_earned_nothing() {
    let (mut returns, mut extras) = (BTreeMap::<&str, usize>::new(), 0);
    for seed in 0..200_u64 {
        let mut customer = Customer { state: seed, owed: Vec::new() };
        let rounding = ["exact", "whole", "down"][customer.draw(3) as usize];
        let matching = ["newestFirst", "oldestFirst", "samePriceFirst"][customer.draw(3) as usize];
        let measure = ["paid", "quantity"][customer.draw(2) as usize];
        let mut shop = Shop::new(if seed % 2 == 0 { earning() } else { generous() });
        let switches =
            [("pointsRounding", rounding), ("returnMatching", matching), ("returnMeasure", measure)];
        switches.iter().for_each(|(name, value)| shop.tenant.switch(name, value));
        for _ in 0..1 + customer.draw(6) {
            customer.goes_shopping(&mut shop, measure, true);
        }
        while !customer.owed.is_empty() {
            customer.goes_shopping(&mut shop, measure, false);
        }
        let told = format!("seed {seed}: {rounding}, {matching}, {measure}");
        assert_eq!(shop.balance(), Decimal::ZERO, "{told}");
        for line in shop.tenant.world.receipts().iter().flat_map(sandbox::Receipt::lines) {
            match &line.what {
                LineKind::Purchase { returned, extra, .. } => {
                    assert_eq!(returned.points, line.points, "{told}");
                    assert!(extra.iter().all(|one| one.returned == one.points), "{told}");
                    extras += extra.len();
                }
                LineKind::Return { unmatched, .. } => {
                    assert_eq!(unmatched.points, Decimal::ZERO, "{told}");
                    *returns.entry(measure).or_default() += 1;
                }
                LineKind::Adjustment => {}
            }
        }
    }
    assert!(extras > 200, "extra points are among them: {extras}");
    assert!(returns.values().all(|count| *count > 400), "these are enough to mean something: {returns:?}");
}

#[test]
fn points_and_matches_survive_a_restart_with_and_without_a_snapshot() {
    use crate::tenant::{request, shown};
    use sandbox::{Book, Event};

    let folder = tempfile::tempdir().unwrap();
    let now = "2026-11-22T15:00:00Z".parse().unwrap();
    let (mut book, _) = Book::open(folder.path(), 7, earning(), now).unwrap();
    book.apply(Event::Request(request("POST", CREATE, CONTACT)), now).unwrap();
    let send = |book: &mut Book, receipt: &str| {
        book.apply(Event::Request(request("POST", "/api/v3/receipts", receipt)), now).unwrap();
        book.apply(Event::Act(sandbox::Act::Import), now).unwrap();
    };
    send(&mut book, crate::tenant::RECEIPT);
    book.snapshot().unwrap().write().unwrap();
    let part = changed(crate::tenant::RETURN, "/items/0/grossPaidPrice", Some(json!(100)));
    send(&mut book, &part);
    let before = shown(book.world());
    assert!(before.contains("retailTransactionLineItemId"), "{before}");
    drop(book);
    let (book, opened) = Book::open(folder.path(), 7, earning(), now).unwrap();
    assert_eq!((opened.replayed, shown(book.world()) == before), (2, true));
    drop(book);
    std::fs::remove_dir_all(folder.path().join("snapshots")).unwrap();
    let (mut book, opened) = Book::open(folder.path(), 7, earning(), now).unwrap();
    assert_eq!((opened.replayed, shown(book.world()) == before), (5, true));
    let rest = changed(crate::tenant::RETURN, "/items/0/grossPaidPrice", Some(json!(200)));
    send(&mut book, &changed(&rest, "/uniqueReceiptId", Some(json!("the-rest"))));
    let sum: Decimal = book.world().receipts().iter().map(sandbox::Receipt::points).sum();
    assert_eq!(sum, Decimal::ZERO);
}
