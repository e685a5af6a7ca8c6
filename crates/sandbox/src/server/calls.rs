//! The sandbox's own calls, as they are listed for whoever wants to know them.

use serde::Serialize;

/// A call under `/_sandbox`.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) method: &'static str,
    /// The path below `/_sandbox`.
    pub(super) path: &'static str,
    /// What its body may look like.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) body: &'static str,
    /// What it does.
    pub(super) about: &'static str,
}

const fn get(path: &'static str, about: &'static str) -> Listed {
    Listed { method: "GET", path, body: "", about }
}

const fn call(method: &'static str, path: &'static str, body: &'static str, about: &'static str) -> Listed {
    Listed { method, path, body, about }
}

/// Every call there is. Lists take `offset` and `count`.
pub(super) const CALLS: &[Listed] = &[
    get("calls", "this list"),
    get("status", "clock, counts, faults, settings, journal"),
    call(
        "POST",
        "clock",
        r#""freeze", "resume" or {"advanceSeconds":900}"#,
        "freezes, resumes, moves the clock",
    ),
    get("faults", "the faults that are set"),
    call("PUT", "faults", r#"[{"kind":"cutBefore"}]"#, "replaces all faults"),
    call(
        "POST",
        "faults",
        r#"{"on":{"method":"POST","path":"/api/v3/receipts"},"times":1,"kind":{"status":{"code":503}}}"#,
        "adds a fault; other kinds: {\"delay\":{\"ms\":9}}, {\"drip\":{\"ms\":9}}, \"cutBefore\", \"cutAfter\", {\"statusAfter\":{\"code\":504}}; over SFTP the methods are SFTP-CONNECT, SFTP-LOGIN, SFTP-LIST, SFTP-OPEN, SFTP-WRITE, SFTP-RENAME, SFTP-REMOVE or SFTP-*, on the path of a file or folder, and SFTP-CONNECT has the kind \"otherHostKey\" too",
    ),
    call("DELETE", "faults", "", "takes all faults away"),
    call("DELETE", "faults/{id}", "", "takes one fault away"),
    get("switches", "what nobody knows about Engage, with values and facts"),
    call("PUT", "switches", r#"{"idAnswer":"object"}"#, "sets some switches"),
    get("contacts", "all contacts, deleted ones too"),
    call(
        "POST",
        "contacts",
        r#"{"contactType":"Member","fields":{"email":"ada.lind@example.com"}}"#,
        "creates a contact",
    ),
    get("contacts/{id}", "one contact with all that it has, and what was changed about it"),
    call(
        "PATCH",
        "contacts/{id}",
        r#"{"street":"Nygatan 9","bonusBasedLevel":"silver","bonusBasedLevelLeftForUpgrade":750}"#,
        "changes a contact as a person does, its level too",
    ),
    call("DELETE", "contacts/{id}", "", "deletes a contact"),
    call("POST", "contacts/{id}/restore", "", "undoes a deletion within seven days"),
    call(
        "POST",
        "contacts/{id}/points",
        r#"{"amount":100,"validFrom":"2026-12-01T00:00:00Z","validTo":"2027-12-01T00:00:00Z","description":"Welcome"}"#,
        "gives points, or takes them; only the amount must be there",
    ),
    call(
        "POST",
        "contacts/{id}/vouchers",
        r#"{"amount":100,"currency":"SEK","localValues":[{"amount":10.0,"currency":"EUR"}],"expires":"2027-06-30","name":"Q1 bonus","points":1000}"#,
        "gives a voucher; only the amount must be there",
    ),
    call("POST", "contacts/{id}/promotions", r#"{"promotion":"{promotionId}"}"#, "gives a promotion"),
    get("point-accounts", "the point accounts that were booked on, with their transactions"),
    get("vouchers", "all vouchers"),
    call("POST", "vouchers/{id}/redeem", "", "marks a voucher as used elsewhere"),
    call("POST", "vouchers/{id}/reactivate", "", "gives a used voucher back"),
    get("promotions", "all promotions, with how they are by now"),
    call(
        "POST",
        "promotions",
        r#"{"name":"Welcome 10%","externalId":"WELCOME10","validity":{"startDate":"2026-01-15","assignedValidity":{"unit":"Days","amount":30}},"presentation":{"heading":"10% on your first visit"},"redemptionChannels":[{"type":"POS","valueType":"EXTERNALOFFER","value":"WELCOME10","instruction":"Press Promo"}]}"#,
        "defines a promotion that can be given at once, in the words of Engage's API; \"status\":\"Draft\" makes a draft",
    ),
    call("POST", "promotions/{id}/activate", "", "activates a draft, which no call of Engage's can"),
    call("POST", "promotions/{id}/end", "", "ends a promotion; what was given stays"),
    get("assignments", "the promotions that were given"),
    call("POST", "assignments/{id}/redeem", r#"{"channel":"ECOM"}"#, "marks a promotion as used elsewhere"),
    call("DELETE", "assignments/{id}", "", "takes a promotion away"),
    get(
        "effects/offers",
        "what was done with promotions and vouchers of contacts, by whom; id, contact and kind choose some",
    ),
    get(
        "receipts",
        "all receipts: body, fate, and of each line amounts, points and what it was matched with; uniqueReceiptId and state choose some",
    ),
    call(
        "PUT",
        "point-rules",
        r#"{"factors":{"SEK":1,"EUR":10},"pendingDays":0,"expires":{"rolling":24},"extra":[{"name":"Double on sweaters","from":"2026-12-01","to":"2026-12-24","articles":["3001"],"gives":{"factor":2}}]}"#,
        "what receipts earn from now on: nothing in a currency without a factor; expires: \"never\", or rolling (months), calendarYear (years more), inactive (months); an extra gives a factor or perArticle",
    ),
    call(
        "PUT",
        "payout-rules",
        r#"{"pays":{"steps":[{"points":200,"amount":20,"localValues":[{"amount":2,"currency":"EUR"}]}]},"minimum":200,"vouchersMax":5,"validDays":90,"name":"Bonus","everyHours":24}"#,
        "how points become vouchers; or {\"pays\":{\"all\":{\"amount\":0.1}}}, or null; only what it pays must be there",
    ),
    call(
        "POST",
        "payouts",
        r#"{"contact":"{contactId}"}"#,
        "pays points out now, everybody's without a body",
    ),
    call(
        "PUT",
        "levels",
        r#"{"by":"points","windowMonths":12,"levels":[{"name":"silver","from":1000},{"name":"gold","from":5000}],"everyHours":24}"#,
        "how levels are reached: by points or spend; or null, then a person writes them",
    ),
    call(
        "PUT",
        "automations",
        r#"{"welcome":{"promotion":"WELCOME10","delaySeconds":60,"sources":["POS"]},"orderMails":[{"action":"DigitalReceipt","template":"DigitalReceipt","subject":"{shop}: {orderId}"}],"mailFrom":{"name":"Nordan","address":"receipts@nordan.example"}}"#,
        "what a new member is given some time later, of which only the promotion must be there; which mail an order's action calls for, and from whom. {} is the digital receipt only, \"orderMails\":[] no mail",
    ),
    get("mails", "the mails that automations sent; to and orderId choose some"),
    get("mails/{id}", "one mail by its number; below it /html, /text and /code.png"),
    call("PUT", "custom-triggers", r#"["forgotPassword"]"#, "the custom triggers that there are"),
    call(
        "PUT",
        "articles",
        r#"["3001-BLK-M","2002"]"#,
        "the article register, by SKU; or null, then there is none",
    ),
    call(
        "PUT",
        "order-statuses",
        r#"{"order":["DigitalReceipt"],"payment":["Paid"]}"#,
        "the statuses that orders of version 2 may have",
    ),
    get("orders", "the orders that are stored; orderId and contact choose some"),
    get("orders/{orderId}", "one order, with its jobs and what was done with it"),
    get("order-jobs", "the jobs of orders, and how far each is; orderId chooses some"),
    get(
        "effects/orders",
        "what was done with orders: stored, replaced, deleted, actionTriggered; orderId, kind and action choose some",
    ),
    call("POST", "import", "", "imports what waits now"),
    get("folders", "the files that wait in the import folders"),
    get("imports", "what came of the last files that were imported"),
    call("POST", "imports/pick-up", "", "picks up the files of contacts, transactions and points now"),
    call(
        "POST",
        "imports/{stores|contacts|transactions|points|vouchers}/start",
        "",
        "imports the files of one folder, as Voyado does by hand",
    ),
    get("totals", "contacts, receipts by store, month and currency, points, vouchers: counted"),
    get("stores", "all stores"),
    get("log", "the integration log"),
    get("findings", "what requests did against the guide"),
    get("requests", "the last requests"),
    get("creations", "how often contacts were asked for and made, by key; atLeast leaves the others out"),
    get("fields", "the fields that bodies may have, with their facts"),
    get("journal", "lines of the journal"),
    call("POST", "snapshot", "", "writes a snapshot"),
    call("POST", "fork", r#"{"name":"before-the-demo"}"#, "keeps a copy of the journal"),
    call("POST", "rewind", r#"{"to":120}"#, "goes back to the first so many events and stops the clock"),
    call("POST", "reset", "", "empties the world"),
];
