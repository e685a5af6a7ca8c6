//! What Engage's importers make of files, and bulk calls of contacts (facts M-02 to M-31).

use bytes::Bytes;
use sandbox::{Act, Event, FileDeed, FileImport, FileKind, Identifier, Rule, Settings};
use serde_json::json;

use crate::tenant::{RECEIPT, Tenant, changed, request};

const STORES: &str = "externalId;name;timeZone;type\ns1;One;Europe/Stockholm;RETAIL\n";
const TRANSACTIONS: &str = "matchKey;matchKeyType;contactType;uniqueReceiptId;receiptNumber;createdDate;storeExternalId;\
    currency;exchangeRateToGroupCurrency;totalGrossPrice;type;sku;articleNumber;articleName;quantity;grossPaidPrice;\
    taxAmount;taxPercent;discounts\n";

/// A line of a receipt by file.
fn line(member: &str, receipt: &str, store: &str, sku: &str) -> String {
    format!(
        "{member};memberNumber;Member;{receipt};{receipt};2025-03-14T12:00:00+01:00;{store};SEK;1;200;PURCHASE;{sku};{sku};\
         Sweater;1;100;20;25;\"[{{\"\"type\"\":\"\"SALE\"\",\"\"value\"\":-10}}]\"\n"
    )
}

fn points(key: &str, amount: &str) -> String {
    format!("{key};memberNumber;1;{amount};purchase;2025-03-01T10:00:00Z;;;;Old points;;\n")
}

const POINTS: &str = "Key;KeyType;PointDefinitionId;Amount;TransactionType;TransactionDate;CreatedOn;ValidTo;CreatedBy;Description;\
    Source;ExpireAfterMonthsInactive\n";

/// A tenant whose members are known by their numbers.
fn tenant() -> Tenant {
    Tenant::with(Settings::default().with_member_key(Identifier::MemberNumber))
}

impl Tenant {
    /// Brings a file under its proper name; answers the status.
    fn bring(&mut self, kind: FileKind, sequence: u32, end: &str, text: impl Into<Bytes>) -> u16 {
        let name = format!("20261122150000_{sequence:04}_{}.{end}", kind.word());
        let path = format!("{}/{name}", self.world.settings().import_folders.of(kind));
        self.file(FileDeed::Put { path, whole: true, bytes: text.into() })
    }

    fn file(&mut self, deed: FileDeed) -> u16 {
        self.send(Event::File(deed)).answer().map_or(0, |answer| answer.status)
    }

    /// Brings a file and has it imported.
    fn import_file(&mut self, kind: FileKind, end: &str, text: impl Into<Bytes>) -> FileImport {
        assert_eq!(self.bring(kind, 1, end, text), 204);
        assert_eq!(self.act(Act::StartImport { folder: kind }), 200);
        assert_eq!(self.world.import_files().len(), 0, "a file is gone, whatever came of it");
        self.world.file_imports().next_back().unwrap().clone()
    }

    /// Members 1 and 2, and store s1.
    fn set_up(&mut self) {
        let stores = self.import_file(FileKind::Stores, "csv", STORES);
        let contacts = "memberNumber;email\nm1;ada@example.com\nm2;bo@example.com\n";
        let contacts = self.import_file(FileKind::Contacts, "csv", contacts);
        assert_eq!((stores.made, contacts.made), (1, 2), "{stores:?} {contacts:?}");
    }
}

/// The counted reasons, as text.
fn ignored(import: &FileImport) -> String {
    let each = import.ignored.iter().map(|(because, count)| format!("{because} {count}"));
    each.collect::<Vec<_>>().join(", ")
}

