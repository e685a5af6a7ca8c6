//! Multichannel promotions as they are defined, for everybody: what is sent to make one, and what is read back.
//!
//! What is assigned to one contact is an [`Assignment`](super::Assignment). No definition says how often it may be
//! used or from which amount on: one assignment is one use, and price rules are the till's (fact P-62).

use std::num::NonZeroU32;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::loyalty::channel;
use super::{Mismatch, Money, Object, RedemptionChannel, Shape, Text};

/// A promotion to create, or what a draft becomes (fact P-62).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewDefinition {
    /// Its id in an outside system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Text>,
    /// Its name, for staff.
    pub name: Text,
    /// From when on, and for how long.
    pub validity: NewValidity,
    /// What customers read.
    pub presentation: Presentation,
    /// Where and for what it can be redeemed.
    pub redemption_channels: Vec<NewChannel>,
}

/// What customers read of a promotion. There is a picture too, which only Engage's own pages set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Presentation {
    /// Heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<Text>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Address of a page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Text>,
}

/// From when on and for how long, in whole days (fact P-68): no time of day is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewValidity {
    /// Its first day.
    pub start: Date,
    /// Until when.
    pub until: Until,
}

/// Until when a promotion is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Further notice.
    FurtherNotice,
    /// This day, its last.
    Day(Date),
    /// So long after each assignment.
    Assigned(AssignedValidity),
}

/// How long an assignment is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AssignedValidity {
    /// Of what.
    pub unit: Unit,
    /// How many.
    pub amount: NonZeroU32,
}

/// A unit of validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Whole days.
    Days,
    /// Months.
    Months,
}

/// Where a promotion can be redeemed, and for what (fact P-22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChannel {
    /// Where.
    pub kind: ChannelKind,
    /// For what.
    pub value: NewValue,
    /// What the cashier is to do.
    pub instruction: Option<Text>,
}

/// A channel of redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChannelKind {
    /// The tills.
    Pos,
    /// The web shop.
    Ecom,
    /// Any other.
    Other,
}

/// What a promotion is worth in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// So many percent, a whole number.
    Percent(u8),
    /// An amount in the tenant's main currency, and those in others.
    Money {
        /// In the main currency.
        amount: Decimal,
        /// In others.
        local_values: Vec<Money>,
    },
    /// The code of a promotion that the channel has itself.
    ExternalOffer(Text),
    /// What a person does by hand; only for tills.
    Manual(Text),
}

/// A promotion as Engage has it (fact P-63).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Engage's id, by which it is assigned.
    pub id: Text,
    /// How far it is in its life.
    pub status: Status,
    /// Its id in an outside system; none when it was made by hand.
    pub external_id: Option<Text>,
    /// Its name, for staff.
    pub name: Option<Text>,
    /// From when on, and for how long.
    pub validity: Validity,
    /// What customers read.
    pub presentation: Presentation,
    /// Where and for what it can be redeemed. A channel without a kind is left out.
    pub channels: Vec<RedemptionChannel>,
}

/// How far a promotion is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Made, and open to changes (fact P-64).
    Draft,
    /// Activated, and beginning on a later day.
    Scheduled,
    /// Given and redeemed.
    Active,
    /// Given to nobody any more; what was assigned stays (fact P-67).
    Ended,
    /// Another, by Engage's word. `Temporary` is one of them, and what it means is not said.
    Unknown(Text),
}

/// A definition's validity as it is read: the days as they are written there, whatever the offset beside them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// Its first day.
    pub start: Option<Date>,
    /// Its last day; none where it has no end or counts from the assignment.
    pub end: Option<Date>,
    /// How long an assignment is good.
    pub assigned: Option<AssignedValidity>,
}

impl Serialize for NewValidity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut validity = serializer.serialize_struct("Validity", 2)?;
        validity.serialize_field("startDate", &self.start.to_string())?;
        match &self.until {
            Until::FurtherNotice => validity.skip_field("endDate")?,
            Until::Day(day) => validity.serialize_field("endDate", &day.to_string())?,
            Until::Assigned(assigned) => validity.serialize_field("assignedValidity", assigned)?,
        }
        validity.end()
    }
}

