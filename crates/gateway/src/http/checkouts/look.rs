//! What Engage says about a customer's offers, within a look-up's deadline; what it shows is kept.

use engage::model::ContactId;
use store::KnownContact;

use crate::delivery::{Question, Told, View};
use crate::desk::{KnownHere, Link, Listed, Sight, WantedBasket};
use crate::frozen::{Who, contact_id};
use crate::http::App;
use crate::http::contacts::forgotten;
use crate::http::offers::link;
use crate::http::problem::Problem;
use crate::profile::{Known, Loyalty};
use crate::to_engage;

/// Asks Engage about the offers of whom a checkout names, if it names any.
pub(super) async fn look(
    app: &App,
    wanted: &WantedBasket,
    buyer: Option<KnownContact>,
) -> Result<Sight, Problem> {
    let (Some(first), false) = (wanted.who.first(), wanted.offers.is_empty()) else {
        return Ok(Sight::Nobody);
    };
    let buyer = buyer.map(KnownHere::of);
    if buyer.as_ref().is_some_and(|buyer| buyer.forgotten) {
        return Err(forgotten());
    }
    let Some(question) = question(app, &wanted.who, first, buyer.as_ref()) else {
        return Ok(unasked(app, buyer.is_some_and(|buyer| buyer.is_somebody())));
    };
    let about = match &question {
        Question::Offers(id) => id.as_str().to_owned(),
        Question::Identify(..) | Question::Read(..) | Question::Consents => String::new(),
    };
    let told = app.dispatcher.ask(question, app.settings.lookup_wait).await;
    app.metrics.looked_up(&told);
    Ok(match told {
        Told::Known(known) => shown(app, first, &known).await?,
        Told::Offers(read, asked_at) => {
            app.memory().keep_offers(&about, &read, asked_at).await?;
            let before = buyer.and_then(|buyer| buyer.profile).and_then(|profile| profile.loyalty);
            let (vouchers, promotions) = (read.vouchers.is_some(), read.promotions.is_some());
            let loyalty = Loyalty::with_offers(before, &read, asked_at);
            Sight::Listed(Box::new(Listed { loyalty, vouchers, promotions }))
        }
        Told::NotFound => {
            let now = app.clock.now();
            let fresh = buyer.filter(|buyer| buyer.is_fresh(&app.desk(), now));
            fresh.map_or_else(nobody, |_| Sight::NotYet)
        }
        Told::Several(_) => Sight::Unclear {
            code: "multipleMatches",
            detail: "several contacts share this; ask the customer which is theirs, and name the contactId"
                .to_owned(),
        },
        Told::Refused(note) => Sight::Unclear { code: "engageRefused", detail: note.detail },
        Told::Offline => Sight::LastKnown,
        Told::Consents(_) => return Err(Problem::internal()),
    })
}

/// What is asked: the offers alone of whose profile is kept, all of whose is not.
fn question(app: &App, who: &[Who], first: &Who, buyer: Option<&KnownHere>) -> Option<Question> {
    let named = contact_id(who).map(str::to_owned);
    let remote = buyer.and_then(|buyer| buyer.contact.remote_id.clone()).or(named);
    match remote.and_then(|id| ContactId::new(id).ok()) {
        Some(id) if buyer.is_some_and(|buyer| buyer.profile.is_some()) => Some(Question::Offers(id)),
        Some(id) => Some(Question::Read(id, View::Full)),
        None => {
            let find = to_engage::find_by(first, &app.settings.engage)?;
            Some(Question::Identify(vec![find], View::Full))
        }
    }
}

/// Of somebody whom Engage can't be asked about: who signed up here, or nobody that is known.
fn unasked(app: &App, is_somebody: bool) -> Sight {
    match (is_somebody, link(app)) {
        (true, Link::Up) => Sight::NotYet,
        (true, Link::Down) => Sight::LastKnown,
        (false, _) => nobody(),
    }
}

/// A contact as Engage just showed it.
async fn shown(app: &App, first: &Who, known: &Known) -> Result<Sight, Problem> {
    let alias = app.keys.contact_id(known.contact.id.as_str());
    if app.store.read(move |reader| reader.is_forgotten(&alias)).await? {
        return Err(forgotten());
    }
    let asked = (!matches!(first, Who::ContactId(_))).then_some(first);
    app.memory().keep(asked, known).await?;
    let read = known.loyalty.clone().unwrap_or_default();
    let loyalty = app.desk().profile_of(known, known.asked_at).loyalty;
    Ok(loyalty.map_or(Sight::LastKnown, |loyalty| {
        Sight::Listed(Box::new(Listed {
            loyalty,
            vouchers: read.vouchers.is_some(),
            promotions: read.promotions.is_some(),
        }))
    }))
}

fn nobody() -> Sight {
    let detail =
        "Engage knows nobody by this; identify the customer, or enrol with POST /v1/contacts".to_owned();
    Sight::Unclear { code: "contactNotFound", detail }
}
