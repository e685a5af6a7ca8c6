//! The lines of an export's receipt, as figures, and what a till would have said of them.
//!
//! An export may write a return as a kind, as a negative quantity or as a negative amount; a discount as a column, as a row
//! of its own, or as the difference of two amounts; a cancelled line as a mark or as its opposite. All of them become one
//! form here. What comes to what is then decided by `pos`.

use pos::money::{Amount, Currency};
use pos::spread::spread;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// To how many decimals a price of a piece is worked out, where only the line's amount is known.
const PRICE_DECIMALS: u32 = 6;

/// Something sold, taken back, or charged.
#[derive(Debug, Clone, Default)]
pub(super) struct Goods {
    /// Where it stands among the receipt's rows.
    pub(super) row: usize,
    /// The till's word for what it is.
    pub(super) kind: String,
    /// Whether it was paid back.
    pub(super) back: bool,
    /// Texts, by the till's words for them.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) quantity: Option<Decimal>,
    pub(super) unit_price: Option<Decimal>,
    /// Before discounts, for the whole line.
    pub(super) amount: Option<Decimal>,
    /// After every discount, for the whole line.
    pub(super) paid: Option<Decimal>,
    pub(super) tax_percent: Option<Decimal>,
    pub(super) tax_amount: Option<Decimal>,
    /// The line's own.
    pub(super) discounts: Vec<Reduction>,
    /// The sale that it is a return of.
    pub(super) returns: Option<String>,
}

/// Something taken off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reduction {
    /// Where it stands among the receipt's rows.
    pub(super) row: usize,
    pub(super) amount: Decimal,
    pub(super) name: Option<String>,
    /// The article that the row names, where it names one.
    pub(super) sku: Option<String>,
}

impl Reduction {
    pub(super) fn json(&self) -> Value {
        let mut json = Map::new();
        json.insert("amount".to_owned(), number(self.amount));
        if let Some(name) = &self.name {
            json.insert("description".to_owned(), Value::from(name.as_str()));
        }
        Value::Object(json)
    }
}

/// A decimal with all its digits: as text, which a till may send too.
pub(super) fn number(decimal: Decimal) -> Value {
    Value::String(decimal.to_string())
}

impl Goods {
    fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(word, _)| *word == name).map(|(_, text)| text.as_str())
    }

    /// Whether a row names this article.
    fn is_of(&self, sku: &str) -> bool {
        self.text("sku") == Some(sku) || self.text("articleNumber") == Some(sku)
    }

    /// Makes a sale that was paid back a return, and its figures positive.
    pub(super) fn settle_signs(&mut self) {
        let negative = |figure: &Option<Decimal>| {
            figure.is_some_and(|figure| figure.is_sign_negative() && !figure.is_zero())
        };
        let any = [self.quantity, self.unit_price, self.amount, self.paid].iter().any(negative);
        match self.kind.as_str() {
            "purchase" if any => {
                "return".clone_into(&mut self.kind);
                self.back = true;
            }
            "return" => self.back = true,
            _ => {}
        }
        if self.back {
            let figures = [
                &mut self.quantity,
                &mut self.unit_price,
                &mut self.amount,
                &mut self.paid,
                &mut self.tax_amount,
            ];
            figures.into_iter().for_each(|figure| *figure = figure.map(|figure| figure.abs()));
        }
    }

    /// What it came to before discounts, as far as that is said.
    fn gross(&self) -> Option<Decimal> {
        self.amount.or_else(|| self.unit_price?.checked_mul(self.quantity.unwrap_or(Decimal::ONE)))
    }

    /// The price of a piece, by the line's amount, where a whole number of decimals gives that amount again.
    fn exact_price(&self) -> Option<Decimal> {
        let (amount, quantity) = (self.amount?, self.quantity.filter(|quantity| !quantity.is_zero())?);
        let price = amount.checked_div(quantity)?.round_dp(PRICE_DECIMALS);
        (price.checked_mul(quantity) == Some(amount)).then(|| price.normalize())
    }

    /// What the till says. `shared` is whether the receipt has discounts that fall on several lines: then what was paid is
    /// only known where the export says it.
    pub(super) fn json(&self, shared: bool) -> Value {
        let mut json = Map::new();
        json.insert("kind".to_owned(), Value::from(self.kind.as_str()));
        for (name, text) in &self.texts {
            json.insert((*name).to_owned(), Value::from(text.as_str()));
        }
        let mut discounts = self.discounts.clone();
        let own: Decimal = discounts.iter().map(|discount| discount.amount).sum();
        let mut price = self.unit_price.or_else(|| self.exact_price());
        let mut paid = self.paid;
        match (self.paid, self.amount) {
            (Some(paid), Some(amount)) if discounts.is_empty() && !shared && amount > paid => {
                let name = self.text("discountName").map(str::to_owned);
                discounts.push(Reduction { row: self.row, amount: amount - paid, name, sku: None });
            }
            (None, Some(amount)) if !shared => paid = Some(amount - own),
            (None, Some(amount)) if price.is_none() => {
                let quantity = self.quantity.filter(|quantity| !quantity.is_zero()).unwrap_or(Decimal::ONE);
                price = amount.checked_div(quantity).map(|price| price.round_dp(PRICE_DECIMALS));
            }
            _ => {}
        }
        let figures = [
            ("quantity", self.quantity),
            ("unitPrice", price),
            ("paid", paid),
            ("taxPercent", self.tax_percent),
            ("taxAmount", self.tax_amount),
        ];
        for (name, figure) in figures {
            if let Some(figure) = figure {
                json.insert(name.to_owned(), number(figure));
            }
        }
        json.remove("discountName");
        if !discounts.is_empty() {
            json.insert("discounts".to_owned(), discounts.iter().map(Reduction::json).collect());
        }
        if let Some(sale) = self.returns.as_ref().filter(|_| self.back) {
            json.insert("of".to_owned(), serde_json::json!({ "receipt": sale }));
        }
        Value::Object(json)
    }
}

