//! What tills say of a person, in their words, and what that means in Engage's.
//!
//! Every text is said once only, so that whoever finds one in Engage knows whose word it is.

use std::collections::BTreeMap;

use jiff::civil::date;
use serde_json::{Map, Value, json};

use super::people::{Kind, Person};
use super::random::Random;
use super::setup::CONSENTS;

/// Texts of a person's own, by one name on both sides.
const TEXTS: [&str; 6] = ["firstName", "lastName", "street", "zipCode", "city", "careOf"];
/// What the tenant made itself.
pub(super) const CUSTOM: &str = "shoeSize";
/// The country and what Engage calls it.
const COUNTRIES: [(&str, &str); 4] =
    [("SE", "Sweden"), ("NO", "Norway"), ("FI", "Finland"), ("DE", "Germany")];
const LANGUAGES: [&str; 4] = ["sv", "no", "fi", "de"];
const GENDERS: [(&str, &str); 3] = [("male", "Male"), ("female", "Female"), ("other", "Other")];
/// The till's names of the preferences, and Engage's.
pub(super) const CHANNELS: [(&str, &str); 3] = [
    ("email", "preferences.acceptsEmail"),
    ("sms", "preferences.acceptsSms"),
    ("postal", "preferences.acceptsPostal"),
];

/// What was said of a person.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) person: usize,
    /// By Engage's names, as its history has them; null where something is to be emptied.
    pub(super) says: BTreeMap<String, Value>,
}

/// A word being said: as the till's body has it, and as Engage's contact would.
pub(super) struct Saying<'a> {
    random: &'a mut Random,
    /// Tells this word from all others.
    mark: String,
    day: i64,
    pub(super) body: Map<String, Value>,
    pub(super) says: BTreeMap<String, Value>,
}

