//! Reading promotions in Engage and making them what the file says. One call after the other, none twice: after an
//! answer that was lost the promotion is read again, and what is there then decides.

use anyhow::{Context as _, anyhow};
use engage::call;
use engage::model::{Definition, Text};
use engage::{Client, Failure};
use pos::money::Currency;

use super::plan::{self, State, Step};
use crate::config::Promotion;
use crate::exit::Exit;

/// The status from which on a refusal says nothing of the effect (fact P-58 for one).
const SERVER_ERRORS: u16 = 500;

/// What came of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was made, or changed.
    Done,
    /// The same, and its answer was lost.
    DoneUnheard,
    /// There was nothing to do.
    Nothing,
    /// A program can do nothing.
    Cannot,
    /// Engage said no.
    Refused(String),
    /// No answer came, and what is there doesn't show that it was done.
    Unknown(String),
    /// Engage took it, and shows something else.
    Otherwise,
}

/// The promotions of a file, and the way to the Engage that they are for.
pub(super) struct Engage<'a> {
    pub(super) client: &'a Client,
    pub(super) group: Option<Currency>,
}

impl Engage<'_> {
    /// What Engage has of a promotion.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) async fn look(&self, promotion: &Promotion) -> anyhow::Result<State> {
        let found = self.read(promotion).await?;
        Ok(plan::state(promotion, found.as_ref(), self.group))
    }

    async fn read(&self, promotion: &Promotion) -> anyhow::Result<Option<Definition>> {
        let rules = &promotion.rules;
        match rules.promotion_id.as_ref().and_then(Text::new) {
            Some(id) => self.send(&rules.code, &call::promotion(&id)).await,
            None => self.by_external_id(&rules.external_id).await,
        }
    }

    async fn by_external_id(&self, external_id: &str) -> anyhow::Result<Option<Definition>> {
        let id = Text::new(external_id).context("an external id isn't blank")?;
        let found = self.send(external_id, &call::promotion_by_external_id(&id)).await?;
        // Whatever else is answered, another promotion must not be taken for this one.
        match found {
            Some(found) if found.external_id.as_ref() != Some(&id) => {
                Err(anyhow!("asked for the promotion {external_id}, Engage answers with another one"))
            }
            found => Ok(found),
        }
    }

    async fn send<T>(&self, name: &str, call: &engage::Call<T>) -> anyhow::Result<T> {
        self.client.send(call).await.with_context(|| format!("can't read the promotion {name} in Engage"))
    }

    /// Makes a promotion what the file says, as far as a program can; and what Engage has of it then.
    ///
    /// # Errors
    /// When Engage can't be read; what was done before it stays done.
    pub(super) async fn make(
        &self,
        promotion: &Promotion,
        before: State,
    ) -> anyhow::Result<(State, Outcome)> {
        let definition = &promotion.definition;
        let mut shown = None;
        let answer = match (before.step(), &before) {
            (Step::Nothing, _) => return Ok((before, Outcome::Nothing)),
            (Step::Create, _) => match self.client.send(&call::create_promotion(definition)).await {
                Ok(created) => {
                    shown = Some(created);
                    Ok(())
                }
                Err(failure) => Err(failure),
            },
            (Step::Change, State::There { id, .. }) => {
                self.client.send(&call::update_promotion(id, definition)).await
            }
            (Step::ChangeValidity, State::There { id, .. }) => {
                self.client.send(&call::update_validity(id, &definition.validity)).await
            }
            (Step::Cannot | Step::Change | Step::ChangeValidity, _) => return Ok((before, Outcome::Cannot)),
        };
        let found = match (shown, &before) {
            (Some(shown), _) => Some(shown),
            // It is read by the id that it has, should its external id have changed.
            (None, State::There { id, .. }) => self.send(&promotion.rules.code, &call::promotion(id)).await?,
            (None, State::Missing | State::Gone) => self.read(promotion).await?,
        };
        let after = plan::state(promotion, found.as_ref(), self.group);
        let outcome = outcome(answer, &after);
        Ok((after, outcome))
    }

    /// Deletes a promotion that was never assigned, and looks whether it is gone.
    ///
    /// # Errors
    /// When there is none, when Engage refuses, and when it isn't known whether it is gone.
    pub(super) async fn delete(&self, external_id: &str) -> anyhow::Result<()> {
        let Some(found) = self.by_external_id(external_id).await? else {
            return Err(Exit::NotFound.because(anyhow!("Engage has no promotion {external_id}")));
        };
        let answer = self.client.send(&call::delete_promotion(&found.id)).await;
        if self.by_external_id(external_id).await?.is_none() {
            return Ok(());
        }
        match answer {
            Err(Failure::Refused(refusal)) if refusal.status < SERVER_ERRORS => {
                let error = anyhow!(
                    "Engage doesn't delete {external_id} ({refusal}): only what was never given to anybody can be; \
                     end it in Engage instead"
                );
                Err(Exit::Refused.because(error))
            }
            Err(failure) => Err(failure).with_context(|| format!("{external_id} is still there; try again")),
            Ok(()) => Err(anyhow!("Engage took the deletion of {external_id}, and still has it")),
        }
    }
}

fn outcome(answer: Result<(), Failure>, after: &State) -> Outcome {
    let is_so = after.step() == Step::Nothing;
    match answer {
        Ok(()) if is_so => Outcome::Done,
        Ok(()) => Outcome::Otherwise,
        Err(_) if is_so => Outcome::DoneUnheard,
        Err(Failure::Refused(refusal)) if refusal.status < SERVER_ERRORS => {
            Outcome::Refused(refusal.to_string())
        }
        Err(failure) => Outcome::Unknown(failure.to_string()),
    }
}
