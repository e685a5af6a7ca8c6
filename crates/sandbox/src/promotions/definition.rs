//! A promotion as it is written: with text for every value, as the API takes it, and checked once.

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::money::{Money, number};
use crate::zone::Zone;

/// The longest external id, in characters (fact P-62).
const EXTERNAL_ID_MAX: usize = 450;
/// Most redemption channels: one of each kind.
const CHANNELS_MAX: usize = 3;

/// What a promotion offers, where, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Definition {
    /// Its id in an outside system; none for one that was made by hand (fact P-21).
    pub external_id: Option<String>,
    /// What a cashier is shown (fact P-31).
    pub name: String,
    /// Its first day; none is at once.
    pub start: Option<Date>,
    /// How long it lasts.
    pub validity: Validity,
    /// What a person is shown.
    pub presentation: Presentation,
    /// Where it can be used, each kind once.
    pub channels: Vec<Channel>,
}

/// How long a promotion lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Until further notice.
    Open,
    /// Through this day.
    Until(Date),
    /// Counted from the assignment.
    FromAssignment {
        /// In what it is counted.
        unit: Unit,
        /// How many of it.
        amount: u32,
    },
}

/// In what a validity is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Days.
    Days,
    /// Months.
    Months,
}

/// What a person is shown of a promotion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Presentation {
    /// The heading.
    pub heading: Option<String>,
    /// The text.
    pub description: Option<String>,
    /// A page about it.
    pub link: Option<String>,
}

/// One place where a promotion can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Which.
    pub kind: ChannelKind,
    /// What it gives there.
    pub value: ChannelValue,
    /// Words for the cashier.
    pub instruction: Option<String>,
}

/// A kind of place (fact P-22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChannelKind {
    /// A till.
    Pos,
    /// A web shop.
    Ecom,
    /// Anywhere else.
    Other,
}

/// What a promotion gives (fact P-23).
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelValue {
    /// Whole percents off.
    Percent(u32),
    /// A sum off.
    Money {
        /// In the group currency.
        amount: Decimal,
        /// In others.
        local: Vec<Money>,
    },
    /// A code that another system knows.
    ExternalOffer(String),
    /// Something for the cashier to do.
    Manual(String),
    /// Something that a phone shows.
    Swipe(String),
}

impl ChannelKind {
    /// Each of them.
    pub const ALL: [ChannelKind; 3] = [ChannelKind::Pos, ChannelKind::Ecom, ChannelKind::Other];

    /// The kind of this name, whatever its case.
    pub(crate) fn named(name: &str) -> Option<ChannelKind> {
        ChannelKind::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ChannelKind::Pos => "POS",
            ChannelKind::Ecom => "ECOM",
            ChannelKind::Other => "OTHER",
        }
    }
}

impl ChannelValue {
    /// The name of its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            ChannelValue::Percent(_) => "PERCENT",
            ChannelValue::Money { .. } => "MONEY",
            ChannelValue::ExternalOffer(_) => "EXTERNALOFFER",
            ChannelValue::Manual(_) => "MANUAL",
            ChannelValue::Swipe(_) => "SWIPE",
        }
    }
}

impl Definition {
    /// What a body holds that was compared with its table.
    pub(crate) fn read(body: Map<String, Value>) -> Result<Definition, String> {
        serde_json::from_value(Value::Object(body)).map_err(|error| error.to_string())
    }

    /// The same with other days.
    pub(crate) fn with_days(self, body: Map<String, Value>) -> Result<Definition, String> {
        let validity: WrittenValidity =
            serde_json::from_value(Value::Object(body)).map_err(|error| error.to_string())?;
        let start = validity.start_date;
        Ok(Definition { start, validity: Validity::try_from(&validity)?, ..self })
    }

    /// The definition as the API answers it: as it was written, but for its days, which are times (fact P-62).
    pub(crate) fn answered(&self, zone: &Zone) -> Value {
        let mut answer = json!(self);
        for name in ["startDate", "endDate"] {
            let day = answer["validity"][name].as_str().and_then(|text| text.parse().ok());
            answer["validity"][name] = json!(day.map(|day| zone.written(zone.start_of(day))));
        }
        answer["presentation"]["imageUrl"] = Value::Null;
        answer
    }
}

/// Its value as it is written.
impl fmt::Display for ChannelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChannelValue::Percent(percent) => write!(f, "{percent}"),
            ChannelValue::Money { amount, .. } => write!(f, "{amount}"),
            ChannelValue::ExternalOffer(text) | ChannelValue::Manual(text) | ChannelValue::Swipe(text) => {
                f.write_str(text)
            }
        }
    }
}