#[test]
fn files_are_picked_up_by_the_clock_and_those_of_stores_and_vouchers_by_hand() {
    let mut tenant = tenant();
    tenant.bring(FileKind::Stores, 1, "csv", STORES);
    tenant.bring(FileKind::Contacts, 1, "csv", "memberNumber\nm1\n");
    tenant.bring(FileKind::Contacts, 2, "csv.part", "memberNumber\nm2\n");
    let due = tenant.world.pick_up_due().unwrap();
    assert_eq!(due.to_string(), "2026-11-22T16:00:00Z");
    tenant.wait(3_599);
    assert_eq!(tenant.world.import_files().len(), 3);
    tenant.wait(1);
    let left: Vec<&str> = tenant.world.import_files().map(sandbox::ImportFile::name).collect();
    assert_eq!(left, ["20261122150000_0002_contacts.csv.part", "20261122150000_0001_stores.csv"]);
    assert_eq!(tenant.world.pick_up_due(), None);
    let rename = |from: &str, to: &str| FileDeed::Rename { from: from.to_owned(), to: to.to_owned() };
    let part = "/integration/contactImport/20261122150000_0002_contacts.csv.part";
    assert_eq!(tenant.file(rename(part, part.trim_end_matches(".part"))), 204);
    assert_eq!(tenant.act(Act::PickUp), 200);
    assert_eq!(tenant.world.contacts().len(), 2);
    assert_eq!(tenant.findings(), []);
    tenant.switch("fileNames", "any");
    tenant.file(FileDeed::Put { path: part.to_owned(), whole: false, bytes: Bytes::from("memberNumber\nm") });
    tenant.act(Act::PickUp);
    assert!(tenant.found(Rule::FileUnfinished), "whoever takes every name takes what is not all there");
}

#[test]
fn of_a_contact_a_bad_field_is_left_out_and_the_rest_is_stored() {
    let settings = Settings { age_min: Some(16), ..Settings::default() };
    let mut tenant = Tenant::with(settings.with_member_key(Identifier::MemberNumber));
    let import = tenant.import_file(
        FileKind::Contacts,
        "csv",
        "memberNumber;email;mobilePhone;birthDay;gender;acceptsEmail;favouriteColour\n\
         m1;ada@example.com;070-123 45 67;1981-12-18;Female;True;red\n\
         m2;no address;+46701234568;19811218;F;Yes;\n\
         ;bo@example.com;;;;;\n\
         m4;;;2015-01-01;;;\n",
    );
    assert_eq!((import.rows, import.made, ignored(&import).as_str()), (4, 2, "noKey 1, tooYoung 1"));
    let dropped: Vec<&str> = import.dropped_fields.keys().map(String::as_str).collect();
    assert_eq!(dropped, ["acceptsEmail", "birthDay", "email", "favouriteColour", "gender"]);
    assert_eq!(import.named[0].row, 3, "rows are named as an editor numbers them");
    let contacts: Vec<_> = tenant.world.contacts().collect();
    assert_eq!(contacts[0].attribute("mobilePhone"), Some("+46701234567"), "of the tenant's region");
    assert!(contacts[0].preferences.accepts_email && contacts[1].attribute("email").is_none());
    assert_eq!(tenant.findings(), [("fileUnknownColumn", "favouriteColour".to_owned())]);
}

#[test]
fn only_the_key_is_compared_so_two_contacts_may_have_one_address() {
    let mut tenant = tenant();
    tenant.set_up();
    let again = "memberNumber;email;city\nm3;ada@example.com;Lund\nm1;;Ystad\n";
    let import = tenant.import_file(FileKind::Contacts, "csv", again);
    assert_eq!((import.made, import.updated, import.shared["email"]), (1, 1, 1));
    assert!(tenant.found(Rule::FileDuplicate));
    let first = tenant.world.contacts().next().unwrap();
    assert_eq!((first.attribute("city"), first.attribute("email")), (Some("Ystad"), Some("ada@example.com")));
    tenant.switch("fileExisting", "skips");
    let skipped = tenant.import_file(FileKind::Contacts, "csv", "memberNumber;city\nm1;Malmö\n");
    assert_eq!(ignored(&skipped), "exists 1");
}

