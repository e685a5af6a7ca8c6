use serde_json::{Value, json};

use crate::receipt::trial::{found, money, parts, receipt, rows, sale, sale_as, settled};
use crate::receipt::{Drawn, Owner, Settling, Standing};

/// Three pieces for 100.01 and a kilo and a half of cheese for 149.85, 10 % off all.
fn sold() -> Value {
    receipt(
        json!([
            { "id": "1", "kind": "purchase", "sku": "mug", "name": "Mug", "group": "Home", "quantity": 3,
              "unitPrice": 37.04, "taxPercent": 25, "awardsPoints": false },
            { "id": "2", "kind": "purchase", "sku": "cheese", "quantity": 1.5, "unit": "kg",
              "unitPrice": 111, "taxPercent": 12 }
        ]),
        json!({ "discounts": [{ "percent": 10, "description": "Welcome" }] }),
    )
}

fn back(line: Value) -> Value {
    let mut line = line;
    line["kind"] = "return".into();
    receipt(json!([line]), json!({}))
}

fn of(line: &str) -> Value {
    json!({ "receipt": "sale", "line": line })
}

/// What a return draws.
fn drawn(settling: &Settling) -> Drawn {
    settling.draws[0].drawn.clone()
}

/// Returns one after the other, each drawing on what the ones before left; what each paid back, and its tax.
fn chain(returns: &[Value]) -> Vec<(i64, i64)> {
    let mut before: Vec<Drawn> = Vec::new();
    let mut paid = Vec::new();
    for body in returns {
        let sales = [sale(&sold(), None, &before)];
        let settling = settled(body, None, &sales);
        let line = settling.settlement.as_ref().unwrap_or_else(|| panic!("{:?}", settling.findings)).lines[0]
            .clone();
        paid.push((line.paid.minor(), line.tax.minor()));
        before.push(Drawn::read(&drawn(&settling).write()).unwrap());
    }
    paid
}

#[test]
fn pieces_returned_one_by_one_net_to_exactly_zero() {
    let one = back(json!({ "of": of("1"), "quantity": 1 }));
    let chain = chain(&[one.clone(), one.clone(), one]);
    assert_eq!(chain, [(3334, 667), (3333, 666), (3334, 667)]);
}

#[test]
fn what_is_weighed_is_returned_by_quantity_or_by_amount() {
    let by_weight = back(json!({ "of": of("2"), "quantity": 0.5 }));
    let by_amount = back(json!({ "of": of("2"), "paid": 50 }));
    let rest = back(json!({ "of": of("2") }));
    let chain = chain(&[by_weight, by_amount, rest]);
    assert_eq!(chain.iter().map(|line| line.0).collect::<Vec<_>>(), [4995, 5000, 4990]);
    let sold = money(&sold(), None, &[]);
    assert_eq!(chain.iter().map(|line| line.1).sum::<i64>(), sold.lines[1].tax.minor());
}

#[test]
fn a_return_takes_article_rate_and_discounts_from_its_sale() {
    let body = back(json!({ "of": of("1"), "quantity": 1 }));
    let sales = [sale(&sold(), None, &[])];
    let settlement = money(&body, None, &sales);
    let reading = crate::receipt::parse(&body);
    let whole = crate::receipt::SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    let line = whole.parts().next().unwrap().lines().next().unwrap();
    assert_eq!((line.sku, line.name, line.article_number, line.group), ("mug", "Mug", "mug", Some("Home")));
    assert_eq!(
        (line.pieces, line.awards_points, line.tax_percent().to_string()),
        (1, Some(false), "25".into())
    );
    let discounts: Vec<_> = line.discounts().map(|row| (row.description, row.amount.minor())).collect();
    assert_eq!(discounts, [(Some("Welcome"), 370)]);
    assert_eq!(settlement.total.minor(), -3334);
    assert_eq!(settlement.rate, sales[0].rate);
}

#[test]
fn a_line_is_found_by_its_id_its_article_or_its_position() {
    let sales = [sale(&sold(), None, &[])];
    for named in [
        json!({ "of": { "receipt": "sale", "line": "2" } }),
        json!({ "of": { "receipt": "sale" }, "sku": "cheese" }),
    ] {
        assert_eq!(money(&back(named), None, &sales).lines[0].paid.minor(), 14_985);
    }
    let mut nameless = sold();
    for line in nameless["lines"].as_array_mut().unwrap() {
        line.as_object_mut().unwrap().remove("id");
    }
    let sales = [sale(&nameless, None, &[])];
    for position in [json!("2"), json!(2)] {
        let body = back(json!({ "of": { "receipt": "sale", "line": position } }));
        assert_eq!(money(&body, None, &sales).lines[0].paid.minor(), 14_985);
    }
}

#[test]
fn more_than_is_left_is_a_fault_and_draws_nothing() {
    let sales = [sale(&sold(), None, &[])];
    for line in [
        json!({ "of": of("1"), "quantity": 4 }),
        json!({ "of": of("1"), "quantity": 1, "paid": 100.05 }),
        json!({ "of": of("2"), "quantity": 1.501 }),
        json!({ "of": of("2"), "paid": 149.88 }),
    ] {
        let body = back(line);
        assert_eq!(found(&body, &sales), ["!overReturn /lines/0"], "{body}");
        assert_eq!(settled(&body, None, &sales).draws, []);
    }
    // Within one receipt too.
    let twice = receipt(
        json!([
            { "kind": "return", "of": of("1"), "quantity": 2 },
            { "kind": "return", "of": of("1"), "quantity": 2 }
        ]),
        json!({}),
    );
    assert_eq!(found(&twice, &sales), ["!overReturn /lines/1"]);
}