impl Serialize for NewChannel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Whatever its type, the value is text when it is written (fact P-62).
        let (value_type, value, local_values) = match &self.value {
            NewValue::Percent(percent) => ("PERCENT", percent.to_string(), None),
            NewValue::Money { amount, local_values } => {
                ("MONEY", amount.to_string(), Some(local_values).filter(|values| !values.is_empty()))
            }
            NewValue::ExternalOffer(code) => ("EXTERNALOFFER", code.as_str().to_owned(), None),
            NewValue::Manual(words) => ("MANUAL", words.as_str().to_owned(), None),
        };
        let mut channel = serializer.serialize_struct("Channel", 5)?;
        channel.serialize_field("type", &self.kind)?;
        channel.serialize_field("valueType", value_type)?;
        channel.serialize_field("value", &value)?;
        match local_values {
            Some(values) => channel.serialize_field("localValues", values)?,
            None => channel.skip_field("localValues")?,
        }
        match &self.instruction {
            Some(instruction) => channel.serialize_field("instruction", instruction)?,
            None => channel.skip_field("instruction")?,
        }
        channel.end()
    }
}

impl Status {
    fn of(word: Text) -> Status {
        let known = [
            ("Draft", Status::Draft),
            ("Scheduled", Status::Scheduled),
            ("Active", Status::Active),
            ("Ended", Status::Ended),
        ];
        let is = |(name, _): &(&str, Status)| word.as_str().eq_ignore_ascii_case(name);
        match known.into_iter().find(is) {
            Some((_, status)) => status,
            None => Status::Unknown(word),
        }
    }
}

impl Definition {
    pub(crate) fn read(object: &Object<'_>) -> Result<Definition, Mismatch> {
        let presentation = object.object("presentation");
        Ok(Definition {
            id: object.required("id")?,
            status: Status::of(object.required("status")?),
            external_id: object.key("externalId")?,
            name: object.text("name"),
            validity: Validity::read(&object.object("validity"))?,
            presentation: Presentation {
                heading: presentation.text("heading"),
                description: presentation.text("description"),
                link: presentation.text("link"),
            },
            channels: object
                .list("redemptionChannels")?
                .unwrap_or_default()
                .into_iter()
                .filter_map(channel)
                .collect(),
        })
    }
}

impl Validity {
    fn read(object: &Object<'_>) -> Result<Validity, Mismatch> {
        let assigned = match object.shape("assignedValidity") {
            Some(Shape::Object(assigned)) => Some(AssignedValidity::read(&assigned)?),
            None | Some(Shape::Null) => None,
            Some(_) => return Err(Mismatch { member: "assignedValidity", expected: "an object" }),
        };
        Ok(Validity { start: day(object, "startDate")?, end: day(object, "endDate")?, assigned })
    }
}

impl AssignedValidity {
    fn read(object: &Object<'_>) -> Result<AssignedValidity, Mismatch> {
        let amount = object.count("amount")?.and_then(|amount| u32::try_from(amount).ok());
        let unit = match object.required("unit")?.as_str() {
            unit if unit.eq_ignore_ascii_case("Days") => Unit::Days,
            unit if unit.eq_ignore_ascii_case("Months") => Unit::Months,
            _ => return Err(Mismatch { member: "unit", expected: "Days or Months" }),
        };
        let amount = amount.and_then(NonZeroU32::new);
        Ok(AssignedValidity {
            unit,
            amount: amount.ok_or(Mismatch { member: "amount", expected: "a count" })?,
        })
    }
}

/// The day of a text that begins with one: a definition's time of day is midnight or the day's last second, in the
/// tenant's zone (fact P-68).
fn day(object: &Object<'_>, name: &'static str) -> Result<Option<Date>, Mismatch> {
    let day = |text: Text| text.as_str().get(..10).and_then(|day| day.parse::<Date>().ok());
    match object.key(name)? {
        None => Ok(None),
        Some(text) => day(text).map(Some).ok_or(Mismatch { member: name, expected: "a date" }),
    }
}
