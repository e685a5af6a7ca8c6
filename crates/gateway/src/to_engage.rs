//! Where the two worlds meet: what is frozen here becomes what Engage is told.
//!
//! Made at delivery, not at accept, so that a fault in it is mended by a release. No decision about money is taken
//! here: every amount was frozen before.

use engage::Call;
use engage::call::{self, Find, FindBy, Origin};
use engage::model::{
    Contact, ContactId, ContactType, CreatedDate, Discount, Gender, Item, ItemKind, MatchContact, NameValue,
    NewConsent, NewContact, Page, Payment, Preferences, Receipt, TaxDetail, Text, Transaction,
};
use pos::receipt::{Extra, SettledLine, SettledReceipt, SettledTax};

use crate::delivery::call::EngageCall;
use crate::delivery::plan::{Held, Plan};
use crate::desk::with_store;
use crate::frozen::{FrozenEnrolment, FrozenReceipt, Who};
use crate::settings::{CustomKey, Engage};

/// The look-up that an identifier allows; `None` where the tenant can't be asked by it.
pub fn find_by(who: &Who, engage: &Engage) -> Option<FindBy> {
    match (who, engage.custom_key) {
        (Who::Email(email), _) => Text::new(email.as_str()).map(FindBy::Email),
        (Who::MobilePhone(phone), _) => Text::new(phone.as_str()).map(FindBy::MobilePhone),
        (Who::MemberNumber(value), CustomKey::MemberNumber)
        | (Who::ExternalId(value), CustomKey::ExternalId) => Text::new(value.as_str()).map(FindBy::CustomKey),
        (Who::MemberNumber(_), CustomKey::ExternalId) | (Who::ExternalId(_), CustomKey::MemberNumber) => None,
        (Who::ContactId(_), _) => None,
    }
}

/// A look-up among the contacts of the tenant's type.
pub fn find(by: FindBy, engage: &Engage) -> Call<call::Found> {
    call::find_contact(&Find { by, contact_type: ContactType::new(engage.contact_type.as_str()) })
}

/// The reading of a contact.
pub fn read(id: &ContactId) -> Call<Contact> {
    call::read_contact(id)
}

/// A page of a contact's transactions.
pub fn transactions(id: &ContactId, offset: u32, count: u32) -> Call<Page<Transaction>> {
    call::contact_transactions(id, u64::from(offset), count)
}

/// The change that a delivery makes. The error says why there is none.
pub fn write(held: &Held, engage: &Engage) -> Result<EngageCall, String> {
    match &held.plan {
        Plan::Create(frozen) => {
            let source = Text::new(frozen.source.as_str()).ok_or("[engage] source is empty")?;
            let store_external_id = Text::new(frozen.store.as_str()).ok_or("the enrolment names no store")?;
            let origin = Origin { source, store_external_id };
            Ok(EngageCall::Create(call::create_contact(&new_contact(frozen, engage), &origin)))
        }
        Plan::Register(frozen) => {
            let contact = held.remote_id().ok_or("the contact's id in Engage is not known")?;
            let receipt = receipt(&held.due.key, &held.due.store, &held.due.body, frozen, &contact)?;
            Ok(EngageCall::Register(call::register_receipt(&receipt)))
        }
    }
}

fn new_contact(frozen: &FrozenEnrolment, engage: &Engage) -> NewContact {
    let attribute = |name| frozen.attribute(name).and_then(Text::new);
    let mut contact = NewContact {
        contact_type: ContactType::new(engage.contact_type.as_str()).unwrap_or_default(),
        first_name: attribute("firstName"),
        last_name: attribute("lastName"),
        street: attribute("street"),
        zip_code: attribute("zipCode"),
        city: attribute("city"),
        care_of: attribute("careOf"),
        country: frozen.attribute("country").and_then(country_name).and_then(Text::new),
        country_code: attribute("country"),
        language: attribute("language"),
        birth_day: frozen.attribute("birthDay").and_then(|day| day.parse().ok()),
        gender: frozen.attribute("gender").and_then(gender),
        preferences: Preferences {
            accepts_email: frozen.preferences.email,
            accepts_sms: frozen.preferences.sms,
            accepts_postal: frozen.preferences.postal,
        },
        consents: frozen
            .consents
            .iter()
            .filter_map(|(id, value)| consent(id, *value, &frozen.source))
            .collect(),
        ..NewContact::default()
    };
    for who in &frozen.who {
        match who {
            Who::Email(value) => contact.email = Text::new(value.as_str()),
            Who::MobilePhone(value) => contact.mobile_phone = Text::new(value.as_str()),
            Who::MemberNumber(value) => contact.member_number = Text::new(value.as_str()),
            Who::ExternalId(value) => contact.external_id = Text::new(value.as_str()),
            Who::ContactId(_) => {}
        }
    }
    contact
}

fn consent(id: &str, value: bool, source: &str) -> Option<NewConsent> {
    Some(NewConsent { id: Text::new(id)?, value, source: Text::new(source) })
}

fn gender(word: &str) -> Option<Gender> {
    match word {
        "male" => Some(Gender::Male),
        "female" => Some(Gender::Female),
        "other" => Some(Gender::Other),
        _ => None,
    }
}