impl Channel {
    /// The channel as a list has it: its value is of a kind of its own for each type (fact P-23).
    pub(crate) fn answered(&self, currency: &str) -> Value {
        let value = match &self.value {
            ChannelValue::Percent(percent) => json!(percent),
            ChannelValue::Money { amount, .. } => json!({ "amount": number(*amount), "currency": currency }),
            text => json!(text.to_string()),
        };
        let mut answer = json!({
            "type": self.kind.name(),
            "valueType": self.value.kind(),
            "value": value,
            "instruction": self.instruction,
        });
        if let ChannelValue::Money { local, .. } = &self.value {
            answer["localValues"] = json!(local);
        }
        answer
    }
}

/// A definition in the API's own words.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    #[serde(default)]
    external_id: Option<String>,
    name: String,
    #[serde(default)]
    validity: Option<WrittenValidity>,
    #[serde(default)]
    presentation: Presentation,
    #[serde(default)]
    redemption_channels: Vec<WrittenChannel>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenValidity {
    #[serde(default)]
    start_date: Option<Date>,
    #[serde(default)]
    end_date: Option<Date>,
    #[serde(default)]
    assigned_validity: Option<WrittenLength>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenLength {
    unit: Unit,
    amount: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenChannel {
    r#type: ChannelKind,
    value_type: String,
    value: String,
    #[serde(default)]
    local_values: Vec<Money>,
    #[serde(default)]
    instruction: Option<String>,
}

impl TryFrom<Written> for Definition {
    type Error = String;

    fn try_from(written: Written) -> Result<Definition, String> {
        if written.name.trim().is_empty() {
            return Err("a promotion has a name".to_owned());
        }
        if written.external_id.as_ref().is_some_and(|text| text.chars().count() > EXTERNAL_ID_MAX) {
            return Err(format!("externalId has at most {EXTERNAL_ID_MAX} characters"));
        }
        let channels: Result<Vec<Channel>, String> =
            written.redemption_channels.into_iter().map(Channel::try_from).collect();
        let channels = channels?;
        let twice = |(place, channel): (usize, &Channel)| {
            channels[..place].iter().any(|before| before.kind == channel.kind)
        };
        if channels.len() > CHANNELS_MAX || channels.iter().enumerate().any(twice) {
            return Err("each redemption channel stands once".to_owned());
        }
        let validity = written.validity.as_ref();
        Ok(Definition {
            external_id: written.external_id.filter(|text| !text.is_empty()),
            name: written.name,
            start: validity.and_then(|validity| validity.start_date),
            validity: validity.map_or(Ok(Validity::Open), Validity::try_from)?,
            presentation: written.presentation,
            channels,
        })
    }
}

impl TryFrom<&WrittenValidity> for Validity {
    type Error = String;

    fn try_from(written: &WrittenValidity) -> Result<Validity, String> {
        match (written.end_date, written.assigned_validity) {
            (None, None) => Ok(Validity::Open),
            (Some(end), None) if written.start_date.is_some_and(|start| end < start) => {
                Err(format!("endDate {end} is before startDate"))
            }
            (Some(end), None) => Ok(Validity::Until(end)),
            (None, Some(WrittenLength { amount: 0, .. })) => {
                Err("assignedValidity.amount is at least 1".to_owned())
            }
            (None, Some(WrittenLength { unit, amount })) => Ok(Validity::FromAssignment { unit, amount }),
            (Some(_), Some(_)) => Err("either endDate or assignedValidity, not both".to_owned()),
        }
    }
}

impl TryFrom<WrittenChannel> for Channel {
    type Error = String;

    fn try_from(written: WrittenChannel) -> Result<Channel, String> {
        let WrittenChannel { r#type: kind, value_type, value, local_values, instruction } = written;
        let odd = || format!("{value} is no value of type {value_type}");
        let value = match value_type.as_str() {
            "PERCENT" => {
                let percent: u32 = value.parse().map_err(|_| odd())?;
                ChannelValue::Percent(percent)
            }
            "MONEY" => {
                let amount: Decimal = value.parse().map_err(|_| odd())?;
                ChannelValue::Money { amount, local: local_values.clone() }
            }
            "EXTERNALOFFER" => ChannelValue::ExternalOffer(value),
            "MANUAL" if kind == ChannelKind::Pos => ChannelValue::Manual(value),
            "MANUAL" => return Err("MANUAL is for the channel POS only".to_owned()),
            "SWIPE" => ChannelValue::Swipe(value),
            other => return Err(format!("there is no value type {other}")),
        };
        let has_places = matches!(value, ChannelValue::Money { .. });
        if !has_places && !local_values.is_empty() {
            return Err("only MONEY has values in other currencies".to_owned());
        }
        Ok(Channel { kind, value, instruction: instruction.filter(|text| !text.is_empty()) })
    }
}

impl From<Definition> for Written {
    fn from(definition: Definition) -> Written {
        let (end_date, assigned_validity) = match definition.validity {
            Validity::Open => (None, None),
            Validity::Until(end) => (Some(end), None),
            Validity::FromAssignment { unit, amount } => (None, Some(WrittenLength { unit, amount })),
        };
        let start_date = definition.start;
        Written {
            external_id: definition.external_id,
            name: definition.name,
            validity: Some(WrittenValidity { start_date, end_date, assigned_validity }),
            presentation: definition.presentation,
            redemption_channels: definition.channels.into_iter().map(WrittenChannel::from).collect(),
        }
    }
}

impl From<Channel> for WrittenChannel {
    fn from(channel: Channel) -> WrittenChannel {
        let local_values = match &channel.value {
            ChannelValue::Money { local, .. } => local.clone(),
            ChannelValue::Percent(_)
            | ChannelValue::ExternalOffer(_)
            | ChannelValue::Manual(_)
            | ChannelValue::Swipe(_) => Vec::new(),
        };
        WrittenChannel {
            r#type: channel.kind,
            value_type: channel.value.kind().to_owned(),
            value: channel.value.to_string(),
            local_values,
            instruction: channel.instruction,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(change: impl FnOnce(&mut Value)) -> Result<Definition, String> {
        let mut written = json!({
            "externalId": "WELCOME10",
            "name": "Welcome 10%",
            "validity": { "startDate": "2026-01-15", "assignedValidity": { "unit": "Days", "amount": 30 } },
            "presentation": { "heading": "10% on your first visit" },
            "redemptionChannels": [
                { "type": "POS", "valueType": "EXTERNALOFFER", "value": "WELCOME10", "instruction": "Press 10" },
                { "type": "ECOM", "valueType": "PERCENT", "value": "10" },
                { "type": "OTHER", "valueType": "MONEY", "value": "50.00",
                  "localValues": [{ "amount": 5.0, "currency": "EUR" }] },
            ],
        });
        change(&mut written);
        serde_json::from_str(&written.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_definition_is_written_as_it_was_read() {
        let definition = parsed(|_| {}).unwrap();
        assert_eq!(definition.validity, Validity::FromAssignment { unit: Unit::Days, amount: 30 });
        assert_eq!(definition.channels[1].value, ChannelValue::Percent(10));
        let text = serde_json::to_string(&definition).unwrap();
        assert_eq!(serde_json::from_str::<Definition>(&text).unwrap(), definition);
        assert!(text.contains(r#""value":"50.00""#), "{text}");
    }

    #[test]
    fn what_engage_could_not_hold_is_refused() {
        let day = |text: &str| json!(text);
        for (pointer, value) in [
            ("/name", json!(" ")),
            ("/validity/endDate", day("2026-02-01")),
            ("/validity", json!({ "startDate": "2026-01-15", "endDate": "2026-01-14" })),
            ("/validity/assignedValidity/amount", json!(0)),
            ("/redemptionChannels/1/value", json!("ten")),
            ("/redemptionChannels/1/value", json!("10.5")),
            ("/redemptionChannels/1/value", json!(10)),
            ("/redemptionChannels/1/valueType", json!("MANUAL")),
            ("/redemptionChannels/1/type", json!("POS")),
            ("/redemptionChannels/2/value", json!("fifty")),
            ("/redemptionChannels/2/valueType", json!("GIFT")),
            ("/redemptionChannels/0/localValues", json!([{ "amount": 1, "currency": "EUR" }])),
        ] {
            let refused = parsed(|written| match written.pointer_mut(pointer) {
                Some(place) => *place = value,
                None => {
                    let (parent, name) = pointer.rsplit_once('/').unwrap();
                    written.pointer_mut(parent).unwrap()[name] = value;
                }
            });
            assert!(refused.is_err(), "{pointer}: {refused:?}");
        }
    }
}
