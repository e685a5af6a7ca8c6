//! The tables of receipts.

use super::{Field, Kind, may, must};
use crate::switches::OfferLists;

/// A receipt in the words of version 2.
pub(crate) const RECEIPT: &[Field] = &receipt([
    may("usedBonusChecks", Kind::Rows(USED_VOUCHER), "R-39"),
    may("usedPromotions", Kind::Rows(USED_PROMOTION), "R-39"),
]);

/// A receipt whose lists of used offers are called otherwise (fact R-63).
pub(crate) const RECEIPT_RENAMED: &[Field] = &receipt([
    may("usedRewardVouchers", Kind::Rows(&[must("voucherNumber", Kind::Text, "R-63")]), "R-63"),
    may("usedPromotionAssignments", Kind::Rows(&[must("promotionId", Kind::Text, "R-63")]), "R-63"),
]);

/// Where a receipt names vouchers and promotions: the lists, and the members of their rows.
pub(crate) fn offer_lists(lists: OfferLists) -> ((&'static str, &'static str), (&'static str, &'static str)) {
    match lists {
        OfferLists::V2 => (("usedBonusChecks", "checkNumber"), ("usedPromotions", "promotionId")),
        OfferLists::Renamed => {
            (("usedRewardVouchers", "voucherNumber"), ("usedPromotionAssignments", "promotionId"))
        }
    }
}

const fn receipt([vouchers, promotions]: [Field; 2]) -> [Field; 14] {
    [
        must("contact", Kind::Object(RECEIPT_CONTACT), "R-07"),
        must("uniqueReceiptId", Kind::Text, "R-07"),
        must("receiptNumber", Kind::Text, "R-07"),
        must("createdDate", Kind::Instant, "R-09"),
        must("storeExternalId", Kind::Text, "R-07"),
        must("currency", Kind::Text, "R-18"),
        may("exchangeRateToGroupCurrency", Kind::Decimal, "R-47"),
        must("totalGrossPrice", Kind::Decimal, "R-19"),
        may("taxDetails", Kind::Rows(TAX_DETAIL), "R-27"),
        must("paymentMethods", Kind::Rows(PAYMENT), "R-07"),
        must("items", Kind::Rows(ITEM), "R-07"),
        vouchers,
        promotions,
        may("extraData", Kind::Rows(NAME_VALUE), "R-34"),
    ]
}

const RECEIPT_CONTACT: &[Field] = &[
    must("matchKey", Kind::Text, "R-07"),
    must("matchKeyType", Kind::Word(MATCH_KEY_TYPES), "R-10"),
    may("contactType", Kind::Text, "R-11"),
];

const MATCH_KEY_TYPES: &[&str] =
    &["contactId", "email", "mobilePhone", "memberNumber", "externalId", "socialSecurityNumber"];

const TAX_DETAIL: &[Field] = &[
    may("description", Kind::Text, "R-27"),
    may("value", Kind::Decimal, "R-27"),
    may("percent", Kind::Decimal, "R-27"),
    may("totalIncludingTax", Kind::Decimal, "R-27"),
    may("totalExcludingTax", Kind::Decimal, "R-27"),
];

const PAYMENT: &[Field] = &[
    must("type", Kind::Text, "R-29"),
    must("value", Kind::Decimal, "R-29"),
    may("description", Kind::Text, "R-29"),
    may("extraData", Kind::Rows(NAME_VALUE), "R-34"),
];

const ITEM: &[Field] = &[
    must("type", Kind::Word(&["PURCHASE", "RETURN", "ADJUSTMENT"]), "R-20"),
    must("sku", Kind::Text, "R-21"),
    must("articleNumber", Kind::Text, "R-21"),
    must("articleName", Kind::Text, "R-21"),
    may("articleGroup", Kind::Text, "R-21"),
    must("quantity", Kind::Whole, "R-23"),
    may("packQuantity", Kind::Decimal, "R-21"),
    must("grossPaidPrice", Kind::Decimal, "R-24"),
    must("taxAmount", Kind::Decimal, "R-26"),
    must("taxPercent", Kind::Decimal, "R-26"),
    may("marginPercent", Kind::Decimal, "R-21"),
    may("awardsBonus", Kind::Flag, "R-33"),
    may("discounts", Kind::Rows(DISCOUNT), "R-36"),
    may("extraData", Kind::Rows(NAME_VALUE), "R-34"),
];

pub(super) const DISCOUNT: &[Field] = &[
    must("value", Kind::Decimal, "R-37"),
    may("type", Kind::Text, "R-36"),
    may("description", Kind::Text, "R-36"),
];

pub(super) const USED_VOUCHER: &[Field] = &[must("checkNumber", Kind::Text, "R-39")];
const USED_PROMOTION: &[Field] =
    &[may("promotionId", Kind::Text, "R-39"), may("couponId", Kind::Text, "R-39")];
const NAME_VALUE: &[Field] = &[must("name", Kind::Text, "R-34"), may("value", Kind::Text, "R-34")];
