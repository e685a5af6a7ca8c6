//! A settled receipt against what the oracle says, and the laws that hold whatever the oracle says.

use pos::receipt::{self, SettledPart, SettledReceipt};

use crate::basket::{Kind, Prices, Quantity, Taxes};
use crate::laws::Case;
use crate::oracle::{ExpectedLine, half_away, hundredths, is_goods, signed, whole};
use crate::sold::Figures;
use crate::tender::{Way, nothing_for_engage};

pub fn require(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

/// Compares a receipt that stands alone: it goes to Engage in one part, or not at all.
pub fn compare(case: &Case, settled: &SettledReceipt<'_>, said: &dyn Fn(&str) -> bool) -> Result<(), String> {
    let lines: Vec<Figures> = settled.lines().map(|line| Figures::of(&line)).collect();
    require(lines.len() == case.basket.lines.len(), || "lines are lost".to_owned())?;
    for (position, money) in lines.iter().enumerate() {
        line(case, position, money).map_err(|why| format!("line {position}: {why}"))?;
    }
    tax_on_total(case, &lines)?;
    warnings(case, said)?;
    let parts: Vec<SettledPart<'_>> = settled.parts().collect();
    if nothing_for_engage(&case.basket) {
        return require(parts.is_empty(), || "a part without merchandise".to_owned());
    }
    require(parts.len() == 1, || format!("{} parts", parts.len()))?;
    let part = parts.into_iter().next().ok_or("no part")?;
    part_lines(case, &lines, &part)?;
    part_total(case, &lines, &part)?;
    payments(case, &part)?;
    laws_of_a_part(&part)
}

fn line(case: &Case, position: usize, money: &Figures) -> Result<(), String> {
    let (line, expected) = (&case.basket.lines[position], &case.expected.lines[position]);
    require(money.paid >= 0 && money.tax >= 0, || format!("below zero: {money:?}"))?;
    require(money.discounts.values().all(|&share| share > 0), || format!("a share of nothing: {money:?}"))?;
    require(expected.tax.is(money.tax), || format!("tax {}, not {:?}", money.tax, expected.tax))?;
    if let Some(left) = expected.left {
        require(money.paid == left, || format!("paid {} after a voucher, not {left}", money.paid))?;
        require(money.discount("voucher ") == expected.voucher, || {
            format!("the voucher took {money:?}, not {}", expected.voucher)
        })?;
    }
    let shares: i64 = expected.shares.iter().map(|share| share.1).sum();
    let taken: i64 = money.discounts.values().sum();
    match case.basket.prices {
        Prices::WithTax => {
            require(money.paid == expected.paid, || format!("paid {}, not {}", money.paid, expected.paid))?;
            require(money.tax <= money.paid, || format!("more tax than was paid: {money:?}"))?;
            require(taken == shares + expected.voucher, || format!("{money:?}, not {:?}", expected.shares))?;
            each_share(case, position, money, |share, exact| share == exact)
        }
        Prices::WithoutTax => {
            // The till's own tax of a line may be any; a voucher may have changed it since.
            let before = expected.gross(Prices::WithoutTax);
            if let (Some(before), 0) = (before, expected.voucher) {
                require(money.paid == before, || format!("paid {}, not {before}", money.paid))?;
            } else if expected.voucher == 0 {
                let paid = expected.paid + money.tax;
                require(money.paid == paid, || format!("paid {}, not {paid}", money.paid))?;
            }
            let Taxes::One(percent) = line.taxes else { return Ok(()) };
            if line.stated.is_some() || expected.voucher > 0 {
                return Ok(());
            }
            let rate = whole(1) + hundredths(percent);
            let undiscounted = half_away(whole(expected.paid + shares) * rate);
            require(money.paid + taken == undiscounted, || {
                format!("{money:?} isn't {undiscounted} before discounts")
            })?;
            each_share(case, position, money, |share, net| {
                let off = whole(share) - whole(net) * rate;
                off <= whole(2) && -off <= whole(2)
            })
        }
    }
}

/// Each discount took off the line what it should.
fn each_share(
    case: &Case,
    position: usize,
    money: &Figures,
    is: impl Fn(i64, i64) -> bool,
) -> Result<(), String> {
    let own = case.basket.lines[position].discounts.len();
    let expected: &ExpectedLine = &case.expected.lines[position];
    for row in 0..own + case.basket.discounts.len() {
        let name = if row < own { format!(" own {row}") } else { format!(" all {}", row - own) };
        let share = money.discount(&name);
        let exact = expected.shares.iter().find(|share| share.0 == row).map_or(0, |share| share.1);
        require(is(share, exact), || format!("discount{name} took {share}, not {exact}"))?;
    }
    Ok(())
}

/// The lines that share the receipt's taxes carry all of them.
fn tax_on_total(case: &Case, lines: &[Figures]) -> Result<(), String> {
    if case.basket.taxes.is_empty() || matches!(case.tender.way, Way::Voucher(_)) {
        return Ok(());
    }
    let sharing = lines.iter().zip(&case.basket.lines).filter(|(_, line)| line.taxes == Taxes::OnTotal);
    let placed: i64 = sharing.map(|(money, _)| money.tax).sum();
    let said: i64 = case.basket.taxes.iter().map(|row| row.1).sum();
    require(placed == said, || format!("{placed} of {said} tax is placed"))
}

fn warnings(case: &Case, said: &dyn Fn(&str) -> bool) -> Result<(), String> {
    let way = case.tender.way;
    let returned = case.basket.lines.iter().any(|line| line.kind == Kind::Return);
    let expected = [
        ("voucherAsTender", matches!(way, Way::Voucher(_))),
        ("cashRoundingInferred", way == Way::CashRounded),
        ("totalDiffers", way == Way::TotalDiffers),
        ("returnSign", way == Way::SignForgotten),
        ("nothingForEngage", nothing_for_engage(&case.basket)),
        ("taxOnTotalSpread", !case.basket.taxes.is_empty()),
    ];
    for (code, due) in expected {
        // A receipt with a fault is for people to look at: that it says less or more is no harm.
        require(said(code) == due || case.expected.exceeded, || format!("{code}, which isn't {due}"))?;
    }
    let differ = way == Way::PaymentsDiffer;
    require(said("paymentsDiffer") || !differ, || "no word of the payments that differ".to_owned())?;
    require(!said("paymentsDiffer") || differ || way == Way::TotalDiffers || case.expected.exceeded, || {
        "payments that don't differ".to_owned()
    })?;
    require(!said("returnOfUnknownReceipt") || returned, || "a return that isn't one".to_owned())
}

/// The part holds the merchandise, each line with its quantity and its money.
fn part_lines(case: &Case, whole_receipt: &[Figures], part: &SettledPart<'_>) -> Result<(), String> {
    let lines: Vec<_> = part.lines().collect();
    let goods: Vec<usize> =
        (0..case.basket.lines.len()).filter(|&position| is_goods(case.basket.lines[position].kind)).collect();
    require(lines.len() == goods.len(), || format!("{} of {} lines", lines.len(), goods.len()))?;
    for (line, position) in lines.iter().zip(goods) {
        let source = &case.basket.lines[position];
        let kind = if source.kind == Kind::Return { receipt::Kind::Return } else { receipt::Kind::Purchase };
        let (pieces, measured) = match source.quantity {
            Quantity::Pieces(count) => (count, None),
            Quantity::Measure(thousandths, unit) => (1, Some((thousandths, Some(unit)))),
        };
        let measure = line.measure.map(|(amount, unit)| {
            let thousandths = amount * rust_decimal::Decimal::ONE_THOUSAND;
            (i64::try_from(thousandths.normalize().mantissa()).unwrap_or(-1), unit)
        });
        require(line.kind == kind && line.pieces == pieces, || format!("{:?} {}", line.kind, line.pieces))?;
        require(measure.map(|(_, unit)| unit) == measured.map(|(_, unit)| unit), || {
            format!("line {position} has the measure {measure:?}")
        })?;
        if let (Some((amount, _)), Some((thousandths, _))) = (line.measure, measured) {
            let exact = rust_decimal::Decimal::new(thousandths, 3);
            require(amount == exact, || format!("line {position} measures {amount}, not {exact}"))?;
        }
        require(Figures::of(line).is(&whole_receipt[position]), || {
            format!("line {position} has other money in its part")
        })?;
    }
    Ok(())
}

/// The part's total is that of its merchandise: the whole less what is none and less what a voucher took.
fn part_total(case: &Case, lines: &[Figures], part: &SettledPart<'_>) -> Result<(), String> {
    let of = |goods: bool| -> i64 {
        let lines = lines.iter().zip(&case.basket.lines);
        lines
            .filter(|(_, line)| is_goods(line.kind) == goods)
            .map(|(money, line)| signed(line.kind, money.paid))
            .sum()
    };
    let expected = match (case.tender.way, case.tender.total) {
        (Way::TotalDiffers, Some(total)) => total - of(false),
        _ => of(true),
    };
    let total = part.total().minor();
    require(total == expected, || format!("the part's total is {total}, not {expected}"))
}

fn payments(case: &Case, part: &SettledPart<'_>) -> Result<(), String> {
    let rows: Vec<(String, i64)> =
        part.payments().map(|payment| (payment.kind.to_owned(), payment.amount.minor())).collect();
    let plain = case.basket.lines.iter().all(|line| is_goods(line.kind)) && !case.expected.exceeded;
    let tendered = |kind: &str| -> i64 {
        let of_kind = case.tender.payments.iter().filter(|payment| payment.kind == kind);
        of_kind.map(|payment| payment.amount).sum()
    };
    let listed: Vec<(String, i64)> =
        case.tender.payments.iter().map(|payment| (payment.kind.to_owned(), payment.amount)).collect();
    let total = part.total().minor();
    let unsound = || format!("paid as {rows:?}, by a till that says {listed:?}");
    require(!rows.is_empty(), unsound)?;
    require(rows.iter().all(|row| row.0 != "change"), unsound)?;
    if !plain {
        let exact = case.tender.way == Way::Exact && !case.expected.exceeded;
        return require(!exact || rows.len() <= listed.len() && lowered(&rows, &listed, total), unsound);
    }
    match case.tender.way {
        Way::Unsaid => require(rows == [("other".to_owned(), total)], unsound),
        Way::Exact | Way::RoundingBooked => require(rows == listed, unsound),
        Way::Change => {
            let given = case.tender.payments.iter().find(|payment| payment.kind == "change");
            let cash = tendered("cash") - given.map_or(0, |change| change.amount.abs());
            let kept: Vec<&(String, i64)> = rows.iter().filter(|row| row.0 == "cash").collect();
            require(kept.iter().map(|row| row.1).sum::<i64>() == cash && kept.len() <= 1, unsound)?;
            require(
                rows.iter().filter(|row| row.0 == "card").map(|row| row.1).sum::<i64>() == tendered("card"),
                unsound,
            )
        }
        Way::CashRounded => {
            let mut expected = listed.clone();
            expected.push(("rounding".to_owned(), total - listed.iter().map(|row| row.1).sum::<i64>()));
            require(rows == expected, unsound)
        }
        Way::Voucher(_) => {
            let kept: Vec<_> = case.tender.payments.iter().filter(|payment| !payment.is_voucher()).collect();
            let expected: Vec<(String, i64)> =
                kept.iter().map(|payment| (payment.kind.to_owned(), payment.amount)).collect();
            require(rows == expected, unsound)
        }
        Way::SignForgotten => {
            let turned: Vec<(String, i64)> = listed.iter().map(|row| (row.0.clone(), -row.1)).collect();
            require(rows == turned, unsound)
        }
        Way::TotalDiffers | Way::PaymentsDiffer => {
            let balance = total - listed.iter().map(|row| row.1).sum::<i64>();
            let mut expected = listed.clone();
            if balance != 0 {
                expected.push(("other".to_owned(), balance));
            }
            require(rows == expected, unsound)
        }
    }
}

/// Whether the rows are the till's, lowered by what isn't merchandise: the largest first, then the next. Where
/// something was paid back only the sum is compared, which is done elsewhere.
fn lowered(rows: &[(String, i64)], listed: &[(String, i64)], total: i64) -> bool {
    let mut rest = listed.iter().map(|row| row.1).sum::<i64>() - total;
    if rest < 0 || total < 0 || listed.iter().any(|row| row.1 < 0) {
        return true;
    }
    let mut expected: Vec<i64> = listed.iter().map(|row| row.1).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    for amount in &mut expected {
        let taken = rest.min(*amount);
        *amount -= taken;
        rest -= taken;
    }
    let sorted = |amounts: &mut dyn Iterator<Item = i64>| {
        let mut amounts: Vec<i64> = amounts.filter(|&amount| amount != 0).collect();
        amounts.sort_unstable();
        amounts
    };
    sorted(&mut expected.into_iter()) == sorted(&mut rows.iter().map(|row| row.1))
}

/// What holds of whatever goes to Engage.
pub fn laws_of_a_part(part: &SettledPart<'_>) -> Result<(), String> {
    let paid: i64 = part.payments().map(|payment| payment.amount.minor()).sum();
    let total = part.total().minor();
    require(paid == total, || format!("payments of {paid} for {total}"))?;
    require(part.payments().next().is_some(), || "a part without a payment".to_owned())?;
    for line in part.lines() {
        require(line.pieces > 0, || format!("{} pieces", line.pieces))?;
        require(line.paid.minor() >= 0 && line.tax.minor() >= 0, || "a line below zero".to_owned())?;
    }
    let returned = part.lines().all(|line| line.kind == receipt::Kind::Return);
    require(
        part.is_return() == returned || part.lines().any(|line| line.kind == receipt::Kind::Return),
        || "a return without a line that is one".to_owned(),
    )?;
    let back = part.reversed().reversed();
    require(told(&back) == told(part), || "reversed twice isn't the same".to_owned())?;
    negation(part, &part.reversed())
}

/// A void says exactly the opposite.
fn negation(part: &SettledPart<'_>, reversed: &SettledPart<'_>) -> Result<(), String> {
    require(reversed.total().minor() == -part.total().minor(), || "the reversed total".to_owned())?;
    let amounts = |part: &SettledPart<'_>, sign: i64| -> Vec<(String, i64)> {
        part.payments().map(|payment| (payment.kind.to_owned(), sign * payment.amount.minor())).collect()
    };
    require(amounts(reversed, 1) == amounts(part, -1), || "the reversed payments".to_owned())?;
    let turned = |kind: receipt::Kind| match kind {
        receipt::Kind::Purchase => receipt::Kind::Return,
        _ => receipt::Kind::Purchase,
    };
    let (lines, others): (Vec<_>, Vec<_>) = (part.lines().collect(), reversed.lines().collect());
    require(lines.len() == others.len(), || "lines are lost when reversed".to_owned())?;
    for (line, other) in lines.iter().zip(&others) {
        require(other.kind == turned(line.kind) && other.pieces == line.pieces, || {
            "a reversed line".to_owned()
        })?;
        require(Figures::of(line) == Figures::of(other), || "the money of a reversed line".to_owned())?;
    }
    require(tax(reversed) == -tax(part), || format!("tax {} reversed is {}", tax(part), tax(reversed)))
}

/// The tax that a part's rows say: they are positive on a part with only returns.
fn tax(part: &SettledPart<'_>) -> i64 {
    let only_returns = part.lines().all(|line| line.kind == receipt::Kind::Return);
    let sum: i64 = part.taxes().map(|row| row.money.amount.minor()).sum();
    if only_returns { -sum } else { sum }
}

/// All that a part says, for comparing.
fn told(part: &SettledPart<'_>) -> String {
    let lines: Vec<String> =
        part.lines().map(|line| format!("{:?} {:?}", line.kind, Figures::of(&line))).collect();
    let payments: Vec<i64> = part.payments().map(|payment| payment.amount.minor()).collect();
    format!("{:?} {lines:?} {payments:?} {}", part.total(), tax(part))
}
