//! What the shop has decided about offers: its promotions, and what an outage, a return and a small basket mean.

use std::time::Duration;

use pos::money::Currency;
use rust_decimal::Decimal;

/// Everything about offers that configuration decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Offers {
    /// The promotions that the shop knows.
    pub promotions: Vec<Promotion>,
    /// What goes for every voucher.
    pub vouchers: Vouchers,
    /// How long a checkout holds its offers.
    pub hold: Duration,
}

/// A promotion that the shop knows, with the rules that Engage has no field for.
#[derive(Debug, Clone, PartialEq)]
pub struct Promotion {
    /// What tills call it: the code of their own promotion.
    pub code: String,
    /// Its external id in Engage.
    pub external_id: String,
    /// Its id in Engage, where the shop wrote that down; else it is looked up by the external id.
    pub promotion_id: Option<String>,
    /// What to call it.
    pub name: String,
    /// What it gives, where Engage only knows a code for it; `None` leaves that to the till.
    pub gives: Option<Gives>,
    /// Who gives it to those who sign up; `None` where it is no welcome.
    pub welcome: Option<Welcome>,
    /// Whether it may stand beside other offers.
    pub stacks: bool,
    /// What an outage means for it.
    pub outage: Outage,
    /// Whether a customer who brings everything back gets it again.
    pub comes_back: bool,
}

/// What a promotion takes off.
#[derive(Debug, Clone, PartialEq)]
pub enum Gives {
    /// So many percent.
    Percent(Decimal),
    /// An amount, in each currency in which there is one.
    Amounts(Vec<(Currency, Decimal)>),
}

/// Who gives the welcome to those who sign up. Both would give it twice (fact P-54).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Welcome {
    /// Tillbridge, with the enrolment.
    Till,
    /// The tenant's automation; Tillbridge waits for it.
    Automation,
}

/// What becomes of an offer that can't be checked because Engage isn't reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Outage {
    /// It can't be used.
    Refuse,
    /// It is taken as it was last known.
    Honour,
    /// The same, up to so much for each store and day; a currency without an amount is refused.
    HonourUpTo(Vec<(Currency, Decimal)>),
}

/// What goes for every voucher.
#[derive(Debug, Clone, PartialEq)]
pub struct Vouchers {
    /// What an outage means for them.
    pub outage: Outage,
    /// What becomes of one that is worth more than is left to pay.
    pub larger_than_basket: LargerThanBasket,
    /// When a return gives one back.
    pub on_return: OnReturn,
    /// Whether they may stand beside promotions.
    pub stack: bool,
}

/// What becomes of a voucher that is worth more than is left to pay: Engage knows no rest of one (fact P-59).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargerThanBasket {
    /// It pays what there is, and the rest is lost; the cashier is told how much.
    Forfeit,
    /// It can't be used.
    Refuse,
}

/// When a return gives a voucher back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReturn {
    /// When everything that it paid for has come back.
    Whole,
    /// When anything has.
    Any,
    /// Never.
    Never,
}

/// A shop that has decided nothing: offers are used as Engage shows them, and not while it can't be asked.
impl Default for Offers {
    fn default() -> Offers {
        Offers { promotions: Vec::new(), vouchers: Vouchers::default(), hold: Duration::from_secs(600) }
    }
}

impl Default for Vouchers {
    fn default() -> Vouchers {
        Vouchers {
            outage: Outage::Refuse,
            larger_than_basket: LargerThanBasket::Forfeit,
            on_return: OnReturn::Whole,
            stack: true,
        }
    }
}

impl Offers {
    /// The promotion that something goes by: a till's code, its external id or its id in Engage.
    pub fn promotion(&self, named: &str) -> Option<&Promotion> {
        let is = |promotion: &&Promotion| {
            promotion.code == named
                || promotion.external_id == named
                || promotion.promotion_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(named))
        };
        self.promotions.iter().find(is)
    }
}