#[test]
fn contacts_come_as_xml_too() {
    let mut tenant = tenant();
    let text = r#"<?xml version="1.0" encoding="utf-8"?><contacts xmlns="http://eClub.Schemas.ImportContact"><new>
        <member source="POS"><memberNumber>m1</memberNumber><firstName>Ada &amp; Bo</firstName></member>
        <member><memberNumber>m2</memberNumber><acceptsSms>true</acceptsSms></member></new></contacts>"#;
    let import = tenant.import_file(FileKind::Contacts, "xml", text);
    assert_eq!((import.made, &import.failed), (2, &None));
    let contacts: Vec<_> = tenant.world.contacts().collect();
    assert_eq!(
        (contacts[0].attribute("firstName"), contacts[0].source.as_deref()),
        (Some("Ada & Bo"), Some("POS"))
    );
    assert!(contacts[1].preferences.accepts_sms);
}

#[test]
fn rows_for_contacts_and_stores_that_nobody_knows_are_ignored_in_silence() {
    let mut tenant = tenant();
    tenant.set_up();
    let rows = [
        line("m1", "r1", "s1", "a"),
        line("m1", "r1", "s1", "b"),
        line("m9", "r2", "s1", "a"),
        line("m1", "r3", "s9", "a"),
        line("m2", "r4", "s1", "a"),
        line("m2", "r4", "s1", "b"),
    ];
    let import =
        tenant.import_file(FileKind::Transactions, "csv", format!("{TRANSACTIONS}{}", rows.concat()));
    assert_eq!((import.rows, import.imported, import.made), (6, 4, 2), "{import:?}");
    assert_eq!(ignored(&import), "unknownContact 1, unknownStore 1");
    assert_eq!(tenant.fates(), ["imported", "imported"]);
    let receipt = &tenant.world.receipts()[0];
    assert_eq!((receipt.lines().len(), receipt.points()), (2, 0.into()), "receipts by file earn nothing");
    assert_eq!(tenant.world.stores().len(), 1, "no store is made, unlike by a live receipt");
}

#[test]
fn a_receipt_that_exists_is_ignored_and_one_that_was_cut_across_files_is_told() {
    let mut tenant = tenant();
    tenant.set_up();
    let whole = [line("m1", "r1", "s1", "a"), line("m1", "r1", "s1", "b")].concat();
    tenant.import_file(FileKind::Transactions, "csv", format!("{TRANSACTIONS}{whole}"));
    let again = tenant.import_file(FileKind::Transactions, "csv", format!("{TRANSACTIONS}{whole}"));
    assert_eq!((ignored(&again).as_str(), tenant.found(Rule::FileReceiptCut)), ("exists 2", false));
    let rest = tenant.import_file(
        FileKind::Transactions,
        "csv",
        format!("{TRANSACTIONS}{}", line("m1", "r1", "s1", "c")),
    );
    assert_eq!((ignored(&rest).as_str(), tenant.found(Rule::FileReceiptCut)), ("receiptCut 1", true));
    assert_eq!(tenant.world.receipts().len(), 1);
}

#[test]
fn a_live_receipt_that_a_file_brought_before_is_ignored_without_a_word_about_its_id() {
    let mut tenant = tenant();
    tenant.set_up();
    tenant.import_file(
        FileKind::Transactions,
        "csv",
        format!("{TRANSACTIONS}{}", line("m1", "r1", "s1", "a")),
    );
    let live = changed(RECEIPT, "/uniqueReceiptId", Some(json!("r1")));
    let contact = json!({ "matchKey": "m1", "matchKeyType": "memberNumber", "contactType": "Member" });
    assert_eq!(tenant.post("/api/v3/receipts", &changed(&live, "/contact", Some(contact))).0, 202);
    tenant.import();
    assert_eq!(tenant.fates(), ["imported", "ignored"]);
    assert!(!tenant.found(Rule::ReceiptIdReused));
}