/// Takes away the line that a cancelled one is the opposite of; false where it is only marked as cancelled itself.
pub(super) fn cancel(goods: &mut Vec<Goods>, cancelled: &Goods) -> bool {
    let is_opposite = [cancelled.quantity, cancelled.amount, cancelled.paid]
        .iter()
        .flatten()
        .any(|figure| figure.is_sign_negative() && !figure.is_zero());
    let Some(sku) = cancelled.text("sku").or(cancelled.text("articleNumber")).filter(|_| is_opposite) else {
        return false;
    };
    let quantity = cancelled.quantity.map(|quantity| quantity.abs());
    let found = goods.iter().rposition(|line| line.is_of(sku) && !line.back && line.quantity == quantity);
    found.map(|position| goods.remove(position)).is_some()
}

/// Puts each discount where it belongs: with the last line before it of the article that it names, else with the receipt,
/// whose discounts are answered. Where everything is taken back a discount is spread over all lines, since a till's fall on
/// what is sold.
pub(super) fn tie(
    goods: &mut [Goods],
    discounts: Vec<Reduction>,
    currency: Option<Currency>,
) -> Vec<Reduction> {
    let mut shared = Vec::new();
    for discount in discounts {
        let line = discount
            .sku
            .as_deref()
            .and_then(|sku| goods.iter_mut().rev().find(|line| line.row < discount.row && line.is_of(sku)));
        match line {
            Some(line) => line.discounts.push(discount),
            None => shared.push(discount),
        }
    }
    let only_back = !goods.is_empty() && goods.iter().all(|line| line.back);
    if let Some(currency) = currency.filter(|_| only_back) {
        shared.retain(|discount| !spread_back(goods, discount, currency));
    }
    shared
}

/// Spreads a discount over what is taken back; false where it can't be.
fn spread_back(goods: &mut [Goods], discount: &Reduction, currency: Currency) -> bool {
    let amount = |figure: Decimal| currency.amount(figure).ok();
    let left = |line: &Goods| {
        let own: Decimal = line.discounts.iter().map(|discount| discount.amount).sum();
        amount(line.gross()? - own)
    };
    let bases: Option<Vec<Amount>> = goods.iter().map(left).collect();
    let shares = bases.zip(amount(discount.amount)).and_then(|(bases, whole)| spread(whole, &bases).ok());
    let Some(shares) = shares else { return false };
    for (line, share) in goods.iter_mut().zip(shares).filter(|(_, share)| !share.is_zero()) {
        line.discounts.push(Reduction { amount: currency.decimal(share), ..discount.clone() });
    }
    true
}

