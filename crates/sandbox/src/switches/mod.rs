//! What nobody knows about Engage, as switches: each has a name, its values, a default, and the fact that leaves it
//! open. A test of a client runs its main walk under each value of each.

mod files;
mod loyalty;
mod offers;
mod orders;
mod receipts;
mod specs;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use files::*;
pub use loyalty::*;
pub use offers::*;
pub use orders::*;
pub use receipts::*;
pub use specs::{SPECS, Spec, Values};
pub use words::*;

/// The setting of every switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Switches {
    /// How a receipt that is taken is answered.
    pub receipt_answer: ReceiptAnswer,
    /// How a creation is answered.
    pub create_answer: CreateAnswer,
    /// How a creation whose key exists is answered.
    pub duplicate_key: DuplicateKey,
    /// How preferences are spelt in an answered contact.
    pub preferences_spelling: PreferencesSpelling,
    /// What a GET without a content type gets.
    pub content_type_on_get: ContentTypeOnGet,
    /// Whether a receipt of zero may have no payment row.
    pub empty_payment_methods: Tolerance,
    /// How a found contact's id is written.
    pub id_answer: IdAnswer,
    /// What a malformed identifier in a creation or an update gets.
    pub bad_identifier_on_create: BadIdentifier,
    /// What a store that does not exist means in a creation.
    pub unknown_store_on_create: UnknownStore,
    /// What becomes of a receipt whose contact does not exist.
    pub unmatched_contact: UnmatchedContact,
    /// What becomes of a receipt in a currency without a rate.
    pub unknown_currency: UnknownCurrency,
    /// Whether a receipt's signs, discounts and taxes are checked when it arrives.
    pub receipt_validation: Validation,
    /// Whether the taxes of a receipt's lines must add up to its tax rows.
    pub receipt_tax_sum: Validation,
    /// Whether a receipt's lines must add up to its total.
    pub receipt_line_sum: Validation,
    /// Whether a receipt's payments must add up to its total.
    pub receipt_payment_sum: Validation,
    /// How a receipt names the lists of offers that were used.
    pub offer_lists: OfferLists,
    /// Whether an offer that a receipt names is used by its import.
    pub receipts_redeem: ReceiptsRedeem,
    /// Whether a transaction that is read has its lines.
    pub line_items: LineItems,
    /// What the net sums of a transaction that is read are.
    pub net_sums: NetSums,
    /// Which price points are earned by.
    pub points_from: PointsFrom,
    /// How points are rounded.
    pub points_rounding: PointsRounding,
    /// Who earns points.
    pub points_earned_by: EarnedBy,
    /// Which purchase a return is matched with first.
    pub return_matching: ReturnMatching,
    /// By what a return counts as a part of a purchase.
    pub return_measure: ReturnMeasure,
    /// What a return takes that is matched with no purchase.
    pub unmatched_return: UnmatchedReturn,
    /// Whether a return may take more points than there are.
    pub point_debt: PointDebt,
    /// Whether the case of an e-mail address matters when contacts are compared.
    pub email_case: EmailCase,
    /// How several parameters of one look-up combine.
    pub several_parameters: SeveralParameters,
    /// What a look-up without a contact type searches.
    pub untyped_lookup: UntypedLookup,
    /// Whether a look-up finds unapproved contacts.
    pub unapproved_in_lookup: UnapprovedInLookup,
    /// What a creation does whose key an unapproved contact has.
    pub unapproved_holder: UnapprovedHolder,
    /// Whether contacts of two types may have one key.
    pub key_across_types: KeyAcrossTypes,
    /// What an update or a change of type gets that would give a contact the key of another.
    pub key_clash: KeyClash,
    /// What a preference is that a creation does not name.
    pub preferences_default: PreferencesDefault,
    /// What becomes of the preferences that an update with others does not name.
    pub absent_preferences: AbsentPreferences,
    /// How an update is answered.
    pub update_answer: UpdateAnswer,
    /// What a contact type in an update gets.
    pub contact_type_in_update: ContactTypeInUpdate,
    /// What an update gets that empties the key or a mandatory field.
    pub mandatory_emptied: MandatoryEmptied,
    /// What a change of type gets whose mandatory data is missing.
    pub type_change_missing: TypeChangeMissing,
    /// Whether the values of gender, language, country code and birthday, and the length of texts, are checked.
    pub attribute_validation: Validation,
    /// Whether a validation error names its field in a member of its own.
    pub error_field: ErrorField,
    /// How attributes that are not set are answered.
    pub unset_attributes: UnsetAttributes,
    /// Where the level is answered.
    pub level_in: LevelIn,
    /// Whether the tenant has the change feed.
    pub changes_feed: ChangesFeed,
    /// Which zone the change feed's times are in.
    pub changes_zone: ChangesZone,
    /// How point accounts are listed.
    pub point_accounts_shape: ListShape,
    /// When a contact gets its point account.
    pub point_account_made: PointAccountMade,
    /// How vouchers are listed.
    pub vouchers_shape: ListShape,
    /// Which members a list's vouchers have.
    pub voucher_members: VoucherMembers,
    /// Where a contact's promotions are listed.
    pub promotions_at: PromotionsAt,
    /// Whether promotions that were used are listed.
    pub redeemed_listed: Listed,
    /// Whether promotions whose first day lies ahead are listed.
    pub scheduled_listed: Listed,
    /// Which channels a promotion has in a list for one channel.
    pub channels_shown: ChannelsShown,
    /// Where point transactions are.
    pub point_transactions_at: PointTransactionsAt,
    /// How a list of point transactions names its rows.
    pub transaction_items: TransactionItems,
    /// What becomes of a point transaction whose id was booked already.
    pub repeated_transaction: RepeatedTransaction,
    /// Where custom triggers are.
    pub triggers_at: TriggersAt,
    /// How a custom trigger is answered.
    pub trigger_answer: TriggerAnswer,
    /// Whether a contact that becomes a member later starts the automation for new contacts.
    pub new_contact_trigger: NewContactTrigger,
    /// What the lists of points, vouchers and promotions answer for an unknown contact.
    pub lists_of_unknown_contact: UnknownContact,
    /// How an assignment is answered.
    pub assign_answer: AssignAnswer,
    /// What an assignment gets of a promotion that the contact has already.
    pub duplicate_assign: DuplicateAssign,
    /// What an assignment of a draft gets.
    pub draft_assign: Unassignable,
    /// What an assignment of an ended promotion gets.
    pub ended_assign: Unassignable,
    /// Whether an assignment may name its promotion by the external id.
    pub external_id_on_assign: ExternalIdOnAssign,
    /// How a redemption or reactivation is answered.
    pub offer_answer: OfferAnswer,
    /// The status of a reactivation that cannot be.
    pub reactivation_conflict: ReactivationConflict,
    /// The status of a change or deletion of a promotion that cannot be.
    pub locked_promotion: LockedPromotion,
    /// Whether two promotions may have one external id.
    pub duplicate_external_id: DuplicateExternalId,
    /// How a change of an order is accepted.
    pub order_answer: OrderAnswer,
    /// Where the link to its job stands.
    pub order_job_link: OrderJobLink,
    /// What becomes of the jobs that are accepted from now on.
    pub order_jobs: OrderJobs,
    /// The status of a job that is not done.
    pub order_job_pending: OrderJobPending,
    /// The status of a job that failed.
    pub order_job_failed: OrderJobFailed,
    /// Where an order that is read has its tag.
    pub order_version_tag: OrderVersionTag,
    /// What a creation gets of an order that is there.
    pub order_post_existing: OrderPostExisting,
    /// What a replacement gets of an order that is not there.
    pub order_put_missing: OrderPutMissing,
    /// What becomes of an order whose contact does not exist.
    pub order_unknown_contact: OrderUnknownContact,
    /// Whether the taxes of an order of version 2 must add up.
    pub order_v2_tax_sum: Validation,
    /// Whether the items and fees of an order of version 2 must add up.
    pub order_v2_total_sum: Validation,
    /// Whether the payments of an order of version 2 must add up.
    pub order_v2_payment_sum: Validation,
    /// Which files the job takes, by their names.
    pub file_names: FileNames,
    /// What a file does with a contact whose key exists.
    pub file_existing: FileExisting,
    /// Whether receipts that come by file earn points.
    pub file_receipts_earn: FileReceiptsEarn,
    /// What becomes of a row of points that was imported before.
    pub points_file_repeated: PointsFileRepeated,
    /// The status of a bulk call that was taken.
    pub bulk_answer: BulkAnswer,
    /// How often files are picked up; 0 is at once.
    pub file_import_interval_seconds: u32,
    /// How long a bulk call's work takes; 0 is done at once.
    pub bulk_seconds: u32,
    /// How long a change of an order takes.
    pub order_job_seconds: u32,
    /// For how long look-ups and reads do not see a new contact.
    pub visibility_delay_seconds: u32,
    /// How often receipts are imported; 0 is at once.
    pub import_interval_seconds: u32,
    /// How many requests of one key are taken in any second.
    pub rate_limit_per_second: u32,
    /// The `Retry-After` of a 429; 0 leaves it out.
    pub retry_after_seconds: u32,
    /// For how long an overview that was answered is answered again.
    pub overview_cache_seconds: u32,
    /// How many ids the change feed answers at most.
    pub changes_cap: u32,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            receipt_answer: ReceiptAnswer::Accepted,
            create_answer: CreateAnswer::Created,
            duplicate_key: DuplicateKey::Conflict409,
            preferences_spelling: PreferencesSpelling::Documented,
            content_type_on_get: ContentTypeOnGet::Tolerated,
            empty_payment_methods: Tolerance::Refused,
            id_answer: IdAnswer::String,
            bad_identifier_on_create: BadIdentifier::Unprocessable,
            unknown_store_on_create: UnknownStore::Accepted,
            unmatched_contact: UnmatchedContact::Dropped,
            unknown_currency: UnknownCurrency::Dropped,
            receipt_validation: Validation::Lenient,
            receipt_tax_sum: Validation::Lenient,
            receipt_line_sum: Validation::Lenient,
            receipt_payment_sum: Validation::Lenient,
            offer_lists: OfferLists::V2,
            receipts_redeem: ReceiptsRedeem::No,
            line_items: LineItems::Listed,
            net_sums: NetSums::WithTax,
            points_from: PointsFrom::LocalPrice,
            points_rounding: PointsRounding::Exact,
            points_earned_by: EarnedBy::Members,
            return_matching: ReturnMatching::NewestFirst,
            return_measure: ReturnMeasure::Paid,
            unmatched_return: UnmatchedReturn::Formula,
            point_debt: PointDebt::Allowed,
            email_case: EmailCase::Ignored,
            several_parameters: SeveralParameters::AllMatch,
            untyped_lookup: UntypedLookup::AnyType,
            unapproved_in_lookup: UnapprovedInLookup::Found,
            unapproved_holder: UnapprovedHolder::ApprovesExisting,
            key_across_types: KeyAcrossTypes::Allowed,
            key_clash: KeyClash::Conflict,
            preferences_default: PreferencesDefault::False,
            absent_preferences: AbsentPreferences::LeftAlone,
            update_answer: UpdateAnswer::Contact,
            contact_type_in_update: ContactTypeInUpdate::Ignored,
            mandatory_emptied: MandatoryEmptied::Refused422,
            type_change_missing: TypeChangeMissing::Unprocessable,
            attribute_validation: Validation::Lenient,
            error_field: ErrorField::Absent,
            unset_attributes: UnsetAttributes::Absent,
            level_in: LevelIn::ContactAndOverview,
            changes_feed: ChangesFeed::On,
            changes_zone: ChangesZone::Utc,
            point_accounts_shape: ListShape::BareArray,
            point_account_made: PointAccountMade::WithMember,
            vouchers_shape: ListShape::Page,
            voucher_members: VoucherMembers::All,
            promotions_at: PromotionsAt::Both,
            redeemed_listed: Listed::No,
            scheduled_listed: Listed::No,
            channels_shown: ChannelsShown::Asked,
            point_transactions_at: PointTransactionsAt::Both,
            transaction_items: TransactionItems::Small,
            repeated_transaction: RepeatedTransaction::Ignored,
            triggers_at: TriggersAt::Both,
            trigger_answer: TriggerAnswer::Ok,
            new_contact_trigger: NewContactTrigger::Registration,
            lists_of_unknown_contact: UnknownContact::NotFound404,
            assign_answer: AssignAnswer::Object,
            duplicate_assign: DuplicateAssign::Allowed,
            draft_assign: Unassignable::NotFound404,
            ended_assign: Unassignable::Expired409,
            external_id_on_assign: ExternalIdOnAssign::Refused400,
            offer_answer: OfferAnswer::Empty,
            reactivation_conflict: ReactivationConflict::Conflict,
            locked_promotion: LockedPromotion::Conflict,
            duplicate_external_id: DuplicateExternalId::Refused409,
            order_answer: OrderAnswer::Accepted,
            order_job_link: OrderJobLink::HeaderAndBody,
            order_jobs: OrderJobs::Processed,
            order_job_pending: OrderJobPending::Ok,
            order_job_failed: OrderJobFailed::Unprocessable,
            order_version_tag: OrderVersionTag::Body,
            order_post_existing: OrderPostExisting::JobFails,
            order_put_missing: OrderPutMissing::NotFound404,
            order_unknown_contact: OrderUnknownContact::StoredWithout,
            order_v2_tax_sum: Validation::Lenient,
            order_v2_total_sum: Validation::Lenient,
            order_v2_payment_sum: Validation::Lenient,
            file_names: FileNames::CsvAndXml,
            file_existing: FileExisting::Updates,
            file_receipts_earn: FileReceiptsEarn::No,
            points_file_repeated: PointsFileRepeated::Counts,
            bulk_answer: BulkAnswer::Accepted,
            file_import_interval_seconds: 3_600,
            bulk_seconds: 2,
            order_job_seconds: 2,
            visibility_delay_seconds: 0,
            import_interval_seconds: 900,
            rate_limit_per_second: 200,
            retry_after_seconds: 0,
            overview_cache_seconds: 300,
            changes_cap: 250_000,
        }
    }
}

