//! What to do about what is wrong with a receipt.

/// What to do, by a finding's code. What `pos` says holds what a till should do; this is for whoever has an export.
pub(super) fn of(code: &str) -> String {
    let mend = match code {
        "unknownContact" => {
            "correct the key, or add the contact to the export; rejected contacts count as missing"
        }
        "unknownStore" => {
            "add the store to the stores file, or to known-stores in the mapping if Engage has it"
        }
        "inFuture" => "correct the date; look at the order of day and month in the mapping's date format",
        "createdAtInvalid" => "give the column's date format in the mapping",
        "idInvalid" | "noId" => {
            "make the id of the columns that the till makes it of: store, till, date, number"
        }
        "duplicateId" => "give each receipt an id of its own: add the date or the till to the id's columns",
        "rowsDiffer" => "correct the value, or add what tells the receipts apart to the id's columns",
        "noLines" => "add the receipt's lines, or take it out of the export",
        "noHead" => "add the receipt's row to the file of receipts, or take its lines out",
        "totalDiffers" => {
            "correct the total or the line; a discount or fee may stand in a column that isn't mapped"
        }
        "paidDiffers" | "discountDiffers" => "map line.amount before and line.paid after discounts",
        "noExchangeRate" => "map exchangeRate, or add the currency's rates to the mapping",
        "currencyUnknown" => "write the currency's three letters, or map the export's word for it",
        "taxPercentMissing" => "map line.taxPercent; a constant will do where all goods have one rate",
        "skuMissing" => "map line.sku or line.articleNumber; a constant will do for goods without a number",
        "lineKindUnknown" => "add the value to the table of line.kind in the mapping",
        "quantityMissing" => "map line.quantity; a constant 1 will do where each row is a piece",
        "priceMissing" => "map line.paid, line.amount or line.unitPrice",
        "unsendableCharacter" => "nothing, if the replaced text is good enough; else correct it",
        "returnSign" => "nothing: the sign was set; correct the export if it isn't a return",
        "textTooLong" => "shorten it, if it must not be cut",
        "identifierInvalid" => "correct the key; it must be as in the file of contacts",
        _ => "correct the value, or the rule for it in the mapping",
    };
    mend.to_owned()
}