#[cfg(test)]
mod tests {
    use pos::money::Currency;
    use rust_decimal::Decimal;
    use serde_json::{Value, json};

    use super::{Goods, Reduction, cancel, tie};

    fn dec(text: &str) -> Option<Decimal> {
        Some(text.parse().unwrap())
    }

    fn goods(row: usize, sku: &str, quantity: &str, amount: &str) -> Goods {
        let texts = vec![("sku", sku.to_owned())];
        let mut goods = Goods {
            row,
            kind: "purchase".to_owned(),
            texts,
            quantity: dec(quantity),
            amount: dec(amount),
            ..Goods::default()
        };
        goods.settle_signs();
        goods
    }

    fn off(row: usize, amount: &str, sku: Option<&str>) -> Reduction {
        Reduction { row, amount: amount.parse().unwrap(), name: None, sku: sku.map(str::to_owned) }
    }

    #[test]
    fn a_negative_quantity_or_amount_is_a_return_with_positive_figures() {
        for (quantity, amount) in [("-2", "-50.00"), ("2", "-50.00"), ("-2", "50.00")] {
            let line = goods(0, "A", quantity, amount).json(false);
            let expected =
                json!({ "kind": "return", "sku": "A", "quantity": "2", "unitPrice": "25", "paid": "50.00" });
            assert_eq!(line, expected, "{quantity} for {amount}");
        }
    }

    #[test]
    fn what_was_paid_says_what_was_taken_off_where_nothing_else_does() {
        let mut line = goods(0, "A", "3", "100.00");
        line.paid = dec("90.00");
        let json = line.json(false);
        assert_eq!(json.get("discounts"), Some(&json!([{ "amount": "10.00" }])));
        assert_eq!(json.get("unitPrice"), None, "a third of it has no end");
        line.discounts = vec![off(0, "10.00", None)];
        assert_eq!(line.json(false).get("discounts"), Some(&json!([{ "amount": "10.00" }])), "said once");
    }

    #[test]
    fn a_shared_discount_leaves_what_was_paid_open() {
        let line = goods(0, "A", "3", "100.00").json(true);
        assert_eq!((line.get("paid"), line.get("unitPrice")), (None, Some(&json!("33.333333"))));
    }

    #[test]
    fn a_discount_that_names_an_article_is_its_last_lines_before_it() {
        let mut lines =
            vec![goods(0, "A", "1", "10.00"), goods(1, "B", "1", "10.00"), goods(3, "A", "1", "10.00")];
        let shared = tie(&mut lines, vec![off(2, "1.00", Some("A")), off(4, "2.00", None)], None);
        assert_eq!(shared, [off(4, "2.00", None)]);
        let own: Vec<usize> = lines.iter().map(|line| line.discounts.len()).collect();
        assert_eq!(own, [1, 0, 0]);
    }

    #[test]
    fn a_discount_of_what_is_all_taken_back_is_spread_to_the_last_ore() {
        let mut lines = vec![goods(0, "A", "-1", "-10.00"), goods(1, "B", "-1", "-20.00")];
        let shared = tie(&mut lines, vec![off(2, "1.00", None)], Currency::parse("SEK").ok());
        assert_eq!(shared, []);
        let paid: Vec<Value> = lines.iter().map(|line| line.json(false)["paid"].clone()).collect();
        assert_eq!(paid, [json!("9.67"), json!("19.33")]);
    }

    #[test]
    fn a_cancelled_line_takes_its_opposite_with_it() {
        let mut lines = vec![goods(0, "A", "1", "10.00"), goods(1, "A", "2", "20.00")];
        let mut void = goods(2, "A", "1", "10.00");
        assert!(!cancel(&mut lines, &void), "it is only marked");
        void.quantity = dec("-2");
        assert!(cancel(&mut lines, &void));
        assert_eq!(lines.iter().map(|line| line.row).collect::<Vec<_>>(), [0]);
    }
}