/// Why switches could not be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no switch of this name.
    #[error("there is no switch `{0}`")]
    Unknown(String),
    /// The switch does not take this value.
    #[error("switch `{name}` does not take {value}")]
    Value {
        /// The switch.
        name: &'static str,
        /// What it was to be set to.
        value: String,
    },
}

impl Switches {
    /// These switches with some set anew: a JSON object of names and values. All are set, or none.
    ///
    /// # Errors
    /// A name that is no switch, or a value that it does not take.
    pub fn with(&self, changes: &serde_json::Map<String, Value>) -> Result<Switches, Error> {
        let mut all = serde_json::to_value(self).expect("switches are plain values");
        for (name, value) in changes {
            let spec =
                SPECS.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Unknown(name.clone()))?;
            if !spec.takes(value) {
                return Err(Error::Value { name: spec.name, value: value.to_string() });
            }
            all[name] = value.clone();
        }
        Ok(serde_json::from_value(all).expect("each value was checked against its switch"))
    }

    /// These switches with one set from text, as a form sends it.
    ///
    /// # Errors
    /// A name that is no switch, or a value that it does not take.
    pub fn with_text(&self, name: &str, text: &str) -> Result<Switches, Error> {
        let spec =
            SPECS.iter().find(|spec| spec.name == name).ok_or_else(|| Error::Unknown(name.to_owned()))?;
        let value = match spec.values {
            Values::OneOf(_) => Value::from(text),
            Values::Between { .. } => text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from),
        };
        self.with(&serde_json::Map::from_iter([(name.to_owned(), value)]))
    }

    /// What the switch of this name is set to.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        serde_json::to_value(self).ok()?.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_listed_once_and_takes_each_of_its_values() {
        let default = Switches::default();
        let names = serde_json::to_value(&default).unwrap();
        let listed: Vec<&str> = SPECS.iter().map(|spec| spec.name).collect();
        assert_eq!(names.as_object().unwrap().len(), listed.len());
        for spec in SPECS {
            let values: Vec<String> = match spec.values {
                Values::OneOf(words) => words.iter().map(|word| (*word).to_owned()).collect(),
                Values::Between { least, most } => vec![least.to_string(), most.to_string()],
            };
            assert!(spec.takes(&default.value(spec.name).unwrap()), "{}", spec.name);
            for value in values {
                let set = default.with_text(spec.name, &value).unwrap().value(spec.name).unwrap();
                assert_eq!(set.to_string().trim_matches('"'), value, "{}", spec.name);
            }
        }
    }

    #[test]
    fn a_switch_refuses_what_it_does_not_take_and_leaves_the_others_alone() {
        let default = Switches::default();
        assert!(matches!(default.with_text("importInterval", "0"), Err(Error::Unknown(_))));
        for (name, value) in
            [("rateLimitPerSecond", "0"), ("rateLimitPerSecond", "many"), ("idAnswer", "number")]
        {
            assert!(matches!(default.with_text(name, value), Err(Error::Value { .. })), "{name} {value}");
        }
    }
}