#[test]
fn a_file_of_many_receipts_calls_for_a_snapshot_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let now = Tenant::new().now;
    let mut book = sandbox::Book::open(folder.path(), 7, Settings::default(), now).unwrap().0;
    assert!(book.snapshot_due().unwrap().is_none());
    let rows: String = (0..20_000).map(|n| line("m1", &format!("r{n}"), "s1", "a")).collect();
    let path = "/integration/transactionImport/20261122150000_0001_transactions.csv".to_owned();
    let put = FileDeed::Put { path, whole: true, bytes: Bytes::from(format!("{TRANSACTIONS}{rows}")) };
    book.apply(Event::File(put), now).unwrap();
    book.apply(Event::Act(Act::PickUp), now).unwrap();
    assert_eq!(book.world().file_imports().next().unwrap().ignored["unknownContact"], 20_000);
    assert!(book.snapshot_due().unwrap().is_some(), "or a restart would read every file again");
}

#[test]
fn a_file_of_several_sorts_of_keys_uses_the_first_for_all() {
    let mut tenant = tenant();
    tenant.set_up();
    let other = line("ada@example.com", "r2", "s1", "a").replace(";memberNumber;", ";email;");
    let text = format!("{TRANSACTIONS}{}{other}", line("m1", "r1", "s1", "a"));
    let import = tenant.import_file(FileKind::Transactions, "csv", text);
    assert_eq!(ignored(&import), "unknownContact 1");
    assert!(tenant.found(Rule::FileMixedKeys) && import.remarks[0].contains("mixes"));
    let mixed = format!(
        "{POINTS}{}{}",
        points("m1", "10"),
        points("m2", "5").replace(";memberNumber;", ";contactId;")
    );
    let import = tenant.import_file(FileKind::Points, "csv", mixed);
    assert_eq!((import.made, import.created), (2, 0), "the second row's key was read as a member number");
}