impl<'a> Saying<'a> {
    pub(super) fn new(random: &'a mut Random, mark: String, day: usize) -> Saying<'a> {
        Saying { random, mark, day: day as i64, body: Map::new(), says: BTreeMap::new() }
    }

    /// An identifier of the person's.
    pub(super) fn identifier(&mut self, person: &Person, kind: Kind) {
        if let Some(value) = person.value(kind) {
            self.body.insert(kind.said().to_owned(), json!(value));
            self.says.insert(kind.attribute().to_owned(), json!(value));
        }
    }

    pub(super) fn text(&mut self, name: &str) {
        let value = json!(format!("{name} {}", self.mark));
        match name {
            CUSTOM => drop(self.body.insert("attributes".to_owned(), json!({ CUSTOM: value.clone() }))),
            _ => drop(self.body.insert(name.to_owned(), value.clone())),
        }
        self.says.insert(name.to_owned(), value);
    }

    /// Some of what has no bounds of its own, each by a chance of one in this many.
    pub(super) fn fields(&mut self, one_in: u64, custom: bool) {
        for name in TEXTS.into_iter().chain(custom.then_some(CUSTOM)) {
            if self.random.one_in(one_in) && !self.says.contains_key(name) {
                self.text(name);
            }
        }
        if self.random.one_in(one_in * 2) {
            let day = date(1930, 1, 1).checked_add(jiff::Span::new().days(self.day)).expect("a day");
            self.body.insert("birthDay".to_owned(), json!(day.to_string()));
            self.says.insert("birthDay".to_owned(), json!(day.to_string()));
        }
        if self.random.one_in(one_in * 2) {
            let (said, is) = self.random.pick(&GENDERS);
            self.body.insert("gender".to_owned(), json!(said));
            self.says.insert("gender".to_owned(), json!(is));
        }
        if self.random.one_in(one_in * 3) {
            let language = self.random.pick(&LANGUAGES);
            self.body.insert("language".to_owned(), json!(language));
            self.says.insert("language".to_owned(), json!(language));
        }
        if self.random.one_in(one_in * 3) {
            let (code, name) = self.random.pick(&COUNTRIES);
            self.body.insert("country".to_owned(), json!(code));
            self.says.insert("countryCode".to_owned(), json!(code));
            self.says.insert("country".to_owned(), json!(name));
        }
        for (said, is) in CHANNELS {
            if self.random.one_in(one_in * 2) {
                let value = self.random.one_in(2);
                let stated = self.body.entry("preferences").or_insert_with(|| json!({}));
                stated[said] = json!(value);
                self.says.insert(is.to_owned(), json!(value));
            }
        }
        for id in CONSENTS {
            if self.random.one_in(one_in * 2) {
                let value = self.random.one_in(2);
                let rows = self.body.entry("consents").or_insert_with(|| json!([]));
                rows.as_array_mut().expect("a list").push(json!({ "id": id, "value": value }));
                self.says.insert(format!("consents.{id}"), json!(value));
            }
        }
    }

    /// Empties some texts that are not set at the same time.
    pub(super) fn clear(&mut self, one_in: u64, but: &[String]) {
        let mut names = Vec::new();
        for name in TEXTS {
            let may = !self.says.contains_key(name) && !but.iter().any(|mandatory| mandatory == name);
            if may && self.random.one_in(one_in) {
                names.push(name);
                self.says.insert(name.to_owned(), Value::Null);
            }
        }
        if !names.is_empty() {
            self.body.insert("clear".to_owned(), json!(names));
        }
    }

    /// What an enrolment says by itself: the store's country and language.
    pub(super) fn add_the_stores(&mut self, country: &str, language: &str) {
        if !self.says.contains_key("language") {
            self.says.insert("language".to_owned(), json!(language));
        }
        if !self.says.contains_key("countryCode") {
            let name = COUNTRIES.into_iter().find(|(code, _)| *code == country).map(|(_, name)| name);
            self.says.insert("countryCode".to_owned(), json!(country));
            self.says.insert("country".to_owned(), json!(name));
        }
    }
}

/// What somebody changes in Engage's own pages, as an update there says it.
pub(super) fn edit(random: &mut Random, mark: &str, custom: bool) -> Map<String, Value> {
    let mut fields = Map::new();
    for name in TEXTS.into_iter().chain(custom.then_some(CUSTOM)) {
        match random.below(12) {
            0..=2 => drop(fields.insert(name.to_owned(), json!(format!("{name} {mark}")))),
            3 if name != "firstName" => drop(fields.insert(name.to_owned(), Value::Null)),
            _ => {}
        }
    }
    if random.one_in(4) {
        fields.insert("gender".to_owned(), json!(random.pick(&GENDERS).1));
    }
    if random.one_in(3) {
        fields.insert("bonusBasedLevel".to_owned(), json!(format!("level {mark}")));
    }
    if random.one_in(3) {
        let channel = random.pick(&["acceptsEmail", "acceptsSms", "acceptsPostal"]);
        fields.insert("preferences".to_owned(), json!({ channel: random.one_in(2) }));
    }
    if random.one_in(3) {
        let id = random.pick(&CONSENTS);
        fields
            .insert("consents".to_owned(), json!([{ "id": id, "value": random.one_in(2), "source": "web" }]));
    }
    if fields.is_empty() {
        fields.insert("city".to_owned(), json!(format!("city {mark}")));
    }
    fields
}

/// What a contact has under a name as Engage's history has it.
pub(super) fn value_of(contact: &sandbox::Contact, name: &str) -> Value {
    match name.split_once('.') {
        Some(("preferences", "acceptsEmail")) => json!(contact.preferences.accepts_email),
        Some(("preferences", "acceptsSms")) => json!(contact.preferences.accepts_sms),
        Some(("preferences", "acceptsPostal")) => json!(contact.preferences.accepts_postal),
        Some(("consents", id)) => contact.consent(id).map_or(Value::Null, Value::from),
        _ if name == "contactType" => json!(contact.contact_type),
        _ => contact.attribute(name).map_or(Value::Null, Value::from),
    }
}

/// The till's name of what Engage's history calls so.
pub(super) fn said_as(name: &str) -> String {
    if let Some((said, _)) = CHANNELS.into_iter().find(|(_, is)| *is == name) {
        return format!("preferences/{said}");
    }
    match name.split_once('.') {
        Some(("consents", id)) => format!("consents/{id}"),
        _ => match name {
            "countryCode" => "country".to_owned(),
            "socialSecurityNumber" => "personalIdentityNumber".to_owned(),
            other => other.to_owned(),
        },
    }
}
