//! `/v1/consents`: what a customer can be asked to consent to, and the texts to show.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use engage::model::{ConsentDefinition, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Command, Keep};
use utoipa::ToSchema;

use super::App;
use super::auth::AsTill;
use super::contacts::Source;
use super::problem::Problem;
use crate::delivery::{Question, Told};
use crate::desk::Scope;

/// Under this name the store keeps them.
const KEPT: &str = "consents";
/// The version of the form in which they are kept.
const VERSION: u8 = 1;

/// Which texts to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    language: Option<String>,
}

/// What a customer can be asked to consent to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentsView {
    /// `live`, or `lastKnown` where Engage can't be asked.
    pub source: Source,
    /// When it was so.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// How old the answer is, in seconds.
    pub age_seconds: i64,
    /// The consents.
    pub consents: Vec<ConsentView>,
}

/// A consent that a customer can be asked for, in one language.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentView {
    /// Its id: what an enrolment or an update names it by.
    pub id: String,
    /// Its name, for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The culture of the text to show: the one that was asked for, else one of its language, else the first there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub culture: Option<String>,
    /// The text to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_text: Option<String>,
    /// The link's text, shown behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_text: Option<String>,
    /// The condition itself, as HTML of the tenant's making: show it where scripts don't run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_html: Option<String>,
}

/// The definitions as they are kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    v: u8,
    definitions: Vec<Definition>,
}

/// One definition, with its texts by culture.
#[derive(Debug, Serialize, Deserialize)]
struct Definition {
    id: String,
    name: Option<String>,
    display: BTreeMap<String, String>,
    link: BTreeMap<String, String>,
    condition: BTreeMap<String, String>,
}

/// Lists what customers can be asked to consent to.
#[utoipa::path(
    get, path = "/v1/consents", tag = "contacts", operation_id = "listConsents",
    params(("language" = Option<String>, Query, description = "The texts' culture, such as sv-SE; the store's language where left out")),
    responses(
        (status = 200, description = "The consents: live, or last known with their age", body = ConsentsView),
        (status = 400, description = "An unknown parameter", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 502, description = "`engageRefused`: Engage refused the question", body = Problem),
        (status = 503, description = "`consentsUnknownOffline`: Engage can't be asked, and never was", body = Problem),
    ),
)]
pub async fn list(
    State(app): State<App>,
    AsTill(by): AsTill,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ConsentsView>, Problem> {
    let Query(Asked { language }) = asked.map_err(|_| {
        let detail = "the only parameter is language, such as sv-SE";
        Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
    })?;
    let culture = language.or_else(|| stores_language(&app, &by)).unwrap_or_default();
    let (source, as_of, definitions) =
        match app.dispatcher.ask(Question::Consents, app.settings.lookup_wait).await {
            Told::Consents(list) => {
                let definitions: Vec<Definition> = list.into_iter().map(Definition::of).collect();
                keep(&app, &definitions);
                (Source::Live, app.clock.now(), definitions)
            }
            Told::Refused(note) => {
                return Err(Problem::new(StatusCode::BAD_GATEWAY, "engageRefused", note.detail));
            }
            Told::NotFound | Told::Offline => {
                let (definitions, as_of) = last_known(&app).await?.ok_or_else(unknown_offline)?;
                (Source::LastKnown, as_of, definitions)
            }
            Told::Known(_) | Told::Offers(..) | Told::Several(_) => return Err(Problem::internal()),
        };
    Ok(Json(ConsentsView {
        source,
        as_of,
        age_seconds: app.clock.now().duration_since(as_of).as_secs().max(0),
        consents: definitions.into_iter().map(|definition| definition.view(&culture)).collect(),
    }))
}

/// The language of the store that asks, where it is known which that is.
fn stores_language(app: &App, by: &Scope) -> Option<String> {
    let store = by.only_store().and_then(|id| app.settings.stores.get(id))?;
    Some(format!("{}-{}", store.language.as_str(), store.country.as_str()))
}

/// Kept beside the answer, not before it.
fn keep(app: &App, definitions: &[Definition]) {
    let value = serde_json::json!({ "v": VERSION, "definitions": definitions });
    let keep = Keep { name: KEPT.to_owned(), value: value.to_string().into_bytes(), at: app.clock.now() };
    let store = app.store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.submit(Command::Keep(keep)).await {
            tracing::warn!(error = %crate::delivery_chain(&error), "the consents could not be kept");
        }
    });
}

async fn last_known(app: &App) -> Result<Option<(Vec<Definition>, Timestamp)>, Problem> {
    let kept = app.store.read(|reader| reader.kept(KEPT)).await?;
    Ok(kept.and_then(|(value, at)| {
        let kept: Kept = serde_json::from_slice(&value).ok()?;
        (kept.v == VERSION).then_some((kept.definitions, at))
    }))
}

fn unknown_offline() -> Problem {
    let detail = "Engage can't be asked now, and was never asked before: enrol without asking for consents";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "consentsUnknownOffline", detail)
}

impl Definition {
    fn of(definition: ConsentDefinition) -> Definition {
        let texts = |texts: BTreeMap<String, Text>| -> BTreeMap<String, String> {
            texts.into_iter().map(|(culture, text)| (culture, text.into_string())).collect()
        };
        Definition {
            id: definition.id.into_string(),
            name: definition.name.map(Text::into_string),
            display: texts(definition.display_text),
            link: texts(definition.link_text),
            condition: texts(definition.condition_text),
        }
    }

    fn view(self, culture: &str) -> ConsentView {
        let display = in_culture(&self.display, culture);
        let text =
            |texts: &BTreeMap<String, String>| in_culture(texts, culture).map(|(_, text)| text.clone());
        ConsentView {
            culture: display.map(|(culture, _)| culture.clone()),
            display_text: display.map(|(_, text)| text.clone()),
            link_text: text(&self.link),
            condition_html: text(&self.condition),
            id: self.id,
            name: self.name,
        }
    }
}

/// The text of exactly this culture, else of its language, else the first there is.
fn in_culture<'a>(texts: &'a BTreeMap<String, String>, culture: &str) -> Option<(&'a String, &'a String)> {
    let language = |culture: &str| culture.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let exact = texts.iter().find(|(own, _)| own.eq_ignore_ascii_case(culture));
    let close = || texts.iter().find(|(own, _)| language(own) == language(culture));
    exact.or_else(close).or_else(|| texts.iter().next())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::in_culture;

    #[test]
    fn a_text_is_shown_in_the_culture_asked_for_else_in_its_language_else_in_the_first() {
        let texts: BTreeMap<String, String> = ["en-GB", "fi-FI", "sv-FI", "sv-SE"]
            .map(|culture| (culture.to_owned(), format!("in {culture}")))
            .into();
        for (asked, shown) in [
            ("sv-SE", "in sv-SE"),
            ("SV-se", "in sv-SE"),
            ("sv", "in sv-FI"),
            ("fi-SE", "in fi-FI"),
            ("fi_FI", "in fi-FI"),
            ("de-DE", "in en-GB"),
            ("", "in en-GB"),
        ] {
            assert_eq!(in_culture(&texts, asked).unwrap().1, shown, "{asked}");
        }
        assert_eq!(in_culture(&BTreeMap::new(), "sv-SE"), None);
    }
}