#[test]
fn receipts_come_as_xml_too_and_earn_where_the_switch_says_so() {
    let settings: Settings =
        serde_json::from_value(json!({ "points": { "factors": { "SEK": 1 } } })).unwrap();
    let mut tenant = Tenant::with(settings.with_member_key(Identifier::MemberNumber));
    tenant.set_up();
    tenant.switch("fileReceiptsEarn", "yes");
    let text = r#"<transactions xmlns="http://voyado.Schemas.ImportReceipts"><transaction>
        <contact><matchKey>m1</matchKey><matchKeyType>memberNumber</matchKeyType><contactType>Member</contactType></contact>
        <uniqueReceiptId>r1</uniqueReceiptId><receiptNumber>1</receiptNumber>
        <createdDate>2025-03-14T12:00:00+01:00</createdDate><storeExternalId>s1</storeExternalId>
        <currency>SEK</currency><totalGrossPrice>90</totalGrossPrice>
        <paymentMethods><paymentMethod><type>card</type><value>90</value>
        <extraData><item name="cardIssuer">Visa</item></extraData></paymentMethod></paymentMethods>
        <items><item><type>PURCHASE</type><sku>a</sku><articleNumber>a</articleNumber><articleName>True</articleName><awardsBonus>true</awardsBonus>
        <quantity>1</quantity><grossPaidPrice>90</grossPaidPrice><taxAmount>18</taxAmount><taxPercent>25</taxPercent>
        <discounts><discount><type>SALE</type><value>-10</value></discount></discounts></item></items>
        </transaction></transactions>"#;
    let import = tenant.import_file(FileKind::Transactions, "xml", text);
    assert_eq!((import.made, import.imported), (1, 1), "{import:?}");
    let receipt = &tenant.world.receipts()[0];
    assert_eq!((receipt.lines().len(), receipt.points()), (1, 90.into()));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn points_for_somebody_unknown_create_a_contact_and_a_file_that_comes_twice_counts_twice() {
    let mut tenant = tenant();
    tenant.set_up();
    let text = format!("{POINTS}{}{}", points("m1", "120.5"), points("m7", "-3"));
    let import = tenant.import_file(FileKind::Points, "csv", text.clone());
    assert_eq!((import.made, import.created, tenant.world.contacts().len()), (2, 1, 3));
    tenant.import_file(FileKind::Points, "csv", text.clone());
    let totals = |tenant: &Tenant| {
        tenant.world.point_accounts().map(|one| one.balance(tenant.now).active).sum::<rust_decimal::Decimal>()
    };
    assert_eq!(
        totals(&tenant),
        rust_decimal::Decimal::from(235),
        "nothing tells a row from one that came before"
    );
    tenant.switch("pointsFileRepeated", "ignored");
    let again = tenant.import_file(FileKind::Points, "csv", text);
    assert_eq!(ignored(&again), "exists 2");
    let by_id = format!("{POINTS}{}", points("6b0d6c1e-5f0b-4b6e-9d39-0c5f0b7f1a11", "1"));
    let unknown = tenant.import_file(FileKind::Points, "csv", by_id.replace(";memberNumber;", ";contactId;"));
    assert_eq!(ignored(&unknown), "unknownContact 1");
}

#[test]
fn vouchers_are_given_by_member_number_used_ones_as_used_and_blank_codes_are_numbered() {
    let mut tenant = tenant();
    tenant.set_up();
    let head = "MemberKey;PromotionName;CreatedOn;ExpiryDate;ValidFrom;RewardVoucherValues;BonusPoints;Value;UniqueCode;Used;UsedBy\n";
    let row = |member: &str, code: &str, used: u8| {
        format!(
            "{member};Bonus;2025-01-19 10:36:57.000;2027-01-19 23:59:59.000;2025-01-19 00:00:00.000;\
             [{{\"Currency\":\"EUR\",\"Amount\":5.00}},{{\"Currency\":\"SEK\",\"Amount\":50}}];100;50;{code};{used};\n"
        )
    };
    let rows =
        [row("m1", "OLD-1", 0), row("m1", "", 1), row("m9", "OLD-2", 0), row("m2", "OLD-1", 0)].concat();
    let import = tenant.import_file(FileKind::Vouchers, "csv", format!("{head}{rows}"));
    assert_eq!((import.made, ignored(&import).as_str()), (2, "exists 1, unknownContact 1"), "{import:?}");
    let vouchers: Vec<_> = tenant.world.vouchers().collect();
    assert_eq!((vouchers[0].number.as_str(), vouchers[0].value.currency.as_str()), ("OLD-1", "SEK"));
    assert!(
        vouchers[0].redeemed.is_none() && vouchers[1].redeemed.is_some() && vouchers[1].number.len() == 13
    );
}

#[test]
fn a_file_that_cannot_be_read_fails_as_a_whole_with_a_line_in_the_log() {
    let mut tenant = tenant();
    for (text, because) in [
        (&b"memberNumber;city\nm1;Malm\xf6\n"[..], "not UTF-8"),
        (b"memberNumber,city\nm1,Lund\n", "not divided by"),
        (b"memberNumber;city\nm1;Lund\nm2;Lund;Skane\n", "line 3"),
        (b"externalId;city\nm1;Lund\n", "no column memberNumber"),
        (b"", "empty"),
    ] {
        let import = tenant.import_file(FileKind::Contacts, "csv", Bytes::from(text));
        assert!(import.failed.as_deref().is_some_and(|told| told.contains(because)), "{because}: {import:?}");
        assert!(tenant.world.log_lines().next_back().unwrap().text.contains(because));
    }
    assert_eq!(tenant.world.contacts().len(), 0);
}

#[test]
fn a_long_file_is_imported_all_the_same_and_told() {
    let mut tenant = tenant();
    let rows: String = (0..20_001).map(|n| format!("m{n}\n")).collect();
    let import = tenant.import_file(FileKind::Contacts, "csv", format!("memberNumber\n{rows}"));
    assert_eq!((import.made, tenant.found(Rule::FileTooLong)), (20_001, true));
}

#[test]
fn files_and_batches_are_the_same_after_a_replay() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::default().with_member_key(Identifier::MemberNumber);
    let now = Tenant::new().now;
    let open = || sandbox::Book::open(folder.path(), 7, settings.clone(), now).unwrap().0;
    let mut book = open();
    let path = "/integration/contactImport/20261122150000_0001_contacts.csv".to_owned();
    for bytes in [&b"memberNumber\nm1\n"[..], b"memberNumber;city\nm1;Malm\xf6\n"] {
        let put = FileDeed::Put { path: path.clone(), whole: true, bytes: Bytes::from(bytes) };
        book.apply(Event::File(put), now).unwrap();
        book.apply(Event::Act(Act::PickUp), now).unwrap();
    }
    let waiting = FileDeed::Put { path, whole: true, bytes: Bytes::from(&b"memberNumber\nm2\n"[..]) };
    book.apply(Event::File(waiting), now).unwrap();
    let bulk = request("POST", "/api/v3/contacts/bulk?contactType=Member", r#"[{"memberNumber":"m5"}]"#);
    book.apply(Event::Request(bulk), now).unwrap();
    let shown = |book: &sandbox::Book| {
        let world = book.world();
        let (files, imports) = (world.import_files().cloned(), world.file_imports().cloned());
        (crate::tenant::shown(world), files.collect::<Vec<_>>(), imports.collect::<Vec<_>>())
    };
    let before = shown(&book);
    drop(book);
    let mut replayed = open();
    assert_eq!(shown(&replayed), before);
    replayed.snapshot().unwrap().write().unwrap();
    drop(replayed);
    let mut loaded = open();
    assert_eq!(shown(&loaded), before);
    loaded.apply(Event::Act(Act::Advance { seconds: 3_600 }), now).unwrap();
    assert_eq!(loaded.world().contacts().len(), 3, "the file and the batch were worked off");
}

#[test]
fn contacts_are_created_and_changed_in_bulk_each_by_itself() {
    let mut tenant = tenant();
    let bulk = "/api/v3/contacts/bulk?contactType=Member";
    let body = json!([
        { "memberNumber": "m1", "email": "ada@example.com", "acceptsEmail": true },
        { "memberNumber": "m1" },
        { "email": "bo@example.com" },
        { "memberNumber": "m2", "mobilePhone": "1" },
    ]);
    let (status, id) = tenant.post(bulk, &body.to_string());
    assert_eq!(status, 202, "{id}");
    let asked = format!("/api/v2/contacts/bulk/status?batchId={}", id.as_str().unwrap());
    assert_eq!(tenant.get(&asked).1["status"], "Processing");
    tenant.wait(2);
    let ended = tenant.get(&asked).1;
    assert_eq!(
        (&ended["status"], &ended["created"], &ended["failed"]),
        (&json!("Completed"), &json!(1), &json!(3))
    );
    let codes: Vec<_> =
        ended["errors"].as_array().unwrap().iter().map(|one| (&one["index"], &one["errorCode"])).collect();
    let invalid = json!("ValidationError");
    let taken = json!("ApprovedContactWithKeyExists");
    assert_eq!(codes, [(&json!(1), &taken), (&json!(2), &invalid), (&json!(3), &invalid)]);
    assert!(tenant.world.contacts().next().unwrap().preferences.accepts_email);

    let body = json!([{ "memberNumber": "m1", "email": "" }, { "memberNumber": "m9" }]).to_string();
    let id = tenant.call("PATCH", bulk, &body).1;
    tenant.wait(2);
    let ended = tenant.get(&format!("/api/v2/contacts/bulk/status?batchId={}", id.as_str().unwrap())).1;
    assert_eq!((&ended["updated"], &ended["errors"][0]["errorCode"]), (&json!(1), &json!("ContactNotFound")));
    let first = tenant.world.contacts().next().unwrap();
    assert_eq!(first.attribute("email"), None, "an empty value overwrites");
    assert!(tenant.found(Rule::EmptyInUpdate));

    let many: Vec<_> = (0..4_001).map(|n| json!({ "memberNumber": format!("b{n}") })).collect();
    assert_eq!(tenant.post(bulk, &json!(many).to_string()).0, 400);
    assert_eq!(tenant.post("/api/v3/contacts/bulk?contactType=Nobody", "[{}]").0, 422);
    assert_eq!(tenant.get("/api/v2/contacts/bulk/status?batchId=none").0, 404);
}