/// The English name that goes beside the code (fact C-60), for the countries where Engage's shops are. Elsewhere the
/// code alone goes.
fn country_name(code: &str) -> Option<&'static str> {
    Some(match code {
        "AT" => "Austria",
        "BE" => "Belgium",
        "CH" => "Switzerland",
        "DE" => "Germany",
        "DK" => "Denmark",
        "EE" => "Estonia",
        "ES" => "Spain",
        "FI" => "Finland",
        "FR" => "France",
        "GB" => "United Kingdom",
        "IE" => "Ireland",
        "IS" => "Iceland",
        "IT" => "Italy",
        "LT" => "Lithuania",
        "LV" => "Latvia",
        "NL" => "Netherlands",
        "NO" => "Norway",
        "PL" => "Poland",
        "PT" => "Portugal",
        "SE" => "Sweden",
        "US" => "United States",
        _ => return None,
    })
}

/// A receipt as Engage reads it (fact R-07), always for a contact's id, because one that matches nobody is dropped in
/// silence (fact R-12).
fn receipt(
    key: &str,
    store: &str,
    body: &[u8],
    frozen: &FrozenReceipt,
    contact: &ContactId,
) -> Result<Receipt, String> {
    let settlement =
        frozen.settlement.as_ref().ok_or("the receipt's money could not be decided; correct its content")?;
    let body = serde_json::from_slice(body).map_err(|_| "the kept body is not JSON")?;
    let body = with_store(body, store);
    let reading = pos::receipt::parse(&body);
    let receipt = reading.receipt.ok_or("the receipt has faults; correct its content")?;
    let settled = SettledReceipt::new(&receipt, settlement).map_err(|error| error.to_string())?;
    let carried = [("till", receipt.till), ("operator", receipt.operator)];
    let carried = carried.into_iter().filter_map(|(name, value)| name_value(name, value?));
    Ok(Receipt {
        contact: MatchContact::by_id(contact),
        unique_receipt_id: Text::new(key).ok_or("the receipt's id is blank")?,
        receipt_number: Text::new(receipt.receipt_number).ok_or("the receipt's number is blank")?,
        created_date: CreatedDate {
            instant: settlement.created_at.timestamp(),
            offset: settlement.created_at.offset(),
        },
        store_external_id: Text::new(store).ok_or("the receipt names no store")?,
        currency: Text::new(settlement.currency.code()).ok_or("the receipt has no currency")?,
        exchange_rate_to_group_currency: settlement.rate.map(pos::receipt::Rate::value),
        total_gross_price: settled.decimal(settlement.total),
        tax_details: settled.taxes().map(|tax| tax_detail(&settled, &tax)).collect(),
        payment_methods: settled
            .payments()
            .filter_map(|payment| {
                Some(Payment {
                    kind: Text::new(payment.kind)?,
                    description: payment.description.and_then(Text::new),
                    value: settled.decimal(payment.amount),
                })
            })
            .collect(),
        items: settled
            .lines()
            .map(|line| item(&settled, &line))
            .collect::<Option<_>>()
            .ok_or("a line names no article")?,
        used_bonus_checks: Vec::new(),
        used_promotions: Vec::new(),
        extra_data: carried.chain(receipt.extra_data.iter().filter_map(extra)).collect(),
    })
}

fn item(settled: &SettledReceipt<'_>, line: &SettledLine<'_>) -> Option<Item> {
    let discounts = line.discounts().filter(|(_, amount)| !amount.is_zero());
    Some(Item {
        kind: ItemKind::Purchase,
        quantity: i64::from(line.line.quantity),
        gross_paid_price: settled.decimal(line.paid),
        tax_amount: settled.decimal(line.tax),
        tax_percent: line.line.tax_percent.decimal(),
        sku: Text::new(line.line.sku)?,
        article_number: Text::new(line.line.article_number)?,
        article_name: Text::new(line.line.name)?,
        article_group: line.line.group.and_then(Text::new),
        margin_percent: None,
        // Left out where the till says nothing or yes: the default earns points (fact R-33).
        awards_bonus: line.line.awards_points.filter(|awards| !awards),
        discounts: discounts
            .map(|(discount, amount)| Discount {
                kind: discount.kind.and_then(Text::new),
                description: discount.description.and_then(Text::new),
                // Negative, for the whole line (fact R-37).
                value: -settled.decimal(amount),
            })
            .collect(),
        extra_data: line.line.extra_data.iter().filter_map(extra).collect(),
    })
}

fn tax_detail(settled: &SettledReceipt<'_>, tax: &SettledTax<'_>) -> TaxDetail {
    let (gross, amount) = (settled.decimal(tax.money.gross), settled.decimal(tax.money.amount));
    TaxDetail {
        description: tax.description.and_then(Text::new),
        percent: Some(tax.money.percent.decimal()),
        value: Some(amount),
        total_including_tax: Some(gross),
        total_excluding_tax: Some(gross - amount),
    }
}

fn extra(extra: &Extra<'_>) -> Option<NameValue> {
    name_value(extra.name, extra.value)
}

fn name_value(name: &str, value: &str) -> Option<NameValue> {
    Some(NameValue { name: Text::new(name)?, value: Text::new(value)? })
}
