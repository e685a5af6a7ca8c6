//! What another program reads in the PDF is what the document says, and what it says adds up.

use document::{Document, Language, Templates, pdf};
use pos::money::Currency;
use rust_decimal::Decimal;

use crate::random::Random;
use crate::support::{plain, read_back, shown};
use crate::{receipts, support};

/// How many receipts are read back by another program.
const READ_BACK: usize = 60;

/// How many receipts are added up.
const ADDED_UP: usize = 3_000;

#[test]
fn another_program_reads_in_the_pdf_what_the_document_says() {
    let mut random = Random::announced("reading back");
    let templates = Templates::default();
    for case in 0..READ_BACK {
        let body = receipts::draw(&mut random);
        let document = shown(&body, Language::ALL[case % Language::ALL.len()]);
        let read = plain(&read_back(&pdf(&templates.html(&document).unwrap()).unwrap()));
        let mut rest = read.as_str();
        for said in everything_said(&document) {
            let said = plain(&said);
            // What is cut at a line's end is read in two.
            let Some(at) = rest.find(&said) else {
                panic!("case {case}: `{said}` isn't in `{rest}`\n{body}")
            };
            rest = &rest[at + said.len()..];
        }
    }
}

/// Every text of a document in the order of the template, as far as none is wider than its column.
fn everything_said(document: &Document) -> Vec<String> {
    let mut said = vec![document.issuer.name.clone(), document.number.clone()];
    said.push(format!("{} {}", document.date, document.time));
    for line in &document.lines {
        said.extend(line.name.iter().filter(|name| name.len() < 20).cloned());
        said.push(line.amount.clone());
        said.extend(line.quantity.clone());
        said.extend(line.unit_price.clone());
        for discount in &line.discounts {
            said.extend(discount.description.clone());
            said.push(discount.amount.clone());
        }
    }
    said.extend(document.subtotal.clone());
    for discount in &document.discounts {
        said.extend(discount.description.clone());
        said.push(discount.amount.clone());
    }
    said.extend(document.tax_on_top.clone());
    said.extend(document.difference.clone());
    said.push(document.total.clone());
    for payment in &document.payments {
        said.extend(payment.description.clone());
        said.push(payment.amount.clone());
    }
    for row in &document.vat {
        said.push(format!("{} {} {} {}", row.rate, row.net, row.tax, row.gross));
    }
    said.push(document.id.clone());
    said
}

/// The decimal of an amount as it is written in English.
fn value(written: &str) -> Decimal {
    let number = written.split('\u{a0}').next().unwrap();
    number
        .replace(',', "")
        .replace('\u{2212}', "-")
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {written}"))
}

fn sum<'a>(amounts: impl IntoIterator<Item = &'a String>) -> Decimal {
    amounts.into_iter().map(|amount| value(amount)).sum()
}

#[test]
fn the_amounts_that_are_shown_add_up_to_the_cent() {
    let mut random = Random::announced("adding up");
    let mut more = [0_usize; 4];
    for _ in 0..ADDED_UP {
        let body = receipts::draw(&mut random);
        let document = shown(&body, Language::En);
        let total = value(&document.total);
        let lines = sum(document.lines.iter().map(|line| &line.amount))
            + sum(document.lines.iter().flat_map(|line| &line.discounts).map(|discount| &discount.amount));
        if let Some(subtotal) = &document.subtotal {
            assert_eq!(lines, value(subtotal), "{body}");
        }
        let after = sum(document.discounts.iter().map(|discount| &discount.amount))
            + sum(&document.tax_on_top)
            + sum(&document.difference);
        assert_eq!(lines + after, total, "{body}");
        assert_eq!(sum(document.payments.iter().map(|payment| &payment.amount)), total, "{body}");
        let gross = sum(document.vat.iter().map(|row| &row.gross));
        assert_eq!(gross + sum(&document.difference), total, "{body}");
        for row in &document.vat {
            assert_eq!(value(&row.net) + value(&row.tax), value(&row.gross), "{body}");
        }
        let settled = support::settled(&body, |receipt| receipt.decimal(receipt.total()));
        assert_eq!(settled, total, "{body}");
        assert_eq!(total.scale(), Currency::parse(document.currency).unwrap().exponent(), "{body}");
        let seen = [
            !document.discounts.is_empty(),
            document.tax_on_top.is_some(),
            document.difference.is_some(),
            document.payments.iter().any(|payment| payment.kind == "change"),
        ];
        more.iter_mut().zip(seen).for_each(|(count, seen)| *count += usize::from(seen));
    }
    assert!(more.iter().all(|&count| count > 50), "too few of a kind: {more:?}");
}