#[test]
fn all_that_is_left_is_nothing_once_it_is_back() {
    let all = back(json!({ "of": of("1") }));
    let first = settled(&all, None, &[sale(&sold(), None, &[])]);
    let sales = [sale(&sold(), None, &[drawn(&first)])];
    assert_eq!(found(&all, &sales), ["!overReturn /lines/0"]);
}

#[test]
fn what_the_till_paid_back_wins_and_is_said() {
    let sales = [sale(&sold(), None, &[])];
    let body = back(json!({ "of": of("1"), "quantity": 1, "paid": 30, "taxAmount": 5 }));
    let codes = found(&body, &sales);
    let both = ["returnPaidDiffers /lines/0/paid", "returnPaidDiffers /lines/0/taxAmount"];
    assert_eq!(codes[..2], both);
    let settlement = money(&body, None, &sales);
    assert_eq!((settlement.lines[0].paid.minor(), settlement.lines[0].tax.minor()), (3000, 500));
    // A minor unit a piece is how tills round; what is left counts then.
    let rounded = back(json!({ "of": of("1"), "paid": 100.03 }));
    assert_eq!(money(&rounded, None, &sales).lines[0].paid.minor(), 10_001);
}

#[test]
fn a_return_of_what_isnt_known_goes_by_the_tills_price() {
    let sales = [sale(&sold(), None, &[])];
    let price = json!({ "sku": "mug", "quantity": 2, "unitPrice": 40, "taxPercent": 25, "discounts": [{ "amount": 5 }] });
    for (of, code) in [
        (json!({ "receipt": "other", "line": "1" }), "returnOfUnknownReceipt /lines/0/of/receipt"),
        (json!({ "receipt": "sale", "line": "9" }), "returnLineUnknown /lines/0/of/line"),
    ] {
        let mut line = price.clone();
        line["of"] = of.clone();
        let body = back(line);
        assert_eq!(found(&body, &sales), [code.to_owned(), "paymentsMissing /payments".to_owned()]);
        let settlement = money(&body, None, &sales);
        assert_eq!((settlement.total.minor(), settlement.lines[0].tax.minor()), (-7500, 1500));
        let bare = back(json!({ "of": of }));
        let missing = ["sku", "quantity", "unitPrice", "taxPercent"];
        let faults: Vec<String> =
            found(&bare, &sales).into_iter().filter(|code| code.starts_with('!')).collect();
        assert_eq!(faults.len(), missing.len(), "{faults:?}");
        assert!(missing.iter().all(|name| faults.iter().any(|fault| fault.ends_with(name))), "{faults:?}");
    }
}

#[test]
fn a_sale_that_is_none_any_more_is_not_returned() {
    for (standing, code) in [(Standing::Voided, "!saleVoided"), (Standing::Discarded, "!saleDiscarded")] {
        let sales = [sale_as("sale", &sold(), None, standing, &[])];
        let body = back(json!({ "of": of("1"), "quantity": 1 }));
        assert_eq!(found(&body, &sales), [format!("{code} /lines/0/of/receipt")]);
    }
}

#[test]
fn another_currency_than_the_sales_goes_by_price_at_the_receipts_rate() {
    let sales = [sale(&sold(), Some(Owner(7)), &[])];
    let mut body = back(json!({ "of": of("1"), "sku": "mug", "quantity": 1, "paid": 3, "taxPercent": 25 }));
    body["currency"] = "EUR".into();
    body["exchangeRate"] = json!(11.5);
    assert_eq!(found(&body, &sales)[0], "returnCurrencyDiffers /lines/0/of/receipt");
    let settlement = money(&body, None, &sales);
    assert_eq!(
        (settlement.total.minor(), settlement.rate.unwrap().value().to_string()),
        (-300, "11.5".into())
    );
}

#[test]
fn what_goes_by_price_takes_nothing_of_its_sale_and_is_bound_to_it() {
    let mut abroad = back(json!({ "of": of("1"), "sku": "mug", "quantity": 1, "paid": 3, "taxPercent": 25 }));
    abroad["currency"] = "EUR".into();
    abroad["exchangeRate"] = json!(11.5);
    let unknown = back(json!({ "of": of("9"), "sku": "mug", "quantity": 1, "paid": 3, "taxPercent": 25 }));
    for body in [abroad, unknown] {
        let sales = [sale(&sold(), Some(Owner(7)), &[])];
        let settling = settled(&body, None, &sales);
        let [draw] = &settling.draws[..] else { panic!("{:?}", settling.draws) };
        assert_eq!((draw.part, draw.sale), (0, 0));
        assert_eq!(sale(&sold(), Some(Owner(7)), std::slice::from_ref(&draw.drawn)), sales[0]);
    }
}

#[test]
fn signs_that_a_return_neednt_have_are_left_out_and_said() {
    let body = receipt(
        json!([{ "kind": "return", "sku": "a", "quantity": -1, "paid": -99, "taxPercent": 25 }]),
        json!({ "total": 99, "payments": [{ "type": "card", "amount": 99 }] }),
    );
    let codes = found(&body, &[]);
    assert_eq!(codes, ["returnSign /lines/0", "returnSign /total", "returnSign /payments"]);
    let settlement = money(&body, None, &[]);
    let [part] = &parts(&body, &settlement)[..] else { panic!("one part") };
    assert_eq!((part.total, &part.lines, &part.payments), (-9900, &vec![-9900], &rows(&[("card", -9900)])));
    assert_eq!(part.taxes, rows(&[("25", 1980)]), "positive on a return (fact R-28)");
}
